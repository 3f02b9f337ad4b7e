/* schema_alerts.c - who is told of what: alert rules, the states that they are in, mutes, channels. */
#include "api/schema_row.h"

#include "api/view_alert.h"
#include "base/mem.h"

/* Words come from the tables of those who own them, so that they cannot differ. */
static const char *const job_ons[] = {
#define X(name, text, of_job) of_job ? text : NULL,
    ALERT_ONS(X)
#undef X
        NULL
};
#define X(name, text) text,
static const char *const languages[] = { NOTICE_LANGUAGES(X) NULL };
#undef X
static const char *const phases[] = { "pending", "firing", "over", NULL };
static const char *const securities[] = { "starttls", "tls", "none", NULL };

static const char *on_word(int i)
{
    return i < ALERT_ON_COUNT ? alert_on_name((enum alert_on)i) : NULL;
}

static const char *kind_word(int i)
{
    return i < CHANNEL_KIND_COUNT ? channel_kind_name((enum channel_kind)i) : NULL;
}

static const char *scope_word(int i)
{
    return i < MUTE_SCOPES ? mute_scope_name((enum mute_scope)i) : NULL;
}

/* Of a rule, and of a job's own, which may leave out all but `on`: the apply form keeps a job's as they were written. */
#define AFTER "failure: told when so many runs in a row failed; 1 when it is left out"
#define OVER_MS "lateness and duration: told of a run that began, or waits, later, or takes longer than that"
#define OVER_S                                                                                                        \
    "no_success: told when no run succeeded for so long. secret_age: of secrets that are older; null: of those that " \
    "are due by their own rotate_every_s alone"
#define METRIC "metric: told when that holds of a run's metrics: a name, one of > >= < <= == !=, a number"
#define REPEAT "Told again that often while it lasts; 0: once"
#define RECOVERY "Its end is told, too"
#define CHANNELS "Where it is told; none: to every channel that is enabled"
#define METRIC_PATTERN "^[^\\u0000-\\u001f]+$"
#define CHANNEL_NAMES .pattern = "^[a-z0-9][a-z0-9_-]{0,39}$", .max_length = 20

static const struct schema_field rows[] = {
    { "Alert", "name", "string", NO, "Identifies the rule", "\"failing\"", JOB_NAME },
    { "Alert", "description", "string", NO, "For people", "\"Whoever is on call\"", .max_length = 1000,
      .initial = "\"\"" },
    { "Alert", "enabled", "boolean", NO,
      "A rule that is not tells nothing; of the jobs that it holds for, no more general rule does so in its place",
      "true", .initial = "true" },
    { "Alert", "on", "string", NO,
      "What is watched: of jobs failure, missed, lateness, duration, metric, no_success; of the server itself "
      "secret_age, certificate, disk, sealed, clock, overload, backup, store",
      "\"failure\"", .traits = SCHEMA_INPUT, .word = on_word },
    { "Alert", "jobs", "string[]", NO,
      "Of these jobs. Of each `on` the most particular rules hold for a job: its own, else those that name it, else "
      "those of one of its tags, else those of all",
      "[]", .pattern = "^[a-z0-9][a-z0-9_-]{0,62}$", .max_length = ALERT_JOBS_MAX, .initial = "[]" },
    { "Alert", "tags", "string[]", NO, "Of jobs that have one of these; neither jobs nor tags: of all",
      "[\"followup\"]", TAGS, .initial = "[]" },
    { "Alert", "after", "integer", YES, AFTER, "3", RANGE(1, 1000) },
    { "Alert", "over_ms", "integer", YES, OVER_MS, "null", RANGE(1, 604800000) },
    { "Alert", "over_s", "integer", YES, OVER_S, "null", RANGE(0, 316224000) },
    { "Alert", "within_s", "integer", YES,
      "certificate: told so long before it ends; 1209600, which is two weeks, when it is left out", "null",
      RANGE(3600, 31622400) },
    { "Alert", "under_mib", "integer", YES,
      "disk: told when less than that is free where the data is; 512 when it is left out", "null", RANGE(1, 1048576) },
    { "Alert", "metric", "string", YES, METRIC, "null", .pattern = METRIC_PATTERN, .min_length = 1, .max_length = 128 },
    { "Alert", "repeat_s", "integer", NO, REPEAT, "86400", RANGE(0, ALERT_REPEAT_MAX_S), .initial = "0" },
    { "Alert", "recovery", "boolean", NO, RECOVERY, "true", .initial = "true" },
    { "Alert", "channels", "string[]", NO, CHANNELS, "[]", CHANNEL_NAMES, .initial = "[]" },
    { "Alert", "status", "AlertStatus", NO, "What edgecron adds; not part of the apply form", NULL, READ_ONLY },
    { "Alert", "warnings", "Warning[]", NO, "What is accepted, but worth a thought; in answers to writes", NULL,
      .traits = SCHEMA_OPTIONAL | SCHEMA_READ_ONLY },

    { "AlertStatus", "revision", "integer", NO, "Grows with each change; the ETag", "2", FROM(1) },
    { "AlertStatus", "created_at", "date-time", NO, "When the rule was made", "\"2026-11-20T09:00:00.000Z\"" },
    { "AlertStatus", "updated_at", "date-time", NO, "When it was last changed", "\"2026-11-20T09:00:00.000Z\"" },
    { "AlertStatus", "firing", "integer", NO, "On how many subjects it fires", "1", FROM(0) },
    { "AlertStatus", "muted", "boolean", NO, "The rule, or all alerts, are muted", "false" },
    { "AlertStatus", "muted_until", "date-time", YES, "Until then; null while it is muted: until somebody ends it",
      "null" },
    { "AlertStatus", "subjects", "Firing[]", NO, "The newest of them, at most 20", NULL },

    { "Firing", "rule", "string", YES, "Name of the rule; null: a job's own", "\"failing\"", JOB_NAME },
    { "Firing", "on", "string", NO, "What is watched", "\"failure\"", .word = on_word },
    { "Firing", "subject", "string", NO,
      "Name of the job; of the secret (secret_age) or target (certificate); empty: the server itself",
      "\"followup-7h\"" },
    { "Firing", "phase", "string", NO,
      "pending: seen, but not long or often enough; firing: told, or about to be; over: its end is about to be told",
      "\"firing\"", .values = phases },
    { "Firing", "since", "date-time", YES, "When it began", "\"2026-11-20T07:00:00.000Z\"" },
    { "Firing", "last_at", "date-time", YES, "Its newest sign", "\"2026-11-20T12:00:02.000Z\"" },
    { "Firing", "told_at", "date-time", YES, "When it was told last; null: not yet", "\"2026-11-20T07:01:03.000Z\"" },
    { "Firing", "count", "integer", NO, "Runs in a row that failed, occurrences missed, or how often it was seen", "2",
      FROM(0) },
    { "Firing", "run", "string", YES, "The newest run that it is about", "\"0193a2c4-7f00-7abc-8def-0123456789ab\"",
      UUID },
    { "Firing", "value", "number", NO,
      "What was measured last, in the unit of the rule's limit: ms, s, MiB, or the metric's", "0" },
    { "Firing", "target", "string", YES, "Target of the job", "\"prod\"", JOB_NAME },
    { "Firing", "muted", "boolean", NO, "It is not told now: it, its rule, its job or its target is muted, or all",
      "false" },
    { "Firing", "muted_until", "date-time", YES, "Until then; null while it is muted: until somebody ends it", "null" },

    { "JobAlert", "on", "string", NO, "failure, missed, lateness, duration, metric or no_success", "\"failure\"",
      .traits = SCHEMA_INPUT | SCHEMA_OPTIONAL, .values = job_ons },
    { "JobAlert", "enabled", "boolean", NO, "false: of this job, nothing of the kind is told", "true", OPTIONAL,
      .initial = "true" },
    { "JobAlert", "after", "integer", YES, AFTER, "3", OPTIONAL, .min = 1, .max = 1000 },
    { "JobAlert", "over_ms", "integer", YES, OVER_MS, "null", OPTIONAL, .min = 1, .max = 604800000 },
    { "JobAlert", "over_s", "integer", YES, "no_success: told when no run succeeded for so long", "null", OPTIONAL,
      .min = 60, .max = 31622400 },
    { "JobAlert", "within_s", "any", YES, "Of rules beside the jobs alone", "null", OPTIONAL },
    { "JobAlert", "under_mib", "any", YES, "Of rules beside the jobs alone", "null", OPTIONAL },
    { "JobAlert", "metric", "string", YES, METRIC, "null", OPTIONAL, .pattern = METRIC_PATTERN, .min_length = 1,
      .max_length = 128 },
    { "JobAlert", "repeat_s", "integer", NO, REPEAT, "86400", OPTIONAL, .min = 0, .max = ALERT_REPEAT_MAX_S,
      .initial = "0" },
    { "JobAlert", "recovery", "boolean", NO, RECOVERY, "true", OPTIONAL, .initial = "true" },
    { "JobAlert", "channels", "string[]", NO, CHANNELS, "[]", OPTIONAL, CHANNEL_NAMES, .initial = "[]" },

    { "Mute", "scope", "string", NO, "What is muted: all, a rule, a job, or the jobs on a target", "\"job\"", READ_ONLY,
      .word = scope_word },
    { "Mute", "name", "string", NO, "Of the rule, job or target; all of everything", "\"followup-7h\"", READ_ONLY },
    { "Mute", "until", "date-time", YES, "It ends by itself then; null: when somebody ends it",
      "\"2036-11-22T09:00:00.000Z\"", .initial = "null" },

    { "Channel", "name", "string", NO,
      "Identifies the channel; alert: and this name is the job of its messages, which are runs", "\"ops\"",
      .pattern = "^[a-z0-9][a-z0-9_-]{0,39}$" },
    { "Channel", "description", "string", NO, "For people", "\"The operators' room\"", .max_length = 1000,
      .initial = "\"\"" },
    { "Channel", "enabled", "boolean", NO, "Nothing is sent to one that is not", "true", .initial = "true" },
    { "Channel", "kind", "string", NO, "webhook, slack, discord, teams, ntfy or email", "\"slack\"",
      .traits = SCHEMA_INPUT, .word = kind_word },
    { "Channel", "language", "string", NO, "Of its messages: en, fr or es", "\"en\"", .values = languages,
      .initial = "\"en\"" },
    { "Channel", "url", "string", YES,
      "Where messages go, but for email. Whoever knows it can write there: keep it, or what is secret in it, as a "
      "secret. One "
      "that was pasted is shown to the scope admin alone; others see it covered with ***",
      "\"https://hooks.slack.com/services/{{secret.SLACK_OPS}}\"", .min_length = 1, .max_length = 4096 },
    { "Channel", "method", "string", YES, "Of a webhook: POST when it is left out", "null",
      .values = (const char *const[]){ "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", NULL } },
    { "Channel", "headers", "string{}", YES, "Of a webhook and of ntfy; values may hold placeholders", "null",
      .max_length = 40 },
    { "Channel", "body", "any", YES,
      "Of a webhook: JSON, or a string that is sent as it is, with placeholders such as {{alert.title}}; null: the "
      "facts as JSON, with title, text and link",
      "null" },
    { "Channel", "email", "ChannelMail", YES, "Of the kind email", "null" },
    { "Channel", "ca_file", "string", YES, "Roots to trust instead of the system's", "null", .pattern = "^/",
      .max_length = 1024, .initial = "null" },
    { "Channel", "allow_private", "string[]", NO, "Private networks that may be called", "[\"127.0.0.0/8\"]",
      .max_length = 50, .initial = "[]" },
    { "Channel", "status", "ChannelStatus", NO, "What edgecron adds; not part of the apply form", NULL, READ_ONLY },
    { "Channel", "warnings", "Warning[]", NO, "What is accepted, but worth a thought; in answers to writes", NULL,
      .traits = SCHEMA_OPTIONAL | SCHEMA_READ_ONLY },

    { "ChannelMail", "host", "string", NO, "The mail server that takes messages", "\"smtp.example.com\"",
      .traits = SCHEMA_INPUT, .min_length = 1, .max_length = 253 },
    { "ChannelMail", "port", "integer", NO, "Of the mail server; left out: 587, with tls 465, with none 25", "587",
      RANGE(1, 65535) },
    { "ChannelMail", "security", "string", NO,
      "starttls; tls: from the first byte on; none: as it is, which takes no password but on this machine",
      "\"starttls\"", .values = securities, .initial = "\"starttls\"" },
    { "ChannelMail", "username", "string", YES, "To log in with; null: without", "\"edgecron\"", .min_length = 1,
      .max_length = 254, .initial = "null" },
    { "ChannelMail", "password", "string", YES, "Goes with the user name: a secret's placeholder",
      "\"{{secret.SMTP_PASSWORD}}\"", .min_length = 1, .max_length = 1024, .initial = "null" },
    { "ChannelMail", "from", "string", NO, "Who messages are from: an address, or Name <address>",
      "\"edgecron <edgecron@example.com>\"", .traits = SCHEMA_INPUT, .min_length = 1, .max_length = 500 },
    { "ChannelMail", "to", "string[]", NO, "Whom they are for: the same form", "[\"ops@example.com\"]",
      .traits = SCHEMA_INPUT, .min_length = 1, .max_length = CHANNEL_TO_MAX },

    { "ChannelStatus", "revision", "integer", NO, "Grows with each change; the ETag", "1", FROM(1) },
    { "ChannelStatus", "created_at", "date-time", NO, "When the channel was made", "\"2026-11-20T09:00:00.000Z\"" },
    { "ChannelStatus", "updated_at", "date-time", NO, "When it was last changed", "\"2026-11-20T09:00:00.000Z\"" },
    { "ChannelStatus", "last_sent_at", "date-time", YES, "When a message last arrived; null: none did",
      "\"2026-11-20T07:01:03.000Z\"" },
    { "ChannelStatus", "failing_since", "date-time", YES,
      "When the first message failed after that; null while all is well", "null" },
    { "ChannelStatus", "failed", "integer", NO, "How many failed since then", "0", FROM(0) },
    { "ChannelStatus", "run", "string", YES, "The last that failed", "null", UUID },
    { "ChannelStatus", "message", "string", NO, "Why, and what to do; empty while all is well", "\"\"" },
    { "ChannelStatus", "open", "integer", NO, "Messages that wait, are under way, or are tried again", "0", FROM(0) },
};
const struct schema_part schema_alerts = { rows, MEM_COUNT(rows) };
