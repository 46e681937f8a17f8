package demo_test

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"assay/internal/civil"
	"assay/internal/demo"
	"assay/internal/service"
	"assay/internal/testkit"
	"assay/internal/verify"
)

// TestVerify_flipped_byte changes one byte of the certificate, and of each file
// of the pack, and expects that it is never called genuine.
func TestVerify_flipped_byte(t *testing.T) {
	d, dir := demoOf(t)
	ctx := context.Background()
	v, err := verify.New(ctx, filepath.Join(dir, "root.pem"), "", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(7, 7))
	whole, err := os.ReadFile(filepath.Join(dir, "certificates", d.Certificates[0].Number+".pdf"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range testkit.Part(testkit.Times(10_000, 100_000)) {
		random := rand.New(rand.NewPCG(7, uint64(i)))
		at, bit := random.IntN(len(whole)), byte(1)<<random.IntN(8)
		whole[at] ^= bit
		r, err := v.Document(ctx, bytes.NewReader(whole), int64(len(whole)), "certificate")
		if err == nil && r.Answer == verify.AnswerGenuine {
			t.Errorf("genuine with byte %d changed", at)
		}
		whole[at] ^= bit
	}
	pack, err := os.ReadFile(filepath.Join(dir, "evidence-pack.zip"))
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(pack), int64(len(pack)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		off, err := f.DataOffset()
		if err != nil || f.CompressedSize64 == 0 {
			continue
		}
		at := off + random.Int64N(int64(f.CompressedSize64))
		was := unpacked(f)
		pack[at] ^= 1
		if r, err := v.Pack(ctx, bytes.NewReader(pack), int64(len(pack)), "pack"); err == nil &&
			r.Answer == verify.AnswerGenuine && !bytes.Equal(unpacked(f), was) {
			t.Errorf("genuine with a byte of %s changed", f.Name)
		}
		pack[at] ^= 1
	}
	if r, err := v.Pack(
		ctx, bytes.NewReader(pack), int64(len(pack)), "pack",
	); err != nil || r.Answer != verify.AnswerGenuine {
		t.Fatalf("the pack as it was: %+v %v", r, err)
	}
}

// unpacked is what a file of a pack says: a bit that only pads the end of what is
// compressed can change without a letter of it. Nil where it cannot be read.
func unpacked(f *zip.File) []byte {
	r, err := f.Open()
	if err != nil {
		return nil
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		return nil
	}
	return b
}

// TestVerify_answers gives each answer once.
func TestVerify_answers(t *testing.T) {
	d, dir := demoOf(t)
	ctx := context.Background()
	number := d.Certificates[0].Number
	cert := filepath.Join(dir, "certificates", number+".pdf")
	root := filepath.Join(dir, "root.pem")
	check := func(t *testing.T, trust, withdrawals string, now time.Time, q verify.Request, want verify.Answer) {
		t.Helper()
		v, err := verify.New(ctx, trust, withdrawals, now)
		if err != nil {
			t.Fatal(err)
		}
		r, err := v.Verify(ctx, q)
		if err != nil || r.Answer != want {
			t.Fatalf("answer %s (%v, %v), want %s", r.Answer, r.Reasons, err, want)
		}
		if r.Sentence == "" {
			t.Fatal("no sentence")
		}
	}
	now := time.Now()
	t.Run("genuine", func(t *testing.T) { check(t, root, "", now, verify.Request{Path: cert}, verify.AnswerGenuine) })
	t.Run(
		"unknown signer",
		func(t *testing.T) { check(t, "", "", now, verify.Request{Path: cert}, verify.AnswerUnknownSigner) },
	)
	t.Run("expired", func(t *testing.T) {
		check(t, root, "", now.AddDate(1, 1, 0), verify.Request{Path: cert}, verify.AnswerExpired)
	})
	t.Run("altered", func(t *testing.T) {
		b, err := os.ReadFile(cert)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "a.pdf")
		os.WriteFile(path, append(b, "\n% a comment\n"...), 0o600)
		check(t, root, "", now, verify.Request{Path: path}, verify.AnswerUnreadable) // something follows its end
		at := bytes.Index(b, []byte("/T(Approver)"))
		b[at+3] = 'a'
		os.WriteFile(path, b, 0o600)
		check(t, root, "", now, verify.Request{Path: path}, verify.AnswerAltered)
	})
	s := openDemo(t)
	c, err := s.Certificate(ctx, number)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("the seal alone", func(t *testing.T) {
		check(t, root, "", now, verify.Request{Seal: c.Seal}, verify.AnswerSealGenuine)
		check(t, "", "", now, verify.Request{Seal: c.Seal}, verify.AnswerUnknownSigner)
		check(t, root, "", now, verify.Request{Seal: c.Seal[:len(c.Seal)-3] + "000"}, verify.AnswerAltered)
	})
	asRegister := func(t *testing.T, want verify.Answer) verify.Verified {
		t.Helper()
		r, err := s.Verify(ctx, verify.Request{Path: cert})
		if err != nil || r.Answer != want {
			t.Fatalf("answer %s (%v, %v), want %s", r.Answer, r.Reasons, err, want)
		}
		return r
	}
	t.Run("known to the register", func(t *testing.T) {
		if r := asRegister(t, verify.AnswerGenuine); !r.InRegister {
			t.Fatal("not found in the register")
		}
	})
	t.Run("superseded, then revoked", func(t *testing.T) {
		wf, err := s.Workflow(ctx, c.WorkflowRef)
		if err != nil {
			t.Fatal(err)
		}
		next, err := s.IssueCertificate(
			ctx,
			service.IssueRequest{Workflow: c.WorkflowRef, Approver: c.Statement.Approver().PersonID,
				Passphrase:         demo.Passphrase,
				ApproverPassphrase: demo.Passphrase, DefaultOwner: wf.Workflow.OwnerID,
				DefaultDue: civil.Of(time.Now()).AddMonths(2)},
		)
		if err != nil {
			t.Fatal(err)
		}
		if next.Statement.Supersedes != number {
			t.Fatalf("supersedes %q", next.Statement.Supersedes)
		}
		asRegister(t, verify.AnswerSuperseded)
		list := filepath.Join(t.TempDir(), "withdrawn.txt")
		export := func() {
			b, err := s.Withdrawals(ctx, demo.Passphrase)
			if err != nil {
				t.Fatal(err)
			}
			os.Remove(list)
			if err := service.WriteNewFile(list, b); err != nil {
				t.Fatal(err)
			}
		}
		export()
		check(t, root, list, now, verify.Request{Path: cert}, verify.AnswerSuperseded)
		if err := s.RevokeCertificate(ctx, number, "The runs it rests on were incomplete."); err != nil {
			t.Fatal(err)
		}
		asRegister(t, verify.AnswerRevoked)
		export()
		check(t, root, list, now, verify.Request{Path: cert}, verify.AnswerRevoked)
		if r, err := s.Check(ctx, nil); err != nil || !r.Sound {
			t.Fatalf("%+v %v", r, err)
		}
	})
}
