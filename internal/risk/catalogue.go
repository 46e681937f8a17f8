package risk

import (
	_ "embed"
	"slices"
	"sync"

	"assay/internal/embedded"
)

//go:embed catalogue.yaml
var catalogueYAML []byte

var catalogue = sync.OnceValue(
	func() []CatalogueEntry { return embedded.YAML[[]CatalogueEntry]("risk catalogue", catalogueYAML) },
)

// Catalogue is the starter catalogue, R01 to R15.
func Catalogue() []CatalogueEntry { return slices.Clone(catalogue()) }

// Entry gives one entry of the catalogue.
func Entry(id string) (CatalogueEntry, bool) {
	for _, e := range catalogue() {
		if e.ID == id {
			return e, true
		}
	}
	return CatalogueEntry{}, false
}

// Suggest starts a risk from a catalogue entry: its words and typical controls
// as suggestions, nothing rated, nothing claimed to be in place.
func Suggest(e CatalogueEntry) Risk {
	return Risk{
		CatalogueID: e.ID, Title: e.Title, Cause: e.Cause, Consequence: e.Consequence,
		Affected: slices.Clone(e.Affected), AddedControls: slices.Clone(e.Controls),
		Treatment: TreatmentOpen, Status: RiskOpen,
	}
}
