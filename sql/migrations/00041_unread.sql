-- Which columns of an imported table the mapping names nowhere, and how many columns
-- the table has: what stands in them no test looked at.

-- +goose Up
ALTER TABLE run_source ADD COLUMN unread TEXT NOT NULL DEFAULT '[]';  -- JSON array of names
ALTER TABLE run_source ADD COLUMN table_columns INTEGER NOT NULL DEFAULT 0;
