/* merge.h - JSON merge patch (RFC 7396): what a PATCH makes of a document. Pure. */
#ifndef EDGECRON_CORE_MERGE_H
#define EDGECRON_CORE_MERGE_H

#include "base/json.h"

/* A new document: members of `patch` replace those of `target`, null takes one away, objects are merged, all else is taken
 * whole. `target` NULL: nothing was there. The caller frees. */
struct json *merge_patch(const struct json *target, const struct json *patch);

#endif
