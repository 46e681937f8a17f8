// Package verify answers the question that a certificate exists for: is this
// paper genuine? It needs no register, no network and no trust in the sender,
// only the organisation's root certificate, whose fingerprint the reader has
// compared with the organisation.
package verify

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"assay/internal/certificate"
	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/ledger"
	"assay/internal/pack"
	"assay/internal/signing"
	"assay/internal/witness"
)

// Answer is the one answer to "is this genuine and in force?".
type Answer string

// The answers. Only AnswerGenuine is good news; AnswerUnknownSigner says that
// the document is whole but that nothing vouches for who signed it.
const (
	AnswerGenuine       Answer = "genuine"         // whole, by a trusted signer, and in force as far as is known
	AnswerUnknownSigner Answer = "unknown_signer"  // whole, but by nobody whom the reader trusts
	AnswerExpired       Answer = "expired"         // genuine, but its last day has passed
	AnswerSuperseded    Answer = "superseded"      // genuine, but another certificate took its place
	AnswerRevoked       Answer = "revoked"         // withdrawn, or signed with a revoked key
	AnswerNotInRegister Answer = "not_in_register" // signed by the register's key, but the register does not know it
	AnswerUnfit         Answer = "unfit"           // the signer's certificate is out of time or may not sign
	AnswerUnsigned      Answer = "unsigned"
	AnswerAltered       Answer = "altered"
	AnswerUnreadable    Answer = "unreadable"
)

// Sentences for people, by answer.
var answerSentence = map[Answer]string{
	AnswerGenuine:       "This is genuine.",
	AnswerUnknownSigner: "This is whole, but nothing shows who signed it: give the organisation's certificate that you trust (--trust).",
	AnswerExpired:       "This is genuine, but it is no longer valid: its last day has passed.",
	AnswerSuperseded:    "This is genuine, but a newer certificate has taken its place.",
	AnswerRevoked:       "This has been revoked: do not rely on it.",
	AnswerNotInRegister: "This is signed with a key of the register, but the register does not know it.",
	AnswerUnfit:         "The signature cannot be relied on.",
	AnswerUnsigned:      "This is not signed.",
	AnswerAltered:       "This is not as it was signed: do not rely on it.",
	AnswerUnreadable:    "This cannot be read as an Assay document.",
}

// Request is one thing to verify.
type Request struct {
	Path      string `json:"path"` // a certificate (PDF), a pack (zip), an image of a seal
	Seal      string `json:"seal"` // or the text of a seal
	TrustPath string `json:"trust_path"`
	// Withdrawals is the path of a signed list of withdrawn certificates.
	Withdrawals string `json:"withdrawals"`
	// TimestampTrust is the path of the certificates of timestamp authorities
	// that the reader trusts; without it no timestamp proves a time.
	TimestampTrust string `json:"timestamp_trust"`
}

// Verified is what a verification found.
type Verified struct {
	What         string                    `json:"what"` // file name, or "seal"
	Kind         string                    `json:"kind"` // certificate, pack, seal, document
	Answer       Answer                    `json:"answer"`
	Sentence     string                    `json:"sentence"`
	Reasons      []string                  `json:"reasons"`
	Number       string                    `json:"number"`
	Organisation string                    `json:"organisation"`
	Workflow     string                    `json:"workflow"`
	Verdict      string                    `json:"verdict"`
	Issued       string                    `json:"issued"` // claimed, by the signer's clock
	Proven       string                    `json:"proven"` // by a timestamp; empty if there is none
	ValidUntil   civil.Date                `json:"valid_until"`
	Digest       string                    `json:"digest"` // of the certificate's record
	Signer       string                    `json:"signer"`
	Fingerprint  string                    `json:"fingerprint"`
	Signatures   []signing.SignatureReport `json:"signatures"`
	InRegister   bool                      `json:"in_register"`
	Sample       bool                      `json:"sample"`
	Problems     []pack.Problem            `json:"problems"` // of a pack
	LogSize      int64                     `json:"log_size"`
	Redrawn      []Redrawn                 `json:"redrawn,omitempty"` // samples in a pack
	Second       *Second                   `json:"second,omitempty"`  // the second signature of a pack; nil: it has none
}

// Second is what the second signature of a pack says, by ML-DSA-65. It changes no
// answer: the first signature gives that.
type Second struct {
	signing.QuantumReport
	Holds    bool   `json:"holds"`
	Sentence string `json:"sentence"`
}

// Sound tells whether it is genuine, the samples in it are those that their frames
// give, and a second signature, where there is one, holds.
func (v Verified) Sound() bool {
	return v.Answer == AnswerGenuine && (v.Second == nil || v.Second.Holds) &&
		!slices.ContainsFunc(v.Redrawn, func(r Redrawn) bool { return !r.Same && r.Population > 0 })
}

var answerRank = map[Answer]int{
	AnswerGenuine:       0,
	AnswerExpired:       1,
	AnswerSuperseded:    2,
	AnswerUnknownSigner: 3,
	AnswerNotInRegister: 4,
	AnswerUnfit:         5,
	AnswerRevoked:       6,
	AnswerUnsigned:      7,
	AnswerUnreadable:    8,
	AnswerAltered:       9,
}

// worsen keeps the worse of two answers, and the reason.
func (v *Verified) worsen(a Answer, format string, args ...any) {
	if reason := fmt.Sprintf(format, args...); reason != "" {
		v.Reasons = append(v.Reasons, reason)
	}
	if v.Answer == "" || answerRank[a] > answerRank[v.Answer] {
		v.Answer = a
	}
}

func (v *Verified) finish() Verified {
	if v.Answer == "" {
		v.Answer = AnswerUnreadable
	}
	v.Sentence = answerSentence[v.Answer]
	return *v
}

// Verifier verifies documents.
type Verifier struct {
	trust       signing.Trust
	withdrawals *signing.WithdrawalList
	register    Register // nil: there is none
	now         time.Time
	policy      *witness.Policy // which witnesses the reader asks for; nil: none
}

// Trusting verifies with nothing but this trust, at its time.
func Trusting(t signing.Trust) *Verifier { return &Verifier{trust: t, now: t.Now} }

// Register is what a verification asks a register, where there is one.
type Register interface {
	// Trust is whom the register itself trusts: its roots, its keys, and what
	// it revoked.
	Trust() signing.Trust
	// Certificate tells what the register knows of a certificate; false where it
	// issued none of this number.
	Certificate(number string) (Standing, bool)
	// Revoked tells when, and why, the register revoked the key whose digest
	// (signing.KeyDigest) this is; false where it did not.
	Revoked(key string) (at time.Time, reason string, ok bool)
}

// Standing is how a certificate stands in a register.
type Standing struct {
	Digest       string // of its record, lower-case hex
	SupersededBy string // number; empty: it is not superseded
	RevokedOn    civil.Date
	Reason       string // of the revocation
}

// WithRegister verifies also with what a register knows: its own keys are
// trusted, and what it superseded or revoked is said.
func (v *Verifier) WithRegister(r Register) *Verifier {
	own := r.Trust()
	with := *v
	with.register = r
	with.trust.Roots = slices.Concat(v.trust.Roots, own.Roots)
	with.trust.Known = slices.Concat(v.trust.Known, own.Known)
	with.trust.Revoked = slices.Concat(v.trust.Revoked, own.Revoked)
	with.trust.Pins = slices.Concat(v.trust.Pins, own.Pins)
	return &with
}

// compare holds a document against what the register knows of it.
func (v *Verifier) compare(out *Verified) {
	if v.register == nil {
		return
	}
	if out.Kind == "certificate" || out.Kind == "seal" {
		v.compareCertificate(out)
	}
	for _, sig := range out.Signatures {
		if sig.Certificate == nil {
			continue
		}
		at, reason, ok := v.register.Revoked(signing.KeyDigest(sig.Certificate))
		if ok && !sig.Claimed.Before(at) {
			out.worsen(AnswerRevoked, "The key of %s was revoked on %s: %s", sig.Signer, civil.Of(at).Long(), reason)
		}
	}
	out.finish()
}

func (v *Verifier) compareCertificate(out *Verified) {
	c, ok := v.register.Certificate(out.Number)
	switch {
	case ok && c.Digest != out.Digest:
		if out.Answer != AnswerUnknownSigner && out.Answer != AnswerUnreadable {
			out.worsen(AnswerAltered, "The register holds another certificate under the number %s.", out.Number)
		}
		return
	case ok:
		out.InRegister = true
		if c.SupersededBy != "" {
			out.worsen(AnswerSuperseded, "%s was superseded by %s.", out.Number, c.SupersededBy)
		}
		if c.RevokedOn != "" {
			out.worsen(AnswerRevoked, "%s was revoked on %s: %s", out.Number, c.RevokedOn.Long(), c.Reason)
		}
		return
	}
	own := v.register.Trust().Known
	for _, sig := range out.Signatures {
		if sig.Certificate != nil && slices.ContainsFunc(own, func(k *x509.Certificate) bool {
			return signing.KeyDigest(k) == signing.KeyDigest(sig.Certificate)
		}) {
			out.worsen(
				AnswerNotInRegister,
				"The register has no certificate %s: this may be an older copy of the register, or the key was used elsewhere.",
				out.Number,
			)
			return
		}
	}
}

// New reads the certificates that the reader trusts, if any, and the
// withdrawal list, if any.
func New(ctx context.Context, trustPath, withdrawalsPath string, now time.Time) (*Verifier, error) {
	v := &Verifier{now: now, trust: signing.Trust{Now: now}}
	if trustPath != "" {
		data, err := readSmall(trustPath)
		if err != nil {
			return nil, err
		}
		if v.trust, err = signing.ParseTrust(data); err != nil {
			return nil, err
		}
		v.trust.Now = now
	}
	if withdrawalsPath != "" {
		data, err := readSmall(withdrawalsPath)
		if err != nil {
			return nil, err
		}
		list, rep, err := signing.ParseWithdrawals(ctx, data, v.trust)
		if err != nil {
			return nil, err
		}
		if rep.Status != signing.StatusGenuine {
			return nil, fault.Tampered(
				"The withdrawal list is not signed by somebody whom you trust: %s",
				strings.Join(rep.Reasons, " "),
			)
		}
		v.withdrawals = &list
	}
	return v, nil
}

func readSmall(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > 64<<20 {
		return nil, fault.Unreadable(filepath.Base(path), "This file cannot be read.").Because(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Unreadable(filepath.Base(path), "This file cannot be read.").Because(err)
	}
	return data, nil
}

// TrustTimestamps reads the certificates of timestamp authorities, and their
// lists of revoked ones.
func TrustTimestamps(trust *signing.Trust, path string) error {
	if path == "" {
		return nil
	}
	data, err := readSmall(path)
	if err != nil {
		return err
	}
	authority, err := signing.ParseTrust(data)
	if err != nil {
		return err
	}
	trust.TimestampRoots, trust.Revoked = authority.Roots, append(trust.Revoked, authority.Revoked...)
	return nil
}

// Verify verifies a file by what it holds, not by its name, and holds it against
// the register where there is one.
func (v *Verifier) Verify(ctx context.Context, q Request) (Verified, error) {
	out, err := v.file(ctx, q)
	if err == nil {
		v.compare(&out)
	}
	return out, err
}

func (v *Verifier) file(ctx context.Context, q Request) (Verified, error) {
	if q.TimestampTrust != "" {
		with := *v
		if err := TrustTimestamps(&with.trust, q.TimestampTrust); err != nil {
			return Verified{}, err
		}
		v = &with
	}
	if q.Seal != "" {
		return v.seal(q.Seal, "seal"), nil
	}
	name := filepath.Base(q.Path)
	f, err := os.Open(q.Path)
	if err != nil {
		return Verified{}, fault.Unreadable(name, "This file cannot be opened.").Because(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return Verified{}, fault.Unreadable(name, "This is no ordinary file; choose a certificate, a pack or a picture of a seal.").
			Because(err)
	}
	head := make([]byte, 1024)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return Verified{}, fault.Unreadable(name, "This file cannot be read.").Because(err)
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return v.Pack(ctx, f, info.Size(), name)
	case bytes.Contains(head, []byte("%PDF-")):
		return v.Document(ctx, f, info.Size(), name)
	case bytes.HasPrefix(head, []byte("\x89PNG")), bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		text, err := signing.ReadSealImage(ctx, f)
		if err != nil {
			return Verified{}, err
		}
		return v.seal(text, name), nil
	case bytes.HasPrefix(bytes.TrimSpace(head), []byte(signing.SealPrefix)):
		data, err := readSmall(q.Path)
		if err != nil {
			return Verified{}, err
		}
		return v.seal(strings.TrimSpace(string(data)), name), nil
	}
	return Verified{}, fault.Unreadable(name, "This is neither a PDF, an evidence pack, a picture nor a seal.")
}

func answerOf(s signing.Status) Answer {
	switch s {
	case signing.StatusGenuine:
		return AnswerGenuine
	case signing.StatusUnknownSigner:
		return AnswerUnknownSigner
	case signing.StatusOutOfTime, signing.StatusUnfit:
		return AnswerUnfit
	case signing.StatusRevoked:
		return AnswerRevoked
	case signing.StatusUnsigned:
		return AnswerUnsigned
	case signing.StatusUnreadable:
		return AnswerUnreadable
	}
	return AnswerAltered
}

// Document verifies a signed PDF; a certificate's record and seal must agree with it.
func (v *Verifier) Document(ctx context.Context, r io.ReaderAt, size int64, name string) (Verified, error) {
	out := Verified{
		What:       name,
		Kind:       "document",
		Reasons:    []string{},
		Signatures: []signing.SignatureReport{},
		Problems:   []pack.Problem{},
	}
	rep := signing.VerifyPDF(ctx, r, size, v.trust)
	if err := ctx.Err(); err != nil {
		return out, err
	}
	out.Answer, out.Reasons, out.Signatures = answerOf(
		rep.Status,
	), append(
		out.Reasons,
		rep.Reasons...), append(
		out.Signatures,
		rep.Signatures...)
	if len(rep.Signatures) > 0 {
		first := rep.Signatures[0]
		out.Signer, out.Fingerprint, out.Issued, out.Proven = first.Signer, first.Fingerprint, stampOrEmpty(
			first.Claimed,
		), stampOrEmpty(
			first.Proven,
		)
		out.Organisation = first.Organisation
		for _, sig := range rep.Signatures { // a later signature covers the first, so its timestamp proves both
			if p := stampOrEmpty(sig.Proven); p != "" && (out.Proven == "" || p < out.Proven) {
				out.Proven = p
			}
		}
	}
	if out.Answer == AnswerUnreadable || out.Answer == AnswerAltered {
		return out.finish(), nil // nothing that it says can be believed
	}
	record, err := signing.PDFAttachment(r, size, certificate.StatementFile)
	if fault.CodeOf(err) == fault.CodeNotFound {
		return out.finish(), nil
	}
	if err != nil {
		out.worsen(AnswerAltered, "The record inside the document cannot be read.")
		return out.finish(), nil
	}
	out.Kind = "certificate"
	st, err := certificate.Parse(record)
	if err != nil {
		out.worsen(AnswerAltered, "The record inside the document is not one of Assay's: %v", err)
		return out.finish(), nil
	}
	out.state(st, certificate.DigestOf(record))
	if len(rep.Signatures) > 0 && rep.Signatures[0].Certificate != nil &&
		signing.KeyDigest(rep.Signatures[0].Certificate) != st.Assessor().Key {
		out.worsen(AnswerAltered, "The record names another key than the one that signed.")
	}
	v.inForce(&out)
	return out.finish(), nil
}

// state copies what a certificate's record says.
func (v *Verified) state(st certificate.Statement, digest string) {
	v.Number, v.Organisation, v.Workflow, v.Verdict = st.Number, st.Organisation.Name, st.Workflow.Name, string(
		st.Verdict,
	)
	v.ValidUntil, v.Digest, v.Sample, v.LogSize = st.ValidUntil, digest, st.Sample, st.Log.Size
	v.Issued = stampOrEmpty(st.Issued)
}

func (v *Verifier) inForce(out *Verified) {
	if v.withdrawals != nil {
		if w, ok := v.withdrawals.Find(out.Number); ok {
			if w.Superseded != "" {
				out.worsen(AnswerSuperseded, "%s was superseded by %s on %s.", out.Number, w.Superseded, w.Date.Long())
			} else {
				out.worsen(AnswerRevoked, "%s was revoked on %s: %s", out.Number, w.Date.Long(), w.Reason)
			}
		}
	}
	if out.ValidUntil.Before(civil.Of(v.now)) {
		out.worsen(AnswerExpired, "It was valid until %s.", out.ValidUntil.Long())
	}
}

func stampOrEmpty(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// seal verifies the text of a QR seal.
func (v *Verifier) seal(text, name string) Verified {
	out := Verified{
		What:       name,
		Kind:       "seal",
		Reasons:    []string{},
		Signatures: []signing.SignatureReport{},
		Problems:   []pack.Problem{},
	}
	s, rep, err := signing.OpenSeal(text, v.trust)
	if err != nil {
		out.worsen(AnswerUnreadable, "%v", err)
		return out.finish()
	}
	c := s.Claims
	out.Answer, out.Reasons, out.Signatures = answerOf(
		rep.Status,
	), append(
		out.Reasons,
		rep.Reasons...), append(
		out.Signatures,
		rep,
	)
	out.Number, out.Organisation, out.Workflow, out.ValidUntil = c.Number, c.Organisation, c.Workflow, c.ValidUntil
	out.Verdict = string(certificate.VerdictConditions)
	if c.Verdict == signing.VerdictGoverned {
		out.Verdict = string(certificate.VerdictMet)
	}
	out.Issued, out.Digest = string(c.Issued), fmt.Sprintf("%x", c.Digest)
	out.Signer, out.Fingerprint = rep.Signer, rep.Fingerprint
	v.inForce(&out)
	return out.finish()
}

// Pack verifies an evidence pack: every file, the signature over the lists, the
// signed document inside, and the log's proofs.
func (v *Verifier) Pack(ctx context.Context, r io.ReaderAt, size int64, name string) (Verified, error) {
	out := Verified{
		What:       name,
		Kind:       "pack",
		Reasons:    []string{},
		Signatures: []signing.SignatureReport{},
		Problems:   []pack.Problem{},
	}
	bag, err := pack.Open(r, size)
	if err != nil {
		out.worsen(AnswerUnreadable, "%v", err)
		return out.finish(), nil
	}
	var sig signing.SignatureReport
	rep, err := bag.Verify(ctx, func(ctx context.Context, content io.Reader, signature []byte) error {
		sig = signing.VerifyDetached(ctx, content, signature, v.trust)
		if sig.Status == signing.StatusAltered || sig.Status == signing.StatusUnreadable ||
			sig.Status == signing.StatusUnsigned {
			return errors.New(strings.Join(sig.Reasons, " "))
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	out.Number, out.Problems = bag.Name, append(out.Problems, rep.Problems...)
	out.Signatures = append(out.Signatures, sig)
	out.Signer, out.Fingerprint, out.Organisation, out.Issued = sig.Signer, sig.Fingerprint, sig.Organisation, stampOrEmpty(
		sig.Claimed,
	)
	if !rep.Signed {
		out.worsen(AnswerAltered, "The signature over the pack's lists does not hold.")
	} else {
		out.worsen(answerOf(sig.Status), "%s", strings.Join(sig.Reasons, " "))
	}
	for _, p := range rep.Problems {
		out.worsen(AnswerAltered, "%s", strings.TrimPrefix(p.Name+": "+p.Message, ": "))
	}
	if out.Answer == AnswerAltered {
		return out.finish(), nil
	}
	if out.Second, err = v.second(ctx, bag); err != nil {
		return out, err
	}
	for _, f := range rep.Files {
		if !strings.HasSuffix(f.Name, ".pdf") || strings.Contains(f.Name, "/"+pack.EvidenceFolder+"/") {
			continue // attached documents are as they were given, signed or not
		}
		ra, n, err := bag.Section(f.Name)
		if err != nil {
			out.worsen(AnswerAltered, "%s cannot be read.", f.Name)
			continue
		}
		inner := signing.VerifyPDF(ctx, ra, n, v.trust)
		if inner.Status != signing.StatusGenuine && inner.Status != sig.Status {
			out.worsen(answerOf(inner.Status), "%s: %s", f.Name, strings.Join(inner.Reasons, " "))
		}
	}
	log, err := v.log(bag)
	if err != nil {
		out.worsen(AnswerAltered, "The activity log in the pack does not hold: %v", err)
		return out.finish(), nil
	}
	out.LogSize = log.Head.Size
	if out.Redrawn, err = redraw(ctx, bag, log); err != nil {
		return out, err
	}
	return out.finish(), nil
}

// second checks the second signature of a pack.
func (v *Verifier) second(ctx context.Context, bag *pack.Bag) (*Second, error) {
	list, signature, ok := bag.Second()
	if !ok {
		return nil, nil
	}
	rep, err := signing.VerifyQuantum(ctx, bytes.NewReader(list), signature, v.trust)
	switch {
	case ctx.Err() != nil:
		return nil, fault.New(fault.CodeCancelled, "Stopped.").Because(ctx.Err())
	case err != nil:
		return &Second{Sentence: err.Error()}, nil
	}
	x := &Second{QuantumReport: rep, Holds: true, Sentence: "The second signature (ML-DSA-65) holds, by " + rep.Holder + "."}
	if !rep.Pinned {
		x.Sentence = "The second signature (ML-DSA-65) holds, by a key that your trust file does not name: " + rep.Fingerprint + "."
	}
	return x, nil
}

// log checks the folder with the activity log and its proofs.
func (v *Verifier) log(bag *pack.Bag) (ledger.Report, error) {
	files, err := logFiles(bag)
	if err != nil {
		return ledger.Report{}, err
	}
	b, err := ledger.ReadBundle(files)
	if err != nil {
		return ledger.Report{}, err
	}
	rep, err := b.Verify(v.trust.PublicKeys()...)
	if errors.Is(err, ledger.ErrUnknownSigner) {
		err = nil
	}
	return rep, err
}
