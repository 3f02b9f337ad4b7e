/* smtp_call.h - one e-mail over the network: dial, TLS (at once or by STARTTLS), the dialogue of core/smtp.h. Beside http.h, with the same egress rules, TLS options,
 * timing and outcomes; no connection is kept. Thread: the loop's. */
#ifndef EDGECRON_NET_SMTP_CALL_H
#define EDGECRON_NET_SMTP_CALL_H

#include "core/smtp.h"
#include "net/http.h"

struct smtp_session; /* the call's own */

/* Filled and owned by the caller (zeroed first), who keeps it and all it points to unchanged until done was called. */
struct smtp_call {
    bool tls; /* from the first byte (port 465, RFC 8314); starttls is in job */
    const char *host;
    uint16_t port;
    const struct net_tls_options *tls_options; /* NULL: the defaults */
    const struct cidr *allowed;
    int n_allowed;
    struct smtp_job job; /* hello, authenticate_plainly and, where it is NULL, host are set here */
    int64_t connect_timeout_ms, timeout_ms;
    void (*done)(struct smtp_call *call); /* on the loop, once, never from inside submit or cancel */
    void *ctx;

    /* result */
    enum outcome outcome; /* OUTCOME_NONE: taken for every recipient */
    char detail[512];
    bool temporary, sent; /* core/smtp.h: temporary, message_sent */
    int code;
    struct buf transcript;
    struct http_timing timing; /* first_byte_ms: the greeting */
    struct tls_peer peer;
    char remote_address[64];

    struct smtp_session *session;
};

void smtp_submit(struct http_client *c,
                 struct smtp_call *call); /* shares its resolver, handshake thread and authorities */
void smtp_cancel(struct smtp_call *call); /* ends as canceled, later on the loop; as it ended when that was certain */
void smtp_call_clear(struct smtp_call *call);

#endif
