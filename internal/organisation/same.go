package organisation

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// SamePerson tells whether two entries may be of one person: they have the same
// name, e-mail address or account, however these are written. Two people who
// share a name are taken for one: what asks for a second person asks for one whom
// a reader can tell from the first.
func SamePerson(a, b Person) bool {
	if a.ID != "" && a.ID == b.ID || SameName(a.Name, b.Name) {
		return true
	}
	of := handles(b)
	return slices.ContainsFunc(handles(a), func(h string) bool { return slices.Contains(of, h) })
}

// SameName tells whether two names are one, whatever their capitals, accents,
// blanks, punctuation, numbers and the order of their words: "Ravenscroft, Priya"
// is "priya ravenscroft 2". A name without a letter is nobody's.
func SameName(a, b string) bool {
	name := nameWords(a)
	return name != "" && name == nameWords(b)
}

func nameWords(s string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) {
			return -1 // accents, and what cannot be seen
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(s))
	words := strings.FieldsFunc(plain, func(r rune) bool { return !unicode.IsLetter(r) })
	slices.Sort(words)
	return strings.Join(words, " ")
}

// handles are the e-mail address and the accounts of a person, in the form in
// which they are compared.
func handles(p Person) []string {
	var out []string
	for _, h := range append([]string{p.Email}, p.Accounts...) {
		h = strings.Map(func(r rune) rune {
			if unicode.Is(unicode.Cf, r) || unicode.IsSpace(r) {
				return -1
			}
			return unicode.ToLower(r)
		}, norm.NFKC.String(h))
		if h != "" {
			out = append(out, h)
		}
	}
	return out
}
