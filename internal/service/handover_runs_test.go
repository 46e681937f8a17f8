package service

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/assurance"
	"assay/internal/fault"
	"assay/internal/handover"
	"assay/internal/imported"
	"assay/internal/review"
	"assay/internal/runlog"
	"assay/internal/sample"
	"assay/internal/store"
	"assay/internal/store/runs"
	"assay/internal/testkit"
	"assay/internal/workflow"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
)

// parties are a client and a consultant with the keys that they gave each other.
type parties struct {
	dir                                    string
	client                                 *Service
	clientFile, clientPublic, file, public string
}

func newParties(t *testing.T, client *Service) parties {
	t.Helper()
	p := parties{dir: t.TempDir(), client: client}
	var err1, err2 error
	p.file, p.public, err1 = handover.NewKey(time.Now())
	p.clientFile, p.clientPublic, err2 = handover.NewKey(time.Now())
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	return p
}

func (p parties) send(t *testing.T, from *Service, to, name string, q HandoverRequest) (string, HandedOver) {
	t.Helper()
	q.To, q.Path = to, filepath.Join(p.dir, name)
	sent, err := from.SendHandover(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return q.Path, sent
}

func (p parties) receive(t *testing.T, file, name string) *Service {
	t.Helper()
	s, _, err := OpenHandover(
		t.Context(),
		file,
		p.file,
		filepath.Join(p.dir, name),
		NewRegister{Person: "Cora Consultant", Plain: true},
		Options{},
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	soundRegister(t, s)
	return s
}

func soundRegister(t *testing.T, s *Service) {
	t.Helper()
	if r := must(s.Check(t.Context(), nil)); !r.Sound {
		t.Fatalf("not sound: %q", r.Problems)
	}
}

// shown is everything that a register's runs show, without the numbers that are its own.
func shown(t *testing.T, s *Service, ref string) []string {
	t.Helper()
	var out []string
	for after := ""; ; {
		page := must(s.FindingList(t.Context(), FindingQuery{Workflow: ref, After: after, Limit: 500}))
		for _, f := range page.Items {
			run, why := "", ""
			if len(f.Runs) > 0 {
				run = f.Runs[0].RunID
			}
			if f.Disposition != nil {
				why = f.Disposition.Why
			}
			out = append(out, fmt.Sprint(f.Code, f.Gate, f.Subject, run, f.Day, f.Detail, f.Status, why))
		}
		if after = page.Next; after == "" {
			return out
		}
	}
}

// TestHandover_what_was_left_out: what a mapping passed over, dropped and did not read is
// told of the runs in the register that takes them over as well.
func TestHandover_what_was_left_out(t *testing.T) {
	ctx := context.Background()
	client := openDemo(t, nil)
	p := newParties(t, client)
	const wf = "WF-0003"
	path := filepath.Join(p.dir, "left.csv")
	table := "Case,What,When,Who,Batch,Final\n"
	for i := range 6 {
		table += fmt.Sprintf("LEFT-%d,Look,2026-10-0%d 10:00,somebody,%s,refused\n", i, i+1,
			map[bool]string{true: "late", false: ""}[i%2 == 0])
	}
	if err := os.WriteFile(path, []byte(table+",Total,,,,6\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m := must(runlog.ParseMapping([]byte("assay_mapping: 1\nzone: UTC\n" +
		"fields: {run_id: Case, activity: What, ended: When, actor: Who}\n" +
		"leave_out: [{name: the pilot, when: [{column: Batch, is: [late]}]}, " +
		"{name: totals, when: [{column: What, is: [Total]}]}]\n" +
		"privacy: {drop: [actor]}\n")))
	in := must(client.Import(ctx, ImportRequest{Path: path, Workflow: wf, Mapping: m, MaxRefused: 1}))
	out, _ := p.send(t, client, p.public, "out.handover", HandoverRequest{Runs: true})
	there := p.receive(t, out, "work.assay")
	of := func(s *Service) (left runs.LeftOut, treated []imported.Treatment) {
		t.Helper()
		err := s.readView(ctx, func(view *View) error {
			all, err := runs.LeftOuts(ctx, view.r.SQL, "")
			if err != nil {
				return err
			}
			by, err := runs.Treatments(ctx, view.r.SQL)
			left, treated = all[in.Source.ID], by[in.Source.ID]
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return left, treated
	}
	left, treated := of(client)
	if len(left.LeftAside) != 2 || len(treated) == 0 || left.Columns != 6 ||
		!slices.Equal(left.Unread, []string{"Final"}) {
		t.Fatalf("%+v, %+v", left, treated)
	}
	gotLeft, gotTreated := of(there)
	if !reflect.DeepEqual(left, gotLeft) || !reflect.DeepEqual(treated, gotTreated) {
		t.Errorf("%+v, %+v there,\n%+v, %+v here", gotLeft, gotTreated, left, treated)
	}
}

func TestHandover_runs(t *testing.T) {
	ctx := context.Background()
	client := openDemo(t, nil)
	p := newParties(t, client)
	const wf = "WF-0003"
	decide := func(s *Service, code, why string) imported.Disposition {
		t.Helper()
		d, err := s.DecideFindings(
			ctx,
			byTwo(
				Decision{
					FindingQuery: FindingQuery{Workflow: wf, Code: code},
					Decide:       "explained",
					Why:          why + ", as both of them agreed in writing",
				},
			),
		)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	decide(client, "OVR-03", "Known to the client before")
	out, sent := p.send(t, client, p.public, "out.handover", HandoverRequest{Runs: true})
	if sent.Imports == 0 || sent.Runs == 0 {
		t.Fatalf("%+v", sent)
	}
	consultant := p.receive(t, out, "work.assay")

	t.Run("runs, findings and decisions arrive as they were", func(t *testing.T) {
		want, got := must(client.Sources(ctx, "")), must(consultant.Sources(ctx, ""))
		if !reflect.DeepEqual(want, got) {
			t.Fatalf("imports:\n%+v\nwant\n%+v", got, want)
		}
		for _, w := range must(client.Workflows(ctx)) {
			want, got := shown(t, client, w.Ref), shown(t, consultant, w.Ref)
			if strings.Join(want, "\n") != strings.Join(got, "\n") {
				t.Errorf("%s: %d findings, want %d", w.Ref, len(got), len(want))
			}
		}
	})

	// On site the consultant imports a log that the client has not seen, one that both import,
	// and one whose runs the client holds with other content in some places.
	write := func(name string, e sample.Export) string {
		t.Helper()
		var b bytes.Buffer
		if err := e.WriteRunAudit(&b); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(p.dir, name)
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	until := time.Now().AddDate(0, -6, 0)
	fresh := must(sample.Runs("housing-repairs", sample.RunOptions{Seed: 99, Runs: 120, Until: until}))
	for i := range fresh.Records {
		fresh.Records[i].RunID = "SITE-" + fresh.Records[i].RunID
	}
	site, amended := write("site.jsonl", fresh), write("amended.jsonl", fresh.Amended(5))
	var differ, conflicts int64 // with the hand-back; altogether
	for i, r := range fresh.Amended(5).Records {
		if runs.DigestOf(&r) != runs.DigestOf(&fresh.Records[i]) {
			conflicts++
			if i >= 40 { // of the others, the client holds the first content too
				differ++
			}
		}
	}
	both := fresh
	both.Records = both.Records[:40]
	shared := write("shared.jsonl", both)
	load := func(s *Service, path string) {
		t.Helper()
		if _, err := s.Import(ctx, ImportRequest{Path: path, Workflow: wf}); err != nil {
			t.Fatal(err)
		}
	}
	load(consultant, site)
	load(consultant, shared) // all of its runs are there already
	load(client, shared)
	load(client, amended)
	decide(consultant, "OVR-09", "Explained on site")
	decide(client, "OVR-02", "The client's own reason")
	decide(consultant, "OVR-02", "Another reason")

	back, sent := p.send(t, consultant, p.clientPublic, "back.handover", HandoverRequest{Runs: true})
	if sent.Imports != 2 || sent.Runs != 120 {
		t.Fatalf("only what is new travels back: %+v", sent)
	}
	plan, err := client.CompareHandover(ctx, back, p.clientFile)
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Imports) != 1 || plan.Imports[0].FileName != "site.jsonl" || plan.Imports[0].Runs != 120 {
		t.Fatalf("%+v", plan.Imports)
	}
	m, err := client.MergeHandover(ctx, back, p.clientFile, nil)
	if err != nil {
		t.Fatal(err, fault.CodeOf(err))
	}
	soundRegister(t, client)
	t.Run("the same run is counted, other content becomes LOG-02 and what was held stands", func(t *testing.T) {
		if len(m.Imports) != 1 || m.Imports[0].Runs != 120 || m.Imports[0].Differ != differ || m.Imports[0].New != 0 ||
			m.Imports[0].Same != 120-differ {
			t.Fatalf("%+v", m.Imports)
		}
		var n int64
		for _, f := range must(client.FindingList(ctx, FindingQuery{Workflow: wf, Code: "LOG-02", Limit: 500})).Items {
			if strings.HasPrefix(f.Runs[0].RunID, "SITE-") {
				n++
			}
		}
		if n != conflicts {
			t.Errorf("%d findings of LOG-02, want %d", n, conflicts)
		}
	})
	t.Run("decisions travel, and one that was made here stands", func(t *testing.T) {
		whys := map[string]int{}
		for _, code := range []string{"OVR-09", "OVR-02"} {
			for _, f := range must(client.FindingList(ctx, FindingQuery{Workflow: wf, Code: code, Limit: 500})).Items {
				if f.Disposition != nil {
					whys[code+" "+f.Disposition.Why]++
				}
			}
		}
		if whys["OVR-09 Explained on site, as both of them agreed in writing"] == 0 ||
			whys["OVR-02 The client's own reason, as both of them agreed in writing"] == 0 || m.Decided == 0 ||
			m.Undecided == 0 {
			t.Errorf("%v, %d decided, %d undecided", whys, m.Decided, m.Undecided)
		}
	})
	t.Run("findings and sums are what a new test of all runs gives", func(t *testing.T) {
		before := shown(t, client, wf)
		err := client.change(ctx, doing{action: "test", summary: "Tested again"}, func(tx *store.Tx) error {
			w, err := store.Workflows.Get(ctx, &tx.Reader, wf)
			if err != nil {
				return err
			}
			_, err = runs.Retest(ctx, tx.SQL, w)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if after := shown(t, client, wf); strings.Join(before, "\n") != strings.Join(after, "\n") {
			t.Error("they differ")
		}
	})
	t.Run("the same hand-back again changes nothing", func(t *testing.T) {
		again, err := client.MergeHandover(ctx, back, p.clientFile, nil)
		if err != nil || len(again.Imports) != 0 || again.Decided != 0 {
			t.Fatalf("%+v %v", again, err)
		}
		soundRegister(t, client)
	})
	t.Run("runs that were altered on the way are found out", func(t *testing.T) {
		for name, alter := range map[string]func(name string, b []byte) []byte{
			"an outcome": func(_ string, b []byte) []byte {
				return bytes.Replace(b, []byte(`"account":"`), []byte(`"account":"x`), 1)
			},
			"a run left out": func(_ string, b []byte) []byte { _, rest, _ := bytes.Cut(b, []byte("\n")); return rest },
			"a run twice": func(_ string, b []byte) []byte {
				line, _, _ := bytes.Cut(b, []byte("\n"))
				return append(append(bytes.Clone(line), '\n'), b...)
			},
			"no JSON": func(_ string, b []byte) []byte { return append([]byte("{"), b...) },
		} {
			bad := filepath.Join(t.TempDir(), "bad")
			rewrite(t, out, p.file, p.public, bad, func(n string, b []byte) []byte {
				if strings.HasPrefix(n, "runs/") && strings.HasSuffix(n, "/000001.jsonl") {
					return alter(n, b)
				}
				return b
			})
			path := filepath.Join(t.TempDir(), "no.assay")
			_, _, err := OpenHandover(ctx, bad, p.file, path, NewRegister{Person: "Eve", Plain: true}, Options{})
			if c := fault.CodeOf(err); c != fault.CodeTampered && c != fault.CodeUnreadable {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := os.Stat(path); err == nil {
				t.Errorf("%s: a half-made register was left", name)
			}
		}
	})
	t.Run("a record that breaks its rules is refused", func(t *testing.T) {
		if err := putRow(ctx, nil, "workflow", "w", `{"id":"w","body":"{\"id\":\"w\",\"name\":\"\"}"}`); fault.CodeOf(
			err,
		) != fault.CodeUnreadable {
			t.Error(err)
		}
	})
	t.Run("a part holds what belongs to it and no more", func(t *testing.T) {
		file, sent := p.send(t, client, p.public, "part.handover", HandoverRequest{Workflows: []string{wf}, Runs: true})
		part := p.receive(t, file, "part.assay")
		if got := must(part.Sources(ctx, "")); len(got) != sent.Imports || len(got) == 0 {
			t.Errorf("%d imports", len(got))
		}
		for _, x := range must(part.Sources(ctx, "")) {
			if x.WorkflowRef != wf {
				t.Errorf("an import of %s came along", x.WorkflowRef)
			}
		}
		if diff := cmp.Diff(shown(t, client, wf), shown(t, part, wf)); diff != "" {
			t.Error(diff)
		}
		if all, some := len(must(client.People(ctx))), len(must(part.People(ctx))); some >= all {
			t.Errorf("%d of %d people came along", some, all)
		}
		// Nothing of other workflows: no description, record, evidence or score.
		o := must(part.Overview(ctx))
		if !o.Part || o.Score != (assurance.OrganisationScore{}) || len(o.Areas) != 0 || len(o.Workflows) != 1 ||
			o.Workflows[0].Ref != wf {
			t.Errorf("part %v, score %+v, %d areas, %d workflows", o.Part, o.Score, len(o.Areas), len(o.Workflows))
		}
		if must(client.Overview(ctx)).Part {
			t.Error("the whole register calls itself a part")
		}
		if err := part.read(ctx, func(r *store.Reader) error {
			all, err := store.Workflows.List(ctx, r)
			for _, w := range all {
				if w.Ref == wf {
					continue
				}
				want := workflow.Workflow{
					ID: w.ID, Ref: w.Ref, Name: nameLeftBehind, Lifecycle: workflow.LifecycleProposed,
				}
				if diff := cmp.Diff(want, w); diff != "" {
					t.Errorf("%s came along: %s", w.Ref, diff)
				}
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		refs := map[string]bool{wf: true}
		for _, x := range must(part.Policies(ctx)) {
			refs[x.Ref] = true
		}
		for _, x := range must(part.Assessments(ctx, "")) {
			refs[x.Ref] = true
			if x.WorkflowRef != wf {
				t.Errorf("%s of %s came along", x.Ref, x.WorkflowRef)
			}
		}
		for _, e := range must(part.Evidence(ctx)) {
			for _, l := range e.Links {
				if strings.HasPrefix(l.Ref, "WF-") && l.Ref != wf &&
					!slices.ContainsFunc(e.Links, func(o review.Subject) bool { return refs[o.Ref] }) {
					t.Errorf("%s, evidence for %s, came along", e.Ref, l.Ref)
				}
			}
		}
		// It comes back without a conflict, and leaves the others as they are.
		before := must(client.Workflows(ctx))
		back, _ := p.send(t, part, p.clientPublic, "part-back.handover", HandoverRequest{})
		plan := must(client.CompareHandover(ctx, back, p.clientFile))
		for _, x := range plan.Items {
			if x.Table != "person" {
				t.Errorf("%s %s: %s", x.Table, x.Ref, x.Fate)
			}
		}
		if diff := cmp.Diff(before, must(client.Workflows(ctx))); diff != "" {
			t.Error(diff)
		}
	})
}

// rewrite makes another hand-over of one, as somebody could who can read it.
func rewrite(t *testing.T, from, identity, to, path string, f func(name string, b []byte) []byte) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	plain, err := age.Decrypt(in, must(handover.Identities(identity))...)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	enc, err := age.Encrypt(&out, must(handover.Recipients(to))...)
	if err != nil {
		t.Fatal(err)
	}
	r, w := tar.NewReader(plain), tar.NewWriter(enc)
	for {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		b := f(h.Name, must(io.ReadAll(r)))
		h.Size = int64(len(b))
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := enc.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestHandover_many carries a million runs in the long run of the tests, and some thousands otherwise.
func TestHandover_many(t *testing.T) {
	ctx := context.Background()
	n := 5_000
	if testkit.Soak() {
		n = 1_000_000
	}
	s, _, err := Create(
		ctx,
		filepath.Join(t.TempDir(), "r.assay"),
		NewRegister{Organisation: "Council", Person: "Ann Example", Plain: true},
		Options{},
	)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	apply := filepath.Join(t.TempDir(), "wf.yaml")
	os.WriteFile(
		apply,
		[]byte(
			"assay: apply/1\nworkflows:\n  - key: large\n    name: Large\n    lifecycle: live\n    live_since: "+
				"2026-01-15\n",
		),
		0o600,
	)
	if _, err := s.Apply(ctx, apply, false); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "large.jsonl")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := sample.WriteLarge(f, n, 1, time.Now().AddDate(0, 0, -1)); err != nil {
		t.Fatal(err)
	}
	f.Close()
	start := time.Now()
	if _, err := s.Import(ctx, ImportRequest{Path: file, Workflow: "large"}); err != nil {
		t.Fatal(err)
	}
	imported := time.Since(start)
	p := newParties(t, s)
	start = time.Now()
	out, sent := p.send(t, s, p.public, "out.handover", HandoverRequest{Runs: true})
	if sent.Runs != int64(n) {
		t.Fatalf("%+v", sent)
	}
	wrote := time.Since(start)
	start = time.Now()
	got, _, err := OpenHandover(
		ctx,
		out,
		p.file,
		filepath.Join(p.dir, "work.assay"),
		NewRegister{Person: "Cora Consultant", Plain: true},
		Options{},
	)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Close()
	t.Logf(
		"%d runs: imported in %v, written in %v (%.0f MB), read into another register in %v",
		n,
		imported.Round(time.Millisecond),
		wrote.Round(time.Millisecond),
		float64(sent.Bytes)/1e6,
		time.Since(start).Round(time.Millisecond),
	)
	soundRegister(t, got)
}
