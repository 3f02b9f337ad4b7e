/* upkeep DIR RUNS SECONDS RATE [BODY [reader]] - what deleting RUNS old runs costs those who commit meanwhile: RATE runs a second begin and
 * end for SECONDS, first alone, then while the old ones go (until all are gone, at most ten times as long), with bodies of BODY octets. With
 * `reader` somebody holds a snapshot for half of the time. Prints one JSON object; times in milliseconds, from the submission of a
 * write to the news that it is durable. */
#include "base/json.h"
#include "store/runs.h"
#include "store/settings.h"
#include "store/statement.h"
#include "store/upkeep.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define JOBS 1000
#define DAY_MS (24 * 3600000LL)

struct write {
    struct write_op op;
    struct run run;
    struct attempt attempt;
    struct mono since;
    bool end;
};
struct delays {
    int64_t *us;
    size_t n, cap;
};

static char *body;

static void check(int rc, const struct err *e)
{
    if (rc == 0)
        return;
    fprintf(stderr, "upkeep: %s\n", e->text);
    exit(1);
}

static void execute(struct store *s, const char *sql)
{
    if (sqlite3_exec(s->db, sql, NULL, NULL, NULL)) {
        fprintf(stderr, "upkeep: %s\n", sqlite3_errmsg(s->db));
        exit(1);
    }
}

/* Runs of 400 to 500 days ago, as rows. One in 25 failed, one in 1,000 has a body of 64 KiB. */
static void fill(const char *dir, int runs, int octets, struct wall now)
{
    struct err e;
    struct store *s;
    check(store_open(&s, dir, STORE_WRITE, &e), &e);
    execute(s, "PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; PRAGMA foreign_keys = OFF");
    for (int from = 0; from < runs; from += 100000) {
        int to = from + 100000 < runs ? from + 100000 : runs;
        mem_auto char *sql = mem_printf(
            "BEGIN; WITH RECURSIVE n(i) AS (SELECT %d UNION ALL SELECT i + 1 FROM n WHERE i < %d - 1), "
            "r(i, at) AS (SELECT i, %lld - 500 * 86400000 + i * (100 * 86400000 / %d) FROM n) "
            "INSERT INTO runs (id, job, trigger, scheduled_for, created_at, state, attempts, started_at, finished_at, "
            "lateness_ms, duration_ms, http_status, outcome) "
            "SELECT unhex(format('%%012X', at) || format('7%%03X8%%015X', i %% 4096, i)), 'job-' || (i %% %d), "
            "'schedule', "
            "at - at %% 1000 + i %% 3, at, CASE WHEN i %% 25 THEN 'succeeded' ELSE 'failed' END, 1, at, at + 200, 3, "
            "200, "
            "200, 'ok' FROM r; "
            "INSERT INTO attempts (run_id, number, started_at, finished_at, outcome, http_status, request_method, "
            "request_url, request_headers, request_body, response_headers, response_body, response_size) "
            "SELECT id, 1, started_at, finished_at, 'ok', 200, 'POST', 'http://127.0.0.1:9/f', "
            "printf('%%.250c', 'h'), '{\"time_slot\":\"07:00\"}', printf('%%.150c', 'a'), "
            "printf('%%.*c', CASE WHEN random() %% 1000 THEN %d ELSE 65536 END, 'b'), %d FROM runs "
            "WHERE id >= unhex(format('%%012X', %lld - 500 * 86400000 + %d * (100 * 86400000 / %d)) || "
            "'00000000000000000000'); "
            "COMMIT",
            from, to, (long long)now.ms, runs, JOBS, octets, octets, (long long)now.ms, from, runs);
        execute(s, sql);
    }
    execute(s, "PRAGMA wal_checkpoint(TRUNCATE)");
    store_close(s);
}

static int exec(struct store *s, struct write_op *op, struct err *e)
{
    struct write *w = (struct write *)op;
    bool inserted;
    return w->end ? runs_attempt_end(s, &w->run, &w->attempt, e) : runs_insert(s, &w->run, &inserted, e);
}

static struct write *write_new(struct mailbox *box, int i, struct wall now)
{
    static char names[JOBS][16];
    struct write *w = mem_alloc(sizeof *w);
    char *name = names[i % JOBS];
    snprintf(name, sizeof names[0], "job-%d", i % JOBS);
    w->run = (struct run){ .job = name,
                           .trigger = TRIGGER_API,
                           .scheduled_for = now,
                           .created_at = now,
                           .state = RUN_RUNNING,
                           .attempts = 1,
                           .started_at = now,
                           .finished_at = WALL_NONE,
                           .next_attempt_at = WALL_NONE,
                           .lateness_ms = 1,
                           .duration_ms = -1,
                           .message = "",
                           .occurrences = 1 };
    id_new(now, w->run.id);
    w->op = (struct write_op){ .exec = exec, .repeatable = true, .reply = box };
    return w;
}

static void submit(struct writer *wr, struct write *w)
{
    w->since = clock_mono();
    writer_submit(wr, &w->op);
}

/* The run's second write, once the first is durable. */
static void end(struct writer *wr, struct write *w, struct wall now)
{
    w->end = true;
    w->run.state = RUN_SUCCEEDED;
    w->run.finished_at = now;
    w->run.duration_ms = 1;
    w->run.outcome = OUTCOME_OK;
    w->attempt = (struct attempt){ .number = 1,
                                   .started_at = w->run.started_at,
                                   .finished_at = now,
                                   .outcome = OUTCOME_OK,
                                   .http_status = 200,
                                   .message = "",
                                   .dns_ms = -1,
                                   .connect_ms = -1,
                                   .tls_ms = -1,
                                   .first_byte_ms = 1,
                                   .total_ms = 1,
                                   .request_method = "POST",
                                   .request_headers = "A: b\n",
                                   .response_headers = "C: d\n",
                                   .response_body = body,
                                   .response_size = 1 };
    submit(wr, w);
}

static void note(struct delays *d, int64_t us)
{
    if (d->n == d->cap)
        d->us = mem_resize(d->us, (d->cap = d->cap ? 2 * d->cap : 4096) * sizeof *d->us);
    d->us[d->n++] = us;
}

static void answers(struct writer *wr, struct mailbox *box, struct delays *d, int wait_ms)
{
    for (struct mail *m = mailbox_wait(box, wait_ms), *next; m; m = next) {
        next = m->next;
        struct write *w = (struct write *)m;
        check(w->op.status, &w->op.err);
        note(d, clock_mono().us - w->since.us);
        if (w->end)
            mem_free(w);
        else
            end(wr, w, clock_wall());
    }
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int64_t size_of(const char *dir, const char *name)
{
    struct stat st;
    mem_auto char *path = mem_printf("%s/%s", dir, name);
    return stat(path, &st) ? 0 : st.st_size;
}

struct phase {
    const char *name, *dir;
    struct writer *writer;
    int seconds, rate;
    struct upkeep *upkeep; /* NULL: alone */
    int64_t runs;          /* that it is to delete */
    bool reader;
};

static struct json *told(const struct phase *p, struct delays *d, int64_t wal_bytes, double seconds)
{
    struct json *v = json_new_object();
    int over = 0;
    qsort(d->us, d->n, sizeof *d->us, compare);
    for (size_t i = 0; i < d->n; i++)
        over += d->us[i] > 50000;
    json_add_int(v, "writes", (int64_t)d->n);
    json_add_number(v, "seconds", (double)(int64_t)(seconds * 10) / 10);
    json_add_number(v, "p50_ms", (double)d->us[d->n / 2] / 1000);
    json_add_number(v, "p99_ms", (double)d->us[d->n * 99 / 100] / 1000);
    json_add_number(v, "p999_ms", (double)d->us[d->n * 999 / 1000] / 1000);
    json_add_number(v, "max_ms", (double)d->us[d->n - 1] / 1000);
    json_add_int(v, "over_50_ms", over);
    json_add_number(v, "wal_most_mib", (double)(wal_bytes >> 10) / 1024);
    if (p->upkeep) {
        struct upkeep_stats u;
        upkeep_stats(p->upkeep, &u);
        json_add_int(v, "deleted", u.runs);
        json_add_int(v, "bodies_deleted", u.bodies);
        json_add_int(v, "pages_given_back", u.pages);
        json_add_int(v, "checkpoints", u.checkpoints);
        json_add_number(v, "longest_step_ms", (double)u.longest_us / 1000);
    }
    json_add_number(v, "file_mib", (double)(size_of(p->dir, STORE_FILE) >> 10) / 1024);
    return v;
}

static bool over(const struct phase *p, struct mono start)
{
    struct upkeep_stats u;
    int64_t ms = mono_ms_since(start, clock_mono());
    if (!p->upkeep)
        return ms > p->seconds * 1000LL;
    upkeep_stats(p->upkeep, &u);
    return ms > p->seconds * 10000LL || (ms > p->seconds * 1000LL && u.passes > 0);
}

static struct json *measure(const struct phase *p)
{
    struct mailbox *box = mailbox_new();
    struct delays d = { 0 };
    struct mono start = clock_mono();
    struct store *reader = NULL;
    struct err e;
    int64_t wal_bytes = 0;
    for (int i = 0; !over(p, start); i++) {
        int64_t due_us = start.us + i * 1000000LL / p->rate, now_us;
        while ((now_us = clock_mono().us) < due_us)
            answers(p->writer, box, &d, (int)((due_us - now_us + 999) / 1000));
        submit(p->writer, write_new(box, i, clock_wall()));
        answers(p->writer, box, &d, 0);
        if (i % 64)
            continue;
        int64_t wal = size_of(p->dir, STORE_FILE "-wal");
        wal_bytes = wal > wal_bytes ? wal : wal_bytes;
        bool hold = p->reader && mono_ms_since(start, clock_mono()) / 4000 % 2 == 1;
        if (hold && !reader) {
            int64_t jobs;
            check(store_open(&reader, p->dir, STORE_READ, &e), &e);
            check(store_begin(reader, &e), &e);
            check(jobs_count(reader, &jobs, &e), &e);
        } else if (!hold && reader) {
            store_close(reader);
            reader = NULL;
        }
    }
    store_close(reader);
    for (int i = 0; i < 200; i++)
        answers(p->writer, box, &d, 10);
    double seconds = (double)mono_ms_since(start, clock_mono()) / 1000;
    mailbox_free(box);
    struct json *v = told(p, &d, wal_bytes, seconds);
    mem_free(d.us);
    return v;
}

int main(int argc, char **argv)
{
    struct err e;
    struct phase p = { .dir = argc > 4 ? argv[1] : NULL };
    struct upkeep *u;
    int octets = argc > 5 ? atoi(argv[5]) : 300;
    if (argc < 5) {
        fprintf(stderr, "usage: upkeep DIR RUNS SECONDS RATE [BODY [reader]]\n");
        return 2;
    }
    p.runs = atoi(argv[2]);
    p.seconds = atoi(argv[3]);
    p.rate = atoi(argv[4]);
    p.reader = argc > 6;
    body = mem_alloc((size_t)octets + 1);
    memset(body, 'b', (size_t)octets);
    fill(p.dir, (int)p.runs, octets, clock_wall());
    json_auto struct json *all = json_new_object();
    json_add_int(all, "runs", p.runs);
    json_add_number(all, "file_mib", (double)(size_of(p.dir, STORE_FILE) >> 10) / 1024);
    check(writer_start(&p.writer, p.dir, &e), &e);
    check(upkeep_start(&u, p.writer, p.dir, &(struct upkeep_options){ .first_ms = 3600000 }, &e), &e);
    json_add(all, "alone", measure(&p));
    p.upkeep = u;
    upkeep_poke(u);
    json_add(all, "deleting", measure(&p));
    upkeep_stop(u);
    writer_stop(p.writer);
    upkeep_free(u);
    json_add_number(all, "file_after_mib", (double)(size_of(p.dir, STORE_FILE) >> 10) / 1024);
    mem_auto char *text = json_print(all);
    puts(text);
    mem_free(body);
    return 0;
}
