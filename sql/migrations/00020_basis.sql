-- What an explanation of findings rests on beside its text: the class of the
-- reason, the record that shows it, whose answer it is, and who approved it
-- (review.Basis). Absent from what was decided before, which one person did.

-- +goose Up
ALTER TABLE disposition ADD COLUMN basis TEXT CHECK (basis IS NULL OR json_valid(basis));
