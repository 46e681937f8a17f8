package sqlitex

import (
	"errors"
	"runtime"
	"slices"
	"unsafe"

	"modernc.org/libc"
)

// Arena holds the texts of a batch, one after the other, in memory that SQLite
// may read: it is C's, so that no address of Go's memory stands in SQLite's.
// A text is copied there once, and the piece of the file that it lay in is free.
type Arena struct {
	t    *libc.TLS
	p    uintptr
	n    int // bytes in use
	size int
	err  error // no memory; texts are lost from then on: see Err
}

// Placed is a text in an arena.
type Placed struct{ at, n int32 }

// largestArena keeps offsets in 31 bits; batches are far smaller.
const largestArena = 1 << 30

var errArena = errors.New("no memory for the runs that are being stored")

// NewArena makes an empty arena.
func NewArena() *Arena {
	a := &Arena{t: libc.NewTLS()}
	// An import that is given up ends without a word.
	runtime.SetFinalizer(a, func(a *Arena) {
		if a.p != 0 {
			libc.Xfree(a.t, a.p)
		}
		a.t.Close()
	})
	return a
}

// Put copies a text or a blob into the arena.
func Put[T string | []byte](a *Arena, s T) Placed {
	if a.n+len(s) > a.size {
		a.grow(a.n + len(s))
	}
	if a.err != nil || len(s) == 0 {
		return Placed{}
	}
	at := a.n
	a.n += copy(a.bytes()[at:], s)
	return Placed{int32(at), int32(len(s))}
}

func (a *Arena) bytes() []byte { return unsafe.Slice(at[byte](a.p), a.size) }

func (a *Arena) grow(need int) {
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

// Len is how many bytes are in use.
func (a *Arena) Len() int { return a.n }

// Err tells that there was no memory for a text that was put.
func (a *Arena) Err() error { return a.err }

// Reset empties the arena, and keeps its memory.
func (a *Arena) Reset() { a.n = 0 }

// copied is a text in Go's memory.
func (a *Arena) copied(s Placed) []byte {
	if s.n == 0 {
		return []byte{}
	}
	return slices.Clone(a.bytes()[s.at : s.at+s.n])
}
