package pack

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"assay/internal/fault"
)

// Bounds of what is read.
const (
	maxTotal    = 64 << 30 // bytes of all files unpacked
	bombSize    = 64 << 20 // files that unpack to more than this …
	bombRatio   = 200      // … and to more than this many times their size are refused
	maxProblems = 100
)

// CheckFunc checks a detached signature over a stream; nil if it holds and is by
// somebody whom the caller trusts. The error's sentence is shown.
type CheckFunc func(ctx context.Context, content io.Reader, signature []byte) error

// Bag is a pack that was opened. Nothing about it has been checked but its
// outer form until Verify has.
type Bag struct {
	Name string // of its folder
	// Ignored are files that operating systems leave in folders and zip files:
	// they are no part of the pack and say nothing.
	Ignored []string

	files map[string]member // by name within the bag's folder
	names []string          // in order
}

// member is one file of a bag, wherever it lies.
type member struct {
	size    int64
	open    func() (io.ReadCloser, error)
	section func() (io.ReaderAt, error) // nil where the file is compressed
}

// Problem is one thing that is wrong with a pack.
type Problem struct {
	Name    string `json:"name,omitempty"` // the file, within the bag's folder; empty for the pack as a whole
	Message string `json:"message"`
}

// Report is what a verification found.
type Report struct {
	Name     string    `json:"name"`
	Info     []Field   `json:"info"`
	Files    []File    `json:"files"` // the contents that are as they were signed
	Problems []Problem `json:"problems"`
	Signed   bool      `json:"signed"` // the signature over the tag manifest holds
}

// Sound tells whether every file is as it was signed, nothing is missing and
// nothing was added.
func (r Report) Sound() bool { return r.Signed && len(r.Problems) == 0 }

func unreadable(name, format string, args ...any) *fault.Error {
	return fault.Unreadable(shown(name), format, args...)
}

// Open reads the directory of a pack. It refuses a zip file that two readers
// could unpack differently: hidden or overlapping entries, names twice, links,
// names that lead out of the folder, and bombs. Errors: unreadable, with the entry.
func Open(r io.ReaderAt, size int64) (*Bag, error) {
	directory, err := boundDirectory(r, size)
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, unreadable(
			"",
			"This is no evidence pack, or it is damaged: it cannot be read as a zip file.",
		).Because(err)
	}
	if len(z.File) > MaxFiles {
		return nil, unreadable("", "This pack has %d files; at most %d can be checked.", len(z.File), MaxFiles)
	}
	b := &Bag{files: map[string]member{}}
	top := folderOf(z.File)
	if top != "" && CheckName(strings.TrimSuffix(top, "/")) != nil {
		return nil, unreadable(top, "This name is not permitted in a pack.")
	}
	b.Name = path.Base(strings.TrimSuffix(top, "/"))
	seen := map[string]bool{}
	var total uint64
	for _, f := range z.File {
		name, ok := strings.CutPrefix(slashed(f.Name), top)
		if dir := strings.HasSuffix(name, "/") || ok && name == ""; dir && f.UncompressedSize64 == 0 &&
			(name == "" || CheckName(strings.TrimSuffix(name, "/")) == nil) && (f.Mode().Type()&^fs.ModeDir) == 0 {
			continue // other zip programs name the folders too
		}
		if isLeftOver(slashed(f.Name)) {
			b.Ignored = append(b.Ignored, shown(f.Name))
			continue
		}
		if !ok {
			return nil, unreadable(f.Name, "A pack has one folder with everything in it; this file stands outside it.")
		}
		if CheckName(name) != nil {
			return nil, unreadable(
				f.Name,
				"This name is not permitted in a pack: it could be written to another place when it is unpacked.",
			)
		}
		if f.Mode().Type() != 0 {
			return nil, unreadable(f.Name, "This is a link or a device; a pack holds files only.")
		}
		if seen[key(name)] {
			return nil, unreadable(f.Name, "This name stands in the pack twice.")
		}
		seen[key(name)] = true
		if f.Method != zip.Store && f.Method != zip.Deflate || f.Flags&1 != 0 {
			return nil, unreadable(f.Name, "This file is encrypted or compressed in a way that is not accepted.")
		}
		if f.UncompressedSize64 > bombSize && f.UncompressedSize64/bombRatio > f.CompressedSize64 {
			return nil, unreadable(
				f.Name,
				"This file would unpack to %d times its size (a zip bomb); it is not read.",
				f.UncompressedSize64/max(1, f.CompressedSize64),
			)
		}
		if total += f.UncompressedSize64; total > maxTotal || f.UncompressedSize64 > maxTotal {
			return nil, unreadable(f.Name, "This pack would unpack to more than %d GB; it is not read.", maxTotal>>30)
		}
		b.files[name] = memberOf(r, f)
		b.names = append(b.names, name)
	}
	slices.Sort(b.names)
	if _, ok := b.files[declarationFile]; !ok {
		return nil, unreadable("", "This zip file is no evidence pack: %s is missing.", declarationFile)
	}
	return b, contiguous(r, z.File, directory)
}

// slashed is a name with the separators that zip files should have: programs on
// Windows write others.
func slashed(name string) string { return strings.ReplaceAll(name, "\\", "/") }

// folderOf is the folder of a bag within a zip file, with a slash at its end:
// that of the declaration. Somebody may have packed the files without their folder.
func folderOf(files []*zip.File) string {
	found, depth := "", -1
	for _, f := range files {
		name := slashed(f.Name)
		if path.Base(name) == declarationFile && (depth < 0 || strings.Count(name, "/") < depth) {
			found, depth = strings.TrimSuffix(name, declarationFile), strings.Count(name, "/")
		}
	}
	return found
}

// isLeftOver tells whether a file is one that an operating system leaves beside
// others: they come along when a folder is packed again.
func isLeftOver(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(name, "__MACOSX/") || strings.HasPrefix(base, "._") ||
		slices.Contains([]string{".DS_Store", "Thumbs.db", "desktop.ini"}, base)
}

func memberOf(r io.ReaderAt, f *zip.File) member {
	m := member{size: int64(f.UncompressedSize64), open: f.Open}
	if f.Method == zip.Store {
		m.section = func() (io.ReaderAt, error) {
			off, err := f.DataOffset()
			return io.NewSectionReader(r, off, m.size), err
		}
	}
	return m
}

// OpenFolder reads a pack that was unpacked. Errors: unreadable, with the file.
func OpenFolder(fsys fs.FS, name string) (*Bag, error) {
	b := &Bag{Name: name, files: map[string]member{}}
	seen := map[string]bool{}
	var total int64
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return unreadable(p, "This folder cannot be read.").Because(err)
		}
		if d.IsDir() {
			return nil
		}
		if isLeftOver(p) {
			b.Ignored = append(b.Ignored, shown(p))
			return nil
		}
		info, err := d.Info()
		switch {
		case err != nil:
			return unreadable(p, "This file cannot be read.").Because(err)
		case !d.Type().IsRegular():
			return unreadable(p, "This is a link or a device; a pack holds files only.")
		case CheckName(p) != nil:
			return unreadable(p, "This name is not permitted in a pack.")
		case seen[key(p)]:
			return unreadable(p, "This name stands in the pack twice.")
		}
		if total += info.Size(); total > maxTotal || len(b.names) >= MaxFiles {
			return unreadable(p, "This folder is larger than a pack can be.")
		}
		seen[key(p)] = true
		b.files[p] = member{size: info.Size(), open: func() (io.ReadCloser, error) { return fsys.Open(p) }}
		b.names = append(b.names, p)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(b.names)
	if _, ok := b.files[declarationFile]; !ok {
		return nil, unreadable("", "This folder is no evidence pack: %s is missing.", declarationFile)
	}
	return b, nil
}

// maxDirectory bounds a zip file's directory: 46 bytes and the name for each file.
const maxDirectory = MaxFiles * (46 + maxName)

// boundDirectory reads the size of the directory and the number of its entries
// from the end of the zip file, before anything is allocated for them, and gives
// the offset at which the directory begins.
func boundDirectory(r io.ReaderAt, size int64) (int64, error) {
	none := unreadable("", "This is no evidence pack, or it is damaged: it cannot be read as a zip file.")
	read := func(off int64, n int, mark string) []byte {
		b := make([]byte, n)
		if off < 0 || off > size-int64(n) {
			return nil
		}
		if k, _ := r.ReadAt(b, off); k < n || !bytes.HasPrefix(b, []byte(mark)) {
			return nil
		}
		return b
	}
	// A comment may stand at the very end; only one record can end with the file.
	at := size - 22
	end := read(at, 22, "PK\x05\x06")
	for back := int64(1); end == nil && back <= 0xffff && at-back >= 0; back++ {
		if e := read(at-back, 22, "PK\x05\x06"); e != nil && int64(binary.LittleEndian.Uint16(e[20:])) == back {
			at, end = at-back, e
		}
	}
	if end == nil {
		return 0, none
	}
	entries, dir := uint64(binary.LittleEndian.Uint16(end[10:])), uint64(binary.LittleEndian.Uint32(end[12:]))
	if locator := read(at-20, 20, "PK\x06\x07"); locator != nil {
		at = int64(binary.LittleEndian.Uint64(locator[8:]) & (1<<62 - 1))
		end = read(at, 56, "PK\x06\x06")
		if end == nil {
			return 0, none
		}
		entries, dir = binary.LittleEndian.Uint64(end[32:]), binary.LittleEndian.Uint64(end[40:])
	} else if !bytes.Equal(end[4:8], make([]byte, 4)) || !bytes.Equal(end[8:10], end[10:12]) {
		return 0, none // a part of a zip file in several
	}
	if entries > MaxFiles || dir > maxDirectory {
		return 0, unreadable(
			"",
			"This pack says that it has %d files in a directory of %d bytes; at most %d can be checked.",
			entries,
			dir,
			MaxFiles,
		)
	}
	return at - int64(dir), nil
}

// contiguous holds the entries against the bytes of the file: each begins where
// the one before it ends, the first at the beginning and the directory after the
// last, and its own head names it as the directory does. So nothing is hidden
// between them, nothing is used twice, and a reader that goes by the heads sees
// what the directory says.
func contiguous(r io.ReaderAt, files []*zip.File, directory int64) error {
	type span struct {
		f    *zip.File
		data int64
	}
	spans := make([]span, len(files))
	for i, f := range files {
		data, err := f.DataOffset()
		if err != nil {
			return unreadable(f.Name, "This entry is damaged.").Because(err)
		}
		spans[i] = span{f, data}
	}
	slices.SortFunc(spans, func(a, b span) int { return int(min(1, max(-1, a.data-b.data))) })
	end := int64(0)     // of the former entry's data
	between := []int{0} // lengths of what may stand there before a local header
	for _, s := range spans {
		n := s.data - end
		if n < 30 || n > 30+24+2*maxName+1024 {
			return unreadable(s.f.Name, "Something is hidden before this entry, or it overlaps another.")
		}
		b := make([]byte, n)
		if _, err := r.ReadAt(b, end); err != nil {
			return unreadable(s.f.Name, "This entry cannot be read.").Because(err)
		}
		if !slices.ContainsFunc(between, func(k int) bool { return len(b) > k && isHead(b[k:], s.f) }) {
			return unreadable(s.f.Name, "Something is hidden before this entry, or its head names another file.")
		}
		end = s.data + int64(s.f.CompressedSize64)
		if between = []int{0}; s.f.Flags&8 != 0 {
			between = []int{12, 16, 20, 24} // a data descriptor: with or without its mark, of 32 or 64 bits
		}
	}
	if !slices.Contains(between, int(directory-end)) {
		return unreadable("", "Something is hidden between the last entry and the directory of this zip file.")
	}
	return nil
}

// isHead tells whether b is exactly the local header of an entry.
func isHead(b []byte, f *zip.File) bool {
	if len(b) < 30 || !bytes.HasPrefix(b, []byte("PK\x03\x04")) {
		return false
	}
	name, extra := int(binary.LittleEndian.Uint16(b[26:])), int(binary.LittleEndian.Uint16(b[28:]))
	return len(b) == 30+name+extra && string(b[30:30+name]) == f.Name && binary.LittleEndian.Uint16(b[8:]) == f.Method
}

// Names lists the files of the bag, in order.
func (b *Bag) Names() []string { return slices.Clone(b.names) }

// OpenFile reads one file. Errors: not_found, unreadable.
func (b *Bag) OpenFile(name string) (io.ReadCloser, error) {
	f, ok := b.files[name]
	if !ok {
		return nil, fault.New(fault.CodeNotFound, "There is no file %q in this pack.", shown(name))
	}
	r, err := f.open()
	if err != nil {
		return nil, unreadable(name, "This file is damaged.").Because(err)
	}
	return r, nil
}

// Section gives random access to a file: as it lies in the zip file where it is
// stored as it is, or else to a copy of it in memory if it has at most 64 MB.
// Errors: as OpenFile.
func (b *Bag) Section(name string) (io.ReaderAt, int64, error) {
	if f, ok := b.files[name]; ok && f.section != nil {
		r, err := f.section()
		if err != nil {
			return nil, 0, unreadable(name, "This file is damaged.").Because(err)
		}
		return r, f.size, nil
	}
	data, err := b.small(name, maxTagFile)
	return bytes.NewReader(data), int64(len(data)), err
}

// TagFile reads a file outside data/. Errors: as OpenFile.
func (b *Bag) TagFile(name string) ([]byte, error) { return b.small(name, maxTagFile) }

// small reads a file of bounded size.
func (b *Bag) small(name string, limit int64) ([]byte, error) {
	r, err := b.OpenFile(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, unreadable(name, "This file is damaged.").Because(err)
	}
	if int64(len(data)) > limit {
		return nil, unreadable(name, "This file is larger than %d MB.", limit>>20)
	}
	return data, nil
}

// Second is the second signature and the list that it signs; false where the pack
// has none. Whether it holds is for the caller to say.
func (b *Bag) Second() (list, signature []byte, ok bool) {
	if _, ok := b.files[secondFile]; !ok {
		return nil, nil, false
	}
	signature, err := b.small(secondFile, maxSignature)
	if err != nil {
		return nil, nil, true
	}
	list, err = b.small(tagManifestFile, maxTagFile)
	if err != nil {
		return nil, nil, true
	}
	return list, signature, true
}

// Verify reads every file of the pack once and holds it against the manifests,
// and these against the signature, with check. The error is not nil only if the
// reading was stopped (cancelled); whatever is wrong with the pack is in the report.
func (b *Bag) Verify(ctx context.Context, check CheckFunc) (Report, error) {
	rep := Report{Name: b.Name, Info: []Field{}, Files: []File{}, Problems: []Problem{}}
	if d, err := b.small(declarationFile, 1024); err != nil || string(d) != declaration {
		rep.problem(declarationFile, "This is not the declaration of a BagIt 1.0 bag.")
	}
	tags, err := b.small(tagManifestFile, maxTagFile)
	if err != nil {
		rep.problem(tagManifestFile, "The list of the pack's own files is missing or damaged.")
		return rep, nil
	}
	sig, err := b.small(signatureFile, maxSignature)
	if err != nil {
		rep.problem(signatureFile, "The pack is not signed: its signature is missing or damaged.")
	} else if err := check(ctx, bytes.NewReader(tags), sig); err != nil {
		rep.problem(signatureFile, "The signature does not hold: %v", err)
	} else {
		rep.Signed = true
	}
	if err := ctx.Err(); err != nil {
		return rep, stopped(err)
	}
	size, err := b.verifyFiles(ctx, &rep, b.listed(&rep, tags))
	if err != nil {
		return rep, err
	}
	b.verifyInfo(&rep, size)
	return rep, nil
}

// problem adds what is wrong with a file, up to maxProblems: a pack with a million wrong
// files is as wrong as one with a few.
func (rep *Report) problem(name, format string, args ...any) {
	if len(rep.Problems) < maxProblems {
		rep.Problems = append(rep.Problems, Problem{shown(name), fmt.Sprintf(format, args...)})
	}
}

// listed is the SHA-256 that the two lists state, by file. The signature is over the list of
// the pack's own files, tags, and that list holds the digest of the list of the contents: a
// required file that is not on it is not signed.
func (b *Bag) listed(rep *Report, tags []byte) map[string]string {
	expected := map[string]string{}
	if err := parseManifest(tags, false, expected); err != nil {
		rep.problem(tagManifestFile, "%v", err)
	}
	lists, err := b.small(manifestFile, maxTagFile)
	if err != nil {
		rep.problem(manifestFile, "The list of the contents is missing or damaged.")
	} else if err := parseManifest(lists, true, expected); err != nil {
		rep.problem(manifestFile, "%v", err)
	}
	for _, required := range []string{declarationFile, infoFile, manifestFile} {
		if expected[required] == "" {
			rep.problem(required, "This file is not on the signed list, so anybody could have changed it.")
		}
	}
	return expected
}

// verifyFiles holds every file of the pack to what the lists expect of it, and names those that
// are on no list and those that are missing. It gives the size of the contents; it fails where
// it is stopped.
func (b *Bag) verifyFiles(ctx context.Context, rep *Report, expected map[string]string) (size int64, err error) {
	buf := make([]byte, 256<<10)
	for _, name := range b.names {
		want, listed := expected[name]
		delete(expected, name)
		if name == tagManifestFile || name == signatureFile || name == secondFile {
			if listed {
				rep.problem(tagManifestFile, "It lists itself or its signature.")
			}
			continue
		}
		if !listed {
			rep.problem(name, "This file was added: it is on no list of the pack.")
			continue
		}
		n, got, err := b.digest(ctx, name, buf)
		if ctx.Err() != nil {
			return size, stopped(ctx.Err())
		}
		switch {
		case err != nil:
			rep.problem(name, "This file is damaged.")
		case got != want:
			rep.problem(name, "This file was changed: its SHA-256 is %s…, the list says %s….", got[:16], want[:16])
		case strings.HasPrefix(name, payload):
			rep.Files = append(rep.Files, File{name, n, got})
			size += n
		}
	}
	for _, name := range slices.Sorted(maps.Keys(expected)) {
		rep.problem(name, "This file is missing.")
	}
	return size, nil
}

// verifyInfo reads the description of the pack, and holds the size that it states to size and
// to the files that were found, where nothing else is wrong that would explain a difference.
func (b *Bag) verifyInfo(rep *Report, size int64) {
	info, err := b.small(infoFile, maxTagFile)
	if err != nil {
		rep.problem(infoFile, "The description of the pack is missing or damaged.")
		return
	}
	for _, line := range strings.Split(strings.TrimSuffix(string(info), "\n"), "\n") {
		label, v, ok := strings.Cut(line, ": ")
		if !ok {
			rep.problem(infoFile, "The description of the pack has a line without a label.")
			continue
		}
		if label == "Payload-Oxum" {
			n, c, _ := strings.Cut(v, ".")
			count := len(rep.Files)
			if len(rep.Problems) == 0 && (n != strconv.FormatInt(size, 10) || c != strconv.Itoa(count)) {
				rep.problem(
					infoFile,
					"The description says %s bytes in %s files; there are %d in %d.",
					shown(n),
					shown(c),
					size,
					count,
				)
			}
		}
		rep.Info = append(rep.Info, Field{shown(label), shown(v)})
	}
}

func stopped(cause error) error {
	return fault.New(fault.CodeCancelled, "Stopped before everything was checked.").Because(cause)
}

func (b *Bag) digest(ctx context.Context, name string, buf []byte) (int64, string, error) {
	r, err := b.OpenFile(name)
	if err != nil {
		return 0, "", err
	}
	defer r.Close()
	h := sha256.New()
	limit := b.files[name].size
	var size int64
	for {
		if err := ctx.Err(); err != nil {
			return 0, "", err
		}
		n, err := r.Read(buf)
		h.Write(buf[:n])
		if size += int64(n); size > limit {
			return 0, "", unreadable(name, "This file is larger than it says.")
		}
		if err == io.EOF {
			return size, fmt.Sprintf("%x", h.Sum(nil)), nil
		}
		if err != nil {
			return 0, "", err
		}
	}
}

var manifestLine = regexp.MustCompile(`^([0-9a-f]{64})  (.+)$`)

// parseManifest adds the lines of a manifest to digests; contents are the names
// under data/, the others those beside it.
func parseManifest(text []byte, contents bool, digests map[string]string) error {
	if len(text) == 0 && contents {
		return nil // a pack without contents
	}
	lines := strings.Split(string(text), "\n")
	if lines[len(lines)-1] != "" {
		return unreadable("", "Its last line is cut off.")
	}
	last := ""
	for i, line := range lines[:len(lines)-1] {
		m := manifestLine.FindStringSubmatch(line)
		if m == nil || CheckName(m[2]) != nil || m[2] <= last || strings.HasPrefix(m[2], payload) != contents ||
			len(digests) > MaxFiles {
			return unreadable(fmt.Sprintf("line %d", i+1), "This is no line of a manifest, or not in its place.")
		}
		last = m[2]
		digests[m[2]] = m[1]
	}
	return nil
}
