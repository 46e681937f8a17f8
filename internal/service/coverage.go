package service

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"assay/internal/assurance"
	"assay/internal/civil"
	"assay/internal/imported"
	"assay/internal/oversight"
	"assay/internal/store"
	"assay/internal/store/runs"
	"assay/internal/workflow"
)

// Coverage is what the imported runs of a workflow say to each claim about its
// gates and to each control: in how many it is held, not held and not shown, over
// which period, with which gaps, and against which stated volume.
type Coverage struct {
	Workflow    string               `json:"workflow"` // reference
	Name        string               `json:"name"`
	Runs        int64                `json:"runs"`
	First       civil.Date           `json:"first"` // days of the first and the last run
	Last        civil.Date           `json:"last"`
	Days        int                  `json:"days"`         // in that period
	DaysIdle    int                  `json:"days_idle"`    // of these, without any run
	LongestIdle int                  `json:"longest_idle"` // days in a row
	Gates       []oversight.Coverage `json:"gates"`
	Controls    []oversight.Control  `json:"controls"`
	Volumes     []VolumeHeld         `json:"volumes"` // import by import, the first one first
	// Declarations are what the runs are held to, in the order in which it was declared.
	Declarations []assurance.DeclarationChange `json:"declarations"`
	Twins        []assurance.Twin              `json:"twins"` // other workflows that may be this one
}

// VolumeHeld is what an import holds beside what the platform states.
type VolumeHeld struct {
	Source  string `json:"source"` // reference
	File    string `json:"file"`
	Stated  int64  `json:"stated"` // runs by the platform's own count, -1 where it states none
	Read    int64  `json:"read"`   // records
	Held    int64  `json:"held"`   // runs, with those that an earlier import holds the same
	Refused int64  `json:"refused"`
	Purged  string `json:"purged"` // when and by whom, empty while the content is there
	// ReadAs is how its mapping had the file read, and Contrary which of these the words
	// do not bear out; see assurance.Source.
	ReadAs   []string `json:"read_as"`
	Contrary []string `json:"contrary"`
}

// Coverage says what the runs of a workflow can show.
func (s *Service) Coverage(ctx context.Context, name string) (c Coverage, err error) {
	err = s.read(ctx, func(r *store.Reader) error {
		wf, err := store.Workflows.Get(ctx, r, name)
		if err != nil {
			return err
		}
		if c, err = coverageOf(ctx, r, wf); err != nil {
			return err
		}
		if c.Declarations, err = declarationChanges(ctx, r, wf); err != nil {
			return err
		}
		all, err := store.Workflows.List(ctx, r)
		if err != nil {
			return err
		}
		common, err := commonRuns(ctx, r, all, wf)
		if err != nil {
			return err
		}
		c.Twins, err = twinsOf(ctx, r, all, wf, common, s.today())
		return err
	})
	return c, err
}

func coverageOf(ctx context.Context, r *store.Reader, wf *workflow.Workflow) (Coverage, error) {
	c := Coverage{Workflow: wf.Ref, Name: wf.Name, Volumes: []VolumeHeld{}}
	res, err := runs.Measure(ctx, r.SQL, wf, imported.Period{})
	if err != nil {
		return c, err
	}
	c.Runs, c.First, c.Last, c.Days, c.DaysIdle, c.LongestIdle = res.Totals.Runs, res.First, res.Last, res.Days,
		res.DaysIdle, res.LongestIdle
	c.Gates, c.Controls = res.Coverage, res.Controls
	purges, err := runs.Purges(ctx, r.SQL)
	if err != nil {
		return c, err
	}
	sources, err := runs.Sources(ctx, r.SQL, wf.ID)
	if err != nil {
		return c, err
	}
	leftOut, err := runs.LeftOuts(ctx, r.SQL, wf.ID)
	if err != nil {
		return c, err
	}
	for i := len(sources) - 1; i >= 0; i-- {
		x := sources[i]
		var as assurance.Source
		readAs(&as, x.Mapping, leftOut[x.ID].LeftAside)
		v := VolumeHeld{
			Source:  x.Ref,
			File:    x.FileName,
			Stated:  -1,
			Read:    x.Records,
			Held:    x.New + x.Same,
			Refused: x.Refused,
			Purged:  purgedNote(purges, x.ID),

			ReadAs:   append([]string{}, as.ReadAs...),
			Contrary: append([]string{}, as.Contrary...),
		}
		if x.Stated != nil {
			v.Stated = *x.Stated
		}
		c.Volumes = append(c.Volumes, v)
	}
	return c, nil
}

// coverageColumns are those of coverage.csv in the evidence pack. Each line is a
// claim about a gate, counted in runs or decisions, or a control, counted in tests.
var coverageColumns = []string{
	"workflow", "gate_or_control", "claim", "result", "counted", "of", "testable", "held", "not_held", "not_shown",
	"findings",
	"tests", "reason", "first_run", "last_run", "days", "days_idle", "read_against_the_word",
}

// coverage writes coverage.csv.
func (p *packer) coverage(ctx context.Context, view *View) error {
	return p.table("coverage.csv", coverageColumns, func(row func(...string)) error {
		for i := range p.list {
			wf := &p.list[i]
			c, err := coverageOf(ctx, &p.t.Reader, wf)
			if err != nil {
				return fmt.Errorf("coverage of %s: %w", wf.Ref, err)
			}
			var contrary []string // it bears on each line that the runs were read so
			for _, v := range c.Volumes {
				for _, x := range v.Contrary {
					contrary = append(contrary, v.Source+": "+x)
				}
			}
			line := func(
				what, claim string, level oversight.Level, unit string, counts [6]int64, tests []oversight.Code,
				reason string,
			) {
				fields := []string{wf.Ref, what, claim, string(level), unit}
				for _, n := range counts {
					fields = append(fields, strconv.FormatInt(n, 10))
				}
				var codes []string
				for _, t := range tests {
					codes = append(codes, string(t))
				}
				row(append(fields, strings.Join(codes, " "), reason,
					string(c.First), string(c.Last), strconv.Itoa(c.Days), strconv.Itoa(c.DaysIdle),
					strings.Join(contrary, "; "))...)
			}
			found := map[oversight.Code]map[string]int64{}
			counts, err := runs.CountFindings(ctx, p.t.SQL, wf.ID, civil.Of(view.now))
			if err != nil {
				return fmt.Errorf("findings of %s: %w", wf.Ref, err)
			}
			for _, n := range counts {
				if found[n.Code] == nil {
					found[n.Code] = map[string]int64{}
				}
				found[n.Code][n.Gate] += n.All
			}
			for _, g := range c.Gates {
				n := int64(0)
				for _, t := range g.Tests {
					n += found[t][g.Gate]
				}
				line(g.Gate, g.Claim, g.Level, g.Unit,
					[6]int64{g.Of, g.Testable, g.Held, g.NotHeld, g.NotShown, n}, g.Tests, g.Reason)
			}
			for _, x := range c.Controls {
				line(
					x.ID,
					"",
					x.Level,
					"tests",
					[6]int64{
						int64(len(x.Tests)),
						x.Testable,
						x.Held,
						x.NotHeld,
						x.NotShown,
						x.Findings,
					},
					x.Tests,
					x.Reason,
				)
			}
		}
		return nil
	})
}
