package runlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"assay/internal/run"
	"assay/internal/sample"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// plain is text that every format can hold. Hostile beginnings are likely.
var plain = rapid.StringOf(rapid.RuneFrom([]rune("abcXYZ 019,;|\"'&<>=+-@\\/\n\r\tŵ–€𝄞…")))

func filled(t *rapid.T, label string) string {
	return rapid.StringOfN(rapid.RuneFrom([]rune("abcXYZ019,;\"'&<=+-@\\ŵ–𝄞")), 1, 12, -1).Draw(t, label)
}

func moment(t *rapid.T, label string) time.Time {
	return now.Add(-time.Duration(rapid.Int64Range(1, int64(300*24*time.Hour)).Draw(t, label)))
}

func perhaps(t *rapid.T, label string) time.Time {
	if rapid.Bool().Draw(t, label+"?") {
		return moment(t, label)
	}
	return time.Time{}
}

func anyRecord(t *rapid.T, id string) run.Record {
	str := func(l string) string { return plain.Draw(t, l) }
	r := run.Record{
		RunID:           id,
		Workflow:        str("workflow"),
		WorkflowVersion: str("wv"),
		ModelVersion:    str("mv"),
		PromptVersion:   str("pv"),
		TriggerChannel:  str("tc"),
		TriggerRef:      str("tr"),
		Started: moment(
			t,
			"started",
		),
		Ended:     moment(t, "ended"),
		Outcome:   str("outcome"),
		Segment:   str("segment"),
		Sequence:  rapid.Int64Range(0, 1<<40).Draw(t, "seq"),
		Precision: rapid.SampledFrom([]run.Precision{run.ToSecond, run.ToMinute, run.ToDay}).Draw(t, "precision"),
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "steps") {
		r.Steps = append(
			r.Steps,
			run.Step{
				Seq:   i + 1,
				Name:  filled(t, "name"),
				Actor: str("actor"),
				ActorKind: rapid.SampledFrom([]run.ActorKind{"", run.ActorPerson, run.ActorSystem, run.ActorAgent}).
					Draw(t, "kind"),
				Started: perhaps(
					t,
					"s",
				),
				Ended: perhaps(t, "e"),
				Gate:  str("gate"),
				Act: rapid.SampledFrom([]run.Act{"", run.ActPrepare, run.ActDecide, run.ActRelease}).Draw(
					t, "act",
				),
				Tool: str("tool"),
				Precision: rapid.SampledFrom([]run.Precision{run.ToSecond, run.ToMinute, run.ToDay}).Draw(
					t, "precision",
				),
			},
		)
	}
	for range rapid.IntRange(0, 2).Draw(t, "accesses") {
		a := run.DataAccess{
			Source:    filled(t, "source"),
			Time:      perhaps(t, "t"),
			Precision: rapid.SampledFrom([]run.Precision{run.ToSecond, run.ToMinute, run.ToDay}).Draw(t, "precision"),
		}
		for range rapid.IntRange(0, 3).Draw(t, "fields") {
			a.Fields = append(a.Fields, filled(t, "field"))
		}
		r.Accesses = append(r.Accesses, a)
	}
	for range rapid.IntRange(0, 2).Draw(t, "outputs") {
		o := run.Output{
			Text:           str("text"),
			Recommendation: str("rec"),
			Reasoning:      str("reasoning"),
			Confidence:     rapid.Float64Range(0, 1).Draw(t, "conf"),
		}
		if rapid.Bool().Draw(t, "sha?") {
			o.SHA256 = fmt.Sprintf("%064x", rapid.Uint64().Draw(t, "sha"))
		}
		r.Outputs = append(r.Outputs, o)
	}
	for range rapid.IntRange(0, 3).Draw(t, "decisions") {
		r.Decisions = append(
			r.Decisions,
			run.Decision{
				Gate:       filled(t, "dgate"),
				PreparedBy: str("prep"),
				Presented:  perhaps(t, "p"),
				Opened:     perhaps(t, "o"),
				Decided:    perhaps(t, "d"),
				Account:    str("account"),
				OfficerName: str(
					"officer",
				),
				Role:             str("role"),
				Code:             rapid.SampledFrom(run.DecisionCodes).Draw(t, "code"),
				Edited:           rapid.Bool().Draw(t, "edited"),
				Reason:           str("reason"),
				AIRecommendation: str("ai"),
				AICode: rapid.SampledFrom(append([]run.DecisionCode{""}, run.DecisionCodes...)).Draw(
					t, "ai code",
				),
				Precision: rapid.SampledFrom([]run.Precision{run.ToSecond, run.ToMinute, run.ToDay}).Draw(
					t, "precision",
				),
				ArgsDigest:    str("args"),
				PolicyVersion: str("policy"),
			},
		)
	}
	return r
}

func exported(t interface{ Fatal(...any) }, as Name, recs []run.Record) []byte {
	var b bytes.Buffer
	e, err := NewExporter(&b, as, "")
	if err != nil {
		t.Fatal(err)
	}
	for range e.Passes() {
		for i := range recs {
			if err := e.Write(&recs[i]); err != nil {
				t.Fatal(err)
			}
		}
		if err := e.Next(); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// onDisk is a file that was read into memory: a database is read from a disk.
func onDisk(b []byte) (*File, error) {
	f, err := os.CreateTemp("", "export")
	if err != nil {
		return nil, err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	return OpenFile(f.Name())
}

// sourceOf reads what was exported.
func sourceOf(t *testing.T, as Name, b []byte) io.Reader {
	if as != OCELSQLite {
		return bytes.NewReader(b)
	}
	f, err := onDisk(b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f.Close()
		os.Remove(f.Path)
	})
	return f
}

func readBack(as Name, b []byte) ([]run.Record, error) {
	var recs []run.Record
	keep := func(r *run.Record) error {
		recs = append(recs, r.Clone())
		return nil
	}
	o := Options{Now: now, Format: as, MaxTornShare: 0}
	if as != OCELSQLite {
		_, err := Read(context.Background(), bytes.NewReader(b), o, keep)
		return recs, err
	}
	f, err := onDisk(b)
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Path)
	defer f.Close()
	_, err = Read(context.Background(), f, o, keep)
	return recs, err
}

// What is exported imports back the same, whatever is in it.
func TestExport(t *testing.T) {
	for _, f := range Written() {
		as := f.Name
		t.Run(string(as)+" reads back as it was written", rapid.MakeCheck(func(t *rapid.T) {
			var recs []run.Record
			for i := range rapid.IntRange(1, 4).Draw(t, "runs") {
				recs = append(recs, anyRecord(t, fmt.Sprintf("%s%d", filled(t, "id"), i)))
			}
			b := exported(t, as, recs)
			got, err := readBack(as, b)
			if err != nil {
				t.Fatalf("%v\n%s", err, b)
			}
			if d := cmp.Diff(recs, got, sameRecord); d != "" {
				t.Fatalf("%s\n%s", d, b)
			}
		}))
		t.Run(string(as)+" of the sample is found by its content", func(t *testing.T) {
			e := sampleExport(t, "foi-drafting")
			recs, res, err := readAll(t, sourceOf(t, as, exported(t, as, e.Records)), Options{})
			if err != nil || res.Format != as || res.RefusedCount > 0 {
				t.Fatalf("found %s: %v, %v", res.Format, err, res.Refused)
			}
			if d := cmp.Diff(e.Records, recs, sameRecord); d != "" {
				t.Error(d)
			}
			c, _ := sample.CastOf("foi-drafting")
			if d := cmp.Diff(findings(c, e.Records), findings(c, recs)); d != "" {
				t.Error(d)
			}
		})
	}
}
