#include "core/tally.h"

#include "base/json.h"
#include "base/mem.h"

#include <float.h>
#include <string.h>

#define FORMAT 1 /* the first octet of a packed tally */

/* Packed in this order; outcomes by their number. Neither may ever change its place: a unit test holds them. */
static const enum run_state STATES[] = { RUN_SUCCEEDED, RUN_FAILED, RUN_CANCELED, RUN_SKIPPED, RUN_MISSED };

void tally_clear(struct tally *t)
{
    mem_free(t->metrics);
    *t = (struct tally){ 0 };
}

/* The metric of that name, which is made when there is room. */
static struct tally_metric *metric_of(struct tally *t, const char *name, size_t len)
{
    int low = 0, high = t->n_metrics;
    if (len == 0 || len >= TALLY_NAME_SIZE)
        return NULL;
    while (low < high) {
        int mid = (low + high) / 2;
        int order = strncmp(t->metrics[mid].name, name, len);
        if (order == 0 && !t->metrics[mid].name[len])
            return &t->metrics[mid];
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    if (t->n_metrics == TALLY_METRICS_MAX)
        return NULL;
    t->metrics = mem_resize(t->metrics, (size_t)(t->n_metrics + 1) * sizeof *t->metrics);
    struct tally_metric *m = &t->metrics[low];
    memmove(m + 1, m, (size_t)(t->n_metrics++ - low) * sizeof *m);
    *m = (struct tally_metric){ .count = 0 };
    memcpy(m->name, name, len);
    return m;
}

static double bounded(double n)
{
    return n > DBL_MAX ? DBL_MAX : n < -DBL_MAX ? -DBL_MAX : n;
}

static void metric_merge(struct tally *t, const char *name, size_t len, const struct tally_metric *x)
{
    struct tally_metric *m = metric_of(t, name, len);
    if (!m || x->count <= 0)
        return;
    m->min = m->count && m->min < x->min ? m->min : x->min;
    m->max = m->count && m->max > x->max ? m->max : x->max;
    m->count += x->count;
    m->sum = bounded(m->sum + x->sum);
}

static void add_metrics(struct tally *t, const struct tally_run *r)
{
    json_auto struct json *v = json_parse(r->metrics, r->metrics_len, NULL);
    for (const struct json *c = json_first(v); c; c = json_next(c)) {
        if (json_type(c) != JSON_NUMBER || !json_key(c))
            continue;
        double n = json_number(c);
        metric_merge(t, json_key(c), strlen(json_key(c)),
                     &(struct tally_metric){ .count = 1, .sum = n, .min = n, .max = n });
    }
}

void tally_run_add(struct tally *t, const struct tally_run *r)
{
    t->states[r->state] += r->state == RUN_MISSED && r->occurrences > 1 ? r->occurrences : 1;
    if (r->outcome != OUTCOME_NONE)
        t->outcomes[r->outcome]++;
    if (r->lateness_ms >= 0)
        histogram_add(&t->lateness, r->lateness_ms);
    if (r->duration_ms >= 0)
        histogram_add(&t->duration, r->duration_ms);
    if (r->metrics_len)
        add_metrics(t, r);
}

void tally_merge(struct tally *into, const struct tally *t)
{
    for (int i = 0; i < RUN_STATE_COUNT; i++)
        into->states[i] += t->states[i];
    for (int i = 0; i < OUTCOME_COUNT; i++)
        into->outcomes[i] += t->outcomes[i];
    histogram_merge(&into->lateness, &t->lateness);
    histogram_merge(&into->duration, &t->duration);
    for (int i = 0; i < t->n_metrics; i++)
        metric_merge(into, t->metrics[i].name, strlen(t->metrics[i].name), &t->metrics[i]);
}

int64_t tally_runs(const struct tally *t)
{
    int64_t n = 0;
    for (size_t i = 0; i < MEM_COUNT(STATES); i++)
        n += t->states[STATES[i]];
    return n;
}

double tally_success_rate(const struct tally *t)
{
    int64_t all = t->states[RUN_SUCCEEDED] + t->states[RUN_FAILED];
    return all ? (double)t->states[RUN_SUCCEEDED] / (double)all : -1;
}

static void pack_metric(const struct tally_metric *m, struct buf *out)
{
    pack_text(out, m->name, strlen(m->name));
    pack_uint(out, (uint64_t)m->count);
    pack_double(out, m->sum);
    pack_double(out, m->min);
    pack_double(out, m->max);
}

void tally_pack(const struct tally *t, struct buf *out)
{
    int outcomes = 0;
    pack_uint(out, FORMAT);
    for (size_t i = 0; i < MEM_COUNT(STATES); i++)
        pack_uint(out, (uint64_t)t->states[STATES[i]]);
    for (int i = 0; i < OUTCOME_COUNT; i++)
        outcomes += t->outcomes[i] > 0;
    pack_uint(out, (uint64_t)outcomes);
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        if (!t->outcomes[i])
            continue;
        pack_uint(out, (uint64_t)i);
        pack_uint(out, (uint64_t)t->outcomes[i]);
    }
    histogram_pack(&t->lateness, out);
    histogram_pack(&t->duration, out);
    pack_uint(out, (uint64_t)t->n_metrics);
    for (int i = 0; i < t->n_metrics; i++)
        pack_metric(&t->metrics[i], out);
}

static void merge_outcomes(struct tally *into, struct unpack *u)
{
    for (uint64_t n = unpack_uint(u); n > 0 && !u->bad; n--) {
        uint64_t outcome = unpack_uint(u);
        int64_t count = (int64_t)unpack_uint(u);
        if (outcome < OUTCOME_COUNT)
            into->outcomes[outcome] += count;
        else
            u->bad = true;
    }
}

static void merge_metrics(struct tally *into, struct unpack *u)
{
    for (uint64_t n = unpack_uint(u); n > 0 && !u->bad; n--) {
        size_t len;
        struct tally_metric m = { .count = 0 };
        const char *name = unpack_text(u, &len);
        m.count = (int64_t)unpack_uint(u);
        m.sum = unpack_double(u);
        m.min = unpack_double(u);
        m.max = unpack_double(u);
        if (!u->bad)
            metric_merge(into, name, len, &m);
    }
}

bool tally_merge_packed(struct tally *into, const void *data, size_t len)
{
    struct unpack u = unpack_begin(data, len);
    if (unpack_uint(&u) != FORMAT)
        return false;
    for (size_t i = 0; i < MEM_COUNT(STATES); i++)
        into->states[STATES[i]] += (int64_t)unpack_uint(&u);
    merge_outcomes(into, &u);
    histogram_merge_packed(&into->lateness, &u);
    histogram_merge_packed(&into->duration, &u);
    merge_metrics(into, &u);
    return !u.bad && u.at == u.end;
}
