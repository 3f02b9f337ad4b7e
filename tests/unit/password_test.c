#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/password.h"

#include <string.h>

static int check(const char *password, struct err *e)
{
    return password_check(password, strlen(password), e);
}

static void test_what_a_guesser_tries_first(void **state)
{
    (void)state;
    static const char *const weak[] = {
        "password123",   "Password2026!",  "passw0rd!!!!", "qwertyuiop12",   "1234567890",
        "1234567890123", "aaaaaaaaaaaa",   "abcabcabcabc", "edgecron2026",   "Admin-Admin-1",
        "Sommer2026!!",  "letmein-please", "Motdepasse1!", "1985-04-12-3",   "iloveyou1234",
        "ADMINISTRATOR", "trustno1trust",  "0123456789ab", "qwertz12345678", "changeme2026",
    };
    for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++) {
        struct err e = { 0 };
        if (check(weak[i], &e) != -ERR_INVALID)
            fail_msg("'%s' was taken", weak[i]);
        assert_string_equal(e.pointer, "/password");
        assert_null(strstr(e.text, weak[i]));
    }
}

static void test_good_ones(void **state)
{
    (void)state;
    static const char *const good[] = {
        "correct horse battery staple", "T9#kq-me-82xL",    "Kühlschrank-Ärmel", "9f3b7c21d0", "zwölf Äpfel fallen",
        "my dog ate 14 brown shoes",    "8306174925501837", "xT4,pQ9;wL",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct err e = { 0 };
        if (check(good[i], &e))
            fail_msg("'%s': %s", good[i], e.text);
    }
}

static void test_form(void **state)
{
    (void)state;
    struct err e = { 0 };
    char longest[PASSWORD_MAX + 2];
    for (size_t i = 0; i < sizeof longest; i++)
        longest[i] = (char)('a' + (i * i + i / 7) % 26);
    assert_int_equal(password_check(longest, PASSWORD_MAX + 1, &e), -ERR_INVALID);
    longest[PASSWORD_MAX] = '\0';
    assert_int_equal(password_check(longest, PASSWORD_MAX, &e), 0);
    assert_int_equal(check("xT4,pQ9;w", &e), -ERR_INVALID); /* 9 characters */
    assert_non_null(strstr(e.text, "10"));
    assert_int_equal(check("äöüßäöüß", &e), -ERR_INVALID); /* 8 characters in 16 bytes */
    assert_int_equal(check("", &e), -ERR_INVALID);
    assert_int_equal(check("xT4,pQ9;wL\n", &e), -ERR_INVALID);
    assert_int_equal(check("xT4,pQ9;wL\xff", &e), -ERR_INVALID);
    assert_int_equal(password_check("xT4,pQ9;wL\0rst", 14, &e), -ERR_INVALID);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_guesser_tries_first),
        cmocka_unit_test(test_good_ones),
        cmocka_unit_test(test_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
