/* watch_look.c - conditions: what no run that ended tells of (watch.h). */
#include "engine/watch_op.h"

#include "store/figures.h"

#include <string.h>

#define JOBS_A_STEP 2000 /* that are looked at for no_success */
#define READ_A_STEP 100  /* of these, whose last success is read */

struct looking {
    struct watch_op *op;
    struct watch_book *book;
    struct store *store;
    struct watch_times times;
};

/* A rule hears of a condition. What does not hold and never did is no news. */
static struct watch_row *hear(struct looking *k, const struct alert_rule *r, const char *key, struct watch_row *row,
                              const char *subject, const char *target, const struct watch_sign *x, const char *run)
{
    struct watch_state none = watch_state_none(), *st = row ? &row->st : &none;
    if (x->unknown || (!x->holds && st->phase == WATCH_NONE))
        return row;
    if (!x->holds && x->moot && st->phase != WATCH_OVER) {
        watch_book_drop(k->book, row);
        return row;
    }
    struct wall since = wall_is_none(x->since) ? k->times.now : x->since;
    watch_holds(r, key, subject, target, x->holds, since, x->value, run, k->times, st);
    return watch_book_keep(k->book, row, st);
}

/* --- jobs -------------------------------------------------------------------------------------------------------- */

static void look_open(struct looking *k, const struct watch_open *x)
{
    struct watch_job *j = map_get(&k->book->jobs, x->job);
    if (!j)
        return;
    watch_book_rules(k->book, j);
    for (int i = 0; i < j->n_rules; i++) {
        struct watched *w = &j->rules[i];
        const struct watch_sign late = { .holds = true, .since = x->since, .value = (double)x->ms, .why = "" };
        if (w->rule->on == x->on && x->ms > w->rule->over_ms)
            w->row = hear(k, w->rule, w->key, w->row, j->name, j->target, &late, x->run);
    }
}

static int read_success(struct looking *k, struct watch_job *j, struct err *e)
{
    struct wall kept;
    int64_t failed;
    int rc = figures_streak(k->store, j->name, &kept, &failed, e);
    if (!rc && (wall_is_none(j->success_at) || kept.ms > j->success_at.ms))
        j->success_at = kept;
    j->success_known = rc == 0;
    return rc;
}

/* From when on a success is missed. A pause, or another schedule, gives a job its time anew. */
static struct wall waits_since(const struct watch_job *j)
{
    return j->success_at.ms > j->from.ms ? j->success_at : j->from;
}

/* Else it has its time anew without a success, by a pause, a schedule or a limit. */
static bool succeeded_since(const struct watch_job *j, const struct watch_row *row)
{
    return row && row->st.phase == WATCH_FIRING && j->success_at.ms > row->st.since.ms;
}

/* 1: its turn comes with the next step, when more may be read. */
static int look_success(struct looking *k, struct watch_job *j, int *reads, struct err *e)
{
    watch_book_rules(k->book, j);
    for (int i = 0; i < j->n_rules; i++) {
        struct watched *w = &j->rules[i];
        if (w->rule->on != ALERT_NO_SUCCESS)
            continue;
        int rc = j->success_known ? 0 : --*reads < 0 ? 1 : read_success(k, j, e);
        if (rc)
            return rc;
        struct wall since = waits_since(j);
        int64_t for_ms = k->times.now.ms - since.ms;
        const struct watch_sign x = { .holds = for_ms >= w->rule->over_s * 1000,
                                      .moot = !succeeded_since(j, w->row),
                                      .since = since,
                                      .value = (double)for_ms / 1000,
                                      .why = "" };
        w->row = hear(k, w->rule, w->key, w->row, j->name, j->target, &x, "");
    }
    return 0;
}

/* So many jobs, from where it ended before; the rest in the next step. */
static int look_successes(struct looking *k, struct err *e)
{
    struct watch_book *b = k->book;
    struct watch_job *j = NULL;
    int rc = 0, reads = READ_A_STEP;
    b->looked = true;
    if (!watch_book_has(b, ALERT_NO_SUCCESS))
        return 0;
    for (int n = 0; rc == 0 && n < JOBS_A_STEP && (j = map_each(&b->jobs, &b->look_pos)); n++)
        rc = look_success(k, j, &reads, e);
    if (rc > 0)
        b->look_pos--; /* map_each stands behind it */
    b->looked = !j;
    if (!j)
        b->look_pos = 0;
    return rc < 0 ? rc : 0;
}

/* --- the appliance ----------------------------------------------------------------------------------------------- */

static void hear_of(struct looking *k, const struct alert_rule *r, const char *subject, const struct watch_sign *x)
{
    struct watch_row *row = watch_book_row(k->book, r->name, subject);
    const char *target = r->on == ALERT_CERTIFICATE ? subject : "";
    hear(k, r, r->name, row, subject, target, x, "");
}

/* Whether it is over already is told in the same breath: nothing could be told while it lasted. */
static int look_sign(struct looking *k, const struct alert_rule *r, struct err *e)
{
    struct watch_sign x = k->op->facts->signs[r->on];
    (void)e;
    if (r->on == ALERT_DISK)
        x.holds = x.value < (double)r->under_mib;
    hear_of(k, r, "", &x);
    if (r->on == ALERT_STORE && x.holds && k->op->facts->store_well) {
        x.holds = false;
        hear_of(k, r, "", &x);
    }
    return 0;
}

/* A state of a subject that is not there any more is dropped. `there`: each that is. */
struct subjects {
    struct looking *look;
    const struct alert_rule *rule;
    struct arena *arena;
    struct map there;
};

static void drop_others(struct subjects *x)
{
    struct watch_row *row;
    for (size_t pos = 0; (row = map_each(&x->look->book->rows, &pos));)
        if (row->st.phase != WATCH_NONE && row->st.on == x->rule->on && !strcmp(row->st.rule, x->rule->name) &&
            !map_get(&x->there, row->st.subject))
            watch_book_drop(x->look->book, row);
}

static void look_secret(void *ctx, const char *name, struct wall updated_at, struct wall due_at)
{
    struct subjects *x = ctx;
    const struct alert_rule *r = x->rule;
    struct wall now = x->look->times.now, since = due_at;
    if (r->over_s > 0 && (wall_is_none(since) || updated_at.ms + r->over_s * 1000 < since.ms))
        since.ms = updated_at.ms + r->over_s * 1000;
    const struct watch_sign sign = { .holds = !wall_is_none(since) && since.ms <= now.ms,
                                     .since = since,
                                     .value = (double)(now.ms - updated_at.ms) / 1000,
                                     .why = "" };
    hear_of(x->look, r, name, &sign);
    map_put(&x->there, arena_strdup(x->arena, name), x->arena);
}

static int look_secrets(struct looking *k, const struct alert_rule *r, struct err *e)
{
    struct subjects x = { k, r, arena_new(0), { 0 } };
    int rc = figures_secrets(k->store, INT32_MAX, look_secret, &x, e);
    if (!rc)
        drop_others(&x);
    map_free(&x.there);
    arena_free(x.arena);
    return rc;
}

static void look_certificate(struct looking *k, const struct alert_rule *r, const struct watch_certificate *c)
{
    int64_t left_ms = c->expires_at.ms - k->times.now.ms;
    const struct watch_sign sign = {
        .holds = left_ms < r->within_s * 1000, .since = WALL_NONE, .value = (double)left_ms / 1000, .why = ""
    };
    hear_of(k, r, c->subject, &sign);
}

/* Those of targets are known once they were called; sealed, none is. */
static int look_certificates(struct looking *k, const struct alert_rule *r, struct err *e)
{
    struct subjects x = { .look = k, .rule = r };
    const struct watch_facts *f = k->op->facts;
    (void)e;
    for (int i = 0; i < f->n_certificates; i++) {
        const struct watch_certificate *c = &f->certificates[i];
        map_put(&x.there, c->subject, (void *)c);
        if (!wall_is_none(c->expires_at))
            look_certificate(k, r, c);
    }
    if (!k->op->sealed)
        drop_others(&x);
    map_free(&x.there);
    return 0;
}

static int (*const looks[ALERT_ON_COUNT])(struct looking *, const struct alert_rule *, struct err *) = {
    [ALERT_SECRET_AGE] = look_secrets, [ALERT_CERTIFICATE] = look_certificates,
    [ALERT_DISK] = look_sign,          [ALERT_SEALED] = look_sign,
    [ALERT_CLOCK] = look_sign,         [ALERT_OVERLOAD] = look_sign,
    [ALERT_BACKUP] = look_sign,        [ALERT_STORE] = look_sign,
};

static int look_appliance(struct looking *k, struct err *e)
{
    int rc = 0;
    for (int i = 0; rc == 0 && i < k->book->n_rules; i++) {
        const struct alert_rule *r = &k->book->rules[i];
        if (r->enabled && looks[r->on])
            rc = looks[r->on](k, r, e);
    }
    return rc;
}

int watch_look(struct watch_op *o, struct store *s, struct watch_times t, struct err *e)
{
    struct looking k = { o, o->book, s, t };
    int rc = o->facts->look ? look_appliance(&k, e) : 0;
    for (int i = 0; i < o->facts->n_open; i++)
        look_open(&k, &o->facts->open[i]);
    if (rc == 0 && !o->sealed && (o->facts->look || !o->book->looked))
        rc = look_successes(&k, e);
    o->more = o->more || !o->book->looked;
    return rc;
}
