package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"assay/internal/fault"
	"assay/internal/id"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/policy"
	"assay/internal/workflow"
)

var ctx = context.Background()

func entry(action, subject string) ledger.Entry {
	return ledger.Entry{
		Time:    time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC),
		Actor:   ledger.Actor{Name: "Jo Hart"},
		Action:  action,
		Subject: subject,
		Summary: "Did something",
	}
}

func newStore(t *testing.T) *Store {
	t.Helper()
	s, err := Open(ctx, filepath.Join(t.TempDir(), "r.assay"), Options{New: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func putPerson(t *testing.T, s *Store, p *organisation.Person) (ledger.Entry, bool) {
	t.Helper()
	e, ok, err := s.Change(ctx, entry("person.save", "PER-0001"), func(tx *Tx) error {
		if err := People.Name(ctx, tx, id.Person, p); err != nil {
			return err
		}
		return People.Put(ctx, tx, p)
	})
	if err != nil {
		t.Fatal(err)
	}
	return e, ok
}

func TestChange(t *testing.T) {
	t.Run("each row written is named with its digest", func(t *testing.T) {
		s := newStore(t)
		p := organisation.Person{Name: "Jo Hart"}
		e, ok := putPerson(t, s, &p)
		if !ok || e.Seq != 1 || len(e.Changes) != 1 || e.Changes[0].Table != "person" || e.Changes[0].Key != p.ID {
			t.Fatalf("entry %+v", e)
		}
		err := s.Read(ctx, func(r *Reader) error {
			digest, _, err := r.Row(ctx, "person", p.ID)
			if digest != e.Changes[0].Digest {
				t.Errorf("row has digest %s, entry says %s", digest, e.Changes[0].Digest)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	t.Run("saving the same again is no event", func(t *testing.T) {
		s := newStore(t)
		p := organisation.Person{Name: "Jo Hart"}
		putPerson(t, s, &p)
		if _, ok := putPerson(t, s, &p); ok {
			t.Fatal("a second entry was written")
		}
		p.Name = "Jo Hart-Lee"
		if e, ok := putPerson(t, s, &p); !ok || e.Seq != 2 {
			t.Fatalf("the real change left %v, %+v", ok, e)
		}
	})
	t.Run("a failed change leaves nothing", func(t *testing.T) {
		s := newStore(t)
		boom := errors.New("boom")
		_, _, err := s.Change(ctx, entry("person.save", ""), func(tx *Tx) error {
			p := organisation.Person{Name: "Jo"}
			if err := People.Name(ctx, tx, id.Person, &p); err != nil {
				return err
			}
			return errors.Join(People.Put(ctx, tx, &p), boom)
		})
		if !errors.Is(err, boom) {
			t.Fatal(err)
		}
		err = s.Read(ctx, func(r *Reader) error {
			people, err := People.List(ctx, r)
			size, err2 := r.LogSize(ctx)
			if len(people) != 0 || size != 0 {
				t.Errorf("%d people and %d entries stayed", len(people), size)
			}
			return errors.Join(err, err2)
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	t.Run("a policy cannot point at a workflow that is not there", func(t *testing.T) {
		s := newStore(t)
		_, _, err := s.Change(ctx, entry("policy.save", ""), func(tx *Tx) error {
			p := policy.Policy{
				ID:    id.New(),
				Ref:   "POL-0001",
				Title: "AI policy",
				Links: []policy.Link{{WorkflowID: "nowhere", Reason: "x"}},
			}
			return Policies.Put(ctx, tx, &p)
		})
		if err == nil {
			t.Fatal("accepted")
		}
	})
	t.Run("the log cannot be rewritten by a statement", func(t *testing.T) {
		s := newStore(t)
		putPerson(t, s, &organisation.Person{Name: "Jo"})
		for _, q := range []string{
			"UPDATE log_entry SET leaf = 'x'", "DELETE FROM log_entry",
			"INSERT INTO log_entry VALUES (7, '', 'a', 'b', 'c')",
		} {
			if _, err := s.writer.Exec(q); err == nil {
				t.Errorf("%s was accepted", q)
			}
		}
	})
	t.Run("the derived links follow the policy", func(t *testing.T) {
		s := newStore(t)
		w := workflow.Workflow{ID: id.New(), Ref: "WF-0001", Name: "Triage", Lifecycle: workflow.LifecycleLive}
		p := policy.Policy{
			ID:    id.New(),
			Ref:   "POL-0001",
			Title: "AI policy",
			Links: []policy.Link{{WorkflowID: w.ID, Reason: "in scope"}},
		}
		_, _, err := s.Change(ctx, entry("policy.save", ""), func(tx *Tx) error {
			return errors.Join(Workflows.Put(ctx, tx, &w), Policies.Put(ctx, tx, &p), Policies.Put(ctx, tx, &p))
		})
		if err != nil {
			t.Fatal(err)
		}
		err = s.Read(ctx, func(r *Reader) error {
			got, err := r.PoliciesOf(ctx, w.ID)
			if len(got) != 1 {
				t.Errorf("%d policies apply", len(got))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "r.assay")
	s, err := Open(ctx, path, Options{New: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Run("a second opening is refused", func(t *testing.T) {
		_, err := Open(ctx, path, Options{})
		if fault.CodeOf(err) != fault.CodeForbidden {
			t.Fatal(err)
		}
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	t.Run("only its owner can read it", func(t *testing.T) {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Fatal(info.Mode(), err)
		}
	})
	t.Run("a new register never replaces a file", func(t *testing.T) {
		if _, err := Open(ctx, path, Options{New: true}); fault.CodeOf(err) != fault.CodeConflict {
			t.Fatal(err)
		}
	})
	t.Run("a newer file is refused, unharmed", func(t *testing.T) {
		s, err := Open(ctx, path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.writer.Exec("PRAGMA user_version = 999"); err != nil {
			t.Fatal(err)
		}
		s.Close()
		before := sum(t, path)
		_, err = Open(ctx, path, Options{})
		if fault.CodeOf(err) != fault.CodeForbidden || !strings.Contains(err.Error(), "newer") {
			t.Fatal(err)
		}
		if sum(t, path) != before {
			t.Fatal("the file was changed")
		}
	})
	t.Run("files that are no register are refused with a sentence", func(t *testing.T) {
		for name, content := range map[string][]byte{
			"empty": {}, "text": bytes.Repeat([]byte("hello "), 100),
			"other": append([]byte("SQLite format 3\x00"), make([]byte, 200)...),
		} {
			p := filepath.Join(dir, name)
			os.WriteFile(p, content, 0o600)
			if _, err := Open(ctx, p, Options{}); fault.CodeOf(err) != fault.CodeUnreadable {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := Open(ctx, dir, Options{}); fault.CodeOf(err) != fault.CodeUnreadable {
			t.Error(err)
		}
		if _, err := Open(ctx, filepath.Join(dir, "absent"), Options{}); fault.CodeOf(err) != fault.CodeUnreadable {
			t.Error(err)
		}
	})
}

func TestBlob(t *testing.T) {
	s := newStore(t)
	content := bytes.Repeat([]byte("evidence "), 300_000) // three pieces
	var digest string
	put := func() ledger.Entry {
		e, _, err := s.Change(ctx, entry("evidence.add", "EV-0001"), func(tx *Tx) error {
			d, n, err := tx.PutBlob(ctx, bytes.NewReader(content))
			digest = d
			if n != int64(len(content)) {
				t.Errorf("kept %d bytes of %d", n, len(content))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	if e := put(); len(e.Changes) != 1 || e.Changes[0].Table != "blob" || e.Changes[0].Key != digest {
		t.Fatalf("entry names %+v", e.Changes)
	}
	if e := put(); e.Seq != 0 {
		t.Fatal("the same document twice left an entry")
	}
	read := func() ([]byte, error) {
		var got []byte
		err := s.Read(ctx, func(r *Reader) error {
			b, _, err := r.Blob(ctx, digest)
			if err != nil {
				return err
			}
			got, err = io.ReadAll(b)
			return err
		})
		return got, err
	}
	if got, err := read(); err != nil || !bytes.Equal(got, content) {
		t.Fatal("read back", len(got), err)
	}
	if _, err := s.writer.Exec("UPDATE blob_piece SET data = zeroblob(length(data)) WHERE n = 1"); err != nil {
		t.Fatal(err)
	}
	if _, err := read(); fault.CodeOf(err) != fault.CodeTampered {
		t.Fatal("an altered document was read:", err)
	}
}

func sum(t *testing.T, path string) [32]byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(b)
}

// TestChange_file_gone: a file that was renamed or deleted while it is open takes
// no change, says so, and can still be copied; put back, it goes on.
func TestChange_file_gone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows lets nobody rename or delete a file that is open.")
	}
	s := newStore(t)
	put := func(name string) error {
		_, _, err := s.Change(ctx, entry("setting.put", name), func(tx *Tx) error {
			return tx.PutSetting(ctx, "name", name)
		})
		return err
	}
	if err := put("before"); err != nil {
		t.Fatal(err)
	}
	away := s.Path() + ".away"
	if err := os.Rename(s.Path(), away); err != nil {
		t.Fatal(err)
	}
	err := put("meanwhile")
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != fault.CodeConflict {
		t.Fatalf("the change was taken: %v", err)
	}
	var copied bytes.Buffer
	if err := s.Copy(ctx, &copied); err != nil || copied.Len() == 0 {
		t.Errorf("no copy of %d bytes: %v", copied.Len(), err)
	}
	if err := os.Rename(away, s.Path()); err != nil {
		t.Fatal(err)
	}
	if err := put("after"); err != nil {
		t.Error(err)
	}
}
