#include "api/api.h"

#include "api/http.h"
#include "api/listen.h"
#include "api/login.h"
#include "base/log.h"
#include "base/mem.h"

#include <civetweb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#ifdef __SANITIZE_THREAD__
/* civetweb tells its threads to stop through a volatile int, and SQLite notes the process's number, always the same, outside of its lock:
 * known, harmless, and not ours to mend. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "race:mg_stop\nrace:close_all_listening_sockets\nrace:unixRandomness\n";
}
#endif

struct api {
    struct mg_context *civetweb;
    struct listen_address address;
    int port;
    char *data_dir, *sample_key;
    struct service service;
    atomic_bool stopped;
};

/* civetweb holds one thread a connection, kept-alive ones too: enough for many browsers (they open up to six each) and scripts. */
/* clang-format off */
static const char *const options[] = {
    "num_threads", "64",
    "enable_keep_alive", "yes",
    "keep_alive_timeout_ms", "5000",
    "request_timeout_ms", "10000",
    "tcp_nodelay", "1",
    "max_request_size", "16384",
    "linger_timeout_ms", "1000",
    "connection_queue", "128",
    "decode_url", "no", /* request.h decodes, by segment */
    "enable_directory_listing", "no",
    "enable_auth_domain_check", "no",
};
/* clang-format on */

static int on_request(struct mg_connection *c)
{
    const struct api *a = mg_get_user_context_data(c);
    return http_answer(c, &a->service);
}

static int on_refusal(struct mg_connection *c, int status, const char *why)
{
    http_refuse(c, status, why);
    return 0;
}

static int on_message(const struct mg_connection *c, const char *message)
{
    (void)c;
    log_warn("listener", L_STR("detail", message));
    return 1;
}

static int start_civetweb(struct api *a, struct err *e)
{
    static const struct mg_callbacks callbacks = { .begin_request = on_request,
                                                   .http_error = on_refusal,
                                                   .log_message = on_message };
    const char *all[MEM_COUNT(options) + 3] = { "listening_ports", a->address.text };
    memcpy(all + 2, options, sizeof options);
    char why[256] = "";
    struct mg_init_data init = { .callbacks = &callbacks, .user_data = a, .configuration_options = all };
    struct mg_error_data error = { .text = why, .text_buffer_size = sizeof why };
    mg_init_library(0);
    a->civetweb = mg_start2(&init, &error);
    if (!a->civetweb)
        return err_set(e, ERR_INTERNAL, "cannot listen on '%s': %s", a->address.text, why);
    struct mg_server_port port;
    a->port = mg_get_server_ports(a->civetweb, 1, &port) == 1 ? port.port : 0;
    return 0;
}

static void api_free(struct api *a)
{
    readers_free(a->service.readers);
    login_free(a->service.login);
    mem_free(a->data_dir);
    if (a->sample_key)
        mem_wipe(a->sample_key, strlen(a->sample_key));
    mem_free(a->sample_key);
    mem_free(a);
}

static void take_config(struct api *a, const struct api_config *c)
{
    a->data_dir = mem_strdup(c->data_dir);
    a->sample_key = c->sample ? mem_strdup(c->sample_key ? c->sample_key : "") : NULL;
    a->service = (struct service){ .api = c->engine != NULL,
                                   .engine = c->engine,
                                   .readers = readers_new(a->data_dir),
                                   .login = login_new(),
                                   .sample_key = a->sample_key };
}

int api_start(struct api **ret, const struct api_config *c, struct err *e)
{
    struct api *a = mem_alloc(sizeof *a);
    take_config(a, c);
    int rc = listen_parse(c->listen, &a->address, e);
    if (!rc)
        rc = listen_allowed(&a->address, c->behind_proxy, e);
    if (!rc)
        rc = listen_probe(&a->address, e);
    if (!rc)
        rc = start_civetweb(a, e);
    if (rc) {
        api_free(a);
        return rc;
    }
    *ret = a;
    return 0;
}

int api_port(const struct api *a)
{
    return a->port;
}

static void *stop_thread(void *arg)
{
    struct api *a = arg;
    mg_stop(a->civetweb);
    atomic_store(&a->stopped, true);
    return NULL;
}

/* mg_stop waits for a poll of up to two seconds on the listening socket: connections from here end it at once. */
void api_stop(struct api *a)
{
    static const struct timespec wait = { .tv_nsec = 5000000 };
    pthread_t thread;
    if (!a)
        return;
    if (pthread_create(&thread, NULL, stop_thread, a)) {
        mg_stop(a->civetweb);
    } else {
        for (int i = 0; !atomic_load(&a->stopped); i++) {
            if (i < 20)
                listen_nudge(&a->address, a->port);
            nanosleep(&wait, NULL);
        }
        pthread_join(thread, NULL);
    }
    mg_exit_library();
    api_free(a);
}
