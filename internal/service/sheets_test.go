package service

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/interop/sheet"
	"assay/internal/testkit"
	"assay/internal/workflow"
)

func TestSheet(t *testing.T) {
	ctx := context.Background()
	s := openDemo(t, nil)
	first := map[string]string{
		"soa": headControl, "soa-27001": headControl, "standards": "Standard", "risks": "Assessment",
		"actions": "Action",
		"reviews": "Review", "records": "Record", "policies": "Policy", "workflows": "Workflow", "evidence": "Evidence",
		"ciso-42001": "assessable", "ciso-27001": "assessable",
	}
	least := map[string]int{
		"soa": 38, "soa-27001": 93, "standards": 300, "workflows": 6, "policies": 7,
		"ciso-42001": 67, "ciso-27001": 123,
	}
	for _, list := range SheetLists {
		b := must(s.Sheet(ctx, list))
		rows, err := sheet.Read(bytes.NewReader(b), first[list])
		if err != nil {
			t.Fatalf("%s: %v", list, err)
		}
		if len(rows) < max(1, least[list]) {
			t.Errorf("%s has %d rows", list, len(rows))
		}
	}
	rows := must(sheet.Read(bytes.NewReader(must(s.Sheet(ctx, "records"))), "Record"))
	if d, err := sheet.Day(rows[0]["Date"]); err != nil || d.IsZero() {
		t.Errorf("the date of a record is %q", rows[0]["Date"])
	}
	_, err := s.Sheet(ctx, "secrets")
	testkit.WantFault(t, err, fault.CodeInvalid)
}

// TestSoA_thereAndBack has the Statement of Applicability go out, be saved by
// LibreOffice, and come back with nothing lost; then with one decision changed.
func TestSoA_thereAndBack(t *testing.T) {
	ctx := context.Background()
	s := openDemo(t, nil)
	dir := t.TempDir()
	out := filepath.Join(dir, "soa.xlsx")
	if err := os.WriteFile(out, must(s.Sheet(ctx, "soa")), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := must(s.ImportSoA(ctx, out, false)); r.Rows != 38 || len(r.Changed) != 0 {
		t.Errorf("as it went out: %+v", r)
	}
	t.Run("saved_by_LibreOffice", func(t *testing.T) {
		testkit.NeedTool(t, "soffice")
		testkit.Output(t, dir, "soffice", "-env:UserInstallation=file://"+filepath.Join(dir, "profile"), "--headless",
			"--convert-to", "xlsx", "--outdir", filepath.Join(dir, "back"), out)
		if r := must(s.ImportSoA(ctx, filepath.Join(dir, "back", "soa.xlsx"), false)); r.Rows != 38 ||
			len(r.Changed) != 0 {
			t.Errorf("saved by LibreOffice: %+v", r)
		}
	})
	edited := func(control string, change func(map[string]string)) string {
		rows := must(sheet.Read(bytes.NewReader(must(s.Sheet(ctx, "soa"))), headControl))
		heads := []string{
			headControl,
			headApplies,
			headIncluded,
			headExcluded,
			headState,
			headOwner,
			headGap,
			headReview,
			headApproved,
		}
		table := sheet.Sheet{Name: "Edited", Columns: columns(heads...)}
		for _, r := range rows {
			if r[headControl] == control {
				change(r)
			}
			var cells []any
			for _, h := range heads {
				cells = append(cells, r[h])
			}
			table.Rows = append(table.Rows, cells)
		}
		var b bytes.Buffer
		if err := sheet.Write(&b, sheet.Book{Title: "Edited", Sheets: []sheet.Sheet{table}}); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "edited.xlsx")
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	state := func(control string) (state string, approved civil.Date) {
		for _, f := range must(s.Standards(ctx)).Families {
			for _, i := range f.Items {
				if i.Ref == control && i.SoA != nil {
					return string(i.SoA.Implementation), i.SoA.ApprovedOn
				}
			}
		}
		return "", ""
	}
	path := edited("A.8.5", func(r map[string]string) { r[headState], r[headApproved] = "implemented", "PER-0002 Me" })
	r := must(s.ImportSoA(ctx, path, true))
	if !slices.Equal(r.Changed, []string{"A.8.5"}) || !slices.Equal(r.Unapproved, []string{"A.8.5"}) {
		t.Errorf("tried: %+v", r)
	}
	if got, on := state("A.8.5"); got != "partly" || on.IsZero() {
		t.Errorf("trying it made it %s", got)
	}
	must(s.ImportSoA(ctx, path, false))
	if got, on := state("A.8.5"); got != "implemented" || !on.IsZero() {
		t.Errorf("the row is %s, approved on %q: nobody approves in a spreadsheet", got, on)
	}
	for name, change := range map[string]func(map[string]string){
		"neither_yes_nor_no": func(r map[string]string) { r[headApplies] = "perhaps" },
		"unknown_state":      func(r map[string]string) { r[headState] = "done" },
		"unknown_person":     func(r map[string]string) { r[headOwner] = "PER-9999 Nobody" },
		"no_reason":          func(r map[string]string) { r[headIncluded] = "" },
		"no_such_control":    func(r map[string]string) { r[headControl] = "A.11.1" },
		"no_day":             func(r map[string]string) { r[headReview] = "next year" },
	} {
		before, _ := state("A.9.3")
		_, err := s.ImportSoA(ctx, edited("A.9.3", change), false)
		testkit.WantFault(t, err, fault.CodeInvalid)
		if err != nil && !strings.Contains(err.Error(), "A.") {
			t.Errorf("%s: %v names no row", name, err)
		}
		if after, _ := state("A.9.3"); after != before {
			t.Errorf("%s changed the register", name)
		}
	}
}

func TestTransparencyBook(t *testing.T) {
	ctx := context.Background()
	s := openDemo(t, nil)
	b := must(s.TransparencyDraft(ctx, "planning-validation", "xlsx"))
	rows := must(sheet.Read(bytes.NewReader(b), "Number"))
	if len(rows) != 5 || rows[2]["Field"] != "Phase" || rows[2]["Answer"] != "Production" {
		t.Errorf("the first sheet: %v", rows)
	}
	v := must(s.Workflow(ctx, "planning-validation"))
	for _, l := range v.Workflow.Roster {
		if l.Name != "" && bytes.Contains(b, []byte(l.Name)) {
			t.Errorf("the draft names the officer %s", l.Name)
		}
	}
}

// TestPublicRegister makes the page for the website.
func TestPublicRegister(t *testing.T) {
	ctx := context.Background()
	s := openDemo(t, nil)
	page := string(must(s.PublicRegister(ctx)))
	for _, want := range []string{
		`<html lang="en-GB">`, "Planning application validation", "is in force until", "What its log shows",
		"Where a person decides", `<a class="skip" href="#main">`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, no := range []string{"<script", "onclick", "http-equiv=\"refresh\"", "src="} {
		if strings.Contains(page, no) {
			t.Errorf("the page holds %q", no)
		}
	}
	for _, w := range must(s.Workflows(ctx)) {
		v := must(s.Workflow(ctx, w.Ref))
		for _, l := range v.Workflow.Roster {
			if l.Name != "" && strings.Contains(page, l.Name) {
				t.Errorf("the page names the officer %s", l.Name)
			}
		}
	}
}

func TestGovernanceStatement(t *testing.T) {
	ctx := context.Background()
	s := openDemo(t, nil)
	text := must(s.GovernanceStatement(ctx))
	used := 0
	for _, w := range must(s.Workflows(ctx)) {
		if w.Lifecycle == workflow.LifecycleLive || w.Lifecycle == workflow.LifecycleTrial {
			used++
		}
	}
	for _, want := range []string{
		fmt.Sprintf("used %d workflows with AI", used), "runs that were read from the logs",
		"The internal audit of", "certifies nobody",
		"Housing repairs triage",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the paragraph does not say %q: %s", want, text)
		}
	}
	inputs := must(s.ReviewInputs(ctx))
	if len(inputs) < 9 {
		t.Errorf("%d inputs", len(inputs))
	}
	for _, i := range inputs {
		if i.What == "" || i.Text == "" {
			t.Errorf("%+v says nothing", i)
		}
	}
}
