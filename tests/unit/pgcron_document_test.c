/* pgcron_document_test.c - the apply file made of jobs of pg_cron, which are given as JSON here: what the reader of SQL would find. */
#include "base/json.h"
#include "base/mem.h"
#include "core/document.h"
#include "core/pgcron_document.h"
#include "core/pgcron_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct arena *arena;
static struct pgcron_document doc;

static const char *text(const struct json *v, const char *key)
{
    return arena_strdup(arena, json_string(json_get(v, key)));
}

static struct pgcron_place place(const struct json *v)
{
    int64_t line = 1;
    json_integer(json_get(v, "line"), &line);
    return (struct pgcron_place){ json_get(v, "file") ? text(v, "file") : "a.sql", (int)line };
}

static void read_call(const struct json *v, struct pgcron_call *ret)
{
    int64_t timeout = 5000;
    json_integer(json_get(v, "timeout_ms"), &timeout);
    *ret = (struct pgcron_call){ .method = json_get(v, "method") ? text(v, "method") : "POST",
                                 .url = text(v, "url"),
                                 .headers = json_get(v, "headers"),
                                 .body = json_get(v, "body"),
                                 .timeout_ms = timeout,
                                 .at = place(v) };
}

static void read_job(const struct json *v, struct pgcron_job *ret)
{
    const struct json *calls = json_get(v, "calls"), *active = json_get(v, "active");
    struct pgcron_call *list = arena_alloc(arena, (json_count(calls) + 1) * sizeof *list);
    *ret = (struct pgcron_job){ .name = text(v, "name"),
                                .schedule = json_get(v, "schedule") ? text(v, "schedule") : "0 7 * * *",
                                .active = active ? json_bool(active) : true,
                                .command = "select 1",
                                .calls = list,
                                .at = place(v) };
    for (const struct json *c = json_first(calls); c; c = json_next(c))
        read_call(c, &list[ret->n_calls++]);
    if (json_get(v, "url"))
        read_call(v, &list[ret->n_calls++]);
}

static struct pgcron_result read_result(const struct json *v)
{
    const struct json *jobs = json_get(v, "jobs"), *secrets = json_get(v, "secrets"), *notes = json_get(v, "notes");
    struct pgcron_job *job = arena_alloc(arena, (json_count(jobs) + 1) * sizeof *job);
    struct pgcron_secret *secret = arena_alloc(arena, (json_count(secrets) + 1) * sizeof *secret);
    struct pgcron_note *note = arena_alloc(arena, (json_count(notes) + 1) * sizeof *note);
    struct pgcron_result r = { .jobs = job, .secrets = secret, .notes = note, .timezone = text(v, "timezone") };
    for (const struct json *j = json_first(jobs); j; j = json_next(j))
        read_job(j, &job[r.n_jobs++]);
    for (const struct json *s = json_first(secrets); s; s = json_next(s))
        secret[r.n_secrets++] = (struct pgcron_secret){
            .name = text(s, "name"), .origin = "a test", .pasted = json_bool(json_get(s, "pasted")), .at = place(s)
        };
    for (const struct json *n = json_first(notes); n; n = json_next(n))
        note[r.n_notes++] = (struct pgcron_note){ PGCRON_SKIPPED, text(n, "job"), place(n), "of the reader" };
    return r;
}

static bool paris_alone(void *ctx, const char *name, struct err *why)
{
    (void)ctx;
    (void)why;
    return !strcmp(name, "Europe/Paris") || !strcmp(name, "UTC");
}

static struct json *input;

/* Makes the document of what `json` tells; the file is always one that apply takes. */
static void make_with(const char *json, struct pgcron_options o)
{
    struct err e = { 0 };
    struct document checked;
    input = json_parse(json, strlen(json), &e);
    if (!input)
        fail_msg("the test's own input: %s", e.text);
    struct pgcron_result r = read_result(input);
    o.zone_known = paris_alone;
    if (pgcron_document(&r, &o, arena, &doc, &e))
        fail_msg("%s", e.text);
    mem_auto char *printed = json_print(doc.file);
    if (document_parse(doc.file, paris_alone, NULL, arena, &checked, &e))
        fail_msg("apply refuses: %s at %s in %s", e.text, e.pointer, printed);
}

static void make(const char *json)
{
    make_with(json, (struct pgcron_options){ .disabled = false });
}

static const struct json *at(const char *pointer)
{
    const struct json *v = json_pointer(doc.file, pointer);
    if (!v) {
        mem_auto char *printed = json_print(doc.file);
        fail_msg("nothing at %s of %s", pointer, printed);
    }
    return v;
}

static void expect(const char *pointer, const char *printed)
{
    mem_auto char *found = json_print(at(pointer));
    if (strcmp(found, printed) != 0)
        fail_msg("%s is %s; expected %s", pointer, found, printed);
}

/* Is there a note with these words? */
static bool noted(const char *words)
{
    for (size_t i = 0; i < doc.n_notes; i++)
        if (strstr(doc.notes[i].text, words))
            return true;
    return false;
}

static void expect_note(const char *words)
{
    if (noted(words))
        return;
    for (size_t i = 0; i < doc.n_notes; i++)
        fprintf(stderr, "  note: %s\n", doc.notes[i].text);
    fail_msg("no note says '%s'", words);
}

static int setup(void **state)
{
    (void)state;
    arena = arena_new(0);
    doc = (struct pgcron_document){ .file = NULL };
    input = NULL;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    json_free(doc.file);
    json_free(input);
    arena_free(arena);
    return 0;
}

static void test_one(void **state)
{
    (void)state;
    make("{\"jobs\": [{\"name\": \"followup-7h\", \"schedule\": \"0 7 * * 1-5\", \"timeout_ms\": 120000, \"line\": 12,"
         " \"file\": \"supabase/migrations/1_cron.sql\","
         " \"url\": \"https://abc.supabase.co/functions/v1/followup-processor\","
         " \"headers\": {\"X-Internal-Key\": \"{{secret.KEY}}\"}, \"body\": {\"time_slot\": \"07:00\", \"at\": "
         "\"{{now}}\"}}],"
         " \"secrets\": [{\"name\": \"KEY\"}, {\"name\": \"OTHER\", \"pasted\": true}]}");
    expect("/version", "1");
    expect("/targets", "[{\"name\":\"abc\",\"base_url\":\"https://abc.supabase.co/functions/v1\"}]");
    expect("/jobs/0",
           "{\"name\":\"followup-7h\",\"description\":\"from pg_cron's job 'followup-7h', "
           "1_cron.sql:12\",\"enabled\":true,"
           "\"tags\":[\"pg_cron\"],\"schedule\":\"0 7 * * 1-5\",\"timezone\":\"UTC\",\"target\":\"abc\",\"request\":"
           "{\"method\":\"POST\",\"url\":\"/followup-processor\",\"headers\":{\"X-Internal-Key\":\"{{secret.KEY}}\"},"
           "\"body\":{\"time_slot\":\"07:00\",\"at\":\"{{now}}\"}},\"timeout_ms\":120000,\"delivery\":\"at_most_once\","
           "\"retry\":{\"max_attempts\":1},\"overlap\":\"allow\",\"catch_up\":{\"policy\":\"none\"}}");
    assert_int_equal(doc.n_notes, 0);
    assert_int_equal(doc.n_jobs, 1);
    assert_string_equal(doc.jobs[0].url, "https://abc.supabase.co/functions/v1/followup-processor");
    assert_int_equal(doc.jobs[0].n_secrets, 1);
    assert_int_equal(doc.n_secrets, 1);
    assert_string_equal(doc.secrets[0].name, "KEY");
    assert_int_equal(doc.n_leaked, 1);
    assert_string_equal(doc.leaked[0].name, "OTHER");
    assert_int_equal(doc.n_whole, 1);
}

static void test_none(void **state)
{
    (void)state;
    make("{}");
    expect("/targets", "[]");
    expect("/jobs", "[]");
    assert_int_equal(doc.n_whole, 0);
}

static void test_inactive(void **state)
{
    (void)state;
    make("{\"jobs\": [{\"name\": \"a\", \"active\": false, \"url\": \"https://h.net/a\"},"
         "{\"name\": \"b\", \"schedule\": \"@reboot\", \"url\": \"https://h.net/a\"}]}");
    expect("/jobs/0/enabled", "false");
    expect("/jobs/1/enabled", "false");
    expect("/jobs/1/schedule", "\"@yearly\"");
    expect_note("schedule '@reboot': pg_cron runs it when the database starts");
    assert_int_equal(doc.jobs[1].n_notes, 1);
}

static void test_all_disabled(void **state)
{
    (void)state;
    make_with("{\"jobs\": [{\"name\": \"a\", \"url\": \"https://h.net/a\"}]}",
              (struct pgcron_options){ .disabled = true });
    expect("/jobs/0/enabled", "false");
}

static void test_names(void **state)
{
    (void)state;
    make("{\"jobs\": [{\"name\": \"Relances d'\xc3\xa9t\xc3\xa9 (7h)\", \"url\": \"https://h.net/a\"},"
         "{\"name\": \"Foo Bar\", \"url\": \"https://h.net/a\"}, {\"name\": \"foo-bar\", \"url\": \"https://h.net/a\"},"
         "{\"name\": \"FOO bar\", \"url\": \"https://h.net/a\"}, {\"name\": \"\xe6\x97\xa5\xe6\x9c\xac\", \"url\": "
         "\"https://h.net/a\"},"
         "{\"name\": \"_x_\", \"url\": \"https://h.net/a\"}, {\"name\": \"C\xc5\x93ur & \xc3\x9f\", \"url\": "
         "\"https://h.net/a\"},"
         "{\"name\": \"0123456789012345678901234567890123456789012345678901234567890123456789\", \"url\": "
         "\"https://h.net/a\"}]}");
    expect("/jobs/0/name", "\"relances-d-ete-7h\"");
    expect("/jobs/1/name", "\"foo-bar-2\"");
    expect("/jobs/2/name", "\"foo-bar\"");
    expect("/jobs/3/name", "\"foo-bar-3\"");
    expect("/jobs/4/name", "\"job\"");
    expect("/jobs/5/name", "\"x_\"");
    expect("/jobs/6/name", "\"coeur-ss\"");
    expect("/jobs/7/name", "\"012345678901234567890123456789012345678901234567890123456789012\"");
    expect_note("it is called 'foo-bar-2' here");
    assert_int_equal(doc.n_notes, 7);
}

static void test_name_numbers(void **state)
{
    struct pgcron_names names = { .arena = arena };
    (void)state;
    char longest[64];
    memset(longest, 'a', 63);
    longest[63] = '\0';
    assert_string_equal(pgcron_name_take(&names, longest), longest);
    const char *second = pgcron_name_take(&names, longest);
    assert_int_equal(strlen(second), 63);
    assert_string_equal(second + 61, "-2");
    assert_string_equal(pgcron_name_take(&names, "b-2"), "b-2");
    assert_string_equal(pgcron_name_take(&names, "b"), "b");
    assert_string_equal(pgcron_name_take(&names, "b"), "b-3");
    pgcron_names_free(&names);
}

static void test_several_calls(void **state)
{
    (void)state;
    make("{\"jobs\": [{\"name\": \"Nightly\", \"calls\": [{\"url\": \"https://abc.supabase.co/functions/v1/a\"},"
         "{\"url\": \"https://abc.supabase.co/rest/v1/rpc/b\"}, {\"url\": \"ftp://h.net/c\", \"line\": 9}]},"
         "{\"name\": \"nightly-1\", \"url\": \"https://abc.supabase.co/functions/v1/a\"}]}");
    expect("/jobs/0/name", "\"nightly-1-2\"");
    expect("/jobs/1/name", "\"nightly-2\"");
    expect("/jobs/1/target", "\"abc-rest\"");
    expect("/jobs/1/request/url", "\"/rpc/b\"");
    expect("/jobs/2/name", "\"nightly-1\"");
    expect_note("its command makes 3 calls");
    expect_note("not imported: its URL: a URL must begin with 'http://'");
    assert_int_equal(doc.n_whole, 1); /* one call of the first stays behind */
    assert_string_equal(doc.whole[0]->name, "nightly-1");
}

static void test_targets(void **state)
{
    (void)state;
    make("{\"jobs\": [{\"name\": \"a\", \"url\": \"https://abc.supabase.co/functions/v1/a?x=1\"},"
         "{\"name\": \"b\", \"url\": \"https://ABC.supabase.co/functions/v1/b/\"},"
         "{\"name\": \"c\", \"url\": \"https://abc.functions.supabase.co/c\"},"
         "{\"name\": \"d\", \"url\": \"https://api.shop.net/cron/v2/d\"}, {\"name\": \"e\", \"url\": "
         "\"https://api.shop.net/cron/v2/sub/e?a=/b\"},"
         "{\"name\": \"f\", \"url\": \"https://one.net/only/this\"}, {\"name\": \"g\", \"url\": "
         "\"https://one.net/only/this\"},"
         "{\"name\": \"h\", \"url\": \"https://bare.net\"}, {\"name\": \"i\", \"url\": \"https://bare.net?q=1\"},"
         "{\"name\": \"j\", \"url\": \" http://one.net:8080/a b/\xc3\xa9#top\"}]}");
    expect("/jobs/0/request/url", "\"/a?x=1\"");
    expect("/jobs/1/target", "\"abc\"");
    expect("/jobs/1/request/url", "\"/b/\"");
    expect("/jobs/2/target", "\"abc-2\"");
    expect("/jobs/3/request/url", "\"/d\"");
    expect("/jobs/4/request/url", "\"/sub/e?a=/b\"");
    expect("/targets/2", "{\"name\":\"api-shop-net\",\"base_url\":\"https://api.shop.net/cron/v2\"}");
    expect("/targets/3", "{\"name\":\"one-net\",\"base_url\":\"https://one.net\"}");
    expect("/jobs/5/request/url", "\"/only/this\"");
    expect("/jobs/7/request/url", "\"/\"");
    expect("/jobs/8/request/url", "\"/?q=1\"");
    expect("/jobs/9/target", "\"one-net-2\"");
    expect("/jobs/9/request/url", "\"/a%20b/%C3%A9\"");
    expect_note("percent-encoded");
}

static void test_private(void **state)
{
    (void)state;
    make(
        "{\"jobs\": [{\"name\": \"a\", \"url\": \"http://127.0.0.1:54321/functions/v1/a\"},"
        "{\"name\": \"b\", \"url\": \"http://kong:8000/functions/v1/b\"},"
        "{\"name\": \"c\", \"url\": \"http://host.docker.internal:54321/functions/v1/b\"},"
        "{\"name\": \"d\", \"url\": \"http://192.168.1.7/x\"}, {\"name\": \"e\", \"url\": \"http://localhost:3000/x\"},"
        "{\"name\": \"f\", \"url\": \"https://your-project-ref.supabase.co/functions/v1/f\"},"
        "{\"name\": \"g\", \"url\": \"https://<project-ref>.supabase.co/functions/v1/g\"},"
        "{\"name\": \"h\", \"url\": \"http://[::1]:80/h\"}]}");
    expect("/targets/0/name", "\"local\"");
    expect("/targets/1/name", "\"kong\"");
    expect("/targets/2/name", "\"host-docker-internal\"");
    expect("/targets/5/base_url", "\"https://your-project-ref.supabase.co/functions/v1\"");
    expect("/targets/6/base_url", "\"https://project-ref-supabase-co.invalid/functions/v1\"");
    expect_note("edgecron target set local --allow-private 127.0.0.0/8");
    expect_note("edgecron target set 192-168-1-7 --allow-private 192.168.0.0/16");
    expect_note("edgecron target set kong --base-url http://127.0.0.1:54321/functions/v1 --allow-private 127.0.0.0/8");
    expect_note("edgecron target set your-project-ref --base-url https://PROJECT-REF.supabase.co/functions/v1");
    assert_int_equal(doc.n_notes, 8);
}

static void test_unknown_host(void **state)
{
    const char *json =
        "{\"jobs\": [{\"name\": \"a\", \"url\": \"{{secret.project_url}}/functions/v1/a\"},"
        "{\"name\": \"b\", \"url\": \"{{secret.project_url}}/functions/v1/b\", \"headers\": {\"k\": "
        "\"{{secret.anon}}\"}},"
        "{\"name\": \"c\", \"url\": \"https://{{secret.ref}}.supabase.co/functions/v1/c?u={{secret.project_url}}\"},"
        "{\"name\": \"d\", \"url\": \"{{secret.whole}}\"}],"
        " \"secrets\": [{\"name\": \"project_url\"}, {\"name\": \"anon\"}, {\"name\": \"ref\"}]}";
    const struct pgcron_known known[] = { { "project_url", "https://abc.supabase.co" },
                                          { "ref", "abc" },
                                          { "whole", "https://h.net/x?y" } };
    (void)state;
    make(json);
    expect("/targets/0", "{\"name\":\"project-url\",\"base_url\":\"https://project-url.invalid/functions/v1\"}");
    expect("/jobs/1/request/url", "\"/b\"");
    expect("/targets/1/base_url", "\"https://ref-supabase-co.invalid/functions/v1\"");
    expect("/targets/2/base_url", "\"https://whole.invalid\"");
    expect_note("--address project_url=https://PROJECT-REF.supabase.co");
    assert_int_equal(doc.n_secrets, 2); /* of project_url's the query alone */
    json_free(doc.file);
    json_free(input);
    make_with(json, (struct pgcron_options){ .known = known, .n_known = 3 });
    expect("/targets/0", "{\"name\":\"abc\",\"base_url\":\"https://abc.supabase.co/functions/v1\"}");
    expect("/jobs/2/target", "\"abc\"");
    expect("/jobs/2/request/url", "\"/c?u=https://abc.supabase.co\"");
    expect("/jobs/3/request/url", "\"/x?y\"");
    assert_int_equal(doc.n_secrets, 1);
    assert_int_equal(doc.n_notes, 0);
}

static void test_headers(void **state)
{
    (void)state;
    make(
        "{\"jobs\": [{\"name\": \"a\", \"url\": \"https://h.net/a\", \"headers\": {\"Host\": \"x\", \"X-N\": 5, "
        "\"X-Null\": null,"
        "\"Authorization\": \"Bearer {{secret.K}}\\n\", \"authorization\": \"two\", \"a b\": \"1\", \"X-L\": \"a\\nb\","
        "\"Content-Length\": \"5\", \"X-O\": {\"a\": 1}}}]}");
    expect("/jobs/0/request/headers",
           "{\"X-N\":\"5\",\"Authorization\":\"Bearer {{secret.K}}\",\"X-O\":\"{\\\"a\\\":1}\"}");
    expect_note("'Host' is taken from the URL");
    expect_note("header 'authorization' is there twice");
    expect_note("holds a line break");
    assert_int_equal(doc.n_notes, 5);
    assert_int_equal(doc.jobs[0].n_notes, 5);
}

static void test_refused(void **state)
{
    (void)state;
    make("{\"jobs\": [{\"name\": \"a\", \"method\": \"TRACE\", \"url\": \"https://h.net/a\"},"
         "{\"name\": \"b\", \"url\": \"https://h.net/a\", \"body\": {\"x\": \"{{name}}\"}},"
         "{\"name\": \"c\", \"url\": \"https://me:secret-word@h.net/a\"}, {\"name\": \"d\", \"schedule\": \"0 7 * *\", "
         "\"url\": \"https://h.net\"},"
         "{\"name\": \"e\"}, {\"name\": \"f\"}, {\"name\": \"g\", \"url\": \"\"}],"
         " \"notes\": [{\"job\": \"f\", \"line\": 3}]}");
    expect("/jobs", "[]");
    expect("/targets", "[]");
    expect_note("not imported: 'request.method' is \"TRACE\"");
    expect_note("'{{name}}' is not a placeholder");
    expect_note("holds a user name or password");
    expect_note("pg_cron refuses its schedule, at column 8");
    expect_note("calls nothing over HTTP");
    assert_false(noted("secret-word"));
    assert_int_equal(doc.n_notes, 7);
}

static void test_order_of_notes(void **state)
{
    static const char *const files[] = { "z.sql", "a.sql" };
    (void)state;
    make_with("{\"jobs\": [{\"name\": \"a\", \"file\": \"a.sql\", \"line\": 5}, {\"name\": \"b\", \"file\": \"z.sql\", "
              "\"line\": 7},"
              "{\"name\": \"c\", \"file\": \"a.sql\", \"line\": 2}],"
              " \"notes\": [{\"file\": \"z.sql\", \"line\": 9}, {\"file\": \"a.sql\", \"line\": 3}]}",
              (struct pgcron_options){ .files = files, .n_files = 2 });
    static const int lines[] = { 7, 9, 2, 3, 5 };
    assert_int_equal(doc.n_notes, 5);
    for (int i = 0; i < 5; i++)
        assert_int_equal(doc.notes[i].at.line, lines[i]);
}

static void test_zone(void **state)
{
    (void)state;
    make("{\"timezone\": \"Europe/Paris\", \"jobs\": [{\"name\": \"a\", \"url\": \"https://h.net/a\"}]}");
    expect("/jobs/0/timezone", "\"Europe/Paris\"");
    expect_note("cron.timezone is 'Europe/Paris'");
    json_free(doc.file);
    json_free(input);
    make("{\"timezone\": \"Mars/Base\", \"jobs\": [{\"name\": \"a\", \"url\": \"https://h.net/a\"}]}");
    expect("/jobs/0/timezone", "\"UTC\"");
    expect_note("'Mars/Base' is not a time zone");
}

static void test_timeouts(void **state)
{
    (void)state;
    make("{\"jobs\": [{\"name\": \"a\", \"url\": \"https://h.net/a\", \"timeout_ms\": 0},"
         "{\"name\": \"b\", \"url\": \"https://h.net/a\", \"timeout_ms\": 99999999999}, {\"name\": \"c\", \"method\": "
         "\"PUT\", \"url\": \"https://h.net/a\", \"body\": \"text\"}]}");
    expect("/jobs/0/timeout_ms", "1");
    expect("/jobs/1/timeout_ms", "86400000");
    expect("/jobs/2/timeout_ms", "5000");
    expect("/jobs/2/request/body", "\"text\"");
    expect_note("its timeout of 0 ms becomes 1 ms");
}

static void test_description(void **state)
{
    (void)state;
    make("{\"jobs\": [{\"name\": \"a\\tb \\u001b[31m\", \"url\": \"https://h.net/a\", \"file\": \"x/y/c\xc3\xa9.sql\", "
         "\"line\": 3}]}");
    expect("/jobs/0/description", "\"from pg_cron's job 'a b  [31m', c\xc3\xa9.sql:3\"");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_one),
        CASE(test_none),
        CASE(test_inactive),
        CASE(test_all_disabled),
        CASE(test_names),
        CASE(test_targets),
        CASE(test_name_numbers),
        CASE(test_several_calls),
        CASE(test_private),
        CASE(test_headers),
        CASE(test_unknown_host),
        CASE(test_refused),
        CASE(test_order_of_notes),
        CASE(test_zone),
        CASE(test_timeouts),
        CASE(test_description),
    };
    json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
