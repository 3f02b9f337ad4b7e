/* document.h - the apply file: { "version": 1, "targets": [...], "channels": [...], "jobs": [...], "alerts": [...], "settings": {...} }. Pure.
 *
 * Parsing checks everything that can be checked without a store: each target and job, names unique within the file,
 * settings known. Errors carry the pointer from the root ("/jobs/3/retry/max_attempts"). All lands in one arena. */
#ifndef EDGECRON_CORE_DOCUMENT_H
#define EDGECRON_CORE_DOCUMENT_H

#include "core/alert.h"
#include "core/channel.h"
#include "core/cron.h"
#include "core/job.h"
#include "core/settings.h"

#define DOCUMENT_MAX \
    (256 * 1024 * 1024) /* bytes of an apply file: an export of all jobs that there may be has 100 MB */
#define DOCUMENT_JOBS_MAX 100000
#define DOCUMENT_TARGETS_MAX 10000

struct document {
    struct target *targets;
    int n_targets;
    struct job *jobs;
    int n_jobs;
    struct channel *channels;
    int n_channels;
    struct alert_rule *alerts;
    int n_alerts;
    bool has_channels, has_alerts; /* the file has the member, maybe empty */
    struct settings settings;
    bool has[SETTING_COUNT]; /* which settings the file names */
};

int document_parse(const struct json *doc, job_zone_known zone_known, void *ctx, struct arena *a, struct document *ret,
                   struct err *e);

#endif
