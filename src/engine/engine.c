#include "engine/engine.h"

#include "base/log.h"
#include "engine/asked.h"
#include "engine/backlog.h"
#include "engine/backups.h"
#include "engine/due.h"
#include "engine/flight.h"
#include "engine/heartbeat.h"
#include "engine/measure.h"
#include "engine/publish.h"
#include "engine/record.h"
#include "engine/refusal.h"
#include "engine/roster.h"
#include "engine/seal.h"
#include "engine/usage.h"
#include "engine/watch.h"
#include "store/leftovers.h"
#include "store/upkeep.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define UPKEEP_FIRST_MS 10000 /* history is looked through soon after the start, but not during it */
#define RECORD_GRACE_MS 5000  /* after the drain: for the last results to be written */

enum engine_order {
    ORDER_WAKE = 1,
    ORDER_RELOAD = 2,
    ORDER_STOP = 4,
    ORDER_HURRY = 8,
    ORDER_MEASURE = 16,
    ORDER_BEAT = 32
};

/* --- what others see --------------------------------------------------------------------------------------------- */

static void publish(void *ctx)
{
    struct engine *g = ctx;
    const struct entry *next = due_first(g);
    struct engine_status now = {
        .jobs = (int64_t)g->jobs.len,
        .sealed = !g->taken_up,
        .jobs_active = g->jobs_active,
        .jobs_failing = g->jobs_failing,
        .in_flight = g->phases[FLIGHT_SENDING],
        .queued = g->phases[FLIGHT_WAITING] + g->phases[FLIGHT_BEHIND] + g->phases[FLIGHT_READY] + g->backlog.left,
        .queued_in_store = g->backlog.left,
        .overloaded_since = g->backlog.since,
        .retrying = g->phases[FLIGHT_PAUSING],
        .finished = g->finished,
        .paused = g->settings.paused,
        .held = g->held,
        .draining = g->draining,
        .store_ok = !*g->store_error,
        .vault_ok = !*g->roster_error,
        .clock_ok = wall_is_none(g->set_back_from),
        .next_due = due_next(g),
        .alerts_firing = watch_firing(g),
        .started_at = g->started_at,
    };
    if (now.sealed)
        jobs_count(g->store, &now.jobs, NULL);
    snprintf(now.next_job, sizeof now.next_job, "%s", next ? next->spec->record->job.name : "");
    snprintf(now.overloaded_by, sizeof now.overloaded_by, "%s", wall_is_none(g->backlog.since) ? "" : g->backlog.job);
    const char *why;
    now.refused = refusal_tell(g, &why);
    memcpy(now.refused_why, why, sizeof now.refused_why);
    memcpy(now.store_error, g->store_error, sizeof now.store_error);
    memcpy(now.vault_error, g->roster_error, sizeof now.vault_error);
    if (now.sealed)
        memcpy(now.seal_error, g->seal_error, sizeof now.seal_error);
    pthread_mutex_lock(&g->shared_lock);
    g->shared = now;
    pthread_mutex_unlock(&g->shared_lock);
    if (g->draining && flight_quiet(g))
        loop_stop(g->loop);
}

void engine_status(struct engine *g, struct engine_status *ret)
{
    pthread_mutex_lock(&g->shared_lock);
    *ret = g->shared;
    pthread_mutex_unlock(&g->shared_lock);
    ret->busy_ms = loop_busy_us(g->loop) / 1000;
}

struct feed *engine_feed(struct engine *g)
{
    return g->feed;
}

void engine_certificate(struct engine *g, struct wall expires_at)
{
    pthread_mutex_lock(&g->shared_lock);
    g->own_certificate = expires_at;
    pthread_mutex_unlock(&g->shared_lock);
}

int engine_allowed(const struct engine *g, const struct cidr **ret)
{
    *ret = g->allow_private;
    return g->n_allow_private;
}

const char *engine_key_file(const struct engine *g)
{
    return g->master_key_file;
}

struct writer *engine_writer(struct engine *g)
{
    return g->writer;
}

/* --- orders of other threads ------------------------------------------------------------------------------------- */

static void order(struct engine *g, unsigned what)
{
    atomic_fetch_or(&g->orders, what);
    eventfd_write(g->order_fd.fd, 1);
}

void engine_wake(struct engine *g)
{
    order(g, ORDER_WAKE);
}

void engine_reload(struct engine *g)
{
    order(g, ORDER_RELOAD);
}

void engine_drain(struct engine *g)
{
    order(g, ORDER_STOP);
}

void engine_hurry(struct engine *g)
{
    order(g, ORDER_HURRY);
}

void engine_order_measure(struct engine *g)
{
    order(g, ORDER_MEASURE);
}

struct mono engine_beat(struct engine *g)
{
    order(g, ORDER_BEAT);
    return (struct mono){ atomic_load(&g->beat_us) };
}

static void interrupt(struct engine *g)
{
    if (g->interrupted)
        return;
    g->interrupted = true;
    log_warn("time is up: calls in flight are ended", L_INT("calls", g->phases[FLIGHT_SENDING]));
    flight_interrupt_all(g);
    loop_timer_set(g->loop, &g->drain_timer, (struct mono){ clock_mono().us + RECORD_GRACE_MS * 1000 });
}

static void drain_due(void *ctx)
{
    struct engine *g = ctx;
    if (g->interrupted)
        loop_stop(g->loop);
    else
        interrupt(g);
}

static void drain(struct engine *g)
{
    if (g->draining)
        return;
    g->draining = true;
    log_info("stopping: nothing new is started, calls in flight may end", L_INT("calls", g->phases[FLIGHT_SENDING]),
             L_INT("drain_timeout_ms", g->drain_timeout_ms));
    heartbeat_stop(g);
    record_planned(g);
    refusal_again(g);
    loop_timer_set(g->loop, &g->drain_timer, (struct mono){ clock_mono().us + g->drain_timeout_ms * 1000 });
}

static void store_changed(struct engine *g)
{
    if (!g->taken_up) {
        seal_look(g);
        return;
    }
    roster_refresh(g);
    due_look(g);
}

static void orders_came(void *ctx, uint32_t events)
{
    struct engine *g = ctx;
    eventfd_t ignored;
    (void)events;
    eventfd_read(g->order_fd.fd, &ignored);
    unsigned what = atomic_exchange(&g->orders, 0);
    if (what & ORDER_RELOAD) {
        log_info("reading files again");
        http_client_reload(g->http);
        roster_reload_zones(g);
    }
    if (what & ORDER_STOP)
        drain(g);
    else if (what & (ORDER_WAKE | ORDER_RELOAD) && !g->draining)
        store_changed(g);
    if (what & ORDER_HURRY && g->draining)
        interrupt(g);
    if (what & ORDER_MEASURE)
        measure_publish(g);
    if (what & ORDER_BEAT)
        atomic_store(&g->beat_us, clock_mono().us);
    if (what == ORDER_BEAT)
        return;
    loop_later(g->loop, &g->publish);
}

static void store_announced(void *ctx, uint32_t events)
{
    struct engine *g = ctx;
    (void)events;
    if (store_watch_drain(g->store_fd.fd) && !g->draining)
        store_changed(g);
    loop_later(g->loop, &g->publish);
}

static void mail_came(void *ctx, uint32_t events)
{
    struct engine *g = ctx;
    (void)events;
    record_answers(g);
    loop_later(g->loop, &g->publish);
}

static void *engine_main(void *ctx)
{
    struct engine *g = ctx;
    pthread_setname_np(pthread_self(), "engine");
    due_look(g);
    loop_run(g->loop);
    measure_close(g);
    return NULL;
}

/* --- start and stop ---------------------------------------------------------------------------------------------- */

/* How far the life before planned. A clock that was set back since then is behind it: planning starts from where the clock is. */
static int read_planned(struct engine *g, struct store *s, struct wall now, struct err *e)
{
    int rc = runs_get_planned_until(s, &g->planned_safe, e);
    if (!rc && g->planned_safe.ms > now.ms) {
        log_warn("the clock is behind what was planned; no occurrence that has a run is run again",
                 L_INT("by_s", (g->planned_safe.ms - now.ms) / 1000));
        g->set_back_from = g->planned_safe;
        g->planned_safe = now;
        rc = runs_set_planned_back(s, now, e);
    }
    g->planned = g->planned_safe;
    return rc;
}

/* Sealed or not: it is paused by the time that somebody has the key. */
static int come_home(struct store *s, bool same, struct err *e)
{
    enum home_hold unused;
    struct home_held held;
    char text[HOME_TEXT_SIZE];
    int rc = home_settle(s, same, clock_wall(), &unused, e);
    if (!rc)
        rc = home_held(s, &held, e);
    if (!rc && held.hold != HOLD_NONE)
        log_warn("nothing is called until somebody resumes", L_STR("why", home_held_text(&held, text, sizeof text)));
    return rc;
}

/* What needs writing before the writer thread is there: migration, the data key, and the traces of a crash. */
static int open_store(struct engine *g, const struct engine_config *c, struct err *e)
{
    struct store *s;
    int64_t interrupted = 0;
    int rc =
        c->without_copy ? store_open_without_copy(&s, g->data_dir, e) : store_open(&s, g->data_dir, STORE_WRITE, e);
    if (rc)
        return rc;
    if (g->keep_wal)
        store_keep_wal(s);
    rc = come_home(s, c->same_store, e);
    if (!rc)
        rc = seal_open(g, s, e);
    if (!rc)
        rc = runs_recover(s, clock_wall(), &interrupted, e);
    if (!rc)
        rc = read_planned(g, s, clock_wall(), e);
    store_close(s);
    if (interrupted)
        log_warn("edgecron was not stopped in order: attempts were found interrupted", L_INT("attempts", interrupted));
    return rc ? rc : store_open(&g->store, g->data_dir, STORE_READ, e);
}

static int watch_fd(struct engine *g, struct loop_fd *w, int fd, loop_fd_fn fn, struct err *e)
{
    *w = (struct loop_fd){ .fd = fd, .events = EPOLLIN, .fn = fn, .ctx = g };
    return loop_add(g->loop, w, e);
}

static int open_loop(struct engine *g, struct err *e)
{
    int rc, order_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    g->publish = (struct loop_task){ .fn = publish, .ctx = g };
    g->drain_timer = (struct loop_timer){ .fn = drain_due, .ctx = g };
    g->redo_timer = (struct loop_timer){ .fn = record_redo, .ctx = g };
    g->send_outbox = (struct loop_task){ .fn = record_send, .ctx = g };
    refusal_init(g);
    usage_init(g);
    g->mail = mailbox_new();
    g->loop = loop_new(e);
    heartbeat_init(g);
    if (!g->loop || order_fd < 0)
        return e ? -(int)e->code : -(int)ERR_IO;
    if ((rc = store_watch(g->data_dir, &g->watch_fd, e)) ||
        (rc = watch_fd(g, &g->store_fd, g->watch_fd, store_announced, e)) ||
        (rc = watch_fd(g, &g->order_fd, order_fd, orders_came, e)) ||
        (rc = watch_fd(g, &g->mail_fd, mailbox_fd(g->mail), mail_came, e)) || (rc = due_init(g, e)))
        return rc;
    g->http = http_client_new(g->loop, NULL, e);
    return g->http ? 0 : e ? -(int)e->code : -(int)ERR_INTERNAL;
}

int engine_take_up(struct engine *g, struct err *e)
{
    roster_refresh(g);
    if (*g->roster_error)
        return err_set(e, ERR_STORE, "%s", g->roster_error);
    int rc = due_recall(g, e);
    if (!rc)
        rc = asked_open_runs(g, e);
    if (rc)
        return rc;
    g->taken_up = true;
    publish(g);
    log_info("engine ready", L_STR("data", g->data_dir), L_INT("jobs", (int64_t)g->jobs.len),
             L_INT("open_runs", (int64_t)g->flights.len), L_STR("zones", zones_version(g->zones)));
    return 0;
}

static int begin(struct engine *g, struct err *e)
{
    watch_begin(g);
    if (g->vault)
        return engine_take_up(g, e);
    roster_sealed(g);
    publish(g);
    seal_watch(g);
    return 0;
}

/* Also of one that did not get to its start. */
static void engine_free(struct engine *g)
{
    g->draining = true;
    if (g->http) {
        flight_interrupt_all(g);
        http_client_free(g->http); /* tells what is left of calls that they are interrupted: each writes so */
    }
    heartbeat_free(g);
    if (g->writer) {
        usage_flush(g);
        record_send(g);
        upkeep_stop(g->upkeep);
        writer_stop(g->writer);
        upkeep_free(g->upkeep);
    }
    if (g->mail)
        record_drop(g);
    flight_free_all(g);
    roster_free(g);
    publish_alerts_free(g);
    watch_free(g);
    measure_free(g);
    due_free(g);
    if (g->order_fd.fd > 0)
        close(g->order_fd.fd);
    if (g->watch_fd > 0)
        close(g->watch_fd);
    if (g->loop)
        loop_free(g->loop);
    mailbox_free(g->mail);
    map_free(&g->flights);
    zones_close(g->zones);
    seal_free(g);
    feed_free(g->feed);
    backups_free(g->backups);
    store_close(g->store);
    if (g->server_lock >= 0)
        store_unlock_server(g->server_lock);
    pthread_mutex_destroy(&g->shared_lock);
    mem_free(g->allow_private);
    mem_free(g->data_dir);
    mem_free(g->master_key_file);
    mem_free(g);
}

static struct engine *engine_new(const struct engine_config *c)
{
    struct engine *g = mem_alloc(sizeof *g);
    g->data_dir = mem_strdup(c->data_dir);
    g->master_key_file = mem_strdup(c->master_key_file);
    g->n_allow_private = c->n_allow_private;
    g->allow_private = mem_alloc((size_t)c->n_allow_private * sizeof *g->allow_private);
    for (int i = 0; i < c->n_allow_private; i++)
        g->allow_private[i] = c->allow_private[i];
    g->drain_timeout_ms = c->drain_timeout_ms;
    g->keep_wal = c->keep_wal;
    g->server_lock = -1;
    g->planned = g->planned_safe = g->set_back_from = g->own_certificate = WALL_NONE;
    g->started_at = clock_wall();
    backlog_init(g, c->most_waiting_job, c->most_waiting);
    g->feed = feed_new();
    g->backups = backups_new(c->data_dir);
    pthread_mutex_init(&g->shared_lock, NULL);
    measure_init(g);
    watch_init(g);
    return g;
}

int engine_start(struct engine **ret, const struct engine_config *c, struct err *e)
{
    struct engine *g = engine_new(c);
    struct upkeep_options upkeep = { .keep_wal = c->keep_wal, .first_ms = UPKEEP_FIRST_MS };
    g->zones = zones_open();
    int rc = store_lock_server(g->data_dir, &g->server_lock, e);
    if (!rc) {
        leftovers_remove(g->data_dir);
        rc = open_store(g, c, e);
    }
    if (!rc)
        rc = writer_start(&g->writer, g->data_dir, e);
    if (!rc)
        rc = upkeep_start(&g->upkeep, g->writer, g->data_dir, &upkeep, e);
    if (!rc)
        rc = open_loop(g, e);
    if (!rc)
        rc = begin(g, e);
    if (!rc && pthread_create(&g->thread, NULL, engine_main, g))
        rc = err_set(e, ERR_INTERNAL, "the engine's thread cannot be started: %s", strerror(errno));
    if (rc) {
        engine_free(g);
        return rc;
    }
    *ret = g;
    return 0;
}

void engine_stop(struct engine *g)
{
    order(g, ORDER_STOP);
    pthread_join(g->thread, NULL);
    log_info("engine stopped", L_INT("runs_finished", g->finished), L_INT("runs_left", (int64_t)g->flights.len));
    engine_free(g);
}
