package internal

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestOtherPrograms looks who can start another program: the window, to show a
// document in the system's viewer, and the tests.
func TestOtherPrograms(t *testing.T) {
	root := ".."
	allowed := map[string]bool{"app/desktop/common.go": true, "internal/testkit/browser.go": true}
	seen := 0
	for _, top := range []string{"app", "internal"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			src, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			seen++
			name, err := filepath.Rel(root, path)
			if name = filepath.ToSlash(name); regexp.MustCompile(`"os/exec"|os\.StartProcess|syscall\.(Exec|ForkExec|StartProcess)`).
				Match(src) &&
				!allowed[name] &&
				!strings.HasPrefix(name, "internal/testkit/") {
				t.Errorf("%s can start other programs", name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 100 {
		t.Errorf("only %d files were looked at", seen)
	}
}

// TestPromises looks whether each test that SECURITY.md names is there.
func TestPromises(t *testing.T) {
	root := ".."
	text, err := os.ReadFile(filepath.Join(root, ".github", "SECURITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	type promise struct{ folder, test string }
	var named []promise
	for _, m := range regexp.MustCompile("`([a-z0-9/]+): (Test[A-Za-z0-9_]+)`").FindAllSubmatch(text, -1) {
		named = append(named, promise{"internal/" + string(m[1]), string(m[2])})
	}
	for _, m := range regexp.MustCompile("`(Test[A-Za-z0-9_]+)` in `([a-z0-9/]+)`").FindAllSubmatch(text, -1) {
		named = append(named, promise{string(m[2]), string(m[1])})
	}
	if len(named) < 50 {
		t.Fatalf("SECURITY.md names %d tests", len(named))
	}
	// Each row of a table of promises rests on a test, and each journey that is named is there.
	for _, row := range regexp.MustCompile(`(?m)^\| [^|]+\|([^|]+)\|$`).FindAllSubmatch(text, -1) {
		if held := string(row[1]); held != " held by " && !regexp.MustCompile("Test[A-Z]|spec.ts").MatchString(held) {
			t.Errorf("a promise rests on nothing: %s", row[0])
		}
	}
	for _, m := range regexp.MustCompile("`([a-z/0-9-]+\\.spec\\.ts)`").FindAllSubmatch(text, -1) {
		if _, err := os.Stat(filepath.Join(root, string(m[1]))); err != nil {
			t.Error(err)
		}
	}
	for _, p := range named {
		m := []string{"", p.folder, p.test}
		files, err := filepath.Glob(filepath.Join(root, p.folder, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, f := range files {
			src, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			found = found || regexp.MustCompile(`(?m)^func `+m[2]+`\(t \*testing\.T\)`).Match(src)
		}
		if !found {
			t.Errorf("SECURITY.md rests a promise on %s in %s, which is not there", m[2], m[1])
		}
	}
}

// TestCostOfPassphrases holds that nothing but tests makes a passphrase cheap to guess.
func TestCostOfPassphrases(t *testing.T) {
	cheap := regexp.MustCompile(`(vault\.DefaultParams|signing\.DefaultCost|(?m:^\s*)Default(Params|Cost))\s*=|vault\.Params\{\w`)
	for _, name := range committed(t) {
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			continue // deleted in the work tree
		}
		if found := cheap.Find(src); found != nil {
			t.Errorf("%s sets what a guess of a passphrase costs: %s", name, found)
		}
	}
}
