#include "cli/config.h"

#include "base/buf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *unit;
    int64_t ms;
} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 } };

#define DURATION_MAX_MS (100000 * 86400000LL)

static bool unit_take(const char **p, int64_t *ret_ms)
{
    size_t len = strspn(*p, "abcdefghijklmnopqrstuvwxyz");
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strlen(units[i].unit) == len && !strncmp(*p, units[i].unit, len)) {
            *p += len;
            *ret_ms = units[i].ms;
            return true;
        }
    return false;
}

bool duration_parse(const char *text, int64_t *ret_ms)
{
    int64_t total = 0, unit = 0;
    const char *p = text;
    if (!strcmp(text, "0")) {
        *ret_ms = 0;
        return true;
    }
    do {
        int digits = 0;
        int64_t n = 0;
        for (; *p >= '0' && *p <= '9' && digits < 9; p++, digits++)
            n = n * 10 + (*p - '0');
        if (digits == 0 || !unit_take(&p, &unit))
            return false;
        total += n * unit;
        if (total > DURATION_MAX_MS)
            return false;
    } while (*p);
    *ret_ms = total;
    return true;
}

static bool value_switch(const char *text, int64_t *ret, struct err *why)
{
    static const char *const words[] = { "false", "true", "0", "1", "no", "yes", "off", "on" };
    if (!text) {
        *ret = 1;
        return true;
    }
    for (int i = 0; i < 8; i++)
        if (!strcmp(text, words[i])) {
            *ret = i % 2;
            return true;
        }
    err_set(why, ERR_USAGE, "is neither true nor false");
    return false;
}

static bool value_int(const struct flag_spec *s, const char *text, int64_t *ret, struct err *why)
{
    char *end;
    errno = 0;
    *ret = strtoll(text, &end, 10);
    if (errno == 0 && end != text && !*end && *ret >= s->min && *ret <= s->max)
        return true;
    err_set(why, ERR_USAGE, "is not a whole number from %lld to %lld", (long long)s->min, (long long)s->max);
    return false;
}

static bool value_duration(const struct flag_spec *s, const char *text, int64_t *ret, struct err *why)
{
    if (s->choices && !strcmp(text, s->choices[0])) {
        *ret = 0;
        return true;
    }
    if (!duration_parse(text, ret)) {
        err_set(why, ERR_USAGE,
                "is not a length of time: write a number and a unit, such as 500ms, 30s, 5m, "
                "2h, 1d or 1h30m%s%s",
                s->choices ? ", or " : "", s->choices ? s->choices[0] : "");
        return false;
    }
    if (*ret >= s->min && *ret <= s->max)
        return true;
    err_set(why, ERR_USAGE, "is out of range: %s", *ret < s->min ? "it must be more than nothing" : "it is too long");
    return false;
}

static bool value_size(const struct flag_spec *s, const char *text, int64_t *ret, struct err *why)
{
    static const struct {
        const char *unit;
        int64_t mib;
    } sizes[] = { { "MiB", 1 }, { "GiB", 1024 }, { "TiB", 1024 * 1024 } };
    size_t digits = strspn(text, "0123456789");
    for (size_t i = 0; digits > 0 && digits < 10 && i < sizeof sizes / sizeof sizes[0]; i++)
        if (strcmp(text + digits, sizes[i].unit) == 0) {
            *ret = strtoll(text, NULL, 10) * sizes[i].mib;
            if (*ret >= s->min && *ret <= s->max)
                return true;
            err_set(why, ERR_USAGE, "is not from %lld to %lld MiB", (long long)s->min, (long long)s->max);
            return false;
        }
    err_set(why, ERR_USAGE, "is no size: write a whole number and a unit, such as 512MiB or 2GiB");
    return false;
}

/* `direction`: -1 a duration before now is one too, 1 one after it, 0 neither. */
static bool value_time(const char *text, struct wall now, int direction, int64_t *ret, struct err *why)
{
    static const char *const hints[] = { ", or how far back, such as 24h", "", ", or how far ahead, such as 90d" };
    struct wall t;
    int64_t span;
    if (wall_parse(text, &t)) {
        *ret = t.ms;
        return true;
    }
    if (direction && duration_parse(text, &span) && (direction > 0 || span <= now.ms)) {
        *ret = now.ms + direction * span;
        return true;
    }
    err_set(why, ERR_USAGE, "is not a time: write it as 2027-01-31T09:00:00Z or 2027-01-31T09:00:00+01:00%s",
            hints[direction + 1]);
    return false;
}

static bool value_choice(const struct flag_spec *s, const char *text, int64_t *ret, struct err *why)
{
    struct buf all = BUF_INIT(300);
    for (int i = 0; s->choices[i]; i++) {
        if (!strcmp(text, s->choices[i])) {
            *ret = i;
            buf_free(&all);
            return true;
        }
        buf_printf(&all, "%s%s", i ? ", " : "", s->choices[i]);
    }
    err_set(why, ERR_USAGE, "is none of %s", buf_str(&all));
    buf_free(&all);
    return false;
}

static bool value_listen(const char *text, struct err *why)
{
    char host[80];
    struct address a;
    const char *colon = strrchr(text, ':');
    struct flag_spec port = { .max = 65535 };
    int64_t n;
    err_set(why, ERR_USAGE, "is not ADDRESS:PORT, such as 127.0.0.1:8427, [::1]:8427 or :8427");
    if (!colon || (size_t)(colon - text) >= sizeof host)
        return false;
    snprintf(host, sizeof host, "%.*s", (int)(colon - text), text);
    if (host[0] == '[' && host[strlen(host) - 1] == ']') {
        host[strlen(host) - 1] = '\0';
        if (!strchr(host, ':') || !address_parse(host + 1, &a))
            return false;
    } else if (host[0] && strcmp(host, "localhost") && (strchr(host, ':') || !address_parse(host, &a))) {
        return false;
    }
    if (value_int(&port, colon + 1, &n, why))
        return true;
    err_set(why, ERR_USAGE, "has no port from 0 to 65535 after the last ':'");
    return false;
}

const char *const config_private_ranges[] = { "127.0.0.0/8",    "::1/128",       "10.0.0.0/8", "172.16.0.0/12",
                                              "192.168.0.0/16", "100.64.0.0/10", "fc00::/7",   NULL };

int config_cidrs(const char *text, struct cidr *ret, int max)
{
    int64_t on;
    int n = 0;
    if (value_switch(text, &on, NULL)) {
        for (; on && config_private_ranges[n] && n < max; n++)
            cidr_parse(config_private_ranges[n], &ret[n]);
        return n;
    }
    for (const char *p = text;; p++) {
        char one[64];
        size_t len = strcspn(p, ",");
        snprintf(one, sizeof one, "%.*s", (int)(len < sizeof one ? len : 0), p);
        if (n == max || !cidr_parse(one, &ret[n++]))
            return -1;
        p += len;
        if (!*p)
            return n;
    }
}

static bool value_cidrs(const char *text, int64_t *ret, struct err *why)
{
    struct cidr ranges[CONFIG_CIDRS_MAX];
    *ret = config_cidrs(text, ranges, CONFIG_CIDRS_MAX);
    if (*ret >= 0)
        return true;
    err_set(why, ERR_USAGE,
            "is not a list of address ranges: write CIDRs with commas, such as "
            "127.0.0.0/8,10.1.2.0/24, or no value at all");
    return false;
}

static bool value_by_type(const struct flag_spec *s, const char *text, struct wall now, int64_t *ret, struct err *why)
{
    switch (s->type) {
    case IS_SWITCH:
        return value_switch(text, ret, why);
    case IS_INT:
        return value_int(s, text, ret, why);
    case IS_DURATION:
        return value_duration(s, text, ret, why);
    case IS_TIME:
    case IS_PAST:
    case IS_FUTURE:
        return value_time(text, now, s->type == IS_PAST ? -1 : s->type == IS_FUTURE, ret, why);
    case IS_CHOICE:
        return value_choice(s, text, ret, why);
    case IS_LISTEN:
        return value_listen(text, why);
    case IS_SIZE:
        return value_size(s, text, ret, why);
    case IS_CIDRS:
        return value_cidrs(text, ret, why);
    case IS_TEXT:
        err_set(why, ERR_USAGE, "is empty");
        return *text != '\0';
    case IS_ANY_TEXT:
        return true;
    }
    return false;
}

bool config_value(const struct flag_spec *s, const char *text, struct wall now, int64_t *ret, struct err *why)
{
    *ret = 0;
    return value_by_type(s, text, now, ret, why);
}
