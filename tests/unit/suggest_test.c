/* "did you mean ...?": near words are found, far ones are not. */
#include "core/suggest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *nearest(const char *typed)
{
    static const char *const KNOWN[] = { "name", "schedule", "timezone", "timeout_ms", "connect_timeout_ms",
                                         "tags", "target",   "retry",    "id" };
    struct suggest s = { .typed = typed };
    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++)
        suggest_offer(&s, KNOWN[i]);
    return s.best ? s.best : "none";
}

static void test_nearest(void **state)
{
    (void)state;
    static const struct {
        const char *typed, *best;
    } ROWS[] = {
        /* clang-format off */
        { "shedule", "schedule" }, { "Schedule", "schedule" }, { "schedlue", "schedule" }, { "time-zone", "timezone" },
        { "timeoutMs", "timeout_ms" }, { "timeout-ms", "timeout_ms" }, { "connectTimeoutMs", "connect_timeout_ms" },
        { "tag", "tags" }, { "tgas", "tags" }, { "targets", "target" }, { "rety", "retry" }, { "names", "name" },
        { "", "none" }, { "x", "none" }, { "xy", "none" }, { "colour", "none" }, { "cron", "none" }, { "url", "none" },
        /* clang-format on */
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "none" },
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        if (strcmp(nearest(ROWS[i].typed), ROWS[i].best) != 0)
            fail_msg("for '%s' came '%s'; expected '%s'", ROWS[i].typed, nearest(ROWS[i].typed), ROWS[i].best);
}

static void test_nearer_wins(void **state)
{
    (void)state;
    struct suggest s = { .typed = "retrys" };
    suggest_offer(&s, "retries");
    assert_string_equal(s.best, "retries");
    suggest_offer(&s, "retry");
    assert_string_equal(s.best, "retry");
    assert_int_equal(s.distance, 1);
    suggest_offer(&s, "entry");
    assert_string_equal(s.best, "retry");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_nearest), cmocka_unit_test(test_nearer_wins) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
