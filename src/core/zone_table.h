/* zone_table.h - what a struct zone is made of; for zone*.c alone.
 *
 * Invariants: changes[0].at is INT64_MIN; `at` is strictly ascending; every abbreviation index names a NUL-terminated
 * text inside `abbreviations`. When the zone has a yearly rule (cycle_from != INT64_MAX) the table covers one whole
 * Gregorian cycle of 400 years after cycle_from, so any later instant is looked up one or more cycles earlier. */
#ifndef EDGECRON_CORE_ZONE_TABLE_H
#define EDGECRON_CORE_ZONE_TABLE_H

#include "core/zone.h"

#define ZONE_CYCLE_S 12622780800 /* 400 Gregorian years: a whole number of weeks */
#define ZONE_OFFSET_MIN (-89999) /* RFC 9636, section 3.2: utoff should be within these */
#define ZONE_OFFSET_MAX 93599
#define ZONE_ABBREVIATION_MAX 31

struct zone_change {
    int64_t at;            /* from this instant on, in seconds */
    int32_t offset;        /* seconds east of UTC */
    uint32_t abbreviation; /* index into abbreviations */
};

struct zone {
    char *name;
    struct zone_change *changes;
    size_t n_changes;
    char *abbreviations;
    int64_t cycle_from; /* INT64_MAX: no yearly rule, the last change holds for ever */
};

/* The footer: a POSIX TZ string as RFC 9636, section 3.3.1 extends it (hours of a change -167 to 167). */
struct zone_rule_date {
    enum { ZONE_RULE_JULIAN, ZONE_RULE_DAY, ZONE_RULE_WEEKDAY } kind; /* Jn, n, Mm.w.d */
    int month, week, day;
    int time_s; /* local time of the change, may be negative or beyond a day */
};
struct zone_rule {
    bool has_dst;
    int std_offset, dst_offset; /* seconds east */
    char std_name[ZONE_ABBREVIATION_MAX + 1], dst_name[ZONE_ABBREVIATION_MAX + 1];
    struct zone_rule_date start, end; /* of daylight saving time */
};

bool zone_rule_parse(const char *text, size_t len, struct zone_rule *ret);
int64_t zone_rule_start(const struct zone_rule *r, int year); /* the instant daylight saving time begins in that year */
int64_t zone_rule_end(const struct zone_rule *r, int year);

#endif
