package office

import (
	"fmt"
	"io"
	"strings"
	"time"
)

const odtNames = `xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" ` +
	`xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" ` +
	`xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" ` +
	`xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" ` +
	`xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" ` +
	`xmlns:dc="http://purl.org/dc/elements/1.1/" ` +
	`xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" ` +
	`office:version="1.3"`

const odtType = "application/vnd.oasis.opendocument.text"

// WriteODT writes an OpenDocument text.
func WriteODT(w io.Writer, d Document) error {
	return write(w, d.Made, []part{
		{"mimetype", odtType, true}, // first and not compressed, so that the kind of file can be seen
		{"META-INF/manifest.xml", header + `<manifest:manifest ` +
			`xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">` +
			`<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="` + odtType + `"/>` +
			`<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>` +
			`<manifest:file-entry manifest:full-path="styles.xml" manifest:media-type="text/xml"/>` +
			`<manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/></manifest:manifest>`, false},
		{"meta.xml", header + `<office:document-meta ` + odtNames + `><office:meta><dc:title>` + esc(d.Title) +
			`</dc:title><dc:creator>` + esc(d.Author) + `</dc:creator><dc:date>` +
			d.Made.UTC().Format(time.RFC3339) + `</dc:date><dc:language>` + esc(d.Language) +
			`</dc:language></office:meta></office:document-meta>`, false},
		{"styles.xml", odtStyles(d), false},
		{"content.xml", odtContent(d), false},
	})
}

func odtStyles(d Document) string {
	lang, country := language(d.Language)
	var b strings.Builder
	b.WriteString(header + `<office:document-styles ` + odtNames + `><office:styles>`)
	fmt.Fprintf(
		&b,
		`<style:default-style style:family="paragraph"><style:paragraph-properties fo:margin-bottom="0.2cm" `+
			`fo:line-height="125%%"/><style:text-properties fo:font-family="Arial" fo:font-size="11pt" fo:language="%s" `+
			`fo:country="%s"/></style:default-style>`,
		esc(lang),
		esc(country),
	)
	b.WriteString(`<style:style style:name="Standard" style:family="paragraph" style:class="text"/>`)
	for i, size := range []int{20, 15, 12} {
		fmt.Fprintf(
			&b,
			`<style:style style:name="Heading_20_%d" style:display-name="Heading %d" style:family="paragraph" `+
				`style:parent-style-name="Standard" style:default-outline-level="%d" style:class="text">`+
				`<style:paragraph-properties fo:margin-top="0.4cm" fo:margin-bottom="0.15cm" fo:keep-with-next="always"/>`+
				`<style:text-properties fo:font-size="%dpt" fo:font-weight="bold"/></style:style>`,
			i+1,
			i+1,
			i+1,
			size,
		)
	}
	b.WriteString(`<style:style style:name="Strong" style:family="paragraph" style:parent-style-name="Standard">` +
		`<style:paragraph-properties fo:margin-bottom="0.05cm" fo:keep-with-next="always"/>` +
		`<style:text-properties fo:font-weight="bold"/></style:style>` +
		`<style:style style:name="Small" style:family="paragraph" style:parent-style-name="Standard">` +
		`<style:text-properties fo:font-size="9.5pt" fo:color="#4a5158"/></style:style>` +
		`<style:style style:name="Cell" style:family="paragraph" style:parent-style-name="Standard">` +
		`<style:paragraph-properties fo:margin-bottom="0cm"/><style:text-properties fo:font-size="9.5pt"/></style:style>` +
		`<style:style style:name="CellHead" style:family="paragraph" style:parent-style-name="Cell">` +
		`<style:text-properties fo:font-weight="bold"/></style:style>` +
		`</office:styles><office:automatic-styles><style:page-layout style:name="A4"><style:page-layout-properties ` +
		`fo:page-width="21cm" fo:page-height="29.7cm" fo:margin="2cm"/></style:page-layout></office:automatic-styles>` +
		`<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="A4"><style:footer>` +
		`<text:p text:style-name="Small">` + esc(d.Title) + `, page <text:page-number/> of <text:page-count/></text:p>` +
		`</style:footer></style:master-page></office:master-styles></office:document-styles>`)
	return b.String()
}

func odtContent(d Document) string {
	var b strings.Builder
	b.WriteString(header + `<office:document-content ` + odtNames + `><office:automatic-styles>` +
		`<style:style style:name="TableCell" style:family="table-cell"><style:table-cell-properties ` +
		`fo:border="0.5pt solid #b4bac0" fo:padding="0.1cm"/></style:style>` +
		`<style:style style:name="Table" style:family="table"><style:table-properties fo:margin-bottom="0.3cm"/>` +
		`</style:style></office:automatic-styles><office:body><office:text>`)
	tables, listed := 0, false
	for _, x := range d.Blocks {
		if listed && x.Kind != Item {
			b.WriteString(`</text:list>`)
			listed = false
		}
		switch x.Kind {
		case Heading:
			fmt.Fprintf(
				&b,
				`<text:h text:style-name="Heading_20_%d" text:outline-level="%d">%s</text:h>`,
				x.Level,
				x.Level,
				esc(x.Text),
			)
		case Item:
			if !listed {
				b.WriteString(`<text:list>`)
				listed = true
			}
			b.WriteString(
				`<text:list-item><text:p text:style-name="Standard">` + esc(x.Text) + `</text:p></text:list-item>`,
			)
		case Table:
			tables++
			odtTable(&b, x, tables)
		default:
			style := map[Kind]string{Strong: "Strong", Small: "Small"}[x.Kind]
			if style == "" {
				style = "Standard"
			}
			for _, l := range lines(x.Text) {
				b.WriteString(`<text:p text:style-name="` + style + `">` + esc(l) + `</text:p>`)
			}
		}
	}
	if listed {
		b.WriteString(`</text:list>`)
	}
	b.WriteString(`</office:text></office:body></office:document-content>`)
	return b.String()
}

func odtTable(b *strings.Builder, x Block, n int) {
	fmt.Fprintf(b, `<table:table table:name="Table%d" table:style-name="Table"><table:table-column `+
		`table:number-columns-repeated="%d"/>`, n, columns(x))
	row := func(cells []string, style string) {
		b.WriteString(`<table:table-row>`)
		for i := range columns(x) {
			text := ""
			if i < len(cells) {
				text = cells[i]
			}
			b.WriteString(`<table:table-cell table:style-name="TableCell" office:value-type="string">`)
			for _, l := range lines(text) {
				b.WriteString(`<text:p text:style-name="` + style + `">` + esc(l) + `</text:p>`)
			}
			b.WriteString(`</table:table-cell>`)
		}
		b.WriteString(`</table:table-row>`)
	}
	if len(x.Head) > 0 {
		b.WriteString(`<table:table-header-rows>`)
		row(x.Head, "CellHead")
		b.WriteString(`</table:table-header-rows>`)
	}
	for _, r := range x.Rows {
		row(r, "Cell")
	}
	b.WriteString(`</table:table>`)
}
