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

-- name: Search :many
-- Finds records whose reference or title holds the words, best kinds first.
SELECT CAST(kind AS TEXT) AS kind, CAST(ref AS TEXT) AS ref, CAST(title AS TEXT) AS title FROM (
  SELECT 1 AS n, 'workflow' AS kind, ref, name AS title FROM workflow
  UNION ALL SELECT 2, 'policy', ref, title FROM policy
  UNION ALL SELECT 3, 'person', ref, name FROM person
  UNION ALL SELECT 4, 'action', ref, coalesce(body->>'title', '') FROM action
  UNION ALL SELECT 5, 'evidence', ref, coalesce(body->>'title', '') FROM evidence
  UNION ALL SELECT 6, 'review', ref, coalesce(body->>'title', '') FROM review
  UNION ALL SELECT 7, 'record', ref, coalesce(body->>'title', '') FROM record
  UNION ALL SELECT 8, 'certificate', c.number, w.name FROM certificate c JOIN workflow w ON w.id = c.workflow_id
)
WHERE ref LIKE '%' || CAST(sqlc.arg(words) AS TEXT) || '%' OR title LIKE '%' || CAST(sqlc.arg(words) AS TEXT) || '%'
ORDER BY n, ref LIMIT 50;

-- name: RaiseCounter :exec
INSERT INTO counter (prefix, last) VALUES (?, ?)
ON CONFLICT (prefix) DO UPDATE SET last = max(last, excluded.last);
