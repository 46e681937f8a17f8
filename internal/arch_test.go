// Package internal holds the house rules: who may import whom, what may stand
// at the top of the repository, and which library is used where. The rules are
// tables; a change of the design is a change of a table.
package internal

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "assay/"

// layers name groups of packages, by their path in the module. A name that
// ends in /... stands for the packages inside as well.
var layers = map[string][]string{
	"base": {"internal/fault", "internal/id", "internal/civil"},
	"nouns": {
		"internal/policy",
		"internal/workflow",
		"internal/risk",
		"internal/oversight",
		"internal/run",
		"internal/review",
		"internal/standard",
		"internal/assurance",
		"internal/certificate",
		"internal/evidence",
		"internal/organisation",
	},
	"ledger":   {"internal/ledger"},
	"sample":   {"internal/sample"},
	"apply":    {"internal/apply"},
	"importer": {"internal/importer/..."},
	"signing":  {"internal/signing/..."},
	"pdfkit":   {"internal/pdfkit/..."},
	"report":   {"internal/report/..."},
	"pack":     {"internal/pack/..."},
	"page":     {"internal/verifypage"},
	"handover": {"internal/handover/..."},
	"vault":    {"internal/vault/..."},
	"store":    {"internal/store/..."},
	"sql":      {"sql/migrations"},
	"service":  {"internal/service/..."},
	"frontend": {"frontend"},
	"app":      {"app/..."},
	"testkit":  {"internal/testkit/..."},
	"build":    {"build/..."},
	"bench":    {"build/bench"}, // measures the product, so it reaches what the product is made of
}

// mayImport is the design's one-way street:
//
//	fault, id, civil ← nouns, ledger ← importer, signing, pdfkit, report, pack, vault, store ← service ← app
//
// Adapters do not import each other, report → pdfkit apart. A package may
// always import the ones beneath its own folder.
var mayImport = map[string][]string{
	"base":     {"base"},
	"nouns":    {"base", "nouns"},
	"ledger":   {"base"},
	"sample":   {"base", "nouns"},
	"apply":    {"base", "nouns"},
	"importer": {"base", "nouns", "ledger"},
	"signing":  {"base", "nouns", "ledger"},
	"pdfkit":   {"base", "nouns", "ledger"},
	"report":   {"base", "nouns", "ledger", "pdfkit"},
	"pack":     {"base", "nouns", "ledger"},
	"page":     {"base", "nouns"},
	"handover": {"base", "nouns", "ledger"},
	"vault":    {"base", "nouns", "ledger"},
	"store":    {"base", "nouns", "ledger", "sql"},
	"service": {
		"base",
		"nouns",
		"ledger",
		"sample",
		"apply",
		"importer",
		"signing",
		"pdfkit",
		"report",
		"pack",
		"page",
		"handover",
		"vault",
		"store",
	},
	"app": {
		"base",
		"nouns",
		"ledger",
		"sample",
		"apply",
		"importer",
		"signing",
		"page",
		"handover",
		"store",
		"service",
		"frontend",
	}, // adapters for the values that the service hands on
	"testkit":  {"base", "nouns", "ledger"},
	"build":    {"sql"},
	"bench":    {"base", "nouns", "sample", "service"},
	"sql":      {},
	"frontend": {},
}

// testsMayImport is added to that for test files: what a test makes its
// documents and registers with. Tests below the service never reach above it.
var testsMayImport = map[string][]string{
	"base": {
		"testkit",
	}, "nouns": {"testkit"}, "ledger": {"testkit"}, "sample": {"testkit"}, "apply": {"testkit", "sample"},
	"importer": {"testkit", "sample"}, "signing": {"testkit", "pdfkit", "page"}, "pdfkit": {"testkit"},
	"report": {"testkit", "sample", "signing"}, "pack": {"testkit", "sample", "signing", "pdfkit", "report"},
	"vault": {"testkit", "store"}, "handover": {"testkit"}, "store": {"testkit", "sample", "vault"},
	"service": {"testkit"}, "app": {"testkit", "pdfkit", "report", "pack", "vault"},
	"build": {"testkit"},
}

// onlyIn says where a library or a power of the standard library may be used
// outside tests: the layers, or folders, on the right.
var onlyIn = []struct {
	library, why string
	in           []string
}{
	{"github.com/jung-kurt/gofpdf", "pdfkit hides it: nobody else draws with it", []string{"pdfkit"}},
	{"github.com/wailsapp/wails", "the window is wiring only", []string{"app/desktop"}},
	{
		"modernc.org/sqlite",
		"the store is the only way to the file; one import format is a database",
		[]string{"store", "vault", "importer", "build/scratchdb"},
	},
	{
		"database/sql",
		"the store is the only way to the file; use cases know its absent values; one import format is a database",
		[]string{"store", "service", "importer", "build/scratchdb"},
	},
	{"github.com/pressly/goose", "the store migrates", []string{"store", "build/scratchdb"}},
	{"github.com/xuri/excelize", "only imports read spreadsheets", []string{"importer"}},
	{"filippo.io/age", "one place for encryption to other people", []string{"handover"}},
	{
		"net",
		"Assay is closed by default: only a timestamp, asked for, leaves the computer",
		[]string{"signing", "app/desktop"},
	},
	{
		"net/http",
		"Assay is closed by default: only a timestamp, asked for, leaves the computer",
		[]string{"signing", "app/desktop"},
	},
	{"os/exec", "no shelling out with what a user wrote", []string{"app/desktop", "build", "testkit"}},
	{"plugin", "nothing is loaded at run time", nil},
	{"math/rand", "chance comes from crypto/rand, or from a seed that is printed", nil},
}

// pure packages hold rules and no input, output or clock: what they need is
// passed in.
var (
	pure    = []string{"base", "nouns", "ledger", "sample", "apply"}
	noInput = []string{
		"os",
		"net",
		"net/http",
		"database/sql",
		"os/exec",
		"syscall",
		"log",
		"log/slog",
		"path/filepath",
	}
	noClock  = []string{"base", "nouns", "ledger", "sample", "apply", "pdfkit", "report", "pack"}
	topLevel = []string{
		"app",
		"frontend",
		"internal",
		"build",
		"sql",
		"go.mod",
		"go.sum",
		"wails.json",
		"README.md",
		"LICENSE",
	}
	notOurs  = []string{"node_modules", "testdata", "dist", "tools", ".cache", "bin"}
	paths    = regexp.MustCompile(`(^|[\s"'` + "`" + `(=:])/(work|root|home/[a-z]+|Users/[A-Za-z]+)/`)
	trailers = regexp.MustCompile(`(?im)^\s*(co-authored-by|generated (with|by) \[?[a-z ]*(ai|agent|assistant|bot))\b`)
)

// file is one Go file as far as the rules look at it.
type file struct {
	path, layer, folder string
	test                bool
	imports             []string
	clock               []token.Position // calls of time.Now, time.Since, time.Until
	doc                 string
	name                string
}

func TestImports(t *testing.T) {
	for _, f := range goFiles(t) {
		for _, imp := range f.imports {
			if !strings.HasPrefix(imp, module) {
				continue
			}
			to := strings.TrimPrefix(imp, module)
			if to == f.folder || strings.HasPrefix(to, f.folder+"/") {
				continue
			}
			layer := layerOf(to)
			allowed := mayImport[f.layer]
			if f.test {
				allowed = append(slices.Clone(allowed), testsMayImport[f.layer]...)
			}
			same := layer == f.layer && f.layer != "base" && strings.Contains(strings.Join(layers[layer], " "), "...")
			if !same && !slices.Contains(allowed, layer) {
				t.Errorf("%s imports %s: %s may import %s", f.path, imp, f.layer, strings.Join(allowed, ", "))
			}
			if strings.HasSuffix(to, "internal/store/db") && f.layer != "store" && f.layer != "service" {
				t.Errorf("%s imports %s: only the use cases ask queries", f.path, imp)
			}
		}
	}
}

func TestLibraries(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		for _, imp := range f.imports {
			for _, rule := range onlyIn {
				if imp != rule.library &&
					(!strings.Contains(rule.library, ".") || !strings.HasPrefix(imp, rule.library+"/")) {
					continue
				}
				if !slices.ContainsFunc(rule.in, func(in string) bool {
					return in == f.layer || f.folder == in || strings.HasPrefix(f.folder, in+"/")
				}) {
					t.Errorf(
						"%s imports %s, which is only for %s: %s",
						f.path,
						imp,
						strings.Join(rule.in, ", "),
						rule.why,
					)
				}
			}
			if slices.Contains(pure, f.layer) && slices.Contains(noInput, imp) {
				t.Errorf("%s imports %s: %s holds rules and does no input or output", f.path, imp, f.folder)
			}
		}
	}
}

func TestTimeIsPassedIn(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test || !slices.Contains(noClock, f.layer) {
			continue
		}
		for _, at := range f.clock {
			t.Errorf("%s:%d reads the clock: pass the time in", f.path, at.Line)
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	doc, first := map[string]bool{}, map[string]string{}
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		doc[f.folder] = doc[f.folder] || f.doc != ""
		first[f.folder] = f.path
	}
	for folder, ok := range doc {
		if !ok && folder != "internal/store/db" {
			t.Errorf(
				"%s: package has no comment; open it with a sentence that a governance officer would understand",
				first[folder],
			)
		}
	}
}

func TestTopLevel(t *testing.T) {
	var found []string
	for _, name := range committed(t) {
		top, _, _ := strings.Cut(name, "/")
		if strings.HasPrefix(top, ".") || slices.Contains(found, top) {
			continue
		}
		found = append(found, top)
		if !slices.Contains(topLevel, top) {
			t.Errorf("%s stands at the top level, where only %s and dot-files may", top, strings.Join(topLevel, ", "))
		}
	}
}

func TestCommittedTextIsTheProjectsOwn(t *testing.T) {
	for _, name := range committed(t) {
		b, err := os.ReadFile(filepath.Join("..", name))
		if err != nil || bytes.IndexByte(b[:min(len(b), 8000)], 0) >= 0 {
			continue // deleted in the work tree, or no text
		}
		for _, pattern := range []*regexp.Regexp{paths, trailers} {
			if at := pattern.FindIndex(b); at != nil {
				t.Errorf(
					"%s:%d names a path of one machine or a tool that wrote it: %q",
					name,
					1+bytes.Count(b[:at[0]], []byte("\n")),
					b[at[0]:at[1]],
				)
			}
		}
	}
}

// TestLayersAreComplete keeps the tables above honest: a package that no layer
// names would be bound by no rule.
func TestLayersAreComplete(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.layer == "" && f.folder != "internal" {
			t.Errorf("%s: add %s to the layers of arch_test.go", f.path, f.folder)
		}
	}
	for layer := range layers {
		if _, ok := mayImport[layer]; !ok {
			t.Errorf("layer %s has no line in mayImport", layer)
		}
	}
}

// layerOf is the layer that names the folder most closely.
func layerOf(folder string) string {
	found, length := "", -1
	for layer, names := range layers {
		for _, name := range names {
			base, ok := strings.CutSuffix(name, "/...")
			if (folder == name || ok && (folder == base || strings.HasPrefix(folder, base+"/"))) && len(base) > length {
				found, length = layer, len(base)
			}
		}
	}
	return found
}

// committed lists what git holds.
func committed(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("git", "-C", "..", "ls-files", "-z").Output()
	if err != nil {
		t.Skipf("git cannot list the repository: %v", err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

// goFiles parses every Go file of the module.
func goFiles(t *testing.T) []file {
	t.Helper()
	var files []file
	fset := token.NewFileSet()
	for _, top := range []string{"app", "build", "frontend", "internal", "sql"} {
		err := filepath.WalkDir(filepath.Join("..", top), func(p string, d fs.DirEntry, err error) error {
			switch {
			case os.IsNotExist(err):
				return nil
			case err != nil:
				return err
			case d.IsDir() && slices.Contains(notOurs, d.Name()):
				return filepath.SkipDir
			case d.IsDir() || !strings.HasSuffix(p, ".go"):
				return nil
			}
			parsed, err := parser.ParseFile(fset, p, nil, parser.ParseComments)
			if err != nil {
				return err
			}
			rel := strings.TrimPrefix(filepath.ToSlash(p), "../")
			f := file{
				path:   rel,
				folder: path.Dir(rel),
				layer:  layerOf(path.Dir(rel)),
				test:   strings.HasSuffix(p, "_test.go"),
				doc:    parsed.Doc.Text(),
				name:   parsed.Name.Name,
			}
			timeName := ""
			for _, spec := range parsed.Imports {
				imp, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					return err
				}
				f.imports = append(f.imports, imp)
				if imp == "time" {
					timeName = "time"
					if spec.Name != nil {
						timeName = spec.Name.Name
					}
				}
			}
			ast.Inspect(parsed, func(n ast.Node) bool {
				sel, ok := n.(*ast.SelectorExpr)
				if !ok || timeName == "" {
					return true
				}
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == timeName &&
					slices.Contains([]string{"Now", "Since", "Until"}, sel.Sel.Name) {
					f.clock = append(f.clock, fset.Position(sel.Pos()))
				}
				return true
			})
			files = append(files, f)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(files) < 10 {
		t.Fatalf("only %d Go files found: the rules look in the wrong place", len(files))
	}
	return files
}
