#include "scenario.h"

#include "store/retention.h"

#include "store/audit.h"
#include "store/backup.h"
#include "store/idempotency.h"
#include "store/run_ended.h"
#include "temp_alerts.h"

#include <stdio.h>
#include <unistd.h>

/* --- steps ------------------------------------------------------------------------------------------------------- */

/* A step ends at a time. */
static bool time_is_up(void *ctx)
{
    const struct mono *until = ctx;
    return clock_mono().us >= until->us;
}

static int step_open(struct scenario *x, struct err *e)
{
    int rc = x->s ? 0 : store_open(&x->s, x->dir, STORE_WRITE, e);
    if (!rc && x->pragma)
        execute_sql(x->s, x->pragma);
    return rc;
}

static int step_vault(struct scenario *x, struct err *e)
{
    mem_auto char *key = mem_printf("%s/master.key", x->dir);
    return x->vault ? 0 : vault_open(&x->vault, x->s, key, true, e);
}

static int step_target(struct scenario *x, struct err *e)
{
    struct target t;
    enum put_result put;
    struct arena *a = arena_new(0);
    mem_auto char *text =
        mem_printf("{\"name\": \"t%d\", \"base_url\": \"http://127.0.0.1:%d\"}", x->round, 9 + x->round);
    json_auto struct json *doc = json_parse(text, strlen(text), e);
    int rc = target_parse(doc, NULL, a, &t, e);
    if (!rc)
        rc = targets_put(x->s, &t, -1, NOW, &put, e);
    arena_free(a);
    return rc;
}

static int step_jobs(struct scenario *x, struct err *e)
{
    int rc = store_begin(x->s, e);
    for (int i = 0; !rc && i < 6; i++) {
        char name[16], fields[80];
        enum put_result put;
        snprintf(name, sizeof name, "j%d", i);
        snprintf(fields, sizeof fields, ", \"description\": \"as of round %d\"", x->round);
        struct job_of j = job_of(name, fields);
        rc = jobs_put(x->s, &j.job, -1, NOW, &put, e);
        arena_free(j.arena);
    }
    if (rc) {
        store_rollback(x->s);
        return rc;
    }
    return store_commit(x->s, e);
}

static int step_secret(struct scenario *x, struct err *e)
{
    char value[6000];
    int64_t version;
    memset(value, 'a' + x->round, sizeof value);
    return x->round == 0 ? vault_set(x->vault, x->s, "KEY", value, sizeof value, NOW, &version, e)
                         : vault_rotate(x->vault, x->s, "KEY", value, sizeof value, 1000, NOW, &version, e);
}

static int claim(struct scenario *x, struct err *e)
{
    for (int i = 0; i < SCENARIO_RUNS; i++) {
        char job[16];
        bool inserted;
        snprintf(job, sizeof job, "j%d", i % 6);
        struct run r =
            run_of(job, TRIGGER_SCHEDULE, i % 5 ? RUN_RUNNING : RUN_QUEUED, AFTER(1000 * (i + 100 * x->round)));
        memcpy(x->ids[i], r.id, sizeof r.id);
        int rc = runs_insert(x->s, &r, &inserted, e);
        if (rc)
            return rc;
        if (!inserted)
            return err_set(e, ERR_INTERNAL, "the occurrence was there, though its claim had failed");
    }
    return runs_set_planned_until(x->s, AFTER(100000 * (x->round + 1)), e);
}

/* Whatever is done in a transaction of one's own. */
static int in_transaction(struct scenario *x, int (*fn)(struct scenario *x, struct err *e), struct err *e)
{
    int rc = store_begin(x->s, e);
    if (!rc)
        rc = fn(x, e);
    if (!rc)
        return store_commit(x->s, e);
    store_rollback(x->s);
    return rc;
}

static int step_claim(struct scenario *x, struct err *e)
{
    return in_transaction(x, claim, e);
}

static int end_one(struct scenario *x, int i, struct err *e)
{
    static char body[20000];
    memset(body, 'b', sizeof body - 1);
    struct wall at = AFTER(100000 * x->round + 5000 + i);
    struct run r = { .state = i % 3 ? RUN_SUCCEEDED : RUN_FAILED,
                     .started_at = NOW,
                     .lateness_ms = 3,
                     .finished_at = at,
                     .next_attempt_at = WALL_NONE,
                     .duration_ms = 100 + i,
                     .outcome = i % 3 ? OUTCOME_OK : OUTCOME_HTTP_STATUS,
                     .http_status = i % 3 ? 200 : 500,
                     .message = "",
                     .metrics = "{\"sent\": 3}" };
    struct attempt a = { .number = 1,
                         .started_at = NOW,
                         .finished_at = at,
                         .outcome = r.outcome,
                         .http_status = r.http_status,
                         .message = "",
                         .response_body = body,
                         .response_size = sizeof body - 1 };
    memcpy(r.id, x->ids[i], sizeof r.id);
    return runs_attempt_end(x->s, &r, &a, e);
}

static int end_all(struct scenario *x, struct err *e)
{
    int rc = 0;
    for (int i = 0; !rc && i < SCENARIO_RUNS - 2; i++)
        if (i % 5)
            rc = end_one(x, i, e);
    return rc;
}

static int step_end(struct scenario *x, struct err *e)
{
    return in_transaction(x, end_all, e);
}

/* What the writer does when one op among others is refused. */
static int undone_alone(struct scenario *x, struct err *e)
{
    bool inserted;
    struct run r = run_of("j1", TRIGGER_MANUAL, RUN_QUEUED, AFTER(77 + x->round));
    int rc = store_savepoint(x->s, e);
    if (!rc)
        rc = runs_insert(x->s, &r, &inserted, e);
    if (!rc)
        rc = store_release(x->s, false, e);
    if (!rc)
        rc = store_savepoint(x->s, e);
    id_new(NOW, r.id);
    if (!rc)
        rc = runs_insert(x->s, &r, &inserted, e);
    return rc ? rc : store_release(x->s, true, e);
}

static int step_undo(struct scenario *x, struct err *e)
{
    return in_transaction(x, undone_alone, e);
}

/* Rules, where they are told, and what is not to be told. */
static int put_alerts(struct scenario *x, struct err *e)
{
    enum put_result put;
    mem_auto char *url = mem_printf(", \"url\": \"https://hooks.example/%d\"", x->round);
    mem_auto char *rule =
        mem_printf("\"on\": \"failure\", \"repeat_s\": %d, \"jobs\": [\"j3\"], \"channels\": [\"ops\"]", 60 + x->round);
    int rc = channel_put(x->s, "ops", url, -1, &put, e);
    if (!rc)
        rc = rule_put(x->s, "mine", rule, -1, &put, e);
    return rc ? rc : mute_put(x->s, MUTE_RULE, "mine", AFTER(1000 + x->round), NOW, e);
}

static int step_alerts(struct scenario *x, struct err *e)
{
    return in_transaction(x, put_alerts, e);
}

/* What failed has a state and is told, with what is counted of it. */
static int watch(void *ctx, const struct watch_end *end, struct err *e)
{
    struct scenario *x = ctx;
    char id[ID_TEXT_SIZE];
    struct watch_state st = { .rule = "failing", .on = ALERT_FAILURE, .phase = WATCH_FIRING, .since = end->at };
    if (end->state != RUN_FAILED)
        return 0;
    snprintf(st.subject, sizeof st.subject, "%s", end->job);
    memcpy(st.run, end->run, sizeof st.run);
    int rc = watch_state_put(x->s, &st, e);
    return rc ? rc : alert_request(x->s, "ops", "{\"kind\":\"fired\"}", TRIGGER_ALERT, end->at, id, e);
}
#define TOLD 3 /* of those that end in a round */

static int step_fold(struct scenario *x, struct err *e)
{
    bool more;
    return stats_fold_telling(x->s, watch, x, &more, e);
}

static int step_read(struct scenario *x, struct err *e)
{
    struct arena *a = arena_new(0);
    struct runs_filter f = RUNS_FILTER_INIT;
    struct run *runs;
    int n;
    const char *cursor;
    struct stats stats;
    struct job_scope all = { 0 };
    struct window w;
    struct secret secret = { 0 };
    int rc = runs_list(x->s, &f, a, &runs, &n, &cursor, e);
    if (!rc && n != 13 * (x->round + 1) + TOLD * x->round)
        rc = err_set(e, ERR_INTERNAL, "a list has %d runs", n);
    if (!rc)
        rc = window_parse("24h", NOW, &w) ? stats_read(x->s, &all, &w, &stats, e) : 0;
    if (!rc)
        stats_free(&stats);
    if (!rc)
        rc = vault_get(x->vault, x->s, "KEY", &secret, e);
    if (!rc && (secret.len != 6000 || secret.value[5999] != 'a' + x->round))
        rc = err_set(e, ERR_INTERNAL, "a secret has another value");
    secret_wipe(&secret);
    arena_free(a);
    return rc;
}

static int step_recover(struct scenario *x, struct err *e)
{
    int64_t interrupted;
    return runs_recover(x->s, AFTER(100000 * (x->round + 1)), &interrupted, e);
}

/* Batches in one transaction: a step is done or not. */
static int step_prune(struct scenario *x, struct err *e)
{
    struct retention_pass p = { .settings = SETTINGS_DEFAULTS,
                                .now = AFTER(100000 * x->round + 5004 + 90 * 24 * 3600000LL) };
    struct retention_batch b;
    int rc = store_begin(x->s, e), more = 1;
    while (rc == 0 && (more = retention_next(x->s, &p, &b, e)) > 0)
        while (rc == 0 && (b.done < b.n || b.marks)) {
            rc = retention_delete(x->s, &b, (struct retention_end){ time_is_up, &(struct mono){ INT64_MAX } }, e);
            b.marks = false;
        }
    rc = rc ? rc : more;
    if (rc == 0)
        return store_commit(x->s, e);
    store_rollback(x->s);
    return rc;
}

/* By a connection of its own, as the API does. */
static int step_backup(struct scenario *x, struct err *e)
{
    struct store *reader;
    struct backup_options o = { .replace = true, .verify = true };
    int64_t bytes;
    mem_auto char *path = mem_printf("%s/copy.db", x->dir);
    int rc = store_open(&reader, x->dir, STORE_READ, e);
    if (rc)
        return rc;
    rc = store_backup(reader, path, &o, &bytes, e);
    store_close(reader);
    return rc;
}

static int step_checkpoint(struct scenario *x, struct err *e)
{
    int rc = sqlite3_wal_checkpoint_v2(x->s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return rc ? store_fail(x->s, rc, e) : 0;
}

static int step_close(struct scenario *x, struct err *e)
{
    (void)e;
    vault_close(x->vault);
    x->vault = NULL;
    store_close(x->s);
    x->s = NULL;
    x->round++;
    return 0;
}

#define ROUND                                                                                           \
    { "open", step_open, true }, { "vault", step_vault, false }, { "target", step_target, false },      \
        { "jobs", step_jobs, false }, { "secret", step_secret, false }, { "claim", step_claim, false }, \
        { "end", step_end, false }, { "undo", step_undo, false }, { "read", step_read, false },         \
        { "alerts", step_alerts, false },                                                               \
    {                                                                                                   \
        "fold", step_fold, false                                                                        \
    }

const struct scenario_step scenario_steps[] = {
    ROUND,
    { "close", step_close, false },
    ROUND,
    { "checkpoint", step_checkpoint, false },
    { "backup", step_backup, false },
    { "prune", step_prune, false },
    { "recover", step_recover, false },
    { "close", step_close, false },
    { "open", step_open, true },
    { "close", step_close, false },
};
const int scenario_length = (int)MEM_COUNT(scenario_steps);

void scenario_begin(struct scenario *x, const char *pragma)
{
    json_init();
    *x = (struct scenario){ .pragma = pragma };
    temp_dir_make(x->dir);
}

void scenario_end(struct scenario *x)
{
    vault_close(x->vault);
    store_close(x->s);
    temp_dir_remove(x->dir);
}

/* --- what is there ----------------------------------------------------------------------------------------------- */

static void add(uint64_t *hash, const void *data, size_t len)
{
    const unsigned char *p = data;
    for (size_t i = 0; i < len; i++)
        *hash = (*hash ^ p[i]) * 1099511628211u;
}

static void add_value(uint64_t *hash, sqlite3_stmt *q, int column)
{
    int type = sqlite3_column_type(q, column);
    add(hash, &type, sizeof type);
    const void *data = sqlite3_column_blob(q, column); /* of numbers, their text */
    add(hash, data, (size_t)sqlite3_column_bytes(q, column));
}

static bool add_table(uint64_t *hash, sqlite3 *db, const char *name)
{
    sqlite3_stmt *q;
    mem_auto char *sql = mem_printf("SELECT * FROM \"%s\"", name);
    if (sqlite3_prepare_v2(db, sql, -1, &q, NULL))
        return false;
    add(hash, name, strlen(name));
    int rc;
    while ((rc = sqlite3_step(q)) == SQLITE_ROW)
        for (int i = 0; i < sqlite3_column_count(q); i++)
            add_value(hash, q, i);
    sqlite3_finalize(q);
    return rc == SQLITE_DONE;
}

uint64_t scenario_hash(struct store *s)
{
    sqlite3_stmt *q;
    uint64_t hash = 14695981039346656037u;
    if (sqlite3_prepare_v2(
            s->db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1", -1,
            &q, NULL))
        return 0;
    int rc;
    bool ok = true;
    while (ok && (rc = sqlite3_step(q)) == SQLITE_ROW)
        ok = add_table(&hash, s->db, (const char *)sqlite3_column_text(q, 0));
    sqlite3_finalize(q);
    return ok && rc == SQLITE_DONE ? hash : 0;
}

uint64_t scenario_reopened(const char *dir, const char *what)
{
    struct err e = { 0 };
    struct store *s;
    if (store_open(&s, dir, STORE_WRITE, &e))
        fail_msg("%s: the store does not open: %s", what, e.text);
    mem_auto char *found = text_of(s, "PRAGMA integrity_check");
    mem_auto char *foreign = text_of(s, "PRAGMA foreign_key_check");
    if (strcmp(found, "ok") != 0 || foreign)
        fail_msg("%s: %s", what, foreign ? "a foreign key leads nowhere" : found);
    uint64_t hash = scenario_hash(s);
    store_close(s);
    return hash;
}
