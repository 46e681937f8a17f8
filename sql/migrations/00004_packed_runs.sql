-- A run's steps, accesses and the particulars of its outputs and decisions
-- move into one value of its row, body, whose format package store/runs
-- specifies; what people search for stays text. Migration 5, which is written
-- in Go, converts what is held and drops the tables renamed here.
--
-- No foreign key leads from the bulk to its run, source or workflow any more:
-- one was looked up for each row. `assay check` looks instead.

-- +goose Up
DROP INDEX run_record_time;
ALTER TABLE run_step RENAME TO run_step_1;
ALTER TABLE run_decision RENAME TO run_decision_1;
ALTER TABLE run_access RENAME TO run_access_1;
ALTER TABLE run_output RENAME TO run_output_1;
ALTER TABLE run_record RENAME TO run_record_1;

CREATE TABLE run_record (
  n          INTEGER PRIMARY KEY CHECK (n > 0),
  workflow_n INTEGER NOT NULL,  -- run_workflow
  source_n   INTEGER NOT NULL,  -- run_source
  at         INTEGER,           -- the time it is filed under
  outcome    INTEGER NOT NULL,  -- run_text
  segment    INTEGER NOT NULL,  -- run_text
  line       INTEGER NOT NULL,  -- where it stands in the source; the rest of that is in body
  run_id     TEXT NOT NULL CHECK (run_id <> ''),
  digest     BLOB NOT NULL CHECK (length(digest) = 32),
  body       BLOB NOT NULL      -- everything else of the run, see package store/runs
) STRICT;
-- With outcome and segment, so that lists filtered by them need not look at each run.
CREATE INDEX run_record_time ON run_record (workflow_n, at, outcome, segment);

-- What the AI wrote, of the outputs that hold such texts. i counts a run's
-- outputs from 0.
CREATE TABLE run_output (
  run_n     INTEGER NOT NULL,
  i         INTEGER NOT NULL,
  text      TEXT NOT NULL,
  reasoning TEXT NOT NULL,
  PRIMARY KEY (run_n, i)
) STRICT, WITHOUT ROWID;

-- Reasons that officers gave, of the decisions that have one. i counts a run's
-- decisions from 0.
CREATE TABLE run_decision (
  run_n  INTEGER NOT NULL,
  i      INTEGER NOT NULL,
  gate   INTEGER NOT NULL,  -- run_text
  reason TEXT NOT NULL,
  PRIMARY KEY (run_n, i)
) STRICT, WITHOUT ROWID;
