#include "api/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* %XX (and '+' when `plus`), into the arena. NULL for a broken escape, a control character or text that is not UTF-8. */
static char *decode(struct arena *a, const char *text, size_t len, bool plus)
{
    char *out = arena_alloc(a, len + 1), *p = out;
    for (size_t i = 0; i < len; i++) {
        int c = (unsigned char)text[i];
        if (c == '%') {
            int high = i + 2 < len ? hex_digit(text[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
            if (low < 0)
                return NULL;
            c = high * 16 + low;
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        if (c < 0x20 || c == 0x7f)
            return NULL;
        *p++ = (char)c;
    }
    return json_utf8_valid(out, (size_t)(p - out)) ? out : NULL;
}

static const struct route_query *query_known(const struct route *r, const char *name)
{
    for (const struct route_query *k = r->query; k && k->name; k++)
        if (!strcmp(k->name, name))
            return k;
    return NULL;
}

/* "job, state, since", or "none", for messages. */
static void query_names(const struct route *r, struct buf *out)
{
    for (const struct route_query *k = r->query; k && k->name; k++)
        buf_printf(out, "%s%s", out->len ? ", " : "", k->name);
    if (!out->len)
        buf_str_add(out, "none");
}

static int query_add(struct request *q, const char *name, const char *value, struct err *e)
{
    const struct route_query *k = query_known(q->route, name);
    if (!k) {
        buf_auto struct buf names = BUF_INIT(400);
        query_names(q->route, &names);
        return err_set(e, ERR_INVALID, "unknown query parameter '%.60s'; known here: %s", name, buf_str(&names));
    }
    if (request_query(q, name))
        return err_set(e, ERR_INVALID, "the query parameter '%s' is given twice", name);
    if (k->type == QUERY_BOOLEAN && strcmp(value, "true") && strcmp(value, "false"))
        return err_set(e, ERR_INVALID, "the query parameter '%s' must be true or false, not '%.40s'", name, value);
    if (q->n_query == REQUEST_QUERY_MAX)
        return err_set(e, ERR_INVALID, "more than %d query parameters", REQUEST_QUERY_MAX);
    q->query[q->n_query].name = name;
    q->query[q->n_query++].value = value;
    return 0;
}

static int query_take(struct request *q, struct err *e)
{
    for (const char *p = q->query_text; p && *p;) {
        size_t len = strcspn(p, "&");
        const char *equals = memchr(p, '=', len);
        size_t name_len = equals ? (size_t)(equals - p) : len;
        const char *name = decode(q->arena, p, name_len, true);
        const char *value = equals ? decode(q->arena, equals + 1, len - name_len - 1, true) : "";
        if (!name || !value)
            return err_set(e, ERR_MALFORMED, "the query string is not percent-encoded UTF-8 text");
        int rc = len ? query_add(q, name, value, e) : 0;
        if (rc)
            return rc;
        p += len + (p[len] == '&');
    }
    return 0;
}

int request_take(struct request *q, const struct route_match *m, struct err *e)
{
    q->route = m->route;
    for (int i = 0; i < ROUTE_CAPTURES_MAX && m->captures[i].text; i++) {
        q->captures[i] = decode(q->arena, m->captures[i].text, m->captures[i].len, false);
        if (!q->captures[i])
            return err_set(e, ERR_MALFORMED, "the path is not percent-encoded UTF-8 text");
    }
    return query_take(q, e);
}

const char *request_query(const struct request *q, const char *name)
{
    for (int i = 0; i < q->n_query; i++)
        if (!strcmp(q->query[i].name, name))
            return q->query[i].value;
    return NULL;
}

int request_query_int(const struct request *q, const char *name, int64_t *ret, struct err *e)
{
    const struct route_query *k = query_known(q->route, name);
    const char *text = request_query(q, name);
    *ret = k->initial;
    if (!text)
        return 0;
    size_t digits = strspn(text, "0123456789");
    int64_t n = digits && digits <= 9 && !text[digits] ? strtoll(text, NULL, 10) : -1;
    if (n < k->min || n > k->max)
        return err_set(e, ERR_INVALID, "the query parameter '%s' must be a whole number from %lld to %lld, not '%.40s'",
                       name, (long long)k->min, (long long)k->max, text);
    *ret = n;
    return 0;
}

int request_query_time(const struct request *q, const char *name, struct wall *ret, struct err *e)
{
    const char *text = request_query(q, name);
    *ret = WALL_NONE;
    if (!text)
        return 0;
    /* The '+' of an offset, sent unencoded, reads as a space: what is meant is plain. */
    char *fixed = arena_strdup(q->arena, text);
    char *space = strchr(fixed, ' ');
    if (space && space - fixed > 10)
        *space = '+';
    if (wall_parse(fixed, ret))
        return 0;
    return err_set(e, ERR_INVALID, "the query parameter '%s' must be a time such as 2026-11-21T07:00:00Z, not '%.40s'",
                   name, text);
}

/* Index of the first `len` octets of text among the choices, or the error that names them all. */
static int find_choice(const struct route_query *k, const char *text, size_t len, int *ret, struct err *e)
{
    for (int i = 0; k->choices[i]; i++)
        if (strlen(k->choices[i]) == len && !memcmp(k->choices[i], text, len)) {
            *ret = i;
            return 0;
        }
    buf_auto struct buf names = BUF_INIT(400);
    for (int i = 0; k->choices[i]; i++)
        buf_printf(&names, "%s%s", i ? ", " : "", k->choices[i]);
    return err_set(e, ERR_INVALID, "the query parameter '%s' must be %s %s, not '%.40s'", k->name,
                   k->type == QUERY_CHOICES ? "some of" : "one of", buf_str(&names), text);
}

int request_query_choice(const struct request *q, const char *name, int *ret, struct err *e)
{
    const char *text = request_query(q, name);
    *ret = -1;
    return text ? find_choice(query_known(q->route, name), text, strlen(text), ret, e) : 0;
}

int request_query_choices(const struct request *q, const char *name, unsigned *ret, struct err *e)
{
    const char *text = request_query(q, name);
    *ret = 0;
    while (text) {
        int index, rc = find_choice(query_known(q->route, name), text, strcspn(text, ","), &index, e);
        if (rc)
            return rc;
        *ret |= 1u << index;
        text = strchr(text, ',');
        text = text ? text + 1 : NULL;
    }
    return 0;
}

bool request_query_bool(const struct request *q, const char *name)
{
    const char *value = request_query(q, name);
    return value && !strcmp(value, "true");
}

bool request_dry_run(const struct request *q)
{
    return request_query_bool(q, "dry_run");
}

/* Length of the type at the front of a Content-Type field, without parameters. */
static size_t type_length(const char *field)
{
    size_t len = strcspn(field, ";");
    while (len && (field[len - 1] == ' ' || field[len - 1] == '\t'))
        len--;
    return len;
}

static bool type_is(const char *field, const char *type)
{
    return type_length(field) == strlen(type) && !strncasecmp(field, type, strlen(type));
}

/* JSON has no parameters (RFC 8259, section 11); "charset=utf-8" says what is so anyway. */
static bool parameters_fit(const char *field)
{
    static const char charset[] = "charset=";
    for (const char *p = strchr(field, ';'); p; p = strchr(p, ';')) {
        p += 1 + strspn(p + 1, " \t");
        if (strncasecmp(p, charset, strlen(charset)))
            continue;
        p += strlen(charset);
        p += *p == '"';
        if (strncasecmp(p, "utf-8", 5) || !strchr("\"; \t", p[5]))
            return false;
    }
    return true;
}

int request_check_type(const struct request *q, struct err *e)
{
    bool merge = q->route && (q->route->traits & ROUTE_MERGE); /* the sample functions have no route */
    const char *coding = q->header(q->ctx, "Content-Encoding");
    const char *type = q->header(q->ctx, "Content-Type");
    if (coding && strcasecmp(coding, "identity"))
        return err_set(e, ERR_MEDIA_TYPE, "the body is encoded as '%.40s': send it as it is, without Content-Encoding",
                       coding);
    if (!type || ((type_is(type, "application/json") || (merge && type_is(type, "application/merge-patch+json"))) &&
                  parameters_fit(type)))
        return 0;
    return err_set(e, ERR_MEDIA_TYPE, "the body is '%.80s': send JSON, with Content-Type: %s", type,
                   merge ? "application/merge-patch+json (or application/json)" : "application/json");
}

static int parse_object(const struct buf *body, struct json **ret, struct err *e)
{
    struct json *v = json_parse(body->data, body->len, e);
    if (!v)
        return -(int)ERR_MALFORMED;
    if (json_type(v) != JSON_OBJECT) {
        json_wipe(v);
        return err_set(e, ERR_MALFORMED, "the body must be a JSON object");
    }
    *ret = v;
    return 0;
}

static int parse_body(struct request *q, const struct buf *body, struct json **ret, struct err *e)
{
    int rc = request_check_type(q, e);
    if (rc)
        return rc;
    crypto_sha256(body->data, body->len, q->body_hash);
    return parse_object(body, ret, e);
}

int request_json(struct request *q, struct json **ret, struct err *e)
{
    struct buf body = BUF_SECRET(REQUEST_BODY_MAX);
    *ret = NULL;
    int rc = q->read_body(q->ctx, &body, e);
    if (!rc && body.len)
        rc = parse_body(q, &body, ret, e);
    else if (!rc && q->route && (q->route->traits & ROUTE_BODY))
        rc = err_set(e, ERR_MALFORMED, "the request has no body: send a JSON object");
    buf_wipe(&body); /* it may hold a secret */
    return rc;
}

int request_no_body(struct request *q, struct err *e)
{
    static const struct field none[] = { { .name = NULL } };
    struct json *body;
    int rc = request_json(q, &body, e);
    if (!rc && body)
        rc = request_read(q, body, none, NULL, e);
    json_wipe(body);
    return rc;
}

int request_read(struct request *q, const struct json *body, const struct field *fields, void *into, struct err *e)
{
    struct field_reader r = { .arena = q->arena, .e = e, .subject = "body", .top = fields };
    const struct field whole = { .fields = fields };
    if (body)
        return field_object(&r, &whole, body, into);
    json_auto struct json *empty = json_new_object();
    return field_object(&r, &whole, empty, into);
}

struct audit_actor request_actor(const struct request *q)
{
    struct audit_actor a = { .kind = q->identity.kind };
    snprintf(a.name, sizeof a.name, "%s", q->identity.name);
    snprintf(a.address, sizeof a.address, "%s", q->remote ? q->remote : "");
    return a;
}
