-- name: InsertCertificateStatement :exec
INSERT INTO certificate_statement (number, cose, made_at) VALUES (?, ?, ?);

-- name: CertificateStatement :one
SELECT cose FROM certificate_statement WHERE number = ?;

-- name: InsertQuantumKey :exec
INSERT INTO quantum_key (id, person_id, cert, sealed, created_at) VALUES (?, ?, ?, ?, ?);

-- name: QuantumKeys :many
SELECT id, person_id, cert, sealed, created_at, ended_at FROM quantum_key ORDER BY created_at, id;

-- name: EndQuantumKey :exec
UPDATE quantum_key SET ended_at = ? WHERE id = ?;
