// Package diff says what a change did to a record, field by field, in words that
// people know the parts by. It reads rows as the activity log keeps them (package
// ledger, RowJSON): a noun's fields stand in the row's body, as JSON.
package diff

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"assay/internal/policy"
	"assay/internal/risk"
)

// Field is one field of a record before and after a change, as text.
type Field struct {
	// The path of the field; the parts of a list are "[]": "answers[].note".
	Field string `json:"field"`
	// The part of the list for people: a question's text, a risk's title. Empty
	// where the field belongs to the record itself; lists within lists are
	// joined by " · ".
	Item string `json:"item"`
	// "added" or "removed" where the whole part of the list came or went.
	Whole  string `json:"whole"`
	Before string `json:"before"` // lists of texts have one a line
	After  string `json:"after"`
}

// NoRow stands for a row where there is none.
const NoRow = "{}"

// Compare lists the fields in which two states of a row differ. The fields of
// the noun in "body" count as fields of the row. Parts of a list are matched by
// what they stand for, so that one that moved up is not taken for another.
func Compare(before, after string) ([]Field, error) {
	b, err := Unfold(before)
	if err != nil {
		return nil, err
	}
	a, err := Unfold(after)
	if err != nil {
		return nil, err
	}
	c := comparison{out: []Field{}}
	c.values(spot{}, b, a)
	return c.out, nil
}

// Unfold reads a row, with the fields of its body in place of the body.
func Unfold(row string) (map[string]any, error) {
	var top map[string]any
	if err := json.Unmarshal([]byte(row), &top); err != nil {
		return nil, err
	}
	if text, ok := top["body"].(string); ok {
		var body map[string]any
		if err := json.Unmarshal([]byte(text), &body); err != nil {
			return nil, err
		}
		delete(top, "body")
		maps.Copy(top, body)
	}
	return top, nil
}

// Flatten gives the fields of a row as text by their path ("gates[1].title"). The fields of the
// noun in "body" count as fields of the row.
func Flatten(row string) (map[string]string, error) {
	var top map[string]any
	if err := json.Unmarshal([]byte(row), &top); err != nil {
		return nil, err
	}
	out := map[string]string{}
	var walk func(prefix string, v any)
	walk = func(prefix string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, x := range v {
				walk(strings.TrimPrefix(prefix+"."+k, "."), x)
			}
		case []any:
			for i, x := range v {
				walk(fmt.Sprintf("%s[%d]", prefix, i+1), x)
			}
		case nil:
		case string:
			if v != "" {
				out[prefix] = v
			}
		default:
			out[prefix] = fmt.Sprint(v)
		}
	}
	for k, v := range top {
		if text, ok := v.(string); ok && k == "body" {
			var body any
			if err := json.Unmarshal([]byte(text), &body); err != nil {
				return nil, err
			}
			walk("", body)
			continue
		}
		walk(k, v)
	}
	delete(out, "id")
	return out, nil
}

// spot is where in a record a value stands.
type spot struct{ field, item, whole string }

func (p spot) in(name string) spot {
	p.field = strings.TrimPrefix(p.field+"."+name, ".")
	return p
}

func (p spot) at(part any, whole string) spot {
	p.field += "[]"
	p.item = strings.TrimPrefix(p.item+" · "+Title(part), " · ")
	if p.whole == "" {
		p.whole = whole
	}
	return p
}

type comparison struct{ out []Field }

func (c *comparison) values(p spot, before, after any) {
	b, bIsMap := before.(map[string]any)
	a, aIsMap := after.(map[string]any)
	if bIsMap || aIsMap {
		names := slices.Collect(maps.Keys(b))
		for n := range a {
			if _, ok := b[n]; !ok {
				names = append(names, n)
			}
		}
		slices.Sort(names)
		for _, n := range names {
			if n != "id" {
				c.values(p.in(n), b[n], a[n])
			}
		}
		return
	}
	bList, _ := before.([]any)
	aList, _ := after.([]any)
	if ofParts(bList) || ofParts(aList) {
		c.lists(p, bList, aList)
		return
	}
	if was, is := textOf(before), textOf(after); was != is && (before != nil || !zero(after)) &&
		(after != nil || !zero(before)) {
		c.out = append(c.out, Field{Field: p.field, Item: p.item, Whole: p.whole, Before: was, After: is})
	}
}

func (c *comparison) lists(p spot, before, after []any) {
	was := map[string]any{}
	for i, x := range before {
		was[partKey(x, i, was)] = x
	}
	seen := map[string]any{}
	for i, x := range after {
		key := partKey(x, i, seen)
		seen[key] = x
		if old, ok := was[key]; ok {
			c.values(p.at(x, ""), old, x)
		} else {
			c.values(p.at(x, "added"), nil, x)
		}
	}
	gone := map[string]any{}
	for i, x := range before {
		key := partKey(x, i, gone)
		gone[key] = x
		if _, ok := seen[key]; !ok {
			c.values(p.at(x, "removed"), x, nil)
		}
	}
}

// What tells the parts of a list apart, the surest first.
var identities = []string{"id", "key", "question", "catalogue_id", "item", "number", "account", "ref"}

// partKey is what a part of a list is known by among its fellows: its identity, or
// its position where it has none or shares it.
func partKey(part any, i int, taken map[string]any) string {
	m, _ := part.(map[string]any)
	for _, name := range identities {
		text, ok := m[name].(string)
		if !ok || text == "" {
			continue
		}
		key := name + "=" + text
		if _, twice := taken[key]; !twice {
			return key
		}
	}
	return "#" + strconv.Itoa(i)
}

// Title is what people call a record, or a part of a list in one, whose fields
// these are; empty where nothing in it is a name.
func Title(part any) string {
	m, _ := part.(map[string]any)
	text := func(name string) string { s, _ := m[name].(string); return s }
	if q, ok := risk.QuestionOf(text("question")); ok {
		return q.Text
	}
	if item := text("item"); item != "" {
		for _, x := range slices.Concat(policy.Checklist(policy.KindAI), policy.Checklist(policy.KindOther)) {
			if x.Code == item {
				return x.Title
			}
		}
	}
	for _, name := range []string{
		"title", "name", "person_name", "number", "account", "reference", "audience", "what", "text", "key",
	} {
		if s := text(name); s != "" {
			return s
		}
	}
	if id := text("catalogue_id"); id != "" {
		for _, e := range risk.Catalogue() {
			if e.ID == id {
				return e.Title
			}
		}
		return id
	}
	for _, name := range []string{"ref", "date"} {
		if s := text(name); s != "" {
			return s
		}
	}
	return ""
}

func ofParts(list []any) bool {
	return slices.ContainsFunc(list, func(x any) bool { _, ok := x.(map[string]any); return ok })
}

func zero(v any) bool { return v == nil || v == "" || v == false || v == float64(0) }

func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		lines := make([]string, len(v))
		for i, x := range v {
			lines[i] = textOf(x)
		}
		return strings.Join(lines, "\n")
	}
	return ""
}
