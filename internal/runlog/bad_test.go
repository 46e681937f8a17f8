package runlog

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"assay/internal/fault"
	"assay/internal/run"

	"github.com/klauspost/compress/zstd"
)

// endless gives n bytes of one character, after a beginning.
func endless(begin string, c byte, n int) io.Reader {
	return io.MultiReader(strings.NewReader(begin), io.LimitReader(repeat(c), int64(n)))
}

type repeat byte

func (r repeat) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(r)
	}
	return len(b), nil
}

// blank gives n bytes of blank lines after a beginning.
func blank(begin string, n int) io.Reader {
	return io.MultiReader(strings.NewReader(begin), io.LimitReader(blankLines{}, int64(n)))
}

type blankLines struct{}

func (blankLines) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	b[len(b)-1] = '\n'
	return len(b), nil
}

func zipped(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range sortedKeys(files) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, files[name])
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t testing.TB, src io.Reader) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.Copy(z, src); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const goodLine = `{"run_id":"a","started":"2026-06-01T09:00:00Z"}` + "\n"

// Hostile and broken files: each ends in one sentence with the position.
func TestBadInput(t *testing.T) {
	mapping := &Mapping{
		Version: 1,
		Zone:    "UTC",
		Fields:  map[string]string{"run_id": "id", "activity": "act", "ended": "at"},
	}
	csvHead := "id,act,at\n"
	for _, c := range []struct {
		name         string
		src          func(t *testing.T) io.Reader
		m            *Mapping
		where, words string
	}{
		{
			"a line of 100 MB",
			func(*testing.T) io.Reader { return endless(goodLine+`{"run_id":"`, 'a', 100<<20) }, nil, "line 2",
			"longer than 8 MB",
		},
		{"a million brackets deep", func(*testing.T) io.Reader {
			return strings.NewReader(goodLine + `{"run_id":"b","x_deep":` + strings.Repeat("[", 1_000_000) + "\n")
		}, nil, "line 2", "nest deeper than 32"},
		{"a million objects deep", func(*testing.T) io.Reader {
			return strings.NewReader(goodLine + strings.Repeat(`{"a":`, 1_000_000) + "\n")
		}, nil, "line 2", "is not part of a run audit"},
		{
			"an XML element of 100 MB",
			func(*testing.T) io.Reader { return endless("<log><trace a=\"", 'a', 100<<20) }, nil, "line 1",
			"longer than 8 MB",
		},
		{"XML a million elements deep", func(*testing.T) io.Reader {
			return strings.NewReader("<log>" + strings.Repeat("<list>", 1_000_000))
		}, nil, "line 1", "nest deeper than 64"},
		{
			"a row of 100 MB", func(*testing.T) io.Reader { return endless(csvHead+`a,"`, 'a', 100<<20) }, mapping,
			"row 2", "longer than 8 MB",
		},
		{
			"10,000 columns",
			func(*testing.T) io.Reader { return strings.NewReader(strings.Repeat("c,", 10_000) + "\n") }, mapping,
			"row 1", "more than 4096 columns",
		},
		{"a gzip that was cut off", func(t *testing.T) io.Reader {
			b := gzipped(t, strings.NewReader(strings.Repeat(goodLine, 1000)))
			return bytes.NewReader(b[:len(b)-4])
		}, nil, "after line 1000", "ends too early"},
		{"a gzip that is damaged", func(t *testing.T) io.Reader {
			b := gzipped(t, strings.NewReader(goodLine))
			b[len(b)-6] ^= 1
			return bytes.NewReader(b)
		}, nil, "after line 1", "damaged"},
		{"a gzip that unpacks to gigabytes", func(t *testing.T) io.Reader {
			return bytes.NewReader(gzipped(t, blank(goodLine, 100<<20)))
		}, nil, "after line", "times its size"},
		{"a zstd that unpacks to gigabytes", func(t *testing.T) io.Reader {
			var b bytes.Buffer
			z, err := zstd.NewWriter(&b)
			if err != nil {
				t.Fatal(err)
			}
			io.Copy(z, blank(goodLine, 100<<20))
			z.Close()
			return &b
		}, nil, "after line", "times its size"},
		{"a zip that unpacks to gigabytes", func(t *testing.T) io.Reader {
			var b bytes.Buffer
			z := zip.NewWriter(&b)
			w, _ := z.Create("a.jsonl")
			io.Copy(w, blank(goodLine, 100<<20))
			z.Close()
			return bytes.NewReader(b.Bytes())
		}, nil, "after a.jsonl, line", "times its size"},
		{"a zip that was cut off", func(t *testing.T) io.Reader {
			b := zipped(t, map[string]string{"a.jsonl": goodLine})
			return bytes.NewReader(b[:len(b)-10])
		}, nil, "export", "cut off"},
		{"a zip inside a zip", func(t *testing.T) io.Reader {
			return bytes.NewReader(
				zipped(t, map[string]string{"a.zip": string(zipped(t, map[string]string{"a.jsonl": goodLine}))}),
			)
		}, nil, "a.zip", "inside a zip"},
		{"a zip of pictures", func(t *testing.T) io.Reader {
			return bytes.NewReader(zipped(t, map[string]string{"a.png": "\x89PNG\x00", "b.png": "\x89PNG\x00"}))
		}, nil, "export", "None of the 2 files"},
		{
			"a run audit as one list",
			func(*testing.T) io.Reader { return strings.NewReader("[\n" + goodLine + "]\n") }, nil, "line 1",
			"spread over lines",
		},
		{"a run audit that is indented", func(*testing.T) io.Reader {
			return strings.NewReader("{\n  \"run_id\": \"a\",\n  \"started\": \"2026-06-01T09:00:00Z\"\n}\n")
		}, nil, "line 1", "spread over lines"},
		{"a run of a million rows", func(*testing.T) io.Reader {
			return io.MultiReader(
				strings.NewReader(csvHead),
				strings.NewReader(strings.Repeat("a,b,2026-06-01T09:00:00Z\n", gatherLimit+1)),
			)
		}, &Mapping{Version: 1, Grouped: true, Fields: mapping.Fields}, "row 1000002", "more than 1000000 rows"},
		{
			"JSON of another kind",
			func(*testing.T) io.Reader { return strings.NewReader("{\"error\":\"session expired\"}\n") }, nil,
			"export", "none of the formats",
		},
		{"an empty source", func(*testing.T) io.Reader { return strings.NewReader("") }, nil, "export", "empty"},
		{
			"a picture",
			func(*testing.T) io.Reader { return strings.NewReader("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR") }, nil,
			"export", "binary",
		},
		{
			"a PDF", func(*testing.T) io.Reader { return strings.NewReader("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n") }, nil,
			"row 1", "needs a mapping",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if testing.Short() && c.name == "a run of a million rows" {
				t.Skip("takes seconds")
			}
			var before, after runtime.MemStats
			src := c.src(t)
			runtime.ReadMemStats(&before)
			recs, res, err := readAll(t, src, Options{Name: "export", Mapping: c.m})
			runtime.ReadMemStats(&after)
			var f *fault.Error
			if !errors.As(err, &f) || f.Code != fault.CodeUnreadable {
				t.Fatalf("%v is no fault about the file; %d records, %+v", err, len(recs), res)
			}
			if !strings.HasPrefix(f.Where, c.where) || !strings.Contains(f.Message, c.words) {
				t.Errorf("%q: want it to stand at %q and say %q", f.Error(), c.where, c.words)
			}
			if len(f.Message) > 700 {
				t.Errorf("the sentence has %d characters", len(f.Message))
			}
			if used := int64(after.TotalAlloc-before.TotalAlloc) >> 20; used > 1200 {
				t.Errorf("reading it took %d MB in all", used)
			}
		})
	}
	t.Run("a zip of a million files is refused before its directory is read", func(t *testing.T) {
		// Only the end of such a file matters: a directory of 60 MB of zeros.
		const n = 1_000_000
		var b bytes.Buffer
		b.WriteString("PK\x03\x04")
		b.Write(make([]byte, 60<<20))
		z64 := make([]byte, 56)
		copy(z64, "PK\x06\x06")
		put := func(b []byte, v uint64) {
			for i := range 8 {
				b[i] = byte(v >> (8 * i))
			}
		}
		put(z64[24:], n)
		put(z64[32:], n)
		put(z64[40:], 60<<20)
		put(z64[48:], 4)
		at := uint64(b.Len())
		b.Write(z64)
		loc := make([]byte, 20)
		copy(loc, "PK\x06\x07")
		put(loc[8:], at)
		b.Write(loc)
		b.WriteString("PK\x05\x06" + strings.Repeat("\xff", 16) + "\x00\x00")
		src := bytes.NewReader(b.Bytes())
		_, _, err := readAll(t, src, Options{Name: "export.zip"})
		if err == nil || !strings.Contains(err.Error(), "1000000 files") {
			t.Fatal(err)
		}
	})
	t.Run("a log packed with zstd is read", func(t *testing.T) {
		var b bytes.Buffer
		z, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(z, goodLine)
		z.Close()
		size := int64(b.Len())
		recs, res, err := readAll(t, &b, Options{})
		if err != nil || len(recs) != 1 || res.Wrapping != Zstd || res.Bytes != size {
			t.Errorf("%+v, %v", res, err)
		}
	})
	t.Run("several gzip members are one file", func(t *testing.T) {
		src := append(
			gzipped(t, strings.NewReader(goodLine)),
			gzipped(t, strings.NewReader(strings.Replace(goodLine, `"a"`, `"b"`, 1)))...)
		if recs, _, err := readAll(t, bytes.NewReader(src), Options{}); err != nil || len(recs) != 2 {
			t.Errorf("%d records, %v", len(recs), err)
		}
	})
	t.Run("a zip of several logs is read as one, and what is no log is named", func(t *testing.T) {
		src := bytes.NewReader(zipped(t, map[string]string{
			"2026-06/day1.jsonl":    goodLine,
			"2026-06/day2.jsonl":    strings.Replace(goodLine, `"a"`, `"b"`, 1) + "{\"run_id\":\"t\n" + goodLine,
			"2026-06/day3.jsonl.gz": string(gzipped(t, strings.NewReader(strings.Replace(goodLine, `"a"`, `"c"`, 1)))),
			"logo.png":              "\x89PNG\x00", "README.txt": "Hello\n",
		}))
		recs, res, err := readAll(t, src, Options{Name: "export.zip", MaxTornShare: 0.5})
		if err != nil || len(recs) != 3 {
			t.Fatalf("%d records, %v", len(recs), err)
		}
		if recs[1].At.Part != 2 || recs[1].At.Line != 1 || len(res.Members) != 5 || res.Members[3].Format != "" ||
			res.Members[4].Format != "" {
			t.Errorf("second record at %+v, members %+v", recs[1].At, res.Members)
		}
		if w := res.Refused[0].Where; w != "day2.jsonl, line 2" {
			t.Errorf("refused at %q", w)
		}
		if res.Duplicates != 1 {
			t.Errorf("%d duplicates", res.Duplicates)
		}
	})
}

func TestOpenFile(t *testing.T) {
	dir := t.TempDir()
	path := func(name, content string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	refused := func(t *testing.T, p, words string) {
		t.Helper()
		f, err := OpenFile(p)
		if err == nil {
			f.Close()
			t.Fatal("it was opened")
		}
		if fault.CodeOf(err) != fault.CodeUnreadable || !strings.Contains(err.Error(), words) {
			t.Errorf("%v: want %q", err, words)
		}
	}
	t.Run("a folder is refused", func(t *testing.T) { refused(t, dir, "folder") })
	t.Run("an absent file is refused", func(t *testing.T) { refused(t, filepath.Join(dir, "none"), "no such file") })
	t.Run("an empty file is refused", func(t *testing.T) { refused(t, path("empty", ""), "empty") })
	t.Run("a device is refused", func(t *testing.T) {
		if runtime.GOOS == "windows" {
			t.Skip("there are no device files on Windows")
		}
		refused(t, os.DevNull, "device")
	})
	t.Run("a pipe is refused without waiting for it", func(t *testing.T) {
		p := filepath.Join(dir, "pipe")
		if err := makePipe(p); err != nil {
			t.Skip("no pipes here: ", err)
		}
		refused(t, p, "pipe")
	})
	for _, c := range []struct {
		name   string
		change func(p string) error
	}{
		{"is written to", func(p string) error {
			f, err := os.OpenFile(p, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = f.WriteString("\n")
			return err
		}},
		{"is replaced", func(p string) error {
			if err := os.WriteFile(p+".new", []byte(goodLine), 0o600); err != nil {
				return err
			}
			return os.Rename(p+".new", p)
		}},
		{"is removed", os.Remove},
		{"is touched", func(p string) error { return os.Chtimes(p, time.Now(), time.Now().Add(time.Hour)) }},
	} {
		t.Run("a file that "+c.name+" while it is read is refused", func(t *testing.T) {
			p := path("log.jsonl", goodLine)
			f, err := OpenFile(p)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			_, err = Read(
				context.Background(),
				f,
				Options{Name: "log.jsonl", Now: now},
				func(*run.Record) error { return c.change(p) },
			)
			if err == nil || !strings.Contains(err.Error(), "changed while it was being read") {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("a file that stays as it is, is read", func(t *testing.T) {
		f, err := OpenFile(path("log.jsonl", goodLine))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, _, err := readAll(t, f, Options{}); err != nil {
			t.Error(err)
		}
	})
}
