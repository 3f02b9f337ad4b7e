/* firing.c - the states that there are, newest first, a page of them (standing.h). Only a page is in memory, however many there are. */
#include "api/standing.h"

#include "store/tokens.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A place in the order: newest first, then by rule, then by subject. */
struct place {
    int64_t since_ms;
    const char *rule, *subject;
};
struct page {
    struct store *store;
    const struct firing_filter *filter;
    bool after_cursor;
    struct place cursor;
    struct watch_state **rows; /* in order; one more than fits on the page says that there is another */
    int n;
    struct watch_state *spare; /* pushed out of the page: room for the next one */
    struct arena *arena;
    int rc;
    struct err *e;
};

static int compare(const struct place *a, const struct place *b)
{
    if (a->since_ms != b->since_ms)
        return a->since_ms > b->since_ms ? -1 : 1;
    int by_rule = strcmp(a->rule, b->rule);
    return by_rule ? by_rule : strcmp(a->subject, b->subject);
}

static struct place place_of(const struct watch_state *st)
{
    return (struct place){ st->since.ms, st->rule, st->subject };
}

/* "1795244400000~failing~followup-7h" */
static int read_cursor(struct page *g, struct err *e)
{
    char *end;
    const char *text = g->filter->cursor;
    if (!text)
        return 0;
    g->cursor.since_ms = strtoll(text, &end, 10);
    char *rule = end != text && *end == '~' ? arena_strdup(g->arena, end + 1) : NULL, *subject;
    if (!rule || !(subject = strchr(rule, '~')))
        return err_set(e, ERR_INVALID, "the query parameter 'cursor' must be next_cursor of the page before");
    *subject++ = '\0';
    g->cursor.rule = rule;
    g->cursor.subject = subject;
    g->after_cursor = true;
    return 0;
}

/* What is on a job with one of the asker's tags. */
static bool may_see(struct page *g, const struct watch_state *st)
{
    const struct firing_filter *f = g->filter;
    bool has = false;
    if (f->n_tags == 0)
        return true;
    if (!alert_on_of_job(st->on))
        return false;
    g->rc = tokens_tag_job(g->store, st->subject, f->tags, f->n_tags, &has, g->e);
    return !g->rc && has;
}

static bool wanted(struct page *g, const struct watch_state *st)
{
    const struct firing_filter *f = g->filter;
    struct place here = place_of(st);
    return f->phases & 1u << st->phase && (!f->job || (alert_on_of_job(st->on) && !strcmp(st->subject, f->job))) &&
           (!f->rule || !strcmp(st->rule, f->rule)) && (!f->target || !strcmp(st->target, f->target)) &&
           (!g->after_cursor || compare(&here, &g->cursor) > 0) && may_see(g, st);
}

/* Where it goes among those on the page. */
static int position(const struct page *g, const struct watch_state *st)
{
    struct place here = place_of(st);
    int low = 0, high = g->n;
    while (low < high) {
        int mid = (low + high) / 2;
        struct place there = place_of(g->rows[mid]);
        if (compare(&there, &here) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static void note(void *ctx, const struct watch_state *st)
{
    struct page *g = ctx;
    int most = g->filter->limit + 1, at;
    if (g->rc || !wanted(g, st) || (at = position(g, st)) == most)
        return;
    if (g->n == most)
        g->spare = g->rows[--g->n];
    struct watch_state *copy = g->spare ? g->spare : arena_alloc(g->arena, sizeof *copy);
    g->spare = NULL;
    *copy = *st;
    memmove(&g->rows[at + 1], &g->rows[at], (size_t)(g->n - at) * sizeof(struct watch_state *));
    g->rows[at] = copy;
    g->n++;
}

static void give(struct page *g, const struct mutes *m, struct firing_row **ret, int *ret_n, const char **ret_next)
{
    int shown = g->n > g->filter->limit ? g->filter->limit : g->n;
    *ret = arena_alloc(g->arena, (size_t)shown * sizeof **ret);
    *ret_n = shown;
    for (int i = 0; i < shown; i++)
        (*ret)[i] = (struct firing_row){ *g->rows[i], mutes_of_state(m, g->rows[i]) };
    const struct watch_state *last = g->n > shown ? g->rows[shown - 1] : NULL;
    *ret_next = last ? arena_printf(g->arena, "%" PRId64 "~%s~%s", last->since.ms, last->rule, last->subject) : NULL;
}

int firing_list(struct store *s, const struct mutes *m, const struct firing_filter *f, struct arena *a,
                struct firing_row **ret, int *ret_n, const char **ret_next, struct err *e)
{
    struct page g = { .store = s, .filter = f, .arena = a, .e = e };
    int rc = read_cursor(&g, e);
    if (rc)
        return rc;
    g.rows = arena_alloc(a, ((size_t)f->limit + 1) * sizeof(struct watch_state *));
    rc = f->rule ? watch_states_of(s, f->rule, note, &g, e) : watch_states_each(s, note, &g, e);
    rc = rc ? rc : g.rc;
    if (!rc)
        give(&g, m, ret, ret_n, ret_next);
    return rc;
}
