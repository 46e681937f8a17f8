package runlog

import (
	"archive/zip"
	"bytes"
	"encoding/hex"
	"io"
	"path"
	"slices"
	"strings"

	"assay/internal/fault"
	"assay/internal/runlog/quote"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Limits of archives. An export of a year in daily files has 366.
const (
	maxMembers   = 10_000
	maxDirectory = 8 << 20  // bytes of a zip's central directory
	maxInMemory  = 64 << 20 // of a source without random access
)

// randomAccess gives the source for reading anywhere. What is read so is hashed
// beforehand, from its first byte to its last.
func (in *input) randomAccess() (io.ReaderAt, int64, error) {
	if ra, ok := in.src.(io.ReaderAt); ok && in.total > 0 {
		if _, err := io.Copy(io.Discard, in.raw); err != nil {
			return nil, 0, err
		}
		size := in.count.Load()
		if size != in.total {
			return nil, 0, fault.Unreadable(
				in.o.Name,
				"The file changed while it was being read; wait until the export is finished, and import it again.",
			)
		}
		in.full = hex.EncodeToString(in.hash.Sum(nil))
		in.count.Store(0)
		return counting{in, ra}, size, nil
	}
	b, err := io.ReadAll(io.LimitReader(in.raw, maxInMemory+1))
	if err != nil {
		return nil, 0, err
	}
	if len(b) > maxInMemory {
		return nil, 0, fault.Unreadable(
			in.o.Name,
			"This kind of file can only be read from a file on disk, not from a stream of more than %d MB.",
			maxInMemory>>20,
		)
	}
	return bytes.NewReader(b), int64(len(b)), nil
}

// counting counts what is read at random, for progress and against bombs.
type counting struct {
	in *input
	ra io.ReaderAt
}

func (c counting) ReadAt(b []byte, off int64) (int, error) {
	if err := c.in.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.ra.ReadAt(b, off)
	c.in.count.Add(int64(n))
	return n, err
}

// openZip opens an archive, after a look at its end: the standard library reads
// the whole directory into memory, however long it is.
func openZip(ra io.ReaderAt, size int64, name string) (*zip.Reader, error) {
	tail := make([]byte, min(size, 66<<10))
	if _, err := ra.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return nil, err
	}
	end := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if end < 0 || end+22 > len(tail) {
		return nil, fault.Unreadable(name, "The zip file ends too early; it was cut off. Copy or export it again.")
	}
	le := func(b []byte, n int) (v uint64) {
		for i := n - 1; i >= 0; i-- {
			v = v<<8 | uint64(b[i])
		}
		return v
	}
	e := tail[end:]
	files, dir := le(e[10:], 2), le(e[12:], 4)
	at := size - int64(len(tail)) + int64(end)
	if l := end - 20; l >= 0 && bytes.HasPrefix(tail[l:], []byte("PK\x06\x07")) {
		var z [56]byte
		if _, err := ra.ReadAt(z[:], int64(le(tail[l+8:], 8))); err == nil &&
			bytes.HasPrefix(z[:], []byte("PK\x06\x06")) {
			files, dir = le(z[32:], 8), le(z[40:], 8)
		}
	}
	if files > maxMembers || dir > maxDirectory || int64(dir) > at {
		return nil, fault.Unreadable(
			name,
			"The zip holds %d files; Assay reads up to %d. Zip the export alone.",
			files,
			maxMembers,
		)
	}
	z, err := zip.NewReader(ra, size)
	if err != nil {
		return nil, fault.Unreadable(name, "The zip file is damaged. Copy or export it again.").Because(err)
	}
	if len(z.File) > maxMembers {
		return nil, fault.Unreadable(
			name,
			"The zip holds %d files; Assay reads up to %d. Zip the export alone.",
			len(z.File),
			maxMembers,
		)
	}
	return z, nil
}

// readZip reads the logs in an archive one after the other, as if they were one
// log. Members that are no logs (a note, a picture) are left aside and named.
func (in *input) readZip(s *sink) error {
	ra, size, err := in.randomAccess()
	if err != nil {
		return err
	}
	z, err := openZip(ra, size, in.o.Name)
	if err != nil {
		return err
	}
	for _, f := range formats {
		if f.Member != "" && slices.ContainsFunc(z.File, func(m *zip.File) bool { return m.Name == f.Member }) {
			s.res.Format, s.res.Wrapping, s.res.Encoding = f.Name, Plain, UTF8
			in.zip = z
			in.found(f)
			return f.Read(nil, in.o, s)
		}
	}
	read := 0
	var why error
	for i, f := range z.File {
		if f.FileInfo().IsDir() || strings.HasPrefix(f.Name, "__MACOSX/") {
			continue
		}
		name := quote.Excerpt([]byte(path.Base(f.Name)))
		m := Member{Name: quote.Excerpt([]byte(f.Name)), Bytes: int64(f.UncompressedSize64)}
		if f.Flags&1 != 0 {
			return fault.Unreadable(name, "This file in the zip is protected by a password; unpack it first.")
		}
		kind, err := in.sniffMember(f, name, s)
		unread := kind.Wrapping == Zip || slices.Contains([]Name{OCELSQLite, SQLite, Parquet}, kind.Format)
		if err != nil && unread {
			return err // it may hold runs, and so is not left aside
		}
		if err != nil {
			why = err
			s.res.Members = append(s.res.Members, m)
			continue
		}
		m.Format = kind.Format
		s.res.Members = append(s.res.Members, m)
		s.part, s.parts[i+1] = i+1, name
		s.res.Format, s.res.Encoding = kind.Format, kind.Encoding
		if err := in.readMember(f, kind, s); err != nil {
			return err
		}
		read++
	}
	s.part = 0
	for _, g := range s.gatherers {
		s.res.Format = g.format
		if err := g.flush(); err != nil {
			return err
		}
	}
	if read == 0 {
		if why == nil {
			why = fault.Unreadable(in.o.Name, "The zip holds no files.")
		}
		if len(s.res.Members) > 1 {
			return fault.Unreadable(
				in.o.Name, "None of the %d files in the zip is a log that Assay can read with what it was told.",
				len(s.res.Members),
			).
				Because(why)
		}
		return why
	}
	return nil
}

// sniffMember tells whether a member is a log that can be read.
func (in *input) sniffMember(f *zip.File, name string, s *sink) (Kind, error) {
	r, err := f.Open()
	if err != nil {
		return Kind{}, packed(err)
	}
	defer r.Close()
	head, err := io.ReadAll(io.LimitReader(r, sniffLen))
	if err != nil {
		return Kind{}, packed(err)
	}
	k, err := Sniff(head, name)
	if m := in.o.Mapping; m != nil && m.Records != nil && k.Wrapping != Zip && !ofRows(k.Format) {
		k.Format, err = JSONMap, nil
	}
	switch {
	case err != nil:
		return k, err
	case k.Wrapping == Zip:
		return k, fault.Unreadable(
			name, "This is a zip inside a zip, and its logs would be left out; unpack the outer one first.",
		)
	case k.Format == OCELSQLite || k.Format == SQLite:
		return k, fault.Unreadable(
			name, "This is a database inside a zip, and its runs would be left out; unpack it first.",
		)
	case k.Format == Parquet:
		return k, fault.Unreadable(
			name, "This is a Parquet file inside a zip, and its runs would be left out; unpack it first.",
		)
	case k.Format == CSV && s.survey == nil && (in.o.Mapping == nil || len(in.o.Mapping.Fields) == 0) &&
		!bytes.Contains(head, []byte(ownPrefix+"run_id")):
		return k, fault.Unreadable(
			name,
			"A table needs a mapping that says which column holds the run's identifier, the activity and the time.",
		)
	}
	if in.o.Format != "" && in.o.Format != k.Format {
		return k, fault.Unreadable(name, "This is not of the format %q.", in.o.Format)
	}
	return k, nil
}

func (in *input) readMember(f *zip.File, kind Kind, s *sink) error {
	r, err := f.Open()
	if err != nil {
		return packed(err)
	}
	defer r.Close()
	var src io.Reader = in.bounded(r)
	switch kind.Wrapping {
	case Gzip:
		z, err := gzip.NewReader(src)
		if err != nil {
			return packed(err)
		}
		src = in.bounded(z)
	case Zstd:
		z, err := zstd.NewReader(
			src,
			zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderMaxWindow(128<<20),
			zstd.WithDecoderLowmem(true),
		)
		if err != nil {
			return packed(err)
		}
		defer z.Close()
		src = in.bounded(z.IOReadCloser())
	}
	return in.content(kind, src, s)
}
