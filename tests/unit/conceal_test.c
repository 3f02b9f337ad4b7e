/* What the audit keeps of a document holds no key, and still tells what was changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/mem.h"
#include "core/conceal.h"

#include <string.h>

static void check(const char *pointer, const char *in, const char *out)
{
    struct err e = { 0 };
    json_auto struct json *v = json_parse(in, strlen(in), &e), *got = v ? conceal(pointer, v) : NULL;
    mem_auto char *text = got ? json_print(got) : NULL;
    if (!text || strcmp(text, out))
        fail_msg("%s of '%s' gives %s, not %s", in, pointer, text, out);
}

static void test_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *pointer, *in, *out;
    } cases[] = {
        { "/request/headers/Authorization", "\"Bearer {{secret.KEY}}\"", "\"Bearer {{secret.KEY}}\"" },
        { "/request/headers/Authorization", "\"Bearer abc\"", "\"Bearer ***\"" },
        { "/request/headers/authorization", "\"basic dXNlcjpwdw==\"", "\"basic ***\"" },
        { "/request/headers/X-Internal-Key", "\"{{ secret.KEY }}\"", "\"{{ secret.KEY }}\"" },
        { "/request/headers/X-Internal-Key", "\"pw\"", "\"***\"" },
        { "/request/headers/X-Internal-Key", "\"pw{{secret.KEY}}x\"", "\"***{{secret.KEY}}***\"" },
        { "/request/headers/X-Internal-Key", "\"{{secret.KEY\"", "\"***\"" },
        { "/request/headers/apikey", "\"\"", "\"\"" },
        { "/request/headers/Cookie", "\"a=b\"", "\"***\"" },
        { "/request/body/password", "123456", "\"***\"" },
        { "/request/body/auth/deep/er", "\"hunter2\"", "\"***\"" },
        { "/request/headers", "{\"X-Api-Key\":\"s\",\"Accept\":\"text/html\"}",
          "{\"X-Api-Key\":\"***\",\"Accept\":\"text/html\"}" },
        { "", "{\"request\":{\"body\":{\"token\":[\"a\",{\"b\":\"c\"}],\"n\":5}}}",
          "{\"request\":{\"body\":{\"token\":[\"***\",{\"b\":\"***\"}],\"n\":5}}}" },
        { "/base_url", "\"https://h.example/hook?apikey=abc&x=1\"", "\"https://h.example/hook?apikey=***&x=1\"" },
    };
    for (size_t i = 0; i < MEM_COUNT(cases); i++)
        check(cases[i].pointer, cases[i].in, cases[i].out);
}

static void test_by_look(void **state)
{
    (void)state;
    static const struct {
        const char *pointer, *in, *out;
    } cases[] = {
        { "/request/headers/X-Custom", "\"sk_test_4eC39HqLyjWDarjtT1zdp7dc\"", "\"***\"" },
        { "/request/body/note", "\"use 9f86d081884c7d659a2feaa0c55ad015 here\"", "\"use *** here\"" },
        { "/request/body/note", "\"qLyjWDarjtTzdpdcQRSTabXy\"", "\"***\"" },
        { "/request/body", "\"grant_type=password&password=hunter2&a=b\"", "\"grant_type=password&password=***&a=b\"" },
        { "/request/body", "\"client_secret=p@ss!w\"", "\"client_secret=***\"" },
        { "/request/body", "\"a=b&password=@hunter2\"", "\"a=b&password=***\"" },
        { "/request/body", "\"password={{secret.A}}&token=x\"", "\"password={{secret.A}}&token=***\"" },
        { "/request/body", "\"token= key== a=b =c\"", "\"token= key== a=b =c\"" },
        { "/request/body", "\"k=eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZSJ9.sig\"", "\"***\"" },
        { "/description", "\"Follow-ups of the morning, as agreed in 2024\"",
          "\"Follow-ups of the morning, as agreed in 2024\"" },
        { "/request/url", "\"/functions/v1/followup-processor?x=2024-11-20\"",
          "\"/functions/v1/followup-processor?x=2024-11-20\"" },
        { "/request/url", "\"https://abc.supabase.co/functions/v1/f/9f86d081884c7d65\"",
          "\"https://abc.supabase.co/functions/v1/f/***\"" },
        { "/alerts/0/url", "\"https://hooks.example/services/T0123/B0/4eC39HqLyjWDarjt\"",
          "\"https://hooks.example/services/T0123/B0/***\"" },
        { "/name", "\"job-0123456789-0123456789\"", "\"job-0123456789-0123456789\"" },
        { "/starts_at", "\"2026-11-20T09:00:00.000Z\"", "\"2026-11-20T09:00:00.000Z\"" },
        { "/request/body/name", "\"job-0123456789-0123456789\"", "\"***\"" },
        { "/retry/max_attempts", "3", "3" },
        { "/enabled", "true", "true" },
    };
    for (size_t i = 0; i < MEM_COUNT(cases); i++)
        check(cases[i].pointer, cases[i].in, cases[i].out);
}

static void test_long_texts_are_cut(void **state)
{
    (void)state;
    buf_auto struct buf text = BUF_INIT(10000);
    buf_char(&text, '"');
    for (int i = 0; i < 600; i++)
        buf_str_add(&text, "é ");
    buf_char(&text, '"');
    json_auto struct json *v = json_parse(buf_str(&text), text.len, NULL), *got = conceal("/description", v);
    const char *kept = json_string(got);
    assert_true(strlen(kept) <= CONCEAL_TEXT_MAX + 3 && strlen(kept) > CONCEAL_TEXT_MAX - 5);
    assert_true(json_utf8_valid(kept, strlen(kept)));
    assert_string_equal(kept + strlen(kept) - 3, "...");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_name),
        cmocka_unit_test(test_by_look),
        cmocka_unit_test(test_long_texts_are_cut),
    };
    json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
