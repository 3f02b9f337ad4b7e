/* Runs and attempts in the store: guarded moves, lists, requests, recovery, pruning. */
#include "temp_store.h"

#include <stdio.h>

static struct run loaded;
static struct attempt attempts[8];
static int n_attempts;
static struct arena *arena;

static void load(struct store *s, const char *id)
{
    struct err e;
    struct run *r;
    struct attempt *a;
    assert_ok(runs_get(s, id, arena, &r, &a, &n_attempts, &e), e);
    assert_true(n_attempts <= 8);
    loaded = *r;
    memcpy(attempts, a, (size_t)n_attempts * sizeof *a);
}

static int setup(void **state)
{
    arena = arena_new(0);
    return temp_store_open(state);
}

static int teardown(void **state)
{
    arena_free(arena);
    return temp_store_close(state);
}

static bool insert(struct store *s, const struct run *r)
{
    struct err e;
    bool inserted;
    assert_ok(runs_insert(s, r, &inserted, &e), e);
    return inserted;
}

static struct run insert_new(struct store *s, const char *job, enum trigger trigger, enum run_state state,
                             struct wall at)
{
    struct run r = run_of(job, trigger, state, at);
    assert_true(insert(s, &r));
    return r;
}

static struct attempt attempt_of(int number, struct wall finished_at, enum outcome outcome)
{
    return (struct attempt){
        .number = number,
        .finished_at = finished_at,
        .outcome = outcome,
        .message = "",
        .dns_ms = -1,
        .connect_ms = -1,
        .tls_ms = -1,
        .first_byte_ms = -1,
        .total_ms = -1,
        .response_size = -1,
    };
}

/* Ends attempt `number` and leaves the run in `state`; it started when its beginning said. */
static int end(struct store *s, const char *id, int number, enum run_state state, enum outcome outcome, struct wall at,
               struct err *e)
{
    struct run r = { .state = state, .finished_at = at, .next_attempt_at = { at.ms + 500 }, .duration_ms = 40 };
    struct attempt a = attempt_of(number, at, outcome), *begun;
    struct run *now;
    int n;
    if (runs_get(s, id, arena, &now, &begun, &n, NULL) == 0) {
        r.started_at = now->started_at;
        r.lateness_ms = now->lateness_ms;
        a.started_at = n > 0 ? begun[n - 1].started_at : at;
    }
    r.outcome = outcome;
    r.message = "why";
    memcpy(r.id, id, ID_TEXT_SIZE);
    return runs_attempt_end(s, &r, &a, e);
}

static void test_every_field_comes_back(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct run r = insert_new(t->s, "j", TRIGGER_CATCH_UP, RUN_RUNNING, NOW);
    load(t->s, r.id);
    assert_string_equal("j", loaded.job);
    assert_int_equal(TRIGGER_CATCH_UP, loaded.trigger);
    assert_int_equal(RUN_RUNNING, loaded.state);
    assert_int_equal(1, loaded.attempts);
    assert_int_equal(NOW.ms, loaded.started_at.ms);
    assert_true(wall_is_none(loaded.finished_at) && wall_is_none(loaded.next_attempt_at));
    assert_int_equal(3, loaded.lateness_ms);
    assert_int_equal(-1, loaded.duration_ms);
    assert_int_equal(1, n_attempts);
    assert_int_equal(OUTCOME_NONE, attempts[0].outcome);
    assert_int_equal(-1, attempts[0].response_size);

    r.state = RUN_SUCCEEDED;
    r.started_at = AFTER(2); /* when its first byte left, some time after the claim */
    r.lateness_ms = 5;
    r.finished_at = AFTER(40);
    r.duration_ms = 40;
    r.http_status = 201;
    r.outcome = OUTCOME_OK;
    r.message = "";
    r.metrics = "{\"sent\":3}";
    struct attempt a = {
        .number = 1,
        .started_at = AFTER(2),
        .finished_at = AFTER(39),
        .outcome = OUTCOME_OK,
        .http_status = 201,
        .message = "m",
        .dns_ms = 1,
        .connect_ms = 2,
        .tls_ms = 0,
        .first_byte_ms = 4,
        .total_ms = 5,
        .remote_address = "127.0.0.1:443",
        .request_method = "POST",
        .request_url = "https://x/{{secret.A}}",
        .request_headers = "A: b\n",
        .request_body = "{}",
        .response_headers = "C: d\n",
        .response_body = "\xff not utf-8",
        .response_truncated = true,
        .response_size = 70000,
    };
    assert_ok(runs_attempt_end(t->s, &r, &a, &e), e);
    load(t->s, r.id);
    assert_int_equal(RUN_SUCCEEDED, loaded.state);
    assert_int_equal(AFTER(2).ms, loaded.started_at.ms);
    assert_int_equal(5, loaded.lateness_ms);
    assert_int_equal(AFTER(40).ms, loaded.finished_at.ms);
    assert_int_equal(40, loaded.duration_ms);
    assert_int_equal(201, loaded.http_status);
    assert_int_equal(OUTCOME_OK, loaded.outcome);
    assert_string_equal("{\"sent\":3}", loaded.metrics);
    assert_null(loaded.retry_of);
    assert_int_equal(1, loaded.occurrences);
    struct attempt b = attempts[0];
    assert_int_equal(AFTER(2).ms, b.started_at.ms);
    assert_int_equal(AFTER(39).ms, b.finished_at.ms);
    assert_int_equal(12045,
                     b.dns_ms * 10000 + b.connect_ms * 1000 + b.tls_ms * 100 + b.first_byte_ms * 10 + b.total_ms);
    assert_string_equal("127.0.0.1:443", b.remote_address);
    assert_string_equal("POST", b.request_method);
    assert_string_equal("https://x/{{secret.A}}", b.request_url);
    assert_string_equal("A: b\n", b.request_headers);
    assert_string_equal("{}", b.request_body);
    assert_string_equal("C: d\n", b.response_headers);
    assert_string_equal("\xff not utf-8", b.response_body);
    assert_true(b.response_truncated);
    assert_int_equal(70000, b.response_size);
}

static void test_an_occurrence_is_one_row(void **state)
{
    struct temp_store *t = *state;
    struct run first = insert_new(t->s, "j", TRIGGER_SCHEDULE, RUN_RUNNING, NOW);
    struct run again = run_of("j", TRIGGER_CATCH_UP, RUN_MISSED, NOW);
    assert_false(insert(t->s, &again));
    again = run_of("j", TRIGGER_SCHEDULE, RUN_RUNNING, NOW);
    assert_false(insert(t->s, &again));
    assert_int_equal(1, count_of(t->s, "SELECT count(*) FROM attempts"));
    load(t->s, first.id);
    assert_int_equal(RUN_RUNNING, loaded.state);
    insert_new(t->s, "k", TRIGGER_SCHEDULE, RUN_QUEUED, NOW);
    insert_new(t->s, "j", TRIGGER_MANUAL, RUN_QUEUED, NOW); /* by hand: as often as wanted */
    insert_new(t->s, "j", TRIGGER_MANUAL, RUN_QUEUED, NOW);
    assert_int_equal(4, count_of(t->s, "SELECT count(*) FROM runs"));
}

static void test_what_may_begin(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    bool inserted;
    struct run skipped = insert_new(t->s, "j", TRIGGER_SCHEDULE, RUN_SKIPPED, AFTER(1));
    struct run missed = run_of("j", TRIGGER_CATCH_UP, RUN_MISSED, AFTER(2));
    missed.occurrences = 77;
    missed.message = "too old";
    assert_true(insert(t->s, &missed));
    load(t->s, skipped.id);
    assert_int_equal(AFTER(1).ms, loaded.finished_at.ms);
    load(t->s, missed.id);
    assert_int_equal(77, loaded.occurrences);
    assert_string_equal("too old", loaded.message);
    struct run wrong = run_of("j", TRIGGER_SCHEDULE, RUN_SUCCEEDED, AFTER(3));
    assert_int_equal(-ERR_INTERNAL, runs_insert(t->s, &wrong, &inserted, &e));
}

static void test_attempts_in_turn(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct run r = insert_new(t->s, "j", TRIGGER_SCHEDULE, RUN_QUEUED, NOW);
    assert_ok(runs_set_message(t->s, r.id, "waits for its target", &e), e);
    assert_int_equal(-ERR_CONFLICT, runs_attempt_begin(t->s, r.id, 2, AFTER(1), 1, &e));
    assert_ok(runs_attempt_begin(t->s, r.id, 1, AFTER(10), 10, &e), e);
    load(t->s, r.id);
    assert_string_equal("", loaded.message);
    assert_int_equal(-ERR_CONFLICT, runs_attempt_begin(t->s, r.id, 1, AFTER(1), 1, &e));
    assert_err(e, ERR_CONFLICT, "is running");
    assert_int_equal(-ERR_CONFLICT, runs_set_message(t->s, r.id, "x", &e));
    assert_ok(end(t->s, r.id, 1, RUN_RETRYING, OUTCOME_TIMEOUT, AFTER(50), &e), e);
    load(t->s, r.id);
    assert_int_equal(RUN_RETRYING, loaded.state);
    assert_true(wall_is_none(loaded.finished_at));
    assert_int_equal(AFTER(550).ms, loaded.next_attempt_at.ms);
    assert_int_equal(-1, loaded.duration_ms);
    assert_ok(runs_attempt_begin(t->s, r.id, 2, AFTER(600), 600, &e), e);
    load(t->s, r.id);
    assert_int_equal(10, loaded.lateness_ms); /* the first's */
    assert_int_equal(AFTER(10).ms, loaded.started_at.ms);
    assert_true(wall_is_none(loaded.next_attempt_at));
    assert_string_equal("why", loaded.message);
    assert_ok(end(t->s, r.id, 2, RUN_FAILED, OUTCOME_CONNECT, AFTER(700), &e), e);
    load(t->s, r.id);
    assert_int_equal(2, n_attempts);
    assert_int_equal(OUTCOME_TIMEOUT, attempts[0].outcome);
    assert_int_equal(OUTCOME_CONNECT, attempts[1].outcome);
    assert_int_equal(AFTER(600).ms, attempts[1].started_at.ms);
    assert_int_equal(RUN_FAILED, loaded.state);
}

static void test_guards_refuse_and_change_nothing(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct run r = insert_new(t->s, "j", TRIGGER_SCHEDULE, RUN_RUNNING, NOW);
    assert_int_equal(-ERR_CONFLICT, end(t->s, r.id, 2, RUN_SUCCEEDED, OUTCOME_OK, AFTER(1), &e));
    assert_int_equal(-ERR_INTERNAL, end(t->s, r.id, 1, RUN_QUEUED, OUTCOME_OK, AFTER(1), &e));
    assert_int_equal(-ERR_INTERNAL, end(t->s, r.id, 1, RUN_SKIPPED, OUTCOME_OK, AFTER(1), &e));
    assert_int_equal(-ERR_INTERNAL, end(t->s, r.id, 1, RUN_FAILED, OUTCOME_NONE, AFTER(1), &e));
    assert_int_equal(-ERR_CONFLICT, runs_finish(t->s, r.id, RUN_CANCELED, OUTCOME_CANCELED, "", AFTER(1), &e));
    load(t->s, r.id);
    assert_int_equal(RUN_RUNNING, loaded.state);
    assert_int_equal(OUTCOME_NONE, attempts[0].outcome);
    assert_ok(end(t->s, r.id, 1, RUN_SUCCEEDED, OUTCOME_OK, AFTER(1), &e), e);
    assert_int_equal(-ERR_CONFLICT, end(t->s, r.id, 1, RUN_FAILED, OUTCOME_OK, AFTER(1), &e));
    assert_err(e, ERR_CONFLICT, "is succeeded");
    const char *const nobody = "00000000-0000-7000-8000-000000000000";
    assert_int_equal(-ERR_NOT_FOUND, end(t->s, nobody, 1, RUN_FAILED, OUTCOME_OK, AFTER(1), &e));
    assert_int_equal(-ERR_NOT_FOUND, runs_finish(t->s, "nonsense", RUN_CANCELED, OUTCOME_NONE, "", AFTER(1), &e));
    assert_int_equal(-ERR_NOT_FOUND, runs_attempt_begin(t->s, nobody, 1, NOW, 0, &e));
}

static void test_finish_without_attempt(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    static const enum run_state QUEUED_TO[] = { RUN_CANCELED, RUN_SKIPPED, RUN_MISSED };
    for (size_t i = 0; i < MEM_COUNT(QUEUED_TO); i++) {
        struct run r = insert_new(t->s, "j", TRIGGER_MANUAL, RUN_QUEUED, AFTER((int64_t)i));
        assert_ok(runs_finish(t->s, r.id, QUEUED_TO[i], OUTCOME_NONE, "m", AFTER(90), &e), e);
        load(t->s, r.id);
        assert_int_equal(QUEUED_TO[i], loaded.state);
        assert_int_equal(-1, loaded.duration_ms);
        assert_int_equal(OUTCOME_NONE, loaded.outcome);
    }
    struct run r = insert_new(t->s, "j", TRIGGER_SCHEDULE, RUN_RUNNING, NOW);
    assert_ok(end(t->s, r.id, 1, RUN_RETRYING, OUTCOME_TLS, AFTER(5), &e), e);
    assert_int_equal(-ERR_CONFLICT, runs_finish(t->s, r.id, RUN_MISSED, OUTCOME_NONE, "m", AFTER(90), &e));
    assert_ok(runs_finish(t->s, r.id, RUN_FAILED, OUTCOME_NONE, "gave up", AFTER(90), &e), e);
    load(t->s, r.id);
    assert_int_equal(90, loaded.duration_ms);
    assert_int_equal(OUTCOME_TLS, loaded.outcome);
    assert_int_equal(AFTER(90).ms, loaded.finished_at.ms);
    assert_true(wall_is_none(loaded.next_attempt_at));
}

static void test_planned_until_never_goes_back(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct wall until;
    assert_ok(runs_get_planned_until(t->s, &until, &e), e);
    assert_true(wall_is_none(until));
    const int64_t steps[][2] = { { 10, 10 }, { 5, 10 }, { 20, 20 } };
    for (size_t i = 0; i < MEM_COUNT(steps); i++) {
        assert_ok(runs_set_planned_until(t->s, AFTER(steps[i][0]), &e), e);
        assert_ok(runs_get_planned_until(t->s, &until, &e), e);
        assert_int_equal(AFTER(steps[i][1]).ms, until.ms);
    }
}

static void check_recovered(struct store *s, const char *id, enum run_state state, const char *words)
{
    load(s, id);
    assert_string_equal(run_state_name(state), run_state_name(loaded.state));
    assert_int_equal(OUTCOME_INTERRUPTED, loaded.outcome);
    assert_int_equal(OUTCOME_INTERRUPTED, attempts[n_attempts - 1].outcome);
    assert_int_equal(AFTER(60000).ms, attempts[n_attempts - 1].finished_at.ms);
    assert_non_null(strstr(loaded.message, "may or may not have been processed"));
    if (!strstr(loaded.message, words))
        fail_msg("'%s' does not say '%s'", loaded.message, words);
    if (state == RUN_RETRYING)
        assert_int_equal(AFTER(60000).ms, loaded.next_attempt_at.ms);
    else
        assert_int_equal(AFTER(60000).ms, loaded.finished_at.ms);
}

#define RETRY(age) "{\"max_attempts\": 1, \"max_age_s\": " age "}"

static void test_recover(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    int64_t n;
    put_job(t->s, "least", ", \"retry\": " RETRY("60"));
    put_job(t->s, "least-old", ", \"retry\": " RETRY("59"));
    put_job(t->s, "least-ever", ", \"retry\": " RETRY("0"));
    put_job(t->s, "most", ", \"delivery\": \"at_most_once\"");
    struct run least = insert_new(t->s, "least", TRIGGER_SCHEDULE, RUN_RUNNING, NOW);
    struct run old = insert_new(t->s, "least-old", TRIGGER_SCHEDULE, RUN_RUNNING, NOW);
    struct run ever = insert_new(t->s, "least-ever", TRIGGER_SCHEDULE, RUN_RUNNING, NOW);
    struct run most = insert_new(t->s, "most", TRIGGER_SCHEDULE, RUN_RUNNING, NOW);
    struct run gone = insert_new(t->s, "gone", TRIGGER_SCHEDULE, RUN_RUNNING, NOW);
    struct run canceled = insert_new(t->s, "least", TRIGGER_MANUAL, RUN_RUNNING, NOW);
    struct run queued = insert_new(t->s, "least", TRIGGER_MANUAL, RUN_QUEUED, NOW);
    struct run by_hand = run_of("least-old", TRIGGER_RETRY, RUN_RUNNING, NOW);
    by_hand.created_at = AFTER(30000); /* ages from when it was asked for */
    assert_true(insert(t->s, &by_hand));
    assert_ok(runs_request_cancel(t->s, canceled.id, false, NOW, &e), e);
    assert_ok(runs_recover(t->s, AFTER(60000), &n, &e), e);
    assert_int_equal(7, n);
    check_recovered(t->s, least.id, RUN_RETRYING, "tried again with the same Idempotency-Key");
    check_recovered(t->s, ever.id, RUN_RETRYING, "tried again with the same Idempotency-Key");
    check_recovered(t->s, by_hand.id, RUN_RETRYING, "tried again with the same Idempotency-Key");
    check_recovered(t->s, old.id, RUN_FAILED, "max_age_s");
    check_recovered(t->s, most.id, RUN_FAILED, "at_most_once");
    check_recovered(t->s, gone.id, RUN_FAILED, "job was removed");
    check_recovered(t->s, canceled.id, RUN_CANCELED, "canceled");
    load(t->s, queued.id);
    assert_int_equal(RUN_QUEUED, loaded.state);
    assert_ok(runs_attempt_begin(t->s, least.id, 2, AFTER(60001), 0, &e), e); /* beyond max_attempts */
    assert_ok(runs_recover(t->s, AFTER(60000), &n, &e), e);
    assert_int_equal(1, n);
    assert_ok(runs_recover(t->s, AFTER(60000), &n, &e), e);
    assert_int_equal(0, n);
}

static void test_requests(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    char id[ID_TEXT_SIZE], second[ID_TEXT_SIZE];
    struct run *r;
    int n;
    assert_int_equal(-ERR_NOT_FOUND, runs_request(t->s, "j", TRIGGER_MANUAL, NOW, id, &e));
    put_job(t->s, "j", "");
    assert_ok(runs_request(t->s, "j", TRIGGER_API, NOW, id, &e), e);
    assert_ok(runs_requested(t->s, arena, &r, &n, &e), e);
    assert_int_equal(1, n);
    assert_string_equal(id, r[0].id);
    assert_int_equal(TRIGGER_API, r[0].trigger);
    assert_int_equal(-ERR_CONFLICT, runs_request_retry(t->s, id, NOW, second, &e));
    assert_err(e, ERR_CONFLICT, "is queued");
    assert_ok(runs_attempt_begin(t->s, id, 1, NOW, 0, &e), e);
    assert_ok(runs_requested(t->s, arena, &r, &n, &e), e);
    assert_int_equal(0, n);
    assert_ok(end(t->s, id, 1, RUN_FAILED, OUTCOME_HTTP_STATUS, AFTER(1), &e), e);
    assert_ok(runs_request_retry(t->s, id, AFTER(5000), second, &e), e);
    load(t->s, second);
    assert_string_equal(id, loaded.retry_of);
    assert_int_equal(TRIGGER_RETRY, loaded.trigger);
    assert_int_equal(NOW.ms, loaded.scheduled_for.ms); /* the same slot */
    assert_int_equal(AFTER(5000).ms, loaded.created_at.ms);
    assert_int_equal(-ERR_NOT_FOUND, runs_request_retry(t->s, "0", NOW, second, &e));
    assert_ok(jobs_remove(t->s, "j", -1, NOW, &e), e);
    assert_int_equal(-ERR_NOT_FOUND, runs_request_retry(t->s, id, NOW, second, &e));
}

static void test_cancel_requests(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct run *r;
    int n;
    struct run queued = insert_new(t->s, "j", TRIGGER_MANUAL, RUN_QUEUED, AFTER(1));
    struct run running = insert_new(t->s, "j", TRIGGER_MANUAL, RUN_RUNNING, AFTER(2));
    struct run alone = insert_new(t->s, "j", TRIGGER_MANUAL, RUN_QUEUED, AFTER(3));
    assert_ok(runs_cancel_requested(t->s, arena, &r, &n, &e), e);
    assert_int_equal(0, n);
    assert_ok(runs_request_cancel(t->s, queued.id, false, NOW, &e), e);
    assert_ok(runs_request_cancel(t->s, running.id, true, NOW, &e), e);
    assert_ok(runs_request_cancel(t->s, alone.id, true, AFTER(9), &e), e);
    assert_ok(runs_cancel_requested(t->s, arena, &r, &n, &e), e);
    assert_int_equal(2, n);
    assert_string_equal(queued.id, r[0].id);
    assert_string_equal(running.id, r[1].id);
    assert_true(r[1].cancel_requested);
    load(t->s, alone.id);
    assert_int_equal(RUN_CANCELED, loaded.state);
    assert_int_equal(-ERR_CONFLICT, runs_request_cancel(t->s, alone.id, true, NOW, &e));
    assert_int_equal(-ERR_NOT_FOUND, runs_request_cancel(t->s, "x", true, NOW, &e));
    assert_ok(runs_finish(t->s, queued.id, RUN_CANCELED, OUTCOME_CANCELED, "", NOW, &e), e);
    assert_ok(end(t->s, running.id, 1, RUN_CANCELED, OUTCOME_CANCELED, NOW, &e), e);
    assert_ok(runs_cancel_requested(t->s, arena, &r, &n, &e), e);
    assert_int_equal(0, n);
}

/* 60 runs of three jobs in all states, one a second. */
static void fill(struct store *s)
{
    struct err e;
    for (int i = 0; i < 60; i++) {
        char job[2] = { (char)('a' + i % 3), '\0' };
        enum run_state state = (enum run_state)(i / 3 % RUN_STATE_COUNT);
        bool direct = run_start_allowed(state);
        struct run r = insert_new(s, job, TRIGGER_SCHEDULE, direct ? state : RUN_RUNNING, AFTER(1000 * i));
        if (!direct)
            assert_ok(end(s, r.id, 1, state, OUTCOME_OK, AFTER(1000 * i + 40), &e), e);
    }
}

/* Pages through with `limit`; checks order and filter; returns how many. */
static int page_through(struct store *s, struct runs_filter f)
{
    struct err e;
    int total = 0;
    int64_t before = INT64_MAX;
    do {
        struct run *r;
        int n;
        const char *next;
        assert_ok(runs_list(s, &f, arena, &r, &n, &next, &e), e);
        for (int i = 0; i < n; i++) {
            assert_true(r[i].created_at.ms < before);
            before = r[i].created_at.ms;
            assert_true(!f.job || strcmp(r[i].job, f.job) == 0);
            assert_true(f.state < 0 || r[i].state == (enum run_state)f.state);
            assert_true(wall_is_none(f.since) || r[i].scheduled_for.ms >= f.since.ms);
            assert_true(wall_is_none(f.until) || r[i].scheduled_for.ms < f.until.ms);
        }
        assert_true(n > 0 || !next);
        total += n;
        f.cursor = next;
    } while (f.cursor);
    return total;
}

static int expected(struct store *s, const struct runs_filter *f)
{
    mem_auto char *sql = mem_printf("SELECT count(*) FROM runs WHERE ('%s' = '' OR job = '%s') AND ('%s' = '' OR state "
                                    "= '%s') AND scheduled_for >= %lld "
                                    "AND scheduled_for < %lld",
                                    f->job ? f->job : "", f->job ? f->job : "",
                                    f->state < 0 ? "" : run_state_name((enum run_state)f->state),
                                    f->state < 0 ? "" : run_state_name((enum run_state)f->state),
                                    wall_is_none(f->since) ? 0LL : (long long)f->since.ms,
                                    wall_is_none(f->until) ? 4102444800000LL : (long long)f->until.ms);
    return (int)count_of(s, sql);
}

static void test_lists_of_every_filter(void **state)
{
    struct temp_store *t = *state;
    const char *const jobs[] = { NULL, "a", "b", "none" };
    const struct wall ends[][2] = { { WALL_NONE, WALL_NONE },
                                    { AFTER(10000), WALL_NONE },
                                    { WALL_NONE, AFTER(30000) },
                                    { AFTER(10000), AFTER(11000) } };
    const int limits[] = { 1, 7, 1000 };
    int combinations = 0, rows = 0;
    fill(t->s);
    for (size_t j = 0; j < MEM_COUNT(jobs); j++)
        for (int st = -1; st < RUN_STATE_COUNT; st++)
            for (size_t w = 0; w < MEM_COUNT(ends); w++)
                for (size_t l = 0; l < MEM_COUNT(limits); l++, combinations++) {
                    struct runs_filter f = { jobs[j], st, ends[w][0], ends[w][1], limits[l], NULL };
                    int n = page_through(t->s, f);
                    assert_int_equal(expected(t->s, &f), n);
                    rows += n;
                }
    assert_int_equal(4 * 9 * 4 * 3, combinations);
    assert_true(rows > 500);
}

static void test_list_refuses(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct run *r;
    int n;
    const char *next;
    struct runs_filter f = { NULL, -1, WALL_NONE, WALL_NONE, 10, "nonsense" };
    assert_int_equal(-ERR_INVALID, runs_list(t->s, &f, arena, &r, &n, &next, &e));
    assert_string_equal("/cursor", e.pointer);
    f.cursor = NULL;
    f.limit = 1001;
    assert_int_equal(-ERR_INVALID, runs_list(t->s, &f, arena, &r, &n, &next, &e));
    assert_string_equal("/limit", e.pointer);
    struct attempt *a;
    assert_int_equal(-ERR_NOT_FOUND, runs_get(t->s, "nonsense", arena, &r, &a, &n, &e));
}

static void test_last_and_open(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct run *r;
    int n;
    fill(t->s);
    assert_ok(runs_last(t->s, "none", arena, &r, &e), e);
    assert_null(r);
    const char *const jobs[] = { "a", "b", "c" };
    for (int i = 0; i < 3; i++) {
        assert_ok(runs_last(t->s, jobs[i], arena, &r, &e), e);
        assert_int_equal(AFTER(1000 * (57 + i)).ms, r->scheduled_for.ms);
    }
    assert_ok(runs_open(t->s, arena, &r, &n, &e), e);
    assert_int_equal(count_of(t->s, "SELECT count(*) FROM runs WHERE state IN ('queued', 'running', 'retrying')"), n);
    for (int i = 1; i < n; i++)
        assert_true(r[i].created_at.ms > r[i - 1].created_at.ms);
}

static void test_last_occurrence(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct wall last;
    fill(t->s);
    insert_new(t->s, "a", TRIGGER_MANUAL, RUN_QUEUED, AFTER(99000)); /* by hand: no occurrence */
    assert_ok(runs_last_occurrence(t->s, "a", NOW, &last, &e), e);
    assert_int_equal(AFTER(57000).ms, last.ms);
    assert_ok(runs_last_occurrence(t->s, "a", AFTER(57001), &last, &e), e);
    assert_true(wall_is_none(last));
    assert_ok(runs_last_occurrence(t->s, "none", NOW, &last, &e), e);
    assert_true(wall_is_none(last));
}

static void test_prune(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    int64_t n, total = 0;
    fill(t->s);
    int64_t open = count_of(t->s, "SELECT count(*) FROM runs WHERE finished_at IS NULL");
    int64_t old = count_of(t->s, "SELECT count(*) FROM runs WHERE finished_at < 1795302030000");
    assert_ok(runs_prune(t->s, AFTER(-1), 100, &n, &e), e);
    assert_int_equal(0, n);
    do {
        assert_ok(runs_prune(t->s, AFTER(30000), 4, &n, &e), e);
        assert_true(n <= 4);
        total += n;
    } while (n > 0);
    assert_int_equal(old, total);
    assert_int_equal(60 - old, count_of(t->s, "SELECT count(*) FROM runs"));
    assert_int_equal(open, count_of(t->s, "SELECT count(*) FROM runs WHERE finished_at IS NULL"));
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM attempts WHERE run_id NOT IN (SELECT id FROM runs)"));
}

/* Inside the caller's transaction nothing is kept until that commits. */
static void test_runs_in_the_callers_transaction(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    assert_ok(store_begin(t->s, &e), e);
    insert_new(t->s, "j", TRIGGER_SCHEDULE, RUN_RUNNING, NOW);
    assert_true(store_in_transaction(t->s));
    store_rollback(t->s);
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM runs"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_field_comes_back),
        TEST(test_an_occurrence_is_one_row),
        TEST(test_what_may_begin),
        TEST(test_attempts_in_turn),
        TEST(test_guards_refuse_and_change_nothing),
        TEST(test_finish_without_attempt),
        TEST(test_planned_until_never_goes_back),
        TEST(test_recover),
        TEST(test_requests),
        TEST(test_cancel_requests),
        TEST(test_lists_of_every_filter),
        TEST(test_list_refuses),
        TEST(test_last_and_open),
        TEST(test_last_occurrence),
        TEST(test_prune),
        TEST(test_runs_in_the_callers_transaction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
