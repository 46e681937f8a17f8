package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"assay/internal/runlog"
	"assay/internal/service"
)

// TestTiming times two imports by a clock and a processor that are made up.
func TestTiming(t *testing.T) {
	now, spent, memory := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), time.Duration(0), int64(100)
	tm := newTiming()
	tm.clock = func() time.Time { return now }
	tm.cost = func() (time.Duration, int64) { return spent, memory }
	pass := func(wall, processor time.Duration) { now, spent = now.Add(wall), spent+processor }
	tm.begin(phaseOpen)
	for range 2 {
		pass(time.Second, 2*time.Second)
		tm.begin(phaseNames[service.PhaseRead])
		pass(10*time.Second, 15*time.Second)
		memory += 50
		tm.begin(phaseNames[service.PhaseSum])
		pass(2*time.Second, time.Second)
		r := service.Imported{}
		r.Result.Bytes, r.Source.New = 400_000_000, 2_000
		tm.took(&r)
		tm.begin(phaseOpen)
	}
	tm.begin("")
	pass(time.Hour, time.Hour) // of no phase
	var out bytes.Buffer
	tm.print(&env{out: &out})
	got := strings.Join(strings.Fields(out.String()), " ")
	for _, want := range []string{
		phaseOpen + " 2.00 s 4.00 s",
		phaseNames[service.PhaseRead] + " 20.00 s 30.00 s 40.0 MB a second, 200 runs a second",
		phaseNames[service.PhaseSum] + " 4.00 s 2.00 s",
		"all 26.00 s 36.00 s",
		"memory at its peak 200 B",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}

// TestProgressLine: the line says rate and time left, is not written more than five times a
// second, and leaves nothing behind when it is cleared.
func TestProgressLine(t *testing.T) {
	var out bytes.Buffer
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	l := newProgressLine(&out, "/tmp/a\x1b[31m.jsonl", now)
	for i := int64(1); i <= 50; i++ {
		now = now.Add(100 * time.Millisecond)
		l.read(runlog.Progress{Read: i * 1_000_000, Total: 100_000_000, Records: i * 1_000}, now)
	}
	l.phase(service.PhaseSum)
	l.clear()
	lines := strings.Split(out.String(), "\r")
	if strings.ContainsRune(out.String(), '\x1b') || len(lines) > 30 {
		t.Errorf("%d lines: %q", len(lines), out.String())
	}
	// 5 s for half of it: 5 s more, and then a fifth of the whole for the ending.
	want := "a<001b>[31m.jsonl: 49000 runs (49 %), 10.0 MB a second, 7s left"
	if !strings.Contains(out.String(), want) {
		t.Errorf("%q is not in %q", want, lines)
	}
	if last := lines[len(lines)-2]; strings.TrimSpace(last) != "" || len(last) < 30 {
		t.Errorf("cleared with %q", last)
	}
}
