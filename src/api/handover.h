/* handover.h - one request on its way from the gate to a worker thread, and its answer on the way back.
 *
 * It belongs to the gate's thread, then to the worker that it was given to, and, once that put it into `back`, to the gate's thread again. What
 * it holds may be secret and is wiped. */
#ifndef EDGECRON_API_HANDOVER_H
#define EDGECRON_API_HANDOVER_H

#include "api/reply.h"
#include "base/mailbox.h"
#include "base/mem.h"
#include "core/http1_intake.h"
#include "core/url.h"

struct handover {
    struct mail mail;
    struct mailbox *back;
    /* the request */
    char method[HTTP1_METHOD_MAX + 1];
    struct buf head; /* as civetweb is to read it */
    struct buf body; /* whole, chunks undone */
    struct address peer;
    bool tls;  /* encrypted between the peer and here */
    bool keep; /* the connection may be kept after the answer */
    /* the answer */
    bool answered; /* false: the worker could not */
    struct reply reply;
    struct buf answer;   /* its head */
    struct arena *arena; /* what the reply borrows from */
    int stream;          /* what follows the head comes from there, until it ends; else -1 */
    /* the gate's own */
    struct client *client; /* NULL: it left */
    bool urgent;
    struct handover *prev, *next;
};

struct handover *handover_new(void);
void handover_free(struct handover *h);
/* Takes method, target, fields and body out of what was read, which is then empty. */
void handover_take(struct handover *h, struct http1_intake *in, struct buf *body);
/* Bytes of the answer that are in memory. */
size_t handover_size(const struct handover *h);

#endif
