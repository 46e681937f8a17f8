package prose

import (
	"slices"
	"strings"
	"unicode"
)

// Called is a name, a role or a title that somebody typed, fit to stand in a sentence of
// ours: as it is where it is a few plain words, and in quotation marks where it holds
// figures, marks or a sentence, so that nothing that a person calls themselves, or
// anything else, reads as what we say.
func Called(s string) string {
	s = strings.TrimSpace(OneLine(s))
	if s == "" || isPlain(s) {
		return s
	}
	return Quote(s)
}

// Version is a version as somebody or a log names it: as it is where it is one word, and
// in quotation marks and shortened where it is more.
func Version(s string) string {
	if len(s) > 12 || strings.ContainsAny(s, " \t\n,;:“”\"") {
		return Quote(Shorten(OneLine(s), 40))
	}
	return s
}

// Quote is a text that somebody typed, in quotation marks and on one line. Its own
// quotation marks become single ones, so that it ends where ours do.
func Quote(s string) string {
	s = strings.NewReplacer("“", "‘", "”", "’", "„", "‘", "\"", "'", "«", "‹", "»", "›").Replace(OneLine(s))
	return "“" + strings.TrimSpace(s) + "”"
}

// Said is what somebody wrote, in quotation marks, as the end of a sentence of ours.
func Said(s string) string {
	q := Quote(s)
	if t := strings.TrimSuffix(q, "”"); t != "" && strings.ContainsAny(t[len(t)-1:], ".!?") {
		return q
	}
	return q + "."
}

const (
	mostWords  = 6  // of a name or a role that needs no quotation marks
	mostLetter = 60 // characters of it
)

// joining are the words that may stand in a name or role with a small letter first:
// what makes a sentence, a verb or "with their own key", is not among them.
var joining = strings.Fields(
	"a al an and ap at bin da de del della den der des di do dos du e el for ferch in ibn la " +
		"le of on ten ter the to van von y",
)

// claiming are words of which a sentence is made, or a verdict, and hardly a name: one of
// them puts what somebody typed in quotation marks.
var claiming = strings.Fields(
	"all always any approved are be been being certified correct did does each every everybody everyone " +
		"everything exceptions faultless findings flawless found genuine had has have held is met must never no " +
		"nobody none not nothing only passed passes perfect proved proven shall verified was were",
)

// Claims tells whether a name or an address, of any length, holds a word that claims
// something or begins a sentence.
func Claims(s string) bool {
	words := strings.Fields(s)
	for i, w := range words {
		core := strings.TrimRight(w, ".,:;!?")
		if slices.Contains(claiming, strings.ToLower(core)) ||
			i < len(words)-1 && core != w && strings.ContainsAny(w[len(core):], ".:;!?") && len([]rune(core)) > 3 ||
			strings.ContainsAny(w, "“”\"") {
			return true
		}
	}
	return false
}

// isPlain tells a name from a sentence: few words of letters alone, of which a comma or
// a bracket, a figure and what follows a full stop are none. A role may be written small
// ("Head of planning control"); beside two great letters a small word that joins nothing
// is the rest of a sentence ("Anna Berg in person").
func isPlain(s string) bool {
	words := strings.Fields(s)
	if len(words) > mostWords || len([]rune(s)) > mostLetter {
		return false
	}
	great, small := 0, 0
	for _, w := range words {
		core := strings.TrimSuffix(w, ".")
		if core != w && len([]rune(core)) > 3 { // "Dr." and "J." end no sentence
			return false
		}
		for _, r := range core {
			if !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune("-–'’&/", r) {
				return false
			}
		}
		if slices.Contains(claiming, strings.ToLower(core)) {
			return false
		}
		first := []rune(w)[0]
		switch {
		case !unicode.IsLower(first):
			great++
		case slices.Contains(joining, w):
		default:
			small++
		}
	}
	return small == 0 || great < 2
}
