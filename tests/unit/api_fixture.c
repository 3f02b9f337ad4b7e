#include "api_fixture.h"

#include "base/log.h"
#include "temp_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

struct api_fixture api;

/* The value of "Name: value" among lines, or NULL. */
static const char *find_field(const char *lines, const char *name, char *out, size_t size)
{
    size_t n = strlen(name);
    for (const char *p = lines; p && *p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL) {
        if (strncasecmp(p, name, n) || p[n] != ':')
            continue;
        p += n + 1 + strspn(p + n + 1, " ");
        snprintf(out, size, "%.*s", (int)strcspn(p, "\r\n"), p);
        return out;
    }
    return NULL;
}

static const char *header(void *ctx, const char *name)
{
    static _Thread_local char values[4][400];
    static _Thread_local int next;
    const struct exchange *x = ctx;
    return find_field(x->fields, name, values[next++ % 4], sizeof values[0]);
}

static int read_body(void *ctx, struct buf *out, struct err *e)
{
    const struct exchange *x = ctx;
    if (x->body_len && !buf_add(out, x->body, x->body_len))
        return err_set(e, ERR_TOO_LARGE, "the body is over %zu bytes", out->max);
    return 0;
}

static void run(struct exchange *x, const char *method, const char *url)
{
    buf_auto struct buf head = BUF_INIT(sizeof x->head - 1);
    x->q = (struct request){ .arena = arena_new(0),
                             .method = method,
                             .header = header,
                             .read_body = read_body,
                             .ctx = x,
                             .service = &api.service,
                             .remote = "203.0.113.9",
                             .now = clock_wall() };
    char *path = arena_strdup(x->q.arena, url), *question = strchr(path, '?');
    if (question)
        *question++ = '\0';
    x->q.path = path;
    x->q.query_text = question;
    x->p = REPLY_INIT;
    dispatch(&x->q, &x->p);
    reply_head(&x->p, x->q.now, true, &head);
    snprintf(x->head, sizeof x->head, "%s", buf_str(&head));
    if (x->p.content_type && strstr(x->p.content_type, "json"))
        x->json = json_parse(x->p.data, x->p.len, NULL);
}

static struct exchange send(enum scope scope, const char *method, const char *url, const char *fields, const void *body,
                            size_t len)
{
    static char lines[4][2000];
    static int next;
    char *own = lines[next++ % 4];
    snprintf(own, sizeof lines[0], "Authorization: Bearer %s\n%s", api.tokens[scope], fields ? fields : "");
    struct exchange x = { .fields = own, .body = body, .body_len = len };
    run(&x, method, url);
    x.q.ctx = NULL;
    return x;
}

struct exchange ask_as(enum scope scope, const char *method, const char *url, const char *fields, const char *body)
{
    return send(scope, method, url, fields, body, body ? strlen(body) : 0);
}

struct exchange ask(const char *method, const char *url, const char *fields, const char *body)
{
    return ask_as(SCOPE_ADMIN, method, url, fields, body);
}

struct exchange ask_bytes(const char *method, const char *url, const char *fields, const void *body, size_t len)
{
    return send(SCOPE_ADMIN, method, url, fields, body, len);
}

void done(struct exchange *x)
{
    reply_free(&x->p);
    json_free(x->json);
    arena_free(x->q.arena);
}

const char *text(const struct exchange *x, const char *pointer)
{
    const char *s = json_string(json_pointer(x->json, pointer));
    return s ? s : "(none)";
}

const char *field(const struct exchange *x, const char *name)
{
    static char value[400];
    return find_field(x->head, name, value, sizeof value) ? value : "";
}

static void assert_status(const struct exchange *x, int status, const char *url)
{
    if (x->p.status != status)
        fail_msg("%s %s: %d, not %d: %.600s", x->q.method, url, x->p.status, status,
                 x->p.data ? (const char *)x->p.data : "");
}

void expect(int status, const char *method, const char *url, const char *fields, const char *body)
{
    struct exchange x = ask(method, url, fields, body);
    assert_status(&x, status, url);
    done(&x);
}

void expect_problem(int status, const char *code, const char *pointer, const char *words, const char *method,
                    const char *url, const char *fields, const char *body)
{
    struct exchange x = ask(method, url, fields, body);
    assert_status(&x, status, url);
    assert_string_equal(x.p.content_type, "application/problem+json");
    assert_string_equal(text(&x, "/code"), code);
    if (pointer && strcmp(text(&x, "/pointer"), pointer))
        fail_msg("%s %s %s: at %s, not %s: %s", method, url, body ? body : "", text(&x, "/pointer"), pointer,
                 text(&x, "/detail"));
    if (words && !strstr(text(&x, "/detail"), words))
        fail_msg("%s %s: '%s' does not say '%s'", method, url, text(&x, "/detail"), words);
    done(&x);
}

static void put_target_and_job(struct store *s)
{
    put_target(s, "local", "");
    /* Not due while tests run, whatever the time of day. */
    put_job(s, "kept", ", \"target\": \"local\", \"starts_at\": \"2099-01-01T00:00:00Z\"");
}

int api_up(void **state)
{
    struct err e = { 0 };
    (void)state;
    json_init();
    log_setup(LOG_NONE, LOG_LOGFMT);
    temp_dir_make(api.folder);
    snprintf(api.key_file, sizeof api.key_file, "%s/master.key", api.folder);
    assert_ok(store_open(&api.store, api.folder, STORE_WRITE, &e), e);
    for (int scope = 0; scope < 3; scope++) {
        char name[8];
        snprintf(name, sizeof name, "t%d", scope);

        assert_ok(tokens_create(api.store, name, (enum scope)scope, clock_wall(), api.tokens[scope], &e), e);
    }
    put_target_and_job(api.store);
    const struct engine_config config = { .data_dir = api.folder, .master_key_file = api.key_file };
    assert_ok(engine_start(&api.service.engine, &config, &e), e);
    api.service.readers = readers_new(api.folder);
    api.service.api = true;
    return 0;
}

int api_down(void **state)
{
    (void)state;
    readers_free(api.service.readers);
    engine_stop(api.service.engine);
    store_close(api.store);
    temp_dir_remove(api.folder);
    return 0;
}
