/* doctor.h - looks at everything that has to be right for jobs to be called, and says of each thing that is not: what, why it
 * matters, and the command that mends it. The same for `edgecron doctor` and for a server that is asked over its API.
 *
 *   doctor_begin -> doctor_places (reads the store) -> doctor_call (calls out; needs no store) -> doctor_examine -> doctor_end
 *
 * A check adds a finding for each thing that is not as it should be, or worth knowing; none at all means that what its line
 * in the table says holds. Nothing is changed, and no finding holds a secret's value. What calls out is in doctor_places.c.
 * Thread: one at a time, that of the store and the zones given. */
#ifndef EDGECRON_API_DOCTOR_H
#define EDGECRON_API_DOCTOR_H

#include "base/map.h"
#include "engine/engine.h"
#include "engine/zones.h"
#include "store/jobs.h"
#include "store/secrets.h"

#include <stdbool.h>
#include <sys/types.h>

#define DOCTOR_TIMEOUT_MS 10000 /* for all that is called: they are called at the same time */

enum severity {
    DOCTOR_OK,
    DOCTOR_NOTICE,  /* good to know, nothing has to be done */
    DOCTOR_WARNING, /* will go wrong, or goes wrong at times */
    DOCTOR_PROBLEM, /* is wrong now */
    DOCTOR_SEVERITIES
};
extern const char *const doctor_severities[]; /* their names; NULL at the end */

struct finding {
    const char *check; /* "secrets.missing" */
    enum severity severity;
    const char *what, *why; /* why it matters; NULL when OK */
    const char *fix;        /* the command that mends it; NULL: nothing to do, or `why` says what */
};

struct doctor {
    /* The caller's, all borrowed. */
    const char *dir;
    const char *key_file; /* of the master key */
    const char *hint;     /* " --data DIR" for commands that are suggested, or ""; may be set after doctor_begin */
    const char *key_hint; /* the same, for those that need the master key */
    struct store *store;  /* NULL: it cannot be opened ... */
    struct err closed;    /* ... and this is why */
    struct zones *zones;
    pid_t server;          /* that runs on the directory. 0: none; -1: its pid is not known */
    struct engine *engine; /* of this very process, when that is the server; else NULL */
    bool offline;          /* nothing is called */
    int64_t timeout_ms;
    const struct cidr *allowed; /* private ranges that the server allows ... */
    int n_allowed;
    bool allowed_known;                        /* ... as far as is known */
    void (*step)(void *ctx, const char *what); /* before each step, or NULL */
    void *ctx;

    /* What was found. */
    struct arena *arena; /* of all texts */
    struct wall now;
    struct finding *findings;
    int n, room;

    /* The checks' own. */
    bool no_directory, all_paused;
    struct secret_info *secrets;
    int n_secrets;
    struct err unlisted; /* why there are no secrets */
    struct place *places;
    int n_places, places_room, places_left;
    struct err uncalled; /* why places were not called */
    const char *check;   /* that runs now */
    int said;            /* of the check that runs now */
};

void doctor_begin(struct doctor *d);   /* after the caller's members are set, hints apart */
void doctor_places(struct doctor *d);  /* what is to be called; nothing when offline, or without a store */
void doctor_call(struct doctor *d);    /* blocks for up to timeout_ms, or a few times that for hundreds of places */
void doctor_examine(struct doctor *d); /* d->store may be another connection than before */
void doctor_end(struct doctor *d);
struct json *doctor_view(const struct doctor *d); /* {"items": findings, "next_cursor": null} */
int doctor_count(const struct doctor *d, enum severity s);

/* --- for the checks ---------------------------------------------------------------------------------------------- */

/* The server that is looked at is to stop, and waits for whoever looks: what was not looked at yet is left out. */
bool doctor_stops(const struct doctor *d);
/* A check says this much, and that there is more. */
#define DOCTOR_SAYS_MOST 20

enum doctor_needs { NEEDS_NOTHING, NEEDS_DIRECTORY, NEEDS_STORE, NEEDS_ENGINE, NEEDS_CALLS };
struct doctor_check {
    const char *name;        /* "GROUP.CHECK" */
    enum doctor_needs needs; /* it is left out without */
    const char *holds;       /* what is so when it has nothing to say; NULL: it says so itself */
    void (*run)(struct doctor *d);
};
extern const struct doctor_check doctor_checks[];
extern const int doctor_check_count;

/* `why` is fixed text or lives in d->arena, as does `fix`; the rest makes `what`. */
void doctor_add(struct doctor *d, enum severity severity, const char *why, const char *fix, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* A text in d->arena. */
const char *doctor_text(struct doctor *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *doctor_quoted(struct doctor *d, const char *s); /* for a shell */
void doctor_failed(struct doctor *d, const struct err *e);  /* a check could not look: a problem */
/* Each job with its target (NULL: none); the records are freed afterwards. */
typedef void (*doctor_each_job)(void *ctx, const struct job_record *r, const struct target *t);
void doctor_jobs(struct doctor *d, doctor_each_job each, void *ctx);
bool doctor_job_active(const struct doctor *d, const struct job_record *r);        /* will its schedule run it? */
const struct secret_info *doctor_secret(const struct doctor *d, const char *name); /* NULL: it is not set */
/* "https://api.example.com" of an absolute URL, which may hold placeholders; NULL: its host is filled in only at the call. `ret`
 * has the parts, and points into the arena. */
const char *doctor_origin(struct doctor *d, const char *url, struct url *ret);

/* Names, some of them, for people: "a, b and 3 more". */
#define DOCTOR_NAMES_SHOWN 5
struct names {
    const char *shown[DOCTOR_NAMES_SHOWN]; /* in d->arena */
    int n;                                 /* of all */
};
void names_add(struct doctor *d, struct names *x, const char *name);
const char *names_text(struct doctor *d, const struct names *x); /* each in single quotes */
const char *names_of(struct doctor *d, const char *const *names, int n);

/* The checks, by file. */
void doctor_directory(struct doctor *d); /* doctor_data.c */
void doctor_files(struct doctor *d);
void doctor_space(struct doctor *d);
void doctor_database(struct doctor *d);
void doctor_backups(struct doctor *d); /* doctor_backups.c */
void doctor_copies(struct doctor *d);
void doctor_server(struct doctor *d); /* doctor_server.c */
void doctor_health(struct doctor *d);
void doctor_key_file(struct doctor *d); /* doctor_key.c */
void doctor_sealed(struct doctor *d);
void doctor_missing(struct doctor *d); /* doctor_secrets.c */
void doctor_unused(struct doctor *d);
void doctor_rotation(struct doctor *d);
void doctor_overlap(struct doctor *d);
void doctor_refused(struct doctor *d);  /* doctor_refused.c */
void doctor_bindings(struct doctor *d); /* doctor_bindings.c */
void doctor_confined(struct doctor *d); /* doctor_confined.c */
void doctor_clock(struct doctor *d);    /* doctor_clock.c */
void doctor_zones(struct doctor *d);
void doctor_reached(struct doctor *d); /* doctor_places.c */
void doctor_certificates(struct doctor *d);
void doctor_readable(struct doctor *d); /* doctor_jobs.c */
void doctor_schedules(struct doctor *d);
void doctor_waiting(struct doctor *d);  /* doctor_waiting.c */
void doctor_outcomes(struct doctor *d); /* doctor_outcomes.c */
void doctor_messages(struct doctor *d); /* doctor_alerts.c */
void doctor_channels(struct doctor *d);
void doctor_rules(struct doctor *d);
void doctor_heartbeat(struct doctor *d);

#endif
