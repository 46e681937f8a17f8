package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"assay/internal/fault"
	"assay/internal/id"
)

// pieceBytes is the size of the pieces in which documents are kept.
const pieceBytes = 1 << 20

// PutBlob keeps a document and returns its SHA-256 and length. The same
// document twice is kept once.
func (t *Tx) PutBlob(ctx context.Context, src io.Reader) (digest string, size int64, err error) {
	// The digest is known only at the end: the pieces go in under a passing name.
	working := "!" + id.New()
	working += "                                                                "[:64-len(working)]
	var saved bool
	off := t.touched.off
	t.touched.off = true
	defer func() { t.touched.off = off }()
	if err := t.InsertBlob(ctx, working, 0); err != nil {
		return "", 0, fmt.Errorf("keep document: %w", err)
	}
	h := sha256.New()
	buf := make([]byte, pieceBytes)
	for n := int64(0); ; n++ {
		got, err := io.ReadFull(src, buf)
		if got > 0 {
			h.Write(buf[:got])
			size += int64(got)
			if err := t.InsertBlobPiece(ctx, working, n, buf[:got]); err != nil {
				return "", 0, fmt.Errorf("keep document: %w", err)
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return "", 0, fmt.Errorf("read document: %w", err)
		}
	}
	digest = hex.EncodeToString(h.Sum(nil))
	if _, err := t.BlobBytes(ctx, digest); err == nil {
		saved = true
	} else if !errors.Is(err, sql.ErrNoRows) {
		return "", 0, fault.Doing("keep a document", err)
	}
	if !saved {
		t.touched.off = off // this row is the one that the log names
		if err := t.InsertBlob(ctx, digest, size); err != nil {
			return "", 0, fmt.Errorf("keep document: %w", err)
		}
		t.touched.off = true
		if err := t.RenameBlobPieces(ctx, digest, working); err != nil {
			return "", 0, fmt.Errorf("keep document: %w", err)
		}
	}
	return digest, size, fault.Doing("keep a document", t.DeleteBlob(ctx, working))
}

// Blob reads a document back piece by piece. Its digest is checked on the way:
// the last read fails with a tampered fault if it does not hold.
func (r *Reader) Blob(ctx context.Context, digest string) (io.Reader, int64, error) {
	size, err := r.BlobBytes(ctx, digest)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, 0, fault.NotFound("document", digest)
	}
	if err != nil {
		return nil, 0, fault.Doing("find a document", err)
	}
	piece := func(n int64) ([]byte, error) { return r.BlobPiece(ctx, digest, n) }
	return &blobReader{next: piece, digest: digest, left: size, hash: sha256.New()}, size, nil
}

type blobReader struct {
	next   func(n int64) ([]byte, error) // reads piece n
	digest string
	n      int64
	left   int64
	piece  []byte
	hash   interface {
		io.Writer
		Sum([]byte) []byte
	}
}

func (b *blobReader) Read(p []byte) (int, error) {
	if len(b.piece) == 0 {
		if b.left == 0 {
			if hex.EncodeToString(b.hash.Sum(nil)) != b.digest {
				return 0, fault.Tampered("A document in this register was altered: its digest is not %s.", b.digest)
			}
			return 0, io.EOF
		}
		data, err := b.next(b.n)
		if errors.Is(err, sql.ErrNoRows) || err == nil && (len(data) == 0 || int64(len(data)) > b.left) {
			return 0, fault.Tampered("A document in this register is damaged: piece %d of %s is wrong.", b.n, b.digest)
		}
		if err != nil {
			return 0, err
		}
		b.hash.Write(data)
		b.piece, b.n, b.left = data, b.n+1, b.left-int64(len(data))
	}
	n := copy(p, b.piece)
	b.piece = b.piece[n:]
	return n, nil
}
