/* tls_probe.h - one question over TLS to whoever is there, for asking one's own server whether it lives. The peer is not verified: nothing secret
 * may be in the question. */
#ifndef EDGECRON_NET_TLS_PROBE_H
#define EDGECRON_NET_TLS_PROBE_H

#include "base/buf.h"
#include "base/err.h"

/* Over a connected, blocking descriptor with time-outs (SO_RCVTIMEO); adds the answer, until the peer ends it. ERR_UNAVAILABLE. */
int tls_probe(int fd, const char *question, struct buf *answer, struct err *e);

#endif
