package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	releaseDir = binDir + "/release"
	iconDir    = cacheDir + "/icons"
)

// release is what is being made: its version and the moment that stands in
// every file of it, which is the commit's, so that the same commit gives the
// same bytes.
type release struct {
	version string
	made    time.Time
}

// plainVersion is 1.2.3, perhaps with what Debian and NSIS both take after it.
var plainVersion = regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?$`)

// described is what `git describe` says as a version: v1.2.3-4-gabc is four
// changes after 1.2.3.
func described(s string) string {
	base, rest, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(s), "v"), "-")
	if !ok {
		return base
	}
	return base + "-" + strings.ReplaceAll(rest, "-", ".")
}

// runPackage makes what people install.
func runPackage(ctx context.Context, args []string) error {
	fs := flags("package")
	version := fs.String("version", "", "the release's version, as 1.2.3 (default: from git's newest tag)")
	if err := fs.Parse(args); err != nil {
		return err
	}
	r := release{version: *version, made: time.Unix(0, 0).UTC()}
	if r.version == "" {
		r.version = "0.0.0-dev"
		if out, err := exec.CommandContext(
			ctx, "git", "describe", "--tags", "--match=v[0-9]*", "--dirty=-changed",
		).Output(); err == nil {
			r.version = described(string(out))
		}
	}
	if !plainVersion.MatchString(r.version) {
		return fmt.Errorf("%q is no version of the form 1.2.3", r.version)
	}
	if out, err := exec.CommandContext(ctx, "git", "log", "-1", "--format=%ct").Output(); err == nil {
		if s, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64); err == nil {
			r.made = time.Unix(s, 0).UTC()
		}
	}
	if err := os.RemoveAll(releaseDir); err != nil {
		return err
	}
	for _, dir := range []string{releaseDir, cacheDir} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	steps := []step{
		{title: "system packages", do: debian(append(slices.Clone(needsWindow), need{"nsis", "makensis"})...)},
		{title: "npm packages", do: npm},
		{title: "page", do: page},
		{
			title: "icons",
			do:    func(ctx context.Context, j *job) error { return j.run(ctx, "go", "run", "./build/icon", iconDir) },
		},
	}
	steps = append(steps, step{title: "third-party notices", after: []string{"page"}, do: r.notices})
	steps = append(steps, step{title: "packaging tools", do: tools(toolNfpm, toolWinres)})
	switch runtime.GOOS {
	case "darwin":
		steps = append(steps, step{title: "macOS application", do: r.mac})
	case "linux":
		steps = append(steps,
			step{title: "Linux programs", do: r.linuxPrograms},
			step{title: "Linux archive", do: r.linuxArchive},
			step{title: "Debian package", do: r.debianPackage})
	}
	steps = append(steps,
		step{title: "Windows programs", do: r.windowsPrograms},
		step{title: "Windows archive", do: r.windowsArchive},
		step{title: "Windows installer", do: r.windowsInstaller},
		step{title: "SHA256SUMS", do: sums},
	)
	if err := carryOutAll(ctx, steps); err != nil {
		return err
	}
	fmt.Printf("\nMade Assay %s in %s:\n", r.version, releaseDir)
	if err := list(os.Stdout, releaseDir); err != nil {
		return err
	}
	if runtime.GOOS != "darwin" {
		fmt.Println(
			"\nThe macOS application is made on a Mac, by the same command: its window cannot be compiled elsewhere.",
		)
	}
	return nil
}

// name is a file of the release.
func (r release) name(rest string) string {
	return filepath.Join(releaseDir, "assay-"+r.version+"-"+rest)
}

func (r release) build(ctx context.Context, j *job, goos, out, pkg, tags, more string, cgo string) error {
	if !exists(pkg) {
		return fmt.Errorf("there is no %s yet", pkg)
	}
	c := call{env: []string{"GOOS=" + goos, "GOARCH=amd64", "CGO_ENABLED=" + cgo}}
	if goos == runtime.GOOS {
		c.env = []string{"CGO_ENABLED=" + cgo}
	}
	j.doing("%s", out)
	// -s -w leave out what only a debugger reads.
	return j.call(
		ctx,
		c,
		"go",
		"build",
		"-trimpath",
		"-buildvcs=auto",
		"-ldflags",
		"-s -w -X assay/app/buildinfo.released="+r.version+more,
		"-tags",
		tags,
		"-o",
		out,
		"./"+pkg,
	)
}

func (r release) linuxPrograms(ctx context.Context, j *job) error {
	if err := r.build(ctx, j, "linux", binDir+"/assay", "app/assay", "", "", "0"); err != nil {
		return err
	}
	return r.build(ctx, j, "linux", binDir+"/assay-window", "app/desktop", "desktop,production,webkit2_41", "", "1")
}

// entry is a file of an archive.
type entry struct {
	name, from string
	mode       int64
}

func (r release) linuxArchive(context.Context, *job) error {
	top := "assay-" + r.version + "/"
	entries := []entry{
		{top + "assay", binDir + "/assay", 0o755},
		{top + "assay-window", binDir + "/assay-window", 0o755},
		{top + "assay.desktop", "build/linux/assay.desktop", 0o644},
		{top + "assay.svg", "build/icon/assay.svg", 0o644},
		{top + "LICENSE", "LICENSE", 0o644},
		{top + "README.md", "README.md", 0o644},
		{top + "THIRD-PARTY-NOTICES.txt", noticesFile, 0o644},
	}
	pages, err := guidePages()
	if err != nil {
		return err
	}
	for _, page := range pages {
		entries = append(entries, entry{top + "guide/" + filepath.Base(page), page, 0o644})
	}
	return r.tarball(r.name("linux-"+runtime.GOARCH+".tar.gz"), entries)
}

// guidePages are the files of the user guide, which is made with the page.
func guidePages() ([]string, error) {
	pages, err := filepath.Glob("frontend/dist/guide/*.html")
	if err == nil && len(pages) == 0 {
		err = errors.New("the guide is not built: frontend/dist/guide has no page")
	}
	return pages, err
}

func (r release) tarball(out string, entries []entry) (err error) {
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return err
	}
	t := tar.NewWriter(z)
	for _, e := range entries {
		b, err := os.ReadFile(e.from)
		if err != nil {
			return err
		}
		h := &tar.Header{
			Typeflag: tar.TypeReg,
			Name:     e.name,
			Size:     int64(len(b)),
			Mode:     e.mode,
			ModTime:  r.made,
			Format:   tar.FormatPAX,
		}
		if err := t.WriteHeader(h); err != nil {
			return err
		}
		if _, err := t.Write(b); err != nil {
			return err
		}
	}
	return errors.Join(t.Close(), z.Close())
}

func (r release) debianPackage(ctx context.Context, j *job) error {
	// Debian sorts 1.2.3~dev before 1.2.3, as the hyphen says elsewhere.
	version := strings.Replace(r.version, "-", "~", 1)
	c := call{
		env: []string{
			"VERSION=" + version,
			"ARCH=" + runtime.GOARCH,
			"SOURCE_DATE_EPOCH=" + strconv.FormatInt(r.made.Unix(), 10),
		},
	}
	out := filepath.Join(releaseDir, fmt.Sprintf("assay_%s_%s.deb", version, runtime.GOARCH))
	if err := j.call(
		ctx, c, bin("nfpm"), "package", "--config", "build/linux/nfpm.yaml", "--packager", "deb", "--target", out,
	); err != nil {
		return err
	}
	if firstProgram("dpkg-deb") != "" {
		return j.run(ctx, "dpkg-deb", "--info", out) // a second reader
	}
	return nil
}

// windowsDir holds what goes into the Windows archive and installer.
const windowsDir = cacheDir + "/windows"

func (r release) windowsPrograms(ctx context.Context, j *job) error {
	if err := os.RemoveAll(windowsDir); err != nil {
		return err
	}
	if err := r.build(ctx, j, "windows", windowsDir+"/assay.exe", "app/assay", "", "", "0"); err != nil {
		return err
	}
	if err := r.build(
		ctx, j, "windows", windowsDir+"/assay-window.exe", "app/desktop", "desktop,production", " -H windowsgui",
		"0",
	); err != nil {
		return err
	}
	for _, p := range []string{"assay.exe", "assay-window.exe"} {
		if err := j.run(ctx, bin("go-winres"), "patch", "--in", "build/windows/winres.json", "--no-backup",
			"--product-version", r.version4(), "--file-version", r.version4(),
			filepath.Join(windowsDir, p)); err != nil {
			return err
		}
	}
	for from, to := range map[string]string{
		"LICENSE": "LICENSE.txt", "README.md": "README.md", noticesFile: "THIRD-PARTY-NOTICES.txt",
	} {
		b, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(windowsDir, to), b, 0o644); err != nil {
			return err
		}
	}
	pages, err := guidePages()
	if err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(windowsDir, "guide"), 0o755); err != nil {
		return err
	}
	for _, page := range pages {
		b, err := os.ReadFile(page)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(windowsDir, "guide", filepath.Base(page)), b, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// version4 is the version as Windows has it: four numbers.
func (r release) version4() string { v, _, _ := strings.Cut(r.version, "-"); return v + ".0" }

func (r release) windowsArchive(context.Context, *job) (err error) {
	f, err := os.Create(r.name("windows-amd64.zip"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	z := zip.NewWriter(f)
	names := []string{"assay-window.exe", "assay.exe", "LICENSE.txt", "README.md", "THIRD-PARTY-NOTICES.txt"}
	pages, err := guidePages()
	if err != nil {
		return err
	}
	for _, page := range pages {
		names = append(names, "guide/"+filepath.Base(page))
	}
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join(windowsDir, name))
		if err != nil {
			return err
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: "Assay/" + name, Method: zip.Deflate, Modified: r.made})
		if err != nil {
			return err
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return z.Close()
}

func (r release) windowsInstaller(ctx context.Context, j *job) error {
	if firstProgram("makensis") == "" {
		return nothing("makensis is not installed (Debian: nsis)")
	}
	abs := func(p string) string { a, _ := filepath.Abs(p); return a }
	c := call{env: []string{"SOURCE_DATE_EPOCH=" + strconv.FormatInt(r.made.Unix(), 10)}}
	return j.call(
		ctx,
		c,
		"makensis",
		"-V2",
		"-NOCD",
		"-DVERSION="+r.version,
		"-DVERSION4="+r.version4(),
		"-DFILES="+abs(windowsDir),
		"-DICON="+abs(iconDir+"/assay.ico"),
		"-DOUT="+abs(r.name("windows-amd64-setup.exe")),
		"build/windows/installer.nsi",
	)
}

// mac makes Assay.app in a zip.
func (r release) mac(ctx context.Context, j *job) error {
	app := cacheDir + "/mac/Assay.app/Contents"
	if err := os.RemoveAll(cacheDir + "/mac"); err != nil {
		return err
	}
	for _, d := range []string{"/MacOS", "/Resources"} {
		if err := os.MkdirAll(app+d, 0o755); err != nil {
			return err
		}
	}
	if err := r.build(ctx, j, "darwin", app+"/MacOS/assay", "app/assay", "", "", "0"); err != nil {
		return err
	}
	if err := r.build(
		ctx, j, "darwin", app+"/MacOS/assay-window", "app/desktop", "desktop,production", "", "1",
	); err != nil {
		return err
	}
	plist, err := os.ReadFile("build/darwin/Info.plist")
	if err != nil {
		return err
	}
	short, _, _ := strings.Cut(r.version, "-")
	if err := os.WriteFile(
		app+"/Info.plist", []byte(strings.ReplaceAll(string(plist), "${VERSION}", short)), 0o644,
	); err != nil {
		return err
	}
	for from, to := range map[string]string{"LICENSE": "LICENSE.txt", noticesFile: "THIRD-PARTY-NOTICES.txt"} {
		b, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		if err := os.WriteFile(app+"/Resources/"+to, b, 0o644); err != nil {
			return err
		}
	}
	icon, err := os.ReadFile(iconDir + "/assay.icns")
	if err != nil {
		return err
	}
	if err := os.WriteFile(app+"/Resources/assay.icns", icon, 0o644); err != nil {
		return err
	}
	// An ad hoc signature: without one, Apple's own processors do not start it.
	if err := j.run(ctx, "codesign", "--force", "--deep", "--sign", "-", cacheDir+"/mac/Assay.app"); err != nil {
		return err
	}
	out, err := filepath.Abs(r.name("macos-" + runtime.GOARCH + ".zip"))
	if err != nil {
		return err
	}
	return j.in(ctx, cacheDir+"/mac", "ditto", "-c", "-k", "--keepParent", "Assay.app", out)
}

// sums writes SHA256SUMS as `sha256sum -c` reads it.
func sums(context.Context, *job) error {
	files, err := os.ReadDir(releaseDir)
	if err != nil {
		return err
	}
	var text strings.Builder
	for _, f := range files {
		h := sha256.New()
		r, err := os.Open(filepath.Join(releaseDir, f.Name()))
		if err != nil {
			return err
		}
		_, err = io.Copy(h, r)
		r.Close()
		if err != nil {
			return err
		}
		fmt.Fprintf(&text, "%x  %s\n", h.Sum(nil), f.Name())
	}
	return os.WriteFile(filepath.Join(releaseDir, "SHA256SUMS"), []byte(text.String()), 0o644)
}
