package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/portfolio"
	"assay/internal/service"
)

// portfolioCmd is for a consultant with several clients.
type portfolioCmd struct {
	Look    portfolioLookCmd    `cmd:"" help:"Look at one register, and keep how it stands in a portfolio."`
	List    portfolioListCmd    `cmd:"" help:"List the clients of a portfolio, side by side."`
	Show    portfolioShowCmd    `cmd:"" help:"Show what stands in the way, and what is due, at one client."`
	Compare portfolioCompareCmd `cmd:"" help:"Show two workflows side by side: of two clients, or of one."`
	Forget  portfolioForgetCmd  `cmd:"" help:"Take a client out of a portfolio."`
}

// portfolioFile is the file that every one of them works on.
type portfolioFile struct {
	File       string `arg:"" placeholder:"CLIENTS.portfolio" help:"The portfolio, an encrypted file."`
	Passphrase string `       placeholder:"FILE"              help:"File whose first line is its passphrase (otherwise ASSAY_PORTFOLIO_PASSPHRASE, or a prompt)." name:"portfolio-passphrase-file"`
}

// open reads the portfolio; a file that is not there yet is an empty one where made is true.
func (f *portfolioFile) open(e *env, made bool) (*portfolio.Portfolio, string, error) {
	b, err := os.ReadFile(f.File)
	isNew := errors.Is(err, fs.ErrNotExist)
	if err != nil && !(isNew && made) {
		return nil, "", fault.New(fault.CodeUnreadable, "The portfolio %s cannot be read.", f.File).Because(err)
	}
	prompt := "Passphrase of the portfolio: "
	if isNew {
		prompt = "New passphrase for the portfolio: "
	}
	pass, err := e.passphrase(f.Passphrase, "ASSAY_PORTFOLIO_PASSPHRASE", prompt)
	if err != nil {
		return nil, "", err
	}
	if !isNew {
		p, err := portfolio.Open(bytes.NewReader(b), pass)
		return p, pass, err
	}
	return &portfolio.Portfolio{}, pass, service.NewPassphrase(pass)
}

// save writes the portfolio beside its file and puts it in its place.
func (f *portfolioFile) save(p *portfolio.Portfolio, pass string) error {
	var b bytes.Buffer
	if err := portfolio.Seal(&b, p, pass); err != nil {
		return err
	}
	next := filepath.Join(filepath.Dir(f.File), "."+filepath.Base(f.File)+".new")
	if err := os.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Doing("clear away what a killed program left", err)
	}
	if err := service.WriteNewFile(next, b.Bytes()); err != nil {
		return err
	}
	if err := os.Rename(next, f.File); err != nil {
		return fault.Forbidden("%s cannot be written.", f.File).Because(errors.Join(err, os.Remove(next)))
	}
	return nil
}

type portfolioLookCmd struct {
	portfolioFile
}

func (c *portfolioLookCmd) Run(ctx context.Context, e *env) error {
	p, pass, err := c.open(e, true)
	if err != nil {
		return err
	}
	var now portfolio.Client
	var before *portfolio.Client
	begins := true
	err = e.with(ctx, func(s *service.Service) (err error) {
		if now, err = s.Summary(ctx, filepath.Base(e.Register)); err != nil {
			return err
		}
		if before, err = p.Put(now); err != nil || before == nil {
			return err
		}
		begins, err = s.LogBegins(ctx, before.Head)
		return err
	})
	if err != nil {
		return err
	}
	if !begins {
		e.say(
			"The activity log of %s no longer begins with the %d entries that it had on %s: this is an older or "+
				"another copy of the register. The portfolio keeps what it held.",
			now.Organisation, before.Entries, civil.Of(before.Taken).Long(),
		)
		return errFoundWrong
	}
	if err := c.save(p, pass); err != nil {
		return err
	}
	e.answer(now, func() {
		e.say("%s: %s in %s.", now.Organisation, standsBriefly(&now), c.File)
		if before != nil {
			e.say("Since %s: %s.", civil.Of(before.Taken).Long(), sinceThen(before, &now))
		}
	})
	return nil
}

// standsBriefly says how a client stands in half a sentence.
func standsBriefly(c *portfolio.Client) string {
	score := fmt.Sprintf("%d %%", c.Percent)
	if c.Part {
		score = "a part of a register, without a score"
	}
	return fmt.Sprintf("%s, %d of %d workflows cannot be certified, %d overdue", score, c.Blocked(), len(c.Workflows),
		c.Overdue)
}

// sinceThen says what changed between two looks at one register.
func sinceThen(before, now *portfolio.Client) string {
	parts := []string{fmt.Sprintf("%d more entries in the log", now.Entries-before.Entries)}
	if before.Percent != now.Percent {
		parts = append(parts, fmt.Sprintf("the score went from %d to %d %%", before.Percent, now.Percent))
	}
	if a, b := before.Blocked(), now.Blocked(); a != b {
		parts = append(parts, fmt.Sprintf("workflows that cannot be certified from %d to %d", a, b))
	}
	if before.Overdue != now.Overdue {
		parts = append(parts, fmt.Sprintf("overdue from %d to %d", before.Overdue, now.Overdue))
	}
	return strings.Join(parts, "; ")
}

type portfolioListCmd struct {
	portfolioFile
}

func (c *portfolioListCmd) Run(_ context.Context, e *env) error {
	p, _, err := c.open(e, false)
	if err != nil {
		return err
	}
	e.answer(p, func() {
		e.table(
			"CLIENT\tSCORE\tLOWEST\tWORKFLOWS\tBLOCKED\tCERTIFICATES\tOVERDUE\tNEXT DUE\tNEWEST RUN\tLOOKED AT\tFILE",
			func(row func(string, ...any)) {
				for i := range p.Clients {
					x := &p.Clients[i]
					score, lowest := fmt.Sprintf("%d %%", x.Percent), fmt.Sprintf("%d %%", x.Lowest)
					if x.Part {
						score, lowest = "part", "-"
					}
					row("%s\t%s\t%s\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t%s", x.Organisation, score, lowest, len(x.Workflows),
						x.Blocked(), x.Certificates, x.Overdue, dayOr(nextDue(x)), dayOr(x.NewestRun()),
						stamp(x.Taken), x.File)
				}
			},
		)
	})
	return nil
}

// nextDue is the first day that has not passed at the time of the look.
func nextDue(c *portfolio.Client) civil.Date {
	today := civil.Of(c.Taken)
	for _, d := range c.Due {
		if !d.Day.Before(today) {
			return d.Day
		}
	}
	return ""
}

func dayOr(d civil.Date) string {
	if d.IsZero() {
		return "-"
	}
	return string(d)
}

type portfolioShowCmd struct {
	portfolioFile
	Client string `arg:"" placeholder:"CLIENT" help:"Name of the organisation or of its file, or how either begins."`
}

func (c *portfolioShowCmd) Run(_ context.Context, e *env) error {
	p, _, err := c.open(e, false)
	if err != nil {
		return err
	}
	x, err := p.Find(c.Client)
	if err != nil {
		return err
	}
	e.answer(x, func() {
		e.say("%s (%s), as it stood on %s: %s.", x.Organisation, x.File, civil.Of(x.Taken).Long(), standsBriefly(x))
		e.say("Activity log: %d entries.", x.Entries)
		e.table("WORKFLOW\tSTAGE\tSCORE\tFINDINGS\tRUNS\tNEWEST RUN\tCERTIFICATE\tNEXT REVIEW\tNAME",
			func(row func(string, ...any)) {
				for _, w := range x.Workflows {
					row("%s\t%s\t%d %%\t%d\t%d\t%s\t%s\t%s\t%s", w.Ref, w.Stage, w.Percent, w.Findings, w.Runs,
						dayOr(w.NewestRun), w.Certificate, dayOr(w.NextReview), w.Name)
				}
			})
		for _, w := range x.Workflows {
			for _, b := range w.Blocking {
				e.say("in the way of %s: %s", w.Ref, b)
			}
		}
		for _, d := range x.Due {
			e.say("due %s: %s %s", d.Day, d.Kind, d.Ref)
		}
	})
	return nil
}

type portfolioCompareCmd struct {
	portfolioFile
	A string `arg:"" placeholder:"CLIENT/WF-0001"`
	B string `arg:"" placeholder:"CLIENT/WF-0002"`
}

func (c *portfolioCompareCmd) Run(_ context.Context, e *env) error {
	p, _, err := c.open(e, false)
	if err != nil {
		return err
	}
	type side struct {
		Client   string             `json:"client"`
		Taken    time.Time          `json:"taken"`
		Workflow portfolio.Workflow `json:"workflow"`
	}
	var sides [2]side
	for i, name := range []string{c.A, c.B} {
		client, ref, ok := cutLast(name, "/")
		if !ok {
			return fault.Invalid("workflow", "Name a workflow as CLIENT/WF-0001.")
		}
		x, err := p.Find(client)
		if err != nil {
			return err
		}
		w, err := x.Workflow(ref)
		if err != nil {
			return err
		}
		sides[i] = side{x.Organisation, x.Taken, *w}
	}
	e.answer(sides, func() {
		a, b := &sides[0], &sides[1]
		e.table("", func(row func(string, ...any)) {
			row("\t%s\t%s", a.Client, b.Client)
			line := func(what string, of func(*portfolio.Workflow) string) {
				row("%s\t%s\t%s", what, of(&a.Workflow), of(&b.Workflow))
			}
			line("workflow", func(w *portfolio.Workflow) string { return w.Ref + " " + w.Name })
			row("%s\t%s\t%s", "looked at", stamp(a.Taken), stamp(b.Taken))
			line("stage", func(w *portfolio.Workflow) string { return string(w.Stage) })
			line("score", func(w *portfolio.Workflow) string { return fmt.Sprintf("%d %%", w.Percent) })
			for i := range a.Workflow.Areas {
				line(a.Workflow.Areas[i].Title, func(w *portfolio.Workflow) string {
					if i >= len(w.Areas) {
						return "-"
					}
					return fmt.Sprintf("%d of %d", w.Areas[i].Met, w.Areas[i].Applicable)
				})
			}
			line("in the way", func(w *portfolio.Workflow) string { return fmt.Sprint(len(w.Blocking)) })
			line("open findings", func(w *portfolio.Workflow) string { return fmt.Sprint(w.Findings) })
			line("runs", func(w *portfolio.Workflow) string { return fmt.Sprint(w.Runs) })
			line("newest run", func(w *portfolio.Workflow) string { return dayOr(w.NewestRun) })
			for _, s := range gateShares {
				line(s.what, func(w *portfolio.Workflow) string {
					n, of := 0, 0
					for i := range w.Gates {
						a, b := s.of(&w.Gates[i])
						n, of = n+a, of+b
					}
					return share(n, of)
				})
			}
		})
	})
	return nil
}

// gateShares are what two workflows are compared by, over all gates of each.
var gateShares = []struct {
	what string
	of   func(*portfolio.Gate) (n, of int)
}{
	{
		"released after an officer's decision",
		func(g *portfolio.Gate) (n, of int) { return g.DecidedFirst, g.Released },
	},
	{"decided faster than the minimum", func(g *portfolio.Gate) (n, of int) { return g.UnderMinimum, g.Timed }},
	{"decisions that follow the AI", func(g *portfolio.Gate) (n, of int) { return g.Agreed, g.Comparable }},
}

// fewCases is the number below which a share says nothing.
const fewCases = 30

// share is a share in words; below fewCases only that there are few.
func share(n, of int) string {
	switch {
	case of == 0:
		return "-"
	case of < fewCases:
		return fmt.Sprintf("fewer than %d cases", fewCases)
	}
	return fmt.Sprintf("%d of %d (%.1f %%)", n, of, 100*float64(n)/float64(of))
}

// cutLast cuts at the last sep: a client's name may hold one.
func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

type portfolioForgetCmd struct {
	portfolioFile
	Client string `arg:"" placeholder:"CLIENT" help:"Name of the organisation or of its file, or how either begins."`
}

func (c *portfolioForgetCmd) Run(_ context.Context, e *env) error {
	p, pass, err := c.open(e, false)
	if err != nil {
		return err
	}
	x, err := p.Find(c.Client)
	if err != nil {
		return err
	}
	name := x.Organisation
	p.Forget(x)
	if err := c.save(p, pass); err != nil {
		return err
	}
	e.answer(map[string]any{"forgot": name}, func() { e.say("Forgot %s.", name) })
	return nil
}
