PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA application_id = 1162039886;
PRAGMA user_version = 1;
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
INSERT INTO planner VALUES(1,1795339807122);
CREATE TABLE targets (
    name TEXT PRIMARY KEY NOT NULL,
    spec TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision >= 1),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
INSERT INTO targets VALUES('functions','{"name":"functions","base_url":"http://functions.invalid:1","headers":{"authorization":"Bearer {{secret.SERVICE_ROLE_KEY}}"},"max_concurrent":64,"rate":null,"ca_file":null,"tls_min":"1.2","allow_private":["127.0.0.0/8","::1/128"]}',1,1795339729684,1795339729684);
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
INSERT INTO jobs VALUES('good','functions','{"name":"good","description":"für später","enabled":true,"tags":["a","b"],"schedule":"@at 2100-01-01T00:00:00","timezone":"Europe/Berlin","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/echo","headers":{"x-internal-key":"{{secret.CRON_INTERNAL_KEY}}"},"body":{"source":"cron","at":"{{now}}"}},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795339729684,1795339729684,1795339729684,0,NULL);
INSERT INTO jobs VALUES('bad','functions','{"name":"bad","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/status?code=500&error=no","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795339729684,1795339729684,1795339729684,0,NULL);
INSERT INTO jobs VALUES('flaky','functions','{"name":"flaky","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/status?code=503","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":3,"initial_ms":60000,"multiplier":2,"max_ms":60000,"max_age_s":0},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795339729684,1795339729684,1795339729684,0,NULL);
INSERT INTO jobs VALUES('under-way','functions','{"name":"under-way","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/slow?ms=60000","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":3,"initial_ms":60000,"multiplier":2,"max_ms":60000,"max_age_s":0},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795339729684,1795339729684,1795339729684,0,NULL);
INSERT INTO jobs VALUES('under-way-old','functions','{"name":"under-way-old","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/slow?ms=60000","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":3,"initial_ms":60000,"multiplier":2,"max_ms":60000,"max_age_s":1},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795339729684,1795339729684,1795339729684,0,NULL);
INSERT INTO jobs VALUES('under-way-once','functions','{"name":"under-way-once","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/slow?ms=60000","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_most_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795339729684,1795339729684,1795339729684,0,NULL);
INSERT INTO jobs VALUES('under-way-canceled','functions','{"name":"under-way-canceled","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/slow?ms=60000","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795339729684,1795339729684,1795339729684,0,NULL);
INSERT INTO jobs VALUES('waits','functions','{"name":"waits","description":"","enabled":true,"tags":[],"schedule":"@at 2100-01-01T00:00:00","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/echo","headers":{"x-internal-key":"{{secret.CRON_INTERNAL_KEY}}"},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',1,1795339729684,1795339729684,1795339729684,0,NULL);
INSERT INTO jobs VALUES('busy','functions','{"name":"busy","description":"","enabled":false,"tags":[],"schedule":"@every 1s","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/slow?ms=2500","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"latest","window_s":21600},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',2,1795339729684,1795339731728,1795339731728,0,NULL);
INSERT INTO jobs VALUES('often','functions','{"name":"often","description":"","enabled":false,"tags":[],"schedule":"@every 10s","timezone":"UTC","jitter_s":0,"starts_at":null,"ends_at":null,"target":"functions","request":{"method":"POST","url":"/ok","headers":{},"body":null},"timeout_ms":120000,"connect_timeout_ms":10000,"delivery":"at_least_once","retry":{"max_attempts":1,"initial_ms":5000,"multiplier":2,"max_ms":300000,"max_age_s":3600},"overlap":"skip","catch_up":{"policy":"none","window_s":0},"success":{"status":["2xx"],"json":[]},"metrics":{},"alerts":[]}',2,1795339729684,1795339807118,1795339807118,0,NULL);
CREATE TABLE runs (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    job TEXT NOT NULL,
    trigger TEXT NOT NULL
        CHECK (trigger = 'schedule' OR trigger = 'catch_up' OR trigger = 'manual' OR trigger = 'api' OR trigger = 'retry'),
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
        CHECK (outcome IS NULL OR outcome = 'ok' OR outcome = 'http_status' OR outcome = 'assertion' OR outcome = 'timeout' OR
               outcome = 'dns' OR outcome = 'connect' OR outcome = 'tls' OR outcome = 'protocol' OR outcome = 'too_large' OR
               outcome = 'blocked' OR outcome = 'secret' OR outcome = 'interrupted' OR outcome = 'canceled'),
    message TEXT NOT NULL DEFAULT '',
    metrics TEXT,
    retry_of BLOB,
    cancel_requested INTEGER NOT NULL DEFAULT 0 CHECK (cancel_requested IN (0, 1)),
    occurrences INTEGER NOT NULL DEFAULT 1 CHECK (occurrences >= 1)
) STRICT, WITHOUT ROWID;
INSERT INTO runs VALUES(X'01a202963df27580a7402b2d1fd842ed','good','manual',1795339730418,1795339730418,'succeeded',1,1795339730614,1795339730633,NULL,196,19,200,'ok','',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a202963eb670c6aad267a80898016b','bad','manual',1795339730614,1795339730614,'failed',1,1795339730682,1795339730685,NULL,68,3,500,'http_status','the function answered 500 (internal server error) and said "no": the function failed or threw an exception: look at the function''s log for this time',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a202963efc7f96b612291792e7a9ea','busy','schedule',1795339730684,1795339730684,'succeeded',2,1795339730684,1795339809523,NULL,0,78839,200,'ok','',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a202963efd7fc5a77f61b9c68d4e8f','flaky','manual',1795339730685,1795339730685,'retrying',2,1795339730699,NULL,1795339854017,14,NULL,503,'http_status','the function answered 503 (service unavailable) and said "as asked": the function did not start or is overloaded: look at the function''s log for this time, and try it locally',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a202963f15779592318731c8bd8cb6','flaky','manual',1795339730709,1795339730709,'canceled',1,1795339730789,1795339731065,NULL,80,276,503,'canceled','canceled by hand',NULL,NULL,1,1);
INSERT INTO runs VALUES(X'01a2029642e4709abd2f8c2aa4dc6a30','busy','schedule',1795339731684,1795339731684,'skipped',0,NULL,1795339731684,NULL,NULL,NULL,NULL,NULL,'skipped: run 01a20296-3efc-7f96-b612-291792e7a9ea of this job, of 2026-11-22T09:28:50.684Z, was still under way (overlap: skip)',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a2029768af740fb8d51228932e6a22','often','schedule',1795339769684,1795339806895,'skipped',0,NULL,1795339806895,NULL,NULL,NULL,NULL,NULL,'skipped: run 01a20297-68af-7a51-a515-44fb3d4a56fb of this job, of 2026-11-22T09:29:09.684Z, was still under way (overlap: skip)',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a2029768af763984c1eb1ede29c2fc','often','schedule',1795339759684,1795339806895,'skipped',0,NULL,1795339806895,NULL,NULL,NULL,NULL,NULL,'skipped: run 01a20297-68af-7a51-a515-44fb3d4a56fb of this job, of 2026-11-22T09:29:09.684Z, was still under way (overlap: skip)',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a2029768af782889a70a69b3661168','often','schedule',1795339739684,1795339806895,'missed',0,NULL,1795339806895,NULL,NULL,NULL,NULL,NULL,'late, and the job does not catch up (catch_up: none)',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a2029768af793fae99ee6103a5608a','often','schedule',1795339789684,1795339806895,'skipped',0,NULL,1795339806895,NULL,NULL,NULL,NULL,NULL,'skipped: run 01a20297-68af-7a51-a515-44fb3d4a56fb of this job, of 2026-11-22T09:29:09.684Z, was still under way (overlap: skip)',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a2029768af7a31bf476e64dcf07ad0','often','schedule',1795339779684,1795339806895,'skipped',0,NULL,1795339806895,NULL,NULL,NULL,NULL,NULL,'skipped: run 01a20297-68af-7a51-a515-44fb3d4a56fb of this job, of 2026-11-22T09:29:09.684Z, was still under way (overlap: skip)',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a2029768af7a51a51544fb3d4a56fb','often','schedule',1795339749684,1795339806895,'succeeded',1,1795339806944,1795339807101,NULL,57260,157,200,'ok','',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a2029768af7ded93ffe036b0e9ae96','often','schedule',1795339799684,1795339806895,'skipped',0,NULL,1795339806895,NULL,NULL,NULL,NULL,NULL,'skipped: run 01a20297-68af-7a51-a515-44fb3d4a56fb of this job, of 2026-11-22T09:29:09.684Z, was still under way (overlap: skip)',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a20297734e7641bc5ed8f33b5f27de','under-way','manual',1795339809614,1795339809614,'running',1,1795339809627,NULL,NULL,13,NULL,NULL,NULL,'',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a20297737073c2bc5b71b3ba689e5a','under-way-old','manual',1795339809648,1795339809648,'running',1,1795339809661,NULL,NULL,13,NULL,NULL,NULL,'',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a2029773847811aa5df51164813892','under-way-once','manual',1795339809668,1795339809668,'running',1,1795339809677,NULL,NULL,9,NULL,NULL,NULL,'',NULL,NULL,0,1);
INSERT INTO runs VALUES(X'01a2029773937605b98e9df3aaa19264','under-way-canceled','manual',1795339809683,1795339809683,'running',1,1795339809701,NULL,NULL,18,NULL,NULL,NULL,'',NULL,NULL,1,1);
INSERT INTO runs VALUES(X'01a2029773db7ba781fbf9c391300fe4','waits','manual',1795339809755,1795339809755,'queued',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'',NULL,NULL,0,1);
CREATE TABLE attempts (
    run_id BLOB NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    number INTEGER NOT NULL CHECK (number >= 1),
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    outcome TEXT
        CHECK (outcome IS NULL OR outcome = 'ok' OR outcome = 'http_status' OR outcome = 'assertion' OR outcome = 'timeout' OR
               outcome = 'dns' OR outcome = 'connect' OR outcome = 'tls' OR outcome = 'protocol' OR outcome = 'too_large' OR
               outcome = 'blocked' OR outcome = 'secret' OR outcome = 'interrupted' OR outcome = 'canceled'),
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
INSERT INTO attempts VALUES(X'01a202963df27580a7402b2d1fd842ed',1,1795339730614,1795339730633,'ok',200,'',0,6,NULL,11,18,'127.0.0.1:36915','POST','http://functions.invalid:1/echo',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nx-internal-key: {{secret.CRON_INTERNAL_KEY}}\nUser-Agent: edgecron/0.1.0\nAccept: */*\nContent-Type: application/json\nIdempotency-Key: 01a20296-3df2-7580-a740-2b2d1fd842ed\nX-Edgecron-Job: good\nX-Edgecron-Run: 01a20296-3df2-7580-a740-2b2d1fd842ed\nX-Edgecron-Attempt: 1\nX-Edgecron-Scheduled-For: 2026-11-22T09:28:50.418Z\ntraceparent: 00-01a202963df27580a7402b2d1fd842ed-8b9ae52ce23f4f70-01\n','\n',char(10)),'{"source":"cron","at":"2026-11-22T09:28:50.614Z"}',replace('content-type: application/json\ncontent-length: 619\nDate: Sun, 22 Nov 2026 09:28:50 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"ok":true,"headers":{"host":"functions.invalid:1","authorization":"Bearer [redacted:SERVICE_ROLE_KEY]","x-internal-key":"[redacted:CRON_INTERNAL_KEY]","user-agent":"edgecron/0.1.0","accept":"*/*","content-type":"application/json","idempotency-key":"01a20296-3df2-7580-a740-2b2d1fd842ed","x-edgecron-job":"good","x-edgecron-run":"01a20296-3df2-7580-a740-2b2d1fd842ed","x-edgecron-attempt":"1","x-edgecron-scheduled-for":"2026-11-22T09:28:50.418Z","traceparent":"00-01a202963df27580a7402b2d1fd842ed-8b9ae52ce23f4f70-01","content-length":"49"},"body":"{\"source\":\"cron\",\"at\":\"2026-11-22T09:28:50.614Z\"}"}',0,619);
INSERT INTO attempts VALUES(X'01a202963eb670c6aad267a80898016b',1,1795339730682,1795339730685,'http_status',500,'the function answered 500 (internal server error) and said "no": the function failed or threw an exception: look at the function''s log for this time',NULL,NULL,NULL,2,2,'127.0.0.1:36915','POST','http://functions.invalid:1/status?code=500&error=no',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nUser-Agent: edgecron/0.1.0\nAccept: */*\nIdempotency-Key: 01a20296-3eb6-70c6-aad2-67a80898016b\nX-Edgecron-Job: bad\nX-Edgecron-Run: 01a20296-3eb6-70c6-aad2-67a80898016b\nX-Edgecron-Attempt: 1\nX-Edgecron-Scheduled-For: 2026-11-22T09:28:50.614Z\ntraceparent: 00-01a202963eb670c6aad267a80898016b-1d04014497f758c3-01\n','\n',char(10)),NULL,replace('content-type: application/json\ncontent-length: 14\nDate: Sun, 22 Nov 2026 09:28:50 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"error":"no"}',0,14);
INSERT INTO attempts VALUES(X'01a202963efc7f96b612291792e7a9ea',1,1795339730684,1795339806819,'interrupted',NULL,'edgecron was stopped during this attempt; the call may or may not have been processed; it is tried again with the same Idempotency-Key',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO attempts VALUES(X'01a202963efd7fc5a77f61b9c68d4e8f',1,1795339730699,1795339730707,'http_status',503,'the function answered 503 (service unavailable) and said "as asked": the function did not start or is overloaded: look at the function''s log for this time, and try it locally',0,0,NULL,7,8,'127.0.0.1:36915','POST','http://functions.invalid:1/status?code=503',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nUser-Agent: edgecron/0.1.0\nAccept: */*\nIdempotency-Key: 01a20296-3efd-7fc5-a77f-61b9c68d4e8f\nX-Edgecron-Job: flaky\nX-Edgecron-Run: 01a20296-3efd-7fc5-a77f-61b9c68d4e8f\nX-Edgecron-Attempt: 1\nX-Edgecron-Scheduled-For: 2026-11-22T09:28:50.685Z\ntraceparent: 00-01a202963efd7fc5a77f61b9c68d4e8f-c6dec1aa3b812be9-01\n','\n',char(10)),NULL,replace('content-type: application/json\ncontent-length: 20\nDate: Sun, 22 Nov 2026 09:28:50 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"error":"as asked"}',0,20);
INSERT INTO attempts VALUES(X'01a202963f15779592318731c8bd8cb6',1,1795339730789,1795339730848,'http_status',503,'the function answered 503 (service unavailable) and said "as asked": the function did not start or is overloaded: look at the function''s log for this time, and try it locally',NULL,NULL,NULL,59,59,'127.0.0.1:36915','POST','http://functions.invalid:1/status?code=503',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nUser-Agent: edgecron/0.1.0\nAccept: */*\nIdempotency-Key: 01a20296-3f15-7795-9231-8731c8bd8cb6\nX-Edgecron-Job: flaky\nX-Edgecron-Run: 01a20296-3f15-7795-9231-8731c8bd8cb6\nX-Edgecron-Attempt: 1\nX-Edgecron-Scheduled-For: 2026-11-22T09:28:50.709Z\ntraceparent: 00-01a202963f15779592318731c8bd8cb6-6d8e643707fb0841-01\n','\n',char(10)),NULL,replace('content-type: application/json\ncontent-length: 20\nDate: Sun, 22 Nov 2026 09:28:50 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"error":"as asked"}',0,20);
INSERT INTO attempts VALUES(X'01a202963efd7fc5a77f61b9c68d4e8f',2,1795339806944,1795339806997,'http_status',503,'the function answered 503 (service unavailable) and said "as asked": the function did not start or is overloaded: look at the function''s log for this time, and try it locally',0,0,NULL,53,53,'127.0.0.1:36915','POST','http://functions.invalid:1/status?code=503',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nUser-Agent: edgecron/0.1.0\nAccept: */*\nIdempotency-Key: 01a20296-3efd-7fc5-a77f-61b9c68d4e8f\nX-Edgecron-Job: flaky\nX-Edgecron-Run: 01a20296-3efd-7fc5-a77f-61b9c68d4e8f\nX-Edgecron-Attempt: 2\nX-Edgecron-Scheduled-For: 2026-11-22T09:28:50.685Z\ntraceparent: 00-01a202963efd7fc5a77f61b9c68d4e8f-260623faace4148b-01\n','\n',char(10)),NULL,replace('content-type: application/json\ncontent-length: 20\nDate: Sun, 22 Nov 2026 09:30:06 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"error":"as asked"}',0,20);
INSERT INTO attempts VALUES(X'01a202963efc7f96b612291792e7a9ea',2,1795339806944,1795339809523,'ok',200,'',0,0,NULL,2578,2579,'127.0.0.1:36915','POST','http://functions.invalid:1/slow?ms=2500',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nUser-Agent: edgecron/0.1.0\nAccept: */*\nIdempotency-Key: 01a20296-3efc-7f96-b612-291792e7a9ea\nX-Edgecron-Job: busy\nX-Edgecron-Run: 01a20296-3efc-7f96-b612-291792e7a9ea\nX-Edgecron-Attempt: 2\nX-Edgecron-Scheduled-For: 2026-11-22T09:28:50.684Z\ntraceparent: 00-01a202963efc7f96b612291792e7a9ea-f2e04f19f82bc2b8-01\n','\n',char(10)),NULL,replace('content-type: application/json\ncontent-length: 11\nDate: Sun, 22 Nov 2026 09:30:09 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"ok":true}',0,11);
INSERT INTO attempts VALUES(X'01a2029768af7a51a51544fb3d4a56fb',1,1795339806944,1795339807101,'ok',200,'',0,0,NULL,157,157,'127.0.0.1:36915','POST','http://functions.invalid:1/ok',replace('authorization: Bearer {{secret.SERVICE_ROLE_KEY}}\nUser-Agent: edgecron/0.1.0\nAccept: */*\nIdempotency-Key: 01a20297-68af-7a51-a515-44fb3d4a56fb\nX-Edgecron-Job: often\nX-Edgecron-Run: 01a20297-68af-7a51-a515-44fb3d4a56fb\nX-Edgecron-Attempt: 1\nX-Edgecron-Scheduled-For: 2026-11-22T09:29:09.684Z\ntraceparent: 00-01a2029768af7a51a51544fb3d4a56fb-31e6be3816fc5d58-01\n','\n',char(10)),NULL,replace('content-type: application/json\ncontent-length: 17\nDate: Sun, 22 Nov 2026 09:30:07 GMT\nConnection: keep-alive\nKeep-Alive: timeout=30\n','\n',char(10)),'{"ok":true,"n":3}',0,17);
INSERT INTO attempts VALUES(X'01a20297734e7641bc5ed8f33b5f27de',1,1795339809627,NULL,NULL,NULL,'',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO attempts VALUES(X'01a20297737073c2bc5b71b3ba689e5a',1,1795339809661,NULL,NULL,NULL,'',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO attempts VALUES(X'01a2029773847811aa5df51164813892',1,1795339809677,NULL,NULL,NULL,'',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO attempts VALUES(X'01a2029773937605b98e9df3aaa19264',1,1795339809701,NULL,NULL,NULL,'',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL);
CREATE TABLE vault (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    data_key BLOB NOT NULL
) STRICT;
INSERT INTO vault VALUES(1,X'1b1a7a2fdefdf1c1b788ba0fe5eeb0110e78eb9b33f1b4d37f2f545b053ed4ed9f1d1f1e43fda50d4163b1c97a39b2d0bb368fd014ac70e1d5899151');
CREATE TABLE secrets (
    name TEXT PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    value BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
INSERT INTO secrets VALUES('CRON_INTERNAL_KEY',2,X'703808d1f833dd18c1e977ee270d2790179d89ca04cb8fdef206cf8ae363e06e67200aefaac067245fce1194e13e727aea1bef5a767c4073fbf890808403',1795339729061,1795339729650);
INSERT INTO secrets VALUES('SERVICE_ROLE_KEY',1,X'42792f16bc1337082f750a45459bb299f23aa86d049f0c6ad330677c2e02e94d6606305bdae9414ac9fe3aa3fe00d03a022bc88581dc7f51ce3d77a000ea7b',1795339729554,1795339729554);
CREATE TABLE tokens (
    name TEXT PRIMARY KEY NOT NULL,
    prefix TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    scope TEXT NOT NULL CHECK (scope IN ('read', 'operate', 'admin')),
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
INSERT INTO tokens VALUES('reader','ect_GItr',X'fc925aa7acaf337bfbd744d72ac3c2252c4968e770419419bea5dbebc794489e','read',1795339729730,NULL);
INSERT INTO tokens VALUES('other','ect_wGu5',X'a522a11f888c273891b4b526a3b57425bff66d63871605948cb88af19ef4da54','admin',1795339729770,NULL);
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 VALUES('secrets','sqlite_autoindex_secrets_1','1 1');
INSERT INTO sqlite_stat1 VALUES('jobs','jobs_by_target','10 10 1');
INSERT INTO sqlite_stat1 VALUES('jobs','jobs_revisions','10 1 1 1');
INSERT INTO sqlite_stat1 VALUES('jobs','sqlite_autoindex_jobs_1','10 1');
INSERT INTO sqlite_stat1 VALUES('targets','sqlite_autoindex_targets_1','1 1');
INSERT INTO sqlite_stat1 VALUES('tokens','tokens_by_prefix','1 1');
INSERT INTO sqlite_stat1 VALUES('tokens','sqlite_autoindex_tokens_1','1 1');
INSERT INTO sqlite_stat1 VALUES('attempts','sqlite_autoindex_attempts_1','1 1 1');
INSERT INTO sqlite_stat1 VALUES('runs','runs_cancel_requested','0 0');
INSERT INTO sqlite_stat1 VALUES('runs','runs_requested','0 0');
INSERT INTO sqlite_stat1 VALUES('runs','runs_open','2 1');
INSERT INTO sqlite_stat1 VALUES('runs','runs_by_job','11 3 2 1');
INSERT INTO sqlite_stat1 VALUES('runs','runs_by_state','11 3 1');
INSERT INTO sqlite_stat1 VALUES('runs','runs_occurrence','9 1 1');
INSERT INTO sqlite_stat1 VALUES('runs','runs','13 1');
CREATE INDEX jobs_revisions ON jobs (name, revision, updated_at);
CREATE INDEX jobs_by_target ON jobs (target, name) WHERE target IS NOT NULL;
CREATE UNIQUE INDEX runs_occurrence ON runs (scheduled_for, job) WHERE trigger IN ('schedule', 'catch_up');
CREATE INDEX runs_by_state ON runs (state, id) WHERE finished_at IS NOT NULL;
CREATE INDEX runs_by_job ON runs (job, state, id) WHERE finished_at IS NOT NULL;
CREATE INDEX runs_open ON runs (id) WHERE finished_at IS NULL;
CREATE INDEX runs_requested ON runs (id) WHERE state = 'queued' AND trigger NOT IN ('schedule', 'catch_up');
CREATE INDEX runs_cancel_requested ON runs (id) WHERE cancel_requested = 1 AND finished_at IS NULL;
CREATE INDEX tokens_by_prefix ON tokens (prefix);
COMMIT;
