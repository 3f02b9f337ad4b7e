/* gate.h - in front of the worker threads: one thread that takes connections, does TLS, and reads each request whole before any worker hears
 * of it, and takes each answer whole off a worker's hands. However many peers are idle, slow or silent, all that they hold is a descriptor
 * and a little memory, and both have a limit: at that limit the connection that has waited longest for its peer gives way to the new one.
 *
 * Between requests a connection is kept; requests that come at once are answered one after the other. */
#ifndef EDGECRON_API_GATE_H
#define EDGECRON_API_GATE_H

#include "api/http.h"
#include "net/tls_server.h"

struct gate_limits {
    int connections;         /* open ones, of any kind; of these: */
    int tls_connections;     /* with a TLS session, which costs 30 KiB */
    int64_t bodies_bytes;    /* of requests being read or answered, all together */
    int64_t answers_bytes;   /* of answers being sent, all together */
    int handshake_ms;        /* from the first byte to the end of the TLS handshake */
    int idle_ms;             /* until the first byte of a request */
    int head_ms;             /* from there to the end of the head */
    int body_ms;             /* from there to the end of the body */
    int tick_ms, tick_bytes; /* bodies and answers: at least so many bytes in each so many milliseconds */
    int linger_ms;           /* after the last answer, for the peer to close */
    int stop_ms;             /* when stopping, for what is under way */
};
extern const struct gate_limits gate_limits;

#define GATE_SPEAKS_HTTPS "this port speaks https" /* in the answer to plain http */

struct gate;

/* Takes over a listening descriptor. `tls` NULL: plain HTTP; else a reference, taken over. `scope` and `limits` are borrowed. */
struct gate *gate_start(int fd, struct tls_server *tls, const struct http_scope *scope,
                        const struct gate_limits *limits, struct err *e);
int gate_listener(const struct gate *g); /* the descriptor; stays the gate's */
/* New connections get this one from now on. Any thread. */
void gate_renew(struct gate *g, struct tls_server *tls);
/* Asks the gate's loop for a sign of life, and returns when it gave the last one; mono 0: none yet. Any thread. */
struct mono gate_beat(struct gate *g);
/* What is under way may end, for a while. */
void gate_stop(struct gate *g);

#endif
