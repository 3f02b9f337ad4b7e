#include "base/crypto.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/demo_jobs.h"
#include "cli/handlers.h"
#include "cli/output.h"
#include "cli/scratch.h"
#include "cli/service.h"
#include "store/runs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WATCH_MS 200
#define WATCH_PAGE 100 /* more runs than end within a few seconds */

struct demo {
    struct service server;
    const struct config *config;
    struct api *functions; /* the sample functions' listener */
    struct store *store;   /* for watching */
    const char *dir;
    char key[DEMO_KEY_SIZE], token[TOKEN_TEXT_SIZE];
    char shown[WATCH_PAGE][ID_TEXT_SIZE]; /* final runs of the last page */
    int n_shown;
    bool temporary;
};

static int start_functions(struct demo *d, struct err *e)
{
    unsigned char bytes[32];
    crypto_random(bytes, sizeof bytes);
    crypto_base64(bytes, sizeof bytes, d->key);
    struct api_config c = { .listen = "127.0.0.1:0", .data_dir = d->dir, .sample = true, .sample_key = d->key };
    int r = api_start(&d->functions, &c, e);
    return r < 0 ? err_wrap(e, "sample functions") : 0;
}

/* The usual port may be taken, by the real server perhaps: any other will do, unless one was asked for. */
static int start_server(struct demo *d, struct err *e)
{
    const struct config *c = d->config;
    int r = service_start(&d->server, c, d->dir, config_text(c, FLAG_LISTEN), e);
    if (r < 0 && d->server.engine && e->code == ERR_CONFLICT && !config_is_set(c, FLAG_LISTEN)) {
        struct api_config any = { .listen = "127.0.0.1:0", .data_dir = d->dir, .engine = d->server.engine };
        r = api_start(&d->server.api, &any, e);
    }
    return r;
}

static void print_banner(const struct demo *d)
{
    const char *program = program_invocation_name;
    int port = api_port(d->server.api);
    printf("edgecron demo: sample edge functions on 127.0.0.1:%d, and jobs that call them every few "
           "seconds.\n\n",
           api_port(d->functions));
    printf("  Open         http://127.0.0.1:%d/#token=%s\n", port, d->token);
    printf("  REST API     curl -H 'Authorization: Bearer %s' 'http://127.0.0.1:%d/api/v1/runs?limit=3'\n", d->token,
           port);
    printf("  Data         %s%s\n\n", d->dir, d->temporary ? " (removed at the end)" : "");
    printf("In another terminal, try:\n"
           "  %s run list --data %s\n"
           "  %s job list --data %s\n"
           "  %s job run %s --wait --data %s\n\n",
           program, d->dir, program, d->dir, program, DEMO_FIRST_JOB, d->dir);
    printf("Below, each run as it ends. Job '%s' fails with 401 on purpose: its secret has a wrong value,\n"
           "and edgecron says so, where pg_cron would say 'succeeded'. Ctrl-C ends the demo.\n\n",
           DEMO_WRONG_JOB);
    fflush(stdout);
}

static void print_run(const struct run *r)
{
    char when[OUTPUT_TIME_SIZE], took[OUTPUT_TIME_SIZE], status[16];
    buf_auto struct buf line = BUF_INIT(16384);
    age_time(r->finished_at, WALL_NONE, when);
    snprintf(status, sizeof status, r->http_status ? "%d" : "-", r->http_status);
    buf_printf(&line, "%.8s  %-26s %-9s  %-3s  %6s  ", strlen(when) > 11 ? when + 11 : when, r->job,
               run_state_name(r->state), status, output_span(r->duration_ms, took));
    output_clean(&line, *r->message ? r->message : r->metrics ? r->metrics : "", false);
    puts(buf_str(&line));
}

static bool was_shown(const struct demo *d, const char *id)
{
    for (int i = 0; i < d->n_shown; i++)
        if (!strcmp(d->shown[i], id))
            return true;
    return false;
}

static void show_finished(struct demo *d)
{
    struct runs_filter f = RUNS_FILTER_INIT;
    f.limit = WATCH_PAGE;
    char final[WATCH_PAGE][ID_TEXT_SIZE];
    struct arena *a = arena_new(0);
    struct run *runs;
    const char *next;
    int n, n_final = 0;
    if (runs_list(d->store, &f, a, &runs, &n, &next, NULL) == 0) {
        for (int i = n - 1; i >= 0; i--) {
            if (!run_state_final(runs[i].state))
                continue;
            if (!was_shown(d, runs[i].id))
                print_run(&runs[i]);
            memcpy(final[n_final++], runs[i].id, ID_TEXT_SIZE);
        }
        memcpy(d->shown, final, sizeof final[0] * (size_t)n_final);
        d->n_shown = n_final;
    }
    fflush(stdout);
    arena_free(a);
}

static int run_demo(struct demo *d, struct err *e)
{
    service_confine(&d->server, d->config, d->dir, config_text(d->config, FLAG_LISTEN), true);
    int r = start_functions(d, e);
    if (r == 0)
        r = demo_fill(d->config, d->dir, api_port(d->functions), d->key, d->token, e);
    if (r == 0)
        r = start_server(d, e);
    if (r == 0)
        r = store_open(&d->store, d->dir, STORE_READ, e);
    if (r < 0)
        return r;
    print_banner(d);
    while (!service_signal(&d->server, WATCH_MS))
        show_finished(d);
    puts("\nstopping: calls in flight may end");
    fflush(stdout);
    return 0;
}

static void clean_up(struct demo *d)
{
    store_close(d->store);
    service_stop(&d->server);
    if (d->functions)
        api_stop(d->functions);
    mem_wipe(d->key, sizeof d->key);
    if (d->temporary && !config_on(d->config, FLAG_KEEP))
        scratch_remove(d->dir);
    else
        printf("the data directory stays: %s\n", d->dir);
}

int demo_run(struct call *call, struct err *e)
{
    struct demo d = { .config = &call->config };
    const struct config *c = &call->config;
    enum log_level least = (enum log_level)config_number(c, FLAG_LOG_LEVEL);
    d.temporary = !config_is_set(c, FLAG_DATA);
    log_setup(config_is_set(c, FLAG_LOG_LEVEL) ? least : LOG_ERROR, (enum log_format)config_number(c, FLAG_LOG_FORMAT));
    int r = service_prepare(&d.server, e);
    if (r < 0)
        return r;
    mem_auto char *dir = d.temporary ? scratch_make("edgecron-demo", e) : mem_strdup(config_text(c, FLAG_DATA));
    d.dir = dir;
    r = dir ? run_demo(&d, e) : -(int)e->code;
    if (dir)
        clean_up(&d);
    return r;
}
