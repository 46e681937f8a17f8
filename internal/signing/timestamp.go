package signing

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/big"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"time"

	"assay/internal/fault"
	"assay/internal/pdf"
)

// TSA is a timestamp authority (RFC 3161) that a person named. It is the only
// thing in this package that uses the network, and only when Timestamp is called.
// What is sent is the SHA-256 of the signature and a random number, nothing else.
type TSA struct {
	URL string // http or https
	// whom the authority's certificate must lead to; empty: not asked now, only when verifying
	Roots   []*x509.Certificate
	Timeout time.Duration // for the whole exchange; 0 is 30 seconds
	Client  *http.Client  // nil: one of our own that follows no redirections
}

const maxTimestampReply = 64 << 10

type (
	timestampRequest struct {
		Version int
		Imprint messageImprint
		Nonce   *big.Int
		CertReq bool
	}
	messageImprint struct {
		Alg    pkix.AlgorithmIdentifier
		Digest []byte
	}
	timestampResponse struct {
		Status timestampStatus
		Token  asn1.RawValue `asn1:"optional"`
	}
	timestampStatus struct {
		Status int
		Text   asn1.RawValue  `asn1:"optional"`
		Fail   asn1.BitString `asn1:"optional"`
	}
	tstInfo struct {
		Version    int
		Policy     asn1.ObjectIdentifier
		Imprint    messageImprint
		Serial     *big.Int
		GenTime    time.Time     `asn1:"generalized"`
		Accuracy   accuracy      `asn1:"optional"`
		Ordering   bool          `asn1:"optional"`
		Nonce      *big.Int      `asn1:"optional"`
		TSA        asn1.RawValue `asn1:"optional,explicit,tag:0"`
		Extensions asn1.RawValue `asn1:"optional,tag:1"`
	}
	accuracy struct {
		Seconds int `asn1:"optional"`
		Millis  int `asn1:"optional,tag:0"`
		Micros  int `asn1:"optional,tag:1"`
	}
)

// Timestamp asks the authority to attest that the last signature of a PDF
// exists now, and puts the answer into the space reserved beside that signature
// (PAdES B-T): no byte outside it changes, and the file keeps its size. Errors:
// conflict (nothing to timestamp), unreadable (no answer, or one that does not
// hold), cancelled. The PDF given is never changed.
func Timestamp(ctx context.Context, doc []byte, tsa TSA, now time.Time) ([]byte, error) {
	f, err := pdf.Open(bytes.NewReader(doc), int64(len(doc)))
	if err != nil {
		return nil, err
	}
	sigs, _, err := findSignatures(ctx, f, Trust{Now: now})
	if err != nil {
		return nil, err
	}
	if len(sigs) == 0 {
		return nil, fault.Conflict("This PDF is not signed; sign it before it is timestamped.")
	}
	s := sigs[len(sigs)-1]
	if rep := VerifyPDF(ctx, f.R, f.Size, Trust{Now: now}); s.err != nil || rep.Status == StatusAltered ||
		rep.Status == StatusUnreadable {
		return nil, fault.Tampered("This document was altered after it was signed, so it was not timestamped.")
	}
	if s.cms.tst != nil {
		return nil, fault.Conflict("The last signature of this PDF has a timestamp already.")
	}
	der, err := tsa.stamp(ctx, s.cms, now)
	if err != nil {
		return nil, err
	}
	if len(der) > int(s.end-s.gap-2)/2 {
		return nil, fault.Unreadable(
			tsa.host(),
			"The timestamp is too large for the space beside the signature: choose another timestamp authority.",
		)
	}
	out := bytes.Clone(doc)
	for i := s.gap + 1; i < s.end-1; i++ {
		out[i] = '0'
	}
	hexUpper(out[s.gap+1:s.end-1], der)
	if rep := verifyBytes(ctx, out, Trust{Now: now, TimestampRoots: tsa.Roots}); rep.Status == StatusAltered ||
		rep.Status == StatusUnreadable {
		return nil, fault.Unreadable(
			tsa.host(),
			"The timestamp does not fit this signature; the file was left as it was.",
		)
	}
	return out, nil
}

func verifyBytes(ctx context.Context, doc []byte, trust Trust) Report {
	return VerifyPDF(ctx, bytes.NewReader(doc), int64(len(doc)), trust)
}

// stamp gives the signature c with a timestamp over its signature value.
func (t TSA) stamp(ctx context.Context, c *cms, now time.Time) ([]byte, error) {
	sig := c.data.Signers[0].Sig
	token, err := t.fetch(ctx, sig, now)
	if err != nil {
		return nil, err
	}
	der, err := asn1.Marshal(attribute{oidTimestampToken, []asn1.RawValue{{FullBytes: token}}})
	if err != nil {
		return nil, fault.Internal(err)
	}
	sd := c.data
	sd.Signers = slices.Clone(sd.Signers)
	sd.Signers[0].Unsigned = asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 1, IsCompound: true, Bytes: der}
	return marshalCMS(sd)
}

func (t TSA) host() string {
	if u, err := url.Parse(t.URL); err == nil && u.Host != "" {
		return u.Host
	}
	return "timestamp authority"
}

// fetch asks for a timestamp token over data and checks the answer.
func (t TSA) fetch(ctx context.Context, data []byte, now time.Time) ([]byte, error) {
	fail := func(format string, args ...any) *fault.Error {
		return fault.Unreadable(
			t.host(),
			format+" The file was left as it was; try again later or choose another timestamp authority.",
			args...)
	}
	u, err := url.Parse(t.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fault.Invalid(
			"tsa",
			"Enter the address of the timestamp authority, such as https://tsa.example.org/.",
		)
	}
	query, err := TimestampRequest(data)
	if err != nil {
		return nil, err
	}
	timeout := t.Timeout
	if timeout <= 0 {
		timeout = 30 * time.Second
	}
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(limited, http.MethodPost, t.URL, bytes.NewReader(query))
	if err != nil {
		return nil, fail("The timestamp authority cannot be asked.").Because(err)
	}
	req.Header.Set("Content-Type", "application/timestamp-query")
	client := t.Client
	if client == nil {
		// A redirect would take the question to a host that nobody chose.
		client = &http.Client{
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	reply, err := client.Do(req)
	if err != nil {
		return nil, t.noAnswer(ctx, limited, fail, err)
	}
	defer reply.Body.Close()
	if kind, _, _ := mime.ParseMediaType(reply.Header.Get("Content-Type")); reply.StatusCode != http.StatusOK ||
		kind != "application/timestamp-reply" {
		return nil, fail(
			"The timestamp authority answered with something else than a timestamp (HTTP %d).",
			reply.StatusCode,
		)
	}
	// One byte more than is taken, so that an answer of just that length is not cut.
	body, err := io.ReadAll(io.LimitReader(reply.Body, maxTimestampReply+1))
	if err != nil {
		return nil, t.noAnswer(ctx, limited, fail, err)
	}
	if len(body) > maxTimestampReply {
		return nil, fail("The timestamp authority's answer is far too large.")
	}
	got, err := OpenTimestampReply(query, body, data, t.Roots, now)
	if err != nil {
		return nil, fail("%s", err.Error()).Because(err)
	}
	// The token is sound, but a document with two times that cannot both be right
	// convinces nobody: better to say so while both clocks can be looked at.
	if d := got.Time.Sub(now); d < -future {
		return nil, fail(
			"The timestamp says %s, but this computer's clock %s: one of them is wrong.", minute(got.Time), minute(now))
	}
	return got.DER, nil
}

// TimestampRequest asks for a timestamp over data: a TimeStampReq of RFC 3161 in DER, to
// be sent or carried to an authority. It holds the SHA-256 of the data and a random
// number, and asks for the authority's certificate. Keep it until the answer comes back.
func TimestampRequest(data []byte) ([]byte, error) {
	var random [8]byte
	if _, err := rand.Read(random[:]); err != nil {
		return nil, fault.Internal(err)
	}
	random[0] &= 0x7F // a positive number of one length
	digest := sha256.Sum256(data)
	der, err := asn1.Marshal(timestampRequest{
		Version: 1,
		Imprint: messageImprint{
			pkix.AlgorithmIdentifier{Algorithm: oidSHA256, Parameters: asn1.NullRawValue}, digest[:],
		},
		Nonce:   new(big.Int).SetBytes(random[:]),
		CertReq: true,
	})
	if err != nil {
		return nil, fault.Internal(fmt.Errorf("write a timestamp request: %w", err))
	}
	return der, nil
}

// TimeToken is a timestamp over some data, whose own signature holds.
type TimeToken struct {
	DER       []byte    // as it is kept: a TimeStampToken of RFC 3161
	Time      time.Time // UTC, as the authority says
	Authority string    // whom its certificate names
}

// OpenTimestampReply checks an authority's answer to a request over data: that it
// answers this request (imprint and nonce), that the token's signature holds and, where
// roots are given, that it leads to one of them. Errors: unreadable, with what does not hold.
func OpenTimestampReply(request, reply, data []byte, roots []*x509.Certificate, now time.Time) (TimeToken, error) {
	var asked timestampRequest
	if rest, err := asn1.Unmarshal(request, &asked); err != nil || len(rest) > 0 || asked.Nonce == nil {
		return TimeToken{}, fault.Unreadable("", "The request for the timestamp is damaged.").Because(err)
	}
	var resp timestampResponse
	if rest, err := asn1.Unmarshal(reply, &resp); err != nil || len(rest) > 0 || len(reply) > maxTimestampReply {
		return TimeToken{}, fault.Unreadable("", "The timestamp authority's answer is damaged.").Because(err)
	}
	if resp.Status.Status > 1 || resp.Status.Status < 0 {
		return TimeToken{}, fault.Unreadable("", "The timestamp authority refused (status %d).", resp.Status.Status)
	}
	tok, err := parseToken(resp.Token.FullBytes, data)
	if err != nil {
		return TimeToken{}, fault.Unreadable("", "The timestamp authority's answer does not hold: %v.", err)
	}
	if tok.info.Nonce == nil || tok.info.Nonce.Cmp(asked.Nonce) != 0 {
		return TimeToken{}, fault.Unreadable("", "The timestamp authority answered another question than ours.")
	}
	if tok.info.GenTime.Sub(now) > future {
		return TimeToken{},
			fault.Unreadable("", "The timestamp says %s, but this computer's clock %s: one of them is wrong.",
				minute(tok.info.GenTime), minute(now))
	}
	if len(roots) > 0 {
		if _, err := buildChain(tok.cms.cert, tok.cms.bag, roots, now); err != nil {
			return TimeToken{},
				fault.Unreadable("", "The answer is signed by %s, which is not the authority that you trust.",
					name(tok.cms.cert)).Because(err)
		}
	}
	return TimeToken{DER: resp.Token.FullBytes, Time: tok.info.GenTime.UTC(), Authority: name(tok.cms.cert)}, nil
}

// OpenTimestamp checks a token over data again, later. proven tells whether one of the
// timestamp roots in trust vouches for the authority: only then is the time proven.
// Errors: tampered.
func OpenTimestamp(der, data []byte, trust Trust) (t TimeToken, proven bool, err error) {
	tok, err := parseToken(der, data)
	if err != nil {
		return TimeToken{}, false, fault.Tampered("The timestamp does not hold: %v.", err).Because(err)
	}
	t = TimeToken{DER: der, Time: tok.info.GenTime.UTC(), Authority: name(tok.cms.cert)}
	if t.Time.After(trust.Now.Add(future)) {
		return TimeToken{}, false, fault.Tampered("The timestamp's time, %s, lies in the future.", minute(t.Time))
	}
	chain, err := buildChain(tok.cms.cert, tok.cms.bag, trust.TimestampRoots, t.Time)
	if err != nil {
		return t, false, nil // nobody whom the reader trusts: it says a time, and proves none
	}
	status, _ := trust.revocation(chain, time.Time{})
	return t, status == StatusGenuine, nil
}

func (t TSA) noAnswer(ctx, limited context.Context, fail func(string, ...any) *fault.Error, err error) error {
	switch {
	case ctx.Err() != nil:
		return fault.New(fault.CodeCancelled, "Stopped; the file was left as it was.").Because(err)
	case limited.Err() != nil:
		return fail("The timestamp authority did not answer in time.").Because(err)
	}
	return fail("The timestamp authority cannot be reached.").Because(err)
}

// token is a timestamp whose own signature holds; whose it is has not been asked.
type token struct {
	cms  *cms
	info tstInfo
}

// parseToken reads a timestamp token and checks that it is one over data and
// that its signature holds.
func parseToken(der, data []byte) (*token, error) {
	return readToken(der, func(alg crypto.Hash) (hash.Hash, error) {
		h := alg.New()
		h.Write(data)
		return h, nil
	})
}

// readToken does the same over data that are digested by over.
func readToken(der []byte, over func(alg crypto.Hash) (hash.Hash, error)) (*token, error) {
	c, err := parseCMS(der)
	if err != nil {
		return nil, err
	}
	t := &token{cms: c}
	if c.content == nil {
		return nil, errors.New("it is no timestamp")
	}
	if rest, err := asn1.Unmarshal(c.content, &t.info); err != nil || len(rest) > 0 || t.info.Version != 1 {
		return nil, errors.New("it is damaged")
	}
	alg, err := digestAlgorithm(t.info.Imprint.Alg)
	if err != nil {
		return nil, err
	}
	h, err := over(alg)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(h.Sum(nil), t.info.Imprint.Digest) {
		return nil, errors.New("it is over something else")
	}
	h = c.hash.New()
	h.Write(c.content)
	if err := c.check(h.Sum(nil)); err != nil {
		return nil, err
	}
	if reason := unfitToStamp(c.cert); reason != "" {
		return nil, errors.New(reason)
	}
	return t, nil
}

// unfitToStamp says why a certificate may not issue timestamps (RFC 3161, 2.3).
func unfitToStamp(c *x509.Certificate) string {
	if weakKey(c.PublicKey) != "" {
		return "its key is too weak"
	}
	critical := slices.ContainsFunc(
		c.Extensions,
		func(e pkix.Extension) bool { return e.Id.Equal(oidExtKeyUsage) && e.Critical },
	)
	if !critical || len(c.UnknownExtKeyUsage) > 0 ||
		!slices.Equal(c.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}) ||
		c.KeyUsage != 0 && c.KeyUsage&signingKeyUsage == 0 {
		return "its certificate is not one for timestamps"
	}
	return ""
}

// provenTime gives the time that a trusted timestamp proves, or the zero time,
// with a sentence about it. The error says that a timestamp is there and does
// not hold.
func (c *cms) provenTime(trust Trust) (time.Time, string, error) {
	none := time.Time{}
	if c.tst == nil {
		return none, "The signing time is the one claimed by the signer's computer; no timestamp proves it.", nil
	}
	t, err := parseToken(c.tst, c.data.Signers[0].Sig)
	if err != nil {
		return none, "", err
	}
	at, ok, note, err := t.judge(trust)
	if err != nil || !ok {
		at = none
	}
	return at, note, err
}

// judge says when a token was made and whether an authority that is trusted made
// it. The error says that the token contradicts itself.
func (t *token) judge(trust Trust) (at time.Time, proven bool, note string, err error) {
	at = t.info.GenTime.UTC()
	if at.After(trust.Now.Add(future)) {
		return at, false, "", errors.New("its time lies in the future")
	}
	chain, err := buildChain(t.cms.cert, t.cms.bag, trust.TimestampRoots, at)
	if err == nil {
		_, err = buildChain(t.cms.cert, t.cms.bag, trust.TimestampRoots, trust.Now)
	}
	if err != nil {
		return at, false, fmt.Sprintf(
			"A timestamp says that it existed on %s, but the authority (%s) is not among those trusted here, so "+
				"that is not proven.",
			minute(at),
			name(t.cms.cert),
		), nil
	}
	for _, b := range t.cms.bag {
		if !contains(chain, b) {
			return at, false, "", errors.New("it carries a certificate that has no part in it")
		}
	}
	if s, reasons := trust.revocation(chain, time.Time{}); s != StatusGenuine {
		return at, false, "The timestamp proves nothing: " + reasons[0], nil
	}
	return at, true, fmt.Sprintf(
		"A timestamp of %s proves that the signature existed on %s.",
		name(t.cms.cert),
		minute(at),
	), nil
}
