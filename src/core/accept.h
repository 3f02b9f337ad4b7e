/* accept.h - may an answer have this content coding? Pure. RFC 9110, section 12.5.3. */
#ifndef EDGECRON_CORE_ACCEPT_H
#define EDGECRON_CORE_ACCEPT_H

#include <stdbool.h>

/* By the request's Accept-Encoding: NULL, which is that it has none, allows every coding; an empty one allows none. `coding` is in lower case;
 * its old name with "x-" before it is the same (section 8.4.1). What is no weight counts as one that is not 0. */
bool accept_coding(const char *field, const char *coding);

#endif
