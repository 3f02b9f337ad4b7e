#include "api/api.h"

#include "api/dispatch.h"
#include "api/events.h"
#include "api/gate.h"
#include "api/listen.h"
#include "api/login.h"
#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define DESCRIPTORS_SPARE 512 /* for the store, calls and streams, where there are few */

struct api {
    struct gate *gate;
    int port;
    char *data_dir, *sample_key, *tls_cert, *tls_key;
    struct service service;
    struct http_scope scope;
    struct gate_limits limits;
};

static void api_free(struct api *a)
{
    events_stop(a->service.events);
    events_free(a->service.events);
    readers_free(a->service.readers);
    login_free(a->service.login);
    mem_free(a->data_dir);
    mem_free(a->tls_cert);
    mem_free(a->tls_key);
    if (a->sample_key)
        mem_wipe(a->sample_key, strlen(a->sample_key));
    mem_free(a->sample_key);
    mem_free(a);
}

/* Calls in flight need descriptors too: of few, connections get half. */
static struct gate_limits limits_here(void)
{
    struct gate_limits k = gate_limits;
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur == RLIM_INFINITY)
        return k;
    rlim_t room = files.rlim_cur > 4 * DESCRIPTORS_SPARE ? files.rlim_cur - 2 * DESCRIPTORS_SPARE : files.rlim_cur / 2;
    if (room < (rlim_t)k.connections)
        k.connections = (int)room;
    if (k.tls_connections > k.connections)
        k.tls_connections = k.connections;
    return k;
}

static void take_config(struct api *a, const struct api_config *c)
{
    a->data_dir = mem_strdup(c->data_dir);
    a->tls_cert = mem_strdup(c->tls_cert);
    a->tls_key = mem_strdup(c->tls_key);
    a->sample_key = c->sample ? mem_strdup(c->sample_key ? c->sample_key : "") : NULL;
    a->service = (struct service){ .api = c->engine != NULL,
                                   .engine = c->engine,
                                   .readers = readers_new(a->data_dir),
                                   .login = login_new(),
                                   .sample_key = a->sample_key };
    a->scope = (struct http_scope){ .answer = dispatch, .service = &a->service, .proxies = c->proxies };
    a->limits = limits_here();
}

/* *ret NULL without TLS. */
static int load_tls(const struct api *a, struct tls_server **ret, struct err *e)
{
    char *warning = NULL;
    *ret = NULL;
    if (!a->tls_cert)
        return 0;
    *ret = tls_server_new(a->tls_cert, a->tls_key, &warning, e);
    if (warning)
        log_warn("certificate", L_STR("detail", warning));
    mem_free(warning);
    if (*ret && a->service.engine)
        engine_certificate(a->service.engine, tls_server_expires_at(*ret));
    return *ret ? 0 : -(int)e->code;
}

/* A duplicate of one that was given: the caller may have to try again. */
static int open_listener(struct api *a, const struct listen_address *address, int given, struct err *e)
{
    int fd;
    if (!given) {
        int rc = listen_open(address, &fd, &a->port, e);
        return rc ? rc : fd;
    }
    a->port = listen_port(address);
    fd = fcntl(given, F_DUPFD_CLOEXEC, 3);
    return fd < 0 ? err_set(e, ERR_IO, "the socket of systemd cannot be used: %s", strerror(errno)) : fd;
}

static int start_gate(struct api *a, const struct listen_address *address, int given, struct err *e)
{
    struct tls_server *tls;
    int rc = load_tls(a, &tls, e);
    if (rc)
        return rc;
    int fd = open_listener(a, address, given, e);
    if (fd < 0) {
        tls_server_unref(tls);
        return fd;
    }
    a->gate = gate_start(fd, tls, &a->scope, &a->limits, e);
    return a->gate ? 0 : -(int)e->code;
}

static int start_events(struct api *a, struct err *e)
{
    if (!a->service.engine)
        return 0;
    a->service.events = events_start(&a->service, e);
    return a->service.events ? 0 : -(int)e->code;
}

int api_start(struct api **ret, const struct api_config *c, struct err *e)
{
    struct api *a = mem_alloc(sizeof *a);
    struct listen_address address;
    take_config(a, c);
    int rc = listen_parse(c->listen, &address, e);
    if (!rc)
        rc = listen_allowed(&address, c->tls_cert != NULL, c->behind_proxy, e);
    if (!rc)
        rc = start_events(a, e);
    if (!rc)
        rc = start_gate(a, &address, c->listen_fd, e);
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

int api_listener(const struct api *a)
{
    return gate_listener(a->gate);
}

int api_reload(struct api *a, struct err *e)
{
    struct tls_server *tls;
    int rc = load_tls(a, &tls, e);
    if (rc || !tls)
        return rc;
    gate_renew(a->gate, tls);
    log_info("certificate read again", L_STR("file", a->tls_cert));
    return 0;
}

struct mono api_beat(struct api *a)
{
    return gate_beat(a->gate);
}

void api_stop(struct api *a)
{
    if (!a)
        return;
    events_stop(a->service.events); /* else the gate would wait for the ends of their streams */
    gate_stop(a->gate);
    api_free(a);
}
