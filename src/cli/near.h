/* near.h - "did you mean ...?": the candidate nearest to a mistyped word. Thread: any. */
#ifndef EDGECRON_CLI_NEAR_H
#define EDGECRON_CLI_NEAR_H

struct near {
    const char *word, *best;
    int distance; /* of best */
};
void near_start(struct near *n, const char *word);
void near_offer(struct near *n, const char *candidate); /* borrowed */
/* NULL when none is near enough to be what was meant. */
const char *near_best(const struct near *n);

#endif
