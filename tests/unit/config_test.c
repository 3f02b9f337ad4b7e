#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/mem.h"
#include "cli/config.h"
#include "core/job.h"
#include "core/run.h"
#include "store/tokens.h"

#include <stdlib.h>
#include <string.h>

#define BIT(f) FLAG_BIT(FLAG_##f)

/* Scans and binds; the config is the caller's to free. */
static int take(struct config *c, flag_set first, struct err *e, int argc, ...)
{
    static char *argv[20];
    va_list ap;
    va_start(ap, argc);
    for (int i = 0; i < argc; i++)
        argv[i] = va_arg(ap, char *);
    va_end(ap);
    *e = (struct err){ 0 };
    int r = config_scan(c, argc, argv, e);
    const struct flags flags = { first, 0 };
    return r < 0 ? r : config_bind(c, &flags, "test", e);
}

static void refuses(flag_set flags, const char *words, int argc, char *a, char *b)
{
    struct config c;
    struct err e;
    assert_int_equal(take(&c, flags, &e, argc, a, b), -ERR_USAGE);
    if (!strstr(e.text, words))
        fail_msg("'%s' lacks '%s'", e.text, words);
    config_free(&c);
}

static void test_both_spellings_and_mixed_words(void **state)
{
    struct config c;
    struct err e;
    (void)state;
    assert_int_equal(
        take(&c, BIT(DATA) | BIT(COUNT) | BIT(JSON), &e, 6, "next", "--data", "d", "--count=7", "a b", "--json"), 0);
    assert_string_equal(config_text(&c, FLAG_DATA), "d");
    assert_int_equal(config_number(&c, FLAG_COUNT), 7);
    assert_true(config_on(&c, FLAG_JSON));
    assert_int_equal(c.n_words, 2);
    assert_string_equal(c.words[0], "next");
    assert_string_equal(c.words[1], "a b");
    config_free(&c);
}

static void test_double_dash_ends_flags(void **state)
{
    struct config c;
    struct err e;
    (void)state;
    assert_int_equal(take(&c, BIT(JSON), &e, 4, "x", "--", "--json", "-"), 0);
    assert_false(config_on(&c, FLAG_JSON));
    assert_int_equal(c.n_words, 3);
    assert_string_equal(c.words[1], "--json");
    config_free(&c);
}

static void test_environment_is_between_argument_and_default(void **state)
{
    struct config c;
    struct err e;
    (void)state;
    setenv("EDGECRON_DRAIN_TIMEOUT", "5s", 1);
    assert_int_equal(take(&c, BIT(DRAIN_TIMEOUT), &e, 0), 0);
    assert_int_equal(config_number(&c, FLAG_DRAIN_TIMEOUT), 5000);
    assert_string_equal(c.values[FLAG_DRAIN_TIMEOUT].source, "EDGECRON_DRAIN_TIMEOUT");
    config_free(&c);
    assert_int_equal(take(&c, BIT(DRAIN_TIMEOUT), &e, 1, "--drain-timeout=1m"), 0);
    assert_int_equal(config_number(&c, FLAG_DRAIN_TIMEOUT), 60000);
    config_free(&c);
    setenv("EDGECRON_DRAIN_TIMEOUT", "", 1);
    assert_int_equal(take(&c, BIT(DRAIN_TIMEOUT), &e, 0), 0);
    assert_int_equal(config_number(&c, FLAG_DRAIN_TIMEOUT), 30000);
    assert_false(config_is_set(&c, FLAG_DRAIN_TIMEOUT));
    config_free(&c);
    setenv("EDGECRON_DRAIN_TIMEOUT", "soon", 1);
    refuses(BIT(DRAIN_TIMEOUT), "EDGECRON_DRAIN_TIMEOUT: 'soon'", 0, NULL, NULL);
    unsetenv("EDGECRON_DRAIN_TIMEOUT");
}

static void test_fields_have_no_twin(void **state)
{
    struct config c;
    struct err e;
    (void)state;
    setenv("EDGECRON_SCHEDULE", "* * * * *", 1);
    assert_int_equal(take(&c, BIT(SCHEDULE), &e, 0), 0);
    assert_false(config_is_set(&c, FLAG_SCHEDULE));
    config_free(&c);
    unsetenv("EDGECRON_SCHEDULE");
}

static void test_twins_are_the_names_in_capitals(void **state)
{
    char twin[64];
    (void)state;
    assert_string_equal(config_twin(config_flag(FLAG_MASTER_KEY_FILE), twin, sizeof twin), "EDGECRON_MASTER_KEY_FILE");
    assert_string_equal(config_twin(config_flag(FLAG_DATA), twin, sizeof twin), "EDGECRON_DATA");
}

static void test_what_is_wrong_is_named(void **state)
{
    (void)state;
    refuses(BIT(LISTEN), "unknown flag '--lisen': did you mean '--listen'", 1, "--lisen=x", NULL);
    refuses(BIT(LISTEN), "does not take '--count'", 1, "--count=1", NULL);
    refuses(BIT(LISTEN), "unknown flag '--frobnicate'", 1, "--frobnicate", NULL);
    refuses(BIT(DATA), "'--data' needs a value", 1, "--data", NULL);
    refuses(BIT(DATA), "--data: '' is empty", 2, "--data", "");
    refuses(BIT(LIMIT), "--limit: '0' is not a whole number from 1 to 1000", 2, "--limit", "0");
    refuses(BIT(LIMIT), "'12x'", 2, "--limit", "12x");
    refuses(BIT(LIMIT), "'99999999999999999999'", 2, "--limit", "99999999999999999999");
    refuses(BIT(JSON), "neither true nor false", 1, "--json=maybe", NULL);
    refuses(BIT(SCOPE), "none of read, operate, admin", 2, "--scope", "root");
    refuses(BIT(FROM), "is not a time", 2, "--from", "tomorrow");
    refuses(BIT(DRAIN_TIMEOUT), "a number and a unit", 2, "--drain-timeout", "30");
    refuses(BIT(DRAIN_TIMEOUT), "too long", 2, "--drain-timeout", "8d");
}

static void test_durations(void **state)
{
    static const struct {
        const char *text;
        int64_t ms; /* -1: refused */
    } cases[] = { { "0", 0 },    { "500ms", 500 }, { "30s", 30000 }, { "1h30m", 5400000 }, { "2d", 172800000 },
                  { "", -1 },    { "30", -1 },     { "s", -1 },      { "-5s", -1 },        { "1.5s", -1 },
                  { "5 s", -1 }, { "5S", -1 },     { "100001d", -1 } };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        int64_t ms = -1;
        bool ok = duration_parse(cases[i].text, &ms);
        if (ok != (cases[i].ms >= 0) || (ok && ms != cases[i].ms))
            fail_msg("'%s' gave %d, %lld", cases[i].text, ok, (long long)ms);
    }
}

static void test_sizes(void **state)
{
    static const struct {
        const char *text;
        int64_t mib; /* -1: refused */
    } cases[] = {
        { "1MiB", 1 },   { "512MiB", 512 }, { "2GiB", 2048 }, { "1TiB", 1048576 },     { "", -1 },
        { "0MiB", -1 },  { "512", -1 },     { "MiB", -1 },    { "1GB", -1 },           { "1.5GiB", -1 },
        { "-1GiB", -1 }, { "1 GiB", -1 },   { "1gib", -1 },   { "9999999999MiB", -1 }, { "999999999TiB", -1 }
    };
    struct err why;
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        int64_t mib = -1;
        bool ok = config_value(config_flag(FLAG_UNDER), cases[i].text, WALL_NONE, &mib, &why);
        if (ok != (cases[i].mib >= 0) || (ok && mib != cases[i].mib))
            fail_msg("'%s' gave %d, %lld", cases[i].text, ok, (long long)mib);
    }
}

static void test_listen_addresses(void **state)
{
    static const char *const good[] = { "127.0.0.1:8427", ":8427", "[::1]:0", "0.0.0.0:65535", "localhost:80" };
    static const char *const bad[] = { "8427",   "127.0.0.1",      "127.0.0.1:", "127.0.0.1:65536",
                                       "::1:80", "[127.0.0.1]:80", "host:80",    "[::1:80" };
    struct err why;
    int64_t n;
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(good); i++)
        assert_true(config_value(config_flag(FLAG_LISTEN), good[i], WALL_NONE, &n, &why));
    for (size_t i = 0; i < MEM_COUNT(bad); i++)
        if (config_value(config_flag(FLAG_LISTEN), bad[i], WALL_NONE, &n, &why))
            fail_msg("'%s' was taken", bad[i]);
}

static void test_past_takes_a_length_of_time(void **state)
{
    struct err why;
    int64_t n;
    (void)state;
    assert_true(config_value(config_flag(FLAG_SINCE), "24h", (struct wall){ 100000000 }, &n, &why));
    assert_int_equal(n, 100000000 - 86400000);
    assert_true(config_value(config_flag(FLAG_SINCE), "1970-01-01T01:00:00+01:00", (struct wall){ 0 }, &n, &why));
    assert_int_equal(n, 0);
    assert_false(config_value(config_flag(FLAG_FROM), "24h", (struct wall){ 100000000 }, &n, &why));
}

static void test_ranges(void **state)
{
    struct cidr r[CONFIG_CIDRS_MAX];
    struct address a;
    (void)state;
    assert_int_equal(config_cidrs("10.0.0.0/8,::1", r, CONFIG_CIDRS_MAX), 2);
    assert_true(address_parse("10.255.0.1", &a));
    assert_true(cidr_contains(&r[0], &a));
    assert_int_equal(config_cidrs("false", r, CONFIG_CIDRS_MAX), 0);
    int all = config_cidrs(NULL, r, CONFIG_CIDRS_MAX);
    assert_int_equal(all, config_cidrs("1", r, CONFIG_CIDRS_MAX));
    for (int i = 0; i < all; i++) /* the table itself: each is a range, and private without it */
        assert_int_equal(egress_check(&r[i].network, NULL, 0) == EGRESS_OK, 0);
    static const char *const bad[] = { "10.0.0.0/33", "10.0.0.0/8,", ",", "hello", "10.0.0.0/8 ,::1" };
    for (size_t i = 0; i < MEM_COUNT(bad); i++)
        assert_int_equal(config_cidrs(bad[i], r, CONFIG_CIDRS_MAX), -1);
    assert_int_equal(config_cidrs("::1,::1,::1", r, 2), -1);
}

static void test_ranges_may_be_left_out(void **state)
{
    struct config c;
    struct err e;
    (void)state;
    assert_int_equal(take(&c, BIT(ALLOW_PRIVATE), &e, 2, "--allow-private", "word"), 0);
    assert_true(config_is_set(&c, FLAG_ALLOW_PRIVATE));
    assert_null(config_text(&c, FLAG_ALLOW_PRIVATE));
    assert_int_equal(c.n_words, 1);
    config_free(&c);
    assert_int_equal(take(&c, BIT(ALLOW_PRIVATE), &e, 2, "--allow-private", "127.0.0.0/8"), 0);
    assert_string_equal(config_text(&c, FLAG_ALLOW_PRIVATE), "127.0.0.0/8");
    assert_int_equal(c.n_words, 0);
    config_free(&c);
}

static void test_repeated_flags_keep_their_order(void **state)
{
    struct config c;
    struct err e;
    int pos = 0;
    (void)state;
    assert_int_equal(
        take(&c, BIT(HEADER) | BIT(URL), &e, 5, "--header", "A: 1", "--url=/x", "--header=B: 2=3", "--header=C:"), 0);
    assert_string_equal(config_each(&c, FLAG_HEADER, &pos), "A: 1");
    assert_string_equal(config_each(&c, FLAG_HEADER, &pos), "B: 2=3");
    assert_string_equal(config_each(&c, FLAG_HEADER, &pos), "C:");
    assert_null(config_each(&c, FLAG_HEADER, &pos));
    config_free(&c);
}

static void test_json_is_known_before_binding(void **state)
{
    struct config c;
    struct err e;
    (void)state;
    assert_int_equal(take(&c, BIT(JSON), &e, 2, "--json", "--nope"), -ERR_USAGE);
    assert_true(config_wants_json(&c));
    config_free(&c);
    assert_int_equal(take(&c, BIT(JSON), &e, 1, "--json=perhaps"), -ERR_USAGE);
    assert_false(config_wants_json(&c));
    config_free(&c);
}

static void test_where_the_master_key_is(void **state)
{
    struct config c;
    struct err e;
    (void)state;
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_int_equal(take(&c, BIT(MASTER_KEY_FILE), &e, 0), 0);
    mem_auto char *plain = config_master_key_file(&c, "dir");
    assert_string_equal(plain, "dir/master.key");
    setenv("CREDENTIALS_DIRECTORY", "/nonexistent", 1); /* systemd without this credential */
    mem_auto char *without = config_master_key_file(&c, "dir");
    assert_string_equal(without, "dir/master.key");
    config_free(&c);
    assert_int_equal(take(&c, BIT(MASTER_KEY_FILE), &e, 1, "--master-key-file=/k"), 0);
    mem_auto char *named = config_master_key_file(&c, "dir");
    assert_string_equal(named, "/k");
    config_free(&c);
    unsetenv("CREDENTIALS_DIRECTORY");
}

/* Flags take the names that the JSON takes, all of them, in the order of core's enumerations (FLAG_STATE is one's number). */
static void test_choices_are_the_names_of_core(void **state)
{
    (void)state;
    const char *const *states = config_flag(FLAG_STATE)->choices, *const *methods = config_flag(FLAG_METHOD)->choices;
    const char *const *overlaps = config_flag(FLAG_OVERLAP)->choices, *const *scopes = config_flag(FLAG_SCOPE)->choices;
    const char *const *deliveries = config_flag(FLAG_DELIVERY)->choices;
    int i;
    for (i = 0; states[i]; i++)
        assert_string_equal(states[i], run_state_name((enum run_state)i));
    assert_int_equal(i, RUN_STATE_COUNT);
    for (i = 0; methods[i]; i++)
        assert_string_equal(methods[i], method_name((enum method)i));
    assert_null(method_name((enum method)i));
    for (i = 0; overlaps[i]; i++)
        assert_string_equal(overlaps[i], overlap_name((enum overlap)i));
    assert_null(overlap_name((enum overlap)i));
    for (i = 0; deliveries[i]; i++)
        assert_string_equal(deliveries[i], delivery_name((enum delivery)i));
    assert_null(delivery_name((enum delivery)i));
    for (i = 0; scopes[i]; i++)
        assert_string_equal(scopes[i], scope_name((enum scope)i));
    assert_int_equal(i, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_spellings_and_mixed_words),
        cmocka_unit_test(test_double_dash_ends_flags),
        cmocka_unit_test(test_environment_is_between_argument_and_default),
        cmocka_unit_test(test_fields_have_no_twin),
        cmocka_unit_test(test_twins_are_the_names_in_capitals),
        cmocka_unit_test(test_what_is_wrong_is_named),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_listen_addresses),
        cmocka_unit_test(test_past_takes_a_length_of_time),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_ranges_may_be_left_out),
        cmocka_unit_test(test_repeated_flags_keep_their_order),
        cmocka_unit_test(test_json_is_known_before_binding),
        cmocka_unit_test(test_where_the_master_key_is),
        cmocka_unit_test(test_choices_are_the_names_of_core),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
