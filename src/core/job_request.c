/* job_request.c - what a job sends: method, URL, headers, body. */
#include "core/http1.h"
#include "core/job_fields.h"
#include "core/template.h"
#include "core/url.h"

#include <string.h>
#include <strings.h>

#define URL_TEMPLATE_MAX 4096
#define HEADERS_MAX 40
#define HEADER_VALUE_MAX 8192

static const char *const METHOD_NAMES[] = { "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", NULL };

const char *method_name(enum method m)
{
    return (unsigned)m < 6 ? METHOD_NAMES[m] : NULL;
}

#define FRAMING "belongs to the connection, which edgecron keeps; leave it out"

/* Fields that edgecron writes itself, and why nobody else may. A name ending in '-' stands for all that begin so. */
static const struct owned_header {
    const char *name, *why;
} OWNED_HEADERS[] = {
    { "Host", "is taken from the URL; leave it out" },
    { "Content-Length", "is counted by edgecron; leave it out" },
    { "Transfer-Encoding", FRAMING },
    { "Connection", FRAMING },
    { "Proxy-Connection", FRAMING },
    { "Keep-Alive", FRAMING },
    { "Expect", FRAMING },
    { "TE", FRAMING },
    { "Trailer", FRAMING },
    { "Upgrade", FRAMING },
    { "Accept-Encoding", "would bring compressed answers, which no rule could read; leave it out" },
    { "Idempotency-Key", "is sent by edgecron, the run's id, the same for each of its attempts; leave it out, or use "
                         "another name with {{run.id}}" },
    { "traceparent", "is sent by edgecron, one for each attempt; leave it out" },
    { "X-Edgecron-", "is one of the names that edgecron itself sends; use another" },
};

static const char *owned_why(const char *name)
{
    for (size_t i = 0; i < MEM_COUNT(OWNED_HEADERS); i++) {
        const char *owned = OWNED_HEADERS[i].name;
        size_t len = strlen(owned);
        if (strncasecmp(owned, name, len) == 0 && (name[len] == '\0' || owned[len - 1] == '-'))
            return OWNED_HEADERS[i].why;
    }
    return NULL;
}

static int check_header_name(struct field_reader *r, const char *name, const struct header *before, int n_before)
{
    if (!http1_token_valid(name))
        return field_refuse(r, "is not a header name; expected 1 to 128 letters, digits and !#$%%&'*+-.^_`|~");
    const char *why = owned_why(name);
    if (why)
        return field_refuse(r, "%s", why);
    for (int i = 0; i < n_before; i++)
        if (strcasecmp(before[i].name, name) == 0)
            return field_refuse(r, "is there twice ('%s' is the same name); expected each header once", before[i].name);
    return 0;
}

int job_check_template(struct field_reader *r, const char *text)
{
    const struct job_context *ctx = r->ctx;
    int rc = ctx && ctx->alerts ? template_check_alert(text, r->e) : template_check(text, r->e);
    return rc ? field_adopt(r) : 0;
}

/* Says nothing of the value itself: it may be a secret that was put here by mistake. */
static int check_header_value(struct field_reader *r, const struct json *v)
{
    const char *s = json_string(v);
    if (!s)
        return field_refuse(r, "is %s; expected a string", json_type_name(json_type(v)));
    if (strlen(s) > HEADER_VALUE_MAX)
        return field_refuse(r, "is %zu bytes long; expected at most %d", strlen(s), HEADER_VALUE_MAX);
    if (!http1_value_valid(s, strlen(s)))
        return field_refuse(r, "holds a line break or another control character; expected one line of text");
    return job_check_template(r, s);
}

int job_read_headers(struct field_reader *r, const struct json *v, const struct header **ret, int *ret_n)
{
    if (json_type(v) != JSON_OBJECT)
        return field_wrong(r, v, "an object of header names and values");
    if (json_count(v) > HEADERS_MAX)
        return field_refuse(r, "has %zu headers; expected at most %d", json_count(v), HEADERS_MAX);
    struct header *headers = arena_alloc(r->arena, (json_count(v) + 1) * sizeof *headers);
    int n = 0;
    for (const struct json *child = json_first(v); child; child = json_next(child)) {
        size_t mark = field_enter(r, json_key(child));
        int rc = check_header_name(r, json_key(child), headers, n);
        rc = rc ? rc : check_header_value(r, child);
        if (rc)
            return rc;
        field_leave(r, mark);
        headers[n].name = arena_strdup(r->arena, json_key(child));
        headers[n++].value = arena_strdup(r->arena, json_string(child));
    }
    *ret = n ? headers : NULL;
    *ret_n = n;
    return 0;
}

static int read_headers(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct request_spec *q = into;
    (void)f;
    return job_read_headers(r, v, &q->headers, &q->n_headers);
}

static int read_url(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    int rc = field_text(r, f, v, into);
    return rc ? rc : job_check_template(r, *(const char **)into);
}

static void found_secret(void *ctx, const char *name)
{
    (void)name;
    *(bool *)ctx = true;
}

/* A host is looked up, sent in clear (SNI) and named in messages, in lower case: no place for a secret; and who may set a secret
 * must not decide where the others are sent. */
static bool secret_in_authority(const char *url)
{
    bool found = false;
    const char *host = strstr(url, "://");
    if (!host)
        return false;
    mem_auto char *authority = mem_strndup(host + 3, strcspn(host + 3, "/?#"));
    template_secrets(authority, found_secret, &found);
    return found;
}

/* Whether the URL stands alone is known only when the whole job has been read. */
int job_check_url(struct field_reader *r, const char *url, bool has_target)
{
    buf_auto struct buf sample = BUF_INIT(URL_MAX);
    struct url parsed;
    size_t mark = field_enter(r, "request");
    field_enter(r, "url");
    if (url[0] == '/' && !has_target)
        return field_refuse(r, "is a path, but the job has no 'target' to put in front; expected an absolute URL such "
                               "as \"https://abc.supabase.co/functions/v1/report\", or a 'target'");
    if (url[0] != '/' && !strstr(url, "://"))
        return field_refuse(r, "is no URL; expected %s",
                            has_target ? "a path on the target beginning with '/', or an absolute URL"
                                       : "an absolute URL beginning with https:// or http://");
    if (url[0] != '/' && secret_in_authority(url))
        return field_refuse(r,
                            "has a secret in its host or port; expected secrets in the path, the query, headers or the "
                            "body alone");
    if (url[0] == '/')
        buf_str_add(&sample, "http://host");
    template_sample(url, &sample);
    if (url_parse(buf_str(&sample), &parsed, r->e))
        return field_adopt(r);
    field_leave(r, mark);
    return 0;
}

/* Each string of a JSON body, keys too, may hold placeholders: checked where it stands. */
static int check_templates(struct field_reader *r, const struct json *v)
{
    int rc = json_string(v) ? job_check_template(r, json_string(v)) : 0;
    if (rc)
        return rc;
    size_t index = 0;
    for (const struct json *child = json_first(v); child; child = json_next(child)) {
        const char *key = json_key(child);
        size_t mark = key ? field_enter(r, key) : field_enter_index(r, index++);
        rc = key ? job_check_template(r, key) : 0;
        rc = rc ? rc : check_templates(r, child);
        if (rc)
            return rc;
        field_leave(r, mark);
    }
    return 0;
}

int job_read_body(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct request_spec *q = into;
    enum json_type t = json_type(v);
    (void)f;
    q->body = NULL;
    q->body_kind = t == JSON_NULL ? BODY_NONE : t == JSON_STRING ? BODY_TEXT : BODY_JSON;
    if (q->body_kind == BODY_NONE)
        return 0;
    mem_auto char *printed = t == JSON_STRING ? NULL : json_print(v);
    const char *text = printed ? printed : json_string(v);
    if (strlen(text) > JOB_BODY_MAX)
        return field_refuse(r, "is %zu bytes long; expected at most %d", strlen(text), JOB_BODY_MAX);
    q->body = arena_strdup(r->arena, text);
    return check_templates(r, v);
}

#define AT(member) .offset = offsetof(struct request_spec, member)

const struct field REQUEST_FIELDS[] = {
    { "method", field_choice, AT(method), .choices = METHOD_NAMES },
    { "url", read_url, AT(url), .min = 1, .max = URL_TEMPLATE_MAX,
      .required = "an absolute URL, or a path on the job's target such as \"/followup-processor\"" },
    { "headers", read_headers, .offset = 0 },
    { "body", job_read_body, .offset = 0 },
    { .name = NULL },
};
