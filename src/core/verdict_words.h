/* verdict_words.h - the words for an answer whose status is no success; shared by verdict.c and its parts alone. */
#ifndef EDGECRON_CORE_VERDICT_WORDS_H
#define EDGECRON_CORE_VERDICT_WORDS_H

#include "core/verdict.h"

/* "401 (unauthorized)", or the number alone when the status has no name. */
void verdict_add_status(int status, struct buf *message);
/* ` and said "Invalid JWT"`, or nothing when the body has nothing to show. Returns the excerpt in `said` too. */
void verdict_add_excerpt(const struct answer *a, struct buf *said, struct buf *message);
/* Adds s on one line: control characters as JSON writes them (so that redact still knows a value that has some), cut
 * at max bytes between characters ("..." then). */
void verdict_add_printable(const char *s, size_t len, size_t max, struct buf *out);
/* ": " and what to do about the status. `said` is the excerpt. */
void verdict_add_advice(const struct job *j, const struct target *t, const struct answer *a, const char *said,
                        struct buf *message);
/* Does a header of that name carry a credential, most likely: "X-Internal-Key", "apikey", "X-Auth-Token"? */
bool verdict_is_credential(const char *header);
/* The same for 401 and 403, where the credentials of the request are what matters. */
void verdict_add_credentials(const struct job *j, const struct target *t, const struct answer *a, const char *said,
                             struct buf *message);

/* The parts of verdict_advice(). SIZE_MAX: not found. */
size_t verdict_find_advice(const char *message, const char *advice);
size_t verdict_status_advice(int status, const char *message, bool *ret_exact);
size_t verdict_explain_advice(enum outcome o, const char *message, bool *ret_exact);

#endif
