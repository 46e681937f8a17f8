package service

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/imported"
	"assay/internal/review"
	"assay/internal/store/runs"
)

// records writes the nouns as JSON, and tables as CSV.
func (p *packer) records(ctx context.Context) error {
	if err := p.nouns(); err != nil {
		return err
	}
	if err := p.judgements(); err != nil {
		return err
	}
	if err := p.riskTable(); err != nil {
		return err
	}
	if err := p.importTable(); err != nil {
		return err
	}
	if err := p.coverage(ctx, p.w); err != nil {
		return err
	}
	if err := p.depth(ctx); err != nil {
		return err
	}
	return p.findingTable(ctx)
}

// nouns writes what is recorded, and of the people only those whom it names.
func (p *packer) nouns() error {
	view := p.w
	var written [][]byte
	for _, f := range []struct {
		name  string
		value any
	}{
		{"organisation", view.org},
		{"workflows", p.list},
		{"policies", view.policies},
		{"risk-assessments", view.assessments},
		{"schedules", view.schedules},
		{"reviews", view.reviews},
		{"actions", view.actions},
		{"governance-records", view.records},
		{"evidence", view.evidence},
		{"written-documents", view.forms},
		{"statement-of-applicability", view.soa},
	} {
		b, err := p.addJSON(f.name, f.value)
		if err != nil {
			return err
		}
		written = append(written, b)
	}
	p.people = p.peopleNamed(written...)
	_, err := p.addJSON("people", p.people)
	return err
}

// addJSON writes a value into the folder of records and gives what it wrote.
func (p *packer) addJSON(name string, value any) ([]byte, error) {
	b, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return nil, err
	}
	return b, p.addBytes(path.Join(recordsFolder, name+".json"), append(b, '\n'))
}

// judgements writes what each workflow meets, for us and as OSCAL.
func (p *packer) judgements() error {
	for i := range p.list {
		wf := &p.list[i]
		if _, err := p.addJSON("readiness-"+wf.Ref, p.reps[wf.ID]); err != nil {
			return err
		}
		found, err := p.w.oscal(wf, p.reps[wf.ID])
		if err != nil {
			return err
		}
		if err := p.addBytes(path.Join(recordsFolder, "assessment-"+wf.Ref+".oscal.json"), found); err != nil {
			return err
		}
	}
	return nil
}

func (p *packer) riskTable() error {
	return p.table("risks.csv", []string{
		"assessment", "risk", "title", "inherent", "current", "residual", "owner", "treatment", "due",
	}, func(row func(...string)) error {
		for _, a := range p.w.assessments {
			for _, r := range a.Risks {
				row(
					a.Ref, r.Ref, r.Title, fmt.Sprint(r.Inherent.Value()), fmt.Sprint(r.Current.Value()),
					fmt.Sprint(r.Residual.Value()), p.w.personName(r.OwnerID), string(r.Treatment),
					string(r.TreatmentDue),
				)
			}
		}
		return nil
	})
}

func (p *packer) importTable() error {
	return p.table("imports.csv", []string{
		"import", "workflow", "file", "sha256", "bytes", "format", "runs", "refused", "imported", "purged",
		"mapping_sha256", "read_as",
	}, func(row func(...string)) error {
		for _, wf := range p.list {
			for _, x := range p.facts[wf.ID].Sources {
				row(
					x.Ref, wf.Ref, x.FileName, x.SHA256, fmt.Sprint(x.Bytes), x.Format, fmt.Sprint(x.Runs),
					fmt.Sprint(x.Refused), x.Imported.UTC().Format(time.RFC3339), x.Purged,
					x.MappingSHA256, strings.Join(x.ReadAs, "; "),
				)
			}
		}
		return nil
	})
}

// findingTable writes every finding, page by page: there may be hundreds of thousands.
func (p *packer) findingTable(ctx context.Context) error {
	return p.table("findings.csv", []string{
		"finding", "workflow", "code", "gate", "subject", "run", "import", "line", "item", "status", "why", "by",
		"class", "link", "officer", "approved", "settled", "detail",
	}, func(row func(...string)) error {
		for _, wf := range p.list {
			for after := ""; ; {
				filter := runs.FindingFilter{WorkflowID: wf.ID, After: after, Limit: 500}
				page, err := runs.Findings(ctx, p.t.SQL, filter, civil.Of(p.w.now))
				if err != nil {
					return err
				}
				for _, f := range page.Items {
					row(p.findingRow(wf.Ref, f)...)
				}
				if after = page.Next; after == "" {
					break
				}
			}
		}
		return nil
	})
}

// findingRow is one finding in the columns of findings.csv.
func (p *packer) findingRow(workflow string, f imported.Finding) []string {
	var run, line, item string
	if len(f.Runs) > 0 {
		first := f.Runs[0]
		run, line, item = first.RunID, fmt.Sprint(first.At.Line), fmt.Sprint(first.At.Item)
	}
	var why, by, approved string
	var basis review.Basis
	settled := "no"
	if d := f.Disposition; d != nil {
		why, by, basis = d.Why, d.By, d.Basis
		if !basis.Approval.IsZero() {
			approved = p.keys.Words(basis.Approval)
		}
		if p.w.settles(f) {
			settled = "yes"
		}
	}
	return []string{
		f.ID, workflow, string(f.Code), f.Gate, f.Subject, run, f.SourceRef, line, item, string(f.Status), why, by,
		string(basis.Class), basis.Link, basis.Officer, approved, settled, f.Detail,
	}
}

// table writes one CSV file. A cell that a spreadsheet would take for a formula
// gets an apostrophe before it: imported text is not to be run.
func (p *packer) table(name string, head []string, fill func(row func(...string)) error) error {
	r, wr := io.Pipe()
	go func() {
		c := csv.NewWriter(wr)
		_ = c.Write(head)
		err := fill(func(cells ...string) {
			for i, x := range cells {
				cells[i] = harmless(x)
			}
			_ = c.Write(cells)
		})
		c.Flush()
		wr.CloseWithError(errors.Join(err, c.Error()))
	}()
	_, err := p.add(path.Join(recordsFolder, name), r)
	r.Close()
	return err
}
