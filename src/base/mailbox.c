#include "base/mailbox.h"

#include "base/mem.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct mailbox {
    pthread_mutex_t lock;
    struct mail *first, **last;
    int fd; /* an eventfd: written when the box goes from empty to not empty */
};

struct mailbox *mailbox_new(void)
{
    struct mailbox *box = mem_alloc(sizeof *box);
    pthread_mutex_init(&box->lock, NULL);
    box->last = &box->first;
    box->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (box->fd < 0)
        abort(); /* no descriptors left at start: nothing can work */
    return box;
}

void mailbox_free(struct mailbox *box)
{
    if (!box)
        return;
    close(box->fd);
    pthread_mutex_destroy(&box->lock);
    mem_free(box);
}

void mailbox_put(struct mailbox *box, struct mail *mail)
{
    mailbox_put_list(box, mail, mail);
}

void mailbox_put_list(struct mailbox *box, struct mail *first, struct mail *last)
{
    last->next = NULL;
    pthread_mutex_lock(&box->lock);
    bool was_empty = !box->first;
    *box->last = first;
    box->last = &last->next;
    /* Inside the lock, so that the receiver cannot free the box in between. */
    if (was_empty)
        eventfd_write(box->fd, 1);
    pthread_mutex_unlock(&box->lock);
}

struct mail *mailbox_take(struct mailbox *box)
{
    eventfd_t ignored;
    pthread_mutex_lock(&box->lock);
    struct mail *all = box->first;
    box->first = NULL;
    box->last = &box->first;
    eventfd_read(box->fd, &ignored);
    pthread_mutex_unlock(&box->lock);
    return all;
}

struct mail *mailbox_wait(struct mailbox *box, int timeout_ms)
{
    struct pollfd p = { .fd = box->fd, .events = POLLIN };
    poll(&p, 1, timeout_ms);
    return mailbox_take(box);
}

int mailbox_fd(const struct mailbox *box)
{
    return box->fd;
}
