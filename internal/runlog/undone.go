package runlog

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"assay/internal/run"
	"assay/internal/runlog/jsonx"
)

// What platforms write down of work that was not done: steps that wait, that nobody
// ended, and that failed. Taken for what their names say, they would be decisions by
// nobody and letters that were never sent.

// failedSuffix stands after the name of a step that ended in an error.
const failedSuffix = " [failed]"

// undone makes of an event that has no end, or that failed, what it shows. One that
// decides and has no answer was put before an officer, and waits; one that failed
// without an answer decides nothing, and one that failed releases nothing. Of an
// answer in an event without an end, the time is unknown: it is not that of the
// beginning.
func (a *assembler) undone(rw *row, ended, failed bool) {
	if ended && !failed || rw[fActivity] == "" {
		return
	}
	rule, _ := a.rule(rw)
	answered := rw[fDecision] != "" && (rule.Act == run.ActDecide || rule.Act == run.ActNone && !a.decides)
	switch {
	case answered && !ended:
		rw[fPresented] = cmp.Or(rw[fPresented], rw[fStarted])
		rw[fNoEnd] = "1"
		return
	case answered:
		return
	case failed:
		rw[fActivity] += failedSuffix
	case rule.Act == run.ActDecide:
		rw[fGate] = cmp.Or(rw[fGate], rule.Gate)
		rw[fActivity] += run.AskedSuffix
	default:
		rw[fActivity] += run.StartSuffix
	}
	rw[fDecision], rw[fAccount] = "", ""
}

// unended tells whether a record is of something that was not finished.
func unended(rw *row) bool {
	return rw[fNoEnd] != "" || strings.HasSuffix(rw[fActivity], run.StartSuffix) ||
		strings.HasSuffix(rw[fActivity], run.AskedSuffix) && rw[fEnded] == ""
}

// page says where a document is a page of more: by its own count, and by its link to
// the next.
type page struct {
	total int64
	next  bool
}

// member looks at a member of the document beside its records.
func (x *page) member(j *jsonx.Stream, name string, first byte) error {
	within := name == "meta" || name == "cursors"
	if within != (first == '{') || first == '[' || !within && !counts[name] && !links[name] {
		return j.Skip()
	}
	p, err := j.Value()
	if err != nil {
		return err
	}
	if within {
		p.Values(name, nil, x.said, nil)
	} else {
		x.said(name, p.Scalar(name))
	}
	if !p.End() {
		return j.Fail("%s", p.Msg)
	}
	return nil
}

// Names under which APIs count all their records, and link to the next page.
var (
	counts = map[string]bool{"total_entries": true, "@odata.count": true, "meta.totalItems": true, "total_count": true,
		"totalCount": true, "total": true}
	links = map[string]bool{"nextLink": true, "@odata.nextLink": true, "cursors.next": true, "next_cursor": true,
		"meta.nextCursor": true, "next_page_token": true}
)

func (x *page) said(path, v string) {
	if n, err := strconv.ParseInt(v, 10, 64); err == nil && counts[path] {
		x.total = n
	}
	x.next = x.next || links[path] && v != "" && v != "null"
}

// say notes what is not in the file.
func (x *page) say(s *sink, records int64) {
	switch {
	case x.total > records:
		s.note(Refusal{Reason: fmt.Sprintf(
			"The file says that there are %d records, and holds %d. What is on its other pages was not read: export "+
				"them too.", x.total, records)})
	case x.next:
		s.note(Refusal{
			Reason: "The file is one page, and links to a next one. What is on that was not read: export it too.",
		})
	}
}

// failed tells whether a platform's word for the state of a step says that it failed.
func failed(state string) bool {
	switch strings.ToLower(state) {
	case "error", "failed", "failure", "crashed", "aborted", "2", "status_code_error":
		return true
	}
	return false
}
