package service

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"assay/internal/evidence"
	"assay/internal/fault"
	"assay/internal/id"
	"assay/internal/organisation"
	"assay/internal/store"
)

// Evidence is the index of documents.
func (s *Service) Evidence(ctx context.Context) (out []evidence.Evidence, err error) {
	err = s.read(ctx, func(r *store.Reader) error {
		out, err = store.Documents.List(ctx, r)
		return err
	})
	return out, err
}

// AddEvidence keeps a document with what it is evidence for. Its bytes are
// read from path, or there are none yet where path is empty (status missing).
func (s *Service) AddEvidence(ctx context.Context, e evidence.Evidence, path string) (evidence.Evidence, error) {
	err := s.change(
		ctx,
		doing{action: "evidence.add", summary: "Added the evidence " + e.Title, may: organisation.ActionEdit},
		func(t *store.Tx) error {
			if path != "" {
				if err := keepFile(ctx, t, &e, path); err != nil {
					return err
				}
			}
			e.ImportedAt = s.clock()
			if e.CollectedAt.IsZero() {
				e.CollectedAt = s.today()
			}
			if err := save(ctx, t, store.Documents, id.Evidence, &e, evidence.Evidence.Validate); err != nil {
				return err
			}
			t.Entry().Subject = e.Ref
			return nil
		},
	)
	return e, err
}

// keepFile puts a file's bytes into the register and notes name, size and digest.
func keepFile(ctx context.Context, t *store.Tx, e *evidence.Evidence, path string) error {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return fault.Unreadable(filepath.Base(path), "This file cannot be read; choose an ordinary file.").Because(err)
	}
	f, err := os.Open(path)
	if err != nil {
		return fault.Unreadable(filepath.Base(path), "This file cannot be read; check its permissions.").Because(err)
	}
	defer f.Close()
	e.SHA256, e.Bytes, err = t.PutBlob(ctx, f)
	if e.FileName == "" {
		e.FileName = filepath.Base(path)
	}
	if e.MIME == "" {
		e.MIME = mimeOf(e.FileName)
	}
	return err
}

// mimeOf names the kinds of file that evidence usually is.
func mimeOf(name string) string {
	kinds := map[string]string{
		".pdf":  "application/pdf",
		".txt":  "text/plain",
		".md":   "text/markdown",
		".csv":  "text/csv",
		".json": "application/json",
		".png":  "image/png",
		".jpg":  "image/jpeg",
		".jpeg": "image/jpeg",
		".eml":  "message/rfc822",
		".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
		".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	}
	if m, ok := kinds[filepath.Ext(name)]; ok {
		return m
	}
	return "application/octet-stream"
}

// SaveEvidence changes what is recorded about a document; its bytes stay.
func (s *Service) SaveEvidence(ctx context.Context, e evidence.Evidence) (evidence.Evidence, error) {
	err := s.change(
		ctx,
		doing{
			action:  "evidence.save",
			subject: e.Ref,
			summary: "Saved the evidence " + e.Title,
			may:     organisation.ActionEdit,
		},
		func(t *store.Tx) error {
			was, err := store.Documents.Get(ctx, &t.Reader, e.ID)
			if err != nil {
				return err
			}
			e.Ref, e.Key, e.SHA256, e.Bytes, e.ImportedAt, e.Sample = was.Ref, was.Key, was.SHA256, was.Bytes,
				was.ImportedAt, was.Sample
			return save(ctx, t, store.Documents, id.Evidence, &e, evidence.Evidence.Validate)
		},
	)
	return e, err
}

// WriteEvidence copies a document's bytes to dst.
func (s *Service) WriteEvidence(ctx context.Context, ref string, dst io.Writer) error {
	return s.read(ctx, func(r *store.Reader) error {
		e, err := store.Documents.Get(ctx, r, ref)
		if err != nil {
			return err
		}
		if e.SHA256 == "" {
			return fault.Conflict("%s has no file yet.", e.Ref)
		}
		src, _, err := r.Blob(ctx, e.SHA256)
		if err != nil {
			return err
		}
		_, err = io.Copy(dst, src)
		return err
	})
}
