#include "core/backup_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char PATTERN[] = "edgecron-99999999T999999Z.db"; /* 9: a digit */

char *backup_name(struct wall at, char out[BACKUP_NAME_SIZE])
{
    struct civil c = civil_from_ms(at.ms);
    snprintf(out, BACKUP_NAME_SIZE, "edgecron-%04u%02u%02uT%02u%02u%02uZ.db", (unsigned)c.year % 10000u,
             (unsigned)c.month % 100u, (unsigned)c.day % 100u, (unsigned)c.hour % 100u, (unsigned)c.minute % 100u,
             (unsigned)c.second % 100u);
    return out;
}

static int digits(const char *text, int n)
{
    int value = 0;
    for (int i = 0; i < n; i++)
        value = value * 10 + (text[i] - '0');
    return value;
}

bool backup_name_time(const char *name, struct wall *ret)
{
    char same[BACKUP_NAME_SIZE];
    for (size_t i = 0; i < sizeof PATTERN; i++)
        if (PATTERN[i] == '9' ? name[i] < '0' || name[i] > '9' : name[i] != PATTERN[i])
            return false;
    struct civil c = { .year = digits(name + 9, 4),
                       .month = digits(name + 13, 2),
                       .day = digits(name + 15, 2),
                       .hour = digits(name + 18, 2),
                       .minute = digits(name + 20, 2),
                       .second = digits(name + 22, 2) };
    if (c.year < 1970 || c.month < 1 || c.month > 12)
        return false;
    *ret = (struct wall){ civil_to_ms(&c) };
    return strcmp(backup_name(*ret, same), name) == 0; /* no 31st of February */
}

struct wall backup_due(const struct cron *c, struct wall last, struct wall failed, struct wall since, struct wall now)
{
    struct wall after = wall_is_none(last) ? since : last;
    if (after.ms > now.ms)
        after = now;
    struct wall due = cron_next(c, zone_utc(), after, after);
    if (wall_is_none(due) || wall_is_none(failed) || failed.ms > now.ms || due.ms > failed.ms + BACKUP_AGAIN_MS)
        return due;
    return (struct wall){ failed.ms + BACKUP_AGAIN_MS };
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

size_t backups_to_go(char (*names)[BACKUP_NAME_SIZE], size_t n, int64_t keep)
{
    if (n == 0)
        return 0;
    qsort(names, n, sizeof *names, by_name);
    return (int64_t)n > keep ? n - (size_t)keep : 0;
}
