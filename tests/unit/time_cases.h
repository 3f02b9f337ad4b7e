/* time_cases.h - the text cases of cron, zone and plan: every .txt of tests/cases/FOLDER, one case a line, "#" for
 * comments. */
#ifndef TESTS_UNIT_TIME_CASES_H
#define TESTS_UNIT_TIME_CASES_H

#include "base/clock.h"

#include <stddef.h>

#define CASE_PARTS 8
#define CASE_TEXT 512

/* A case: its parts between '|', blanks trimmed; parts that are not there are "". `why` is what the case got instead.
 * */
struct time_case {
    char *part[CASE_PARTS];
    char why[CASE_TEXT];
};

/* Runs every case of a folder; prints the place and the reason of each that fails. Returns how many failed; there
 * being fewer than `at_least` is one more failure. */
int time_cases(const char *folder, int at_least, bool (*passes)(struct time_case *c));

/* "blanks  trimmed", in place. */
char *case_trim(char *text);
/* RFC 3339, or "none" (WALL_NONE). Sets why and returns false when it is neither. */
bool case_time(struct time_case *c, const char *text, struct wall *ret);

#endif
