package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// The notices are the licence texts of everything of other people's that is
// built into the programs: Go's standard library, the modules that are linked
// in on any of the three systems, the npm packages of the page, and fonts. They
// are collected from what is built, go into every package, and licencesFile
// lists them, so that a new one, or a new licence, is seen and decided upon.
const (
	noticesFile  = cacheDir + "/THIRD-PARTY-NOTICES.txt"
	licencesFile = "build/licences.txt"
	pageLicences = cacheDir + "/page-licences.json" // written by Vite
)

// part is something of other people's that is built in.
type part struct {
	kind    string // go, npm or font
	name    string
	version string
	licence string // an SPDX expression
	texts   []string
}

// purl is the part's name among all packages (the package URL specification).
func (p part) purl() string {
	switch p.kind {
	case "go":
		return "pkg:golang/" + p.name + "@" + p.version
	case "npm":
		return "pkg:npm/" + strings.Replace(p.name, "@", "%40", 1) + "@" + p.version
	default:
		return ""
	}
}

// source is where the part's source can be had, as it is used here.
func (p part) source() string {
	switch {
	case p.kind == "go" && p.name != "std":
		return "https://proxy.golang.org/" + p.name + "/@v/" + p.version + ".zip"
	case p.kind == "go":
		return "https://go.dev/dl/go" + p.version + ".src.tar.gz"
	case p.kind == "npm":
		return "https://www.npmjs.com/package/" + p.name + "/v/" + p.version
	default:
		return ""
	}
}

// accepted are the licences that Assay's own allows beside it, and how a text
// of each is known. One that is not here is a decision for people.
var accepted = []struct{ id, words string }{
	{"Apache-2.0", "Apache License Version 2.0"},
	{"OFL-1.1", "SIL OPEN FONT LICENSE Version 1.1"},
	{"MIT", "Permission is hereby granted, free of charge, to any person obtaining a copy of this software"},
	{"BSD-3-Clause", "endorse or promote products derived from"},
	{"BSD-2-Clause", "Redistribution and use in source and binary forms"},
	{"ISC", "Permission to use, copy, modify, and/or distribute this software"},
	{"ISC", "Permission to use, copy, modify, and distribute this software"},
	{"blessing", "The author disclaims copyright to this source code"}, // SQLite's
	{"blessing", "All of the code and documentation in SQLite has been dedicated to the public domain"},
	{"Zlib", "This software is provided 'as-is', without any express or implied warranty"},
	{"CC0-1.0", "CC0 1.0 Universal"},
	{"Unlicense", "This is free and unencumbered software released into the public domain"},
}

// refused are words of licences that ask for more than Assay can give.
var refused = regexp.MustCompile(`(?i)gnu (lesser |affero |library )?general public|mozilla public|server side public|` +
	`business source|eclipse public|commons clause`)

// licenceOf names the licences in a text; none where it knows none, or one that
// is refused.
func licenceOf(text string) (ids []string) {
	text = strings.Join(strings.Fields(text), " ")
	// It asks that the source of its own files can be had, unmodified as they are
	// here: the notices say where. It names others, which it may be combined with.
	if strings.HasPrefix(text, "Mozilla Public License Version 2.0") {
		return []string{"MPL-2.0"}
	}
	if refused.MatchString(text) {
		return nil
	}
	for _, a := range accepted {
		if !strings.Contains(strings.ToLower(text), strings.ToLower(a.words)) ||
			a.id == "BSD-2-Clause" && slices.Contains(ids, "BSD-3-Clause") || slices.Contains(ids, a.id) {
			continue
		}
		ids = append(ids, a.id)
	}
	return ids
}

// licenceName is how files with licences, or what they ask to be passed on, are
// called.
var licenceName = regexp.MustCompile(`(?i)^((un)?licen[cs]e|copying|notice|patents|ofl)([-._].*)?$|-licen[cs]e(\.(txt|md))?$`)

// licenceTexts are the texts in a folder. Each that is called a licence must be
// one that is known.
func licenceTexts(dir string) (texts []string, err error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if !f.Type().IsRegular() || !licenceName.MatchString(f.Name()) || strings.HasSuffix(f.Name(), ".go") ||
			f.Name() == "LICENSE-LOGO" { // of a picture, which is not built in
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return nil, err
		}
		text := strings.TrimSpace(string(lines(b)))
		// modernc.org accounts in this one for what its modules are made and tested with as well.
		account := f.Name() == "LICENSE-3RD-PARTY.md"
		if strings.Contains(strings.ToLower(f.Name()), "licen") && !account && len(licenceOf(text)) == 0 {
			return nil, fmt.Errorf("%s/%s is no licence that build/notices.go accepts", dir, f.Name())
		}
		texts = append(texts, text)
	}
	return texts, nil
}

// builtIn collects the parts, sorted.
func builtIn(ctx context.Context) ([]part, error) {
	var all []part
	for _, collect := range []func(context.Context) ([]part, error){goParts, pageParts, fontParts} {
		found, err := collect(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	var unknown []error
	for i := range all {
		p := &all[i]
		var ids []string
		for _, text := range p.texts {
			ids = append(ids, licenceOf(text)...)
		}
		slices.Sort(ids)
		p.licence = strings.Join(slices.Compact(ids), " AND ")
		if p.licence == "" {
			unknown = append(
				unknown, fmt.Errorf("%s %s has no licence that build/notices.go accepts", p.name, p.version),
			)
		}
	}
	slices.SortFunc(
		all, func(a, b part) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.name, b.name)) },
	)
	return all, errors.Join(unknown...)
}

// goParts are the standard library and the modules with a package in one of the
// programs, on any system.
func goParts(ctx context.Context) ([]part, error) {
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	texts, err := licenceTexts(strings.TrimSpace(string(root)))
	if err != nil {
		return nil, err
	}
	std := part{kind: "go", name: "std", version: strings.TrimPrefix(runtime.Version(), "go"), texts: texts}
	modules, seen := map[string]*part{}, map[string]bool{}
	for _, system := range []string{"linux", "windows", "darwin"} {
		cmd := exec.CommandContext(ctx, "go", "list", "-e", "-deps", "-tags", "desktop,production,webkit2_41",
			"-json=Dir,ImportPath,Module", "./app/...")
		cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=1")
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("go list for %s: %w", system, err)
		}
		for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
			var p struct {
				Dir, ImportPath string
				Module          *struct {
					Path, Version, Dir string
					Main               bool
				}
			}
			if err := d.Decode(&p); err != nil {
				return nil, err
			}
			m := p.Module
			if m == nil || m.Main {
				continue
			}
			if modules[m.Path] == nil {
				modules[m.Path] = &part{kind: "go", name: m.Path, version: m.Version}
			}
			// The module's own texts, and those beside code that it took from others.
			for dir := p.Dir; ; dir = filepath.Dir(dir) {
				if !seen[dir] {
					seen[dir] = true
					texts, err := licenceTexts(dir)
					if err != nil {
						return nil, err
					}
					modules[m.Path].texts = append(modules[m.Path].texts, texts...)
				}
				if dir == m.Dir {
					break
				}
			}
		}
	}
	parts := []part{std}
	for _, m := range modules {
		slices.Sort(m.texts)
		m.texts = slices.Compact(m.texts)
		parts = append(parts, *m)
	}
	return parts, nil
}

// stylePackage is a package that a style takes something from.
var stylePackage = regexp.MustCompile(`(?:@use\s*|@import\s*|url\()['"]((?:@[\w.-]+/)?[\w.-]+)/`)

// pageParts are the npm packages in the page: of its scripts, Vite says which
// they are; of its styles and fonts, the styles do.
func pageParts(context.Context) ([]part, error) {
	b, err := os.ReadFile(pageLicences)
	if err != nil {
		return nil, fmt.Errorf("build the page first: %w", err)
	}
	var scripts []struct{ Name, Version, Text string }
	if err := json.Unmarshal(b, &scripts); err != nil {
		return nil, fmt.Errorf("%s: %w", pageLicences, err)
	}
	var parts []part
	for _, s := range scripts {
		parts = append(parts, part{kind: "npm", name: s.Name, version: s.Version, texts: []string{s.Text}})
	}
	names := map[string]bool{}
	err = filepath.WalkDir("frontend/src", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !slices.Contains([]string{".scss", ".css", ".svelte"}, filepath.Ext(path)) {
			return err
		}
		b, err := os.ReadFile(path)
		for _, m := range stylePackage.FindAllSubmatch(b, -1) {
			names[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for name := range names {
		dir := filepath.Join("frontend/node_modules", name)
		b, err := os.ReadFile(filepath.Join(dir, "package.json"))
		if errors.Is(err, fs.ErrNotExist) {
			continue // a folder of our own
		}
		var about struct{ Version, License string }
		if err := errors.Join(err, json.Unmarshal(b, &about)); err != nil {
			return nil, fmt.Errorf("package.json of %s: %w", name, err)
		}
		texts, err := licenceTexts(dir)
		if err != nil {
			return nil, err
		}
		if name == "govuk-frontend" && len(texts) == 0 { // its npm package leaves the file out
			texts = []string{govukLicence}
		}
		parts = append(parts, part{kind: "npm", name: name, version: about.Version, texts: texts})
	}
	return parts, nil
}

// govukLicence is LICENSE.txt of github.com/alphagov/govuk-frontend.
const govukLicence = `Copyright (c) 2017 Crown Copyright (Government Digital Service)

Permission is hereby granted, free of charge, to any person obtaining a copy of
this software and associated documentation files (the "Software"), to deal in
the Software without restriction, including without limitation the rights to
use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of
the Software, and to permit persons to whom the Software is furnished to do so,
subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS
FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER
IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`

// fontParts are the fonts that documents carry: OFL-Name.txt beside each.
func fontParts(context.Context) (parts []part, err error) {
	licences, err := filepath.Glob("internal/pdfkit/fonts/OFL-*.txt")
	if err != nil || len(licences) == 0 {
		return nil, errors.Join(err, errors.New("no licences beside the fonts of internal/pdfkit"))
	}
	for _, path := range licences {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "OFL-"), ".txt")
		parts = append(parts, part{kind: "font", name: name, texts: []string{string(lines(b))}})
	}
	return parts, nil
}

// licenceList is what licencesFile says: one part a line. Versions are left
// out: go.sum and package-lock.json hold those.
func licenceList(parts []part) []byte {
	var b bytes.Buffer
	fmt.Fprintln(&b, "# What of other people's is built into Assay, by `go run ./build gen`.")
	for _, p := range parts {
		fmt.Fprintf(&b, "%-5s%-52s%s\n", p.kind, p.name, p.licence)
	}
	return b.Bytes()
}

// licencesAreListed fails where something is built in that licencesFile does
// not name, or under another licence.
func licencesAreListed(ctx context.Context, j *job) error {
	parts, err := builtIn(ctx)
	if err != nil {
		return err
	}
	have, err := os.ReadFile(licencesFile)
	if err != nil {
		return err
	}
	was, is := strings.Split(string(lines(have)), "\n"), strings.Split(string(licenceList(parts)), "\n")
	for _, line := range is {
		if !slices.Contains(was, line) {
			fmt.Fprintf(&j.output, "new: %s\n", line)
		}
	}
	for _, line := range was {
		if !slices.Contains(is, line) {
			fmt.Fprintf(&j.output, "no longer there: %s\n", line)
		}
	}
	if j.output.Len() > 0 {
		return fmt.Errorf("%s is not what is built in: look at what is new, then `go run ./build gen`", licencesFile)
	}
	return nil
}

// listLicences writes licencesFile.
func listLicences(ctx context.Context, _ *job) error {
	parts, err := builtIn(ctx)
	if err != nil {
		return err
	}
	return os.WriteFile(licencesFile, licenceList(parts), 0o644)
}

// notices writes noticesFile and, beside the packages, the bill of materials.
func (r release) notices(ctx context.Context, _ *job) error {
	parts, err := builtIn(ctx)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "Assay %s contains work of other people, under these licences.\n\n", r.version)
	for _, p := range parts {
		fmt.Fprintf(&b, "  %s (%s)\n", strings.TrimSpace(p.name+" "+p.version), p.licence)
	}
	for _, p := range parts {
		fmt.Fprintf(&b, "\n%s\n%s\n", strings.Repeat("=", 80), strings.TrimSpace(p.name+" "+p.version))
		if s := p.source(); s != "" {
			fmt.Fprintf(&b, "Its source: %s\n", s)
		}
		for _, text := range p.texts {
			fmt.Fprintf(&b, "%s\n\n%s\n", strings.Repeat("-", 80), strings.TrimSpace(text))
		}
	}
	if err := os.WriteFile(noticesFile, b.Bytes(), 0o644); err != nil {
		return err
	}
	sbom, err := r.bill(parts)
	if err != nil {
		return err
	}
	return os.WriteFile(r.name("sbom.cdx.json"), sbom, 0o644)
}

// bill is the bill of materials, in CycloneDX 1.6.
func (r release) bill(parts []part) ([]byte, error) {
	type licence struct {
		Expression string `json:"expression"`
	}
	type component struct {
		Type     string    `json:"type"`
		Name     string    `json:"name"`
		Version  string    `json:"version,omitempty"`
		Licences []licence `json:"licenses"`
		Purl     string    `json:"purl,omitempty"`
	}
	self := component{
		Type: "application", Name: "assay", Version: r.version, Licences: []licence{{"MIT"}},
	}
	type metadata struct {
		Timestamp string    `json:"timestamp"`
		Component component `json:"component"`
	}
	bom := struct {
		Format      string      `json:"bomFormat"`
		SpecVersion string      `json:"specVersion"`
		Version     int         `json:"version"`
		Metadata    metadata    `json:"metadata"`
		Components  []component `json:"components"`
	}{
		Format: "CycloneDX", SpecVersion: "1.6", Version: 1,
		Metadata: metadata{Timestamp: r.made.Format("2006-01-02T15:04:05Z"), Component: self},
	}
	for _, p := range parts {
		bom.Components = append(bom.Components, component{
			Type: "library", Name: p.name, Version: p.version, Licences: []licence{{p.licence}}, Purl: p.purl(),
		})
	}
	return json.MarshalIndent(bom, "", "  ")
}
