/* Channels in the store, and messages as runs of theirs. */
#include "temp_alerts.h"
#include "temp_runs.h"

#include "store/failing.h"
#include "store/run_ended.h"
#include "store/secrets.h"
#include "store/settings.h"
#include "store/vault.h"

#include <stdio.h>

#define NOTICE "{\"kind\":\"fired\",\"items\":[{\"error\":\"{{secret.K}} }} \\u00e9\"}]}"

static bool note_channel(void *ctx, struct channel_record *r)
{
    buf_printf(ctx, "%s:%lld ", r->channel.name, (long long)r->revision);
    channel_record_free(r);
    return true;
}

static void test_put_get_remove(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    enum put_result put;
    struct channel_record *c;
    int64_t revision;
    buf_auto struct buf all = BUF_INIT(1000);
    assert_ok(channel_put(t->s, "ops", "", 0, &put, &e), e);
    assert_int_equal(PUT_CREATED, put);
    assert_ok(channel_put(t->s, "ops", "", 1, &put, &e), e);
    assert_int_equal(PUT_UNCHANGED, put);
    assert_ok(channel_put(t->s, "ops", ", \"language\": \"fr\"", -1, &put, &e), e);
    assert_int_equal(PUT_UPDATED, put);
    put_channel(t->s, "dev", ", \"enabled\": false");
    assert_ok(channels_each(t->s, note_channel, &all, &e), e);
    assert_string_equal("dev:1 ops:2 ", buf_str(&all));
    assert_ok(channels_get(t->s, "ops", &c, &e), e);
    assert_int_equal(NOTICE_FR, c->channel.language);
    assert_string_equal("https://hooks.example/x", c->channel.request.url);
    channel_record_free(c);
    assert_int_equal(-ERR_CONFLICT, channel_put(t->s, "ops", "", 1, &put, &e));
    assert_int_equal(-ERR_CONFLICT, channels_remove(t->s, "ops", 1, NOW, &e));
    assert_ok(channels_remove(t->s, "ops", 2, NOW, &e), e);
    assert_int_equal(-ERR_NOT_FOUND, channels_get(t->s, "ops", &c, &e));
    assert_int_equal(-ERR_NOT_FOUND, channels_remove(t->s, "ops", -1, NOW, &e));
    assert_ok(channels_revision(t->s, "dev", &revision, &e), e);
    assert_int_equal(1, revision);
    mem_auto char *audit = audit_of(t->s, "channel");
    assert_string_equal("channel.create ops; channel.update ops; channel.create dev; channel.remove ops; ", audit);
    execute_sql(t->s, "UPDATE channels SET spec = '{}'");
    assert_int_equal(-ERR_STORE, channels_get(t->s, "dev", &c, &e));
    buf_clear(&all);
    assert_ok(channels_each(t->s, note_channel, &all, &e), e);
    assert_string_equal("", buf_str(&all));
    assert_ok(channels_remove(t->s, "dev", -1, NOW, &e), e);
}

static void test_no_more_than_there_may_be(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    enum put_result put;
    char name[32];
    for (int i = 0; i < CHANNELS_MAX; i++) {
        snprintf(name, sizeof name, "c%d", i);
        put_channel(t->s, name, "");
    }
    assert_int_equal(-ERR_CONFLICT, channel_put(t->s, "more", "", -1, &put, &e));
    assert_err(e, ERR_CONFLICT, "50 channels");
}

static void test_one_in_use_is_not_removed(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    put_channel(t->s, "ops", "");
    put_channel(t->s, "op", "");
    put_rule(t->s, "mine", "\"on\": \"missed\", \"channels\": [\"ops\"]");
    put_job(t->s, "j", ", \"alerts\": [{\"on\": \"failure\"}, {\"on\": \"missed\", \"channels\": [\"ops\"]}]");
    put_job(t->s, "k", ", \"tags\": [\"ops\"], \"alerts\": [{\"on\": \"missed\"}]"); /* another "ops" */
    assert_int_equal(-ERR_CONFLICT, channels_remove(t->s, "ops", -1, NOW, &e));
    assert_err(e, ERR_CONFLICT, "channel 'ops' is named by alert rule 'mine', job 'j': change or remove");
    assert_ok(alerts_remove(t->s, "mine", -1, &e), e);
    put_job(t->s, "j", "");
    assert_ok(channels_remove(t->s, "ops", -1, NOW, &e), e);
    assert_ok(channels_remove(t->s, "op", -1, NOW, &e), e);
}

/* --- secrets ------------------------------------------------------------------------------------------------------- */

static void set_secret(struct store *s, const char *name)
{
    mem_auto char *sql =
        mem_printf("INSERT INTO secrets (name, version, created_at, updated_at) VALUES ('%s', 1, 1, 1)", name);
    execute_sql(s, sql);
}

#define MAIL(password)                                                                                          \
    ", \"kind\": \"email\", \"email\": {\"host\": \"h\", \"username\": \"u\", \"password\": \"" password "\", " \
    "\"from\": \"a@b.example\", \"to\": [\"c@d.example\"]}"

static void test_a_bound_secret_goes_to_its_targets_alone(void **state)
{
    static const struct {
        const char *fields, *pointer;
    } cases[] = {
        { ", \"url\": \"https://h/{{secret.K}}\"", "/url" },
        { ", \"headers\": {\"X-A\": \"{{secret.FREE}}\", \"X-Key\": \"{{secret.K}}\"}", "/headers/X-Key" },
        { ", \"body\": {\"a\": [\"{{alert.title}} {{secret.K}}\"]}", "/body" },
        { MAIL("{{secret.K}}"), "/email/password" },
    };
    struct temp_store *t = *state;
    struct err e = { 0 };
    enum put_result put;
    const char *const targets[] = { "prod" };
    set_secret(t->s, "K");
    set_secret(t->s, "FREE");
    put_target(t->s, "prod", "");
    assert_ok(secrets_bind(t->s, "K", targets, 1, &e), e);
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        assert_int_equal(-ERR_INVALID, channel_put(t->s, "ops", cases[i].fields, -1, &put, &e));
        assert_string_equal(cases[i].pointer, e.pointer);
        assert_err(e, ERR_INVALID, "secret 'K' is bound to target 'prod', and a channel is none");
    }
    struct settings v = SETTINGS_DEFAULTS;
    setting_put_text(&v, SETTING_heartbeat_url, "https://h/{{secret.K}}");
    assert_int_equal(-ERR_INVALID, settings_put(t->s, &v, &e));
    assert_string_equal("/heartbeat_url", e.pointer);
    assert_ok(secrets_bind(t->s, "K", NULL, 0, &e), e);
    for (size_t i = 0; i < MEM_COUNT(cases); i++) { /* the other way round */
        put_channel(t->s, "ops", cases[i].fields);
        assert_int_equal(-ERR_CONFLICT, secrets_bind(t->s, "K", targets, 1, &e));
        assert_err(e, ERR_CONFLICT, "channel 'ops'");
    }
    put_channel(t->s, "ops", "");
    assert_ok(settings_put(t->s, &v, &e), e);
    assert_int_equal(-ERR_CONFLICT, secrets_bind(t->s, "K", targets, 1, &e));
    assert_err(e, ERR_CONFLICT, "setting 'heartbeat_url'");
    assert_ok(secrets_bind(t->s, "FREE", targets, 1, &e), e);
}

static void test_who_uses_a_secret(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    struct secret_info *info;
    struct arena *a = arena_new(0);
    int n;
    set_secret(t->s, "K");
    set_secret(t->s, "L");
    put_channel(t->s, "mail", MAIL("{{secret.K}}"));
    put_channel(t->s, "ops", ", \"url\": \"https://h/{{secret.K}}/{{secret.K}}\"");
    struct settings v = SETTINGS_DEFAULTS;
    setting_put_text(&v, SETTING_heartbeat_url, "https://h/{{secret.L}}");
    assert_ok(settings_put(t->s, &v, &e), e);
    assert_ok(secrets_list(t->s, NULL, NOW, a, &info, &n, &e), e);
    assert_int_equal(2, n);
    assert_int_equal(2, info[0].n_channels);
    assert_string_equal("mail", info[0].channels[0]);
    assert_string_equal("ops", info[0].channels[1]);
    assert_false(info[0].heartbeat);
    assert_int_equal(0, info[1].n_channels);
    assert_true(info[1].heartbeat);
    assert_int_equal(-ERR_CONFLICT, secrets_remove(t->s, "K", &e));
    assert_err(e, ERR_CONFLICT, "secret 'K' is used by channel 'mail', channel 'ops'");
    assert_int_equal(-ERR_CONFLICT, secrets_remove(t->s, "L", &e));
    assert_err(e, ERR_CONFLICT, "secret 'L' is used by setting 'heartbeat_url'");
    assert_ok(channels_remove(t->s, "ops", -1, NOW, &e), e);
    assert_ok(channels_remove(t->s, "mail", -1, NOW, &e), e);
    struct watch_state st = { .rule = "secret-age", .subject = "K", .on = ALERT_SECRET_AGE, .phase = WATCH_FIRING };
    assert_ok(watch_state_put(t->s, &st, &e), e);
    assert_ok(secrets_remove(t->s, "K", &e), e);
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM watch_states"));
    arena_free(a);
}

/* --- messages ------------------------------------------------------------------------------------------------------ */

static void end(struct store *s, const char *id, enum run_state state, int64_t after_ms)
{
    struct err e;
    assert_ok(runs_attempt_begin(s, id, 1, AFTER(after_ms), 0, &e), e);
    assert_ok(run_end(s, id, 1, state, state == RUN_SUCCEEDED ? OUTCOME_OK : OUTCOME_CONNECT, AFTER(after_ms), &e), e);
}

static void send_message(struct store *s, const char *channel, int64_t after_ms, char id[ID_TEXT_SIZE])
{
    struct err e = { 0 };
    assert_ok(alert_request(s, channel, NOTICE, TRIGGER_ALERT, AFTER(after_ms), id, &e), e);
}

static void test_a_message_is_a_run(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    char id[ID_TEXT_SIZE], again[ID_TEXT_SIZE], test[ID_TEXT_SIZE];
    struct run *r;
    int n;
    assert_int_equal(-ERR_NOT_FOUND, alert_request(t->s, "ops", NOTICE, TRIGGER_ALERT, NOW, id, &e));
    assert_err(e, ERR_NOT_FOUND, "there is no channel 'ops'");
    put_channel(t->s, "ops", ", \"enabled\": false"); /* a test of it is allowed all the same */
    send_message(t->s, "ops", 0, id);
    run_load(t->s, id);
    assert_string_equal("alert:ops", run_loaded.job);
    assert_int_equal(TRIGGER_ALERT, run_loaded.trigger);
    assert_int_equal(RUN_QUEUED, run_loaded.state);
    assert_true(run_loaded.edited);
    assert_string_equal(NOTICE, run_loaded.body);
    assert_int_equal(NOW.ms, run_loaded.scheduled_for.ms);
    assert_ok(runs_requested(t->s, NULL, NULL, run_arena, &r, &n, &e), e); /* as the engine takes them up */
    assert_int_equal(1, n);
    assert_ok(runs_open(t->s, NULL, 10, run_arena, &r, &n, &e), e);
    assert_int_equal(1, n);
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM audit WHERE action LIKE 'run.%'"));
    assert_int_equal(-ERR_CONFLICT, runs_request_retry(t->s, id, NOW, again, &e));
    end(t->s, id, RUN_FAILED, 5);
    assert_ok(runs_request_retry(t->s, id, AFTER(10), again, &e), e);
    run_load(t->s, again);
    assert_string_equal("alert:ops", run_loaded.job);
    assert_string_equal(NOTICE, run_loaded.body);
    assert_string_equal(id, run_loaded.retry_of);
    assert_ok(alert_request(t->s, "ops", "{}", TRIGGER_MANUAL, AFTER(20), test, &e), e);
    mem_auto char *audit = audit_of(t->s, "run");
    mem_auto char *expected = mem_printf("run.retry %s; run.request alert:ops; ", id);
    assert_string_equal(expected, audit);
    execute_sql(t->s, "DELETE FROM run_bodies WHERE run_id = (SELECT min(id) FROM runs)");
    assert_int_equal(-ERR_CONFLICT, runs_request_retry(t->s, id, NOW, test, &e));
    assert_err(e, ERR_CONFLICT, "deleted by age");
    assert_ok(channels_remove(t->s, "ops", -1, AFTER(20), &e), e); /* what waits ends with it */
    run_load(t->s, again);
    assert_int_equal(RUN_CANCELED, run_loaded.state);
    assert_non_null(strstr(run_loaded.message, "channel was removed"));
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM runs WHERE finished_at IS NULL"));
    assert_int_equal(-ERR_NOT_FOUND, runs_request_retry(t->s, again, NOW, id, &e));
    assert_err(e, ERR_NOT_FOUND, "there is no channel 'ops'");
    assert_int_equal(-ERR_NOT_FOUND, runs_request(t->s, "alert:ops", TRIGGER_MANUAL, NOW, again, &e));
}

static int fail_each(void *ctx, const struct watch_end *x, struct err *e)
{
    (void)ctx;
    return err_set(e, ERR_INTERNAL, "told of %s", x->job);
}

static void test_messages_are_counted_nowhere(void **state)
{
    static const enum run_state states[] = { RUN_SUCCEEDED, RUN_FAILED, RUN_CANCELED };
    struct temp_store *t = *state;
    struct err e = { 0 };
    char id[ID_TEXT_SIZE];
    bool more, failing;
    int64_t n;
    put_channel(t->s, "ops", "");
    for (size_t i = 0; i < MEM_COUNT(states); i++) {
        send_message(t->s, "ops", 0, id);
        end(t->s, id, states[i], 5);
    }
    send_message(t->s, "ops", 0, id);
    assert_ok(runs_finish(t->s, id, RUN_CANCELED, OUTCOME_CANCELED, "", AFTER(6), &e), e);
    send_message(t->s, "ops", 0, id);
    assert_ok(runs_attempt_begin(t->s, id, 1, AFTER(6), 0, &e), e);
    execute_sql(t->s, "UPDATE channels SET name = 'was-ops'");
    assert_ok(runs_recover(t->s, AFTER(7), &n, &e), e);
    assert_int_equal(1, n);
    assert_int_equal(5, count_of(t->s, "SELECT count(*) FROM runs WHERE finished_at IS NOT NULL"));
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM run_ends"));
    assert_ok(stats_fold_telling(t->s, fail_each, NULL, &more, &e), e);
    assert_ok(failing_is(t->s, "alert:ops", &failing, &e), e);
    assert_false(failing);
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM run_counts"));
}

static void test_so_many_wait_at_most(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    char id[ID_TEXT_SIZE];
    put_channel(t->s, "ops", "");
    put_channel(t->s, "dev", "");
    put_job(t->s, "j", "");
    assert_ok(store_begin(t->s, &e), e);
    for (int i = 0; i < ALERT_QUEUED_MAX; i++) {
        if (i == ALERT_TESTED_MAX - 1)
            assert_ok(alert_request(t->s, "ops", NOTICE, TRIGGER_API, AFTER(i), id, &e), e);
        else
            send_message(t->s, "ops", i, id);
        if (i < ALERT_TESTED_MAX - 1)
            continue;
        assert_int_equal(-ERR_TOO_MANY, alert_request(t->s, "ops", NOTICE, TRIGGER_API, NOW, id, &e));
        assert_err(e, ERR_TOO_MANY, "20 messages to channel 'ops' wait already");
    }
    assert_int_equal(-ERR_TOO_MANY, alert_request(t->s, "ops", NOTICE, TRIGGER_ALERT, NOW, id, &e));
    assert_err(e, ERR_TOO_MANY, "500 messages to channel 'ops'");
    send_message(t->s, "dev", 0, id);
    assert_ok(store_commit(t->s, &e), e);
    struct channel_health h;
    assert_ok(channel_health(t->s, "ops", run_arena, &h, &e), e);
    assert_int_equal(ALERT_QUEUED_MAX, h.open);
    /* They take no room of jobs. */
    mem_auto char *sql =
        mem_printf("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO runs (id, "
                   "job, trigger, scheduled_for, created_at, state) "
                   "SELECT randomblob(16), 'k' || i / 900, 'manual', i, i, 'queued' FROM n",
                   RUNS_ASKED_ALL - 1);
    execute_sql(t->s, sql);
    assert_ok(runs_request(t->s, "j", TRIGGER_MANUAL, NOW, id, &e), e);
    assert_int_equal(-ERR_TOO_MANY, runs_request(t->s, "j", TRIGGER_MANUAL, NOW, id, &e));
    send_message(t->s, "dev", 0, id); /* nor do jobs take theirs */
}

static void test_recover(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    char young[ID_TEXT_SIZE], old[ID_TEXT_SIZE], gone[ID_TEXT_SIZE];
    const int64_t hour = 3600000;
    int64_t n;
    put_channel(t->s, "ops", "");
    put_channel(t->s, "dev", "");
    send_message(t->s, "ops", hour, young);
    send_message(t->s, "ops", 0, old);
    send_message(t->s, "dev", hour, gone);
    assert_ok(runs_attempt_begin(t->s, young, 1, AFTER(hour), 0, &e), e);
    assert_ok(runs_attempt_begin(t->s, old, 1, AFTER(hour), 0, &e), e);
    assert_ok(runs_attempt_begin(t->s, gone, 1, AFTER(hour), 0, &e), e);
    assert_ok(channels_remove(t->s, "dev", -1, AFTER(hour), &e), e); /* one under way goes on to its end */
    assert_ok(runs_disown(t->s, AFTER(2 * hour), &e), e);            /* at least once: nothing */
    assert_ok(runs_recover(t->s, AFTER(6 * hour + hour / 2), &n, &e), e);
    assert_int_equal(3, n);
    run_load(t->s, young);
    assert_int_equal(RUN_RETRYING, run_loaded.state);
    run_load(t->s, old);
    assert_int_equal(RUN_FAILED, run_loaded.state);
    assert_non_null(strstr(run_loaded.message, "max_age_s"));
    run_load(t->s, gone);
    assert_int_equal(RUN_FAILED, run_loaded.state);
    assert_non_null(strstr(run_loaded.message, "its channel was removed"));
}

static void test_health(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    struct channel_health h;
    char id[ID_TEXT_SIZE], last[ID_TEXT_SIZE];
    put_channel(t->s, "ops", "");
    put_channel(t->s, "dev", "");
    assert_ok(channel_health(t->s, "ops", run_arena, &h, &e), e);
    assert_true(wall_is_none(h.last_sent_at) && wall_is_none(h.failing_since));
    assert_int_equal(0, h.failed + h.open);
    assert_string_equal("", h.run);
    assert_string_equal("", h.message);
    send_message(t->s, "ops", 10, id);
    end(t->s, id, RUN_FAILED, 11); /* before the success: over */
    send_message(t->s, "ops", 20, id);
    end(t->s, id, RUN_SUCCEEDED, 21);
    assert_ok(channel_health(t->s, "ops", run_arena, &h, &e), e);
    assert_int_equal(AFTER(21).ms, h.last_sent_at.ms);
    assert_true(wall_is_none(h.failing_since));
    assert_int_equal(0, h.failed);
    for (int i = 0; i < 3; i++) {
        send_message(t->s, "ops", 30 + 10 * i, last);
        end(t->s, last, RUN_FAILED, 31 + 10 * i);
    }
    send_message(t->s, "ops", 60, id);
    send_message(t->s, "dev", 70, id);
    end(t->s, id, RUN_FAILED, 71);
    assert_ok(channel_health(t->s, "ops", run_arena, &h, &e), e);
    assert_int_equal(AFTER(21).ms, h.last_sent_at.ms);
    assert_int_equal(AFTER(31).ms, h.failing_since.ms);
    assert_int_equal(3, h.failed);
    assert_string_equal(last, h.run);
    assert_string_equal("why", h.message);
    assert_int_equal(1, h.open);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_runs_open, temp_runs_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_put_get_remove),
        TEST(test_no_more_than_there_may_be),
        TEST(test_one_in_use_is_not_removed),
        TEST(test_a_bound_secret_goes_to_its_targets_alone),
        TEST(test_who_uses_a_secret),
        TEST(test_a_message_is_a_run),
        TEST(test_messages_are_counted_nowhere),
        TEST(test_so_many_wait_at_most),
        TEST(test_recover),
        TEST(test_health),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
