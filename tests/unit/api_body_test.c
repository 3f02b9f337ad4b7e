/* What is taken as a body, on every route that takes one: JSON as it should be, within limits, and nothing else. */
#include "api_fixture.h"

#include <stdio.h>

#define JOB "{\"schedule\":\"0 7 * * *\",\"request\":{\"url\":\"https://a.example/f\"}}"

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

static bool is_asked(const struct route *r)
{
    return r->body_schema && r->access != ACCESS_ANYONE;
}

static void assert_all(int status, const char *code, const char *fields, const void *body, size_t len)
{
    char path[200];
    int n = 0;
    for (size_t i = 0; i < route_count; i++) {
        if (!is_asked(&route_table[i]))
            continue;
        fill(route_table[i].path, path);
        struct exchange x = ask_bytes(route_table[i].method, path, fields, body, len);
        if (x.p.status != status || strcmp(text(&x, "/code"), code))
            fail_msg("%s %s with %.40s: %d %s", route_table[i].method, path, (const char *)body, x.p.status,
                     text(&x, "/detail"));
        done(&x);
        n++;
    }
    assert_true(n > 10);
}

static void test_hostile_bodies(void **state)
{
    static const struct {
        const char *body;
        size_t len;
    } malformed[] = {
#define B(s) { s, sizeof(s) - 1 }
        B("{"),
        B("{}x"),
        B("{} {}"),
        B("[]"),
        B("null"),
        B("\"text\""),
        B("{\"a\":1,\"a\":2}"),
        B("{\"a\":{\"b\":1,\"c\":1,\"b\":1}}"),
        B("{\"a\":\"\xff\"}"),
        B("{\"a\":\"\xc0\xaf\"}"),
        B("{\"a\":\"\xed\xa0\x80\"}"),
        B("{\"a\":\"\\ud800\"}"),
        B("{\"a\":\"\\u0000\"}"),
        B("{\"a\":\"\0\"}"),
        B("{}\0"),
        B("\0"),
        B("\xef\xbb\xbf{}"),
        B("{\"a\":01}"),
        B("{\"a\":NaN}"),
        B("{'a':1}"),
        B("{\"a\":1,}"),
        B("// x\n{}"),
        B("a=1&b=2"),
        B("{\"a\":99999999999999999999}"),
#undef B
    };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(malformed); i++)
        assert_all(400, "malformed", NULL, malformed[i].body, malformed[i].len);
}

/* Where it is: line and column, or the pointer of the key. */
static void test_the_place_is_told(void **state)
{
    (void)state;
    expect_problem(400, "malformed", NULL, "line 2, column 7", "PUT", API "/jobs/x", NULL, "{\n \"a\": tru}");
    expect_problem(400, "malformed", "/a/1/b", "stands twice", "PUT", API "/jobs/x", NULL,
                   "{\"a\":[0,{\"b\":1,\"c\":2,\"b\":3}]}");
    expect_problem(400, "malformed", NULL, "UTF-8", "PUT", API "/jobs/x", NULL, "{\"name\":\"\xff\"}");
}

static void test_depth(void **state)
{
    char body[200];
    (void)state;
    for (int depth = 31; depth <= 32; depth++) { /* below the object itself */
        int n = snprintf(body, sizeof body, "{\"description\":");
        memset(body + n, '[', (size_t)depth);
        memset(body + n + depth, ']', (size_t)depth);
        snprintf(body + n + 2 * depth, sizeof body - (size_t)n - 2 * (size_t)depth, "}");
        if (depth == 32)
            assert_all(400, "malformed", NULL, body, strlen(body));
        else
            expect_problem(422, "invalid", "/description", NULL, "PUT", API "/jobs/x", NULL, body);
    }
}

static void test_size(void **state)
{
    (void)state;
    size_t len = REQUEST_BODY_MAX + 1;
    mem_auto char *body = mem_alloc(len + 1);
    memset(body, ' ', len);
    assert_all(413, "too_large", NULL, body, len);
    memcpy(body, JOB, strlen(JOB));
    struct exchange x = ask_bytes("PUT", API "/jobs/large?dry_run=true", NULL, body, len - 1);
    assert_int_equal(x.p.status, 200);
    done(&x);
}

static void test_types(void **state)
{
    static const char *const wrong[] = { "Content-Type: application/x-www-form-urlencoded",
                                         "Content-Type: text/plain",
                                         "Content-Type: text/json",
                                         "Content-Type: application/jsonx",
                                         "Content-Type: application/json; charset=latin1",
                                         "Content-Type: application/json; charset=utf-16",
                                         "Content-Type: ",
                                         "Content-Encoding: gzip",
                                         "Content-Type: application/json\nContent-Encoding: br" };
    static const char *const right[] = { "Content-Type: application/json",
                                         "Content-Type: Application/JSON",
                                         "Content-Type: application/json; charset=utf-8",
                                         "Content-Type: application/json;charset=\"UTF-8\"",
                                         "Content-Encoding: identity",
                                         NULL };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(wrong); i++)
        assert_all(415, "unsupported_media_type", wrong[i], "{}", 2);
    for (size_t i = 0; i < MEM_COUNT(right); i++)
        expect(200, "PUT", API "/jobs/x?dry_run=true", right[i], JOB);
    expect(200, "PATCH", API "/jobs/kept?dry_run=true", MERGE, "{}");
    expect_problem(415, "unsupported_media_type", NULL, "application/json", "PUT", API "/jobs/x", MERGE, JOB);
}

static void test_missing_and_unwanted(void **state)
{
    char path[200];
    (void)state;
    for (size_t i = 0; i < route_count; i++) {
        const struct route *r = &route_table[i];
        fill(r->path, path);
        if (is_asked(r) && r->traits & ROUTE_BODY && strcmp(r->id, "setPassword") && strcmp(r->id, "createToken"))
            expect_problem(400, "malformed", NULL, "no body", r->method, path, NULL, NULL);
        if (!r->body_schema && r->traits & ROUTE_IDEMPOTENT)
            expect_problem(422, "invalid", "/force", "nothing is expected", r->method, path, NULL, "{\"force\":true}");
    }
}

/* Whatever stands there, a member that nobody knows is refused by its pointer. */
static void test_unknown_members(void **state)
{
    static const char *const cases[][4] = {
        { "PUT", API "/jobs/x", "{\"shedule\":1}", "/shedule" },
        { "PUT", API "/jobs/x", "{\"request\":{\"url\":\"https://a.example\",\"a/b~c\":1}}", "/request/a~1b~0c" },
        { "POST", API "/jobs", "{\"id\":1}", "/id" },
        { "PATCH", API "/jobs/kept", "{\"paused\":true}", "/paused" },
        { "PUT", API "/targets/x", "{\"url\":1}", "/url" },
        { "PUT", API "/secrets/X", "{\"valeu\":\"topsecretvalue\"}", "/valeu" },
        { "PATCH", API "/secrets/X", "{\"value\":\"topsecretvalue\"}", "/value" },
        { "POST", API "/secrets/X/generate", "{\"bits\":1}", "/bits" },
        { "POST", API "/secrets/X/rotate", "{\"generate\":{\"bits\":1}}", "/generate/bits" },
        { "PATCH", API "/settings", "{\"retention\":1}", "/retention" },
        { "POST", API "/apply", "{\"version\":1,\"secrets\":[]}", "/secrets" },
        { "POST", API "/jobs/kept/pause", "{\"till\":null}", "/till" },
    };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        struct exchange x = ask(cases[i][0], cases[i][1], NULL, cases[i][2]);
        if (x.p.status != 422 || strcmp(text(&x, "/pointer"), cases[i][3]))
            fail_msg("%s %s: %d %s %s", cases[i][1], cases[i][2], x.p.status, text(&x, "/pointer"),
                     text(&x, "/detail"));
        assert_null(strstr(x.p.data, "topsecretvalue"));
        done(&x);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile_bodies),  cmocka_unit_test(test_the_place_is_told),
        cmocka_unit_test(test_depth),           cmocka_unit_test(test_size),
        cmocka_unit_test(test_types),           cmocka_unit_test(test_missing_and_unwanted),
        cmocka_unit_test(test_unknown_members),
    };
    return cmocka_run_group_tests(tests, api_up, api_down);
}
