package main

import (
	"assay/internal/fault"
	"assay/internal/service"
)

// writeEdition writes an edition of an issued certificate into a new file.
func (e *env) writeEdition(s *service.Service, number, edition, path, approverFile string) error {
	if path == "" {
		return fault.Invalid("out", "Say with --out where to write the edition.")
	}
	var data []byte
	var err error
	switch edition {
	case "html":
		data, err = s.CertificateHTML(e, number)
	case "large-print":
		pass, perr := e.keyPassphrase()
		if perr != nil {
			return perr
		}
		approver := ""
		if approverFile != "" {
			if approver, perr = e.passphrase(approverFile, "", ""); perr != nil {
				return perr
			}
		}
		data, err = s.LargePrint(e, number, pass, approver)
	default:
		return e.writePDF(s, number, path)
	}
	if err != nil {
		return err
	}
	return service.WriteNewFile(path, data)
}
