package run

import "testing"

func TestSaysNothing(t *testing.T) {
	for reason, nothing := range map[string]bool{
		"": true, " \t": true, ".": true, "--": true, "\u200b": true, "N/A": true, " n/a. ": true, "None": true,
		"ok": true, "x": true, "XXX": true, "TBC": true, "???": true,
		"R7": false, "12": false, "B": false, "Wrong drawing": false, "Okay by the tree officer": false,
		"Nein, der Plan fehlt": false, "理由": false, "No": false,
	} {
		if SaysNothing(reason) != nothing {
			t.Errorf("%q: %v", reason, !nothing)
		}
	}
	if d := (&Decision{ReasonStands: true}); !d.Explained() {
		t.Error("a reason whose text is elsewhere does not count")
	}
}
