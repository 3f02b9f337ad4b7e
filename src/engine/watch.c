#include "engine/watch.h"

#include "base/log.h"
#include "engine/asked.h"
#include "engine/due.h"
#include "engine/watch_facts.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EVERY_MS 5000       /* what ended is counted so much later */
#define SOON_MS 500         /* what is news to a rule is shown to it so much later */
#define STEP_MS 50          /* between steps while there is more; a step takes the writer some milliseconds */
#define LOOK_MS 30000       /* between two looks at conditions */
#define AGAIN_FIRST_MS 1000 /* an op that the store did not want is tried again so much later, then twice as much ... */
#define AGAIN_MOST_MS 60000 /* ... up to this */
#define PLAIN_AFTER_MS 600000 /* then runs are counted all the same */
#define DAMAGED_MS 3600000    /* which, if it fails too, is tried again so much later */

struct watch {
    struct loop_timer timer;
    struct mono timer_at;
    struct wall at;            /* the next op comes then at the latest */
    struct wall looked_at;     /* conditions were looked at */
    bool wanted;               /* an op is to come, whether or not something was written */
    bool under_way, again;     /* again: and another is to follow it */
    int64_t written;           /* ops of the writer when the last op was made */
    int64_t generation;        /* of what the store holds of rules and channels */
    int64_t again_ms;          /* ops fail: the wait between two; 0: all is well */
    struct mono failing_since; /* they do since then */
    bool plain;                /* the next op counts runs, and no more */
    struct watch_trouble store;
    struct watch_book *book;
    struct watch_facts *facts;          /* of the op under way */
    struct watch_job *jobs, *jobs_last; /* that changed, and the book does not know yet */
    int64_t late_ms, long_ms, firing;
    char host[256];
};

static void ask_in(struct engine *g, int64_t ms)
{
    struct watch *w = g->watch;
    struct mono when = { clock_mono().us + ms * 1000 };
    if (loop_timer_is_set(&w->timer) && w->timer_at.us <= when.us)
        return;
    w->timer_at = when;
    loop_timer_set(g->loop, &w->timer, when);
}

/* --- the op ------------------------------------------------------------------------------------------------------ */

static void facts_free(struct watch_facts *f)
{
    if (!f)
        return;
    for (struct watch_job *j = f->jobs, *next; j; j = next) {
        next = j->next;
        watch_job_free(j);
    }
    arena_free(f->arena);
    mem_free(f);
}

static struct watch_facts *facts_new(struct engine *g, struct wall now)
{
    struct watch *w = g->watch;
    struct watch_facts *f = mem_alloc(sizeof *f);
    f->arena = arena_new(0);
    if (w->plain)
        return f;
    f->jobs = w->jobs;
    w->jobs = w->jobs_last = NULL;
    watch_facts_signs(g, &w->store, f);
    if (now.ms - w->looked_at.ms < LOOK_MS && now.ms >= w->looked_at.ms)
        return f;
    w->looked_at = now;
    watch_facts_fill(g, w->late_ms, w->long_ms, f);
    return f;
}

/* The ends of runs wait in the store for it: tried again, later and later. When that goes on for long, they are counted without being shown. */
static void failed(struct engine *g, const struct watch_op *o)
{
    struct watch *w = g->watch;
    struct mono now = clock_mono();
    const char *why = o->base.op.err.text;
    w->wanted = true;
    if (o->plain) {
        log_error("statistics cannot be counted: restore a backup when it suits", L_STR("error", why));
        ask_in(g, DAMAGED_MS);
        return;
    }
    w->looked_at = (struct wall){ 0 };
    if (w->again_ms == 0)
        w->failing_since = now;
    w->again_ms = w->again_ms == 0 ? AGAIN_FIRST_MS : 2 * w->again_ms < AGAIN_MOST_MS ? 2 * w->again_ms : AGAIN_MOST_MS;
    w->plain = mono_ms_since(w->failing_since, now) > PLAIN_AFTER_MS;
    log_error("nothing can be told just now: what alerts need cannot be read or written", L_STR("error", why),
              L_INT("again_in_s", w->again_ms / 1000));
    ask_in(g, w->plain ? STEP_MS : w->again_ms);
}

/* When the next one comes: the soonest of a message, a look, and what is left. */
static void arrange(struct engine *g, const struct watch_op *o)
{
    struct watch *w = g->watch;
    w->at = o->tell ? o->next : WALL_NONE;
    if (o->looks && (wall_is_none(w->at) || w->looked_at.ms + LOOK_MS < w->at.ms))
        w->at.ms = w->looked_at.ms + LOOK_MS;
    w->wanted = o->more || w->again || o->plain;
    ask_in(g, o->more ? STEP_MS : w->again ? SOON_MS : EVERY_MS);
    w->again = false;
    loop_later(g->loop, &g->more_due); /* the wall timer is to be set anew */
}

/* What is told is on its way from now on. */
static void take_up(struct engine *g)
{
    struct err e = { 0 };
    if (g->draining)
        return;
    if (store_begin(g->store, &e))
        log_error("messages of alerts could not be read", L_STR("error", e.text));
    else
        asked_take_up(g);
    store_rollback(g->store);
}

/* The op is durable, so what the book knows is what the store has. */
static void learn(struct watch *w, const struct watch_op *o)
{
    if (w->again_ms)
        log_info("alerts can be told again");
    w->again_ms = 0;
    w->book->clean = true;
    if (w->facts->look && w->facts->store_well)
        w->store.since = WALL_NONE;
    w->late_ms = o->late_ms;
    w->long_ms = o->long_ms;
    w->firing = o->firing;
}

static void done(struct engine *g, struct record_op *op)
{
    struct watch *w = g->watch;
    const struct watch_op *o = (const struct watch_op *)op;
    w->under_way = false;
    w->written++; /* this one */
    if (!o->base.op.status && !o->plain)
        learn(w, o);
    facts_free(w->facts);
    w->facts = NULL;
    if (o->base.op.status) {
        failed(g, o);
        return;
    }
    arrange(g, o);
    if (o->made)
        take_up(g);
}

static void submit(struct engine *g)
{
    struct watch *w = g->watch;
    struct watch_op *o = mem_alloc(sizeof *o);
    struct writer_stats stats;
    writer_stats(g->writer, &stats);
    w->written = stats.ops;
    w->wanted = false;
    w->under_way = true;
    w->facts = facts_new(g, clock_wall());
    o->book = w->book;
    o->facts = w->facts;
    o->generation = w->generation;
    o->sealed = !g->taken_up;
    o->plain = w->plain;
    w->plain = false;
    o->tell = g->held.hold == HOLD_NONE;
    o->group_ms = g->settings.alert_group_s * 1000;
    o->host = w->host;
    o->late_ms = o->long_ms = -1;
    memcpy(o->page, g->settings.page_url, sizeof o->page);
    record_other(g, &o->base, watch_op_exec, done);
}

/* While the store takes nothing there is no use in asking. */
static void ask(struct engine *g)
{
    struct watch *w = g->watch;
    w->wanted = true;
    w->again = w->again || w->under_way;
    if (g->draining || w->under_way)
        return;
    if (*g->store_error)
        ask_in(g, EVERY_MS);
    else
        submit(g);
}

/* Nothing is asked of the store when nothing was written since. */
static void timer_due(void *ctx)
{
    struct engine *g = ctx;
    struct watch *w = g->watch;
    struct writer_stats stats;
    writer_stats(g->writer, &stats);
    if (w->wanted || stats.ops != w->written)
        ask(g);
    else
        ask_in(g, EVERY_MS);
}

/* --- what makes it come ------------------------------------------------------------------------------------------ */

struct wall watch_at(const struct engine *g)
{
    return g->watch->at;
}

void watch_due(struct engine *g, struct wall now)
{
    (void)now;
    g->watch->at = WALL_NONE; /* until the op has told */
    ask(g);
}

void watch_sealed(struct engine *g)
{
    struct watch *w = g->watch;
    struct wall now = clock_wall();
    bool look = now.ms - w->looked_at.ms >= LOOK_MS || now.ms < w->looked_at.ms;
    if (look || w->wanted || (!wall_is_none(w->at) && w->at.ms <= now.ms))
        ask(g);
}

void watch_run(struct engine *g, const struct entry *en, const struct run *r)
{
    bool news = r->state == RUN_FAILED || r->state == RUN_MISSED || (r->state == RUN_SUCCEEDED && en && en->failing);
    if (!news || r->edited)
        return;
    g->watch->wanted = true;
    ask_in(g, SOON_MS);
}

void watch_changed(struct engine *g)
{
    struct watch *w = g->watch;
    w->generation++;
    if (!g->taken_up)
        return;
    w->wanted = true;
    ask_in(g, SOON_MS);
}

void watch_look_again(struct engine *g)
{
    g->watch->looked_at = (struct wall){ 0 };
    g->watch->wanted = true;
    ask_in(g, SOON_MS);
}

void watch_store_failed(struct engine *g)
{
    struct watch_trouble *t = &g->watch->store;
    if (wall_is_none(t->since))
        t->since = clock_wall();
    snprintf(t->why, sizeof t->why, "%s", g->store_error);
    watch_look_again(g);
}

static void send_job(struct engine *g, struct watch_job *j)
{
    struct watch *w = g->watch;
    if (w->jobs_last)
        w->jobs_last->next = j;
    else
        w->jobs = j;
    w->jobs_last = j;
}

void watch_job(struct engine *g, const struct job_record *r)
{
    send_job(g, watch_job_new(r, r->job.name));
}

void watch_job_gone(struct engine *g, const char *job)
{
    send_job(g, watch_job_new(NULL, job));
}

const char *watch_host(const struct engine *g)
{
    return g->watch->host;
}

int64_t watch_firing(const struct engine *g)
{
    return g->watch->firing;
}

/* --- life -------------------------------------------------------------------------------------------------------- */

void watch_init(struct engine *g)
{
    struct watch *w = g->watch = mem_alloc(sizeof *w);
    w->timer = (struct loop_timer){ .fn = timer_due, .ctx = g };
    w->at = WALL_NONE;
    w->store.since = WALL_NONE;
    w->late_ms = w->long_ms = -1;
    w->book = watch_book_new();
    if (gethostname(w->host, sizeof w->host - 1))
        snprintf(w->host, sizeof w->host, "localhost");
}

void watch_begin(struct engine *g)
{
    g->watch->wanted = true;
    ask_in(g, SOON_MS);
}

void watch_free(struct engine *g)
{
    struct watch *w = g->watch;
    if (w->facts)
        facts_free(w->facts);
    for (struct watch_job *j = w->jobs, *next; j; j = next) {
        next = j->next;
        watch_job_free(j);
    }
    watch_book_free(w->book);
    mem_free(w);
}
