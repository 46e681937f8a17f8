package signing

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"assay/internal/fault"

	"software.sslmate.com/src/go-pkcs12"
)

func TestIssue(t *testing.T) {
	p := people()
	t.Run("certificates_are_what_openssl_expects", func(t *testing.T) {
		root, leaf := file(
			t,
			"root.pem",
			FormatCertificates(p.root.Certificate()),
		), file(
			t,
			"leaf.pem",
			FormatCertificates(p.assessor.Certificate()),
		)
		if out, err := tool(
			t, "openssl", "verify", "-x509_strict", "-check_ss_sig", "-CAfile", root, "-attime", "1772450000",
			leaf,
		); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		out, err := tool(t, "openssl", "x509", "-in", leaf, "-noout", "-text")
		for _, want := range []string{
			"Digital Signature, Non Repudiation", "E-mail Protection, 1.3.6.1.5.5.7.3.36",
			"Authority Key Identifier", "Subject Key Identifier", "title = Data protection officer",
		} {
			if err != nil || !strings.Contains(out, want) {
				t.Errorf("%q is missing: %v %s", want, err, out)
			}
		}
	})
	t.Run("fingerprint_is_what_openssl_computes", func(t *testing.T) {
		leaf := file(t, "leaf.pem", FormatCertificates(p.assessor.Certificate()))
		out, err := tool(
			t,
			"sh",
			"-c",
			"openssl x509 -in "+leaf+" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum",
		)
		got := strings.ToLower(strings.ReplaceAll(p.assessor.Fingerprint(), " ", ""))
		if err != nil || !strings.HasPrefix(out, got+" ") {
			t.Errorf("fingerprint %s, openssl says %v %s", got, err, out)
		}
		if !regexp.MustCompile(`^([0-9A-F]{4} ){15}[0-9A-F]{4}$`).MatchString(p.assessor.Fingerprint()) {
			t.Errorf("fingerprint is %q", p.assessor.Fingerprint())
		}
	})
	t.Run("certificate_never_outlives_the_root", func(t *testing.T) {
		late, err := p.root.Issue(Person{"Late", "", organisation}, ECDSAP256, now.AddDate(15, 0, 0))
		if err != nil || late.Certificate().NotAfter.After(p.root.Certificate().NotAfter) {
			t.Error(err, late.Certificate().NotAfter)
		}
	})
	t.Run("serial_numbers_are_random", func(t *testing.T) {
		if n := p.assessor.Certificate().SerialNumber.BitLen(); n < 96 || n > 128 ||
			p.assessor.Certificate().SerialNumber.Cmp(p.approver.Certificate().SerialNumber) == 0 {
			t.Errorf("serial has %d bits", n)
		}
	})
	for name, who := range map[string]Person{
		"no_name": {"", "", organisation}, "no_organisation": {"A", "", " "},
		"line_break": {"A\nB", "", organisation}, "too_long": {strings.Repeat("n", 65), "", organisation},
	} {
		t.Run(name+"_is_refused", func(t *testing.T) {
			if _, err := p.root.Issue(who, ECDSAP256, now); fault.CodeOf(err) != fault.CodeInvalid {
				t.Error(err)
			}
		})
	}
	t.Run("assessor_cannot_issue", func(t *testing.T) {
		if _, err := p.assessor.Issue(Person{"A", "", organisation}, ECDSAP256, now); fault.CodeOf(
			err,
		) != fault.CodeInvalid {
			t.Error(err)
		}
	})
	if _, err := NewKey("ed25519"); fault.CodeOf(err) != fault.CodeInvalid {
		t.Error(err)
	}
}

func TestImportPKCS12(t *testing.T) {
	p := people()
	for name, id := range map[string]Identity{"ecdsa": p.assessor, "rsa": p.rsaAssessor} {
		data, err := pkcs12.Modern.Encode(id.Key, id.Certificate(), id.Chain[1:], "cyfrinair")
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name+"/signs_as_before", func(t *testing.T) {
			got, err := ImportPKCS12(data, "cyfrinair")
			if err != nil {
				t.Fatal(err)
			}
			wantStatus(t, sign(t, unsignedPDF(classic), "Assessor", got), trust(), StatusGenuine)
		})
		t.Run(name+"/wrong_passphrase_is_forbidden", func(t *testing.T) {
			if _, err := ImportPKCS12(data, "wrong"); fault.CodeOf(err) != fault.CodeForbidden {
				t.Error(err)
			}
		})
	}
	t.Run("rubbish_is_unreadable", func(t *testing.T) {
		if _, err := ImportPKCS12([]byte("rubbish"), ""); fault.CodeOf(err) != fault.CodeUnreadable {
			t.Error(err)
		}
	})
	t.Run("incomplete_chain_is_refused", func(t *testing.T) {
		data, err := pkcs12.Modern.Encode(p.assessor.Key, p.assessor.Certificate(), nil, "x")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ImportPKCS12(data, "x"); fault.CodeOf(err) != fault.CodeInvalid ||
			!strings.Contains(err.Error(), "issuer") {
			t.Error(err)
		}
	})
	t.Run("made_by_openssl_is_read", func(t *testing.T) {
		key, _ := x509.MarshalPKCS8PrivateKey(p.assessor.Key)
		in, out := file(
			t,
			"all.pem",
			append(
				pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
				FormatCertificates(p.assessor.Chain...)...),
		), file(
			t,
			"out.p12",
			nil,
		)
		if msg, err := tool(
			t, "openssl", "pkcs12", "-export", "-in", in, "-out", out, "-passout", "pass:x",
		); err != nil {
			t.Fatal(msg)
		}
		data, _ := os.ReadFile(out)
		if got, err := ImportPKCS12(data, "x"); err != nil || got.Fingerprint() != p.assessor.Fingerprint() ||
			len(got.Chain) != 2 {
			t.Error(err)
		}
	})
}

func TestRequest(t *testing.T) {
	p := people()
	key, err := NewKey(ECDSAP256)
	if err != nil {
		t.Fatal(err)
	}
	who := Person{"Owain Parry", "Head of assurance", organisation}
	csr, err := NewRequest(key, who)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := p.root.AnswerRequest(csr, who, now.AddDate(0, 0, -1))
	if err != nil {
		t.Fatal(err)
	}
	t.Run("answer_makes_a_signer", func(t *testing.T) {
		id, err := AcceptAnswer(key, answer)
		if err != nil {
			t.Fatal(err)
		}
		rep := wantStatus(t, sign(t, unsignedPDF(packed), "Assessor", id), trust(), StatusGenuine)
		if rep.Signatures[0].Signer != "Owain Parry" {
			t.Error(rep.Signatures[0].Signer)
		}
	})
	t.Run("answer_for_another_key_is_refused", func(t *testing.T) {
		if _, err := AcceptAnswer(p.assessor.Key, answer); fault.CodeOf(err) != fault.CodeInvalid {
			t.Error(err)
		}
	})
	t.Run("openssl_reads_it", func(t *testing.T) {
		if out, err := tool(
			t, "openssl", "req", "-verify", "-noout", "-subject", "-nameopt", "utf8,sep_comma_plus_space,lname",
			"-in", file(t, "r.csr", csr),
		); err != nil ||
			!strings.Contains(out, "Owain Parry") {
			t.Errorf("%v: %s", err, out)
		}
	})
	t.Run("damaged_is_unreadable", func(t *testing.T) {
		b, _ := pem.Decode(csr)
		b.Bytes[len(b.Bytes)-5] ^= 1
		for _, bad := range [][]byte{nil, []byte("x"), pem.EncodeToMemory(b), append(csr, csr...)} {
			if _, err := p.root.AnswerRequest(bad, who, now); fault.CodeOf(err) != fault.CodeUnreadable {
				t.Error(err)
			}
		}
	})
}

func TestSealKey(t *testing.T) {
	if DefaultCost != (Cost{Passes: 3, Memory: 64 << 10, Threads: 4}) { // RFC 9106, second recommendation
		t.Errorf("keys are sealed at %+v", DefaultCost)
	}
	p := people()
	cheap := Cost{Passes: 1, Memory: 64, Threads: 1}
	for name, id := range map[string]Identity{"ecdsa": p.assessor, "rsa": p.rsaAssessor} {
		sealed, err := SealKey(id.Key, "cyfrinair", cheap)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name+"/opens_with_its_passphrase", func(t *testing.T) {
			key, err := OpenKey(sealed, "cyfrinair")
			if err != nil || !samePublicKey(key.Public(), id.Key.Public()) {
				t.Error(err)
			}
		})
		t.Run(name+"/wrong_passphrase_is_forbidden", func(t *testing.T) {
			if _, err := OpenKey(sealed, "cyfrinair "); fault.CodeOf(err) != fault.CodeForbidden {
				t.Error(err)
			}
		})
		t.Run(name+"/nothing_of_the_key_is_readable", func(t *testing.T) {
			der, _ := x509.MarshalPKCS8PrivateKey(id.Key)
			b, _ := pem.Decode(sealed)
			for i := 0; i+8 < len(der); i += 4 {
				if bytes.Contains(b.Bytes, der[i:i+8]) {
					t.Fatal("part of the key stands in the clear")
				}
			}
		})
		t.Run(name+"/every_changed_byte_is_noticed", func(t *testing.T) {
			for i := range sealed {
				if i > 60 && i%7 != 0 {
					continue
				}
				c := bytes.Clone(sealed)
				c[i] ^= 1
				if b, _ := pem.Decode(c); b != nil && len(b.Bytes) > 13 &&
					(b.Bytes[9] != 0 || b.Bytes[4] != 0 || b.Bytes[7] > 4) {
					continue // a flipped cost: too much work for a test
				}
				if key, err := OpenKey(c, "cyfrinair"); key != nil ||
					fault.CodeOf(err) != fault.CodeForbidden && fault.CodeOf(err) != fault.CodeUnreadable {
					t.Fatalf("byte %d: %v", i, err)
				}
			}
		})
	}
	for _, c := range []Cost{{}, {1, 7, 1}, {1, 1 << 21, 1}, {65, 64, 1}, {1, 64, 17}} {
		if _, err := SealKey(p.assessor.Key, "x", c); fault.CodeOf(err) != fault.CodeInvalid {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if _, err := SealKey(p.assessor.Key, "", DefaultCost); fault.CodeOf(err) != fault.CodeInvalid {
		t.Error(err)
	}
}

func TestTrust(t *testing.T) {
	p := people()
	ctx := context.Background()
	doc := sign(t, unsignedPDF(classic), "Assessor", p.assessor)
	t.Run("revoked_key_is_revoked", func(t *testing.T) {
		list, err := p.root.RevokeKeys(
			map[*x509.Certificate]time.Time{p.assessor.Certificate(): now.AddDate(0, 1, 0)},
			7,
			now.AddDate(0, 1, 0),
		)
		if err != nil {
			t.Fatal(err)
		}
		tr, err := ParseTrust(
			FormatTrust(
				Trust{
					Roots:   trust().Roots,
					Known:   []*x509.Certificate{p.assessor.Certificate()},
					Revoked: []*x509.RevocationList{list},
				},
			),
		)
		if err != nil || len(tr.Roots) != 1 || len(tr.Known) != 1 || len(tr.Revoked) != 1 {
			t.Fatal(err, tr)
		}
		tr.Now = now.AddDate(0, 2, 0)
		rep := wantStatus(t, doc, tr, StatusRevoked)
		t.Log(rep.Reasons)
		// A list that the root did not sign counts for nothing.
		other, err := p.strangerRoot.RevokeKeys(nil, 1, now)
		if err != nil {
			t.Fatal(err)
		}
		other.RevokedCertificateEntries = list.RevokedCertificateEntries
		tr.Revoked = []*x509.RevocationList{other}
		wantStatus(t, doc, tr, StatusGenuine)
		if out, err := tool(
			t, "openssl", "crl", "-noout", "-text", "-inform", "DER", "-in", file(t, "crl", list.Raw),
		); err != nil ||
			!strings.Contains(out, "Revoked Certificates") {
			t.Errorf("%v: %s", err, out)
		}
	})
	t.Run("another_roots_certificate_cannot_be_revoked", func(t *testing.T) {
		if _, err := p.root.RevokeKeys(
			map[*x509.Certificate]time.Time{p.stranger.Certificate(): now}, 1, now,
		); fault.CodeOf(
			err,
		) != fault.CodeInvalid {
			t.Error(err)
		}
	})
	t.Run("expired_certificate_is_out_of_time", func(t *testing.T) {
		tr := trust()
		tr.Now = now.AddDate(11, 0, 0)
		wantStatus(t, doc, tr, StatusOutOfTime)
	})
	t.Run("certificate_of_the_future_is_out_of_time", func(t *testing.T) {
		tr := trust()
		tr.Now = now.AddDate(-1, 0, 0)
		wantStatus(t, doc, tr, StatusOutOfTime)
	})
	t.Run("signing_time_before_the_certificate_is_out_of_time", func(t *testing.T) {
		out, err := SignPDF(ctx, unsignedPDF(classic), "Assessor", p.assessor, PDFOptions{Now: now.AddDate(-1, 0, 0)})
		if err != nil {
			t.Fatal(err)
		}
		wantStatus(t, out, trust(), StatusOutOfTime)
	})
	t.Run("signing_time_in_the_future_is_out_of_time", func(t *testing.T) {
		out, err := SignPDF(ctx, unsignedPDF(classic), "Assessor", p.assessor, PDFOptions{Now: now.AddDate(0, 1, 0)})
		if err != nil {
			t.Fatal(err)
		}
		wantStatus(t, out, trust(), StatusOutOfTime)
	})
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	short, _ := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	for _, c := range []struct {
		name string
		key  crypto.Signer
		set  func(*x509.Certificate)
	}{
		{"weak_rsa_key", weak, func(*x509.Certificate) {}},
		{"weak_ecdsa_key", short, func(*x509.Certificate) {}},
		{
			"certificate_for_websites", p.assessor.Key,
			func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} },
		},
		{
			"certificate_for_encryption", p.assessor.Key,
			func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment },
		},
		{"certificate_of_an_authority", p.assessor.Key, func(c *x509.Certificate) { c.IsCA = true }},
	} {
		t.Run(c.name+"_is_unfit", func(t *testing.T) {
			tmpl, err := template(c.key.Public(), pkix.Name{CommonName: "Mallory"}, now.AddDate(0, -1, 0), 2)
			if err != nil {
				t.Fatal(err)
			}
			tmpl.KeyUsage = signingKeyUsage
			c.set(tmpl)
			cert, err := create(tmpl, p.root.Certificate(), c.key.Public(), p.root.Key)
			if err != nil {
				t.Fatal(err)
			}
			id := Identity{c.key, []*x509.Certificate{cert, p.root.Certificate()}}
			if _, err := SignPDF(ctx, unsignedPDF(classic), "Assessor", id, PDFOptions{Now: now}); fault.CodeOf(
				err,
			) != fault.CodeInvalid {
				t.Errorf("it signs: %v", err)
			}
			if s, reasons := trust().judge(cert, id.Chain, now, time.Time{}); s != StatusUnfit {
				t.Errorf("%s %v", s, reasons)
			}
		})
	}
	for name, bad := range map[string][]byte{"nothing": nil, "text": []byte(
		"hello",
	), "private_key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY"}),
		"damaged": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}),
		"cut_off": FormatCertificates(p.root.Certificate())[:200]} {
		t.Run(name+"_is_no_trust_file", func(t *testing.T) {
			if _, err := ParseTrust(bad); fault.CodeOf(err) != fault.CodeUnreadable {
				t.Error(err)
			}
		})
	}
}
