package main

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"assay/internal/sample"
	"assay/internal/service"
	"assay/internal/testkit"
	"assay/internal/vault"
)

// TestKill_import kills `assay import` at random moments. Afterwards the
// register is sound, holds all of that import or nothing of it, and the next
// attempt succeeds. One register in four is sealed.
func TestKill_import(t *testing.T) {
	const pass = "correct horse battery staple"
	ctx := context.Background()
	dir := t.TempDir()
	const runs = 4000
	file := filepath.Join(dir, "export.jsonl")
	var b bytes.Buffer
	if err := sample.WriteLarge(&b, runs, 1, time.Now().AddDate(0, 0, -1)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	base := map[bool]string{}
	for _, sealed := range []bool{false, true} {
		path := filepath.Join(dir, map[bool]string{false: "plain.assay", true: "sealed.assay"}[sealed])
		n := service.NewRegister{Organisation: "Council", Person: "Ada", Plain: !sealed}
		if sealed {
			n.Passphrase = pass
		}
		s, _, err := service.Create(ctx, path, n, service.Options{})
		if err != nil {
			t.Fatal(err)
		}
		council := filepath.Join(dir, "council.yaml")
		if err := os.WriteFile(
			council,
			[]byte("assay: apply/1\nworkflows:\n  - {key: "+sample.LargeKey+", name: Changes, lifecycle: trial}\n"),
			0o600,
		); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Apply(ctx, council, false); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		base[sealed] = path
	}
	command := func(register string) *exec.Cmd {
		c := exec.Command(os.Args[0], "import", file, "-w", register, "--workflow", sample.LargeKey, "--as", "PER-0001")
		// Each copy is on a computer of its own, which has seen no later state of this register.
		c.Env = append(os.Environ(), "ASSAY_TEST_COMMAND=1", "ASSAY_PASSPHRASE="+pass,
			"ASSAY_STATE_DIR="+filepath.Dir(register))
		return c
	}
	took := map[bool]time.Duration{}
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	killed, whole, nothing := 0, 0, 0
	for i := range testkit.Times(8, 200) {
		sealed := i%4 == 3
		path := filepath.Join(t.TempDir(), "register.assay")
		copies := vault.Files(path)
		for i, f := range vault.Files(base[sealed]) {
			data, err := os.ReadFile(f)
			if errors.Is(err, os.ErrNotExist) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(copies[i], data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		c := command(path)
		var stderr bytes.Buffer
		c.Stderr = &stderr
		begun := time.Now()
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if took[sealed] > 0 { // the first runs to its end, to know how long it takes
			at := time.Duration(r.Int64N(int64(took[sealed])))
			timer := time.AfterFunc(at, func() { _ = c.Process.Kill() })
			defer timer.Stop()
		}
		err := c.Wait()
		if took[sealed] == 0 {
			if err != nil {
				t.Fatal(err, stderr.String())
			}
			took[sealed] = time.Since(begun) * 11 / 10
		}
		if err != nil {
			if stderr.Len() > 0 {
				t.Fatal(stderr.String())
			}
			killed++
		}
		held := heldBy(t, path, pass)
		switch {
		case held == runs:
			whole++
		case held == 0 && err != nil:
			nothing++
		default:
			t.Fatalf("it holds %d of %d runs (%v)", held, runs, err)
		}
		if out, err := command(path).CombinedOutput(); err != nil {
			t.Fatalf("the next attempt: %v %s", err, out)
		}
		if held := heldBy(t, path, pass); held != runs {
			t.Fatalf("after the next attempt it holds %d runs", held)
		}
	}
	t.Logf("%d imports were killed; %d registers held all of the import, %d nothing", killed, whole, nothing)
	if killed == 0 {
		t.Error("nothing was killed")
	}
}

// heldBy checks a register and says how many runs it holds.
func heldBy(t *testing.T, path, pass string) (n int64) {
	t.Helper()
	ctx := context.Background()
	s, err := service.Open(ctx, path, service.Options{Passphrase: pass, As: "PER-0001"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c, err := s.Check(ctx, nil)
	if err != nil || !c.Sound {
		t.Fatal(err, c.Problems)
	}
	list, err := s.Sources(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range list {
		n += x.New
	}
	return n
}
