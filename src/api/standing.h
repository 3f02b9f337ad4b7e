/* standing.h - how alerts stand, read from the store: what is muted until when, which states there are, on which jobs. A thread with a store of its own.
 *
 * Times of mutes are WALL_NONE for none, MUTED_FOR_EVER for one without an end. */
#ifndef EDGECRON_API_STANDING_H
#define EDGECRON_API_STANDING_H

#include "api/view.h"
#include "api/view_alert.h"
#include "base/map.h"
#include "store/alerts.h"

/* Every mute that is in force at `now`; its texts are in the arena. mutes_free releases the table. */
struct mutes {
    struct arena *arena;
    struct map by_name; /* "job followup-7h" */
};
int mutes_load(struct store *s, struct wall now, struct arena *a, struct mutes *ret, struct err *e);
void mutes_free(struct mutes *m);
/* The latest end of the mutes that cover it, that of all alerts among them. target: NULL or "" when it has none. */
struct wall mutes_of_rule(const struct mutes *m, const char *rule);
struct wall mutes_of_job(const struct mutes *m, const char *job, const char *target);
struct wall mutes_of_state(const struct mutes *m, const struct watch_state *st);

/* A rule's; subjects, the newest first, are in the arena. */
int standing_of_rule(struct store *s, const struct mutes *m, const char *rule, struct arena *a,
                     struct alert_standing *ret, struct err *e);
/* Of a job: for view_job. Reads rows of that job alone. */
int standing_of_job(struct store *s, struct wall now, const struct job *j, struct job_standing *ret, struct err *e);

/* Which states, for firing_list. */
struct firing_filter {
    const char *job, *rule, *target; /* NULL: any; rule: by name */
    unsigned phases;                 /* set of 1 << enum watch_phase */
    const char *const *tags;         /* on jobs that have one of them alone; whom a token is restricted to */
    int n_tags;                      /* 0: any */
    const char *cursor;              /* NULL: from the start */
    int limit;
};
/* The newest first, in `a`. *ret_next: the cursor of the next page, NULL at the end. ERR_INVALID for a cursor that is none. */
int firing_list(struct store *s, const struct mutes *m, const struct firing_filter *f, struct arena *a,
                struct firing_row **ret, int *ret_n, const char **ret_next, struct err *e);

#endif
