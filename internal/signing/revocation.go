package signing

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/id"
)

// RevokeKeys makes the root's revocation list (X.509 CRL) of signing
// certificates. It takes the place of all former lists, so it must name every
// certificate that was ever revoked, each with its time; number must grow from
// list to list. Errors: invalid.
func (i Identity) RevokeKeys(
	revoked map[*x509.Certificate]time.Time,
	number int64,
	now time.Time,
) (*x509.RevocationList, error) {
	if err := i.Check(); err != nil {
		return nil, err
	}
	if i.Certificate().KeyUsage&x509.KeyUsageCRLSign == 0 {
		return nil, fault.Invalid("root", "Choose the organisation's root key: this key may not revoke certificates.")
	}
	t := &x509.RevocationList{Number: big.NewInt(number), ThisUpdate: now.UTC(), NextUpdate: now.UTC().AddDate(1, 0, 0)}
	for c, at := range revoked {
		if c.CheckSignatureFrom(i.Certificate()) != nil {
			return nil, fault.Invalid(
				"certificate",
				fmt.Sprintf("The certificate of %s was issued by another root, which alone can revoke it.", name(c)),
			)
		}
		t.RevokedCertificateEntries = append(
			t.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: c.SerialNumber, RevocationTime: at.UTC()},
		)
	}
	slices.SortFunc(
		t.RevokedCertificateEntries,
		func(a, b x509.RevocationListEntry) int { return a.SerialNumber.Cmp(b.SerialNumber) },
	)
	der, err := x509.CreateRevocationList(rand.Reader, t, i.Certificate(), i.Key)
	if err != nil {
		return nil, fmt.Errorf("make revocation list: %w", err)
	}
	return x509.ParseRevocationList(der)
}

// Withdrawal is a governance certificate that is no longer in force.
type Withdrawal struct {
	Number     string     `json:"number"`
	Date       civil.Date `json:"date"`
	Superseded string     `json:"superseded_by,omitempty"` // the certificate that took its place; empty if it was revoked
	Reason     string     `json:"reason"`                  // one line
}

// WithdrawalList is an organisation's list of certificate numbers that are no
// longer in force. Its format is in the package comment.
type WithdrawalList struct {
	Organisation string       `json:"organisation"`
	Issued       time.Time    `json:"issued"` // to the second, UTC
	Items        []Withdrawal `json:"items"`  // in the order of their numbers
}

const (
	withdrawalHead = "assay withdrawal list v1"
	maxWithdrawals = 16 << 20
)

// Find gives the withdrawal of a certificate, false if it is not on the list.
func (l WithdrawalList) Find(number string) (Withdrawal, bool) {
	for _, w := range l.Items {
		if w.Number == number {
			return w, true
		}
	}
	return Withdrawal{}, false
}

func (l WithdrawalList) text() (string, error) {
	line := func(s string) bool { return s != "" && s == strings.TrimSpace(s) && s == fault.Plain(s) }
	if !line(l.Organisation) || l.Issued.IsZero() {
		return "", fault.Invalid(
			"organisation",
			"Enter the organisation's name, in one line of at most 100 characters.",
		)
	}
	var b strings.Builder
	fmt.Fprintf(
		&b,
		"%s\n%s\n%s\n%d\n",
		withdrawalHead,
		l.Organisation,
		l.Issued.UTC().Format(time.RFC3339),
		len(l.Items),
	)
	for i, w := range l.Items {
		if !id.IsRef(w.Number) || i > 0 && w.Number <= l.Items[i-1].Number {
			return "", fault.Invalid(
				"number",
				fmt.Sprintf(
					"The certificate numbers of the list must be in order, each once (%q).", fault.Plain(w.Number),
				),
			)
		}
		if d, err := civil.Parse(string(w.Date)); err != nil || d.IsZero() || !line(w.Reason) {
			return "", fault.Invalid(
				"reason",
				fmt.Sprintf("Give the date and, in one line, the reason for which %s was withdrawn.", w.Number),
			)
		}
		by := "-"
		if w.Superseded != "" {
			if by = w.Superseded; !id.IsRef(by) {
				return "", fault.Invalid("superseded_by", fmt.Sprintf("%q is no certificate number.", fault.Plain(by)))
			}
		}
		fmt.Fprintf(&b, "%s %s %s %s\n", w.Number, w.Date, by, w.Reason)
	}
	return b.String(), nil
}

// FormatWithdrawals writes a list and signs it. Errors: invalid.
func FormatWithdrawals(ctx context.Context, signer Identity, l WithdrawalList) ([]byte, error) {
	text, err := l.text()
	if err != nil {
		return nil, err
	}
	sig, err := SignDetached(ctx, signer, strings.NewReader(text), l.Issued)
	if err != nil {
		return nil, err
	}
	return append([]byte(text+"\n"), pem.EncodeToMemory(&pem.Block{Type: "CMS", Bytes: sig})...), nil
}

// ParseWithdrawals reads a list and checks its signature. The list counts only
// if the report says StatusGenuine. It takes nothing but what FormatWithdrawals
// writes. Errors: unreadable, with the line.
func ParseWithdrawals(ctx context.Context, data []byte, trust Trust) (WithdrawalList, SignatureReport, error) {
	var l WithdrawalList
	bad := func(line int, what string) (WithdrawalList, SignatureReport, error) {
		return WithdrawalList{}, SignatureReport{}, fault.Unreadable(
			fmt.Sprintf("line %d", line),
			"This withdrawal list is damaged (%s): ask for it again.",
			what,
		)
	}
	text, sig, ok := strings.Cut(string(data), "\n\n")
	if !ok || len(data) > maxWithdrawals {
		return bad(1, "it has no signature")
	}
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[0] != withdrawalHead {
		return bad(1, "it does not begin with "+withdrawalHead)
	}
	l.Organisation = lines[1]
	var err error
	if l.Issued, err = time.Parse(time.RFC3339, lines[2]); err != nil {
		return bad(3, "no time")
	}
	if n, err := strconv.Atoi(lines[3]); err != nil || n != len(lines)-4 {
		return bad(4, "wrong count")
	}
	for i, s := range lines[4:] {
		p := strings.SplitN(s, " ", 4)
		if len(p) != 4 {
			return bad(i+5, "too few words")
		}
		w := Withdrawal{Number: p[0], Date: civil.Date(p[1]), Reason: p[3]}
		if p[2] != "-" {
			w.Superseded = p[2]
		}
		l.Items = append(l.Items, w)
	}
	if again, err := l.text(); err != nil || again != text+"\n" {
		return bad(1, "not written in the one permitted way")
	}
	rep := VerifyDetached(ctx, strings.NewReader(text+"\n"), []byte(sig), trust)
	if rep.Status == StatusGenuine && !rep.Claimed.Equal(l.Issued) {
		rep = rep.fail(StatusAltered, "The list and its signature state different times.")
	}
	if rep.Status == StatusGenuine && rep.Organisation != l.Organisation {
		rep = rep.fail(StatusUnfit, "The list is of %s, but it was signed for %s.", l.Organisation, rep.Organisation)
	}
	return l, rep, nil
}
