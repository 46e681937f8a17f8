package vault

import (
	"crypto/sha256"
	_ "embed"
	"fmt"
	"strings"

	"assay/internal/fault"
)

//go:embed words.txt
var wordText string

var (
	wordList  = strings.Fields(wordText) // 256, no two alike in their first four letters
	wordIndex = func() map[string]byte {
		m := map[string]byte{}
		for i, w := range wordList {
			m[w[:min(4, len(w))]] = byte(i)
		}
		return m
	}()
)

const (
	secretSize   = 20 // bytes of a recovery key: 160 bits
	wordsPerLine = 5  // and one more that checks the line
)

// formatWords writes a recovery key as four lines of six words.
func formatWords(secret []byte) string {
	var b strings.Builder
	for line := range secretSize / wordsPerLine {
		part := secret[line*wordsPerLine:][:wordsPerLine]
		for _, v := range part {
			b.WriteString(wordList[v] + " ")
		}
		b.WriteString(wordList[lineCheck(line, part)] + "\n")
	}
	return b.String()
}

// parseWords reads what a person typed: words in any case, with any spaces
// between them, each by at least its first four letters.
func parseWords(text string) ([]byte, error) {
	words := strings.Fields(strings.ToLower(text))
	const all = secretSize / wordsPerLine * (wordsPerLine + 1)
	if len(words) != all {
		return nil, fault.Invalid(
			"recovery",
			fmt.Sprintf("The recovery key has %d words; you entered %d.", all, len(words)),
		)
	}
	var secret []byte
	for line := range secretSize / wordsPerLine {
		var part []byte
		for i, w := range words[line*(wordsPerLine+1):][:wordsPerLine+1] {
			v, ok := wordIndex[w[:min(4, len(w))]]
			if !ok || !strings.HasPrefix(wordList[v], w) && !strings.HasPrefix(w, wordList[v]) {
				return nil, fault.Invalid(
					"recovery",
					fmt.Sprintf(
						"Word %d of line %d is none of the recovery key's words: check its spelling.",
						i+1,
						line+1,
					),
				)
			}
			part = append(part, v)
		}
		if lineCheck(line, part[:wordsPerLine]) != part[wordsPerLine] {
			return nil, fault.Invalid(
				"recovery",
				fmt.Sprintf("Line %d of the recovery key has a wrong word: compare it with the paper.", line+1),
			)
		}
		secret = append(secret, part[:wordsPerLine]...)
	}
	return secret, nil
}

// lineCheck is the first byte of SHA-256 of the line's number and its five bytes.
func lineCheck(line int, part []byte) byte {
	sum := sha256.Sum256(append([]byte{byte(line)}, part...))
	return sum[0]
}
