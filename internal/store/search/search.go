// Package search finds runs by the words in them: in what the AI wrote, in its
// reasoning, and in the reasons that people gave for their decisions.
//
// The words stand in a full-text index (SQLite's FTS5) beside the runs, which is
// derived from them and can be made anew at any time (Reset, Index). Imports do
// not wait for it: StateOf says how far it has come. Before the content of an
// import is purged, Remove takes its words out of the index and out of the file.
//
// The rowid of a document in the index is the workflow, the hour and the number
// of its run, so that a walk through the rowids goes back in time and can stop
// at any moment; see index.go.
package search

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"assay/internal/fault"
	"assay/internal/imported"
	"assay/internal/run"
	"assay/internal/store/runs"
)

// Query chooses what is searched.
type Query struct {
	Text       string          `json:"text"`        // see Parse
	WorkflowID string          `json:"workflow_id"` // empty: all
	Period     imported.Period `json:"period"`
	Order      imported.Order  `json:"order"` // empty: newest
	After      string          `json:"after"` // Next of the page before
	Limit      int             `json:"limit"` // 0 is 50, at most 500
	// Within is how long to look for a page before giving what was found so far;
	// 0 is pageWithin.
	Within time.Duration `json:"-"`
}

// Found is a page of what a search found. Runs are looked through from the
// newest back, for a bounded time: a page can hold fewer runs than were asked
// for, none even, and a next one all the same.
type Found struct {
	imported.Page[imported.Hit]
	Count int64                `json:"count"` // runs found on the pages up to here, and after them as far as was looked
	More  bool                 `json:"more"`  // there are more than Count
	Back  time.Time            `json:"back"`  // how far back was looked for them; zero: through all, or until there were More
	Order imported.Order       `json:"order"` // relevance is given up where there are too many
	State imported.SearchState `json:"state"`
}

const (
	countTo = 1_000  // runs are counted up to here: to count all costs what reading all costs
	rankTo  = 50_000 // and sorted by relevance up to here: sorting a million takes seconds

	// What a search costs is what it has to walk through, not what it finds: words
	// that are common each and hardly ever meet are looked for in every run. So a
	// page takes so long at most, and its count, once it is full, so long.
	pageWithin  = 90 * time.Millisecond
	countWithin = 45 * time.Millisecond
	rankWithin  = time.Second // for whoever asked for the order by relevance

	maxChars = 1_000 // of a question
	maxTerms = 32
)

// Parse turns what a person typed into a question for FTS5. Words must
// all be there; "words in quotes" must stand next to each other; -word must not
// be there. Everything else is separators.
func Parse(text string) (string, error) {
	text = strings.ToValidUTF8(text, " ")
	if len([]rune(text)) > maxChars {
		return "", fault.Invalid("text", "Search for at most 1,000 characters.")
	}
	var with, without []string
	for _, t := range splitWords(text) {
		if !slices.ContainsFunc([]rune(t.text), isWord) {
			continue
		}
		quoted := `"` + strings.ReplaceAll(t.text, `"`, `""`) + `"`
		if t.not {
			without = append(without, quoted)
		} else {
			with = append(with, quoted)
		}
	}
	switch {
	case len(with) == 0 && len(without) > 0:
		return "", fault.Invalid("text", "Enter a word to search for, beside those that are left out.")
	case len(with) == 0:
		return "", fault.Invalid("text", "Enter a word to search for.")
	case len(with)+len(without) > maxTerms:
		return "", fault.Invalid("text", fmt.Sprintf("Search for at most %d words at once.", maxTerms))
	}
	q := strings.Join(with, " ")
	if len(without) > 0 {
		q = "(" + q + ") NOT (" + strings.Join(without, " OR ") + ")"
	}
	return q, nil
}

// isWord tells whether r is part of a word for the tokenizer.
func isWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.Co, r)
}

type word struct {
	text string
	not  bool
}

func splitWords(text string) (out []word) {
	isQuote := func(r rune) bool { return r == '"' || r == '“' || r == '”' || r == '„' || r == '«' || r == '»' }
	var w word
	var b strings.Builder
	quoted := false
	end := func() {
		if w.text = b.String(); w.text != "" {
			out = append(out, w)
		}
		w = word{}
		b.Reset()
	}
	for _, r := range text {
		switch {
		case isQuote(r):
			not := w.not && b.Len() == 0
			end()
			w.not = not && !quoted
			quoted = !quoted
		case unicode.IsControl(r) || unicode.IsSpace(r):
			if quoted {
				b.WriteByte(' ')
			} else {
				end()
			}
		case r == '-' && !quoted && b.Len() == 0 && !w.not:
			w.not = true
		default:
			b.WriteRune(r)
		}
	}
	end()
	return out
}

// workflowPart is one workflow's part of a search.
type workflowPart struct {
	n  int64
	id string
}

// Find finds runs by the texts that they hold.
func Find(ctx context.Context, db runs.DB, q Query) (Found, error) {
	f := Found{Page: imported.Page[imported.Hit]{Items: []imported.Hit{}}, Order: cmp.Or(q.Order, imported.Newest)}
	if f.Order != imported.Newest && f.Order != imported.Relevance {
		return f, fault.Invalid("order", "Choose the order newest or relevance.")
	}
	match, err := Parse(q.Text)
	if err != nil {
		return f, err
	}
	if f.State, err = StateOf(ctx, db); err != nil {
		return f, err
	}
	s := searcher{db: db, match: match, limit: pageSize(q.Limit)}
	if s.workflows, err = s.within(ctx, q); err != nil {
		return f, err
	}
	if s.spans, err = s.spansOf(q.Period); err != nil {
		return f, err
	}
	if f.Order == imported.Relevance {
		all, err := s.walk(ctx, top, rankTo, rankTo, max(rankWithin, q.Within))
		if err != nil {
			return f, err
		}
		if all.more || all.low > 0 {
			f.Order = imported.Newest
		} else {
			f.Count, f.More = min(int64(len(all.keys)), countTo), len(all.keys) > countTo
		}
	}
	var keys []int64
	if f.Order == imported.Relevance {
		keys, f.Next, err = s.ranked(ctx, q.After)
	} else {
		keys, err = s.newest(ctx, q, &f)
	}
	if err != nil {
		return f, err
	}
	f.Items, err = s.hits(ctx, keys)
	return f, err
}

// searcher is a search in progress.
type searcher struct {
	db        runs.DB
	match     string
	limit     int
	workflows []workflowPart
	spans     []span
}

// span is a range of rowids, both ends included.
type span struct{ low, high int64 }

func (s *searcher) within(ctx context.Context, q Query) (out []workflowPart, err error) {
	err = query(ctx, s.db, func(row scanner) error {
		var x workflowPart
		err := row.Scan(&x.n, &x.id)
		out = append(out, x)
		return err
	}, `SELECT n, workflow_id FROM run_workflow WHERE (?1 = '' OR workflow_id = ?1) AND n <= ?2`, q.WorkflowID, maxWorkflow)
	return out, err
}

func (s *searcher) spansOf(p imported.Period) (out []span, err error) {
	if p.From != "" && p.To != "" && p.To < p.From {
		return nil, fault.Invalid("to", "The last day is before the first.")
	}
	for _, w := range s.workflows {
		x := span{w.n << workflowBits, (w.n+1)<<workflowBits - 1}
		if p.From != "" {
			x.low = w.n<<workflowBits | hourOf(p.From.Time())<<hourBits
		} else if p.To != "" {
			x.low = w.n<<workflowBits | 1<<hourBits // a period leaves out runs without a time
		}
		if p.To != "" {
			x.high = w.n<<workflowBits | hourOf(
				p.To.AddDays(1).Time().Add(-time.Second),
			)<<hourBits | (1<<hourBits - 1)
		}
		out = append(out, x)
	}
	return out, nil
}

// What orders runs across workflows is the part of the rowid below the
// workflow's: hour and number.
const top = 1<<workflowBits - 1

// walked is what was found on a walk from the newest run back.
type walked struct {
	keys []int64 // newest first
	more bool    // the walk ended because it had enough
	low  int64   // it ended for want of time, and got down to here; otherwise 0
}

// firstWidth is how many hours are looked through at first.
const firstWidth = 6

// walk looks through the runs from the place from down, in slices of hours
// that grow while they are quick. It ends with most keys and one more; after
// within; or, once it has page keys, after countWithin.
func (s *searcher) walk(ctx context.Context, from int64, page, most int, within time.Duration) (w walked, err error) {
	filled, err := s.filled(ctx, from)
	if err != nil || len(filled) == 0 {
		return w, err
	}
	high, bottom := int64(0), int64(top)
	for _, x := range filled {
		high, bottom = max(high, x.high&top), min(bottom, x.low&top)
	}
	start, width := time.Now(), int64(firstWidth)
	for high >= bottom {
		began := time.Now()
		low := max(bottom, high-width<<hourBits+1)
		before := len(w.keys)
		for _, x := range filled {
			from, to := max(x.low, x.low&^top|low), min(x.high, x.low&^top|high)
			if from > to {
				continue
			}
			err := query(ctx, s.db, func(row scanner) error {
				var k int64
				err := row.Scan(&k)
				w.keys = append(w.keys, k)
				return err
			}, `SELECT rowid FROM run_search WHERE run_search MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC LIMIT ?`, s.match, from, to, most+1-before)
			if err != nil {
				return w, err
			}
		}
		slices.SortFunc(w.keys[before:], func(a, b int64) int { return cmp.Compare(b&top, a&top) })
		if len(w.keys) > most {
			w.keys, w.more = w.keys[:most+1], true
			return w, nil
		}
		limit := within
		if len(w.keys) > page {
			limit = min(limit, countWithin)
		}
		left := limit - time.Since(start)
		if left <= 0 && low > bottom {
			w.low = low
			return w, nil
		}
		// The next slice is to take a third of the time that is left.
		took := max(time.Since(began), 100*time.Microsecond)
		width = max(1, int64(float64(width)*min(3, float64(left)/float64(3*took))))
		high = low - 1
	}
	return w, nil
}

// filled cuts the spans down to where they hold documents at or below from.
func (s *searcher) filled(ctx context.Context, from int64) (out []span, err error) {
	for _, x := range s.spans {
		var low, high sql.NullInt64
		err := s.db.QueryRowContext(ctx, `SELECT (SELECT min(id) FROM run_search_docsize WHERE id BETWEEN ?1 AND ?2), (SELECT max(id) FROM run_search_docsize WHERE id BETWEEN ?1 AND ?2)`,
			x.low, min(x.high, x.low&^top|from)).
			Scan(&low, &high)
		if err != nil {
			return nil, err
		}
		if low.Valid {
			out = append(out, span{low.Int64, high.Int64})
		}
	}
	return out, nil
}

// newest gives the rowids of a page, and says in f where the next one begins.
// That is a place and how many runs the pages before have: "123.50".
func (s *searcher) newest(ctx context.Context, q Query, f *Found) ([]int64, error) {
	from, seen := int64(top), int64(0)
	if q.After != "" {
		place, n, _ := strings.Cut(q.After, ".")
		var err1, err2 error
		from, err1 = strconv.ParseInt(place, 10, 64)
		seen, err2 = strconv.ParseInt(n, 10, 64)
		if err1 != nil || err2 != nil || from < 0 || from > top || seen < 0 {
			return nil, fault.Invalid("after", "This page does not exist any more. Go back to the first page.")
		}
		from--
	}
	w, err := s.walk(ctx, from, s.limit, max(s.limit, int(countTo-seen)), cmp.Or(q.Within, pageWithin))
	if err != nil {
		return nil, err
	}
	keys := w.keys
	f.Count = seen + int64(len(keys))
	if f.More = f.Count > countTo; f.More {
		f.Count = max(seen, countTo)
	} else if w.low > 0 {
		f.Back = time.Unix((w.low&top)>>hourBits*3600, 0).UTC()
	}
	switch {
	case len(keys) > s.limit:
		keys = keys[:s.limit]
		f.Next = fmt.Sprintf("%d.%d", keys[s.limit-1]&top, seen+int64(s.limit))
	case w.low > 0:
		f.Next = fmt.Sprintf("%d.%d", w.low, seen+int64(len(keys)))
	}
	return keys, nil
}

// ranked does so by relevance.
func (s *searcher) ranked(ctx context.Context, after string) (keys []int64, next string, err error) {
	skip := int64(0)
	if after != "" {
		if _, err := fmt.Sscanf(after, "r%d", &skip); err != nil || skip < 0 {
			return nil, "", fault.Invalid("after", "This page does not exist any more. Go back to the first page.")
		}
	}
	type ranked struct {
		key  int64
		rank float64
	}
	var all []ranked
	for _, x := range s.spans {
		err := query(ctx, s.db, func(row scanner) error {
			var r ranked
			err := row.Scan(&r.key, &r.rank)
			all = append(all, r)
			return err
		}, `SELECT rowid, rank FROM run_search WHERE run_search MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rank LIMIT ?`, s.match, x.low, x.high, skip+int64(s.limit)+1)
		if err != nil {
			return nil, "", err
		}
	}
	slices.SortFunc(
		all,
		func(a, b ranked) int { return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(b.key, a.key)) },
	)
	all = all[min(skip, int64(len(all))):]
	if len(all) > s.limit {
		all = all[:s.limit]
		next = fmt.Sprintf("r%d", skip+int64(s.limit))
	}
	for _, r := range all {
		keys = append(keys, r.key)
	}
	return keys, next, nil
}

// hits reads the runs with these rowids, and marks in them what was found.
func (s *searcher) hits(ctx context.Context, keys []int64) ([]imported.Hit, error) {
	out := make([]imported.Hit, len(keys))
	if len(keys) == 0 {
		return out, nil
	}
	names := map[int64]string{}
	for _, w := range s.workflows {
		names[w.n] = w.id
	}
	at := make(map[int64]int, len(keys)) // where in out the run of that number stands
	numbers := make([]int64, len(keys))
	for i, k := range keys {
		numbers[i] = k & (1<<hourBits - 1)
		at[numbers[i]] = i
		out[i] = imported.Hit{RowID: numbers[i], WorkflowID: names[k>>workflowBits], Passages: []imported.Passage{}}
	}
	list, err := json.Marshal(numbers)
	if err != nil {
		return nil, err
	}
	err = query(ctx, s.db, func(row scanner) error {
		var n int64
		var h imported.Hit
		var when sql.NullInt64
		err := row.Scan(&n, &h.RunID, &when, &h.Outcome, &h.Source, &h.Line)
		x := &out[at[n]]
		x.RunID, x.At, x.Outcome, x.Source, x.Line = h.RunID, timeOf(when), h.Outcome, h.Source, h.Line
		return err
	}, `SELECT r.n, r.run_id, r.at, o.text, i.ref, r.line FROM run_record r JOIN run_text o ON o.n = r.outcome JOIN run_source rs ON rs.n = r.source_n
		JOIN source i ON i.id = rs.id WHERE r.n IN (SELECT value FROM json_each(?))`, string(list))
	if err != nil {
		return nil, err
	}
	texts := make([]texture, len(keys))
	err = runs.EachNumbered(ctx, s.db, numbers, func(n int64, rec *run.Record) error {
		t := &texts[at[n]]
		for i := range rec.Outputs {
			if o := &rec.Outputs[i]; o.Text != "" || o.Reasoning != "" {
				t.outputs, t.reasoning = append(t.outputs, o.Text), append(t.reasoning, o.Reasoning)
			}
		}
		for i := range rec.Decisions {
			if d := &rec.Decisions[i]; d.Reason != "" {
				t.reasons, t.gates = append(t.reasons, d.Reason), append(t.gates, d.Gate)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	passages, err := markPassages(ctx, s.match, texts)
	for i := range passages {
		out[i].Passages = passages[i]
	}
	return out, err
}

// pageSize is how many runs a page has.
func pageSize(limit int) int {
	if limit <= 0 {
		return 50
	}
	return min(limit, 500)
}

// timeOf is a time as the register keeps it, in nanoseconds; zero for NULL.
func timeOf(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.Unix(0, n.Int64).UTC()
}
