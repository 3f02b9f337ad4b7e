#include "api/page.h"

#include "base/embed.h"
#include "core/accept.h"

#include <string.h>

static const struct embed_file *find(const char *path)
{
    size_t n;
    const struct embed_file *files = embed_web(&n);
    if (!strcmp(path, "/"))
        path = "/index.html";
    for (size_t i = 0; i < n; i++)
        if (!strcmp(files[i].path, path))
            return &files[i];
    return NULL;
}

bool page_serves(const char *path)
{
    return find(path);
}

/* If-None-Match (RFC 9110, section 13.1.2): a list of tags, weak ones compared by their text. */
static bool unchanged(const struct request *q, const char *etag)
{
    const char *field = q->header(q->ctx, "If-None-Match");
    return field && (!strcmp(field, "*") || strstr(field, etag));
}

/* Script and style are in the binary compressed, once: plain copies would take five times their room, for clients that
 * are no browsers; and the binary has no inflate. Who asks without Accept-Encoding takes any coding (RFC 9110, section
 * 12.5.3), and so do browsers behind a proxy that drops the field. Who refuses gzip gets no answer that he cannot read,
 * but what to do. index.html, which browsers open, is plain. */
static int check_coding(const struct request *q, const struct embed_file *f, struct reply *p, struct err *e)
{
    if (!f->gzip)
        return 0;
    reply_field(p, "Vary", "Accept-Encoding");
    if (accept_coding(q->header(q->ctx, "Accept-Encoding"), "gzip"))
        return 0;
    return err_set(e, ERR_NOT_ACCEPTABLE,
                   "'%.60s' is here compressed with gzip only, which the request's Accept-Encoding refuses: send "
                   "'gzip' there, or leave the field out (a proxy in between may have set it)",
                   f->path);
}

static void add_fields(const struct embed_file *f, struct reply *p)
{
    p->policy = f->lasting ? REPLY_LASTING : REPLY_PAGE;
    reply_field(p, "ETag", f->etag);
}

int page_answer(struct request *q, struct reply *p, struct err *e)
{
    const struct embed_file *f = find(q->path);
    if (strcmp(q->method, "GET") && strcmp(q->method, "HEAD")) {
        reply_field(p, "Allow", "GET, HEAD");
        return err_set(e, ERR_METHOD, "'%.20s' cannot be used here; what can: GET, HEAD", q->method);
    }
    int rc = check_coding(q, f, p, e);
    if (rc)
        return rc;
    add_fields(f, p);
    if (unchanged(q, f->etag)) {
        p->status = 304;
        return 0;
    }
    p->status = 200;
    if (f->gzip)
        reply_field(p, "Content-Encoding", "gzip");
    p->content_type = f->content_type;
    p->data = f->data;
    p->len = f->len;
    return 0;
}
