package testkit

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"assay/internal/fault"
)

func TestAlter(t *testing.T) {
	t.Run("touches every byte once where there are few", func(t *testing.T) {
		b := []byte("certificate")
		seen := map[int]bool{}
		Alter(t, b, 100, 1, func(altered []byte, at int) {
			seen[at] = true
			for i := range b {
				if (altered[i] != b[i]) != (i == at) {
					t.Fatalf("byte %d: want only byte %d altered in %q", i, at, altered)
				}
			}
		})
		if len(seen) != len(b) || string(b) != "certificate" {
			t.Fatalf("altered %d of %d places, left %q", len(seen), len(b), b)
		}
	})
	t.Run("draws places where there are many", func(t *testing.T) {
		n := 0
		Alter(t, make([]byte, 10_000), 50, 1, func([]byte, int) { n++ })
		if n != 50 {
			t.Fatalf("tried %d places, want 50", n)
		}
	})
}

func TestPart(t *testing.T) {
	seen := map[int]int{}
	for turn := 40; turn < 48; turn++ {
		t.Setenv("ASSAY_TURN", strconv.Itoa(turn))
		for i := range Part(100) {
			seen[i]++
		}
	}
	if testing.Short() || Soak() {
		t.Skip("more commits, or one, try everything")
	}
	if len(seen) != 100 {
		t.Errorf("eight commits try %d of 100", len(seen))
	}
	for i, n := range seen {
		if n != 1 {
			t.Errorf("%d is tried %d times", i, n)
		}
	}
}

func TestKey(t *testing.T) {
	if !Key(t, "root").Equal(Key(t, "root")) {
		t.Error("the same name gives another key")
	}
	if Key(t, "root").Equal(Key(t, "assessor")) {
		t.Error("two names give one key")
	}
}

// recorder is a test that is watched: what it reports is kept.
type recorder struct {
	testing.TB
	said string
}

func (r *recorder) Helper()                   {}
func (r *recorder) Errorf(f string, a ...any) { r.said += f }
func (r *recorder) Fatalf(f string, a ...any) { r.said += f; panic(r) }

// watched is what a check reports of something that it must not let through.
func watched(t *testing.T, check func(testing.TB)) (said string) {
	r := &recorder{TB: t}
	defer func() {
		if p := recover(); p != nil && p != any(r) {
			panic(p)
		}
		said = r.said
	}()
	check(r)
	return
}

func TestGolden(t *testing.T) {
	path := filepath.Join(t.TempDir(), "want.json")
	if err := os.WriteFile(path, []byte("{}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if Updating() {
		t.Skip("-update would write the file that this test compares with")
	}
	Golden(t, path, []byte("{}\n"))
	if said := watched(t, func(tb testing.TB) { Golden(tb, path, []byte("{ }\n")) }); !strings.Contains(
		said,
		"differs",
	) {
		t.Errorf("another content was let through: %q", said)
	}
}

func TestWantFault(t *testing.T) {
	WantFault(t, fault.Conflict("This policy is in force."), fault.CodeConflict)
	for name, err := range map[string]error{
		"no error": nil, "a bare error": errors.New("x"), "another code": fault.Conflict("In force."),
		"no sentence": fault.New(fault.CodeInvalid, ""),
	} {
		said := watched(t, func(tb testing.TB) { WantFault(tb, err, fault.CodeInvalid) })
		if said == "" {
			t.Errorf("%s was let through", name)
		}
	}
}
