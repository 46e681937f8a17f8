// Package pdfcheck judges whether a document can be kept for decades and read by
// everybody: whether it is PDF/A-3a, the form for archives, and PDF/UA-1, which a
// screen reader can follow.
//
// It knows the rules that documents of Assay's kind can break, and refuses what
// such documents do not use. An independent validator (veraPDF) knows more, and
// is asked in build/conformance; this one is small enough to be asked in every
// test that draws a document.
package pdfcheck

import (
	"assay/internal/pdf"
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sort"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// Problem is a rule of PDF/A-3a or PDF/UA-1 that a document breaks.
type Problem struct {
	Rule  string // one of Rules
	Where string // "page 2", "object 17"
	Text  string
}

func (p Problem) String() string { return p.Rule + ": " + p.Where + ": " + p.Text }

// Rules are the rules that Check knows, with the standard that each comes from
// (A for PDF/A-3a, UA for PDF/UA-1). They are those that documents of this kind
// can break; an independent validator knows more.
var Rules = map[string]string{
	"file":           "A: the file can be read: header, cross-reference, lengths, nothing after its end",
	"identifier":     "A: the trailer has an identifier and no encryption",
	"filters":        "A: streams use no other filter than FlateDecode, and none for metadata",
	"metadata":       "A, UA: XMP says PDF/A-3a and PDF/UA-1 and agrees with the document information",
	"output-intent":  "A: colours are defined by an output intent with an RGB profile",
	"color":          "A: no colour is given in a space that the output intent does not define",
	"actions":        "A: no JavaScript, launching or automatic actions; links lead to addresses",
	"annotation":     "A: annotations are printed, not hidden and of a known kind; fields have no extent",
	"form":           "A: the form asks for no new appearances and has no XFA",
	"font-embedded":  "A, UA: fonts are embedded, with glyphs for all that is shown",
	"font-widths":    "A, UA: the widths in the document are those of the font",
	"font-unicode":   "A, UA: each character shown can be read as text",
	"attachment":     "A: attached files have both names, a media type, a relationship, and are associated",
	"marked":         "A, UA: the document says that it is tagged",
	"language":       "A, UA: the document names its language",
	"title":          "UA: the document has a title and shows it",
	"content-marked": "UA: all content is tagged or marked as an artifact, and neither lies in the other",
	"content-in-tree": "UA: each piece of marked content belongs to one element of the structure, and the way " +
		"back leads there",
	"role":           "A, UA: types are standard ones or lead to one",
	"heading-order":  "UA: headings begin at level 1 and skip none",
	"figure-alt":     "UA: figures have words that stand for them, and a box",
	"table":          "UA: tables hold rows of cells, as many in each row, and head cells with a scope",
	"list":           "UA: lists hold items, items hold labels and bodies, contents hold entries",
	"note":           "UA: notes have identifiers of their own",
	"annotation-tag": "UA: links are in the structure; words stand for links and fields",
	"tab-order":      "UA: pages with annotations are gone through in the order of the structure",
}

// relationships are what an attached file may be to its document (ISO 19005-3, annex E).
var relationships = map[string]bool{
	"Source":      true,
	"Data":        true,
	"Alternative": true,
	"Supplement":  true,
	"Unspecified": true,
}

// Check reads a document and tells which rules it breaks, none if it is sound.
// Anything that it cannot read is a problem, never a panic.
func Check(document []byte) []Problem {
	c := &checker{}
	f, err := open(document)
	switch {
	case errors.Is(err, pdf.ErrEncrypted):
		return []Problem{{Rule: "identifier", Where: "trailer", Text: "the file is encrypted"}}
	case err != nil:
		return []Problem{{Rule: "file", Where: "file", Text: err.Error()}}
	}
	c.f = f
	c.file(document)
	root := f.dict(f.trailer["Root"])
	if root == nil {
		c.add("file", "trailer", "there is no catalogue")
		return c.problems
	}
	c.catalogue(root)
	c.metadata(root)
	c.attachments(root)
	c.pages(root)
	c.fonts()
	c.structure(root)
	c.annotations()
	if f.err != nil {
		c.add("file", "file", "%v", f.err)
	}
	return c.problems
}

type checker struct {
	f        *file
	problems []Problem
	pageList []pageInfo
	byPage   map[reference]int // page object to index
	codes    map[reference]map[int]bool
	fontName map[reference]dict
	marks    map[[2]int]string    // page and number to tag
	linked   map[reference]string // annotations in the structure, and the type they belong to
	treeOf   map[int]any          // parent tree
}

type pageInfo struct {
	ref  reference
	dict dict
}

func (c *checker) add(rule, where, format string, args ...any) {
	if _, ok := Rules[rule]; !ok {
		rule = "file"
	}
	if len(c.problems) < 1000 {
		c.problems = append(c.problems, Problem{rule, where, fmt.Sprintf(format, args...)})
	}
}

func (c *checker) file(document []byte) {
	if len(document) < 16 || !bytes.HasPrefix(document, []byte("%PDF-1.")) || document[7] < '4' || document[7] > '7' {
		c.add("file", "header", "it does not begin with %%PDF-1.4 to 1.7")
	} else if i := bytes.IndexByte(document, '\n'); i < 0 || len(document) < i+6 || document[i+1] != '%' ||
		document[i+2] < 128 || document[i+3] < 128 || document[i+4] < 128 || document[i+5] < 128 {
		c.add("file", "header", "no comment with four high bytes follows the first line")
	}
	if !bytes.HasSuffix(bytes.TrimRight(document, "\r\n"), []byte("%%EOF")) {
		c.add("file", "end", "something follows the end of the file")
	}
	if id := c.f.array(c.f.trailer["ID"]); len(id) != 2 {
		c.add("identifier", "trailer", "there is no identifier")
	}
	slices.Sort(c.f.numbers)
	for _, n := range c.f.numbers {
		s, ok := c.f.object(n).(*stream)
		if !ok {
			continue
		}
		filters := c.f.array(s.dict["Filter"])
		if v := c.f.name(s.dict["Filter"]); v != "" {
			filters = []any{name(v)}
		}
		for _, v := range filters {
			if c.f.name(v) != "FlateDecode" {
				c.add("filters", object(int(n)), "the filter %s", c.f.name(v))
			}
			if c.f.name(s.dict["Type"]) == "Metadata" {
				c.add("filters", object(int(n)), "metadata are compressed")
			}
		}
		if s.dict["F"] != nil || s.dict["FFilter"] != nil {
			c.add("filters", object(int(n)), "a stream lies in another file")
		}
	}
}

func object(n int) string { return fmt.Sprintf("object %d", n) }

func (c *checker) catalogue(root dict) {
	f := c.f
	mark := f.dict(root["MarkInfo"])
	if mark["Marked"] != true || mark["Suspects"] == true {
		c.add("marked", "catalogue", "MarkInfo does not say that it is marked")
	}
	if lang := f.text(root["Lang"]); !pdf.IsLanguage(lang) {
		c.add("language", "catalogue", "%q is no language", lang)
	}
	if f.dict(root["ViewerPreferences"])["DisplayDocTitle"] != true {
		c.add("title", "catalogue", "the title is not shown")
	}
	if root["OpenAction"] != nil || root["AA"] != nil {
		c.add("actions", "catalogue", "something happens on opening")
	}
	names := f.dict(root["Names"])
	if names["JavaScript"] != nil {
		c.add("actions", "catalogue", "there is JavaScript")
	}
	form := f.dict(root["AcroForm"])
	if form["NeedAppearances"] == true || form["XFA"] != nil {
		c.add("form", "catalogue", "the form is dynamic")
	}
	ok := false
	for _, v := range f.array(root["OutputIntents"]) {
		d := f.dict(v)
		s, isStream := f.get(d["DestOutputProfile"]).(*stream)
		if f.name(d["S"]) != "GTS_PDFA1" || !isStream {
			continue
		}
		icc, err := f.decode(s)
		n, _ := f.int(s.dict["N"])
		ok = err == nil && len(icc) > 132 && n == 3 && string(icc[36:40]) == "acsp" && string(icc[16:20]) == "RGB " &&
			int(binary.BigEndian.Uint32(icc)) == len(icc) && f.text(d["OutputConditionIdentifier"]) != ""
	}
	if !ok {
		c.add("output-intent", "catalogue", "there is no output intent with an RGB profile")
	}
}

func (c *checker) metadata(root dict) {
	s, ok := c.f.get(root["Metadata"]).(*stream)
	if !ok {
		c.add("metadata", "catalogue", "there are no metadata")
		return
	}
	data, err := c.f.decode(s)
	if err != nil {
		c.add("metadata", "metadata", "%v", err)
		return
	}
	values, err := readXMP(data)
	if err != nil {
		c.add("metadata", "metadata", "the packet cannot be read: %v", err)
		return
	}
	const (
		pdfaid  = "http://www.aiim.org/pdfa/ns/id/ "
		pdfuaid = "http://www.aiim.org/pdfua/ns/id/ "
		dc      = "http://purl.org/dc/elements/1.1/ "
		xmp     = "http://ns.adobe.com/xap/1.0/ "
	)
	if values[pdfaid+"part"] != "3" || values[pdfaid+"conformance"] != "A" {
		c.add("metadata", "metadata", "it does not say PDF/A-3a")
	}
	if values[pdfuaid+"part"] != "1" {
		c.add("metadata", "metadata", "it does not say PDF/UA-1")
	} else if !bytes.Contains(data, []byte("http://www.aiim.org/pdfa/ns/schema#")) {
		c.add("metadata", "metadata", "the schema of PDF/UA is not described")
	}
	title := values[dc+"title"]
	if title == "" {
		c.add("title", "metadata", "there is no title")
	}
	info := c.f.dict(c.f.trailer["Info"])
	if t := c.f.text(info["Title"]); info != nil && t != title {
		c.add("metadata", "information", "the title is %q, in the metadata %q", t, title)
	}
	created := strings.NewReplacer("-", "", ":", "", "T", "").Replace(values[xmp+"CreateDate"])
	if t := c.f.text(info["CreationDate"]); info != nil && t != "D:"+created {
		c.add("metadata", "information", "the date of creation is %q, in the metadata %q", t, values[xmp+"CreateDate"])
	}
}

// readXMP gives the text of each property, by namespace and name.
func readXMP(data []byte) (map[string]string, error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.Strict = true
	out := map[string]string{}
	var path []string
	for {
		t, err := d.Token()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.Directive:
			return nil, fmt.Errorf("it has a document type")
		case xml.StartElement:
			if len(path) > maxDepth {
				return nil, fmt.Errorf("it is nested too deep")
			}
			path = append(path, t.Name.Space+" "+t.Name.Local)
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			if text := strings.TrimSpace(string(t)); text != "" {
				for _, p := range path {
					if !strings.HasPrefix(p, "http://www.w3.org/1999/02/22-rdf-syntax-ns#") &&
						!strings.HasPrefix(p, "adobe:ns:meta/") {
						out[p] += text
						break
					}
				}
			}
		}
	}
}

func (c *checker) attachments(root dict) {
	f := c.f
	associated := map[any]bool{}
	for _, v := range f.array(root["AF"]) {
		associated[v] = true
	}
	names := f.array(f.dict(f.dict(root["Names"])["EmbeddedFiles"])["Names"])
	var last []byte
	for i := 0; i+1 < len(names); i += 2 {
		key, _ := f.get(names[i]).(str)
		where := fmt.Sprintf("attachment %q", pdf.Text(string(key)))
		if i > 0 && bytes.Compare(last, key) >= 0 {
			c.add("attachment", where, "the names are not in order")
		}
		last = key
		spec := f.dict(names[i+1])
		if f.text(spec["F"]) == "" || f.text(spec["UF"]) == "" {
			c.add("attachment", where, "it does not have both names")
		}
		if !relationships[f.name(spec["AFRelationship"])] {
			c.add("attachment", where, "it has no relationship")
		}
		if !associated[names[i+1]] {
			c.add("attachment", where, "it is not associated with the document")
		}
		s, ok := f.get(f.dict(spec["EF"])["F"]).(*stream)
		if !ok || !strings.Contains(f.name(s.dict["Subtype"]), "/") {
			c.add("attachment", where, "it has no content with a media type")
			continue
		}
		data, err := f.decode(s)
		if size, ok := f.int(f.dict(s.dict["Params"])["Size"]); err != nil || !ok || size != len(data) {
			c.add("attachment", where, "its size is wrong")
		}
	}
}

// pages lists the pages and reads their content.
func (c *checker) pages(root dict) {
	c.byPage = map[reference]int{}
	c.codes, c.fontName = map[reference]map[int]bool{}, map[reference]dict{}
	c.marks = map[[2]int]string{}
	seen := map[reference]bool{}
	var walk func(v any, inherited any, depth int)
	walk = func(v any, res any, depth int) {
		ref, ok := v.(reference)
		d := c.f.dict(v)
		if !ok || d == nil || seen[ref] || depth > maxDepth {
			c.add("file", "pages", "the tree of pages is broken")
			return
		}
		seen[ref] = true
		if d["Resources"] != nil {
			res = d["Resources"]
		}
		if c.f.name(d["Type"]) == "Pages" {
			for _, k := range c.f.array(d["Kids"]) {
				walk(k, res, depth+1)
			}
			return
		}
		c.byPage[ref] = len(c.pageList)
		c.pageList = append(c.pageList, pageInfo{ref, d})
		c.content(len(c.pageList)-1, d, c.f.dict(res))
	}
	walk(root["Pages"], nil, 0)
	if len(c.pageList) == 0 {
		c.add("file", "pages", "there is no page")
	}
}

func (c *checker) content(page int, d, res dict) {
	where := fmt.Sprintf("page %d", page+1)
	parts := c.f.array(d["Contents"])
	if parts == nil && d["Contents"] != nil {
		parts = []any{d["Contents"]}
	}
	var all []byte
	for _, p := range parts {
		s, ok := c.f.get(p).(*stream)
		if !ok {
			c.add("file", where, "its content is no stream")
			continue
		}
		b, err := c.f.decode(s)
		if err != nil {
			c.add("file", where, "%v", err)
		}
		all = append(append(all, b...), '\n')
	}
	c.operators(where, page, all, res, true)
	if d["AA"] != nil {
		c.add("actions", where, "something happens when it is shown")
	}
	if len(c.f.array(d["Annots"])) > 0 && c.f.name(d["Tabs"]) != "S" {
		c.add("tab-order", where, "the order is not that of the structure")
	}
}

// painting operators show something, so they have to be tagged or artifacts.
var painting = map[string]bool{
	"Tj": true,
	"TJ": true,
	"'":  true,
	"\"": true,
	"S":  true,
	"s":  true,
	"f":  true,
	"F":  true,
	"f*": true,
	"B":  true,
	"B*": true,
	"b":  true,
	"b*": true,
	"Do": true,
	"sh": true,
	"EI": true,
}

func (c *checker) operators(where string, page int, b []byte, res dict, tagged bool) {
	var open []string // tags of marked content, "" for one without a meaning
	kind := ""        // "tag" or "artifact" while inside
	var kinds []string
	var fontRef reference
	unmarked := 0
	err := pdf.Operations(b, func(o pdf.Operation) bool {
		op, args := o.Operator, make([]any, len(o.Operands))
		for i, v := range o.Operands {
			args[i] = plain(v)
		}
		switch op {
		case "BDC", "BMC":
			tag := ""
			if len(args) > 0 {
				tag = c.f.name(args[0])
			}
			k := ""
			if tag == "Artifact" {
				k = "artifact"
			} else if len(args) > 1 {
				props, _ := args[1].(dict)
				if id, ok := props["MCID"].(int64); ok {
					k = "tag"
					key := [2]int{page, int(id)}
					if _, twice := c.marks[key]; twice {
						c.add("content-in-tree", where, "the marked content %d is there twice", id)
					}
					c.marks[key] = tag
				}
			}
			if k != "" && kind != "" && k != kind {
				c.add("content-marked", where, "an artifact lies in tagged content, or the reverse")
			}
			open, kinds = append(open, tag), append(kinds, kind)
			if k != "" {
				kind = k
			}
		case "EMC":
			if len(open) == 0 {
				c.add("content-marked", where, "marked content ends that did not begin")
				break
			}
			kind = kinds[len(kinds)-1]
			open, kinds = open[:len(open)-1], kinds[:len(kinds)-1]
		case "Tf":
			fontRef = 0
			if len(args) == 2 {
				fonts := c.f.dict(res["Font"])
				r, ok := fonts[c.f.name(args[0])].(reference)
				if !ok {
					c.add("font-embedded", where, "the font %v is nowhere", args[0])
				}
				fontRef = r
				if c.codes[r] == nil {
					c.codes[r] = map[int]bool{}
					c.fontName[r] = c.f.dict(r)
				}
			}
		case "Tj", "TJ", "'", "\"":
			for _, a := range args {
				c.codesOf(fontRef, a, where)
			}
		case "k", "K":
			c.add("color", where, "a CMYK colour")
		case "cs", "CS", "sc", "SC", "scn", "SCN", "ri", "sh", "gs":
			c.add("color", where, "the operator %s, which these documents do not use", op)
		case "BI", "ID", "EI", "Do":
			c.add("file", where, "the operator %s, which these documents do not use", op)
		}
		if painting[op] && kind == "" && tagged {
			unmarked++
		}
		return true
	})
	if err != nil {
		c.add("file", where, "its content cannot be read: %v", err)
		return
	}
	if unmarked > 0 {
		c.add("content-marked", where, "%d things are drawn that are neither tagged nor artifacts", unmarked)
	}
	if len(open) > 0 {
		c.add("content-marked", where, "marked content does not end")
	}
}

func (c *checker) codesOf(r reference, v any, where string) {
	switch v := v.(type) {
	case str:
		if c.codes[r] == nil || len(v)%2 != 0 {
			c.add("font-embedded", where, "text is shown with no font, or in half characters")
			return
		}
		for i := 0; i+1 < len(v); i += 2 {
			c.codes[r][int(v[i])<<8|int(v[i+1])] = true
		}
	case []any:
		for _, e := range v {
			if s, ok := e.(str); ok {
				c.codesOf(r, s, where)
			}
		}
	}
}

// fonts holds each font against the characters that are shown in it.
func (c *checker) fonts() {
	// Appearances show text as well.
	for _, p := range c.pageList {
		for _, v := range c.f.array(p.dict["Annots"]) {
			if s, ok := c.f.get(c.f.dict(c.f.dict(v)["AP"])["N"]).(*stream); ok {
				b, err := c.f.decode(s)
				if err != nil {
					c.add("file", "appearance", "%v", err)
				}
				c.operators("appearance", -1, b, c.f.dict(s.dict["Resources"]), false)
			}
		}
	}
	refs := make([]reference, 0, len(c.codes))
	for r := range c.codes {
		refs = append(refs, r)
	}
	slices.Sort(refs)
	for _, r := range refs {
		c.font(r)
	}
}

func (c *checker) font(r reference) {
	f := c.f
	where := fmt.Sprintf("font %s", f.name(c.fontName[r]["BaseFont"]))
	codes := make([]int, 0, len(c.codes[r]))
	for k := range c.codes[r] {
		codes = append(codes, k)
	}
	sort.Ints(codes)
	d := c.fontName[r]
	desc := f.array(d["DescendantFonts"])
	if f.name(d["Subtype"]) != "Type0" || f.name(d["Encoding"]) != "Identity-H" || len(desc) != 1 {
		c.add("font-embedded", where, "it is of a kind that these documents do not use")
		return
	}
	cid := f.dict(desc[0])
	if f.name(cid["BaseFont"]) != f.name(d["BaseFont"]) ||
		f.name(f.dict(cid["FontDescriptor"])["FontName"]) != f.name(d["BaseFont"]) {
		c.add("font-embedded", where, "its parts have different names")
	}
	s, ok := f.get(f.dict(cid["FontDescriptor"])["FontFile2"]).(*stream)
	if !ok {
		c.add("font-embedded", where, "it is not embedded")
		return
	}
	ttf, err := f.decode(s)
	if n, _ := f.int(s.dict["Length1"]); err != nil || n != len(ttf) {
		c.add("font-embedded", where, "its program has a wrong length")
	}
	program, err := sfnt.Parse(ttf)
	if err != nil {
		c.add("font-embedded", where, "its program cannot be read: %v", err)
		return
	}
	var gids []byte
	if s, ok := f.get(cid["CIDToGIDMap"]).(*stream); ok {
		gids, err = f.decode(s)
	}
	if err != nil || gids == nil {
		c.add("font-embedded", where, "it has no map from characters to glyphs")
		return
	}
	widths := c.widths(cid)
	unicode := c.unicode(d)
	var buf sfnt.Buffer
	for _, code := range codes {
		g := 0
		if 2*code+1 < len(gids) {
			g = int(gids[2*code])<<8 | int(gids[2*code+1])
		}
		if g == 0 || g >= program.NumGlyphs() {
			c.add("font-embedded", where, "it has no glyph for the character %04X", code)
			continue
		}
		a, err := program.GlyphAdvance(&buf, sfnt.GlyphIndex(g), fixed.I(1000), font.HintingNone)
		if w, ok := widths[code]; err != nil || !ok || w < a.Round()-1 || w > a.Round()+1 {
			c.add(
				"font-widths",
				where,
				"the character %04X is %d wide in the font and %d in the document",
				code,
				a.Round(),
				w,
			)
		}
		if u, ok := unicode[code]; !ok || u == 0 || u == 0xFEFF || u == 0xFFFE || u >= 0xD800 && u < 0xE000 {
			c.add("font-unicode", where, "the character %04X cannot be read as text", code)
		} else if u >= 0xE000 && u < 0xF900 {
			c.add("font-unicode", where, "the character %04X is in a private area", code)
		}
	}
}

func (c *checker) widths(cid dict) map[int]int {
	out := map[int]int{}
	w := c.f.array(cid["W"])
	for i := 0; i+1 < len(w); {
		from, ok := c.f.int(w[i])
		if !ok {
			return out
		}
		if list, ok := c.f.get(w[i+1]).([]any); ok {
			for k, v := range list {
				out[from+k], _ = c.f.int(v)
			}
			i += 2
			continue
		}
		if i+2 >= len(w) {
			return out
		}
		to, ok1 := c.f.int(w[i+1])
		n, ok2 := c.f.int(w[i+2])
		if !ok1 || !ok2 || to-from > 1<<16 {
			return out
		}
		for k := from; k <= to; k++ {
			out[k] = n
		}
		i += 3
	}
	return out
}

// unicode reads a ToUnicode map.
func (c *checker) unicode(d dict) map[int]int {
	out := map[int]int{}
	s, ok := c.f.get(d["ToUnicode"]).(*stream)
	if !ok {
		return out
	}
	b, err := c.f.decode(s)
	if err != nil {
		return out
	}
	num := func(v any) int {
		s, ok := v.(str)
		if !ok || len(s) != 2 {
			return -1
		}
		return int(s[0])<<8 | int(s[1])
	}
	err = pdf.Operations(b, func(o pdf.Operation) bool {
		op, args := o.Operator, make([]any, len(o.Operands))
		for i, v := range o.Operands {
			args[i] = plain(v)
		}
		switch op {
		case "endbfrange":
			for i := 0; i+2 < len(args); i += 3 {
				from, to, u := num(args[i]), num(args[i+1]), num(args[i+2])
				if from < 0 || to < from || u < 0 || from>>8 != to>>8 || u&0xFF+to-from > 0xFF {
					continue // a range may only vary its last byte
				}
				for k := from; k <= to; k++ {
					out[k] = u + k - from
				}
			}
		case "endbfchar":
			for i := 0; i+1 < len(args); i += 2 {
				out[num(args[i])] = num(args[i+1])
			}
		}
		return true
	})
	if err != nil {
		return map[int]int{}
	}
	return out
}

// standard are the structure types that PDF 1.7 knows.
var standard = func() map[string]bool {
	m := map[string]bool{}
	for _, n := range strings.Fields("Document Part Art Sect Div BlockQuote Caption TOC TOCI Index NonStruct " +
		"Private P H H1 H2 H3 H4 H5 H6 L LI Lbl LBody " +
		"Table TR TH TD THead TBody TFoot Span Quote Note Reference BibEntry Code Link Annot Ruby RB RT RP " +
		"Warichu WT WP Figure Formula Form") {
		m[n] = true
	}
	return m
}()

// element is one element of the structure.
type element struct {
	ref  reference
	dict dict
	typ  string // standard type
	kids []*element
}

func (c *checker) structure(root dict) {
	f := c.f
	c.linked = map[reference]string{}
	c.treeOf = map[int]any{}
	tree := f.dict(root["StructTreeRoot"])
	if tree == nil {
		c.add("marked", "catalogue", "there is no structure")
		return
	}
	c.numberTree(tree["ParentTree"], 0)
	standardType := c.standardTypes(f.dict(tree["RoleMap"]))
	seen := map[reference]bool{}
	owner := map[[2]int]reference{}
	mark := func(e *element, page any, id int) {
		p, ok := page.(reference)
		i, isPage := c.byPage[p]
		key := [2]int{i, id}
		if _, there := c.marks[key]; !ok || !isPage || !there {
			c.add("content-in-tree", object(int(e.ref)), "it claims content that is not there")
			return
		}
		if _, twice := owner[key]; twice {
			c.add("content-in-tree", object(int(e.ref)), "it claims content that another has")
		}
		owner[key] = e.ref
	}
	var walk func(v any, parent reference, depth int) *element
	walk = func(v any, parent reference, depth int) *element {
		ref, ok := v.(reference)
		d := f.dict(v)
		if !ok || d == nil || seen[ref] || depth > 200 {
			c.add("content-in-tree", "structure", "the tree is broken")
			return nil
		}
		seen[ref] = true
		if p, _ := d["P"].(reference); p != parent {
			c.add("content-in-tree", object(int(ref)), "it names another parent")
		}
		e := &element{ref: ref, dict: d, typ: standardType(f.name(d["S"]))}
		if e.typ == "" {
			c.add("role", object(int(ref)), "the type %s is not known and leads to none", f.name(d["S"]))
		}
		if l := d["Lang"]; l != nil && !pdf.IsLanguage(f.text(l)) {
			c.add("language", object(int(ref)), "%q is no language", f.text(l))
		}
		kids := f.array(d["K"])
		if kids == nil && d["K"] != nil {
			kids = []any{d["K"]}
		}
		for _, k := range kids {
			if n, ok := f.get(k).(int64); ok {
				mark(e, d["Pg"], int(n))
				continue
			}
			kd := f.dict(k)
			page := kd["Pg"]
			if page == nil {
				page = d["Pg"]
			}
			switch f.name(kd["Type"]) {
			case "MCR":
				n, _ := f.int(kd["MCID"])
				mark(e, page, n)
			case "OBJR":
				if r, ok := kd["Obj"].(reference); ok {
					c.linked[r] = e.typ
					if key, ok := f.int(f.dict(r)["StructParent"]); !ok || c.treeOf[key] != any(ref) {
						c.add("annotation-tag", object(int(r)), "the way back from it does not lead to its element")
					}
				}
			default:
				if kid := walk(k, ref, depth+1); kid != nil {
					e.kids = append(e.kids, kid)
				}
			}
		}
		return e
	}
	rootRef, _ := root["StructTreeRoot"].(reference)
	var top []*element
	kids := f.array(tree["K"])
	if kids == nil && tree["K"] != nil {
		kids = []any{tree["K"]}
	}
	for _, k := range kids {
		if e := walk(k, rootRef, 0); e != nil {
			top = append(top, e)
		}
	}
	c.marksLeadBack(owner)
	level := 0
	ids := map[string]bool{}
	for _, e := range top {
		c.element(e, "", &level, ids)
	}
}

// standardTypes gives the standard type that a type leads to by a map of roles, empty
// where it leads to none.
func (c *checker) standardTypes(roles dict) func(string) string {
	return func(t string) string {
		for range maxDepth {
			if standard[t] {
				return t
			}
			next := c.f.name(roles[t])
			if next == "" {
				break
			}
			t = next
		}
		return ""
	}
}

// marksLeadBack checks that each marked content belongs to an element, and that the
// parent tree leads back to it: owner has the element by page and number of the mark.
func (c *checker) marksLeadBack(owner map[[2]int]reference) {
	f := c.f
	keys := slices.Collect(maps.Keys(c.marks))
	slices.SortFunc(keys, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	for _, key := range keys {
		ref, ok := owner[key]
		if key[0] < 0 {
			continue
		}
		where := fmt.Sprintf("page %d", key[0]+1)
		if !ok {
			c.add("content-in-tree", where, "the marked content %d belongs to no element", key[1])
			continue
		}
		n, _ := f.int(c.pageList[key[0]].dict["StructParents"])
		back := f.array(c.treeOf[n])
		if key[1] >= len(back) || back[key[1]] != any(ref) {
			c.add(
				"content-in-tree",
				where,
				"the way back from the marked content %d does not lead to its element",
				key[1],
			)
		}
	}
}

func (c *checker) numberTree(v any, depth int) {
	d := c.f.dict(v)
	if depth > maxDepth {
		return
	}
	for _, k := range c.f.array(d["Kids"]) {
		c.numberTree(k, depth+1)
	}
	nums := c.f.array(d["Nums"])
	for i := 0; i+1 < len(nums); i += 2 {
		if n, ok := c.f.int(nums[i]); ok {
			c.treeOf[n] = nums[i+1]
		}
	}
}

// parents says which types may only stand in which others.
var parents = map[string]string{
	"TR": "Table THead TBody TFoot", "TH": "TR", "TD": "TR", "THead": "Table", "TBody": "Table", "TFoot": "Table",
	"LI": "L", "LBody": "LI", "TOCI": "TOC",
}

// children says what some types may hold.
var children = map[string]string{
	"Table": "TR THead TBody TFoot Caption", "THead": "TR", "TBody": "TR", "TFoot": "TR", "TR": "TH TD",
	"L": "L LI Caption", "LI": "Lbl LBody", "TOC": "TOC TOCI Caption",
}

func (c *checker) element(e *element, parent string, level *int, ids map[string]bool) {
	f := c.f
	where := object(int(e.ref))
	rule := func(t string) string {
		if t == "L" || t == "LI" || t == "LBody" || t == "TOC" || t == "TOCI" {
			return "list"
		}
		return "table"
	}
	if allowed := parents[e.typ]; allowed != "" && !slices.Contains(strings.Fields(allowed), parent) {
		c.add(rule(e.typ), where, "%s stands in %s", e.typ, parent)
	}
	if allowed := children[e.typ]; allowed != "" {
		for _, k := range e.kids {
			if !slices.Contains(strings.Fields(allowed), k.typ) {
				c.add(rule(e.typ), where, "%s holds %s", e.typ, k.typ)
			}
		}
	}
	attrs := f.dict(e.dict["A"])
	switch e.typ {
	case "H1", "H2", "H3", "H4", "H5", "H6":
		n := int(e.typ[1] - '0')
		if n > *level+1 {
			c.add("heading-order", where, "%s follows level %d", e.typ, *level)
		}
		*level = n
	case "Figure":
		if f.text(e.dict["Alt"]) == "" && f.text(e.dict["ActualText"]) == "" {
			c.add("figure-alt", where, "no words stand for it")
		}
		if len(f.array(attrs["BBox"])) != 4 {
			c.add("figure-alt", where, "it has no box")
		}
	case "TH":
		if s := f.name(attrs["Scope"]); s != "Row" && s != "Column" && s != "Both" {
			c.add("table", where, "a head cell has no scope")
		}
	case "Table":
		cols := -1
		for _, r := range tableRows(e) {
			n := 0
			for _, cell := range r.kids {
				span, ok := f.int(f.dict(cell.dict["A"])["ColSpan"])
				if !ok {
					span = 1
				}
				n += span
			}
			if cols >= 0 && n != cols {
				c.add("table", where, "rows have %d and %d cells", cols, n)
			}
			cols = n
		}
	case "Note":
		id := f.text(e.dict["ID"])
		if id == "" || ids[id] {
			c.add("note", where, "it has no identifier of its own")
		}
		ids[id] = true
	}
	for _, k := range e.kids {
		c.element(k, e.typ, level, ids)
	}
}

func tableRows(e *element) []*element {
	var rows []*element
	for _, k := range e.kids {
		switch k.typ {
		case "TR":
			rows = append(rows, k)
		case "THead", "TBody", "TFoot":
			rows = append(rows, tableRows(k)...)
		}
	}
	return rows
}

func (c *checker) annotations() {
	f := c.f
	for i, p := range c.pageList {
		where := fmt.Sprintf("page %d", i+1)
		for _, v := range f.array(p.dict["Annots"]) {
			ref, _ := v.(reference)
			d := f.dict(v)
			kind := f.name(d["Subtype"])
			flags, _ := f.int(d["F"])
			const invisible, hidden, print, noView, toggle = 1, 2, 4, 32, 256
			if flags&print == 0 || flags&(invisible|hidden|noView|toggle) != 0 {
				c.add("annotation", where, "a %s is hidden or not printed", kind)
			}
			if d["AA"] != nil {
				c.add("actions", where, "a %s does something by itself", kind)
			}
			const want = "Link"
			switch kind {
			case "Link":
				if a := f.dict(d["A"]); d["A"] != nil && f.name(a["S"]) != "URI" && f.name(a["S"]) != "GoTo" {
					c.add("actions", where, "a link does %s", f.name(a["S"]))
				}
				if f.text(d["Contents"]) == "" {
					c.add("annotation-tag", where, "no words stand for a link")
				}
			case "Widget":
				if r := f.array(d["Rect"]); len(r) != 4 ||
					slices.ContainsFunc(r, func(v any) bool { n, ok := f.int(v); return !ok || n != 0 }) {
					c.add(
						"annotation",
						where,
						"a field has an extent, and so would need an appearance and a place in the structure",
					)
				}
				if f.text(d["TU"]) == "" {
					c.add("annotation-tag", where, "no words stand for a field")
				}
				if d["A"] != nil {
					c.add("actions", where, "a field does something")
				}
				continue
			default:
				c.add("annotation", where, "the kind %s, which these documents do not use", kind)
				continue
			}
			if c.linked[ref] != want {
				c.add("annotation-tag", where, "a %s is not in a %s of the structure", kind, want)
			}
		}
	}
}
