PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA application_id = 1162039886;
PRAGMA user_version = 3;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE settings (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
    retention_days INTEGER NOT NULL DEFAULT 90 CHECK (retention_days BETWEEN 1 AND 3650)
) STRICT;
INSERT INTO settings VALUES(1,0,90);
CREATE TABLE planner (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    planned_until INTEGER
) STRICT;
INSERT INTO planner VALUES(1,1795339807243);
CREATE TABLE targets (
    name TEXT PRIMARY KEY NOT NULL,
    spec TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision >= 1),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
INSERT INTO targets VALUES('functions','{"name":"functions","base_url":"http://functions.invalid:1","headers":{"authorization":"Bearer {{secret.SERVICE_ROLE_KEY}}"},"max_concurrent":64,"rate":null,"ca_file":null,"tls_min":"1.2","allow_private":["127.0.0.0/8","::1/128"]}',1,1795339729670,1795339729670);
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
INSERT INTO jobs VALUES('good','functions','{"name":"good","description":"für später","enabled":true,"tags":["a","b"],"schedule":"@at 2100-01-01T00:00:00","timezone":"Europe/Berlin","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/echo","headers":{"x-internal-key":"{{secret.CRON_INTERNAL_KEY}}"},"body":{"source":"cron","at":"{{now}}"}},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795339729670,1795339729670,1795339729670,0,NULL);
INSERT INTO jobs VALUES('bad','functions','{"name":"bad","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/status?code=500&error=no","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795339729670,1795339729670,1795339729670,0,NULL);
INSERT INTO jobs VALUES('flaky','functions','{"name":"flaky","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/status?code=503","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":3,"initial_ms":60000,"multiplier":2,"max_ms":60000,"max_age_s":0},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795339729670,1795339729670,1795339729670,0,NULL);
INSERT INTO jobs VALUES('under-way','functions','{"name":"under-way","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/slow?ms=60000","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":3,"initial_ms":60000,"multiplier":2,"max_ms":60000,"max_age_s":0},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795339729670,1795339729670,1795339729670,0,NULL);
INSERT INTO jobs VALUES('under-way-old','functions','{"name":"under-way-old","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/slow?ms=60000","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":3,"initial_ms":60000,"multiplier":2,"max_ms":60000,"max_age_s":1},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795339729670,1795339729670,1795339729670,0,NULL);
INSERT INTO jobs VALUES('under-way-once','functions','{"name":"under-way-once","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/slow?ms=60000","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_most_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795339729670,1795339729670,1795339729670,0,NULL);
INSERT INTO jobs VALUES('under-way-canceled','functions','{"name":"under-way-canceled","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/slow?ms=60000","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795339729670,1795339729670,1795339729670,0,NULL);
INSERT INTO jobs VALUES('waits','functions','{"name":"waits","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/echo","headers":{"x-internal-key":"{{secret.CRON_INTERNAL_KEY}}"},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795339729670,1795339729670,1795339729670,0,NULL);
INSERT INTO jobs VALUES('busy','functions','{"name":"busy","description":"","enabled":false,"tags":[],"schedule":"@every 1s","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/slow?ms=2500","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',2,1795339729670,1795339731775,1795339731775,0,NULL);
INSERT INTO jobs VALUES('often','functions','{"name":"often","description":"","enabled":false,"tags":[],"schedule":"@every 10s","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/ok","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"none","window_s":0},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',2,1795339729670,1795339807216,1795339807216,0,NULL);
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
INSERT INTO runs VALUES(X'01a202963df372d591825c2d9f70eb77','good','manual',1795339730419,1795339730419,'succeeded',1,1795339730479,1795339730576,NULL,60,97,200,'ok','',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a202963e56720faf837a4e0421ec50','bad','manual',1795339730518,1795339730518,'failed',1,1795339730590,1795339730621,NULL,72,31,500,'http_status','the function answered 500 (internal server error) and said "no": the function failed or threw an exception: look at the function''s log for this time',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a202963ed7737399881b563db89686','flaky','manual',1795339730647,1795339730647,'retrying',2,1795339730690,NULL,1795339847583,43,NULL,503,'http_status','the function answered 503 (service unavailable) and said "as asked": the function did not start or is overloaded: look at the function''s log for this time, and try it locally',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a202963efa7bd1abc4ebdac127ed7e','busy','schedule',1795339730670,1795339730682,'succeeded',2,1795339730682,1795339809558,NULL,12,78876,200,'ok','',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a202963f4b70a3bc3b5867243432d5','flaky','manual',1795339730763,1795339730763,'canceled',1,1795339730773,1795339730860,NULL,10,87,503,'canceled','canceled by hand',NULL,NULL,1,1);
INSERT INTO runs VALUES(X'01a2029642e47eff9c780185ea1475c0','busy','schedule',1795339731670,1795339731684,'skipped',0,NULL,1795339731684,NULL,NULL,NULL,NULL,NULL,'skipped: run 01a20296-3efa-7bd1-abc4-ebdac127ed7e of this job, of 2026-11-22T09:28:50.670Z, was still under way (overlap: skip)',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a2029768de72adb607260eb998be34','often','schedule',1795339749670,1795339806942,'succeeded',1,1795339806969,1795339807057,NULL,57299,88,200,'ok','',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a2029768de779b8025d061db988ddb','often','schedule',1795339789670,1795339806942,'skipped',0,NULL,1795339806942,NULL,NULL,NULL,NULL,NULL,'skipped: run 01a20297-68de-72ad-b607-260eb998be34 of this job, of 2026-11-22T09:29:09.670Z, was still under way (overlap: skip)',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a2029768de79f8a6d195e171eef27e','often','schedule',1795339759670,1795339806942,'skipped',0,NULL,1795339806942,NULL,NULL,NULL,NULL,NULL,'skipped: run 01a20297-68de-72ad-b607-260eb998be34 of this job, of 2026-11-22T09:29:09.670Z, was still under way (overlap: skip)',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a2029768de7de9b700d7b9cf1c987e','often','schedule',1795339769670,1795339806942,'skipped',0,NULL,1795339806942,NULL,NULL,NULL,NULL,NULL,'skipped: run 01a20297-68de-72ad-b607-260eb998be34 of this job, of 2026-11-22T09:29:09.670Z, was still under way (overlap: skip)',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a2029768de7e33b88ce4c0e92f6cfb','often','schedule',1795339799670,1795339806942,'skipped',0,NULL,1795339806942,NULL,NULL,NULL,NULL,NULL,'skipped: run 01a20297-68de-72ad-b607-260eb998be34 of this job, of 2026-11-22T09:29:09.670Z, was still under way (overlap: skip)',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a2029768de7ee88f0bec1683a2bcdf','often','schedule',1795339779670,1795339806942,'skipped',0,NULL,1795339806942,NULL,NULL,NULL,NULL,NULL,'skipped: run 01a20297-68de-72ad-b607-260eb998be34 of this job, of 2026-11-22T09:29:09.670Z, was still under way (overlap: skip)',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a2029768de7fab9aa40b30d749bbdf','often','schedule',1795339739670,1795339806942,'missed',0,NULL,1795339806942,NULL,NULL,NULL,NULL,NULL,'late, and the job does not catch up (catch_up: none)',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a202977363728c89512d17086bb3c7','under-way','manual',1795339809635,1795339809635,'running',1,1795339809649,NULL,NULL,14,NULL,NULL,NULL,'',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a2029773807e72ae1c62f753fd8744','under-way-old','manual',1795339809664,1795339809664,'running',1,1795339809689,NULL,NULL,25,NULL,NULL,NULL,'',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a2029773a37baab72fadb5ee1ddaca','under-way-once','manual',1795339809699,1795339809699,'running',1,1795339809709,NULL,NULL,10,NULL,NULL,NULL,'',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a2029773b478c2b65ee954b925b928','under-way-canceled','manual',1795339809716,1795339809716,'running',1,1795339809732,NULL,NULL,16,NULL,NULL,NULL,'',NULL,NULL,1,1);
INSERT INTO runs VALUES(X'01a2029773ec77889e0eb52b37cc3682','waits','manual',1795339809772,1795339809772,'queued',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'',NULL,NULL,0,1);
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
INSERT INTO attempts VALUES(X'01a202963df372d591825c2d9f70eb77',1,1795339730479,1795339730576,'ok',200,'',0,0,NULL,97,97,'127.0.0.1:44779','POST','http://functions.invalid:1/echo',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nx-internal-key: {{secret.CRON_INTERNAL_KEY}}\nUser-Agent: edgecron/0.2.0\nAccept: */*\nAccept-Encoding: identity\nContent-Type: application/json\nIdempotency-Key: 01a20296-3df3-72d5-9182-5c2d9f70eb77\nX-Edgecron-Job: good\nX-Edgecron-Run: 01a20296-3df3-72d5-9182-5c2d9f70eb77\nX-Edgecron-Attempt: 1\nX-Edgecron-Scheduled-For: 2026-11-22T09:28:50.419Z\ntraceparent: 00-01a202963df372d591825c2d9f70eb77-3cd30177e75c2ac0-01\n','\n',char(10)),'{"source":"cron","at":"2026-11-22T09:28:50.479Z"}',replace('content-type: application/json\ncontent-length: 648\nDate: Sun, 22 Nov 2026 09:28:50 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"ok":true,"headers":{"host":"functions.invalid:1","authorization":"Bearer [redacted:SERVICE_ROLE_KEY]","x-internal-key":"[redacted:CRON_INTERNAL_KEY]","user-agent":"edgecron/0.2.0","accept":"*/*","accept-encoding":"identity","content-type":"application/json","idempotency-key":"01a20296-3df3-72d5-9182-5c2d9f70eb77","x-edgecron-job":"good","x-edgecron-run":"01a20296-3df3-72d5-9182-5c2d9f70eb77","x-edgecron-attempt":"1","x-edgecron-scheduled-for":"2026-11-22T09:28:50.419Z","traceparent":"00-01a202963df372d591825c2d9f70eb77-3cd30177e75c2ac0-01","content-length":"49"},"body":"{\"source\":\"cron\",\"at\":\"2026-11-22T09:28:50.479Z\"}"}',0,648);
INSERT INTO attempts VALUES(X'01a202963e56720faf837a4e0421ec50',1,1795339730590,1795339730621,'http_status',500,'the function answered 500 (internal server error) and said "no": the function failed or threw an exception: look at the function''s log for this time',NULL,NULL,NULL,30,30,'127.0.0.1:44779','POST','http://functions.invalid:1/status?code=500&error=no',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nUser-Agent: edgecron/0.2.0\nAccept: */*\nAccept-Encoding: identity\nIdempotency-Key: 01a20296-3e56-720f-af83-7a4e0421ec50\nX-Edgecron-Job: bad\nX-Edgecron-Run: 01a20296-3e56-720f-af83-7a4e0421ec50\nX-Edgecron-Attempt: 1\nX-Edgecron-Scheduled-For: 2026-11-22T09:28:50.518Z\ntraceparent: 00-01a202963e56720faf837a4e0421ec50-4fbf6d589000086b-01\n','\n',char(10)),NULL,replace('content-type: application/json\ncontent-length: 14\nDate: Sun, 22 Nov 2026 09:28:50 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"error":"no"}',0,14);
INSERT INTO attempts VALUES(X'01a202963ed7737399881b563db89686',1,1795339730690,1795339730760,'http_status',503,'the function answered 503 (service unavailable) and said "as asked": the function did not start or is overloaded: look at the function''s log for this time, and try it locally',NULL,NULL,NULL,70,70,'127.0.0.1:44779','POST','http://functions.invalid:1/status?code=503',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nUser-Agent: edgecron/0.2.0\nAccept: */*\nAccept-Encoding: identity\nIdempotency-Key: 01a20296-3ed7-7373-9988-1b563db89686\nX-Edgecron-Job: flaky\nX-Edgecron-Run: 01a20296-3ed7-7373-9988-1b563db89686\nX-Edgecron-Attempt: 1\nX-Edgecron-Scheduled-For: 2026-11-22T09:28:50.647Z\ntraceparent: 00-01a202963ed7737399881b563db89686-321247a74156a978-01\n','\n',char(10)),NULL,replace('content-type: application/json\ncontent-length: 20\nDate: Sun, 22 Nov 2026 09:28:50 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"error":"as asked"}',0,20);
INSERT INTO attempts VALUES(X'01a202963f4b70a3bc3b5867243432d5',1,1795339730773,1795339730777,'http_status',503,'the function answered 503 (service unavailable) and said "as asked": the function did not start or is overloaded: look at the function''s log for this time, and try it locally',NULL,NULL,NULL,4,4,'127.0.0.1:44779','POST','http://functions.invalid:1/status?code=503',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nUser-Agent: edgecron/0.2.0\nAccept: */*\nAccept-Encoding: identity\nIdempotency-Key: 01a20296-3f4b-70a3-bc3b-5867243432d5\nX-Edgecron-Job: flaky\nX-Edgecron-Run: 01a20296-3f4b-70a3-bc3b-5867243432d5\nX-Edgecron-Attempt: 1\nX-Edgecron-Scheduled-For: 2026-11-22T09:28:50.763Z\ntraceparent: 00-01a202963f4b70a3bc3b5867243432d5-3c39a0d711d29873-01\n','\n',char(10)),NULL,replace('content-type: application/json\ncontent-length: 20\nDate: Sun, 22 Nov 2026 09:28:50 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"error":"as asked"}',0,20);
INSERT INTO attempts VALUES(X'01a202963efa7bd1abc4ebdac127ed7e',1,1795339730682,1795339806892,'interrupted',NULL,'edgecron was stopped during this attempt; the call may or may not have been processed; it is tried again with the same Idempotency-Key',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO attempts VALUES(X'01a202963ed7737399881b563db89686',2,1795339806950,1795339806976,'http_status',503,'the function answered 503 (service unavailable) and said "as asked": the function did not start or is overloaded: look at the function''s log for this time, and try it locally',0,20,NULL,6,26,'127.0.0.1:44779','POST','http://functions.invalid:1/status?code=503',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nUser-Agent: edgecron/0.2.0\nAccept: */*\nAccept-Encoding: identity\nIdempotency-Key: 01a20296-3ed7-7373-9988-1b563db89686\nX-Edgecron-Job: flaky\nX-Edgecron-Run: 01a20296-3ed7-7373-9988-1b563db89686\nX-Edgecron-Attempt: 2\nX-Edgecron-Scheduled-For: 2026-11-22T09:28:50.647Z\ntraceparent: 00-01a202963ed7737399881b563db89686-3cea835e60ddfeef-01\n','\n',char(10)),NULL,replace('content-type: application/json\ncontent-length: 20\nDate: Sun, 22 Nov 2026 09:30:06 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"error":"as asked"}',0,20);
INSERT INTO attempts VALUES(X'01a202963efa7bd1abc4ebdac127ed7e',2,1795339806969,1795339809558,'ok',200,'',0,20,NULL,2587,2608,'127.0.0.1:44779','POST','http://functions.invalid:1/slow?ms=2500',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nUser-Agent: edgecron/0.2.0\nAccept: */*\nAccept-Encoding: identity\nIdempotency-Key: 01a20296-3efa-7bd1-abc4-ebdac127ed7e\nX-Edgecron-Job: busy\nX-Edgecron-Run: 01a20296-3efa-7bd1-abc4-ebdac127ed7e\nX-Edgecron-Attempt: 2\nX-Edgecron-Scheduled-For: 2026-11-22T09:28:50.670Z\ntraceparent: 00-01a202963efa7bd1abc4ebdac127ed7e-f0d01a1a69c21262-01\n','\n',char(10)),NULL,replace('content-type: application/json\ncontent-length: 11\nDate: Sun, 22 Nov 2026 09:30:09 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"ok":true}',0,11);
INSERT INTO attempts VALUES(X'01a2029768de72adb607260eb998be34',1,1795339806969,1795339807057,'ok',200,'',0,20,NULL,87,107,'127.0.0.1:44779','POST','http://functions.invalid:1/ok',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nUser-Agent: edgecron/0.2.0\nAccept: */*\nAccept-Encoding: identity\nIdempotency-Key: 01a20297-68de-72ad-b607-260eb998be34\nX-Edgecron-Job: often\nX-Edgecron-Run: 01a20297-68de-72ad-b607-260eb998be34\nX-Edgecron-Attempt: 1\nX-Edgecron-Scheduled-For: 2026-11-22T09:29:09.670Z\ntraceparent: 00-01a2029768de72adb607260eb998be34-16e9edca94109f8a-01\n','\n',char(10)),NULL,replace('content-type: application/json\ncontent-length: 17\nDate: Sun, 22 Nov 2026 09:30:07 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"ok":true,"n":3}',0,17);
CREATE TABLE vault (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    data_key BLOB NOT NULL
, number INTEGER NOT NULL DEFAULT 1) STRICT;
INSERT INTO vault VALUES(1,X'950826cf6b681da561a118b7457f2a09e2c10af2e7db012fdf3116800fb4645a9684ec6bfadfca00d56115e070d9d71ab6abde6a6f1ccb171b881afd',1);
CREATE TABLE secrets (
    name TEXT PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
, rotate_every_s INTEGER NOT NULL DEFAULT 7776000 CHECK (rotate_every_s >= 0), last_used_at INTEGER) STRICT;
INSERT INTO secrets VALUES('CRON_INTERNAL_KEY',2,1795339729188,1795339729584,7776000,1795339730479);
INSERT INTO secrets VALUES('SERVICE_ROLE_KEY',1,1795339729531,1795339729531,7776000,1795339806969);
CREATE TABLE tokens (
    name TEXT PRIMARY KEY NOT NULL,
    prefix TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    scope TEXT NOT NULL CHECK (scope IN ('read', 'operate', 'admin')),
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
INSERT INTO tokens VALUES('reader','ect_jEr2',X'1da0d9460f98982caf18ba7827457faa6b4b57257b03d28a1c6fd7466f29cf50','read',1795339729712,NULL);
INSERT INTO tokens VALUES('other','ect_IKqe',X'171d1035a4435e149a81bbe0241f3ce602030ea5c4909412715c4ff40d0b6c48','admin',1795339729754,NULL);
CREATE TABLE secret_versions (
    name TEXT NOT NULL REFERENCES secrets (name) ON DELETE CASCADE,
    version INTEGER NOT NULL CHECK (version >= 1),
    value BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (name, version)
) STRICT;
INSERT INTO secret_versions VALUES('CRON_INTERNAL_KEY',1,X'781560beacd2ed83d5efe02e0eb1ab0f8ccc87ccd4e10d3da7226d57f8f98beb794d7fdb57415a36f411f2bab60cc0ab77ca4ebfe785234f645a3672b5a6',1795339729188,1795426129584);
INSERT INTO secret_versions VALUES('SERVICE_ROLE_KEY',1,X'64024cf77f6369c9387635e50804d76bf963aadb37ee973d7c3faa4aca10f5167dbb581837221089b7f2d58074f6d4deb942a980e9210be4ac60da1bea4298',1795339729531,NULL);
INSERT INTO secret_versions VALUES('CRON_INTERNAL_KEY',2,X'3baead996849ce74a3c3c15fcd63fa8005c8fb4f07ada6b07fa9c6c17ffcc24883c21ee8bf79ba0a63cde23d6ba7f8b0a5793b9b67249f46649a4309613c',1795339729584,NULL);
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
INSERT INTO secret_accepted VALUES('CRON_INTERNAL_KEY','functions',2,1795339730576);
INSERT INTO secret_accepted VALUES('SERVICE_ROLE_KEY','functions',1,1795339807057);
CREATE TABLE audit (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    address TEXT NOT NULL DEFAULT '',
    action TEXT NOT NULL,
    resource TEXT NOT NULL DEFAULT '',
    detail TEXT NOT NULL DEFAULT '{}'
) STRICT, WITHOUT ROWID;
INSERT INTO audit VALUES(X'01a2029639247fc9a8298e20b4967a43',1795339729188,'cli:root','','secret.create','CRON_INTERNAL_KEY','{"version":1,"overlap_s":0}');
INSERT INTO audit VALUES(X'01a202963a7b7237ab2827e8e07f2112',1795339729531,'cli:root','','secret.create','SERVICE_ROLE_KEY','{"version":1,"overlap_s":0}');
INSERT INTO audit VALUES(X'01a202963ab07aafaabb976dc93a4269',1795339729584,'cli:root','','secret.rotate','CRON_INTERNAL_KEY','{"version":2,"overlap_s":86400}');
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 VALUES('audit','audit','1 1');
INSERT INTO sqlite_stat1 VALUES('secrets','sqlite_autoindex_secrets_1','1 1');
INSERT INTO sqlite_stat1 VALUES('secret_versions','secret_versions_expiring','0 0');
INSERT INTO sqlite_stat1 VALUES('secret_versions','secret_versions_previous','0 0');
INSERT INTO sqlite_stat1 VALUES('secret_versions','secret_versions_current','1 1');
INSERT INTO sqlite_stat1 VALUES('secret_versions','sqlite_autoindex_secret_versions_1','1 1 1');
INSERT INTO sqlite_stat1 VALUES('jobs','jobs_by_target','10 10 1');
INSERT INTO sqlite_stat1 VALUES('jobs','jobs_revisions','10 1 1 1');
INSERT INTO sqlite_stat1 VALUES('jobs','sqlite_autoindex_jobs_1','10 1');
INSERT INTO sqlite_stat1 VALUES('targets','sqlite_autoindex_targets_1','1 1');
INSERT INTO sqlite_stat1 VALUES('tokens','tokens_by_prefix','1 1');
INSERT INTO sqlite_stat1 VALUES('tokens','sqlite_autoindex_tokens_1','1 1');
INSERT INTO sqlite_stat1 VALUES('runs','runs_cancel_requested','0 0');
INSERT INTO sqlite_stat1 VALUES('runs','runs_requested','1 1');
INSERT INTO sqlite_stat1 VALUES('runs','runs_open','2 1');
INSERT INTO sqlite_stat1 VALUES('runs','runs_by_job','0 0 0 0');
INSERT INTO sqlite_stat1 VALUES('runs','runs_by_state','0 0 0');
INSERT INTO sqlite_stat1 VALUES('runs','runs_occurrence','0 0 0');
INSERT INTO sqlite_stat1 VALUES('runs','runs','2 1');
INSERT INTO sqlite_stat1 VALUES('attempts','sqlite_autoindex_attempts_1','2 1 1');
INSERT INTO sqlite_stat1 VALUES('secret_accepted','secret_accepted','2 1 1');
CREATE INDEX jobs_revisions ON jobs (name, revision, updated_at);
CREATE INDEX jobs_by_target ON jobs (target, name) WHERE target IS NOT NULL;
CREATE UNIQUE INDEX runs_occurrence ON runs (scheduled_for, job) WHERE trigger IN ('schedule', 'catch_up');
CREATE INDEX runs_by_state ON runs (state, id) WHERE finished_at IS NOT NULL;
CREATE INDEX runs_by_job ON runs (job, state, id) WHERE finished_at IS NOT NULL;
CREATE INDEX runs_open ON runs (id) WHERE finished_at IS NULL;
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
COMMIT;
