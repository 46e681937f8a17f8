package runs

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/fault"
	"assay/internal/imported"
	"assay/internal/oversight"
	"assay/internal/run"
	"assay/internal/sqlitex"
	"assay/internal/workflow"
)

// Purges are the purged imports, by the identifiers of their sources.
func Purges(ctx context.Context, db DB) (map[string]imported.Purge, error) {
	out := map[string]imported.Purge{}
	err := query(ctx, db, func(row scanner) error {
		var p imported.Purge
		var source, at string
		err := row.Scan(&source, &at, &p.By, &p.Reason, &p.Runs, &p.Decisions)
		p.At = parseTime(at)
		out[source] = p
		return err
	}, `SELECT source_id, at, by, reason, runs, decisions FROM purge`)
	return out, err
}

// PurgedRuns is how many runs of a workflow have no content any more.
func PurgedRuns(ctx context.Context, db DB, workflowID string) (n int64, err error) {
	err = db.QueryRowContext(ctx, `SELECT coalesce(sum(p.runs), 0) FROM purge p JOIN source s ON s.id = p.source_id WHERE s.workflow_id = ?`, workflowID).
		Scan(&n)
	return n, fault.Doing("count purged runs", err)
}

// RecordPurge marks an import as purged. It writes logged rows; PurgeContent does
// the rest.
func RecordPurge(ctx context.Context, tx *sql.Tx, src imported.Source, p imported.Purge) error {
	_, err := tx.ExecContext(
		ctx,
		`INSERT INTO purge (source_id, at, by, reason, runs, decisions) VALUES (?,?,?,?,?,?)`,
		src.ID,
		stamp(p.At),
		p.By,
		p.Reason,
		p.Runs,
		p.Decisions,
	)
	if err != nil {
		return fault.Doing("record a purge", err)
	}
	_, err = tx.ExecContext(ctx, `UPDATE source SET state = 'purged' WHERE id = ?`, src.ID)
	return fault.Doing("record a purge", err)
}

// purgedID stands for a purged run's identifier. The same run in a later file
// is recognised by it.
func purgedID(d Digest) string { return fmt.Sprintf("purged:%x", d) }

// PurgedNames gives what will stand for each of these identifiers once the
// import is purged; identifiers that are not of its runs are left out.
func PurgedNames(ctx context.Context, db DB, src imported.Source, ids []string) (map[string]string, error) {
	out := map[string]string{}
	for _, id := range ids {
		var d []byte
		err := db.QueryRowContext(ctx, `SELECT r.digest FROM run_source s JOIN run_workflow w ON w.workflow_id = ?1 JOIN run_lot l ON l.workflow_n = w.n JOIN run_key k ON k.lot_n = l.n AND k.hash = ?2
			JOIN run_record r ON r.n = k.run_n AND r.run_id = ?3 AND r.n BETWEEN s.first_n AND s.last_n WHERE s.id = ?4`, src.WorkflowID, keyHash(id), id, src.ID).
			Scan(&d)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, fault.Doing("read the names of purged runs", err)
		}
		if len(d) != len(Digest{}) {
			return nil, fmt.Errorf("run %q has no digest", id)
		}
		out[id] = purgedID(Digest(d))
	}
	return out, nil
}

// IsPurged tells whether a run's identifier stands for a purged run.
func IsPurged(runID string) bool {
	rest, ok := strings.CutPrefix(runID, "purged:")
	return ok && len(rest) == 2*len(Digest{}) && strings.Trim(rest, "0123456789abcdef") == ""
}

// PurgeContent takes out of the register whatever an import holds of people:
// identifiers, accounts and names, texts and reasons, times, outcomes and
// segments of its runs, the beginnings of its refused records, and what only its
// runs say elsewhere. It leaves the digest of each run, so that the import's root
// can be computed again, the day and the line, what was counted, and the codes
// and days of what was found. In the counts, accounts other than systems' become
// "purged account 1 (IMP-0003)" and so on, in no order. src must still be
// complete; search.Remove comes before it and RecordPurge after it, in the same
// transaction.
//
// It reads every run of the register once: a text goes only where no other run
// needs it.
//
// What each table gets (TestPurge_tables fails for a table that is not here):
//
//	run_record         the row stays with its digest, line and day; identifier, time, outcome and segment go
//	run_part           the parts that came with it go; parts that stay stand for the run they were joined to;
//	                   other tellings stay beside their run, and what was found in them stands
//	run_key            finds the run by its new identifier instead of the old one
//	run_lot            stays: how many identifiers there are of which runs
//	run_filter         goes for the lots of its runs, and is made anew with the next import
//	run_block          blocks with bodies that say nothing and without texts take the place of those that were there
//	run_text           the texts go that nothing else refers to
//	run_refused        the place stays; the reason and the record go
//	run_finding        code, gate, run and day stay; details go; an account in a subject becomes its label
//	run_finding_day    stays: counts of codes by day
//	run_group_finding  counted again without the runs
//	run_total, run_day, run_segment, run_segment_gate, run_gate_day, run_officer, run_officer_month,
//	run_version, run_account
//	                   computed again: the runs that stay, and run_purged
//	run_purged         gets what the runs came to, with labels for accounts, so that the sums stay true
//	run_search, run_searched
//	                   search.Remove has taken the words out
//	run_source, run_workflow, run_treatment, run_untested
//	                   stay: they say what was imported and how, and nothing of a run
func PurgeContent(ctx context.Context, tx *sql.Tx, w *workflow.Workflow, src imported.Source) error {
	p := purger{tx: tx, w: w, src: src, only: map[string]bool{}}
	var err error
	if p.wfRowID, err = workflowRowID(ctx, tx, w.ID); err != nil {
		return err
	}
	if stale, err := Stale(ctx, tx, w); err != nil {
		return err
	} else if stale { // what stays shall be what the workflow's description of today gives
		if _, err := Retest(ctx, tx, w); err != nil {
			return err
		}
	}
	if err := tx.QueryRowContext(ctx, `SELECT n, first_n, last_n FROM run_source WHERE id = ?`, src.ID).Scan(&p.srcRowID, &p.first, &p.last); err != nil {
		return fault.Doing("find the import to purge", err)
	}
	for _, step := range []func(context.Context) error{
		p.sumPurged, p.takeApart, p.recountOthers, p.labelAccounts, // while the content is there
		p.blankRows,
		p.replaceRollups,
		p.deleteTexts, // last: only then nothing refers to them
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// purger is a purge in progress.
type purger struct {
	tx                *sql.Tx
	w                 *workflow.Workflow
	src               imported.Source
	wfRowID, srcRowID int64
	first, last       int64
	only              map[string]bool   // texts of these runs that no other run has
	sums              *oversight.Stream // of these runs
	others            *recount          // of the workflow's other runs
	labels            map[string]string // for accounts
	names             map[int64]sourceName
	accountsOfOthers  map[string]bool
}

// textsOf calls f with every text of a run that is kept by its number.
func textsOf(rec *run.Record, f func(string)) {
	for _, s := range [...]string{
		rec.Outcome, rec.Segment, rec.Workflow, rec.WorkflowVersion, rec.ModelVersion, rec.PromptVersion,
		rec.TriggerChannel,
	} {
		f(s)
	}
	for i := range rec.Steps {
		s := &rec.Steps[i]
		for _, s := range [...]string{s.Name, string(s.ActorKind), s.Actor, s.Gate, string(s.Act), s.Tool} {
			f(s)
		}
	}
	for i := range rec.Accesses {
		f(rec.Accesses[i].Source)
	}
	for i := range rec.Decisions {
		d := &rec.Decisions[i]
		for _, s := range [...]string{
			d.Gate, d.PreparedBy, d.Account, d.OfficerName, d.Role, string(d.Code), d.PolicyVersion,
		} {
			f(s)
		}
	}
}

// sumPurged counts the runs that go, and gathers the texts that they hold. Their
// sums must be taken now: no test can find again what is taken out.
func (p *purger) sumPurged(ctx context.Context) error {
	tester, err := newTester(ctx, p.tx, p.w)
	if err != nil {
		return err
	}
	p.sums = oversight.NewStream()
	t, err := partsIn(ctx, p.tx, p.first, p.last)
	if err != nil {
		return err
	}
	if p.names, err = sourceNames(ctx, p.tx, p.w.ID); err != nil {
		return err
	}
	t.parts = map[int64][]int64{} // those of other imports are counted there
	told, err := t.read(ctx, p.tx, forTests)
	if err != nil {
		return err
	}
	return eachIn(ctx, p.tx, p.first, p.last, p.wfRowID, forTests, func(n, _ int64, rec *run.Record, _ Digest) error {
		if !t.later[n] { // those of another import's runs are counted there
			x := &toldRun{n: n, rec: rec}
			t.complete(x, told)
			tester.TestFiles(p.src.ID, rec, x.files.forTester(p.names), p.sums)
		}
		textsOf(rec, func(s string) {
			if s != "" && !p.only[s] {
				p.only[strings.Clone(s)] = true
			}
		})
		return nil
	})
}

// takeApart leaves what other imports hold of runs that came in parts as runs of
// their own: the first part that stays stands for the others, and is what the other
// tellings of the run are held to. A telling of a run that goes whole stays beside
// it, and is no run of its own: the run is counted already.
func (p *purger) takeApart(ctx context.Context) error {
	if _, err := p.tx.ExecContext(
		ctx, `DELETE FROM run_part WHERE kind = 0 AND n BETWEEN ? AND ?`, p.first, p.last); err != nil {
		return err
	}
	t, err := partsIn(ctx, p.tx, p.first, p.last)
	if err != nil {
		return err
	}
	for head, parts := range t.parts {
		if _, err := p.tx.ExecContext(ctx, `DELETE FROM run_part WHERE n = ?`, parts[0]); err != nil {
			return err
		}
		for _, n := range append(parts[1:], t.told[head]...) {
			if _, err := p.tx.ExecContext(ctx, `UPDATE run_part SET of_n = ? WHERE n = ?`, parts[0], n); err != nil {
				return err
			}
		}
	}
	return nil
}

// tellingsThatStay is what is held of a run without the tellings that go. What they
// made worse stays in the sums of what was purged, as the findings on it stand.
func (p *purger) tellingsThatStay(source string, x *toldRun) *files {
	goes := func(o otherTelling) bool { return o.source == p.srcRowID }
	if x.files == nil || !slices.ContainsFunc(x.files.told, goes) {
		return x.files
	}
	stay := &files{parts: x.files.parts, told: slices.DeleteFunc(slices.Clone(x.files.told), goes)}
	with, without := oversight.NewStream(), oversight.NewStream()
	p.others.tester.TestFiles(source, x.rec, x.files.forTester(p.names), with)
	p.others.tester.TestFiles(source, x.rec, stay.forTester(p.names), without)
	p.sums.AddWorse(with, without)
	return stay
}

// keepTold takes the texts of rows that are no runs of their own off the list of
// those that go.
func (p *purger) keepTold(ctx context.Context, first, last int64, keep func(string)) error {
	t, err := partsIn(ctx, p.tx, first, last)
	if err != nil {
		return err
	}
	for n := range t.later {
		rec, ok, err := oneRow(ctx, p.tx, n, forTests)
		if err != nil {
			return err
		}
		if ok {
			textsOf(&rec, keep)
		}
	}
	return nil
}

// recountOthers reads all other runs. Those of the workflow are counted again: the
// rollups hold sums, from which single runs cannot be subtracted (a sketch of
// review times, say). A text that any other run of the register holds is taken
// off the list of those that go; once the list is empty, other workflows need not
// be read.
func (p *purger) recountOthers(ctx context.Context) error {
	var err error
	if p.others, err = newRecount(ctx, p.tx, p.w); err != nil {
		return err
	}
	remaining := len(p.only)
	spans, err := spansOf(ctx, p.tx, "")
	if err != nil {
		return err
	}
	for _, s := range spans {
		if s.id == p.src.ID || s.purged || s.workflowID != p.w.ID && remaining == 0 {
			continue
		}
		keep := func(t string) {
			if p.only[t] {
				delete(p.only, t)
				remaining--
			}
		}
		err := eachRun(ctx, p.tx, s.first, s.last, 0, forTests, func(x *toldRun) error {
			if s.workflowID == p.w.ID {
				p.others.run(s.id, x.rec, p.tellingsThatStay(s.id, x))
			}
			if remaining > 0 {
				textsOf(x.rec, keep)
			}
			return nil
		})
		if err == nil && remaining > 0 { // rows that belong to runs of another import, purged ones too
			err = p.keepTold(ctx, s.first, s.last, keep)
		}
		if err != nil {
			return err
		}
	}
	p.others.stream.Fold()
	p.accountsOfOthers = map[string]bool{}
	for a := range p.others.stream.Accounts {
		p.accountsOfOthers[a] = true
	}
	for k := range p.others.stream.Officers {
		p.accountsOfOthers[k.Account] = true
	}
	return nil
}

// labelAccounts puts labels in the place of people's accounts in the sums of the
// runs that go, and the new identifiers in the place of the runs that were the first of
// a version. Systems keep their names: they are nobody's data. The sequence of an
// officer's decisions goes, for its times could be matched with another log; the
// longest streak, which a finding rests on, stays.
func (p *purger) labelAccounts(ctx context.Context) error {
	p.sums.Fold()
	systems := map[string]bool{"": true}
	for _, l := range p.w.Roster {
		if l.Kind == workflow.LoginSystem {
			systems[l.Account] = true
		}
	}
	var people []string
	note := func(a string) {
		if !systems[a] {
			people = append(people, a)
		}
	}
	for a := range p.sums.Accounts {
		note(a)
	}
	for k := range p.sums.Officers {
		note(k.Account)
	}
	slices.Sort(people)
	people = slices.Compact(people)
	// The numbers of the labels follow chance and not the alphabet, which would
	// tell who is who.
	chance := make(map[string]string, len(people))
	for _, a := range people {
		chance[a] = rand.Text()
	}
	slices.SortFunc(people, func(a, b string) int { return cmp.Compare(chance[a], chance[b]) })
	p.labels = map[string]string{}
	for i, a := range people {
		p.labels[a] = fmt.Sprintf("purged account %d (%s)", i+1, p.src.Ref)
	}
	of := func(a string) string { return cmp.Or(p.labels[a], a) }
	accounts := map[string]int64{}
	for a, n := range p.sums.Accounts {
		accounts[of(a)] = n
	}
	p.sums.Accounts = accounts
	officers := map[oversight.OfficerKey]*oversight.OfficerCell{}
	for k, c := range p.sums.Officers {
		x := *c
		if k.Account = of(k.Account); !systems[k.Account] {
			x.Streak = oversight.Streak{Row: c.Streak.Row} // the row without the times of decisions
		}
		officers[k] = &x
	}
	p.sums.Officers = officers
	for _, c := range p.sums.Versions {
		var d []byte
		err := p.tx.QueryRowContext(ctx, `SELECT digest FROM run_record WHERE n BETWEEN ? AND ? AND run_id = ?`, p.first, p.last, c.FirstRun.RunID).
			Scan(&d)
		if err != nil {
			return fmt.Errorf("run %q, the first of a version: %w", c.FirstRun.RunID, err)
		}
		c.FirstRun.RunID = purgedID(Digest(d))
		c.First, c.Last = dayStart(c.First), dayStart(c.Last)
	}
	return nil
}

func dayStart(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(24 * time.Hour)
}

// blankRows takes the content out of the rows. The time of a run is cut to its day
// in SQL, with a modulus that is right for times before 1970 as well.
func (p *purger) blankRows(ctx context.Context) error {
	if err := p.replaceKeys(ctx); err != nil {
		return err
	}
	day := fmt.Sprint(nanosecondsADay)
	for _, s := range []struct {
		text string
		args []any
	}{
		{`UPDATE run_record SET run_id = 'purged:' || lower(hex(digest)), at = at - ((at % ` + day + `) + ` + day + `) % ` + day + `, outcome = 0, segment = 0 WHERE n BETWEEN ? AND ?`, []any{p.first, p.last}},
		{`DELETE FROM run_block WHERE first_n BETWEEN ? AND ?`, []any{p.first, p.last}},
		{`UPDATE run_refused SET reason = 'Purged.', record = '' WHERE source_n = ?`, []any{p.srcRowID}},
		{`UPDATE run_finding SET detail = 'The run was purged.' WHERE run_n BETWEEN ? AND ?`, []any{p.first, p.last}},
		{`UPDATE run_finding SET detail = iif(code = 'LOG-02', 'Another file, since purged, held the run with other content.', 'Another file, since purged, told the run so.') WHERE source_n = ? AND run_n > 0 AND run_n NOT BETWEEN ? AND ?`, []any{p.srcRowID, p.first, p.last}},
	} {
		if _, err := p.tx.ExecContext(ctx, s.text, s.args...); err != nil {
			return err
		}
	}
	return p.blankBlocks(ctx)
}

// blankBlocks stores bodies that say nothing and no texts in the place of those that
// were deleted.
func (p *purger) blankBlocks(ctx context.Context) error {
	insert, err := p.tx.PrepareContext(ctx, insertBlock)
	if err != nil {
		return err
	}
	defer insert.Close()
	var b block
	var packer blockPacker
	for n := p.first; n <= p.last; n++ {
		rec := &run.Record{}
		b.add(n, rec, func(body []byte) []byte { return appendPacked(body, rec, time.Time{}, nil) })
		if b.full() || n == p.last {
			if err := b.store(ctx, insert, &packer); err != nil {
				return err
			}
		}
	}
	return nil
}

// replaceKeys works in batches sorted by hash, because run_key is ordered by it:
// in the order of runs each row would touch another page. It lets the runs be found by their new identifiers instead
// of the old ones, in the lots that they are in.
func (p *purger) replaceKeys(ctx context.Context) error {
	remove, err := p.tx.PrepareContext(ctx, `DELETE FROM run_key WHERE lot_n = ? AND hash = ? AND run_n = ?`)
	if err != nil {
		return err
	}
	defer remove.Close()
	insert, err := p.tx.PrepareContext(ctx, `INSERT INTO run_key (lot_n, hash, run_n) VALUES (?, ?, ?)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	lots, err := lotsOf(ctx, p.tx, p.wfRowID)
	if err != nil {
		return err
	}
	lots = slices.DeleteFunc(lots, func(l lot) bool { return l.last < p.first || l.first > p.last })
	for _, l := range lots { // their filters do not know the new identifiers
		if _, err := p.tx.ExecContext(ctx, `DELETE FROM run_filter WHERE lot_n = ?`, l.n); err != nil {
			return err
		}
	}
	of := func(n int64) int64 {
		for _, l := range lots {
			if n >= l.first && n <= l.last {
				return l.n
			}
		}
		return 0
	}
	for from := p.first; from <= p.last; from += purgeBatch {
		var old, changed []runKey
		err := sqlitex.Scan(ctx, p.tx, func(v *sqlitex.Row) error {
			n := v.Int()
			id := v.BorrowedText()
			d, ok := v.Next().([]byte)
			if !ok || len(d) != len(Digest{}) {
				return fmt.Errorf("run %d has no digest", n)
			}
			old = append(old, runKey{keyHash(id), n})
			changed = append(changed, runKey{keyHash(purgedID(Digest(d))), n})
			return nil
		}, "n, run_id, digest", "run_record WHERE n BETWEEN ? AND ?", from, min(from+purgeBatch-1, p.last))
		if err != nil {
			return err
		}
		for _, x := range []struct {
			stmt *sql.Stmt
			keys []runKey
		}{{remove, old}, {insert, changed}} {
			slices.SortFunc(x.keys, func(a, b runKey) int { return cmp.Compare(a.hash, b.hash) })
			for _, k := range x.keys {
				if _, err := x.stmt.ExecContext(ctx, of(k.n), k.hash, k.n); err != nil {
					return err
				}
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

const purgeBatch = 1 << 18

// runKey is a row of run_key.
type runKey struct{ hash, n int64 }

// replaceRollups replaces the sums of the workflow by those of the runs that stay and
// of all that went, and makes the tests over all of them.
func (p *purger) replaceRollups(ctx context.Context) error {
	texts, err := newTexts(ctx, p.tx)
	if err != nil {
		return err
	}
	defer texts.close()
	sums, err := formatSums(p.sums)
	if err != nil {
		return err
	}
	if _, err := p.tx.ExecContext(ctx, `INSERT INTO run_purged (source_n, sums) VALUES (?, ?)`, p.srcRowID, sums); err != nil {
		return err
	}
	// What a person said of an account's decisions stands, under its label,
	// where nobody else's runs name the account.
	for a, label := range p.labels {
		if p.accountsOfOthers[a] {
			continue
		}
		old, err1 := texts.number(ctx, a)
		changed, err2 := texts.number(ctx, label)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		if _, err := p.tx.ExecContext(ctx, `UPDATE run_finding SET subject = ? WHERE workflow_n = ? AND run_n = 0 AND subject = ?`, changed, p.wfRowID, old); err != nil {
			return err
		}
	}
	if err := addPurged(ctx, p.tx, p.w.ID, p.others.stream); err != nil {
		return err
	}
	insert, err := p.tx.PrepareContext(ctx, upsertFinding)
	if err != nil {
		return err
	}
	defer insert.Close()
	r := rollups{p.tx, p.wfRowID, texts, definitionOf(p.w)}
	if err := errors.Join(r.replace(ctx, p.others.stream), r.replaceGroups(ctx, p.others.groups)); err != nil {
		return err
	}
	_, err = r.testAll(ctx, p.w, insert)
	return err
}

// replace replaces all sums of the workflow, those of findings apart.
func (r rollups) replace(ctx context.Context, s *oversight.Stream) error {
	for _, table := range []string{
		"run_day", "run_segment", "run_gate_day", "run_officer_month", "run_officer", "run_version", "run_account",
		"run_segment_gate",
	} {
		if _, err := r.tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE workflow_n = ?`, r.wfRowID); err != nil {
			return err
		}
	}
	return errors.Join(r.write(ctx, s), r.sumOfficers(ctx, s))
}

// deleteTexts drops the texts of the purged runs that nothing refers to any more:
// no other run (recountOthers), no finding and no rollup.
func (p *purger) deleteTexts(ctx context.Context) error {
	used := map[int64]bool{}
	for _, q := range []string{
		`SELECT DISTINCT gate FROM run_finding`, `SELECT DISTINCT subject FROM run_finding`, `SELECT DISTINCT thresholds FROM run_finding`,
		`SELECT DISTINCT gate FROM run_finding_day`, `SELECT account FROM run_account`, `SELECT DISTINCT account FROM run_officer_month`,
		`SELECT DISTINCT gate FROM run_officer_month`, `SELECT DISTINCT gate FROM run_gate_day`, `SELECT DISTINCT outcome FROM run_day`,
		`SELECT DISTINCT segment FROM run_segment_gate`, `SELECT DISTINCT gate FROM run_segment_gate`, `SELECT DISTINCT name FROM run_group_finding`, `SELECT DISTINCT gate FROM run_group_finding`,
		`SELECT DISTINCT segment FROM run_segment`, `SELECT DISTINCT outcome FROM run_segment`, `SELECT DISTINCT version FROM run_version`,
	} {
		err := query(ctx, p.tx, func(row scanner) error {
			var n int64
			err := row.Scan(&n)
			used[n] = true
			return err
		}, q)
		if err != nil {
			return err
		}
	}
	for s := range p.only {
		n, err := textRowID(ctx, p.tx, s)
		if err != nil {
			return err
		}
		if n <= 0 || used[n] {
			continue
		}
		if _, err := p.tx.ExecContext(ctx, `DELETE FROM run_text WHERE n = ?`, n); err != nil {
			return err
		}
	}
	return nil
}

// addPurged adds to s what the purged runs of a workflow came to.
func addPurged(ctx context.Context, db DB, workflowID string, s *oversight.Stream) error {
	return query(ctx, db, func(row scanner) error {
		var text string
		if err := row.Scan(&text); err != nil {
			return err
		}
		o, err := parseSums(text)
		if err != nil {
			return err
		}
		// A label belongs to one purge: its cells meet no others, and keep rows
		// whose decisions are gone.
		for k, c := range o.Officers {
			if s.Officers[k] == nil {
				s.Officers[k] = c
				delete(o.Officers, k)
			}
		}
		s.Merge(o)
		return nil
	}, `SELECT p.sums FROM run_purged p JOIN run_source s ON s.n = p.source_n JOIN source i ON i.id = s.id WHERE i.workflow_id = ? ORDER BY p.source_n`, workflowID)
}

// eachPurged calls f for every purged run of a workflow, in the order of import.
func eachPurged(
	ctx context.Context,
	db DB,
	workflowID string,
	f func(sourceID, runID string, digest Digest) error,
) error {
	spans, err := spansOf(ctx, db, workflowID)
	if err != nil {
		return err
	}
	for _, s := range spans {
		if !s.purged {
			continue
		}
		err := sqlitex.Scan(ctx, db, func(v *sqlitex.Row) error {
			id := v.BorrowedText()
			d, ok := v.Next().([]byte)
			if !ok || len(d) != len(Digest{}) {
				return errors.New("a purged run has no digest")
			}
			if v.Err() != nil {
				return v.Err()
			}
			return f(s.id, id, Digest(d))
		}, "run_id, digest", "run_record WHERE n BETWEEN ? AND ?", s.first, s.last)
		if err != nil {
			return err
		}
	}
	return nil
}

// countPurged counts the findings on purged runs, which no test finds again.
func (s *findingSink) countPurged(ctx context.Context, db DB, workflowID string) error {
	spans, err := spansOf(ctx, db, workflowID)
	if err != nil {
		return err
	}
	for _, x := range spans {
		if !x.purged {
			continue
		}
		err := query(ctx, db, func(row scanner) error {
			var k foundKey
			var day sql.NullInt64
			var n int64
			err := row.Scan(&k.code, &k.gate, &day, &n)
			k.day = dayText(day)
			s.found[k.code] += n
			s.days[k] += n
			return err
		}, `SELECT code, gate, day, count(*) FROM run_finding WHERE run_n > 0 AND run_n BETWEEN ? AND ? AND workflow_n = ? GROUP BY code, gate, day`, x.first, x.last, s.wfRowID)
		if err != nil {
			return err
		}
	}
	return nil
}

// sums is a Stream as JSON. Sketches, streaks and sequences are in the form of
// their MarshalBinary.
type sums struct {
	Totals   oversight.Totals `json:"totals"`
	Sequence []byte           `json:"sequence"`
	Gates    []gateSum        `json:"gates"`
	Officers []officerSum     `json:"officers"`
	Days     []daySum         `json:"days"`
	Segments []segmentSum     `json:"segments"`
	Versions []versionSum     `json:"versions"`
	Accounts map[string]int64 `json:"accounts"`

	SegmentGates []segmentGateSum `json:"segment_gates,omitempty"`
}

type segmentGateSum struct {
	oversight.SegmentGateKey
	Counts gateCounts
	Review []byte
}

type gateSum struct {
	oversight.GateKey
	Counts gateCounts
	Review []byte
}

type officerSum struct {
	oversight.OfficerKey
	Counts         officerCounts
	Review, Streak []byte
}

type daySum struct {
	oversight.DayKey
	Runs int64
}

type segmentSum struct {
	oversight.SegmentKey
	Runs int64
}

type versionSum struct {
	oversight.VersionKey
	Cell oversight.VersionCell
}

func formatSums(s *oversight.Stream) (string, error) {
	s.Fold()
	s.Compact()
	var err error
	blob := func(m interface{ MarshalBinary() ([]byte, error) }) []byte {
		b, e := m.MarshalBinary()
		err = errors.Join(err, e)
		return b
	}
	out := sums{Totals: s.Totals, Sequence: blob(&s.Sequence), Accounts: s.Accounts}
	for k, c := range s.Gates {
		out.Gates = append(out.Gates, gateSum{k, countsOfGate(c), blob(&c.Review)})
	}
	for k, c := range s.SegmentGates {
		out.SegmentGates = append(out.SegmentGates, segmentGateSum{k, countsOfGate(c), blob(&c.Review)})
	}
	for k, c := range s.Officers {
		out.Officers = append(out.Officers, officerSum{k, countsOfOfficer(c), blob(&c.Review), blob(&c.Streak)})
	}
	for k, n := range s.Days {
		out.Days = append(out.Days, daySum{k, n})
	}
	for k, n := range s.Segments {
		out.Segments = append(out.Segments, segmentSum{k, n})
	}
	for k, c := range s.Versions {
		out.Versions = append(out.Versions, versionSum{k, *c})
	}
	b, e := json.Marshal(out)
	return string(b), errors.Join(err, e)
}

func parseSums(text string) (*oversight.Stream, error) {
	var in sums
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return nil, fmt.Errorf("sums of purged runs: %w", err)
	}
	s := oversight.NewStream()
	s.Totals = in.Totals
	err := s.Sequence.UnmarshalBinary(in.Sequence)
	for _, x := range in.Gates {
		c := x.Counts.cell()
		err = errors.Join(err, c.Review.UnmarshalBinary(x.Review))
		s.Gates[x.GateKey] = c
	}
	for _, x := range in.SegmentGates {
		c := x.Counts.cell()
		err = errors.Join(err, c.Review.UnmarshalBinary(x.Review))
		s.SegmentGates[x.SegmentGateKey] = c
	}
	for _, x := range in.Officers {
		c := x.Counts.cell()
		row := c.Streak.Row
		err = errors.Join(err, c.Review.UnmarshalBinary(x.Review), c.Streak.UnmarshalBinary(x.Streak))
		c.Streak.Row = row
		s.Officers[x.OfficerKey] = c
	}
	for _, x := range in.Days {
		s.Days[x.DayKey] = x.Runs
	}
	for _, x := range in.Segments {
		s.Segments[x.SegmentKey] = x.Runs
	}
	for _, x := range in.Versions {
		c := x.Cell
		s.Versions[x.VersionKey] = &c
	}
	if in.Accounts != nil {
		s.Accounts = in.Accounts
	}
	return s, err
}
