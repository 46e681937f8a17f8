package apply

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"assay/internal/organisation"
)

var update = flag.Bool("update", false, "rewrite schema.json from the nouns")

// object keeps the order of its members.
type object []member

type member struct {
	name  string
	value any
}

func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		var value bytes.Buffer
		e := json.NewEncoder(&value)
		e.SetEscapeHTML(false)
		if err := e.Encode(m.value); err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(bytes.TrimSpace(value.Bytes()))
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// comments gives what the source says about types ("policy.Policy") and their
// fields ("policy.Policy.Title").
func comments(t *testing.T, types []reflect.Type) map[string]string {
	out := map[string]string{}
	done := map[string]bool{}
	for _, typ := range types {
		pkg := filepath.Base(typ.PkgPath())
		if done[pkg] {
			continue
		}
		done[pkg] = true
		files, err := filepath.Glob("../" + pkg + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				g, ok := d.(*ast.GenDecl)
				if !ok || g.Tok != token.TYPE {
					continue
				}
				for _, s := range g.Specs {
					ts := s.(*ast.TypeSpec)
					out[pkg+"."+ts.Name.Name] = sentence(g.Doc.Text())
					st, ok := ts.Type.(*ast.StructType)
					if !ok {
						continue
					}
					for _, fl := range st.Fields.List {
						text := fl.Doc.Text()
						if fl.Comment != nil {
							text = fl.Comment.Text()
						}
						for _, n := range fl.Names {
							out[pkg+"."+ts.Name.Name+"."+n.Name] = sentence(text)
						}
					}
				}
			}
		}
	}
	return out
}

func sentence(s string) string { return strings.Join(strings.Fields(s), " ") }

func typeName(t reflect.Type) string { return filepath.Base(t.PkgPath()) + "." + t.Name() }

// makeSchema writes the schema from the tables that the reader itself uses.
func makeSchema(t *testing.T) []byte {
	var types []reflect.Type
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Slice:
			walk(typ.Elem())
		case reflect.Struct:
			if slices.Contains(types, typ) {
				return
			}
			types = append(types, typ)
			for _, f := range fieldsOf(typ) {
				walk(typ.Field(f.index).Type)
			}
		}
	}
	organisationType := reflect.TypeFor[organisation.Organisation]()
	walk(organisationType)
	for _, s := range sections {
		walk(s.typ)
	}
	words := comments(t, types)

	var schemaOf func(typ reflect.Type, to spec) object
	schemaOf = func(typ reflect.Type, to spec) object {
		switch {
		case typ.Kind() == reflect.Slice:
			return object{{"type", "array"}, {"items", schemaOf(typ.Elem(), to)}}
		case typ.Kind() == reflect.Struct:
			return object{{"$ref", "#/$defs/" + typeName(typ)}}
		case typ == dateType:
			return object{{"type", "string"}, {"pattern", "^([0-9]{4}-[0-9]{2}-[0-9]{2})?$"}}
		case enums[typ] != nil:
			return object{{"enum", enums[typ]}}
		case typ.Kind() == reflect.String:
			// A text may be written as a number: 1.10 is taken as it is written.
			return object{{"type", []string{"string", "number", "boolean"}}}
		case typ.Kind() == reflect.Bool:
			return object{{"type", "boolean"}}
		case typ.Kind() == reflect.Float64:
			return object{{"type", "number"}}
		}
		return object{{"type", "integer"}}
	}
	defs := object{}
	slices.SortFunc(types, func(a, b reflect.Type) int { return strings.Compare(typeName(a), typeName(b)) })
	for _, typ := range types {
		props := object{}
		for _, f := range fieldsOf(typ) {
			sf := typ.Field(f.index)
			o := schemaOf(sf.Type, f.to)
			text := words[typeName(typ)+"."+sf.Name]
			switch {
			case f.name == "key" && f.json == "key" && isRecord(typ):
				o = object{{"type", "string"}, {"pattern", keyPattern.String()}}
				text = "slug that is unique among its kind"
			case f.to.kind != "":
				text = strings.TrimSpace(fmt.Sprintf("key or reference of a %s. %s", f.to.kind, text))
			}
			if text != "" {
				o = append(object{{"description", text}}, o...)
			}
			props = append(props, member{f.name, o})
		}
		def := object{}
		if text := words[typeName(typ)]; text != "" {
			def = append(def, member{"description", text})
		}
		def = append(def, member{"type", "object"}, member{"additionalProperties", false})
		if r := required[typ]; r != nil {
			def = append(def, member{"required", r})
		}
		defs = append(defs, member{typeName(typ), append(def, member{"properties", props})})
	}
	props := object{
		{"assay", object{{"const", FormatName}, {"description", "the format, always"}}},
		{"organisation", object{{"$ref", "#/$defs/" + typeName(organisationType)}}},
	}
	for _, s := range sections {
		props = append(
			props,
			member{s.name, object{{"type", "array"}, {"items", object{{"$ref", "#/$defs/" + typeName(s.typ)}}}}},
		)
	}
	root := object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"title", "Assay apply file"},
		{
			"description",
			"What an apply file may hold. Applying it adds and changes records by their keys and removes nothing. " +
				"What people say of findings is in no file: it is about findings that the register made itself " +
				"(assay finding explain).",
		},
		{"type", "object"}, {"additionalProperties", false}, {"required", []string{"assay"}},
		{"properties", props}, {"$defs", defs},
	}
	b, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, b, "", "  "); err != nil {
		t.Fatal(err)
	}
	out.WriteByte('\n')
	return out.Bytes()
}

func isRecord(typ reflect.Type) bool {
	return slices.ContainsFunc(sections, func(s section) bool { return s.typ == typ }) || typ.Name() == "Risk"
}

func TestSchema(t *testing.T) {
	want := makeSchema(t)
	if *update {
		if err := os.WriteFile("schema.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(Schema(), want) {
		t.Error("schema.json is not what the nouns make; run go test ./internal/apply -run TestSchema -update")
	}
}

// TestEveryFieldHasARule reads each noun's type: a field of a kind that the
// reader does not know would panic on somebody's file.
func TestEveryFieldHasARule(t *testing.T) {
	var walk func(reflect.Type, string)
	seen := map[reflect.Type]bool{}
	walk = func(typ reflect.Type, path string) {
		switch typ.Kind() {
		case reflect.Slice:
			walk(typ.Elem(), path)
		case reflect.Struct:
			if seen[typ] {
				return
			}
			seen[typ] = true
			names := map[string]bool{}
			for _, f := range fieldsOf(typ) {
				if f.name == "" || names[f.name] {
					t.Errorf("%s has no name of its own for a field of %s", f.name, typ)
				}
				names[f.name] = true
				walk(typ.Field(f.index).Type, path+"."+f.name)
			}
			for json := range specs[typ] {
				if !slices.ContainsFunc(
					reflect.VisibleFields(typ),
					func(f reflect.StructField) bool {
						name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
						return name == json
					},
				) {
					t.Errorf("%s has no field %q", typ, json)
				}
			}
			for _, r := range required[typ] {
				if !names[r] {
					t.Errorf("%s asks for %q, which it does not have", typ, r)
				}
			}
		case reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Float64:
		default:
			t.Errorf("%s is %s", path, typ)
		}
	}
	walk(reflect.TypeFor[organisation.Organisation](), "organisation")
	for _, s := range sections {
		walk(s.typ, s.name)
	}
}

// TestExamplesFitTheSchema holds the examples to the schema with a small
// validator for the words of JSON Schema that it uses.
func TestExamplesFitTheSchema(t *testing.T) {
	var root map[string]any
	if err := json.Unmarshal(Schema(), &root); err != nil {
		t.Fatal(err)
	}
	for name, text := range examples(t) {
		t.Run(name, func(t *testing.T) {
			if bad := validate(root, root, parseYAML(t, text), "$"); len(bad) > 0 {
				t.Error(strings.Join(bad, "\n"))
			}
		})
	}
	for name, c := range map[string]struct{ text, want string }{
		"unknown_field":  {head + "people:\n  - {key: a, name: A, nom: x}\n", "nom"},
		"missing_field":  {head + "people:\n  - {key: a}\n", "name"},
		"unknown_word":   {head + "policies:\n  - {key: a, title: A, kind: x}\n", "kind"},
		"bad_key":        {head + "people:\n  - {key: A b, name: A}\n", "key"},
		"wrong_type":     {head + "people:\n  - {key: a, name: A, senior: 3}\n", "senior"},
		"missing_format": {"people: []\n", "assay"},
	} {
		t.Run(name, func(t *testing.T) {
			if bad := validate(root, root, parseYAML(t, c.text), "$"); len(bad) != 1 ||
				!strings.Contains(bad[0], c.want) {
				t.Errorf("got %q, want one about %s", bad, c.want)
			}
		})
	}
}

func parseYAML(t *testing.T, text string) any {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		t.Fatal(err)
	}
	var value func(*yaml.Node) any
	value = func(n *yaml.Node) any {
		switch n.Kind {
		case yaml.DocumentNode:
			return value(n.Content[0])
		case yaml.MappingNode:
			m := map[string]any{}
			for i := 0; i < len(n.Content); i += 2 {
				m[n.Content[i].Value] = value(n.Content[i+1])
			}
			return m
		case yaml.SequenceNode:
			l := []any{}
			for _, c := range n.Content {
				l = append(l, value(c))
			}
			return l
		}
		var v any
		if n.Tag == "!!timestamp" {
			return n.Value
		}
		if err := n.Decode(&v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	return value(&n)
}

func validate(root, s map[string]any, v any, at string) []string {
	if ref, ok := s["$ref"].(string); ok {
		return validate(
			root,
			root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any),
			v,
			at,
		)
	}
	if c, ok := s["const"]; ok && c != v {
		return []string{fmt.Sprintf("%s: %v is not %v", at, v, c)}
	}
	if e, ok := s["enum"].([]any); ok && !slices.Contains(e, v) {
		return []string{fmt.Sprintf("%s: %v is none of %v", at, v, e)}
	}
	if typ, ok := s["type"]; ok {
		names, many := typ.([]any)
		if !many {
			names = []any{typ}
		}
		if !slices.ContainsFunc(names, func(n any) bool { return isType(n.(string), v) }) {
			return []string{fmt.Sprintf("%s: %v (%T) is no %v", at, v, v, typ)}
		}
	}
	if p, ok := s["pattern"].(string); ok && !regexp.MustCompile(p).MatchString(v.(string)) {
		return []string{fmt.Sprintf("%s: %q does not match %s", at, v, p)}
	}
	var bad []string
	switch v := v.(type) {
	case []any:
		for i, c := range v {
			bad = append(bad, validate(root, s["items"].(map[string]any), c, fmt.Sprintf("%s[%d]", at, i))...)
		}
	case map[string]any:
		props := s["properties"].(map[string]any)
		for name, c := range v {
			if p, ok := props[name].(map[string]any); ok {
				bad = append(bad, validate(root, p, c, at+"."+name)...)
			} else {
				bad = append(bad, fmt.Sprintf("%s.%s is not allowed", at, name))
			}
		}
		req, _ := s["required"].([]any)
		for _, r := range req {
			if _, ok := v[r.(string)]; !ok {
				bad = append(bad, fmt.Sprintf("%s.%s is missing", at, r))
			}
		}
	}
	return bad
}

func isType(name string, v any) bool {
	switch v := v.(type) {
	case string:
		return name == "string"
	case bool:
		return name == "boolean"
	case int:
		return name == "integer" || name == "number"
	case float64:
		return name == "number" || name == "integer" && v == float64(int(v))
	case []any:
		return name == "array"
	case map[string]any:
		return name == "object"
	}
	return false
}
