/* waiting.h - a server whose disk is full as it starts: it calls nothing, says why on its port, and starts when there is space.
 *
 * A server needs room before it can so much as read: for the index that processes share. Ended, it would be started again and
 * again by whoever watches it, and nobody would learn from /readyz what is wrong. */
#ifndef EDGECRON_CLI_WAITING_H
#define EDGECRON_CLI_WAITING_H

#include "cli/service.h"

/* After service_start found no space (*e): tries again each second. Returns what service_start does at last, or, when a signal ends
 * the wait, 0 with *ret_signal. Without TLS alone is there an answer on the port. */
int waiting_start(struct service *s, const struct config *c, const char *listen_text, int *ret_signal, struct err *e);
bool waiting_wanted(const struct service *s, int result); /* is it that? */

#endif
