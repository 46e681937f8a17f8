package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"

	"assay/internal/fault"
	"assay/internal/service"
	"assay/internal/signing"
)

// witnessCmd has two sides: an organisation asks somebody outside to countersign the
// head of its log, and an auditor's or a client's Assay answers.
type witnessCmd struct {
	Request witnessRequestCmd `cmd:"" help:"Ask a witness to countersign the log's head: writes a file, or a QR code, for them."`
	Accept  witnessAcceptCmd  `cmd:"" help:"Keep a witness's answer."`
	Rely    witnessRelyCmd    `cmd:"" help:"Rely on a witness: take their keys from the file that assay witness key wrote."`
	List    witnessListCmd    `cmd:"" help:"List what witnesses and timestamp authorities have said of this log, and the logs that this register watches."`
	Policy  witnessPolicyCmd  `cmd:"" help:"Write which witnesses this register asks for, for those who check its heads (C2SP tlog-policy)."`
	Key     witnessKeyCmd     `cmd:"" help:"Be a witness: make keys for countersigning other people's logs, or show them."`
	Watch   witnessWatchCmd   `cmd:"" help:"Be a witness: watch a log, given the statement of its keys (assay log key --out)."`
	Sign    witnessSignCmd    `cmd:"" help:"Be a witness: check a request and countersign its head. An older or another log than the one seen before is refused with both heads."`
}

// readOrScan reads a small file, or the text of the QR code in a picture.
func readOrScan(ctx context.Context, path string, accept func(string) bool) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Unreadable(path, "This file cannot be read.").Because(err)
	}
	if !bytes.HasPrefix(data, []byte("\x89PNG")) && !bytes.HasPrefix(data, []byte("\xff\xd8\xff")) {
		return data, nil
	}
	text, err := signing.ReadCode(ctx, bytes.NewReader(data), accept)
	return []byte(text), err
}

// writeOrDraw writes a file, or draws a QR code where its name ends in .png.
func writeOrDraw(path string, data []byte) error {
	if strings.HasSuffix(strings.ToLower(path), ".png") {
		picture, err := signing.CodePicture(string(data))
		if err != nil {
			return err
		}
		data = picture
	}
	return service.WriteNewFile(path, data)
}

func isPicture(path string) bool { return strings.HasSuffix(strings.ToLower(path), ".png") }

type witnessRequestCmd struct {
	Witness string `arg:"" placeholder:"NAME" help:"The witness, as in their keys."`
	Out     string `placeholder:"FILE" required:"" help:"Where to write the request; a name that ends in .png makes a QR code."`
	Old     int64  `placeholder:"N" default:"-1" help:"How many entries the newest head had that they countersigned (default: as this register knows)."`
}

func (c *witnessRequestCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		file, head, err := s.RequestWitness(ctx, c.Witness, c.Old, isPicture(c.Out))
		if err != nil {
			return err
		}
		if err := writeOrDraw(c.Out, file); err != nil {
			return err
		}
		e.answer(map[string]any{"wrote": c.Out, "size": head.Size, "root": fmt.Sprintf("%x", head.Root[:])}, func() {
			e.say("Wrote %s for %s: the log's head of %s. Their answer is kept with: assay witness accept ANSWER",
				c.Out, c.Witness, head.String())
		})
		return nil
	})
}

type witnessAcceptCmd struct {
	Answer string `arg:"" placeholder:"ANSWER" help:"The witness's answer: a file, or a picture of a QR code."`
}

func (c *witnessAcceptCmd) Run(ctx context.Context, e *env) error {
	answer, err := readOrScan(ctx, c.Answer, func(s string) bool { return strings.HasPrefix(s, "— ") })
	if err != nil {
		return err
	}
	return e.with(ctx, func(s *service.Service) error {
		w, err := s.AcceptCosignature(ctx, answer)
		if err != nil {
			return err
		}
		e.answer(w, func() { e.say("%s countersigned the head of %d entries on %s.", w.By, w.Size, w.At[:10]) })
		return nil
	})
}

type witnessRelyCmd struct {
	Keys string `arg:"" placeholder:"KEYS.txt" help:"The witness's keys, one a line. Compare them with the witness by another way."`
}

func (c *witnessRelyCmd) Run(ctx context.Context, e *env) error {
	keys, err := keyFile(c.Keys)
	if err != nil {
		return err
	}
	return e.with(ctx, func(s *service.Service) error {
		name, err := s.RelyOnWitness(ctx, keys)
		if err != nil {
			return err
		}
		e.answer(map[string]any{"witness": name}, func() { e.say("This register relies on the witness %s.", name) })
		return nil
	})
}

type witnessListCmd struct{}

func (c *witnessListCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		said, err := s.Witnesses(ctx)
		if err != nil {
			return err
		}
		logs, err := s.WatchedLogs(ctx)
		if err != nil {
			return err
		}
		e.answer(map[string]any{"witnessed": said, "watched": logs}, func() {
			e.table("WHAT\tBY\tWHEN\tENTRIES\tROOT", func(row func(string, ...any)) {
				for _, w := range said {
					row("%s\t%s\t%s\t%d\t%s", w.Kind, w.By, w.At[:16], w.Size, w.Root)
				}
			})
			if len(logs) == 0 {
				return
			}
			e.say("\nWatched from here:")
			e.table("LOG\tENTRIES\tROOT\tSINCE\tNOTE", func(row func(string, ...any)) {
				for _, w := range logs {
					row("%s\t%d\t%s\t%s\t%s", w.Origin, w.Size, w.Root, w.At[:16], w.Note)
				}
			})
		})
		return nil
	})
}

type witnessPolicyCmd struct {
	Out  string `placeholder:"FILE.txt" required:"" help:"Where to write it."`
	Need int    `placeholder:"N" help:"How many of the witnesses have to countersign (default: all)."`
}

func (c *witnessPolicyCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		text, err := s.WitnessPolicy(ctx, c.Need)
		if err != nil {
			return err
		}
		if err := service.WriteNewFile(c.Out, text); err != nil {
			return err
		}
		e.answer(map[string]any{"wrote": c.Out}, func() { e.say("Wrote %s.", c.Out) })
		return nil
	})
}

type witnessKeyCmd struct {
	Name string `arg:"" optional:"" placeholder:"NAME" help:"Make keys under this name, which has no blanks, like auditor.example."`
	Out  string `placeholder:"KEYS.txt" help:"Where to write the keys, for those who rely on this witness."`
}

func (c *witnessKeyCmd) Run(ctx context.Context, e *env) error {
	return e.with(ctx, func(s *service.Service) error {
		keys, err := "", error(nil)
		if c.Name != "" {
			keys, err = s.MakeWitness(ctx, c.Name)
		} else {
			keys, err = s.WitnessKeys(ctx)
		}
		if err != nil {
			return err
		}
		if c.Out != "" {
			if err := service.WriteNewFile(c.Out, []byte(keys)); err != nil {
				return err
			}
		}
		e.answer(map[string]any{"keys": strings.Fields(keys)}, func() { e.say("%s", strings.TrimSuffix(keys, "\n")) })
		return nil
	})
}

type witnessWatchCmd struct {
	Keys  string `arg:"" placeholder:"KEY.txt" help:"The signed statement of the log's keys, or verifier keys, one a line."`
	Trust string `placeholder:"ROOT.pem" help:"The organisation's trust file: its root must have signed the statement."`
	Note  string `placeholder:"TEXT" help:"Whose log it is, in your own words."`
}

func (c *witnessWatchCmd) Run(ctx context.Context, e *env) error {
	data, err := keyFile(c.Keys)
	if err != nil {
		return err
	}
	var trust []byte
	if c.Trust != "" {
		if trust, err = keyFile(c.Trust); err != nil {
			return err
		}
	}
	return e.with(ctx, func(s *service.Service) error {
		origin, vouched, err := s.WatchLog(ctx, data, trust, c.Note)
		if err != nil {
			return err
		}
		e.answer(map[string]any{"watching": origin, "vouched": vouched}, func() {
			e.say("Watching %s from now on.", origin)
			if !vouched {
				e.say("No root that you trust vouches for its keys: compare them with the organisation by another " +
					"way, or give --trust.")
			}
		})
		return nil
	})
}

type witnessSignCmd struct {
	Request string `arg:"" placeholder:"REQUEST" help:"The request: a file, or a picture of a QR code."`
	Out     string `placeholder:"ANSWER" required:"" help:"Where to write the answer; a name that ends in .png makes a QR code."`
}

func (c *witnessSignCmd) Run(ctx context.Context, e *env) error {
	request, err := readOrScan(ctx, c.Request, func(s string) bool { return strings.HasPrefix(s, "old ") })
	if err != nil {
		return err
	}
	return e.with(ctx, func(s *service.Service) error {
		answer, w, err := s.CountersignHead(ctx, request)
		if err != nil {
			return err
		}
		if isPicture(c.Out) {
			line, _, _ := bytes.Cut(answer, []byte("\n")) // the other is too long for a QR code
			answer = append(line, '\n')
		}
		if err := writeOrDraw(c.Out, answer); err != nil {
			return err
		}
		e.answer(map[string]any{"wrote": c.Out, "head": w}, func() {
			e.say(
				"Countersigned the head of %s with %d entries (root %s). The answer is %s.", w.Origin, w.Size,
				w.Root, c.Out,
			)
		})
		return nil
	})
}
