package service

import (
	"context"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"assay/internal/organisation"
	"assay/internal/store"
	"assay/internal/testkit"
	"assay/internal/vault"
	"assay/internal/workflow"
)

// TestLargeRegister opens a sealed register of some size, and backs it up while
// people read and write, turn by turn with cp. In the long run it has 5 GB. It says what it measured; what
// it asserts is that nothing is lost, torn or stopped.
func TestLargeRegister(t *testing.T) {
	ctx := context.Background()
	documents, bytes, rounds := 3, int64(8<<20), 1
	if testkit.Soak() {
		documents, bytes, rounds = 20, int64(256<<20), 3
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "r.assay")
	s, _, err := Create(
		ctx,
		path,
		NewRegister{Organisation: "Council", Person: "Ann Example", Passphrase: "correct horse battery"},
		Options{},
	)
	if err != nil {
		t.Fatal(err)
	}
	for i := range documents {
		err := s.change(
			ctx,
			doing{action: "evidence.add", summary: "Kept a document", may: organisation.ActionEdit},
			func(tx *store.Tx) error {
				_, _, err := tx.PutBlob(ctx, io.LimitReader(rand.NewChaCha8([32]byte{byte(i)}), bytes))
				return err
			},
		)
		if err != nil {
			t.Fatal(err)
		}
	}
	wf, err := s.SaveWorkflow(ctx, workflow.Workflow{Name: "Triage", Version: "1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	megabytes := float64(info.Size()) / 1e6

	start := time.Now()
	v, err := vault.Open(path, "correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	unlocked := time.Now()
	s, err = open(ctx, path, v, Options{As: "PER-0001"}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Overview(ctx); err != nil {
		t.Fatal(err)
	}
	t.Logf(
		"%.0f MB: unlocked in %v; opened, with the overview, in %v",
		megabytes,
		unlocked.Sub(start).Round(time.Millisecond),
		time.Since(unlocked).Round(time.Millisecond),
	)

	for range rounds {
		copied := filepath.Join(dir, "cp.assay")
		start := time.Now()
		if out, err := exec.Command("cp", path, copied).CombinedOutput(); err != nil {
			t.Skipf("needs cp: %v %s", err, out)
		}
		if err := syncFile(copied); err != nil {
			t.Fatal(err)
		}
		cp := time.Since(start)
		os.Remove(copied)

		stop := make(chan struct{})
		var work sync.WaitGroup
		var writes, reads int
		var slowest time.Duration
		var failed error
		work.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				began := time.Now()
				if _, err := s.SavePerson(ctx, organisation.Person{
					Name: "Somebody", Active: true, Duties: []organisation.Duty{organisation.DutyReader},
				}); err != nil {
					failed = err
					return
				}
				writes++
				if _, err := s.Workflow(ctx, wf.Ref); err != nil {
					failed = err
					return
				}
				reads++
				slowest = max(slowest, time.Since(began))
				time.Sleep(20 * time.Millisecond) // people pause
			}
		})
		start = time.Now()
		b, err := s.Backup(ctx, "")
		took := time.Since(start)
		close(stop)
		work.Wait()
		if err != nil || failed != nil {
			t.Fatal(err, failed)
		}
		t.Logf(
			"cp %v (%.0f MB/s); backup with its check %v (%.0f MB/s, %.2f of cp's speed); meanwhile %d writes and "+
				"%d reads, the slowest pair %v",
			cp.Round(
				time.Millisecond,
			),
			megabytes/cp.Seconds(),
			took.Round(time.Millisecond),
			megabytes/took.Seconds(),
			cp.Seconds()/took.Seconds(),
			writes,
			reads,
			slowest.Round(time.Millisecond),
		)
		c, err := Open(ctx, b.Path, Options{Passphrase: "correct horse battery"})
		if err != nil {
			t.Fatal(err)
		}
		people, err := c.People(ctx)
		if err != nil || len(people) == 0 {
			t.Error(people, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		os.Remove(b.Path)
		time.Sleep(1100 * time.Millisecond) // a backup is named by the second
	}
	if !testkit.Soak() {
		if r, err := s.Check(ctx, nil); err != nil || !r.Sound {
			t.Fatalf("%+v %v", r, err)
		}
	}
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
