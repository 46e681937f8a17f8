package evidence

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"assay/internal/civil"
	"assay/internal/fault"
	"assay/internal/review"
)

var hexDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Validate says what is wrong with an entry of the index.
func (e Evidence) Validate() error {
	var bad fault.Fields
	add := bad.Addf
	if strings.TrimSpace(e.Title) == "" {
		add("title", "Enter what the document is.")
	}
	if !slices.Contains(Kinds, e.Kind) {
		add("kind", "Choose what sort of document it is.")
	}
	if !slices.Contains(Statuses, e.Status) {
		add("status", "Choose how far the document is to be relied on.")
	}
	if e.Status == StatusMissing {
		if e.SHA256 != "" {
			add("status", "The document is there; it cannot be marked as missing.")
		}
	} else {
		if !hexDigest.MatchString(e.SHA256) || e.Bytes < 0 {
			add("sha256", "Attach the document, or mark it as missing.")
		}
		if e.FileName == "" || strings.ContainsAny(e.FileName, "/\\\x00") || e.FileName == "." || e.FileName == ".." {
			add("file_name", "Enter a file name without folders.")
		}
	}
	if e.EffectiveTo.Before(e.EffectiveFrom) {
		add("effective_to", "The document cannot end before it begins.")
	}
	if e.Redacted && strings.TrimSpace(e.RedactReason) == "" {
		add("redact_reason", "Say why the document's content is left out of packs.")
	}
	for i, l := range e.Links {
		if !slices.Contains(review.SubjectKinds, l.Kind) || l.Ref == "" {
			add(fmt.Sprintf("links[%d]", i), "Choose what the document is evidence for.")
		}
	}
	return bad.Err()
}

// StatusAt is the status on a day: approved evidence expires by itself.
func (e Evidence) StatusAt(now time.Time) Status {
	today := civil.Of(now)
	if e.Status == StatusApproved && (e.ExpiresAt.Before(today) || e.EffectiveTo.Before(today)) {
		return StatusExpired
	}
	return e.Status
}

// Supports tells whether the document is approved, has not expired, and is
// evidence for the subject.
func (e Evidence) Supports(s review.Subject, now time.Time) bool {
	return e.StatusAt(now) == StatusApproved && slices.Contains(e.Links, s)
}
