/* notice.h - one message of an alert: the facts, and their words in three languages. Pure.
 *
 * The facts are kept with the run that carries them, as JSON; words are made of them when it is sent. No fact holds a secret: last errors come from
 * history, which is redacted. */
#ifndef EDGECRON_CORE_NOTICE_H
#define EDGECRON_CORE_NOTICE_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "core/alert.h"
#include "core/run.h"

#define NOTICE_ITEMS_MAX 20  /* that are told of by name; the rest is a number */
#define NOTICE_ERROR_MAX 400 /* octets of a last error */
#define NOTICE_TEXT_MAX 16384

#define NOTICE_LANGUAGES(X) X(NOTICE_EN, "en") X(NOTICE_FR, "fr") X(NOTICE_ES, "es")
/* fired: it began; again: it still lasts; recovered: it is over; test: somebody asked for it */
#define NOTICE_KINDS(X) \
    X(NOTICE_FIRED, "fired") X(NOTICE_AGAIN, "again") X(NOTICE_RECOVERED, "recovered") X(NOTICE_TEST, "test")
#define X(name, text) name,
enum notice_language { NOTICE_LANGUAGES(X) NOTICE_LANGUAGE_COUNT };
enum notice_kind { NOTICE_KINDS(X) NOTICE_KIND_COUNT };
#undef X

/* `value` and `limit` by what is watched:
 *
 *   lateness, duration   ms, over_ms                disk       MiB free, under_mib
 *   metric               the metric's, its limit    clock      ms that the clock was set back, 0
 *   no_success           s without, over_s          overload   runs that wait, runs that memory holds
 *   secret_age           s old, its limit in s      store      rows that could not be written, 0
 *   certificate          s left (less than 0: ended), within_s
 *
 * What an item does not have is NULL, "", 0, -1 (times: WALL_NONE). */
struct notice_item {
    const char *subject; /* the job's, secret's or target's name; "" of the appliance as a whole */
    struct wall
        since; /* of the first failure (its occurrence), of the last success (no_success), or when it was noticed first */
    struct wall until; /* NOTICE_RECOVERED, and a failure that was over before it was told: when it was well again */
    int64_t count;     /* runs in a row that failed; occurrences missed */
    const char *run;   /* the last run's id */
    const char *error; /* its message, in words, as history has it */
    enum outcome outcome;
    int http_status;
    const char *secret;     /* the secret that a refused call (401, 403) carried: its name */
    double value, limit;    /* what was measured, and the rule's limit: ms, s, MiB or the metric's */
    const char *metric;     /* "followups_failed > 0" */
    struct wall expires_at; /* a certificate's */
};
struct notice {
    enum notice_kind kind;
    enum alert_on on;   /* not of NOTICE_TEST */
    const char *rule;   /* NULL: of a job's own rules, or of several */
    const char *target; /* that all items are on, or NULL */
    struct wall at;     /* when it was put together */
    const char *host;   /* which edgecron tells */
    const char *page;   /* address of the page, without slash at its end; NULL: not known, no links */
    const char *channel;
    struct notice_item *items; /* at most NOTICE_ITEMS_MAX, in order of `since` */
    int n_items;
    int64_t total; /* items, told of by name or not */
};

const char *notice_language_name(enum notice_language l);
bool notice_language_parse(const char *text, enum notice_language *ret);
const char *notice_kind_name(enum notice_kind k);

/* Facts to JSON and back; the parser takes what the printer makes. */
struct json *notice_to_json(const struct notice *n);
int notice_parse(const char *text, struct arena *a, struct notice *ret, struct err *e);

/* One line, without a line end, at most 200 octets: "followup-7h is failing: HTTP 401 from prod", "20 jobs on prod are failing". */
void notice_title(const struct notice *n, enum notice_language l, struct buf *out);
/* The whole message as plain text in paragraphs: what happened, since when, the last error in words, what to try, a link; a line for each item when they
 * are several. Times in UTC, written out. Ends without a line end. */
void notice_text(const struct notice *n, enum notice_language l, struct buf *out);
/* The link that the message is about: the run, the job, or the page's alerts. NULL when `page` is not known. In `a`. */
const char *notice_link(const struct notice *n, struct arena *a);

/* Values of {{alert.NAME}}: title, text, kind, on, rule, job (the first's subject), jobs (all, ", " between), target, since, error, count, total, link, host,
 * channel, json (the facts with title, text and link: the default body of a webhook). NULL: there is no such name. */
const char *notice_value(const struct notice *n, enum notice_language l, const char *name, struct arena *a);
const char *notice_value_name(int i); /* the names, from 0 on; NULL at their end */

#endif
