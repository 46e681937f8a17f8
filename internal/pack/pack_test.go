package pack

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/internal/fault"
)

var ctx = context.Background()

// The signature is not this package's matter: a keyed digest stands in for it.
func seal(_ context.Context, content io.Reader) ([]byte, error) {
	h := hmac.New(sha256.New, []byte("key"))
	_, err := io.Copy(h, content)
	return h.Sum(nil), err
}

func check(ctx context.Context, content io.Reader, sig []byte) error {
	if want, _ := seal(ctx, content); !hmac.Equal(want, sig) {
		return errors.New("wrong key")
	}
	return nil
}

func options() Options {
	return Options{Name: "EP-2026-0001", Time: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC),
		Info: []Field{{"Source-Organization", "Brynmawr"}, {"External-Identifier", "EP-2026-0001"}},
		How: HowTo{
			Organisation: "Brynmawr",
			Signer:       "Siân Llŷr",
			Fingerprint:  "0011 2233",
			Root:         "root.pem",
			Documents:    []string{"pack.pdf"},
		}}
}

var contents = []struct{ name, text string }{
	{"pack.pdf", "%PDF-1.7 " + strings.Repeat("not really ", 300)},
	{"records/policies.csv", strings.Repeat("ref,title\nPOL-0001,AI policy\n", 50)},
	{"records/empty.json", ""},
	{"evidence/Llyfr Siân – nodiadau.docx", "\x00\x01\x02"},
}

func makeBag(t testing.TB, o Options) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(ctx, &b, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range contents {
		if _, err := w.Add(c.name, strings.NewReader(c.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.AddTag("root.pem", []byte("-----BEGIN CERTIFICATE-----\n")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(seal); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func verify(t testing.TB, data []byte) (Report, error) {
	t.Helper()
	b, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return Report{}, err
	}
	rep, err := b.Verify(ctx, check)
	if err != nil {
		t.Fatal(err)
	}
	return rep, nil
}

func TestPack(t *testing.T) {
	data := makeBag(t, options())
	t.Run("what_was_packed_is_sound", func(t *testing.T) {
		rep, err := verify(t, data)
		if err != nil || !rep.Sound() || len(rep.Files) != len(contents) || rep.Name != "EP-2026-0001" {
			t.Errorf("%v: %+v", err, rep)
		}
	})
	t.Run("same_contents_make_the_same_bytes", func(t *testing.T) {
		if !bytes.Equal(data, makeBag(t, options())) {
			t.Error("two packs differ")
		}
	})
	t.Run("files_can_be_read_in_place", func(t *testing.T) {
		b, err := Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range contents {
			r, n, err := b.Section("data/" + c.name)
			if err != nil {
				t.Fatal(err)
			}
			got := make([]byte, n)
			if _, err := r.ReadAt(got, 0); err != nil && err != io.EOF || string(got) != c.text {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		if _, err := b.OpenFile("data/none"); fault.CodeOf(err) != fault.CodeNotFound {
			t.Error(err)
		}
	})
	t.Run("sha256sum_agrees", func(t *testing.T) {
		if _, err := exec.LookPath("sha256sum"); err != nil {
			t.Skip("sha256sum is not installed")
		}
		dir := unpack(t, data)
		cmd := exec.Command("sha256sum", "--strict", "-c", tagManifestFile, manifestFile)
		cmd.Dir = filepath.Join(dir, "EP-2026-0001")
		if out, err := cmd.CombinedOutput(); err != nil || strings.Count(string(out), ": OK") != len(contents)+5 {
			t.Errorf("%v: %s", err, out)
		}
	})
	t.Run("unzip_agrees", func(t *testing.T) {
		if _, err := exec.LookPath("unzip"); err != nil {
			t.Skip("unzip is not installed")
		}
		p := filepath.Join(t.TempDir(), "p.zip")
		_ = os.WriteFile(p, data, 0o600)
		if out, err := exec.Command("unzip", "-t", p).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
}

func unpack(t testing.TB, data []byte) string {
	t.Helper()
	dir := t.TempDir()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, z); err != nil {
		t.Fatal(err)
	}
	return dir
}

// rezip rewrites a pack with some of its files changed, as an attacker would.
func rezip(
	t testing.TB,
	data []byte,
	change func(name string, content []byte) (string, []byte, bool),
	more ...func(*zip.Writer),
) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range z.File {
		r, _ := f.Open()
		content, _ := io.ReadAll(r)
		name, content, keep := change(f.Name, content)
		if !keep {
			continue
		}
		out, _ := w.Create(name)
		_, _ = out.Write(content)
	}
	for _, m := range more {
		m(w)
	}
	_ = w.Close()
	return b.Bytes()
}

func same(name string, c []byte) (string, []byte, bool) { return name, c, true }

func TestPack_altered(t *testing.T) {
	data := makeBag(t, options())
	if rep, err := verify(t, rezip(t, data, same)); err != nil || !rep.Sound() {
		t.Fatalf("packed again by another program it is not sound: %v %+v", err, rep)
	}
	z, _ := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	for _, f := range z.File {
		name := strings.TrimPrefix(f.Name, "EP-2026-0001/")
		t.Run(name+"/flipped_byte_is_never_sound", func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			for range min(200, int(f.UncompressedSize64)) {
				at, flip := r.IntN(int(f.UncompressedSize64)), byte(1+r.IntN(255))
				rep, err := verify(t, rezip(t, data, func(n string, c []byte) (string, []byte, bool) {
					if n == f.Name {
						c[at] ^= flip
					}
					return n, c, true
				}))
				if err == nil && rep.Sound() {
					t.Fatalf("byte %d changed by %#x is still sound", at, flip)
				}
			}
		})
		t.Run(name+"/left_out_is_named", func(t *testing.T) {
			rep, err := verify(
				t,
				rezip(t, data, func(n string, c []byte) (string, []byte, bool) { return n, c, n != f.Name }),
			)
			if err == nil && rep.Sound() {
				t.Fatal("still sound")
			}
			if err == nil && !strings.Contains(fmt.Sprint(rep.Problems), name) {
				t.Errorf("%s is not named: %+v", name, rep.Problems)
			}
		})
	}
	t.Run("flipped_byte_of_the_zip_is_never_other_content", func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 4))
		data := bytes.Clone(data)
		for range 2000 {
			at, flip := r.IntN(len(data)), byte(1+r.IntN(255))
			data[at] ^= flip
			if rep, err := verify(t, data); err == nil && rep.Sound() {
				for i, f := range rep.Files {
					if !strings.Contains(fmt.Sprint(contents), strings.TrimPrefix(f.Name, "data/")) ||
						len(rep.Files) != len(contents) {
						t.Fatalf("byte %d: file %d is %+v", at, i, f)
					}
				}
			}
			data[at] ^= flip
		}
	})
	t.Run("added_file_is_named", func(t *testing.T) {
		for _, name := range []string{"data/more.txt", "more.txt", "records/x.csv"} {
			rep, err := verify(t, rezip(t, data, same, func(w *zip.Writer) { _, _ = w.Create("EP-2026-0001/" + name) }))
			if err != nil || rep.Sound() || !strings.Contains(fmt.Sprint(rep.Problems), name) {
				t.Errorf("%s: %v %+v", name, err, rep.Problems)
			}
		}
	})
	t.Run("manifest_changed_with_its_file_is_never_sound", func(t *testing.T) {
		rep, err := verify(t, rezip(t, data, func(n string, c []byte) (string, []byte, bool) {
			old := fmt.Sprintf("%x", sha256.Sum256([]byte(contents[0].text)))
			if strings.HasSuffix(n, "pack.pdf") {
				c = []byte("other")
			}
			if strings.HasSuffix(n, "/"+manifestFile) {
				c = bytes.Replace(c, []byte(old), fmt.Appendf(nil, "%x", sha256.Sum256([]byte("other"))), 1)
			}
			return n, c, true
		}))
		if err != nil || rep.Sound() || !strings.Contains(fmt.Sprint(rep.Problems), manifestFile) {
			t.Errorf("%v %+v", err, rep.Problems)
		}
	})
}

func TestOpen_bad_zip(t *testing.T) {
	data := makeBag(t, options())
	header := func(name string, set func(*zip.FileHeader)) func(*zip.Writer) {
		return func(w *zip.Writer) {
			h := &zip.FileHeader{Name: name}
			if set != nil {
				set(h)
			}
			out, err := w.CreateHeader(h)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = out.Write([]byte("x"))
		}
	}
	const top = "EP-2026-0001/"
	cases := map[string][]byte{
		"empty_file":         nil,
		"not_a_zip":          []byte(strings.Repeat("no zip here ", 10)),
		"cut_off":            data[:len(data)-7],
		"something_before":   append([]byte("MZ......"), data...),
		"something_after":    append(bytes.Clone(data), "more"...),
		"path_traversal":     rezip(t, data, same, header(top+"../../etc/passwd", nil)),
		"absolute_path":      rezip(t, data, same, header("/etc/passwd", nil)),
		"backslashes":        rezip(t, data, same, header(top+`data\..\..\x`, nil)),
		"windows_device":     rezip(t, data, same, header(top+"data/NUL.txt", nil)),
		"outside_the_folder": rezip(t, data, same, header("other/x", nil)),
		"symbolic_link": rezip(
			t,
			data,
			same,
			header(top+"data/link", func(h *zip.FileHeader) { h.SetMode(fs.ModeSymlink | 0o777) }),
		),
		"name_twice":              rezip(t, data, same, header(top+"data/pack.pdf", nil)),
		"name_twice_but_for_case": rezip(t, data, same, header(top+"data/PACK.pdf", nil)),
		"no_bag": rezip(
			t,
			data,
			func(n string, c []byte) (string, []byte, bool) { return n, c, !strings.HasSuffix(n, "/bagit.txt") },
		),
		"bomb": rezip(t, data, same, func(w *zip.Writer) {
			out, _ := w.Create(top + "data/zeros.csv")
			for range 100 {
				_, _ = out.Write(make([]byte, 1<<20))
			}
		}),
		"head_names_another_file": bytes.Replace(data, []byte("data/pack.pdf"), []byte("data/back.pdf"), 1),
	}
	// A name within another's gap: entries hidden between entries.
	i := bytes.Index(data[10:], []byte("PK\x03\x04")) + 10
	cases["hidden_entry"] = bytes.Join(
		[][]byte{data[:i], []byte("PK\x03\x04 hidden hidden hidden hidden hidden hidden"), data[i:]},
		nil,
	)
	// Bytes before the directory, to which the end of the file points rightly.
	at := binary.LittleEndian.Uint32(data[len(data)-6:])
	gap := bytes.Join([][]byte{data[:at], []byte("hidden bytes"), data[at:]}, nil)
	binary.LittleEndian.PutUint32(gap[len(gap)-6:], at+uint32(len("hidden bytes")))
	cases["hidden_before_the_directory"] = gap
	volume := bytes.Clone(data)
	volume[len(volume)-22+4] = 1
	cases["part_of_several"] = volume
	for name, c := range cases {
		t.Run(name+"_is_refused", func(t *testing.T) {
			_, err := Open(bytes.NewReader(c), int64(len(c)))
			if fault.CodeOf(err) != fault.CodeUnreadable {
				t.Errorf("error is %v", err)
			} else {
				t.Log(err)
			}
		})
	}
	t.Run("too_many_entries_is_refused", func(t *testing.T) {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for i := range MaxFiles + 1 {
			_, _ = w.CreateRaw(&zip.FileHeader{Name: fmt.Sprintf("%s%d", top, i)})
		}
		_ = w.Close()
		if _, err := Open(bytes.NewReader(b.Bytes()), int64(b.Len())); fault.CodeOf(err) != fault.CodeUnreadable ||
			!strings.Contains(err.Error(), "at most") {
			t.Errorf("error is %v", err)
		}
	})
}

func TestWriter(t *testing.T) {
	w, err := NewWriter(ctx, io.Discard, options())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Add("a.txt", strings.NewReader("a")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"", "/a", "../a", "a/../b", "a//b", "A.txt", "con", "con.txt", "x.", "a\\b", "a:b", "a\nb", "a%b",
		"a\u202Eb", " a", strings.Repeat("n", 201), "e\u0301",
	} {
		if _, err := w.Add(name, strings.NewReader("a")); fault.CodeOf(err) != fault.CodeInvalid {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := w.Add("b", io.MultiReader(strings.NewReader("half"), brokenReader{})); fault.CodeOf(
		err,
	) != fault.CodeUnreadable {
		t.Error(err)
	}
	if err := w.Close(seal); fault.CodeOf(err) != fault.CodeUnreadable {
		t.Errorf("after a broken file the pack is finished all the same: %v", err)
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	w, _ = NewWriter(stopped, io.Discard, options())
	if _, err := w.Add("a", strings.NewReader("a")); fault.CodeOf(err) != fault.CodeCancelled {
		t.Error(err)
	}
	w, _ = NewWriter(ctx, brokenWriter{}, options())
	_, _ = w.Add("a", bytes.NewReader(make([]byte, 1<<20)))
	if err := w.Close(seal); fault.CodeOf(err) != fault.CodeUnreadable {
		t.Errorf("on a full disk: %v", err)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("stick was pulled") }

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk is full") }

func TestSafeName(t *testing.T) {
	for _, s := range []string{
		"", ".", "..", "...", "a/b", "CON", "com1.txt", "nul", "e\u0301té.pdf",
		strings.Repeat("ŵ", 300) + ".pdf", "\xff\xfe", " x ", "a\u202Egpj.exe", "100 %.doc", "x. . .",
	} {
		if got := SafeName(s); CheckName(got) != nil {
			t.Errorf("%q becomes %q: %v", s, got, CheckName(got))
		}
	}
	if got := SafeName("Polisi AI – drafft (2).docx"); got != "Polisi AI – drafft (2).docx" {
		t.Errorf("a good name becomes %q", got)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(makeBag(f, options()))
	f.Fuzz(func(t *testing.T, data []byte) {
		if b, err := Open(bytes.NewReader(data), int64(len(data))); err == nil {
			_, _ = b.Verify(ctx, check)
		}
	})
}

// TestOpen_packed_again opens packs that somebody unpacked, and packed with other
// programs: their manifest judges them.
func TestOpen_packed_again(t *testing.T) {
	data := makeBag(t, options())
	const top = "EP-2026-0001/"
	put := func(names ...string) func(*zip.Writer) {
		return func(w *zip.Writer) {
			for _, n := range names {
				out, err := w.Create(n)
				if err != nil {
					t.Fatal(err)
				}
				if !strings.HasSuffix(n, "/") {
					_, _ = out.Write([]byte("left over"))
				}
			}
		}
	}
	rename := func(f func(string) string) func(string, []byte) (string, []byte, bool) {
		return func(n string, c []byte) (string, []byte, bool) { return f(n), c, true }
	}
	for name, c := range map[string][]byte{
		"a comment": rezip(
			t, data, same, func(w *zip.Writer) { _ = w.SetComment("packed by hand") },
		),
		"folders with names": rezip(t, data, same, put(top, top+"data/", top+"data/records/")),
		"what macOS adds": rezip(
			t, data, same, put("__MACOSX/"+top+"._bagit.txt", top+".DS_Store", top+"data/._pack.pdf"),
		),
		"what Windows adds": rezip(t, data, same, put(top+"Thumbs.db", top+"data/desktop.ini")),
		"separators of Windows": rezip(
			t, data, rename(func(n string) string { return strings.ReplaceAll(n, "/", "\\") }), put(),
		),
		"another name of the folder": rezip(
			t, data, rename(func(n string) string { return strings.Replace(n, top, "pack (1)/", 1) }), put(),
		),
		"without its folder": rezip(
			t, data, rename(func(n string) string { return strings.TrimPrefix(n, top) }), put(),
		),
		"a folder around it": rezip(
			t, data, rename(func(n string) string { return "Downloads/" + n }), put(),
		),
		"a folder around it, and notes": rezip(
			t, data, rename(func(n string) string { return "a/" + n }), put("a/.DS_Store"),
		),
	} {
		t.Run(name, func(t *testing.T) {
			b, err := Open(bytes.NewReader(c), int64(len(c)))
			if err != nil {
				t.Fatal(err)
			}
			judge(t, b)
		})
	}
	t.Run("unpacked", func(t *testing.T) {
		dir := filepath.Join(unpack(t, data), "EP-2026-0001")
		b, err := OpenFolder(os.DirFS(dir), "EP-2026-0001")
		if err != nil {
			t.Fatal(err)
		}
		judge(t, b)
		if err := os.WriteFile(filepath.Join(dir, "data", "put-in.txt"), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if b, err = OpenFolder(os.DirFS(dir), "EP-2026-0001"); err != nil {
			t.Fatal(err)
		}
		rep, err := b.Verify(context.Background(), accept)
		if err != nil || rep.Sound() {
			t.Errorf("a file that was put in: %+v %v", rep.Problems, err)
		}
		if err := os.Symlink("/etc/hostname", filepath.Join(dir, "data", "link")); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenFolder(os.DirFS(dir), "EP-2026-0001"); fault.CodeOf(err) != fault.CodeUnreadable {
			t.Errorf("a link: %v", err)
		}
		if _, err := OpenFolder(os.DirFS(t.TempDir()), "x"); fault.CodeOf(err) != fault.CodeUnreadable {
			t.Errorf("an empty folder: %v", err)
		}
	})
}

func accept(context.Context, io.Reader, []byte) error { return nil }

func judge(t *testing.T, b *Bag) {
	t.Helper()
	rep, err := b.Verify(context.Background(), accept)
	if err != nil || !rep.Sound() {
		t.Errorf("%+v %v", rep.Problems, err)
	}
}
