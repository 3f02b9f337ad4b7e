/* pgcron_name.h - names that edgecron takes, made of any text: small letters, digits, '-' and '_', at most 63, each once. Pure.
 *
 * Letters lose their accents ("relances-été" is relances-ete), what is left over becomes '-'. Thread: any, one at a time. */
#ifndef EDGECRON_CORE_PGCRON_NAME_H
#define EDGECRON_CORE_PGCRON_NAME_H

#include "base/map.h"
#include "base/mem.h"

struct pgcron_names {
    struct arena *arena;
    struct map taken; /* names that are given away */
    struct map next;  /* base -> the number that comes next */
};

void pgcron_names_free(struct pgcron_names *n); /* the tables; names stay in the arena */
/* The valid name nearest to text, whether or not it is taken; in the arena. `fallback` when nothing is left of it. */
const char *pgcron_name_near(const char *text, const char *fallback, struct arena *a);
/* Takes a valid name: the name itself, or with the lowest number from 2 behind it that makes it unique. */
const char *pgcron_name_take(struct pgcron_names *n, const char *name);
/* "name-2", cut so that it stays valid. */
const char *pgcron_name_numbered(const char *name, int number, struct arena *a);

#endif
