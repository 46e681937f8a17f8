package runlog

import (
	"archive/zip"
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"assay/internal/fault"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// File is a file opened for import. It reads like the file, and knows whether
// the file was changed since.
type File struct {
	*os.File
	Path string
	Info fs.FileInfo
}

// OpenFile opens the file at path for import. What is no ordinary file (a
// directory, a pipe, a device) and what is empty is refused with a sentence.
func OpenFile(path string) (*File, error) {
	name := filepath.Base(path)
	refuse := func(why string) error { return fault.Unreadable(name, "%s", why) }
	// Looked at before opening, because opening a pipe waits for its writer.
	before, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &fault.Error{Code: fault.CodeUnreadable, Where: name, Message: "There is no such file."}
	case err != nil:
		return nil, fault.Unreadable(name, "The file cannot be opened; check its permissions.").Because(err)
	case before.IsDir():
		return nil, refuse("This is a folder; choose the export file inside it.")
	case !before.Mode().IsRegular():
		return nil, refuse("This is a pipe or a device; save the export as an ordinary file first.")
	case before.Size() == 0:
		return nil, refuse("The file is empty; export it again.")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Unreadable(name, "The file cannot be opened; check its permissions.").Because(err)
	}
	info, err := f.Stat()
	if err != nil || !os.SameFile(before, info) {
		f.Close()
		return nil, refuse("The file was replaced while it was being opened; try again.")
	}
	return &File{File: f, Path: path, Info: info}, nil
}

// Unchanged is a fault when the file was written to, replaced or removed since
// it was opened. Read calls it at the end.
func (f *File) Unchanged() error {
	changed := fault.Unreadable(
		filepath.Base(f.Path),
		"The file changed while it was being read; wait until the export is finished, and import it again.",
	)
	now, err := f.Stat()
	if err != nil {
		return changed.Because(err)
	}
	there, err := os.Stat(f.Path)
	if err != nil {
		return changed.Because(err)
	}
	if now.Size() != f.Info.Size() || !now.ModTime().Equal(f.Info.ModTime()) || !os.SameFile(there, f.Info) {
		return changed
	}
	return nil
}

// input is the source of one Read: it hashes and counts what goes by, unpacks
// it, and hands the plain bytes to a format's reader.
type input struct {
	ctx   context.Context
	o     Options
	src   io.Reader
	total int64

	raw   *bufio.Reader // over the hashing reader
	hash  hash.Hash
	count atomic.Int64
	last  time.Time
	full  string      // digest taken in a pass of its own, for random access
	zip   *zip.Reader // of a format that is an archive
}

func newInput(ctx context.Context, src io.Reader, o Options) *input {
	in := &input{ctx: ctx, o: o, src: src, hash: sha256.New()}
	in.total = sizeOf(src)
	in.raw = bufio.NewReaderSize(hashing{in}, 256<<10)
	return in
}

// sizeOf is the number of bytes in src, 0 where it cannot be known.
func sizeOf(src io.Reader) int64 {
	switch s := src.(type) {
	case *File:
		return s.Info.Size()
	case interface{ Size() int64 }:
		return s.Size()
	}
	return 0
}

// hashing reads the source's own bytes.
type hashing struct{ in *input }

func (h hashing) Read(b []byte) (int, error) {
	if err := h.in.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := h.in.src.Read(b)
	h.in.hash.Write(b[:n])
	h.in.count.Add(int64(n))
	if err != nil && err != io.EOF {
		err = fault.Unreadable(h.in.o.Name, "Reading the file failed after %d bytes.", h.in.count.Load()).Because(err)
	}
	return n, err
}

// digest is what was read of the source's own bytes.
func (in *input) digest() (string, int64) {
	if in.full != "" {
		return in.full, in.total
	}
	return hex.EncodeToString(in.hash.Sum(nil)), in.count.Load()
}

func (in *input) progress(records int64) {
	if in.o.Progress == nil {
		return
	}
	if now := time.Now(); now.Sub(in.last) >= 50*time.Millisecond {
		in.last = now
		in.o.Progress(Progress{Read: in.count.Load(), Total: in.total, Records: records})
	}
}

// ofRows tells whether a file is a table although the mapping names records: in Parquet,
// these are the elements of a list inside a row.
func ofRows(f Name) bool { return f == CSV || f == Parquet }

// read finds out what the source is and reads it to its last byte.
func (in *input) read(s *sink) error {
	head, err := in.raw.Peek(sniffLen)
	if err != nil && err != io.EOF && !errors.Is(err, bufio.ErrBufferFull) {
		return err
	}
	kind, err := Sniff(head, in.o.Name)
	if err != nil &&
		!((in.o.Format != "" || in.o.Mapping != nil && in.o.Mapping.Records != nil) && kind.Wrapping != Zip) {
		return err
	}
	if in.o.Mapping != nil && in.o.Mapping.Records != nil && !ofRows(kind.Format) && kind.Wrapping != Zip {
		kind.Format, err = JSONMap, nil
	}
	if m := in.o.Mapping; m != nil && (m.Table != "" || m.Query != "") && kind.Format == OCELSQLite {
		kind.Format = SQLite
	}
	if in.o.Format != "" {
		kind.Format = in.o.Format
	}
	if m := in.o.Mapping; m != nil && m.Encoding != "" && kind.Format == CSV {
		kind.Encoding = m.Encoding
	}
	if kind.Format == CSV && kind.Wrapping == Plain && (kind.Encoding == UTF8 || kind.Encoding == Windows1252) &&
		(in.o.Mapping == nil || in.o.Mapping.Encoding == "") {
		if kind.Encoding, err = in.wholeEncoding(kind.Encoding); err != nil {
			return err
		}
	}
	s.res.Format, s.res.Wrapping, s.res.Encoding = kind.Format, kind.Wrapping, kind.Encoding
	if err := in.unpack(kind, s); err != nil {
		return err
	}
	// What follows the last record is hashed too.
	if _, err := io.Copy(io.Discard, in.raw); err != nil {
		return err
	}
	in.last = time.Time{}
	in.progress(s.res.Read)
	return nil
}

func (in *input) unpack(kind Kind, s *sink) error {
	switch kind.Wrapping {
	case Zip:
		return in.readZip(s)
	case Gzip:
		z, err := gzip.NewReader(in.raw)
		if err != nil {
			return packed(err)
		}
		return in.content(kind, in.bounded(z), s)
	case Zstd:
		// One goroutine and a bounded window: a frame may ask for gigabytes.
		z, err := zstd.NewReader(
			in.raw,
			zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderMaxWindow(128<<20),
			zstd.WithDecoderLowmem(true),
		)
		if err != nil {
			return packed(err)
		}
		defer z.Close()
		return in.content(kind, in.bounded(z.IOReadCloser()), s)
	}
	return in.content(kind, in.raw, s)
}

func (in *input) found(f *Format) {
	if in.o.Found != nil {
		in.o.Found(f)
	}
}

// content gives the unpacked bytes to the reader of the format.
func (in *input) content(kind Kind, r io.Reader, s *sink) error {
	f := ByName(kind.Format)
	switch {
	case f == nil || f.Member != "":
		return fault.Unreadable(in.o.Name, "Assay cannot read files of the format %q.", kind.Format)
	case s.survey != nil && !f.Table:
		return errEnough
	}
	in.found(f)
	return f.Read(decoded(r, kind.Encoding), in.o, s)
}

// Limits against files that unpack to far more than they are. Logs compress
// 5 to 60 times; deflate cannot exceed 1,032.
const (
	bombFree  = 64 << 20
	bombRatio = 300
)

// bounded reads unpacked content, and stops where it grows out of all proportion.
func (in *input) bounded(r io.Reader) io.Reader { return &unpacked{in: in, r: r} }

type unpacked struct {
	in *input
	r  io.Reader
	n  int64
}

func (u *unpacked) Read(b []byte) (int, error) {
	n, err := u.r.Read(b)
	u.n += int64(n)
	if u.n > bombFree && u.n > bombRatio*u.in.count.Load() {
		return 0, fault.Unreadable(
			u.in.o.Name,
			"The file unpacks to more than %d times its size; Assay stopped reading it.",
			bombRatio,
		)
	}
	if err != nil && err != io.EOF {
		return n, packed(err)
	}
	return n, err
}

// packed words an error of a decompressor.
func packed(err error) error {
	var f *fault.Error
	switch {
	case errors.As(err, &f), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fault.Unreadable("", "The compressed file ends too early; it was cut off. Copy or export it again.").
			Because(err)
	}
	return fault.Unreadable("", "The compressed file is damaged. Copy or export it again.").Because(err)
}
