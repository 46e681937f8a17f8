// Package bind is what the page may ask of the program: for each room of the
// window one type whose exported methods the page calls. A method does nothing
// but hand the question to package service and the answer back.
//
// Three things hold for every method, in one place (see call): a panic becomes an
// answer, because otherwise the page would wait for ever; every failure is a
// fault, which ErrorText writes as the JSON that lib/api.ts reads; and lists are
// never null, because the page would have to ask everywhere.
package bind

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"assay/internal/fault"
	"assay/internal/pace"
	"assay/internal/service"
)

// Dialogs are the system's file dialogs. An empty path means that the person
// closed the dialog.
type Dialogs interface {
	// Open asks for a file to read. Patterns are such as "*.assay".
	Open(title string, filters []Filter) (string, error)
	// Save asks where a file is to be written.
	Save(title, name string, filters []Filter) (string, error)
	// Folder asks for a folder.
	Folder(title string) (string, error)
	// Show opens a file with the system's own program for it.
	Show(path string) error
}

// Filter names a kind of file in a dialog.
type Filter struct {
	Name     string
	Patterns []string
}

// Options are what the window gives the desk.
type Options struct {
	Dialogs Dialogs
	// Emit sends an event to the page.
	Emit func(name string, data any)
	// Log takes what went wrong: constant messages and references, never contents.
	Log *slog.Logger
	// StateDir keeps what belongs to this computer and to no register: recent
	// files and the window's place.
	StateDir string
	// Clock is the time; nil is the computer's clock.
	Clock func() time.Time
	// Version of the program.
	Version string
}

// Desk is what all rooms share: the one open register, the running jobs and the
// way to the window.
type Desk struct {
	o        Options
	mu       sync.RWMutex
	open     *service.Service
	lastCall atomic.Int64 // when the page last called something, Unix nanoseconds
	temp     string       // folder for what a viewer opens; empty until there is one
	held     atomic.Bool  // see Register.HoldWindow
	files    files
	waiting  string // path of a register that asks for its passphrase at the start

	jobsMu sync.Mutex
	jobs   map[string]context.CancelFunc
}

// NewDesk makes a desk with no register open.
func NewDesk(o Options) *Desk {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Emit == nil {
		o.Emit = func(string, any) {}
	}
	return &Desk{o: o, jobs: map[string]context.CancelFunc{}}
}

// Rooms are the types whose methods the page may call.
func (d *Desk) Rooms() []any {
	return []any{
		&Register{d}, &Jobs{d}, &Overview{d}, &Workflows{d}, &Policies{d}, &Risks{d}, &Runs{d}, &Reviews{d},
		&Activities{d}, &Settings{d}, &Certificates{d}, &Drafts{d}, &Verify{d}, &Findings{d}, &Samples{d},
		&Standards{d}, &Handover{d}, &Lists{d},
	}
}

// Close stops running jobs and gives the register back.
func (d *Desk) Close() error {
	d.jobsMu.Lock()
	for _, cancel := range d.jobs {
		cancel()
	}
	d.jobsMu.Unlock()
	d.mu.Lock()
	temp := d.temp
	d.temp = ""
	d.mu.Unlock()
	if temp != "" {
		os.RemoveAll(temp)
	}
	return d.setRegister(nil)
}

// setRegister makes s the open register and closes the one before.
func (d *Desk) setRegister(s *service.Service) error {
	d.mu.Lock()
	before := d.open
	d.open, d.waiting = s, ""
	d.mu.Unlock()
	if before != nil {
		return before.Close()
	}
	return nil
}

func (d *Desk) service() *service.Service {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.open
}

var errNoRegister = fault.Conflict("No register is open. Open one or make a new one.")

// call runs f on the open register.
func call[T any](d *Desk, method string, f func(context.Context, *service.Service) (T, error)) (T, error) {
	d.markActive()
	return guard(d, method, func() (T, error) {
		s := d.service()
		if s == nil {
			var none T
			return none, errNoRegister
		}
		return f(context.Background(), s)
	})
}

// exec runs f, which answers nothing, on the open register.
func exec(d *Desk, method string, f func(context.Context, *service.Service) error) error {
	_, err := call(d, method, func(ctx context.Context, s *service.Service) (struct{}, error) {
		return struct{}{}, f(ctx, s)
	})
	return err
}

// runJob runs f as a job that the page can follow and stop: it chose the job's
// name, gets "job" events under it and may call Jobs.Cancel with it.
func runJob[T any](
	d *Desk,
	method, job string,
	f func(context.Context, *service.Service, func(done, total int64, note string)) (T, error),
) (T, error) {
	return call(d, method, func(ctx context.Context, s *service.Service) (T, error) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		if job != "" {
			d.jobsMu.Lock()
			d.jobs[job] = cancel
			d.jobsMu.Unlock()
			defer func() {
				d.jobsMu.Lock()
				delete(d.jobs, job)
				d.jobsMu.Unlock()
			}()
		}
		var last time.Time
		ending := 0.0
		if method == "Runs.Import" {
			ending = pace.Import
		}
		speed := pace.New(time.Now(), ending)
		return f(ctx, s, func(done, total int64, note string) {
			// Few and small: the page draws them, and WebKit keeps them.
			if now := time.Now(); now.Sub(last) >= 100*time.Millisecond {
				last = now
				p := JobProgress{Job: job, Done: done, Total: total, Note: note}
				if total > 0 {
					e := speed.At(now, done, total)
					p.Rate, p.Left = e.Rate, e.Left.Seconds()
				}
				d.o.Emit("job", p)
			}
		})
	})
}

// JobProgress is how far a job has come.
type JobProgress struct {
	Job   string `json:"job"`
	Done  int64  `json:"done"`
	Total int64  `json:"total"` // 0: not known
	Note  string `json:"note"`

	Rate float64 `json:"rate"` // of Done in a second; 0: not known yet
	Left float64 `json:"left"` // seconds until the end; 0: not known yet
}

// guard runs f and turns panics and foreign errors into faults.
func guard[T any](d *Desk, method string, f func() (T, error)) (out T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.Internal(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
		if err != nil {
			err = d.explain(method, err)
		}
		out = service.Whole(out)
	}()
	return f()
}

// explain makes a fault of every error and logs the cause of our own mistakes
// under a reference that the person is shown.
func (d *Desk) explain(method string, err error) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		f = fault.Internal(err)
	}
	if f.Code != fault.CodeInternal {
		return f
	}
	ref := time.Now().UTC().Format("060102-150405.000")
	d.o.Log.Error("failed", "method", method, "reference", ref, "cause", errors.Unwrap(f))
	return referenced{f, ref}
}

// referenced is one of our own mistakes with the reference of its cause in the log.
type referenced struct {
	fault     *fault.Error
	reference string
}

func (r referenced) Error() string { return r.fault.Error() }
func (r referenced) Unwrap() error { return r.fault }

// ErrorText writes an error as the JSON text that the page parses. It must be a
// string: the window system shows objects as "[object Object]".
func ErrorText(err error) string {
	var wire struct {
		Code      fault.Code    `json:"code"`
		Message   string        `json:"message"`
		Fields    []fault.Field `json:"fields,omitempty"`
		Where     string        `json:"where,omitempty"`
		Reference string        `json:"reference,omitempty"`
	}
	var r referenced
	if errors.As(err, &r) {
		wire.Reference = r.reference
	}
	var f *fault.Error
	if !errors.As(err, &f) {
		f = fault.Internal(err)
	}
	wire.Code, wire.Message, wire.Fields, wire.Where = f.Code, f.Message, f.Fields, f.Where
	text, _ := json.Marshal(wire)
	return string(text)
}

// Jobs lets the page stop what takes long.
type Jobs struct{ d *Desk }

// Cancel stops a job; one that has ended already is left alone.
func (j *Jobs) Cancel(job string) {
	j.d.jobsMu.Lock()
	defer j.d.jobsMu.Unlock()
	if cancel := j.d.jobs[job]; cancel != nil {
		cancel()
	}
}
