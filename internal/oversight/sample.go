package oversight

import (
	"bufio"
	"cmp"
	"container/heap"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"assay/internal/fault"
	"assay/internal/run"
)

// SamplePlan says how many runs are drawn for a person to read, and which.
//
// The size is that of attribute sampling: the smallest number of runs such
// that, if a share of Tolerable or more of the population deviated, the chance
// of meeting no more than Expected deviations would be at most 1 − Confidence
// (hypergeometric, for drawing without replacement).
//
// The size is shared among the strata in proportion (largest remainders), at
// least one run each. Within a stratum the runs are those with the lowest
// SHA-256 of the seed, a line feed and the run's number in the Frame:
//
//	printf '%s\n%s' "$SEED" "$NUMBER" | sha256sum
//
// So that anybody can draw the same sample again from the Frame alone, without
// the runs: Redraw does.
type SamplePlan struct {
	Seed       string  `json:"seed"`
	Confidence float64 `json:"confidence"` // 0.5 to 0.999
	Tolerable  float64 `json:"tolerable"`  // 0.001 to 0.5: the highest share of deviations that would be tolerated
	Expected   int64   `json:"expected"`   // deviations that are expected in the sample, 0 to 50
}

// Check tells what is wrong with the plan.
func (p SamplePlan) Check() error {
	var fields []fault.Field
	need := func(ok bool, name, message string) {
		if !ok {
			fields = append(fields, fault.Field{Name: name, Message: message})
		}
	}
	need(
		p.Seed != "" && !strings.ContainsAny(p.Seed, "\r\n"),
		"seed",
		"Enter a seed, such as the date of the meeting: it settles which runs are drawn.",
	)
	need(p.Confidence >= 0.5 && p.Confidence <= 0.999, "confidence", "Enter a confidence between 50 % and 99.9 %.")
	need(p.Tolerable >= 0.001 && p.Tolerable <= 0.5, "tolerable", "Enter a tolerable rate between 0.1 % and 50 %.")
	need(p.Expected >= 0 && p.Expected <= 50, "expected", "Enter between 0 and 50 expected deviations.")
	return fault.Join(fields)
}

// Size is the number of runs to draw from a population of n. Where no sample
// smaller than the population would do, it is the population.
func (p SamplePlan) Size(n int64) int64 {
	if n <= 0 {
		return 0
	}
	bad := int64(math.Ceil(p.Tolerable * float64(n)))
	enough := func(size int64) bool { return atMost(n, bad, size, p.Expected) <= 1-p.Confidence+1e-12 }
	lo, hi := int64(1), n
	if !enough(n) {
		return n
	}
	for lo < hi {
		if mid := (lo + hi) / 2; enough(mid) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}

// atMost is the chance of at most k deviations in a sample drawn without
// replacement from n runs of which bad deviate.
func atMost(n, bad, size, k int64) float64 {
	p := 0.0
	for x := max(0, size-(n-bad)); x <= min(k, size, bad); x++ {
		p += math.Exp(choose(bad, x) + choose(n-bad, size-x) - choose(n, size))
	}
	return min(p, 1)
}

// UpperLimit is the highest share of deviations in a population of n that is
// compatible, at the plan's confidence, with deviations found in a sample.
func (p SamplePlan) UpperLimit(n, size, deviations int64) float64 {
	if n <= 0 || size <= 0 {
		return 1
	}
	lo, hi := deviations, n-(size-deviations) // deviations in the population
	for lo < hi {
		mid := (lo + hi + 1) / 2
		if atMost(n, mid, size, deviations) > 1-p.Confidence {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	return float64(lo) / float64(n)
}

// Stratum is a part of the population.
type Stratum struct {
	Gate    string `json:"gate"` // the last gate of the workflow that the run reached, empty for none
	Outcome string `json:"outcome"`
}

// Stratum is the part of the population that rec belongs to.
func (t *Tester) Stratum(rec *run.Record) Stratum {
	s := Stratum{Outcome: rec.Outcome}
	x := t.of(When(rec))
	for i, tr := range x.trailsOf(rec) {
		if tr.Reached {
			s.Gate = x.gates[i].Key
		}
	}
	return s
}

// Workpaper is a sample as drawn, with what is needed to draw it again.
type Workpaper struct {
	Plan       SamplePlan      `json:"plan"`
	Population int64           `json:"population"`
	Size       int64           `json:"size"` // by the plan; with one run a stratum, more may be drawn
	Drawn      int64           `json:"drawn"`
	Strata     []StratumSample `json:"strata"`
	Frame      *Frame          `json:"frame,omitempty"` // absent from samples drawn before frames were kept
}

// StratumSample is what was drawn from a stratum, in the order of the digests.
type StratumSample struct {
	Stratum
	Number     int64    `json:"number,omitempty"` // that stands for it in the frame, from 1
	Population int64    `json:"population"`
	Runs       []RunRef `json:"runs"`
	Numbers    []int64  `json:"numbers,omitempty"` // of these runs in the frame
}

// Frame is what a sample was drawn from: a text with a line for each run of the
// workflow in the order of import, and within an import in the order of its
// file. A line holds the number of the run's stratum, or 0 for a run outside
// the sample's period. Runs are numbered from 1 by their lines. It says nothing
// of any person: what a run holds, its digest and the root over the digests of
// its import lead to.
type Frame struct {
	Method  string        `json:"method"` // FrameMethod
	SHA256  string        `json:"sha256"` // of the text, hex
	Runs    int64         `json:"runs"`   // its lines
	Imports []FrameImport `json:"imports"`
}

// FrameImport is a stretch of the frame: an import's runs.
type FrameImport struct {
	Source string `json:"source"`
	Runs   int64  `json:"runs"`
	Root   string `json:"root"` // hex, over the digests of its runs: the log recorded it
}

// FrameMethod says in a workpaper how it was drawn.
const FrameMethod = "Each stratum's share of the size is in proportion, by largest remainders, and one run at " +
	"least. Within a stratum the runs are those with the lowest SHA-256 of the seed, a line feed and the run's " +
	"number in the frame, in decimal from 1."

// Sampler draws a sample from runs that are offered in the order of the frame,
// in the memory of the sample.
type Sampler struct {
	plan   SamplePlan
	most   int // that any stratum can need
	strata map[Stratum]*drawn
	n      int64 // offered
	line   int64 // of the frame
	frame  io.Writer
	sum    hash.Hash // over the frame
	text   []byte
}

type drawn struct {
	number     int64
	population int64
	lowest     tickets
}

type ticket struct {
	digest [sha256.Size]byte
	ref    RunRef
	number int64
}

// tickets is a heap with the highest digest on top.
type tickets []ticket

func (t tickets) Len() int           { return len(t) }
func (t tickets) Less(i, j int) bool { return string(t[i].digest[:]) > string(t[j].digest[:]) }
func (t tickets) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *tickets) Push(x any)        { *t = append(*t, x.(ticket)) }
func (t *tickets) Pop() any {
	last := len(*t) - 1
	x := (*t)[last]
	*t = (*t)[:last]
	return x
}

// NewSampler begins to draw by a plan that Check accepts, and writes the frame.
func NewSampler(p SamplePlan, frame io.Writer) *Sampler {
	return &Sampler{
		plan:   p,
		most:   int(p.Size(math.MaxInt32)) + 8,
		strata: map[Stratum]*drawn{},
		frame:  frame,
		sum:    sha256.New(),
	}
}

// Offer puts the next run into its stratum.
func (s *Sampler) Offer(at Stratum, ref RunRef) error {
	d := s.strata[at]
	if d == nil {
		d = &drawn{number: int64(len(s.strata)) + 1}
		s.strata[at] = d
	}
	if err := s.note(d.number); err != nil {
		return err
	}
	s.n++
	d.population++
	s.text = append(append(append(s.text[:0], s.plan.Seed...), '\n'), strconv.FormatInt(s.line, 10)...)
	t := ticket{sha256.Sum256(s.text), ref, s.line}
	switch {
	case len(d.lowest) < s.most:
		t.ref.RunID = strings.Clone(ref.RunID)
		heap.Push(&d.lowest, t)
	case string(t.digest[:]) < string(d.lowest[0].digest[:]):
		t.ref.RunID = strings.Clone(ref.RunID)
		d.lowest[0] = t
		heap.Fix(&d.lowest, 0)
	}
	return nil
}

// Pass goes past the next run, which is outside the period.
func (s *Sampler) Pass() error { return s.note(0) }

func (s *Sampler) note(stratum int64) error {
	s.line++
	s.text = append(strconv.AppendInt(s.text[:0], stratum, 10), '\n')
	s.sum.Write(s.text)
	_, err := s.frame.Write(s.text)
	return err
}

// Draw ends the drawing.
func (s *Sampler) Draw() Workpaper {
	w := Workpaper{Plan: s.plan, Population: s.n, Size: s.plan.Size(s.n), Strata: []StratumSample{},
		Frame: &Frame{
			Method:  FrameMethod,
			SHA256:  hex.EncodeToString(s.sum.Sum(nil)),
			Runs:    s.line,
			Imports: []FrameImport{},
		}}
	type share struct {
		at        Stratum
		size      int64
		remainder float64
	}
	var shares []share
	left := w.Size
	for at, d := range s.strata {
		exact := float64(w.Size) * float64(d.population) / float64(s.n)
		sh := share{at, int64(exact), exact - math.Floor(exact)}
		left -= sh.size
		shares = append(shares, sh)
	}
	byName := func(a, b share) int {
		return cmp.Or(strings.Compare(a.at.Gate, b.at.Gate), strings.Compare(a.at.Outcome, b.at.Outcome))
	}
	slices.SortFunc(shares, func(a, b share) int { return cmp.Or(cmp.Compare(b.remainder, a.remainder), byName(a, b)) })
	for i := range shares {
		if left > 0 {
			shares[i].size++
			left--
		}
		shares[i].size = max(shares[i].size, 1)
	}
	slices.SortFunc(shares, byName)
	for _, sh := range shares {
		d := s.strata[sh.at]
		slices.SortFunc(
			d.lowest,
			func(a, b ticket) int { return strings.Compare(string(a.digest[:]), string(b.digest[:])) },
		)
		out := StratumSample{Stratum: sh.at, Number: d.number, Population: d.population, Runs: []RunRef{}}
		for _, t := range d.lowest[:min(int64(len(d.lowest)), sh.size)] {
			out.Runs, out.Numbers = append(out.Runs, t.ref), append(out.Numbers, t.number)
		}
		w.Drawn += int64(len(out.Runs))
		w.Strata = append(w.Strata, out)
	}
	return w
}

// Redraw draws a workpaper's sample again from its frame and its plan, and says
// in which respect what the workpaper states is something else.
func (w Workpaper) Redraw(frame io.Reader) error {
	f := w.Frame
	if f == nil {
		return fault.NotFound("frame of", "this sample, which was drawn before frames were kept")
	}
	differs := func(format string, args ...any) error { return fault.Tampered(format, args...) }
	if err := w.Plan.Check(); err != nil {
		return differs("Its plan is none: %v", err)
	}
	names := map[int64]Stratum{}
	for _, st := range w.Strata {
		if names[st.Number] != (Stratum{}) || st.Number < 1 {
			return differs("Its strata are not numbered from 1, each once.")
		}
		names[st.Number] = st.Stratum
	}
	imported := int64(0)
	for _, x := range f.Imports {
		imported += x.Runs
	}
	if imported != f.Runs {
		return differs("Its imports have %d runs, and its frame %d.", imported, f.Runs)
	}
	s := NewSampler(w.Plan, io.Discard)
	lines := bufio.NewScanner(frame)
	for lines.Scan() && s.line <= f.Runs {
		n, err := strconv.ParseInt(lines.Text(), 10, 64)
		at, ok := names[n]
		switch {
		case err != nil || n != 0 && !ok:
			return differs("Line %d of its frame names no stratum.", s.line+1)
		case n == 0:
			err = s.Pass()
		default:
			err = s.Offer(at, RunRef{})
		}
		if err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("frame: %w", err)
	}
	again := s.Draw()
	if s.line != f.Runs {
		return differs("Its frame has another number of lines than the %d that it states.", f.Runs)
	}
	if again.Population != w.Population || again.Size != w.Size || again.Drawn != w.Drawn ||
		len(again.Strata) != len(w.Strata) {
		return differs(
			"The plan asks for %d runs of %d, and %d are drawn from %d strata; the workpaper says %d of %d, %d and %d.",
			again.Size,
			again.Population,
			again.Drawn,
			len(again.Strata),
			w.Size,
			w.Population,
			w.Drawn,
			len(w.Strata),
		)
	}
	for i, st := range again.Strata {
		said := w.Strata[i]
		if said.Stratum != st.Stratum || said.Population != st.Population || len(said.Runs) != len(st.Runs) ||
			!slices.Equal(said.Numbers, st.Numbers) {
			return differs("Of %s, with %d runs, others are drawn than the workpaper lists.", st.Stratum, st.Population)
		}
	}
	return nil
}

// String names a stratum for people.
func (s Stratum) String() string {
	gate, outcome := cmp.Or(s.Gate, "no gate"), cmp.Or(s.Outcome, "no outcome")
	return fmt.Sprintf("%s, %s", gate, outcome)
}
