/* events.h - server-sent events: one thread passes the engine's feed (feed.h) on to all who listen.
 *
 * It lives as long as the API, and sleeps while nobody listens. It waits for nobody: each listener has a descriptor that never
 * blocks and a little memory; what does not fit stays in the feed, and who falls out of the feed is sent a `reset`, which means: some
 * events were left out, load your lists again. Who takes no byte for ten seconds is dropped. All of them are looked after together, at
 * most every EVENTS_ROUND_MS, and each is given at most 32 KiB then, so that no burst of runs costs more than that.
 *
 * Order: by number, which is the order in which things became durable. A listener that is far behind is told of the newest state of a run
 * alone, where it missed several. A stream ends with the token or session that it was opened with: its credentials are
 * shown again every 10 s, which is no use of a session, so one that only listens becomes idle.
 *
 * First a listener learns its id (so that it can come back even if nothing happens) and the server's status; status follows when it changed, at most
 * once a second, without an id, as it is no news to be caught up on. A page opens the stream first and loads its lists then. */
#ifndef EDGECRON_API_EVENTS_H
#define EDGECRON_API_EVENTS_H

#include "api/service.h"
#include "store/audit.h"

#include <stdbool.h>

#define EVENTS_MAX 64      /* listeners in all ... */
#define EVENTS_MAX_EACH 16 /* ... and of one token or person */
#define EVENTS_ROUND_MS 50
#define EVENTS_STATUS_MS 1000
#define EVENTS_LINGER_MS 300000 /* so long the feed goes on without a listener, for those who come back */
#define EVENTS_BUSY_RETRY_S 10  /* Retry-After for one too many */

/* What somebody wants to hear. Texts are borrowed for the call. */
struct events_want {
    enum audit_kind kind; /* who it is (request.h, identity) */
    char name[64];
    const char *const *tags;
    int n_tags;
    const char *job;     /* runs and changes of that job alone; NULL: of all */
    unsigned kinds;      /* set of 1 << enum feed_kind, and 1 << EVENTS_STATUS (events_text.h) */
    const char *last_id; /* where it was; NULL: it begins now */
    const char *remote;
    bool encrypted;
    const char *authorization, *cookie; /* the credentials, to be looked at again; NULL: it showed none */
};

struct listener;
struct events *events_start(const struct service *s, struct err *e); /* NULL on failure; s->engine is there */
/* Any thread. Keeps a place for one more: events_attach must follow. ERR_TOO_MANY when there is none. */
struct listener *events_open(struct events *ev, const struct events_want *w, struct err *e);
/* Any thread; reply.attach: takes the descriptor over; -1 gives the place back. Also after events_stop, which closes it at once. */
void events_attach(void *listener, int fd);
/* Tells all that the server stops, closes their descriptors, and ends the thread. NULL is fine, in both. */
void events_stop(struct events *ev);
void events_free(struct events *ev); /* stopped; and no events_attach can come any more */

#endif
