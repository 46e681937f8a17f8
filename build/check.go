package main

import (
	"bufio"
	"bytes"
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
	"time"
)

// testSteps are the checks. Two run side by side, the first in the list that
// may. Compiling is most of the work, so that it is done once: everything is
// built with the same settings, after the C compiler is there (its coming would
// change them), and what compiles a thing comes before what uses it.
func testSteps() []step {
	return []step{
		{
			title: "system packages",
			setup: true,
			do:    debian(slices.Concat(needsReaders, needsBrowser, needsWindow, needsReaderAloud)...),
		},
		{title: "npm packages", setup: true, do: npm},
		{title: "formatting", do: gofmt},
		{title: "lines", do: shortLines},
		{title: "queries are as generated", do: queriesAreFresh},
		{title: "go test", after: []string{"system packages"}, do: goTest("-vet=all")},
		{title: "page", setup: true, after: []string{"npm packages"}, do: page},
		{title: "licences are listed", after: []string{"page"}, do: licencesAreListed},
		{title: "page size", after: []string{"page"}, do: script("size")},
		{title: "svelte-check", after: []string{"npm packages"}, do: script("check")},
		{title: "eslint", after: []string{"npm packages"}, do: script("lint")},
		{title: "vitest", after: []string{"npm packages"}, do: vitest},
		{
			title: "bindings are as generated",
			after: []string{"system packages"},
			do:    clean(generateBindings, bindingsDir),
		},
		{
			title: "command line",
			setup: true,
			after: []string{"system packages"},
			do:    optional("app/assay", commandLine),
		},
		{title: "browser journeys", after: []string{"page", "system packages"}, do: journeys},
		{
			title: "window",
			after: []string{"system packages", "page"},
			do:    desktop("assay-window", "desktop,production"),
		},
		{title: "window journey", after: []string{"window"}, do: windowJourney},
		{title: "analysers", setup: true, do: tools(toolStaticcheck, toolDeadcode)},
		{title: "staticcheck", after: []string{"analysers", "go test"}, do: staticcheck},
		{title: "unreachable code", after: []string{"analysers", "system packages"}, do: deadcode},
		{title: "other systems", do: otherSystems},
		{title: "race detector", after: []string{"go test"}, do: raceDetector},
		{title: "known vulnerabilities", after: []string{"go test"}, do: vulnerabilities},
	}
}

// quickSteps are what a person who changes something waits for: a minute.
func quickSteps() []step {
	return []step{
		{title: "formatting", do: gofmt},
		{title: "lines", do: shortLines},
		{title: "queries are as generated", do: queriesAreFresh},
		{title: "house rules", do: goTest("./internal")},
		{title: "go test of what changed", after: []string{"house rules"}, do: testChanged},
		{title: "npm packages", setup: true, do: npm},
		{title: "svelte-check", after: []string{"npm packages"}, do: script("check")},
		{title: "vitest of what changed", after: []string{"npm packages"}, do: vitestChanged},
	}
}

// testChanged runs the short tests of the packages that differ from the main
// branch.
func testChanged(ctx context.Context, j *job) error {
	changed, err := changedFiles(ctx)
	if err != nil {
		return err
	}
	var dirs []string
	for _, f := range changed {
		// testdata belongs to the package above it
		dir, _, _ := strings.Cut(filepath.ToSlash(filepath.Dir(f)), "/testdata")
		if found, _ := filepath.Glob(filepath.Join(dir, "*.go")); len(found) > 0 && !slices.Contains(dirs, "./"+dir) {
			dirs = append(dirs, "./"+dir)
		}
	}
	if len(dirs) == 0 {
		return nothing("no package differs from the main branch")
	}
	return goTest(append([]string{"-short"}, dirs...)...)(ctx, j)
}

// vitestChanged runs the page's tests that use what differs from the main branch.
func vitestChanged(ctx context.Context, j *job) error {
	base, err := mainBranch(ctx)
	if err != nil {
		return err
	}
	return j.in(ctx, "frontend", "npx", "--no-install", "vitest", "run", "--changed="+base, "--passWithNoTests")
}

// changedFiles are those that differ from where this branch left the main one,
// or are new.
func changedFiles(ctx context.Context) ([]string, error) {
	base, err := mainBranch(ctx)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, args := range [][]string{
		{"diff", "--name-only", "--diff-filter=d", base}, {"ls-files", "--others", "--exclude-standard"},
	} {
		out, err := exec.CommandContext(ctx, "git", args...).Output()
		if err != nil {
			return nil, fmt.Errorf("git %s: %w", args[0], err)
		}
		all = append(all, strings.Fields(string(out))...)
	}
	return all, nil
}

// mainBranch is the commit where this branch left the main one, as it is
// elsewhere or, without that, here.
func mainBranch(ctx context.Context) (string, error) {
	for _, name := range []string{"origin/main", "main", "HEAD"} {
		if out, err := exec.CommandContext(ctx, "git", "merge-base", name, "HEAD").Output(); err == nil {
			return strings.TrimSpace(string(out)), nil
		}
	}
	return "", errors.New("git finds neither a main branch nor a commit")
}

// commitNumber is how many commits led here: tests that try a part of what they
// could take another part with each commit.
func commitNumber(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "rev-list", "--count", "HEAD").Output()
	if err != nil {
		return "0"
	}
	return strings.TrimSpace(string(out))
}

// runTests checks everything and ends with the line "N passed, N failed".
func runTests(ctx context.Context, args []string) error {
	fs := flags("test")
	only := fs.String("only", "", "carry out only the steps whose title has one of these words (comma between)")
	except := fs.String("except", "", "leave out the steps whose title has one of these words (comma between)")
	quick := fs.Bool("quick", false, "a minute's worth: style, house rules, and the tests of what was changed")
	if err := fs.Parse(args); err != nil {
		return err
	}
	os.Setenv("ASSAY_TURN", commitNumber(ctx))
	steps := testSteps()
	if *quick {
		steps = quickSteps()
	}
	named := func(s step, words string) bool {
		return slices.ContainsFunc(
			strings.Split(words, ","), func(w string) bool { return strings.Contains(s.title, w) },
		)
	}
	steps = slices.DeleteFunc(steps, func(s step) bool {
		return *only != "" && !named(s, *only) || *except != "" && named(s, *except)
	})
	if len(steps) == 0 {
		return fmt.Errorf("no step is left of --only %q --except %q", *only, *except)
	}
	start := time.Now()
	results := carryOut(ctx, steps)
	passed, failed, skipped, failures, skips := tally(results)
	fmt.Printf("\n%d steps in %.0f s. Logs: %s\n", len(results), time.Since(start).Seconds(), logDir)
	if len(skips) > 0 {
		fmt.Printf("\nNot shown here (%d):\n", len(skips))
		for _, s := range skips {
			fmt.Printf("  %s\n", s)
		}
	}
	if len(failures) > 0 {
		fmt.Printf("\nFailed (%d):\n", len(failures))
		for _, f := range failures {
			fmt.Printf("  %s\n", f)
		}
	}
	// This line stands alone: programs read it.
	fmt.Println()
	fmt.Printf("%d passed, %d failed", passed, failed)
	if skipped > 0 {
		fmt.Printf(", %d skipped", skipped)
	}
	fmt.Println()
	if failed > 0 || ctx.Err() != nil {
		return errFailed
	}
	return nil
}

// optional passes over a step whose source is not there yet.
func optional(path string, do func(context.Context, *job) error) func(context.Context, *job) error {
	return func(ctx context.Context, j *job) error {
		if !exists(path) {
			return nothing("no %s yet", path)
		}
		return do(ctx, j)
	}
}

func gofmt(ctx context.Context, j *job) error {
	files, err := gitFiles(ctx, "*.go")
	if err != nil {
		return err
	}
	var out bytes.Buffer
	for batch := range slices.Chunk(files, 200) {
		if err := j.call(
			ctx, call{out: io.MultiWriter(&out, j.log)}, "gofmt", append([]string{"-l"}, batch...)...,
		); err != nil {
			return err
		}
	}
	if out.Len() > 0 {
		j.output.Write(out.Bytes())
		return errors.New("these files are not formatted: run gofmt -w on them")
	}
	return nil
}

// script runs one of the page's npm scripts.
func script(name string) func(context.Context, *job) error {
	return func(ctx context.Context, j *job) error {
		if !exists("frontend/package.json") {
			return nothing("no frontend/package.json yet")
		}
		return j.in(ctx, "frontend", "npm", "run", "--silent", name)
	}
}

// goTest runs Go's tests and counts them. What a failed test printed is shown,
// and of a skipped one its reason.
func goTest(args ...string) func(context.Context, *job) error {
	return func(ctx context.Context, j *job) error {
		packages := 0
		if out, err := exec.CommandContext(ctx, "go", "list", "./...").Output(); err == nil {
			packages = bytes.Count(out, []byte("\n"))
		}
		read, write := io.Pipe()
		t := &goTests{job: j, packages: packages}
		done := make(chan error, 1)
		go func() { done <- t.read(read) }()
		all := append([]string{"test", "-json", "-timeout=20m"}, args...)
		if !slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "./") }) {
			all = append(all, "./...")
		}
		err := j.call(ctx, call{out: write}, "go", all...)
		write.Close()
		if readErr := <-done; readErr != nil {
			return readErr
		}
		if err != nil && j.failed == 0 {
			return err // the command itself could not run
		}
		return nil
	}
}

// goTests reads the events of `go test -json` (documented by go doc test2json).
type goTests struct {
	*job
	packages, ended int
	said            map[[2]string]*bytes.Buffer // by package and test
	failedIn        map[string]bool             // packages with a failed test
}

func (t *goTests) read(r io.Reader) error {
	defer io.Copy(io.Discard, r) // never block the program that writes
	t.said, t.failedIn = map[[2]string]*bytes.Buffer{}, map[string]bool{}
	type slowPackage struct {
		name    string
		seconds float64
	}
	var slow []slowPackage
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e struct {
			Action, Package, Test, Output string
			Elapsed                       float64
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Fprintf(t.log, "%s\n", lines.Bytes()) // not an event: a word from go itself
			continue
		}
		pkg := strings.TrimPrefix(e.Package, "assay/")
		t.event(e.Action, pkg, e.Test, e.Output)
		if e.Test == "" && e.Elapsed > 10 {
			slow = append(slow, slowPackage{pkg, e.Elapsed})
		}
	}
	slices.SortFunc(slow, func(a, b slowPackage) int { return cmp.Compare(b.seconds, a.seconds) })
	var slowest []string
	for _, s := range slow[:min(4, len(slow))] {
		slowest = append(slowest, fmt.Sprintf("%s %.0f s", s.name, s.seconds))
	}
	if len(slowest) > 0 {
		t.remark = "; slowest: " + strings.Join(slowest, ", ")
	}
	return lines.Err()
}

func (t *goTests) event(action, pkg, test, output string) {
	key := [2]string{pkg, test}
	switch action {
	case "build-output":
		key = [2]string{"build", ""}
		fallthrough
	case "output":
		io.WriteString(t.log, output)
		if t.said[key] == nil {
			t.said[key] = &bytes.Buffer{}
		}
		t.said[key].WriteString(output)
	case "build-fail":
		t.output.WriteString(t.take([2]string{"build", ""}))
	case "pass":
		t.take(key)
		if test != "" {
			t.passed++
		} else {
			t.end()
		}
	case "skip":
		said := t.take(key)
		if test == "" {
			t.end() // a package without tests
			return
		}
		t.skipped++
		t.skips = append(t.skips, fmt.Sprintf("%s: %s: %s", pkg, test, reason(said)))
	case "fail":
		said := t.take(key)
		if test != "" {
			t.failed++
			t.failedIn[pkg] = true
			t.failures = append(t.failures, pkg+": "+test)
			fmt.Fprintf(&t.output, "%s: %s\n%s", pkg, test, said)
			return
		}
		t.end()
		if !t.failedIn[pkg] { // it did not compile, panicked or ran out of time
			t.failed++
			t.failures = append(t.failures, pkg)
			fmt.Fprintf(&t.output, "%s\n%s", pkg, said)
		}
	}
}

func (t *goTests) end() {
	t.ended++
	t.doing("%d of %d packages, %d tests", t.ended, t.packages, t.passed)
}

func (t *goTests) take(key [2]string) string {
	b := t.said[key]
	delete(t.said, key)
	if b == nil {
		return ""
	}
	return b.String()
}

// reason is what a skipped test said: the last line that go test did not write.
func reason(said string) string {
	why := "no reason given"
	for line := range strings.Lines(said) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(line, "--- ") {
			why = line
		}
	}
	return why
}

// vitest runs the page's unit tests and counts them.
func vitest(ctx context.Context, j *job) error {
	if !exists("frontend/package.json") {
		return nothing("no frontend/package.json yet")
	}
	path, err := filepath.Abs(cacheDir + "/vitest.json")
	if err != nil {
		return err
	}
	os.Remove(path)
	err = j.in(
		ctx,
		"frontend",
		"npx",
		"--no-install",
		"vitest",
		"run",
		"--reporter=default",
		"--reporter=json",
		"--outputFile.json="+path,
	)
	b, readErr := os.ReadFile(path)
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	var report struct {
		NumPassedTests, NumFailedTests, NumPendingTests int
		TestResults                                     []struct {
			Name             string
			Status, Message  string
			AssertionResults []struct{ FullName, Status string }
		}
	}
	if err := json.Unmarshal(b, &report); err != nil {
		return err
	}
	j.passed, j.failed, j.skipped = report.NumPassedTests, report.NumFailedTests, report.NumPendingTests
	for _, file := range report.TestResults {
		before := len(j.failures)
		for _, a := range file.AssertionResults {
			switch a.Status {
			case "failed":
				j.failures = append(j.failures, a.FullName)
			case "skipped", "pending":
				j.skips = append(j.skips, "vitest: "+a.FullName)
			}
		}
		if file.Status == "failed" && len(j.failures) == before { // it could not be loaded
			j.failed++
			j.failures = append(j.failures, filepath.Base(file.Name)+": "+file.Message)
		}
	}
	if j.failed > 0 {
		return nil // counted
	}
	return err
}

// journeys drives the real Go program behind the real page in Debian's
// Chromium: the window's rooms over plain HTTP on this computer (build tag e2e,
// built by e2e/setup.ts), which needs no window system. ASSAY_CHROMIUM says
// where the browser is.
func journeys(ctx context.Context, j *job) error {
	if specs, _ := filepath.Glob("frontend/e2e/*.spec.ts"); len(specs) == 0 {
		return nothing("no frontend/e2e/*.spec.ts yet")
	}
	path, err := filepath.Abs(cacheDir + "/playwright.json")
	if err != nil {
		return err
	}
	os.Remove(path)
	env := []string{"PLAYWRIGHT_JSON_OUTPUT_FILE=" + path, "PLAYWRIGHT_JSON_OUTPUT_NAME=" + path}
	if os.Getenv("ASSAY_CHROMIUM") == "" {
		if p := firstProgram(browsers...); p != "" {
			env = append(env, "ASSAY_CHROMIUM="+p)
		}
	}
	name, args := "npm", []string{"run", "--silent", "e2e", "--", "--reporter=list,json"}
	if firstProgram("xvfb-run") != "" {
		name, args = "xvfb-run", append([]string{"-a", "-s", "-screen 0 1920x1080x24", "npm"}, args...)
	}
	runErr := j.call(ctx, call{dir: "frontend", env: env}, name, args...)
	b, err := os.ReadFile(path)
	if err != nil {
		return errors.Join(runErr, err)
	}
	if err := countJourneys(j, b); err != nil {
		return err
	}
	if j.failed > 0 {
		return nil // counted
	}
	return runErr
}

// windowJourney opens the real window on a display of its own and works it
// through the accessibility tree.
func windowJourney(ctx context.Context, j *job) error {
	if runtime.GOOS != "linux" || !exists("app/desktop") {
		return nothing("the window's accessibility tree is read on Linux only")
	}
	return inWindow(ctx, j, j.log, "build/window/journey.py", bin("assay-window"))
}

// inWindow runs a Python program that reads the real window, on a display and a
// session bus of its own.
func inWindow(ctx context.Context, j *job, out io.Writer, args ...string) error {
	// Debian's own Python: the reader's library comes from Debian.
	return j.call(
		ctx,
		call{out: out},
		"dbus-run-session",
		append([]string{"--", "xvfb-run", "-a", "-s", "-screen 0 1280x800x24", "/usr/bin/python3"}, args...)...)
}

// suite is a file, a describe block or a project in Playwright's JSON report.
type suite struct {
	Title  string
	Suites []suite
	Specs  []struct {
		Title string
		Tests []struct {
			Status      string // expected, unexpected, flaky, skipped
			Annotations []struct{ Type, Description string }
		}
	}
}

func countJourneys(j *job, b []byte) error {
	var report struct {
		Suites []suite
		Errors []struct{ Message string }
	}
	if err := json.Unmarshal(b, &report); err != nil {
		return err
	}
	var walk func(s suite, path string)
	walk = func(s suite, path string) {
		for _, inner := range s.Suites {
			walk(inner, path+inner.Title+" › ")
		}
		for _, spec := range s.Specs {
			for _, t := range spec.Tests {
				switch t.Status {
				case "expected":
					j.passed++
				case "skipped":
					j.skipped++
					why := ""
					for _, a := range t.Annotations {
						why += " " + a.Description
					}
					j.skips = append(j.skips, "browser journeys: "+path+spec.Title+":"+why)
				default: // a flaky journey is a failed one
					j.failed++
					j.failures = append(j.failures, path+spec.Title+" ("+t.Status+")")
				}
			}
		}
	}
	for _, s := range report.Suites {
		walk(s, s.Title+" › ")
	}
	for _, e := range report.Errors {
		j.failed++
		j.failures = append(j.failures, firstLine(e.Message))
	}
	return nil
}

func firstLine(s string) string { l, _, _ := strings.Cut(s, "\n"); return l }

func jsonLine(line string, v any) bool { return json.Unmarshal([]byte(line), v) == nil }
