package service

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"

	"assay/internal/certificate"
	"assay/internal/civil"
	"assay/internal/diff"
	"assay/internal/ledger"
	"assay/internal/store"

	"golang.org/x/mod/sumdb/tlog"
)

// CheckReport is what a check of the whole register found.
type CheckReport struct {
	Sound     bool     `json:"sound"`
	Steps     []string `json:"steps"`    // what was checked, a sentence each
	Problems  []string `json:"problems"` // what is wrong, a sentence each that names what was touched
	Warnings  []string `json:"warnings"`
	Entries   int64    `json:"entries"` // of the activity log
	Root      string   `json:"root"`    // of its tree, hex
	Documents int      `json:"documents"`
}

func (c *CheckReport) problem(format string, args ...any) {
	c.Problems = append(c.Problems, fmt.Sprintf(format, args...))
}

func (c *CheckReport) step(format string, args ...any) {
	c.Steps = append(c.Steps, fmt.Sprintf(format, args...))
}

// Check recomputes everything that the register claims of itself: the file's
// structure and references, every entry of the log and the tree over them, every
// row against the entry that last recorded it, every document's digest, the
// heads printed on certificates, and what is computed from imported runs. A row
// that was edited behind Assay's back is named. progress may be nil.
func (s *Service) Check(ctx context.Context, progress func(string)) (c CheckReport, err error) {
	c = CheckReport{Steps: []string{}, Problems: []string{}, Warnings: []string{}}
	if progress == nil {
		progress = func(string) {}
	}
	if s.vault != nil {
		progress("Every page of the encrypted file")
		damaged, err := s.vault.Check(ctx, nil)
		if err != nil {
			return c, asFault(err)
		}
		for _, d := range damaged {
			c.problem(
				"Page %d of %s is not what Assay wrote: it was altered, or the disk is failing.",
				d.Page,
				filepath.Base(d.File),
			)
		}
		c.step("Every page of the encrypted file was checked against its own proof.")
		if len(c.Problems) > 0 {
			return c, nil // what rests on damaged pages cannot be read
		}
	}
	err = s.read(ctx, func(r *store.Reader) error {
		progress("The file's structure and references")
		bad, err := r.Integrity(ctx)
		if err != nil {
			return err
		}
		for _, b := range bad {
			c.problem("The file is damaged: %s.", b)
		}
		c.step("The file's structure and references were checked.")
		progress("The activity log and every row")
		if err := s.checkLog(ctx, r, &c); err != nil {
			return err
		}
		progress("Documents")
		blobs, err := r.Blobs(ctx)
		if err != nil {
			return err
		}
		for _, b := range blobs {
			src, _, err := r.Blob(ctx, b.Sha256)
			if err == nil {
				_, err = io.Copy(io.Discard, src)
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if err != nil {
				c.problem("The document with digest %s is not as it was kept.", b.Sha256)
			}
		}
		c.Documents = len(blobs)
		c.step("%d documents were read and their digests recomputed.", len(blobs))
		breaks, err := breaksOf(ctx, r)
		if err != nil {
			return err
		}
		for _, b := range breaks {
			c.Warnings = append(c.Warnings, b.Words)
		}
		progress("Approvals")
		if err := checkApprovals(ctx, r, &c); err != nil {
			return err
		}
		progress("Days")
		if err := s.checkDays(ctx, r, &c); err != nil {
			return err
		}
		progress("Imported runs")
		return s.checkRuns(ctx, r, &c)
	})
	if back := s.rolledBack(); back != nil {
		c.problem("%s", back.sentence())
	}
	c.Sound = err == nil && len(c.Problems) == 0
	return c, err
}

// checkDays warns of days that cannot be, which an earlier program did not refuse.
func (s *Service) checkDays(ctx context.Context, r *store.Reader, c *CheckReport) error {
	n, err := s.currentSnapshot(ctx, r)
	if err != nil {
		return err
	}
	look := func(ref string, record any) {
		for _, w := range civil.Check(record, store.Latest(s.clock())) {
			c.Warnings = append(c.Warnings, fmt.Sprintf("%s, %s: %s", ref, w.Field, w.Message))
		}
	}
	look("The organisation", n.org)
	for _, x := range n.workflows {
		look(x.Ref, x)
	}
	for _, x := range n.policies {
		look(x.Ref, x)
	}
	for _, x := range n.assessments {
		look(x.Ref, x)
	}
	for _, x := range n.schedules {
		look(x.Ref, x)
	}
	for _, x := range n.reviews {
		look(x.Ref, x)
	}
	for _, x := range n.actions {
		look(x.Ref, x)
	}
	for _, x := range n.records {
		look(x.Ref, x)
	}
	for _, x := range n.evidence {
		look(x.Ref, x)
	}
	for _, x := range n.soa {
		look(x.ControlID, x)
	}
	c.step("Every day in the records was held to the calendar.")
	return nil
}

func (s *Service) checkLog(ctx context.Context, r *store.Reader, c *CheckReport) error {
	a := ledger.NewAudit()
	for from := int64(1); ; {
		rows, err := r.LogLeaves(ctx, from, 1000)
		if err != nil {
			return err
		}
		for _, row := range rows {
			a.Entry(row.Seq, []byte(row.Leaf))
			from = row.Seq + 1
		}
		if len(rows) < 1000 {
			break
		}
	}
	log, err := r.Log(ctx)
	if err != nil {
		return err
	}
	if err := a.Tree(log); err != nil {
		return err
	}
	heads, err := r.LogHeads(ctx)
	if err != nil {
		return err
	}
	trust, err := trustOf(ctx, r, s.clock())
	if err != nil {
		return err
	}
	own, err := logKeyOf(ctx, r)
	if err != nil {
		return err
	}
	trusted := own.trusted(trust)
	for _, h := range heads {
		head, _, err := ledger.OpenHead([]byte(h.Note), trusted...)
		if err != nil {
			c.problem("The signed head of the log at entry %d does not hold: %v", h.Size, err)
			continue
		}
		a.Head(head, fmt.Sprintf("the head at entry %d", h.Size))
	}
	if err := s.checkTokens(ctx, r, a, c); err != nil {
		return err
	}
	list, err := r.Certificates(ctx)
	if err != nil {
		return err
	}
	for _, x := range list {
		row, err := r.Certificate(ctx, x.Number)
		if err != nil {
			return err
		}
		st, err := certificate.Parse([]byte(row.Statement))
		if err != nil || certificate.DigestOf([]byte(row.Statement)) != row.Digest {
			c.problem("The record of certificate %s was altered.", x.Number)
			continue
		}
		var root tlog.Hash
		if b, err := hex.DecodeString(st.Log.Root); err == nil && len(b) == len(root) {
			copy(root[:], b)
		}
		a.Head(ledger.Head{Size: st.Log.Size, Root: root}, "certificate "+x.Number)
	}
	err = r.EachRow(ctx, func(table, key, digest string) error {
		a.Row(table, key, digest)
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	for _, p := range a.Problems() {
		c.problem("%s", s.nameProblem(ctx, r, p))
	}
	for _, seq := range a.ClockBack() {
		c.Warnings = append(
			c.Warnings,
			fmt.Sprintf("Entry %d is dated before the entry that it follows: this computer's clock was set back.", seq),
		)
	}
	root := a.Root()
	c.Entries, c.Root = a.Size(), hex.EncodeToString(root[:])
	c.step("%d entries of the activity log were recomputed, with every row that they recorded.", a.Size())
	return nil
}

// nameProblem adds to a problem with a row what people call the record.
func (s *Service) nameProblem(ctx context.Context, r *store.Reader, p ledger.Problem) string {
	if p.Table == "" {
		return p.Text
	}
	rows, err := r.RowHistory(ctx, p.Table, p.Key)
	if err != nil || len(rows) == 0 || !rows[0].Row.Valid {
		return p.Text
	}
	fields, err := diff.Flatten(rows[0].Row.String)
	if err != nil {
		return p.Text
	}
	name := fields["ref"]
	for _, k := range []string{"name", "title", "number"} {
		if fields[k] != "" {
			name += " " + fields[k]
			break
		}
	}
	if name == "" {
		return p.Text
	}
	return p.Text + " (" + oneLine(name) + ")"
}
