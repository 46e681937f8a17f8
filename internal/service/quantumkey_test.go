package service

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/verify"
)

// withFile writes a pack anew with one of its files changed, or left out where change gives nil.
func withFile(t *testing.T, pack, name string, change func([]byte) []byte) string {
	t.Helper()
	z, err := zip.OpenReader(pack)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	found := false
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(f.Name, "/"+name) {
			found = true
			if b = change(b); b == nil {
				continue
			}
		}
		to, err := w.CreateHeader(&zip.FileHeader{Name: f.Name, Method: f.Method, Modified: f.Modified})
		if err != nil {
			t.Fatal(err)
		}
		to.Write(b)
	}
	if err := w.Close(); err != nil || !found {
		t.Fatal(found, err)
	}
	return written(t, filepath.Base(pack), out.Bytes())
}

// TestSecondSignature signs a pack twice; the first signature alone gives the answer, and a
// second one that does not hold is never passed over.
func TestSecondSignature(t *testing.T) {
	ctx := context.Background()
	s := openDemo(t, nil)
	who := "PER-0001" // an assessor, with a signing key
	if err := s.SignIn(ctx, who); err != nil {
		t.Fatal(err)
	}
	old, err := s.MakeQuantumKey(ctx, who, SamplePassphrase)
	if err != nil {
		t.Fatal(err)
	}
	pin, err := s.MakeQuantumKey(ctx, who, SamplePassphrase) // the newest is used
	if err != nil || pin == old {
		t.Fatal(pin, err)
	}
	if _, err := s.MakeQuantumKey(ctx, who, "not the passphrase"); err == nil {
		t.Error("anybody may make a key for them")
	}
	pack := filepath.Join(t.TempDir(), "pack.zip")
	if _, err := s.WritePack(ctx, PackRequest{Path: pack, Passphrase: SamplePassphrase}); err != nil {
		t.Fatal(err)
	}
	trust := written(t, "root.pem", must(s.RootPEM(ctx)))
	bare := written(
		t, "bare.pem", []byte(strings.ReplaceAll(string(must(s.RootPEM(ctx))), "Assay ML-DSA-65 key", "no")),
	)
	check := func(pack, trust string) verify.Verified {
		t.Helper()
		v, err := verify.New(ctx, trust, "", s.clock())
		if err != nil {
			t.Fatal(err)
		}
		return must(v.Verify(ctx, verify.Request{Path: pack}))
	}
	if v := check(
		pack, trust,
	); !v.Sound() || v.Second == nil || !v.Second.Pinned || v.Second.Fingerprint != pin.Fingerprint {
		t.Errorf("%s %+v", v.Answer, v.Second)
	}
	if v := check(
		pack, bare,
	); v.Second == nil || v.Second.Pinned || !strings.Contains(v.Second.Sentence, pin.Fingerprint) {
		t.Errorf("%s %+v", v.Answer, v.Second)
	}
	const second = "tagmanifest-sha256.txt.mldsa.p7s"
	without := withFile(t, pack, second, func([]byte) []byte { return nil })
	if v := check(without, trust); !v.Sound() || v.Second != nil {
		t.Errorf("%s %+v", v.Answer, v.Second)
	}
	broken := withFile(t, pack, second, func(b []byte) []byte { b[len(b)-10] ^= 1; return b })
	if v := check(broken, trust); v.Answer != verify.AnswerGenuine || v.Sound() || v.Second.Holds {
		t.Errorf("%s %+v", v.Answer, v.Second)
	}
	listed := withFile(t, pack, "second.pem", func(b []byte) []byte { return append(b, '\n') })
	if v := check(listed, trust); v.Answer != verify.AnswerAltered {
		t.Error(v.Answer)
	}
	how := ""
	withFile(t, pack, "HOW-TO-CHECK.txt", func(b []byte) []byte { how = string(b); return b })
	for _, want := range []string{"OpenSSL 3.5", second, pin.Fingerprint, "second.pem"} {
		if !strings.Contains(how, want) {
			t.Errorf("HOW-TO-CHECK does not say %q", want)
		}
	}
}
