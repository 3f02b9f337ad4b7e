/* watch_book.h - what the op that watches knows between two of its times: rules, the jobs they hold for, states. Internal to src/engine.
 *
 * The op has it while it is on its way (watch.h), so it belongs to the writer's thread, but for watch_job_new, watch_book_new and watch_book_free. Jobs come from the roster, which sends
 * what changed along with the next op: runs of a job end after the job is known. Rules, channels and mutes are read from the store when something in
 * it has changed. States are read once and then kept: nobody else writes them but who removes a rule or job. After an op that was undone, and when
 * rules have changed, they are read again. */
#ifndef EDGECRON_ENGINE_WATCH_BOOK_H
#define EDGECRON_ENGINE_WATCH_BOOK_H

#include "base/map.h"
#include "core/watch.h"
#include "store/alerts.h"

/* A state, in memory also once it is none. */
struct watch_row {
    struct watch_state st;
    char key[WATCH_RULE_SIZE + JOB_NAME_MAX + 1]; /* rule, newline, subject */
    bool listed;                                  /* in book.dirty */
};
/* A rule that holds for a job. */
struct watched {
    const struct alert_rule *rule;
    const char *key;       /* its name in states */
    struct watch_row *row; /* NULL: never was one */
};
struct watch_job {
    struct watch_job *next; /* on its way to the book */
    struct arena *arena;
    const char *name, *target; /* target: "" when it has none */
    const char *const *tags;
    int n_tags;
    struct alert_rule *own;
    int n_own;
    const char **own_keys;
    bool gone;
    bool active;      /* enabled, and not paused until somebody resumes it: else no rule holds for it */
    struct wall from; /* the schedule as it is counts from then on */
    struct wall created_at;
    /* the book's */
    int64_t epoch; /* of the book, when `rules` were found */
    struct watched *rules;
    int n_rules;
    bool success_known;     /* success_at was read; from then on it is kept up */
    struct wall success_at; /* its newest run that succeeded ended then; WALL_NONE: none */
};
struct watch_mute {
    enum mute_scope scope;
    const char *name;
    struct wall until;
};
struct watch_book {
    struct map jobs, rows;
    struct alert_record **records;
    struct alert_rule *rules; /* copies of theirs, side by side */
    int n_rules;
    struct arena *arena;   /* of channels and mutes */
    const char **channels; /* that are enabled */
    int n_channels;
    struct watch_mute *mutes;
    int n_mutes;
    int64_t generation; /* of the engine's, when rules, channels and mutes were read */
    int64_t epoch;      /* grows when what jobs have found is no longer true */
    bool loaded;        /* states were read */
    bool clean;         /* the last op is durable; set by the engine's thread */
    bool settled;       /* since rules, channels or mutes may have changed, watch_gather was asked */
    struct wall next;   /* what it said: it has to be asked again then */
    bool swept;         /* since rules or jobs changed, states that no rule holds for were dropped */
    struct watch_row **dirty;
    size_t n_dirty, cap_dirty;
    int own_rules[ALERT_ON_COUNT]; /* how many jobs' own rules there are of each kind */
    size_t look_pos;               /* watch_look.c: how far no_success has been looked at ... */
    bool looked;                   /* ... which is all the way */
};

struct watch_book *watch_book_new(void);
void watch_book_free(struct watch_book *b);
/* The engine's thread: what the book has to know of it. r NULL: `name` is gone. */
struct watch_job *watch_job_new(const struct job_record *r, const char *name);
void watch_job_free(struct watch_job *j);

/* At the begin of an op: takes jobs that changed (owned from here on), reads rules, channels and mutes when `generation` is another, and states when they are not
 * there, or not true. What cannot be read of the former stays as it was. */
int watch_book_begin(struct watch_book *b, struct store *s, struct watch_job *changed, int64_t generation,
                     struct wall now, struct err *e);
/* The rules that hold for a job, in j->rules. */
void watch_book_rules(struct watch_book *b, struct watch_job *j);
/* Drops states of which no rule holds any more; of jobs only when they are known. */
void watch_book_sweep(struct watch_book *b, bool jobs_known);
/* The state of a rule on a subject; NULL: there is none. */
struct watch_row *watch_book_row(const struct watch_book *b, const char *rule, const char *subject);
/* `st` was filled by watch_ended or watch_holds; when it is dirty it is kept (row NULL: made) and listed to be written. Returns the row. */
struct watch_row *watch_book_keep(struct watch_book *b, struct watch_row *row, const struct watch_state *st);
void watch_book_drop(struct watch_book *b, struct watch_row *row);
/* The rule of a state, or NULL when it does not hold any more. */
const struct alert_rule *watch_book_rule(struct watch_book *b, const struct watch_state *st);
bool watch_book_has(const struct watch_book *b, enum alert_on on);          /* is there a rule of the kind, enabled? */
int watch_book_write(struct watch_book *b, struct store *s, struct err *e); /* what is listed */
struct watch_state watch_state_none(void);

/* Between watch_book.c and watch_rules.c. */
int watch_rules_read(struct watch_book *b, struct store *s, int64_t generation, struct wall now, struct err *e);
void watch_rules_free(struct watch_book *b);

#endif
