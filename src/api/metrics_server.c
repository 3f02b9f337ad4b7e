/* metrics_server.c - of the server as a process: checks, the store, what the kernel tells. */
#include "api/metrics.h"
#include "versions.h"

#define NUMBER(function, value)                                                  \
    static void function(struct metrics_text *t, const struct metrics_source *s) \
    {                                                                            \
        metrics_int(t, NULL, value);                                             \
    }

static void build(struct metrics_text *t, const struct metrics_source *s)
{
    (void)s;
    metrics_int(t, METRICS_LABELS(EDGECRON_VERSION), 1);
}

static void checks(struct metrics_text *t, const struct metrics_source *s)
{
    for (int i = 0; i < HEALTH_CHECKS; i++)
        metrics_int(t, METRICS_LABELS(s->checks[i].name), s->checks[i].ok);
}

NUMBER(ready, health_ready(s->checks))
NUMBER(sealed, s->facts.engine.sealed)
NUMBER(paused, s->facts.engine.paused)
NUMBER(draining, s->facts.engine.draining)

static void engine_busy(struct metrics_text *t, const struct metrics_source *s)
{
    metrics_milli(t, NULL, s->facts.engine.busy_ms);
}

NUMBER(clock_steps, s->engine->clock_steps)

/* --- the store --------------------------------------------------------------------------------------------------- */

static void commit_time(struct metrics_text *t, const struct metrics_source *s)
{
    metrics_buckets(t, NULL, &writer_commit_bounds, &s->facts.writer.commit_us);
}

NUMBER(commits, s->facts.writer.commits)
NUMBER(failed_commits, s->facts.writer.failed_commits)
NUMBER(ops, s->facts.writer.ops)

static void known(struct metrics_text *t, const char *const *labels, int64_t value)
{
    if (value >= 0)
        metrics_int(t, labels, value);
}

static void store_size(struct metrics_text *t, const struct metrics_source *s)
{
    known(t, METRICS_LABELS("db"), s->facts.space.database);
    known(t, METRICS_LABELS("wal"), s->facts.space.wal);
}

static void store_free(struct metrics_text *t, const struct metrics_source *s)
{
    known(t, NULL, s->facts.space.free);
}

static void store_capacity(struct metrics_text *t, const struct metrics_source *s)
{
    known(t, NULL, s->facts.space.total);
}

static void backup_last(struct metrics_text *t, const struct metrics_source *s)
{
    if (!wall_is_none(s->facts.backup.last_at))
        metrics_milli(t, NULL, s->facts.backup.last_at.ms);
}

static void backup_size(struct metrics_text *t, const struct metrics_source *s)
{
    known(t, NULL, s->facts.backup.last_bytes);
}

static void heartbeat_last(struct metrics_text *t, const struct metrics_source *s)
{
    if (!wall_is_none(s->facts.heartbeat.last_ok_at))
        metrics_milli(t, NULL, s->facts.heartbeat.last_ok_at.ms);
}

NUMBER(heartbeats_taken, s->facts.heartbeat.taken)
NUMBER(heartbeats_failed, s->facts.heartbeat.failed)
NUMBER(backups_made, s->facts.backup.made)
NUMBER(backups_failed, s->facts.backup.failed)

/* --- the process: names as every Prometheus client has them ------------------------------------------------------ */

static void cpu(struct metrics_text *t, const struct metrics_source *s)
{
    metrics_number(t, NULL, s->process.cpu_s);
}

static void resident(struct metrics_text *t, const struct metrics_source *s)
{
    known(t, NULL, s->process.resident_bytes);
}

static void virtual_memory(struct metrics_text *t, const struct metrics_source *s)
{
    known(t, NULL, s->process.virtual_bytes);
}

static void descriptors(struct metrics_text *t, const struct metrics_source *s)
{
    known(t, NULL, s->process.descriptors);
}

static void descriptors_max(struct metrics_text *t, const struct metrics_source *s)
{
    known(t, NULL, s->process.descriptors_max);
}

static void threads(struct metrics_text *t, const struct metrics_source *s)
{
    known(t, NULL, s->process.threads);
}

static void started(struct metrics_text *t, const struct metrics_source *s)
{
    if (!wall_is_none(s->process.started_at))
        metrics_milli(t, NULL, s->process.started_at.ms);
}

/* clang-format off */
const struct metrics_row metrics_server_table[] = {
    { { "edgecron_build", METRICS_INFO, NULL, "The version of edgecron.", { "version" } }, build, false },
    { { "edgecron_ready", METRICS_GAUGE, NULL, "Whether /readyz answers 200.", { NULL } }, ready, false },
    { { "edgecron_check_ok", METRICS_GAUGE, NULL, "Each check of /readyz: 1 when all is well.", { "check" } }, checks, false },
    { { "edgecron_sealed", METRICS_GAUGE, NULL, "Nothing is planned or called, for want of the master key.", { NULL } },
      sealed, false },
    { { "edgecron_paused", METRICS_GAUGE, NULL, "Everything is paused by hand.", { NULL } }, paused, false },
    { { "edgecron_draining", METRICS_GAUGE, NULL, "The server is stopping: nothing new is started.", { NULL } }, draining, false },
    { { "edgecron_engine_step_seconds", METRICS_GAUGE, "seconds",
        "How long the engine has been at its present step; 0 while it waits.", { NULL } }, engine_busy, false },
    { { "edgecron_clock_steps", METRICS_COUNTER, NULL,
        "How often the clock was found set back by more than a minute.", { NULL } }, clock_steps, true },

    { { "edgecron_store_commit_seconds", METRICS_HISTOGRAM, "seconds",
        "How long commits took, with their sync to disk.", { NULL } }, commit_time, false },
    { { "edgecron_store_commits", METRICS_COUNTER, NULL, "Commits; each keeps all writes that waited.", { NULL } }, commits, false },
    { { "edgecron_store_failed_commits", METRICS_COUNTER, NULL,
        "Commits that failed (a full disk, an I/O error): their writes are tried again each second.", { NULL } }, failed_commits, false },
    { { "edgecron_store_ops", METRICS_COUNTER, NULL, "Writes that were committed.", { NULL } }, ops, false },
    { { "edgecron_store_size_bytes", METRICS_GAUGE, "bytes", "Size of the store's files.", { "file" } }, store_size, false },
    { { "edgecron_store_free_bytes", METRICS_GAUGE, "bytes", "Free on the file system that the store is on.", { NULL } },
      store_free, false },
    { { "edgecron_store_capacity_bytes", METRICS_GAUGE, "bytes", "Size of the file system that the store is on.", { NULL } },
      store_capacity, false },

    { { "edgecron_backup_last_timestamp_seconds", METRICS_GAUGE, "seconds",
        "When the newest backup by schedule that is kept was begun, since 1970.", { NULL } }, backup_last, false },
    { { "edgecron_backup_last_size_bytes", METRICS_GAUGE, "bytes", "Its size.", { NULL } }, backup_size, false },
    { { "edgecron_backups", METRICS_COUNTER, NULL, "Backups by schedule that were made and verified.", { NULL } },
      backups_made, false },
    { { "edgecron_backups_failed", METRICS_COUNTER, NULL, "Backups by schedule that were not.", { NULL } },
      backups_failed, false },

    { { "edgecron_heartbeat_last_success_timestamp_seconds", METRICS_GAUGE, "seconds",
        "When the last heartbeat was taken, since 1970.", { NULL } }, heartbeat_last, false },
    { { "edgecron_heartbeats", METRICS_COUNTER, NULL, "Heartbeats that were taken.", { NULL } }, heartbeats_taken, false },
    { { "edgecron_heartbeats_failed", METRICS_COUNTER, NULL, "Heartbeats that were not.", { NULL } }, heartbeats_failed, false },

    { { "process_cpu_seconds", METRICS_COUNTER, "seconds", "Processor time, user and system.", { NULL } }, cpu, false },
    { { "process_resident_memory_bytes", METRICS_GAUGE, "bytes", "Resident memory.", { NULL } }, resident, false },
    { { "process_virtual_memory_bytes", METRICS_GAUGE, "bytes", "Virtual memory.", { NULL } }, virtual_memory, false },
    { { "process_open_fds", METRICS_GAUGE, NULL, "Open file descriptors.", { NULL } }, descriptors, false },
    { { "process_max_fds", METRICS_GAUGE, NULL, "File descriptors that may be open.", { NULL } }, descriptors_max, false },
    { { "process_threads", METRICS_GAUGE, NULL, "Threads.", { NULL } }, threads, false },
    { { "process_start_time_seconds", METRICS_GAUGE, "seconds", "When the process started, since 1970.", { NULL } }, started, false },
};
/* clang-format on */
const size_t metrics_server_count = MEM_COUNT(metrics_server_table);
