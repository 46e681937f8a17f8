package workflow

import (
	_ "embed"
	"slices"
	"sync"

	"assay/internal/embedded"
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

var floors = sync.OnceValue(func() []Floor { return embedded.YAML[[]Floor]("floors of thresholds", floorsYAML) })

// FloorOf gives the floor for the kind of work that a workflow does.
func (w *Workflow) FloorOf() Floor {
	all := floors()
	if i := slices.IndexFunc(all, func(f Floor) bool { return f.Kind == w.Template }); i >= 0 {
		return all[i]
	}
	return all[slices.IndexFunc(all, func(f Floor) bool { return f.Kind == "" })]
}
