/* The request of an attempt: what goes out, what is shown of it, and what it is refused for. */
#include "core/outgoing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *secret_value(void *ctx, const char *name, const char **why)
{
    (void)ctx;
    *why = "secret is not set";
    return strcmp(name, "KEY") == 0     ? "k3y-in-clear"
           : strcmp(name, "LINES") == 0 ? "a\nb"
           : strcmp(name, "HOOK") == 0  ? "https://h.example/T0/k3y?a=b"
                                        : NULL;
}

static const struct header shared[] = { { "Authorization", "Bearer {{secret.KEY}}" }, { "X-Both", "target" } };
static const struct target place = {
    .name = "prod", .base_url = "https://a.example/v1", .headers = shared, .n_headers = 2
};

static struct outgoing_spec spec_of(const struct job *j, const struct target *t)
{
    return (struct outgoing_spec){
        .job = j,
        .request = &j->request,
        .target = t,
        .values = { .now = { 1795387778123 },
                    .run_id = "0191e7a0-0000-7000-8000-00000000000a",
                    .scheduled_for = { 1795387740000 },
                    .trigger = "manual",
                    .attempt = 2,
                    .job_name = j->name,
                    .secret = secret_value },
        .user_agent = "edgecron/test",
        .span = "00112233445566aa",
    };
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is not in:\n%s", part, text);
}

static void test_sent_and_shown(void **state)
{
    static const struct header own[] = { { "x-both", "job" }, { "Content-Type", "application/x-own" } };
    const struct job j = { .name = "j",
                           .request = { .method = METHOD_POST,
                                        .url = "/f?k={{secret.KEY}}",
                                        .headers = own,
                                        .n_headers = 2,
                                        .body_kind = BODY_JSON,
                                        .body = "{\"k\":\"{{secret.KEY}}\",\"n\":\"{{attempt}}\"}" } };
    struct outgoing_spec s = spec_of(&j, &place);
    struct outgoing o;
    struct err e;
    (void)state;
    outgoing_init(&o);
    assert_int_equal(0, outgoing_render(&o, &s, &e));
    const char *head = buf_str(&o.head), *fields = buf_str(&o.masked_headers);
    assert_has(head, "POST /v1/f?k=k3y-in-clear HTTP/1.1\r\nHost: a.example\r\n");
    assert_has(head, "Authorization: Bearer k3y-in-clear\r\n");
    assert_has(head, "Content-Length: 28\r\n");
    assert_string_equal(buf_str(&o.body), "{\"k\":\"k3y-in-clear\",\"n\":\"2\"}");
    assert_string_equal(buf_str(&o.masked_url), "https://a.example/v1/f?k={{secret.KEY}}");
    assert_string_equal(buf_str(&o.masked_body), "{\"k\":\"{{secret.KEY}}\",\"n\":\"2\"}");
    assert_string_equal(fields, "Authorization: Bearer {{secret.KEY}}\nx-both: job\nContent-Type: application/x-own\n"
                                "User-Agent: edgecron/test\nAccept: */*\nAccept-Encoding: identity\n"
                                "Idempotency-Key: 0191e7a0-0000-7000-8000-00000000000a\nX-Edgecron-Job: j\n"
                                "X-Edgecron-Run: 0191e7a0-0000-7000-8000-00000000000a\nX-Edgecron-Attempt: 2\n"
                                "X-Edgecron-Scheduled-For: 2026-11-22T22:49:00.000Z\n"
                                "traceparent: 00-0191e7a000007000800000000000000a-00112233445566aa-01\n");
    assert_null(strstr(fields, "in-clear"));
    assert_ptr_equal(o.shared, &place);
    assert_string_equal(o.by_path, "prod");
    assert_string_equal(o.to.host, "a.example");
    outgoing_free(&o);
}

/* What is told of the body goes with the one that is sent. */
static void test_another_body(void **state)
{
    const struct job j = {
        .name = "j",
        .request = { .url = "https://b.example/f", .method = METHOD_POST, .body_kind = BODY_JSON, .body = "{}" }
    };
    struct request_spec edited = j.request;
    edited.body_kind = BODY_TEXT;
    edited.body = "plain {{job.name}}";
    struct outgoing_spec s = spec_of(&j, &place);
    s.request = &edited;
    struct outgoing o;
    struct err e;
    (void)state;
    outgoing_init(&o);
    assert_int_equal(0, outgoing_render(&o, &s, &e));
    assert_string_equal(buf_str(&o.body), "plain j");
    assert_has(buf_str(&o.head), "Content-Type: text/plain;charset=UTF-8\r\n");
    assert_has(buf_str(&o.head), "Content-Length: 7\r\n");
    assert_null(o.shared); /* the URL is elsewhere: none of the target's headers, and no key of its */
    assert_null(o.by_path);
    assert_null(strstr(buf_str(&o.head), "k3y"));
    outgoing_free(&o);
}

static void test_none(void **state)
{
    static const struct {
        enum method method;
        const char *length;
    } cases[] = { { METHOD_GET, NULL }, { METHOD_DELETE, NULL }, { METHOD_POST, "Content-Length: 0\r\n" } };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        const struct job j = { .name = "j", .request = { .url = "http://b.example", .method = cases[i].method } };
        struct outgoing_spec s = spec_of(&j, NULL);
        struct outgoing o;
        struct err e;
        outgoing_init(&o);
        assert_int_equal(0, outgoing_render(&o, &s, &e));
        assert_has(buf_str(&o.head), " / HTTP/1.1\r\n");
        assert_null(strstr(buf_str(&o.head), "Content-Type"));
        if (cases[i].length)
            assert_has(buf_str(&o.head), cases[i].length);
        else
            assert_null(strstr(buf_str(&o.head), "Content-Length"));
        outgoing_free(&o);
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *url, *header, *body;
        int rc;
    } cases[] = {
        { "http://a.example/{{secret.NONE}}", "", "", -ERR_SEALED },
        { "http://a.example/", "{{secret.NONE}}", "", -ERR_SEALED },
        { "http://a.example/", "{{secret.LINES}}", "", -ERR_SEALED },
        { "http://a.example/", "", "{{secret.NONE}}", -ERR_SEALED },
        { "http://{{job.name}}:0/", "", "", -ERR_INVALID },
    };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        const struct header h = { "X-H", cases[i].header };
        const struct job j = { .name = "j",
                               .request = { .url = cases[i].url,
                                            .headers = &h,
                                            .n_headers = 1,
                                            .body_kind = BODY_TEXT,
                                            .body = cases[i].body } };
        struct outgoing_spec s = spec_of(&j, NULL);
        struct outgoing o;
        struct err e = { 0 };
        outgoing_init(&o);
        assert_int_equal(cases[i].rc, outgoing_render(&o, &s, &e));
        assert_true(*e.text);
        outgoing_free(&o);
    }
}

/* What a channel tells is sent as it is; its URL may be the secret. */
static void test_channel(void **state)
{
    static const struct notice n = { .kind = NOTICE_TEST };
    const struct job j = { .name = "alert:ops", .request = { .method = METHOD_POST, .url = "{{secret.HOOK}}" } };
    struct request_spec told = j.request;
    struct outgoing_spec s = spec_of(&j, NULL);
    struct outgoing o;
    struct err e;
    (void)state;
    told.body_kind = BODY_JSON;
    told.body = "{\"text\":\"{{secret.KEY}} {{ {{now}}\"}";
    s.request = &told;
    s.values.notice = &n;
    s.body_final = true;
    outgoing_init(&o);
    assert_int_equal(0, outgoing_render(&o, &s, &e));
    assert_string_equal(buf_str(&o.body), told.body);
    assert_string_equal(buf_str(&o.masked_body), told.body);
    assert_has(buf_str(&o.head), "POST /T0/k3y?a=b HTTP/1.1\r\nHost: h.example\r\n");
    assert_has(buf_str(&o.head), "Content-Type: application/json\r\n");
    assert_string_equal(buf_str(&o.masked_url), "{{secret.HOOK}}");
    assert_true(o.to.tls);
    outgoing_free(&o);
}

/* A string that is JSON stays JSON, whatever an alert's texts hold; another is text. */
static void test_channel_body_of_text(void **state)
{
    static struct notice_item item = { .subject = "a\"b", .count = 3 };
    static const struct notice n = { .on = ALERT_FAILURE, .items = &item, .n_items = 1, .total = 1 };
    static const struct header json = { "content-type", "application/json; charset=utf-8" },
                               text = { "Content-Type", "text/plain" };
    const struct job j = { .name = "alert:ops",
                           .request = { .method = METHOD_POST,
                                        .url = "https://h.example/",
                                        .headers = &json,
                                        .n_headers = 1,
                                        .body_kind = BODY_TEXT,
                                        .body = "{\"n\": {{alert.count}}, \"job\": \"{{alert.job}}\"}" } };
    struct request_spec other = j.request;
    struct outgoing_spec s = spec_of(&j, NULL);
    struct outgoing o;
    (void)state;
    s.values.notice = &n;
    outgoing_init(&o);
    assert_int_equal(0, outgoing_render(&o, &s, NULL));
    assert_string_equal(buf_str(&o.body), "{\"n\": 3, \"job\": \"a\\\"b\"}");
    outgoing_free(&o);
    other.headers = &text;
    s.request = &other;
    outgoing_init(&o);
    assert_int_equal(0, outgoing_render(&o, &s, NULL));
    assert_string_equal(buf_str(&o.body), "{\"n\": 3, \"job\": \"a\"b\"}");
    outgoing_free(&o);
}

/* The words of a refusal hold nothing of the value. */
static void test_channel_without_url(void **state)
{
    static const struct notice n = { .kind = NOTICE_TEST };
    const struct job j = { .name = "alert:ops", .request = { .method = METHOD_POST, .url = "{{secret.KEY}}" } };
    struct outgoing_spec s = spec_of(&j, NULL);
    struct outgoing o;
    struct err e;
    (void)state;
    s.values.notice = &n;
    outgoing_init(&o);
    assert_int_equal(-ERR_SEALED, outgoing_render(&o, &s, &e));
    assert_has(e.text, "'{{secret.KEY}}' is no URL once it is filled in");
    assert_null(strstr(e.text, "k3y"));
    outgoing_free(&o);
}

static void test_too_large(void **state)
{
    struct header many[40];
    mem_auto char *value = mem_alloc(8001);
    memset(value, 'v', 8000);
    static char names[40][4];
    for (int i = 0; i < 40; i++) {
        names[i][0] = 'X';
        names[i][1] = (char)('a' + i / 10);
        names[i][2] = (char)('0' + i % 10);
        many[i] = (struct header){ names[i], value };
    }
    const struct job j = { .name = "j", .request = { .url = "http://a.example/", .headers = many, .n_headers = 40 } };
    struct outgoing_spec s = spec_of(&j, NULL);
    struct outgoing o;
    struct err e;
    (void)state;
    outgoing_init(&o);
    assert_int_equal(-ERR_TOO_LARGE, outgoing_render(&o, &s, &e));
    outgoing_free(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sent_and_shown),
        cmocka_unit_test(test_another_body),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_channel),
        cmocka_unit_test(test_channel_without_url),
        cmocka_unit_test(test_channel_body_of_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
