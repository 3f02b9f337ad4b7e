/* tls_thread.h - the thread that makes TLS handshakes, so that the calls already open do not wait for their arithmetic.
 *
 * Measured (tests/bench/tls_latency.c; 2 processors, shared with the servers): a full TLS 1.3 handshake with an ECDSA certificate costs
 * 4 ms, of which checking one signature, which cannot be cut, takes half. What 16 plain calls that are always under way took, in ms,
 * while 1,000 such handshakes were made:
 *
 *                                                            p50   p99    max
 *   nothing else going on                                    0.3   0.5    2.9
 *   handshakes on the loop, one step or 1 ms a turn          4.3  20.5   70.5
 *   handshakes on this thread                                0.3   2.2   99     (1,000 connects in one turn: 86 ms)
 *
 * The rate is the same, 340 a second: one processor's. Cutting the arithmetic (MBEDTLS_ECP_RESTARTABLE) is possible for TLS 1.2
 * with ECDSA alone; a lower priority for the thread changed nothing.
 *
 * A handshake that was begun belongs to the thread until it must wait for the peer, fails or is over; then it comes back to the loop.
 * Thread: the loop's, for everything here. */
#ifndef EDGECRON_NET_TLS_THREAD_H
#define EDGECRON_NET_TLS_THREAD_H

#include "net/loop.h"
#include "net/tls.h"

struct tls_thread;
struct tls_handshake; /* a stream that is with the thread */

/* Told on the loop when it comes back. The stream and its descriptor are the caller's again; *done as from tls_stream_step. */
typedef void (*tls_thread_fn)(void *ctx, enum tls_status status, bool done);

struct tls_thread *tls_thread_new(struct loop *l, struct err *e);
void tls_thread_free(
    struct tls_thread *t); /* waits for the step under way, milliseconds; all must be given up before */
/* Lends the stream and the descriptor that it works on. */
struct tls_handshake *tls_thread_put(struct tls_thread *t, struct tls_stream *s, int fd, tls_thread_fn fn, void *ctx);
/* Not wanted any more: stream and descriptor are the thread's now, freed and closed when it lets go. fn is not called. */
void tls_thread_give_up(struct tls_handshake *h);

#endif
