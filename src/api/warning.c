#include "api/warning.h"

#include "base/map.h"
#include "core/conceal.h"
#include "core/strength.h"
#include "core/template.h"
#include "core/verdict_words.h"
#include "store/alerts.h"
#include "store/secrets.h"

#include <string.h>

/* One job or target being looked at. */
struct look {
    struct json *list;
    struct store *store;
    struct map told;     /* names of secrets, each once */
    const char *under;   /* pointer of the job or target */
    const char *pointer; /* of the template at hand; NULL: none is told */
};

static void add(struct look *l, const char *code, const char *detail)
{
    struct json *one = json_add_object(l->list, NULL);
    json_add_string(one, "code", code);
    if (l->pointer)
        json_add_string(one, "pointer", l->pointer);
    json_add_string(one, "detail", detail);
}

static void see_secret(void *ctx, const char *name)
{
    struct look *l = ctx;
    if (map_get(&l->told, name) || secrets_have(l->store, name))
        return;
    char *copy = mem_strdup(name);
    map_put(&l->told, copy, copy);
    mem_auto char *text = mem_printf("secret '%s' is not set yet, and calls that need it will fail until it is", name);
    add(l, "secret_not_set", text);
}

static void note_any(void *ctx, const char *name)
{
    *(bool *)ctx = name != NULL;
}

static bool names_secret(const char *value)
{
    bool any = false;
    template_secrets(value, note_any, &any);
    return any;
}

/* A header's pointer: "/request/headers/X-Key". */
static char *header_pointer(const struct look *l, const char *under, const char *name)
{
    struct buf out = BUF_INIT(1024);
    buf_printf(&out, "%s%s/headers/", l->under, under);
    for (; *name; name++) /* of what a header's name may hold, a pointer escapes this alone */
        *name == '~' ? buf_str_add(&out, "~0") : buf_char(&out, *name);
    return buf_take(&out);
}

static void look_at_headers(struct look *l, const char *under, const struct header *headers, int n)
{
    for (int i = 0; i < n; i++) {
        mem_auto char *pointer = header_pointer(l, under, headers[i].name);
        l->pointer = pointer;
        template_secrets(headers[i].value, see_secret, l);
        if (!verdict_is_credential(headers[i].name) || names_secret(headers[i].value) || !*headers[i].value)
            continue;
        mem_auto char *text = mem_printf(
            "the value of '%s' is written here, where all who may read this see it: keep it as a secret, and "
            "write {{secret.NAME}} in its place",
            headers[i].name);
        add(l, "literal_credential", text);
    }
    l->pointer = NULL;
}

static void look_at_text(struct look *l, const char *under, const char *text)
{
    mem_auto char *pointer = mem_printf("%s%s", l->under, under);
    l->pointer = pointer;
    template_secrets(text, see_secret, l);
    l->pointer = NULL;
}

static void look_at_job(struct look *l, const struct job *j, const struct target *t)
{
    look_at_headers(l, "/request", j->request.headers, j->request.n_headers);
    look_at_text(l, "/request/url", j->request.url);
    look_at_text(l, "/request/body", j->request.body);
    for (int i = 0; t && i < t->n_headers; i++) /* they go along */
        look_at_text(l, "/target", t->headers[i].value);
}

/* --- who is told --------------------------------------------------------------------------------------------------- */

/* Is there anything in it that would be covered for those who may not see keys (core/conceal.h)? */
static bool holds_key(const char *pointer, const struct json *v)
{
    json_auto struct json *covered = conceal(pointer, v);
    mem_auto char *before = json_print(v), *after = json_print(covered);
    return strstr(after, CONCEAL_COVER) && !strstr(before, CONCEAL_COVER);
}

static void say_pasted(struct look *l, const char *under, const char *what)
{
    mem_auto char *pointer = mem_printf("%s%s", l->under, under);
    mem_auto char *text = mem_printf(
        "%s: keep it as a secret ('edgecron secret set NAME'), and write {{secret.NAME}} in its place", what);
    l->pointer = pointer;
    add(l, "literal_credential", text);
    l->pointer = NULL;
}

static void look_at_address(struct look *l, const struct channel *c, const struct json *form)
{
    if (!c->request.url || names_secret(c->request.url))
        return;
    if (c->kind == CHANNEL_WEBHOOK && holds_key("/url", json_get(form, "url")))
        say_pasted(
            l, "/url",
            "this address has what looks like a key in it, written where backups and files of the apply form have it");
    else if (c->kind != CHANNEL_WEBHOOK)
        say_pasted(l, "/url", "whoever knows this address can write there, so it is a key");
}

static void look_at_mail(struct look *l, const struct channel_mail *m)
{
    if (!m->password)
        return;
    look_at_text(l, "/email/password", m->password);
    if (!names_secret(m->password))
        say_pasted(l, "/email/password", "this password is written where backups and files of the apply form have it");
}

static void look_at_channel(struct look *l, const struct channel *c)
{
    json_auto struct json *form = channel_to_json(c);
    look_at_address(l, c, form);
    look_at_headers(l, "", c->request.headers, c->request.n_headers);
    if (c->kind == CHANNEL_EMAIL) {
        look_at_mail(l, &c->mail);
        return;
    }
    look_at_text(l, "/url", c->request.url);
    look_at_text(l, "/body", c->request.body ? c->request.body : "");
    if (holds_key("/body", json_get(form, "body")))
        say_pasted(l, "/body", "this body has what looks like a key in it");
}

static bool is_enabled(struct store *s, const char *channel, bool *ret_there)
{
    struct channel_record *r;
    *ret_there = !channels_get(s, channel, &r, NULL);
    bool enabled = *ret_there && r->channel.enabled;
    if (*ret_there)
        channel_record_free(r);
    return enabled;
}

static bool note_enabled(void *ctx, struct channel_record *r)
{
    *(bool *)ctx |= r->channel.enabled;
    channel_record_free(r);
    return true;
}

static void look_at_rule(struct look *l, const char *under, const struct alert_rule *r)
{
    bool there;
    for (int i = 0; i < r->n_channels; i++) {
        mem_auto char *pointer = mem_printf("%s%s/channels/%d", l->under, under, i);
        mem_auto char *text = mem_printf("channel '%s' is disabled, and nothing is sent to it", r->channels[i]);
        l->pointer = pointer;
        if (!is_enabled(l->store, r->channels[i], &there) && there)
            add(l, "channel_disabled", text);
    }
    l->pointer = NULL;
}

static void look_for_channel(struct look *l, bool wanted)
{
    bool any = false;
    channels_each(l->store, note_enabled, &any, NULL);
    if (!any && wanted)
        add(l, "no_channel",
            "there is no channel that is enabled, so nobody is told: make one ('edgecron channel set')");
}

static void look_at_own_rules(struct look *l, const struct job *j)
{
    struct arena *a = arena_new(0);
    struct alert_rule *rules;
    int n;
    bool wanted = false;
    if (alert_rules_of_job(j->alerts ? j->alerts : "[]", a, &rules, &n, NULL))
        n = 0;
    for (int i = 0; i < n; i++) {
        mem_auto char *under = mem_printf("/alerts/%d", i);
        look_at_rule(l, under, &rules[i]);
        wanted |= rules[i].enabled;
    }
    look_for_channel(l, wanted);
    arena_free(a);
}

static void look_end(struct look *l)
{
    size_t pos = 0;
    for (char *name; (name = map_each(&l->told, &pos));)
        mem_free(name);
    map_free(&l->told);
}

void warning_add_job(struct json *list, struct store *s, const struct job *j, const struct target *t)
{
    struct look l = { .list = list, .store = s, .under = "" };
    look_at_job(&l, j, t);
    look_at_own_rules(&l, j);
    look_end(&l);
}

void warning_add_channel(struct json *list, struct store *s, const struct channel *c)
{
    struct look l = { .list = list, .store = s, .under = "" };
    look_at_channel(&l, c);
    look_end(&l);
}

void warning_add_alert(struct json *list, struct store *s, const struct alert_rule *r)
{
    struct look l = { .list = list, .store = s, .under = "" };
    look_at_rule(&l, "", r);
    look_for_channel(&l, r->enabled);
    look_end(&l);
}

void warning_add_target(struct json *list, struct store *s, const struct target *t)
{
    struct look l = { .list = list, .store = s, .under = "" };
    look_at_headers(&l, "", t->headers, t->n_headers);
    look_end(&l);
}

void warning_add_document(struct json *list, struct store *s, const struct document *d)
{
    struct look l = { .list = list, .store = s };
    for (int i = 0; i < d->n_targets; i++) {
        mem_auto char *under = mem_printf("/targets/%d", i);
        l.under = under;
        look_at_headers(&l, "", d->targets[i].headers, d->targets[i].n_headers);
    }
    for (int i = 0; i < d->n_channels; i++) {
        mem_auto char *under = mem_printf("/channels/%d", i);
        l.under = under;
        look_at_channel(&l, &d->channels[i]);
    }
    for (int i = 0; i < d->n_alerts; i++) {
        mem_auto char *under = mem_printf("/alerts/%d", i);
        l.under = under;
        look_at_rule(&l, "", &d->alerts[i]);
    }
    for (int i = 0; i < d->n_jobs; i++) {
        mem_auto char *under = mem_printf("/jobs/%d", i);
        l.under = under;
        look_at_job(&l, &d->jobs[i], NULL);
    }
    look_end(&l);
}

void warning_add_value(struct json *list, const char *name, const char *value, size_t len)
{
    struct look l = { .list = list, .under = "", .pointer = "/value" };
    struct strength_finding found[STRENGTH_FINDINGS];
    int n = strength_findings(value, len, found);
    for (int i = 0; i < n; i++) {
        mem_auto char *text = mem_printf("the value of '%s' %s", name, found[i].text);
        add(&l, found[i].code, text);
    }
}
