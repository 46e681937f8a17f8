package organisation

import "testing"

func TestSamePerson(t *testing.T) {
	priya := Person{
		ID: "a", Name: "Priya Ravenscroft", Email: "p.ravenscroft@council.example", Accounts: []string{"pravens", ""},
	}
	for name, c := range map[string]struct {
		other Person
		same  bool
	}{
		"the entry":             {Person{ID: "a", Name: "Somebody"}, true},
		"the name":              {Person{ID: "b", Name: "Priya Ravenscroft"}, true},
		"capitals and blanks":   {Person{ID: "b", Name: " PRIYA\u00a0 ravenscroft"}, true},
		"turned round":          {Person{ID: "b", Name: "Ravenscroft, Priya"}, true},
		"an accent":             {Person{ID: "b", Name: "Príya Ravenscroft"}, true},
		"full width":            {Person{ID: "b", Name: "Ｐriya Ravenscroft"}, true},
		"what cannot be seen":   {Person{ID: "b", Name: "Priya\u200b Ravens\u00adcroft"}, true},
		"a number":              {Person{ID: "b", Name: "Priya Ravenscroft (2)"}, true},
		"the e-mail address":    {Person{ID: "b", Name: "P. R.", Email: "P.Ravenscroft@Council.example"}, true},
		"an account":            {Person{ID: "b", Name: "P. R.", Accounts: []string{"x", " PRavens"}}, true},
		"the address, a log's":  {Person{Accounts: []string{"p.ravenscroft@council.example"}}, true},
		"somebody else":         {Person{ID: "b", Name: "Priya Raven", Email: "p.raven@council.example"}, false},
		"nobody":                {Person{}, false},
		"a name without letter": {Person{ID: "b", Name: "2"}, false},
	} {
		if got := SamePerson(priya, c.other); got != c.same {
			t.Errorf("%s: %v", name, got)
		}
		if got := SamePerson(c.other, priya); got != c.same {
			t.Errorf("%s, the other way round: %v", name, got)
		}
	}
	if SamePerson(Person{}, Person{}) || SamePerson(Person{ID: "a", Name: "2"}, Person{ID: "b", Name: "2"}) {
		t.Error("two people of whom nothing is known are one")
	}
}
