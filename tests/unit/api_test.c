/* The API without its sockets: a store, an engine, and requests given to dispatch(). What needs sockets is in api_listener_test.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "api/health.h"
#include "api/dispatch.h"
#include "base/log.h"
#include "store/jobs.h"
#include "store/runs.h"
#include "store/tokens.h"
#include "store/vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[64], key_file[96], read_token[TOKEN_TEXT_SIZE], operate_token[TOKEN_TEXT_SIZE];
static struct service service;

/* One request and what came of it. */
struct exchange {
    struct request q;
    struct reply p;
    const char *authorization, *body;
    struct json *json;
    char head[4096];
};

static const char *header(void *ctx, const char *name)
{
    const struct exchange *x = ctx;
    return !strcmp(name, "Authorization") ? x->authorization : NULL;
}

static int read_body(void *ctx, struct buf *out, struct err *e)
{
    const struct exchange *x = ctx;
    if (x->body && !buf_str_add(out, x->body))
        return err_set(e, ERR_TOO_LARGE, "too large");
    return 0;
}

static void run(struct exchange *x, const char *method, const char *url)
{
    buf_auto struct buf head = BUF_INIT(sizeof x->head - 1);
    x->q = (struct request){ .arena = arena_new(0),
                             .method = method,
                             .header = header,
                             .read_body = read_body,
                             .ctx = x,
                             .service = &service,
                             .now = clock_wall() };
    char *path = arena_strdup(x->q.arena, url), *question = strchr(path, '?');
    if (question)
        *question++ = '\0';
    x->q.path = path;
    x->q.query_text = question;
    x->p = REPLY_INIT;
    dispatch(&x->q, &x->p);
    reply_head(&x->p, x->q.now, true, &head);
    snprintf(x->head, sizeof x->head, "%s", buf_str(&head));
    if (x->p.content_type && strstr(x->p.content_type, "json"))
        x->json = json_parse(x->p.data, x->p.len, NULL);
}

static void done(struct exchange *x)
{
    reply_free(&x->p);
    json_free(x->json);
    arena_free(x->q.arena);
}

static struct exchange send_as(const char *token, const char *method, const char *url, const char *body)
{
    static char field[100];
    struct exchange x = { .body = body };
    snprintf(field, sizeof field, "Bearer %s", token ? token : "");
    x.authorization = token ? field : NULL;
    run(&x, method, url);
    return x;
}

static struct exchange get(const char *url)
{
    return send_as(read_token, "GET", url, NULL);
}

static const char *text(const struct exchange *x, const char *pointer)
{
    const char *s = json_string(json_pointer(x->json, pointer));
    return s ? s : "(none)";
}

static void assert_problem(const struct exchange *x, int status, const char *code)
{
    assert_int_equal(x->p.status, status);
    assert_string_equal(x->p.content_type, "application/problem+json");
    assert_string_equal(text(x, "/code"), code);
    assert_int_equal(json_number(json_get(x->json, "status")), status);
    assert_true(strlen(text(x, "/detail")) > 10);
}

/* "/api/v1/jobs/{name}" with something for each capture. */
static void fill(const char *pattern, char *out)
{
    while (*pattern) {
        if (*pattern == '{') {
            *out++ = 'x';
            pattern = strchr(pattern, '}') + 1;
        } else {
            *out++ = *pattern++;
        }
    }
    *out = '\0';
}

static void test_every_route_refuses_an_anonymous_call(void **state)
{
    (void)state;
    static const char *const bad[] = { NULL, "", "ect_", "ect_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "x" };
    char path[200];
    int guarded = 0;
    for (size_t i = 0; i < route_count; i++) {
        if (route_table[i].access == ACCESS_ANYONE)
            continue;
        guarded++;
        fill(route_table[i].path, path);
        for (size_t k = 0; k < MEM_COUNT(bad); k++) {
            struct exchange x = send_as(bad[k], route_table[i].method, path, "{}");
            assert_problem(&x, 401, "unauthenticated");
            assert_non_null(strstr(x.head, "\r\nWWW-Authenticate: Bearer"));
            done(&x);
        }
    }
    assert_true(guarded > 10);
    static const char *const paths[] = { "/api/v1/nothing", "/api/v1/jobs?bad=1", "/api/v1/" };
    for (size_t i = 0; i < MEM_COUNT(paths); i++) {
        struct exchange x = send_as(NULL, "PUT", paths[i], NULL);
        assert_problem(&x, 401, "unauthenticated");
        done(&x);
    }
}

static void test_a_reader_changes_nothing(void **state)
{
    (void)state;
    char path[200];
    for (size_t i = 0; i < route_count; i++) {
        if (route_table[i].access <= ACCESS_READ)
            continue;
        fill(route_table[i].path, path);
        struct exchange x = send_as(read_token, route_table[i].method, path, NULL);
        assert_problem(&x, 403, "forbidden");
        assert_non_null(strstr(text(&x, "/detail"), route_table[i].access == ACCESS_ADMIN ? "'admin'" : "'operate'"));
        done(&x);
    }
}

static void test_wrong_path_method_query(void **state)
{
    (void)state;
    struct exchange x = get("/api/v1/nothing");
    assert_problem(&x, 404, "not_found");
    done(&x);
    x = send_as(operate_token, "GET", "/api/v1/jobs/j1/run", NULL);
    assert_problem(&x, 405, "method_not_allowed");
    assert_non_null(strstr(x.head, "\r\nAllow: POST\r\n"));
    done(&x);
    x = get("/api/v1/jobs?limt=3");
    assert_problem(&x, 422, "invalid");
    assert_non_null(strstr(text(&x, "/detail"), "limit, cursor"));
    done(&x);
    x = get("/api/v1/runs?state=done");
    assert_problem(&x, 422, "invalid");
    assert_non_null(strstr(text(&x, "/detail"), "succeeded"));
    done(&x);
    x = get("/api/v1/runs?job=No%20Such");
    assert_problem(&x, 422, "invalid");
    done(&x);
    x = get("/api/v1/runs?cursor=zzz");
    assert_problem(&x, 422, "invalid");
    done(&x);
    x = get("/api/v1/jobs/a%00b");
    assert_problem(&x, 400, "malformed");
    done(&x);
    static const char *const absent[] = { "/api/v1/jobs/none",
                                          "/api/v1/jobs/none/next",
                                          "/api/v1/targets/none",
                                          "/api/v1/secrets/none",
                                          "/api/v1/runs/none",
                                          "/etc/passwd",
                                          "/api/v1/runs/0193a2c4-7f00-7abc-8def-0123456789ab",
                                          "/../etc/passwd" };
    for (size_t i = 0; i < MEM_COUNT(absent); i++) {
        x = get(absent[i]);
        assert_problem(&x, 404, "not_found");
        done(&x);
    }
}

static void test_jobs_come_in_pages(void **state)
{
    (void)state;
    char url[100] = "/api/v1/jobs?limit=2", expected[16];
    int seen = 0, pages = 0;
    for (;;) {
        struct exchange x = get(url);
        assert_int_equal(x.p.status, 200);
        pages++;
        const struct json *c = json_first(json_get(x.json, "items"));
        for (; c; c = json_next(c)) {
            snprintf(expected, sizeof expected, "j%d", ++seen);
            assert_string_equal(json_string(json_get(c, "name")), expected);
            assert_non_null(json_string(json_pointer(c, "/status/next_at")));
        }
        const char *next = json_string(json_get(x.json, "next_cursor"));
        if (next)
            snprintf(url, sizeof url, "/api/v1/jobs?limit=2&cursor=%s", next);
        done(&x);
        if (!next)
            break;
    }
    assert_int_equal(seen, 5);
    assert_int_equal(pages, 3);
}

static void test_job_and_next(void **state)
{
    (void)state;
    struct exchange x = get("/api/v1/jobs/j1");
    assert_int_equal(x.p.status, 200);
    assert_string_equal(text(&x, "/name"), "j1");
    assert_non_null(strstr(x.head, "\r\nETag: \"1\"\r\n"));
    done(&x);
    x = get("/api/v1/jobs/j1/next?count=3");
    assert_int_equal(x.p.status, 200);
    assert_int_equal(json_count(json_get(x.json, "items")), 3);
    assert_non_null(strstr(text(&x, "/items/0/scheduled_for"), "T07:00:00.000Z"));
    assert_true(strcmp(text(&x, "/items/0/scheduled_for"), text(&x, "/items/1/scheduled_for")) < 0);
    done(&x);
    x = get("/api/v1/targets");
    assert_string_equal(text(&x, "/items/0/name"), "local");
    done(&x);
    x = get("/api/v1/targets/local");
    assert_string_equal(text(&x, "/base_url"), "http://127.0.0.1:9");
    done(&x);
}

static void test_secrets_show_no_value(void **state)
{
    (void)state;
    struct exchange x = get("/api/v1/secrets");
    assert_string_equal(text(&x, "/items/0/name"), "KEY");
    assert_null(strstr(x.p.data, "topsecretvalue"));
    done(&x);
    x = get("/api/v1/secrets/KEY");
    assert_int_equal(x.p.status, 200);
    assert_int_equal(json_count(x.json), 12);
    done(&x);
}

static void test_run_cancel_retry(void **state)
{
    (void)state;
    struct exchange x = send_as(operate_token, "POST", "/api/v1/jobs/none/run", NULL);
    assert_problem(&x, 404, "not_found");
    done(&x);
    x = send_as(operate_token, "POST", "/api/v1/jobs/j2/run", NULL);
    assert_int_equal(x.p.status, 202);
    assert_string_equal(text(&x, "/job"), "j2");
    assert_string_equal(text(&x, "/trigger"), "api");
    char id[ID_TEXT_SIZE], url[120];
    snprintf(id, sizeof id, "%s", text(&x, "/id"));
    snprintf(url, sizeof url, "\r\nLocation: /api/v1/runs/%s\r\n", id);
    assert_non_null(strstr(x.head, url));
    done(&x);
    snprintf(url, sizeof url, "/api/v1/runs/%s", id);
    x = get(url);
    assert_int_equal(x.p.status, 200);
    assert_string_equal(text(&x, "/id"), id);
    done(&x);
    x = get("/api/v1/runs?job=j2");
    assert_int_equal(json_count(json_get(x.json, "items")), 1);
    assert_null(json_pointer(x.json, "/items/0/attempts"));
    done(&x);
    x = get("/api/v1/runs?job=j3");
    assert_int_equal(json_count(json_get(x.json, "items")), 0);
    done(&x);
    x = send_as(operate_token, "POST", "/api/v1/runs/none/cancel", NULL);
    assert_problem(&x, 404, "not_found");
    done(&x);
    snprintf(url, sizeof url, "/api/v1/runs/%s/cancel", id);
    x = send_as(operate_token, "POST", url, NULL);
    assert_true(x.p.status == 202 || x.p.status == 409); /* 409: the call to the closed port was over before */
    done(&x);
    x = send_as(operate_token, "POST", "/api/v1/runs/none/retry", NULL);
    assert_problem(&x, 404, "not_found");
    done(&x);
}

static void test_pause_and_resume(void **state)
{
    (void)state;
    static const struct {
        const char *body, *code;
        int status;
    } bad[] = {
        { "{\"until\":\"tomorrow\"}", "invalid", 422 },
        { "{\"until\":\"2020-01-01T00:00:00Z\"}", "invalid", 422 },
        { "{\"untill\":null}", "invalid", 422 },
        { "[1]", "malformed", 400 },
        { "{", "malformed", 400 },
    };
    for (size_t i = 0; i < MEM_COUNT(bad); i++) {
        struct exchange x = send_as(operate_token, "POST", "/api/v1/jobs/j3/pause", bad[i].body);
        assert_problem(&x, bad[i].status, bad[i].code);
        done(&x);
    }
    struct exchange x = send_as(operate_token, "POST", "/api/v1/jobs/j3/pause", NULL);
    assert_int_equal(x.p.status, 200);
    assert_true(json_bool(json_pointer(x.json, "/status/paused")));
    assert_int_equal(json_type(json_pointer(x.json, "/status/next_at")), JSON_NULL);
    done(&x);
    x = send_as(operate_token, "POST", "/api/v1/jobs/j3/pause", "{\"until\":\"2099-01-01T00:00:00Z\"}");
    assert_string_equal(text(&x, "/status/paused_until"), "2099-01-01T00:00:00.000Z");
    assert_string_equal(text(&x, "/status/next_at"), "2099-01-01T07:00:00.000Z");
    done(&x);
    x = send_as(operate_token, "POST", "/api/v1/jobs/j3/resume", NULL);
    assert_int_equal(x.p.status, 200);
    assert_false(json_bool(json_pointer(x.json, "/status/paused")));
    done(&x);
}

static void test_health(void **state)
{
    (void)state;
    struct exchange x = send_as(NULL, "GET", "/healthz", NULL);
    assert_int_equal(x.p.status, 200);
    done(&x);
    x = send_as(NULL, "GET", "/readyz", NULL);
    assert_int_equal(x.p.status, 200);
    assert_int_equal(json_count(json_get(x.json, "checks")), HEALTH_CHECKS);
    assert_string_equal(text(&x, "/checks/0/name"), "store");
    done(&x);
    x = get("/api/v1/status");
    assert_int_equal(x.p.status, 200);
    assert_int_equal(json_number(json_get(x.json, "jobs")), 5);
    done(&x);
    struct engine *engine = service.engine;
    service.engine = NULL;
    x = send_as(NULL, "GET", "/readyz", NULL);
    assert_problem(&x, 503, "unavailable");
    service.engine = engine;
    done(&x);
}

static void assert_common_fields(const struct exchange *x)
{
    assert_non_null(strstr(x->head, "\r\nX-Content-Type-Options: nosniff\r\n"));
    assert_non_null(strstr(x->head, "\r\nX-Frame-Options: DENY\r\n"));
    assert_non_null(strstr(x->head, "\r\nReferrer-Policy: no-referrer\r\n"));
    assert_non_null(strstr(x->head, "frame-ancestors 'none'"));
}

static void test_fields_of_security(void **state)
{
    (void)state;
    static const char *const urls[] = { "/healthz", "/nothing", "/api/v1/jobs", "/api/openapi.json" };
    for (size_t i = 0; i < MEM_COUNT(urls); i++) {
        struct exchange x = send_as(NULL, "GET", urls[i], NULL);
        assert_common_fields(&x);
        assert_non_null(strstr(x.head, "\r\nCache-Control: no-store\r\n"));
        assert_non_null(strstr(x.head, "default-src 'none'; frame"));
        done(&x);
    }
}

static void put_job(struct store *s, const char *name)
{
    struct err e = { 0 };
    enum put_result result;
    struct job j;
    struct arena *a = arena_new(0);
    mem_auto char *form = mem_printf(
        "{\"name\":\"%s\",\"schedule\":\"0 7 * * *\",\"target\":\"local\",\"request\":{\"url\":\"/f\"}}", name);
    json_auto struct json *doc = json_parse(form, strlen(form), &e);
    assert_int_equal(job_parse(doc, NULL, NULL, NULL, a, &j, &e), 0);
    assert_int_equal(jobs_put(s, &j, -1, clock_wall(), &result, &e), 0);
    arena_free(a);
}

static void put_target(struct store *s)
{
    static const char form[] =
        "{\"name\":\"local\",\"base_url\":\"http://127.0.0.1:9\",\"allow_private\":[\"127.0.0.0/8\"]}";
    struct err e = { 0 };
    enum put_result result;
    struct target t;
    struct arena *a = arena_new(0);
    json_auto struct json *doc = json_parse(form, sizeof form - 1, &e);
    assert_int_equal(target_parse(doc, NULL, a, &t, &e), 0);
    assert_int_equal(targets_put(s, &t, -1, clock_wall(), &result, &e), 0);
    arena_free(a);
}

static int set_up(void **state)
{
    (void)state;
    struct err e = { 0 };
    struct store *s;
    struct vault *v;
    int64_t version;
    snprintf(folder, sizeof folder, "/tmp/edgecron-api-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(key_file, sizeof key_file, "%s/master.key", folder);
    assert_int_equal(store_open(&s, folder, STORE_WRITE, &e), 0);
    assert_int_equal(tokens_create(s, "reader", SCOPE_READ, clock_wall(), read_token, &e), 0);
    assert_int_equal(tokens_create(s, "operator", SCOPE_OPERATE, clock_wall(), operate_token, &e), 0);
    assert_int_equal(vault_open(&v, s, key_file, true, &e), 0);
    assert_int_equal(vault_set(v, s, "KEY", "topsecretvalue", 14, clock_wall(), &version, &e), 0);
    vault_close(v);
    put_target(s);
    for (const char *const *n = (const char *const[]){ "j1", "j2", "j3", "j4", "j5", NULL }; *n; n++)
        put_job(s, *n);
    store_close(s);
    struct engine_config c = { .data_dir = folder, .master_key_file = key_file, .drain_timeout_ms = 1000 };
    service = (struct service){ .api = true, .readers = readers_new(folder) };
    return engine_start(&service.engine, &c, &e);
}

static int tear_down(void **state)
{
    (void)state;
    char command[100];
    readers_free(service.readers);
    engine_stop(service.engine);
    static const char *const files[] = { "edgecron.db", "edgecron.db-wal", "edgecron.db-shm",
                                         "master.key",  "edgecron.lock",   "edgecron.changed" };
    for (size_t i = 0; i < MEM_COUNT(files); i++) {
        snprintf(command, sizeof command, "%s/%s", folder, files[i]);
        remove(command);
    }
    remove(folder);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_route_refuses_an_anonymous_call),
        cmocka_unit_test(test_a_reader_changes_nothing),
        cmocka_unit_test(test_wrong_path_method_query),
        cmocka_unit_test(test_jobs_come_in_pages),
        cmocka_unit_test(test_job_and_next),
        cmocka_unit_test(test_secrets_show_no_value),
        cmocka_unit_test(test_run_cancel_retry),
        cmocka_unit_test(test_pause_and_resume),
        cmocka_unit_test(test_health),
        cmocka_unit_test(test_fields_of_security),
    };
    json_init();
    log_setup(LOG_ERROR, LOG_LOGFMT);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
