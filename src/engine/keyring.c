#include "engine/keyring.h"

#include "base/guarded.h"
#include "base/log.h"
#include "core/binding.h"
#include "engine/publish.h"
#include "engine/usage.h"
#include "store/secrets.h"

#include <stdio.h>
#include <string.h>

struct key *key_ref(struct key *k)
{
    k->refs++;
    return k;
}

void key_unref(struct key *k)
{
    if (!k || --k->refs > 0)
        return;
    secret_wipe(&k->current);
    secret_wipe(&k->previous);
    for (int i = 0; i < k->n_targets; i++)
        mem_free(k->targets[i]);
    mem_free(k->targets);
    usage_free(k);
    mem_free(k->name);
    mem_free(k);
}

/* Whoever still holds one of these keys needs no value of it any more: what is sent was rendered before. */
static void keys_forget(struct map *keys)
{
    struct key *k;
    for (size_t pos = 0; (k = map_each(keys, &pos));) {
        secret_wipe(&k->current);
        secret_wipe(&k->previous);
        key_unref(k);
    }
    map_free(keys);
}

void keyring_forget(struct engine *g)
{
    keys_forget(&g->secrets);
    redactor_free(g->redactor);
    g->redactor = NULL;
}

static struct key *key_of(struct map *keys, const char *name)
{
    struct key *k = map_get(keys, name);
    if (k)
        return k;
    k = mem_alloc(sizeof *k);
    k->refs = 1;
    k->name = mem_strdup(name);
    k->previous_until = k->used_at = k->used_kept = WALL_NONE;
    map_put(keys, k->name, k);
    return k;
}

static void hold_version(void *ctx, const struct secret_version *x)
{
    struct key *k = key_of(ctx, x->name);
    bool is_current = wall_is_none(x->expires_at);
    if (!is_current)
        k->previous_until = x->expires_at; /* also of one that cannot be opened: it is to be destroyed */
    if (!x->value) {
        log_error("secret cannot be opened", L_STR("secret", x->name), L_INT("version", x->version),
                  L_STR("error", x->why->text));
        return;
    }
    struct secret *to = is_current ? &k->current : &k->previous;
    *to = (struct secret){ guarded_strndup(x->value->value, x->value->len), x->value->len, x->version };
}

static void hold_target(void *ctx, const char *name, const char *target)
{
    struct key *k = key_of(ctx, name);
    k->targets = mem_resize(k->targets, (size_t)(k->n_targets + 1) * sizeof *k->targets);
    k->targets[k->n_targets++] = mem_strdup(target);
}

static void redactor_renew(struct engine *g)
{
    struct key *k;
    size_t n = 0;
    mem_auto struct redact_value *values = mem_alloc(2 * g->secrets.len * sizeof *values);
    for (size_t pos = 0; (k = map_each(&g->secrets, &pos));) {
        if (k->current.len)
            values[n++] = (struct redact_value){ k->name, k->current.value, k->current.len };
        if (k->previous.len)
            values[n++] = (struct redact_value){ k->name, k->previous.value, k->previous.len };
    }
    redactor_free(g->redactor);
    g->redactor = redactor_new(values, n);
}

static void tell(struct engine *g, const struct map *fresh)
{
    struct key *k;
    for (size_t pos = 0; (k = map_each(fresh, &pos));)
        publish_secret(g, map_get(&g->secrets, k->name), k);
    for (size_t pos = 0; (k = map_each(&g->secrets, &pos));)
        if (!map_get(fresh, k->name))
            publish_secret(g, k, NULL);
}

/* All of it, or none: what was held goes on when the store cannot be read. */
static int read_again(struct engine *g, struct err *e)
{
    struct map fresh = { 0 };
    struct key *k;
    int rc = vault_each(g->vault, g->store, hold_version, &fresh, e);
    if (!rc)
        rc = secrets_bound_each(g->store, hold_target, &fresh, e);
    if (rc) {
        keys_forget(&fresh);
        return rc;
    }
    for (size_t pos = 0; (k = map_each(&fresh, &pos));) {
        struct key *before = map_get(&g->secrets, k->name);
        if (before)
            usage_move(before, k);
    }
    tell(g, &fresh);
    keys_forget(&g->secrets);
    g->secrets = fresh;
    redactor_renew(g);
    usage_watch(g);
    return 0;
}

int keyring_refresh(struct engine *g, struct err *e)
{
    struct buf seen = BUF_INIT(64 * 1024 * 1024);
    int rc = secrets_marks(g->store, &seen, e);
    if (!rc && (!g->secrets_seen || strcmp(g->secrets_seen, buf_str(&seen)))) {
        rc = read_again(g, e);
        if (!rc) {
            mem_free(g->secrets_seen);
            g->secrets_seen = mem_strdup(buf_str(&seen));
        }
    }
    buf_free(&seen);
    return rc;
}

struct key *keyring_find(struct engine *g, const char *name, const char **why)
{
    static _Thread_local char text[256];
    struct key *k = map_get(&g->secrets, name);
    if (k && k->current.len)
        return k;
    if (k)
        snprintf(text, sizeof text, "secret '%s' cannot be opened with this master key", name);
    else
        snprintf(text, sizeof text, "secret '%s' is not set", name);
    *why = text;
    return NULL;
}

bool key_overlaps(const struct key *k, struct wall now)
{
    return k->previous.len && k->previous_until.ms > now.ms;
}

struct wall keyring_next_end(const struct engine *g)
{
    struct wall next = WALL_NONE;
    struct key *k;
    for (size_t pos = 0; (k = map_each(&g->secrets, &pos));)
        if (!wall_is_none(k->previous_until) && (wall_is_none(next) || k->previous_until.ms < next.ms))
            next = k->previous_until;
    return next;
}

/* The targets are looked up as they are now: their addresses may have changed since the secret was bound. */
int key_check_place(struct engine *g, const struct key *k, const char *target, const struct url *origin, struct err *e)
{
    if (k->n_targets == 0)
        return 0;
    mem_auto struct binding_target *list = mem_alloc((size_t)k->n_targets * sizeof *list);
    for (int i = 0; i < k->n_targets; i++) {
        mem_auto char *key = mem_printf("target %s", k->targets[i]);
        const struct place *p = map_get(&g->places, key);
        const struct target_record *r = p && p->known ? p->spec->record : NULL;
        list[i] = (struct binding_target){ k->targets[i], r ? r->target.base_url : "" };
    }
    const struct binding b = { list, k->n_targets };
    return binding_allows(&b, target, origin) ? 0 : binding_refuse(&b, k->name, ERR_SEALED, target, origin, e);
}
