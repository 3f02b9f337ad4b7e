#include "core/pgcron_fields.h"

#include "base/mem.h"

#include <limits.h>
#include <string.h>
#include <strings.h>

static const char *const MONTHS[] = { "jan", "feb", "mar", "apr", "may", "jun", "jul",
                                      "aug", "sep", "oct", "nov", "dec", NULL };
static const char *const WEEKDAYS[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL };

static const struct field_rule {
    const char *title;
    int least, most; /* as pg_cron has them: Sunday is 0 and 7 */
    const char *const *names;
} RULES[] = {
    [PGCRON_MINUTE] = { "minute", 0, 59, NULL },          [PGCRON_HOUR] = { "hour", 0, 23, NULL },
    [PGCRON_DAY] = { "day of month", 1, 31, NULL },       [PGCRON_MONTH] = { "month", 1, 12, MONTHS },
    [PGCRON_WEEKDAY] = { "day of week", 0, 7, WEEKDAYS },
};

int pgcron_field_least(enum pgcron_field_id id)
{
    return RULES[id].least;
}

int pgcron_field_most(enum pgcron_field_id id)
{
    return id == PGCRON_WEEKDAY ? 6 : RULES[id].most;
}

const char *pgcron_field_title(enum pgcron_field_id id)
{
    return RULES[id].title;
}

static uint64_t span(int first, int last)
{
    return first > last ? 0 : (UINT64_MAX >> (63 - (last - first))) << first;
}

uint64_t pgcron_field_all(enum pgcron_field_id id)
{
    return span(pgcron_field_least(id), pgcron_field_most(id));
}

struct reader {
    const char *start, *p;
    struct err *e;
};

static int refuse(const struct reader *r, const char *expected)
{
    return err_set(r->e, ERR_INVALID, "at column %d: pg_cron expects %s", (int)(r->p - r->start) + 1, expected);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *p)
{
    while (is_blank(*p))
        p++;
    return p;
}

/* Letters and digits: a name of the field, whole, or a number. */
static int read_number(struct reader *r, const struct field_rule *rule, int *ret)
{
    const char *word = r->p;
    int len = 0, n = 0;
    bool digits = true;
    for (; is_word(word[len]); len++) {
        digits = digits && is_digit(word[len]);
        n = !digits || n > INT_MAX / 10 - 1 ? INT_MAX / 10 : n * 10 + (word[len] - '0');
    }
    for (int i = 0; rule->names && rule->names[i]; i++) {
        if (len == 3 && !strncasecmp(rule->names[i], word, 3)) {
            *ret = i + rule->least;
            return r->p += len, 0;
        }
    }
    if (len == 0 || !digits)
        return refuse(r, rule->names ? "a number or a name of three letters" : "a number");
    *ret = n;
    return r->p += len, 0;
}

static int check_range(struct reader *r, const struct field_rule *rule, const char *at, int n)
{
    if (n >= rule->least && n <= rule->most)
        return 0;
    return err_set(r->e, ERR_INVALID, "at column %d: pg_cron expects a number for the %s from %d to %d",
                   (int)(at - r->start) + 1, rule->title, rule->least, rule->most);
}

/* Sets bits a byte at a time, which is why one that runs backwards sets something, or nothing. `least` is what bit 0 stands for. */
static uint64_t set_bytes(int first, int last, int least)
{
    int from = first - least, to = last - least;
    uint64_t set = 0;
    if (from / 8 == to / 8)
        return span(first, last);
    set = span(from, from / 8 * 8 + 7) | span(to / 8 * 8, to);
    for (int byte = from / 8 + 1; byte < to / 8; byte++)
        set |= UINT64_C(0xff) << (byte * 8);
    return set << least;
}

static void add_range(struct pgcron_field *f, const struct field_rule *rule, int first, int last, int step)
{
    int size = rule->names == WEEKDAYS ? 7 : rule->most - rule->least + 1;
    if (step == 1)
        f->set |= set_bytes(first, last, rule->least);
    for (int n = first; step > 1 && n <= last; n = step > last - n ? last + 1 : n + step)
        f->set |= UINT64_C(1) << n;
    f->backwards = f->backwards || first > last;
    for (int n = first - rule->least, end = last - rule->least + (first > last ? size : 0); n <= end;
         n = step > end - n ? end + 1 : n + step)
        f->meant |= UINT64_C(1) << (n % size + rule->least);
}

/* "/" and a step, when they are there. */
static int read_step(struct reader *r, const struct field_rule *rule, struct pgcron_field *f, int *ret)
{
    static const struct field_rule any = { "step", 1, INT_MAX, NULL };
    const char *at = r->p + 1;
    *ret = 1;
    if (*r->p != '/')
        return 0;
    r->p++;
    int rc = read_number(r, &any, ret);
    if (rc == 0)
        rc = check_range(r, &any, at, *ret);
    f->beyond = f->beyond || *ret > (rule->names == WEEKDAYS ? 7 : rule->most - rule->least + 1);
    return rc;
}

static int read_item(struct reader *r, const struct field_rule *rule, struct pgcron_field *f)
{
    const char *at = r->p, *second = r->p;
    int first = rule->least, last = rule->most, step = 1, rc = 0;
    if (*r->p == '*') {
        r->p++;
    } else {
        rc = read_number(r, rule, &first);
        last = first;
        if (rc == 0 && *r->p == '/')
            return refuse(r, "a range or '*' before a step");
        if (rc == 0 && *r->p == '-') {
            second = ++r->p;
            rc = read_number(r, rule, &last);
        }
    }
    if (rc == 0)
        rc = read_step(r, rule, f, &step);
    if (rc == 0)
        rc = check_range(r, rule, at, first);
    if (rc == 0)
        rc = check_range(r, rule, second, last);
    if (rc == 0)
        add_range(f, rule, first, last, step);
    return rc;
}

static int read_list(struct reader *r, const struct field_rule *rule, struct pgcron_field *f)
{
    f->star = *r->p == '*';
    for (;;) {
        int rc = read_item(r, rule, f);
        if (rc)
            return rc;
        if (*r->p != ',')
            return 0;
        r->p++;
    }
}

/* Sunday is 0 and 7 to pg_cron, and where one is set both are. */
static uint64_t one_sunday(uint64_t set)
{
    return (set | set >> 7) & 0x7f;
}

static int read_field(struct reader *r, enum pgcron_field_id id, struct pgcron_field *f)
{
    f->text = r->p;
    if (id == PGCRON_DAY && *r->p == '$') {
        r->p++;
        if (!is_blank(*r->p))
            return refuse(r, "a blank after '$'");
        f->last_day = true;
    } else {
        int rc = read_list(r, &RULES[id], f);
        if (rc)
            return rc;
    }
    f->read = (int)(r->p - f->text);
    f->len = f->read + (int)strcspn(r->p, " \t\n");
    r->p = skip_blanks(f->text + f->len);
    if (id == PGCRON_WEEKDAY) {
        f->set = one_sunday(f->set);
        f->meant = one_sunday(f->meant);
    }
    f->set &= pgcron_field_all(id);
    return 0;
}

static const struct word {
    const char *name;
    int8_t minute, hour, day, month, weekday; /* -1: all; -2: none */
} WORDS[] = {
    { "@yearly", 0, 0, 1, -2, -1 },   { "@annually", 0, 0, 1, -2, -1 }, { "@monthly", 0, 0, 1, -1, -1 },
    { "@weekly", 0, 0, -1, -1, 0 },   { "@daily", 0, 0, -1, -1, -1 },   { "@midnight", 0, 0, -1, -1, -1 },
    { "@hourly", 0, -1, -1, -1, -1 },
};

static void take_word(const struct word *w, struct pgcron_fields *ret)
{
    const int8_t values[] = { w->minute, w->hour, w->day, w->month, w->weekday };
    ret->kind = PGCRON_BY_WORD;
    ret->word = w->name;
    for (int i = 0; i < PGCRON_FIELDS_N; i++) {
        struct pgcron_field *f = &ret->field[i];
        f->set = values[i] >= 0 ? UINT64_C(1) << values[i] : values[i] == -2 ? 0 : pgcron_field_all(i);
        f->meant = values[i] == -2 ? UINT64_C(2) : f->set;
        f->star = values[i] == -1;
    }
}

static bool word_is(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && !strncmp(text, word, len);
}

static int read_word(struct reader *r, struct pgcron_fields *ret)
{
    size_t len = strcspn(r->p, " \t\n");
    ret->rest = skip_blanks(r->p + len);
    if (word_is(r->p, len, "@reboot") || word_is(r->p, len, "@restart")) {
        ret->kind = PGCRON_AT_REBOOT;
        return 0;
    }
    for (size_t i = 0; i < MEM_COUNT(WORDS); i++) {
        if (word_is(r->p, len, WORDS[i].name)) {
            take_word(&WORDS[i], ret);
            return 0;
        }
    }
    return refuse(r, "@yearly, @monthly, @weekly, @daily, @hourly or @reboot, in small letters");
}

static const char *skip_spaces(const char *p)
{
    return p + strspn(p, " \t\n\v\f\r");
}

/* "30 seconds", as sscanf reads it. */
static bool read_seconds(const char *text, struct pgcron_fields *ret)
{
    const char *p = skip_spaces(text);
    int n = 0;
    p += *p == '+';
    if (!is_digit(*p))
        return false;
    for (; is_digit(*p); p++)
        n = n > 99 ? n : n * 10 + (*p - '0');
    p = skip_spaces(p);
    if (strncasecmp(p, "second", 6) != 0)
        return false;
    p += 6;
    if (*p == 's' || *p == 'S')
        p = skip_spaces(p + 1);
    ret->kind = PGCRON_BY_SECONDS;
    ret->seconds = n;
    return *p == '\0' && n >= 1 && n <= 59;
}

/* Comments and empty lines before the schedule are skipped, as in a crontab. */
static const char *skip_comments(const char *p)
{
    for (;;) {
        const char *line = skip_blanks(p);
        if (*line != '\n' && *line != '#')
            return line;
        p = line + strcspn(line, "\n");
        if (!*p)
            return p;
        p++;
    }
}

static int read_fields(struct reader *r, struct pgcron_fields *ret)
{
    for (int i = 0; i < PGCRON_FIELDS_N; i++) {
        int rc = read_field(r, (enum pgcron_field_id)i, &ret->field[i]);
        if (rc)
            return rc;
    }
    ret->rest = r->p + strspn(r->p, " \t\n\r");
    return 0;
}

int pgcron_fields_read(const char *text, struct pgcron_fields *ret, struct err *e)
{
    struct reader r = { text, skip_comments(text), e };
    *ret = (struct pgcron_fields){ .kind = PGCRON_BY_FIELDS, .rest = "" };
    if (strnlen(text, PGCRON_SCHEDULE_MAX + 1) > PGCRON_SCHEDULE_MAX)
        return err_set(e, ERR_INVALID, "pg_cron expects at most %d bytes", PGCRON_SCHEDULE_MAX);
    int rc = *r.p == '@' ? read_word(&r, ret) : read_fields(&r, ret);
    if (rc == 0)
        return 0;
    *ret = (struct pgcron_fields){ .rest = "" };
    return read_seconds(text, ret) ? 0 : rc;
}
