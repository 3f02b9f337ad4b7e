/* zones.h - where time zones come from: the system's database when it is there and newer, else the embedded one.
 *
 * Chosen once, at zones_open: /usr/share/zoneinfo (or $TZDIR) is used when its version (tzdata.zi or +VERSION) is newer than the
 * embedded archive's; a name that it lacks is then still looked for in the archive. Thread: a struct zones belongs to one thread; the zones it
 * gives live until zones_close. */
#ifndef EDGECRON_ENGINE_ZONES_H
#define EDGECRON_ENGINE_ZONES_H

#include "core/zone.h"

struct zones;
struct zones *zones_open(void);
void zones_close(struct zones *z);
/* ERR_INVALID when there is no such zone; the text suggests a near name when there is one. */
const struct zone *zones_get(struct zones *z, const char *name, struct err *e);
bool zones_known(void *zones, const char *name, struct err *why); /* a job_zone_known (core/job.h) */
/* "2026c (embedded)" or "2026d (/usr/share/zoneinfo)". */
const char *zones_version(const struct zones *z);

#endif
