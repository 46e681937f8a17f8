package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"assay/internal/testkit"
)

// program builds the command, for tests that look at it as a process.
func program(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "assay")
	out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}

var internetSocket = regexp.MustCompile(`(socket|connect|sendto|bind)\(.*AF_INET`)

// TestOffline does the whole main job where there is no network, and counts
// what the program asks of one: nothing.
func TestOffline(t *testing.T) {
	bin := program(t)
	t.Run("asks for no connection", func(t *testing.T) {
		testkit.NeedTool(t, "strace")
		dir := t.TempDir()
		trace := filepath.Join(dir, "trace")
		if out, err := exec.Command(
			"strace", "-f", "-e", "trace=network", "-o", trace, bin, "demo", "--plain", "--dir",
			filepath.Join(dir, "sample"),
		).CombinedOutput(); err != nil {
			if strings.Contains(string(out), "ptrace") {
				t.Skip("processes may not be traced here: ", string(out))
			}
			t.Fatalf("%v\n%s", err, out)
		}
		calls, err := os.ReadFile(trace)
		if err != nil {
			t.Fatal(err)
		}
		if found := internetSocket.FindAllString(string(calls), -1); len(found) > 0 {
			t.Fatalf("%d calls for a network, the first: %s", len(found), found[0])
		}
	})
	t.Run("works without a network interface", func(t *testing.T) {
		testkit.NeedTool(t, "unshare")
		dir := filepath.Join(t.TempDir(), "sample")
		out, err := exec.Command("unshare", "--net", bin, "demo", "--plain", "--dir", dir).CombinedOutput()
		if err != nil && strings.Contains(string(out), "unshare failed") {
			t.Skip("a network namespace cannot be made here: ", string(out))
		}
		if err != nil || strings.Count(string(out), "GENUINE") < 2 {
			t.Fatalf("%v\n%s", err, out)
		}
	})
}
