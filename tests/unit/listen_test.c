#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "api/listen.h"
#include "base/mem.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *text, *expected; /* expected NULL: refused */
    bool loopback;
} cases[] = {
    { "127.0.0.1:8427", "127.0.0.1:8427", true },
    { "127.9.9.9:1", "127.9.9.9:1", true },
    { "localhost:8427", "127.0.0.1:8427", true },
    { "[::1]:8427", "[::1]:8427", true },
    { "127.0.0.1:0", "127.0.0.1:0", true },
    { "0.0.0.0:65535", "0.0.0.0:65535", false },
    { ":8427", "0.0.0.0:8427", false },
    { "[::]:80", "[::]:80", false },
    { "192.168.1.5:80", "192.168.1.5:80", false },
    { "[fe80::1]:80", "[fe80::1]:80", false },
    { "", NULL, false },
    { "8427", NULL, false },
    { "127.0.0.1", NULL, false },
    { "127.0.0.1:", NULL, false },
    { "127.0.0.1:65536", NULL, false },
    { "127.0.0.1:-1", NULL, false },
    { "127.0.0.1:80 ", NULL, false },
    { "127.0.0.1:80s", NULL, false },
    { "127.0.0.1:999999999999999999999", NULL, false },
    { "127.0.0.1.5:80", NULL, false },
    { "::1:8427", NULL, false },
    { "[::1:8427", NULL, false },
    { "[]:8427", NULL, false },
    { "[127.0.0.1]:8427", NULL, false },
    { "example.org:80", NULL, false },
    { "127.0.0.1:80,0.0.0.0:81", NULL, false },
    { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:80", NULL,
      false },
};

static void test_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        struct listen_address a;
        struct err e = { 0 };
        int rc = listen_parse(cases[i].text, &a, &e);
        if (!cases[i].expected) {
            assert_int_equal(rc, -ERR_INVALID);
            assert_non_null(strstr(e.text, "127.0.0.1:8427"));
            continue;
        }
        assert_int_equal(rc, 0);
        assert_string_equal(a.text, cases[i].expected);
        assert_int_equal(a.loopback, cases[i].loopback);
    }
}

static void test_only_loopback_without_a_proxy(void **state)
{
    (void)state;
    struct listen_address a;
    struct err e = { 0 };
    assert_int_equal(listen_parse("0.0.0.0:8427", &a, &e), 0);
    assert_int_equal(listen_allowed(&a, false, true, &e), 0);
    assert_int_equal(listen_allowed(&a, false, false, &e), -ERR_INVALID);
    assert_non_null(strstr(e.text, "--behind-proxy"));
    assert_non_null(strstr(e.text, "--tls-cert"));
    assert_int_equal(listen_allowed(&a, true, false, &e), 0);
    assert_int_equal(listen_parse("127.0.0.1:8427", &a, &e), 0);
    assert_int_equal(listen_allowed(&a, false, false, &e), 0);
}

static void test_a_taken_port_says_what_to_do(void **state)
{
    (void)state;
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof in;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof in), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
    char text[32];
    struct listen_address a;
    struct err e = { 0 };
    snprintf(text, sizeof text, "127.0.0.1:%d", ntohs(in.sin_port));
    assert_int_equal(listen_parse(text, &a, &e), 0);
    assert_int_equal(listen_probe(&a, &e), -ERR_CONFLICT);
    assert_non_null(strstr(e.text, "--listen"));
    close(fd);
    assert_int_equal(listen_probe(&a, &e), 0);
    assert_int_equal(listen_parse("192.0.2.1:8427", &a, &e), 0);
    assert_int_equal(listen_probe(&a, &e), -ERR_INVALID);
    assert_non_null(strstr(e.text, "not an address of this machine"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_only_loopback_without_a_proxy),
        cmocka_unit_test(test_a_taken_port_says_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
