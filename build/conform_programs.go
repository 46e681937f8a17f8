package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// What Assay hands to other people's programs is shown to programs by other authors:
// statements and receipts, envelopes, assessment results, heads and proofs of the log, and
// second signatures. Each judge is a small program in build/conformance that is given the folder.
const programsDir = conformDir + "/programs"

var programJudges = []judge{
	{
		name:    "scitt-cose, pycose and securesystemslib",
		fetch:   judgeEnvironment("scitt"),
		program: inVirtualenv("scitt"),
	},
	{
		name:    "compliance-trestle",
		fetch:   judgeEnvironment("oscal"),
		program: inVirtualenv("oscal"),
	},
	{
		name: "transparency-dev/formats and torchwood",
		fetch: func(ctx context.Context, j *job) error {
			out, err := filepath.Abs(conformDir + "/c2sp")
			if err != nil {
				return err
			}
			// A module of its own, so that nothing of it is in the product's.
			return j.call(ctx, call{dir: "build/conformance/c2sp"}, "go", "build", "-o", out, ".")
		},
		program: func(string) (string, []string) { return conformDir + "/c2sp", nil },
	},
	{
		name:  "BouncyCastle",
		fetch: maven("mldsa"),
		program: func(string) (string, []string) {
			return "java", []string{"-cp", "@" + conformDir + "/mldsa.classpath", "build/conformance/mldsa/Mldsa.java"}
		},
	},
}

// virtualenv makes a Python environment with what a file of requirements lists: each
// its own, since their dependencies do not go together.
func virtualenv(env, requirements string) func(context.Context, *job) error {
	return func(ctx context.Context, j *job) error {
		if !exists(env + "/bin/pip") {
			if err := j.run(ctx, "python3", "-m", "venv", env); err != nil {
				return err
			}
		}
		return j.run(ctx, env+"/bin/pip", "install", "--quiet", "-r", requirements)
	}
}

// judgeEnvironment is the one of a judge in build/conformance.
func judgeEnvironment(name string) func(context.Context, *job) error {
	return virtualenv(conformDir+"/"+name, "build/conformance/"+name+"/requirements.txt")
}

func inVirtualenv(name string) func(string) (string, []string) {
	return func(string) (string, []string) {
		return conformDir + "/" + name + "/bin/python", []string{"build/conformance/" + name + "/judge.py"}
	}
}

// makeForPrograms has the command make one of everything, on the sample council's
// register and that of an auditor who countersigns its log.
func makeForPrograms(ctx context.Context, j *job) error {
	if err := errors.Join(os.RemoveAll(programsDir), os.MkdirAll(programsDir+"/state", 0o755)); err != nil {
		return err
	}
	root := conformDir + "/sample"
	council := []string{"-w", programsDir + "/council.assay", "--as", "PER-0001"}
	auditor := []string{"-w", programsDir + "/auditor.assay"}
	out := func(name string) []string { return []string{"--out", programsDir + "/" + name} }
	assay := func(args ...[]string) error {
		state, err := filepath.Abs(programsDir + "/state")
		if err != nil {
			return err
		}
		return j.call(ctx,
			call{env: []string{"ASSAY_STATE_DIR=" + state, "ASSAY_PASSPHRASE=brackenmere sample council"}},
			bin("assay"), slices.Concat(args...)...)
	}
	words := strings.Fields
	steps := [][][]string{
		{words("restore " + root + "/brackenmere.assay"), out("council.assay")},
		{words("new " + programsDir + "/auditor.assay --organisation Auditors")},
		{words("witness key auditor.example"), auditor, out("witness-keys.txt")},
		{words("log key"), council, out("log-key.txt")},
		{words("witness watch " + programsDir + "/log-key.txt --trust " + root + "/root.pem"), auditor},
		{words("witness rely " + programsDir + "/witness-keys.txt"), council},
		{words("witness request auditor.example"), council, out("add-checkpoint.request")},
		{words("witness sign " + programsDir + "/add-checkpoint.request"), auditor, out("answer.txt")},
		{words("witness accept " + programsDir + "/answer.txt"), council},
		{words("witness policy"), council, out("policy.txt")},
		{words("log prove GC-2026-0001"), council, out("issue.tlog-proof")},
		{words("log head"), council, out("head.txt")},
		{words("key second PER-0001"), council},
		{words("pack"), council, out("pack.zip")},
		{words("export trust"), council, out("root.pem")},
	}
	papers, err := filepath.Glob(root + "/certificates/GC-*.pdf")
	if err != nil || len(papers) == 0 {
		return fmt.Errorf("the sample has no certificates: %w", err)
	}
	for _, p := range papers {
		number := strings.TrimSuffix(filepath.Base(p), ".pdf")
		b, err := os.ReadFile(p)
		if err == nil {
			err = os.WriteFile(programsDir+"/"+number+".pdf", b, 0o644)
		}
		if err != nil {
			return err
		}
		steps = append(steps,
			[][]string{words("export scitt --certificate " + number), council, out(number + ".scitt")},
			[][]string{words("export in-toto --certificate " + number), council, out(number + ".intoto.json")})
	}
	steps = append(steps, [][]string{words("export oscal-component"), council, out("soa.component.json")})
	for n := 1; n <= 6; n++ {
		ref := fmt.Sprintf("WF-%04d", n)
		steps = append(steps, [][]string{words("export oscal --workflow " + ref), council, out(ref + ".oscal.json")})
	}
	for _, args := range steps {
		if err := assay(args...); err != nil {
			return err
		}
	}
	return nil
}

// askPrograms shows the folder to each judge that could be had and prints what they said.
// It gives how many checks are against us, and how many there were.
func askPrograms(ctx context.Context, w io.Writer, had func(title string) error) (failed, checks int, err error) {
	for _, v := range programJudges {
		if err := had("fetch " + v.name); err != nil {
			fmt.Fprintf(w, "%s could not be had: %v.\n", v.name, err)
			continue
		}
		said := map[string]map[string]verdict{}
		start := time.Now()
		if err := v.ask(ctx, "", []string{programsDir}, said); err != nil {
			return failed, checks, err
		}
		n := 0
		for _, file := range slices.Sorted(maps.Keys(said)) {
			for _, check := range slices.Sorted(maps.Keys(said[file])) {
				x := said[file][check]
				n++
				word := "pass"
				if !x.ok {
					word = "FAIL"
					failed++
				}
				fmt.Fprintf(w, "%-24s  %-24s  %s  %s\n", filepath.Base(file), check, word, x.detail)
			}
		}
		if n == 0 {
			failed++
			fmt.Fprintf(w, "%s said nothing.\n", v.name)
		}
		checks += n
		fmt.Fprintf(w, "%s: %d checks in %.0f s\n", v.name, n, time.Since(start).Seconds())
	}
	return failed, checks, nil
}
