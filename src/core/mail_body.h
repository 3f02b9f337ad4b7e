/* mail_body.h - a text as the body of a message: quoted-printable or base64 (RFC 2045, 6.7 and 6.8), whichever is shorter. Internal to mail.c. Pure. */
#ifndef EDGECRON_CORE_MAIL_BODY_H
#define EDGECRON_CORE_MAIL_BODY_H

#include "base/buf.h"

/* Adds the field Content-Transfer-Encoding, the empty line and the body. `text`: UTF-8 (what is none becomes U+FFFD), line ends of any kind; the body's last
 * line has one. Lines have at most 76 octets; none begins with '.' or "From ". */
void mail_body_write(const char *text, struct buf *out);

#endif
