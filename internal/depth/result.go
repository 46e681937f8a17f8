package depth

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"assay/internal/agreement"
	"assay/internal/oversight"
	"assay/internal/prose"
)

// Code names a question.
type Code string

// The questions.
const (
	Unchanged    Code = "DEP-01"
	Pace         Code = "DEP-02"
	Shift        Code = "DEP-03"
	SecondReader Code = "DEP-04"
	Undone       Code = "DEP-05"
)

// Mean is a mean with its 95 % interval.
type Mean struct {
	N     int64   `json:"n"`
	Mean  float64 `json:"mean"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	Known bool    `json:"known"`
}

// Group is a group of decisions large enough to be shown.
type Group struct {
	Kind string         `json:"kind"` // officer, hour or waiting
	Name string         `json:"name"` // an account, "09:00", "0 to 4 cases"
	Rate oversight.Rate `json:"rate"` // unchanged
}

// Answer is what the runs say to one question about a gate.
type Answer struct {
	Code       Code   `json:"code"`
	Gate       string `json:"gate"` // key
	Question   string `json:"question"`
	Definition string `json:"definition"`
	Limit      string `json:"limit"` // what the figure cannot tell
	Asked      bool   `json:"asked"` // whether the figures raise the question
	Shown      bool   `json:"shown"` // false where the log does not carry what it needs, or too little
	Words      string `json:"words"` // the figures in a sentence, or why there are none

	Rate      *oversight.Rate        `json:"rate,omitempty"`
	Mean      *Mean                  `json:"mean,omitempty"`
	Kappa     *agreement.Coefficient `json:"kappa,omitempty"`
	AC1       *agreement.Coefficient `json:"ac1,omitempty"`
	Groups    []Group                `json:"groups"`
	TooSmall  int                    `json:"too_small"` // groups that are not shown
	Differing []string               `json:"differing"` // kinds of groups that differ
}

// Answers says what the runs read so far show, gate by gate in the order of the workflow.
func (r *Reader) Answers() []Answer {
	out := []Answer{}
	for i := range r.gates {
		looks := r.of[i]
		for _, f := range []func() Answer{
			func() Answer { return answerUnchanged(looks) },
			func() Answer { return answerPace(looks) },
			func() Answer { return answerShift(looks) },
			func() Answer { return answerTwice(&r.pairs[i]) },
			func() Answer { return answerUndone(r.undone[i]) },
		} {
			a := f()
			a.Gate = r.gates[i].Key
			if a.Groups == nil {
				a.Groups = []Group{}
			}
			if a.Differing == nil {
				a.Differing = []string{}
			}
			out = append(out, a)
		}
	}
	return out
}

// tooFew is the answer where there is less than can be shown.
func (a Answer) tooFew(n int64, what string) Answer {
	a.Words = fmt.Sprintf("The log shows %s, and at least %d are needed.", prose.Count(n, what), least)
	if n == 0 {
		a.Words = "The log shows no " + what + "."
	}
	return a
}

func answerUnchanged(looks []look) Answer {
	a := Answer{
		Code: Unchanged, Question: "Is what the AI proposes looked at, or passed on?",
		Definition: "Share of the decisions of people that approve without an edit: of the gate, by officer, by hour " +
			"of the day (UTC) and by how many cases were waiting.",
		Limit: "A good proposal is rightly passed on. The share says nothing of one decision, and nothing of why " +
			"groups differ: they may have had other cases.",
	}
	n := int64(len(looks))
	if n < least {
		return a.tooFew(n, "such decision")
	}
	x := int64(0)
	for _, l := range looks {
		if l.unchanged {
			x++
		}
	}
	rate := oversight.NewRate(x, n)
	a.Rate, a.Shown = &rate, true
	a.Words = fmt.Sprintf("Of %s, %s were approved without an edit: %s.", prose.Count(n, "decision"), prose.Number(x),
		rateWords(rate))
	var ps []float64
	var vs []float64
	var kinds []string
	for _, k := range []struct {
		kind string
		of   func(i int) (key int, name string, ok bool)
	}{
		{"officer", byOfficer(looks)}, {"hour", byHour(looks)}, {"waiting", byWaiting(looks)},
	} {
		groups, small, t := grouped(k.kind, looks, k.of)
		a.Groups, a.TooSmall = append(a.Groups, groups...), a.TooSmall+small
		if len(groups) > 1 {
			ps, vs, kinds = append(ps, t.P), append(vs, t.V), append(kinds, k.kind)
		}
	}
	for i, p := range oversight.Holm(ps) {
		if p < groupP && vs[i] >= groupV {
			a.Asked = true
			a.Differing = append(a.Differing, kinds[i])
			a.Words += " " + map[string]string{
				"officer": "Officers differ.", "hour": "Hours of the day differ.",
				"waiting": "It differs by how many cases were waiting.",
			}[kinds[i]]
		}
	}
	return a
}

func byOfficer(looks []look) func(i int) (int, string, bool) {
	at := map[string]int{}
	for _, l := range looks {
		at[l.account] = 0
	}
	names := make([]string, 0, len(at))
	for name := range at {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		at[name] = i
	}
	return func(i int) (int, string, bool) { return at[looks[i].account], looks[i].account, true }
}

func byHour(looks []look) func(i int) (int, string, bool) {
	return func(i int) (int, string, bool) {
		h := time.Unix(looks[i].decided, 0).UTC().Hour()
		return h, fmt.Sprintf("%02d:00", h), looks[i].decided != 0
	}
}

// byWaiting puts decisions into thirds by how many cases were waiting; equal numbers stay together.
func byWaiting(looks []look) func(i int) (int, string, bool) {
	all := waiting(looks)
	sorted := slices.DeleteFunc(slices.Clone(all), func(n int) bool { return n < 0 })
	slices.Sort(sorted)
	if len(sorted) == 0 {
		return func(int) (int, string, bool) { return 0, "", false }
	}
	low, high := sorted[(len(sorted)-1)/3], sorted[2*(len(sorted)-1)/3]
	return func(i int) (int, string, bool) {
		switch n := all[i]; {
		case n < 0:
			return 0, "", false
		case n <= low && low == 0:
			return 0, "no other case", true
		case n <= low:
			return 0, fmt.Sprintf("at most %s", prose.Count(int64(low), "case")), true
		case n <= high:
			return 1, fmt.Sprintf("%s to %s", prose.Number(low+1), prose.Count(int64(high), "case")), true
		}
		return 2, fmt.Sprintf("more than %s", prose.Count(int64(high), "case")), true
	}
}

// grouped counts decisions by group, leaves out the small ones, and tests whether the others differ.
func grouped(kind string, looks []look, of func(i int) (int, string, bool)) (
	groups []Group, small int, t oversight.Association,
) {
	type cell struct {
		key  int
		name string
		x, n int64
	}
	cells := map[int]*cell{}
	for i := range looks {
		key, name, ok := of(i)
		if !ok {
			continue
		}
		c := cells[key]
		if c == nil {
			c = &cell{key: key, name: name}
			cells[key] = c
		}
		if c.n++; looks[i].unchanged {
			c.x++
		}
	}
	sorted := make([]*cell, 0, len(cells))
	for _, c := range cells {
		sorted = append(sorted, c)
	}
	slices.SortFunc(sorted, func(a, b *cell) int { return cmp.Compare(a.key, b.key) })
	var counts [][]int64
	for _, c := range sorted {
		if c.n < least {
			small++
			continue
		}
		groups = append(groups, Group{Kind: kind, Name: c.name, Rate: oversight.NewRate(c.x, c.n)})
		counts = append(counts, []int64{c.x, c.n - c.x})
	}
	return groups, small, oversight.Independence(counts)
}

func answerPace(looks []look) Answer {
	a := Answer{
		Code: Pace, Question: "Could the text have been read in the time?",
		Definition: fmt.Sprintf("Share of decisions in which the words of the AI's longest output, divided by the "+
			"minutes of review, come to more than %.0f a minute; 238 is the average of silent reading.", fastest),
		Limit: "The file around the text is not counted, so much more may have been to read. Officers may have read " +
			"elsewhere, or know the wording by heart.",
	}
	var n, x int64
	for _, l := range looks {
		if l.words == 0 || l.review < 0 {
			continue
		}
		if n++; float64(l.words)*60 > fastest*float64(l.review) {
			x++
		}
	}
	if n < least {
		return a.tooFew(n, "decision with both a text and a time of review")
	}
	rate := oversight.NewRate(x, n)
	a.Rate, a.Shown, a.Asked = &rate, true, rate.Low > oneInTen
	a.Words = fmt.Sprintf("In %s of %s the text would have had to be read at more than %.0f words a minute: %s.",
		prose.Number(x), prose.Count(n, "decision"), fastest, rateWords(rate))
	return a
}

func answerShift(looks []look) Answer {
	a := Answer{
		Code: Shift, Question: "Does attention fade over a shift?",
		Definition: fmt.Sprintf("Share approved without an edit in the last third of a shift less that in its first, "+
			"averaged over shifts of at least %d decisions; a pause of more than four hours ends a shift.", inAShift),
		Limit: "Easy cases may be left for the end of the day. Decisions on other work do not show.",
	}
	xs := shifts(looks)
	if len(xs) < least {
		return a.tooFew(int64(len(xs)), "such shift")
	}
	m := mean(xs)
	a.Mean, a.Shown = &m, true
	a.Asked = (m.Low > 0 || m.High < 0) && math.Abs(m.Mean) >= shiftDrift
	a.Words = fmt.Sprintf("Over %s the share changes by %s from the first third to the last (95 %% interval %s to %s).",
		prose.Count(m.N, "shift"), points(m.Mean), points(m.Low), points(m.High))
	return a
}

func answerTwice(t *table) Answer {
	a := Answer{
		Code: SecondReader, Question: "Would a second officer have decided the same?",
		Definition: "Runs in which two people decided at the gate, by the first decision of each: approved, edited, " +
			"waits or refused. Cohen's kappa and Gwet's AC1 are 1 where they agree in each run and 0 where they " +
			"agree as often as by chance.",
		Limit: "A second reader who sees the first decision agrees more often. Runs that come before a second person " +
			"are mostly no random ones. Agreement does not tell who is right.",
	}
	n := t.n()
	if n < least {
		return a.tooFew(n, "run that two people decided")
	}
	kappa, ac1 := t.agreement()
	var same int64
	for i := range t {
		same += t[i][i]
	}
	rate := oversight.NewRate(same, n)
	a.Rate, a.Kappa, a.AC1, a.Shown = &rate, &kappa, &ac1, true
	a.Asked = ac1.Known && ac1.High < agreeing
	a.Words = fmt.Sprintf("In %s of %s both decided the same: %s. %s; %s.", prose.Number(same),
		prose.Count(n, "run"), rateWords(rate), coefficientWords("Kappa", kappa), coefficientWords("AC1", ac1))
	return a
}

func answerUndone(u undone) Answer {
	a := Answer{
		Code: Undone, Question: "Does an officer's departure from the AI stand?",
		Definition: "Of the runs in which a person departed from what the AI recommended, those in which the last " +
			"decision of a person at the gate follows it again.",
		Limit: "The second decision may be the right one. What is undone at another gate, or outside the platform, " +
			"does not show.",
	}
	if u.overrides < least {
		return a.tooFew(u.overrides, "run in which a person departed from the AI")
	}
	rate := oversight.NewRate(u.followed, u.overrides)
	a.Rate, a.Shown, a.Asked = &rate, true, rate.Low > oneInTen
	a.Words = fmt.Sprintf("Of %s in which a person departed from the AI, %s ended as it had recommended: %s. In %s of "+
		"them another account decided last.", prose.Count(u.overrides, "run"), prose.Number(u.followed),
		rateWords(rate), prose.Number(u.byAnother))
	return a
}

func rateWords(r oversight.Rate) string {
	return fmt.Sprintf("%.1f %% (95 %% interval %.1f to %.1f %%)", 100*r.Rate, 100*r.Low, 100*r.High)
}

func points(x float64) string { return fmt.Sprintf("%+.1f points", 100*x) }

func coefficientWords(name string, c agreement.Coefficient) string {
	if !c.Known {
		return name + " is not known, as chance explains all of it"
	}
	return fmt.Sprintf("%s %.2f (95 %% interval %.2f to %.2f)", name, c.Value, c.Low, c.High)
}
