-- The first format. Never changed once released: the next change is 0002.
--
-- Column names are the JSON's field names. Times are milliseconds since 1970 UTC, null for "none". Ids are the 16
-- bytes of a UUIDv7, so that order by id is order by time of creation (against text: 36 to 16 bytes in each of five
-- places). Enumerations of runs are checked with OR: IN with more than two values builds a table of them for each
-- statement (measured: half of the time of a claim).

CREATE TABLE settings (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
    retention_days INTEGER NOT NULL DEFAULT 90 CHECK (retention_days BETWEEN 1 AND 3650)
) STRICT;
INSERT INTO settings (id) VALUES (1);

-- All occurrences up to planned_until have their rows in runs.
CREATE TABLE planner (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    planned_until INTEGER
) STRICT;
INSERT INTO planner (id) VALUES (1);

CREATE TABLE targets (
    name TEXT PRIMARY KEY NOT NULL,
    spec TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision >= 1),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- spec is the job as JSON (job.h), the truth; the other columns are what queries need, and what is not part of the
-- job's own form.
CREATE TABLE jobs (
    name TEXT PRIMARY KEY NOT NULL,
    target TEXT REFERENCES targets (name),
    spec TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision >= 1),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    effective_from INTEGER NOT NULL,
    paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
    paused_until INTEGER
) STRICT;
-- Read at every change: what a server compares with what it knows, without reading the specs.
CREATE INDEX jobs_revisions ON jobs (name, revision, updated_at);
CREATE INDEX jobs_by_target ON jobs (target, name) WHERE target IS NOT NULL;

-- History outlives the job, so job is a name and no reference.
CREATE TABLE runs (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    job TEXT NOT NULL,
    trigger TEXT NOT NULL
        CHECK (trigger = 'schedule' OR trigger = 'catch_up' OR trigger = 'manual' OR trigger = 'api' OR
               trigger = 'retry'),
    scheduled_for INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    state TEXT NOT NULL
        CHECK (state = 'queued' OR state = 'running' OR state = 'retrying' OR state = 'succeeded' OR state = 'failed' OR
               state = 'canceled' OR state = 'skipped' OR state = 'missed'),
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    started_at INTEGER,
    finished_at INTEGER
        CHECK ((finished_at IS NULL) = (state = 'queued' OR state = 'running' OR state = 'retrying')),
    next_attempt_at INTEGER,
    lateness_ms INTEGER,
    duration_ms INTEGER,
    http_status INTEGER,
    outcome TEXT
        CHECK (outcome IS NULL OR outcome = 'ok' OR outcome = 'http_status' OR outcome = 'assertion' OR
               outcome = 'timeout' OR outcome = 'dns' OR outcome = 'connect' OR outcome = 'tls' OR
               outcome = 'protocol' OR outcome = 'too_large' OR outcome = 'blocked' OR outcome = 'secret' OR
               outcome = 'interrupted' OR outcome = 'canceled'),
    message TEXT NOT NULL DEFAULT '',
    metrics TEXT,
    retry_of BLOB,
    cancel_requested INTEGER NOT NULL DEFAULT 0 CHECK (cancel_requested IN (0, 1)),
    occurrences INTEGER NOT NULL DEFAULT 1 CHECK (occurrences >= 1)
) STRICT, WITHOUT ROWID;

-- Promise 1: an occurrence is one row, however often it is planned. Time first: what is due together is together in
-- the index, so that a claim touches no page of its own (with the job first, claims took three times as long at
-- 400,000 runs).
CREATE UNIQUE INDEX runs_occurrence ON runs (scheduled_for, job) WHERE trigger IN ('schedule', 'catch_up');
-- Lists, newest first. Those by state and job hold final runs alone, so that a run enters each once, at its end; open
-- ones are few and have their own. Final is "finished_at is not null", as the check above makes sure. A job's list of
-- all states merges its states (run_list_job), which spares an index that is as scattered as there are jobs.
CREATE INDEX runs_by_state ON runs (state, id) WHERE finished_at IS NOT NULL;
CREATE INDEX runs_by_job ON runs (job, state, id) WHERE finished_at IS NOT NULL;
CREATE INDEX runs_open ON runs (id) WHERE finished_at IS NULL;
CREATE INDEX runs_requested ON runs (id) WHERE state = 'queued' AND trigger NOT IN ('schedule', 'catch_up');
CREATE INDEX runs_cancel_requested ON runs (id) WHERE cancel_requested = 1 AND finished_at IS NULL;

-- A rowid table on purpose: its rows are 1 to 140 KB, and pages of a table without rowid hold at most 1 KB of a row
-- before spilling (measured: 5.0 KB a run against 1.7 KB, and the end of a run twice as slow).
CREATE TABLE attempts (
    run_id BLOB NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    number INTEGER NOT NULL CHECK (number >= 1),
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    outcome TEXT
        CHECK (outcome IS NULL OR outcome = 'ok' OR outcome = 'http_status' OR outcome = 'assertion' OR
               outcome = 'timeout' OR outcome = 'dns' OR outcome = 'connect' OR outcome = 'tls' OR
               outcome = 'protocol' OR outcome = 'too_large' OR outcome = 'blocked' OR outcome = 'secret' OR
               outcome = 'interrupted' OR outcome = 'canceled'),
    http_status INTEGER,
    message TEXT NOT NULL DEFAULT '',
    dns_ms INTEGER,
    connect_ms INTEGER,
    tls_ms INTEGER,
    first_byte_ms INTEGER,
    total_ms INTEGER,
    remote_address TEXT,
    request_method TEXT,
    request_url TEXT,
    request_headers TEXT,
    request_body TEXT,
    response_headers TEXT,
    response_body TEXT,
    response_truncated INTEGER NOT NULL DEFAULT 0 CHECK (response_truncated IN (0, 1)),
    response_size INTEGER,
    PRIMARY KEY (run_id, number)
) STRICT;

-- The data key, wrapped by the master key (vault.h).
CREATE TABLE vault (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    data_key BLOB NOT NULL
) STRICT;

-- value is nonce, ciphertext and tag; name and version are authenticated with it.
CREATE TABLE secrets (
    name TEXT PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    value BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- hash is the SHA-256 of the token, which is kept nowhere; prefix its first 8 characters.
CREATE TABLE tokens (
    name TEXT PRIMARY KEY NOT NULL,
    prefix TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    scope TEXT NOT NULL CHECK (scope IN ('read', 'operate', 'admin')),
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
CREATE INDEX tokens_by_prefix ON tokens (prefix);
