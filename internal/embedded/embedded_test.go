package embedded

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestYAML(t *testing.T) {
	type entry struct {
		ID string `yaml:"id"`
	}
	if got := YAML[[]entry]("list", []byte("- id: a\n- id: b\n")); !slices.Equal(got, []entry{{"a"}, {"b"}}) {
		t.Error(got)
	}
	for _, bad := range []string{"- id: a\n  other: b\n", "- [", ""} {
		said := func() (said string) {
			defer func() { said = fmt.Sprint(recover()) }()
			YAML[[]entry]("list", []byte(bad))
			return ""
		}()
		if !strings.HasPrefix(said, "list: ") {
			t.Errorf("%q: %q", bad, said)
		}
	}
}
