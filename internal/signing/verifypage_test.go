package signing

import (
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/testkit"
	"assay/internal/verifypage"
)

// TestVerifyPage asks the web page of evidence packs about the corpus of signed,
// completed, timestamped, attacked and damaged PDFs that the other tests make:
// it must answer as VerifyPDF does, and may never say more.
func TestVerifyPage(t *testing.T) {
	testkit.NeedTool(t, "chromium")
	if len(corpus) == 0 { // this test runs alone
		for name, make := range map[string]func(*testing.T){
			"attacks": TestVerifyPDF_attacks, "bad_files": TestVerifyPDF_bad_files, "signed": TestSignPDF,
			"completed": TestAddValidationData, "timestamped": TestTimestamp,
		} {
			if !t.Run(name, make) {
				return
			}
		}
	}
	page := filepath.Join(t.TempDir(), "verify.html")
	if err := os.WriteFile(page, verifypage.HTML(), 0o600); err != nil {
		t.Fatal(err)
	}
	b := testkit.OpenPage(t, page)
	b.Eval(`globalThis.judge = async (text, root, now) => {
		const bytes = (s) => Uint8Array.from(atob(s), (c) => c.charCodeAt(0));
		const trust = root ? await assayVerify.parseTrust(bytes(root)) : assayVerify.nobody();
		const r = await new assayVerify.Verifier({ trust, now: new Date(now) }).file(new Blob([bytes(text)]));
		return [r.answer, r.reasons.join(' | ')];
	}`, nil)
	answers := map[Status]string{StatusOutOfTime: "unfit"}
	root := base64.StdEncoding.EncodeToString(FormatCertificates(people().root.Certificate()))
	seen := map[Status]int{}
	check := func(name string, doc []byte, root string, tr Trust) {
		rep := verify(doc, tr)
		seen[rep.Status]++
		want := answers[rep.Status]
		if want == "" {
			want = string(rep.Status)
		}
		var got [2]string
		b.Eval(
			fmt.Sprintf(
				"judge(%q, %q, %q)",
				base64.StdEncoding.EncodeToString(doc),
				root,
				tr.Now.UTC().Format(time.RFC3339),
			),
			&got,
		)
		if got[0] == "cannot_tell" && (rep.Status == StatusCannotJudge || len(rep.Added) > 0) {
			return // what archives add in other words than ours, the page leaves to Assay
		}
		if got[0] != want {
			t.Errorf(
				"%s: the page says %s (%s), VerifyPDF %s (%s)",
				name,
				got[0],
				got[1],
				want,
				strings.Join(rep.Reasons, " | "),
			)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(corpus)) {
		doc := corpus[name]
		tr := trust()
		if strings.Contains(name, "timestamped") {
			tr.Now = time.Now().Truncate(time.Second).Add(time.Minute) // the authority's clock is the computer's
		}
		check(name, doc, root, tr)
		check(name+" without a root", doc, "", Trusting(tr.Now))
		if strings.Contains(name, "completed") || strings.Contains(name, "timestamped") {
			testkit.Alter(t, doc, testkit.Times(8, 600), uint64(testkit.Turn()), func(altered []byte, at int) {
				check(fmt.Sprintf("%s, byte %d", name, at), slices.Clone(altered), root, trust())
			})
		}
	}
	t.Logf("%d files: %v", len(corpus), seen)
	if len(corpus) < 80 || seen[StatusGenuine] < 8 {
		t.Errorf("the corpus has %d files, of which %d are genuine", len(corpus), seen[StatusGenuine])
	}
}
