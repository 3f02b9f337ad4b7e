/* notice_phrase.h - a sentence of a message, filled in as its language has it: plurals, numbers, times, spans. Pure.
 *
 * A phrase is "one|other" or has a single form, with these placeholders:
 *
 *   {s} the subject, {name} the same or, of several, "NAME"      {n} the count that decides the form     {since} {until} {expires} {at} times    {span} from since to until, or to now
 *   {value} {limit} in the unit of what is watched (notice.h)    {left} the value without its sign       {metric} {m} the condition, its name
 *   {h} which edgecron   {c} the channel   {secret}   {status}   {rule}   {error}
 *   {check} "edgecron target check prod"
 *   {on} " on prod"   {of} " (target prod)"   {cause} ": HTTP 401 from prod"   {ago} " (2 h 10 min)": nothing where it is not known
 *
 * Texts of others lose their control characters, line ends among them. */
#ifndef EDGECRON_CORE_NOTICE_PHRASE_H
#define EDGECRON_CORE_NOTICE_PHRASE_H

#include "core/notice.h"

struct phrase {
    const char *in[NOTICE_LANGUAGE_COUNT];
};
struct phrase_facts {
    const struct notice *n;
    const struct notice_item *i; /* the one that is told of; when they are several, any */
    int64_t count;               /* {n} */
    bool several;                /* {cause} names no target: {on} did */
};

void phrase_add(const struct phrase *p, enum notice_language l, const struct phrase_facts *f, struct buf *out);
/* One line without control characters, repaired where it is no UTF-8, at most `max` octets: cut at a character, with "…". */
void phrase_clean(const char *s, size_t max, struct buf *out);

/* "12,345", "12 345", "12.345"; up to three decimals. */
void phrase_number(double n, enum notice_language l, struct buf *out);
/* "850 ms", "2 h 10 min", "3 days 4 h": two units, rounded down. Of less than nothing: of its absolute value. */
void phrase_span(int64_t ms, enum notice_language l, struct buf *out);
/* "22 Nov 07:00 UTC"; with the year where it is not that of `at`. */
void phrase_time(struct wall t, struct wall at, enum notice_language l, struct buf *out);

#endif
