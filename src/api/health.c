#include "api/health.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
    const char *name;
    bool needed;
    const char *outline; /* of what is wrong */
} table[HEALTH_CHECKS] = {
    [HEALTH_STORE] = { "store", true, "the store cannot be written: the log and 'edgecron doctor' say why" },
    [HEALTH_DISK] = { "disk", true, "there is little space left for the store: 'edgecron doctor' says how much" },
    [HEALTH_VAULT] = { "vault", true, "what is in the store cannot be read: the log and 'edgecron doctor' say why" },
    [HEALTH_SEALED] = { "sealed", true,
                        "the master key is missing or is not the right one, so nothing is planned or called: 'edgecron "
                        "doctor' says what to do" },
    /* Told, but no reason to be unready: what is due runs, and a restart would not mend it. */
    [HEALTH_CLOCK] = { "clock", false,
                       "the clock was set back by more than a minute: occurrences that have a run already do not run "
                       "again" },
    /* A person has to decide, and no restart would. */
    [HEALTH_HOME] = { "home", false,
                      "the store is a copy, so everything is paused: the server it comes from may still call" },
    [HEALTH_BACKUP] = { "backup", false, "the last backup by schedule was not made: the log says why" },
    /* Told, but no reason to be unready: what is due is written down and has its turn, and a restart would only add to it. */
    [HEALTH_LOAD] = { "load", false, "more runs wait than are held in memory: none is lost, but they will be late" },
    /* All other jobs go on, and a restart would not mend it. */
    [HEALTH_WRITES] = { "writes", false,
                        "the store refuses what some jobs write, and takes the rest: the log and 'edgecron doctor' say "
                        "why" },
    [HEALTH_ENGINE] = { "engine", true, "the engine is stopping, or has stuck: no new run is started" },
};

void health_look(struct engine *g, struct health_facts *ret)
{
    engine_status(g, &ret->engine);
    writer_stats(engine_writer(g), &ret->writer);
    measured_space(g, &ret->space);
    backups_status(g, &ret->backup);
    heartbeat_status(g, &ret->heartbeat);
}

static void tell(struct health_check *c, bool ok, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void tell(struct health_check *c, bool ok, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(c->message, sizeof c->message, fmt, args);
    va_end(args);
    c->ok = ok;
}

static void judge_store(const struct health_facts *f, struct health_check *c)
{
    if (!f->engine.store_ok)
        tell(c, false, "%s", f->engine.store_error);
    else if (f->writer.busy_us / 1000 >= HEALTH_STUCK_MS)
        tell(c, false, "a write has been under way for %lld s: the disk does not answer",
             (long long)(f->writer.busy_us / 1000000));
}

static void judge_disk(const struct health_facts *f, struct health_check *c)
{
    int64_t free = f->space.free;
    if (free >= 0 && free < HEALTH_FREE_WARNING)
        tell(c, free >= HEALTH_FREE_LEAST,
             "%lld KiB are left where the data directory is: make room, or shorten how long history is kept "
             "(settings, retention_days)",
             (long long)(free / 1024));
}

static void judge_engine(const struct health_facts *f, struct health_check *c)
{
    if (f->engine.draining)
        tell(c, false, "the server is stopping: no new run is started");
    else if (f->engine.busy_ms >= HEALTH_STUCK_MS)
        tell(c, false,
             "the engine has been at one step for %lld s: what is due waits; if it stays so, restart and report it",
             (long long)(f->engine.busy_ms / 1000));
}

static void judge_load(const struct health_facts *f, struct health_check *c)
{
    const struct engine_status *s = &f->engine;
    char since[WALL_TEXT_SIZE];
    if (!wall_is_none(s->overloaded_since))
        tell(
            c, false,
            "%lld runs wait for their turn, %lld of them in the store alone, since %s; most are of job '%s'. None is "
            "lost, but they will be late: raise the max_concurrent (or rate) of its target, have it run less often, or "
            "choose overlap: skip",
            (long long)s->queued, (long long)s->queued_in_store, wall_format(s->overloaded_since, since),
            s->overloaded_by);
}

void health_judge(const struct health_facts *f, struct health_check ret[HEALTH_CHECKS])
{
    const struct engine_status *s = &f->engine;
    for (int i = 0; i < HEALTH_CHECKS; i++)
        ret[i] = (struct health_check){
            .name = table[i].name, .ok = true, .needed = table[i].needed, .outline = table[i].outline
        };
    judge_store(f, &ret[HEALTH_STORE]);
    judge_disk(f, &ret[HEALTH_DISK]);
    judge_engine(f, &ret[HEALTH_ENGINE]);
    judge_load(f, &ret[HEALTH_LOAD]);
    if (!s->vault_ok)
        tell(&ret[HEALTH_VAULT], false, "%s", s->vault_error);
    if (s->sealed)
        tell(&ret[HEALTH_SEALED], false, "%s", s->seal_error);
    char held[HOME_TEXT_SIZE];
    if (s->held.hold != HOLD_NONE)
        tell(&ret[HEALTH_HOME], false, "%s", home_held_text(&s->held, held, sizeof held));
    if (s->refused)
        tell(
            &ret[HEALTH_WRITES], false,
            "the store refuses what %lld job%s or run%s write%s, and takes all else; it is tried again each minute: %s",
            (long long)s->refused, s->refused > 1 ? "s" : "", s->refused > 1 ? "s" : "", s->refused > 1 ? "" : "s",
            s->refused_why);
    if (*f->backup.error)
        tell(&ret[HEALTH_BACKUP], false, "the last backup by schedule was not made, and is tried again: %s",
             f->backup.error);
    if (!s->clock_ok)
        tell(&ret[HEALTH_CLOCK], false, "%s", table[HEALTH_CLOCK].outline);
}

bool health_ready(const struct health_check checks[HEALTH_CHECKS])
{
    for (int i = 0; i < HEALTH_CHECKS; i++)
        if (checks[i].needed && !checks[i].ok)
            return false;
    return true;
}
