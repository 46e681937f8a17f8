package signing

import (
	"bytes"
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/internal/fault"
	"assay/internal/testkit"
)

// opensslTSA is a timestamp authority on the loopback that OpenSSL plays, and
// the root of its certificate.
func opensslTSA(t *testing.T) (string, Identity) {
	t.Helper()
	root, err := NewRoot("Timestamps Ltd", ECDSAP256, time.Now().AddDate(-1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	key, err := NewKey(ECDSAP256)
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := template(key.Public(), pkix.Name{CommonName: "Timestamp unit 1"}, time.Now().AddDate(-1, 0, 0), 5)
	if err != nil {
		t.Fatal(err)
	}
	tmpl.KeyUsage = x509.KeyUsageDigitalSignature
	eku, _ := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
	tmpl.ExtraExtensions = []pkix.Extension{{Id: oidExtKeyUsage, Critical: true, Value: eku}}
	cert, err := create(tmpl, root.Certificate(), key.Public(), root.Key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	pk, _ := x509.MarshalPKCS8PrivateKey(key)
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("tsa.pem", FormatCertificates(cert))
	write("root.pem", FormatCertificates(root.Certificate()))
	write("tsa.key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pk}))
	write("serial", []byte("01\n"))
	write("tsa.cnf", fmt.Appendf(nil, `[tsa]
default_tsa = it
[it]
serial = %[1]s/serial
signer_cert = %[1]s/tsa.pem
certs = %[1]s/root.pem
signer_key = %[1]s/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
`, dir))
	if _, err := tool(t, "openssl", "version"); err != nil {
		t.Fatal(err)
	}
	url := serve(t, func(w http.ResponseWriter, query []byte) {
		write("query", query)
		if out, err := tool(
			t, "openssl", "ts", "-reply", "-config", dir+"/tsa.cnf", "-queryfile", dir+"/query", "-out",
			dir+"/reply",
		); err != nil {
			t.Errorf("openssl ts: %s", out)
		}
		reply, _ := os.ReadFile(dir + "/reply")
		w.Header().Set("Content-Type", "application/timestamp-reply")
		_, _ = w.Write(reply)
	})
	return url, root
}

func serve(t *testing.T, answer func(http.ResponseWriter, []byte)) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q, _ := io.ReadAll(r.Body)
		answer(w, q)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestTimestamp(t *testing.T) {
	p := people()
	url, root := opensslTSA(t)
	ctx, today := context.Background(), time.Now()
	tr := Trusting(today.Add(time.Minute), p.root.Certificate())
	tsa := TSA{URL: url, Roots: []*x509.Certificate{root.Certificate()}}
	doc := sign(t, sign(t, unsignedPDF(packed), "Assessor", p.assessor), "Approver", p.rsaAssessor)
	stamped, err := Timestamp(ctx, doc, tsa, today)
	if err != nil {
		t.Fatal(err)
	}
	keepForOthers(t, "good-timestamped", stamped)
	t.Run("proves_the_time_to_whom_trusts_the_authority", func(t *testing.T) {
		rep := wantStatus(t, stamped, tr, StatusGenuine)
		if !rep.Signatures[1].Proven.IsZero() {
			t.Error("an authority that nobody trusts proves a time")
		}
		tr := tr
		tr.TimestampRoots = tsa.Roots
		rep = wantStatus(t, stamped, tr, StatusGenuine)
		for i, s := range rep.Signatures { // the second signature covers the first, so its timestamp proves both
			if d := s.Proven.Sub(today); d.Abs() > time.Minute {
				t.Errorf("proven time %d is %v", i, s.Proven)
			}
		}
	})
	t.Run("leaves_everything_else_as_it_was", func(t *testing.T) {
		if len(stamped) != len(doc) ||
			!bytes.Equal(stamped[:len(doc)-2*reserved-1000], doc[:len(doc)-2*reserved-1000]) {
			t.Error("the file changed outside the reserved space")
		}
		if out, err := tool(t, "qpdf", "--check", file(t, "stamped.pdf", stamped)); err != nil ||
			strings.Contains(out, "WARNING") {
			t.Errorf("%v: %s", err, out)
		}
	})
	t.Run("openssl_agrees", func(t *testing.T) {
		sigs := cmsOf(t, stamped)
		c, err := parseCMS(sigs[1].der)
		if err != nil {
			t.Fatal(err)
		}
		data, tst, ca := file(
			t,
			"sig",
			c.data.Signers[0].Sig,
		), file(
			t,
			"tst",
			c.tst,
		), file(
			t,
			"ca.pem",
			FormatCertificates(root.Certificate()),
		)
		if out, err := tool(
			t, "openssl", "ts", "-verify", "-data", data, "-in", tst, "-token_in", "-CAfile", ca,
		); err != nil ||
			!strings.Contains(out, "OK") {
			t.Errorf("%v: %s", err, out)
		}
		_ = os.WriteFile(data, sigs[1].content, 0o600)
		_ = os.WriteFile(tst, sigs[1].der, 0o600)
		_ = os.WriteFile(ca, FormatCertificates(p.root.Certificate()), 0o600)
		if out, err := tool(
			t, "openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", tst, "-content", data,
			"-CAfile", ca, "-purpose", "any", "-out", os.DevNull,
		); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	t.Run("flipped_byte_is_never_genuine", func(t *testing.T) {
		tr := tr
		tr.TimestampRoots = tsa.Roots
		b := bytes.Clone(stamped)
		first := len(b) - 2*reserved - 500
		for i := range testkit.Part(len(b) - first) {
			i += first
			b[i] ^= 1
			if verify(b, tr).Status == StatusGenuine {
				t.Fatalf("byte %d changed is still genuine", i)
			}
			b[i] ^= 1
		}
	})
	t.Run("completed_with_validation_data_proves_it_still", func(t *testing.T) {
		tr := tr
		tr.TimestampRoots = tsa.Roots
		for _, issuer := range []Identity{p.root, root} {
			list, err := issuer.RevokeKeys(nil, 1, today)
			if err != nil {
				t.Fatal(err)
			}
			tr.Revoked = append(tr.Revoked, list)
		}
		full, err := AddValidationData(ctx, stamped, tr)
		if err != nil {
			t.Fatal(err)
		}
		keepForOthers(t, "good-timestamped-completed", full)
		tr.Revoked = nil
		if rep := wantStatus(t, full, tr, StatusGenuine); rep.Signatures[1].Proven.IsZero() {
			t.Error("the time is no longer proven")
		}
	})
	t.Run("second_timestamp_is_refused", func(t *testing.T) {
		if _, err := Timestamp(ctx, stamped, tsa, today); fault.CodeOf(err) != fault.CodeConflict {
			t.Error(err)
		}
	})
	t.Run("revoked_key_with_older_timestamp_stays_genuine", func(t *testing.T) {
		list, err := p.root.RevokeKeys(
			map[*x509.Certificate]time.Time{p.rsaAssessor.Certificate(): today.Add(time.Hour)},
			1,
			today,
		)
		if err != nil {
			t.Fatal(err)
		}
		tr := tr
		tr.Revoked = []*x509.RevocationList{list}
		wantStatus(t, stamped, tr, StatusRevoked)
		tr.TimestampRoots = tsa.Roots
		wantStatus(t, stamped, tr, StatusGenuine)
	})
	t.Run("detached_signature_is_stamped_too", func(t *testing.T) {
		sig, err := SignDetached(ctx, p.assessor, strings.NewReader("content"), now)
		if err != nil {
			t.Fatal(err)
		}
		if sig, err = TimestampDetached(ctx, sig, tsa, today); err != nil {
			t.Fatal(err)
		}
		tr := tr
		tr.TimestampRoots = tsa.Roots
		if rep := VerifyDetached(ctx, strings.NewReader("content"), sig, tr); rep.Status != StatusGenuine ||
			rep.Proven.IsZero() {
			t.Errorf("%+v", rep)
		}
	})

	var earlier []byte
	replay := serve(t, func(w http.ResponseWriter, q []byte) {
		w.Header().Set("Content-Type", "application/timestamp-reply")
		_, _ = w.Write(earlier)
	})
	if resp, err := http.Post(url, "application/timestamp-query", bytes.NewReader(otherQuery(t))); err != nil {
		t.Fatal(err)
	} else {
		earlier, _ = io.ReadAll(resp.Body)
		resp.Body.Close()
	}
	reply := func(body string) string {
		return serve(t, func(w http.ResponseWriter, q []byte) {
			w.Header().Set("Content-Type", "application/timestamp-reply")
			_, _ = io.WriteString(w, body)
		})
	}
	done := make(chan struct{})
	bad := map[string]struct {
		tsa  TSA
		now  time.Time
		want string
	}{
		"authority_that_answers_another_question": {TSA{URL: replay}, today, "something else"},
		"authority_that_answers_rubbish":          {TSA{URL: reply("rubbish")}, today, "damaged"},
		"authority_that_answers_nothing":          {TSA{URL: reply("")}, today, "damaged"},
		"authority_that_refuses":                  {TSA{URL: reply("\x30\x05\x30\x03\x02\x01\x02")}, today, "refused"},
		"authority_that_never_ends":               {TSA{URL: reply(strings.Repeat("0", 1<<20))}, today, "too large"},
		"authority_with_a_web_page": {
			TSA{URL: serve(t, func(w http.ResponseWriter, q []byte) { _, _ = io.WriteString(w, "<html>") })},
			today,
			"HTTP 200",
		},
		"authority_in_trouble": {
			TSA{URL: serve(t, func(w http.ResponseWriter, q []byte) { w.WriteHeader(500) })},
			today,
			"HTTP 500",
		},
		"authority_that_sends_elsewhere": {
			TSA{
				URL: serve(
					t,
					func(w http.ResponseWriter, q []byte) { w.Header().Set("Location", url); w.WriteHeader(307) },
				),
			},
			today,
			"HTTP 307",
		},
		"authority_that_stalls": {
			TSA{URL: serve(t, func(w http.ResponseWriter, q []byte) { <-done }), Timeout: 50 * time.Millisecond},
			today,
			"in time",
		},
		"authority_that_is_not_there":  {TSA{URL: "http://127.0.0.1:1/"}, today, "reached"},
		"authority_with_a_wrong_clock": {tsa, today.AddDate(0, -2, 0), "clock"},
		"authority_of_another_root": {
			TSA{URL: url, Roots: []*x509.Certificate{p.root.Certificate()}},
			today,
			"not the authority",
		},
		"address_that_is_none": {TSA{URL: "ftp://x"}, today, "Enter the address"},
	}
	t.Cleanup(func() { close(done) }) // before the servers, which wait for it
	for name, c := range bad {
		t.Run(name+"_is_refused", func(t *testing.T) {
			out, err := Timestamp(ctx, doc, c.tsa, c.now)
			if out != nil || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want one with %q", err, c.want)
			}
		})
	}
}

func otherQuery(t *testing.T) []byte {
	t.Helper()
	q, err := asn1.Marshal(
		timestampRequest{
			1,
			messageImprint{pkix.AlgorithmIdentifier{Algorithm: oidSHA256}, make([]byte, 32)},
			big.NewInt(5),
			true,
		},
	)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// TimestampDetached does for a detached signature (DER) what Timestamp does for
// a PDF, and gives the signature with the timestamp in it. Errors: as Timestamp.
func TimestampDetached(ctx context.Context, signature []byte, tsa TSA, now time.Time) ([]byte, error) {
	c, err := parseCMS(signature)
	if err != nil || c.content != nil {
		return nil, fault.Unreadable("", "This is no detached signature that could be timestamped.")
	}
	if c.tst != nil {
		return nil, fault.Conflict("This signature has a timestamp already.")
	}
	return tsa.stamp(ctx, c, now)
}
