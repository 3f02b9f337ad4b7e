/* http_client.c - the HTTP client alone, as curl_multi.c does it: keep-alive connections, recording nothing.
 *
 *   http_client URL CALLS CONNECTIONS [CA_FILE]
 *
 * Prints one JSON object: calls a second, CPU time a call, how many failed, and the growth of the resident set (with CALLS =
 * CONNECTIONS and a server that answers late, that is the memory of so many calls in flight). */
#include "base/mem.h"
#include "core/http1.h"
#include "net/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static const char body[] = "{\"time_slot\":\"07:00\",\"source\":\"cron\"}";

static struct {
    struct loop *loop;
    struct http_client *client;
    struct url url;
    struct buf head;
    struct net_tls_options tls;
    struct cidr allowed;
    long calls, connections, started, done, failed;
} bench;

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long resident_kb(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_maxrss;
}

static void submit(struct http_call *call);

static void done(struct http_call *call)
{
    if (call->outcome != OUTCOME_NONE || call->status != 200)
        if (bench.failed++ == 0)
            fprintf(stderr, "http_client: %d %d %s\n", call->outcome, call->status, call->detail);
    http_call_clear(call);
    if (bench.started < bench.calls)
        submit(call);
    if (++bench.done == bench.calls)
        loop_stop(bench.loop);
}

static void submit(struct http_call *call)
{
    memset(call, 0, sizeof(*call));
    call->tls = bench.url.tls;
    call->host = bench.url.host;
    call->port = bench.url.port;
    call->tls_options = &bench.tls;
    call->allowed = &bench.allowed;
    call->n_allowed = 1;
    call->head = bench.head.data;
    call->head_len = bench.head.len;
    call->body = body;
    call->body_len = sizeof(body) - 1;
    call->idempotent = true;
    call->connect_timeout_ms = call->timeout_ms = 30000;
    call->body_keep = 65536;
    call->body_max = 10 << 20;
    call->done = done;
    bench.started++;
    http_submit(bench.client, call);
}

static int prepare(char **argv, struct err *e)
{
    struct buf authority = BUF_INIT(512);
    struct rlimit files;
    struct http_client_config config = { .max_idle_per_host = (int)bench.connections,
                                         .max_idle_total = (int)bench.connections };
    int rc = url_parse(argv[1], &bench.url, e);
    if (rc < 0)
        return rc;
    url_authority(&bench.url, &authority);
    bench.head = BUF_INIT(16384);
    http1_start(&bench.head, "POST", bench.url.path, buf_str(&authority));
    http1_field(&bench.head, "User-Agent", "edgecron-bench");
    http1_field(&bench.head, "Content-Type", "application/json");
    http1_end(&bench.head, sizeof(body) - 1);
    buf_free(&authority);
    bench.tls.ca_file = argv[4];
    cidr_parse("127.0.0.0/8", &bench.allowed);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    bench.loop = loop_new(e);
    bench.client = bench.loop ? http_client_new(bench.loop, &config, e) : NULL;
    return bench.client ? 0 : -1;
}

int main(int argc, char **argv)
{
    struct err e;
    if (argc != 4 && argc != 5) {
        fprintf(stderr, "usage: http_client URL CALLS CONNECTIONS [CA_FILE]\n");
        return 2;
    }
    bench.calls = strtol(argv[2], NULL, 10);
    bench.connections = strtol(argv[3], NULL, 10);
    if (prepare(argv, &e) < 0) {
        fprintf(stderr, "http_client: %s\n", e.text);
        return 1;
    }
    long before = resident_kb();
    struct http_call *calls = mem_alloc((size_t)bench.connections * sizeof(*calls));
    double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (long i = 0; i < bench.connections && bench.started < bench.calls; i++)
        submit(&calls[i]);
    loop_run(bench.loop);
    wall = seconds(CLOCK_MONOTONIC) - wall;
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    printf("{\"calls\":%ld,\"failed\":%ld,\"calls_per_s\":%.0f,\"cpu_us_per_call\":%.1f,\"rss_growth_kb\":%ld}\n",
           bench.done, bench.failed, (double)bench.done / wall, cpu * 1e6 / (double)bench.done, resident_kb() - before);
    http_client_free(bench.client);
    loop_free(bench.loop);
    buf_free(&bench.head);
    mem_free(calls);
    return bench.failed ? 1 : 0;
}
