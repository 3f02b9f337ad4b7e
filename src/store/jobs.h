/* jobs.h - jobs and targets in the store. See store.h for threads and transactions. */
#ifndef EDGECRON_STORE_JOBS_H
#define EDGECRON_STORE_JOBS_H

#include "base/mem.h"
#include "core/document.h"
#include "core/job.h"
#include "store/store.h"

/* A job as kept: `job` and itself live in `arena`; job_record_free releases all. */
struct job_record {
    struct arena *arena;
    struct job job;
    int64_t revision; /* grows by one with each change: the ETag */
    struct wall created_at, updated_at;
    /* Occurrences up to here are not this schedule's: set when schedule, zone, starts_at, jitter or enabled change, and
     * on resume. A pause that ends by itself does not move it: plan from the later of the two. */
    struct wall effective_from;
    bool paused;
    struct wall paused_until; /* WALL_NONE: until resumed */
};
struct target_record {
    struct arena *arena;
    struct target target;
    int64_t revision;
    struct wall created_at, updated_at;
};
void job_record_free(struct job_record *r);
void target_record_free(struct target_record *r);

/* Which jobs: those that have all of this. Target and tags are the job's present ones; history of a job that is gone has
 * its name alone. */
struct job_scope {
    const char *job;         /* NULL: any */
    const char *tag;         /* NULL: any */
    const char *target;      /* NULL: any */
    const char *const *tags; /* one of these; whom a token is restricted to */
    int n_tags;              /* 0: any */
};

enum put_result { PUT_UNCHANGED, PUT_CREATED, PUT_UPDATED };

int jobs_get(struct store *s, const char *name, struct job_record **ret, struct err *e); /* ERR_NOT_FOUND */
/* In order of name, after `after` ("" from the start), at most limit (0: all). `each` owns the record; false stops. */
int jobs_each(struct store *s, const char *after, int limit, bool (*each)(void *ctx, struct job_record *r), void *ctx,
              struct err *e);
/* if_revision: -1 any, 0 must not exist, n must be at n (ERR_CONFLICT). A target that does not exist is ERR_INVALID
 * at "/target". */
int jobs_put(struct store *s, const struct job *j, int64_t if_revision, struct wall now, enum put_result *ret,
             struct err *e);
/* What jobs_put would refuse of the job itself; changes nothing, and needs no store for writing. */
int jobs_check(struct store *s, const struct job *j, struct err *e);
/* Its runs that wait (queued, retrying) are canceled with it; one under way goes on to its end. */
int jobs_remove(struct store *s, const char *name, int64_t if_revision, struct wall now, struct err *e);
int jobs_pause(struct store *s, const char *name, struct wall until, struct wall now, struct err *e);
int jobs_resume(struct store *s, const char *name, struct wall now, struct err *e);
/* Which version of what is kept: how an engine sees what changed (one removed and made again starts at revision 1). */
typedef void (*revision_each)(void *ctx, const char *name, int64_t revision, struct wall updated_at);
int jobs_revisions(struct store *s, revision_each each, void *ctx, struct err *e);
int targets_revisions(struct store *s, revision_each each, void *ctx, struct err *e);
/* Of one, also when it cannot be read; 0: there is none. */
int jobs_revision(struct store *s, const char *name, int64_t *ret, struct err *e);
int targets_revision(struct store *s, const char *name, int64_t *ret, struct err *e);
int jobs_count(struct store *s, int64_t *ret, struct err *e);

int targets_get(struct store *s, const char *name, struct target_record **ret, struct err *e);
int targets_each(struct store *s, bool (*each)(void *ctx, struct target_record *r), void *ctx, struct err *e);
int targets_put(struct store *s, const struct target *t, int64_t if_revision, struct wall now, enum put_result *ret,
                struct err *e);
int targets_check(struct store *s, const struct target *t, struct err *e); /* as jobs_check */
/* ERR_CONFLICT naming the jobs when one uses it. */
int targets_remove(struct store *s, const char *name, int64_t if_revision, struct err *e);

/* The whole apply file in one transaction: all or nothing. On failure the error's pointer is into the file
 * ("/jobs/3/target"). */
struct apply_options {
    bool
        prune; /* what the file does not hold is removed (channels and rules if it has that member); ERR_CONFLICT for what is still used */
    bool dry_run; /* all is done, and undone: the result is what would be */
    bool forms;   /* what changes carries its forms: memory for these jobs twice */
};
enum apply_action { APPLY_UNCHANGED, APPLY_CREATED, APPLY_UPDATED, APPLY_REMOVED };
const char *apply_action_name(enum apply_action a); /* "created" */
struct apply_change {
    const char *kind; /* "target", "channel", "job", "alert" or "setting" */
    const char *name;
    enum apply_action action;
    struct json *before,
        *after; /* apply forms, or a setting's value; NULL: unchanged, or there is none, cannot be read, or not asked for */
};
struct apply_counts {
    int created, updated, unchanged, removed;
};
struct apply_result {
    struct arena *arena; /* of the list and the names */
    struct apply_change
        *changes; /* targets, channels, jobs, rules and settings as the file has them, then what was removed */
    int n, cap;
    struct apply_counts targets, jobs, channels, alerts;
};
/* *ret is filled only on success; apply_result_free releases it. */
int apply_document(struct store *s, const struct document *d, struct wall now, const struct apply_options *o,
                   struct apply_result *ret, struct err *e);
void apply_result_free(struct apply_result *r); /* fine when it was never filled, but zeroed */
/* The apply file that makes this store again: never holds a secret's value. Without channels when there are none, and without rules when they are those
 * of a new store. NULL on failure. */
struct json *export_document(struct store *s, struct err *e);

#endif
