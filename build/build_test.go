package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/modfile"
)

// here lets the steps write their logs into a folder of the test.
func here(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
}

func newJob(t *testing.T) *job {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return &job{title: "go test", log: f}
}

func TestCarryOut(t *testing.T) {
	ok := func(context.Context, *job) error { return nil }
	t.Run("a step waits for the steps it comes after", func(t *testing.T) {
		here(t)
		var made atomic.Bool
		results := carryOut(t.Context(), []step{
			{title: "use", after: []string{"make"}, do: func(context.Context, *job) error {
				if !made.Load() {
					return errors.New("started too early")
				}
				return nil
			}},
			{title: "make", do: func(context.Context, *job) error { made.Store(true); return nil }},
		})
		if !allWell(results) {
			t.Fatal(results[0].err)
		}
	})
	t.Run("a failure passes over what needs it and nothing else", func(t *testing.T) {
		here(t)
		results := carryOut(t.Context(), []step{
			{title: "make", do: func(context.Context, *job) error { return errors.New("no wood") }},
			{title: "use", after: []string{"make"}, do: ok},
			{title: "sell", after: []string{"use"}, do: ok},
			{title: "sweep", do: ok},
		})
		passed, failed, _, failures, _ := tally(results)
		want := []string{
			"make: no wood",
			"use: not done, because “make” failed",
			"sell: not done, because “use” failed",
		}
		if passed != 1 || failed != 3 || !slices.Equal(failures, want) {
			t.Errorf("%d passed, %d failed: %q", passed, failed, failures)
		}
	})
	t.Run("no more run at once than there are lanes", func(t *testing.T) {
		here(t)
		var now, most atomic.Int32
		busy := func(context.Context, *job) error {
			n := now.Add(1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			now.Add(-1)
			return nil
		}
		var steps []step
		for _, title := range []string{"a", "b", "c", "d", "e", "f"} {
			steps = append(steps, step{title: title, do: busy})
		}
		carryOut(t.Context(), steps)
		if int(most.Load()) > lanes() {
			t.Errorf("%d ran at once", most.Load())
		}
	})
	t.Run("what was stopped has not passed", func(t *testing.T) {
		here(t)
		ctx, stop := context.WithCancel(t.Context())
		stop()
		if passed, failed, _, _, _ := tally(carryOut(ctx, []step{{title: "make", do: ok}})); passed != 0 ||
			failed != 1 {
			t.Errorf("%d passed, %d failed", passed, failed)
		}
	})
}

func TestTally(t *testing.T) {
	here(t)
	results := carryOut(t.Context(), []step{
		{title: "install", setup: true, do: func(context.Context, *job) error { return nil }},
		{title: "style", do: func(context.Context, *job) error { return nil }},
		{title: "absent", do: func(context.Context, *job) error { return nothing("no page yet") }},
		{title: "tests", do: func(_ context.Context, j *job) error {
			j.passed, j.failed, j.skipped, j.failures = 7, 2, 1, []string{"one", "two"}
			return nil
		}},
	})
	passed, failed, skipped, failures, skips := tally(results)
	if passed != 8 || failed != 2 || skipped != 2 {
		t.Errorf(
			"%d passed, %d failed, %d skipped; want 8, 2, 2: a step counts once, or what it counted; making ready "+
				"counts nothing",
			passed,
			failed,
			skipped,
		)
	}
	if !slices.Equal(failures, []string{"tests: one", "tests: two"}) ||
		!slices.Equal(skips, []string{"absent: no page yet"}) {
		t.Errorf("failures %q, skips %q", failures, skips)
	}
	if allWell(results) {
		t.Error("failed tests read as all well")
	}
}

func TestGoTestEvents(t *testing.T) {
	const events = `{"Action":"run","Package":"assay/internal/risk","Test":"TestComplete"}
{"Action":"output","Package":"assay/internal/risk","Test":"TestComplete","Output":"    risk_test.go:9: no owner\n"}
{"Action":"fail","Package":"assay/internal/risk","Test":"TestComplete"}
{"Action":"output","Package":"assay/internal/risk","Test":"TestScore","Output":"what passed is not shown\n"}
{"Action":"pass","Package":"assay/internal/risk","Test":"TestScore"}
{"Action":"fail","Package":"assay/internal/risk"}
{"Action":"output","Package":"assay/internal/pack","Test":"TestSum","Output":"=== RUN   TestSum\n"}
{"Action":"output","Package":"assay/internal/pack","Test":"TestSum","Output":"    pack_test.go:7: sha256sum is not installed\n"}
{"Action":"output","Package":"assay/internal/pack","Test":"TestSum","Output":"--- SKIP: TestSum (0.00s)\n"}
{"Action":"skip","Package":"assay/internal/pack","Test":"TestSum"}
{"Action":"pass","Package":"assay/internal/pack"}
{"Action":"build-output","ImportPath":"assay/internal/vault","Output":"vault.go:3: undefined: key\n"}
{"Action":"build-fail","ImportPath":"assay/internal/vault"}
{"Action":"output","Package":"assay/internal/vault","Output":"FAIL\tassay/internal/vault [build failed]\n"}
{"Action":"fail","Package":"assay/internal/vault","FailedBuild":"assay/internal/vault"}
{"Action":"skip","Package":"assay/internal/civil"}
`
	j := newJob(t)
	r := &goTests{job: j, packages: 4}
	if err := r.read(strings.NewReader(events)); err != nil {
		t.Fatal(err)
	}
	if j.passed != 1 || j.failed != 2 || j.skipped != 1 {
		t.Errorf("%d passed, %d failed, %d skipped; want 1, 2, 1", j.passed, j.failed, j.skipped)
	}
	if diff := cmp.Diff([]string{"internal/risk: TestComplete", "internal/vault"}, j.failures); diff != "" {
		t.Errorf("failures (-want +have):\n%s", diff)
	}
	if diff := cmp.Diff(
		[]string{"internal/pack: TestSum: pack_test.go:7: sha256sum is not installed"}, j.skips,
	); diff != "" {
		t.Errorf("skips (-want +have):\n%s", diff)
	}
	for _, want := range []string{"no owner", "undefined: key"} {
		if !strings.Contains(j.output.String(), want) {
			t.Errorf("the output of what failed lacks %q:\n%s", want, j.output.String())
		}
	}
	if strings.Contains(j.output.String(), "what passed") {
		t.Error("the output of what passed is shown")
	}
}

func TestCountJourneys(t *testing.T) {
	const report = `{"suites":[{"title":"certificate.spec.ts","suites":[{"title":"an assessor","specs":[
		{"title":"signs a certificate","tests":[{"status":"expected"}]},
		{"title":"revokes it","tests":[{"status":"flaky"}]},
		{"title":"prints it","tests":[{"status":"skipped","annotations":[{"type":"skip","description":"no printer"}]}]}]}]}],
		"errors":[{"message":"the program did not start\nat …"}]}`
	j := newJob(t)
	if err := countJourneys(j, []byte(report)); err != nil {
		t.Fatal(err)
	}
	if j.passed != 1 || j.failed != 2 || j.skipped != 1 {
		t.Errorf("%d passed, %d failed, %d skipped; a flaky journey is a failed one", j.passed, j.failed, j.skipped)
	}
	want := []string{"certificate.spec.ts › an assessor › revokes it (flaky)", "the program did not start"}
	if diff := cmp.Diff(want, j.failures); diff != "" {
		t.Error(diff)
	}
}

func TestDifferences(t *testing.T) {
	here(t)
	put := func(path, text string, mode os.FileMode) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	put("want/same.go", "a", 0o755)
	put("have/same.go", "a", 0o644)
	if d, err := differences("want", "have"); err != nil || len(d) > 0 {
		t.Errorf("only file modes differ, and it says %q, %v", d, err)
	}
	put("want/x/changed.go", "new", 0o644)
	put("have/x/changed.go", "old", 0o644)
	put("want/fresh.go", "", 0o644)
	put("have/stale.go", "", 0o644)
	d, err := differences("want", "have")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(
		[]string{"have/fresh.go: missing", "have/stale.go: no longer generated", "have/x/changed.go: differs"}, d,
	); diff != "" {
		t.Error(diff)
	}
}

func TestInstall(t *testing.T) {
	here(t)
	put := func(path, text string) {
		t.Helper()
		if err := errors.Join(
			os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644),
		); err != nil {
			t.Fatal(err)
		}
	}
	put("page/font.woff2", "bytes\r\nas they are")
	put("page/assets/new.js", "new")
	put("dist/assets/old.js", "old")
	if err := install("page", "dist"); err != nil {
		t.Fatal(err)
	}
	have, err := contents("dist")
	if err != nil {
		t.Fatal(err)
	}
	want, err := contents("page")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}
}

func TestReadBench(t *testing.T) {
	now := readBench(
		[]byte(
			"goos: linux\npkg: assay/internal/pack\nBenchmarkWrite-2   \t 10\t 300 ns/op\t 2048 " +
				"B/op\nBenchmarkWrite-2   \t 10\t 100 ns/op\t 2048 B/op\nBenchmarkWrite-2   \t 10\t 200 ns/op\t " +
				"2048 B/op\nPASS\n",
		),
	)
	before := readBench([]byte("pkg: assay/internal/pack\nBenchmarkWrite-2 10 400 ns/op\n"))
	var out strings.Builder
	summarise(&out, now, before)
	if want := "pack Write-2  200ns (×0.50 of before)  2.0 kB/op\n"; out.String() != want {
		t.Errorf("have %q, want %q", out.String(), want)
	}
}

func TestVersion(t *testing.T) {
	for v, ok := range map[string]bool{
		"1.2.3": true, "1.2.3-4-gabc123": false, described("v1.2.3-4-gabc123\n"): true,
		described("v1.2.3\n"): true, "1.2.3-rc.1": true, "v1.2.3": false, "1.2": false, "1.2.3; rm": false,
		"": false,
	} {
		if plainVersion.MatchString(v) != ok {
			t.Errorf("%q: want accepted %v", v, ok)
		}
	}
}

// Code for another system that does not compile is found without compiling it.
func TestCheckTypes(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	put := func(name, text string) {
		t.Helper()
		if err := errors.Join(
			os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644),
		); err != nil {
			t.Fatal(err)
		}
	}
	put("go.mod", "module assay\n\ngo 1.26\n")
	put("a/a.go", "package a\n\nimport \"strings\"\n\nfunc Name() string { return strings.ToUpper(name) }\n")
	put("a/name_windows.go", "package a\n\nconst name = \"w\"\n")
	put("a/name_darwin.go", "package a\n\nconst name = 7\n")
	put("a/a_test.go", "package a\n\nimport \"testing\"\n\nfunc TestName(t *testing.T) { _ = Name() }\n")
	if problems, err := checkTypes(t.Context(), "windows"); err != nil || len(problems) > 0 {
		t.Errorf("sound code: %q, %v", problems, err)
	}
	problems, err := checkTypes(t.Context(), "darwin")
	if err != nil || len(problems) == 0 || !strings.Contains(problems[0], "name") {
		t.Errorf("a number for a string: %q, %v", problems, err)
	}
	put("a/b_test.go", "package a\n\nfunc helper() { missing() }\n")
	if problems, err := checkTypes(t.Context(), "windows"); err != nil || len(problems) == 0 {
		t.Errorf("a test that does not compile: %q, %v", problems, err)
	}
}

func TestLicences(t *testing.T) {
	mit := "Copyright (c) 2020 Ada\n\nPermission is hereby granted, free of charge, to any person\n" +
		"obtaining a copy of this software and so on"
	for text, want := range map[string]string{
		mit:                               "MIT",
		"You may look at it on Tuesdays.": "",
		mit + "\n\nor, as you wish, the GNU General\nPublic License": "",
		"Mozilla Public License Version 2.0 … the GNU General Public " +
			"License": "MPL-2.0",
		"Redistribution and use in source and binary forms are " +
			"permitted": "BSD-2-Clause",
		"Redistribution and use in source and binary forms. " +
			"Do not endorse or promote products derived from it": "BSD-3-Clause",
	} {
		if have := strings.Join(licenceOf(text), " "); have != want {
			t.Errorf("%.60q is %q, want %q", text, have, want)
		}
	}
	dir := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("LICENSE.md", mit)
	put("NOTICE", "It contains somebody's work.")
	put("license.go", "package x")
	if texts, err := licenceTexts(dir); err != nil || len(texts) != 2 {
		t.Errorf("%q, %v", texts, err)
	}
	put("LICENSE-B", "You may look at it on Tuesdays.")
	if _, err := licenceTexts(dir); err == nil {
		t.Error("a licence that nobody knows is accepted")
	}
}

// TestDependenciesAreExplained holds the tables of CONTRIBUTING.md to go.mod and
// package.json.
func TestDependenciesAreExplained(t *testing.T) {
	read := func(path string) []byte {
		t.Helper()
		b, err := os.ReadFile(filepath.Join("..", path))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	mod, err := modfile.Parse("go.mod", read("go.mod"), nil)
	if err != nil {
		t.Fatal(err)
	}
	var direct []string
	for _, r := range mod.Require {
		if !r.Indirect {
			direct = append(direct, r.Mod.Path)
		}
	}
	var page struct{ DevDependencies, Dependencies map[string]string }
	if err := json.Unmarshal(read("frontend/package.json"), &page); err != nil {
		t.Fatal(err)
	}
	direct = slices.AppendSeq(direct, maps.Keys(page.DevDependencies))
	direct = slices.AppendSeq(direct, maps.Keys(page.Dependencies))
	var explained []string
	for line := range strings.Lines(string(read(".github/CONTRIBUTING.md"))) {
		if first, rest, ok := strings.Cut(strings.TrimPrefix(line, "| "), " | "); ok && strings.HasPrefix(line, "| `") {
			if len(strings.TrimSpace(rest)) < 20 {
				t.Errorf("%s has no reason", first)
			}
			for _, name := range strings.Split(first, ", ") {
				explained = append(explained, strings.Trim(name, "`"))
			}
		}
	}
	slices.Sort(direct)
	slices.Sort(explained)
	if diff := cmp.Diff(direct, explained); diff != "" {
		t.Errorf("the tables of .github/CONTRIBUTING.md (-used +explained):\n%s", diff)
	}
}

func TestWithoutRaw(t *testing.T) {
	src := "package x\n\n//\tan example\n// https://example.org\n// words stay\nvar a = `one\ntwo` + \"three\"\n"
	want := "package x\n\n\n\n// words stay\nvar a = \n + \"three\"\n"
	if have := string(withoutRaw([]byte(src))); have != want {
		t.Errorf("have %q, want %q", have, want)
	}
}

func TestCompare(t *testing.T) {
	figures := func(wall ...float64) []figure {
		return []figure{{Name: "import, wall", Unit: "s", Values: wall}, {Name: "only here", Unit: "s"}}
	}
	before := &results{What: "evidence", Commit: "0123456789ab", Machine: "one", Figures: figures(2, 2.2, 1.8)}
	for name, c := range map[string]struct {
		after *results
		want  []string
		not   string
	}{
		"clear of the spread": {
			&results{What: "evidence", Machine: "one", Figures: figures(3, 3.1, 2.9)},
			[]string{"2.00 s", "10 %", "3.00 s", "1.50", "more"},
			"only here",
		},
		"less": {&results{What: "evidence", Machine: "one", Figures: figures(1)}, []string{"0.50", "less"}, "more"},
		"within the spread": {
			&results{What: "evidence", Machine: "one", Changed: true, Figures: figures(2.1, 2.3)},
			[]string{"not committed"},
			"more",
		},
		"other machine": {
			&results{What: "evidence", Machine: "two", Figures: figures(2)}, []string{"Not the same machine"}, "more",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			if err := compare(&b, before, c.after); err != nil {
				t.Fatal(err)
			}
			for _, w := range c.want {
				if !strings.Contains(b.String(), w) {
					t.Errorf("no %q in\n%s", w, b.String())
				}
			}
			if strings.Contains(b.String(), c.not) {
				t.Errorf("%q in\n%s", c.not, b.String())
			}
		})
	}
	if err := compare(io.Discard, before, &results{What: "another"}); err == nil {
		t.Error("different measurements were compared")
	}
}
