package service

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"assay/internal/certificate"
	"assay/internal/fault"
	"assay/internal/id"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/signing"
	"assay/internal/store"
	"assay/internal/store/db"
	"assay/internal/witness"

	"golang.org/x/mod/sumdb/tlog"
)

// Kinds of what others put under a head of the log.
const (
	tokenCosignature = "cosignature"
	tokenTimestamp   = "timestamp"
)

// verifierKeys reads keys, one a line.
func verifierKeys(text string) ([]ledger.VerifierKey, error) {
	var out []ledger.VerifierKey
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		k, err := ledger.ParseVerifierKey(line)
		if err != nil {
			return nil, err
		}
		if len(out) > 0 && k.Name != out[0].Name {
			return nil, fault.Unreadable("", "These keys are of two names: %s and %s.", out[0].Name, k.Name)
		}
		out = append(out, k)
	}
	if len(out) == 0 {
		return nil, fault.Unreadable("", "There is no key in this.")
	}
	return out, nil
}

func keyLines(keys []ledger.VerifierKey) string {
	var b strings.Builder
	for _, k := range keys {
		fmt.Fprintln(&b, k)
	}
	return b.String()
}

// MakeWitness makes this register a witness of other people's logs, under a name that
// names who it is, such as "auditor.example". Its keys, one a line, are for those logs.
func (s *Service) MakeWitness(ctx context.Context, name string) (keys string, err error) {
	secret := make([]byte, ledger.SecretSize)
	if _, err := rand.Read(secret); err != nil {
		return "", fmt.Errorf("make a witness's key: %w", err)
	}
	key, err := ledger.NewKey(name, secret)
	if err != nil {
		return "", fault.Invalid("name", "A witness's name has no blanks and no plus sign, like auditor.example.")
	}
	keys = keyLines(key.Verifiers()[1:]) // it makes no plain signatures
	err = s.change(ctx, doing{
		action:  "witness.key",
		summary: "Made this register a witness of other logs, as " + name,
		may:     organisation.ActionManageRegister,
	}, func(t *store.Tx) error {
		if had, err := t.WitnessKey(ctx); err == nil {
			return fault.Conflict("This register is a witness already, as %s.", had.Name)
		} else if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		t.Entry().Digests = append(
			t.Entry().Digests, ledger.Digest{Name: "witness-key", SHA256: certificate.DigestOf([]byte(keys))},
		)
		return t.InsertWitnessKey(ctx, name, secret, store.Stamp(s.clock()))
	})
	return keys, err
}

func witnessKey(ctx context.Context, r *store.Reader) (*ledger.Key, error) {
	row, err := r.WitnessKey(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.Conflict("This register is no witness yet: assay witness key NAME makes it one.")
	}
	if err != nil {
		return nil, fmt.Errorf("read the witness's key: %w", err)
	}
	return ledger.NewKey(row.Name, row.Secret)
}

// WitnessKeys are the keys by which this register countersigns, one a line.
func (s *Service) WitnessKeys(ctx context.Context) (keys string, err error) {
	err = s.read(ctx, func(r *store.Reader) error {
		key, err := witnessKey(ctx, r)
		if err == nil {
			keys = keyLines(key.Verifiers()[1:])
		}
		return err
	})
	return keys, err
}

// WatchLog begins to watch another organisation's log. data is the signed statement of
// the log's keys, or, of other programs' logs, verifier keys, one a line. vouched says
// whether a root in the trust file signed the statement.
func (
	s *Service,
) WatchLog(ctx context.Context, data, trustFile []byte, note string) (origin string, vouched bool, err error) {
	trust := signing.Trust{Now: s.clock()}
	if len(trustFile) > 0 {
		if trust, err = signing.ParseTrust(trustFile); err != nil {
			return "", false, err
		}
	}
	statement, err := ledger.OpenKeyStatement(data, trust.PublicKeys()...)
	keys := statement.Keys
	switch {
	case err == nil:
		vouched = true
	case errors.Is(err, ledger.ErrUnknownSigner) && len(trustFile) == 0:
	case fault.CodeOf(err) == fault.CodeUnreadable:
		if keys, err = verifierKeys(string(data)); err != nil {
			return "", false,
				fault.Unreadable("", "This is neither a statement of a log's keys nor a list of them.").Because(err)
		}
	default:
		return "", false, err
	}
	origin = keys[0].Name
	err = s.change(ctx, doing{
		action:  "witness.watch",
		summary: "Began to watch the log " + origin,
		reason:  note,
		may:     organisation.ActionManageRegister,
	}, func(t *store.Tx) error {
		if _, err := t.WitnessLog(ctx, origin); err == nil {
			return fault.Conflict(
				"The log %s is watched already; its keys and its newest head stay as they are.", origin,
			)
		} else if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		return t.InsertWitnessLog(ctx, origin, keyLines(keys), oneLine(note), store.Stamp(s.clock()))
	})
	return origin, vouched, err
}

// WatchedLog is a log that this register watches.
type WatchedLog struct {
	Origin string `json:"origin"`
	Note   string `json:"note"`
	Size   int64  `json:"size"` // entries of the newest head that was countersigned; 0: none yet
	Root   string `json:"root"` // hex
	At     string `json:"at"`   // when, RFC 3339
}

// WatchedLogs are the logs that this register watches.
func (s *Service) WatchedLogs(ctx context.Context) (out []WatchedLog, err error) {
	out = []WatchedLog{}
	err = s.read(ctx, func(r *store.Reader) error {
		rows, err := r.WitnessLogs(ctx)
		for _, row := range rows {
			w, err := watched(row)
			if err != nil {
				return err
			}
			x := WatchedLog{Origin: w.Origin, Note: row.Note, Size: w.Size, At: row.ChangedAt}
			if w.Size > 0 {
				x.Root = hexRoot(w.Root)
			}
			out = append(out, x)
		}
		return err
	})
	return out, err
}

func watched(row db.WitnessLog) (witness.Watched, error) {
	keys, err := verifierKeys(row.Keys)
	if err != nil {
		return witness.Watched{}, fmt.Errorf("keys of a watched log: %w", err)
	}
	w := witness.Watched{Origin: row.Origin, Keys: keys, Size: row.Size}
	if row.Size > 0 {
		if w.Root, err = tlog.ParseHash(row.Root); err != nil {
			return w, fmt.Errorf("root of a watched log: %w", err)
		}
	}
	return w, nil
}

// CountersignHead answers a log's request: signature lines. This register keeps the head
// before the answer is given away, in the same transaction, and never goes back behind it.
// Errors: those of witness.Watched.Countersign.
func (s *Service) CountersignHead(ctx context.Context, request []byte) (answer []byte, w WatchedLog, err error) {
	q, err := ledger.ParseRequest(request)
	if err != nil {
		return nil, w, err
	}
	head, err := ledger.PeekHead(q.Head)
	if err != nil {
		return nil, w, err
	}
	if back := s.rolledBack(); back != nil { // its memory of what it countersigned is an older one
		return nil, w, fault.Conflict("A witness never goes back, and this register was put back. %s", back.sentence())
	}
	err = s.change(ctx, doing{
		action:  "witness.countersign",
		summary: fmt.Sprintf("Countersigned the head of %s with %d entries", head.Origin, head.Size),
		may:     organisation.ActionManageRegister,
	}, func(t *store.Tx) error {
		key, err := witnessKey(ctx, &t.Reader)
		if err != nil {
			return err
		}
		row, err := t.WitnessLog(ctx, head.Origin)
		if errors.Is(err, sql.ErrNoRows) {
			return fault.NotFound("log watched here", head.Origin)
		}
		if err != nil {
			return err
		}
		was, err := watched(row)
		if err != nil {
			return err
		}
		now := s.clock()
		next, lines, err := was.Countersign(q, key, now)
		if err != nil {
			return err
		}
		answer = lines
		w = WatchedLog{
			Origin: next.Origin, Note: row.Note, Size: next.Size, Root: hexRoot(next.Root), At: store.Stamp(now),
		}
		t.Entry().Digests = append(t.Entry().Digests, ledger.Digest{Name: "head", SHA256: certificate.DigestOf(q.Head)})
		return t.AdvanceWitnessLog(ctx, db.AdvanceWitnessLogParams{
			Size:      next.Size,
			Root:      base64.StdEncoding.EncodeToString(next.Root[:]),
			Head:      string(q.Head),
			ChangedAt: store.Stamp(now),
			Origin:    next.Origin,
		})
	})
	return answer, w, err
}

// RelyOnWitness makes a witness known whose countersignatures this register keeps: its
// keys, one a line, as that witness gave them.
func (s *Service) RelyOnWitness(ctx context.Context, keys []byte) (name string, err error) {
	list, err := verifierKeys(string(keys))
	if err != nil {
		return "", err
	}
	if slices.ContainsFunc(list, func(k ledger.VerifierKey) bool { return k.Type == ledger.Plain }) {
		return "", fault.Unreadable("", "These are a log's keys; a witness's make cosignatures.")
	}
	name = list[0].Name
	err = s.change(ctx, doing{
		action:  "witness.rely",
		summary: "Relies on the witness " + name,
		may:     organisation.ActionManageRegister,
	}, func(t *store.Tx) error {
		return t.PutLogWitness(ctx, name, keyLines(list), store.Stamp(s.clock()))
	})
	return name, err
}

func witnessesOf(ctx context.Context, r *store.Reader) ([]ledger.VerifierKey, error) {
	rows, err := r.LogWitnesses(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the witnesses: %w", err)
	}
	var out []ledger.VerifierKey
	for _, row := range rows {
		keys, err := verifierKeys(row.Keys)
		if err != nil {
			return nil, err
		}
		out = append(out, keys...)
	}
	return out, nil
}

// keepHead signs the log's head as it is now and keeps it, unless one of that size is
// kept already: that one is given then.
func (s *Service) keepHead(ctx context.Context) (head ledger.Head, note []byte, err error) {
	if err := s.ensureLogKey(ctx); err != nil {
		return head, nil, err
	}
	err = asFault(s.st.Note(ctx, func(t *store.Tx) error {
		var key logKey
		if head, key, err = s.headNow(ctx, &t.Reader); err != nil {
			return err
		}
		heads, err := t.LogHeads(ctx)
		if err != nil {
			return err
		}
		for _, h := range heads {
			if old, err := ledger.PeekHead(
				[]byte(h.Note),
			); err == nil && old == (ledger.Head{Origin: head.Origin, Size: head.Size, Root: head.Root}) {
				note = []byte(h.Note)
				return nil
			}
		}
		if note, err = ledger.SignHead(head, key.Key); err != nil {
			return err
		}
		return t.PutLogHead(ctx, head.Size, string(note))
	}))
	return head, note, err
}

// RequestWitness asks a witness to countersign the log's head: a file for them. old is
// how many entries the newest head had that they countersigned; below 0: as far as this
// register knows. short leaves out what is too long for a QR code.
func (
	s *Service,
) RequestWitness(ctx context.Context, name string, old int64, short bool) (file []byte, head ledger.Head, err error) {
	head, note, err := s.keepHead(ctx)
	if err != nil {
		return nil, head, err
	}
	err = s.read(ctx, func(r *store.Reader) error {
		if old < 0 {
			tokens, err := r.LogTokens(ctx)
			if err != nil {
				return err
			}
			old = 0
			for _, x := range tokens {
				if x.Kind == tokenCosignature && x.By == name {
					old = max(old, x.Size)
				}
			}
		}
		q := ledger.Request{Old: old, Head: note}
		if short {
			q.Head = ledger.Short(note)
		}
		if old > 0 {
			log, err := r.Log(ctx)
			if err != nil {
				return err
			}
			g, err := log.ProveGrowth(old, head.Size)
			if err != nil {
				return err
			}
			q.Hashes = g.Hashes
		}
		file = ledger.FormatRequest(q)
		return nil
	})
	return file, head, err
}

// Witnessed is what somebody outside has put under a head of the log.
type Witnessed struct {
	Kind string `json:"kind"` // cosignature, timestamp
	By   string `json:"by"`
	At   string `json:"at"`   // RFC 3339, as they say
	Size int64  `json:"size"` // entries that existed then
	Root string `json:"root"` // hex
}

// AcceptCosignature keeps a witness's answer, which is signature lines, under the head
// that it belongs to. Errors: tampered (by no witness that is relied on, or of no head here).
func (s *Service) AcceptCosignature(ctx context.Context, answer []byte) (out Witnessed, err error) {
	err = s.change(ctx, doing{
		action:  "witness.accept",
		summary: "Kept a witness's countersignature",
		may:     organisation.ActionManageRegister,
	}, func(t *store.Tx) error {
		witnesses, err := witnessesOf(ctx, &t.Reader)
		if err != nil {
			return err
		}
		heads, err := t.LogHeads(ctx)
		if err != nil {
			return err
		}
		var last error = fault.Tampered("No head of this log was signed yet, so nobody can have countersigned one.")
		for _, h := range heads {
			sigs, err := ledger.OpenCosignatures([]byte(h.Note), answer, witnesses...)
			if err != nil {
				last = err
				continue
			}
			head, err := ledger.PeekHead([]byte(h.Note))
			if err != nil {
				return err
			}
			out = Witnessed{
				Kind: tokenCosignature, By: sigs[0].Name, At: store.Stamp(sigs[0].Time), Size: head.Size,
				Root: hexRoot(head.Root),
			}
			t.Entry().Summary = oneLine(fmt.Sprintf("%s countersigned the log's head of %d entries", out.By, out.Size))
			t.Entry().Digests = append(
				t.Entry().Digests, ledger.Digest{Name: "answer", SHA256: certificate.DigestOf(answer)},
			)
			return t.InsertLogToken(ctx, db.InsertLogTokenParams{
				ID: id.New(), Kind: tokenCosignature, Size: head.Size, Head: h.Note, Token: answer,
				By: out.By, At: out.At, AddedAt: store.Stamp(s.clock()),
			})
		}
		return last
	})
	return out, err
}

// Witnesses lists what others have put under heads of the log, the newest head first.
func (s *Service) Witnesses(ctx context.Context) (out []Witnessed, err error) {
	out = []Witnessed{}
	err = s.read(ctx, func(r *store.Reader) error {
		rows, err := r.LogTokens(ctx)
		for _, row := range rows {
			head, err := ledger.PeekHead([]byte(row.Head))
			if err != nil {
				return err
			}
			out = append(
				out, Witnessed{Kind: row.Kind, By: row.By, At: row.At, Size: row.Size, Root: hexRoot(head.Root)},
			)
		}
		return err
	})
	return out, err
}

// WitnessPolicy is the text of a policy for those who check this log's heads: its own
// keys, the witnesses that it relies on, and how many of them it asks for; below 1: all.
func (s *Service) WitnessPolicy(ctx context.Context, need int) (text []byte, err error) {
	if err := s.ensureLogKey(ctx); err != nil {
		return nil, err
	}
	err = s.read(ctx, func(r *store.Reader) error {
		own, err := logKeyOf(ctx, r)
		if err != nil {
			return err
		}
		rows, err := r.LogWitnesses(ctx)
		if err != nil {
			return err
		}
		if need < 1 {
			need = len(rows)
		}
		if need > len(rows) {
			return fault.Invalid(
				"quorum",
				fmt.Sprintf("This register relies on %d witnesses, fewer than the %d asked for.", len(rows), need),
			)
		}
		p := witness.Policy{Logs: own.Verifiers(), Quorum: "none"}
		all := witness.Group{Name: "witnesses", Need: need}
		for _, row := range rows {
			keys, err := verifierKeys(row.Keys)
			if err != nil {
				return err
			}
			one := witness.Group{Name: row.Name, Need: 1} // either of a witness's signatures is its word
			for i, k := range keys {
				name := fmt.Sprintf("%s/%d", row.Name, i+1)
				p.Witnesses = append(p.Witnesses, witness.Named{Name: name, Key: k})
				one.Members = append(one.Members, name)
			}
			p.Groups, all.Members = append(p.Groups, one), append(all.Members, row.Name)
		}
		if len(rows) > 0 {
			p.Groups, p.Quorum = append(p.Groups, all), all.Name
		}
		text = witness.FormatPolicy(p)
		return nil
	})
	return text, err
}

// witnessedHead is the head with the most countersignatures and timestamps of those that
// hold an entry, the newest of them; signed now where there is none.
func (s *Service) witnessedHead(ctx context.Context, seq int64) ([]byte, error) {
	var best []byte
	err := s.read(ctx, func(r *store.Reader) error {
		rows, err := r.LogTokens(ctx) // the newest head first
		if err != nil {
			return err
		}
		for _, row := range rows {
			if row.Kind != tokenCosignature || row.Size < seq || best != nil {
				continue
			}
			if best, err = cosigned(row.Head, row.Size, rows); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || best != nil {
		return best, err
	}
	_, note, err := s.keepHead(ctx)
	return note, err
}

// cosigned is a signed head with all countersignatures that others gave it.
func cosigned(note string, size int64, tokens []db.LogToken) ([]byte, error) {
	out := []byte(note)
	for _, x := range tokens {
		if x.Kind != tokenCosignature || x.Size != size {
			continue
		}
		var err error
		if out, err = ledger.AddSignatures(out, x.Token); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ProveEntry is a file that proves to anybody that an entry is in the log, under the
// newest head that a witness has countersigned: a .tlog-proof. what is an entry's number,
// or a certificate's, for the entry of its issue.
func (s *Service) ProveEntry(ctx context.Context, what string) (file []byte, entry ledger.Entry, err error) {
	seq, err := s.entryOf(ctx, what)
	if err != nil {
		return nil, entry, err
	}
	note, err := s.witnessedHead(ctx, seq)
	if err != nil {
		return nil, entry, err
	}
	err = s.read(ctx, func(r *store.Reader) error {
		head, err := ledger.PeekHead(note)
		if err != nil {
			return err
		}
		leaf, err := r.LogEntry(ctx, seq)
		if errors.Is(err, sql.ErrNoRows) {
			return fault.NotFound("log entry", what)
		}
		if err != nil {
			return err
		}
		log, err := r.Log(ctx)
		if err != nil {
			return err
		}
		proof, err := log.ProveEntry(seq, head.Size)
		if err != nil {
			return err
		}
		if entry, err = ledger.ParseEntry([]byte(leaf)); err != nil {
			return err
		}
		file, err = ledger.FormatProven(ledger.Proven{Entry: []byte(leaf), Hashes: proof.Hashes, Head: note})
		return err
	})
	return file, entry, err
}

// entryOf is an entry's number: as it is given, or that of a certificate's issue.
func (s *Service) entryOf(ctx context.Context, what string) (seq int64, err error) {
	var rest string
	if n, _ := fmt.Sscanf(what, "%d%s", &seq, &rest); n == 1 && seq > 0 {
		return seq, nil
	}
	err = s.read(ctx, func(r *store.Reader) error {
		rows, err := r.LogEntriesOf(ctx, what, 1<<62, 1000)
		if err != nil {
			return err
		}
		for _, row := range rows {
			e, err := ledger.ParseEntry([]byte(row.Leaf))
			if err != nil {
				return err
			}
			if e.Action == "certificate.issue" {
				seq = e.Seq
				return nil
			}
		}
		return fault.NotFound("log entry", what)
	})
	return seq, err
}
