#include "engine_fixture.h"

#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void engine_up(struct fixture *x)
{
    struct err e = { 0 };
    struct engine_config c = { .data_dir = x->dir,
                               .master_key_file = x->key_file,
                               .drain_timeout_ms = x->drain_timeout_ms,
                               .allow_private = x->allow_private,
                               .n_allow_private = x->n_allow_private,
                               .most_waiting_job = x->most_waiting_job,
                               .most_waiting = x->most_waiting };
    if (engine_start(&x->engine, &c, &e))
        fail_msg("engine_start: %s", e.text);
}

void engine_down(struct fixture *x)
{
    engine_stop(x->engine);
    x->engine = NULL;
}

int engine_open(void **state)
{
    struct fixture *x = mem_alloc(sizeof *x);
    struct err e = { 0 };
    snprintf(x->dir, sizeof x->dir, "/tmp/edgecron-engine-XXXXXX");
    assert_non_null(mkdtemp(x->dir));
    snprintf(x->key_file, sizeof x->key_file, "%s/master.key", x->dir);
    x->arena = arena_new(0);
    if (store_open(&x->store, x->dir, STORE_WRITE, &e) || vault_open(&x->vault, x->store, x->key_file, true, &e))
        fail_msg("%s", e.text);
    x->drain_timeout_ms = 300;
    small_server_reset();
    *state = x;
    return 0;
}

int engine_close(void **state)
{
    struct fixture *x = *state;
    char command[128];
    if (x->engine)
        engine_down(x);
    vault_close(x->vault);
    store_close(x->store);
    arena_free(x->arena);
    snprintf(command, sizeof command, "rm -rf '%s'", x->dir);
    if (system(command))
        fail_msg("cannot remove %s", x->dir);
    mem_free(x);
    return 0;
}

void apply_job(struct fixture *x, const char *name, const char *path, const char *schedule, const char *more)
{
    struct err e = { 0 };
    struct document d;
    struct apply_result applied = { 0 };
    mem_auto char *text =
        mem_printf("{'version':1,'targets':[{'name':'here','base_url':'http://127.0.0.1:%d','max_concurrent':2,"
                   "'allow_private':['127.0.0.0/8'],'headers':{'X-Internal-Key':'{{secret.KEY}}'}}],"
                   "'jobs':[{'name':'%s','schedule':'%s','target':'here','request':{'url':'%s','body':{'run':'{{run.id}"
                   "}'}}%s%s}]}",
                   small_server_port(), name, schedule, path, *more ? "," : "", more);
    for (char *p = text; *p; p++)
        if (*p == '\'')
            *p = '"';
    json_auto struct json *doc = json_parse(text, strlen(text), &e);
    if (!doc || document_parse(doc, NULL, NULL, x->arena, &d, &e) ||
        apply_document(x->store, &d, (struct wall){ clock_wall().ms - x->applied_ms_ago },
                       &(struct apply_options){ .prune = false }, &applied, &e))
        fail_msg("apply: %s %s", e.pointer, e.text);
    apply_result_free(&applied);
    store_announce(x->dir);
}

void set_secret(struct fixture *x, const char *name, const char *value)
{
    struct err e = { 0 };
    int64_t version;
    if (vault_set(x->vault, x->store, name, value, strlen(value), clock_wall(), &version, &e))
        fail_msg("secret: %s", e.text);
    store_announce(x->dir);
}

void ask_run(struct fixture *x, const char *job, char id[ID_TEXT_SIZE])
{
    struct err e = { 0 };
    if (runs_request(x->store, job, TRIGGER_MANUAL, clock_wall(), id, &e))
        fail_msg("run: %s", e.text);
    store_announce(x->dir);
}

struct run *get_run(struct fixture *x, const char *id, struct attempt **attempts, int *n)
{
    struct run *r;
    struct err e = { 0 };
    if (runs_get(x->store, id, x->arena, &r, attempts, n, &e))
        fail_msg("get: %s", e.text);
    return r;
}

struct run *wait_state(struct fixture *x, const char *id, enum run_state state, struct attempt **attempts, int *n)
{
    struct run *r = NULL;
    for (int i = 0; i < 1000; i++, usleep(10000)) {
        r = get_run(x, id, attempts, n);
        if (r->state == state)
            return r;
    }
    fail_msg("run is %s, not %s: %s", run_state_name(r->state), run_state_name(state), r->message);
    return NULL;
}

int list_runs(struct fixture *x, const char *job, int state, struct run **ret)
{
    const char *cursor;
    struct err e = { 0 };
    int n;
    struct runs_filter f = RUNS_FILTER_INIT;
    f.jobs.job = job;
    f.states = state < 0 ? 0 : RUN_BIT(state);
    f.limit = 1000;
    if (runs_list(x->store, &f, x->arena, ret, &n, &cursor, &e))
        fail_msg("list: %s", e.text);
    return n;
}

int wait_count(struct fixture *x, const char *job, enum run_state state, int least, struct run **ret)
{
    for (int i = 0; i < 1000; i++, usleep(10000)) {
        int n = list_runs(x, job, (int)state, ret);
        if (n >= least)
            return n;
    }
    fail_msg("fewer than %d runs are %s", least, run_state_name(state));
    return 0;
}
