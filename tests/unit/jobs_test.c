/* Jobs and targets in the store, apply and export. */
#include "temp_store.h"

#include "base/json.h"

#include "store/settings.h"

#include <stdio.h>

static struct job_record *get(struct store *s, const char *name)
{
    struct err e;
    struct job_record *r;
    assert_ok(jobs_get(s, name, &r, &e), e);
    return r;
}

static int put(struct store *s, const char *name, const char *fields, int64_t if_revision, struct wall now,
               enum put_result *ret, struct err *e)
{
    struct job_of j = job_of(name, fields);
    int result = jobs_put(s, &j.job, if_revision, now, ret, e);
    arena_free(j.arena);
    return result;
}

static void test_put_and_get(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    enum put_result ret;
    assert_ok(put(t->s, "j", ", \"tags\": [\"a\"], \"timezone\": \"Europe/Berlin\"", 0, NOW, &ret, &e), e);
    assert_int_equal(PUT_CREATED, ret);
    struct job_record *r = get(t->s, "j");
    assert_string_equal("j", r->job.name);
    assert_string_equal("Europe/Berlin", r->job.timezone);
    assert_string_equal("a", r->job.tags[0]);
    assert_int_equal(1, r->revision);
    assert_int_equal(NOW.ms, r->created_at.ms);
    assert_int_equal(NOW.ms, r->effective_from.ms);
    assert_false(r->paused);
    assert_true(wall_is_none(r->paused_until));
    job_record_free(r);
    assert_int_equal(-ERR_NOT_FOUND, jobs_get(t->s, "none", &r, &e));
    assert_err(e, ERR_NOT_FOUND, "'none'");
}

static void test_revisions_guard(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    enum put_result ret;
    assert_int_equal(-ERR_CONFLICT, put(t->s, "j", "", 3, NOW, &ret, &e));
    assert_err(e, ERR_CONFLICT, "is gone");
    assert_ok(put(t->s, "j", "", 0, NOW, &ret, &e), e);
    assert_int_equal(-ERR_CONFLICT, put(t->s, "j", "", 0, NOW, &ret, &e));
    assert_err(e, ERR_CONFLICT, "already");
    assert_ok(put(t->s, "j", ", \"description\": \"x\"", 1, AFTER(1), &ret, &e), e);
    assert_int_equal(PUT_UPDATED, ret);
    assert_int_equal(-ERR_CONFLICT, put(t->s, "j", ", \"description\": \"y\"", 1, AFTER(2), &ret, &e));
    assert_err(e, ERR_CONFLICT, "at revision 2, not 1");
    assert_int_equal(-ERR_CONFLICT, jobs_remove(t->s, "j", 1, NOW, &e));
    assert_ok(jobs_remove(t->s, "j", 2, NOW, &e), e);
    assert_int_equal(-ERR_NOT_FOUND, jobs_remove(t->s, "j", -1, NOW, &e));
}

static void test_unchanged_is_seen(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    enum put_result ret;
    assert_ok(put(t->s, "j", "", -1, NOW, &ret, &e), e);
    assert_ok(put(t->s, "j", ", \"enabled\": true, \"timezone\": \"UTC\"", -1, AFTER(5), &ret, &e),
              e); /* the defaults, said */
    assert_int_equal(PUT_UNCHANGED, ret);
    struct job_record *r = get(t->s, "j");
    assert_int_equal(1, r->revision);
    assert_int_equal(NOW.ms, r->updated_at.ms);
    job_record_free(r);
}

static void test_effective_from_follows_the_schedule_alone(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    enum put_result ret;
    static const struct {
        const char *fields;
        bool moves;
    } STEPS[] = {
        { ", \"description\": \"x\"", false },
        { ", \"timeout_ms\": 5", false },
        { ", \"timeout_ms\": 5, \"schedule\": \"1 7 * * *\"", true },
        { ", \"timeout_ms\": 5, \"schedule\": \"1 7 * * *\", \"timezone\": \"Europe/Berlin\"", true },
        { ", \"timeout_ms\": 5, \"schedule\": \"1 7 * * *\", \"timezone\": \"Europe/Berlin\", \"jitter_s\": 4", true },
        { ", \"schedule\": \"1 7 * * *\", \"timezone\": \"Europe/Berlin\", \"jitter_s\": 4, \"enabled\": false", true },
        { ", \"schedule\": \"1 7 * * *\", \"timezone\": \"Europe/Berlin\", \"jitter_s\": 4", true },
        { ", \"schedule\": \"1 7 * * *\", \"timezone\": \"Europe/Berlin\", \"jitter_s\": 4, "
          "\"starts_at\": \"2026-01-01T00:00:00Z\"",
          true },
        { ", \"schedule\": \"1 7 * * *\", \"timezone\": \"Europe/Berlin\", \"jitter_s\": 4, "
          "\"starts_at\": \"2026-01-01T00:00:00Z\", \"ends_at\": \"2030-01-01T00:00:00Z\"",
          false },
    };
    int64_t expected = NOW.ms;
    put_job(t->s, "j", "");
    for (size_t i = 0; i < MEM_COUNT(STEPS); i++) {
        struct wall now = AFTER(1000 * ((int64_t)i + 1));
        assert_ok(put(t->s, "j", STEPS[i].fields, -1, now, &ret, &e), e);
        assert_int_equal(PUT_UPDATED, ret);
        if (STEPS[i].moves)
            expected = now.ms;
        struct job_record *r = get(t->s, "j");
        if (r->effective_from.ms != expected)
            fail_msg("after step %zu effective_from is %lld", i, (long long)(r->effective_from.ms - NOW.ms));
        job_record_free(r);
    }
}

static void test_pause_and_resume(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    put_job(t->s, "j", "");
    assert_ok(jobs_pause(t->s, "j", WALL_NONE, AFTER(10), &e), e);
    assert_ok(jobs_pause(t->s, "j", WALL_NONE, AFTER(20), &e), e); /* again: no change */
    struct job_record *r = get(t->s, "j");
    assert_true(r->paused && wall_is_none(r->paused_until));
    assert_int_equal(2, r->revision);
    job_record_free(r);
    assert_ok(jobs_resume(t->s, "j", AFTER(1000), &e), e);
    assert_ok(jobs_resume(t->s, "j", AFTER(2000), &e), e);
    r = get(t->s, "j");
    assert_false(r->paused);
    assert_int_equal(3, r->revision);
    assert_int_equal(AFTER(1000).ms, r->effective_from.ms);
    job_record_free(r);
    /* one that had ended by itself: what was due since then is not forgotten */
    assert_ok(jobs_pause(t->s, "j", AFTER(5000), AFTER(3000), &e), e);
    assert_ok(jobs_resume(t->s, "j", AFTER(9000), &e), e);
    r = get(t->s, "j");
    assert_int_equal(AFTER(5000).ms, r->effective_from.ms);
    assert_true(wall_is_none(r->paused_until));
    job_record_free(r);
    assert_int_equal(-ERR_NOT_FOUND, jobs_pause(t->s, "none", WALL_NONE, NOW, &e));
    assert_int_equal(-ERR_NOT_FOUND, jobs_resume(t->s, "none", NOW, &e));
}

struct names {
    char text[256];
    int stop_after;
};

static bool collect(void *ctx, struct job_record *r)
{
    struct names *n = ctx;
    size_t len = strlen(n->text);
    snprintf(n->text + len, sizeof n->text - len, "%s", r->job.name);
    job_record_free(r);
    return --n->stop_after != 0;
}

static void test_each_in_order_and_pages(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    const char *const names[] = { "c", "a", "d", "b" };
    for (size_t i = 0; i < MEM_COUNT(names); i++)
        put_job(t->s, names[i], "");
    struct names all = { "", 0 }, page = { "", 0 }, stopped = { "", 1 };
    assert_ok(jobs_each(t->s, "", 0, collect, &all, &e), e);
    assert_string_equal("abcd", all.text);
    assert_ok(jobs_each(t->s, "a", 2, collect, &page, &e), e);
    assert_string_equal("bc", page.text);
    assert_ok(jobs_each(t->s, "", 0, collect, &stopped, &e), e);
    assert_string_equal("a", stopped.text);
    assert_int_equal(0, sqlite3_stmt_busy(t->s->statements[Q_JOB_EACH]));
}

static bool nested(void *ctx, struct job_record *r)
{
    struct temp_store *t = ctx;
    struct err e;
    struct names inner = { "", 0 };
    assert_ok(jobs_each(t->s, "", 0, collect, &inner, &e), e); /* the same statement, inside itself */
    assert_string_equal("ab", inner.text);
    job_record_free(r);
    return true;
}

static void test_each_within_each(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    put_job(t->s, "a", "");
    put_job(t->s, "b", "");
    assert_ok(jobs_each(t->s, "", 0, nested, t, &e), e);
}

/* One row that is no job keeps no other from running, and can be set again. */
static void test_one_bad_row(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    enum put_result ret;
    struct job_record *r;
    put_job(t->s, "a", "");
    put_job(t->s, "b", "");
    execute_sql(t->s, "UPDATE jobs SET spec = '{\"name\": \"a\"' WHERE name = 'a'");
    struct names all = { "", 0 };
    assert_ok(jobs_each(t->s, "", 0, collect, &all, &e), e);
    assert_string_equal("b", all.text);
    assert_int_equal(-ERR_STORE, jobs_get(t->s, "a", &r, &e));
    assert_err(e, ERR_STORE, "set it again");
    assert_ok(put(t->s, "a", "", 1, NOW, &ret, &e), e);
    assert_int_equal(PUT_UPDATED, ret);
    job_record_free(get(t->s, "a"));
}

static void test_targets(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct target_record *r;
    enum put_result ret;
    assert_int_equal(-ERR_INVALID, put(t->s, "j", ", \"target\": \"prod\"", -1, NOW, &ret, &e));
    assert_err(e, ERR_INVALID, "no target 'prod'");
    assert_string_equal("/target", e.pointer);
    assert_false(store_in_transaction(t->s));
    put_target(t->s, "prod", ", \"max_concurrent\": 7");
    assert_ok(targets_get(t->s, "prod", &r, &e), e);
    assert_int_equal(7, r->target.max_concurrent);
    assert_int_equal(1, r->revision);
    assert_ok(targets_put(t->s, &r->target, 1, AFTER(9), &ret, &e), e);
    assert_int_equal(PUT_UNCHANGED, ret);
    r->target.max_concurrent = 8;
    assert_int_equal(-ERR_CONFLICT, targets_put(t->s, &r->target, 2, AFTER(9), &ret, &e));
    assert_ok(targets_put(t->s, &r->target, 1, AFTER(9), &ret, &e), e);
    assert_int_equal(PUT_UPDATED, ret);
    target_record_free(r);
    assert_ok(put(t->s, "j", ", \"target\": \"prod\"", -1, NOW, &ret, &e), e);
    for (int i = 0; i < 6; i++) {
        char name[8];
        snprintf(name, sizeof name, "k%d", i);
        put_job(t->s, name, ", \"target\": \"prod\"");
    }
    assert_int_equal(-ERR_CONFLICT, targets_remove(t->s, "prod", -1, &e));
    assert_err(e, ERR_CONFLICT, "job 'j', job 'k0', job 'k1', job 'k2', job 'k3', ...");
    execute_sql(t->s, "DELETE FROM jobs");
    assert_int_equal(-ERR_CONFLICT, targets_remove(t->s, "prod", 1, &e));
    assert_ok(targets_remove(t->s, "prod", 2, &e), e);
    assert_int_equal(-ERR_NOT_FOUND, targets_remove(t->s, "prod", -1, &e));
    assert_int_equal(-ERR_NOT_FOUND, targets_get(t->s, "prod", &r, &e));
}

/* What was counted, and nothing else of the result. */
struct counted {
    struct apply_counts targets, jobs;
};

static int apply(struct store *s, const char *text, struct wall now, struct counted *n, struct err *e)
{
    struct apply_result r = { 0 };
    struct arena *a = arena_new(0);
    struct document d;
    json_auto struct json *doc = json_parse(text, strlen(text), e);
    assert_non_null(doc);
    int result = document_parse(doc, NULL, NULL, a, &d, e);
    if (result == 0)
        result = apply_document(s, &d, now, &(struct apply_options){ .forms = true }, &r, e);
    if (result == 0)
        *n = (struct counted){ r.targets, r.jobs };
    apply_result_free(&r);
    arena_free(a);
    return result;
}

#define TARGET_PROD "{\"name\": \"prod\", \"base_url\": \"https://a.example/f\"}"
#define JOB_A "{\"name\": \"a\", \"schedule\": \"* * * * *\", \"target\": \"prod\", \"request\": {\"url\": \"/a\"}}"
#define JOB_B                                                                                                   \
    "{\"name\": \"b\", \"schedule\": \"* * * * *\", \"request\": {\"url\": \"https://b.example/b\", \"body\": " \
    "{\"x\": [1, \"{{now}}\"]}}}"
#define JOB_LOST \
    "{\"name\": \"c\", \"schedule\": \"* * * * *\", \"target\": \"nowhere\", \"request\": {\"url\": \"/c\"}}"

static void test_apply_is_all_or_nothing(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct counted n = { 0 };
    assert_int_equal(-ERR_INVALID, apply(t->s,
                                         "{\"version\": 1, \"targets\": [" TARGET_PROD "], \"jobs\": [" JOB_A
                                         "," JOB_LOST "], \"settings\": {\"paused\": true}}",
                                         NOW, &n, &e));
    assert_string_equal("/jobs/1/target", e.pointer);
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM jobs") + count_of(t->s, "SELECT count(*) FROM targets"));
    assert_int_equal(0, count_of(t->s, "SELECT paused FROM settings"));
    assert_int_equal(0, n.jobs.created);
}

static void test_apply_counts(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct counted n;
    struct settings v;
    assert_ok(apply(t->s,
                    "{\"version\": 1, \"targets\": [" TARGET_PROD "], \"jobs\": [" JOB_A "," JOB_B
                    "], \"settings\": {\"retention_days\": 7}}",
                    NOW, &n, &e),
              e);
    assert_int_equal(1, n.targets.created);
    assert_int_equal(2, n.jobs.created);
    assert_ok(settings_get(t->s, &v, &e), e);
    assert_int_equal(7, v.retention_days);
    assert_false(v.paused);
    assert_ok(apply(t->s,
                    "{\"version\": 1, \"jobs\": [" JOB_A
                    ", {\"name\": \"b\", \"schedule\": \"0 * * * *\", \"request\": "
                    "{\"url\": \"https://b.example/b\"}}], \"settings\": {\"paused\": true}}",
                    AFTER(1), &n, &e),
              e);
    assert_int_equal(0, n.jobs.created + n.targets.unchanged);
    assert_int_equal(1, n.jobs.updated);
    assert_int_equal(1, n.jobs.unchanged);
    assert_ok(settings_get(t->s, &v, &e), e);
    assert_int_equal(7, v.retention_days); /* what the file does not name stays */
    assert_true(v.paused);
}

static void test_export_applied_changes_nothing(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct counted n;
    assert_ok(
        apply(t->s, "{\"version\": 1, \"targets\": [" TARGET_PROD "], \"jobs\": [" JOB_A "," JOB_B "]}", NOW, &n, &e),
        e);
    assert_ok(jobs_pause(t->s, "a", WALL_NONE, NOW, &e), e);
    json_auto struct json *doc = export_document(t->s, &e);
    assert_non_null(doc);
    mem_auto char *text = json_print(doc);
    assert_ok(apply(t->s, text, AFTER(1000), &n, &e), e);
    assert_int_equal(0, n.jobs.created + n.jobs.updated + n.targets.created + n.targets.updated);
    assert_int_equal(2, n.jobs.unchanged);
    assert_int_equal(1, n.targets.unchanged);
    assert_int_equal(1, count_of(t->s, "SELECT revision FROM jobs WHERE name = 'b'"));
    assert_int_equal(1, count_of(t->s, "SELECT paused FROM jobs WHERE name = 'a'"));
    /* and it makes the same store elsewhere, read by a reader */
    struct temp_store *other;
    temp_store_open((void **)&other);
    assert_ok(apply(other->s, text, NOW, &n, &e), e);
    struct store *r;
    assert_ok(store_open(&r, other->dir, STORE_READ, &e), e);
    json_auto struct json *again = export_document(r, &e);
    mem_auto char *text_again = json_print(again);
    assert_string_equal(text, text_again);
    store_close(r);
    temp_store_close((void **)&other);
}

static void note_revision(void *ctx, const char *name, int64_t revision, struct wall updated_at)
{
    struct names *n = ctx;
    size_t len = strlen(n->text);
    snprintf(n->text + len, sizeof n->text - len, "%s@%d+%d ", name, (int)revision, (int)(updated_at.ms - NOW.ms));
}

static void test_revisions_of_all(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    enum put_result ret;
    struct names jobs = { "", 0 }, targets = { "", 0 };
    put_target(t->s, "prod", "");
    put_job(t->s, "b", "");
    put_job(t->s, "a", "");
    assert_ok(put(t->s, "a", ", \"timeout_ms\": 5", -1, AFTER(7), &ret, &e), e);
    assert_ok(jobs_pause(t->s, "b", WALL_NONE, AFTER(9), &e), e); /* a change too */
    assert_ok(jobs_revisions(t->s, note_revision, &jobs, &e), e);
    assert_string_equal("a@2+7 b@2+9 ", jobs.text);
    assert_ok(targets_revisions(t->s, note_revision, &targets, &e), e);
    assert_string_equal("prod@1+0 ", targets.text);
}

static void test_removing_a_job_cancels_what_waits(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    bool inserted;
    enum run_state states[] = { RUN_QUEUED, RUN_RUNNING };
    put_job(t->s, "j", "");
    for (size_t i = 0; i < MEM_COUNT(states); i++) {
        struct run r = run_of("j", TRIGGER_SCHEDULE, states[i], AFTER((int64_t)i));
        assert_ok(runs_insert(t->s, &r, &inserted, &e), e);
    }
    assert_ok(jobs_remove(t->s, "j", -1, AFTER(60), &e), e);
    assert_int_equal(1,
                     count_of(t->s, "SELECT count(*) FROM runs WHERE state = 'canceled' AND message LIKE '%removed%'"));
    assert_int_equal(1, count_of(t->s, "SELECT count(*) FROM runs WHERE state = 'running'"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_store_open, temp_store_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_put_and_get),       TEST(test_revisions_guard),
        TEST(test_unchanged_is_seen), TEST(test_effective_from_follows_the_schedule_alone),
        TEST(test_pause_and_resume),  TEST(test_each_in_order_and_pages),
        TEST(test_each_within_each),  TEST(test_one_bad_row),
        TEST(test_targets),           TEST(test_apply_is_all_or_nothing),
        TEST(test_apply_counts),      TEST(test_export_applied_changes_nothing),
        TEST(test_revisions_of_all),  TEST(test_removing_a_job_cancels_what_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
