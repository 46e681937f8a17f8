// Package verify answers the question that a certificate exists for: is this
// paper genuine? It needs no register, no network and no trust in the sender,
// only the organisation's root certificate, whose fingerprint the reader has
// compared with the organisation.
package verify

import (
	"bytes"
	"context"
	"crypto/sha256"
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
	"assay/internal/standard"
	"assay/internal/witness"
)

// Answer is the one answer to "is this genuine and in force?".
type Answer string

// The answers. AnswerGenuine and, for the text of a seal, AnswerSealGenuine and, for
// files for other programs, AnswerHolds are the only good ones. Each says no more
// than was found: altered is only what is
// not as it was signed, and a document that somebody else made is not altered.
const (
	// an Assay document with all its signatures by a trusted root, and in force as far as is known
	AnswerGenuine Answer = "genuine"
	// the seal is; whether the paper around it says the same, its reader has to see
	AnswerSealGenuine Answer = "seal_genuine"
	// what a person signed of a certificate for other programs is; it shows no approval
	AnswerHolds         Answer = "signature_holds"
	AnswerExpired       Answer = "expired"          // genuine, but its last day has passed
	AnswerSuperseded    Answer = "superseded"       // genuine, but another certificate took its place
	AnswerNotApproved   Answer = "not_yet_approved" // whole, but a signature that the record asks for is not there
	AnswerUnknownSigner Answer = "unknown_signer"   // whole, but by nobody whom the reader trusts
	AnswerNotInRegister Answer = "not_in_register"  // signed by the register's key, but the register does not know it
	AnswerUnfit         Answer = "unfit"            // the signer's certificate is out of time or may not sign
	AnswerCannotJudge   Answer = "cannot_judge"     // as it was signed, but something was added that cannot be checked
	AnswerNotAssay      Answer = "not_assay"        // no document of Assay, whoever signed it
	AnswerRevoked       Answer = "revoked"          // withdrawn, or signed with a revoked key
	AnswerUnsigned      Answer = "unsigned"
	AnswerUnreadable    Answer = "unreadable"
	AnswerAltered       Answer = "altered" // a digest does not match, or a change was made that is not permitted
)

// answers holds what people read of each answer: the words in capitals and a
// sentence. Their order is from good to bad: of two, the later one counts.
var answers = []struct {
	answer          Answer
	words, sentence string
}{
	{AnswerGenuine, "genuine", "This is genuine."},
	{
		AnswerSealGenuine, "seal genuine",
		"The seal is genuine. Compare the lines below with the paper: they must be the same.",
	},
	{
		AnswerHolds, "signature holds",
		"The signature holds. Whether the certificate is approved and stands, this file does not show: check its PDF.",
	},
	{AnswerExpired, "expired", "This is genuine, but it is no longer valid: its last day has passed."},
	{AnswerSuperseded, "superseded", "This is genuine, but a newer certificate has taken its place."},
	{
		AnswerNotApproved, "not yet approved",
		"This is as it was signed, but it is not approved: a signature that it asks for is not there.",
	},
	{
		AnswerUnknownSigner, "unknown signer",
		"This is whole, but nothing shows who signed it: give the organisation's certificate that you trust (--trust).",
	},
	{
		AnswerNotInRegister, "not in register",
		"This is signed with a key of the register, but the register does not know it.",
	},
	{AnswerUnfit, "unfit", "The signature cannot be relied on."},
	{AnswerCannotJudge, "cannot judge", "This is as it was signed, but something was added that cannot be checked."},
	{
		AnswerNotAssay, "not an Assay document",
		"This is no document of Assay: its signature says nothing about the governance of an AI workflow.",
	},
	{AnswerRevoked, "revoked", "This has been revoked: do not rely on it."},
	{AnswerUnsigned, "unsigned", "This is not signed."},
	{AnswerUnreadable, "unreadable", "This cannot be read as an Assay document."},
	{AnswerAltered, "altered", "This is not as it was signed: do not rely on it."},
}

// rank is how bad an answer is; one that it does not know is the worst.
func (a Answer) rank() int {
	for i, x := range answers {
		if x.answer == a {
			return i
		}
	}
	return len(answers)
}

// Words is the answer as people read it: "not yet approved".
func (a Answer) Words() string {
	if n := a.rank(); n < len(answers) {
		return answers[n].words
	}
	return string(a)
}

// Sentence says the answer in a sentence.
func (a Answer) Sentence() string {
	if n := a.rank(); n < len(answers) {
		return answers[n].sentence
	}
	return ""
}

// Request is one thing to verify.
type Request struct {
	Path      string `json:"path"` // a certificate (PDF), a pack (zip), an image of a seal
	Seal      string `json:"seal"` // or the text of a seal
	TrustPath string `json:"trust_path"`
	// Withdrawals is the path of a signed list of withdrawn certificates.
	Withdrawals string `json:"withdrawals"`
	// LogKey is the path of the signed statement of a log's keys (ledger.KeyStatement), for
	// proofs and receipts.
	LogKey string `json:"log_key"`
	// TimestampTrust is the path of the certificates of timestamp authorities
	// that the reader trusts; without it no timestamp proves a time.
	TimestampTrust string `json:"timestamp_trust"`
}

// Verified is what a verification found.
type Verified struct {
	What         string                    `json:"what"` // file name, or "seal"
	Kind         string                    `json:"kind"` // certificate, pack, seal, document, statement, …
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
	// Roots are the organisation roots that the answer rests on, each with its
	// fingerprint; empty where none that is trusted vouches for a signature.
	Roots []Root `json:"roots"`
	// Needed are the signatures that the certificate's record asks for.
	Needed []NeededSignature `json:"needed"`
	// Added names what was added after the last signature for archiving.
	Added []string `json:"added"`
	// Lines are what a seal states besides the fields above, to be compared with
	// the paper.
	Lines []Line `json:"lines"`
	// Uncovered says, in sentences, what the seal does not cover.
	Uncovered []string `json:"uncovered"`
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
	good := v.Answer == AnswerGenuine || v.Answer == AnswerSealGenuine || v.Answer == AnswerHolds
	return good && (v.Second == nil || v.Second.Holds) &&
		!slices.ContainsFunc(v.Redrawn, func(r Redrawn) bool { return !r.Same && r.Population > 0 })
}

// worsen keeps the worse of two answers, and the reason.
func (v *Verified) worsen(a Answer, format string, args ...any) {
	if reason := fmt.Sprintf(format, args...); reason != "" {
		v.Reasons = append(v.Reasons, reason)
	}
	if v.Answer == "" || a.rank() > v.Answer.rank() {
		v.Answer = a
	}
}

func (v *Verified) finish() Verified {
	if v.Answer == "" {
		v.Answer = AnswerUnreadable
	}
	v.Sentence = v.Answer.Sentence()
	return *v
}

// Verifier verifies documents.
type Verifier struct {
	trust       signing.Trust
	withdrawals *signing.WithdrawalList
	register    Register // nil: there is none
	now         time.Time
	policy      *witness.Policy     // which witnesses the reader asks for; nil: none
	logKeys     ledger.KeyStatement // of the log whose proofs and receipts are checked; without keys: none
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
	// LogKey is the signed statement of the log's keys; nil where it has none.
	LogKey() []byte
	// Pack gives the SHA-256 of the list (tagmanifest-sha256.txt) of an evidence
	// pack; false where the register made none of this name.
	Pack(name string) (digest string, ok bool)
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
	with := *v
	with.register, with.trust = r, v.trust.Also(r.Trust())
	// Its own log's keys need nobody to vouch for them; with a fault there are none.
	if keys, err := ledger.OpenKeyStatement(r.LogKey()); err == nil || errors.Is(err, ledger.ErrUnknownSigner) {
		with.logKeys = keys
	}
	return &with
}

// compare holds a document against what the register knows of it.
func (v *Verifier) compare(out *Verified) {
	if v.register == nil {
		return
	}
	switch out.Kind {
	case "certificate", "seal", "statement", "attestation":
		v.compareCertificate(out)
	case "pack":
		v.comparePack(out)
	}
	out.finish()
}

// comparePack says whether the register made a pack that its own key signed.
func (v *Verifier) comparePack(out *Verified) {
	if digest, ok := v.register.Pack(out.Number); ok && digest == out.Digest {
		out.InRegister = true
		return
	}
	if v.byOwnKey(out) {
		out.worsen(AnswerNotInRegister, "The register has made no such evidence pack %s: this may be an older "+
			"copy of the register, or the key was used elsewhere.", out.Number)
	}
}

// byOwnKey tells whether a signature is by a key of the register.
func (v *Verifier) byOwnKey(out *Verified) bool {
	own := v.register.Trust().Known
	return slices.ContainsFunc(out.Signatures, func(s signing.SignatureReport) bool {
		return s.Certificate != nil && slices.ContainsFunc(own, func(k *x509.Certificate) bool {
			return signing.KeyDigest(k) == signing.KeyDigest(s.Certificate)
		})
	})
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
	if v.byOwnKey(out) {
		out.worsen(
			AnswerNotInRegister,
			"The register has no certificate %s: this may be an older copy of the register, or the key was used "+
				"elsewhere.",
			out.Number,
		)
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
	if q.LogKey != "" {
		data, err := readSmall(q.LogKey)
		if err != nil {
			return Verified{}, err
		}
		with := *v
		if with.logKeys, err = ledger.OpenKeyStatement(data, v.trust.PublicKeys()...); err != nil {
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
	if err == nil && info.IsDir() {
		bag, err := pack.OpenFolder(os.DirFS(q.Path), name)
		return v.openedPack(ctx, bag, err, name)
	}
	if err != nil || !info.Mode().IsRegular() {
		return Verified{},
			fault.Unreadable(name, "This is no ordinary file; choose a certificate, a pack or a picture of a seal.").
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
	case signing.IsSeal(string(head)):
		data, err := readSmall(q.Path)
		if err != nil {
			return Verified{}, err
		}
		return v.seal(string(data), name), nil
	}
	if info.Size() <= maxText {
		data, err := readSmall(q.Path)
		if err != nil {
			return Verified{}, err
		}
		if out, ours, err := v.text(data, name); ours {
			return out, err
		}
	}
	return Verified{}, fault.Unreadable(
		name, "This is neither a PDF, an evidence pack, a picture, a seal, nor a statement or proof of Assay's.",
	)
}

// maxText is how large a statement or a proof may be.
const maxText = 16 << 20

func answerOf(s signing.Status) Answer {
	switch s {
	case signing.StatusGenuine:
		return AnswerGenuine
	case signing.StatusUnknownSigner:
		return AnswerUnknownSigner
	case signing.StatusOutOfTime, signing.StatusUnfit:
		return AnswerUnfit
	case signing.StatusCannotJudge:
		return AnswerCannotJudge
	case signing.StatusRevoked:
		return AnswerRevoked
	case signing.StatusUnsigned:
		return AnswerUnsigned
	case signing.StatusUnreadable:
		return AnswerUnreadable
	}
	return AnswerAltered
}

// Root is an organisation root that vouches for a signature.
type Root struct {
	Name        string `json:"name"`
	Fingerprint string `json:"fingerprint"`
}

// Line is one thing that a seal states, as the paper should.
type Line struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// linesOf are the scores and conditions that a seal states.
func linesOf(c signing.Claims) []Line {
	var out []Line
	for i, area := range standard.Areas {
		if i < len(c.Scores) {
			out = append(out, Line{area.Title(), fmt.Sprintf("%d of %d", c.Scores[i].Met, c.Scores[i].Applicable)})
		}
	}
	if c.Version > 1 {
		out = append(out, Line{"conditions", fmt.Sprint(c.AllConditions)})
	}
	for i, x := range c.Conditions {
		out = append(out, Line{fmt.Sprintf("condition %d", i+1), x.Text + ", by " + x.Day().Long()})
	}
	return out
}

// NeededSignature is a signature that a record asks for, and whether it is there.
type NeededSignature struct {
	Role  string `json:"role"` // assessor, approver
	Name  string `json:"name"`
	Key   string `json:"key"`   // digest of the key; empty: any key of theirs
	Made  string `json:"made"`  // how the key came to be, as the record says
	Found bool   `json:"found"` // such a signature holds
}

func blank(name, kind string) Verified {
	return Verified{
		What:       name,
		Kind:       kind,
		Reasons:    []string{},
		Signatures: []signing.SignatureReport{},
		Problems:   []pack.Problem{},
		Roots:      []Root{},
		Needed:     []NeededSignature{},
		Added:      []string{},
		Lines:      []Line{},
		Uncovered:  []string{},
	}
}

// rootsOf names the trusted roots that vouch for the signatures.
func (v *Verifier) rootsOf(out *Verified) {
	for _, sig := range out.Signatures {
		if sig.Certificate == nil || sig.Status == signing.StatusAltered || sig.Status == signing.StatusUnknownSigner {
			continue
		}
		root := v.trust.RootOf(sig.Certificate)
		if root == nil {
			continue
		}
		r := Root{Name: signing.HolderOf(root), Fingerprint: signing.Fingerprint(root)}
		if !slices.Contains(out.Roots, r) {
			out.Roots = append(out.Roots, r)
		}
	}
}

// Document verifies a signed PDF. A certificate is genuine only with all the
// signatures that its record asks for; a document that Assay did not make is not
// genuine, whoever signed it.
func (v *Verifier) Document(ctx context.Context, r io.ReaderAt, size int64, name string) (Verified, error) {
	out := blank(name, "document")
	rep := signing.VerifyPDF(ctx, r, size, v.trust)
	if err := ctx.Err(); err != nil {
		return out, err
	}
	out.Answer = answerOf(rep.Status)
	out.Reasons = append(out.Reasons, rep.Reasons...)
	out.Signatures = append(out.Signatures, rep.Signatures...)
	out.Added = append(out.Added, rep.Added...)
	v.rootsOf(&out)
	if len(rep.Signatures) > 0 {
		first := rep.Signatures[0]
		out.Signer, out.Fingerprint, out.Organisation = first.Signer, first.Fingerprint, first.Organisation
		out.Issued, out.Proven = stampOrEmpty(first.Claimed), stampOrEmpty(first.Proven)
	}
	if out.Answer == AnswerUnreadable || out.Answer == AnswerUnsigned {
		return out.finish(), nil
	}
	made, record, err := madeByAssay(r, size)
	switch {
	case out.Answer == AnswerAltered && !rep.Foreign:
		return out.finish(), nil // nothing that it says can be believed
	case !made && out.Answer != AnswerCannotJudge:
		out.foreign(rep)
		return out.finish(), nil
	case out.Answer == AnswerAltered: // ours, but its signature is not: it was put in the place of ours
		return out.finish(), nil
	case err != nil:
		out.worsen(AnswerAltered, "The record inside the document cannot be read.")
		return out.finish(), nil
	case record == nil:
		return out.finish(), nil // a document of Assay that certifies nothing, such as the index of a pack
	}
	out.Kind = "certificate"
	st, err := certificate.Parse(record)
	if err != nil {
		out.worsen(AnswerAltered, "The record inside the document is not one of Assay's: %v", err)
		return out.finish(), nil
	}
	out.state(st, certificate.DigestOf(record))
	out.approved(st, rep, v.sealedBy(r, size, st, out.Digest))
	v.inForce(&out)
	return out.finish(), nil
}

// foreign answers for a document of somebody else.
func (v *Verified) foreign(rep signing.Report) {
	var signers []string
	for _, s := range rep.Signatures {
		who := s.Signer
		switch {
		case who == "":
			who = "somebody who is not named"
		case s.Status != signing.StatusGenuine:
			who += " (as the signature says itself)"
		}
		if !slices.Contains(signers, who) {
			signers = append(signers, who)
		}
	}
	v.Answer = AnswerNotAssay
	v.Reasons = append(
		[]string{"It is signed by " + strings.Join(signers, " and ") + ", and holds no record of Assay."},
		v.Reasons...,
	)
}

// creator is what Assay's documents state in their properties.
const creator = "Assay"

// madeByAssay tells whether a document says that Assay made it, and gives the
// record of a certificate where it holds one. It proves nothing: that the
// document is as its signers left it, its signatures prove.
func madeByAssay(r io.ReaderAt, size int64) (made bool, record []byte, err error) {
	record, err = signing.PDFAttachment(r, size, certificate.StatementFile)
	if err == nil {
		return true, record, nil
	}
	if fault.CodeOf(err) == fault.CodeNotFound {
		err = nil
	}
	by, infoErr := signing.PDFCreator(r, size)
	return infoErr == nil && by == creator, nil, err
}

// sealedBy gives the key whose seal over a certificate's record is attached to a
// document, if it holds and is by somebody who is trusted: an edition that its
// approver has not signed shows in this way that they approved the certificate.
func (v *Verifier) sealedBy(r io.ReaderAt, size int64, st certificate.Statement, digest string) string {
	text, err := signing.PDFAttachment(r, size, certificate.SealFile)
	if err != nil || signing.PDFAwaits(r, size) { // what has a place for the approver's signature needs it
		return ""
	}
	s, rep, err := signing.OpenSeal(string(text), v.trust)
	if err != nil || rep.Status != signing.StatusGenuine || rep.Certificate == nil ||
		fmt.Sprintf("%x", s.Claims.Digest) != digest || s.Claims.Number != st.Number {
		return ""
	}
	return signing.KeyDigest(rep.Certificate)
}

// approved holds the signatures that a record asks for against those that are there.
// sealed is the key whose seal over this record is inside; empty where there is none.
func (v *Verified) approved(st certificate.Statement, rep signing.Report, sealed string) {
	sigs, assessor := rep.Signatures, st.Assessor()
	if len(sigs) == 0 || sigs[0].Certificate == nil || signing.KeyDigest(sigs[0].Certificate) != assessor.Key {
		v.worsen(AnswerAltered, "The record names another key than the one that signed.")
	}
	for _, want := range st.Signatures {
		n := NeededSignature{Role: want.Role, Name: want.Name, Key: want.Key, Made: want.KeyMade}
		for i, s := range sigs {
			if s.Certificate == nil || (i == 0) != (want.Role == certificate.RoleAssessor) {
				continue
			}
			key := signing.KeyDigest(s.Certificate)
			if i > 0 && key == assessor.Key {
				continue // nobody approves what they prepared
			}
			if n.Key == key && !n.Found {
				v.otherName(st, n, s)
			}
			n.Found = n.Found || n.Key == key || n.Key == "" && signing.HolderOf(s.Certificate) == n.Name
		}
		if !n.Found && len(sigs) == 1 && sealed != "" && sealed == n.Key && want.Role != certificate.RoleAssessor {
			n.Found = true
			v.Reasons = append(v.Reasons, fmt.Sprintf("That %s approved it, the seal inside shows.", n.Name))
		}
		v.Needed = append(v.Needed, n)
		if n.Found || n.Role == certificate.RoleAssessor {
			continue
		}
		others := ""
		if len(sigs) > 1 {
			others = fmt.Sprintf(
				" It is also signed by %s, whom the record does not name as %s.", sigs[len(sigs)-1].Signer, n.Role,
			)
		}
		v.worsen(
			AnswerNotApproved, "%s was to sign %s as %s, and has not signed it.%s", n.Name, st.Number, n.Role,
			others,
		)
	}
}

// otherName says where a page names somebody else than the certificate of the key that
// signed it: people and councils change their names, and names are typed in anew.
func (v *Verified) otherName(st certificate.Statement, n NeededSignature, s signing.SignatureReport) {
	if holder := signing.HolderOf(s.Certificate); holder != n.Name {
		v.Reasons = append(v.Reasons, fmt.Sprintf(
			"The page names %s as %s; the key that signed it was made for %s. Ask whether they are one.",
			n.Name, n.Role, holder))
	}
	if s.Organisation != "" && s.Organisation != st.Organisation.Name {
		v.Reasons = append(v.Reasons, fmt.Sprintf("The page is of %s; the key that signed it was made for %s.",
			st.Organisation.Name, s.Organisation))
	}
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

// sealed are the verdicts of seals as a certificate states them.
var sealed = map[signing.Verdict]certificate.Verdict{
	signing.VerdictGoverned:   certificate.VerdictMet,
	signing.VerdictConditions: certificate.VerdictConditions,
	signing.VerdictExceptions: certificate.VerdictExceptions,
}

// seal verifies the text of a QR seal.
func (v *Verifier) seal(text, name string) Verified {
	out := blank(name, "seal")
	s, rep, err := signing.OpenSeal(text, v.trust)
	if err != nil {
		out.worsen(AnswerUnreadable, "%v", err)
		return out.finish()
	}
	c := s.Claims
	if out.Answer = answerOf(rep.Status); out.Answer == AnswerGenuine {
		out.Answer = AnswerSealGenuine
	}
	out.Reasons, out.Signatures = append(out.Reasons, rep.Reasons...), append(out.Signatures, rep)
	v.rootsOf(&out)
	out.Number, out.Organisation, out.Workflow, out.ValidUntil = c.Number, c.Organisation, c.Workflow, c.ValidUntil
	out.Verdict = string(sealed[c.Verdict])
	out.Issued, out.Digest = string(c.Issued), fmt.Sprintf("%x", c.Digest)
	out.Signer, out.Fingerprint = rep.Signer, rep.Fingerprint
	out.Lines, out.Uncovered = append(out.Lines, linesOf(c)...), append(out.Uncovered, c.Uncovered()...)
	v.inForce(&out)
	return out.finish()
}

// Pack verifies an evidence pack: every file, the signature over the lists, the
// signed document inside, and the log's proofs.
func (v *Verifier) Pack(ctx context.Context, r io.ReaderAt, size int64, name string) (Verified, error) {
	bag, err := pack.Open(r, size)
	return v.openedPack(ctx, bag, err, name)
}

// openedPack verifies a pack, wherever it lies; openErr is why it could not be opened.
func (v *Verifier) openedPack(ctx context.Context, bag *pack.Bag, openErr error, name string) (Verified, error) {
	out := blank(name, "pack")
	if openErr != nil {
		out.worsen(AnswerUnreadable, "%v", openErr)
		return out.finish(), nil
	}
	var sig signing.SignatureReport
	list := sha256.New()
	rep, err := bag.Verify(ctx, func(ctx context.Context, content io.Reader, signature []byte) error {
		sig = signing.VerifyDetached(ctx, io.TeeReader(content, list), signature, v.trust)
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
	for _, f := range rep.Info {
		if f.Label == "External-Identifier" { // signed, while the folder may have been renamed
			out.Number = f.Value
		}
	}
	out.Digest = fmt.Sprintf("%x", list.Sum(nil))
	out.Signatures = append(out.Signatures, sig)
	v.rootsOf(&out)
	out.Signer, out.Fingerprint, out.Organisation = sig.Signer, sig.Fingerprint, sig.Organisation
	out.Issued, out.Proven = stampOrEmpty(sig.Claimed), stampOrEmpty(sig.Proven)
	if len(bag.Ignored) > 0 {
		out.Reasons = append(
			out.Reasons,
			fmt.Sprintf("Left by an operating system, and no part of the pack: %s.", strings.Join(bag.Ignored, ", ")),
		)
	}
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
	v.oneRoot(&out, bag)
	if err := v.documentsOf(ctx, &out, bag, rep.Files, sig); err != nil {
		return out, err
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
	x := &Second{
		QuantumReport: rep,
		Holds:         true,
		Sentence:      "The second signature (ML-DSA-65) holds, by " + rep.Holder + ".",
	}
	if !rep.Pinned {
		x.Sentence = "The second signature (ML-DSA-65) holds, by a key that your trust file does not name: " +
			rep.Fingerprint + "."
	}
	return x, nil
}

// rootFile is the organisation's root in a pack.
const rootFile = "root.pem"

// oneRoot holds the root that a pack brings against its signature. A second root
// in that file would let somebody else's signature pass the steps of
// HOW-TO-CHECK.txt, which name the file.
func (v *Verifier) oneRoot(out *Verified, bag *pack.Bag) {
	data, err := bag.TagFile(rootFile)
	if fault.CodeOf(err) == fault.CodeNotFound {
		return // its signer's root has to come from the organisation anyway
	}
	t, parseErr := signing.ParseTrust(data)
	switch {
	case err != nil || parseErr != nil:
		out.worsen(AnswerUnfit, "The file %s in the pack cannot be read.", rootFile)
	case len(t.Roots) != 1 || len(t.Known) > 0:
		out.worsen(AnswerUnfit, "The file %s in the pack holds %d certificates where one root has to be: with it, "+
			"somebody else's signature would pass.",
			rootFile, len(t.Roots)+len(t.Known))
	case len(out.Roots) > 0 && out.Roots[0].Fingerprint != signing.Fingerprint(t.Roots[0]):
		out.worsen(
			AnswerUnfit, "The file %s in the pack holds another root than the one that its signature leads to.",
			rootFile,
		)
	}
}

// documentsOf judges the documents in a pack; what was attached to the records
// is as it was given, signed or not.
func (
	v *Verifier,
) documentsOf(ctx context.Context, out *Verified, bag *pack.Bag, files []pack.File, sig signing.SignatureReport) error {
	for _, f := range files {
		if !strings.HasSuffix(f.Name, ".pdf") || strings.Contains(f.Name, "/"+pack.EvidenceFolder+"/") {
			continue
		}
		ra, n, err := bag.Section(f.Name)
		if err != nil {
			out.worsen(AnswerAltered, "%s cannot be read.", f.Name)
			continue
		}
		inner, err := v.Document(ctx, ra, n, f.Name)
		if err != nil {
			return err
		}
		switch inner.Answer {
		case AnswerGenuine, AnswerExpired, AnswerSuperseded, answerOf(sig.Status):
		case AnswerNotApproved: // the pack shows what the register holds, and this is what it holds
			out.Reasons = append(
				out.Reasons, fmt.Sprintf("%s: not yet approved. %s", f.Name, strings.Join(inner.Reasons, " ")),
			)
		default:
			out.worsen(inner.Answer, "%s: %s", f.Name, strings.Join(inner.Reasons, " "))
		}
	}
	return nil
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
