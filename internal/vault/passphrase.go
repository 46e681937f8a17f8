package vault

import (
	_ "embed"
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"crypto/rand"

	"assay/internal/fault"
)

// MinPassphrase is the least number of characters of a passphrase.
const MinPassphrase = 8

//go:embed common.txt
var commonText string

// common are passphrases that are tried first, in lower case and without the digits and
// marks that people put before and after them.
var common = func() map[string]bool {
	m := map[string]bool{}
	for _, word := range strings.Fields(commonText) {
		m[word] = true
	}
	return m
}()

// CheckNewPassphrase refuses what anybody would guess: too short, among the commonest, one
// piece again and again, or a run along the keyboard.
func CheckNewPassphrase(s string) error {
	if n := utf8.RuneCountInString(s); n < MinPassphrase {
		return fault.Invalid(
			"passphrase",
			fmt.Sprintf(
				"Enter a passphrase of at least %d characters; four words chosen at random are better.",
				MinPassphrase,
			),
		)
	}
	if !utf8.ValidString(s) || len(s) > 4096 {
		return fault.Invalid("passphrase", "Enter a passphrase of ordinary characters, up to 4,096 bytes.")
	}
	if isCommon(s) || isRun(s) {
		return fault.Invalid("passphrase",
			"This passphrase is among the first that anybody tries; choose four words at random.")
	}
	if isRepeated(s) {
		return fault.Invalid("passphrase",
			"This passphrase says the same again and again; choose four words at random.")
	}
	return nil
}

// plain is a passphrase as a guesser sees it: lower case, without what stands before and
// after its letters, the usual digits for letters put back.
func plain(s string) string {
	s = strings.ToLower(s)
	s = strings.NewReplacer("@", "a", "$", "s").Replace(s)
	s = strings.TrimFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
	return strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", " ", "", "-", "").Replace(s)
}

func isCommon(s string) bool {
	return common[strings.ToLower(s)] || common[plain(s)]
}

// isRepeated tells whether s is one piece again and again, or of three characters at most.
func isRepeated(s string) bool {
	r := []rune(strings.ToLower(s))
	distinct := map[rune]bool{}
	for _, c := range r {
		distinct[c] = true
	}
	if len(distinct) <= 3 {
		return true
	}
	for size := 1; size <= len(r)/2; size++ {
		same := true
		for i := size; i < len(r) && same; i++ {
			same = r[i] == r[i-size]
		}
		if same {
			return true
		}
	}
	return false
}

var rows = []string{
	"abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiop", "asdfghjkl", "zxcvbnm",
	"1qaz2wsx3edc4rfv5tgb6yhn", "1q2w3e4r5t6y7u8i9o0p", "qazwsxedcrfvtgbyhnujm",
}

// isRun tells whether s goes along the alphabet, the digits or the keyboard, either way.
func isRun(s string) bool {
	s = strings.ToLower(s)
	for _, row := range rows {
		if strings.Contains(row, s) || strings.Contains(reversed(row), s) {
			return true
		}
	}
	return false
}

func reversed(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

// Strength is how hard a passphrase is to guess, for a person to see while they type.
type Strength struct {
	Bits    int    `json:"bits"`    // an estimate; each more doubles the guesses
	Level   int    `json:"level"`   // 0 refused, 1 weak, 2 fair, 3 good, 4 strong
	Refused string `json:"refused"` // why it is not taken; empty where it is
}

var pieces = regexp.MustCompile(`\p{L}+|\d+|[^\p{L}\d\s]+`)

// StrengthOf estimates it by pieces: a word counts as one of some thousand, a digit as one
// of ten, a mark as one of sixteen; a piece that was there before counts little. It is kept
// low on purpose: letters that are no word are taken for one.
func StrengthOf(passphrase string) Strength {
	bits := 0.0
	seen := map[string]bool{}
	for _, piece := range pieces.FindAllString(passphrase, -1) {
		key := strings.ToLower(piece)
		n := float64(utf8.RuneCountInString(piece))
		first, _ := utf8.DecodeRuneInString(piece)
		switch {
		case seen[key] || isRun(key) && n > 2:
			bits++
		case unicode.IsLetter(first):
			bits += min(4.7*n, 10+0.5*max(0, n-6)) // a word
			if piece != key && piece != strings.ToUpper(piece[:1])+key[1:] {
				bits += 2
			}
		case unicode.IsDigit(first):
			if n == 4 && (strings.HasPrefix(piece, "19") || strings.HasPrefix(piece, "20")) {
				bits += 5 // a year
			} else {
				bits += 3.3 * n
			}
		default:
			bits += 4 * n
		}
		seen[key] = true
	}
	out := Strength{Bits: int(bits)}
	if err := CheckNewPassphrase(passphrase); err != nil {
		out.Refused = err.Error()
		return out
	}
	switch {
	case bits < 26:
		out.Level = 1
	case bits < 36:
		out.Level = 2
	case bits < 46:
		out.Level = 3
	default:
		out.Level = 4
	}
	return out
}

// ProposePassphrase draws words by chance: six of 256 are 48 bits, of which each guess
// costs the half second that unlocking takes.
func ProposePassphrase(words int) (string, error) {
	out := make([]string, words)
	for i := range out {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(wordList))))
		if err != nil {
			return "", fmt.Errorf("draw words: %w", err)
		}
		out[i] = wordList[n.Int64()]
	}
	return strings.Join(out, " "), nil
}
