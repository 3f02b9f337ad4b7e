/* api.h - the listener: REST API, health checks, and the admin page. In front the gate (gate.h), behind it civetweb's threads (workers.h).
 *
 * A request has an arena and borrows a read-only store (reader.h); writes go through the engine's writer. */
#ifndef EDGECRON_API_API_H
#define EDGECRON_API_API_H

#include "core/forwarded.h"
#include "engine/engine.h"

struct api;

struct api_config {
    const char *listen;             /* "127.0.0.1:8427", "[::1]:8427", "0.0.0.0:8427" or ":8427" */
    const char *tls_cert, *tls_key; /* PEM files; NULL: plain HTTP, for loopback alone, or with */
    int listen_fd;                  /* a socket that listens there already, borrowed, used as a duplicate; 0: none */
    bool behind_proxy;              /* a proxy does TLS */
    struct forwarded_rules proxies; /* whose word is believed */
    const char *data_dir;
    struct engine *engine; /* NULL for a listener that serves only `sample` */
    bool sample;           /* also serves the demo's sample functions under /functions/v1/ (api/sample.h) */
    const char *sample_key;
};
/* ERR_INVALID for a listen address that is none, and for certificates and keys that cannot be used; ERR_CONFLICT when the address is taken (says
 * what to do). Port 0 picks a free one. */
int api_start(struct api **ret, const struct api_config *c, struct err *e);
int api_port(const struct api *a);
int api_listener(const struct api *a); /* the socket; stays the api's */
/* Reads certificate and key again, for new connections; open ones keep theirs. With an error all stays as it was. Fine without TLS. */
int api_reload(struct api *a, struct err *e);
struct mono api_beat(struct api *a); /* gate_beat: does the listener live? Any thread */
void api_stop(struct api *a);

#endif
