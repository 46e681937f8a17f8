-- name: InsertRegister :exec
INSERT INTO register (id, created_at, body) VALUES (?, ?, ?);

-- name: Register :one
SELECT id, created_at, body FROM register LIMIT 1;

-- name: UpdateRegister :exec
UPDATE register SET body = ?;

-- name: NextNumber :one
-- Gives the next number of a kind of reference; numbers are never used twice.
INSERT INTO counter (prefix, last) VALUES (?, 1)
ON CONFLICT (prefix) DO UPDATE SET last = last + 1
RETURNING last;

-- name: Setting :one
SELECT value FROM setting WHERE name = ?;

-- name: Settings :many
SELECT name, value FROM setting ORDER BY name;

-- name: PutSetting :exec
INSERT INTO setting (name, value) VALUES (?, ?)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: PutDraft :exec
INSERT INTO draft (name, body, saved_at) VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET body = excluded.body, saved_at = excluded.saved_at;

-- name: Draft :one
SELECT body, saved_at FROM draft WHERE name = ?;

-- name: Drafts :many
SELECT name, saved_at FROM draft ORDER BY saved_at DESC;

-- name: DeleteDraft :exec
DELETE FROM draft WHERE name = ?;

-- name: RaiseCounter :exec
INSERT INTO counter (prefix, last) VALUES (?, ?)
ON CONFLICT (prefix) DO UPDATE SET last = max(last, excluded.last);
