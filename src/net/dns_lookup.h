/* dns_lookup.h - the resolver threads of dns_lanes.c: each does one look-up at a time and reports to the loop's mailbox.
 *
 * A thread that hangs in a look-up when it is told to quit is left behind: it owns all that it still needs, and frees it
 * when the look-up ends. */
#ifndef EDGECRON_NET_DNS_LOOKUP_H
#define EDGECRON_NET_DNS_LOOKUP_H

#include "base/mailbox.h"
#include "net/dns.h"

struct dns_reports; /* where results arrive: shared by the loop and the threads, freed by the last of them */
struct dns_reports *dns_reports_new(void);
void dns_reports_unref(struct dns_reports *r);
struct mailbox *dns_reports_box(const struct dns_reports *r);

struct dns_job { /* sent to a thread, comes back as a report; mem_free */
    struct mail mail;
    bool quit;
    int lane; /* dns_lanes.c's */
    dns_lookup lookup;
    void *ctx;
    char name[URL_HOST_MAX];
    struct dns_answer answer;
};

struct dns_thread;
struct dns_thread *dns_thread_new(struct dns_reports *r, struct err *e);
void dns_thread_send(struct dns_thread *t, struct dns_job *job); /* only when it has none */
void dns_thread_quit(struct dns_thread *t, bool idle);           /* idle: waits for its end, which is at once */

void dns_lookup_system(void *ctx, const char *name, struct dns_answer *ret); /* getaddrinfo */

#endif
