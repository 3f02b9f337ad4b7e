/* schema_access.c - who may do what, and with which keys: secrets, tokens, sessions, the audit. */
#include "api/schema_row.h"

#include "base/mem.h"
#include "store/audit.h"

/* Words come from the tables of those who own them, so that they cannot differ. */
#define X(name, text) text,
static const char *const actions[] = { AUDIT_TABLE(X) NULL };
#undef X
static const char *const scopes[] = { "read", "operate", "admin", NULL };
static const char *const identity_kinds[] = { "session", "token", NULL };
static const char *const key_formats[] = { "base64", "base64url", "hex", "alphanumeric", NULL };

static const struct schema_field rows[] = {
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
      "\"ABCDEFGHJKLMNPQRSTUVWXYZ23456789\"", .traits = SCHEMA_OPTIONAL | SCHEMA_APART, .min_length = 2,
      .max_length = 94 },
    { "SecretNew", "bytes", "integer", NO, "How many random bytes it holds", "32", OPTIONAL, .min = 16, .max = 1024,
      .initial = "32" },
    { "SecretNew", "length", "integer", NO, "How many characters it has; with alphanumeric, or an alphabet", "48",
      .traits = SCHEMA_OPTIONAL | SCHEMA_APART, .min = 16, .max = 4096 },
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

    { "AuditEntry", "id", "string", NO, "UUIDv7", "\"0193a2c4-7f00-7abc-8def-0123456789ab\"", UUID },
    { "AuditEntry", "at", "date-time", NO, "When it was done", "\"2026-11-20T09:00:00.000Z\"" },
    { "AuditEntry", "actor", "string", NO, "cli:USER, token:NAME, admin (a session), anyone or system",
      "\"token:deploy\"" },
    { "AuditEntry", "address", "string", NO, "Where a request came from; empty for a command", "\"203.0.113.9\"" },
    { "AuditEntry", "action", "string", NO, "What was done", "\"secret.rotate\"", .values = actions },
    { "AuditEntry", "resource", "string", NO, "Name of what was changed; may be empty", "\"CRON_INTERNAL_KEY\"" },
    { "AuditEntry", "detail", "any{}", NO, "More about it; never a value", "{}" },

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
};
const struct schema_part schema_access = { rows, MEM_COUNT(rows) };
