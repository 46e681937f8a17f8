package service

import (
	"context"
	"fmt"
	"time"

	"assay/internal/store"
)

// clockTolerance is how far clocks are put right by themselves.
const clockTolerance = 2 * time.Minute

// Warnings are what the person should know about where and when the register
// is open: one sentence each.
func (s *Service) Warnings(ctx context.Context) ([]string, error) {
	out := []string{}
	if kind := s.st.Place(); kind != "" {
		out = append(
			out,
			fmt.Sprintf(
				"This register is on %s. If that is taken away or shared, work can be lost: copy it to this "+
					"computer, and back.",
				kind,
			),
		)
	}
	if s.st.ReadOnly() {
		out = append(
			out,
			"This register lies where it cannot be written to: it can be read, and nothing can be changed.",
		)
	}
	last, err := s.Activities(ctx, "", 0, 1)
	if err != nil {
		return out, err
	}
	if s.st.Lacking() {
		since := "it was made"
		if len(last) > 0 {
			since = last[0].At[:16] + " UTC"
		}
		out = append(
			out,
			fmt.Sprintf(
				"This file was copied while the register was open, or the file beside it was lost: changes made "+
					"after %s may be missing. Compare it with the original before you go on.",
				since,
			),
		)
	}
	if back := s.rolledBack(); back != nil {
		out = append(out, back.sentence())
	}
	if len(last) > 0 && last[0].At > store.Stamp(s.clock().Add(clockTolerance)) {
		out = append(
			out,
			fmt.Sprintf(
				"The last change is dated %s, which is later than this computer's clock. Set the clock before you "+
					"sign anything.",
				last[0].At[:16],
			),
		)
	}
	return out, nil
}
