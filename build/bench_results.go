package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

const resultsDir = cacheDir + "/results"

// results are what one measurement found, of which commit and on which machine,
// so that two can be set side by side.
type results struct {
	What    string    `json:"what"` // the measurement's name and size; only results of the same are compared
	Commit  string    `json:"commit"`
	Changed bool      `json:"changed"` // the clone had changes that were not committed
	Taken   time.Time `json:"taken"`
	Machine string    `json:"machine"` // system, processor, cores and memory
	Figures []figure  `json:"figures"`
}

// figure is one thing measured, as often as it was measured. Less is better.
type figure struct {
	Name   string    `json:"name"`
	Unit   string    `json:"unit"` // s, ms, ns/op, B, B/op or allocs/op
	Values []float64 `json:"values"`
}

func newResult(ctx context.Context, what string) *results {
	git := func(args ...string) string {
		out, err := exec.CommandContext(ctx, "git", args...).Output()
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(out))
	}
	return &results{
		What:    what,
		Commit:  git("rev-parse", "HEAD"),
		Changed: git("status", "--porcelain") != "",
		Taken:   time.Now().UTC().Truncate(time.Second),
		Machine: thisMachine(),
	}
}

// thisMachine tells machines apart: figures of different ones do not compare.
func thisMachine() string {
	about := fmt.Sprintf("%s/%s, %d cores", runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	for _, look := range []struct{ file, key string }{{"/proc/cpuinfo", "model name"}, {"/proc/meminfo", "MemTotal"}} {
		f, err := os.Open(look.file)
		if err != nil {
			continue // not Linux: what is known without it has to do
		}
		for s := bufio.NewScanner(f); s.Scan(); {
			if key, value, ok := strings.Cut(s.Text(), ":"); ok && strings.TrimSpace(key) == look.key {
				about += ", " + strings.TrimSpace(value)
				break
			}
		}
		f.Close()
	}
	return about
}

func (r *results) add(name, unit string, values ...float64) {
	for i := range r.Figures {
		if f := &r.Figures[i]; f.Name == name && f.Unit == unit {
			f.Values = append(f.Values, values...)
			return
		}
	}
	r.Figures = append(r.Figures, figure{Name: name, Unit: unit, Values: values})
}

// addCosts adds what the processes took that did the same.
func (r *results) addCosts(name string, costs ...cost) {
	for _, c := range costs {
		r.add(name+", wall", "s", c.wall.Seconds())
		r.add(name+", processor", "s", c.processor.Seconds())
		if c.memory > 0 {
			r.add(name+", peak memory", "B", float64(c.memory))
		}
		if c.disk > 0 {
			r.add(name+", file", "B", float64(c.disk))
		}
	}
}

// keep writes the result beside the others and says where.
func (r *results) keep() error {
	if err := os.MkdirAll(resultsDir, 0o755); err != nil {
		return err
	}
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(resultsDir, r.Taken.Format("20060102T150405Z")+"-"+short(r.Commit)+".json")
	if err := os.WriteFile(path, append(b, '\n'), 0o644); err != nil {
		return err
	}
	fmt.Printf("\nKept: %s; `go run ./build bench compare` sets it beside the one before.\n", path)
	return nil
}

func short(commit string) string { return commit[:min(len(commit), 9)] }

func readResult(path string) (*results, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var r results
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &r, nil
}

// runCompare sets two results side by side: `bench compare [BEFORE AFTER]`.
func runCompare(_ context.Context, args []string) error {
	fs := flags("bench compare")
	if err := fs.Parse(args); err != nil {
		return err
	}
	paths := fs.Args()
	if len(paths) == 0 {
		var err error
		if paths, err = lastTwo(); err != nil {
			return err
		}
	}
	if len(paths) != 2 {
		return errors.New("name two results, the older first, or none for the last two of a kind")
	}
	before, err := readResult(paths[0])
	if err != nil {
		return err
	}
	after, err := readResult(paths[1])
	if err != nil {
		return err
	}
	return compare(os.Stdout, before, after)
}

// lastTwo finds the newest result and the newest before it that measured the same.
func lastTwo() ([]string, error) {
	paths, _ := filepath.Glob(resultsDir + "/*.json") // sorted, and so by time
	if len(paths) == 0 {
		return nil, errors.New("nothing was measured yet: `go run ./build bench short` takes a minute")
	}
	last := paths[len(paths)-1]
	newest, err := readResult(last)
	if err != nil {
		return nil, err
	}
	for _, p := range slices.Backward(paths[:len(paths)-1]) {
		if r, err := readResult(p); err == nil && r.What == newest.What {
			return []string{p, last}, nil
		}
	}
	return nil, fmt.Errorf("only one result measured %q: measure another commit first", newest.What)
}

// compare prints the medians of each figure, how far they spread, and their
// ratio. It calls a change only what is clear of both spreads.
func compare(w io.Writer, before, after *results) error {
	if before.What != after.What {
		return fmt.Errorf("they measured different things: %q and %q", before.What, after.What)
	}
	fmt.Fprintf(w, "%s\n", after.What)
	for _, r := range []*results{before, after} {
		note := ""
		if r.Changed {
			note = ", with changes not committed"
		}
		fmt.Fprintf(w, "  %s  %s%s\n", r.Taken.Format("2006-01-02 15:04"), cmp.Or(short(r.Commit), "no commit"), note)
	}
	if before.Machine != after.Machine {
		fmt.Fprintf(w, "  Not the same machine: %s; %s. Only ratios within one result mean something.\n",
			before.Machine, after.Machine)
	}
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "\tbefore\t±\tafter\t±\tafter ÷ before\t\t\n")
	for _, f := range after.Figures {
		i := slices.IndexFunc(before.Figures, func(b figure) bool { return b.Name == f.Name && b.Unit == f.Unit })
		if i < 0 || len(before.Figures[i].Values) == 0 || len(f.Values) == 0 {
			continue
		}
		old, now := before.Figures[i].Values, f.Values
		verdict := ""
		switch {
		case slices.Min(now) > slices.Max(old) && median(now) > 1.02*median(old):
			verdict = "more"
		case slices.Max(now) < slices.Min(old) && median(now) < 0.98*median(old):
			verdict = "less"
		}
		ratio := "–"
		if median(old) > 0 {
			ratio = fmt.Sprintf("%.2f", median(now)/median(old))
		}
		fmt.Fprintf(t, "%s\t%s\t%.0f %%\t%s\t%.0f %%\t%s\t%s\t\n", f.Name,
			inUnit(median(old), f.Unit), spread(old), inUnit(median(now), f.Unit), spread(now), ratio, verdict)
	}
	return t.Flush()
}

// spread is half of what lies between the least and the most, in hundredths of
// the median.
func spread(v []float64) float64 {
	if m := median(v); m > 0 {
		return 100 * (slices.Max(v) - slices.Min(v)) / 2 / m
	}
	return 0
}

func inUnit(v float64, unit string) string {
	switch unit {
	case "B":
		return size(int64(v))
	case "s":
		return fmt.Sprintf("%.2f s", v)
	case "ms":
		return fmt.Sprintf("%.1f ms", v)
	}
	return human(v, unit)
}
