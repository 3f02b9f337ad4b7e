#include "engine/keyring.h"

#include "base/log.h"

#include <stdio.h>
#include <string.h>

struct held_secret {
    char *name;
    struct secret secret; /* len 0: it cannot be opened */
};

void keyring_forget(struct engine *g)
{
    struct held_secret *h;
    for (size_t pos = 0; (h = map_each(&g->secrets, &pos));) {
        secret_wipe(&h->secret);
        mem_free(h->name);
        mem_free(h);
    }
    map_free(&g->secrets);
    redactor_free(g->redactor);
    g->redactor = NULL;
}

static void hold_secret(void *ctx, const char *name, const struct secret *x, const struct err *why)
{
    struct engine *g = ctx;
    struct held_secret *h = mem_alloc(sizeof *h);
    h->name = mem_strdup(name);
    if (x)
        h->secret = (struct secret){ mem_strndup(x->value, x->len), x->len, x->version };
    else
        log_error("secret cannot be opened", L_STR("secret", name), L_STR("error", why->text));
    map_put(&g->secrets, h->name, h);
}

static void redactor_renew(struct engine *g)
{
    struct held_secret *h;
    size_t n = 0;
    mem_auto struct redact_value *values = mem_alloc(g->secrets.len * sizeof *values);
    for (size_t pos = 0; (h = map_each(&g->secrets, &pos));)
        if (h->secret.len)
            values[n++] = (struct redact_value){ h->name, h->secret.value, h->secret.len };
    g->redactor = redactor_new(values, n);
}

static void add_version(void *ctx, const struct secret_info *i)
{
    buf_printf(ctx, "%s:%lld:%lld ", i->name, (long long)i->version, (long long)i->updated_at.ms);
}

int keyring_refresh(struct engine *g, struct err *e)
{
    struct buf seen = BUF_INIT(16 * 1024 * 1024);
    int rc = secrets_each(g->store, add_version, &seen, e);
    if (!rc && (!g->secrets_seen || strcmp(g->secrets_seen, buf_str(&seen)))) {
        keyring_forget(g);
        rc = vault_each(g->vault, g->store, hold_secret, g, e);
        redactor_renew(g);
        mem_free(g->secrets_seen);
        g->secrets_seen = mem_strdup(buf_str(&seen));
    }
    buf_free(&seen);
    return rc;
}

const char *keyring_value(struct engine *g, const char *name, const char **why)
{
    static _Thread_local char text[256];
    struct held_secret *h = map_get(&g->secrets, name);
    if (h && h->secret.len)
        return h->secret.value;
    if (h)
        snprintf(text, sizeof text, "secret '%s' cannot be opened with this master key", name);
    else
        snprintf(text, sizeof text, "secret '%s' is not set", name);
    *why = text;
    return NULL;
}
