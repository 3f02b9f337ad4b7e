/* settings.h - settings of the whole appliance (document.h names them). */
#ifndef EDGECRON_STORE_SETTINGS_H
#define EDGECRON_STORE_SETTINGS_H

#include "core/document.h"
#include "store/store.h"

int settings_get(struct store *s, struct settings *ret, struct err *e);
int settings_revision(struct store *s, int64_t *ret, struct err *e); /* grows with each change */
/* Nothing changes when they are so already. */
int settings_put(struct store *s, const struct settings *v, struct err *e);

#endif
