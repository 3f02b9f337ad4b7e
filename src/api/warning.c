#include "api/warning.h"

#include "base/map.h"
#include "core/strength.h"
#include "core/template.h"
#include "core/verdict_words.h"
#include "store/secrets.h"

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
