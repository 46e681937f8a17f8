package service

import (
	"context"
	"time"

	"assay/internal/civil"
	"assay/internal/imported"
	"assay/internal/store"
	"assay/internal/store/search"
)

// SearchQuery is what somebody looks for in the texts of runs: what the AI
// wrote, its reasoning, and the reasons for people's decisions. Text is as
// search.Parse reads it.
type SearchQuery struct {
	Text     string         `json:"text"`
	Workflow string         `json:"workflow"` // reference; empty: all
	From     civil.Date     `json:"from"`     // days, both included; empty: open
	To       civil.Date     `json:"to"`
	Order    imported.Order `json:"order"` // newest (if empty) or relevance
	After    string         `json:"after"` // next of the page before
	Limit    int            `json:"limit"` // 0 is 50
	// Within is how long to look before giving what was found so far; 0 is what
	// somebody waits who looks at a screen.
	Within time.Duration `json:"-"`
}

// SearchHit is a run in which something was found.
type SearchHit struct {
	Run          imported.Hit `json:"run"`
	WorkflowRef  string       `json:"workflow_ref"`
	WorkflowName string       `json:"workflow_name"`
}

// SearchPage is a page of what was found.
type SearchPage struct {
	Items []SearchHit `json:"items"`
	Next  string      `json:"next"`  // where the next page begins, empty on the last; this one need not be full
	Count int64       `json:"count"` // runs found on the pages up to here, and after them as far as was looked
	More  bool        `json:"more"`  // there are more than Count
	Back  time.Time   `json:"back"`  // how far back was looked; zero: through all, or until there were More
	// Order is that of the page: relevance is given up for the newest where too
	// many runs are found.
	Order imported.Order `json:"order"`
	// State tells how many runs can be found already.
	State imported.SearchState `json:"state"`
}

// SearchRuns finds runs by the texts that they hold.
func (s *Service) SearchRuns(ctx context.Context, q SearchQuery) (SearchPage, error) {
	p := SearchPage{Items: []SearchHit{}}
	err := s.read(ctx, func(r *store.Reader) error {
		list, err := store.Workflows.List(ctx, r)
		if err != nil {
			return err
		}
		id := ""
		if q.Workflow != "" {
			wf, err := store.Workflows.Get(ctx, r, q.Workflow)
			if err != nil {
				return err
			}
			id = wf.ID
		}
		f, err := search.Find(
			ctx,
			r.SQL,
			search.Query{
				Text:       q.Text,
				WorkflowID: id,
				Period:     imported.Period{From: q.From, To: q.To},
				Order:      q.Order,
				After:      q.After,
				Limit:      q.Limit,
				Within:     q.Within,
			},
		)
		if err != nil {
			return err
		}
		p.Next, p.Count, p.More, p.Back, p.Order, p.State = f.Next, f.Count, f.More, f.Back, f.Order, f.State
		for _, h := range f.Items {
			x := SearchHit{Run: h}
			for i := range list {
				if list[i].ID == h.WorkflowID {
					x.WorkflowRef, x.WorkflowName = list[i].Ref, list[i].Name
				}
			}
			p.Items = append(p.Items, x)
		}
		return nil
	})
	return p, err
}

// SearchState tells how many runs can be found already.
func (s *Service) SearchState(ctx context.Context) (st imported.SearchState, err error) {
	err = s.read(ctx, func(r *store.Reader) (err error) {
		st, err = search.StateOf(ctx, r.SQL)
		return err
	})
	return st, err
}

// IndexRuns makes everything that was imported searchable, some thousands of
// runs in one transaction; it can be stopped at any moment and goes on from
// there. anew empties the index first. The index is derived from the runs, and
// so leaves no entry in the log. progress may be nil.
func (s *Service) IndexRuns(
	ctx context.Context,
	anew bool,
	progress func(imported.SearchState),
) (st imported.SearchState, err error) {
	if anew {
		err := s.st.Note(ctx, func(t *store.Tx) error {
			return t.Unlogged(func() error { return search.Reset(ctx, t.SQL) })
		})
		if err != nil {
			return st, asFault(err)
		}
	}
	for {
		if st, err = s.indexSome(ctx); err != nil {
			return st, asFault(err)
		}
		if progress != nil {
			progress(st)
		}
		if st.Done() {
			return st, nil
		}
	}
}

func (s *Service) indexSome(ctx context.Context) (st imported.SearchState, err error) {
	// Whoever has nothing to do takes no lock.
	if st, err = s.SearchState(ctx); err != nil || st.Done() {
		return st, err
	}
	err = s.st.Note(ctx, func(t *store.Tx) error {
		return t.Unlogged(func() (err error) { // rows of an index are nothing that the log names
			st, err = search.Index(ctx, t.SQL)
			return err
		})
	})
	return st, err
}

// CheckSearch tells what is wrong with the text of a search.
func CheckSearch(text string) error {
	_, err := search.Parse(text)
	return err
}

// KeepSearchable makes imports searchable in the background, now and after each
// import, until the register is closed. progress is called after each step,
// and with an error where it has to give up until the next import; it may be nil.
func (s *Service) KeepSearchable(progress func(imported.SearchState, error)) {
	s.indexMu.Lock()
	defer s.indexMu.Unlock()
	if s.indexing != nil || s.indexStopped {
		return
	}
	if progress == nil {
		progress = func(imported.SearchState, error) {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	work := &indexing{cancel: cancel, wake: make(chan struct{}, 1), done: make(chan struct{})}
	s.indexing = work
	go func() {
		defer close(work.done)
		for {
			for {
				st, err := s.indexSome(ctx)
				if ctx.Err() != nil {
					return
				}
				progress(st, asFault(err))
				if err != nil || st.Done() {
					break
				}
				// People come first: between two steps others may write.
				select {
				case <-ctx.Done():
					return
				case <-time.After(indexPause):
				}
			}
			select {
			case <-ctx.Done():
				return
			case <-work.wake:
			}
		}
	}()
}

const indexPause = 50 * time.Millisecond

// indexing is the work that goes on in the background of an open register.
type indexing struct {
	cancel context.CancelFunc
	wake   chan struct{}
	done   chan struct{}
}

// wakeIndexing tells the background that there is something new.
func (s *Service) wakeIndexing() {
	s.indexMu.Lock()
	defer s.indexMu.Unlock()
	if s.indexing == nil {
		return
	}
	select {
	case s.indexing.wake <- struct{}{}:
	default: // it has been told already
	}
}

// stopIndexing ends the work in the background; what it had begun is undone.
func (s *Service) stopIndexing() {
	s.indexMu.Lock()
	work := s.indexing
	s.indexing, s.indexStopped = nil, true
	s.indexMu.Unlock()
	if work != nil {
		work.cancel()
		<-work.done
	}
}
