/* watch_gather_test.c - what one gathering hands out: messages, their items and their order; how due times are settled; very many states. */
#include "core/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NOW 1000000000000
#define GROUP_MS 60000

static const struct watch_times TIMES = { { NOW }, GROUP_MS };
static const char *const OPS[] = { "ops", "mail", "page" };
static const struct alert_rule PLAIN = { .name = "r", .enabled = true, .after = 1, .recovery = true };
static const struct alert_rule REPEATED = {
    .name = "r", .enabled = true, .after = 1, .recovery = true, .repeat_s = 3600
};

/* A state that fires, untold, due `in_ms` from now. */
static struct watch_state firing(const char *subject, const char *target, int64_t in_ms)
{
    struct watch_state st = { .rule = "r", .on = ALERT_FAILURE, .phase = WATCH_FIRING, .count = 1 };
    snprintf(st.subject, sizeof st.subject, "%s", subject);
    snprintf(st.target, sizeof st.target, "%s", target);
    st.since = st.last_at = (struct wall){ NOW + in_ms - GROUP_MS };
    st.over_at = st.told_at = WALL_NONE;
    st.due_at = (struct wall){ NOW + in_ms };
    return st;
}

static struct watch_due due_of(struct watch_state *st, const struct alert_rule *r, int n_channels)
{
    return (struct watch_due){ st, r, OPS, n_channels, WALL_NONE };
}

static void test_nothing(void **state)
{
    struct watch_state st = firing("a", "t", 1);
    struct watch_due due = due_of(&st, &PLAIN, 1);
    struct arena *a = arena_new(0);
    struct watch_message *m;
    int n;
    (void)state;
    watch_gather(NULL, 0, TIMES, a, &m, &n);
    assert_true(n == 0 && wall_is_none(watch_next(NULL, 0)));
    watch_gather(&due, 1, TIMES, a, &m, &n);
    assert_true(n == 0 && !st.dirty);
    assert_int_equal(watch_next(&due, 1).ms, NOW + 1);
    st.phase = WATCH_PENDING;
    st.due_at = WALL_NONE;
    watch_gather(&due, 1, TIMES, a, &m, &n);
    assert_true(n == 0 && !st.dirty && wall_is_none(watch_next(&due, 1)));
    arena_free(a);
}

/* Two rules' states on one subject: the older one is told of, both are in the message. */
static void test_subjects(void **state)
{
    struct watch_state st[] = { firing("b", "t", 20), firing("a", "t", 10), firing("b", "t", 0), firing("a", "t", 30) };
    struct watch_due due[4];
    struct arena *a = arena_new(0);
    struct watch_message *m;
    int n;
    (void)state;
    for (int i = 0; i < 4; i++)
        due[i] = due_of(&st[i], &PLAIN, 1);
    watch_gather(due, 4, TIMES, a, &m, &n);
    assert_int_equal(n, 1);
    assert_int_equal(m->n_items, 4);
    assert_int_equal(m->n_subjects, 2);
    assert_ptr_equal(m->items[0]->state, &st[2]);
    assert_ptr_equal(m->items[1]->state, &st[1]);
    assert_ptr_equal(m->items[2]->state, &st[0]);
    assert_ptr_equal(m->items[3]->state, &st[3]);
    assert_string_equal(m->channel, "ops");
    assert_string_equal(m->target, "t");
    assert_int_equal(m->on, ALERT_FAILURE);
    assert_int_equal(m->kind, NOTICE_FIRED);
    arena_free(a);
}

/* Of each channel, in order of its name; what is due is in all of them. */
static void test_channels(void **state)
{
    struct watch_state st[] = { firing("a", "t", 0), firing("b", "t", 50000) };
    struct watch_due due[] = { due_of(&st[0], &PLAIN, 3), due_of(&st[1], &PLAIN, 2) };
    struct arena *a = arena_new(0);
    struct watch_message *m;
    int n;
    (void)state;
    watch_gather(due, 2, TIMES, a, &m, &n);
    assert_int_equal(n, 3);
    assert_string_equal(m[0].channel, "mail");
    assert_string_equal(m[1].channel, "ops");
    assert_string_equal(m[2].channel, "page");
    assert_true(m[0].n_items == 2 && m[1].n_items == 2 && m[2].n_items == 1);
    arena_free(a);
}

/* Due times that no rule would give any more. */
static void test_settled(void **state)
{
    struct watch_state st[] = { firing("a", "t", INT64_C(9000000000)), firing("b", "t", 0), firing("c", "t", 0) };
    struct watch_due due[] = { due_of(&st[0], &PLAIN, 1), due_of(&st[1], &REPEATED, 1), due_of(&st[2], &PLAIN, 1) };
    struct arena *a = arena_new(0);
    struct watch_message *m;
    int n;
    (void)state;
    st[1].told_at = (struct wall){ NOW + 5000000 }; /* the clock was set back */
    st[2].told_at = (struct wall){ NOW - 1 };       /* its rule has no repeat any more */
    watch_gather(due, 3, TIMES, a, &m, &n);
    assert_int_equal(n, 0);
    assert_in_range(st[0].due_at.ms, NOW + GROUP_MS, NOW + GROUP_MS + 1);
    assert_int_equal(st[1].told_at.ms, NOW);
    assert_int_equal(st[1].due_at.ms, NOW + 3600000);
    assert_true(wall_is_none(st[2].due_at));
    assert_true(st[0].dirty && st[1].dirty && st[2].dirty);
    int64_t settled = st[0].due_at.ms;
    st[0].dirty = st[1].dirty = false;
    watch_gather(due, 2, (struct watch_times){ { NOW + 30000 }, GROUP_MS }, a, &m, &n);
    assert_true(st[0].due_at.ms == settled && !st[0].dirty && !st[1].dirty); /* once is enough */
    arena_free(a);
}

static void test_muted(void **state)
{
    struct watch_state st[] = { firing("a", "t", 0), firing("b", "t", 0), firing("c", "t", 0), firing("d", "t", 5) };
    struct watch_due due[4];
    struct arena *a = arena_new(0);
    struct watch_message *m;
    int n;
    (void)state;
    for (int i = 0; i < 4; i++)
        due[i] = due_of(&st[i], &PLAIN, i == 2 ? 0 : 1);
    due[0].muted_until = (struct wall){ NOW + 777 };
    due[1].muted_until = WATCH_MUTED;
    due[3].muted_until = (struct wall){ NOW + 4 };
    watch_gather(due, 4, TIMES, a, &m, &n);
    assert_int_equal(n, 0);
    for (int i = 0; i < 3; i++)
        assert_true(st[i].due_at.ms == WATCH_MUTED.ms && st[i].dirty && st[i].phase == WATCH_FIRING);
    assert_true(st[3].due_at.ms == NOW + 5 && !st[3].dirty); /* not due, so it waits for nothing */
    assert_int_equal(watch_next(due, 3).ms, NOW + 777);
    assert_true(wall_is_none(watch_next(due + 1, 2)));
    due[0].muted_until = (struct wall){ NOW }; /* a mute ends at its time */
    due[1].muted_until = WALL_NONE;
    assert_in_range(watch_next(due, 3).ms, 0, NOW);
    watch_gather(due, 3, TIMES, a, &m, &n);
    assert_true(n == 1 && m->n_items == 2);
    arena_free(a);
}

static void test_dropped(void **state)
{
    static const struct alert_rule quiet = { .name = "r", .enabled = true, .after = 1 };
    struct watch_state st[] = { firing("a", "t", 0), firing("b", "t", 0), firing("c", "t", 0) };
    struct watch_due due[] = { due_of(&st[0], &PLAIN, 1), due_of(&st[1], &quiet, 1), due_of(&st[2], &PLAIN, 0) };
    struct arena *a = arena_new(0);
    struct watch_message *m;
    int n;
    (void)state;
    for (int i = 0; i < 3; i++) {
        st[i].phase = WATCH_OVER;
        st[i].over_at = (struct wall){ NOW - 100000 };
        st[i].told_at = i == 0 ? WALL_NONE : (struct wall){ NOW - 200000 };
    }
    due[0].muted_until = WATCH_MUTED;
    watch_gather(due, 3, TIMES, a, &m, &n);
    assert_int_equal(n, 0);
    for (int i = 0; i < 3; i++)
        assert_true(st[i].phase == WATCH_NONE && st[i].dirty);
    arena_free(a);
}

#define MANY 10000

/* All at once, on many targets and few: each state once, in bounded messages. */
static void many(int targets, int expected)
{
    struct watch_state *st = mem_alloc(MANY * sizeof *st);
    struct watch_due *due = mem_alloc(MANY * sizeof *due);
    struct arena *a = arena_new(0);
    struct watch_message *m;
    int n, items = 0;
    for (int i = 0; i < MANY; i++) {
        char subject[40], target[40];
        snprintf(subject, sizeof subject, "job-%d", (i * 7919) % MANY);
        snprintf(target, sizeof target, "target-%d", i % targets);
        st[i] = firing(subject, target, -(i * 104729 % 1000));
        due[i] = due_of(&st[i], &PLAIN, 1);
    }
    watch_gather(due, MANY, TIMES, a, &m, &n);
    assert_int_equal(n, expected);
    for (int i = 0; i < n; i++)
        items += m[i].n_subjects;
    assert_int_equal(items, MANY);
    arena_free(a);
    mem_free(st);
    mem_free(due);
}

static void test_many(void **state)
{
    (void)state;
    many(1, 1);
    many(WATCH_MESSAGES_MAX, WATCH_MESSAGES_MAX);
    many(WATCH_MESSAGES_MAX + 1, 1);
    many(5000, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing), cmocka_unit_test(test_subjects), cmocka_unit_test(test_channels),
        cmocka_unit_test(test_settled), cmocka_unit_test(test_muted),    cmocka_unit_test(test_dropped),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
