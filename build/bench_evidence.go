package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

const (
	evidenceDir    = cacheDir + "/evidence"
	evidenceRuns   = 1_000_000
	shortRuns      = 100_000
	evidenceSecret = "a passphrase for measuring" // build/bench makes its registers with it
)

// runEvidence measures run evidence at size, beside other programs that load
// the same runs: `bench evidence`.
func runEvidence(ctx context.Context, args []string) error {
	fs := flags("bench evidence")
	fs.Usage = func() {
		fmt.Fprint(
			fs.Output(),
			`go run ./build bench evidence [--runs N] [--rounds N] [--asks N] [--peers=BOOL] [--profile]
  Writes a run audit, the same each time, and measures, each in a process of its own:
  its import into a sealed register with all tests, indexes and rollups, in turn with DuckDB
  and the sqlite3 command line loading the same runs; an import of a tenth as many more into
  that register and into an empty one, and its purge; the index of their texts; what screens
  ask and what is searched for, on a register just opened; and all findings from scratch.
  Linux says the peak memory; a peer that is not there is left out. Needs about 20 bytes on
  the disk for each one of the file. The figures are kept for "bench compare".
`,
		)
		fs.PrintDefaults()
	}
	e := evidence{}
	fs.IntVar(&e.runs, "runs", evidenceRuns, "how many runs; 10000000 takes 18 GB on the disk")
	rounds := fs.Int("rounds", 0, "how often each program imports, in turn; 0 is 3 up to a million runs, otherwise 1")
	asks := fs.Int("asks", 5, "how many processes ask what each screen asks")
	peers := fs.String(
		"peers",
		"auto",
		"measure DuckDB and sqlite3 as well: true, false, or auto (up to a million runs)",
	)
	profile := fs.Bool("profile", false, "import once more and keep profiles of processor and memory")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() > 0 || e.runs < 10_000 {
		return fmt.Errorf("unexpected %q; see `go run ./build bench evidence --help`", strings.Join(args, " "))
	}
	if *rounds == 0 {
		*rounds = 1
		if e.runs <= evidenceRuns {
			*rounds = 3
		}
	}
	small := e.runs <= evidenceRuns
	if *peers == "true" || *peers == "auto" && small {
		e.loaders = []*loader{{name: "DuckDB", run: e.duckdb}, {name: "sqlite3", run: e.sqlite}}
	}
	e.place()
	if !small { // too large to keep
		defer e.discard()
	}
	defer e.forget()
	e.found = newResult(ctx, fmt.Sprintf("evidence, %d runs", e.runs))
	if err := e.prepare(ctx); err != nil {
		return err
	}
	if err := e.load(ctx, *rounds); err != nil {
		return err
	}
	for _, part := range []func() error{
		func() error { return e.more(ctx) },
		func() error { return e.index(ctx) },
		func() error { return e.screens(ctx, *asks) },
		func() error { return e.retest(ctx) },
		e.found.keep,
	} {
		if err := part(); err != nil {
			return err
		}
	}
	if *profile {
		return e.profile(ctx)
	}
	return nil
}

// runShort is what every change can be measured by: `bench short`.
func runShort(ctx context.Context, args []string) error {
	fs := flags("bench short")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("unexpected %q", strings.Join(fs.Args(), " "))
	}
	e := evidence{runs: shortRuns}
	e.place()
	defer e.forget()
	e.found = newResult(ctx, fmt.Sprintf("evidence in short, %d runs", e.runs))
	if err := e.prepare(ctx); err != nil {
		return err
	}
	if err := e.load(ctx, 3); err != nil {
		return err
	}
	if err := e.more(ctx); err != nil {
		return err
	}
	if err := e.retest(ctx); err != nil {
		return err
	}
	return e.found.keep()
}

// load has each program load the runs, in turn.
func (e *evidence) load(ctx context.Context, rounds int) error {
	all := append([]*loader{{name: "Assay", run: e.assay}}, e.loaders...)
	for round := range rounds {
		for _, l := range all {
			if l.skipped != "" {
				continue
			}
			fmt.Printf("  round %d of %d: %s …\n", round+1, rounds, l.name)
			c, err := l.run(ctx)
			switch {
			case err != nil && (l.name == "Assay" || ctx.Err() != nil):
				return err
			case err != nil:
				l.skipped = firstLine(err.Error())
			default:
				l.costs = append(l.costs, c)
			}
		}
	}
	info, err := os.Stat(e.file)
	if err != nil {
		return err
	}
	fmt.Printf("\nImport of %d runs from %s of JSON Lines (medians of %d)\n\n", e.runs, size(info.Size()), rounds)
	showLoads(os.Stdout, all)
	for _, l := range all {
		e.found.addCosts("import: "+l.name, l.costs...)
	}
	return nil
}

// evidence is one measurement.
type evidence struct {
	runs    int
	file    string // run audit
	later   string // run audit of a tenth as many runs, of the time after
	tables  string // folder of the CSV equivalent
	loaders []*loader
	found   *results
}

// loader is a program that loads the runs.
type loader struct {
	name    string
	run     func(context.Context) (cost, error)
	costs   []cost
	skipped string // why
}

// cost is what one process took.
type cost struct {
	wall, processor time.Duration
	memory, disk    int64 // bytes
	out             string
}

func (e *evidence) path(name string) string { return filepath.Join(evidenceDir, name) }

// place says where the files go.
func (e *evidence) place() {
	e.file = e.path(fmt.Sprintf("runs-%d.jsonl", e.runs))
	e.later = e.path(fmt.Sprintf("later-%d.jsonl", e.runs/10))
	e.tables = e.path(fmt.Sprintf("tables-%d", e.runs))
}

// discard removes the files.
func (e *evidence) discard() {
	for _, f := range []string{e.file, e.later, e.tables} {
		os.RemoveAll(f)
		os.Remove(f + ".made")
	}
}

// forget removes what is made anew each time.
func (e *evidence) forget() {
	made, _ := filepath.Glob(e.path("register*"))
	hidden, _ := filepath.Glob(e.path(".register*"))
	loaded, _ := filepath.Glob(e.path("loaded*"))
	for _, f := range slices.Concat(made, hidden, loaded) {
		os.RemoveAll(f)
	}
}

// prepare builds the programs and writes the files.
func (e *evidence) prepare(ctx context.Context) error {
	if err := os.MkdirAll(evidenceDir, 0o755); err != nil {
		return err
	}
	steps := []step{
		{title: "command line", do: commandLine},
		{title: "measuring program", do: func(ctx context.Context, j *job) error {
			return j.run(ctx, "go", "build", "-o", e.path("bench"), "./build/bench")
		}},
		{title: "run audit", after: []string{"measuring program"}, do: func(ctx context.Context, j *job) error {
			return e.write(ctx, j, "generate", e.runs, e.file)
		}},
		{title: "a later run audit", after: []string{"measuring program"}, do: func(ctx context.Context, j *job) error {
			return e.write(ctx, j, "later", e.runs/10, e.later)
		}},
	}
	if len(e.loaders) > 0 {
		steps = append(
			steps,
			step{title: "system packages", setup: true, do: debian(need{"python3-venv", "py:ensurepip"})},
			step{
				title: "DuckDB",
				setup: true,
				after: []string{"system packages"},
				do:    virtualenv(e.path("duckdb"), "build/bench/requirements.txt"),
			},
			step{title: "sqlite3", setup: true, do: debian(need{"sqlite3", "sqlite3"})},
			step{
				title: "tables as CSV",
				after: []string{"measuring program"},
				do: func(ctx context.Context, j *job) error {
					if err := os.MkdirAll(e.tables, 0o755); err != nil {
						return err
					}
					return e.write(ctx, j, "tables", e.runs, e.tables)
				},
			},
		)
	}
	for _, r := range carryOut(ctx, steps) {
		switch {
		case r.err == nil || isNothing(r.err):
		case r.step.setup:
			for _, l := range e.loaders {
				if l.name == r.step.title {
					l.skipped = r.err.Error()
				}
			}
		default:
			return fmt.Errorf("%s: %w", r.step.title, r.err)
		}
	}
	return ctx.Err()
}

// write writes the runs once. The measuring program names them: another
// program, other runs.
func (e *evidence) write(ctx context.Context, j *job, command string, runs int, to string) error {
	sources := sha256.New()
	for _, f := range []string{"internal/sample/runs_large.go", "build/bench/main.go"} {
		b, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		sources.Write(b)
	}
	mark, made := to+".made", fmt.Sprintf("%d runs by %x", runs, sources.Sum(nil))
	if b, err := os.ReadFile(mark); err == nil && string(b) == made && exists(to) {
		return nothing("written before")
	}
	if err := j.run(ctx, e.path("bench"), command, strconv.Itoa(runs), to); err != nil {
		return err
	}
	return os.WriteFile(mark, []byte(made), 0o644)
}

// measure runs a program to its end.
func measure(ctx context.Context, in io.Reader, env []string, name string, args ...string) (c cost, err error) {
	cmd := exec.CommandContext(ctx, name, args...)
	ownGroup(cmd)
	var out, failed bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, &out, &failed
	cmd.Env = append(os.Environ(), env...)
	start := time.Now()
	err = cmd.Run()
	c.wall = time.Since(start)
	if s := cmd.ProcessState; s != nil {
		c.processor, c.memory = s.UserTime()+s.SystemTime(), peak(s)
	}
	c.out = out.String()
	if err != nil {
		err = fmt.Errorf("%s: %w: %s", filepath.Base(name), err, strings.TrimSpace(failed.String()))
	}
	return c, err
}

// assay imports with the command line, as people do: unlocking the register is
// part of it.
func (e *evidence) assay(ctx context.Context) (cost, error) {
	e.forget()
	return e.importing(ctx, e.path("register.assay"), e.file)
}

// importing imports a file into a register, which is made where it is not there.
func (e *evidence) importing(ctx context.Context, register, file string) (cost, error) {
	if !exists(register) {
		if _, err := measure(ctx, nil, nil, e.path("bench"), "register", register); err != nil {
			return cost{}, err
		}
	}
	c, err := e.command(
		ctx, "import", "--register", register, "--as", "PER-0001", "--workflow", "council-tax-changes", file,
	)
	return e.filed(c, register), err
}

// command runs the command line.
func (e *evidence) command(ctx context.Context, args ...string) (cost, error) {
	return measure(ctx, nil, []string{"ASSAY_PASSPHRASE=" + evidenceSecret}, bin("assay"), args...)
}

// more imports the later runs into the register as the import left it, and into
// an empty one, in turn, and purges them: what is new should cost the same
// however much is held. A register is as it was when a purge has run, but for
// the proofs that it keeps.
func (e *evidence) more(ctx context.Context) error {
	const rounds = 3
	held, empty := e.path("register.assay"), e.path("register-empty.assay")
	var into, alone, purge []cost
	for range rounds {
		os.Remove(empty)
		c, err := e.importing(ctx, empty, e.later)
		if err != nil {
			return err
		}
		alone = append(alone, c)
		grown := e.path("register-grown.assay")
		if err := copyFile(held, grown); err != nil {
			return err
		}
		if c, err = e.importing(ctx, grown, e.later); err != nil {
			return err
		}
		into = append(into, c)
		c, err = e.command(ctx, "purge", "IMP-0002", "--register", grown, "--as", "PER-0001", "--reason", "measured")
		if err != nil {
			return err
		}
		purge = append(purge, c)
		os.Remove(grown)
	}
	os.Remove(empty)
	e.found.addCosts("later runs into an empty register", alone...)
	e.found.addCosts("later runs into the register", into...)
	e.found.addCosts("purge of the later runs", purge...)
	wall := func(c cost) float64 { return c.wall.Seconds() }
	fmt.Printf("\n%d later runs: %.1f s into an empty register, %.1f s into this one (%.2f), purged in %.1f s (%.2f)\n",
		e.runs/10, middle(alone, wall), middle(into, wall), middle(into, wall)/middle(alone, wall),
		middle(purge, wall), middle(purge, wall)/middle(into, wall))
	return nil
}

func (e *evidence) filed(c cost, path string) cost {
	if info, err := os.Stat(path); err == nil {
		c.disk = info.Size()
	}
	return c
}

func (e *evidence) duckdb(ctx context.Context) (cost, error) {
	database := e.path("loaded.duckdb")
	defer os.RemoveAll(database)
	c, err := measure(ctx, nil, nil, e.path("duckdb/bin/python"), "build/bench/duckdb.py", e.file, database)
	return e.filed(c, database), err
}

func (e *evidence) sqlite(ctx context.Context) (cost, error) {
	database := e.path("loaded.sqlite")
	defer os.Remove(database)
	script, err := os.ReadFile("build/bench/load.sql")
	if err != nil {
		return cost{}, err
	}
	text := strings.NewReplacer(
		"RUNS.csv", filepath.ToSlash(filepath.Join(e.tables, "runs.csv")), "DECISIONS.csv",
		filepath.ToSlash(filepath.Join(e.tables, "decisions.csv")),
	).
		Replace(string(script))
	c, err := measure(ctx, strings.NewReader(text), nil, "sqlite3", "-bail", database)
	return e.filed(c, database), err
}

func middle(cs []cost, of func(cost) float64) float64 {
	v := make([]float64, len(cs))
	for i, c := range cs {
		v[i] = of(c)
	}
	return median(v)
}

func showLoads(w io.Writer, all []*loader) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "\twall\tprocessor\tpeak memory\tfile\tAssay's wall ÷\tprocessor ÷\tmemory ÷\tfile ÷\t\n")
	kinds := []func(cost) float64{
		func(c cost) float64 { return c.wall.Seconds() },
		func(c cost) float64 { return c.processor.Seconds() },
		func(c cost) float64 { return float64(c.memory) },
		func(c cost) float64 { return float64(c.disk) },
	}
	ours := all[0].costs
	for i, l := range all {
		if len(l.costs) == 0 {
			fmt.Fprintf(t, "%s\tnot measured: %s\t\t\t\t\t\t\t\t\n", l.name, l.skipped)
			continue
		}
		fmt.Fprintf(
			t,
			"%s\t%.1f s\t%.1f s\t%s\t%s\t",
			l.name,
			middle(l.costs, kinds[0]),
			middle(l.costs, kinds[1]),
			size(int64(middle(l.costs, kinds[2]))),
			size(int64(middle(l.costs, kinds[3]))),
		)
		if i == 0 {
			fmt.Fprint(t, "\t\t\t\t\n")
			continue
		}
		for _, of := range kinds {
			fmt.Fprintf(t, "%.2f\t", middle(ours, of)/middle(l.costs, of))
		}
		fmt.Fprintln(t)
	}
	t.Flush()
}

// index makes the runs searchable, which the window does in the background.
func (e *evidence) index(ctx context.Context) error {
	register := e.path("register.assay")
	before := e.filed(cost{}, register)
	c, err := measure(ctx, nil, nil, e.path("bench"), "index", register)
	if err != nil {
		return err
	}
	after := e.filed(c, register).disk
	e.found.addCosts("texts searchable", c)
	e.found.add("texts searchable, more on the disk", "B", float64(after-before.disk))
	fmt.Printf("\nMaking %d runs searchable: %.1f s (processor %.1f s, peak memory %s, %s more on the disk)\n",
		e.runs, c.wall.Seconds(), c.processor.Seconds(), size(c.memory), size(after-before.disk))
	return nil
}

// screens asks, each time in a new process on the register as it was left.
func (e *evidence) screens(ctx context.Context, asks int) error {
	names, err := measure(ctx, nil, nil, e.path("bench"), "screens")
	if err != nil {
		return err
	}
	fmt.Printf("\nWhat screens ask, of a register just opened (%d processes each)\n\n", asks)
	t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "\tp50\tp95\t\n")
	for name := range strings.Lines(names.out) {
		name = strings.TrimSpace(name)
		var took []float64
		for range asks {
			s, err := e.seconds(ctx, "ask", e.path("register.assay"), name)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			took = append(took, 1000*s)
		}
		e.found.add("screen: "+name, "ms", took...)
		slices.Sort(took)
		fmt.Fprintf(t, "%s\t%.1f ms\t%.1f ms\t\n", name, took[len(took)/2], took[min(len(took)-1, len(took)*95/100)])
	}
	return t.Flush()
}

// seconds runs the measuring program, which says how long its work took.
func (e *evidence) seconds(ctx context.Context, args ...string) (float64, error) {
	c, err := measure(ctx, nil, nil, e.path("bench"), args...)
	if err != nil {
		return 0, err
	}
	var s struct{ Seconds float64 }
	if !jsonLine(c.out, &s) {
		return 0, errors.New("the measuring program did not say how long it took")
	}
	return s.Seconds, nil
}

func (e *evidence) retest(ctx context.Context) error {
	c, err := measure(ctx, nil, nil, e.path("bench"), "retest", e.path("register.assay"))
	if err != nil {
		return err
	}
	var s struct{ Seconds float64 }
	if !jsonLine(c.out, &s) {
		return errors.New("the measuring program did not say how long it took")
	}
	e.found.add("all findings from scratch", "s", s.Seconds)
	fmt.Printf(
		"\nAll findings from scratch over %d runs: %.1f s (the whole process %.1f s, processor %.1f s, peak "+
			"memory %s)\n",
		e.runs,
		s.Seconds,
		c.wall.Seconds(),
		c.processor.Seconds(),
		size(c.memory),
	)
	return nil
}

func (e *evidence) profile(ctx context.Context) error {
	register := e.path("register.assay")
	e.forget()
	if _, err := measure(ctx, nil, nil, e.path("bench"), "register", register); err != nil {
		return err
	}
	c, err := measure(
		ctx,
		nil,
		nil,
		e.path("bench"),
		"--cpuprofile",
		e.path("cpu.prof"),
		"--memprofile",
		e.path("memory.prof"),
		"import",
		register,
		e.file,
	)
	if err != nil {
		return err
	}
	fmt.Printf(
		"\n%sProfiles: %s and %s; `go tool pprof -top` reads them.\n",
		c.out,
		e.path("cpu.prof"),
		e.path("memory.prof"),
	)
	return nil
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
