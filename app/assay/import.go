package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/term"

	"assay/internal/fault"
	"assay/internal/runlog"
	"assay/internal/service"
)

type importCmd struct {
	Files      []string `arg:"" name:"file" placeholder:"FILE" help:"Files, or folders: of a folder, the files that are new since the last time."`
	Workflow   string   `                   placeholder:"WF-0001" help:"The workflow that the runs are of."`
	Format     string   `                                         help:"${formats}; found by content where it is not given."`
	Mapping    string   `                   placeholder:"M.yaml"  help:"How to read a table (CSV, XLSX, ODS, Parquet, SQLite) or records of JSON: a file, or one that Assay brings (${mappings}; assay schema mapping NAME shows it)."`
	Gate       string   `                   placeholder:"KEY"     help:"The gate that a mapping by name explains."`
	MaxRefused float64  `                                         help:"Share of records, 0 to 1, that may be damaged before a file is refused; nought is none."                                                                                                            default:"0"`
	DryRun     bool     `                                         help:"Say what the file holds and what importing it would find; store nothing. Needs no register."`
	Timing     bool     `                                         help:"Say afterwards what each phase took: time, processor, bytes a second and memory."`

	timing *timing // nil: nobody asked
}

func (c *importCmd) Run(ctx context.Context, e *env) error {
	if c.DryRun && e.Register == "" {
		return c.preview(ctx, e, nil)
	}
	if c.Timing && !c.DryRun {
		c.timing = newTiming()
		c.timing.begin(phaseOpen)
	}
	all, refused := []service.Imported{}, 0
	err := e.with(ctx, func(s *service.Service) (err error) {
		if c.DryRun {
			return c.preview(ctx, e, s)
		}
		all, refused, err = c.files(ctx, e, s)
		if c.timing != nil {
			c.timing.begin(phaseClose)
		}
		return err
	})
	if err != nil || c.DryRun {
		return err
	}
	answer := map[string]any{"imports": all}
	if c.timing != nil {
		c.timing.begin("")
		answer["timing"] = c.timing.json()
	}
	switch {
	case e.JSON:
		e.json(answer)
	case c.timing != nil:
		c.timing.print(e)
	}
	if refused > 0 {
		return fault.Unreadable("", "%d files of the folder were refused; the others were imported.", refused)
	}
	return nil
}

// files imports each file, and of each folder what is new.
func (c *importCmd) files(
	ctx context.Context,
	e *env,
	s *service.Service,
) (all []service.Imported, refused int, err error) {
	if c.Workflow == "" {
		return nil, 0, fault.Invalid("workflow", "Name the workflow with --workflow (assay list workflows shows them).")
	}
	all = []service.Imported{}
	for _, f := range c.Files {
		if info, err := os.Stat(f); err == nil && info.IsDir() {
			done, n, err := c.folder(ctx, e, s, f)
			if err != nil {
				return all, refused, err
			}
			all, refused = append(all, done...), refused+n
			continue
		}
		q, done := c.request(e, f)
		q.With = service.Imports(all)
		r, err := s.Import(ctx, q)
		done(&r)
		if err != nil {
			e.refusals(r.Result)
			return all, refused, stored(err, all)
		}
		all = append(all, r)
		if !e.JSON {
			e.imported(f, r)
		}
	}
	return all, refused, nil
}

// stored says, of a file that was refused, which of the files before it were stored.
func stored(err error, before []service.Imported) error {
	var f *fault.Error
	var names []string
	for _, r := range before {
		if !r.Already {
			names = append(names, fmt.Sprintf("%s as %s", r.Source.FileName, r.Source.Ref))
		}
	}
	if len(names) == 0 || !errors.As(err, &f) {
		return err
	}
	said := *f
	said.Message += fmt.Sprintf(" The files before it were imported: %s.", strings.Join(names, ", "))
	return &said
}

// folder imports what is new in a folder, and says what became of each file.
func (c *importCmd) folder(
	ctx context.Context,
	e *env,
	s *service.Service,
	dir string,
) (all []service.Imported, refused int, err error) {
	q, done := c.request(e, dir)
	files, err := s.ImportFolder(ctx, service.FolderRequest{
		Path: dir, Workflow: q.Workflow, Format: q.Format, MappingPath: q.MappingPath, MaxRefused: q.MaxRefused,
		Progress: func(file string, p runlog.Progress) {
			if q.Progress != nil {
				q.Progress(p)
			}
		},
		Phase: q.Phase,
	})
	for i := range files {
		if r := files[i].Imported; r != nil {
			done(r)
		}
	}
	if err != nil {
		return nil, 0, err
	}
	held := 0
	for _, f := range files {
		switch f.State {
		case service.FileImported:
			all = append(all, *f.Imported)
			if !e.JSON {
				e.imported(f.File, *f.Imported)
			}
		case service.FileHeld:
			held++
		case service.FileRefused:
			refused++
			fmt.Fprintf(e.err, "%s: refused: %s\n", f.File, visible(f.Why))
		default:
			fmt.Fprintf(e.err, "%s: left alone: %s\n", f.File, visible(f.Why))
		}
	}
	if !e.JSON {
		e.say("%s: %d files imported, %d held already, %d refused.", filepath.Base(dir), len(all), held, refused)
	}
	return all, refused, nil
}

// request asks for one file, or what is asked for each file of a folder; done is to be
// called with what came of it.
func (c *importCmd) request(e *env, file string) (q service.ImportRequest, done func(*service.Imported)) {
	q = service.ImportRequest{
		Path:        file,
		Workflow:    c.Workflow,
		Format:      c.Format,
		MappingPath: c.Mapping,
		MaxRefused:  c.MaxRefused,
		Gate:        c.Gate,
	}
	for _, f := range c.Files {
		if info, err := os.Stat(f); err == nil && info.Mode().IsRegular() && f != file {
			q.Beside = append(q.Beside, f)
		}
	}
	line := newProgressLine(e.err, file, time.Now())
	terminal := false
	if f, ok := e.err.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		terminal = true
		q.Progress = func(p runlog.Progress) { line.read(p, time.Now()) }
	}
	q.Phase = func(p service.ImportPhase) {
		if c.timing != nil {
			c.timing.begin(phaseNames[p])
		}
		if terminal {
			line.phase(p)
		}
	}
	return q, func(r *service.Imported) {
		line.clear()
		if c.timing != nil {
			c.timing.took(r)
			c.timing.begin(phaseOpen) // of the next file
		}
	}
}

func (c *importCmd) preview(ctx context.Context, e *env, s *service.Service) error {
	var all []service.Preview
	for _, f := range c.Files {
		var p service.Preview
		var err error
		q, done := c.request(e, f)
		if s != nil {
			p, err = s.PreviewImport(ctx, q)
		} else {
			p, err = service.PreviewFile(ctx, q)
		}
		done(&service.Imported{Already: true}) // nothing was stored
		if err != nil {
			e.refusals(p.Result)
			return err
		}
		all = append(all, p)
		if !e.JSON {
			e.preview(p)
		}
	}
	if e.JSON {
		e.json(map[string]any{"previews": all})
	}
	return nil
}

func (e *env) preview(p service.Preview) {
	r := p.Result
	e.say("%s", p.File)
	e.table("", func(row func(string, ...any)) {
		row("  format\t%s %s", r.Format, r.Wrapping)
		row("  SHA-256\t%s", r.SHA256)
		row("  runs\t%d", r.Kept)
		row("  events\t%d", r.Events)
		row("  decisions\t%d", r.Decisions)
		row("  accounts\t%s", names(r.Accounts, 8))
		if r.Precision == "day" {
			row("  period\t%s to %s, known to the day", r.From.Format(time.DateOnly), r.To.Format(time.DateOnly))
		} else {
			row("  period\t%s to %s", stamp(r.From), stamp(r.To))
		}
		row("  refused\t%d of %d", r.RefusedCount, r.Read)
		row("  records\t%s", totals(r.Totals))
		if st := r.Stated; st != nil && st.Runs >= 0 {
			row("  stated\t%d runs by the platform's own count", st.Runs)
		}
		if len(r.Offsets) > 1 {
			var zones []string
			for _, z := range r.Offsets {
				zones = append(zones, fmt.Sprintf("%s (%d)", z.Name, z.Events))
			}
			row("  times in several zones\t%s", strings.Join(zones, ", "))
		}
		for _, t := range r.Privacy {
			row("  privacy\t%s %s: %d values", t.What, t.Field, t.Values)
		}
		e.notes(row, r)
		for _, g := range p.Gates {
			row("  gate %s\tprepared %d, decided %d, released %d runs", g.Key, g.Prepared, g.Decided, g.Released)
		}
		for _, f := range p.Findings {
			row("  %s\t%d  %s", f.Code, f.Count, f.Title)
		}
		if len(p.Unknown) > 0 {
			row("  not on the roster\t%s", strings.Join(p.Unknown, ", "))
		}
		for _, group := range p.Spellings {
			var ways []string
			for _, x := range group {
				way := fmt.Sprintf("%q (%d)", x.Account, x.Events+x.Decisions)
				if x.Roster {
					way += " on the roster"
				}
				ways = append(ways, way)
			}
			row("  one person?\t%s", strings.Join(ways, ", "))
		}
		if p.Already != "" {
			row("  already imported\tas %s", p.Already)
		}
	})
	if len(p.Spellings) > 0 {
		e.say(
			"  Accounts that may be one person's are not merged: name each on the workflow's roster, or have the " +
				"platform write one.",
		)
	}
	e.refusals(r)
}

// totals says what became of every record of a file.
func totals(t runlog.Totals) string {
	parts := []string{fmt.Sprintf("%d used", t.Used)}
	for _, x := range []struct {
		n    int64
		what string
	}{{t.Repeated, "repeated"}, {t.Refused, "refused"}, {t.NoRun, "of no run"}} {
		if x.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", x.n, x.what))
		}
	}
	for _, c := range t.LeftAside {
		left := fmt.Sprintf("%d left aside as %s", c.Events, c.Name)
		if c.Runs > 0 {
			left += fmt.Sprintf(" (all of %d runs)", c.Runs)
		}
		parts = append(parts, left)
	}
	return fmt.Sprintf("%d in the file: %s", t.Records, strings.Join(parts, ", "))
}

// mostNotes is how many remarks on a file are printed.
const mostNotes = 8

// notes prints what is odd about a file, and what of the mapping it does not have.
func (e *env) notes(row func(string, ...any), r runlog.Result) {
	for i, n := range r.Notes {
		if i == mostNotes {
			row("  odd, but kept\tand %d more", r.NotesCount-mostNotes)
			break
		}
		row("  odd, but kept\t%s: %s", n.Where, visible(n.Reason))
	}
	for _, u := range r.Unmatched {
		row("  in the mapping, not in the file\t%s", visible(u))
	}
	if r.Kept > 0 && r.Decisions == 0 {
		row("  no decision\tNo record says who decided, so findings speak of this log, and not of the people.")
	}
}

func names(list []runlog.Count, n int) string {
	var out []string
	for i, x := range list {
		if i == n {
			out = append(out, fmt.Sprintf("and %d more", len(list)-n))
			break
		}
		out = append(out, fmt.Sprintf("%s (%d)", x.Name, x.Events+x.Decisions))
	}
	return strings.Join(out, ", ")
}

// refusals lists the first records that could not be read.
func (e *env) refusals(r runlog.Result) {
	for i, x := range r.Refused {
		if i == 10 {
			fmt.Fprintf(e.err, "  … and %d more\n", r.RefusedCount-10)
			break
		}
		fmt.Fprintf(e.err, "  refused %s: %s\n", x.Where, visible(x.Reason))
	}
}

func (e *env) imported(file string, r service.Imported) {
	if r.Already {
		e.say("%s: already imported as %s; nothing was done.", filepath.Base(file), r.Source.Ref)
		if p := r.Purge; p != nil {
			e.say("  Its personal data was purged on %s by %s: %s", stamp(p.At), p.By, p.Reason)
		}
		return
	}
	e.say(
		"%s: imported as %s, %d runs, %d events, %d decisions, %d records refused.",
		filepath.Base(file),
		r.Source.Ref,
		r.Source.New,
		r.Source.Events,
		r.Source.Decisions,
		r.Source.Refused,
	)
	if r.Source.Same > 0 || r.Source.Differ > 0 {
		e.say(
			"  %d runs were held already, %d of them with other content (LOG-02).",
			r.Source.Same+r.Source.Differ,
			r.Source.Differ,
		)
	}
	if r.Joined > 0 {
		e.say("  %d of the runs were held already and go on in this file.", r.Joined)
	}
	e.table("", func(row func(string, ...any)) {
		for _, t := range r.Result.Privacy {
			row("  privacy\t%s %s\t%d values", t.What, t.Field, t.Values)
		}
		row("  records\t%s", totals(r.Result.Totals))
		e.notes(row, r.Result)
		for _, f := range r.Findings {
			row("  %s\t%d\t%s", f.Code, f.Count, f.Title)
		}
		for _, n := range r.NotRun {
			if n.Applies {
				row("  %s\tnot tested\t%s %s", n.Code, n.Gate, n.Why)
			}
		}
	})
	e.refusals(r.Result)
}
