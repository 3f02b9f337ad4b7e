/* events_text.h - what goes out to listeners, as text/event-stream (WHATWG HTML, section 9.2). Pure.
 *
 * An id is "EPOCH-NUMBER" (feed.h): with it, a listener that comes back is sent what it missed. Data is JSON on one line, in the forms of
 * schema.h: RunEvent, ResourceEvent (jobs, targets, alert rules, channels), SecretEvent, SettingsEvent, MutesEvent, StatusEvent, ResetEvent. */
#ifndef EDGECRON_API_EVENTS_TEXT_H
#define EDGECRON_API_EVENTS_TEXT_H

#include "base/buf.h"
#include "engine/engine.h"
#include "engine/feed.h"

#define EVENTS_RETRY_MS 2000 /* browsers wait that long before they come back */
#define EVENTS_TEXT_MAX 4096 /* one event is never longer */

/* What listeners may ask for: the kinds of feed.h, in their order, then the server's status. */
#define EVENTS_KINDS(X) \
    X("run") X("job") X("target") X("secret") X("settings") X("alert") X("channel") X("mutes") X("status")
#define EVENTS_STATUS FEED_KINDS

/* False when it is none. */
bool events_id_parse(const char *text, uint64_t *ret_epoch, uint64_t *ret_number);

/* Each appends one event. `as_removed`: to one who must not see the job any more, it is gone. */
void events_text_entry(struct buf *out, uint64_t epoch, const struct feed_entry *x, bool as_removed);
/* `restricted`: for a token that sees only some jobs; what tells of others is null. */
void events_text_status(struct buf *out, const struct engine_status *s, bool restricted);
void events_text_reset(struct buf *out, uint64_t epoch, uint64_t number, const char *reason);
/* No event: the first words, and those that keep the connection open; both tell the id to come back with. */
void events_text_hello(struct buf *out, uint64_t epoch, uint64_t number);
void events_text_beat(struct buf *out, uint64_t epoch, uint64_t number);

#endif
