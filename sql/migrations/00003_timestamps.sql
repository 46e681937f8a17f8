-- A certificate's document can gain a timestamp or validation data after it
-- was issued: two more things that happen to it. SQLite cannot change a CHECK,
-- so the table is made anew; its rows stay as they are, in their order.

-- +goose Up
CREATE TABLE certificate_event_new (
  id     TEXT PRIMARY KEY NOT NULL,
  number TEXT NOT NULL REFERENCES certificate (number),
  kind   TEXT NOT NULL CHECK (kind IN ('countersigned', 'timestamped', 'completed', 'superseded', 'revoked')),
  at     TEXT NOT NULL,
  by     TEXT NOT NULL,
  detail TEXT NOT NULL                             -- the new PDF's digest, the successor's number, or the reason
) STRICT;
INSERT INTO certificate_event_new (id, number, kind, at, by, detail)
  SELECT id, number, kind, at, by, detail FROM certificate_event ORDER BY rowid;
DROP TABLE certificate_event;
ALTER TABLE certificate_event_new RENAME TO certificate_event;
-- +goose StatementBegin
CREATE TRIGGER certificate_event_no_update BEFORE UPDATE ON certificate_event BEGIN SELECT raise(ABORT, 'an issued certificate is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certificate_event_no_delete BEFORE DELETE ON certificate_event BEGIN SELECT raise(ABORT, 'an issued certificate is never deleted'); END;
-- +goose StatementEnd
