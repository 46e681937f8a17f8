package pdf

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/internal/fault"
	"assay/internal/testkit"
)

// small is a document of one page with a classic cross-reference.
func small() []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << >> >>",
		"<< /Length 5 0 R >>\nstream\n0 0 m\nendstream",
		"5",
	}
	offsets := make([]int, len(objects))
	for i, o := range objects {
		offsets[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, off := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", off)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, at)
	return b.Bytes()
}

func open(b []byte) (*File, error) { return Open(bytes.NewReader(b), int64(len(b))) }

func TestOpen(t *testing.T) {
	f, err := open(small())
	if err != nil {
		t.Fatal(err)
	}
	v := f.View(0)
	cat, err := v.Catalogue()
	if err != nil || !cat.Val.Get("Type").IsName("Catalog") {
		t.Fatalf("%+v %v", cat, err)
	}
	o, err := v.Load(4)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := v.Data(o); err != nil || string(data) != "0 0 m" {
		t.Errorf("%q %v", data, err)
	}
	if _, err := v.Load(9); err != ErrNoObject {
		t.Errorf("an object that is not there: %v", err)
	}
}

// TestOpen_refuses changes what another reader would repair.
func TestOpen_refuses(t *testing.T) {
	base := string(small())
	for name, x := range map[string][2]string{
		"a missing end":                     {"%%EOF\n", ""},
		"something after the end":           {"%%EOF\n", "%%EOF\n\n\nmore"},
		"another start":                     {"startxref\n3", "startxref\n4"},
		"no cross-reference":                {"xref\n0", "xrff\n0"},
		"a table with short rows":           {" 00000 n \n", " 00000 n\n"},
		"an encrypted file":                 {"/Root 1 0 R >>\nstartxref", "/Root 1 0 R /Encrypt 9 0 R >>\nstartxref"},
		"a cross-reference of two kinds":    {"/Root 1 0 R >>\nstartxref", "/Root 1 0 R /XRefStm 9 >>\nstartxref"},
		"a cross-reference that leads back": {"/Root 1 0 R >>\nstartxref", "/Root 1 0 R /Prev 9999 >>\nstartxref"},
		"no PDF":                            {"%PDF-1.7", "%PDX-1.7"},
	} {
		if !strings.Contains(base, x[0]) {
			t.Fatalf("%s: no %q", name, x[0])
		}
		i := strings.LastIndex(base, x[0])
		if _, err := open([]byte(base[:i] + x[1] + base[i+len(x[0]):])); fault.CodeOf(err) != fault.CodeUnreadable {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := open(nil); fault.CodeOf(err) != fault.CodeUnreadable {
		t.Errorf("nothing: %v", err)
	}
}

// TestOpen_linearised reads files that another program arranged for the web.
func TestOpen_linearised(t *testing.T) {
	testkit.NeedTool(t, "qpdf")
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.pdf"), filepath.Join(dir, "out.pdf")
	if err := os.WriteFile(in, small(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, streams := range []string{"disable", "generate"} {
		if msg, err := exec.Command(
			"qpdf", "--linearize", "--object-streams="+streams, in, out,
		).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, msg)
		}
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		f, err := open(b)
		if err != nil {
			t.Errorf("%s: %v", streams, err)
			continue
		}
		if len(f.Sections) != 1 || f.Last().End != f.Size {
			t.Errorf("%s: %d sections, the last ends at %d of %d", streams, len(f.Sections), f.Last().End, f.Size)
		}
		v := f.View(0)
		cat, err := v.Catalogue()
		if err != nil {
			t.Fatal(err)
		}
		pages, err := v.Resolve(cat.Val.Get("Pages"))
		if err != nil || pages.Get("Count").Num != 1 {
			t.Errorf("%s: %v %v", streams, pages, err)
		}
	}
}

func TestOperations(t *testing.T) {
	var got []string
	err := Operations([]byte("q 1 0 0 -1.5 (a) Tj\n[(b) 3] TJ /F1 12 Tf true x"), func(o Operation) bool {
		got = append(got, fmt.Sprintf("%s/%d", o.Operator, len(o.Operands)))
		return true
	})
	if want := []string{"q/0", "Tj/5", "TJ/1", "Tf/2", "x/1"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v %v", got, err)
	}
	for _, bad := range []string{"(a", "[1 2", "<< /A", "<4x> Tj", "1..2 w"} {
		if err := Operations(
			[]byte(bad), func(Operation) bool { return true },
		); fault.CodeOf(err) != fault.CodeUnreadable {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// FuzzOpen holds the reader to its promises: it never panics, and what it reads
// lies within the file.
func FuzzOpen(f *testing.F) {
	f.Add(small())
	f.Add([]byte("%PDF-1.7\nstartxref\n0\n%%EOF"))
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := open(b)
		if err != nil {
			return
		}
		v := x.View(len(x.Sections) - 1)
		for _, s := range x.Sections {
			for _, sub := range s.Subs {
				for i := range sub.Entries {
					if o, err := v.Load(sub.First + int64(i)); err == nil && o.Data != 0 {
						_, _ = v.Data(o)
					}
				}
			}
		}
		_, _ = v.SigFields()
	})
}
