/* notice_number.c - numbers, spans and times, as each language writes them. */
#include "core/notice_phrase.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* French groups with a narrow space that does not break (U+202F), Spanish from five digits on. */
static const struct {
    const char *group;
    char point;
    int group_from; /* digits */
} NUMBERS[NOTICE_LANGUAGE_COUNT] = {
    [NOTICE_EN] = { ",", '.', 4 }, [NOTICE_FR] = { "\xe2\x80\xaf", ',', 4 }, [NOTICE_ES] = { ".", ',', 5 }
};

#define PLAIN_MAX 1e15 /* beyond it a number is written with an exponent */

static void add_grouped(const char *digits, int n, enum notice_language l, struct buf *out)
{
    for (int i = 0; i < n; i++) {
        if (i > 0 && n >= NUMBERS[l].group_from && (n - i) % 3 == 0)
            buf_str_add(out, NUMBERS[l].group);
        buf_char(out, digits[i]);
    }
}

void phrase_number(double n, enum notice_language l, struct buf *out)
{
    char text[64];
    if (!isfinite(n))
        n = 0;
    snprintf(text, sizeof text, fabs(n) < PLAIN_MAX ? "%.3f" : "%.3g", n);
    char *point = strchr(text, '.'), *end = text + strlen(text);
    while (fabs(n) < PLAIN_MAX && point && (end[-1] == '0' || end[-1] == '.') && end > point)
        *--end = '\0';
    const char *digits = text + (*text == '-');
    int whole = (int)strspn(digits, "0123456789");
    if (*text == '-' && strcmp(text, "-0") != 0)
        buf_char(out, '-');
    add_grouped(digits, whole, l, out);
    for (const char *s = digits + whole; *s; s++)
        buf_char(out, *s == '.' ? NUMBERS[l].point : *s);
}

/* --- spans ------------------------------------------------------------------------------------------------------- */

static const struct phrase DAYS = { { "day|days", "jour|jours", "día|días" } };

static void add_days(int64_t days, enum notice_language l, struct buf *out)
{
    const char *forms = DAYS.in[l], *bar = strchr(forms, '|');
    bool one = days == 1 || (l == NOTICE_FR && days == 0);
    phrase_number((double)days, l, out);
    buf_char(out, ' ');
    if (one)
        buf_add(out, forms, (size_t)(bar - forms));
    else
        buf_str_add(out, bar + 1);
}

void phrase_span(int64_t ms, enum notice_language l, struct buf *out)
{
    ms = ms == INT64_MIN ? INT64_MAX : ms < 0 ? -ms : ms;
    int64_t s = ms / 1000, min = s / 60, h = min / 60, days = h / 24;
    if (days > 0) {
        add_days(days, l, out);
        if (days < 7 && h % 24)
            buf_printf(out, " %d h", (int)(h % 24));
    } else if (h > 0) {
        buf_printf(out, "%d h", (int)h);
        if (min % 60)
            buf_printf(out, " %d min", (int)(min % 60));
    } else if (min > 0) {
        buf_printf(out, "%d min", (int)min);
        if (s % 60)
            buf_printf(out, " %d s", (int)(s % 60));
    } else if (s >= 10 || (s > 0 && ms % 1000 < 100)) {
        buf_printf(out, "%d s", (int)s);
    } else if (s > 0) {
        buf_printf(out, "%d%c%d s", (int)s, NUMBERS[l].point, (int)(ms % 1000 / 100));
    } else {
        buf_printf(out, "%d ms", (int)ms);
    }
}

/* --- times ------------------------------------------------------------------------------------------------------- */

static const char *const MONTHS[NOTICE_LANGUAGE_COUNT][12] = {
    [NOTICE_EN] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" },
    [NOTICE_FR] = { "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc." },
    [NOTICE_ES] = { "ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic" },
};
/* Between the day and the time. */
static const char *const BETWEEN[NOTICE_LANGUAGE_COUNT] = {
    [NOTICE_EN] = " ", [NOTICE_FR] = " à ", [NOTICE_ES] = " a las "
};

static bool tellable(struct wall t)
{
    return t.ms > -62135596800000 && t.ms < 253402300800000; /* the years 1 to 9999 */
}

void phrase_time(struct wall t, struct wall at, enum notice_language l, struct buf *out)
{
    if (wall_is_none(t) || !tellable(t)) {
        buf_str_add(out, "?");
        return;
    }
    struct civil c = civil_from_ms(t.ms);
    bool other_year = !tellable(at) || civil_from_ms(at.ms).year != c.year;
    buf_printf(out, "%d%s %s", c.day, l == NOTICE_FR && c.day == 1 ? "er" : "", MONTHS[l][c.month - 1]);
    if (other_year)
        buf_printf(out, " %d", c.year);
    bool one = l == NOTICE_ES && c.hour == 1; /* a la 01:05, a las 02:05 */
    buf_printf(out, "%s%02d:%02d UTC", one ? " a la " : BETWEEN[l], c.hour, c.minute);
}
