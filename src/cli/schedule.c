#include "api/preview.h"
#include "cli/handlers.h"
#include "cli/output.h"

#include <stdio.h>
#include <string.h>

static int try_out(struct call *call, struct zones *zones, struct json **ret, struct err *e)
{
    const struct config *c = &call->config;
    struct preview p = {
        .schedule = call->words[0],
        .timezone = config_text(c, FLAG_ZONE),
        .from = config_is_set(c, FLAG_FROM) ? (struct wall){ config_number(c, FLAG_FROM) } : clock_wall(),
        .count = config_number(c, FLAG_COUNT),
        .previous = config_on(c, FLAG_PREVIOUS),
    };
    *ret = preview_schedule(zones, &p, e);
    if (*ret) {
        if (json_count(json_get(*ret, "items")) == 0)
            output_note("edgecron: it is never due %s that time", p.previous ? "before" : "after");
        return 0;
    }
    bool zone = !strcmp(e->pointer, "/timezone");
    e->pointer[0] = '\0'; /* an argument, not a field */
    return zone ? (e->code = ERR_USAGE, err_wrap(e, "--zone")) : -(int)e->code;
}

static const char *local_of(const struct json *item)
{
    return json_string(json_get(item, "local"));
}

/* Only the times, one a line: for scripts. */
static void print_times(const struct json *v)
{
    for (const struct json *i = json_first(json_get(v, "items")); i; i = json_next(i))
        puts(local_of(i));
}

/* "2027-03-28T01:00:00.000Z" without its milliseconds, which are always zero but for @every from an odd moment. */
static void print_utc(const char *utc)
{
    size_t n = strlen(utc);
    if (n > 5 && !strcmp(utc + n - 5, ".000Z"))
        printf("%.*sZ", (int)n - 5, utc);
    else
        printf("%s", utc);
}

static void print_words(const struct json *v)
{
    printf("%s (%s)\n", json_string(json_get(v, "description")), json_string(json_get(v, "timezone")));
    for (const struct json *i = json_first(json_get(v, "items")); i; i = json_next(i)) {
        const char *note = json_string(json_get(i, "note"));
        printf("  %-25s  ", local_of(i));
        print_utc(json_string(json_get(i, "scheduled_for")));
        printf("%s%s\n", note ? "  " : "", note ? note : "");
    }
}

static int run(struct call *call, void (*print)(const struct json *v), struct err *e)
{
    struct zones *zones = zones_open();
    struct json *v = NULL;
    int r = try_out(call, zones, &v, e);
    zones_close(zones);
    if (r)
        return r;
    if (config_on(&call->config, FLAG_JSON))
        return output_json(v);
    print(v);
    json_free(v);
    return 0;
}

int schedule_next(struct call *call, struct err *e)
{
    return run(call, print_times, e);
}

int schedule_explain(struct call *call, struct err *e)
{
    return run(call, print_words, e);
}
