/* cron_cases_test.c - schedules, as tests/cases/cron/ tells them. The form is in its first file. */
#include "time_cases.h"
#include "zone_files.h"

#include "core/cron.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct question {
    struct cron cron;
    const struct zone *zone;
    struct wall from, anchor;
    bool forwards;
};

static const char *shown(const struct zone *z, struct wall t, char out[WALL_TEXT_SIZE])
{
    if (wall_is_none(t))
        return "none";
    return wall_format_offset(t, zone_offset(z, t.ms / 1000, NULL), out);
}

static bool is_refused(struct time_case *c)
{
    struct cron cron;
    struct err e = { 0 };

    if (cron_parse(c->part[0], &cron, &e) == 0) {
        snprintf(c->why, sizeof(c->why), "accepted");
        return false;
    }
    snprintf(c->why, sizeof(c->why), "%.400s", e.text);
    return e.code == ERR_INVALID && c->part[2][0] && strstr(e.text, c->part[2]) != NULL;
}

static bool give_times(struct time_case *c, const struct question *q, char *list)
{
    struct wall at = q->from, wanted;
    char text[WALL_TEXT_SIZE], *item;

    while ((item = strsep(&list, ","))) {
        if (!case_time(c, case_trim(item), &wanted))
            return false;
        at =
            q->forwards ? cron_next(&q->cron, q->zone, q->anchor, at) : cron_previous(&q->cron, q->zone, q->anchor, at);
        if (at.ms != wanted.ms) {
            snprintf(c->why, sizeof(c->why), "%s instead of %s", shown(q->zone, at, text), case_trim(item));
            return false;
        }
    }
    return true;
}

/* "FROM [anchor TIME] -> TIMES", or "<-". */
static bool read_question(struct time_case *c, struct question *q, char **ret_times)
{
    char *text = c->part[2], *arrow = strstr(text, "->"), *anchor;

    q->forwards = arrow != NULL;
    if (!arrow)
        arrow = strstr(text, "<-");
    if (!arrow) {
        snprintf(c->why, sizeof(c->why), "the case has neither '->' nor '<-'");
        return false;
    }
    *arrow = '\0';
    *ret_times = arrow + 2;
    anchor = strstr(text, "anchor");
    q->anchor = WALL_NONE;
    if (anchor) {
        *anchor = '\0';
        if (!case_time(c, case_trim(anchor + strlen("anchor")), &q->anchor))
            return false;
    }
    return case_time(c, case_trim(text), &q->from);
}

static bool is_text(struct time_case *c, const struct buf *text, const char *expected)
{
    snprintf(c->why, sizeof(c->why), "%.400s", buf_str(text));
    return strcmp(buf_str(text), expected) == 0;
}

static bool is_explained(struct time_case *c)
{
    buf_auto struct buf text = BUF_INIT(CASE_TEXT);
    struct cron cron;
    struct err e;

    if (cron_parse(c->part[0], &cron, &e) != 0) {
        snprintf(c->why, sizeof(c->why), "%.400s", e.text);
        return false;
    }
    cron_explain(&cron, &text);
    return is_text(c, &text, c->part[2]);
}

/* The note of the first occurrence after a time. */
static bool is_noted(struct time_case *c, const struct question *q)
{
    buf_auto struct buf text = BUF_INIT(CASE_TEXT);

    cron_note(&q->cron, q->zone, cron_next(&q->cron, q->zone, q->anchor, q->from), &text);
    return is_text(c, &text, c->part[3]);
}

static bool passes(struct time_case *c)
{
    struct question q = { 0 };
    struct err e;
    char *times;

    if (strcmp(c->part[1], "refused") == 0)
        return is_refused(c);
    if (strcmp(c->part[1], "explained") == 0)
        return is_explained(c);
    if (cron_parse(c->part[0], &q.cron, &e) != 0) {
        snprintf(c->why, sizeof(c->why), "%.400s", e.text);
        return false;
    }
    q.zone = zone_file(c->part[1]);
    if (strncmp(c->part[2], "note of ", 8) == 0)
        return case_time(c, c->part[2] + 8, &q.from) && is_noted(c, &q);
    return read_question(c, &q, &times) && give_times(c, &q, times);
}

static void test_cases(void **state)
{
    (void)state;
    assert_int_equal(time_cases("cron", 150, passes), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
