#include "api/login.h"

#include "base/clock.h"
#include "base/mem.h"
#include "core/throttle.h"

#include <pthread.h>
#include <time.h>

struct login {
    pthread_mutex_t lock;
    pthread_cond_t turn;
    bool busy;
    int waiting;
    struct throttle throttle;
    int64_t failures; /* not recorded */
    double recorded;  /* entries, as the allowance refills */
    struct mono recorded_at;
};

struct login *login_new(void)
{
    struct login *l = mem_alloc(sizeof *l);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->turn, &attr);
    pthread_condattr_destroy(&attr);
    return l;
}

void login_free(struct login *l)
{
    if (!l)
        return;
    pthread_cond_destroy(&l->turn);
    pthread_mutex_destroy(&l->lock);
    mem_free(l);
}

static struct timespec wait_end(void)
{
    int64_t us = clock_mono().us + LOGIN_WAIT_MS * 1000LL;
    return (struct timespec){ .tv_sec = (time_t)(us / 1000000), .tv_nsec = (long)(us % 1000000) * 1000 };
}

static bool take_turn(struct login *l)
{
    const struct timespec end = wait_end();
    if (l->busy && l->waiting >= LOGIN_WAITING_MAX)
        return false;
    l->waiting++;
    int rc = 0;
    while (l->busy && !rc)
        rc = pthread_cond_timedwait(&l->turn, &l->lock, &end);
    l->waiting--;
    if (l->busy)
        return false;
    l->busy = true;
    return true;
}

int login_enter(struct login *l, const char *place, bool known, int *ret_wait_s, struct err *e)
{
    int wait_s = 1;
    pthread_mutex_lock(&l->lock);
    bool may = throttle_try(&l->throttle, place, known, clock_mono(), &wait_s);
    bool turn = may && take_turn(l);
    if (may && !turn)
        throttle_undo(&l->throttle, place);
    pthread_mutex_unlock(&l->lock);
    if (turn)
        return 0;
    *ret_wait_s = wait_s;
    return may ? err_set(e, ERR_TOO_MANY, "too many are logging in at this moment: try again in a second")
               : err_set(e, ERR_TOO_MANY, "too many failed tries to log in: try again in %d s", wait_s);
}

void login_leave(struct login *l, const char *place, bool passed)
{
    pthread_mutex_lock(&l->lock);
    l->busy = false;
    if (passed)
        throttle_passed(&l->throttle, place, clock_mono());
    pthread_cond_signal(&l->turn);
    pthread_mutex_unlock(&l->lock);
}

/* Is there room for one more entry? */
static bool may_record(struct login *l, struct mono now)
{
    double used = l->recorded - (double)(now.us - l->recorded_at.us) / (LOGIN_RECORD_S * 1e6);
    if (used < 0)
        used = 0;
    l->recorded_at = now;
    l->recorded = used;
    if (used > LOGIN_RECORDS - 1)
        return false;
    l->recorded = used + 1;
    return true;
}

bool login_failed(struct login *l, int64_t *ret_n)
{
    pthread_mutex_lock(&l->lock);
    l->failures++;
    bool record = may_record(l, clock_mono());
    if (record) {
        *ret_n = l->failures;
        l->failures = 0;
    }
    pthread_mutex_unlock(&l->lock);
    return record;
}

int64_t login_failures(struct login *l)
{
    pthread_mutex_lock(&l->lock);
    int64_t n = l->failures;
    l->failures = 0;
    pthread_mutex_unlock(&l->lock);
    return n;
}
