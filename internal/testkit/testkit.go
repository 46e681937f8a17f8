// Package testkit is what the tests share: one fixed moment, keys that are the
// same in every run, golden files, and other people's readers with a plain word
// where one of them is not installed.
package testkit

import (
	"archive/zip"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"flag"
	"io"
	"iter"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/internal/civil"
	"assay/internal/fault"

	"github.com/google/go-cmp/cmp"
)

// Now is the moment at which tests happen: a Tuesday in term, mid-morning, UTC.
var Now = time.Date(2026, time.March, 3, 10, 30, 0, 0, time.UTC)

// Today is the day of Now.
var Today = civil.Of(Now)

// Clock is a clock that stands still until it is moved. It may be used from
// several goroutines.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// NewClock is a clock that shows Now.
func NewClock() *Clock { return &Clock{at: Now} }

// Now is what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Move puts the clock forward, or back where d is negative.
func (c *Clock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// Soak tells whether the long form of the tests was asked for (ASSAY_SOAK=1,
// as `go run ./build soak` sets it).
func Soak() bool { return os.Getenv("ASSAY_SOAK") == "1" }

// Times is how often to repeat: short in an ordinary run, long in a soak.
func Times(short, long int) int {
	if Soak() {
		return long
	}
	return short
}

// Checks has property tests of a package try n inputs, or a hundred in a soak, for
// packages in which one takes a tenth of a second. Call it from an init of a test
// file; the flag -rapid.checks still goes before it.
func Checks(n int) {
	if err := flag.Set("rapid.checks", strconv.Itoa(Times(n, 100))); err != nil {
		panic(err) // the package has no property tests
	}
}

// Turn is the number of the commit, which `go run ./build test` sets as
// ASSAY_TURN: tests that try a part of what they could take another part with
// each commit. Without it, it is 0.
func Turn() int {
	n, _ := strconv.Atoi(os.Getenv("ASSAY_TURN"))
	return n
}

// Part gives every eighth of the numbers below n, for loops that try something
// at each byte: eight commits try them all (see Turn). A soak tries them all at
// once, and -short an eighth of the eighth.
func Part(n int) iter.Seq[int] {
	step := 8
	switch {
	case Soak():
		step = 1
	case testing.Short():
		step = 64
	}
	return func(yield func(int) bool) {
		for i := Turn() % step; i < n; i += step {
			if !yield(i) {
				return
			}
		}
	}
}

// Key is the ECDSA P-256 key of that name: the same key in every run. It
// protects nothing.
func Key(t testing.TB, name string) *ecdsa.PrivateKey {
	t.Helper()
	sum := sha256.Sum256([]byte("assay test key: " + name))
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return k
}

var rsaKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 3072) })

// RSAKey is an RSA-3072 key, made once for the tests of a package.
func RSAKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	k, err := rsaKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// update is the -update flag, unless the package under test has its own.
var update = func() *bool {
	if flag.Lookup("update") != nil {
		return nil
	}
	return flag.Bool("update", false, "write golden files anew")
}()

// Updating tells whether golden files are to be written anew.
func Updating() bool {
	if update != nil {
		return *update
	}
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}

// Golden compares got with the file at path, byte for byte, and shows the
// difference as text. With -update it writes the file instead.
func Golden(t testing.TB, path string, got []byte) {
	t.Helper()
	if Updating() {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run the test with -update to write it)", err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("%s differs (-file +now; -update writes it anew):\n%s", path, cmp.Diff(string(want), string(got)))
	}
}

// WantFault fails the test unless err is a fault with this code and a sentence.
func WantFault(t testing.TB, err error, code fault.Code) {
	t.Helper()
	var f *fault.Error
	switch {
	case err == nil:
		t.Fatalf("no error; want a fault %q", code)
	case !errors.As(err, &f):
		t.Fatalf("want a fault %q, have a bare error: %v", code, err)
	case f.Code != code:
		t.Fatalf("want a fault %q, have %q: %v", code, f.Code, f)
	case f.Message == "":
		t.Fatalf("the fault %q says nothing", code)
	}
}

// Alter calls try with copies of b in each of which one byte is another: every
// byte once where b has no more than most bytes, otherwise most places drawn
// from seed. It stops at the first failure.
func Alter(t testing.TB, b []byte, most int, seed uint64, try func(altered []byte, at int)) {
	t.Helper()
	if len(b) == 0 {
		t.Fatal("nothing to alter")
	}
	r := mathrand.New(mathrand.NewPCG(seed, seed))
	n := min(len(b), most)
	altered := bytes.Clone(b)
	for i := range n {
		at := i
		if n < len(b) {
			at = r.IntN(len(b))
		}
		altered[at] ^= byte(1 + r.IntN(255))
		try(altered, at)
		altered[at] = b[at]
		if t.Failed() {
			t.Logf("with byte %d of %d altered (seed %d)", at, len(b), seed)
			return
		}
	}
}

// Document keeps a PDF that a test made, where ASSAY_DOCUMENTS names a folder:
// `go run ./build conformance` shows what it finds there to other people's
// validators. Name is unique among all tests, as "report-certificate-refused".
func Document(t testing.TB, name string, pdf []byte) {
	t.Helper()
	dir := os.Getenv("ASSAY_DOCUMENTS")
	if dir == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name+".pdf"), pdf, 0o644); err != nil {
		t.Fatal(err)
	}
}

// NeedTool skips the test, and says so, where other people's reader is not
// installed. It gives the program's path.
func NeedTool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed: what it would say of our file is not shown", name)
	}
	return path
}

// Tool runs other people's reader and gives all it printed, standard output
// and messages together, and its exit code. It skips where it is not installed.
func Tool(t testing.TB, name string, args ...string) (output string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), NeedTool(t, name), args...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return string(out), exit.ExitCode()
	case err != nil:
		t.Fatalf("%s: %v", name, err)
	}
	return string(out), 0
}

// Output runs a program of others in dir and gives what it says; a test fails
// where the program does.
func Output(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %v: %v\n%s%s", name, args, err, &out, &said)
	}
	return out.String()
}

// Unzip unpacks the archive and gives the folder that its last file is in.
func Unzip(t *testing.T, path string) string {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	dir := t.TempDir()
	top := ""
	for _, f := range z.File {
		to := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, b, 0o644); err != nil {
			t.Fatal(err)
		}
		top, _, _ = strings.Cut(f.Name, "/")
	}
	return filepath.Join(dir, top)
}
