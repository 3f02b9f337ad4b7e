/* pgcron_run.h - follows statements as a database would run them, with values that are texts with placeholders. Part of pgcron.h.
 *
 * Two ways: while the files are read (`job` is NULL) it looks for what they do to jobs, settings and secrets; at the end it follows each job's
 * command to the calls that it makes. What nothing can be known of is a value of kind PGCRON_UNKNOWN, with the reason. What a run makes lives
 * in its own arena; steps, depth and the size of values are bounded. */
#ifndef EDGECRON_CORE_PGCRON_RUN_H
#define EDGECRON_CORE_PGCRON_RUN_H

#include "core/pgcron_secret.h"
#include "core/pgcron_state.h"

#define PGCRON_STEPS_MAX 200000             /* of one run */
#define PGCRON_STEPS_ALL_MAX 10000000       /* of all */
#define PGCRON_VALUE_MAX (256 * 1024)       /* bytes of one text */
#define PGCRON_BYTES_MAX (32 * 1024 * 1024) /* of all texts of one run */
#define PGCRON_TREE_COST 16                 /* bytes of a tree for a byte of its text, roughly */
#define PGCRON_REMARKS_MAX 300
#define PGCRON_LEVELS_MAX 2500 /* of evaluation, within each other */
#define PGCRON_CALLS_MAX 50    /* of one job */
#define PGCRON_ROWS_MAX 10000
#define PGCRON_COLUMNS_MAX 100
#define PGCRON_VARIABLES_MAX 200 /* of a block */

enum pgcron_kind {
    PGCRON_UNKNOWN,
    PGCRON_NOTHING,
    PGCRON_TEXT,
    PGCRON_DIGITS,
    PGCRON_TRUTH,
    PGCRON_DOCUMENT,
    PGCRON_LIST,
    PGCRON_JOB_ID
};

struct pgcron_value {
    enum pgcron_kind kind;
    bool truth;       /* of PGCRON_TRUTH */
    bool header;      /* PGCRON_DOCUMENT made by http_header(): a part of headers */
    const char *text; /* of TEXT, DIGITS, JSON; of UNKNOWN: why */
    const char *file; /* where the text stands, for a command */
    int line;
    const struct pgcron_value **item; /* of LIST */
    size_t n;
    struct pgcron_known_job *job; /* of JOB_ID */
};

struct pgcron_variable {
    const char *name, *type;
    const struct pgcron_value *value;
    const struct pgcron_row *row;   /* of a record: its columns */
    const struct pgcron_rows *rows; /* of a table of WITH */
    struct pgcron_variable *next;
};

struct pgcron_cell {
    const char *name;
    const struct pgcron_value *value;
    struct pgcron_cell *next;
};

struct pgcron_row {
    const char *alias, *table;
    bool known; /* all of its columns are */
    struct pgcron_cell *cells;
    const struct pgcron_row *next; /* of another table; then of the query around */
};

/* A function that is being followed, a block within it, or a query's WITH. */
struct pgcron_frame {
    struct pgcron_frame *outer; /* a block's */
    struct pgcron_variable *variables;
    const struct pgcron_value **param; /* $1... */
    size_t n_params;
};

struct pgcron_made { /* a call over HTTP, before its texts are made fit for results */
    const char *method;
    const struct pgcron_value *url, *params, *headers, *body;
    const char *content_type; /* of the http extension's body, or NULL */
    bool body_is_text;        /* sent as it is, not as JSON */
    int64_t timeout_ms;
    struct pgcron_place at;
    struct pgcron_made *next;
};

struct pgcron_remark { /* a note for the case that the job makes a call */
    enum pgcron_note_kind kind;
    struct pgcron_place at;
    const char *text;
    struct pgcron_remark *next;
};

struct pgcron_use { /* of a secret, by the call at hand */
    const char *name;
    bool address;
    struct pgcron_use *next;
};

struct pgcron_run {
    struct pgcron *p;
    struct arena *arena;
    const char *job; /* its name, or NULL while files are read */
    const char *file;
    int depth, levels;
    int64_t steps;
    size_t bytes;
    bool spent;  /* a bound was reached: nothing more is followed */
    int looping; /* within loops whose turns the database decides on */
    bool pasted; /* a key stands in the SQL */
    size_t n_remarks;
    struct pgcron_remark *remarks, **remarks_end;
    struct pgcron_use *uses;
    struct pgcron_made *made, **made_end;
    size_t n_made;
    bool refused;            /* a call was met that cannot be taken over: there is a note */
    const char *missing;     /* a function that it calls and that is in no file */
    const char *missing_key; /* one that seems to give a key */
    int64_t http_timeout_ms; /* of the http extension, as set; 0: not set */
    bool returned;
    enum { PGCRON_STAYED, PGCRON_LEFT_TURN, PGCRON_LEFT_LOOP } left; /* CONTINUE, EXIT */
    const struct pgcron_value *answer;
};

void pgcron_run_begin(struct pgcron_run *r, struct pgcron *p, const char *job, const char *file);
void pgcron_run_end(struct pgcron_run *r);
bool pgcron_run_step(struct pgcron_run *r); /* false, and spent, when there have been too many */
struct pgcron_place pgcron_run_place(const struct pgcron_run *r, int line);
/* Notes with the run's job. All but PGCRON_SKIPPED are kept back: pgcron_run_remarks. While files are read, there are no others. */
void pgcron_run_note(struct pgcron_run *r, enum pgcron_note_kind kind, int line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

void pgcron_run_remarks(struct pgcron_run *r); /* tells what was kept back */

/* Statements. */
void pgcron_follow(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_statement *list);
const struct pgcron_value *pgcron_follow_function(struct pgcron_run *r, struct pgcron_function *fn,
                                                  const struct pgcron_value *const *args, const char *const *names,
                                                  size_t n);
/* SQL, or a body of PL/pgSQL, that is a text. */
void pgcron_follow_text(struct pgcron_run *r, struct pgcron_frame *f, const char *text, bool plpgsql, const char *file,
                        int line);

/* Queries. What comes of one: rows of columns. */
struct pgcron_rows {
    const struct pgcron_row **row;
    size_t n;
    bool sure; /* these are the rows; else there is one that stands for any */
    bool open; /* it stands for any number of them */
};
struct pgcron_rows pgcron_query_run(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *outer,
                                    const struct pgcron_query *q);
/* The row of a job in cron.job. */
const struct pgcron_row *pgcron_job_row(struct pgcron_run *r, const char *alias, struct pgcron_known_job *j,
                                        const struct pgcron_row *next);

/* Expressions. Never NULL. */
const struct pgcron_value *pgcron_evaluate(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *row,
                                           const struct pgcron_node *n);
/* An address that is written out: one of this machine, or one that is not. */
bool pgcron_is_address(const struct pgcron_value *v, bool local);
enum pgcron_answer { PGCRON_NO, PGCRON_YES, PGCRON_PERHAPS };
enum pgcron_answer pgcron_decide(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *row,
                                 const struct pgcron_node *n);
struct pgcron_variable *pgcron_variable_find(struct pgcron_frame *f, const char *name);
void pgcron_variable_set(struct pgcron_run *r, struct pgcron_frame *f, const char *name, const struct pgcron_value *v);

/* Functions that are built in. NULL: there is none of that name. */
struct pgcron_args {
    const struct pgcron_value **value;
    const char *const *name;
    size_t n;
    int line;
};
const struct pgcron_value *pgcron_builtin(struct pgcron_run *r, const char *owner, const char *name,
                                          const struct pgcron_args *a);
const struct pgcron_value *pgcron_cron_function(struct pgcron_run *r, const char *owner, const char *name,
                                                const struct pgcron_args *a);
const struct pgcron_value *pgcron_http_function(struct pgcron_run *r, const char *owner, const char *name,
                                                const struct pgcron_args *a);
void pgcron_write_jobs(struct pgcron_run *r, struct pgcron_frame *f,
                       const struct pgcron_statement *s); /* INSERT, UPDATE, DELETE on cron.job */
/* The argument of that name, or else the one at `place` (0-based); NULL: not given. */
const struct pgcron_value *pgcron_argument(const struct pgcron_args *a, const char *name, size_t place);

/* The secret that stands for a value of which nothing is known but that it is a key, as what it is given to is called `name`. */
const struct pgcron_value *pgcron_key_for(struct pgcron_run *r, const char *name, const struct pgcron_value *unknown,
                                          int line);
const struct pgcron_value *pgcron_missing_key(struct pgcron_run *r, const char *name,
                                              int line); /* the secret that it would give */

/* Values. */
const struct pgcron_value *pgcron_unknown(struct pgcron_run *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
const struct pgcron_value *pgcron_text(struct pgcron_run *r, const char *text); /* borrowed */
const struct pgcron_value *pgcron_text_taken(struct pgcron_run *r, enum pgcron_kind kind,
                                             struct buf *b); /* empties b */
const struct pgcron_value *pgcron_of_kind(struct pgcron_run *r, enum pgcron_kind kind, const char *text);
const struct pgcron_value *pgcron_truth(struct pgcron_run *r, enum pgcron_answer a);
const struct pgcron_value *pgcron_mark(struct pgcron_run *r, const char *placeholder); /* "now" */
bool pgcron_has_mark(const char *text);
const char *pgcron_as_text(const struct pgcron_value *v); /* NULL: nothing, or no text */
const struct pgcron_value *pgcron_cast(struct pgcron_run *r, const struct pgcron_value *v, const char *type, int line);
void pgcron_add_json(struct buf *b, const struct pgcron_value *v); /* as to_jsonb gives it */
const struct pgcron_value *pgcron_json_join(struct pgcron_run *r, const struct pgcron_value *a,
                                            const struct pgcron_value *b);

#endif
