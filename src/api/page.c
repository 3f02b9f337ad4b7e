#include "api/page.h"

#include "base/embed.h"

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

int page_answer(struct request *q, struct reply *p, struct err *e)
{
    const struct embed_file *f = find(q->path);
    if (strcmp(q->method, "GET") && strcmp(q->method, "HEAD")) {
        reply_field(p, "Allow", "GET, HEAD");
        return err_set(e, ERR_METHOD, "'%.20s' cannot be used here; what can: GET, HEAD", q->method);
    }
    p->policy = REPLY_PAGE;
    reply_field(p, "ETag", f->etag);
    if (unchanged(q, f->etag)) {
        p->status = 304;
        return 0;
    }
    p->status = 200;
    p->content_type = f->content_type;
    p->data = f->data;
    p->len = f->len;
    return 0;
}
