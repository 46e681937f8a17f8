-- name: InsertBlob :exec
INSERT INTO blob (sha256, bytes) VALUES (?, ?);

-- name: InsertBlobPiece :exec
INSERT INTO blob_piece (sha256, n, data) VALUES (?, ?, ?);

-- name: RenameBlobPieces :exec
UPDATE blob_piece SET sha256 = sqlc.arg(digest) WHERE sha256 = sqlc.arg(working);

-- name: BlobBytes :one
SELECT bytes FROM blob WHERE sha256 = ?;

-- name: Blobs :many
SELECT sha256, bytes FROM blob ORDER BY sha256;

-- name: BlobPiece :one
SELECT data FROM blob_piece WHERE sha256 = ? AND n = ?;

-- name: DeleteBlob :exec
DELETE FROM blob WHERE sha256 = ?;

-- name: SoA :many
SELECT body FROM soa ORDER BY control_id;

-- name: PutSoA :exec
INSERT INTO soa (control_id, body) VALUES (?, ?)
ON CONFLICT (control_id) DO UPDATE SET body = excluded.body;
