/* pgcron_timing_test.c - schedules of pg_cron: tests/cases/import/schedules, and a walk over random ones, minute by minute. */
#include "time_cases.h"

#include "base/mem.h"
#include "core/cron.h"
#include "core/pgcron_fields.h"
#include "core/pgcron_timing.h"
#include "zone_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* "\n" as a line break, "(empty)" as nothing. */
static void unescape(char *text)
{
    if (!strcmp(text, "(empty)"))
        *text = '\0';
    for (char *p = text; (p = strstr(p, "\\n"));) {
        *p++ = '\n';
        memmove(p, p + 1, strlen(p));
    }
}

static bool agrees(struct time_case *c, const struct pgcron_timing *s)
{
    const char *wanted = c->part[1], *text = !strcmp(wanted, "same") ? c->part[0] : c->part[2];
    const char *kind = !s->runs ? "off" : !strcmp(s->text, c->part[0]) ? "same" : "kept";
    snprintf(c->why, sizeof(c->why), "%s | %s | %.300s", kind, s->text, s->note ? s->note : "");
    if (strcmp(kind, wanted) != 0 || strcmp(s->text, text) != 0)
        return false;
    return *c->part[3] ? s->note && strstr(s->note, c->part[3]) : !s->note;
}

static bool passes(struct time_case *c)
{
    struct arena *a = arena_new(0);
    struct pgcron_timing s;
    struct cron cron;
    struct err e = { 0 };
    unescape(c->part[0]);
    bool good;
    if (pgcron_timing(c->part[0], a, &s, &e)) {
        snprintf(c->why, sizeof(c->why), "refused | | %.300s", e.text);
        good = !strcmp(c->part[1], "refused") && *c->part[3] && strstr(e.text, c->part[3]) != NULL;
    } else {
        good = agrees(c, &s);
        if (good && cron_parse(s.text, &cron, &e)) {
            snprintf(c->why, sizeof(c->why), "'%s', which is refused here: %.300s", s.text, e.text);
            good = false;
        }
    }
    arena_free(a);
    return good;
}

static void test_cases(void **state)
{
    (void)state;
    assert_int_equal(time_cases("import/schedules", 100, passes), 0);
}

static void test_comment_before(void **state)
{
    struct arena *a = arena_new(0);
    struct pgcron_timing s;
    (void)state;
    assert_int_equal(pgcron_timing("# mornings\n\n 0 7 * * *", a, &s, NULL), 0);
    assert_string_equal(s.text, "0 7 * * *");
    assert_true(s.runs);
    assert_null(s.note);
    arena_free(a);
}

static void test_long(void **state)
{
    struct arena *a = arena_new(0);
    struct pgcron_timing s;
    struct err e = { 0 };
    char text[1200];
    (void)state;
    memset(text, '0', sizeof(text));
    memcpy(text + 900, " * * * *", 9);
    assert_int_equal(pgcron_timing(text, a, &s, &e), 0); /* longer than a schedule here may be */
    assert_string_equal(s.text, "0 * * * *");
    memset(text, ' ', 1100);
    memcpy(text + 1100, "* * * * *", 10);
    assert_int_equal(pgcron_timing(text, a, &s, &e), -ERR_INVALID);
    assert_non_null(strstr(e.text, "999 bytes"));
    arena_free(a);
}

/* pg_cron's rule, minute by minute, as it is written down in its source's comments. */
static bool is_due(const struct pgcron_fields *f, struct wall t)
{
    struct civil c = civil_from_ms(t.ms);
    int weekday = civil_weekday(civil_to_days(c.year, c.month, c.day));
    const struct pgcron_field *d = &f->field[PGCRON_DAY], *w = &f->field[PGCRON_WEEKDAY];
    bool day = (d->set >> c.day & 1) || (d->last_day && c.day == civil_month_days(c.year, c.month));
    bool week = w->set >> weekday & 1;
    return (f->field[PGCRON_MINUTE].set >> c.minute & 1) && (f->field[PGCRON_HOUR].set >> c.hour & 1) &&
           (f->field[PGCRON_MONTH].set >> c.month & 1) && (d->star || w->star ? day && week : day || week);
}

static uint32_t seed = 20260101;
static int random_below(int n)
{
    seed = seed * 1664525 + 1013904223;
    return (int)((seed >> 8) % (uint32_t)n);
}

static void random_field(enum pgcron_field_id id, char *out, size_t size)
{
    int least = pgcron_field_least(id), most = pgcron_field_most(id);
    int first = least + random_below(most - least + 1), last = least + random_below(most - least + 1);
    switch (random_below(8)) {
    case 0:
        snprintf(out, size, "*/%d", 1 + random_below(2 * (most - least)));
        break;
    case 1:
        snprintf(out, size, "%d", first);
        break;
    case 2:
        snprintf(out, size, "%d-%d", first, last);
        break;
    case 3:
        snprintf(out, size, "%d-%d/%d", first, last, 1 + random_below(5));
        break;
    case 4:
        snprintf(out, size, "%d,%d-%d%s", first, last, last, random_below(2) ? "#1" : "");
        break;
    case 5:
        snprintf(out, size, "%s", id == PGCRON_DAY ? "$" : "*");
        break;
    default:
        snprintf(out, size, "*");
    }
}

/* Every day's first, last and 46 other minutes over two years: due here when due there. */
static void walk(const char *text, const struct pgcron_fields *f, const struct cron *c)
{
    const struct wall start = { INT64_C(1767225600000) }; /* 2026-01-01 */
    for (int day = 0; day < 730; day += 1 + random_below(3)) {
        for (int minute = random_below(31); minute < 1440; minute += 1 + random_below(61)) {
            struct wall t = { start.ms + (day * INT64_C(1440) + minute) * 60000 };
            bool here = cron_next(c, zone_utc(), WALL_NONE, (struct wall){ t.ms - 1 }).ms == t.ms;
            if (here != is_due(f, t))
                fail_msg("'%s': day %d, minute %d: %s", text, day, minute, here ? "due here alone" : "due there alone");
        }
    }
}

static void test_random(void **state)
{
    struct arena *a = arena_new(0);
    int walked = 0;
    (void)state;
    for (int i = 0; i < 400; i++) {
        char field[PGCRON_FIELDS_N][40], text[220];
        struct pgcron_timing s;
        struct pgcron_fields f;
        struct cron c;
        for (int j = 0; j < PGCRON_FIELDS_N; j++)
            random_field((enum pgcron_field_id)j, field[j], sizeof(field[j]));
        snprintf(text, sizeof(text), "%s %s %s %s %s%s", field[0], field[1], field[2], field[3], field[4],
                 random_below(4) ? "" : " *");
        assert_int_equal(pgcron_fields_read(text, &f, NULL), 0);
        assert_int_equal(pgcron_timing(text, a, &s, NULL), 0);
        assert_int_equal(cron_parse(s.text, &c, NULL), 0);
        if (!s.runs)
            continue;
        walk(text, &f, &c);
        walked++;
    }
    assert_true(walked > 200);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_comment_before),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
