-- name: LogKey :one
SELECT origin, secret, statement, made_at FROM log_key;

-- name: InsertLogKey :exec
INSERT INTO log_key (origin, secret, statement, made_at) VALUES (?, ?, ?, ?);

-- name: PutKeyStatement :exec
UPDATE log_key SET statement = ?;

-- name: InsertLogToken :exec
INSERT INTO log_token (id, kind, size, head, token, by, at, added_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?);

-- name: LogTokens :many
-- What others have put under heads of the log, newest head first.
SELECT id, kind, size, head, token, by, at, added_at FROM log_token ORDER BY size DESC, id;

-- name: InsertLogRequest :exec
INSERT INTO log_request (id, size, head, request, made_at) VALUES (?, ?, ?, ?, ?);

-- name: LogRequests :many
SELECT id, size, head, request, made_at FROM log_request ORDER BY made_at DESC, id;

-- name: DeleteLogRequest :exec
DELETE FROM log_request WHERE id = ?;

-- name: PutLogWitness :exec
INSERT INTO log_witness (name, keys, added_at) VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET keys = excluded.keys;

-- name: LogWitnesses :many
SELECT name, keys, added_at FROM log_witness ORDER BY name;

-- name: WitnessKey :one
SELECT name, secret, made_at FROM witness_key;

-- name: InsertWitnessKey :exec
INSERT INTO witness_key (name, secret, made_at) VALUES (?, ?, ?);

-- name: InsertWitnessLog :exec
INSERT INTO witness_log (origin, keys, size, root, head, note, changed_at) VALUES (?, ?, 0, '', '', ?, ?);

-- name: WitnessLog :one
SELECT origin, keys, size, root, head, note, changed_at FROM witness_log WHERE origin = ?;

-- name: WitnessLogs :many
SELECT origin, keys, size, root, head, note, changed_at FROM witness_log ORDER BY origin;

-- name: AdvanceWitnessLog :exec
UPDATE witness_log SET size = ?, root = ?, head = ?, changed_at = ? WHERE origin = ?;
