/* Targets, good and bad: tests/cases/target. */
#include "field_cases.h"

#include "core/job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct json *target_round(const struct json *doc, const char *name, struct err *e)
{
    struct arena *a = arena_new(0);
    struct target t;
    struct json *printed = target_parse(doc, name, a, &t, e) ? NULL : target_to_json(&t);
    arena_free(a);
    return printed;
}

static void test_cases(void **state)
{
    (void)state;
    field_cases_run("target", 60, target_round);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases) };
    json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
