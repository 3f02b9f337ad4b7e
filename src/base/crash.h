/* crash.h - in test builds alone: the process ends at a named point, as kill -9 would end it there.
 *
 * Built with EDGECRON_TEST_HOOKS only; in a release a point is nothing. The file that EDGECRON_TEST_CRASH_FILE names holds
 * "POINT N", for the N-th time that the point is come to (1: the next one), or "" for none; times are counted anew when it
 * changes. With "POINT N hang" the thread that comes there hangs instead, until the file is another. It is read at each point, so that a test can choose one while a server runs. Any thread. */
#ifndef EDGECRON_BASE_CRASH_H
#define EDGECRON_BASE_CRASH_H

#include <stdbool.h>

/* Those of the store first, then of a run's way, then of what is done beside runs. */
#define CRASH_TABLE(X)                                                                                       \
    X(CRASH_BEFORE_COMMIT, "before_commit")     /* all is written but the commit */                          \
    X(CRASH_AFTER_COMMIT, "after_commit")       /* it is on disk, and nobody was told */                     \
    X(CRASH_IN_WRITE, "in_write")               /* half of what is written to a file of the store */         \
    X(CRASH_BEFORE_SYNC, "before_sync")         /* written, not synced */                                    \
    X(CRASH_IN_CHECKPOINT, "in_checkpoint")     /* half of a page that goes from the WAL to its place */     \
    X(CRASH_IN_MIGRATION, "in_migration")       /* between two steps */                                      \
    X(CRASH_IN_RECOVERY, "in_recovery")         /* between two runs that a crash left under way */           \
    X(CRASH_IN_CLAIM, "in_claim")               /* rows of runs are written, planned_until is not */         \
    X(CRASH_BEFORE_SEND, "before_send")         /* the attempt is committed, nothing sent */                 \
    X(CRASH_AFTER_SEND, "after_send")           /* the last byte of the request has left */                  \
    X(CRASH_IN_ANSWER, "in_answer")             /* the first bytes of the answer are there */                \
    X(CRASH_BEFORE_RECORD, "before_record")     /* the call has ended, the writer does not know */           \
    X(CRASH_IN_RECORD, "in_record")             /* the end is written, not committed */                      \
    X(CRASH_AFTER_RECORD, "after_record")       /* the end is committed, nothing was made of it */           \
    X(CRASH_BEFORE_RETRY, "before_retry")       /* the wait before another attempt is over */                \
    X(CRASH_IN_CHANGE, "in_change")             /* changed over REST; the kept answer is not written */      \
    X(CRASH_BEFORE_ANSWER, "before_answer")     /* a change over REST is committed, not answered */          \
    X(CRASH_IN_LISTENER, "in_listener")         /* an answer is there, and nothing of it sent */             \
    X(CRASH_IN_APPLY, "in_apply")               /* between two jobs of a file */                             \
    X(CRASH_IN_ROTATION, "in_rotation")         /* the old value is retired, the new one not there */        \
    X(CRASH_IN_FOLD, "in_fold")                 /* ends of runs are counted, and not yet taken away */       \
    X(CRASH_IN_RETENTION, "in_retention")       /* between two runs that are deleted */                      \
    X(CRASH_BEFORE_BACKUP, "before_backup")     /* the file of a copy is there, and empty */                 \
    X(CRASH_IN_BACKUP, "in_backup")             /* pages of a copy are written */                            \
    X(CRASH_BEFORE_VERIFY, "before_verify")     /* they all are, and nobody has looked */                    \
    X(CRASH_BEFORE_PUBLISH, "before_publish")   /* a copy is whole and has not got its name */               \
    X(CRASH_AFTER_PUBLISH, "after_publish")     /* it has got it, and its folder is not synced */            \
    X(CRASH_BEFORE_THINNING, "before_thinning") /* older copies, which are to go, are there still */         \
    X(CRASH_IN_RESTORE, "in_restore")           /* a part of a backup is copied */                           \
    X(CRASH_BEFORE_READY, "before_ready")       /* all of it is; it has its old format, and is not paused */ \
    X(CRASH_BEFORE_HELD, "before_held")         /* it has the present format, and is not paused */           \
    X(CRASH_BEFORE_PLACE, "before_place")       /* it is ready, and not in the data directory */             \
    X(CRASH_AFTER_PLACE, "after_place")         /* it is there, and the directory is not synced */           \
    X(CRASH_IN_REKEY, "in_rekey")               /* the new master key is in its file; the store not told */  \
    X(CRASH_BEFORE_SETTLE, "before_settle")     /* the store is told; the file not in its place */

/* clang-format off */
enum crash_point {
#define X(name, text) name,
    CRASH_TABLE(X)
#undef X
    CRASH_POINTS
};
/* clang-format on */

#ifdef EDGECRON_TEST_HOOKS
bool crash_due(
    enum crash_point p); /* counts; true: crash_now() is to follow, for those who do a half of something first */
void crash_now(void);    /* SIGKILL to itself: no handlers, nothing flushed; or hangs */
void crash_here(enum crash_point p);
#else
static inline void crash_here(enum crash_point p)
{
    (void)p;
}
#endif

#endif
