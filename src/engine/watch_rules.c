/* watch_rules.c - what the book has read of the store: rules, and who is told (watch_book.h). */
#include "engine/watch_book.h"

#include "base/log.h"

#include <string.h>

struct records {
    struct alert_record **list;
    int n;
};

static bool take_rule(void *ctx, struct alert_record *r)
{
    struct records *x = ctx;
    x->list = mem_resize(x->list, (size_t)(x->n + 1) * sizeof(void *));
    x->list[x->n++] = r;
    return true;
}

static void records_free(struct alert_record **list, int n)
{
    for (int i = 0; i < n; i++)
        alert_record_free(list[i]);
    mem_free(list);
}

static bool same_rules(const struct watch_book *b, const struct records *x)
{
    bool same = b->n_rules == x->n;
    for (int i = 0; same && i < x->n; i++)
        same = !strcmp(b->records[i]->rule.name, x->list[i]->rule.name) &&
               b->records[i]->revision == x->list[i]->revision &&
               b->records[i]->updated_at.ms == x->list[i]->updated_at.ms;
    return same;
}

static int read_rules(struct watch_book *b, struct store *s, struct err *e)
{
    struct records x = { 0 };
    int rc = alerts_each(s, take_rule, &x, e);
    if (rc || (b->epoch > 0 && same_rules(b, &x))) {
        records_free(x.list, x.n);
        return rc;
    }
    records_free(b->records, b->n_rules);
    b->records = x.list;
    b->n_rules = x.n;
    b->rules = mem_resize(b->rules, (size_t)x.n * sizeof *b->rules + 1);
    for (int i = 0; i < x.n; i++)
        b->rules[i] = x.list[i]->rule;
    b->epoch++;
    b->swept = b->settled = false;
    b->loaded = false; /* a rule that was removed took its states along, also when it is back by now */
    return 0;
}

/* Who is told, and of what nobody is just now. */
struct readers {
    struct arena *arena;
    const char *channels[CHANNELS_MAX];
    int n_channels;
    struct watch_mute *mutes;
    int n_mutes, cap_mutes;
};

static bool take_channel(void *ctx, struct channel_record *r)
{
    struct readers *x = ctx;
    if (r->channel.enabled && x->n_channels < CHANNELS_MAX)
        x->channels[x->n_channels++] = arena_strdup(x->arena, r->channel.name);
    channel_record_free(r);
    return true;
}

static void take_mute(void *ctx, enum mute_scope scope, const char *name, struct wall until)
{
    struct readers *x = ctx;
    if (x->n_mutes == x->cap_mutes) {
        int cap = x->cap_mutes ? 2 * x->cap_mutes : 16;
        struct watch_mute *more = arena_alloc(x->arena, (size_t)cap * sizeof *more);
        for (int i = 0; i < x->n_mutes; i++)
            more[i] = x->mutes[i];
        x->mutes = more;
        x->cap_mutes = cap;
    }
    x->mutes[x->n_mutes++] = (struct watch_mute){ scope, arena_strdup(x->arena, name), until };
}

static bool same_readers(const struct watch_book *b, const struct readers *x)
{
    bool same = b->n_channels == x->n_channels && b->n_mutes == x->n_mutes;
    for (int i = 0; same && i < x->n_channels; i++)
        same = !strcmp(b->channels[i], x->channels[i]);
    for (int i = 0; same && i < x->n_mutes; i++)
        same = b->mutes[i].scope == x->mutes[i].scope && b->mutes[i].until.ms == x->mutes[i].until.ms &&
               !strcmp(b->mutes[i].name, x->mutes[i].name);
    return same;
}

static int read_readers(struct watch_book *b, struct store *s, struct wall now, struct err *e)
{
    struct readers x = { .arena = arena_new(0) };
    int rc = channels_each(s, take_channel, &x, e);
    if (!rc)
        rc = mute_each(s, now, take_mute, &x, e);
    if (rc || same_readers(b, &x)) {
        arena_free(x.arena);
        return rc;
    }
    arena_free(b->arena);
    b->arena = x.arena;
    b->channels = arena_alloc(x.arena, sizeof x.channels);
    memcpy(b->channels, x.channels, sizeof x.channels);
    b->n_channels = x.n_channels;
    b->mutes = x.mutes;
    b->n_mutes = x.n_mutes;
    b->settled = false;
    return 0;
}

/* Damage of what is read here must not end the counting of runs. */
int watch_rules_read(struct watch_book *b, struct store *s, int64_t generation, struct wall now, struct err *e)
{
    struct err why = { 0 };
    int rc = read_rules(b, s, &why);
    if (!rc)
        rc = read_readers(b, s, now, &why);
    if (rc == 0)
        b->generation = generation;
    bool unreadable = rc == -(int)ERR_STORE || rc == -(int)ERR_INTERNAL || rc == -(int)ERR_INVALID;
    if (unreadable)
        log_error("alert rules or channels cannot be read; those that were known go on", L_STR("error", why.text));
    else if (rc && e)
        *e = why;
    return unreadable ? 0 : rc;
}

void watch_rules_free(struct watch_book *b)
{
    records_free(b->records, b->n_rules);
    mem_free(b->rules);
    arena_free(b->arena);
}
