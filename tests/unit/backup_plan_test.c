#include "base/mem.h"
#include "core/backup_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define HOUR_MS 3600000LL
#define T0 1795159800000LL /* 2026-11-20T07:30:00Z */

static void test_names_and_times(void **state)
{
    char name[BACKUP_NAME_SIZE];
    struct wall at;
    (void)state;
    assert_string_equal(backup_name((struct wall){ T0 + 999 }, name), "edgecron-20261120T073000Z.db");
    assert_true(backup_name_time(name, &at));
    assert_int_equal(at.ms, T0);
    static const char *const others[] = {
        "",
        "edgecron.db",
        "edgecron-20261120T073000Z.db.part",
        "edgecron-20261120T0730Z.db",
        "edgecron-20261320T073000Z.db",
        "edgecron-20260231T073000Z.db",
        "edgecron-20261120T253000Z.db",
        "edgecron-20261120t073000Z.db",
        "mine-20261120T073000Z.db",
        "edgecron-20261120T073000Z.db2",
    };
    for (size_t i = 0; i < MEM_COUNT(others); i++)
        if (backup_name_time(others[i], &at))
            fail_msg("'%s' is taken for a backup by schedule", others[i]);
}

static int64_t due(const char *schedule, int64_t last, int64_t failed, int64_t since, int64_t now)
{
    struct cron c;
    assert_int_equal(cron_parse(schedule, &c, NULL), 0);
    return backup_due(&c, (struct wall){ last }, (struct wall){ failed }, (struct wall){ since }, (struct wall){ now })
        .ms;
}

static void test_when_the_next_is_due(void **state)
{
    const int64_t none = WALL_NONE.ms, half_past_eight = T0 + HOUR_MS;
    (void)state;
    assert_int_equal(due("30 * * * *", T0, none, 0, T0 + 1), half_past_eight);
    assert_int_equal(due("30 * * * *", none, none, T0 + 1, T0 + 2),
                     half_past_eight); /* none yet: from the schedule's beginning */
    assert_int_equal(due("30 * * * *", T0, none, T0 + 50 * HOUR_MS, T0 + 50 * HOUR_MS),
                     half_past_eight);                                                     /* made up for, once */
    assert_int_equal(due("30 * * * *", T0 + 999 * HOUR_MS, none, 0, T0), half_past_eight); /* the clock was ahead */
    assert_int_equal(due("30 * * * *", T0, T0 + 2 * HOUR_MS, 0, T0 + 2 * HOUR_MS + 5),
                     T0 + 2 * HOUR_MS + BACKUP_AGAIN_MS); /* failed: not at once again */
    assert_int_equal(due("30 * * * *", T0, T0 + 999 * HOUR_MS, 0, T0),
                     half_past_eight); /* ... unless the clock was set back since */
    assert_int_equal(due("@every 2h", T0, none, 0, T0), T0 + 2 * HOUR_MS);
}

static void test_the_oldest_go(void **state)
{
    char names[5][BACKUP_NAME_SIZE];
    (void)state;
    static const int order[] = { 3, 0, 4, 1, 2 };
    for (int i = 0; i < 5; i++)
        backup_name((struct wall){ T0 + order[i] * HOUR_MS }, names[i]);
    assert_int_equal(backups_to_go(names, 5, 2), 3);
    assert_string_equal(names[0], "edgecron-20261120T073000Z.db");
    assert_string_equal(names[3], "edgecron-20261120T103000Z.db");
    assert_int_equal(backups_to_go(names, 5, 5), 0);
    assert_int_equal(backups_to_go(names, 5, 1000), 0);
    assert_int_equal(backups_to_go(NULL, 0, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_and_times),
        cmocka_unit_test(test_when_the_next_is_due),
        cmocka_unit_test(test_the_oldest_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
