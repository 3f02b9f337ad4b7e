/* watch_op.h - the op that watches: what goes along with it, and what comes back (watch.h). Internal to src/engine. */
#ifndef EDGECRON_ENGINE_WATCH_OP_H
#define EDGECRON_ENGINE_WATCH_OP_H

#include "engine/record.h"
#include "engine/watch_book.h"

/* A run that has not ended, and waits or goes on for long. */
struct watch_open {
    enum alert_on on; /* ALERT_LATENESS, ALERT_DURATION */
    const char *job;
    char run[ID_TEXT_SIZE];
    struct wall since;
    int64_t ms;
};
/* A target, or "" for our own listener. */
struct watch_certificate {
    const char *subject;
    struct wall expires_at; /* WALL_NONE: not known */
};
/* Of the appliance: whether a condition holds. `why`: in words, or "". */
struct watch_sign {
    bool holds;
    bool unknown;        /* nothing can be said of it just now: what was known goes on */
    bool moot;           /* it does not hold, but did not end well either: dropped without a word */
    struct wall since;   /* WALL_NONE: not known */
    double value, limit; /* as in core/notice.h */
    const char *why;
};
/* What the engine knows, as copies in `arena`. */
struct watch_facts {
    struct arena *arena;
    struct watch_job *jobs;                  /* that changed */
    struct watch_sign signs[ALERT_ON_COUNT]; /* of disk, sealed, clock, overload, backup, store; for messages, too */
    bool look;                               /* at conditions, with what follows */
    bool store_well;                         /* what signs[ALERT_STORE] tells of is over */
    struct watch_certificate *certificates;  /* of all targets there are */
    int n_certificates;
    struct watch_open *open;
    int n_open;
};

struct watch_op {
    struct record_op base;
    struct watch_book *book;
    struct watch_facts *facts;
    int64_t generation;
    bool sealed; /* neither jobs nor runs are looked at */
    bool plain;  /* only counted: what the rules need cannot be read */
    bool tell;   /* else it is held back */
    int64_t group_ms;
    char page[SETTINGS_URL_MAX + 1];
    const char *host; /* the engine's */
    /* results */
    bool more;        /* to be gone on with */
    struct wall next; /* a message is due then; WALL_NONE */
    int made;         /* runs of channels */
    int64_t firing;
    bool looks;               /* there is a rule that needs looking at */
    int64_t late_ms, long_ms; /* the shortest limits of rules on lateness and duration; -1: there is none */
};

int watch_op_exec(struct store *s, struct write_op *op, struct err *e);

/* Inside. */
/* At conditions, when o->facts->look; sets o->more when some are left for the next step. */
int watch_look(struct watch_op *o, struct store *s, struct watch_times t, struct err *e);
int watch_tell(struct watch_op *o, struct store *s, struct watch_times t, struct err *e);

#endif
