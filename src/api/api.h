/* api.h - the listener: REST API, health checks, and (later) the admin page, on civetweb.
 *
 * A request has an arena and borrows a read-only store (reader.h); writes go through the engine's writer. */
#ifndef EDGECRON_API_API_H
#define EDGECRON_API_API_H

#include "engine/engine.h"

struct api;

struct api_config {
    const char *listen; /* "127.0.0.1:8427", "[::1]:8427", "0.0.0.0:8427" or ":8427" */
    bool behind_proxy;  /* without it, anything but loopback is refused as there is no TLS */
    const char *data_dir;
    struct engine *engine; /* NULL for a listener that serves only `sample` */
    bool sample;           /* also serves the demo's sample functions under /functions/v1/ (api/sample.h) */
    const char *sample_key;
};
/* ERR_INVALID for a listen address that is none; ERR_CONFLICT when it is taken (says by what to do). Port 0 picks a free one. */
int api_start(struct api **ret, const struct api_config *c, struct err *e);
int api_port(const struct api *a);
void api_stop(struct api *a);

#endif
