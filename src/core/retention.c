#include "core/retention.h"

#define DAY_MS (24 * 3600 * 1000LL)

/* A step and its commit: a fraction of the 50 ms that others may have to wait, as disks are not even. */
#define STEP_US 15000
#define WORK_LEAST_US 500
#define PAUSE_LEAST_US 2000
#define PAUSE_MOST_US 1000000
#define SHARE_BUSY 4 /* with others at work, a step is followed by a pause four times as long */

/* Free pages below a sixteenth of the file stay, and nothing moves before they are an eighth and more than 4,096 (16 MiB). */
#define FREE_LEAST 4096
#define FREE_BEGIN 8
#define FREE_END 16

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t within(int64_t n, int64_t least, int64_t greatest)
{
    return n < least ? least : n > greatest ? greatest : n;
}

struct wall retention_before(const struct settings *v, enum run_state state, struct wall now)
{
    int64_t days = v->retention_days;
    if (state == RUN_FAILED || state == RUN_MISSED)
        days = most(days, v->retention_failed_days);
    return (struct wall){ now.ms - days * DAY_MS };
}

struct wall retention_bodies_before(const struct settings *v, struct wall now)
{
    return (struct wall){ now.ms - v->retention_bodies_days * DAY_MS };
}

enum retention_bodies retention_bodies_of(int attempts, struct wall created_at, struct wall finished_at,
                                          struct wall before)
{
    if (created_at.ms >= before.ms)
        return RETENTION_WAIT;
    if (wall_is_none(finished_at) || finished_at.ms - created_at.ms > RETENTION_LONG_MS || attempts == 0)
        return RETENTION_PASS;
    return finished_at.ms < before.ms ? RETENTION_GO : RETENTION_WAIT;
}

int64_t retention_give_back(int64_t pages, int64_t free_pages, bool full)
{
    if (full)
        return free_pages;
    if (free_pages < FREE_LEAST || free_pages < pages / FREE_BEGIN)
        return 0;
    /* So many that a sixteenth of what is then left is free: (free - n) * 16 = pages - n. */
    return most(0, (free_pages * FREE_END - pages) / (FREE_END - 1));
}

void retention_pace_next(struct retention_pace *p, int64_t work_us, int64_t commit_us, int64_t others)
{
    int64_t step_us = work_us + commit_us;
    p->work_us =
        within(step_us > STEP_US ? p->work_us / 2 : p->work_us + p->work_us / 8, WORK_LEAST_US, RETENTION_WORK_MOST_US);
    p->pause_us = within(others > 0 ? step_us * SHARE_BUSY : step_us / 4, PAUSE_LEAST_US, PAUSE_MOST_US);
}
