package importer

import (
	"io"

	"assay/internal/run"
)

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
	x, l := newXML(r, o.MaxLine), newOCEL(o, s)
	var at run.Position
	err := func() error {
		for {
			tok, err := x.next()
			if err != nil {
				return err
			}
			switch {
			case tok == xmlEOF:
				return nil
			case tok != xmlStart:
			case x.depth() == 1:
				if local(x.name) != "log" {
					return x.fail("This is XML, but no OCEL log: its root element is %q.", clip(string(x.name)))
				}
			case x.depth() == 2:
				if n := local(x.name); n != "objects" && n != "events" {
					if err := x.skip(); err != nil {
						return err
					}
				}
			case local(x.name) == "object":
				id, kind := string(x.attr("id")), string(x.attr("type"))
				attrs, _, err := l.xmlBody(x)
				if err == nil {
					err = l.object(id, kind, attrs)
					if err != nil {
						err = x.fail("%s", err.Error())
					}
				}
				if err != nil {
					return err
				}
			case local(x.name) == "event":
				at.Line++
				e := ocelEvent{kind: x.word(x.attr("type")), time: string(x.attr("time")), at: at}
				if e.cells, e.rels, err = l.xmlBody(x); err == nil {
					err = l.event(e)
				}
				if err != nil {
					return err
				}
			default:
				if err := x.skip(); err != nil {
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
func (l *ocelLog) xmlBody(x *xmlReader) (attrs []cell, rels []ocelRel, err error) {
	depth := x.depth()
	name, value := "", []byte(nil)
	in := 0 // depth of the attribute that is being read
	for {
		tok, err := x.next()
		if err != nil {
			return nil, nil, err
		}
		switch tok {
		case xmlStart:
			switch local(x.name) {
			case "attribute":
				name, value, in = string(x.attr("name")), value[:0], x.depth()
			case "relationship", "relobj":
				rels = append(rels, ocelRel{string(x.attr("object-id")), x.word(x.attr("qualifier"))})
			}
		case xmlText:
			if in > 0 {
				value = append(value, x.text...)
			}
		case xmlEnd:
			d := x.depth()
			if in > d {
				if f, ok := l.keys[name]; ok && len(value) > 0 {
					attrs = append(attrs, cell{f, x.word(value)})
				}
				in = 0
			}
			if d < depth {
				return attrs, rels, nil
			}
		}
	}
}
