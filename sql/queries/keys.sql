-- name: InsertKey :exec
INSERT INTO signing_key (id, kind, person_id, cert, sealed, created_at) VALUES (?, ?, ?, ?, ?, ?);

-- name: Keys :many
SELECT id, kind, person_id, cert, sealed, created_at, revoked_at, reason FROM signing_key ORDER BY created_at, id;

-- name: RevokeKey :exec
UPDATE signing_key SET revoked_at = ?, reason = ? WHERE id = ?;

-- name: ResealKey :exec
UPDATE signing_key SET sealed = ? WHERE id = ?;
