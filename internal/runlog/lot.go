package runlog

import (
	"context"
	"strings"
	"sync"

	"assay/internal/run"
)

// Files that are imported together, by one command or from one folder, may tell of one
// another: which field of the mapping the platform writes at all, and to which run a
// trace belongs of which a file holds the end alone.

// Lot is what several files tell together.
type Lot struct {
	Fields map[string]bool   // of the mapping that one of them holds
	Runs   map[string]string // that traces belong to; empty: to several
}

// LotOf gives what the files at paths tell, read as o says, once somebody asks. What
// cannot be read tells nothing: it is refused when its turn comes.
func LotOf(paths []string, o Options) func(context.Context) *Lot {
	var once sync.Once
	var lot Lot
	return func(ctx context.Context) *Lot {
		once.Do(func() {
			lot = Lot{Fields: map[string]bool{}, Runs: map[string]string{}}
			o.Learn, o.Progress, o.Found = &lot, nil, nil
			for _, p := range paths {
				f, err := OpenFile(p)
				if err != nil {
					continue
				}
				Read(ctx, f, o, func(*run.Record) error { return nil })
				f.Close()
			}
		})
		return &lot
	}
}

// others is what the files beside this one tell; nothing where it stands alone.
func (s *sink) others() *Lot {
	if s.o.Lot == nil {
		return &Lot{}
	}
	return s.o.Lot(s.ctx)
}

// teach adds to a lot what this file tells.
func (s *sink) teach(l *Lot) {
	for _, a := range s.assemblers {
		for n := range a.m.Fields {
			if f, _ := fieldOf(n); a.found[f] > 0 {
				l.Fields[n] = true
			}
		}
	}
	for _, g := range s.gatherers {
		for trace, id := range g.runOf {
			if first, ok := l.Runs[trace]; ok && first != id {
				id = ""
			} else if !ok && len(l.Runs) >= gatherLimit {
				continue
			}
			l.Runs[strings.Clone(trace)] = id
		}
	}
}
