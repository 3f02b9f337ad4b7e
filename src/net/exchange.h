/* exchange.h - one call on its way; internal to the HTTP client. http.c: submit and end; http_connect.c: to a connection; exchange.c:
 * request out, response in. */
#ifndef EDGECRON_NET_EXCHANGE_H
#define EDGECRON_NET_EXCHANGE_H

#include "core/http1.h"
#include "net/dial.h"
#include "net/http.h"
#include "net/pool.h"

enum phase {
    PHASE_WAITING,   /* for an idle connection, or a place to make one */
    PHASE_DIALING,   /* look-up and TCP */
    PHASE_HANDSHAKE, /* TLS */
    PHASE_SENDING,
    PHASE_SENT, /* waiting for the first byte */
    PHASE_READING,
    PHASE_ENDED /* done is about to be called */
};

struct exchange {
    struct http_call *call;
    struct http_client *client;
    struct pool_host *host;
    enum phase phase;
    struct dial *dial;
    bool holds_dial; /* counted in host->dials */
    struct conn *conn;
    struct loop_timer timer;
    struct mono submitted, acquiring, handshake_at, sending_at; /* acquiring: since then a connection is wanted */
    size_t out;                                                 /* bytes of head and body handed to the connection */
    int64_t written; /* what the connection had written before this request */
    bool fresh_only; /* a reused connection was stale already */
    bool write_dead; /* the server takes no more; perhaps it has answered */
    bool answered;   /* a byte of the answer came */
    struct http1_parser parser;
    struct exchange *prev, *next; /* waiting at the host, or ended */
    struct exchange *all_prev, *all_next;
};

struct http_client {
    struct loop *loop;
    struct dns *dns;
    struct conn_set conns;
    struct pool pool;
    struct exchange *all;
    struct smtp_session *mails; /* smtp_call.c */
    struct exchange *ended_first, *ended_last;
    struct loop_task tell;
    struct http_stats stats;
};

/* http.c */
void exchange_end(struct exchange *x, enum outcome outcome, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void exchange_arm(struct exchange *x); /* the timer, for the nearer of the two limits that still matter */

/* http_connect.c */
void exchange_acquire(struct exchange *x); /* an idle connection, a new one, or a place in the line */
void exchange_serve(struct pool_host *h);  /* a connection is idle, or one may be made: the first in line go on */
void exchange_detach(struct exchange *x);  /* lets go of line, dial or connection */
void exchange_resend(struct exchange *x);  /* the connection was stale: once more, on a fresh one */

/* smtp_call.c */
void smtp_end_all(struct http_client *c); /* as canceled, done is called at once */

/* exchange.c */
void exchange_begin(struct exchange *x, struct conn *c); /* x owns the open connection: sends the request */
void exchange_ready(struct exchange *x, int events);     /* CONN_READABLE, CONN_WRITABLE */
void exchange_timed_out(struct exchange *x, int64_t limit_ms, bool connecting);

#endif
