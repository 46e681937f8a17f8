package heap

import (
	"runtime"
	"runtime/debug"
	"testing"
)

// percent reads the setting, and leaves it as it is.
func percent() int {
	now := debug.SetGCPercent(100)
	debug.SetGCPercent(now)
	return now
}

func TestTight(t *testing.T) {
	before := percent()
	restore := Tight(25)
	if percent() != 25 {
		t.Errorf("set to %d", percent())
	}
	restore()
	if percent() != before {
		t.Errorf("left at %d, was %d", percent(), before)
	}
}

// TestBounded holds that the more is held, the smaller the share by which it may grow.
func TestBounded(t *testing.T) {
	before := percent()
	b := Bound()
	held := make([]byte, 256<<20)
	runtime.GC()
	for range 1 << 14 {
		b.Step()
	}
	if got := percent(); got < 5 || got > 12 {
		t.Errorf("%d per cent of 256 MiB, want about an eighth", got)
	}
	runtime.KeepAlive(held)
	b.Release()
	if percent() != before {
		t.Errorf("left at %d, was %d", percent(), before)
	}
}
