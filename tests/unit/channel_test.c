/* Channels, good and bad: tests/cases/channel. What the engine gets of one, and what is sent. */
#include "field_cases.h"

#include "core/channel.h"
#include "core/outgoing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct json *channel_round(const struct json *doc, const char *name, struct err *e)
{
    struct arena *a = arena_new(0);
    struct channel c;
    struct json *printed = channel_parse(doc, name, a, &c, e) ? NULL : channel_to_json(&c);
    arena_free(a);
    return printed;
}

static void test_cases(void **state)
{
    (void)state;
    field_cases_run("channel", 70, channel_round);
}

static void channel_of(const char *text, struct arena *a, struct channel *ret)
{
    struct err e = { 0 };
    json_auto struct json *doc = json_parse(text, strlen(text), &e);
    if (!doc || channel_parse(doc, "ops", a, ret, &e))
        fail_msg("%s: %s %s", text, e.pointer, e.text);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(channel_of_job("alert:ops"), "ops");
    assert_null(channel_of_job("ops"));
    assert_null(channel_of_job("alert"));
    assert_null(channel_of_job(NULL));
    assert_string_equal(channel_kind_name(CHANNEL_EMAIL), "email");
    assert_null(channel_kind_name(CHANNEL_KIND_COUNT));
}

/* The engine's job of it cannot be due, and is one that job_parse would take but for its name. */
static void test_job(void **state)
{
    struct arena *a = arena_new(0);
    struct channel c;
    struct job j;
    struct target t;
    (void)state;
    channel_of(
        "{\"kind\":\"slack\",\"url\":\"https://hooks.slack.com:8443/services/{{secret.S}}\",\"ca_file\":\"/ca.pem\","
        "\"allow_private\":[\"127.0.0.0/8\"],\"enabled\":false}",
        a, &c);
    channel_job(&c, a, &j);
    channel_target(&c, a, &t);
    assert_string_equal(j.name, "alert:ops");
    assert_string_equal(j.target, t.name);
    assert_false(j.enabled);
    assert_int_equal(j.retry.max_attempts, 30);
    assert_int_equal(j.retry.max_age_s, 21600);
    assert_string_equal(t.base_url, "https://hooks.slack.com:8443");
    assert_string_equal(t.ca_file, "/ca.pem");
    assert_int_equal(t.n_allow_private, 1);
    assert_int_equal(t.rate.n, 1);
    j.name = j.target = "alert-ops";
    json_auto struct json *printed = job_to_json(&j);
    struct err e = { 0 };
    struct job again;
    if (job_parse(printed, NULL, NULL, NULL, a, &again, &e))
        fail_msg("%s: %s", e.pointer, e.text);
    arena_free(a);
}

static void test_target_of_a_secret_url(void **state)
{
    struct arena *a = arena_new(0);
    struct channel c;
    struct target t;
    struct job j;
    (void)state;
    channel_of("{\"kind\":\"teams\",\"url\":\"{{secret.TEAMS}}\"}", a, &c);
    channel_target(&c, a, &t);
    assert_string_equal(t.base_url, "");
    channel_of(
        "{\"kind\":\"email\",\"email\":{\"host\":\"::1\",\"security\":\"none\",\"from\":\"a@b.c\",\"to\":[\"d@e.f\"]}}",
        a, &c);
    channel_job(&c, a, &j);
    assert_string_equal(j.request.url, "smtp://[::1]:25");
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_job),
        cmocka_unit_test(test_target_of_a_secret_url),
    };
    json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
