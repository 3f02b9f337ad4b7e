#include "core/http1_intake_field.h"

#include <string.h>

static int keep(struct http1_intake *p, struct http1_text name, struct http1_text value, struct err *e)
{
    bool fits = buf_add(&p->fields, name.s, name.len) && buf_add(&p->fields, ": ", 2) &&
                buf_add(&p->fields, value.s, value.len) && buf_add(&p->fields, "\r\n", 2);
    p->n_fields++;
    return fits ? 0 : err_set(e, ERR_HEAD_TOO_LARGE, "the headers are over %d KiB", HTTP1_INTAKE_HEAD_MAX / 1024);
}

static int once(bool *seen, const char *name, struct err *e)
{
    if (*seen)
        return err_set(e, ERR_MALFORMED, "%s comes twice", name);
    *seen = true;
    return 0;
}

int http1_intake_host(struct http1_intake *p, struct http1_text value, struct err *e)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.s[i] <= ' ' || value.s[i] > '~' || strchr("/\\?#@,\"<>", value.s[i]))
            return err_set(e, ERR_MALFORMED, "the host that is asked for is not 'name' or 'name:port'");
    return keep(p, (struct http1_text){ "Host", 4 }, value, e);
}

static int host(struct http1_intake *p, struct http1_text value, struct err *e)
{
    int rc = once(&p->seen_host, "Host", e);
    return rc || p->absolute ? rc : http1_intake_host(p, value, e);
}

static int content_length(struct http1_intake *p, struct http1_text value, struct err *e)
{
    int rc = once(&p->seen_length, "Content-Length", e);
    return rc ? rc : http1_length_value(value, &p->content_length, e);
}

static int transfer_encoding(struct http1_intake *p, struct http1_text value, struct err *e)
{
    int rc = once(&p->seen_coding, "Transfer-Encoding", e);
    if (rc)
        return rc;
    return http1_text_is(value, "chunked") ? 0 : err_set(e, ERR_CODING, "Transfer-Encoding is not 'chunked'");
}

static int connection(struct http1_intake *p, struct http1_text value, struct err *e)
{
    (void)e;
    p->connection_close = p->connection_close || http1_list_has(value, "close");
    p->connection_keep = p->connection_keep || http1_list_has(value, "keep-alive");
    return 0;
}

static int expect(struct http1_intake *p, struct http1_text value, struct err *e)
{
    (void)e;
    p->expects_continue = p->expects_continue || http1_list_has(value, "100-continue");
    return 0;
}

/* Two credentials, or two types of one body: a proxy may have looked at the other one. */
static int authorization(struct http1_intake *p, struct http1_text value, struct err *e)
{
    int rc = once(&p->seen_authorization, "Authorization", e);
    return rc ? rc : keep(p, (struct http1_text){ "Authorization", 13 }, value, e);
}

static int content_type(struct http1_intake *p, struct http1_text value, struct err *e)
{
    int rc = once(&p->seen_type, "Content-Type", e);
    return rc ? rc : keep(p, (struct http1_text){ "Content-Type", 12 }, value, e);
}

static const struct {
    const char *name;
    int (*read)(struct http1_intake *p, struct http1_text value, struct err *e); /* NULL: left out */
} special[] = {
    { "host", host },
    { "content-length", content_length },
    { "transfer-encoding", transfer_encoding },
    { "connection", connection },
    { "expect", expect },
    { "authorization", authorization },
    { "content-type", content_type },
    { "te", NULL },
    { "trailer", NULL },
    { "upgrade", NULL },
    { "keep-alive", NULL },
    { "proxy-connection", NULL },
};

int http1_intake_field(struct http1_intake *p, struct http1_text name, struct http1_text value, struct err *e)
{
    for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
        if (http1_text_is(name, special[i].name))
            return special[i].read ? special[i].read(p, value, e) : 0;
    return keep(p, name, value, e);
}
