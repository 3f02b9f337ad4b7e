#include "cli/near.h"

#include <stddef.h>
#include <string.h>

#define NEAR_MAX 40 /* longer words are not looked at */

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Edits that turn a into b: put, remove, change a letter, or swap two neighbours (optimal string alignment). */
static int distance(const char *a, const char *b)
{
    int d[NEAR_MAX + 1][NEAR_MAX + 1];
    int n = (int)strlen(a), m = (int)strlen(b);
    if (n > NEAR_MAX || m > NEAR_MAX)
        return NEAR_MAX;
    for (int i = 0; i <= n; i++) {
        for (int j = 0; j <= m; j++) {
            if (i == 0 || j == 0) {
                d[i][j] = i + j;
                continue;
            }
            d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[n][m];
}

void near_start(struct near *n, const char *word)
{
    *n = (struct near){.word = word, .distance = NEAR_MAX};
}

void near_offer(struct near *n, const char *candidate)
{
    size_t len = strlen(n->word);
    int d = distance(n->word, candidate);
    if (len >= 2 && !strncmp(candidate, n->word, len))
        d = 1; /* an abbreviation */
    if (d < n->distance) {
        n->distance = d;
        n->best = candidate;
    }
}

const char *near_best(const struct near *n)
{
    int allowed = strlen(n->word) > 5 ? 2 : 1;
    return n->distance <= allowed ? n->best : NULL;
}
