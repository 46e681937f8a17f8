package vault

import (
	"crypto/cipher"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"assay/internal/fault"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// vfs is a SQLite VFS over the platform's own. Everything that SQLite calls is
// a package-level function: SQLite keeps bare addresses, and the collector
// would free a closure that only C memory points to.
type vfs struct {
	name  string
	vault *Vault
	c     uintptr // the sqlite3_vfs, in C memory
	files atomic.Int64

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

var (
	registered sync.Map // uintptr of the sqlite3_vfs → *vfs
	opened     sync.Map // uintptr of the sqlite3_file → *file; keeps them from the collector
)

// handle is how our sqlite3_file begins; the platform's own follows it.
type handle struct {
	methods uintptr
	file    uintptr // of the *file, which opened keeps: the collector does not see C memory
}

const handleSize = unsafe.Sizeof(handle{})

// file is one open file. SQLite uses it from one connection at a time.
type file struct {
	vfs     *vfs
	real    uintptr // the platform's sqlite3_file
	m       *lib.Tsqlite3_io_methods
	io      layout
	path    string
	paging  paging
	aead    cipher.AEAD
	scratch []byte
	aad     [24]byte
	num     [1]int64 // room for a file size
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

	name uintptr // in C memory, if it is not SQLite's
}

// layout is how a kind of file is kept.
type layout interface {
	read(f *file, t *libc.TLS, buf uintptr, n int32, off int64) int32
	write(f *file, t *libc.TLS, buf uintptr, n int32, off int64) int32
	truncate(f *file, t *libc.TLS, size int64) int32
	size(f *file, t *libc.TLS) (int64, int32)
}

// ptr makes an address of C memory a pointer.
func ptr[T any](p uintptr) *T { return *(**T)(unsafe.Pointer(&p)) }

func get(p uintptr) *file { return ptr[file](ptr[handle](p).file) }

// memory is n bytes at p. Not inlined: Go 1.26 fails to compile a copy of known
// length from what it then sees to be an integer.
//
//go:noinline
func memory(p uintptr, n int32) []byte { return unsafe.Slice(ptr[byte](p), int(n)) }

func address(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }

type (
	fnIO   = func(*libc.TLS, uintptr, uintptr, int32, int64) int32
	fnP    = func(*libc.TLS, uintptr) int32
	fnPP   = func(*libc.TLS, uintptr, uintptr) int32
	fnPI   = func(*libc.TLS, uintptr, int32) int32
	fnPI64 = func(*libc.TLS, uintptr, int64) int32
	fnCtl  = func(*libc.TLS, uintptr, int32, uintptr) int32
	fnMap  = func(*libc.TLS, uintptr, int32, int32, int32, uintptr) int32
	fnLock = func(*libc.TLS, uintptr, int32, int32, int32) int32
	fnVoid = func(*libc.TLS, uintptr)
	fnOpen = func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32
	fnDel  = func(*libc.TLS, uintptr, uintptr, int32) int32
	fnName = func(*libc.TLS, uintptr, uintptr, int32, uintptr) int32
)

// call makes the address of a Go function that C memory holds callable again, and
// fn gives such an address; both are how modernc.org/sqlite does it.
func call[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&struct{ uintptr }{p})) }
func fn[F any](f F) uintptr   { return *(*uintptr)(unsafe.Pointer(&f)) }

var methods = lib.Tsqlite3_io_methods{
	FiVersion:               2, // no memory mapping
	FxClose:                 fn[fnP](xClose),
	FxRead:                  fn[fnIO](xRead),
	FxWrite:                 fn[fnIO](xWrite),
	FxTruncate:              fn[fnPI64](xTruncate),
	FxSync:                  fn[fnPI](xSync),
	FxFileSize:              fn[fnPP](xFileSize),
	FxLock:                  fn[fnPI](xLock),
	FxUnlock:                fn[fnPI](xUnlock),
	FxCheckReservedLock:     fn[fnPP](xCheckReservedLock),
	FxFileControl:           fn[fnCtl](xFileControl),
	FxSectorSize:            fn[fnP](xSectorSize),
	FxDeviceCharacteristics: fn[fnP](xDeviceCharacteristics),
	FxShmMap:                fn[fnMap](xShmMap),
	FxShmLock:               fn[fnLock](xShmLock),
	FxShmBarrier:            fn[fnVoid](xShmBarrier),
	FxShmUnmap:              fn[fnPI](xShmUnmap),
}

func register(v *Vault) (*vfs, error) {
	var id [8]byte
	fill(id[:])
	s := &vfs{name: "assay-" + hex.EncodeToString(id[:]), vault: v}
	t := libc.NewTLS()
	defer t.Close()
	base := lib.Xsqlite3_vfs_find(t, 0)
	if base == 0 {
		return nil, fault.Internal(fmt.Errorf("SQLite has no file system"))
	}
	name, err := libc.CString(s.name)
	if err != nil {
		return nil, fault.Internal(err)
	}
	real := ptr[lib.Tsqlite3_vfs](base)
	s.c = libc.Xcalloc(t, 1, libc.Tsize_t(unsafe.Sizeof(*real)))
	if s.c == 0 {
		return nil, fault.Internal(fmt.Errorf("no memory for a file system"))
	}
	c := ptr[lib.Tsqlite3_vfs](s.c)
	*c = lib.Tsqlite3_vfs{
		FiVersion:          2,
		FszOsFile:          real.FszOsFile + int32(handleSize),
		FmxPathname:        real.FmxPathname,
		FzName:             name,
		FpAppData:          base,
		FxOpen:             fn[fnOpen](xOpen),
		FxDelete:           fn[fnDel](xDelete),
		FxAccess:           fn[fnName](xAccess),
		FxFullPathname:     fn[fnName](xFullPathname),
		FxRandomness:       fn[fnCtl](xRandomness),
		FxSleep:            fn[fnPI](xSleep),
		FxCurrentTime:      fn[fnPP](xCurrentTime),
		FxGetLastError:     fn[fnCtl](xGetLastError),
		FxCurrentTimeInt64: fn[fnPP](xCurrentTimeInt64),
	}
	registered.Store(s.c, s)
	if rc := lib.Xsqlite3_vfs_register(t, s.c, 0); rc != lib.SQLITE_OK {
		return nil, fault.Internal(fmt.Errorf("register a file system: SQLite error %d", rc))
	}
	return s, nil
}

func (s *vfs) unregister() error {
	if n := s.files.Load(); n != 0 {
		return fault.Internal(fmt.Errorf("lock the register: %d of its files are open", n))
	}
	t := libc.NewTLS()
	defer t.Close()
	lib.Xsqlite3_vfs_unregister(t, s.c)
	registered.Delete(s.c)
	libc.Xfree(t, ptr[lib.Tsqlite3_vfs](s.c).FzName)
	libc.Xfree(t, s.c)
	return nil
}

// base is the platform's VFS beneath ours.
func base(v uintptr) (uintptr, *lib.Tsqlite3_vfs) {
	p := ptr[lib.Tsqlite3_vfs](v).FpAppData
	return p, ptr[lib.Tsqlite3_vfs](p)
}

const (
	journalSector = 512  // what SQLite takes for the unit that a write can spoil
	tempSector    = 4096 // nothing of a temporary file outlives a crash
)

func xOpen(t *libc.TLS, v, zName, pFile uintptr, flags int32, out uintptr) int32 {
	h := ptr[handle](pFile)
	h.methods = 0 // SQLite closes a file that failed to open only if this is set
	r, ok := registered.Load(v)
	if !ok {
		return lib.SQLITE_CANTOPEN
	}
	s := r.(*vfs)
	f := &file{vfs: s, real: pFile + handleSize, frame: -1}
	if zName != 0 {
		f.path = libc.GoString(zName)
	}
	p, real := base(v)
	if flags&(lib.SQLITE_OPEN_WAL|lib.SQLITE_OPEN_MAIN_JOURNAL) != 0 {
		if name := sidecar(zName); name != 0 {
			zName, f.name = name, name
		}
	}
	if flags&lib.SQLITE_OPEN_SUPER_JOURNAL != 0 {
		return lib.SQLITE_CANTOPEN // names other files: a transaction over two databases is not supported
	}
	if rc := call[fnOpen](real.FxOpen)(t, p, zName, f.real, flags, out); rc != lib.SQLITE_OK {
		free(t, f.name)
		return rc
	}
	f.m = ptr[lib.Tsqlite3_io_methods](*ptr[uintptr](f.real))
	if rc := f.prepare(t, flags); rc != lib.SQLITE_OK {
		call[fnP](f.m.FxClose)(t, f.real)
		free(t, f.name)
		return rc
	}
	opened.Store(pFile, f)
	s.files.Add(1)
	h.file = uintptr(unsafe.Pointer(f))
	h.methods = uintptr(unsafe.Pointer(&methods))
	return lib.SQLITE_OK
}

// sidecars are the names of the files beside a database, SQLite's and ours. With
// SQLite's own names another program that opens the register by mistake, such
// as the sqlite3 shell, would find a log without a single frame that it can read, and
// delete it as useless: with it the newest changes after a crash.
var sidecars = [][2]string{{"-wal", "-log"}, {"-journal", "-undo"}}

// sidecar is our name for a file beside a database, in C memory; 0 for other files.
func sidecar(zName uintptr) uintptr {
	if zName == 0 {
		return 0
	}
	name := libc.GoString(zName)
	ours := physicalName(name)
	if ours == name {
		return 0
	}
	// SQLite looks for parameters after the end of a name: there are none.
	c, err := libc.CString(ours + "\x00\x00\x00\x00")
	if err != nil {
		return 0
	}
	return c
}

// physicalName is ours for a file that SQLite names.
func physicalName(path string) string {
	for _, s := range sidecars {
		if main, ok := strings.CutSuffix(path, s[0]); ok {
			return main + s[1]
		}
	}
	return path
}

func free(t *libc.TLS, p uintptr) {
	if p != 0 {
		libc.Xfree(t, p)
	}
}

// prepare finds the file's key and layout.
func (f *file) prepare(t *libc.TLS, flags int32) int32 {
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
	switch {
	case flags&lib.SQLITE_OPEN_MAIN_DB != 0:
		keys, rc := f.identify(t)
		if rc != lib.SQLITE_OK {
			return rc
		}
		f.io, f.paging, f.aead, f.scratch = mainLayout{}, keys.paging, keys.main, make([]byte, 2*keys.paging)
		vault.mu.Lock()
		vault.keys[f.path] = keys
		vault.mu.Unlock()
	case flags&lib.SQLITE_OPEN_WAL != 0:
		keys := of("-wal")
		if keys == nil {
			return lib.SQLITE_CANTOPEN
		}
		f.io, f.paging, f.aead, f.scratch = walLayout{}, keys.paging, keys.wal, make([]byte, keys.paging.frame())
		if keys.logChecked.CompareAndSwap(false, true) && !vault.salvage.Load() {
			frame, rc := f.checkLog(t)
			if rc != lib.SQLITE_OK {
				return rc
			}
			if frame >= 0 {
				keys.logChecked.Store(false)
				vault.damage(f.path, frame)
				return lib.SQLITE_IOERR_DATA
			}
		}
	case flags&lib.SQLITE_OPEN_MAIN_JOURNAL != 0:
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
func (f *file) identify(t *libc.TLS) (*fileKeys, int32) {
	v := f.vfs.vault
	size, rc := f.rawSize(t)
	if rc != lib.SQLITE_OK {
		return nil, rc
	}
	if size == 0 {
		v.mu.Lock()
		h := *v.header
		v.mu.Unlock()
		fill(h.file[:])
		if rc := f.rawWrite(t, h.prefix(v.fileKey), 0); rc != lib.SQLITE_OK {
			return nil, rc
		}
		return newFileKeys(v.fileKey, &h), lib.SQLITE_OK
	}
	prefix := make([]byte, keyPages)
	if rc := f.rawRead(t, prefix, 0); rc != lib.SQLITE_OK && rc != lib.SQLITE_IOERR_SHORT_READ {
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

func (f *file) rawRead(t *libc.TLS, b []byte, off int64) int32 {
	if rc := f.vfs.before("read", f.path, off, b); rc != lib.SQLITE_OK {
		return rc
	}
	return call[fnIO](f.m.FxRead)(t, f.real, address(b), int32(len(b)), off)
}

func (f *file) rawWrite(t *libc.TLS, b []byte, off int64) int32 {
	if rc := f.vfs.before("write", f.path, off, b); rc != lib.SQLITE_OK {
		return rc
	}
	rc := call[fnIO](f.m.FxWrite)(t, f.real, address(b), int32(len(b)), off)
	f.early.wrote(f, len(b))
	return rc
}

func (f *file) rawSize(t *libc.TLS) (int64, int32) {
	rc := call[fnPP](f.m.FxFileSize)(t, f.real, uintptr(unsafe.Pointer(&f.num[0])))
	return f.num[0], rc
}

func (f *file) rawTruncate(t *libc.TLS, size int64) int32 {
	if rc := f.vfs.before("truncate", f.path, size, nil); rc != lib.SQLITE_OK {
		return rc
	}
	return call[fnPI64](f.m.FxTruncate)(t, f.real, size)
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

func (mainLayout) read(f *file, t *libc.TLS, buf uintptr, n int32, off int64) int32 {
	if int64(n) == int64(f.paging) && off%int64(f.paging) == 0 {
		page := memory(buf, n)
		for try := 1; ; try++ {
			if rc := f.rawRead(t, page, f.paging.physical(off)); rc != lib.SQLITE_OK {
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
	if at+int64(n) > int64(f.paging) {
		return lib.SQLITE_IOERR_READ
	}
	out, page := memory(buf, n), f.scratch[:f.paging]
	for try := 1; try <= attempts; try++ {
		rc := f.rawRead(t, page, f.paging.physical(off-at))
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

func (mainLayout) write(f *file, t *libc.TLS, buf uintptr, n int32, off int64) int32 {
	page := memory(buf, n)
	// Another page size, or content where tag and nonce go: not a database of ours.
	if int64(n) != int64(f.paging) || off%int64(f.paging) != 0 || !isZero(page[f.paging.body():]) {
		return lib.SQLITE_IOERR_WRITE
	}
	size, rc := f.rawSize(t)
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
		if rc := f.rawWrite(t, out, f.paging.physical(end)); rc != lib.SQLITE_OK {
			return rc
		}
	}
	sealPage(f.aead, f.vfs.vault.nonces, out, page, f.paging.aad(f.aad[:], off))
	return f.rawWrite(t, out, f.paging.physical(off))
}

func (mainLayout) truncate(f *file, t *libc.TLS, size int64) int32 {
	page := int64(f.paging)
	return f.rawTruncate(t, f.paging.physicalSize((size+page-1)/page*page))
}

func (mainLayout) size(f *file, t *libc.TLS) (int64, int32) {
	size, rc := f.rawSize(t)
	return f.paging.logicalSize(size), rc
}

// walLayout is a write-ahead log as SQLite writes it, with the page in each
// frame enciphered.
type walLayout struct{}

func (walLayout) read(f *file, t *libc.TLS, buf uintptr, n int32, off int64) int32 {
	out := memory(buf, n)
	if off+int64(n) <= walHeader {
		return f.rawRead(t, out, off)
	}
	if off < walHeader {
		return lib.SQLITE_IOERR_READ
	}
	size := f.paging.frame()
	frame, at := (off-walHeader)/size, (off-walHeader)%size
	if at+int64(n) <= frameHeader {
		return f.rawRead(t, out, off)
	}
	if at+int64(n) > size {
		return lib.SQLITE_IOERR_READ
	}
	whole := f.scratch[:size]
	for try := 1; ; try++ {
		if rc := f.rawRead(t, whole, off-at); rc != lib.SQLITE_OK {
			clear(out)
			return rc
		}
		if !f.salted || try > 1 { // another connection may have begun the log again
			if rc := f.readSalts(t); rc != lib.SQLITE_OK {
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
func (f *file) readSalts(t *libc.TLS) int32 {
	var head [walHeader]byte
	rc := f.rawRead(t, head[:], 0)
	copy(f.salts[:], head[16:24])
	f.salted = rc == lib.SQLITE_OK
	return rc
}

func (walLayout) write(f *file, t *libc.TLS, buf uintptr, n int32, off int64) int32 {
	in := memory(buf, n)
	if off == 0 && n == walHeader {
		f.frame, f.salted = -1, true
		copy(f.salts[:], in[16:24])
		return f.rawWrite(t, in, off)
	}
	if off < walHeader {
		return lib.SQLITE_IOERR_WRITE
	}
	frame, at := (off-walHeader)/f.paging.frame(), (off-walHeader)%f.paging.frame()
	switch {
	case at == 0 && n == frameHeader:
		f.frame = frame
		copy(f.frameHead[:], in)
		// They are zero once the transaction has written over one of its frames;
		// until then they are what another connection may have put into the log's header.
		if !isZero(in[8:16]) {
			f.salted = true
			copy(f.salts[:], in[8:16])
		}
		return f.rawWrite(t, in, off)
	case at != frameHeader || int64(n) != int64(f.paging) || !isZero(in[f.paging.body():]):
		return lib.SQLITE_IOERR_WRITE
	}
	if f.frame != frame { // a page written again in the same transaction
		f.frame = -1
		if rc := f.rawRead(t, f.frameHead[:], off-frameHeader); rc != lib.SQLITE_OK {
			return rc
		}
		f.frame = frame
	}
	if !f.salted {
		if rc := f.readSalts(t); rc != lib.SQLITE_OK {
			return rc
		}
	}
	out := f.scratch[:f.paging]
	sealPage(f.aead, f.vfs.vault.nonces, out, in, frameAAD(f.aad[:], frame, f.frameHead[:], f.salts[:]))
	return f.rawWrite(t, out, off)
}

func (walLayout) truncate(f *file, t *libc.TLS, size int64) int32 {
	f.frame, f.salted = -1, false
	return f.rawTruncate(t, size)
}

func (walLayout) size(f *file, t *libc.TLS) (int64, int32) { return f.rawSize(t) }

// sectorLayout is a file that is read and written at any place: a rollback
// journal or a temporary file.
type sectorLayout struct{ temp bool }

func (l sectorLayout) read(f *file, t *libc.TLS, buf uintptr, n int32, off int64) int32 {
	out := memory(buf, n)
	for len(out) > 0 {
		sector, at := off/int64(f.sector), int(off%int64(f.sector))
		used, rc := l.load(f, t, sector)
		if rc == errTorn {
			// What SQLite wrote last before the power went. Of a page it is told that the
			// journal ends here; marks, page numbers and check sums it takes for zeros, which
			// mean the same. (For those it does not expect a short read.)
			rc = lib.SQLITE_OK
			if int64(n) == int64(f.paging) {
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
			size, rc := l.size(f, t)
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
func (l sectorLayout) load(f *file, t *libc.TLS, sector int64) (int, int32) {
	clear(f.plain)
	if rc := f.rawRead(t, f.scratch, sector*int64(len(f.scratch))); rc != lib.SQLITE_OK {
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

func (l sectorLayout) store(f *file, t *libc.TLS, sector int64, used int) int32 {
	sealSector(f.aead, f.vfs.vault.nonces, f.scratch, f.plain, used, sector, f.aad[:])
	return f.rawWrite(t, f.scratch, sector*int64(len(f.scratch)))
}

func (l sectorLayout) write(f *file, t *libc.TLS, buf uintptr, n int32, off int64) int32 {
	size, rc := f.rawSize(t)
	if rc != lib.SQLITE_OK {
		return rc
	}
	sectors := size / int64(len(f.scratch))
	for ; sectors < off/int64(f.sector); sectors++ { // no holes
		clear(f.plain)
		if rc := l.store(f, t, sectors, f.sector); rc != lib.SQLITE_OK {
			return rc
		}
	}
	in := memory(buf, n)
	for len(in) > 0 {
		sector, at := off/int64(f.sector), int(off%int64(f.sector))
		k := min(len(in), f.sector-at)
		used := 0
		if k < f.sector {
			if sector < sectors {
				if used, rc = l.load(f, t, sector); rc == errTorn {
					used = 0 // a journal written over after a crash
				} else if rc != lib.SQLITE_OK {
					return rc
				}
			} else {
				clear(f.plain)
			}
		}
		copy(f.plain[at:], in[:k])
		if rc := l.store(f, t, sector, max(used, at+k)); rc != lib.SQLITE_OK {
			return rc
		}
		in, off = in[k:], off+int64(k)
	}
	return lib.SQLITE_OK
}

func (l sectorLayout) truncate(f *file, t *libc.TLS, size int64) int32 {
	now, rc := l.size(f, t)
	if rc != lib.SQLITE_OK || size >= now {
		return rc
	}
	sectors, at := size/int64(f.sector), int(size%int64(f.sector))
	if at > 0 {
		if _, rc := l.load(f, t, sectors); rc != lib.SQLITE_OK && rc != errTorn {
			return rc
		}
		clear(f.plain[at:])
		if rc := l.store(f, t, sectors, at); rc != lib.SQLITE_OK {
			return rc
		}
		sectors++
	}
	return f.rawTruncate(t, sectors*int64(len(f.scratch)))
}

func (l sectorLayout) size(f *file, t *libc.TLS) (int64, int32) {
	size, rc := f.rawSize(t)
	sectors := size / int64(len(f.scratch))
	if rc != lib.SQLITE_OK || sectors == 0 {
		return 0, rc
	}
	used, rc := l.load(f, t, sectors-1)
	if rc == errTorn {
		rc = lib.SQLITE_OK
	}
	return (sectors-1)*int64(f.sector) + int64(used), rc
}

func xClose(t *libc.TLS, p uintptr) int32 {
	f := get(p)
	f.early.close()
	rc := call[fnP](f.m.FxClose)(t, f.real)
	ptr[handle](p).methods = 0
	free(t, f.name) // the platform used it until now
	opened.Delete(p)
	clear(f.scratch)
	clear(f.plain)
	f.vfs.files.Add(-1)
	return rc
}

func xRead(t *libc.TLS, p, buf uintptr, n int32, off int64) int32 {
	f := get(p)
	return f.io.read(f, t, buf, n, off)
}

func xWrite(t *libc.TLS, p, buf uintptr, n int32, off int64) int32 {
	f := get(p)
	return f.io.write(f, t, buf, n, off)
}

func xTruncate(t *libc.TLS, p uintptr, size int64) int32 {
	f := get(p)
	return f.io.truncate(f, t, size)
}

func xFileSize(t *libc.TLS, p, out uintptr) int32 {
	f := get(p)
	size, rc := f.io.size(f, t)
	*ptr[int64](out) = size
	return rc
}

func xSync(t *libc.TLS, p uintptr, flags int32) int32 {
	f := get(p)
	if rc := f.vfs.before("sync", f.path, 0, nil); rc != lib.SQLITE_OK {
		return rc
	}
	return call[fnPI](f.m.FxSync)(t, f.real, flags)
}

func xLock(t *libc.TLS, p uintptr, level int32) int32 {
	f := get(p)
	return call[fnPI](f.m.FxLock)(t, f.real, level)
}

func xUnlock(t *libc.TLS, p uintptr, level int32) int32 {
	f := get(p)
	return call[fnPI](f.m.FxUnlock)(t, f.real, level)
}

func xCheckReservedLock(t *libc.TLS, p, out uintptr) int32 {
	f := get(p)
	return call[fnPP](f.m.FxCheckReservedLock)(t, f.real, out)
}

func xFileControl(t *libc.TLS, p uintptr, op int32, arg uintptr) int32 {
	f := get(p)
	switch op {
	case lib.SQLITE_FCNTL_MMAP_SIZE,
		lib.SQLITE_FCNTL_SIZE_HINT,
		lib.SQLITE_FCNTL_CHUNK_SIZE,
		lib.SQLITE_FCNTL_POWERSAFE_OVERWRITE:
		return lib.SQLITE_NOTFOUND // no mapping, and no pages that nobody wrote
	}
	return call[fnCtl](f.m.FxFileControl)(t, f.real, op, arg)
}

// xSectorSize is what disks write at once.
func xSectorSize(_ *libc.TLS, _ uintptr) int32 { return 4096 }

// xDeviceCharacteristics: a write touches the bytes it is told to and no
// others, frames and pages being enciphered one by one, so SQLite's usual assumption
// (POWERSAFE_OVERWRITE) holds as it does without us. Reading part of a page
// or writing several at once does not.
func xDeviceCharacteristics(t *libc.TLS, p uintptr) int32 {
	f := get(p)
	return call[fnP](
		f.m.FxDeviceCharacteristics,
	)(
		t,
		f.real,
	)&(lib.SQLITE_IOCAP_UNDELETABLE_WHEN_OPEN|lib.SQLITE_IOCAP_IMMUTABLE) |
		lib.SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

func xShmMap(t *libc.TLS, p uintptr, region, size, extend int32, out uintptr) int32 {
	f := get(p)
	return call[fnMap](f.m.FxShmMap)(t, f.real, region, size, extend, out)
}

func xShmLock(t *libc.TLS, p uintptr, off, n, flags int32) int32 {
	f := get(p)
	return call[fnLock](f.m.FxShmLock)(t, f.real, off, n, flags)
}

func xShmBarrier(t *libc.TLS, p uintptr) {
	f := get(p)
	call[fnVoid](f.m.FxShmBarrier)(t, f.real)
}

func xShmUnmap(t *libc.TLS, p uintptr, remove int32) int32 {
	f := get(p)
	return call[fnPI](f.m.FxShmUnmap)(t, f.real, remove)
}

func xDelete(t *libc.TLS, v, name uintptr, syncDir int32) int32 {
	p, b := base(v)
	if s, ok := registered.Load(v); ok && s.(*vfs).hook != nil {
		if rc := s.(*vfs).before("delete", libc.GoString(name), int64(syncDir), nil); rc != lib.SQLITE_OK {
			return rc
		}
	}
	if other := sidecar(name); other != 0 {
		defer free(t, other)
		name = other
	}
	return call[fnDel](b.FxDelete)(t, p, name, syncDir)
}

func xAccess(t *libc.TLS, v, name uintptr, flags int32, out uintptr) int32 {
	p, b := base(v)
	if other := sidecar(name); other != 0 {
		defer free(t, other)
		name = other
	}
	return call[fnName](b.FxAccess)(t, p, name, flags, out)
}

func xFullPathname(t *libc.TLS, v, name uintptr, n int32, out uintptr) int32 {
	p, b := base(v)
	return call[fnName](b.FxFullPathname)(t, p, name, n, out)
}

func xRandomness(t *libc.TLS, v uintptr, n int32, out uintptr) int32 {
	p, b := base(v)
	return call[fnCtl](b.FxRandomness)(t, p, n, out)
}

func xSleep(t *libc.TLS, v uintptr, microseconds int32) int32 {
	p, b := base(v)
	return call[fnPI](b.FxSleep)(t, p, microseconds)
}

func xCurrentTime(t *libc.TLS, v, out uintptr) int32 {
	p, b := base(v)
	return call[fnPP](b.FxCurrentTime)(t, p, out)
}

func xCurrentTimeInt64(t *libc.TLS, v, out uintptr) int32 {
	p, b := base(v)
	return call[fnPP](b.FxCurrentTimeInt64)(t, p, out)
}

func xGetLastError(t *libc.TLS, v uintptr, n int32, out uintptr) int32 {
	p, b := base(v)
	return call[fnCtl](b.FxGetLastError)(t, p, n, out)
}
