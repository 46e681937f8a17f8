package service

import (
	"context"
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/organisation"
	"assay/internal/signing"
	"assay/internal/store"
)

// ownKey makes a person's key as that person: with them signed in.
func ownKey(ctx context.Context, s *Service, who, passphrase, root string) error {
	me := s.SignedIn().ID
	if err := s.SignIn(ctx, who); err != nil {
		return err
	}
	if err := s.IssueKey(ctx, who, passphrase, root); err != nil {
		return err
	}
	return s.SignIn(ctx, me)
}

// TestKeyMade holds the paper to the log: who was at the keyboard when a key was made,
// and that a key which another made, or that was revoked, speaks for nobody by itself.
func TestKeyMade(t *testing.T) {
	s, keeper, mary, tom := withKeys(t)
	ctx := context.Background()
	if err := s.IssueKey(ctx, tom.Ref, "tom's, as jo chose it", "root passphrase"); err != nil {
		t.Fatal(err)
	}
	key := map[string]string{}
	for _, k := range must(s.Keys(ctx)) {
		key[k.PersonRef] = k.ID
	}
	made := func(ref, holder, assessor string) (how, by string) {
		t.Helper()
		if err := s.read(ctx, func(r *store.Reader) error {
			m, err := makerOf(ctx, r, key[ref])
			how, by = m.words(holder, assessor), m.by(holder, assessor)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return how, by
	}
	for name, x := range map[string]struct{ ref, holder, assessor, want, by string }{
		"by its holder": {mary.Ref, mary.ID, keeper.ID, "made at this register under their own name on ", "holder"},
		"by the assessor": {
			tom.Ref, tom.ID, keeper.ID, "made at this register by Jo Adeyemi, the assessor, on ", "assessor",
		},
		"by another": {tom.Ref, tom.ID, mary.ID, "made at this register by Jo Adeyemi on ", "another"},
		"the assessor's own": {
			mary.Ref, mary.ID, mary.ID, "made at this register by Mary Hartley on ", "holder",
		},
		"of nobody": {keeper.Ref, keeper.ID, keeper.ID, "", ""},
	} {
		how, by := made(x.ref, x.holder, x.assessor)
		if !strings.HasPrefix(how, x.want) || (how == "") != (x.want == "") || by != x.by {
			t.Errorf("%s: %q, %q", name, how, by)
		}
	}
	// Whoever is neither the holder nor manages the register makes no key.
	lu := must(s.SavePerson(ctx, organisation.Person{
		Name: "Lu Dee", Active: true, Duties: []organisation.Duty{organisation.DutyApprover},
	}))
	if err := s.SignIn(ctx, mary.Ref); err != nil {
		t.Fatal(err)
	}
	if err := s.IssueKey(ctx, lu.Ref, "lu's words", "root passphrase"); fault.CodeOf(err) != fault.CodeForbidden {
		t.Errorf("an approver made another's key: %v", err)
	}
	if err := s.SignIn(ctx, keeper.Ref); err != nil {
		t.Fatal(err)
	}
	approve := func(who, pass string) (words string, own bool) {
		t.Helper()
		if err := s.read(ctx, func(r *store.Reader) error {
			a, err := s.approve(ctx, r, ApprovalRequest{Approver: who, Passphrase: pass}, organisation.ActionApprove,
				"a thing", []byte("x"))
			if err != nil {
				return err
			}
			keys, err := keysMade(ctx, r)
			words, own = keys.Words(a), keys.Own(a)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return words, own
	}
	if words, own := approve(mary.Ref, "mary's own words"); !own || !strings.Contains(words, "with their own key") {
		t.Errorf("%q %v", words, own)
	}
	words, own := approve(tom.Ref, "tom's, as jo chose it")
	if own || !strings.HasPrefix(words, "approved with a key of Tom Price on ") ||
		!strings.Contains(words, ", made at this register by Jo Adeyemi on ") {
		t.Errorf("%q %v", words, own)
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
