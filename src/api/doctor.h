/* doctor.h - what `edgecron doctor` looks at, and what it has to say of each.
 *
 * A check looks, and adds a finding for each thing that is not as it should be, or worth knowing; none at all means that
 * what its line in the table says holds. Nothing is changed, and no finding holds a secret's value. Thread: main. */
#ifndef EDGECRON_CLI_DOCTOR_H
#define EDGECRON_CLI_DOCTOR_H

#include "cli/data.h"
#include "store/secrets.h"

#include <stdbool.h>
#include <sys/types.h>

enum severity {
    DOCTOR_OK,
    DOCTOR_NOTICE,  /* good to know, nothing has to be done */
    DOCTOR_WARNING, /* will go wrong, or goes wrong at times */
    DOCTOR_PROBLEM, /* is wrong now: exit status 1 */
    DOCTOR_SEVERITIES
};

struct finding {
    const char *check; /* "secrets.missing" */
    enum severity severity;
    const char *what, *why; /* why it matters; NULL when OK */
    const char *fix;        /* the command that mends it; NULL: nothing to do, or `why` says what */
};

struct doctor {
    const struct config *config;
    struct data data;    /* data.store NULL: it cannot be opened */
    struct arena *arena; /* of all texts */
    struct wall now;
    pid_t server; /* 0: none runs; -1: one does, its pid is not known */
    bool no_directory, all_paused;
    char *key_file;       /* of the master key */
    const char *hint;     /* " --data DIR" for commands that are suggested, or "" */
    const char *key_hint; /* the same, for those that need the master key */
    struct err closed;    /* why data.store is NULL */
    struct secret_info *secrets;
    int n_secrets;
    struct err unlisted; /* why there are no secrets */
    const char *check;   /* that runs now */
    struct finding *findings;
    int n, room;
    int said; /* of the check that runs now */
};

/* A check says this much, and that there is more. */
#define DOCTOR_SAYS_MOST 20

struct doctor_check {
    const char *name;                                                        /* "GROUP.CHECK" */
    enum doctor_needs { NEEDS_NOTHING, NEEDS_DIRECTORY, NEEDS_STORE } needs; /* it is left out without */
    const char *holds; /* what is so when it has nothing to say; NULL: it says so itself */
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
bool doctor_job_active(const struct doctor *d, const struct job_record *r); /* will its schedule run it? */

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
void doctor_server(struct doctor *d);
void doctor_backups(struct doctor *d); /* doctor_backups.c */
void doctor_copies(struct doctor *d);
void doctor_key_file(struct doctor *d); /* doctor_key.c */
void doctor_sealed(struct doctor *d);
void doctor_missing(struct doctor *d); /* doctor_secrets.c */
void doctor_unused(struct doctor *d);
void doctor_rotation(struct doctor *d);
void doctor_overlap(struct doctor *d);
void doctor_bindings(struct doctor *d); /* doctor_bindings.c */
void doctor_confined(struct doctor *d); /* doctor_confined.c */
void doctor_clock(struct doctor *d);    /* doctor_clock.c */
void doctor_zones(struct doctor *d);
void doctor_readable(struct doctor *d); /* doctor_jobs.c */
void doctor_schedules(struct doctor *d);
void doctor_waiting(struct doctor *d);  /* doctor_waiting.c */
void doctor_outcomes(struct doctor *d); /* doctor_outcomes.c */

#endif
