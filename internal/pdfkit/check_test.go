package pdfkit

import (
	"assay/internal/pdf"
	"assay/internal/pdfcheck"
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	for name, compact := range map[string]bool{"classic": false, "object streams": true} {
		t.Run(name+" document is sound", func(t *testing.T) {
			for _, p := range pdfcheck.Check(render(t, everything(t, compact))) {
				t.Error(p)
			}
		})
	}
}

// objects takes a document with a classic cross-reference apart: the bodies by
// number, with their streams decompressed, and the trailer.
func objects(t *testing.T, document []byte) (map[int32]string, string) {
	t.Helper()
	f, err := pdf.Open(bytes.NewReader(document), int64(len(document)))
	if err != nil {
		t.Fatal(err)
	}
	view := f.View(0)
	out := map[int32]string{}
	for _, sub := range f.Last().Subs {
		for i := range sub.Entries {
			n := sub.First + int64(i)
			o, err := view.Load(n)
			if err != nil {
				continue // a number that is free
			}
			body := string(o.Text(o.Val))
			if o.Data != 0 {
				data, err := view.Data(o)
				if err != nil {
					t.Fatal(err)
				}
				body = strings.Replace(body, "/Filter/FlateDecode", "", 1) + "\nstream\n" + string(data) + "\nendstream"
			}
			out[int32(n)] = body
		}
	}
	xref := bytes.LastIndex(document, []byte("\nxref\n")) + 1
	trailer := string(document[xref:])
	trailer = trailer[strings.Index(trailer, "trailer\n")+8 : strings.Index(trailer, "\nstartxref")]
	return out, trailer
}

// join puts it together again, with the right lengths and offsets.
func join(objs map[int32]string, trailer string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	nums := slices.Sorted(maps.Keys(objs))
	size := nums[len(nums)-1] + 1
	offs := make([]int, size)
	for _, n := range nums {
		body := objs[n]
		if i := strings.Index(body, "\nstream\n"); i >= 0 {
			length := len(body) - i - len("\nstream\n") - len("\nendstream")
			dict := body[:i]
			if j := strings.LastIndex(dict, "/Length "); j >= 0 {
				dict = fmt.Sprintf("%s/Length %d>>", dict[:j], length)
			}
			body = dict + body[i:]
		}
		offs[n] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", n, body)
	}
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", size)
	for _, off := range offs[1:] {
		if off == 0 {
			b.WriteString("0000000000 65535 f \n")
		} else {
			fmt.Fprintf(&b, "%010d 00000 n \n", off)
		}
	}
	fmt.Fprintf(&b, "trailer\n%s\nstartxref\n%d\n%%%%EOF\n", trailer, at)
	return b.Bytes()
}

// TestCheck_mutations breaks each rule in a document that is sound otherwise.
func TestCheck_mutations(t *testing.T) {
	pdf := render(t, everything(t, false))
	objs, trailer := objects(t, pdf)
	if p := pdfcheck.Check(join(objs, trailer)); len(p) > 0 {
		t.Fatalf("taking apart and joining breaks it: %v", p)
	}
	// in replaces text in the first object that has it and all of the needles.
	in := func(old, new string, needles ...string) func(map[int32]string) bool {
		return func(o map[int32]string) bool {
			for _, n := range slices.Sorted(maps.Keys(o)) {
				ok := strings.Contains(o[n], old)
				for _, s := range needles {
					ok = ok && strings.Contains(o[n], s)
				}
				if ok {
					o[n] = strings.Replace(o[n], old, new, 1)
					return true
				}
			}
			return false
		}
	}
	cases := []struct {
		rule, name string
		change     func(map[int32]string) bool
	}{
		{"filters", "a filter that archives forbid", in("/Type/EmbeddedFile", "/Filter/LZWDecode/Type/EmbeddedFile")},
		{"filters", "compressed metadata", in("/Type/Metadata", "/Filter/FlateDecode/Type/Metadata")},
		{"metadata", "another level of conformance", in("<pdfaid:conformance>A<", "<pdfaid:conformance>B<")},
		{"metadata", "no word of PDF/UA", in("<pdfuaid:part>1</pdfuaid:part>", "")},
		{"metadata", "another title in the information", in("/Title", "/Title(Another)/X", "/Producer(Assay)")},
		{"metadata", "another date in the information", in("/CreationDate(D:2026", "/CreationDate(D:2025")},
		{"metadata", "a document type", in("<x:xmpmeta", "<!DOCTYPE x [<!ENTITY a 'b'>]><x:xmpmeta")},
		{"output-intent", "no output intent", in("/GTS_PDFA1", "/GTS_PDFX")},
		{"output-intent", "a profile that is none", in("acsp", "xxxx")},
		{"color", "a CMYK colour", in(" rg\n", " 0 k\n")},
		{"actions", "something on opening", in("/Type/Catalog", "/Type/Catalog/OpenAction[4 0 R/Fit]")},
		{"actions", "JavaScript behind a link", in("/S/URI", "/S/JavaScript")},
		{"annotation", "a hidden link", in("/F 4", "/F 6", "/Subtype/Link")},
		{"annotation", "a field with an extent", in("/Rect[0 0 0 0]", "/Rect[0 0 9 9]", "/Subtype/Widget")},
		{"annotation", "another kind", in("/Subtype/Link", "/Subtype/Movie")},
		{"form", "new appearances wanted", in("/AcroForm<<", "/AcroForm<</NeedAppearances true")},
		{"font-embedded", "no font program", in("/FontFile2", "/FontFile9")},
		{"font-embedded", "a character without a glyph", func(o map[int32]string) bool {
			return in("(\x00p\x00o\x00l\x00i", "(\x07\xFF\x00o\x00l\x00i")(o) ||
				in("(\x00P\x00o\x00l\x00i\x00c\x00y", "(\x07\xFF\x00o\x00l\x00i\x00c\x00y")(o)
		}},
		{"font-widths", "another width", in("/W[32 [2", "/W[32 [9")},
		{"font-unicode", "a range over two blocks", in("beginbfrange\n<00", "beginbfrange\n<01", "begincmap")},
		{"font-unicode", "no map", in("/ToUnicode", "/ToNothing")},
		{"attachment", "no relationship", in("/AFRelationship/Source", "")},
		{"attachment", "no second name", in("/UF", "/XF", "/Filespec")},
		{"attachment", "not associated", in("/AF[", "/XF[")},
		{"attachment", "no media type", in("/Subtype/application#2Fjson", "")},
		{"attachment", "a wrong size", in("/Params<</Size 2", "/Params<</Size 3")},
		{"marked", "not marked", in("/Marked true", "/Marked false")},
		{"marked", "no structure", in("/StructTreeRoot", "/XXructTreeRoot", "/Type/Catalog")},
		{"language", "no language", in("/Lang(en-GB)", "")},
		{"language", "a wrong language in a span", in("/Lang(cy)", "/Lang(c)")},
		{"title", "the title is not shown", in("/DisplayDocTitle true", "/DisplayDocTitle false")},
		{
			"title",
			"no title",
			in(`<rdf:li xml:lang="x-default">All blocks – pob bloc (Ŵŵ)`, `<rdf:li xml:lang="x-default">`),
		},
		{"content-marked", "text outside", in("EMC\n", "EMC\nBT /F1 9 Tf 1 1 Td (\x00a) Tj ET\n", "/H1<</MCID 0>>BDC")},
		{
			"content-marked",
			"an artifact in a paragraph",
			in("/P<</MCID 1>>BDC\n", "/P<</MCID 1>>BDC\n/Artifact BMC EMC\n"),
		},
		{"content-marked", "an end too many", in("EMC\n", "EMC EMC\n", "/MCID 0>>BDC")},
		{"content-in-tree", "content of no element", in("/H1<</MCID 0>>BDC", "/H1<</MCID 77>>BDC")},
		{"content-in-tree", "a wrong parent", in("/S/H1/P ", "/S/H1/P 1 0 R/X ")},
		{"content-in-tree", "a wrong way back", in("/StructParents 1", "/StructParents 2")},
		{"role", "an unknown type", in("/S/Lbl", "/S/Label")},
		{"role", "types that lead in a circle", in("/RoleMap<</Callout/Div", "/RoleMap<</Callout/Callout")},
		{"heading-order", "a skipped level", in("/S/H2", "/S/H4")},
		{"figure-alt", "no words", in("/Alt(", "/Xlt(", "/S/Figure")},
		{"figure-alt", "no box", in("/BBox[", "/Box[", "/S/Figure")},
		{"table", "a cell that spans one too many", in("/S/TD", "/A<</O/Table/ColSpan 2>>/S/TD")},
		{"table", "a head cell without scope", in("/Scope/Column", "")},
		{"table", "a cell outside a row", in("/S/TR", "/S/Div")},
		{"list", "an item outside a list", in("/S/L/", "/S/Div/")},
		{"list", "contents without entries", in("/S/TOCI", "/S/P")},
		{"note", "no identifier", in("/ID(note-1)", "", "/S/Note")},
		{"annotation-tag", "no words for a link", in("/Contents (", "/Xontents (", "/Subtype/Link")},
		{"annotation-tag", "no words for a field", in("/TU (", "/XU (")},
		{"annotation-tag", "a link in no element", in("/Type/OBJR/Obj", "/Type/OBJR/Xbj")},
		{"annotation-tag", "a link in a paragraph", in("/S/Link", "/S/P")},
		{"tab-order", "another order", in("/Tabs/S", "/Tabs/R", "/Annots[")},
	}
	broken := map[string]bool{}
	for _, c := range cases {
		t.Run(c.rule+"/"+c.name, func(t *testing.T) {
			o := maps.Clone(objs)
			if !c.change(o) {
				t.Fatal("the document has nothing to change")
			}
			expect(t, join(o, trailer), c.rule)
		})
		broken[c.rule] = true
	}
	whole := []struct {
		rule, name string
		pdf        []byte
	}{
		{"file", "a future version", bytes.Replace(pdf, []byte("%PDF-1.7"), []byte("%PDF-2.0"), 1)},
		{"file", "no high bytes", bytes.Replace(pdf, []byte("%\xE2\xE3\xCF\xD3"), []byte("%abcd"), 1)},
		{"file", "something after the end", append(slices.Clone(pdf), "more"...)},
		{"file", "cut off", pdf[:len(pdf)/2]},
		{
			"file",
			"a wrong length",
			bytes.Replace(pdf, []byte("/Metadata/Subtype/XML/Length "), []byte("/Metadata/Subtype/XML/Length 1"), 1),
		},
		{"identifier", "no identifier", bytes.Replace(pdf, []byte("/ID["), []byte("/XD["), 1)},
		{"identifier", "encrypted", bytes.Replace(pdf, []byte("/ID["), []byte("/Encrypt 1 0 R/ID["), 1)},
	}
	for _, c := range whole {
		t.Run(c.rule+"/"+c.name, func(t *testing.T) { expect(t, c.pdf, c.rule) })
		broken[c.rule] = true
	}
	for rule := range pdfcheck.Rules {
		if !broken[rule] {
			t.Errorf("no document breaks the rule %q", rule)
		}
	}
}

func expect(t *testing.T, pdf []byte, rule string) {
	t.Helper()
	problems := pdfcheck.Check(pdf)
	for _, p := range problems {
		if p.Rule == rule {
			return
		}
	}
	t.Errorf("the rule %q was not found broken, only %v", rule, problems)
}

// FuzzCheck holds the reader to its promise never to panic.
func FuzzCheck(f *testing.F) {
	for _, compact := range []bool{false, true} {
		f.Add(render(f, small(compact)))
	}
	f.Add([]byte("%PDF-1.7\nstartxref\n0"))
	f.Fuzz(func(_ *testing.T, b []byte) { pdfcheck.Check(b) })
}

// TestCheck_damage changes bytes at random: the checker may find a problem or
// not, but it ends, and it does not panic.
func TestCheck_damage(t *testing.T) {
	for _, compact := range []bool{false, true} {
		pdf := render(t, small(compact))
		r := rand.New(rand.NewPCG(1, 2))
		for range 400 {
			b := slices.Clone(pdf)
			for range 1 + r.IntN(4) {
				b[r.IntN(len(b))] = byte(r.IntN(256))
			}
			pdfcheck.Check(b)
		}
	}
}

func small(compact bool) *Document {
	d := New(Options{Title: "Small", Created: when, ObjectStreams: compact})
	d.Add(H(1, "Small"), P(T("text")))
	return d
}
