package runlog

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"assay/internal/run"
	"assay/internal/runlog/jsonx"
	"assay/internal/runlog/quote"
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

// stopped tells whether an event of a table or of mapped records began and has no end,
// although the log says of events when they ended.
func (a *assembler) stopped(rw *row) bool {
	if rw[fStarted] == "" || rw[fEnded]+rw[fTime] != "" || rw[fKind] != "" || a.own || rw[fNoEnd] != "" {
		return false
	}
	if a.column != nil { // an event in a row, of columns of its own
		return a.column[fEnded] != ""
	}
	return a.m.Fields["started"] != "" && a.m.Fields["ended"] != "" && !strings.HasSuffix(rw[fActivity], "]")
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
	name  string // under which the total stands
	next  bool
}

// member looks at a member of the document beside its records.
func (x *page) member(j *jsonx.Stream, name string, first byte) error {
	within := first == '{' && paging[name]
	if first == '[' || first == '{' && !within || !within && !counts[name] && !links[name] {
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

// Names under which APIs count all their records, link to the next page, and keep both.
var (
	counts = map[string]bool{"total_entries": true, "@odata.count": true, "totalItems": true, "total_items": true,
		"total_count": true, "totalCount": true, "total": true, "totalResults": true, "count": true}
	links = map[string]bool{"nextLink": true, "@odata.nextLink": true, "next": true, "next_cursor": true,
		"nextCursor": true, "next_page_token": true, "nextPageToken": true, "next_page": true, "nextPage": true,
		"next_url": true, "has_more": true, "hasMore": true, "has_next": true, "hasNext": true}
	paging = map[string]bool{"meta": true, "cursors": true, "pagination": true, "paging": true, "page": true,
		"links": true, "_links": true}
)

func (x *page) said(path, v string) {
	name := path[strings.LastIndexByte(path, '.')+1:]
	if name == "href" { // of a link that is an object
		name = path[strings.IndexByte(path, '.')+1 : len(path)-len(".href")]
	}
	if strings.HasPrefix(path, "@odata.") {
		name = path
	}
	if n, err := strconv.ParseInt(v, 10, 64); err == nil && counts[name] && n > x.total {
		x.total, x.name = n, strings.Clone(path)
	}
	x.next = x.next || links[name] && v != "" && v != "null" && v != "false" && v != "0"
}

// say notes what is not in the file.
func (x *page) say(s *sink, records int64) {
	switch {
	case x.total > records:
		s.note(Refusal{Reason: fmt.Sprintf(
			"The file says that there are %d records (%s), and holds %d. What is on its other pages was not read: "+
				"export them too.", x.total, quote.Clip(x.name), records)})
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
