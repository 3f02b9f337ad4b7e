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
    struct plan_schedule s = { .cron = &cron,
                               .zone = zone,
                               .job_name = j->name,
                               .anchor = wall_is_none(j->starts_at) ? r->created_at : j->starts_at,
                               .starts_at = j->starts_at,
                               .ends_at = j->ends_at,
                               .jitter_s = j->jitter_s,
                               .catch_up = j->catch_up };
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
