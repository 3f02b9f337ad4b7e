/* Runs and attempts in the store: guarded moves, requests, recovery. */
#include "temp_runs.h"

static void test_every_field_comes_back(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct run r = run_insert_new(t->s, "j", TRIGGER_CATCH_UP, RUN_RUNNING, NOW);
    run_load(t->s, r.id);
    assert_string_equal("j", run_loaded.job);
    assert_int_equal(TRIGGER_CATCH_UP, run_loaded.trigger);
    assert_int_equal(RUN_RUNNING, run_loaded.state);
    assert_int_equal(1, run_loaded.attempts);
    assert_int_equal(NOW.ms, run_loaded.started_at.ms);
    assert_true(wall_is_none(run_loaded.finished_at) && wall_is_none(run_loaded.next_attempt_at));
    assert_int_equal(3, run_loaded.lateness_ms);
    assert_int_equal(-1, run_loaded.duration_ms);
    assert_int_equal(1, run_n_attempts);
    assert_int_equal(OUTCOME_NONE, run_attempts[0].outcome);
    assert_int_equal(-1, run_attempts[0].response_size);

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
    run_load(t->s, r.id);
    assert_int_equal(RUN_SUCCEEDED, run_loaded.state);
    assert_int_equal(AFTER(2).ms, run_loaded.started_at.ms);
    assert_int_equal(5, run_loaded.lateness_ms);
    assert_int_equal(AFTER(40).ms, run_loaded.finished_at.ms);
    assert_int_equal(40, run_loaded.duration_ms);
    assert_int_equal(201, run_loaded.http_status);
    assert_int_equal(OUTCOME_OK, run_loaded.outcome);
    assert_string_equal("{\"sent\":3}", run_loaded.metrics);
    assert_null(run_loaded.retry_of);
    assert_int_equal(1, run_loaded.occurrences);
    struct attempt b = run_attempts[0];
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
    struct run first = run_insert_new(t->s, "j", TRIGGER_SCHEDULE, RUN_RUNNING, NOW);
    struct run again = run_of("j", TRIGGER_CATCH_UP, RUN_MISSED, NOW);
    assert_false(run_insert(t->s, &again));
    again = run_of("j", TRIGGER_SCHEDULE, RUN_RUNNING, NOW);
    assert_false(run_insert(t->s, &again));
    run_load(t->s, first.id);
    assert_int_equal(RUN_RUNNING, run_loaded.state);
    assert_int_equal(1, run_n_attempts); /* told by the run's own row until it ends */
    assert_int_equal(1, run_attempts[0].number);
    assert_int_equal(first.started_at.ms, run_attempts[0].started_at.ms);
    assert_int_equal(OUTCOME_NONE, run_attempts[0].outcome);
    run_insert_new(t->s, "k", TRIGGER_SCHEDULE, RUN_QUEUED, NOW);
    run_insert_new(t->s, "j", TRIGGER_MANUAL, RUN_QUEUED, NOW); /* by hand: as often as wanted */
    run_insert_new(t->s, "j", TRIGGER_MANUAL, RUN_QUEUED, NOW);
    assert_int_equal(4, count_of(t->s, "SELECT count(*) FROM runs"));
}

static void test_what_may_begin(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    bool inserted;
    struct run skipped = run_insert_new(t->s, "j", TRIGGER_SCHEDULE, RUN_SKIPPED, AFTER(1));
    struct run missed = run_of("j", TRIGGER_CATCH_UP, RUN_MISSED, AFTER(2));
    missed.occurrences = 77;
    missed.message = "too old";
    assert_true(run_insert(t->s, &missed));
    run_load(t->s, skipped.id);
    assert_int_equal(AFTER(1).ms, run_loaded.finished_at.ms);
    run_load(t->s, missed.id);
    assert_int_equal(77, run_loaded.occurrences);
    assert_string_equal("too old", run_loaded.message);
    struct run wrong = run_of("j", TRIGGER_SCHEDULE, RUN_SUCCEEDED, AFTER(3));
    assert_int_equal(-ERR_INTERNAL, runs_insert(t->s, &wrong, &inserted, &e));
}

static void test_attempts_in_turn(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct run r = run_insert_new(t->s, "j", TRIGGER_SCHEDULE, RUN_QUEUED, NOW);
    assert_ok(runs_set_message(t->s, r.id, "waits for its target", &e), e);
    assert_int_equal(-ERR_CONFLICT, runs_attempt_begin(t->s, r.id, 2, AFTER(1), 1, &e));
    assert_ok(runs_attempt_begin(t->s, r.id, 1, AFTER(10), 10, &e), e);
    run_load(t->s, r.id);
    assert_string_equal("", run_loaded.message);
    assert_int_equal(-ERR_CONFLICT, runs_attempt_begin(t->s, r.id, 1, AFTER(1), 1, &e));
    assert_err(e, ERR_CONFLICT, "is running");
    assert_int_equal(-ERR_CONFLICT, runs_set_message(t->s, r.id, "x", &e));
    assert_ok(run_end(t->s, r.id, 1, RUN_RETRYING, OUTCOME_TIMEOUT, AFTER(50), &e), e);
    run_load(t->s, r.id);
    assert_int_equal(RUN_RETRYING, run_loaded.state);
    assert_true(wall_is_none(run_loaded.finished_at));
    assert_int_equal(AFTER(550).ms, run_loaded.next_attempt_at.ms);
    assert_int_equal(-1, run_loaded.duration_ms);
    assert_ok(runs_attempt_begin(t->s, r.id, 2, AFTER(600), 600, &e), e);
    run_load(t->s, r.id);
    assert_int_equal(10, run_loaded.lateness_ms); /* the first's */
    assert_int_equal(AFTER(10).ms, run_loaded.started_at.ms);
    assert_true(wall_is_none(run_loaded.next_attempt_at));
    assert_string_equal("why", run_loaded.message);
    assert_ok(run_end(t->s, r.id, 2, RUN_FAILED, OUTCOME_CONNECT, AFTER(700), &e), e);
    run_load(t->s, r.id);
    assert_int_equal(2, run_n_attempts);
    assert_int_equal(OUTCOME_TIMEOUT, run_attempts[0].outcome);
    assert_int_equal(OUTCOME_CONNECT, run_attempts[1].outcome);
    assert_int_equal(AFTER(600).ms, run_attempts[1].started_at.ms);
    assert_int_equal(RUN_FAILED, run_loaded.state);
}

static void test_guards_refuse_and_change_nothing(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct run r = run_insert_new(t->s, "j", TRIGGER_SCHEDULE, RUN_RUNNING, NOW);
    assert_int_equal(-ERR_CONFLICT, run_end(t->s, r.id, 2, RUN_SUCCEEDED, OUTCOME_OK, AFTER(1), &e));
    assert_int_equal(-ERR_INTERNAL, run_end(t->s, r.id, 1, RUN_QUEUED, OUTCOME_OK, AFTER(1), &e));
    assert_int_equal(-ERR_INTERNAL, run_end(t->s, r.id, 1, RUN_SKIPPED, OUTCOME_OK, AFTER(1), &e));
    assert_int_equal(-ERR_INTERNAL, run_end(t->s, r.id, 1, RUN_FAILED, OUTCOME_NONE, AFTER(1), &e));
    assert_int_equal(-ERR_CONFLICT, runs_finish(t->s, r.id, RUN_CANCELED, OUTCOME_CANCELED, "", AFTER(1), &e));
    run_load(t->s, r.id);
    assert_int_equal(RUN_RUNNING, run_loaded.state);
    assert_int_equal(OUTCOME_NONE, run_attempts[0].outcome);
    assert_ok(run_end(t->s, r.id, 1, RUN_SUCCEEDED, OUTCOME_OK, AFTER(1), &e), e);
    assert_int_equal(-ERR_CONFLICT, run_end(t->s, r.id, 1, RUN_FAILED, OUTCOME_OK, AFTER(1), &e));
    assert_err(e, ERR_CONFLICT, "is succeeded");
    const char *const nobody = "00000000-0000-7000-8000-000000000000";
    assert_int_equal(-ERR_NOT_FOUND, run_end(t->s, nobody, 1, RUN_FAILED, OUTCOME_OK, AFTER(1), &e));
    assert_int_equal(-ERR_NOT_FOUND, runs_finish(t->s, "nonsense", RUN_CANCELED, OUTCOME_NONE, "", AFTER(1), &e));
    assert_int_equal(-ERR_NOT_FOUND, runs_attempt_begin(t->s, nobody, 1, NOW, 0, &e));
}

static void test_finish_without_attempt(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    static const enum run_state QUEUED_TO[] = { RUN_CANCELED, RUN_SKIPPED, RUN_MISSED };
    for (size_t i = 0; i < MEM_COUNT(QUEUED_TO); i++) {
        struct run r = run_insert_new(t->s, "j", TRIGGER_MANUAL, RUN_QUEUED, AFTER((int64_t)i));
        assert_ok(runs_finish(t->s, r.id, QUEUED_TO[i], OUTCOME_NONE, "m", AFTER(90), &e), e);
        run_load(t->s, r.id);
        assert_int_equal(QUEUED_TO[i], run_loaded.state);
        assert_int_equal(-1, run_loaded.duration_ms);
        assert_int_equal(OUTCOME_NONE, run_loaded.outcome);
    }
    struct run r = run_insert_new(t->s, "j", TRIGGER_SCHEDULE, RUN_RUNNING, NOW);
    assert_ok(run_end(t->s, r.id, 1, RUN_RETRYING, OUTCOME_TLS, AFTER(5), &e), e);
    assert_int_equal(-ERR_CONFLICT, runs_finish(t->s, r.id, RUN_MISSED, OUTCOME_NONE, "m", AFTER(90), &e));
    assert_ok(runs_finish(t->s, r.id, RUN_FAILED, OUTCOME_NONE, "gave up", AFTER(90), &e), e);
    run_load(t->s, r.id);
    assert_int_equal(90, run_loaded.duration_ms);
    assert_int_equal(OUTCOME_TLS, run_loaded.outcome);
    assert_int_equal(AFTER(90).ms, run_loaded.finished_at.ms);
    assert_true(wall_is_none(run_loaded.next_attempt_at));
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
    run_load(s, id);
    assert_string_equal(run_state_name(state), run_state_name(run_loaded.state));
    assert_int_equal(OUTCOME_INTERRUPTED, run_loaded.outcome);
    assert_int_equal(OUTCOME_INTERRUPTED, run_attempts[run_n_attempts - 1].outcome);
    assert_int_equal(AFTER(60000).ms, run_attempts[run_n_attempts - 1].finished_at.ms);
    assert_non_null(strstr(run_loaded.message, "may or may not have been processed"));
    if (!strstr(run_loaded.message, words))
        fail_msg("'%s' does not say '%s'", run_loaded.message, words);
    if (state == RUN_RETRYING)
        assert_int_equal(AFTER(60000).ms, run_loaded.next_attempt_at.ms);
    else
        assert_int_equal(AFTER(60000).ms, run_loaded.finished_at.ms);
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
    struct run least = run_insert_new(t->s, "least", TRIGGER_SCHEDULE, RUN_RUNNING, NOW);
    struct run old = run_insert_new(t->s, "least-old", TRIGGER_SCHEDULE, RUN_RUNNING, NOW);
    struct run ever = run_insert_new(t->s, "least-ever", TRIGGER_SCHEDULE, RUN_RUNNING, NOW);
    struct run most = run_insert_new(t->s, "most", TRIGGER_SCHEDULE, RUN_RUNNING, NOW);
    struct run gone = run_insert_new(t->s, "gone", TRIGGER_SCHEDULE, RUN_RUNNING, NOW);
    struct run canceled = run_insert_new(t->s, "least", TRIGGER_MANUAL, RUN_RUNNING, NOW);
    struct run queued = run_insert_new(t->s, "least", TRIGGER_MANUAL, RUN_QUEUED, NOW);
    struct run by_hand = run_of("least-old", TRIGGER_RETRY, RUN_RUNNING, NOW);
    by_hand.created_at = AFTER(30000); /* ages from when it was asked for */
    assert_true(run_insert(t->s, &by_hand));
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
    run_load(t->s, queued.id);
    assert_int_equal(RUN_QUEUED, run_loaded.state);
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
    assert_ok(runs_requested(t->s, NULL, NULL, run_arena, &r, &n, &e), e);
    assert_int_equal(1, n);
    assert_string_equal(id, r[0].id);
    assert_int_equal(TRIGGER_API, r[0].trigger);
    assert_int_equal(-ERR_CONFLICT, runs_request_retry(t->s, id, NOW, second, &e));
    assert_err(e, ERR_CONFLICT, "is queued");
    assert_ok(runs_attempt_begin(t->s, id, 1, NOW, 0, &e), e);
    assert_ok(runs_requested(t->s, NULL, NULL, run_arena, &r, &n, &e), e);
    assert_int_equal(0, n);
    assert_ok(run_end(t->s, id, 1, RUN_FAILED, OUTCOME_HTTP_STATUS, AFTER(1), &e), e);
    assert_ok(runs_request_retry(t->s, id, AFTER(5000), second, &e), e);
    run_load(t->s, second);
    assert_string_equal(id, run_loaded.retry_of);
    assert_int_equal(TRIGGER_RETRY, run_loaded.trigger);
    assert_int_equal(NOW.ms, run_loaded.scheduled_for.ms); /* the same slot */
    assert_int_equal(AFTER(5000).ms, run_loaded.created_at.ms);
    assert_int_equal(-ERR_NOT_FOUND, runs_request_retry(t->s, "0", NOW, second, &e));
    assert_ok(jobs_remove(t->s, "j", -1, NOW, &e), e);
    assert_int_equal(-ERR_NOT_FOUND, runs_request_retry(t->s, id, NOW, second, &e));
}

static bool is_known(void *ctx, const char *id)
{
    return strcmp(ctx, id) == 0;
}

static void ask_many(struct store *s, const char *job, int n)
{
    struct err e;
    char id[ID_TEXT_SIZE];
    assert_ok(store_begin(s, &e), e);
    for (int i = 0; i < n; i++)
        assert_ok(runs_request(s, job, TRIGGER_API, NOW, id, &e), e);
    assert_ok(store_commit(s, &e), e);
}

/* Whoever asks for more than can wait is told so, and nothing is written; others may go on asking. */
static void test_requests_have_a_bound(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    char id[ID_TEXT_SIZE], first[ID_TEXT_SIZE];
    struct run *r;
    int n;
    put_job(t->s, "stuck", "");
    put_job(t->s, "other", "");
    assert_ok(runs_request(t->s, "stuck", TRIGGER_MANUAL, NOW, first, &e), e);
    run_insert_new(t->s, "stuck", TRIGGER_SCHEDULE, RUN_QUEUED, NOW); /* which does not count */
    ask_many(t->s, "stuck", RUNS_ASKED_JOB - 1);
    assert_int_equal(-ERR_TOO_MANY, runs_request(t->s, "stuck", TRIGGER_API, NOW, id, &e));
    assert_err(e, ERR_TOO_MANY, "1000 runs of job 'stuck' that were asked for have not ended yet");
    assert_int_equal(RUNS_ASKED_JOB + 1, count_of(t->s, "SELECT count(*) FROM runs"));
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM audit WHERE action = 'run.request'") - RUNS_ASKED_JOB);
    assert_ok(runs_request(t->s, "other", TRIGGER_MANUAL, NOW, id, &e), e);
    assert_ok(runs_requested(t->s, is_known, id, run_arena, &r, &n, &e), e);
    assert_int_equal(RUNS_ASKED_JOB, n);
    /* one that is being tried is still open; one that ended makes room */
    assert_ok(runs_attempt_begin(t->s, first, 1, NOW, 0, &e), e);
    assert_int_equal(-ERR_TOO_MANY, runs_request(t->s, "stuck", TRIGGER_API, NOW, id, &e));
    assert_ok(run_end(t->s, first, 1, RUN_FAILED, OUTCOME_HTTP_STATUS, AFTER(1), &e), e);
    assert_ok(runs_request_retry(t->s, first, NOW, id, &e), e);
    assert_int_equal(-ERR_TOO_MANY, runs_request_retry(t->s, first, NOW, id, &e));
}

static void test_requests_have_a_bound_in_all(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    char id[ID_TEXT_SIZE];
    put_job(t->s, "one-more", "");
    mem_auto char *rows = mem_printf("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
                                     "INSERT INTO runs (id, job, trigger, scheduled_for, created_at, state) "
                                     "SELECT randomblob(16), 'j' || (i %% 20), 'api', 0, 0, 'queued' FROM n",
                                     RUNS_ASKED_ALL - 1);
    execute_sql(t->s, rows);
    assert_ok(runs_request(t->s, "one-more", TRIGGER_API, NOW, id, &e), e);
    assert_int_equal(-ERR_TOO_MANY, runs_request(t->s, "one-more", TRIGGER_API, NOW, id, &e));
    assert_err(e, ERR_TOO_MANY, "10000 runs that were asked for");
}

static void each_left(void *ctx, const char *job, int64_t runs)
{
    struct buf *b = ctx;
    buf_printf(b, "%s:%lld ", job, (long long)runs);
}

/* Of a job, what waits of its schedule; some at a time. */
static void test_left(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct run *r;
    int n;
    buf_auto struct buf b = BUF_INIT(1000);
    struct run first = run_insert_new(t->s, "a", TRIGGER_SCHEDULE, RUN_QUEUED, AFTER(1));
    struct run second = run_insert_new(t->s, "a", TRIGGER_CATCH_UP, RUN_QUEUED, AFTER(2));
    run_insert_new(t->s, "a", TRIGGER_SCHEDULE, RUN_QUEUED, AFTER(3));
    run_insert_new(t->s, "a", TRIGGER_SCHEDULE, RUN_RUNNING, AFTER(4));
    run_insert_new(t->s, "a", TRIGGER_API, RUN_QUEUED, AFTER(5));
    run_insert_new(t->s, "b", TRIGGER_SCHEDULE, RUN_QUEUED, AFTER(6));
    assert_ok(runs_left(t->s, "a", 2, run_arena, &r, &n, &e), e);
    assert_int_equal(2, n);
    assert_string_equal(first.id, r[0].id);
    assert_string_equal(second.id, r[1].id);
    assert_ok(runs_left(t->s, "a", 100, run_arena, &r, &n, &e), e);
    assert_int_equal(3, n);
    assert_ok(runs_left_jobs(t->s, each_left, &b, &e), e);
    assert_string_equal("a:3 b:1 ", buf_str(&b));
    assert_ok(runs_open(t->s, NULL, 4, run_arena, &r, &n, &e), e);
    assert_int_equal(4, n);
    assert_ok(runs_open(t->s, r[3].id, 4, run_arena, &r, &n, &e), e);
    assert_int_equal(2, n);
    assert_string_equal("b", r[1].job);
}

static void test_cancel_requests(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct run *r;
    int n;
    struct run queued = run_insert_new(t->s, "j", TRIGGER_MANUAL, RUN_QUEUED, AFTER(1));
    struct run running = run_insert_new(t->s, "j", TRIGGER_MANUAL, RUN_RUNNING, AFTER(2));
    struct run alone = run_insert_new(t->s, "j", TRIGGER_MANUAL, RUN_QUEUED, AFTER(3));
    assert_ok(runs_cancel_requested(t->s, run_arena, &r, &n, &e), e);
    assert_int_equal(0, n);
    assert_ok(runs_request_cancel(t->s, queued.id, false, NOW, &e), e);
    assert_ok(runs_request_cancel(t->s, running.id, true, NOW, &e), e);
    assert_ok(runs_request_cancel(t->s, alone.id, true, AFTER(9), &e), e);
    assert_ok(runs_cancel_requested(t->s, run_arena, &r, &n, &e), e);
    assert_int_equal(2, n);
    assert_string_equal(queued.id, r[0].id);
    assert_string_equal(running.id, r[1].id);
    assert_true(r[1].cancel_requested);
    run_load(t->s, alone.id);
    assert_int_equal(RUN_CANCELED, run_loaded.state);
    assert_int_equal(-ERR_CONFLICT, runs_request_cancel(t->s, alone.id, true, NOW, &e));
    assert_int_equal(-ERR_NOT_FOUND, runs_request_cancel(t->s, "x", true, NOW, &e));
    assert_ok(runs_finish(t->s, queued.id, RUN_CANCELED, OUTCOME_CANCELED, "", NOW, &e), e);
    assert_ok(run_end(t->s, running.id, 1, RUN_CANCELED, OUTCOME_CANCELED, NOW, &e), e);
    assert_ok(runs_cancel_requested(t->s, run_arena, &r, &n, &e), e);
    assert_int_equal(0, n);
}

/* Inside the caller's transaction nothing is kept until that commits. */
static void test_runs_in_the_callers_transaction(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    assert_ok(store_begin(t->s, &e), e);
    run_insert_new(t->s, "j", TRIGGER_SCHEDULE, RUN_RUNNING, NOW);
    assert_true(store_in_transaction(t->s));
    store_rollback(t->s);
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM runs"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_runs_open, temp_runs_close)

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
        TEST(test_requests_have_a_bound),
        TEST(test_requests_have_a_bound_in_all),
        TEST(test_left),
        TEST(test_runs_in_the_callers_transaction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
