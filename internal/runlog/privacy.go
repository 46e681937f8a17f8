package runlog

import (
	"sort"

	"assay/internal/run"
)

// privacyFields are the fields that can name or describe a person.
var privacyFields = []string{
	"run_id",
	"trigger_ref",
	"segment",
	"outcome",
	"actor",
	"account",
	"officer_name",
	"role",
	"reason",
	"ai_recommendation",
	"text",
	"recommendation",
	"reasoning",
	"source_fields",
}

// Withheld stands for a reason, text or reasoning that the log has and that the
// mapping dropped: that somebody wrote one is evidence, though nobody may read it.
const Withheld = "[withheld]"

// privacy applies the mapping's rules to records.
type privacy struct {
	rules map[string]*rule
	key   []byte
	known map[string]string // value → digest, for those that come again
}

type rule struct {
	drop, hash          bool
	shorten             int
	nDrop, nHash, nShrt int64
}

func newPrivacy(p Privacy, key []byte) *privacy {
	x := &privacy{rules: map[string]*rule{}, key: key, known: map[string]string{}}
	at := func(f string) *rule {
		if x.rules[f] == nil {
			x.rules[f] = &rule{}
		}
		return x.rules[f]
	}
	for _, f := range p.Drop {
		at(f).drop = true
	}
	for _, f := range p.Hash {
		at(f).hash = true
	}
	for f, n := range p.Shorten {
		at(f).shorten = n
	}
	if len(x.rules) == 0 {
		return nil
	}
	return x
}

// apply changes r as the rules say.
func (p *privacy) apply(r *run.Record) {
	p.one("run_id", &r.RunID)
	p.one("trigger_ref", &r.TriggerRef)
	p.one("segment", &r.Segment)
	p.one("outcome", &r.Outcome)
	for i := range r.Steps {
		p.one("actor", &r.Steps[i].Actor)
	}
	for i := range r.Decisions {
		d := &r.Decisions[i]
		p.one("account", &d.Account)
		p.one("account", &d.PreparedBy)
		p.one("officer_name", &d.OfficerName)
		p.one("role", &d.Role)
		p.one("reason", &d.Reason)
		p.one("ai_recommendation", &d.AIRecommendation)
	}
	for i := range r.Outputs {
		o := &r.Outputs[i]
		p.one("text", &o.Text)
		p.one("recommendation", &o.Recommendation)
		p.one("reasoning", &o.Reasoning)
	}
	for i := range r.Accesses {
		a := &r.Accesses[i]
		if rl := p.rules["source_fields"]; rl != nil && rl.drop {
			rl.nDrop += int64(len(a.Fields))
			a.Fields = nil
		}
		for j := range a.Fields {
			p.one("source_fields", &a.Fields[j])
		}
	}
}

func (p *privacy) one(field string, v *string) {
	rl := p.rules[field]
	if rl == nil || *v == "" {
		return
	}
	if rl.drop {
		*v = ""
		if field == "reason" || field == "text" || field == "reasoning" {
			*v = Withheld
		}
		rl.nDrop++
		return
	}
	if rl.hash {
		*v = p.digest(*v)
		rl.nHash++
	}
	if rl.shorten > 0 {
		n := 0
		for i := range *v {
			if n == rl.shorten {
				*v = (*v)[:i] + "…"
				rl.nShrt++
				break
			}
			n++
		}
	}
}

// digest is run.Digest under the privacy rules' key.
func (p *privacy) digest(v string) string {
	if d, ok := p.known[v]; ok {
		return d
	}
	d := run.Digest(p.key, v)
	if len(p.known) < maxDistinct {
		p.known[string([]byte(v))] = d
	}
	return d
}

// report says what was done to how many values.
func (p *privacy) report() []Treatment {
	var out []Treatment
	for f, r := range p.rules {
		if r.drop {
			out = append(out, Treatment{f, "drop", r.nDrop})
		}
		if r.hash && !r.drop {
			out = append(out, Treatment{f, "hash", r.nHash})
		}
		if r.shorten > 0 && !r.drop {
			out = append(out, Treatment{f, "shorten", r.nShrt})
		}
	}
	sort.Slice(out, func(i, j int) bool {
		return out[i].Field < out[j].Field || out[i].Field == out[j].Field && out[i].What < out[j].What
	})
	return out
}
