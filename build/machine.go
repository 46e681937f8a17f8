package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// need is something outside the clone: the Debian package that brings it and
// the sign that it is there, which is one of several programs ("a|b"), a
// pkg-config module ("pc:"), a Python module ("py:") or a file ("file:").
type need struct{ pkg, sign string }

var (
	needsWindow = []need{
		{"gcc", "gcc"}, {"libc6-dev", "file:/usr/include/stdlib.h"}, {"pkg-config", "pkg-config"},
		{"libgtk-3-dev", "pc:gtk+-3.0"}, {"libwebkit2gtk-4.1-dev", "pc:webkit2gtk-4.1"},
	}
	needsBrowser = []need{
		{"chromium", strings.Join(browsers, "|")}, {"xvfb", "Xvfb"}, {"xvfb", "xvfb-run"}, {"xauth", "xauth"},
	}
	// what works the real window as a screen reader does
	needsReaderAloud = []need{
		{"dbus-daemon", "dbus-run-session"}, {"at-spi2-core", "file:/usr/share/dbus-1/services/org.a11y.Bus.service"},
		{"python3-pyatspi", "file:/usr/lib/python3/dist-packages/pyatspi/__init__.py"},
	}
	// other people's readers, which the tests hold our documents against
	needsReaders = []need{
		{"poppler-utils", "pdfsig"}, {"qpdf", "qpdf"}, {"mupdf-tools", "mutool"}, {"zbar-tools", "zbarimg"},
		{"openssl", "openssl"}, {"unzip", "unzip"}, {"libnss3-tools", "certutil"}, {"sqlite3", "sqlite3"},
	}
)

func (n need) met() bool {
	switch kind, name, ok := strings.Cut(n.sign, ":"); {
	case !ok:
		return firstProgram(strings.Split(n.sign, "|")...) != ""
	case kind == "pc":
		return exec.Command("pkg-config", "--exists", name).Run() == nil
	case kind == "py":
		return exec.Command("python3", "-c", "import "+name).Run() == nil
	default:
		return exists(name)
	}
}

// browsers are the names that Chromium goes by.
var browsers = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// firstProgram is the path of the first of these that is installed.
func firstProgram(names ...string) string {
	for _, n := range names {
		if p, err := exec.LookPath(n); err == nil {
			return p
		}
	}
	return ""
}

// debian installs what is missing where this user may, and otherwise says
// which line would.
func debian(needs ...need) func(context.Context, *job) error {
	return func(ctx context.Context, j *job) error {
		if runtime.GOOS != "linux" {
			return nothing("only Linux needs system packages")
		}
		var missing []string
		for _, n := range needs {
			if !n.met() && !strings.Contains(" "+strings.Join(missing, " ")+" ", " "+n.pkg+" ") {
				missing = append(missing, n.pkg)
			}
		}
		if len(missing) == 0 {
			return nil
		}
		if _, err := exec.LookPath("apt-get"); err != nil {
			return fmt.Errorf("install what your system calls these Debian packages: %s", strings.Join(missing, " "))
		}
		if os.Geteuid() != 0 {
			return fmt.Errorf(
				"run this, then try again:\n    sudo apt-get update && sudo apt-get install -y "+
					"--no-install-recommends %s",
				strings.Join(missing, " "),
			)
		}
		j.doing("%s", strings.Join(missing, " "))
		fmt.Printf("        installing %s\n", strings.Join(missing, " "))
		quiet := call{env: []string{"DEBIAN_FRONTEND=noninteractive"}}
		install := append([]string{"install", "-y", "--no-install-recommends"}, missing...)
		if lists, _ := filepath.Glob("/var/lib/apt/lists/*_Packages*"); len(lists) > 0 {
			if j.call(ctx, quiet, "apt-get", install...) == nil {
				return nil
			}
		}
		// No lists, or lists too old to fetch by.
		if err := j.call(ctx, quiet, "apt-get", "update"); err != nil {
			return err
		}
		return j.call(ctx, quiet, "apt-get", install...)
	}
}

// npm brings the page's packages, unless the lock file and Node are those of
// the last time.
func npm(ctx context.Context, j *job) error {
	if !exists("frontend/package-lock.json") {
		return nothing("no frontend/package-lock.json yet")
	}
	if _, err := exec.LookPath("npm"); err != nil {
		return errors.New("install Node 20.19 or newer, with npm")
	}
	lock, err := os.ReadFile("frontend/package-lock.json")
	if err != nil {
		return err
	}
	version, err := exec.CommandContext(ctx, "node", "--version").Output()
	if err != nil {
		return fmt.Errorf("node --version: %w", err)
	}
	sum := sha256.Sum256(append(lock, version...))
	stamp, path := hex.EncodeToString(sum[:]), "frontend/node_modules/.assay-stamp"
	if b, _ := os.ReadFile(path); string(b) == stamp {
		return nil
	}
	quiet := call{dir: "frontend", env: []string{"PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1"}}
	if err := j.call(ctx, quiet, "npm", "ci", "--no-audit", "--no-fund"); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(stamp), 0o644)
}

// The tools of build/tools/go.mod.
const (
	toolSqlc        = "github.com/sqlc-dev/sqlc/cmd/sqlc"
	toolStaticcheck = "honnef.co/go/tools/cmd/staticcheck"
	toolDeadcode    = "golang.org/x/tools/cmd/deadcode"
	toolGovulncheck = "golang.org/x/vuln/cmd/govulncheck"
	toolWinres      = "github.com/tc-hib/go-winres"
	toolNfpm        = "github.com/goreleaser/nfpm/v2/cmd/nfpm"
)

// tools builds tools into build/bin; Go's own cache knows when there is
// nothing to do.
func tools(paths ...string) func(context.Context, *job) error {
	return func(ctx context.Context, j *job) error {
		args := append([]string{"build", "-C", "build/tools", "-trimpath", "-o", "../bin/"}, paths...)
		return j.call(ctx, call{env: []string{"CGO_ENABLED=0"}}, "go", args...)
	}
}

// bin is the path of a program in build/bin.
func bin(name string) string {
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		name = name[i+1:]
	}
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	p, err := filepath.Abs(filepath.Join(binDir, name))
	if err != nil {
		panic(err) // no working directory: enterRoot has just been there
	}
	return p
}

// display tells whether a window can be shown here.
func display() bool {
	return runtime.GOOS == "windows" || runtime.GOOS == "darwin" || os.Getenv("DISPLAY") != "" ||
		os.Getenv("WAYLAND_DISPLAY") != ""
}

// windowTags are the build tags of the window: Debian 13 and Ubuntu 24.04 have
// WebKitGTK 4.1 only.
func windowTags(kind string) string {
	if runtime.GOOS == "linux" {
		return kind + ",webkit2_41"
	}
	return kind
}

// page builds the page, beside frontend/dist and then into it: Vite empties its
// folder first, and the Go compiler may be reading dist at that moment.
func page(ctx context.Context, j *job) error {
	if !exists("frontend/vite.config.ts") {
		return nothing("no page yet")
	}
	out, err := filepath.Abs(cacheDir + "/page")
	if err != nil {
		return err
	}
	if err := j.in(ctx, "frontend", "npm", "run", "build", "--", "--outDir", out, "--emptyOutDir"); err != nil {
		return err
	}
	// What Vite says of licences is for build/notices.go, not for the page.
	if err := os.Rename(out+"/.vite/license.json", pageLicences); err != nil {
		return err
	}
	if err := os.RemoveAll(out + "/.vite"); err != nil {
		return err
	}
	return install(out, "frontend/dist")
}
