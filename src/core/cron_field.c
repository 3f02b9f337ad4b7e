/* cron_field.c - one field of an expression: lists, ranges, steps, names, and the marks L $ W # of the day fields. */
#include "core/cron_text.h"

#include <limits.h>
#include <string.h>
#include <strings.h>

static const char *const month_names[] = { "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL",
                                           "AUG", "SEP", "OCT", "NOV", "DEC", NULL };
static const char *const weekday_names[] = { "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", NULL };

static const struct field {
    const char *title;
    int least, most; /* what may be written */
    int star_most;   /* where "*" ends: 7 is 0 again */
    const char *const *names;
    const char *expected;
} fields[] = {
    [CRON_SECOND] = { "second", 0, 59, 59, NULL, "0 to 59" },
    [CRON_MINUTE] = { "minute", 0, 59, 59, NULL, "0 to 59" },
    [CRON_HOUR] = { "hour", 0, 23, 23, NULL, "0 to 23" },
    [CRON_DAY] = { "day of month", 1, 31, 31, NULL, "1 to 31, 'L' or '$'" },
    [CRON_MONTH] = { "month", 1, 12, 12, month_names, "1 to 12 or JAN to DEC" },
    [CRON_WEEKDAY] = { "day of week", 0, 7, 6, weekday_names, "0 to 7 or SUN to SAT" },
};

/* One item of a list, as it is read. */
struct item {
    uint64_t set;      /* the values it names */
    bool star, ranged; /* begins with * or ?; is a range */
    int step;          /* 0: none */
};

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static int word_len(const struct cron_text *t)
{
    const char *p = t->p;

    while (p < t->end && is_letter(*p))
        p++;
    return (int)(p - t->p);
}

/* A name of the field: its index, or -1. It may be followed by the L of "FRIL", and by nothing else that is a letter.
 * */
static int take_name(struct cron_text *t, const struct field *f)
{
    int len = word_len(t);

    if (!f->names || len < 3 || len > 4 ||
        (len == 4 && (f->names != weekday_names || strncasecmp(t->p + 3, "L", 1) != 0)))
        return -1;
    for (int i = 0; f->names[i]; i++) {
        if (strncasecmp(t->p, f->names[i], 3) == 0) {
            t->p += 3;
            return i;
        }
    }
    return -1;
}

static int take_value(struct cron_text *t, const struct field *f, bool ends_range, int *ret)
{
    const char *at = t->p;
    int name;

    if (cron_digits(t, ret)) {
        if (*ret < f->least || *ret > f->most)
            return cron_refuse(t, at, "%s '%.*s' is out of range; expected %s", f->title, cron_quoted(at, t->p), at,
                               f->expected);
        return 0;
    }
    if (word_len(t) == 0)
        return cron_refuse_here(t, f->expected);
    name = take_name(t, f);
    if (name < 0)
        return cron_refuse(t, at, "'%.*s' is not a valid %s; expected %s", cron_quoted(at, at + word_len(t)), at,
                           f->title, f->expected);
    *ret = name + f->least;
    if (ends_range && f->names == weekday_names && name == 0)
        *ret = 7; /* FRI-SUN */
    return 0;
}

static int take_step(struct cron_text *t, const struct field *f, struct item *item)
{
    const char *slash = t->p, *at;
    int size = f->star_most - f->least + 1;

    if (!cron_take(t, '/'))
        return 0;
    if (!item->star && !item->ranged)
        return cron_refuse(t, slash, "a step needs a range; expected '*' or a range such as '%d-%d' before the '/'",
                           f->least, f->star_most);
    at = t->p;
    if (!cron_digits(t, &item->step))
        return cron_refuse_here(t, "a step, a number from 1");
    if (item->step < 1 || item->step > size)
        return cron_refuse(t, at, "step '%.*s' is out of range; expected 1 to %d", cron_quoted(at, t->p), at, size);
    return 0;
}

static int take_range_end(struct cron_text *t, const struct field *f, const char *start, int first, int *ret_last)
{
    int rc = take_value(t, f, true, ret_last);

    if (rc == 0 && *ret_last < first)
        rc = cron_refuse(t, start,
                         "range '%.*s' runs backwards; expected the smaller value first, such as '%d-%d,%d-%d'",
                         cron_quoted(start, t->p), start, first, f->star_most, f->least, *ret_last);
    return rc;
}

static uint64_t set_of(int first, int last, int step)
{
    uint64_t set = 0;

    for (int n = first; n <= last; n += step)
        set |= UINT64_C(1) << n;
    return set;
}

/* "*", "*" "/" step, n, n-n, n-n/step */
static int take_values(struct cron_text *t, const struct field *f, struct item *item)
{
    const char *start = t->p;
    int first = f->least, last = f->star_most, rc;

    item->star = cron_take(t, '*') || cron_take(t, '?');
    if (!item->star) {
        rc = take_value(t, f, false, &first);
        last = first;
        item->ranged = rc == 0 && cron_take(t, '-');
        if (item->ranged)
            rc = take_range_end(t, f, start, first, &last);
        if (rc)
            return rc;
    }
    rc = take_step(t, f, item);
    if (rc == 0)
        item->set = set_of(first, last, item->step ? item->step : 1);
    return rc;
}

static bool at_item_end(const struct cron_text *t)
{
    return t->p == t->end || *t->p == ',';
}

/* "L", "$" and "LW" of the day of month. False: something else stands here. */
static bool take_last_day(struct cron_text *t, struct cron *ret)
{
    const char *start = t->p;

    if (cron_take(t, '$') || cron_take(t, 'L') || cron_take(t, 'l')) {
        if (*start != '$' && (cron_take(t, 'W') || cron_take(t, 'w')))
            ret->last_workday = true;
        else
            ret->last_day = true;
        return true;
    }
    return false;
}

static int take_day(struct cron_text *t, const struct field *f, struct item *item, struct cron *ret)
{
    int rc;

    if (take_last_day(t, ret))
        return 0;
    rc = take_values(t, f, item);
    if (rc)
        return rc;
    if (!item->star && !item->ranged && (cron_take(t, 'W') || cron_take(t, 'w')))
        ret->near_weekday |= (uint32_t)item->set;
    else
        ret->day |= (uint32_t)item->set;
    return 0;
}

/* What follows "#": 1 to 5, or L. */
static int take_nth(struct cron_text *t, uint8_t set, struct cron *ret)
{
    const char *at = t->p;
    int n;

    if (cron_take(t, 'L') || cron_take(t, 'l')) {
        ret->last_weekday |= set;
        return 0;
    }
    if (!cron_digits(t, &n))
        return cron_refuse_here(t, "1 to 5 or 'L' after '#'");
    if (n < 1 || n > 5)
        return cron_refuse(t, at, "'%.*s' is not a valid week; expected 1 to 5 or 'L' after '#'", cron_quoted(at, t->p),
                           at);
    ret->nth_weekday[n - 1] |= set;
    return 0;
}

static int take_weekday(struct cron_text *t, const struct field *f, struct item *item, struct cron *ret)
{
    const char *at = t->p;
    uint8_t set;
    int rc;

    if (word_len(t) == 1 && (*at == 'L' || *at == 'l'))
        return cron_refuse(t, at, "'L' needs a day of the week; expected one before it, such as '5L'");
    rc = take_values(t, f, item);
    if (rc)
        return rc;
    set = (uint8_t)((item->set | item->set >> 7) & 0x7f);
    if (item->star && !item->step)
        ret->weekday |= set;
    else if (cron_take(t, '#'))
        return take_nth(t, set, ret);
    else if (cron_take(t, 'L') || cron_take(t, 'l'))
        ret->last_weekday |= set;
    else
        ret->weekday |= set;
    return 0;
}

static void add_time(enum cron_field_id id, const struct item *item, struct cron *ret)
{
    if (id == CRON_SECOND)
        ret->second |= item->set;
    else if (id == CRON_MINUTE)
        ret->minute |= item->set;
    else
        ret->hour |= (uint32_t)item->set;
    if (item->star || item->step)
        ret->real_time = true;
}

static int take_item(struct cron_text *t, enum cron_field_id id, struct item *item, struct cron *ret)
{
    const struct field *f = &fields[id];
    int rc;

    if (id == CRON_DAY)
        return take_day(t, f, item, ret);
    if (id == CRON_WEEKDAY)
        return take_weekday(t, f, item, ret);
    rc = take_values(t, f, item);
    if (rc)
        return rc;
    if (id == CRON_MONTH)
        ret->month |= (uint32_t)item->set;
    else
        add_time(id, item, ret);
    return 0;
}

/* What may go on after an item, for the message. */
static const char *continuations(enum cron_field_id id, const struct item *item)
{
    if (item->step || item->star)
        return item->step ? "',' or the end of the field" : "',', '/' or the end of the field";
    return id == CRON_DAY && !item->ranged ? "',', '-', 'W' or the end of the field"
                                           : "',', '-', '/' or the end of the field";
}

int cron_field_parse(struct cron_text *t, enum cron_field_id id, struct cron *ret)
{
    bool any = false;
    int n = 0;

    do {
        struct item item = { 0 };
        int rc = take_item(t, id, &item, ret);

        if (rc)
            return rc;
        if (!at_item_end(t))
            return cron_refuse_here(t, continuations(id, &item));
        any = item.star && item.step <= 1;
        n++;
    } while (cron_take(t, ','));
    if (id == CRON_DAY)
        ret->day_any = any && n == 1;
    if (id == CRON_WEEKDAY)
        ret->weekday_any = any && n == 1;
    return 0;
}
