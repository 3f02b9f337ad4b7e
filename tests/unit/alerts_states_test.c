/* Mutes, and states of rules on their subjects, in the store. */
#include "temp_alerts.h"

#include <stdio.h>

/* --- mutes --------------------------------------------------------------------------------------------------------- */

static void note_mute(void *ctx, enum mute_scope scope, const char *name, struct wall until)
{
    buf_printf(ctx, "%s '%s' %lld; ", mute_scope_name(scope), name,
               until.ms == MUTED_FOR_EVER.ms ? -1LL : (long long)(until.ms - NOW.ms));
}

static void assert_mutes(struct store *s, struct wall now, const char *expected)
{
    struct err e;
    buf_auto struct buf out = BUF_INIT(10000);
    assert_ok(mute_each(s, now, note_mute, &out, &e), e);
    assert_string_equal(expected, buf_str(&out));
}

static int64_t muted_for(struct store *s, enum mute_scope scope, const char *name, struct wall now)
{
    struct err e;
    struct wall until;
    assert_ok(mute_get(s, scope, name, now, &until, &e), e);
    return wall_is_none(until) ? 0 : until.ms == MUTED_FOR_EVER.ms ? -1 : until.ms - now.ms;
}

static void test_mutes(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    put_job(t->s, "j", "");
    put_target(t->s, "prod", "");
    assert_ok(mute_put(t->s, MUTE_JOB, "j", AFTER(1000), NOW, &e), e);
    assert_ok(mute_put(t->s, MUTE_TARGET, "prod", AFTER(5000), NOW, &e), e);
    assert_ok(mute_put(t->s, MUTE_RULE, "failing", MUTED_FOR_EVER, NOW, &e), e);
    assert_ok(mute_put(t->s, MUTE_ALL, "", AFTER(2000), NOW, &e), e);
    assert_mutes(t->s, NOW, "all '' 2000; job 'j' 1000; rule 'failing' -1; target 'prod' 5000; ");
    assert_int_equal(1000, muted_for(t->s, MUTE_JOB, "j", NOW));
    assert_int_equal(0, muted_for(t->s, MUTE_JOB, "j", AFTER(1000)));
    assert_int_equal(-1, muted_for(t->s, MUTE_RULE, "failing", AFTER(1LL << 50)));
    assert_int_equal(0, muted_for(t->s, MUTE_RULE, "missed", NOW));
    assert_mutes(t->s, AFTER(1999), "all '' 2000; rule 'failing' -1; target 'prod' 5000; ");
    assert_ok(mute_put(t->s, MUTE_JOB, "j", AFTER(1000), NOW, &e), e); /* as it was: no entry */
    assert_ok(mute_put(t->s, MUTE_JOB, "j", MUTED_FOR_EVER, NOW, &e), e);
    assert_int_equal(-1, muted_for(t->s, MUTE_JOB, "j", NOW));
    assert_ok(mute_put(t->s, MUTE_JOB, "j", WALL_NONE, NOW, &e), e);
    assert_ok(mute_put(t->s, MUTE_JOB, "j", WALL_NONE, NOW, &e), e);
    assert_ok(mute_put(t->s, MUTE_ALL, "", WALL_NONE, NOW, &e), e);
    assert_mutes(t->s, NOW, "rule 'failing' -1; target 'prod' 5000; ");
    mem_auto char *audit = audit_of(t->s, "alert");
    assert_string_equal("alert.mute j; alert.mute prod; alert.mute failing; alert.mute ; alert.mute j; alert.unmute j; "
                        "alert.unmute ; ",
                        audit);
    mem_auto char *detail = text_of(t->s, "SELECT detail FROM audit WHERE action = 'alert.mute' AND resource = 'prod'");
    assert_string_equal("{\"scope\":\"target\",\"until\":\"2026-11-21T23:00:05.000Z\"}", detail);
    assert_ok(mutes_prune(t->s, AFTER(4999), &e), e);
    assert_int_equal(2, count_of(t->s, "SELECT count(*) FROM alert_mutes"));
    assert_ok(mutes_prune(t->s, AFTER(5000), &e), e);
    assert_int_equal(1, count_of(t->s, "SELECT count(*) FROM alert_mutes"));
}

static void test_mutes_that_are_refused(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    enum mute_scope scope;
    assert_int_equal(-ERR_NOT_FOUND, mute_put(t->s, MUTE_JOB, "j", MUTED_FOR_EVER, NOW, &e));
    assert_err(e, ERR_NOT_FOUND, "there is no job 'j'");
    assert_int_equal(-ERR_NOT_FOUND, mute_put(t->s, MUTE_RULE, "j", WALL_NONE, NOW, &e));
    assert_err(e, ERR_NOT_FOUND, "there is no alert rule 'j'");
    assert_int_equal(-ERR_NOT_FOUND, mute_put(t->s, MUTE_TARGET, "j", MUTED_FOR_EVER, NOW, &e));
    assert_int_equal(-ERR_INVALID, mute_put(t->s, MUTE_ALL, "", NOW, NOW, &e));
    assert_string_equal("/until", e.pointer);
    assert_true(mute_scope_parse("target", &scope));
    assert_int_equal(MUTE_TARGET, scope);
    assert_false(mute_scope_parse("", &scope));
    assert_false(mute_scope_parse(NULL, &scope));
}

static void test_a_rule_says_until_when_it_is_muted(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    struct alert_record *r;
    struct wall now = clock_wall();
    assert_ok(mute_put(t->s, MUTE_RULE, "disk", (struct wall){ now.ms + 3600000 }, now, &e), e);
    assert_ok(mute_put(t->s, MUTE_RULE, "clock", MUTED_FOR_EVER, now, &e), e);
    assert_ok(mute_put(t->s, MUTE_RULE, "store", (struct wall){ now.ms - 1 }, (struct wall){ now.ms - 2 }, &e), e);
    assert_ok(alerts_get(t->s, "disk", &r, &e), e);
    assert_int_equal(now.ms + 3600000, r->muted_until.ms);
    alert_record_free(r);
    assert_ok(alerts_get(t->s, "clock", &r, &e), e);
    assert_int_equal(MUTED_FOR_EVER.ms, r->muted_until.ms);
    alert_record_free(r);
    assert_ok(alerts_get(t->s, "store", &r, &e), e);
    assert_true(wall_is_none(r->muted_until));
    alert_record_free(r);
}

/* --- states -------------------------------------------------------------------------------------------------------- */

struct seen {
    struct watch_state all[8];
    int n;
};

static void note_state(void *ctx, const struct watch_state *st)
{
    struct seen *x = ctx;
    x->all[x->n++] = *st;
}

static void assert_same(const struct watch_state *a, const struct watch_state *b)
{
    assert_string_equal(a->rule, b->rule);
    assert_string_equal(a->subject, b->subject);
    assert_int_equal(a->on, b->on);
    assert_int_equal(a->phase, b->phase);
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->since.ms, b->since.ms);
    assert_int_equal(a->last_at.ms, b->last_at.ms);
    assert_int_equal(a->over_at.ms, b->over_at.ms);
    assert_int_equal(a->told_at.ms, b->told_at.ms);
    assert_int_equal(a->due_at.ms, b->due_at.ms);
    assert_string_equal(a->run, b->run);
    assert_true(a->value == b->value);
    assert_string_equal(a->target, b->target);
    assert_false(b->dirty);
}

static void test_states(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    struct seen x = { .n = 0 };
    struct watch_state full = { .rule = "@3:metric",
                                .subject = "j",
                                .on = ALERT_METRIC,
                                .phase = WATCH_OVER,
                                .count = 7,
                                .since = NOW,
                                .last_at = AFTER(1),
                                .over_at = AFTER(2),
                                .told_at = AFTER(3),
                                .due_at = AFTER(4),
                                .run = "0193a2c4-7f00-7abc-8def-0123456789ab",
                                .value = -0.125,
                                .target = "prod",
                                .dirty = true };
    struct watch_state bare = { .rule = "sealed",
                                .subject = "",
                                .on = ALERT_SEALED,
                                .phase = WATCH_PENDING,
                                .since = WALL_NONE,
                                .last_at = WALL_NONE,
                                .over_at = WALL_NONE,
                                .told_at = WALL_NONE,
                                .due_at = WALL_NONE };
    assert_ok(watch_state_put(t->s, &bare, &e), e);
    assert_ok(watch_state_put(t->s, &full, &e), e);
    assert_ok(watch_states_each(t->s, note_state, &x, &e), e);
    assert_int_equal(2, x.n);
    assert_same(&full, &x.all[0]);
    assert_same(&bare, &x.all[1]);
    full.phase = WATCH_FIRING;
    full.count = 8;
    full.value = 1.0 / 0.0;
    assert_ok(watch_state_put(t->s, &full, &e), e);
    x.n = 0;
    assert_ok(watch_states_of(t->s, "@3:metric", note_state, &x, &e), e);
    assert_int_equal(1, x.n);
    assert_int_equal(8, x.all[0].count);
    assert_int_equal(WATCH_FIRING, x.all[0].phase);
    assert_true(x.all[0].value < 1); /* no number: none is kept */
    full.phase = WATCH_NONE;
    assert_ok(watch_state_put(t->s, &full, &e), e);
    assert_ok(watch_state_remove(t->s, "sealed", "", &e), e);
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM watch_states"));
    execute_sql(
        t->s,
        "INSERT INTO watch_states (rule, subject, kind, phase, count, value) VALUES ('x', 'y', 'z', 'over', 1, 0)");
    x.n = 0;
    assert_ok(watch_states_each(t->s, note_state, &x, &e), e);
    assert_int_equal(0, x.n);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_store_open, temp_store_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_mutes),
        TEST(test_mutes_that_are_refused),
        TEST(test_a_rule_says_until_when_it_is_muted),
        TEST(test_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
