-- name: LogSize :one
SELECT CAST(coalesce(max(seq), 0) AS INTEGER) AS size FROM log_entry;

-- name: InsertLogEntry :exec
INSERT INTO log_entry (seq, at, action, subject, leaf) VALUES (?, ?, ?, ?, ?);

-- name: InsertLogRow :exec
INSERT INTO log_row (seq, tbl, key, digest, row) VALUES (?, ?, ?, ?, ?);

-- name: LastRowDigest :one
-- The digest that the log last gave to a row.
SELECT digest FROM log_row WHERE tbl = ? AND key = ? ORDER BY seq DESC LIMIT 1;

-- name: LastRows :many
-- What the log says of every row that it has seen, newest state.
SELECT r.tbl, r.key, r.digest, r.seq FROM log_row r
WHERE r.seq = (SELECT max(q.seq) FROM log_row q WHERE q.tbl = r.tbl AND q.key = r.key)
ORDER BY r.tbl, r.key;

-- name: RowHistory :many
SELECT e.seq, e.leaf, r.row FROM log_row r JOIN log_entry e ON e.seq = r.seq
WHERE r.tbl = ? AND r.key = ? ORDER BY e.seq DESC;

-- name: RowsOf :many
SELECT tbl, key, digest, row FROM log_row WHERE seq = ? ORDER BY tbl, key;

-- name: RowsAfter :many
-- Which rows the entries after a place in the log name, in order.
SELECT seq, tbl, key FROM log_row WHERE seq > ? ORDER BY seq;

-- name: RowBefore :one
SELECT row, digest FROM log_row WHERE tbl = ? AND key = ? AND seq < ? ORDER BY seq DESC LIMIT 1;

-- name: LogEntry :one
SELECT leaf FROM log_entry WHERE seq = ?;

-- name: LogEntries :many
-- Newest first, from before a place in the log.
SELECT seq, leaf FROM log_entry WHERE seq < ? ORDER BY seq DESC LIMIT ?;

-- name: LogLeaves :many
-- In order, from a place in the log.
SELECT seq, leaf FROM log_entry WHERE seq >= ? ORDER BY seq LIMIT ?;

-- name: LogEntriesOf :many
SELECT seq, leaf FROM log_entry WHERE subject = ? AND seq < ? ORDER BY seq DESC LIMIT ?;

-- name: PutTile :exec
INSERT INTO log_tile (level, n, data) VALUES (?, ?, ?)
ON CONFLICT (level, n) DO UPDATE SET data = excluded.data;

-- name: Tile :one
SELECT data FROM log_tile WHERE level = ? AND n = ?;

-- name: PutLogHead :exec
INSERT INTO log_head (size, note) VALUES (?, ?)
ON CONFLICT (size) DO UPDATE SET note = excluded.note;

-- name: LogHeads :many
SELECT size, note FROM log_head ORDER BY size DESC;

-- name: EraseRowBefore :exec
-- Takes out what a row held before an entry. The digests stay, and with them the proof.
UPDATE log_row SET row = NULL WHERE tbl = ? AND key = ? AND seq < ?;
