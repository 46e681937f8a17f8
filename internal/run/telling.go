package run

import "time"

// InFull is a run as another file tells it: what that file says, and of what is
// held what lies before its first event or after its last. A file that covers a part
// of the run only is not taken for all of it.
func InFull(told, held *Record) Record {
	from, to := told.Span()
	if from.IsZero() {
		return told.Clone()
	}
	outside := func(t time.Time) bool { return !t.IsZero() && (t.Before(from) || t.After(to)) }
	rest := Record{RunID: told.RunID, At: told.At, Precision: held.Precision}
	for _, s := range held.Steps {
		if outside(s.When()) {
			rest.Steps = append(rest.Steps, s)
		}
	}
	for _, d := range held.Decisions {
		if outside(d.Decided) {
			rest.Decisions = append(rest.Decisions, d)
		}
	}
	if len(rest.Steps) == 0 && len(rest.Decisions) == 0 {
		return told.Clone()
	}
	return Merge(told, &rest)
}
