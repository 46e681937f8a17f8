// Package office writes plain documents for word processors: OpenDocument text (ODF 1.3,
// .odt) and Office Open XML (.docx), so that a person can take what the register holds into
// a template of their own.
//
// No kept library in Go writes both; those for one of them are abandoned or under terms that
// this program cannot take. What is needed is small: headings, paragraphs, lists and tables
// whose heading row repeats, with the language set in document and styles, so that word
// processors and screen readers know it. The same document gives the same bytes.
//
//	office.WriteODT(w, office.Document{Title: "Equality analysis", Language: "en-GB", Made: now,
//		Blocks: []office.Block{{Kind: office.Heading, Level: 1, Text: "Who is affected"}}})
//
// Text is never trusted: characters that XML cannot hold become U+FFFD.
package office

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

// Document is a document in the making.
type Document struct {
	Title    string
	Author   string
	Language string    // BCP 47 with a region: "en-GB"
	Made     time.Time // never the clock
	Blocks   []Block
}

// Kind is what a block is.
type Kind int

const (
	Heading Kind = iota // of Level 1 to 3
	Text
	Strong // a paragraph in bold
	Small  // a paragraph in small, quiet type
	Item   // of a list
	Table  // Head and Rows
)

// Block is one block. Lines of a text become paragraphs.
type Block struct {
	Kind  Kind
	Level int
	Text  string
	Head  []string
	Rows  [][]string
}

// part is one file of the archive.
type part struct {
	name, content string
	stored        bool // not compressed
}

func write(w io.Writer, made time.Time, parts []part) error {
	z := zip.NewWriter(w)
	for _, p := range parts {
		h := &zip.FileHeader{Name: p.name, Method: zip.Deflate, Modified: made.UTC().Truncate(2 * time.Second)}
		if p.stored {
			h.Method = zip.Store
		}
		f, err := z.CreateHeader(h)
		if err == nil {
			_, err = io.WriteString(f, p.content)
		}
		if err != nil {
			return fmt.Errorf("write %s: %w", p.name, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write document: %w", err)
	}
	return nil
}

// esc is text as it stands between tags. A tab or line end inside a line is a space.
func esc(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return r == '\t' || r == '\n' || r == '\r'
	}), " ")))
	return b.String()
}

// lines are the paragraphs of a text; at least one.
func lines(s string) []string {
	var out []string
	for _, l := range strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	if len(out) == 0 {
		return []string{""}
	}
	return out
}

// language is the two parts of a language with its region.
func language(tag string) (lang, country string) {
	lang, country, _ = strings.Cut(tag, "-")
	return lang, country
}

const header = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

func columns(b Block) int {
	n := len(b.Head)
	for _, r := range b.Rows {
		n = max(n, len(r))
	}
	return n
}
