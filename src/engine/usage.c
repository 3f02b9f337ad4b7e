#include "engine/usage.h"

#include "base/log.h"
#include "engine/record.h"
#include "store/secrets.h"

#include <stdio.h>
#include <string.h>

#define SOON_MS 1000
#define FLUSH_EVERY_MS 60000
#define WATCH_MS 60000 /* how long a set clock may go unnoticed */

/* One fact about one secret, on its way to the store. */
struct usage_op {
    struct record_op base;
    char secret[SECRET_NAME_MAX + 1];
    char place[URL_HOST_MAX + 32]; /* "": it was used */
    int64_t version;
    struct wall at;
};

static int exec_usage(struct store *s, struct write_op *op, struct err *e)
{
    const struct usage_op *o = (const struct usage_op *)op;
    const struct secret_accepted x = { o->place, o->version, o->at };
    return *o->place ? secrets_note_accepted(s, o->secret, &x, e) : secrets_note_used(s, o->secret, o->at, e);
}

static void note(struct engine *g, const char *secret, const char *place, int64_t version, struct wall at)
{
    struct usage_op *o = mem_alloc(sizeof *o);
    snprintf(o->secret, sizeof o->secret, "%s", secret);
    snprintf(o->place, sizeof o->place, "%s", place);
    o->version = version;
    o->at = at;
    record_other(g, &o->base, exec_usage, NULL);
}

static void flush_key(struct engine *g, struct key *k)
{
    if (k->used_at.ms != k->used_kept.ms)
        note(g, k->name, "", 0, k->used_at);
    k->used_kept = k->used_at;
    for (int i = 0; i < k->n_accepted; i++) {
        struct key_accepted *x = &k->accepted[i];
        if (x->changed)
            note(g, k->name, x->place, x->version, x->at);
        x->changed = false;
    }
}

void usage_flush(struct engine *g)
{
    struct key *k;
    for (size_t pos = 0; (k = map_each(&g->secrets, &pos));)
        flush_key(g, k);
    g->usage_flushed = clock_mono();
}

static void flush_due(void *ctx)
{
    usage_flush(ctx);
}

/* The first fact after a quiet minute is written soon, the others with the next flush. */
static void flush_later(struct engine *g, bool soon)
{
    struct mono now = clock_mono(), when = { g->usage_flushed.us + FLUSH_EVERY_MS * 1000LL };
    if (soon || when.us < now.us + SOON_MS * 1000LL)
        when.us = now.us + SOON_MS * 1000LL;
    if (!loop_timer_is_set(&g->usage_timer) || g->usage_due.us > when.us) {
        g->usage_due = when;
        loop_timer_set(g->loop, &g->usage_timer, when);
    }
}

void usage_carried(struct engine *g, const char *secret, struct wall now)
{
    struct key *k = map_get(&g->secrets, secret);
    if (!k)
        return; /* removed while the call was made */
    k->used_at = now;
    if (!loop_timer_is_set(&g->usage_timer))
        flush_later(g, false);
}

/* Where the place is noted, or a free one, or that of the place heard of least lately. */
static struct key_accepted *accepted_of(struct key *k, const char *place)
{
    struct key_accepted *oldest = NULL;
    for (int i = 0; i < k->n_accepted; i++) {
        if (strcmp(k->accepted[i].place, place) == 0)
            return &k->accepted[i];
        if (!oldest || k->accepted[i].at.ms < oldest->at.ms)
            oldest = &k->accepted[i];
    }
    if (k->n_accepted < USAGE_PLACES_MAX) {
        k->accepted = mem_resize(k->accepted, (size_t)(k->n_accepted + 1) * sizeof *k->accepted);
        oldest = &k->accepted[k->n_accepted++];
    } else {
        mem_free(oldest->place);
    }
    *oldest = (struct key_accepted){ .place = mem_strdup(place) };
    return oldest;
}

void usage_accepted(struct engine *g, const char *secret, const char *place, int64_t version, struct wall now)
{
    struct key *k = map_get(&g->secrets, secret);
    if (!k)
        return;
    struct key_accepted *x = accepted_of(k, place);
    bool news = x->version != version || !x->heard;
    x->version = version;
    x->at = now;
    x->heard = x->changed = true;
    if (news || !loop_timer_is_set(&g->usage_timer))
        flush_later(g, news);
}

void usage_move(struct key *from, struct key *to)
{
    to->used_at = from->used_at;
    to->used_kept = from->used_kept;
    to->accepted = from->accepted;
    to->n_accepted = from->n_accepted;
    from->accepted = NULL;
    from->n_accepted = 0;
    for (int i = 0; i < to->n_accepted; i++)
        to->accepted[i].heard = false;
}

void usage_free(struct key *k)
{
    for (int i = 0; i < k->n_accepted; i++)
        mem_free(k->accepted[i].place);
    mem_free(k->accepted);
}

/* --- the end of an overlap --------------------------------------------------------------------------------------- */

struct expire_op {
    struct record_op base;
    struct wall now;
    int64_t destroyed;
};

static int exec_expire(struct store *s, struct write_op *op, struct err *e)
{
    struct expire_op *o = (struct expire_op *)op;
    return secrets_expire(s, o->now, &o->destroyed, e);
}

static void expired(struct engine *g, struct record_op *op)
{
    struct err e = { 0 };
    const struct expire_op *o = (const struct expire_op *)op;
    if (o->destroyed)
        log_info("the overlap of a rotation is over: the previous version was destroyed",
                 L_INT("versions", o->destroyed));
    if (keyring_refresh(g, &e))
        log_error("secrets cannot be read; those that were known go on", L_STR("error", e.text));
}

void usage_watch(struct engine *g)
{
    struct wall end = keyring_next_end(g);
    if (wall_is_none(end)) {
        loop_timer_clear(g->loop, &g->overlap_timer);
        return;
    }
    int64_t wait_ms = end.ms - clock_wall().ms;
    if (wait_ms > WATCH_MS)
        wait_ms = WATCH_MS;
    loop_timer_set(g->loop, &g->overlap_timer, (struct mono){ clock_mono().us + 1000 * (wait_ms > 0 ? wait_ms : 1) });
}

/* The timer is set again before the store has been read again: should that fail, it is tried a minute later. */
static void overlap_due(void *ctx)
{
    struct engine *g = ctx;
    struct wall end = keyring_next_end(g), now = clock_wall();
    if (wall_is_none(end) || end.ms > now.ms) {
        usage_watch(g);
        return;
    }
    struct expire_op *o = mem_alloc(sizeof *o);
    o->now = now;
    record_other(g, &o->base, exec_expire, expired);
    loop_timer_set(g->loop, &g->overlap_timer, (struct mono){ clock_mono().us + WATCH_MS * 1000LL });
}

void usage_init(struct engine *g)
{
    g->usage_timer = (struct loop_timer){ .fn = flush_due, .ctx = g };
    g->overlap_timer = (struct loop_timer){ .fn = overlap_due, .ctx = g };
    g->usage_flushed = (struct mono){ clock_mono().us - FLUSH_EVERY_MS * 1000LL };
}
