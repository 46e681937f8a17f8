package testkit

import "strings"

// Grade is the Flesch–Kincaid grade level of an English text: roughly the years
// of school that reading it takes, 0.39 × words per sentence + 11.8 × syllables
// per word − 15.59 (Kincaid and others, 1975). Syllables are counted by their
// vowels, which is right for nine words in ten. A text without words is 0.
func Grade(text string) float64 {
	sentences, words, syllables := 0, 0, 0
	open := false
	for _, w := range strings.Fields(text) {
		if n := syllablesOf(w); n > 0 {
			words++
			syllables += n
			open = true
		}
		if open && strings.ContainsAny(w[len(w)-1:], ".!?:") {
			sentences++
			open = false
		}
	}
	if open {
		sentences++
	}
	if words == 0 {
		return 0
	}
	return 0.39*float64(words)/float64(sentences) + 11.8*float64(syllables)/float64(words) - 15.59
}

func syllablesOf(word string) int {
	w := strings.ToLower(strings.Trim(word, ".,;:!?()“”‘’'\"–—"))
	if w == "" {
		return 0
	}
	n := 0
	vowel := false
	for _, r := range w {
		v := strings.ContainsRune("aeiouyâêîôûŵŷáéíóúàèìòùäëïöü", r)
		if v && !vowel {
			n++
		}
		vowel = v
	}
	// A silent e at the end, but not the one of "table"; "-ed" after most letters.
	switch {
	case strings.HasSuffix(w, "le") && len(w) > 2 && !strings.ContainsAny(w[len(w)-3:len(w)-2], "aeiouy"):
	case strings.HasSuffix(w, "e") && n > 1,
		strings.HasSuffix(w, "es") && n > 1 && !strings.HasSuffix(w, "ses") && !strings.HasSuffix(w, "ces") &&
			!strings.HasSuffix(w, "xes") && !strings.HasSuffix(w, "ches"):
		n--
	case strings.HasSuffix(w, "ed") && n > 1 && !strings.HasSuffix(w, "ted") && !strings.HasSuffix(w, "ded"):
		n--
	}
	return max(n, 1)
}
