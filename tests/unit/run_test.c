/* The moves of a run are those of the list in run.h, pair by pair; names are there and back. */
#include "core/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static bool wanted[RUN_STATE_COUNT][RUN_STATE_COUNT], wanted_start[RUN_STATE_COUNT];
static int n_wanted;

/* One line " *   FROM -> TO, TO, ..." of the list; other lines of the comment are not of that form. */
static void read_line(char *line)
{
    char from[32], *arrow = strstr(line, " -> ");
    enum run_state f = RUN_STATE_COUNT, to;
    if (!arrow || sscanf(line, " * %31s ->", from) != 1)
        return;
    if (strcmp(from, "(new)") != 0 && !run_state_parse(from, &f))
        return;
    for (char *save, *word = strtok_r(arrow + 4, ", \n", &save); word; word = strtok_r(NULL, ", \n", &save)) {
        if (!run_state_parse(word, &to))
            fail_msg("run.h moves to '%s', which is no state", word);
        *(f == RUN_STATE_COUNT ? &wanted_start[to] : &wanted[f][to]) = true;
        n_wanted++;
    }
}

static int read_diagram(void **state)
{
    FILE *f = fopen(TEST_ROOT "/src/core/run.h", "r");
    char line[256];
    (void)state;
    if (!f)
        return -1;
    while (fgets(line, sizeof line, f))
        read_line(line);
    fclose(f);
    return 0;
}

static void test_all_pairs(void **state)
{
    (void)state;
    assert_int_equal(n_wanted, 17);
    for (int from = 0; from < RUN_STATE_COUNT; from++)
        for (int to = 0; to < RUN_STATE_COUNT; to++)
            if (run_move_allowed(from, to) != wanted[from][to])
                fail_msg("%s -> %s is %s by the code", run_state_name(from), run_state_name(to),
                         wanted[from][to] ? "refused" : "allowed");
    for (int to = 0; to < RUN_STATE_COUNT; to++)
        assert_int_equal(run_start_allowed(to), wanted_start[to]);
}

static void test_final_states_stay(void **state)
{
    (void)state;
    static const enum run_state FINAL[] = { RUN_SUCCEEDED, RUN_FAILED, RUN_CANCELED, RUN_SKIPPED, RUN_MISSED };
    int n = 0;
    for (int s = 0; s < RUN_STATE_COUNT; s++)
        n += run_state_final(s);
    assert_int_equal(n, 5);
    for (int i = 0; i < 5; i++) {
        assert_true(run_state_final(FINAL[i]));
        for (int to = 0; to < RUN_STATE_COUNT; to++)
            assert_false(run_move_allowed(FINAL[i], to));
    }
}

/* Every state but those that are final can be left, and every one can be reached from a new run. */
static void test_no_dead_ends(void **state)
{
    (void)state;
    bool reached[RUN_STATE_COUNT] = { false };
    for (int round = 0; round < RUN_STATE_COUNT; round++)
        for (int s = 0; s < RUN_STATE_COUNT; s++) {
            reached[s] |= run_start_allowed(s);
            for (int to = 0; to < RUN_STATE_COUNT; to++)
                reached[to] |= reached[s] && run_move_allowed(s, to);
        }
    for (int s = 0; s < RUN_STATE_COUNT; s++) {
        assert_true(reached[s]);
        assert_true(run_state_final(s) || run_move_allowed(s, RUN_CANCELED));
        assert_false(run_move_allowed(s, s));
    }
}

static void test_outside_the_tables(void **state)
{
    (void)state;
    assert_false(run_move_allowed(RUN_STATE_COUNT, RUN_QUEUED));
    assert_false(run_move_allowed(RUN_QUEUED, RUN_STATE_COUNT));
    assert_false(run_move_allowed((enum run_state)(-1), RUN_QUEUED));
    assert_false(run_start_allowed(RUN_STATE_COUNT));
    assert_null(run_state_name(RUN_STATE_COUNT));
    assert_null(outcome_name(OUTCOME_NONE));
    assert_null(outcome_name(OUTCOME_COUNT));
    assert_null(trigger_name(TRIGGER_COUNT));
}

static void test_names(void **state)
{
    (void)state;
    enum run_state s;
    enum outcome o;
    enum trigger t;
    for (int i = 0; i < RUN_STATE_COUNT; i++)
        assert_true(run_state_parse(run_state_name(i), &s) && s == (enum run_state)i);
    for (int i = OUTCOME_NONE + 1; i < OUTCOME_COUNT; i++)
        assert_true(outcome_parse(outcome_name(i), &o) && o == (enum outcome)i);
    for (int i = 0; i < TRIGGER_COUNT; i++)
        assert_true(trigger_parse(trigger_name(i), &t) && t == (enum trigger)i);
    assert_string_equal(run_state_name(RUN_RETRYING), "retrying");
    assert_string_equal(outcome_name(OUTCOME_TOO_LARGE), "too_large");
    assert_string_equal(trigger_name(TRIGGER_CATCH_UP), "catch_up");
    static const char *const BAD[] = { "", "Queued", "queued ", "ok", "nothing" };
    for (int i = 0; i < 5; i++)
        assert_false(run_state_parse(BAD[i], &s));
    assert_false(outcome_parse("", &o) || outcome_parse(NULL, &o) || outcome_parse("queued", &o));
    assert_false(trigger_parse("", &t) || trigger_parse(NULL, &t) || run_state_parse(NULL, &s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_pairs),    cmocka_unit_test(test_final_states_stay),
        cmocka_unit_test(test_no_dead_ends), cmocka_unit_test(test_outside_the_tables),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, read_diagram, NULL);
}
