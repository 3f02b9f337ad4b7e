/* view_check.h - the JSON form of what a look at a target found: the API's, and that of `target check --json`. */
#ifndef EDGECRON_API_VIEW_CHECK_H
#define EDGECRON_API_VIEW_CHECK_H

#include "base/json.h"
#include "engine/check.h"

struct json *view_check(const struct target *t, const struct target_check *k);

#endif
