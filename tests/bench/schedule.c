/* schedule.c - how fast schedules are: next occurrences a second, the worst of them, and a day's outage of 100,000 jobs.
 * Prints JSON: a list of { name, n, ns (each), budget }. */
#include "base/embed.h"
#include "core/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define START_MS INT64_C(1790000000000)
#define DAY_MS INT64_C(86400000)

static struct plan_item items[PLAN_MAX_ROWS + 1];
static int64_t sink; /* keeps results alive */

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void print(const char *name, const char *budget, int n, double took)
{
    static bool started;

    printf("%s{\"name\": \"%s\", \"n\": %d, \"ns\": %.0f, \"budget\": \"%s\"}", started ? ",\n " : "[", name, n,
           took / n * 1e9, budget);
    started = true;
}

static void next(const char *text, const char *budget, const struct zone *z, int n)
{
    struct wall at = { START_MS };
    struct cron c;
    char name[100];
    double start = seconds();

    if (cron_parse(text, &c, NULL) != 0)
        exit(1);
    for (int i = 0; i < n; i++) {
        at = cron_next(&c, z, WALL_NONE, at);
        if (wall_is_none(at))
            at.ms = START_MS;
        sink += at.ms;
    }
    snprintf(name, sizeof(name), "next of %s", text);
    print(name, budget, n, seconds() - start);
}

/* Ten schedules, as jobs have them; minutes are the densest that pg_cron's users write. */
static void plan_outage(const struct zone *z, int jobs)
{
    static const char *const texts[] = { "* * * * *",  "*/5 * * * *", "*/15 * * * *", "0 * * * *",  "0 7 * * 1-5",
                                         "30 2 * * *", "0 0 1 * *",   "0 9,17 * * *", "@every 90s", "0 12 L * *" };
    struct plan_schedule s = { .zone = z,
                               .job_name = "job",
                               .anchor = { 0 },
                               .starts_at = WALL_NONE,
                               .ends_at = WALL_NONE,
                               .catch_up = { CATCH_UP_LATEST, 21600 } };
    struct cron crons[10];
    double start = seconds();

    for (int i = 0; i < jobs; i++) {
        struct wall now = { START_MS + i };

        if (i < 10 && cron_parse(texts[i], &crons[i], NULL) != 0)
            exit(1);
        s.cron = &crons[i % 10];
        sink += plan_due(&s, (struct wall){ now.ms - DAY_MS }, now, items, PLAN_MAX_ROWS + 1);
    }
    print("plan of one job after a day off (100,000 of them: under 2 s)", "20000 ns", jobs, seconds() - start);
}

int main(void)
{
    size_t archive_len, len;
    const void *archive = embed_tzdata(&archive_len);
    const void *data = zone_archive_find(archive, archive_len, "Europe/Paris", &len);
    struct zone *z = data ? zone_parse("Europe/Paris", data, len, NULL) : NULL;

    if (!z) {
        fprintf(stderr, "schedule: the archive has no Europe/Paris\n");
        return 1;
    }
    next("* * * * *", "1000 ns", z, 2000000);
    next("*/5 * * * *", "1000 ns", z, 2000000);
    next("0 7 * * 1-5", "1000 ns", z, 1000000);
    next("30 2 * * *", "1000 ns", z, 1000000);
    next("0 0 L * *", "1000 ns", z, 1000000);
    next("0 0 29 2 *", "100000 ns", z, 200000);
    plan_outage(z, 100000);
    printf("]\n");
    zone_free(z);
    return sink == 42;
}
