/* upkeep DIR RUNS SECONDS RATE [BODY [reader]] - what deleting RUNS old runs costs those who commit meanwhile: RATE runs a second begin and
 * end, for SECONDS alone, then for SECONDS while old ones go, and so on in turns until all are gone (ROUNDS at most), with bodies of BODY
 * octets: in turns, as a disk has its moods, which both are to meet. With `reader` somebody holds a snapshot for half of the time. Prints one
 * JSON object; times in milliseconds, from the submission of a write to the news that it is durable. A stall is a moment over 50 ms, however
 * many waited for it. */
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
#define ROUNDS 20
#define STALL_US 50000
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
    int stalls;
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
    int64_t most_us = 0;
    for (struct mail *m = mailbox_wait(box, wait_ms), *next; m; m = next) {
        next = m->next;
        struct write *w = (struct write *)m;
        check(w->op.status, &w->op.err);
        int64_t us = clock_mono().us - w->since.us;
        note(d, us);
        most_us = us > most_us ? us : most_us;
        if (w->end)
            mem_free(w);
        else
            end(wr, w, clock_wall());
    }
    d->stalls += most_us > STALL_US;
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

/* What adds up over the turns of one kind. */
struct phase {
    bool deleting;
    struct delays delays;
    int64_t wal_bytes; /* at most */
    double seconds;
    struct upkeep_stats did;
};

struct bench {
    const char *dir;
    int seconds, rate, written;
    bool reader;
    struct writer *writer;
    struct upkeep *upkeep;
    struct store *snapshot; /* held */
};

static struct json *told(struct phase *p)
{
    struct json *v = json_new_object();
    struct delays *d = &p->delays;
    const struct upkeep_stats *u = &p->did;
    int over = 0;
    qsort(d->us, d->n, sizeof *d->us, compare);
    for (size_t i = 0; i < d->n; i++)
        over += d->us[i] > STALL_US;
    json_add_int(v, "writes", (int64_t)d->n);
    json_add_number(v, "seconds", (double)(int64_t)(p->seconds * 10) / 10);
    json_add_number(v, "p50_ms", (double)d->us[d->n / 2] / 1000);
    json_add_number(v, "p99_ms", (double)d->us[d->n * 99 / 100] / 1000);
    json_add_number(v, "p999_ms", (double)d->us[d->n * 999 / 1000] / 1000);
    json_add_number(v, "max_ms", (double)d->us[d->n - 1] / 1000);
    json_add_int(v, "over_50_ms", over);
    json_add_int(v, "stalls", d->stalls);
    json_add_number(v, "wal_most_mib", (double)(p->wal_bytes >> 10) / 1024);
    json_add_int(v, "checkpoints", u->checkpoints);
    if (p->deleting) {
        json_add_int(v, "deleted", u->runs);
        json_add_int(v, "bodies_deleted", u->bodies);
        json_add_int(v, "pages_given_back", u->pages);
        json_add_number(v, "longest_step_ms", (double)u->longest_us / 1000);
    }
    return v;
}

static void hold_snapshot(struct bench *b, bool hold)
{
    struct err e;
    int64_t jobs;
    if (hold && !b->snapshot) {
        check(store_open(&b->snapshot, b->dir, STORE_READ, &e), &e);
        check(store_begin(b->snapshot, &e), &e);
        check(jobs_count(b->snapshot, &jobs, &e), &e);
    } else if (!hold) {
        store_close(b->snapshot);
        b->snapshot = NULL;
    }
}

static void write_for_a_turn(struct bench *b, struct phase *p)
{
    struct mailbox *box = mailbox_new();
    struct mono start = clock_mono();
    for (int i = 0; mono_ms_since(start, clock_mono()) < b->seconds * 1000LL; i++) {
        int64_t due_us = start.us + i * 1000000LL / b->rate, now_us;
        while ((now_us = clock_mono().us) < due_us)
            answers(b->writer, box, &p->delays, (int)((due_us - now_us + 999) / 1000));
        submit(b->writer, write_new(box, b->written++, clock_wall()));
        answers(b->writer, box, &p->delays, 0);
        if (i % 64)
            continue;
        int64_t wal = size_of(b->dir, STORE_FILE "-wal");
        p->wal_bytes = wal > p->wal_bytes ? wal : p->wal_bytes;
        hold_snapshot(b, b->reader && mono_ms_since(start, clock_mono()) % 2000 > 1000);
    }
    hold_snapshot(b, false);
    for (int i = 0; i < 100; i++)
        answers(b->writer, box, &p->delays, 10);
    p->seconds += (double)mono_ms_since(start, clock_mono()) / 1000;
    mailbox_free(box);
}

static void add(struct upkeep_stats *sum, const struct upkeep_stats *u)
{
    sum->passes += u->passes;
    sum->runs += u->runs;
    sum->bodies += u->bodies;
    sum->pages += u->pages;
    sum->checkpoints += u->checkpoints;
    sum->longest_us = u->longest_us > sum->longest_us ? u->longest_us : sum->longest_us;
}

/* Threads of its own, so that what a turn leaves undone is not done in the next. */
static void turn(struct bench *b, struct phase *p)
{
    struct err e;
    struct upkeep_stats u;
    check(writer_start(&b->writer, b->dir, &e), &e);
    check(upkeep_start(&b->upkeep, b->writer, b->dir, &(struct upkeep_options){ .first_ms = 3600000 }, &e), &e);
    if (p->deleting)
        upkeep_poke(b->upkeep);
    write_for_a_turn(b, p);
    upkeep_stats(b->upkeep, &u);
    add(&p->did, &u);
    upkeep_stop(b->upkeep);
    writer_stop(b->writer);
    upkeep_free(b->upkeep);
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fprintf(stderr, "usage: upkeep DIR RUNS SECONDS RATE [BODY [reader]]\n");
        return 2;
    }
    struct bench b = { .dir = argv[1], .seconds = atoi(argv[3]), .rate = atoi(argv[4]), .reader = argc > 6 };
    struct phase alone = { .deleting = false }, deleting = { .deleting = true };
    int octets = argc > 5 ? atoi(argv[5]) : 300;
    body = mem_alloc((size_t)octets + 1);
    memset(body, 'b', (size_t)octets);
    fill(b.dir, atoi(argv[2]), octets, clock_wall());
    json_auto struct json *all = json_new_object();
    json_add_int(all, "runs", atoi(argv[2]));
    json_add_number(all, "file_mib", (double)(size_of(b.dir, STORE_FILE) >> 10) / 1024);
    for (int i = 0; i < ROUNDS && !deleting.did.passes; i++) {
        turn(&b, &alone);
        turn(&b, &deleting);
    }
    json_add(all, "alone", told(&alone));
    json_add(all, "deleting", told(&deleting));
    json_add_number(all, "file_after_mib", (double)(size_of(b.dir, STORE_FILE) >> 10) / 1024);
    mem_auto char *text = json_print(all);
    puts(text);
    mem_free(alone.delays.us);
    mem_free(deleting.delays.us);
    mem_free(body);
    return 0;
}
