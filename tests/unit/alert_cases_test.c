/* Alert rules, good and bad: tests/cases/alert. */
#include "field_cases.h"

#include "core/alert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct json *rule_round(const struct json *doc, const char *name, struct err *e)
{
    struct arena *a = arena_new(0);
    struct alert_rule r;
    struct json *printed = alert_rule_parse(doc, name, a, &r, e) ? NULL : alert_rule_to_json(&r);
    arena_free(a);
    return printed;
}

static void test_cases(void **state)
{
    (void)state;
    field_cases_run("alert", 110, rule_round);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases) };
    json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
