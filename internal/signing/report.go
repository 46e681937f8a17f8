package signing

import (
	"assay/internal/fault"
	"crypto/x509"
	"fmt"
	"strings"
	"time"
)

// Status is the answer of a verification. Only StatusGenuine may be shown as
// "genuine"; StatusUnknownSigner means that the signature is sound but that
// nothing says whose it is.
type Status string

// The answers, from best to worst.
const (
	StatusGenuine       Status = "genuine"        // sound, whole, and by a signer whom the reader trusts
	StatusUnknownSigner Status = "unknown_signer" // sound and whole, but the root is not among those trusted
	StatusOutOfTime     Status = "out_of_time"    // a certificate was not valid at the time, or the time makes no sense
	StatusUnfit         Status = "unfit"          // a key too weak or not meant for signing
	StatusCannotJudge   Status = "cannot_judge"   // as it was signed, but something was added that cannot be checked
	StatusRevoked       Status = "revoked"        // the key was revoked
	StatusUnsigned      Status = "unsigned"       // there is no signature
	StatusUnreadable    Status = "unreadable"     // the file is not what it claims to be
	StatusAltered       Status = "altered"        // something is not as it was signed
)

var severity = map[Status]int{"": -1, StatusGenuine: 0, StatusUnknownSigner: 1, StatusOutOfTime: 2, StatusUnfit: 3,
	StatusCannotJudge: 4, StatusRevoked: 5, StatusUnsigned: 6, StatusUnreadable: 7, StatusAltered: 8}

// worse gives the worse of two answers; none yet is better than any, a status
// it does not know is the worst.
func worse(a, b Status) Status {
	rank := func(s Status) int {
		if n, ok := severity[s]; ok {
			return n
		}
		return len(severity)
	}
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// Role is what a signature does in its document.
type Role string

// The roles of signatures.
const (
	RoleCertification Role = "certification" // the first signature of a PDF, which limits what may follow (DocMDP)
	RoleApproval      Role = "approval"      // a further signature of a PDF
	RoleContent       Role = "content"       // a detached signature over a file
	RoleSeal          Role = "seal"          // the seal printed as a QR code
)

// SignatureReport is what a verification found about one signature.
type SignatureReport struct {
	Status       Status    `json:"status"`
	Role         Role      `json:"role"`
	Field        string    `json:"field,omitempty"` // the name of the PDF's signature field
	Signer       string    `json:"signer"`          // as in the certificate: believe it only if Status says so
	SignerRole   string    `json:"signer_role,omitempty"`
	Organisation string    `json:"organisation,omitempty"`
	Issuer       string    `json:"issuer,omitempty"`
	Fingerprint  string    `json:"fingerprint,omitempty"` // of the signer's key
	Claimed      time.Time `json:"claimed,omitzero"`      // by the clock of the signer's computer
	Proven       time.Time `json:"proven,omitzero"`       // by a trusted timestamp; zero if there is none
	Whole        bool      `json:"whole"`                 // covers every byte of the file as it is now
	Reasons      []string  `json:"reasons"`               // plain sentences, the decisive one first

	Certificate *x509.Certificate `json:"-"`
}

func (r SignatureReport) fail(s Status, format string, args ...any) SignatureReport {
	r.Status = worse(r.Status, s)
	r.Reasons = append([]string{fmt.Sprintf(format, args...)}, r.Reasons...)
	return r
}

func (r *SignatureReport) holder(c *x509.Certificate) {
	r.Certificate = c
	r.Signer, r.Fingerprint, r.Issuer = name(c), Fingerprint(c), fault.Plain(c.Issuer.CommonName)
	r.Organisation = fault.Plain(strings.Join(c.Subject.Organization, ", "))
	for _, n := range c.Subject.Names {
		if s, ok := n.Value.(string); ok && n.Type.Equal(oidTitle) {
			r.SignerRole = fault.Plain(s)
		}
	}
}

// judge fills in what a parsed signature over digest says about its signer.
// later is when somebody else proves that it existed, zero where nobody does.
func (r *SignatureReport) judge(c *cms, digest []byte, claimed, later time.Time, trust Trust) {
	r.holder(c.cert)
	r.Claimed = claimed.UTC()
	if err := c.check(digest); err != nil {
		*r = r.fail(StatusAltered, "The signature does not hold: %v.", err)
		return
	}
	proven, note, err := c.provenTime(trust)
	if err != nil {
		*r = r.fail(StatusAltered, "The timestamp in the signature does not hold: %v.", err)
		return
	}
	if proven.IsZero() || !later.IsZero() && later.Before(proven) {
		proven = later
	}
	r.Proven = proven
	status, reasons := trust.judge(c.cert, c.bag, claimed, proven)
	r.Status, r.Reasons = worse(r.Status, status), append(reasons, r.Reasons...)
	if r.Status == "" {
		r.Status = StatusAltered
	}
	if status == StatusGenuine {
		r.Reasons = append(r.Reasons, fmt.Sprintf("Signed by %s; the content is as it was signed.", r.Signer))
	}
	r.Reasons = append(r.Reasons, note)
}

// Report is what a verification found about a file: the worst answer of its
// signatures, and each of them in the order in which they were made.
type Report struct {
	Status     Status            `json:"status"`
	Reasons    []string          `json:"reasons"`
	Signatures []SignatureReport `json:"signatures"`
	// Added names what an archive added after the last signature: it changes
	// nothing that a reader could see.
	Added []string `json:"added,omitempty"`
	// Foreign says that nothing was found altered: the status is StatusAltered
	// only because the signatures are not of the kind that Assay makes, so that
	// not everything could be accounted for.
	Foreign bool `json:"foreign,omitempty"`
}

func (r Report) fail(s Status, format string, args ...any) Report {
	r.Status = worse(r.Status, s)
	r.Reasons = append([]string{fmt.Sprintf(format, args...)}, r.Reasons...)
	return r
}
