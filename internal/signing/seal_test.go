package signing

import (
	"crypto/elliptic"
	"math/big"
	"reflect"
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
		Digest: RecordDigest([]byte("the record")), Version: 2, AllConditions: 7,
		Conditions: []SealedCondition{
			Condition("Train the officers of the gate", "2026-05-31"),
			Condition("Publish the transparency record, with what it does not hold today", "2026-06-30"),
			Condition("Treat the risk", "2026-07-01"),
		},
	}
}

// firstClaims are those of a seal of version 1.
func firstClaims() Claims {
	c := testClaims()
	c.Version, c.Conditions, c.AllConditions = 1, nil, 0
	return c
}

// plainClaims name no condition.
func plainClaims(v Verdict) Claims {
	c := testClaims()
	c.Verdict, c.Conditions, c.AllConditions = v, nil, 0
	return c
}

// TestSeal_verdicts holds each verdict to the seals that may state it.
func TestSeal_verdicts(t *testing.T) {
	first := firstClaims()
	for _, x := range []struct {
		name    string
		verdict Verdict
		claims  Claims
		taken   bool
	}{
		{"met", VerdictGoverned, plainClaims(0), true},
		{"met with exceptions", VerdictExceptions, plainClaims(0), true},
		{"met with conditions", VerdictConditions, testClaims(), true},
		{"of before: exceptions called conditions", VerdictConditions, plainClaims(0), true},
		{"of version 1, met", VerdictGoverned, first, true},
		{"of version 1, met with conditions", VerdictConditions, first, true},
		{"of version 1, met with exceptions", VerdictExceptions, first, false},
		{"exceptions that name conditions", VerdictExceptions, testClaims(), false},
		{"none", 0, plainClaims(0), false},
		{"a fourth", 4, plainClaims(0), false},
	} {
		t.Run(x.name, func(t *testing.T) {
			x.claims.Verdict = x.verdict
			text, err := formatSeal(people().assessor, x.claims)
			if !x.taken {
				if fault.CodeOf(err) != fault.CodeInvalid {
					t.Fatalf("it is sealed: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			s, rep, err := OpenSeal(text, sealTrust())
			if err != nil || rep.Status != StatusGenuine || s.Claims.Verdict != x.verdict {
				t.Errorf("%v %+v %+v", err, rep, s.Claims)
			}
		})
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
			if err != nil || rep.Status != StatusGenuine || !reflect.DeepEqual(s.Claims, testClaims()) ||
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
	for _, bad := range []string{
		"", "AY1:", "AY2:", text[:len(text)-1], text + "0", text + " 0", strings.ToLower(text), "HC1:" + text[4:],
		"AY1:" + text[4:], "AY2:" + strings.Repeat("0", 5000),
	} {
		if _, err := ParseSeal(bad); fault.CodeOf(err) != fault.CodeUnreadable {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}

// TestSeal_one_text holds a seal to one spelling: what a copy adds at its end does
// not count, and the other of its two signatures does not hold.
func TestSeal_one_text(t *testing.T) {
	p := people()
	for range 8 { // half of all signatures have the larger s at first, and some texts end in a blank
		text, err := FormatSeal(p.assessor, testClaims())
		if err != nil {
			t.Fatal(err)
		}
		for _, copied := range []string{
			text, text + " ", text + "\r\n", text + "  \n\t", strings.TrimRight(text, " "),
		} {
			if _, rep, err := OpenSeal(copied, sealTrust()); err != nil || rep.Status != StatusGenuine {
				t.Errorf("%q: %v %+v", copied[len(text)-3:], err, rep)
			}
		}
		for version, want := range map[int]Status{1: StatusGenuine, 2: StatusAltered} {
			c := testClaims()
			if version == 1 {
				c = firstClaims()
			}
			text, err := formatSeal(p.assessor, c)
			if err != nil {
				t.Fatal(err)
			}
			if _, rep, err := OpenSeal(otherS(t, text), sealTrust()); err != nil || rep.Status != want {
				t.Errorf("version %d with n-s: %v %+v", version, err, rep)
			}
		}
	}
}

// otherS is a seal with n-s in the place of s, in its one encoding.
func otherS(t *testing.T, text string) string {
	t.Helper()
	msg, err := parseBase45(text[4:])
	if err != nil {
		t.Fatal(err)
	}
	n := elliptic.P256().Params().N
	s := new(big.Int).SetBytes(msg[len(msg)-32:])
	s.Sub(n, s).FillBytes(msg[len(msg)-32:])
	return text[:4] + base45(msg)
}

func TestClaims_Uncovered(t *testing.T) {
	for name, x := range map[string]struct {
		claims Claims
		want   string
	}{
		"version 1":                     {firstClaims(), "does not cover the conditions"},
		"more conditions":               {testClaims(), "names 3 of 7 conditions"},
		"conditions, and none is named": {plainClaims(VerdictConditions), "that are met with exceptions, too"},
		"exceptions":                    {plainClaims(VerdictExceptions), "It does not cover the texts"},
	} {
		if got := strings.Join(x.claims.Uncovered(), " "); !strings.Contains(got, x.want) {
			t.Errorf("%s: %s", name, got)
		}
	}
}
