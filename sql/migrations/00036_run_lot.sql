-- The identifiers of runs are kept in lots: an import writes a lot of its own, one
-- after another in the order of their hashes, instead of touching every page of one
-- table that grows with all that is held. A filter for each import's part of a lot
-- tells, without reading the lot, that an identifier is not in it.

-- +goose Up

CREATE TABLE run_lot (
  n          INTEGER PRIMARY KEY CHECK (n > 0),
  workflow_n INTEGER NOT NULL REFERENCES run_workflow (n),
  first_n    INTEGER NOT NULL,  -- its runs' numbers lie between first_n and last_n
  last_n     INTEGER NOT NULL,
  keys       INTEGER NOT NULL CHECK (keys >= 0)  -- rows of run_key
) STRICT;
CREATE INDEX run_lot_workflow ON run_lot (workflow_n);

-- The bits of package runs' filters, over all keys of a lot where their sum is that
-- of the lot; otherwise the lot is read, and its filter made anew.
CREATE TABLE run_filter (
  n     INTEGER PRIMARY KEY,
  lot_n INTEGER NOT NULL REFERENCES run_lot (n),
  keys  INTEGER NOT NULL CHECK (keys > 0),
  bits  BLOB NOT NULL
) STRICT;
CREATE INDEX run_filter_lot ON run_filter (lot_n);

-- What is there becomes one lot for each workflow, of the same number.
INSERT INTO run_lot (n, workflow_n, first_n, last_n, keys)
  SELECT workflow_n, workflow_n, 1, (SELECT coalesce(max(n), 1) FROM run_record), count(*)
  FROM run_key GROUP BY workflow_n;
ALTER TABLE run_key RENAME COLUMN workflow_n TO lot_n;
