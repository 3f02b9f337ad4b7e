#include "api/sample.h"

#include "base/crypto.h"

#include <string.h>
#include <strings.h>
#include <time.h>

/* What the body asked for, and n: a number that changes from call to call, 0..15. */
struct call {
    const struct json *body;
    unsigned n;
};

static void followup_processor(struct json *v, const struct call *c)
{
    const char *slot = json_string(json_get(c->body, "time_slot"));
    const char *source = json_string(json_get(c->body, "source"));
    json_add_string(v, "time_slot", slot ? slot : "07:00");
    json_add_string(v, "source", source ? source : "cron");
    json_add_int(v, "emails_analyzed", 8 + c->n);
    json_add_int(v, "followups_sent", 2 + c->n / 3);
    json_add_int(v, "followups_failed", c->n == 7);
}

static void process_reminders(struct json *v, const struct call *c)
{
    json_add_int(v, "reminders_found", 3 + c->n / 4);
    json_add_int(v, "notifications_created", 4 + c->n / 2);
    json_add_int(v, "emails_sent", 3 + c->n / 4);
    json_add_int(v, "sms_sent", 1 + c->n / 8);
    json_add_int(v, "whatsapp_sent", c->n % 3);
}

static void appointment_status_updater(struct json *v, const struct call *c)
{
    json_add_int(v, "appointments_updated", c->n / 2);
    json_add_int(v, "completed", c->n / 2 - c->n / 5);
    json_add_int(v, "expired", c->n / 5);
}

static const struct function {
    const char *path;
    bool bearer; /* takes Authorization: Bearer too */
    void (*fill)(struct json *v, const struct call *c);
} functions[] = {
    { "/functions/v1/followup-processor", false, followup_processor },
    { "/functions/v1/process-reminders", true, process_reminders },
    { "/functions/v1/appointment-status-updater", true, appointment_status_updater },
};

static const struct function *find(const char *path)
{
    for (size_t i = 0; i < MEM_COUNT(functions); i++)
        if (!strcmp(functions[i].path, path))
            return &functions[i];
    return NULL;
}

bool sample_serves(const char *path)
{
    return find(path);
}

/* Hashes first, so that neither length nor content shows in the time it takes. */
static bool key_equal(const char *given, const char *key)
{
    uint8_t a[CRYPTO_SHA256_SIZE], b[CRYPTO_SHA256_SIZE];
    crypto_sha256(given, strlen(given), a);
    crypto_sha256(key, strlen(key), b);
    return crypto_equal(a, b, sizeof a);
}

static bool has_key(const struct request *q, const struct function *f)
{
    const char *key = q->header(q->ctx, "X-Internal-Key");
    const char *auth = f->bearer ? q->header(q->ctx, "Authorization") : NULL;
    if (key && key_equal(key, q->service->sample_key))
        return true;
    return auth && !strncasecmp(auth, "Bearer ", 7) && key_equal(auth + 7, q->service->sample_key);
}

static void reply_failure(struct reply *p, int status, const char *why)
{
    struct json *v = json_new_object();
    json_add_bool(v, "ok", false);
    json_add_string(v, "error", why);
    reply_json(p, status, v);
}

static void work_for(unsigned ms)
{
    struct timespec wait = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };
    nanosleep(&wait, NULL);
}

int sample_answer(struct request *q, struct reply *p, struct err *e)
{
    const struct function *f = find(q->path);
    struct call c = { 0 };
    json_auto struct json *body = NULL;
    uint8_t chance[2];
    if (strcmp(q->method, "POST")) {
        reply_field(p, "Allow", "POST");
        reply_failure(p, 405, "only POST can be used here");
        return 0;
    }
    if (!has_key(q, f)) {
        reply_failure(p, 401, f->bearer ? "invalid or missing Bearer token" : "invalid or missing X-Internal-Key");
        return 0;
    }
    q->trusted = true;
    if (request_json(q, &body, e)) {
        reply_failure(p, 400, "the body must be a JSON object");
        return 0;
    }
    crypto_random(chance, sizeof chance);
    work_for(20 + chance[0] % 131);
    c.body = body;
    c.n = chance[1] % 16;
    struct json *v = json_new_object();
    json_add_bool(v, "ok", true);
    f->fill(v, &c);
    reply_json(p, 200, v);
    return 0;
}
