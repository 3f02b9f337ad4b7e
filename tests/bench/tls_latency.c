/* tls_latency.c - do new TLS connections delay the calls that are open already?
 *
 *   tls_latency PLAIN_URL TLS_PORT CA_FILE CONNECTIONS
 *
 * PLAIN_CALLS plain keep-alive calls are under way all the time, PLAIN_EVERY_MS apart each. Measured alone for a second; then while
 * CONNECTIONS TLS calls are made at once to as many hosts (h1.localhost, h2.localhost, ...: each a full handshake), and then
 * to one host (the first handshakes full, the others resumed). Prints one JSON object of times in microseconds. */
#include "base/mem.h"
#include "core/http1.h"
#include "net/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define PLAIN_CALLS 16
#define PLAIN_EVERY_MS 2
#define SAMPLES 1000000
#define ALONE_MS 1000

struct plain {
    struct http_call call;
    struct loop_timer next;
    struct mono submitted;
};

static struct {
    struct loop *loop;
    struct http_client *client;
    struct url url;
    struct net_tls_options tls;
    struct cidr allowed;
    struct plain plain[PLAIN_CALLS];
    int64_t samples_us[SAMPLES];
    size_t n_samples;
    int left; /* TLS calls under way */
    int failed;
    char reason[256];
} bench;

static const char head[] = "GET /tls HTTP/1.1\r\nHost: localhost\r\n\r\n";

static void prepare(struct http_call *call, void (*done)(struct http_call *))
{
    memset(call, 0, sizeof(*call));
    call->allowed = &bench.allowed;
    call->n_allowed = 1;
    call->head = head;
    call->head_len = sizeof(head) - 1;
    call->idempotent = true;
    call->connect_timeout_ms = call->timeout_ms = 60000;
    call->body_keep = 65536;
    call->done = done;
}

static void note_failure(const struct http_call *call)
{
    if (call->outcome == OUTCOME_NONE && call->status == 200)
        return;
    if (bench.failed++ == 0)
        snprintf(bench.reason, sizeof(bench.reason), "%s", call->detail);
}

static void plain_done(struct http_call *call)
{
    struct plain *p = MEM_CONTAINER(call, struct plain, call);
    struct mono now = clock_mono();
    if (bench.n_samples < SAMPLES)
        bench.samples_us[bench.n_samples++] = now.us - p->submitted.us;
    note_failure(call);
    http_call_clear(call);
    loop_timer_set(bench.loop, &p->next, (struct mono){ now.us + PLAIN_EVERY_MS * 1000 });
}

/* The time counts from when the call was due: a loop that is busy elsewhere starts it late. */
static void plain_due(void *ctx)
{
    struct plain *p = ctx;
    p->submitted = (struct mono){ p->next.node.key };
    prepare(&p->call, plain_done);
    p->call.host = bench.url.host;
    p->call.port = bench.url.port;
    http_submit(bench.client, &p->call);
}

static void tls_done(struct http_call *call)
{
    note_failure(call);
    http_call_clear(call);
    if (--bench.left == 0)
        loop_stop(bench.loop);
}

static void time_over(void *ctx)
{
    (void)ctx;
    loop_stop(bench.loop);
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void print(const char *name)
{
    size_t n = bench.n_samples;
    qsort(bench.samples_us, n, sizeof(bench.samples_us[0]), by_value);
    printf("\"%s\":{\"calls\":%zu,\"p50_us\":%lld,\"p99_us\":%lld,\"max_us\":%lld}", name, n,
           (long long)bench.samples_us[n / 2], (long long)bench.samples_us[(n - 1) * 99 / 100],
           (long long)bench.samples_us[n - 1]);
    bench.n_samples = 0;
}

/* Returns how long all took, in ms. */
static int64_t connect_many(int count, uint16_t port, bool one_host)
{
    struct http_call *calls = mem_alloc((size_t)count * sizeof(*calls));
    char(*hosts)[32] = mem_alloc((size_t)count * sizeof(*hosts));
    struct mono start = clock_mono();
    bench.left = count;
    for (int i = 0; i < count; i++) {
        snprintf(hosts[i], sizeof(hosts[i]), "h%d.localhost", one_host ? 0 : i + 1);
        prepare(&calls[i], tls_done);
        calls[i].tls = true;
        calls[i].host = hosts[i];
        calls[i].port = port;
        calls[i].tls_options = &bench.tls;
        http_submit(bench.client, &calls[i]);
    }
    loop_run(bench.loop);
    mem_free(calls);
    mem_free(hosts);
    return mono_ms_since(start, clock_mono());
}

static int open_client(char **argv, struct err *e)
{
    static const struct http_client_config config = { .max_idle_per_host = 2000, .max_idle_total = 4000 };
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (url_parse(argv[1], &bench.url, e) < 0)
        return -1;
    bench.tls.ca_file = argv[3];
    cidr_parse("127.0.0.0/8", &bench.allowed);
    bench.loop = loop_new(e);
    bench.client = bench.loop ? http_client_new(bench.loop, &config, e) : NULL;
    return bench.client ? 0 : -1;
}

int main(int argc, char **argv)
{
    struct err e;
    struct loop_timer over = { .fn = time_over };
    struct http_stats stats, before;
    if (argc != 5) {
        fprintf(stderr, "usage: tls_latency PLAIN_URL TLS_PORT CA_FILE CONNECTIONS\n");
        return 2;
    }
    uint16_t port = (uint16_t)strtol(argv[2], NULL, 10);
    int count = (int)strtol(argv[4], NULL, 10);
    if (open_client(argv, &e) < 0) {
        fprintf(stderr, "tls_latency: %s\n", e.text);
        return 1;
    }
    for (int i = 0; i < PLAIN_CALLS; i++) {
        bench.plain[i].next = (struct loop_timer){ .fn = plain_due, .ctx = &bench.plain[i] };
        loop_timer_set(bench.loop, &bench.plain[i].next, (struct mono){ clock_mono().us + i * 100 });
    }
    loop_timer_set(bench.loop, &over, (struct mono){ clock_mono().us + ALONE_MS * 1000 });
    loop_run(bench.loop);
    printf("{\"connections\":%d,", count);
    print("alone");
    int64_t ms = connect_many(count, port, false);
    printf(",\"full_ms\":%lld,", (long long)ms);
    print("full");
    http_client_stats(bench.client, &before);
    ms = connect_many(count, port, true);
    http_client_stats(bench.client, &stats);
    printf(",\"resumed_ms\":%lld,", (long long)ms);
    print("resumed");
    printf(",\"one_host\":{\"handshakes\":%lld,\"resumed\":%lld},\"failed\":%d}\n",
           (long long)(stats.handshakes - before.handshakes), (long long)(stats.resumed - before.resumed),
           bench.failed);
    if (bench.failed)
        fprintf(stderr, "tls_latency: %s\n", bench.reason);
    return bench.failed ? 1 : 0;
}
