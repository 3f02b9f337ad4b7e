/* conn.h - one connection: bytes over TCP, plain or TLS, non-blocking. conn.c has the state diagram.
 *
 * Who uses a connection (a call, or the pool while it is idle) is its owner and is told what happens. Thread: the loop's. */
#ifndef EDGECRON_NET_CONN_H
#define EDGECRON_NET_CONN_H

#include "core/url.h"
#include "net/loop.h"
#include "net/tls_thread.h"

#include <sys/uio.h>

#define CONN_SCRATCH (64 * 1024) /* read buffer of all connections; a TLS record fits */

struct conn;

/* What the connections of one loop share. Handshakes are made on a thread of their own (tls_thread.h). */
struct conn_set {
    struct loop *loop;
    struct tls_thread *handshakers;
    int open;
    int64_t handshakes, resumed; /* completed; of these, resumed */
    char scratch[CONN_SCRATCH];
};
int conn_set_init(struct conn_set *set, struct loop *l, struct err *e);
void conn_set_free(struct conn_set *set); /* all its connections must be closed */

enum conn_state { CONN_HANDSHAKE, CONN_OPEN, CONN_IDLE, CONN_STATES };
enum conn_event {
    CONN_OPENED = 1,
    CONN_FAILED = 2,
    CONN_READABLE = 4,
    CONN_WRITABLE = 8
}; /* the last two may come together */
typedef void (*conn_fn)(void *ctx, int events);

struct conn {
    struct loop_fd watch;
    struct conn_set *set;
    struct tls_stream *tls; /* NULL: plain */
    enum conn_state state;
    conn_fn ready; /* the owner; may close the connection */
    void *ctx;
    int64_t written;     /* bytes that the socket took */
    int uses;            /* calls carried so far, the present one included */
    bool reads_on_write; /* TLS must write before it can read on */
    bool writes_on_read; /* and the other way round */
    int error;           /* errno of the last failure */
    uint16_t port;
    struct address address;          /* of the peer */
    struct tls_handshake *handshake; /* while the thread has the stream: hands off it and the descriptor */

    /* the pool's */
    struct pool_host *host;
    struct conn *host_prev, *host_next; /* idle ones of a host, most recently used first */
    struct conn *age_prev, *age_next;   /* all idle ones, longest idle first */
    struct mono idle_since, usable_until;
    int generation;
};

/* Takes over a connected descriptor, and `tls` (NULL: plain, open at once). On failure both are gone and NULL is returned. */
struct conn *conn_new(struct conn_set *set, int fd, const struct address *a, uint16_t port, struct tls_stream *tls,
                      conn_fn ready, void *ctx, struct err *e);
/* A plain, open one goes on in TLS: HANDSHAKE, then CONN_OPENED or CONN_FAILED. What was read so far was in the clear. `tls` is the connection's from now on. */
void conn_start_tls(struct conn *c, struct tls_stream *tls);
void conn_close(struct conn *c); /* and frees it */
void conn_own(struct conn *c, conn_fn ready, void *ctx);
void conn_move(struct conn *c, enum conn_state to); /* OPEN <-> IDLE; anything else is a bug and aborts */

enum conn_status { CONN_DONE, CONN_AGAIN, CONN_EOF, CONN_BROKEN };
/* Reads what is there into set->scratch. */
enum conn_status conn_read(struct conn *c, size_t *ret_len);
/* Writes some of the parts (two at most); the same must be given again after CONN_AGAIN, when CONN_WRITABLE comes. */
enum conn_status conn_write(struct conn *c, const struct iovec *parts, int n, size_t *ret_len);
/* More must come, soon: tells the peer at once what has arrived. A server with Nagle's algorithm on that writes head and body apart
 * sends the body only then, and our kernel would wait 40 ms in the hope of a request to tell it along with. */
void conn_expect_more(const struct conn *c);
void conn_wait_writable(struct conn *c);    /* CONN_WRITABLE comes, in the next turn when it can be written already */
bool conn_peek_alive(const struct conn *c); /* asks the socket: nothing to read and not closed? */
const char *conn_reason(const struct conn *c);                        /* of the last failure, in words */
const char *conn_error_text(int error);                               /* an errno of the socket calls, in words */
void conn_peer(const struct address *a, uint16_t port, char out[64]); /* "127.0.0.1:80", "[::1]:80" */

#endif
