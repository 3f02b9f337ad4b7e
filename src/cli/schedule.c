#include "cli/handlers.h"
#include "cli/output.h"
#include "core/cron.h"
#include "engine/zones.h"

#include <stdio.h>

struct preview {
    struct cron cron;
    const struct zone *zone;
    struct wall from;
    int64_t count;
    bool previous;
};

static void add_time(const struct preview *p, struct wall t, struct json *items)
{
    char text[WALL_TEXT_SIZE];
    wall_format_offset(t, zone_offset(p->zone, t.ms / 1000, NULL), text);
    if (items)
        json_add_string(items, NULL, text);
    else
        puts(text);
}

static int print_times(const struct preview *p, struct json *items)
{
    struct wall t = p->from;
    int64_t n = 0;
    for (; n < p->count; n++) {
        t = p->previous ? cron_previous(&p->cron, p->zone, p->from, t) : cron_next(&p->cron, p->zone, p->from, t);
        if (wall_is_none(t))
            break;
        add_time(p, t, items);
    }
    if (n == 0)
        output_note("edgecron: it is never due %s that time", p->previous ? "before" : "after");
    if (!items)
        return 0;
    struct json *v = json_new_object();
    json_add(v, "items", items);
    return output_json(v);
}

static int preview(const struct call *call, struct zones *zones, struct err *e)
{
    const struct config *c = &call->config;
    struct preview p = { .count = config_number(c, FLAG_COUNT), .previous = config_on(c, FLAG_PREVIOUS) };
    int r = cron_parse(call->words[0], &p.cron, e);
    if (r < 0)
        return r;
    p.zone = zones_get(zones, config_text(c, FLAG_ZONE), e);
    if (!p.zone)
        return e->code = ERR_USAGE, err_wrap(e, "--zone");
    p.from = config_is_set(c, FLAG_FROM) ? (struct wall){ config_number(c, FLAG_FROM) } : clock_wall();
    return print_times(&p, config_on(c, FLAG_JSON) ? json_new_array() : NULL);
}

int schedule_next(struct call *call, struct err *e)
{
    struct zones *zones = zones_open();
    int r = preview(call, zones, e);
    zones_close(zones);
    return r;
}
