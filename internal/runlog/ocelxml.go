package runlog

import (
	"bytes"
	"io"

	"assay/internal/run"
	"assay/internal/runlog/quote"
	"assay/internal/runlog/xmlx"
)

var ocelXMLFormat = &Format{
	Name:  OCELXML,
	Title: "OCEL 2.0 event log (XML)",
	Unit:  "event",
	Item:  "item",
	Sniff: func(h *Head) Certainty {
		return sureIf(h.XML &&
			(bytes.Contains(h.Text, []byte("<object-types")) || bytes.Contains(h.Text, []byte("<event-types"))))
	},
	Read:  readOCELXML,
	Write: beginOCELXML,
	Ext:   "xml",
	Use:   "The same as XML.",
}

// readOCELXML reads OCEL 2.0 as XML: ocel.go says what is read. A complete
// example, which a test reads:
//
//	<log>
//	  <object-types><object-type name="run"/><object-type name="officer"/></object-types>
//	  <event-types><event-type name="gate decision"/></event-types>
//	  <objects>
//	    <object id="run-88" type="run"><attributes><attribute name="outcome" time="1970-01-01T00:00:00Z">urgent</attribute></attributes></object>
//	    <object id="off-7" type="officer"/>
//	  </objects>
//	  <events>
//	    <event id="e1" type="gate decision" time="2026-06-01T09:12:04Z">
//	      <attributes><attribute name="decision">approved</attribute><attribute name="gate">officer-decision</attribute></attributes>
//	      <objects><relationship object-id="run-88" qualifier="decides"/><relationship object-id="off-7" qualifier="decided by"/></objects>
//	    </event>
//	  </events>
//	</log>
func readOCELXML(r io.Reader, o Options, s *sink) error {
	x, l := xmlx.NewReader(r, o.MaxLine), newOCEL(o, s)
	var at run.Position
	err := func() error {
		for {
			tok, err := x.Next()
			if err != nil {
				return err
			}
			switch {
			case tok == xmlx.EOF:
				return nil
			case tok != xmlx.Start:
			case x.Depth() == 1:
				if xmlx.Local(x.Name) != "log" {
					return x.Fail("This is XML, but no OCEL log: its root element is %q.", quote.Clip(string(x.Name)))
				}
			case x.Depth() == 2:
				if n := xmlx.Local(x.Name); n != "objects" && n != "events" {
					if err := x.Skip(); err != nil {
						return err
					}
				}
			case xmlx.Local(x.Name) == "object":
				id, kind := string(x.Attr("id")), string(x.Attr("type"))
				attrs, _, err := l.xmlBody(x)
				if err == nil {
					err = l.object(id, kind, l.latest(attrs))
					if err != nil {
						err = x.Fail("%s", err.Error())
					}
				}
				if err != nil {
					return err
				}
			case xmlx.Local(x.Name) == "event":
				at.Line++
				e := ocelEvent{
					id: string(x.Attr("id")), kind: x.Word(x.Attr("type")), time: string(x.Attr("time")), at: at,
				}
				var attrs []stamped
				if attrs, e.rels, err = l.xmlBody(x); err == nil {
					e.cells = cellsOf(attrs)
					err = l.event(e)
				}
				if err != nil {
					return err
				}
			default:
				if err := x.Skip(); err != nil {
					return err
				}
			}
		}
	}()
	if err != nil {
		return after(err, s, at)
	}
	return l.finish()
}

// xmlBody reads the attributes and relationships of the element that just began.
func (l *ocelLog) xmlBody(x *xmlx.Reader) (attrs []stamped, rels []ocelRel, err error) {
	depth := x.Depth()
	name, since, value := "", "", []byte(nil)
	in := 0 // depth of the attribute that is being read
	for {
		tok, err := x.Next()
		if err != nil {
			return nil, nil, err
		}
		switch tok {
		case xmlx.Start:
			switch xmlx.Local(x.Name) {
			case "attribute":
				name, since, value, in = string(x.Attr("name")), string(x.Attr("time")), value[:0], x.Depth()
			case "relationship", "relobj":
				rels = append(rels, ocelRel{string(x.Attr("object-id")), x.Word(x.Attr("qualifier"))})
			}
		case xmlx.CharData:
			if in > 0 {
				value = append(value, x.Text...)
			}
		case xmlx.End:
			d := x.Depth()
			if in > d {
				if f, ok := l.keys[name]; ok && len(value) > 0 {
					attrs = append(attrs, stamped{cell{f, x.Word(value)}, since})
				}
				in = 0
			}
			if d < depth {
				return attrs, rels, nil
			}
		}
	}
}
