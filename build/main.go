// Command build makes, checks and packages Assay: go run ./build COMMAND, from
// the top of a clone, on a machine that has Go, Node and git and need have
// nothing else. Each command installs what it lacks, says what it is doing,
// shows the output of what failed only (everything is in build/.cache/log), and
// ends with what was made and where.
//
// It uses the standard library alone, so that it starts within a second or two
// of a fresh clone.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

// command is one thing that a person may ask for.
type command struct {
	name, args, about string
	run               func(ctx context.Context, args []string) error
}

// commands in the order in which help shows them.
func commands() []command {
	return []command{
		{
			"run",
			"[--no-window] [--dir DIR]",
			"do the main job on the sample council and open the window on it",
			runSample,
		},
		{
			"test",
			"[--only WORD,…]",
			"check everything: generated code, style, rules, tests, browser journeys",
			runTests,
		},
		{"gen", "", "write the generated code anew: queries and the page's bindings", runGen},
		{"bench", "[--count N] [--bench RE] [PACKAGE…]", "measure, and compare with the measurement before", runBench},
		{
			"bench evidence",
			"[--runs N] [--peers=BOOL]",
			"measure imports, tests and screens at a million runs and more, beside DuckDB and sqlite3",
			runEvidence,
		},
		{"bench short", "", "measure imports, purge and tests at 100,000 runs, in a minute", runShort},
		{
			"bench compare",
			"[BEFORE.json AFTER.json]",
			"set two measurements side by side, the last two of a kind if none are named",
			runCompare,
		},
		{
			"bench page",
			"[--visits N] [--only ADDRESS]",
			"measure the window on 200 workflows and a million runs",
			runBenchPage,
		},
		{"package", "[--version V]", "make what people install: .deb, tar.gz, Windows zip and installer", runPackage},
		{
			"exports",
			"[--only WORD]",
			"run real packages on small cases and hold what Assay reads of their exports to the story (fetches them)",
			runExports,
		},
		{
			"conformance",
			"[--programs] [--trust ROOT.pem] [FILE.pdf…]",
			"hold the documents to veraPDF, EU DSS and pyHanko, and what programs read to other people's programs " +
				"(fetches them)",
			runConformance,
		},
		{
			"soak",
			"[--fuzz DURATION] [--run RE] [PACKAGE…]",
			"the long form of the tests, then an hour of fuzzing over all targets",
			runSoak,
		},
	}
}

// errFailed ends a command whose failures were shown already.
var errFailed = errors.New("failed")

func main() {
	if err := enterRoot(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	name, args := "help", []string(nil)
	if len(os.Args) > 1 {
		name, args = os.Args[1], os.Args[2:]
	}
	for _, c := range commands() {
		if c.name != name {
			continue
		}
		err := c.run(ctx, args)
		switch {
		case err == nil, errors.Is(err, flag.ErrHelp):
			return
		case !errors.Is(err, errFailed):
			fmt.Fprintf(os.Stderr, "%s: %v\n", c.name, err)
		}
		os.Exit(1)
	}
	if strings.TrimLeft(name, "-") == "help" || name == "-h" {
		help(os.Stdout)
		return
	}
	fmt.Fprintf(os.Stderr, "There is no command %q.\n\n", name)
	help(os.Stderr)
	os.Exit(2)
}

func help(w io.Writer) {
	fmt.Fprintf(w, "go run ./build COMMAND\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-14s %s\n", c.name, c.about)
	}
	fmt.Fprintf(w, "  %-14s this list; COMMAND --help names a command's options\n", "help")
}

// flags makes the option set of a command; its help shows the command's own line.
func flags(name string) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.Usage = func() {
		for _, c := range commands() {
			if c.name == name {
				fmt.Fprintf(fs.Output(), "go run ./build %s %s\n  %s\n", c.name, c.args, c.about)
			}
		}
		fs.PrintDefaults()
	}
	return fs
}

// enterRoot goes to the top of the clone, so that every path below is
// relative to it wherever the command was called.
func enterRoot() error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	for {
		if b, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil &&
			strings.HasPrefix(string(b), "module assay\n") {
			return os.Chdir(dir)
		}
		up := filepath.Dir(dir)
		if up == dir {
			return errors.New(
				"Run this inside a clone of Assay: no go.mod with \"module assay\" was found.",
			) //lint:ignore ST1005 it is a sentence for a person
		}
		dir = up
	}
}
