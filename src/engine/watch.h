/* watch.h - watching: what ended is counted (store/stats.h) and shown to the rules (core/watch.h); what is to be told becomes runs of channels. Internal to src/engine.
 *
 * One op on the writer's thread does all of it, in one transaction: so a message is there exactly when the runs that it tells of count as seen, and no crash loses or doubles it.
 * There is one such op at a time. It comes
 *   - 5 s after runs ended, and within a second of one that is news to a rule: it did not end well, or was the first to do so after that,
 *   - when a message is due, by the wall clock, and
 *   - each 30 s, to look at what no run tells of (watch_look.c): a job that ought to have succeeded by now, a disk, a certificate.
 * Its work is bounded: what is more follows in steps, between which runs are recorded. Run ends cost the engine's thread nothing more than before.
 *
 *   watch.c        when; the engine's thread          watch_book.c   rules, jobs and states, as the op knows them
 *   watch_facts.c  what the engine knows, for the op  watch_op.c     the op: counts, shows, looks, tells, writes
 *   watch_rules.c  rules, channels and mutes, as they are read
 *   watch_look.c   conditions                         watch_tell.c   from what is due to runs of channels
 *
 * Sealed, nothing is counted, as the jobs are not known: only the appliance is watched. While a copied store is held (home.h), runs are counted and
 * shown to the rules, but nothing is told. A pause of everything does not concern alerts. */
#ifndef EDGECRON_ENGINE_WATCH_H
#define EDGECRON_ENGINE_WATCH_H

#include "engine/state.h"

void watch_init(struct engine *g);
void watch_begin(struct engine *g);  /* the loop is there, and the store may be asked */
void watch_sealed(struct engine *g); /* each second while sealed */
void watch_free(struct engine *g);   /* after the writer has stopped */

/* The roster. */
void watch_job(struct engine *g, const struct job_record *r); /* it is known, or was changed */
void watch_job_gone(struct engine *g, const char *job);
void watch_look_again(struct engine *g); /* at conditions, at once: one of them is another, most likely */
void watch_changed(struct engine *g);    /* something in the store did: rules, perhaps, or channels */

void watch_run(struct engine *g, const struct entry *en, const struct run *r); /* it ended, and that is durable */
void watch_store_failed(struct engine *g);                                     /* g->store_error says how */
/* Of due.c: when the next op has to come at the latest; WALL_NONE: none has. */
struct wall watch_at(const struct engine *g);
void watch_due(struct engine *g, struct wall now); /* that time has come */
int64_t watch_firing(const struct engine *g);      /* states that fire: what is wrong just now */
const char *watch_host(const struct engine *g);    /* our name, for messages */

#endif
