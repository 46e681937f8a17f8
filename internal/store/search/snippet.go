package search

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"assay/internal/imported"
)

// texture is the texts of one run.
type texture struct {
	outputs, reasoning []string
	reasons, gates     []string
}

// Characters that stand for the begin and the end of a hit and for the border
// between two texts. They are turned into spaces where an import brings them.
const (
	markBegin, markEnd, markNext = '\x02', '\x03', '\x1e'
	marks                        = "\x02\x03\x1e"
)

// markChars bounds how much of a text is looked through for its snippet.
const markChars = 256 << 10

func joined(texts []string) string {
	clean := make([]string, len(texts))
	for i, t := range texts {
		if len(t) > markChars {
			t = strings.ToValidUTF8(t[:markChars], "")
		}
		if strings.ContainsAny(t, marks) {
			t = strings.Map(func(r rune) rune {
				if strings.ContainsRune(marks, r) {
					return ' '
				}
				return r
			}, t)
		}
		clean[i] = t
	}
	return strings.Join(clean, string(markNext))
}

// markPassages gives, for each run, the places in which something was found.
// It asks FTS5 itself, in a small database in memory, so that what is marked is
// what was found: the index of the register holds no text that FTS5 could mark.
// Where all of it lies beyond what is looked through, there are none.
func markPassages(ctx context.Context, match string, texts []texture) (out [][]imported.Passage, err error) {
	out = make([][]imported.Passage, len(texts))
	db, err := sql.Open("sqlite", "file::memory:?_pragma=trusted_schema(0)&_pragma=journal_mode(off)")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback() // nothing is kept
	if _, err := tx.ExecContext(ctx, `CREATE VIRTUAL TABLE page USING fts5(output, reasoning, reason, tokenize="`+tokenizer+`")`); err != nil {
		return nil, err
	}
	insert, err := tx.PrepareContext(ctx, `INSERT INTO page (rowid, output, reasoning, reason) VALUES (?, ?, ?, ?)`)
	if err != nil {
		return nil, err
	}
	defer insert.Close()
	for i, t := range texts {
		out[i] = []imported.Passage{}
		if _, err := insert.ExecContext(ctx, i, joined(t.outputs), joined(t.reasoning), joined(t.reasons)); err != nil {
			return nil, err
		}
	}
	err = query(ctx, tx, func(row scanner) error {
		var i int
		var columns [3]string
		if err := row.Scan(&i, &columns[0], &columns[1], &columns[2]); err != nil {
			return err
		}
		out[i] = texts[i].passages(columns)
		return nil
	}, `SELECT rowid, highlight(page, 0, char(2), char(3)), highlight(page, 1, char(2), char(3)), highlight(page, 2, char(2), char(3)) FROM page WHERE page MATCH ?`, match)
	return out, err
}

// passages takes the best of each place from its marked texts.
func (t texture) passages(columns [3]string) []imported.Passage {
	out := []imported.Passage{}
	for i, place := range []imported.Place{imported.PlaceOutput, imported.PlaceReasoning, imported.PlaceReason} {
		best := imported.Passage{Place: place}
		text := ""
		for item, s := range strings.Split(columns[i], string(markNext)) {
			if hits := strings.Count(s, string(markBegin)); hits > best.Hits {
				best.Item, best.Hits, text = item, hits, s
			}
		}
		if best.Hits == 0 {
			continue
		}
		if place == imported.PlaceReason && best.Item < len(t.gates) {
			best.Gate = t.gates[best.Item]
		}
		best.Snippet = snippet(text)
		out = append(out, best)
	}
	slices.SortStableFunc(out, func(a, b imported.Passage) int { return cmp.Compare(b.Hits, a.Hits) })
	return out
}

const (
	snippetBefore = 60  // characters before the first hit
	snippetChars  = 240 // and in all
)

// snippet cuts the surroundings of the first hit out of a marked text.
func snippet(marked string) []imported.Fragment {
	first := strings.IndexByte(marked, markBegin)
	start := first
	for n := 0; start > 0 && n < snippetBefore; n++ {
		_, size := utf8.DecodeLastRuneInString(marked[:start])
		start -= size
	}
	if start > 0 { // not in the middle of a word, where words are short
		if cut := strings.IndexFunc(marked[start:first], unicode.IsSpace); cut >= 0 {
			start += cut
		}
	}
	var out []imported.Fragment
	var b strings.Builder
	hit := false
	end := func() {
		if b.Len() > 0 {
			out = append(out, imported.Fragment{Text: b.String(), Hit: hit})
			b.Reset()
		}
	}
	if start > 0 {
		b.WriteString("…")
	}
	n, space := 0, false
	for _, r := range marked[start:] {
		switch {
		case r == markBegin:
			end()
			hit = true
			continue
		case r == markEnd:
			end()
			hit = false
			continue
		case unicode.IsSpace(r) || unicode.IsControl(r):
			if !space {
				b.WriteByte(' ')
				n++
			}
			space = true
			continue
		}
		if n >= snippetChars && !hit || n >= 4*snippetChars {
			b.WriteString("…")
			break
		}
		space = false
		b.WriteRune(r)
		n++
	}
	end()
	return out
}
