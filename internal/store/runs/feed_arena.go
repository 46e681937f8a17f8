package runs

import (
	"errors"
	"runtime"
	"unsafe"

	"modernc.org/libc"
)

// arena holds the texts of a batch, one after the other, in memory that SQLite
// may read: it is C's, so that no address of Go's memory stands in SQLite's.
// A text is copied there once, and the piece of the file that it lay in is free.
type arena struct {
	t    *libc.TLS
	p    uintptr
	n    int // bytes in use
	size int
	err  error // no memory; texts are lost from then on
}

// placed is a text in an arena.
type placed struct{ at, n int32 }

// largestArena keeps offsets in 31 bits; batches are far smaller.
const largestArena = 1 << 30

var errArena = errors.New("no memory for the runs that are being stored")

func newArena() *arena {
	a := &arena{t: libc.NewTLS()}
	// An import that is given up ends without a word.
	runtime.SetFinalizer(a, func(a *arena) {
		if a.p != 0 {
			libc.Xfree(a.t, a.p)
		}
		a.t.Close()
	})
	return a
}

func put[T string | []byte](a *arena, s T) placed {
	if a.n+len(s) > a.size {
		a.grow(a.n + len(s))
	}
	if a.err != nil || len(s) == 0 {
		return placed{}
	}
	at := a.n
	a.n += copy(a.bytes()[at:], s)
	return placed{int32(at), int32(len(s))}
}

func (a *arena) bytes() []byte { return unsafe.Slice(at[byte](a.p), a.size) }

func (a *arena) grow(need int) {
	size := max(1<<20, a.size*2)
	for size < need {
		size *= 2
	}
	if need > largestArena || a.err != nil {
		a.err = errArena
		return
	}
	p := libc.Xmalloc(a.t, libc.Tsize_t(size))
	if p == 0 {
		a.err = errArena
		return
	}
	if a.p != 0 {
		copy(unsafe.Slice(at[byte](p), size), a.bytes()[:a.n])
		libc.Xfree(a.t, a.p)
	}
	a.p, a.size = p, size
}
