/* resource_jobs_list.c - GET /jobs: which jobs, in which order, with which of their runs. */
#include "api/resource.h"

#include "api/standing.h"
#include "api/upcoming.h"
#include "api/view.h"
#include "store/jobs_list.h"
#include "store/settings.h"

#include <stdlib.h>
#include <string.h>

enum order { BY_NAME, BY_NEXT };

/* A job on the page, with when it is due next. */
struct entry {
    struct job_row row;
    struct wall next_at;
    struct job_standing standing;
};

static int read_wanted(const struct request *q, const char *name, enum jobs_wanted *ret, struct err *e)
{
    int choice;
    int rc = request_query_choice(q, name, &choice, e);
    *ret = choice < 0 ? JOBS_EITHER : choice ? JOBS_SO : JOBS_NOT; /* "false", "true" */
    return rc;
}

static int read_filter(const struct request *q, struct jobs_filter *f, enum order *ret_order, struct err *e)
{
    int64_t limit, recent;
    int order;
    *f = JOBS_FILTER_INIT;
    f->text = request_query(q, "text");
    if (f->text && !*f->text)
        f->text = NULL;
    f->cursor = request_query(q, "cursor");
    int rc = api_scope(q, &f->scope, e);
    if (!rc)
        rc = read_wanted(q, "enabled", &f->enabled, e);
    if (!rc)
        rc = read_wanted(q, "paused", &f->paused, e);
    if (!rc)
        rc = read_wanted(q, "failing", &f->failing, e);
    if (!rc)
        rc = request_query_choices(q, "state", &f->last_states, e);
    if (!rc)
        rc = request_query_choice(q, "sort", &order, e);
    if (!rc)
        rc = request_query_int(q, "limit", &limit, e);
    if (!rc)
        rc = request_query_int(q, "recent", &recent, e);
    if (rc)
        return rc;
    f->limit = (int)limit;
    f->recent = recent > 1 ? (int)recent : 1;
    *ret_order = order == 1 ? BY_NEXT : BY_NAME;
    return 0;
}

static bool with_recent(const struct request *q)
{
    int64_t recent = 0;
    return request_query_int(q, "recent", &recent, NULL) == 0 && recent > 0;
}

static void add_recent(struct json *job, const struct job_row *row)
{
    struct json *status = (struct json *)(uintptr_t)json_get(job, "status");
    struct json *list = json_add_array(status, "recent");
    for (int i = 0; i < row->n_runs; i++) {
        struct json *v = json_add(list, NULL, json_new_object());
        json_add_string(v, "id", row->runs[i].id);
        json_add_string(v, "state", run_state_name(row->runs[i].state));
        json_add_string(v, "outcome", outcome_name(row->runs[i].outcome));
        view_add_time(v, "scheduled_for", row->runs[i].scheduled_for);
        if (row->runs[i].duration_ms < 0)
            json_add_null(v, "duration_ms");
        else
            json_add_int(v, "duration_ms", row->runs[i].duration_ms);
    }
}

static int reply_entries(struct request *q, struct reply *p, struct entry *entries, int n, const char *next,
                         struct err *e)
{
    bool recent = with_recent(q);
    int rc = 0;
    for (int i = 0; i < n && !rc; i++)
        rc = standing_of_job(q->reader->store, q->now, &entries[i].row.record->job, &entries[i].standing, e);
    if (rc)
        return rc;
    struct json *items = json_new_array();
    for (int i = 0; i < n; i++) {
        const struct job_row *row = &entries[i].row;
        struct json *v = view_job(row->record, entries[i].next_at, row->n_runs ? &row->runs[0] : NULL, row->failing,
                                  &entries[i].standing);
        if (recent)
            add_recent(v, row);
        json_add(items, NULL, v);
    }
    reply_json(p, 200, view_list(items, next));
    return 0;
}

static struct entry *entries_of(struct request *q, const struct job_row *rows, int n, bool all_paused)
{
    struct entry *entries = arena_alloc(q->arena, ((size_t)n + 1) * sizeof *entries);
    for (int i = 0; i < n; i++) {
        entries[i].row = rows[i];
        entries[i].next_at = upcoming_next(reader_zones(q->reader), rows[i].record, all_paused, q->now);
    }
    return entries;
}

/* Those that will not run come last. */
static int compare_next(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->next_at.ms != y->next_at.ms && !wall_is_none(x->next_at) && !wall_is_none(y->next_at))
        return x->next_at.ms < y->next_at.ms ? -1 : 1;
    if (wall_is_none(x->next_at) != wall_is_none(y->next_at))
        return wall_is_none(x->next_at) ? 1 : -1;
    return strcmp(x->row.record->job.name, y->row.record->job.name);
}

/* All that fit are put in order; those on the page get their runs. */
static int list_by_next(struct request *q, struct reply *p, const struct jobs_filter *asked, bool all_paused,
                        struct err *e)
{
    struct jobs_filter f = *asked;
    struct job_row *rows;
    const char *next;
    int n;
    if (f.cursor)
        return err_at(e, ERR_INVALID, "/cursor", "a list in this order has one page: give a greater 'limit'");
    f.limit = JOBS_LIST_MAX;
    f.recent = 0;
    int rc = jobs_list(q->reader->store, &f, q->now, q->arena, &rows, &n, &next, e);
    if (!rc && next)
        rc = err_at(e, ERR_INVALID, "/sort", "too many jobs for this order: name a tag, a target or a text");
    if (!rc) {
        struct entry *entries = entries_of(q, rows, n, all_paused);
        qsort(entries, (size_t)n, sizeof *entries, compare_next);
        struct job_row *page = arena_alloc(q->arena, ((size_t)n + 1) * sizeof *page);
        int shown = n < asked->limit ? n : asked->limit;
        for (int i = 0; i < shown; i++)
            page[i] = entries[i].row;
        rc = jobs_list_runs(q->reader->store, page, shown, asked->recent, q->arena, e);
        for (int i = 0; i < shown; i++)
            entries[i].row = page[i];
        if (!rc)
            rc = reply_entries(q, p, entries, shown, NULL, e);
    }
    jobs_list_free(rows, n);
    return rc;
}

static int list_by_name(struct request *q, struct reply *p, const struct jobs_filter *f, bool all_paused, struct err *e)
{
    struct job_row *rows;
    const char *next;
    int n, rc = jobs_list(q->reader->store, f, q->now, q->arena, &rows, &n, &next, e);
    if (!rc)
        rc = reply_entries(q, p, entries_of(q, rows, n, all_paused), n, next, e);
    jobs_list_free(rows, n);
    return rc;
}

int api_jobs_list(struct request *q, struct reply *p, struct err *e)
{
    struct jobs_filter f;
    struct settings settings;
    enum order order;
    int rc = read_filter(q, &f, &order, e);
    if (!rc)
        rc = settings_get(q->reader->store, &settings, e);
    if (rc)
        return rc;
    return order == BY_NEXT ? list_by_next(q, p, &f, settings.paused, e) : list_by_name(q, p, &f, settings.paused, e);
}
