package runlog

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The municipality's log is real and stays outside the project; its figures are
// those of an independent reading.
func TestXES_municipality(t *testing.T) {
	f, err := OpenFile("../../../shared/data/receipt.xes.gz")
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			t.Skip("the municipality's log is not beside the checkout")
		}
		t.Skip(err)
	}
	defer f.Close()
	recs, res, err := readAll(t, f, Options{Name: "receipt.xes.gz"})
	if err != nil {
		t.Fatal(err)
	}
	if len(recs) != 1434 || res.Read != 1434 || res.RefusedCount != 0 || res.Duplicates != 0 {
		t.Errorf(
			"cases: kept %d, read %d, refused %d, duplicates %d; want 1434, 1434, 0, 0",
			len(recs),
			res.Read,
			res.RefusedCount,
			res.Duplicates,
		)
	}
	if res.Events != 8577 {
		t.Errorf("events: %d, want 8577", res.Events)
	}
	if len(res.Activities) != 27 {
		t.Errorf("activities: %d, want 27", len(res.Activities))
	}
	want := map[string]int64{"admin1": 352, "admin2": 160, "admin3": 3, "test": 5, "TEST": 2}
	for _, a := range res.Accounts {
		if n, ok := want[a.Name]; ok && n != a.Events {
			t.Errorf("%s: %d events, want %d", a.Name, a.Events, n)
		}
		delete(want, a.Name)
	}
	if len(want) > 0 || len(res.Accounts) != 48 {
		t.Errorf("accounts: %d, want 48; not found: %v", len(res.Accounts), want)
	}
	if res.Format != XES || res.Wrapping != Gzip || res.Bytes != f.Info.Size() {
		t.Errorf("found %s in %s of %d bytes", res.Format, res.Wrapping, res.Bytes)
	}
	if s := res.From.Format("2006-01"); s != "2010-10" {
		t.Errorf("begins in %s", s)
	}
	// Converted to any format that Assay writes, it is the same log.
	for _, f := range Written() {
		as := f.Name
		again, err := readBack(as, exported(t, as, recs))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(recs, again, sameRecord); d != "" {
			t.Errorf("%s: %s", as, d)
		}
	}
	if recs[0].RunID != "case-10011" || recs[0].Steps[0].Name == "" || recs[0].TriggerChannel == "" {
		t.Errorf("first run: %+v", recs[0])
	}
}
