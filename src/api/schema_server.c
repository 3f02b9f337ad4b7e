/* schema_server.c - the server itself: its state and checks, its master key, and what it says when something is wrong. */
#include "api/schema_row.h"

#include "api/doctor.h"
#include "base/mem.h"
#include "base/err.h"

/* Words come from the tables of those who own them, so that they cannot differ. */
#define X(name, code, http, exit_status) code,
static const char *const codes[] = { ERR_TABLE(X) NULL };
#undef X
static const char *const holds[] = { "restored", "copied", NULL };
static const char *const readiness[] = { "ready", "not_ready", NULL };

static const struct schema_field rows[] = {
    { "Status", "version", "string", NO, "Of edgecron", "\"0.4.0\"" },
    { "Status", "now", "date-time", NO, "The server's clock", "\"2026-11-20T07:00:02.000Z\"" },
    { "Status", "started_at", "date-time", NO, "When the server started", "\"2026-11-20T06:00:00.000Z\"" },
    { "Status", "jobs", "integer", NO, "Jobs known", "6", FROM(0) },
    { "Status", "jobs_active", "integer", NO, "Jobs enabled and not paused", "6", FROM(0) },
    { "Status", "jobs_failing", "integer", NO,
      "Jobs whose newest runs failed or were missed (as in status.failing of each), but for those disabled, or paused "
      "until somebody resumes them",
      "0", FROM(0) },
    { "Status", "in_flight", "integer", NO, "Calls under way", "0", FROM(0) },
    { "Status", "queued", "integer", NO, "Runs waiting for their turn", "0", FROM(0) },
    { "Status", "queued_in_store", "integer", NO,
      "Those of them that are not held in memory, as so many wait: they have their turn in order, and none is lost",
      "0", FROM(0) },
    { "Status", "overloaded_since", "date-time", YES,
      "Since when there have been such runs; null: all is well. The check `load` says whose they are, and what to do",
      "null" },
    { "Status", "retrying", "integer", NO, "Runs waiting for another attempt", "0", FROM(0) },
    { "Status", "finished", "integer", NO, "Runs brought to an end since the start", "42", FROM(0) },
    { "Status", "paused", "boolean", NO, "Everything is paused", "false" },
    { "Status", "paused_reason", "string", YES,
      "Paused by edgecron itself, as the store was `restored` from a backup or `copied` from elsewhere, and the server "
      "it comes "
      "from may still call; the check `home` says more. PATCH settings with paused false ends it",
      "null", .values = holds },
    { "Status", "sealed", "boolean", NO, "The master key is not there: nothing is called", "false" },
    { "Status", "draining", "boolean", NO, "The server is stopping", "false" },
    { "Status", "backup_last_at", "date-time", YES,
      "When the newest backup by schedule that is kept was begun; null: none is, or there is no schedule",
      "\"2026-11-20T02:15:00.000Z\"" },
    { "Status", "backup_next_at", "date-time", YES, "When the next one is due; null: there is no schedule",
      "\"2026-11-21T02:15:00.000Z\"" },
    { "Status", "alerts_firing", "integer", NO, "How many alert rules fire, each on each subject (listFiring)", "0",
      FROM(0) },
    { "Status", "channels_failing", "integer", NO, "Channels whose newest message failed", "0", FROM(0) },
    { "Status", "heartbeat_last_at", "date-time", YES,
      "When a heartbeat was taken last, since the start; null: none was", "\"2026-11-20T06:59:58.000Z\"" },
    { "Status", "heartbeat_failing_since", "date-time", YES,
      "Since when heartbeats are not taken; null while all is well", "null" },
    { "Status", "next_due", "date-time", YES, "The next occurrence of all", "\"2026-11-20T12:00:00.000Z\"" },
    { "Status", "next_job", "string", YES, "Its job", "\"followup-12h\"" },
    { "Status", "timezones", "string", NO, "Version of the time zone data, and where it comes from",
      "\"2026c (embedded)\"" },
    { "Status", "waiting_ms", "integer", NO, "How long the run that waits longest for its turn has been due", "0" },
    { "Status", "lateness_p95_ms", "integer", YES,
      "95 % of what the schedule started within the last minute began at most so late; null when nothing did", "4" },
    { "Status", "secrets_due", "integer", NO, "Secrets that are to be rotated by now", "0" },
    { "Status", "store_bytes", "integer", NO, "Size of the store", "4194304" },
    { "Status", "store_unused_bytes", "integer", NO,
      "Of these: runs to come fill them, and what is too much is given back to the disk", "0" },
    { "Status", "disk_free_bytes", "integer", YES, "Free where the store is; null when that cannot be told",
      "107374182400" },
    { "Status", "checks", "Check[]", NO, "As in /readyz", NULL },
    { "Status", "confinement", "Check[]", NO,
      "What the process gave up: core_dumps, new_privileges, files, system_calls, swap", NULL },

    { "Ready", "status", "string", NO, "ready or not_ready", "\"ready\"", .values = readiness },
    { "Ready", "checks", "Check[]", NO, "Each thing that edgecron needs", NULL },

    { "Check", "name", "string", NO, "What is looked at: store, disk, vault, sealed, clock, engine, ...", "\"store\"" },
    { "Check", "ok", "boolean", NO, "All is well with it", "true" },
    { "Check", "message", "string", NO, "What is wrong, to strangers in outline; empty when all is well", "\"\"" },

    { "Finding", "check", "string", NO, "What was looked at: the group and the check", "\"secrets.missing\"",
      .pattern = "^[a-z]+\\.[a-z]+$" },
    { "Finding", "severity", "string", NO,
      "problem: it is wrong now; warning: it will go wrong, or does at times; notice: good to know; ok: all is well",
      "\"problem\"", .values = doctor_severities },
    { "Finding", "what", "string", NO, "What was found", "\"secret 'API_KEY' is not set, but used by job 'nightly'\"" },
    { "Finding", "why", "string", YES, "Why it matters; null when all is well",
      "\"calls that need it are not made, and their runs fail\"" },
    { "Finding", "fix", "string", YES, "The command that mends it, for a shell on the server; null where there is none",
      "\"edgecron secret set API_KEY --data '/var/lib/edgecron'\"" },

    { "Health", "status", "string", NO, "Always ok: the process answers", "\"ok\"",
      .values = (const char *const[]){ "ok", NULL } },

    { "Unseal", "master_key", "string", NO, "64 hexadecimal digits; held in memory alone",
      "\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"", .traits = SCHEMA_WRITE_ONLY,
      .pattern = "^[0-9A-Fa-f]{64}$" },

    { "Unsealed", "sealed", "boolean", NO, "Always false: the key is the right one", "false" },

    { "Problem", "type", "string", NO, "about:blank", "\"about:blank\"" },
    { "Problem", "title", "string", NO, "Of the status", "\"Not Found\"" },
    { "Problem", "status", "integer", NO, "As in the status line", "404", RANGE(400, 599) },
    { "Problem", "code", "string", NO, "Stable; for programs", "\"not_found\"", .values = codes },
    { "Problem", "detail", "string", NO, "For people", "\"there is no job 'nightly'\"" },
    { "Problem", "pointer", "string", NO, "JSON pointer (RFC 6901) of the field at fault; left out when there is none",
      "\"/until\"", OPTIONAL, .pattern = JSON_POINTER },
};
const struct schema_part schema_server = { rows, MEM_COUNT(rows) };
