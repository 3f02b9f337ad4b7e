/* target.c - a target read from JSON. */
#include "core/job_fields.h"
#include "core/url.h"

#include <string.h>

#define BASE_URL_MAX 2048
#define CA_FILE_MAX 1024
#define ALLOW_PRIVATE_MAX 50
#define HEALTH_PATH_MAX 200
#define RATE_MAX 1000000

static const char *const TLS_NAMES[] = { "1.2", "1.3", NULL };

/* Paths of jobs begin with '/': a trailing one here would double it. */
static int read_base_url(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct url parsed;
    const char *s = NULL;
    int rc = field_text(r, f, v, &s);
    if (rc)
        return rc;
    if (strchr(s, '?') || strchr(s, '#'))
        return field_refuse(r, "has a query or fragment; expected scheme, host and path alone, such as "
                               "\"https://abc.supabase.co/functions/v1\"");
    if (strstr(s, "{{"))
        return field_refuse(r,
                            "holds a placeholder; expected a plain URL (placeholders work in a job's 'request.url')");
    if (url_parse(s, &parsed, r->e))
        return field_adopt(r);
    size_t len = strlen(s);
    while (len > 0 && s[len - 1] == '/')
        len--;
    *(const char **)into = arena_strndup(r->arena, s, len);
    return 0;
}

static int read_headers(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct target *t = into;
    (void)f;
    return job_read_headers(r, v, &t->headers, &t->n_headers);
}

static bool rate_parse(const char *s, struct rate *ret)
{
    int64_t n = 0;
    size_t digits = s ? strspn(s, "0123456789") : 0;
    if (digits == 0 || digits > 7 || s[0] == '0' || (strcmp(s + digits, "/s") != 0 && strcmp(s + digits, "/m") != 0))
        return false;
    for (size_t i = 0; i < digits; i++)
        n = n * 10 + (s[i] - '0');
    *ret = (struct rate){ n, s[digits + 1] == 's' ? 1000 : 60000 };
    return n <= RATE_MAX;
}

static int read_rate(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct rate rate = { 0, 0 };
    (void)f;
    if (json_type(v) != JSON_NULL && !rate_parse(json_string(v), &rate))
        return field_wrong(r, v, "requests per second or minute such as \"10/s\" or \"300/m\", at most %d, or null",
                           RATE_MAX);
    *(struct rate *)into = rate;
    return 0;
}

int target_read_ca_file(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    if (json_type(v) == JSON_NULL)
        return *(const char **)into = NULL, 0;
    if (!json_string(v) || json_string(v)[0] != '/')
        return field_wrong(r, v, "the absolute path of a PEM file, or null for the system's roots");
    return field_text(r, f, v, into);
}

static int read_tls_min(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    const struct field choice = { f->name, field_choice, .choices = TLS_NAMES };
    int i = 0;
    int rc = field_choice(r, &choice, v, &i);
    if (rc == 0)
        *(const char **)into = TLS_NAMES[i];
    return rc;
}

int target_read_allow_private(struct field_reader *r, const struct json *v, const char *const **ret, int *ret_n)
{
    struct cidr cidr;
    int rc = field_array(r, v, 0, ALLOW_PRIVATE_MAX, "address ranges such as \"127.0.0.0/8\"");
    if (rc)
        return rc;
    const char **ranges = arena_alloc(r->arena, (json_count(v) + 1) * sizeof *ranges);
    int n = 0;
    for (const struct json *child = json_first(v); child; child = json_next(child), n++) {
        size_t mark = field_enter_index(r, (size_t)n);
        if (!json_string(child) || !cidr_parse(json_string(child), &cidr))
            return field_wrong(r, child, "an address range such as \"127.0.0.0/8\", \"10.1.2.3\" or \"fd00::/8\"");
        field_leave(r, mark);
        ranges[n] = arena_strdup(r->arena, json_string(child));
    }
    *ret = n ? ranges : NULL;
    *ret_n = n;
    return 0;
}

static int read_allow_private(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct target *t = into;
    (void)f;
    return target_read_allow_private(r, v, &t->allow_private, &t->n_allow_private);
}

/* Asked for as it is, without headers: so nothing to fill in, and nothing to escape. */
static int read_health_path(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    const char *s = json_string(v);
    if (json_type(v) == JSON_NULL)
        return *(const char **)into = NULL, 0;
    if (!s || s[0] != '/' || s[strspn(s, plain)])
        return field_wrong(r, v, "a path such as \"/health\", of letters, digits and -._~/ alone, or null");
    return field_text(r, f, v, into);
}

#define AT(member) .offset = offsetof(struct target, member)

static const struct field TARGET_FIELDS[] = {
    { "name", job_read_name, AT(name) },
    { "base_url", read_base_url, AT(base_url), .min = 1, .max = BASE_URL_MAX,
      .required = "where the functions live, such as \"https://abc.supabase.co/functions/v1\"" },
    { "headers", read_headers, .offset = 0 },
    { "max_concurrent", field_int, AT(max_concurrent), .min = 1, .max = 10000 },
    { "rate", read_rate, AT(rate) },
    { "ca_file", target_read_ca_file, AT(ca_file), .min = 1, .max = CA_FILE_MAX },
    { "tls_min", read_tls_min, AT(tls_min) },
    { "allow_private", read_allow_private, .offset = 0 },
    { "health_path", read_health_path, AT(health_path), .min = 1, .max = HEALTH_PATH_MAX },
    { .name = NULL },
};

int target_parse(const struct json *doc, const char *name, struct arena *a, struct target *ret, struct err *e)
{
    struct job_context context = { .name = name };
    struct field_reader r = { .arena = a, .e = e, .subject = "target", .top = TARGET_FIELDS, .ctx = &context };
    const struct field whole = { .fields = TARGET_FIELDS };
    struct target t = { .max_concurrent = 64, .tls_min = "1.2" };
    int rc = field_object(&r, &whole, doc, &t);
    rc = rc ? rc : job_settle_name(&r, &t.name);
    if (rc == 0)
        *ret = t;
    return rc;
}
