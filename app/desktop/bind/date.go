package bind

import (
	"assay/internal/civil"
	"assay/internal/fault"
)

// civilDate reads a day that the page sends; empty is no date.
func civilDate(field, text string) (civil.Date, error) {
	d, err := civil.Parse(text)
	if err != nil {
		return "", fault.Invalid(field, "Enter a real date, such as 31 3 2026.")
	}
	return d, nil
}
