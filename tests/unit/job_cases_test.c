/* Jobs, good and bad: tests/cases/job. */
#include "field_cases.h"

#include "core/job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool zone_known(void *ctx, const char *name, struct err *why)
{
    (void)why;
    (void)ctx;
    return strcmp(name, "UTC") == 0 || strcmp(name, "Europe/Berlin") == 0;
}

static struct json *job_round(const struct json *doc, const char *name, struct err *e)
{
    struct arena *a = arena_new(0);
    struct job j;
    struct json *printed = job_parse(doc, name, zone_known, NULL, a, &j, e) ? NULL : job_to_json(&j);
    arena_free(a);
    return printed;
}

static void test_cases(void **state)
{
    (void)state;
    field_cases_run("job", 200, job_round);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases) };
    json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
