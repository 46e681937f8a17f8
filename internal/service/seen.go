package service

import (
	"context"
	"fmt"

	"assay/internal/fault"
	"assay/internal/ledger"
	"assay/internal/machine"
	"assay/internal/organisation"
	"assay/internal/store"
)

// rollback is what opening a register found against the newest head that was seen of
// it on this computer; nil where the register has that head.
type rollback struct {
	seen machine.Seen
	ours ledger.Head // the register's own, of as many entries as it has of those seen
}

// fork tells whether the register has other entries than those seen, rather than fewer.
func (b rollback) fork() bool { return b.seen.Head.Size <= b.ours.Size }

func (b rollback) sentence() string {
	if b.fork() {
		return fmt.Sprintf(
			"This register is not the one that was open here on %s (%s): its activity log then had %s, and its "+
				"first %d entries now are others (root %x). Entries were changed, or it went on from an older "+
				"copy. If you put a copy back yourself, say so with: assay check --accept-older REASON.",
			b.seen.At.Format("2 January 2006 at 15:04 UTC"), b.seen.File, b.seen.Head, b.ours.Size, b.ours.Root[:])
	}
	return fmt.Sprintf(
		"This is an older copy of a register that was open here on %s (%s): its activity log then had %s; now it "+
			"has %s. If you put the copy back yourself, say so with: assay check --accept-older REASON.",
		b.seen.At.Format("2 January 2006 at 15:04 UTC"), b.seen.File, b.seen.Head, b.ours)
}

// lookBack compares the register with the newest head that was seen of it on this
// computer, and keeps the register's own head where that is newer.
func (s *Service) lookBack(ctx context.Context) error {
	return s.read(ctx, func(r *store.Reader) error {
		found, err := s.heldAgainstSeen(ctx, r)
		if err != nil {
			return err
		}
		s.mu.Lock()
		s.rollback = found
		s.mu.Unlock()
		if found != nil {
			return nil
		}
		return s.keepSeen(ctx, r)
	})
}

func (s *Service) heldAgainstSeen(ctx context.Context, r *store.Reader) (*rollback, error) {
	reg, err := r.Register(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for the last head seen: %w", err)
	}
	seen, ok := s.heads.Last(reg.ID)
	if !ok {
		return nil, nil
	}
	log, err := r.Log(ctx)
	if err != nil {
		return nil, err
	}
	size := min(seen.Head.Size, log.Size())
	root, err := log.Root(size)
	if err != nil {
		return nil, err
	}
	if size == seen.Head.Size && root == seen.Head.Root {
		return nil, nil
	}
	return &rollback{seen: seen, ours: ledger.Head{Origin: ledger.Origin(reg.ID), Size: size, Root: root}}, nil
}

// keepSeen keeps the register's head as the newest that was seen here. That it cannot be
// kept, on a computer whose folder is full or closed, is no reason to stop the person.
func (s *Service) keepSeen(ctx context.Context, r *store.Reader) error {
	reg, err := r.Register(ctx)
	if err != nil {
		return fmt.Errorf("keep the last head seen: %w", err)
	}
	log, err := r.Log(ctx)
	if err != nil {
		return err
	}
	head, err := log.Head(reg.ID, s.clock())
	if err != nil {
		return err
	}
	head.Time = head.Time.UTC()
	_ = s.heads.Keep(machine.Seen{Head: head, At: s.clock(), File: s.FileName()})
	return nil
}

// rolledBack is what opening found, nil for nothing.
func (s *Service) rolledBack() *rollback {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.rollback
}

// keepSeenAtClose keeps the head that the register has now, unless it is one that was
// put back: the newer one stays known until a person has said that it was meant.
func (s *Service) keepSeenAtClose(ctx context.Context) {
	if s.heads == "" || s.rolledBack() != nil {
		return
	}
	_ = s.read(ctx, func(r *store.Reader) error {
		if found, err := s.heldAgainstSeen(ctx, r); err != nil || found != nil {
			return err // the newer copy was open here meanwhile
		}
		return s.keepSeen(ctx, r)
	})
}

// AcceptOlder says that an older copy was put back on purpose. The log's next entry
// names the head that was lost and why; from then on this computer takes the register as
// it is. Errors: conflict, where the register is what was seen last.
func (s *Service) AcceptOlder(ctx context.Context, reason string) error {
	found := s.rolledBack()
	if found == nil {
		return fault.Conflict(
			"This register is no older copy, as far as this computer has seen: there is nothing to accept.",
		)
	}
	if reason == "" {
		return fault.Invalid("accept-older", "Say why an older copy was put back.")
	}
	err := s.change(ctx, doing{
		action: actionOlderCopy,
		summary: fmt.Sprintf("Went on with an older copy: the log had %s on %s, and %s when the copy was opened",
			found.seen.Head, found.seen.At.Format("2006-01-02"), found.ours),
		reason: reason,
		may:    organisation.ActionManageRegister,
	}, func(t *store.Tx) error {
		t.Entry().Digests = append(
			t.Entry().Digests, ledger.Digest{Name: "lost-head", SHA256: hexRoot(found.seen.Head.Root)},
		)
		return nil
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.rollback = nil
	s.mu.Unlock()
	return s.read(ctx, func(r *store.Reader) error { return s.keepSeen(ctx, r) })
}
