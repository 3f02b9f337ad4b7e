/* history DIR JOBS RUNS - a data directory with that many jobs, and runs of them over the last 30 days; then the time that counting
 * them for statistics takes, and taking over which jobs are failing, which an upgrade does once. Prints one JSON object.
 *
 * Runs are written as rows, a hundred times as fast as calls could make them. One in 25 failed, in several ways; the jobs are on four
 * targets, and have one or two of ten tags. */
#include "base/json.h"
#include "core/job.h"
#include "store/jobs.h"
#include "store/statement.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAYS 30

static void check(int rc, const struct err *e)
{
    if (!rc)
        return;
    fprintf(stderr, "history: %s\n", e->text);
    exit(1);
}

static void execute(struct store *s, const char *sql)
{
    if (sqlite3_exec(s->db, sql, NULL, NULL, NULL)) {
        fprintf(stderr, "history: %s\n", sqlite3_errmsg(s->db));
        exit(1);
    }
}

static void put_targets(struct store *s, struct wall now)
{
    for (int i = 0; i < 4; i++) {
        struct err e;
        enum put_result put;
        struct target t;
        struct arena *a = arena_new(0);
        mem_auto char *text = mem_printf("{\"name\": \"target-%d\", \"base_url\": \"http://127.0.0.1:9\"}", i);
        json_auto struct json *v = json_parse(text, strlen(text), NULL);
        check(target_parse(v, NULL, a, &t, &e), &e);
        check(targets_put(s, &t, -1, now, &put, &e), &e);
        arena_free(a);
    }
}

/* Due once a year, so that they do not disturb what is measured. */
static void put_jobs(struct store *s, int jobs, struct wall now)
{
    for (int i = 0; i < jobs; i++) {
        struct err e;
        enum put_result put;
        struct job j;
        struct arena *a = arena_new(0);
        mem_auto char *text = mem_printf(
            "{\"name\": \"job-%06d\", \"description\": \"one of the kind %d\", \"schedule\": \"0 0 1 %d *\", "
            "\"target\": \"target-%d\", \"tags\": [\"tag-%d\"%s], \"request\": {\"url\": \"/f\", \"headers\": "
            "{\"X-Internal-Key\": \"{{secret.KEY}}\"}, \"body\": {\"time_slot\": \"07:00\"}}}",
            i, i % 7, 1 + i % 12, i % 4, i % 9, i % 100 ? "" : ", \"rare\"");
        json_auto struct json *v = json_parse(text, strlen(text), NULL);
        check(job_parse(v, NULL, NULL, NULL, a, &j, &e), &e);
        check(jobs_put(s, &j, -1, now, &put, &e), &e);
        arena_free(a);
    }
}

/* Random bits, made of i, so that the rows come in the order of their ids. */
#define INSERT_RUNS                                                                                                  \
    "INSERT INTO runs (id, job, trigger, scheduled_for, created_at, state, attempts, started_at, finished_at, "      \
    "  lateness_ms, duration_ms, http_status, outcome, message, metrics) "                                           \
    "WITH RECURSIVE n (i, t) AS (SELECT 0, %" PRId64 " UNION ALL SELECT i + 1, %" PRId64 " + (i + 1) * %" PRId64     \
    " / %" PRId64 " FROM n WHERE i + 1 < %" PRId64 "), "                                                             \
    "r AS (SELECT i, t, (i * 2654435761) %% 4294967296 AS x, 'job-' || printf('%%06d', i %% %d) AS job FROM n), "    \
    "k AS (SELECT *, CASE WHEN x %% 1000 < 945 THEN 'succeeded' WHEN x %% 1000 < 985 THEN 'failed' "                 \
    "  WHEN x %% 1000 < 993 THEN 'skipped' WHEN x %% 1000 < 997 THEN 'missed' ELSE 'canceled' END AS state FROM r) " \
    "SELECT unhex(printf('%%012x7%%03x8%%015x', t, x %% 4096, i)), job, 'schedule', t, t, state, "                   \
    "  state IN ('succeeded', 'failed'), CASE WHEN state IN ('succeeded', 'failed') THEN t + x %% 50 END, "          \
    "  t + 50 + x %% 3000, CASE WHEN state IN ('succeeded', 'failed') THEN x %% 50 END, "                            \
    "  CASE WHEN state IN ('succeeded', 'failed') THEN x %% 3000 END, "                                              \
    "  CASE state WHEN 'succeeded' THEN 200 WHEN 'failed' THEN CASE WHEN x %% 3 THEN 401 END END, "                  \
    "  CASE state WHEN 'succeeded' THEN 'ok' WHEN 'canceled' THEN 'canceled' WHEN 'failed' THEN "                    \
    "    CASE x %% 3 WHEN 0 THEN 'tls' ELSE 'http_status' END END, "                                                 \
    "  CASE state WHEN 'succeeded' THEN '' WHEN 'failed' THEN CASE x %% 3 WHEN 0 THEN "                              \
    "    'the certificate of 203.0.113.7 is for another name' ELSE 'the function answered 401 Unauthorized: ' || "   \
    "    'the key that it wants is another one' END ELSE 'the run before it was still under way' END, "              \
    "  CASE WHEN state = 'succeeded' AND x %% 5 = 0 THEN '{\"followups_sent\":' || x %% 9 || '}' END FROM k"

static void put_runs(struct store *s, int jobs, int64_t runs, struct wall now)
{
    const int64_t span = DAYS * 86400000LL, from = now.ms - span - 60000;
    mem_auto char *sql = mem_printf(INSERT_RUNS, from, from, span, runs, runs, jobs);
    execute(s, sql);
    mem_auto char *planned = mem_printf("UPDATE planner SET planned_until = %" PRId64, now.ms);
    execute(s, planned);
}

/* Which jobs are failing was not noted run by run: it is taken from history, as an upgrade does. */
static void take_failing(struct store *s)
{
    execute(s, "DROP TABLE job_failing");
    for (size_t i = 0; i < migration_count; i++)
        if (!strcmp(migration_table[i].name, "failing"))
            execute(s, migration_table[i].sql);
}

static int64_t ms_since(struct mono start)
{
    return mono_ms_since(start, clock_mono());
}

int main(int argc, char **argv)
{
    struct err e;
    struct store *s;
    if (argc != 4) {
        fprintf(stderr, "usage: history DIR JOBS RUNS\n");
        return 2;
    }
    json_init();
    int jobs = atoi(argv[2]);
    int64_t runs = atoll(argv[3]);
    struct mono start = clock_mono();
    check(store_open(&s, argv[1], STORE_WRITE, &e), &e);
    check(store_begin(s, &e), &e);
    put_targets(s, clock_wall());
    put_jobs(s, jobs, clock_wall());
    put_runs(s, jobs, runs, clock_wall());
    execute(s, "UPDATE statistics SET counted = 0");
    check(store_commit(s, &e), &e);
    store_close(s);
    int64_t write_ms = ms_since(start);
    start = clock_mono();
    check(store_open(&s, argv[1], STORE_WRITE, &e), &e);
    int64_t count_ms = ms_since(start);
    start = clock_mono();
    check(store_begin(s, &e), &e);
    take_failing(s);
    check(store_commit(s, &e), &e);
    printf("{\"jobs\": %d, \"runs\": %" PRId64 ", \"write_ms\": %" PRId64 ", \"count_ms\": %" PRId64
           ", \"failing_ms\": %" PRId64 "}\n",
           jobs, runs, write_ms, count_ms, ms_since(start));
    store_close(s);
    return 0;
}
