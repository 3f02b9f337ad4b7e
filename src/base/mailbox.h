/* mailbox.h - hands ownership of messages from many threads to one, in order.
 *
 * Intrusive: the message embeds a struct mail. Two ways to wait, chosen by the one receiver: block in
 * mailbox_wait, or watch mailbox_fd (readable while there may be mail) from an event loop.
 * Thread: mailbox_put from any; the rest from the receiver alone. */
#ifndef EDGECRON_BASE_MAILBOX_H
#define EDGECRON_BASE_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

struct mail {
    struct mail *next;
};

struct mailbox;

struct mailbox *mailbox_new(void);
void mailbox_free(struct mailbox *box);                   /* must be empty: messages are not freed */
void mailbox_put(struct mailbox *box, struct mail *mail); /* mail belongs to the receiver from here on */
/* The same for a list linked by next, in its order: one lock and one waking for all of it. */
void mailbox_put_list(struct mailbox *box, struct mail *first, struct mail *last);
/* All that is there, oldest first (a list linked by next), or NULL; clears mailbox_fd. Never blocks. */
struct mail *mailbox_take(struct mailbox *box);
/* The same, but waits up to timeout_ms (-1: for ever) for the first. NULL on time-out. */
struct mail *mailbox_wait(struct mailbox *box, int timeout_ms);
int mailbox_fd(const struct mailbox *box); /* an eventfd; poll for reading */

#endif
