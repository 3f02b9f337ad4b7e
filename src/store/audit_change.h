/* audit_change.h - inside src/store: the audit's entry of a change of a job, target or the settings, by what was before and is after. */
#ifndef EDGECRON_STORE_AUDIT_CHANGE_H
#define EDGECRON_STORE_AUDIT_CHANGE_H

#include "base/json.h"
#include "store/audit.h"

#define AUDIT_PLACES_MAX 60    /* changed places that are told, and ... */
#define AUDIT_DETAIL_MAX 16384 /* ... bytes of them; then "more" says that there were more */

/* Detail: {"changes": [{"pointer", "before", "after"}]}, what may be a key covered (core/conceal.h). `before` NULL: it is new; `after` NULL:
 * it was removed; then places that are empty are left out. Inside the transaction of the change. */
int audit_change(struct store *s, enum audit_action action, const char *resource, const struct json *before,
                 const struct json *after, struct wall now, struct err *e);

#endif
