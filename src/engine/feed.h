/* feed.h - what happened, for whoever listens: a bounded ring, filled by the engine, read by one thread (api/events.h).
 *
 * An entry is put in after the commit that made it true, so nothing is announced that a crash could take back; entries of one run are in
 * the order of its states. The oldest give way to new ones: a reader that comes too late is told of a gap and loads what it shows
 * anew. Entries are numbered; a number means something in one life of one feed alone (`epoch`).
 *
 * While nobody listens nothing is kept, and feed_on costs the engine one load. While somebody does, an entry costs a lock that is
 * held for a copy of some 500 bytes; the reader holds it no longer than for FEED_READ_MAX of them. */
#ifndef EDGECRON_ENGINE_FEED_H
#define EDGECRON_ENGINE_FEED_H

#include "base/clock.h"
#include "base/id.h"
#include "core/job.h"
#include "core/run.h"

#include <stdbool.h>
#include <stdint.h>

#define FEED_ENTRIES 8192 /* what a listener can catch up on; a power of two */
#define FEED_READ_MAX 64
#define FEED_MESSAGE_SIZE 320 /* a longer message is cut short */

enum feed_kind {
    FEED_RUN,
    FEED_JOB,
    FEED_TARGET,
    FEED_SECRET,
    FEED_SETTINGS,
    FEED_ALERT,
    FEED_CHANNEL,
    FEED_MUTES,
    FEED_KINDS
};
enum feed_action { FEED_CREATED, FEED_CHANGED, FEED_PAUSED, FEED_RESUMED, FEED_REMOVED };

/* A job's tags: immutable and counted, as entries outlive the job's definition. NULL: it has none. */
struct feed_tags;
struct feed_tags *feed_tags_new(const char *const *names, int n); /* one reference */
struct feed_tags *feed_tags_ref(struct feed_tags *t);
void feed_tags_unref(struct feed_tags *t);
bool feed_tags_have(const struct feed_tags *t, const char *const *names, int n); /* one of these names */

/* As in struct run (store/runs.h). */
struct feed_run {
    char id[ID_TEXT_SIZE];
    enum trigger trigger;
    enum run_state state;
    enum outcome outcome;
    int http_status, attempts;
    struct wall scheduled_for, created_at, started_at, finished_at, next_attempt_at;
    int64_t lateness_ms, duration_ms;
    bool edited;
    char message[FEED_MESSAGE_SIZE];
};
struct feed_entry {
    uint64_t number; /* set by feed_put: one more than the entry before */
    enum feed_kind kind;
    enum feed_action action;       /* not of runs */
    bool superseded;               /* a later entry is of the same run (feed_mark) */
    char name[JOB_NAME_MAX + 1];   /* the job's, also of runs; the target's, secret's, rule's or channel's */
    struct feed_tags *tags;        /* of the job now; FEED_REMOVED: as it was */
    struct feed_tags *tags_before; /* FEED_JOB: of the job before the change, when they are others; else NULL */
    bool retagged;                 /* they are others */
    int64_t revision;              /* of job, target, rule and channel; a secret's version; 0: it was removed */
    bool paused;                   /* FEED_SETTINGS */
    struct feed_run run;           /* FEED_RUN */
};

struct feed;
struct feed *feed_new(void);
void feed_free(struct feed *f); /* NULL is fine; nobody reads any more */

/* --- the engine's thread */
bool feed_on(const struct feed *f); /* somebody listens, or did lately; else nothing need be put */
/* Takes x's references to tags. Dropped when nobody listens. Wakes the reader if it sleeps. */
void feed_put(struct feed *f, const struct feed_entry *x);
void feed_message(struct feed_run *r, const char *message); /* NULL is fine; cut where a character ends */

/* --- any thread */
/* From now on entries are kept; `wake_fd`, an eventfd, is written to when one comes while the reader sleeps. */
void feed_begin(struct feed *f, int wake_fd);
void feed_end(struct feed *f);             /* what was kept is forgotten; numbers go on, with a gap */
uint64_t feed_epoch(const struct feed *f); /* random; another in each life */
uint64_t feed_last(struct feed *f);        /* number of the newest entry, kept or not */
/* --- the reader's thread */
/* Is everything after `number` still there? True for the newest. */
bool feed_holds(struct feed *f, uint64_t number);
/* Copies entries after `number`, oldest first, at most FEED_READ_MAX; each counts its tags, for feed_release. 0 also when there is a gap. */
int feed_read(struct feed *f, uint64_t number, struct feed_entry *out);
void feed_release(struct feed_entry *x, int n);
/* Marks entries that later ones of the same run supersede; most of them, as far as a small table remembers. */
void feed_mark(struct feed *f);
/* The reader is about to wait. False: something came after `number`, and no wake follows. */
bool feed_sleep(struct feed *f, uint64_t number);

#endif
