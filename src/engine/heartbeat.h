/* heartbeat.h - heartbeat out: while edgecron is well it asks for an address again and again (Healthchecks.io, Cronitor, Uptime Kuma push), so that
 * whoever is behind it notices when edgecron itself is dead, hangs, or lies on a disk that takes nothing any more.
 *
 * Well is: taken up (not sealed), not held as a copy, not stopping, no write owed to the store, and a commit of the store that was made for this very
 * beat, through the same queues as a run's, and none that failed in the 10 s before. A full disk, a stuck writer and a stuck engine thus stop the beats. Overload, failing jobs and a pause of
 * everything do not: these are told by alerts, or wanted.
 *
 * No run, no attempt and no retry: a beat that was not taken is followed by the next one. */
#ifndef EDGECRON_ENGINE_HEARTBEAT_H
#define EDGECRON_ENGINE_HEARTBEAT_H

#include "base/clock.h"
#include "engine/engine.h"

#define HEARTBEAT_TIMEOUT_MS 10000
#define HEARTBEAT_ERROR_SIZE 512

struct heartbeat_status {
    bool on; /* there is an address */
    int64_t every_s;
    struct wall last_ok_at;           /* the last that was taken, since the start; WALL_NONE */
    struct wall failing_since;        /* the first after it that was not; WALL_NONE: none */
    int64_t taken, failed;            /* since the start */
    char error[HEARTBEAT_ERROR_SIZE]; /* why the last was not taken, without secrets; "" when it was */
    const char *withheld;             /* why none is sent just now (static text); NULL: they are sent */
};
void heartbeat_status(struct engine *g, struct heartbeat_status *ret); /* any thread; never waits for the engine */

/* Inside src/engine, on its thread. */
void heartbeat_init(struct engine *g); /* once there is a loop */
/* What the settings say: a URL, which may hold placeholders of secrets, or "" or NULL for none. Another address is asked for at once. */
void heartbeat_tell(struct engine *g, const char *url, int64_t every_s);
void heartbeat_store_failed(struct engine *g); /* a write did not get through: none is sent for 10 s */
void heartbeat_stop(struct engine *g);         /* from here on nothing is sent; one under way is given up */
void heartbeat_free(struct engine *g);         /* after the HTTP client */

#endif
