/* verdict_credentials.c - 401 and 403: which credentials the request carried, and what to do about each case. */
#include "core/template.h"
#include "core/verdict_words.h"

#include <string.h>
#include <strings.h>

#define NAMES_MAX 3 /* credentials that a message names */

struct credentials {
    struct buf *message;
    const char *place; /* of the template being walked */
    int n;             /* secrets seen */
    char first_secret[SECRET_NAME_MAX + 1];
    const char *literal; /* a header that looks like a credential but holds no secret */
    bool authorization;  /* is there one? */
};

static void name_one(void *ctx, const char *secret)
{
    struct credentials *c = ctx;
    if (c->n < NAMES_MAX)
        buf_printf(c->message, "%s'%s' (secret %s)", c->n ? " and " : "", c->place, secret);
    if (c->n == 0)
        memcpy(c->first_secret, secret, strlen(secret) + 1);
    c->n++;
}

static bool header_is_there(const struct header *headers, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcasecmp(headers[i].name, name) == 0)
            return true;
    return false;
}

bool verdict_is_credential(const char *name)
{
    static const char *const PARTS[] = { "authorization", "key",    "token",     "secret",
                                         "auth",          "cookie", "signature", "password" };
    for (size_t i = 0; i < MEM_COUNT(PARTS); i++)
        if (strcasestr(name, PARTS[i]))
            return true;
    return false;
}

static void walk_header(struct credentials *c, const struct header *h)
{
    int before = c->n;
    c->place = h->name;
    c->authorization |= strcasecmp(h->name, "Authorization") == 0;
    template_secrets(h->value, name_one, c);
    if (c->n == before && !c->literal && verdict_is_credential(h->name))
        c->literal = h->name;
}

/* The job's own headers, those of the target that it does not replace, URL and body; names go to `message`. */
static void walk(struct credentials *c, const struct job *j, const struct target *t)
{
    for (int i = 0; i < j->request.n_headers; i++)
        walk_header(c, &j->request.headers[i]);
    for (int i = 0; t && i < t->n_headers; i++)
        if (!header_is_there(j->request.headers, j->request.n_headers, t->headers[i].name))
            walk_header(c, &t->headers[i]);
    c->place = "request.url";
    template_secrets(j->request.url, name_one, c);
    c->place = "request.body";
    template_secrets(j->request.body, name_one, c);
}

/* Supabase's gateway speaks of the header before the function is reached. */
static bool wants_authorization(const char *said)
{
    return strcasestr(said, "authorization header") || strcasestr(said, "no authorization") ||
           strcasestr(said, "missing authorization");
}

#define BEARER "\"Authorization\": \"Bearer {{secret.SUPABASE_ANON_KEY}}\""

static void advise_none(const struct answer *a, struct buf *message)
{
    (void)a;
    buf_str_add(
        message,
        ": the request carries no credential: add the header that the function checks, such as "
        "\"X-Internal-Key\": \"{{secret.CRON_INTERNAL_KEY}}\" or \"Authorization\": \"Bearer {{secret.NAME}}\"");
}

static void advise_secrets(const struct credentials *c, const struct answer *a, const char *names, struct buf *message)
{
    buf_printf(message, a->status == 401 ? ": it did not accept %s" : ": %s may be wrong or lack the right to this",
               names);
    if (c->n > NAMES_MAX)
        buf_printf(message, " and %d more", c->n - NAMES_MAX);
    buf_printf(message, ": set the same value on both sides, here with: edgecron secret set %s",
               c->n == 1 ? c->first_secret : "NAME");
}

static void advise_literal(const struct credentials *c, struct buf *message)
{
    buf_printf(message,
               ": it did not accept '%s', whose value is written in the job or target: check it, and better keep it as "
               "a secret, with: edgecron secret set NAME, and {{secret.NAME}} in its place",
               c->literal);
}

void verdict_add_credentials(const struct job *j, const struct target *t, const struct answer *a, const char *said,
                             struct buf *message)
{
    buf_auto struct buf names = BUF_INIT(2048);
    struct credentials c = { .message = &names };
    walk(&c, j, t);
    if (!c.authorization && wants_authorization(said))
        buf_str_add(message,
                    ": the platform asks for an 'Authorization' header before the function is reached: add " BEARER
                    ", or deploy the function with --no-verify-jwt if it checks a key of its own");
    else if (c.n > 0)
        advise_secrets(&c, a, buf_str(&names), message);
    else if (c.literal)
        advise_literal(&c, message);
    else
        advise_none(a, message);
    if (c.authorization && strcasestr(said, "jwt"))
        buf_str_add(message, " (the value must be a JWT of this same project that has not expired)");
}
