// Package verifypage is one web page that checks a certificate, a seal or an
// evidence pack without Assay: it is put into every pack, opens in any current
// browser from a memory stick, and uses no network.
//
// The page gives the answers of "assay verify" or worse ones, and never a
// better one. What it does not fully understand it calls "cannot tell" and leaves
// to Assay. The reader gives the root certificate that they trust; without one
// the best answer is "unknown signer".
//
// The sources are plain ECMAScript modules, a page and a style sheet in src.
// [HTML] joins them to one file: each module becomes a function that is called
// once and returns what the module exports, in one inline script, in the order of
// modules, behind the constant RULES with the shape of a certificate's record. A
// Content-Security-Policy names the SHA-256 of that script and of the style and
// forbids everything else: other scripts, pictures, frames, forms and every
// connection.
package verifypage

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"time"

	"assay/internal/certificate"
	"assay/internal/civil"
	"assay/internal/standard"
)

//go:embed src
var src embed.FS

// modules in the order in which they stand in the page: each uses earlier ones only.
var modules = []string{
	"bytes",
	"hash",
	"inflate",
	"der",
	"report",
	"x509",
	"cms",
	"pdf",
	"validation",
	"pdfverify",
	"statement",
	"seal",
	"ledger",
	"pack",
	"verify",
	"page",
}

var (
	importLine = regexp.MustCompile(`(?m)^import (\{[^}]*\}) from '\./([a-z0-9]+)\.js';$`)
	exportLine = regexp.MustCompile(`(?m)^export ((?:async )?(?:const|function|class) (\w+))`)
)

// HTML is the page: the same bytes each time.
func HTML() []byte { return []byte(page()) }

var page = sync.OnceValue(func() string {
	style := source("page.css")
	script := script()
	csp := fmt.Sprintf(
		"default-src 'none'; script-src %s; style-src %s; base-uri 'none'; form-action 'none'; "+
			"require-trusted-types-for 'script'; trusted-types 'none'",
		hash(script),
		hash(style),
	)
	return strings.NewReplacer("{{CSP}}", csp, "{{STYLE}}", style, "{{SCRIPT}}", script).Replace(source("page.html"))
})

func source(name string) string {
	b, err := src.ReadFile("src/" + name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(b)
}

func script() string {
	var b strings.Builder
	b.WriteString("\nconst RULES = " + rules() + ";\n")
	for _, m := range modules {
		text := source(m + ".js")
		var exports []string
		for _, e := range exportLine.FindAllStringSubmatch(text, -1) {
			exports = append(exports, e[2])
		}
		text = exportLine.ReplaceAllString(importLine.ReplaceAllString(text, "const $1 = from_$2;"), "$1")
		fmt.Fprintf(&b, "\nconst from_%s = (() => {\n%sreturn { %s };\n})();\n", m, text, strings.Join(exports, ", "))
	}
	return b.String()
}

// hash is the source expression of an inline script or style.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// rules are what the page takes from the program that writes the documents.
func rules() string {
	areas, err := json.Marshal(standard.Areas)
	if err != nil {
		panic(err) // strings only
	}
	return fmt.Sprintf(
		`{ formats: { first: %q, now: %q }, record: "statement.json", seal: "seal.txt", root: "root.pem", evidence: "evidence", log: "log", areas: %s, `+
			`statements: { %q: %s, %q: %s } }`,
		certificate.FormatFirst,
		certificate.FormatName,
		areas,
		certificate.FormatFirst,
		shape(certificate.Shapes()[certificate.FormatFirst]),
		certificate.FormatName,
		shape(certificate.Shapes()[certificate.FormatName]),
	)
}

// shape describes a type for the reader of canonical JSON: its members in order.
func shape(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return `"time"`
	case t == reflect.TypeFor[civil.Date]():
		return `"date"`
	case t.Kind() == reflect.String:
		return `"string"`
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64:
		return `"int"`
	case t.Kind() == reflect.Bool:
		return `"bool"`
	case t.Kind() == reflect.Slice:
		return "[" + shape(t.Elem()) + "]"
	case t.Kind() == reflect.Struct:
		members := make([]string, t.NumField())
		for i := range members {
			name, option, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			if option == "omitempty" { // the page reads the mark as "there only where it is not empty"
				name = fmt.Sprintf("%q", name+"?")
			}
			members[i] = fmt.Sprintf("%s: %s", name, shape(t.Field(i).Type))
		}
		return "{ " + strings.Join(members, ", ") + " }"
	}
	panic(fmt.Sprintf("verifypage: a certificate's record holds a %v, which the page does not know", t))
}
