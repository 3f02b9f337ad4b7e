/* mail.h - an Internet message of text, with its envelope: RFC 5322, MIME (RFC 2045, 2046), encoded words (RFC 2047), Auto-Submitted (RFC 3834). Pure.
 *
 * UTF-8 throughout: subject and display names as encoded words that end between characters, at most 75 octets each, lines folded under 78; the body
 * text/plain; charset=utf-8, quoted-printable or base64, whichever is shorter, lines at most 76; CRLF line ends. A text from outside can
 * neither end a header nor begin one. */
#ifndef EDGECRON_CORE_MAIL_H
#define EDGECRON_CORE_MAIL_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"

#define MAIL_ADDRESS_MAX 254 /* RFC 5321, 4.5.3.1.3 */
#define MAIL_NAME_MAX 256    /* octets of a display name */
#define MAIL_TO_MAX 20

/* A mailbox: "ops@example.com", "Ops <ops@example.com>", "\"Ops, night\" <ops@example.com>". Local part: dot-atom, 64 octets; domain: name or address
 * literal. Groups, comments, routes, and addresses beyond ASCII (RFC 6531) are refused, with what is wrong. */
struct mail_address {
    const char *name;    /* display name, unquoted UTF-8; NULL: none */
    const char *address; /* local@domain */
};
int mail_address_parse(const char *text, struct arena *a, struct mail_address *ret, struct err *e);

struct mail_message {
    struct mail_address from;
    const struct mail_address *to;
    int n_to;
    const char *subject, *text; /* UTF-8; text: line ends of any kind */
    const char *
        id; /* of the run: the left part of Message-ID, the same in each attempt, so that receivers can tell a repetition */
    const char *host;   /* its right part */
    const char *thread; /* of References and In-Reply-To: messages of one trouble stand together; NULL: none */
    struct wall at;     /* Date */
    bool urgent;        /* Importance: high */
};
void mail_write(const struct mail_message *m, struct buf *out);

#endif
