package xlsx

import (
	"testing"

	"assay/internal/runlog/table"
)

func TestKindOf(t *testing.T) {
	for code, want := range map[string]table.Kind{
		"0.00": table.Number, "[Red]0": table.Number, `0\d`: table.Number, "#,##0_d": table.Number, "@": table.Number,
		`"day" 0`: table.Number, `0;"d"`: table.Number,
		"dd/mm/yyyy": table.Date, "yyyy": table.Date, "mmm": table.Date, "d-mmm-yy": table.Date,
		"hh:mm": table.TimeOfDay, "h:mm:ss AM/PM": table.TimeOfDay, "mm:ss": table.TimeOfDay,
		"dd/mm/yyyy hh:mm": moment, `yyyy-mm-dd"T"hh:mm:ss`: moment,
		"[h]:mm": table.Duration, "[mm]:ss": table.Duration, "[ss]": table.Duration,
	} {
		if got := kindOf(code); got != want {
			t.Errorf("%q: %v, want %v", code, got, want)
		}
	}
}

func TestUnescape(t *testing.T) {
	for in, want := range map[string]string{
		"j.shaw":            "j.shaw",
		"j.shaw_x000D_":     "j.shaw\r",
		"a_x000D_b_x000a_c": "a\rb\nc",
		"_x005F_x000D_":     "_x000D_", // an underscore, and letters that only look like an escape
		"snake_x_case":      "snake_x_case",
		"_xD800_":           "_xD800_", // half of a character is none
	} {
		if got := unescape(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}
