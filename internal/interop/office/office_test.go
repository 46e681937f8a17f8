package office

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"time"
)

var hostile = Document{
	Title: "A <title> & more", Author: "Exampleton", Language: "en-GB",
	Made: time.Date(2026, 11, 29, 9, 0, 0, 0, time.UTC),
	Blocks: []Block{
		{Kind: Heading, Level: 1, Text: "One"},
		{Kind: Text, Text: "two\nlines"},
		{Kind: Item, Text: "an item"},
		{Kind: Item, Text: "]]> and <text:p> \x00\x07\ufffe and \xff"},
		{Kind: Strong, Text: "Measured"},
		{Kind: Table, Head: []string{"a", "b"}, Rows: [][]string{{"1"}, {"1", "2\n3"}}},
		{Kind: Table, Rows: [][]string{}},
		{Kind: Table, Head: []string{"alone"}},
		{Kind: Small, Text: ""},
		{Kind: Heading, Level: 3, Text: "Last"},
	},
}

// parts reads every file of a document as XML, and gives its text.
func parts(t *testing.T, b []byte) (names []string, text, source string) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		names = append(names, f.Name)
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == "mimetype" {
			continue
		}
		source += string(content)
		d := xml.NewDecoder(bytes.NewReader(content))
		for {
			tok, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
			if c, ok := tok.(xml.CharData); ok {
				text += string(c) + "|"
			}
		}
	}
	return names, text, source
}

// TestWrite writes texts that try to break out, and reads them back as they were.
func TestWrite(t *testing.T) {
	for name, write := range map[string]func(io.Writer, Document) error{"odt": WriteODT, "docx": WriteDOCX} {
		var b, again bytes.Buffer
		if err := write(&b, hostile); err != nil {
			t.Fatal(err)
		}
		if err := write(&again, hostile); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
			t.Errorf("%s: the same document gives other bytes", name)
		}
		names, text, source := parts(t, b.Bytes())
		for _, want := range []string{
			"|two|", "|lines|", "]]> and <text:p> \ufffd\ufffd\ufffd and \ufffd", "A <title> & more", "en-GB",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in %q", name, want, text)
			}
		}
		if name == "odt" && names[0] != "mimetype" {
			t.Errorf("the first file is %s", names[0])
		}
		for _, want := range map[string][]string{"odt": {`fo:language="en"`, `fo:country="GB"`, "table:table-header-rows"},
			"docx": {`<w:lang w:val="en-GB"/>`, "<w:tblHeader/>"}}[name] {
			if !strings.Contains(source, want) {
				t.Errorf("%s: no %s", name, want)
			}
		}
	}
}
