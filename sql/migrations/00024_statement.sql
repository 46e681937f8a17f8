-- What a certificate says as a signed statement for other people's programs, and
-- keys for signatures that a quantum computer would not break.

-- +goose Up

-- A signed statement (RFC 9943), whose digest an entry of the log holds: only ever added.
CREATE TABLE certificate_statement (
  number  TEXT PRIMARY KEY NOT NULL REFERENCES certificate (number),
  cose    BLOB NOT NULL,                  -- with an empty unprotected header
  made_at TEXT NOT NULL
) STRICT;

-- A person's key for a second signature on packs, by ML-DSA-65.
CREATE TABLE quantum_key (
  id         TEXT PRIMARY KEY NOT NULL,   -- SHA-256 of the public key, hex
  person_id  TEXT NOT NULL REFERENCES person (id),
  cert       BLOB NOT NULL,               -- self-signed, DER
  sealed     BLOB NOT NULL,               -- as signing_key.sealed
  created_at TEXT NOT NULL,
  ended_at   TEXT                         -- no longer used to sign from then on
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER certificate_statement_no_update BEFORE UPDATE ON certificate_statement BEGIN SELECT raise(ABORT, 'an issued statement is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certificate_statement_no_delete BEFORE DELETE ON certificate_statement BEGIN SELECT raise(ABORT, 'an issued statement is never deleted'); END;
-- +goose StatementEnd
