// Package service is what a person does with Assay: each method is one thing,
// done in one transaction that leaves one entry in the activity log.
//
// The window and the command line call the same methods, so both keep the same
// rules. Rules themselves stand with the nouns; here they are put together with
// the register, the clock and the person at the keyboard.
package service

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/id"
	"assay/internal/ledger"
	"assay/internal/machine"
	"assay/internal/organisation"
	"assay/internal/prose"
	"assay/internal/store"
	"assay/internal/vault"
)

// Service works on one open register. It is safe for concurrent use.
type Service struct {
	st     *store.Store
	vault  *vault.Vault // nil for a plain file
	clock  func() time.Time
	device string

	heads machine.Heads // seen on this computer

	mu       sync.RWMutex
	person   *organisation.Person
	rollback *rollback // what opening found; nil: nothing

	snapshotMu sync.Mutex
	snapshot   *snapshot // as the last screen saw them; nil before the first

	indexMu      sync.Mutex
	indexing     *indexing // nil: nothing goes on in the background
	indexStopped bool
}

// Options say how a register is opened.
type Options struct {
	Passphrase string           // of the register
	Recovery   string           // the recovery key's words, instead of the passphrase
	Clock      func() time.Time // nil is the computer's clock
	As         string           // who is at the keyboard: a reference; empty: see SignIn
	// Heads are the newest heads of registers that were seen on this computer; empty: none are kept.
	Heads machine.Heads
}

// NewRegister is what a new register starts with.
type NewRegister struct {
	Organisation string `json:"organisation"`
	Person       string `json:"person"` // who keeps it: their name
	JobTitle     string `json:"job_title"`
	Sample       bool   `json:"sample"`
	Passphrase   string `json:"passphrase"` // seals the file
	// Plain makes a file that is not encrypted, which anybody who has it can read.
	Plain bool `json:"plain"`
	// PersonKey is the keeper's name in an apply file that will follow.
	PersonKey string `json:"person_key"`
}

// NeedsPassphrase tells whether the register at path is sealed.
func NeedsPassphrase(path string) bool { return vault.IsSealed(path) }

// Open opens a register. Errors: unreadable (no register), forbidden (wrong
// passphrase, newer file, open elsewhere), tampered (altered on disk).
func Open(ctx context.Context, path string, o Options) (*Service, error) {
	var v *vault.Vault
	var err error
	switch {
	case !vault.IsSealed(path):
	case o.Recovery != "":
		v, err = vault.OpenWithRecovery(path, o.Recovery)
	default:
		v, err = vault.Open(path, o.Passphrase)
	}
	if err != nil {
		return nil, err
	}
	return open(ctx, path, v, o, false)
}

func open(ctx context.Context, path string, v *vault.Vault, o Options, fresh bool) (*Service, error) {
	so := store.Options{New: fresh, Backup: func(copy func(io.Writer) error) error {
		return backupBeside(ctx, path, "before-upgrade", o.now(), v, copy)
	}}
	if v != nil {
		so.VFS = v.VFS()
	}
	st, err := store.Open(ctx, path, so)
	if err != nil {
		return nil, errors.Join(asFault(err), closeVault(v))
	}
	s := &Service{st: st, vault: v, clock: o.now, device: device(), heads: o.Heads}
	if err := s.SignIn(ctx, o.As); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if !st.ReadOnly() {
		if err := s.recomputeRollups(ctx); err != nil {
			return nil, errors.Join(asFault(err), s.Close())
		}
	}
	if o.Heads != "" && !fresh {
		if err := s.lookBack(ctx); err != nil {
			return nil, errors.Join(asFault(err), s.Close())
		}
	}
	return s, nil
}

func (o Options) now() time.Time {
	if o.Clock != nil {
		return o.Clock()
	}
	return store.Now()
}

func closeVault(v *vault.Vault) error {
	if v == nil {
		return nil
	}
	return v.Close()
}

// Create makes a new register with the person who will keep it, sealed with
// the passphrase, and gives the recovery key: words to be written down, that
// nobody can make again. A file that is there already is never replaced. If
// anything fails, no file is left.
func Create(ctx context.Context, path string, n NewRegister, o Options) (_ *Service, recovery string, err error) {
	org := organisation.New(strings.TrimSpace(n.Organisation))
	org.ID, org.Sample = id.New(), n.Sample
	if err := org.Validate(); err != nil {
		return nil, "", err
	}
	if !strings.HasSuffix(path, ".assay") {
		path += ".assay"
	}
	if _, err := os.Lstat(path); err == nil {
		return nil, "", fault.Conflict("There already is a file %s; choose another name.", path)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, "", fault.New(fault.CodeUnreadable, "The folder of %s cannot be read.", path).Because(err)
	}
	var v *vault.Vault
	if !n.Plain {
		if v, recovery, err = vault.Create(path, n.Passphrase, vault.Params{}); err != nil {
			return nil, "", err
		}
	}
	s, err := open(ctx, path, v, Options{Clock: o.Clock, Heads: o.Heads}, true)
	defer func() {
		if err != nil {
			if s != nil {
				s.Close()
			}
			for _, name := range append(vault.Files(path), path+"-wal") {
				os.Remove(name)
			}
		}
	}()
	if err != nil {
		return nil, "", err
	}
	name := strings.TrimSpace(n.Person)
	if name == "" {
		name = "Register keeper"
	}
	keeper := organisation.Person{Key: n.PersonKey, Name: name, JobTitle: n.JobTitle, Active: true, Sample: n.Sample,
		Duties: []organisation.Duty{organisation.DutyAssessor}}
	err = s.change(
		ctx,
		doing{action: "register.create", summary: "Made the register of " + org.Name},
		func(t *store.Tx) error {
			if err := putOrganisation(ctx, t, org, s.clock()); err != nil {
				return err
			}
			secret := make([]byte, 32)
			if _, err := rand.Read(secret); err != nil {
				return err
			}
			if err := t.PutSetting(ctx, fieldKeySetting, hex.EncodeToString(secret)); err != nil {
				return err
			}
			if err := s.makeLogKey(ctx, t, org.ID); err != nil {
				return err
			}
			return save(ctx, t, store.People, id.Person, &keeper, organisation.Person.Validate)
		},
	)
	if err != nil {
		return nil, "", err
	}
	if err = s.SignIn(ctx, keeper.Ref); err != nil {
		return nil, "", err
	}
	return s, recovery, nil
}

// Close gives the register back.
func (s *Service) Close() error {
	s.stopIndexing()
	s.keepSeenAtClose(context.Background())
	return errors.Join(s.st.Close(), closeVault(s.vault))
}

// Sealed tells whether the register is encrypted.
func (s *Service) Sealed() bool { return s.vault != nil }

// ReadOnly tells whether the register can only be read where it lies.
func (s *Service) ReadOnly() bool { return s.st.ReadOnly() }

// Path is where the register's file is.
func (s *Service) Path() string { return s.st.Path() }

// FileName is the register's file name.
func (s *Service) FileName() string { return filepath.Base(s.st.Path()) }

// device tells accounts and computers apart without naming them: entries go into
// evidence packs, where the name of somebody's account or computer has no place. It is
// a note in the log and proves nothing: whoever has the laptop can change both, and
// whoever guesses both names can confirm the guess.
func device() string {
	host, _ := os.Hostname()
	name := ""
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	sum := sha256.Sum256([]byte("assay device\n" + name + "@" + host))
	return "computer " + hex.EncodeToString(sum[:4])
}

// SignIn says who is at the keyboard. With no reference it is the only active
// assessor, if there is just one; otherwise nobody, and every change is
// refused until somebody is named.
func (s *Service) SignIn(ctx context.Context, ref string) error {
	var who *organisation.Person
	err := s.read(ctx, func(r *store.Reader) error {
		if ref != "" {
			p, err := store.People.Get(ctx, r, ref)
			if err != nil {
				return err
			}
			if !p.Active {
				return fault.Forbidden("%s (%s) is no longer active in this register.", p.Name, p.Ref)
			}
			who = p
			return nil
		}
		people, err := store.People.List(ctx, r)
		if err != nil {
			return err
		}
		for i, p := range people {
			if p.May(organisation.ActionEdit) != nil {
				continue
			}
			if who != nil { // two could be meant: nobody is
				who = nil
				return nil
			}
			who = &people[i]
		}
		return nil
	})
	if err == nil {
		s.signIn(who)
	}
	return err
}

func (s *Service) signIn(p *organisation.Person) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.person = p
}

// SignedIn is who is at the keyboard, nil for nobody.
func (s *Service) SignedIn() *organisation.Person {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.person
}

// whoMay is who is at the keyboard, if they have the duty for an action that changes
// nothing in the register. Errors: forbidden.
func (s *Service) whoMay(action organisation.Action) (*organisation.Person, error) {
	who := s.SignedIn()
	if who == nil {
		return nil, fault.Forbidden("Say first who is at the keyboard.")
	}
	return who, who.May(action)
}

// doing is what a change says of itself in the log.
type doing struct {
	action  string // "policy.approve"
	subject string // reference
	summary string // one plain sentence
	reason  string
	may     organisation.Action // empty: the register itself is being set up
}

// change runs f in one transaction and leaves one entry in the log. What f
// sets in the entry (through Tx.Entry) is kept.
func (s *Service) change(ctx context.Context, d doing, f func(*store.Tx) error) error {
	actor := ledger.Actor{Name: "Assay"}
	person := s.SignedIn()
	if p := person; p != nil {
		actor = ledger.Actor{ID: p.ID, Name: oneLine(p.Name), Role: oneLine(p.JobTitle)}
	}
	if d.may != "" {
		if person == nil {
			return fault.Forbidden(
				"Say first who is at the keyboard: several people keep this register (on the command line, --as " +
					"PER-0001).",
			)
		}
		if err := person.May(d.may); err != nil {
			return err
		}
	}
	entry := ledger.Entry{Time: s.clock().UTC().Truncate(time.Millisecond), Actor: actor, Device: s.device,
		Action: d.action, Subject: d.subject, Summary: oneLine(d.summary), Reason: d.reason}
	_, _, err := s.st.Change(ctx, entry, f)
	return asFault(err)
}

// read runs f on one unchanging view of the register.
func (s *Service) read(ctx context.Context, f func(*store.Reader) error) error {
	return asFault(s.st.Read(ctx, f))
}

// asFault makes what people see of an error: faults as they are, a cancelled
// context as such, and everything else as our own mistake with its cause.
func asFault(err error) error {
	err = vault.Explain(err)
	var f *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &f):
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fault.New(fault.CodeCancelled, "Stopped. Nothing was saved.").Because(err)
	}
	return fault.Internal(err)
}

// oneLine makes a text fit for one line of the log.
func oneLine(s string) string { return prose.OneLine(s) }

func (s *Service) today() civil.Date { return civil.Of(s.clock()) }

// save gives a noun its names, checks it and keeps it.
func save[T any](ctx context.Context, t *store.Tx, n store.Noun[T], prefix string, v *T, check func(T) error) error {
	if err := n.Name(ctx, t, prefix, v); err != nil {
		return err
	}
	err := check(*v)
	wrong := civil.Check(v, store.Latest(t.Entry().Time))
	if len(wrong) == 0 {
		if err != nil {
			return err
		}
		return n.Put(ctx, t, v)
	}
	// All that is wrong is said at once.
	if put := n.Put(ctx, t, v); put != nil {
		return together(err, put)
	}
	return err
}

// together is one fault of the fields of two.
func together(a, b error) error {
	var x, y *fault.Error
	if !errors.As(a, &x) || !errors.As(b, &y) || len(x.Fields) == 0 || len(y.Fields) == 0 {
		return cmp.Or(a, b)
	}
	var all fault.Fields
	all.Append(x.Fields...)
	for _, f := range y.Fields {
		if !slices.ContainsFunc(x.Fields, func(o fault.Field) bool { return o.Name == f.Name }) {
			all.Append(f)
		}
	}
	return all.Err()
}

// refAndName is "POL-0001 AI policy" for a sentence.
func refAndName(ref, name string) string { return fmt.Sprintf("%s %s", ref, name) }
