/* Placeholders: checked, rendered in each place, masked, listed. Cases as text: tests/cases/template. */
#include "core/template.h"
#include "text_cases.h"

#include "base/json.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *secret_value(void *ctx, const char *name, const char **why)
{
    static const struct {
        const char *name, *value;
    } SECRETS[] = {
        { "KEY", "k3y" },
        { "ODD", "a\"b\\c d/%é+&" },
        { "BRACES", "{{now}}" },
        { "LINES", "one\ntwo" },
        { "EMPTY", "" },
        { "_u1", "under" },
        { "HOOK", "https://h.example:8443/a/b?c=d%20e&f=g" },
        { "REST", "T0/B0/x y" },
    };
    (void)ctx;
    for (size_t i = 0; i < MEM_COUNT(SECRETS); i++)
        if (strcmp(SECRETS[i].name, name) == 0)
            return SECRETS[i].value;
    if (strcmp(name, "SEALED") == 0)
        *why = "secret 'SEALED' cannot be opened with this master key";
    return NULL;
}

static const struct template_values VALUES = {
    .now = { 1795387778123 },
    .run_id = "0191e7a0-0000-7000-8000-000000000001",
    .scheduled_for = { 1795387740000 },
    .trigger = "schedule",
    .attempt = 2,
    .job_name = "followup-7h",
    .secret = secret_value,
};

/* Lines: "PLACE TEXT", then "= WHAT IS SENT", "~ WHAT IS KEPT" or "! PART OF THE ERROR". PLACE "check" only checks. */
struct template_case {
    char place[16];
    char text[4096];
};

static enum template_place place_of(const char *name)
{
    return strcmp(name, "url") == 0       ? TEMPLATE_URL
           : strcmp(name, "address") == 0 ? TEMPLATE_ADDRESS
           : strcmp(name, "header") == 0  ? TEMPLATE_HEADER
           : strcmp(name, "json") == 0    ? TEMPLATE_JSON
                                          : TEMPLATE_TEXT;
}

static void judge(struct text_cases *t, struct template_case *c, const char *line)
{
    buf_auto struct buf out = BUF_INIT(65536), masked = BUF_INIT(65536);
    struct err e = { 0 };
    bool check = strcmp(c->place, "check") == 0;
    int rc =
        check ? template_check(c->text, &e) : template_render(c->text, place_of(c->place), &VALUES, &out, &masked, &e);
    const char *got = line[0] == '~' ? buf_str(&masked) : buf_str(&out);
    if (line[0] == '!' && rc && strstr(e.text, line + 2) && (check ? e.code == ERR_INVALID : e.code == ERR_SEALED))
        text_case_pass(t);
    else if (line[0] != '!' && !rc && strcmp(got, line + 2) == 0)
        text_case_pass(t);
    else
        text_case_fail(t, "%s: gave \"%s\" %s \"%s\"; expected %s", c->text, got, err_code_name(e.code), e.text, line);
}

static void template_line(struct text_cases *t, const char *line, void *ctx)
{
    struct template_case *c = ctx;
    if (strchr("=~!", line[0]) && line[1] == ' ')
        judge(t, c, line);
    else if (sscanf(line, "%15s", c->place) == 1)
        snprintf(c->text, sizeof c->text, "%s", line[strlen(c->place)] ? line + strlen(c->place) + 1 : "");
}

static void test_cases(void **state)
{
    struct template_case c = { .place = "" };
    (void)state;
    text_cases_run("template", 50, template_line, &c);
}

static void test_full_buffers(void **state)
{
    (void)state;
    buf_auto struct buf small = BUF_INIT(5), large = BUF_INIT(500);
    struct err e = { 0 };
    assert_int_equal(template_render("{{job.name}}", TEMPLATE_TEXT, &VALUES, &small, &large, &e), -ERR_TOO_LARGE);
    buf_clear(&large);
    small.full = false;
    assert_int_equal(template_render("{{job.name}}", TEMPLATE_TEXT, &VALUES, &large, &small, &e), -ERR_TOO_LARGE);
    assert_non_null(strstr(e.text, "5 bytes"));
    buf_clear(&large);
    assert_int_equal(template_render("x{{attempt}}", TEMPLATE_TEXT, &VALUES, &large, NULL, NULL), 0);
    assert_string_equal(buf_str(&large), "x2");
}

static void collect(void *ctx, const char *name)
{
    buf_printf(ctx, "%s,", name);
}

static void test_secrets_listed(void **state)
{
    (void)state;
    buf_auto struct buf names = BUF_INIT(500);
    template_secrets("{{secret.A}} {{now}} {{ secret.B_2 }}{{secret.A}} {{secret.1}} {{secret.}} {{secret.C", collect,
                     &names);
    template_secrets(NULL, collect, &names);
    assert_string_equal(buf_str(&names), "A,B_2,A,");
}

static void test_secrets_of_a_job(void **state)
{
    (void)state;
    static const char DOC[] =
        "{\"name\":\"a\",\"schedule\":\"@hourly\",\"target\":\"t\",\"request\":{\"url\":\"/{{secret.U}}\","
        "\"headers\":{\"K\":\"{{secret.H}}\"},\"body\":{\"{{secret.BK}}\":[\"{{secret.BV}}\"]}}}";
    static const char TARGET[] =
        "{\"name\":\"t\",\"base_url\":\"https://example.com\",\"headers\":{\"T\":\"{{secret.T}}\"}}";
    buf_auto struct buf names = BUF_INIT(500);
    json_auto struct json *doc = json_parse(DOC, sizeof DOC - 1, NULL),
                          *target_doc = json_parse(TARGET, sizeof TARGET - 1, NULL);
    struct arena *a = arena_new(0);
    struct target t;
    struct job j;
    assert_int_equal(job_parse(doc, NULL, NULL, NULL, a, &j, NULL), 0);
    assert_int_equal(target_parse(target_doc, NULL, a, &t, NULL), 0);
    template_job_secrets(&j, &t, collect, &names);
    assert_string_equal(buf_str(&names), "U,H,BK,BV,T,");
    buf_clear(&names);
    template_job_secrets(&j, NULL, collect, &names);
    assert_string_equal(buf_str(&names), "U,H,BK,BV,");
    arena_free(a);
}

static void test_samples(void **state)
{
    (void)state;
    buf_auto struct buf out = BUF_INIT(100), small = BUF_INIT(3);
    assert_true(template_sample("https://{{secret.H}}:{{secret.P}}/{{now}}?a={{attempt}}", &out));
    assert_string_equal(buf_str(&out), "https://x:1/x?a=x");
    assert_false(template_sample("abcd", &small));
}

/* Whatever the value, a JSON template stays JSON and a URL stays of URL characters. */
static void test_values_cannot_break_out(void **state)
{
    (void)state;
    buf_auto struct buf json = BUF_INIT(500), url = BUF_INIT(500);
    assert_int_equal(
        template_render("{\"k\":\"{{secret.ODD}}{{secret.LINES}}\"}", TEMPLATE_JSON, &VALUES, &json, NULL, NULL), 0);
    json_auto struct json *doc = json_parse(buf_str(&json), json.len, NULL);
    assert_string_equal(json_string(json_get(doc, "k")), "a\"b\\c d/%é+&one\ntwo");
    assert_int_equal(template_render("{{secret.ODD}}{{secret.LINES}}", TEMPLATE_URL, &VALUES, &url, NULL, NULL), 0);
    assert_int_equal(strspn(buf_str(&url), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%"),
                     url.len);
}

static void render_alert(enum template_place place, const char *text, const struct notice *n, const char *wanted)
{
    buf_auto struct buf out = BUF_INIT(4096), masked = BUF_INIT(4096);
    struct template_values v = VALUES;
    struct err e = { 0 };
    v.notice = n;
    v.language = NOTICE_FR;
    assert_int_equal(template_check_alert(text, &e), 0);
    if (template_render(text, place, &v, &out, &masked, &e))
        fail_msg("%s: %s", text, e.text);
    assert_string_equal(buf_str(&out), wanted);
    assert_string_equal(buf_str(&masked), wanted);
}

/* What others wrote is a value: escaped for its place, and no template. */
static void test_alerts(void **state)
{
    struct notice_item item = {
        .subject = "a", .error = "a\"b\r\nX: y {{secret.KEY}}", .since = WALL_NONE, .until = WALL_NONE
    };
    const struct notice n = {
        .on = ALERT_FAILURE, .at = WALL_NONE, .items = &item, .n_items = 1, .total = 1, .host = "é"
    };
    (void)state;
    render_alert(TEMPLATE_TEXT, "{{alert.title}}!", &n, "a est en échec!");
    render_alert(TEMPLATE_JSON, "{\"e\":\"{{alert.error}}\"}", &n, "{\"e\":\"a\\\"b X: y {{secret.KEY}}\"}");
    render_alert(TEMPLATE_HEADER, "{{ alert.error }}", &n, "a\"b X: y {{secret.KEY}}");
    render_alert(TEMPLATE_URL, "/?e={{alert.error}}&h={{alert.host}}", &n,
                 "/?e=a%22b%20X%3A%20y%20%7B%7Bsecret.KEY%7D%7D&h=%C3%A9");
    render_alert(TEMPLATE_ADDRESS, "http://h/{{alert.error}}", &n,
                 "http://h/a%22b%20X%3A%20y%20%7B%7Bsecret.KEY%7D%7D");
    render_alert(TEMPLATE_TEXT, "{{alert.rule}}|{{alert.count}}|{{alert.link}}", &n, "|0|");
    buf_auto struct buf out = BUF_INIT(4096);
    item.error = "one\ntwo";
    render_alert(TEMPLATE_HEADER, "{{alert.text}}", &n,
                 "a a échoué le ?.  Dernière erreur : one two  À essayer : voyez l’exécution : elle montre ce qui a "
                 "été envoyé et ce qui est "
                 "revenu.  La tâche : edgecron job show a  edgecron sur é, le ?");
    assert_int_equal(template_render("{{alert.title}}", TEMPLATE_TEXT, &VALUES, &out, NULL, NULL), -ERR_INVALID);
}

static void test_alerts_are_of_channels(void **state)
{
    struct err e = { 0 };
    (void)state;
    assert_int_equal(template_check("{{alert.title}}", &e), -ERR_INVALID);
    assert_non_null(
        strstr(e.text, "'{{alert.title}}' is known in the URL, headers and body of a webhook channel alone"));
    assert_int_equal(template_check_alert("{{now}} {{secret.A}} {{alert.json}}", &e), 0);
    assert_int_equal(template_check_alert("{{alert.}}", &e), -ERR_INVALID);
    assert_int_equal(template_check_alert("{{alert.titles}}", &e), -ERR_INVALID);
    assert_non_null(strstr(e.text, "did you mean {{alert.title}}?"));
    assert_int_equal(template_check_alert("{{alert.title", &e), -ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),          cmocka_unit_test(test_full_buffers),
        cmocka_unit_test(test_secrets_listed), cmocka_unit_test(test_secrets_of_a_job),
        cmocka_unit_test(test_samples),        cmocka_unit_test(test_values_cannot_break_out),
        cmocka_unit_test(test_alerts),         cmocka_unit_test(test_alerts_are_of_channels),
    };
    json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
