package verify

import (
	"assay/internal/certificate"
	"assay/internal/fault"
	"assay/internal/ledger"
	"assay/internal/pack"
	"assay/internal/signing"
	"bytes"
	"context"
	"crypto"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// StatedHead is a head of a log as a document states it.
type StatedHead struct {
	Kind     string // certificate, pack, head
	Number   string // of the document, if it has one
	Head     ledger.Head
	SignedBy string // somebody who is trusted; empty: nobody
	Doubt    string // why nothing of it can be believed
}

// StatedHead reads the head of a log out of a certificate, an evidence pack, a
// head or a proof, and whether one of the keys, or for a document somebody whom
// the verifier trusts, has signed it. Errors: unreadable.
func (v *Verifier) StatedHead(ctx context.Context, path string, keys []crypto.PublicKey) (StatedHead, error) {
	name := filepath.Base(path)
	f, err := os.Open(path)
	if err != nil {
		return StatedHead{}, fault.Unreadable(name, "This file cannot be opened.").Because(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return StatedHead{},
			fault.Unreadable(name, "This is no ordinary file; choose a certificate, a pack or a head.").Because(err)
	}
	start := make([]byte, 1024)
	n, err := f.ReadAt(start, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return StatedHead{}, fault.Unreadable(name, "This file cannot be read.").Because(err)
	}
	switch start = start[:n]; {
	case bytes.HasPrefix(start, []byte("PK\x03\x04")):
		return v.headOfPack(ctx, f, info.Size(), name, keys)
	case bytes.Contains(start, []byte("%PDF-")):
		return v.headOfCertificate(ctx, f, info.Size(), name)
	}
	data, err := readSmall(path)
	if err != nil {
		return StatedHead{}, err
	}
	return headOfNote(data, name, keys)
}

func (v *Verifier) headOfCertificate(ctx context.Context, f *os.File, size int64, name string) (StatedHead, error) {
	doc, err := v.Document(ctx, f, size, name)
	if err != nil {
		return StatedHead{}, err
	}
	out := StatedHead{Kind: doc.Kind, Number: doc.Number}
	switch doc.Answer {
	case AnswerAltered, AnswerUnreadable, AnswerUnsigned:
		out.Doubt = doc.Sentence
		return out, nil
	case AnswerUnknownSigner:
	default:
		out.SignedBy = doc.Signer
	}
	if doc.Kind != "certificate" {
		out.Doubt = "only certificates, packs and heads state one."
		return out, nil
	}
	record, err := signing.PDFAttachment(f, size, certificate.StatementFile)
	if err != nil {
		return StatedHead{}, err
	}
	st, err := certificate.Parse(record)
	if err != nil {
		return StatedHead{}, err
	}
	root, err := hex.DecodeString(st.Log.Root)
	if err != nil || len(root) != len(out.Head.Root) {
		return StatedHead{}, fault.Unreadable(name, "This certificate states no root of a log.").Because(err)
	}
	out.Head.Size, out.Head.Root = st.Log.Size, ledger.Hash(root)
	return out, nil
}

func (
	v *Verifier,
) headOfPack(ctx context.Context, f *os.File, size int64, name string, keys []crypto.PublicKey) (StatedHead, error) {
	doc, err := v.Pack(ctx, f, size, name)
	if err != nil {
		return StatedHead{}, err
	}
	out := StatedHead{Kind: "pack", Number: doc.Number}
	if doc.Answer == AnswerAltered || doc.Answer == AnswerUnreadable || doc.Answer == AnswerUnsigned {
		out.Doubt = doc.Sentence
		return out, nil
	}
	bag, err := pack.Open(f, size)
	if err != nil {
		return StatedHead{}, err
	}
	files, err := logFiles(bag)
	if err != nil {
		return StatedHead{}, err
	}
	b, err := ledger.ReadBundle(files)
	if err != nil {
		return StatedHead{}, err
	}
	inner, err := headOfNote(b.Head, name, keys)
	out.Head, out.SignedBy = inner.Head, inner.SignedBy
	return out, err
}

// headOfNote reads a signed head, on its own or at the end of a proof or of a
// request to a witness, both of which end with one after an empty line.
func headOfNote(data []byte, name string, keys []crypto.PublicKey) (StatedHead, error) {
	out := StatedHead{Kind: "head"}
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
		out.Head = head
	case fault.CodeOf(err) == fault.CodeTampered:
		out.Doubt = err.Error()
	case err != nil:
		return out, fault.Unreadable(
			name, "This is neither a certificate, an evidence pack nor the head of a log.",
		).Because(err)
	default:
		out.Head, out.SignedBy = head, signerName(sigs[0])
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
