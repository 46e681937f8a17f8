-- Samples of runs that a person reads, and what was said of each run. Until now
-- only a workflow's latest sample was kept, in a setting.

-- +goose Up

CREATE TABLE sample (
  id          TEXT PRIMARY KEY NOT NULL,
  body        TEXT NOT NULL CHECK (json_valid(body)),
  ref         TEXT NOT NULL GENERATED ALWAYS AS (body->>'ref') STORED UNIQUE,
  key         TEXT GENERATED ALWAYS AS (nullif(body->>'key', '')) STORED UNIQUE,
  workflow_id TEXT NOT NULL GENERATED ALWAYS AS (body->>'workflow_id') STORED REFERENCES workflow (id)
) STRICT;
CREATE INDEX sample_workflow ON sample (workflow_id);

-- Apart from the sample, so that each answer is a small change.
CREATE TABLE sample_reading (
  id        TEXT PRIMARY KEY NOT NULL,
  sample_id TEXT NOT NULL REFERENCES sample (id),
  run_id    TEXT NOT NULL CHECK (run_id <> ''),
  verdict   TEXT NOT NULL CHECK (verdict IN ('agree', 'disagree')),
  note      TEXT NOT NULL,
  by        TEXT NOT NULL CHECK (by <> ''),
  at        TEXT NOT NULL,
  UNIQUE (sample_id, run_id),
  CHECK (verdict = 'agree' OR note <> '')
) STRICT;
