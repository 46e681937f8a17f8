package runs

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
)

// Place is where in a run a text stands.
type Place string

const (
	PlaceOutput    Place = "output"    // what the AI wrote
	PlaceReasoning Place = "reasoning" // why it says it did
	PlaceReason    Place = "reason"    // why a person decided as they did
)

// Fragment is a stretch of a snippet. Text is as imported, line breaks and
// control characters turned into spaces: it is data and never markup.
type Fragment struct {
	Text string `json:"text"`
	Hit  bool   `json:"hit"` // it is what was looked for
}

// Passage is a text of a run in which something was found.
type Passage struct {
	Place   Place      `json:"place"`
	Item    int        `json:"item"` // index of the output or the decision in the run
	Gate    string     `json:"gate"` // of the decision, for a reason
	Hits    int        `json:"hits"` // in this text
	Snippet []Fragment `json:"snippet"`
}

// Hit is a run in which something was found.
type Hit struct {
	RowID      int64     `json:"n"`
	RunID      string    `json:"run_id"`
	WorkflowID string    `json:"workflow_id"`
	At         time.Time `json:"at"` // the time it is filed under, zero for none
	Outcome    string    `json:"outcome"`
	Source     string    `json:"source"` // reference of the import
	Line       int64     `json:"line"`
	Passages   []Passage `json:"passages"` // one a place at most, the one with the most hits first
}

// SearchOrder is how what was found is ordered.
type SearchOrder string

const (
	SearchNewest    SearchOrder = "newest"    // the last hour first; of an hour, what was imported last
	SearchRelevance SearchOrder = "relevance" // by BM25
)

// SearchQuery chooses what is searched.
type SearchQuery struct {
	Text       string      `json:"text"`        // see ParseSearch
	WorkflowID string      `json:"workflow_id"` // empty: all
	Period     Period      `json:"period"`
	Order      SearchOrder `json:"order"` // empty: newest
	After      string      `json:"after"` // Next of the page before
	Limit      int         `json:"limit"` // 0 is 50, at most 500
	// Within is how long to look for a page before giving what was found so far;
	// 0 is searchWithin.
	Within time.Duration `json:"-"`
}

// Found is a page of what a search found. Runs are looked through from the
// newest back, for a bounded time: a page can hold fewer runs than were asked
// for, none even, and a next one all the same.
type Found struct {
	Page[Hit]
	Count int64       `json:"count"` // runs found on the pages up to here, and after them as far as was looked
	More  bool        `json:"more"`  // there are more than Count
	Back  time.Time   `json:"back"`  // how far back was looked for them; zero: through all, or until there were More
	Order SearchOrder `json:"order"` // relevance is given up where there are too many
	State SearchState `json:"state"`
}

// SearchState is how far the search has come: what was imported a moment ago
// may not be found yet.
type SearchState struct {
	Indexed int64 `json:"indexed"` // runs, in the order of import
	Runs    int64 `json:"runs"`
}

// Done tells whether everything is found.
func (s SearchState) Done() bool { return s.Indexed >= s.Runs }

const (
	searchCount = 1_000  // runs are counted up to here: to count all costs what reading all costs
	searchRank  = 50_000 // and sorted by relevance up to here: sorting a million takes seconds

	// What a search costs is what it has to walk through, not what it finds: words
	// that are common each and hardly ever meet are looked for in every run. So a
	// page takes so long at most, and its count, once it is full, so long.
	searchWithin = 90 * time.Millisecond
	countWithin  = 45 * time.Millisecond
	rankWithin   = time.Second // for whoever asked for the order by relevance

	searchChars = 1_000 // of a question
	searchTerms = 32
)

// searchTokenizer is that of run_search: English words are found in their other
// forms too ("refused" finds "refuse"), and case and accents do not matter. Ends
// of words cannot be left open: FTS5 would put together the lists of all words
// with that beginning, which takes seconds on a million runs.
const searchTokenizer = "porter unicode61 remove_diacritics 2"

// ParseSearch turns what a person typed into a question for FTS5. Words must
// all be there; "words in quotes" must stand next to each other; -word must not
// be there. Everything else is separators.
func ParseSearch(text string) (string, error) {
	text = strings.ToValidUTF8(text, " ")
	if len([]rune(text)) > searchChars {
		return "", fault.Invalid("text", "Search for at most 1,000 characters.")
	}
	var with, without []string
	for _, t := range searchWords(text) {
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
	case len(with)+len(without) > searchTerms:
		return "", fault.Invalid("text", fmt.Sprintf("Search for at most %d words at once.", searchTerms))
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

type searchWord struct {
	text string
	not  bool
}

func searchWords(text string) (out []searchWord) {
	isQuote := func(r rune) bool { return r == '"' || r == '“' || r == '”' || r == '„' || r == '«' || r == '»' }
	var w searchWord
	var b strings.Builder
	quoted := false
	end := func() {
		if w.text = b.String(); w.text != "" {
			out = append(out, w)
		}
		w = searchWord{}
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

// The rowid of a run's document: see the migration that makes run_search.
const (
	searchHourBits = 29 // below are the bits of the run's number
	searchWfBits   = 50
	searchMaxWf    = 1<<(63-searchWfBits) - 1
	searchMaxHour  = 1<<(searchWfBits-searchHourBits) - 1

	// searchKey is the rowid in SQL, of a row r of run_record. SQLite gives shifts
	// and | the same precedence.
	searchKey = `((r.workflow_n << 50) | (CASE WHEN r.at IS NULL THEN 0 ELSE max(1, min(2097151, r.at / 3600000000000 - (r.at < 0 AND r.at % 3600000000000 <> 0))) END << 29) | r.n)`
)

func searchHour(t time.Time) int64 { return max(1, min(searchMaxHour, t.Unix()/3600)) }

// searchBatch is how many runs are made searchable in one transaction: about a
// second, for which another change waits.
const searchBatch = 20_000

// IndexTexts makes the next runs searchable, some thousands of them, and says
// how far it has come. It reads what runs hold, and writes in the caller's
// transaction: killed at any moment, it goes on where it stopped.
func IndexTexts(ctx context.Context, tx *sql.Tx) (SearchState, error) {
	s, err := SearchStateOf(ctx, tx)
	if err != nil || s.Done() {
		return s, err
	}
	upto := min(s.Indexed+searchBatch, s.Runs)
	// In the order of the rowid: FTS5 writes out what it has gathered whenever
	// one is less than the one before.
	_, err = tx.ExecContext(
		ctx,
		`WITH batch AS MATERIALIZED (SELECT r.n AS n, `+searchKey+` AS key FROM run_record r JOIN run_source s ON s.n = r.source_n
			JOIN source i ON i.id = s.id WHERE r.n > ? AND r.n <= ? AND r.workflow_n <= ? AND i.state <> 'purged' ORDER BY key)
		INSERT INTO run_search (rowid, output, reasoning, reason) SELECT key,
			(SELECT group_concat(o.text, char(30)) FROM run_output o WHERE o.run_n = batch.n),
			(SELECT group_concat(o.reasoning, char(30)) FROM run_output o WHERE o.run_n = batch.n),
			(SELECT group_concat(d.reason, char(30)) FROM run_decision d WHERE d.run_n = batch.n) FROM batch`,
		s.Indexed,
		upto,
		searchMaxWf,
	)
	if err != nil {
		return s, err
	}
	s.Indexed = upto
	_, err = tx.ExecContext(ctx, `UPDATE run_searched SET upto = ?`, upto)
	return s, err
}

// SearchStateOf is how far the search has come.
func SearchStateOf(ctx context.Context, db DB) (s SearchState, err error) {
	err = db.QueryRowContext(ctx, `SELECT (SELECT upto FROM run_searched), (SELECT coalesce(max(n), 0) FROM run_record)`).
		Scan(&s.Indexed, &s.Runs)
	return s, err
}

// ForgetTexts empties the index, so that IndexTexts makes it anew.
func ForgetTexts(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO run_search (run_search) VALUES ('delete-all')`); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE run_searched SET upto = 0`)
	return err
}

// checkSearch compares the documents of the search with the runs: their number
// and, by a sum of hashes in any order, which they are. What each document says
// is held by SQLite's own integrity check.
func checkSearch(ctx context.Context, db DB) (problems []Problem, state SearchState, err error) {
	if state, err = SearchStateOf(ctx, db); err != nil {
		return nil, state, err
	}
	read := func(columns, from string, args ...any) (string, error) {
		var n, sum uint64
		err := query(ctx, db, func(row scanner) error {
			var id int64
			err := row.Scan(&id)
			n++
			sum += (uint64(id) ^ uint64(id)>>29) * 0x9E3779B97F4A7C15
			return err
		}, "SELECT "+columns+" FROM "+from, args...)
		return fmt.Sprintf("%d documents, %016x", n, sum), err
	}
	want, err := read(
		searchKey,
		`run_record r JOIN run_source s ON s.n = r.source_n JOIN source i ON i.id = s.id WHERE r.n <= ? AND r.workflow_n <= ? AND i.state <> 'purged'`,
		state.Indexed,
		searchMaxWf,
	)
	if err != nil {
		return nil, state, err
	}
	have, err := read("id", "run_search_docsize")
	if err == nil && have != want {
		problems = append(problems, Problem{"index for the search of texts", have, want})
	}
	return problems, state, err
}

// CheckSearch compares the index for the search of texts with the runs of all
// workflows, and says how far it has come. It reads only.
func CheckSearch(ctx context.Context, db DB) ([]Problem, SearchState, error) {
	return checkSearch(ctx, db)
}

// searched is one workflow's part of a search.
type searched struct {
	n  int64
	id string
}

// Search finds runs by the texts that they hold.
func Search(ctx context.Context, db DB, q SearchQuery) (Found, error) {
	f := Found{Page: Page[Hit]{Items: []Hit{}}, Order: cmp.Or(q.Order, SearchNewest)}
	if f.Order != SearchNewest && f.Order != SearchRelevance {
		return f, fault.Invalid("order", "Choose the order newest or relevance.")
	}
	match, err := ParseSearch(q.Text)
	if err != nil {
		return f, err
	}
	if f.State, err = SearchStateOf(ctx, db); err != nil {
		return f, err
	}
	s := search{db: db, match: match, limit: pageSize(q.Limit)}
	if s.workflows, err = s.within(ctx, q); err != nil {
		return f, err
	}
	if s.spans, err = s.spansOf(q.Period); err != nil {
		return f, err
	}
	if f.Order == SearchRelevance {
		all, err := s.walk(ctx, searchTop, searchRank, searchRank, max(rankWithin, q.Within))
		if err != nil {
			return f, err
		}
		if all.more || all.low > 0 {
			f.Order = SearchNewest
		} else {
			f.Count, f.More = min(int64(len(all.keys)), searchCount), len(all.keys) > searchCount
		}
	}
	var keys []int64
	if f.Order == SearchRelevance {
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

// search is a search in progress.
type search struct {
	db        DB
	match     string
	limit     int
	workflows []searched
	spans     []span
}

// span is a range of rowids, both ends included.
type span struct{ low, high int64 }

func (s *search) within(ctx context.Context, q SearchQuery) (out []searched, err error) {
	err = query(ctx, s.db, func(row scanner) error {
		var x searched
		err := row.Scan(&x.n, &x.id)
		out = append(out, x)
		return err
	}, `SELECT n, workflow_id FROM run_workflow WHERE (?1 = '' OR workflow_id = ?1) AND n <= ?2`, q.WorkflowID, searchMaxWf)
	return out, err
}

func (s *search) spansOf(p Period) (out []span, err error) {
	if p.From != "" && p.To != "" && p.To < p.From {
		return nil, fault.Invalid("to", "The last day is before the first.")
	}
	for _, w := range s.workflows {
		x := span{w.n << searchWfBits, (w.n+1)<<searchWfBits - 1}
		if p.From != "" {
			x.low = w.n<<searchWfBits | searchHour(p.From.Time())<<searchHourBits
		} else if p.To != "" {
			x.low = w.n<<searchWfBits | 1<<searchHourBits // a period leaves out runs without a time
		}
		if p.To != "" {
			x.high = w.n<<searchWfBits | searchHour(
				p.To.AddDays(1).Time().Add(-time.Second),
			)<<searchHourBits | (1<<searchHourBits - 1)
		}
		out = append(out, x)
	}
	return out, nil
}

// What orders runs across workflows is the part of the rowid below the
// workflow's: hour and number.
const searchTop = 1<<searchWfBits - 1

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
func (s *search) walk(ctx context.Context, from int64, page, most int, within time.Duration) (w walked, err error) {
	filled, err := s.filled(ctx, from)
	if err != nil || len(filled) == 0 {
		return w, err
	}
	high, bottom := int64(0), int64(searchTop)
	for _, x := range filled {
		high, bottom = max(high, x.high&searchTop), min(bottom, x.low&searchTop)
	}
	start, width := time.Now(), int64(firstWidth)
	for high >= bottom {
		began := time.Now()
		low := max(bottom, high-width<<searchHourBits+1)
		before := len(w.keys)
		for _, x := range filled {
			from, to := max(x.low, x.low&^searchTop|low), min(x.high, x.low&^searchTop|high)
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
		slices.SortFunc(w.keys[before:], func(a, b int64) int { return cmp.Compare(b&searchTop, a&searchTop) })
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
func (s *search) filled(ctx context.Context, from int64) (out []span, err error) {
	for _, x := range s.spans {
		var low, high sql.NullInt64
		err := s.db.QueryRowContext(ctx, `SELECT (SELECT min(id) FROM run_search_docsize WHERE id BETWEEN ?1 AND ?2), (SELECT max(id) FROM run_search_docsize WHERE id BETWEEN ?1 AND ?2)`,
			x.low, min(x.high, x.low&^searchTop|from)).
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
func (s *search) newest(ctx context.Context, q SearchQuery, f *Found) ([]int64, error) {
	from, seen := int64(searchTop), int64(0)
	if q.After != "" {
		place, n, _ := strings.Cut(q.After, ".")
		var err1, err2 error
		from, err1 = strconv.ParseInt(place, 10, 64)
		seen, err2 = strconv.ParseInt(n, 10, 64)
		if err1 != nil || err2 != nil || from < 0 || from > searchTop || seen < 0 {
			return nil, fault.Invalid("after", "This page does not exist any more. Go back to the first page.")
		}
		from--
	}
	w, err := s.walk(ctx, from, s.limit, max(s.limit, int(searchCount-seen)), cmp.Or(q.Within, searchWithin))
	if err != nil {
		return nil, err
	}
	keys := w.keys
	f.Count = seen + int64(len(keys))
	if f.More = f.Count > searchCount; f.More {
		f.Count = max(seen, searchCount)
	} else if w.low > 0 {
		f.Back = time.Unix((w.low&searchTop)>>searchHourBits*3600, 0).UTC()
	}
	switch {
	case len(keys) > s.limit:
		keys = keys[:s.limit]
		f.Next = fmt.Sprintf("%d.%d", keys[s.limit-1]&searchTop, seen+int64(s.limit))
	case w.low > 0:
		f.Next = fmt.Sprintf("%d.%d", w.low, seen+int64(len(keys)))
	}
	return keys, nil
}

// ranked does so by relevance.
func (s *search) ranked(ctx context.Context, after string) (keys []int64, next string, err error) {
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
func (s *search) hits(ctx context.Context, keys []int64) ([]Hit, error) {
	out := make([]Hit, len(keys))
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
		numbers[i] = k & (1<<searchHourBits - 1)
		at[numbers[i]] = i
		out[i] = Hit{RowID: numbers[i], WorkflowID: names[k>>searchWfBits], Passages: []Passage{}}
	}
	list, err := json.Marshal(numbers)
	if err != nil {
		return nil, err
	}
	texts := make([]texture, len(keys))
	var n int64
	for _, q := range []struct {
		text string
		row  func(scanner) error
	}{
		{`SELECT r.n, r.run_id, r.at, o.text, i.ref, r.line FROM run_record r JOIN run_text o ON o.n = r.outcome JOIN run_source rs ON rs.n = r.source_n
			JOIN source i ON i.id = rs.id WHERE r.n IN (SELECT value FROM json_each(?))`, func(row scanner) error {
			var h Hit
			var when sql.NullInt64
			err := row.Scan(&n, &h.RunID, &when, &h.Outcome, &h.Source, &h.Line)
			x := &out[at[n]]
			x.RunID, x.At, x.Outcome, x.Source, x.Line = h.RunID, timeOf(when), h.Outcome, h.Source, h.Line
			return err
		}},
		{`SELECT run_n, text, reasoning FROM run_output WHERE run_n IN (SELECT value FROM json_each(?)) ORDER BY run_n, i`, func(row scanner) error {
			var a, b string
			err := row.Scan(&n, &a, &b)
			t := &texts[at[n]]
			t.outputs, t.reasoning = append(t.outputs, a), append(t.reasoning, b)
			return err
		}},
		{`SELECT d.run_n, d.reason, g.text FROM run_decision d JOIN run_text g ON g.n = d.gate WHERE d.run_n IN (SELECT value FROM json_each(?)) ORDER BY d.run_n, d.i`, func(row scanner) error {
			var a, b string
			err := row.Scan(&n, &a, &b)
			t := &texts[at[n]]
			t.reasons, t.gates = append(t.reasons, a), append(t.gates, b)
			return err
		}},
	} {
		if err := query(ctx, s.db, q.row, q.text, string(list)); err != nil {
			return nil, err
		}
	}
	passages, err := markPassages(ctx, s.match, texts)
	for i := range passages {
		out[i].Passages = passages[i]
	}
	return out, err
}
