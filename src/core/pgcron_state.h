/* pgcron_state.h - what was read so far: the catalogue that a database would keep. Part of pgcron.h.
 *
 * Everything lives in the arena of the import, but for what its maps and lists keep on the heap (pgcron_free). Values of secrets are kept
 * only to know one again, and are wiped at the end. */
#ifndef EDGECRON_CORE_PGCRON_STATE_H
#define EDGECRON_CORE_PGCRON_STATE_H

#include "base/buf.h"
#include "base/map.h"
#include "core/pgcron.h"
#include "core/pgcron_tree.h"

#define PGCRON_JOBS_MAX 10000
#define PGCRON_FUNCTIONS_MAX 100000
#define PGCRON_SECRETS_MAX 1000
#define PGCRON_NOTES_MAX 20000
#define PGCRON_PARAMS_MAX 100
#define PGCRON_OVERLOADS_MAX 200 /* functions of one name */

struct pgcron_param {
    const char *name, *type; /* name: or NULL */
    const char *preset;      /* SQL of its default, or NULL */
    int line;
};

enum pgcron_language { PGCRON_LANGUAGE_SQL, PGCRON_LANGUAGE_PLPGSQL, PGCRON_LANGUAGE_OTHER };

struct pgcron_function {
    const char *owner, *name; /* owner: "" for public or none */
    const char *signature;    /* types of its arguments */
    struct pgcron_param *params;
    size_t n_params;
    enum pgcron_language language;
    const char *body;
    int body_line;
    struct pgcron_place at;
    struct pgcron_statement *tree; /* once it was followed */
    int reaches; /* does it come to a call over HTTP? 0: not asked yet, 1: yes, -1: no, 2: being asked */
    struct pgcron_function *next; /* another of this name, older */
};

struct pgcron_known_job {
    struct pgcron_known_job *next; /* in the order in which they were made */
    const char *name, *schedule, *command;
    bool active, named;
    int64_t id; /* of the database, or 0 */
    struct pgcron_place at;
    const char *command_file; /* where the command's text stands */
    int command_line;
    bool gone;
};

/* A setting, or an entry of the Vault. */
struct pgcron_known_value {
    const char *name;
    const char *text; /* what it is, where that is no secret; else NULL */
    bool pasted;
    struct pgcron_place at;
};

struct pgcron_known_secret {
    const char *name, *origin;
    const char *key; /* what makes it the same: its origin, or the value that was pasted */
    bool pasted, used, address;
    struct pgcron_place at;
    struct pgcron_known_secret *next;
};

struct pgcron_noted {
    struct pgcron_note note;
    size_t file, order;
};

struct pgcron {
    struct arena *arena;
    const char *file; /* that is being read */
    size_t n_files;
    const char **files;
    struct map functions;              /* by last name: struct pgcron_function, the latest first */
    struct map settings, vault;        /* by name: struct pgcron_known_value */
    struct map secrets, secrets_named; /* by key, by name */
    struct pgcron_known_secret *secret_list, **secret_end;
    size_t n_secrets, n_functions;
    struct pgcron_known_job *jobs, **jobs_end;
    struct map jobs_named; /* those that are not gone */
    size_t n_jobs, n_made;
    struct pgcron_noted *notes; /* on the heap */
    size_t n_notes, cap_notes;
    struct map notes_seen;
    struct json **json; /* on the heap: what results hold */
    size_t n_json, cap_json;
    int64_t steps;   /* of following, in all */
    int reach_depth; /* of pgcron_function_reaches */
};

const struct json *pgcron_keep_json(struct pgcron *p, struct json *v); /* until pgcron_free */

/* Notes. `job`: or NULL. One that says the same of the same place and job is told once. */
void pgcron_note(struct pgcron *p, enum pgcron_note_kind kind, const char *job, struct pgcron_place at, const char *fmt,
                 ...) __attribute__((format(printf, 5, 6)));

/* Settings and the Vault. A value that may be a secret is not kept. */
void pgcron_setting_add(struct pgcron *p, const char *name, const char *value, struct pgcron_place at);
void pgcron_vault_add(struct pgcron *p, const char *name, const char *value,
                      struct pgcron_place at); /* value: NULL when it is not written out */

/* Functions. */
void pgcron_function_add(struct pgcron *p, struct pgcron_function *f);
void pgcron_function_drop(struct pgcron *p, const char *owner, const char *name,
                          const char *signature); /* NULL: all of the name */
/* The one that takes `n` arguments, some of them named; NULL: none, or none of that schema. */
struct pgcron_function *pgcron_function_find(struct pgcron *p, const char *owner, const char *name, size_t n,
                                             const char *const *names);
struct pgcron_statement *pgcron_function_tree(struct pgcron *p, struct pgcron_function *f);
bool pgcron_function_reaches(struct pgcron *p, struct pgcron_function *f); /* does it come to a call over HTTP? */
bool pgcron_is_http(const char *name);                                     /* http_post */
bool pgcron_calls_cron(const char *const *called);                         /* schedule() and its like */
bool pgcron_calls_http(struct pgcron *p, const char *const *called);       /* does any of these functions? */

/* Jobs. All texts are copied. ERR_TOO_LARGE becomes a note. */
struct pgcron_known_job *pgcron_job_add(struct pgcron *p, const char *name, const char *schedule, const char *command,
                                        struct pgcron_place at);
void pgcron_job_number(struct pgcron *p, struct pgcron_known_job *j,
                       int64_t id); /* as the database numbered it; 0: unknown */
void pgcron_job_remove(struct pgcron *p, struct pgcron_known_job *j);

#endif
