/* inherited.h - the listening socket that systemd may hand over at the start (sd_listen_fds(3): LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES), so that a
 * restart refuses no connection: they wait in the socket's queue meanwhile.
 *
 * There are two ways to have one: a .socket unit, whose address is then the one listened on; and the service's file descriptor store
 * (FileDescriptorStoreMax=1 or more), to which the server gives the socket that it opened itself. From there it comes back as long as it
 * is the one of --listen. A stopped service has none, so nothing but an operator starts it. Thread: main. */
#ifndef EDGECRON_CLI_INHERITED_H
#define EDGECRON_CLI_INHERITED_H

#include "cli/config.h"

#include <stdbool.h>

struct inherited {
    int fd;        /* 0: none */
    bool stored;   /* systemd keeps it already */
    char text[64]; /* its address */
};
/* Once, before a descriptor is opened. ERR_USAGE when what was handed over is no such socket, or more than one. */
int inherited_take(struct inherited *ret, const struct config *c, struct err *e);
/* Has systemd keep `fd` for the next start. */
void inherited_keep(int fd);

#endif
