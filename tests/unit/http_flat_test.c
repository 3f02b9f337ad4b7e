/* Nothing grows: many calls of every kind, good and bad, plain and TLS; then as many allocations are alive, as many descriptors open, as
 * before. The servers are another process, so that all that is counted is the client's.
 *
 * FLAT_CALLS=200000 is the long form; the figures are printed. */
#include "http_fixture.h"

#include "base/block.h"
#include "base/mem.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define SLOTS 32
#define WARM 2000
#define CALLS 4000

/* Each allocation of this process. Sanitizers have their own idea of malloc; there LeakSanitizer counts. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COUNTED false
static atomic_long alive, made;
#else
#define COUNTED true
static atomic_long alive, made;
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void __libc_free(void *p);

static void *count(void *p)
{
    if (p) {
        atomic_fetch_add(&alive, 1);
        atomic_fetch_add(&made, 1);
    }
    return p;
}

void *malloc(size_t n)
{
    return count(__libc_malloc(n));
}

void *calloc(size_t n, size_t size)
{
    return count(__libc_calloc(n, size));
}

void *realloc(void *p, size_t n)
{
    return p ? __libc_realloc(p, n) : count(__libc_malloc(n));
}

void free(void *p)
{
    if (p)
        atomic_fetch_sub(&alive, 1);
    __libc_free(p);
}
#endif

/* What the servers do, by path, and how the call must end. The n-th call is of the first kind whose `every` divides n. */
enum act { KEEP, CLOSE, RESET, SILENT };
static const struct kind {
    int every;
    const char *path, *answer;
    enum act act;
    bool tls;
    const char *host;
    enum outcome outcome;
    int cancel_ms; /* after so many; 0: not */
} kinds[] = {
    { 499, "/silent", "", SILENT, false, "127.0.0.1", OUTCOME_TIMEOUT, 0 },
    { 251, "/ok", "", KEEP, true, "other.localhost", OUTCOME_TLS, 0 },
    { 173, "/silent", "", SILENT, true, "localhost", OUTCOME_TIMEOUT, 0 },
    { 101, "/silent", "", SILENT, false, "127.0.0.1", OUTCOME_CANCELED, 3 },
    { 97, "/close", "", CLOSE, true, "new.localhost", OUTCOME_CANCELED, 1 },
    { 89, "/ok", "", KEEP, false, "10.0.0.1", OUTCOME_BLOCKED, 0 },
    { 47, "/large", "HTTP/1.1 200 OK\r\nContent-Length: 20971520\r\n\r\n", CLOSE, false, "127.0.0.1", OUTCOME_TOO_LARGE,
      0 },
    { 43, "/cut", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", CLOSE, true, "localhost", OUTCOME_PROTOCOL, 0 },
    { 41, "/reset", "", RESET, false, "127.0.0.1", OUTCOME_PROTOCOL, 0 },
    { 37, "/garbage", "garbage\r\n", CLOSE, false, "127.0.0.1", OUTCOME_PROTOCOL, 0 },
    { 31, "/delimited", "HTTP/1.1 200 OK\r\n\r\nuntil the end", CLOSE, false, "127.0.0.1", OUTCOME_NONE, 0 },
    { 29, "/bye", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", CLOSE, true, "localhost",
      OUTCOME_NONE, 0 },
    { 7, "/500", "HTTP/1.1 500 No\r\nX-Why: because\r\nContent-Length: 3\r\n\r\nbad", KEEP, false, "localhost",
      OUTCOME_NONE, 0 },
    { 5, "/chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n", KEEP, true,
      "localhost", OUTCOME_NONE, 0 },
    { 3, "/chunked", "", KEEP, false, "127.0.0.1", OUTCOME_NONE, 0 },
    { 2, "/ok", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", KEEP, true, "localhost", OUTCOME_NONE, 0 },
    { 1, "/ok", "", KEEP, false, "127.0.0.1", OUTCOME_NONE, 0 },
};

/* The kind that tells what to do for a path: the one with the answer, when several have it. */
static const struct kind *kind_of(const char *path)
{
    const struct kind *found = NULL;
    for (size_t i = 0; i < MEM_COUNT(kinds); i++)
        if (strcmp(path, kinds[i].path) == 0 && (!found || kinds[i].answer[0]))
            found = &kinds[i];
    return found;
}

static void serve(struct server_conn *c, void *ctx)
{
    (void)ctx;
    while (server_read_request(c)) {
        char path[32] = "";
        sscanf(c->head, "GET %31s", path);
        const struct kind *k = kind_of(path);
        if (!k)
            return;
        if (k->answer[0])
            server_say(c, k->answer);
        if (k->act == SILENT)
            server_wait(c);
        if (k->act == RESET)
            server_reset(c);
        if (k->act != KEEP)
            return;
    }
}

static struct {
    struct fixture f;
    uint16_t ports[2]; /* plain, TLS */
    struct authority ca;
    struct authority_leaf leaf;
    pid_t servers;
    int stop; /* closing it ends them */
    int started, wanted;
} flat;

struct slot {
    struct http_call call;
    struct loop_timer cancel;
    const struct kind *kind;
    char head[96];
};

static void run_servers(int tell, int stop)
{
    char byte;
    struct server *plain = server_start(serve, NULL), *tls = server_start_tls(serve, NULL, &flat.leaf, 12, 13);
    uint16_t ports[2] = { server_port(plain), server_port(tls) };
    if (write(tell, ports, sizeof(ports)) != sizeof(ports) || read(stop, &byte, 1) != 0)
        _exit(1);
    server_stop(plain);
    server_stop(tls);
    _exit(0);
}

static int start_servers(void **state)
{
    int tell[2], stop[2];
    struct rlimit limit;
    (void)state;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    authority_make(&flat.ca, "Test Authority");
    authority_issue(&flat.ca, "localhost", NULL, "20200101000000", "20991231235959", &flat.leaf);
    if (pipe(tell) < 0 || pipe(stop) < 0 || (flat.servers = fork()) < 0)
        return -1;
    if (flat.servers == 0) {
        close(stop[1]);
        run_servers(tell[1], stop[0]);
    }
    close(stop[0]);
    close(tell[1]);
    flat.stop = stop[1];
    ssize_t n = read(tell[0], flat.ports, sizeof(flat.ports));
    close(tell[0]);
    return n == sizeof(flat.ports) ? 0 : -1;
}

static int stop_servers(void **state)
{
    int status;
    (void)state;
    close(flat.stop);
    waitpid(flat.servers, &status, 0);
    authority_leaf_free(&flat.leaf);
    authority_free(&flat.ca);
    return 0;
}

static void cancel(void *ctx)
{
    struct slot *s = ctx;
    http_cancel(flat.f.client, &s->call);
}

static void begin(struct slot *s)
{
    static struct net_tls_options o;
    const struct kind *k = kinds;
    int n = ++flat.started;
    while (n % k->every)
        k++;
    o.ca_file = flat.ca.file;
    s->kind = k;
    fixture_call(&flat.f, &s->call, flat.ports[k->tls]);
    snprintf(s->head, sizeof(s->head), "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", k->path);
    s->call.head = s->head;
    s->call.head_len = strlen(s->head);
    s->call.tls = k->tls;
    s->call.host = k->host;
    s->call.tls_options = &o;
    s->call.timeout_ms = s->call.connect_timeout_ms = k->outcome == OUTCOME_TIMEOUT ? 20 : 60000;
    s->cancel = (struct loop_timer){ .fn = cancel, .ctx = s };
    if (k->cancel_ms)
        loop_timer_set(flat.f.loop, &s->cancel, (struct mono){ clock_mono().us + k->cancel_ms * 1000 });
    http_submit(flat.f.client, &s->call);
}

/* A call that is canceled may have ended before. */
static bool as_expected(const struct http_call *call, const struct kind *k)
{
    return call->outcome == k->outcome || (k->cancel_ms && call->outcome != OUTCOME_NONE);
}

static void ended(struct fixture *f, struct http_call *call)
{
    struct slot *s = MEM_CONTAINER(call, struct slot, call);
    loop_timer_clear(f->loop, &s->cancel);
    if (!as_expected(call, s->kind))
        fail_msg("%s of %s: outcome %d '%s'", s->kind->path, s->kind->host, call->outcome, call->detail);
    http_call_clear(call);
    if (flat.started < flat.wanted)
        begin(s);
}

/* So many calls; then nothing is kept that need not be: what is alive is what the client needs for itself. */
static void run_calls(int calls)
{
    static struct slot slots[SLOTS];
    flat.wanted = flat.started + calls;
    for (int i = 0; i < SLOTS; i++)
        begin(&slots[i]);
    fixture_wait(&flat.f, calls);
    http_client_reload(flat.f.client);
    fixture_pass_ms(&flat.f, 200); /* handshakes that were given up come back */
    block_drop_cache();            /* blocks that the other threads made end up here: a bounded cache */
}

static void test_flat(void **state)
{
    const char *wanted = getenv("FLAT_CALLS");
    int calls = wanted ? (int)strtol(wanted, NULL, 10) : CALLS;
    (void)state;
    fixture_open(&flat.f, NULL);
    flat.f.after = ended;
    run_calls(WARM);
    long alive_before = atomic_load(&alive), made_before = atomic_load(&made), kb = fixture_resident_kb();
    int descriptors = fixture_descriptors();
    run_calls(calls);
    long alive_after = atomic_load(&alive), kb_after = fixture_resident_kb();
    if (wanted)
        print_message(
            "%d calls: %ld allocations alive before, %ld after; %.1f made a call; %ld -> %ld KiB resident; %d -> %d "
            "descriptors\n",
            calls, alive_before, alive_after, (double)(atomic_load(&made) - made_before) / calls, kb, kb_after,
            descriptors, fixture_descriptors());
    assert_int_equal(fixture_descriptors(), descriptors);
    assert_int_equal(alive_after, alive_before);
    if (COUNTED)
        assert_in_range(kb_after, 0, kb + 2048);
    fixture_close(&flat.f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_flat, start_servers, stop_servers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
