package verifypage

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// inner is what stands between the two texts, which occur once each.
func inner(t *testing.T, page, from, to string) string {
	t.Helper()
	if strings.Count(page, from) != 1 {
		t.Fatalf("%q stands %d times in the page", from, strings.Count(page, from))
	}
	_, rest, _ := strings.Cut(page, from)
	text, _, ok := strings.Cut(rest, to)
	if !ok {
		t.Fatalf("there is no %q after %q", to, from)
	}
	return text
}

func TestHTML_policy_names_exactly_what_is_there(t *testing.T) {
	page := string(HTML())
	csp := inner(t, page, `<meta http-equiv="Content-Security-Policy" content="`, `"`)
	directives := map[string]string{}
	for _, d := range strings.Split(csp, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(d), " ")
		directives[name] = value
	}
	source := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	want := map[string]string{
		"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'", "trusted-types": "'none'",
		"require-trusted-types-for": "'script'",
		"script-src":                source(inner(t, page, `<script type="module">`, "</script>")),
		"style-src":                 source(inner(t, page, "<style>", "</style>")),
	}
	for name, value := range want {
		if directives[name] != value {
			t.Errorf("%s is %q, want %q", name, directives[name], value)
		}
	}
	if len(directives) != len(want) {
		t.Errorf("the policy is %q", csp)
	}
	if strings.Index(page, "Content-Security-Policy") > strings.Index(page, "<style>") {
		t.Error("the policy comes too late to hold for the style")
	}
}

func TestHTML_reaches_for_nothing(t *testing.T) {
	page := string(HTML())
	for _, no := range []string{"http:", "https:", "fetch(", "XMLHttpRequest", "WebSocket", "EventSource", "sendBeacon",
		"RTCPeer", "import(", "eval(", "new Function",
		"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "setTimeout(", "localStorage", "indexedDB",
		"serviceWorker", "Worker(", " src=", " href=", "url(", "@import", "<iframe", "<link", "<img", " style=",
		" onclick", "{{"} {
		if strings.Contains(page, no) {
			t.Errorf("the page holds %q", no)
		}
	}
	if n := len(page); n > 200_000 {
		t.Errorf("the page has %d bytes; every pack carries it", n)
	}
}

func TestHTML_is_the_same_each_time(t *testing.T) {
	a := HTML()
	a[0] = 'x' // the caller's own
	if b := HTML(); bytes.Equal(a, b) || b[0] != '<' {
		t.Error("a caller can change the page")
	}
	first, second := HTML(), HTML()
	if !bytes.Equal(first, second) {
		t.Error("the page is not the same each time")
	}
}

// Each module may use what earlier ones export, and nothing else.
func TestModules_stand_in_order(t *testing.T) {
	entries, err := src.ReadDir("src")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".js"); ok && !slices.Contains(modules, name) {
			t.Errorf("%s is in no page", e.Name())
		}
	}
	imports := regexp.MustCompile(`(?m)^import `)
	for i, m := range modules {
		text := source(m + ".js")
		found := importLine.FindAllStringSubmatch(text, -1)
		if len(found) != len(imports.FindAllString(text, -1)) {
			t.Errorf("%s has an import that is not put into the page", m)
		}
		for _, f := range found {
			at := slices.Index(modules, f[2])
			if at < 0 || at >= i {
				t.Errorf("%s uses %s, which comes later", m, f[2])
				continue
			}
			for _, name := range strings.Split(strings.Trim(f[1], "{ }"), ",") {
				name = strings.TrimSpace(name)
				if !regexp.MustCompile(`(?m)^export (async )?(const|function|class) ` + name + `\b`).
					MatchString(source(f[2] + ".js")) {
					t.Errorf("%s takes %s from %s, which does not export it", m, name, f[2])
				}
				if len(regexp.MustCompile(`\b`+name+`\b`).FindAllString(text, -1)) < 2 {
					t.Errorf("%s takes %s from %s and does not use it", m, name, f[2])
				}
			}
		}
	}
	if s := script(); strings.Contains(s, "</script") || strings.Contains(s, "<!--") ||
		regexp.MustCompile(`(?m)^(import|export)\b`).MatchString(s) {
		t.Error("the script holds what ends it or is no part of it")
	}
}
