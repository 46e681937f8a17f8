package service

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"assay/internal/certificate"
	"assay/internal/civil"
	"assay/internal/prose"
	"assay/internal/report"
	"assay/internal/testkit"
)

func of(n, total int) string { return prose.Number(n) + " of " + prose.Number(total) }

// packed is a text without white space and soft hyphens, since editions break
// lines where they like, and a digest in the middle.
func packed(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\u00AD' {
			return -1
		}
		return r
	}, s)
}

var tags = regexp.MustCompile(`<(style|script)[^>]*>.*?</(style|script)>|<[^>]*>`)

// pageText is what an HTML page says, without its tags.
func pageText(page []byte) string {
	return html.UnescapeString(tags.ReplaceAllString(strings.ReplaceAll(string(page), "\n", " "), " "))
}

// facts are the figures and names of a statement that every edition says: each
// with its words, so that a number is found where it belongs.
func factsOf(st certificate.Statement) []string {
	out := []string{
		st.Number, st.Organisation.Name, st.Workflow.Name, st.Workflow.Version, st.ValidUntil.Long(), st.Workflow.Owner,
		st.Assessor().Name, st.Assessor().JobTitle, st.Assessor().Key, st.Approver().Name, st.Approver().Key,
		st.Log.Root,
		prose.Number(int(st.Log.Size)) + " entr", prose.Number(st.Runs) + " run",
	}
	if st.Format != certificate.FormatFirst {
		out = append(out, st.Organisation.Contact, st.Root, fmt.Sprintf("decided by %d account", st.Evidence.Accounts))
		out = append(append(out, st.Lead()...), st.Shown()...)
		for _, m := range st.Evidence.Months {
			out = append(out, m.Month+": "+prose.Number(m.Runs))
		}
	}
	for _, a := range st.Areas {
		out = append(out, fmt.Sprintf("%s: %d of %d", a.Title, a.Met, a.Applicable))
	}
	for _, c := range st.Conditions {
		out = append(out, c.Text, c.Owner, c.Due.Long())
	}
	for _, x := range st.Sources {
		out = append(out, x.FileName, x.SHA256)
	}
	for _, g := range st.Gates {
		out = append(out, g.Title, g.Role, of(g.Decided, st.Runs), of(g.ByOfficer, g.Decided))
		if g.Comparable > 0 {
			out = append(out, of(g.Agreed, g.Comparable))
		}
		for i, o := range g.Officers {
			if i < 3 || len(g.Officers) == 4 { // the page names three and counts the others
				out = append(out, o.Name)
			}
		}
	}
	for _, f := range st.Findings {
		out = append(out, f.Code)
		for _, e := range f.Said {
			out = append(out, e.Why, e.By, e.Link, e.Officer, e.Approved)
		}
	}
	for _, r := range st.Requirements {
		out = append(out, r.Code)
	}
	for _, d := range st.Declarations {
		out = append(out, d.Words)
	}
	for i, f := range out {
		if len(f) == 64 && !strings.Contains(f, " ") { // a page may end in the middle of a digest
			out[i] = f[:24]
		}
	}
	return slices.DeleteFunc(out, func(s string) bool { return strings.TrimSpace(s) == "" })
}

// TestEveryEdition holds each figure and name of each edition to the statement:
// an edition says all of it, or that it is not in this edition.
func TestEveryEdition(t *testing.T) {
	testkit.NeedTool(t, "pdftotext")
	ctx := context.Background()
	d := newDirt(t)
	d.take()
	x := d.explained(goodReason)
	x.ApproverPassphrase = SamplePassphrase
	if err := d.say(x, slices.DeleteFunc(d.found(), func(c string) bool { return c == "OVR-03" })...); err != nil {
		t.Fatal(err)
	}
	c := must(d.issue())
	text := func(name string, pdf []byte) string {
		return testkit.Output(t, d.dir, "pdftotext", d.file(name, pdf), "-")
	}
	large := must(d.LargePrint(ctx, c.Number, SamplePassphrase, SamplePassphrase))
	editions := map[string]string{
		"HTML":        pageText(must(d.CertificateHTML(ctx, c.Number))),
		"large print": text("large.pdf", large),
	}
	var again struct{ Statement certificate.Statement }
	if err := json.Unmarshal(must(json.Marshal(c)), &again); err != nil { // what the command line prints with --json
		t.Fatal(err)
	}
	if !bytes.Equal(must(certificate.Format(again.Statement)), must(certificate.Format(c.Statement))) {
		t.Error("the command line's JSON says something else")
	}
	facts := factsOf(c.Statement)
	if len(facts) < 100 {
		t.Fatalf("only %d facts", len(facts))
	}
	// A page may end anywhere, in the middle of "87 of 420".
	running := regexp.MustCompile(`Brackenmere Borough Council\s*Page \d+ of \d+\s*(AI governance certificate GC-\S+)?`)
	for name, page := range editions {
		page = packed(running.ReplaceAllString(page, " "))
		holdsRecord(t, name, page, c.Statement)
		for _, f := range facts {
			if !strings.Contains(page, packed(f)) {
				t.Errorf("the %s edition does not say %q", name, f)
			}
		}
	}
	// The standard edition has two pages: it may say that more is in the record, but
	// what it says is what the statement says.
	page := packed(text("standard.pdf", must(d.CertificatePDF(ctx, c.Number))))
	left := 0
	for _, f := range facts {
		if !strings.Contains(page, packed(f)) {
			left++
		}
	}
	more := strings.Contains(page, packed("in the record")) || strings.Contains(page, packed("on page 2"))
	if left > 0 && !more || left > len(facts)/5 {
		t.Errorf("the standard edition lacks %d of %d facts, and says that there are more: %v", left, len(facts), more)
	}
	for _, f := range append(c.Statement.Lead(), c.Statement.Shown()[:3]...) {
		if !strings.Contains(page, packed(f)) {
			t.Errorf("the standard edition does not say %q", f)
		}
	}
}

// leftToRecord are the members of a statement that editions do not print, and of which
// they say so; see report.NotInEdition.
var leftToRecord = regexp.MustCompile(`^(Format|Percent|Organisation\.(ID|ShortName)|Workflow\.(ID|Service|Supplier|` +
	`Platform|Lifecycle|Decisions|HowItWorks|DataUsed|ChallengeTool)|Conditions\.(Requirement|OwnerID)|` +
	`Areas\.(Area|Percent)|` +
	`Requirements\.(Area|Title|Reason|Status|Task|Subjects|Counts\..*)|Gates\.(Key|Enforcement|MaxStreak|MaxAgreementPct|` +
	`MinReviewSeconds|MedianSeconds|Officers\.(Account|Kind))|Sources\.(Ref|Bytes|From|To|MappingSHA256)|` +
	`Findings\.Said\.(Standing|On|Until)|Findings\.(Question|Untested)|Signatures\.(Role|PersonID|KeyMadeBy|KeyName)|` +
	`Breaks\.Kind|` +
	`Declarations\.(From|Made|By|Approved|Why|Changed|Runs|After|Tried|Gone|Added)|Twins\..*|Verdict|Attempts\.(At|Dry)|` +
	`Issued|Log\.Size|Evidence\.Accounts)$`)

// holdsRecord holds an edition to each figure, name and text of a record: it says it, or
// is not to say it.
func holdsRecord(t *testing.T, name, page string, st certificate.Statement) {
	t.Helper()
	// A line may end after a hyphen, which the reader of the page then takes for its own.
	plain := func(s string) string { return strings.ReplaceAll(strings.ToLower(s), "-", "") }
	page = plain(page)
	said, missing := 0, map[string]string{}
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		switch v.Kind() {
		case reflect.Struct:
			if _, ok := v.Interface().(time.Time); ok {
				return
			}
			for i := range v.NumField() {
				walk(strings.TrimPrefix(path+"."+v.Type().Field(i).Name, "."), v.Field(i))
			}
			return
		case reflect.Slice:
			for i := range v.Len() {
				walk(path, v.Index(i))
			}
			return
		case reflect.Bool:
			return
		}
		if v.IsZero() || leftToRecord.MatchString(path) {
			return
		}
		text := fmt.Sprint(v.Interface())
		switch x := v.Interface().(type) {
		case civil.Date:
			text = x.Long()
		case int:
			text = prose.Number(x)
		case int64:
			text = prose.Number(x)
		}
		if len(text) == 64 && !strings.Contains(text, " ") { // a page may end in the middle of a digest
			text = text[:24]
		}
		if said++; !strings.Contains(page, plain(packed(text))) {
			missing[path] = text
		}
	}
	walk("", reflect.ValueOf(st))
	for path, text := range missing {
		t.Errorf("the %s edition does not say %s: %q", name, path, text)
	}
	if said < 200 || !strings.Contains(page, plain(packed(report.NotInEdition))) {
		t.Errorf("the %s edition says %d things of the record, and does not say what it leaves out", name, said)
	}
}

// TestFirstEditions draws the editions of certificates of the first format, out
// of registers that were made before: their words stay, and what their records
// do not hold is not made up.
func TestFirstEditions(t *testing.T) {
	ctx := context.Background()
	for _, name := range []string{"schema-3", "schema-14"} {
		t.Run(name, func(t *testing.T) {
			f, err := os.Open(filepath.Join(released, name+".assay.gz"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			z, err := gzip.NewReader(f)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "old.assay")
			if err := WriteNewFile(path, must(io.ReadAll(z))); err != nil {
				t.Fatal(err)
			}
			s, err := Open(ctx, path, Options{As: "PER-0001"})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			list := must(s.Certificates(ctx))
			if len(list) == 0 {
				t.Fatal("no certificate")
			}
			for _, v := range list {
				c := must(s.Certificate(ctx, v.Number))
				if c.Statement.Format != certificate.FormatFirst {
					t.Fatalf("%s is of format %s", v.Number, c.Statement.Format)
				}
				page := pageText(must(s.CertificateHTML(ctx, v.Number)))
				for _, f := range factsOf(c.Statement) {
					if !strings.Contains(packed(page), packed(f)) {
						t.Errorf("%s does not say %q", v.Number, f)
					}
				}
				for _, never := range []string{
					"0 accounts", "; no named officer", "What the log shows", "held but for",
				} {
					if i := strings.Index(page, never); i >= 0 {
						t.Errorf("%s says %q, which its record does not: %s", v.Number, never, page[max(0, i-80):i+80])
					}
				}
				if !strings.Contains(page, "not in this edition") {
					t.Errorf("%s does not say what is left out", v.Number)
				}
				pdf := must(s.CertificatePDF(ctx, v.Number))
				if len(pdf) == 0 {
					t.Error("its document is gone")
				}
			}
		})
	}
}
