/* The heartbeat: it is sent while all is well, and by that alone whoever waits for it learns that it is not. */
#include "engine/heartbeat.h"

#include "base/fault.h"
#include "base/json.h"
#include "base/log.h"
#include "engine_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TOKEN "the-token-of-the-heartbeat"

static struct cidr loopback;

/* As of somebody's settings, but more often than these allow. */
static void beat_to(struct fixture *x, const char *url)
{
    mem_auto char *sql = mem_printf("UPDATE settings SET heartbeat_url = %s%s%s, heartbeat_every_s = 1, revision = "
                                    "revision + 1",
                                    url ? "'" : "", url ? url : "NULL", url ? "'" : "");
    execute_sql(x->store, "PRAGMA ignore_check_constraints = ON");
    execute_sql(x->store, sql);
    store_announce(x->dir);
}

static void beat_at(struct fixture *x, const char *path)
{
    mem_auto char *url = mem_printf("http://127.0.0.1:%d%s", small_server_port(), path);
    beat_to(x, url);
}

static struct heartbeat_status status_of(struct fixture *x)
{
    struct heartbeat_status now;
    heartbeat_status(x->engine, &now);
    return now;
}

static void wait_requests(int least)
{
    for (int i = 0; i < 1500 && small_server_count() < least; i++)
        usleep(10000);
    if (small_server_count() < least)
        fail_msg("%d requests, not %d", small_server_count(), least);
}

static struct heartbeat_status wait_taken(struct fixture *x, int64_t least)
{
    struct heartbeat_status now = { 0 };
    for (int i = 0; i < 1500 && (now = status_of(x)).taken < least; i++)
        usleep(10000);
    if (now.taken < least)
        fail_msg("%lld were taken, not %lld; error '%s', withheld '%s'", (long long)now.taken, (long long)least,
                 now.error, now.withheld ? now.withheld : "");
    return now;
}

static void wait_error(struct fixture *x, const char *part)
{
    struct heartbeat_status now = { 0 };
    for (int i = 0; i < 1500 && !strstr((now = status_of(x)).error, part); i++)
        usleep(10000);
    if (!strstr(now.error, part))
        fail_msg("the error is '%s'", now.error);
    assert_false(wall_is_none(now.failing_since));
    assert_true(now.failed > 0);
    assert_null(strstr(now.error, TOKEN));
}

/* More than an interval in which nothing may come. */
static void nothing_comes(const char *when)
{
    int before = small_server_count();
    usleep(1700000);
    if (small_server_count() != before)
        fail_msg("%d came %s", small_server_count() - before, when);
}

static void test_beats(void **state)
{
    struct fixture *x = *state;
    struct wall began = clock_wall();
    engine_up(x);
    assert_false(status_of(x).on);
    beat_at(x, "/ok?token=a");
    struct heartbeat_status now = wait_taken(x, 2);
    assert_true(now.on && now.every_s == 1 && now.failed == 0 && !*now.error && !now.withheld);
    assert_true(now.last_ok_at.ms >= began.ms && wall_is_none(now.failing_since));
    const char *request = small_server_last();
    assert_non_null(strstr(request, "GET /ok?token=a HTTP/1.1\r\n"));
    assert_non_null(strstr(request, "\r\nUser-Agent: edgecron/"));
    assert_null(strstr(request, "X-Edgecron"));
    assert_int_equal(count_of(x->store, "SELECT count(*) FROM planner WHERE heartbeat_at IS NOT NULL"), 1);
    assert_int_equal(count_of(x->store, "SELECT count(*) FROM runs"), 0);
}

/* Also at a start with settings that were there before, and with another address at once. */
static void test_another_address(void **state)
{
    struct fixture *x = *state;
    beat_at(x, "/ok?first");
    engine_up(x);
    wait_taken(x, 1);
    beat_at(x, "/slow-9000?second");
    int before = small_server_count();
    wait_requests(before + 1);
    beat_at(x, "/ok?third");
    struct heartbeat_status now = wait_taken(x, 1);
    assert_non_null(strstr(small_server_last(), "/ok?third"));
    assert_int_equal(now.failed, 0);
    beat_to(x, NULL);
    for (int i = 0; i < 1000 && status_of(x).on; i++)
        usleep(10000);
    nothing_comes("without an address");
}

static void test_not_taken(void **state)
{
    struct fixture *x = *state;
    engine_up(x);
    beat_at(x, "/404");
    wait_error(x, "it answered 404: is heartbeat_url still what the service shows?");
    beat_at(x, "/301");
    wait_error(x, "a redirect, which is not followed");
    beat_to(x, "http://127.0.0.1:1/");
    wait_error(x, "its host cannot be reached");
    beat_to(x, "http://169.254.169.254/latest");
    wait_error(x, "nothing was sent");
    beat_at(x, "/fail-twice");
    struct heartbeat_status now = wait_taken(x, 1);
    assert_int_equal(now.failed, 2);
    assert_true(wall_is_none(now.failing_since) && !*now.error);
    assert_int_equal(count_of(x->store, "SELECT count(*) FROM runs"), 0);
}

/* Loopback is no place to call unless the server was started so. */
static void test_private(void **state)
{
    struct fixture *x = *state;
    x->n_allow_private = 0;
    engine_up(x);
    beat_at(x, "/ok");
    wait_error(x, "start the server with --allow-private");
    assert_int_equal(small_server_count(), 0);
}

static void test_secrets(void **state)
{
    struct fixture *x = *state;
    engine_up(x);
    beat_at(x, "/ok/{{secret.BEAT}}?status=up");
    wait_error(x, "secret 'BEAT' is not set");
    assert_int_equal(small_server_count(), 0);
    set_secret(x, "BEAT", TOKEN);
    wait_taken(x, 1);
    assert_non_null(strstr(small_server_last(), "GET /ok/" TOKEN "?status=up HTTP/1.1"));
    set_secret(x, "HOST", TOKEN ".invalid");
    beat_to(x, "http://{{secret.HOST}}/");
    wait_error(x, "[redacted:HOST]");
    /* one that is bound goes to its targets alone */
    apply_job(x, "any", "/ok", NEVER, "");
    execute_sql(x->store, "INSERT INTO targets SELECT 'there', replace(replace(spec, 'here', 'there'), '127.0.0.1', "
                          "'127.0.0.2'), revision, created_at, updated_at FROM targets");
    execute_sql(x->store, "INSERT INTO secret_targets (name, target) VALUES ('BEAT', 'there')");
    store_announce(x->dir);
    int before = small_server_count();
    beat_at(x, "/ok/{{secret.BEAT}}?bound");
    wait_error(x, "BEAT");
    assert_int_equal(small_server_count(), before);
}

static void test_sealed(void **state)
{
    struct fixture *x = *state;
    char kept[100];
    set_secret(x, "KEY", "a-very-secret-value");
    snprintf(kept, sizeof kept, "%s.kept", x->key_file);
    assert_int_equal(rename(x->key_file, kept), 0);
    beat_at(x, "/ok");
    engine_up(x);
    nothing_comes("from a sealed server");
    assert_non_null(strstr(status_of(x).withheld, "sealed"));
    assert_int_equal(rename(kept, x->key_file), 0);
    wait_taken(x, 1);
    assert_null(status_of(x).withheld);
}

/* Held as a copy; and a pause of everything, which is wanted. */
static void test_held(void **state)
{
    struct fixture *x = *state;
    execute_sql(x->store, "UPDATE settings SET paused = 1, revision = revision + 1");
    execute_sql(x->store, "UPDATE home SET hold = 'copied' WHERE id = 1");
    beat_at(x, "/ok");
    engine_up(x);
    nothing_comes("from a copy that is held");
    assert_non_null(strstr(status_of(x).withheld, "copy"));
    execute_sql(x->store, "UPDATE home SET hold = NULL WHERE id = 1");
    beat_at(x, "/ok");
    wait_taken(x, 1);
}

static void disarm(void)
{
    fault_arm(NULL);
}

/* The disk takes nothing: there is no beat until it does. */
static void test_store(void **state)
{
    static const struct fault full = { .kind = FAULT_WRITE, .nth = 1, .lasting = true, .full = true };
    static const struct fault broken = { .kind = FAULT_SYNC, .nth = 1, .lasting = true };
    struct fixture *x = *state;
    engine_up(x);
    beat_at(x, "/ok");
    wait_taken(x, 1);
    for (int i = 0; i < 2; i++) {
        fault_arm(i ? &broken : &full);
        for (int n = 0; n < 1000 && !status_of(x).withheld; n++)
            usleep(10000);
        nothing_comes("though the store takes no writes");
        assert_non_null(strstr(status_of(x).withheld, "store"));
        int64_t before = status_of(x).taken;
        disarm();
        wait_taken(x, before + 1);
    }
}

/* Another process holds the store's lock: a writer that waits for it is stuck, and so are the beats. */
static void test_stuck_writer(void **state)
{
    struct fixture *x = *state;
    engine_up(x);
    beat_at(x, "/ok");
    wait_taken(x, 1);
    execute_sql(x->store, "BEGIN IMMEDIATE");
    usleep(1200000); /* what was under way comes to its end */
    nothing_comes("though the writer waits");
    int64_t before = status_of(x).taken;
    execute_sql(x->store, "ROLLBACK");
    wait_taken(x, before + 1);
}

static void test_stopping(void **state)
{
    struct fixture *x = *state;
    char id[ID_TEXT_SIZE];
    struct attempt *attempts;
    int n;
    x->drain_timeout_ms = 20000;
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "long", "/slow-3000", NEVER, "");
    engine_up(x);
    beat_at(x, "/ok?beat");
    wait_taken(x, 1);
    ask_run(x, "long", id);
    wait_state(x, id, RUN_RUNNING, &attempts, &n);
    engine_drain(x->engine);
    for (int i = 0; i < 1000 && !status_of(x).withheld; i++)
        usleep(10000);
    assert_non_null(strstr(status_of(x).withheld, "stopping"));
    nothing_comes("while the server stops");
    engine_down(x);
    assert_int_equal(get_run(x, id, &attempts, &n)->state, RUN_SUCCEEDED);
}

/* Stopped while a beat is being asked for: nobody waits for it. */
static void test_stopped_in_a_beat(void **state)
{
    struct fixture *x = *state;
    engine_up(x);
    beat_at(x, "/slow-9000");
    wait_requests(1);
    struct mono began = clock_mono();
    engine_down(x);
    assert_true(mono_ms_since(began, clock_mono()) < 8000);
}

static int start_server(void **state)
{
    (void)state;
    json_init();
    log_setup(LOG_NONE, LOG_LOGFMT);
    cidr_parse("127.0.0.0/8", &loopback);
    small_server_start();
    return 0;
}

static int stop_server(void **state)
{
    (void)state;
    small_server_stop();
    return 0;
}

static int open_allowed(void **state)
{
    int rc = engine_open(state);
    struct fixture *x = *state;
    x->allow_private = &loopback;
    x->n_allow_private = 1;
    return rc;
}

static int close_disarmed(void **state)
{
    disarm();
    return engine_close(state);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_allowed, close_disarmed)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_beats),
        TEST(test_another_address),
        TEST(test_not_taken),
        TEST(test_private),
        TEST(test_secrets),
        TEST(test_sealed),
        TEST(test_held),
        TEST(test_store),
        TEST(test_stuck_writer),
        TEST(test_stopping),
        TEST(test_stopped_in_a_beat),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
