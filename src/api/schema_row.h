/* schema_row.h - how rows of the schema table are written, for the files that hold them; nobody else needs it.
 *
 * A new schema goes to the file of its resource. Its members stand together. */
#ifndef EDGECRON_API_SCHEMA_ROW_H
#define EDGECRON_API_SCHEMA_ROW_H

#include "api/schema.h"

struct schema_part {
    const struct schema_field *rows;
    size_t n;
};
extern const struct schema_part schema_jobs, schema_runs, schema_alerts, schema_access, schema_server;

#define YES true
#define NO false
#define OPTIONAL .traits = SCHEMA_OPTIONAL
#define READ_ONLY .traits = SCHEMA_READ_ONLY
#define RANGE(low, high) .min = (low), .max = (high)
#define FROM(low) RANGE(low, SCHEMA_NO_MAX)
#define JOB_NAME .pattern = "^[a-z0-9][a-z0-9_-]{0,62}$"
#define RUN_JOB .pattern = "^(alert:)?[a-z0-9][a-z0-9_-]{0,62}$" /* messages of a channel are runs, too */
#define SECRET_NAME .pattern = "^[A-Za-z_][A-Za-z0-9_]{0,62}$"
#define TAGS .pattern = "^[a-z0-9_.:-]{1,40}$", .max_length = 20
#define JSON_POINTER "^(/([^~/]|~[01])*)*$"
#define UUID .format = "uuid"

/* A row names what there is to say; what it leaves out is zero, and means that nothing is said. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#endif
