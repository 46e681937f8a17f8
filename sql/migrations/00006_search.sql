-- Full-text search of what the AI wrote and of why people decided.
--
-- Both tables are derived from run_output and run_decision. They are filled in
-- the background after an import and can be made anew at any time.

-- +goose Up

-- One document a run. It holds no text (content=''), only where which word
-- stands. The rowid sorts as people look at runs, newest first within a
-- workflow, and finds the run:
--
--   workflow_n << 50 | hour << 29 | n
--
-- hour is hours since 1970, at least 1, and 0 for runs without a time: a
-- workflow and a period are one range of rowids. Finer times would make the
-- lists of rowids, which FTS5 keeps by their differences, several times as large.
CREATE VIRTUAL TABLE run_search USING fts5(
  output, reasoning, reason,
  content='', contentless_delete=1, tokenize="porter unicode61 remove_diacritics 2"
);
-- In memory before it is written: fewer, larger segments to merge.
INSERT INTO run_search (run_search, rank) VALUES ('hashsize', 16777216);

-- How far the search has come: all runs up to this number have their document.
CREATE TABLE run_searched (
  one  INTEGER PRIMARY KEY CHECK (one = 1),
  upto INTEGER NOT NULL CHECK (upto >= 0)
) STRICT;
INSERT INTO run_searched (one, upto) VALUES (1, 0);
