#include "http_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct cidr loopback[] = {
    { { { [10] = 0xff, [11] = 0xff, [12] = 127 } }, 96 + 8 },
    { { { [15] = 1 } }, 128 },
};

static void timer_fired(void *ctx)
{
    loop_stop(((struct fixture *)ctx)->loop);
}

void fixture_open(struct fixture *f, const struct http_client_config *config)
{
    struct err e;
    memset(f, 0, sizeof(*f));
    f->loop = loop_new(&e);
    f->client = f->loop ? http_client_new(f->loop, config, &e) : NULL;
    if (!f->client)
        abort();
    f->timer = (struct loop_timer){ .fn = timer_fired, .ctx = f };
}

void fixture_close(struct fixture *f)
{
    http_client_free(f->client);
    loop_timer_clear(f->loop, &f->timer);
    loop_free(f->loop);
}

static void call_done(struct http_call *call)
{
    struct fixture *f = call->ctx;
    f->done++;
    if (f->after)
        f->after(f, call);
    if (f->done == f->wanted)
        loop_stop(f->loop);
}

void fixture_call(struct fixture *f, struct http_call *call, uint16_t port)
{
    memset(call, 0, sizeof(*call));
    call->host = "127.0.0.1";
    call->port = port;
    call->allowed = loopback;
    call->n_allowed = 2;
    call->head = GET;
    call->head_len = strlen(GET);
    call->idempotent = true;
    call->connect_timeout_ms = 5000;
    call->timeout_ms = 5000;
    call->body_keep = 65536;
    call->body_max = 10 * 1024 * 1024;
    call->done = call_done;
    call->ctx = f;
}

void fixture_wait(struct fixture *f, int calls)
{
    f->wanted = f->done + calls;
    loop_run(f->loop);
}

void fixture_run(struct fixture *f, struct http_call *call)
{
    fixture_pass_ms(f, 0); /* the loop's clock is of the last turn */
    http_submit(f->client, call);
    fixture_wait(f, 1);
}

void fixture_pass_ms(struct fixture *f, int ms)
{
    loop_timer_set(f->loop, &f->timer, (struct mono){ clock_mono().us + ms * 1000 });
    f->wanted = -1;
    loop_run(f->loop);
}

int fixture_descriptors(void)
{
    DIR *d = opendir("/proc/self/fd");
    int n = -3; /* ".", ".." and d's own */
    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

long fixture_resident_kb(void)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[256];
    long kb = 0;
    while (f && fgets(line, sizeof(line), f))
        if (sscanf(line, "VmRSS: %ld kB", &kb) == 1)
            break;
    if (f)
        fclose(f);
    return kb;
}
