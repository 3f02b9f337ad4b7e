/* pgcron_fields.h - what pg_cron 1.6 makes of a schedule: the very minutes, hours and days, mistakes and all. Pure.
 *
 * pg_cron has the parser of Vixie's cron, which is lenient: what follows a value is skipped up to the next blank ("sat#1" is "sat"), what
 * follows the fifth field is ignored, a range that runs backwards sets what its bytes happen to hold ("22-2" is 0-2 and 22-23, "fri-mon"
 * nothing), a step may be larger than the field. "@yearly" never fires, as it asks for month 0. */
#ifndef EDGECRON_CORE_PGCRON_FIELDS_H
#define EDGECRON_CORE_PGCRON_FIELDS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PGCRON_SCHEDULE_MAX 999 /* bytes that pg_cron reads */

enum pgcron_field_id { PGCRON_MINUTE, PGCRON_HOUR, PGCRON_DAY, PGCRON_MONTH, PGCRON_WEEKDAY, PGCRON_FIELDS_N };

struct pgcron_field {
    const char *text; /* as written, up to the next blank: borrowed, not NUL-terminated */
    int len;          /* of all that */
    int read;         /* of what pg_cron looks at: the rest it skips */
    uint64_t set;     /* bit n: value n; Sunday is 0 alone */
    uint64_t meant;   /* the same, but a range that runs backwards goes round the end, as people mean it */
    bool star;        /* begins with '*': then both day fields must fit */
    bool last_day;    /* "$" */
    bool backwards;   /* holds such a range */
    bool beyond;      /* holds a step larger than the field */
};

struct pgcron_fields {
    enum { PGCRON_BY_FIELDS, PGCRON_BY_SECONDS, PGCRON_BY_WORD, PGCRON_AT_REBOOT } kind;
    struct pgcron_field field[PGCRON_FIELDS_N]; /* of a word: without text */
    int seconds;                                /* PGCRON_BY_SECONDS: 1 to 59 */
    const char *word;                           /* PGCRON_BY_WORD: "@daily"; static */
    const char *rest;                           /* what follows and is ignored; "" for nothing */
};

/* ERR_INVALID when pg_cron refuses the schedule, too. *ret borrows from text. */
int pgcron_fields_read(const char *text, struct pgcron_fields *ret, struct err *e);

/* The values that a field may have. */
int pgcron_field_least(enum pgcron_field_id id);
int pgcron_field_most(enum pgcron_field_id id);          /* of weekdays: 6 */
const char *pgcron_field_title(enum pgcron_field_id id); /* "hour" */
uint64_t pgcron_field_all(enum pgcron_field_id id);

#endif
