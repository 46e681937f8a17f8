package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"assay/internal/fault"
	"assay/internal/letter"
	"assay/internal/service"
)

type explainRunCmd struct {
	Workflow string `required:"" placeholder:"WF-0001"`
	RunID    string `            placeholder:"ID"       name:"run" help:"The run, as the platform names it."`
	Runs     string `            placeholder:"LIST.txt"            help:"Instead of --run: a file with one run a line; a letter is drafted for each."`
	Out      string `            placeholder:"FILE.txt"            help:"Write the draft here, as .txt or .pdf; otherwise it is printed. With --runs: a new folder."`
	Named    bool   `                                              help:"Name officers in the letter, and not only their roles."`
}

func (c *explainRunCmd) Run(ctx context.Context, e *env) error {
	if (c.RunID == "") == (c.Runs == "") {
		return fault.Invalid("run", "Name one run with --run, or a list of them with --runs.")
	}
	if c.Runs != "" {
		return c.batch(ctx, e)
	}
	ext := filepath.Ext(c.Out)
	if c.Out != "" && ext != ".txt" && ext != ".pdf" {
		return fault.Invalid("out", "Choose a file name that ends in .txt or .pdf.")
	}
	return e.with(ctx, func(s *service.Service) error {
		l, data, err := c.draft(ctx, s, c.RunID, ext)
		if err != nil {
			return err
		}
		if c.Out != "" {
			if err := service.WriteNewFile(c.Out, data); err != nil {
				return err
			}
		}
		e.answer(l, func() {
			if c.Out == "" {
				_, _ = e.out.Write(data) // a closed pipe is the reader's choice
				return
			}
			e.say(
				"Wrote the draft %s. An officer edits and signs it; %d things to check stand on its last page.",
				c.Out,
				len(l.Notes)+len(l.Questions),
			)
		})
		return nil
	})
}

// draft is the letter about one run, and as the file that ext asks for.
func (c *explainRunCmd) draft(
	ctx context.Context, s *service.Service, run, ext string,
) (letter.Letter, []byte, error) {
	l, err := s.ExplainRun(ctx, service.LetterRequest{Workflow: c.Workflow, Run: run, Named: c.Named})
	if err != nil {
		return l, nil, err
	}
	if ext != ".pdf" {
		return l, l.Text(), nil
	}
	data, err := service.LetterPDF(l)
	return l, data, err
}

// batch drafts a letter for each run of a list, as PDF files of a new folder that
// bear the line of the list. It stops at the first run that it cannot explain, and
// says which; the letters before it stay.
func (c *explainRunCmd) batch(ctx context.Context, e *env) error {
	if c.Out == "" {
		return fault.Invalid("out", "Name a new folder for the letters with --out.")
	}
	runs, err := linesOf(c.Runs)
	if err != nil {
		return err
	}
	return e.with(ctx, func(s *service.Service) error {
		if err := os.Mkdir(c.Out, 0o700); err != nil {
			return fault.Doing("make the folder for the letters", err)
		}
		wrote := []string{}
		for i, run := range runs {
			_, data, err := c.draft(ctx, s, run.text, ".pdf")
			if err != nil {
				return atLine(err, fmt.Sprintf("line %d of %s, after %d letters", run.line, c.Runs, i))
			}
			name := filepath.Join(c.Out, fmt.Sprintf("letter-%05d.pdf", run.line))
			if err := service.WriteNewFile(name, data); err != nil {
				return err
			}
			wrote = append(wrote, name)
		}
		e.answer(map[string]any{"wrote": wrote}, func() {
			e.say("Wrote %d drafts into %s, named by the line of the list. An officer edits and signs each.",
				len(wrote), c.Out)
		})
		return nil
	})
}

// atLine says where in a list a fault came up.
func atLine(err error, where string) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return fmt.Errorf("%s: %w", where, err)
	}
	return f.At(where)
}

type listed struct {
	line int
	text string
}

// maxBatch is how many letters one list may ask for.
const maxBatch = 10_000

// linesOf is the lines of a list that say something, each with its number from 1.
func linesOf(path string) ([]listed, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Doing("open the list of runs", err)
	}
	defer f.Close()
	var out []listed
	in := bufio.NewScanner(f)
	for n := 1; in.Scan(); n++ {
		text := strings.TrimSpace(strings.TrimPrefix(in.Text(), "\ufeff"))
		if text == "" {
			continue
		}
		if len(out) == maxBatch {
			return nil, fault.Unreadable(
				fmt.Sprintf("line %d", n),
				"The list has more than %d runs; split it.",
				maxBatch,
			)
		}
		out = append(out, listed{line: n, text: text})
	}
	if err := in.Err(); err != nil {
		return nil, fault.Unreadable("", "The list of runs cannot be read.").Because(err)
	}
	if len(out) == 0 {
		return nil, fault.Unreadable("", "The list names no run.")
	}
	return out, nil
}
