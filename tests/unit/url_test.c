/* url.h: what is better said in C than in cases. */
#include "core/url.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void test_encode(void **state)
{
    struct buf out buf_auto = BUF_INIT(100);
    (void)state;
    assert_true(url_encode(&out, "aZ09-._~ /?%\0\xff", 14));
    assert_string_equal(buf_str(&out), "aZ09-._~%20%2F%3F%25%00%FF");
    struct buf small buf_auto = BUF_INIT(2);
    assert_false(url_encode(&small, " ", 1));
}

/* The C library as oracle: random texts of the characters that matter, and random addresses. */
static void test_addresses_like_libc(void **state)
{
    static const char alphabet[] = "0123459abF:::...";
    unsigned seed = 1;
    int good = 0;
    (void)state;
    for (int i = 0; i < 400000; i++) {
        char text[24];
        int len = 1 + rand_r(&seed) % 20;
        for (int j = 0; j < len; j++)
            text[j] = alphabet[(size_t)rand_r(&seed) % (sizeof(alphabet) - 1)];
        text[len] = '\0';
        struct address a;
        uint8_t wanted[16] = { [10] = 0xff, [11] = 0xff };
        bool valid =
            strchr(text, ':') ? inet_pton(AF_INET6, text, wanted) == 1 : inet_pton(AF_INET, text, wanted + 12) == 1;
        if (address_parse(text, &a) != valid)
            fail_msg("'%s': libc says %d", text, valid);
        if (valid)
            assert_memory_equal(a.bytes, wanted, 16);
        good += valid;
    }
    assert_true(good > 1000);
    for (int i = 0; i < 100000; i++) {
        struct address a, again;
        char text[64], wanted[64];
        for (int j = 0; j < 16; j++)
            a.bytes[j] = rand_r(&seed) % 3 ? 0 : (uint8_t)rand_r(&seed);
        address_format(&a, text);
        assert_true(address_parse(text, &again));
        assert_memory_equal(a.bytes, again.bytes, 16);
        inet_ntop(AF_INET6, a.bytes, wanted, sizeof(wanted));
        if (!strchr(wanted, '.'))
            assert_string_equal(text, wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_encode), cmocka_unit_test(test_addresses_like_libc) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
