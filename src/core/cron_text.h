/* cron_text.h - reading an expression, and saying where it goes wrong. For cron_parse.c, cron_field.c,
 * cron_special.c. */
#ifndef EDGECRON_CORE_CRON_TEXT_H
#define EDGECRON_CORE_CRON_TEXT_H

#include "core/cron.h"

struct cron_text {
    const char *start;   /* column 1 */
    const char *p, *end; /* what is left of the part being read */
    struct err *e;
};

/* Always -ERR_INVALID: "at column N: ...", N that of `at`. */
int cron_refuse(const struct cron_text *t, const char *at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same for a character that should not be at t->p ("the end" when nothing is left). */
int cron_refuse_here(const struct cron_text *t, const char *expected);
/* How much of [from, to) a message shows: for %.*s. */
int cron_quoted(const char *from, const char *to);

bool cron_take(struct cron_text *t, char c);
/* Reads digits. A number too long for an int becomes INT_MAX. False when there is no digit. */
bool cron_digits(struct cron_text *t, int *ret);

enum cron_field_id { CRON_SECOND, CRON_MINUTE, CRON_HOUR, CRON_DAY, CRON_MONTH, CRON_WEEKDAY };
/* Reads the one field that t spans into its members of *ret. */
int cron_field_parse(struct cron_text *t, enum cron_field_id id, struct cron *ret);

/* What follows "@every" or "@at", blanks skipped; t->p is at the first character. */
int cron_every_parse(struct cron_text *t, struct cron *ret);
int cron_at_parse(struct cron_text *t, struct cron *ret);
/* pg_cron's "30 seconds", the whole of it. */
int cron_seconds_parse(struct cron_text *t, struct cron *ret);

#endif
