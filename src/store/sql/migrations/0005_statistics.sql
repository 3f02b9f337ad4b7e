-- Statistics by the hour, and what lists are filtered by.

-- A job's tags, as its spec has them: who has a tag is asked for each list that is restricted to it.
CREATE TABLE job_tags (
    tag TEXT NOT NULL,
    name TEXT NOT NULL REFERENCES jobs (name) ON DELETE CASCADE,
    PRIMARY KEY (tag, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_tags_by_name ON job_tags (name);
INSERT OR IGNORE INTO job_tags (tag, name)
SELECT t.value, j.name FROM jobs j, json_each(j.spec, '$.tags') t WHERE json_valid(j.spec) AND t.type = 'text';

-- A job's open runs are looked for where many are open: its name spares a look at each of their rows.
DROP INDEX runs_open;
CREATE INDEX runs_open ON runs (id, job) WHERE finished_at IS NULL;
-- Runs made more than an hour after their occurrence: few. All others have an id from near their occurrence, so that a
-- list that ends some time ago begins there and takes of the newer ones these alone.
CREATE INDEX runs_late ON runs (id) WHERE created_at > scheduled_for + 3600000;
-- Runs that succeeded and yet have something to say, where messages are searched: few.
CREATE INDEX runs_told ON runs (id) WHERE state = 'succeeded' AND message <> '';

-- Statistics. What ended is noted in the same transaction as its end: one row for all that a transaction ended, which costs
-- a run next to nothing. A server folds such rows into run_counts a little later; whoever reads statistics adds what is not
-- yet folded. Both are packed (store/stats_note.h, core/tally.h).
CREATE TABLE run_ends (
    id INTEGER PRIMARY KEY,
    data BLOB NOT NULL
) STRICT;
-- The runs of a job ('': of all) that ended in the hour, or day, from `start` on. They outlive the runs themselves.
CREATE TABLE run_counts (
    job TEXT NOT NULL,
    hours INTEGER NOT NULL CHECK (hours = 1 OR hours = 24),
    start INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (job, hours, start)
) STRICT, WITHOUT ROWID;
-- 0: the runs from before this format are still to be counted, which opening the store for writing does at once.
CREATE TABLE statistics (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    counted INTEGER NOT NULL CHECK (counted = 0 OR counted = 1)
) STRICT;
INSERT INTO statistics (id, counted) VALUES (1, 0);
