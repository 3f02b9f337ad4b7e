/* channel.h - channels: where alerts are sent, each kind a row of one table with its checks and how a message becomes its request. Pure.
 *
 *   { "name": "ops", "description": "", "enabled": true, "kind": "slack", "language": "en",
 *     "url": "https://hooks.slack.com/services/{{secret.SLACK_OPS}}", "method": "POST", "headers": {}, "body": null,
 *     "email": null, "ca_file": null, "allow_private": [] }
 *
 *   "email": { "host": "smtp.example.com", "port": 587, "security": "starttls", "username": "edgecron",
 *              "password": "{{secret.SMTP_PASSWORD}}", "from": "edgecron <edgecron@example.com>", "to": ["ops@example.com"] }
 *
 * kinds: webhook, slack, discord, teams, ntfy, email. `url`, header values, `body` and the password are templates (template.h) with secrets;
 * of a webhook `body` (JSON or a string, as a job's) may also hold {{alert.title}} and the like (notice.h has the list), escaped as JSON wants it in
 * JSON and in a string whose Content-Type is JSON's; null: the notice's own JSON form. What a kind does not have (method, headers and body of the ready-made ones but ntfy's headers; email of all but email) is refused
 * unless it is null or its default. */
#ifndef EDGECRON_CORE_CHANNEL_H
#define EDGECRON_CORE_CHANNEL_H

#include "base/buf.h"
#include "core/job.h"
#include "core/notice.h"

#define CHANNEL_NAME_MAX 40 /* as a job's name; shorter, as "alert:NAME" is the job of its runs (CHANNEL_JOB_PREFIX) */
#define CHANNELS_MAX 50     /* in a store */
#define CHANNEL_JOB_PREFIX "alert:" /* no job may be called so: ':' is not of a name */
#define CHANNEL_TO_MAX 20

#define CHANNEL_KINDS(X)          \
    X(CHANNEL_WEBHOOK, "webhook") \
    X(CHANNEL_SLACK, "slack")     \
    X(CHANNEL_DISCORD, "discord") X(CHANNEL_TEAMS, "teams") X(CHANNEL_NTFY, "ntfy") X(CHANNEL_EMAIL, "email")
#define X(name, text) name,
enum channel_kind { CHANNEL_KINDS(X) CHANNEL_KIND_COUNT };
#undef X
enum mail_security { MAIL_STARTTLS, MAIL_TLS, MAIL_PLAIN }; /* "starttls" (default, 587), "tls" (465), "none" (25) */

struct channel_mail {
    const char *host;
    int port;                    /* default by security */
    enum mail_security security; /* none: a password is refused, but to loopback addresses */
    const char *username;        /* NULL: no authentication */
    const char *password;        /* a template; required with username */
    const char *from;            /* a mailbox (RFC 5322, 3.4): address, or Name <address>; UTF-8 in the name */
    const char *const *to;
    int n_to;
};
struct channel {
    const char *name, *description;
    bool enabled;
    enum channel_kind kind;
    enum notice_language language;
    struct request_spec request; /* not of email; url is absolute, or one placeholder and what follows it */
    struct channel_mail mail;    /* of email */
    const char *ca_file;         /* as a target's */
    const char *const *allow_private;
    int n_allow_private;
};

const char *channel_kind_name(enum channel_kind k);
int channel_parse(const struct json *doc, const char *name, struct arena *a, struct channel *ret, struct err *e);
struct json *channel_to_json(const struct channel *c); /* every field; what does not belong to the kind is null */

/* The job that the engine runs to send through it: name "alert:NAME", no schedule that is ever due ("@at" long ago), its request, the retries of
 * alerts (10 s times 3 up to 15 min, until 6 h have passed: 30 attempts), at least once, overlap allow, timeout 30 s. In `a`. `from` must outlive it.
 * And the target that goes with it: base URL and limits (ca_file, allow_private). */
void channel_job(const struct channel *from, struct arena *a, struct job *ret);
void channel_target(const struct channel *from, struct arena *a, struct target *ret);
/* "ops" of "alert:ops"; NULL when it is a job's name. */
const char *channel_of_job(const char *job);

/* The request that tells `n`, for every kind but email: c->request with headers and body of the kind, in `a`. *ret_final: the body is what is sent,
 * no template any more (it holds texts of others, in which "{{" is just that). To be sent with struct outgoing_spec (outgoing.h): `request`, `body_final`,
 * and in its values `notice` and `language`, of which a webhook's own template takes its texts, and by which the URL is known to be a channel's. */
void channel_request(const struct channel *c, const struct notice *n, struct arena *a, struct request_spec *ret,
                     bool *ret_final);

/* Every secret that it names; as template_job_secrets. */
void channel_secrets(const struct channel *c, void (*each)(void *ctx, const char *name), void *ctx);

#endif
