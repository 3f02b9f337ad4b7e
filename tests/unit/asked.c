#include "asked.h"

#include "api/dispatch.h"
#include "api/login.h"
#include "store/vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64], key_file[96];
static struct service service;

static const char *header(void *ctx, const char *name)
{
    const struct asked *x = ctx;
    const struct {
        const char *name, *value;
    } fields[] = {
        { "Authorization", x->authorization },
        { "Cookie", x->cookie },
        { "X-CSRF-Token", x->csrf },
        { "Origin", x->origin },
        { "Sec-Fetch-Site", x->site },
        { "Host", ASKED_HOST },
        { "User-Agent", "Test/1" },
    };
    for (size_t i = 0; i < MEM_COUNT(fields); i++)
        if (!strcmp(fields[i].name, name))
            return fields[i].value;
    return NULL;
}

static int read_body(void *ctx, struct buf *out, struct err *e)
{
    const struct asked *x = ctx;
    return !x->body || buf_str_add(out, x->body) ? 0 : err_set(e, ERR_TOO_LARGE, "too large");
}

void asked_run(struct asked *x, const char *method, const char *url)
{
    x->q = (struct request){ .arena = arena_new(0),
                             .method = method,
                             .remote = x->remote ? x->remote : "203.0.113.9",
                             .encrypted = x->encrypted,
                             .header = header,
                             .read_body = read_body,
                             .ctx = x,
                             .service = &service,
                             .now = clock_wall() };
    char *path = arena_strdup(x->q.arena, url), *question = strchr(path, '?');
    if (question)
        *question++ = '\0';
    x->q.path = path;
    x->q.query_text = question;
    x->p = REPLY_INIT;
    dispatch(&x->q, &x->p);
    if (x->p.content_type && strstr(x->p.content_type, "json") && x->p.data)
        x->json = json_parse(x->p.data, x->p.len, NULL);
}

void asked_done(struct asked *x)
{
    if (x->p.file >= 0)
        close(x->p.file);
    reply_free(&x->p);
    json_free(x->json);
    arena_free(x->q.arena);
}

struct store *asked_store(void)
{
    struct store *s;
    struct err e = { 0 };
    if (store_open(&s, folder, STORE_WRITE, &e))
        fail_msg("%s", e.text);
    return s;
}

int asked_begin(void (*fill)(struct store *s))
{
    struct err e = { 0 };
    struct vault *v;
    snprintf(folder, sizeof folder, "/tmp/edgecron-asked-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(key_file, sizeof key_file, "%s/master.key", folder);
    struct store *s = asked_store();
    assert_int_equal(vault_open(&v, s, key_file, true, &e), 0);
    vault_close(v);
    fill(s);
    store_close(s);
    struct engine_config c = { .data_dir = folder, .master_key_file = key_file, .drain_timeout_ms = 1000 };
    service = (struct service){ .api = true, .readers = readers_new(folder), .login = login_new() };
    return engine_start(&service.engine, &c, &e);
}

int asked_end(void **state)
{
    (void)state;
    char path[100];
    readers_free(service.readers);
    login_free(service.login);
    engine_stop(service.engine);
    static const char *const files[] = { "edgecron.db", "edgecron.db-wal", "edgecron.db-shm",
                                         "master.key",  "edgecron.lock",   "edgecron.changed" };
    for (size_t i = 0; i < MEM_COUNT(files); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        remove(path);
    }
    remove(folder);
    return 0;
}
