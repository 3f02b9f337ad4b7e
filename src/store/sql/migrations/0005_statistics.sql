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
