#include "cli/config.h"

#include "base/mem.h"
#include "cli/near.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const log_levels[] = {"debug", "info", "warn", "error", NULL};
static const char *const log_formats[] = {"logfmt", "json", NULL};
static const char *const scopes[] = {"read", "operate", "admin", NULL};
static const char *const deliveries[] = {"at_least_once", "at_most_once", NULL};
static const char *const overlaps[] = {"skip", "queue", "allow", "cancel_running", NULL};
static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", NULL};
static const char *const states[] = {"queued",   "running", "retrying", "succeeded", "failed",
                                     "canceled", "skipped", "missed",   NULL};

#define DAY_MS 86400000LL

static const struct flag_spec flag_table[FLAGS] = {
    [FLAG_HELP] = {.name = "help", .help = "explain the command", .no_twin = true},
    [FLAG_JSON] = {.name = "json", .help = "print the form of the API, and errors as problem objects"},
    [FLAG_DATA] = {.name = "data",
                   .type = IS_TEXT,
                   .value = "DIR",
                   .fallback = "./edgecron-data",
                   .help = "the data directory"},
    [FLAG_MASTER_KEY_FILE] = {.name = "master-key-file",
                              .type = IS_TEXT,
                              .value = "FILE",
                              .help = "the key that secrets are sealed with; default: systemd's credential "
                                      "'master.key' if there is one, else DIR/master.key"},
    [FLAG_LISTEN] = {.name = "listen",
                     .type = IS_LISTEN,
                     .value = "ADDRESS:PORT",
                     .fallback = "127.0.0.1:8427",
                     .help = "where the API listens; port 0 picks a free one"},
    [FLAG_BEHIND_PROXY] = {.name = "behind-proxy",
                           .help = "a proxy in front does TLS: allows an address that is not loopback"},
    [FLAG_ALLOW_PRIVATE] = {.name = "allow-private",
                            .type = IS_CIDRS,
                            .value = "CIDR,...",
                            .help = "lets jobs call private addresses: those given, or all (loopback, "
                                    "RFC 1918, ULA, ...) when none is given"},
    [FLAG_DRAIN_TIMEOUT] = {.name = "drain-timeout",
                            .type = IS_DURATION,
                            .value = "TIME",
                            .fallback = "30s",
                            .help = "how long calls in flight may go on when stopping",
                            .max = 7 * DAY_MS},
    [FLAG_LOG_LEVEL] = {.name = "log-level",
                        .type = IS_CHOICE,
                        .value = "LEVEL",
                        .fallback = "info",
                        .help = "the least important log lines written",
                        .choices = log_levels},
    [FLAG_LOG_FORMAT] = {.name = "log-format",
                         .type = IS_CHOICE,
                         .value = "FORMAT",
                         .fallback = "logfmt",
                         .help = "how log lines on standard error look",
                         .choices = log_formats},
    [FLAG_DRY_RUN] = {.name = "dry-run", .help = "say what would change, and change nothing"},
    [FLAG_KEEP] = {.name = "keep", .help = "leave the temporary data directory behind"},
    [FLAG_LICENSES] = {.name = "licenses", .help = "print the notices of the works in this binary"},
    [FLAG_JOB] = {.name = "job", .type = IS_TEXT, .value = "NAME", .help = "runs of this job only"},
    [FLAG_STATE] = {.name = "state",
                    .type = IS_CHOICE,
                    .value = "STATE",
                    .help = "runs in this state only",
                    .choices = states},
    [FLAG_SINCE] = {.name = "since",
                    .type = IS_PAST,
                    .value = "TIME",
                    .help = "runs scheduled for then or later: RFC 3339, or '24h' for a day back"},
    [FLAG_LIMIT] = {.name = "limit",
                    .type = IS_INT,
                    .value = "N",
                    .fallback = "20",
                    .help = "at most so many",
                    .min = 1,
                    .max = 1000},
    [FLAG_CURSOR] = {.name = "cursor",
                     .type = IS_TEXT,
                     .value = "CURSOR",
                     .no_twin = true,
                     .help = "go on where the list before ended (its next_cursor)"},
    [FLAG_WAIT] = {.name = "wait", .help = "wait for the end of the run; exit status 1 unless it succeeded"},
    [FLAG_TIMEOUT] = {.name = "timeout",
                      .type = IS_DURATION,
                      .value = "TIME",
                      .max = 30 * DAY_MS,
                      .min = 1,
                      .help = "how long --wait waits; default: until the run ends"},
    [FLAG_ZONE] = {.name = "zone",
                   .type = IS_TEXT,
                   .value = "ZONE",
                   .fallback = "UTC",
                   .help = "IANA time zone, such as Europe/Paris"},
    [FLAG_FROM] =
        {.name = "from", .type = IS_TIME, .value = "TIME", .no_twin = true, .help = "RFC 3339; default: now"},
    [FLAG_COUNT] = {.name = "count",
                    .type = IS_INT,
                    .value = "N",
                    .fallback = "5",
                    .help = "how many",
                    .min = 1,
                    .max = 100000},
    [FLAG_PREVIOUS] = {.name = "previous", .help = "go back in time instead"},
    [FLAG_SCOPE] = {.name = "scope",
                    .type = IS_CHOICE,
                    .value = "SCOPE",
                    .choices = scopes,
                    .help = "what the token may do: each includes the ones before"},
    [FLAG_VALUE_FILE] = {.name = "value-file",
                         .type = IS_TEXT,
                         .value = "FILE",
                         .no_twin = true,
                         .help = "read the value from there instead of standard input"},
    [FLAG_GENERATE] = {.name = "generate", .help = "make a random value and print it once", .no_twin = true},
    [FLAG_UNTIL] = {.name = "until",
                    .type = IS_TIME,
                    .value = "TIME",
                    .no_twin = true,
                    .help = "RFC 3339; resumes by itself then"},
    [FLAG_FOR] = {.name = "for",
                  .type = IS_DURATION,
                  .value = "TIME",
                  .no_twin = true,
                  .min = 1,
                  .max = 3650 * DAY_MS,
                  .help = "the same from now on, such as 2h"},
    [FLAG_FILE] = {.name = "file",
                   .type = IS_TEXT,
                   .value = "FILE",
                   .no_twin = true,
                   .help = "the whole of it as JSON; '-' is standard input"},
    [FLAG_DESCRIPTION] = {.name = "description",
                          .type = IS_ANY_TEXT,
                          .value = "TEXT",
                          .no_twin = true,
                          .help = "what it is for"},
    [FLAG_SCHEDULE] = {.name = "schedule",
                       .type = IS_TEXT,
                       .value = "EXPR",
                       .no_twin = true,
                       .help = "such as '0 7 * * 1-5'; try it with 'edgecron schedule next'"},
    [FLAG_TIMEZONE] = {.name = "timezone",
                       .type = IS_TEXT,
                       .value = "ZONE",
                       .no_twin = true,
                       .help = "the IANA zone of the schedule (a new job: UTC)"},
    [FLAG_TARGET] = {.name = "target",
                     .type = IS_ANY_TEXT,
                     .value = "NAME",
                     .no_twin = true,
                     .help = "where the function lives; '' for none"},
    [FLAG_URL] = {.name = "url",
                  .type = IS_TEXT,
                  .value = "URL",
                  .no_twin = true,
                  .help = "a path on the target, or a whole URL"},
    [FLAG_METHOD] = {.name = "method",
                     .type = IS_CHOICE,
                     .value = "METHOD",
                     .no_twin = true,
                     .choices = methods,
                     .help = "a new job: POST"},
    [FLAG_HEADER] = {.name = "header",
                     .type = IS_TEXT,
                     .value = "'NAME: VALUE'",
                     .no_twin = true,
                     .repeated = true,
                     .help = "puts a header, or takes it away when VALUE is empty; may be repeated"},
    [FLAG_BODY] = {.name = "body",
                   .type = IS_ANY_TEXT,
                   .value = "TEXT|@FILE",
                   .no_twin = true,
                   .help = "JSON is sent as JSON, all else as it is; '' for none"},
    [FLAG_TIMEOUT_MS] = {.name = "timeout-ms",
                         .type = IS_INT,
                         .value = "N",
                         .no_twin = true,
                         .min = 1,
                         .max = DAY_MS,
                         .help = "how long the function may take (a new job: 120000)"},
    [FLAG_MAX_ATTEMPTS] = {.name = "max-attempts",
                           .type = IS_INT,
                           .value = "N",
                           .no_twin = true,
                           .min = 1,
                           .max = 100,
                           .help = "tries of one run (a new job: 3)"},
    [FLAG_DELIVERY] = {.name = "delivery",
                       .type = IS_CHOICE,
                       .value = "HOW",
                       .no_twin = true,
                       .choices = deliveries,
                       .help = "whether to try again what may have been processed"},
    [FLAG_OVERLAP] = {.name = "overlap",
                      .type = IS_CHOICE,
                      .value = "HOW",
                      .no_twin = true,
                      .choices = overlaps,
                      .help = "what to do when the run before is still under way"},
    [FLAG_ENABLED] = {.name = "enabled", .help = "let it run", .no_twin = true},
    [FLAG_DISABLED] = {.name = "disabled", .help = "keep it, but do not run it", .no_twin = true},
    [FLAG_BASE_URL] = {.name = "base-url",
                       .type = IS_TEXT,
                       .value = "URL",
                       .no_twin = true,
                       .help = "such as https://abc.supabase.co/functions/v1"},
    [FLAG_CA_FILE] = {.name = "ca-file",
                      .type = IS_ANY_TEXT,
                      .value = "FILE",
                      .no_twin = true,
                      .help = "trust these authorities (PEM) instead of the system's; '' for the system's"},
    [FLAG_MAX_CONCURRENT] = {.name = "max-concurrent",
                             .type = IS_INT,
                             .value = "N",
                             .no_twin = true,
                             .min = 1,
                             .max = 10000,
                             .help = "calls at the same time (a new target: 64)"},
    [FLAG_TARGET_ALLOW_PRIVATE] = {.name = "allow-private",
                                   .type = IS_CIDRS,
                                   .value = "CIDR,...",
                                   .no_twin = true,
                                   .repeated = true,
                                   .help = "lets its jobs call these private addresses, or all of them when "
                                           "none is given; '=false' takes that away"},
};

const struct flag_spec *config_flag(enum flag f)
{
    return &flag_table[f];
}

char *config_twin(const struct flag_spec *s, char *out, size_t size)
{
    snprintf(out, size, "EDGECRON_%s", s->name);
    for (char *p = out; *p; p++)
        *p = *p == '-' ? '_' : *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
    return out;
}

static bool named(const struct flag_spec *s, const char *arg, size_t name_len)
{
    return strlen(s->name) + 2 == name_len && !memcmp(arg + 2, s->name, name_len - 2);
}

/* Flags of one name agree on whether a value follows, so the first will do. */
static const struct flag_spec *spec_named(const char *arg, size_t name_len)
{
    for (int f = 0; f < FLAGS; f++)
        if (named(&flag_table[f], arg, name_len))
            return &flag_table[f];
    return NULL;
}

/* Does the flag take the next word? A list of ranges only when the word looks like one, as it may be left out. */
static bool wants_word(const struct flag_spec *s, const char *next)
{
    struct cidr ranges[CONFIG_CIDRS_MAX];
    if (!s || s->type == IS_SWITCH)
        return false;
    return s->type != IS_CIDRS ||
           (next && strpbrk(next, ".:") && config_cidrs(next, ranges, CONFIG_CIDRS_MAX) > 0);
}

static int scan_flag(struct config *c, char **args, int left, struct err *e)
{
    struct config_given *g = &c->given[c->n_given++];
    const char *equals = strchr(args[0], '=');
    g->arg = !strcmp(args[0], "-h") ? "--help" : args[0];
    g->name_len = equals ? (size_t)(equals - args[0]) : strlen(g->arg);
    g->value = equals ? equals + 1 : NULL;
    const struct flag_spec *s = spec_named(g->arg, g->name_len);
    if (equals || !wants_word(s, left > 1 ? args[1] : NULL))
        return 1;
    if (left < 2)
        return err_set(e, ERR_USAGE, "'--%s' needs a value: --%s %s", s->name, s->name, s->value);
    g->value = args[1];
    return 2;
}

int config_scan(struct config *c, int argc, char **argv, struct err *e)
{
    memset(c, 0, sizeof *c);
    c->given = mem_alloc(((size_t)argc + 1) * sizeof *c->given);
    c->words = mem_alloc(((size_t)argc + 1) * sizeof *c->words);
    bool flags = true;
    for (int i = 0; i < argc;) {
        bool is_flag = flags && argv[i][0] == '-' && argv[i][1];
        if (flags && !strcmp(argv[i], "--")) {
            flags = false;
            i++;
        } else if (is_flag) {
            int used = scan_flag(c, argv + i, argc - i, e);
            if (used < 0)
                return used;
            i += used;
        } else {
            c->words[c->n_words++] = argv[i++];
        }
    }
    return 0;
}

void config_free(struct config *c)
{
    mem_free(c->given);
    mem_free(c->words);
}

static int unknown_flag(const struct config_given *g, uint64_t flags, const char *command, struct err *e)
{
    struct near n;
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)g->name_len, g->arg);
    near_start(&n, name[1] == '-' ? name + 2 : name + 1);
    for (int f = 0; f < FLAGS; f++)
        if (flags & FLAG_BIT(f))
            near_offer(&n, flag_table[f].name);
    if (spec_named(g->arg, g->name_len))
        return err_set(e, ERR_USAGE,
                       "'edgecron %s' does not take '%s' ('edgecron %s --help' lists what it takes)", command,
                       name, command);
    if (near_best(&n))
        return err_set(e, ERR_USAGE, "unknown flag '%s': did you mean '--%s'?", name, near_best(&n));
    return err_set(e, ERR_USAGE, "unknown flag '%s' ('edgecron %s --help' lists what it takes)", name,
                   command);
}

static int put_value(struct config *c, int f, const char *text, const char *source, struct err *e)
{
    const struct flag_spec *s = &flag_table[f];
    struct err why;
    struct flag_value *v = &c->values[f];
    if (!config_value(s, text, clock_wall(), &v->number, &why))
        return err_set(e, ERR_USAGE, "%s: '%.100s' %s", source, text ? text : "", why.text);
    v->text = text;
    v->source = source;
    return 0;
}

static int bind_given(struct config *c, uint64_t flags, const char *command, struct err *e)
{
    for (int i = 0; i < c->n_given; i++) {
        const struct config_given *g = &c->given[i];
        int f = 0;
        while (f < FLAGS && !((flags & FLAG_BIT(f)) && named(&flag_table[f], g->arg, g->name_len)))
            f++;
        if (f == FLAGS)
            return unknown_flag(g, flags, command, e);
        snprintf(c->twins[f], sizeof c->twins[f], "--%s", flag_table[f].name);
        int r = put_value(c, f, g->value, c->twins[f], e);
        if (r < 0)
            return r;
    }
    return 0;
}

int config_bind(struct config *c, uint64_t flags, const char *command, struct err *e)
{
    int r = bind_given(c, flags, command, e);
    for (int f = 0; f < FLAGS && r == 0; f++) {
        const struct flag_spec *s = &flag_table[f];
        if (!(flags & FLAG_BIT(f)) || c->values[f].source)
            continue;
        const char *env = s->no_twin ? NULL : getenv(config_twin(s, c->twins[f], sizeof c->twins[f]));
        if (env && *env)
            r = put_value(c, f, env, c->twins[f], e);
        else if (s->fallback) {
            r = put_value(c, f, s->fallback, s->name, e);
            c->values[f].source = NULL;
        }
    }
    return r;
}

bool config_has(const struct config *c, const char *name)
{
    for (int i = 0; i < c->n_given; i++)
        if (c->given[i].name_len == strlen(name) + 2 && !strncmp(c->given[i].arg + 2, name, strlen(name)))
            return true;
    return false;
}

bool config_is_set(const struct config *c, enum flag f)
{
    return c->values[f].source != NULL;
}

bool config_on(const struct config *c, enum flag f)
{
    return c->values[f].number == 1;
}

const char *config_text(const struct config *c, enum flag f)
{
    return c->values[f].text;
}

int64_t config_number(const struct config *c, enum flag f)
{
    return c->values[f].number;
}

const char *config_each(const struct config *c, enum flag f, int *pos)
{
    while (*pos < c->n_given) {
        const struct config_given *g = &c->given[(*pos)++];
        if (named(&flag_table[f], g->arg, g->name_len))
            return g->value ? g->value : "";
    }
    return NULL;
}

char *config_master_key_file(const struct config *c, const char *dir)
{
    const char *credentials = getenv("CREDENTIALS_DIRECTORY"), *file = config_text(c, FLAG_MASTER_KEY_FILE);
    if (file)
        return mem_strdup(file);
    if (credentials && *credentials) {
        char *path = mem_printf("%s/master.key", credentials);
        if (!access(path, F_OK))
            return path;
        mem_free(path);
    }
    return mem_printf("%s/master.key", dir);
}
