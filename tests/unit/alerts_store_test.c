/* Alert rules in the store, and of jobs. */
#include "temp_alerts.h"

#include "store/alerts_rows.h"

#include <stdio.h>

static bool note_rule(void *ctx, struct alert_record *r)
{
    buf_printf(ctx, "%s:%lld ", r->rule.name, (long long)r->revision);
    alert_record_free(r);
    return true;
}

static void assert_rules(struct store *s, const char *expected)
{
    struct err e;
    buf_auto struct buf out = BUF_INIT(100000);
    assert_ok(alerts_each(s, note_rule, &out, &e), e);
    assert_string_equal(expected, buf_str(&out));
}

/* Each is what the program prints of it, so that no later change of it is one of its form alone. */
static void test_a_new_store_has_the_usual_rules(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    bool same;
    struct arena *a = arena_new(0);
    assert_rules(t->s,
                 "backup:1 certificate:1 clock:1 disk:1 failing:1 missed:1 overload:1 sealed:1 secret-age:1 store:1 ");
    assert_ok(alerts_are_default(t->s, &same, &e), e);
    assert_true(same);
    struct statement q = statement_begin(t->s, Q_ALERT_EACH);
    int n = 0;
    for (; statement_row(&q, &e) > 0; n++) {
        struct alert_rule r;
        const char *spec = next_text(&q);
        json_auto struct json *doc = json_parse(spec, strlen(spec), &e);
        assert_ok(alert_rule_parse(doc, NULL, a, &r, &e), e);
        json_auto struct json *again = alert_rule_to_json(&r);
        mem_auto char *text = json_print(again);
        assert_string_equal(spec, text);
        assert_true(r.enabled);
        assert_int_equal(0, r.n_jobs + r.n_tags + r.n_channels);
    }
    assert_int_equal(10, n);
    struct alert_record *r;
    assert_ok(alerts_get(t->s, "failing", &r, &e), e);
    assert_int_equal(ALERT_FAILURE, r->rule.on);
    assert_int_equal(1, r->rule.after);
    assert_int_equal(86400, r->rule.repeat_s);
    assert_true(r->rule.recovery);
    assert_true(wall_is_none(r->muted_until));
    assert_true(r->created_at.ms > 1700000000000);
    alert_record_free(r);
    arena_free(a);
}

static void test_put_get_remove(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    enum put_result put;
    struct alert_record *r;
    bool same;
    int64_t revision;
    put_job(t->s, "a", "");
    put_channel(t->s, "ops", "");
    assert_ok(rule_put(t->s, "slow",
                       "\"on\": \"duration\", \"over_ms\": 5000, \"jobs\": [\"a\"], \"channels\": [\"ops\"]", 0, &put,
                       &e),
              e);
    assert_int_equal(PUT_CREATED, put);
    assert_ok(alerts_are_default(t->s, &same, &e), e);
    assert_false(same);
    assert_ok(rule_put(t->s, "slow",
                       "\"on\": \"duration\", \"over_ms\": 5000, \"jobs\": [\"a\"], \"channels\": [\"ops\"]", 1, &put,
                       &e),
              e);
    assert_int_equal(PUT_UNCHANGED, put);
    assert_ok(rule_put(t->s, "slow", "\"on\": \"duration\", \"over_ms\": 6000, \"jobs\": [\"a\"]", 1, &put, &e), e);
    assert_int_equal(PUT_UPDATED, put);
    assert_int_equal(-ERR_CONFLICT, rule_put(t->s, "slow", "\"on\": \"missed\"", 1, &put, &e));
    assert_err(e, ERR_CONFLICT, "at revision 2, not 1");
    assert_int_equal(-ERR_CONFLICT, rule_put(t->s, "slow", "\"on\": \"missed\"", 0, &put, &e));
    assert_err(e, ERR_CONFLICT, "there is an alert rule 'slow' already");
    assert_ok(alerts_get(t->s, "slow", &r, &e), e);
    assert_int_equal(2, r->revision);
    assert_int_equal(6000, r->rule.over_ms);
    assert_string_equal("a", r->rule.jobs[0]);
    alert_record_free(r);
    assert_ok(alerts_revision(t->s, "slow", &revision, &e), e);
    assert_int_equal(2, revision);
    assert_int_equal(-ERR_CONFLICT, alerts_remove(t->s, "slow", 1, &e));
    assert_ok(alerts_remove(t->s, "slow", 2, &e), e);
    assert_int_equal(-ERR_NOT_FOUND, alerts_get(t->s, "slow", &r, &e));
    assert_int_equal(-ERR_NOT_FOUND, alerts_remove(t->s, "slow", -1, &e));
    assert_err(e, ERR_NOT_FOUND, "there is no alert rule 'slow'");
    assert_ok(alerts_revision(t->s, "slow", &revision, &e), e);
    assert_int_equal(0, revision);
    mem_auto char *audit = audit_of(t->s, "alert");
    assert_string_equal("alert.create slow; alert.update slow; alert.remove slow; ", audit);
    mem_auto char *detail = text_of(t->s, "SELECT detail FROM audit WHERE action = 'alert.update'");
    assert_non_null(strstr(detail, "{\"pointer\":\"/over_ms\",\"before\":5000,\"after\":6000}"));
}

static void assert_refused(struct store *s, const char *fields, const char *pointer, const char *words)
{
    struct err e = { 0 };
    enum put_result put;
    assert_int_equal(-ERR_INVALID, rule_put(s, "r", fields, -1, &put, &e));
    assert_string_equal(pointer, e.pointer);
    assert_err(e, ERR_INVALID, words);
}

static void test_what_is_not_there_is_refused(void **state)
{
    struct temp_store *t = *state;
    put_job(t->s, "a", "");
    put_channel(t->s, "ops", "");
    assert_refused(t->s, "\"on\": \"missed\", \"jobs\": [\"a\", \"b\"]", "/jobs/1", "there is no job 'b'");
    assert_refused(t->s, "\"on\": \"missed\", \"channels\": [\"ops\", \"dev\"]", "/channels/1",
                   "there is no channel 'dev'");
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM alerts WHERE name = 'r'"));
}

static void test_no_more_than_there_may_be(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    enum put_result put;
    char name[32];
    assert_ok(store_begin(t->s, &e), e);
    for (int i = 10; i < ALERT_RULES_MAX; i++) {
        snprintf(name, sizeof name, "r%d", i);
        put_rule(t->s, name, "\"on\": \"missed\"");
    }
    assert_int_equal(-ERR_CONFLICT, rule_put(t->s, "one-more", "\"on\": \"missed\"", -1, &put, &e));
    assert_err(e, ERR_CONFLICT, "200 alert rules");
    assert_ok(rule_put(t->s, "r10", "\"on\": \"sealed\"", -1, &put, &e), e); /* others change all the same */
    assert_ok(store_commit(t->s, &e), e);
}

static void test_one_that_cannot_be_read(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    struct alert_record *r;
    enum put_result put;
    execute_sql(t->s, "UPDATE alerts SET spec = '{}' WHERE name = 'disk'");
    assert_int_equal(-ERR_STORE, alerts_get(t->s, "disk", &r, &e));
    assert_err(e, ERR_STORE, "set it again");
    assert_rules(t->s, "backup:1 certificate:1 clock:1 failing:1 missed:1 overload:1 sealed:1 secret-age:1 store:1 ");
    assert_ok(rule_put(t->s, "disk", "\"on\": \"disk\"", 1, &put, &e), e);
    assert_int_equal(PUT_UPDATED, put);
    execute_sql(t->s, "UPDATE alerts SET spec = 'x' WHERE name = 'disk'");
    assert_ok(alerts_remove(t->s, "disk", 2, &e), e);
}

/* --- jobs ---------------------------------------------------------------------------------------------------------- */

static void test_rules_of_a_jobs_own(void **state)
{
    static const struct {
        const char *alerts, *pointer, *words;
    } cases[] = {
        { "[{\"on\": \"failure\", \"channels\": [\"dev\"]}]", "/alerts/0/channels/0", "there is no channel 'dev'" },
        { "[{\"on\": \"failure\"}, {\"on\": \"missed\", \"channels\": [\"ops\", \"x\"]}]", "/alerts/1/channels/1",
          "'x'" },
        { "[{\"on\": \"nothing\"}]", "/alerts/0/on", "" },
    };
    struct temp_store *t = *state;
    struct err e = { 0 };
    enum put_result put;
    put_channel(t->s, "ops", "");
    put_job(t->s, "j", ", \"alerts\": [{\"on\": \"failure\", \"after\": 3, \"channels\": [\"ops\"]}]");
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        struct arena *a = arena_new(0);
        struct job j;
        mem_auto char *text =
            mem_printf("{\"name\": \"k\", \"schedule\": \"@daily\", \"request\": {\"url\": \"http://h/\"}, "
                       "\"alerts\": %s}",
                       cases[i].alerts);
        json_auto struct json *doc = json_parse(text, strlen(text), &e);
        assert_non_null(doc);
        int rc = job_parse(doc, NULL, NULL, NULL, a, &j, &e); /* or there already */
        if (rc == 0)
            rc = jobs_put(t->s, &j, -1, NOW, &put, &e);
        arena_free(a);
        assert_int_equal(-ERR_INVALID, rc);
        assert_string_equal(cases[i].pointer, e.pointer);
        assert_err(e, ERR_INVALID, cases[i].words);
    }
    assert_int_equal(-ERR_CONFLICT, channels_remove(t->s, "ops", -1, NOW, &e));
    assert_err(e, ERR_CONFLICT, "job 'j'");
    put_job(t->s, "j", "");
    assert_ok(channels_remove(t->s, "ops", -1, NOW, &e), e);
}

static void fires(struct store *s, const char *rule, const char *subject, enum alert_on on)
{
    struct err e;
    struct watch_state st = { .on = on,
                              .phase = WATCH_FIRING,
                              .count = 1,
                              .since = NOW,
                              .last_at = NOW,
                              .over_at = WALL_NONE,
                              .told_at = WALL_NONE,
                              .due_at = NOW };
    snprintf(st.rule, sizeof st.rule, "%s", rule);
    snprintf(st.subject, sizeof st.subject, "%s", subject);
    assert_ok(watch_state_put(s, &st, &e), e);
}

/* A rule that would be of all jobs goes; what is of the job alone, too; what is called alike stays. */
static void test_a_job_that_is_removed(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    struct alert_record *r;
    put_job(t->s, "a", "");
    put_job(t->s, "a-b", "");
    put_rule(t->s, "both", "\"on\": \"missed\", \"jobs\": [\"a-b\", \"a\"]");
    put_rule(t->s, "alone", "\"on\": \"missed\", \"jobs\": [\"a\"]");
    put_rule(t->s, "tagged", "\"on\": \"missed\", \"jobs\": [\"a\"], \"tags\": [\"x\"]");
    put_rule(t->s, "a", "\"on\": \"missed\", \"tags\": [\"a\"]"); /* not the job */
    put_target(t->s, "a", "");
    assert_ok(mute_put(t->s, MUTE_JOB, "a", MUTED_FOR_EVER, NOW, &e), e);
    assert_ok(mute_put(t->s, MUTE_RULE, "a", MUTED_FOR_EVER, NOW, &e), e);
    assert_ok(mute_put(t->s, MUTE_TARGET, "a", AFTER(1), NOW, &e), e);
    assert_ok(mute_put(t->s, MUTE_RULE, "alone", MUTED_FOR_EVER, NOW, &e), e);
    fires(t->s, "failing", "a", ALERT_FAILURE);
    fires(t->s, "@0:duration", "a", ALERT_DURATION);
    fires(t->s, "failing", "a-b", ALERT_FAILURE);
    fires(t->s, "secret-age", "a", ALERT_SECRET_AGE);
    fires(t->s, "certificate", "a", ALERT_CERTIFICATE);
    fires(t->s, "alone", "a-b", ALERT_MISSED);
    assert_ok(jobs_remove(t->s, "a", -1, NOW, &e), e);
    assert_ok(alerts_get(t->s, "both", &r, &e), e);
    assert_int_equal(2, r->revision);
    assert_int_equal(1, r->rule.n_jobs);
    assert_string_equal("a-b", r->rule.jobs[0]);
    alert_record_free(r);
    assert_ok(alerts_get(t->s, "tagged", &r, &e), e);
    assert_int_equal(0, r->rule.n_jobs);
    alert_record_free(r);
    assert_int_equal(-ERR_NOT_FOUND, alerts_get(t->s, "alone", &r, &e));
    assert_ok(alerts_get(t->s, "a", &r, &e), e);
    assert_int_equal(1, r->revision);
    alert_record_free(r);
    mem_auto char *mutes =
        text_of(t->s, "SELECT group_concat(scope || ' ' || name, ', ' ORDER BY scope, name) FROM alert_mutes");
    assert_string_equal("rule a, target a", mutes);
    mem_auto char *states =
        text_of(t->s, "SELECT group_concat(rule || ' ' || subject, ', ' ORDER BY rule) FROM watch_states");
    assert_string_equal("certificate a, failing a-b, secret-age a", states);
    assert_ok(targets_remove(t->s, "a", -1, &e), e);
    assert_int_equal(1, count_of(t->s, "SELECT count(*) FROM alert_mutes"));
    assert_int_equal(2, count_of(t->s, "SELECT count(*) FROM watch_states"));
}

/* Kinds that SQL names are those that core says are of jobs. */
static void test_states_of_jobs_go_with_the_job(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    int64_t n;
    int of_job = 0;
    put_job(t->s, "j", "");
    for (int on = 0; on < ALERT_ON_COUNT; on++) {
        fires(t->s, alert_on_name((enum alert_on)on), "j", (enum alert_on)on);
        of_job += alert_on_of_job((enum alert_on)on);
    }
    assert_ok(watch_states_count(t->s, "j", &n, &e), e);
    assert_int_equal(of_job, n);
    execute_sql(t->s, "UPDATE watch_states SET phase = 'over' WHERE rule = 'failure'"); /* muted, so not told yet */
    assert_ok(watch_states_count(t->s, "j", &n, &e), e);
    assert_int_equal(of_job - 1, n);
    assert_ok(jobs_remove(t->s, "j", -1, NOW, &e), e);
    assert_int_equal(ALERT_ON_COUNT - of_job, count_of(t->s, "SELECT count(*) FROM watch_states"));
    for (int on = 0; on < ALERT_ON_COUNT; on++) {
        mem_auto char *sql =
            mem_printf("SELECT count(*) FROM watch_states WHERE rule = '%s'", alert_on_name((enum alert_on)on));
        assert_int_equal(!alert_on_of_job((enum alert_on)on), count_of(t->s, sql));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_store_open, temp_store_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_new_store_has_the_usual_rules), TEST(test_put_get_remove),
        TEST(test_what_is_not_there_is_refused),    TEST(test_no_more_than_there_may_be),
        TEST(test_one_that_cannot_be_read),         TEST(test_rules_of_a_jobs_own),
        TEST(test_a_job_that_is_removed),           TEST(test_states_of_jobs_go_with_the_job),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
