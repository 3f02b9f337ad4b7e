/* hand_over.h - what civetweb is asked for here and does not offer: connections that were accepted elsewhere.
 *
 * hand_over.c is compiled in place of civetweb.c and includes it. */
#ifndef CIVETWEB_HAND_OVER_H
#define CIVETWEB_HAND_OVER_H

#include <civetweb.h>

/* Gives a connected descriptor, with a request waiting in it, to a worker thread, which closes it. `tag` comes back from mg_tag. Waits while
 * as many as connection_queue says wait already. Any thread. */
void mg_hand_over(struct mg_context *ctx, int fd, void *tag);
void *mg_tag(const struct mg_connection *conn);
/* Zeroes what the connection's buffer holds of the request: for the connection_close callback, when nobody looks at it any more. */
void mg_forget(struct mg_connection *conn);
/* mg_stop, without waiting for up to two seconds. */
void mg_stop_now(struct mg_context *ctx);

#endif
