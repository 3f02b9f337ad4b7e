/* events_listener.h - one listener to the feed: what it may and wants to hear, how far it is, and what waits to be written to it. Internal to
 * events.c, whose thread owns it once it is attached. */
#ifndef EDGECRON_API_EVENTS_LISTENER_H
#define EDGECRON_API_EVENTS_LISTENER_H

#include "api/events.h"
#include "base/buf.h"
#include "engine/feed.h"

#define LISTENER_FILL (32 * 1024) /* no more is added to what waits while that much does: it stays in the feed */
#define LISTENER_STUCK_MS 10000   /* it took no byte for so long: it is dropped */
#define LISTENER_BEAT_MS 15000    /* without a word for so long: a comment, for those in between */
#define LISTENER_CHECK_MS 10000   /* so often it is looked whether it still may listen */
#define LISTENER_RESET_MS 1000    /* between two resets: each makes it load its lists anew */

struct listener {
    struct events *events;
    struct listener *next;   /* in events.arriving */
    struct events_want want; /* its texts are copies, credentials in guarded memory */
    int fd;
    uint64_t position;    /* of the last entry that was added, or passed over */
    bool overrun;         /* the feed went on without it: a reset is due ... */
    struct mono reset_at; /* ... but not within LISTENER_RESET_MS of this */
    unsigned status;      /* number of the last status that was added */
    struct buf out;       /* from `sent` on it waits */
    size_t sent;
    bool gone;
    struct mono moved; /* a byte was taken, or nothing waited */
    struct mono spoke; /* a byte was taken */
    struct mono checked;
};

struct listener *listener_new(struct events *ev, const struct events_want *w);
void listener_free(struct listener *l); /* closes the descriptor */
void listener_tags_set(struct listener *l, const char *const *tags, int n);

enum listener_wish { LISTENER_PASS, LISTENER_TAKE, LISTENER_TAKE_REMOVED };
/* REMOVED: the job was one of its own until its tags were changed. */
enum listener_wish listener_wish(const struct listener *l, const struct feed_entry *x);
bool listener_wants_status(const struct listener *l);
bool listener_room(const struct listener *l);
/* Writes what it takes; never waits. `gone` when the other side is, or has taken nothing for LISTENER_STUCK_MS. */
void listener_flush(struct listener *l, struct mono now);
/* Its descriptor is readable: nothing is expected of the other side but its end. */
void listener_read(struct listener *l);

#endif
