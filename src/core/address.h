/* address.h - a URL that as a whole may be a secret: of a channel, of the heartbeat. Filled in as TEMPLATE_ADDRESS (template.h). Pure. */
#ifndef EDGECRON_CORE_ADDRESS_H
#define EDGECRON_CORE_ADDRESS_H

#include "core/field.h"

/* Is `url` (its placeholders were checked) an absolute http(s) URL with placeholders in its path or query alone, or one that a secret is, or begins? r
 * stands at its field; refuses otherwise, with `like` for what was expected. */
int address_check(struct field_reader *r, const char *url, const char *like);

#endif
