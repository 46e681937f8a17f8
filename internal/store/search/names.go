package search

import "assay/internal/imported"

// What is found is described in package imported.
type (
	Fragment = imported.Fragment
	Hit      = imported.Hit
	Order    = imported.Order
	Passage  = imported.Passage
	Place    = imported.Place
	State    = imported.SearchState
)

const (
	Newest    = imported.Newest
	Relevance = imported.Relevance

	PlaceOutput    = imported.PlaceOutput
	PlaceReasoning = imported.PlaceReasoning
	PlaceReason    = imported.PlaceReason
)
