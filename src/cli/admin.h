/* admin.h - how a server comes by its administrator's password when it starts. Thread: main. */
#ifndef EDGECRON_CLI_ADMIN_H
#define EDGECRON_CLI_ADMIN_H

#include "base/buf.h"
#include "cli/config.h"

#define ADMIN_INPUT_MAX 4096

/* The password of --admin-password-file into `out` (BUF_SECRET), or nothing without that. Before the process is confined. */
int admin_read(const struct config *c, struct buf *out, struct err *e);
/* Once the server listens at `url` ("http://127.0.0.1:8427"): sets that password, unless it is the one in force; without one, and while none
 * is set, logs a set-up link. What fails is logged: jobs run all the same. Wipes `password`. */
void admin_prepare(const char *dir, const char *url, struct buf *password);

#endif
