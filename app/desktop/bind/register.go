package bind

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"assay/internal/fault"
	"assay/internal/machine"
	"assay/internal/organisation"
	"assay/internal/service"
)

// Register opens, makes and closes the register that the window works on.
type Register struct{ d *Desk }

// Session is what is open and who is at the keyboard.
type Session struct {
	Open         bool                  `json:"open"`
	File         string                `json:"file"` // token of the register
	Path         string                `json:"path"`
	FileName     string                `json:"file_name"`
	Organisation string                `json:"organisation"`
	Sample       bool                  `json:"sample"`
	Person       *organisation.Person  `json:"person"` // null: nobody has been named yet
	People       []organisation.Person `json:"people"` // active ones
	Version      string                `json:"version"`
	// Now is the program's time (RFC 3339), by which the page says what is today and what is overdue.
	Now string `json:"now"`
	// token of the register that the program was started with and that asks for its passphrase
	Waiting string `json:"waiting"`
}

// NewFile says what a new register starts with and where it is kept.
type NewFile struct {
	Organisation string `json:"organisation"`
	Person       string `json:"person"`
	JobTitle     string `json:"job_title"`
	Path         string `json:"path"` // token of the place
	Passphrase   string `json:"passphrase"`
}

// Created is a new register, open, with its recovery key.
type Created struct {
	Session  Session `json:"session"`
	Recovery string  `json:"recovery"` // words to write down, shown once
}

var registerFiles = []Filter{{Name: "Assay registers", Patterns: []string{"*.assay"}}}

// Session tells what is open.
func (r *Register) Session() (Session, error) {
	return guard(r.d, "Register.Session", r.session)
}

func (r *Register) session() (Session, error) {
	clock := r.d.o.Clock
	if clock == nil {
		clock = time.Now
	}
	out := Session{Version: r.d.o.Version, Now: clock().UTC().Format(time.RFC3339)}
	s := r.d.service()
	if s == nil {
		r.d.mu.RLock()
		defer r.d.mu.RUnlock()
		out.Waiting = r.d.files.grant(r.d.waiting)
		return out, nil
	}
	ctx := context.Background()
	org, err := s.Organisation(ctx)
	if err != nil {
		return out, err
	}
	people, err := s.People(ctx)
	if err != nil {
		return out, err
	}
	for _, p := range people {
		if p.Active {
			out.People = append(out.People, p)
		}
	}
	out.Open, out.File, out.Path, out.FileName = true, r.d.files.grant(s.Path()), s.Path(), s.FileName()
	out.Organisation, out.Sample, out.Person = org.Name, org.Sample, s.SignedIn()
	return out, nil
}

// Recent lists registers that were open on this computer, newest first.
func (r *Register) Recent() ([]Recent, error) {
	return guard(r.d, "Register.Recent", func() ([]Recent, error) {
		recent := readLocal(r.d.o.StateDir).Recent
		for i := range recent {
			_, err := os.Stat(recent[i].Path)
			recent[i].Missing = err != nil
			recent[i].File = r.d.files.grant(recent[i].Path)
		}
		return recent, nil
	})
}

// Forget takes a register off the list of recent ones; the file stays.
func (r *Register) Forget(file string) error {
	_, err := guard(r.d, "Register.Forget", func() (struct{}, error) {
		path, err := r.d.files.path(file)
		if err != nil {
			return struct{}{}, err
		}
		changeLocal(r.d.o.StateDir, func(l *local) { l.forget(path) })
		return struct{}{}, nil
	})
	return err
}

// ChooseExisting asks for a register to open; empty if the dialog was closed.
func (r *Register) ChooseExisting() (string, error) {
	return guard(r.d, "Register.ChooseExisting", func() (string, error) {
		return r.d.chooseOpen("Open a register", registerFiles)
	})
}

// ChooseNew asks where a new register is to be kept; empty if the dialog was closed.
func (r *Register) ChooseNew(name string) (string, error) {
	return guard(r.d, "Register.ChooseNew", func() (string, error) {
		return r.d.chooseSave("Keep the new register", name+".assay", registerFiles)
	})
}

// Open opens a register. A fault with the field "passphrase" asks for it.
func (r *Register) Open(file, passphrase string) (Session, error) {
	return guard(r.d, "Register.Open", func() (Session, error) {
		path, err := r.d.files.path(file)
		if err != nil {
			return Session{}, err
		}
		if s := r.d.service(); s != nil && same(s.Path(), path) {
			return r.session()
		}
		if passphrase == "" && service.NeedsPassphrase(path) {
			return Session{}, fault.Invalid("passphrase", "Enter the passphrase of this register.")
		}
		s, err := service.Open(context.Background(), path, r.options(passphrase))
		if err != nil {
			return Session{}, err
		}
		return r.begin(s)
	})
}

func (r *Register) options(passphrase string) service.Options {
	return service.Options{
		Passphrase: passphrase,
		Clock:      r.d.o.Clock,
		Heads:      machine.HeadsIn(r.d.o.StateDir),
	}
}

// Recover opens a register with the words of its recovery key and gives it a new passphrase.
func (r *Register) Recover(file, words, passphrase string) (Session, error) {
	return guard(r.d, "Register.Recover", func() (Session, error) {
		path, err := r.d.files.path(file)
		if err != nil {
			return Session{}, err
		}
		s, err := service.Recover(context.Background(), path, words, passphrase, r.options(""))
		if err != nil {
			return Session{}, err
		}
		return r.begin(s)
	})
}

// Strength says how hard a passphrase is to guess, while a person types it.
func (r *Register) Strength(passphrase string) (service.Strength, error) {
	return guard(r.d, "Register.Strength", func() (service.Strength, error) {
		return service.PassphraseStrength(passphrase), nil
	})
}

// Propose draws a passphrase of six words.
func (r *Register) Propose() (string, error) {
	return guard(r.d, "Register.Propose", service.ProposePassphrase)
}

// HoldWindow keeps the window from being closed without a question, or lets it go: the words
// of a recovery key are shown once.
func (r *Register) HoldWindow(hold bool) error {
	r.d.held.Store(hold)
	return nil
}

// Held tells whether the page shows what would be lost with the window.
func (d *Desk) Held() bool { return d.held.Load() }

// Create makes a new register and opens it.
func (r *Register) Create(n NewFile) (Created, error) {
	return guard(r.d, "Register.Create", func() (Created, error) {
		if n.Path == "" {
			return Created{}, fault.Invalid("path", "Choose where to keep the register.")
		}
		if err := r.d.files.resolve(&n.Path); err != nil {
			return Created{}, err
		}
		s, recovery, err := service.Create(
			context.Background(),
			n.Path,
			service.NewRegister{Organisation: n.Organisation, Person: n.Person,
				JobTitle: n.JobTitle, Passphrase: n.Passphrase},
			r.options(""),
		)
		if err != nil {
			return Created{}, err
		}
		session, err := r.begin(s)
		return Created{session, recovery}, err
	})
}

// begin makes s the open register.
func (r *Register) begin(s *service.Service) (Session, error) {
	if err := r.d.setRegister(s); err != nil {
		return Session{}, err
	}
	out, err := r.session()
	if err == nil {
		changeLocal(r.d.o.StateDir, func(l *local) {
			l.opened(Recent{Path: out.Path, Organisation: out.Organisation, Sample: out.Sample}, time.Now())
		})
		// The first page is worked out while the window draws it; what can wait, waits for it.
		go func() {
			if err := s.Prepare(context.Background()); err != nil {
				r.d.o.Log.Warn("first look failed", "cause", err)
			}
			r.d.afterOpen(s)
		}()
	}
	return out, err
}

// SignIn says who is at the keyboard.
func (r *Register) SignIn(ref string) (Session, error) {
	return call(r.d, "Register.SignIn", func(ctx context.Context, s *service.Service) (Session, error) {
		if err := s.SignIn(ctx, ref); err != nil {
			return Session{}, err
		}
		return r.session()
	})
}

// Close closes the register; the window goes back to its first page.
func (r *Register) Close() (Session, error) {
	return guard(r.d, "Register.Close", func() (Session, error) {
		if err := r.d.setRegister(nil); err != nil {
			return Session{}, err
		}
		return r.session()
	})
}

func same(a, b string) bool {
	x, errX := filepath.EvalSymlinks(a)
	y, errY := filepath.EvalSymlinks(b)
	return errX == nil && errY == nil && x == y
}

// OpenAtStart opens the register that the program was started with. One that
// asks for a passphrase is left to the page.
func (d *Desk) OpenAtStart(path string) error {
	if service.NeedsPassphrase(path) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.waiting = path
		return nil
	}
	_, err := (&Register{d}).Open(d.files.grant(path), "")
	return err
}
