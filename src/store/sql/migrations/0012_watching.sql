-- Watching: rules, where they are told, mutes, and what is being told; settings that go with it.

-- Messages are runs of a trigger of their own. The table may have millions of rows, and a CHECK cannot be altered, so its text is, as
-- SQLite's documentation has it for a change that no row can break (lang_altertable.html, section 7). The schema is read anew at
-- once; what makes tables below counts schema_version up, by which other connections notice. The row that is put and taken away again
-- makes sure of it: were the text another than expected, the upgrade would end here, undone.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, 'trigger = ''retry'')', 'trigger = ''retry'' OR trigger = ''alert'')')
WHERE type = 'table' AND name = 'runs';
PRAGMA writable_schema = RESET;
INSERT INTO runs (id, job, trigger, scheduled_for, created_at, state) VALUES (zeroblob(16), '', 'alert', 0, 0, 'queued');
DELETE FROM runs WHERE id = zeroblob(16);

-- spec is the form as JSON (core/alert.h, core/channel.h), the truth.
CREATE TABLE alerts (
    name TEXT PRIMARY KEY NOT NULL,
    spec TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision >= 1),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE channels (
    name TEXT PRIMARY KEY NOT NULL,
    spec TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision >= 1),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- name: of the rule, job or target; '' of all. until null: until somebody ends it.
CREATE TABLE alert_mutes (
    scope TEXT NOT NULL CHECK (scope IN ('all', 'rule', 'job', 'target')),
    name TEXT NOT NULL,
    until INTEGER,
    PRIMARY KEY (scope, name)
) STRICT, WITHOUT ROWID;

-- A rule on one subject, while it pends, fires, or is over and not told yet (core/watch.h). rule: its name, or '@N:on' of a job's own.
CREATE TABLE watch_states (
    rule TEXT NOT NULL,
    subject TEXT NOT NULL,
    kind TEXT NOT NULL,
    phase TEXT NOT NULL CHECK (phase IN ('pending', 'firing', 'over')),
    count INTEGER NOT NULL,
    since INTEGER,
    last_at INTEGER,
    over_at INTEGER,
    told_at INTEGER,
    due_at INTEGER,
    run BLOB,
    value REAL NOT NULL,
    target TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (rule, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX watch_states_by_subject ON watch_states (subject);

ALTER TABLE settings ADD COLUMN alert_group_s INTEGER NOT NULL DEFAULT 60 CHECK (alert_group_s BETWEEN 0 AND 3600);
ALTER TABLE settings ADD COLUMN heartbeat_every_s INTEGER NOT NULL DEFAULT 60
    CHECK (heartbeat_every_s BETWEEN 10 AND 86400);
ALTER TABLE settings ADD COLUMN heartbeat_url TEXT;
ALTER TABLE settings ADD COLUMN page_url TEXT;

-- When a heartbeat was sent last: the write that shows that the store takes one (store/heartbeat.h).
ALTER TABLE planner ADD COLUMN heartbeat_at INTEGER;

-- The rules of a new store: what everybody wants to hear of (store/alerts_default.c). Whoever needs others changes or removes them.
INSERT INTO alerts (name, spec, revision, created_at, updated_at)
SELECT column1, json_object('name', column1, 'description', '', 'enabled', json('true'), 'on', column2, 'jobs', json('[]'),
        'tags', json('[]'), 'after', column3, 'over_ms', NULL, 'over_s', NULL, 'within_s', column4, 'under_mib', column5,
        'metric', NULL, 'repeat_s', column6, 'recovery', json(column7), 'channels', json('[]')),
    1, CAST(unixepoch('subsec') * 1000 AS INTEGER), CAST(unixepoch('subsec') * 1000 AS INTEGER)
FROM (VALUES
    ('failing', 'failure', 1, NULL, NULL, 86400, 'true'),
    ('missed', 'missed', NULL, NULL, NULL, 0, 'false'),
    ('secret-age', 'secret_age', NULL, NULL, NULL, 604800, 'false'),
    ('certificate', 'certificate', NULL, 1209600, NULL, 172800, 'true'),
    ('disk', 'disk', NULL, NULL, 512, 14400, 'true'),
    ('sealed', 'sealed', NULL, NULL, NULL, 14400, 'true'),
    ('clock', 'clock', NULL, NULL, NULL, 14400, 'true'),
    ('overload', 'overload', NULL, NULL, NULL, 14400, 'true'),
    ('backup', 'backup', NULL, NULL, NULL, 14400, 'true'),
    ('store', 'store', NULL, NULL, NULL, 14400, 'true'));

-- Jobs' member `alerts` was kept without a look, and did nothing: what is there now has a meaning.
UPDATE jobs SET spec = json_set(spec, '$.alerts', json('[]')) WHERE json_valid(spec) AND spec ->> '$.alerts' <> '[]';

-- Jobs that are failing already are told of with the first channel.
INSERT INTO watch_states (rule, subject, kind, phase, count, since, last_at, run, value, target)
SELECT 'failing', f.job, 'failure', 'firing', f.runs, f.since, coalesce(r.finished_at, f.since), f.run, 0,
    CASE WHEN json_valid(j.spec) THEN coalesce(j.spec ->> '$.target', '') ELSE '' END
FROM job_failing f JOIN jobs j ON j.name = f.job LEFT JOIN runs r ON r.id = f.run;
