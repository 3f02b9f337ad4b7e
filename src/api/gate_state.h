/* gate_state.h - what a gate and its connections are made of; between gate.c and the gate_*.c alone. The gate's thread.
 *
 *   KNOCK -> HANDSHAKE -+-> HEAD -> BODY -> WORK -> ANSWER -+-> HEAD (kept)
 *   (TLS alone)         |                                   +-> LINGER
 *                (plain)+     HEAD, BODY, KNOCK: refused -> ANSWER -> LINGER
 *                                           WORK -> STREAM -> LINGER */
#ifndef EDGECRON_API_GATE_STATE_H
#define EDGECRON_API_GATE_STATE_H

#include "api/gate.h"
#include "api/workers.h"
#include "net/loop.h"
#include "net/tls_thread.h"

#include <pthread.h>
#include <stdatomic.h>

#define GATE_SCRATCH (64 * 1024)
#define GATE_READ 16384 /* at once, but for bodies; a TLS record fits */
#define GATE_QUEUE_MAX 1024

/* Whom a connection waits for, longest first: its peer, for a request, and of these those with TLS; its peer, for the rest of a body; or us. */
enum gate_list { GATE_PEERS, GATE_TLS_PEERS, GATE_BODIES, GATE_BUSY, GATE_LISTS };

struct client_list {
    struct client *first, *last;
};
struct handover_list {
    struct handover *first, *last;
};

struct gate {
    pthread_t thread;
    struct loop *loop;
    struct tls_server *tls;
    struct tls_thread *handshakers;
    const struct gate_limits *limits;
    struct workers *workers;
    struct loop_fd listener, orders_watch, answers_watch;
    struct loop_timer listen_again, stop_by;
    struct mailbox *orders, *answers;
    struct client_list lists[GATE_LISTS];
    struct handover_list queue, handed; /* waiting for a worker; with one */
    int n_queue, n_handed;
    int n_clients, n_tls;
    int64_t bodies_bytes, answers_bytes;
    bool stopping;
    atomic_bool beat_asked; /* an order for a sign of life is under way */
    atomic_int_fast64_t beat_us;
    char scratch[GATE_SCRATCH];
};

enum client_state {
    CLIENT_KNOCK, /* on a TLS port, nothing has come yet */
    CLIENT_HANDSHAKE,
    CLIENT_HEAD, /* idle until it begins */
    CLIENT_BODY,
    CLIENT_WORK, /* the request is with a worker, or waits for one */
    CLIENT_ANSWER,
    CLIENT_STREAM,
    CLIENT_LINGER /* all is said: until the peer closes */
};

struct client {
    struct gate *gate;
    struct loop_fd watch;
    struct loop_timer timer;
    enum client_state state;
    enum gate_list list;
    struct client *prev, *next;
    struct mono since; /* it is in its list */
    struct address peer;
    struct tls_stream *tls;
    struct tls_handshake *handshake; /* the stream is with the handshakers */
    struct http1_intake in;
    struct buf body, ahead;      /* of the request; what came after it */
    int64_t moved, moved_before; /* octets of body or answer, and how many at the last tick */
    int64_t unwanted;            /* octets that were read and thrown away */
    bool stuck;                  /* a record could not be written whole: nothing may follow it */
    struct handover *handover;
    int64_t answer_size; /* that it counts for */
    struct buf out;      /* to be written next, from out_at */
    size_t out_at;
    const char *data; /* then this, the handover's */
    size_t data_left;
    int64_t file_left;
    struct loop_fd stream;
};

/* gate.c */
bool gate_submit(struct gate *g, struct handover *h); /* false: too many wait */
void gate_withdraw(struct gate *g, struct handover *h);
bool gate_evict(struct gate *g, bool of_tls); /* the one that has waited longest; false: there is none */

/* gate_client.c: any of these may end the client. */
void client_new(struct gate *g, int fd, const struct address *peer);
void client_close(struct client *c);
void client_enter(struct client *c, enum client_state state, enum gate_list list);
void client_next(struct client *c); /* waits for a request */
void client_refuse(struct client *c, const struct err *why);
void client_linger(struct client *c);
void client_log(const struct client *c, const char *what, const char *why); /* at debug; ends nothing */

/* gate_request.c: what comes in. */
void client_readable(struct client *c);
void client_feed(struct client *c, const char *data, size_t len);
void client_body_tick(struct client *c);

/* gate_answer.c: what goes out. */
void client_answer(struct client *c); /* its handover came back, or was made up */
void client_pump(struct client *c);
void client_answer_tick(struct client *c);
void client_answer_drop(struct client *c); /* forgets it */

/* gate_io.c */
enum io_status { IO_DONE, IO_AGAIN, IO_EOF, IO_BROKEN };
enum io_status client_read(struct client *c, char *data, size_t max, size_t *ret_len);
enum io_status client_write(struct client *c, const char *data, size_t len, size_t *ret_len);
void client_knock(struct client *c);
void client_shake(struct client *c);
void client_io_end(struct client *c); /* says that nothing more will be sent */

#endif
