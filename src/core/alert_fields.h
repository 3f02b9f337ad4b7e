/* alert_fields.h - the tables that alert.c, alert_read.c and alert_json.c share, and the reader that job_policy.c borrows. */
#ifndef EDGECRON_CORE_ALERT_FIELDS_H
#define EDGECRON_CORE_ALERT_FIELDS_H

#include "core/alert.h"
#include "core/field.h"

/* Each kind of rule takes one of these at most. */
enum alert_limit {
    LIMIT_AFTER,
    LIMIT_OVER_MS,
    LIMIT_OVER_S,
    LIMIT_WITHIN_S,
    LIMIT_UNDER_MIB,
    LIMIT_METRIC,
    LIMIT_COUNT,
    LIMIT_NONE = LIMIT_COUNT
};

struct alert_limit_field {
    const char *name;
    field_read read; /* NULL: of LIMIT_METRIC, which is more than a number */
    size_t offset;   /* in struct alert_rule */
};
extern const struct alert_limit_field ALERT_LIMITS[LIMIT_COUNT];

struct alert_kind {
    enum alert_limit limit;
    int64_t min, max;
    int64_t fallback;     /* of a limit that is not given or null */
    const char *required; /* set when there is none: what is expected */
};
extern const struct alert_kind ALERT_KINDS[ALERT_ON_COUNT];
extern const char *const ALERT_ON_NAMES[ALERT_ON_COUNT + 1]; /* by enum alert_on; NULL at the end */

/* The elements of a job's member `alerts`; r stands at that member. */
int alert_read_own(struct field_reader *r, const struct json *v, struct alert_rule **ret, int *ret_n);

#endif
