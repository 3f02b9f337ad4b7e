#include "temp_runs.h"

struct run run_loaded;
struct attempt run_attempts[8];
int run_n_attempts;
struct arena *run_arena;

void run_load(struct store *s, const char *id)
{
    struct err e;
    struct run *r;
    struct attempt *a;
    assert_ok(runs_get(s, id, run_arena, &r, &a, &run_n_attempts, &e), e);
    assert_true(run_n_attempts <= 8);
    run_loaded = *r;
    memcpy(run_attempts, a, (size_t)run_n_attempts * sizeof *a);
}

int temp_runs_open(void **state)
{
    run_arena = arena_new(0);
    return temp_store_open(state);
}

int temp_runs_close(void **state)
{
    arena_free(run_arena);
    return temp_store_close(state);
}

bool run_insert(struct store *s, const struct run *r)
{
    struct err e;
    bool inserted;
    assert_ok(runs_insert(s, r, &inserted, &e), e);
    return inserted;
}

struct run run_insert_new(struct store *s, const char *job, enum trigger trigger, enum run_state state, struct wall at)
{
    struct run r = run_of(job, trigger, state, at);
    assert_true(run_insert(s, &r));
    return r;
}

static struct attempt attempt_of(int number, struct wall finished_at, enum outcome outcome)
{
    return (struct attempt){
        .number = number,
        .finished_at = finished_at,
        .outcome = outcome,
        .message = "",
        .dns_ms = -1,
        .connect_ms = -1,
        .tls_ms = -1,
        .first_byte_ms = -1,
        .total_ms = -1,
        .response_size = -1,
    };
}

/* Ends attempt `number` and leaves the run in `state`; it started when its beginning said. */
int run_end(struct store *s, const char *id, int number, enum run_state state, enum outcome outcome, struct wall at,
            struct err *e)
{
    struct run r = { .state = state, .finished_at = at, .next_attempt_at = { at.ms + 500 }, .duration_ms = 40 };
    struct attempt a = attempt_of(number, at, outcome), *begun;
    struct run *now;
    int n;
    if (runs_get(s, id, run_arena, &now, &begun, &n, NULL) == 0) {
        r.started_at = now->started_at;
        r.lateness_ms = now->lateness_ms;
        a.started_at = n > 0 ? begun[n - 1].started_at : at;
    }
    r.outcome = outcome;
    r.message = "why";
    memcpy(r.id, id, ID_TEXT_SIZE);
    return runs_attempt_end(s, &r, &a, e);
}
