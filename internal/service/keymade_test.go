package service

import (
	"context"
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/signing"
	"assay/internal/store"
)

// TestKeyMade holds the paper to the log: who was at the keyboard when a key was made.
func TestKeyMade(t *testing.T) {
	s, keeper, mary, tom := withKeys(t)
	ctx := context.Background()
	made := func(ref, person, assessor string) (how string) {
		t.Helper()
		if err := s.read(ctx, func(r *store.Reader) (err error) {
			how, err = keyMade(ctx, r, ref, person, assessor)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return how
	}
	for name, x := range map[string]struct{ got, want string }{
		"by the assessor": {
			made(mary.Ref, mary.ID, keeper.ID), "made at this register by Jo Adeyemi, the assessor, on ",
		},
		"by somebody else":    {made(mary.Ref, mary.ID, tom.ID), "made at this register by Jo Adeyemi on "},
		"by nobody":           {made(tom.Ref, tom.ID, keeper.ID), ""},
		"of nobody":           {made("", "", keeper.ID), ""},
		"the keeper has none": {made(keeper.Ref, keeper.ID, keeper.ID), ""},
	} {
		if !strings.HasPrefix(x.got, x.want) || (x.got == "") != (x.want == "") {
			t.Errorf("%s: %q", name, x.got)
		}
	}
}

// TestRevokeKey_by_whom takes a person or a fingerprint, says what follows, and
// stands in the trust file at once.
func TestRevokeKey_by_whom(t *testing.T) {
	for name, who := range map[string]func(mary string, k KeyView) string{
		"reference":      func(ref string, _ KeyView) string { return ref },
		"name":           func(string, KeyView) string { return "mary hartley" },
		"identifier":     func(_ string, k KeyView) string { return k.ID },
		"fingerprint":    func(_ string, k KeyView) string { return k.Fingerprint },
		"first of it":    func(_ string, k KeyView) string { return k.Fingerprint[:20] },
		"in small":       func(_ string, k KeyView) string { return strings.ToLower(k.Fingerprint) },
		"without blanks": func(_ string, k KeyView) string { return strings.ReplaceAll(k.Fingerprint, " ", "") },
	} {
		t.Run(name, func(t *testing.T) {
			s, _, mary, _ := withKeys(t)
			ctx := context.Background()
			keys := must(s.Keys(ctx))
			k := keys[len(keys)-1]
			r, err := s.RevokeKey(ctx, who(mary.Ref, k), "The laptop was stolen.")
			if err != nil || r.ID != k.ID || r.Fingerprint != k.Fingerprint ||
				!strings.Contains(r.Sentence, "trust file") {
				t.Fatalf("%+v %v", r, err)
			}
			trust, err := signing.ParseTrust(must(s.RootPEM(ctx)))
			if err != nil || trust.RevokedKeys[k.ID].At.IsZero() {
				t.Errorf("the trust file does not say so: %v %+v", err, trust.RevokedKeys)
			}
			if _, err := s.RevokeKey(ctx, k.ID, "Again, to be sure"); fault.CodeOf(err) != fault.CodeConflict {
				t.Errorf("twice: %v", err)
			}
		})
	}
	s, _, _, tom := withKeys(t)
	for _, who := range []string{tom.Ref, "PER-0099", "", "ab", "0000 0000 0000 0000"} {
		if _, err := s.RevokeKey(
			context.Background(), who, "No reason at all",
		); fault.CodeOf(err) != fault.CodeNotFound {
			t.Errorf("%q: %v", who, err)
		}
	}
}
