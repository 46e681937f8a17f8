package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"assay/internal/fault"
	"assay/internal/imported"
	"assay/internal/service"
)

type searchCmd struct {
	Text     []string `arg:"" optional:"" name:"text" help:"Words that must all be there; \"words in quotes\" stand together, -word is left out."`
	Workflow string   `                               help:"Search the runs of this workflow only."                                             placeholder:"WF-0001"`
	From     string   `                               help:"First day of the runs."                                                             placeholder:"2026-01-01"`
	To       string   `                               help:"Last day of the runs."                                                              placeholder:"2026-03-31"`
	Rank     bool     `                               help:"The most relevant first instead of the newest."`
	Limit    int      `                               help:"How many runs to list, up to 500."                                                                           default:"50"`
	After    string   `                               help:"Go on where the page before ended: its 'next'."`
	Anew     bool     `                               help:"Make the index again first, from the runs."`
}

func (c *searchCmd) Run(ctx context.Context, e *env) error {
	text := strings.Join(c.Text, " ")
	if text == "" && !c.Anew {
		return fault.Invalid("text", "Enter a word to search for.")
	}
	from, err := date("from", c.From)
	if err != nil {
		return err
	}
	to, err := date("to", c.To)
	if err != nil {
		return err
	}
	q := service.SearchQuery{
		Text:     text,
		Workflow: c.Workflow,
		From:     from,
		To:       to,
		After:    c.After,
		Limit:    c.Limit,
		Within:   time.Minute,
	}
	if c.Rank {
		q.Order = imported.Relevance
	}
	return e.with(ctx, func(s *service.Service) error {
		if text != "" {
			if err := service.CheckSearch(text); err != nil {
				return err
			}
		}
		if _, err := s.IndexRuns(ctx, c.Anew, e.indexing()); err != nil {
			return err
		}
		if text == "" {
			e.say("The index was made again.")
			return nil
		}
		p, err := s.SearchRuns(ctx, q)
		if err != nil {
			return err
		}
		e.answer(p, func() { e.found(p, c.Rank) })
		return nil
	})
}

// indexing shows how far the index has come, to a person at a terminal.
func (e *env) indexing() func(imported.SearchState) {
	f, ok := e.err.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	begun := false
	return func(st imported.SearchState) {
		if st.Done() && begun {
			fmt.Fprint(f, "\r\x1b[K")
		} else if !st.Done() {
			begun = true
			fmt.Fprintf(f, "\rMaking runs searchable: %d of %d   ", st.Indexed, st.Runs)
		}
	}
}

func (e *env) found(p service.SearchPage, rank bool) {
	count := fmt.Sprint(p.Count)
	if p.More {
		count = "more than " + count
	} else if !p.Back.IsZero() {
		count = "at least " + count
	}
	switch {
	case p.Count == 0 && p.Next == "":
		e.say("No run was found.")
		return
	case rank && p.Order != imported.Relevance:
		e.say("Found in %s runs: too many to sort by relevance, so the newest come first.", count)
	default:
		e.say("Found in %s runs.", count)
	}
	for _, h := range p.Items {
		e.say("")
		e.say("%s  %s  %s  %s, line %d", stamp(h.Run.At), h.WorkflowRef, h.Run.RunID, h.Run.Source, h.Run.Line)
		for _, x := range h.Run.Passages {
			where := string(x.Place)
			if x.Gate != "" {
				where += " at " + x.Gate
			}
			var b strings.Builder
			for _, f := range x.Snippet {
				if f.Hit {
					b.WriteString("[" + f.Text + "]")
				} else {
					b.WriteString(f.Text)
				}
			}
			e.say("  %s: %s", where, strings.TrimSpace(b.String()))
		}
	}
	if p.Next != "" {
		e.say("")
		e.say("More with --after %s", p.Next)
	}
}
