package pack

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
		{"openssl x509 -in root.pem", o.How.Fingerprint},
		{"openssl x509 -in ../signer.pem", "Root"},
		{"grep -c", "1"},
		{"cut -c67-", ""},
	} {
		if out, err := run(bag, "sh", "-c", command(step.begins)); err != nil || !strings.Contains(out, step.want) {
			t.Errorf("%s: %v: %s", command(step.begins), err, out)
		}
	}
	find := "find . -type f"
	out, err := run(bag, "sh", "-c", command(find))
	if want := []string{tagManifestFile, signatureFile}; err != nil ||
		!slices.Equal(slices.Sorted(slices.Values(strings.Fields(out))), want) {
		t.Errorf("files that are on no list: %v: %s", err, out)
	}
	if err := os.WriteFile(filepath.Join(bag, "data", "put-in.txt"), []byte("other"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, _ := run(bag, "sh", "-c", command(find)); !strings.Contains(out, "data/put-in.txt") {
		t.Errorf("a file that was put in is not named: %s", out)
	}
	// Somebody else signs the lists, and puts their root beside the real one.
	if out, err := run(keys, "sh", "-c", `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout other.key -out other.pem -subj "/CN=Somebody else" -days 30 &&
		openssl cms -sign -binary -cades -outform DER -md sha256 -signer other.pem -inkey other.key -in `+filepath.Join(bag, tagManifestFile)+` -out `+filepath.Join(bag, signatureFile)+` &&
		cat other.pem >> `+filepath.Join(bag, "root.pem")); err != nil {
		t.Fatal(out)
	}
	if out, _ := run(bag, "sh", "-c", command("grep -c")); strings.TrimSpace(out) != "2" {
		t.Errorf("the second root is not counted: %s", out)
	}
	if out, err := run(bag, "sh", "-c", command("openssl cms -verify")); err != nil {
		t.Fatalf("the attack does not work, so nothing is shown: %s", out)
	}
	if out, err := run(
		bag, "sh", "-c", command("openssl x509 -in ../signer.pem"),
	); err != nil || !strings.Contains(out, "Somebody else") {
		t.Errorf("who signed is not named: %v: %s", err, out)
	}
	if err := os.WriteFile(filepath.Join(bag, "data/pack.pdf"), []byte("other"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := run(bag, "sh", "-c", command("sha256sum -c")); err == nil ||
		!strings.Contains(out, "data/pack.pdf: FAILED") {
		t.Errorf("sha256sum does not see the change: %s", out)
	}
}
