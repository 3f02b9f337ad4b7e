/* New keys: their forms, lengths, and that no character comes more often than another. */
#include "core/keygen.h"

#include "base/crypto.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static size_t make(struct keygen k, char out[KEYGEN_SIZE])
{
    struct err e = { 0 };
    if (keygen_check(&k, true, &e))
        fail_msg("%s", e.text);
    return keygen_make(&k, crypto_random, out);
}

static void test_forms(void **state)
{
    static const struct {
        struct keygen k;
        size_t length;
        const char *letters;
    } CASES[] = {
        { { .format = KEYGEN_BASE64 }, 44, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=" },
        { { .format = KEYGEN_BASE64URL }, 43, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" },
        { { .format = KEYGEN_HEX }, 64, "0123456789abcdef" },
        { { .format = KEYGEN_HEX, .bytes = 16 }, 32, "0123456789abcdef" },
        { { .format = KEYGEN_HEX, .bytes = 1024 }, 2048, "0123456789abcdef" },
        { { .format = KEYGEN_ALPHANUMERIC }, 43, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" },
        { { .format = KEYGEN_ALPHANUMERIC, .length = 20 },
          20,
          "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" },
        { { .alphabet = "01" }, 256, "01" },
        { { .alphabet = "01", .bytes = 1024 }, 8192, "01" },
        { { .alphabet = "0123456789", .length = 30 }, 30, "0123456789" },
        { { .alphabet = "abcdefgh" }, 86, "abcdefgh" }, /* 3 bits each */
    };
    char out[KEYGEN_SIZE], again[KEYGEN_SIZE];
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(CASES); i++) {
        assert_int_equal(CASES[i].length, make(CASES[i].k, out));
        assert_int_equal(CASES[i].length, strlen(out));
        assert_int_equal(CASES[i].length, strspn(out, CASES[i].letters));
        make(CASES[i].k, again);
        assert_string_not_equal(out, again);
    }
}

/* Every byte value in turn: with plain remainders the first letters would come once more often. */
static unsigned char next_byte;
static void count_up(void *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        ((unsigned char *)out)[i] = next_byte++;
}

static void test_no_letter_is_favoured(void **state)
{
    static const char LETTERS[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&()*+,-./:;<=>?@[]^_{|}~";
    char alphabet[95], out[KEYGEN_SIZE];
    (void)state;
    for (size_t n = 2; n < sizeof LETTERS; n++) {
        int counts[256] = { 0 };
        size_t rounds = KEYGEN_LENGTH_MAX / n;
        memcpy(alphabet, LETTERS, n);
        alphabet[n] = '\0';
        next_byte = 0;
        struct keygen k = { .alphabet = alphabet, .length = (int)(rounds * n) };
        keygen_make(&k, count_up, out);
        for (const char *p = out; *p; p++)
            counts[(unsigned char)*p]++;
        for (size_t i = 0; i < n; i++)
            assert_int_equal(rounds, counts[(unsigned char)alphabet[i]]);
    }
}

static void test_refused(void **state)
{
    static const struct {
        struct keygen k;
        const char *words;
    } CASES[] = {
        { { .alphabet = "a" }, "two characters" },
        { { .alphabet = "abca" }, "'a' twice" },
        { { .alphabet = "a b" }, "visible ASCII" },
        { { .alphabet = "a\xc3\xa9" }, "visible ASCII" },
        { { .length = 20 }, "--length goes with" },
        { { .format = KEYGEN_HEX, .length = 20 }, "--length goes with" },
        { { .alphabet = "ab", .length = 20, .bytes = 20 }, "give one" },
    };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(CASES); i++) {
        struct err e = { 0 };
        assert_int_equal(-ERR_USAGE, keygen_check(&CASES[i].k, true, &e));
        if (!strstr(e.text, CASES[i].words))
            fail_msg("'%s' does not say '%s'", e.text, CASES[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_no_letter_is_favoured),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
