/* The gate over real sockets on loopback, with short limits, and answers of every kind behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "api/gate.h"
#include "api/listen.h"
#include "api/request.h"
#include "base/json.h"
#include "base/log.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define LARGE (8 * 1024 * 1024)

static struct gate *gate;
static struct gate_limits limits;
static int port;
static char *large;
static atomic_int stream = -1, attached;

static void attach(void *ctx, int fd)
{
    assert_ptr_equal(ctx, &attached);
    if (fd >= 0)
        assert_int_equal(write(fd, "one\n", 4), 4);
    atomic_store(&stream, fd);
    atomic_fetch_add(&attached, 1);
}

static void text_reply(struct reply *p, struct arena *a, const char *text)
{
    p->status = 200;
    p->content_type = "text/plain";
    p->data = arena_strdup(a, text);
    p->len = strlen(text);
}

static void file_reply(struct reply *p, int64_t announced)
{
    char name[] = "/tmp/gate-test-XXXXXX";
    p->file = mkstemp(name);
    unlink(name);
    assert_int_equal(write(p->file, large, LARGE), LARGE);
    lseek(p->file, 0, SEEK_SET);
    p->file_len = announced;
    p->status = 200;
    p->content_type = "application/octet-stream";
}

/* Instead of dispatch(): what is asked for is in the path. */
static void answer(struct request *q, struct reply *p)
{
    struct err e = { 0 };
    buf_auto struct buf body = BUF_INIT(REQUEST_BODY_MAX);
    assert_int_equal(q->read_body(q->ctx, &body, &e), 0);
    if (!strcmp(q->path, "/stream")) {
        text_reply(p, q->arena, "");
        p->attach = attach;
        p->attach_ctx = &attached;
    } else if (!strcmp(q->path, "/file")) {
        file_reply(p, LARGE);
    } else if (!strcmp(q->path, "/short-file")) {
        file_reply(p, LARGE + 1);
    } else if (!strcmp(q->path, "/large")) {
        p->status = 200;
        p->content_type = "text/plain";
        p->data = large;
        p->len = LARGE;
    } else if (!strcmp(q->path, "/sleep")) {
        struct timespec wait = { .tv_nsec = 300000000 };
        nanosleep(&wait, NULL);
        text_reply(p, q->arena, "slept");
    } else {
        text_reply(p, q->arena,
                   arena_printf(q->arena, "%s %s?%s %zu:%.20s %s", q->method, q->path,
                                q->query_text ? q->query_text : "", body.len, buf_str(&body), q->remote));
    }
}

static const struct http_scope scope = { .answer = answer };

static void start(void)
{
    struct listen_address a;
    struct err e = { 0 };
    int fd;
    assert_int_equal(listen_parse("127.0.0.1:0", &a, &e), 0);
    assert_int_equal(listen_open(&a, &fd, &port, &e), 0);
    gate = gate_start(fd, NULL, &scope, &limits, &e);
    assert_non_null(gate);
}

static int connect_there(void)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                              .sin_port = htons((uint16_t)port) };
    struct timeval patience = { .tv_sec = 20 };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* All until the peer closes. */
static struct buf hear(int fd)
{
    struct buf all = BUF_INIT(4 * LARGE);
    char part[65536];
    ssize_t n;
    while ((n = recv(fd, part, sizeof part, 0)) > 0)
        buf_add(&all, part, (size_t)n);
    close(fd);
    return all;
}

/* Until `text` has come. */
static void hear_until(int fd, const char *text)
{
    char all[4096] = "";
    size_t used = 0;
    while (!strstr(all, text)) {
        ssize_t n = recv(fd, all + used, sizeof all - 1 - used, 0);
        if (n <= 0)
            fail_msg("'%s' did not come, but '%s'", text, all);
        used += (size_t)n;
        all[used] = '\0';
    }
}

static struct buf ask(const char *request)
{
    int fd = connect_there();
    say(fd, request);
    return hear(fd);
}

static const char *body_of(const struct buf *all)
{
    const char *end = strstr(buf_str(all), "\r\n\r\n");
    return end ? end + 4 : "";
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

static void test_requests(void **state)
{
    (void)state;
    static const struct {
        const char *request, *body;
    } cases[] = {
        { GET("/a?b=c"), "GET /a?b=c 0: 127.0.0.1" },
        { "\r\nBREW http://y/pot HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "BREW /pot? 0: 127.0.0.1" },
        { "GET / HTTP/1.0\r\n\r\n", "GET /? 0: 127.0.0.1" },
        { "POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc",
          "POST /a? 3:abc 127.0.0.1" },
        { "POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
          "2;x=y\r\nab\r\n1\r\nc\r\n0\r\nT: x\r\n\r\n",
          "POST /a? 3:abc 127.0.0.1" },
    };
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        buf_auto struct buf all = ask(cases[i].request);
        assert_string_equal(body_of(&all), cases[i].body);
        assert_non_null(strstr(buf_str(&all), "\r\nConnection: close\r\n"));
        assert_non_null(strstr(buf_str(&all), "\r\nContent-Security-Policy: "));
    }
}

static void test_byte_by_byte_and_pipelined(void **state)
{
    (void)state;
    static const char three[] = "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab"
                                "HEAD /2 HTTP/1.1\r\nHost: x\r\n\r\n"
                                "GET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    buf_auto struct buf at_once = ask(three);
    int fd = connect_there();
    for (const char *p = three; *p; p++)
        assert_int_equal(send(fd, p, 1, MSG_NOSIGNAL), 1);
    buf_auto struct buf slowly = hear(fd);
    const struct buf *both[] = { &at_once, &slowly };
    for (int i = 0; i < 2; i++) {
        const char *first = strstr(buf_str(both[i]), "POST /1? 2:ab");
        const char *second = first ? strstr(first, "HTTP/1.1 200") : NULL;
        assert_non_null(second);
        assert_null(strstr(second, "HEAD /2"));
        assert_non_null(strstr(second, "GET /3? 0:"));
    }
}

static void test_100_continue(void **state)
{
    (void)state;
    int fd = connect_there();
    say(fd, "POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n");
    hear_until(fd, "HTTP/1.1 100 Continue\r\n\r\n");
    say(fd, "ab");
    buf_auto struct buf all = hear(fd);
    assert_string_equal(body_of(&all), "POST /a? 2:ab 127.0.0.1");
    buf_auto struct buf refused =
        ask("POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1048577\r\n\r\n");
    assert_int_equal(strncmp(buf_str(&refused), "HTTP/1.1 413 ", 13), 0);
}

static void test_files(void **state)
{
    (void)state;
    buf_auto struct buf all = ask(GET("/file"));
    assert_non_null(strstr(buf_str(&all), "\r\nContent-Length: 8388608\r\n"));
    size_t head = (size_t)(body_of(&all) - all.data);
    assert_int_equal(all.len - head, LARGE);
    assert_memory_equal(all.data + head, large, LARGE);
    buf_auto struct buf head_alone = ask("HEAD /file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert_non_null(strstr(buf_str(&head_alone), "\r\nContent-Length: 8388608\r\n"));
    assert_string_equal(body_of(&head_alone), "");
    buf_auto struct buf cut = ask(GET("/short-file")); /* and the connection closes: it cannot pass for whole */
    assert_int_equal(cut.len - (size_t)(body_of(&cut) - cut.data), LARGE);
}

static int attached_stream(int calls)
{
    struct timespec wait = { .tv_nsec = 1000000 };
    for (int i = 0; i < 20000 && atomic_load(&attached) < calls; i++)
        nanosleep(&wait, NULL);
    assert_int_equal(atomic_load(&attached), calls);
    return atomic_load(&stream);
}

static void test_streams(void **state)
{
    (void)state;
    int fd = connect_there();
    atomic_store(&attached, 0);
    say(fd, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    hear_until(fd, "\r\nConnection: close\r\n");
    int mine = attached_stream(1);
    assert_int_equal(write(mine, "two\n", 4), 4);
    hear_until(fd, "two\n");
    struct timespec longer = { .tv_sec = 1 }; /* than any limit: silence is fine */
    nanosleep(&longer, NULL);
    assert_int_equal(write(mine, "three\n", 6), 6);
    close(mine);
    buf_auto struct buf rest = hear(fd);
    assert_string_equal(buf_str(&rest), "three\n");
    buf_auto struct buf head = ask("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(attached_stream(2), -1);
    assert_null(strstr(buf_str(&head), "Content-Length"));
}

/* Writes until the other end is gone. */
static int64_t write_until_gone(int fd)
{
    int64_t total = 0;
    for (;;) {
        ssize_t n = send(fd, large, 65536, MSG_NOSIGNAL);
        if (n > 0) {
            total += n;
        } else if (errno == EAGAIN) {
            poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, 100);
        } else {
            close(fd);
            return total;
        }
    }
}

static void test_streams_that_nobody_reads(void **state)
{
    (void)state;
    int fd = connect_there();
    atomic_store(&attached, 0);
    say(fd, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    int64_t total = write_until_gone(attached_stream(1));
    assert_true(total > 0 && total < 64 * 1024 * 1024); /* what fits into the system's buffers */
    close(fd);
    fd = connect_there();
    say(fd, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    int mine = attached_stream(2);
    hear_until(fd, "one\n");
    close(fd); /* left: the writer hears of it, without a word of its own */
    assert_int_equal(poll(&(struct pollfd){ .fd = mine, .events = POLLIN }, 1, 10000), 1);
    close(mine);
}

static void test_slow_readers(void **state)
{
    (void)state;
    int fd[40];
    for (size_t i = 0; i < MEM_COUNT(fd); i++) { /* more than there are workers */
        fd[i] = connect_there();
        say(fd[i], GET("/large"));
    }
    buf_auto struct buf all = ask(GET("/quick"));
    assert_string_equal(body_of(&all), "GET /quick? 0: 127.0.0.1");
    buf_auto struct buf whole = hear(fd[0]); /* one that reads gets it all */
    assert_int_equal(whole.len - (size_t)(body_of(&whole) - whole.data), LARGE);
    struct timespec wait = { .tv_sec = 1 };
    nanosleep(&wait, NULL);
    for (size_t i = 1; i < MEM_COUNT(fd); i++) {
        buf_auto struct buf cut = hear(fd[i]);
        assert_true(cut.len < LARGE);
    }
}

static void test_slow_requests(void **state)
{
    (void)state;
    static const struct {
        const char *request, *status;
    } cases[] = {
        { "GET / HTTP/1.1\r\nHost: x\r\n", "HTTP/1.1 408 " },
        { "G", "HTTP/1.1 408 " },
        { "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nabc", "HTTP/1.1 408 " },
        { "", "" },
    };
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        buf_auto struct buf all = ask(cases[i].request);
        assert_int_equal(strncmp(buf_str(&all), cases[i].status, strlen(cases[i].status)), 0);
        assert_int_equal(all.len == 0, *cases[i].status == '\0');
    }
}

static void test_the_oldest_gives_way(void **state)
{
    (void)state;
    int idle[100], n = limits.connections;
    char byte;
    for (int i = 0; i < n; i++) {
        idle[i] = connect_there();
        say(idle[i], i % 2 ? "GET / HT" : "");
    }
    buf_auto struct buf all = ask(GET("/quick"));
    assert_string_equal(body_of(&all), "GET /quick? 0: 127.0.0.1");
    assert_true(recv(idle[0], &byte, 1, 0) <= 0);                    /* the first */
    assert_int_equal(recv(idle[n - 1], &byte, 1, MSG_DONTWAIT), -1); /* not the last */
    assert_int_equal(errno, EAGAIN);
    for (int i = 0; i < n; i++)
        close(idle[i]);
}

/* More bodies than there is room for: some are told to come back, the others are answered, and then there is room again. */
static void test_bodies_together(void **state)
{
    (void)state;
    static char head[] = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1000000\r\n\r\n";
    int fd[8], refused = 0;
    for (size_t i = 0; i < MEM_COUNT(fd); i++) {
        fd[i] = connect_there();
        say(fd[i], head);
        for (int sent = 0; sent < 900000; sent += 100000)
            send(fd[i], large, 100000, MSG_NOSIGNAL);
    }
    for (size_t i = 0; i < MEM_COUNT(fd); i++)
        send(fd[i], large, 100000, MSG_NOSIGNAL);
    for (size_t i = 0; i < MEM_COUNT(fd); i++) {
        buf_auto struct buf all = hear(fd[i]);
        bool busy = !strncmp(buf_str(&all), "HTTP/1.1 503 ", 13);
        assert_true(busy || !strncmp(buf_str(&all), "HTTP/1.1 200 ", 13));
        assert_true(!busy || strstr(buf_str(&all), "\r\nRetry-After: 1\r\n"));
        refused += busy;
    }
    assert_in_range(refused, 1, 7);
    int again = connect_there();
    say(again, head);
    for (int sent = 0; sent < 1000000; sent += 100000)
        send(again, large, 100000, MSG_NOSIGNAL);
    buf_auto struct buf all = hear(again);
    assert_non_null(strstr(buf_str(&all), "1000000:"));
}

/* A worker that is busy for a client that left is no harm, and a health check overtakes those that wait. */
static void test_who_leaves(void **state)
{
    (void)state;
    int fd[60];
    for (size_t i = 0; i < MEM_COUNT(fd); i++) {
        struct linger reset = { .l_onoff = 1 };
        fd[i] = connect_there();
        say(fd[i], GET("/sleep"));
        setsockopt(fd[i], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    }
    buf_auto struct buf health = ask(GET("/healthz"));
    assert_string_equal(body_of(&health), "GET /healthz? 0: 127.0.0.1");
    for (size_t i = 0; i + 1 < MEM_COUNT(fd); i++)
        close(fd[i]);
    buf_auto struct buf all = hear(fd[MEM_COUNT(fd) - 1]);
    assert_string_equal(body_of(&all), "slept");
}

static void test_stopping(void **state)
{
    (void)state;
    int idle = connect_there(), busy = connect_there(), open = connect_there();
    char byte;
    atomic_store(&attached, 0);
    say(open, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    int mine = attached_stream(1);
    say(busy, "GET /sleep HTTP/1.1\r\nHost: x\r\n\r\n");
    struct timespec wait = { .tv_nsec = 100000000 };
    nanosleep(&wait, NULL);
    gate_stop(gate);
    buf_auto struct buf all = hear(busy);
    assert_non_null(strstr(buf_str(&all), "slept"));
    assert_true(recv(idle, &byte, 1, 0) <= 0);
    assert_int_equal(poll(&(struct pollfd){ .fd = mine, .events = POLLIN }, 1, 10000), 1);
    close(mine);
    close(idle);
    close(open);
    start();
}

static int set_up(void **state)
{
    (void)state;
    large = mem_alloc(LARGE);
    for (int i = 0; i < LARGE; i++)
        large[i] = (char)('a' + i % 23 + i / 65536 % 3);
    limits = (struct gate_limits){ .connections = 64,
                                   .tls_connections = 8,
                                   .bodies_bytes = 4 << 20,
                                   .answers_bytes = 1 << 20,
                                   .handshake_ms = 500,
                                   .idle_ms = 700,
                                   .head_ms = 500,
                                   .body_ms = 3000,
                                   .tick_ms = 500,
                                   .tick_bytes = 1024,
                                   .linger_ms = 500,
                                   .stop_ms = 2000 };
    start();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    gate_stop(gate);
    mem_free(large);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_byte_by_byte_and_pipelined),
        cmocka_unit_test(test_100_continue),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_streams_that_nobody_reads),
        cmocka_unit_test(test_slow_readers),
        cmocka_unit_test(test_slow_requests),
        cmocka_unit_test(test_the_oldest_gives_way),
        cmocka_unit_test(test_bodies_together),
        cmocka_unit_test(test_who_leaves),
        cmocka_unit_test(test_stopping),
    };
    json_init();
    log_setup(LOG_ERROR, LOG_LOGFMT);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
