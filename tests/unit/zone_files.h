/* zone_files.h - time zones for tests: the system's files, and zones made of a POSIX rule. */
#ifndef TESTS_UNIT_ZONE_FILES_H
#define TESTS_UNIT_ZONE_FILES_H

#include "core/zone.h"

#define ZONE_FILES_FOLDER "/usr/share/zoneinfo"
#define ZONE_FILE_MAX (64 * 1024)

/* The bytes of a zone's file; their number, or 0 when there is none. `out` holds ZONE_FILE_MAX. */
size_t zone_file_read(const char *name, void *out);
/* A zone by its name, or by a rule: "=CET-1CEST,M3.5.0,M10.5.0/3". Kept until the program ends. A zone that is not
 * there ends the program with a message that says what to install. */
const struct zone *zone_file(const char *name);
/* TZif bytes of version 2 that have nothing but the footer. Returns their number; `out` holds ZONE_FILE_MAX. */
size_t zone_file_of_rule(const char *rule, void *out);
/* All names of the system's database, the n-th counted from 0; NULL: no more. */
const char *zone_file_name(size_t n);

#endif
