/* channel.c - a channel's form: its table of fields, and what must hold between them. */
#include "core/channel.h"

#include "core/address.h"
#include "core/channel_fields.h"
#include "core/conceal.h"
#include "core/job_fields.h"
#include "core/template.h"
#include "core/url.h"

#include <string.h>

static const char *const KIND_NAMES[] = {
#define X(name, text) text,
    CHANNEL_KINDS(X)
#undef X
        NULL
};

_Static_assert(sizeof(enum channel_kind) == sizeof(int), "field_choice writes an int");

const char *channel_kind_name(enum channel_kind k)
{
    return (unsigned)k < CHANNEL_KIND_COUNT ? KIND_NAMES[k] : NULL;
}

/* A channel as it is read: fields that were given, whatever the kind. */
struct draft {
    struct channel c;
    bool has_url, has_method, has_headers, has_body, has_mail;
};

#define NAME_EXPECTED "1 to 40 characters of a-z, 0-9, '-' and '_', the first a letter or digit"

static bool name_valid(const char *s)
{
    return job_name_valid(s) && strlen(s) <= CHANNEL_NAME_MAX;
}

static int read_name(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    (void)f;
    if (!name_valid(json_string(v)))
        return field_wrong(r, v, NAME_EXPECTED);
    *(const char **)into = arena_strdup(r->arena, json_string(v));
    return 0;
}

static int read_language(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    const char *names[NOTICE_LANGUAGE_COUNT + 1] = { NULL };
    (void)f;
    for (int i = 0; i < NOTICE_LANGUAGE_COUNT; i++)
        names[i] = notice_language_name((enum notice_language)i);
    return notice_language_parse(json_string(v), into) ? 0 : field_wrong_choice(r, v, names);
}

/* null is "none" for whatever a kind may lack. */
static bool is_null(const struct json *v)
{
    return json_type(v) == JSON_NULL;
}

static int read_method(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct draft *d = into;
    const struct field *method = REQUEST_FIELDS;
    (void)f;
    if (is_null(v))
        return 0;
    int rc = method->read(r, method, v, &d->c.request.method);
    d->has_method = d->c.request.method != METHOD_POST;
    return rc;
}

static int read_url(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct draft *d = into;
    if (is_null(v))
        return 0;
    int rc = field_text(r, f, v, &d->c.request.url);
    rc = rc ? rc : job_check_template(r, d->c.request.url);
    d->has_url = true;
    return rc;
}

static int read_headers(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct draft *d = into;
    (void)f;
    if (is_null(v))
        return 0;
    int rc = job_read_headers(r, v, &d->c.request.headers, &d->c.request.n_headers);
    d->has_headers = d->c.request.n_headers > 0;
    return rc;
}

static int read_body(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct draft *d = into;
    int rc = job_read_body(r, f, v, &d->c.request);
    d->has_body = d->c.request.body_kind != BODY_NONE;
    return rc;
}

static int read_mail(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct draft *d = into;
    (void)f;
    if (is_null(v))
        return 0;
    d->has_mail = true;
    return channel_read_mail(r, v, &d->c.mail);
}

static int read_allow_private(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct draft *d = into;
    (void)f;
    return target_read_allow_private(r, v, &d->c.allow_private, &d->c.n_allow_private);
}

#define AT(member) .offset = offsetof(struct draft, c.member)

static const struct field CHANNEL_FIELDS[] = {
    { "name", read_name, AT(name) },
    { "description", field_text, AT(description), .max = 1000 },
    { "enabled", field_bool, AT(enabled) },
    { "kind", field_choice, AT(kind), .choices = KIND_NAMES,
      .required = "what it is: \"webhook\", \"slack\", \"discord\", \"teams\", \"ntfy\" or \"email\"" },
    { "language", read_language, AT(language) },
    { "url", read_url, .min = 1, .max = 4096 },
    { "method", read_method, .offset = 0 },
    { "headers", read_headers, .offset = 0 },
    { "body", read_body, .offset = 0 },
    { "email", read_mail, .offset = 0, .fields = CHANNEL_MAIL_FIELDS },
    { "ca_file", target_read_ca_file, AT(ca_file), .min = 1, .max = 1024 },
    { "allow_private", read_allow_private, .offset = 0 },
    { .name = NULL },
};

/* As job_settle_name, of a shorter name. */
static int settle_name(struct field_reader *r, const char **name)
{
    const char *given = ((struct job_context *)r->ctx)->name;
    size_t mark = field_enter(r, "name");
    if (!given && !*name)
        return field_refuse(r, "is missing; expected " NAME_EXPECTED);
    if (given && !name_valid(given))
        return field_refuse(r, "is \"%.80s\"; expected " NAME_EXPECTED, given);
    if (given && *name && strcmp(given, *name) != 0)
        return field_refuse(r,
                            "is \"%s\", but the channel was addressed as \"%s\"; expected the same name, or none here",
                            *name, given);
    if (!*name)
        *name = arena_strdup(r->arena, given);
    field_leave(r, mark);
    return 0;
}

static int refuse_foreign(struct field_reader *r, const char *field, const char *kind)
{
    field_enter(r, field);
    return field_refuse(r, "does not belong to a channel of kind \"%s\"; expected null, or no '%s' at all", kind,
                        field);
}

static int check_kind(struct field_reader *r, const struct draft *d)
{
    const struct channel_traits *t = channel_traits(d->c.kind);
    const struct {
        const char *field;
        bool given, fits;
    } rows[] = { { "url", d->has_url, t->url },
                 { "method", d->has_method, t->method_body },
                 { "headers", d->has_headers, t->headers },
                 { "body", d->has_body, t->method_body },
                 { "email", d->has_mail, t->email } };
    for (size_t i = 0; i < MEM_COUNT(rows); i++)
        if (rows[i].given && !rows[i].fits)
            return refuse_foreign(r, rows[i].field, channel_kind_name(d->c.kind));
    if (t->email && !d->has_mail) {
        field_enter(r, "email");
        return field_refuse(r, "is missing; expected an object with 'host', 'from' and 'to'");
    }
    if (t->url && !d->has_url) {
        field_enter(r, "url");
        return field_refuse(r, "is missing; expected where messages go, such as \"%s\"", t->url_like);
    }
    return 0;
}

static int check_url(struct field_reader *r, const struct channel *c)
{
    const struct channel_traits *t = channel_traits(c->kind);
    if (!t->url)
        return 0;
    size_t mark = field_enter(r, "url");
    int rc = address_check(r, c->request.url, t->url_like);
    field_leave(r, mark);
    return rc;
}

static int check_body(struct field_reader *r, const struct request_spec *q)
{
    if (q->body_kind == BODY_NONE || (q->method != METHOD_GET && q->method != METHOD_HEAD))
        return 0;
    field_enter(r, "body");
    return field_refuse(r, "has no meaning with method %s; expected null, or a method such as POST",
                        method_name(q->method));
}

static int refuse_covered(struct field_reader *r, const char *field, const char *member)
{
    field_enter(r, field);
    if (member)
        field_enter(r, member);
    return field_refuse(r, "is covered (" CONCEAL_COVER
                           "), as those see it who may not see keys; expected the value itself, or "
                           "{{secret.NAME}}");
}

/* Sent back, or applied, what covers a key would take its place. */
static int check_covered(struct field_reader *r, const struct channel *c)
{
    if (c->request.url && strstr(c->request.url, CONCEAL_COVER))
        return refuse_covered(r, "url", NULL);
    for (int i = 0; i < c->request.n_headers; i++)
        if (strstr(c->request.headers[i].value, CONCEAL_COVER))
            return refuse_covered(r, "headers", c->request.headers[i].name);
    return c->mail.password && strstr(c->mail.password, CONCEAL_COVER) ? refuse_covered(r, "email", "password") : 0;
}

/* Before the templates are read it has to be known whose they are. */
static bool has_alerts(const struct json *doc)
{
    const char *kind = json_string(json_get(doc, "kind"));
    for (int i = 0; kind && i < CHANNEL_KIND_COUNT; i++)
        if (strcmp(kind, KIND_NAMES[i]) == 0)
            return channel_traits((enum channel_kind)i)->alerts;
    return false;
}

int channel_parse(const struct json *doc, const char *name, struct arena *a, struct channel *ret, struct err *e)
{
    struct job_context context = { .name = name, .alerts = has_alerts(doc) };
    struct field_reader r = { .arena = a, .e = e, .subject = "channel", .top = CHANNEL_FIELDS, .ctx = &context };
    const struct field whole = { .fields = CHANNEL_FIELDS };
    struct draft d = { .c = { .description = "", .enabled = true, .request = { .method = METHOD_POST } } };
    int rc = field_object(&r, &whole, doc, &d);
    rc = rc ? rc : settle_name(&r, &d.c.name);
    rc = rc ? rc : check_kind(&r, &d);
    rc = rc ? rc : check_url(&r, &d.c);
    rc = rc ? rc : check_body(&r, &d.c.request);
    rc = rc ? rc : check_covered(&r, &d.c);
    if (rc == 0)
        *ret = d.c;
    return rc;
}

static void add_headers(struct json *o, const struct channel *c)
{
    struct json *headers = json_add_object(o, "headers");
    for (int i = 0; i < c->request.n_headers; i++)
        json_add_string(headers, c->request.headers[i].name, c->request.headers[i].value);
}

static void add_body(struct json *o, const struct request_spec *q)
{
    struct json *body = q->body_kind == BODY_JSON ? json_parse(q->body, strlen(q->body), NULL) : NULL;
    if (body)
        json_add(o, "body", body);
    else
        json_add_string(o, "body", q->body_kind == BODY_TEXT ? q->body : NULL);
}

struct json *channel_to_json(const struct channel *c)
{
    const struct channel_traits *t = channel_traits(c->kind);
    struct json *o = json_new_object();
    json_add_string(o, "name", c->name);
    json_add_string(o, "description", c->description);
    json_add_bool(o, "enabled", c->enabled);
    json_add_string(o, "kind", channel_kind_name(c->kind));
    json_add_string(o, "language", notice_language_name(c->language));
    json_add_string(o, "url", t->url ? c->request.url : NULL);
    json_add_string(o, "method", t->method_body ? method_name(c->request.method) : NULL);
    if (t->headers)
        add_headers(o, c);
    else
        json_add_null(o, "headers");
    add_body(o, &c->request);
    if (t->email)
        channel_add_mail(o, &c->mail);
    else
        json_add_null(o, "email");
    json_add_string(o, "ca_file", c->ca_file);
    struct json *ranges = json_add_array(o, "allow_private");
    for (int i = 0; i < c->n_allow_private; i++)
        json_add_string(ranges, NULL, c->allow_private[i]);
    return o;
}
