/* The listener over real sockets on loopback, with the sample functions behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define KEY "demo-key-1234"
#define FUNCTION "/functions/v1/followup-processor"

static struct api *api;
static char answer[65536];

static int connect_there(void)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                              .sin_port = htons((uint16_t)api_port(api)) };
    struct timeval limit = { .tv_sec = 5 };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void send_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
        if (n <= 0)
            return; /* refused before all was read: the answer tells */
        data += n;
        len -= (size_t)n;
    }
}

/* Sends, then reads until the peer closes. Returns the status. */
static int ask(const char *request)
{
    size_t used = 0;
    ssize_t n;
    int fd = connect_there();
    send_all(fd, request, strlen(request));
    while ((n = recv(fd, answer + used, sizeof answer - 1 - used, 0)) > 0)
        used += (size_t)n;
    answer[used] = '\0';
    close(fd);
    int status = 0;
    sscanf(answer, "HTTP/1.1 %d", &status);
    return status;
}

#define POST(path, fields, body_len, body) \
    "POST " path " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" fields "Content-Length: " body_len "\r\n\r\n" body

static const char *body(void)
{
    const char *end = strstr(answer, "\r\n\r\n");
    return end ? end + 4 : "";
}

static void test_the_right_key(void **state)
{
    (void)state;
    assert_int_equal(
        ask(POST(FUNCTION, "X-Internal-Key: " KEY "\r\n", "42", "{\"time_slot\":\"12:00\",\"source\":\"cron\"     }")),
        200);
    json_auto struct json *v = json_parse(body(), strlen(body()), NULL);
    assert_true(json_bool(json_get(v, "ok")));
    assert_string_equal(json_string(json_get(v, "time_slot")), "12:00");
    assert_true(json_number(json_get(v, "emails_analyzed")) > 0);
    assert_int_equal(json_type(json_get(v, "followups_failed")), JSON_NUMBER);
    assert_int_equal(ask(POST("/functions/v1/process-reminders", "Authorization: Bearer " KEY "\r\n", "0", "")), 200);
    assert_non_null(strstr(body(), "\"reminders_found\""));
    assert_int_equal(
        ask(POST("/functions/v1/appointment-status-updater", "Authorization: Bearer " KEY "\r\n", "2", "{}")), 200);
    assert_non_null(strstr(body(), "\"appointments_updated\""));
}

static void test_other_keys(void **state)
{
    (void)state;
    assert_int_equal(ask(POST(FUNCTION, "", "2", "{}")), 401);
    json_auto struct json *v = json_parse(body(), strlen(body()), NULL);
    assert_int_equal(json_type(json_get(v, "ok")), JSON_BOOL);
    assert_false(json_bool(json_get(v, "ok")));
    assert_non_null(strstr(json_string(json_get(v, "error")), "X-Internal-Key"));
    assert_int_equal(ask(POST(FUNCTION, "X-Internal-Key: demo-key-123\r\n", "2", "{}")), 401);
    assert_int_equal(ask(POST(FUNCTION, "X-Internal-Key: " KEY "4\r\n", "2", "{}")), 401);
    assert_int_equal(ask(POST(FUNCTION, "X-Internal-Key: \r\n", "2", "{}")), 401);
    assert_int_equal(ask(POST(FUNCTION, "Authorization: Bearer " KEY "\r\n", "2", "{}")), 401);
    assert_int_equal(ask(POST("/functions/v1/process-reminders", "Authorization: Basic " KEY "\r\n", "2", "{}")), 401);
    assert_int_equal(ask(POST(FUNCTION, "X-Internal-Key: " KEY "\r\n", "1", "{")), 400);
    assert_int_equal(ask("GET " FUNCTION " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), 405);
    assert_non_null(strstr(answer, "\r\nAllow: POST\r\n"));
}

/* Without an engine there is no API: nothing but the functions answers. */
static void test_nothing_else_is_there(void **state)
{
    (void)state;
    static const char *const paths[] = { "/",
                                         "/healthz",
                                         "/api/v1/jobs",
                                         "/functions/v1/",
                                         "/functions/v1/other",
                                         "/../../etc/passwd",
                                         "/%2e%2e/etc/passwd",
                                         "/etc/passwd",
                                         "//etc/passwd" };
    for (size_t i = 0; i < MEM_COUNT(paths); i++) {
        mem_auto char *request = mem_printf("GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", paths[i]);
        assert_int_equal(ask(request), 404);
        assert_non_null(strstr(answer, "\r\nContent-Type: application/problem+json\r\n"));
    }
}

static void test_requests_that_are_none(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "POST " FUNCTION " HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST " FUNCTION " HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        "POST " FUNCTION " HTTP/1.1\r\nHost: x\r\nContent-Length: 2x\r\n\r\n{}",
        "POST " FUNCTION " HTTP/1.1\r\nHost: x\r\nHost: y\r\nContent-Length: 2\r\n\r\n{}",
        "POST " FUNCTION " HTTP/1.1\r\nHost: x\r\nX-Folded: a\r\n b\r\nContent-Length: 2\r\n\r\n{}",
        "POST " FUNCTION " HTTP/1.1\r\nHost: x\r\nContent-Length : 2\r\n\r\n{}",
        "POST " FUNCTION " HTTP/1.1\r\nHost: x\nX-Bare: a\r\nContent-Length: 2\r\n\r\n{}",
        "POST " FUNCTION " HTTP/1.1\r\nHost: x\r\nX-\xc3\xa9: a\r\nContent-Length: 2\r\n\r\n{}",
        "GET / HTTP/1.1\r\nX-No-Host: x\r\n\r\n",
        "nonsense\r\n\r\n",
    };
    for (size_t i = 0; i < MEM_COUNT(bad); i++) {
        assert_int_equal(ask(bad[i]), 400);
        assert_non_null(strstr(answer, "\r\nConnection: close\r\n"));
        assert_non_null(strstr(body(), "\"malformed\""));
    }
    assert_int_equal(ask("GET / HTTP/9.9\r\nHost: x\r\n\r\n"), 505);
    assert_int_equal(ask("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n"), 501);
    assert_non_null(strstr(body(), "\"not_implemented\""));
}

static void test_many_fields(void **state)
{
    (void)state;
    for (int n = 63; n <= 65; n++) {
        buf_auto struct buf request = BUF_INIT(8192);
        buf_str_add(&request, "GET /nothing HTTP/1.1\r\nHost: x\r\n");
        for (int i = 2; i < n; i++)
            buf_printf(&request, "X-%d: \r\n", i);
        buf_str_add(&request, "Connection: close\r\n\r\n");
        assert_int_equal(ask(buf_str(&request)), n > 64 ? 431 : 404);
    }
}

/* A body that comes by the drop is not waited for long. */
static void test_slow_strangers(void **state)
{
    (void)state;
    static const char head[] = "POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n";
    struct mono begin = clock_mono();
    int fd = connect_there();
    send_all(fd, head, strlen(head));
    int64_t ms = 0;
    for (bool open = true; open && ms < 20000; ms = mono_ms_since(begin, clock_mono())) {
        struct timespec wait = { .tv_nsec = 50000000 };
        nanosleep(&wait, NULL);
        open = send(fd, " ", 1, MSG_NOSIGNAL) == 1;
    }
    close(fd);
    assert_in_range(ms, 900, 19999);
}

static void test_limits(void **state)
{
    (void)state;
    size_t len = 2 * 1024 * 1024;
    mem_auto char *large = mem_alloc(len + 400);
    int head = snprintf(large, 400,
                        "POST " FUNCTION " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Internal-Key: " KEY
                        "\r\nContent-Length: %zu\r\n\r\n",
                        len);
    memset(large + head, ' ', len);
    assert_int_equal(ask(large), 413);
    assert_non_null(strstr(body(), "1048576"));
    head = snprintf(large, 400, "GET / HTTP/1.1\r\nHost: x\r\nX-Large: ");
    memset(large + head, 'a', 20000);
    snprintf(large + head + 20000, 5, "\r\n\r\n");
    assert_int_equal(ask(large), 431);
    assert_non_null(strstr(body(), "16 KiB"));
}

static void test_connections_are_kept(void **state)
{
    (void)state;
    static const char request[] = "HEAD /nothing HTTP/1.1\r\nHost: x\r\n\r\n";
    int fd = connect_there();
    for (int i = 0; i < 3; i++) {
        send_all(fd, request, strlen(request));
        ssize_t n = recv(fd, answer, sizeof answer - 1, 0);
        assert_true(n > 0);
        answer[n] = '\0';
        assert_non_null(strstr(answer, "HTTP/1.1 404"));
        assert_non_null(strstr(answer, "\r\nConnection: keep-alive\r\n"));
        assert_string_equal(body(), "");
    }
    close(fd);
}

static void test_a_taken_port(void **state)
{
    (void)state;
    char text[32];
    struct api *second;
    struct err e = { 0 };
    snprintf(text, sizeof text, "127.0.0.1:%d", api_port(api));
    struct api_config c = { .listen = text, .sample = true, .sample_key = KEY };
    assert_int_equal(api_start(&second, &c, &e), -ERR_CONFLICT);
    assert_non_null(strstr(e.text, text));
    c.listen = "0.0.0.0:0";
    assert_int_equal(api_start(&second, &c, &e), -ERR_INVALID);
    c.behind_proxy = true;
    assert_int_equal(api_start(&second, &c, &e), 0);
    assert_true(api_port(second) > 0 && api_port(second) != api_port(api));
    struct mono begin = clock_mono();
    api_stop(second);
    assert_true(mono_ms_since(begin, clock_mono()) < 1500);
}

static int set_up(void **state)
{
    (void)state;
    struct err e = { 0 };
    struct api_config c = { .listen = "127.0.0.1:0", .sample = true, .sample_key = KEY };
    return api_start(&api, &c, &e);
}

static int tear_down(void **state)
{
    (void)state;
    api_stop(api);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_right_key),
        cmocka_unit_test(test_other_keys),
        cmocka_unit_test(test_nothing_else_is_there),
        cmocka_unit_test(test_requests_that_are_none),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_many_fields),
        cmocka_unit_test(test_slow_strangers),
        cmocka_unit_test(test_connections_are_kept),
        cmocka_unit_test(test_a_taken_port),
    };
    json_init();
    log_setup(LOG_ERROR, LOG_LOGFMT);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
