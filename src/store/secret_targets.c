/* secret_targets.c - the targets that secrets are bound to (secrets.h): asked when a job or a target is saved, and the
 * other way round when a secret is bound. The rule itself is core/binding.h. */
#include "base/json.h"
#include "core/binding.h"
#include "core/template.h"
#include "store/alerts.h"
#include "store/audit.h"
#include "store/record.h"
#include "store/secret_rows.h"
#include "store/settings.h"

#include <string.h>

/* What one secret is bound to, read when it is met. */
struct bound {
    struct store *s;
    struct arena *a;
    struct binding binding;
    struct err *e;
    int result;
};

static int add_target(struct bound *b, const char *name, struct binding_target *ret, struct err *e)
{
    struct target_record *r;
    int result = targets_get(b->s, name, &r, e);
    if (result)
        return result;
    *ret = (struct binding_target){ arena_strdup(b->a, name), arena_strdup(b->a, r->target.base_url) };
    target_record_free(r);
    return 0;
}

static int read_bound(struct bound *b, const char *secret, struct binding *ret, struct err *e)
{
    struct binding_target *targets = NULL;
    int n = 0, cap = 0, rc;
    struct statement q = statement_begin(b->s, Q_SECRET_TARGET_OF);
    statement_text(&q, secret);
    while ((rc = statement_row(&q, e)) > 0) {
        if (n == cap) {
            struct binding_target *more = arena_alloc(b->a, (size_t)(cap = cap ? 2 * cap : 4) * sizeof *more);
            if (n)
                memcpy(more, targets, (size_t)n * sizeof *more);
            targets = more;
        }
        rc = add_target(b, next_text(&q), &targets[n++], e);
        if (rc)
            break;
    }
    statement_end(&q);
    *ret = (struct binding){ targets, n };
    return rc;
}

static const struct binding *find_bound(void *ctx, const char *secret)
{
    struct bound *b = ctx;
    if (!b->result)
        b->result = read_bound(b, secret, &b->binding, b->e);
    return b->result || b->binding.n == 0 ? NULL : &b->binding;
}

int secrets_binding(struct store *s, const char *name, struct arena *a, struct binding *ret, struct err *e)
{
    struct bound b = { .s = s, .a = a, .e = e };
    return read_bound(&b, name, ret, e);
}

int secret_targets_check_job(struct store *s, const struct job *j, struct err *e)
{
    struct bound b = { .s = s, .a = arena_new(0), .e = e };
    int result = binding_check_job(j, find_bound, &b, e);
    arena_free(b.a);
    return b.result ? b.result : result;
}

int secret_targets_check_target(struct store *s, const struct target *t, struct err *e)
{
    struct bound b = { .s = s, .a = arena_new(0), .e = e };
    int result = binding_check_target(t, find_bound, &b, e);
    arena_free(b.a);
    return b.result ? b.result : result;
}

/* --- binding ----------------------------------------------------------------------------------------------------- */

/* Who would be cut off by a new binding. */
struct strays {
    const char *secret;
    const struct binding *binding;
    bool hit; /* in the channel or setting at hand */
    int n;
    struct buf names;
};

static const struct binding *find_new(void *ctx, const char *secret)
{
    struct strays *x = ctx;
    return strcmp(secret, x->secret) == 0 ? x->binding : NULL;
}

static bool look_in_job(void *ctx, struct job_record *r)
{
    struct strays *x = ctx;
    if (binding_check_job(&r->job, find_new, x, NULL))
        record_name_add(&x->names, x->n++, "job", r->job.name);
    job_record_free(r);
    return true;
}

static bool look_in_target(void *ctx, struct target_record *r)
{
    struct strays *x = ctx;
    if (binding_check_target(&r->target, find_new, x, NULL))
        record_name_add(&x->names, x->n++, "target", r->target.name);
    target_record_free(r);
    return true;
}

static void meet(void *ctx, const char *name)
{
    struct strays *x = ctx;
    x->hit = x->hit || strcmp(name, x->secret) == 0;
}

static void note_hit(struct strays *x, const char *kind, const char *name)
{
    if (x->hit)
        record_name_add(&x->names, x->n++, kind, name);
    x->hit = false;
}

/* A channel is no target, nor is who hears of our health. */
static bool look_in_channel(void *ctx, struct channel_record *r)
{
    channel_secrets(&r->channel, meet, ctx);
    note_hit(ctx, "channel", r->channel.name);
    channel_record_free(r);
    return true;
}

static int look_beside_jobs(struct store *s, struct strays *x, struct err *e)
{
    struct settings v;
    int result = channels_each(s, look_in_channel, x, e);
    if (result == 0)
        result = settings_get(s, &v, e);
    if (result)
        return result;
    template_secrets(v.heartbeat_url, meet, x);
    note_hit(x, "setting", setting_name(SETTING_heartbeat_url));
    return 0;
}

static int refuse_strays(struct store *s, const char *secret, const struct binding *b, struct err *e)
{
    struct strays x = { .secret = secret, .binding = b, .names = BUF_INIT(4096) };
    int result = targets_each(s, look_in_target, &x, e);
    if (result == 0)
        result = jobs_each(s, "", 0, look_in_job, &x, e);
    if (result == 0 && b->n > 0)
        result = look_beside_jobs(s, &x, e);
    if (result == 0 && x.n > 0)
        result = err_set(e, ERR_CONFLICT,
                         "secret '%s' is sent elsewhere by %s: change or remove these first, or bind it to their "
                         "targets as well",
                         secret, buf_str(&x.names));
    buf_free(&x.names);
    return result;
}

static int put_targets(struct store *s, const char *secret, const struct binding *b, struct err *e)
{
    struct statement q = statement_begin(s, Q_SECRET_TARGET_CLEAR);
    statement_text(&q, secret);
    int result = statement_run(&q, e);
    for (int i = 0; result == 0 && i < b->n; i++) {
        q = statement_begin(s, Q_SECRET_TARGET_PUT);
        statement_text(&q, secret);
        statement_text(&q, b->targets[i].name);
        result = statement_run(&q, e);
    }
    return result;
}

static int record(struct store *s, const char *name, const char *const *targets, int n, struct err *e)
{
    json_auto struct json *detail = json_new_object();
    struct json *list = json_add_array(detail, "targets");
    for (int i = 0; i < n; i++)
        json_add_string(list, NULL, targets[i]);
    mem_auto char *text = json_print(detail);
    return audit_add(s, &(struct audit_entry){ AUDIT_SECRET_BIND, name, text, clock_wall() }, e);
}

static int bind_secret(struct store *s, const char *name, const char *const *targets, int n, struct arena *a,
                       struct err *e)
{
    struct bound b = { .s = s, .a = a };
    struct binding_target *list = arena_alloc(a, (size_t)(n + 1) * sizeof *list);
    const struct binding binding = { list, n };
    int found = secrets_need(s, name, e);
    if (found)
        return found;
    for (int i = 0; i < n; i++) {
        struct err why = { 0 };
        int result = add_target(&b, targets[i], &list[i], &why);
        if (result) {
            mem_auto char *pointer = mem_printf("/targets/%d", i);
            return err_at(e, why.code == ERR_NOT_FOUND ? ERR_INVALID : why.code, pointer, "%s", why.text);
        }
    }
    int result = refuse_strays(s, name, &binding, e);
    if (result == 0)
        result = record(s, name, targets, n, e);
    return result ? result : put_targets(s, name, &binding, e);
}

int secrets_bind(struct store *s, const char *name, const char *const *targets, int n, struct err *e)
{
    bool own;
    int result = store_enter(s, &own, e);
    if (result)
        return result;
    struct arena *a = arena_new(0);
    result = store_leave(s, own, bind_secret(s, name, targets, n, a, e), e);
    arena_free(a);
    return result;
}

int secrets_bound_each(struct store *s, void (*each)(void *ctx, const char *name, const char *target), void *ctx,
                       struct err *e)
{
    struct statement q = statement_begin(s, Q_SECRET_TARGET_EACH);
    int rc;
    while ((rc = statement_row(&q, e)) > 0) {
        const char *name = next_text(&q);
        each(ctx, name, next_text(&q));
    }
    return rc;
}
