package sheet

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"assay/internal/civil"
	"assay/internal/testkit"
)

var made = time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)

func book() Book {
	return Book{Title: "A list", Author: "Brackenmere", Made: made, Sheets: []Sheet{{
		Name: "List", Note: "A draft for a person to read.",
		Columns: []Column{{Title: "Id"}, {Title: "Date"}, {Title: "Count"}, {Title: "Text", Width: 60}},
		Rows: [][]any{
			{"0012", civil.Date("2026-11-03"), 7, "plain"},
			{"1E5", civil.Date("2026-02-28"), 0, "=1+1"},
			{"2026-11-03", civil.Date(""), nil, "+44 and @x and -1, \"quoted\", a\nbreak, <b>&amp;</b>"},
			{"00000000000000000000012345678901234567890", nil, nil, strings.Repeat("é", 40_000)},
			{" leads", nil, nil, "control \x01 sign"},
		},
	}, {Name: "Empty", Columns: []Column{{Title: "Nothing"}}}}}
}

func written(t *testing.T, b Book) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, b); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func part(t *testing.T, xlsx []byte, name string) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(xlsx), int64(len(xlsx)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestWrite(t *testing.T) {
	x := written(t, book())
	cells := part(t, x, "xl/worksheets/sheet1.xml")
	if strings.Contains(cells, "<f>") || strings.Contains(cells, "<f ") {
		t.Error("a cell is a formula")
	}
	if !strings.Contains(cells, "<v>46329</v>") { // 3 November 2026
		t.Error("the date is no number")
	}
	if !strings.Contains(part(t, x, "docProps/core.xml"), "en-GB") {
		t.Error("the book does not say its language")
	}
	if !strings.Contains(part(t, x, "xl/styles.xml"), dateFormat) {
		t.Error("dates have no format")
	}
	if !bytes.Equal([]byte(part(t, written(t, book()), "xl/worksheets/sheet1.xml")), []byte(cells)) {
		t.Error("the same contents make other cells")
	}
}

func TestRead(t *testing.T) {
	rows, err := Read(bytes.NewReader(written(t, book())), "Id")
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 5 || rows[0]["Id"] != "0012" || rows[1]["Id"] != "1E5" || rows[1]["Text"] != "=1+1" ||
		rows[0]["Count"] != "7" || !strings.HasSuffix(rows[3]["Text"], "in full)") {
		t.Errorf("%d rows: %.200v", len(rows), rows)
	}
	if d, err := Day(rows[0]["Date"]); err != nil || d != "2026-11-03" {
		t.Errorf("the date came back as %s, %v", d, err)
	}
	if _, err := Day("3rd of May"); err == nil {
		t.Error("any text is a date")
	}
	if d, err := Day("2026-05-03"); err != nil || d != "2026-05-03" {
		t.Error(d, err)
	}
	if _, err := Read(bytes.NewReader([]byte("PK no zip")), "Id"); err == nil {
		t.Error("any file is a spreadsheet")
	}
	if _, err := Read(bytes.NewReader(written(t, book())), "Other"); err == nil {
		t.Error("a sheet without its head is read")
	}
}

// TestLibreOffice has another program open the book, show it, and save it as its own:
// nothing is lost on the way.
func TestLibreOffice(t *testing.T) {
	testkit.NeedTool(t, "soffice")
	testkit.NeedTool(t, "pdftotext")
	dir := t.TempDir()
	path := filepath.Join(dir, "list.xlsx")
	if err := os.WriteFile(path, written(t, book()), 0o600); err != nil {
		t.Fatal(err)
	}
	convert := func(to, out string) {
		testkit.Output(t, dir, "soffice", "-env:UserInstallation=file://"+filepath.Join(dir, "profile"), "--headless",
			"--convert-to", to, "--outdir", out, path)
	}
	convert("pdf", dir)
	shown := strings.Join(strings.Fields(testkit.Output(t, dir, "pdftotext", "-layout", filepath.Join(dir, "list.pdf"),
		"-")), " ")
	for _, want := range []string{"0012 3 November 2026 7", "1E5 28 February 2026 0"} {
		if !strings.Contains(shown, want) {
			t.Errorf("LibreOffice does not show %q: %.300s", want, shown)
		}
	}
	back := filepath.Join(dir, "back")
	convert("xlsx", back)
	f, err := os.Open(filepath.Join(back, "list.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := Read(f, "Id")
	if err != nil {
		t.Fatal(err)
	}
	mine, err := Read(bytes.NewReader(written(t, book())), "Id")
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(rows, mine) {
		t.Errorf("saved by LibreOffice it is\n%.400v\nwas\n%.400v", rows, mine)
	}
}
