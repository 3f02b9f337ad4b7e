#include "core/pgcron_fit.h"

#include "core/pgcron_quote.h"
#include "core/template.h"

#include <string.h>
#include <strings.h>

#define MARK (sizeof PGCRON_OPEN - 1)
#define FIT_MAX (1024 * 1024)

struct fit {
    struct pgcron_run *r;
    enum pgcron_place_kind where;
    const char *name;
    struct pgcron_place at;
    struct buf out;
    const char *why; /* it cannot be a template */
};

/* The name of the value at s in "?apikey=VALUE", or "". */
static void query_name(const char *start, const char *s, char *name, size_t size)
{
    const char *end = s - 1, *first = end;
    *name = '\0';
    if (s == start || *end != '=')
        return;
    while (first > start && !strchr("?&", first[-1]))
        first--;
    if (first > start && (size_t)(end - first) < size) {
        memcpy(name, first, (size_t)(end - first));
        name[end - first] = '\0';
    }
}

static void use(struct fit *f, const char *name, bool address)
{
    struct pgcron_use *u = arena_alloc(f->r->arena, sizeof *u);
    *u = (struct pgcron_use){ .name = name, .address = address, .next = f->r->uses };
    f->r->uses = u;
}

/* A key in place of which its secret's placeholder stands; in a command, which is only shown, three stars. */
static void add_secret(struct fit *f, const char *value, size_t len, const char *name)
{
    if (f->where == PGCRON_IN_COMMAND) {
        buf_str_add(&f->out, "***");
        return;
    }
    const char *placeholder = pgcron_secret_pasted(f->r->p, value, len, name, f->at);
    buf_printf(&f->out, "{{%s}}", placeholder);
    use(f, placeholder + strlen("secret."), false);
    f->r->pasted = true;
}

/* Adds what may hold "{{", which would begin a placeholder. */
static void add_plain(struct fit *f, const char *s, size_t len)
{
    for (size_t i = 0; i + 1 < len && !f->why; i++)
        if (s[i] == '{' && s[i + 1] == '{' && f->where != PGCRON_IN_COMMAND)
            f->why = "it holds '{{', which begins a placeholder of edgecron";
    buf_add(&f->out, s, len);
}

/* In a URL keys are what a parameter's name says, and long words of the path; never the host. */
static size_t find_in_url(const char *s, size_t len, const char *whole, size_t *ret_at, char *name, size_t size)
{
    for (size_t i = 0; i < len;) {
        size_t n = strcspn(s + i, "/?&=#");
        n = n < len - i ? n : len - i;
        query_name(whole, s + i, name, size);
        bool named =
            *name && (pgcron_member_is_secret(name) || strcasecmp(name, "key") == 0 || strcasecmp(name, "code") == 0);
        bool host = s == whole && i < 9 && strstr(whole, "://");
        if (n && ((named && n >= 4) || (!host && pgcron_looks_like_key(s + i, n)))) {
            *ret_at = i;
            return n;
        }
        i += n + 1;
    }
    return 0;
}

static void add_literal(struct fit *f, const char *s, size_t len, const char *whole)
{
    char name[64] = "";
    while (len) {
        size_t at = 0, n = f->where == PGCRON_IN_URL ? find_in_url(s, len, whole, &at, name, sizeof name)
                                                     : pgcron_key_find(s, len, &at);
        if (!n) {
            add_plain(f, s, len);
            return;
        }
        add_plain(f, s, at);
        add_secret(f, s + at, n, *name ? name : f->name ? f->name : "pasted_key");
        s += at + n;
        len -= at + n;
    }
}

/* "Bearer " and the like in front of a header's key. */
static size_t scheme_len(const char *s)
{
    static const char *const schemes[] = { "Bearer ", "Basic ", "Token ", "ApiKey ", "Key " };
    for (size_t i = 0; i < MEM_COUNT(schemes); i++)
        if (strncasecmp(s, schemes[i], strlen(schemes[i])) == 0)
            return strlen(schemes[i]) + strspn(s + strlen(schemes[i]), " ");
    return 0;
}

/* Is all of it a key, whatever it looks like, for the place where it stands? */
static bool is_whole_key(const struct fit *f, const char *text)
{
    size_t scheme = scheme_len(text), len = strlen(text);
    if (pgcron_has_mark(text) || !f->name || len <= scheme)
        return false;
    if (f->where == PGCRON_IN_HEADER)
        return pgcron_header_is_secret(f->name);
    return f->where == PGCRON_IN_BODY && len >= 4 && pgcron_member_is_secret(f->name);
}

static void add_mark(struct fit *f, const char *name, size_t len, bool first)
{
    if (f->where != PGCRON_IN_COMMAND && f->out.len && f->out.data[f->out.len - 1] == '{')
        f->why = "a '{' stands in front of a value that becomes a placeholder";
    char *copy = arena_strndup(f->r->arena, name, len);
    buf_printf(&f->out, "{{%s}}", copy);
    if (strncmp(copy, "secret.", 7) == 0 && f->where != PGCRON_IN_COMMAND)
        use(f, copy + 7, first && f->where == PGCRON_IN_URL);
}

static void add_pieces(struct fit *f, const char *text)
{
    for (const char *s = text, *open, *close; *s; s = close + MARK) {
        open = strstr(s, PGCRON_OPEN);
        close = open ? strstr(open, PGCRON_CLOSE) : NULL;
        add_literal(f, s, open && close ? (size_t)(open - s) : strlen(s), text);
        if (!close)
            return;
        add_mark(f, open + MARK, (size_t)(close - open) - MARK, open == text);
    }
}

const char *pgcron_fit(struct pgcron_run *r, enum pgcron_place_kind where, const char *name, const char *text, int line,
                       const char **ret_why)
{
    struct fit f = { .r = r, .where = where, .name = name, .at = pgcron_run_place(r, line), .out = BUF_INIT(FIT_MAX) };
    if (is_whole_key(&f, text)) {
        size_t scheme = scheme_len(text);
        buf_add(&f.out, text, scheme);
        add_secret(&f, text + scheme, strlen(text) - scheme,
                   strcasecmp(name, "authorization") ? name : "authorization_key");
    } else {
        add_pieces(&f, text);
    }
    if (f.out.full)
        f.why = "it is too large";
    char *fitted = arena_strndup(r->arena, buf_str(&f.out), f.out.len);
    buf_free(&f.out);
    if (!f.why && where != PGCRON_IN_COMMAND && template_check(fitted, NULL) != 0)
        f.why = "it cannot be written as a template";
    if (f.why && ret_why)
        *ret_why = f.why;
    return f.why ? NULL : fitted;
}
