-- What a log does not show of the order at a gate is told, reasons that say nothing are
-- none, and what was decided before a run began is found: runs that were tested before
-- are tested again.

-- +goose Up
UPDATE run_total SET definition = '';
