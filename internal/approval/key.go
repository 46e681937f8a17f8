package approval

import (
	"fmt"

	"assay/internal/civil"
	"assay/internal/prose"
)

// Key is what a register's log shows of a key that signed approvals. Who was at the
// keyboard when a key was made could have used it since, so that only a key which its
// holder made is said to be their own.
type Key struct {
	Made  string     // "made at this register by Jo Adeyemi on 2 March 2026"; empty where the log does not say
	Own   bool       // its holder was at the keyboard when it was made
	Ended civil.Date // the day on which it was revoked
	Why   string     // it was revoked
}

// Keys are the keys that a register knows, by the SHA-256 of the public key in
// lower-case hex. Nil stands for no register at hand: an approval then says of its key
// what it says by itself.
type Keys map[string]Key

// Own tells whether the approval was made with a key that its approver made and that
// nobody has revoked: what may be said to be the approver's own doing.
func (k Keys) Own(a Approval) bool {
	if k == nil || !a.Signed() {
		return a.Signed()
	}
	key, ok := k[a.Key]
	return ok && key.Own && key.Ended.IsZero()
}

// Words says what the approval shows together with what is known of its key, and no
// more: "approved with a key of Mary Hartley on 3 March 2026, made at this register by
// Jo Adeyemi on 2 March 2026".
func (k Keys) Words(a Approval) string {
	if !a.Signed() || k.Own(a) {
		return a.Words()
	}
	return fmt.Sprintf(
		"approved with a key of %s on %s, %s",
		prose.Called(a.Approver.Name),
		civil.Of(a.At).Long(),
		k.doubt(a),
	)
}

// By is Approval.By with what is known of the key.
func (k Keys) By(a Approval, name string) string {
	if name == "" || !a.Signed() || k.Own(a) {
		return a.By(name)
	}
	return name + " (with a key " + k.doubt(a) + ")"
}

// doubt is what is known against a key.
func (k Keys) doubt(a Approval) string {
	key, ok := k[a.Key]
	if !ok {
		return "that this register does not hold"
	}
	out := key.Made
	if out == "" {
		out = "of which the log does not say who made it"
	}
	if !key.Ended.IsZero() {
		out += ", and revoked on " + key.Ended.Long()
		if key.Why != "" {
			out += " (" + prose.Quote(key.Why) + ")"
		}
	}
	return out
}
