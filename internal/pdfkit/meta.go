package pdfkit

import (
	"encoding/binary"
	"encoding/xml"
	"math"
	"strings"
	"time"
	"unicode"
)

const creator = "Assay"

// cleanMeta makes text fit for metadata, bookmarks and file names there: no
// control characters, nothing that XML cannot hold.
func cleanMeta(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == 0xFFFE || r == 0xFFFF || r >= 0x202A && r <= 0x202E ||
			r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

// xmp is the metadata packet. It repeats the document's information in the form
// that archives read, and says which standards the document keeps.
func (d *Document) xmp() []byte {
	esc := func(s string) string {
		var b strings.Builder
		_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder does not fail
		return b.String()
	}
	when := d.o.Created.UTC().Format(time.RFC3339)
	var b strings.Builder
	b.WriteString("<?xpacket begin=\"\uFEFF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` + "\n" +
		`<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">` + "\n")
	b.WriteString("<dc:format>application/pdf</dc:format>\n")
	b.WriteString(
		`<dc:title><rdf:Alt><rdf:li xml:lang="x-default">` + esc(d.o.Title) + "</rdf:li></rdf:Alt></dc:title>\n",
	)
	if d.o.Author != "" {
		b.WriteString("<dc:creator><rdf:Seq><rdf:li>" + esc(d.o.Author) + "</rdf:li></rdf:Seq></dc:creator>\n")
	}
	if d.o.Subject != "" {
		b.WriteString(
			`<dc:description><rdf:Alt><rdf:li xml:lang="x-default">` + esc(
				d.o.Subject,
			) + "</rdf:li></rdf:Alt></dc:description>\n",
		)
	}
	b.WriteString("<dc:language><rdf:Bag><rdf:li>" + esc(d.o.Language) + "</rdf:li></rdf:Bag></dc:language>\n")
	b.WriteString(
		"<xmp:CreateDate>" + when + "</xmp:CreateDate><xmp:ModifyDate>" + when + "</xmp:ModifyDate><xmp:CreatorTool>" +
			creator + "</xmp:CreatorTool><pdf:Producer>" + creator + "</pdf:Producer>\n",
	)
	b.WriteString(
		"<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" +
			"<pdfuaid:part>1</pdfuaid:part>\n</rdf:Description>\n",
	)
	// PDF/A knows the schemas of its own time; that of PDF/UA has to be described.
	b.WriteString(
		`<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">` + "\n" +
			`<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource"><pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema><pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI><pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>` +
			`<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType><pdfaProperty:category>internal</pdfaProperty:category><pdfaProperty:description>Part of PDF/UA that the document conforms to</pdfaProperty:description></rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas>` + "\n" +
			"</rdf:Description>\n</rdf:RDF></x:xmpmeta>\n" + `<?xpacket end="w"?>`,
	)
	return []byte(b.String())
}

// srgbProfile is an ICC profile (version 2, display class) of the sRGB colour
// space, computed from its definition: primaries and white point of IEC
// 61966-2-1 adapted to D50, and its transfer curve in 1,024 steps. It is ours
// and may be used by anyone (CC0).
func srgbProfile() []byte {
	be := binary.BigEndian
	fixed := func(b []byte, v float64) []byte { return be.AppendUint32(b, uint32(int32(math.Round(v*65536)))) }
	xyz := func(x, y, z float64) []byte { return fixed(fixed(fixed([]byte("XYZ \x00\x00\x00\x00"), x), y), z) }
	curve := be.AppendUint32([]byte("curv\x00\x00\x00\x00"), 1024)
	for i := range 1024 {
		v := float64(i) / 1023
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		curve = be.AppendUint16(curve, uint16(math.Round(v*65535)))
	}
	name := "sRGB (computed)"
	desc := be.AppendUint32([]byte("desc\x00\x00\x00\x00"), uint32(len(name)+1))
	desc = append(append(desc, name...), make([]byte, 1+4+4+2+1+67)...)
	tags := []struct {
		sig  string
		data []byte
	}{
		{"desc", desc},
		{"cprt", append([]byte("text\x00\x00\x00\x00"), "CC0\x00"...)},
		{"wtpt", xyz(0.9642, 1, 0.8249)},
		{"rXYZ", xyz(0.4360747, 0.2225045, 0.0139322)},
		{"gXYZ", xyz(0.3850649, 0.7168786, 0.0971045)},
		{"bXYZ", xyz(0.1430804, 0.0606169, 0.7141733)},
		{"rTRC", curve}, {"gTRC", curve}, {"bTRC", curve},
	}
	head := make([]byte, 128)
	table := be.AppendUint32(nil, uint32(len(tags)))
	var data []byte
	start := 128 + 4 + 12*len(tags)
	curveAt := 0
	for _, t := range tags {
		at := start + len(data)
		if t.sig[1:] == "TRC" && curveAt > 0 {
			at = curveAt // all three share one curve
		} else {
			data = append(data, t.data...)
			data = append(data, make([]byte, (4-len(data)%4)%4)...)
			if t.sig[1:] == "TRC" {
				curveAt = at
			}
		}
		table = be.AppendUint32(be.AppendUint32(append(table, t.sig...), uint32(at)), uint32(len(t.data)))
	}
	be.PutUint32(head[0:], uint32(start+len(data)))
	be.PutUint32(head[8:], 0x02100000)
	copy(head[12:], "mntrRGB XYZ ")
	for i, v := range []uint16{2026, 1, 1} {
		be.PutUint16(head[24+2*i:], v)
	}
	copy(head[36:], "acsp")
	copy(head[68:], xyz(0.9642, 1, 0.8249)[8:])
	return append(append(head, table...), data...)
}
