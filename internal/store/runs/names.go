package runs

import "assay/internal/imported"

// What this package keeps and hands on is described in package imported.
type (
	Choices      = imported.Choices
	Disposition  = imported.Disposition
	Finding      = imported.Finding
	FindingPoint = imported.FindingPoint
	GatePoint    = imported.GatePoint
	Page[T any]  = imported.Page[T]
	Period       = imported.Period
	Purge        = imported.Purge
	Refused      = imported.Refused
	Run          = imported.Run
	Source       = imported.Source
	SourceState  = imported.SourceState
	Status       = imported.Status
	Treatment    = imported.Treatment
	Volume       = imported.Volume
	Whole        = imported.Whole
)

const (
	StatusOpen      = imported.StatusOpen
	StatusExplained = imported.StatusExplained
	StatusAccepted  = imported.StatusAccepted
	StatusActioned  = imported.StatusActioned

	SourceComplete  = imported.SourceComplete
	SourcePurged    = imported.SourcePurged
	SourceWithdrawn = imported.SourceWithdrawn
)
