package sample

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"text/template"

	"assay/internal/civil"
	"assay/internal/workflow"
)

// CouncilName is the name of the sample council. There is no such place.
const CouncilName = "Brackenmere Borough Council"

// Council is the register of the sample council as an apply file, with the
// documents that it names, as it stands on a day: every date in it is reckoned
// from that day, so that the sample never grows old. Runs that end on the day
// before fit it. The same day gives the same bytes.
//
// The six workflows in which a person decides on each run are in six states: planning validation is sound; social care
// summaries, freedom of information and complaints can have a certificate with
// conditions, from a few to many; housing repairs is refused one; council tax is
// paused. The six of weaker patterns (Overseen) can have one, or are refused it for what
// was not done as their gate declares.
func Council(on civil.Date) (apply []byte, documents map[string][]byte, err error) {
	c := council{on: on}
	if apply, err = c.render("council.yaml", councilYAML); err != nil {
		return nil, nil, err
	}
	documents = map[string][]byte{}
	texts, err := c.render("documents.txt", councilDocuments)
	if err != nil {
		return nil, nil, err
	}
	for _, part := range strings.Split(string(texts), "\n=== ")[1:] {
		name, text, _ := strings.Cut(part, "\n")
		documents["documents/"+strings.TrimSpace(name)] = []byte(
			strings.TrimSpace(text) + "\n\nSample document. " + CouncilName + " is fictional.\n",
		)
	}
	documents["documents/training-register.csv"] = c.trainingRegister()
	return apply, documents, nil
}

var (
	//go:embed council.yaml.tmpl
	councilYAML string
	//go:embed council-documents.tmpl
	councilDocuments string
)

type council struct{ on civil.Date }

func (c council) render(name, text string) ([]byte, error) {
	t, err := template.New(name).Delims("<%", "%>").Funcs(template.FuncMap{
		"d": func(days int) string { return string(c.on.AddDays(days)) },
		"m": func(months int) string { return string(c.on.AddMonths(months)) },
		"long": func(months int) string {
			return c.on.AddMonths(months).Long()
		},
		"year":         func() string { return string(c.on)[:4] },
		"name":         func() string { return CouncilName },
		"officers":     c.officers,
		"attestations": c.attestations,
		"training":     c.training,
		"perWorkflow":  func() []Cast { return append(Casts(), PatternCasts()...) },
		"overseen":     func() []Overseen { return overseen },
		"assessments":  c.overseenAssessments,
		"cast":         castBlock,
		"gates":        gatesBlock,
		"sources":      func(key string) string { c, _ := CastOf(key); return list(c.Sources) },
	}).Parse(text)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, nil); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Slug is the key of an officer's entry among the people: n.adeyemi is n-adeyemi.
func Slug(account string) string { return strings.ReplaceAll(account, ".", "-") }

// staff are the officers of every roster, once, in the order of their accounts.
func staff() []workflow.Login {
	seen := map[string]bool{}
	var out []workflow.Login
	for _, c := range casts {
		for _, l := range c.Officers() {
			if !seen[l.Account] {
				seen[l.Account] = true
				out = append(out, l)
			}
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Account < out[j].Account })
	return out
}

// untrained officers: one whose training ran out, one who never had it.
var untrained = map[string]string{"s.cavanagh": "expired", "u.venkataraman": "none"}

func (c council) officers() string {
	var b strings.Builder
	for _, l := range staff() {
		fmt.Fprintf(
			&b,
			"  - {key: %s, name: %s, email: %s@brackenmere.example, job_title: %s, duties: [officer], accounts: "+
				"[%s]}\n",
			Slug(l.Account),
			l.Name,
			l.Account,
			l.Role,
			l.Account,
		)
	}
	return b.String()
}

// attestations: all officers but the last two have read the AI policy.
func (c council) attestations() string {
	var b strings.Builder
	all := staff()
	for i, l := range all[:len(all)-2] {
		fmt.Fprintf(
			&b,
			"      - {person_name: %s, role: %s, date: %s, version: 1.2}\n",
			l.Name,
			l.Role,
			c.on.AddMonths(-4).AddDays(i%17),
		)
	}
	return b.String()
}

func (c council) training() string {
	var b strings.Builder
	for i, l := range staff() {
		date, due := c.on.AddMonths(-5).AddDays(i%23), c.on.AddMonths(7).AddDays(i%23)
		switch untrained[l.Account] {
		case "none":
			continue
		case "expired":
			date, due = c.on.AddMonths(-14), c.on.AddMonths(-2)
		}
		fmt.Fprintf(
			&b,
			"  - {key: training-%s, kind: training, date: %s, title: Deciding with AI, person: %s, due: %s, "+
				"status: closed, closed_on: %s,\n     body: \"Half a day: what the tool can and cannot do, how to "+
				"disagree with it, and ten cases with planted errors. Passed.\"}\n",
			Slug(l.Account),
			date,
			Slug(l.Account),
			due,
			date,
		)
	}
	return b.String()
}

func (c council) trainingRegister() []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write([]string{"officer", "role", "course", "held on", "valid until"})
	for i, l := range staff() {
		switch untrained[l.Account] {
		case "none":
			w.Write([]string{l.Name, l.Role, "not yet booked", "", ""})
		case "expired":
			w.Write(
				[]string{l.Name, l.Role, "Deciding with AI", string(c.on.AddMonths(-14)), string(c.on.AddMonths(-2))},
			)
		default:
			w.Write(
				[]string{
					l.Name,
					l.Role,
					"Deciding with AI",
					string(c.on.AddMonths(-5).AddDays(i % 23)),
					string(c.on.AddMonths(7).AddDays(i % 23)),
				},
			)
		}
	}
	w.Flush()
	return b.Bytes()
}

// castBlock is what a workflow takes over from its cast, so that the register
// and the logs speak of the same things.
func castBlock(key string) (string, error) {
	c, ok := CastOf(key)
	if !ok {
		return "", fmt.Errorf("there is no sample workflow %q", key)
	}
	return fmt.Sprintf("key: %s\n    name: %s\n    service: %s\n    platform: %s\n    platform_id: %s\n    version: %s",
		c.Key, c.Name, c.Service, c.Platform, c.PlatformID, c.Version), nil
}

func gatesBlock(key string) (string, error) {
	c, ok := CastOf(key)
	if !ok {
		return "", fmt.Errorf("there is no sample workflow %q", key)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "      activities: %s\n      tools: %s\n    gates:\n", list(c.Activities), list(c.Tools))
	for _, g := range c.Gates {
		fmt.Fprintf(
			&b,
			"      - key: %s\n        title: %s\n        decides: %s\n        role: %s\n        officers: %s\n    "+
				"    four_eyes: %t\n        enforcement: %s\n        evidence: %s\n",
			g.Key,
			g.Title,
			strconv.Quote(g.Decides),
			g.Role,
			list(g.Officers),
			g.FourEyes,
			g.Enforcement,
			strconv.Quote(g.Evidence),
		)
		fmt.Fprintf(
			&b,
			"        min_review_seconds: %d\n        max_streak: %d\n        max_agreement: %s\n        prepare: "+
				"%s\n        decide: %s\n        release: %s\n",
			g.MinReviewSeconds,
			g.MaxStreak,
			strconv.FormatFloat(g.MaxAgreement, 'f', -1, 64),
			list(g.Prepare),
			list(g.Decide),
			list(g.Release),
		)
		if g.Pattern.Weaker() { // JSON is YAML
			terms, err := json.Marshal(g.Terms)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(&b, "        pattern: %s\n        terms: %s\n", g.Pattern, terms)
		}
	}
	b.WriteString("    roster:\n")
	for _, l := range c.Roster {
		fmt.Fprintf(&b, "      - {account: %s, name: %s, kind: %s", l.Account, l.Name, l.Kind)
		if l.Role != "" {
			fmt.Fprintf(&b, ", role: %s", l.Role)
		}
		b.WriteString("}\n")
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// overseenAssessments are the assessments of the workflows of weaker patterns.
func (c council) overseenAssessments() string {
	b := &sheet{on: c.on}
	for i, x := range overseen {
		b.linked = fmt.Sprintf("    linked:\n      - {kind: dpia, reference: DPIA-%d, status: approved, date: %s}\n"+
			"      - {kind: impact, reference: AIA-%d, status: approved, date: %s}\n"+
			"      - {kind: equality, reference: EqIA-%d, status: approved, date: %s}\n"+
			"      - {kind: security, reference: SEC-31, status: approved, date: %s, evidence: wayfinder-assurance}\n",
			31+i, c.on.AddMonths(-9), 14+i, c.on.AddMonths(-9), 130+i, c.on.AddMonths(-9), c.on.AddMonths(-6))
		b.assessment(x.Key, x.Version, x.Owner, 15, func(j int) (likelihood, impact int) {
			return 2 + (i+j)%2, 2 + (i+j)%3
		})
	}
	return b.String()
}

func list(items []string) string {
	quoted := make([]string, len(items))
	for i, s := range items {
		quoted[i] = strconv.Quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
