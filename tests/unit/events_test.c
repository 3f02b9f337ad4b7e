/* Server-sent events as listeners see them, and what becomes of those who do not listen. No timing is asserted. */
#include "events_fixture.h"

#include "api/events_check.h"
#include "api/schema.h"
#include "base/log.h"
#include "store/tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct err error;

static void assert_form(const struct json *v, const char *schema)
{
    size_t n = 0;
    for (const struct schema_field *f = schema_next(NULL); f; f = schema_next(f)) {
        if (strcmp(f->schema, schema) != 0)
            continue;
        const struct json *c = json_get(v, f->name);
        if (!c || (json_type(c) == JSON_NULL && !f->nullable))
            fail_msg("%s.%s is missing or null", schema, f->name);
        n++;
    }
    assert_int_equal(json_count(v), n);
}

static void test_first_words(void **state)
{
    (void)state;
    struct events_want w = anybody();
    struct ear *e = listen_as(&w);
    const struct json *v = hear_next(e);
    assert_string_equal(e->type, "status");
    assert_form(v, "StatusEvent");
    assert_int_equal(strlen(e->id), strspn(e->id, "0123456789abcdef-"));
    uint64_t epoch, number;
    assert_true(events_id_parse(e->id, &epoch, &number));
    hear_nothing(e);
    stop_listening(e);
}

static void test_ids(void **state)
{
    (void)state;
    uint64_t epoch, number;
    static const char *const bad[] = { "",
                                       "1-1",
                                       "0123456789abcdef",
                                       "0123456789abcdef-",
                                       "0123456789ABCDEF-1",
                                       "0123456789abcdef-x",
                                       "0123456789abcdef- 1",
                                       "0123456789abcdef--1",
                                       "0123456789abcdef-1 ",
                                       "0123456789abcdef0-1" };
    for (size_t i = 0; i < MEM_COUNT(bad); i++)
        assert_false(events_id_parse(bad[i], &epoch, &number));
    assert_true(events_id_parse("00000000000000ff-12", &epoch, &number));
    assert_int_equal(epoch, 255);
    assert_int_equal(number, 12);
}

/* What is announced is in the store by then; each run goes its way. */
static void test_a_run(void **state)
{
    struct fixture *x = *state;
    struct events_want w = anybody();
    w.job = "one";
    struct ear *e = listen_as(&w);
    char id[ID_TEXT_SIZE];
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "one", "/fail-twice", NEVER, "'retry':{'initial_ms':200}");
    hear(e, "job");
    assert_string_equal(said(e, "action"), "created");
    ask_run(x, "one", id);
    static const char *const way[] = { "queued", "running", "retrying", "running", "retrying", "running", "succeeded" };
    for (size_t i = 0; i < MEM_COUNT(way); i++) {
        struct attempt *a;
        int n;
        const struct json *v = hear(e, "run");
        assert_form(v, "RunEvent");
        assert_string_equal(said(e, "id"), id);
        assert_string_equal(said(e, "state"), way[i]);
        struct run *r = get_run(x, id, &a, &n); /* at least as far */
        assert_true(r->attempts >= (int)json_number(json_get(v, "attempt_count")));
        if (i >= 3)
            assert_string_equal(said(e, "outcome"), i + 1 == MEM_COUNT(way) ? "ok" : "http_status");
        if (i + 1 == MEM_COUNT(way)) {
            assert_int_equal(r->state, RUN_SUCCEEDED);
            assert_true((int64_t)json_number(json_get(v, "duration_ms")) == r->duration_ms);
            assert_true((int64_t)json_number(json_get(v, "lateness_ms")) == r->lateness_ms);
            assert_int_equal(json_number(json_get(v, "http_status")), 200);
        }
    }
    stop_listening(e);
}

/* Each change that another process writes; what it is told of is what is there then. */
static void test_changes(void **state)
{
    struct fixture *x = *state;
    struct events_want w = anybody();
    struct ear *e = listen_as(&w);
    apply_job(x, "one", "/ok", NEVER, "");
    assert_form(hear(e, "target"), "ResourceEvent");
    assert_string_equal(said(e, "action"), "created");
    assert_form(hear(e, "job"), "ResourceEvent");
    assert_string_equal(said(e, "name"), "one");
    set_secret(x, "KEY", "a-very-secret-value");
    assert_form(hear(e, "secret"), "SecretEvent");
    assert_string_equal(said(e, "name"), "KEY");
    assert_string_equal(said(e, "action"), "created");
    set_secret(x, "KEY", "another-secret-value");
    assert_int_equal(json_number(json_get(hear(e, "secret"), "version")), 2);
    assert_string_equal(said(e, "action"), "changed");
    assert_int_equal(jobs_pause(x->store, "one", WALL_NONE, clock_wall(), &error), 0);
    store_announce(x->dir);
    assert_int_equal(json_number(json_get(hear(e, "job"), "revision")), 2);
    assert_string_equal(said(e, "action"), "paused");
    assert_int_equal(jobs_resume(x->store, "one", clock_wall(), &error), 0);
    store_announce(x->dir);
    hear(e, "job");
    assert_string_equal(said(e, "action"), "resumed");
    struct settings paused = SETTINGS_DEFAULTS;
    paused.paused = true;
    assert_int_equal(settings_put(x->store, &paused, &error), 0);
    store_announce(x->dir);
    assert_true(json_bool(json_get(hear(e, "settings"), "paused")));
    assert_form(e->value, "SettingsEvent");
    while (!json_bool(json_get(hear(e, "status"), "paused")))
        continue;
    assert_int_equal(jobs_remove(x->store, "one", -1, clock_wall(), &error), 0);
    store_announce(x->dir);
    assert_int_equal(json_type(json_get(hear(e, "job"), "revision")), JSON_NULL);
    assert_string_equal(said(e, "action"), "removed");
    stop_listening(e);
}

/* A run that waits when its job is removed is ended by that. */
static void test_runs_of_a_removed_job(void **state)
{
    struct fixture *x = *state;
    struct events_want w = anybody();
    struct ear *e = listen_as(&w);
    char first[ID_TEXT_SIZE], second[ID_TEXT_SIZE], third[ID_TEXT_SIZE];
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "one", "/slow-1500", NEVER, "");
    ask_run(x, "one", first);
    ask_run(x, "one", second);
    ask_run(x, "one", third); /* the target takes two at a time */
    for (int queued = 0; queued < 3;) {
        hear(e, "run");
        queued += !strcmp(said(e, "state"), "queued");
    }
    assert_int_equal(jobs_remove(x->store, "one", -1, clock_wall(), &error), 0);
    store_announce(x->dir);
    do
        hear(e, "run");
    while (strcmp(said(e, "state"), "canceled") || strcmp(said(e, "id"), third));
    assert_string_equal(said(e, "message"), "its job was removed while it waited");
    stop_listening(e);
}

static void test_coming_back(void **state)
{
    (void)state;
    struct events_want w = anybody();
    struct ear *e = listen_as(&w);
    for (int i = 0; i < 10; i++)
        happen("one", i, RUN_RUNNING, NULL, 0);
    for (int i = 0; i < 5; i++)
        hear(e, "run");
    char id[64];
    memcpy(id, e->id, sizeof id);
    stop_listening(e);
    for (int i = 10; i < 200; i++)
        happen("one", i, RUN_RUNNING, NULL, 0);
    w.last_id = id;
    e = listen_as(&w);
    for (int i = 5; i < 200; i++) {
        char expected[16];
        hear(e, "run");
        snprintf(expected, sizeof expected, "run-%d", i);
        assert_string_equal(said(e, "id"), expected);
    }
    hear_nothing(e);
    stop_listening(e);
}

static void reset_for(const char *last_id, const char *reason)
{
    struct events_want w = anybody();
    w.last_id = last_id;
    struct ear *e = listen_as(&w);
    hear_next(e);
    assert_string_equal(e->type, "reset");
    assert_form(e->value, "ResetEvent");
    assert_string_equal(said(e, "reason"), reason);
    happen("one", 1, RUN_RUNNING, NULL, 0);
    hear(e, "run"); /* and it goes on */
    stop_listening(e);
}

static void test_too_late(void **state)
{
    (void)state;
    struct events_want w = anybody();
    struct ear *e = listen_as(&w);
    hear(e, "status");
    char id[64];
    memcpy(id, e->id, sizeof id);
    stop_listening(e);
    reset_for("0123456789abcdef-1", "restarted");
    reset_for("nonsense", "restarted");
    for (int i = 0; i < FEED_ENTRIES; i++)
        happen("one", i, RUN_RUNNING, NULL, 0);
    reset_for(id, "too_old");
    memcpy(id + 17, "99999999999", 12);
    reset_for(id, "too_old");
}

static void test_filters(void **state)
{
    (void)state;
    struct events_want runs = anybody(), changes = anybody();
    runs.kinds = 1u << FEED_RUN;
    runs.job = "two";
    changes.kinds = 1u << FEED_JOB;
    struct ear *r = listen_as(&runs), *c = listen_as(&changes);
    happen("one", 1, RUN_RUNNING, NULL, 0);
    happen("two", 2, RUN_RUNNING, NULL, 0);
    hear_next(r);
    assert_string_equal(r->type, "run");
    assert_string_equal(said(r, "job"), "two");
    hear_nothing(r);
    hear_nothing(c);
    struct fixture *x = *state;
    apply_job(x, "three", "/ok", NEVER, "");
    hear_next(c);
    assert_string_equal(c->type, "job");
    hear_nothing(r);
    stop_listening(r);
    stop_listening(c);
}

static void test_tags(void **state)
{
    struct fixture *x = *state;
    static const char *const mine[] = { "mail" }, *const others[] = { "other" };
    struct events_want w = anybody();
    w.tags = mine;
    w.n_tags = 1;
    struct ear *e = listen_as(&w);
    hear(e, "status");
    assert_form(e->value, "StatusEvent");
    assert_int_equal(json_type(json_get(e->value, "in_flight")), JSON_NULL);
    assert_int_equal(json_type(json_get(e->value, "next_job")), JSON_NULL);
    happen("one", 1, RUN_RUNNING, NULL, 0);
    happen("one", 2, RUN_RUNNING, others, 1);
    happen("one", 3, RUN_RUNNING, mine, 1);
    hear(e, "run");
    assert_string_equal(said(e, "id"), "run-3");
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "one", "/ok", NEVER, "'tags':['other']");
    hear_nothing(e);
    apply_job(x, "one", "/ok", NEVER, "'tags':['other','mail']");
    hear(e, "job");
    assert_string_equal(said(e, "action"), "changed");
    char id[ID_TEXT_SIZE];
    ask_run(x, "one", id);
    do
        hear(e, "run");
    while (strcmp(said(e, "state"), "succeeded") != 0);
    apply_job(x, "one", "/ok", NEVER, "'tags':['other']");
    hear(e, "job"); /* for this one it is gone */
    assert_string_equal(said(e, "action"), "removed");
    assert_int_equal(json_type(json_get(e->value, "revision")), JSON_NULL);
    apply_job(x, "one", "/ok", NEVER, "'tags':[]");
    hear_nothing(e);
    stop_listening(e);
}

static void test_places(void **state)
{
    (void)state;
    struct ear *all[EVENTS_MAX];
    struct events_want w = anybody();
    for (int i = 0; i < EVENTS_MAX; i++) {
        snprintf(w.name, sizeof w.name, "token-%d", i / EVENTS_MAX_EACH);
        if (i == EVENTS_MAX_EACH) { /* another name has places left, this one has none */
            struct events_want more = w;
            memcpy(more.name, "token-0", 8);
            assert_null(events_open(there.service.events, &more, &error));
            assert_int_equal(error.code, ERR_TOO_MANY);
            assert_non_null(strstr(error.text, "token-0"));
        }
        all[i] = listen_as(&w);
    }
    memcpy(w.name, "one-more", 9);
    assert_null(events_open(there.service.events, &w, &error));
    assert_int_equal(error.code, ERR_TOO_MANY);
    happen("one", 1, RUN_RUNNING, NULL, 0);
    for (int i = 0; i < EVENTS_MAX; i++)
        hear(all[i], "run");
    for (int i = 0; i < EVENTS_MAX; i++)
        stop_listening(all[i]);
    struct listener *l = NULL;
    for (int i = 0; i < 1000 && !l; i++, usleep(10000))
        l = events_open(there.service.events, &w, &error);
    assert_non_null(l);
    events_attach(l, -1); /* there was nobody to write to */
}

/* One that does not read holds up nobody: not the engine, not the others. */
static void test_one_that_does_not_read(void **state)
{
    struct fixture *x = *state;
    struct events_want w = anybody();
    struct ear *deaf = listen_as(&w), *other = listen_as(&w);
    hear(other, "status");
    for (int i = 0; i < 4 * FEED_ENTRIES; i++)
        happen("one", i, RUN_SUCCEEDED, NULL, 0);
    hear(other, "reset"); /* so many at once are too many for anybody */
    assert_string_equal(said(other, "reason"), "overrun");
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "live", "/ok", NEVER, "");
    char id[ID_TEXT_SIZE];
    ask_run(x, "live", id);
    for (bool told = false; !told;) {
        assert_non_null(hear_next(other));
        if (!strcmp(other->type, "reset")) /* that was the first of two: what came meanwhile is in the lists alone */
            ask_run(x, "live", id);
        told =
            !strcmp(other->type, "run") && !strcmp(said(other, "id"), id) && !strcmp(said(other, "state"), "succeeded");
    }
    stop_listening(deaf);
    stop_listening(other);
}

static void test_arrears(void **state)
{
    (void)state;
    struct events_want w = anybody();
    w.kinds = 1u << FEED_RUN;
    struct ear *e = listen_as(&w);
    happen("one", 0, RUN_RUNNING, NULL, 0);
    hear_next(e);
    char id[64];
    memcpy(id, e->id, sizeof id);
    stop_listening(e);
    for (int i = 1; i <= 1000; i++) {
        happen("one", i, RUN_RUNNING, NULL, 0);
        happen("one", i, RUN_SUCCEEDED, NULL, 0);
    }
    w.last_id = id;
    e = listen_as(&w);
    int n = 0, last = 0;
    for (bool end = false; !end; n++) {
        hear_next(e);
        assert_string_equal(e->type, "run");
        int number = (int)strtol(said(e, "id") + 4, NULL, 10);
        assert_true(number == last || number == last + 1); /* none is left out */
        last = number;
        end = number == 1000 && !strcmp(said(e, "state"), "succeeded");
    }
    assert_in_range(n, 1000, 1000 + 2 * FEED_READ_MAX);
    stop_listening(e);
}

static void test_who_is_stuck(void **state)
{
    (void)state;
    struct events_want w = anybody();
    struct listener *l = listener_new(there.service.events, &w);
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    l->fd = pair[1];
    struct mono now = { 1000000 };
    char part[4096] = { 0 };
    while (listener_room(l)) { /* until neither the system nor the buffer takes any more */
        buf_add(&l->out, part, sizeof part);
        listener_flush(l, now);
    }
    assert_true(l->out.len >= LISTENER_FILL);
    now.us += (LISTENER_STUCK_MS - 1) * 1000;
    listener_flush(l, now);
    assert_false(l->gone);
    assert_true(read(pair[0], part, sizeof part) > 0);
    while (read(pair[0], part, sizeof part) > 0)
        continue;
    listener_flush(l, now); /* it took something: it has time again */
    while (listener_room(l)) {
        buf_add(&l->out, part, sizeof part);
        listener_flush(l, now);
    }
    now.us += (LISTENER_STUCK_MS - 1) * 1000;
    listener_flush(l, now);
    assert_false(l->gone);
    now.us += 1000;
    listener_flush(l, now);
    assert_true(l->gone);
    assert_false(listener_room(l));
    listener_free(l);
    close(pair[0]);
}

/* The stream ends with the token. */
static void test_check(void **state)
{
    struct fixture *x = *state;
    char token[TOKEN_TEXT_SIZE], field[128];
    assert_int_equal(tokens_create(x->store, "mine", SCOPE_READ, clock_wall(), token, &error), 0);
    snprintf(field, sizeof field, "Bearer %s", token);
    struct events_want w = anybody();
    w.authorization = field;
    struct listener *l = listener_new(there.service.events, &w);
    assert_false(events_check(&there.service, l)); /* somebody else */
    memcpy(l->want.name, "mine", 5);
    assert_true(events_check(&there.service, l));
    static const char *const tag[] = { "mail" };
    listener_tags_set(l, tag, 1);
    assert_false(events_check(&there.service, l)); /* no longer restricted */
    listener_tags_set(l, NULL, 0);
    assert_int_equal(tokens_revoke(x->store, "mine", &error), 0);
    assert_false(events_check(&there.service, l));
    listener_free(l);
}

static void test_the_end(void **state)
{
    (void)state;
    struct events_want w = anybody();
    struct ear *e = listen_as(&w);
    struct listener *late = events_open(there.service.events, &w, &error);
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    hear(e, "status");
    events_stop(there.service.events);
    assert_true(json_bool(json_get(hear(e, "status"), "draining")));
    assert_null(hear_next(e));
    events_attach(late, pair[1]);
    char byte;
    assert_int_equal(read(pair[0], &byte, 1), 0);
    close(pair[0]);
    assert_null(events_open(there.service.events, &w, &error));
    assert_int_equal(error.code, ERR_UNAVAILABLE);
    stop_listening(e);
}

#define T(f) cmocka_unit_test_setup_teardown(f, events_up, events_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_first_words),
        cmocka_unit_test(test_ids),
        T(test_a_run),
        T(test_changes),
        T(test_runs_of_a_removed_job),
        T(test_coming_back),
        T(test_too_late),
        T(test_filters),
        T(test_tags),
        T(test_places),
        T(test_one_that_does_not_read),
        T(test_arrears),
        T(test_who_is_stuck),
        T(test_check),
        T(test_the_end),
    };
    json_init();
    if (getenv("EVENTS_LOG"))
        log_setup(LOG_DEBUG, LOG_LOGFMT);
    small_server_start();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    small_server_stop();
    return failed;
}
