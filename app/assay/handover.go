package main

import (
	"context"
	"os"
	"strings"
	"time"

	"assay/internal/fault"
	"assay/internal/handover"
	"assay/internal/machine"
	"assay/internal/service"
)

type handoverCmd struct {
	Key     handoverKeyCmd     `cmd:"" help:"Make a key for receiving hand-overs."`
	Send    handoverSendCmd    `cmd:"" help:"Write the register's records and documents, encrypted to somebody else's key."`
	Open    handoverOpenCmd    `cmd:"" help:"Make a register to work on from a hand-over."`
	Compare handoverCompareCmd `cmd:"" help:"Set what a hand-back changed beside what is here."`
	Merge   handoverMergeCmd   `cmd:"" help:"Take a hand-back's changes into the register they began with."`
}

type handoverKeyCmd struct {
	Out string `required:"" placeholder:"KEY.txt" help:"Where to keep the key; whoever has it can read hand-overs to you."`
}

func (c *handoverKeyCmd) Run(ctx context.Context, e *env) error {
	file, public, err := handover.NewKey(time.Now())
	if err != nil {
		return err
	}
	if err := service.WriteNewFile(c.Out, []byte(file)); err != nil {
		return err
	}
	e.answer(map[string]any{"key": c.Out, "public": public}, func() {
		e.say(
			"Wrote %s; keep it to yourself. Give this public key to those who send you a register:\n\n%s\n",
			c.Out,
			public,
		)
	})
	return nil
}

type handoverSendCmd struct {
	To       string   `required:"" placeholder:"age1…" help:"The recipient's public key."`
	Out      string   `required:"" placeholder:"FILE"`
	Workflow []string `            placeholder:"REF"   help:"Only this workflow and what belongs to it (again for more)."`
	Runs     bool     `                                help:"Imported runs as well, with what was found and decided."     default:"true" negatable:""`
}

func (c *handoverSendCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		sent, err := s.SendHandover(
			ctx,
			service.HandoverRequest{To: c.To, Path: c.Out, Workflows: c.Workflow, Runs: c.Runs},
		)
		if err != nil {
			return err
		}
		e.answer(sent, func() {
			e.say(
				"Wrote %s: %d records, %d documents, %d imports with %d runs.",
				c.Out,
				sent.Records,
				sent.Documents,
				sent.Imports,
				sent.Runs,
			)
		})
		return nil
	})
}

// received is a hand-over with the key that opens it.
type received struct {
	File string `arg:"" placeholder:"FILE"`
	Key  string `       placeholder:"KEY.txt" required:"" help:"Your key file."`
}

func (r received) identity() (string, error) {
	b, err := os.ReadFile(r.Key)
	if err != nil {
		return "", fault.Unreadable(r.Key, "The key file cannot be read.").Because(err)
	}
	return string(b), nil
}

type handoverOpenCmd struct {
	received
	Out    string `required:"" placeholder:"FILE.assay" help:"The register to make."`
	Person string `required:""                          help:"Your name."`
	Plain  bool   `                                     help:"Do not encrypt the register."`
}

func (c *handoverOpenCmd) Run(ctx context.Context, e *env) error {
	identity, err := c.identity()
	if err != nil {
		return err
	}
	n := service.NewRegister{Person: c.Person, Plain: c.Plain}
	if !c.Plain {
		if n.Passphrase, err = e.newPassphrase(); err != nil {
			return err
		}
	}
	s, recovery, err := service.OpenHandover(
		ctx, c.File, identity, c.Out, n, service.Options{Heads: machine.HeadsIn(machine.Dir())},
	)
	if err != nil {
		return err
	}
	defer s.Close()
	e.answer(map[string]any{"register": s.Path(), "keeper": s.SignedIn(), "recovery_key": recovery}, func() {
		e.say("Made %s to work on; you are %s.", s.Path(), s.SignedIn().Name)
		if recovery != "" {
			e.say("Its recovery key, never shown again:\n\n%s\n", recovery)
		}
	})
	return nil
}

type handoverCompareCmd struct{ received }

func (c *handoverCompareCmd) Run(ctx context.Context, e *env) error {
	identity, err := c.identity()
	if err != nil {
		return err
	}
	return e.with(ctx, func(s *service.Service) error {
		p, err := s.CompareHandover(ctx, c.File, identity)
		if err != nil {
			return err
		}
		e.answer(p, func() {
			e.say(
				"From %s, %s: %d records changed, %d of them here too; %d are the same.",
				p.Sender,
				p.Created,
				len(p.Items),
				p.Conflicts,
				p.Same,
			)
			for _, i := range p.Items {
				what := "take theirs"
				if i.Fate == handover.FateConflict {
					what = "DECIDE"
				}
				e.say("\n%s %s %s (%s)", i.Table, i.Ref, i.Name, what)
				if i.Deleted {
					e.say("  they deleted it")
					continue
				}
				for _, f := range i.Fields {
					e.say(
						"  %s\n    sent:   %s\n    here:   %s\n    theirs: %s",
						f.Field,
						oneLine(f.Base),
						oneLine(f.Here),
						oneLine(f.Theirs),
					)
				}
			}
			for _, i := range p.Imports {
				e.say("\nimport %s %s into %s: %d runs", i.Ref, i.FileName, i.Workflow, i.Runs)
			}
		})
		return nil
	})
}

type handoverMergeCmd struct {
	received
	Take   []string `placeholder:"WF-0002=theirs" help:"For each record that both sides changed: theirs or ours."`
	Reason string   `                             help:"Why you decided so; the activity log keeps it."`
}

func (c *handoverMergeCmd) Run(ctx context.Context, e *env) error {
	identity, err := c.identity()
	if err != nil {
		return err
	}
	var decide []handover.Decision
	for _, t := range c.Take {
		ref, side, ok := strings.Cut(t, "=")
		if !ok || side != "theirs" && side != "ours" {
			return fault.Invalid("take", "Write each decision as WF-0002=theirs or WF-0002=ours.")
		}
		decide = append(decide, handover.Decision{Record: ref, Take: side, Why: c.Reason})
	}
	return e.with(ctx, func(s *service.Service) error {
		m, err := s.MergeHandover(ctx, c.File, identity, decide)
		if err != nil {
			return err
		}
		e.answer(m, func() {
			e.say("Merged: %d records taken, %d kept as they were.", m.Taken, m.Kept)
			for _, i := range m.Imports {
				e.say(
					"  %s %s: %d runs new here, %d here already, %d here with other content",
					i.Ref,
					i.FileName,
					i.New,
					i.Same,
					i.Differ,
				)
			}
			if m.Decided > 0 || m.Undecided > 0 {
				e.say("  %d findings bear their decision now; %d keep the one made here", m.Decided, m.Undecided)
			}
			for theirs, ours := range m.Renumbered {
				e.say("  their %s is %s here", theirs, ours)
			}
		})
		return nil
	})
}
