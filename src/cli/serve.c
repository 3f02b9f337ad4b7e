#include "base/log.h"
#include "base/mem.h"
#include "cli/admin.h"
#include "cli/handlers.h"
#include "cli/service.h"
#include "cli/waiting.h"
#include "engine/zones.h"
#include "store/tokens.h"
#include "versions.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void setup_log(const struct config *c)
{
    log_setup((enum log_level)config_number(c, FLAG_LOG_LEVEL), (enum log_format)config_number(c, FLAG_LOG_FORMAT));
}

static void count_token(void *ctx, const struct token_info *t)
{
    (void)t;
    (*(int *)ctx)++;
}

/* A server that nobody can talk to is puzzling: say how to get a token. */
static void mention_token(const char *dir)
{
    struct store *s;
    int n = 0;
    if (store_open(&s, dir, STORE_READ, NULL) < 0)
        return;
    if (tokens_each(s, count_token, &n, NULL) == 0 && n == 0) {
        mem_auto char *command = mem_printf("edgecron token create NAME --scope admin --data '%s'", dir);
        log_info("the API has no token yet", L_STR("make_one_with", command));
    }
    store_close(s);
}

static void log_start(const char *dir)
{
    struct zones *zones = zones_open();
    log_info("edgecron starts", L_STR("version", EDGECRON_VERSION), L_STR("data", dir),
             L_STR("time_zones", zones_version(zones)), L_INT("pid", getpid()));
    zones_close(zones);
}

static void log_listening(const struct config *c, const struct service *s, const char *text, struct buf *password)
{
    const char *colon = strrchr(text, ':');
    mem_auto char *host = mem_strndup(text, (size_t)(colon - text));
    mem_auto char *url = mem_printf("%s://%s:%d", config_text(c, FLAG_TLS_CERT) ? "https" : "http",
                                    *host ? host : "0.0.0.0", api_port(s->api));
    log_info("listening", L_STR("url", url), s->inherited.fd ? L_STR("socket", "systemd's") : (struct log_field){ 0 });
    admin_prepare(config_text(c, FLAG_DATA), url, password);
}

static int serve_until_signal(struct service *s, const struct config *c, struct err *e)
{
    const char *dir = config_text(c, FLAG_DATA);
    int signal_number = 0;
    struct buf password = BUF_SECRET(ADMIN_INPUT_MAX);
    int r = inherited_take(&s->inherited, c, e);
    if (r == 0)
        r = admin_read(c, &password, e);
    if (r < 0)
        return r;
    const char *listen_text = s->inherited.fd ? s->inherited.text : config_text(c, FLAG_LISTEN);
    log_start(dir);
    r = service_start(s, c, dir, listen_text, e);
    if (waiting_wanted(s, r))
        r = waiting_start(s, c, listen_text, &signal_number, e);
    if (r < 0 || signal_number) {
        buf_wipe(&password);
        return r;
    }
    log_listening(c, s, listen_text, &password);
    mention_token(dir);
    service_ready(s);
    while (!signal_number)
        signal_number = service_wait(s);
    log_info("stopping", L_STR("signal", strsignal(signal_number)));
    return 0;
}

int serve_run(struct call *call, struct err *e)
{
    struct service s;
    setup_log(&call->config);
    int r = service_prepare(&s, e);
    if (r == 0)
        r = serve_until_signal(&s, &call->config, e);
    service_stop(&s);
    if (r == 0)
        log_info("stopped");
    return r;
}
