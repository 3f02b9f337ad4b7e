/* pgcron_headers.c - the headers and request of a call as edgecron sends it: what it would refuse is left out, and told. */
#include "core/pgcron_making.h"

#include "core/http1.h"
#include "core/job_fields.h"

#include <string.h>
#include <strings.h>

#define VALUE_MAX 8192

/* Trailing white space is no part of a header's value (RFC 9110, section 5.5); keys are often pasted with a line break. */
static const char *header_value(struct pgcron_making *m, const struct json *v)
{
    const char *s = json_string(v);
    mem_auto char *printed = NULL;
    if (!s)
        s = printed = json_print(v);
    size_t len = strlen(s);
    while (len > 0 && strchr(" \t\r\n", s[len - 1]))
        len--;
    return arena_strndup(m->arena, s, len);
}

static bool is_there(const struct json *headers, const char *name)
{
    for (const struct json *h = json_first(headers); h; h = json_next(h))
        if (!strcasecmp(json_key(h), name))
            return true;
    return false;
}

/* Does a job with this header alone pass? Then it may stay. */
static bool header_passes(struct pgcron_making *m, const char *name, const char *value, struct err *e)
{
    json_auto struct json *headers = json_new_object();
    const struct header *parsed;
    struct field_reader r = { .arena = m->arena, .e = e, .subject = "header" };
    int n;
    json_add_string(headers, name, value);
    return job_read_headers(&r, headers, &parsed, &n) == 0;
}

static void add_header(struct pgcron_making *m, const struct pgcron_piece *p, struct json *headers,
                       const struct json *h)
{
    const char *name = json_key(h), *value = header_value(m, h);
    struct err e = { 0 };
    if (json_type(h) == JSON_NULL)
        return;
    if (is_there(headers, name))
        pgcron_remark(m, PGCRON_CHANGED, p->job->name, p->call->at, "header '%s' is there twice: the first is kept",
                      name);
    else if (!header_passes(m, name, value, &e))
        pgcron_remark(m, PGCRON_CHANGED, p->job->name, p->call->at, "a header is left out: %s", e.text);
    else
        json_add_string(headers, name, value);
}

struct json *pgcron_request_form(struct pgcron_making *m, const struct pgcron_piece *p, const char *path)
{
    struct json *form = json_new_object(), *headers;
    json_add_string(form, "method", p->call->method);
    json_add_string(form, "url", path);
    headers = json_add_object(form, "headers");
    for (const struct json *h = json_first(p->call->headers); h; h = json_next(h))
        add_header(m, p, headers, h);
    if (json_type(p->call->body) > JSON_NULL)
        json_add(form, "body", json_clone(p->call->body));
    return form;
}
