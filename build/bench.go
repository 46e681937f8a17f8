package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	benchFile   = cacheDir + "/bench.txt"
	benchBefore = cacheDir + "/bench-before.txt"
)

// runBench measures. The file that it leaves is what benchstat reads; the one
// of the time before is kept beside it and compared with.
func runBench(ctx context.Context, args []string) error {
	if len(args) > 0 {
		others := map[string]func(context.Context, []string) error{
			"evidence": runEvidence, "short": runShort, "page": runBenchPage, "compare": runCompare,
		}
		if run := others[args[0]]; run != nil {
			return run(ctx, args[1:])
		}
	}
	fs := flags("bench")
	count := fs.Int("count", 3, "how often each benchmark runs; benchstat wants at least 6")
	re := fs.String("bench", ".", "which benchmarks, as a regular expression")
	if err := fs.Parse(args); err != nil {
		return err
	}
	where := fs.Args()
	if len(where) == 0 {
		var err error
		if where, err = packagesWith(ctx, "func Benchmark"); err != nil {
			return err
		}
	}
	if len(where) == 0 {
		return errors.New("no package has a benchmark yet")
	}
	var out bytes.Buffer
	err := carryOutAll(
		ctx,
		[]step{
			{
				title: "benchmarks in " + strconv.Itoa(len(where)) + " packages",
				do: func(ctx context.Context, j *job) error {
					lines := &lineWriter{see: func(line string) {
						if strings.HasPrefix(line, "Benchmark") {
							j.doing("%s", strings.Fields(line)[0])
							fmt.Println("        " + line)
						}
					}}
					a := append(
						[]string{
							"test",
							"-run=^$",
							"-bench=" + *re,
							"-benchmem",
							"-count=" + strconv.Itoa(*count),
							"-timeout=4h",
							"-p=1",
						},
						where...)
					return j.call(ctx, call{out: io.MultiWriter(&out, j.log, lines)}, "go", a...)
				},
			},
		},
	)
	if err != nil {
		return err
	}
	before, _ := os.ReadFile(benchFile)
	if len(before) > 0 {
		if err := os.WriteFile(benchBefore, before, 0o644); err != nil {
			return err
		}
	}
	if err := os.WriteFile(benchFile, out.Bytes(), 0o644); err != nil {
		return err
	}
	fmt.Println()
	summarise(os.Stdout, readBench(out.Bytes()), readBench(before))
	fmt.Printf("\nMade: %s (the one before: %s). benchstat reads both.\n", benchFile, benchBefore)
	r := newResult(ctx, "benchmarks "+*re)
	for _, m := range readBench(out.Bytes()) {
		for _, u := range m.units {
			r.add(m.name+", "+u, u, m.of[u]...)
		}
	}
	return r.keep()
}

// measured is one benchmark: the values of each unit over its runs.
type measured struct {
	name  string
	units []string
	of    map[string][]float64
}

// readBench reads Go's benchmark format (golang.org/design/14313-benchmark-format).
func readBench(b []byte) []*measured {
	var all []*measured
	byName := map[string]*measured{}
	pkg := ""
	for s := bufio.NewScanner(bytes.NewReader(b)); s.Scan(); {
		f := strings.Fields(s.Text())
		if len(f) == 2 && f[0] == "pkg:" {
			pkg = strings.TrimPrefix(strings.TrimPrefix(f[1], "assay/"), "internal/")
		}
		if len(f) < 4 || !strings.HasPrefix(f[0], "Benchmark") {
			continue
		}
		name := pkg + " " + strings.TrimPrefix(f[0], "Benchmark")
		m := byName[name]
		if m == nil {
			m = &measured{name: name, of: map[string][]float64{}}
			byName[name] = m
			all = append(all, m)
		}
		for i := 2; i+1 < len(f); i += 2 {
			v, err := strconv.ParseFloat(f[i], 64)
			if err != nil {
				break
			}
			if m.of[f[i+1]] == nil {
				m.units = append(m.units, f[i+1])
			}
			m.of[f[i+1]] = append(m.of[f[i+1]], v)
		}
	}
	return all
}

// summarise prints the median of each unit and, where there was a measurement
// before, its ratio to that one.
func summarise(w io.Writer, now, before []*measured) {
	old := map[string]*measured{}
	for _, m := range before {
		old[m.name] = m
	}
	wide := 0
	for _, m := range now {
		wide = max(wide, len(m.name))
	}
	for _, m := range now {
		fmt.Fprintf(w, "%-*s", wide, m.name)
		for _, u := range m.units {
			fmt.Fprintf(w, "  %s", human(median(m.of[u]), u))
			if o := old[m.name]; o != nil && len(o.of[u]) > 0 && median(o.of[u]) > 0 && u == "ns/op" {
				fmt.Fprintf(w, " (×%.2f of before)", median(m.of[u])/median(o.of[u]))
			}
		}
		fmt.Fprintln(w)
	}
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

func human(v float64, unit string) string {
	switch unit {
	case "ns/op":
		return fmt.Sprint(time.Duration(v).Round(time.Duration(max(1, v/1000))))
	case "B/op":
		return size(int64(v)) + "/op"
	}
	return strconv.FormatFloat(v, 'g', 4, 64) + " " + unit
}

// lineWriter hands on whole lines.
type lineWriter struct {
	see  func(line string)
	rest []byte
}

func (l *lineWriter) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	for {
		i := bytes.IndexByte(l.rest, '\n')
		if i < 0 {
			return len(p), nil
		}
		l.see(string(l.rest[:i]))
		l.rest = l.rest[i+1:]
	}
}

// packagesWith lists the packages that have a test file with this text.
func packagesWith(ctx context.Context, text string) ([]string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-f", `{{$d := .Dir}}{{range .TestGoFiles}}{{$.ImportPath}} {{$d}}/{{.}}{{"\n"}}{{end}}{{range .XTestGoFiles}}{{$.ImportPath}} {{$d}}/{{.}}{{"\n"}}{{end}}`, "./...").
		Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var found []string
	for line := range strings.Lines(string(out)) {
		pkg, file, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || slices.Contains(found, pkg) {
			continue
		}
		if b, err := os.ReadFile(file); err == nil && bytes.Contains(b, []byte(text)) {
			found = append(found, pkg)
		}
	}
	return found, nil
}
