package service

import (
	"bytes"
	"context"
	"crypto"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"assay/internal/certificate"
	"assay/internal/fault"
	"assay/internal/ledger"
	"assay/internal/pack"
	"assay/internal/signing"
	"assay/internal/store"
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

// statedHead is a head as a document states it.
type statedHead struct {
	kind, number string
	head         ledger.Head
	signedBy     string // somebody whom the register trusts; empty: nobody
	doubt        string // why nothing of it can be believed
}

// CheckAgainst says whether this register's log begins with the log whose head is in a
// file: a certificate, an evidence pack, a head or note, a proof. An older copy of the
// register, or one whose entries were changed, is named with both heads.
func (s *Service) CheckAgainst(ctx context.Context, path string) (out Against, err error) {
	out = Against{Where: filepath.Base(path)}
	err = s.read(ctx, func(r *store.Reader) error {
		stated, err := s.statedHead(ctx, r, path)
		if err != nil {
			return err
		}
		out.Kind, out.Number, out.SignedBy = stated.kind, stated.number, stated.signedBy
		out.Size, out.Root = stated.head.Size, hexRoot(stated.head.Root)
		if stated.doubt != "" {
			out.Answer, out.Sentence = HeadNone, "It states no head that could be believed: "+stated.doubt
			return nil
		}
		return holdAgainst(ctx, r, stated, &out)
	})
	return out, err
}

// holdAgainst compares a stated head with the register's log.
func holdAgainst(ctx context.Context, r *store.Reader, stated statedHead, out *Against) error {
	log, err := r.Log(ctx)
	if err != nil {
		return err
	}
	reg, err := r.Register(ctx)
	if err != nil {
		return err
	}
	then := stated.head
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
		out.Sentence = fmt.Sprintf("It is a head of another log, %q; this register's is %q.", then.Origin, ledger.Origin(reg.ID))
	case then.Size <= out.OurSize && root == then.Root:
		out.Answer = HeadHolds
		out.Sentence = fmt.Sprintf("The %d entries that the log had then are the first %d of this register's log, unchanged (root %s).",
			then.Size, then.Size, out.Root)
	case stated.signedBy == "":
		out.Answer = HeadNotOurs
		out.Sentence = its + ", which this register has not, and nobody signed it whom this register knows: it proves nothing against either."
	case then.Size > out.OurSize:
		out.Answer = HeadOlderCopy
		out.Sentence = fmt.Sprintf(
			"%s, signed by %s; this register has %d entries with the root %s. It is an older copy of the register, or its newest %d entries were taken away.",
			its, stated.signedBy, out.OurSize, out.OurRoot, then.Size-out.OurSize)
	default:
		out.Answer = HeadFork
		out.Sentence = fmt.Sprintf(
			"%s, signed by %s; the first %d entries of this register have the root %s. One log cannot have both: entries were changed, or the register went on from an older copy (a fork).",
			its, stated.signedBy, then.Size, out.OurRoot)
	}
	return nil
}

// statedHead reads the head out of a document, and whether somebody whom the
// register trusts has signed it.
func (s *Service) statedHead(ctx context.Context, r *store.Reader, path string) (statedHead, error) {
	name := filepath.Base(path)
	f, err := os.Open(path)
	if err != nil {
		return statedHead{}, fault.Unreadable(name, "This file cannot be opened.").Because(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return statedHead{}, fault.Unreadable(name, "This is no ordinary file; choose a certificate, a pack or a head.").Because(err)
	}
	trust, err := trustOf(ctx, r, s.clock())
	if err != nil {
		return statedHead{}, err
	}
	own, err := logKeyOf(ctx, r)
	if err != nil {
		return statedHead{}, err
	}
	keys := own.trusted(trust)
	start := make([]byte, 1024)
	n, err := f.ReadAt(start, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return statedHead{}, fault.Unreadable(name, "This file cannot be read.").Because(err)
	}
	v := &Verifier{now: s.clock(), trust: trust}
	switch start = start[:n]; {
	case bytes.HasPrefix(start, []byte("PK\x03\x04")):
		return v.headOfPack(ctx, f, info.Size(), name, keys)
	case bytes.Contains(start, []byte("%PDF-")):
		return v.headOfCertificate(ctx, f, info.Size(), name)
	}
	data, err := readSmall(path)
	if err != nil {
		return statedHead{}, err
	}
	return headOfNote(data, name, keys)
}

func (v *Verifier) headOfCertificate(ctx context.Context, f *os.File, size int64, name string) (statedHead, error) {
	doc, err := v.pdf(ctx, f, size, name)
	if err != nil {
		return statedHead{}, err
	}
	out := statedHead{kind: doc.Kind, number: doc.Number}
	switch doc.Answer {
	case AnswerAltered, AnswerUnreadable, AnswerUnsigned:
		out.doubt = doc.Sentence
		return out, nil
	case AnswerUnknownSigner:
	default:
		out.signedBy = doc.Signer
	}
	if doc.Kind != "certificate" {
		out.doubt = "only certificates, packs and heads state one."
		return out, nil
	}
	record, err := signing.PDFAttachment(f, size, statementFile)
	if err != nil {
		return statedHead{}, err
	}
	st, err := certificate.Parse(record)
	if err != nil {
		return statedHead{}, err
	}
	root, err := hex.DecodeString(st.Log.Root)
	if err != nil || len(root) != len(out.head.Root) {
		return statedHead{}, fault.Unreadable(name, "This certificate states no root of a log.").Because(err)
	}
	out.head.Size, out.head.Root = st.Log.Size, ledger.Hash(root)
	return out, nil
}

func (v *Verifier) headOfPack(ctx context.Context, f *os.File, size int64, name string, keys []crypto.PublicKey) (statedHead, error) {
	doc, err := v.pack(ctx, f, size, name)
	if err != nil {
		return statedHead{}, err
	}
	out := statedHead{kind: "pack", number: doc.Number}
	if doc.Answer == AnswerAltered || doc.Answer == AnswerUnreadable || doc.Answer == AnswerUnsigned {
		out.doubt = doc.Sentence
		return out, nil
	}
	bag, err := pack.Open(f, size)
	if err != nil {
		return statedHead{}, err
	}
	files, err := logFiles(bag)
	if err != nil {
		return statedHead{}, err
	}
	b, err := ledger.ReadBundle(files)
	if err != nil {
		return statedHead{}, err
	}
	inner, err := headOfNote(b.Head, name, keys)
	out.head, out.signedBy = inner.head, inner.signedBy
	return out, err
}

// headOfNote reads a signed head, on its own or at the end of a proof or of a
// request to a witness, both of which end with one after an empty line.
func headOfNote(data []byte, name string, keys []crypto.PublicKey) (statedHead, error) {
	out := statedHead{kind: "head"}
	head, sigs, err := ledger.OpenHead(data, keys...)
	if fault.CodeOf(err) == fault.CodeUnreadable {
		if _, inner, ok := bytes.Cut(data, []byte("\n\n")); ok {
			if h, s, innerErr := ledger.OpenHead(inner, keys...); fault.CodeOf(innerErr) != fault.CodeUnreadable {
				head, sigs, err = h, s, innerErr
			}
		}
	}
	switch {
	case errors.Is(err, ledger.ErrUnknownSigner):
		out.head = head
	case fault.CodeOf(err) == fault.CodeTampered:
		out.doubt = err.Error()
	case err != nil:
		return out, fault.Unreadable(name, "This is neither a certificate, an evidence pack nor the head of a log.").Because(err)
	default:
		out.head, out.signedBy = head, signerName(sigs[0])
	}
	return out, nil
}

// signerName names who signed a head, for a sentence: a key of people by the first
// digits of its fingerprint.
func signerName(s ledger.Signature) string {
	if len(s.Name) == 64 {
		return "the key " + s.Name[:16] + "…"
	}
	return s.Name
}
