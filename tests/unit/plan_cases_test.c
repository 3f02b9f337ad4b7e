/* plan_cases_test.c - what becomes of occurrences, as tests/cases/plan/ tells it. The form is in its file. */
#include "time_cases.h"
#include "zone_files.h"

#include "core/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct plan_case {
    struct cron cron;
    struct plan_schedule schedule;
    struct wall from, now;
};

/* "5m" in seconds. */
static int64_t seconds(const char *text)
{
    char *unit;
    int64_t n = strtoll(text, &unit, 10);

    return n * (*unit == 'd' ? 86400 : *unit == 'h' ? 3600 : *unit == 'm' ? 60 : 1);
}

static bool set_policy(struct catch_up *c, const char *name)
{
    static const char *const names[] = {
        [CATCH_UP_NONE] = "none", [CATCH_UP_LATEST] = "latest", [CATCH_UP_ALL] = "all"
    };

    for (int i = 0; i < 3; i++) {
        if (strcmp(name, names[i]) == 0) {
            c->policy = (enum catch_up_policy)i;
            return true;
        }
    }
    return false;
}

/* One "name=value" of the second part. */
static bool set_option(struct time_case *c, struct plan_case *p, char *option)
{
    char *name = strsep(&option, "="), *value = option ? option : name + strlen(name);

    if (strcmp(name, "zone") == 0)
        p->schedule.zone = zone_file(value);
    else if (strcmp(name, "window") == 0)
        p->schedule.catch_up.window_s = seconds(value);
    else if (strcmp(name, "jitter") == 0)
        p->schedule.jitter_s = seconds(value);
    else if (strcmp(name, "starts") == 0)
        return case_time(c, value, &p->schedule.starts_at);
    else if (strcmp(name, "ends") == 0)
        return case_time(c, value, &p->schedule.ends_at);
    else if (strcmp(name, "anchor") == 0)
        return case_time(c, value, &p->schedule.anchor);
    else if (strcmp(name, "policy") != 0 || !set_policy(&p->schedule.catch_up, value)) {
        snprintf(c->why, sizeof(c->why), "the case has the option '%s'", name);
        return false;
    }
    return true;
}

static bool read_case(struct time_case *c, struct plan_case *p)
{
    char *options = c->part[1], *option, *times = c->part[2], *from;
    struct err e;

    memset(p, 0, sizeof(*p));
    p->schedule = (struct plan_schedule){
        .cron = &p->cron,
        .zone = zone_utc(),
        .job_name = "job",
        .anchor = { 0 },
        .starts_at = WALL_NONE,
        .ends_at = WALL_NONE,
        .catch_up = { CATCH_UP_LATEST, 6 * 3600 },
    };
    if (cron_parse(c->part[0], &p->cron, &e) != 0) {
        snprintf(c->why, sizeof(c->why), "%.400s", e.text);
        return false;
    }
    while ((option = strsep(&options, " ")))
        if (*option && !set_option(c, p, option))
            return false;
    from = strsep(&times, " ");
    return case_time(c, case_trim(from), &p->from) && case_time(c, times ? case_trim(times) : "", &p->now);
}

/* Does the text give this item: "run TIME", "catch up TIME", "missed TIME: PART OF REASON", "missed 5 TIME: ..."? */
static bool is_item(struct time_case *c, const struct plan_item *item, const char *text)
{
    static const char *const actions[] = { [PLAN_RUN] = "run", [PLAN_CATCH_UP] = "catch up", [PLAN_MISSED] = "missed" };
    char shown[CASE_TEXT], time[WALL_TEXT_SIZE], count[32] = "";
    const char *reason = strstr(text, ": ");

    if (item->count != 1)
        snprintf(count, sizeof(count), " %lld", (long long)item->count);
    wall_format_offset(item->scheduled_for, 0, time);
    snprintf(shown, sizeof(shown), "%s%s %s%s%s", actions[item->action], count, time, item->reason ? ": " : "",
             item->reason ? item->reason : "");
    snprintf(c->why, sizeof(c->why), "%.*s", (int)sizeof(c->why) - 1, shown);
    if ((item->action == PLAN_MISSED) != (item->reason != NULL) || item->reason == NULL || !reason)
        return strcmp(shown, text) == 0;
    return strncmp(shown, text, (size_t)(reason - text) + 2) == 0 && strstr(item->reason, reason + 2) != NULL;
}

static bool passes(struct time_case *c)
{
    static struct plan_item items[PLAN_MAX_ROWS + 1];
    struct plan_case p;
    int n, shown = 0;

    if (!read_case(c, &p))
        return false;
    n = plan_due(&p.schedule, p.from, p.now, items, PLAN_MAX_ROWS + 1);
    for (int i = 3; i < CASE_PARTS && c->part[i][0]; i++) {
        if (strcmp(c->part[i], "...") == 0) { /* the rest of the case is about the last rows */
            int left = 0;

            while (i + 1 + left < CASE_PARTS && c->part[i + 1 + left][0])
                left++;
            shown = n - left;
            continue;
        }
        if (shown >= n) {
            snprintf(c->why, sizeof(c->why), "%d rows", n);
            return false;
        }
        if (!is_item(c, &items[shown++], c->part[i]))
            return false;
    }
    if (shown < n) {
        snprintf(c->why, sizeof(c->why), "%d rows", n);
        return false;
    }
    return true;
}

static void test_cases(void **state)
{
    (void)state;
    assert_int_equal(time_cases("plan", 30, passes), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
