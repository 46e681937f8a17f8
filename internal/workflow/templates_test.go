package workflow

import (
	"slices"
	"testing"
)

func TestTemplates_suggest_and_claim_nothing(t *testing.T) {
	seen := map[string]bool{}
	for _, x := range Templates() {
		t.Run(x.ID, func(t *testing.T) {
			if seen[x.ID] || x.Name == "" || x.For == "" {
				t.Error("a template needs an identifier of its own, a name and when to choose it")
			}
			seen[x.ID] = true
			w := x.Begin()
			w.Name = "Something"
			if err := w.Validate(); err != nil {
				t.Error(err)
			}
			if lack := w.Account.Missing(); len(lack) > 0 {
				t.Errorf("the account lacks %v", lack)
			}
			// Nothing of it counts before it is confirmed.
			c := w.Confirmed()
			if n := len(c.Account.Missing()); n != 7 {
				t.Errorf("%d of 7 parts of the account are missing before anything is confirmed", n)
			}
			if n := len(c.KSB.Missing()); n != 3 {
				t.Errorf("%d of 3 parts of the scope are missing", n)
			}
			for _, g := range c.Gates {
				if len(g.Missing()) != 4 || g.Enforcement != NotEnforced {
					t.Errorf("the gate %s claims something: %+v", g.Key, g)
				}
			}
			// What is confirmed counts.
			w.Suggested = slices.DeleteFunc(
				w.Suggested,
				func(n string) bool { return n == "account.limits" || n == "account.data_used" },
			)
			if n := len(w.Confirmed().Account.Missing()); n != 5 {
				t.Errorf("%d parts are missing once two are confirmed", n)
			}
		})
	}
	if len(seen) < 5 {
		t.Errorf("%d templates", len(seen))
	}
}

func TestConfirmed_leaves_the_workflow_as_it_was(t *testing.T) {
	x, ok := TemplateOf("triage")
	if !ok {
		t.Fatal("no template triage")
	}
	w := x.Begin()
	_ = w.Confirmed()
	if w.Account.Purpose == "" || w.Gates[0].Decides == "" {
		t.Error("the workflow itself was changed")
	}
}
