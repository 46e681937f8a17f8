package bind

import (
	"context"

	"assay/internal/service"
)

// Certificates is what was issued, and the issuing of more.
type Certificates struct{ d *Desk }

// List gives every certificate, newest first.
func (c *Certificates) List() ([]service.CertificateView, error) {
	return call(
		c.d,
		"Certificates.List",
		func(ctx context.Context, s *service.Service) ([]service.CertificateView, error) {
			return s.Certificates(ctx)
		},
	)
}

// Show gives one certificate with its whole statement.
func (c *Certificates) Show(number string) (service.CertificateDetail, error) {
	return call(
		c.d,
		"Certificates.Show",
		func(ctx context.Context, s *service.Service) (service.CertificateDetail, error) {
			return s.Certificate(ctx, number)
		},
	)
}

// Plan says what a certificate for a workflow needs now.
func (c *Certificates) Plan(workflow string) (service.IssuePlan, error) {
	return call(c.d, "Certificates.Plan", func(ctx context.Context, s *service.Service) (service.IssuePlan, error) {
		return s.PlanCertificate(ctx, workflow)
	})
}

// Issue draws, signs and keeps a certificate.
func (c *Certificates) Issue(q service.IssueRequest) (service.CertificateDetail, error) {
	return call(
		c.d,
		"Certificates.Issue",
		func(ctx context.Context, s *service.Service) (service.CertificateDetail, error) {
			return s.IssueCertificate(ctx, q)
		},
	)
}

// Countersign adds the approver's signature.
func (c *Certificates) Countersign(number, approver, passphrase string) error {
	return exec(c.d, "Certificates.Countersign", func(ctx context.Context, s *service.Service) error {
		return s.Countersign(ctx, number, approver, passphrase)
	})
}

// Revoke ends a certificate, with the reason.
func (c *Certificates) Revoke(number, reason string) error {
	return exec(c.d, "Certificates.Revoke", func(ctx context.Context, s *service.Service) error {
		return s.RevokeCertificate(ctx, number, reason)
	})
}

// SavePDF writes the document where the person chooses; empty if they did not.
func (c *Certificates) SavePDF(number string) (string, error) {
	return call(c.d, "Certificates.SavePDF", func(ctx context.Context, s *service.Service) (string, error) {
		path, err := c.d.o.Dialogs.Save(
			"Save the certificate",
			number+".pdf",
			[]Filter{{Name: "PDF documents", Patterns: []string{"*.pdf"}}},
		)
		if err != nil || path == "" {
			return "", err
		}
		data, err := s.CertificatePDF(ctx, number)
		if err != nil {
			return "", err
		}
		return path, writeFile(path, data)
	})
}

// OpenPDF shows the document in the system's own viewer, from which it can be printed.
func (c *Certificates) OpenPDF(number string) error {
	return exec(c.d, "Certificates.OpenPDF", func(ctx context.Context, s *service.Service) error {
		data, err := s.CertificatePDF(ctx, number)
		if err != nil {
			return err
		}
		path, err := c.d.tempFile(number+".pdf", data)
		if err != nil {
			return err
		}
		return c.d.o.Dialogs.Show(path)
	})
}

func (d *Desk) document(ctx context.Context, number string) ([]byte, error) {
	s := d.service()
	if s == nil {
		return nil, errNoRegister
	}
	return s.CertificatePDF(ctx, number)
}

// ChoosePack asks where an evidence pack is to be written; empty if the dialog was closed.
func (c *Certificates) ChoosePack(name string) (string, error) {
	return guard(c.d, "Certificates.ChoosePack", func() (string, error) {
		return c.d.chooseSave(
			"Save the evidence pack",
			name+".zip",
			[]Filter{{Name: "Evidence packs", Patterns: []string{"*.zip"}}},
		)
	})
}

// Pack writes a signed evidence pack of a workflow, or of the organisation.
func (c *Certificates) Pack(job string, q service.PackRequest) (service.Packed, error) {
	return runJob(
		c.d,
		"Certificates.Pack",
		job,
		func(ctx context.Context, s *service.Service, step func(int64, int64, string)) (service.Packed, error) {
			if err := c.d.files.resolve(&q.Path); err != nil {
				return service.Packed{}, err
			}
			q.Progress = func(what string) { step(0, 0, what) }
			return s.WritePack(ctx, q)
		},
	)
}

// Packs lists the evidence packs that were written.
func (c *Certificates) Packs() ([]service.PackView, error) {
	return call(c.d, "Certificates.Packs", func(ctx context.Context, s *service.Service) ([]service.PackView, error) {
		return s.Packs(ctx)
	})
}
