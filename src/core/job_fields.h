/* job_fields.h - the tables and readers that job.c, its parts and target.c share; nobody else needs them. */
#ifndef EDGECRON_CORE_JOB_FIELDS_H
#define EDGECRON_CORE_JOB_FIELDS_H

#include "core/field.h"
#include "core/job.h"

/* What field_reader.ctx is while a job or target is read. */
struct job_context {
    const char *name;          /* given from outside, or NULL */
    job_zone_known zone_known; /* NULL: any name passes */
    void *zone_ctx;
    bool alerts; /* {{alert.NAME}} may stand in templates: of a channel */
};

/* struct request_spec, retry_policy, catch_up, success: for field_object. */
extern const struct field REQUEST_FIELDS[];
extern const struct field RETRY_FIELDS[];
extern const struct field CATCH_UP_FIELDS[];
extern const struct field SUCCESS_FIELDS[];

/* Readers of whole structs (their table rows have offset 0). */
int job_read_name(struct field_reader *r, const struct field *f, const struct json *v, void *into); /* const char * */
int job_read_tags(struct field_reader *r, const struct field *f, const struct json *v, void *into); /* struct job */
int job_read_metrics(struct field_reader *r, const struct field *f, const struct json *v, void *into); /* struct job */
int job_read_alerts(struct field_reader *r, const struct field *f, const struct json *v, void *into); /* const char * */

int job_read_body(struct field_reader *r, const struct field *f, const struct json *v,
                  void *into); /* struct request_spec */

/* The form of its placeholders. */
int job_check_template(struct field_reader *r, const char *text);
/* A headers object, for jobs and targets: at most 40. */
int job_read_headers(struct field_reader *r, const struct json *v, const struct header **ret, int *ret_n);
/* The name given from outside, when there is one: checked, and equal to the document's when that is there. */
int job_settle_name(struct field_reader *r, const char **name);
/* After request.url was read: its form, as absolute URL or as path on the target. */
int job_check_url(struct field_reader *r, const char *url, bool has_target);
/* Of targets and channels: an absolute path or null; address ranges. */
int target_read_ca_file(struct field_reader *r, const struct field *f, const struct json *v, void *into);
int target_read_allow_private(struct field_reader *r, const struct json *v, const char *const **ret, int *ret_n);

#endif
