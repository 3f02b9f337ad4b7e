/* pgcron_http.c - the functions that call over HTTP: those of pg_net and of the extension http, and what they do with arguments left out. */
#include "core/pgcron_run.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PG_NET_TIMEOUT_MS 5000 /* of its present versions; older ones had 2000 and 1000 */
#define TIMEOUT_MAX_MS 86400000
#define HTTP_TIMEOUT_MS 5000 /* of the extension http, for the whole call */

#define METHOD_MAX 20

enum argument { URL, PARAMS, HEADERS, BODY, TYPE, TIMEOUT, NO_ARGUMENT };
#define ARGUMENTS_MAX 5

/* pg_net: https://supabase.github.io/pg_net/api/ */
static const struct net_function {
    const char *name, *method;
    struct {
        const char *name;
        enum argument is;
    } argument[ARGUMENTS_MAX];
} NET[] = {
    { "http_get",
      "GET",
      { { "url", URL },
        { "params", PARAMS },
        { "headers", HEADERS },
        { "timeout_milliseconds", TIMEOUT },
        { NULL, NO_ARGUMENT } } },
    { "http_post",
      "POST",
      { { "url", URL },
        { "body", BODY },
        { "params", PARAMS },
        { "headers", HEADERS },
        { "timeout_milliseconds", TIMEOUT } } },
    { "http_delete",
      "DELETE",
      { { "url", URL },
        { "params", PARAMS },
        { "headers", HEADERS },
        { "timeout_milliseconds", TIMEOUT },
        { "body", BODY } } },
};

/* https://github.com/pramsey/pgsql-http: no headers but through http(). */
static const struct http_function {
    const char *name, *method;
    bool data; /* its second argument alone is jsonb: parameters of a GET, a form of a POST */
} HTTP[] = {
    { "http_get", "GET", true },      { "http_post", "POST", true },      { "http_put", "PUT", false },
    { "http_patch", "PATCH", false }, { "http_delete", "DELETE", false }, { "http_head", "HEAD", false },
};

bool pgcron_is_http(const char *name)
{
    for (size_t i = 0; i < MEM_COUNT(HTTP); i++)
        if (strcmp(name, HTTP[i].name) == 0)
            return true;
    return strcmp(name, "http") == 0;
}

static void add_call(struct pgcron_run *r, struct pgcron_made *m, int line)
{
    m->at = pgcron_run_place(r, line);
    if (!r->job) {
        pgcron_run_note(r, PGCRON_SKIPPED, line,
                        "a call over HTTP that is made once, when this file is run: it belongs to no job");
        return;
    }
    if (r->looping) {
        r->refused = true;
        pgcron_run_note(r, PGCRON_SKIPPED, line,
                        "a call for each row of a query or turn of a loop: a job makes one call; let a function find "
                        "the rows, and call it");
        return;
    }
    if (r->n_made >= PGCRON_CALLS_MAX) {
        r->refused = true;
        pgcron_run_note(r, PGCRON_SKIPPED, line, "more than %d calls in one job", PGCRON_CALLS_MAX);
        return;
    }
    *r->made_end = m;
    r->made_end = &m->next;
    r->n_made++;
}

static int64_t timeout_of(struct pgcron_run *r, const struct pgcron_value *v, int line, int64_t preset)
{
    char *end;
    if (!v || v->kind == PGCRON_NOTHING)
        return preset;
    if (v->kind == PGCRON_DIGITS || v->kind == PGCRON_TEXT) {
        long long ms = strtoll(v->text, &end, 10);
        if (end > v->text && !*end && ms >= 0 && ms <= TIMEOUT_MAX_MS)
            return ms;
        if (end > v->text && !*end && ms > TIMEOUT_MAX_MS) {
            pgcron_run_note(r, PGCRON_CHANGED, line, "the timeout is more than %d ms, which are taken", TIMEOUT_MAX_MS);
            return TIMEOUT_MAX_MS;
        }
    }
    pgcron_run_note(r, PGCRON_CHANGED, line,
                    "the timeout is not a number of milliseconds that is written out: %lld ms are taken",
                    (long long)preset);
    return preset;
}

static const struct pgcron_value *net_call(struct pgcron_run *r, const struct net_function *fn,
                                           const struct pgcron_args *a)
{
    const struct pgcron_value *given[NO_ARGUMENT + 1] = { NULL };
    for (size_t i = 0; i < ARGUMENTS_MAX && fn->argument[i].name; i++)
        given[fn->argument[i].is] = pgcron_argument(a, fn->argument[i].name, i);
    struct pgcron_made *m = arena_alloc(r->arena, sizeof *m);
    m->method = fn->method;
    m->url = given[URL];
    m->params = given[PARAMS];
    m->headers = given[HEADERS];
    m->body = given[BODY];
    if (!m->body && strcmp(fn->method, "POST") == 0)
        m->body = pgcron_of_kind(r, PGCRON_DOCUMENT, "{}");
    m->timeout_ms = timeout_of(r, given[TIMEOUT], a->line, PG_NET_TIMEOUT_MS);
    add_call(r, m, a->line);
    return pgcron_unknown(r, "the id of a request");
}

static int64_t extension_timeout(const struct pgcron_run *r)
{
    return r->http_timeout_ms ? r->http_timeout_ms : HTTP_TIMEOUT_MS;
}

static const struct pgcron_value *extension_call(struct pgcron_run *r, const struct http_function *fn,
                                                 const struct pgcron_args *a)
{
    struct pgcron_made *m = arena_alloc(r->arena, sizeof *m);
    const struct pgcron_value *type = pgcron_argument(a, "content_type", 2), *second = pgcron_argument(a, "content", 1);
    const struct pgcron_value *data = pgcron_argument(a, "data", 9);
    bool jsonb = data || (fn->data && second && second->kind == PGCRON_DOCUMENT && !type);
    m->method = fn->method;
    m->url = pgcron_argument(a, "uri", 0);
    if (jsonb && strcmp(fn->method, "GET") == 0) {
        m->params = data ? data : second;
    } else if (jsonb) {
        m->body = data ? data : second;
        m->content_type = "application/x-www-form-urlencoded";
    } else {
        m->body = second;
        m->content_type = type ? pgcron_as_text(type) : NULL;
    }
    m->body_is_text = true;
    m->timeout_ms = extension_timeout(r);
    add_call(r, m, a->line);
    return pgcron_unknown(r, "the answer to a call");
}

/* The headers of http(): [http_header('a', 'b'), ...], as an object. */
static const struct pgcron_value *header_list(struct pgcron_run *r, const struct pgcron_value *v)
{
    if (v->kind == PGCRON_NOTHING || v->kind == PGCRON_UNKNOWN || v->kind == PGCRON_DOCUMENT)
        return v;
    const struct pgcron_value *all = pgcron_of_kind(r, PGCRON_DOCUMENT, "{}");
    for (size_t i = 0; v->kind == PGCRON_LIST && i < v->n && all->kind == PGCRON_DOCUMENT; i++) {
        const struct pgcron_value *one = v->item[i];
        if (one->kind == PGCRON_LIST && one->n == 2) { /* ('a', 'b')::http_header */
            struct pgcron_args pair = { .value = one->item, .n = 2 };
            one = pgcron_builtin(r, NULL, "jsonb_build_object", &pair);
        }
        all = one->kind == PGCRON_DOCUMENT ? pgcron_json_join(r, all, one) : one;
    }
    return all;
}

/* http((method, uri, headers, content_type, content)::http_request) */
static const struct pgcron_value *request_call(struct pgcron_run *r, const struct pgcron_args *a)
{
    const struct pgcron_value *row = a->n == 1 ? a->value[0] : NULL;
    struct pgcron_made *m = arena_alloc(r->arena, sizeof *m);
    if (!row || row->kind != PGCRON_LIST || row->n < 2 || row->n > 5 || !pgcron_as_text(row->item[0])) {
        r->refused = true;
        pgcron_run_note(
            r, PGCRON_SKIPPED, a->line,
            "http() of a request that is not written out as a row of method, address, headers, type and content");
        return pgcron_unknown(r, "the answer to a call");
    }
    char *method = arena_strdup(r->arena, pgcron_as_text(row->item[0]));
    for (char *c = method; *c; c++)
        *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
    if (!*method || strlen(method) > METHOD_MAX || strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(method)) {
        r->refused = true;
        pgcron_run_note(r, PGCRON_SKIPPED, a->line, "http() with a method that is not written out");
        return pgcron_unknown(r, "the answer to a call");
    }
    m->method = method;
    m->url = row->item[1];
    m->headers = row->n > 2 ? header_list(r, row->item[2]) : NULL;
    m->content_type = row->n > 3 ? pgcron_as_text(row->item[3]) : NULL;
    m->body = row->n > 4 ? row->item[4] : NULL;
    m->body_is_text = true;
    m->timeout_ms = extension_timeout(r);
    add_call(r, m, a->line);
    return pgcron_unknown(r, "the answer to a call");
}

static void set_seconds(struct pgcron_run *r, int64_t seconds)
{
    r->http_timeout_ms = seconds < TIMEOUT_MAX_MS / 1000 ? 1000 * seconds : TIMEOUT_MAX_MS;
}

/* http_set_curlopt('CURLOPT_TIMEOUT_MS', '60000') */
static const struct pgcron_value *set_option(struct pgcron_run *r, const struct pgcron_args *a)
{
    const char *name = a->n == 2 ? pgcron_as_text(a->value[0]) : NULL;
    if (name && strcasecmp(name, "CURLOPT_TIMEOUT_MS") == 0)
        r->http_timeout_ms = timeout_of(r, a->value[1], a->line, HTTP_TIMEOUT_MS);
    else if (name && strcasecmp(name, "CURLOPT_TIMEOUT") == 0)
        set_seconds(r, timeout_of(r, a->value[1], a->line, HTTP_TIMEOUT_MS / 1000));
    else if (r->job && name && !pgcron_has_mark(name))
        pgcron_run_note(r, PGCRON_CHANGED, a->line, "an option of curl, '%.60s', is left out", name);
    return pgcron_truth(r, PGCRON_YES);
}

static const struct pgcron_value *header(struct pgcron_run *r, const struct pgcron_args *a)
{
    struct pgcron_value *v = (struct pgcron_value *)pgcron_builtin(r, NULL, "jsonb_build_object", a);
    v->header = true;
    return v;
}

static const struct {
    const char *name;
    const struct pgcron_value *(*run)(struct pgcron_run *r, const struct pgcron_args *a);
} OTHERS[] = { { "http", request_call }, { "http_set_curlopt", set_option }, { "http_header", header } };

const struct pgcron_value *pgcron_http_function(struct pgcron_run *r, const char *owner, const char *name,
                                                const struct pgcron_args *a)
{
    if (owner && strcmp(owner, "net") && strcmp(owner, "extensions") && strcmp(owner, "public") &&
        strcmp(owner, "http"))
        return NULL;
    bool net = owner && strcmp(owner, "net") == 0;
    for (size_t i = 0; i < a->n && a->name && !net; i++) /* unqualified, but with pg_net's names */
        net = a->name[i] && (strcmp(a->name[i], "url") == 0 || strcmp(a->name[i], "headers") == 0);
    for (size_t i = 0; net && i < MEM_COUNT(NET); i++)
        if (strcmp(name, NET[i].name) == 0)
            return net_call(r, &NET[i], a);
    for (size_t i = 0; i < MEM_COUNT(HTTP); i++)
        if (strcmp(name, HTTP[i].name) == 0)
            return extension_call(r, &HTTP[i], a);
    for (size_t i = 0; i < MEM_COUNT(OTHERS); i++)
        if (strcmp(name, OTHERS[i].name) == 0)
            return OTHERS[i].run(r, a);
    return NULL;
}
