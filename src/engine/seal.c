#include "engine/seal.h"

#include "base/log.h"
#include "engine/asked.h"
#include "engine/due.h"
#include "engine/record.h"
#include "engine/roster.h"
#include "engine/watch.h"
#include "store/audit.h"

#include <stdio.h>
#include <string.h>

#define LOOK_MS 1000
#define BACKOFF_MOST_S 60

static void say_sealed(struct engine *g, const char *why)
{
    char text[sizeof g->seal_error];
    snprintf(text, sizeof text, "nothing is planned or called: %s", why);
    if (!strcmp(text, g->seal_error))
        return;
    snprintf(g->seal_error, sizeof g->seal_error, "%s", text);
    log_error("sealed", L_STR("error", why));
}

/* From here on this is the vault; NULL: sealed. */
static void hold(struct engine *g, struct vault *v)
{
    pthread_mutex_lock(&g->shared_lock);
    struct vault *before = g->lent;
    g->lent = v ? vault_copy(v) : NULL;
    pthread_mutex_unlock(&g->shared_lock);
    vault_close(before);
    g->vault = v;
}

int engine_vault(struct engine *g, struct vault **ret, struct err *e)
{
    pthread_mutex_lock(&g->shared_lock);
    *ret = g->lent ? vault_copy(g->lent) : NULL;
    int rc = *ret ? 0
                  : err_set(e, ERR_SEALED, "no secret can be written: the server is sealed, %s",
                            *g->shared.seal_error ? g->shared.seal_error : "and is looking for its master key");
    pthread_mutex_unlock(&g->shared_lock);
    return rc;
}

int seal_open(struct engine *g, struct store *s, struct err *e)
{
    struct err why = { 0 };
    struct vault *v = NULL;
    int rc = vault_open(&v, s, g->master_key_file, true, &why);
    if (rc == 0)
        hold(g, v);
    if (rc == -(int)ERR_SEALED) {
        say_sealed(g, why.text);
        return 0;
    }
    if (rc && e)
        *e = why;
    return rc;
}

/* --- looking for the key ----------------------------------------------------------------------------------------- */

struct unseal_op {
    struct record_op base;
    struct wall at;
};

static int exec_unsealed(struct store *s, struct write_op *op, struct err *e)
{
    struct unseal_op *o = (struct unseal_op *)op;
    struct audit_entry entry = { AUDIT_VAULT_UNSEAL, .detail = "{\"key\":\"read from its file\"}", .at = o->at };
    return audit_add(s, &entry, e);
}

static struct vault *take_offered(struct engine *g)
{
    pthread_mutex_lock(&g->shared_lock);
    struct vault *v = g->offered;
    g->offered = NULL;
    pthread_mutex_unlock(&g->shared_lock);
    return v;
}

/* The clock may have been set back meanwhile: planning starts from where it is. */
static void plan_from_now(struct engine *g)
{
    struct wall now = clock_wall();
    if (g->planned_safe.ms <= now.ms)
        return;
    log_warn("the clock was set back while sealed; no occurrence that has a run is run again",
             L_INT("by_s", (g->planned_safe.ms - now.ms) / 1000));
    g->set_back_from = g->planned_safe;
    g->planned = g->planned_safe = now;
    record_planned_back(g);
}

static void unseal(struct engine *g, struct vault *v, bool from_file)
{
    struct err e = { 0 };
    hold(g, v);
    plan_from_now(g);
    if (engine_take_up(g, &e)) {
        hold(g, NULL);
        vault_close(v);
        say_sealed(g, e.text);
        return;
    }
    g->seal_error[0] = '\0';
    watch_look_again(g);
    due_look(g);
    log_info("unsealed: work goes on", L_STR("key", from_file ? g->master_key_file : "given to the API"));
    if (!from_file)
        return;
    struct unseal_op *o = mem_alloc(sizeof *o);
    o->at = clock_wall();
    record_other(g, &o->base, exec_unsealed, NULL);
}

/* A wrong file was taken away, and there is no secret that would need the right one: a new one is made, as at a start. */
static int open_anew(struct engine *g, struct vault **ret, struct err *e)
{
    struct store *s;
    int rc = store_open(&s, g->data_dir, STORE_WRITE, e);
    if (rc)
        return rc;
    rc = vault_open(ret, s, g->master_key_file, true, e);
    store_close(s);
    return rc;
}

static int open_file(struct engine *g, struct vault **ret, struct err *e)
{
    int rc = vault_open(ret, g->store, g->master_key_file, false, e);
    return rc == -(int)ERR_NOT_FOUND ? open_anew(g, ret, e) : rc;
}

void seal_look(struct engine *g)
{
    struct err why = { 0 };
    if (g->taken_up || g->draining)
        return;
    roster_sealed(g);
    struct vault *v = take_offered(g);
    bool from_file = !v;
    if (v || open_file(g, &v, &why) == 0)
        unseal(g, v, from_file);
    else
        say_sealed(g, why.text);
    if (!g->taken_up) {
        asked_take_up(g);
        watch_sealed(g);
    }
    loop_later(g->loop, &g->publish);
}

static void look_due(void *ctx)
{
    struct engine *g = ctx;
    seal_look(g);
    seal_watch(g);
}

void seal_watch(struct engine *g)
{
    if (g->taken_up || g->draining)
        return;
    g->seal_timer = (struct loop_timer){ .fn = look_due, .ctx = g };
    loop_timer_set(g->loop, &g->seal_timer, (struct mono){ clock_mono().us + LOOK_MS * 1000 });
}

void seal_free(struct engine *g)
{
    struct vault *v = g->vault;
    vault_close(take_offered(g));
    hold(g, NULL);
    vault_close(v);
}

int seal_renew(struct engine *g, struct err *e)
{
    int64_t number;
    struct vault *v;
    int rc = vault_number_kept(g->store, &number, e);
    if (rc || number == vault_number(g->vault))
        return rc;
    rc = vault_open(&v, g->store, g->master_key_file, false, e);
    if (rc)
        return err_wrap(e, "the store has a new data key, which cannot be opened");
    struct vault *before = g->vault;
    hold(g, v);
    vault_close(before);
    log_info("the store's new data key is in use");
    return 0;
}

/* --- a key from the API ------------------------------------------------------------------------------------------ */

/* Each attempt makes the next wait, the longer the more have failed; one that succeeds ends that. */
static int attempt_begin(struct engine *g, int *ret_wait_s, struct err *e)
{
    struct mono now = clock_mono();
    int rc = 0;
    *ret_wait_s = 0;
    pthread_mutex_lock(&g->shared_lock);
    if (!g->shared.sealed) {
        rc = err_set(e, ERR_CONFLICT, "nothing is sealed: the server has its master key");
    } else if (now.us < g->unseal_after.us) {
        *ret_wait_s = (int)((g->unseal_after.us - now.us + 999999) / 1000000);
        rc = err_set(e, ERR_TOO_MANY, "a wrong master key was given just now: try again in %d s", *ret_wait_s);
    } else {
        int wait_s = g->unseal_failures < 6 ? 1 << g->unseal_failures : BACKOFF_MOST_S;
        g->unseal_failures++;
        g->unseal_after = (struct mono){ now.us + wait_s * 1000000LL };
    }
    pthread_mutex_unlock(&g->shared_lock);
    return rc;
}

static void hand_over(struct engine *g, struct vault *v)
{
    pthread_mutex_lock(&g->shared_lock);
    struct vault *before = g->offered;
    g->offered = v;
    g->unseal_failures = 0;
    g->unseal_after = (struct mono){ 0 };
    pthread_mutex_unlock(&g->shared_lock);
    vault_close(before);
    engine_wake(g);
}

struct attempt_op {
    struct write_op op;
    const struct audit_actor *actor;
    struct audit_entry entry;
};

static int exec_attempt(struct store *s, struct write_op *op, struct err *e)
{
    struct attempt_op *a = MEM_CONTAINER(op, struct attempt_op, op);
    store_actor_set(s, a->actor);
    return audit_add(s, &a->entry, e);
}

int engine_unseal(struct engine *g, struct store *s, const uint8_t key[CRYPTO_KEY_SIZE],
                  const struct audit_actor *actor, int *ret_wait_s, struct err *e)
{
    struct vault *v = NULL;
    struct err why = { 0 };
    int rc = attempt_begin(g, ret_wait_s, e);
    if (rc)
        return rc;
    int opened = vault_open_with(&v, s, key, &why);
    struct attempt_op a = { .op.exec = exec_attempt, .actor = actor, .entry.at = clock_wall() };
    a.entry.action = opened ? AUDIT_VAULT_UNSEAL_FAILED : AUDIT_VAULT_UNSEAL;
    a.entry.detail = opened ? NULL : "{\"key\":\"held in memory\"}";
    if (opened == 0 || opened == -(int)ERR_SEALED)
        rc = writer_do(g->writer, &a.op, e);
    if (rc) {
        vault_close(v);
    } else if (opened) {
        rc = opened;
        if (e)
            *e = why;
    } else {
        hand_over(g, v);
    }
    return rc;
}
