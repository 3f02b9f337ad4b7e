/* service.h - the life of a serving process: limits, signals, the engine and the listener; for `serve` and `demo`.
 *
 * Signals are blocked in every thread and read from a descriptor by the main thread; while stopping too. */
#ifndef EDGECRON_CLI_SERVICE_H
#define EDGECRON_CLI_SERVICE_H

#include "api/api.h"
#include "cli/config.h"
#include "cli/inherited.h"
#include "cli/watchdog.h"
#include "engine/engine.h"

struct service {
    int signals; /* signalfd */
    bool confined, ready, stopping;
    int64_t drain_timeout_ms;
    struct engine *engine;
    struct api *api;
    struct inherited inherited; /* the socket that systemd handed over */
    struct watchdog watchdog;
};

/* Before any thread starts: umask 077, no core dumps, as many descriptors as allowed, signals blocked. */
int service_prepare(struct service *s, struct err *e);
/* Confines the process (confinement.h). service_start does it unless it was done: for a process that starts other threads first. */
void service_confine(struct service *s, const struct config *c, const char *dir, const char *listen_text, bool demo);
/* The engine, then the API. Errors are worded for the flags at fault, wrong ones are ERR_USAGE; a directory or port that is taken is ERR_CONFLICT. */
int service_start(struct service *s, const struct config *c, const char *dir, const char *listen_text, struct err *e);
/* Waits up to timeout_ms (-1: for ever) for a signal. SIGHUP is obeyed at once: CAs, resolver and certificate are read again. Returns SIGTERM or SIGINT when it is time to stop, else 0. */
int service_signal(struct service *s, int timeout_ms);
/* Once it listens: tells systemd, which keeps the socket for the next start. */
void service_ready(struct service *s);
/* service_signal for as long as there is nothing else to do: keeps systemd's watchdog meanwhile. May return 0 at any time. */
int service_wait(struct service *s);
/* Drains (a second SIGTERM or SIGINT ends the wait), then stops listener and engine. Fine for a server that was not started. */
void service_stop(struct service *s);

#endif
