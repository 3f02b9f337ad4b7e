#include "engine/refusal.h"

#include "base/log.h"
#include "engine/due.h"
#include "engine/flight.h"

#include <stdio.h>

#define FIRST_MS 1000
#define MOST_MS 60000

static void note_why(struct engine *g, const struct err *why)
{
    snprintf(g->refusal_why, sizeof g->refusal_why, "%s", why->text);
}

static int64_t later(int64_t before_ms)
{
    return before_ms == 0 ? FIRST_MS : 2 * before_ms < MOST_MS ? 2 * before_ms : MOST_MS;
}

/* --- claims ------------------------------------------------------------------------------------------------------ */

bool refusal_of(const struct entry *en)
{
    return en->refused_ms > 0;
}

void refusal_claim(struct engine *g, const struct run *r, const struct err *why)
{
    struct entry *en = map_get(&g->jobs, r->job);
    char at[WALL_TEXT_SIZE];
    note_why(g, why);
    if (!en)
        return;
    if (!refusal_of(en)) {
        log_error("the store refuses a run of this job, and takes others: it is tried again, at least each minute",
                  L_STR("job", r->job), L_STR("scheduled_for", wall_format(r->scheduled_for, at)),
                  L_STR("error", why->text));
        link_append(&g->refused_jobs, &en->of_refused);
    }
    if (r->scheduled_for.ms <= en->from.ms)
        en->from.ms = r->scheduled_for.ms - 1;
    if (!refusal_of(en) || en->refused_probe) /* not for each of many that were claimed together */
        en->refused_ms = later(en->refused_ms);
    en->refused_probe = false;
    en->refused_until = (struct wall){ clock_wall().ms + en->refused_ms };
    due_entry(g, en);
}

/* What was claimed after the one that was refused may have rows. */
void refusal_taken(struct engine *g, const char *job)
{
    struct entry *en = link_empty(&g->refused_jobs) ? NULL : map_get(&g->jobs, job);
    struct err e = { 0 };
    if (!en || !refusal_of(en))
        return;
    refusal_forget(en);
    log_info("the store takes runs of this job again", L_STR("job", job));
    if (due_recall_entry(g, en, &e))
        log_error("which occurrences have runs could not be read", L_STR("error", e.text));
    due_entry(g, en);
}

/* Another write goes along with each try: if that one succeeds, it is not the store that fails (write_op.alone). */
void refusal_wait(struct engine *g, struct entry *en, struct wall now)
{
    record_planned(g);
    en->refused_probe = true;
    en->refused_until = (struct wall){ now.ms + MOST_MS };
}

struct wall refusal_later(const struct entry *en, struct wall due)
{
    return refusal_of(en) && en->refused_until.ms > due.ms ? en->refused_until : due;
}

void refusal_forget(struct entry *en)
{
    if (!refusal_of(en))
        return;
    en->refused_ms = 0;
    en->refused_probe = false;
    link_remove(&en->of_refused);
}

struct wall refusal_mark(const struct engine *g, struct wall planned)
{
    for (const struct link *l = g->refused_jobs.next; l != &g->refused_jobs; l = l->next) {
        const struct entry *en = MEM_CONTAINER(l, struct entry, of_refused);
        struct wall has_rows = { en->from.ms - en->refused_probe }; /* the one that is on its way has none yet */
        if (has_rows.ms < planned.ms)
            planned = has_rows;
    }
    return planned;
}

/* --- other writes of a run --------------------------------------------------------------------------------------- */

static void again(void *engine)
{
    refusal_again(engine);
}

void refusal_init(struct engine *g)
{
    link_init(&g->refused_jobs);
    g->refused_timer = (struct loop_timer){ .fn = again, .ctx = g };
}

/* A run whose attempt could not be begun holds no slot meanwhile. */
void refusal_keep(struct engine *g, struct record_op *o)
{
    note_why(g, &o->op.err);
    if (!o->kept)
        log_error("the store refuses a write of this run, and takes others: it is tried again, at least each minute",
                  L_STR("job", o->flight->spec->record->job.name), L_STR("run", o->run.id),
                  L_STR("error", o->op.err.text));
    o->kept = true;
    o->op.mail.next = g->refused;
    g->refused = &o->op.mail;
    g->n_refused++;
    if (!loop_timer_is_set(&g->refused_timer)) {
        g->refused_ms = later(g->refused_ms);
        loop_timer_set(g->loop, &g->refused_timer, (struct mono){ loop_now(g->loop).us + g->refused_ms * 1000 });
    }
    if (o->flight->phase == FLIGHT_BEGINNING)
        slot_release(g, o->flight);
}

void refusal_ended(struct engine *g, struct record_op *o)
{
    if (!o->kept)
        return;
    o->kept = false;
    g->refused_ms = 0;
    log_info("the store has taken the write of this run", L_STR("run", o->run.id));
}

void refusal_again(struct engine *g)
{
    struct mail *m = g->refused;
    if (!m)
        return;
    g->refused = NULL;
    g->n_refused = 0;
    loop_timer_clear(g->loop, &g->refused_timer);
    for (struct mail *next; m; m = next) {
        struct record_op *o = (struct record_op *)m;
        next = m->next;
        if (o->flight->phase == FLIGHT_BEGINNING)
            slot_take_again(o->flight);
        record_again(g, o);
    }
    record_planned(g);
}

int refusal_flights(const struct engine *g)
{
    return g->n_refused;
}

int64_t refusal_drop(struct engine *g)
{
    int64_t n = record_free_list(g->refused);
    g->refused = NULL;
    g->n_refused = 0;
    return n;
}

int refusal_tell(const struct engine *g, const char **ret_why)
{
    int n = g->n_refused;
    for (const struct link *l = g->refused_jobs.next; l != &g->refused_jobs; l = l->next)
        n++;
    *ret_why = g->refusal_why;
    return n;
}
