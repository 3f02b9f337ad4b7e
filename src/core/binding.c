#include "core/binding.h"

#include "base/buf.h"
#include "core/template.h"

#include <string.h>

#define NAMES_SHOWN 5

bool origin_equal(const struct url *a, const struct url *b)
{
    return a->tls == b->tls && a->port == b->port && strcmp(a->host, b->host) == 0;
}

bool binding_allows(const struct binding *b, const char *target, const struct url *origin)
{
    struct url base;
    for (int i = 0; i < b->n; i++) {
        if (target && strcmp(b->targets[i].name, target) == 0)
            return true;
        if (!target && origin && !url_parse(b->targets[i].base_url, &base, NULL) && origin_equal(&base, origin))
            return true;
    }
    return b->n == 0;
}

static void add_names(const struct binding *b, struct buf *out)
{
    for (int i = 0; i < b->n && i < NAMES_SHOWN; i++)
        buf_printf(out, "%s'%s'", i ? ", " : b->n > 1 ? "targets " : "target ", b->targets[i].name);
    if (b->n > NAMES_SHOWN)
        buf_printf(out, " and %d more", b->n - NAMES_SHOWN);
}

static void add_place(const char *target, const struct url *origin, struct buf *out)
{
    if (target) {
        buf_printf(out, "target '%s'", target);
    } else if (origin) {
        buf_printf(out, "'%s://", origin->tls ? "https" : "http");
        url_authority(origin, out);
        buf_char(out, '\'');
    } else {
        buf_str_add(out, "a host that is filled in when the call is made");
    }
}

/* What --target would be with this place in it. */
static void add_list(const struct binding *b, const char *target, struct buf *out)
{
    for (int i = 0; i < b->n && b->n <= NAMES_SHOWN; i++)
        buf_printf(out, "%s,", b->targets[i].name);
    buf_str_add(out, target ? target : "NAME");
}

int binding_refuse(const struct binding *b, const char *secret, enum err_code code, const char *target,
                   const struct url *origin, struct err *e)
{
    buf_auto struct buf names = BUF_INIT(1024), place = BUF_INIT(1024), list = BUF_INIT(1024);
    add_names(b, &names);
    add_place(target, origin, &place);
    add_list(b, target, &list);
    return err_set(e, code,
                   "secret '%s' is bound to %s and may not be sent to %s: use another secret there, or let this one go "
                   "there too, with: edgecron secret set %s --target %s",
                   secret, buf_str(&names), buf_str(&place), secret, buf_str(&list));
}

/* A walk over the templates of one request. */
struct walk {
    binding_find find;
    void *ctx;
    const char *target;
    const struct url *origin;
    const char *pointer; /* of the template at hand ... */
    const char *header;  /* ... or of this header below it */
    struct err *e;
    int result;
};

/* RFC 6901: '~' and '/' in a name are escaped; a header's name has no '/'. */
static void add_pointer(const struct walk *w, struct buf *out)
{
    buf_str_add(out, w->pointer);
    if (!w->header)
        return;
    buf_char(out, '/');
    for (const char *p = w->header; *p; p++)
        buf_str_add(out, *p == '~' ? "~0" : (char[]){ *p, '\0' });
}

static void look(void *ctx, const char *secret)
{
    struct walk *w = ctx;
    const struct binding *b = w->result ? NULL : w->find(w->ctx, secret);
    if (!b || binding_allows(b, w->target, w->origin))
        return;
    struct err why;
    buf_auto struct buf pointer = BUF_INIT(sizeof why.pointer - 1);
    add_pointer(w, &pointer);
    binding_refuse(b, secret, ERR_INVALID, w->target, w->origin, &why);
    w->result = err_at(w->e, ERR_INVALID, buf_str(&pointer), "%s", why.text);
}

static void look_in(struct walk *w, const char *pointer, const char *text)
{
    w->pointer = pointer;
    w->header = NULL;
    template_secrets(text, look, w);
}

static void look_in_headers(struct walk *w, const char *pointer, const struct header *headers, int n)
{
    w->pointer = pointer;
    for (int i = 0; i < n; i++) {
        w->header = headers[i].name;
        template_secrets(headers[i].value, look, w);
    }
}

/* The origin of an absolute URL template, unless a placeholder stands before the path. */
static bool origin_known(const char *text, struct url *ret)
{
    buf_auto struct buf sample = BUF_INIT(URL_MAX);
    const char *host = strstr(text, "://"), *braces = strstr(text, "{{");
    size_t end = host ? (size_t)(host - text) + 3 + strcspn(host + 3, "/?") : 0;
    if (!host || (braces && (size_t)(braces - text) < end) || !buf_add(&sample, text, end))
        return false;
    return url_parse(buf_str(&sample), ret, NULL) == 0;
}

int binding_check_job(const struct job *j, binding_find find, void *ctx, struct err *e)
{
    struct url origin;
    bool by_path = j->request.url[0] == '/';
    struct walk w = { .find = find, .ctx = ctx, .target = by_path ? j->target : NULL, .e = e };
    if (!by_path && origin_known(j->request.url, &origin))
        w.origin = &origin;
    look_in(&w, "/request/url", j->request.url);
    look_in_headers(&w, "/request/headers", j->request.headers, j->request.n_headers);
    look_in(&w, "/request/body", j->request.body);
    return w.result;
}

int binding_check_target(const struct target *t, binding_find find, void *ctx, struct err *e)
{
    struct walk w = { .find = find, .ctx = ctx, .target = t->name, .e = e };
    look_in_headers(&w, "/headers", t->headers, t->n_headers);
    return w.result;
}
