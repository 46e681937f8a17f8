// Package heap keeps the computer's memory for other programs while Assay does
// long work: it says how far Go may let its own memory grow before it collects.
//
// By itself Go lets the heap double, which is a good bargain for programs that
// hold little and a bad one here: while ten million runs are imported it would take
// gigabytes on a laptop that has other work to do. What such work holds is mostly
// numbers and pieces of a file, which cost the collector nothing to pass over, so
// that it may come often.
//
// The setting is the whole process's. Work that overlaps gets one of the two
// settings, which changes how much memory is used and nothing else.
package heap

import (
	"runtime/debug"
	"runtime/metrics"
)

// room is how many bytes the heap may grow by before it is collected.
const room = 32 << 20

// Tight has the heap collected each time that it grew by so many per cent, until
// the function that it gives is called.
func Tight(percent int) (restore func()) {
	before := debug.SetGCPercent(percent)
	return func() { debug.SetGCPercent(before) }
}

// Bounded keeps the growth of the heap to a fixed size, however much is held. It
// is for one goroutine.
type Bounded struct{ steps, percent, before int }

// Bound begins to keep it so, until Release.
func Bound() *Bounded {
	b := &Bounded{percent: 100}
	b.before = debug.SetGCPercent(b.percent)
	return b
}

// Release gives the former setting back.
func (b *Bounded) Release() { debug.SetGCPercent(b.before) }

// Step is called for each piece of the work, since the heap grows with them. Now
// and then it looks how much is held: a share of that is all that Go can be told.
func (b *Bounded) Step() {
	if b.steps++; b.steps%(1<<14) != 0 {
		return
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	percent := int(min(200, room*100/max(live[0].Value.Uint64(), 1)))
	// Each change stops the world for a moment, so small ones are not worth it.
	if d := percent - b.percent; 10*max(d, -d) > b.percent {
		b.percent = percent
		debug.SetGCPercent(percent)
	}
}
