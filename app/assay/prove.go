package main

import (
	"strings"
	"time"

	"assay/internal/fault"
	"assay/internal/service"
)

// proveLog says what the log in a pack proves.
func (c *verifyCmd) proveLog(e *env) error {
	if len(c.What) > 0 {
		return fault.Invalid("what", "With --log PACK.zip name earlier certificates with --earlier, and nothing else.")
	}
	var p service.LogProof
	var err error
	if e.Register != "" {
		err = e.with(func(s *service.Service) (err error) {
			p, err = s.ProveLog(e, c.Log, c.Earlier, c.Trust)
			return err
		})
	} else {
		var v *service.Verifier
		if v, err = service.NewVerifier(e, c.Trust, c.Withdrawals, time.Now()); err == nil {
			p, err = v.ProveLog(e, c.Log, c.Earlier)
		}
	}
	if err != nil {
		return err
	}
	e.answer(p, func() {
		e.verified(p.Pack)
		if p.Size > 0 {
			how := "each with the proof that it is in the log"
			if p.Whole {
				how = "all of them"
			}
			e.say("\nThe log had %d entries; %d are in the pack, %s.", p.Size, p.Entries, how)
		}
		for _, x := range p.Earlier {
			e.say("%s %s: %s", proven(x.Proven), x.Where, x.Sentence)
		}
		for _, x := range p.Records {
			e.say(
				"%s %s: %d of %d records are what the log recorded last.",
				proven(len(x.Proven) == x.Records),
				x.File,
				len(x.Proven),
				x.Records,
			)
			if len(x.Wrong) > 0 {
				e.say("  they say something else: %s", strings.Join(x.Wrong, ", "))
			}
			if len(x.Unproven) > 0 {
				e.say("  the log in the pack holds nothing of: %s", strings.Join(x.Unproven, ", "))
			}
		}
	})
	if !p.Proven {
		return errFoundWrong
	}
	return nil
}

func proven(yes bool) string {
	if yes {
		return "proven    "
	}
	return "NOT PROVEN"
}
