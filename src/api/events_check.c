#include "api/events_check.h"

#include "api/access.h"
#include "base/log.h"

#include <string.h>
#include <strings.h>

static const char *header(void *ctx, const char *name)
{
    const struct listener *l = ctx;
    if (!strcasecmp(name, "Authorization"))
        return l->want.authorization;
    return strcasecmp(name, "Cookie") ? NULL : l->want.cookie;
}

static int no_body(void *ctx, struct buf *out, struct err *e)
{
    (void)ctx, (void)out, (void)e;
    return 0;
}

static bool same_person(const struct listener *l, const struct identity *i)
{
    return i->kind == l->want.kind && !strcmp(i->name, l->want.name);
}

/* None of its own left, yet it had some: it may see all now. That is for a new stream to decide. */
static bool take_tags(struct listener *l, const struct identity *i)
{
    if ((i->n_tags == 0) != (l->want.n_tags == 0))
        return false;
    listener_tags_set(l, i->tags, i->n_tags);
    return true;
}

static bool identify(struct request *q, struct listener *l, struct err *e)
{
    struct reply ignored = REPLY_INIT;
    bool known = reader_store(q->reader, e) && access_identify(q, &ignored, e) == 0;
    if (e->code == ERR_STORE || e->code == ERR_IO || e->code == ERR_INTERNAL)
        reader_drop_store(q->reader);
    reply_free(&ignored);
    return known && same_person(l, &q->identity) && take_tags(l, &q->identity);
}

/* To look is not to use: without an engine, nothing is noted (access.c), and a session that is only listened with becomes idle. */
bool events_check(const struct service *s, struct listener *l)
{
    struct err e = { 0 };
    const struct service looking = { .api = true, .readers = s->readers };
    struct request q = { .arena = arena_new(0),
                         .method = "GET",
                         .path = "/api/v1/events",
                         .remote = l->want.remote,
                         .encrypted = l->want.encrypted,
                         .header = header,
                         .read_body = no_body,
                         .ctx = l,
                         .service = &looking,
                         .now = clock_wall(),
                         .reader = readers_take(s->readers) };
    bool may = identify(&q, l, &e);
    readers_give(s->readers, q.reader);
    arena_free(q.arena);
    if (!may)
        log_debug("a listener to events may listen no more", L_STR("who", l->want.name),
                  L_STR("reason", *e.text ? e.text : "what it may see has changed"));
    return may;
}
