package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	cacheDir = "build/.cache"
	logDir   = "build/.cache/log"
	binDir   = "build/bin"
)

// A step is one line of a command's progress. It starts when the steps that it
// comes after have ended; it is passed over when one of them failed.
type step struct {
	title string
	after []string // titles
	do    func(ctx context.Context, j *job) error
	// setup steps make ready and are no checks: they count as failed when they
	// fail and otherwise not at all.
	setup bool
}

// errNothing says that a step had nothing to do, and why.
type errNothing string

func (e errNothing) Error() string { return string(e) }

// nothing ends a step that has nothing to do.
func nothing(format string, args ...any) error { return errNothing(fmt.Sprintf(format, args...)) }

// job is a step while it runs: its log, its counts and what it found.
type job struct {
	title string
	log   *os.File

	mu       sync.Mutex
	progress string // "12 of 31 packages", for the line that says it is still at work

	passed, failed, skipped int
	failures                []string // "package: test", one line each
	skips                   []string
	remark                  string       // what else to say of it, on its line
	output                  bytes.Buffer // what to show when it fails; the log's tail where empty
}

// doing sets what the line about a long step says.
func (j *job) doing(format string, args ...any) {
	j.mu.Lock()
	j.progress = fmt.Sprintf(format, args...)
	j.mu.Unlock()
}

// call is one program to run.
type call struct {
	dir string   // empty: the top of the clone
	env []string // added to our own
	out io.Writer
}

// run runs a program, with its output in the step's log.
func (j *job) run(ctx context.Context, name string, args ...string) error {
	return j.call(ctx, call{}, name, args...)
}

// in is run in a folder.
func (j *job) in(ctx context.Context, dir, name string, args ...string) error {
	return j.call(ctx, call{dir: dir}, name, args...)
}

func (j *job) call(ctx context.Context, c call, name string, args ...string) error {
	fmt.Fprintf(j.log, "$ %s %s\n", name, strings.Join(args, " "))
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), c.env...)
	cmd.Stdout, cmd.Stderr = j.log, j.log
	if c.out != nil {
		cmd.Stdout = c.out
	}
	ownGroup(cmd)
	cmd.WaitDelay = 5 * time.Second
	err := cmd.Run()
	if ctx.Err() != nil {
		return errors.New("stopped")
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", filepath.Base(name), strings.Join(args[:min(3, len(args))], " "), err)
	}
	return nil
}

// result is how a step ended.
type result struct {
	job     *job
	step    step
	err     error // nil, errNothing, or why it failed
	seconds float64
}

// lanes is how many steps run side by side: compilers and browsers each use a
// whole core, and more than two of them only wait for memory.
func lanes() int { return min(2, runtime.NumCPU()) }

// carryOut runs the steps in order, side by side where they do not wait for one
// another, and gives their results in the order of the list.
func carryOut(ctx context.Context, steps []step) []result {
	if err := os.MkdirAll(logDir, 0o755); err != nil {
		return []result{{step: steps[0], job: &job{title: steps[0].title}, err: err}}
	}
	var (
		wide    = 0
		results = make([]result, len(steps))
		state   = make([]int, len(steps)) // 0 waiting, 1 running, 2 ended
		ended   = make(chan int)
		running = 0
		index   = map[string]int{}
		show    sync.Mutex
		say     = func(format string, args ...any) {
			show.Lock()
			defer show.Unlock()
			fmt.Printf(format+"\n", args...)
		}
	)
	for i, s := range steps {
		index[s.title] = i
		wide = max(wide, len(s.title))
	}
	label := func(i int) string { return fmt.Sprintf("[%2d/%d] %-*s", i+1, len(steps), wide, steps[i].title) }
	// ready tells whether step i may start, and the failed step that forbids it.
	ready := func(i int) (bool, string) {
		for _, t := range steps[i].after {
			k, ok := index[t]
			switch {
			case !ok: // left out by --only
			case state[k] != 2:
				return false, ""
			case results[k].err != nil && !isNothing(results[k].err):
				return true, t
			}
		}
		return true, ""
	}
	for done := 0; done < len(steps); {
		for i := range steps {
			if state[i] != 0 || running >= lanes() {
				continue
			}
			ok, blocked := ready(i)
			if !ok {
				continue
			}
			if blocked != "" || ctx.Err() != nil {
				why := errors.New("stopped")
				if blocked != "" {
					why = fmt.Errorf("not done, because “%s” failed", blocked)
				}
				state[i], results[i] = 2, result{job: &job{title: steps[i].title}, step: steps[i], err: why}
				say("%s  %v", label(i), why)
				done++
				continue
			}
			state[i] = 1
			running++
			say("%s  …", label(i))
			go func() {
				results[i] = perform(ctx, steps[i], func(note string, seconds float64) {
					say("%s", strings.TrimSpace(fmt.Sprintf("%s  … %.0f s %s", label(i), seconds, note)))
				})
				ended <- i
			}()
		}
		if running == 0 {
			continue
		}
		i := <-ended
		running--
		done++
		state[i] = 2
		r := results[i]
		switch {
		case r.err == nil:
			say("%s  ok %.1f s%s", label(i), r.seconds, counts(r.job))
		case isNothing(r.err):
			say("%s  nothing to do: %v", label(i), r.err)
		default:
			say("%s  FAILED %.1f s%s: %v\n%s", label(i), r.seconds, counts(r.job), r.err, r.job.shown())
		}
	}
	return results
}

func isNothing(err error) bool { var n errNothing; return errors.As(err, &n) }

// counts is what a step counted, where it counts.
func counts(j *job) string {
	if j.passed+j.failed+j.skipped == 0 {
		return ""
	}
	s := fmt.Sprintf("  %d passed, %d failed", j.passed, j.failed)
	if j.skipped > 0 {
		s += fmt.Sprintf(", %d skipped", j.skipped)
	}
	return s + j.remark
}

// perform runs one step, with a sign of life every half minute.
func perform(ctx context.Context, s step, alive func(note string, seconds float64)) result {
	j := &job{title: s.title}
	path := filepath.Join(logDir, fileName(s.title)+".log")
	var err error
	if j.log, err = os.Create(path); err != nil {
		return result{job: j, step: s, err: err}
	}
	defer j.log.Close()
	start := time.Now()
	stop := make(chan struct{})
	var waiting sync.WaitGroup
	waiting.Go(func() {
		tick := time.NewTicker(30 * time.Second)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				j.mu.Lock()
				note := j.progress
				j.mu.Unlock()
				alive(note, time.Since(start).Seconds())
			}
		}
	})
	err = s.do(ctx, j)
	close(stop)
	waiting.Wait()
	if err == nil && j.failed > 0 {
		err = errors.New("see below")
	}
	return result{job: j, step: s, err: err, seconds: time.Since(start).Seconds()}
}

// fileName is a title as the name of a file.
func fileName(title string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, title), "-")
}

// shown is the output of a failed step, indented: its own account of what
// failed, or the last lines of its log.
func (j *job) shown() string {
	const most = 80
	text := j.output.String()
	where := ""
	if j.log != nil {
		where = j.log.Name()
		if text == "" {
			b, _ := os.ReadFile(where)
			text = string(b)
		}
	}
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if len(lines) > most {
		lines = append(
			[]string{fmt.Sprintf("(%d lines before these are in the log)", len(lines)-most)},
			lines[len(lines)-most:]...)
	}
	for i := range lines {
		lines[i] = "    " + lines[i]
	}
	if where != "" {
		lines = append(lines, "    (all of it: "+where+")")
	}
	return strings.Join(lines, "\n")
}

// tally sums up results: one for each step that is a check, or what it counted.
func tally(results []result) (passed, failed, skipped int, failures, skips []string) {
	for _, r := range results {
		j := r.job
		passed, failed, skipped = passed+j.passed, failed+j.failed, skipped+j.skipped
		skips = append(skips, j.skips...)
		for _, f := range j.failures {
			failures = append(failures, j.title+": "+f)
		}
		switch counted := j.passed+j.failed > 0; {
		case isNothing(r.err):
			skipped++
			skips = append(skips, fmt.Sprintf("%s: %v", j.title, r.err))
		case r.err != nil && j.failed == 0:
			failed++
			failures = append(failures, fmt.Sprintf("%s: %v", j.title, r.err))
		case r.err == nil && !counted && !r.step.setup:
			passed++
		}
	}
	return
}

// allWell tells whether no step failed.
func allWell(results []result) bool {
	return !slices.ContainsFunc(results, func(r result) bool { return r.err != nil && !isNothing(r.err) })
}

// carryOutAll is for commands that make something: it ends at the first failure.
func carryOutAll(ctx context.Context, steps []step) error {
	for i := range steps {
		for k := range i {
			steps[i].after = append(steps[i].after, steps[k].title)
		}
	}
	if !allWell(carryOut(ctx, steps)) {
		return errFailed
	}
	return nil
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }
