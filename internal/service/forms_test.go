package service

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/form"
	"assay/internal/pdfcheck"
)

// writeForm answers every question of a document, in words that can be found again.
func writeForm(t *testing.T, s *Service, d FormView) FormView {
	t.Helper()
	var all []form.Answer
	for _, q := range d.Form().Questions() {
		all = append(all, form.Answer{Question: q.ID, Text: "We looked at this and wrote it down for " + q.ID + "."})
	}
	d, err := s.WriteForm(context.Background(), d.Ref, all)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// signForm has a document signed by the people in turn.
func signForm(t *testing.T, s *Service, ref string, people ...string) (d FormView) {
	t.Helper()
	for _, p := range people {
		var err error
		d, err = s.SignForm(
			context.Background(),
			ref,
			FormSignature{Person: p, Words: "My conclusion, in my own words."},
		)
		if err != nil {
			t.Fatalf("%s signs %s: %v", p, ref, err)
		}
	}
	return d
}

// signers are people of the sample council who may prepare, review and approve.
var formSigners = []string{"PER-0001", "PER-0004", "PER-0002"}

// TestForm writes every form for a workflow with runs, has it signed, and takes it out in
// every format; then it is superseded by the next.
func TestForm(t *testing.T) {
	s, ctx := openDemo(t, nil), context.Background()
	for _, f := range form.Forms() {
		d, err := s.StartForm(ctx, "WF-0001", f.Kind)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.StartForm(ctx, "WF-0001", f.Kind); fault.CodeOf(err) != fault.CodeConflict {
			t.Errorf("%s: begun twice: %v", f.Kind, err)
		}
		if _, err := s.SignForm(ctx, d.Ref, FormSignature{}); fault.CodeOf(err) != fault.CodeInvalid {
			t.Errorf("%s: signed without answers: %v", f.Kind, err)
		}
		for _, q := range f.Questions() {
			for _, m := range q.Figures {
				if x, ok := d.Figure(m); !ok || len(x.Lines)+len(x.Rows) == 0 ||
					strings.Contains(strings.Join(x.Lines, " "), "Nothing is measured") {
					t.Errorf("%s: nothing is measured as %s: %q", f.Kind, m, x.Lines)
				}
			}
		}
		writeForm(t, s, d)
		if d = signForm(t, s, d.Ref, formSigners...); d.Status != form.StatusSigned {
			t.Errorf("%s: %s", f.Kind, d.Status)
		}
		for _, format := range FormFormats {
			b, err := s.FormFile(ctx, d.Ref, format, func() (string, error) { return SamplePassphrase, nil })
			if err != nil {
				t.Fatalf("%s as %s: %v", f.Kind, format, err)
			}
			if dir := os.Getenv("ASSAY_KEEP"); dir != "" {
				if err := os.WriteFile(filepath.Join(dir, string(f.Kind)+"."+format), b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if format != "pdf" {
				continue
			}
			if wrong := pdfcheck.Check(b); len(wrong) > 0 {
				t.Errorf("%s: %v", f.Kind, wrong)
			}
		}
		next, err := s.StartForm(ctx, "WF-0001", f.Kind)
		if err != nil {
			t.Fatal(err)
		}
		if len(next.Missing) == 0 || len(next.Answers) == 0 || !next.Answers[0].Suggested {
			t.Errorf("%s: answers were taken over without being confirmed", f.Kind)
		}
		writeForm(t, s, next)
		signForm(t, s, next.Ref, formSigners...)
		if d, err = s.FormDocument(ctx, d.Ref); err != nil || d.Status != form.StatusSuperseded {
			t.Errorf("%s: %s, %v", f.Kind, d.Status, err)
		}
	}
	if c, err := s.Check(ctx, func(string) {}); err != nil || len(c.Problems) > 0 {
		t.Errorf("check: %v, %v", c.Problems, err)
	}
}

// TestForm_pack finds signed documents and drafts in a pack, each with its state, and none of
// another workflow in the pack of one.
func TestForm_pack(t *testing.T) {
	s, ctx := openDemo(t, nil), context.Background()
	signed, err := s.StartForm(ctx, "WF-0001", form.KindInvolvement)
	if err != nil {
		t.Fatal(err)
	}
	writeForm(t, s, signed)
	signForm(t, s, signed.Ref, formSigners...)
	other, err := s.StartForm(ctx, "WF-0002", form.KindDPIA)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "pack.zip")
	if _, err := s.WritePack(
		ctx, PackRequest{Workflow: "WF-0001", Path: path, Passphrase: SamplePassphrase},
	); err != nil {
		t.Fatal(err)
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	found := map[string]string{}
	for _, f := range z.File {
		if strings.Contains(f.Name, "/documents/") || strings.HasSuffix(f.Name, "written-documents.json") ||
			strings.HasSuffix(f.Name, "crosswalk.csv") {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			b, _ := io.ReadAll(r)
			r.Close()
			found[f.Name[strings.Index(f.Name, "/data/")+6:]] = string(b)
		}
	}
	if !strings.HasPrefix(found["documents/"+signed.Ref+"-involvement.pdf"], "%PDF") ||
		!strings.Contains(found["records/written-documents.json"], signed.Ref) ||
		!strings.Contains(found["records/crosswalk.csv"], signed.Ref+",") {
		t.Errorf("the pack holds: %v", slices.Sorted(maps.Keys(found)))
	}
	for name, text := range found {
		if strings.Contains(name, other.Ref) || strings.Contains(text, `"`+other.Ref+`"`) {
			t.Errorf("%s names a document of another workflow", name)
		}
	}
}

// TestForm_refused signs twice, and writes in what is signed.
func TestForm_refused(t *testing.T) {
	s, ctx := openDemo(t, nil), context.Background()
	d, err := s.StartForm(ctx, "WF-0001", form.KindDPIA)
	if err != nil {
		t.Fatal(err)
	}
	writeForm(t, s, d)
	signForm(t, s, d.Ref, "PER-0001")
	if _, err := s.SignForm(ctx, d.Ref, FormSignature{Person: "PER-0001", Words: "x"}); fault.CodeOf(
		err,
	) != fault.CodeForbidden {
		t.Errorf("one person signs twice: %v", err)
	}
	if _, err := s.SignForm(
		ctx, d.Ref, FormSignature{Person: "PER-0004", Words: "x", Passphrase: "wrong"},
	); err == nil {
		t.Error("a wrong passphrase signs")
	}
	if _, err := s.WriteForm(ctx, d.Ref, nil); fault.CodeOf(err) != fault.CodeConflict {
		t.Errorf("written in while it is signed: %v", err)
	}
	if _, err := s.MeasureForm(ctx, d.Ref); fault.CodeOf(err) != fault.CodeConflict {
		t.Errorf("measured while it is signed: %v", err)
	}
	if _, err := s.FormFile(ctx, d.Ref, "txt", nil); fault.CodeOf(err) != fault.CodeInvalid {
		t.Errorf("an unknown format: %v", err)
	}
	if d, err = s.ReopenForm(ctx, d.Ref); err != nil || d.Status != form.StatusDraft || d.Number != 2 {
		t.Errorf("opened again: %s, %v", d.Status, err)
	}
	if _, err := s.StartForm(ctx, "WF-9999", form.KindDPIA); fault.CodeOf(err) != fault.CodeNotFound {
		t.Errorf("of no workflow: %v", err)
	}
}

// TestForm_office has LibreOffice read the word processor's files, and finds the same words,
// language and headings in each.
func TestForm_office(t *testing.T) {
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("LibreOffice is not installed")
	}
	if real, err := filepath.EvalSymlinks(soffice); err == nil {
		if _, err := os.Stat(filepath.Join(filepath.Dir(real), "libswlo.so")); err != nil {
			t.Skip("LibreOffice is installed without its word processor")
		}
	}
	s, ctx := openDemo(t, nil), context.Background()
	d, err := s.StartForm(ctx, "WF-0001", form.KindInvolvement)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.WriteForm(
		ctx, d.Ref, []form.Answer{{Question: "MI04", Text: "Tags <b> & “quotes”\nsecond line"}},
	); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"odt", "docx"} {
		b, err := s.FormFile(ctx, d.Ref, format, nil)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "d."+format), b, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(
			soffice,
			"--headless",
			"-env:UserInstallation=file://"+dir+"/profile",
			"--convert-to",
			"txt:Text (encoded):UTF8",
			"--outdir",
			dir,
			filepath.Join(dir, "d."+format),
		)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v %s", format, err, out)
		}
		text, err := os.ReadFile(filepath.Join(dir, "d.txt"))
		if err != nil {
			t.Fatalf("%s cannot be read: %v", format, err)
		}
		for _, want := range []string{"Dossier on meaningful human involvement", "Tags <b> & “quotes”", "second line",
			"Measured",
			"Power delegated"} {
			if !bytes.Contains(text, []byte(want)) {
				t.Errorf("%s does not say %q", format, want)
			}
		}
	}
}
