package service

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"assay/internal/fault"
	"assay/internal/id"
	"assay/internal/organisation"
	"assay/internal/store"
)

func putOrganisation(ctx context.Context, t *store.Tx, o organisation.Organisation, now time.Time) error {
	body, err := json.Marshal(o)
	if err != nil {
		return err
	}
	if _, err := t.Register(ctx); errors.Is(err, sql.ErrNoRows) {
		return t.InsertRegister(ctx, o.ID, store.Stamp(now), string(body))
	}
	return t.UpdateRegister(ctx, string(body))
}

func getOrganisation(ctx context.Context, r *store.Reader) (organisation.Organisation, error) {
	var o organisation.Organisation
	row, err := r.Register(ctx)
	if err != nil {
		return o, err
	}
	if err := json.Unmarshal([]byte(row.Body), &o); err != nil {
		return o, fault.Tampered("The organisation's record in this register cannot be read: run assay check.").
			Because(err)
	}
	return o, nil
}

// Organisation is whose register this is.
func (s *Service) Organisation(ctx context.Context) (o organisation.Organisation, err error) {
	err = s.read(ctx, func(r *store.Reader) error {
		o, err = getOrganisation(ctx, r)
		return err
	})
	return o, err
}

// IsSample tells whether the register is the sample council's.
func (s *Service) IsSample(ctx context.Context) bool {
	o, err := s.Organisation(ctx)
	return err == nil && o.Sample
}

// SaveOrganisation changes the organisation's particulars and thresholds.
func (s *Service) SaveOrganisation(ctx context.Context, o organisation.Organisation) error {
	return s.change(
		ctx,
		doing{
			action:  "organisation.save",
			summary: "Changed the organisation's particulars",
			may:     organisation.ActionManageRegister,
		},
		func(t *store.Tx) error {
			was, err := getOrganisation(ctx, &t.Reader)
			if err != nil {
				return err
			}
			o.ID, o.Sample = was.ID, was.Sample
			if err := o.Validate(); err != nil {
				return err
			}
			return putOrganisation(ctx, t, o, s.clock())
		},
	)
}

// People is everybody whom the register names.
func (s *Service) People(ctx context.Context) (people []organisation.Person, err error) {
	err = s.read(ctx, func(r *store.Reader) error {
		people, err = store.People.List(ctx, r)
		return err
	})
	return people, err
}

// SavePerson adds a person or changes one, and returns them with their reference.
func (s *Service) SavePerson(ctx context.Context, p organisation.Person) (organisation.Person, error) {
	err := s.change(
		ctx,
		doing{
			action:  "person.save",
			subject: p.Ref,
			summary: "Saved the person " + p.Name,
			may:     organisation.ActionManagePeople,
		},
		func(t *store.Tx) error {
			if err := save(ctx, t, store.People, id.Person, &p, organisation.Person.Validate); err != nil {
				return err
			}
			t.Entry().Subject = p.Ref
			return s.stillKept(ctx, t)
		},
	)
	if who := s.SignedIn(); err == nil && who != nil && who.ID == p.ID {
		s.signIn(&p)
	}
	return p, err
}

// stillKept refuses a change after which nobody could change anything.
func (s *Service) stillKept(ctx context.Context, t *store.Tx) error {
	people, err := store.People.List(ctx, &t.Reader)
	if err != nil {
		return err
	}
	for _, p := range people {
		if p.May(organisation.ActionManagePeople) == nil {
			return nil
		}
	}
	return fault.Conflict("Somebody active has to keep the register: give another person the duty of assessor first.")
}

// Duties is the table of who may do what.
func (s *Service) Duties() []organisation.Rule { return organisation.Table }
