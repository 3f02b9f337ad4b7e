#include "cli/channel.h"

#include "api/view_alert.h"
#include "base/mem.h"
#include "cli/handlers.h"
#include "cli/listing.h"
#include "core/template.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void add_word(struct buf *out, const char *word)
{
    buf_printf(out, "%s%s", out->len ? ", " : "", word);
}

static void note_any(void *ctx, const char *name)
{
    *(bool *)ctx = name != NULL;
}

bool channel_is_plain(const char *text)
{
    bool secret = false;
    if (!text || !*text)
        return false;
    template_secrets(text, note_any, &secret);
    return !secret;
}

bool channel_url_is_key(const struct channel *c)
{
    return c->kind != CHANNEL_EMAIL && c->kind != CHANNEL_WEBHOOK && channel_is_plain(c->request.url);
}

/* No key is shown to whoever looks over a shoulder; --json has all. */
static void add_url(const struct channel *c, struct buf *out)
{
    const char *url = c->request.url, *host = strstr(url, "://");
    size_t origin = host ? (size_t)(host + 3 - url) + strcspn(host + 3, "/?#") : 0;
    if (channel_url_is_key(c))
        buf_printf(out, "%.*s/***", (int)origin, url);
    else
        buf_str_add(out, url);
}

const char *channel_where(const struct channel *c, struct buf *out)
{
    buf_clear(out);
    if (c->kind != CHANNEL_EMAIL)
        add_url(c, out);
    for (int i = 0; c->kind == CHANNEL_EMAIL && i < c->mail.n_to; i++)
        add_word(out, c->mail.to[i]);
    return buf_str(out);
}

/* --- list -------------------------------------------------------------------------------------------------------- */

struct channel_listing {
    struct listing base;
    struct data *data;
    int rc;
    struct err *e;
};

static const char *standing(const struct channel *c, const struct channel_health *h)
{
    return !c->enabled ? "disabled" : !wall_is_none(h->failing_since) ? "failing" : "active";
}

static void list_row(struct table *t, const struct channel *c, const struct channel_health *h)
{
    char when[OUTPUT_TIME_SIZE];
    buf_auto struct buf where = BUF_INIT(64 * 1024);
    table_cell(t, c->name);
    table_cell(t, channel_kind_name(c->kind));
    table_cell(t, standing(c, h));
    table_cell(t, notice_language_name(c->language));
    table_cell(t, wall_is_none(h->last_sent_at) ? "never" : output_when(h->last_sent_at, when));
    table_cell(t, channel_where(c, &where));
}

static bool list_one(void *ctx, struct channel_record *r)
{
    struct channel_listing *l = ctx;
    struct channel_health h;
    struct arena *a = arena_new(0);
    l->rc = channel_health(l->data->store, r->channel.name, a, &h, l->e);
    if (l->rc == 0 && l->base.items)
        json_add(l->base.items, NULL, view_channel(r, &h, true));
    else if (l->rc == 0)
        list_row(l->base.table, &r->channel, &h);
    arena_free(a);
    channel_record_free(r);
    return l->rc == 0;
}

int channel_list(struct call *call, struct err *e)
{
    static const char *const heads[] = { "NAME", "KIND", "STATE", "LANGUAGE", "LAST SENT", "TO" };
    struct data d = { 0 };
    struct channel_listing l = { .base = listing_begin(&call->config, heads, MEM_COUNT(heads)), .data = &d, .e = e };
    int r = data_open(&d, &call->config, STORE_READ, e);
    if (r == 0)
        r = channels_each(d.store, list_one, &l, e);
    r = listing_end(&l.base, r ? r : l.rc, NULL,
                    "there is no channel yet, so nobody is told of failures: make one with 'edgecron channel set'");
    data_close(&d);
    return r;
}

/* --- show -------------------------------------------------------------------------------------------------------- */

static void show_mail(struct table *t, const struct channel_mail *m)
{
    static const char *const securities[] = { [MAIL_STARTTLS] = "starttls", [MAIL_TLS] = "tls", [MAIL_PLAIN] = "none" };
    mem_auto char *server = mem_printf("%s:%d (%s)", m->host, m->port, securities[m->security]);
    table_pair(t, "mail server", server);
    table_pair(t, "username", m->username);
    table_pair(t, "password", channel_is_plain(m->password) ? "*** (stored as it is, not as a secret)" : m->password);
    table_pair(t, "from", m->from);
    for (int i = 0; i < m->n_to; i++)
        table_pair(t, i ? " " : "to", m->to[i]);
}

static void show_health(struct table *t, const struct channel_health *h)
{
    char when[OUTPUT_TIME_SIZE];
    table_pair(t, "last sent", wall_is_none(h->last_sent_at) ? "never" : output_when(h->last_sent_at, when));
    if (!wall_is_none(h->failing_since)) {
        mem_auto char *failing = mem_printf("since %s: %" PRId64 " %s not taken", output_when(h->failing_since, when),
                                            h->failed, h->failed == 1 ? "message was" : "messages were");
        table_pair(t, "failing", failing);
        table_pair(t, " ", h->message);
        table_pair(t, " ", h->run);
    }
    mem_auto char *open = h->open ? mem_printf("%" PRId64, h->open) : NULL;
    table_pair(t, "to be sent", open);
}

static void show_channel(const struct channel *c, const struct channel_health *h)
{
    buf_auto struct buf ranges = BUF_INIT(64 * 1024);
    struct table *t = table_new(NULL, 2);
    for (int i = 0; i < c->n_allow_private; i++)
        add_word(&ranges, c->allow_private[i]);
    table_pair(t, "channel", c->name);
    table_pair(t, "description", c->description);
    table_pair(t, "state", standing(c, h));
    table_pair(t, "kind", channel_kind_name(c->kind));
    table_pair(t, "language", notice_language_name(c->language));
    if (c->kind == CHANNEL_EMAIL) {
        show_mail(t, &c->mail);
    } else {
        buf_auto struct buf where = BUF_INIT(64 * 1024);
        mem_auto char *request = mem_printf("%s %s", method_name(c->request.method), channel_where(c, &where));
        table_pair(t, "request", request);
        output_headers(t, c->request.headers, c->request.n_headers);
        table_pair(t, "body", c->request.body);
    }
    table_pair(t, "ca file", c->ca_file);
    table_pair(t, "allow private", buf_str(&ranges));
    show_health(t, h);
    output_pairs(t);
}

int channel_print(struct data *d, const char *name, struct err *e)
{
    struct channel_record *r;
    struct channel_health h;
    int rc = channels_get(d->store, name, &r, e);
    if (rc)
        return rc;
    struct arena *a = arena_new(0);
    rc = channel_health(d->store, name, a, &h, e);
    if (rc == 0 && config_on(d->config, FLAG_JSON))
        output_json(view_channel(r, &h, true));
    else if (rc == 0)
        show_channel(&r->channel, &h);
    arena_free(a);
    channel_record_free(r);
    return rc;
}

int channel_show(struct call *call, struct err *e)
{
    struct data d = { 0 };
    int r = data_open(&d, &call->config, STORE_READ, e);
    if (r == 0)
        r = channel_print(&d, call->words[0], e);
    data_close(&d);
    return r;
}

int channel_remove(struct call *call, struct err *e)
{
    struct data d = { 0 };
    int r = data_open(&d, &call->config, STORE_WRITE, e);
    if (r == 0)
        r = channels_remove(d.store, call->words[0], -1, clock_wall(), e);
    if (r == 0) {
        data_changed(&d, NULL);
        r = data_report(&d, "channel", call->words[0], "removed");
    }
    data_close(&d);
    return r;
}
