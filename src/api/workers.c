#include "api/workers.h"

#include "base/log.h"

#include <hand_over.h>
#include <sys/resource.h>

#ifdef __SANITIZE_THREAD__
/* civetweb tells its threads to stop through a volatile int, and SQLite notes the process's number, always the same, outside of its lock:
 * known, harmless, and not ours to mend. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "race:mg_stop\nrace:close_all_listening_sockets\nrace:unixRandomness\n";
}
#endif

struct workers {
    struct mg_context *civetweb;
    const struct http_scope *scope;
};

/* clang-format off */
static const char *const options[] = {
    "listening_ports", "",       /* connections come from the gate */
    "num_threads", "18",
    "connection_queue", "32",    /* never full: the gate counts */
    "enable_keep_alive", "no",   /* one request a hand-over */
    "max_request_size", "40960", /* the gate has its own limit, below */
    "request_timeout_ms", "5000",
    "decode_url", "no",          /* request.h decodes, by segment */
    "enable_directory_listing", "no",
    "enable_auth_domain_check", "no",
    NULL
};
/* clang-format on */
_Static_assert(WORKERS_COUNT + WORKERS_SPARE == 18, "num_threads says so");

/* Answered: a mark on the connection, as the hand-over is the gate's from then on. */
static void give_back(struct mg_connection *c, struct handover *h)
{
    static char mark;
    mg_set_user_connection_data(c, &mark);
    mailbox_put(h->back, &h->mail);
}

/* Calls that are due come first: where processors are short, it is whoever asks that waits. Of threads, Linux has each its own. */
static void *on_thread(const struct mg_context *c, int type)
{
    enum { WORKER = 1, LESS = 10 };
    (void)c;
    if (type == WORKER)
        setpriority(PRIO_PROCESS, 0, LESS);
    return NULL;
}

static int on_begin(const struct mg_connection *c, void **data)
{
    const struct handover *h = mg_tag(c);
    *data = NULL;
    mg_feed((struct mg_connection *)c, h->head.data, h->head.len); /* as civetweb itself casts in the other direction */
    return 0;
}

static int on_request(struct mg_connection *c)
{
    const struct workers *w = mg_get_user_context_data(c);
    struct handover *h = mg_tag(c);
    struct http_after after = http_answer(c, h, w->scope);
    int status = h->reply.status;
    give_back(c, h);
    if (after.attach)
        after.attach(after.ctx, after.fd);
    return status;
}

static int on_refusal(struct mg_connection *c, int status, const char *why)
{
    struct handover *h = mg_tag(c);
    http_refuse(h, status, why);
    give_back(c, h);
    return 0;
}

static void on_close(const struct mg_connection *c)
{
    struct mg_connection *mutable = (struct mg_connection *)c;
    if (!mg_get_user_connection_data(c))
        give_back(mutable, mg_tag(c));
    mg_forget(mutable);
}

static int on_message(const struct mg_connection *c, const char *message)
{
    (void)c;
    log_debug("worker", L_STR("detail", message));
    return 1;
}

struct workers *workers_start(const struct http_scope *scope, struct err *e)
{
    static const struct mg_callbacks callbacks = { .init_connection = on_begin,
                                                   .begin_request = on_request,
                                                   .http_error = on_refusal,
                                                   .connection_close = on_close,
                                                   .log_message = on_message,
                                                   .init_thread = on_thread };
    struct workers *w = mem_alloc(sizeof *w);
    char why[256] = "";
    struct mg_init_data init = { .callbacks = &callbacks,
                                 .user_data = w,
                                 .configuration_options = (const char **)options };
    struct mg_error_data error = { .text = why, .text_buffer_size = sizeof why };
    w->scope = scope;
    mg_init_library(0);
    w->civetweb = mg_start2(&init, &error);
    if (w->civetweb)
        return w;
    err_set(e, ERR_INTERNAL, "cannot start the threads of the listener: %s", why);
    mg_exit_library();
    mem_free(w);
    return NULL;
}

void workers_give(struct workers *w, struct handover *h)
{
    mg_hand_over(w->civetweb, h);
}

void workers_stop(struct workers *w)
{
    mg_stop_now(w->civetweb);
    mg_exit_library();
    mem_free(w);
}
