/* dial.h through the client, with look-ups that the test scripts: Happy Eyeballs, and the egress rule on each address. */
#include "http_fixture.h"

#include "base/mem.h"
#include "net/dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <sys/socket.h>

static void answer_ok(struct server_conn *c, void *ctx)
{
    (void)ctx;
    while (server_read_request(c))
        server_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

/* "two" has an address that never answers (a full backlog) and one that does; "one" only the first. */
static void two_addresses(void *ctx, const char *name, struct dns_answer *ret)
{
    (void)ctx;
    address_parse("127.0.0.2", &ret->addresses[0]);
    address_parse("127.0.0.1", &ret->addresses[1]);
    ret->count = strcmp(name, "two") == 0 ? 2 : 1;
}

#define FILLERS 4

static void fill_backlog(int fds[FILLERS + 1], uint16_t port)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(0x7f000002) };
    fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fds[0], (struct sockaddr *)&a, sizeof(a)), 0);
    assert_int_equal(listen(fds[0], 0), 0);
    for (int i = 1; i <= FILLERS; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (connect(fds[i], (struct sockaddr *)&a, sizeof(a)) < 0)
            assert_int_equal(errno, EINPROGRESS);
    }
    usleep(20000);
}

static void test_happy_eyeballs(void **state)
{
    struct http_client_config config = { .names.lookup = two_addresses };
    struct server *server = server_start(answer_ok, NULL);
    struct fixture f;
    struct http_call call;
    int fds[FILLERS + 1];
    (void)state;
    fill_backlog(fds, server_port(server));
    fixture_open(&f, &config);
    fixture_call(&f, &call, server_port(server));
    call.host = "two";
    fixture_run(&f, &call);
    assert_int_equal(call.outcome, OUTCOME_NONE);
    assert_int_equal(strncmp(call.remote_address, "127.0.0.1:", 10), 0);
    assert_in_range(call.timing.connect_ms, 240, 1000);
    http_call_clear(&call);
    fixture_call(&f, &call, server_port(server));
    call.host = "one";
    call.connect_timeout_ms = 100;
    fixture_run(&f, &call);
    assert_int_equal(call.outcome, OUTCOME_TIMEOUT);
    assert_non_null(strstr(call.detail, "no connection within 100 ms (connecting to 127.0.0.2:"));
    assert_true(call.timing.connect_ms >= 90);
    assert_false(call.sent);
    http_call_clear(&call);
    fixture_close(&f);
    for (int i = 0; i <= FILLERS; i++)
        close(fds[i]);
    server_stop(server);
}

/* Addresses by name; "rebound" has another at its second look-up. */
static const struct {
    const char *name, *addresses[DNS_ADDRESSES_MAX + 1];
} names[] = {
    { "refuses",
      { "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.6", "127.0.0.7", "127.0.0.8", "127.0.0.9",
        "127.0.0.10", "127.0.0.11", "127.0.0.12", "127.0.0.13", "127.0.0.14", "127.0.0.15", "127.0.0.16",
        "127.0.0.1" } },
    { "both", { "::1", "127.0.0.1" } }, /* nothing listens on the first */
    { "mixed", { "169.254.169.254", "fd00:ec2::254", "10.0.0.1", "127.0.0.1" } },
    { "forbidden", { "169.254.169.254", "10.0.0.1" } },
};

static void listed(void *ctx, const char *name, struct dns_answer *ret)
{
    int *lookups = ctx;
    ret->count = 0;
    (*lookups)++;
    if (strcmp(name, "rebound") == 0)
        address_parse(*lookups == 1 ? "127.0.0.1" : "169.254.169.254", &ret->addresses[ret->count++]);
    for (size_t i = 0; i < MEM_COUNT(names); i++)
        for (int j = 0; strcmp(names[i].name, name) == 0 && names[i].addresses[j]; j++)
            address_parse(names[i].addresses[j], &ret->addresses[ret->count++]);
}

static void run_named(struct fixture *f, struct http_call *call, struct server *server, const char *name)
{
    fixture_call(f, call, server_port(server));
    call->host = name;
    fixture_run(f, call);
}

/* An address that refuses costs no wait: fifteen of them would be almost four seconds. */
static void test_next_at_once(void **state)
{
    int lookups = 0;
    struct http_client_config config = { .names = { listed, &lookups, NULL } };
    struct server *server = server_start(answer_ok, NULL);
    struct fixture f;
    struct http_call call;
    (void)state;
    fixture_open(&f, &config);
    run_named(&f, &call, server, "refuses");
    assert_int_equal(call.outcome, OUTCOME_NONE);
    assert_int_equal(strncmp(call.remote_address, "127.0.0.1:", 10), 0);
    assert_in_range(call.timing.connect_ms, 0, 15 * DIAL_STAGGER_MS - 1);
    http_call_clear(&call);
    http_client_reload(f.client);
    run_named(&f, &call, server, "both");
    assert_int_equal(call.outcome, OUTCOME_NONE);
    assert_int_equal(strncmp(call.remote_address, "127.0.0.1:", 10), 0);
    assert_string_equal(call.detail, "");
    http_call_clear(&call);
    fixture_close(&f);
    server_stop(server);
}

/* The rule is on each address, at each attempt: what may not be called is left out, and a name that moves there is blocked. */
static void test_egress(void **state)
{
    int lookups = 0;
    struct http_client_config config = { .names = { listed, &lookups, NULL } };
    struct server *server = server_start(answer_ok, NULL);
    struct fixture f;
    struct http_call call;
    (void)state;
    fixture_open(&f, &config);
    run_named(&f, &call, server, "rebound");
    assert_int_equal(call.outcome, OUTCOME_NONE);
    http_call_clear(&call);
    http_client_reload(f.client); /* new look-up, new connection */
    run_named(&f, &call, server, "rebound");
    assert_int_equal(call.outcome, OUTCOME_BLOCKED);
    assert_string_equal(call.detail, "169.254.169.254 is a link-local address (cloud metadata is there): never called");
    assert_false(call.sent);
    http_call_clear(&call);
    run_named(&f, &call, server, "mixed");
    assert_int_equal(call.outcome, OUTCOME_NONE);
    assert_int_equal(strncmp(call.remote_address, "127.0.0.1:", 10), 0);
    http_call_clear(&call);
    run_named(&f, &call, server, "forbidden");
    assert_int_equal(call.outcome, OUTCOME_BLOCKED);
    http_call_clear(&call);
    assert_int_equal(server_connections(server), 2);
    fixture_close(&f);
    server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_happy_eyeballs),
        cmocka_unit_test(test_next_at_once),
        cmocka_unit_test(test_egress),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
