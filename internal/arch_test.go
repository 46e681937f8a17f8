// Package internal holds the house rules: who may import whom, what may stand
// at the top of the repository, and which library is used where. The rules are
// tables; a change of the design is a change of a table.
package internal

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
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

// A layer is a group of packages under one rule. What a rule does not name is
// forbidden: other packages of ours, the standard library and other people's
// modules alike. A package may always import the ones beneath its own folder.
type layer struct {
	packages []string // by path in the module; "x/..." stands for the packages inside x as well
	imports  []string // the layers that it may import
	tests    []string // the layers that its test files may import besides, testkit apart, which all may
	std      []string // packages of the standard library besides plain
	modules  []string // modules of other people
}

// plain are the packages of the standard library that compute and do no input,
// output or chance: every layer may use them. The clock in time is held by
// selectors below.
var plain = words(`bufio bytes cmp container/heap container/list context crypto/hmac crypto/sha256 crypto/subtle embed
	encoding encoding/base64 encoding/binary encoding/csv encoding/hex encoding/json encoding/xml errors fmt hash
	hash/crc32 hash/fnv io io/fs iter maps math math/big math/bits path reflect regexp slices sort strconv strings sync
	sync/atomic text/template time unicode unicode/utf16 unicode/utf8`)

// layers is the design's one-way street:
//
//	fault, id, civil ← nouns, ledger ← adapters (runlog, signing, pdfkit, pack, store and others) ← service ← app
//
// Adapters do not import each other, but where a line below says so.
var layers = map[string]layer{
	"base": {
		packages: words("internal/fault internal/id internal/civil internal/embedded internal/pace internal/prose"),
		imports:  words("base"),
		modules:  words("github.com/google/uuid go.yaml.in/yaml/v3"),
	},
	"nouns": {
		packages: words(
			`internal/agreement internal/approval internal/assurance internal/certificate internal/comparison internal/depth
			internal/diff internal/evidence
			internal/flow internal/form internal/imported internal/letter internal/organisation internal/oversight internal/policy internal/review internal/risk
			internal/run internal/standard internal/workflow`,
		),
		imports: words("base nouns"),
		// net: they read an address, and reach none; crypto: an approval may be signed, with a key that is passed in
		std:     words("crypto crypto/ecdsa crypto/rsa crypto/x509 encoding/asn1 net/mail net/url"),
		modules: words("go.yaml.in/yaml/v3 golang.org/x/text gonum.org/v1/gonum"),
	},
	"ledger": {
		packages: words("internal/ledger internal/witness"),
		imports:  words("base ledger"),
		std:      words("crypto crypto/ecdsa crypto/ed25519 crypto/hkdf crypto/rand crypto/rsa crypto/x509"),
		modules:  words("golang.org/x/mod filippo.io/mldsa"),
	},
	"machine": { // what belongs to this computer and to no register
		packages: words("internal/machine"),
		imports:  words("base ledger"),
		std:      words("os path/filepath"),
		modules:  words("github.com/adrg/xdg"),
	},
	"heap": { // how much memory long work takes
		packages: words("internal/heap"),
		std:      words("runtime/debug runtime/metrics"),
	},
	"sample": {
		packages: words("internal/sample"),
		imports:  words("base nouns"),
		std:      words("compress/gzip math/rand/v2"), // from a seed of its own: the council is the same everywhere
	},
	"apply": {
		packages: words("internal/apply"),
		imports:  words("base nouns"),
		tests:    words("sample"),
		modules:  words("go.yaml.in/yaml/v3"),
	},
	"runlog": {
		packages: words("internal/runlog/..."),
		imports:  words("base nouns"),
		tests:    words("sample"),
		// database/sql: one format is a database
		std: words("archive/zip database/sql hash/maphash net/url os path/filepath time/tzdata unsafe"),
		modules: words(`github.com/apache/arrow-go/v18 github.com/klauspost/compress go.yaml.in/yaml/v3
			golang.org/x/text modernc.org/sqlite`),
	},
	"pdf": {
		packages: words("internal/pdf internal/pdfcheck"),
		imports:  words("base pdf"),
		std:      words("compress/zlib"),
		modules:  words("golang.org/x/image"),
	},
	"signing": {
		packages: words("internal/signing/..."),
		imports:  words("base pdf"),
		tests:    words("pdfkit page"),
		// net/http: a timestamp, asked for, is all that leaves the computer
		std: words(`crypto crypto/aes crypto/cipher crypto/ecdsa crypto/elliptic crypto/rand crypto/rsa crypto/sha1
			crypto/sha512 crypto/x509 crypto/x509/pkix encoding/asn1 encoding/pem image image/jpeg image/png mime
			net/http net/url os`),
		modules: words(`filippo.io/mldsa github.com/boombuler/barcode github.com/fxamacker/cbor/v2
			github.com/makiuchi-d/gozxing github.com/miekg/pkcs11 golang.org/x/crypto golang.org/x/image
			software.sslmate.com/src/go-pkcs12`),
	},
	"interop": { // what we hand to other people's programs, in their formats
		packages: words("internal/interop/..."),
		imports:  words("base nouns ledger"),
		std: words(`archive/zip crypto crypto/ecdsa crypto/ed25519 crypto/rand crypto/rsa crypto/x509
			encoding/asn1`),
		modules: words("github.com/fxamacker/cbor/v2 github.com/google/uuid github.com/xuri/excelize/v2"),
	},
	"pdfkit": {
		packages: words("internal/pdfkit/..."),
		imports:  words("pdf"),
		tests:    words("pdf"),
		modules: words(
			`github.com/jung-kurt/gofpdf github.com/klauspost/compress golang.org/x/image golang.org/x/text`,
		),
	},
	"report": {
		packages: words("internal/report/..."),
		imports:  words("base nouns pdfkit"),
		tests:    words("pdf"),
		std:      words("html/template"),
		modules:  words("github.com/boombuler/barcode"),
	},
	"pack": {
		packages: words("internal/pack/..."),
		imports:  words("base"),
		std:      words("archive/zip"),
		modules:  words("golang.org/x/text"),
	},
	"page": {
		packages: words("internal/verifypage"),
		imports:  words("base nouns"),
	},
	"verify": { // needs no register
		packages: words("internal/verify"),
		imports:  words("base nouns ledger signing pack interop"),
		std:      words("crypto crypto/x509 os path/filepath"),
	},
	"handover": {
		packages: words("internal/handover/..."),
		imports:  words("base nouns ledger"),
		std:      words("archive/tar"),
		modules:  words("filippo.io/age"),
	},
	"portfolio": { // how several registers stand, in a file of its own
		packages: words("internal/portfolio"),
		imports:  words("base nouns"),
		modules:  words("filippo.io/age"),
	},
	"sqlitex": { // all that touches the memory of SQLite
		packages: words("internal/sqlitex/..."),
		std:      words("database/sql database/sql/driver runtime unsafe"),
		modules:  words("modernc.org/libc modernc.org/sqlite"),
	},
	"vault": {
		packages: words("internal/vault/..."),
		imports:  words("base sqlitex"),
		tests:    words("store ledger"),
		std:      words("crypto/aes crypto/cipher crypto/hkdf crypto/rand os path/filepath runtime/debug"),
		// SQLite: its result codes
		modules: words("golang.org/x/crypto golang.org/x/sys golang.org/x/text modernc.org/sqlite"),
	},
	"store": {
		packages: words("internal/store/..."),
		imports:  words("base nouns ledger sql sqlitex"),
		std:      words("crypto/rand database/sql database/sql/driver net/url os path/filepath"),
		modules: words(`github.com/klauspost/compress github.com/pressly/goose/v3 golang.org/x/sys
			modernc.org/sqlite`),
	},
	"sql": {packages: words("sql/migrations")},
	"service": {
		packages: words("internal/service/..."),
		imports: words(`base nouns ledger machine heap apply runlog signing interop report pack page verify handover
			vault store portfolio`),
		tests: words("pdf sample demo"), // most tests look at the sample council
		std: words(`compress/gzip crypto crypto/rand crypto/x509 database/sql encoding/pem os os/user path/filepath
			runtime`), // database/sql: use cases know its absent values
		modules: words("golang.org/x/mod"),
	},
	"demo": { // uses the service as a person would
		packages: words("internal/demo"),
		imports:  words("base nouns sample apply verify service"),
		tests:    words("signing vault"),
		std:      words("os path/filepath"),
	},
	"frontend": {packages: words("frontend")},
	"program": { // which program this is
		packages: words("app/buildinfo"),
		std:      words("runtime runtime/debug"),
	},
	"command": {
		packages: words("app/assay"),
		// adapters for the values that the service hands on
		imports: words(
			"base nouns ledger machine apply runlog signing page verify handover portfolio service demo program",
		),
		tests:   words("sample vault"),
		std:     words("os os/signal path/filepath runtime syscall text/tabwriter"), // syscall: what an import took
		modules: words("github.com/alecthomas/kong golang.org/x/term"),
	},
	"window": {
		packages: words("app/desktop/..."),
		imports:  words("base nouns machine runlog interop verify handover service demo frontend program"),
		tests:    words("signing vault"),
		std: words(`crypto/rand flag log/slog net net/http os os/exec os/signal path/filepath runtime
			runtime/debug`),
		modules: words("github.com/wailsapp/wails/v2"),
	},
	"testkit": {
		packages: words("internal/testkit/..."),
		imports:  words("base"),
		std: words(
			`archive/zip crypto/ecdsa crypto/elliptic crypto/rand crypto/rsa flag math/rand/v2 os os/exec path/filepath
			testing`,
		), // from a seed that is printed
		modules: words("github.com/google/go-cmp"),
	},
	"build": {
		packages: words("build/..."),
		imports:  words("sql"),
		std: words(`archive/tar archive/zip compress/gzip database/sql flag go/ast go/parser go/scanner go/token
			go/types image image/color image/draw image/png net/http os os/exec os/signal path/filepath runtime
			syscall text/tabwriter`), // net/http: whether the database of vulnerabilities is there
		modules: words("github.com/pressly/goose/v3 golang.org/x/image modernc.org/sqlite"),
	},
	"bench": { // measures the product, so it reaches what the product is made of
		packages: words("build/bench"),
		imports:  words("base nouns sample service demo"),
		std:      words("flag os path/filepath runtime/pprof"),
	},
}

// pure layers hold rules: no input, output, clock or chance. What they need is
// passed in, so that the same facts always give the same answer.
var pure = words("base nouns ledger sample apply")

// timeless layers read no clock and start none.
var timeless = append(words("pdf pdfkit report pack interop"), pure...)

// selectors hold a package of the standard library to some of its names, in the
// layers that are named.
var selectors = []struct {
	std    string
	only   []string // nil: all but not
	not    []string
	layers []string
	why    string
}{
	{
		std: "time",
		only: words(`Date Duration Hour Layout LoadLocation Location Microsecond Millisecond Minute Month Nanosecond
			Parse ParseDuration ParseInLocation RFC1123 RFC3339 RFC3339Nano RFC822 DateOnly DateTime TimeOnly Kitchen
			Second Time UTC Unix UnixMilli UnixMicro FixedZone Weekday January February March April May June July
			August September October November December Monday Tuesday Wednesday Thursday Friday Saturday Sunday`),
		layers: timeless,
		why:    "pass the time in",
	},
	{std: "context", only: words("Context"), layers: timeless, why: "no timer starts here: take the caller's context"},
	{
		std:    "fmt",
		not:    words("Print Printf Println Scan Scanf Scanln"),
		layers: allBut("command", "window", "build", "bench", "testkit"),
		why:    "only programs speak to a terminal",
	},
}

// reach names the packages of other people that are linked into the programs
// and use more of the standard library than libraryStd. A library that begins
// to reach out, after an update say, fails here.
var (
	libraryStd = append(words(`compress/flate compress/gzip compress/zlib container/ring crypto crypto/aes
		crypto/cipher crypto/des crypto/dsa crypto/ecdh crypto/ecdsa crypto/ed25519 crypto/elliptic crypto/fips140
		crypto/hkdf crypto/md5 crypto/mlkem crypto/pbkdf2 crypto/rand crypto/rc4 crypto/rsa crypto/sha1 crypto/sha3
		crypto/sha512 crypto/x509 crypto/x509/pkix database/sql database/sql/driver encoding/ascii85 encoding/asn1
		encoding/base32 encoding/gob encoding/pem flag go/ast go/build go/doc go/parser go/token hash/adler32
		hash/crc64 hash/maphash html html/template image image/color io/ioutil image/color/palette image/draw
		image/gif image/jpeg image/png log math/cmplx math/rand math/rand/v2 mime mime/multipart net/mail
		net/textproto net/url os os/signal os/user path/filepath regexp/syntax runtime runtime/debug runtime/trace
		strings structs syscall testing testing/fstest text/tabwriter text/template/parse time/tzdata unique unsafe
		weak`), plain...)
	reach = map[string][]string{
		"github.com/andybalholm/brotli": words("net/http"), // what a server may be asked for
		// arrow-go reads a file's description with thrift, whose transports over a network nobody makes
		"github.com/apache/thrift/lib/go/thrift":                         words("crypto/tls log/slog net net/http"),
		"github.com/apache/arrow-go/v18/parquet/internal/gen-go/parquet": words("log/slog"),
		// excelize guesses the type of a picture
		"github.com/xuri/excelize/v2":          words("archive/zip net/http"),
		"github.com/google/uuid":               words("net"), // a network card's address
		"golang.org/x/sys/windows":             words("net"), // names of kinds of address
		"modernc.org/libc":                     words("os/exec"),
		"github.com/pressly/goose/v3":          words("log/slog"),
		"github.com/pressly/goose/v3/lock/...": words("log/slog"),
	}
	// reachOfWindow is what the window's own library reaches besides.
	reachOfWindow = map[string][]string{
		"github.com/wailsapp/wails/v2/...":            words("C net net/http net/http/httputil os/exec"),
		"github.com/wailsapp/go-webview2/...":         words("net/http"),
		"git.sr.ht/~jackmordaunt/go-toast/v2/...":     words("os/exec"),
		"github.com/godbus/dbus/v5":                   words("net os/exec"),
		"github.com/pkg/browser":                      words("os/exec"),
		"github.com/wailsapp/mimetype/internal/magic": words("debug/macho"),
	}
)

// what may stand at the top of the repository, and what is not ours in it
var (
	topLevel = words("app frontend internal build sql findings go.mod go.sum wails.json README.md LICENSE")
	notOurs  = words("node_modules testdata dist tools .cache bin")
	paths    = regexp.MustCompile(`(^|[\s"'` + "`" + `(=:])/(work|root|home/[a-z]+|Users/[A-Za-z]+)/`)
	trailers = regexp.MustCompile(`(?im)^\s*(co-authored-by|generated (with|by) \[?[a-z ]*(ai|agent|assistant|bot))\b`)
)

func words(s string) []string { return strings.Fields(s) }

// hasModule tells whether a folder is a module of its own.
func hasModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

// allBut are the names of the layers but these.
func allBut(not ...string) (names []string) {
	for name := range layers {
		if !slices.Contains(not, name) {
			names = append(names, name)
		}
	}
	return names
}

// file is one Go file as far as the rules look at it.
type file struct {
	path, layer, folder string
	test                bool
	imports             []string
	uses                []use // of names of other packages
	doc                 string
	name                string
}

// use is one name of a package where it is used: time.Now.
type use struct {
	std, name string
	line      int
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
			from := layers[f.layer]
			allowed := from.imports
			if f.test {
				allowed = append(slices.Clone(allowed), append(from.tests, "testkit")...)
			}
			same := layerOf(to) == f.layer && strings.Contains(strings.Join(from.packages, " "), "...")
			if !same && !slices.Contains(allowed, layerOf(to)) {
				t.Errorf("%s imports %s: %s may import %s", f.path, imp, f.layer, strings.Join(allowed, ", "))
			}
			if to == "internal/store/db" && f.layer != "store" && f.layer != "service" {
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
		rule := layers[f.layer]
		for _, imp := range f.imports {
			switch {
			case strings.HasPrefix(imp, module):
			case isStandard(imp):
				if !slices.Contains(plain, imp) && !slices.Contains(rule.std, imp) {
					t.Errorf("%s imports %s: of the standard library, %s may use what is plain, and %s",
						f.path, imp, f.layer, cmp.Or(strings.Join(rule.std, ", "), "nothing else"))
				}
			case !slices.ContainsFunc(rule.modules, func(m string) bool { return within(imp, m+"/...") }):
				t.Errorf("%s imports %s: of other people's modules, %s may use %s",
					f.path, imp, f.layer, cmp.Or(strings.Join(rule.modules, ", "), "none"))
			}
		}
	}
}

// TestNamesOfTheStandardLibrary holds packages to some names of time and the like.
func TestNamesOfTheStandardLibrary(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		for _, u := range f.uses {
			for _, rule := range selectors {
				if u.std == rule.std && slices.Contains(rule.layers, f.layer) &&
					(slices.Contains(rule.not, u.name) || rule.only != nil && !slices.Contains(rule.only, u.name)) {
					t.Errorf("%s:%d uses %s.%s: %s", f.path, u.line, u.std, u.name, rule.why)
				}
			}
		}
	}
}

// TestWhatLibrariesReach holds the modules of other people, as they are linked
// into the two programs on each system, to the standard library that they are
// known to use.
func TestWhatLibrariesReach(t *testing.T) {
	if testing.Short() {
		t.Skip("not with -short")
	}
	used := map[string]bool{}
	for _, program := range []struct{ path, tags string }{
		{"./app/assay", ""}, {"./app/desktop", "desktop,production,webkit2_41"},
	} {
		for _, system := range []string{"linux", "windows", "darwin"} {
			// with cgo, where the window's library has C; nothing is compiled
			cmd := exec.Command("go", "list", "-e", "-deps", "-tags", program.tags,
				"-f", "{{if not .Standard}}{{.ImportPath}} {{join .Imports \" \"}}{{end}}", program.path)
			cmd.Dir = ".."
			cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=1")
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("go list %s for %s: %v", program.path, system, err)
			}
			for line := range strings.Lines(string(out)) {
				imports := strings.Fields(line)
				if len(imports) == 0 || strings.HasPrefix(imports[0], module) {
					continue
				}
				for _, imp := range imports[1:] {
					if !isStandard(imp) || slices.Contains(libraryStd, imp) {
						continue
					}
					if !known(reach, imports[0], imp, used) &&
						(program.tags == "" || !known(reachOfWindow, imports[0], imp, used)) {
						t.Errorf("%s of %s on %s uses %s, which no line of reach names",
							imports[0], program.path, system, imp)
					}
				}
			}
		}
	}
	for _, table := range []map[string][]string{reach, reachOfWindow} {
		for name, imports := range table {
			for _, imp := range imports {
				if !used[name+" "+imp] {
					t.Errorf("%s does not use %s any more: take it out of reach", name, imp)
				}
			}
		}
	}
}

// known tells whether table lets pkg import imp, and notes the line that does.
func known(table map[string][]string, pkg, imp string, used map[string]bool) bool {
	for name, imports := range table {
		if within(pkg, name) && slices.Contains(imports, imp) {
			used[name+" "+imp] = true
			return true
		}
	}
	return false
}

// isStandard tells a package of the standard library from a module's, whose
// path begins with a host.
func isStandard(imp string) bool {
	first, _, _ := strings.Cut(imp, "/")
	return !strings.Contains(first, ".") && first+"/" != module
}

// within tells whether path is the one that name is, or, of "x/...", x or a
// folder in it.
func within(path, name string) bool {
	base, ok := strings.CutSuffix(name, "/...")
	return path == base || ok && strings.HasPrefix(path, base+"/")
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

// TestCommittedFilesAreSources keeps programs, and what else is made, out of the
// history, where they stay for ever.
func TestCommittedFilesAreSources(t *testing.T) {
	programs := []string{"\x7fELF", "MZ\x90", "\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe"}
	for _, name := range committed(t) {
		b, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			continue // deleted in the work tree
		}
		if len(b) > 2<<20 {
			t.Errorf("%s has %d bytes: no source is so large", name, len(b))
		}
		if !strings.Contains(name, "/testdata/") && slices.ContainsFunc(programs,
			func(magic string) bool { return bytes.HasPrefix(b, []byte(magic)) }) {
			t.Errorf("%s is a program", name)
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
// names would be bound by no rule, and a name that no layer has binds nothing.
func TestLayersAreComplete(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.layer == "" && f.folder != "internal" {
			t.Errorf("%s: add %s to the layers of arch_test.go", f.path, f.folder)
		}
	}
	for name, l := range layers {
		for _, other := range slices.Concat(l.imports, l.tests) {
			if _, ok := layers[other]; !ok {
				t.Errorf("layer %s names %s, which is none", name, other)
			}
		}
	}
	for _, rule := range selectors {
		for _, name := range rule.layers {
			if _, ok := layers[name]; !ok {
				t.Errorf("the rule of %s names the layer %s, which is none", rule.std, name)
			}
		}
	}
}

// TestLayersAllowNothingUnused keeps the tables as short as what is there: a
// permission that nothing needs is open to whatever comes.
func TestLayersAllowNothingUnused(t *testing.T) {
	type kind struct{ layer, what string }
	used := map[kind]map[string]bool{}
	use := func(layer, what, name string) {
		k := kind{layer, what}
		if used[k] == nil {
			used[k] = map[string]bool{}
		}
		used[k][name] = true
	}
	for _, f := range goFiles(t) {
		use(f.layer, "packages", f.folder)
		for _, imp := range f.imports {
			switch to, ours := strings.CutPrefix(imp, module); {
			case ours && f.test:
				use(f.layer, "tests", layerOf(to))
			case ours:
				use(f.layer, "imports", layerOf(to))
			case f.test:
			case isStandard(imp):
				use(f.layer, "std", imp)
			default:
				for _, m := range layers[f.layer].modules {
					if within(imp, m+"/...") {
						use(f.layer, "modules", m)
					}
				}
			}
		}
	}
	for name, l := range layers {
		for what, allowed := range map[string][]string{
			"imports": l.imports, "tests": l.tests, "std": l.std, "modules": l.modules,
		} {
			for _, a := range allowed {
				if a != name && !used[kind{name, what}][a] {
					t.Errorf("%s of layer %s allows %s, which nothing there uses", what, name, a)
				}
			}
		}
		for _, p := range l.packages {
			if !slices.ContainsFunc(slices.Collect(maps.Keys(used[kind{name, "packages"}])), func(folder string) bool {
				return within(folder, p)
			}) {
				t.Errorf("layer %s names %s, which is not there", name, p)
			}
		}
	}
}

// layerOf is the layer that names the folder most closely.
func layerOf(folder string) string {
	found, length := "", -1
	for name, l := range layers {
		for _, p := range l.packages {
			if n := len(strings.TrimSuffix(p, "/...")); within(folder, p) && n > length {
				found, length = name, n
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
			case d.IsDir() && hasModule(p): // a module of its own: of other people's libraries, for conformance
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
			local := map[string]string{} // the package of each name that a selector may begin with
			for _, spec := range parsed.Imports {
				imp, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					return err
				}
				f.imports = append(f.imports, imp)
				switch {
				case spec.Name == nil:
					local[path.Base(imp)] = imp
				case spec.Name.Name == ".":
					return fmt.Errorf("%s imports %s with a dot, which hides whose names it uses", p, imp)
				default:
					local[spec.Name.Name] = imp
				}
			}
			ast.Inspect(parsed, func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok {
					if x, ok := sel.X.(*ast.Ident); ok && x.Obj == nil && local[x.Name] != "" {
						f.uses = append(f.uses, use{local[x.Name], sel.Sel.Name, fset.Position(sel.Pos()).Line})
					}
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
