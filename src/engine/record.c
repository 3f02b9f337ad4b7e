#include "engine/record.h"

#include "base/crash.h"
#include "base/log.h"
#include "engine/due.h"
#include "engine/heartbeat.h"
#include "engine/refusal.h"
#include "engine/watch.h"

#include <stdio.h>
#include <string.h>

#define REDO_MS 1000
#define REDO_DAMAGED_MS 60000 /* what is damaged is seldom whole a second later: up to here, doubling */
#define REFUSED_TRIES 3

static int write_planned(struct store *s, const struct record_op *o, struct err *e)
{
    return wall_is_none(o->planned_safe) ? 0 : runs_set_planned_until(s, o->planned_safe, e);
}

static int exec_claim(struct store *s, struct write_op *op, struct err *e)
{
    struct claim_op *c = (struct claim_op *)op;
    for (int i = 0; i < c->n; i++) {
        int rc = runs_insert(s, &c->rows[i].run, &c->rows[i].inserted, e);
        if (rc)
            return rc;
    }
    crash_here(CRASH_IN_CLAIM);
    return write_planned(s, &c->base, e);
}

static int exec_begin(struct store *s, struct write_op *op, struct err *e)
{
    struct record_op *o = (struct record_op *)op;
    return runs_attempt_begin(s, o->run.id, o->attempt.number, o->attempt.started_at, o->run.lateness_ms, e);
}

static int exec_end(struct store *s, struct write_op *op, struct err *e)
{
    struct record_op *o = (struct record_op *)op;
    int rc = runs_attempt_end(s, &o->run, &o->attempt, e);
    crash_here(CRASH_IN_RECORD);
    return rc ? rc : write_planned(s, o, e);
}

static int exec_finish(struct store *s, struct write_op *op, struct err *e)
{
    struct record_op *o = (struct record_op *)op;
    return runs_finish(s, o->run.id, o->run.state, o->run.outcome, o->run.message, o->run.finished_at, e);
}

static int exec_why(struct store *s, struct write_op *op, struct err *e)
{
    struct record_op *o = (struct record_op *)op;
    return runs_set_message(s, o->run.id, o->run.message, e);
}

static int exec_planned(struct store *s, struct write_op *op, struct err *e)
{
    return write_planned(s, (struct record_op *)op, e);
}

static int exec_planned_back(struct store *s, struct write_op *op, struct err *e)
{
    return runs_set_planned_back(s, ((struct record_op *)op)->planned_safe, e);
}

static void record_init(struct engine *g, struct record_op *o)
{
    o->arena = arena_new(1024);
    o->op.reply = g->mail;
}

struct record_op *record_new(struct engine *g, const char *id, struct flight *f)
{
    struct record_op *o = mem_alloc(sizeof *o);
    record_init(g, o);
    o->flight = f;
    if (f) {
        o->run.job = arena_strdup(o->arena, f->spec->record->job.name);
        o->run.edited = f->edited;
        o->run.scheduled_for = f->scheduled_for;
    }
    memcpy(o->run.id, id, sizeof o->run.id);
    return o;
}

struct claim_op *record_claim_new(struct engine *g)
{
    struct claim_op *c = mem_alloc(sizeof *c);
    record_init(g, &c->base);
    return c;
}

void record_send(void *engine)
{
    struct engine *g = engine;
    if (g->outbox)
        writer_submit_list(g->writer, g->outbox, g->outbox_last);
    g->outbox = g->outbox_last = NULL;
}

static void post(struct engine *g, struct mail *m)
{
    m->next = NULL;
    if (g->outbox)
        g->outbox_last->next = m;
    else
        g->outbox = m;
    g->outbox_last = m;
    loop_later(g->loop, &g->send_outbox);
}

static void submit(struct engine *g, struct record_op *o, int (*exec)(struct store *, struct write_op *, struct err *),
                   void (*done)(struct engine *, struct record_op *))
{
    o->op.exec = exec;
    o->op.repeatable = true; /* whatever fails is executed again anyhow (record_redo) */
    o->done = done;
    o->planned_safe = due_planned_to_write(g);
    post(g, &o->op.mail);
}

void record_claim(struct engine *g, struct claim_op *c, void (*done)(struct engine *, struct record_op *))
{
    submit(g, &c->base, exec_claim, done);
}

void record_begin(struct engine *g, struct record_op *o, void (*done)(struct engine *, struct record_op *))
{
    submit(g, o, exec_begin, done);
}

void record_end(struct engine *g, struct record_op *o, void (*done)(struct engine *, struct record_op *))
{
    submit(g, o, exec_end, done);
}

void record_finish(struct engine *g, struct record_op *o, void (*done)(struct engine *, struct record_op *))
{
    submit(g, o, exec_finish, done);
}

void record_why(struct engine *g, const char *id, const char *message)
{
    struct record_op *o = record_new(g, id, NULL);
    o->run.message = arena_strdup(o->arena, message);
    submit(g, o, exec_why, NULL);
}

void record_other(struct engine *g, struct record_op *o, int (*exec)(struct store *, struct write_op *, struct err *),
                  void (*done)(struct engine *, struct record_op *))
{
    record_init(g, o);
    submit(g, o, exec, done);
}

void record_again(struct engine *g, struct record_op *o)
{
    o->op.status = 0;
    o->op.err = (struct err){ 0 };
    o->planned_safe = due_planned_to_write(g); /* it may have been set back meanwhile */
    post(g, &o->op.mail);
}

/* One row that is refused would take the whole claim with it: each goes alone. False when it is alone. */
static bool claim_split(struct engine *g, struct claim_op *c)
{
    if (c->n < 2)
        return false;
    for (int i = 0; i < c->n; i++) {
        struct claim_op *one = i ? record_claim_new(g) : c;
        if (i) {
            one->base.op = c->base.op;
            one->base.done = c->base.done;
            one->base.refused = c->base.refused;
            one->planned_before = c->planned_before;
            one->n = 1;
            one->rows[0] = c->rows[i];
            one->rows[0].run.job = arena_strdup(one->base.arena, c->rows[i].run.job);
            one->rows[0].run.message = arena_strdup(one->base.arena, c->rows[i].run.message);
            link_append(&c->pending, &one->pending); /* before it: none of them is older */
            g->claims_pending++;
        }
        record_again(g, &one->base);
    }
    c->n = 1;
    return true;
}

void record_planned(struct engine *g)
{
    record_other(g, mem_alloc(sizeof(struct record_op)), exec_planned, NULL);
}

void record_planned_back(struct engine *g)
{
    record_other(g, mem_alloc(sizeof(struct record_op)), exec_planned_back, NULL);
}

static void record_free(struct record_op *o)
{
    arena_free(o->arena);
    mem_free(o);
}

/* A part of the store cannot be read, and only this op needs it. */
static bool hit_alone(const struct write_op *op)
{
    return op->alone && (op->status == -(int)ERR_IO || op->status == -(int)ERR_STORE);
}

/* A failure that is the store's, not the run's or the op's. */
static bool store_failed(const struct write_op *op)
{
    int status = op->status;
    bool failed = status == -(int)ERR_IO || status == -(int)ERR_DISK_FULL || status == -(int)ERR_BUSY ||
                  status == -(int)ERR_STORE;
    return failed && !hit_alone(op);
}

/* What is nobody's change, and would not be mended by having all others wait. */
static bool refused(const struct write_op *op)
{
    return op->status != 0 && op->status != -(int)ERR_CONFLICT && op->status != -(int)ERR_NOT_FOUND &&
           !store_failed(op);
}

static void note_store(struct engine *g, const struct write_op *op)
{
    bool failed = store_failed(op);
    if (failed && !*g->store_error)
        log_error("the store cannot be written; nothing new is called until it can", L_STR("error", op->err.text));
    if (failed) {
        snprintf(g->store_error, sizeof g->store_error, "%s", op->err.text);
        watch_store_failed(g);
        heartbeat_store_failed(g);
    }
    if (failed || !*g->store_error || g->redo)
        return; /* well again is it when all that failed is written */
    log_info("the store can be written again");
    *g->store_error = '\0';
    g->redo_ms = REDO_MS;
    loop_later(g->loop, &g->more_due);
}

static void keep_for_later(struct engine *g, struct record_op *o)
{
    o->op.mail.next = g->redo;
    g->redo = &o->op.mail;
    if (loop_timer_is_set(&g->redo_timer))
        return;
    bool damaged = o->op.status == -(int)ERR_STORE;
    g->redo_ms = !damaged || g->redo_ms < REDO_MS   ? REDO_MS
                 : 2 * g->redo_ms > REDO_DAMAGED_MS ? REDO_DAMAGED_MS
                                                    : 2 * g->redo_ms;
    loop_timer_set(g->loop, &g->redo_timer, (struct mono){ loop_now(g->loop).us + g->redo_ms * 1000 });
}

/* An op that the store does not want is tried again, as a part of a claim if it is one, and then is a matter of its own. */
static bool tried_again(struct engine *g, struct record_op *o)
{
    bool claim = o->op.exec == exec_claim;
    if (!refused(&o->op))
        return false;
    if (claim && claim_split(g, (struct claim_op *)o))
        return true;
    if (!hit_alone(&o->op) && ++o->refused < REFUSED_TRIES) {
        record_again(g, o);
        return true;
    }
    if (!claim && o->flight) {
        refusal_keep(g, o);
        return true;
    }
    if (!claim)
        log_error("a write was given up, as the store refuses it: please report this",
                  L_STR("job", o->run.job ? o->run.job : ""), L_STR("run", o->run.id), L_STR("error", o->op.err.text));
    return false;
}

/* What record_redo asked along with others, so that one is enough of it. */
static bool was_probe(const struct engine *g, const struct record_op *o)
{
    return o->op.exec == exec_planned && g->redo;
}

void record_answers(struct engine *g)
{
    for (struct mail *m = mailbox_take(g->mail), *next; m; m = next) {
        next = m->next;
        struct record_op *o = (struct record_op *)m;
        note_store(g, &o->op);
        if (store_failed(&o->op) && !was_probe(g, o)) {
            keep_for_later(g, o);
            continue;
        }
        if (tried_again(g, o))
            continue;
        refusal_ended(g, o);
        if (o->done)
            o->done(g, o);
        record_free(o);
    }
}

/* The redo timer: everything that failed goes again, oldest first, as the order of writes matters to a run. */
void record_redo(void *engine)
{
    struct engine *g = engine;
    struct mail *oldest = NULL;
    for (struct mail *m = g->redo, *next; m; m = next) {
        next = m->next;
        m->next = oldest;
        oldest = m;
    }
    g->redo = NULL;
    loop_later(g->loop, &g->more_due); /* what is planned from now on is written after these */
    for (struct mail *m = oldest, *next; m; m = next) {
        next = m->next;
        record_again(g, (struct record_op *)m);
    }
    record_planned(g); /* so that one that fails by itself is seen to: this one does not (write_op.alone) */
}

int64_t record_free_list(struct mail *m)
{
    int64_t n = 0;
    for (struct mail *next; m; m = next, n++) {
        next = m->next;
        record_free((struct record_op *)m);
    }
    return n;
}

void record_drop(struct engine *g)
{
    int64_t refused = refusal_drop(g), n = record_free_list(g->redo) + refused;
    g->redo = NULL;
    record_free_list(mailbox_take(g->mail));
    if (n)
        log_error("some results could not be written; the runs are taken up again at the next start",
                  L_INT("writes", n), L_STR("error", refused ? g->refusal_why : g->store_error));
}
