package pack

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"assay/internal/fault"
)

// Options say what a new pack is.
type Options struct {
	Name string    // the bag's folder: the pack's reference, EP-2026-0001
	Time time.Time // the one time that every entry bears
	Info []Field   // for bag-info.txt, in this order
	How  HowTo     // for HOW-TO-CHECK.txt
	// Second makes a second signature over the same list, in a file of its own; nil: there is none.
	Second SignFunc
}

// Field is one line of bag-info.txt.
type Field struct{ Label, Value string }

// SignFunc signs a stream and gives a detached CMS signature in DER.
type SignFunc func(ctx context.Context, content io.Reader) ([]byte, error)

// File is one file of a pack.
type File struct {
	Name   string `json:"name"` // within the bag's folder
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // lower-case hexadecimal
}

// Writer writes a pack as a stream: no file is ever held in memory. Nothing may
// be done with what was written before Close has returned without an error.
type Writer struct {
	ctx     context.Context
	zip     *zip.Writer
	o       Options
	names   map[string]bool
	payload []File
	tags    []File
	buf     []byte
	err     error
}

// NewWriter begins a pack. The context ends the writing of large files.
// Errors: invalid.
func NewWriter(ctx context.Context, w io.Writer, o Options) (*Writer, error) {
	if err := CheckName(o.Name); err != nil {
		return nil, err
	}
	if strings.Contains(o.Name, "/") || o.Time.IsZero() {
		return nil, fault.Invalid("name", "A pack needs a name without slashes, and a time.")
	}
	for _, f := range o.Info {
		if f.Label == "" || f.Value == "" || strings.ContainsAny(f.Label, ":\r\n") ||
			strings.ContainsAny(f.Value, "\r\n") ||
			f.Label != strings.TrimSpace(f.Label) ||
			f.Value != strings.TrimSpace(f.Value) {
			return nil, fault.Invalid(
				"info",
				fmt.Sprintf("What is said about the pack must be in single lines (%q).", shown(f.Label)),
			)
		}
	}
	// MS-DOS time, all that every zip reader knows, counts in steps of two seconds.
	o.Time = o.Time.UTC().Truncate(2 * time.Second)
	return &Writer{ctx: ctx, zip: zip.NewWriter(w), o: o, names: map[string]bool{}, buf: make([]byte, 256<<10)}, nil
}

// Add adds a file under data/ and reads r to its end. The name is relative to
// data/. Errors: invalid (the name, or a file that has the name already),
// unreadable, cancelled.
func (w *Writer) Add(name string, r io.Reader) (File, error) {
	f, err := w.add(payload+name, r)
	if err == nil {
		w.payload = append(w.payload, f)
	}
	return f, err
}

// AddTag adds a file beside data/, such as the issuer's root certificate.
// Errors: as Add.
func (w *Writer) AddTag(name string, content []byte) error {
	if strings.HasPrefix(key(name), payload) {
		return fault.Invalid("name", "Files under data/ are added as contents.")
	}
	f, err := w.add(name, bytes.NewReader(content))
	if err == nil {
		w.tags = append(w.tags, f)
	}
	return err
}

// deflated are the kinds of file that compression makes smaller; all else is
// stored, which is faster and lets a PDF be checked where it lies.
var deflated = map[string]bool{
	".csv":   true,
	".html":  true,
	".json":  true,
	".jsonl": true,
	".md":    true,
	".txt":   true,
	".xml":   true,
	".yaml":  true,
	".ics":   true,
}

func (w *Writer) add(name string, r io.Reader) (File, error) {
	if w.err != nil {
		return File{}, w.err
	}
	if err := CheckName(name); err != nil {
		return File{}, err
	}
	if w.names[key(name)] {
		return File{}, fault.Invalid("name", fmt.Sprintf("There is already a file called %q in the pack.", shown(name)))
	}
	if len(w.names) >= MaxFiles {
		return File{}, fault.Invalid(
			"name",
			fmt.Sprintf("A pack holds at most %d files: make one for each workflow.", MaxFiles),
		)
	}
	w.names[key(name)] = true
	h := &zip.FileHeader{Name: w.o.Name + "/" + name, Modified: w.o.Time}
	h.SetMode(0o644)
	if deflated[strings.ToLower(path.Ext(name))] {
		h.Method = zip.Deflate
	}
	out, err := w.zip.CreateHeader(h)
	if err != nil {
		return File{}, w.fail(err)
	}
	sum := sha256.New()
	var size int64
	for {
		if err := w.ctx.Err(); err != nil {
			w.err = fault.New(fault.CodeCancelled, "Stopped; no pack was made.").Because(err)
			return File{}, w.err
		}
		n, rerr := r.Read(w.buf)
		sum.Write(w.buf[:n])
		size += int64(n)
		if _, err := out.Write(w.buf[:n]); err != nil {
			return File{}, w.fail(err)
		}
		if rerr == io.EOF {
			break
		}
		if rerr != nil {
			w.err = fault.Unreadable(shown(name), "This file could not be read to its end, so no pack was made.").
				Because(rerr)
			return File{}, w.err
		}
	}
	return File{Name: name, Size: size, SHA256: fmt.Sprintf("%x", sum.Sum(nil))}, nil
}

func (w *Writer) fail(cause error) error {
	w.err = fault.Unreadable("", "The pack could not be written: check that there is space on the disk.").Because(cause)
	return w.err
}

// Close writes the bag's own files, has the tag manifest signed and ends the
// zip file. Errors: those of sign; unreadable, cancelled.
func (w *Writer) Close(sign SignFunc) error {
	var bytesTotal int64
	for _, f := range w.payload {
		bytesTotal += f.Size
	}
	var info strings.Builder
	for _, f := range append(
		slices.Clone(w.o.Info), Field{"Bagging-Date", w.o.Time.Format("2006-01-02")},
		Field{"Payload-Oxum", fmt.Sprintf("%d.%d", bytesTotal, len(w.payload))},
	) {
		fmt.Fprintf(&info, "%s: %s\n", f.Label, f.Value)
	}
	for _, t := range []struct{ name, content string }{
		{howToFile, w.o.How.text(w.o.Name, w.tags)},
		{infoFile, info.String()},
		{declarationFile, declaration},
		{manifestFile, manifest(w.payload)},
	} {
		if err := w.AddTag(t.name, []byte(t.content)); err != nil {
			return err
		}
	}
	tags := manifest(w.tags)
	if err := w.AddTag(tagManifestFile, []byte(tags)); err != nil {
		return err
	}
	sig, err := sign(w.ctx, strings.NewReader(tags))
	if err != nil {
		w.err = err
		return err
	}
	if err := w.AddTag(signatureFile, sig); err != nil {
		return err
	}
	if w.o.Second != nil {
		if sig, err = w.o.Second(w.ctx, strings.NewReader(tags)); err != nil {
			w.err = err
			return err
		}
		if err := w.AddTag(secondFile, sig); err != nil {
			return err
		}
	}
	if err := w.zip.Close(); err != nil {
		return w.fail(err)
	}
	w.err = fault.Conflict("The pack is finished; nothing can be added to it.")
	return nil
}

func manifest(files []File) string {
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	var b strings.Builder
	for _, f := range files {
		fmt.Fprintf(&b, "%s  %s\n", f.SHA256, f.Name)
	}
	return b.String()
}
