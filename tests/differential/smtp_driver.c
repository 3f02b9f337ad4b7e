/* smtp_driver.c - sends e-mails by net/smtp_call.h for tests/integration/mail.test.mjs.
 *
 *     smtp_driver < calls
 *
 * A call is a line of JSON: { "host", "port", "security": "tls"|"starttls"|"none", "username", "password", "ca_file", "from", "to": [], "subject", "text", "text_times", "id", "at_ms",
 * "timeout_ms", "connect_timeout_ms", "cancel_ms", "allow": [CIDR] }; what is left out is null or has a default. All run at once; the answers are lines of JSON in order
 * of the calls, and then one with what is left open. */
#include "base/json.h"
#include "core/mail.h"
#include "net/smtp_call.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE (1 << 20)
#define CALLS_MAX 600

struct mail_call {
    struct smtp_call call;
    struct net_tls_options tls;
    struct arena *arena;
    struct buf message;
    struct cidr allowed[8];
    struct loop_timer cancel;
};

static struct mail_call calls[CALLS_MAX];
static int n_calls, done;
static struct loop *loop;

static const char *text_of(const struct json *v, const char *key, const char *otherwise, struct arena *a)
{
    const char *s = json_string(json_get(v, key));
    return s ? arena_strdup(a, s) : otherwise;
}

static int64_t number_of(const struct json *v, const char *key, int64_t otherwise)
{
    const struct json *n = json_get(v, key);
    return json_type(n) == JSON_NUMBER ? (int64_t)json_number(n) : otherwise;
}

static void call_done(struct smtp_call *call)
{
    (void)call;
    if (++done == n_calls)
        loop_stop(loop);
}

static void cancel(void *ctx)
{
    smtp_cancel(ctx);
}

static struct mail_address address(const char *text, struct arena *a)
{
    struct mail_address ret = { NULL, text };
    mail_address_parse(text, a, &ret, NULL);
    return ret;
}

static void write_message(struct mail_call *m, const struct json *q, const struct mail_address *to, int n)
{
    struct buf text buf_auto = BUF_INIT(64 << 20);
    for (int64_t i = number_of(q, "text_times", 1); i > 0; i--)
        buf_str_add(&text, text_of(q, "text", "a test", m->arena));
    struct mail_message message = {
        .from = address(text_of(q, "from", "edgecron@example.com", m->arena), m->arena),
        .to = to,
        .n_to = n,
        .subject = text_of(q, "subject", "a test", m->arena),
        .text = buf_str(&text),
        .id = text_of(q, "id", "0193534f-0000-7000-8000-000000000001", m->arena),
        .host = "cron.example.com",
        .at = { number_of(q, "at_ms", 1795358442000) },
    };
    m->message = BUF_INIT(128 << 20);
    mail_write(&message, &m->message);
    m->call.job.from = message.from.address;
    m->call.job.message = buf_str(&m->message);
    m->call.job.message_len = m->message.len;
}

static void prepare(struct mail_call *m, const struct json *q)
{
    struct arena *a = m->arena = arena_new(0);
    const char *security = text_of(q, "security", "starttls", a);
    struct mail_address to[MAIL_TO_MAX];
    const char **addresses = arena_alloc(a, MAIL_TO_MAX * sizeof(*addresses));
    int n = 0;
    for (const struct json *v = json_first(json_get(q, "to")); v && n < MAIL_TO_MAX; v = json_next(v)) {
        to[n] = address(arena_strdup(a, json_string(v)), a);
        addresses[n] = to[n].address;
        n++;
    }
    m->tls.ca_file = text_of(q, "ca_file", NULL, a);
    for (const struct json *v = json_first(json_get(q, "allow")); v; v = json_next(v))
        if (cidr_parse(json_string(v), &m->allowed[m->call.n_allowed]))
            m->call.n_allowed++;
    m->call.allowed = m->allowed;
    m->call.tls = strcmp(security, "tls") == 0;
    m->call.job.starttls = strcmp(security, "starttls") == 0;
    m->call.host = text_of(q, "host", "localhost", a);
    m->call.port = (uint16_t)number_of(q, "port", 587);
    m->call.tls_options = &m->tls;
    m->call.job.username = text_of(q, "username", NULL, a);
    m->call.job.password = text_of(q, "password", NULL, a);
    m->call.job.to = addresses;
    m->call.job.n_to = n;
    m->call.timeout_ms = number_of(q, "timeout_ms", 30000);
    m->call.connect_timeout_ms = number_of(q, "connect_timeout_ms", 10000);
    m->call.done = call_done;
    write_message(m, q, to, n);
    m->cancel = (struct loop_timer){ .fn = cancel, .ctx = &m->call };
    if (number_of(q, "cancel_ms", -1) >= 0)
        loop_timer_set(loop, &m->cancel, (struct mono){ clock_mono().us + 1000 * number_of(q, "cancel_ms", 0) });
}

static void print_result(struct mail_call *m)
{
    const struct smtp_call *c = &m->call;
    struct json *v json_auto = json_new_object();
    const char *outcome = outcome_name(c->outcome);
    json_add_string(v, "outcome", outcome ? outcome : "none");
    json_add_string(v, "detail", c->detail);
    json_add_bool(v, "temporary", c->temporary);
    json_add_bool(v, "sent", c->sent);
    json_add_int(v, "code", c->code);
    json_add_string(v, "transcript", buf_str(&c->transcript));
    json_add_string(v, "remote_address", c->remote_address);
    json_add_int(v, "tls_version", c->peer.version);
    json_add_int(v, "dns_ms", c->timing.dns_ms);
    json_add_int(v, "connect_ms", c->timing.connect_ms);
    json_add_int(v, "tls_ms", c->timing.tls_ms);
    json_add_int(v, "first_byte_ms", c->timing.first_byte_ms);
    json_add_int(v, "total_ms", c->timing.total_ms);
    mem_auto char *text = json_print(v);
    puts(text);
}

static int open_descriptors(void)
{
    DIR *d = opendir("/proc/self/fd");
    int n = 0;
    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

static void read_calls(void)
{
    static char line[LINE_SIZE];
    while (n_calls < CALLS_MAX && fgets(line, sizeof(line), stdin)) {
        struct err e;
        struct json *q json_auto = json_parse(line, strlen(line), &e);
        if (!q) {
            fprintf(stderr, "smtp_driver: %s\n", e.text);
            exit(2);
        }
        prepare(&calls[n_calls++], q);
    }
}

int main(void)
{
    struct err e;
    json_init();
    int before = open_descriptors();
    loop = loop_new(&e);
    struct http_client *client = loop ? http_client_new(loop, NULL, &e) : NULL;
    if (!client) {
        fprintf(stderr, "smtp_driver: %s\n", e.text);
        return 2;
    }
    read_calls();
    for (int i = 0; i < n_calls; i++)
        smtp_submit(client, &calls[i].call);
    if (n_calls > 0)
        loop_run(loop);
    for (int i = 0; i < n_calls; i++) {
        print_result(&calls[i]);
        loop_timer_clear(loop, &calls[i].cancel);
        smtp_call_clear(&calls[i].call);
        buf_free(&calls[i].message);
        arena_free(calls[i].arena);
    }
    http_client_free(client); /* waits for handshakes that were given up */
    loop_free(loop);
    printf("{\"left_open\":%d}\n", open_descriptors() - before);
    return 0;
}
