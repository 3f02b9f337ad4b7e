PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA application_id = 1162039886;
PRAGMA user_version = 11;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE settings (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
    retention_days INTEGER NOT NULL DEFAULT 90 CHECK (retention_days BETWEEN 1 AND 3650)
, revision INTEGER NOT NULL DEFAULT 1, backup_schedule TEXT, backup_keep INTEGER NOT NULL DEFAULT 7 CHECK (backup_keep BETWEEN 1 AND 1000), retention_failed_days INTEGER NOT NULL DEFAULT 365
    CHECK (retention_failed_days BETWEEN 1 AND 3650), retention_bodies_days INTEGER NOT NULL DEFAULT 30
    CHECK (retention_bodies_days BETWEEN 1 AND 3650), retention_runs INTEGER NOT NULL DEFAULT 100000
    CHECK (retention_runs BETWEEN 0 AND 10000000)) STRICT;
INSERT INTO settings VALUES(1,0,90,1,NULL,7,365,30,100000);
CREATE TABLE planner (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    planned_until INTEGER
) STRICT;
INSERT INTO planner VALUES(1,1795359383219);
CREATE TABLE targets (
    name TEXT PRIMARY KEY NOT NULL,
    spec TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision >= 1),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
INSERT INTO targets VALUES('functions','{"name":"functions","base_url":"http://functions.invalid:1","headers":{"authorization":"Bearer {{secret.SERVICE_ROLE_KEY}}"},"max_concurrent":64,"rate":null,"ca_file":null,"tls_min":"1.2","allow_private":["127.0.0.0/8","::1/128"],"health_path":null}',1,1795359306093,1795359306093);
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
INSERT INTO jobs VALUES('good','functions','{"name":"good","description":"für später","enabled":true,"tags":["a","b"],"schedule":"@at 2100-01-01T00:00:00","timezone":"Europe/Berlin","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/echo","headers":{"x-internal-key":"{{secret.CRON_INTERNAL_KEY}}"},"body":{"source":"cron","at":"{{now}}"}},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795359306093,1795359306093,1795359306093,0,NULL);
INSERT INTO jobs VALUES('bad','functions','{"name":"bad","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/status?code=500&error=no","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795359306093,1795359306093,1795359306093,0,NULL);
INSERT INTO jobs VALUES('flaky','functions','{"name":"flaky","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/status?code=503","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":3,"initial_ms":60000,"multiplier":2,"max_ms":60000,"max_age_s":0},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795359306093,1795359306093,1795359306093,0,NULL);
INSERT INTO jobs VALUES('under-way','functions','{"name":"under-way","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/slow?ms=60000","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":3,"initial_ms":60000,"multiplier":2,"max_ms":60000,"max_age_s":0},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795359306093,1795359306093,1795359306093,0,NULL);
INSERT INTO jobs VALUES('under-way-old','functions','{"name":"under-way-old","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/slow?ms=60000","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":3,"initial_ms":60000,"multiplier":2,"max_ms":60000,"max_age_s":1},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795359306093,1795359306093,1795359306093,0,NULL);
INSERT INTO jobs VALUES('under-way-once','functions','{"name":"under-way-once","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/slow?ms=60000","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_most_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795359306093,1795359306093,1795359306093,0,NULL);
INSERT INTO jobs VALUES('under-way-canceled','functions','{"name":"under-way-canceled","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/slow?ms=60000","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795359306093,1795359306093,1795359306093,0,NULL);
INSERT INTO jobs VALUES('waits','functions','{"name":"waits","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/echo","headers":{"x-internal-key":"{{secret.CRON_INTERNAL_KEY}}"},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795359306093,1795359306093,1795359306093,0,NULL);
INSERT INTO jobs VALUES('busy','functions','{"name":"busy","description":"","enabled":false,"tags":[],"schedule":"@every 1s","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/slow?ms=2500","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',2,1795359306093,1795359308126,1795359308126,0,NULL);
INSERT INTO jobs VALUES('often','functions','{"name":"often","description":"","enabled":false,"tags":[],"schedule":"@every 10s","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/ok","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"none","window_s":0},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',2,1795359306093,1795359383218,1795359383218,0,NULL);
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
, edited INTEGER) STRICT, WITHOUT ROWID;
INSERT INTO runs VALUES(X'01a203c0f31671408ec2f422b5320739','good','manual',1795359306518,1795359306518,'succeeded',1,1795359306523,1795359306553,NULL,5,30,200,'ok','',NULL,NULL,0,1,NULL);
INSERT INTO runs VALUES(X'01a203c0f342768e9d8814e7c7d28fb0','bad','manual',1795359306562,1795359306562,'failed',1,1795359306564,1795359306566,NULL,2,2,500,'http_status','the function answered 500 (internal server error) and said "no": the function failed or threw an exception: look at the function''s log for this time',NULL,NULL,0,1,NULL);
INSERT INTO runs VALUES(X'01a203c0f356730298b14ff0ea1ca5fe','flaky','manual',1795359306582,1795359306582,'retrying',2,1795359306588,NULL,1795359413333,6,NULL,503,'http_status','the function answered 503 (service unavailable) and said "as asked": the function did not start or is overloaded: look at the function''s log for this time, and try it locally',NULL,NULL,0,1,NULL);
INSERT INTO runs VALUES(X'01a203c0f36571b5bd50e6cdd72061af','flaky','manual',1795359306597,1795359306597,'canceled',1,1795359306602,1795359306661,NULL,5,59,503,'canceled','canceled by hand',NULL,NULL,1,1,NULL);
INSERT INTO runs VALUES(X'01a203c0f555726a829af5378661a5a5','busy','schedule',1795359307093,1795359307093,'succeeded',2,1795359307093,1795359385699,NULL,0,78606,200,'ok','',NULL,NULL,0,1,NULL);
INSERT INTO runs VALUES(X'01a203c0f93d7746b56bd4e763995f79','busy','schedule',1795359308093,1795359308093,'skipped',0,NULL,1795359308093,NULL,NULL,NULL,NULL,NULL,'skipped: run 01a203c0-f555-726a-829a-f5378661a5a5 of this job, of 2026-11-22T14:55:07.093Z, was still under way (overlap: skip)',NULL,NULL,0,1,NULL);
INSERT INTO runs VALUES(X'01a203c21e99735b8c4cb1cea68866e1','often','schedule',1795359316093,1795359383193,'missed',0,NULL,1795359383193,NULL,NULL,NULL,NULL,NULL,'late, and the job does not catch up (catch_up: none)',NULL,NULL,0,1,NULL);
INSERT INTO runs VALUES(X'01a203c21e99735b8c4dc87293883129','often','schedule',1795359326093,1795359383193,'succeeded',1,1795359383196,1795359383199,NULL,57103,3,200,'ok','',NULL,NULL,0,1,NULL);
INSERT INTO runs VALUES(X'01a203c21e99735b8c4edefdf76e7704','often','schedule',1795359336093,1795359383193,'skipped',0,NULL,1795359383193,NULL,NULL,NULL,NULL,NULL,'skipped: run 01a203c2-1e99-735b-8c4d-c87293883129 of this job, of 2026-11-22T14:55:26.093Z, was still under way (overlap: skip)',NULL,NULL,0,1,NULL);
INSERT INTO runs VALUES(X'01a203c21e99735b8c4fc87a888b40be','often','schedule',1795359346093,1795359383193,'skipped',0,NULL,1795359383193,NULL,NULL,NULL,NULL,NULL,'skipped: run 01a203c2-1e99-735b-8c4d-c87293883129 of this job, of 2026-11-22T14:55:26.093Z, was still under way (overlap: skip)',NULL,NULL,0,1,NULL);
INSERT INTO runs VALUES(X'01a203c21e99735b8c503ec0b6aad52d','often','schedule',1795359356093,1795359383193,'skipped',0,NULL,1795359383193,NULL,NULL,NULL,NULL,NULL,'skipped: run 01a203c2-1e99-735b-8c4d-c87293883129 of this job, of 2026-11-22T14:55:26.093Z, was still under way (overlap: skip)',NULL,NULL,0,1,NULL);
INSERT INTO runs VALUES(X'01a203c21e99735b8c51eedc909e22b7','often','schedule',1795359366093,1795359383193,'skipped',0,NULL,1795359383193,NULL,NULL,NULL,NULL,NULL,'skipped: run 01a203c2-1e99-735b-8c4d-c87293883129 of this job, of 2026-11-22T14:55:26.093Z, was still under way (overlap: skip)',NULL,NULL,0,1,NULL);
INSERT INTO runs VALUES(X'01a203c21e99735b8c52b44430d30e95','often','schedule',1795359376093,1795359383193,'skipped',0,NULL,1795359383193,NULL,NULL,NULL,NULL,NULL,'skipped: run 01a203c2-1e99-735b-8c4d-c87293883129 of this job, of 2026-11-22T14:55:26.093Z, was still under way (overlap: skip)',NULL,NULL,0,1,NULL);
INSERT INTO runs VALUES(X'01a203c22893749d85fb2fc6b0d45ea6','under-way','manual',1795359385747,1795359385747,'running',1,1795359385748,NULL,NULL,1,NULL,NULL,NULL,'',NULL,NULL,0,1,NULL);
INSERT INTO runs VALUES(X'01a203c2289c72ebba0bba0ca3bafcf2','under-way-old','manual',1795359385756,1795359385756,'running',1,1795359385757,NULL,NULL,1,NULL,NULL,NULL,'',NULL,NULL,0,1,NULL);
INSERT INTO runs VALUES(X'01a203c228a3761d91bb1ea39d27b4aa','under-way-once','manual',1795359385763,1795359385763,'running',1,1795359385764,NULL,NULL,1,NULL,NULL,NULL,'',NULL,NULL,0,1,NULL);
INSERT INTO runs VALUES(X'01a203c228ab72d692be3e719fb9cb8a','under-way-canceled','manual',1795359385771,1795359385771,'running',1,1795359385772,NULL,NULL,1,NULL,NULL,NULL,'',NULL,NULL,1,1,NULL);
INSERT INTO runs VALUES(X'01a203c228d773aba1c42870dcb99a6c','waits','manual',1795359385815,1795359385815,'queued',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'',NULL,NULL,0,1,NULL);
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
    response_size INTEGER, bodies_removed INTEGER,
    PRIMARY KEY (run_id, number)
) STRICT;
INSERT INTO attempts VALUES(X'01a203c0f31671408ec2f422b5320739',1,1795359306523,1795359306553,'ok',200,'',0,0,NULL,29,30,'127.0.0.1:43441','POST','http://functions.invalid:1/echo',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nx-internal-key: {{secret.CRON_INTERNAL_KEY}}\nUser-Agent: edgecron/0.4.0\nAccept: */*\nAccept-Encoding: identity\nContent-Type: application/json\nIdempotency-Key: 01a203c0-f316-7140-8ec2-f422b5320739\nX-Edgecron-Job: good\nX-Edgecron-Run: 01a203c0-f316-7140-8ec2-f422b5320739\nX-Edgecron-Attempt: 1\nX-Edgecron-Scheduled-For: 2026-11-22T14:55:06.518Z\ntraceparent: 00-01a203c0f31671408ec2f422b5320739-19378ed82fb5e9c3-01\n','\n',char(10)),'{"source":"cron","at":"2026-11-22T14:55:06.523Z"}',replace('content-type: application/json\ncontent-length: 648\nDate: Sun, 22 Nov 2026 14:55:06 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"ok":true,"headers":{"host":"functions.invalid:1","authorization":"Bearer [redacted:SERVICE_ROLE_KEY]","x-internal-key":"[redacted:CRON_INTERNAL_KEY]","user-agent":"edgecron/0.4.0","accept":"*/*","accept-encoding":"identity","content-type":"application/json","idempotency-key":"01a203c0-f316-7140-8ec2-f422b5320739","x-edgecron-job":"good","x-edgecron-run":"01a203c0-f316-7140-8ec2-f422b5320739","x-edgecron-attempt":"1","x-edgecron-scheduled-for":"2026-11-22T14:55:06.518Z","traceparent":"00-01a203c0f31671408ec2f422b5320739-19378ed82fb5e9c3-01","content-length":"49"},"body":"{\"source\":\"cron\",\"at\":\"2026-11-22T14:55:06.523Z\"}"}',0,648,NULL);
INSERT INTO attempts VALUES(X'01a203c0f342768e9d8814e7c7d28fb0',1,1795359306564,1795359306566,'http_status',500,'the function answered 500 (internal server error) and said "no": the function failed or threw an exception: look at the function''s log for this time',NULL,NULL,NULL,1,1,'127.0.0.1:43441','POST','http://functions.invalid:1/status?code=500&error=no',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nUser-Agent: edgecron/0.4.0\nAccept: */*\nAccept-Encoding: identity\nIdempotency-Key: 01a203c0-f342-768e-9d88-14e7c7d28fb0\nX-Edgecron-Job: bad\nX-Edgecron-Run: 01a203c0-f342-768e-9d88-14e7c7d28fb0\nX-Edgecron-Attempt: 1\nX-Edgecron-Scheduled-For: 2026-11-22T14:55:06.562Z\ntraceparent: 00-01a203c0f342768e9d8814e7c7d28fb0-9834a2e694ed81b2-01\n','\n',char(10)),NULL,replace('content-type: application/json\ncontent-length: 14\nDate: Sun, 22 Nov 2026 14:55:06 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"error":"no"}',0,14,NULL);
INSERT INTO attempts VALUES(X'01a203c0f356730298b14ff0ea1ca5fe',1,1795359306588,1795359306589,'http_status',503,'the function answered 503 (service unavailable) and said "as asked": the function did not start or is overloaded: look at the function''s log for this time, and try it locally',NULL,NULL,NULL,0,0,'127.0.0.1:43441','POST','http://functions.invalid:1/status?code=503',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nUser-Agent: edgecron/0.4.0\nAccept: */*\nAccept-Encoding: identity\nIdempotency-Key: 01a203c0-f356-7302-98b1-4ff0ea1ca5fe\nX-Edgecron-Job: flaky\nX-Edgecron-Run: 01a203c0-f356-7302-98b1-4ff0ea1ca5fe\nX-Edgecron-Attempt: 1\nX-Edgecron-Scheduled-For: 2026-11-22T14:55:06.582Z\ntraceparent: 00-01a203c0f356730298b14ff0ea1ca5fe-cb33cf2da4715020-01\n','\n',char(10)),NULL,replace('content-type: application/json\ncontent-length: 20\nDate: Sun, 22 Nov 2026 14:55:06 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"error":"as asked"}',0,20,NULL);
INSERT INTO attempts VALUES(X'01a203c0f36571b5bd50e6cdd72061af',1,1795359306602,1795359306609,'http_status',503,'the function answered 503 (service unavailable) and said "as asked": the function did not start or is overloaded: look at the function''s log for this time, and try it locally',NULL,NULL,NULL,7,7,'127.0.0.1:43441','POST','http://functions.invalid:1/status?code=503',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nUser-Agent: edgecron/0.4.0\nAccept: */*\nAccept-Encoding: identity\nIdempotency-Key: 01a203c0-f365-71b5-bd50-e6cdd72061af\nX-Edgecron-Job: flaky\nX-Edgecron-Run: 01a203c0-f365-71b5-bd50-e6cdd72061af\nX-Edgecron-Attempt: 1\nX-Edgecron-Scheduled-For: 2026-11-22T14:55:06.597Z\ntraceparent: 00-01a203c0f36571b5bd50e6cdd72061af-81b2d47b898e2613-01\n','\n',char(10)),NULL,replace('content-type: application/json\ncontent-length: 20\nDate: Sun, 22 Nov 2026 14:55:06 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"error":"as asked"}',0,20,NULL);
INSERT INTO attempts VALUES(X'01a203c0f555726a829af5378661a5a5',1,1795359307093,1795359383183,'interrupted',NULL,'edgecron was stopped during this attempt; the call may or may not have been processed; it is tried again with the same Idempotency-Key',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL);
INSERT INTO attempts VALUES(X'01a203c0f356730298b14ff0ea1ca5fe',2,1795359383195,1795359383198,'http_status',503,'the function answered 503 (service unavailable) and said "as asked": the function did not start or is overloaded: look at the function''s log for this time, and try it locally',0,1,NULL,1,2,'127.0.0.1:43441','POST','http://functions.invalid:1/status?code=503',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nUser-Agent: edgecron/0.4.0\nAccept: */*\nAccept-Encoding: identity\nIdempotency-Key: 01a203c0-f356-7302-98b1-4ff0ea1ca5fe\nX-Edgecron-Job: flaky\nX-Edgecron-Run: 01a203c0-f356-7302-98b1-4ff0ea1ca5fe\nX-Edgecron-Attempt: 2\nX-Edgecron-Scheduled-For: 2026-11-22T14:55:06.582Z\ntraceparent: 00-01a203c0f356730298b14ff0ea1ca5fe-72d0acaa2c7418fa-01\n','\n',char(10)),NULL,replace('content-type: application/json\ncontent-length: 20\nDate: Sun, 22 Nov 2026 14:56:23 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"error":"as asked"}',0,20,NULL);
INSERT INTO attempts VALUES(X'01a203c0f555726a829af5378661a5a5',2,1795359383196,1795359385699,'ok',200,'',0,1,NULL,2502,2503,'127.0.0.1:43441','POST','http://functions.invalid:1/slow?ms=2500',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nUser-Agent: edgecron/0.4.0\nAccept: */*\nAccept-Encoding: identity\nIdempotency-Key: 01a203c0-f555-726a-829a-f5378661a5a5\nX-Edgecron-Job: busy\nX-Edgecron-Run: 01a203c0-f555-726a-829a-f5378661a5a5\nX-Edgecron-Attempt: 2\nX-Edgecron-Scheduled-For: 2026-11-22T14:55:07.093Z\ntraceparent: 00-01a203c0f555726a829af5378661a5a5-c7330ac8d059a347-01\n','\n',char(10)),NULL,replace('content-type: application/json\ncontent-length: 11\nDate: Sun, 22 Nov 2026 14:56:25 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"ok":true}',0,11,NULL);
INSERT INTO attempts VALUES(X'01a203c21e99735b8c4dc87293883129',1,1795359383196,1795359383199,'ok',200,'',0,1,NULL,2,3,'127.0.0.1:43441','POST','http://functions.invalid:1/ok',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nUser-Agent: edgecron/0.4.0\nAccept: */*\nAccept-Encoding: identity\nIdempotency-Key: 01a203c2-1e99-735b-8c4d-c87293883129\nX-Edgecron-Job: often\nX-Edgecron-Run: 01a203c2-1e99-735b-8c4d-c87293883129\nX-Edgecron-Attempt: 1\nX-Edgecron-Scheduled-For: 2026-11-22T14:55:26.093Z\ntraceparent: 00-01a203c21e99735b8c4dc87293883129-b49808e1468dd665-01\n','\n',char(10)),NULL,replace('content-type: application/json\ncontent-length: 17\nDate: Sun, 22 Nov 2026 14:56:23 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"ok":true,"n":3}',0,17,NULL);
CREATE TABLE vault (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    data_key BLOB NOT NULL
, number INTEGER NOT NULL DEFAULT 1) STRICT;
INSERT INTO vault VALUES(1,X'a125e4798d44e626d3a9068f8f09866d7aa5f77589449f1ecac2a591f0b6b613db8d3c71040dde6eae31ad73c2dbe297291d72e1b1a9afc14a6c594f',1);
CREATE TABLE secrets (
    name TEXT PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
, rotate_every_s INTEGER NOT NULL DEFAULT 7776000 CHECK (rotate_every_s >= 0), last_used_at INTEGER) STRICT;
INSERT INTO secrets VALUES('CRON_INTERNAL_KEY',2,1795359306067,1795359306085,7776000,1795359306523);
INSERT INTO secrets VALUES('SERVICE_ROLE_KEY',1,1795359306077,1795359306077,7776000,1795359383196);
CREATE TABLE tokens (
    name TEXT PRIMARY KEY NOT NULL,
    prefix TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    scope TEXT NOT NULL CHECK (scope IN ('read', 'operate', 'admin')),
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
, expires_at INTEGER, tags TEXT NOT NULL DEFAULT '[]') STRICT;
INSERT INTO tokens VALUES('reader','ect_ti6n',X'56bca59530aa0230a9ee4f688964896f4ed8e63ac8937d18525e84f3df15060c','read',1795359306107,NULL,NULL,'[]');
INSERT INTO tokens VALUES('other','ect_WlKb',X'd0663aaf7c8ceeb194c0c863af5143ab45190ccbd8896854da7e592718091ad0','admin',1795359306117,NULL,NULL,'[]');
CREATE TABLE secret_versions (
    name TEXT NOT NULL REFERENCES secrets (name) ON DELETE CASCADE,
    version INTEGER NOT NULL CHECK (version >= 1),
    value BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (name, version)
) STRICT;
INSERT INTO secret_versions VALUES('CRON_INTERNAL_KEY',1,X'04ce4cb06a822d858f42eb67f9a33aa0d69d2999006310373d0bce38bcb204f1e2b8d535fe87225751f3dc6ddbc5236e0a4e4acc75e1f4ff4cbae4f46cc7',1795359306067,1795445706085);
INSERT INTO secret_versions VALUES('SERVICE_ROLE_KEY',1,X'144bdaadcf83d584adfa77b58553ae221b3c238501dfaa50f2e271e98edec0771ef7f6a546c7ae37b78e59d773d1422a4041b270ffd48b492642c84f599197',1795359306077,NULL);
INSERT INTO secret_versions VALUES('CRON_INTERNAL_KEY',2,X'b94941a2846ec18b2eb8f0bfde3712cf4081f4c83b0ae5af53a68cc668d868706f6987f6e404acf810a97e1ad0c7f0d923f85025bf674e8e13536c043ae4',1795359306085,NULL);
CREATE TABLE secret_targets (
    name TEXT NOT NULL REFERENCES secrets (name) ON DELETE CASCADE,
    target TEXT NOT NULL REFERENCES targets (name),
    PRIMARY KEY (name, target)
) STRICT, WITHOUT ROWID;
CREATE TABLE secret_accepted (
    name TEXT NOT NULL REFERENCES secrets (name) ON DELETE CASCADE,
    place TEXT NOT NULL,
    version INTEGER NOT NULL,
    accepted_at INTEGER NOT NULL,
    PRIMARY KEY (name, place)
) STRICT, WITHOUT ROWID;
INSERT INTO secret_accepted VALUES('CRON_INTERNAL_KEY','functions',2,1795359306553);
INSERT INTO secret_accepted VALUES('SERVICE_ROLE_KEY','functions',1,1795359383199);
CREATE TABLE audit (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    address TEXT NOT NULL DEFAULT '',
    action TEXT NOT NULL,
    resource TEXT NOT NULL DEFAULT '',
    detail TEXT NOT NULL DEFAULT '{}'
) STRICT, WITHOUT ROWID;
INSERT INTO audit VALUES(X'01a203c0f15377248ab846e3915be15f',1795359306067,'cli:root','','secret.create','CRON_INTERNAL_KEY','{"version":1,"overlap_s":0}');
INSERT INTO audit VALUES(X'01a203c0f15d745f9b5ee46aa2424009',1795359306077,'cli:root','','secret.create','SERVICE_ROLE_KEY','{"version":1,"overlap_s":0}');
INSERT INTO audit VALUES(X'01a203c0f1657286953579518a82c34e',1795359306085,'cli:root','','secret.rotate','CRON_INTERNAL_KEY','{"version":2,"overlap_s":86400}');
INSERT INTO audit VALUES(X'01a203c0f16d75fea8757a9bd6025fcc',1795359306093,'cli:root','','target.create','functions','{"changes":[{"pointer":"/name","after":"functions"},{"pointer":"/base_url","after":"http://functions.invalid:1"},{"pointer":"/headers","after":{"authorization":"Bearer {{secret.SERVICE_ROLE_KEY}}"}},{"pointer":"/max_concurrent","after":64},{"pointer":"/tls_min","after":"1.2"},{"pointer":"/allow_private","after":["127.0.0.0/8","::1/128"]}]}');
INSERT INTO audit VALUES(X'01a203c0f16d75fea8764f947691141a',1795359306093,'cli:root','','job.create','good','{"changes":[{"pointer":"/name","after":"good"},{"pointer":"/description","after":"für später"},{"pointer":"/enabled","after":true},{"pointer":"/tags","after":["a","b"]},{"pointer":"/schedule","after":"@at 2100-01-01T00:00:00"},{"pointer":"/timezone","after":"Europe/Berlin"},{"pointer":"/jitter_s","after":0},{"pointer":"/target","after":"functions"},{"pointer":"/request","after":{"method":"POST","url":"/echo","headers":{"x-internal-key":"{{secret.CRON_INTERNAL_KEY}}"},"body":{"source":"cron","at":"{{now}}"}}},{"pointer":"/timeout_ms","after":120000},{"pointer":"/connect_timeout_ms","after":10000},{"pointer":"/delivery","after":"at_least_once"},{"pointer":"/retry","after":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600}},{"pointer":"/overlap","after":"skip"},{"pointer":"/catch_up","after":{"policy":"latest","window_s":21600}},{"pointer":"/success","after":{"status":["2xx"],"json":[]}}]}');
INSERT INTO audit VALUES(X'01a203c0f16d75fea87787159050173c',1795359306093,'cli:root','','job.create','bad','{"changes":[{"pointer":"/name","after":"bad"},{"pointer":"/enabled","after":true},{"pointer":"/schedule","after":"@at 2100-01-01T00:00:00"},{"pointer":"/timezone","after":"UTC"},{"pointer":"/jitter_s","after":0},{"pointer":"/target","after":"functions"},{"pointer":"/request","after":{"method":"POST","url":"/status?code=500&error=no","headers":{},"body":null}},{"pointer":"/timeout_ms","after":120000},{"pointer":"/connect_timeout_ms","after":10000},{"pointer":"/delivery","after":"at_least_once"},{"pointer":"/retry","after":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600}},{"pointer":"/overlap","after":"skip"},{"pointer":"/catch_up","after":{"policy":"latest","window_s":21600}},{"pointer":"/success","after":{"status":["2xx"],"json":[]}}]}');
INSERT INTO audit VALUES(X'01a203c0f16d75fea878d8cc5c81b2cb',1795359306093,'cli:root','','job.create','flaky','{"changes":[{"pointer":"/name","after":"flaky"},{"pointer":"/enabled","after":true},{"pointer":"/schedule","after":"@at 2100-01-01T00:00:00"},{"pointer":"/timezone","after":"UTC"},{"pointer":"/jitter_s","after":0},{"pointer":"/target","after":"functions"},{"pointer":"/request","after":{"method":"POST","url":"/status?code=503","headers":{},"body":null}},{"pointer":"/timeout_ms","after":120000},{"pointer":"/connect_timeout_ms","after":10000},{"pointer":"/delivery","after":"at_least_once"},{"pointer":"/retry","after":{"max_attempts":3,"initial_ms":60000,"multiplier":2,"max_ms":60000,"max_age_s":0}},{"pointer":"/overlap","after":"skip"},{"pointer":"/catch_up","after":{"policy":"latest","window_s":21600}},{"pointer":"/success","after":{"status":["2xx"],"json":[]}}]}');
INSERT INTO audit VALUES(X'01a203c0f16d75fea87962c4efefc261',1795359306093,'cli:root','','job.create','under-way','{"changes":[{"pointer":"/name","after":"under-way"},{"pointer":"/enabled","after":true},{"pointer":"/schedule","after":"@at 2100-01-01T00:00:00"},{"pointer":"/timezone","after":"UTC"},{"pointer":"/jitter_s","after":0},{"pointer":"/target","after":"functions"},{"pointer":"/request","after":{"method":"POST","url":"/slow?ms=60000","headers":{},"body":null}},{"pointer":"/timeout_ms","after":120000},{"pointer":"/connect_timeout_ms","after":10000},{"pointer":"/delivery","after":"at_least_once"},{"pointer":"/retry","after":{"max_attempts":3,"initial_ms":60000,"multiplier":2,"max_ms":60000,"max_age_s":0}},{"pointer":"/overlap","after":"skip"},{"pointer":"/catch_up","after":{"policy":"latest","window_s":21600}},{"pointer":"/success","after":{"status":["2xx"],"json":[]}}]}');
INSERT INTO audit VALUES(X'01a203c0f16d75fea87aa4fbf0cc2bd8',1795359306093,'cli:root','','job.create','under-way-old','{"changes":[{"pointer":"/name","after":"under-way-old"},{"pointer":"/enabled","after":true},{"pointer":"/schedule","after":"@at 2100-01-01T00:00:00"},{"pointer":"/timezone","after":"UTC"},{"pointer":"/jitter_s","after":0},{"pointer":"/target","after":"functions"},{"pointer":"/request","after":{"method":"POST","url":"/slow?ms=60000","headers":{},"body":null}},{"pointer":"/timeout_ms","after":120000},{"pointer":"/connect_timeout_ms","after":10000},{"pointer":"/delivery","after":"at_least_once"},{"pointer":"/retry","after":{"max_attempts":3,"initial_ms":60000,"multiplier":2,"max_ms":60000,"max_age_s":1}},{"pointer":"/overlap","after":"skip"},{"pointer":"/catch_up","after":{"policy":"latest","window_s":21600}},{"pointer":"/success","after":{"status":["2xx"],"json":[]}}]}');
INSERT INTO audit VALUES(X'01a203c0f16d75fea87bc84a882a0466',1795359306093,'cli:root','','job.create','under-way-once','{"changes":[{"pointer":"/name","after":"under-way-once"},{"pointer":"/enabled","after":true},{"pointer":"/schedule","after":"@at 2100-01-01T00:00:00"},{"pointer":"/timezone","after":"UTC"},{"pointer":"/jitter_s","after":0},{"pointer":"/target","after":"functions"},{"pointer":"/request","after":{"method":"POST","url":"/slow?ms=60000","headers":{},"body":null}},{"pointer":"/timeout_ms","after":120000},{"pointer":"/connect_timeout_ms","after":10000},{"pointer":"/delivery","after":"at_most_once"},{"pointer":"/retry","after":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600}},{"pointer":"/overlap","after":"skip"},{"pointer":"/catch_up","after":{"policy":"latest","window_s":21600}},{"pointer":"/success","after":{"status":["2xx"],"json":[]}}]}');
INSERT INTO audit VALUES(X'01a203c0f16d75fea87c0fdb99202a2f',1795359306093,'cli:root','','job.create','under-way-canceled','{"changes":[{"pointer":"/name","after":"under-way-canceled"},{"pointer":"/enabled","after":true},{"pointer":"/schedule","after":"@at 2100-01-01T00:00:00"},{"pointer":"/timezone","after":"UTC"},{"pointer":"/jitter_s","after":0},{"pointer":"/target","after":"functions"},{"pointer":"/request","after":{"method":"POST","url":"/slow?ms=60000","headers":{},"body":null}},{"pointer":"/timeout_ms","after":120000},{"pointer":"/connect_timeout_ms","after":10000},{"pointer":"/delivery","after":"at_least_once"},{"pointer":"/retry","after":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600}},{"pointer":"/overlap","after":"skip"},{"pointer":"/catch_up","after":{"policy":"latest","window_s":21600}},{"pointer":"/success","after":{"status":["2xx"],"json":[]}}]}');
INSERT INTO audit VALUES(X'01a203c0f16d75fea87d62bca7929336',1795359306093,'cli:root','','job.create','waits','{"changes":[{"pointer":"/name","after":"waits"},{"pointer":"/enabled","after":true},{"pointer":"/schedule","after":"@at 2100-01-01T00:00:00"},{"pointer":"/timezone","after":"UTC"},{"pointer":"/jitter_s","after":0},{"pointer":"/target","after":"functions"},{"pointer":"/request","after":{"method":"POST","url":"/echo","headers":{"x-internal-key":"{{secret.CRON_INTERNAL_KEY}}"},"body":null}},{"pointer":"/timeout_ms","after":120000},{"pointer":"/connect_timeout_ms","after":10000},{"pointer":"/delivery","after":"at_least_once"},{"pointer":"/retry","after":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600}},{"pointer":"/overlap","after":"skip"},{"pointer":"/catch_up","after":{"policy":"latest","window_s":21600}},{"pointer":"/success","after":{"status":["2xx"],"json":[]}}]}');
INSERT INTO audit VALUES(X'01a203c0f16d75fea87e51209eedc15b',1795359306093,'cli:root','','job.create','busy','{"changes":[{"pointer":"/name","after":"busy"},{"pointer":"/enabled","after":true},{"pointer":"/schedule","after":"@every 1s"},{"pointer":"/timezone","after":"UTC"},{"pointer":"/jitter_s","after":0},{"pointer":"/target","after":"functions"},{"pointer":"/request","after":{"method":"POST","url":"/slow?ms=2500","headers":{},"body":null}},{"pointer":"/timeout_ms","after":120000},{"pointer":"/connect_timeout_ms","after":10000},{"pointer":"/delivery","after":"at_least_once"},{"pointer":"/retry","after":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600}},{"pointer":"/overlap","after":"skip"},{"pointer":"/catch_up","after":{"policy":"latest","window_s":21600}},{"pointer":"/success","after":{"status":["2xx"],"json":[]}}]}');
INSERT INTO audit VALUES(X'01a203c0f16d75fea87f8ecaff1974ff',1795359306093,'cli:root','','job.create','often','{"changes":[{"pointer":"/name","after":"often"},{"pointer":"/enabled","after":true},{"pointer":"/schedule","after":"@every 10s"},{"pointer":"/timezone","after":"UTC"},{"pointer":"/jitter_s","after":0},{"pointer":"/target","after":"functions"},{"pointer":"/request","after":{"method":"POST","url":"/ok","headers":{},"body":null}},{"pointer":"/timeout_ms","after":120000},{"pointer":"/connect_timeout_ms","after":10000},{"pointer":"/delivery","after":"at_least_once"},{"pointer":"/retry","after":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600}},{"pointer":"/overlap","after":"skip"},{"pointer":"/catch_up","after":{"policy":"none","window_s":0}},{"pointer":"/success","after":{"status":["2xx"],"json":[]}}]}');
INSERT INTO audit VALUES(X'01a203c0f17b7288a4cb28c419ae6721',1795359306107,'cli:root','','token.create','reader','{"scope":"read","expires_at":null,"tags":[]}');
INSERT INTO audit VALUES(X'01a203c0f18575f986f4774e80f0be32',1795359306117,'cli:root','','token.create','other','{"scope":"admin","expires_at":null,"tags":[]}');
INSERT INTO audit VALUES(X'01a203c0f2e272d3a239489eb87e8183',1795359306466,'cli:root','','admin.password','','{"by":"command"}');
INSERT INTO audit VALUES(X'01a203c0f31671408ec33dd7ee317b4a',1795359306518,'cli:root','','run.request','good','{"run":"01a203c0-f316-7140-8ec2-f422b5320739"}');
INSERT INTO audit VALUES(X'01a203c0f342768e9d8912ae56d826e9',1795359306562,'cli:root','','run.request','bad','{"run":"01a203c0-f342-768e-9d88-14e7c7d28fb0"}');
INSERT INTO audit VALUES(X'01a203c0f356730298b2772eed2245d5',1795359306582,'cli:root','','run.request','flaky','{"run":"01a203c0-f356-7302-98b1-4ff0ea1ca5fe"}');
INSERT INTO audit VALUES(X'01a203c0f36571b5bd51033b9378248e',1795359306597,'cli:root','','run.request','flaky','{"run":"01a203c0-f365-71b5-bd50-e6cdd72061af"}');
INSERT INTO audit VALUES(X'01a203c0f3a576adab9676a6aff69fbc',1795359306661,'cli:root','','run.cancel','01a203c0-f365-71b5-bd50-e6cdd72061af','{}');
INSERT INTO audit VALUES(X'01a203c0f95e737abd3725089d385dad',1795359308126,'cli:root','','job.update','busy','{"changes":[{"pointer":"/enabled","before":true,"after":false}]}');
INSERT INTO audit VALUES(X'01a203c21eb272478b7858c2439c23b3',1795359383218,'cli:root','','job.update','often','{"changes":[{"pointer":"/enabled","before":true,"after":false}]}');
INSERT INTO audit VALUES(X'01a203c22893749d85fc3923de852c5c',1795359385747,'cli:root','','run.request','under-way','{"run":"01a203c2-2893-749d-85fb-2fc6b0d45ea6"}');
INSERT INTO audit VALUES(X'01a203c2289c72ebba0c9e1f97e5d1b1',1795359385756,'cli:root','','run.request','under-way-old','{"run":"01a203c2-289c-72eb-ba0b-ba0ca3bafcf2"}');
INSERT INTO audit VALUES(X'01a203c228a3761d91bc4d74cbd6f9eb',1795359385763,'cli:root','','run.request','under-way-once','{"run":"01a203c2-28a3-761d-91bb-1ea39d27b4aa"}');
INSERT INTO audit VALUES(X'01a203c228ab72d692bfdde236f2405c',1795359385771,'cli:root','','run.request','under-way-canceled','{"run":"01a203c2-28ab-72d6-92be-3e719fb9cb8a"}');
INSERT INTO audit VALUES(X'01a203c228d773aba1c5f91a28c57fbd',1795359385815,'cli:root','','run.request','waits','{"run":"01a203c2-28d7-73ab-a1c4-2870dcb99a6c"}');
INSERT INTO audit VALUES(X'01a203c228e673638a3b1587fb79aa5b',1795359385830,'cli:root','','run.cancel','01a203c2-28ab-72d6-92be-3e719fb9cb8a','{}');
CREATE TABLE admin (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    salt BLOB NOT NULL CHECK (length(salt) = 16),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    rounds INTEGER NOT NULL CHECK (rounds >= 1),
    device_key BLOB NOT NULL CHECK (length(device_key) = 32),
    updated_at INTEGER NOT NULL
) STRICT;
INSERT INTO admin VALUES(1,X'987cf7cb467455e9e0641c15723642e8',X'c896e3c7f15dd5dcf8998d9bacd26c2ffb5213afbe60ce491ef0837cff204b19',600000,X'3a231f9d09220db1a19ddd445ea9cb90a9a1f6e13241109de252c201efaabc73',1795359306466);
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
CREATE TABLE setup (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    expires_at INTEGER NOT NULL
) STRICT;
CREATE TABLE job_tags (
    tag TEXT NOT NULL,
    name TEXT NOT NULL REFERENCES jobs (name) ON DELETE CASCADE,
    PRIMARY KEY (tag, name)
) STRICT, WITHOUT ROWID;
INSERT INTO job_tags VALUES('a','good');
INSERT INTO job_tags VALUES('b','good');
CREATE TABLE run_ends (
    id INTEGER PRIMARY KEY,
    data BLOB NOT NULL
) STRICT;
INSERT INTO run_ends VALUES(1,X'04676f6f64b9e6839ea034030101061f00');
INSERT INTO run_ends VALUES(2,X'03626164c6e6839ea034040201030300');
INSERT INTO run_ends VALUES(3,X'05666c616b79a5e7839ea034050d01063c00');
INSERT INTO run_ends VALUES(4,X'0462757379bdf2839ea034060001000000');
INSERT INTO run_ends VALUES(5,X'056f6674656efdb0849ea034070001000000056f6674656e9dcd859ea034060001000000056f6674656ead9b869ea034060001000000056f6674656ebde9869ea034060001000000056f6674656ecdb7879ea034060001000000056f6674656edd85889ea034060001000000');
INSERT INTO run_ends VALUES(6,X'056f6674656e9fbd889ea03403010190be030400');
INSERT INTO run_ends VALUES(7,X'0462757379e3d0889ea034030101018fe60400');
CREATE TABLE run_counts (
    job TEXT NOT NULL,
    hours INTEGER NOT NULL CHECK (hours = 1 OR hours = 24),
    start INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (job, hours, start)
) STRICT, WITHOUT ROWID;
CREATE TABLE statistics (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    counted INTEGER NOT NULL CHECK (counted = 0 OR counted = 1)
) STRICT;
INSERT INTO statistics VALUES(1,1);
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
CREATE TABLE run_bodies (
    run_id BLOB PRIMARY KEY NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    body TEXT NOT NULL
) STRICT;
CREATE TABLE job_failing (
    job TEXT PRIMARY KEY NOT NULL REFERENCES jobs (name) ON DELETE CASCADE,
    since INTEGER NOT NULL,
    runs INTEGER NOT NULL CHECK (runs >= 1),
    run BLOB NOT NULL CHECK (length(run) = 16),
    last_success_at INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO job_failing VALUES('bad',1795359306562,1,X'01a203c0f342768e9d8814e7c7d28fb0',NULL);
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
INSERT INTO home VALUES(1,10978596,1795359306044059193,'','','/tmp/edgecron-data-Pxwynz/data',NULL,NULL,NULL);
CREATE TABLE retention (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    bodies_until BLOB NOT NULL CHECK (length(bodies_until) = 16)
) STRICT;
INSERT INTO retention VALUES(1,X'00000000000000000000000000000000');
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 VALUES('secrets','sqlite_autoindex_secrets_1','1 1');
INSERT INTO sqlite_stat1 VALUES('secret_versions','secret_versions_expiring','0 0');
INSERT INTO sqlite_stat1 VALUES('secret_versions','secret_versions_previous','0 0');
INSERT INTO sqlite_stat1 VALUES('secret_versions','secret_versions_current','1 1');
INSERT INTO sqlite_stat1 VALUES('secret_versions','sqlite_autoindex_secret_versions_1','1 1 1');
INSERT INTO sqlite_stat1 VALUES('audit','audit_by_resource','14 1 1');
INSERT INTO sqlite_stat1 VALUES('audit','audit_by_action','14 4 1');
INSERT INTO sqlite_stat1 VALUES('audit','audit_by_actor','14 14 1');
INSERT INTO sqlite_stat1 VALUES('audit','audit','14 1');
INSERT INTO sqlite_stat1 VALUES('job_tags','job_tags_by_name','2 2');
INSERT INTO sqlite_stat1 VALUES('job_tags','job_tags','2 1 1');
INSERT INTO sqlite_stat1 VALUES('jobs','jobs_by_target','10 10 1');
INSERT INTO sqlite_stat1 VALUES('jobs','jobs_revisions','10 1 1 1');
INSERT INTO sqlite_stat1 VALUES('jobs','sqlite_autoindex_jobs_1','10 1');
INSERT INTO sqlite_stat1 VALUES('targets','sqlite_autoindex_targets_1','1 1');
INSERT INTO sqlite_stat1 VALUES('tokens','tokens_by_prefix','1 1');
INSERT INTO sqlite_stat1 VALUES('tokens','sqlite_autoindex_tokens_1','1 1');
INSERT INTO sqlite_stat1 VALUES('job_failing','job_failing','1 1');
INSERT INTO sqlite_stat1 VALUES('attempts','sqlite_autoindex_attempts_1','2 1 1');
INSERT INTO sqlite_stat1 VALUES('runs','runs_asked','1 1');
INSERT INTO sqlite_stat1 VALUES('runs','runs_left','0 0 0');
INSERT INTO sqlite_stat1 VALUES('runs','runs_long','0 0');
INSERT INTO sqlite_stat1 VALUES('runs','runs_told','0 0');
INSERT INTO sqlite_stat1 VALUES('runs','runs_late','0 0');
INSERT INTO sqlite_stat1 VALUES('runs','runs_open','1 1 1');
INSERT INTO sqlite_stat1 VALUES('runs','runs_cancel_requested','0 0');
INSERT INTO sqlite_stat1 VALUES('runs','runs_requested','1 1');
INSERT INTO sqlite_stat1 VALUES('runs','runs_by_job','2 1 1 1');
INSERT INTO sqlite_stat1 VALUES('runs','runs_by_state','2 1 1');
INSERT INTO sqlite_stat1 VALUES('runs','runs_occurrence','0 0 0');
INSERT INTO sqlite_stat1 VALUES('runs','runs','3 1');
INSERT INTO sqlite_stat1 VALUES('secret_accepted','secret_accepted','2 1 1');
CREATE INDEX jobs_revisions ON jobs (name, revision, updated_at);
CREATE INDEX jobs_by_target ON jobs (target, name) WHERE target IS NOT NULL;
CREATE UNIQUE INDEX runs_occurrence ON runs (scheduled_for, job) WHERE trigger IN ('schedule', 'catch_up');
CREATE INDEX runs_by_state ON runs (state, id) WHERE finished_at IS NOT NULL;
CREATE INDEX runs_by_job ON runs (job, state, id) WHERE finished_at IS NOT NULL;
CREATE INDEX runs_requested ON runs (id) WHERE state = 'queued' AND trigger NOT IN ('schedule', 'catch_up');
CREATE INDEX runs_cancel_requested ON runs (id) WHERE cancel_requested = 1 AND finished_at IS NULL;
CREATE INDEX tokens_by_prefix ON tokens (prefix);
CREATE UNIQUE INDEX secret_versions_current ON secret_versions (name) WHERE expires_at IS NULL;
CREATE UNIQUE INDEX secret_versions_previous ON secret_versions (name) WHERE expires_at IS NOT NULL;
CREATE INDEX secret_versions_expiring ON secret_versions (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX secret_targets_by_target ON secret_targets (target, name);
CREATE TRIGGER audit_is_final BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'what was recorded in the audit stays as it is');
END;
CREATE INDEX sessions_by_prefix ON sessions (prefix);
CREATE INDEX audit_by_actor ON audit (actor, id);
CREATE INDEX audit_by_action ON audit (action, id);
CREATE INDEX audit_by_resource ON audit (resource, id);
CREATE INDEX job_tags_by_name ON job_tags (name);
CREATE INDEX runs_open ON runs (id, job) WHERE finished_at IS NULL;
CREATE INDEX runs_late ON runs (id) WHERE created_at > scheduled_for + 3600000;
CREATE INDEX runs_told ON runs (id) WHERE state = 'succeeded' AND message <> '';
CREATE UNIQUE INDEX idempotency_key ON idempotency (key, asker, path);
CREATE INDEX runs_long ON runs (id) WHERE finished_at > created_at + 86400000;
CREATE INDEX runs_left ON runs (job, id) WHERE state = 'queued' AND trigger IN ('schedule', 'catch_up');
CREATE INDEX runs_asked ON runs (job) WHERE finished_at IS NULL AND trigger NOT IN ('schedule', 'catch_up');
COMMIT;
