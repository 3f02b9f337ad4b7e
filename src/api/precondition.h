/* precondition.h - If-Match and If-None-Match (RFC 9110, section 13.1) against a revision, whose ETag is "N". Any thread. */
#ifndef EDGECRON_API_PRECONDITION_H
#define EDGECRON_API_PRECONDITION_H

#include "api/reply.h"
#include "api/request.h"

/* The fields as sent; NULL: absent. */
struct precondition {
    const char *if_match, *if_none_match;
};
/* ERR_MALFORMED for a field that is no list of entity tags. */
int precondition_read(const struct request *q, struct precondition *ret, struct err *e);
/* ERR_PRECONDITION, naming the present revision (also in the reply's ETag), unless what is kept is as the fields want it.
 * `revision` 0: there is nothing. A weak tag never matches If-Match. */
int precondition_check(const struct precondition *c, const char *what, const char *name, int64_t revision,
                       struct reply *p, struct err *e);
/* For GET: true when the asker has this revision already; the reply is then a 304 with its ETag. */
bool precondition_unmodified(const struct request *q, int64_t revision, struct reply *p);

#endif
