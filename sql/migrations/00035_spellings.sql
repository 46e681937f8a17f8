-- Two spellings of one account are told (OVR-14): runs that were tested before are
-- tested again.

-- +goose Up
UPDATE run_total SET definition = '';
