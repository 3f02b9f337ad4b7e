-- Answers to requests with an Idempotency-Key, each committed together with what it answers.

-- A key is the asker's own, for one path. body is null where it is not kept: it held a secret, or was too large.
-- Ids grow, so that the oldest are first.
CREATE TABLE idempotency (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    asker TEXT NOT NULL,
    path TEXT NOT NULL,
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    status INTEGER NOT NULL,
    fields TEXT NOT NULL,
    body TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX idempotency_key ON idempotency (key, asker, path);

-- Grows with each change: the ETag.
ALTER TABLE settings ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
