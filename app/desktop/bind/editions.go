package bind

import (
	"context"

	"assay/internal/service"
)

// SaveLargePrint signs the large-print edition and writes it where the person
// chooses; empty if they did not. The approver signs too where their passphrase
// is given.
func (c *Certificates) SaveLargePrint(number, passphrase, approverPassphrase string) (string, error) {
	return call(c.d, "Certificates.SaveLargePrint", func(ctx context.Context, s *service.Service) (string, error) {
		path, err := c.d.o.Dialogs.Save(
			"Save the large-print edition",
			number+"-large-print.pdf",
			[]Filter{{Name: "PDF documents", Patterns: []string{"*.pdf"}}},
		)
		if err != nil || path == "" {
			return "", err
		}
		data, err := s.LargePrint(ctx, number, passphrase, approverPassphrase)
		if err != nil {
			return "", err
		}
		return path, writeFile(path, data)
	})
}

// SaveHTML writes the edition for screen readers where the person chooses; empty
// if they did not.
func (c *Certificates) SaveHTML(number string) (string, error) {
	return call(c.d, "Certificates.SaveHTML", func(ctx context.Context, s *service.Service) (string, error) {
		path, err := c.d.o.Dialogs.Save(
			"Save the edition for screen readers",
			number+".html",
			[]Filter{{Name: "Web pages", Patterns: []string{"*.html"}}},
		)
		if err != nil || path == "" {
			return "", err
		}
		data, err := s.CertificateHTML(ctx, number)
		if err != nil {
			return "", err
		}
		return path, writeFile(path, data)
	})
}

// Timestamp has the authority that the person named attest when a certificate
// was signed, and gives the certificate as it stands then. It is the only thing
// in Assay that leaves the computer.
func (c *Certificates) Timestamp(job string, q service.TimestampRequest) (service.CertificateDetail, error) {
	return runJob(
		c.d,
		"Certificates.Timestamp",
		job,
		func(ctx context.Context, s *service.Service, _ func(int64, int64, string)) (service.CertificateDetail, error) {
			if err := c.d.files.resolve(&q.TrustPath); err != nil {
				return service.CertificateDetail{}, err
			}
			if err := s.TimestampCertificate(ctx, q); err != nil {
				return service.CertificateDetail{}, err
			}
			return s.Certificate(ctx, q.Number)
		},
	)
}

// Complete puts the validation data into a certificate that a reader would
// otherwise have to look for. With the root key's passphrase the list of revoked
// keys is made anew first; without it the last one serves.
func (c *Certificates) Complete(number, rootPassphrase, timestampTrust string) error {
	return exec(c.d, "Certificates.Complete", func(ctx context.Context, s *service.Service) error {
		if err := c.d.files.resolve(&timestampTrust); err != nil {
			return err
		}
		if rootPassphrase != "" {
			if _, err := s.RevocationList(ctx, rootPassphrase); err != nil {
				return err
			}
		}
		return s.CompleteCertificate(ctx, number, timestampTrust)
	})
}
