package importer

import (
	"context"
	"errors"
	"io"
	"slices"
	"sort"
	"strings"
	"time"
	"unicode"

	"assay/internal/fault"
)

// Table is the beginning of a flat log, for a person who explains its columns.
type Table struct {
	Kind    Kind       `json:"kind"`
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
	// Suggested is a mapping that fits the names of the columns and the values
	// under them; what it leaves out, nobody could guess.
	Suggested *Mapping `json:"suggested"`
}

// previewRows is how many rows a Table shows.
const previewRows = 50

// errEnough ends the reading of a preview.
var errEnough = errors.New("enough")

// Preview reads the columns and first rows of a CSV file or workbook, as
// o.Mapping's encoding, delimiter, sheet and header_row say. It is a fault where
// src is no flat log.
func Preview(ctx context.Context, src io.Reader, o Options) (Table, error) {
	if o.MaxLine <= 0 {
		o.MaxLine = DefaultMaxLine
	}
	var t Table
	in := newInput(ctx, src, o)
	s := newSink(ctx, o, in)
	s.preview = &t
	err := in.read(s)
	t.Kind = Kind{s.res.Format, s.res.Wrapping, s.res.Encoding}
	if err != nil && !errors.Is(err, errEnough) {
		return t, err
	}
	if t.Columns == nil {
		return t, fault.Unreadable(o.Name, "This is no table, but a log of the format %q, which needs no columns to be explained.", t.Kind.Format)
	}
	t.Suggested = suggest(t)
	return t, nil
}

// previewTable fills a Table instead of making runs.
func (t *Table) read(src table, m *Mapping) error {
	want := 0
	if m != nil {
		want = m.HeaderRow
	}
	for {
		cells, n, err := src.next()
		if err == io.EOF {
			return errEnough
		}
		var bad badRow
		if err != nil && !errors.As(err, &bad) {
			return err
		}
		if len(cells) == 0 || int(n) < want {
			continue
		}
		row := make([]string, len(cells))
		for i, c := range cells {
			row[i] = clip(strings.TrimSpace(strings.Clone(c)))
		}
		if t.Columns == nil {
			t.Columns = row
			continue
		}
		if t.Rows = append(t.Rows, row); len(t.Rows) >= previewRows {
			return errEnough
		}
	}
}

// hints are words in the names of columns, by field; the first column that
// holds the earliest word of the list is suggested.
var hints = []struct {
	f     field
	words []string
}{
	{fRunID, []string{"run id", "case id", "caseid", "case ref", "run", "case", "flow run id", "trace id", "reference", "ref", "id", "zaak"}},
	{fActivity, []string{"activity", "event", "task", "step", "action", "concept name"}},
	{fEnded, []string{"complete timestamp", "completed", "complete", "end time", "end", "finished", "timestamp", "date time", "time", "when", "date"}},
	{fStarted, []string{"start timestamp", "start time", "started", "start", "begin"}},
	{fActor, []string{"resource", "user", "officer", "performed by", "actor", "owner", "account"}},
	{fDecision, []string{"decision", "verdict", "approval", "result"}},
	{fReason, []string{"reason", "comment", "remark", "note"}},
	{fOutcome, []string{"outcome", "status"}},
	{fOpened, []string{"opened"}},
	{fSegment, []string{"segment", "tenure", "group"}},
	{fTriggerChannel, []string{"channel"}},
	{fWorkflowVersion, []string{"workflow version", "version"}},
	{fModelVersion, []string{"model"}},
	{fPromptVersion, []string{"prompt"}},
	{fReasoning, []string{"reasoning", "explanation"}},
	{fText, []string{"output", "ai text", "draft"}},
	{fConfidence, []string{"confidence", "score"}},
	{fRole, []string{"role"}},
	{fTransition, []string{"transition", "lifecycle"}},
}

// words of a column's name, in lower case: "Case_ID" is "case id".
func wordsOf(name string) string {
	var b strings.Builder
	var last rune
	for _, r := range name {
		switch {
		case unicode.IsUpper(r) && unicode.IsLower(last):
			b.WriteByte(' ')
			b.WriteRune(unicode.ToLower(r))
		case strings.ContainsRune("_-./:", r):
			b.WriteByte(' ')
		default:
			b.WriteRune(unicode.ToLower(r))
		}
		last = r
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// suggest finds columns by their names, and the form of their times by their
// values. It never suggests a zone, nor what a decision's words mean.
func suggest(t Table) *Mapping {
	m := &Mapping{Version: 1, Rows: "event", Fields: map[string]string{}}
	taken := map[int]bool{}
	for _, h := range hints {
		best := -1
		for _, w := range h.words {
			for i, c := range t.Columns {
				name := wordsOf(c)
				if taken[i] || c == "" || best >= 0 {
					continue
				}
				if name == w || len(w) > 2 && (strings.HasPrefix(name, w+" ") || strings.HasSuffix(name, " "+w)) {
					best = i
				}
			}
		}
		if best >= 0 {
			taken[best] = true
			m.Fields[fieldNames[h.f]] = t.Columns[best]
		}
	}
	if m.Fields["activity"] == "" {
		m.Rows = "run"
	}
	for _, f := range []field{fEnded, fStarted} {
		if l := layoutOf(t, m.Fields[fieldNames[f]]); l != "" && !slices.Contains(m.TimeLayouts, l) {
			m.TimeLayouts = append(m.TimeLayouts, l)
		}
	}
	return m
}

// layouts that are tried, the British before the American: which of the two it
// is, a day above 12 shows.
var layouts = []string{"DD/MM/YYYY hh:mm:ss", "DD/MM/YYYY hh:mm", "MM/DD/YYYY hh:mm:ss", "MM/DD/YYYY hh:mm", "DD-MM-YYYY hh:mm:ss", "DD-MM-YYYY hh:mm", "DD.MM.YYYY hh:mm:ss", "DD.MM.YYYY hh:mm", "YYYY/MM/DD hh:mm:ss", "DD MMM YYYY hh:mm:ss", "DD MMM YYYY hh:mm", "DD/MM/YYYY hh:mm:ss AM", "MM/DD/YYYY hh:mm:ss AM"}

// layoutOf is the layout that every value of a column has; empty where the
// values are in ISO form, or in none that is known.
func layoutOf(t Table, column string) string {
	i := slices.Index(t.Columns, column)
	if i < 0 || column == "" {
		return ""
	}
	for _, l := range layouts {
		g, err := goLayout(l)
		if err != nil {
			continue
		}
		n, ok := 0, true
		for _, r := range t.Rows {
			if i >= len(r) || r[i] == "" {
				continue
			}
			n++
			if _, err := time.Parse(g, r[i]); err != nil {
				ok = false
				break
			}
		}
		if ok && n > 0 {
			return l
		}
	}
	return ""
}

// Alike groups accounts that may be one person's under several spellings
// ("J.Smith", "j smith", "smith, j"): the same letters and digits, whatever
// their order by word, case and marks. It is a suggestion for a person to
// look at; nothing is ever merged by it.
func Alike(accounts []Count) [][]Count {
	by := map[string][]Count{}
	for _, a := range accounts {
		name, _, _ := strings.Cut(a.Name, "@")
		parts := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		sort.Strings(parts)
		if k := strings.Join(parts, " "); k != "" {
			by[k] = append(by[k], a)
		}
	}
	var out [][]Count
	for _, k := range sortedKeys(by) {
		if len(by[k]) > 1 {
			out = append(out, by[k])
		}
	}
	return out
}
