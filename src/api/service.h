/* service.h - what a listener serves: the same for all its threads, and never changed while it listens. */
#ifndef EDGECRON_API_SERVICE_H
#define EDGECRON_API_SERVICE_H

#include "api/reader.h"
#include "engine/engine.h"

struct login;
struct events;

struct service {
    bool api; /* the API and the page are served */
    struct engine *engine;
    struct readers *readers;
    struct login *login;
    struct events *events;  /* NULL without an engine */
    const char *sample_key; /* the sample functions are served, with this key; else NULL */
};

#endif
