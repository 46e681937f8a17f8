-- name: InsertCertificate :exec
INSERT INTO certificate (number, workflow_id, issued_at, valid_until, verdict, digest, statement, seal, pdf)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: InsertCertificateEvent :exec
INSERT INTO certificate_event (id, number, kind, at, by, detail) VALUES (?, ?, ?, ?, ?, ?);

-- name: Certificate :one
SELECT number, workflow_id, issued_at, valid_until, verdict, digest, statement, seal, pdf FROM certificate WHERE number = ?;

-- name: CertificateByDigest :one
SELECT number FROM certificate WHERE digest = ?;

-- name: Certificates :many
SELECT c.number, c.workflow_id, c.issued_at, c.valid_until, c.verdict, c.digest, w.ref AS workflow_ref, w.name AS workflow_name
FROM certificate c JOIN workflow w ON w.id = c.workflow_id
ORDER BY c.issued_at DESC, c.number DESC;

-- name: CertificateEvents :many
SELECT number, kind, at, by, detail FROM certificate_event ORDER BY at, id;

-- name: InsertPack :exec
INSERT INTO pack (ref, scope, issued_at, sha256, manifest) VALUES (?, ?, ?, ?, ?);

-- name: Packs :many
SELECT ref, scope, issued_at, sha256, manifest FROM pack ORDER BY issued_at DESC;
