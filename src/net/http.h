/* http.h - the HTTP/1.1 client: give it a call, be told how it ended. RFC 9110, RFC 9112.
 *
 *   submit -> [waits for a connection: pooled, or look-up -> connect -> handshake] -> send -> answer -> done
 *
 * Thousands of calls run at once on the loop's thread. Redirects are not followed, cookies not kept, content is not decoded,
 * "Expect" is not sent: what is sent is `head` and `body`, byte for byte. Connections are kept and shared per (scheme, host,
 * port, TLS options); the egress rule is checked on the address of the connection used, also of a pooled one.
 * Thread: the loop's, for everything here. */
#ifndef EDGECRON_NET_HTTP_H
#define EDGECRON_NET_HTTP_H

#include "base/buf.h"
#include "base/err.h"
#include "core/run.h"
#include "core/url.h"
#include "net/dns.h"
#include "net/loop.h"
#include "net/tls.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_client;

struct http_client_config {  /* 0 or NULL: the default */
    int max_idle_per_host;   /* 64 */
    int max_idle_total;      /* 1024 */
    int64_t idle_ms;         /* 30000; a server's "Keep-Alive: timeout=" shortens it */
    int max_dials_per_host;  /* 256 connections being made at once to one host (TLS: a quarter, and few until the first
                               handshake gave a session to resume); more calls wait for one of these or an idle one */
    struct dns_source names; /* getaddrinfo, /etc/hosts */
};

struct http_client *http_client_new(struct loop *l, const struct http_client_config *config,
                                    struct err *e); /* config may be NULL */
/* Calls in flight end as canceled: their done is called from inside, and must not submit any more. */
void http_client_free(struct http_client *c);
/* CA files are read again for the connections made from now on; idle connections are closed, calls in flight go on. */
void http_client_reload(struct http_client *c);

struct http_timing {       /* milliseconds; -1: that phase did not happen */
    int64_t dns_ms;        /* name look-up; 0 when cached */
    int64_t connect_ms;    /* TCP, all addresses tried included */
    int64_t tls_ms;        /* handshake */
    int64_t first_byte_ms; /* from the first byte sent to the first byte of the answer */
    int64_t total_ms;      /* from http_submit to the end */
};

/* A call: filled and owned by the caller (zeroed first), who keeps it and all it points to unchanged until done was called, and
 * frees it with http_call_clear afterwards (done may do so). */
struct http_call {
    /* input */
    bool tls;
    const char *host; /* lower-case name or address literal, no brackets */
    uint16_t port;
    const struct net_tls_options *tls_options; /* NULL: the defaults; compared by value for pooling */
    const struct cidr *allowed;                /* egress rule (core/url.h) */
    int n_allowed;
    const char *head; /* the complete request head (core/http1.h) */
    size_t head_len;  /* 0: nothing is sent; it ends, without a status, once there is a connection */
    const char *body;
    size_t body_len;
    bool head_request; /* the method is HEAD */
    /* A request on a reused connection that ended before any byte of an answer is sent once more on a fresh one: always when
     * not a byte of it was sent; when some was, only if idempotent and within a second: a server that closes later than that was
     * working on it, and another call of its function is another attempt. */
    bool idempotent;
    int64_t
        connect_timeout_ms; /* look-up, TCP and TLS, also the wait for a free place to do so, anew for a request sent once
                               more; <= 0: only timeout_ms */
    int64_t timeout_ms;     /* everything, from http_submit on; <= 0: no limit */
    size_t body_keep;       /* bytes of the response body kept; the rest is drained and counted */
    int64_t body_max;       /* more is OUTCOME_TOO_LARGE; <= 0: no limit */
    void (*done)(struct http_call *call); /* on the loop, once, never from inside http_submit or http_cancel */
    void *ctx;

    /* result */
    enum outcome
        outcome; /* OUTCOME_NONE: a whole response was read. Else TIMEOUT, DNS, CONNECT, TLS, PROTOCOL, TOO_LARGE, BLOCKED, CANCELED */
    char detail[256];         /* the technical reason in words, without advice; "" for OUTCOME_NONE */
    bool sent;                /* at least one byte of the request may have reached the server */
    bool reused;              /* on a connection that had carried a call before */
    int status;               /* 0 until a head was read whole; kept when the body fails later */
    struct buf response_head; /* fields as "Name: value\n" lines */
    struct buf response_body; /* at most body_keep bytes */
    bool truncated;           /* the body was longer than what is kept */
    int64_t body_size;        /* bytes of body received */
    struct http_timing timing;
    struct tls_peer peer;    /* of the connection that carried the request, when it was TLS */
    char remote_address[64]; /* "127.0.0.1:8080", "[::1]:443", or "" when never connected */

    /* the client's own */
    struct exchange *exchange;
};

void http_submit(struct http_client *c, struct http_call *call);
void http_cancel(struct http_client *c,
                 struct http_call *call); /* ends as OUTCOME_CANCELED; nothing when it has ended already */
void http_call_clear(
    struct http_call
        *call); /* frees the results (not the call); wipes nothing: no secrets are in there but by the server's doing */

struct http_stats {
    int in_flight; /* calls submitted and not done */
    int waiting;   /* of these, without a connection yet */
    int open;      /* connections: in use and idle */
    int idle;
    int64_t calls;      /* ended */
    int64_t connects;   /* TCP connections made */
    int64_t reused;     /* calls that went over a connection used before */
    int64_t resent;     /* calls sent once more because a reused connection was stale */
    int64_t handshakes; /* TLS handshakes completed */
    int64_t resumed;    /* of these, resumed */
    int64_t received;   /* bytes of response bodies */
    struct dns_stats names;
};
void http_client_stats(const struct http_client *c, struct http_stats *ret);

#endif
