package vault

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestPromises looks whether each test that SECURITY.md names is there.
func TestPromises(t *testing.T) {
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, ".github", "SECURITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`([a-z0-9/]+): (Test[A-Za-z0-9_]+)`").FindAllSubmatch(text, -1)
	if len(named) < 20 {
		t.Fatalf("SECURITY.md names %d tests", len(named))
	}
	for _, m := range named {
		files, err := filepath.Glob(filepath.Join(root, "internal", string(m[1]), "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, f := range files {
			src, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			found = found || regexp.MustCompile(`(?m)^func `+string(m[2])+`\(t \*testing\.T\)`).Match(src)
		}
		if !found {
			t.Errorf("SECURITY.md rests a promise on %s in internal/%s, which is not there", m[2], m[1])
		}
	}
}
