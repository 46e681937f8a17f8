-- Imported runs and what is computed from them.
--
-- Tables with the prefix run_ are the bulk of imports: the activity log does not
-- name their rows; it holds, for each import, the root over its runs' digests.
-- The tables source and disposition are ordinary, logged records.
--
-- Strings that recur (names of activities, accounts, outcomes, versions) are
-- kept once in run_text and referred to by number; 0 is the empty string. Times
-- are nanoseconds since 1970 UTC, NULL where none is recorded. A position is
-- line, item and byte offset as in package run, NULL line where it is that of
-- the run itself. No foreign key leads to run_text: a check per string and row
-- would cost a third of an import; `assay check` looks instead.

-- +goose Up

-- One import of one file into one workflow.
CREATE TABLE source (
  id           TEXT PRIMARY KEY NOT NULL,
  ref          TEXT NOT NULL UNIQUE,                -- IMP-0001
  workflow_id  TEXT NOT NULL REFERENCES workflow (id),
  file_name    TEXT NOT NULL,
  sha256       TEXT NOT NULL CHECK (length(sha256) = 64),
  bytes        INTEGER NOT NULL CHECK (bytes >= 0),
  format       TEXT NOT NULL CHECK (format <> ''),
  mapping      TEXT NOT NULL CHECK (json_valid(mapping)),
  state        TEXT NOT NULL CHECK (state IN ('complete', 'purged', 'withdrawn')),
  records      INTEGER NOT NULL CHECK (records >= 0),  -- records read, refused ones included
  runs_new     INTEGER NOT NULL CHECK (runs_new >= 0),
  runs_same    INTEGER NOT NULL CHECK (runs_same >= 0),
  runs_differ  INTEGER NOT NULL CHECK (runs_differ >= 0),
  refused      INTEGER NOT NULL CHECK (refused >= 0),
  events       INTEGER NOT NULL CHECK (events >= 0),
  decisions    INTEGER NOT NULL CHECK (decisions >= 0),
  outputs      INTEGER NOT NULL CHECK (outputs >= 0),
  first        TEXT,                                -- RFC 3339, the runs' period
  last         TEXT,
  stated       INTEGER CHECK (stated >= 0),         -- runs in the file by the platform's own count
  root         TEXT NOT NULL,                       -- hex, over the digests of its new runs
  imported_at  TEXT NOT NULL,
  imported_by  TEXT NOT NULL,
  UNIQUE (workflow_id, sha256)
) STRICT;
CREATE INDEX source_workflow ON source (workflow_id, imported_at);

-- What a person decided about findings. run_finding.disposition points here;
-- digest is the SHA-256 over the findings' identifiers, so that the log covers
-- which ones they were.
CREATE TABLE disposition (
  id          TEXT PRIMARY KEY NOT NULL,
  n           INTEGER NOT NULL UNIQUE CHECK (n > 0),
  workflow_id TEXT NOT NULL REFERENCES workflow (id),
  status      TEXT NOT NULL CHECK (status IN ('open', 'explained', 'accepted', 'actioned')),
  why         TEXT NOT NULL CHECK (why <> ''),
  by          TEXT NOT NULL CHECK (by <> ''),
  at          TEXT NOT NULL,
  expires     TEXT CHECK (expires IS NULL OR status = 'accepted'),
  action_id   TEXT CHECK ((action_id IS NOT NULL) = (status = 'actioned')),
  findings    INTEGER NOT NULL CHECK (findings > 0),
  digest      TEXT NOT NULL CHECK (length(digest) = 64)
) STRICT;
CREATE INDEX disposition_workflow ON disposition (workflow_id);

CREATE TABLE run_text (
  n    INTEGER PRIMARY KEY CHECK (n >= 0),
  text TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO run_text (n, text) VALUES (0, '');

CREATE TABLE run_workflow (
  n           INTEGER PRIMARY KEY CHECK (n > 0),
  workflow_id TEXT NOT NULL UNIQUE REFERENCES workflow (id)
) STRICT;

CREATE TABLE run_source (
  n          INTEGER PRIMARY KEY CHECK (n > 0),
  id         TEXT NOT NULL UNIQUE REFERENCES source (id) DEFERRABLE INITIALLY DEFERRED,
  first_n    INTEGER NOT NULL,  -- its runs are numbered first_n to last_n without a gap
  last_n     INTEGER NOT NULL,
  duplicates INTEGER NOT NULL DEFAULT 0 CHECK (duplicates >= 0),  -- records left out: identifier given twice
  chain      TEXT NOT NULL DEFAULT ''                             -- why the hash chain does not hold
) STRICT;

CREATE TABLE run_record (
  n                INTEGER PRIMARY KEY CHECK (n > 0),
  workflow_n       INTEGER NOT NULL REFERENCES run_workflow (n),
  source_n         INTEGER NOT NULL REFERENCES run_source (n),
  at               INTEGER,           -- the time it is filed under
  started          INTEGER,
  ended            INTEGER,
  outcome          INTEGER NOT NULL,  -- run_text
  segment          INTEGER NOT NULL,  -- run_text
  workflow_name    INTEGER NOT NULL,  -- run_text, as the platform names it
  workflow_version INTEGER NOT NULL,  -- run_text
  model_version    INTEGER NOT NULL,  -- run_text
  prompt_version   INTEGER NOT NULL,  -- run_text
  trigger_channel  INTEGER NOT NULL,  -- run_text
  sequence         INTEGER,
  line             INTEGER NOT NULL,
  item             INTEGER NOT NULL,
  byte_offset      INTEGER NOT NULL,
  run_id           TEXT NOT NULL CHECK (run_id <> ''),
  trigger_ref      TEXT NOT NULL,
  digest           BLOB NOT NULL CHECK (length(digest) = 32)
) STRICT;
-- With outcome and segment, so that lists filtered by them need not look at each run.
CREATE INDEX run_record_time ON run_record (workflow_n, at, outcome, segment);

-- Finds a run by the platform's identifier, which is unique within a workflow:
-- hash is the first eight bytes of the identifier's SHA-256, big-endian. Numbers
-- keep this table, the only one that is not filled in order, a third as large.
CREATE TABLE run_key (
  workflow_n INTEGER NOT NULL,
  hash       INTEGER NOT NULL,
  run_n      INTEGER NOT NULL,
  PRIMARY KEY (workflow_n, hash, run_n)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_step (
  run_n       INTEGER NOT NULL REFERENCES run_record (n),
  i           INTEGER NOT NULL,
  seq         INTEGER NOT NULL,
  name        INTEGER NOT NULL,  -- run_text
  actor_kind  INTEGER NOT NULL,  -- run_text
  actor       INTEGER NOT NULL,  -- run_text
  started     INTEGER,
  ended       INTEGER,
  gate        INTEGER NOT NULL,  -- run_text
  act         INTEGER NOT NULL,  -- run_text
  tool        INTEGER NOT NULL,  -- run_text
  line        INTEGER,
  item        INTEGER,
  byte_offset INTEGER,
  PRIMARY KEY (run_n, i)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_decision (
  run_n             INTEGER NOT NULL REFERENCES run_record (n),
  i                 INTEGER NOT NULL,
  gate              INTEGER NOT NULL,  -- run_text
  prepared_by       INTEGER NOT NULL,  -- run_text
  presented         INTEGER,
  opened            INTEGER,
  decided           INTEGER,
  account           INTEGER NOT NULL,  -- run_text
  officer_name      INTEGER NOT NULL,  -- run_text
  role              INTEGER NOT NULL,  -- run_text
  code              INTEGER NOT NULL,  -- run_text
  edited            INTEGER NOT NULL CHECK (edited IN (0, 1)),
  reason            TEXT NOT NULL,
  ai_recommendation TEXT NOT NULL,
  args_digest       TEXT NOT NULL,
  policy_version    INTEGER NOT NULL,  -- run_text
  line              INTEGER,
  item              INTEGER,
  byte_offset       INTEGER,
  PRIMARY KEY (run_n, i)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_access (
  run_n       INTEGER NOT NULL REFERENCES run_record (n),
  i           INTEGER NOT NULL,
  source      INTEGER NOT NULL,  -- run_text
  fields      TEXT NOT NULL CHECK (json_valid(fields)),
  time        INTEGER,
  line        INTEGER,
  item        INTEGER,
  byte_offset INTEGER,
  PRIMARY KEY (run_n, i)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_output (
  run_n          INTEGER NOT NULL REFERENCES run_record (n),
  i              INTEGER NOT NULL,
  text           TEXT NOT NULL,
  sha256         TEXT NOT NULL,
  recommendation TEXT NOT NULL,
  confidence     REAL NOT NULL,
  reasoning      TEXT NOT NULL,
  line           INTEGER,
  item           INTEGER,
  byte_offset    INTEGER,
  PRIMARY KEY (run_n, i)
) STRICT, WITHOUT ROWID;

-- Records that could not be read, with the reason.
CREATE TABLE run_refused (
  source_n INTEGER NOT NULL REFERENCES run_source (n),
  i        INTEGER NOT NULL,
  place    TEXT NOT NULL,  -- "line 12"
  reason   TEXT NOT NULL,
  record   TEXT NOT NULL,  -- its beginning
  PRIMARY KEY (source_n, i)
) STRICT, WITHOUT ROWID;

-- A finding is the same finding whenever the tests are made again: its key is
-- what it is about. run_n is 0 for a finding about many runs.
CREATE TABLE run_finding (
  workflow_n  INTEGER NOT NULL REFERENCES run_workflow (n),
  code        TEXT NOT NULL,
  gate        INTEGER NOT NULL,  -- run_text
  run_n       INTEGER NOT NULL,
  subject     INTEGER NOT NULL,  -- run_text
  severity    TEXT NOT NULL CHECK (severity IN ('high', 'medium', 'low')),
  day         INTEGER,           -- days since 1970 of the run
  source_n    INTEGER NOT NULL,  -- where line, item and byte_offset are; 0 for many runs
  line        INTEGER NOT NULL,
  item        INTEGER NOT NULL,
  byte_offset INTEGER NOT NULL,
  thresholds  INTEGER NOT NULL,  -- run_text
  detail      TEXT NOT NULL,
  runs        TEXT,              -- JSON list of example runs of a finding about many
  disposition INTEGER REFERENCES disposition (n),
  PRIMARY KEY (workflow_n, code, gate, run_n, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_finding_time ON run_finding (workflow_n, code, day) WHERE run_n > 0;
CREATE INDEX run_finding_run ON run_finding (run_n) WHERE run_n > 0;
CREATE INDEX run_finding_disposed ON run_finding (disposition) WHERE disposition IS NOT NULL;

-- Tests that could not be made on a source because its format does not carry
-- what they look at.
CREATE TABLE run_untested (
  source_n INTEGER NOT NULL REFERENCES run_source (n),
  code     TEXT NOT NULL,
  why      TEXT NOT NULL,
  PRIMARY KEY (source_n, code)
) STRICT, WITHOUT ROWID;

-- Rollups, kept while importing: package oversight's Stream, table by table.

CREATE TABLE run_total (
  workflow_n     INTEGER PRIMARY KEY REFERENCES run_workflow (n),
  runs           INTEGER NOT NULL,
  steps          INTEGER NOT NULL,
  decisions      INTEGER NOT NULL,
  outputs        INTEGER NOT NULL,
  accesses       INTEGER NOT NULL,
  with_output    INTEGER NOT NULL,
  with_reasoning INTEGER NOT NULL,
  untimed        INTEGER NOT NULL,
  numbered       INTEGER NOT NULL,
  sequence       BLOB NOT NULL,    -- oversight.Sequence
  definition     TEXT NOT NULL     -- digest of the description of the workflow that findings and sums rest on
) STRICT;

CREATE TABLE run_day (
  workflow_n INTEGER NOT NULL REFERENCES run_workflow (n),
  day        TEXT NOT NULL,     -- 2026-03-31, empty for runs without a time
  outcome    INTEGER NOT NULL,  -- run_text
  runs       INTEGER NOT NULL CHECK (runs > 0),
  PRIMARY KEY (workflow_n, day, outcome)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_segment (
  workflow_n INTEGER NOT NULL REFERENCES run_workflow (n),
  month      TEXT NOT NULL,
  segment    INTEGER NOT NULL,  -- run_text
  outcome    INTEGER NOT NULL,  -- run_text
  runs       INTEGER NOT NULL CHECK (runs > 0),
  PRIMARY KEY (workflow_n, month, segment, outcome)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_gate_day (
  workflow_n INTEGER NOT NULL REFERENCES run_workflow (n),
  gate       INTEGER NOT NULL,  -- run_text
  day        TEXT NOT NULL,
  counts     TEXT NOT NULL CHECK (json_valid(counts)),
  review     BLOB NOT NULL,     -- oversight.Sketch
  PRIMARY KEY (workflow_n, gate, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_officer_month (
  workflow_n INTEGER NOT NULL REFERENCES run_workflow (n),
  gate       INTEGER NOT NULL,  -- run_text
  account    INTEGER NOT NULL,  -- run_text
  month      TEXT NOT NULL,
  counts     TEXT NOT NULL CHECK (json_valid(counts)),
  review     BLOB NOT NULL,     -- oversight.Sketch
  streak     BLOB NOT NULL,     -- oversight.Streak
  PRIMARY KEY (workflow_n, gate, account, month)
) STRICT, WITHOUT ROWID;

-- The sum of an account's months.
CREATE TABLE run_officer (
  workflow_n INTEGER NOT NULL REFERENCES run_workflow (n),
  gate       INTEGER NOT NULL,  -- run_text
  account    INTEGER NOT NULL,  -- run_text
  counts     TEXT NOT NULL CHECK (json_valid(counts)),
  review     BLOB NOT NULL,     -- oversight.Sketch
  PRIMARY KEY (workflow_n, gate, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_version (
  workflow_n INTEGER NOT NULL REFERENCES run_workflow (n),
  what       TEXT NOT NULL CHECK (what IN ('workflow', 'model', 'prompt')),
  version    INTEGER NOT NULL,  -- run_text
  runs       INTEGER NOT NULL CHECK (runs > 0),
  first      INTEGER,
  last       INTEGER,
  first_run  TEXT NOT NULL CHECK (json_valid(first_run)),
  PRIMARY KEY (workflow_n, what, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_account (
  workflow_n INTEGER NOT NULL REFERENCES run_workflow (n),
  account    INTEGER NOT NULL,  -- run_text
  events     INTEGER NOT NULL CHECK (events > 0),
  PRIMARY KEY (workflow_n, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_finding_day (
  workflow_n INTEGER NOT NULL REFERENCES run_workflow (n),
  code       TEXT NOT NULL,
  gate       INTEGER NOT NULL,  -- run_text
  day        TEXT NOT NULL,
  findings   INTEGER NOT NULL CHECK (findings > 0),
  PRIMARY KEY (workflow_n, code, gate, day)
) STRICT, WITHOUT ROWID;
