package workflow

import (
	"bytes"
	_ "embed"
	"slices"
	"sync"

	"go.yaml.in/yaml/v3"
)

// Floor is the loosest thresholds of a gate that still say something, for a kind
// of work, and why.
type Floor struct {
	Kind             string  `json:"kind"               yaml:"kind"` // a template's identifier; empty: any other
	MinReviewSeconds int     `json:"min_review_seconds" yaml:"min_review_seconds"`
	MaxStreak        int     `json:"max_streak"         yaml:"max_streak"`
	MaxAgreement     float64 `json:"max_agreement"      yaml:"max_agreement"`
	Why              string  `json:"why"                yaml:"why"`
}

//go:embed floors.yaml
var floorsYAML []byte

var floors = sync.OnceValue(func() []Floor {
	var out []Floor
	d := yaml.NewDecoder(bytes.NewReader(floorsYAML))
	d.KnownFields(true)
	if err := d.Decode(&out); err != nil {
		panic("floors of thresholds: " + err.Error()) // embedded data; a test reads it
	}
	return out
})

// FloorOf gives the floor for the kind of work that a workflow does.
func (w *Workflow) FloorOf() Floor {
	all := floors()
	if i := slices.IndexFunc(all, func(f Floor) bool { return f.Kind == w.Template }); i >= 0 {
		return all[i]
	}
	return all[slices.IndexFunc(all, func(f Floor) bool { return f.Kind == "" })]
}
