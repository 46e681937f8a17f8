-- Documents that are written along the questions of a form: impact assessments, equality
-- analyses, dossiers on human involvement.

-- +goose Up

CREATE TABLE form (
  id          TEXT PRIMARY KEY NOT NULL,
  body        TEXT NOT NULL CHECK (json_valid(body)),
  ref         TEXT NOT NULL GENERATED ALWAYS AS (body->>'ref') STORED UNIQUE,
  key         TEXT GENERATED ALWAYS AS (nullif(body->>'key', '')) STORED UNIQUE,
  workflow_id TEXT NOT NULL GENERATED ALWAYS AS (body->>'workflow_id') STORED REFERENCES workflow (id),
  status      TEXT NOT NULL GENERATED ALWAYS AS (body->>'status') STORED
              CHECK (status IN ('draft', 'signing', 'signed', 'superseded'))
) STRICT;
CREATE INDEX form_workflow ON form (workflow_id);
