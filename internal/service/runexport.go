package service

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"assay/internal/assurance"
	"assay/internal/certificate"
	"assay/internal/fault"
	"assay/internal/interop/sheet"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/prose"
	"assay/internal/run"
	"assay/internal/runlog"
	"assay/internal/store"
	"assay/internal/store/runs"
)

// RunExport is what ExportRuns wrote.
type RunExport struct {
	Path   string `json:"path"`
	Format string `json:"format"`
	Runs   int64  `json:"runs"`
	SHA256 string `json:"sha256"`
	Purged int64  `json:"purged"` // runs that are not in it, because their content was purged
}

// ExportRuns writes all runs of a workflow, with their decisions, into a new
// file that other programs read and that imports again as the same runs. The
// formats are runlog.Written. Runs pass through one at a time.
func (s *Service) ExportRuns(ctx context.Context, workflow, format, path string) (out RunExport, err error) {
	if f := runlog.ByName(runlog.Name(format)); f == nil || f.Write == nil {
		return out, fault.Invalid("format", "Choose the format "+runlog.Names(runlog.Written())+".")
	}
	if path, err = filepath.Abs(path); err != nil {
		return out, fault.Doing("find the file for runs", err)
	}
	out = RunExport{Path: path, Format: format}
	written := false
	err = s.change(
		ctx,
		doing{action: "runs.export", subject: workflow, summary: "Exported runs", may: organisation.ActionExport},
		func(t *store.Tx) error {
			wf, err := store.Workflows.Get(ctx, &t.Reader, workflow)
			if err != nil {
				return err
			}
			err = copyTo(path, func(w io.Writer) error {
				sum := sha256.New()
				e, err := runlog.NewExporter(io.MultiWriter(w, sum), runlog.Name(format), filepath.Dir(path))
				if err != nil {
					return err
				}
				defer e.Abandon()
				for range e.Passes() {
					out.Runs = 0
					err := runs.Each(ctx, t.SQL, wf.ID, func(_ string, rec *run.Record, _ runs.Digest) error {
						out.Runs++
						return e.Write(rec)
					})
					if err = errors.Join(err, e.Next()); err != nil {
						return err
					}
				}
				if out.Purged, err = runs.PurgedRuns(ctx, t.SQL, wf.ID); err != nil {
					return err
				}
				err = e.Close()
				out.SHA256 = hex.EncodeToString(sum.Sum(nil))
				return err
			})
			if err != nil {
				return err
			}
			written = true
			t.Entry().Subject = wf.Ref
			t.Entry().Summary = oneLine(
				fmt.Sprintf(
					"Exported %s of %s as %s",
					prose.Count(out.Runs, "run"),
					refAndName(wf.Ref, wf.Name),
					format,
				),
			)
			t.Entry().Digests = []ledger.Digest{{Name: "export", SHA256: out.SHA256}}
			return nil
		},
	)
	if err != nil {
		if written {
			os.Remove(path)
		}
		return RunExport{}, err
	}
	return out, nil
}

// TransparencyDraft drafts the Algorithmic Transparency Recording Standard
// record of a workflow from the register, as a spreadsheet, Markdown or CSV: for a person to
// read, correct and complete before it is published.
func (s *Service) TransparencyDraft(ctx context.Context, workflow, format string) (out []byte, err error) {
	if format != "md" && format != "csv" && format != "xlsx" {
		return nil, fault.Invalid("format", "Choose a file name that ends in .xlsx, .md or .csv.")
	}
	err = s.change(
		ctx,
		doing{
			action:  "atrs.draft",
			subject: workflow,
			summary: "Drafted a transparency record",
			may:     organisation.ActionExport,
		},
		func(t *store.Tx) error {
			view, err := s.freshView(ctx, &t.Reader)
			if err != nil {
				return err
			}
			wf, err := store.Workflows.Get(ctx, &t.Reader, workflow)
			if err != nil {
				return err
			}
			f, err := view.facts(ctx, wf)
			if err != nil {
				return err
			}
			shown := certificate.Describe(f, view.reports[wf.ID]).ShownToAll()
			version, answers := assurance.TransparencyRecord(f, shown)
			var b bytes.Buffer
			switch format {
			case "xlsx":
				book := transparencyBook(view.org, wf.Name, version, answers, s.today())
				book.Made = view.now
				if err := sheet.Write(&b, book); err != nil {
					return err
				}
			case "csv":
				c := csv.NewWriter(&b)
				_ = c.Write([]string{"number", "field", "answer", "from"})
				for _, a := range answers {
					_ = c.Write([]string{a.Field.Number, harmless(a.Field.Name), harmless(a.Text), a.From})
				}
				c.Flush()
				if err := c.Error(); err != nil {
					return err
				}
			default:
				fmt.Fprintf(&b, "# Transparency record of %s: draft\n\nDrafted on %s from the register of %s for "+
					"version %s of the Algorithmic Transparency Recording Standard template. Read, correct and "+
					"complete it before it is published.\n",
					plain(wf.Name), s.today().Long(), plain(view.org.Name), version)
				for _, a := range answers {
					fmt.Fprintf(&b, "\n## %s\n\n", plain(strings.TrimSpace(a.Field.Number+" "+a.Field.Name)))
					switch {
					case a.Blank != "":
						fmt.Fprintf(&b, "*%s*\n", a.Blank)
						continue
					case a.Text == "":
						b.WriteString("*Not recorded in the register: to be written.*\n")
						continue
					}
					fmt.Fprintf(&b, "%s\n\n*From: %s.*\n", plain(a.Text), a.From)
				}
			}
			out = b.Bytes()
			filled := 0
			for _, a := range answers {
				if a.Text != "" {
					filled++
				}
			}
			t.Entry().Subject = wf.Ref
			t.Entry().Summary = oneLine(
				fmt.Sprintf(
					"Drafted the transparency record of %s: %d of %d fields are known",
					refAndName(wf.Ref, wf.Name),
					filled,
					len(answers),
				),
			)
			return nil
		},
	)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// plain is text as Markdown shows it: nothing in it is markup.
func plain(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("\\`*_[]<>#|", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
