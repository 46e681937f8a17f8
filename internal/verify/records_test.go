package verify

import "testing"

func TestSameRecord(t *testing.T) {
	for _, x := range []struct {
		record, row string
		same        bool
	}{
		{`{"id":"a","note":""}`, `{"id":"a"}`, true},
		{`{"id":"a","note":"b"}`, `{"id":"a"}`, false},
		{`{"n":1}`, `{"n":2}`, false},
	} {
		if got := sameRecord([]byte(x.record), []byte(x.row)); got != x.same {
			t.Errorf("%s and %s: the same: %t", x.record, x.row, got)
		}
	}
}
