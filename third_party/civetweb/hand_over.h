/* hand_over.h - what civetweb is asked for here and does not offer: requests that were read elsewhere.
 *
 * hand_over.c is compiled in place of civetweb.c and includes it. */
#ifndef CIVETWEB_HAND_OVER_H
#define CIVETWEB_HAND_OVER_H

#include <civetweb.h>

/* Gives a request to a worker thread. There is no socket: its init_connection callback calls mg_feed with the request's head, and it has no body
 * for civetweb. `tag` comes back from mg_tag. Waits while as many as connection_queue says wait already. Any thread. */
void mg_hand_over(struct mg_context *ctx, void *tag);
/* A copy of `head` is all that the connection will ever read. More than max_request_size is refused with an error to the client, as is a
 * head that is not whole. */
void mg_feed(struct mg_connection *conn, const char *head, size_t len);
void *mg_tag(const struct mg_connection *conn);
/* Zeroes what the connection's buffer holds of the request: for the connection_close callback, when nobody looks at it any more. */
void mg_forget(struct mg_connection *conn);
/* mg_stop, without waiting for up to two seconds. */
void mg_stop_now(struct mg_context *ctx);

#endif
