// Package id makes the two names a record has: an identifier that is unique
// everywhere (a UUID of version 7, so that registers can be merged) and a short
// reference that people say aloud, such as POL-0012 or GC-2026-0007.
package id

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/google/uuid"
)

// New makes a new identifier: 36 lower-case characters, ordered by time of making.
func New() string { return uuid.Must(uuid.NewV7()).String() }

// The prefixes of references.
const (
	Policy      = "POL"
	Workflow    = "WF"
	Risk        = "RSK"
	Assessment  = "RA"
	Person      = "PER"
	Review      = "REV"
	Schedule    = "SCH"
	Action      = "ACT"
	Evidence    = "EV"
	Source      = "IMP"
	Finding     = "FND"
	Certificate = "GC"
	Pack        = "EP"
	Sample      = "SMP"
)

var refPattern = regexp.MustCompile(`^[A-Z]{2,4}(-20\d\d)?-\d{4,}$`)

// Ref forms a reference: Ref("POL", 12) is POL-0012.
func Ref(prefix string, n int64) string { return fmt.Sprintf("%s-%04d", prefix, n) }

// YearRef forms a reference that starts again each year: GC-2026-0007.
func YearRef(prefix string, year int, n int64) string {
	return fmt.Sprintf("%s-%d-%04d", prefix, year, n)
}

// IsRef tells whether s has the form of a reference.
func IsRef(s string) bool { return refPattern.MatchString(s) }

// Prefix is the part of a reference before the first dash.
func Prefix(ref string) string { p, _, _ := strings.Cut(ref, "-"); return p }
