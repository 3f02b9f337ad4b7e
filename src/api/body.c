#include "api/body.h"

#include <string.h>

static bool known(const char *const *names, const char *name)
{
    for (; *names; names++)
        if (!strcmp(*names, name))
            return true;
    return false;
}

/* Puts the member's name in front of the error's pointer, as RFC 6901 writes it. */
static int point_at(struct err *e, const char *name)
{
    char token[100];
    size_t n = 0;
    for (; *name && n + 3 < sizeof token; name++) {
        bool escaped = *name == '~' || *name == '/';
        token[n++] = escaped ? '~' : *name;
        if (escaped)
            token[n++] = *name == '~' ? '0' : '1';
    }
    token[n] = '\0';
    return err_under(e, "/%s", token);
}

static int refuse_unknown(const struct json *body, const char *const *names, struct err *e)
{
    for (const struct json *c = json_first(body); c; c = json_next(c)) {
        if (known(names, json_key(c)))
            continue;
        buf_auto struct buf all = BUF_INIT(400);
        for (const char *const *n = names; *n; n++)
            buf_printf(&all, "%s%s", all.len ? ", " : "", *n);
        err_at(e, ERR_INVALID, "", "unknown field '%.60s'; known here: %s", json_key(c), buf_str(&all));
        return point_at(e, json_key(c));
    }
    return 0;
}

static int parse(const struct buf *text, struct json **ret, struct err *e)
{
    struct json *v = text->len ? json_parse(text->data, text->len, e) : json_new_object();
    if (!v)
        return -(int)ERR_MALFORMED;
    if (json_type(v) != JSON_OBJECT) {
        json_wipe(v);
        return err_set(e, ERR_MALFORMED, "the body must be a JSON object");
    }
    *ret = v;
    return 0;
}

int body_read(struct request *q, const char *const *names, struct json **ret, struct err *e)
{
    struct buf text = BUF_SECRET(BODY_SMALL_MAX);
    struct json *v = NULL;
    int rc = q->read_body(q->ctx, &text, e);
    if (!rc && text.len)
        rc = request_check_type(q, e);
    if (!rc)
        rc = parse(&text, &v, e);
    if (!rc)
        rc = refuse_unknown(v, names, e);
    buf_wipe(&text);
    if (rc)
        json_wipe(v);
    else
        *ret = v;
    return rc;
}

int body_text(const struct json *body, const char *name, const char **ret, struct err *e)
{
    const char *text = json_string(json_get(body, name));
    if (text && *text) {
        *ret = text;
        return 0;
    }
    err_at(e, ERR_INVALID, "", "'%s' is needed, as a string", name);
    return err_under(e, "/%s", name);
}
