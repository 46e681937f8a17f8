package pdfkit_test

import (
	"bytes"
	"fmt"
	"time"

	"assay/internal/pdfcheck"
	"assay/internal/pdfkit"
)

func Example() {
	d := pdfkit.New(
		pdfkit.Options{Title: "Register of AI policies", Created: time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)},
	)
	d.Add(
		pdfkit.H(1, "Policies in force"),
		pdfkit.P(pdfkit.T("Each was approved by "), pdfkit.B("Cabinet"), pdfkit.T(".")),
		pdfkit.Table{
			Caption: "Policies and when they are due for review",
			Columns: []pdfkit.Column{{Title: "Policy", Width: 3}, {Title: "Review due", Width: 1}},
			Rows:    pdfkit.Rows(pdfkit.Cells("Use of AI", "3 March 2027")),
		},
	)
	var file bytes.Buffer
	if _, err := d.WriteTo(&file); err != nil {
		fmt.Println(err)
	}
	fmt.Println("pages:", d.Pages())
	fmt.Println("rules broken:", len(pdfcheck.Check(file.Bytes())))
	// Output:
	// pages: 1
	// rules broken: 0
}
