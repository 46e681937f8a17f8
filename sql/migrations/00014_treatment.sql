-- What an import's privacy rules did: which fields it dropped, hashed or
-- shortened, and how many values of each. The rules are in source.mapping.

-- +goose Up
CREATE TABLE run_treatment (
  source_n INTEGER NOT NULL REFERENCES run_source (n),
  field    TEXT NOT NULL,
  what     TEXT NOT NULL CHECK (what IN ('drop', 'hash', 'shorten')),
  treated  INTEGER NOT NULL CHECK (treated >= 0),  -- values
  PRIMARY KEY (source_n, field, what)
) STRICT, WITHOUT ROWID;
