package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// widest is how many columns a line of code may have; a tab counts as four.
const widest = 120

// shortLines names the lines of Go, TypeScript and Svelte that are too wide to
// be read beside another file.
func shortLines(ctx context.Context, j *job) error {
	files, err := gitFiles(ctx, "*.go", "*.ts", "*.js", "*.mjs", "*.svelte", "*.scss", "*.py")
	if err != nil {
		return err
	}
	found := 0
	for _, path := range files {
		if generated(path) {
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if filepath.Ext(path) == ".go" {
			b = withoutRaw(b)
		} else { // prettier leaves strings and patterns whole
			b = wholeString.ReplaceAll(b, nil)
		}
		n := 0
		for line := range bytes.Lines(b) {
			n++
			line = bytes.ReplaceAll(bytes.TrimRight(line, "\r\n"), []byte("\t"), []byte("    "))
			if utf8.RuneCount(line) > widest {
				found++
				fmt.Fprintf(&j.output, "%s:%d has %d columns\n", path, n, utf8.RuneCount(line))
			}
		}
	}
	if found > 0 {
		return fmt.Errorf("%d lines have more than %d columns: break them", found, widest)
	}
	return nil
}

// wholeString is a string, or a regular expression, of a line of TypeScript or Python.
var wholeString = regexp.MustCompile(
	`'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|` + "`[^`\n]*`" + `|(?m:^\s*/\S.*/[a-z]*(;$|\.exec\($))`,
)

// withoutRaw is a Go source without the contents of raw strings, whose lines
// are data, of examples in comments, and of addresses.
func withoutRaw(src []byte) []byte {
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(src))
	s.Init(file, src, nil, scanner.ScanComments)
	var out []byte
	done := 0
	for {
		pos, tok, text := s.Scan()
		if tok == token.EOF {
			return append(out, src[done:]...)
		}
		from := file.Offset(pos)
		comment, isComment := strings.CutPrefix(text, "//")
		if tok == token.STRING && text[0] == '`' ||
			isComment && (strings.HasPrefix(comment, "\t") || !strings.Contains(strings.TrimSpace(comment), " ")) {
			out = append(out, src[done:from]...)
			out = append(out, strings.Repeat("\n", strings.Count(text, "\n"))...)
			done = from + len(text)
		}
	}
}

// generated tells whether a program writes the file.
func generated(path string) bool {
	return strings.HasPrefix(path, queriesDir+"/") || strings.HasPrefix(path, bindingsDir+"/") ||
		strings.Contains(path, "/testdata/")
}

func staticcheck(ctx context.Context, j *job) error {
	if err := j.run(ctx, bin("staticcheck"), "./..."); err != nil || !exists("app/desktop") {
		return err
	}
	// go test has vetted everything but the program of the journeys.
	return j.run(ctx, "go", "vet", "-tags", "e2e", "./app/desktop")
}

// keptUnreachable are functions that no program reaches and that stay, each with
// the reason.
var keptUnreachable = map[string]string{
	"internal/approval.Format":          "an approval that stands alone is specified in its package, written",
	"internal/approval.Parse":           "and read: tests hold the two to each other",
	"internal/pdfkit.Anchor.draw":       "a place in a document that others name: tests of tagging draw it",
	"internal/pdfkit.Lang":              "words of another language: tests of tagging draw them, reports have none yet",
	"internal/pdfkit.Lead":              "an opening paragraph: tests of tagging draw it",
	"internal/pdfkit.Link":              "a link in a sentence: tests of tagging draw it, papers have no links",
	"internal/pdfkit.Note":              "a foot note: tests of tagging draw it",
	"internal/pdfkit.Space.draw":        "room between parts: tests of layout draw it",
	"internal/signing.OpenToken":        "with the build tag pkcs11 there are tokens",
	"internal/signing.Token.Close":      "with the build tag pkcs11 there are tokens",
	"internal/signing.Token.Identities": "with the build tag pkcs11 there are tokens",
	"internal/standard.Rules":           "tests of other packages go through every rule",
}

// deadcode finds functions of ours that no program can reach: what only a test
// calls guards nothing that anybody runs.
func deadcode(ctx context.Context, j *job) error {
	var out bytes.Buffer
	c := call{out: io.MultiWriter(&out, j.log)}
	tags := windowTags("desktop,production")
	if err := j.call(ctx, c, bin("deadcode"), "-json", "-tags", tags, "./app/...", "./build/..."); err != nil {
		return err
	}
	var packages []struct {
		Path  string
		Funcs []struct {
			Name      string
			Generated bool
			Position  struct {
				File string
				Line int
			}
		}
	}
	if err := json.Unmarshal(out.Bytes(), &packages); err != nil {
		return fmt.Errorf("deadcode: %w", err)
	}
	dead := map[string]string{}
	for _, p := range packages {
		for _, f := range p.Funcs {
			if !f.Generated {
				name := strings.TrimPrefix(p.Path, "assay/") + "." + f.Name
				dead[name] = fmt.Sprintf("%s:%d: %s is never called", f.Position.File, f.Position.Line, name)
			}
		}
	}
	for name := range keptUnreachable {
		if _, ok := dead[name]; !ok {
			dead[name] = name + " is reached by now: take it out of keptUnreachable"
			continue
		}
		delete(dead, name)
	}
	for _, line := range slices.Sorted(maps.Values(dead)) {
		fmt.Fprintln(&j.output, line)
	}
	if len(dead) > 0 {
		return fmt.Errorf("%d functions are reached by no program: delete them, or let a program use them", len(dead))
	}
	return nil
}

// otherSystems checks the types of everything, tests included, as it is on
// Windows and macOS, from source: seconds instead of the minutes that
// compiling SQLite and the standard library for each would take. The workflow
// compiles and runs the tests there, and package makes the Windows programs.
func otherSystems(ctx context.Context, j *job) error {
	for _, system := range []string{"windows", "darwin"} {
		j.doing("%s", system)
		problems, err := checkTypes(ctx, system)
		if err != nil {
			return fmt.Errorf("%s: %w", system, err)
		}
		for _, p := range problems {
			fmt.Fprintf(&j.output, "%s: %s\n", system, p)
		}
	}
	if j.output.Len() > 0 {
		return errors.New("this does not compile on every system")
	}
	return nil
}

// listed is a package as go list shows it.
type listed struct {
	ImportPath, Dir, ForTest   string
	Standard                   bool
	GoFiles, CgoFiles, Imports []string
	ImportMap                  map[string]string
	Module                     *struct{ GoVersion string }
	Error                      *struct{ Err string }
}

// checkTypes type-checks the module's packages and tests for a system, and
// what they import as far as its declarations go.
func checkTypes(ctx context.Context, system string) (problems []string, err error) {
	// With cgo, as the window on macOS has; the C itself is not looked at.
	cmd := exec.CommandContext(ctx, "go", "list", "-e", "-deps", "-test", "-tags", "desktop,production",
		"-json=ImportPath,Dir,ForTest,Standard,GoFiles,CgoFiles,Imports,ImportMap,Module,Error", "./...")
	cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=1")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	fset, done := token.NewFileSet(), map[string]*types.Package{"unsafe": types.Unsafe}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); err == io.EOF {
			return problems, nil
		} else if err != nil {
			return nil, err
		}
		if p.ImportPath == "unsafe" || strings.HasSuffix(p.ImportPath, ".test") {
			continue
		}
		ours := p.ImportPath == "assay" || strings.HasPrefix(p.ImportPath, "assay/")
		if p.Error != nil && ours {
			problems = append(problems, p.Error.Err)
		}
		c := types.Config{
			Importer:         importer{done, p.ImportMap},
			IgnoreFuncBodies: !ours,
			FakeImportC:      true,
			Sizes:            types.SizesFor("gc", "amd64"),
			Error: func(err error) {
				if ours && len(problems) < 20 {
					problems = append(problems, err.Error())
				}
			},
		}
		if p.Module != nil && p.Module.GoVersion != "" {
			c.GoVersion = "go" + p.Module.GoVersion
		}
		files, err := parseAll(fset, p.Dir, slices.Concat(p.GoFiles, p.CgoFiles), ours)
		if err != nil {
			return nil, err
		}
		done[p.ImportPath], _ = c.Check(p.ImportPath, fset, files, nil) // its errors went to c.Error
	}
}

// importer finds what is already checked: go list -deps lists what is imported
// first.
type importer struct {
	done     map[string]*types.Package
	vendored map[string]string
}

func (i importer) Import(path string) (*types.Package, error) {
	if p, ok := i.vendored[path]; ok {
		path = p
	}
	if p := i.done[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("%s is not there", path)
}

// parseAll parses files, of other people's packages without the bodies.
func parseAll(fset *token.FileSet, dir string, names []string, ours bool) ([]*ast.File, error) {
	files := make([]*ast.File, len(names))
	errs := make([]error, len(names))
	var wg sync.WaitGroup
	for i, name := range names {
		wg.Go(func() {
			files[i], errs[i] = parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		})
	}
	wg.Wait()
	return files, errors.Join(errs...)
}

// raced are the tests that run with the race detector: everything that several
// goroutines or windows do at once.
var raced = [][]string{
	{"./app/desktop/bind", "./internal/sqlitex", "./internal/store"},
	{"./internal/store/runs", "-run=TestWriter|TestImport|TestRetest|TestScreens"},
	{"./internal/runlog", "-run=TestCorpus|TestExamples"},
	{"./internal/service", "-run=TestConcurrent"},
}

func raceDetector(ctx context.Context, j *job) error {
	for _, args := range raced {
		if err := goTest(append([]string{"-race", "-short", "-vet=off"}, args...)...)(ctx, j); err != nil {
			return err
		}
	}
	return nil
}

// vulnerabilityIndex is where govulncheck reads what is known.
const vulnerabilityIndex = "https://vuln.go.dev/index/db.json"

// vulnerabilities asks Go's database whether the programs call anything that is
// known to be vulnerable.
func vulnerabilities(ctx context.Context, j *job) error {
	asked, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	q, err := http.NewRequestWithContext(asked, http.MethodHead, vulnerabilityIndex, nil)
	if err != nil {
		return err
	}
	reply, err := http.DefaultClient.Do(q)
	if err != nil || reply.StatusCode != http.StatusOK {
		return nothing("the database of vulnerabilities, %s, cannot be reached", vulnerabilityIndex)
	}
	reply.Body.Close()
	if err := tools(toolGovulncheck)(ctx, j); err != nil {
		return err
	}
	return j.run(ctx, bin("govulncheck"), "-tags", windowTags("desktop,production"), "./app/...")
}

// gitFiles lists the files of these patterns that git knows or would know.
func gitFiles(ctx context.Context, patterns ...string) ([]string, error) {
	args := append([]string{"ls-files", "--cached", "--others", "--exclude-standard", "--"}, patterns...)
	out, err := exec.CommandContext(ctx, "git", args...).Output()
	if err != nil {
		return nil, fmt.Errorf("git ls-files: %w", err)
	}
	var files []string
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		if exists(s.Text()) { // deleted and not yet committed
			files = append(files, s.Text())
		}
	}
	return files, nil
}
