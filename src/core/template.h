/* template.h - fills {{placeholders}} in URLs, header values and bodies. Pure.
 *
 *   {{secret.NAME}} {{now}} {{run.id}} {{run.scheduled_for}} {{run.trigger}} {{attempt}} {{job.name}}
 *
 * and, in a webhook channel alone, {{alert.NAME}}: notice.h has the names.
 *
 * Spaces inside the braces are allowed. An unknown one, or an unclosed "{{", is refused when a job is saved
 * (template_check). Two texts are rendered side by side: the real one, and the masked one that history keeps, in
 * which a secret is shown as its placeholder, "{{secret.NAME}}". Where the value lands decides its escaping. */
#ifndef EDGECRON_CORE_TEMPLATE_H
#define EDGECRON_CORE_TEMPLATE_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "core/job.h"
#include "core/notice.h"

/* TEMPLATE_ADDRESS is the URL of a channel or of the heartbeat, which as a whole is often the secret (Slack's and Discord's are, Teams' too): a secret
 * before the first '?' of the template keeps the characters that URLs are made of (RFC 3986: unreserved, reserved, '%'), so that its
 * value may be the whole URL, or several segments and a query; all others are percent-encoded, and one after the '?' like any value of
 * TEMPLATE_URL. What is no secret is encoded as in TEMPLATE_URL. So whoever sets the secret says where messages go: the URL that comes
 * of it is judged like any other, by url_parse and by the egress rules when it is called. */
enum template_place {
    TEMPLATE_URL,     /* values are percent-encoded */
    TEMPLATE_ADDRESS, /* the same, but for secrets that are the URL, or its end */
    TEMPLATE_HEADER, /* values are put as they are; one that http1_value_valid refuses is an error; of alerts' texts what it refuses
                         becomes a space */
    TEMPLATE_JSON, /* the text is JSON; values are escaped as the inside of a JSON string */
    TEMPLATE_TEXT  /* values are put as they are */
};

/* Looks a secret's value up: NULL when there is none (then *why says it, e.g. "secret 'X' is not set"). The value
 * stays valid until the render returns. */
typedef const char *(*template_secret)(void *ctx, const char *name, const char **why);

struct template_values {
    struct wall now;
    const char *run_id;
    struct wall scheduled_for;
    const char *trigger;
    int attempt;
    const char *job_name;
    template_secret secret;
    void *ctx;
    const struct notice
        *notice; /* of a channel's run: what {{alert.NAME}} stands for, in `language`; NULL: there is none */
    enum notice_language language;
};

/* ERR_INVALID. An {{alert.NAME}} is refused by the first, and known to the second. */
int template_check(const char *text, struct err *e);
int template_check_alert(const char *text, struct err *e);
/* Appends to out (wipe it: it may hold secrets) and masked. ERR_SEALED when a secret is missing or cannot be used
 * there (outcome `secret`); ERR_TOO_LARGE when a buffer is full. `masked` may be NULL. */
int template_render(const char *text, enum template_place place, const struct template_values *v, struct buf *out,
                    struct buf *masked, struct err *e);
/* Appends text with every placeholder replaced by "x" ("1" after a colon, where a port may stand): to check the form
 * of a URL before the values are known. False when out is full. */
bool template_sample(const char *text, struct buf *out);
/* Calls `each` for every secret named in text. */
void template_secrets(const char *text, void (*each)(void *ctx, const char *name), void *ctx);
/* The same for every template of a job and the headers of its target (may be NULL). */
void template_job_secrets(const struct job *j, const struct target *t, void (*each)(void *ctx, const char *name),
                          void *ctx);

#endif
