/* schema_runs.c - what happened: runs, statistics, events. */
#include "api/schema_row.h"

#include "base/mem.h"
#include "core/job.h"
#include "core/run.h"

/* Words come from the tables of those who own them, so that they cannot differ. */
#define X(name, text) text,
static const char *const states[] = { RUN_STATES(X) NULL };
static const char *const outcomes[] = { RUN_OUTCOMES(X) NULL };
static const char *const triggers[] = { RUN_TRIGGERS(X) NULL };
#undef X
static const char *const event_actions[] = { "created", "changed", "paused", "resumed", "removed", NULL };
static const char *const reset_reasons[] = { "restarted", "too_old", "overrun", NULL };

static const char *method_word(int i)
{
    return method_name((enum method)i);
}

static const struct schema_field rows[] = {
    { "Run", "id", "string", NO, "UUIDv7; sent as Idempotency-Key", "\"0193a2c4-7f00-7abc-8def-0123456789ab\"", UUID },
    { "Run", "job", "string", NO, "Name of the job; alert:NAME: a message to the channel NAME", "\"followup-7h\"",
      RUN_JOB },
    { "Run", "trigger", "string", NO, "schedule, catch_up, manual, api, retry, or alert: a message to a channel",
      "\"schedule\"", .values = triggers },
    { "Run", "scheduled_for", "date-time", NO, "The occurrence", "\"2026-11-20T07:00:00.000Z\"" },
    { "Run", "state", "string", NO, "queued, running, retrying; then succeeded, failed, canceled, skipped or missed",
      "\"succeeded\"", .values = states },
    { "Run", "attempt_count", "integer", NO, "Attempts begun so far", "1", FROM(0) },
    { "Run", "created_at", "date-time", NO, "When edgecron wrote it down", "\"2026-11-20T07:00:00.001Z\"" },
    { "Run", "started_at", "date-time", YES, "When the first attempt began", "\"2026-11-20T07:00:00.002Z\"" },
    { "Run", "finished_at", "date-time", YES, "When it came to its end", "\"2026-11-20T07:00:01.252Z\"" },
    { "Run", "next_attempt_at", "date-time", YES, "When it is tried again", "null" },
    { "Run", "lateness_ms", "integer", YES, "Start of the first attempt after it was due", "2", FROM(0) },
    { "Run", "duration_ms", "integer", YES, "Start to end, waits between attempts included", "1250", FROM(0) },
    { "Run", "http_status", "integer", YES, "Of the last attempt", "200", RANGE(100, 999) },
    { "Run", "outcome", "string", YES, "Of the last attempt", "\"ok\"", .values = outcomes },
    { "Run", "message", "string", NO, "Why, and what to do; empty when all is well", "\"\"" },
    { "Run", "metrics", "number{}", YES, "Numbers taken from the answer", "{\"followups_sent\": 3}" },
    { "Run", "retry_of", "string", YES, "Id of the run that this one does again", "null", UUID },
    { "Run", "cancel_requested", "boolean", NO, "Someone asked to cancel it", "false" },
    { "Run", "occurrences", "integer", NO, "More than 1 in a missed row that stands for several", "1", FROM(1) },
    { "Run", "edited", "boolean", NO, "It sends a body of its own in place of the job's", "false" },
    { "Run", "body", "any", YES,
      "That body, as it was given, placeholders and all; null when the job's own is sent. Not in lists", "null",
      OPTIONAL },
    { "Run", "attempts", "Attempt[]", NO, "Not in lists", NULL, OPTIONAL },

    { "Attempt", "number", "integer", NO, "1, 2, ...", "1", FROM(1) },
    { "Attempt", "started_at", "date-time", NO, "When it began", "\"2026-11-20T07:00:00.002Z\"" },
    { "Attempt", "finished_at", "date-time", YES, "When it ended", "\"2026-11-20T07:00:01.252Z\"" },
    { "Attempt", "outcome", "string", YES,
      "ok, http_status, assertion, timeout, dns, connect, tls, protocol, too_large, blocked, secret, interrupted or "
      "canceled; null while "
      "under way",
      "\"ok\"", .values = outcomes },
    { "Attempt", "http_status", "integer", YES, "Status of the answer", "200", RANGE(100, 999) },
    { "Attempt", "message", "string", NO, "Why, and what to do; empty when all is well", "\"\"" },
    { "Attempt", "timing", "Timing", NO, "How many milliseconds each phase took", NULL },
    { "Attempt", "remote_address", "string", YES, "What was connected to", "\"203.0.113.7:443\"" },
    { "Attempt", "bodies_removed", "boolean", NO,
      "Headers and bodies of request and response were deleted by age (settings, retention_bodies_days)", "false" },
    { "Attempt", "request", "SentRequest", YES, "What was sent, secrets masked", NULL },
    { "Attempt", "response", "Response", YES, "What came back, secrets redacted", NULL },

    { "Timing", "dns_ms", "integer", YES, "Looking the name up", "3", FROM(0) },
    { "Timing", "connect_ms", "integer", YES, "TCP; null on a connection used before", "12", FROM(0) },
    { "Timing", "tls_ms", "integer", YES, "TLS handshake", "25", FROM(0) },
    { "Timing", "first_byte_ms", "integer", YES, "From the first byte sent to the first byte of the answer", "180",
      FROM(0) },
    { "Timing", "total_ms", "integer", YES, "Of the whole attempt", "1250", FROM(0) },

    { "SentRequest", "method", "string", NO, "Of the request", "\"POST\"", .word = method_word },
    { "SentRequest", "url", "string", YES, "As sent", "\"https://abc.supabase.co/functions/v1/followup-processor\"" },
    { "SentRequest", "headers", "any{}", YES, "A string, or an array of strings for a name that stands more than once",
      "{\"X-Internal-Key\": \"{{secret.CRON_INTERNAL_KEY}}\"}" },
    { "SentRequest", "body", "string", YES, "As sent", "\"{\\\"time_slot\\\":\\\"07:00\\\"}\"" },

    { "Response", "headers", "any{}", YES, "A string, or an array of strings for a name that stands more than once",
      "{\"Content-Type\": \"application/json\"}" },
    { "Response", "body", "string", YES, "The kept part", "\"{\\\"ok\\\":true}\"" },
    { "Response", "truncated", "boolean", NO, "The body was longer than what is kept", "false" },
    { "Response", "size", "integer", YES, "Octets received", "11", FROM(0) },

    { "Stats", "window", "string", NO, "As asked for", "\"24h\"" },
    { "Stats", "since", "date-time", NO, "Start of the first hour or day", "\"2026-11-20T08:00:00.000Z\"" },
    { "Stats", "until", "date-time", NO, "Now", "\"2026-11-21T07:30:00.000Z\"" },
    { "Stats", "runs", "integer", NO, "That ended; a missed run that stands for several counts as so many", "48",
      FROM(0) },
    { "Stats", "succeeded", "integer", NO, "The function answered, and the job calls the answer a success", "46",
      FROM(0) },
    { "Stats", "failed", "integer", NO, "All attempts in vain", "1", FROM(0) },
    { "Stats", "canceled", "integer", NO, "By hand, or with their job", "0", FROM(0) },
    { "Stats", "skipped", "integer", NO, "The run before was still under way", "0", FROM(0) },
    { "Stats", "missed", "integer", NO, "Past their catch-up window", "1", FROM(0) },
    { "Stats", "success_rate", "number", YES, "succeeded of succeeded and failed; null when there is neither",
      "0.978723", RANGE(0, 1) },
    { "Stats", "outcomes", "integer{}", NO, "How many runs had which outcome in the end",
      "{\"ok\": 46, \"timeout\": 1}" },
    { "Stats", "lateness_ms", "Spread", NO, "Start of the first attempt after it was due", NULL },
    { "Stats", "duration_ms", "Spread", NO, "Start to end, waits between attempts included", NULL },
    { "Stats", "metrics", "MetricTotal{}", NO, "Numbers taken from the answers, by name; at most 64 names",
      "{\"followups_sent\": {\"count\": 46, \"sum\": 138, \"mean\": 3, \"min\": 0, \"max\": 9}}" },
    { "Stats", "point_s", "integer", NO, "Seconds that a point of the series stands for: an hour, or a day", "3600" },
    { "Stats", "series", "StatsPoint[]", NO,
      "The same hour by hour, or day by day, oldest first; the last one is not over", NULL },

    { "Spread", "count", "integer", NO, "Runs that have the value", "47", FROM(0) },
    { "Spread", "mean", "number", YES, "Of all; null when there is none", "812.4" },
    { "Spread", "p50", "integer", YES, "Half of the runs are not above", "780" },
    { "Spread", "p95", "integer", YES, "Of 100 runs 95 are not above", "1440" },
    { "Spread", "p99", "integer", YES, "Of 100 runs 99 are not above", "2110" },
    { "Spread", "max", "integer", YES, "The greatest, exactly", "2110" },

    { "MetricTotal", "count", "integer", NO, "Runs that gave the number", "46", FROM(1) },
    { "MetricTotal", "sum", "number", NO, "Of all", "138" },
    { "MetricTotal", "mean", "number", NO, "Sum by count", "3" },
    { "MetricTotal", "min", "number", NO, "The least", "0" },
    { "MetricTotal", "max", "number", NO, "The greatest", "9" },

    { "StatsPoint", "start", "date-time", NO, "Of the hour or day", "\"2026-11-20T08:00:00.000Z\"" },
    { "StatsPoint", "runs", "integer", NO, "That ended; a missed run that stands for several counts as so many", "48",
      FROM(0) },
    { "StatsPoint", "succeeded", "integer", NO, "The function answered, and the job calls the answer a success", "46",
      FROM(0) },
    { "StatsPoint", "failed", "integer", NO, "All attempts in vain", "1", FROM(0) },
    { "StatsPoint", "canceled", "integer", NO, "By hand, or with their job", "0", FROM(0) },
    { "StatsPoint", "skipped", "integer", NO, "The run before was still under way", "0", FROM(0) },
    { "StatsPoint", "missed", "integer", NO, "Past their catch-up window", "1", FROM(0) },
    { "StatsPoint", "duration_p50_ms", "integer", YES, "Half of the runs took no longer", "780" },
    { "StatsPoint", "duration_p95_ms", "integer", YES, "Of 100 runs 95 took no longer", "1440" },
    { "StatsPoint", "lateness_p95_ms", "integer", YES, "Of 100 runs 95 were no later", "4" },
    { "StatsPoint", "metrics", "number{}", NO, "Sums, by name", "{\"followups_sent\": 12}" },

    { "RunEvent", "id", "string", NO, "Of the run", "\"0193a2c4-7f00-7abc-8def-0123456789ab\"", UUID },
    { "RunEvent", "job", "string", NO, "Name of the job; alert:NAME: a message to the channel NAME", "\"followup-7h\"",
      RUN_JOB },
    { "RunEvent", "trigger", "string", NO, "What caused it", "\"schedule\"", .values = triggers },
    { "RunEvent", "scheduled_for", "date-time", NO, "The occurrence", "\"2026-11-20T07:00:00.000Z\"" },
    { "RunEvent", "state", "string", NO, "That it has now", "\"succeeded\"", .values = states },
    { "RunEvent", "attempt_count", "integer", NO, "Attempts begun so far", "1", FROM(0) },
    { "RunEvent", "created_at", "date-time", NO, "When edgecron wrote it down", "\"2026-11-20T07:00:00.001Z\"" },
    { "RunEvent", "started_at", "date-time", YES, "When the first attempt began", "\"2026-11-20T07:00:00.002Z\"" },
    { "RunEvent", "finished_at", "date-time", YES, "When it came to its end", "\"2026-11-20T07:00:01.252Z\"" },
    { "RunEvent", "next_attempt_at", "date-time", YES, "When it is tried again", "null" },
    { "RunEvent", "lateness_ms", "integer", YES, "Start of the first attempt after it was due", "2", FROM(0) },
    { "RunEvent", "duration_ms", "integer", YES, "Start to end, waits between attempts included", "1250", FROM(0) },
    { "RunEvent", "http_status", "integer", YES, "Of the last attempt that ended", "200", RANGE(100, 999) },
    { "RunEvent", "outcome", "string", YES, "Of the last attempt that ended", "\"ok\"", .values = outcomes },
    { "RunEvent", "message", "string", NO,
      "Why, and what to do; cut short after some 300 bytes, and empty while an attempt is under way", "\"\"" },
    { "RunEvent", "edited", "boolean", NO, "It sends a body of its own in place of the job's", "false" },

    { "ResourceEvent", "name", "string", NO, "Of the job, target, alert rule or channel", "\"followup-7h\"", JOB_NAME },
    { "ResourceEvent", "action", "string", NO, "What was done; removed also where its tags hide it now", "\"paused\"",
      .values = event_actions },
    { "ResourceEvent", "revision", "integer", YES, "Of the same; null: it was removed", "4", FROM(1) },

    { "SecretEvent", "name", "string", NO, "Of the secret", "\"CRON_INTERNAL_KEY\"", SECRET_NAME },
    { "SecretEvent", "action", "string", NO, "created, changed (a version or binding) or removed", "\"changed\"",
      .values = event_actions },
    { "SecretEvent", "version", "integer", YES, "The current one; null: it was removed, or cannot be opened", "3",
      FROM(1) },

    { "MutesEvent", "action", "string", NO, "changed: something was muted, or is no longer; listMutes has them all",
      "\"changed\"", .values = event_actions },

    { "SettingsEvent", "paused", "boolean", NO, "Everything is paused", "false" },

    { "StatusEvent", "jobs", "integer", YES, "Jobs known; null, as are the others, to a token restricted to tags", "6",
      FROM(0) },
    { "StatusEvent", "jobs_active", "integer", YES, "Jobs enabled and not paused", "6", FROM(0) },
    { "StatusEvent", "jobs_failing", "integer", YES,
      "Jobs whose newest runs failed or were missed (as in status.failing of each), but for those disabled, or paused "
      "until somebody resumes them",
      "0", FROM(0) },
    { "StatusEvent", "alerts_firing", "integer", YES, "How many alert rules fire, each on each subject", "0", FROM(0) },
    { "StatusEvent", "in_flight", "integer", YES, "Calls under way", "0", FROM(0) },
    { "StatusEvent", "queued", "integer", YES, "Runs waiting for their turn", "0", FROM(0) },
    { "StatusEvent", "retrying", "integer", YES, "Runs waiting for another attempt", "0", FROM(0) },
    { "StatusEvent", "finished", "integer", YES, "Runs brought to an end since the start", "42", FROM(0) },
    { "StatusEvent", "paused", "boolean", NO, "Everything is paused", "false" },
    { "StatusEvent", "sealed", "boolean", NO, "The master key is not there: nothing is called", "false" },
    { "StatusEvent", "draining", "boolean", NO, "The server is stopping", "false" },
    { "StatusEvent", "store_ok", "boolean", NO, "The last write succeeded", "true" },
    { "StatusEvent", "vault_ok", "boolean", NO, "What the store holds could be read", "true" },
    { "StatusEvent", "clock_ok", "boolean", NO, "The clock was not set back", "true" },
    { "StatusEvent", "next_due", "date-time", YES, "The next occurrence of all", "\"2026-11-20T12:00:00.000Z\"" },
    { "StatusEvent", "next_job", "string", YES, "Its job", "\"followup-12h\"" },

    { "ResetEvent", "reason", "string", NO,
      "restarted: the id is of another life of the server; too_old: it is not kept any more; overrun: events came "
      "faster than they were taken",
      "\"too_old\"", .values = reset_reasons },
};
const struct schema_part schema_runs = { rows, MEM_COUNT(rows) };
