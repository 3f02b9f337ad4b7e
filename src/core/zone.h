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

/* Copies what it needs out of `tzif`: a whole file, or what is left of one of version 2 or later without its version 1
 * part. `name` is for messages and zone_name. ERR_INVALID when the data is damaged or counts leap seconds. */
struct zone *zone_parse(const char *name, const void *tzif, size_t len, struct err *e);
struct zone *zone_utc(void); /* static; zone_free leaves it alone */
void zone_free(struct zone *z);
const char *zone_name(const struct zone *z);

/* Offset from UTC in seconds (east positive) in force at the instant, and the abbreviation if asked. */
int zone_offset(const struct zone *z, int64_t unix_s, const char **ret_abbreviation);
/* The first instant after unix_s at which the offset changes, or INT64_MAX. */
int64_t zone_next_change(const struct zone *z, int64_t unix_s);

/* The stretch of time around the instant in which the offset is known not to change: [from, until). The stretches
 * before and after may have the same offset. INT64_MIN / INT64_MAX: open. */
struct zone_span {
    int64_t from, until;
    int offset;
};
struct zone_span zone_span(const struct zone *z, int64_t unix_s);

/* A local civil time (seconds since the epoch as if UTC) to instants. */
enum zone_fit { ZONE_ONCE, ZONE_TWICE, ZONE_NEVER };
struct zone_instants {
    enum zone_fit fit;
    int64_t first;  /* ONCE: the instant; TWICE: the earlier; NEVER: the first instant after the gap */
    int64_t second; /* TWICE: the later; else = first */
};
struct zone_instants zone_resolve(const struct zone *z, int64_t local_s);

bool zone_name_valid(const char *name); /* IANA characters, no "..", no leading '/', at most 64 bytes */

/* The embedded archive of TZif files, one block of bytes (all numbers big-endian; made by third_party/tzdata/pack.c):
 *
 *   8 bytes  "ECTZDB1" and a NUL
 *   16 bytes version of the tz database, padded with NULs ("2026c")
 *   u32      count of names
 *   count x  { u32 name_offset, u32 data_offset, u32 data_len }, sorted by name as strcmp sorts
 *
 * Offsets are from the start of the archive. Names end with a NUL. Aliases share a data_offset. The data is the
 * version 2+ part of the TZif file, which zone_parse takes as it is. */
#define ZONE_ARCHIVE_VERSION_MAX 16
/* The TZif bytes, inside the archive. NULL: unknown name, or damaged archive. */
const void *zone_archive_find(const void *archive, size_t archive_len, const char *name, size_t *ret_len);
/* False when the archive is damaged. `out` is NUL-terminated. */
bool zone_archive_version(const void *archive, size_t archive_len, char out[ZONE_ARCHIVE_VERSION_MAX + 1]);
/* The n-th name in order, counted from 0. NULL: no more, or damaged. */
const char *zone_archive_name(const void *archive, size_t archive_len, size_t n);

#endif
