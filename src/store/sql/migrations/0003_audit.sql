-- Who changed what, from where, when. An id is the 16 bytes of a UUIDv7 made of `at`, so that order by id is order by
-- time, and age is asked of the key. Rows are added, and deleted by age alone. Actions are not checked here: the
-- program's table of them grows (store/audit.h).
CREATE TABLE audit (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    address TEXT NOT NULL DEFAULT '',
    action TEXT NOT NULL,
    resource TEXT NOT NULL DEFAULT '',
    detail TEXT NOT NULL DEFAULT '{}'
) STRICT, WITHOUT ROWID;
CREATE TRIGGER audit_is_final BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'what was recorded in the audit stays as it is');
END;

-- Counts the data keys of this store: a server that holds an older one notices.
ALTER TABLE vault ADD COLUMN number INTEGER NOT NULL DEFAULT 1;
