package signing

import (
	"io"
	"slices"

	"assay/internal/fault"
)

// PDFAttachment reads a file that is attached to a PDF as one of the document's
// associated files (ISO 32000-2, 14.13), as the newest revision has it. It says
// nothing about signatures: ask VerifyPDF first. Errors: unreadable, not_found.
func PDFAttachment(r io.ReaderAt, size int64, name string) ([]byte, error) {
	f, err := openPDF(r, size)
	if err != nil {
		return nil, err
	}
	v := f.view(len(f.sections) - 1)
	cat, err := v.catalogue()
	if err != nil {
		return nil, err
	}
	files, err := v.resolve(cat.val.get("AF"))
	if err != nil {
		return nil, err
	}
	for _, ref := range files.list {
		spec, err := v.resolve(ref)
		if err != nil {
			return nil, err
		}
		title, err := v.resolve(spec.get("UF"))
		if err != nil {
			return nil, err
		}
		if title.kind != kString || text(title.str) != name {
			continue
		}
		embedded, err := v.resolve(spec.get("EF"))
		if err != nil {
			return nil, err
		}
		stream := embedded.get("F")
		if stream.kind != kRef {
			return nil, f.damaged(0, "the attached file %q has no content", clean(name))
		}
		o, err := v.load(stream.num)
		if err != nil || o.data == 0 {
			return nil, f.damaged(0, "the attached file %q cannot be read", clean(name))
		}
		length, err := v.resolve(o.val.get("Length"))
		if err != nil || length.kind != kInt || length.num < 0 {
			return nil, f.damaged(o.base, "the attached file %q does not state its length", clean(name))
		}
		whole := *o // the length may stand in an object of its own
		whole.val.list = slices.Clone(o.val.list)
		for i, k := range whole.val.keys {
			if k == "Length" {
				whole.val.list[i] = length
			}
		}
		whole.end = o.data + length.num
		return f.decoded(&whole)
	}
	return nil, fault.New(fault.CodeNotFound, "Nothing called %q is attached to this PDF.", clean(name))
}
