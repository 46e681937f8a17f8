package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// foreign are the packages whose fuzz targets read what others wrote: they get
// more of the time than those that read our own.
var foreign = map[string]bool{
	"runlog":      true,
	"signing":     true,
	"pack":        true,
	"certificate": true,
	"apply":       true,
	"handover":    true,
}

// runSoak is the long form of the tests: those that read ASSAY_SOAK do more
// (a hundred thousand flipped bits, a thousand kills, every operation of a save made to fail, a register of 5 GB,
// a million runs handed over), and then the fuzz targets share some time.
func runSoak(ctx context.Context, args []string) error {
	fs := flags("soak")
	fuzz := fs.Duration("fuzz", time.Hour, "how long all fuzz targets run together; 0 for none")
	run := fs.String("run", "", "only the tests that match, as of go test")
	if err := fs.Parse(args); err != nil {
		return err
	}
	where := fs.Args()
	if len(where) == 0 {
		where = []string{"./..."}
	}
	steps := []step{
		{title: "system packages", setup: true, do: debian(needsReaders...)},
		{title: "sqlc", setup: true, do: tools(toolSqlc)},
		{title: "queries are as generated", do: clean(generateQueries, queriesDir)},
		{title: "long tests", do: func(ctx context.Context, j *job) error {
			os.Setenv("ASSAY_SOAK", "1")
			// What the long tests measured is the point of them: it stands in the log.
			return goTest(append([]string{"-count=1", "-timeout=8h", "-v", "-run=" + *run}, where...)...)(ctx, j)
		}},
	}
	if *fuzz > 0 {
		targets, err := fuzzTargets(ctx, fs.Args())
		if err != nil {
			return err
		}
		steps = append(steps, fuzzSteps(targets, *fuzz)...)
	}
	var results []result
	for _, s := range steps { // one at a time: each of these uses all cores
		results = append(results, carryOut(ctx, []step{s})...)
	}
	passed, failed, skipped, failures, skips := tally(results)
	for _, s := range skips {
		fmt.Printf("  not shown here: %s\n", s)
	}
	for _, f := range failures {
		fmt.Printf("  failed: %s\n", f)
	}
	fmt.Printf(
		"\nLogs: %s. What a fuzz target found is in testdata/fuzz beside it: commit it with the mend.\n\n%d "+
			"passed, %d failed, %d skipped\n",
		logDir,
		passed,
		failed,
		skipped,
	)
	if failed > 0 || ctx.Err() != nil {
		return errFailed
	}
	return nil
}

// fuzzSteps shares the time out. Go minimises each input that it finds
// interesting, for up to a minute by default, in which it looks for nothing: thirty tries are enough.
func fuzzSteps(targets []target, all time.Duration) []step {
	share := func(t target) int {
		if foreign[filepath.Base(t.pkg)] {
			return 2
		}
		return 1
	}
	shares := 0
	for _, t := range targets {
		shares += share(t)
	}
	var steps []step
	for _, t := range targets {
		length := max(time.Second, all*time.Duration(share(t))/time.Duration(shares)).Round(time.Second)
		steps = append(
			steps,
			step{
				title: "fuzz " + t.name + " in " + strings.TrimPrefix(t.pkg, "assay/"),
				do: func(ctx context.Context, j *job) error {
					return j.run(
						ctx,
						"go",
						"test",
						"-run=^$",
						"-fuzz=^"+t.name+"$",
						"-fuzztime="+length.String(),
						"-fuzzminimizetime=30x",
						t.pkg,
					)
				},
			},
		)
	}
	return steps
}

type target struct{ pkg, name string }

func fuzzTargets(ctx context.Context, where []string) ([]target, error) {
	if len(where) == 0 {
		var err error
		if where, err = packagesWith(ctx, "func Fuzz"); err != nil || len(where) == 0 {
			return nil, err
		}
	}
	out, err := exec.CommandContext(
		ctx, "go", append([]string{"test", "-json", "-run=^$", "-list=^Fuzz"}, where...)...,
	).
		Output()
	if err != nil {
		return nil, errors.Join(errors.New("list fuzz targets"), err)
	}
	var found []target
	for line := range strings.Lines(string(out)) {
		var e struct{ Package, Output string }
		if jsonLine(line, &e) && strings.HasPrefix(e.Output, "Fuzz") {
			found = append(found, target{e.Package, strings.TrimSpace(e.Output)})
		}
	}
	return found, nil
}
