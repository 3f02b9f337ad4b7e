/* channel_set.c - `channel set`: fields from flags, put into the channel's JSON form and checked as any other; and what is said of keys in plain. */
#include "base/mem.h"
#include "cli/channel.h"
#include "cli/edit.h"
#include "cli/handlers.h"
#include "cli/input.h"
#include "cli/output.h"
#include "core/conceal.h"
#include "core/verdict_words.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define CHANNEL_FILE_MAX (4 * JOB_BODY_MAX)

static const struct edit_field channel_fields[] = {
    { FLAG_DESCRIPTION, NULL, "description", EDIT_TEXT }, { FLAG_KIND, NULL, "kind", EDIT_PLAIN },
    { FLAG_LANGUAGE, NULL, "language", EDIT_PLAIN },      { FLAG_CHANNEL_URL, NULL, "url", EDIT_PLAIN },
    { FLAG_METHOD, NULL, "method", EDIT_PLAIN },          { FLAG_CA_FILE, NULL, "ca_file", EDIT_PLAIN },
    { FLAG_HOST, "email", "host", EDIT_PLAIN },           { FLAG_PORT, "email", "port", EDIT_PLAIN },
    { FLAG_SECURITY, "email", "security", EDIT_PLAIN },   { FLAG_USERNAME, "email", "username", EDIT_PLAIN },
    { FLAG_PASSWORD, "email", "password", EDIT_PLAIN },   { FLAG_MAIL_FROM, "email", "from", EDIT_PLAIN },
};

static bool any_field(const struct config *c)
{
    static const enum flag others[] = { FLAG_HEADER,  FLAG_BODY,    FLAG_MAIL_TO, FLAG_CHANNEL_ALLOW_PRIVATE,
                                        FLAG_ENABLED, FLAG_DISABLED };
    bool any = edit_any(c, channel_fields, MEM_COUNT(channel_fields));
    for (size_t i = 0; i < MEM_COUNT(others); i++)
        any = any || config_is_set(c, others[i]);
    return any;
}

/* What one kind needs another refuses. */
static void drop_of_kind(struct json *form, const struct config *c)
{
    static const char *const members[] = { "url", "method", "headers", "body", "email" };
    const char *before = json_string(json_get(form, "kind")), *now = config_text(c, FLAG_KIND);
    if (!before || !now || strcmp(before, now) == 0)
        return;
    for (size_t i = 0; i < MEM_COUNT(members); i++)
        json_remove(form, members[i]);
}

/* A port that is the usual one of how the connection is made safe changes with that. */
static void drop_port(struct json *form, const struct config *c)
{
    double port = json_number(json_get(json_get(form, "email"), "port"));
    if (config_is_set(c, FLAG_SECURITY) && (port == 587 || port == 465 || port == 25))
        json_remove(edit_object(form, "email"), "port");
}

static void edit_to(struct json *form, const struct config *c)
{
    int pos = 0;
    if (!config_is_set(c, FLAG_MAIL_TO))
        return;
    struct json *mail = edit_object(form, "email");
    json_remove(mail, "to");
    struct json *list = json_add_array(mail, "to");
    for (const char *text; (text = config_each(c, FLAG_MAIL_TO, &pos));)
        json_add_string(list, NULL, text); /* a name may have a comma in it */
}

static int edit_channel(struct json *form, const struct config *c, struct err *e)
{
    drop_of_kind(form, c);
    drop_port(form, c);
    int r = edit_fields(form, c, channel_fields, MEM_COUNT(channel_fields), e);
    if (r == 0)
        r = edit_enabled(form, c, e);
    if (r == 0)
        r = edit_pairs(form, "headers", c, FLAG_HEADER, strcasecmp, e);
    edit_to(form, c);
    edit_ranges(form, "allow_private", c, FLAG_CHANNEL_ALLOW_PRIVATE);
    if (r == 0 && config_is_set(c, FLAG_BODY))
        r = edit_body(form, config_text(c, FLAG_BODY), e);
    return r;
}

/* What the flags work on: the file, the channel as it is, or nothing yet. */
static struct json *base_form(struct data *d, const char *name, struct err *e)
{
    const struct config *c = d->config;
    struct channel_record *r = NULL;
    if (config_is_set(c, FLAG_FILE) || !any_field(c)) {
        const char *file = config_is_set(c, FLAG_FILE) ? config_text(c, FLAG_FILE) : "-";
        return input_json(file, "the channel as JSON (or give field flags: 'edgecron channel set --help')",
                          CHANNEL_FILE_MAX, e);
    }
    if (channels_get(d->store, name, &r, e) < 0)
        return e->code == ERR_NOT_FOUND ? json_new_object() : NULL;
    struct json *v = channel_to_json(&r->channel);
    channel_record_free(r);
    return v;
}

/* --- keys in plain ----------------------------------------------------------------------------------------------- */

/* "ops-mail" and "URL" give "OPS_MAIL_URL". */
static char *secret_name(const char *channel, const char *what)
{
    char *name = mem_printf("%s%s_%s", isdigit((unsigned char)*channel) ? "C" : "", channel, what);
    for (char *p = name; *p; p++)
        *p = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
    return name;
}

/* `why` begins a sentence; `option` is how the secret is given in place of it, by the flag `f`. */
static void note_plain(const struct data *d, const struct channel *c, const char *why, const char *what, enum flag f,
                       const char *option)
{
    char hint[400];
    mem_auto char *name = secret_name(c->name, what);
    data_hint(d, hint, sizeof hint);
    output_note("edgecron: %s is stored as it is%s. Keep it as a secret, with:", why,
                config_is_set(d->config, f) ? ", and was on the command line, where others on this machine could see it"
                                            : "");
    output_note("  edgecron secret set %s%s", name, hint);
    output_note("  edgecron channel set %s%s --%s{{secret.%s}}'", c->name, hint, option, name);
}

static void note_keys(const struct data *d, const struct channel *c)
{
    const char *url = c->request.url;
    if (c->kind == CHANNEL_EMAIL && channel_is_plain(c->mail.password))
        note_plain(d, c, "the password", "PASSWORD", FLAG_PASSWORD, "password '");
    if (channel_url_is_key(c) || (c->kind == CHANNEL_WEBHOOK && channel_is_plain(url) && conceal_covers("/url", url)))
        note_plain(d, c, "the URL, which whoever knows it can write to,", "URL", FLAG_CHANNEL_URL, "url '");
    for (int i = 0; c->kind != CHANNEL_EMAIL && i < c->request.n_headers; i++) {
        const struct header *h = &c->request.headers[i];
        if (!verdict_is_credential(h->name) || !channel_is_plain(h->value))
            continue;
        mem_auto char *why = mem_printf("the value of header '%s'", h->name);
        mem_auto char *option = mem_printf("header '%s: ", h->name);
        note_plain(d, c, why, "KEY", FLAG_HEADER, option);
    }
}

/* --- the command ------------------------------------------------------------------------------------------------- */

static int put_channel(struct data *d, const struct channel *c, struct err *e)
{
    enum put_result result;
    int r = channels_put(d->store, c, -1, clock_wall(), &result, e);
    if (r < 0)
        return r;
    channel_secrets(c, data_note_secret, d);
    data_changed(d, NULL);
    data_warn_secrets(d);
    note_keys(d, c);
    if (c->ca_file && access(c->ca_file, R_OK))
        output_note("edgecron: '%s' cannot be read here (%s), and messages will fail until the server can: --ca-file "
                    "names certificates (PEM) on the server's machine",
                    c->ca_file, strerror(errno));
    return config_on(d->config, FLAG_JSON) ? channel_print(d, c->name, e)
                                           : data_report(d, "channel", c->name, data_put_text(result));
}

static int set_channel(struct data *d, const char *name, struct err *e)
{
    struct channel c;
    json_auto struct json *form = base_form(d, name, e);
    if (!form)
        return -(int)e->code;
    if (json_type(form) == JSON_OBJECT && any_field(d->config)) {
        int r = edit_channel(form, d->config, e);
        if (r < 0)
            return r;
    }
    struct arena *a = arena_new(0);
    int r = channel_parse(form, name, a, &c, e);
    if (r == 0)
        r = put_channel(d, &c, e);
    arena_free(a);
    return r;
}

int channel_set(struct call *call, struct err *e)
{
    struct data d = { 0 };
    int r = data_open(&d, &call->config, STORE_WRITE, e);
    if (r == 0)
        r = set_channel(&d, call->words[0], e);
    data_close(&d);
    return r;
}
