#include "cli/config.h"

#include "core/keygen.h"
#include "core/run.h"

static const char *const log_levels[] = { "debug", "info", "warn", "error", NULL };
static const char *const log_formats[] = { "logfmt", "json", NULL };
static const char *const scopes[] = { "read", "operate", "admin", NULL };
static const char *const deliveries[] = { "at_least_once", "at_most_once", NULL };
static const char *const overlaps[] = { "skip", "queue", "allow", "cancel_running", NULL };
static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", NULL };
static const char *const formats[] = { "base64", "base64url", "hex", "alphanumeric", NULL };
static const char *const never[] = { "never", NULL };
#define X(name, text) text,
static const char *const states[] = { RUN_STATES(X) NULL };
static const char *const outcomes[] = { RUN_OUTCOMES(X) NULL };
#undef X

#define DAY_MS 86400000LL

/* clang-format off */
static const struct flag_spec flag_table[FLAGS] = {
    [FLAG_HELP] = { .name = "help", .no_twin = true, .help = "explain the command" },
    [FLAG_JSON] = { .name = "json", .help = "print the form of the API, and errors as problem objects" },
    [FLAG_DATA] = { .name = "data", .type = IS_TEXT, .value = "DIR", .fallback = "./edgecron-data",
        .help = "the data directory" },
    [FLAG_MASTER_KEY_FILE] = { .name = "master-key-file", .type = IS_TEXT, .value = "FILE",
        .help = "the key that seals secrets; default: systemd's credential 'master.key' if there is one, else "
                "DIR/master.key" },
    [FLAG_LISTEN] = { .name = "listen", .type = IS_LISTEN, .value = "ADDRESS:PORT", .fallback = "127.0.0.1:8427",
        .help = "where the API listens; port 0 picks a free one" },
    [FLAG_BEHIND_PROXY] = { .name = "behind-proxy", .type = IS_CIDRS, .value = "CIDR,...",
        .help = "a proxy in front does TLS: allows an address that is not loopback; given the proxy's address, nobody "
                "else may ask without TLS, and its X-Forwarded-For and -Proto (or Forwarded) are believed; without one, "
                "those of a proxy on this machine are" },
    [FLAG_ALLOW_PRIVATE] = { .name = "allow-private", .type = IS_CIDRS, .value = "CIDR,...",
        .help = "let jobs call these private addresses, or all (loopback, RFC 1918, ULA, ...) when none is given" },
    [FLAG_DRAIN_TIMEOUT] = { .name = "drain-timeout", .type = IS_DURATION, .value = "TIME", .fallback = "30s",
        .max = 7 * DAY_MS, .help = "how long calls in flight may go on when stopping" },
    [FLAG_UNCONFINED] = { .name = "unconfined",
        .help = "keep the process's rights to all files and system calls (for systems where confinement gets in the way)" },
    [FLAG_LOG_LEVEL] = { .name = "log-level", .type = IS_CHOICE, .value = "LEVEL", .fallback = "info",
        .choices = log_levels, .help = "the least important log lines to write" },
    [FLAG_LOG_FORMAT] = { .name = "log-format", .type = IS_CHOICE, .value = "FORMAT", .fallback = "logfmt",
        .choices = log_formats, .help = "how log lines on standard error look" },
    [FLAG_DRY_RUN] = { .name = "dry-run", .help = "say what would change, and change nothing" },
    [FLAG_PRUNE] = { .name = "prune", .no_twin = true,
        .help = "remove the jobs and targets that the file does not hold" },
    [FLAG_KEEP] = { .name = "keep", .help = "leave the temporary data directory behind" },
    [FLAG_LICENSES] = { .name = "licenses", .help = "print the notices of the works in this binary" },
    [FLAG_JOB] = { .name = "job", .type = IS_TEXT, .value = "NAME", .no_twin = true, .help = "runs of this job only" },
    [FLAG_STATE] = { .name = "state", .type = IS_CHOICE, .value = "STATE", .no_twin = true, .choices = states,
        .repeated = true, .help = "runs in this state only; may be repeated" },
    [FLAG_OUTCOME] = { .name = "outcome", .type = IS_CHOICE, .value = "OUTCOME", .no_twin = true, .choices = outcomes,
        .repeated = true, .help = "runs whose last attempt ended so; may be repeated" },
    [FLAG_OF_TARGET] = { .name = "target", .type = IS_TEXT, .value = "NAME", .no_twin = true,
        .help = "of jobs on this target only" },
    [FLAG_TAG] = { .name = "tag", .type = IS_TEXT, .value = "TAG", .no_twin = true, .help = "of jobs with this tag only" },
    [FLAG_TEXT] = { .name = "text", .type = IS_TEXT, .value = "TEXT", .no_twin = true,
        .help = "only with this in it (of runs: in the message; of jobs: in name, description or URL)" },
    [FLAG_SINCE] = { .name = "since", .type = IS_PAST, .value = "TIME", .no_twin = true,
        .help = "of then (of runs: scheduled for) or later: RFC 3339, or how far back, such as 24h" },
    [FLAG_BEFORE] = { .name = "until", .type = IS_PAST, .value = "TIME", .no_twin = true,
        .help = "scheduled for before then: RFC 3339, or how far back, such as 1h" },
    [FLAG_OLDEST] = { .name = "oldest", .no_twin = true, .help = "the oldest first" },
    [FLAG_WATCH] = { .name = "watch", .no_twin = true,
        .help = "go on showing what happens, until Ctrl-C; not on a terminal: a line for each change (with --json: an "
                "object)" },
    [FLAG_LIMIT] = { .name = "limit", .type = IS_INT, .value = "N", .fallback = "20", .min = 1, .max = 1000,
        .help = "at most so many" },
    [FLAG_CURSOR] = { .name = "cursor", .type = IS_TEXT, .value = "CURSOR", .no_twin = true,
        .help = "go on where the list before ended (its next_cursor)" },
    [FLAG_WAIT] = { .name = "wait", .no_twin = true,
        .help = "wait for the end of the run; exit status 1 unless it succeeded" },
    [FLAG_TIMEOUT] = { .name = "timeout", .type = IS_DURATION, .value = "TIME", .no_twin = true, .min = 1,
        .max = 30 * DAY_MS, .help = "how long --wait waits; default: until the run ends" },
    [FLAG_ZONE] = { .name = "zone", .type = IS_TEXT, .value = "ZONE", .fallback = "UTC",
        .help = "IANA time zone, such as Europe/Paris" },
    [FLAG_FROM] = { .name = "from", .type = IS_TIME, .value = "TIME", .no_twin = true,
        .help = "RFC 3339; default: now" },
    [FLAG_COUNT] = { .name = "count", .type = IS_INT, .value = "N", .fallback = "5", .min = 1, .max = 1000,
        .help = "how many" },
    [FLAG_PREVIOUS] = { .name = "previous", .no_twin = true, .help = "go back in time instead" },
    [FLAG_SCOPE] = { .name = "scope", .type = IS_CHOICE, .value = "SCOPE", .no_twin = true, .choices = scopes,
        .help = "what the token may do, each including the ones before" },
    [FLAG_VALUE_FILE] = { .name = "value-file", .type = IS_TEXT, .value = "FILE", .no_twin = true,
        .help = "read the value from there instead of standard input" },
    [FLAG_GENERATE] = { .name = "generate", .no_twin = true, .help = "make a random value and print it once" },
    [FLAG_KEY_FILE] = { .name = "key-file", .type = IS_TEXT, .value = "FILE", .no_twin = true,
        .help = "read the master key from FILE instead of standard input" },
    [FLAG_NEW_KEY_FILE] = { .name = "new-key-file", .type = IS_TEXT, .value = "FILE", .no_twin = true,
        .help = "the new master key (32 bytes, or 64 hexadecimal digits); default: a random one" },
    [FLAG_DATA_KEY] = { .name = "data-key", .no_twin = true,
        .help = "a new data key as well: every secret is sealed anew" },
    [FLAG_UNTIL] = { .name = "until", .type = IS_TIME, .value = "TIME", .no_twin = true,
        .help = "RFC 3339; it resumes by itself then" },
    [FLAG_FOR] = { .name = "for", .type = IS_DURATION, .value = "TIME", .no_twin = true, .min = 1,
        .max = 3650 * DAY_MS, .help = "the same, from now, such as 2h" },
    [FLAG_FILE] = { .name = "file", .type = IS_TEXT, .value = "FILE", .no_twin = true,
        .help = "the whole of it as JSON; '-' is standard input" },
    [FLAG_DESCRIPTION] = { .name = "description", .type = IS_ANY_TEXT, .value = "TEXT", .no_twin = true,
        .help = "what it is for" },
    [FLAG_SCHEDULE] = { .name = "schedule", .type = IS_TEXT, .value = "EXPR", .no_twin = true,
        .help = "such as '0 7 * * 1-5'; try it with 'edgecron schedule next'" },
    [FLAG_TIMEZONE] = { .name = "timezone", .type = IS_TEXT, .value = "ZONE", .no_twin = true,
        .help = "the IANA zone of the schedule (a new job: UTC)" },
    [FLAG_TARGET] = { .name = "target", .type = IS_ANY_TEXT, .value = "NAME", .no_twin = true,
        .help = "where the function lives; '' for none" },
    [FLAG_URL] = { .name = "url", .type = IS_TEXT, .value = "URL", .no_twin = true,
        .help = "a path on the target, or a whole URL" },
    [FLAG_METHOD] = { .name = "method", .type = IS_CHOICE, .value = "METHOD", .no_twin = true, .choices = methods,
        .help = "a new job has POST" },
    [FLAG_HEADER] = { .name = "header", .type = IS_TEXT, .value = "'NAME: VALUE'", .no_twin = true, .repeated = true,
        .help = "put a header, or take it away when VALUE is empty; may be repeated" },
    [FLAG_BODY] = { .name = "body", .type = IS_ANY_TEXT, .value = "TEXT|@FILE", .no_twin = true,
        .help = "JSON is sent as JSON, all else as it is; '' for none" },
    [FLAG_TIMEOUT_MS] = { .name = "timeout-ms", .type = IS_INT, .value = "N", .no_twin = true, .min = 1,
        .max = DAY_MS, .help = "how long the function may take (a new job: 120000)" },
    [FLAG_MAX_ATTEMPTS] = { .name = "max-attempts", .type = IS_INT, .value = "N", .no_twin = true, .min = 1,
        .max = 100, .help = "tries of one run (a new job: 3)" },
    [FLAG_DELIVERY] = { .name = "delivery", .type = IS_CHOICE, .value = "HOW", .no_twin = true,
        .choices = deliveries, .help = "whether to try again what may have been processed" },
    [FLAG_OVERLAP] = { .name = "overlap", .type = IS_CHOICE, .value = "HOW", .no_twin = true, .choices = overlaps,
        .help = "what to do when the run before is still under way" },
    [FLAG_ENABLED] = { .name = "enabled", .no_twin = true, .help = "let it run" },
    [FLAG_DISABLED] = { .name = "disabled", .no_twin = true, .help = "keep it, but do not run it" },
    [FLAG_BASE_URL] = { .name = "base-url", .type = IS_TEXT, .value = "URL", .no_twin = true,
        .help = "such as https://abc.supabase.co/functions/v1" },
    [FLAG_CA_FILE] = { .name = "ca-file", .type = IS_ANY_TEXT, .value = "FILE", .no_twin = true,
        .help = "trust these authorities (PEM) instead of the system's; '' for the system's" },
    [FLAG_MAX_CONCURRENT] = { .name = "max-concurrent", .type = IS_INT, .value = "N", .no_twin = true, .min = 1,
        .max = 10000, .help = "calls at the same time (a new target: 64)" },
    [FLAG_TARGET_ALLOW_PRIVATE] = { .name = "allow-private", .type = IS_CIDRS, .value = "CIDR,...", .no_twin = true,
        .repeated = true, .help = "let its jobs call these private addresses, or all of them when none is given; "
                                  "'=false' takes that away" },
    [FLAG_BIND] = { .name = "target", .type = IS_TEXT, .value = "NAME,...", .no_twin = true, .repeated = true,
        .help = "calls may send it to these targets alone; 'any' takes that away" },
    [FLAG_VALID_FOR] = { .name = "overlap", .type = IS_DURATION, .value = "TIME", .fallback = "24h", .no_twin = true,
        .max = 90 * DAY_MS, .help = "how long the value before stays valid beside the new one; 0: not at all" },
    [FLAG_ROTATE_EVERY] = { .name = "rotate-every", .type = IS_DURATION, .value = "TIME", .no_twin = true,
        .max = 3650 * DAY_MS, .choices = never,
        .help = "be reminded of rotating it that often (a new secret: 90d), or 'never'" },
    [FLAG_FORMAT] = { .name = "format", .type = IS_CHOICE, .value = "FORMAT", .fallback = "base64", .no_twin = true,
        .choices = formats, .help = "what the random value looks like" },
    [FLAG_ALPHABET] = { .name = "alphabet", .type = IS_TEXT, .value = "CHARACTERS", .no_twin = true,
        .help = "make it of these characters instead, each as likely as any other" },
    [FLAG_BYTES] = { .name = "bytes", .type = IS_INT, .value = "N", .no_twin = true, .min = KEYGEN_BYTES_MIN,
        .max = KEYGEN_BYTES_MAX, .help = "how many random bytes it holds (32)" },
    [FLAG_LENGTH] = { .name = "length", .type = IS_INT, .value = "N", .no_twin = true, .min = KEYGEN_LENGTH_MIN,
        .max = KEYGEN_LENGTH_MAX, .help = "how many characters it has, with --format alphanumeric or --alphabet" },
    [FLAG_TLS_CERT] = { .name = "tls-cert", .type = IS_TEXT, .value = "FILE",
        .help = "speak https with this certificate (PEM: the server's own, then those that signed it); SIGHUP reads it again" },
    [FLAG_TLS_KEY] = { .name = "tls-key", .type = IS_TEXT, .value = "FILE",
        .help = "its private key (PEM, RSA or ECDSA, no passphrase)" },
};
/* clang-format on */

const struct flag_spec *config_flag(enum flag f)
{
    return &flag_table[f];
}
