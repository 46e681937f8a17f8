-- The register: one table a noun.
--
-- A noun is stored whole, as the JSON of its Go struct, in `body`. What the
-- database has to know of it (references, states, dates, who it belongs to) are
-- generated columns over that JSON: written once, checked and indexed here, and
-- impossible to let drift apart. STRICT gives them types, CHECKs their
-- vocabularies, foreign keys their neighbours.
--
-- Rows of these tables are covered by the activity log: each change's entry
-- holds the digest of the row as it then stood.

-- +goose Up

CREATE TABLE register (
  id         TEXT PRIMARY KEY NOT NULL,           -- the register's own identifier
  created_at TEXT NOT NULL,
  body       TEXT NOT NULL CHECK (json_valid(body)) -- organisation.Organisation
) STRICT;

CREATE TABLE person (
  id     TEXT PRIMARY KEY NOT NULL,
  body   TEXT NOT NULL CHECK (json_valid(body)),
  ref    TEXT NOT NULL GENERATED ALWAYS AS (body->>'ref') STORED UNIQUE,
  key TEXT GENERATED ALWAYS AS (nullif(body->>'key', '')) STORED UNIQUE, -- its name in an apply file
  name   TEXT NOT NULL GENERATED ALWAYS AS (body->>'name') STORED CHECK (name <> '')
) STRICT;

CREATE TABLE workflow (
  id         TEXT PRIMARY KEY NOT NULL,
  body       TEXT NOT NULL CHECK (json_valid(body)),
  ref        TEXT NOT NULL GENERATED ALWAYS AS (body->>'ref') STORED UNIQUE,
  key TEXT GENERATED ALWAYS AS (nullif(body->>'key', '')) STORED UNIQUE, -- its name in an apply file
  name       TEXT NOT NULL GENERATED ALWAYS AS (body->>'name') STORED CHECK (name <> ''),
  lifecycle  TEXT NOT NULL GENERATED ALWAYS AS (body->>'lifecycle') STORED
             CHECK (lifecycle IN ('proposed', 'trial', 'live', 'paused', 'retired')),
  owner_id   TEXT GENERATED ALWAYS AS (nullif(body->>'owner_id', '')) STORED REFERENCES person (id)
) STRICT;

CREATE TABLE policy (
  id          TEXT PRIMARY KEY NOT NULL,
  body        TEXT NOT NULL CHECK (json_valid(body)),
  ref         TEXT NOT NULL GENERATED ALWAYS AS (body->>'ref') STORED UNIQUE,
  key TEXT GENERATED ALWAYS AS (nullif(body->>'key', '')) STORED UNIQUE, -- its name in an apply file
  title       TEXT NOT NULL GENERATED ALWAYS AS (body->>'title') STORED CHECK (title <> ''),
  owner_id    TEXT GENERATED ALWAYS AS (nullif(body->>'owner_id', '')) STORED REFERENCES person (id),
  next_review TEXT GENERATED ALWAYS AS (nullif(body->>'next_review', '')) STORED
) STRICT;

-- Which policy applies to which workflow: derived from the policies' links by
-- the triggers below, so that a link cannot point at nothing and a workflow
-- that policies name cannot be deleted.
CREATE TABLE policy_link (
  policy_id   TEXT NOT NULL REFERENCES policy (id) ON DELETE CASCADE,
  workflow_id TEXT NOT NULL REFERENCES workflow (id),
  reason      TEXT NOT NULL,
  PRIMARY KEY (policy_id, workflow_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX policy_link_workflow ON policy_link (workflow_id);
-- +goose StatementBegin
CREATE TRIGGER policy_links_new AFTER INSERT ON policy BEGIN
  INSERT INTO policy_link SELECT NEW.id, l.value->>'workflow_id', l.value->>'reason' FROM json_each(NEW.body, '$.links') l WHERE l.type = 'object';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER policy_links_changed AFTER UPDATE ON policy BEGIN
  DELETE FROM policy_link WHERE policy_id = NEW.id;
  INSERT INTO policy_link SELECT NEW.id, l.value->>'workflow_id', l.value->>'reason' FROM json_each(NEW.body, '$.links') l WHERE l.type = 'object';
END;
-- +goose StatementEnd

CREATE TABLE assessment (
  id          TEXT PRIMARY KEY NOT NULL,
  body        TEXT NOT NULL CHECK (json_valid(body)),
  ref         TEXT NOT NULL GENERATED ALWAYS AS (body->>'ref') STORED UNIQUE,
  key TEXT GENERATED ALWAYS AS (nullif(body->>'key', '')) STORED UNIQUE, -- its name in an apply file
  workflow_id TEXT NOT NULL GENERATED ALWAYS AS (body->>'workflow_id') STORED REFERENCES workflow (id),
  status      TEXT NOT NULL GENERATED ALWAYS AS (body->>'status') STORED
              CHECK (status IN ('draft', 'in_review', 'approved', 'lapsed', 'superseded'))
) STRICT;
CREATE INDEX assessment_workflow ON assessment (workflow_id);

CREATE TABLE schedule (
  id          TEXT PRIMARY KEY NOT NULL,
  body        TEXT NOT NULL CHECK (json_valid(body)),
  ref         TEXT NOT NULL GENERATED ALWAYS AS (body->>'ref') STORED UNIQUE,
  key TEXT GENERATED ALWAYS AS (nullif(body->>'key', '')) STORED UNIQUE, -- its name in an apply file
  workflow_id TEXT GENERATED ALWAYS AS (nullif(body->>'workflow_id', '')) STORED REFERENCES workflow (id),
  policy_id   TEXT GENERATED ALWAYS AS (nullif(body->>'policy_id', '')) STORED REFERENCES policy (id),
  next        TEXT GENERATED ALWAYS AS (nullif(body->>'next', '')) STORED
) STRICT;
CREATE INDEX schedule_workflow ON schedule (workflow_id);

CREATE TABLE review (
  id          TEXT PRIMARY KEY NOT NULL,
  body        TEXT NOT NULL CHECK (json_valid(body)),
  ref         TEXT NOT NULL GENERATED ALWAYS AS (body->>'ref') STORED UNIQUE,
  key TEXT GENERATED ALWAYS AS (nullif(body->>'key', '')) STORED UNIQUE, -- its name in an apply file
  workflow_id TEXT GENERATED ALWAYS AS (nullif(body->>'workflow_id', '')) STORED REFERENCES workflow (id)
) STRICT;
CREATE INDEX review_workflow ON review (workflow_id);

CREATE TABLE action (
  id          TEXT PRIMARY KEY NOT NULL,
  body        TEXT NOT NULL CHECK (json_valid(body)),
  ref         TEXT NOT NULL GENERATED ALWAYS AS (body->>'ref') STORED UNIQUE,
  key TEXT GENERATED ALWAYS AS (nullif(body->>'key', '')) STORED UNIQUE, -- its name in an apply file
  workflow_id TEXT GENERATED ALWAYS AS (nullif(body->>'workflow_id', '')) STORED REFERENCES workflow (id),
  owner_id    TEXT GENERATED ALWAYS AS (nullif(body->>'owner_id', '')) STORED REFERENCES person (id),
  status      TEXT NOT NULL GENERATED ALWAYS AS (body->>'status') STORED
              CHECK (status IN ('open', 'done', 'dropped')),
  due         TEXT GENERATED ALWAYS AS (nullif(body->>'due', '')) STORED
) STRICT;
CREATE INDEX action_workflow ON action (workflow_id);

-- Incidents, nonconformities, audits, management reviews, training, concerns,
-- objectives: dated records that differ in kind only.
CREATE TABLE record (
  id          TEXT PRIMARY KEY NOT NULL,
  body        TEXT NOT NULL CHECK (json_valid(body)),
  ref         TEXT NOT NULL GENERATED ALWAYS AS (body->>'ref') STORED UNIQUE,
  key TEXT GENERATED ALWAYS AS (nullif(body->>'key', '')) STORED UNIQUE, -- its name in an apply file
  kind        TEXT NOT NULL GENERATED ALWAYS AS (body->>'kind') STORED,
  workflow_id TEXT GENERATED ALWAYS AS (nullif(body->>'workflow_id', '')) STORED REFERENCES workflow (id)
) STRICT;

-- Evidence: a document with its digest. The bytes are in blob.
CREATE TABLE evidence (
  id     TEXT PRIMARY KEY NOT NULL,
  body   TEXT NOT NULL CHECK (json_valid(body)),
  ref    TEXT NOT NULL GENERATED ALWAYS AS (body->>'ref') STORED UNIQUE,
  key TEXT GENERATED ALWAYS AS (nullif(body->>'key', '')) STORED UNIQUE, -- its name in an apply file
  sha256 TEXT GENERATED ALWAYS AS (nullif(body->>'sha256', '')) STORED REFERENCES blob (sha256)
) STRICT;

-- Statement of Applicability, one row a control.
CREATE TABLE soa (
  control_id TEXT PRIMARY KEY NOT NULL,
  body       TEXT NOT NULL CHECK (json_valid(body))
) STRICT;

-- Documents by content, in pieces of at most 1 MiB, so that none has to be
-- held in memory.
CREATE TABLE blob (
  sha256 TEXT PRIMARY KEY NOT NULL CHECK (length(sha256) = 64),
  bytes  INTEGER NOT NULL CHECK (bytes >= 0)
) STRICT;
CREATE TABLE blob_piece (
  sha256 TEXT NOT NULL REFERENCES blob (sha256) ON DELETE CASCADE,
  n      INTEGER NOT NULL,
  data   BLOB NOT NULL,
  PRIMARY KEY (sha256, n)
) STRICT, WITHOUT ROWID;

-- Keys: certificates in the open, private keys sealed with the passphrase of
-- the person they belong to.
CREATE TABLE signing_key (
  id         TEXT PRIMARY KEY NOT NULL,            -- SHA-256 of the public key, hex
  kind       TEXT NOT NULL CHECK (kind IN ('root', 'assessor')),
  person_id  TEXT REFERENCES person (id),
  cert       TEXT NOT NULL,                        -- PEM
  sealed     BLOB,                                 -- NULL: kept elsewhere (token)
  created_at TEXT NOT NULL,
  revoked_at TEXT,
  reason     TEXT
) STRICT;

-- Issued documents are only ever inserted; what happens to them later is an
-- event beside them.
CREATE TABLE certificate (
  number      TEXT PRIMARY KEY NOT NULL,
  workflow_id TEXT NOT NULL REFERENCES workflow (id),
  issued_at   TEXT NOT NULL,
  valid_until TEXT NOT NULL,
  verdict     TEXT NOT NULL,
  digest      TEXT NOT NULL CHECK (length(digest) = 64), -- of the statement
  statement   TEXT NOT NULL CHECK (json_valid(statement)),
  seal        TEXT NOT NULL,
  pdf         TEXT NOT NULL REFERENCES blob (sha256)
) STRICT;
CREATE INDEX certificate_workflow ON certificate (workflow_id, issued_at);

CREATE TABLE certificate_event (
  id     TEXT PRIMARY KEY NOT NULL,
  number TEXT NOT NULL REFERENCES certificate (number),
  kind   TEXT NOT NULL CHECK (kind IN ('countersigned', 'superseded', 'revoked')),
  at     TEXT NOT NULL,
  by     TEXT NOT NULL,
  detail TEXT NOT NULL                             -- the new PDF's digest, the successor's number, or the reason
) STRICT;

CREATE TABLE pack (
  ref       TEXT PRIMARY KEY NOT NULL,
  scope     TEXT NOT NULL,                         -- workflow reference, or empty for all
  issued_at TEXT NOT NULL,
  sha256    TEXT NOT NULL,                         -- of the zip
  manifest  TEXT NOT NULL                          -- digest of the tag manifest
) STRICT;

-- References count up and are never used twice.
CREATE TABLE counter (
  prefix TEXT PRIMARY KEY NOT NULL,
  last   INTEGER NOT NULL
) STRICT;

-- Settings of this register.
CREATE TABLE setting (
  name  TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
) STRICT;

-- Unsaved work, kept until it is saved or thrown away; not evidence, not logged.
CREATE TABLE draft (
  name     TEXT PRIMARY KEY NOT NULL,
  body     TEXT NOT NULL,
  saved_at TEXT NOT NULL
) STRICT;

-- The activity log. leaf is the entry's exact bytes, row the state of each
-- changed row afterwards (NULL: deleted, or erased on request: its digest
-- stays in the leaf).
CREATE TABLE log_entry (
  seq     INTEGER PRIMARY KEY NOT NULL,
  at      TEXT NOT NULL,
  action  TEXT NOT NULL,
  subject TEXT NOT NULL,
  leaf    TEXT NOT NULL
) STRICT;
CREATE INDEX log_subject ON log_entry (subject, seq);

CREATE TABLE log_row (
  seq    INTEGER NOT NULL REFERENCES log_entry (seq),
  tbl    TEXT NOT NULL,
  key    TEXT NOT NULL,
  digest TEXT NOT NULL,                            -- empty: deleted
  row    TEXT,
  PRIMARY KEY (tbl, key, seq)
) STRICT, WITHOUT ROWID;

-- Hashes of the tree, in tiles.
CREATE TABLE log_tile (
  level INTEGER NOT NULL,
  n     INTEGER NOT NULL,
  data  BLOB NOT NULL,
  PRIMARY KEY (level, n)
) STRICT, WITHOUT ROWID;

-- Signed tree heads.
CREATE TABLE log_head (
  size INTEGER PRIMARY KEY NOT NULL,
  note TEXT NOT NULL
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER log_entry_no_update BEFORE UPDATE ON log_entry BEGIN SELECT raise(ABORT, 'the activity log is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_entry_no_delete BEFORE DELETE ON log_entry BEGIN SELECT raise(ABORT, 'the activity log is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_entry_no_gap BEFORE INSERT ON log_entry
WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM log_entry)
BEGIN SELECT raise(ABORT, 'the activity log has no gaps'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certificate_no_update BEFORE UPDATE ON certificate BEGIN SELECT raise(ABORT, 'an issued certificate is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certificate_no_delete BEFORE DELETE ON certificate BEGIN SELECT raise(ABORT, 'an issued certificate is never deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certificate_event_no_update BEFORE UPDATE ON certificate_event BEGIN SELECT raise(ABORT, 'an issued certificate is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certificate_event_no_delete BEFORE DELETE ON certificate_event BEGIN SELECT raise(ABORT, 'an issued certificate is never deleted'); END;
-- +goose StatementEnd
