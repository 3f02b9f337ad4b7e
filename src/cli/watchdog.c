#include "cli/watchdog.h"

#include "base/log.h"
#include "cli/notify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOKS 4 /* in each interval */
#define STATUS_MS 10000

static const char *const names[WATCHDOG_SUBJECTS] = { "engine", "listener", "writer" };

void watchdog_init(struct watchdog *w)
{
    *w = (struct watchdog){ .interval_ms = notify_watchdog_us() / 1000, .every_ms = notify_wanted() ? STATUS_MS : -1 };
    if (w->interval_ms && w->interval_ms / LOOKS < w->every_ms)
        w->every_ms = w->interval_ms >= LOOKS ? w->interval_ms / LOOKS : 1;
}

char *watchdog_status(const struct engine_status *s, char *out, size_t size)
{
    char next[WALL_TEXT_SIZE];
    if (s->draining)
        snprintf(out, size, "stopping: calls under way: %" PRId64, s->in_flight);
    else if (s->sealed)
        snprintf(out, size, "sealed, so nothing is called: %s", s->seal_error);
    else if (!s->store_ok)
        snprintf(out, size, "nothing new is called, as the store takes no writes: %s", s->store_error);
    else
        snprintf(out, size, "%sjobs: %" PRId64 ", calls under way: %" PRId64 ", waiting: %" PRId64 ", next: %s%s%s",
                 s->paused ? "paused; " : "", s->jobs_active, s->in_flight, s->queued,
                 wall_is_none(s->next_due) ? "none" : s->next_job, wall_is_none(s->next_due) ? "" : " at ",
                 wall_is_none(s->next_due) ? "" : wall_format(s->next_due, next));
    for (char *p = out; *p; p++)
        if ((unsigned char)*p < ' ')
            *p = ' ';
    return out;
}

/* True when it was heard of since it was asked, or has nothing to say; it is asked anew. */
static bool heard_of(struct watchdog *w, enum watchdog_subject who, struct mono beat, struct mono now)
{
    bool heard = beat.us >= w->asked[who].us;
    if (heard)
        w->asked[who] = now;
    return heard;
}

static bool writer_gets_on(struct watchdog *w, struct engine *g)
{
    struct writer_stats s;
    writer_stats(engine_writer(g), &s);
    bool moved = s.handed_back != w->handed_back;
    w->handed_back = s.handed_back;
    return moved || s.handed_back >= s.submitted;
}

/* Test builds may have less, as no test takes that long. */
static int64_t limit_ms(const struct watchdog *w, int who)
{
    if (who != WATCHDOG_WRITER)
        return w->interval_ms / 2;
#ifdef EDGECRON_TEST_HOOKS
    const char *text = getenv("EDGECRON_TEST_WRITER_MS");
    if (text)
        return strtoll(text, NULL, 10);
#endif
    return WATCHDOG_WRITER_MS;
}

/* Time that this thread did not see pass, as the machine slept, is nobody's silence. */
static int find_stuck(struct watchdog *w, const bool *heard, int64_t passed_ms)
{
    for (int i = 0; i < WATCHDOG_SUBJECTS; i++) {
        w->silent_ms[i] = heard[i] ? 0 : w->silent_ms[i] + passed_ms;
        if (w->silent_ms[i] > limit_ms(w, i))
            return i + 1;
    }
    return 0;
}

static void judge(struct watchdog *w, const bool *heard, int64_t passed_ms)
{
    int stuck = find_stuck(w, heard, passed_ms);
    if (stuck && !w->failed)
        log_error("a part of the server has stuck: systemd is not told that it lives, and will restart it",
                  L_STR("part", names[stuck - 1]), L_INT("silent_ms", w->silent_ms[stuck - 1]));
    if (!stuck && w->failed)
        log_info("what had stuck goes on", L_STR("part", names[w->failed - 1]));
    w->failed = stuck;
    if (!stuck)
        notify_send("WATCHDOG=1");
}

void watchdog_tell(struct watchdog *w, struct engine *g)
{
    struct engine_status now;
    char text[sizeof w->status];
    engine_status(g, &now);
    if (!strcmp(watchdog_status(&now, text, sizeof text), w->status))
        return;
    memcpy(w->status, text, sizeof text);
    notify_send("STATUS=%s", text);
}

int watchdog_look(struct watchdog *w, struct engine *g, struct api *a)
{
    struct mono now = clock_mono();
    int64_t passed_ms = mono_ms_since(w->last, now);
    if (w->every_ms < 0)
        return -1;
    if (w->last.us && passed_ms < w->every_ms)
        return (int)(w->every_ms - passed_ms);
    if (w->interval_ms) {
        const bool heard[WATCHDOG_SUBJECTS] = {
            [WATCHDOG_ENGINE] = heard_of(w, WATCHDOG_ENGINE, engine_beat(g), now),
            [WATCHDOG_LISTENER] = heard_of(w, WATCHDOG_LISTENER, api_beat(a), now),
            [WATCHDOG_WRITER] = writer_gets_on(w, g),
        };
        judge(w, heard, passed_ms < 2 * w->every_ms ? passed_ms : 2 * w->every_ms);
    }
    w->last = now;
    watchdog_tell(w, g);
    return (int)w->every_ms;
}
