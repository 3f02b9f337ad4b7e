/* zone_cases_test.c - time zones, as tests/cases/zone/ tells them. The form is in its file. */
#include "time_cases.h"
#include "zone_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *utc_text(int64_t s, char out[WALL_TEXT_SIZE])
{
    return s == INT64_MAX ? "none" : wall_format_offset((struct wall){ s * 1000 }, 0, out);
}

static bool got(struct time_case *c, const char *text)
{
    snprintf(c->why, sizeof(c->why), "%s", text);
    return strcmp(c->part[3], text) == 0;
}

static bool asks_offset(struct time_case *c)
{
    const char *abbreviation;
    struct wall at;
    char text[100];
    int offset, seconds;

    if (!case_time(c, c->part[2], &at))
        return false;
    offset = zone_offset(zone_file(c->part[0]), at.ms / 1000, &abbreviation);
    seconds = abs(offset);
    snprintf(text, sizeof(text), "%c%02d:%02d:%02d %s", offset < 0 ? '-' : '+', seconds / 3600, seconds / 60 % 60,
             seconds % 60, abbreviation);
    return got(c, text);
}

static bool asks_change(struct time_case *c)
{
    char text[WALL_TEXT_SIZE];
    struct wall at;

    return case_time(c, c->part[2], &at) &&
           got(c, utc_text(zone_next_change(zone_file(c->part[0]), at.ms / 1000), text));
}

static bool asks_local(struct time_case *c)
{
    static const char *const fits[] = { [ZONE_ONCE] = "once", [ZONE_TWICE] = "twice", [ZONE_NEVER] = "never" };
    char text[200], first[WALL_TEXT_SIZE], second[WALL_TEXT_SIZE], utc[100];
    struct zone_instants in;
    struct wall local;

    snprintf(utc, sizeof(utc), "%sZ", c->part[2]);
    if (!case_time(c, utc, &local))
        return false;
    in = zone_resolve(zone_file(c->part[0]), local.ms / 1000);
    if (in.fit == ZONE_TWICE)
        snprintf(text, sizeof(text), "twice %s %s", utc_text(in.first, first), utc_text(in.second, second));
    else
        snprintf(text, sizeof(text), "%s %s", fits[in.fit], utc_text(in.first, first));
    return (in.fit == ZONE_TWICE || in.first == in.second) && got(c, text);
}

static bool asks_name(struct time_case *c)
{
    return got(c, zone_name_valid(c->part[0]) ? "valid" : "not valid");
}

/* A rule that has to be refused. */
static bool asks_rule(struct time_case *c)
{
    static char data[ZONE_FILE_MAX];
    struct err e = { 0 };
    struct zone *z = zone_parse("rule", data, zone_file_of_rule(c->part[0] + 1, data), &e);

    zone_free(z);
    return got(c, z ? "accepted" : "refused") && (z || strstr(e.text, "'rule'") != NULL);
}

static bool passes(struct time_case *c)
{
    static const struct {
        const char *name;
        bool (*passes)(struct time_case *c);
    } questions[] = {
        { "offset", asks_offset }, { "next change", asks_change }, { "local", asks_local },
        { "name", asks_name },     { "rule", asks_rule },
    };

    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
        if (strcmp(c->part[1], questions[i].name) == 0)
            return questions[i].passes(c);
    snprintf(c->why, sizeof(c->why), "the case asks '%s'", c->part[1]);
    return false;
}

static void test_cases(void **state)
{
    (void)state;
    assert_int_equal(time_cases("zone", 60, passes), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
