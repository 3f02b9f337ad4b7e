/* config.h - every flag of every command: one table of name, type, default, help and environment twin.
 *
 * `--flag value` and `--flag=value` are the same; `--` ends flags; flags and words may be mixed; the last of several
 * counts, unless the flag is a repeated one. A setting's environment twin is EDGECRON_ and its name in capitals
 * (EDGECRON_DRAIN_TIMEOUT); the command line wins; an empty variable counts as unset. Flags that are fields of a job or target
 * have no twin, as a forgotten variable would then change what is stored. A wrong value is ERR_USAGE with the name of
 * the flag or variable at fault, what is wrong with it and what would be right.
 * Thread: main. Texts are borrowed from argv and the environment. */
#ifndef EDGECRON_CLI_CONFIG_H
#define EDGECRON_CLI_CONFIG_H

#include "base/clock.h"
#include "base/err.h"
#include "core/url.h"

#include <stdbool.h>
#include <stdint.h>

enum flag {
    FLAG_HELP,
    FLAG_JSON,
    FLAG_DATA,
    FLAG_MASTER_KEY_FILE,
    FLAG_LISTEN,
    FLAG_BEHIND_PROXY,
    FLAG_ALLOW_PRIVATE,
    FLAG_DRAIN_TIMEOUT,
    FLAG_UNCONFINED,
    FLAG_LOG_LEVEL,
    FLAG_LOG_FORMAT,
    FLAG_DRY_RUN,
    FLAG_VERIFY,
    FLAG_PRUNE,
    FLAG_KEEP,
    FLAG_LICENSES,
    FLAG_JOB,
    FLAG_STATE,
    FLAG_OUTCOME,
    FLAG_OF_TARGET,
    FLAG_TAG,
    FLAG_TEXT,
    FLAG_SINCE,
    FLAG_BEFORE,
    FLAG_OLDEST,
    FLAG_WATCH,
    FLAG_LIMIT,
    FLAG_CURSOR,
    FLAG_WAIT,
    FLAG_TIMEOUT,
    FLAG_ZONE,
    FLAG_FROM,
    FLAG_COUNT,
    FLAG_PREVIOUS,
    FLAG_SCOPE,
    FLAG_EXPIRES,
    FLAG_TOKEN_TAG,
    FLAG_ADMIN_PASSWORD_FILE,
    FLAG_ACTOR,
    FLAG_ACTION,
    FLAG_RESOURCE,
    FLAG_DONE_BEFORE,
    FLAG_VALUE_FILE,
    FLAG_GENERATE,
    FLAG_KEY_FILE,
    FLAG_NEW_KEY_FILE,
    FLAG_DATA_KEY,
    FLAG_UNTIL,
    FLAG_FOR,
    FLAG_FILE,
    FLAG_DESCRIPTION,
    FLAG_SCHEDULE,
    FLAG_TIMEZONE,
    FLAG_TARGET,
    FLAG_URL,
    FLAG_METHOD,
    FLAG_HEADER,
    FLAG_BODY,
    FLAG_TIMEOUT_MS,
    FLAG_MAX_ATTEMPTS,
    FLAG_DELIVERY,
    FLAG_OVERLAP,
    FLAG_ENABLED,
    FLAG_DISABLED,
    FLAG_TAGS,
    FLAG_JITTER_S,
    FLAG_STARTS_AT,
    FLAG_ENDS_AT,
    FLAG_CONNECT_TIMEOUT_MS,
    FLAG_RETRY_INITIAL_MS,
    FLAG_RETRY_MULTIPLIER,
    FLAG_RETRY_MAX_MS,
    FLAG_RETRY_MAX_AGE_S,
    FLAG_RETRY_PAST_NEXT,
    FLAG_CATCH_UP,
    FLAG_CATCH_UP_WINDOW_S,
    FLAG_SUCCESS_STATUS,
    FLAG_SUCCESS_JSON,
    FLAG_METRIC,
    FLAG_ALERTS,
    FLAG_BASE_URL,
    FLAG_CA_FILE,
    FLAG_MAX_CONCURRENT,
    FLAG_RATE,
    FLAG_TLS_MIN,
    FLAG_CHECK_TIMEOUT,
    FLAG_OFFLINE,
    FLAG_HEALTH_PATH,
    FLAG_TARGET_ALLOW_PRIVATE,
    FLAG_BIND,
    FLAG_VALID_FOR,
    FLAG_ROTATE_EVERY,
    FLAG_FORMAT,
    FLAG_ALPHABET,
    FLAG_BYTES,
    FLAG_LENGTH,
    FLAG_TLS_CERT,
    FLAG_TLS_KEY,
    FLAG_PAUSED,
    FLAG_RETENTION_DAYS,
    FLAG_RETENTION_FAILED_DAYS,
    FLAG_RETENTION_BODIES_DAYS,
    FLAG_RETENTION_RUNS,
    FLAG_SAME_STORE,
    FLAG_WITHOUT_COPY,
    FLAG_BACKUP_SCHEDULE,
    FLAG_BACKUP_KEEP,
    FLAG_ALERT_GROUP_S,
    FLAG_HEARTBEAT_EVERY_S,
    FLAG_HEARTBEAT_URL,
    FLAG_PAGE_URL,
    FLAG_WAL_CHECKPOINTS,
    FLAG_INSTALL_DATA,
    FLAG_PRINT,
    FLAG_UNINSTALL,
    FLAG_PURGE,
    FLAG_ROOT,
    FLAG_REPLACE,
    FLAG_IMPORT_DISABLED,
    FLAG_ADDRESS,
    FLAG_WINDOW,
    FLAG_TRIGGER,
    FLAG_KIND,
    FLAG_LANGUAGE,
    FLAG_CHANNEL_URL,
    FLAG_HOST,
    FLAG_PORT,
    FLAG_SECURITY,
    FLAG_USERNAME,
    FLAG_PASSWORD,
    FLAG_MAIL_FROM,
    FLAG_MAIL_TO,
    FLAG_CHANNEL_ALLOW_PRIVATE,
    FLAG_ON,
    FLAG_RULE_JOB,
    FLAG_RULE_TAG,
    FLAG_AFTER,
    FLAG_OVER,
    FLAG_WITHIN,
    FLAG_UNDER,
    FLAG_RULE_METRIC,
    FLAG_REPEAT,
    FLAG_NO_RECOVERY,
    FLAG_CHANNEL,
    FLAG_OF_CHANNEL,
    FLAG_ABOUT_JOB,
    FLAG_ABOUT_RULE,
    FLAG_ABOUT_TARGET,
    FLAGS
};
/* A command's flags are two sets of 128 bits: a constant expression, as rows of a table want it, has no larger one. */
typedef unsigned __int128 flag_set;
#define FLAG_BIT(f) ((flag_set)1 << (f))
#define FLAG_MORE_BIT(f) ((flag_set)1 << ((f)-128)) /* of those from 128 on */
_Static_assert(FLAGS <= 256, "a command's flags are two sets of 128 bits");
struct flags {
    flag_set first, more;
};
static inline bool flags_have(const struct flags *s, enum flag f)
{
    return ((int)f < 128 ? s->first >> f : s->more >> ((int)f - 128)) & 1;
}

enum flag_type {
    IS_SWITCH,   /* no value, or =true|false */
    IS_TEXT,     /* not empty */
    IS_ANY_TEXT, /* may be empty */
    IS_INT,
    IS_DURATION, /* "30s", "1h30m", "500ms", or the one of `choices` for none; number is milliseconds */
    IS_TIME,     /* RFC 3339; number is milliseconds since the epoch */
    IS_PAST,     /* RFC 3339, or a duration before now */
    IS_FUTURE,   /* RFC 3339, or a duration from now on */
    IS_CHOICE,   /* one of `choices`; number is its index */
    IS_LISTEN,   /* ADDRESS:PORT */
    IS_SIZE,     /* "512MiB", "1GiB"; number is MiB */
    IS_CIDRS     /* none (what that means, `help` says), or CIDR[,CIDR] */
};

struct flag_spec {
    const char *name; /* without dashes; the same name may stand for different flags in different commands */
    enum flag_type type;
    const char *value;    /* what to call the value in help; NULL for a switch */
    const char *fallback; /* default, as text; NULL: none */
    const char *help;
    int64_t min, max;           /* IS_INT, IS_DURATION, IS_SIZE */
    const char *const *choices; /* IS_CHOICE; IS_DURATION: a word for 0, or NULL; ends with NULL */
    bool no_twin;               /* a field, or makes no sense in an environment */
    bool repeated;
};
const struct flag_spec *config_flag(enum flag f);
/* The name of the environment twin, such as "EDGECRON_LOG_LEVEL". Returns out. */
char *config_twin(const struct flag_spec *s, char *out, size_t size);

struct flag_value {
    const char *text;   /* as given, else the default; NULL when there is neither */
    int64_t number;     /* by type; switches 0 or 1 */
    const char *source; /* "--listen" or "EDGECRON_LISTEN"; NULL: the default */
};
struct config_given {
    const char *arg;   /* as typed, "--listen=..." */
    size_t name_len;   /* of "--listen" */
    const char *value; /* NULL: none was given */
};
struct config {
    struct flag_value values[FLAGS];
    struct config_given *given; /* flags in order */
    const char **words;         /* the rest in order */
    int n_given, n_words;
    char twins[FLAGS][40]; /* names for `source` */
};

/* Splits argv (without the program's name) into flags and words, judging by flag names alone. ERR_USAGE for a value that is missing. */
int config_scan(struct config *c, int argc, char **argv, struct err *e);
/* Fills values for a command that takes `flags`. `command` is for messages ("job list"). */
int config_bind(struct config *c, const struct flags *flags, const char *command, struct err *e);
void config_free(struct config *c);

/* Was the flag among the arguments (whatever the command)? For --help and --version before binding. */
bool config_has(const struct config *c, const char *name);
bool config_wants_json(const struct config *c);          /* also when binding failed: for its error */
bool config_is_set(const struct config *c, enum flag f); /* given or in the environment */
bool config_on(const struct config *c, enum flag f);     /* a switch */
const char *config_text(const struct config *c, enum flag f);
int64_t config_number(const struct config *c, enum flag f);
/* The next value of a repeated flag: start with *pos = 0; NULL at the end. */
const char *config_each(const struct config *c, enum flag f, int *pos);

/* Values (config_value.c); false, and in *why the end of a sentence that begins with the value. */
bool duration_parse(const char *text, int64_t *ret_ms);
bool config_value(const struct flag_spec *s, const char *text, struct wall now, int64_t *ret, struct err *why);

/* "CIDR,CIDR" to ranges; NULL, "1" or "true": all private ranges; "0" or "false": none. Returns how many, or -1 when one is none. */
#define CONFIG_CIDRS_MAX 64
int config_cidrs(const char *text, struct cidr *ret, int max);
extern const char *const config_private_ranges[]; /* what "all private ranges" means; ends with NULL */

/* Where the master key is: --master-key-file, else $CREDENTIALS_DIRECTORY/master.key when that exists, else
 * DIR/master.key. The caller frees. */
char *config_master_key_file(const struct config *c, const char *dir);

#endif
