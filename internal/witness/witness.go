// Package witness is how somebody outside an organisation keeps its activity log
// honest: an auditor or a client notes the newest head of the log that they were
// shown, and countersigns a newer one only if the log has grown from it. Whoever later
// meets two heads that do not fit together knows that entries were changed or taken away.
//
// It follows c2sp.org/tlog-witness, without the network: the request (see
// [ledger.Request]) and the answer travel as files, or as QR codes. The answer is
// signature lines and nothing else, cosignatures of c2sp.org/tlog-cosignature by Ed25519
// and by ML-DSA-44.
//
// # The request and the answer
//
// A request for the log of the ledger's example, after two of its three entries were
// countersigned before: how many these were, the proof that the log grew from them
// (RFC 6962, 2.1.2), an empty line, and the signed head.
//
//	old 2
//	WVssWmJbQ11PIOw+pJienT6Q9+eNHrrwi24td+9CChc=
//
//	assay.example/log/019d4321-0000-7000-8000-000000000001
//	3
//	HfavPfYrMxAPqljy6/1JN3ZAtb/HhyIf/VRIFYiwGiw=
//
//	— assay.example/log/019d4321-0000-7000-8000-000000000001 +TxNKoSPhH+e1r944cWU6ZvqtVGtQn/dNrvOGyp7C7h5aecdDtCrgEMvyUh+6HCx2hOFajrIDsRKfcmeoKBrpDE7ag0=
//	— assay.example/log/019d4321-0000-7000-8000-000000000001 yYJWaAAAAABpy5sg1uJnDZDyNXihHA7D4Ut8a1pFwHZD8JrBDH7BIWM7vhQwWqs3JR4opQKAlxrtQIjzv+JGt3k9o53AqjkhHcgEDA==
//
// The witness "auditor.example", whose secret is SHA-256("assay witness example"), answers
// at 11:00 (without the line by ML-DSA-44, which is 3,300 characters long):
//
//	— auditor.example SGdWLwAAAABpy6kwGTL+DSsu2l9RItwi4RypwvpoyAcTskd3wn66NxvKn4V6Ga56h9nMDb84obZ+jevBPUzXllw1LWwzZWC4Dh0HDw==
//
// # What a witness says, and what not
//
// That this was, at the time, the longest head of the log that it had been shown, and that
// all heads that it had countersigned before are beginnings of it. It says nothing of what
// the entries hold. A witness that is set back to an older state of its own register
// could countersign a fork; its register notices that like any other.
//
// # Which witnesses
//
// A [Policy] says whose word is asked for: the logs, the witnesses, and how many of them
// (c2sp.org/tlog-policy).
package witness

import (
	"crypto"
	"errors"
	"fmt"
	"slices"
	"time"

	"assay/internal/fault"
	"assay/internal/ledger"
)

// Watched is a log that a witness watches, and the newest head of it that the
// witness has countersigned.
type Watched struct {
	Origin string
	Keys   []ledger.VerifierKey // by which the log signs its heads
	Size   int64                // entries of the newest head; 0: none yet
	Root   ledger.Hash          // of it
}

// ErrOldSize is behind the fault of Countersign where the request starts from another
// head than the newest that was countersigned.
var ErrOldSize = errors.New("the request starts from another size")

// Countersign checks a request against what the witness has countersigned before, and
// gives what to remember now and the answer. The caller has to keep the former before
// it gives the latter away. Errors: not found (a log that is not watched), forbidden
// (not signed by the log), conflict (ErrOldSize), tampered (a rollback or a fork).
func (w Watched) Countersign(q ledger.Request, key *ledger.Key, now time.Time) (Watched, []byte, error) {
	head, err := ledger.PeekHead(q.Head)
	if err != nil {
		return w, nil, err
	}
	if head.Origin != w.Origin {
		return w, nil, fault.NotFound("log watched here", head.Origin)
	}
	keys := make([]crypto.PublicKey, len(w.Keys))
	for i, k := range w.Keys {
		keys[i] = k
	}
	if _, _, err := ledger.OpenHead(q.Head, keys...); err != nil {
		return w, nil, fault.Forbidden(
			"The head is not signed by the log %s, or was altered; nothing was countersigned.", w.Origin,
		).
			Because(err)
	}
	was := ledger.Head{Origin: w.Origin, Size: w.Size, Root: w.Root}
	switch {
	case head.Size < w.Size:
		return w, nil, fault.Tampered(
			"The log was put back: a head of %s was countersigned here before, and this one has %s. Nothing was "+
				"countersigned.", was, head)
	case head.Size == w.Size && head.Root != w.Root && w.Size > 0:
		return w, nil, fault.Tampered(
			"There are two logs: a head of %s was countersigned here before, and this one has %s. Nothing was "+
				"countersigned.", was, head)
	case q.Old != w.Size:
		return w, nil, fault.Conflict(
			"The newest head of %s that was countersigned here has %d entries: make the request from there (assay "+
				"witness request --old %d).",
			w.Origin, w.Size, w.Size).Because(ErrOldSize)
	}
	if q.Old == 0 {
		if len(q.Hashes) > 0 {
			return w, nil, fault.Unreadable("", "A request from no entries carries no proof.")
		}
	} else {
		grown := ledger.Growth{OldSize: w.Size, OldRoot: w.Root, Size: head.Size, Root: head.Root, Hashes: q.Hashes}
		if err := grown.Verify(was, head); err != nil {
			return w, nil, fault.Tampered(
				"The log was rewritten: a head of %s was countersigned here before, and this one of %s does not "+
					"begin with those entries. Nothing was countersigned.",
				was, head).Because(err)
		}
	}
	answer, err := ledger.Cosign(q.Head, key, now)
	if err != nil {
		return w, nil, fmt.Errorf("countersign a head: %w", err)
	}
	w.Size, w.Root, w.Keys = head.Size, head.Root, slices.Clone(w.Keys)
	return w, answer, nil
}
