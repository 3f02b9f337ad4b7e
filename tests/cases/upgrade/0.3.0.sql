PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA application_id = 1162039886;
PRAGMA user_version = 6;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE settings (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
    retention_days INTEGER NOT NULL DEFAULT 90 CHECK (retention_days BETWEEN 1 AND 3650)
, revision INTEGER NOT NULL DEFAULT 1) STRICT;
INSERT INTO settings VALUES(1,0,90,1);
CREATE TABLE planner (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    planned_until INTEGER
) STRICT;
INSERT INTO planner VALUES(1,1795339808115);
CREATE TABLE targets (
    name TEXT PRIMARY KEY NOT NULL,
    spec TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision >= 1),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
INSERT INTO targets VALUES('functions','{"name":"functions","base_url":"http://functions.invalid:1","headers":{"authorization":"Bearer {{secret.SERVICE_ROLE_KEY}}"},"max_concurrent":64,"rate":null,"ca_file":null,"tls_min":"1.2","allow_private":["127.0.0.0/8","::1/128"]}',1,1795339729375,1795339729375);
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
INSERT INTO jobs VALUES('good','functions','{"name":"good","description":"für später","enabled":true,"tags":["a","b"],"schedule":"@at 2100-01-01T00:00:00","timezone":"Europe/Berlin","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/echo","headers":{"x-internal-key":"{{secret.CRON_INTERNAL_KEY}}"},"body":{"source":"cron","at":"{{now}}"}},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795339729375,1795339729375,1795339729375,0,NULL);
INSERT INTO jobs VALUES('bad','functions','{"name":"bad","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/status?code=500&error=no","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795339729375,1795339729375,1795339729375,0,NULL);
INSERT INTO jobs VALUES('flaky','functions','{"name":"flaky","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/status?code=503","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":3,"initial_ms":60000,"multiplier":2,"max_ms":60000,"max_age_s":0},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795339729375,1795339729375,1795339729375,0,NULL);
INSERT INTO jobs VALUES('under-way','functions','{"name":"under-way","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/slow?ms=60000","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":3,"initial_ms":60000,"multiplier":2,"max_ms":60000,"max_age_s":0},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795339729375,1795339729375,1795339729375,0,NULL);
INSERT INTO jobs VALUES('under-way-old','functions','{"name":"under-way-old","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/slow?ms=60000","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":3,"initial_ms":60000,"multiplier":2,"max_ms":60000,"max_age_s":1},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795339729375,1795339729375,1795339729375,0,NULL);
INSERT INTO jobs VALUES('under-way-once','functions','{"name":"under-way-once","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/slow?ms=60000","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_most_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795339729375,1795339729375,1795339729375,0,NULL);
INSERT INTO jobs VALUES('under-way-canceled','functions','{"name":"under-way-canceled","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/slow?ms=60000","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795339729375,1795339729375,1795339729375,0,NULL);
INSERT INTO jobs VALUES('waits','functions','{"name":"waits","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/echo","headers":{"x-internal-key":"{{secret.CRON_INTERNAL_KEY}}"},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795339729375,1795339729375,1795339729375,0,NULL);
INSERT INTO jobs VALUES('busy','functions','{"name":"busy","description":"","enabled":false,"tags":[],"schedule":"@every 1s","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/slow?ms=2500","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',2,1795339729375,1795339732762,1795339732762,0,NULL);
INSERT INTO jobs VALUES('often','functions','{"name":"often","description":"","enabled":false,"tags":[],"schedule":"@every 10s","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/ok","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"none","window_s":0},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',2,1795339729375,1795339808076,1795339808076,0,NULL);
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
INSERT INTO runs VALUES(X'01a20296445e78c6ba81a78e71c0f594','busy','schedule',1795339730375,1795339732062,'succeeded',2,1795339732062,1795339810521,NULL,1687,78459,200,'ok','',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a20296445e78f4b14b3ea39eb0fcf3','busy','schedule',1795339731375,1795339732062,'skipped',0,NULL,1795339732062,NULL,NULL,NULL,NULL,NULL,'skipped: run 01a20296-445e-78c6-ba81-a78e71c0f594 of this job, of 2026-11-22T09:28:50.375Z, was still under way (overlap: skip)',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a2029644dc784baa0fe990a844b957','good','manual',1795339732188,1795339732188,'succeeded',1,1795339732233,1795339732241,NULL,45,8,200,'ok','',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a20296451375fc873ab4723a407e4f','bad','manual',1795339732243,1795339732243,'failed',1,1795339732314,1795339732330,NULL,71,16,500,'http_status','the function answered 500 (internal server error) and said "no": the function failed or threw an exception: look at the function''s log for this time',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a20296458c781381b420572ae6e39e','flaky','manual',1795339732364,1795339732364,'retrying',2,1795339732401,NULL,1795339857003,37,NULL,503,'http_status','the function answered 503 (service unavailable) and said "as asked": the function did not start or is overloaded: look at the function''s log for this time, and try it locally',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a20296459778fb9ee54b2f44d48418','busy','schedule',1795339732375,1795339732375,'skipped',0,NULL,1795339732375,NULL,NULL,NULL,NULL,NULL,'skipped: run 01a20296-445e-78c6-ba81-a78e71c0f594 of this job, of 2026-11-22T09:28:50.375Z, was still under way (overlap: skip)',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a2029645ea739b90c07b3887cd6c8d','flaky','manual',1795339732458,1795339732458,'canceled',1,1795339732470,1795339732641,NULL,12,171,503,'canceled','canceled by hand',NULL,NULL,1,1);
INSERT INTO runs VALUES(X'01a202976cfa74109b327020c7b34b8f','often','schedule',1795339769375,1795339807994,'skipped',0,NULL,1795339807994,NULL,NULL,NULL,NULL,NULL,'skipped: run 01a20297-6cfa-7c94-8ece-301d961d3fa3 of this job, of 2026-11-22T09:29:09.375Z, was still under way (overlap: skip)',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a202976cfa7576a822362c162471e7','often','schedule',1795339779375,1795339807994,'skipped',0,NULL,1795339807994,NULL,NULL,NULL,NULL,NULL,'skipped: run 01a20297-6cfa-7c94-8ece-301d961d3fa3 of this job, of 2026-11-22T09:29:09.375Z, was still under way (overlap: skip)',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a202976cfa76b287cd1e91dd081810','often','schedule',1795339739375,1795339807994,'missed',0,NULL,1795339807994,NULL,NULL,NULL,NULL,NULL,'late, and the job does not catch up (catch_up: none)',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a202976cfa7a9f8ba4c2d2b20a8375','often','schedule',1795339759375,1795339807994,'skipped',0,NULL,1795339807994,NULL,NULL,NULL,NULL,NULL,'skipped: run 01a20297-6cfa-7c94-8ece-301d961d3fa3 of this job, of 2026-11-22T09:29:09.375Z, was still under way (overlap: skip)',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a202976cfa7c948ece301d961d3fa3','often','schedule',1795339749375,1795339807994,'succeeded',1,1795339808011,1795339808020,NULL,58636,9,200,'ok','',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a202976cfa7d4d9fe03dbe399d2aff','often','schedule',1795339799375,1795339807994,'skipped',0,NULL,1795339807994,NULL,NULL,NULL,NULL,NULL,'skipped: run 01a20297-6cfa-7c94-8ece-301d961d3fa3 of this job, of 2026-11-22T09:29:09.375Z, was still under way (overlap: skip)',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a202976cfa7e0d9c6cedc94818496e','often','schedule',1795339789375,1795339807994,'skipped',0,NULL,1795339807994,NULL,NULL,NULL,NULL,NULL,'skipped: run 01a20297-6cfa-7c94-8ece-301d961d3fa3 of this job, of 2026-11-22T09:29:09.375Z, was still under way (overlap: skip)',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a2029776ec78e784ccca11de7332a4','under-way','manual',1795339810540,1795339810540,'running',1,1795339810546,NULL,NULL,6,NULL,NULL,NULL,'',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a2029776f9765d991cdce2055816a6','under-way-old','manual',1795339810553,1795339810553,'running',1,1795339810560,NULL,NULL,7,NULL,NULL,NULL,'',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a20297770c7d45939dd46c623ef981','under-way-once','manual',1795339810572,1795339810572,'running',1,1795339810581,NULL,NULL,9,NULL,NULL,NULL,'',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a20297771e76c58df5851a968b0975','under-way-canceled','manual',1795339810590,1795339810590,'running',1,1795339810609,NULL,NULL,19,NULL,NULL,NULL,'',NULL,NULL,1,1);
INSERT INTO runs VALUES(X'01a2029777597de3bf3e97910167d3ff','waits','manual',1795339810649,1795339810649,'queued',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'',NULL,NULL,0,1);
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
INSERT INTO attempts VALUES(X'01a2029644dc784baa0fe990a844b957',1,1795339732233,1795339732241,'ok',200,'',0,0,NULL,7,8,'127.0.0.1:40415','POST','http://functions.invalid:1/echo',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nx-internal-key: {{secret.CRON_INTERNAL_KEY}}\nUser-Agent: edgecron/0.3.0\nAccept: */*\nAccept-Encoding: identity\nContent-Type: application/json\nIdempotency-Key: 01a20296-44dc-784b-aa0f-e990a844b957\nX-Edgecron-Job: good\nX-Edgecron-Run: 01a20296-44dc-784b-aa0f-e990a844b957\nX-Edgecron-Attempt: 1\nX-Edgecron-Scheduled-For: 2026-11-22T09:28:52.188Z\ntraceparent: 00-01a2029644dc784baa0fe990a844b957-42eddc82639ef73f-01\n','\n',char(10)),'{"source":"cron","at":"2026-11-22T09:28:52.233Z"}',replace('content-type: application/json\ncontent-length: 648\nDate: Sun, 22 Nov 2026 09:28:52 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"ok":true,"headers":{"host":"functions.invalid:1","authorization":"Bearer [redacted:SERVICE_ROLE_KEY]","x-internal-key":"[redacted:CRON_INTERNAL_KEY]","user-agent":"edgecron/0.3.0","accept":"*/*","accept-encoding":"identity","content-type":"application/json","idempotency-key":"01a20296-44dc-784b-aa0f-e990a844b957","x-edgecron-job":"good","x-edgecron-run":"01a20296-44dc-784b-aa0f-e990a844b957","x-edgecron-attempt":"1","x-edgecron-scheduled-for":"2026-11-22T09:28:52.188Z","traceparent":"00-01a2029644dc784baa0fe990a844b957-42eddc82639ef73f-01","content-length":"49"},"body":"{\"source\":\"cron\",\"at\":\"2026-11-22T09:28:52.233Z\"}"}',0,648);
INSERT INTO attempts VALUES(X'01a20296451375fc873ab4723a407e4f',1,1795339732314,1795339732330,'http_status',500,'the function answered 500 (internal server error) and said "no": the function failed or threw an exception: look at the function''s log for this time',NULL,NULL,NULL,16,16,'127.0.0.1:40415','POST','http://functions.invalid:1/status?code=500&error=no',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nUser-Agent: edgecron/0.3.0\nAccept: */*\nAccept-Encoding: identity\nIdempotency-Key: 01a20296-4513-75fc-873a-b4723a407e4f\nX-Edgecron-Job: bad\nX-Edgecron-Run: 01a20296-4513-75fc-873a-b4723a407e4f\nX-Edgecron-Attempt: 1\nX-Edgecron-Scheduled-For: 2026-11-22T09:28:52.243Z\ntraceparent: 00-01a20296451375fc873ab4723a407e4f-e43e84f0fb1282dd-01\n','\n',char(10)),NULL,replace('content-type: application/json\ncontent-length: 14\nDate: Sun, 22 Nov 2026 09:28:52 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"error":"no"}',0,14);
INSERT INTO attempts VALUES(X'01a20296458c781381b420572ae6e39e',1,1795339732401,1795339732441,'http_status',503,'the function answered 503 (service unavailable) and said "as asked": the function did not start or is overloaded: look at the function''s log for this time, and try it locally',NULL,NULL,NULL,40,40,'127.0.0.1:40415','POST','http://functions.invalid:1/status?code=503',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nUser-Agent: edgecron/0.3.0\nAccept: */*\nAccept-Encoding: identity\nIdempotency-Key: 01a20296-458c-7813-81b4-20572ae6e39e\nX-Edgecron-Job: flaky\nX-Edgecron-Run: 01a20296-458c-7813-81b4-20572ae6e39e\nX-Edgecron-Attempt: 1\nX-Edgecron-Scheduled-For: 2026-11-22T09:28:52.364Z\ntraceparent: 00-01a20296458c781381b420572ae6e39e-bca2b690c4dca669-01\n','\n',char(10)),NULL,replace('content-type: application/json\ncontent-length: 20\nDate: Sun, 22 Nov 2026 09:28:52 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"error":"as asked"}',0,20);
INSERT INTO attempts VALUES(X'01a2029645ea739b90c07b3887cd6c8d',1,1795339732470,1795339732471,'http_status',503,'the function answered 503 (service unavailable) and said "as asked": the function did not start or is overloaded: look at the function''s log for this time, and try it locally',NULL,NULL,NULL,0,0,'127.0.0.1:40415','POST','http://functions.invalid:1/status?code=503',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nUser-Agent: edgecron/0.3.0\nAccept: */*\nAccept-Encoding: identity\nIdempotency-Key: 01a20296-45ea-739b-90c0-7b3887cd6c8d\nX-Edgecron-Job: flaky\nX-Edgecron-Run: 01a20296-45ea-739b-90c0-7b3887cd6c8d\nX-Edgecron-Attempt: 1\nX-Edgecron-Scheduled-For: 2026-11-22T09:28:52.458Z\ntraceparent: 00-01a2029645ea739b90c07b3887cd6c8d-63e5270e3929c925-01\n','\n',char(10)),NULL,replace('content-type: application/json\ncontent-length: 20\nDate: Sun, 22 Nov 2026 09:28:52 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"error":"as asked"}',0,20);
INSERT INTO attempts VALUES(X'01a20296445e78c6ba81a78e71c0f594',1,1795339732062,1795339807921,'interrupted',NULL,'edgecron was stopped during this attempt; the call may or may not have been processed; it is tried again with the same Idempotency-Key',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO attempts VALUES(X'01a20296458c781381b420572ae6e39e',2,1795339808011,1795339808017,'http_status',503,'the function answered 503 (service unavailable) and said "as asked": the function did not start or is overloaded: look at the function''s log for this time, and try it locally',0,0,NULL,6,6,'127.0.0.1:40415','POST','http://functions.invalid:1/status?code=503',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nUser-Agent: edgecron/0.3.0\nAccept: */*\nAccept-Encoding: identity\nIdempotency-Key: 01a20296-458c-7813-81b4-20572ae6e39e\nX-Edgecron-Job: flaky\nX-Edgecron-Run: 01a20296-458c-7813-81b4-20572ae6e39e\nX-Edgecron-Attempt: 2\nX-Edgecron-Scheduled-For: 2026-11-22T09:28:52.364Z\ntraceparent: 00-01a20296458c781381b420572ae6e39e-c40fc7398ed164d8-01\n','\n',char(10)),NULL,replace('content-type: application/json\ncontent-length: 20\nDate: Sun, 22 Nov 2026 09:30:08 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"error":"as asked"}',0,20);
INSERT INTO attempts VALUES(X'01a20296445e78c6ba81a78e71c0f594',2,1795339808011,1795339810521,'ok',200,'',0,0,NULL,2510,2510,'127.0.0.1:40415','POST','http://functions.invalid:1/slow?ms=2500',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nUser-Agent: edgecron/0.3.0\nAccept: */*\nAccept-Encoding: identity\nIdempotency-Key: 01a20296-445e-78c6-ba81-a78e71c0f594\nX-Edgecron-Job: busy\nX-Edgecron-Run: 01a20296-445e-78c6-ba81-a78e71c0f594\nX-Edgecron-Attempt: 2\nX-Edgecron-Scheduled-For: 2026-11-22T09:28:50.375Z\ntraceparent: 00-01a20296445e78c6ba81a78e71c0f594-34159373e11b8ec0-01\n','\n',char(10)),NULL,replace('content-type: application/json\ncontent-length: 11\nDate: Sun, 22 Nov 2026 09:30:10 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"ok":true}',0,11);
INSERT INTO attempts VALUES(X'01a202976cfa7c948ece301d961d3fa3',1,1795339808011,1795339808020,'ok',200,'',0,0,NULL,8,9,'127.0.0.1:40415','POST','http://functions.invalid:1/ok',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nUser-Agent: edgecron/0.3.0\nAccept: */*\nAccept-Encoding: identity\nIdempotency-Key: 01a20297-6cfa-7c94-8ece-301d961d3fa3\nX-Edgecron-Job: often\nX-Edgecron-Run: 01a20297-6cfa-7c94-8ece-301d961d3fa3\nX-Edgecron-Attempt: 1\nX-Edgecron-Scheduled-For: 2026-11-22T09:29:09.375Z\ntraceparent: 00-01a202976cfa7c948ece301d961d3fa3-60abc2f761a7a6aa-01\n','\n',char(10)),NULL,replace('content-type: application/json\ncontent-length: 17\nDate: Sun, 22 Nov 2026 09:30:08 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"ok":true,"n":3}',0,17);
CREATE TABLE vault (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    data_key BLOB NOT NULL
, number INTEGER NOT NULL DEFAULT 1) STRICT;
INSERT INTO vault VALUES(1,X'65cbf3976ea0273da08566e80164b2162b334d4000bb7040924628e60d36bd2e90f0db7a537404d245b7a1f299902f40d7cc8f42a243b6d1cde831c4',1);
CREATE TABLE secrets (
    name TEXT PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
, rotate_every_s INTEGER NOT NULL DEFAULT 7776000 CHECK (rotate_every_s >= 0), last_used_at INTEGER) STRICT;
INSERT INTO secrets VALUES('CRON_INTERNAL_KEY',2,1795339728926,1795339728976,7776000,NULL);
INSERT INTO secrets VALUES('SERVICE_ROLE_KEY',1,1795339728948,1795339728948,7776000,1795339808011);
CREATE TABLE tokens (
    name TEXT PRIMARY KEY NOT NULL,
    prefix TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    scope TEXT NOT NULL CHECK (scope IN ('read', 'operate', 'admin')),
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
, expires_at INTEGER, tags TEXT NOT NULL DEFAULT '[]') STRICT;
INSERT INTO tokens VALUES('reader','ect_5Ks8',X'8d7dfa59ef529b43f3f5f57adf31742043f2a647677b1097d5915e4750284d92','read',1795339729635,NULL,NULL,'[]');
INSERT INTO tokens VALUES('other','ect_xJj4',X'c6f3c8aaa678c591a885599bc33e3baf9b11fb66a35e5246ea616d027477b17a','admin',1795339730054,NULL,NULL,'[]');
CREATE TABLE secret_versions (
    name TEXT NOT NULL REFERENCES secrets (name) ON DELETE CASCADE,
    version INTEGER NOT NULL CHECK (version >= 1),
    value BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (name, version)
) STRICT;
INSERT INTO secret_versions VALUES('CRON_INTERNAL_KEY',1,X'f4e792739fcb5f168356a9b7d170f4d94784ff503c616bbe3d41c4e4078678551f83835e6e84217d1c07cc54ced439cd0584420acc5c3f079520f08d5d1a',1795339728926,1795426128976);
INSERT INTO secret_versions VALUES('SERVICE_ROLE_KEY',1,X'7d2ef2802bae2300e85722dba8c1fd9fe26ab3e2a33238e9eaed6bff79a1f72b8410c0440f8057098a2799f93a42c05b395556bae29d2b79880710b6b5d584',1795339728948,NULL);
INSERT INTO secret_versions VALUES('CRON_INTERNAL_KEY',2,X'00994f9c9e50b51ce9b1b972225c509235b169aa8409d1840654868ca1b2b3825069a1fc6d38080f0c34d725ecb3a6fac17b35c09566f7c1eb7726ec4569',1795339728976,NULL);
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
INSERT INTO secret_accepted VALUES('SERVICE_ROLE_KEY','functions',1,1795339808020);
CREATE TABLE audit (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    address TEXT NOT NULL DEFAULT '',
    action TEXT NOT NULL,
    resource TEXT NOT NULL DEFAULT '',
    detail TEXT NOT NULL DEFAULT '{}'
) STRICT, WITHOUT ROWID;
INSERT INTO audit VALUES(X'01a20296381e72c3a529a754346c5eab',1795339728926,'cli:root','','secret.create','CRON_INTERNAL_KEY','{"version":1,"overlap_s":0}');
INSERT INTO audit VALUES(X'01a2029638347620b53341a8d3639fdf',1795339728948,'cli:root','','secret.create','SERVICE_ROLE_KEY','{"version":1,"overlap_s":0}');
INSERT INTO audit VALUES(X'01a2029638507ae2808f05cc9e1215bb',1795339728976,'cli:root','','secret.rotate','CRON_INTERNAL_KEY','{"version":2,"overlap_s":86400}');
INSERT INTO audit VALUES(X'01a2029639df77deba2dd8b9f1d536c5',1795339729375,'cli:root','','target.create','functions','{"changes":[{"pointer":"/name","after":"functions"},{"pointer":"/base_url","after":"http://functions.invalid:1"},{"pointer":"/headers","after":{"authorization":"Bearer {{secret.SERVICE_ROLE_KEY}}"}},{"pointer":"/max_concurrent","after":64},{"pointer":"/tls_min","after":"1.2"},{"pointer":"/allow_private","after":["127.0.0.0/8","::1/128"]}]}');
INSERT INTO audit VALUES(X'01a2029639df7c1491e0efc00a01f4a1',1795339729375,'cli:root','','job.create','good','{"changes":[{"pointer":"/name","after":"good"},{"pointer":"/description","after":"für später"},{"pointer":"/enabled","after":true},{"pointer":"/tags","after":["a","b"]},{"pointer":"/schedule","after":"@at 2100-01-01T00:00:00"},{"pointer":"/timezone","after":"Europe/Berlin"},{"pointer":"/jitter_s","after":0},{"pointer":"/target","after":"functions"},{"pointer":"/request","after":{"method":"POST","url":"/echo","headers":{"x-internal-key":"{{secret.CRON_INTERNAL_KEY}}"},"body":{"source":"cron","at":"{{now}}"}}},{"pointer":"/timeout_ms","after":120000},{"pointer":"/connect_timeout_ms","after":10000},{"pointer":"/delivery","after":"at_least_once"},{"pointer":"/retry","after":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600}},{"pointer":"/overlap","after":"skip"},{"pointer":"/catch_up","after":{"policy":"latest","window_s":21600}},{"pointer":"/success","after":{"status":["2xx"],"json":[]}}]}');
INSERT INTO audit VALUES(X'01a2029639df7daab389cb44081055af',1795339729375,'cli:root','','job.create','bad','{"changes":[{"pointer":"/name","after":"bad"},{"pointer":"/enabled","after":true},{"pointer":"/schedule","after":"@at 2100-01-01T00:00:00"},{"pointer":"/timezone","after":"UTC"},{"pointer":"/jitter_s","after":0},{"pointer":"/target","after":"functions"},{"pointer":"/request","after":{"method":"POST","url":"/status?code=500&error=no","headers":{},"body":null}},{"pointer":"/timeout_ms","after":120000},{"pointer":"/connect_timeout_ms","after":10000},{"pointer":"/delivery","after":"at_least_once"},{"pointer":"/retry","after":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600}},{"pointer":"/overlap","after":"skip"},{"pointer":"/catch_up","after":{"policy":"latest","window_s":21600}},{"pointer":"/success","after":{"status":["2xx"],"json":[]}}]}');
INSERT INTO audit VALUES(X'01a2029639df7daab389cb44081055b0',1795339729375,'cli:root','','job.create','flaky','{"changes":[{"pointer":"/name","after":"flaky"},{"pointer":"/enabled","after":true},{"pointer":"/schedule","after":"@at 2100-01-01T00:00:00"},{"pointer":"/timezone","after":"UTC"},{"pointer":"/jitter_s","after":0},{"pointer":"/target","after":"functions"},{"pointer":"/request","after":{"method":"POST","url":"/status?code=503","headers":{},"body":null}},{"pointer":"/timeout_ms","after":120000},{"pointer":"/connect_timeout_ms","after":10000},{"pointer":"/delivery","after":"at_least_once"},{"pointer":"/retry","after":{"max_attempts":3,"initial_ms":60000,"multiplier":2,"max_ms":60000,"max_age_s":0}},{"pointer":"/overlap","after":"skip"},{"pointer":"/catch_up","after":{"policy":"latest","window_s":21600}},{"pointer":"/success","after":{"status":["2xx"],"json":[]}}]}');
INSERT INTO audit VALUES(X'01a2029639df7daab389cb44081055b1',1795339729375,'cli:root','','job.create','under-way','{"changes":[{"pointer":"/name","after":"under-way"},{"pointer":"/enabled","after":true},{"pointer":"/schedule","after":"@at 2100-01-01T00:00:00"},{"pointer":"/timezone","after":"UTC"},{"pointer":"/jitter_s","after":0},{"pointer":"/target","after":"functions"},{"pointer":"/request","after":{"method":"POST","url":"/slow?ms=60000","headers":{},"body":null}},{"pointer":"/timeout_ms","after":120000},{"pointer":"/connect_timeout_ms","after":10000},{"pointer":"/delivery","after":"at_least_once"},{"pointer":"/retry","after":{"max_attempts":3,"initial_ms":60000,"multiplier":2,"max_ms":60000,"max_age_s":0}},{"pointer":"/overlap","after":"skip"},{"pointer":"/catch_up","after":{"policy":"latest","window_s":21600}},{"pointer":"/success","after":{"status":["2xx"],"json":[]}}]}');
INSERT INTO audit VALUES(X'01a2029639df7f51bfccaebeb6ef9686',1795339729375,'cli:root','','job.create','under-way-old','{"changes":[{"pointer":"/name","after":"under-way-old"},{"pointer":"/enabled","after":true},{"pointer":"/schedule","after":"@at 2100-01-01T00:00:00"},{"pointer":"/timezone","after":"UTC"},{"pointer":"/jitter_s","after":0},{"pointer":"/target","after":"functions"},{"pointer":"/request","after":{"method":"POST","url":"/slow?ms=60000","headers":{},"body":null}},{"pointer":"/timeout_ms","after":120000},{"pointer":"/connect_timeout_ms","after":10000},{"pointer":"/delivery","after":"at_least_once"},{"pointer":"/retry","after":{"max_attempts":3,"initial_ms":60000,"multiplier":2,"max_ms":60000,"max_age_s":1}},{"pointer":"/overlap","after":"skip"},{"pointer":"/catch_up","after":{"policy":"latest","window_s":21600}},{"pointer":"/success","after":{"status":["2xx"],"json":[]}}]}');
INSERT INTO audit VALUES(X'01a2029639df7f51bfccaebeb6ef9687',1795339729375,'cli:root','','job.create','under-way-once','{"changes":[{"pointer":"/name","after":"under-way-once"},{"pointer":"/enabled","after":true},{"pointer":"/schedule","after":"@at 2100-01-01T00:00:00"},{"pointer":"/timezone","after":"UTC"},{"pointer":"/jitter_s","after":0},{"pointer":"/target","after":"functions"},{"pointer":"/request","after":{"method":"POST","url":"/slow?ms=60000","headers":{},"body":null}},{"pointer":"/timeout_ms","after":120000},{"pointer":"/connect_timeout_ms","after":10000},{"pointer":"/delivery","after":"at_most_once"},{"pointer":"/retry","after":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600}},{"pointer":"/overlap","after":"skip"},{"pointer":"/catch_up","after":{"policy":"latest","window_s":21600}},{"pointer":"/success","after":{"status":["2xx"],"json":[]}}]}');
INSERT INTO audit VALUES(X'01a2029639df7f51bfccaebeb6ef9688',1795339729375,'cli:root','','job.create','under-way-canceled','{"changes":[{"pointer":"/name","after":"under-way-canceled"},{"pointer":"/enabled","after":true},{"pointer":"/schedule","after":"@at 2100-01-01T00:00:00"},{"pointer":"/timezone","after":"UTC"},{"pointer":"/jitter_s","after":0},{"pointer":"/target","after":"functions"},{"pointer":"/request","after":{"method":"POST","url":"/slow?ms=60000","headers":{},"body":null}},{"pointer":"/timeout_ms","after":120000},{"pointer":"/connect_timeout_ms","after":10000},{"pointer":"/delivery","after":"at_least_once"},{"pointer":"/retry","after":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600}},{"pointer":"/overlap","after":"skip"},{"pointer":"/catch_up","after":{"policy":"latest","window_s":21600}},{"pointer":"/success","after":{"status":["2xx"],"json":[]}}]}');
INSERT INTO audit VALUES(X'01a2029639df7f51bfccaebeb6ef9689',1795339729375,'cli:root','','job.create','waits','{"changes":[{"pointer":"/name","after":"waits"},{"pointer":"/enabled","after":true},{"pointer":"/schedule","after":"@at 2100-01-01T00:00:00"},{"pointer":"/timezone","after":"UTC"},{"pointer":"/jitter_s","after":0},{"pointer":"/target","after":"functions"},{"pointer":"/request","after":{"method":"POST","url":"/echo","headers":{"x-internal-key":"{{secret.CRON_INTERNAL_KEY}}"},"body":null}},{"pointer":"/timeout_ms","after":120000},{"pointer":"/connect_timeout_ms","after":10000},{"pointer":"/delivery","after":"at_least_once"},{"pointer":"/retry","after":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600}},{"pointer":"/overlap","after":"skip"},{"pointer":"/catch_up","after":{"policy":"latest","window_s":21600}},{"pointer":"/success","after":{"status":["2xx"],"json":[]}}]}');
INSERT INTO audit VALUES(X'01a2029639df7f51bfccaebeb6ef968a',1795339729375,'cli:root','','job.create','busy','{"changes":[{"pointer":"/name","after":"busy"},{"pointer":"/enabled","after":true},{"pointer":"/schedule","after":"@every 1s"},{"pointer":"/timezone","after":"UTC"},{"pointer":"/jitter_s","after":0},{"pointer":"/target","after":"functions"},{"pointer":"/request","after":{"method":"POST","url":"/slow?ms=2500","headers":{},"body":null}},{"pointer":"/timeout_ms","after":120000},{"pointer":"/connect_timeout_ms","after":10000},{"pointer":"/delivery","after":"at_least_once"},{"pointer":"/retry","after":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600}},{"pointer":"/overlap","after":"skip"},{"pointer":"/catch_up","after":{"policy":"latest","window_s":21600}},{"pointer":"/success","after":{"status":["2xx"],"json":[]}}]}');
INSERT INTO audit VALUES(X'01a2029639df7fdeb496539e6ecf2b0d',1795339729375,'cli:root','','job.create','often','{"changes":[{"pointer":"/name","after":"often"},{"pointer":"/enabled","after":true},{"pointer":"/schedule","after":"@every 10s"},{"pointer":"/timezone","after":"UTC"},{"pointer":"/jitter_s","after":0},{"pointer":"/target","after":"functions"},{"pointer":"/request","after":{"method":"POST","url":"/ok","headers":{},"body":null}},{"pointer":"/timeout_ms","after":120000},{"pointer":"/connect_timeout_ms","after":10000},{"pointer":"/delivery","after":"at_least_once"},{"pointer":"/retry","after":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600}},{"pointer":"/overlap","after":"skip"},{"pointer":"/catch_up","after":{"policy":"none","window_s":0}},{"pointer":"/success","after":{"status":["2xx"],"json":[]}}]}');
INSERT INTO audit VALUES(X'01a202963ae37734ab5c2b6803eff1c3',1795339729635,'cli:root','','token.create','reader','{"scope":"read","expires_at":null,"tags":[]}');
INSERT INTO audit VALUES(X'01a202963c86717aa1aab544fe0c8408',1795339730054,'cli:root','','token.create','other','{"scope":"admin","expires_at":null,"tags":[]}');
INSERT INTO audit VALUES(X'01a2029643d576e4b62cd8edd7d1235a',1795339731925,'cli:root','','admin.password','','{"by":"command"}');
INSERT INTO audit VALUES(X'01a2029644dc719085406386095b200a',1795339732188,'cli:root','','run.request','good','{"run":"01a20296-44dc-784b-aa0f-e990a844b957"}');
INSERT INTO audit VALUES(X'01a20296451374de9ae10ebb2f598c0b',1795339732243,'cli:root','','run.request','bad','{"run":"01a20296-4513-75fc-873a-b4723a407e4f"}');
INSERT INTO audit VALUES(X'01a20296458c722b969c0cf4fdf4bae4',1795339732364,'cli:root','','run.request','flaky','{"run":"01a20296-458c-7813-81b4-20572ae6e39e"}');
INSERT INTO audit VALUES(X'01a2029645ea7f03a3cfb9a47a20f591',1795339732458,'cli:root','','run.request','flaky','{"run":"01a20296-45ea-739b-90c0-7b3887cd6c8d"}');
INSERT INTO audit VALUES(X'01a20296466a7a439867ab75942d24ed',1795339732586,'cli:root','','run.cancel','01a20296-45ea-739b-90c0-7b3887cd6c8d','{}');
INSERT INTO audit VALUES(X'01a20296471a75fd9c1945b8650febd4',1795339732762,'cli:root','','job.update','busy','{"changes":[{"pointer":"/enabled","before":true,"after":false}]}');
INSERT INTO audit VALUES(X'01a202976d4c77ba9309f283d908dcdb',1795339808076,'cli:root','','job.update','often','{"changes":[{"pointer":"/enabled","before":true,"after":false}]}');
INSERT INTO audit VALUES(X'01a2029776ec78e0a52112fbca37514f',1795339810540,'cli:root','','run.request','under-way','{"run":"01a20297-76ec-78e7-84cc-ca11de7332a4"}');
INSERT INTO audit VALUES(X'01a2029776f97ed185a453979fdf112f',1795339810553,'cli:root','','run.request','under-way-old','{"run":"01a20297-76f9-765d-991c-dce2055816a6"}');
INSERT INTO audit VALUES(X'01a20297770c7a09909ddd20455dc097',1795339810572,'cli:root','','run.request','under-way-once','{"run":"01a20297-770c-7d45-939d-d46c623ef981"}');
INSERT INTO audit VALUES(X'01a20297771e7c6d9311814698becf1f',1795339810590,'cli:root','','run.request','under-way-canceled','{"run":"01a20297-771e-76c5-8df5-851a968b0975"}');
INSERT INTO audit VALUES(X'01a20297775976c69f614632120beb5b',1795339810649,'cli:root','','run.request','waits','{"run":"01a20297-7759-7de3-bf3e-97910167d3ff"}');
INSERT INTO audit VALUES(X'01a2029777817878a32a69cec0f94d78',1795339810689,'cli:root','','run.cancel','01a20297-771e-76c5-8df5-851a968b0975','{}');
CREATE TABLE admin (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    salt BLOB NOT NULL CHECK (length(salt) = 16),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    rounds INTEGER NOT NULL CHECK (rounds >= 1),
    device_key BLOB NOT NULL CHECK (length(device_key) = 32),
    updated_at INTEGER NOT NULL
) STRICT;
INSERT INTO admin VALUES(1,X'ee0959c7b28e753dc76fb5c3b5e87ca9',X'f6b7063ccbcffcf67ebb40168826a6e812f91b1bca4f6f2285332949f20a9847',600000,X'46debdc2b1883d3b73116210d5a67165b83749c9a3c7e7b17be71d085572ecb6',1795339731925);
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
INSERT INTO run_ends VALUES(1,X'0462757379af83d994a034060001000000');
INSERT INTO run_ends VALUES(2,X'04676f6f64918ad994a0340301012e0900');
INSERT INTO run_ends VALUES(3,X'03626164ea8ad994a034040201481100');
INSERT INTO run_ends VALUES(4,X'0462757379978bd994a034060001000000');
INSERT INTO run_ends VALUES(5,X'05666c616b79a18dd994a034050d010dac0100');
INSERT INTO run_ends VALUES(6,X'056f6674656eefc1d994a034070001000000056f6674656e8fdeda94a034060001000000056f6674656e9facdb94a034060001000000056f6674656eaffadb94a034060001000000056f6674656ebfc8dc94a034060001000000056f6674656ecf96dd94a034060001000000');
INSERT INTO run_ends VALUES(7,X'056f6674656e94dadd94a0340301018dca030a00');
INSERT INTO run_ends VALUES(8,X'0462757379d9eddd94a034030101980dfce40400');
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
INSERT INTO sqlite_stat1 VALUES('runs','runs_told','0 0');
INSERT INTO sqlite_stat1 VALUES('runs','runs_late','0 0');
INSERT INTO sqlite_stat1 VALUES('runs','runs_open','2 1 1');
INSERT INTO sqlite_stat1 VALUES('runs','runs_cancel_requested','0 0');
INSERT INTO sqlite_stat1 VALUES('runs','runs_requested','1 1');
INSERT INTO sqlite_stat1 VALUES('runs','runs_by_job','1 1 1 1');
INSERT INTO sqlite_stat1 VALUES('runs','runs_by_state','1 1 1');
INSERT INTO sqlite_stat1 VALUES('runs','runs_occurrence','2 1 1');
INSERT INTO sqlite_stat1 VALUES('runs','runs','3 1');
INSERT INTO sqlite_stat1 VALUES('attempts','sqlite_autoindex_attempts_1','1 1 1');
INSERT INTO sqlite_stat1 VALUES('secret_accepted','secret_accepted','1 1 1');
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
COMMIT;
