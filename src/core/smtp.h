/* smtp.h - the client's side of one SMTP session (RFC 5321), as a state machine without a socket: bytes that came in, bytes to send. Pure.
 *
 *   greeting -> EHLO -> [STARTTLS -> (the caller makes TLS) -> EHLO] -> [AUTH] -> MAIL -> RCPT... -> DATA -> message -> QUIT
 *
 * Extensions used when offered: STARTTLS (RFC 3207; required where the channel says so: an answer without it is a failure, never a fall back), AUTH PLAIN and
 * LOGIN (RFC 4954, 4616), 8BITMIME is not needed, SIZE (RFC 1870), ENHANCEDSTATUSCODES in messages (RFC 3463). PIPELINING is not used. Whatever the peer sent before
 * TLS is thrown away (no injection). Lines over 512 octets (RFC 5321, 4.5.3.1.5: 2,000 accepted), over 100 lines of one reply, and replies that are none are a
 * failure. Credentials are sent over TLS or to loopback alone. */
#ifndef EDGECRON_CORE_SMTP_H
#define EDGECRON_CORE_SMTP_H

#include "base/buf.h"
#include "core/run.h"

#include <stdint.h>

#define SMTP_TRANSCRIPT_MAX 16384

struct smtp_job {
    const char *host;                    /* the peer's name, for words; NULL: "the server" */
    const char *hello;                   /* our name, for EHLO: a domain or address literal */
    bool starttls, authenticate_plainly; /* the latter: the peer is on loopback, or TLS is there from the beginning */
    const char *username, *password;     /* NULL: none */
    const char *from;                    /* addresses of the envelope */
    const char *const *to;
    int n_to;
    const char *message; /* mail.h: CRLF lines, dots not yet doubled */
    size_t message_len;
};
enum smtp_want { SMTP_SEND, SMTP_RECEIVE, SMTP_START_TLS, SMTP_DONE };
struct smtp;
struct smtp *smtp_new(const struct smtp_job *j); /* borrowed until smtp_free */
void smtp_free(struct smtp *s);
enum smtp_want smtp_want(const struct smtp *s);
/* SMTP_SEND: what is to be sent; smtp_sent tells how much of it was. */
const char *smtp_out(const struct smtp *s, size_t *ret_len);
void smtp_sent(struct smtp *s, size_t len);
void smtp_received(struct smtp *s, const char *data, size_t len);
void smtp_closed(struct smtp *s);      /* the peer ended the connection */
void smtp_tls_started(struct smtp *s); /* after SMTP_START_TLS, once TLS is there */
/* How it ends is certain and only QUIT is left: nobody need wait long for that. */
bool smtp_decided(const struct smtp *s);
/* What is going on, for the words of a time-out: "waiting for the greeting", "sending the message, 4096 of 5000 bytes so far". */
void smtp_phase(const struct smtp *s, char *out, size_t size);
/* SMTP_DONE. OUTCOME_NONE: every recipient's copy was taken (250 after the message), whatever came of QUIT. A recipient that is refused while others are
 * taken is told in detail, and the outcome is OUTCOME_ASSERTION. Else OUTCOME_PROTOCOL (a reply that refuses, or none of SMTP), with the reply in words. */
enum outcome smtp_outcome(const struct smtp *s);
const char *smtp_detail(
    const struct smtp
        *s); /* "mail.example.com refused the recipient <x@example.com>: 550 5.1.1 User unknown"; never a credential */
bool smtp_temporary(
    const struct smtp *s); /* a 4yz reply or a lost connection: trying again may help; else it does not */
bool smtp_message_sent(const struct smtp *s); /* the end of the message was sent: it may have been taken */
int smtp_code(const struct smtp *s);          /* of the last reply, QUIT's excepted; 0: none */
const char *smtp_transcript(
    const struct smtp *s); /* replies and commands, credentials as "****", the message as its size; at most 16 KiB */

#endif
