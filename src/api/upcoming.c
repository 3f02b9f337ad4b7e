#include "api/upcoming.h"

#include "core/cron.h"

int upcoming_list(struct zones *z, const struct job_record *r, struct wall after, struct upcoming *out, int max,
                  struct err *e)
{
    const struct job *j = &r->job;
    struct cron cron;
    int rc = cron_parse(j->schedule, &cron, e);
    const struct zone *zone = rc ? NULL : zones_get(z, j->timezone, e);
    if (!zone)
        return rc ? rc : -(int)ERR_INVALID;
    struct plan_schedule s = plan_schedule_of(j, r->created_at, &cron, zone);
    int n = 0;
    while (n < max && plan_next(&s, after, &out[n].scheduled_for, &out[n].due)) {
        after = out[n].scheduled_for;
        out[n].offset_s = zone_offset(zone, after.ms / 1000, NULL);
        n++;
    }
    return n;
}

struct wall upcoming_next(struct zones *z, const struct job_record *r, bool all_paused, struct wall now)
{
    struct upcoming next;
    if (!r->job.enabled || all_paused)
        return WALL_NONE;
    if (r->paused && wall_is_none(r->paused_until))
        return WALL_NONE;
    if (r->paused && r->paused_until.ms > now.ms)
        now = r->paused_until;
    return upcoming_list(z, r, now, &next, 1, NULL) == 1 ? next.due : WALL_NONE;
}
