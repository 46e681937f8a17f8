package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"assay/internal/fault"
	"assay/internal/pdfcheck"
	"assay/internal/pdfkit"
	"assay/internal/testkit"
)

// draw draws a certificate and holds it to the rules of every document.
func draw(t testing.TB, c Certificate, e Edition) ([]byte, Drawn) {
	t.Helper()
	var b bytes.Buffer
	d, err := WriteCertificate(&b, c, e)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pdfcheck.Check(b.Bytes()) {
		t.Error(p)
	}
	keep(t, b.Bytes())
	return b.Bytes(), d
}

// keep keeps a document for the conformance run.
func keep(t testing.TB, pdf []byte) {
	sum := sha256.Sum256(pdf)
	testkit.Document(
		t,
		fmt.Sprintf("report-%s-%x", strings.NewReplacer("/", "-", " ", "-", ",", "").Replace(t.Name()), sum[:4]),
		pdf,
	)
}

func met(c Certificate) Certificate {
	c.Verdict, c.Conditions, c.Sample, c.Approver, c.Supersedes = VerdictMet, nil, false, Person{}, ""
	for i := range c.Areas {
		c.Areas[i].Met = c.Areas[i].Applicable
	}
	c.Sources, c.Findings, c.Gates, c.NotTested, c.Requirements, c.Keys, c.Attachments = nil, nil, nil, nil, nil, nil,
		nil
	return c
}

// tool runs another program; it skips the test where there is none.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func save(t *testing.T, pdf []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "document.pdf")
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestWriteCertificate(t *testing.T) {
	t.Run("takes two pages, however long the texts are", func(t *testing.T) {
		for name, c := range map[string]Certificate{
			"sample": sampleCertificate(), "met": met(sampleCertificate()), "crowded": crowdedCertificate(),
		} {
			_, d := draw(t, c, Standard)
			if d.Pages != 2 || d.Shortened != (name == "crowded") {
				t.Errorf("%s: %d pages, shortened %v", name, d.Pages, d.Shortened)
			}
		}
	})
	t.Run("no word lies outside the margins or over another", func(t *testing.T) {
		for name, c := range map[string]Certificate{"sample": sampleCertificate(), "crowded": crowdedCertificate()} {
			pdf, _ := draw(t, c, Standard)
			words := wordBoxes(t, save(t, pdf))
			if len(words) < 300 {
				t.Errorf("%s: only %d words", name, len(words))
			}
			for i, w := range words {
				if w.XMin < pageLeft-1 || w.XMax > pageRight+1 || w.YMin < 13*mm || w.YMax > pdfkit.PageHeight-8*mm {
					t.Errorf("%s: %q lies at %.0f,%.0f to %.0f,%.0f", name, w.Text, w.XMin, w.YMin, w.XMax, w.YMax)
				}
				for _, v := range words[:i] {
					if v.page == w.page && min(v.XMax, w.XMax)-max(v.XMin, w.XMin) > 1 &&
						min(v.YMax, w.YMax)-max(v.YMin, w.YMin) > 0.4*(w.YMax-w.YMin) {
						t.Errorf("%s: %q lies over %q", name, w.Text, v.Text)
					}
				}
			}
		}
	})
	t.Run("page one has what a member needs and page two what an auditor needs", func(t *testing.T) {
		c := sampleCertificate()
		pdf, _ := draw(t, c, Standard)
		file := save(t, pdf)
		text := func(page string) string {
			return strings.Join(strings.Fields(tool(t, "pdftotext", "-f", page, "-l", page, file, "-")), " ")
		}
		one, two := text("1"), text("2")
		for _, want := range []string{c.Number, c.Organisation, c.Workflow.Name, "Met with conditions", "39 are met",
			"3 March 2027", c.Workflow.Does, c.Workflow.Answers, c.Workflow.PeopleDecide,
			c.Conditions[1].Text, "by 15 April 2026", "Human oversight: 9 of 11", c.Areas[2].Sentence, headCheck,
			SampleMark, "GC-2025-0003", disclaimer} {
			if !strings.Contains(one, want) {
				t.Errorf("page 1 does not say %q", want)
			}
		}
		for _, want := range []string{digest, "1,204 entries", c.Log.Root, "planning-2026-01.jsonl", "OVR-06",
			"60 seconds", "Completeness", "1,199 of 1,199", "OVR-R10 Minimum review time is kept",
			"RSK-01 was not run", "Jane Morgan-Price, Data Protection Officer", "Alun Rees", SampleMark,
			"statement.json"} {
			if !strings.Contains(two, want) {
				t.Errorf("page 2 does not say %q", want)
			}
		}
		for _, never := range []string{"is certified to ISO", "compliant"} {
			if strings.Contains(strings.ReplaceAll(one+two, disclaimer, ""), never) {
				t.Errorf("it says %q", never)
			}
		}
	})
	t.Run("the seal is read from a print at 100 to 300 dpi", func(t *testing.T) {
		pdf, _ := draw(t, sampleCertificate(), Standard)
		file := save(t, pdf)
		for _, dpi := range []string{"100", "150", "300"} {
			png := filepath.Join(t.TempDir(), "page")
			tool(t, "pdftoppm", "-r", dpi, "-f", "1", "-l", "1", "-gray", "-png", "-singlefile", file, png)
			if got := strings.TrimSpace(tool(t, "zbarimg", "-q", "--raw", png+".png")); got != seal {
				t.Errorf("at %s dpi it reads %q", dpi, got)
			}
		}
	})
	t.Run("the same certificate gives the same bytes", func(t *testing.T) {
		a, _ := draw(t, sampleCertificate(), Standard)
		b, _ := draw(t, sampleCertificate(), Standard)
		if !bytes.Equal(a, b) {
			t.Error("they differ")
		}
	})
	t.Run("fields wait for both signatures, or for one", func(t *testing.T) {
		pdf, _ := draw(t, sampleCertificate(), Standard)
		if !bytes.Contains(pdf, []byte("/T(Assessor)")) || !bytes.Contains(pdf, []byte("/T(Approver)")) {
			t.Error("a field is missing")
		}
		if pdf, _ := draw(t, met(sampleCertificate()), Standard); bytes.Contains(pdf, []byte("/T(Approver)")) {
			t.Error("a field waits for nobody")
		}
	})
	t.Run("large print says the same in large letters", func(t *testing.T) {
		for _, c := range []Certificate{sampleCertificate(), met(sampleCertificate())} {
			pdf, d := draw(t, c, LargePrint)
			if d.Pages < 3 || d.Shortened {
				t.Errorf("%d pages, shortened %v", d.Pages, d.Shortened)
			}
			file := save(t, pdf)
			text := strings.Join(strings.Fields(tool(t, "pdftotext", file, "-")), " ")
			for _, want := range append(
				[]string{c.Workflow.Does, c.Workflow.PeopleDecide, c.Verdict.Words(), digest[:32]}, c.checkSteps()...,
			) {
				if !strings.Contains(text, want) {
					t.Errorf("it does not say %q", want)
				}
			}
			small := 0
			for _, w := range wordBoxes(t, file) {
				// Boxes are as high as the font's ascent and descent, 1.26 times its size; heads,
				// feet and digests may be smaller.
				if w.YMax-w.YMin < 15*1.2 && w.YMin > 26*mm && w.YMax < pdfkit.PageHeight-26*mm && len(w.Text) < 20 {
					small++
				}
			}
			if small > 0 {
				t.Errorf("%d words are smaller than 15 points", small)
			}
		}
	})
	t.Run("what the paper cannot show is told", func(t *testing.T) {
		c := sampleCertificate()
		c.Workflow.Name, c.Workflow.Does = "Plan \u202Etxt.exe 🙂", "It reads \x00\x1b[31m and שלום."
		_, d := draw(t, c, Standard)
		if len(d.Replaced) < 6 {
			t.Errorf("only %v", d.Replaced)
		}
	})
	for name, change := range map[string]func(*Certificate){
		"no number":                     func(c *Certificate) { c.Number = "" },
		"no assessor":                   func(c *Certificate) { c.Assessor = Person{} },
		"four areas":                    func(c *Certificate) { c.Areas = c.Areas[:4] },
		"met with conditions, but none": func(c *Certificate) { c.Conditions = nil },
		"met, but conditions":           func(c *Certificate) { c.Verdict = VerdictMet },
		"another verdict":               func(c *Certificate) { c.Verdict = "not_met" },
		"an end before its beginning":   func(c *Certificate) { c.ValidUntil = "2026-01-01" },
		"a seal in small letters":       func(c *Certificate) { c.Seal = "AY1:small" },
		"a seal that is too long":       func(c *Certificate) { c.Seal = strings.Repeat("A", 5000) },
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			c := sampleCertificate()
			change(&c)
			var b bytes.Buffer
			if _, err := WriteCertificate(&b, c, Standard); fault.CodeOf(err) != fault.CodeInvalid || b.Len() > 0 {
				t.Errorf("got %v and %d bytes", err, b.Len())
			}
		})
	}
	t.Run("an attachment that fails is an error", func(t *testing.T) {
		c := sampleCertificate()
		broken := errors.New("the disk is gone")
		c.Attachments[0].Open = func() (io.ReadCloser, error) { return nil, broken }
		if _, err := WriteCertificate(io.Discard, c, Standard); !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
	})
}

// anyText draws a text such as people and machines write, and worse.
func anyText(r *rapid.T, name string) string {
	s := rapid.OneOf(
		rapid.String(),
		rapid.StringOfN(rapid.RuneFrom([]rune("aw Ŵŷ-/.…\n\t\u202E\u0301\u00AD😀ש")), 0, 400, -1),
	).
		Draw(r, name)
	if strings.TrimSpace(s) == "" {
		return "x"
	}
	return s
}

func init() { testkit.Checks(30) }

// TestAnyText puts any text at all into documents: a certificate stays on two
// pages, and both it and a pack keep every rule.
func TestAnyText(t *testing.T) {
	t.Run("certificate", func(t *testing.T) { rapid.Check(t, anyCertificate) })
	t.Run("pack", func(t *testing.T) { rapid.Check(t, anyPack) })
}

func anyPack(r *rapid.T) {
	text := func(name string) string { return anyText(r, name) }
	p := samplePack()
	p.Organisation, p.Ref, p.Scope, p.Period = text("organisation"), text("ref"), text("scope"), text("period")
	p.Clauses[0].Title, p.Clauses[0].Recorded[0].What, p.Clauses[1].Held = text("clause"), text("recorded"), text("gap")
	p.Records[0].Texts[0][1], p.System[0].Reason, p.Records[0].Links[0] = text("said"), text("answer"), text("link")
	control := &p.Statements[0].Controls[0]
	control.ReasonIncluded, control.Owner, control.Evidence[0].Where = text("reason"), text("owner"), text("where")
	p.Policies[0].Ref, p.Policies[0].Title, p.Evidence[0].Ref, p.Evidence[0].SHA256 = text(
		"policy",
	), text(
		"title",
	), text(
		"evidence",
	), text(
		"digest",
	)
	w := &p.Workflows[0]
	w.Ref, w.Name, w.Areas[0].Name, w.Risks[0].Title, w.Risks[0].Controls[0] = text(
		"workflow",
	), text(
		"name",
	), text(
		"area",
	), text(
		"risk",
	), text(
		"control",
	)
	p.Findings[0].Explanation, p.Findings[0].Sample[0].Note, p.Reviews[0].Outcome, p.Actions[0].Text = text(
		"explanation",
	), text(
		"note",
	), text(
		"outcome",
	), text(
		"action",
	)
	var b bytes.Buffer
	if _, err := WritePack(&b, p); err != nil {
		r.Fatal(err)
	}
	for _, p := range pdfcheck.Check(b.Bytes()) {
		r.Error(p)
	}
}

func anyCertificate(r *rapid.T) {
	text := func(name string) string { return anyText(r, name) }
	c := sampleCertificate()
	c.Organisation, c.Workflow.Name, c.Workflow.Version = text("organisation"), text("name"), text("version")
	c.Workflow.Does, c.Workflow.PeopleDecide, c.Workflow.Answers = text("does"), text("decide"), text("answers")
	c.Conditions[0].Text, c.Conditions[0].Owner = text("condition"), text("owner")
	c.Areas[0].Sentence, c.Assessor.Name, c.Assessor.Role = text("sentence"), text("assessor"), text("role")
	c.Sources[0].Name, c.Gates[0].Decides, c.Findings[0].Title, c.NotTested[0] = text(
		"file",
	), text(
		"gate",
	), text(
		"finding",
	), text(
		"untested",
	)
	c.RecordDigest, c.Attachments[0].Description = text("digest"), text("description")
	var b bytes.Buffer
	d, err := WriteCertificate(&b, c, Standard)
	if err != nil {
		r.Fatal(err)
	}
	if d.Pages != 2 {
		r.Errorf("%d pages", d.Pages)
	}
	for _, p := range pdfcheck.Check(b.Bytes()) {
		r.Error(p)
	}
}

type box struct {
	XMin float64 `xml:"xMin,attr"`
	YMin float64 `xml:"yMin,attr"`
	XMax float64 `xml:"xMax,attr"`
	YMax float64 `xml:"yMax,attr"`
	Text string  `xml:",chardata"`
	page int
}

// wordBoxes are the words of a document with their places, as poppler sees them.
func wordBoxes(t *testing.T, file string) []box {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(tool(t, "pdftotext", "-bbox", file, "-")))
	d.Strict = false
	d.Entity = xml.HTMLEntity
	var out []box
	page := 0
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		s, ok := tok.(xml.StartElement)
		switch {
		case ok && s.Name.Local == "page":
			page++
		case ok && s.Name.Local == "word":
			b := box{page: page}
			if err := d.DecodeElement(&b, &s); err != nil {
				t.Fatal(err)
			}
			out = append(out, b)
		}
	}
}

func TestCertificateHTML(t *testing.T) {
	html := func(c Certificate) string {
		var b strings.Builder
		if err := CertificateHTML(&b, c); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	t.Run("has the words, the digest and the seal", func(t *testing.T) {
		c := sampleCertificate()
		got := html(c)
		for _, want := range []string{
			c.Number, digest, c.Workflow.Does, "Met with conditions", "15 April 2026", c.Log.Root, "OVR-06",
			SampleMark, `lang="en-GB"`,
		} {
			if !strings.Contains(got, want) {
				t.Errorf("no %q", want)
			}
		}
		if !strings.Contains(got, seal[:20]) {
			t.Error("no seal")
		}
	})
	t.Run("loads and runs nothing", func(t *testing.T) {
		c := sampleCertificate()
		c.Workflow.Name = `<script>alert(1)</script><img src=x onerror=alert(1)>`
		c.Sources[0].Name = `"><svg onload=alert(1)>`
		got := html(c)
		// The seal's square is a drawing of lines, with nothing else in it.
		square := regexp.MustCompile(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="[0-9 ]+" width="200" ` +
			`height="200" role="img" aria-label="[^"<>]+"><path fill="#fff" d="[MhvzH0-9 ]+"/><path ` +
			`d="[Mhvz0-9 -]+"/></svg>`)
		if n := len(square.FindAllString(got, -1)); n != 1 {
			t.Errorf("%d squares", n)
		}
		got = square.ReplaceAllString(got, "")
		for _, never := range []string{
			"<script", "<img", "<svg", "<link", "<iframe", "url(", "src=x onerror=alert(1)>",
		} {
			if strings.Contains(got, never) {
				t.Errorf("it holds %q", never)
			}
		}
		if !strings.Contains(got, "default-src 'none'") {
			t.Error("no policy forbids it")
		}
	})
	t.Run("a certificate that must not go on paper is refused", func(t *testing.T) {
		c := sampleCertificate()
		c.Number = ""
		if err := CertificateHTML(io.Discard, c); fault.CodeOf(err) != fault.CodeInvalid {
			t.Errorf("got %v", err)
		}
	})
}

func TestGrade(t *testing.T) {
	t.Run("page one reads at most at grade six", func(t *testing.T) {
		for _, c := range []Certificate{sampleCertificate(), met(sampleCertificate())} {
			if g := testkit.Grade(c.MemberText()); g > 6 {
				t.Errorf("it reads at grade %.1f", g)
			} else {
				t.Logf("grade %.1f", g)
			}
		}
	})
}

func TestWritePack(t *testing.T) {
	pack := func(p EvidencePack) ([]byte, Drawn) {
		t.Helper()
		var b bytes.Buffer
		d, err := WritePack(&b, p)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pdfcheck.Check(b.Bytes()) {
			t.Error(p)
		}
		keep(t, b.Bytes())
		return b.Bytes(), d
	}
	t.Run("says what is recorded, and what is missing", func(t *testing.T) {
		p := samplePack()
		pdf, d := pack(p)
		if d.Shortened || len(d.Replaced) > 0 {
			t.Errorf("shortened %v, replaced %v", d.Shortened, d.Replaced)
		}
		text := strings.Join(strings.Fields(tool(t, "pdftotext", "-layout", save(t, pdf), "-")), " ")
		for _, want := range []string{"EP-2026-0002", "5.2 Our title for clause 5.2", "Held: nothing.",
			"no document or record is linked to it.", "Records in full", "Who signed this pack",
			"2 of 3 controls apply", "Why it is left out The council develops no AI of its own.",
			"Evidence effective 3 November 2025", "Next review 10 January 2027", "Linked risks RSK-0001",
			"POL-0001 Use of AI", "41 of 44 named staff", "Likelihood", "appetite", "decided 8 s after",
			"and 12 more runs",
			"R-000120", "line 121", "Content left out: it names a resident", "sha256sum -c",
			"No test report from the supplier.", SampleMark, "not a certificate of conformity", "overdue"} {
			if !strings.Contains(text, want) {
				t.Errorf("it does not say %q", want)
			}
		}
	})
	t.Run("an empty register makes a pack that says so", func(t *testing.T) {
		p := samplePack()
		pdf, _ := pack(EvidencePack{Ref: p.Ref, Organisation: p.Organisation, PreparedAt: issued, Assessor: p.Assessor})
		text := tool(t, "pdftotext", save(t, pdf), "-")
		for _, want := range []string{
			"No gap is known.", "No policy is recorded.", "No workflow is recorded.", "No finding is recorded.",
			"No evidence is recorded.", "No run evidence was imported.",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("it does not say %q", want)
			}
		}
	})
	t.Run("references lead to what they name, also where it is listed twice", func(t *testing.T) {
		p := samplePack()
		p.Evidence = append(p.Evidence, p.Evidence[0])
		p.Policies = append(p.Policies, p.Policies[0])
		p.Workflows = append(p.Workflows, p.Workflows[0])
		pdf, _ := pack(p)
		if out := tool(t, "pdfinfo", "-dests", save(t, pdf)); strings.Contains(strings.ToLower(out), "error") {
			t.Error(out)
		}
	})
	t.Run("the same pack gives the same bytes", func(t *testing.T) {
		a, _ := pack(samplePack())
		b, _ := pack(samplePack())
		if !bytes.Equal(a, b) {
			t.Error("they differ")
		}
	})
	t.Run("a pack without a date is refused", func(t *testing.T) {
		if _, err := WritePack(
			io.Discard, EvidencePack{Ref: "EP-2026-0001", Organisation: "x", Assessor: Person{Name: "y"}},
		); fault.CodeOf(
			err,
		) != fault.CodeInvalid {
			t.Errorf("got %v", err)
		}
	})
	t.Run("long texts run over pages", func(t *testing.T) {
		p := samplePack()
		long := strings.Repeat("A policy that says a great deal about what may and may not be done. ", 200)
		p.Policies[0].Purpose, p.Statements[0].Controls[0].ReasonIncluded = long, long
		p.Workflows[0].Does, p.Workflows[0].Risks[0].Cause, p.Findings[0].Explanation = long, long, long
		_, d := pack(p)
		if d.Pages < 20 {
			t.Errorf("%d pages", d.Pages)
		}
	})
}

// BenchmarkCertificate draws the sample's certificate, with its fonts.
func BenchmarkCertificate(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := WriteCertificate(io.Discard, sampleCertificate(), Standard); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPack50000 draws a pack that lists 50,000 runs, a thousand pages.
func BenchmarkPack50000(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		p := samplePack()
		p.Runs = func(yield func(RunRow) bool) {
			for i := range 50_000 {
				if !yield(
					RunRow{
						"WF-0001",
						fmt.Sprintf("R-%06d", i),
						"5 January 2026 09:12",
						"approved with edits",
						"H Parry, approved",
						fmt.Sprintf("line %d", i),
					},
				) {
					return
				}
			}
		}
		d, err := WritePack(io.Discard, p)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(d.Pages), "pages")
	}
}
