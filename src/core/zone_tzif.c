/* zone_tzif.c - from TZif bytes (RFC 9636) to a table of changes.
 *
 *   file := header1 data1                          version '\0'
 *         | header1 data1 header data footer       version '2' and up: data1 is skipped
 *         | header data footer                     the same without its version 1 part, as in the embedded archive
 *   data := times[timecnt] types[timecnt] ttinfo[typecnt] chars[charcnt] leaps isstd isut
 *
 * Every count is checked against a cap and against the bytes that are there before it is used. */
#include "core/zone_table.h"

#include "base/clock.h"
#include "base/mem.h"

#include <string.h>

#define HEADER_LEN 44
#define TTINFO_LEN 6
#define CHANGES_MAX 2000 /* the fullest zone has some 240 */
#define TYPES_MAX 256    /* an index is one byte */
#define CHARS_MAX 512
#define FOOTER_MAX 127
#define RULE_FIRST_YEAR 1900          /* of a zone that has a rule and no changes */
#define TIME_LIMIT (INT64_C(1) << 42) /* 139,000 years on either side of 1970 */
#define CYCLE_YEARS 400

struct reader {
    const uint8_t *p, *end;
};

struct header {
    uint8_t version;
    uint32_t n_isut, n_isstd, n_leap, n_times, n_types, n_chars;
};

struct block { /* the arrays of one data block */
    const uint8_t *times, *types, *ttinfo, *chars;
};

static uint32_t read_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t read_time(const uint8_t *p, size_t size)
{
    if (size == 4)
        return (int32_t)read_u32(p);
    return (int64_t)((uint64_t)read_u32(p) << 32 | read_u32(p + 4));
}

static const uint8_t *take(struct reader *r, size_t len)
{
    const uint8_t *p = r->p;

    if (len > (size_t)(r->end - r->p))
        return NULL;
    r->p += len;
    return p;
}

static const char *read_header(struct reader *r, struct header *h)
{
    const uint8_t *p = take(r, HEADER_LEN);

    if (!p || memcmp(p, "TZif", 4) != 0)
        return "it does not begin with 'TZif'";
    h->version = p[4];
    h->n_isut = read_u32(p + 20);
    h->n_isstd = read_u32(p + 24);
    h->n_leap = read_u32(p + 28);
    h->n_times = read_u32(p + 32);
    h->n_types = read_u32(p + 36);
    h->n_chars = read_u32(p + 40);
    if (h->n_leap != 0)
        return "it counts leap seconds (a 'right/' file), which POSIX time does not";
    if (h->n_times > CHANGES_MAX || h->n_types > TYPES_MAX || h->n_chars > CHARS_MAX)
        return "it has more changes, types or characters than a time zone has";
    if ((h->n_isut != 0 && h->n_isut != h->n_types) || (h->n_isstd != 0 && h->n_isstd != h->n_types))
        return "its counts contradict each other";
    return NULL;
}

static const char *read_block(struct reader *r, const struct header *h, size_t time_size, struct block *b)
{
    b->times = take(r, h->n_times * time_size);
    b->types = b->times ? take(r, h->n_times) : NULL;
    b->ttinfo = b->types ? take(r, (size_t)h->n_types * TTINFO_LEN) : NULL;
    b->chars = b->ttinfo ? take(r, h->n_chars) : NULL;
    if (!b->chars || !take(r, h->n_isstd) || !take(r, h->n_isut))
        return "it ends too early";
    return NULL;
}

static const char *check_types(const struct header *h, const struct block *b)
{
    if (h->n_types == 0 || h->n_chars == 0)
        return "it has no local time type";
    for (size_t i = 0; i < h->n_types; i++) {
        const uint8_t *t = b->ttinfo + i * TTINFO_LEN;
        int32_t offset = (int32_t)read_u32(t);

        if (offset < ZONE_OFFSET_MIN || offset > ZONE_OFFSET_MAX)
            return "it has an offset from UTC of more than a day";
        if (t[4] > 1)
            return "it has a daylight saving flag that is neither 0 nor 1";
        if (t[5] >= h->n_chars || !memchr(b->chars + t[5], '\0', h->n_chars - t[5]))
            return "it has an abbreviation outside its text";
    }
    for (size_t i = 0; i < h->n_chars; i++)
        if (b->chars[i] != '\0' && (b->chars[i] <= ' ' || b->chars[i] > '~'))
            return "it has an abbreviation that is not printable";
    return NULL;
}

static void add_change(struct zone *z, int64_t at, int32_t offset, uint32_t abbreviation)
{
    z->changes[z->n_changes++] = (struct zone_change){ .at = at, .offset = offset, .abbreviation = abbreviation };
}

static void add_type_change(struct zone *z, const struct block *b, int64_t at, size_t type)
{
    const uint8_t *t = b->ttinfo + type * TTINFO_LEN;

    add_change(z, at, (int32_t)read_u32(t), t[5]);
}

static const char *add_changes(struct zone *z, const struct header *h, const struct block *b, size_t time_size)
{
    int64_t last = INT64_MIN;

    add_type_change(z, b, INT64_MIN, 0);
    for (size_t i = 0; i < h->n_times; i++) {
        int64_t at = read_time(b->times + i * time_size, time_size);

        if (b->types[i] >= h->n_types)
            return "it has a change to a type that is not there";
        if (i > 0 && at <= last)
            return "its changes are not in ascending order";
        last = at;
        if (at > TIME_LIMIT)
            return "it has a change in a year beyond reason";
        if (at < -TIME_LIMIT) /* some writers put one at the Big Bang, or at -2^59 */
            z->n_changes = 0;
        add_type_change(z, b, at < -TIME_LIMIT ? INT64_MIN : at, b->types[i]);
    }
    return NULL;
}

/* Puts a change of the yearly rule in its place; of two at one instant the later call wins. */
static void insert_rule_change(struct zone *z, size_t first, struct zone_change c)
{
    size_t i = z->n_changes;

    while (i > first && z->changes[i - 1].at > c.at)
        i--;
    if (i > first && z->changes[i - 1].at == c.at) {
        z->changes[i - 1] = c;
        return;
    }
    memmove(z->changes + i + 1, z->changes + i, (z->n_changes - i) * sizeof(c));
    z->changes[i] = c;
    z->n_changes++;
}

/* The rule holds after the last change of the table: writes out one cycle of 400 years and a margin. */
static void add_rule_changes(struct zone *z, const struct zone_rule *r, uint32_t std_name, uint32_t dst_name)
{
    const struct zone_change *last = &z->changes[z->n_changes - 1];
    bool open = last->at == INT64_MIN;
    int first_year = open ? RULE_FIRST_YEAR : civil_from_ms(last->at * 1000).year;
    size_t first = z->n_changes;
    int64_t after = last->at;

    if (open)
        z->changes[0] = (struct zone_change){ INT64_MIN, r->std_offset, std_name };
    for (int year = first_year - 1; year < first_year + CYCLE_YEARS + 4; year++) {
        int64_t end = zone_rule_end(r, year), start = zone_rule_start(r, year);

        if (end > after)
            insert_rule_change(z, first, (struct zone_change){ end, r->std_offset, std_name });
        if (start > after)
            insert_rule_change(z, first, (struct zone_change){ start, r->dst_offset, dst_name });
    }
    z->cycle_from = civil_to_days(first_year + 2, 1, 1) * 86400;
}

/* Changes to what is already in force say nothing (a rule of daylight saving all year makes hundreds). */
static void drop_idle_changes(struct zone *z)
{
    size_t n = 1;

    for (size_t i = 1; i < z->n_changes; i++)
        if (z->changes[i].offset != z->changes[n - 1].offset ||
            strcmp(z->abbreviations + z->changes[i].abbreviation, z->abbreviations + z->changes[n - 1].abbreviation) !=
                0)
            z->changes[n++] = z->changes[i];
    z->n_changes = n;
    z->changes = mem_resize(z->changes, n * sizeof(*z->changes));
}

static uint32_t add_abbreviation(struct zone *z, size_t *len, const char *name)
{
    uint32_t at = (uint32_t)*len;
    size_t size = strlen(name) + 1;

    memcpy(z->abbreviations + at, name, size);
    *len += size;
    return at;
}

static const char *add_footer(struct zone *z, struct reader *r, size_t n_chars)
{
    const uint8_t *start = take(r, 1), *newline;
    struct zone_rule rule;
    uint32_t std_name, dst_name;

    if (!start || *start != '\n')
        return "its footer is missing";
    newline = memchr(r->p, '\n', (size_t)(r->end - r->p));
    if (!newline || newline - r->p > FOOTER_MAX)
        return "its footer does not end";
    if (newline == r->p)
        return NULL;
    if (!zone_rule_parse((const char *)r->p, (size_t)(newline - r->p), &rule))
        return "its footer is not a rule as POSIX writes them";
    std_name = add_abbreviation(z, &n_chars, rule.std_name);
    dst_name = add_abbreviation(z, &n_chars, rule.dst_name);
    if (rule.has_dst && rule.dst_offset != rule.std_offset)
        add_rule_changes(z, &rule, std_name, dst_name);
    else if (z->n_changes == 1 && z->changes[0].at == INT64_MIN)
        z->changes[0] = (struct zone_change){ INT64_MIN, rule.std_offset, std_name };
    return NULL;
}

static void zone_room(struct zone *z, const struct header *h, const struct block *b)
{
    z->changes = mem_alloc((1 + h->n_times + 2 * (CYCLE_YEARS + 5)) * sizeof(*z->changes));
    z->abbreviations = mem_alloc(h->n_chars + 2 * (ZONE_ABBREVIATION_MAX + 1));
    memcpy(z->abbreviations, b->chars, h->n_chars);
}

/* Is the header at r's reading point followed by a version 1 block and then by the real one? */
static bool has_version1_part(const struct reader *r, const struct header *h)
{
    struct reader skip = *r;
    struct block b;

    return !read_block(&skip, h, 4, &b) && skip.end - skip.p >= 4 && memcmp(skip.p, "TZif", 4) == 0;
}

static const char *read_data(struct reader *r, struct header *h, struct block *b, size_t *ret_time_size)
{
    const char *fault = read_header(r, h);

    if (fault)
        return fault;
    *ret_time_size = h->version == '\0' ? 4 : 8;
    if (h->version != '\0' && has_version1_part(r, h)) {
        read_block(r, h, 4, b);
        fault = read_header(r, h);
    }
    if (!fault)
        fault = read_block(r, h, *ret_time_size, b);
    return fault ? fault : check_types(h, b);
}

static const char *read_zone(struct zone *z, struct reader *r)
{
    struct header h;
    struct block b;
    size_t time_size;
    const char *fault = read_data(r, &h, &b, &time_size);

    if (fault)
        return fault;
    zone_room(z, &h, &b);
    fault = add_changes(z, &h, &b, time_size);
    if (!fault && time_size == 8)
        fault = add_footer(z, r, h.n_chars);
    return fault;
}

struct zone *zone_parse(const char *name, const void *tzif, size_t len, struct err *e)
{
    struct zone *z = mem_alloc(sizeof(*z));
    struct reader r = { .p = tzif, .end = (const uint8_t *)tzif + len };
    const char *fault;

    z->name = mem_strdup(name);
    z->cycle_from = INT64_MAX;
    fault = read_zone(z, &r);
    if (fault) {
        err_set(e, ERR_INVALID, "data of time zone '%s' is damaged: %s", name, fault);
        zone_free(z);
        return NULL;
    }
    drop_idle_changes(z);
    return z;
}

static bool name_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '+' || c == '/' || c == '.';
}

bool zone_name_valid(const char *name)
{
    size_t len = strlen(name);

    if (len == 0 || len > 64 || name[0] == '/' || name[len - 1] == '/' || strstr(name, "..") || strstr(name, "//"))
        return false;
    for (size_t i = 0; i < len; i++)
        if (!name_char(name[i]))
            return false;
    return true;
}
