/* Targets checked at once: each has its own outcome; where nothing may be asked, nothing is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "engine/check.h"
#include "http_server.h"

#include <stdio.h>
#include <string.h>

static void answer(struct server_conn *c, void *ctx)
{
    (void)ctx;
    while (server_read_request(c) && server_say(c, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))
        continue;
}

static const struct cidr *loopback(void)
{
    static struct cidr range;
    assert_true(cidr_parse("127.0.0.0/8", &range));
    return &range;
}

static void test_each_has_its_outcome(void **state)
{
    struct server *s = server_start(answer, NULL);
    char here[64], nobody[64];
    struct err e = { 0 };
    (void)state;
    snprintf(here, sizeof here, "http://127.0.0.1:%d/fn", server_port(s));
    snprintf(nobody, sizeof nobody, "http://127.0.0.1:%d", server_refusing_port());
    const struct target targets[] = { { .name = "a", .base_url = here, .tls_min = "1.2" },
                                      { .name = "b", .base_url = nobody, .tls_min = "1.2" },
                                      { .name = "c", .base_url = "gopher://x", .tls_min = "1.2" },
                                      { .name = "d", .base_url = "http://10.1.2.3/", .tls_min = "1.2" } };
    struct target_asked asked[4] = { 0 };
    for (int i = 0; i < 4; i++)
        asked[i].target = &targets[i];
    assert_int_equal(target_checks(asked, 4, loopback(), 1, 5000, &e), 0);
    assert_true(asked[0].found.reached);
    assert_int_equal(asked[0].found.http_status, 404);
    assert_non_null(asked[0].found.meaning);
    assert_int_equal(asked[1].found.outcome, OUTCOME_CONNECT);
    assert_null(asked[1].found.meaning);
    assert_int_not_equal(asked[2].error.code, 0);
    assert_int_equal(asked[3].found.outcome, OUTCOME_BLOCKED);
    assert_int_equal(server_requests(s), 1);
    server_stop(s);
}

static void test_nothing_is_asked(void **state)
{
    struct server *s = server_start(answer, NULL);
    char here[64];
    struct err e = { 0 };
    (void)state;
    snprintf(here, sizeof here, "http://127.0.0.1:%d/fn", server_port(s));
    const struct target t = { .base_url = here, .tls_min = "1.2" };
    struct target_asked asked = { .target = &t, .connect_only = true };
    assert_int_equal(target_checks(&asked, 1, loopback(), 1, 5000, &e), 0);
    assert_true(asked.found.reached);
    assert_int_equal(asked.found.http_status, 0);
    assert_null(asked.found.meaning);
    assert_int_equal(strncmp(asked.found.remote_address, "127.0.0.1:", 10), 0);
    assert_true(asked.found.timing.connect_ms >= 0);
    assert_int_equal(asked.found.timing.first_byte_ms, -1);
    assert_int_equal(server_requests(s), 0);
    server_stop(s);
}

static void test_too_many(void **state)
{
    struct target_asked asked[1] = { 0 };
    struct err e = { 0 };
    (void)state;
    assert_true(target_checks(asked, CHECK_AT_ONCE + 1, NULL, 0, 1000, &e) < 0);
    assert_int_equal(e.code, ERR_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_has_its_outcome),
        cmocka_unit_test(test_nothing_is_asked),
        cmocka_unit_test(test_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
