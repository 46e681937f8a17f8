package service

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/internal/fault"
	"assay/internal/ledger"
	"assay/internal/signing"
	"assay/internal/verify"
)

// TestVerify_exports holds what is written for other people's programs to the one
// right answer: its signature holds, or it is altered, or nobody known signed it. What
// has nothing to judge says in a sentence what it is for.
func TestVerify_exports(t *testing.T) {
	ctx := context.Background()
	s := openDemo(t, nil)
	number := must(s.Certificates(ctx))[0].Number
	pass := func() (string, error) { return SamplePassphrase, nil }
	dir := t.TempDir()
	put := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	root := put("root.pem", must(s.RootPEM(ctx)))
	stranger, err := signing.NewRoot("Another Borough Council", signing.ECDSAP256, time.Now().AddDate(0, -1, 0))
	if err != nil {
		t.Fatal(err)
	}
	other := put("other.pem", signing.FormatCertificates(stranger.Certificate()))
	record := []byte(must(s.Certificate(ctx, number)).Digest)
	statement := must(s.SignedStatement(ctx, number, pass))
	attestation := must(s.InToto(ctx, number, SamplePassphrase))
	proof, _, err := s.ProveEntry(ctx, number)
	if err != nil {
		t.Fatal(err)
	}
	logKey := put("log-key.txt", []byte(must(s.LogKey(ctx)).Statement))
	check := func(trust, path string) verify.Verified {
		t.Helper()
		v, err := verify.New(ctx, trust, "", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		q := verify.Request{Path: path}
		if trust == root {
			q.LogKey = logKey
		}
		out, err := v.Verify(ctx, q)
		if err != nil {
			t.Fatal(path, err)
		}
		return out
	}
	for name, data := range map[string][]byte{
		"a.scitt": statement, "a.intoto.json": attestation, "a.tlog-proof": proof,
	} {
		path := put(name, data)
		got := check(root, path)
		if got.Answer != verify.AnswerHolds || !got.Sound() || got.Number != number ||
			strings.Contains(strings.ToLower(got.Sentence), "genuine") {
			t.Errorf("%s: %+v", name, got)
		}
		if name != "a.tlog-proof" && got.Digest != string(record) {
			t.Errorf("%s: digest %s", name, got.Digest)
		}
		for _, who := range []string{"", other} {
			if got := check(who, path); got.Answer != verify.AnswerUnknownSigner || got.Sound() {
				t.Errorf("%s trusting %q: %s %q", name, who, got.Answer, got.Reasons)
			}
		}
		if got := must(s.Verify(ctx, verify.Request{Path: path})); got.Answer != verify.AnswerHolds {
			t.Errorf("%s with the register: %s %q", name, got.Answer, got.Reasons)
		}
		for i := 3; i < len(data); i += 1 + len(data)/200 { // no byte may change and the answer stay
			changed := bytes.Clone(data)
			changed[i] ^= 1
			v, err := verify.New(ctx, root, "", time.Now())
			if err != nil {
				t.Fatal(err)
			}
			got, err := v.Verify(ctx, verify.Request{Path: put("changed", changed), LogKey: logKey})
			if err == nil && got.Sound() && !unsignedPart(data, i) {
				t.Errorf("%s with byte %d changed: %s", name, i, got.Answer)
			}
		}
	}
	if err := s.RevokeCertificate(ctx, number, "The runs it rests on were incomplete."); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.scitt", "a.intoto.json"} {
		got := must(s.Verify(ctx, verify.Request{Path: filepath.Join(dir, name)}))
		if got.Answer != verify.AnswerRevoked {
			t.Errorf("%s of a revoked certificate: %s", name, got.Answer)
		}
	}
	for want, data := range map[string][]byte{
		"--trust":               must(s.RootPEM(ctx)),
		"--withdrawals":         must(s.Withdrawals(ctx, SamplePassphrase)),
		"OSCAL export":          must(s.OSCAL(ctx, "WF-0001")),
		"check the PDF":         []byte("{\n  \"format\": \"assay-certificate/2\",\n"),
		"assay check --against": must(s.SignedHead(ctx)),
	} {
		v, err := verify.New(ctx, root, "", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		_, err = v.Verify(ctx, verify.Request{Path: put("file", data)})
		if fault.CodeOf(err) != fault.CodeUnreadable || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// unsignedPart tells whether a byte is one that the reader may pass over: of the
// signatures on a head, where one that holds is enough.
func unsignedPart(data []byte, i int) bool {
	p, err := ledger.ParseProven(data)
	if err != nil {
		return false
	}
	head, _, _ := bytes.Cut(p.Head, []byte("\n\n"))
	return i > bytes.Index(data, head)+len(head)
}
