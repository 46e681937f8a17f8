package service

import (
	"context"
	"fmt"

	"assay/internal/certificate"
	"assay/internal/fault"
	"assay/internal/id"
	"assay/internal/ledger"
	"assay/internal/organisation"
	"assay/internal/signing"
	"assay/internal/store"
	"assay/internal/store/db"
	"assay/internal/verify"
)

// RequestStamp asks a timestamp authority (RFC 3161) for a time over the log's head: a
// file to be carried to them. What they are shown is the SHA-256 of the head's text and a
// random number. Their answer proves that all entries under the head existed by then.
func (s *Service) RequestStamp(ctx context.Context) (request []byte, head ledger.Head, err error) {
	head, note, err := s.keepHead(ctx)
	if err != nil {
		return nil, head, err
	}
	if request, err = signing.TimestampRequest(ledger.FormatHead(head)); err != nil {
		return nil, head, err
	}
	err = s.change(ctx, doing{
		action:  "log.stamp_request",
		summary: fmt.Sprintf("Asked for a timestamp over the log's head of %d entries", head.Size),
		may:     organisation.ActionSignCertificate,
	}, func(t *store.Tx) error {
		return t.InsertLogRequest(ctx, db.InsertLogRequestParams{
			ID: id.New(), Size: head.Size, Head: string(note), Request: request, MadeAt: store.Stamp(s.clock()),
		})
	})
	return request, head, err
}

// AcceptStamp keeps the authority's answer under the head that it was asked about. It has
// to answer one of the requests that are open: their digest and their random number.
// trustPath names the authority's certificates; empty: whose it is, is not asked now.
func (s *Service) AcceptStamp(ctx context.Context, reply []byte, trustPath string) (out Witnessed, err error) {
	trust := signing.Trust{Now: s.clock()}
	if err := verify.TrustTimestamps(&trust, trustPath); err != nil {
		return out, err
	}
	err = s.change(ctx, doing{
		action:  "log.stamp",
		summary: "Kept a timestamp over the log's head",
		may:     organisation.ActionSignCertificate,
	}, func(t *store.Tx) error {
		open, err := t.LogRequests(ctx)
		if err != nil {
			return err
		}
		var last error = fault.Conflict(
			"No timestamp was asked for: assay log stamp --request FILE.tsq makes the request.",
		)
		for _, q := range open {
			head, err := ledger.PeekHead([]byte(q.Head))
			if err != nil {
				return err
			}
			token, err := signing.OpenTimestampReply(
				q.Request, reply, ledger.FormatHead(head), trust.TimestampRoots, s.clock(),
			)
			if err != nil {
				last = err
				continue
			}
			out = Witnessed{
				Kind: tokenTimestamp, By: token.Authority, At: store.Stamp(token.Time), Size: head.Size,
				Root: hexRoot(head.Root),
			}
			t.Entry().Summary = oneLine(fmt.Sprintf("%s attests that the log's head of %d entries existed on %s",
				out.By, out.Size, token.Time.Format("2 January 2006 at 15:04 UTC")))
			t.Entry().Digests = append(
				t.Entry().Digests, ledger.Digest{Name: "timestamp", SHA256: certificate.DigestOf(token.DER)},
			)
			if err := t.InsertLogToken(ctx, db.InsertLogTokenParams{
				ID: id.New(), Kind: tokenTimestamp, Size: head.Size, Head: q.Head, Token: token.DER,
				By: out.By, At: out.At, AddedAt: store.Stamp(s.clock()),
			}); err != nil {
				return err
			}
			return t.DeleteLogRequest(ctx, q.ID)
		}
		return last
	})
	return out, err
}

// checkTokens holds what others have put under heads of the log against its entries.
func (s *Service) checkTokens(ctx context.Context, r *store.Reader, a *ledger.Audit, c *CheckReport) error {
	rows, err := r.LogTokens(ctx)
	if err != nil {
		return err
	}
	witnesses, err := witnessesOf(ctx, r)
	if err != nil {
		return err
	}
	for _, row := range rows {
		head, err := ledger.PeekHead([]byte(row.Head))
		if err == nil && row.Kind == tokenCosignature {
			_, err = ledger.OpenCosignatures([]byte(row.Head), row.Token, witnesses...)
		} else if err == nil {
			_, _, err = signing.OpenTimestamp(row.Token, ledger.FormatHead(head), signing.Trust{Now: s.clock()})
		}
		if err != nil {
			c.problem("What %s put under the log's head at entry %d does not hold: %v", row.By, row.Size, err)
			continue
		}
		a.Head(head, fmt.Sprintf("the head that %s saw", row.By))
	}
	if len(rows) > 0 {
		c.step("%d countersignatures and timestamps from outside were checked.", len(rows))
	}
	return nil
}
