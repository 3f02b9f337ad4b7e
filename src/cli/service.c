#include "cli/service.h"

#include "api/listen.h"
#include "base/confine.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics_process.h"
#include "cli/confinement.h"
#include "cli/notify.h"
#include "cli/stretch.h"
#include "net/tls_server.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define DRAIN_LOOK_MS 50
#define DRAIN_GRACE_MS 10000 /* after that the engine itself decides, in engine_stop */
#define DRAIN_TELL_MS 5000   /* how often systemd is asked for more time, six times as much */
#define RELOAD_MS 5000       /* for the engine to have read its files again */

/* Secrets are in memory: nobody may have it dumped or traced. Each call in flight holds a descriptor. */
static void set_limits(void)
{
    struct rlimit files;
    umask(077);
    confine_dumps();
    if (!getrlimit(RLIMIT_NOFILE, &files)) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

int service_prepare(struct service *s, struct err *e)
{
    sigset_t set;
    const struct sigaction ignore = { .sa_handler = SIG_IGN };
    *s = (struct service){ .signals = -1 };
    metrics_process_open();
    set_limits();
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL); /* a limit on the size of files is a full disk, and no reason to die */
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return s->signals < 0 ? err_set(e, ERR_INTERNAL, "cannot watch signals: %s", strerror(errno)) : 0;
}

static int start_engine(struct service *s, const struct config *c, const char *dir, struct err *e)
{
    struct cidr ranges[CONFIG_CIDRS_MAX];
    mem_auto char *key_file = config_master_key_file(c, dir);
    int n = config_is_set(c, FLAG_ALLOW_PRIVATE)
                ? config_cidrs(config_text(c, FLAG_ALLOW_PRIVATE), ranges, CONFIG_CIDRS_MAX)
                : 0;
    struct engine_config config = { .data_dir = dir,
                                    .master_key_file = key_file,
                                    .allow_private = ranges,
                                    .n_allow_private = n,
                                    .same_store = config_on(c, FLAG_SAME_STORE),
                                    .without_copy = config_on(c, FLAG_WITHOUT_COPY),
                                    .drain_timeout_ms = config_number(c, FLAG_DRAIN_TIMEOUT),
                                    .keep_wal = config_is_set(c, FLAG_WAL_CHECKPOINTS) &&
                                                config_number(c, FLAG_WAL_CHECKPOINTS) == 1 };
    s->drain_timeout_ms = config.drain_timeout_ms;
    return engine_start(&s->engine, &config, e);
}

static bool behind_proxy(const struct config *c)
{
    return config_number(c, FLAG_BEHIND_PROXY) > 0; /* ranges; none for "=false" */
}

/* `--behind-proxy` alone believes a proxy on this machine, and takes requests from everywhere. */
static void take_proxies(const struct config *c, struct forwarded_rules *ret)
{
    static const char here[] = "127.0.0.0/8,::1/128";
    const char *text = config_text(c, FLAG_BEHIND_PROXY);
    *ret = (struct forwarded_rules){ 0 };
    if (!behind_proxy(c))
        return;
    ret->only_trusted = text && strpbrk(text, ".:");
    ret->n_trusted = config_cidrs(ret->only_trusted ? text : here, ret->trusted, FORWARDED_PROXIES_MAX);
}

static const char *source_of(const struct config *c, enum flag f, const char *name)
{
    return c->values[f].source ? c->values[f].source : name;
}

/* Both or none, and a pair that works: looked at before anything is started. */
static int check_tls(const struct config *c, struct err *e)
{
    const char *cert = config_text(c, FLAG_TLS_CERT), *key = config_text(c, FLAG_TLS_KEY);
    char *warning = NULL;
    if (!cert && !key)
        return 0;
    if (!key)
        return err_set(e, ERR_USAGE, "%s needs --tls-key: the file that holds the certificate's private key",
                       source_of(c, FLAG_TLS_CERT, ""));
    if (!cert)
        return err_set(e, ERR_USAGE, "%s needs --tls-cert: the file that holds the key's certificate",
                       source_of(c, FLAG_TLS_KEY, ""));
    struct tls_server *tls = tls_server_new(cert, key, &warning, e);
    tls_server_unref(tls);
    mem_free(warning);
    if (tls)
        return 0;
    if (e->code == ERR_INVALID)
        e->code = ERR_USAGE;
    return err_wrap(e, "%s, %s", source_of(c, FLAG_TLS_CERT, ""), source_of(c, FLAG_TLS_KEY, ""));
}

/* Before the engine starts a run, as far as that can be told. */
static int check_listen(const struct service *s, const struct config *c, const char *listen_text, struct err *e)
{
    struct listen_address a;
    bool tls = config_text(c, FLAG_TLS_CERT) != NULL;
    if (listen_parse(listen_text, &a, e) == 0 && listen_allowed(&a, tls, behind_proxy(c), e) == 0 &&
        (s->inherited.fd || listen_probe(&a, e) == 0))
        return 0;
    if (e->code == ERR_INVALID)
        e->code = ERR_USAGE;
    return err_wrap(e, "%s", source_of(c, FLAG_LISTEN, "--listen"));
}

static int start_api(struct service *s, const struct config *c, const char *dir, const char *listen_text, struct err *e)
{
    struct api_config config = { .listen = listen_text,
                                 .listen_fd = s->inherited.fd,
                                 .tls_cert = config_text(c, FLAG_TLS_CERT),
                                 .tls_key = config_text(c, FLAG_TLS_KEY),
                                 .behind_proxy = behind_proxy(c),
                                 .data_dir = dir,
                                 .engine = s->engine };
    take_proxies(c, &config.proxies);
    int r = api_start(&s->api, &config, e);
    if (r == 0)
        return 0;
    if (e->code == ERR_INVALID)
        e->code = ERR_USAGE;
    return err_wrap(e, "%s", source_of(c, FLAG_LISTEN, "--listen"));
}

void service_confine(struct service *s, const struct config *c, const char *dir, const char *listen_text, bool demo)
{
    confinement_begin(c, dir, listen_text, demo);
    confinement_log();
    s->confined = true;
}

int service_start(struct service *s, const struct config *c, const char *dir, const char *listen_text, struct err *e)
{
    int r = check_tls(c, e);
    if (r == 0)
        r = check_listen(s, c, listen_text, e);
    if (r == 0 && !s->confined)
        service_confine(s, c, dir, listen_text, false);
    if (r < 0)
        return r;
    stretch_begin("starting: the store is opened, and what was under way is taken up");
    r = start_engine(s, c, dir, e);
    if (r == 0)
        r = start_api(s, c, dir, listen_text, e);
    stretch_end();
    return r;
}

static int take_signal(int fd)
{
    struct signalfd_siginfo info;
    return read(fd, &info, sizeof info) == (ssize_t)sizeof info ? (int)info.ssi_signo : 0;
}

static void reload_api(struct service *s)
{
    struct err e = { 0 };
    if (s->api && api_reload(s->api, &e) < 0)
        log_error("the certificate was not read again: the one before stays in use", L_STR("error", e.text));
}

static void tell_ready(struct service *s)
{
    struct engine_status now;
    engine_status(s->engine, &now);
    notify_send("READY=1\nSTATUS=%s", watchdog_status(&now, s->watchdog.status, sizeof s->watchdog.status));
}

/* Until the engine has read them, as far as that comes soon: who waits for `systemctl reload` then knows that it is done. */
static void reload(struct service *s)
{
    bool told = s->ready && !s->stopping;
    if (told)
        notify_reloading();
    if (s->engine)
        engine_reload(s->engine);
    reload_api(s);
    if (!told)
        return;
    for (struct mono asked = clock_mono(), now = asked;
         engine_beat(s->engine).us < asked.us && mono_ms_since(asked, now) < RELOAD_MS; now = clock_mono())
        usleep(2000);
    tell_ready(s);
}

void service_ready(struct service *s)
{
    s->ready = true;
    if (notify_wanted() && !s->inherited.fd)
        inherited_keep(api_listener(s->api));
    watchdog_init(&s->watchdog);
    tell_ready(s);
}

int service_wait(struct service *s)
{
    return service_signal(s, watchdog_look(&s->watchdog, s->engine, s->api));
}

int service_signal(struct service *s, int timeout_ms)
{
    struct pollfd p = { .fd = s->signals, .events = POLLIN };
    if (poll(&p, 1, timeout_ms) <= 0)
        return 0;
    int got = take_signal(s->signals);
    if (got != SIGHUP)
        return got;
    reload(s);
    return 0;
}

static void tell_drain(struct service *s, struct mono *asked)
{
    watchdog_look(&s->watchdog, s->engine, s->api);
    watchdog_tell(&s->watchdog, s->engine);
    if (mono_ms_since(*asked, clock_mono()) < DRAIN_TELL_MS)
        return;
    *asked = clock_mono();
    notify_send("EXTEND_TIMEOUT_USEC=%d", 6 * DRAIN_TELL_MS * 1000);
}

/* The API goes on answering meanwhile: /readyz tells that the server drains. Quiet is believed when it lasts, as a run that was just claimed is
 * in flight a moment later. */
static void drain(struct service *s)
{
    struct engine_status now;
    struct mono start = clock_mono(), asked = { 0 };
    engine_drain(s->engine);
    for (int quiet = 0; quiet < 2 && mono_ms_since(start, clock_mono()) < s->drain_timeout_ms + DRAIN_GRACE_MS;) {
        int got = service_signal(s, DRAIN_LOOK_MS);
        if (got) {
            log_warn("second signal: not waiting any longer", L_STR("signal", strsignal(got)));
            engine_hurry(s->engine);
        }
        engine_status(s->engine, &now);
        quiet = now.draining && now.in_flight == 0 ? quiet + 1 : 0;
        if (s->ready)
            tell_drain(s, &asked);
    }
}

void service_stop(struct service *s)
{
    s->stopping = true;
    if (s->engine && s->ready)
        notify_send("STOPPING=1\nSTATUS=stopping");
    if (s->engine)
        drain(s);
    stretch_begin("stopping: the last results are written");
    if (s->api)
        api_stop(s->api);
    if (s->engine)
        engine_stop(s->engine);
    stretch_end();
    if (s->signals >= 0)
        close(s->signals);
    *s = (struct service){ .signals = -1 };
}
