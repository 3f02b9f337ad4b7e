#include "store/jobs.h"

#include "base/json.h"
#include "base/log.h"
#include "store/alerts_rows.h"
#include "store/audit_change.h"
#include "store/record.h"
#include "store/run_row.h"
#include "store/secret_rows.h"

#include <string.h>

void job_record_free(struct job_record *r)
{
    if (r)
        arena_free(r->arena);
}

static int parse_spec(const char *spec, struct arena *a, struct job *ret, struct err *e)
{
    json_auto struct json *doc = json_parse(spec, strlen(spec), e);
    if (!doc)
        return e ? -(int)e->code : -(int)ERR_MALFORMED;
    return job_parse(doc, NULL, NULL, NULL, a, ret, e);
}

/* From a row of job_get or job_each. NULL when the spec kept is not a job to this edgecron. */
static struct job_record *read_record(struct statement *q, struct err *e)
{
    struct arena *a = arena_new(0);
    struct job_record *r = arena_alloc(a, sizeof *r);
    r->arena = a;
    if (parse_spec(next_text(q), a, &r->job, e)) {
        arena_free(a);
        return NULL;
    }
    r->revision = next_int(q);
    r->created_at = next_wall(q);
    r->updated_at = next_wall(q);
    r->effective_from = next_wall(q);
    r->paused = next_int(q) != 0;
    r->paused_until = next_wall(q);
    return r;
}

int jobs_get(struct store *s, const char *name, struct job_record **ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_JOB_GET);
    statement_text(&q, name);
    int rc = statement_row(&q, e);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return err_set(e, ERR_NOT_FOUND, "there is no job '%s'", name);
    struct err why = { 0 };
    *ret = read_record(&q, &why);
    statement_end(&q);
    return *ret ? 0
                : err_set(e, ERR_STORE, "job '%s' as kept is not valid to this edgecron (%s): set it again", name,
                          why.text);
}

/* One that cannot be read is left out, loudly: it must not keep the others from running (promise 7). */
struct job_record *job_record_read(struct statement *q)
{
    struct err why = { 0 };
    struct job_record *r = read_record(q, &why);
    if (!r)
        log_error("job as kept is not valid and cannot run: set it again",
                  L_STR("job", (const char *)sqlite3_column_text(q->stmt, JOB_COLUMN_NAME)),
                  L_STR("pointer", why.pointer), L_STR("error", why.text));
    return r;
}

int jobs_each(struct store *s, const char *after, int limit, bool (*each)(void *ctx, struct job_record *r), void *ctx,
              struct err *e)
{
    struct statement q = statement_begin(s, Q_JOB_EACH);
    statement_text(&q, after);
    statement_int(&q, limit > 0 ? limit : -1);
    int rc;
    while ((rc = statement_row(&q, e)) > 0) {
        struct job_record *r = job_record_read(&q);
        if (r && !each(ctx, r)) {
            statement_end(&q);
            return 0;
        }
    }
    return rc;
}

/* What is kept under a name: *exists and *revision even when the spec cannot be read (then *ret is NULL). */
static int find(struct store *s, const char *name, bool *exists, int64_t *revision, struct job_record **ret,
                struct err *e)
{
    struct statement q = statement_begin(s, Q_JOB_GET);
    statement_text(&q, name);
    int rc = statement_row(&q, e);
    *exists = rc > 0;
    *revision = 0;
    *ret = NULL;
    if (rc <= 0)
        return rc;
    struct err unreadable;
    *revision = sqlite3_column_int64(q.stmt, 1);
    *ret = read_record(&q, &unreadable);
    statement_end(&q);
    return 0;
}

static bool wall_equal(struct wall a, struct wall b)
{
    return a.ms == b.ms;
}

/* Does the change make other occurrences of what was planned up to now? */
static bool same_schedule(const struct job *a, const struct job *b)
{
    return strcmp(a->schedule, b->schedule) == 0 && strcmp(a->timezone, b->timezone) == 0 &&
           wall_equal(a->starts_at, b->starts_at) && a->jitter_s == b->jitter_s && a->enabled == b->enabled;
}

static char *spec_text(const struct job *j)
{
    json_auto struct json *doc = job_to_json(j);
    return json_print(doc);
}

static int insert(struct store *s, const struct job *j, const char *spec, struct wall now, struct err *e)
{
    struct statement q = statement_begin(s, Q_JOB_INSERT);
    statement_text(&q, j->name);
    statement_text(&q, j->target);
    statement_text(&q, spec);
    statement_wall(&q, now);
    return statement_run(&q, e);
}

static int update(struct store *s, const struct job *j, const char *spec, struct wall effective_from, struct wall now,
                  struct err *e)
{
    struct statement q = statement_begin(s, Q_JOB_UPDATE);
    statement_text(&q, j->target);
    statement_text(&q, spec);
    statement_wall(&q, now);
    statement_wall(&q, effective_from);
    statement_text(&q, j->name);
    return statement_run(&q, e);
}

static int run_by_name(struct store *s, enum query query, const char *name, struct err *e)
{
    struct statement q = statement_begin(s, query);
    statement_text(&q, name);
    return statement_run(&q, e);
}

static int put_tags(struct store *s, const struct job *j, struct err *e)
{
    int result = run_by_name(s, Q_JOB_TAG_CLEAR, j->name, e);
    for (int i = 0; result == 0 && i < j->n_tags; i++) {
        struct statement q = statement_begin(s, Q_JOB_TAG_PUT);
        statement_text(&q, j->tags[i]);
        statement_text(&q, j->name);
        result = statement_run(&q, e);
    }
    return result;
}

static int put_over(struct store *s, const struct job *j, const struct job_record *old, struct wall now,
                    enum put_result *ret, struct err *e)
{
    mem_auto char *spec = spec_text(j);
    mem_auto char *old_spec = old ? spec_text(&old->job) : NULL;
    if (old && strcmp(spec, old_spec) == 0) {
        *ret = PUT_UNCHANGED;
        return 0;
    }
    *ret = PUT_UPDATED;
    bool keep = old && same_schedule(&old->job, j);
    return update(s, j, spec, keep ? old->effective_from : now, now, e);
}

static int record(struct store *s, enum audit_action action, const char *name, const struct job_record *before,
                  const struct job *after, struct wall now, struct err *e)
{
    json_auto struct json *old = before ? job_to_json(&before->job) : NULL;
    json_auto struct json *new = after ? job_to_json(after) : NULL;
    return audit_change(s, action, name, old, new, now, e);
}

int jobs_check(struct store *s, const struct job *j, struct err *e)
{
    bool exists = true;
    int result = j->target ? target_look(s, j->target, &exists, e) : 0;
    if (result)
        return result;
    if (!exists)
        return err_at(e, ERR_INVALID, "/target", "there is no target '%s'", j->target);
    result = alerts_check_job(s, j, e);
    return result ? result : secret_targets_check_job(s, j, e);
}

static int put(struct store *s, const struct job *j, int64_t if_revision, struct wall now, enum put_result *ret,
               struct err *e)
{
    bool exists;
    int64_t revision;
    struct job_record *old;
    int result = find(s, j->name, &exists, &revision, &old, e);
    if (result == 0)
        result = record_expect("job", j->name, exists, revision, if_revision, e);
    if (result == 0)
        result = jobs_check(s, j, e);
    if (result == 0 && exists)
        result = put_over(s, j, old, now, ret, e);
    else if (result == 0) {
        mem_auto char *spec = spec_text(j);
        *ret = PUT_CREATED;
        result = insert(s, j, spec, now, e);
    }
    if (result == 0 && *ret != PUT_UNCHANGED)
        result = put_tags(s, j, e);
    if (result == 0 && *ret != PUT_UNCHANGED)
        result = record(s, exists ? AUDIT_JOB_UPDATE : AUDIT_JOB_CREATE, j->name, old, j, now, e);
    job_record_free(old);
    return result;
}

int jobs_put(struct store *s, const struct job *j, int64_t if_revision, struct wall now, enum put_result *ret,
             struct err *e)
{
    bool own;
    int result = store_enter(s, &own, e);
    return result ? result : store_leave(s, own, put(s, j, if_revision, now, ret, e), e);
}

/* Runs that wait are canceled with it; one under way goes on to its end. */
static int cancel_waiting(struct store *s, const char *job, struct wall now, struct err *e)
{
    struct statement q = statement_begin(s, Q_RUN_FINISH_JOB);
    statement_wall(&q, now);
    statement_text(&q, "its job was removed while it waited");
    statement_text(&q, job);
    return run_rows_note(&q, e);
}

static int remove_job(struct store *s, const char *name, int64_t if_revision, struct wall now, struct err *e)
{
    bool exists;
    int64_t revision;
    struct job_record *old;
    int result = find(s, name, &exists, &revision, &old, e);
    if (result == 0 && !exists)
        result = err_set(e, ERR_NOT_FOUND, "there is no job '%s'", name);
    if (result == 0)
        result = record_expect("job", name, exists, revision, if_revision, e);
    if (result == 0)
        result = cancel_waiting(s, name, now, e);
    if (result == 0)
        result = run_by_name(s, Q_JOB_DELETE, name, e);
    if (result == 0)
        result = alerts_forget_job(s, name, now, e);
    if (result == 0)
        result = record(s, AUDIT_JOB_REMOVE, name, old, NULL, now, e);
    job_record_free(old);
    return result;
}

int jobs_remove(struct store *s, const char *name, int64_t if_revision, struct wall now, struct err *e)
{
    bool own;
    int result = store_enter(s, &own, e);
    return result ? result : store_leave(s, own, remove_job(s, name, if_revision, now, e), e);
}

static int require(struct store *s, const char *name, struct err *e)
{
    struct statement q = statement_begin(s, Q_JOB_GET);
    statement_text(&q, name);
    int rc = statement_row(&q, e);
    statement_end(&q);
    if (rc == 0)
        return err_set(e, ERR_NOT_FOUND, "there is no job '%s'", name);
    return rc < 0 ? rc : 0;
}

static int record_pause(struct store *s, const char *name, struct wall until, struct wall now, struct err *e)
{
    char time[WALL_TEXT_SIZE];
    json_auto struct json *v = json_new_object();
    json_add_string(v, "until", wall_is_none(until) ? NULL : wall_format(until, time));
    mem_auto char *detail = json_print(v);
    return audit_add(s, &(struct audit_entry){ AUDIT_JOB_PAUSE, name, detail, now }, e);
}

static int pause_job(struct store *s, const char *name, struct wall until, struct wall now, struct err *e)
{
    int result = require(s, name, e);
    if (result)
        return result;
    struct statement q = statement_begin(s, Q_JOB_PAUSE);
    statement_wall(&q, until);
    statement_wall(&q, now);
    statement_text(&q, name);
    result = statement_run(&q, e);
    return result || !statement_changes(&q) ? result : record_pause(s, name, until, now, e);
}

int jobs_pause(struct store *s, const char *name, struct wall until, struct wall now, struct err *e)
{
    bool own;
    int result = store_enter(s, &own, e);
    return result ? result : store_leave(s, own, pause_job(s, name, until, now, e), e);
}

static int resume_job(struct store *s, const char *name, struct wall now, struct err *e)
{
    int result = require(s, name, e);
    if (result)
        return result;
    struct statement q = statement_begin(s, Q_JOB_RESUME);
    statement_wall(&q, now);
    statement_text(&q, name);
    result = statement_run(&q, e);
    return result || !statement_changes(&q)
               ? result
               : audit_add(s, &(struct audit_entry){ AUDIT_JOB_RESUME, name, .at = now }, e);
}

int jobs_resume(struct store *s, const char *name, struct wall now, struct err *e)
{
    bool own;
    int result = store_enter(s, &own, e);
    return result ? result : store_leave(s, own, resume_job(s, name, now, e), e);
}

int jobs_count(struct store *s, int64_t *ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_JOB_COUNT);
    int rc = statement_row(&q, e);
    if (rc < 0)
        return rc;
    *ret = rc > 0 ? next_int(&q) : 0;
    statement_end(&q);
    return 0;
}
