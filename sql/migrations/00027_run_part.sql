-- A later import may hold more of a run that is held: the next month's export of a
-- case that went on, the second of two files that a log was rotated into. Each part
-- stays as its own file says it, and they are put together when the run is read.

-- +goose Up

CREATE TABLE run_part (
  n    INTEGER PRIMARY KEY NOT NULL REFERENCES run_record (n),
  of_n INTEGER NOT NULL REFERENCES run_record (n) -- the part that was there first
) STRICT;
CREATE INDEX run_part_of ON run_part (of_n);

-- What became of the other records of an import's file.
ALTER TABLE run_source ADD COLUMN no_run INTEGER NOT NULL DEFAULT 0;         -- belong to no run
ALTER TABLE run_source ADD COLUMN left_aside TEXT NOT NULL DEFAULT '[]';     -- by the mapping's rules: [{"name", "events"}]
