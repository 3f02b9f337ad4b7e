/* verdict_advice.c - finds in a message what it says to do, for those who say that in words of their own. */
#include "core/verdict_words.h"

#include <stdio.h>
#include <string.h>

#define KNOWN_BY 24 /* octets at its beginning by which an advice is known: a long message may have been cut in it */

size_t verdict_find_advice(const char *message, const char *advice)
{
    char begin[KNOWN_BY + 3];
    snprintf(begin, sizeof begin, ": %s", advice);
    const char *at = strstr(message, begin);
    return at ? (size_t)(at - message) : SIZE_MAX;
}

/* What no table holds. exact: it is about this very call, as the answer or the job tells. */
static const struct {
    enum outcome outcome;
    const char *advice;
    bool exact;
} OTHERS[] = {
    { OUTCOME_HTTP_STATUS, "set the same value on both sides", false },
    { OUTCOME_HTTP_STATUS, "the platform asks for an 'Authorization'", true },
    { OUTCOME_HTTP_STATUS, "the request carries no credential", true },
    { OUTCOME_HTTP_STATUS, "check it, and better keep it as a secret", true },
    { OUTCOME_HTTP_STATUS, "redirects are not followed", true },
    { OUTCOME_HTTP_STATUS, "change 'request.method'", true },
    { OUTCOME_HTTP_STATUS, "add \"", true },
    { OUTCOME_ASSERTION, "let the function answer with", true },
    { OUTCOME_SECRET, "set it with: edgecron secret set", false },
    { OUTCOME_SECRET, "use another secret there", true },
    { OUTCOME_SECRET, "set it again without one", true },
};

size_t verdict_advice(enum outcome o, int status, const char *message, bool *ret_exact)
{
    size_t at = o == OUTCOME_HTTP_STATUS ? verdict_status_advice(status, message, ret_exact)
                                         : verdict_explain_advice(o, message, ret_exact);
    for (size_t i = 0; i < MEM_COUNT(OTHERS) && at == SIZE_MAX; i++) {
        if (OTHERS[i].outcome != o)
            continue;
        at = verdict_find_advice(message, OTHERS[i].advice);
        *ret_exact = OTHERS[i].exact;
    }
    return at == SIZE_MAX ? strlen(message) : at;
}
