/* Which content codings a request lets its answer have (RFC 9110, section 12.5.3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/mem.h"
#include "core/accept.h"

static const struct {
    const char *field;
    bool gzip;
} ROWS[] = {
    { NULL, true }, /* no field: anything goes */
    { "", false },
    { " ", false },
    { "gzip", true },
    { "gzip, deflate, br, zstd", true }, /* browsers */
    { "br,gzip;q=0.1", true },
    { "GZip", true },
    { "x-gzip", true },
    { "deflate\t,\tgzip", true },
    { ",, ,gzip", true },
    { "gzip;q=1", true },
    { "gzip;q=0.001", true },
    { "gzip ; Q=0.5", true },
    { "*", true },
    { "br;q=1, *;q=0.1", true },
    { "gzip, *;q=0", true },
    { "*;q=0, gzip", true },
    { "gzip;q=", true }, /* what is no weight */
    { "gzip;level=0", true },
    { "gzip;q=0, br", false },
    { "gzip;q=0.0", false },
    { "gzip;q=0.", false },
    { "gzip;q=0.000", false },
    { "gzip ;\tq=0 , br", false },
    { "x-gzip;q=0", false },
    { "*, gzip;q=0", false },
    { "*;q=0", false },
    { "identity", false },
    { "br", false },
    { "gzipped", false },
    { "gzi", false },
    { "zip", false },
    { "deflate;gzip", false },
    { "x-", false },
    { "identity;q=1, br;q=0.5, deflate", false },
};

static void test_gzip(void **state)
{
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(ROWS); i++)
        if (accept_coding(ROWS[i].field, "gzip") != ROWS[i].gzip)
            fail_msg("'%s' was read wrongly", ROWS[i].field);
}

/* The next element's weight is not the last one's. */
static void test_an_element_ends_at_its_comma(void **state)
{
    (void)state;
    assert_true(accept_coding("gzip,;q=0", "gzip"));
    assert_true(accept_coding("gzip;,q=0", "gzip"));
    assert_true(accept_coding("gzip;q=,0", "gzip"));
    assert_true(accept_coding("gzip;q=0, br", "br"));
    assert_true(accept_coding("br;q=0.0,gzip", "gzip"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gzip),
        cmocka_unit_test(test_an_element_ends_at_its_comma),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
