package bind

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/service"
)

func TestGuard(t *testing.T) {
	t.Run("a_panic_becomes_an_answer_with_a_reference_to_the_log", func(t *testing.T) {
		var log bytes.Buffer
		d := NewDesk(Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
		_, err := guard(d, "Room.Method", func() (int, error) { panic("boom") })
		var wire struct{ Code, Message, Reference string }
		if e := json.Unmarshal([]byte(ErrorText(err)), &wire); e != nil {
			t.Fatal(e)
		}
		if wire.Code != "internal" || wire.Reference == "" {
			t.Errorf("got %+v", wire)
		}
		if strings.Contains(wire.Message, "boom") {
			t.Error("the cause is shown to the person")
		}
		if !strings.Contains(log.String(), wire.Reference) || !strings.Contains(log.String(), "boom") {
			t.Errorf("log lacks reference or cause: %s", log.String())
		}
	})
	t.Run("a_fault_reaches_the_page_with_its_fields_and_position", func(t *testing.T) {
		d := NewDesk(Options{})
		want := fault.Invalid("title", "Enter the policy title.").At("line 3")
		_, err := guard(d, "Room.Method", func() (int, error) { return 0, errors.Join(want) })
		got := ErrorText(err)
		if got != `{"code":"invalid","message":"Enter the policy title.","fields":[{"name":"title","message":"Enter the policy title."}],"where":"line 3"}` {
			t.Error(got)
		}
	})
	t.Run("nothing_is_asked_of_a_register_that_is_not_open", func(t *testing.T) {
		err := exec(NewDesk(Options{}), "Room.Method", nil)
		if fault.CodeOf(err) != fault.CodeConflict {
			t.Error(err)
		}
	})
}

func TestWhole(t *testing.T) {
	type inner struct {
		Names []string          `json:"names"`
		Words map[string]string `json:"words"`
	}
	type outer struct {
		List  []inner `json:"list"`
		One   *inner  `json:"one"`
		None  *inner  `json:"none"`
		Empty []inner `json:"empty"`
	}
	text, _ := json.Marshal(service.Whole(outer{List: []inner{{}}, One: &inner{}}))
	want := `{"list":[{"names":[],"words":{}}],"one":{"names":[],"words":{}},"none":null,"empty":[]}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}
