package office

import (
	"fmt"
	"io"
	"strings"
	"time"
)

const (
	wordNames = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" ` +
		`xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	relations = `http://schemas.openxmlformats.org/officeDocument/2006/relationships/`
	wordType  = `application/vnd.openxmlformats-officedocument.wordprocessingml.`
)

// The width of the text on A4 with margins of 2 cm, in twentieths of a point.
const textWidth = 9638

// WriteDOCX writes an Office Open XML document (transitional, which every word processor reads).
func WriteDOCX(w io.Writer, d Document) error {
	override := func(name, kind string) string {
		return `<Override PartName="/` + name + `" ContentType="` + kind + `"/>`
	}
	relation := func(id, kind, target string) string {
		return `<Relationship Id="` + id + `" Type="` + kind + `" Target="` + target + `"/>`
	}
	const relationships = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	core := `http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties`
	return write(w, d.Made, []part{
		{
			"[Content_Types].xml",
			header + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
				`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
				`<Default Extension="xml" ContentType="application/xml"/>` +
				override("word/document.xml", wordType+"document.main+xml") +
				override("word/styles.xml", wordType+"styles+xml") +
				override("word/numbering.xml", wordType+"numbering+xml") +
				override("word/footer1.xml", wordType+"footer+xml") +
				override(
					"docProps/core.xml",
					"application/vnd.openxmlformats-package.core-properties+xml",
				) + `</Types>`,
			false,
		},
		{"_rels/.rels", header + relationships + relation("rId1", relations+"officeDocument", "word/document.xml") +
			relation("rId2", core, "docProps/core.xml") + `</Relationships>`, false},
		{"docProps/core.xml", header + `<cp:coreProperties ` +
			`xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" ` +
			`xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" ` +
			`xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>` + esc(d.Title) + `</dc:title><dc:creator>` +
			esc(d.Author) + `</dc:creator><dc:language>` + esc(d.Language) + `</dc:language>` +
			`<dcterms:created xsi:type="dcterms:W3CDTF">` + d.Made.UTC().Format(time.RFC3339) +
			`</dcterms:created></cp:coreProperties>`, false},
		{"word/_rels/document.xml.rels", header + relationships + relation("rId1", relations+"styles", "styles.xml") +
			relation("rId2", relations+"numbering", "numbering.xml") +
			relation("rId3", relations+"footer", "footer1.xml") + `</Relationships>`, false},
		{"word/styles.xml", docxStyles(d), false},
		{"word/numbering.xml", header + `<w:numbering ` + wordNames + `><w:abstractNum w:abstractNumId="0">` +
			`<w:multiLevelType w:val="singleLevel"/><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/>` +
			`<w:lvlText w:val="•"/><w:lvlJc w:val="left"/><w:pPr><w:ind w:left="454" w:hanging="284"/></w:pPr></w:lvl>` +
			`</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>`, false},
		{"word/footer1.xml", header + `<w:ftr ` + wordNames + `><w:p><w:pPr><w:pStyle w:val="Small"/></w:pPr>` +
			run(d.Title+", page ") + `<w:fldSimple w:instr="PAGE">` + run("1") + `</w:fldSimple>` + run(" of ") +
			`<w:fldSimple w:instr="NUMPAGES">` + run("1") + `</w:fldSimple></w:p></w:ftr>`, false},
		{"word/document.xml", docxContent(d), false},
	})
}

func run(s string) string { return `<w:r><w:t xml:space="preserve">` + esc(s) + `</w:t></w:r>` }

func docxStyles(d Document) string {
	var b strings.Builder
	b.WriteString(header + `<w:styles ` + wordNames + `><w:docDefaults><w:rPrDefault><w:rPr>` +
		`<w:rFonts w:ascii="Arial" w:hAnsi="Arial" w:cs="Arial"/><w:sz w:val="22"/><w:lang w:val="` + esc(d.Language) + `"/>` +
		`</w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:after="120" w:line="288" w:lineRule="auto"/></w:pPr>` +
		`</w:pPrDefault></w:docDefaults>` +
		`<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>`)
	for i, size := range []int{40, 30, 24} {
		fmt.Fprintf(&b, `<w:style w:type="paragraph" w:styleId="Heading%d"><w:name w:val="heading %d"/>`+
			`<w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:pPr><w:keepNext/><w:spacing w:before="240" w:after="80"/>`+
			`<w:outlineLvl w:val="%d"/></w:pPr><w:rPr><w:b/><w:sz w:val="%d"/></w:rPr></w:style>`, i+1, i+1, i, size)
	}
	b.WriteString(
		`<w:style w:type="paragraph" w:customStyle="1" w:styleId="Strongly"><w:name w:val="Strong paragraph"/>` +
			`<w:basedOn w:val="Normal"/><w:pPr><w:keepNext/><w:spacing w:after="40"/></w:pPr><w:rPr><w:b/></w:rPr></w:style>` +
			`<w:style w:type="paragraph" w:customStyle="1" w:styleId="Small"><w:name w:val="Small text"/>` +
			`<w:basedOn w:val="Normal"/><w:rPr><w:color w:val="4A5158"/><w:sz w:val="19"/></w:rPr></w:style>` +
			`<w:style w:type="paragraph" w:customStyle="1" w:styleId="Cell"><w:name w:val="Cell text"/>` +
			`<w:basedOn w:val="Normal"/><w:pPr><w:spacing w:after="0"/></w:pPr><w:rPr><w:sz w:val="19"/></w:rPr></w:style>` +
			`<w:style w:type="paragraph" w:styleId="ListBullet"><w:name w:val="List Bullet"/><w:basedOn w:val="Normal"/><w:pPr>` +
			`<w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style></w:styles>`,
	)
	return b.String()
}

func docxContent(d Document) string {
	var b strings.Builder
	b.WriteString(header + `<w:document ` + wordNames + `><w:body>`)
	para := func(style, text string) {
		b.WriteString(`<w:p>`)
		if style != "" {
			b.WriteString(`<w:pPr><w:pStyle w:val="` + style + `"/></w:pPr>`)
		}
		b.WriteString(run(text) + `</w:p>`)
	}
	for _, x := range d.Blocks {
		switch x.Kind {
		case Heading:
			para(fmt.Sprintf("Heading%d", x.Level), x.Text)
		case Item:
			para("ListBullet", x.Text)
		case Table:
			docxTable(&b, x)
			para("", "") // a table directly before another would become one with it
		default:
			for _, l := range lines(x.Text) {
				para(map[Kind]string{Strong: "Strongly", Small: "Small"}[x.Kind], l)
			}
		}
	}
	b.WriteString(`<w:sectPr><w:footerReference w:type="default" r:id="rId3"/><w:pgSz w:w="11906" w:h="16838"/>` +
		`<w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="567" w:footer="567" w:gutter="0"/>` +
		`</w:sectPr></w:body></w:document>`)
	return b.String()
}

func docxTable(b *strings.Builder, x Block) {
	n := columns(x)
	if n == 0 {
		return
	}
	b.WriteString(`<w:tbl><w:tblPr><w:tblW w:w="` + fmt.Sprint(textWidth) + `" w:type="dxa"/><w:tblBorders>`)
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		b.WriteString(`<w:` + side + ` w:val="single" w:sz="4" w:space="0" w:color="B4BAC0"/>`)
	}
	b.WriteString(`</w:tblBorders><w:tblCellMar><w:left w:w="85" w:type="dxa"/><w:right w:w="85" w:type="dxa"/>` +
		`</w:tblCellMar></w:tblPr><w:tblGrid>`)
	for range n {
		fmt.Fprintf(b, `<w:gridCol w:w="%d"/>`, textWidth/n)
	}
	b.WriteString(`</w:tblGrid>`)
	row := func(cells []string, head bool) {
		b.WriteString(`<w:tr><w:trPr><w:cantSplit/>`)
		if head {
			b.WriteString(`<w:tblHeader/>`)
		}
		b.WriteString(`</w:trPr>`)
		for i := range n {
			text := ""
			if i < len(cells) {
				text = cells[i]
			}
			fmt.Fprintf(b, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/></w:tcPr>`, textWidth/n)
			for _, l := range lines(text) {
				r := run(l)
				if head {
					r = strings.Replace(r, `<w:r>`, `<w:r><w:rPr><w:b/></w:rPr>`, 1)
				}
				b.WriteString(`<w:p><w:pPr><w:pStyle w:val="Cell"/></w:pPr>` + r + `</w:p>`)
			}
			b.WriteString(`</w:tc>`)
		}
		b.WriteString(`</w:tr>`)
	}
	if len(x.Head) > 0 {
		row(x.Head, true)
	}
	for _, r := range x.Rows {
		row(r, false)
	}
	b.WriteString(`</w:tbl>`)
}
