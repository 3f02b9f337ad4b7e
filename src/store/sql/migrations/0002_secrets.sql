-- Secrets get versions, a reminder to rotate them, targets that they are bound to, and a memory of who took which version.

-- Values move below: where they were nothing is to stay. (What follows on opening sets this anew.)
PRAGMA secure_delete = ON;

-- value is nonce, ciphertext and tag; name and version are authenticated with it. The current version has no end; during
-- a rotation's overlap there is a previous one, until expires_at. Never more than these two, as the indexes make sure.
CREATE TABLE secret_versions (
    name TEXT NOT NULL REFERENCES secrets (name) ON DELETE CASCADE,
    version INTEGER NOT NULL CHECK (version >= 1),
    value BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (name, version)
) STRICT;
CREATE UNIQUE INDEX secret_versions_current ON secret_versions (name) WHERE expires_at IS NULL;
CREATE UNIQUE INDEX secret_versions_previous ON secret_versions (name) WHERE expires_at IS NOT NULL;
CREATE INDEX secret_versions_expiring ON secret_versions (expires_at) WHERE expires_at IS NOT NULL;

INSERT INTO secret_versions (name, version, value, created_at) SELECT name, version, value, updated_at FROM secrets;

-- version: the current one's number; rotate_every_s 0: no reminder.
ALTER TABLE secrets DROP COLUMN value;
ALTER TABLE secrets ADD COLUMN rotate_every_s INTEGER NOT NULL DEFAULT 7776000 CHECK (rotate_every_s >= 0);
ALTER TABLE secrets ADD COLUMN last_used_at INTEGER;

-- No row: the secret may go anywhere.
CREATE TABLE secret_targets (
    name TEXT NOT NULL REFERENCES secrets (name) ON DELETE CASCADE,
    target TEXT NOT NULL REFERENCES targets (name),
    PRIMARY KEY (name, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX secret_targets_by_target ON secret_targets (target, name);

-- Which version each place answered to last. place: a target's name, or an origin ("https://host:port", which no target
-- can be called).
CREATE TABLE secret_accepted (
    name TEXT NOT NULL REFERENCES secrets (name) ON DELETE CASCADE,
    place TEXT NOT NULL,
    version INTEGER NOT NULL,
    accepted_at INTEGER NOT NULL,
    PRIMARY KEY (name, place)
) STRICT, WITHOUT ROWID;
