-- A file may tell a run otherwise than it is held, or hold it under another
-- identifier. Such a row is no run of its own and no part of the one that is held:
-- it is kept beside it, and the run is tested in both tellings.

-- +goose Up

-- 0: the run goes on in this row; 1: it is told otherwise; 2: it is held under another identifier.
ALTER TABLE run_part ADD COLUMN kind INTEGER NOT NULL DEFAULT 0 CHECK (kind IN (0, 1, 2));

-- The findings that an import took away, by adding to runs that were held: [{"code", "gone"}].
ALTER TABLE run_source ADD COLUMN gone TEXT NOT NULL DEFAULT '[]';

-- Of runs that came in parts it is counted now which part was decided in.
UPDATE run_total SET definition = '' WHERE workflow_n IN (
  SELECT r.workflow_n FROM run_part p JOIN run_record r ON r.n = p.n
);
