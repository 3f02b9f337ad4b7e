#include "engine/backlog.h"

#include "base/log.h"
#include "engine/flight.h"
#include "engine/refusal.h"

#include <stdio.h>
#include <string.h>

#define TAKEN_A_TURN 1024 /* then calls in flight get their turn */
#define READ_BATCH 1000
#define TICK_US 1000000

static const char unwanted[] = "canceled: the next occurrence came (overlap: cancel_running)";

/* Those behind another run of the job are one, but for a job that was changed while many waited. */
static int held(const struct entry *en)
{
    return en->waiting + en->queued;
}

/* Runs that are past their window, or unwanted, end at once when they are taken up, faster than that is written. What the
 * store refuses may stay for long, and is nobody else's trouble. */
static int ending(const struct engine *g)
{
    int n = g->phases[FLIGHT_FINISHING] - refusal_flights(g);
    return n > 0 ? n : 0;
}

static int room_of(const struct engine *g, const struct entry *en)
{
    const struct backlog *b = &g->backlog;
    int job = b->most_job - held(en), all = b->most_all - b->waiting - ending(g);
    int room = job < all ? job : all;
    return room > 0 ? room : held(en) == 0 && ending(g) < b->most_all;
}

bool backlog_room(const struct engine *g, const struct entry *en)
{
    return room_of(g, en) > 0;
}

/* --- overload, as others see it ---------------------------------------------------------------------------------- */

static void name_job(struct backlog *b, const struct entry *en)
{
    snprintf(b->job, sizeof b->job, "%s", en->spec->record->job.name);
}

static void overload_begin(struct engine *g, const struct entry *en)
{
    struct backlog *b = &g->backlog;
    b->since = clock_wall();
    b->most_left = 0;
    name_job(b, en);
    log_warn("overload: more runs wait than are held in memory; the others wait in the store, none is lost",
             L_STR("job", b->job), L_INT("held", b->waiting), L_STR("reason", slot_reason(en->spec->place)));
    loop_timer_set(g->loop, &b->tick, (struct mono){ loop_now(g->loop).us + TICK_US });
}

static void overload_end(struct engine *g)
{
    struct backlog *b = &g->backlog;
    log_info("overload is over: all runs that wait are held in memory again", L_INT("most_left", b->most_left),
             L_INT("seconds", (clock_wall().ms - b->since.ms) / 1000));
    b->since = WALL_NONE;
    loop_later(g->loop, &g->publish);
}

static void left_add(struct engine *g, struct entry *en, int64_t n)
{
    struct backlog *b = &g->backlog;
    if (n > 0 && wall_is_none(b->since))
        overload_begin(g, en);
    en->left += n;
    b->left += n;
    if (b->left > b->most_left)
        b->most_left = b->left;
    if (b->left == 0)
        b->relieved = loop_now(g->loop);
    if (en->left == 0)
        en->left_unwanted = false;
}

/* --- taking up --------------------------------------------------------------------------------------------------- */

/* Not before half of what was held has gone, so that many are read at once. */
static void look(struct engine *g, struct entry *en)
{
    struct backlog *b = &g->backlog;
    if (en->left <= en->left_unwritten || held(en) > b->most_job / 2 || ending(g) > b->most_all / 2 ||
        !backlog_room(g, en) || g->draining)
        return;
    if (link_empty(&en->of_backlog))
        link_append(&b->entries, &en->of_backlog);
    loop_later(g->loop, &b->take_up);
}

/* One fewer is left; never the last one, which only a read that finds none may say: a run that nobody counts waits until the next start. */
static void left_less(struct engine *g, struct entry *en)
{
    if (en->left > en->left_unwritten + 1)
        left_add(g, en, -1);
}

static int take_some(struct engine *g, struct entry *en, int room, struct arena *a, struct err *e)
{
    /* Those that are held may be queued in the store, too: so many cannot all be among them. */
    int n, taken = 0, beyond = 0, most = en->active + en->queued + g->phases[FLIGHT_FINISHING] + room + 1;
    struct run *runs;
    bool cancel = en->left_unwanted;
    int rc = runs_left(g->store, en->spec->record->job.name, most, a, &runs, &n, e);
    for (int i = 0; rc == 0 && i < n; i++) {
        if (map_get(&g->flights, runs[i].id))
            continue;
        if (taken == room) {
            beyond++;
            continue;
        }
        taken++;
        struct flight *f = flight_take_up(g, &runs[i]);
        if (f && cancel)
            flight_cancel(g, f, unwanted);
    }
    if (rc)
        return rc;
    int64_t least = en->left_unwritten + (beyond > 0), left = beyond > 0 ? en->left - taken : least;
    left_add(g, en, (left > least ? left : least) - en->left);
    return taken;
}

static void take_up(void *ctx)
{
    struct engine *g = ctx;
    struct backlog *b = &g->backlog;
    struct err e = { 0 };
    for (int turn = 0; turn < TAKEN_A_TURN && !link_empty(&b->entries) && !g->draining;) {
        struct entry *en = MEM_CONTAINER(b->entries.next, struct entry, of_backlog);
        struct arena *a = arena_new(0);
        link_remove(&en->of_backlog);
        int room = room_of(g, en), n = room ? take_some(g, en, room, a, &e) : 0;
        if (n < 0)
            log_error("runs that wait could not be read; they are tried again", L_STR("error", e.text));
        else
            look(g, en);
        turn += n > 0 ? n : TAKEN_A_TURN / 16;
        arena_free(a);
    }
    if (!link_empty(&b->entries) && !g->draining)
        loop_later(g->loop, &b->take_up);
    loop_later(g->loop, &g->publish);
}

/* Each second of an overload: whose it is, whether it is over, and whether reading failed and is to be tried again. */
static void tick(void *ctx)
{
    struct engine *g = ctx;
    struct backlog *b = &g->backlog;
    const struct entry *most = NULL;
    struct entry *en;
    for (size_t pos = 0; (en = map_each(&g->jobs, &pos));) {
        look(g, en);
        if (en->left && (!most || en->left > most->left))
            most = en;
    }
    if (most)
        name_job(b, most);
    if (b->left == 0 && mono_ms_since(b->relieved, loop_now(g->loop)) >= BACKLOG_RELIEVED_MS)
        overload_end(g);
    else
        loop_timer_set(g->loop, &b->tick, (struct mono){ loop_now(g->loop).us + TICK_US });
}

void backlog_init(struct engine *g, int most_job, int most_all)
{
    struct backlog *b = &g->backlog;
    b->most_job = most_job ? most_job : BACKLOG_JOB;
    b->most_all = most_all ? most_all : BACKLOG_ALL;
    b->since = WALL_NONE;
    b->take_up = (struct loop_task){ .fn = take_up, .ctx = g };
    b->tick = (struct loop_timer){ .fn = tick, .ctx = g };
    link_init(&b->entries);
}

/* --- leaving ----------------------------------------------------------------------------------------------------- */

void backlog_leave(struct engine *g, struct entry *en, struct claim_row *row)
{
    row->run.state = RUN_QUEUED;
    row->run.message = arena_strdup(g->claim->base.arena, slot_reason(en->spec->place));
    row->flight = NULL;
    en->left_unwritten++;
    left_add(g, en, 1);
}

void backlog_left(struct engine *g, const struct claim_row *row)
{
    struct entry *en = map_get(&g->jobs, row->run.job);
    bool counted = en && en->left_unwritten > 0;
    if (!en && row->inserted)
        flight_resume(g, &row->run); /* the job was removed meanwhile, which ends it */
    if (!en)
        return;
    en->left_unwritten -= counted;
    bool left = row->inserted && !map_get(&g->flights, row->run.id);
    if (left && !counted)
        left_add(g, en, 1);
    else if (counted && !left)
        left_less(g, en);
    look(g, en);
}

void backlog_wait(struct engine *g, struct flight *f, bool waits)
{
    if (f->waits == waits)
        return;
    f->waits = waits;
    g->backlog.waiting += waits ? 1 : -1;
    if (!f->entry)
        return;
    f->entry->waiting += waits ? 1 : -1;
    if (!waits)
        look(g, f->entry);
}

void backlog_ended(struct engine *g, struct entry *en)
{
    look(g, en);
}

void backlog_unwanted(struct entry *en)
{
    en->left_unwanted = en->left > 0;
}

void backlog_cancel(struct engine *g, const struct run *r)
{
    struct entry *en = map_get(&g->jobs, r->job);
    if (r->state != RUN_QUEUED)
        return;
    if (en && !trigger_by_hand(r->trigger))
        left_less(g, en);
    flight_take_up(g, r);
    if (en)
        look(g, en);
}

/* --- what an earlier life left ----------------------------------------------------------------------------------- */

static void read_run(struct engine *g, const struct run *r)
{
    struct entry *en = map_get(&g->jobs, r->job);
    bool may_wait = en && r->state == RUN_QUEUED && !trigger_by_hand(r->trigger) && !r->cancel_requested;
    if (map_get(&g->flights, r->id) || (may_wait && en->left_counted))
        return;
    if (may_wait && (en->left > 0 || !backlog_room(g, en)))
        left_add(g, en, 1);
    else
        flight_resume(g, r);
}

static int read_some(struct engine *g, char after[ID_TEXT_SIZE], int *ret_n, struct err *e)
{
    struct arena *a = arena_new(0);
    struct run *runs = NULL;
    *ret_n = 0;
    int rc = runs_open(g->store, *after ? after : NULL, READ_BATCH, a, &runs, ret_n, e);
    for (int i = 0; rc == 0 && i < *ret_n; i++)
        read_run(g, &runs[i]);
    if (rc == 0 && *ret_n)
        memcpy(after, runs[*ret_n - 1].id, ID_TEXT_SIZE);
    arena_free(a);
    return rc;
}

int backlog_read(struct engine *g, struct err *e)
{
    char after[ID_TEXT_SIZE] = "";
    struct entry *en;
    int n, rc;
    do
        rc = read_some(g, after, &n, e);
    while (rc == 0 && n == READ_BATCH);
    for (size_t pos = 0; rc == 0 && (en = map_each(&g->jobs, &pos));)
        en->left_counted = true;
    return rc;
}

void backlog_forget(struct engine *g, struct entry *en)
{
    link_remove(&en->of_backlog);
    left_add(g, en, -en->left);
}
