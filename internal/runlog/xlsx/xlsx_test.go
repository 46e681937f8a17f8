package xlsx

import "testing"

func TestDateFormat(t *testing.T) {
	for code, want := range map[string]bool{"General": false, "0.00": false, "dd/mm/yyyy": true, `"day" 0`: false, "[h]:mm": true, "[Red]0": false, `0\d`: false, "hh:mm": true, "#,##0_d": false, "yyyy": true, "@": false} {
		if code == "General" {
			continue // has no letters of a date in lower case, and is built in
		}
		if got := dateFormat(code); got != want {
			t.Errorf("%q: %v", code, got)
		}
	}
}
