package service

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/interop/sheet"
	"assay/internal/standard"
	"assay/internal/testkit"
)

// TestPolicyFile has each policy of the sample written out, and what LibreOffice reads of it
// hold what the register says.
func TestPolicyFile(t *testing.T) {
	ctx := context.Background()
	s := openDemo(t, nil)
	policies := must(s.Policies(ctx))
	for _, format := range PolicyFormats {
		for _, p := range policies {
			if len(must(s.PolicyFile(ctx, p.Ref, format))) == 0 {
				t.Errorf("%s as %s is empty", p.Ref, format)
			}
		}
		t.Run("read_by_LibreOffice/"+format, func(t *testing.T) {
			testkit.NeedTool(t, "soffice")
			dir, p := t.TempDir(), policies[0]
			file := filepath.Join(dir, "policy."+format)
			if err := os.WriteFile(file, must(s.PolicyFile(ctx, p.Ref, format)), 0o600); err != nil {
				t.Fatal(err)
			}
			testkit.Output(t, dir, "soffice", "-env:UserInstallation=file://"+filepath.Join(dir, "profile"),
				"--headless", "--convert-to", "txt:Text (encoded):UTF8", "--outdir", dir, file)
			text := string(must(os.ReadFile(filepath.Join(dir, "policy.txt"))))
			want := []string{p.Title, p.Ref, p.Owner}
			for _, v := range p.Versions {
				want = append(want, "Version "+v.Number, v.Purpose, v.Oversight)
				want = append(want, v.ForbidUses...)
			}
			for _, w := range want {
				if !strings.Contains(text, strings.TrimSpace(w)) {
					t.Errorf("%s as %s does not say %q", p.Ref, format, w)
				}
			}
		})
	}
	_, err := s.PolicyFile(ctx, policies[0].Ref, "txt")
	testkit.WantFault(t, err, fault.CodeInvalid)
	_, err = s.PolicyFile(ctx, "POL-9999", "odt")
	testkit.WantFault(t, err, fault.CodeNotFound)
}

// TestCISOSheet holds an audit for CISO Assistant to its closed lists, and to our promise:
// it concludes nothing, and says of each rule that does not stand that it does not.
func TestCISOSheet(t *testing.T) {
	ctx := context.Background()
	s := openDemo(t, nil)
	for list, families := range map[string][]standard.Family{
		"ciso-42001": {standard.FamilyClause, standard.FamilyAnnexA},
		"ciso-27001": {standard.Family27001Clause, standard.Family27001Annex},
	} {
		rows := must(sheet.Read(bytes.NewReader(must(s.Sheet(ctx, list))), "assessable"))
		var refs, want []string
		said := false
		for _, r := range rows {
			refs = append(refs, r["ref_id"])
			if !slices.Contains([]string{"not_assessed", "not_applicable"}, r["compliance_result"]) {
				t.Errorf("%s %s concludes %q", list, r["ref_id"], r["compliance_result"])
			}
			if !slices.Contains([]string{"to_do", "in_progress", "in_review"}, r["requirement_progress"]) {
				t.Errorf("%s %s has the progress %q", list, r["ref_id"], r["requirement_progress"])
			}
			if r["observations"] == "" || r["score"] != "" {
				t.Errorf("%s %s: %+v", list, r["ref_id"], r)
			}
			said = said || strings.Contains(r["observations"], "does not stand")
		}
		for _, f := range families {
			for _, i := range standard.Items(f) {
				if strings.HasPrefix(i.Ref(), "iso:6.1.") { // its framework has 6.1 as one
					if !slices.Contains(want, "6.1") {
						want = append(want, "6.1")
					}
					continue
				}
				want = append(want, i.ID)
			}
		}
		if i := slices.Index(refs, "6.1"); i >= 0 {
			for _, id := range []string{"6.1.1", "6.1.2", "6.1.3", "6.1.4"} {
				if !strings.Contains(rows[i]["observations"], id+" ") {
					t.Errorf("the row 6.1 of %s says nothing of %s", list, id)
				}
			}
		}
		if !slices.Equal(refs, want) {
			t.Errorf("%s names %v", list, refs)
		}
		if !said {
			t.Errorf("%s says of no rule that it does not stand", list)
		}
	}
}
