/* notice_words.h - the phrases of messages: a row for each thing that is watched, a column for each language. Pure. */
#ifndef EDGECRON_CORE_NOTICE_WORDS_H
#define EDGECRON_CORE_NOTICE_WORDS_H

#include "core/notice_phrase.h"

/* Of what concerns jobs, secrets and targets. fired, again, recovered: by enum notice_kind. */
struct notice_words {
    struct phrase title[3];   /* of one; {n}: the count */
    struct phrase several[3]; /* of several; {n}: how many. Of the appliance: empty */
    struct phrase story;      /* what happened, and since when */
    struct phrase over;       /* the same, once it is over */
    struct phrase line;       /* one of several */
};
extern const struct notice_words NOTICE_WORDS[ALERT_ON_COUNT];

/* A certificate that is no longer valid, a job of which no success is known, a failure that was over before it was told: in words of their own. */
extern const struct notice_words NOTICE_CERTIFICATE_ENDED, NOTICE_NEVER_SUCCEEDED, NOTICE_FAILED_ONCE;
/* The words for `i`, one of n's. */
const struct notice_words *notice_words(const struct notice *n, const struct notice_item *i);

/* What to try: fits what is watched, the outcome, the status. NULL: nothing. */
const struct phrase *notice_advice(const struct notice *n, const struct notice_item *i);
/* The error of `i` without what it says to do: that is said once, as what to try. *ret_own (may be NULL): what it says, in it, where that fits this call
 * better than notice_advice. Not NULL. */
char *notice_bare_error(const struct notice *n, const struct notice_item *i, const char **ret_own);

#endif
