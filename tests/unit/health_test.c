/* When a server may do its job, and what each check tells. */
#include "api/health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct health_facts well(void)
{
    return (struct health_facts){
        .engine = { .store_ok = true, .vault_ok = true, .clock_ok = true, .overloaded_since = WALL_NONE },
        .space = { .free = 1LL << 30, .total = 1LL << 31 }
    };
}

static struct health_check checks[HEALTH_CHECKS];

static void assert_told(const struct health_facts *f, enum health_name which, bool ok, bool ready, const char *words)
{
    health_judge(f, checks);
    for (int i = 0; i < HEALTH_CHECKS; i++)
        if (i != (int)which) {
            assert_true(checks[i].ok);
            assert_string_equal(checks[i].message, "");
        }
    assert_int_equal(checks[which].ok, ok);
    if (!strstr(checks[which].message, words))
        fail_msg("'%s' does not say '%s'", checks[which].message, words);
    assert_int_equal(health_ready(checks), ready);
    assert_true(strlen(checks[which].outline) > 20);
    assert_null(strchr(checks[which].outline, '/')); /* no path of a file */
}

static void test_all_is_well(void **state)
{
    (void)state;
    static const char *const NAMES[] = { "store",  "disk", "vault",  "sealed", "clock",
                                         "engine", "home", "backup", "load",   "writes" };
    struct health_facts f = well();
    assert_told(&f, HEALTH_STORE, true, true, "");
    for (int i = 0; i < HEALTH_CHECKS; i++)
        assert_string_equal(checks[i].name, NAMES[i]);
}

static void test_load(void **state)
{
    (void)state;
    struct health_facts f = well();
    f.engine.queued = 5;
    assert_told(&f, HEALTH_LOAD, true, true, "");
    f.engine.queued = 3000;
    f.engine.queued_in_store = 1976;
    f.engine.overloaded_since = (struct wall){ 0 };
    snprintf(f.engine.overloaded_by, sizeof f.engine.overloaded_by, "many");
    assert_told(&f, HEALTH_LOAD, false, true,
                "3000 runs wait for their turn, 1976 of them in the store alone, since 1970-");
    assert_told(&f, HEALTH_LOAD, false, true, "of job 'many'");
}

static void test_store_and_vault(void **state)
{
    (void)state;
    struct health_facts f = well();
    f.engine.store_ok = false;
    snprintf(f.engine.store_error, sizeof f.engine.store_error, "'/var/x' is full");
    assert_told(&f, HEALTH_STORE, false, false, "'/var/x' is full");
    f = well();
    f.writer.busy_us = HEALTH_STUCK_MS * 1000LL - 1000;
    assert_told(&f, HEALTH_STORE, true, true, "");
    f.writer.busy_us = 12345678;
    assert_told(&f, HEALTH_STORE, false, false, "under way for 12 s");
    f = well();
    f.engine.vault_ok = false;
    snprintf(f.engine.vault_error, sizeof f.engine.vault_error, "damaged");
    assert_told(&f, HEALTH_VAULT, false, false, "damaged");
    f = well();
    f.engine.sealed = true;
    snprintf(f.engine.seal_error, sizeof f.engine.seal_error, "no key");
    assert_told(&f, HEALTH_SEALED, false, false, "no key");
}

static void test_disk(void **state)
{
    (void)state;
    struct health_facts f = well();
    f.space.free = HEALTH_FREE_WARNING;
    assert_told(&f, HEALTH_DISK, true, true, "");
    f.space.free = HEALTH_FREE_WARNING - 1024;
    assert_told(&f, HEALTH_DISK, true, true, "65535 KiB are left"); /* a warning */
    f.space.free = HEALTH_FREE_LEAST;
    assert_told(&f, HEALTH_DISK, true, true, "4096 KiB are left");
    f.space.free = HEALTH_FREE_LEAST - 1;
    assert_told(&f, HEALTH_DISK, false, false, "make room");
    f.space.free = -1; /* not known */
    assert_told(&f, HEALTH_DISK, true, true, "");
}

static void test_engine_and_clock(void **state)
{
    (void)state;
    struct health_facts f = well();
    f.engine.busy_ms = HEALTH_STUCK_MS - 1;
    assert_told(&f, HEALTH_ENGINE, true, true, "");
    f.engine.busy_ms = HEALTH_STUCK_MS;
    assert_told(&f, HEALTH_ENGINE, false, false, "at one step for 10 s");
    f = well();
    f.engine.draining = true;
    assert_told(&f, HEALTH_ENGINE, false, false, "is stopping");
    f = well();
    f.engine.clock_ok = false;
    assert_told(&f, HEALTH_CLOCK, false, true, "set back"); /* what is due runs */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_is_well),      cmocka_unit_test(test_load),
        cmocka_unit_test(test_store_and_vault),  cmocka_unit_test(test_disk),
        cmocka_unit_test(test_engine_and_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
