package bind

import (
	"context"

	"assay/internal/organisation"
	"assay/internal/service"
)

// Settings is the organisation, its people, keys and backups.
type Settings struct{ d *Desk }

// Organisation is whose register this is.
func (t *Settings) Organisation() (organisation.Organisation, error) {
	return call(
		t.d,
		"Settings.Organisation",
		func(ctx context.Context, s *service.Service) (organisation.Organisation, error) {
			return s.Organisation(ctx)
		},
	)
}

// SaveOrganisation changes its particulars and thresholds.
func (t *Settings) SaveOrganisation(o organisation.Organisation) error {
	return exec(
		t.d,
		"Settings.SaveOrganisation",
		func(ctx context.Context, s *service.Service) error { return s.SaveOrganisation(ctx, o) },
	)
}

// People is everybody whom the register names.
func (t *Settings) People() ([]organisation.Person, error) {
	return call(
		t.d,
		"Settings.People",
		func(ctx context.Context, s *service.Service) ([]organisation.Person, error) { return s.People(ctx) },
	)
}

// SavePerson adds a person or changes one.
func (t *Settings) SavePerson(p organisation.Person) (organisation.Person, error) {
	return call(t.d, "Settings.SavePerson", func(ctx context.Context, s *service.Service) (organisation.Person, error) {
		return s.SavePerson(ctx, p)
	})
}

// Duties is the table of who may do what.
func (t *Settings) Duties() ([]organisation.Rule, error) {
	return call(
		t.d,
		"Settings.Duties",
		func(_ context.Context, s *service.Service) ([]organisation.Rule, error) { return s.Duties(), nil },
	)
}

// Keys lists the keys with which certificates are signed.
func (t *Settings) Keys() ([]service.KeyView, error) {
	return call(
		t.d,
		"Settings.Keys",
		func(ctx context.Context, s *service.Service) ([]service.KeyView, error) { return s.Keys(ctx) },
	)
}

// MakeRoot makes the organisation's root key.
func (t *Settings) MakeRoot(passphrase string) error {
	return exec(
		t.d,
		"Settings.MakeRoot",
		func(ctx context.Context, s *service.Service) error { return s.MakeRoot(ctx, passphrase) },
	)
}

// IssueKey makes a person's signing key under the root.
func (t *Settings) IssueKey(person, passphrase, rootPassphrase string) error {
	return exec(t.d, "Settings.IssueKey", func(ctx context.Context, s *service.Service) error {
		return s.IssueKey(ctx, person, passphrase, rootPassphrase)
	})
}

// RevokeKey ends a key, with the reason.
func (t *Settings) RevokeKey(id, reason string) error {
	return exec(
		t.d,
		"Settings.RevokeKey",
		func(ctx context.Context, s *service.Service) error {
			_, err := s.RevokeKey(ctx, id, reason)
			return err
		},
	)
}

// Backups lists copies of the register beside it, newest first.
func (t *Settings) Backups() ([]service.Backup, error) {
	return call(
		t.d,
		"Settings.Backups",
		func(_ context.Context, s *service.Service) ([]service.Backup, error) { return s.Backups() },
	)
}

// Backup writes a copy into the folder beside the register.
func (t *Settings) Backup() (service.Backup, error) {
	return call(
		t.d,
		"Settings.Backup",
		func(ctx context.Context, s *service.Service) (service.Backup, error) { return s.Backup(ctx, "") },
	)
}

// ChangePassphrase changes the passphrase that the register opens with.
func (t *Settings) ChangePassphrase(old, passphrase string) error {
	return exec(t.d, "Settings.ChangePassphrase", func(ctx context.Context, s *service.Service) error {
		return s.ChangePassphrase(ctx, old, passphrase)
	})
}

// NewRecovery makes a new recovery key and gives its words; the one before opens the
// register no more.
func (t *Settings) NewRecovery(passphrase string) (string, error) {
	return call(t.d, "Settings.NewRecovery", func(ctx context.Context, s *service.Service) (string, error) {
		return s.NewRecovery(ctx, passphrase)
	})
}

// Check recomputes everything that the register claims of itself.
func (t *Settings) Check(job string) (service.CheckReport, error) {
	return runJob(
		t.d,
		"Settings.Check",
		job,
		func(ctx context.Context, s *service.Service, step func(int64, int64, string)) (service.CheckReport, error) {
			return s.Check(ctx, func(what string) { step(0, 0, what) })
		},
	)
}

// SaveRoot writes the organisation's root certificate, for those who verify,
// where the person chooses; empty if they did not.
func (t *Settings) SaveRoot() (string, error) {
	return call(t.d, "Settings.SaveRoot", func(ctx context.Context, s *service.Service) (string, error) {
		pem, err := s.RootPEM(ctx)
		if err != nil {
			return "", err
		}
		path, err := t.d.o.Dialogs.Save(
			"Save the root certificate",
			"root.pem",
			[]Filter{{Name: "Certificates", Patterns: []string{"*.pem"}}},
		)
		if err != nil || path == "" {
			return "", err
		}
		return path, writeFile(path, pem)
	})
}
