/* suggest.h - "did you mean ...?": the nearest of some known words. Pure.
 *
 *     struct suggest s = { .typed = "shedule" };
 *     for (each known word) suggest_offer(&s, word);
 *     if (s.best) ...
 *
 * Letter case, '-' and '_' make no difference; a swap of neighbours counts as one slip. Words that differ too much for
 * their length are no suggestion. */
#ifndef EDGECRON_CORE_SUGGEST_H
#define EDGECRON_CORE_SUGGEST_H

struct suggest {
    const char *typed;
    const char *best; /* borrowed from the offers; NULL: nothing near */
    int distance;     /* of best */
};

void suggest_offer(struct suggest *s, const char *known);

#endif
