/* Idempotency-Key: done once, answered again, and never mistaken for another request. */
#include "api_fixture.h"

#include "temp_store.h"

#include <pthread.h>
#include <stdio.h>

#define NAMED(name) "{\"name\":\"" name "\",\"schedule\":\"0 7 * * *\",\"request\":{\"url\":\"https://a.example/f\"}}"

static int64_t runs_of(const char *job)
{
    mem_auto char *sql = mem_printf("SELECT count(*) FROM runs WHERE job = '%s'", job);
    return count_of(api.store, sql);
}

static void test_same_answer_again(void **state)
{
    (void)state;
    struct exchange x = ask("POST", API "/jobs/kept/run", "Idempotency-Key: r1", NULL);
    assert_int_equal(x.p.status, 202);
    assert_string_equal(field(&x, "Idempotency-Replayed"), "");
    mem_auto char *first = mem_strndup(x.p.data, x.p.len), *location = mem_strdup(field(&x, "Location"));
    assert_string_equal(text(&x, "/state"), "queued");
    done(&x);
    for (int i = 0; i < 3; i++) {
        x = ask("POST", API "/jobs/kept/run", i ? "Idempotency-Key: r1" : "Idempotency-Key: \"r1\"", NULL);
        assert_int_equal(x.p.status, 202);
        assert_string_equal(field(&x, "Idempotency-Replayed"), "true");
        assert_string_equal(field(&x, "Location"), location);
        assert_memory_equal(x.p.data, first, strlen(first));
        done(&x);
    }
    assert_int_equal(1, runs_of("kept"));
    expect(202, "POST", API "/jobs/kept/run", "Idempotency-Key: r2", NULL);
    expect(202, "POST", API "/jobs/kept/run", NULL, NULL);
    assert_int_equal(3, runs_of("kept"));
}

static void test_create_again(void **state)
{
    (void)state;
    struct exchange x = ask("POST", API "/jobs", "Idempotency-Key: c1", NAMED("once"));
    assert_int_equal(x.p.status, 201);
    done(&x);
    expect(204, "DELETE", API "/jobs/once", NULL, NULL);
    x = ask("POST", API "/jobs", "Idempotency-Key: c1", NAMED("once"));
    assert_int_equal(x.p.status, 201);
    assert_string_equal(field(&x, "ETag"), "\"1\"");
    assert_string_equal(field(&x, "Location"), "/api/v1/jobs/once");
    done(&x);
    expect(404, "GET", API "/jobs/once", NULL, NULL); /* it was not made again */
}

static void test_another_request(void **state)
{
    (void)state;
    expect(201, "POST", API "/jobs", "Idempotency-Key: o1", NAMED("o1"));
    expect_problem(422, "invalid", NULL, "another request", "POST", API "/jobs", "Idempotency-Key: o1", NAMED("o2"));
    expect(404, "GET", API "/jobs/o2", NULL, NULL);
    /* the same key on another path, or of somebody else, is another one */
    expect(202, "POST", API "/jobs/o1/run", "Idempotency-Key: o1", NULL);
    struct exchange x = ask_as(SCOPE_OPERATE, "POST", API "/jobs/o1/run", "Idempotency-Key: o1", NULL);
    assert_string_equal(field(&x, "Idempotency-Replayed"), "");
    assert_int_equal(x.p.status, 202);
    done(&x);
    assert_int_equal(2, runs_of("o1"));
    /* the query is part of the request */
    expect(200, "POST", API "/apply", "Idempotency-Key: q", "{\"version\":1}");
    expect(422, "POST", API "/apply?prune=false", "Idempotency-Key: q", "{\"version\":1}");
}

static void test_failures_are_not_kept(void **state)
{
    (void)state;
    expect(404, "POST", API "/jobs/later/run", "Idempotency-Key: f1", NULL);
    expect(422, "POST", API "/jobs", "Idempotency-Key: f1", "{\"name\":\"later\"}");
    expect(201, "POST", API "/jobs", "Idempotency-Key: f1", NAMED("later"));
    expect(202, "POST", API "/jobs/later/run", "Idempotency-Key: f1", NULL);
}

static void test_keys(void **state)
{
    char fields[400], key[300];
    static const char *const bad[] = { "", "\"\"", "a b", "\x7f", "a\xc3\xa4" };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(bad); i++) {
        snprintf(fields, sizeof fields, "Idempotency-Key: %s", bad[i]);
        expect_problem(400, "malformed", NULL, "visible ASCII", "POST", API "/jobs/kept/pause", fields, NULL);
    }
    for (int n = 255; n <= 256; n++) {
        memset(key, 'k', sizeof key);
        snprintf(fields, sizeof fields, "Idempotency-Key: %.*s", n, key);
        expect(n == 255 ? 200 : 400, "POST", API "/jobs/kept/resume", fields, NULL);
    }
}

static void test_large_answers(void **state)
{
    (void)state;
    buf_auto struct buf body = BUF_INIT(REQUEST_BODY_MAX);
    buf_str_add(
        &body,
        "{\"name\":\"large\",\"schedule\":\"0 7 * * *\",\"request\":{\"url\":\"https://a.example/f\",\"body\":\"");
    while (body.len < 70000)
        buf_char(&body, 'b');
    buf_str_add(&body, "\"}}");
    expect(201, "POST", API "/jobs", "Idempotency-Key: l1", buf_str(&body));
    expect_problem(409, "conflict", NULL, "done already", "POST", API "/jobs", "Idempotency-Key: l1", buf_str(&body));
    assert_int_equal(0, count_of(api.store, "SELECT count(*) FROM idempotency WHERE length(body) > 65536"));
}

struct racer {
    pthread_t thread;
    int status;
    bool replayed;
};

/* The fixture's requests are one thread's; this is another's own. */
static const char *race_header(void *ctx, const char *name)
{
    return !strcmp(name, "Authorization") ? ctx : !strcmp(name, "Idempotency-Key") ? "race" : NULL;
}

static int no_body(void *ctx, struct buf *out, struct err *e)
{
    (void)ctx, (void)out, (void)e;
    return 0;
}

static void *race(void *arg)
{
    struct racer *r = arg;
    char bearer[100];
    snprintf(bearer, sizeof bearer, "Bearer %s", api.tokens[SCOPE_ADMIN]);
    struct request q = { .arena = arena_new(0),
                         .method = "POST",
                         .path = API "/jobs/kept/run",
                         .header = race_header,
                         .read_body = no_body,
                         .ctx = bearer,
                         .service = &api.service,
                         .now = clock_wall() };
    struct reply p = REPLY_INIT;
    dispatch(&q, &p);
    r->status = p.status;
    r->replayed = strstr(buf_str(&p.fields), "Idempotency-Replayed: true") != NULL;
    reply_free(&p);
    arena_free(q.arena);
    return NULL;
}

static void test_at_the_same_time(void **state)
{
    struct racer racers[8] = { 0 };
    int first = 0;
    (void)state;
    int64_t before = runs_of("kept");
    for (size_t i = 0; i < MEM_COUNT(racers); i++)
        assert_int_equal(0, pthread_create(&racers[i].thread, NULL, race, &racers[i]));
    for (size_t i = 0; i < MEM_COUNT(racers); i++) {
        pthread_join(racers[i].thread, NULL);
        assert_int_equal(202, racers[i].status);
        first += !racers[i].replayed;
    }
    assert_int_equal(1, first);
    assert_int_equal(before + 1, runs_of("kept"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_answer_again),
        cmocka_unit_test(test_create_again),
        cmocka_unit_test(test_another_request),
        cmocka_unit_test(test_failures_are_not_kept),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_large_answers),
        cmocka_unit_test(test_at_the_same_time),
    };
    return cmocka_run_group_tests(tests, api_up, api_down);
}
