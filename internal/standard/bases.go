package standard

import (
	"slices"
	"sync"
)

// LawfulBasis is a basis of UK GDPR Article 6(1), by its identifier in bases.yaml.
type LawfulBasis string

// SpecialCondition is a condition of Article 9(2) for special category data.
type SpecialCondition string

// NoPersonalData stands for a workflow that uses no personal data.
const NoPersonalData LawfulBasis = "none"

// Basis is an entry of one of the two closed lists.
type Basis struct {
	ID      string `json:"id"      yaml:"id"`
	Article string `json:"article" yaml:"article"`
	Title   string `json:"title"   yaml:"title"`
	Follows string `json:"follows" yaml:"follows"` // what follows from it, in our words
	Law     bool   `json:"law"     yaml:"law"`     // the enactment is to be named
	Private bool   `json:"private" yaml:"private"` // not open to a public authority for its tasks
}

var loadBases = sync.OnceValue(func() (d struct {
	Source     Source  `yaml:"source"`
	Bases      []Basis `yaml:"bases"`
	Conditions []Basis `yaml:"conditions"`
}) {
	read(basesFile, &d)
	return d
})

// LawfulBases are the identifiers of the lawful bases.
func LawfulBases() (out []LawfulBasis) {
	for _, b := range loadBases().Bases {
		out = append(out, LawfulBasis(b.ID))
	}
	return out
}

// SpecialConditions are the identifiers of the conditions.
func SpecialConditions() (out []SpecialCondition) {
	for _, b := range loadBases().Conditions {
		out = append(out, SpecialCondition(b.ID))
	}
	return out
}

// Entry is the basis in words; false where the list has none of that name.
func (l LawfulBasis) Entry() (Basis, bool) { return entry(loadBases().Bases, string(l)) }

// Entry is the condition in words.
func (c SpecialCondition) Entry() (Basis, bool) { return entry(loadBases().Conditions, string(c)) }

func entry(list []Basis, id string) (Basis, bool) {
	i := slices.IndexFunc(list, func(b Basis) bool { return b.ID == id })
	if i < 0 {
		return Basis{}, false
	}
	return list[i], true
}

// Words is the basis with its article: "Public task, Article 6(1)(e)".
func (b Basis) Words() string {
	if b.Article == "" {
		return b.Title
	}
	return b.Title + ", Article " + b.Article
}

// Bases are the two closed lists in words, lawful bases and conditions for special
// category data, for a form.
func Bases() (bases, conditions []Basis) {
	d := loadBases()
	return slices.Clone(d.Bases), slices.Clone(d.Conditions)
}
