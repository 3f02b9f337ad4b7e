#include "engine/watch_facts.h"

#include "engine/backups.h"
#include "engine/refusal.h"
#include "store/figures.h"

#include <string.h>

#define MIB (1024.0 * 1024)
#define OPEN_MAX 1000 /* runs that are late or long, told of in one go */

static struct watch_sign disk(struct engine *g)
{
    struct figures_space space;
    figures_space(g->data_dir, &space);
    return (struct watch_sign){ .unknown = space.free < 0, .since = WALL_NONE, .value = (double)space.free / MIB };
}

static struct watch_sign sealed(const struct engine *g, struct arena *a)
{
    return (struct watch_sign){ .holds = !g->taken_up, .since = WALL_NONE, .why = arena_strdup(a, g->seal_error) };
}

static struct watch_sign set_back(const struct engine *g)
{
    bool back = !wall_is_none(g->set_back_from);
    int64_t by_ms = back ? g->set_back_from.ms - clock_wall().ms : 0;
    return (struct watch_sign){ .holds = back, .since = WALL_NONE, .value = (double)by_ms, .why = "" };
}

static struct watch_sign overload(const struct engine *g, struct arena *a)
{
    const struct backlog *b = &g->backlog;
    bool on = !wall_is_none(b->since);
    const char *why = on && *b->job ? arena_printf(a, "most of them are of job %s", b->job) : "";
    return (struct watch_sign){
        .holds = on, .since = b->since, .value = (double)(b->left + b->waiting), .limit = b->most_all, .why = why
    };
}

/* Before the first one after a start nobody knows whether it would be made; where none is wanted any more, that none was is no concern. */
static struct watch_sign backup(const struct engine *g, struct arena *a)
{
    struct backup_status now;
    backups_read(g->backups, &now);
    return (struct watch_sign){ .holds = now.on && *now.error,
                                .unknown = now.on && now.made + now.failed == 0,
                                .moot = !now.on,
                                .since = WALL_NONE,
                                .why = arena_strdup(a, now.error) };
}

/* What it said last is also why when it is over: nothing could be told while it lasted. */
static struct watch_sign store(const struct engine *g, const struct watch_trouble *t, struct watch_facts *f)
{
    const char *why;
    int rows = refusal_tell(g, &why);
    bool refused = rows > 0, was = !wall_is_none(t->since);
    f->store_well = was && !refused;
    return (struct watch_sign){ .holds = was || refused,
                                .since = t->since,
                                .value = rows,
                                .why = arena_strdup(f->arena, refused && !was ? why : t->why) };
}

/* --- certificates ------------------------------------------------------------------------------------------------ */

static void add_certificate(struct watch_facts *f, const char *subject, struct wall expires_at)
{
    f->certificates[f->n_certificates++] = (struct watch_certificate){ arena_strdup(f->arena, subject), expires_at };
}

static void certificates(struct engine *g, struct watch_facts *f)
{
    const struct place *p;
    f->certificates = arena_alloc(f->arena, (g->places.len + 1) * sizeof *f->certificates);
    for (size_t pos = 0; (p = map_each(&g->places, &pos));)
        if (p->known)
            add_certificate(f, p->spec->record->target.name, p->certificate_until);
    pthread_mutex_lock(&g->shared_lock);
    struct wall own = g->own_certificate;
    pthread_mutex_unlock(&g->shared_lock);
    if (!wall_is_none(own))
        add_certificate(f, "", own);
}

/* --- runs that are open ------------------------------------------------------------------------------------------ */

static void add_open(struct watch_facts *f, const struct flight *x, enum alert_on on, struct wall since, int64_t ms)
{
    if (f->n_open == OPEN_MAX)
        return;
    struct watch_open *o = &f->open[f->n_open++];
    *o = (struct watch_open){ on, arena_strdup(f->arena, x->spec->record->job.name), "", since, ms };
    memcpy(o->run, x->id, sizeof o->run);
}

static void open_runs(struct engine *g, struct wall now, int64_t late_ms, int64_t long_ms, struct watch_facts *f)
{
    const struct flight *x;
    if ((late_ms < 0 && long_ms < 0) || g->flights.len == 0)
        return;
    f->open = arena_alloc(f->arena, OPEN_MAX * sizeof *f->open);
    for (size_t pos = 0; (x = map_each(&g->flights, &pos));) {
        bool begun = x->attempt > 0;
        if (x->spec->channel || x->edited)
            continue;
        if (!begun && late_ms >= 0 && now.ms - x->due.ms > late_ms)
            add_open(f, x, ALERT_LATENESS, x->due, now.ms - x->due.ms);
        if (begun && long_ms >= 0 && now.ms - x->started_at.ms > long_ms)
            add_open(f, x, ALERT_DURATION, x->started_at, now.ms - x->started_at.ms);
    }
}

void watch_facts_signs(struct engine *g, const struct watch_trouble *t, struct watch_facts *f)
{
    struct watch_sign *x = f->signs;
    for (int i = 0; i < ALERT_ON_COUNT; i++)
        x[i] = (struct watch_sign){ .since = WALL_NONE, .why = "" };
    x[ALERT_DISK] = disk(g);
    x[ALERT_SEALED] = sealed(g, f->arena);
    x[ALERT_CLOCK] = set_back(g);
    x[ALERT_OVERLOAD] = overload(g, f->arena);
    x[ALERT_BACKUP] = backup(g, f->arena);
    x[ALERT_STORE] = store(g, t, f);
}

void watch_facts_fill(struct engine *g, int64_t late_ms, int64_t long_ms, struct watch_facts *f)
{
    f->look = true;
    certificates(g, f);
    open_runs(g, clock_wall(), late_ms, long_ms, f);
}
