/* zone.h - time zones from TZif data (RFC 9636), with the POSIX TZ footer for the future. Pure: bytes in, offsets out.
 *
 * The bytes come from the caller (system file or the embedded archive); hostile bytes give an error, never a
 * fault. A struct zone is immutable after parsing: any thread may read it. No use of libc's TZ. */
#ifndef EDGECRON_CORE_ZONE_H
#define EDGECRON_CORE_ZONE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zone;

/* Copies what it needs out of `tzif`. `name` is for messages and zone_name. */
struct zone *zone_parse(const char *name, const void *tzif, size_t len, struct err *e);
struct zone *zone_utc(void); /* static; zone_free leaves it alone */
void zone_free(struct zone *z);
const char *zone_name(const struct zone *z);

/* Offset from UTC in seconds (east positive) in force at the instant, and the abbreviation if asked. */
int zone_offset(const struct zone *z, int64_t unix_s, const char **ret_abbreviation);
/* The first instant after unix_s at which the offset changes, or INT64_MAX. */
int64_t zone_next_change(const struct zone *z, int64_t unix_s);

/* A local civil time (seconds since the epoch as if UTC) to instants. */
enum zone_fit { ZONE_ONCE, ZONE_TWICE, ZONE_NEVER };
struct zone_instants {
    enum zone_fit fit;
    int64_t first;  /* ONCE: the instant; TWICE: the earlier; NEVER: the first instant after the gap */
    int64_t second; /* TWICE: the later; else = first */
};
struct zone_instants zone_resolve(const struct zone *z, int64_t local_s);

/* The embedded archive (third_party/tzdata/pack.c tells its form). */
bool zone_name_valid(const char *name); /* IANA characters, no "..", no leading '/', at most 64 bytes */
const void *zone_archive_find(const void *archive, size_t archive_len, const char *name, size_t *ret_len); /* NULL: unknown or damaged */

#endif
