package runlog

import (
	"reflect"
	"testing"
)

func TestKeptMapping(t *testing.T) {
	for _, m := range []*Mapping{nil, {Version: 1}, {Version: 1, Nothing: []string{"-"}, Rows: "run"}} {
		text, err := m.Kept()
		if err != nil {
			t.Fatal(err)
		}
		got, err := KeptMapping(text)
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"{", "[]", `{"rows":3}`} {
		if m, err := KeptMapping(text); err == nil {
			t.Errorf("%s was read as %+v", text, m)
		}
	}
}
