package verify

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/ledger"
	"assay/internal/signing"
)

// Outside is what somebody outside the organisation says of a head of the log: that
// its entries existed by a time. All entries of the pack's log up to Size are then
// proven to be as old, whoever's keys were revoked since.
type Outside struct {
	Kind     string `json:"kind"` // cosignature, timestamp
	By       string `json:"by"`
	At       string `json:"at"` // RFC 3339
	Size     int64  `json:"size"`
	Root     string `json:"root"`   // hex
	Proven   bool   `json:"proven"` // by a witness of the reader's policy, or an authority that the reader trusts
	Sentence string `json:"sentence"`
}

// outside reads what others have put under the earlier heads in a log's folder.
func (v *Verifier) outside(b ledger.Bundle) ([]Outside, error) {
	out := []Outside{}
	for _, e := range b.Earlier {
		head, err := ledger.PeekHead(e.Head)
		if err != nil {
			return nil, err
		}
		one := Outside{Size: head.Size, Root: fmt.Sprintf("%x", head.Root[:])}
		if len(e.Token) > 0 {
			x := one
			token, proven, err := signing.OpenTimestamp(e.Token, ledger.FormatHead(head), v.trust)
			if err != nil {
				return nil, err
			}
			x.Kind, x.By, x.At, x.Proven = "timestamp", token.Authority, token.Time.Format(time.RFC3339), proven
			x.Sentence = fmt.Sprintf("%s attests that the first %d entries existed on %s.", x.By, x.Size,
				token.Time.Format("2 January 2006 15:04 UTC"))
			if !proven {
				x.Sentence += " It is not among the authorities that you trust (--tsa-trust), so that is not proven."
			}
			out = append(out, x)
		}
		if v.policy == nil {
			continue
		}
		verdict, err := v.policy.Judge(e.Head, v.trust.PublicKeys()...)
		if err != nil {
			return nil, fmt.Errorf("the head of %d entries: %w", head.Size, err)
		}
		if len(verdict.Witnesses) == 0 {
			continue
		}
		var names []string
		at := time.Time{}
		for _, w := range v.policy.Witnesses {
			if !slices.Contains(verdict.Witnesses, w.Name) {
				continue
			}
			_, sigs, err := ledger.OpenHead(e.Head, w.Key)
			if err != nil {
				return nil, err
			}
			if !slices.Contains(names, w.Key.Name) {
				names = append(names, w.Key.Name)
			}
			if t := sigs[0].Time; at.IsZero() || t.After(at) {
				at = t // all of them had seen it by then
			}
		}
		one.Kind, one.By, one.At, one.Proven = "cosignature", strings.Join(names, ", "), at.Format(time.RFC3339),
			verdict.Enough
		one.Sentence = fmt.Sprintf(
			"%s countersigned the first %d entries by %s.", one.By, one.Size,
			at.Format("2 January 2006 15:04 UTC"),
		)
		if !verdict.Enough {
			one.Sentence += " The policy asks for more."
		}
		out = append(out, one)
	}
	return out, nil
}
