#include "cli/stretch.h"

#include "base/clock.h"
#include "cli/notify.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>

#define FIRST_MS 1000
#define EVERY_MS 5000
#define ASKED_FOR "EXTEND_TIMEOUT_USEC=30000000" /* six times EVERY_MS: a busy machine may be late */

static struct {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t ended_cond;
    clockid_t clock; /* the processor time of the main thread */
    const char *what;
    bool begun, ended;
} stretch = { .lock = PTHREAD_MUTEX_INITIALIZER };

static int64_t used_ns(void)
{
    struct timespec t;
    return clock_gettime(stretch.clock, &t) ? 0 : t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* True when the stretch has ended. */
static bool wait_ms(int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    pthread_mutex_lock(&stretch.lock);
    while (!stretch.ended && !pthread_cond_timedwait(&stretch.ended_cond, &stretch.lock, &until))
        ;
    bool ended = stretch.ended;
    pthread_mutex_unlock(&stretch.lock);
    return ended;
}

static void *ask(void *unused)
{
    int64_t used = used_ns();
    struct mono moved = clock_mono();
    for (int64_t ms = FIRST_MS; !wait_ms(ms); ms = EVERY_MS) {
        int64_t now = used_ns();
        if (now != used)
            moved = clock_mono();
        used = now;
        if (mono_ms_since(moved, clock_mono()) < STRETCH_STILL_MS)
            notify_send(ASKED_FOR "\nSTATUS=%s", stretch.what);
    }
    return unused;
}

/* Signals are read by the main thread alone. */
static bool start_thread(void)
{
    sigset_t all, before;
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&stretch.ended_cond, &attr);
    pthread_condattr_destroy(&attr);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&stretch.thread, NULL, ask, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc == 0;
}

void stretch_begin(const char *what)
{
    if (stretch.begun || !notify_wanted() || pthread_getcpuclockid(pthread_self(), &stretch.clock))
        return;
    stretch.what = what;
    stretch.ended = false;
    stretch.begun = start_thread();
}

void stretch_end(void)
{
    if (!stretch.begun)
        return;
    pthread_mutex_lock(&stretch.lock);
    stretch.ended = true;
    pthread_cond_signal(&stretch.ended_cond);
    pthread_mutex_unlock(&stretch.lock);
    pthread_join(stretch.thread, NULL);
    pthread_cond_destroy(&stretch.ended_cond);
    stretch.begun = false;
}
