#include "store/job_set.h"

#include "core/channel.h"

#include <stdlib.h>
#include <string.h>

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool job_set_has(const struct job_set *set, const char *name)
{
    return set->all || bsearch(&name, set->names, (size_t)set->n, sizeof *set->names, compare_names);
}

struct names {
    const char **list;
    int n, cap;
};

static void add(struct names *x, const char *name)
{
    if (x->n == x->cap) {
        x->cap = x->cap ? 2 * x->cap : 64;
        x->list = mem_resize(x->list, (size_t)x->cap * sizeof *x->list);
    }
    x->list[x->n++] = name;
}

/* Adds the names that a query of one parameter gives. */
static int collect(struct store *s, enum query query, const char *value, struct arena *a, struct names *x,
                   struct err *e)
{
    struct statement q = statement_begin(s, query);
    int rc;
    statement_text(&q, value);
    while ((rc = statement_row(&q, e)) > 0)
        add(x, next_text_copy(&q, a));
    return rc;
}

/* Leaves in *set those of it that are in `x` too, which it sorts. */
static void narrow(struct job_set *set, struct names *x, struct arena *a)
{
    int n = 0;
    if (x->n > 1)
        qsort(x->list, (size_t)x->n, sizeof *x->list, compare_names);
    const char **kept = arena_alloc(a, ((size_t)x->n + 1) * sizeof *kept);
    for (int i = 0; i < x->n; i++)
        if (job_set_has(set, x->list[i]) && (n == 0 || strcmp(kept[n - 1], x->list[i]) != 0))
            kept[n++] = x->list[i];
    *set = (struct job_set){ .names = kept, .n = n };
}

static int narrow_by(struct store *s, enum query query, const char *const *values, int n_values, struct job_set *set,
                     struct arena *a, struct err *e)
{
    struct names x = { 0 };
    int rc = 0;
    for (int i = 0; rc == 0 && i < n_values; i++)
        rc = collect(s, query, values[i], a, &x, e);
    if (rc == 0)
        narrow(set, &x, a);
    mem_free(x.list);
    return rc;
}

int job_set_find(struct store *s, const struct job_scope *w, struct arena *a, struct job_set *ret, struct err *e)
{
    *ret = (struct job_set){ .all = true };
    int rc = 0;
    if (w->job) {
        ret->names = arena_alloc(a, sizeof *ret->names);
        ret->names[0] = w->job;
        ret->n = 1;
        ret->all = false;
    }
    if (w->tag)
        rc = narrow_by(s, Q_JOB_OF_TAG, &w->tag, 1, ret, a, e);
    if (rc == 0 && w->n_tags > 0)
        rc = narrow_by(s, Q_JOB_OF_TAG, w->tags, w->n_tags, ret, a, e);
    if (rc == 0 && w->target)
        rc = narrow_by(s, Q_JOB_ON_TARGET, &w->target, 1, ret, a, e);
    return rc;
}

static int add_present(struct store *s, struct arena *a, struct names *x, struct err *e)
{
    struct statement q = statement_begin(s, Q_CHANNEL_REVISIONS);
    int rc;
    while ((rc = statement_row(&q, e)) > 0)
        add(x, arena_printf(a, CHANNEL_JOB_PREFIX "%s", next_text(&q)));
    return rc;
}

/* The next name in the index of finished runs, again and again: as many looks as there are names. */
static int add_past(struct store *s, struct arena *a, struct names *x, struct err *e)
{
    const char *after = CHANNEL_JOB_PREFIX;
    int rc;
    do {
        struct statement q = statement_begin(s, Q_RETENTION_JOB_AFTER);
        statement_text(&q, after);
        rc = statement_row(&q, e);
        after = rc > 0 ? next_text_copy(&q, a) : NULL;
        statement_end(&q);
        if (after && channel_of_job(after))
            add(x, after);
    } while (rc > 0 && channel_of_job(after));
    return rc < 0 ? rc : 0;
}

int job_set_of_channels(struct store *s, struct arena *a, struct job_set *ret, struct err *e)
{
    struct names x = { 0 };
    *ret = (struct job_set){ .all = true };
    int rc = add_present(s, a, &x, e);
    if (rc == 0)
        rc = add_past(s, a, &x, e);
    if (rc == 0)
        narrow(ret, &x, a);
    mem_free(x.list);
    return rc;
}
