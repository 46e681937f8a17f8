package runs

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/imported"
	"assay/internal/oversight"
	"assay/internal/review"
)

// A finding's identifier: workflow, code, gate, run and subject by their
// numbers in this register, as in "3.OVR-05.17.204.0".
type findingKey struct {
	wfRowID          int64
	code             string
	gate, run, about int64
}

func (k findingKey) String() string {
	return fmt.Sprintf("%d.%s.%d.%d.%d", k.wfRowID, k.code, k.gate, k.run, k.about)
}

// compare is the order of the table.
func (k findingKey) compare(o findingKey) int {
	return cmp.Or(
		cmp.Compare(k.wfRowID, o.wfRowID),
		strings.Compare(k.code, o.code),
		cmp.Compare(k.gate, o.gate),
		cmp.Compare(k.run, o.run),
		cmp.Compare(k.about, o.about),
	)
}

func parseFindingID(s string) (k findingKey, err error) {
	parts := strings.Split(s, ".")
	if len(parts) == 5 {
		k.code = parts[1]
		_, err = fmt.Sscanf(
			strings.Join(slices.Delete(parts, 1, 2), " "),
			"%d %d %d %d",
			&k.wfRowID,
			&k.gate,
			&k.run,
			&k.about,
		)
	}
	if err != nil || k.String() != s {
		return k, fault.NotFound("finding", s)
	}
	return k, nil
}

// FindingFilter chooses findings. Empty fields choose all.
type FindingFilter struct {
	WorkflowID string          `json:"workflow_id"` // must be given
	Code       oversight.Code  `json:"code"`
	Gate       string          `json:"gate"`
	Status     imported.Status `json:"status"`
	Period     imported.Period `json:"period"` // of the runs; findings about many runs belong to every period
	SourceID   string          `json:"source_id"`
	// Disposition chooses those of which it was the last that was said.
	Disposition string `json:"disposition"`
	After       string `json:"after"` // the Next of the page before
	Limit       int    `json:"limit"` // 0 is 50, at most 500
}

const findingColumns = `f.workflow_n, f.code, f.gate, f.run_n, f.subject, g.text, x.text, t.text, f.severity, f.day, f.line, f.item, f.byte_offset, f.detail, f.runs,
	coalesce(s.id, ''), coalesce(s.ref, ''), coalesce(r.run_id, ''),
	d.id, d.workflow_id, d.status, d.why, d.by, d.at, d.expires, d.action_id, d.basis, d.findings, d.digest`

const findingTables = `run_finding f JOIN run_text g ON g.n = f.gate JOIN run_text x ON x.n = f.subject JOIN run_text t ON t.n = f.thresholds
	LEFT JOIN run_source rs ON rs.n = f.source_n LEFT JOIN source s ON s.id = rs.id LEFT JOIN run_record r ON r.n = f.run_n
	LEFT JOIN disposition d ON d.n = f.disposition`

func scanFinding(row scanner, today civil.Date) (f imported.Finding, k findingKey, err error) {
	var day sql.NullInt64
	var examples sql.NullString
	var ref oversight.RunRef
	var d struct {
		id, workflow, status, why, by, at, expires, action, basis, digest sql.NullString
		findings                                                          sql.NullInt64
	}
	err = row.Scan(
		&k.wfRowID,
		&k.code,
		&k.gate,
		&k.run,
		&k.about,
		&f.Gate,
		&f.Subject,
		&f.Thresholds,
		&f.Severity,
		&day,
		&ref.At.Line,
		&ref.At.Item,
		&ref.At.Offset,
		&f.Detail,
		&examples,
		&ref.Source,
		&f.SourceRef,
		&ref.RunID,
		&d.id,
		&d.workflow,
		&d.status,
		&d.why,
		&d.by,
		&d.at,
		&d.expires,
		&d.action,
		&d.basis,
		&d.findings,
		&d.digest,
	)
	if err != nil {
		return f, k, err
	}
	f.ID, f.Code = k.String(), oversight.Code(k.code)
	f.Question = oversight.TestOf(f.Code).Question
	if day.Valid {
		f.Day = civil.Of(time.Unix(day.Int64*86400, 0))
	}
	f.Runs = []oversight.RunRef{ref}
	if k.run == 0 {
		f.Runs = []oversight.RunRef{}
		if examples.Valid {
			err = json.Unmarshal([]byte(examples.String), &f.Runs)
		}
	}
	f.Status = imported.StatusOpen
	if d.id.Valid {
		f.Disposition = &imported.Disposition{
			ID:         d.id.String,
			WorkflowID: d.workflow.String,
			Status:     imported.Status(d.status.String),
			Why:        d.why.String,
			By:         d.by.String,
			At:         parseTime(d.at.String),
			Expires:    civil.Date(d.expires.String),
			ActionID:   d.action.String,
			Findings:   d.findings.Int64,
			Digest:     d.digest.String,
		}
		if f.Disposition.Basis, err = parseBasis(d.basis); err != nil {
			return f, k, err
		}
		if e := f.Disposition.Expires; e == "" || !e.Before(today) {
			f.Status = f.Disposition.Status
		}
	}
	return f, k, err
}

func parseBasis(text sql.NullString) (b review.Basis, err error) {
	if text.Valid {
		err = json.Unmarshal([]byte(text.String), &b)
	}
	return b, err
}

// statusCondition tells the findings of a status on a day: an acceptance that
// has expired is open again.
func statusCondition(w *where, s imported.Status, today civil.Date) {
	const stands = `(d.expires IS NULL OR d.expires >= ?)`
	switch s {
	case "":
	case imported.StatusOpen:
		w.and(`(d.n IS NULL OR d.status = 'open' OR NOT `+stands+`)`, string(today))
	default:
		w.and(`d.status = ? AND `+stands, string(s), string(today))
	}
}

func (f FindingFilter) where(ctx context.Context, db DB, wfRowID int64, today civil.Date) (w where, err error) {
	w.and("f.workflow_n = ?", wfRowID)
	if f.Code != "" {
		w.and("f.code = ?", string(f.Code))
	}
	if f.Gate != "" {
		n, err := textRowID(ctx, db, f.Gate)
		if err != nil {
			return w, err
		}
		w.and("f.gate = ?", n)
	}
	if f.Period.From != "" {
		w.and("(f.day >= ? OR f.run_n = 0)", f.Period.From.Time().Unix()/86400)
	}
	if f.Period.To != "" {
		w.and("(f.day <= ? OR f.run_n = 0)", f.Period.To.Time().Unix()/86400)
	}
	if f.SourceID != "" {
		w.and("f.source_n = (SELECT n FROM run_source WHERE id = ?)", f.SourceID)
	}
	if f.Disposition != "" {
		w.and("f.disposition = (SELECT n FROM disposition WHERE id = ?)", f.Disposition)
	}
	statusCondition(&w, f.Status, today)
	return w, nil
}

// Findings gives the findings that f chooses, by code, gate and run. Today
// tells which acceptances have expired.
func Findings(ctx context.Context, db DB, f FindingFilter, today civil.Date) (imported.Page[imported.Finding], error) {
	page := imported.Page[imported.Finding]{Items: []imported.Finding{}}
	wfRowID, err := workflowRowID(ctx, db, f.WorkflowID)
	if err != nil || wfRowID == 0 {
		return page, err
	}
	w, err := f.where(ctx, db, wfRowID, today)
	if err != nil {
		return page, err
	}
	if f.After != "" {
		k, err := parseFindingID(f.After)
		if err != nil {
			return page, fault.Invalid("after", "This page does not exist any more. Go back to the first page.")
		}
		w.and("(f.code, f.gate, f.run_n, f.subject) > (?, ?, ?, ?)", k.code, k.gate, k.run, k.about)
	}
	limit := pageSize(f.Limit)
	err = query(ctx, db, func(row scanner) error {
		if len(page.Items) == limit {
			page.Next = page.Items[limit-1].ID
			return nil
		}
		x, _, err := scanFinding(row, today)
		page.Items = append(page.Items, x)
		return err
	}, `SELECT `+findingColumns+` FROM `+findingTables+` WHERE `+w.String()+` ORDER BY f.code, f.gate, f.run_n, f.subject LIMIT ?`, append(w.args, limit+1)...)
	return page, err
}

func findingsOfRun(ctx context.Context, db DB, n int64, today civil.Date) ([]imported.Finding, error) {
	out := []imported.Finding{}
	err := query(ctx, db, func(row scanner) error {
		f, _, err := scanFinding(row, today)
		out = append(out, f)
		return err
	}, `SELECT `+findingColumns+` FROM `+findingTables+` WHERE f.run_n = ? AND f.run_n > 0 ORDER BY f.code, f.gate, f.subject`, n)
	return out, err
}

// FindingCount is how many findings a test has at a gate, by status.
type FindingCount struct {
	Code   oversight.Code            `json:"code"`
	Gate   string                    `json:"gate"`
	All    int64                     `json:"all"`
	Status map[imported.Status]int64 `json:"status"`
	// Said counts the findings by what was last said of them. Those of which
	// nothing was said are in none.
	Said []SaidCount `json:"said"`
}

// SaidCount is how many findings of one test and gate bear a disposition.
type SaidCount struct {
	Disposition imported.Disposition `json:"disposition"`
	Findings    int64                `json:"findings"`
}

// CountFindings counts a workflow's findings by test and gate.
func CountFindings(ctx context.Context, db DB, workflowID string, today civil.Date) ([]FindingCount, error) {
	out := []FindingCount{}
	wfRowID, err := workflowRowID(ctx, db, workflowID)
	if err != nil || wfRowID == 0 {
		return out, err
	}
	at := map[[2]string]int{}
	cell := func(code, gate string) *FindingCount {
		k := [2]string{code, gate}
		if _, ok := at[k]; !ok {
			at[k] = len(out)
			out = append(out, FindingCount{Code: oversight.Code(code), Gate: gate, Status: map[imported.Status]int64{}})
		}
		return &out[at[k]]
	}
	// Findings about runs are counted by day while importing; those about many
	// are few.
	err = query(ctx, db, func(row scanner) error {
		var code, gate string
		var n int64
		err := row.Scan(&code, &gate, &n)
		cell(code, gate).All += n
		return err
	}, `SELECT c.code, g.text, sum(c.n) FROM (
			SELECT code, gate, sum(findings) AS n FROM run_finding_day WHERE workflow_n = ?1 GROUP BY code, gate
			UNION ALL SELECT code, gate, count(*) FROM run_finding WHERE workflow_n = ?1 AND code IN (`+manyCodes+`) AND run_n = 0 GROUP BY code, gate) c
		JOIN run_text g ON g.n = c.gate GROUP BY c.code, g.text`, wfRowID)
	if err != nil {
		return nil, err
	}
	said, err := Dispositions(ctx, db, workflowID)
	if err != nil || len(said) == 0 {
		return tally(out), err
	}
	byID := map[string]imported.Disposition{}
	for _, d := range said {
		byID[d.ID] = d
	}
	err = query(ctx, db, func(row scanner) error {
		var code, gate, id string
		var n int64
		if err := row.Scan(&code, &gate, &id, &n); err != nil {
			return err
		}
		d, c := byID[id], cell(code, gate)
		c.Said = append(c.Said, SaidCount{d, n})
		if d.Expires == "" || !d.Expires.Before(today) {
			c.Status[d.Status] += n
		}
		return nil
	}, `SELECT f.code, g.text, d.id, count(*) FROM run_finding f JOIN disposition d ON d.n = f.disposition JOIN run_text g ON g.n = f.gate
		WHERE f.disposition IS NOT NULL AND f.workflow_n = ?1 AND d.workflow_id = ?2 GROUP BY f.code, f.gate, d.n`, wfRowID, workflowID)
	return tally(out), err
}

// tally works out how many findings are open, and sorts the counts.
func tally(out []FindingCount) []FindingCount {
	for i := range out {
		c := &out[i]
		c.Status[imported.StatusOpen] = c.All - c.Status[imported.StatusExplained] -
			c.Status[imported.StatusAccepted] - c.Status[imported.StatusActioned]
	}
	slices.SortFunc(
		out,
		func(a, b FindingCount) int { return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Gate, b.Gate)) },
	)
	return out
}

// CountRunsWith counts the runs of a workflow that at least one of some tests
// finds something about, by gate.
func CountRunsWith(
	ctx context.Context,
	db DB,
	workflowID string,
	codes []oversight.Code,
) (map[string]int64, error) {
	out := map[string]int64{}
	wfRowID, err := workflowRowID(ctx, db, workflowID)
	if err != nil || wfRowID == 0 {
		return out, err
	}
	args := []any{wfRowID}
	for _, c := range codes {
		args = append(args, string(c))
	}
	err = query(ctx, db, func(row scanner) error {
		var gate string
		var n int64
		err := row.Scan(&gate, &n)
		out[gate] = n
		return err
	}, `SELECT g.text, count(DISTINCT f.run_n) FROM run_finding f JOIN run_text g ON g.n = f.gate
		WHERE f.workflow_n = ? AND f.code IN (`+strings.TrimSuffix(strings.Repeat("?,", len(codes)), ",")+`) AND f.run_n > 0
		GROUP BY f.gate`, args...)
	return out, err
}

// manyCodes are the tests over many runs, for SQL.
var manyCodes = func() string {
	var cs []string
	for _, t := range oversight.Tests {
		if !t.PerRun {
			cs = append(cs, "'"+string(t.Code)+"'")
		}
	}
	return strings.Join(cs, ",")
}()

// Dispose records what a person decided about findings: those of ids, or, where
// ids is nil, all that f chooses. d needs ID, Status, Why, By, At and, by its
// status, Expires or ActionID. It returns d with the number and digest of the
// findings. basis, where there is one, is called with both and with the tests and
// gates of the findings before anything is written: it refuses, or completes d.Basis.
func Dispose(
	ctx context.Context,
	tx *sql.Tx,
	f FindingFilter,
	ids []string,
	d imported.Disposition,
	basis func(d *imported.Disposition, about []About) error,
) (imported.Disposition, error) {
	wfRowID, err := workflowRowID(ctx, tx, f.WorkflowID)
	if err != nil {
		return d, err
	}
	if err := d.Check(); err != nil {
		return d, err
	}
	d.WorkflowID = f.WorkflowID
	keys, err := chosenFindings(ctx, tx, f, wfRowID, ids, civil.Of(d.At))
	if err != nil {
		return d, err
	}
	// What a person decided about is kept as a digest of the findings as well: a bulk may be
	// of thousands, and its entry in the log has to name neither more nor fewer.
	h := sha256.New()
	for _, k := range keys {
		fmt.Fprintln(h, k)
	}
	d.Findings, d.Digest = int64(len(keys)), hex.EncodeToString(h.Sum(nil))
	if basis != nil {
		about, err := aboutOf(ctx, tx, keys)
		if err != nil {
			return d, err
		}
		if err := basis(&d, about); err != nil {
			return d, err
		}
	}
	n, err := addDisposition(ctx, tx, d)
	if err != nil {
		return d, err
	}
	return d, putDisposition(ctx, tx, n, keys)
}

// chosenFindings are those of ids or, where ids is nil, all that f chooses on a day, in the
// order of the table, so that a bulk passes over it once. None is a fault.
func chosenFindings(
	ctx context.Context,
	db DB,
	f FindingFilter,
	wfRowID int64,
	ids []string,
	today civil.Date,
) (keys []findingKey, err error) {
	for _, id := range ids {
		k, err := parseFindingID(id)
		if err != nil || k.wfRowID != wfRowID {
			return nil, fault.NotFound("finding", id)
		}
		keys = append(keys, k)
	}
	if ids == nil {
		w, err := f.where(ctx, db, wfRowID, today)
		if err != nil {
			return nil, err
		}
		err = query(ctx, db, func(row scanner) error {
			var k findingKey
			err := row.Scan(&k.wfRowID, &k.code, &k.gate, &k.run, &k.about)
			keys = append(keys, k)
			return err
		}, `SELECT f.workflow_n, f.code, f.gate, f.run_n, f.subject
			FROM run_finding f LEFT JOIN disposition d ON d.n = f.disposition WHERE `+w.String(), w.args...)
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(keys, findingKey.compare)
	keys = slices.Compact(keys) // the same identifier may be given twice
	if len(keys) == 0 {
		return nil, fault.Conflict("No finding matches. Choose at least one.")
	}
	return keys, nil
}

// addDisposition stores what was decided, and gives the number of its row.
func addDisposition(ctx context.Context, tx *sql.Tx, d imported.Disposition) (n int64, err error) {
	if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(n), 0) + 1 FROM disposition`).Scan(&n); err != nil {
		return 0, fault.Doing("decide about findings", err)
	}
	var expires, action, rests any // NULL where there is none, as the table's checks want it
	if d.Expires != "" {
		expires = string(d.Expires)
	}
	if d.ActionID != "" {
		action = d.ActionID
	}
	if !d.Basis.IsZero() {
		text, err := json.Marshal(d.Basis)
		if err != nil {
			return 0, fmt.Errorf("write what an explanation rests on: %w", err)
		}
		rests = string(text)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO disposition (id, n, workflow_id, status, why, by, at, expires, action_id, basis, findings, digest)
		VALUES (?,?,?,?,?,?,?,?,?,?,?,?)`,
		d.ID, n, d.WorkflowID, string(d.Status), d.Why, d.By, stamp(d.At), expires, action, rests, d.Findings, d.Digest)
	return n, fault.Doing("decide about findings", err)
}

// putDisposition lets the findings bear the disposition with that number. One that is not
// there any more ends it: the digest would be over what nobody decided about.
func putDisposition(ctx context.Context, tx *sql.Tx, n int64, keys []findingKey) error {
	update, err := tx.PrepareContext(
		ctx,
		`UPDATE run_finding SET disposition = ? WHERE workflow_n = ? AND code = ? AND gate = ? AND run_n = ? AND subject = ?`,
	)
	if err != nil {
		return fault.Doing("decide about findings", err)
	}
	defer update.Close()
	for _, k := range keys {
		r, err := update.ExecContext(ctx, n, k.wfRowID, k.code, k.gate, k.run, k.about)
		if err != nil {
			return fault.Doing("decide about findings", err)
		}
		if changed, _ := r.RowsAffected(); changed != 1 {
			return fault.NotFound("finding", k.String())
		}
	}
	return nil
}

// About is what findings are of: a test, and the gate that it was made at, empty
// where it is made at none.
type About struct {
	Code oversight.Code
	Gate string
}

// aboutOf are the tests and gates of findings in the order of their table, each once.
func aboutOf(ctx context.Context, db DB, keys []findingKey) ([]About, error) {
	var out []About
	for i, k := range keys {
		if i > 0 && keys[i-1].code == k.code && keys[i-1].gate == k.gate {
			continue
		}
		a := About{Code: oversight.Code(k.code)}
		if err := db.QueryRowContext(ctx, `SELECT text FROM run_text WHERE n = ?`, k.gate).Scan(&a.Gate); err != nil {
			return nil, fault.Doing("read the gate of a finding", err)
		}
		out = append(out, a)
	}
	return out, nil
}

// Dispositions lists what was decided about a workflow's findings, newest first.
func Dispositions(ctx context.Context, db DB, workflowID string) ([]imported.Disposition, error) {
	out := []imported.Disposition{}
	err := query(ctx, db, func(row scanner) error {
		var d imported.Disposition
		var at string
		var expires, action, basis sql.NullString
		err := row.Scan(
			&d.ID, &d.WorkflowID, &d.Status, &d.Why, &d.By, &at, &expires, &action, &basis, &d.Findings, &d.Digest,
		)
		if err != nil {
			return err
		}
		d.At, d.Expires, d.ActionID = parseTime(at), civil.Date(expires.String), action.String
		d.Basis, err = parseBasis(basis)
		out = append(out, d)
		return err
	}, `SELECT id, workflow_id, status, why, by, at, expires, action_id, basis, findings, digest FROM disposition WHERE workflow_id = ? ORDER BY n DESC`, workflowID)
	return out, err
}
