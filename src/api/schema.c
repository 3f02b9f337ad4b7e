#include "api/schema.h"

#include "base/mem.h"
#include "core/job.h"
#include "core/run.h"
#include "store/audit.h"

#include <string.h>

#define YES true
#define NO false
#define OPTIONAL .traits = SCHEMA_OPTIONAL
#define READ_ONLY .traits = SCHEMA_READ_ONLY
#define RANGE(low, high) .min = (low), .max = (high)
#define FROM(low) RANGE(low, SCHEMA_NO_MAX)
#define JOB_NAME .pattern = "^[a-z0-9][a-z0-9_-]{0,62}$"
#define SECRET_NAME .pattern = "^[A-Za-z_][A-Za-z0-9_]{0,62}$"
#define TAGS .pattern = "^[a-z0-9_.:-]{1,40}$", .max_length = 20
#define JSON_POINTER "^(/([^~/]|~[01])*)*$"
#define UUID .format = "uuid"

/* A row names what there is to say; what it leaves out is zero, and means that nothing is said. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* Words come from the tables of those who own them, so that they cannot differ. */
#define X(name, text) text,
static const char *const states[] = { RUN_STATES(X) NULL };
static const char *const outcomes[] = { RUN_OUTCOMES(X) NULL };
static const char *const triggers[] = { RUN_TRIGGERS(X) NULL };
#undef X
#define X(name, text) text,
static const char *const actions[] = { AUDIT_TABLE(X) NULL };
#undef X
#define X(name, code, http, exit_status) code,
static const char *const codes[] = { ERR_TABLE(X) NULL };
#undef X
static const char *const tls_versions[] = { "1.2", "1.3", NULL };
static const char *const scopes[] = { "read", "operate", "admin", NULL };
static const char *const identity_kinds[] = { "session", "token", NULL };
static const char *const event_actions[] = { "created", "changed", "paused", "resumed", "removed", NULL };
static const char *const reset_reasons[] = { "restarted", "too_old", "overrun", NULL };
static const char *const readiness[] = { "ready", "not_ready", NULL };

static const char *method_word(int i)
{
    return method_name((enum method)i);
}

static const char *delivery_word(int i)
{
    return delivery_name((enum delivery)i);
}

static const char *overlap_word(int i)
{
    return overlap_name((enum overlap)i);
}

static const char *catch_up_word(int i)
{
    return catch_up_policy_name((enum catch_up_policy)i);
}
static const char *const key_formats[] = { "base64", "base64url", "hex", "alphanumeric", NULL };

const struct schema_field schema_table[] = {
    { "Job", "name", "string", NO, "Identifies the job", "\"followup-7h\"", JOB_NAME },
    { "Job", "description", "string", NO, "For people", "\"Follow-ups of the morning\"", .max_length = 1000,
      .initial = "\"\"" },
    { "Job", "enabled", "boolean", NO, "A disabled job has no occurrences", "true", .initial = "true" },
    { "Job", "tags", "string[]", NO, "For finding jobs", "[\"followup\"]", TAGS, .initial = "[]" },
    { "Job", "schedule", "string", NO, "Cron expression of five or six fields, @every, @at or a macro",
      "\"0 7 * * 1-5\"", .traits = SCHEMA_INPUT, .min_length = 1, .max_length = 512 },
    { "Job", "timezone", "string", NO, "IANA name of the zone that the schedule is in", "\"Europe/Berlin\"",
      .min_length = 1, .max_length = 64, .initial = "\"UTC\"" },
    { "Job", "jitter_s", "integer", NO, "Calls start up to that many seconds after their occurrence", "0",
      RANGE(0, 86400), .initial = "0" },
    { "Job", "starts_at", "date-time", YES, "No occurrence before", "null", .initial = "null" },
    { "Job", "ends_at", "date-time", YES, "No occurrence from here on", "null", .initial = "null" },
    { "Job", "target", "string", YES, "Name of the target that request.url is a path on", "\"prod\"", JOB_NAME,
      .initial = "null" },
    { "Job", "request", "Request", NO, "What is sent", NULL, .traits = SCHEMA_INPUT },
    { "Job", "timeout_ms", "integer", NO, "For the whole exchange", "120000", RANGE(1, 86400000), .initial = "120000" },
    { "Job", "connect_timeout_ms", "integer", NO, "For name look-up, TCP and TLS", "10000", RANGE(1, 86400000),
      .initial = "10000" },
    { "Job", "delivery", "string", NO, "at_least_once or at_most_once", "\"at_least_once\"", .word = delivery_word,
      .initial = "\"at_least_once\"" },
    { "Job", "retry", "Retry", NO, "When a failed run is tried again", NULL },
    { "Job", "overlap", "string", NO,
      "When one run is due while another is under way: skip, queue, allow or cancel_running", "\"skip\"",
      .word = overlap_word, .initial = "\"skip\"" },
    { "Job", "catch_up", "CatchUp", NO, "What becomes of occurrences that passed while edgecron was down", NULL },
    { "Job", "success", "Success", NO, "Which answers mean success", NULL },
    { "Job", "metrics", "string{}", NO, "Names, and pointers to numbers in the answer",
      "{\"followups_sent\": \"/followups_sent\"}", .key_pattern = "^[A-Za-z_][A-Za-z0-9_]{0,62}$",
      .pattern = JSON_POINTER, .max_length = 40, .initial = "{}" },
    { "Job", "alerts", "any[]", NO, "Whom to tell", "[]", .max_length = 20, .initial = "[]" },
    { "Job", "status", "JobStatus", NO, "What edgecron adds; not part of the apply form", NULL, READ_ONLY },
    { "Job", "warnings", "Warning[]", NO, "What is accepted, but worth a thought; in answers to writes", NULL,
      .traits = SCHEMA_OPTIONAL | SCHEMA_READ_ONLY },

    { "Request", "method", "string", NO, "GET, POST, PUT, PATCH, DELETE or HEAD", "\"POST\"", .word = method_word,
      .initial = "\"POST\"" },
    { "Request", "url", "string", NO, "Absolute, or a path on the target; may hold placeholders",
      "\"/followup-processor\"", .traits = SCHEMA_INPUT, .min_length = 1, .max_length = 4096 },
    { "Request", "headers", "string{}", NO, "Sent with the call; values may hold placeholders",
      "{\"X-Internal-Key\": \"{{secret.CRON_INTERNAL_KEY}}\"}", .max_length = 40, .initial = "{}" },
    { "Request", "body", "any", YES, "JSON, or a string that is sent as it is", "{\"time_slot\": \"07:00\"}",
      .initial = "null" },

    { "Retry", "max_attempts", "integer", NO, "Attempts in all", "3", RANGE(1, 100), .initial = "3" },
    { "Retry", "initial_ms", "integer", NO, "The first wait", "5000", RANGE(1, 86400000), .initial = "5000" },
    { "Retry", "multiplier", "number", NO, "Each wait is that much longer than the one before", "2", RANGE(1, 10),
      .initial = "2" },
    { "Retry", "max_ms", "integer", NO, "The longest wait", "300000", RANGE(1, 86400000), .initial = "300000" },
    { "Retry", "max_age_s", "integer", NO, "No new attempt so long after the occurrence; 0: no limit", "3600",
      RANGE(0, 604800), .initial = "3600" },
    { "Retry", "past_next_occurrence", "boolean", NO,
      "New attempts also once the job's next occurrence is due; absent: false", "false", OPTIONAL, .initial = "false" },

    { "CatchUp", "policy", "string", NO, "none, latest or all", "\"latest\"", .word = catch_up_word,
      .initial = "\"latest\"" },
    { "CatchUp", "window_s", "integer", NO, "Occurrences older than that are missed", "21600", RANGE(0, 2592000),
      .initial = "21600" },

    { "Success", "status", "string[]", NO, "Statuses, classes or ranges", "[\"2xx\"]", .min_length = 1,
      .max_length = 20, .pattern = "^[2-9](xx|[0-9][0-9](-[1-9][0-9][0-9])?)$", .initial = "[\"2xx\"]" },
    { "Success", "json", "Rule[]", NO, "Rules on the JSON of the answer", NULL, .max_length = 20, .initial = "[]" },

    { "Rule", "pointer", "string", NO, "JSON pointer (RFC 6901) into the answer", "\"/ok\"", .traits = SCHEMA_INPUT,
      .pattern = JSON_POINTER, .max_length = 512 },
    { "Rule", "equals", "any", YES, "What must stand there", "true", .traits = SCHEMA_OPTIONAL | SCHEMA_ONE },
    { "Rule", "exists", "boolean", NO, "Whether anything must stand there", "true",
      .traits = SCHEMA_OPTIONAL | SCHEMA_ONE },
    { "Rule", "matches", "string", NO, "POSIX extended regular expression that the string there must match",
      "\"^sent\"", .traits = SCHEMA_OPTIONAL | SCHEMA_ONE, .min_length = 1, .max_length = 256 },

    { "JobStatus", "revision", "integer", NO, "Grows with each change; the ETag", "4", FROM(1) },
    { "JobStatus", "created_at", "date-time", NO, "When the job was made", "\"2026-11-20T09:00:00.000Z\"" },
    { "JobStatus", "updated_at", "date-time", NO, "When it was last changed", "\"2026-11-21T09:00:00.000Z\"" },
    { "JobStatus", "paused", "boolean", NO, "Paused by hand", "false" },
    { "JobStatus", "paused_until", "date-time", YES, "The pause ends by itself then", "null" },
    { "JobStatus", "next_at", "date-time", YES, "When the job runs next; null when it will not",
      "\"2026-11-23T07:00:00.000Z\"" },
    { "JobStatus", "last_run", "LastRun", YES, "The newest run", NULL },
    { "JobStatus", "recent", "RecentRun[]", NO, "The newest runs, newest first, when a list was asked for with recent",
      NULL, OPTIONAL },

    { "RecentRun", "id", "string", NO, "Of the run", "\"0193a2c4-7f00-7abc-8def-0123456789ab\"", UUID },
    { "RecentRun", "state", "string", NO, "State of the run", "\"succeeded\"", .values = states },
    { "RecentRun", "outcome", "string", YES, "Outcome of its last attempt", "\"ok\"", .values = outcomes },
    { "RecentRun", "scheduled_for", "date-time", NO, "The occurrence", "\"2026-11-20T07:00:00.000Z\"" },

    { "LastRun", "id", "string", NO, "Of the run", "\"0193a2c4-7f00-7abc-8def-0123456789ab\"", UUID },
    { "LastRun", "state", "string", NO, "State of the run", "\"succeeded\"", .values = states },
    { "LastRun", "outcome", "string", YES, "Outcome of its last attempt", "\"ok\"", .values = outcomes },
    { "LastRun", "scheduled_for", "date-time", NO, "The occurrence", "\"2026-11-20T07:00:00.000Z\"" },
    { "LastRun", "finished_at", "date-time", YES, "When it ended", "\"2026-11-20T07:00:01.250Z\"" },
    { "LastRun", "message", "string", NO, "Why, and what to do; empty when all is well", "\"\"" },

    { "Upcoming", "scheduled_for", "date-time", NO, "The occurrence", "\"2026-11-23T07:00:00.000Z\"" },
    { "Upcoming", "due_at", "date-time", NO, "The same with jitter", "\"2026-11-23T07:00:00.000Z\"" },
    { "Upcoming", "local", "date-time", NO, "The occurrence in the job's zone", "\"2026-11-23T08:00:00+01:00\"" },

    { "SchedulePreview", "schedule", "string", NO, "As given", "\"30 2 * * *\"" },
    { "SchedulePreview", "timezone", "string", NO, "As given", "\"Europe/Berlin\"" },
    { "SchedulePreview", "description", "string", NO, "In plain words", "\"at 02:30 every day\"" },
    { "SchedulePreview", "items", "Occurrence[]", NO, "The next ones; fewer than asked for when there are no more",
      NULL },

    { "Occurrence", "scheduled_for", "date-time", NO, "The instant", "\"2027-03-28T01:00:00.000Z\"" },
    { "Occurrence", "local", "date-time", NO, "The same in the zone", "\"2027-03-28T03:00:00+02:00\"" },
    { "Occurrence", "note", "string", YES, "What a clock change does to it", "null" },

    { "Run", "id", "string", NO, "UUIDv7; sent as Idempotency-Key", "\"0193a2c4-7f00-7abc-8def-0123456789ab\"", UUID },
    { "Run", "job", "string", NO, "Name of the job", "\"followup-7h\"", JOB_NAME },
    { "Run", "trigger", "string", NO, "schedule, catch_up, manual, api or retry", "\"schedule\"", .values = triggers },
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

    { "Target", "name", "string", NO, "Identifies the target", "\"prod\"", JOB_NAME },
    { "Target", "base_url", "string", NO, "What the paths of jobs are put after",
      "\"https://abc.supabase.co/functions/v1\"", .traits = SCHEMA_INPUT, .min_length = 1, .max_length = 2048 },
    { "Target", "headers", "string{}", NO, "Sent with every call; values may hold placeholders", "{}", .max_length = 40,
      .initial = "{}" },
    { "Target", "max_concurrent", "integer", NO, "Calls at the same time", "64", RANGE(1, 10000), .initial = "64" },
    { "Target", "rate", "string", YES, "Calls in a second or minute", "\"10/s\"", .pattern = "^[1-9][0-9]{0,6}/[sm]$",
      .initial = "null" },
    { "Target", "ca_file", "string", YES, "Roots to trust instead of the system's", "null", .pattern = "^/",
      .max_length = 1024, .initial = "null" },
    { "Target", "tls_min", "string", NO, "Least version of TLS", "\"1.2\"", .values = tls_versions,
      .initial = "\"1.2\"" },
    { "Target", "allow_private", "string[]", NO, "Private networks that may be called", "[\"127.0.0.0/8\"]",
      .max_length = 50, .initial = "[]" },
    { "Target", "status", "TargetStatus", NO, "What edgecron adds; not part of the apply form", NULL, READ_ONLY },
    { "Target", "warnings", "Warning[]", NO, "What is accepted, but worth a thought; in answers to writes", NULL,
      .traits = SCHEMA_OPTIONAL | SCHEMA_READ_ONLY },

    { "Settings", "paused", "boolean", NO, "Everything is paused: nothing is called", "false", .initial = "false" },
    { "Settings", "retention_days", "integer", NO, "How many days finished runs are kept", "90", RANGE(1, 3650),
      .initial = "90" },

    { "TargetStatus", "revision", "integer", NO, "Grows with each change; the ETag", "2", FROM(1) },
    { "TargetStatus", "created_at", "date-time", NO, "When the target was made", "\"2026-11-20T09:00:00.000Z\"" },
    { "TargetStatus", "updated_at", "date-time", NO, "When it was last changed", "\"2026-11-20T09:00:00.000Z\"" },

    { "Secret", "name", "string", NO, "As in {{secret.NAME}}", "\"CRON_INTERNAL_KEY\"", SECRET_NAME },
    { "Secret", "version", "integer", NO, "Grows with each new value", "3", FROM(1) },
    { "Secret", "created_at", "date-time", NO, "When the first value was set", "\"2026-11-20T09:00:00.000Z\"" },
    { "Secret", "updated_at", "date-time", NO, "When the present value was set", "\"2026-11-21T09:00:00.000Z\"" },
    { "Secret", "previous", "SecretPrevious", YES, "The version before, during the overlap of a rotation", NULL },
    { "Secret", "rotate_every_s", "integer", YES, "How often it should be rotated; null: never", "7776000", FROM(1) },
    { "Secret", "due_at", "date-time", YES, "When it should be rotated next", "\"2027-02-19T09:00:00.000Z\"" },
    { "Secret", "overdue", "boolean", NO, "That time has passed", "false" },
    { "Secret", "last_used_at", "date-time", YES, "When a call carried it last, to the minute",
      "\"2026-11-21T22:49:00.000Z\"" },
    { "Secret", "used_by", "SecretUsers", NO, "Whose templates name it", NULL },
    { "Secret", "targets", "string[]", NO, "Targets it is bound to; none: it may go anywhere", "[\"prod\"]" },
    { "Secret", "accepted", "SecretAccepted[]", NO, "Which version each place answered to last", NULL },
    { "Secret", "warnings", "Warning[]", NO, "What is accepted, but worth a thought; in answers to writes", NULL,
      .traits = SCHEMA_OPTIONAL | SCHEMA_READ_ONLY },

    { "SecretPrevious", "version", "integer", NO, "Tried when a function refuses the present one", "2", FROM(1) },
    { "SecretPrevious", "expires_at", "date-time", NO, "When it is destroyed", "\"2026-11-22T09:00:00.000Z\"" },

    { "SecretUsers", "jobs", "string[]", NO, "Names of jobs", "[\"followup-7h\"]" },
    { "SecretUsers", "targets", "string[]", NO, "Names of targets, in whose headers it is", "[\"prod\"]" },

    { "SecretAccepted", "target", "string", YES, "The target; null: a URL without one", "\"prod\"" },
    { "SecretAccepted", "origin", "string", YES, "Scheme, host and port, when there is no target", "null" },
    { "SecretAccepted", "version", "integer", NO, "That was answered with 2xx last", "2", FROM(1) },
    { "SecretAccepted", "at", "date-time", NO, "When that was", "\"2026-11-21T22:49:00.000Z\"" },

    { "AuditEntry", "id", "string", NO, "UUIDv7", "\"0193a2c4-7f00-7abc-8def-0123456789ab\"", UUID },
    { "AuditEntry", "at", "date-time", NO, "When it was done", "\"2026-11-20T09:00:00.000Z\"" },
    { "AuditEntry", "actor", "string", NO, "cli:USER, token:NAME, admin (a session), anyone or system",
      "\"token:deploy\"" },
    { "AuditEntry", "address", "string", NO, "Where a request came from; empty for a command", "\"203.0.113.9\"" },
    { "AuditEntry", "action", "string", NO, "What was done", "\"secret.rotate\"", .values = actions },
    { "AuditEntry", "resource", "string", NO, "Name of what was changed; may be empty", "\"CRON_INTERNAL_KEY\"" },
    { "AuditEntry", "detail", "any{}", NO, "More about it; never a value", "{}" },

    { "Unseal", "master_key", "string", NO, "64 hexadecimal digits; held in memory alone",
      "\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"", .traits = SCHEMA_WRITE_ONLY,
      .pattern = "^[0-9A-Fa-f]{64}$" },
    { "Unsealed", "sealed", "boolean", NO, "Always false: the key is the right one", "false" },

    { "SetupState", "needed", "boolean", NO, "No password is set yet", "false" },
    { "Setup", "token", "string", NO, "What stands after #setup= in the link",
      "\"ecl_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"", .traits = SCHEMA_WRITE_ONLY, .min_length = 1 },
    { "Setup", "password", "string", NO, "At least 10 characters", "\"correct horse battery staple\"",
      .traits = SCHEMA_WRITE_ONLY, .min_length = 10, .max_length = 1024 },
    { "Login", "password", "string", NO, "Of the administrator", "\"correct horse battery staple\"",
      .traits = SCHEMA_WRITE_ONLY, .min_length = 1 },
    { "PasswordChange", "current_password", "string", NO, "The one in force; tokens need not give it",
      "\"correct horse battery staple\"", .traits = SCHEMA_WRITE_ONLY | SCHEMA_OPTIONAL, .min_length = 1 },
    { "PasswordChange", "password", "string", NO, "At least 10 characters", "\"four seagulls over Bergen\"",
      .traits = SCHEMA_WRITE_ONLY, .min_length = 10, .max_length = 1024 },
    { "Session", "kind", "string", NO, "session or token", "\"session\"", .values = identity_kinds },
    { "Session", "name", "string", NO, "The token's; admin for a session", "\"admin\"" },
    { "Session", "scope", "string", NO, "read, operate or admin; each includes those before", "\"admin\"",
      .values = scopes },
    { "Session", "tags", "string[]", NO, "Only jobs with one of these, and their runs; none: no restriction", "[]",
      TAGS },
    { "Session", "id", "string", YES, "Of the session; null for a token", "\"0193a2c4-7f00-7abc-8def-0123456789ab\"",
      UUID },
    { "Session", "expires_at", "date-time", YES, "When it ends, a session if nothing is asked until then; null: never",
      "\"2026-11-20T21:00:00.000Z\"" },
    { "Session", "csrf_token", "string", YES, "For the header X-CSRF-Token of what changes something; null for a token",
      "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"" },
    { "SessionEntry", "id", "string", NO, "Names the session; opens nothing",
      "\"0193a2c4-7f00-7abc-8def-0123456789ab\"", UUID },
    { "SessionEntry", "created_at", "date-time", NO, "The login", "\"2026-11-20T09:00:00.000Z\"" },
    { "SessionEntry", "last_seen_at", "date-time", NO, "The last request, to the minute",
      "\"2026-11-20T09:12:00.000Z\"" },
    { "SessionEntry", "expires_at", "date-time", NO, "When it ends, if nothing is asked until then",
      "\"2026-11-20T21:13:00.000Z\"" },
    { "SessionEntry", "address", "string", NO, "Where the login came from", "\"203.0.113.9\"" },
    { "SessionEntry", "user_agent", "string", NO, "What the browser calls itself", "\"Mozilla/5.0\"" },
    { "SessionEntry", "current", "boolean", NO, "The one that asks", "true" },
    { "Token", "name", "string", NO, "Names the token", "\"grafana\"", JOB_NAME },
    { "Token", "prefix", "string", NO, "What the token begins with, to tell it by", "\"ect_Ab3d\"" },
    { "Token", "scope", "string", NO, "read, operate or admin; each includes those before", "\"read\"",
      .values = scopes },
    { "Token", "created_at", "date-time", NO, "When it was made", "\"2026-11-20T09:00:00.000Z\"" },
    { "Token", "last_used_at", "date-time", YES, "To the minute; null: never", "\"2026-11-21T22:49:00.000Z\"" },
    { "Token", "expires_at", "date-time", YES, "From then on it opens nothing; null: never", "null" },
    { "Token", "tags", "string[]", NO, "Only jobs with one of these, and their runs; none: no restriction",
      "[\"followup\"]", TAGS },
    { "NewToken", "name", "string", NO, "Names the token", "\"grafana\"", JOB_NAME },
    { "NewToken", "prefix", "string", NO, "What the token begins with, to tell it by", "\"ect_Ab3d\"" },
    { "NewToken", "scope", "string", NO, "read, operate or admin; each includes those before", "\"read\"",
      .values = scopes },
    { "NewToken", "created_at", "date-time", NO, "When it was made", "\"2026-11-20T09:00:00.000Z\"" },
    { "NewToken", "last_used_at", "date-time", YES, "Never yet", "null" },
    { "NewToken", "expires_at", "date-time", YES, "From then on it opens nothing; null: never", "null" },
    { "NewToken", "tags", "string[]", NO, "Only jobs with one of these, and their runs; none: no restriction",
      "[\"followup\"]", TAGS },
    { "NewToken", "token", "string", NO, "The token, shown this once",
      "\"ect_Ab3dAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"" },
    { "TokenGrant", "name", "string", NO, "Names the token", "\"grafana\"", JOB_NAME },
    { "TokenGrant", "scope", "string", NO, "read, operate or admin; each includes those before", "\"read\"",
      .values = scopes },
    { "TokenGrant", "expires_at", "date-time", YES, "From then on it opens nothing; null or absent: never",
      "\"2127-02-20T00:00:00.000Z\"", OPTIONAL },
    { "TokenGrant", "expires_in_s", "integer", YES, "The same as a time from now; not both", "null", OPTIONAL,
      RANGE(1, 3162240000) },
    { "TokenGrant", "tags", "string[]", NO, "Only jobs with one of these, and their runs; none: no restriction",
      "[\"followup\"]", OPTIONAL, TAGS },

    { "Pause", "until", "date-time", YES, "The pause ends by itself then", "\"2026-11-22T09:00:00.000Z\"", OPTIONAL },

    { "Status", "version", "string", NO, "Of edgecron", "\"0.2.0\"" },
    { "Status", "now", "date-time", NO, "The server's clock", "\"2026-11-20T07:00:02.000Z\"" },
    { "Status", "started_at", "date-time", NO, "When the server started", "\"2026-11-20T06:00:00.000Z\"" },
    { "Status", "jobs", "integer", NO, "Jobs known", "6", FROM(0) },
    { "Status", "jobs_active", "integer", NO, "Jobs enabled and not paused", "6", FROM(0) },
    { "Status", "in_flight", "integer", NO, "Calls under way", "0", FROM(0) },
    { "Status", "queued", "integer", NO, "Runs waiting for their turn", "0", FROM(0) },
    { "Status", "retrying", "integer", NO, "Runs waiting for another attempt", "0", FROM(0) },
    { "Status", "finished", "integer", NO, "Runs brought to an end since the start", "42", FROM(0) },
    { "Status", "paused", "boolean", NO, "Everything is paused", "false" },
    { "Status", "sealed", "boolean", NO, "The master key is not there: nothing is called", "false" },
    { "Status", "draining", "boolean", NO, "The server is stopping", "false" },
    { "Status", "next_due", "date-time", YES, "The next occurrence of all", "\"2026-11-20T12:00:00.000Z\"" },
    { "Status", "next_job", "string", YES, "Its job", "\"followup-12h\"" },
    { "Status", "timezones", "string", NO, "Version of the time zone data, and where it comes from",
      "\"2026c (embedded)\"" },
    { "Status", "waiting_ms", "integer", NO, "How long the run that waits longest for its turn has been due", "0" },
    { "Status", "lateness_p95_ms", "integer", YES,
      "95 % of what the schedule started within the last minute began at most so late; null when nothing did", "4" },
    { "Status", "secrets_due", "integer", NO, "Secrets that are to be rotated by now", "0" },
    { "Status", "store_bytes", "integer", NO, "Size of the store", "4194304" },
    { "Status", "disk_free_bytes", "integer", YES, "Free where the store is; null when that cannot be told",
      "107374182400" },
    { "Status", "checks", "Check[]", NO, "As in /readyz", NULL },
    { "Status", "confinement", "Check[]", NO,
      "What the process gave up: core_dumps, new_privileges, files, system_calls, swap", NULL },

    { "RunEvent", "id", "string", NO, "Of the run", "\"0193a2c4-7f00-7abc-8def-0123456789ab\"", UUID },
    { "RunEvent", "job", "string", NO, "Name of the job", "\"followup-7h\"", JOB_NAME },
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

    { "ResourceEvent", "name", "string", NO, "Of the job or target", "\"followup-7h\"", JOB_NAME },
    { "ResourceEvent", "action", "string", NO, "What was done; removed also where its tags hide it now", "\"paused\"",
      .values = event_actions },
    { "ResourceEvent", "revision", "integer", YES, "Of the job or target; null: it was removed", "4", FROM(1) },

    { "SecretEvent", "name", "string", NO, "Of the secret", "\"CRON_INTERNAL_KEY\"", SECRET_NAME },
    { "SecretEvent", "action", "string", NO, "created, changed (a version or binding) or removed", "\"changed\"",
      .values = event_actions },
    { "SecretEvent", "version", "integer", YES, "The current one; null: it was removed, or cannot be opened", "3",
      FROM(1) },

    { "SettingsEvent", "paused", "boolean", NO, "Everything is paused", "false" },

    { "StatusEvent", "jobs", "integer", YES, "Jobs known; null, as are the others, to a token restricted to tags", "6",
      FROM(0) },
    { "StatusEvent", "jobs_active", "integer", YES, "Jobs enabled and not paused", "6", FROM(0) },
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

    { "Ready", "status", "string", NO, "ready or not_ready", "\"ready\"", .values = readiness },
    { "Ready", "checks", "Check[]", NO, "Each thing that edgecron needs", NULL },
    { "Check", "name", "string", NO, "What is looked at: store, disk, vault, sealed, clock, engine, ...", "\"store\"" },
    { "Check", "ok", "boolean", NO, "All is well with it", "true" },
    { "Check", "message", "string", NO, "What is wrong, to strangers in outline; empty when all is well", "\"\"" },

    { "Health", "status", "string", NO, "Always ok: the process answers", "\"ok\"",
      .values = (const char *const[]){ "ok", NULL } },

    { "Problem", "type", "string", NO, "about:blank", "\"about:blank\"" },
    { "Problem", "title", "string", NO, "Of the status", "\"Not Found\"" },
    { "Problem", "status", "integer", NO, "As in the status line", "404", RANGE(400, 599) },
    { "Problem", "code", "string", NO, "Stable; for programs", "\"not_found\"", .values = codes },
    { "Problem", "detail", "string", NO, "For people", "\"there is no job 'nightly'\"" },
    { "Problem", "pointer", "string", NO, "JSON pointer (RFC 6901) of the field at fault; left out when there is none",
      "\"/until\"", OPTIONAL, .pattern = JSON_POINTER },

    { "Warning", "code", "string", NO, "Stable; for programs", "\"secret_not_set\"" },
    { "Warning", "pointer", "string", NO, "JSON pointer of the field; left out when there is none",
      "\"/request/headers/X-Internal-Key\"", OPTIONAL },
    { "Warning", "detail", "string", NO, "For people",
      "\"secret 'CRON_INTERNAL_KEY' is not set yet, and calls that need it will fail until it is\"" },

    { "TargetCheck", "target", "string", NO, "Its name", "\"prod\"" },
    { "TargetCheck", "url", "string", NO, "What was asked", "\"https://abc.supabase.co/functions/v1\"" },
    { "TargetCheck", "reached", "boolean", NO, "There was an answer, whatever it says", "true" },
    { "TargetCheck", "outcome", "string", NO, "ok when it was reached; else as of an attempt", "\"ok\"",
      .values = outcomes },
    { "TargetCheck", "http_status", "integer", YES, "Status of the answer", "404", RANGE(100, 999) },
    { "TargetCheck", "message", "string", NO, "What it means, and what to do",
      "\"it answered 404 (not found) to a HEAD of the base URL, which functions often do\"" },
    { "TargetCheck", "remote_address", "string", YES, "What was connected to", "\"203.0.113.7:443\"" },
    { "TargetCheck", "tls_version", "string", YES, "Of TLS; null without", "\"1.3\"", .values = tls_versions },
    { "TargetCheck", "certificate_expires_at", "date-time", YES, "Until when its certificate is good",
      "\"2027-02-19T09:00:00.000Z\"" },
    { "TargetCheck", "timing", "Timing", NO, "How many milliseconds each phase took", NULL },

    { "SecretValue", "value", "string", NO, "The secret itself, 6 to 65536 bytes; never read back",
      "\"kJ8vQ2mXr5TzB7nWc4HfYd9LpS3gAe6U\"", .traits = SCHEMA_WRITE_ONLY, .min_length = 6, .max_length = 65536 },
    { "SecretValue", "targets", "string[]", YES, "Targets that it may go to; none: anywhere", "[\"prod\"]", OPTIONAL },
    { "SecretValue", "rotate_every_s", "integer", YES, "Be reminded of rotating it that often; null: never", "7776000",
      OPTIONAL, .min = 1, .max = 315360000, .initial = "7776000" },

    { "SecretPolicy", "targets", "string[]", YES, "Targets that it may go to; none: anywhere", "[\"prod\"]", OPTIONAL },
    { "SecretPolicy", "rotate_every_s", "integer", YES, "Be reminded of rotating it that often; null: never", "7776000",
      OPTIONAL, .min = 1, .max = 315360000 },

    { "SecretFormat", "format", "string", NO, "base64, base64url, hex or alphanumeric", "\"base64\"", OPTIONAL,
      .values = key_formats, .initial = "\"base64\"" },
    { "SecretFormat", "alphabet", "string", NO, "Characters to make it of, each as likely as any other",
      "\"ABCDEFGHJKLMNPQRSTUVWXYZ23456789\"", OPTIONAL, .min_length = 2, .max_length = 94 },
    { "SecretFormat", "bytes", "integer", NO, "How many random bytes it holds", "32", OPTIONAL, .min = 16, .max = 1024,
      .initial = "32" },
    { "SecretFormat", "length", "integer", NO, "How many characters it has; with alphanumeric, or an alphabet", "48",
      OPTIONAL, .min = 16, .max = 4096 },

    { "SecretNew", "format", "string", NO, "base64, base64url, hex or alphanumeric", "\"base64\"", OPTIONAL,
      .values = key_formats, .initial = "\"base64\"" },
    { "SecretNew", "alphabet", "string", NO, "Characters to make it of, each as likely as any other",
      "\"ABCDEFGHJKLMNPQRSTUVWXYZ23456789\"", OPTIONAL, .min_length = 2, .max_length = 94 },
    { "SecretNew", "bytes", "integer", NO, "How many random bytes it holds", "32", OPTIONAL, .min = 16, .max = 1024,
      .initial = "32" },
    { "SecretNew", "length", "integer", NO, "How many characters it has; with alphanumeric, or an alphabet", "48",
      OPTIONAL, .min = 16, .max = 4096 },
    { "SecretNew", "targets", "string[]", YES, "Targets that it may go to; none: anywhere", "[\"prod\"]", OPTIONAL },
    { "SecretNew", "rotate_every_s", "integer", YES, "Be reminded of rotating it that often; null: never", "7776000",
      OPTIONAL, .min = 1, .max = 315360000, .initial = "7776000" },

    { "SecretRotation", "value", "string", NO, "The new value; or", "\"kJ8vQ2mXr5TzB7nWc4HfYd9LpS3gAe6U\"",
      .traits = SCHEMA_OPTIONAL | SCHEMA_WRITE_ONLY | SCHEMA_ONE, .min_length = 6, .max_length = 65536 },
    { "SecretRotation", "generate", "SecretFormat", NO, "how to make one", "{\"format\": \"base64\"}",
      .traits = SCHEMA_OPTIONAL | SCHEMA_ONE },
    { "SecretRotation", "overlap_s", "integer", NO, "How long the value before stays valid; 0: it is destroyed now",
      "86400", OPTIONAL, .min = 0, .max = 7776000, .initial = "86400" },

    { "SecretMade", "name", "string", NO, "As in {{secret.NAME}}", "\"CRON_INTERNAL_KEY\"" },
    { "SecretMade", "version", "integer", NO, "Grows with each new value", "1" },
    { "SecretMade", "created_at", "date-time", NO, "When the first value was set", "\"2026-11-20T09:00:00.000Z\"" },
    { "SecretMade", "updated_at", "date-time", NO, "When the present value was set", "\"2026-11-21T09:00:00.000Z\"" },
    { "SecretMade", "previous", "SecretPrevious", YES, "The version before, during the overlap", NULL },
    { "SecretMade", "rotate_every_s", "integer", YES, "How often it should be rotated; null: never", "7776000" },
    { "SecretMade", "due_at", "date-time", YES, "When it should be rotated next", "\"2027-02-19T09:00:00.000Z\"" },
    { "SecretMade", "overdue", "boolean", NO, "That time has passed", "false" },
    { "SecretMade", "last_used_at", "date-time", YES, "When a call carried it last, to the minute", "null" },
    { "SecretMade", "used_by", "SecretUsers", NO, "Whose templates name it", NULL },
    { "SecretMade", "targets", "string[]", NO, "Targets it is bound to; none: it may go anywhere", "[\"prod\"]" },
    { "SecretMade", "accepted", "SecretAccepted[]", NO, "Which version each place answered to last", NULL },
    { "SecretMade", "warnings", "Warning[]", NO, "What can be said against the value", NULL },
    { "SecretMade", "value", "string", NO, "What was made, shown this once", "\"kJ8vQ2mXr5TzB7nWc4HfYd9LpS3gAe6U\"",
      OPTIONAL },

    { "ApplyFile", "version", "integer", NO, "Of the form of this file: always 1", "1", .traits = SCHEMA_INPUT },
    { "ApplyFile", "targets", "Target[]", NO, "In any order", NULL, OPTIONAL },
    { "ApplyFile", "jobs", "Job[]", NO, "In any order", NULL, OPTIONAL },
    { "ApplyFile", "settings", "Settings", NO, "Those that are named change", NULL, OPTIONAL },

    { "Applied", "dry_run", "boolean", NO, "Nothing was changed", "false" },
    { "Applied", "prune", "boolean", NO, "What the file does not hold was removed", "false" },
    { "Applied", "targets", "ApplyCounts", NO, "How many targets", NULL },
    { "Applied", "jobs", "ApplyCounts", NO, "How many jobs", NULL },
    { "Applied", "changes", "ApplyChange[]", NO, "Each thing in the file, then what was removed", NULL },
    { "Applied", "warnings", "Warning[]", NO, "What is accepted, but worth a thought; pointers are into the file",
      NULL },
    { "ApplyCounts", "created", "integer", NO, "That were not there", "1" },
    { "ApplyCounts", "updated", "integer", NO, "That were otherwise", "1" },
    { "ApplyCounts", "unchanged", "integer", NO, "That were so already", "4" },
    { "ApplyCounts", "removed", "integer", NO, "That the file does not hold, with prune", "0" },
    { "ApplyChange", "kind", "string", NO, "target, job or setting", "\"job\"" },
    { "ApplyChange", "name", "string", NO, "Of the target, job or setting", "\"followup-7h\"" },
    { "ApplyChange", "action", "string", NO, "created, updated, unchanged or removed", "\"updated\"" },
    { "ApplyChange", "diff", "Difference[]", NO, "Place by place; none when it is unchanged", NULL },
    { "Difference", "pointer", "string", NO, "JSON pointer in its form; empty: all of it", "\"/schedule\"" },
    { "Difference", "before", "any", YES, "Left out of what is added", "\"0 7 * * 1-5\"", OPTIONAL },
    { "Difference", "after", "any", YES, "Left out of what is removed", "\"0 8 * * 1-5\"", OPTIONAL },
};
const size_t schema_count = MEM_COUNT(schema_table);

bool schema_optional(const struct schema_field *f)
{
    return f->traits & SCHEMA_OPTIONAL;
}

const struct schema_field *schema_first(const char *name, size_t len)
{
    for (size_t i = 0; i < schema_count; i++)
        if (strlen(schema_table[i].schema) == len && !memcmp(schema_table[i].schema, name, len))
            return &schema_table[i];
    return NULL;
}

enum schema_form schema_form_of(const char *name, size_t len, size_t *ret_len)
{
    static const char suffix[][6] = { [SCHEMA_INPUT_FORM - 1] = "Input", [SCHEMA_PATCH_FORM - 1] = "Patch" };
    *ret_len = len;
    if (len <= 5 || schema_first(name, len))
        return SCHEMA_PLAIN;
    for (int form = SCHEMA_INPUT_FORM; form <= SCHEMA_PATCH_FORM; form++)
        if (!memcmp(name + len - 5, suffix[form - 1], 5)) {
            *ret_len = len - 5;
            return (enum schema_form)form;
        }
    return SCHEMA_PLAIN;
}
