package service

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/evidence"
	"assay/internal/store"
	"assay/internal/testkit"
	"assay/internal/verify"
)

// packOf writes a pack of a workflow, or of all, and unpacks it.
func packOf(t *testing.T, s *Service, workflow string) (path, dir string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "pack.zip")
	if _, err := s.WritePack(
		context.Background(), PackRequest{Workflow: workflow, Path: path, Passphrase: SamplePassphrase},
	); err != nil {
		t.Fatal(err)
	}
	return path, testkit.Unzip(t, path)
}

func verifier(t *testing.T) *verify.Verifier {
	t.Helper()
	_, dir := demoOf(t)
	v, err := verify.New(context.Background(), filepath.Join(dir, "root.pem"), "", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestPack_of_one_workflow holds only what concerns it.
func TestPack_of_one_workflow(t *testing.T) {
	ctx := context.Background()
	d, _ := demoOf(t)
	s := openDemo(t, nil)
	mine := d.Certificates[0]
	path, dir := packOf(t, s, mine.WorkflowRef)
	read := func(name string) []byte {
		return must(os.ReadFile(filepath.Join(dir, "data", filepath.FromSlash(name))))
	}
	rows, err := s.Workflows(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"records/workflows.json", "records/risk-assessments.json", "records/reviews.json", "records/actions.json",
		"records/governance-records.json",
	} {
		var list []map[string]any
		if err := json.Unmarshal(read(name), &list); err != nil {
			t.Fatal(name, err)
		}
		for _, x := range list {
			if id, ok := x["workflow_id"].(string); ok && id != "" && id != mine.WorkflowID {
				t.Errorf("%s holds %v, of another workflow", name, x["ref"])
			}
		}
	}
	log := string(read("log/entries.jsonl"))
	for _, w := range rows {
		if w.Ref != mine.WorkflowRef && strings.Contains(log, `"subject":"`+w.Ref+`"`) {
			t.Errorf("the log discloses an entry about %s", w.Ref)
		}
	}
	for _, c := range d.Certificates[1:] {
		if _, err := os.Stat(filepath.Join(dir, "data", "certificates", c.Number+".pdf")); err == nil {
			t.Errorf("the pack holds %s, of another workflow", c.Number)
		}
	}
	if r, err := verifier(t).Verify(ctx, verify.Request{Path: path}); err != nil || r.Answer != verify.AnswerGenuine {
		t.Fatalf("%+v %v", r, err)
	}
	whole, _ := packOf(t, s, "")
	part, all := must(
		verifier(t).ProveLog(ctx, verify.LogRequest{Path: path}),
	), must(
		verifier(t).ProveLog(ctx, verify.LogRequest{Path: whole}),
	)
	if !part.Proven || part.Whole || part.Entries == 0 || int64(part.Entries) >= part.Size {
		t.Errorf(
			"of one workflow: proven %v, whole %v, %d of %d entries; %+v",
			part.Proven,
			part.Whole,
			part.Entries,
			part.Size,
			part.Records,
		)
	}
	if !all.Proven || !all.Whole {
		t.Errorf("of all: proven %v, whole %v", all.Proven, all.Whole)
	}
}

// TestPack_redacted leaves a document out and says so.
func TestPack_redacted(t *testing.T) {
	ctx := context.Background()
	s := openDemo(t, nil)
	var secret evidence.Evidence
	err := s.change(ctx, doing{action: "evidence.save", summary: "Withheld a document"}, func(tx *store.Tx) error {
		list, err := store.Documents.List(ctx, &tx.Reader)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(e evidence.Evidence) bool { return e.SHA256 != "" })
		secret = list[i]
		secret.Redacted, secret.RedactReason = true, "Names a child."
		return store.Documents.Put(ctx, tx, &secret)
	})
	if err != nil {
		t.Fatal(err)
	}
	path, dir := packOf(t, s, "")
	found := must(filepath.Glob(filepath.Join(dir, "data", "evidence", secret.Ref+"-*")))
	if len(found) != 0 {
		t.Errorf("the pack holds %v", found)
	}
	index := must(os.ReadFile(filepath.Join(dir, "data", "records", "evidence.json")))
	if !bytes.Contains(index, []byte(secret.SHA256)) {
		t.Error("its digest is not in the index")
	}
	testkit.NeedTool(t, "pdftotext")
	pdf := must(filepath.Glob(filepath.Join(dir, "data", "EP-*.pdf")))[0]
	text := strings.Join(strings.Fields(testkit.Output(t, dir, "pdftotext", pdf, "-")), " ")
	if !strings.Contains(text, "Left out: Names a child.") {
		t.Error("the document does not state the gap")
	}
	if r, err := verifier(t).Verify(ctx, verify.Request{Path: path}); err != nil || r.Answer != verify.AnswerGenuine {
		t.Fatalf("%+v %v", r, err)
	}
}

// TestProveLog asks what the log in a pack proves, also of a register that
// somebody rebuilt.
func TestProveLog(t *testing.T) {
	ctx := context.Background()
	d, dir := demoOf(t)
	pack := filepath.Join(dir, "evidence-pack.zip")
	cert := filepath.Join(dir, "certificates", d.Certificates[0].Number+".pdf")
	p, err := verifier(t).ProveLog(ctx, verify.LogRequest{Path: pack, Earlier: []string{cert}})
	if err != nil || !p.Proven || len(p.Earlier) != len(d.Certificates)+1 {
		t.Fatalf("%v %+v", err, p)
	}
	for _, x := range p.Earlier {
		if !x.Proven || x.Size == 0 {
			t.Errorf("%s: %s", x.Where, x.Sentence)
		}
	}
	n := 0
	for _, r := range p.Records {
		if n += len(r.Proven); len(r.Proven) != r.Records {
			t.Errorf(
				"%s: %d of %d proven; wrong %v, unproven %v",
				r.File,
				len(r.Proven),
				r.Records,
				r.Wrong,
				r.Unproven,
			)
		}
	}
	if n < 50 {
		t.Errorf("only %d records are proven", n)
	}
	t.Run("nobody_trusted_proves_nothing", func(t *testing.T) {
		v, err := verify.New(ctx, "", "", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if p, err := v.ProveLog(ctx, verify.LogRequest{Path: pack}); err != nil || p.Proven {
			t.Fatalf("%v %+v", err, p.Pack.Answer)
		}
	})
	t.Run("a_certificate_of_a_longer_log_is_no_beginning", func(t *testing.T) {
		s := openDemo(t, nil)
		c := issueAgain(t, s, SamplePassphrase)
		later := write(t, "later.pdf", must(s.CertificatePDF(ctx, c.Number)))
		p, err := verifier(t).ProveLog(ctx, verify.LogRequest{Path: pack, Earlier: []string{later}})
		if err != nil || p.Proven || p.Earlier[len(p.Earlier)-1].Proven {
			t.Fatalf("%v %+v", err, p.Earlier)
		}
	})
}
