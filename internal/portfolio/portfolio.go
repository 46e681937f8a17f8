// Package portfolio keeps how the registers of several organisations stand in one
// encrypted file: a consultant with twelve clients sees which of them waits for what
// without opening twelve registers.
//
// Each register is opened once, by itself, and leaves a summary: scores, what stands
// in the way of a certificate, what is due, the newest run, the head of its activity
// log. No run, no officer, no document and no finding one by one is in it, and a look
// at one client changes nothing of another's.
//
// The file is JSON within age (age-encryption.org/v1) under a passphrase of its own,
// so that the plain age program opens it too:
//
//	{"format":"assay-portfolio","version":1,"clients":[…]}
package portfolio

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/workflow"

	"filippo.io/age"
)

const (
	format  = "assay-portfolio"
	version = 1

	// workFactor is log2 of what scrypt costs: 256 MiB, about a second. A file that asks
	// for more than mostWork is refused before anything is worked out.
	workFactor = 18
	mostWork   = 20

	// mostBytes is far more than a thousand clients take.
	mostBytes = 64 << 20
)

// Portfolio is what the file holds: one client a register, by name.
type Portfolio struct {
	Clients []Client `json:"clients"`
}

// Client is how one register stood when it was last looked at.
type Client struct {
	Register     string    `json:"register"` // identifier of the register, which its log is named by
	Organisation string    `json:"organisation"`
	File         string    `json:"file"`  // name of the register's file then, without its folder
	Taken        time.Time `json:"taken"` // UTC, whole seconds, by this computer's clock
	// Head of the activity log then, as package ledger writes it. Entries and Root say the
	// same for the eye.
	Head    string `json:"head"`
	Entries int64  `json:"entries"`
	// Part tells that the register holds a part of its organisation's workflows: it has
	// no score of the organisation.
	Part    bool `json:"part"`
	Percent int  `json:"percent"` // mean over live workflows, 0 to 100
	Lowest  int  `json:"lowest"`
	// Waiting counts things to do in all; Overdue those whose day has passed.
	Waiting      int        `json:"waiting"`
	Overdue      int        `json:"overdue"`
	Certificates int        `json:"certificates"` // in force
	Due          []Due      `json:"due"`          // overdue and within 60 days, by day
	Workflows    []Workflow `json:"workflows"`    // by reference
}

// Due is something with a day.
type Due struct {
	Kind string     `json:"kind"` // review, action, policy, certificate, assessment, record, source
	Ref  string     `json:"ref"`
	Day  civil.Date `json:"day"`
}

// Workflow is how one workflow stood.
type Workflow struct {
	Ref         string             `json:"ref"`
	Name        string             `json:"name"`
	Stage       workflow.Lifecycle `json:"stage"`
	Percent     int                `json:"percent"`
	Areas       []Area             `json:"areas"`
	Blocking    []string           `json:"blocking"` // titles of the requirements that stand in the way of a certificate
	Findings    int                `json:"findings"` // open
	Runs        int                `json:"runs"`
	NewestRun   civil.Date         `json:"newest_run"`  // empty without runs
	Certificate string             `json:"certificate"` // number of the one in force, empty if none is
	ValidUntil  civil.Date         `json:"valid_until"`
	NextReview  civil.Date         `json:"next_review"`
	Gates       []Gate             `json:"gates"`
}

// Area is the score of one of the five areas.
type Area struct {
	Title      string `json:"title"`
	Met        int    `json:"met"`
	Applicable int    `json:"applicable"`
}

// Gate counts what the runs show at one gate. Shares are of these numbers; none is
// kept by officer.
type Gate struct {
	Title         string  `json:"title"`
	Released      int     `json:"released"`
	DecidedFirst  int     `json:"decided_first"` // of the released, by a named officer before
	Decided       int     `json:"decided"`
	MedianSeconds float64 `json:"median_seconds"`
	Timed         int     `json:"timed"` // decisions whose time is known
	UnderMinimum  int     `json:"under_minimum"`
	Agreed        int     `json:"agreed"` // decisions that follow the AI, of Comparable
	Comparable    int     `json:"comparable"`
}

// Put keeps the summary of a register instead of the one before, which it returns;
// nil where there was none. Errors: conflict where the summary that is held is newer.
func (p *Portfolio) Put(c Client) (before *Client, err error) {
	i := slices.IndexFunc(p.Clients, func(x Client) bool { return x.Register == c.Register })
	if i < 0 {
		p.Clients = append(p.Clients, c)
	} else {
		old := p.Clients[i]
		if old.Taken.After(c.Taken) {
			return &old, fault.Conflict("This portfolio holds a summary of %s of %s, which is later than this "+
				"computer's clock: see to the clock.", old.Organisation, old.Taken.Format(time.RFC3339))
		}
		before, p.Clients[i] = &old, c
	}
	slices.SortFunc(p.Clients, func(a, b Client) int {
		return cmp.Or(
			cmp.Compare(strings.ToLower(a.Organisation), strings.ToLower(b.Organisation)),
			cmp.Compare(a.Register, b.Register),
		)
	})
	return before, nil
}

// Find finds a client by the name of the organisation or of its file, or by the
// beginning of either, whatever the case. Errors: not found; conflict where several
// begin like this, and none is called just so.
func (p *Portfolio) Find(name string) (*Client, error) {
	var some []*Client
	for i := range p.Clients {
		c := &p.Clients[i]
		for _, called := range []string{c.Organisation, c.File, strings.TrimSuffix(c.File, ".assay"), c.Register} {
			if strings.EqualFold(called, name) {
				return c, nil
			}
		}
		begins := func(s string) bool { return len(s) >= len(name) && strings.EqualFold(s[:len(name)], name) }
		if name != "" && (begins(c.Organisation) || begins(c.File)) {
			some = append(some, c)
		}
	}
	switch len(some) {
	case 0:
		return nil, fault.New(fault.CodeNotFound, "There is no client “%s” in this portfolio.", name)
	case 1:
		return some[0], nil
	}
	return nil, fault.Conflict("%d clients begin with “%s”: say more of the name.", len(some), name)
}

// Workflow finds a workflow of a client by its reference. Errors: not found.
func (c *Client) Workflow(ref string) (*Workflow, error) {
	i := slices.IndexFunc(c.Workflows, func(w Workflow) bool { return strings.EqualFold(w.Ref, ref) })
	if i < 0 {
		return nil, fault.New(
			fault.CodeNotFound,
			"There is no workflow %q of %s in this portfolio.",
			ref,
			c.Organisation,
		)
	}
	return &c.Workflows[i], nil
}

// Forget takes a client out.
func (p *Portfolio) Forget(c *Client) {
	id := c.Register
	p.Clients = slices.DeleteFunc(p.Clients, func(x Client) bool { return x.Register == id })
}

// Blocked counts the workflows, retired ones apart, that something stands in the way of
// a certificate for.
func (c *Client) Blocked() int {
	n := 0
	for _, w := range c.Workflows {
		if w.Stage != workflow.LifecycleRetired && len(w.Blocking) > 0 {
			n++
		}
	}
	return n
}

// NewestRun is the day of the newest run of all workflows, empty without any.
func (c *Client) NewestRun() (day civil.Date) {
	for _, w := range c.Workflows {
		day = max(day, w.NewestRun)
	}
	return day
}

// file is the outermost level of what is encrypted.
type file struct {
	Format  string   `json:"format"`
	Version int      `json:"version"`
	Clients []Client `json:"clients"`
}

// Seal writes the portfolio under a passphrase.
func Seal(w io.Writer, p *Portfolio, passphrase string) error {
	return sealAt(w, p, passphrase, workFactor)
}

func sealAt(w io.Writer, p *Portfolio, passphrase string, work int) error {
	to, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return fault.Invalid("passphrase", "A portfolio needs a passphrase.").Because(err)
	}
	to.SetWorkFactor(work)
	enc, err := age.Encrypt(w, to)
	if err != nil {
		return fault.Doing("begin a portfolio", err)
	}
	err = json.NewEncoder(enc).Encode(file{Format: format, Version: version, Clients: p.Clients})
	return fault.Doing("write a portfolio", errors.Join(err, enc.Close()))
}

// Open reads what Seal wrote. Errors: forbidden for a wrong passphrase; unreadable for
// what is no portfolio, was altered or cut short, or was written by a newer Assay.
func Open(r io.Reader, passphrase string) (*Portfolio, error) {
	with, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, fault.Forbidden("A portfolio needs its passphrase.").Because(err)
	}
	with.SetMaxWorkFactor(mostWork)
	plain, err := age.Decrypt(r, with)
	if err != nil {
		var none *age.NoIdentityMatchError
		if errors.As(err, &none) {
			return nil, fault.Forbidden("The passphrase does not open this portfolio.").Because(err)
		}
		return nil, fault.Unreadable("", "This is no portfolio of Assay.").Because(err)
	}
	b, err := io.ReadAll(io.LimitReader(plain, mostBytes+1))
	if err != nil {
		return nil, fault.Unreadable("", "This portfolio was altered or cut short.").Because(err)
	}
	if len(b) > mostBytes {
		return nil, fault.Unreadable(
			"",
			"This portfolio holds more than %d MiB, which no portfolio does.",
			mostBytes>>20,
		)
	}
	var kind struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(b, &kind); err != nil || kind.Format != format {
		return nil, fault.Unreadable("", "This is no portfolio of Assay.").Because(err)
	}
	if kind.Version != version {
		return nil, fault.Unreadable("", "This portfolio was written by a newer Assay (format %d; this one reads %d).",
			kind.Version, version)
	}
	var f file
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return nil, fault.Unreadable("", "This portfolio does not follow its format.").Because(err)
	}
	seen := map[string]bool{}
	for i, c := range f.Clients {
		if c.Register == "" || seen[c.Register] {
			err := fmt.Errorf("register %q", c.Register)
			return nil, fault.Unreadable(fmt.Sprintf("client %d", i+1), "It has no identifier of its own.").Because(err)
		}
		seen[c.Register] = true
	}
	return &Portfolio{Clients: f.Clients}, nil
}
