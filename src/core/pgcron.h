/* pgcron.h - which jobs of pg_cron do the files of a project leave in a database, and what do they call? Pure.
 *
 * Reads SQL in the order it is given: Supabase's migrations, scripts, dumps of pg_dump. It keeps a small catalogue as
 * the database would: functions (the last definition stands), jobs (cron.schedule, schedule_in_database, alter_job,
 * unschedule), settings and secrets that are named. At the end each job's command is followed, through the functions
 * that it calls, to the calls that it makes (net.http_*, http_*). Nothing is executed, and nothing is dropped silently:
 * what is not understood is a note, with its file and line.
 *
 * Values are read symbolically: what SQL would compute becomes a text in the placeholders of core/template.h, "Bearer {{secret.X}}",
 * "{{now}}". A secret's value never leaves this module: a key that is pasted in plain text is a named secret too, marked as pasted.
 * Ownership: all that pgcron_read gives lives in its arena. Thread: any, one at a time. */
#ifndef EDGECRON_CORE_PGCRON_H
#define EDGECRON_CORE_PGCRON_H

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PGCRON_FILE_MAX (64 * 1024 * 1024) /* bytes of one file */
#define PGCRON_DEPTH_MAX 16                /* functions that call functions */

struct pgcron_place {
    const char *file; /* as it was given */
    int line;         /* 1-based */
};

struct pgcron_call {
    const char *method;         /* "POST" */
    const char *url;            /* a template, with what `params` adds */
    const struct json *headers; /* an object of templates; NULL: none */
    const struct json *body;    /* any JSON whose strings are templates, or a string sent as it is; NULL: none */
    int64_t timeout_ms;         /* as written, 0 to 86400000; else 5000, the default of the extension http and of pg_net
                                   (older versions had 2000 and 1000: a file does not say which it was) */
    struct pgcron_place at;
};

struct pgcron_job {
    const char *name;     /* as pg_cron knows it; "job-N" for one without a name */
    const char *schedule; /* as written */
    bool active;
    const char *command; /* as written, for notes; without its constants where one of them is a key */
    const struct pgcron_call
        *calls; /* in the order in which they are made; none: it calls nothing over HTTP, or it is not understood */
    size_t n_calls;
    struct pgcron_place at;
};

struct pgcron_secret {
    const char *name; /* as a secret of edgecron may be called, unique */
    const char
        *origin;  /* "Vault's secret 'service_role_key'", "setting 'app.cron_internal_key'", "pasted into the SQL" */
    bool pasted;  /* its value stands in the files: to be rotated */
    bool address; /* a URL begins with it: it is a base URL, not a secret, and its value is in no file */
    struct pgcron_place at;
};

enum pgcron_note_kind {
    PGCRON_SKIPPED, /* not imported: a job of pure SQL, a statement that is not understood */
    PGCRON_CHANGED, /* imported, but not as it was written */
    PGCRON_WARNING  /* imported as written, and worth a look */
};

struct pgcron_note {
    enum pgcron_note_kind kind;
    const char *job; /* or NULL */
    struct pgcron_place at;
    const char *text; /* what, why, and what to do; never a secret's value */
};

struct pgcron_result {
    const struct pgcron_job *jobs; /* in the order in which they were made */
    size_t n_jobs;
    const struct pgcron_secret *secrets;
    size_t n_secrets;
    const struct pgcron_note *notes; /* in the order of files and lines */
    size_t n_notes;
    const char *timezone; /* what the files set cron.timezone to; NULL: nothing, so UTC */
    struct pgcron_place timezone_at;
};

enum pgcron_form {
    PGCRON_SQL,
    PGCRON_CSV,
    PGCRON_JSON
}; /* the latter two: the table cron.job, as \copy and dashboards write it */

struct pgcron; /* what was read so far */

struct pgcron *pgcron_new(struct arena *a);
void pgcron_free(struct pgcron *p); /* what is not in the arena: the JSON of results, too. Before the arena */
/* Reads one file more; `text` need not outlive the call. ERR_TOO_LARGE past a cap, ERR_MALFORMED when a CSV or JSON cannot be one; SQL
 * that cannot be read is noted and read on from the next statement. */
int pgcron_read(struct pgcron *p, enum pgcron_form form, const char *file, const char *text, size_t len, struct err *e);
/* What stands at the end of all files. Once. */
const struct pgcron_result *pgcron_result(struct pgcron *p);

#endif
