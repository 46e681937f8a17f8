package runlog

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A query of a mapping puts tables together, and may neither leave rows out nor say
// what no table says: a WHERE would take runs away uncounted, where leave_out counts
// them, and CASE could turn a rejection into an approval. So it is of this form,
// once or several times with UNION ALL between:
//
//	SELECT value AS name, … FROM table AS t LEFT JOIN table AS u ON u.id = t.user_id …
//
// perhaps with ORDER BY at the end. A value is a column, columns put together (||),
// a function of queryFunctions, or a text in quotation marks for a field that may be
// a constant of the whole log (constantFields).

// otherWords are words of SQL that would make more of a query.
var otherWords = words(`where having group limit offset distinct except intersect case when then else end with recursive
	values in exists between like glob regexp match or not is isnull notnull inner cross natural full right using
	over window partition filter indexed insert update delete replace attach detach pragma create drop alter vacuum
	begin commit returning true false current_timestamp current_date current_time`)

// queryFunctions compute nothing that the row does not say.
var queryFunctions = words(`coalesce ifnull trim json_extract json_each cast`)

// queryToken is a part of a query: a text, a name in quotation marks, a word, a
// number or a sign.
var queryToken = regexp.MustCompile(
	`^(?:'(?:[^']|'')*'|"[^"\x60]*"|[A-Za-z_][A-Za-z0-9_]*|[0-9.]+|->>|->|\|\||[=.,()*]|\s+)`,
)

// query is the query of m as the database is asked it, empty where there is none; why
// says where it is more than one that puts tables together. Names in quotation marks
// are given as names that are nothing else: SQLite takes "approved" for a text where
// no column is called that.
func (m *Mapping) query() (text, why string) {
	var tokens, asked []string
	for rest := m.Query; rest != ""; {
		t := queryToken.FindString(rest)
		if t == "" {
			return "", fmt.Sprintf("The query has %q, which is not understood in it.", rest[:min(len(rest), 20)])
		}
		if rest = rest[len(t):]; strings.TrimSpace(t) == "" {
			continue
		}
		tokens = append(tokens, t)
		if t[0] == '"' {
			t = "`" + t[1:len(t)-1] + "`"
		}
		asked = append(asked, t)
	}
	if len(tokens) == 0 {
		return "", ""
	}
	return strings.Join(asked, " "), m.checkQuery(tokens)
}

func (m *Mapping) checkQuery(tokens []string) string {
	at := func(i int) string {
		if i < 0 || i >= len(tokens) {
			return ""
		}
		return strings.ToLower(tokens[i])
	}
	selected, listing := map[string]bool{}, false // the words of the lists of values
	for i := range tokens {
		if t := at(i); t == "select" || t == "from" {
			listing = t == "select"
		} else if listing {
			selected[strings.Trim(t, `"`)] = true
		}
	}
	from, depth := false, 0
	var functions []string
	var names []string   // of the columns, as the first SELECT calls them
	part, column := 0, 0 // which SELECT, and which column of it
	for i := range tokens {
		t := at(i)
		switch {
		case slices.Contains(otherWords, t):
			return fmt.Sprintf("A query puts tables together, and has no %s: rows are left out by leave_out, which "+
				"counts them, and words are explained by decisions.", strings.ToUpper(t))
		case t == "select":
			if i > 0 && (at(i-1) != "all" || at(i-2) != "union" || depth > 0) {
				return "A query has one SELECT, or several with UNION ALL between them."
			}
			from, column, part = false, 0, part+1
		case t == "union" && at(i+1) != "all":
			return "In a query, UNION takes equal rows for one; write UNION ALL."
		case t == "*" && slices.ContainsFunc(tokens, func(t string) bool { return strings.EqualFold(t, "union") }):
			return "In a query of several SELECTs, each names its columns; there is no *."
		case t == "join" && at(i-1) != "left" && (at(i-1) != "outer" || at(i-2) != "left"):
			return "In a query, only a LEFT JOIN keeps the rows that nothing is joined to."
		case t == "from", t == "," && depth == 0 && !from && part > 0:
			if from = t == "from"; part == 1 {
				names = append(names, strings.Trim(at(i-1), `"`))
			}
			column++
		case t == "order":
			from = false
		case t == "," && from && depth == 0:
			return "In a query, tables are put together by LEFT JOIN, not by commas."
		case t == "(":
			if depth++; i > 0 && !slices.Contains(queryFunctions, at(i-1)) {
				return fmt.Sprintf("A query has no %q; its functions are %s.", at(i-1)+"(",
					strings.Join(queryFunctions, ", "))
			}
			functions = append(functions, at(i-1))
		case t == ")":
			if depth--; depth < 0 {
				return "A query closes the brackets that it opens."
			}
			functions = functions[:depth]
		case t[0] == '\'':
			name := strings.Trim(at(i+2), `"`)
			alone := !from && depth == 0 && (at(i-1) == "select" || at(i-1) == ",") && at(i+1) == "as"
			if part > 1 && column < len(names) {
				name = names[column]
				alone = alone || !from && depth == 0 && (at(i-1) == "select" || at(i-1) == ",") &&
					(at(i+1) == "," || at(i+1) == "from")
			}
			path := at(i-1) == "->" || at(i-1) == "->>" || strings.HasPrefix(t, "'$") && at(i-1) == "," && depth > 0 &&
				strings.HasPrefix(functions[depth-1], "json_")
			// Which row of a table of names and values is joined, by a column that is no value of
			// the query: the rows that it is joined to all stay.
			path = path || from && depth == 0 && at(i-1) == "=" && !selected[strings.Trim(at(i-2), `"`)]
			if path {
				continue
			}
			if why := m.checkLiteral(t, name, alone); why != "" {
				return why
			}
		case t[0] >= '0' && t[0] <= '9':
			return fmt.Sprintf("A query has no numbers of its own, such as %s.", t)
		}
	}
	if at(0) != "select" || depth != 0 {
		return "A query begins with SELECT, and closes the brackets that it opens."
	}
	return ""
}

// checkLiteral holds a text in a query that is no path to nothing, or to a value of a
// field that may be a constant.
func (m *Mapping) checkLiteral(t, name string, alone bool) string {
	if !alone {
		return fmt.Sprintf("In a query, the text %s can only be a value of its own (%s AS name) or a path.", t, t)
	}
	if t == "''" {
		return ""
	}
	for _, f := range sortedKeys(m.Fields) {
		if strings.EqualFold(m.Fields[f], name) && !slices.Contains(constantFields, f) {
			return fmt.Sprintf("The query says %s for %s: who acted, what was decided or written, and when, only the "+
				"log can say.", t, f)
		}
	}
	for i := range m.Events {
		for _, c := range m.Events[i].columns() {
			if strings.EqualFold(c.v, name) {
				return fmt.Sprintf("The query says %s for %s: only the log can say that.", t, fieldNames[c.f])
			}
		}
	}
	for _, n := range sortedKeys(m.Joins) { // which field a join is for is not looked into
		if slices.ContainsFunc(m.Joins[n].Columns, func(c string) bool { return strings.EqualFold(c, name) }) {
			return fmt.Sprintf("The query says %s for a part of %q: only the log can say that.", t, n)
		}
	}
	return ""
}
