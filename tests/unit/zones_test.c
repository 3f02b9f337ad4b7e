/* zones.h: which database is used. The one on disk here has Tokyo's rules under the name of Paris, so that it shows which one answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/embed.h"
#include "base/mem.h"
#include "cli/scratch.h"
#include "engine/zones.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PARIS_S 3600
#define TOKYO_S 32400
#define WINTER 1767225600 /* 2026-01-01 */

struct folder {
    char *path;
};

static void put(const struct folder *f, const char *name, const void *data, size_t len)
{
    mem_auto char *path = mem_printf("%s/%s", f->path, name);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(data, 1, len, out), len);
    assert_int_equal(fclose(out), 0);
}

static int make(void **state)
{
    struct err e;
    size_t archive_len, len;
    struct folder *f = mem_alloc(sizeof *f);
    f->path = scratch_make("zones", &e);
    mem_auto char *europe = mem_printf("%s/Europe", f->path);
    mkdir(europe, 0700);
    const unsigned char *archive = embed_tzdata(&archive_len);
    const void *tokyo = zone_archive_find(archive, archive_len, "Asia/Tokyo", &len);
    put(f, "Europe/Paris", tokyo, len);
    setenv("TZDIR", f->path, 1);
    *state = f;
    return 0;
}

static int discard(void **state)
{
    struct folder *f = *state;
    unsetenv("TZDIR");
    scratch_remove(f->path);
    mem_free(f->path);
    mem_free(f);
    return 0;
}

/* The version told, and the offset of "Europe/Paris". */
static void expect(const char *version, int offset_s)
{
    struct err e = { 0 };
    struct zones *z = zones_open();
    if (!strstr(zones_version(z), version))
        fail_msg("'%s' lacks '%s'", zones_version(z), version);
    const struct zone *zone = zones_get(z, "Europe/Paris", &e);
    assert_non_null(zone);
    assert_int_equal(zone_offset(zone, WINTER, NULL), offset_s);
    assert_ptr_equal(zones_get(z, "Europe/Paris", &e), zone);
    zones_close(z);
}

static void test_newer_on_disk(void **state)
{
    struct folder *f = *state;
    put(f, "tzdata.zi", "# version 2999z\nR x\n", 20);
    expect("2999z (", TOKYO_S);
    struct zones *z = zones_open();
    assert_non_null(zones_get(z, "America/Sao_Paulo", NULL)); /* not on disk: helped out */
    assert_null(zones_get(z, "Europe/Nowhere", NULL));
    assert_null(zones_get(z, "../Europe/Paris", NULL));
    assert_true(zones_known(z, "UTC", NULL) && !zones_known(z, "utc+1", NULL));
    zones_close(z);
}

static void test_version_file_of_other_systems(void **state)
{
    put(*state, "+VERSION", "2999z\n", 6);
    expect("2999z (", TOKYO_S);
}

static void test_older_or_nameless_on_disk(void **state)
{
    expect("(embedded)", PARIS_S); /* no version */
    put(*state, "tzdata.zi", "# redo posix_only\n", 18);
    expect("(embedded)", PARIS_S);
    put(*state, "+VERSION", "2001a\n", 6);
    expect("(embedded)", PARIS_S);
    setenv("TZDIR", "/nonexistent", 1);
    expect("(embedded)", PARIS_S);
}

/* What is no zone file in the newer database is as good as not there. */
static void test_damaged_on_disk(void **state)
{
    struct folder *f = *state;
    size_t large = 300 * 1024;
    mem_auto char *junk = mem_alloc(large);
    mem_auto char *folder = mem_printf("%s/Asia", f->path);
    put(f, "tzdata.zi", "# version 2999z\n", 16);
    put(f, "Europe/Paris", "TZif", 4);
    expect("2999z (", PARIS_S);
    put(f, "Europe/Paris", junk, large);
    expect("2999z (", PARIS_S);
    assert_int_equal(mkdir(folder, 0700), 0);
    put(f, "GB", "", 0);
    struct zones *z = zones_open();
    assert_non_null(zones_get(z, "GB", NULL));
    assert_null(zones_get(z, "Asia", NULL)); /* a folder */
    zones_close(z);
}

static void test_embedded_names(void **state)
{
    static const char *const names[] = {
        "Europe/Paris", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Calcutta", "US/Eastern", "EST5EDT", "GB"
    };
    struct zones *z = zones_open();
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(names); i++)
        assert_non_null(zones_get(z, names[i], NULL));
    zones_close(z);
}

#define T(test) cmocka_unit_test_setup_teardown(test, make, discard)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_newer_on_disk),
        T(test_version_file_of_other_systems),
        T(test_older_or_nameless_on_disk),
        T(test_damaged_on_disk),
        T(test_embedded_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
