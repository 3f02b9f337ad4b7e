/* field_cases.h - cases of documents that are read field by field (job, target).
 *
 *     base {"name": "a", ...}     members that every document below has
 *     {"retry": {"max_attempts": 0}}
 *     ! /retry/max_attempts 'retry.max_attempts' is 0; expected     refused: pointer, and a part of the text
 *     {"$without": ["name"]}      a document that lacks members of the base
 *     = /tags []                  accepted: what stands at a pointer when it is printed again
 *     name followup               given from outside for the next document
 *
 * "(root)" is the pointer of the whole document; in others "%20" stands for a space, and so on. A document may go on
 * over several lines, until a '!' or '='; several '=' lines may follow one document. $A*5000 inside a string stands
 * for 5000 letters A. */
#ifndef EDGECRON_TESTS_FIELD_CASES_H
#define EDGECRON_TESTS_FIELD_CASES_H

#include "base/json.h"

/* Parses doc and prints what was read. NULL when it was refused. */
typedef struct json *(*field_round)(const struct json *doc, const char *name, struct err *e);

void field_cases_run(const char *folder, int at_least, field_round round);

#endif
