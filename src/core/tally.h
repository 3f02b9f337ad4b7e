/* tally.h - runs that came to their end, counted: how many in which state, with which outcome, how late, how long, and what
 * their metrics add up to. Tallies are added to one another, and kept as few octets. Pure. */
#ifndef EDGECRON_CORE_TALLY_H
#define EDGECRON_CORE_TALLY_H

#include "core/histogram.h"
#include "core/run.h"

#define TALLY_METRICS_MAX 64 /* names; of further ones nothing is kept */
#define TALLY_NAME_SIZE 64

/* What is counted of one run. */
struct tally_run {
    enum run_state state; /* a final one */
    enum outcome outcome; /* of the last attempt, or OUTCOME_NONE */
    int64_t occurrences;  /* what a missed run counts for */
    int64_t lateness_ms;  /* -1: it never started */
    int64_t duration_ms;  /* the same */
    const char *metrics;  /* JSON object text, or NULL */
    size_t metrics_len;
};

struct tally_metric {
    char name[TALLY_NAME_SIZE];
    int64_t count; /* runs that gave a number */
    double sum, min, max;
};

/* Zeroed memory is an empty one. */
struct tally {
    int64_t states[RUN_STATE_COUNT];
    int64_t outcomes[OUTCOME_COUNT];
    struct histogram lateness, duration;
    struct tally_metric *metrics; /* in order of name */
    int n_metrics;
};

void tally_clear(struct tally *t); /* empty again; gives its memory back */
void tally_run_add(struct tally *t, const struct tally_run *r);
void tally_merge(struct tally *into, const struct tally *t);
int64_t tally_runs(const struct tally *t);
/* Of the runs that were called to their end, the share that succeeded: -1 when there is none. */
double tally_success_rate(const struct tally *t);

void tally_pack(const struct tally *t, struct buf *out);
/* Adds a packed one. False when it is not one: then *into holds a part of it. */
bool tally_merge_packed(struct tally *into, const void *data, size_t len);

#endif
