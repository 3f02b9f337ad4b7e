/* The client over TLS: verification, versions, resumption, reasons. */
#include "http_fixture.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <sys/socket.h>

#define FROM "20200101000000"
#define TO "20991231235959"

static struct authority ca, other_ca;

static int make_authorities(void **state)
{
    (void)state;
    authority_make(&ca, "Test Authority");
    authority_make(&other_ca, "Other Authority");
    return 0;
}

static int free_authorities(void **state)
{
    (void)state;
    authority_free(&ca);
    authority_free(&other_ca);
    return 0;
}

static void answer(struct server_conn *c, void *ctx)
{
    (void)ctx;
    while (server_read_request(c))
        if (!server_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
            return;
}

static void answer_once(struct server_conn *c, void *ctx)
{
    (void)ctx;
    if (server_read_request(c))
        server_say(c, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
}

static void run_tls(struct fixture *f, struct http_call *call, uint16_t port, const char *host,
                    const struct net_tls_options *o)
{
    fixture_call(f, call, port);
    call->tls = true;
    call->host = host;
    call->tls_options = o;
    fixture_run(f, call);
}

static const struct {
    const char *what;
    const char *dns, *ip, *from, *to;
    enum { BY_CA, BY_OTHER, SELF } by;
    const char *host;
    enum outcome outcome;
    const char *detail;
} certificates[] = {
    { "name", "localhost", NULL, FROM, TO, BY_CA, "localhost", OUTCOME_NONE, "" },
    { "wildcard", "*.localhost", NULL, FROM, TO, BY_CA, "a.localhost", OUTCOME_NONE, "" },
    { "address", NULL, "127.0.0.1", FROM, TO, BY_CA, "127.0.0.1", OUTCOME_NONE, "" },
    { "both, by address", "localhost", "127.0.0.1", FROM, TO, BY_CA, "127.0.0.1", OUTCOME_NONE, "" },
    { "wrong name", "example.org", NULL, FROM, TO, BY_CA, "localhost", OUTCOME_TLS,
      "the certificate is for 'example.org', not for 'localhost'" },
    { "wildcard too deep", "*.localhost", NULL, FROM, TO, BY_CA, "b.a.localhost", OUTCOME_TLS, "is for '*.localhost'" },
    { "wrong address", NULL, "127.0.0.2", FROM, TO, BY_CA, "127.0.0.1", OUTCOME_TLS,
      "is for '127.0.0.2', not for '127.0.0.1'" },
    { "address for a name", "127.0.0.1", NULL, FROM, TO, BY_CA, "127.0.0.1", OUTCOME_TLS, "not for '127.0.0.1'" },
    { "expired", "localhost", NULL, FROM, "20210203040506", BY_CA, "localhost", OUTCOME_TLS,
      "the certificate expired on 2021-02-03 04:05 UTC" },
    { "not yet", "localhost", NULL, "20980101000000", TO, BY_CA, "localhost", OUTCOME_TLS,
      "is not valid before 2098-01-01" },
    { "unknown", "localhost", NULL, FROM, TO, BY_OTHER, "localhost", OUTCOME_TLS,
      "unknown authority, 'Other Authority'" },
    { "self-signed", "localhost", NULL, FROM, TO, SELF, "localhost", OUTCOME_TLS, "self-signed" },
    { "common name only", "CN=localhost", NULL, FROM, TO, BY_CA, "localhost", OUTCOME_TLS,
      "is for 'localhost' (a common name, which does not count" },
    { "common name, and an address", "CN=localhost", "127.0.0.1", FROM, TO, BY_CA, "localhost", OUTCOME_TLS,
      "is for '127.0.0.1', not for 'localhost'" },
    { "two faults", "example.org", NULL, FROM, "20210203040506", BY_CA, "localhost", OUTCOME_TLS,
      "expired on 2021-02-03 04:05 UTC; the certificate is for" },
};

static void test_certificates(void **state)
{
    struct net_tls_options o = { ca.file, 0 };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(certificates); i++) {
        for (int version = 12; version <= 13; version++) {
            struct authority_leaf leaf;
            struct fixture f;
            struct http_call call;
            authority_issue(certificates[i].by == SELF       ? NULL
                            : certificates[i].by == BY_OTHER ? &other_ca
                                                             : &ca,
                            certificates[i].dns, certificates[i].ip, certificates[i].from, certificates[i].to, &leaf);
            struct server *server = server_start_tls(answer, NULL, &leaf, version, version);
            fixture_open(&f, NULL);
            run_tls(&f, &call, server_port(server), certificates[i].host, &o);
            if (call.outcome != certificates[i].outcome || !strstr(call.detail, certificates[i].detail))
                fail_msg("%s, 1.%d: outcome %d '%s'", certificates[i].what, version - 10, call.outcome, call.detail);
            assert_int_equal(call.sent, call.outcome == OUTCOME_NONE);
            assert_true(call.timing.tls_ms >= 0);
            assert_int_equal(server_requests(server), call.outcome == OUTCOME_NONE);
            http_call_clear(&call);
            fixture_close(&f);
            server_stop(server);
            authority_leaf_free(&leaf);
        }
    }
}

static void test_system_roots_do_not_know_us(void **state)
{
    struct authority_leaf leaf;
    struct fixture f;
    struct http_call call;
    (void)state;
    authority_issue(&ca, "localhost", NULL, FROM, TO, &leaf);
    struct server *server = server_start_tls(answer, NULL, &leaf, 12, 13);
    fixture_open(&f, NULL);
    run_tls(&f, &call, server_port(server), "localhost", NULL);
    assert_int_equal(call.outcome, OUTCOME_TLS);
    assert_non_null(strstr(call.detail, "unknown authority"));
    http_call_clear(&call);
    fixture_close(&f);
    setenv("SSL_CERT_FILE", ca.file, 1);
    fixture_open(&f, NULL);
    run_tls(&f, &call, server_port(server), "localhost", NULL);
    assert_int_equal(call.outcome, OUTCOME_NONE);
    http_call_clear(&call);
    fixture_close(&f);
    unsetenv("SSL_CERT_FILE");
    server_stop(server);
    authority_leaf_free(&leaf);
}

static void test_ca_file_faults(void **state)
{
    static const struct {
        const char *file, *detail;
    } files[] = {
        { "/nonexistent/ca.pem", "cannot read the CA file '/nonexistent/ca.pem': No such file" },
        { "/etc/passwd", "holds no certificate" },
        { "/etc", "Is a directory" },
    };
    struct authority_leaf leaf;
    struct fixture f;
    struct http_call call;
    (void)state;
    authority_issue(&ca, "localhost", NULL, FROM, TO, &leaf);
    struct server *server = server_start_tls(answer, NULL, &leaf, 12, 13);
    fixture_open(&f, NULL);
    for (size_t i = 0; i < MEM_COUNT(files); i++) {
        struct net_tls_options o = { files[i].file, 0 };
        run_tls(&f, &call, server_port(server), "localhost", &o);
        assert_int_equal(call.outcome, OUTCOME_TLS);
        if (!strstr(call.detail, files[i].detail))
            fail_msg("'%s'", call.detail);
        http_call_clear(&call);
    }
    fixture_close(&f);
    server_stop(server);
    authority_leaf_free(&leaf);
}

static void test_versions(void **state)
{
    struct net_tls_options o12 = { ca.file, NET_TLS_1_2 }, o13 = { ca.file, NET_TLS_1_3 };
    struct authority_leaf leaf;
    struct fixture f;
    struct http_call call;
    (void)state;
    authority_issue(&ca, "localhost", NULL, FROM, TO, &leaf);
    struct server *old = server_start_tls(answer, NULL, &leaf, 12, 12),
                  *new = server_start_tls(answer, NULL, &leaf, 13, 13);
    fixture_open(&f, NULL);
    run_tls(&f, &call, server_port(old), "localhost", &o12);
    assert_int_equal(call.outcome, OUTCOME_NONE);
    http_call_clear(&call);
    run_tls(&f, &call, server_port(new), "localhost", &o12);
    assert_int_equal(call.outcome, OUTCOME_NONE);
    http_call_clear(&call);
    run_tls(&f, &call, server_port(new), "localhost", &o13);
    assert_int_equal(call.outcome, OUTCOME_NONE);
    assert_false(call.reused); /* other options, other pool */
    http_call_clear(&call);
    run_tls(&f, &call, server_port(old), "localhost", &o13);
    assert_int_equal(call.outcome, OUTCOME_TLS);
    assert_non_null(strstr(call.detail, "no TLS version"));
    http_call_clear(&call);
    fixture_close(&f);
    server_stop(old);
    server_stop(new);
    authority_leaf_free(&leaf);
}

static void test_resumption(void **state)
{
    struct net_tls_options o = { ca.file, 0 };
    (void)state;
    for (int version = 12; version <= 13; version++) {
        for (int by_address = 0; by_address < 2; by_address++) {
            struct authority_leaf leaf;
            struct fixture f;
            struct http_call call;
            struct http_stats stats;
            authority_issue(&ca, "localhost", "127.0.0.1", FROM, TO, &leaf);
            struct server *server = server_start_tls(answer_once, NULL, &leaf, version, version);
            fixture_open(&f, NULL);
            for (int i = 0; i < 5; i++) {
                run_tls(&f, &call, server_port(server), by_address ? "127.0.0.1" : "localhost", &o);
                assert_int_equal(call.outcome, OUTCOME_NONE);
                http_call_clear(&call);
            }
            http_client_stats(f.client, &stats);
            assert_int_equal(stats.handshakes, 5);
            assert_int_equal(stats.resumed, 4);
            http_client_reload(f.client); /* verified by authorities that may be gone: not resumed */
            run_tls(&f, &call, server_port(server), by_address ? "127.0.0.1" : "localhost", &o);
            assert_int_equal(call.outcome, OUTCOME_NONE);
            http_call_clear(&call);
            http_client_stats(f.client, &stats);
            assert_int_equal(stats.resumed, 4);
            fixture_close(&f);
            server_stop(server);
            authority_leaf_free(&leaf);
        }
    }
}

static void test_keep_alive(void **state)
{
    struct net_tls_options o = { ca.file, 0 };
    (void)state;
    for (int version = 12; version <= 13; version++) {
        struct authority_leaf leaf;
        struct fixture f;
        struct http_call call;
        authority_issue(&ca, "localhost", NULL, FROM, TO, &leaf);
        struct server *server = server_start_tls(answer, NULL, &leaf, version, version);
        fixture_open(&f, NULL);
        for (int i = 0; i < 5; i++) {
            run_tls(&f, &call, server_port(server), "localhost", &o);
            assert_int_equal(call.outcome, OUTCOME_NONE);
            assert_int_equal(call.reused, i > 0);
            http_call_clear(&call);
            fixture_pass_ms(&f, 30); /* long enough to be asked whether it lives */
        }
        assert_int_equal(server_connections(server), 1);
        fixture_close(&f);
        server_stop(server);
        authority_leaf_free(&leaf);
    }
}

/* The CA file is replaced: without a reload the old one counts, after it the new one. */
static void test_reload(void **state)
{
    struct authority third;
    struct net_tls_options o;
    struct authority_leaf leaf;
    struct fixture f;
    struct http_call call;
    (void)state;
    authority_make(&third, "Third Authority");
    o = (struct net_tls_options){ third.file, 0 };
    authority_issue(&ca, "localhost", NULL, FROM, TO, &leaf);
    struct server *server = server_start_tls(answer_once, NULL, &leaf, 12, 13);
    fixture_open(&f, NULL);
    run_tls(&f, &call, server_port(server), "localhost", &o);
    assert_int_equal(call.outcome, OUTCOME_TLS);
    http_call_clear(&call);
    FILE *file = fopen(third.file, "w");
    assert_non_null(file);
    fputs(ca.pem, file);
    fclose(file);
    run_tls(&f, &call, server_port(server), "localhost", &o);
    assert_int_equal(call.outcome, OUTCOME_TLS);
    http_call_clear(&call);
    http_client_reload(f.client);
    run_tls(&f, &call, server_port(server), "localhost", &o);
    assert_int_equal(call.outcome, OUTCOME_NONE);
    http_call_clear(&call);
    fixture_close(&f);
    server_stop(server);
    authority_leaf_free(&leaf);
    authority_free(&third);
}

/* What servers say in place of a handshake, raw. */
struct raw {
    const char *bytes;
    size_t len;
    bool stay;
};

static void say_raw(struct server_conn *c, void *ctx)
{
    const struct raw *r = ctx;
    char hello[4096];
    if (recv(c->fd, hello, sizeof(hello), 0) > 0 && r->len > 0)
        server_write(c, r->bytes, r->len);
    if (r->stay)
        server_wait(c);
}

#define RAW(text, keep)              \
    {                                \
        text, sizeof(text) - 1, keep \
    }
static const struct {
    struct raw raw;
    enum outcome outcome;
    const char *detail;
} handshakes[] = {
    { RAW("HTTP/1.1 400 Bad Request\r\n\r\n", true), OUTCOME_TLS, "plain HTTP" },
    { RAW("SSH-2.0-OpenSSH_9.2\r\n", true), OUTCOME_TLS, "not TLS" },
    { RAW("\x15\x03\x01\x00\x02\x02\x46", true), OUTCOME_TLS, "protocol_version" },
    { RAW("\x15\x03\x01\x00\x02\x02\x28", true), OUTCOME_TLS, "handshake_failure" },
    { RAW("\x15\x03\x03\x00\x02\x02\x70", true), OUTCOME_TLS, "does not know this host name" },
    { RAW("\x15\x03\x03\x00\x02\x02\x78", true), OUTCOME_TLS, "does not speak HTTP/1.1" },
    { RAW("\x15\x03\x03\x00\x02\x02\xff", true), OUTCOME_TLS, "TLS alert 255" },
    { RAW("", false), OUTCOME_TLS, "closed the connection during the TLS handshake" },
    { RAW("", true), OUTCOME_TIMEOUT, "in the TLS handshake" },
    /* A ServerHello of TLS 1.0. */
    { RAW("\x16\x03\x01\x00\x2a\x02\x00\x00\x26\x03\x01"
          "0123456789abcdef0123456789abcdef"
          "\x00\xc0\x13\x00",
          true),
      OUTCOME_TLS, "" },
};

static void test_handshake_faults(void **state)
{
    struct net_tls_options o = { ca.file, 0 };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(handshakes); i++) {
        struct server *server = server_start(say_raw, (void *)&handshakes[i].raw);
        struct fixture f;
        struct http_call call;
        fixture_open(&f, NULL);
        fixture_call(&f, &call, server_port(server));
        call.tls = true;
        call.host = "localhost";
        call.tls_options = &o;
        call.connect_timeout_ms = 500;
        fixture_run(&f, &call);
        if (call.outcome != handshakes[i].outcome || !strstr(call.detail, handshakes[i].detail))
            fail_msg("handshake %zu: outcome %d '%s'", i, call.outcome, call.detail);
        if (i == MEM_COUNT(handshakes) - 1)
            print_message("TLS 1.0: %s\n", call.detail);
        assert_false(call.sent);
        http_call_clear(&call);
        fixture_close(&f);
        server_stop(server);
    }
}

static void echo_large(struct server_conn *c, void *ctx)
{
    static const char zeros[65536];
    (void)ctx;
    while (server_read_request(c)) {
        server_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 4194304\r\n\r\n");
        for (int i = 0; i < 64; i++)
            server_write(c, zeros, sizeof(zeros));
    }
}

static void test_large_both_ways(void **state)
{
    static const char head[] = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10485760\r\n\r\n";
    struct net_tls_options o = { ca.file, 0 };
    struct authority_leaf leaf;
    struct fixture f;
    struct http_call call;
    char *body = mem_alloc(10 << 20);
    (void)state;
    authority_issue(&ca, "localhost", NULL, FROM, TO, &leaf);
    struct server *server = server_start_tls(echo_large, NULL, &leaf, 12, 13);
    fixture_open(&f, NULL);
    for (int i = 0; i < 2; i++) {
        fixture_call(&f, &call, server_port(server));
        call.tls = true;
        call.host = "localhost";
        call.tls_options = &o;
        call.head = head;
        call.head_len = sizeof(head) - 1;
        call.body = body;
        call.body_len = 10 << 20;
        call.timeout_ms = 30000;
        fixture_run(&f, &call);
        assert_int_equal(call.outcome, OUTCOME_NONE);
        assert_int_equal(call.body_size, 4 << 20);
        assert_int_equal(call.reused, i);
        http_call_clear(&call);
    }
    fixture_close(&f);
    server_stop(server);
    authority_leaf_free(&leaf);
    mem_free(body);
}

/* A body that ends with the connection: only close_notify makes its end certain. */
static void until_close(struct server_conn *c, void *ctx)
{
    if (!server_read_request(c))
        return;
    server_say(c, "HTTP/1.1 200 OK\r\n\r\nhello");
    if (*(int *)ctx)
        shutdown(c->fd, SHUT_RDWR);
}

static void test_cut(void **state)
{
    struct net_tls_options o = { ca.file, 0 };
    (void)state;
    for (int cut = 0; cut < 2; cut++) {
        struct authority_leaf leaf;
        struct fixture f;
        struct http_call call;
        authority_issue(&ca, "localhost", NULL, FROM, TO, &leaf);
        struct server *server = server_start_tls(until_close, &cut, &leaf, 12, 13);
        fixture_open(&f, NULL);
        run_tls(&f, &call, server_port(server), "localhost", &o);
        assert_int_equal(call.outcome, cut ? OUTCOME_PROTOCOL : OUTCOME_NONE);
        if (cut)
            assert_non_null(strstr(call.detail, "without ending TLS"));
        assert_string_equal(buf_str(&call.response_body), "hello");
        http_call_clear(&call);
        fixture_close(&f);
        server_stop(server);
        authority_leaf_free(&leaf);
    }
}

/* A thousand due at once: few full handshakes, the others resume or share. */
static void test_many_at_once(void **state)
{
    static struct http_call calls[300];
    struct net_tls_options o = { ca.file, 0 };
    struct authority_leaf leaf;
    struct fixture f;
    struct http_stats stats;
    (void)state;
    authority_issue(&ca, "localhost", NULL, FROM, TO, &leaf);
    struct server *server = server_start_tls(answer, NULL, &leaf, 12, 13);
    fixture_open(&f, NULL);
    for (size_t i = 0; i < MEM_COUNT(calls); i++) {
        fixture_call(&f, &calls[i], server_port(server));
        calls[i].tls = true;
        calls[i].host = "localhost";
        calls[i].tls_options = &o;
        calls[i].connect_timeout_ms = calls[i].timeout_ms = 30000;
        http_submit(f.client, &calls[i]);
    }
    fixture_wait(&f, (int)MEM_COUNT(calls));
    for (size_t i = 0; i < MEM_COUNT(calls); i++) {
        if (calls[i].outcome != OUTCOME_NONE)
            fail_msg("%d '%s'", calls[i].outcome, calls[i].detail);
        http_call_clear(&calls[i]);
    }
    http_client_stats(f.client, &stats);
    assert_in_range(stats.handshakes - stats.resumed, 1,
                    8 /* the first few, and those under way before a ticket came */);
    assert_in_range(stats.handshakes, 1, 150);
    fixture_close(&f);
    server_stop(server);
    authority_leaf_free(&leaf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_certificates),    cmocka_unit_test(test_system_roots_do_not_know_us),
        cmocka_unit_test(test_ca_file_faults),  cmocka_unit_test(test_versions),
        cmocka_unit_test(test_resumption),      cmocka_unit_test(test_keep_alive),
        cmocka_unit_test(test_reload),          cmocka_unit_test(test_handshake_faults),
        cmocka_unit_test(test_large_both_ways), cmocka_unit_test(test_cut),
        cmocka_unit_test(test_many_at_once),
    };
    return cmocka_run_group_tests(tests, make_authorities, free_authorities);
}
