package pack

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The page HOW-TO-CHECK.txt is followed to the letter, by a shell that knows
// nothing of Assay; OpenSSL has signed.
func TestHowTo(t *testing.T) {
	for _, tool := range []string{"openssl", "sha256sum", "sh"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	keys := t.TempDir()
	run := func(dir string, name string, args ...string) (string, error) {
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := run(
		keys, "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
		"-keyout", "key", "-out", "root.pem", "-subj", "/CN=Root", "-days", "30",
	); err != nil {
		t.Fatal(out)
	}
	fingerprint, err := run(
		keys,
		"sh",
		"-c",
		"openssl x509 -in root.pem -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum",
	)
	if err != nil {
		t.Fatal(fingerprint)
	}
	root, err := os.ReadFile(filepath.Join(keys, "root.pem"))
	if err != nil {
		t.Fatal(err)
	}
	o := options()
	o.How.Fingerprint = strings.Fields(fingerprint)[0]
	var b strings.Builder
	w, err := NewWriter(ctx, &b, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range contents {
		if _, err := w.Add(c.name, strings.NewReader(c.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.AddTag("root.pem", root); err != nil {
		t.Fatal(err)
	}
	err = w.Close(func(_ context.Context, content io.Reader) ([]byte, error) {
		cmd := exec.Command(
			"openssl",
			"cms",
			"-sign",
			"-binary",
			"-cades",
			"-outform",
			"DER",
			"-md",
			"sha256",
			"-signer",
			"root.pem",
			"-inkey",
			"key",
		)
		cmd.Dir, cmd.Stdin = keys, content
		return cmd.Output()
	})
	if err != nil {
		t.Fatal(err)
	}
	bag := filepath.Join(unpack(t, []byte(b.String())), o.Name)
	page, err := os.ReadFile(filepath.Join(bag, howToFile))
	if err != nil {
		t.Fatal(err)
	}
	t.Log(string(page))
	command := func(begins string) string {
		t.Helper()
		_, rest, ok := strings.Cut(string(page), begins)
		if !ok {
			t.Fatalf("the page does not say %q", begins)
		}
		rest, _, _ = strings.Cut(strings.ReplaceAll(begins+rest, "\\\n", " "), "\n")
		return rest
	}
	for _, step := range []struct{ begins, want string }{
		{"sha256sum -c", "data/pack.pdf: OK"},
		{"openssl cms -verify", "CAdES Verification successful"},
		{"openssl x509 -in", o.How.Fingerprint},
	} {
		if out, err := run(bag, "sh", "-c", command(step.begins)); err != nil || !strings.Contains(out, step.want) {
			t.Errorf("%s: %v: %s", command(step.begins), err, out)
		}
	}
	if err := os.WriteFile(filepath.Join(bag, "data/pack.pdf"), []byte("other"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := run(bag, "sh", "-c", command("sha256sum -c")); err == nil ||
		!strings.Contains(out, "data/pack.pdf: FAILED") {
		t.Errorf("sha256sum does not see the change: %s", out)
	}
}
