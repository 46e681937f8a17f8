-- What is large of runs moves into blocks: the details and the texts of some hundred
-- runs in one row, compressed, in the form that package store/runs specifies. A row
-- each in tables of their own cost an import a third of its time and of the file.
-- Migration 51, which is written in Go, moves what is held, and drops run_output,
-- run_decision and the column run_record.body.

-- +goose Up
CREATE TABLE run_block (
  first_n INTEGER PRIMARY KEY CHECK (first_n > 0),
  last_n  INTEGER NOT NULL CHECK (last_n >= first_n), -- its runs are of one import and follow one another
  bodies  BLOB NOT NULL,
  texts   BLOB NOT NULL
) STRICT;
