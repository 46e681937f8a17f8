-- What runs show of each claim about a gate, and the tests that hold what was
-- decided against what left.

-- +goose Up

-- What is held was not counted for claims yet, nor tested so: as if its workflows
-- were described otherwise, so that all is tested and summed up again when the
-- register opens. Of runs that have been purged, what was found stands.
UPDATE run_total SET definition = '';
