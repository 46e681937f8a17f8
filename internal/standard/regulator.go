package standard

import (
	"sync"

	"assay/internal/civil"
)

// Regulator is the regulator for data protection, by a name that it has from a day
// on; the first has no such day.
type Regulator struct {
	Name    string     `yaml:"name"`
	From    civil.Date `yaml:"from"`
	Checked Checked    `yaml:"v"`
}

var loadRegulators = sync.OnceValue(func() (d struct {
	Source     Source      `yaml:"source"`
	Regulators []Regulator `yaml:"regulators"`
}) {
	read(regulatorsFile, &d)
	return d
})

// RegulatorOn is the regulator by its name on a day.
func RegulatorOn(day civil.Date) Regulator {
	list := loadRegulators().Regulators
	out := list[0]
	for _, r := range list[1:] {
		if !day.Before(r.From) {
			out = r
		}
	}
	return out
}
