#include "engine/due.h"

#include "base/log.h"
#include "engine/backlog.h"
#include "engine/flight.h"
#include "engine/measure.h"
#include "engine/publish.h"
#include "engine/record.h"
#include "engine/refusal.h"
#include "engine/watch.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define WAKES_A_TURN 512  /* then calls in flight get their turn */
#define CLAIMS_MOST 128   /* handed to the writer: more wait, so that a long outage is no heap of missed rows */
#define SET_BACK_MS 60000 /* a clock set back by more is told */
#define FAR_MS (24 * 3600 * 1000LL) /* the timer's when nothing is due: for the notice of a set clock */

void due_wake(struct engine *g, struct wake *w, struct wall when)
{
    heap_put(&g->wakes, &w->node, when.ms);
    if (!g->looking && (wall_is_none(g->armed) || when.ms < g->armed.ms))
        loop_later(g->loop, &g->more_due);
}

void due_unwake(struct engine *g, struct wake *w)
{
    heap_remove(&g->wakes, &w->node);
}

struct wall due_planned_to_write(struct engine *g)
{
    return g->planned_safe;
}

static bool entry_paused(const struct engine *g, const struct entry *en, struct wall now)
{
    const struct job_record *r = en->spec->record;
    return g->settings.paused || (r->paused && (wall_is_none(r->paused_until) || r->paused_until.ms > now.ms));
}

static void entry_mode(struct engine *g, struct entry *en, enum measured_mode mode)
{
    g->jobs_active += (mode == MODE_ACTIVE) - (en->mode == MODE_ACTIVE);
    measure_mode(g, en, mode);
    en->mode = mode;
}

void due_forget(struct engine *g, struct entry *en)
{
    due_unwake(g, &en->wake);
    entry_mode(g, en, MODE_NONE);
}

/* Finds the entry's next occurrence and sets its wake. */
static void entry_next(struct engine *g, struct entry *en)
{
    const struct job_record *r = en->spec->record;
    struct wall due;
    if (r->paused && !wall_is_none(r->paused_until) && en->from.ms < r->paused_until.ms)
        en->from = r->paused_until; /* what falls into the pause is not wanted */
    bool paused_for_good = r->paused && wall_is_none(r->paused_until);
    en->next = WALL_NONE;
    if (!r->job.enabled || paused_for_good || !plan_next(&en->schedule, en->from, &en->next, &due)) {
        due_forget(g, en);
        refusal_forget(en);
        entry_mode(g, en, !r->job.enabled ? MODE_DISABLED : paused_for_good ? MODE_PAUSED : MODE_ENDED);
        return;
    }
    entry_mode(g, en, MODE_ACTIVE);
    due_wake(g, &en->wake, refusal_later(en, due));
}

static const char *overlap_reason(const struct entry *en, struct arena *a)
{
    const struct flight *before = MEM_CONTAINER(en->flights.next, struct flight, of_entry);
    bool queue = en->spec->record->job.overlap == OVERLAP_QUEUE;
    char since[WALL_TEXT_SIZE];
    return arena_printf(a, "skipped: run %s of this job, of %s, was still under way%s (overlap: %s)", before->id,
                        wall_format(before->scheduled_for, since), queue ? ", and another waits for its end" : "",
                        overlap_name(en->spec->record->job.overlap));
}

static void claimed(struct engine *g, struct record_op *o);

static void claim_flush(struct engine *g)
{
    if (!g->claim || g->claim->n == 0)
        return;
    g->claims_pending++;
    link_append(&g->claims, &g->claim->pending);
    record_claim(g, g->claim, claimed);
    g->claim = NULL;
}

/* A place in the claim under way; the job's name is copied, as the job may be gone when the writer gets there. */
static struct claim_row *claim_row(struct engine *g, const struct entry *en, struct wall now)
{
    if (!g->claim) {
        g->claim = record_claim_new(g);
        g->claim->planned_before = g->planned;
    }
    struct claim_row *row = &g->claim->rows[g->claim->n++];
    row->run = (struct run){
        .job = arena_strdup(g->claim->base.arena, en->spec->record->job.name),
        .created_at = now,
        .started_at = WALL_NONE,
        .finished_at = WALL_NONE,
        .next_attempt_at = WALL_NONE,
        .lateness_ms = -1,
        .duration_ms = -1,
        .message = "",
        .occurrences = 1,
    };
    id_new(now, row->run.id);
    return row;
}

static void claim_final(struct claim_row *row, enum run_state state, const char *message, struct wall now)
{
    row->run.state = state;
    row->run.message = message;
    row->run.finished_at = now;
}

/* --- what is planned again --------------------------------------------------------------------------------------
 *
 * After a restart, or a clock that was set back, occurrences are planned that may have rows. The store would refuse them, but only
 * later: until then they would stand in the way of others as if they ran, or cancel what does. */

void due_forget_told(struct entry *en)
{
    mem_free(en->told);
    en->told = NULL;
    en->n_told = en->cap_told = 0;
}

struct recall {
    struct engine *engine;
    const struct entry *only; /* NULL: every one */
};

static void recall(void *ctx, const char *job, struct wall scheduled_for)
{
    const struct recall *c = ctx;
    struct entry *en = map_get(&c->engine->jobs, job);
    if (!en || (c->only && en != c->only) || scheduled_for.ms <= en->from.ms)
        return;
    if (en->n_told == en->cap_told) {
        en->cap_told = en->cap_told ? 2 * en->cap_told : 4;
        en->told = mem_resize(en->told, (size_t)en->cap_told * sizeof *en->told);
    }
    en->told[en->n_told++] = scheduled_for;
}

int due_recall(struct engine *g, struct err *e)
{
    struct wall least = { INT64_MAX };
    struct entry *en;
    for (size_t pos = 0; (en = map_each(&g->jobs, &pos));) {
        due_forget_told(en);
        if (en->from.ms < least.ms)
            least = en->from;
    }
    return runs_occurrences(g->store, least, recall, &(struct recall){ g, NULL }, e);
}

int due_recall_entry(struct engine *g, struct entry *en, struct err *e)
{
    due_forget_told(en);
    return runs_occurrences(g->store, en->from, recall, &(struct recall){ g, en }, e);
}

static bool told(const struct entry *en, struct wall scheduled_for)
{
    for (int i = 0; i < en->n_told; i++)
        if (en->told[i].ms == scheduled_for.ms)
            return true;
    return false;
}

static bool under_way(const struct entry *en, struct wall scheduled_for)
{
    for (const struct link *l = en->flights.next; l != &en->flights; l = l->next)
        if (MEM_CONTAINER(l, struct flight, of_entry)->scheduled_for.ms == scheduled_for.ms)
            return true;
    return false;
}

/* False: it has a row, or is about to. */
static bool claim_item(struct engine *g, struct entry *en, const struct plan_item *item, struct wall now)
{
    if (told(en, item->scheduled_for) || under_way(en, item->scheduled_for))
        return false;
    struct claim_row *row = claim_row(g, en, now);
    row->run.trigger = item->action == PLAN_RUN ? TRIGGER_SCHEDULE : TRIGGER_CATCH_UP;
    row->run.scheduled_for = item->scheduled_for;
    if (item->action == PLAN_MISSED) {
        row->run.trigger = TRIGGER_SCHEDULE;
        row->run.occurrences = item->count;
        claim_final(row, RUN_MISSED, item->reason, now);
    } else {
        /* What is left in the store stands in the way like what is held. */
        int active = en->active + (en->left > 0 && !link_empty(&en->flights));
        enum plan_overlap what = plan_overlap(en->spec->record->job.overlap, active, en->queued);
        if (what == PLAN_SKIP)
            claim_final(row, RUN_SKIPPED, overlap_reason(en, g->claim->base.arena), now);
        else
            flight_claim(g, en, row, item->due, what);
    }
    if (g->claim->n == CLAIM_ROWS)
        claim_flush(g);
    return true;
}

/* Returns up to where in items[0..n) all is dealt with. */
static int claim_items(struct engine *g, struct entry *en, int n, struct wall now)
{
    bool one = refusal_of(en), claimed = false;
    int i = 0;
    while (i < n && !(one && claimed))
        claimed = claim_item(g, en, &g->items[i++], now) || claimed;
    if (one && claimed)
        refusal_wait(g, en, now);
    else
        refusal_forget(en);
    return i;
}

static void entry_due(struct engine *g, struct wake *w, struct wall now)
{
    struct entry *en = MEM_CONTAINER(w, struct entry, wake);
    if (entry_paused(g, en, now)) {
        en->from.ms =
            now.ms > en->from.ms ? now.ms : en->from.ms; /* paused on purpose: such occurrences leave no row */
        refusal_forget(en);
    } else {
        int n = plan_due(&en->schedule, en->from, now, g->items, PLAN_MAX_ROWS + 1);
        n = claim_items(g, en, n, now);
        if (n)
            en->from = g->items[n - 1].scheduled_for;
        if (en->n_told && en->told[en->n_told - 1].ms <= en->from.ms)
            due_forget_told(en);
    }
    entry_next(g, en);
}

/* Another try of a message is seldom the first: only then are the others gone through. */
struct wall due_next(const struct engine *g)
{
    struct wall next = WALL_NONE;
    struct heap_node *n = heap_first(&g->wakes);
    struct entry *en;
    if (!n || !flight_is_message(MEM_CONTAINER(n, struct wake, node)))
        return n ? (struct wall){ n->key } : next;
    for (size_t pos = 0; (en = map_each(&g->jobs, &pos));)
        if (heap_has(&en->wake.node) && (wall_is_none(next) || en->wake.node.key < next.ms))
            next.ms = en->wake.node.key;
    return next;
}

const struct entry *due_first(const struct engine *g)
{
    struct heap_node *n = heap_first(&g->wakes);
    struct wake *w = n ? MEM_CONTAINER(n, struct wake, node) : NULL;
    return w && w->fn == entry_due ? MEM_CONTAINER(w, struct entry, wake) : NULL;
}

void due_entry(struct engine *g, struct entry *en)
{
    en->wake.fn = entry_due;
    entry_next(g, en);
}

/* A run that ended as it was made. */
static void final_row(struct engine *g, const struct run *r)
{
    log_warn(r->state == RUN_MISSED ? "run missed" : "run skipped", L_STR("job", r->job), L_STR("run", r->id),
             L_STR("reason", r->message));
    measure_run(g, map_get(&g->jobs, r->job), r->job, r);
}

/* The writer is through with a claim: its rows are durable. */
static void claimed(struct engine *g, struct record_op *o)
{
    struct claim_op *c = (struct claim_op *)o;
    bool unwritten = g->planned_safe.ms < g->planned.ms;
    for (int i = 0; i < c->n; i++)
        o->op.status ? refusal_claim(g, &c->rows[i].run, &o->op.err) : refusal_taken(g, c->rows[i].run.job);
    link_remove(&c->pending);
    struct claim_op *oldest = MEM_CONTAINER(g->claims.next, struct claim_op, pending);
    struct wall safe = --g->claims_pending == 0 ? g->planned : oldest->planned_before;
    safe = refusal_mark(g, safe);
    if (safe.ms > g->planned_safe.ms)
        g->planned_safe = safe;
    if (g->claims_pending == CLAIMS_MOST - 1)
        loop_later(g->loop, &g->more_due);
    for (int i = 0; i < c->n; i++) {
        struct claim_row *row = &c->rows[i];
        row->inserted = row->inserted && !o->op.status; /* what was undone says that it was */
        if (row->inserted)
            publish_run(g, &row->run, row->flight);
        if (row->flight)
            flight_claimed(g, row->flight, row->inserted);
        else if (row->run.state == RUN_QUEUED)
            backlog_left(g, row);
        else if (row->inserted)
            final_row(g, &row->run);
    }
    /* With calls under way the mark goes along with their results; alone it would wait for the next occurrence. */
    if (unwritten && g->claims_pending == 0 && !g->phases[FLIGHT_SENDING] && !g->phases[FLIGHT_ENDING])
        record_planned(g);
}

/* Planning goes on from where the clock is now. An occurrence that has a run is not run again, as it is one row; others had none. What
 * waits for a moment waits as long as it would have. */
static void set_back(struct engine *g, struct wall now, int64_t by_ms)
{
    struct entry *en;
    struct flight *f;
    struct err e = { 0 };
    for (size_t pos = 0; (en = map_each(&g->jobs, &pos));)
        if (en->from.ms > now.ms)
            en->from = now;
    if (due_recall(g, &e))
        log_error("what was planned before the clock was set back could not be read", L_STR("error", e.text));
    for (size_t pos = 0; (en = map_each(&g->jobs, &pos));) {
        en->refused_until = now;
        due_entry(g, en);
    }
    for (size_t pos = 0; (f = map_each(&g->flights, &pos));)
        if (f->phase == FLIGHT_PAUSING)
            due_wake(g, &f->wake, (struct wall){ f->wake.node.key - by_ms });
    for (struct link *l = g->claims.next; l != &g->claims; l = l->next)
        MEM_CONTAINER(l, struct claim_op, pending)->planned_before = now;
    if (g->planned_safe.ms > now.ms)
        g->planned = g->planned_safe = now;
    record_planned_back(g);
    watch_look_again(g);
}

/* A wall clock that moved against the monotonic one was set. Forward, catch-up rules decide; backward, see set_back, and it is told. */
static void notice_clock(struct engine *g, struct wall now)
{
    struct mono mono = clock_mono();
    int64_t expected = g->last_wall.ms + (mono.us - g->last_mono.us) / 1000;
    bool back = !wall_is_none(g->last_wall) && expected - now.ms > SET_BACK_MS;
    if (back && expected > g->set_back_from.ms)
        g->set_back_from = (struct wall){ expected };
    if (!wall_is_none(g->set_back_from) && now.ms >= g->set_back_from.ms)
        g->set_back_from = WALL_NONE;
    g->last_wall = now;
    g->last_mono = mono;
    if (!back)
        return;
    log_warn(
        "the clock was set back; schedules go on from where it is now, and no occurrence that has a run is run again",
        L_INT("by_s", (expected - now.ms) / 1000));
    measure_clock_step(g);
    set_back(g, now, expected - now.ms);
}

/* Nothing is planned while stopping, or while what is planned could not be written or is not yet: it would only pile up in memory, and
 * catch-up rules say what becomes of it later. */
static bool on_hold(const struct engine *g)
{
    return g->draining || *g->store_error || g->redo || g->claims_pending >= CLAIMS_MOST;
}

static void timer_arm(struct engine *g, struct wall now)
{
    struct heap_node *first = heap_first(&g->wakes);
    struct wall when = { first && !on_hold(g) ? first->key : now.ms + FAR_MS }, watch = watch_at(g);
    if (!wall_is_none(watch) && watch.ms < when.ms)
        when = watch;
    if (when.ms == g->armed.ms && when.ms > now.ms)
        return;
    struct timespec real;
    clock_gettime(CLOCK_REALTIME, &real);
    /* By the difference to now, as a test build's wall clock is not the kernel's. 1 ns: zero would disarm. */
    int64_t wait_ms = when.ms > now.ms ? when.ms - now.ms : 0;
    int64_t real_ms = (int64_t)real.tv_sec * 1000 + real.tv_nsec / 1000000;
    if (wait_ms > 0)
        real_ms += wait_ms;
    struct itimerspec spec = { .it_value = { real_ms / 1000, real_ms % 1000 * 1000000 + 1 } };
    timerfd_settime(g->wall_fd.fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &spec, NULL);
    g->armed = when;
}

void due_look(struct engine *g)
{
    struct wall now = clock_wall();
    struct heap_node *n;
    int turns = 0;
    if (g->taken_up)
        notice_clock(g, now);
    g->looking = true;
    while (!on_hold(g) && (n = heap_first(&g->wakes)) && n->key <= now.ms && turns++ < WAKES_A_TURN) {
        struct wake *w = MEM_CONTAINER(n, struct wake, node);
        heap_remove(&g->wakes, n);
        w->fn(g, w, now);
    }
    g->looking = false;
    if (!wall_is_none(watch_at(g)) && watch_at(g).ms <= now.ms)
        watch_due(g, now);
    n = heap_first(&g->wakes);
    bool left = n && n->key <= now.ms, more = left && !on_hold(g);
    if (more) {
        loop_later(g->loop, &g->more_due);
    } else if (!left && g->taken_up) { /* sealed, it must not move on */
        g->planned = now;
        if (g->claims_pending == 0 && (!g->claim || g->claim->n == 0))
            g->planned_safe = refusal_mark(g, now);
    }
    claim_flush(g);
    if (!more)
        timer_arm(g, now);
}

static void wall_timer(void *ctx, uint32_t events)
{
    struct engine *g = ctx;
    uint64_t fired;
    (void)events;
    ssize_t n = read(g->wall_fd.fd, &fired, sizeof fired);
    if (n < 0 && errno == EAGAIN)
        return;
    g->armed = WALL_NONE; /* it fired, or the clock was set (ECANCELED): either way it is to be set anew */
    due_look(g);
}

static void more_due(void *ctx)
{
    due_look(ctx);
}

int due_init(struct engine *g, struct err *e)
{
    link_init(&g->claims);
    g->items = mem_alloc((PLAN_MAX_ROWS + 1) * sizeof *g->items);
    g->last_wall = g->armed = WALL_NONE;
    g->more_due = (struct loop_task){ .fn = more_due, .ctx = g };
    int fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (fd < 0)
        return err_set(e, ERR_IO, "cannot make a timer: %s", strerror(errno));
    g->wall_fd = (struct loop_fd){ .fd = fd, .events = EPOLLIN, .fn = wall_timer, .ctx = g };
    return loop_add(g->loop, &g->wall_fd, e);
}

void due_free(struct engine *g)
{
    if (g->wall_fd.fd > 0)
        close(g->wall_fd.fd);
    heap_free(&g->wakes);
    mem_free(g->items);
    if (g->claim) {
        arena_free(g->claim->base.arena);
        mem_free(g->claim);
    }
}
