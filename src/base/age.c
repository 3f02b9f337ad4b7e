#include "base/age.h"

#include <stdio.h>
#include <string.h>

static const struct {
    int64_t below_ms, unit_ms; /* up to there this unit is used */
    const char *name;
} spans[] = {
    { 120000, 1000, "s" },
    { 7200000, 60000, "min" },
    { 172800000, 3600000, "h" },
    { INT64_MAX, 86400000, "days" },
};

char *age_text(int64_t ms, char out[AGE_TEXT_SIZE])
{
    int i = 0;
    if (ms < 0)
        ms = 0;
    while (ms >= spans[i].below_ms)
        i++;
    snprintf(out, AGE_TEXT_SIZE, "%lld %s", (long long)(ms / spans[i].unit_ms), spans[i].name);
    return out;
}

char *age_time_at(struct wall t, int offset_s, struct wall now, char out[AGE_TEXT_SIZE])
{
    if (wall_is_none(t)) {
        snprintf(out, AGE_TEXT_SIZE, "-");
        return out;
    }
    wall_format_offset(t, offset_s, out);
    if (wall_is_none(now))
        return out;
    int64_t away = t.ms > now.ms ? t.ms - now.ms : now.ms - t.ms;
    size_t len = strlen(out);
    char age[AGE_TEXT_SIZE];
    if (away < 1000)
        snprintf(out + len, AGE_TEXT_SIZE - len, " (now)");
    else
        snprintf(out + len, AGE_TEXT_SIZE - len, t.ms > now.ms ? " (in %.30s)" : " (%.30s ago)", age_text(away, age));
    return out;
}

char *age_time(struct wall t, struct wall now, char out[AGE_TEXT_SIZE])
{
    return age_time_at(t, 0, now, out);
}
