#include "api/view.h"

#include "api/view_alert.h"
#include "base/mem.h"

#include <string.h>
#include <strings.h>

void view_add_time(struct json *object, const char *key, struct wall t)
{
    char text[WALL_TEXT_SIZE];
    json_add_string(object, key, wall_is_none(t) ? NULL : wall_format(t, text));
}

/* What came from the network may be no UTF-8: those bytes become U+FFFD, so that the whole stays JSON. */
static void add_text(struct json *object, const char *key, const char *s, size_t len)
{
    buf_auto struct buf quoted = BUF_INIT(SIZE_MAX / 8);
    buf_char(&quoted, '"');
    json_escape(&quoted, s, len);
    buf_char(&quoted, '"');
    struct json *v = json_parse(quoted.data, quoted.len, NULL);
    if (v)
        json_add(object, key, v);
    else
        json_add_null(object, key);
}

static void add_string(struct json *object, const char *key, const char *s)
{
    if (s && !json_utf8_valid(s, strlen(s)))
        add_text(object, key, s, strlen(s));
    else
        json_add_string(object, key, s);
}

/* Numbers whose "there is none" has a value of its own in the store. */
static void add_int_or_null(struct json *object, const char *key, int64_t n, int64_t none)
{
    if (n == none)
        json_add_null(object, key);
    else
        json_add_int(object, key, n);
}

static struct json *add_status(struct json *object, int64_t revision, struct wall created, struct wall updated)
{
    struct json *status = json_add_object(object, "status");
    json_add_int(status, "revision", revision);
    view_add_time(status, "created_at", created);
    view_add_time(status, "updated_at", updated);
    return status;
}

static void add_last_run(struct json *status, const struct run *last)
{
    if (!last) {
        json_add_null(status, "last_run");
        return;
    }
    struct json *v = json_add_object(status, "last_run");
    json_add_string(v, "id", last->id);
    json_add_string(v, "state", run_state_name(last->state));
    json_add_string(v, "outcome", outcome_name(last->outcome));
    view_add_time(v, "scheduled_for", last->scheduled_for);
    view_add_time(v, "finished_at", last->finished_at);
    add_string(v, "message", last->message ? last->message : "");
}

static void add_failing(struct json *status, const struct job_failing *f)
{
    if (!f) {
        json_add_null(status, "failing");
        return;
    }
    struct json *v = json_add_object(status, "failing");
    view_add_time(v, "since", f->since);
    json_add_int(v, "runs", f->runs);
    json_add_string(v, "run", *f->run ? f->run : NULL);
    json_add_string(v, "outcome", outcome_name(f->outcome));
    add_int_or_null(v, "http_status", f->http_status, 0);
    add_string(v, "message", f->message);
    view_add_time(v, "last_success_at", f->last_success_at);
}

struct json *view_job(const struct job_record *r, struct wall next_at, const struct run *last,
                      const struct job_failing *failing, const struct job_standing *standing)
{
    struct json *v = job_to_json(&r->job);
    struct json *status = add_status(v, r->revision, r->created_at, r->updated_at);
    json_add_bool(status, "paused", r->paused);
    view_add_time(status, "paused_until", r->paused_until);
    view_add_time(status, "next_at", next_at);
    add_last_run(status, last);
    add_failing(status, failing);
    json_add_int(status, "firing", standing->firing);
    view_add_muted(status, standing->muted_until);
    return v;
}

struct json *view_target(const struct target_record *r)
{
    struct json *v = target_to_json(&r->target);
    add_status(v, r->revision, r->created_at, r->updated_at);
    return v;
}

struct json *view_audit(const struct audit_row *r)
{
    struct json *v = json_new_object(), *detail = json_parse(r->detail, strlen(r->detail), NULL);
    json_add_string(v, "id", r->id);
    view_add_time(v, "at", r->at);
    json_add_string(v, "actor", r->actor);
    json_add_string(v, "address", r->address);
    json_add_string(v, "action", r->action);
    json_add_string(v, "resource", r->resource);
    json_add(v, "detail", detail ? detail : json_new_object());
    return v;
}

struct json *view_token(const struct token_info *t)
{
    struct json *v = json_new_object();
    json_add_string(v, "name", t->name);
    json_add_string(v, "prefix", t->prefix);
    json_add_string(v, "scope", scope_name(t->scope));
    view_add_time(v, "created_at", t->created_at);
    view_add_time(v, "last_used_at", t->last_used_at);
    view_add_time(v, "expires_at", t->expires_at);
    struct json *tags = json_parse(t->tags, strlen(t->tags), NULL);
    json_add(v, "tags", tags ? tags : json_new_array());
    return v;
}

struct json *view_session(const struct session_info *i)
{
    struct json *v = json_new_object();
    json_add_string(v, "id", i->id);
    view_add_time(v, "created_at", i->created_at);
    view_add_time(v, "last_seen_at", i->last_seen_at);
    view_add_time(v, "expires_at", i->expires_at);
    json_add_string(v, "address", i->address);
    json_add_string(v, "user_agent", i->user_agent);
    return v;
}

/* The field of that name already in `fields`, in whatever case it was first written (RFC 9110, section 5.1). */
static const char *known_field(const struct json *fields, const char *name)
{
    for (const struct json *c = json_first(fields); c; c = json_next(c))
        if (!strcasecmp(json_key(c), name))
            return json_key(c);
    return NULL;
}

static void add_field(struct json *fields, const char *name, const char *value, size_t len)
{
    const char *known = known_field(fields, name);
    if (!known) {
        add_text(fields, name, value, len);
        return;
    }
    mem_auto char *key = mem_strdup(known);
    struct json *values = json_clone(json_get(fields, key));
    if (json_type(values) != JSON_ARRAY) {
        struct json *list = json_new_array();
        json_add(list, NULL, values);
        values = list;
    }
    add_text(values, NULL, value, len);
    json_remove(fields, key);
    json_add(fields, key, values);
}

void view_add_headers(struct json *object, const char *lines)
{
    if (!lines) {
        json_add_null(object, "headers");
        return;
    }
    struct json *fields = json_add_object(object, "headers");
    for (const char *line = lines; *line;) {
        size_t len = strcspn(line, "\n");
        const char *colon = memchr(line, ':', len);
        if (colon) {
            mem_auto char *name = mem_strndup(line, (size_t)(colon - line));
            const char *value = colon + 1 + strspn(colon + 1, " ");
            const char *end = line + len;
            if (*name && json_utf8_valid(name, strlen(name)))
                add_field(fields, name, value, value < end ? (size_t)(end - value) : 0);
        }
        line += len + (line[len] == '\n');
    }
}

static void add_timing(struct json *v, const struct attempt *a)
{
    struct json *t = json_add_object(v, "timing");
    add_int_or_null(t, "dns_ms", a->dns_ms, -1);
    add_int_or_null(t, "connect_ms", a->connect_ms, -1);
    add_int_or_null(t, "tls_ms", a->tls_ms, -1);
    add_int_or_null(t, "first_byte_ms", a->first_byte_ms, -1);
    add_int_or_null(t, "total_ms", a->total_ms, -1);
}

static void add_request(struct json *v, const struct attempt *a)
{
    if (!a->request_method && !a->request_url) {
        json_add_null(v, "request");
        return;
    }
    struct json *q = json_add_object(v, "request");
    json_add_string(q, "method", a->request_method);
    add_string(q, "url", a->request_url);
    view_add_headers(q, a->request_headers);
    add_string(q, "body", a->request_body);
}

static void add_response(struct json *v, const struct attempt *a)
{
    if (a->response_size < 0 && !a->response_headers) { /* the size stays when the rest goes by age */
        json_add_null(v, "response");
        return;
    }
    struct json *p = json_add_object(v, "response");
    view_add_headers(p, a->response_headers);
    add_string(p, "body", a->response_body);
    json_add_bool(p, "truncated", a->response_truncated);
    add_int_or_null(p, "size", a->response_size, -1);
}

static struct json *view_attempt(const struct attempt *a)
{
    struct json *v = json_new_object();
    json_add_int(v, "number", a->number);
    view_add_time(v, "started_at", a->started_at);
    view_add_time(v, "finished_at", a->finished_at);
    json_add_string(v, "outcome", outcome_name(a->outcome));
    add_int_or_null(v, "http_status", a->http_status, 0);
    add_string(v, "message", a->message ? a->message : "");
    add_timing(v, a);
    json_add_string(v, "remote_address", a->remote_address);
    json_add_bool(v, "bodies_removed", a->bodies_removed);
    add_request(v, a);
    add_response(v, a);
    return v;
}

static void add_json_text(struct json *v, const char *key, const char *text)
{
    struct json *value = text ? json_parse(text, strlen(text), NULL) : NULL;
    if (value)
        json_add(v, key, value);
    else
        json_add_null(v, key);
}

struct json *view_run(const struct run *r, const struct attempt *attempts, int n_attempts)
{
    struct json *v = json_new_object();
    json_add_string(v, "id", r->id);
    json_add_string(v, "job", r->job);
    json_add_string(v, "trigger", trigger_name(r->trigger));
    view_add_time(v, "scheduled_for", r->scheduled_for);
    json_add_string(v, "state", run_state_name(r->state));
    json_add_int(v, "attempt_count", r->attempts);
    view_add_time(v, "created_at", r->created_at);
    view_add_time(v, "started_at", r->started_at);
    view_add_time(v, "finished_at", r->finished_at);
    view_add_time(v, "next_attempt_at", r->next_attempt_at);
    add_int_or_null(v, "lateness_ms", r->lateness_ms, -1);
    add_int_or_null(v, "duration_ms", r->duration_ms, -1);
    add_int_or_null(v, "http_status", r->http_status, 0);
    json_add_string(v, "outcome", outcome_name(r->outcome));
    add_string(v, "message", r->message ? r->message : "");
    add_json_text(v, "metrics", r->metrics);
    json_add_string(v, "retry_of", r->retry_of);
    json_add_bool(v, "cancel_requested", r->cancel_requested);
    json_add_int(v, "occurrences", r->occurrences);
    json_add_bool(v, "edited", r->edited);
    if (n_attempts < 0)
        return v;
    add_json_text(v, "body", r->body);
    struct json *list = json_add_array(v, "attempts");
    for (int i = 0; i < n_attempts; i++)
        json_add(list, NULL, view_attempt(&attempts[i]));
    return v;
}

struct json *view_list(struct json *items, const char *next_cursor)
{
    struct json *v = json_new_object();
    json_add(v, "items", items);
    json_add_string(v, "next_cursor", next_cursor);
    return v;
}

/* Titles are those of the status codes, as RFC 9457 (section 4.2.1) asks for with the type "about:blank". */
static const char *const titles[ERR_CODE_COUNT] = {
    [ERR_INTERNAL] = "Internal Server Error",
    [ERR_IO] = "Internal Server Error",
    [ERR_STORE] = "Internal Server Error",
    [ERR_DISK_FULL] = "Service Unavailable",
    [ERR_BUSY] = "Service Unavailable",
    [ERR_SEALED] = "Service Unavailable",
    [ERR_USAGE] = "Bad Request",
    [ERR_NOT_FOUND] = "Not Found",
    [ERR_INVALID] = "Unprocessable Content",
    [ERR_MALFORMED] = "Bad Request",
    [ERR_CONFLICT] = "Conflict",
    [ERR_PRECONDITION] = "Precondition Failed",
    [ERR_MEDIA_TYPE] = "Unsupported Media Type",
    [ERR_TOO_LARGE] = "Content Too Large",
    [ERR_UNAUTHENTICATED] = "Unauthorized",
    [ERR_FORBIDDEN] = "Forbidden",
    [ERR_TOO_MANY] = "Too Many Requests",
    [ERR_METHOD] = "Method Not Allowed",
    [ERR_UNAVAILABLE] = "Service Unavailable",
    [ERR_HEAD_TOO_LARGE] = "Request Header Fields Too Large",
    [ERR_SLOW] = "Request Timeout",
    [ERR_CODING] = "Not Implemented",
    [ERR_VERSION] = "HTTP Version Not Supported",
    [ERR_NOT_ACCEPTABLE] = "Not Acceptable",
};

struct json *view_problem(const struct err *e)
{
    struct json *v = json_new_object();
    json_add_string(v, "type", "about:blank");
    json_add_string(v, "title", titles[e->code] ? titles[e->code] : "Error");
    json_add_int(v, "status", err_http_status(e->code));
    json_add_string(v, "code", err_code_name(e->code));
    add_string(v, "detail", e->text);
    if (e->pointer[0])
        add_string(v, "pointer", e->pointer);
    return v;
}
