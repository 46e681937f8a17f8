package service

import (
	"context"
	"fmt"
	"path/filepath"

	"assay/internal/ledger"
	"assay/internal/store"
	"assay/internal/verify"
)

// HeadAnswer says what became of a log whose head somebody holds outside the register.
type HeadAnswer string

// The answers; only HeadHolds is good news.
const (
	HeadHolds     HeadAnswer = "holds"        // the log begins with the entries of the head
	HeadOlderCopy HeadAnswer = "older_copy"   // the register has fewer entries than the head: it was put back
	HeadFork      HeadAnswer = "fork"         // the register has other entries than the head
	HeadOtherLog  HeadAnswer = "other_log"    // the head is of another register
	HeadNotOurs   HeadAnswer = "not_ours"     // nobody whom the register knows signed the head, and it does not hold
	HeadNone      HeadAnswer = "cannot_judge" // no head that could be believed
)

// Against is what a head from outside says of the register.
type Against struct {
	Where    string     `json:"where"`  // file name
	Kind     string     `json:"kind"`   // certificate, pack, head
	Number   string     `json:"number"` // of the document, if it has one
	Answer   HeadAnswer `json:"answer"`
	Sentence string     `json:"sentence"` // names both heads where they differ
	Size     int64      `json:"size"`     // entries, as the document states
	Root     string     `json:"root"`     // hex, as the document states
	OurSize  int64      `json:"our_size"` // entries of the register
	OurRoot  string     `json:"our_root"` // of the register at Size, or of all of it where it is shorter
	SignedBy string     `json:"signed_by"`
}

// Holds tells whether the register has the entries of the head.
func (a Against) Holds() bool { return a.Answer == HeadHolds }

// CheckAgainst says whether this register's log begins with the log whose head is in a
// file: a certificate, an evidence pack, a head or note, a proof. An older copy of the
// register, or one whose entries were changed, is named with both heads.
func (s *Service) CheckAgainst(ctx context.Context, path string) (out Against, err error) {
	out = Against{Where: filepath.Base(path)}
	err = s.read(ctx, func(r *store.Reader) error {
		trust, err := trustOf(ctx, r, s.clock())
		if err != nil {
			return err
		}
		own, err := logKeyOf(ctx, r)
		if err != nil {
			return err
		}
		stated, err := verify.Trusting(trust).StatedHead(ctx, path, own.trusted(trust))
		if err != nil {
			return err
		}
		out.Kind, out.Number, out.SignedBy = stated.Kind, stated.Number, stated.SignedBy
		out.Size, out.Root = stated.Head.Size, hexRoot(stated.Head.Root)
		if stated.Doubt != "" {
			out.Answer, out.Sentence = HeadNone, "It states no head that could be believed: "+stated.Doubt
			return nil
		}
		return holdAgainst(ctx, r, stated, &out)
	})
	return out, err
}

// holdAgainst compares a stated head with the register's log.
func holdAgainst(ctx context.Context, r *store.Reader, stated verify.StatedHead, out *Against) error {
	log, err := r.Log(ctx)
	if err != nil {
		return err
	}
	reg, err := r.Register(ctx)
	if err != nil {
		return err
	}
	then := stated.Head
	out.OurSize = log.Size()
	root, err := log.Root(min(then.Size, out.OurSize))
	if err != nil {
		return err
	}
	out.OurRoot = hexRoot(root)
	its := fmt.Sprintf("It states a log of %d entries with the root %s", then.Size, out.Root)
	switch {
	case then.Origin != "" && then.Register() != reg.ID:
		out.Answer = HeadOtherLog
		out.Sentence = fmt.Sprintf(
			"It is a head of another log, %q; this register's is %q.", then.Origin, ledger.Origin(reg.ID),
		)
	case then.Size <= out.OurSize && root == then.Root:
		out.Answer = HeadHolds
		out.Sentence = fmt.Sprintf("The %d entries that the log had then are the first %d of this register's log, "+
			"unchanged (root %s).",
			then.Size, then.Size, out.Root)
	case stated.SignedBy == "":
		out.Answer = HeadNotOurs
		out.Sentence = its + ", which this register has not, and nobody signed it whom this register knows: it " +
			"proves nothing against either."
	case then.Size > out.OurSize:
		out.Answer = HeadOlderCopy
		out.Sentence = fmt.Sprintf(
			"%s, signed by %s; this register has %d entries with the root %s. It is an older copy of the "+
				"register, or its newest %d entries were taken away.",
			its, stated.SignedBy, out.OurSize, out.OurRoot, then.Size-out.OurSize)
	default:
		out.Answer = HeadFork
		out.Sentence = fmt.Sprintf(
			"%s, signed by %s; the first %d entries of this register have the root %s. One log cannot have both: "+
				"entries were changed, or the register went on from an older copy (a fork).",
			its, stated.SignedBy, then.Size, out.OurRoot)
	}
	return nil
}
