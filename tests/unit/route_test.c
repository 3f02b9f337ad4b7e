#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "api/request.h"
#include "core/run.h"

#include <string.h>

static const struct {
    const char *method, *path;
    enum route_result result;
    const char *pattern, *first; /* the route found, its first capture */
} cases[] = {
    { "GET", "/healthz", ROUTE_FOUND, "/healthz", NULL },
    { "HEAD", "/healthz", ROUTE_FOUND, "/healthz", NULL },
    { "GET", "/healthz/", ROUTE_NO_PATH, NULL, NULL },
    { "GET", "/health", ROUTE_NO_PATH, NULL, NULL },
    { "GET", "", ROUTE_NO_PATH, NULL, NULL },
    { "GET", "/api/v1/jobs", ROUTE_FOUND, "/api/v1/jobs", NULL },
    { "GET", "/api/v1/jobs/", ROUTE_NO_PATH, NULL, NULL },
    { "GET", "/api/v1/jobs/a", ROUTE_FOUND, "/api/v1/jobs/{name}", "a" },
    { "GET", "/api/v1/jobs/a%2Fnext", ROUTE_FOUND, "/api/v1/jobs/{name}", "a%2Fnext" },
    { "GET", "/api/v1/jobs/a/next", ROUTE_FOUND, "/api/v1/jobs/{name}/next", "a" },
    { "GET", "/api/v1/jobs/a/next/b", ROUTE_NO_PATH, NULL, NULL },
    { "GET", "/api/v1/jobs//next", ROUTE_NO_PATH, NULL, NULL },
    { "GET", "/api/v1/JOBS", ROUTE_NO_PATH, NULL, NULL },
    { "GET", "/api/v1/jobs/a/run", ROUTE_NO_METHOD, NULL, NULL },
    { "POST", "/api/v1/jobs/a/run", ROUTE_FOUND, "/api/v1/jobs/{name}/run", "a" },
    { "HEAD", "/api/v1/jobs/a/run", ROUTE_NO_METHOD, NULL, NULL },
    { "post", "/api/v1/jobs/a/run", ROUTE_NO_METHOD, NULL, NULL },
    { "POST", "/healthz", ROUTE_NO_METHOD, NULL, NULL },
};

static void test_find(void **state)
{
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        struct route_match m = { 0 };
        assert_int_equal(route_find(cases[i].method, cases[i].path, &m, NULL), cases[i].result);
        if (cases[i].pattern)
            assert_string_equal(m.route->path, cases[i].pattern);
        if (cases[i].first) {
            assert_int_equal(m.captures[0].len, strlen(cases[i].first));
            assert_memory_equal(m.captures[0].text, cases[i].first, m.captures[0].len);
        }
    }
}

static void test_allow_lists_the_methods(void **state)
{
    (void)state;
    struct route_match m;
    buf_auto struct buf allow = BUF_INIT(100);
    assert_int_equal(route_find("DELETE", "/api/v1/runs", &m, &allow), ROUTE_NO_METHOD);
    assert_string_equal(buf_str(&allow), "GET, HEAD");
    buf_clear(&allow);
    assert_int_equal(route_find("GET", "/api/v1/runs/x/cancel", &m, &allow), ROUTE_NO_METHOD);
    assert_string_equal(buf_str(&allow), "POST");
}

/* Open to anyone, as they are the way in. */
static bool is_door(const struct route *r)
{
    return !strcmp(r->id, "getSetup") || !strcmp(r->id, "setUp") || !strcmp(r->id, "logIn");
}

/* What every route must have so that the document is whole and nothing is open by oversight. */
static void test_the_table_is_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < route_count; i++) {
        const struct route *r = &route_table[i];
        bool guarded = !strncmp(r->path, ROUTE_PREFIX, strlen(ROUTE_PREFIX)) || !strcmp(r->path, "/metrics");
        assert_int_equal(guarded && !is_door(r), r->access != ACCESS_ANYONE);
        if (strcmp(r->method, "GET") && strcmp(r->id, "logOut"))
            assert_true(r->access >= ACCESS_OPERATE || is_door(r));
        assert_non_null(r->handle);
        assert_true(r->summary && r->description && r->id && r->status >= 200 && r->status < 300);
        for (size_t k = 0; k < i; k++)
            assert_false(!strcmp(route_table[k].id, r->id) ||
                         (!strcmp(route_table[k].path, r->path) && !strcmp(route_table[k].method, r->method)));
    }
}

static struct request asked(struct arena *a, const char *path, const char *query, struct err *e, int *rc)
{
    struct request q = { .arena = a, .method = "GET", .path = path, .query_text = query };
    struct route_match m;
    assert_int_equal(route_find("GET", path, &m, NULL), ROUTE_FOUND);
    *rc = request_take(&q, &m, e);
    return q;
}

static void test_query(void **state)
{
    (void)state;
    struct arena *a = arena_new(0);
    struct err e = { 0 };
    int rc, order;
    unsigned states;
    int64_t limit;
    struct wall t;
    struct request q =
        asked(a, "/api/v1/runs",
              "job=a%2Db&state=failed,missed&&sort=created_at&since=2026-11-21T08:00:00+01:00&limit=7", &e, &rc);
    assert_int_equal(rc, 0);
    assert_string_equal(request_query(&q, "job"), "a-b");
    assert_int_equal(request_query_choices(&q, "state", &states, &e), 0);
    assert_int_equal(states, 1 << RUN_FAILED | 1 << RUN_MISSED);
    assert_int_equal(request_query_choices(&q, "outcome", &states, &e), 0);
    assert_int_equal(states, 0);
    assert_int_equal(request_query_choice(&q, "sort", &order, &e), 0);
    assert_int_equal(order, 1);
    assert_int_equal(request_query_time(&q, "since", &t, &e), 0);
    assert_int_equal(t.ms, 1795244400000);
    assert_int_equal(request_query_time(&q, "until", &t, &e), 0);
    assert_true(wall_is_none(t));
    assert_int_equal(request_query_int(&q, "limit", &limit, &e), 0);
    assert_int_equal(limit, 7);
    q = asked(a, "/api/v1/runs", NULL, &e, &rc);
    assert_int_equal(request_query_int(&q, "limit", &limit, &e), 0);
    assert_int_equal(limit, 100);
    q = asked(a, "/api/v1/runs", "state=failed,&sort=size", &e, &rc);
    assert_int_equal(request_query_choices(&q, "state", &states, &e), -ERR_INVALID);
    assert_non_null(strstr(e.text, "some of queued, running"));
    assert_int_equal(request_query_choice(&q, "sort", &order, &e), -ERR_INVALID);
    assert_non_null(strstr(e.text, "one of -created_at, created_at"));
    arena_free(a);
}

static void test_query_refused(void **state)
{
    (void)state;
    static const struct {
        const char *query, *says;
        int code;
    } bad[] = {
        { "limt=3", "'limt'", ERR_INVALID },           { "limit=3&limit=4", "twice", ERR_INVALID },
        { "job=%zz", "percent", ERR_MALFORMED },       { "job=%4", "percent", ERR_MALFORMED },
        { "job=%", "percent", ERR_MALFORMED },         { "job=%00", "percent", ERR_MALFORMED },
        { "job=%ff", "percent", ERR_MALFORMED },       { "=3", "''", ERR_INVALID },
        { "%6cimit=3&limit=3", "twice", ERR_INVALID },
    };
    struct arena *a = arena_new(0);
    for (size_t i = 0; i < MEM_COUNT(bad); i++) {
        struct err e = { 0 };
        int rc;
        asked(a, "/api/v1/runs", bad[i].query, &e, &rc);
        assert_int_equal(rc, -bad[i].code);
        assert_non_null(strstr(e.text, bad[i].says));
    }
    static const char *const limits[] = { "limit=0", "limit=1001", "limit=-1",         "limit=1e2",
                                          "limit=",  "limit=+5",   "limit=99999999999" };
    for (size_t i = 0; i < MEM_COUNT(limits); i++) {
        struct err e = { 0 };
        int rc;
        int64_t n;
        struct request q = asked(a, "/api/v1/runs", limits[i], &e, &rc);
        assert_int_equal(rc, 0);
        assert_int_equal(request_query_int(&q, "limit", &n, &e), -ERR_INVALID);
        assert_non_null(strstr(e.text, "from 1 to 1000"));
    }
    arena_free(a);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_allow_lists_the_methods),
        cmocka_unit_test(test_the_table_is_sound),
        cmocka_unit_test(test_query),
        cmocka_unit_test(test_query_refused),
    };
    json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
