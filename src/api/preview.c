#include "api/preview.h"

#include "api/view.h"
#include "core/cron.h"

#include <stdio.h>

#define DESCRIPTION_MAX 2000

static void add_item(struct json *items, const struct cron *c, const struct zone *z, struct wall t)
{
    char local[WALL_TEXT_SIZE];
    buf_auto struct buf note = BUF_INIT(DESCRIPTION_MAX);
    struct json *v = json_add(items, NULL, json_new_object());
    view_add_time(v, "scheduled_for", t);
    json_add_string(v, "local", wall_format_offset(t, zone_offset(z, t.ms / 1000, NULL), local));
    json_add_string(v, "note", cron_note(c, z, t, &note) ? buf_str(&note) : NULL);
}

static struct json *refuse(struct err *e, const char *field)
{
    if (e)
        snprintf(e->pointer, sizeof e->pointer, "/%s", field);
    return NULL;
}

struct json *preview_schedule(struct zones *zones, const struct preview *p, struct err *e)
{
    struct cron c;
    buf_auto struct buf words = BUF_INIT(DESCRIPTION_MAX);
    if (cron_parse(p->schedule, &c, e))
        return refuse(e, "schedule");
    const struct zone *z = zones_get(zones, p->timezone, e);
    if (!z)
        return refuse(e, "timezone");
    cron_explain(&c, &words);
    struct json *v = json_new_object();
    json_add_string(v, "schedule", p->schedule);
    json_add_string(v, "timezone", p->timezone);
    json_add_string(v, "description", buf_str(&words));
    struct json *items = json_add_array(v, "items");
    struct wall t = p->from;
    for (int64_t n = 0; n < p->count; n++) {
        t = p->previous ? cron_previous(&c, z, p->from, t) : cron_next(&c, z, p->from, t);
        if (wall_is_none(t))
            break;
        add_item(items, &c, z, t);
    }
    return v;
}
