// Command bench does, each in a process of its own, what `go run ./build bench
// evidence` measures: it writes a large run audit, makes a sealed register,
// imports into it, makes every test again, and asks what one screen asks.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/sample"
	"assay/internal/service"
)

const (
	passphrase = "a passphrase for measuring"
	workflow   = sample.LargeKey
	seed       = 1
)

// until is the last day of the runs: the same file whenever it is written, and the later
// runs, of nine months more, are in the past as well.
var until = time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC)

var (
	cpuProfile = flag.String("cpuprofile", "", "write a CPU profile to `FILE`")
	memProfile = flag.String("memprofile", "", "write a heap profile to `FILE`")
)

func main() {
	flag.Usage = func() {
		fmt.Fprint(os.Stderr, `bench [--cpuprofile FILE] [--memprofile FILE] COMMAND
  generate RUNS FILE          write a run audit with so many runs
  later RUNS FILE             write one of other runs, of the nine months after
  tables RUNS DIR             write the same runs as runs.csv and decisions.csv
  register FILE               make a sealed register of the sample council
  import REGISTER FILE        import a run audit
  retest REGISTER             make every test on every run again
  index REGISTER              make every run searchable
  grown RUNS DIR              make the sample council grown to 200 further workflows
  screens                     list what ask can ask
  ask REGISTER SCREEN         ask it once, and print how long that took
`)
	}
	flag.Parse()
	if err := profiled(flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func profiled(args []string) (err error) {
	if *cpuProfile != "" {
		f, err := os.Create(*cpuProfile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	if err := do(context.Background(), args); err != nil || *memProfile == "" {
		return err
	}
	f, err := os.Create(*memProfile)
	if err != nil {
		return err
	}
	return errors.Join(pprof.Lookup("allocs").WriteTo(f, 0), f.Close())
}

func do(ctx context.Context, args []string) error {
	if len(args) == 0 {
		args = []string{""}
	}
	var n int
	switch command := args[0]; {
	case (command == "generate" || command == "later") && len(args) == 3:
		if _, err := fmt.Sscan(args[1], &n); err != nil {
			return err
		}
		f, err := os.Create(args[2])
		if err != nil {
			return err
		}
		seed, until := uint64(seed), until
		if command == "later" {
			seed, until = seed+1, until.AddDate(0, 9, 0)
		}
		return errors.Join(sample.WriteLarge(f, n, seed, until), f.Close())
	case command == "grown" && len(args) == 3:
		if _, err := fmt.Sscan(args[1], &n); err != nil {
			return err
		}
		return grown(ctx, args[2], n)
	case command == "tables" && len(args) == 3:
		if _, err := fmt.Sscan(args[1], &n); err != nil {
			return err
		}
		return tables(args[2], n)
	case command == "register" && len(args) == 2:
		return register(ctx, args[1])
	case command == "import" && len(args) == 3:
		return with(ctx, args[1], func(s *service.Service) error {
			r, err := s.Import(ctx, service.ImportRequest{Path: args[2], Workflow: workflow})
			if err == nil {
				fmt.Printf("%d runs, %d decisions\n", r.Source.New, r.Source.Decisions)
			}
			return err
		})
	case command == "retest" && len(args) == 2:
		return with(ctx, args[1], func(s *service.Service) error { return retest(ctx, s) })
	case command == "index" && len(args) == 2:
		return with(ctx, args[1], func(s *service.Service) error { _, err := s.IndexRuns(ctx, false, nil); return err })
	case command == "screens" && len(args) == 1:
		for _, q := range screens {
			fmt.Println(q.name)
		}
		return nil
	case command == "ask" && len(args) == 3:
		return with(ctx, args[1], func(s *service.Service) error { return ask(ctx, s, args[2]) })
	}
	flag.Usage()
	return errors.New("no such command")
}

func with(ctx context.Context, path string, f func(*service.Service) error) error {
	s, err := service.Open(ctx, path, service.Options{Passphrase: passphrase, As: "PER-0001"})
	if err != nil {
		return err
	}
	return errors.Join(f(s), s.Close())
}

// register makes the sample council's register without any runs.
func register(ctx context.Context, path string) error {
	council, documents, err := sample.Council(civil.Of(until))
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(filepath.Dir(path), "council")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	documents["council.yaml"] = council
	for name, content := range documents {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, content, 0o600)); err != nil {
			return err
		}
	}
	s, _, err := service.Create(
		ctx,
		path,
		service.NewRegister{
			Organisation: sample.CouncilName,
			Person:       "Ann Example",
			Sample:       true,
			Passphrase:   passphrase,
		},
		service.Options{},
	)
	if err != nil {
		return err
	}
	_, err = s.Apply(ctx, filepath.Join(dir, "council.yaml"), false)
	return errors.Join(err, s.Close())
}

// retest changes a gate's least review time, upon which every test is made
// again on every run.
func retest(ctx context.Context, s *service.Service) error {
	v, err := s.Workflow(ctx, workflow)
	if err != nil {
		return err
	}
	w := v.Workflow
	w.Gates[0].MinReviewSeconds++
	start := time.Now()
	if _, err := s.SaveWorkflow(ctx, w); err != nil {
		return err
	}
	return answer(time.Since(start))
}

func answer(d time.Duration) error {
	return json.NewEncoder(os.Stdout).Encode(map[string]float64{"seconds": d.Seconds()})
}

// screens are the questions behind the screens that show runs.
var screens = []struct {
	name string
	ask  func(ctx context.Context, s *service.Service) error
}{
	{"overview", func(ctx context.Context, s *service.Service) error { _, err := s.Overview(ctx); return err }},
	{"workflows", func(ctx context.Context, s *service.Service) error { _, err := s.Workflows(ctx); return err }},
	{
		"workflow",
		func(ctx context.Context, s *service.Service) error { _, err := s.Workflow(ctx, workflow); return err },
	},
	{
		"readiness",
		func(ctx context.Context, s *service.Service) error { _, err := s.Readiness(ctx, workflow); return err },
	},
	{"monitor: day by day", monitor(service.MonitorQuery{})},
	{"monitor: month by month", monitor(service.MonitorQuery{ByMonth: true})},
	{"monitor: a segment", monitor(service.MonitorQuery{Segment: "student"})},
	{"monitor: an officer", officer},
	{"monitor: 90 days", monitor(service.MonitorQuery{From: "2025-10-02", To: "2025-12-30"})},
	{
		"findings: all tests",
		func(ctx context.Context, s *service.Service) error { _, err := s.Findings(ctx, ""); return err },
	},
	{"findings: first 50", findings(service.FindingQuery{})},
	{"findings: first 50 open of a test", findings(service.FindingQuery{Code: "OVR-01", Status: "open"})},
	{"findings: first 50 of 90 days", findings(service.FindingQuery{From: "2025-10-02", To: "2025-12-30"})},
	{"runs: newest 50", list(service.RunQuery{})},
	{"runs: newest 50 of an outcome", list(service.RunQuery{Outcome: "discount ended"})},
	{
		"runs: newest 50 of a segment in 90 days",
		list(service.RunQuery{Segment: "student", From: "2025-10-02", To: "2025-12-30"}),
	},
	{"runs: newest 50 with a finding", list(service.RunQuery{Code: "OVR-03"})},
	{"runs: 50 far back", list(service.RunQuery{To: "2025-06-30"})},
	{"run by identifier", oneRun},
	{"search: a common word", search("the")},
	{"search: two common words", search("applicant income")},
	{"search: five common words", search("the applicant income policy review")},
	{
		"search: seven, which hardly meet",
		searchRare("the applicant income policy review evidence officer"),
	}, // as far as one page looks
	{"search: a rare word", func(ctx context.Context, s *service.Service) error { return search(rareWord())(ctx, s) }},
	{"search: a phrase of common words", search(`"income policy"`)},
	{"imports", func(ctx context.Context, s *service.Service) error { _, err := s.Sources(ctx, workflow); return err }},
}

func monitor(q service.MonitorQuery) func(context.Context, *service.Service) error {
	q.Workflow = workflow
	return func(ctx context.Context, s *service.Service) error {
		m, err := s.Monitor(ctx, q)
		if err == nil && len(m.Volumes) == 0 {
			err = errors.New("no volumes")
		}
		return err
	}
}

// officer asks for the first of the officers that can be chosen.
func officer(ctx context.Context, s *service.Service) error {
	cast, _ := sample.CastOf(workflow)
	return monitor(service.MonitorQuery{Officer: cast.Gates[0].Officers[0]})(ctx, s)
}

func findings(q service.FindingQuery) func(context.Context, *service.Service) error {
	q.Workflow = workflow
	return func(ctx context.Context, s *service.Service) error {
		p, err := s.FindingList(ctx, q)
		if err == nil && len(p.Items) == 0 {
			err = errors.New("no findings")
		}
		return err
	}
}

func list(q service.RunQuery) func(context.Context, *service.Service) error {
	q.Workflow = workflow
	return func(ctx context.Context, s *service.Service) error {
		p, err := s.Runs(ctx, q)
		if err == nil && len(p.Items) == 0 {
			err = errors.New("no runs")
		}
		return err
	}
}

// search asks for the first 50 runs with these words, of which there are some.
func search(text string) func(context.Context, *service.Service) error {
	return func(ctx context.Context, s *service.Service) error {
		p, err := find(ctx, s, text)
		if err == nil && len(p.Items) == 0 {
			err = errors.New("nothing found")
		}
		return err
	}
}

// searchRare does so for words of which a small register may hold no run.
func searchRare(text string) func(context.Context, *service.Service) error {
	return func(ctx context.Context, s *service.Service) error {
		_, err := find(ctx, s, text)
		return err
	}
}

func find(ctx context.Context, s *service.Service, text string) (service.SearchPage, error) {
	p, err := s.SearchRuns(ctx, service.SearchQuery{Text: text, Workflow: workflow})
	if err == nil && !p.State.Done() {
		err = errors.New("the runs are not searchable yet")
	}
	return p, err
}

// rareWord stands once in the first thousand runs.
func rareWord() string {
	seen := map[string]int{}
	var order []string
	for rec := range sample.Large(1_000, seed, until) {
		for _, w := range strings.FieldsFunc(rec.Outputs[0].Text, func(r rune) bool { return r < 'a' || r > 'z' }) {
			if seen[w]++; seen[w] == 1 && len(w) > 9 {
				order = append(order, w)
			}
		}
	}
	for _, w := range order {
		if seen[w] == 1 {
			return w
		}
	}
	return ""
}

func oneRun(ctx context.Context, s *service.Service) error {
	i, id := 0, ""
	for rec := range sample.Large(1_000, seed, until) {
		if i++; i == 1_000 {
			id = rec.RunID
		}
	}
	_, err := s.Run(ctx, workflow, id)
	return err
}

func ask(ctx context.Context, s *service.Service, name string) error {
	for _, q := range screens {
		if q.name != name {
			continue
		}
		start := time.Now()
		if err := q.ask(ctx, s); err != nil {
			return err
		}
		return answer(time.Since(start))
	}
	return fmt.Errorf("there is no screen %q", name)
}
