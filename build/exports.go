package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
)

// What platforms really write is shown to Assay: each program in build/exports runs the
// packages that it names, of a fixed version and without a network, on a small case with
// a known story, and exports it by the product's own means into the folder that it is
// given. Its comment says which packages, and the story as Assay has to read it:
//
//	# packages: mlflow==3.17.2
//	# story: CT-1: approved by e.haldane, released send letter
//	# story: CT-2: asked
//
// and, where Assay needs one, the mapping ("# mapping: table.yaml", or the name of one that Assay brings).
// An export that cannot be read has, instead of a story, what Assay says of it ("# refuses: The run has no time").
// Nothing here runs in CI: it fetches a few gigabytes of packages.

const exportsDir = cacheDir + "/exports"

// exportCase is one program of build/exports.
type exportCase struct {
	name     string
	packages []string
	story    []string
	mapping  string // file in build/exports, or name of one that Assay brings; empty for none
	refuses  string // instead of a story: what Assay says when it refuses the export
	got      []string
	why      string // whether it was as the story has it
	failed   error
}

func exportCases(only string) (cases []exportCase, err error) {
	files, err := filepath.Glob("build/exports/*.py")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		c := exportCase{name: strings.TrimSuffix(filepath.Base(f), ".py")}
		if only != "" && !strings.Contains(c.name, only) {
			continue
		}
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			if p, ok := strings.CutPrefix(line, "# packages: "); ok {
				c.packages = append(c.packages, strings.Fields(p)...)
			}
			if m, ok := strings.CutPrefix(line, "# mapping: "); ok {
				if c.mapping = m; filepath.Ext(m) == ".yaml" { // and not the name of one that Assay brings
					c.mapping = "build/exports/" + m
				}
			}
			if s, ok := strings.CutPrefix(line, "# story: "); ok {
				c.story = append(c.story, s)
			}
			if r, ok := strings.CutPrefix(line, "# refuses: "); ok {
				c.refuses = r
			}
		}
		if len(c.packages) == 0 || (len(c.story) == 0) == (c.refuses == "") {
			return nil, fmt.Errorf("%s names no packages or no story", f)
		}
		cases = append(cases, c)
	}
	if len(cases) == 0 {
		return nil, fmt.Errorf("no case is called %q", only)
	}
	return cases, nil
}

func runExports(ctx context.Context, args []string) error {
	fs := flags("exports")
	only := fs.String("only", "", "only the cases whose name has this `word`")
	if err := fs.Parse(args); err != nil {
		return err
	}
	cases, err := exportCases(*only)
	if err != nil {
		return err
	}
	steps := []step{{title: "command", do: func(ctx context.Context, j *job) error {
		return j.run(ctx, "go", "build", "-o", exportsDir+"/assay", "./app/assay")
	}}}
	for i := range cases {
		c := &cases[i]
		// One that is read otherwise stops none of the others.
		try := func(ctx context.Context, j *job) error {
			if err := c.try(ctx, j); err != nil {
				c.failed = err
				fmt.Fprintln(j.log, err)
			}
			return ctx.Err()
		}
		steps = append(steps, step{title: c.name, after: []string{"command"}, do: try})
	}
	err = carryOutAll(ctx, steps)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\ncase\tpackages\truns\tas the story has it")
	for _, c := range cases {
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", c.name, strings.Join(c.packages, " "), len(c.got), c.why)
	}
	err = errors.Join(err, w.Flush())
	for _, c := range cases {
		if c.failed != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", c.name, c.failed))
		}
	}
	return err
}

// try makes the environment of a case, has it export, and compares what Assay reads.
func (c *exportCase) try(ctx context.Context, j *job) error {
	c.why = "no: see the log"
	env, out := exportsDir+"/env/"+c.name, exportsDir+"/out/"+c.name
	err := errors.Join(os.RemoveAll(out), os.MkdirAll(out, 0o755), os.MkdirAll(filepath.Dir(env), 0o755))
	if err != nil {
		return err
	}
	requirements := env + ".txt"
	if err := os.WriteFile(requirements, []byte(strings.Join(c.packages, "\n")+"\n"), 0o644); err != nil {
		return err
	}
	if err := virtualenv(env, requirements)(ctx, j); err != nil {
		return err
	}
	python, err := filepath.Abs(env + "/bin/python")
	if err != nil {
		return err
	}
	program, err := filepath.Abs("build/exports/" + c.name + ".py")
	if err != nil {
		return err
	}
	// What would reach out finds nobody there.
	offline := []string{
		"HTTP_PROXY=http://127.0.0.1:9", "HTTPS_PROXY=http://127.0.0.1:9", "NO_PROXY=127.0.0.1,localhost",
		"DO_NOT_TRACK=1",
	}
	if err := j.call(ctx, call{dir: out, env: offline}, python, program, "."); err != nil {
		return err
	}
	files, err := filepath.Glob(out + "/export*")
	if err != nil || len(files) == 0 {
		return errors.Join(err, errors.New("it exported nothing"))
	}
	for _, f := range files {
		args := []string{"import", f, "--dry-run", "--json"}
		if c.mapping != "" {
			args = append(args, "--mapping", c.mapping, "--gate", "g")
		}
		var read bytes.Buffer
		err := j.call(ctx, call{out: &read}, exportsDir+"/assay", args...)
		if c.refuses != "" {
			if err == nil || !strings.Contains(read.String(), c.refuses) {
				return fmt.Errorf("%s: Assay does not refuse it with %q:\n%s", filepath.Base(f), c.refuses, &read)
			}
			c.why = "not readable: " + c.refuses
			return nil
		}
		if err != nil {
			return err
		}
		got, err := told(read.Bytes())
		if err != nil {
			return err
		}
		if c.got = got; !slices.Equal(got, c.story) {
			return fmt.Errorf("%s: Assay reads\n  %s\nand the story is\n  %s",
				filepath.Base(f), strings.Join(got, "\n  "), strings.Join(c.story, "\n  "))
		}
	}
	c.why = "yes"
	return nil
}

// told is what a dry run says of each run, in the words of a story.
func told(preview []byte) ([]string, error) {
	var said struct {
		Previews []struct {
			First []struct {
				ID        string `json:"run_id"`
				Steps     []struct{ Name, Act string }
				Decisions []struct{ Code, Account, Presented, Decided string }
			}
		}
	}
	if err := json.Unmarshal(preview, &said); err != nil || len(said.Previews) != 1 {
		return nil, errors.Join(err, errors.New("no preview"))
	}
	var out []string
	for _, r := range said.Previews[0].First {
		var what []string
		for _, s := range r.Steps {
			if strings.HasSuffix(s.Name, "[asked]") && len(r.Decisions) == 0 {
				what = append(what, "asked")
			}
		}
		for _, d := range r.Decisions {
			who := d.Account
			if who == "" {
				who = "nobody"
			}
			text := d.Code + " by " + who
			if d.Presented != "" && d.Decided != "" && d.Presented != d.Decided {
				text = "asked, " + text
			}
			what = append(what, text)
		}
		for _, s := range r.Steps {
			if s.Act == "release" {
				what = append(what, "released "+s.Name)
			}
		}
		out = append(out, r.ID+": "+strings.Join(what, ", "))
	}
	slices.Sort(out)
	return out, nil
}
