#include "api/route.h"

#include "api/resource.h"
#include "api/route_query.h"

/* A row names what there is to say; what it leaves out is zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define R(m, p, h, a, i, sum, ...)                                                             \
    {                                                                                          \
        .method = m, .path = p, .handle = h, .access = a, .id = i, .summary = sum, __VA_ARGS__ \
    }

const struct route route_table[] = {
    R("GET", "/healthz", api_alive, ACCESS_ANYONE, "getHealth", "Is the process alive?", .status = 200,
      .schema = "Health", .description = "Answers as long as the process does; looks at nothing else."),
    R("GET", "/readyz", api_ready, ACCESS_ANYONE, "getReady", "Can it do its job?", .status = 200, .schema = "Ready",
      .description = "Each check by name. 503 with the same body when one of them fails."),
    R("GET", "/metrics", api_metrics, ACCESS_READ, "getMetrics", "Figures for Prometheus", .status = 200,
      .schema = NULL, .content_type = "text/plain",
      .description =
          "Text format 0.0.4, or OpenMetrics 1.0 when the Accept field asks for it. At most 1,000 jobs have series "
          "of their own, the rest is summed."),
    R("GET", "/api/openapi.json", api_openapi, ACCESS_ANYONE, "getOpenapi", "This document", .status = 200,
      .schema = NULL, .description = "OpenAPI 3.1, made from the table that requests are routed by."),

    R("GET", "/api/v1/status", api_status, ACCESS_READ, "getStatus", "The server at a glance", .status = 200,
      .schema = "Status", .description = "What is under way, what is next, and whether all parts work."),

    R("GET", "/api/v1/jobs", api_jobs_list, ACCESS_READ, "listJobs", "All jobs", .status = 200, .schema = "JobList",
      .query = jobs_query, .traits = ROUTE_BY_TAG,
      .description =
          "Each with its next occurrence and newest run. Where a filter finds little, a page may be short or "
          "empty and yet have a next_cursor, which goes on from there: a request looks at a limited number "
          "of jobs."),
    R("GET", "/api/v1/jobs/{name}", api_jobs_show, ACCESS_READ, "getJob", "One job", .status = 200, .schema = "Job",
      .traits = ROUTE_REVISION | ROUTE_OF_JOB, .description = "The apply form, with a status."),
    R("GET", "/api/v1/jobs/{name}/next", api_jobs_next, ACCESS_READ, "listNext", "Its next occurrences", .status = 200,
      .schema = "UpcomingList", .query = next_query, .traits = ROUTE_OF_JOB,
      .description = "As the schedule has them, whether or not the job is paused."),
    R("GET", "/api/v1/jobs/{name}/stats", api_jobs_stats, ACCESS_READ, "getJobStats", "How it fared", .status = 200,
      .schema = "Stats", .query = job_stats_query, .traits = ROUTE_OF_JOB, .description = "As getStats, of one job."),
    R("GET", "/api/v1/jobs/{name}/request", api_jobs_request, ACCESS_READ, "getRequest",
      "The request as it would be sent now", .status = 200, .schema = "OutgoingRequest", .traits = ROUTE_OF_JOB,
      .description =
          "Made as for a call, with every secret masked, and sent nowhere; no name is looked up. What only a run has "
          "is shown as a sample: the run id is 00000000-0000-7000-8000-000000000000."),
    R("POST", "/api/v1/jobs/{name}/run", api_jobs_run, ACCESS_OPERATE, "runJob", "Run it now", .status = 202,
      .schema = "Run", .body_schema = "RunInput", .traits = ROUTE_IDEMPOTENT | ROUTE_OF_JOB,
      .fails = ROUTE_FAILS(ERR_TOO_MANY),
      .description =
          "The run is written down, and started at once; neither the job nor its schedule changes. With a body, it "
          "sends "
          "that one in place of the job's: 422 for a job whose method carries none, and 403 for a secret in it that "
          "the job does not send anyway, unless the scope is admin without tags. Its trigger is manual with a session, "
          "and api with a token. 429 when 1,000 runs of the job (or 10,000 of all) that were asked for have not ended "
          "yet: nothing was written down then, so ask again later."),
    R("POST", "/api/v1/jobs/{name}/pause", api_jobs_pause, ACCESS_OPERATE, "pauseJob", "Pause it", .status = 200,
      .schema = "Job", .body_schema = "Pause", .traits = ROUTE_IDEMPOTENT | ROUTE_OF_JOB,
      .description = "No occurrence is run until it is resumed, by hand or at the time given."),
    R("POST", "/api/v1/jobs/{name}/resume", api_jobs_resume, ACCESS_OPERATE, "resumeJob", "Resume it", .status = 200,
      .schema = "Job", .traits = ROUTE_IDEMPOTENT | ROUTE_OF_JOB,
      .description = "Occurrences that passed meanwhile are not caught up."),

    R("GET", "/api/v1/schedule/preview", api_schedule_preview, ACCESS_READ, "previewSchedule", "Try a schedule out",
      .status = 200, .schema = "SchedulePreview", .query = preview_query,
      .description =
          "What it means in words, and when it would be due, with a note where a clock change moves an occurrence."),

    R("GET", "/api/v1/schedule/upcoming", api_schedule_upcoming, ACCESS_READ, "listUpcoming", "What is due next",
      .status = 200, .schema = "Timeline", .query = upcoming_query, .traits = ROUTE_BY_TAG,
      .description = "Of the jobs that are enabled and not paused, or whose pause ends in time: how many occurrences "
                     "in each point of time, and which come "
                     "first. Jitter is not in it. While everything is paused, what would be due."),

    R("GET", "/api/v1/runs", api_runs_list, ACCESS_READ, "listRuns", "Runs, newest first", .status = 200,
      .schema = "RunList", .query = runs_query, .traits = ROUTE_BY_TAG,
      .description = "Without their attempts. Messages to channels are runs too, of trigger alert and the job "
                     "alert:NAME. Where a filter finds little, a page may be short or empty and yet have a "
                     "next_cursor, which goes on from there: a request looks at a limited number of runs."),
    R("GET", "/api/v1/runs/{id}", api_runs_show, ACCESS_READ, "getRun", "One run with its attempts", .status = 200,
      .schema = "Run", .traits = ROUTE_OF_RUN,
      .description =
          "Each attempt with timings, the request as sent (secrets masked) and the answer. Of a message to a "
          "channel, an address that was pasted into it is shown to the scope admin alone."),
    R("POST", "/api/v1/runs/{id}/cancel", api_runs_cancel, ACCESS_OPERATE, "cancelRun", "Cancel it", .status = 202,
      .schema = "Run", .traits = ROUTE_IDEMPOTENT | ROUTE_OF_RUN, .fails = ROUTE_FAILS(ERR_CONFLICT),
      .description = "A call under way is broken off. A run that is over cannot be canceled: 409."),
    R("POST", "/api/v1/runs/{id}/retry", api_runs_retry, ACCESS_OPERATE, "retryRun", "Do it again", .status = 202,
      .schema = "Run", .traits = ROUTE_IDEMPOTENT | ROUTE_OF_RUN,
      .fails = ROUTE_FAILS(ERR_CONFLICT) | ROUTE_FAILS(ERR_TOO_MANY),
      .description =
          "A new run that names this one in retry_of. 409 while this one is not over, and 429 as for 'Run it "
          "now'."),

    R("GET", "/api/v1/stats", api_stats, ACCESS_READ, "getStats", "How runs fared", .status = 200, .schema = "Stats",
      .query = stats_query, .traits = ROUTE_BY_TAG,
      .description =
          "Runs that ended in the last hours or days, in UTC: how many in which state and with which outcome, "
          "how late, how long, what their metrics add up to; and the same by the hour, or by the day for more "
          "than a week, or for more than two days of very many jobs. Counts are kept for two years, "
          "whatever became of the runs. "
          "A percentile is exact to one part in 16."),

    R("GET", "/api/v1/targets", api_targets_list, ACCESS_READ, "listTargets", "All targets", .status = 200,
      .schema = "TargetList", .description = "In order of name."),
    R("GET", "/api/v1/targets/{name}", api_targets_show, ACCESS_READ, "getTarget", "One target", .status = 200,
      .schema = "Target", .traits = ROUTE_REVISION, .description = "The apply form, with a status."),
    R("GET", "/api/v1/alerts", api_alerts_list, ACCESS_READ, "listAlerts", "All alert rules", .status = 200,
      .schema = "AlertList", .description = "In order of name. A job's own rules are its member `alerts`."),
    R("GET", "/api/v1/alerts/{name}", api_alerts_show, ACCESS_READ, "getAlert", "One alert rule", .status = 200,
      .schema = "Alert", .traits = ROUTE_REVISION, .description = "The apply form, with a status."),
    R("GET", "/api/v1/firing", api_firing_list, ACCESS_READ, "listFiring", "What is wrong just now, newest first",
      .status = 200, .schema = "FiringList", .query = firing_query, .traits = ROUTE_BY_TAG,
      .description =
          "Each rule on each job, secret or target on which it fires, or is about to, muted ones with them. A token "
          "restricted to tags gets what is on jobs that have one of them."),
    R("GET", "/api/v1/mutes", api_mutes_list, ACCESS_READ, "listMutes", "What is muted", .status = 200,
      .schema = "MuteList", .description = "Until then what it covers is watched, but not told."),
    R("GET", "/api/v1/channels", api_channels_list, ACCESS_READ, "listChannels", "Where alerts are sent", .status = 200,
      .schema = "ChannelList",
      .description = "In order of name. A key that was pasted into one is shown to the scope admin alone."),
    R("GET", "/api/v1/channels/{name}", api_channels_show, ACCESS_READ, "getChannel", "One channel", .status = 200,
      .schema = "Channel", .traits = ROUTE_REVISION,
      .description = "The apply form, with a status: when a message last arrived, and since when they fail. A key that "
                     "was pasted into it is shown to the scope admin alone."),

    R("GET", "/api/v1/secrets", api_secrets_list, ACCESS_READ, "listSecrets", "All secrets, without their values",
      .status = 200, .schema = "SecretList", .description = "No value can be read back."),
    R("GET", "/api/v1/secrets/{name}", api_secrets_show, ACCESS_READ, "getSecret", "One secret, without its value",
      .status = 200, .schema = "Secret", .description = "No value can be read back."),

    R("GET", "/api/v1/audit", api_audit_list, ACCESS_ADMIN, "listAudit", "Who changed what, newest first",
      .status = 200, .schema = "AuditEntryList", .query = audit_query,
      .description = "Entries are never altered, and kept for 400 days."),
    R("GET", "/api/v1/doctor", api_doctor, ACCESS_ADMIN, "examine", "Look at everything, and say what to mend",
      .status = 200, .schema = "FindingList", .query = doctor_query, .fails = ROUTE_FAILS(ERR_TOO_MANY),
      .description =
          "What 'edgecron doctor' says, as this server sees it: data directory, database, master key, secrets, clock, "
          "targets, schedules with their next times, runs of the last 24 hours. Changes nothing. Targets are called, "
          "all "
          "at the same time, for 10 seconds at most: name, connection, TLS, and a HEAD of the base URL or a GET of the "
          "declared health path, without any of the target's headers; no path of a job is asked for, so no function "
          "does "
          "its work. The whole database is read, which may "
          "take seconds when it is large: 429 while another looks."),
    R("POST", "/api/v1/unseal", api_unseal, ACCESS_ADMIN, "unseal", "Give a sealed server its master key",
      .status = 200, .schema = "Unsealed", .body_schema = "Unseal", .traits = ROUTE_BODY | ROUTE_SECRET,
      .fails = ROUTE_FAILS(ERR_CONFLICT) | ROUTE_FAILS(ERR_TOO_MANY),
      .description =
          "Held in memory until the server ends: 'edgecron unseal' puts the key in its file. 409 when nothing "
          "is sealed, 422 for a wrong key, and 429 for a while after it."),

    R("GET", "/api/v1/setup", api_setup_show, ACCESS_ANYONE, "getSetup", "Is a password still to be set?",
      .status = 200, .schema = "SetupState", .description = "Whether the page shows the first set-up or the login."),
    R("POST", "/api/v1/setup", api_setup, ACCESS_ANYONE, "setUp", "Set the first password, with the set-up link",
      .status = 201, .schema = "Session", .body_schema = "Setup", .traits = ROUTE_BODY | ROUTE_SECRET,
      .fails = ROUTE_FAILS(ERR_UNAUTHENTICATED) | ROUTE_FAILS(ERR_FORBIDDEN) | ROUTE_FAILS(ERR_CONFLICT) |
               ROUTE_FAILS(ERR_TOO_MANY),
      .description = "The link is printed when a server without a password starts, is good for 30 minutes, and is used "
                     "up by this. Logs in. 409 when a password is set already."),
    R("POST", "/api/v1/session", api_session_begin, ACCESS_ANYONE, "logIn", "Log in with the password", .status = 201,
      .schema = "Session", .body_schema = "Login", .traits = ROUTE_BODY | ROUTE_SECRET,
      .fails = ROUTE_FAILS(ERR_UNAUTHENTICATED) | ROUTE_FAILS(ERR_FORBIDDEN) | ROUTE_FAILS(ERR_CONFLICT) |
               ROUTE_FAILS(ERR_TOO_MANY),
      .description = "Sets the session's cookie. 401 for a wrong password, 429 after several, 409 while none is set. A "
                     "session ends after 12 hours without a request, and after 7 days."),
    R("GET", "/api/v1/session", api_session_show, ACCESS_READ, "getSession", "Who am I?", .status = 200,
      .schema = "Session", .traits = ROUTE_BY_TAG | ROUTE_SECRET,
      .description = "Of a session or a token. What a session changes needs csrf_token as the header X-CSRF-Token."),
    R("DELETE", "/api/v1/session", api_session_end, ACCESS_READ, "logOut", "Log out", .status = 204,
      .fails = ROUTE_FAILS(ERR_CONFLICT), .description = "Ends the session at once. 409 for a token, which has none."),
    R("GET", "/api/v1/sessions", api_sessions_list, ACCESS_ADMIN, "listSessions", "Who is logged in, and from where",
      .status = 200, .schema = "SessionEntryList", .description = "Newest first; at most 100, all in one page."),
    R("DELETE", "/api/v1/sessions/{id}", api_sessions_revoke, ACCESS_ADMIN, "revokeSession", "End a session",
      .status = 204, .description = "At once, wherever it is."),
    R("PUT", "/api/v1/admin/password", api_admin_password, ACCESS_ADMIN, "setPassword", "Set another password",
      .status = 204, .body_schema = "PasswordChange", .traits = ROUTE_BODY | ROUTE_SECRET,
      .fails = ROUTE_FAILS(ERR_TOO_MANY),
      .description = "Ends all sessions but the one that asks. A session needs the current password too; a token of "
                     "scope admin does not, as it could make more of its kind anyway."),

    R("GET", "/api/v1/tokens", api_tokens_list, ACCESS_ADMIN, "listTokens", "All tokens, without the tokens themselves",
      .status = 200, .schema = "TokenList", .description = "In order of name, all in one page."),
    R("POST", "/api/v1/tokens", api_tokens_create, ACCESS_ADMIN, "createToken", "Make a token", .status = 201,
      .schema = "NewToken", .body_schema = "TokenGrant", .traits = ROUTE_BODY | ROUTE_IDEMPOTENT | ROUTE_SECRET,
      .fails = ROUTE_FAILS(ERR_CONFLICT),
      .description = "The answer has the token, this once: only its hash is kept. 409 when the name is taken. With an "
                     "Idempotency-Key, asked again: 409, as the token is not kept."),
    R("GET", "/api/v1/tokens/{name}", api_tokens_show, ACCESS_ADMIN, "getToken", "One token, without the token itself",
      .status = 200, .schema = "Token", .description = "When it was made, when it was used last, when it expires."),
    R("DELETE", "/api/v1/tokens/{name}", api_tokens_revoke, ACCESS_ADMIN, "revokeToken", "Make a token useless",
      .status = 204, .description = "At once, wherever it is used."),

    /* writes */
    R("POST", "/api/v1/jobs", api_jobs_create, ACCESS_ADMIN, "createJob", "Create a job", .status = 201,
      .schema = "Job", .body_schema = "JobInput", .query = write_query, .traits = ROUTE_BODY | ROUTE_IDEMPOTENT,
      .fails = ROUTE_FAILS(ERR_CONFLICT),
      .description =
          "The apply form. 409 when there is a job of that name. What is accepted, but worth a thought, such as a "
          "secret that is not set yet, is told in `warnings`."),
    R("PUT", "/api/v1/jobs/{name}", api_jobs_put, ACCESS_ADMIN, "putJob", "Create or replace a job", .status = 200,
      .schema = "Job", .body_schema = "JobInput", .query = write_query,
      .traits = ROUTE_BODY | ROUTE_REVISION | ROUTE_CREATES,
      .description =
          "What is left out has its default. 201 when it is new. `status` and `warnings` of an earlier answer are "
          "accepted and ignored, so that what GET answers can be changed and sent back; `If-Match` makes "
          "sure that nobody changed it meanwhile, `If-None-Match: *` that it is new."),
    R("PATCH", "/api/v1/jobs/{name}", api_jobs_patch, ACCESS_ADMIN, "patchJob", "Change a job", .status = 200,
      .schema = "Job", .body_schema = "JobPatch", .query = write_query,
      .traits = ROUTE_BODY | ROUTE_MERGE | ROUTE_REVISION,
      .description =
          "A merge patch (RFC 7396) of the apply form: members that are given replace, null takes a member back to "
          "its default, all else stays."),
    R("DELETE", "/api/v1/jobs/{name}", api_jobs_remove, ACCESS_ADMIN, "removeJob", "Remove a job", .status = 204,
      .traits = ROUTE_REVISION,
      .description = "Its runs that wait are canceled, one under way goes on to its end; its history stays."),

    R("POST", "/api/v1/targets", api_targets_create, ACCESS_ADMIN, "createTarget", "Create a target", .status = 201,
      .schema = "Target", .body_schema = "TargetInput", .query = write_query, .traits = ROUTE_BODY | ROUTE_IDEMPOTENT,
      .fails = ROUTE_FAILS(ERR_CONFLICT), .description = "The apply form. 409 when there is a target of that name."),
    R("PUT", "/api/v1/targets/{name}", api_targets_put, ACCESS_ADMIN, "putTarget", "Create or replace a target",
      .status = 200, .schema = "Target", .body_schema = "TargetInput", .query = write_query,
      .traits = ROUTE_BODY | ROUTE_REVISION | ROUTE_CREATES,
      .description = "As for jobs. Calls go to the new address from then on."),
    R("PATCH", "/api/v1/targets/{name}", api_targets_patch, ACCESS_ADMIN, "patchTarget", "Change a target",
      .status = 200, .schema = "Target", .body_schema = "TargetPatch", .query = write_query,
      .traits = ROUTE_BODY | ROUTE_MERGE | ROUTE_REVISION,
      .description = "A merge patch (RFC 7396) of the apply form."),
    R("DELETE", "/api/v1/targets/{name}", api_targets_remove, ACCESS_ADMIN, "removeTarget", "Remove a target",
      .status = 204, .traits = ROUTE_REVISION, .fails = ROUTE_FAILS(ERR_CONFLICT),
      .description = "409, naming them, while jobs use it or secrets are bound to it."),

    R("POST", "/api/v1/targets/{name}/check", api_targets_check, ACCESS_OPERATE, "checkTarget", "Can it be reached?",
      .status = 200, .schema = "TargetCheck", .fails = ROUTE_FAILS(ERR_TOO_MANY),
      .description =
          "One HEAD of its base URL, or GET of its health path when it declares one, as a call would go but without "
          "its "
          "headers, within 10 seconds: what the status "
          "means, how long each step took, until when the certificate is good. A target that is not reached is "
          "no error: `reached` says so, and `message` what to do. 429 while four are being looked at."),

    R("POST", "/api/v1/alerts", api_alerts_create, ACCESS_ADMIN, "createAlert", "Create an alert rule", .status = 201,
      .schema = "Alert", .body_schema = "AlertInput", .query = write_query, .traits = ROUTE_BODY | ROUTE_IDEMPOTENT,
      .fails = ROUTE_FAILS(ERR_CONFLICT),
      .description = "The apply form. 409 when there is a rule of that name, or when there are 200 already."),
    R("PUT", "/api/v1/alerts/{name}", api_alerts_put, ACCESS_ADMIN, "putAlert", "Create or replace an alert rule",
      .status = 200, .schema = "Alert", .body_schema = "AlertInput", .query = write_query,
      .traits = ROUTE_BODY | ROUTE_REVISION | ROUTE_CREATES, .fails = ROUTE_FAILS(ERR_CONFLICT),
      .description =
          "As for jobs. 422 for jobs and channels that are not there. What fires goes on, as far as the rule "
          "still holds for it."),
    R("PATCH", "/api/v1/alerts/{name}", api_alerts_patch, ACCESS_ADMIN, "patchAlert", "Change an alert rule",
      .status = 200, .schema = "Alert", .body_schema = "AlertPatch", .query = write_query,
      .traits = ROUTE_BODY | ROUTE_MERGE | ROUTE_REVISION,
      .description = "A merge patch (RFC 7396) of the apply form. To watch something else, PUT a rule: limits go with "
                     "`on`."),
    R("DELETE", "/api/v1/alerts/{name}", api_alerts_remove, ACCESS_ADMIN, "removeAlert", "Remove an alert rule",
      .status = 204, .traits = ROUTE_REVISION, .description = "What fires of it is forgotten, and nobody is told."),

    R("PUT", "/api/v1/mutes/{scope}/{name}", api_mutes_put, ACCESS_OPERATE, "putMute", "Mute alerts", .status = 200,
      .schema = "Mute", .body_schema = "MuteInput", .traits = ROUTE_BODY,
      .description =
          "Those of a rule, of a job, or of all jobs on a target; all of them: `mutes/all/all`. They are watched all "
          "the same. What still lasts when the mute ends is told then; what is over by then is not. In place of a mute "
          "that is there."),
    R("DELETE", "/api/v1/mutes/{scope}/{name}", api_mutes_remove, ACCESS_OPERATE, "removeMute", "End a mute",
      .status = 204, .description = "What lasts is told within seconds."),

    R("POST", "/api/v1/channels", api_channels_create, ACCESS_ADMIN, "createChannel", "Create a channel", .status = 201,
      .schema = "Channel", .body_schema = "ChannelInput", .query = write_query, .traits = ROUTE_BODY | ROUTE_IDEMPOTENT,
      .fails = ROUTE_FAILS(ERR_CONFLICT),
      .description =
          "The apply form. Rules that name no channel tell it from then on. 409 when there is a channel of "
          "that name, or when there are 50 already. An address that is a key by itself is accepted, and told "
          "of in `warnings`: it belongs into a secret."),
    R("PUT", "/api/v1/channels/{name}", api_channels_put, ACCESS_ADMIN, "putChannel", "Create or replace a channel",
      .status = 200, .schema = "Channel", .body_schema = "ChannelInput", .query = write_query,
      .traits = ROUTE_BODY | ROUTE_REVISION | ROUTE_CREATES, .fails = ROUTE_FAILS(ERR_CONFLICT),
      .description = "As for jobs. Messages that wait go to where it leads then."),
    R("PATCH", "/api/v1/channels/{name}", api_channels_patch, ACCESS_ADMIN, "patchChannel", "Change a channel",
      .status = 200, .schema = "Channel", .body_schema = "ChannelPatch", .query = write_query,
      .traits = ROUTE_BODY | ROUTE_MERGE | ROUTE_REVISION,
      .description = "A merge patch (RFC 7396) of the apply form."),
    R("DELETE", "/api/v1/channels/{name}", api_channels_remove, ACCESS_ADMIN, "removeChannel", "Remove a channel",
      .status = 204, .traits = ROUTE_REVISION, .fails = ROUTE_FAILS(ERR_CONFLICT),
      .description = "409, naming them, while rules or jobs name it. Messages that wait are canceled."),
    R("POST", "/api/v1/channels/{name}/test", api_channels_test, ACCESS_OPERATE, "testChannel", "Send it a message",
      .status = 202, .schema = "Run", .traits = ROUTE_IDEMPOTENT,
      .fails = ROUTE_FAILS(ERR_CONFLICT) | ROUTE_FAILS(ERR_TOO_MANY),
      .description =
          "One that says that it is a test, as a run of the job alert:NAME, like those of alerts. Its trigger is "
          "manual with a session, and api with a token. 409 while the channel is disabled, and 429 while 20 messages "
          "to it wait."),

    R("PUT", "/api/v1/secrets/{name}", api_secrets_put, ACCESS_ADMIN, "putSecret", "Set a secret", .status = 200,
      .schema = "Secret", .body_schema = "SecretValue", .traits = ROUTE_BODY | ROUTE_SECRET | ROUTE_CREATES,
      .fails = ROUTE_FAILS(ERR_SEALED) | ROUTE_FAILS(ERR_CONFLICT),
      .description =
          "201 when it is new; else the value before is destroyed at once: `rotate` lets both be valid for a while. "
          "What is left out stays as it is. A weak value is accepted, and told of in `warnings`."),
    R("PATCH", "/api/v1/secrets/{name}", api_secrets_patch, ACCESS_ADMIN, "patchSecret",
      "Change what a secret is bound to", .status = 200, .schema = "Secret", .body_schema = "SecretPolicy",
      .traits = ROUTE_BODY | ROUTE_MERGE, .fails = ROUTE_FAILS(ERR_CONFLICT),
      .description = "Its value stays. 409, naming them, when jobs or targets would send it elsewhere."),
    R("DELETE", "/api/v1/secrets/{name}", api_secrets_remove, ACCESS_ADMIN, "removeSecret", "Remove a secret",
      .status = 204, .fails = ROUTE_FAILS(ERR_CONFLICT),
      .description = "Destroys all of its values. 409, naming them, while jobs or targets use it."),
    R("POST", "/api/v1/secrets/{name}/generate", api_secrets_generate, ACCESS_ADMIN, "generateSecret",
      "Make a new secret of random characters", .status = 201, .schema = "SecretMade", .body_schema = "SecretNew",
      .traits = ROUTE_IDEMPOTENT | ROUTE_SECRET, .fails = ROUTE_FAILS(ERR_SEALED) | ROUTE_FAILS(ERR_CONFLICT),
      .description =
          "The answer shows the value, this once. 409 when there is a secret of that name. With an Idempotency-Key, "
          "asked again: 409, as the value is not kept."),
    R("POST", "/api/v1/secrets/{name}/rotate", api_secrets_rotate, ACCESS_ADMIN, "rotateSecret",
      "Give a secret a new value", .status = 200, .schema = "SecretMade", .body_schema = "SecretRotation",
      .traits = ROUTE_BODY | ROUTE_IDEMPOTENT | ROUTE_SECRET,
      .fails = ROUTE_FAILS(ERR_SEALED) | ROUTE_FAILS(ERR_CONFLICT),
      .description =
          "The value before stays valid for the overlap. A value that is made here is in the answer, this once. 409 "
          "when it has this value already."),

    R("GET", "/api/v1/settings", api_settings_show, ACCESS_READ, "getSettings", "Settings of the whole server",
      .status = 200, .schema = "Settings", .traits = ROUTE_REVISION, .description = "As in the apply file."),
    R("PATCH", "/api/v1/settings", api_settings_patch, ACCESS_ADMIN, "patchSettings", "Change settings", .status = 200,
      .schema = "Settings", .body_schema = "SettingsPatch", .traits = ROUTE_BODY | ROUTE_MERGE | ROUTE_REVISION,
      .description = "A merge patch (RFC 7396). `paused` holds back every job until it is false again."),
    R("POST", "/api/v1/apply", api_apply, ACCESS_ADMIN, "apply", "Apply a file", .status = 200, .schema = "Applied",
      .body_schema = "ApplyFileInput", .query = apply_query, .traits = ROUTE_BODY | ROUTE_IDEMPOTENT,
      .fails = ROUTE_FAILS(ERR_CONFLICT),
      .description = "Targets, channels, jobs, alert rules and settings, all or nothing; each change is told by what "
                     "was before and is after. A file "
                     "of over 1 MiB goes in with 'edgecron apply'."),
    R("GET", "/api/v1/export", api_export, ACCESS_READ, "export", "All as an apply file", .status = 200,
      .schema = "ApplyFileInput", .fails = ROUTE_FAILS(ERR_TOO_MANY),
      .description =
          "What makes this server again; applied here, it changes nothing. No secret is in it. Of channels, keys that "
          "were pasted are covered for all but the scope admin, and such a file is refused by `apply`. 429 while two "
          "are being made."),
    R("GET", "/api/v1/backup", api_backup, ACCESS_ADMIN, "backup", "A copy of the store", .status = 200, .schema = NULL,
      .content_type = "application/vnd.sqlite3", .fails = ROUTE_FAILS(ERR_TOO_MANY) | ROUTE_FAILS(ERR_DISK_FULL),
      .description =
          "One moment's state as an SQLite file, made in the data directory and sent: it takes as much of the disk "
          "meanwhile. Secrets in it are sealed, and the master key is not in it. 429 while another is being made."),
    R("GET", "/api/v1/events", api_events, ACCESS_READ, "listenToEvents", "What happens, as it happens", .status = 200,
      .schema = NULL, .query = events_query, .content_type = "text/event-stream", .traits = ROUTE_BY_TAG,
      .fails = ROUTE_FAILS(ERR_TOO_MANY),
      .description =
          "Server-sent events: `run` (RunEvent), `job`, `target`, `alert` and `channel` (ResourceEvent), `secret` "
          "(SecretEvent), "
          "`settings` "
          "(SettingsEvent), `mutes` (MutesEvent), `status` (StatusEvent: first, and at most once a second when it "
          "changed), and `reset` "
          "(ResetEvent). Each is sent once it is durable. Last-Event-ID brings what was missed, as far as it is kept: "
          "the last 8,192 events of this server's life, while somebody listens and 5 minutes longer. Otherwise, and "
          "to a listener that cannot keep up, `reset` says that events were left out: load your lists again. A "
          "listener that is behind is told of the newest state of a run alone. 64 may listen, 16 with one token or "
          "session; one that takes nothing for 10 s is dropped. A stream ends some seconds after its token or "
          "session. A token restricted to tags gets jobs that have one of them, and their runs, no numbers of others "
          "and no other resources."),
};
const size_t route_count = MEM_COUNT(route_table);
