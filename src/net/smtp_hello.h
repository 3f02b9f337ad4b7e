/* smtp_hello.h - how we name ourselves to a mail server, and whether it is on this machine. Internal to smtp_call.c. */
#ifndef EDGECRON_NET_SMTP_HELLO_H
#define EDGECRON_NET_SMTP_HELLO_H

#include "core/url.h"

#define SMTP_HELLO_SIZE 256

/* This machine's name when it is a domain, else the address that connected descriptor `fd` talks from, as a literal (RFC 5321, 4.1.3). */
void smtp_hello(int fd, char out[SMTP_HELLO_SIZE]);
bool smtp_to_loopback(const struct address *a);

#endif
