/* template.c - cuts a text at its placeholders, once, for checking, listing and rendering alike. */
#include "core/template.h"

#include "base/json.h"
#include "core/http1.h"
#include "core/suggest.h"
#include "core/url.h"

#include <stdio.h>
#include <string.h>

#define SECRET_PREFIX "secret."
#define ALERT_PREFIX "alert."

/* A piece of a template: plain text, or a placeholder with the spaces around its name taken off. */
struct piece {
    bool placeholder;
    bool unclosed;    /* "{{" without "}}" */
    const char *text; /* the piece as written, braces included */
    size_t len;
    const char *name; /* of a placeholder; not NUL-terminated */
    size_t name_len;
};

/* Takes the next piece off *rest. False at the end. */
static bool piece_next(const char **rest, struct piece *p)
{
    const char *s = *rest;
    if (!*s)
        return false;
    *p = (struct piece){ .text = s };
    const char *open = strstr(s, "{{");
    if (open != s) {
        p->len = open ? (size_t)(open - s) : strlen(s);
        *rest = s + p->len;
        return true;
    }
    const char *close = strstr(s + 2, "}}");
    p->placeholder = true;
    p->unclosed = !close;
    p->len = close ? (size_t)(close + 2 - s) : strlen(s);
    *rest = s + p->len;
    const char *first = s + 2, *last = close ? close : s + p->len;
    while (first < last && *first == ' ')
        first++;
    while (last > first && last[-1] == ' ')
        last--;
    p->name = first;
    p->name_len = (size_t)(last - first);
    return true;
}

/* What a placeholder stands for; scratch holds at least WALL_TEXT_SIZE. */
typedef const char *(*value_of)(const struct template_values *v, char *scratch);

static const char *value_now(const struct template_values *v, char *scratch)
{
    return wall_format(v->now, scratch);
}

static const char *value_run_id(const struct template_values *v, char *scratch)
{
    (void)scratch;
    return v->run_id;
}

static const char *value_scheduled_for(const struct template_values *v, char *scratch)
{
    return wall_format(v->scheduled_for, scratch);
}

static const char *value_trigger(const struct template_values *v, char *scratch)
{
    (void)scratch;
    return v->trigger;
}

static const char *value_attempt(const struct template_values *v, char *scratch)
{
    snprintf(scratch, WALL_TEXT_SIZE, "%d", v->attempt);
    return scratch;
}

static const char *value_job_name(const struct template_values *v, char *scratch)
{
    (void)scratch;
    return v->job_name;
}

static const struct placeholder {
    const char *name;
    value_of value;
} PLACEHOLDERS[] = {
    { "now", value_now },
    { "run.id", value_run_id },
    { "run.scheduled_for", value_scheduled_for },
    { "run.trigger", value_trigger },
    { "attempt", value_attempt },
    { "job.name", value_job_name },
};

static const struct placeholder *placeholder_find(const struct piece *p)
{
    for (size_t i = 0; i < MEM_COUNT(PLACEHOLDERS); i++)
        if (strlen(PLACEHOLDERS[i].name) == p->name_len && memcmp(PLACEHOLDERS[i].name, p->name, p->name_len) == 0)
            return &PLACEHOLDERS[i];
    return NULL;
}

static bool piece_begins(const struct piece *p, const char *prefix)
{
    return !p->unclosed && p->name_len >= strlen(prefix) && memcmp(p->name, prefix, strlen(prefix)) == 0;
}

/* The secret that a placeholder names, or false when it is not of that kind. `ret` may hold an invalid name. */
static bool piece_secret(const struct piece *p, char ret[SECRET_NAME_MAX + 2])
{
    size_t prefix = strlen(SECRET_PREFIX);
    if (!piece_begins(p, SECRET_PREFIX))
        return false;
    snprintf(ret, SECRET_NAME_MAX + 2, "%.*s", (int)(p->name_len - prefix), p->name + prefix);
    return true;
}

/* The value of a notice that a placeholder names, or NULL. */
static const char *piece_alert(const struct piece *p)
{
    size_t prefix = strlen(ALERT_PREFIX);
    for (int i = 0; piece_begins(p, ALERT_PREFIX) && notice_value_name(i); i++)
        if (strlen(notice_value_name(i)) == p->name_len - prefix &&
            memcmp(notice_value_name(i), p->name + prefix, p->name_len - prefix) == 0)
            return notice_value_name(i);
    return NULL;
}

static int refuse_unknown_alert(const char *name, struct err *e)
{
    struct suggest s = { .typed = name };
    buf_auto struct buf names = BUF_INIT(400);
    for (int i = 0; notice_value_name(i); i++) {
        suggest_offer(&s, notice_value_name(i));
        buf_printf(&names, "%s%s", i ? ", " : "", notice_value_name(i));
    }
    if (s.best)
        return err_set(e, ERR_INVALID, "'{{alert.%s}}' is not a placeholder; did you mean {{alert.%s}}?", name, s.best);
    return err_set(e, ERR_INVALID, "'{{alert.%s}}' is not a placeholder; an alert has: %s", name, buf_str(&names));
}

static int refuse_unknown(const struct piece *p, bool alerts, struct err *e)
{
    char name[48];
    snprintf(name, sizeof name, "%.*s", (int)(p->name_len < 47 ? p->name_len : 47), p->name);
    if (piece_begins(p, ALERT_PREFIX) && alerts)
        return refuse_unknown_alert(name + strlen(ALERT_PREFIX), e);
    if (piece_begins(p, ALERT_PREFIX))
        return err_set(e, ERR_INVALID,
                       "'{{%s}}' is known in the URL, headers and body of a webhook channel alone, where there is an "
                       "alert to tell of",
                       name);
    struct suggest s = { .typed = name };
    for (size_t i = 0; i < MEM_COUNT(PLACEHOLDERS); i++)
        suggest_offer(&s, PLACEHOLDERS[i].name);
    if (s.best)
        return err_set(e, ERR_INVALID, "'{{%s}}' is not a placeholder; did you mean {{%s}}?", name, s.best);
    return err_set(e, ERR_INVALID,
                   "'{{%s}}' is not a placeholder; expected {{secret.NAME}}, {{now}}, {{run.id}}, "
                   "{{run.scheduled_for}}, {{run.trigger}}, {{attempt}} or {{job.name}}",
                   name);
}

static int piece_check(const struct piece *p, size_t at, bool alerts, struct err *e)
{
    char secret[SECRET_NAME_MAX + 2];
    if (!p->placeholder)
        return 0;
    if (p->unclosed)
        return err_set(e, ERR_INVALID,
                       "the placeholder that opens with '{{' at character %zu is not closed; "
                       "expected '}}' after its name",
                       at + 1);
    if (!piece_secret(p, secret))
        return placeholder_find(p) || (alerts && piece_alert(p)) ? 0 : refuse_unknown(p, alerts, e);
    if (secret_name_valid(secret))
        return 0;
    return err_set(e, ERR_INVALID,
                   "'{{secret.%s}}' does not name a secret; expected 1 to %d letters, digits or '_', "
                   "not beginning with a digit, such as {{secret.CRON_INTERNAL_KEY}}",
                   secret, SECRET_NAME_MAX);
}

static int check(const char *text, bool alerts, struct err *e)
{
    struct piece p;
    for (const char *rest = text; piece_next(&rest, &p);) {
        int rc = piece_check(&p, (size_t)(p.text - text), alerts, e);
        if (rc)
            return rc;
    }
    return 0;
}

int template_check(const char *text, struct err *e)
{
    return check(text, false, e);
}

int template_check_alert(const char *text, struct err *e)
{
    return check(text, true, e);
}

static void add_escaped(enum template_place place, const char *value, struct buf *out)
{
    size_t len = strlen(value);
    if (place == TEMPLATE_URL || place == TEMPLATE_ADDRESS)
        url_encode(out, value, len);
    else if (place == TEMPLATE_JSON)
        json_escape(out, value, len);
    else
        buf_add(out, value, len);
}

/* RFC 3986, section 2.2, and '%', as the value may be encoded already. */
static void add_address(const char *value, struct buf *out)
{
    for (; *value; value++) {
        if (strchr(":/?#[]@!$&'()*+,;=%", *value))
            buf_char(out, *value);
        else
            url_encode(out, value, 1);
    }
}

static int render_secret(const char *name, enum template_place place, const struct template_values *v, struct buf *out,
                         struct buf *masked, struct err *e)
{
    const char *why = NULL;
    const char *value = v->secret ? v->secret(v->ctx, name, &why) : NULL;
    if (!value && why)
        return err_set(e, ERR_SEALED, "%s", why);
    if (!value)
        return err_set(e, ERR_SEALED, "secret '%s' is not set: set it with: edgecron secret set %s", name, name);
    if (place == TEMPLATE_HEADER && !http1_value_valid(value, strlen(value)))
        return err_set(e, ERR_SEALED,
                       "secret '%s' holds a line break or another control character, which no header can "
                       "carry: set it again without one, with: edgecron secret set %s",
                       name, name);
    if (place == TEMPLATE_ADDRESS)
        add_address(value, out);
    else
        add_escaped(place, value, out);
    if (masked) {
        buf_str_add(masked, "{{secret.");
        buf_str_add(masked, name);
        buf_str_add(masked, "}}");
    }
    return 0;
}

static void render_alert(const char *name, enum template_place place, const struct template_values *v, struct buf *out,
                         struct buf *masked)
{
    struct arena *a = arena_new(0);
    char *value = arena_strdup(a, notice_value(v->notice, v->language, name, a));
    for (char *c = value; place == TEMPLATE_HEADER && *c; c++)
        if (!http1_value_valid(c, 1))
            *c = ' ';
    add_escaped(place, value, out);
    if (masked)
        add_escaped(place, value, masked);
    arena_free(a);
}

static int render_placeholder(const struct piece *p, enum template_place place, const struct template_values *v,
                              struct buf *out, struct buf *masked, struct err *e)
{
    char secret[SECRET_NAME_MAX + 2], scratch[WALL_TEXT_SIZE];
    int rc = piece_check(p, 0, v->notice != NULL, e);
    if (rc)
        return rc;
    if (piece_secret(p, secret))
        return render_secret(secret, place, v, out, masked, e);
    if (v->notice && piece_alert(p))
        return render_alert(piece_alert(p), place, v, out, masked), 0;
    const char *value = placeholder_find(p)->value(v, scratch);
    add_escaped(place, value ? value : "", out);
    if (masked)
        add_escaped(place, value ? value : "", masked);
    return 0;
}

int template_render(const char *text, enum template_place place, const struct template_values *v, struct buf *out,
                    struct buf *masked, struct err *e)
{
    struct piece p;
    for (const char *rest = text; piece_next(&rest, &p);) {
        if (!p.placeholder) {
            buf_add(out, p.text, p.len);
            if (masked)
                buf_add(masked, p.text, p.len);
            if (place == TEMPLATE_ADDRESS && memchr(p.text, '?', p.len))
                place = TEMPLATE_URL;
            continue;
        }
        int rc = render_placeholder(&p, place, v, out, masked, e);
        if (rc)
            return rc;
    }
    if (out->full || (masked && masked->full))
        return err_set(e, ERR_TOO_LARGE, "the text is longer than %zu bytes once its placeholders are filled in",
                       out->full ? out->max : masked->max);
    return 0;
}

bool template_sample(const char *text, struct buf *out)
{
    struct piece p;
    for (const char *rest = text; piece_next(&rest, &p);) {
        if (p.placeholder)
            buf_char(out, out->len && out->data[out->len - 1] == ':' ? '1' : 'x');
        else
            buf_add(out, p.text, p.len);
    }
    return !out->full;
}

void template_secrets(const char *text, void (*each)(void *ctx, const char *name), void *ctx)
{
    char secret[SECRET_NAME_MAX + 2];
    struct piece p;
    for (const char *rest = text ? text : ""; piece_next(&rest, &p);)
        if (p.placeholder && piece_secret(&p, secret) && secret_name_valid(secret))
            each(ctx, secret);
}

void template_job_secrets(const struct job *j, const struct target *t, void (*each)(void *ctx, const char *name),
                          void *ctx)
{
    template_secrets(j->request.url, each, ctx);
    for (int i = 0; i < j->request.n_headers; i++)
        template_secrets(j->request.headers[i].value, each, ctx);
    template_secrets(j->request.body, each, ctx);
    for (int i = 0; t && i < t->n_headers; i++)
        template_secrets(t->headers[i].value, each, ctx);
}
