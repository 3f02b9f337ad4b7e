/* record.h - the engine's writes, as ops for the writer thread.
 *
 * An op carries copies of all it writes, so that the writer thread touches nothing of the engine's. It comes back through the engine's mailbox; `done`
 * then runs on the engine's thread with op.status 0 (durable) or -ERR_CONFLICT (the run was changed by someone else meanwhile). Failures of
 * the store (disk full, I/O, damage) never reach `done`: the op is kept and tried again until it succeeds (promise 8), and meanwhile
 * nothing new is called. An op that the store refuses while it takes others (a page that only this one needs cannot be read; after
 * REFUSED_TRIES also any other error: a mistake of ours) is nobody else's concern (promise 7): a claim is told so by `done`, a write of a
 * flight waits apart (both: refusal.h), any other is given up, loudly, and `done` is told. Internal to src/engine. */
#ifndef EDGECRON_ENGINE_RECORD_H
#define EDGECRON_ENGINE_RECORD_H

#include "engine/state.h"

struct record_op {
    struct write_op op;
    void (*done)(struct engine *g, struct record_op *o); /* NULL: nobody waits */
    struct wall planned_safe;                            /* goes along with whatever is written; WALL_NONE: nothing */
    struct arena *arena;                                 /* of all that the op points to; freed with it */
    int refused;                                         /* how often the store did not want it */
    bool kept;                                           /* it was set apart (refusal.h) */
    struct flight *flight;                               /* NULL for claims */
    struct run run;
    struct attempt attempt;
};

#define CLAIM_ROWS 128
struct claim_row {
    struct run run;
    struct flight *flight; /* NULL: a row that is final at once (missed, skipped), or waits in the store alone */
    bool inserted;
};
struct claim_op {
    struct record_op base;
    struct link pending;        /* in engine.claims */
    struct wall planned_before; /* every occurrence due up to here is in a claim before this one */
    int n;
    struct claim_row rows[CLAIM_ROWS];
};

struct claim_op *record_claim_new(struct engine *g);
void record_claim(struct engine *g, struct claim_op *c, void (*done)(struct engine *g, struct record_op *o));

/* For one flight. The caller fills run and attempt (strings in o->arena) and picks one of the submits. */
struct record_op *record_new(struct engine *g, const char *id, struct flight *f); /* f may be NULL */
void record_begin(struct engine *g, struct record_op *o, void (*done)(struct engine *g, struct record_op *o));
void record_end(struct engine *g, struct record_op *o, void (*done)(struct engine *g, struct record_op *o));
void record_finish(struct engine *g, struct record_op *o, void (*done)(struct engine *g, struct record_op *o));
/* Why a queued run waits. */
void record_why(struct engine *g, const char *id, const char *message);
/* Writes planned_safe alone, when nothing else is about to. */
void record_planned(struct engine *g);
/* The same after the clock was set back: it is the one write that lowers it. */
void record_planned_back(struct engine *g);

/* Any other write; `o` is zeroed and belongs to the record from here on. */
void record_other(struct engine *g, struct record_op *o,
                  int (*exec)(struct store *s, struct write_op *op, struct err *e),
                  void (*done)(struct engine *g, struct record_op *o));

void record_answers(struct engine *g); /* takes what came back from the writer */
void record_send(void *engine);        /* the task at the end of a turn: what was submitted goes to the writer */
void record_redo(void *engine);        /* the redo timer */
void record_again(struct engine *g, struct record_op *o); /* the same op once more */
int64_t record_free_list(struct mail *m);                 /* ops that nobody takes; how many */
void record_drop(struct engine *g); /* stopped: frees answers nobody takes, gives up what could not be written */

#endif
