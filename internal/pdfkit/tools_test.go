package pdfkit

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// run runs another program on a document; it skips the test where there is none.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
	var out, errs strings.Builder
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %v: %v\n%s%s", name, args, err, out.String(), errs.String())
	}
	return out.String()
}

// TestTools lets other people's programs read every kind of block.
func TestTools(t *testing.T) {
	for name, compact := range map[string]bool{"classic": false, "object streams": true} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "all.pdf")
			if err := os.WriteFile(file, render(t, everything(t, compact)), 0o600); err != nil {
				t.Fatal(err)
			}
			t.Run("qpdf finds no error", func(t *testing.T) {
				if out := run(t, "qpdf", "--check", file); !strings.Contains(
					out,
					"No syntax or stream encoding errors",
				) {
					t.Error(out)
				}
			})
			t.Run("mutool finds nothing to repair", func(t *testing.T) {
				if out := run(t, "mutool", "info", file); strings.Contains(out, "error") ||
					strings.Contains(out, "warning") {
					t.Error(out)
				}
			})
			t.Run("pdfinfo reads the structure", func(t *testing.T) {
				if compact {
					t.Skip("it takes seconds, and the structure is the same")
				}
				out := run(t, "pdfinfo", "-struct-text", file)
				for _, want := range []string{"H1 ", "TOCI", "Span", "LBody", "THead", "TH", "Figure", "Note", "Link",
					"Div",
					`"Policy"`, "What the council has decided", "Tŷ’r Cyngor, Ŵyth Ŷd", "Officer 39", "The note says more"} {
					if !strings.Contains(out, want) {
						t.Errorf("no %s in the structure", want)
					}
				}
				if strings.Contains(out, "Page 3 of") {
					t.Error("the foot of the page is read as content")
				}
				if n := strings.Count(out, `"Who decided"`); n != 1 {
					t.Errorf("the head of the long table is read %d times, not once", n)
				}
			})
			t.Run("pdffonts sees embedded subsets with text", func(t *testing.T) {
				lines := strings.Split(strings.TrimSpace(run(t, "pdffonts", file)), "\n")[2:]
				if len(lines) != 4 {
					t.Fatalf("%d fonts, not 4", len(lines))
				}
				for _, l := range lines {
					if f := strings.Fields(l); len(f) < 6 || strings.Join(f[len(f)-5:len(f)-2], " ") != "yes yes yes" {
						t.Errorf("not embedded, cut down and readable: %s", l)
					}
				}
			})
			t.Run("pdftotext reads it in order", func(t *testing.T) {
				out := run(t, "pdftotext", file, "-")
				last := -1
				for _, want := range []string{
					"Contents", "What the council has decided", "First point", "Ask whether a person decided",
					"Risks by likelihood", "R-0000", "R-0039", "An empty table",
				} {
					i := strings.LastIndex(out, want)
					if i < last {
						t.Errorf("%q is missing or in the wrong place", want)
					}
					last = max(i, last)
				}
			})
			t.Run("pdfdetach lists the attachments", func(t *testing.T) {
				out := run(t, "pdfdetach", "-list", file)
				if !strings.Contains(out, "statement.json") || !strings.Contains(out, "Ŵ.csv") {
					t.Error(out)
				}
				dir := t.TempDir()
				run(t, "pdfdetach", "-saveall", "-o", dir, file)
				if b, _ := os.ReadFile(filepath.Join(dir, "statement.json")); string(b) != `{"number":"GC-2026-0007"}` {
					t.Errorf("the attachment reads %q", b)
				}
			})
			t.Run("zbarimg reads the seal at 100 dpi", func(t *testing.T) {
				png := filepath.Join(t.TempDir(), "page")
				run(t, "pdftoppm", "-r", "100", "-f", "1", "-l", "1", "-gray", "-png", "-singlefile", file, png)
				if out := run(t, "zbarimg", "-q", "--raw", png+".png"); strings.TrimSpace(out) != sealText {
					t.Errorf("read %q", out)
				}
			})
		})
	}
}
