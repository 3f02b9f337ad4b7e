/* dns_lookup.c - see dns_lookup.h. */
#include "net/dns_lookup.h"

#include "base/mem.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define STACK_BYTES (256 * 1024) /* getaddrinfo keeps packets and search lists on its stack */

struct dns_reports {
    atomic_int refs;
    struct mailbox *box;
};

struct dns_thread {
    pthread_t thread;
    struct mailbox *jobs;
    struct dns_reports *reports;
};

struct dns_reports *dns_reports_new(void)
{
    struct dns_reports *r = mem_alloc(sizeof(*r));
    atomic_init(&r->refs, 1);
    r->box = mailbox_new();
    return r;
}

void dns_reports_unref(struct dns_reports *r)
{
    struct mail *m, *next;
    if (atomic_fetch_sub(&r->refs, 1) != 1)
        return;
    for (m = mailbox_take(r->box); m; m = next) {
        next = m->next;
        mem_free(MEM_CONTAINER(m, struct dns_job, mail));
    }
    mailbox_free(r->box);
    mem_free(r);
}

struct mailbox *dns_reports_box(const struct dns_reports *r)
{
    return r->box;
}

static void *thread_main(void *arg)
{
    struct dns_thread *t = arg;
    for (bool quit = false; !quit;) {
        struct mail *m = mailbox_wait(t->jobs, -1), *next;
        for (; m; m = next) {
            struct dns_job *job = MEM_CONTAINER(m, struct dns_job, mail);
            next = m->next;
            if (job->quit) {
                quit = true;
                mem_free(job);
                continue;
            }
            job->lookup(job->ctx, job->name, &job->answer);
            mailbox_put(t->reports->box, &job->mail);
        }
    }
    mailbox_free(t->jobs);
    dns_reports_unref(t->reports);
    mem_free(t);
    return NULL;
}

struct dns_thread *dns_thread_new(struct dns_reports *r, struct err *e)
{
    struct dns_thread *t = mem_alloc(sizeof(*t));
    pthread_attr_t attr;
    sigset_t all, before;
    int rc;
    t->jobs = mailbox_new();
    t->reports = r;
    atomic_fetch_add(&r->refs, 1);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    sigfillset(&all); /* signals are the main thread's */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&t->thread, &attr, thread_main, t);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    if (rc == 0)
        return t;
    err_set(e, ERR_IO, "cannot start a resolver thread: %s", strerror(rc));
    mailbox_free(t->jobs);
    dns_reports_unref(r);
    mem_free(t);
    return NULL;
}

void dns_thread_send(struct dns_thread *t, struct dns_job *job)
{
    mailbox_put(t->jobs, &job->mail);
}

void dns_thread_quit(struct dns_thread *t, bool idle)
{
    struct dns_job *job = mem_alloc(sizeof(*job));
    pthread_t thread = t->thread; /* t is the thread's to free from the moment it has the message */
    job->quit = true;
    mailbox_put(t->jobs, &job->mail);
    if (idle)
        pthread_join(thread, NULL);
    else
        pthread_detach(thread);
}

static const struct {
    int code;
    const char *text;
} reasons[] = {
    { EAI_NONAME, "there is no such name" },
#ifdef EAI_NODATA
    { EAI_NODATA, "the name has no address" },
#endif
    { EAI_AGAIN, "no answer from the name servers" },
    { EAI_FAIL, "the name servers failed or refused to answer" },
};

static void explain(int code, int system_error, struct dns_answer *ret)
{
    const char *text = gai_strerror(code);
    for (size_t i = 0; i < MEM_COUNT(reasons); i++)
        if (reasons[i].code == code)
            text = reasons[i].text;
    if (code == EAI_SYSTEM)
        text = strerror(system_error);
    ret->count = 0;
    snprintf(ret->reason, sizeof(ret->reason), "%s", text);
}

static bool take_address(const struct sockaddr *sa, struct address *ret)
{
    if (sa->sa_family == AF_INET6) {
        memcpy(ret->bytes, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, 16);
        return true;
    }
    if (sa->sa_family != AF_INET)
        return false;
    memset(ret->bytes, 0, 10);
    memset(ret->bytes + 10, 0xff, 2);
    memcpy(ret->bytes + 12, &((const struct sockaddr_in *)(const void *)sa)->sin_addr, 4);
    return true;
}

void dns_lookup_system(void *ctx, const char *name, struct dns_answer *ret)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found = NULL;
    int rc = getaddrinfo(name, NULL, &hints, &found), saved = errno;
    (void)ctx;
    ret->count = 0;
    if (rc != 0) {
        explain(rc, saved, ret);
        return;
    }
    for (struct addrinfo *a = found; a && ret->count < DNS_ADDRESSES_MAX; a = a->ai_next)
        if (take_address(a->ai_addr, &ret->addresses[ret->count]))
            ret->count++;
    freeaddrinfo(found);
    if (ret->count == 0)
        snprintf(ret->reason, sizeof(ret->reason), "the name has no address");
}
