-- The personal data of an import can be purged while its proofs stay.

-- +goose Up

-- That an import's personal data was purged, by whom and why: an ordinary,
-- logged record. source.state says so too.
CREATE TABLE purge (
  source_id TEXT PRIMARY KEY NOT NULL REFERENCES source (id),
  at        TEXT NOT NULL,
  by        TEXT NOT NULL CHECK (by <> ''),
  reason    TEXT NOT NULL CHECK (reason <> ''),
  runs      INTEGER NOT NULL CHECK (runs >= 0),     -- runs whose content went
  decisions INTEGER NOT NULL CHECK (decisions >= 0)
) STRICT;

-- What the purged runs came to: they cannot be counted again. Of a purged run
-- stay its row with the digest of its content, the day, and the line; its
-- identifier is then "purged:" and the digest in hex.
CREATE TABLE run_purged (
  source_n INTEGER PRIMARY KEY REFERENCES run_source (n),
  sums     TEXT NOT NULL CHECK (json_valid(sums))  -- oversight.Stream, accounts under labels
) STRICT;
