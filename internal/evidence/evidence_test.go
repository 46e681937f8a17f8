package evidence

import (
	"strings"
	"testing"
	"time"

	"assay/internal/review"
)

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func good() Evidence {
	return Evidence{
		Title:    "Minutes",
		Kind:     KindMinutes,
		FileName: "minutes.pdf",
		SHA256:   strings.Repeat("ab", 32),
		Bytes:    10,
		Status:   StatusApproved,
		Links:    []review.Subject{{Kind: review.SubjectWorkflow, Ref: "WF-0001"}},
	}
}

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Evidence)
		want   string
	}{
		"complete":         {func(*Evidence) {}, ""},
		"without_document": {func(e *Evidence) { e.SHA256 = "" }, "Attach the document"},
		"digest_in_capitals": {
			func(e *Evidence) { e.SHA256 = strings.Repeat("AB", 32) }, "Attach the document",
		},
		"missing_has_no_document": {
			func(e *Evidence) { e.Status = StatusMissing }, "cannot be marked as missing",
		},
		"missing_is_fine_without": {
			func(e *Evidence) { e.Status, e.SHA256, e.FileName = StatusMissing, "", "" }, "",
		},
		"file_name_with_a_folder":        {func(e *Evidence) { e.FileName = "../minutes.pdf" }, "without folders"},
		"file_name_with_a_windows_drive": {func(e *Evidence) { e.FileName = `c:\minutes.pdf` }, "without folders"},
		"file_name_of_dots":              {func(e *Evidence) { e.FileName = ".." }, "without folders"},
		"ends_before_it_begins": {
			func(e *Evidence) { e.EffectiveFrom, e.EffectiveTo = "2026-02-01", "2026-01-01" }, "before it begins",
		},
		"redacted_without_reason": {func(e *Evidence) { e.Redacted = true }, "Say why"},
		"unknown_kind":            {func(e *Evidence) { e.Kind = "rumour" }, "what sort"},
		"link_to_nothing": {
			func(e *Evidence) { e.Links = []review.Subject{{Kind: "x", Ref: "y"}} }, "evidence for",
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := good()
			c.change(&e)
			err := e.Validate()
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestSupports(t *testing.T) {
	w := review.Subject{Kind: review.SubjectWorkflow, Ref: "WF-0001"}
	e := good()
	e.ExpiresAt = "2026-11-23"
	if !e.Supports(w, now) {
		t.Error("it expires at the end of its last day")
	}
	if e.Supports(w, now.AddDate(0, 0, 1)) || e.StatusAt(now.AddDate(0, 0, 1)) != StatusExpired {
		t.Error("expired evidence still supports")
	}
	if e.Supports(review.Subject{Kind: review.SubjectWorkflow, Ref: "WF-0002"}, now) {
		t.Error("it supports what it is not linked to")
	}
	e = good()
	e.Status = StatusDraft
	if e.Supports(w, now) {
		t.Error("a draft supports")
	}
}
