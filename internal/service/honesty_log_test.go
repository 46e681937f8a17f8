package service

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/certificate"
	"assay/internal/oversight"
)

// fields is one object of a run audit.
type fields map[string]any

// object and list read a field of an object.
func (o fields) object(name string, i int) fields { return fields(o.list(name)[i].(map[string]any)) }
func (o fields) list(name string) []any           { x, _ := o[name].([]any); return x }

func (o fields) time(t testing.TB, name string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, fmt.Sprint(o[name]))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func (o fields) set(name string, at time.Time) { o[name] = at.Format(time.RFC3339Nano) }

// step is the run's step of a name, an empty one where it has none.
func (o fields) step(name string) fields {
	for i := range o.list("steps") {
		if s := o.object("steps", i); s["name"] == name {
			return s
		}
	}
	return fields{}
}

// rewritten is the clean log in which each seventh run was written otherwise.
func (d *dirt) rewritten(how func(run, decision fields)) []byte {
	d.t.Helper()
	var out bytes.Buffer
	i := 0
	for line := range bytes.Lines(d.clean) {
		var r fields
		if err := json.Unmarshal(line, &r); err != nil {
			d.t.Fatal(err)
		}
		if r["run_id"] != nil {
			if i%7 == 3 {
				how(r, r.object("decisions", 0))
			}
			i++
		}
		b, err := json.Marshal(map[string]any(r))
		if err != nil {
			d.t.Fatal(err)
		}
		out.Write(append(b, '\n'))
	}
	return out.Bytes()
}

// TestHonesty_log is the table of attacks by what a log says of a run and leaves out of
// it: whoever makes the file takes away what would be held against a run, or writes
// something that cannot be. Each of 420 runs was sound, and 60 are rewritten.
func TestHonesty_log(t *testing.T) {
	ctx := context.Background()
	const release, check = "Register application", "Check application against list"
	none := func(r fields) { r["decisions"] = []any{} }
	for _, a := range []struct {
		name string
		how  func(t *testing.T, run, decision fields)
		// The codes of which findings must come, and what page 1 must say.
		codes []oversight.Code
		one   string
		// first is of how many runs page 1 may at most say that an officer decided first.
		first int
	}{
		{"when it was decided is left out", func(_ *testing.T, _, d fields) {
			delete(d, "decided")
			delete(d, "presented")
			delete(d, "opened")
		}, nil, "In 49 of 420 cases the log does not show which came first, the decision or the release.", 371},
		{"when it was released is left out", func(_ *testing.T, r, _ fields) {
			delete(r.step(release), "started")
			delete(r.step(release), "ended")
		}, nil, "In 49 of 420 cases the log does not show which came first, the decision or the release.", 371},
		{"of when it was decided only the day is left", func(t *testing.T, _, d fields) {
			day := 24 * time.Hour
			d.set("decided", d.time(t, "decided").Truncate(day))
			d.set("presented", d.time(t, "presented").Truncate(day))
			delete(d, "opened")
			d["precision"] = "day"
		}, nil, "In 49 of 420 cases the log does not show which came first, the decision or the release.", 371},
		{"a day is written with a midnight", func(t *testing.T, r, d fields) {
			d.set("decided", d.time(t, "decided").Truncate(24*time.Hour))
			delete(d, "presented")
			delete(d, "opened")
			r.step(check)["name"] = "Receive application"
		}, []oversight.Code{oversight.DecidedBeforehand}, "the decision came before the work it was about", 420},
		{"when it was put before the officer is left out", func(_ *testing.T, r, d fields) {
			delete(d, "presented")
			delete(d, "opened")
			r.step(check)["name"] = "Receive application"
		}, nil, "The log does not show in each case how long there was to look (not in 60 of 518).", 420},
		{"it was opened before it was there", func(t *testing.T, r, d fields) {
			at := d.time(t, "decided")
			d.set("opened", at.Add(-100*time.Hour))
			d.set("presented", at.Add(-2*time.Second))
			r.step(check)["ended"] = d["presented"]
		}, []oversight.Code{oversight.DecidedFast}, "the decision took less time than it should", 420},
		{"it was presented before it was prepared", func(t *testing.T, r, d fields) {
			at := d.time(t, "decided")
			delete(d, "opened")
			d.set("presented", at.Add(-time.Hour))
			r.set("started", at.Add(-2*time.Hour))
			r.step(check).set("ended", at.Add(-2*time.Second))
		}, []oversight.Code{oversight.DecidedFast}, "the decision took less time than it should", 420},
		{"decided days before the run began", func(t *testing.T, r, d fields) {
			d.set("decided", d.time(t, "decided").Add(-100*time.Hour))
			delete(d, "presented")
			delete(d, "opened")
			delete(d, "prepared_by")
			r.step(check)["name"] = "Receive application"
		}, []oversight.Code{oversight.DecidedBeforehand}, "the decision came before the work it was about", 420},
		{"a reason without a word in it", func(_ *testing.T, _, d fields) {
			d["code"], d["reason"] = "approved_with_edits", " .-\u200b "
		}, []oversight.Code{oversight.NoReason}, "nobody wrote down why", 420},
		{"a reason that fills the field", func(_ *testing.T, _, d fields) {
			d["code"], d["reason"] = "approved_with_edits", "N/A"
		}, []oversight.Code{oversight.NoReason}, "nobody wrote down why", 420},
		{"neither decision nor release is left", func(_ *testing.T, r, _ fields) {
			none(r)
			r.step(release)["name"] = "Receive application"
		}, nil, "In 60 of 518 cases the log shows neither a decision nor that anything left.", 371},
		{"what released it is said to have prepared it", func(_ *testing.T, r, _ fields) {
			none(r)
			r.step(release)["gate"], r.step(release)["act"] = "officer-decision", "prepare"
		}, nil, "In 60 of 518 cases the log shows neither a decision nor that anything left.", 371},
		{"the release is put at a gate that there is not", func(_ *testing.T, r, _ fields) {
			none(r)
			r.step(release)["gate"], r.step(release)["act"] = "elsewhere", "release"
		}, nil, "In 60 of 518 cases the log shows neither a decision nor that anything left.", 371},
		{"the decision is put at a gate that there is not", func(_ *testing.T, _, d fields) {
			d["gate"] = "officer decision"
		}, []oversight.Code{oversight.ReleasedUndecided}, "it left with no decision at all", 371},
		{"nobody answered, and it left", func(_ *testing.T, _, d fields) {
			d["code"] = "timed_out"
		}, []oversight.Code{oversight.ReleasedUndecided}, "it left with no decision at all", 371},
		{"decided automatically, in an officer's name", func(_ *testing.T, _, d fields) {
			d["code"] = "auto_decided"
		}, []oversight.Code{oversight.DecidedByNoOfficer}, "the one who decided is not a named officer", 360},
		{"a refusal that counts as an edit", func(_ *testing.T, _, d fields) {
			d["code"], d["edited"], d["reason"] = "rejected", true, "All of it was written anew."
		}, []oversight.Code{oversight.ReleasedAgainst}, "it left though the last word was not a yes", 371},
		{"an officer's decision beside the one that the platform made", func(t *testing.T, r, d fields) {
			r["steps"] = append(r.list("steps"), map[string]any{
				"name": "Decide validity", "actor": "svc-planning", "actor_kind": "system",
				"ended": d.time(t, "decided").Add(-2 * time.Minute).Format(time.RFC3339Nano),
			})
		}, []oversight.Code{oversight.DecisionsContradict}, "two decisions say two different things", 420},
	} {
		t.Run(a.name, func(t *testing.T) {
			d := newDirt(t)
			d.load("x.jsonl", d.rewritten(func(r, x fields) { a.how(t, r, x) }))
			for _, code := range a.codes {
				if !slices.Contains(d.found(), string(code)) {
					t.Errorf("%s finds nothing, only %v", code, d.found())
				}
			}
			one, _ := d.wouldSay()
			d.says("page 1", one, a.one)
			if want := fmt.Sprintf("In %d of ", a.first); !strings.Contains(one, want) &&
				strings.Contains(one, "In 420 of 420 cases a named officer decided") {
				t.Errorf("page 1 does not say %q:\n%s", want, one)
			}
			if len(d.found()) == 0 {
				return
			}
			d.explainRest()
			c, err := d.issue()
			if err != nil {
				t.Fatal(err)
			}
			if lead := c.Statement.Lead()[0]; strings.HasSuffix(lead, "All of them are met.") ||
				c.Statement.Verdict == certificate.VerdictMet && len(a.codes) > 0 {
				t.Errorf("the first line says %q (%s)", lead, c.Statement.Verdict)
			}
			if page := pageText(must(d.CertificateHTML(ctx, c.Number))); !strings.Contains(page, a.one) {
				t.Errorf("the certificate does not say %q", a.one)
			}
			d.isSound()
		})
	}
}
