package bind

import (
	"net/http"
	"strconv"
	"strings"
)

// DocumentsPath is the address below which the page finds issued documents.
const DocumentsPath = "/documents/"

// Documents serves the PDFs of certificates from the open register, for the
// frame in which the page shows them: /documents/GC-2026-0007.pdf.
func (d *Desk) Documents() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, ok := strings.CutPrefix(r.URL.Path, DocumentsPath)
		number, isPDF := strings.CutSuffix(name, ".pdf")
		if !ok || !isPDF || r.Method != http.MethodGet {
			http.NotFound(w, r)
			return
		}
		data, err := d.document(r.Context(), number)
		if err != nil {
			http.Error(w, "No such document.", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/pdf")
		w.Header().Set("Content-Length", strconv.Itoa(len(data)))
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(data)
	})
}
