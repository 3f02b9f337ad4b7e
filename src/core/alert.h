/* alert.h - alert rules: what is watched, of which jobs, when it is told and to whom. Read from JSON, checked, written back. Pure.
 *
 * One form for API, apply and export:
 *
 *   { "name": "failing", "description": "", "enabled": true, "on": "failure", "jobs": [], "tags": [],
 *     "after": 1, "over_ms": null, "over_s": null, "within_s": null, "under_mib": null, "metric": null,
 *     "repeat_s": 86400, "recovery": true, "channels": [] }
 *
 * `on` decides which of the limits is there (ALERT_KINDS in alert.c: a row each); one that does not belong to it is refused unless it is null. A
 * rule without jobs and tags is of all jobs. A job's own rules are the elements of its member `alerts`: the same form without name, description,
 * jobs and tags.
 *
 * Of each `on` the most particular rules hold for a job, and these alone: its own, else those that name it, else those that name one of its
 * tags, else those of all jobs. Rules that are not enabled count in this, and tell of nothing: so a job that is to be left alone has a rule of its own with
 * "enabled": false, and all jobs of a tag that are to be left alone have a rule of that tag with "enabled": false. */
#ifndef EDGECRON_CORE_ALERT_H
#define EDGECRON_CORE_ALERT_H

#include "base/json.h"
#include "core/job.h"

#define ALERT_NAME_MAX 63   /* as a job's */
#define ALERT_RULES_MAX 200 /* in a store */
#define ALERT_OF_JOB_MAX 20 /* of a job's own */
#define ALERT_JOBS_MAX 100  /* that a rule names; tags: 20, channels: 20 */
#define ALERT_REPEAT_MAX_S 2592000

/* name, of a job (else of the appliance). */
#define ALERT_ONS(X)                                                                                                   \
    X(ALERT_FAILURE, "failure", true)          /* `after` runs in a row failed (1..1000, default 1) */                 \
    X(ALERT_MISSED, "missed", true)            /* an occurrence was missed */                                          \
    X(ALERT_LATENESS, "lateness", true)        /* a run began, or still waits, more than `over_ms` late */             \
    X(ALERT_DURATION, "duration", true)        /* a run took, or has been taking, more than `over_ms` */               \
    X(ALERT_METRIC, "metric", true)            /* `metric` (required) holds of a run's: "followups_failed > 0" */      \
    X(ALERT_NO_SUCCESS, "no_success", true)    /* for `over_s` no run succeeded (60..31622400, required) */            \
    X(ALERT_SECRET_AGE, "secret_age", false)   /* a secret is over its rotate_every, or older than `over_s` */         \
    X(ALERT_CERTIFICATE, "certificate", false) /* of a target, or our own: ends within `within_s` (default 1209600) */ \
    X(ALERT_DISK, "disk", false)               /* less than `under_mib` free where the data is (default 512) */        \
    X(ALERT_SEALED, "sealed", false)           /* the master key is missing */                                         \
    X(ALERT_CLOCK, "clock", false)             /* the clock was set back */                                            \
    X(ALERT_OVERLOAD, "overload", false)       /* more runs wait than are held in memory */                            \
    X(ALERT_BACKUP, "backup", false)           /* the last scheduled backup failed */                                  \
    X(ALERT_STORE, "store", false) /* writes are refused (told once they are taken again, or of single rows) */

#define X(name, text, of_job) name,
enum alert_on { ALERT_ONS(X) ALERT_ON_COUNT };
#undef X

enum metric_comparison { METRIC_GT, METRIC_GE, METRIC_LT, METRIC_LE, METRIC_EQ, METRIC_NE };
struct metric_condition {
    char name[64];
    enum metric_comparison comparison;
    double limit;
};

struct alert_rule {
    const char *name; /* of a job's own: NULL */
    const char *description;
    bool enabled; /* default true */
    enum alert_on on;
    const char *const *jobs, *const *tags;
    int n_jobs, n_tags;
    int after;       /* ALERT_FAILURE */
    int64_t over_ms; /* ALERT_LATENESS, ALERT_DURATION: 1..604800000, required */
    int64_t over_s;  /* ALERT_NO_SUCCESS (required); ALERT_SECRET_AGE (0, null: each secret's own rotate_every alone) */
    int64_t within_s;   /* ALERT_CERTIFICATE: 3600..31622400 */
    int64_t under_mib;  /* ALERT_DISK: 1..1048576 */
    const char *metric; /* ALERT_METRIC, as written */
    struct metric_condition condition;
    int64_t repeat_s;            /* told again while it lasts; 0 (default): never; 60..ALERT_REPEAT_MAX_S */
    bool recovery;               /* default true: the end is told, too */
    const char *const *channels; /* none: every channel that is enabled */
    int n_channels;
};

const char *alert_on_name(enum alert_on on);
bool alert_on_of_job(enum alert_on on);
bool alert_on_parse(const char *text, enum alert_on *ret);
const char *alert_limit_name(enum alert_on on);    /* "over_ms": the one that it takes; NULL: none */
double alert_limit(const struct alert_rule *rule); /* its value: ms, s, MiB, runs, or the metric's; 0: none */

/* Everything lands in `a`; `name` from a URL path or NULL, as in job_parse. Whether jobs and channels exist is the store's to say. */
int alert_rule_parse(const struct json *doc, const char *name, struct arena *a, struct alert_rule *ret, struct err *e);
struct json *alert_rule_to_json(const struct alert_rule *r); /* every field; what does not belong to `on` is null */
/* Of a job's member `alerts`, which is JSON text; pointers of errors are within the job ("/alerts/0/after"). */
int alert_rules_of_job(const char *alerts, struct arena *a, struct alert_rule **ret, int *ret_n, struct err *e);

/* "followups_failed > 0": a metric's name, one of > >= < <= = == !=, a number. */
int metric_condition_parse(const char *text, struct metric_condition *ret, struct err *e);
/* `metrics`: a run's, a JSON object's text or NULL. False too when the metric is not among them; *ret_value is set when it is (true: 1). */
bool metric_condition_holds(const struct metric_condition *c, const char *metrics, size_t len, double *ret_value);

/* What concerns rules of a job. */
struct alert_job {
    const char *name;
    const char *const *tags;
    int n_tags;
    const struct alert_rule *own; /* alert_rules_of_job */
    int n_own;
};
/* The enabled rules that hold for it, of all `on` that are of jobs: at most `most` pointers into own and rules (own first). Returns how many;
 * ALERT_RULES_MAX + ALERT_OF_JOB_MAX are always enough. */
int alert_rules_for(const struct alert_job *j, const struct alert_rule *rules, int n, const struct alert_rule **ret,
                    int most);

#endif
