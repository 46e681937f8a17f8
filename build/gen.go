package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
)

// Generated code is made in a copy of the clone's layout (build/.cache/gen), so
// that it can be compared with what is committed before it replaces it.
const genDir = cacheDir + "/gen"

// outputs are the folders that hold generated code and nothing else.
const (
	queriesDir  = "internal/store/db"
	bindingsDir = "frontend/src/lib/wailsjs"
)

// generateQueries runs the migrations into a scratch database, so that sqlc
// prepares each query against the real schema, and then sqlc.
func generateQueries(ctx context.Context, j *job) error {
	if !exists("sql/sqlc.yaml") {
		return nothing("no sql/sqlc.yaml yet")
	}
	if err := os.RemoveAll(genDir + "/sql"); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(genDir, queriesDir)); err != nil {
		return err
	}
	if err := os.CopyFS(genDir+"/sql", os.DirFS("sql")); err != nil {
		return err
	}
	scratch, err := filepath.Abs(cacheDir + "/scratch.db")
	if err != nil {
		return err
	}
	if err := j.run(ctx, "go", "run", "./build/scratchdb", scratch); err != nil {
		return err
	}
	c := call{dir: genDir, env: []string{"ASSAY_SCRATCH_DB=" + filepath.ToSlash(scratch)}}
	if err := j.call(ctx, c, bin("sqlc"), "generate", "-f", "sql/sqlc.yaml"); err != nil {
		return err
	}
	sum, err := queriesSum(filepath.Join(genDir, queriesDir))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(genDir, queriesDir, sumFile), sum, 0o644)
}

// sumFile says what the generated queries were made from, and by which sqlc.
const sumFile = "SUM"

// queriesSum is what sumFile says of generated queries in dir.
func queriesSum(dir string) ([]byte, error) {
	tools, err := os.ReadFile("build/tools/go.mod")
	if err != nil {
		return nil, err
	}
	version := regexp.MustCompile(`github\.com/sqlc-dev/sqlc v\S+`).Find(tools)
	from, err := digestOf("sql")
	if err != nil {
		return nil, err
	}
	made, err := digestOf(dir)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "Written by `go run ./build gen`.\nfrom %s sql\nby %s\nmade %s\n", from, version, made), nil
}

// digestOf is the SHA-256 of the names and texts of a folder's files, the
// sumFile apart.
func digestOf(dir string) (string, error) {
	files, err := contents(dir)
	if err != nil {
		return "", err
	}
	delete(files, sumFile)
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		text := lines(files[name])
		fmt.Fprintf(h, "%s %d\n%s", filepath.ToSlash(name), len(text), text)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// queriesAreFresh holds the generated queries to the digests of what they were
// made from and of themselves, so that sqlc, which takes minutes to compile, is
// needed only where sql/ changes. A soak makes them again and compares.
func queriesAreFresh(context.Context, *job) error {
	want, err := queriesSum(queriesDir)
	if err != nil {
		return err
	}
	have, err := os.ReadFile(filepath.Join(queriesDir, sumFile))
	if err != nil || !bytes.Equal(lines(have), want) {
		return errors.New("the queries are not those that sql/ makes: run `go run ./build gen` and commit the result")
	}
	return nil
}

// generateBindings writes what the page may call, as TypeScript. It needs no
// cgo and no window.
func generateBindings(ctx context.Context, j *job) error {
	if !exists("app/desktop") {
		return nothing("no app/desktop yet")
	}
	if err := os.RemoveAll(filepath.Join(genDir, bindingsDir)); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(genDir, filepath.Dir(bindingsDir)), 0o755); err != nil {
		return err
	}
	b, err := os.ReadFile("wails.json")
	if err != nil {
		return err
	}
	if err := os.WriteFile(genDir+"/wails.json", b, 0o644); err != nil {
		return err
	}
	program := bin("bindings")
	if err := j.run(ctx, "go", "build", "-tags", "bindings", "-o", program, "./app/desktop"); err != nil {
		return err
	}
	return j.call(ctx, call{dir: genDir, env: []string{"tsoutputtype=interfaces"}}, program)
}

// clean makes a step that regenerates and compares.
func clean(generate func(context.Context, *job) error, dir string) func(context.Context, *job) error {
	return func(ctx context.Context, j *job) error {
		if err := generate(ctx, j); err != nil {
			return err
		}
		differ, err := differences(filepath.Join(genDir, dir), dir)
		if err != nil {
			return err
		}
		if len(differ) == 0 {
			return nil
		}
		fmt.Fprintf(&j.output, "%s\n", strings.Join(differ, "\n"))
		return errors.New("committed code is not what is generated: run `go run ./build gen` and commit the result")
	}
}

// differences names the files under want and have whose contents differ. File
// modes are not compared: the bindings generator sets its own.
func differences(want, have string) ([]string, error) {
	a, err := contents(want)
	if err != nil {
		return nil, err
	}
	b, err := contents(have)
	if err != nil {
		return nil, err
	}
	var differ []string
	for name, text := range a {
		switch was, ok := b[name]; {
		case !ok:
			differ = append(differ, filepath.Join(have, name)+": missing")
		case !bytes.Equal(lines(was), lines(text)):
			differ = append(differ, filepath.Join(have, name)+": differs")
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			differ = append(differ, filepath.Join(have, name)+": no longer generated")
		}
	}
	sort.Strings(differ)
	return differ, nil
}

// lines is a text with the line endings that git may have changed put right.
func lines(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")) }

// contents reads the files under dir, which need not exist.
func contents(dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) && path == dir {
				return nil
			}
			return err
		}
		if d.IsDir() {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		files[name] = b
		return err
	})
	return files, err
}

// replace makes a step that regenerates and puts the result in the place of
// what is committed.
func replace(generate func(context.Context, *job) error, dir string) func(context.Context, *job) error {
	return func(ctx context.Context, j *job) error {
		if err := generate(ctx, j); err != nil {
			return err
		}
		return install(filepath.Join(genDir, dir), dir)
	}
}

// install makes the folder to hold the files of from and no others. What is
// the same already is not touched, each other file changes at once, and stale
// ones go last: another program may be reading the folder.
func install(from, to string) error {
	fresh, err := contents(from)
	if err != nil {
		return err
	}
	old, err := contents(to)
	if err != nil {
		return err
	}
	for name, text := range fresh {
		if was, ok := old[name]; ok && bytes.Equal(was, text) {
			continue
		}
		path := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path+".new", text, 0o644); err != nil {
			return err
		}
		if err := os.Rename(path+".new", path); err != nil {
			return err
		}
	}
	for name := range old {
		if _, ok := fresh[name]; !ok {
			if err := os.Remove(filepath.Join(to, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

func runGen(ctx context.Context, args []string) error {
	if err := flags("gen").Parse(args); err != nil {
		return err
	}
	if err := carryOutAll(ctx, []step{
		{title: "sqlc", do: tools(toolSqlc)},
		{title: "queries", do: replace(generateQueries, queriesDir)},
		{title: "bindings", do: replace(generateBindings, bindingsDir)},
		{title: "npm packages", do: npm},
		{title: "page", do: page},
		{title: "licences", do: listLicences},
	}); err != nil {
		return err
	}
	fmt.Printf(
		"\nMade: %s (from sql/), %s (from app/desktop) and %s. Commit them with their sources.\n",
		queriesDir,
		bindingsDir,
		licencesFile,
	)
	return nil
}
