/* difference.h - what changed between two JSON documents, place by place. Pure.
 *
 * Objects are compared member by member, arrays of the same length element by element; whatever else is not equal is one
 * place. The order of members does not matter. */
#ifndef EDGECRON_CORE_DIFFERENCE_H
#define EDGECRON_CORE_DIFFERENCE_H

#include "base/json.h"

/* An array of {"pointer", "before", "after"}: pointer is RFC 6901's; "before" is left out of what was added, "after" of what was
 * removed. Either document may be NULL: then there is one place, "". In the order of `before`, then what is new. The caller frees. */
struct json *difference(const struct json *before, const struct json *after);

#endif
