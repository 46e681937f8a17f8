package vault

import (
	"crypto/cipher"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"assay/internal/fault"
	"assay/internal/sqlitex"

	lib "modernc.org/sqlite/lib"
)

// vfs enciphers what SQLite keeps, between it and the platform's files (package
// sqlitex has the way there).
type vfs struct {
	sqlite *sqlitex.VFS
	vault  *Vault

	// hook sees each operation on the platform's files before it is done and can
	// make it fail. Only tests set it: they record what a power cut would find, and fill disks.
	hook func(operation) int32
}

type operation struct {
	kind string // read, write, truncate, sync or delete
	path string // as SQLite names the file
	off  int64  // of a read or write; the size of a truncate; whether a delete is synced
	data []byte // of a write; of a read, where it goes
}

func (s *vfs) before(kind, path string, off int64, data []byte) int32 {
	if s.hook == nil {
		return lib.SQLITE_OK
	}
	return s.hook(operation{kind, path, off, data})
}

// file is one open file. SQLite uses it from one connection at a time.
type file struct {
	vfs     *vfs
	raw     *sqlitex.RawFile
	io      layout
	path    string
	paging  paging
	aead    cipher.AEAD
	scratch []byte
	aad     [24]byte
	early   early

	// Of a write-ahead log: the salts in its header, and the newest frame header
	// written, whose page comes next.
	salted    bool
	salts     [8]byte
	frame     int64
	frameHead [frameHeader]byte

	// Of a file of sectors.
	sector int
	plain  []byte
}

// layout is how a kind of file is kept.
type layout interface {
	read(f *file, buf []byte, off int64) int32
	write(f *file, buf []byte, off int64) int32
	truncate(f *file, size int64) int32
	size(f *file) (int64, int32)
}

// Read, Write, Truncate, Size, Sync and Closing are what SQLite does with a file.
func (f *file) Read(b []byte, off int64) int32  { return f.io.read(f, b, off) }
func (f *file) Write(b []byte, off int64) int32 { return f.io.write(f, b, off) }
func (f *file) Truncate(size int64) int32       { return f.io.truncate(f, size) }
func (f *file) Size() (int64, int32)            { return f.io.size(f) }
func (f *file) Sync() int32                     { return f.vfs.before("sync", f.path, 0, nil) }

// Closing leaves nothing readable of what was in the file.
func (f *file) Closing() {
	f.early.close()
	clear(f.scratch)
	clear(f.plain)
}

func register(v *Vault) (*vfs, error) {
	var id [8]byte
	fill(id[:])
	s := &vfs{vault: v}
	var err error
	if s.sqlite, err = sqlitex.Register("assay-"+hex.EncodeToString(id[:]), s); err != nil {
		return nil, fault.Internal(err)
	}
	return s, nil
}

func (s *vfs) unregister() error {
	if err := s.sqlite.Unregister(); err != nil {
		return fault.Internal(fmt.Errorf("lock the register: %w", err))
	}
	return nil
}

const (
	journalSector = 512  // what SQLite takes for the unit that a write can spoil
	tempSector    = 4096 // nothing of a temporary file outlives a crash
)

// sidecars are the names of the files beside a database, SQLite's and ours. With
// SQLite's own names another program that opens the register by mistake, such
// as the sqlite3 shell, would find a log without a single frame that it can read, and
// delete it as useless: with it the newest changes after a crash.
var sidecars = [][2]string{{"-wal", "-log"}, {"-journal", "-undo"}}

// physicalName is ours for a file that SQLite names.
func physicalName(path string) string {
	for _, s := range sidecars {
		if main, ok := strings.CutSuffix(path, s[0]); ok {
			return main + s[1]
		}
	}
	return path
}

// Name is ours for a file beside a database.
func (s *vfs) Name(path string) string { return physicalName(path) }

// Delete lets a file be deleted.
func (s *vfs) Delete(path string, synced bool) int32 {
	off := int64(0)
	if synced {
		off = 1
	}
	return s.before("delete", path, off, nil)
}

// Open finds the key and the layout of a file that SQLite opens.
func (s *vfs) Open(raw *sqlitex.RawFile, path string, kind sqlitex.Kind) (sqlitex.File, int32) {
	f := &file{vfs: s, raw: raw, path: path, frame: -1}
	if rc := f.prepare(kind); rc != lib.SQLITE_OK {
		return nil, rc
	}
	return f, lib.SQLITE_OK
}

// prepare finds the file's key and layout.
func (f *file) prepare(kind sqlitex.Kind) int32 {
	vault := f.vfs.vault
	of := func(suffix string) *fileKeys {
		main, ok := strings.CutSuffix(f.path, suffix)
		if !ok {
			return nil
		}
		vault.mu.Lock()
		defer vault.mu.Unlock()
		return vault.keys[main]
	}
	switch kind {
	case sqlitex.KindDatabase:
		keys, rc := f.identify()
		if rc != lib.SQLITE_OK {
			return rc
		}
		f.io, f.paging, f.aead, f.scratch = mainLayout{}, keys.paging, keys.main, make([]byte, 2*keys.paging)
		vault.mu.Lock()
		vault.keys[f.path] = keys
		vault.mu.Unlock()
	case sqlitex.KindLog:
		keys := of("-wal")
		if keys == nil {
			return lib.SQLITE_CANTOPEN
		}
		f.io, f.paging, f.aead, f.scratch = walLayout{}, keys.paging, keys.wal, make([]byte, keys.paging.frame())
		if keys.logChecked.CompareAndSwap(false, true) && !vault.salvage.Load() {
			frame, rc := f.checkLog()
			if rc != lib.SQLITE_OK {
				return rc
			}
			if frame >= 0 {
				keys.logChecked.Store(false)
				vault.damage(f.path, frame)
				return lib.SQLITE_IOERR_DATA
			}
		}
	case sqlitex.KindJournal:
		keys := of("-journal")
		if keys == nil {
			return lib.SQLITE_CANTOPEN
		}
		f.io, f.paging, f.aead, f.sector = sectorLayout{}, keys.paging, keys.journal, journalSector
	default:
		// A key that nobody keeps: what is left of a temporary file is noise.
		key := make([]byte, keySize)
		fill(key)
		f.io, f.aead, f.sector = sectorLayout{temp: true}, gcm(key), tempSector
		clear(key)
	}
	if f.sector != 0 {
		f.scratch = make([]byte, f.sector+sectorExtra)
		f.plain = make([]byte, f.sector)
	}
	return lib.SQLITE_OK
}

// identify reads the key page of a database and gives it one if it is new.
func (f *file) identify() (*fileKeys, int32) {
	v := f.vfs.vault
	size, rc := f.rawSize()
	if rc != lib.SQLITE_OK {
		return nil, rc
	}
	if size == 0 {
		v.mu.Lock()
		h := *v.header
		v.mu.Unlock()
		fill(h.file[:])
		if rc := f.rawWrite(h.prefix(v.fileKey), 0); rc != lib.SQLITE_OK {
			return nil, rc
		}
		return newFileKeys(v.fileKey, &h), lib.SQLITE_OK
	}
	prefix := make([]byte, keyPages)
	if rc := f.rawRead(prefix, 0); rc != lib.SQLITE_OK && rc != lib.SQLITE_IOERR_SHORT_READ {
		return nil, rc
	}
	h, page, err := pickHeader(prefix)
	if err != nil {
		return nil, lib.SQLITE_NOTADB
	}
	v.mu.Lock()
	known := v.keys[f.path]
	v.mu.Unlock()
	if known != nil && known.id == h.file {
		return known, lib.SQLITE_OK
	}
	if !h.authentic(v.fileKey, page) {
		return nil, lib.SQLITE_NOTADB
	}
	return newFileKeys(v.fileKey, h), lib.SQLITE_OK
}

func (f *file) rawRead(b []byte, off int64) int32 {
	if rc := f.vfs.before("read", f.path, off, b); rc != lib.SQLITE_OK {
		return rc
	}
	return f.raw.Read(b, off)
}

func (f *file) rawWrite(b []byte, off int64) int32 {
	if rc := f.vfs.before("write", f.path, off, b); rc != lib.SQLITE_OK {
		return rc
	}
	rc := f.raw.Write(b, off)
	f.early.wrote(f, len(b))
	return rc
}

func (f *file) rawSize() (int64, int32) { return f.raw.Size() }

func (f *file) rawTruncate(size int64) int32 {
	if rc := f.vfs.before("truncate", f.path, size, nil); rc != lib.SQLITE_OK {
		return rc
	}
	return f.raw.Truncate(size)
}

// attempts is how often a page is read before it counts as altered: a page that
// another connection is writing at this moment can be read half old and half new.
const attempts = 4

// pauseUnit is how long the first of these waits is; the next are longer. Tests of
// pages that are altered for good do not wait.
var pauseUnit = time.Millisecond

func pause(try int) { time.Sleep(time.Duration(try) * pauseUnit) }

// imageHeader is how much of page 1 says what the database is like.
const imageHeader = 100

// mainLayout is a database: key pages, then pages with tag and nonce in their
// reserved bytes.
type mainLayout struct{}

func (mainLayout) read(f *file, out []byte, off int64) int32 {
	n := int64(len(out))
	if n == int64(f.paging) && off%int64(f.paging) == 0 {
		page := out
		for try := 1; ; try++ {
			if rc := f.rawRead(page, f.paging.physical(off)); rc != lib.SQLITE_OK {
				if rc == lib.SQLITE_IOERR_SHORT_READ {
					clear(page)
				}
				return rc
			}
			if openPage(f.aead, page, f.paging.aad(f.aad[:], off)) {
				return lib.SQLITE_OK
			}
			if try == attempts {
				clear(page)
				f.vfs.vault.damage(f.path, f.paging.number(off))
				return lib.SQLITE_IOERR_DATA
			}
			pause(try)
		}
	}
	// A part of page 1: SQLite looks at the header before it has a lock and
	// before it has looked at the write-ahead log. A page 1 that was cut off while it was
	// written is still whole in that log, so here it counts as absent.
	at := off % int64(f.paging)
	if at+n > int64(f.paging) {
		return lib.SQLITE_IOERR_READ
	}
	page := f.scratch[:f.paging]
	for try := 1; try <= attempts; try++ {
		rc := f.rawRead(page, f.paging.physical(off-at))
		if rc == lib.SQLITE_OK && openPage(f.aead, page, f.paging.aad(f.aad[:], off)) {
			copy(out, page[at:])
			clear(page)
			return lib.SQLITE_OK
		}
		if rc != lib.SQLITE_OK && rc != lib.SQLITE_IOERR_SHORT_READ {
			return rc
		}
		if rc == lib.SQLITE_IOERR_SHORT_READ {
			break
		}
		if try == attempts && n > imageHeader {
			// Having seen no header, SQLite asks for page 1 in pages of its own choice.
			clear(out)
			f.vfs.vault.damage(f.path, 1)
			return lib.SQLITE_IOERR_DATA
		}
		pause(try)
	}
	clear(out)
	return lib.SQLITE_IOERR_SHORT_READ
}

func (mainLayout) write(f *file, page []byte, off int64) int32 {
	// Another page size, or content where tag and nonce go: not a database of ours.
	if len(page) != int(f.paging) || off%int64(f.paging) != 0 || !isZero(page[f.paging.body():]) {
		return lib.SQLITE_IOERR_WRITE
	}
	size, rc := f.rawSize()
	if rc != lib.SQLITE_OK {
		return rc
	}
	out := f.scratch[:f.paging]
	// A hole would read as a page of zeros that nobody wrote: fill it with
	// authentic ones. off is the end or before it in all but rare cases.
	for end := f.paging.logicalSize(size); end < off; end += int64(f.paging) {
		empty := f.scratch[f.paging:][:f.paging]
		clear(empty)
		sealPage(f.aead, f.vfs.vault.nonces, out, empty, f.paging.aad(f.aad[:], end))
		if rc := f.rawWrite(out, f.paging.physical(end)); rc != lib.SQLITE_OK {
			return rc
		}
	}
	sealPage(f.aead, f.vfs.vault.nonces, out, page, f.paging.aad(f.aad[:], off))
	return f.rawWrite(out, f.paging.physical(off))
}

func (mainLayout) truncate(f *file, size int64) int32 {
	page := int64(f.paging)
	return f.rawTruncate(f.paging.physicalSize((size + page - 1) / page * page))
}

func (mainLayout) size(f *file) (int64, int32) {
	size, rc := f.rawSize()
	return f.paging.logicalSize(size), rc
}

// walLayout is a write-ahead log as SQLite writes it, with the page in each
// frame enciphered.
type walLayout struct{}

func (walLayout) read(f *file, out []byte, off int64) int32 {
	n := int64(len(out))
	if off+n <= walHeader {
		return f.rawRead(out, off)
	}
	if off < walHeader {
		return lib.SQLITE_IOERR_READ
	}
	size := f.paging.frame()
	frame, at := (off-walHeader)/size, (off-walHeader)%size
	if at+n <= frameHeader {
		return f.rawRead(out, off)
	}
	if at+n > size {
		return lib.SQLITE_IOERR_READ
	}
	whole := f.scratch[:size]
	for try := 1; ; try++ {
		if rc := f.rawRead(whole, off-at); rc != lib.SQLITE_OK {
			clear(out)
			return rc
		}
		if !f.salted || try > 1 { // another connection may have begun the log again
			if rc := f.readSalts(); rc != lib.SQLITE_OK {
				clear(out)
				return rc
			}
		}
		if openPage(f.aead, whole[frameHeader:], frameAAD(f.aad[:], frame, whole, f.salts[:])) {
			copy(out, whole[at:])
			return lib.SQLITE_OK
		}
		if try < attempts {
			pause(try)
			continue
		}
		clear(out)
		if at == 0 {
			// SQLite reads whole frames when it looks for the end of the log after
			// a crash: a frame of zeros, header included, is an end to it.
			return lib.SQLITE_OK
		}
		f.vfs.vault.damage(f.path, frame)
		return lib.SQLITE_IOERR_DATA
	}
}

// readSalts reads the salts in the log's header, which say which run of the
// log a frame belongs to.
func (f *file) readSalts() int32 {
	var head [walHeader]byte
	rc := f.rawRead(head[:], 0)
	copy(f.salts[:], head[16:24])
	f.salted = rc == lib.SQLITE_OK
	return rc
}

func (walLayout) write(f *file, in []byte, off int64) int32 {
	if off == 0 && len(in) == walHeader {
		f.frame, f.salted = -1, true
		copy(f.salts[:], in[16:24])
		return f.rawWrite(in, off)
	}
	if off < walHeader {
		return lib.SQLITE_IOERR_WRITE
	}
	frame, at := (off-walHeader)/f.paging.frame(), (off-walHeader)%f.paging.frame()
	switch {
	case at == 0 && len(in) == frameHeader:
		f.frame = frame
		copy(f.frameHead[:], in)
		// They are zero once the transaction has written over one of its frames;
		// until then they are what another connection may have put into the log's header.
		if !isZero(in[8:16]) {
			f.salted = true
			copy(f.salts[:], in[8:16])
		}
		return f.rawWrite(in, off)
	case at != frameHeader || len(in) != int(f.paging) || !isZero(in[f.paging.body():]):
		return lib.SQLITE_IOERR_WRITE
	}
	if f.frame != frame { // a page written again in the same transaction
		f.frame = -1
		if rc := f.rawRead(f.frameHead[:], off-frameHeader); rc != lib.SQLITE_OK {
			return rc
		}
		f.frame = frame
	}
	if !f.salted {
		if rc := f.readSalts(); rc != lib.SQLITE_OK {
			return rc
		}
	}
	out := f.scratch[:f.paging]
	sealPage(f.aead, f.vfs.vault.nonces, out, in, frameAAD(f.aad[:], frame, f.frameHead[:], f.salts[:]))
	return f.rawWrite(out, off)
}

func (walLayout) truncate(f *file, size int64) int32 {
	f.frame, f.salted = -1, false
	return f.rawTruncate(size)
}

func (walLayout) size(f *file) (int64, int32) { return f.rawSize() }

// sectorLayout is a file that is read and written at any place: a rollback
// journal or a temporary file.
type sectorLayout struct{ temp bool }

func (l sectorLayout) read(f *file, out []byte, off int64) int32 {
	asked := len(out)
	for len(out) > 0 {
		sector, at := off/int64(f.sector), int(off%int64(f.sector))
		used, rc := l.load(f, sector)
		if rc == errTorn {
			// What SQLite wrote last before the power went. Of a page it is told that the
			// journal ends here; marks, page numbers and check sums it takes for zeros, which
			// mean the same. (For those it does not expect a short read.)
			rc = lib.SQLITE_OK
			if asked == int(f.paging) {
				rc = lib.SQLITE_IOERR_SHORT_READ
			}
			clear(out)
			return rc
		}
		if rc != lib.SQLITE_OK {
			clear(out)
			return rc
		}
		k := min(len(out), f.sector-at)
		copy(out[:k], f.plain[at:])
		if at+k > used { // the rest is zeros if another sector follows
			size, rc := l.size(f)
			if rc != lib.SQLITE_OK {
				return rc
			}
			if off+int64(k) > size {
				clear(out[k:])
				return lib.SQLITE_IOERR_SHORT_READ
			}
		}
		out, off = out[k:], off+int64(k)
	}
	return lib.SQLITE_OK
}

// errTorn is load's word for a sector of a journal that is not authentic: it
// was cut off while it was written.
const errTorn = -1

// load deciphers a sector into plain; what is not used is zeros. A sector that
// is absent is a short read.
func (l sectorLayout) load(f *file, sector int64) (int, int32) {
	clear(f.plain)
	if rc := f.rawRead(f.scratch, sector*int64(len(f.scratch))); rc != lib.SQLITE_OK {
		return 0, rc
	}
	used, ok := openSector(f.aead, f.scratch, sector, f.aad[:])
	if !ok {
		if l.temp {
			f.vfs.vault.damage(f.path, sector)
			return 0, lib.SQLITE_IOERR_DATA
		}
		return 0, errTorn
	}
	copy(f.plain, f.scratch[:used])
	return used, lib.SQLITE_OK
}

func (l sectorLayout) store(f *file, sector int64, used int) int32 {
	sealSector(f.aead, f.vfs.vault.nonces, f.scratch, f.plain, used, sector, f.aad[:])
	return f.rawWrite(f.scratch, sector*int64(len(f.scratch)))
}

func (l sectorLayout) write(f *file, in []byte, off int64) int32 {
	size, rc := f.rawSize()
	if rc != lib.SQLITE_OK {
		return rc
	}
	sectors := size / int64(len(f.scratch))
	for ; sectors < off/int64(f.sector); sectors++ { // no holes
		clear(f.plain)
		if rc := l.store(f, sectors, f.sector); rc != lib.SQLITE_OK {
			return rc
		}
	}
	for len(in) > 0 {
		sector, at := off/int64(f.sector), int(off%int64(f.sector))
		k := min(len(in), f.sector-at)
		used := 0
		if k < f.sector {
			if sector < sectors {
				if used, rc = l.load(f, sector); rc == errTorn {
					used = 0 // a journal written over after a crash
				} else if rc != lib.SQLITE_OK {
					return rc
				}
			} else {
				clear(f.plain)
			}
		}
		copy(f.plain[at:], in[:k])
		if rc := l.store(f, sector, max(used, at+k)); rc != lib.SQLITE_OK {
			return rc
		}
		in, off = in[k:], off+int64(k)
	}
	return lib.SQLITE_OK
}

func (l sectorLayout) truncate(f *file, size int64) int32 {
	now, rc := l.size(f)
	if rc != lib.SQLITE_OK || size >= now {
		return rc
	}
	sectors, at := size/int64(f.sector), int(size%int64(f.sector))
	if at > 0 {
		if _, rc := l.load(f, sectors); rc != lib.SQLITE_OK && rc != errTorn {
			return rc
		}
		clear(f.plain[at:])
		if rc := l.store(f, sectors, at); rc != lib.SQLITE_OK {
			return rc
		}
		sectors++
	}
	return f.rawTruncate(sectors * int64(len(f.scratch)))
}

func (l sectorLayout) size(f *file) (int64, int32) {
	size, rc := f.rawSize()
	sectors := size / int64(len(f.scratch))
	if rc != lib.SQLITE_OK || sectors == 0 {
		return 0, rc
	}
	used, rc := l.load(f, sectors-1)
	if rc == errTorn {
		rc = lib.SQLITE_OK
	}
	return (sectors-1)*int64(f.sector) + int64(used), rc
}
