package bind

import (
	"context"
	"time"

	"assay/internal/imported"
	"assay/internal/service"
)

// IdleAfter is how long an encrypted register stays open with nobody at it.
const IdleAfter = 15 * time.Minute

// watchEvery is how often Watch looks.
const watchEvery = 5 * time.Second

// Watch locks an encrypted register when nothing has been asked of it for
// IdleAfter, and when the computer has slept: its key is wiped, and the page is
// told by the event "locked", with the register's token, to ask for the
// passphrase. Running work is not interrupted. It returns when ctx ends.
func (d *Desk) Watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	last := time.Now()
	d.markActive()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			now := time.Now()
			d.lockIf(now, last)
			last = now
		}
	}
}

// lockIf locks the register if nobody has been at it for too long, or if the
// clock on the wall went on between two looks while the program did not run.
func (d *Desk) lockIf(now, last time.Time) {
	slept := now.Round(0).
		Sub(last.Round(0)) >
		watchEvery+30*time.Second // without the monotonic clock, which stands still in sleep
	idle := now.Sub(time.Unix(0, d.lastCall.Load())) > IdleAfter
	d.jobsMu.Lock()
	busy := len(d.jobs) > 0
	d.jobsMu.Unlock()
	s := d.service()
	if s == nil || busy || !slept && !idle || !s.Sealed() {
		return
	}
	path := s.Path()
	if err := d.setRegister(nil); err != nil {
		d.o.Log.Error("failed", "method", "lock", "cause", err)
		return
	}
	d.o.Emit("locked", d.files.grant(path))
}

func (d *Desk) markActive() { d.lastCall.Store(time.Now().UnixNano()) }

// afterOpen does what is due when a register was opened: it warns of a doubtful
// drive or clock, makes imports searchable (the event "search" tells how far it
// has come) and makes the day's backup, in the background.
func (d *Desk) afterOpen(s *service.Service) {
	if warnings, err := s.Warnings(context.Background()); err == nil {
		for _, w := range warnings {
			d.o.Emit("warning", w)
		}
	}
	if s.ReadOnly() {
		return
	}
	s.KeepSearchable(func(st imported.SearchState, err error) {
		if err != nil {
			d.o.Log.Warn("indexing stopped", "cause", err)
			return
		}
		d.o.Emit("search", st)
	})
	if s.IsSample(context.Background()) {
		return
	}
	if _, _, err := s.BackupIfDue(context.Background()); err != nil {
		d.o.Log.Warn("backup failed", "cause", err)
		d.o.Emit("warning", err.Error())
	}
}
