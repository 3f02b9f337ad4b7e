-- Backups by schedule, and where this store is at home (home.h).
ALTER TABLE settings ADD COLUMN backup_schedule TEXT;
ALTER TABLE settings ADD COLUMN backup_keep INTEGER NOT NULL DEFAULT 7 CHECK (backup_keep BETWEEN 1 AND 1000);

-- The place as the last server found it; 0 and '' are "not known". copied_at: this file is a backup made then, and nobody has taken it for a
-- store since. hold: nothing is called until somebody resumes it, as another machine may call too; hold_of: when the copy was made.
CREATE TABLE home (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    inode INTEGER NOT NULL DEFAULT 0,
    born_ns INTEGER NOT NULL DEFAULT 0,
    machine TEXT NOT NULL DEFAULT '',
    hardware TEXT NOT NULL DEFAULT '',
    path TEXT NOT NULL DEFAULT '',
    copied_at INTEGER,
    hold TEXT CHECK (hold IS NULL OR hold = 'restored' OR hold = 'copied'),
    hold_of INTEGER
) STRICT;
INSERT INTO home (id) VALUES (1);
