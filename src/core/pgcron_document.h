/* pgcron_document.h - from the jobs of pg_cron to an apply file (document.h), and what must be said of it. Pure.
 *
 * Behaviour is kept: at most once, one attempt, nothing caught up, overlapping allowed, the timeout that the call had, the time zone of pg_cron;
 * a job that is off stays off. What cannot be kept is a note; what cannot be said here is left out, with a note. The file is one that `apply` takes: each job
 * is checked by job_parse before it gets in. The same result and options give the same file.
 * Ownership: all that is given lives in the arena, but for `file`. Thread: any, one at a time. */
#ifndef EDGECRON_CORE_PGCRON_DOCUMENT_H
#define EDGECRON_CORE_PGCRON_DOCUMENT_H

#include "base/json.h"
#include "core/job.h"
#include "core/pgcron.h"
#include "core/pgcron_address.h"

#define PGCRON_TAG "pg_cron" /* of each job that was imported */

struct pgcron_options {
    const struct pgcron_known *known; /* what secrets and settings hold that URLs begin with */
    size_t n_known;
    const char *const *files; /* in the order in which they were read, for that of the notes; NULL: as they come */
    size_t n_files;
    bool disabled;             /* all jobs are switched off */
    job_zone_known zone_known; /* as in job_parse */
    void *zone_ctx;
};

/* A job of the file, for people. */
struct pgcron_moved {
    const char *name; /* here */
    const struct pgcron_job *from;
    const char *schedule;
    const char *method, *url; /* the whole URL, a template */
    const char *target;
    bool enabled;
    const char *const *secrets;
    size_t n_secrets;
    size_t n_notes; /* of its own, in `notes` */
};

struct pgcron_document {
    struct json *file; /* the caller frees */
    const struct pgcron_moved *jobs;
    size_t n_jobs;
    const struct pgcron_secret *secrets; /* that a job of the file needs, in the order of their names */
    size_t n_secrets;
    const struct pgcron_secret *leaked; /* values that stand in the files, needed or not */
    size_t n_leaked;
    const struct pgcron_job *const *whole; /* jobs of which everything was imported: they can go there */
    size_t n_whole;
    const struct pgcron_note *notes; /* the reader's and ours, in the order of files and lines */
    size_t n_notes;
    size_t n_targets;
    const char *timezone;
};

/* ERR_TOO_LARGE past the caps of an apply file. */
int pgcron_document(const struct pgcron_result *r, const struct pgcron_options *o, struct arena *a,
                    struct pgcron_document *ret, struct err *e);

#endif
