/* form_write.h - a named form of the apply file written over REST: created, replaced, patched or removed, tried (dry_run), held to If-Match. What differs
 * between alert rules and channels is a row of functions. Worker threads; what takes a store may run on the writer's. */
#ifndef EDGECRON_API_FORM_WRITE_H
#define EDGECRON_API_FORM_WRITE_H

#include "api/reply.h"
#include "api/request.h"
#include "store/jobs.h"

/* What is kept beside the form. */
struct form_kept {
    int64_t revision;
    struct wall created_at, updated_at;
};

struct form_kind {
    const char *what, *path; /* "channel", "channels" */
    int (*revision)(struct store *s, const char *name, int64_t *ret,
                    struct err *e); /* also of what cannot be read; 0: there is none */
    /* ERR_NOT_FOUND. *ret_form is the caller's. */
    int (*get)(struct store *s, const char *name, struct form_kept *ret, struct json **ret_form, struct err *e);
    /* Into the arena; `name` as in job_parse. */
    int (*parse)(const struct json *form, const char *name, struct arena *a, const void **ret, struct err *e);
    const char *(*name)(const void *parsed);
    struct json *(*form)(const void *parsed);
    int (*check)(struct store *s, const void *parsed, struct err *e);
    int (*put)(struct store *s, const void *parsed, struct wall now, enum put_result *ret, struct err *e);
    int (*remove)(struct store *s, const char *name, struct wall now, struct err *e);
    /* The whole answer, `warnings` with it. */
    int (*view)(struct store *s, struct request *q, const void *parsed, const struct form_kept *k, struct json **ret,
                struct err *e);
};

enum form_write { FORM_CREATE, FORM_PUT, FORM_PATCH };

/* The name is the path's first capture, or with FORM_CREATE the form's own. */
int form_write(struct request *q, struct reply *p, const struct form_kind *kind, enum form_write how, struct err *e);
int form_remove(struct request *q, struct reply *p, const struct form_kind *kind, struct err *e);

#endif
