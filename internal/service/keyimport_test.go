package service

import (
	"context"
	"crypto"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/internal/fault"
	"assay/internal/signing"
	"assay/internal/testkit"
	"assay/internal/verify"

	"software.sslmate.com/src/go-pkcs12"
)

// revokeKeyOf revokes a person's signing key and gives its identifier.
func revokeKeyOf(t *testing.T, s *Service, person string) string {
	t.Helper()
	keys, err := s.Keys(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if k.PersonRef == person && k.Revoked == "" {
			if _, err := s.RevokeKey(context.Background(), k.ID, "The laptop was stolen."); err != nil {
				t.Fatal(err)
			}
			return k.ID
		}
	}
	t.Fatalf("%s has no key", person)
	return ""
}

// write puts bytes into a new file of the test.
func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// issueAgain issues the first certificate of the sample anew.
func issueAgain(t *testing.T, s *Service, passphrase string) CertificateDetail {
	t.Helper()
	return issueUnapproved(t, s, passphrase, SamplePassphrase)
}

// issueUnapproved does so, and leaves it to be approved where the approver gives
// no passphrase.
func issueUnapproved(t *testing.T, s *Service, passphrase, approver string) CertificateDetail {
	t.Helper()
	d, _ := demoOf(t)
	ctx := context.Background()
	old, err := s.Certificate(ctx, d.Certificates[0].Number)
	if err != nil {
		t.Fatal(err)
	}
	wf, err := s.Workflow(ctx, old.WorkflowRef)
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.IssueCertificate(
		ctx,
		IssueRequest{Workflow: old.WorkflowRef, Approver: old.Statement.Approver().PersonID, Passphrase: passphrase,
			ApproverPassphrase: approver,
			DefaultOwner:       wf.Workflow.OwnerID, DefaultDue: s.today().AddMonths(2)},
	)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func answerTo(t *testing.T, trust, pdf string, q verify.Request) verify.Verified {
	t.Helper()
	v, err := verify.New(context.Background(), trust, "", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	q.Path = pdf
	r, err := v.Verify(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestForeignKeys signs with keys that another authority certified.
func TestForeignKeys(t *testing.T) {
	ctx := context.Background()
	authority, err := signing.NewRoot("Shire Trust Services", signing.ECDSAP256, time.Now().AddDate(-1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	const pass = "a passphrase of the key"
	check := func(t *testing.T, s *Service) {
		t.Helper()
		c := issueAgain(t, s, pass)
		pdf, err := s.CertificatePDF(ctx, c.Number)
		if err != nil {
			t.Fatal(err)
		}
		trust, err := s.RootPEM(ctx)
		if err != nil {
			t.Fatal(err)
		}
		r := answerTo(t, write(t, "trust.pem", trust), write(t, "c.pdf", pdf), verify.Request{})
		if r.Answer != verify.AnswerGenuine {
			t.Errorf("with the trust file: %s %v", r.Answer, r.Reasons)
		}
		if len(r.Signatures) == 0 || r.Signatures[0].Organisation != "Shire" {
			t.Errorf("%+v", r.Signatures)
		}
		if k, err := s.Check(ctx, nil); err != nil || !k.Sound {
			t.Errorf("%+v %v", k.Problems, err)
		}
	}
	t.Run("a_PKCS12_file_is_imported_and_signs", func(t *testing.T) {
		s := openDemo(t, nil)
		id, err := authority.Issue(
			signing.Person{Name: s.SignedIn().Name, Organisation: "Shire"},
			signing.ECDSAP256,
			time.Now().AddDate(0, -1, 0),
		)
		if err != nil {
			t.Fatal(err)
		}
		p12, err := pkcs12.Modern.Encode(crypto.PrivateKey(id.Key), id.Certificate(), id.Chain[1:], "opens the file")
		if err != nil {
			t.Fatal(err)
		}
		testkit.WantFault(
			t,
			s.ImportKey(ctx, "PER-0001", p12, "opens the file", pass),
			fault.CodeConflict,
		) // there is a key
		revokeKeyOf(t, s, "PER-0001")
		testkit.WantFault(t, s.ImportKey(ctx, "PER-0001", p12, "wrong", pass), fault.CodeForbidden)
		testkit.WantFault(t, s.ImportKey(ctx, "PER-0001", p12[:40], "opens the file", pass), fault.CodeUnreadable)
		if err := s.ImportKey(ctx, "PER-0001", p12, "opens the file", pass); err != nil {
			t.Fatal(err)
		}
		check(t, s)
	})
	t.Run("a_request_is_answered_and_its_key_signs", func(t *testing.T) {
		s := openDemo(t, nil)
		revokeKeyOf(t, s, "PER-0001")
		csr, err := s.RequestKey(ctx, "PER-0001", pass)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := authority.AnswerRequest(
			csr,
			signing.Person{Name: s.SignedIn().Name, Organisation: "Shire"},
			time.Now(),
		)
		if err != nil {
			t.Fatal(err)
		}
		other, err := authority.Issue(
			signing.Person{Name: "Somebody else", Organisation: "Shire"},
			signing.ECDSAP256,
			time.Now(),
		)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.AcceptKey(ctx, signing.FormatCertificates(other.Chain...), pass)
		testkit.WantFault(t, err, fault.CodeConflict)
		_, err = s.AcceptKey(ctx, answer, "wrong passphrase")
		testkit.WantFault(t, err, fault.CodeForbidden)
		if who, err := s.AcceptKey(ctx, answer, pass); err != nil || who != "PER-0001" {
			t.Fatalf("%s %v", who, err)
		}
		_, err = s.AcceptKey(ctx, answer, pass)
		testkit.WantFault(t, err, fault.CodeConflict) // it waits no more
		check(t, s)
	})
}

// TestRevocationList makes a document with a key that is then revoked, and
// verifies it without the register: the trust file says what became of the key.
func TestRevocationList(t *testing.T) {
	ctx := context.Background()
	d, dir := demoOf(t)
	s := openDemo(t, nil)
	pdf := filepath.Join(dir, "certificates", d.Certificates[0].Number+".pdf")
	trust := func() string {
		b, err := s.RootPEM(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return write(t, "trust.pem", b)
	}
	if _, err := s.RevocationList(ctx, SamplePassphrase); err != nil {
		t.Fatal(err)
	}
	if r := answerTo(t, trust(), pdf, verify.Request{}); r.Answer != verify.AnswerGenuine {
		t.Fatalf("with an empty list: %s %v", r.Answer, r.Reasons)
	}
	revokeKeyOf(t, s, "PER-0001")
	_, err := s.RevocationList(ctx, "not the root's passphrase")
	testkit.WantFault(t, err, fault.CodeForbidden)
	list, err := s.RevocationList(ctx, SamplePassphrase)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(trust())
	if err != nil || !strings.Contains(string(b), string(list)) {
		t.Fatal("the newest list is not in the trust file")
	}
	// The key was revoked after it signed, but no timestamp proves it.
	if r := answerTo(t, trust(), pdf, verify.Request{}); r.Answer != verify.AnswerRevoked {
		t.Fatalf("with the key on the list: %s %v", r.Answer, r.Reasons)
	}
	t.Run("openssl_reads_the_list", func(t *testing.T) {
		testkit.NeedTool(t, "openssl")
		out := testkit.Output(
			t,
			dir,
			"openssl",
			"crl",
			"-in",
			write(t, "list.pem", list),
			"-noout",
			"-text",
			"-CAfile",
			filepath.Join(dir, "root.pem"),
			"-verify",
		)
		if !strings.Contains(out, "Serial Number") {
			t.Error(out)
		}
	})
}

// authority is a timestamp authority on the loopback that OpenSSL plays, with
// the file of its root.
func authority(t *testing.T) (url, root string) {
	t.Helper()
	testkit.NeedTool(t, "openssl")
	dir := t.TempDir()
	put := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("ext", "keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n")
	put("serial", "01\n")
	put(
		"tsa.cnf",
		"[tsa]\ndefault_tsa = it\n[it]\nserial = "+dir+"/serial\nsigner_cert = "+dir+"/tsa.pem\ncerts = "+dir+
			"/root.pem\nsigner_key = "+dir+"/tsa.key\n"+
			"signer_digest = sha256\ndefault_policy = 1.2.3.4.1\ndigests = sha256, sha384, sha512\naccuracy = "+
			"secs:1\ness_cert_id_alg = sha256\n",
	)
	testkit.Output(
		t,
		dir,
		"openssl",
		"req",
		"-x509",
		"-newkey",
		"ec",
		"-pkeyopt",
		"ec_paramgen_curve:P-256",
		"-nodes",
		"-keyout",
		"root.key",
		"-out",
		"root.pem",
		"-days",
		"3000",
		"-subj",
		"/CN=Timestamps Ltd",
		"-addext",
		"keyUsage=critical,keyCertSign,cRLSign",
	)
	testkit.Output(
		t,
		dir,
		"openssl",
		"req",
		"-newkey",
		"ec",
		"-pkeyopt",
		"ec_paramgen_curve:P-256",
		"-nodes",
		"-keyout",
		"tsa.key",
		"-out",
		"tsa.csr",
		"-subj",
		"/CN=Timestamp unit 1",
	)
	testkit.Output(
		t,
		dir,
		"openssl",
		"x509",
		"-req",
		"-in",
		"tsa.csr",
		"-CA",
		"root.pem",
		"-CAkey",
		"root.key",
		"-CAcreateserial",
		"-days",
		"3000",
		"-extfile",
		"ext",
		"-out",
		"tsa.pem",
	)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q, _ := io.ReadAll(r.Body)
		put("query", string(q))
		testkit.Output(t, dir, "openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "reply")
		b, _ := os.ReadFile(filepath.Join(dir, "reply"))
		w.Header().Set("Content-Type", "application/timestamp-reply")
		_, _ = w.Write(b)
	}))
	t.Cleanup(srv.Close)
	return srv.URL, filepath.Join(dir, "root.pem")
}

// TestTimestampCertificate has a certificate timestamped before and after it is
// countersigned, and completed.
func TestTimestampCertificate(t *testing.T) {
	ctx := context.Background()
	_, dir := demoOf(t)
	url, root := authority(t)
	s := openDemo(t, nil)
	c := issueUnapproved(t, s, SamplePassphrase, "")
	verified := func(q verify.Request) verify.Verified {
		t.Helper()
		pdf, err := s.CertificatePDF(ctx, c.Number)
		if err != nil {
			t.Fatal(err)
		}
		return answerTo(t, filepath.Join(dir, "root.pem"), write(t, "c.pdf", pdf), q)
	}
	stamp := func(q TimestampRequest) error {
		q.Number = c.Number
		return s.TimestampCertificate(ctx, q)
	}
	before := must(s.CertificatePDF(ctx, c.Number))
	testkit.WantFault(t, stamp(TimestampRequest{}), fault.CodeInvalid)
	if err := stamp(TimestampRequest{URL: "http://127.0.0.1:1/"}); err == nil {
		t.Fatal("an authority that is not there answered")
	}
	if err := s.CompleteCertificate(ctx, c.Number, root); fault.CodeOf(err) != fault.CodeConflict {
		t.Fatalf("completed without a list of revoked keys: %v", err)
	}
	if string(must(s.CertificatePDF(ctx, c.Number))) != string(before) {
		t.Fatal("a failed request changed the document")
	}
	if err := stamp(TimestampRequest{URL: url, TrustPath: root}); err != nil {
		t.Fatal(err)
	}
	if r := verified(verify.Request{}); r.Answer != verify.AnswerNotApproved || r.Proven != "" {
		t.Fatalf("an authority that nobody trusts proves a time: %s %q %v", r.Answer, r.Proven, r.Reasons)
	}
	if r := verified(verify.Request{TimestampTrust: root}); r.Answer != verify.AnswerNotApproved || r.Proven == "" {
		t.Fatalf("%s %q %v", r.Answer, r.Proven, r.Reasons)
	}
	testkit.WantFault(t, stamp(TimestampRequest{URL: url}), fault.CodeConflict) // twice
	if err := s.Countersign(ctx, c.Number, c.Statement.Approver().PersonID, SamplePassphrase); err != nil {
		t.Fatal(err)
	}
	if err := stamp(TimestampRequest{URL: url, TrustPath: root}); err != nil {
		t.Fatalf("the approver's signature: %v", err)
	}
	if _, err := s.RevocationList(ctx, SamplePassphrase); err != nil {
		t.Fatal(err)
	}
	if err := s.CompleteCertificate(ctx, c.Number, root); err != nil {
		t.Fatal(err)
	}
	r := verified(verify.Request{TimestampTrust: root})
	if r.Answer != verify.AnswerGenuine || len(r.Signatures) != 2 || r.Signatures[0].Proven.IsZero() ||
		r.Signatures[1].Proven.IsZero() {
		t.Fatalf("%s %v %+v", r.Answer, r.Reasons, r.Signatures)
	}
	now := must(s.Certificate(ctx, c.Number))
	if !now.Timestamped || !now.Completed || !now.Countersigned || now.Digest != c.Digest {
		t.Fatalf("%+v", now.CertificateView)
	}
	if k, err := s.Check(ctx, nil); err != nil || !k.Sound {
		t.Fatalf("%+v %v", k.Problems, err)
	}
}
