/* Attacks on the password, by simulation: how many guesses they have, and what becomes of the owner meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/throttle.h"

#include <stdio.h>
#include <string.h>

#define HOUR_S 3600
#define DAY_S (24 * HOUR_S)

static struct throttle t;

static struct mono at(int64_t s)
{
    return (struct mono){ 5000000 + s * 1000000 };
}

static int fresh(void **state)
{
    (void)state;
    memset(&t, 0, sizeof t);
    return 0;
}

static bool try(const char *place, int64_t s)
{
    int wait = -1;
    bool may = throttle_try(&t, place, false, at(s), &wait);
    assert_true(may || wait >= 1);
    return may;
}

static void test_places(void **state)
{
    (void)state;
    static const struct {
        const char *address, *place;
    } cases[] = {
        { "203.0.113.9", "203.0.113.9" },
        { "::ffff:203.0.113.9", "203.0.113.9" },
        { "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64" },
        { "2001:db8:1:2:ffff::1", "2001:db8:1:2::/64" },
        { "2001:db8:1:3::1", "2001:db8:1:3::/64" },
        { "::1", "::/64" },
        { "device:abc", "device:abc" },
        { "", "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char place[THROTTLE_PLACE_SIZE];
        throttle_place(cases[i].address, place);
        assert_string_equal(cases[i].place, place);
    }
}

static void test_waits_double(void **state)
{
    (void)state;
    int wait;
    for (int i = 0; i < THROTTLE_TRIES; i++)
        assert_true(try("a", 0));
    int64_t now = 0;
    static const int waits[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300 };
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        assert_false(throttle_try(&t, "a", false, at(now), &wait));
        assert_int_equal(waits[i], wait);
        assert_false(try("a", now + waits[i] - 1)); /* asking early does not make it longer */
        now += waits[i];
        assert_true(try("a", now));
    }
    assert_true(try("b", now));
    assert_true(try("a", now + THROTTLE_FORGET_S));
    assert_true(try("a", now + THROTTLE_FORGET_S));
}

static void test_a_right_password_forgives(void **state)
{
    (void)state;
    for (int i = 0; i < THROTTLE_TRIES; i++)
        assert_true(try("a", 0));
    throttle_passed(&t, "a", at(0));
    for (int i = 0; i < THROTTLE_TRIES; i++)
        assert_true(try("a", 1));
    assert_false(try("a", 1));
}

/* Tried as often as is let, the whole day. */
static void test_one_address_for_a_day(void **state)
{
    (void)state;
    int guesses = 0;
    for (int64_t s = 0; s < DAY_S; s++)
        guesses += try("203.0.113.9", s);
    assert_in_range(guesses, 250, 310);
}

static void test_many_addresses_for_a_day(void **state)
{
    (void)state;
    int guesses = 0, owner = 0, wait;
    char place[32];
    assert_true(try("198.51.100.7", 0));
    throttle_passed(&t, "198.51.100.7", at(0));
    for (int64_t s = 1; s < DAY_S; s++) {
        for (int k = 0; k < 10; k++) {
            snprintf(place, sizeof place, "10.%d.%d.%d", (int)(s % 250), (int)(s / 250 % 250), k);
            guesses += try(place, s);
        }
        if (s % HOUR_S == 0) { /* whoever logged in from there before gets in at once, all through it ... */
            assert_true(try("198.51.100.7", s));
            throttle_passed(&t, "198.51.100.7", at(s));
            /* ... and so does a browser that is known, wherever it is now */
            assert_true(throttle_try(&t, "device:x", true, at(s), &wait));
            throttle_passed(&t, "device:x", at(s));
            owner++;
        }
    }
    assert_int_equal(23, owner);
    assert_in_range(guesses, 1000, THROTTLE_STRANGERS + DAY_S / THROTTLE_STRANGER_S + 1);
    assert_int_equal(THROTTLE_PLACES, t.n);
}

/* Behind the address that the owner has too. */
static void test_a_neighbour(void **state)
{
    (void)state;
    int wait;
    assert_true(try("192.0.2.1", 0));
    throttle_passed(&t, "192.0.2.1", at(0));
    for (int64_t s = 0; s < HOUR_S; s++)
        try("192.0.2.1", s);
    assert_false(try("192.0.2.1", HOUR_S));
    assert_true(throttle_try(&t, "device:x", true, at(HOUR_S), &wait));
}

/* All tries that are under way count. */
static void test_tries_at_the_same_time(void **state)
{
    (void)state;
    int let = 0;
    for (int i = 0; i < 100; i++)
        let += try("a", 0);
    assert_int_equal(THROTTLE_TRIES, let);
}

static void test_what_was_not_looked_at(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        assert_true(try("a", 0));
        throttle_undo(&t, "a");
    }
    for (int i = 0; i < THROTTLE_TRIES; i++)
        assert_true(try("a", 0));
    assert_false(try("a", 0));
}

/* Who is no stranger spends nothing of what strangers have, and gives nothing back. */
static void test_the_known_have_their_own_account(void **state)
{
    (void)state;
    char place[32];
    int let = 0, wait;
    for (int i = 0; i < 2 * THROTTLE_STRANGERS; i++) {
        snprintf(place, sizeof place, "device:%d", i);
        assert_true(throttle_try(&t, place, true, at(0), &wait));
        if (i % 2)
            throttle_passed(&t, place, at(0));
        snprintf(place, sizeof place, "p%d", i);
        let += try(place, 0);
    }
    assert_int_equal(THROTTLE_STRANGERS, let);
}

static void test_the_known_are_forgotten_last(void **state)
{
    (void)state;
    char place[32];
    throttle_passed(&t, "owner", at(0));
    for (int i = 0; i < 3 * THROTTLE_PLACES; i++) {
        snprintf(place, sizeof place, "p%d", i);
        try(place, i * THROTTLE_STRANGER_S);
    }
    bool met = false;
    for (int i = 0; i < t.n; i++)
        met |= !strcmp(t.places[i].name, "owner") && t.places[i].known;
    assert_true(met);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_places, fresh),
        cmocka_unit_test_setup(test_waits_double, fresh),
        cmocka_unit_test_setup(test_a_right_password_forgives, fresh),
        cmocka_unit_test_setup(test_one_address_for_a_day, fresh),
        cmocka_unit_test_setup(test_many_addresses_for_a_day, fresh),
        cmocka_unit_test_setup(test_a_neighbour, fresh),
        cmocka_unit_test_setup(test_tries_at_the_same_time, fresh),
        cmocka_unit_test_setup(test_what_was_not_looked_at, fresh),
        cmocka_unit_test_setup(test_the_known_have_their_own_account, fresh),
        cmocka_unit_test_setup(test_the_known_are_forgotten_last, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
