-- The register's log has keys of its own, by which it signs its heads, and other
-- people's cosignatures and timestamps on those heads are kept.

-- +goose Up

-- The log's keys; there is one row at most. The secret stays in this file: whoever
-- has the file and its passphrase can sign heads in the log's name, and no documents.
CREATE TABLE log_key (
  origin    TEXT PRIMARY KEY NOT NULL,  -- the log's name in its heads
  secret    BLOB NOT NULL,              -- 32 bytes, see ledger.NewKey
  statement TEXT NOT NULL,              -- ledger.KeyStatement as a signed note
  made_at   TEXT NOT NULL
) STRICT;

-- A head on which somebody outside has put their name: a witness's cosignatures, or
-- the token of a timestamp authority (RFC 3161). Each is only ever added.
CREATE TABLE log_token (
  id         TEXT PRIMARY KEY NOT NULL,
  kind       TEXT NOT NULL CHECK (kind IN ('cosignature', 'timestamp')),
  size       INTEGER NOT NULL,          -- entries of the log under the head
  head       TEXT NOT NULL,             -- the signed head, as it was shown to them
  token      BLOB NOT NULL,             -- signature lines, or the token in DER
  by         TEXT NOT NULL,             -- the witness's or the authority's name
  at         TEXT NOT NULL,             -- when, as they say
  added_at   TEXT NOT NULL
) STRICT;

-- What was asked of an authority and not answered yet: the request has to come
-- back with the nonce that was sent.
CREATE TABLE log_request (
  id       TEXT PRIMARY KEY NOT NULL,
  size     INTEGER NOT NULL,
  head     TEXT NOT NULL,               -- the signed head whose digest was sent
  request  BLOB NOT NULL,               -- RFC 3161 TimeStampReq in DER
  made_at  TEXT NOT NULL
) STRICT;

-- Witnesses on whom this register relies: their keys, one a line.
CREATE TABLE log_witness (
  name       TEXT PRIMARY KEY NOT NULL,
  keys       TEXT NOT NULL,
  added_at   TEXT NOT NULL
) STRICT;

-- This register as a witness of others: its key, and the logs that it watches
-- with the newest head that it has cosigned. A size never goes down.
CREATE TABLE witness_key (
  name    TEXT PRIMARY KEY NOT NULL,
  secret  BLOB NOT NULL,
  made_at TEXT NOT NULL
) STRICT;

CREATE TABLE witness_log (
  origin      TEXT PRIMARY KEY NOT NULL,
  keys        TEXT NOT NULL,            -- of the log, one a line
  size        INTEGER NOT NULL,         -- 0: nothing cosigned yet
  root        TEXT NOT NULL,            -- base64; empty with size 0
  head        TEXT NOT NULL,            -- as cosigned
  note        TEXT NOT NULL,            -- whose log it is, in the witness's words
  changed_at  TEXT NOT NULL
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER witness_log_never_back BEFORE UPDATE ON witness_log
WHEN NEW.size < OLD.size OR NEW.size = OLD.size AND OLD.size > 0 AND NEW.root <> OLD.root
BEGIN SELECT raise(ABORT, 'a witness never goes back'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_token_no_update BEFORE UPDATE ON log_token BEGIN SELECT raise(ABORT, 'what a witness or an authority said is never changed'); END;
-- +goose StatementEnd
