/* An engine that watches: what is told, and what becomes of it when the store does not take it. Times of a day are tests/integration/alerts_day's. */
#include "engine_fixture.h"

#include "base/json.h"
#include "base/log.h"
#include "store/alerts.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void settings_group(struct fixture *x, int seconds)
{
    mem_auto char *sql = mem_printf("UPDATE settings SET alert_group_s = %d", seconds);
    execute_sql(x->store, sql);
}

static void put_channel(struct fixture *x, const char *name, const char *path, const char *more)
{
    struct err e = { 0 };
    struct channel c;
    enum put_result unused;
    mem_auto char *text = mem_printf("{'name':'%s','kind':'webhook','url':'http://127.0.0.1:%d%s','allow_private':["
                                     "'127.0.0.0/8']%s}",
                                     name, small_server_port(), path, more);
    for (char *p = text; *p; p++)
        if (*p == '\'')
            *p = '"';
    json_auto struct json *doc = json_parse(text, strlen(text), &e);
    if (!doc || channel_parse(doc, NULL, x->arena, &c, &e) || channels_put(x->store, &c, -1, clock_wall(), &unused, &e))
        fail_msg("channel: %s %s", e.pointer, e.text);
    store_announce(x->dir);
}

static void wait_sql(struct fixture *x, const char *sql, int64_t wanted)
{
    for (int i = 0; i < 2000; i++, usleep(10000))
        if (count_of(x->store, sql) == wanted)
            return;
    fail_msg("%s: %lld, not %lld", sql, (long long)count_of(x->store, sql), (long long)wanted);
}

static void run_once(struct fixture *x, const char *job, enum run_state state)
{
    struct attempt *attempts;
    char id[ID_TEXT_SIZE];
    int n;
    ask_run(x, job, id);
    wait_state(x, id, state, &attempts, &n);
}

#define ONE_ATTEMPT "'retry':{'max_attempts':1}"
#define SENT "SELECT count(*) FROM runs WHERE trigger = 'alert' AND state = 'succeeded'"

static void test_a_failure_is_told(void **state)
{
    struct fixture *x = *state;
    struct engine_status now;
    set_secret(x, "KEY", "a-very-secret-value");
    settings_group(x, 0);
    put_channel(x, "ops", "/ok", "");
    apply_job(x, "bad", "/401", NEVER, ONE_ATTEMPT);
    engine_up(x);
    run_once(x, "bad", RUN_FAILED);
    wait_sql(x, SENT, 1);
    assert_non_null(strstr(small_server_last(), "bad is failing: HTTP 401 from here"));
    assert_non_null(strstr(small_server_last(), "\"secret\":\"KEY\""));
    assert_null(strstr(small_server_last(), "a-very-secret-value"));
    engine_status(x->engine, &now);
    assert_int_equal(now.jobs, 1);
    assert_int_equal(now.alerts_firing, 1);
    run_once(x, "bad", RUN_FAILED);
    wait_sql(x, "SELECT count FROM watch_states WHERE subject = 'bad'", 2);
    assert_int_equal(count_of(x->store, SENT), 1);
}

/* The first channel is told what fires when it comes. */
static void test_a_channel_that_comes_later(void **state)
{
    struct fixture *x = *state;
    set_secret(x, "KEY", "a-very-secret-value");
    settings_group(x, 0);
    apply_job(x, "bad", "/500", NEVER, ONE_ATTEMPT);
    engine_up(x);
    run_once(x, "bad", RUN_FAILED);
    wait_sql(x, "SELECT count(*) FROM watch_states WHERE phase = 'firing'", 1);
    put_channel(x, "ops", "/ok", "");
    wait_sql(x, SENT, 1);
}

/* What an upgrade found failing has no due time yet. */
static void test_failing_since_before_the_upgrade(void **state)
{
    struct fixture *x = *state;
    set_secret(x, "KEY", "a-very-secret-value");
    settings_group(x, 0);
    apply_job(x, "bad", "/500", NEVER, ONE_ATTEMPT);
    execute_sql(x->store,
                "INSERT INTO watch_states (rule, subject, kind, phase, count, since, last_at, run, value) VALUES "
                "('failing', 'bad', 'failure', 'firing', 3, 1000, 2000, zeroblob(16), 0)");
    engine_up(x);
    put_channel(x, "ops", "/ok", "");
    wait_sql(x, SENT, 1);
    assert_non_null(strstr(small_server_last(), "\"count\":3"));
    run_once(x, "bad", RUN_FAILED);
    wait_sql(x, "SELECT count FROM watch_states", 4);
    assert_int_equal(count_of(x->store, SENT), 1);
}

/* What is undone with a message that the store does not take is told once it takes it: also what ended meanwhile. */
static void test_a_message_that_cannot_be_written(void **state)
{
    struct fixture *x = *state;
    struct run *runs;
    set_secret(x, "KEY", "a-very-secret-value");
    settings_group(x, 0);
    put_channel(x, "ops", "/ok", "");
    apply_job(x, "bad", "/500", NEVER, ONE_ATTEMPT);
    execute_sql(x->store, "CREATE TRIGGER no_message BEFORE INSERT ON runs WHEN NEW.trigger = 'alert' BEGIN "
                          "SELECT RAISE(ABORT, 'not now'); END");
    engine_up(x);
    run_once(x, "bad", RUN_FAILED);
    usleep(1200000);
    run_once(x, "bad", RUN_FAILED);
    assert_int_equal(list_runs(x, "alert:ops", -1, &runs), 0);
    assert_int_equal(count_of(x->store, "SELECT count(*) FROM watch_states"), 0);
    execute_sql(x->store, "DROP TRIGGER no_message");
    wait_sql(x, SENT, 1);
    assert_int_equal(count_of(x->store, "SELECT count FROM watch_states"), 2);
    assert_int_equal(count_of(x->store, "SELECT count(*) FROM run_ends WHERE id > 0"), 0);
}

/* States that cannot be written keep no run from being recorded, and are told of once they can. */
static void test_damaged_states(void **state)
{
    struct fixture *x = *state;
    set_secret(x, "KEY", "a-very-secret-value");
    put_channel(x, "ops", "/ok", "");
    apply_job(x, "bad", "/500", NEVER, ONE_ATTEMPT);
    settings_group(x, 0);
    execute_sql(x->store,
                "CREATE TRIGGER no_state BEFORE INSERT ON watch_states BEGIN SELECT RAISE(ABORT, 'not now'); END");
    engine_up(x);
    for (int i = 0; i < 3; i++, usleep(400000))
        run_once(x, "bad", RUN_FAILED);
    execute_sql(x->store, "DROP TRIGGER no_state");
    wait_sql(x, SENT, 1);
    assert_int_equal(count_of(x->store, "SELECT count FROM watch_states"), 3);
}

/* A message under way when the engine stops goes on with the next one: the same run. */
static void test_stopped_in_a_message(void **state)
{
    struct fixture *x = *state;
    struct run *runs;
    set_secret(x, "KEY", "a-very-secret-value");
    settings_group(x, 0);
    put_channel(x, "ops", "/slow-once-5000", "");
    apply_job(x, "bad", "/500", NEVER, ONE_ATTEMPT);
    engine_up(x);
    run_once(x, "bad", RUN_FAILED);
    wait_count(x, "alert:ops", RUN_RUNNING, 1, &runs);
    engine_down(x);
    engine_up(x);
    wait_sql(x, SENT, 1);
    assert_int_equal(list_runs(x, "alert:ops", -1, &runs), 1);
    assert_int_equal(runs[0].attempts, 2);
}

#define FIRING "SELECT count(*) FROM watch_states WHERE phase = 'firing' AND kind = "

/* A pause, or another limit, gives a job its time anew: that is no success, so nobody is told of one. */
static void test_a_pause_is_no_recovery(void **state)
{
    struct fixture *x = *state;
    set_secret(x, "KEY", "a-very-secret-value");
    settings_group(x, 0);
    put_channel(x, "ops", "/ok", "");
    x->applied_ms_ago = 120000;
    apply_job(x, "rare", "/ok", NEVER, "'alerts':[{'on':'no_success','over_s':60}]");
    apply_job(x, "other", "/ok", NEVER, "'alerts':[{'on':'no_success','over_s':60}]");
    engine_up(x);
    wait_sql(x, FIRING "'no_success'", 2);
    wait_sql(x, SENT, 1);
    engine_down(x);
    execute_sql(x->store, "UPDATE jobs SET paused = 1, paused_until = 4102444800000 WHERE name = 'rare'");
    execute_sql(x->store,
                "UPDATE jobs SET spec = replace(spec, '\"over_s\":60', '\"over_s\":86400') WHERE name = 'other'");
    engine_up(x);
    wait_sql(x, FIRING "'no_success'", 0);
    usleep(1500000);
    assert_int_equal(count_of(x->store, "SELECT count(*) FROM watch_states"), 0);
    assert_int_equal(count_of(x->store, "SELECT count(*) FROM runs WHERE trigger = 'alert'"), 1);
}

/* A rule that was removed and made again at once has nothing to do with what the one before told. */
static void test_a_rule_made_again(void **state)
{
    struct fixture *x = *state;
    struct err e = { 0 };
    set_secret(x, "KEY", "a-very-secret-value");
    settings_group(x, 0);
    put_channel(x, "ops", "/ok", "");
    apply_job(x, "bad", "/500", NEVER, ONE_ATTEMPT);
    engine_up(x);
    run_once(x, "bad", RUN_FAILED);
    wait_sql(x, SENT, 1);
    struct alert_record *r;
    enum put_result unused;
    assert_int_equal(alerts_get(x->store, "failing", &r, &e), 0);
    assert_int_equal(store_begin(x->store, &e), 0);
    assert_int_equal(alerts_remove(x->store, "failing", -1, &e), 0);
    assert_int_equal(alerts_put(x->store, &r->rule, -1, clock_wall(), &unused, &e), 0);
    assert_int_equal(store_commit(x->store, &e), 0);
    alert_record_free(r);
    store_announce(x->dir);
    run_once(x, "bad", RUN_FAILED);
    wait_sql(x, SENT, 2);
    assert_int_equal(count_of(x->store, "SELECT count FROM watch_states"), 1);
}

static int start_server(void **state)
{
    (void)state;
    json_init();
    log_setup(LOG_NONE, LOG_LOGFMT);
    small_server_start();
    return 0;
}

static int stop_server(void **state)
{
    (void)state;
    small_server_stop();
    return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, engine_open, engine_close)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_failure_is_told),
        TEST(test_a_channel_that_comes_later),
        TEST(test_failing_since_before_the_upgrade),
        TEST(test_a_message_that_cannot_be_written),
        TEST(test_damaged_states),
        TEST(test_stopped_in_a_message),
        TEST(test_a_pause_is_no_recovery),
        TEST(test_a_rule_made_again),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
