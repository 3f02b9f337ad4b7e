/* outgoing.h - the request that an attempt sends: the job's and its target's templates filled in, with edgecron's own fields. Pure.
 *
 * Two texts of each part are made side by side: the real one, for the wire, and the masked one, which history keeps and people are
 * shown, with "{{secret.NAME}}" where a secret stands. */
#ifndef EDGECRON_CORE_OUTGOING_H
#define EDGECRON_CORE_OUTGOING_H

#include "core/template.h"
#include "core/url.h"

#define OUTGOING_HEAD_MAX (128 * 1024)
#define OUTGOING_SPAN_SIZE 17 /* 16 hexadecimal digits (W3C Trace Context, parent-id) and NUL */

struct outgoing_spec {
    const struct job *job;
    const struct request_spec *request; /* the job's own, or one with another body (job_body.h) */
    const struct target *target;        /* the job's, or NULL */
    struct template_values values;
    const char *user_agent;
    const char *span; /* of the attempt; the run is the trace */
    bool body_final;  /* the body is sent as it is, "{{" and all (channel_request) */
};

/* A channel's run is one whose values have a notice: its URL is a TEMPLATE_ADDRESS, and a body that is a string is a TEMPLATE_JSON when its Content-Type
 * says so. */

struct outgoing {
    struct buf url, head, body;                         /* as sent; wiped, as they may hold secrets */
    struct buf masked_url, masked_headers, masked_body; /* headers: "Name: value\n" lines */
    struct url to;                                      /* points into url */
    const struct target *shared; /* whose headers were added: the target, when the URL is on it; else NULL */
    const char *by_path;         /* the target's name when the URL is a path on it; else NULL */
};

void outgoing_init(struct outgoing *o);
/* The URL is rendered first, so that messages about the rest can name it. ERR_SEALED when a secret is missing or cannot be used
 * where it stands, ERR_TOO_LARGE, ERR_INVALID for a URL that is none once it is filled in. On failure the masked texts are as far as it got. */
int outgoing_render(struct outgoing *o, const struct outgoing_spec *s, struct err *e);
void outgoing_free(struct outgoing *o);

#endif
