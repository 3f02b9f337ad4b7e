/* channel_job.c - a channel as the engine sees it: a job that no schedule starts, and its target. */
#include "core/channel_fields.h"
#include "core/template.h"
#include "core/url.h"

#include <string.h>

static const char *const SUCCESS_STATUS[] = { "2xx" };

static const char *job_name(const struct channel *c, struct arena *a)
{
    return arena_printf(a, CHANNEL_JOB_PREFIX "%s", c->name);
}

/* Of e-mail: never called, but shown where a job's URL is. */
static struct request_spec request_of(const struct channel *c, struct arena *a)
{
    struct request_spec q = c->request;
    bool brackets = c->kind == CHANNEL_EMAIL && strchr(c->mail.host, ':');
    if (c->kind == CHANNEL_EMAIL)
        q.url = arena_printf(a, "%s://%s%s%s:%d", c->mail.security == MAIL_TLS ? "smtps" : "smtp", brackets ? "[" : "",
                             c->mail.host, brackets ? "]" : "", c->mail.port);
    return q;
}

void channel_job(const struct channel *from, struct arena *a, struct job *ret)
{
    *ret = (struct job){
        .name = job_name(from, a),
        .description = from->description,
        .enabled = from->enabled,
        .schedule = "@at 2000-01-01T00:00:00",
        .timezone = "UTC",
        .starts_at = WALL_NONE,
        .ends_at = WALL_NONE,
        .target = job_name(from, a),
        .request = request_of(from, a),
        .timeout_ms = 30000,
        .connect_timeout_ms = 10000,
        .delivery = DELIVERY_AT_LEAST_ONCE,
        .retry = { .max_attempts =
                       30, /* as many as max_age_s has room for: a service that is down for hours is still told */
                   .initial_ms = 10000,
                   .multiplier = 3,
                   .max_ms = 900000,
                   .max_age_s = 21600,
                   .past_next_occurrence = true },
        .overlap = OVERLAP_ALLOW,
        .catch_up = { .policy = CATCH_UP_NONE },
        .success = { .status = SUCCESS_STATUS, .n_status = 1 },
        .alerts = "[]",
    };
}

/* Scheme, host and port of a URL whose host is plain; "" when a secret is its beginning, or there is none. */
static const char *origin_of(const char *url, struct arena *a)
{
    const char *host = url ? strstr(url, "://") : NULL;
    if (!host || url[0] == '{')
        return "";
    return arena_strndup(a, url, (size_t)(host + 3 - url) + strcspn(host + 3, "/?#"));
}

void channel_target(const struct channel *from, struct arena *a, struct target *ret)
{
    const struct channel_traits *t = channel_traits(from->kind);
    *ret = (struct target){
        .name = job_name(from, a),
        .base_url = origin_of(from->request.url, a),
        .max_concurrent = t->rate.n ? 1 : 4,
        .rate = t->rate,
        .ca_file = from->ca_file,
        .tls_min = "1.2",
        .allow_private = from->allow_private,
        .n_allow_private = from->n_allow_private,
    };
}

const char *channel_of_job(const char *job)
{
    size_t len = strlen(CHANNEL_JOB_PREFIX);
    return job && strncmp(job, CHANNEL_JOB_PREFIX, len) == 0 ? job + len : NULL;
}

void channel_secrets(const struct channel *c, void (*each)(void *ctx, const char *name), void *ctx)
{
    template_secrets(c->request.url, each, ctx);
    for (int i = 0; i < c->request.n_headers; i++)
        template_secrets(c->request.headers[i].value, each, ctx);
    template_secrets(c->request.body, each, ctx);
    template_secrets(c->mail.password, each, ctx);
}
