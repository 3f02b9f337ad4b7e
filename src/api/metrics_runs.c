/* metrics_runs.c - of what edgecron is for: runs, jobs, targets, secrets, and the calls' connections. */
#include "api/metrics.h"

#define REST "_other" /* no job or target has such a name */
#define NO_TARGET "_none"

#define NUMBER(function, value)                                                  \
    static void function(struct metrics_text *t, const struct metrics_source *s) \
    {                                                                            \
        metrics_int(t, NULL, value);                                             \
    }

NUMBER(in_flight, s->facts.engine.in_flight)
NUMBER(queued, s->facts.engine.queued)
NUMBER(queued_in_store, s->facts.engine.queued_in_store)
NUMBER(overloaded, !wall_is_none(s->facts.engine.overloaded_since))
NUMBER(retrying, s->facts.engine.retrying)
NUMBER(failing, s->facts.engine.jobs_failing)
NUMBER(alerts_firing, s->facts.engine.alerts_firing)
NUMBER(jobs_summed, s->engine->jobs_summed)

static void oldest(struct metrics_text *t, const struct metrics_source *s)
{
    metrics_milli(t, NULL, s->engine->waiting_ms);
}

static void moment(struct metrics_text *t, const char *const *labels, struct wall when)
{
    if (!wall_is_none(when))
        metrics_milli(t, labels, when.ms);
}

static void next_run(struct metrics_text *t, const struct metrics_source *s)
{
    moment(t, NULL, s->facts.engine.next_due);
}

static void jobs(struct metrics_text *t, const struct metrics_source *s)
{
    for (int i = MODE_NONE + 1; i < MODES; i++)
        metrics_int(t, METRICS_LABELS(measured_mode_names[i]), s->engine->jobs_by_mode[i]);
}

/* --- by job ------------------------------------------------------------------------------------------------------ */

static const char *job_label(const struct measured_job *j)
{
    return j->name ? j->name : REST;
}

/* Those that have a series: the rest has one when anything was summed in it. */
static int n_jobs(const struct measured *m)
{
    const struct measured_job *rest = &m->jobs[m->n_jobs - 1];
    int64_t all = m->jobs_summed;
    for (int i = 0; i < RUN_STATE_COUNT; i++)
        all += rest->runs[i];
    for (int i = 0; i < OUTCOME_COUNT; i++)
        all += rest->attempts[i];
    return m->n_jobs - (all == 0);
}

/* Every final state from the start: a counter that comes into being at 1 hides its first increase. */
static void runs(struct metrics_text *t, const struct metrics_source *s)
{
    for (int i = 0; i < n_jobs(s->engine); i++)
        for (enum run_state state = 0; state < RUN_STATE_COUNT; state++)
            if (run_state_final(state))
                metrics_int(t, METRICS_LABELS(job_label(&s->engine->jobs[i]), run_state_name(state)),
                            s->engine->jobs[i].runs[state]);
}

/* Of outcomes there are too many for that. */
static void attempts(struct metrics_text *t, const struct metrics_source *s)
{
    for (int i = 0; i < n_jobs(s->engine); i++) {
        const struct measured_job *j = &s->engine->jobs[i];
        for (enum outcome o = OUTCOME_NONE + 1; o < OUTCOME_COUNT; o++)
            if (o == OUTCOME_OK || j->attempts[o] > 0)
                metrics_int(t, METRICS_LABELS(job_label(j), outcome_name(o)), j->attempts[o]);
    }
}

/* Of the jobs that have figures of their own. */
#define EACH_JOB(function, statement)                                            \
    static void function(struct metrics_text *t, const struct metrics_source *s) \
    {                                                                            \
        for (int i = 0; i < s->engine->n_jobs - 1; i++) {                        \
            const struct measured_job *j = &s->engine->jobs[i];                  \
            statement;                                                           \
        }                                                                        \
    }

EACH_JOB(job_succeeded, moment(t, METRICS_LABELS(j->name), j->succeeded_at))
EACH_JOB(job_next, moment(t, METRICS_LABELS(j->name), j->next_at))
EACH_JOB(job_failures, metrics_int(t, METRICS_LABELS(j->name), j->failures))
EACH_JOB(job_duration, if (j->duration_ms >= 0) metrics_milli(t, METRICS_LABELS(j->name), j->duration_ms))
EACH_JOB(job_value_sum, for (int k = 0; k < j->n_values; k++)
                            metrics_number(t, METRICS_LABELS(j->name, j->values[k].name), j->values[k].sum))
EACH_JOB(job_value_last, for (int k = 0; k < j->n_values; k++)
                             metrics_number(t, METRICS_LABELS(j->name, j->values[k].name), j->values[k].last))

/* --- messages of alerts ------------------------------------------------------------------------------------------ */

/* Every way to end from the start, as of jobs. */
static void messages(struct metrics_text *t, const struct metrics_source *s)
{
    static const enum run_state results[] = { RUN_SUCCEEDED, RUN_FAILED, RUN_CANCELED };
    for (int i = 0; i < s->engine->n_channels; i++)
        for (size_t k = 0; k < MEM_COUNT(results); k++)
            metrics_int(t, METRICS_LABELS(s->engine->channels[i].name, run_state_name(results[k])),
                        s->engine->channels[i].runs[results[k]]);
}

/* --- times ------------------------------------------------------------------------------------------------------- */

static void lateness(struct metrics_text *t, const struct metrics_source *s)
{
    for (enum trigger i = 0; i < TRIGGER_COUNT; i++)
        metrics_buckets(t, METRICS_LABELS(trigger_name(i)), &measure_lateness_bounds, &s->engine->lateness_ms[i]);
}

static void duration(struct metrics_text *t, const struct metrics_source *s)
{
    for (int i = 0; i < s->engine->n_targets; i++) {
        const struct measured_target *x = &s->engine->targets[i];
        int64_t all = 0;
        for (int k = 0; k <= measure_duration_bounds.n; k++)
            all += x->duration_ms.counts[k];
        if (all > 0)
            metrics_buckets(t,
                            METRICS_LABELS(!x->name   ? REST
                                           : *x->name ? x->name
                                                      : NO_TARGET),
                            &measure_duration_bounds, &x->duration_ms);
    }
}

/* --- secrets ----------------------------------------------------------------------------------------------------- */

static void updated_at(void *ctx, const char *name, struct wall updated_at, struct wall due_at)
{
    (void)due_at;
    moment(ctx, METRICS_LABELS(name), updated_at);
}

static void due_at(void *ctx, const char *name, struct wall updated_at, struct wall due_at)
{
    (void)updated_at;
    moment(ctx, METRICS_LABELS(name), due_at);
}

static void secrets_updated(struct metrics_text *t, const struct metrics_source *s)
{
    figures_secrets(s->store, MEASURE_SECRETS_MAX, updated_at, t, NULL);
}

static void secrets_due(struct metrics_text *t, const struct metrics_source *s)
{
    figures_secrets(s->store, MEASURE_SECRETS_MAX, due_at, t, NULL);
}

/* --- connections of calls ---------------------------------------------------------------------------------------- */

static void connections(struct metrics_text *t, const struct metrics_source *s)
{
    const struct http_stats *c = &s->engine->client;
    metrics_int(t, METRICS_LABELS("in_use"), c->open - c->idle);
    metrics_int(t, METRICS_LABELS("idle"), c->idle);
}

static void handshakes(struct metrics_text *t, const struct metrics_source *s)
{
    const struct http_stats *c = &s->engine->client;
    metrics_int(t, METRICS_LABELS("full"), c->handshakes - c->resumed);
    metrics_int(t, METRICS_LABELS("resumed"), c->resumed);
}

static void lookups(struct metrics_text *t, const struct metrics_source *s)
{
    metrics_int(t, METRICS_LABELS("found"), s->engine->client.names.found);
    metrics_int(t, METRICS_LABELS("failed"), s->engine->client.names.failed);
}

NUMBER(opened, s->engine->client.connects)
NUMBER(reused, s->engine->client.reused)
NUMBER(resent, s->engine->client.resent)
NUMBER(received, s->engine->client.received)

/* clang-format off */
const struct metrics_row metrics_runs_table[] = {
    { { "edgecron_jobs", METRICS_GAUGE, NULL,
        "Jobs: active, paused until somebody resumes them, disabled, or ended (no occurrence is left).", { "state" } }, jobs, true },
    { { "edgecron_jobs_failing", METRICS_GAUGE, NULL,
        "Jobs whose newest runs failed or were missed, but for those disabled, or paused until somebody resumes them.", { NULL } },
      failing, false },
    { { "edgecron_alerts_firing", METRICS_GAUGE, NULL,
        "Alert rules that fire, each on each job, secret or target, or on the server itself.", { NULL } }, alerts_firing, false },
    { { "edgecron_jobs_summed", METRICS_GAUGE, NULL,
        "Jobs without series of their own, as there are over 1,000: they are summed as job=\"_other\".", { NULL } }, jobs_summed, true },
    { { "edgecron_runs_in_flight", METRICS_GAUGE, NULL, "Calls under way.", { NULL } }, in_flight, false },
    { { "edgecron_runs_queued", METRICS_GAUGE, NULL, "Runs that wait for their turn.", { NULL } }, queued, false },
    { { "edgecron_runs_queued_in_store", METRICS_GAUGE, NULL, "Those of them that are not held in memory, as so many wait.", { NULL } },
      queued_in_store, false },
    { { "edgecron_overloaded", METRICS_GAUGE, NULL, "1 while there are such runs, or were a moment ago.", { NULL } }, overloaded, false },
    { { "edgecron_runs_retrying", METRICS_GAUGE, NULL, "Runs that wait for the time of another attempt.", { NULL } }, retrying, false },
    { { "edgecron_run_wait_seconds", METRICS_GAUGE, "seconds",
        "How long the queued run that has waited longest has been due.", { NULL } }, oldest, true },
    { { "edgecron_next_run_timestamp_seconds", METRICS_GAUGE, "seconds", "When anything is due next, since 1970.", { NULL } },
      next_run, false },

    { { "edgecron_runs", METRICS_COUNTER, NULL, "Runs that ended, by the state that they ended in.", { "job", "state" } }, runs, true },
    { { "edgecron_attempts", METRICS_COUNTER, NULL, "Attempts that ended, by outcome.", { "job", "outcome" } }, attempts, true },
    { { "edgecron_run_lateness_seconds", METRICS_HISTOGRAM, "seconds",
        "How long after they were due runs were first called.", { "trigger" } }, lateness, true },
    { { "edgecron_attempt_duration_seconds", METRICS_HISTOGRAM, "seconds",
        "How long calls took, by target; without one: _none.", { "target" } }, duration, true },

    { { "edgecron_job_last_success_timestamp_seconds", METRICS_GAUGE, "seconds",
        "When the job's newest successful run ended, since 1970.", { "job" } }, job_succeeded, true },
    { { "edgecron_job_next_run_timestamp_seconds", METRICS_GAUGE, "seconds", "When the job is due next, since 1970.", { "job" } },
      job_next, true },
    { { "edgecron_job_consecutive_failures", METRICS_GAUGE, NULL,
        "Runs that failed or were missed since the job last succeeded.", { "job" } }, job_failures, true },
    { { "edgecron_job_last_duration_seconds", METRICS_GAUGE, "seconds",
        "How long the job's newest run took, all attempts and the waits between them.", { "job" } }, job_duration, true },
    { { "edgecron_job_metric", METRICS_COUNTER, NULL,
        "Sum of a number that the job takes from its answers (its 'metrics'); those below zero are left out.", { "job", "metric" } },
      job_value_sum, true },
    { { "edgecron_job_metric_last", METRICS_GAUGE, NULL, "The same number in the newest answer.", { "job", "metric" } },
      job_value_last, true },

    { { "edgecron_secret_updated_timestamp_seconds", METRICS_GAUGE, "seconds", "When the secret's value was set, since 1970.",
        { "secret" } }, secrets_updated, false },
    { { "edgecron_secret_rotation_due_timestamp_seconds", METRICS_GAUGE, "seconds",
        "When the secret is to be rotated, since 1970.", { "secret" } }, secrets_due, false },

    { { "edgecron_alert_messages", METRICS_COUNTER, NULL,
        "Messages to channels that came to an end: succeeded means that they arrived.", { "channel", "result" } }, messages, true },

    { { "edgecron_client_connections", METRICS_GAUGE, NULL, "Open connections to functions.", { "state" } }, connections, true },
    { { "edgecron_client_connections_opened", METRICS_COUNTER, NULL, "Connections made.", { NULL } }, opened, true },
    { { "edgecron_client_calls_reused", METRICS_COUNTER, NULL,
        "Calls that went over a connection used before.", { NULL } }, reused, true },
    { { "edgecron_client_calls_resent", METRICS_COUNTER, NULL,
        "Calls sent once more, as the connection used before had been given up.", { NULL } }, resent, true },
    { { "edgecron_client_tls_handshakes", METRICS_COUNTER, NULL, "TLS handshakes completed.", { "kind" } }, handshakes, true },
    { { "edgecron_client_dns_lookups", METRICS_COUNTER, NULL, "Questions to the resolver.", { "result" } }, lookups, true },
    { { "edgecron_client_received_bytes", METRICS_COUNTER, "bytes", "Bodies of answers.", { NULL } }, received, true },
};
/* clang-format on */
const size_t metrics_runs_count = MEM_COUNT(metrics_runs_table);
