package signing

import (
	"io"
	"slices"

	"assay/internal/fault"
	"assay/internal/pdf"
)

// PDFAttachment reads a file that is attached to a PDF as one of the document's
// associated files (ISO 32000-2, 14.13), as the newest revision has it. It says
// nothing about signatures: ask VerifyPDF first. Errors: unreadable, not_found.
func PDFAttachment(r io.ReaderAt, size int64, name string) ([]byte, error) {
	f, err := pdf.Open(r, size)
	if err != nil {
		return nil, err
	}
	v := f.View(len(f.Sections) - 1)
	cat, err := v.Catalogue()
	if err != nil {
		return nil, err
	}
	files, err := v.Resolve(cat.Val.Get("AF"))
	if err != nil {
		return nil, err
	}
	for _, ref := range files.List {
		spec, err := v.Resolve(ref)
		if err != nil {
			return nil, err
		}
		title, err := v.Resolve(spec.Get("UF"))
		if err != nil {
			return nil, err
		}
		if title.Kind != pdf.String || pdf.Text(title.Str) != name {
			continue
		}
		embedded, err := v.Resolve(spec.Get("EF"))
		if err != nil {
			return nil, err
		}
		stream := embedded.Get("F")
		if stream.Kind != pdf.Ref {
			return nil, f.Damaged(0, "the attached file %q has no content", fault.Plain(name))
		}
		o, err := v.Load(stream.Num)
		if err != nil || o.Data == 0 {
			return nil, f.Damaged(0, "the attached file %q cannot be read", fault.Plain(name))
		}
		return v.Data(o)
	}
	return nil, fault.New(fault.CodeNotFound, "Nothing called %q is attached to this PDF.", fault.Plain(name))
}

// PDFAwaits tells whether a PDF has a signature field that nobody has signed: it
// waits for a signature. A file that cannot be read waits for none.
func PDFAwaits(r io.ReaderAt, size int64) bool {
	f, err := pdf.Open(r, size)
	if err != nil {
		return false
	}
	fields, err := f.View(len(f.Sections) - 1).SigFields()
	return err == nil && slices.ContainsFunc(fields, func(x pdf.Field) bool { return !x.Obj.Val.Has("V") })
}

// PDFCreator is the program that a PDF names as its creator in its properties, as
// the newest revision has it; empty where it names none. Errors: unreadable.
func PDFCreator(r io.ReaderAt, size int64) (string, error) {
	f, err := pdf.Open(r, size)
	if err != nil {
		return "", err
	}
	v := f.View(len(f.Sections) - 1)
	info, err := v.Resolve(v.Trailer().Get("Info"))
	if err != nil {
		return "", err
	}
	creator, err := v.Resolve(info.Get("Creator"))
	return pdf.Text(creator.Str), err
}
