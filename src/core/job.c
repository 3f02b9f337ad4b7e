/* job.c - the job as a whole: its table of fields, its names, and what must hold between fields. */
#include "core/job.h"

#include "core/cron.h"
#include "core/job_fields.h"

#include <string.h>

static const char *const DELIVERY_NAMES[] = { "at_least_once", "at_most_once", NULL };
static const char *const OVERLAP_NAMES[] = { "skip", "queue", "allow", "cancel_running", NULL };

_Static_assert(sizeof(enum delivery) == sizeof(int) && sizeof(enum overlap) == sizeof(int) &&
                   sizeof(enum catch_up_policy) == sizeof(int) && sizeof(enum method) == sizeof(int),
               "field_choice writes an int");

static bool name_valid(const char *s, size_t max, const char *first, const char *rest)
{
    size_t len = s ? strlen(s) : 0;
    return len >= 1 && len <= max && strchr(first, s[0]) && strspn(s, rest) == len;
}

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

bool job_name_valid(const char *name)
{
    return name_valid(name, JOB_NAME_MAX, LOWER DIGITS, LOWER DIGITS "_-");
}

bool secret_name_valid(const char *name)
{
    return name_valid(name, SECRET_NAME_MAX, LOWER UPPER "_", LOWER UPPER DIGITS "_");
}

const char *delivery_name(enum delivery d)
{
    return (unsigned)d < MEM_COUNT(DELIVERY_NAMES) ? DELIVERY_NAMES[d] : NULL;
}

const char *overlap_name(enum overlap o)
{
    return (unsigned)o < MEM_COUNT(OVERLAP_NAMES) ? OVERLAP_NAMES[o] : NULL;
}

#define NAME_EXPECTED "1 to 63 characters of a-z, 0-9, '-' and '_', the first a letter or digit"

int job_read_name(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    (void)f;
    if (!job_name_valid(json_string(v)))
        return field_wrong(r, v, NAME_EXPECTED);
    *(const char **)into = arena_strdup(r->arena, json_string(v));
    return 0;
}

int job_settle_name(struct field_reader *r, const char **name)
{
    const char *given = ((struct job_context *)r->ctx)->name;
    size_t mark = field_enter(r, "name");
    if (!given && !*name)
        return field_refuse(r, "is missing; expected " NAME_EXPECTED);
    if (given && !job_name_valid(given))
        return field_refuse(r, "is \"%.80s\"; expected " NAME_EXPECTED, given);
    if (given && *name && strcmp(given, *name) != 0)
        return field_refuse(r, "is \"%s\", but the %s was addressed as \"%s\"; expected the same name, or none here",
                            *name, r->subject, given);
    if (!*name)
        *name = arena_strdup(r->arena, given);
    field_leave(r, mark);
    return 0;
}

static int read_schedule(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct cron cron;
    int rc = field_text(r, f, v, into);
    if (rc)
        return rc;
    return cron_parse(*(const char **)into, &cron, r->e) ? field_adopt(r) : 0;
}

static int read_timezone(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    const struct job_context *ctx = r->ctx;
    const char *name = json_string(v);
    struct err why = { 0 };
    bool name_possible = name && *name && strlen(name) <= (size_t)f->max;
    if (!name_possible || (ctx->zone_known && !ctx->zone_known(ctx->zone_ctx, name, &why))) {
        if (!why.text[0])
            return field_wrong(r, v,
                               "the name of a time zone such as \"UTC\", \"Europe/Berlin\" or \"America/New_York\"");
        if (r->e)
            *r->e = why;
        return field_adopt(r);
    }
    *(const char **)into = arena_strdup(r->arena, name);
    return 0;
}

static int read_target(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    if (json_type(v) == JSON_NULL)
        return *(const char **)into = NULL, 0;
    return job_read_name(r, f, v, into);
}

#define AT(member) .offset = offsetof(struct job, member)

static const struct field JOB_FIELDS[] = {
    { "name", job_read_name, AT(name) },
    { "description", field_text, AT(description), .max = 1000 },
    { "enabled", field_bool, AT(enabled) },
    { "tags", job_read_tags, .offset = 0 },
    { "schedule", read_schedule, AT(schedule), .min = 1, .max = CRON_TEXT_MAX,
      .required = "when to run, such as \"0 7 * * 1-5\", \"@every 90s\" or \"@at 2027-01-31T09:00:00\"" },
    { "timezone", read_timezone, AT(timezone), .max = 64 },
    { "jitter_s", field_int64, AT(jitter_s), .min = 0, .max = 86400 },
    { "starts_at", field_time, AT(starts_at) },
    { "ends_at", field_time, AT(ends_at) },
    { "target", read_target, AT(target) },
    { "request", field_object, AT(request), .fields = REQUEST_FIELDS,
      .required = "an object with at least 'url', the function to call" },
    { "timeout_ms", field_int64, AT(timeout_ms), .min = 1, .max = 86400000 },
    { "connect_timeout_ms", field_int64, AT(connect_timeout_ms), .min = 1, .max = 86400000 },
    { "delivery", field_choice, AT(delivery), .choices = DELIVERY_NAMES },
    { "retry", field_object, AT(retry), .fields = RETRY_FIELDS },
    { "overlap", field_choice, AT(overlap), .choices = OVERLAP_NAMES },
    { "catch_up", field_object, AT(catch_up), .fields = CATCH_UP_FIELDS },
    { "success", field_object, AT(success), .fields = SUCCESS_FIELDS },
    { "metrics", job_read_metrics, .offset = 0 },
    { "alerts", job_read_alerts, AT(alerts) },
    { .name = NULL },
};

static const char *const STATUS_DEFAULT[] = { "2xx" };

/* retry.max_ms 0 stands for "not given" until check_together. */
static const struct job JOB_DEFAULTS = {
    .description = "",
    .enabled = true,
    .timezone = "UTC",
    .starts_at = { INT64_MIN },
    .ends_at = { INT64_MIN },
    .request = { .method = METHOD_POST, .body_kind = BODY_NONE },
    .timeout_ms = 120000,
    .connect_timeout_ms = 10000,
    .delivery = DELIVERY_AT_LEAST_ONCE,
    .retry = { .max_attempts = 3, .initial_ms = 5000, .multiplier = 2, .max_ms = 0, .max_age_s = 3600 },
    .overlap = OVERLAP_SKIP,
    .catch_up = { .policy = CATCH_UP_LATEST, .window_s = 21600 },
    .success = { .status = STATUS_DEFAULT, .n_status = 1 },
    .alerts = "[]",
};

static int check_retry(struct field_reader *r, struct retry_policy *p)
{
    const int64_t usual_max_ms = 300000;
    if (p->max_ms == 0)
        p->max_ms = p->initial_ms > usual_max_ms ? p->initial_ms : usual_max_ms;
    if (p->max_ms >= p->initial_ms)
        return 0;
    size_t mark = field_enter(r, "retry");
    field_enter(r, "max_ms");
    int rc = field_refuse(r, "is %lld; expected at least 'retry.initial_ms', which is %lld", (long long)p->max_ms,
                          (long long)p->initial_ms);
    field_leave(r, mark);
    return rc;
}

static int check_period(struct field_reader *r, const struct job *j)
{
    if (wall_is_none(j->starts_at) || wall_is_none(j->ends_at) || j->starts_at.ms < j->ends_at.ms)
        return 0;
    field_enter(r, "ends_at");
    return field_refuse(r, "is not after 'starts_at'; expected a later time, or null");
}

static int check_body(struct field_reader *r, const struct request_spec *q)
{
    if (q->body_kind == BODY_NONE || (q->method != METHOD_GET && q->method != METHOD_HEAD))
        return 0;
    field_enter(r, "request");
    field_enter(r, "body");
    return field_refuse(r, "has no meaning with method %s; expected null, or a method such as POST",
                        method_name(q->method));
}

static int check_together(struct field_reader *r, struct job *j)
{
    int rc = job_settle_name(r, &j->name);
    rc = rc ? rc : job_check_url(r, j->request.url, j->target != NULL);
    rc = rc ? rc : check_retry(r, &j->retry);
    rc = rc ? rc : check_period(r, j);
    return rc ? rc : check_body(r, &j->request);
}

int job_parse(const struct json *doc, const char *name, job_zone_known zone_known, void *ctx, struct arena *a,
              struct job *ret, struct err *e)
{
    struct job_context context = { .name = name, .zone_known = zone_known, .zone_ctx = ctx };
    struct field_reader r = { .arena = a, .e = e, .subject = "job", .top = JOB_FIELDS, .ctx = &context };
    const struct field whole = { .fields = JOB_FIELDS };
    struct job j = JOB_DEFAULTS;
    int rc = field_object(&r, &whole, doc, &j);
    rc = rc ? rc : check_together(&r, &j);
    if (rc == 0)
        *ret = j;
    return rc;
}

const char *job_url(const struct job *j, const struct target *t, struct arena *a)
{
    if (!t || j->request.url[0] != '/')
        return j->request.url;
    return arena_printf(a, "%s%s", t->base_url, j->request.url);
}
