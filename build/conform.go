package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const conformDir = cacheDir + "/conformance"

// judge is one of other people's validators. Each is a small program in
// build/conformance that prints a line for each thing it checked: file, check,
// "pass" or "fail", and why, with tabs between.
type judge struct {
	name    string
	checks  []string // columns of the table
	fetch   func(ctx context.Context, j *job) error
	program func(trust string) (name string, args []string)
	signed  bool // judges signatures: is shown signed files only
}

var judges = []judge{
	{
		name: "veraPDF", checks: []string{"PDF/A-3a", "PDF/UA-1"},
		fetch: maven("verapdf"),
		program: func(string) (string, []string) {
			return "java", []string{
				"-cp",
				"@" + conformDir + "/verapdf.classpath",
				"build/conformance/verapdf/VeraPdf.java",
			}
		},
	},
	{
		name: "EU DSS", checks: []string{"PAdES"}, signed: true,
		fetch: maven("dss"),
		program: func(trust string) (string, []string) {
			return "java", []string{"-cp", "@" + conformDir + "/dss.classpath", "build/conformance/dss/Dss.java", trust}
		},
	},
	{
		name: "pyHanko", checks: []string{"PAdES"}, signed: true,
		fetch: judgeEnvironment("pyhanko"),
		program: func(trust string) (string, []string) {
			python, args := inVirtualenv("pyhanko")(trust)
			return python, append(args, trust)
		},
	},
}

// needsJudges are what the validators themselves need.
var needsJudges = []need{{"default-jdk-headless", "javac"}, {"maven", "mvn"}, {"python3-venv", "py:ensurepip"}}

// maven fetches what build/conformance/NAME/pom.xml lists and notes where it is.
func maven(name string) func(context.Context, *job) error {
	return func(ctx context.Context, j *job) error {
		out, err := filepath.Abs(filepath.Join(conformDir, name+".classpath"))
		if err != nil {
			return err
		}
		return j.run(ctx, "mvn", "-B", "-ntp", "-f", "build/conformance/"+name+"/pom.xml",
			"org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath", "-Dmdep.outputFile="+out)
	}
}

// verdict is what one validator said of one file in one respect.
type verdict struct {
	ok     bool
	detail string
}

// runConformance holds documents to other people's validators. Without files
// named, these are the sample council's, those inside its packs, and those
// that the tests make (testkit.Document keeps them when ASSAY_DOCUMENTS is set), and
// what Assay hands to other programs is shown to theirs (--programs: only that).
func runConformance(ctx context.Context, args []string) error {
	fs := flags("conformance")
	trust := fs.String("trust", "", "certificate of the organisation's root, as PEM (default: the sample's)")
	only := fs.Bool("programs", false, "only what is handed to other programs: statements, proofs, assessment results")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if err := os.MkdirAll(conformDir, 0o755); err != nil {
		return err
	}
	files := fs.Args()
	results := carryOut(ctx, conformSteps(len(files) == 0, *only))
	had := func(title string) error {
		for _, r := range results {
			if r.step.title == title {
				return r.err
			}
		}
		return nil
	}
	against, checks := 0, 0
	if len(files) == 0 {
		if err := had("files for programs"); err != nil {
			return fmt.Errorf("make the files for other programs: %w", err)
		}
		fmt.Println()
		var err error
		if against, checks, err = askPrograms(ctx, os.Stdout, had); err != nil {
			return err
		}
	}
	if *only {
		return programsSaid(against, checks)
	}
	if len(files) == 0 {
		var err error
		if files, err = documents(conformDir+"/sample", conformDir+"/tests"); err != nil {
			return err
		}
		if roots, _ := filepath.Glob(conformDir + "/sample/*.pem"); *trust == "" && len(roots) > 0 {
			*trust = roots[0]
		}
	}
	if len(files) == 0 {
		return errors.New("there is no document to judge")
	}
	signed, err := signedAmong(files)
	if err != nil {
		return err
	}
	fmt.Println()
	said := map[string]map[string]verdict{} // file → "validator check" → verdict
	columns, absent, err := askJudges(ctx, *trust, files, signed, had, said)
	if err != nil {
		return err
	}
	failed := showVerdicts(os.Stdout, files, signed, columns, said)
	for _, a := range absent {
		fmt.Println(a + ".")
	}
	switch {
	case failed+against > 0:
		fmt.Printf("\n%d verdicts are against us.\n", failed+against)
		return errFailed
	case len(columns) == 0:
		return errors.New("no validator could be had")
	}
	fmt.Printf("\n%d documents, %d of them signed, and %d checks by other programs: every validator that was "+
		"asked agrees.\n",
		len(files), len(signed), checks)
	return nil
}

// conformSteps are what has to be there before anything is judged: the judges and, where
// no files were named, documents of our own.
func conformSteps(ours, programs bool) []step {
	steps := []step{{title: "Java, Maven and Python", setup: true, do: debian(needsJudges...)}}
	fetch := func(name string, do func(context.Context, *job) error) {
		steps = append(steps, step{title: "fetch " + name, setup: true, after: []string{steps[0].title}, do: do})
	}
	if ours {
		steps = append(
			steps,
			step{title: "command line", setup: true, do: commandLine},
			step{
				title: "sample documents",
				setup: true,
				after: []string{"command line"},
				do: func(ctx context.Context, j *job) error {
					return j.run(ctx, bin("assay"), "demo", "--dir", conformDir+"/sample")
				},
			},
			step{title: "files for programs", setup: true, after: []string{"sample documents"}, do: makeForPrograms},
		)
		for _, v := range programJudges {
			fetch(v.name, v.fetch)
		}
		if !programs {
			steps = append(steps, step{title: "documents of the tests", setup: true, do: testDocuments})
		}
	}
	if !programs {
		for _, v := range judges {
			fetch(v.name, v.fetch)
		}
	}
	return steps
}

// signedAmong are the documents that hold a signature.
func signedAmong(files []string) (signed []string, err error) {
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		if bytes.Contains(b, []byte("/ByteRange")) {
			signed = append(signed, f)
		}
	}
	return signed, nil
}

// askJudges has each validator that could be fetched judge what it can, and puts its
// verdicts into said. It gives the columns that they fill, and why others are absent.
func askJudges(
	ctx context.Context,
	trust string,
	files, signed []string,
	had func(title string) error,
	said map[string]map[string]verdict,
) (columns, absent []string, err error) {
	for _, v := range judges {
		shown := files
		if v.signed {
			shown = signed
		}
		if err := had("fetch " + v.name); err != nil {
			absent = append(absent, fmt.Sprintf("%s could not be had: %v", v.name, err))
			continue
		}
		if len(shown) == 0 {
			absent = append(absent, v.name+" judges signatures, and no document is signed")
			continue
		}
		if v.signed && trust == "" {
			absent = append(absent, v.name+" was not asked: name the root certificate with --trust")
			continue
		}
		for _, c := range v.checks {
			columns = append(columns, column(v, c))
		}
		start := time.Now()
		if err := v.ask(ctx, trust, shown, said); err != nil {
			return nil, nil, err
		}
		fmt.Printf("%s judged %d documents in %.0f s\n", v.name, len(shown), time.Since(start).Seconds())
	}
	return columns, absent, nil
}

// programsSaid ends a run over what is handed to other programs alone.
func programsSaid(against, checks int) error {
	switch {
	case against > 0:
		fmt.Printf("\n%d verdicts are against us.\n", against)
		return errFailed
	case checks == 0:
		return errors.New("no program could be had")
	}
	fmt.Printf("\n%d checks by other programs: all that were asked agree.\n", checks)
	return nil
}

func column(v judge, check string) string {
	if v.signed {
		return v.name
	}
	return check
}

// ask shows the files to a validator, and notes what it says.
func (v judge) ask(ctx context.Context, trust string, files []string, said map[string]map[string]verdict) error {
	name, args := v.program(trust)
	for i, a := range args {
		if listed, ok := strings.CutPrefix(a, "@"); ok { // a class path is kept in a file
			b, err := os.ReadFile(listed)
			if err != nil {
				return err
			}
			args[i] = strings.TrimSpace(string(b))
		}
	}
	var out bytes.Buffer
	j := &job{title: v.name}
	var err error
	if j.log, err = os.Create(filepath.Join(logDir, fileName(v.name)+".log")); err != nil {
		return err
	}
	defer j.log.Close()
	if err := j.call(ctx, call{out: io.MultiWriter(&out, j.log)}, name, append(args, files...)...); err != nil {
		return fmt.Errorf("%w\n%s", err, j.shown())
	}
	for line := range strings.Lines(out.String()) {
		f := strings.SplitN(strings.TrimSpace(line), "\t", 4)
		if len(f) != 4 {
			continue // a word from the library itself; it is in the log
		}
		if said[f[0]] == nil {
			said[f[0]] = map[string]verdict{}
		}
		key := column(v, f[1])
		before, again := said[f[0]][key]
		now := verdict{f[2] == "pass", f[3]}
		if again { // a second signature
			now = verdict{before.ok && now.ok, before.detail + " | " + now.detail}
		}
		said[f[0]][key] = now
	}
	return nil
}

// showVerdicts prints the table and, under it, the reasons of what failed. A
// document that a validator said nothing of has failed.
func showVerdicts(w io.Writer, files, signed, columns []string, said map[string]map[string]verdict) int {
	wide, failed := 0, 0
	short := func(f string) string {
		r := []rune(strings.TrimPrefix(f, conformDir+"/"))
		if len(r) > 72 { // the middle is the least telling
			r = slices.Concat(r[:50], []rune("…"), r[len(r)-21:])
		}
		return string(r)
	}
	for _, f := range files {
		wide = max(wide, utf8.RuneCountInString(short(f)))
	}
	fmt.Fprintf(w, "\n%-*s", wide, "document")
	for _, c := range columns {
		fmt.Fprintf(w, "  %-8s", c)
	}
	fmt.Fprintln(w)
	var reasons []string
	for _, f := range files {
		fmt.Fprintf(w, "%-*s", wide, short(f))
		for _, c := range columns {
			v, ok := said[f][c]
			word := "FAIL"
			switch {
			case ok && v.ok:
				word = "pass"
			case !ok && !slices.Contains(signed, f) && !strings.HasPrefix(c, "PDF/"):
				word = "unsigned"
			case !ok:
				failed++
				reasons = append(reasons, fmt.Sprintf("%s, %s: the validator said nothing", short(f), c))
			default:
				failed++
				reasons = append(reasons, fmt.Sprintf("%s, %s: %s", short(f), c, v.detail))
			}
			fmt.Fprintf(w, "  %-8s", word)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w)
	for _, r := range reasons {
		fmt.Fprintln(w, r)
	}
	return failed
}

// testDocuments runs the tests that make documents and keeps what they made.
func testDocuments(ctx context.Context, j *job) error {
	dir, err := filepath.Abs(conformDir + "/tests")
	if err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	where, err := packagesWith(ctx, "testkit.Document(")
	if err != nil || len(where) == 0 {
		return errors.Join(err, nothing("no test keeps its documents"))
	}
	return j.call(
		ctx,
		call{env: []string{"ASSAY_DOCUMENTS=" + dir}},
		"go",
		append([]string{"test", "-count=1", "-vet=off"}, where...)...)
}

// documents lists the PDF files in folders, and takes those inside packs out
// into a folder beside the pack.
func documents(dirs ...string) ([]string, error) {
	var found []string
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
			switch {
			case errors.Is(err, os.ErrNotExist):
				return nil
			case err != nil:
				return err
			case strings.HasSuffix(p, ".zip"):
				inside, err := unpack(p)
				found = append(found, inside...)
				return err
			case strings.HasSuffix(p, ".pdf") && !slices.Contains(found, p):
				found = append(found, p)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}

// unpack takes the PDF files out of a pack. The names they get are ours.
func unpack(pack string) ([]string, error) {
	z, err := zip.OpenReader(pack)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", pack, err)
	}
	defer z.Close()
	var found []string
	for _, f := range z.File {
		if !strings.HasSuffix(f.Name, ".pdf") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(r)
		r.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", pack, f.Name, err)
		}
		out := strings.TrimSuffix(pack, ".zip") + "--" + path.Base(f.Name)
		if err := os.WriteFile(out, b, 0o644); err != nil {
			return nil, err
		}
		found = append(found, out)
	}
	return found, nil
}
