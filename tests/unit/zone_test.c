/* zone_test.c - time zones against the C library's own reading of the same files, and hostile files. */
#include "zone_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define YEAR_S INT64_C(31556952)

static char bytes[ZONE_FILE_MAX];

static void same_as_libc(const char *name, const struct zone *z, int64_t s)
{
    const char *abbreviation;
    time_t t = (time_t)s;
    struct tm tm;

    localtime_r(&t, &tm);
    if (zone_offset(z, s, &abbreviation) != tm.tm_gmtoff || strcmp(abbreviation, tm.tm_zone) != 0)
        fail_msg("%s at %lld: %d %s, not %ld %s", name, (long long)s, zone_offset(z, s, NULL), abbreviation,
                 tm.tm_gmtoff, tm.tm_zone);
}

/* Every zone at, before and after its changes from 1901 to 2100, and at random instants up to 2700. */
static void test_all_zones_as_libc(void **state)
{
    const char *name;

    (void)state;
    srandom(7);
    for (size_t n = 0; (name = zone_file_name(n)); n++) {
        const struct zone *z = zone_file(name);

        setenv("TZ", name, 1);
        tzset();
        for (int64_t s = -68 * YEAR_S; s < 130 * YEAR_S; s = zone_next_change(z, s)) {
            same_as_libc(name, z, s);
            same_as_libc(name, z, s + 1);
            same_as_libc(name, z, s - 1);
        }
        for (int i = 0; i < 200; i++)
            same_as_libc(name, z, -60 * YEAR_S + (int64_t)random() * 11 + random() % 86400);
    }
    setenv("TZ", "UTC", 1);
    tzset();
}

/* zone_next_change and zone_span agree with zone_offset, and miss no change that a search by the hour finds. */
static void test_changes_are_all(void **state)
{
    static const char *const some[] = { "Europe/Paris", "Africa/Casablanca", "America/Asuncion", "Asia/Gaza",
                                        "Antarctica/Troll" };

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        const struct zone *z = zone_file(some[i]);
        int64_t next = zone_next_change(z, 0);

        for (int64_t s = 0; s < 40 * YEAR_S; s += 1800) {
            struct zone_span span = zone_span(z, s);

            if (s >= next) {
                assert_int_not_equal(zone_offset(z, next, NULL), zone_offset(z, next - 1, NULL));
                next = zone_next_change(z, s);
            }
            assert_true(next > s);
            assert_true(span.from <= s && s < span.until && span.until <= next);
            assert_int_equal(span.offset, zone_offset(z, s, NULL));
        }
    }
}

/* zone_resolve is what looking at every instant around says. */
static void resolve_by_search(const struct zone *z, int64_t local, int64_t step)
{
    struct zone_instants in = zone_resolve(z, local);
    int64_t found[3];
    int n = 0;

    for (int64_t s = local - 30 * 3600; s <= local + 30 * 3600 && n < 3; s += step)
        if (s + zone_offset(z, s, NULL) == local)
            found[n++] = s;
    assert_in_range(n, 0, 2);
    assert_int_equal(in.fit, n == 0 ? ZONE_NEVER : n == 1 ? ZONE_ONCE : ZONE_TWICE);
    if (n > 0) {
        assert_int_equal(in.first, found[0]);
        assert_int_equal(in.second, found[n - 1]);
    } else {
        assert_true(in.first + zone_offset(z, in.first, NULL) > local);
        assert_true(in.first - 1 + zone_offset(z, in.first - 1, NULL) < local);
    }
}

static void test_resolve_is_the_inverse(void **state)
{
    const char *name;

    (void)state;
    for (size_t n = 0; (name = zone_file_name(n)); n += 5) {
        const struct zone *z = zone_file(name);
        int64_t s = zone_next_change(z, 30 * YEAR_S);

        for (int i = 0; i < 6 && s != INT64_MAX; i++, s = zone_next_change(z, s + (i == 3 ? 450 * YEAR_S : 0))) {
            int64_t local = s + zone_offset(z, s, NULL), before = s + zone_offset(z, s - 1, NULL);

            resolve_by_search(z, local, 900);
            resolve_by_search(z, before, 900);
            resolve_by_search(z, (local + before) / 2 / 900 * 900, 900);
            resolve_by_search(z, (local < before ? local : before) - 900, 900);
            resolve_by_search(z, (local < before ? before : local) + 900, 900);
        }
    }
}

static void use(const struct zone *z)
{
    static const int64_t at[] = { INT64_MIN, -1, 0, 1700000000, 5000000000, 50000000000, INT64_MAX };

    for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
        const char *abbreviation;

        zone_offset(z, at[i], &abbreviation);
        assert_true(strlen(abbreviation) < 600);
        zone_next_change(z, at[i]);
        zone_resolve(z, at[i]);
    }
}

/* A file cut short anywhere is refused (or, cut inside its footer's rule, cannot be mistaken for whole). */
static void test_every_truncation(void **state)
{
    size_t len = zone_file_read("America/New_York", bytes);

    (void)state;
    assert_true(len > 1000);
    for (size_t n = 0; n < len; n++) {
        char *cut = malloc(n + 1); /* so that the sanitizer sees a read beyond */
        struct err e = { 0 };

        memcpy(cut, bytes, n);
        assert_null(zone_parse("America/New_York", cut, n, &e));
        assert_int_equal(e.code, ERR_INVALID);
        assert_non_null(strstr(e.text, "data of time zone 'America/New_York' is damaged: it"));
        free(cut);
    }
}

static void test_every_changed_byte(void **state)
{
    size_t len = zone_file_read("Africa/Casablanca", bytes);

    (void)state;
    for (size_t i = 0; i < len; i++) {
        char kept = bytes[i];

        for (int change = 0; change < 4; change++) {
            struct zone *z;

            bytes[i] = (char)(change == 0 ? 0 : change == 1 ? 0x7f : change == 2 ? 0xff : kept ^ 1);
            z = zone_parse("x", bytes, len, NULL);
            if (z)
                use(z);
            zone_free(z);
        }
        bytes[i] = kept;
    }
}

static void put32(char *p, uint32_t n)
{
    for (int i = 0; i < 4; i++)
        p[i] = (char)(n >> (24 - 8 * i));
}

/* What each fault of a header is called. Places: isut 20, isstd 24, leap 28, times 32, types 36, chars 40. */
static void test_hostile_counts(void **state)
{
    static const struct {
        size_t at;
        uint32_t value;
        const char *text;
    } faults[] = {
        { 0, 0, "does not begin with 'TZif'" },
        { 28, 1, "counts leap seconds" },
        { 32, 2001, "more changes, types or characters" },
        { 32, UINT32_MAX, "more changes, types or characters" },
        { 32, 2000, "ends too early" },
        { 36, 257, "more changes, types or characters" },
        { 40, UINT32_MAX, "more changes, types or characters" },
        { 20, 7, "counts contradict" },
        { 24, UINT32_MAX, "counts contradict" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        size_t len = zone_file_of_rule("UTC0", bytes);
        struct err e;

        put32(bytes + 54 + faults[i].at, faults[i].value);
        if (faults[i].at == 0)
            put32(bytes, 0);
        assert_null(zone_parse("x", bytes, len, &e));
        if (!strstr(e.text, faults[i].text))
            fail_msg("'%s' lacks '%s'", e.text, faults[i].text);
    }
}

/* Version 1 of a real file: what a writer before 2006 made. Without the footer the last change holds. */
static void test_version_1(void **state)
{
    size_t len = zone_file_read("Europe/Paris", bytes);
    struct zone *z;

    (void)state;
    assert_true(len > 44);
    bytes[4] = '\0';
    z = zone_parse("Europe/Paris", bytes, len, NULL);
    assert_non_null(z);
    if (zone_next_change(z, 0) != INT64_MAX) { /* a "slim" file has no version 1 data */
        assert_int_equal(zone_offset(z, 1750000000, NULL), 7200);
        assert_int_equal(zone_offset(z, 4000000000, NULL), 3600);
    }
    zone_free(z);
}

static void test_without_version_1_part(void **state)
{
    size_t len = zone_file_read("Europe/Paris", bytes);
    const char *second = memmem(bytes + 4, len - 4, "TZif", 4);
    struct zone *z;

    (void)state;
    assert_non_null(second);
    z = zone_parse("Europe/Paris", second, len - (size_t)(second - bytes), NULL);
    assert_non_null(z);
    for (int64_t s = 0; s < 200 * YEAR_S; s = zone_next_change(z, s))
        assert_int_equal(zone_next_change(z, s), zone_next_change(zone_file("Europe/Paris"), s));
    zone_free(z);
}

static size_t make_archive(char *out)
{
    static const char *const names[] = { "Etc/UTC", "Europe/Paris", "UTC" };
    size_t at = 28 + 3 * 12;

    memset(out, 0, at);
    memcpy(out,
           "ECTZDB1\0"
           "2026c",
           13);
    put32(out + 24, 3);
    for (int i = 0; i < 3; i++) {
        put32(out + 28 + i * 12, (uint32_t)at);
        strcpy(out + at, names[i]);
        at += strlen(names[i]) + 1;
    }
    for (int i = 0; i < 3; i++) {
        put32(out + 28 + i * 12 + 4, (uint32_t)(i == 1 ? at : at + 4));
        put32(out + 28 + i * 12 + 8, i == 1 ? 4 : 3);
    }
    memcpy(out + at, "onetwo!", 7);
    return at + 7;
}

static void test_archive(void **state)
{
    char version[ZONE_ARCHIVE_VERSION_MAX + 1];
    size_t len = make_archive(bytes), n;

    (void)state;
    assert_memory_equal(zone_archive_find(bytes, len, "Europe/Paris", &n), "onet", 4);
    assert_int_equal(n, 4);
    assert_memory_equal(zone_archive_find(bytes, len, "UTC", &n), "wo!", 3);
    assert_ptr_equal(zone_archive_find(bytes, len, "Etc/UTC", &n), zone_archive_find(bytes, len, "UTC", &n));
    assert_null(zone_archive_find(bytes, len, "Europe/Pari", &n));
    assert_null(zone_archive_find(bytes, len, "Zulu", &n));
    assert_null(zone_archive_find(bytes, len, "", &n));
    assert_true(zone_archive_version(bytes, len, version));
    assert_string_equal(version, "2026c");
    assert_string_equal(zone_archive_name(bytes, len, 2), "UTC");
    assert_null(zone_archive_name(bytes, len, 3));
    assert_null(zone_archive_find(NULL, 0, "UTC", &n));
    assert_false(zone_archive_version("ECTZDB0", 8, version));
}

static void test_damaged_archive(void **state)
{
    size_t len = make_archive(bytes), n;
    char *copy = malloc(len);

    (void)state;
    for (size_t cut = 0; cut < len; cut++) {
        char *part = malloc(cut + 1);

        memcpy(part, bytes, cut);
        zone_archive_find(part, cut, "UTC", &n);
        zone_archive_find(part, cut, "Etc/UTC", &n);
        free(part);
    }
    for (size_t i = 0; i < len; i++) {
        memcpy(copy, bytes, len);
        copy[i] = (char)0xff;
        zone_archive_find(copy, len, "UTC", &n);
        zone_archive_name(copy, len, 1);
    }
    free(copy);
    put32(bytes + 28 + 2 * 12 + 8, 4); /* one byte more than there is */
    assert_null(zone_archive_find(bytes, len, "UTC", &n));
    put32(bytes + 24, UINT32_MAX);
    assert_null(zone_archive_find(bytes, len, "Europe/Paris", &n));
}

static void test_utc(void **state)
{
    (void)state;
    assert_string_equal(zone_name(zone_utc()), "UTC");
    assert_int_equal(zone_offset(zone_utc(), 1700000000, NULL), 0);
    assert_true(zone_next_change(zone_utc(), 0) == INT64_MAX);
    assert_int_equal(zone_resolve(zone_utc(), 5).first, 5);
    zone_free(zone_utc());
    zone_free(NULL);
    assert_int_equal(zone_offset(zone_utc(), 0, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_zones_as_libc),
        cmocka_unit_test(test_changes_are_all),
        cmocka_unit_test(test_resolve_is_the_inverse),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_every_changed_byte),
        cmocka_unit_test(test_hostile_counts),
        cmocka_unit_test(test_version_1),
        cmocka_unit_test(test_without_version_1_part),
        cmocka_unit_test(test_archive),
        cmocka_unit_test(test_damaged_archive),
        cmocka_unit_test(test_utc),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
