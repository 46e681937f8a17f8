package sqlitex

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"modernc.org/libc"
	sqlite "modernc.org/sqlite/lib"
)

// Kind is what SQLite uses a file for.
type Kind int

const (
	KindDatabase  Kind = iota // what a person opens
	KindLog                   // its write-ahead log
	KindJournal               // its rollback journal
	KindTemporary             // what nothing of outlives the connection
)

// FileSystem is what stands between SQLite and the platform's files. Results are
// SQLite's codes (modernc.org/sqlite/lib, SQLITE_OK and SQLITE_IOERR_…).
type FileSystem interface {
	// Name is the platform's name for a log or journal that SQLite names.
	Name(path string) string
	// Open is told of a file that the platform has opened, and gives what SQLite
	// sees in its place. path is SQLite's name for it, empty for a nameless one.
	Open(raw *RawFile, path string, kind Kind) (File, int32)
	// Delete is asked before a file is deleted; all but SQLITE_OK prevents it.
	Delete(path string, synced bool) int32
}

// File is an open file as SQLite sees it. SQLite uses it from one connection, and
// so one goroutine, at a time.
type File interface {
	// Read fills b from off. Where the file is shorter it clears the rest of b,
	// which SQLite relies on, and gives SQLITE_IOERR_SHORT_READ.
	Read(b []byte, off int64) int32
	Write(b []byte, off int64) int32
	Truncate(size int64) int32
	Size() (int64, int32)
	Sync() int32 // asked before the platform syncs; all but SQLITE_OK prevents it
	Closing()    // the last call, before the platform closes
}

// RawFile is the platform's file beneath a File. It is used inside the File's own
// methods and Open only: each of SQLite's calls brings the thread that the platform's
// functions run on.
type RawFile struct {
	t    *libc.TLS
	file uintptr // the platform's sqlite3_file
	m    *sqlite.Tsqlite3_io_methods
	size [1]int64
	held []byte
}

// Read reads the platform's file into b.
func (r *RawFile) Read(b []byte, off int64) int32 {
	rc := call[fnIO](r.m.FxRead)(r.t, r.file, r.address(b), int32(len(b)), off)
	r.held = nil
	return rc
}

// Write writes b to the platform's file.
func (r *RawFile) Write(b []byte, off int64) int32 {
	rc := call[fnIO](r.m.FxWrite)(r.t, r.file, r.address(b), int32(len(b)), off)
	r.held = nil
	return rc
}

// address is where b lies, as C code wants it. The collector does not see such an
// address: that b is also in a field keeps it alive, and off a stack, which would
// move when it grows.
func (r *RawFile) address(b []byte) uintptr {
	r.held = b
	return uintptr(unsafe.Pointer(unsafe.SliceData(b)))
}

// Size is how long the platform's file is.
func (r *RawFile) Size() (int64, int32) {
	rc := call[fnPP](r.m.FxFileSize)(r.t, r.file, uintptr(unsafe.Pointer(&r.size[0])))
	return r.size[0], rc
}

// Truncate cuts the platform's file.
func (r *RawFile) Truncate(size int64) int32 { return call[fnPI64](r.m.FxTruncate)(r.t, r.file, size) }

// VFS is a SQLite VFS over the platform's own, in which files are what a
// FileSystem makes of them. Everything that SQLite calls is a package-level
// function: SQLite keeps bare addresses, and the collector would free a closure that
// only C memory points to.
type VFS struct {
	name  string
	fs    FileSystem
	c     uintptr // the sqlite3_vfs, in C memory
	files atomic.Int64
}

var (
	registered sync.Map // uintptr of the sqlite3_vfs → *VFS
	opened     sync.Map // uintptr of the sqlite3_file → *openFile; keeps them from the collector
)

// handle is how our sqlite3_file begins; the platform's own follows it.
type handle struct {
	methods uintptr
	file    uintptr // of the *openFile, which opened keeps: the collector does not see C memory
}

const handleSize = unsafe.Sizeof(handle{})

type openFile struct {
	file File
	raw  RawFile
	vfs  *VFS
	name uintptr // in C memory, if it is not SQLite's
}

// get is the file that SQLite calls about.
func get(t *libc.TLS, p uintptr) *openFile {
	f := at[openFile](at[handle](p).file)
	f.raw.t = t
	return f
}

// memory is n bytes of SQLite's at p. Not inlined: Go 1.26 fails to compile a copy
// of known length from what it then sees to be an integer.
//
//go:noinline
func memory(p uintptr, n int32) []byte { return unsafe.Slice(at[byte](p), int(n)) }

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

// call makes the address of a Go function that C memory holds callable again, as
// callback gives it; it is how modernc.org/sqlite does it.
func call[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&struct{ uintptr }{p})) }

var fileMethods = sqlite.Tsqlite3_io_methods{
	FiVersion:               2, // no memory mapping
	FxClose:                 callback(xClose),
	FxRead:                  callback(xRead),
	FxWrite:                 callback(xWrite),
	FxTruncate:              callback(xTruncate),
	FxSync:                  callback(xSync),
	FxFileSize:              callback(xFileSize),
	FxLock:                  callback(xLock),
	FxUnlock:                callback(xUnlock),
	FxCheckReservedLock:     callback(xCheckReservedLock),
	FxFileControl:           callback(xFileControl),
	FxSectorSize:            callback(xSectorSize),
	FxDeviceCharacteristics: callback(xDeviceCharacteristics),
	FxShmMap:                callback(xShmMap),
	FxShmLock:               callback(xShmLock),
	FxShmBarrier:            callback(xShmBarrier),
	FxShmUnmap:              callback(xShmUnmap),
}

// Register makes a file system known to SQLite under a name, for the parameter
// vfs of a file's address.
func Register(name string, fs FileSystem) (*VFS, error) {
	t := libc.NewTLS()
	defer t.Close()
	platform := sqlite.Xsqlite3_vfs_find(t, 0)
	if platform == 0 {
		return nil, fmt.Errorf("SQLite has no file system")
	}
	cName, err := libc.CString(name)
	if err != nil {
		return nil, fmt.Errorf("name a file system: %w", err)
	}
	v := &VFS{name: name, fs: fs}
	real := at[sqlite.Tsqlite3_vfs](platform)
	v.c = libc.Xcalloc(t, 1, libc.Tsize_t(unsafe.Sizeof(*real)))
	if v.c == 0 {
		return nil, fmt.Errorf("no memory for a file system")
	}
	*at[sqlite.Tsqlite3_vfs](v.c) = sqlite.Tsqlite3_vfs{
		FiVersion:          2,
		FszOsFile:          real.FszOsFile + int32(handleSize),
		FmxPathname:        real.FmxPathname,
		FzName:             cName,
		FpAppData:          platform,
		FxOpen:             callback(xOpen),
		FxDelete:           callback(xDelete),
		FxAccess:           callback(xAccess),
		FxFullPathname:     callback(xFullPathname),
		FxRandomness:       callback(xRandomness),
		FxSleep:            callback(xSleep),
		FxCurrentTime:      callback(xCurrentTime),
		FxGetLastError:     callback(xGetLastError),
		FxCurrentTimeInt64: callback(xCurrentTimeInt64),
	}
	registered.Store(v.c, v)
	if rc := sqlite.Xsqlite3_vfs_register(t, v.c, 0); rc != sqlite.SQLITE_OK {
		return nil, fmt.Errorf("register a file system: SQLite error %d", rc)
	}
	return v, nil
}

// Name is what the file system was registered as.
func (v *VFS) Name() string { return v.name }

// Unregister takes the file system away from SQLite. It fails while a file is open.
// A read that was under way when its database was closed still holds some and ends
// by itself: database/sql does not wait for it, and so this does, for two seconds.
func (v *VFS) Unregister() error {
	for range 200 {
		if v.files.Load() == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if n := v.files.Load(); n != 0 {
		return fmt.Errorf("%d of its files are open", n)
	}
	t := libc.NewTLS()
	defer t.Close()
	sqlite.Xsqlite3_vfs_unregister(t, v.c)
	registered.Delete(v.c)
	libc.Xfree(t, at[sqlite.Tsqlite3_vfs](v.c).FzName)
	libc.Xfree(t, v.c)
	return nil
}

// base is the platform's VFS beneath ours.
func base(v uintptr) (uintptr, *sqlite.Tsqlite3_vfs) {
	p := at[sqlite.Tsqlite3_vfs](v).FpAppData
	return p, at[sqlite.Tsqlite3_vfs](p)
}

func xOpen(t *libc.TLS, v, zName, pFile uintptr, flags int32, out uintptr) int32 {
	h := at[handle](pFile)
	h.methods = 0 // SQLite closes a file that failed to open only if this is set
	r, ok := registered.Load(v)
	if !ok {
		return sqlite.SQLITE_CANTOPEN
	}
	s := r.(*VFS)
	kind := KindTemporary
	switch {
	case flags&sqlite.SQLITE_OPEN_SUPER_JOURNAL != 0:
		return sqlite.SQLITE_CANTOPEN // names other files: a transaction over two databases is not supported
	case flags&sqlite.SQLITE_OPEN_MAIN_DB != 0:
		kind = KindDatabase
	case flags&sqlite.SQLITE_OPEN_WAL != 0:
		kind = KindLog
	case flags&sqlite.SQLITE_OPEN_MAIN_JOURNAL != 0:
		kind = KindJournal
	}
	f := &openFile{vfs: s}
	f.raw.t, f.raw.file = t, pFile+handleSize
	path := ""
	if zName != 0 {
		path = libc.GoString(zName)
	}
	p, real := base(v)
	if kind == KindLog || kind == KindJournal {
		if name := s.platformName(zName); name != 0 {
			zName, f.name = name, name
		}
	}
	if rc := call[fnOpen](real.FxOpen)(t, p, zName, f.raw.file, flags, out); rc != sqlite.SQLITE_OK {
		free(t, f.name)
		return rc
	}
	f.raw.m = at[sqlite.Tsqlite3_io_methods](*at[uintptr](f.raw.file))
	var rc int32
	if f.file, rc = s.fs.Open(&f.raw, path, kind); rc != sqlite.SQLITE_OK {
		call[fnP](f.raw.m.FxClose)(t, f.raw.file)
		free(t, f.name)
		return rc
	}
	opened.Store(pFile, f)
	s.files.Add(1)
	h.file = uintptr(unsafe.Pointer(f))
	h.methods = uintptr(unsafe.Pointer(&fileMethods))
	return sqlite.SQLITE_OK
}

// platformName is the file system's name for a file, in C memory; 0 where that is
// SQLite's own.
func (v *VFS) platformName(zName uintptr) uintptr {
	if zName == 0 {
		return 0
	}
	name := libc.GoString(zName)
	ours := v.fs.Name(name)
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

func free(t *libc.TLS, p uintptr) {
	if p != 0 {
		libc.Xfree(t, p)
	}
}

func xClose(t *libc.TLS, p uintptr) int32 {
	f := get(t, p)
	f.file.Closing()
	rc := call[fnP](f.raw.m.FxClose)(t, f.raw.file)
	at[handle](p).methods = 0
	free(t, f.name) // the platform used it until now
	opened.Delete(p)
	f.vfs.files.Add(-1)
	return rc
}

func xRead(t *libc.TLS, p, buf uintptr, n int32, off int64) int32 {
	return get(t, p).file.Read(memory(buf, n), off)
}

func xWrite(t *libc.TLS, p, buf uintptr, n int32, off int64) int32 {
	return get(t, p).file.Write(memory(buf, n), off)
}

func xTruncate(t *libc.TLS, p uintptr, size int64) int32 { return get(t, p).file.Truncate(size) }

func xFileSize(t *libc.TLS, p, out uintptr) int32 {
	size, rc := get(t, p).file.Size()
	*at[int64](out) = size
	return rc
}

func xSync(t *libc.TLS, p uintptr, flags int32) int32 {
	f := get(t, p)
	if rc := f.file.Sync(); rc != sqlite.SQLITE_OK {
		return rc
	}
	return call[fnPI](f.raw.m.FxSync)(t, f.raw.file, flags)
}

func xLock(t *libc.TLS, p uintptr, level int32) int32 {
	f := get(t, p)
	return call[fnPI](f.raw.m.FxLock)(t, f.raw.file, level)
}

func xUnlock(t *libc.TLS, p uintptr, level int32) int32 {
	f := get(t, p)
	return call[fnPI](f.raw.m.FxUnlock)(t, f.raw.file, level)
}

func xCheckReservedLock(t *libc.TLS, p, out uintptr) int32 {
	f := get(t, p)
	return call[fnPP](f.raw.m.FxCheckReservedLock)(t, f.raw.file, out)
}

func xFileControl(t *libc.TLS, p uintptr, op int32, arg uintptr) int32 {
	f := get(t, p)
	switch op {
	case sqlite.SQLITE_FCNTL_MMAP_SIZE,
		sqlite.SQLITE_FCNTL_SIZE_HINT,
		sqlite.SQLITE_FCNTL_CHUNK_SIZE,
		sqlite.SQLITE_FCNTL_POWERSAFE_OVERWRITE:
		return sqlite.SQLITE_NOTFOUND // no mapping, and no pages that nobody wrote
	}
	return call[fnCtl](f.raw.m.FxFileControl)(t, f.raw.file, op, arg)
}

// xSectorSize is what disks write at once.
func xSectorSize(_ *libc.TLS, _ uintptr) int32 { return 4096 }

// xDeviceCharacteristics: a write touches the bytes it is told to and no
// others, whatever a FileSystem makes of a page, so SQLite's usual assumption
// (POWERSAFE_OVERWRITE) holds as it does without us. Reading part of a page
// or writing several at once does not.
func xDeviceCharacteristics(t *libc.TLS, p uintptr) int32 {
	f := get(t, p)
	kept := call[fnP](f.raw.m.FxDeviceCharacteristics)(t, f.raw.file) &
		(sqlite.SQLITE_IOCAP_UNDELETABLE_WHEN_OPEN | sqlite.SQLITE_IOCAP_IMMUTABLE)
	return kept | sqlite.SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

func xShmMap(t *libc.TLS, p uintptr, region, size, extend int32, out uintptr) int32 {
	f := get(t, p)
	return call[fnMap](f.raw.m.FxShmMap)(t, f.raw.file, region, size, extend, out)
}

func xShmLock(t *libc.TLS, p uintptr, off, n, flags int32) int32 {
	f := get(t, p)
	return call[fnLock](f.raw.m.FxShmLock)(t, f.raw.file, off, n, flags)
}

func xShmBarrier(t *libc.TLS, p uintptr) {
	f := get(t, p)
	call[fnVoid](f.raw.m.FxShmBarrier)(t, f.raw.file)
}

func xShmUnmap(t *libc.TLS, p uintptr, remove int32) int32 {
	f := get(t, p)
	return call[fnPI](f.raw.m.FxShmUnmap)(t, f.raw.file, remove)
}

func xDelete(t *libc.TLS, v, name uintptr, syncDir int32) int32 {
	p, b := base(v)
	r, ok := registered.Load(v)
	if !ok {
		return sqlite.SQLITE_IOERR_DELETE
	}
	s := r.(*VFS)
	if rc := s.fs.Delete(libc.GoString(name), syncDir != 0); rc != sqlite.SQLITE_OK {
		return rc
	}
	if other := s.platformName(name); other != 0 {
		defer free(t, other)
		name = other
	}
	return call[fnDel](b.FxDelete)(t, p, name, syncDir)
}

func xAccess(t *libc.TLS, v, name uintptr, flags int32, out uintptr) int32 {
	p, b := base(v)
	if r, ok := registered.Load(v); ok {
		if other := r.(*VFS).platformName(name); other != 0 {
			defer free(t, other)
			name = other
		}
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
