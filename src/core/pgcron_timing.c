#include "core/pgcron_timing.h"

#include "base/buf.h"
#include "core/cron.h"
#include "core/pgcron_fields.h"

#include <string.h>

#define QUOTED_MAX 40
#define NOTE_MAX 2000
#define STAND_IN "@yearly" /* a schedule for jobs that have none here */

/* On which days, in a form that can be compared. */
struct days {
    enum { DAYS_NONE, DAYS_ALL, DAYS_OF_MONTH, DAYS_OF_WEEK, DAYS_EITHER, DAYS_BOTH } kind;
    uint64_t month, week; /* 0 where the kind does not need them */
    bool last;
};

static struct days days_of(uint64_t month, bool last, uint64_t week, bool both)
{
    bool all_month = month == pgcron_field_all(PGCRON_DAY), all_week = week == pgcron_field_all(PGCRON_WEEKDAY);
    bool no_month = month == 0 && !last, no_week = week == 0;
    struct days d = { .kind = both ? DAYS_BOTH : DAYS_EITHER, .month = month, .week = week, .last = last };
    if (both ? no_month || no_week : no_month && no_week)
        return (struct days){ .kind = DAYS_NONE };
    if (both ? all_month && all_week : all_month || all_week)
        return (struct days){ .kind = DAYS_ALL };
    if (both ? all_week : no_week)
        d.kind = DAYS_OF_MONTH, d.week = 0;
    else if (both ? all_month : no_month)
        d.kind = DAYS_OF_WEEK, d.month = 0, d.last = false;
    return d;
}

static struct days days_of_fields(const struct pgcron_fields *f)
{
    const struct pgcron_field *day = &f->field[PGCRON_DAY], *week = &f->field[PGCRON_WEEKDAY];
    return days_of(day->set, day->last_day, week->set, day->star || week->star);
}

static struct days days_of_cron(const struct cron *c)
{
    uint64_t month = c->day_any ? pgcron_field_all(PGCRON_DAY) : c->day;
    uint64_t week = c->weekday_any ? pgcron_field_all(PGCRON_WEEKDAY) : c->weekday;
    return days_of(month, c->last_day, week, c->day_any || c->weekday_any);
}

static bool days_equal(const struct days *a, const struct days *b)
{
    return a->kind == b->kind && a->month == b->month && a->week == b->week && a->last == b->last;
}

/* Has what only edgecron knows: seconds, "5L", "2#3", "15W". */
static bool is_richer(const struct cron *c)
{
    uint8_t nth = 0;
    for (size_t i = 0; i < MEM_COUNT(c->nth_weekday); i++)
        nth |= c->nth_weekday[i];
    return c->kind != CRON_FIELDS || c->second != 1 || nth || c->last_weekday || c->last_workday || c->near_weekday;
}

static bool means(const char *text, const struct pgcron_fields *f)
{
    struct cron c;
    if (cron_parse(text, &c, NULL) || is_richer(&c))
        return false;
    struct days here = days_of_cron(&c), there = days_of_fields(f);
    return c.minute == f->field[PGCRON_MINUTE].set && c.hour == f->field[PGCRON_HOUR].set &&
           c.month == f->field[PGCRON_MONTH].set && days_equal(&here, &there);
}

/* What edgecron makes of the text of one field alone. False: it refuses it, or it is richer. */
static bool set_here(enum pgcron_field_id id, const char *text, uint64_t *ret)
{
    static const char *const plain[] = { "0", "0", "1", "1", "1" };
    buf_auto struct buf b = BUF_INIT(PGCRON_SCHEDULE_MAX + 16);
    struct cron c;
    for (int i = 0; i < PGCRON_FIELDS_N; i++)
        buf_printf(&b, "%s%s", i ? " " : "", i == (int)id ? text : plain[i]);
    if (cron_parse(buf_str(&b), &c, NULL) || is_richer(&c) || c.last_day)
        return false;
    const uint64_t sets[] = { c.minute, c.hour, c.day_any ? pgcron_field_all(PGCRON_DAY) : c.day, c.month,
                              c.weekday_any ? pgcron_field_all(PGCRON_WEEKDAY) : c.weekday };
    *ret = sets[id];
    return true;
}

/* "*", "0", "1-5,8": a set as a field. */
static void add_set(struct buf *out, enum pgcron_field_id id, uint64_t set)
{
    const char *comma = "";
    if (set == pgcron_field_all(id)) {
        buf_char(out, '*');
        return;
    }
    for (int n = 0; n < 64; n++) {
        int first = n;
        if (!(set >> n & 1))
            continue;
        while (n < 63 && (set >> (n + 1) & 1))
            n++;
        buf_printf(out, n == first ? "%s%d" : n == first + 1 ? "%s%d,%d" : "%s%d-%d", comma, first, n);
        comma = ",";
    }
}

/* How much is kept of what was written. */
enum keeping { KEEP_ALL, KEEP_FIELDS, KEEP_SAME_FIELDS, KEEP_MEANING, KEEPINGS };

static void add_same(struct buf *out, enum pgcron_field_id id, const struct pgcron_field *f)
{
    mem_auto char *own = mem_strndup(f->len ? f->text : "", (size_t)f->len);
    uint64_t here;
    if (f->last_day)
        buf_char(out, '$');
    else if (f->len > 0 && set_here(id, own, &here) && here == f->set)
        buf_str_add(out, own);
    else
        add_set(out, id, f->set);
}

static void add_field(struct buf *out, const struct pgcron_fields *f, enum pgcron_field_id id, enum keeping keeping)
{
    struct days d = days_of_fields(f);
    bool of_day = id == PGCRON_DAY && (d.kind == DAYS_OF_WEEK || d.kind == DAYS_ALL);
    bool of_week = id == PGCRON_WEEKDAY && (d.kind == DAYS_OF_MONTH || d.kind == DAYS_ALL);
    if (keeping == KEEP_FIELDS)
        buf_add(out, f->field[id].text, (size_t)f->field[id].len);
    else if (keeping == KEEP_MEANING && (of_day || of_week))
        buf_char(out, '*');
    else
        add_same(out, id, &f->field[id]);
}

static const char *rendered(const struct pgcron_fields *f, enum keeping keeping, struct arena *a)
{
    buf_auto struct buf b = BUF_INIT(4 * PGCRON_SCHEDULE_MAX);
    for (int i = 0; i < PGCRON_FIELDS_N; i++) {
        buf_str_add(&b, i ? " " : "");
        add_field(&b, f, (enum pgcron_field_id)i, keeping);
    }
    return arena_strndup(a, buf_str(&b), b.len);
}

/* The text nearest to what was written that has the occurrences of f; NULL: there is none. */
static const char *nearest(const char *written, const struct pgcron_fields *f, struct arena *a)
{
    if (means(written, f))
        return written;
    for (enum keeping k = f->kind == PGCRON_BY_WORD ? KEEP_SAME_FIELDS : KEEP_FIELDS; k < KEEPINGS; k++) {
        const char *text = rendered(f, k, a);
        if (means(text, f))
            return text;
    }
    return NULL;
}

/* The same fields with ranges as they were meant. */
static struct pgcron_fields as_meant(const struct pgcron_fields *f)
{
    struct pgcron_fields meant = *f;
    for (int i = 0; i < PGCRON_FIELDS_N; i++)
        meant.field[i].set = meant.field[i].meant;
    return meant;
}

static bool runs_backwards(const struct pgcron_fields *f)
{
    bool backwards = false;
    for (int i = 0; i < PGCRON_FIELDS_N; i++)
        backwards = backwards || f->field[i].backwards;
    return backwards;
}

static bool ever(const struct pgcron_fields *f)
{
    return f->field[PGCRON_MINUTE].set && f->field[PGCRON_HOUR].set && f->field[PGCRON_MONTH].set &&
           days_of_fields(f).kind != DAYS_NONE;
}

static int quoted(int len)
{
    return len > QUOTED_MAX ? QUOTED_MAX : len;
}

static void say_set(struct buf *note, enum pgcron_field_id id, const struct pgcron_field *f)
{
    buf_printf(note, "%s '%.*s' is ", pgcron_field_title(id), quoted(f->len), f->text);
    if (f->set)
        add_set(note, id, f->set);
    else
        buf_str_add(note, "no time at all");
    buf_str_add(note, " to pg_cron");
    if (f->read < f->len)
        buf_printf(note, ", which skips '%.*s'", quoted(f->len - f->read), f->text + f->read);
    else if (f->backwards)
        buf_str_add(note, ", as a range runs backwards");
    else if (f->beyond)
        buf_str_add(note, ", as the step is larger than the field");
    buf_str_add(note, "; ");
}

/* Why the text could not stay: each field that means something else here, what was ignored, and the rule of the two day fields. */
static void say_why(struct buf *note, const struct pgcron_fields *f)
{
    const struct pgcron_field *day = &f->field[PGCRON_DAY], *week = &f->field[PGCRON_WEEKDAY];
    for (int i = 0; f->kind == PGCRON_BY_FIELDS && i < PGCRON_FIELDS_N; i++) {
        const struct pgcron_field *own = &f->field[i];
        mem_auto char *text = mem_strndup(own->text, (size_t)own->len);
        uint64_t here;
        if (!own->last_day && (!set_here((enum pgcron_field_id)i, text, &here) || here != own->set))
            say_set(note, (enum pgcron_field_id)i, own);
    }
    if (*f->rest)
        buf_printf(note, "pg_cron ignores what follows, '%.*s'; ", quoted((int)strlen(f->rest)), f->rest);
    if (f->kind == PGCRON_BY_FIELDS && days_of_fields(f).kind == DAYS_BOTH)
        buf_printf(note, "as a day field begins with '*', pg_cron ran it on days that are both '%.*s' and '%.*s'; ",
                   quoted(day->len), day->text, quoted(week->len), week->text);
}

static void settle(struct pgcron_timing *ret, const char *text, bool runs, struct buf *note, struct arena *a)
{
    ret->text = text;
    ret->runs = runs;
    ret->note = note->len ? arena_strndup(a, buf_str(note), note->len) : NULL;
}

/* pg_cron never ran it: what was meant, for whoever wants it after all. */
static void settle_never(const char *written, const struct pgcron_fields *f, struct buf *note, struct arena *a,
                         struct pgcron_timing *ret)
{
    struct pgcron_fields meant = as_meant(f);
    const char *text = nearest(written, &meant, a);
    if (f->kind == PGCRON_BY_WORD)
        buf_printf(note, "pg_cron never runs %s, by a mistake of its own", f->word);
    else if (runs_backwards(f))
        buf_str_add(note, "so it never ran");
    else
        buf_printf(note, "no such day ever comes, so it never ran");
    buf_printf(note, "; it is switched off, %s '%s'", text ? "with the schedule" : "with the stand-in schedule",
               text ? text : STAND_IN);
    settle(ret, text ? text : STAND_IN, false, note, a);
}

/* It ran at times that no schedule here names. */
static void settle_both(const struct pgcron_fields *f, struct buf *note, struct arena *a, struct pgcron_timing *ret)
{
    struct pgcron_fields week = *f;
    week.field[PGCRON_DAY].set = pgcron_field_all(PGCRON_DAY);
    week.field[PGCRON_DAY].len = 0;
    week.field[PGCRON_DAY].last_day = false;
    const char *text = nearest("", &week, a);
    text = text ? text : STAND_IN;
    buf_printf(note,
               "no schedule here says both: it is switched off, with '%s'; give it another before you switch it on",
               text);
    settle(ret, text, false, note, a);
}

static void settle_fields(const char *written, const struct pgcron_fields *f, struct arena *a,
                          struct pgcron_timing *ret)
{
    buf_auto struct buf note = BUF_INIT(NOTE_MAX);
    const char *text = ever(f) ? nearest(written, f, a) : NULL;
    struct pgcron_fields meant = as_meant(f);
    if (text == written) {
        settle(ret, text, true, &note, a);
        return;
    }
    say_why(&note, f);
    if (!text && ever(f) && days_of_fields(f).kind == DAYS_BOTH) {
        settle_both(f, &note, a, ret);
        return;
    }
    if (!text) {
        settle_never(written, f, &note, a, ret);
        return;
    }
    if (note.len == 0 && f->kind == PGCRON_BY_FIELDS && !strcmp(text, rendered(f, KEEP_FIELDS, a))) {
        settle(ret, text, true, &note, a); /* other blanks, nothing else */
        return;
    }
    if (note.len == 0)
        buf_str_add(&note, "as a day field begins with '*', both have to fit for pg_cron; ");
    buf_printf(&note, "kept as '%s'", text);
    const char *other = means(text, &meant) ? NULL : nearest("", &meant, a);
    if (other)
        buf_printf(&note, " (was '%s' meant?)", other);
    settle(ret, text, true, &note, a);
}

int pgcron_timing(const char *written, struct arena *a, struct pgcron_timing *ret, struct err *e)
{
    buf_auto struct buf note = BUF_INIT(NOTE_MAX);
    struct pgcron_fields f;
    struct cron c;
    int r = pgcron_fields_read(written, &f, e);
    if (r < 0)
        return r;
    if (f.kind == PGCRON_AT_REBOOT) {
        buf_printf(
            &note,
            "pg_cron runs it when the database starts, which edgecron does not see; it is switched off, with the "
            "stand-in schedule '%s': run it by hand, or give it a time",
            STAND_IN);
        settle(ret, STAND_IN, false, &note, a);
    } else if (f.kind == PGCRON_BY_SECONDS) {
        bool same = cron_parse(written, &c, NULL) == 0 && c.kind == CRON_EVERY;
        settle(ret, same ? written : arena_printf(a, "%d seconds", f.seconds), true, &note, a);
    } else {
        settle_fields(written, &f, a, ret);
    }
    return 0;
}
