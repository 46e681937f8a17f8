package signing

import (
	"strings"
	"testing"

	"assay/internal/fault"
)

func testClaims() Claims {
	return Claims{
		Number: "GC-2026-0007", Organisation: organisation, WorkflowRef: "WF-0003", Workflow: "Housing repairs triage",
		Verdict: VerdictConditions, Issued: "2026-03-02", ValidUntil: "2027-03-01",
		Scores: [5]Score{
			{Met: 9, Applicable: 10},
			{Met: 7, Applicable: 7},
			{Met: 5, Applicable: 8},
			{Met: 6, Applicable: 6},
			{Met: 3, Applicable: 5},
		},
		Digest: RecordDigest([]byte("the record")),
	}
}

func sealTrust() Trust {
	tr := trust()
	p := people()
	tr.Known = append(tr.Known, p.assessor.Certificate(), p.rsaAssessor.Certificate())
	return tr
}

func TestSeal(t *testing.T) {
	p := people()
	for _, who := range []struct {
		name string
		id   Identity
	}{{"ecdsa", p.assessor}, {"rsa", p.rsaAssessor}} {
		t.Run(who.name+"/what_was_sealed_is_what_is_read", func(t *testing.T) {
			text, err := FormatSeal(who.id, testClaims())
			if err != nil {
				t.Fatal(err)
			}
			s, rep, err := OpenSeal(text, sealTrust())
			if err != nil || rep.Status != StatusGenuine || s.Claims != testClaims() ||
				s.KeyID != KeyID(who.id.Certificate()) {
				t.Errorf("%v: %+v: %+v", err, rep, s)
			}
			if _, rep, _ := OpenSeal(text, trust()); rep.Status != StatusUnknownSigner {
				t.Errorf("without the assessor's certificate it is %s", rep.Status)
			}
			q, err := SealQR(text)
			t.Logf("%d characters, %d modules, %v", len(text), len(q), err)
		})
	}
	text, err := FormatSeal(p.assessor, testClaims())
	if err != nil {
		t.Fatal(err)
	}
	t.Run("every_changed_character_is_noticed", func(t *testing.T) {
		for i := len(SealPrefix); i < len(text); i++ {
			for _, c := range "0A:%" {
				if byte(c) == text[i] {
					continue
				}
				changed := text[:i] + string(c) + text[i+1:]
				if _, rep, err := OpenSeal(changed, sealTrust()); err == nil && rep.Status == StatusGenuine {
					t.Fatalf("character %d as %q is still genuine", i, c)
				}
			}
		}
	})
	for _, bad := range []string{"", "AY1:", text[:len(text)-1], text + "0", text + " ", strings.ToLower(text), "HC1:" + text[4:], "AY1:" + strings.Repeat("0", 5000)} {
		if _, err := ParseSeal(bad); fault.CodeOf(err) != fault.CodeUnreadable {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}
