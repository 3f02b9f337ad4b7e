/* state.h - what the engine's files share: the engine itself and the pieces it moves. Internal to src/engine.
 *
 * All of it belongs to the engine's thread, but for what `shared` guards.
 *
 *   roster.c   what is known: jobs, targets, settings      due.c      when: the wall-clock timer, planning, claims
 *   keyring.c  secrets, and the redactor                   flight.c   one run under way, its phases
 *   place.c    targets and origins, counted definitions    attempt.c  one attempt: begin, send, decide, end
 *   slot.c     their limits, and what waits for them       call.c     one exchange: render, send, judge
 *   record.c   the writes, as ops for the writer
 *   usage.c    what is remembered of secrets               carried.c  the secrets of one call
 *   engine.c   life: threads, mail, status, stop           seal.c     without the right master key
 *   measure.c  what is counted                             publish.c  what is told to those who listen
 *   feed.c     how it gets to them                         backlog.c  runs that wait and are in the store alone
 *   refusal.c  what the store refuses while it takes the rest
 *   heartbeat.c  the sign of life for others
 *   channel_entry.c  where alerts are sent, as the roster has it
 *   watch*.c   what ended is counted and shown to the rules, what is to be told becomes runs of channels (watch.h) */
#ifndef EDGECRON_ENGINE_STATE_H
#define EDGECRON_ENGINE_STATE_H

#include "base/heap.h"
#include "base/mailbox.h"
#include "base/map.h"
#include "core/plan.h"
#include "core/redact.h"
#include "engine/engine.h"
#include "engine/feed.h"
#include "engine/measured.h"
#include "engine/zones.h"
#include "net/http.h"
#include "net/loop.h"
#include "store/alerts.h"
#include "store/jobs.h"
#include "store/runs.h"
#include "store/vault.h"

#include <pthread.h>
#include <stdatomic.h>

/* Members and what they are stand in columns. */
/* clang-format off */

/* Something that happens at a wall time: a job's next occurrence, a retry. */
struct wake {
    struct heap_node node; /* key: wall ms */
    void (*fn)(struct engine *g, struct wake *w, struct wall now);
};

/* A doubly linked list with its links inside. */
struct link {
    struct link *prev, *next;
};
static inline void link_init(struct link *l)
{
    l->prev = l->next = l;
}
static inline bool link_empty(const struct link *l)
{
    return l->next == l;
}
static inline void link_remove(struct link *l)
{
    l->prev->next = l->next;
    l->next->prev = l->prev;
    link_init(l);
}
static inline void link_append(struct link *list, struct link *l)
{
    l->prev = list->prev;
    l->next = list;
    list->prev->next = l;
    list->prev = l;
}

/* A target as it is defined now, or the rules for a URL without one. Counted: calls hold the one they were begun with. */
struct target_spec {
    int refs;
    struct target_record *record; /* NULL: no target */
    struct cidr *allowed;         /* target.allow_private and the engine's own */
    int n_allowed;
    struct net_tls_options tls;   /* strings are the record's */
};

/* A place that calls go to, with its limits: a target, or the origin of a job without one. */
struct place {
    char *name;               /* "target NAME", or the URL up to its path */
    struct target_spec *spec;
    int refs;                 /* one per job_spec and flight that uses it, one while the target is known */
    int max_concurrent;
    struct rate rate;
    int admitted;             /* flights between slot_take and slot_release: being claimed, begun, ready, or sent */
    int in_flight;            /* of these, in FLIGHT_SENDING: max_concurrent at most */
    int64_t recent_us;        /* how long calls took lately, a moving average; -1: not known yet */
    struct mono last_end;     /* when a call ended last */
    struct link waiting;      /* flights in FLIGHT_WAITING, in order */
    struct link ready;        /* flights in FLIGHT_READY, in order */
    bool pumping;             /* place_pump is at work: it goes on by itself */
    struct mono next_start;   /* rate: not before */
    struct loop_timer rate_timer;
    char *why_slot, *why_rate; /* slot_reason, and what they were made for */
    int why_slot_of;
    struct rate why_rate_of;
    struct engine *engine;
    bool known;               /* the target is in the store */
    bool seen;                /* by the refresh under way */
    struct wall certificate_until; /* of the peer, when it was called last; WALL_NONE: not known */
    struct measure_target *measured; /* its figures; NULL: not looked for yet (measure.h) */
};

/* A job as it is defined now. Flights hold the definition they were begun with, so it is counted. */
struct job_spec {
    int refs;
    struct job_record *record;
    struct channel_record *channel; /* its calls tell notices through this one (channel_entry.h); NULL: a job */
    struct place *place; /* counted */
    struct feed_tags *tags; /* the job's, once they were told (publish.c) */
};

/* A job in the roster. */
struct entry {
    struct job_spec *spec;
    struct cron cron;
    struct plan_schedule schedule;
    struct wall from;        /* occurrences up to here have been dealt with */
    struct wall next;        /* the next one's nominal time; WALL_NONE when there is none */
    struct wake wake;
    struct wall *told;       /* occurrences after `from` that have rows already, in order (due_recall); NULL: none */
    int n_told, cap_told;
    struct link flights;     /* its runs under way, oldest first */
    int active;              /* of these, not waiting for another run of the job */
    int queued;              /* of these, in FLIGHT_BEHIND */
    int waiting;             /* of these, waiting for a slot, or about to */
    int64_t left;            /* occurrences that wait in the store alone, or are on the way there (backlog.h) ... */
    int left_unwritten;      /* ... and of these, in claims that are not yet durable */
    bool left_unwanted;      /* a newer one came that cancels them (overlap: cancel_running) */
    bool left_counted;       /* what an earlier life left is in `left` */
    struct link of_backlog;  /* in backlog.entries */
    struct link of_refused;  /* in engine.refused_jobs, while ... */
    int64_t refused_ms;      /* ... > 0: the store refuses its rows; the wait between two tries */
    struct wall refused_until;
    bool refused_probe;      /* the one row that is planned at each try is on its way */
    enum measured_mode mode;
    bool failing;            /* as the store has it (store/failing.h) */
    struct measure_job *measured; /* its figures; NULL: they are summed with others' (measure.h) */
    bool seen;
};

/* A run under way.
 *
 *   CLAIMING --committed--> SENDING, READY, WAITING or BEHIND
 *   BEHIND   --the run before it ended--> WAITING
 *   WAITING  --admitted--> BEGINNING --committed--> SENDING or READY
 *   READY    --slot free--> SENDING
 *   SENDING  --call done--> ENDING --committed--> gone, or PAUSING (a retry is due later)
 *   PAUSING  --due--> WAITING
 *   WAITING, BEHIND, PAUSING --canceled, waited too long--> FINISHING --committed--> gone */
enum flight_phase {
    FLIGHT_CLAIMING,
    FLIGHT_BEHIND,
    FLIGHT_WAITING,
    FLIGHT_BEGINNING,
    FLIGHT_READY,
    FLIGHT_SENDING,
    FLIGHT_ENDING,
    FLIGHT_PAUSING,
    FLIGHT_FINISHING,
    FLIGHT_PHASES
};
struct call;
struct flight {
    char id[ID_TEXT_SIZE];
    struct engine *engine;
    struct entry *entry;      /* NULL once the job was removed */
    struct job_spec *spec;    /* counted */
    struct place *place;      /* counted */
    bool admitted, in_flight; /* counted so in the place */
    bool resumed;             /* found in the store, not claimed */
    bool owed;                /* another attempt follows also past the next occurrence: the last was interrupted by us, or refused
                                 in the overlap of a rotation */
    bool behind;              /* waits for a run of the same job (counted in entry->queued, not in active) */
    bool waits;               /* for a slot, or is about to: counted in entry->waiting and backlog.waiting */
    bool explained;           /* its row says why it waits */
    enum flight_phase phase;
    enum trigger trigger;
    struct wall scheduled_for, due, created_at, started_at;
    int attempt;              /* the one under way, or the last; 0 before the first */
    bool previous;            /* the attempt carries previous versions of secrets (carried.h) */
    bool edited;              /* sends a body of its own, which is in the store */
    int uncounted;            /* attempts made for that: not of retry.max_attempts */
    enum outcome outcome;     /* of the last attempt that ended */
    int http_status;
    bool cancel;              /* asked for */
    const char *cancel_why;   /* static text */
    bool interrupt;           /* canceled because edgecron stops */
    struct wake wake;         /* FLIGHT_PAUSING: at retry_at */
    struct wall retry_at;
    struct loop_timer wait_timer; /* FLIGHT_BEHIND, FLIGHT_WAITING: the wait is over then */
    struct link of_entry;     /* in entry->flights */
    struct link of_place;     /* in place->waiting, or ready */
    struct call *call;        /* FLIGHT_SENDING */
};

/* backlog.h */
struct backlog {
    int most_job, most_all;   /* flights that wait */
    int waiting;              /* they are */
    int64_t left;             /* sum of the entries' */
    struct link entries;      /* that have room, to be taken up from */
    struct loop_task take_up;
    struct loop_timer tick;   /* while overloaded */
    struct wall since;        /* overloaded since then; WALL_NONE: all that waits is held, and has been for a while */
    struct mono relieved;     /* since when nothing is left */
    int64_t most_left;        /* in this overload */
    char job[JOB_NAME_MAX + 1]; /* that has most left */
};

struct engine {
    char *data_dir, *master_key_file;
    struct cidr *allow_private;
    int n_allow_private;
    int64_t drain_timeout_ms;

    int server_lock, watch_fd;
    struct store *store;      /* for reading, this thread's */
    struct writer *writer;
    struct upkeep *upkeep;    /* retention, checkpoints */
    bool keep_wal;            /* nobody here makes checkpoints */
    struct vault *vault;      /* NULL: sealed (seal.h) */
    char seal_error[640];     /* why; "" when not sealed */
    struct loop_timer seal_timer;
    struct zones *zones;
    struct loop *loop;
    struct http_client *http;
    struct mailbox *mail;     /* answers of the writer, and requests of other threads */
    struct loop_fd mail_fd, wall_fd, store_fd;
    pthread_t thread;

    /* roster */
    struct map jobs;          /* name -> struct entry */
    struct map channels;      /* "alert:CHANNEL" -> struct entry: as a job's, but never due, and counted nowhere (channel_entry.h) */
    struct map places;        /* name -> struct place */
    struct map secrets;       /* name -> struct key (keyring.h) */
    char *secrets_seen;       /* names and versions held, to notice changes */
    struct loop_timer usage_timer, overlap_timer; /* usage.c: facts to write, the end of a rotation's overlap */
    struct mono usage_flushed, usage_due;         /* the last flush; what usage_timer is set to */
    struct redactor *redactor;
    struct settings settings;
    struct backups *backups;  /* backups.h; has a lock and a thread of its own */
    struct home_held held;    /* open runs stay where they are, and none is begun, until somebody resumes */
    bool taken_up;            /* the roster was read once: a job that comes after that is a new one; not while sealed */

    /* due */
    struct heap wakes;
    struct loop_task more_due;   /* wakes left for the next turn */
    bool looking;                /* due_look is under way: it sets the timer at its end */
    struct wall armed;           /* what the wall timer is set to */
    struct wall last_wall;       /* both clocks at the last look, to notice a set-back */
    struct mono last_mono;
    struct wall set_back_from;   /* the clock was set back and has not reached this again; WALL_NONE: all is well */
    struct claim_op *claim;      /* being filled */
    struct link claims;          /* handed to the writer and not yet durable, in order ... */
    int claims_pending;          /* ... and how many */
    struct wall planned;         /* every occurrence due up to here is in a claim ... */
    struct wall planned_safe;    /* ... and up to here in the store */
    struct plan_item *items;     /* scratch of plan_due */

    int64_t jobs_active, jobs_failing;
    struct watch *watch;      /* watch.h */

    /* flights */
    struct map flights;       /* id -> struct flight */
    int phases[FLIGHT_PHASES];/* how many flights are in each */
    struct backlog backlog;
    int64_t finished;
    bool runs_left;           /* open runs are left in the store, as their jobs cannot be read or scheduled */
    struct loop_timer drain_timer;
    bool draining, interrupted;  /* interrupted: the drain's time is up */
    struct loop_task publish;    /* tells the others how things are, at the end of a turn */
    struct wall started_at;
    struct loop_timer redo_timer; /* writes that failed are tried again */
    struct mail *redo;            /* their ops, newest first */
    int64_t redo_ms;              /* until the next try */
    struct mail *outbox, *outbox_last; /* ops of this turn, for the writer; oldest first */
    struct loop_task send_outbox;      /* at its end, so that they share a commit */
    struct link refused_jobs;     /* entries: the store refuses their rows (refusal.h) */
    struct mail *refused;         /* other writes that it refuses, and how many ... */
    int n_refused;
    struct loop_timer refused_timer; /* ... to be tried again */
    int64_t refused_ms;
    char refusal_why[512];
    char store_error[512], roster_error[512];
    atomic_uint orders;           /* from other threads: enum engine_order */
    struct loop_fd order_fd;
    atomic_int_fast64_t beat_us;  /* when the loop was last seen alive (engine_beat) */

    struct heartbeat *heartbeat; /* heartbeat.h */
    struct announcements *announcements; /* publish_alerts.c */
    struct measure *measure; /* what is counted, and copies for others (measure.h) */
    struct feed *feed;       /* what is told to those who listen; has a lock of its own */

    /* read by other threads under the lock: the one place where engine and others meet but for mail, feed and copies of figures */
    pthread_mutex_t shared_lock;
    struct engine_status shared;
    struct wall own_certificate;  /* of the listener, ends then; WALL_NONE: it has none */
    struct vault *offered;        /* unsealed by the API, for the engine to take */
    struct vault *lent;           /* a copy of `vault`, for engine_vault */
    int unseal_failures;          /* by the API, in a row */
    struct mono unseal_after;     /* no attempt before */
};

/* Reads all that is in the store, and begins to work on it: at the start, or once unsealed (engine.c). */
int engine_take_up(struct engine *g, struct err *e);

/* clang-format on */

#endif
