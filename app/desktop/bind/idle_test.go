package bind

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"assay/internal/service"
)

func TestLock(t *testing.T) {
	open := func(t *testing.T, plain bool) (*Desk, *[]string) {
		t.Helper()
		n := service.NewRegister{Organisation: "Council", Person: "Ann Example", Plain: plain}
		if !plain {
			n.Passphrase = "correct horse battery"
		}
		s, _, err := service.Create(context.Background(), filepath.Join(t.TempDir(), "r.assay"), n, service.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var events []string
		d := NewDesk(
			Options{StateDir: t.TempDir(), Emit: func(name string, data any) { events = append(events, name) }},
		)
		t.Cleanup(func() { d.Close() })
		if err := d.setRegister(s); err != nil {
			t.Fatal(err)
		}
		d.markActive()
		return d, &events
	}
	now := time.Now()
	t.Run("a register at work stays open", func(t *testing.T) {
		d, events := open(t, false)
		d.lockIf(now.Add(time.Minute), now.Add(time.Minute-watchEvery))
		if d.service() == nil || len(*events) > 0 {
			t.Fatal("locked", *events)
		}
	})
	t.Run("after a while with nobody there it is locked", func(t *testing.T) {
		d, events := open(t, false)
		later := now.Add(IdleAfter + time.Minute)
		d.lockIf(later, later.Add(-watchEvery))
		if d.service() != nil || len(*events) != 1 || (*events)[0] != "locked" {
			t.Fatal("still open", *events)
		}
	})
	t.Run("after sleep it is locked", func(t *testing.T) {
		d, _ := open(t, false)
		d.lockIf(now.Add(time.Minute), now)
		if d.service() != nil {
			t.Fatal("still open")
		}
	})
	t.Run("work that runs is not interrupted", func(t *testing.T) {
		d, _ := open(t, false)
		d.jobs["import"] = func() {}
		d.lockIf(now.Add(time.Hour), now)
		if d.service() == nil {
			t.Fatal("locked")
		}
	})
	t.Run("a file that is not encrypted gains nothing by it", func(t *testing.T) {
		d, _ := open(t, true)
		d.lockIf(now.Add(time.Hour), now)
		if d.service() == nil {
			t.Fatal("locked")
		}
	})
}
