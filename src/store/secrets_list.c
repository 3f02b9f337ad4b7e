/* secrets_list.c - all that can be told of secrets without a key (secrets.h). */
#include "core/template.h"
#include "store/alerts.h"
#include "store/record.h"
#include "store/secret_rows.h"
#include "store/settings.h"

#include <stdlib.h>
#include <string.h>

enum user_kind { USER_JOB, USER_TARGET, USER_CHANNEL, USER_HEARTBEAT };

struct list {
    struct arena *a;
    struct secret_info *items;
    int n;
    const char *user; /* whose templates are read */
    enum user_kind kind;
};

/* Room for one more in an array that lives in an arena; grows at powers of two. */
static void *grown(struct arena *a, void *items, int n, size_t size)
{
    if (n & (n - 1))
        return items;
    void *more = arena_alloc(a, (size_t)(n ? 2 * n : 1) * size);
    if (n)
        memcpy(more, items, (size_t)n * size);
    return more;
}

static void add_name(struct arena *a, const char ***names, int *n, const char *name)
{
    *names = grown(a, *names, *n, sizeof **names);
    (*names)[(*n)++] = arena_strdup(a, name);
}

/* From a row of secret_info_each. */
static void read_info(struct list *l, struct statement *q, const char *name, struct wall now)
{
    struct secret_info i = { .name = arena_strdup(l->a, name) };
    i.version = next_int(q);
    i.created_at = next_wall(q);
    i.updated_at = next_wall(q);
    i.rotate_every_s = next_int(q);
    i.due_at = i.rotate_every_s ? (struct wall){ i.updated_at.ms + i.rotate_every_s * 1000 } : WALL_NONE;
    i.last_used_at = next_wall(q);
    i.previous_version = next_int_or(q, 0);
    i.previous_expires_at = next_wall(q);
    if (i.previous_version && i.previous_expires_at.ms <= now.ms) {
        i.previous_version = 0;
        i.previous_expires_at = WALL_NONE;
    }
    l->items = grown(l->a, l->items, l->n, sizeof *l->items);
    l->items[l->n++] = i;
}

static int read_infos(struct store *s, struct list *l, const char *name, struct wall now, struct err *e)
{
    struct statement q = statement_begin(s, Q_SECRET_INFO_EACH);
    int rc;
    while ((rc = statement_row(&q, e)) > 0) {
        const char *this = next_text(&q);
        if (!name || strcmp(this, name) == 0)
            read_info(l, &q, this, now);
    }
    return rc;
}

static int read_targets(struct store *s, struct list *l, struct secret_info *i, struct err *e)
{
    struct statement q = statement_begin(s, Q_SECRET_TARGET_OF);
    int rc;
    statement_text(&q, i->name);
    while ((rc = statement_row(&q, e)) > 0)
        add_name(l->a, &i->targets, &i->n_targets, next_text(&q));
    return rc;
}

static int read_accepted(struct store *s, struct list *l, struct secret_info *i, struct err *e)
{
    struct statement q = statement_begin(s, Q_SECRET_ACCEPTED_OF);
    int rc;
    statement_text(&q, i->name);
    while ((rc = statement_row(&q, e)) > 0) {
        struct secret_accepted x = { .place = next_text_copy(&q, l->a) };
        x.version = next_int(&q);
        x.at = next_wall(&q);
        i->accepted = grown(l->a, i->accepted, i->n_accepted, sizeof *i->accepted);
        i->accepted[i->n_accepted++] = x;
    }
    return rc;
}

static int by_name(const void *name, const void *info)
{
    return strcmp(name, ((const struct secret_info *)info)->name);
}

/* A user is told once, however often it names the secret: its names come together. */
static void meet(void *ctx, const char *name)
{
    struct list *l = ctx;
    struct secret_info *i = l->n ? bsearch(name, l->items, (size_t)l->n, sizeof *l->items, by_name) : NULL;
    if (!i)
        return;
    if (l->kind == USER_HEARTBEAT) {
        i->heartbeat = true;
        return;
    }
    const char ***const names[] = { &i->jobs, &i->users, &i->channels };
    int *const n[] = { &i->n_jobs, &i->n_users, &i->n_channels };
    if (*n[l->kind] == 0 || strcmp((*names[l->kind])[*n[l->kind] - 1], l->user) != 0)
        add_name(l->a, names[l->kind], n[l->kind], l->user);
}

static bool look_in_job(void *ctx, struct job_record *r)
{
    struct list *l = ctx;
    l->kind = USER_JOB;
    l->user = r->job.name;
    template_job_secrets(&r->job, NULL, meet, l);
    job_record_free(r);
    return true;
}

static bool look_in_target(void *ctx, struct target_record *r)
{
    struct list *l = ctx;
    l->kind = USER_TARGET;
    l->user = r->target.name;
    for (int i = 0; i < r->target.n_headers; i++)
        template_secrets(r->target.headers[i].value, meet, l);
    target_record_free(r);
    return true;
}

static bool look_in_channel(void *ctx, struct channel_record *r)
{
    struct list *l = ctx;
    l->kind = USER_CHANNEL;
    l->user = r->channel.name;
    channel_secrets(&r->channel, meet, l);
    channel_record_free(r);
    return true;
}

static int look_in_settings(struct store *s, struct list *l, struct err *e)
{
    struct settings v;
    int result = settings_get(s, &v, e);
    l->kind = USER_HEARTBEAT;
    if (result == 0)
        template_secrets(v.heartbeat_url, meet, l);
    return result;
}

static int read_all(struct store *s, struct list *l, const char *name, struct wall now, struct err *e)
{
    int result = read_infos(s, l, name, now, e);
    for (int i = 0; result == 0 && i < l->n; i++) {
        result = read_targets(s, l, &l->items[i], e);
        if (result == 0)
            result = read_accepted(s, l, &l->items[i], e);
    }
    if (result || l->n == 0)
        return result;
    result = targets_each(s, look_in_target, l, e);
    if (result == 0)
        result = jobs_each(s, "", 0, look_in_job, l, e);
    if (result == 0)
        result = channels_each(s, look_in_channel, l, e);
    return result ? result : look_in_settings(s, l, e);
}

int secrets_list(struct store *s, const char *name, struct wall now, struct arena *a, struct secret_info **ret,
                 int *ret_n, struct err *e)
{
    bool own;
    struct list l = { .a = a };
    int result = store_enter(s, &own, e);
    if (result)
        return result;
    result = store_leave(s, own, read_all(s, &l, name, now, e), e);
    *ret = l.items;
    *ret_n = l.n;
    return result;
}
