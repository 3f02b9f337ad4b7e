#include "core/window.h"

#include <stdlib.h>
#include <string.h>

struct wall window_floor(struct wall t, int64_t unit_ms)
{
    int64_t rest = t.ms % unit_ms;
    return (struct wall){ t.ms - (rest < 0 ? rest + unit_ms : rest) };
}

bool window_parse(const char *text, struct wall now, struct window *ret)
{
    size_t digits = strspn(text, "0123456789");
    long n = digits >= 1 && digits <= 3 ? strtol(text, NULL, 10) : 0;
    bool hours = strcmp(text + digits, "h") == 0, days = strcmp(text + digits, "d") == 0;
    if (n < 1 || (!hours && !days) || n > (hours ? WINDOW_HOURS_MAX : WINDOW_DAYS_MAX))
        return false;
    bool by_hour = hours || n * 24 <= WINDOW_HOURS_MAX;
    ret->point_ms = by_hour ? WINDOW_HOUR_MS : WINDOW_DAY_MS;
    ret->points = (int)(days && by_hour ? n * 24 : n);
    ret->since.ms = window_floor(now, ret->point_ms).ms - (ret->points - 1) * ret->point_ms;
    return true;
}

int window_point(const struct window *w, struct wall t)
{
    if (t.ms < w->since.ms || t.ms >= window_end(w).ms)
        return -1;
    return (int)((t.ms - w->since.ms) / w->point_ms);
}

struct wall window_end(const struct window *w)
{
    return (struct wall){ w->since.ms + w->points * w->point_ms };
}
