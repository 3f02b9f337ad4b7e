/* tls.h - TLS 1.2 and 1.3 as a client, non-blocking, on mbedTLS 3.6 (RFC 5246, RFC 8446).
 *
 * The peer is always verified: chain, validity and name (DNS-ID per RFC 9525, or IP SAN); there is no switch to turn that
 * off, a private authority is named by ca_file instead. SNI is sent for names (not for addresses, RFC 6066 section 3), ALPN
 * says http/1.1 alone, or nothing for mail. Renegotiation is off. Thread: one at a time. */
#ifndef EDGECRON_NET_TLS_H
#define EDGECRON_NET_TLS_H

#include "base/clock.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum net_tls_version { NET_TLS_1_2 = 12, NET_TLS_1_3 = 13 };

struct net_tls_options {
    const char *ca_file;          /* PEM or DER; NULL: the system's roots, or the embedded ones */
    enum net_tls_version tls_min; /* 0 means NET_TLS_1_2 */
};
enum net_tls_version net_tls_version_parse(const char *text); /* "1.2" or "1.3", as in job.h; anything else is 1.2 */

/* A context: authorities and settings, shared by the connections made with the same options. Counted references: a context that
 * was reloaded lives until its last stream ends. */
struct tls_context;
struct tls_context *tls_context_new(const struct net_tls_options *o,
                                    struct err *e); /* ERR_IO, ERR_MALFORMED; text names the file */
struct tls_context *tls_context_ref(struct tls_context *c);
bool tls_context_is_for(const struct tls_context *c, const struct net_tls_options *o); /* made with equal options? */
void tls_context_unref(struct tls_context *c);                                         /* NULL is fine */

/* What one connection learnt that saves the next the handshake: a 1.2 session or a 1.3 ticket. Per host, port and options.
 * Counted references. */
struct tls_resume;
struct tls_resume *tls_resume_new(void);
void tls_resume_unref(struct tls_resume *r); /* NULL is fine */
bool tls_resume_has(const struct tls_resume *r);

/* One connection. `host` is verified against; `resume` is read now and written whenever the server gives something new. The
 * descriptor stays the caller's. The second is for SMTP: no ALPN, as a server that looks at it would refuse "http/1.1". */
struct tls_stream;
enum tls_status { TLS_OK, TLS_WANT_READ, TLS_WANT_WRITE, TLS_EOF, TLS_FAILED };

struct tls_stream *tls_stream_new(struct tls_context *c, const char *host, int fd, struct tls_resume *resume,
                                  struct err *e);
struct tls_stream *tls_stream_new_mail(struct tls_context *c, const char *host, int fd, struct tls_resume *resume,
                                       struct err *e);
void tls_stream_free(struct tls_stream *s);  /* sends no close_notify */
void tls_stream_close(struct tls_stream *s); /* tries to send close_notify, once, without waiting */

/* One step of the handshake: at most one costly operation. TLS_OK with *done unset: call again at once, or later. On failure
 * tls_stream_reason tells why, in words. Touches the stream alone (tls_thread.c calls it elsewhere than on the loop); what it learnt for
 * others, tls_stream_settle takes up, before anything else is done with the stream. */
enum tls_status tls_stream_step(struct tls_stream *s, bool *done);
void tls_stream_settle(struct tls_stream *s, enum tls_status status, bool done);
enum tls_status tls_stream_read(struct tls_stream *s, char *data, size_t max, size_t *ret_len);
/* Bytes are handed on in records; after TLS_WANT_WRITE the same bytes must be given again. Reading ends with TLS_EOF only when the server
 * said so (close_notify); a connection that is just cut fails. */
enum tls_status tls_stream_write(struct tls_stream *s, const char *data, size_t len, size_t *ret_len);
bool tls_stream_resumed(const struct tls_stream *s); /* after the handshake: an earlier session went on */
/* Who is at the other end, after the handshake. */
struct tls_peer {
    enum net_tls_version version;
    struct wall
        expires_at; /* the end of its certificate; WALL_NONE: an earlier session went on, and it was not shown again */
};
struct tls_peer tls_stream_peer(const struct tls_stream *s);
int64_t tls_stream_written(const struct tls_stream *s);    /* bytes that the socket took, handshake included */
const char *tls_stream_reason(const struct tls_stream *s); /* of the last failure; "" when none */

#endif
