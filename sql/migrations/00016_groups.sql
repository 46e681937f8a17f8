-- Sums by segment and by officer, so that whoever looks at one of them sees
-- every chart of it.

-- +goose Up

CREATE TABLE run_segment_gate (
  workflow_n INTEGER NOT NULL,  -- run_workflow
  segment    INTEGER NOT NULL,  -- run_text
  gate       INTEGER NOT NULL,  -- run_text
  month      TEXT NOT NULL,     -- of the runs; empty for those without a time
  counts     TEXT NOT NULL CHECK (json_valid(counts)),
  review     BLOB NOT NULL,     -- oversight.Sketch
  PRIMARY KEY (workflow_n, segment, gate, month)
) STRICT, WITHOUT ROWID;

-- Findings about single runs, by the runs' segment and by each account that
-- decided in them. Runs that were purged are in neither.
CREATE TABLE run_group_finding (
  workflow_n INTEGER NOT NULL,  -- run_workflow
  kind       TEXT NOT NULL CHECK (kind IN ('segment', 'officer')),
  name       INTEGER NOT NULL,  -- run_text
  month      TEXT NOT NULL,     -- of the runs; empty for those without a time
  code       TEXT NOT NULL,
  gate       INTEGER NOT NULL,  -- run_text
  findings   INTEGER NOT NULL CHECK (findings > 0),
  PRIMARY KEY (workflow_n, kind, name, month, code, gate)
) STRICT, WITHOUT ROWID;

-- What is held has no such sums yet: as if its workflows were described
-- otherwise, so that all is tested and summed up again when the register opens.
UPDATE run_total SET definition = '';
