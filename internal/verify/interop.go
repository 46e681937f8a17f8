package verify

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"assay/internal/certificate"
	"assay/internal/fault"
	"assay/internal/interop/intoto"
	"assay/internal/interop/scitt"
	"assay/internal/ledger"
)

// This file judges what Assay writes for other people's programs, and says of its
// other files what they are for. Their signatures are one person's or the log's: that a
// certificate was approved and stands, none of them shows.

// whatFor says what the files of Assay's are that hold nothing to judge by themselves, by how they begin.
var whatFor = []struct{ begins, sentence string }{
	{
		"-----BEGIN ", "This is a file of certificates: name it with --trust, and then what you want to check with it.",
	},
	{
		"Assay ML-DSA-65 key", "This is a trust file: name it with --trust, and then what you want to check with it.",
	},
	{"assay withdrawal list", "This is a list of withdrawn certificates: name it with --withdrawals."},
	{"Assay log key\n", "These are the keys of an activity log: name them with --log-key."},
	{"old ", "This is a request to a witness: assay witness sign countersigns it."},
	{
		"{\n  \"assessment-results\"",
		"This is an OSCAL export, which nobody signs: compare it with assay export oscal, or with the certificate.",
	},
	{
		"{\n  \"format\": \"assay-certificate/", "This is a certificate's record, which its PDF signs: check the PDF.",
	},
	{"log ", "This is a policy for witnesses: name it with --policy, and a pack with --log."},
}

// text judges files that are neither PDF, archive nor picture; false where it is none that Assay writes.
func (v *Verifier) text(data []byte, name string) (Verified, bool, error) {
	start := bytes.TrimLeft(data, " \t\r\n")
	switch {
	case bytes.HasPrefix(data, []byte{0xd2, 0x84}): // CBOR: tag 18, an array of four
		out, err := v.signedStatement(data, name)
		return out, true, err
	case bytes.HasPrefix(start, []byte(`{"payloadType"`)):
		out, err := v.attestation(data, name)
		return out, true, err
	case bytes.HasPrefix(data, []byte("c2sp.org/tlog-proof@")):
		out, err := v.provenEntry(data, name)
		return out, true, err
	}
	for _, w := range whatFor {
		if bytes.HasPrefix(start, []byte(w.begins)) {
			return Verified{}, true, fault.Unreadable(name, "%s", w.sentence)
		}
	}
	if _, err := ledger.PeekHead(data); err == nil {
		return Verified{}, true, fault.Unreadable(
			name, "This is a head of an activity log: assay check --against holds a register against it.",
		)
	}
	return Verified{}, false, nil
}

// unread is the answer to a file that is not what its beginning says.
func (v *Verified) unread(err error) (Verified, error) {
	v.worsen(AnswerUnreadable, "%v", err)
	return v.finish(), nil
}

// bySomebody judges the key of a signature that holds, or that nobody known made, and
// gives the answer of a file with one signature.
func (v *Verifier) bySomebody(out *Verified, key string, claimed time.Time, err error) {
	rep := v.trust.JudgeKey(key, claimed)
	switch {
	case errors.Is(err, scitt.ErrUnknownKey), errors.Is(err, intoto.ErrUnknownKey):
		out.worsen(AnswerUnknownSigner, "Nobody known here has the key %s that signed it.", key)
		return
	case err != nil:
		out.worsen(AnswerAltered, "%v", err)
		return
	}
	if out.Answer = answerOf(rep.Status); out.Answer == AnswerGenuine {
		out.Answer = AnswerHolds
	}
	out.Reasons, out.Signatures = append(out.Reasons, rep.Reasons...), append(out.Signatures, rep)
	out.Signer, out.Fingerprint = rep.Signer, rep.Fingerprint
	v.rootsOf(out)
}

// signedStatement judges what a certificate says as a SCITT statement (RFC 9943).
func (v *Verifier) signedStatement(data []byte, name string) (Verified, error) {
	out := blank(name, "statement")
	o, err := scitt.Open(data, v.trust.PublicKeys()...)
	if o.Payload == nil {
		return out.unread(err)
	}
	st, parseErr := certificate.Parse(o.Payload)
	if parseErr != nil {
		return out.unread(parseErr)
	}
	v.bySomebody(&out, hex.EncodeToString(o.KeyID), st.Issued, err)
	if out.Answer == AnswerAltered {
		return out.finish(), nil
	}
	out.state(st, certificate.DigestOf(o.Payload))
	if st.Number != o.Subject || hex.EncodeToString(o.KeyID) != st.Assessor().Key {
		out.worsen(AnswerUnfit, "It is about %s, and not signed by the assessor whom its record names.", o.Subject)
	}
	out.Reasons = append(out.Reasons, fmt.Sprintf(
		"It is what %s says, signed by its assessor. Whether %s approved it, the certificate itself shows.",
		st.Number, st.Approver().Name,
	))
	v.receipts(&out, o)
	v.inForce(&out)
	return out.finish(), nil
}

// receipts holds a statement's receipts against the keys of the log.
func (v *Verifier) receipts(out *Verified, o scitt.Opened) {
	for _, r := range o.Receipts {
		if len(v.logKeys.Keys) == 0 {
			out.Reasons = append(
				out.Reasons, "Its receipt from the log is not checked: that needs the log's keys (--log-key).",
			)
			return
		}
		e, err := o.Check(r, ledger.Origin(v.logKeys.Register), v.logKeys.Keys[0].Public())
		switch {
		case errors.Is(err, scitt.ErrUnknownKey):
			out.worsen(AnswerUnknownSigner, "Its receipt is by another log than the one whose keys are known here.")
		case err != nil:
			out.worsen(AnswerAltered, "Its receipt does not hold: %v", err)
		default:
			out.LogSize = max(out.LogSize, e.Seq)
			out.Reasons = append(
				out.Reasons,
				fmt.Sprintf("Its receipt shows that entry %d of the log names it.", e.Seq),
			)
		}
	}
}

// attestation judges an in-toto statement in its DSSE envelope.
func (v *Verifier) attestation(data []byte, name string) (Verified, error) {
	out := blank(name, "attestation")
	st, err := intoto.Open(data, v.trust.PublicKeys()...)
	if fault.CodeOf(err) == fault.CodeUnreadable {
		return out.unread(err)
	}
	key, keyErr := intoto.SignedBy(data)
	if keyErr != nil {
		return out.unread(keyErr)
	}
	claimed, _ := time.Parse(time.RFC3339, st.Predicate.Issued) // it was signed then or later
	v.bySomebody(&out, key, claimed, err)
	if out.Answer == AnswerAltered {
		return out.finish(), nil
	}
	p := st.Predicate
	out.Number, out.Organisation, out.Workflow, out.Verdict = p.Number, p.Organisation, p.Workflow.Name, p.Verdict
	out.Issued = p.Issued
	for _, x := range st.Subject {
		out.Lines = append(out.Lines, Line{Name: "SHA-256 of " + x.Name, Value: x.Digest.SHA256})
		if x.Name == certificate.StatementFile {
			out.Digest = x.Digest.SHA256
		}
	}
	out.Reasons = append(
		out.Reasons,
		"It vouches for the files of these digests, and for no others. Check the certificate itself, too.",
	)
	v.inForce(&out)
	return out.finish(), nil
}

// provenEntry judges the proof that an entry is in a log (c2sp.org/tlog-proof).
func (v *Verifier) provenEntry(data []byte, name string) (Verified, error) {
	out := blank(name, "proof")
	p, err := ledger.ParseProven(data)
	if err != nil {
		return out.unread(err)
	}
	head, sigs, err := ledger.OpenHead(p.Head, append(v.trust.PublicKeys(), v.logKeys.PublicKeys()...)...)
	unknown := errors.Is(err, ledger.ErrUnknownSigner)
	if err != nil && !unknown {
		out.worsen(AnswerAltered, "%v", err)
		return out.finish(), nil
	}
	e, err := p.Verify(head)
	if err != nil {
		out.worsen(AnswerAltered, "%v", err)
		return out.finish(), nil
	}
	out.Number, out.LogSize, out.Issued = e.Subject, head.Size, stampOrEmpty(e.Time)
	out.Lines = append(out.Lines,
		Line{Name: "Entry", Value: fmt.Sprint(e.Seq)},
		Line{Name: "It says", Value: e.Summary},
		Line{Name: "Log", Value: head.Origin},
		Line{Name: "Root", Value: fmt.Sprintf("%x", head.Root[:])})
	if unknown {
		out.worsen(AnswerUnknownSigner, "The entry is in the log of this head, but nobody known here signed the head: "+
			"give the log's keys (--log-key), which assay log key --out writes.")
		return out.finish(), nil
	}
	signer := ""
	for _, s := range sigs {
		rep := v.trust.JudgeKey(s.Name, e.Time)
		if rep.Certificate == nil {
			continue
		}
		out.Signatures = append(out.Signatures, rep)
		if answer := answerOf(rep.Status); out.Answer == "" || answer.rank() < out.Answer.rank() {
			out.Answer = answer
		}
		signer = rep.Signer
	}
	switch out.Answer {
	case "": // by a key that is trusted, though by no person's
		out.worsen(AnswerHolds, "The entry is in the log of this head, which %s signed.", signerName(sigs[0]))
	case AnswerGenuine:
		out.Answer = AnswerHolds
		out.Reasons = append(out.Reasons, fmt.Sprintf("The entry is in the log of this head, which %s signed.", signer))
	default:
		for _, s := range out.Signatures {
			out.Reasons = append(out.Reasons, s.Reasons...)
		}
	}
	out.Signer = signer
	v.rootsOf(&out)
	return out.finish(), nil
}
