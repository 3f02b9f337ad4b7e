/* An engine without the right master key: nothing is read or called, until the key is in its file, or given by another thread. */
#include "engine_fixture.h"

#include "base/json.h"
#include "base/log.h"
#include "store/rekey.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define VALUE "a-very-secret-value"

static char right[128], key_kept[100];

static void spoil(struct fixture *x)
{
    FILE *f = fopen(x->key_file, "r");
    assert_non_null(f);
    assert_non_null(fgets(right, sizeof right, f));
    fclose(f);
    snprintf(key_kept, sizeof key_kept, "%s.kept", x->key_file);
    assert_int_equal(rename(x->key_file, key_kept), 0);
}

static struct engine_status status_of(struct fixture *x)
{
    struct engine_status now;
    engine_status(x->engine, &now);
    return now;
}

static void wait_unsealed(struct fixture *x)
{
    for (int i = 0; i < 1000 && status_of(x).sealed; i++)
        usleep(10000);
    assert_false(status_of(x).sealed);
    assert_string_equal(status_of(x).seal_error, "");
}

static int count(struct fixture *x, const char *action)
{
    mem_auto char *sql = mem_printf("SELECT count(*) FROM audit WHERE action = '%s'", action);
    return (int)count_of(x->store, sql);
}

/* One that is due every second, and one asked for by hand; then a second of nothing. */
static void seal(struct fixture *x, char id[ID_TEXT_SIZE])
{
    struct attempt *attempts;
    int n, before = small_server_count();
    set_secret(x, "KEY", VALUE);
    apply_job(x, "hand", "/ok", NEVER, "");
    spoil(x);
    engine_up(x);
    struct engine_status now = status_of(x);
    assert_true(now.sealed);
    assert_non_null(strstr(now.seal_error, "is missing"));
    assert_true(now.jobs >= 1);
    ask_run(x, "hand", id);
    usleep(300000);
    assert_int_equal(small_server_count(), before);
    assert_int_equal(get_run(x, id, &attempts, &n)->state, RUN_QUEUED);
}

static void test_the_file_comes_back(void **state)
{
    struct fixture *x = *state;
    char id[ID_TEXT_SIZE];
    struct attempt *attempts;
    int n;
    seal(x, id);
    assert_int_equal(rename(key_kept, x->key_file), 0);
    wait_state(x, id, RUN_SUCCEEDED, &attempts, &n);
    assert_non_null(strstr(small_server_last(), VALUE));
    wait_unsealed(x);
    for (int i = 0; i < 1000 && !count(x, "vault.unseal"); i++)
        usleep(10000);
    assert_int_equal(count(x, "vault.unseal"), 1);
}

static void test_a_key_that_is_given(void **state)
{
    struct fixture *x = *state;
    char id[ID_TEXT_SIZE];
    struct attempt *attempts;
    struct err e = { 0 };
    const struct audit_actor actor = { AUDIT_TOKEN, "ci", "127.0.0.1" };
    uint8_t key[CRYPTO_KEY_SIZE], wrong[CRYPTO_KEY_SIZE] = { 1 };
    int n, wait_s, rc;
    seal(x, id);
    assert_true(vault_key_decode(right, strlen(right), key));
    assert_int_equal(engine_unseal(x->engine, x->store, wrong, &actor, &wait_s, &e), -ERR_SEALED);
    assert_int_equal(engine_unseal(x->engine, x->store, key, &actor, &wait_s, &e), -ERR_TOO_MANY);
    assert_int_equal(wait_s, 1);
    assert_int_equal(count(x, "vault.unseal_failed"), 1); /* what was not looked at is no attempt */
    while ((rc = engine_unseal(x->engine, x->store, key, &actor, &wait_s, &e)) == -ERR_TOO_MANY)
        usleep(50000);
    assert_int_equal(rc, 0);
    wait_state(x, id, RUN_SUCCEEDED, &attempts, &n);
    wait_unsealed(x);
    assert_int_equal(count(x, "vault.unseal"), 1);
    mem_auto char *who = text_of(x->store, "SELECT actor || ' ' || address FROM audit WHERE action = 'vault.unseal'");
    assert_string_equal(who, "token:ci 127.0.0.1");
    assert_int_equal(engine_unseal(x->engine, x->store, key, &actor, &wait_s, &e), -ERR_CONFLICT);
    assert_int_not_equal(access(x->key_file, F_OK), 0);
}

/* Stopped while sealed, planned_until stays: nothing is forgotten. */
static void test_stopped_while_sealed(void **state)
{
    struct fixture *x = *state;
    struct run *runs;
    struct attempt *attempts;
    char id[ID_TEXT_SIZE];
    int n;
    set_secret(x, "KEY", VALUE);
    apply_job(x, "tick", "/ok", "* * * * * *", "'overlap':'allow','catch_up':{'policy':'all','window_s':3600}");
    engine_up(x);
    wait_count(x, "tick", RUN_SUCCEEDED, 1, &runs);
    engine_down(x);
    int64_t planned = count_of(x->store, "SELECT planned_until FROM planner");
    seal(x, id);
    engine_down(x);
    assert_true(count_of(x->store, "SELECT planned_until FROM planner") == planned);
    assert_int_equal(rename(key_kept, x->key_file), 0);
    engine_up(x);
    wait_state(x, id, RUN_SUCCEEDED, &attempts, &n);
    n = wait_count(x, "tick", RUN_SUCCEEDED, 3, &runs);
    for (int i = 1; i < n; i++) /* newest first */
        assert_true(runs[i - 1].scheduled_for.ms == runs[i].scheduled_for.ms + 1000);
}

/* Nothing needs the key: a wrong file that is taken away is made anew. */
static void test_no_secret_no_need(void **state)
{
    struct fixture *x = *state;
    FILE *f = fopen(x->key_file, "w");
    fputs("half a key", f);
    fclose(f);
    engine_up(x);
    assert_true(status_of(x).sealed);
    assert_non_null(strstr(status_of(x).seal_error, "are no key"));
    assert_int_equal(unlink(x->key_file), 0);
    wait_unsealed(x);
    assert_int_equal(access(x->key_file, F_OK), 0);
}

static int start_server(void **state)
{
    (void)state;
    json_init();
    log_setup(LOG_ERROR, LOG_LOGFMT);
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
        TEST(test_the_file_comes_back),
        TEST(test_a_key_that_is_given),
        TEST(test_stopped_while_sealed),
        TEST(test_no_secret_no_need),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
