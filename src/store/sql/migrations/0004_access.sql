-- Who may come in: what is asked of tokens, the administrator's password, sessions, and the link of the first set-up. Of whatever opens
-- a door only the SHA-256 is kept (of the password, PBKDF2), with its first 8 characters to find it by.

-- tags: a JSON array of tags; what is asked for is a job that has one of them. Empty: no restriction.
ALTER TABLE tokens ADD COLUMN expires_at INTEGER;
ALTER TABLE tokens ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';

-- No row: no password was set. rounds may grow: a hash is checked with its own. device_key signs the cookies by which a browser
-- that logged in before is known again.
CREATE TABLE admin (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    salt BLOB NOT NULL CHECK (length(salt) = 16),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    rounds INTEGER NOT NULL CHECK (rounds >= 1),
    device_key BLOB NOT NULL CHECK (length(device_key) = 32),
    updated_at INTEGER NOT NULL
) STRICT;

-- id names a session to people (a UUIDv7) and opens nothing. It ends at expires_at, or when last_seen_at is too long ago.
CREATE TABLE sessions (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    prefix TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    address TEXT NOT NULL DEFAULT '',
    user_agent TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_prefix ON sessions (prefix);

-- The one set-up link that is good.
CREATE TABLE setup (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    expires_at INTEGER NOT NULL
) STRICT;

-- Filters of the audit, newest first.
CREATE INDEX audit_by_actor ON audit (actor, id);
CREATE INDEX audit_by_action ON audit (action, id);
CREATE INDEX audit_by_resource ON audit (resource, id);
