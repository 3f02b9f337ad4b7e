#include "core/pgcron_request.h"

#include "core/pgcron_fit.h"
#include "core/pgcron_quote.h"

#include <string.h>
#include <strings.h>

/* One call that is being made fit: the first trouble ends it. */
struct making {
    struct pgcron_run *r;
    const struct pgcron_made *made;
    const char *part, *why;
};

static bool trouble(struct making *m, const char *part, const char *why)
{
    if (!m->why) {
        m->part = part;
        m->why = why;
    }
    return false;
}

static const char *fit(struct making *m, enum pgcron_place_kind where, const char *part, const char *name,
                       const char *text)
{
    const char *why = NULL, *fitted = pgcron_fit(m->r, where, name, text, m->made->at.line, &why);
    if (!fitted)
        trouble(m, part, why);
    return fitted;
}

/* ---- the body ---- */

static bool add_fitted(struct making *m, struct json *to, const char *key, const struct json *v)
{
    if (key && pgcron_has_mark(key))
        return trouble(m, "the body", "a member's name is not written out");
    if (json_type(v) == JSON_STRING) {
        const char *text = fit(m, PGCRON_IN_BODY, "the body", key, json_string(v));
        return text && json_add_string(to, key, text);
    }
    if (json_type(v) != JSON_OBJECT && json_type(v) != JSON_ARRAY)
        return json_add(to, key, json_clone(v)) != NULL;
    struct json *within = json_type(v) == JSON_OBJECT ? json_add_object(to, key) : json_add_array(to, key);
    for (const struct json *c = json_first(v); c; c = json_next(c))
        if (!add_fitted(m, within, json_key(c), c))
            return false;
    return true;
}

/* `v` as a list of one, so that its root is made like any other: json_first() of what comes back is the body. */
static struct json *fitted_json(struct making *m, const struct json *v)
{
    json_auto struct json *list = json_new_array();
    if (!add_fitted(m, list, NULL, v))
        return NULL;
    return json_clone(json_first(list));
}

static bool is_json_type(const char *type)
{
    return type && strcasestr(type, "json");
}

/* Percent-encodes what RFC 3986 (2.3) does not leave as it is, placeholders apart. */
static void add_encoded(struct buf *out, const char *s)
{
    while (*s) {
        const char *close = strncmp(s, "{{", 2) == 0 ? strstr(s, "}}") : NULL;
        bool plain =
            (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') || strchr("-_.~", *s);
        if (close)
            buf_add(out, s, (size_t)(close + 2 - s));
        else if (plain)
            buf_char(out, *s);
        else
            buf_printf(out, "%%%02X", (unsigned char)*s);
        s = close ? close + 2 : s + 1;
    }
}

/* "a=b&c=d" of the members of an object. */
static const char *form_of(struct making *m, const struct json *object, enum pgcron_place_kind where, const char *part)
{
    struct buf out = BUF_INIT(PGCRON_VALUE_MAX);
    const struct json *first = json_first(object);
    for (const struct json *c = first; c && !m->why; c = json_next(c)) {
        mem_auto char *printed = json_print(c);
        const char *text = json_type(c) == JSON_STRING ? json_string(c) : printed;
        if (pgcron_has_mark(json_key(c)))
            trouble(m, part, "a parameter's name is not written out");
        const char *value = fit(m, where == PGCRON_IN_URL ? PGCRON_IN_BODY : where, part, json_key(c), text);
        if (c != first)
            buf_char(&out, '&');
        add_encoded(&out, json_key(c));
        buf_char(&out, '=');
        add_encoded(&out, value ? value : "");
    }
    const char *form = arena_strndup(m->r->arena, buf_str(&out), out.len);
    if (out.full)
        trouble(m, part, "it is too large");
    buf_free(&out);
    return form;
}

static struct json *string_json(const char *text)
{
    json_auto struct json *list = json_new_array();
    json_add_string(list, NULL, text);
    return json_clone(json_first(list));
}

static const struct json *body_of(struct making *m)
{
    const struct pgcron_value *v = m->made->body;
    const char *text = v ? pgcron_as_text(v) : NULL, *fitted;
    if (!v || v->kind == PGCRON_NOTHING)
        return NULL;
    if (!text) {
        trouble(m, "the body", v->kind == PGCRON_UNKNOWN ? v->text : "it is no text");
        return NULL;
    }
    bool form =
        m->made->content_type && strstr(m->made->content_type, "x-www-form-urlencoded") && v->kind == PGCRON_DOCUMENT;
    bool as_json = !m->made->body_is_text || is_json_type(m->made->content_type) || form;
    json_auto struct json *parsed = as_json ? json_parse(text, strlen(text), NULL) : NULL;
    if (v->kind == PGCRON_DOCUMENT && as_json && !parsed) {
        trouble(m, "the body", "its JSON has a name twice, a number that is too large, or is nested too deep");
        return NULL;
    }
    if (form) {
        fitted = form_of(m, parsed, PGCRON_IN_BODY, "the body");
        return m->why ? NULL : pgcron_keep_json(m->r->p, string_json(fitted));
    }
    if (parsed)
        return json_type(parsed) == JSON_NULL ? NULL : pgcron_keep_json(m->r->p, fitted_json(m, parsed));
    if (!*text)
        return NULL;
    fitted = fit(m, PGCRON_IN_BODY, "the body", NULL, text);
    return fitted ? pgcron_keep_json(m->r->p, string_json(fitted)) : NULL;
}

/* ---- headers ---- */

static bool add_header(struct making *m, struct json *headers, const char *name, const struct json *v)
{
    mem_auto char *printed = json_print(v);
    const char *text = json_type(v) == JSON_STRING ? json_string(v) : printed;
    if (json_type(v) == JSON_NULL)
        return true;
    if (pgcron_has_mark(name) || json_type(v) == JSON_OBJECT || json_type(v) == JSON_ARRAY)
        return trouble(m, "the headers", "one of them is not written out as a name and a text");
    const char *value = fit(m, PGCRON_IN_HEADER, "the headers", name, text);
    return value && json_add_string(headers, name, value);
}

/* That of a body of the extension http, where no header gives it. */
static bool add_content_type(struct making *m, struct json *headers)
{
    const struct pgcron_value *body = m->made->body;
    if (!m->made->content_type || !body || body->kind == PGCRON_NOTHING)
        return true;
    const char *type = fit(m, PGCRON_IN_HEADER, "the content type", "Content-Type", m->made->content_type);
    return type && json_add_string(headers, "Content-Type", type);
}

static const struct json *headers_of(struct making *m)
{
    const struct pgcron_value *v = m->made->headers;
    const char *text = v && v->kind != PGCRON_NOTHING ? pgcron_as_text(v) : "{}";
    json_auto struct json *given = text ? json_parse(text, strlen(text), NULL) : NULL;
    if (json_type(given) != JSON_OBJECT) {
        trouble(m, "the headers",
                v && v->kind == PGCRON_UNKNOWN ? v->text : "they are no JSON object, or one has a name twice");
        return NULL;
    }
    json_auto struct json *headers = json_new_object();
    bool typed = false;
    for (const struct json *c = json_first(given); c; c = json_next(c)) {
        typed = typed || strcasecmp(json_key(c), "content-type") == 0;
        if (!add_header(m, headers, json_key(c), c))
            return NULL;
    }
    if (!typed && !add_content_type(m, headers))
        return NULL;
    return json_first(headers) ? pgcron_keep_json(m->r->p, json_clone(headers)) : NULL;
}

/* ---- the address ---- */

static const char *with_params(struct making *m, const char *url)
{
    const struct pgcron_value *v = m->made->params;
    const char *text = v && v->kind != PGCRON_NOTHING ? pgcron_as_text(v) : "{}";
    json_auto struct json *params = text ? json_parse(text, strlen(text), NULL) : NULL;
    if (json_type(params) != JSON_OBJECT) {
        trouble(m, "the parameters", v && v->kind == PGCRON_UNKNOWN ? v->text : "they are no JSON object");
        return NULL;
    }
    if (!json_first(params))
        return url;
    const char *form = form_of(m, params, PGCRON_IN_URL, "the parameters");
    return m->why ? NULL : arena_printf(m->r->arena, "%s%c%s", url, strchr(url, '?') ? '&' : '?', form);
}

static const char *url_of(struct making *m)
{
    const struct pgcron_value *v = m->made->url;
    const char *text = v ? pgcron_as_text(v) : NULL;
    if (!text || !*text) {
        trouble(m, "the address", !v ? "it is not given" : v->kind == PGCRON_UNKNOWN ? v->text : "it is empty");
        return NULL;
    }
    const char *url = fit(m, PGCRON_IN_URL, "the address", NULL, text);
    return url ? with_params(m, url) : NULL;
}

static bool make(struct pgcron_run *r, const struct pgcron_made *made, struct pgcron_call *call)
{
    struct making m = { .r = r, .made = made };
    r->uses = NULL;
    const char *url = url_of(&m);
    call->headers = m.why ? NULL : headers_of(&m);
    call->body = m.why ? NULL : body_of(&m);
    call->method = arena_strdup(r->p->arena, made->method);
    call->timeout_ms = made->timeout_ms;
    call->at = made->at;
    if (m.why) {
        pgcron_note(r->p, PGCRON_SKIPPED, r->job, made->at, "a call that cannot be taken over: %s: %s", m.part, m.why);
        r->refused = true;
        return false;
    }
    call->url = arena_strdup(r->p->arena, url);
    for (const struct pgcron_use *u = r->uses; u; u = u->next)
        pgcron_secret_used(r->p, u->name, u->address);
    return true;
}

const struct pgcron_call *pgcron_requests(struct pgcron_run *r, size_t *ret_n)
{
    struct pgcron_call *calls = arena_alloc(r->p->arena, (r->n_made + 1) * sizeof *calls);
    size_t n = 0;
    for (const struct pgcron_made *m = r->made; m; m = m->next)
        n += make(r, m, &calls[n]);
    *ret_n = n;
    return n ? calls : NULL;
}

/* A key may be written in many ways (doubled quotes, escapes, in a comment): where there is one, no constant and no comment is shown. */
static void add_without_constants(struct pgcron_run *r, struct buf *out, const char *command)
{
    struct pgcron_lex l = { .text = command, .len = strlen(command), .line = 1, .arena = r->arena };
    struct pgcron_tokens t = { 0 };
    pgcron_lex_all(&l, &t);
    for (size_t i = 0; i < t.n; i++) {
        const struct pgcron_token *k = &t.token[i];
        bool constant = k->kind == PGCRON_STRING || k->kind == PGCRON_QUOTED || k->kind == PGCRON_VARIABLE;
        if (i && k->from > t.token[i - 1].to)
            buf_char(out, ' ');
        buf_add(out, constant ? "'***'" : command + k->from, constant ? 5 : k->to - k->from);
    }
    pgcron_tokens_free(&t);
}

const char *pgcron_shown_command(struct pgcron_run *r, const char *command)
{
    buf_auto struct buf out = BUF_INIT(PGCRON_VALUE_MAX);
    if (r->pasted)
        add_without_constants(r, &out, command);
    else
        buf_str_add(&out, command);
    const char *fitted = out.full ? NULL : pgcron_fit(r, PGCRON_IN_COMMAND, NULL, buf_str(&out), 0, NULL);
    return arena_strdup(r->p->arena, fitted ? fitted : "(a command that is too long to be shown)");
}
