/* suggest.c - optimal string alignment distance over short words. */
#include "core/suggest.h"

#include <string.h>

#define WORD_MAX 40 /* longer words get no suggestion */

static int folded(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A' + 'a';
    return c == '-' || c == ' ' ? '_' : c;
}

static int least(int a, int b, int c)
{
    int ab = a < b ? a : b;
    return ab < c ? ab : c;
}

static int distance(const char *a, size_t na, const char *b, size_t nb)
{
    int d[WORD_MAX + 1][WORD_MAX + 1];
    for (size_t i = 0; i <= na; i++)
        d[i][0] = (int)i;
    for (size_t j = 0; j <= nb; j++)
        d[0][j] = (int)j;
    for (size_t i = 1; i <= na; i++) {
        for (size_t j = 1; j <= nb; j++) {
            int x = folded(a[i - 1]), y = folded(b[j - 1]);
            d[i][j] = least(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (x != y));
            if (i > 1 && j > 1 && x == folded(b[j - 2]) && y == folded(a[i - 2]) && d[i - 2][j - 2] + 1 < d[i][j])
                d[i][j] = d[i - 2][j - 2] + 1;
        }
    }
    return d[na][nb];
}

void suggest_offer(struct suggest *s, const char *known)
{
    size_t n_typed = strlen(s->typed), n_known = strlen(known);
    if (n_typed == 0 || n_typed > WORD_MAX || n_known > WORD_MAX)
        return;
    size_t longer = n_typed > n_known ? n_typed : n_known;
    int slips_allowed = longer < 4 ? 1 : longer < 8 ? 2 : 3;
    int d = distance(s->typed, n_typed, known, n_known);
    if (d > slips_allowed || d >= (int)n_known || (s->best && d >= s->distance))
        return;
    s->best = known;
    s->distance = d;
}
