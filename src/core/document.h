/* document.h - the apply file: { "version": 1, "targets": [...], "jobs": [...], "settings": {...} }. Pure.
 *
 * Parsing checks everything that can be checked without a store: each target and job, names unique within the file,
 * settings known. Errors carry the pointer from the root ("/jobs/3/retry/max_attempts"). All lands in one arena. */
#ifndef EDGECRON_CORE_DOCUMENT_H
#define EDGECRON_CORE_DOCUMENT_H

#include "core/cron.h"
#include "core/job.h"

#define DOCUMENT_MAX \
    (256 * 1024 * 1024) /* bytes of an apply file: an export of all jobs that there may be has 100 MB */
#define DOCUMENT_JOBS_MAX 100000
#define DOCUMENT_TARGETS_MAX 10000

struct settings {
    bool paused;            /* global pause; default false */
    int64_t retention_days; /* 1..3650, default 90: final runs older than that may be deleted */
    char backup_schedule[CRON_TEXT_MAX +
                         1]; /* when the server makes a backup of its own, UTC; "" (null): never, the default */
    int64_t backup_keep;     /* 1..1000, default 7: how many of these are kept */
};
#define SETTINGS_BACKUP_KEEP 7
struct document {
    struct target *targets;
    int n_targets;
    struct job *jobs;
    int n_jobs;
    struct settings settings;
    bool has_paused, has_retention_days; /* which settings the file names */
    bool has_backup_schedule, has_backup_keep;
};

/* What is left out has its default. A setting alone, as `settings` of the REST API has them. */
int settings_parse(const struct json *doc, struct arena *a, struct settings *ret, struct err *e);
struct json *settings_to_json(const struct settings *v);

int document_parse(const struct json *doc, job_zone_known zone_known, void *ctx, struct arena *a, struct document *ret,
                   struct err *e);

#endif
