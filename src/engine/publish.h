/* publish.h - what the engine tells its feed (feed.h): each is called once it is durable. Cheap when nobody listens. Internal to src/engine.
 *
 * Not told: that a waiting run waits for something else now; what a crash left, as that was settled before anybody could listen;
 * and, while sealed, changes of jobs and the like, which the engine does not read then. */
#ifndef EDGECRON_ENGINE_PUBLISH_H
#define EDGECRON_ENGINE_PUBLISH_H

#include "engine/record.h"
#include "engine/state.h"

/* A run was written down, or found in the store. `f`: its flight, or NULL. */
void publish_run(struct engine *g, const struct run *r, const struct flight *f);
/* Its attempt o->attempt began. */
void publish_attempt(struct engine *g, const struct flight *f, const struct record_op *o);
/* An attempt ended, or the run did: o->run says how. */
void publish_result(struct engine *g, const struct flight *f, const struct record_op *o);
/* Its job was removed while it waited, which ended it (jobs_remove). */
void publish_removed_run(struct engine *g, const struct flight *f, struct wall now);

/* Jobs, targets and secrets that others changed; nothing before all was read once (engine.taken_up). before NULL: it is new. now NULL: it
 * was removed. */
void publish_job(struct engine *g, struct job_spec *before, struct job_spec *now);
void publish_target(struct engine *g, const struct target_record *before, const struct target_record *now);
struct key;
void publish_secret(struct engine *g, const struct key *before, const struct key *now);
void publish_settings(struct engine *g, const struct settings *now);
/* Rules, channels and mutes, as the store has them now: those that are others than before are told (publish_alerts.c). */
int publish_alerts(struct engine *g, struct err *e);
void publish_alerts_free(struct engine *g);

#endif
