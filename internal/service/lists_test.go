package service

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/interop/sheet"
)

func listFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestImportList takes lists as other programs write them, twice: the second time nothing
// is new.
func TestImportList(t *testing.T) {
	s, ctx := openDemo(t, nil), context.Background()
	for _, x := range []struct {
		kind, name, text string
		added            int
		fits             func() bool
	}{
		{
			"people", "people.csv",
			"\ufeffFull name;Work email;Post;Duties\r\nÅsa Öberg;asa@x.example;Archivist;reader;and more\r\n", 0, nil,
		},
		{"people", "people.csv", "Full name,Work email,Post,Duties\nÅsa Öberg,asa@x.example,Archivist,reader\n", 1,
			func() bool {
				list, _ := s.People(ctx)
				return list[len(list)-1].Name == "Åsa Öberg" && list[len(list)-1].JobTitle == "Archivist"
			}},
		{"workflows", "inventory.csv", "Tool,Department,Vendor,Status,Owner\nCopilot,ICT,Example Ltd,pilot,Åsa Öberg\n",
			1,
			func() bool {
				list, _ := s.Workflows(ctx)
				return list[len(list)-1].Name == "Copilot" && list[len(list)-1].Owner == "Åsa Öberg"
			}},
		{
			"policies", "policies.csv", "Policy name,Type,Next review date\nUse of Copilot,AI policy,01/02/2027\n",
			1, nil,
		},
		{"risks", "risks.csv",
			"System,Risk,Likelihood,Impact,Mitigations\nCopilot,It invents a source,4,3,Check sources; Train\n", 1,
			nil},
	} {
		path := listFile(t, x.name, x.text)
		q := ListRequest{Path: path, Kind: x.kind, DryRun: true}
		dry, err := s.ImportList(ctx, q)
		if x.added == 0 {
			if err == nil {
				t.Errorf("%s: a row with more cells than headings is taken", x.kind)
			}
			continue
		}
		if err != nil || dry.Applied.Added != x.added {
			t.Fatalf("%s, tried: %+v, %v", x.kind, dry.Applied, err)
		}
		q.DryRun = false
		got, err := s.ImportList(ctx, q)
		if err != nil || got.Applied.Added != x.added {
			t.Fatalf("%s: %+v, %v", x.kind, got.Applied, err)
		}
		if x.fits != nil && !x.fits() {
			t.Errorf("%s is not as it was in the list", x.kind)
		}
		again, err := s.ImportList(ctx, q)
		if err != nil || again.Applied.Added != 0 || again.Applied.Changed != 0 {
			t.Errorf("%s again: %+v, %v", x.kind, again.Applied, err)
		}
	}
	_, err := s.ImportList(ctx, ListRequest{Kind: "people",
		Path: listFile(t, "p.csv", "Name,Duties\nNew One,reader\nNew Two,king\n")})
	if err == nil || !strings.Contains(err.Error(), "row 3") {
		t.Errorf("what the register refuses is not said by its row: %v", err)
	}
	for _, text := range []string{"", "\x00\x01\x02", "only a heading\n"} {
		if r, err := s.ImportList(ctx, ListRequest{Kind: "people", Path: listFile(t, "x.csv", text)}); err == nil &&
			r.Applied.Added > 0 {
			t.Errorf("%q: %+v", text, r.Applied)
		}
	}
}

// TestImportList_libreoffice has LibreOffice make an ODS and an XLSX of a list, with a date.
func TestImportList_libreoffice(t *testing.T) {
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("LibreOffice is not installed")
	}
	s, ctx := openDemo(t, nil), context.Background()
	for i, ext := range []string{"ods", "xlsx"} {
		name := []string{"Tool in ODS", "Tool in XLSX"}[i]
		dir := t.TempDir()
		var b bytes.Buffer
		if err := sheet.Write(&b, sheet.Book{Title: "Inventory", Sheets: []sheet.Sheet{{
			Name: "Inventory", Columns: columns("Name", "Status", "Live since"),
			Rows: [][]any{{name, "live", s.today().AddDays(-30)}},
		}}}); err != nil {
			t.Fatal(err)
		}
		from := filepath.Join(dir, "from.xlsx")
		if err := os.WriteFile(from, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(soffice, "--headless", "-env:UserInstallation=file://"+dir+"/profile", "--convert-to",
			ext,
			"--outdir", filepath.Join(dir, "out"), from).
			CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		r, err := s.ImportList(ctx, ListRequest{Kind: "workflows", Path: filepath.Join(dir, "out", "from."+ext)})
		if err != nil || r.Applied.Added != 1 {
			t.Fatalf("%s: %+v, %v", ext, r.Applied, err)
		}
		err = s.readView(ctx, func(view *View) error {
			w := view.workflows[len(view.workflows)-1]
			if w.Name != name || w.LiveSince != s.today().AddDays(-30) {
				t.Errorf("%s: %s, live since %s", ext, w.Name, w.LiveSince)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestImportAttestations takes who has read a policy from a form's list.
func TestImportAttestations(t *testing.T) {
	s, ctx := openDemo(t, nil), context.Background()
	q := ListRequest{Path: listFile(t, "form.csv",
		"Completion time,Name,Role\n2026-11-02 09:30:00,New Reader,Clerk\n03/11/2026,Other Reader,\n"), DryRun: true}
	if r, err := s.ImportAttestations(ctx, "POL-0001", "", q); err != nil || r.Added != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	q.DryRun = false
	if r, err := s.ImportAttestations(ctx, "POL-0001", "", q); err != nil || r.Added != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	if r, err := s.ImportAttestations(ctx, "POL-0001", "", q); err != nil || r.Added != 0 || r.Held != 2 {
		t.Errorf("again: %+v, %v", r, err)
	}
	for name, text := range map[string]string{"no name": "Date\n2026-11-02\n", "no date": "Name,Date\nAnn,\n",
		"a day to come": "Name,Date\nAnn,2099-01-01\n", "no day": "Name,Date\nAnn,yesterday\n"} {
		q.Path = listFile(t, "bad.csv", text)
		if _, err := s.ImportAttestations(ctx, "POL-0001", "", q); fault.CodeOf(err) != fault.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	q.Path = listFile(t, "bad.csv", "Name,Date\nAnn,2026-11-02\n")
	if _, err := s.ImportAttestations(ctx, "POL-0001", "99", q); err == nil {
		t.Error("of a version that there is not")
	}
}
