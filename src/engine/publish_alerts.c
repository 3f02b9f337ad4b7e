/* publish_alerts.c - rules, channels and mutes that others changed (publish.h). The roster holds none of them, so what was told last is kept here. */
#include "engine/publish.h"

#include "store/alerts.h"

#include <inttypes.h>
#include <string.h>

/* As it was told. */
struct announced {
    char *name;
    int64_t revision;
    struct wall updated_at;
    bool seen;
};
struct announcements {
    struct map rules, channels; /* struct announced, by name */
    struct buf mutes;           /* all of them, in a line each */
    bool known;                 /* all was looked at before: what is not here is new */
};

struct look {
    struct engine *engine;
    enum feed_kind kind;
    struct map *known;
};

static void tell(struct engine *g, enum feed_kind kind, enum feed_action action, const char *name, int64_t revision)
{
    struct feed_entry x = { .kind = kind, .action = action, .revision = revision };
    size_t len = strlen(name);
    if (!g->taken_up || !g->announcements->known || !feed_on(g->feed))
        return;
    memcpy(x.name, name, len < sizeof x.name ? len : sizeof x.name - 1);
    feed_put(g->feed, &x);
}

static void note(void *ctx, const char *name, int64_t revision, struct wall updated_at)
{
    struct look *l = ctx;
    struct announced *a = map_get(l->known, name);
    bool fresh = !a;
    if (fresh) {
        a = mem_alloc(sizeof *a);
        a->name = mem_strdup(name);
        map_put(l->known, a->name, a);
    }
    if (fresh || a->revision != revision || a->updated_at.ms != updated_at.ms)
        tell(l->engine, l->kind, fresh ? FEED_CREATED : FEED_CHANGED, name, revision);
    a->revision = revision;
    a->updated_at = updated_at;
    a->seen = true;
}

static void announced_free(struct announced *a)
{
    mem_free(a->name);
    mem_free(a);
}

static struct announced *unseen(const struct map *known)
{
    struct announced *a;
    for (size_t pos = 0; (a = map_each(known, &pos));)
        if (!a->seen)
            return a;
    return NULL;
}

static void forget(const struct look *l)
{
    struct announced *a;
    while ((a = unseen(l->known))) {
        tell(l->engine, l->kind, FEED_REMOVED, a->name, 0);
        map_remove(l->known, a->name);
        announced_free(a);
    }
    for (size_t pos = 0; (a = map_each(l->known, &pos));)
        a->seen = false;
}

static void note_mute(void *ctx, enum mute_scope scope, const char *name, struct wall until)
{
    buf_printf(ctx, "%d %s %" PRId64 "\n", (int)scope, name, until.ms);
}

static int look_at_mutes(struct engine *g, struct err *e)
{
    struct announcements *known = g->announcements;
    struct buf now = BUF_INIT(SIZE_MAX / 8);
    int rc = mute_each(g->store, clock_wall(), note_mute, &now, e);
    if (rc || !strcmp(buf_str(&now), buf_str(&known->mutes))) {
        buf_free(&now);
        return rc;
    }
    tell(g, FEED_MUTES, FEED_CHANGED, "", 0);
    buf_free(&known->mutes);
    known->mutes = now;
    return 0;
}

int publish_alerts(struct engine *g, struct err *e)
{
    if (!g->announcements) {
        g->announcements = mem_alloc(sizeof *g->announcements);
        g->announcements->mutes = BUF_INIT(SIZE_MAX / 8);
    }
    struct look rules = { g, FEED_ALERT, &g->announcements->rules };
    struct look channels = { g, FEED_CHANNEL, &g->announcements->channels };
    int rc = alerts_revisions(g->store, note, &rules, e);
    if (!rc)
        rc = channels_revisions(g->store, note, &channels, e);
    if (!rc)
        rc = look_at_mutes(g, e);
    if (rc)
        return rc;
    forget(&rules);
    forget(&channels);
    g->announcements->known = true;
    return 0;
}

static void table_free(struct map *known)
{
    struct announced *a;
    for (size_t pos = 0; (a = map_each(known, &pos));)
        announced_free(a);
    map_free(known);
}

void publish_alerts_free(struct engine *g)
{
    if (!g->announcements)
        return;
    table_free(&g->announcements->rules);
    table_free(&g->announcements->channels);
    buf_free(&g->announcements->mutes);
    mem_free(g->announcements);
}
