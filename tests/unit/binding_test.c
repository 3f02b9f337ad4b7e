/* Where bound secrets may go: tests/cases/binding; and the words of a refusal. */
#include "core/binding.h"
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

static const struct binding_target TARGETS[] = { { "prod", "https://abc.supabase.co/functions/v1" },
                                                 { "local", "http://127.0.0.1:54321" } };
static const struct binding BOUND = { TARGETS, 2 }, FREE = { NULL, 0 };

static const struct binding *find(void *ctx, const char *secret)
{
    (void)ctx;
    return strcmp(secret, "K") == 0 ? &BOUND : strcmp(secret, "FREE") == 0 ? &FREE : NULL;
}

static void each_line(struct text_cases *t, const char *line, void *ctx)
{
    char target[64], url[200], what[20], expected[60];
    struct err e = { 0 };
    (void)ctx;
    if (sscanf(line, "%63s %199s %19s %59s", target, url, what, expected) != 4) {
        text_case_fail(t, "not four words");
        return;
    }
    struct header header = { "X-Key",
                             strcmp(what, "free") ? "Bearer {{ secret.K }}" : "{{secret.FREE}} {{secret.UNSET}}" };
    struct job j = { .target = target[0] == '-' ? NULL : target, .request = { .url = url } };
    if (strcmp(what, "header") == 0 || strcmp(what, "free") == 0) {
        j.request.headers = &header;
        j.request.n_headers = 1;
    } else if (strcmp(what, "body") == 0) {
        j.request.body_kind = BODY_TEXT;
        j.request.body = "k={{secret.K}}";
    }
    int rc = binding_check_job(&j, find, NULL, &e);
    const char *got = rc ? e.pointer : "ok";
    if (strcmp(got, expected) != 0)
        text_case_fail(t, "%s: %s", got, e.text);
    else if (rc && rc != -(int)ERR_INVALID)
        text_case_fail(t, "code %d", rc);
    else
        text_case_pass(t);
}

static void test_cases(void **state)
{
    (void)state;
    text_cases_run("binding", 25, each_line, NULL);
}

static void test_words(void **state)
{
    struct err e = { 0 };
    (void)state;
    const struct header header = { "X~Key", "{{secret.K}}" };
    const struct target other = {
        .name = "other", .base_url = "https://x.example", .headers = &header, .n_headers = 1
    };
    assert_int_equal(-ERR_INVALID, binding_check_target(&other, find, NULL, &e));
    assert_string_equal("/headers/X~0Key", e.pointer);
    assert_non_null(
        strstr(e.text, "secret 'K' is bound to targets 'prod', 'local' and may not be sent to target 'other'"));
    assert_non_null(strstr(e.text, "edgecron secret set K --target prod,local,other"));
    struct target prod = other;
    prod.name = "prod";
    assert_int_equal(0, binding_check_target(&prod, find, NULL, &e));
    struct url evil;
    assert_int_equal(0, url_parse("https://evil.example:8443/x", &evil, &e));
    const struct binding one = { TARGETS, 1 };
    binding_refuse(&one, "K", ERR_SEALED, NULL, &evil, &e);
    assert_non_null(strstr(e.text, "bound to target 'prod' and may not be sent to 'https://evil.example:8443'"));
    binding_refuse(&one, "K", ERR_SEALED, NULL, NULL, &e);
    assert_non_null(strstr(e.text, "a host that is filled in when the call is made"));
    struct job j = { .request = { .url = "https://evil.example/f", .headers = &header, .n_headers = 1 } };
    assert_int_equal(-ERR_INVALID, binding_check_job(&j, find, NULL, NULL)); /* the answer alone */
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases), cmocka_unit_test(test_words) };
    json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
