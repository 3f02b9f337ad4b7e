/* curl_multi.c - the yardstick: libcurl's multi interface over keep-alive connections, recording nothing.
 *
 *   curl_multi URL CALLS CONNECTIONS [CA_FILE]
 *
 * Prints one JSON object: calls a second, CPU time a call, how many failed, and the growth of the resident set. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

struct totals {
    long started, done, failed, calls;
};

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

static size_t discard(char *data, size_t size, size_t n, void *ctx)
{
    (void)data, (void)ctx;
    return size * n;
}

static CURL *prepare(const char *url, const char *ca_file, struct curl_slist *fields)
{
    CURL *c = curl_easy_init();
    curl_easy_setopt(c, CURLOPT_URL, url);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, fields);
    curl_easy_setopt(c, CURLOPT_POSTFIELDS, "{\"time_slot\":\"07:00\",\"source\":\"cron\"}");
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, discard);
    curl_easy_setopt(c, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, 30000L);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    if (ca_file)
        curl_easy_setopt(c, CURLOPT_CAINFO, ca_file);
    return c;
}

/* Takes up what has ended; the same handle makes the next call. */
static void collect(CURLM *m, struct totals *t)
{
    int left;
    for (CURLMsg *msg; (msg = curl_multi_info_read(m, &left));) {
        if (msg->msg != CURLMSG_DONE)
            continue;
        CURL *c = msg->easy_handle;
        long status = 0;
        curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
        t->failed += msg->data.result != CURLE_OK || status != 200;
        t->done++;
        curl_multi_remove_handle(m, c);
        if (t->started < t->calls) {
            t->started++;
            curl_multi_add_handle(m, c);
        } else {
            curl_easy_cleanup(c);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc != 4 && argc != 5) {
        fprintf(stderr, "usage: curl_multi URL CALLS CONNECTIONS [CA_FILE]\n");
        return 2;
    }
    struct totals t = { .calls = strtol(argv[2], NULL, 10) };
    long connections = strtol(argv[3], NULL, 10);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    long before = resident_kb();
    CURLM *m = curl_multi_init();
    curl_multi_setopt(m, CURLMOPT_MAXCONNECTS, connections);
    struct curl_slist *fields = curl_slist_append(NULL, "Content-Type: application/json");
    double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (; t.started < connections && t.started < t.calls; t.started++)
        curl_multi_add_handle(m, prepare(argv[1], argv[4], fields));
    while (t.done < t.calls) {
        int running;
        curl_multi_perform(m, &running);
        collect(m, &t);
        if (t.done < t.calls)
            curl_multi_poll(m, NULL, 0, 1000, NULL);
    }
    wall = seconds(CLOCK_MONOTONIC) - wall;
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    printf("{\"calls\":%ld,\"failed\":%ld,\"calls_per_s\":%.0f,\"cpu_us_per_call\":%.1f,\"rss_growth_kb\":%ld}\n",
           t.done, t.failed, (double)t.done / wall, cpu * 1e6 / (double)t.done, resident_kb() - before);
    curl_slist_free_all(fields);
    curl_multi_cleanup(m);
    return t.failed ? 1 : 0;
}
