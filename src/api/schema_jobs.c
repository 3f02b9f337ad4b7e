/* schema_jobs.c - what jobs and targets are, and how they are written: the apply form, its changes, schedules. */
#include "api/schema_row.h"

#include "base/mem.h"
#include "core/job.h"
#include "core/run.h"

/* Words come from the tables of those who own them, so that they cannot differ. */
#define X(name, text) text,
static const char *const states[] = { RUN_STATES(X) NULL };
static const char *const outcomes[] = { RUN_OUTCOMES(X) NULL };
#undef X
static const char *const tls_versions[] = { "1.2", "1.3", NULL };

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

static const struct schema_field rows[] = {
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
    { "Job", "alerts", "JobAlert[]", NO,
      "Alert rules of this job alone: of each `on` they stand in the place of the server's rules, which listAlerts "
      "tells",
      "[]", .max_length = 20, .initial = "[]" },
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
    { "JobStatus", "failing", "Failing", YES,
      "null while all is well: its newest runs failed or were missed, and none succeeded since", NULL },
    { "JobStatus", "firing", "integer", NO, "How many alert rules fire on it", "0", FROM(0) },
    { "JobStatus", "muted", "boolean", NO, "No alert of it is told now: it, its target or all are muted", "false" },
    { "JobStatus", "muted_until", "date-time", YES, "Until then; null while it is muted: until somebody ends it",
      "null" },
    { "JobStatus", "recent", "RecentRun[]", NO, "The newest runs, newest first, when a list was asked for with recent",
      NULL, OPTIONAL },

    { "Failing", "since", "date-time", NO,
      "The occurrence of the first of these runs; of one asked for by hand, when it was asked for",
      "\"2026-11-19T07:00:00.000Z\"" },
    { "Failing", "runs", "integer", NO,
      "How many in a row; canceled and skipped ones, and those with a body of their own, do not count", "2", FROM(1) },
    { "Failing", "run", "string", YES, "The one that ended last; null once it is too old to be kept",
      "\"0193a2c4-7f00-7abc-8def-0123456789ab\"", UUID },
    { "Failing", "outcome", "string", YES, "Outcome of its last attempt; null when there was none", "\"http_status\"",
      .values = outcomes },
    { "Failing", "http_status", "integer", YES, "Status of its last answer", "500", RANGE(100, 999) },
    { "Failing", "message", "string", NO, "Why it failed, and what to do",
      "\"the function answered 500 (internal server error)\"" },
    { "Failing", "last_success_at", "date-time", YES,
      "When the job's last successful run had ended; null when none is known", "\"2026-11-18T07:00:01.250Z\"" },

    { "RecentRun", "id", "string", NO, "Of the run", "\"0193a2c4-7f00-7abc-8def-0123456789ab\"", UUID },
    { "RecentRun", "state", "string", NO, "State of the run", "\"succeeded\"", .values = states },
    { "RecentRun", "outcome", "string", YES, "Outcome of its last attempt", "\"ok\"", .values = outcomes },
    { "RecentRun", "scheduled_for", "date-time", NO, "The occurrence", "\"2026-11-20T07:00:00.000Z\"" },
    { "RecentRun", "duration_ms", "integer", YES, "Start to end, waits between attempts included", "1250", FROM(0) },

    { "LastRun", "id", "string", NO, "Of the run", "\"0193a2c4-7f00-7abc-8def-0123456789ab\"", UUID },
    { "LastRun", "state", "string", NO, "State of the run", "\"succeeded\"", .values = states },
    { "LastRun", "outcome", "string", YES, "Outcome of its last attempt", "\"ok\"", .values = outcomes },
    { "LastRun", "scheduled_for", "date-time", NO, "The occurrence", "\"2026-11-20T07:00:00.000Z\"" },
    { "LastRun", "finished_at", "date-time", YES, "When it ended", "\"2026-11-20T07:00:01.250Z\"" },
    { "LastRun", "message", "string", NO, "Why, and what to do; empty when all is well", "\"\"" },

    { "Pause", "until", "date-time", YES, "The pause ends by itself then", "\"2036-11-22T09:00:00.000Z\"", OPTIONAL },

    { "RunInput", "body", "any", YES,
      "Sent by this run, by each of its attempts and by its retries, in place of the job's own, and bound by the same "
      "rules; null: the job's own",
      "{\"time_slot\": \"07:00\", \"dry_run\": true}", OPTIONAL, .initial = "null" },

    { "OutgoingRequest", "method", "string", NO, "Of the request", "\"POST\"", .word = method_word },
    { "OutgoingRequest", "url", "string", NO, "With the target's base URL; secrets masked",
      "\"https://abc.supabase.co/functions/v1/followup-processor\"" },
    { "OutgoingRequest", "headers", "any{}", NO,
      "The job's, its target's and edgecron's own, but for Host and Content-Length; secrets masked",
      "{\"X-Internal-Key\": \"{{secret.CRON_INTERNAL_KEY}}\", \"Content-Type\": \"application/json\"}" },
    { "OutgoingRequest", "body", "string", YES, "As it would be sent, secrets masked; null when there is none",
      "\"{\\\"time_slot\\\":\\\"07:00\\\"}\"" },
    { "OutgoingRequest", "secrets", "CarriedSecret[]", NO, "That it carries, in the order in which they are filled in",
      NULL },
    { "OutgoingRequest", "problem", "string", YES,
      "Why it could not be sent, and what to do; null when nothing is known that would prevent it", "null" },

    { "CarriedSecret", "name", "string", NO, "Of the secret", "\"CRON_INTERNAL_KEY\"", SECRET_NAME },
    { "CarriedSecret", "found", "boolean", NO, "It is set", "true" },
    { "CarriedSecret", "version", "integer", YES, "That would be sent; null when it is not set", "3", FROM(1) },

    { "Upcoming", "scheduled_for", "date-time", NO, "The occurrence", "\"2026-11-23T07:00:00.000Z\"" },
    { "Upcoming", "due_at", "date-time", NO, "The same with jitter", "\"2026-11-23T07:00:00.000Z\"" },
    { "Upcoming", "local", "date-time", NO, "The occurrence in the job's zone", "\"2026-11-23T08:00:00+01:00\"" },

    { "Timeline", "from", "date-time", NO, "The server's clock: what comes after it is told",
      "\"2026-11-20T06:48:12.345Z\"" },
    { "Timeline", "until", "date-time", NO, "Up to then", "\"2026-11-20T07:48:12.345Z\"" },
    { "Timeline", "point_s", "integer", NO,
      "Seconds in a point of the series: 60 for up to two hours, 300 for up to six, else 900", "60", RANGE(60, 900) },
    { "Timeline", "paused", "boolean", NO, "Everything is paused: this would be due if it were not", "false" },
    { "Timeline", "total", "integer", NO, "How many occurrences there are", "1", FROM(0) },
    { "Timeline", "complete", "boolean", NO,
      "false: there are more jobs, or more different schedules, than one request may look at, and some are left out",
      "true" },
    { "Timeline", "series", "TimelinePoint[]", NO,
      "Point by point, also where nothing is due; the first begins before `from`, as a rule", NULL },
    { "Timeline", "items", "TimelineItem[]", NO, "The first of them, in order of time, then of name", NULL },

    { "TimelinePoint", "start", "date-time", NO, "When it begins", "\"2026-11-20T07:00:00.000Z\"" },
    { "TimelinePoint", "count", "integer", NO, "Occurrences in it", "1", FROM(0) },

    { "TimelineItem", "job", "string", NO, "Its name", "\"followup-7h\"" },
    { "TimelineItem", "scheduled_for", "date-time", NO, "The occurrence", "\"2026-11-20T07:00:00.000Z\"" },

    { "SchedulePreview", "schedule", "string", NO, "As given", "\"30 2 * * *\"" },
    { "SchedulePreview", "timezone", "string", NO, "As given", "\"Europe/Berlin\"" },
    { "SchedulePreview", "description", "string", NO, "In plain words", "\"at 02:30 every day\"" },
    { "SchedulePreview", "items", "Occurrence[]", NO, "The next ones; fewer than asked for when there are no more",
      NULL },

    { "Occurrence", "scheduled_for", "date-time", NO, "The instant", "\"2027-03-28T01:00:00.000Z\"" },
    { "Occurrence", "local", "date-time", NO, "The same in the zone", "\"2027-03-28T03:00:00+02:00\"" },
    { "Occurrence", "note", "string", YES, "What a clock change does to it", "null" },

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
    { "Target", "health_path", "string", YES,
      "Path of something that does no work, such as a health check: looks at the target GET it, without any header, "
      "and expect "
      "a status of 2xx",
      "\"/health\"", .pattern = "^/[A-Za-z0-9._~/-]*$", .max_length = 200, .initial = "null" },
    { "Target", "status", "TargetStatus", NO, "What edgecron adds; not part of the apply form", NULL, READ_ONLY },
    { "Target", "warnings", "Warning[]", NO, "What is accepted, but worth a thought; in answers to writes", NULL,
      .traits = SCHEMA_OPTIONAL | SCHEMA_READ_ONLY },

    { "TargetStatus", "revision", "integer", NO, "Grows with each change; the ETag", "2", FROM(1) },
    { "TargetStatus", "created_at", "date-time", NO, "When the target was made", "\"2026-11-20T09:00:00.000Z\"" },
    { "TargetStatus", "updated_at", "date-time", NO, "When it was last changed", "\"2026-11-20T09:00:00.000Z\"" },

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

    { "Settings", "paused", "boolean", NO,
      "Everything is paused: no schedule makes a run. Runs that are open already, and those asked for by hand, go on",
      "false", .initial = "false" },
    { "Settings", "retention_days", "integer", NO,
      "How many days finished runs are kept; the newest of each state of a job stays while the job does", "90",
      RANGE(1, 3650), .initial = "90" },
    { "Settings", "retention_failed_days", "integer", NO,
      "How many days runs that failed or were missed are kept, and never less than retention_days", "365",
      RANGE(1, 3650), .initial = "365" },
    { "Settings", "retention_bodies_days", "integer", NO,
      "How many days the headers and bodies of finished runs are kept; the runs themselves stay longer", "30",
      RANGE(1, 3650), .initial = "30" },
    { "Settings", "retention_runs", "integer", NO,
      "How many finished runs of a job are kept in each state at most, whatever their age; 0: any number", "100000",
      RANGE(0, 10000000), .initial = "100000" },
    { "Settings", "backup_schedule", "string", YES,
      "When the server makes a backup of its own, in the data directory's folder backups: as a job's schedule, in UTC; "
      "null: never",
      "\"15 2 * * *\"", .initial = "null" },
    { "Settings", "backup_keep", "integer", NO,
      "How many of these are kept: the oldest goes when a new one was made and verified", "7", RANGE(1, 1000),
      .initial = "7" },
    { "Settings", "alert_group_s", "integer", NO,
      "How many seconds an alert waits for others of its kind on the same target, with which it is one message", "60",
      RANGE(0, 3600), .initial = "60" },
    { "Settings", "heartbeat_every_s", "integer", NO, "How often heartbeat_url is called, in seconds", "60",
      RANGE(10, 86400), .initial = "60" },
    { "Settings", "heartbeat_url", "string", YES,
      "Called while the server is well, so that a monitor elsewhere notices its death: an http(s) URL, which may hold "
      "{{secret.NAME}}, or be one as a whole; null: none",
      "\"https://hc-ping.com/{{secret.HEARTBEAT}}\"", .initial = "null" },
    { "Settings", "page_url", "string", YES,
      "Where people find the admin page, for links in messages; a slash at the end is taken off. null: no links",
      "\"https://edgecron.example.com\"", .initial = "null" },

    { "ApplyFile", "version", "integer", NO, "Of the form of this file: always 1", "1", .traits = SCHEMA_INPUT },
    { "ApplyFile", "targets", "Target[]", NO, "In any order", NULL, OPTIONAL },
    { "ApplyFile", "channels", "Channel[]", NO, "In any order", NULL, OPTIONAL },
    { "ApplyFile", "jobs", "Job[]", NO, "In any order", NULL, OPTIONAL },
    { "ApplyFile", "alerts", "Alert[]", NO,
      "In any order. A file without this member, or without channels, leaves them as they are", NULL, OPTIONAL },
    { "ApplyFile", "settings", "Settings", NO, "Those that are named change", NULL, OPTIONAL },

    { "Applied", "dry_run", "boolean", NO, "Nothing was changed", "false" },
    { "Applied", "prune", "boolean", NO, "What the file does not hold was removed", "false" },
    { "Applied", "targets", "ApplyCounts", NO, "How many targets", NULL },
    { "Applied", "channels", "ApplyCounts", NO, "How many channels", NULL },
    { "Applied", "jobs", "ApplyCounts", NO, "How many jobs", NULL },
    { "Applied", "alerts", "ApplyCounts", NO, "How many alert rules", NULL },
    { "Applied", "changes", "ApplyChange[]", NO, "Each thing in the file, then what was removed", NULL },
    { "Applied", "warnings", "Warning[]", NO, "What is accepted, but worth a thought; pointers are into the file",
      NULL },

    { "ApplyCounts", "created", "integer", NO, "That were not there", "1" },
    { "ApplyCounts", "updated", "integer", NO, "That were otherwise", "1" },
    { "ApplyCounts", "unchanged", "integer", NO, "That were so already", "4" },
    { "ApplyCounts", "removed", "integer", NO, "That the file does not hold, with prune", "0" },

    { "ApplyChange", "kind", "string", NO, "target, channel, job, alert or setting", "\"job\"" },
    { "ApplyChange", "name", "string", NO, "Of the target, channel, job, rule or setting", "\"followup-7h\"" },
    { "ApplyChange", "action", "string", NO, "created, updated, unchanged or removed", "\"updated\"" },
    { "ApplyChange", "diff", "Difference[]", NO, "Place by place; none when it is unchanged", NULL },

    { "Difference", "pointer", "string", NO, "JSON pointer in its form; empty: all of it", "\"/schedule\"" },
    { "Difference", "before", "any", YES, "Left out of what is added", "\"0 7 * * 1-5\"", OPTIONAL },
    { "Difference", "after", "any", YES, "Left out of what is removed", "\"0 8 * * 1-5\"", OPTIONAL },

    { "Warning", "code", "string", NO, "Stable; for programs", "\"secret_not_set\"" },
    { "Warning", "pointer", "string", NO, "JSON pointer of the field; left out when there is none",
      "\"/request/headers/X-Internal-Key\"", OPTIONAL },
    { "Warning", "detail", "string", NO, "For people",
      "\"secret 'CRON_INTERNAL_KEY' is not set yet, and calls that need it will fail until it is\"" },
};
const struct schema_part schema_jobs = { rows, MEM_COUNT(rows) };
