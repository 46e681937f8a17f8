package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"assay/internal/pace"
	"assay/internal/runlog"
	"assay/internal/service"
)

// timing is what the phases of imports took: `assay import --timing`.
type timing struct {
	clock  func() time.Time
	cost   func() (processor time.Duration, memory int64)
	phases []timedPhase // of all files together, in the order in which they came first
	now    int          // the phase under way; -1 for none
	began  time.Time
	spent  time.Duration // of the processor when it began

	bytes, runs int64 // that were read, and stored
	memory      int64 // the most at a time
}

type timedPhase struct {
	Name      string        `json:"phase"`
	Wall      time.Duration `json:"wall_ns"`
	Processor time.Duration `json:"processor_ns"` // of all cores
}

func newTiming() *timing {
	return &timing{clock: time.Now, cost: processCost, now: -1}
}

// phaseNames say what the service does.
var phaseNames = map[service.ImportPhase]string{
	service.PhaseRead: "read, test and store each run",
	service.PhaseSum:  "sum up, test over all runs",
	service.PhaseKeep: "log and commit",
}

// The phase before and after the service's own.
const (
	phaseOpen  = "unlock, open and begin"
	phaseClose = "close the register"
)

// begin ends the phase before and begins another; "" begins none.
func (t *timing) begin(name string) {
	now := t.clock()
	spent, memory := t.cost()
	t.memory = max(t.memory, memory)
	if t.now >= 0 {
		p := &t.phases[t.now]
		p.Wall, p.Processor = p.Wall+now.Sub(t.began), p.Processor+spent-t.spent
	}
	t.now, t.began, t.spent = -1, now, spent
	for i := range t.phases {
		if t.phases[i].Name == name {
			t.now = i
		}
	}
	if t.now < 0 && name != "" {
		t.phases = append(t.phases, timedPhase{Name: name})
		t.now = len(t.phases) - 1
	}
}

// took notes a file that was imported.
func (t *timing) took(r *service.Imported) {
	if !r.Already {
		t.bytes, t.runs = t.bytes+r.Result.Bytes, t.runs+r.Source.New
	}
}

// all is the sum of the phases.
func (t *timing) all() timedPhase {
	sum := timedPhase{Name: "all"}
	for _, p := range t.phases {
		sum.Wall, sum.Processor = sum.Wall+p.Wall, sum.Processor+p.Processor
	}
	return sum
}

// print writes a table for people.
func (t *timing) print(e *env) {
	e.say("Timing:")
	e.table("", func(row func(string, ...any)) {
		row("  phase\twall\tprocessor\t")
		for _, p := range append(t.phases, t.all()) {
			speed := ""
			if s := p.Wall.Seconds(); p.Name == phaseNames[service.PhaseRead] && s > 0 {
				speed = fmt.Sprintf("%s a second, %.0f runs a second", bytesOf(float64(t.bytes)/s), float64(t.runs)/s)
			}
			row("  %s\t%.2f s\t%.2f s\t%s", p.Name, p.Wall.Seconds(), p.Processor.Seconds(), speed)
		}
		if t.memory > 0 {
			row("  memory at its peak\t%s\t\t", bytesOf(float64(t.memory)))
		}
	})
}

// json is the same for programs.
func (t *timing) json() map[string]any {
	return map[string]any{
		"phases": t.phases, "all": t.all(), "bytes": t.bytes, "runs": t.runs, "peak_memory": t.memory,
	}
}

// bytesOf writes a number of bytes in powers of 1,000, as the window does.
func bytesOf(n float64) string {
	unit := 0
	for ; n >= 1000 && unit < 4; unit++ {
		n /= 1000
	}
	return fmt.Sprintf("%.*f %s", min(unit, 1), n, [...]string{"B", "kB", "MB", "GB", "TB"}[unit])
}

// progressLine is the line on a terminal that says how far an import has come.
type progressLine struct {
	out  io.Writer
	file string
	pace *pace.Pace
	last time.Time
	long int // characters of what the line says
}

func newProgressLine(out io.Writer, file string, now time.Time) *progressLine {
	return &progressLine{out: out, file: filepath.Base(file), pace: pace.New(now, pace.Import)}
}

// read says how far reading has come, five times a second at most.
func (l *progressLine) read(p runlog.Progress, now time.Time) {
	at := l.pace.At(now, p.Read, p.Total)
	if now.Sub(l.last) < 200*time.Millisecond {
		return
	}
	l.last = now
	said := fmt.Sprintf("%s: %d runs", l.file, p.Records)
	if p.Total > 0 {
		said += fmt.Sprintf(" (%d %%)", p.Read*100/p.Total)
	}
	if at.Rate > 0 {
		said += ", " + bytesOf(at.Rate) + " a second"
	}
	if at.Left > 0 {
		said += fmt.Sprintf(", %v left", at.Left.Round(time.Second))
	}
	l.say(said)
}

// phase says that reading is done, and clears the line at the end.
func (l *progressLine) phase(p service.ImportPhase) {
	if p == service.PhaseSum {
		l.say(l.file + ": tests over all runs, and storing")
	}
}

// clear leaves the line empty for what is printed next.
func (l *progressLine) clear() {
	if l.long > 0 {
		l.say("")
		fmt.Fprint(l.out, "\r")
	}
}

func (l *progressLine) say(s string) {
	n := len([]rune(s))
	fmt.Fprint(l.out, "\r"+visible(s)+strings.Repeat(" ", max(0, l.long-n)))
	l.long = n
}
