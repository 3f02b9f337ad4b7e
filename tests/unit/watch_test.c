/* watch_test.c - what one run, look or message makes of a state: each state with each event, and what each kind of rule makes of each run. Series of events are in
 * tests/cases/watch. */
#include "core/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define GROUP_MS 60000
#define REPEAT_S 3600
#define NOW 1000000000000
#define TOLD (NOW - 1000000)
#define OVER (NOW - 20000)
#define SINCE (NOW - 2000000)

/* All that a state can be (watch.h). */
#define FROM(X)                                                          \
    X(NONE, WATCH_NONE, 0, 0, 0, 0)                                      \
    X(PENDING, WATCH_PENDING, 1, 0, 0, 0)                                \
    X(FIRING, WATCH_FIRING, 2, 0, 0, NOW + 30000)                        \
    X(FIRING_MUTED, WATCH_FIRING, 2, 0, 0, INT64_MAX)                    \
    X(TOLD_FIRING, WATCH_FIRING, 2, TOLD, 0, TOLD + REPEAT_S * 1000)     \
    X(TOLD_MUTED, WATCH_FIRING, 2, TOLD, 0, INT64_MAX)                   \
    X(OVER_UNTOLD, WATCH_OVER, 2, 0, OVER, NOW + 30000)                  \
    X(OVER_HELD, WATCH_OVER, 2, 0, OVER, OVER + WATCH_HELD_MS(GROUP_MS)) \
    X(OVER_TOLD, WATCH_OVER, 2, TOLD, OVER, OVER + GROUP_MS + 5000)      \
    X(OVER_MUTED, WATCH_OVER, 2, TOLD, OVER, INT64_MAX)
#define X(name, ...) FROM_##name,
enum from { FROM(X) FROM_COUNT };
#undef X
enum event { FAILS, SUCCEEDS, IS_SKIPPED, IS_TOLD, EVENT_COUNT };
enum due { DUE_NONE, DUE_SAME, DUE_NOW, DUE_GROUP, DUE_REPEAT, DUE_AGAIN }; /* repeat: from told_at; again: from now */

static struct wall wall_or_none(int64_t ms)
{
    return ms ? (struct wall){ ms } : WALL_NONE;
}

static struct watch_state state_from(enum from from)
{
    static const struct {
        enum watch_phase phase;
        int64_t count, told, over, due;
    } rows[] = {
#define X(name, ...) { __VA_ARGS__ },
        FROM(X)
#undef X
    };
    struct watch_state st = { .rule = "failing", .subject = "a", .on = ALERT_FAILURE, .phase = rows[from].phase };
    st.count = rows[from].count;
    st.since = (struct wall){ SINCE };
    st.told_at = wall_or_none(rows[from].told);
    st.over_at = wall_or_none(rows[from].over);
    st.due_at = wall_or_none(rows[from].due);
    snprintf(st.run, sizeof st.run, "old");
    snprintf(st.target, sizeof st.target, "prod");
    return st;
}

static struct alert_rule rule_on(enum alert_on on)
{
    return (struct alert_rule){ .name = "r",
                                .enabled = true,
                                .on = on,
                                .after = 2,
                                .over_ms = 1000,
                                .over_s = 60,
                                .condition = { "x", METRIC_GT, 0 },
                                .repeat_s = REPEAT_S,
                                .recovery = true };
}

static struct watch_end end_in(enum run_state state)
{
    return (struct watch_end){ .job = "a",
                               .target = "prod",
                               .run = "new",
                               .state = state,
                               .at = { NOW - 5000 },
                               .scheduled_for = { NOW - 9000 },
                               .occurrences = 1,
                               .lateness_ms = -1,
                               .duration_ms = -1 };
}

static const struct watch_times TIMES = { { NOW }, GROUP_MS };

static struct watch_state after(const struct alert_rule *r, enum from from, enum event event)
{
    static const enum run_state states[] = { RUN_FAILED, RUN_SUCCEEDED, RUN_SKIPPED };
    struct watch_state st = state_from(from);
    if (event == IS_TOLD) {
        watch_told(r, TIMES, &st);
    } else {
        struct watch_end x = end_in(states[event]);
        watch_ended(r, "failing", &x, TIMES, &st);
    }
    return st;
}

struct row {
    enum from from;
    enum event event;
    enum watch_phase to;
    bool told;
    enum due due;
    int64_t count;
    bool dirty;
};

static int64_t due_ms(enum due due, enum from from, int64_t repeat_s)
{
    static const int64_t from_now[] = { [DUE_NOW] = 0, [DUE_GROUP] = GROUP_MS };
    if (due == DUE_NONE)
        return INT64_MIN;
    if (due == DUE_SAME)
        return state_from(from).due_at.ms;
    if (due == DUE_REPEAT || due == DUE_AGAIN)
        return (due == DUE_REPEAT ? TOLD : NOW) + repeat_s * 1000;
    return NOW + from_now[due];
}

static void check_row(const struct alert_rule *r, const struct row *row)
{
    struct watch_state st = after(r, row->from, row->event);
    bool told = !wall_is_none(st.told_at);
    if (st.phase != row->to || st.dirty != row->dirty)
        fail_msg("from %d, event %d: phase %d, dirty %d", row->from, row->event, st.phase, st.dirty);
    if (row->to == WATCH_NONE)
        return;
    if (told != row->told || st.due_at.ms != due_ms(row->due, row->from, r->repeat_s) || st.count != row->count)
        fail_msg("from %d, event %d: told %d, due %lld from now, count %lld", row->from, row->event, told,
                 (long long)(st.due_at.ms - NOW), (long long)st.count);
    assert_int_equal(!wall_is_none(st.over_at), row->to == WATCH_OVER);
}

/* Of a rule on failure, after 2, repeated, with recovery. */
static const struct row ROWS[] = {
    { FROM_NONE, FAILS, WATCH_PENDING, false, DUE_NONE, 1, true },
    { FROM_NONE, SUCCEEDS, WATCH_NONE, false, DUE_NONE, 0, false },
    { FROM_NONE, IS_SKIPPED, WATCH_NONE, false, DUE_NONE, 0, false },
    { FROM_NONE, IS_TOLD, WATCH_NONE, false, DUE_NONE, 0, false },
    { FROM_PENDING, FAILS, WATCH_FIRING, false, DUE_GROUP, 2, true },
    { FROM_PENDING, SUCCEEDS, WATCH_NONE, false, DUE_NONE, 0, true },
    { FROM_PENDING, IS_SKIPPED, WATCH_PENDING, false, DUE_NONE, 1, false },
    { FROM_PENDING, IS_TOLD, WATCH_PENDING, false, DUE_NONE, 1, false },
    { FROM_FIRING, FAILS, WATCH_FIRING, false, DUE_SAME, 3, true },
    { FROM_FIRING, SUCCEEDS, WATCH_OVER, false, DUE_SAME, 2, true },
    { FROM_FIRING, IS_SKIPPED, WATCH_FIRING, false, DUE_SAME, 2, false },
    { FROM_FIRING, IS_TOLD, WATCH_FIRING, true, DUE_AGAIN, 2, true },
    { FROM_FIRING_MUTED, FAILS, WATCH_FIRING, false, DUE_SAME, 3, true },
    { FROM_FIRING_MUTED, SUCCEEDS, WATCH_NONE, false, DUE_NONE, 0, true },
    { FROM_FIRING_MUTED, IS_SKIPPED, WATCH_FIRING, false, DUE_SAME, 2, false },
    { FROM_FIRING_MUTED, IS_TOLD, WATCH_FIRING, true, DUE_AGAIN, 2, true },
    { FROM_TOLD_FIRING, FAILS, WATCH_FIRING, true, DUE_SAME, 3, true },
    { FROM_TOLD_FIRING, SUCCEEDS, WATCH_OVER, true, DUE_GROUP, 2, true },
    { FROM_TOLD_FIRING, IS_SKIPPED, WATCH_FIRING, true, DUE_SAME, 2, false },
    { FROM_TOLD_FIRING, IS_TOLD, WATCH_FIRING, true, DUE_AGAIN, 2, true },
    { FROM_TOLD_MUTED, FAILS, WATCH_FIRING, true, DUE_SAME, 3, true },
    { FROM_TOLD_MUTED, SUCCEEDS, WATCH_OVER, true, DUE_GROUP, 2, true },
    { FROM_TOLD_MUTED, IS_SKIPPED, WATCH_FIRING, true, DUE_SAME, 2, false },
    { FROM_TOLD_MUTED, IS_TOLD, WATCH_FIRING, true, DUE_AGAIN, 2, true },
    { FROM_OVER_UNTOLD, FAILS, WATCH_FIRING, false, DUE_SAME, 1, true },
    { FROM_OVER_UNTOLD, SUCCEEDS, WATCH_OVER, false, DUE_SAME, 2, false },
    { FROM_OVER_UNTOLD, IS_SKIPPED, WATCH_OVER, false, DUE_SAME, 2, false },
    { FROM_OVER_UNTOLD, IS_TOLD, WATCH_NONE, false, DUE_NONE, 0, true },
    { FROM_OVER_HELD, FAILS, WATCH_FIRING, false, DUE_NOW, 1, true },
    { FROM_OVER_HELD, SUCCEEDS, WATCH_OVER, false, DUE_SAME, 2, false },
    { FROM_OVER_HELD, IS_SKIPPED, WATCH_OVER, false, DUE_SAME, 2, false },
    { FROM_OVER_HELD, IS_TOLD, WATCH_NONE, false, DUE_NONE, 0, true },
    { FROM_OVER_TOLD, FAILS, WATCH_FIRING, true, DUE_REPEAT, 1, true },
    { FROM_OVER_TOLD, SUCCEEDS, WATCH_OVER, true, DUE_SAME, 2, false },
    { FROM_OVER_TOLD, IS_SKIPPED, WATCH_OVER, true, DUE_SAME, 2, false },
    { FROM_OVER_TOLD, IS_TOLD, WATCH_NONE, false, DUE_NONE, 0, true },
    { FROM_OVER_MUTED, FAILS, WATCH_FIRING, true, DUE_REPEAT, 1, true },
    { FROM_OVER_MUTED, SUCCEEDS, WATCH_OVER, true, DUE_SAME, 2, false },
    { FROM_OVER_MUTED, IS_SKIPPED, WATCH_OVER, true, DUE_SAME, 2, false },
    { FROM_OVER_MUTED, IS_TOLD, WATCH_NONE, false, DUE_NONE, 0, true },
};

static void test_every_move(void **state)
{
    const struct alert_rule r = rule_on(ALERT_FAILURE);
    int seen[FROM_COUNT][EVENT_COUNT] = { { 0 } };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(ROWS); i++) {
        check_row(&r, &ROWS[i]);
        seen[ROWS[i].from][ROWS[i].event]++;
    }
    for (int from = 0; from < FROM_COUNT; from++)
        for (int event = 0; event < EVENT_COUNT; event++)
            assert_int_equal(seen[from][event], 1);
}

/* Where the rule's members make another move of it. */
static void test_moves_by_rule(void **state)
{
    struct alert_rule r = rule_on(ALERT_FAILURE);
    (void)state;
    r.after = 1;
    check_row(&r, &(struct row){ FROM_NONE, FAILS, WATCH_FIRING, false, DUE_GROUP, 1, true });
    r.after = 3;
    check_row(&r, &(struct row){ FROM_PENDING, FAILS, WATCH_PENDING, false, DUE_NONE, 2, true });
    r.recovery = false;
    check_row(&r, &(struct row){ FROM_TOLD_FIRING, SUCCEEDS, WATCH_NONE, false, DUE_NONE, 0, true });
    check_row(&r, &(struct row){ FROM_TOLD_MUTED, SUCCEEDS, WATCH_NONE, false, DUE_NONE, 0, true });
    check_row(&r, &(struct row){ FROM_FIRING, SUCCEEDS, WATCH_OVER, false, DUE_SAME, 2, true });
    r.repeat_s = 0;
    check_row(&r, &(struct row){ FROM_FIRING, IS_TOLD, WATCH_FIRING, true, DUE_NONE, 2, true });
    check_row(&r, &(struct row){ FROM_OVER_TOLD, FAILS, WATCH_FIRING, true, DUE_NONE, 1, true });
}

static void test_what_a_state_holds(void **state)
{
    const struct alert_rule r = rule_on(ALERT_FAILURE);
    struct watch_state st = after(&r, FROM_NONE, FAILS);
    (void)state;
    assert_string_equal(st.rule, "failing");
    assert_string_equal(st.subject, "a");
    assert_string_equal(st.target, "prod");
    assert_string_equal(st.run, "new");
    assert_int_equal(st.on, ALERT_FAILURE);
    assert_int_equal(st.since.ms, NOW - 9000); /* the occurrence */
    assert_int_equal(st.last_at.ms, NOW - 5000);
    st = after(&r, FROM_FIRING, FAILS);
    assert_int_equal(st.since.ms, SINCE);
    assert_string_equal(st.run, "new");
    st = after(&r, FROM_FIRING, SUCCEEDS);
    assert_int_equal(st.over_at.ms, NOW - 5000);
    assert_string_equal(st.run, "old"); /* the last of the trouble */
    st = after(&r, FROM_FIRING, IS_TOLD);
    assert_int_equal(st.told_at.ms, NOW);
}

/* It comes back before its end was told: it is since then, and in a row only what came since; of occurrences that were missed each counts. */
static void test_back_again(void **state)
{
    const struct alert_rule failing = rule_on(ALERT_FAILURE), missed = rule_on(ALERT_MISSED);
    struct watch_state st = after(&failing, FROM_OVER_TOLD, FAILS);
    struct watch_end x = end_in(RUN_MISSED);
    (void)state;
    assert_int_equal(st.since.ms, NOW - 9000);
    assert_int_equal(st.told_at.ms, TOLD); /* the beginning was told, and its end was not */
    st = state_from(FROM_OVER_UNTOLD);
    st.on = ALERT_MISSED;
    x.occurrences = 4;
    watch_ended(&missed, "missed", &x, TIMES, &st);
    assert_int_equal(st.phase, WATCH_FIRING);
    assert_int_equal(st.count, 6);
    assert_int_equal(st.since.ms, SINCE);
}

static void test_told_twice_is_once(void **state)
{
    const struct alert_rule r = rule_on(ALERT_FAILURE);
    (void)state;
    for (int from = 0; from < FROM_COUNT; from++) {
        struct watch_state once = after(&r, (enum from)from, IS_TOLD), twice = once;
        watch_told(&r, TIMES, &twice);
        assert_memory_equal(&once, &twice, sizeof once);
    }
}

/* Of each kind, what a run in each state says, in order of enum run_state: t trouble, w well, . nothing. */
static const struct {
    enum alert_on on;
    int64_t ms; /* late, and taken */
    const char *metrics, *says;
} SIGNS[] = {
    /*                                    queued running retrying succeeded failed canceled skipped missed */
    { ALERT_FAILURE, -1, NULL, "...wt..." },       { ALERT_MISSED, -1, NULL, "...ww..t" },
    { ALERT_LATENESS, 1001, NULL, "...ttt.." },    { ALERT_LATENESS, 1000, NULL, "...www.." },
    { ALERT_LATENESS, -1, NULL, "........" },      { ALERT_DURATION, 1001, NULL, "...ttt.." },
    { ALERT_DURATION, 1000, NULL, "...ww..." },    { ALERT_DURATION, 0, NULL, "...ww..." },
    { ALERT_DURATION, -1, NULL, "........" },      { ALERT_METRIC, -1, "{\"x\":1}", "tttttttt" },
    { ALERT_METRIC, -1, "{\"x\":0}", "wwwwwwww" }, { ALERT_METRIC, -1, "{\"y\":1}", "........" },
    { ALERT_METRIC, -1, NULL, "........" },        { ALERT_NO_SUCCESS, 9999, "{\"x\":1}", "...w...." },
    { ALERT_SECRET_AGE, 9999, NULL, "........" },  { ALERT_CERTIFICATE, 9999, NULL, "........" },
    { ALERT_DISK, 9999, NULL, "........" },        { ALERT_SEALED, 9999, NULL, "........" },
    { ALERT_CLOCK, 9999, NULL, "........" },       { ALERT_OVERLOAD, 9999, NULL, "........" },
    { ALERT_BACKUP, 9999, NULL, "........" },      { ALERT_STORE, 9999, NULL, "........" },
};

static char sign_of_run(const struct alert_rule *r, struct watch_end *x)
{
    struct watch_state none = { .phase = WATCH_NONE }, firing = state_from(FROM_TOLD_FIRING);
    firing.on = r->on;
    watch_ended(r, "r", x, TIMES, &none);
    watch_ended(r, "r", x, TIMES, &firing);
    if (none.dirty)
        return none.phase != WATCH_NONE && firing.dirty && firing.phase == WATCH_FIRING ? 't' : '?';
    return !firing.dirty ? '.' : firing.phase == WATCH_OVER ? 'w' : '?';
}

static void test_every_sign(void **state)
{
    int of_kind[ALERT_ON_COUNT] = { 0 };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(SIGNS); i++) {
        const struct alert_rule r = rule_on(SIGNS[i].on);
        char says[RUN_STATE_COUNT + 1] = "";
        for (int k = 0; k < RUN_STATE_COUNT; k++) {
            struct watch_end x = end_in((enum run_state)k);
            x.lateness_ms = x.duration_ms = SIGNS[i].ms;
            x.metrics = SIGNS[i].metrics;
            x.metrics_len = x.metrics ? strlen(x.metrics) : 0;
            says[k] = sign_of_run(&r, &x);
            x.edited = true;
            assert_int_equal(sign_of_run(&r, &x), '.');
            x.edited = false;
            x.job = "alert:ops";
            assert_int_equal(sign_of_run(&r, &x), '.');
        }
        if (strcmp(says, SIGNS[i].says) != 0)
            fail_msg("%s, row %zu: %s, expected %s", alert_on_name(r.on), i, says, SIGNS[i].says);
        of_kind[r.on]++;
    }
    for (int i = 0; i < ALERT_ON_COUNT; i++)
        assert_true(of_kind[i] > 0);
}

static void test_values(void **state)
{
    const struct alert_rule late = rule_on(ALERT_LATENESS), metric = rule_on(ALERT_METRIC);
    struct watch_state st = { .phase = WATCH_NONE };
    struct watch_end x = end_in(RUN_SUCCEEDED);
    (void)state;
    x.lateness_ms = 7000;
    watch_ended(&late, "r", &x, TIMES, &st);
    assert_true(st.value > 6999 && st.value < 7001);
    x.metrics = "{\"x\":2.5}, and what is not of it";
    x.metrics_len = 9;
    st.phase = WATCH_NONE;
    watch_ended(&metric, "r", &x, TIMES, &st);
    assert_true(st.value > 2.49 && st.value < 2.51);
}

/* A state of rule `on` after a look. */
static struct watch_state looked(enum alert_on on, struct watch_state st, bool holds, double value, const char *run,
                                 int64_t now)
{
    const struct alert_rule r = rule_on(on);
    watch_holds(&r, "r", "", "", holds, WALL_NONE, value, run, (struct watch_times){ { now }, GROUP_MS }, &st);
    return st;
}

static void test_look(void **state)
{
    const struct watch_state none = { .phase = WATCH_NONE };
    (void)state;
    for (int i = 0; i < ALERT_ON_COUNT; i++) {
        enum alert_on on = (enum alert_on)i;
        bool by_run = on == ALERT_FAILURE || on == ALERT_MISSED || on == ALERT_METRIC;
        bool stays = on == ALERT_LATENESS || on == ALERT_DURATION;
        struct watch_state st = looked(on, none, true, 5, "", NOW);
        assert_int_equal(st.phase, by_run ? WATCH_NONE : WATCH_FIRING);
        assert_int_equal(st.dirty, !by_run);
        assert_false(looked(on, none, false, 5, "", NOW).dirty);
        if (by_run)
            continue;
        assert_int_equal(st.due_at.ms, NOW + GROUP_MS);
        assert_int_equal(st.since.ms, NOW);
        st.dirty = false;
        assert_int_equal(looked(on, st, false, 5, "", NOW + 1).phase, stays ? WATCH_FIRING : WATCH_OVER);
    }
}

/* What goes on is not written each time. */
static void test_look_goes_on(void **state)
{
    struct watch_state st = looked(ALERT_DISK, (struct watch_state){ .phase = WATCH_NONE }, true, 5, "", NOW);
    (void)state;
    st.dirty = false;
    st = looked(ALERT_DISK, st, true, 4, "", NOW + 599999);
    assert_false(st.dirty);
    assert_true(st.value < 4.5);
    assert_int_equal(st.last_at.ms, NOW + 599999);
    st = looked(ALERT_DISK, st, true, 3, "", NOW + 600000);
    assert_true(st.dirty);
    assert_int_equal(st.count, 1);
    st.dirty = false;
    st = looked(ALERT_DISK, st, true, 3, "", NOW - 600000); /* the clock was set back */
    assert_true(st.dirty);
    st.dirty = false;
    assert_false(looked(ALERT_DISK, st, true, 3, "", NOW - 1).dirty);
    assert_true(looked(ALERT_DISK, st, true, 3, "", NOW).dirty);
}

/* The rule is on something else now: what it said is gone, and what it hears begins anew. */
static void test_other_kind(void **state)
{
    const struct alert_rule late = rule_on(ALERT_LATENESS);
    struct watch_state st = state_from(FROM_TOLD_FIRING);
    struct watch_end x = end_in(RUN_SUCCEEDED);
    (void)state;
    watch_ended(&late, "failing", &x, TIMES, &st);
    assert_true(st.phase == WATCH_NONE && st.dirty);
    st = state_from(FROM_TOLD_FIRING);
    x.lateness_ms = 5000;
    watch_ended(&late, "failing", &x, TIMES, &st);
    assert_true(st.phase == WATCH_FIRING && st.on == ALERT_LATENESS && st.count == 1 && wall_is_none(st.told_at));
    st = looked(ALERT_DISK, state_from(FROM_TOLD_FIRING), true, 1, "", NOW);
    assert_true(st.phase == WATCH_FIRING && st.on == ALERT_DISK && st.count == 1 && wall_is_none(st.told_at));
    assert_int_equal(looked(ALERT_DISK, state_from(FROM_TOLD_FIRING), false, 1, "", NOW).phase, WATCH_NONE);
}

static void test_look_at_runs(void **state)
{
    struct watch_state st = looked(ALERT_DURATION, (struct watch_state){ .phase = WATCH_NONE }, true, 5, "one", NOW);
    (void)state;
    st.dirty = false;
    st = looked(ALERT_DURATION, st, true, 9, "two", NOW + 1);
    assert_true(st.dirty);
    assert_int_equal(st.count, 2);
    assert_string_equal(st.run, "two");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_move),
        cmocka_unit_test(test_moves_by_rule),
        cmocka_unit_test(test_what_a_state_holds),
        cmocka_unit_test(test_back_again),
        cmocka_unit_test(test_told_twice_is_once),
        cmocka_unit_test(test_every_sign),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_look),
        cmocka_unit_test(test_look_goes_on),
        cmocka_unit_test(test_look_at_runs),
        cmocka_unit_test(test_other_kind),
    };
    json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
