package oversight

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"assay/internal/approval"
	"assay/internal/fault"
)

// Verdict is what a reader says of a run in a sample: whether what was decided
// is what should have been.
type Verdict string

const (
	VerdictAgree    Verdict = "agree"
	VerdictDisagree Verdict = "disagree"
)

// maxNote is the longest note on a run, in characters.
const maxNote = 10_000

// Said is what was said of one run of a sample.
type Said struct {
	RunID   string    `json:"run_id"`
	Verdict Verdict   `json:"verdict"`
	Note    string    `json:"note"` // needed where the verdict is disagree
	By      string    `json:"by"`   // name
	At      time.Time `json:"at"`
	// Seconds is how long after the reading before it this one was written down, or
	// after the sample was drawn: what a reader of the workpaper holds against how
	// long a run takes to read.
	Seconds int64 `json:"seconds,omitempty"`
}

// Timed fills in the seconds of readings, which are in the order of their times.
func Timed(said []Said, drawn time.Time) {
	before := drawn
	for i := range said {
		said[i].Seconds = max(0, int64(said[i].At.Sub(before)/time.Second))
		before = said[i].At
	}
}

// Check tells what is wrong with s as said of a run of w.
func (s Said) Check(w Workpaper) error {
	var fields []fault.Field
	if s.Verdict != VerdictAgree && s.Verdict != VerdictDisagree {
		fields = append(
			fields,
			fault.Field{Name: "verdict", Message: "Say whether the officer agrees with what was decided."},
		)
	}
	if s.Verdict == VerdictDisagree && strings.TrimSpace(s.Note) == "" {
		fields = append(fields, fault.Field{Name: "note", Message: "Say what should have been decided, and why."})
	}
	if utf8.RuneCountInString(s.Note) > maxNote {
		fields = append(fields, fault.Field{Name: "note", Message: "Shorten the note to 10,000 characters."})
	}
	if err := fault.Join(fields); err != nil {
		return err
	}
	if !w.Holds(s.RunID) {
		return fault.NotFound("run in this sample", s.RunID)
	}
	return nil
}

// Holds tells whether a run is in the sample.
func (w Workpaper) Holds(runID string) bool {
	return slices.ContainsFunc(w.Strata, func(s StratumSample) bool {
		return slices.ContainsFunc(s.Runs, func(r RunRef) bool { return r.RunID == runID })
	})
}

// SignOff ends the reading of a sample.
type SignOff struct {
	By         string    `json:"by"` // the officer's name
	Role       string    `json:"role"`
	With       string    `json:"with"` // who was at the keyboard
	At         time.Time `json:"at"`
	Conclusion string    `json:"conclusion"`
	Read       int64     `json:"read"`
	Deviations int64     `json:"deviations"` // runs with which the officer disagrees
	// Seconds is how long all of the reading took, from the drawing on, and Median how
	// long a run, by Said.Seconds.
	Seconds int64 `json:"seconds,omitempty"`
	Median  int64 `json:"median_seconds,omitempty"`
	// Approval is the sign-off of the person named, who did not draw the sample; the
	// zero Approval for samples that were signed off before this was asked for.
	Approval approval.Approval `json:"approval,omitzero"`
	// UpperLimit is the highest share of deviations in all runs that is
	// compatible, at the plan's confidence, with those found.
	UpperLimit float64 `json:"upper_limit"`
}

// Conclude signs a sample off once every run of it was read.
func (w Workpaper) Conclude(said []Said, s SignOff) (SignOff, error) {
	if strings.TrimSpace(s.Conclusion) == "" {
		return s, fault.Invalid("conclusion", "Say what reading these runs showed.")
	}
	s.Read, s.Deviations = int64(len(said)), 0
	var each []int64
	for _, x := range said {
		if x.Verdict == VerdictDisagree {
			s.Deviations++
		}
		each = append(each, x.Seconds)
		s.Seconds += x.Seconds
	}
	if slices.Sort(each); len(each) > 0 {
		s.Median = each[len(each)/2]
	}
	if left := w.Drawn - s.Read; left > 0 {
		return s, fault.Conflict("%d of %d runs are still to be read; a sample is signed off whole.", left, w.Drawn)
	}
	s.UpperLimit = w.Plan.UpperLimit(w.Population, w.Drawn, s.Deviations)
	return s, nil
}
