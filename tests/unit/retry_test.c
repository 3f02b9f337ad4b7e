/* When a failed attempt is tried again: which outcomes, how long the waits, what ends them; Retry-After. */
#include "core/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct wall NOW = { 1800000000000 };

static struct retry_policy policy(int max_attempts, int64_t initial_ms, double multiplier, int64_t max_ms,
                                  int64_t max_age_s)
{
    return (struct retry_policy){ max_attempts, initial_ms, multiplier, max_ms, max_age_s, false };
}

static void test_outcomes_wanted(void **state)
{
    (void)state;
    static const struct {
        enum outcome outcome;
        bool again;
    } ROWS[] = {
        { OUTCOME_NONE, false },     { OUTCOME_OK, false },      { OUTCOME_ASSERTION, false },
        { OUTCOME_TIMEOUT, true },   { OUTCOME_DNS, true },      { OUTCOME_CONNECT, true },
        { OUTCOME_TLS, true },       { OUTCOME_PROTOCOL, true }, { OUTCOME_TOO_LARGE, false },
        { OUTCOME_BLOCKED, false },  { OUTCOME_SECRET, false },  { OUTCOME_INTERRUPTED, true },
        { OUTCOME_CANCELED, false },
    };
    assert_int_equal(sizeof ROWS / sizeof ROWS[0], OUTCOME_COUNT - 1); /* all but http_status */
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        enum outcome o = ROWS[i].outcome;
        assert_int_equal(retry_wanted(DELIVERY_AT_LEAST_ONCE, o, 0, true), ROWS[i].again);
        assert_int_equal(retry_wanted(DELIVERY_AT_LEAST_ONCE, o, 0, false), ROWS[i].again);
        assert_int_equal(retry_wanted(DELIVERY_AT_MOST_ONCE, o, 0, false), ROWS[i].again);
        assert_false(retry_wanted(DELIVERY_AT_MOST_ONCE, o, 0, true));
    }
    assert_false(retry_wanted(DELIVERY_AT_LEAST_ONCE, OUTCOME_COUNT, 0, false));
}

static void test_statuses_wanted(void **state)
{
    (void)state;
    for (int status = 100; status <= 999; status++) {
        bool again = status == 408 || status == 425 || status == 429 || status >= 500;
        assert_int_equal(retry_wanted(DELIVERY_AT_LEAST_ONCE, OUTCOME_HTTP_STATUS, status, true), again);
        assert_false(retry_wanted(DELIVERY_AT_MOST_ONCE, OUTCOME_HTTP_STATUS, status, true));
    }
}

static int64_t wait_of(const struct retry_policy *p, int attempt, double jitter, int64_t retry_after_ms)
{
    struct wall due = WALL_NONE;
    if (!retry_next(p, attempt, NOW, NOW, jitter, retry_after_ms, WALL_NONE, &due, NULL))
        return -1;
    return due.ms - NOW.ms;
}

static void test_waits_grow_to_the_maximum(void **state)
{
    (void)state;
    struct retry_policy p = policy(10, 1000, 2, 10000, 0);
    static const int64_t FULL[] = { 1000, 2000, 4000, 8000, 10000, 10000 };
    for (int attempt = 1; attempt <= 6; attempt++) {
        assert_int_equal(wait_of(&p, attempt, 0, 0), FULL[attempt - 1] / 2);
        assert_int_equal(wait_of(&p, attempt, 0.5, 0), FULL[attempt - 1] * 3 / 4);
        int64_t longest = wait_of(&p, attempt, 0.999999, 0);
        assert_true(longest < FULL[attempt - 1] && longest >= FULL[attempt - 1] - 2);
    }
    p = policy(100, 86400000, 10, 86400000, 0);
    assert_int_equal(wait_of(&p, 99, 0, 0), 43200000);
    p = policy(100, 1, 1, 1, 0);
    assert_true(wait_of(&p, 50, 0.9, 0) >= 0 && wait_of(&p, 50, 0.9, 0) <= 1);
}

static void test_attempts_end(void **state)
{
    (void)state;
    struct retry_policy p = policy(3, 1000, 2, 10000, 0);
    struct wall due = { 42 };
    const char *why = NULL;
    assert_true(retry_next(&p, 2, NOW, NOW, 0, 0, WALL_NONE, &due, &why));
    due.ms = 42;
    assert_false(retry_next(&p, 3, NOW, NOW, 0, 0, WALL_NONE, &due, &why));
    assert_int_equal(due.ms, 42);
    assert_non_null(strstr(why, "max_attempts"));
    assert_false(retry_next(&p, 4, NOW, NOW, 0, 0, WALL_NONE, &due, NULL));
    p.max_attempts = 1;
    assert_false(retry_next(&p, 1, NOW, NOW, 0, 0, WALL_NONE, &due, &why));
}

static void test_age_ends(void **state)
{
    (void)state;
    struct retry_policy p = policy(100, 10000, 1, 10000, 3600);
    struct wall due = { 42 };
    const char *why = NULL;
    struct wall scheduled = { NOW.ms - 3600000 + 5000 }; /* with jitter 0 the wait is 5 s: to the millisecond */
    assert_true(retry_next(&p, 1, scheduled, NOW, 0, 0, WALL_NONE, &due, &why));
    assert_int_equal(due.ms, NOW.ms + 5000);
    scheduled.ms--;
    due.ms = 42;
    assert_false(retry_next(&p, 1, scheduled, NOW, 0, 0, WALL_NONE, &due, &why));
    assert_int_equal(due.ms, 42);
    assert_non_null(strstr(why, "max_age_s"));
    p.max_age_s = 0;
    assert_true(retry_next(&p, 1, (struct wall){ 0 }, NOW, 0, 0, WALL_NONE, &due, &why));
}

static void test_next_occurrence_ends(void **state)
{
    (void)state;
    struct retry_policy p = policy(100, 10000, 1, 10000, 0);
    struct wall due = { 42 };
    const char *why = NULL;
    assert_false(retry_next(&p, 1, NOW, NOW, 0, 0, (struct wall){ NOW.ms + 5000 }, &due, &why));
    assert_int_equal(due.ms, 42);
    assert_non_null(strstr(why, "next occurrence"));
    assert_true(retry_next(&p, 1, NOW, NOW, 0, 0, (struct wall){ NOW.ms + 5001 }, &due, &why));
}

static void test_told_to_go_on(void **state)
{
    (void)state;
    struct retry_policy p = policy(100, 10000, 1, 10000, 0);
    struct wall due = { 42 };
    p.past_next_occurrence = true;
    assert_true(retry_next(&p, 1, NOW, NOW, 0, 0, (struct wall){ NOW.ms + 1 }, &due, NULL));
}

static void test_waits_are_bounded_too(void **state)
{
    (void)state;
    struct retry_policy p = policy(3, 1000, 1, 1000, 60);
    const struct wall next = { NOW.ms + 30000 }, later = { NOW.ms + 90000 };
    assert_int_equal(retry_wait_until(&p, NOW, next).ms, next.ms);
    assert_int_equal(retry_wait_until(&p, NOW, later).ms, NOW.ms + 60000);
    assert_int_equal(retry_wait_until(&p, NOW, WALL_NONE).ms, NOW.ms + 60000);
    p.past_next_occurrence = true;
    assert_int_equal(retry_wait_until(&p, NOW, next).ms, NOW.ms + 60000);
    p.max_age_s = 0;
    assert_true(wall_is_none(retry_wait_until(&p, NOW, next)));
    p.past_next_occurrence = false;
    assert_int_equal(retry_wait_until(&p, NOW, next).ms, next.ms);
}

static void test_retry_after_only_lengthens(void **state)
{
    (void)state;
    struct retry_policy p = policy(10, 10000, 2, 10000, 0);
    assert_int_equal(wait_of(&p, 1, 0, 1), 5000);
    assert_int_equal(wait_of(&p, 1, 0, 60000), 60000); /* past max_ms too: the server knows better */
    p.max_age_s = 30;
    assert_int_equal(wait_of(&p, 1, 0, 60000), -1);
}

static void test_retry_after_texts(void **state)
{
    (void)state;
    const struct wall now = { 784111717000 }; /* Sun, 06 Nov 1994 08:48:37 GMT */
    static const struct {
        const char *text;
        int64_t ms;
    } ROWS[] = {
        { "120", 120000 },
        { "0", 0 },
        { "86400", 86400000 },
        { "86401", 86400000 },
        { "99999999999999999999999999999999", 86400000 },
        { "007", 7000 },
        { "Sun, 06 Nov 1994 08:49:37 GMT", 60000 },
        { "Sunday, 06-Nov-94 08:49:37 GMT", 60000 },
        { "Sun Nov  6 08:49:37 1994", 60000 },
        { "Sun Nov 06 08:49:37 1994", 60000 },
        { "Sun, 06 Nov 1994 08:48:37 GMT", 0 },
        { "Sun, 06 Nov 1994 08:00:00 GMT", 0 },
        { "Fri, 31 Dec 1999 23:59:59 GMT", 86400000 },
        { "Friday, 31-Dec-99 23:59:59 GMT", 86400000 },
        /* of two digits: 1945, long past; 2044 and 2000, ahead */
        { "Monday, 06-Nov-45 08:49:37 GMT", 0 },
        { "Sunday, 06-Nov-44 08:49:37 GMT", 86400000 },
        { "Monday, 06-Nov-00 08:49:37 GMT", 86400000 },
        { "", 0 },
        { "soon", 0 },
        { "-5", 0 },
        { "1.5", 0 },
        { "5 s", 0 },
        { " 5", 0 },
        { "+5", 0 },
        { "Sun, 06 Nov 1994 08:49:37", 0 },
        { "Sun, 06 Nov 1994 08:49:37 CET", 0 },
        { "Sun, 06 Nov 1994 08:49:37 GMT!", 0 },
        { "Sun, 06 Nox 1994 08:49:37 GMT", 0 },
        { "Sun, 31 Nov 1994 08:49:37 GMT", 0 },
        { "Sun, 07 Nov 1994 25:49:37 GMT", 0 },
        { "Sun, 6 Nov 1994 08:49:37 GMT", 0 },
        { "Sun, 06 Nov 94 08:49:37 GMT", 0 },
        { "Sun, 06-Nov-1994 08:49:37 GMT", 0 },
        { "Sun, 06 Nov 1994", 0 },
        { "Sun, 06", 0 },
        { "Sun", 0 },
        { "1994-11-06T08:49:37Z", 0 },
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        if (retry_after_parse(ROWS[i].text, now) != ROWS[i].ms)
            fail_msg("'%s' is %lld ms; expected %lld", ROWS[i].text, (long long)retry_after_parse(ROWS[i].text, now),
                     (long long)ROWS[i].ms);
    assert_int_equal(retry_after_parse(NULL, now), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outcomes_wanted),
        cmocka_unit_test(test_statuses_wanted),
        cmocka_unit_test(test_waits_grow_to_the_maximum),
        cmocka_unit_test(test_attempts_end),
        cmocka_unit_test(test_age_ends),
        cmocka_unit_test(test_next_occurrence_ends),
        cmocka_unit_test(test_told_to_go_on),
        cmocka_unit_test(test_waits_are_bounded_too),
        cmocka_unit_test(test_retry_after_only_lengthens),
        cmocka_unit_test(test_retry_after_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
