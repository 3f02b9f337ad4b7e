/* Any request to the API, without its sockets: "METHOD TARGET\n", header lines, an empty line, the body. The answer is one that the route's row
 * documents, never a fault of the server; what is JSON is strict JSON; no field breaks out of its line.
 *
 * Without an Authorization line the asker has an administrator's token, without a Content-Type the body is JSON. The store is a real one, on
 * memory where there is some, and the engine runs, in a network namespace of its own without any network, or, where none is to be had, sealed: it
 * calls nobody. */
#include "api/dispatch.h"
#include "api/failures.h"
#include "api/login.h"
#include "base/file.h"
#include "base/log.h"
#include "store/jobs.h"
#include "store/tokens.h"
#include "store/vault.h"

#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LINES_MAX 40

static struct service service;
static char folder[64], bearer[TOKEN_TEXT_SIZE + 10];

/* One request, in place: lines end with NUL. */
struct asked {
    char *method, *path, *query;
    char *names[LINES_MAX], *values[LINES_MAX];
    int n;
    const char *body;
    size_t body_len;
};

static void must(bool holds, const char *what, const struct asked *a, const struct reply *p)
{
    if (holds)
        return;
    fprintf(stderr, "%s: %s %s: %d %.*s\n", what, a->method, a->path, p->status, p->data ? (int)p->len : 0,
            p->data ? (const char *)p->data : "");
    abort();
}

static const char *header(void *ctx, const char *name)
{
    const struct asked *a = ctx;
    for (int i = 0; i < a->n; i++)
        if (!strcasecmp(a->names[i], name))
            return a->values[i];
    if (!strcasecmp(name, "Authorization"))
        return bearer;
    return a->body_len && !strcasecmp(name, "Content-Type") ? "application/json" : NULL;
}

static int read_body(void *ctx, struct buf *out, struct err *e)
{
    const struct asked *a = ctx;
    if (!buf_add(out, a->body, a->body_len))
        return err_set(e, ERR_TOO_LARGE, "too large");
    return 0;
}

/* The line that begins at *at, without its end; *at is the next one. NULL when there is no line end. */
static char *line(char **at, const char *end)
{
    char *begin = *at, *stop = memchr(begin, '\n', (size_t)(end - begin));
    if (!stop)
        return NULL;
    *stop = '\0';
    *at = stop + 1;
    return strlen(begin) == (size_t)(stop - begin) ? begin : NULL;
}

/* False for what the listener would never pass on. */
static bool take(struct asked *a, char *text, const char *end)
{
    char *at = text, *l = line(&at, end), *space = l ? strchr(l, ' ') : NULL;
    if (!space || space == l || space[1] != '/')
        return false;
    *space = '\0';
    *a = (struct asked){ .method = l, .path = space + 1 };
    a->query = strchr(a->path, '?');
    if (a->query)
        *a->query++ = '\0';
    while ((l = line(&at, end)) && *l) {
        char *colon = strchr(l, ':');
        if (!colon || a->n == LINES_MAX)
            return false;
        *colon = '\0';
        a->names[a->n] = l;
        a->values[a->n++] = colon + 1 + strspn(colon + 1, " ");
    }
    a->body = at;
    a->body_len = (size_t)(end - at);
    return l != NULL;
}

static bool documented(const struct route *r, int status, const char *code)
{
    bool other = status == 201 ? r->traits & ROUTE_CREATES : status == 200 && r->status == 201; /* a dry run */
    if (status == r->status || other || !strcmp(r->path, "/readyz"))
        return !code;
    for (int c = 1; c < ERR_CODE_COUNT; c++)
        if (code && !strcmp(code, err_code_name((enum err_code)c)))
            return failures_of(r) & ROUTE_FAILS(c) && err_http_status((enum err_code)c) == status;
    return false;
}

static void check(const struct asked *a, const struct reply *p)
{
    struct route_match m;
    buf_auto struct buf head = BUF_INIT(1 << 20);
    must(p->status >= 200 && p->status < 600, "no status", a, p);
    must(p->status < 500 || p->status == 503, "a fault of the server", a, p);
    reply_head(p, clock_wall(), true, &head);
    must(strlen(buf_str(&head)) == head.len, "a NUL in the head", a, p);
    bool json = p->content_type && strstr(p->content_type, "json") && p->data;
    json_auto struct json *v = json ? json_parse(p->data, p->len, NULL) : NULL;
    must(!json || v, "no JSON", a, p);
    const char *code = p->status >= 400 ? json_string(json_get(v, "code")) : NULL;
    must(p->status < 400 || code || !strcmp(a->path, "/readyz"), "no code", a, p);
    if (route_find(a->method, a->path, &m, NULL) == ROUTE_FOUND)
        must(documented(m.route, p->status, code), "not documented", a, p);
}

static void ask(struct asked *a)
{
    struct request q = { .arena = arena_new(0),
                         .method = a->method,
                         .path = a->path,
                         .query_text = a->query,
                         .remote = "192.0.2.1",
                         .header = header,
                         .read_body = read_body,
                         .ctx = a,
                         .service = &service,
                         .now = clock_wall() };
    struct reply p = REPLY_INIT;
    dispatch(&q, &p);
    check(a, &p);
    if (p.attach)
        p.attach(p.attach_ctx, -1);
    reply_free(&p);
    arena_free(q.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct asked a;
    char *text = mem_alloc(size + 1);
    if (size)
        memcpy(text, data, size);
    if (take(&a, text, text + size))
        ask(&a);
    mem_free(text);
    return 0;
}

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *at)
{
    (void)s, (void)type, (void)at;
    return remove(path);
}

static void end(void)
{
    engine_stop(service.engine);
    readers_free(service.readers);
    login_free(service.login);
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static _Noreturn void fail(const struct err *e)
{
    fprintf(stderr, "cannot begin: %s\n", e->text);
    exit(1);
}

static void put_first(struct store *s, struct err *e)
{
    static const char job_form[] =
        "{\"name\":\"followup-7h\",\"schedule\":\"0 7 * * 1-5\",\"target\":\"prod\",\"tags\":["
        "\"followup\"],\"request\":{\"url\":\"/f\"}}";
    static const char target_form[] = "{\"name\":\"prod\",\"base_url\":\"https://abc.supabase.co/functions/v1\"}";
    enum put_result result;
    struct job j;
    struct target t;
    struct arena *a = arena_new(0);
    json_auto struct json *job = json_parse(job_form, sizeof job_form - 1, e);
    json_auto struct json *target = json_parse(target_form, sizeof target_form - 1, e);
    if (target_parse(target, NULL, a, &t, e) || targets_put(s, &t, -1, clock_wall(), &result, e) ||
        job_parse(job, NULL, NULL, NULL, a, &j, e) || jobs_put(s, &j, -1, clock_wall(), &result, e))
        fail(e);
    arena_free(a);
}

static void make_store(const char *key_file, struct err *e)
{
    struct store *s;
    struct vault *v;
    int64_t version;
    char token[TOKEN_TEXT_SIZE];
    if (store_open(&s, folder, STORE_WRITE, e) || tokens_create(s, "fuzz", SCOPE_ADMIN, clock_wall(), token, e) ||
        vault_open(&v, s, key_file, true, e) ||
        vault_set(v, s, "CRON_INTERNAL_KEY", "a-key-of-some-length", 20, clock_wall(), &version, e))
        fail(e);
    vault_close(v);
    put_first(s, e);
    store_close(s);
    snprintf(bearer, sizeof bearer, "Bearer %s", token);
}

/* Without a network there is nobody to call. */
static bool alone(void)
{
    return !unshare(CLONE_NEWNET) || !unshare(CLONE_NEWUSER | CLONE_NEWNET);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    char key_file[96];
    struct err e = { 0 };
    json_init();
    log_setup(LOG_NONE, LOG_LOGFMT);
    snprintf(folder, sizeof folder, "%s/edgecron-fuzz-XXXXXX", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
    if (!mkdtemp(folder))
        return 1;
    snprintf(key_file, sizeof key_file, "%s/master.key", folder);
    make_store(key_file, &e);
    if (!alone() && remove(key_file))
        return 1;
    struct engine_config c = { .data_dir = folder, .master_key_file = key_file, .drain_timeout_ms = 100 };
    service = (struct service){ .api = true, .readers = readers_new(folder), .login = login_new() };
    if (engine_start(&service.engine, &c, &e))
        fail(&e);
    atexit(end);
    return 0;
}
