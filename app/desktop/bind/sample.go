package bind

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"assay/internal/demo"
	"assay/internal/fault"
	"assay/internal/organisation"
	"assay/internal/service"
)

// sampleFolder is where the window keeps the sample council.
func (d *Desk) sampleFolder() string { return filepath.Join(d.o.StateDir, "sample") }

// OpenSample opens the sample council, and makes it first where it is not there.
func (r *Register) OpenSample(job string) (Session, error) {
	return guard(r.d, "Register.OpenSample", func() (Session, error) {
		if path := r.sample(); path != "" {
			if s, err := service.Open(
				context.Background(), path,
				service.Options{Passphrase: demo.Passphrase, Clock: r.d.o.Clock},
			); err == nil {
				return r.beginSample(s)
			}
		}
		out, err := demo.Make(
			context.Background(),
			r.d.sampleFolder(),
			demo.Options{Clock: r.d.o.Clock, Progress: func(what string) {
				r.d.o.Emit("job", JobProgress{Job: job, Note: what})
			}},
		)
		if err != nil {
			return Session{}, err
		}
		s, err := service.Open(
			context.Background(),
			out.Register,
			service.Options{Passphrase: demo.Passphrase, Clock: r.d.o.Clock},
		)
		if err != nil {
			return Session{}, err
		}
		return r.beginSample(s)
	})
}

// beginSample has the first of the people who keep the sample at the keyboard,
// so that everything can be tried at once.
func (r *Register) beginSample(s *service.Service) (Session, error) {
	ctx := context.Background()
	people, err := s.People(ctx)
	if err != nil {
		return Session{}, err
	}
	for _, p := range people {
		if p.Active && slices.Contains(p.Duties, organisation.DutyAssessor) {
			if err := s.SignIn(ctx, p.Ref); err != nil {
				return Session{}, err
			}
			break
		}
	}
	return r.begin(s)
}

// sample is the path of the sample council's register; empty if there is none.
func (r *Register) sample() string {
	found, _ := filepath.Glob(filepath.Join(r.d.sampleFolder(), "*.assay"))
	if len(found) == 0 {
		return ""
	}
	return found[0]
}

// RemoveSample closes the sample council and removes its folder.
func (r *Register) RemoveSample() (Session, error) {
	return guard(r.d, "Register.RemoveSample", func() (Session, error) {
		s := r.d.service()
		if s == nil || filepath.Dir(s.Path()) != r.d.sampleFolder() {
			return Session{}, fault.Conflict(
				"This register was not made here as a sample; remove its file yourself if you no longer need it.",
			)
		}
		path := s.Path()
		if err := r.d.setRegister(nil); err != nil {
			return Session{}, err
		}
		changeLocal(r.d.o.StateDir, func(l *local) { l.forget(path) })
		if err := os.RemoveAll(r.d.sampleFolder()); err != nil {
			return Session{}, fault.Forbidden("The sample in %s cannot be removed.", r.d.sampleFolder()).Because(err)
		}
		return r.session()
	})
}
