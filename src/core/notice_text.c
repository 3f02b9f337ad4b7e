/* notice_text.c - puts a message together: title, story, link, signature. */
#include "core/notice_parts.h"
#include "core/notice_words.h"

#include <string.h>

#define TITLE_MAX 200
#define LINE_ERROR_MAX 160 /* octets of an error where several items have a line each */
#define MANY 6 /* items: then less of each, as services cut long messages, and what to try stands at the end */
#define LINE_ERROR_OF_MANY_MAX 60
#define ADVICE_MAX 3 /* different ones, where items ended in different ways */

static const struct notice_item NO_ITEM = {
    .subject = "", .since = { INT64_MIN }, .until = { INT64_MIN }, .expires_at = { INT64_MIN }
};

/* clang-format off */
static const struct phrase TEST_TITLE = { { "Test message from edgecron on {h}", "Message d’essai d’edgecron sur {h}", "Mensaje de prueba de edgecron en {h}" } };
static const struct phrase TEST_STORY = { {
    "This is a test of the channel {c}: alerts would arrive here like this. Nothing is wrong.",
    "Ceci est un essai du canal {c} : c’est ainsi que les alertes arriveraient ici. Tout va bien.",
    "Esto es una prueba del canal {c}: así llegarían aquí las alertas. No pasa nada malo." } };
static const struct phrase WELL_SINCE = { { "It has been well again since {until}.", "Tout est rentré dans l’ordre depuis le {until}.", "Se restableció el {until}." } };
static const struct phrase OVER_LINE = { { "{s}: ended on {until}, after {span}", "{s} : terminé le {until}, après {span}", "{s}: terminó el {until}, tras {span}" } };
static const struct phrase DONE_LINE = { { "{s}: on {until}", "{s} : le {until}", "{s}: el {until}" } };
static const struct phrase LAST_ERROR = { { "Last error: {error}", "Dernière erreur : {error}", "Último error: {error}" } };
static const struct phrase TO_TRY = { { "What to try:", "À essayer :", "Qué probar:" } };
static const struct phrase MORE = { { "and {n} more", "et {n} autre|et {n} autres", "y {n} más" } };
static const struct phrase SIGNATURE = { { "edgecron on {h}, {at}", "edgecron sur {h}, le {at}", "edgecron en {h}, {at}" } };
static const struct phrase SIGNATURE_RULE = { { "edgecron on {h}, rule {rule}, {at}", "edgecron sur {h}, règle {rule}, le {at}", "edgecron en {h}, regla {rule}, {at}" } };
static const struct phrase LINK_RUN = { { "The run and its answer", "L’exécution et sa réponse", "La ejecución y su respuesta" } };
static const struct phrase LINK_JOB = { { "The job", "La tâche", "La tarea" } };
static const struct phrase LINK_SECRET = { { "The secret", "Le secret", "El secreto" } };
static const struct phrase LINK_TARGET = { { "The target", "La cible", "El destino" } };
/* Without an address of the page, in the place of a link. */
static const struct phrase TO_LINK = { {
    "Messages can have a link to what happened: edgecron settings set --page-url URL (the address of its page in your browser).",
    "Les messages peuvent contenir un lien vers ce qui s’est passé : edgecron settings set --page-url URL (l’adresse de sa page dans votre navigateur).",
    "Los mensajes pueden llevar un enlace a lo sucedido: edgecron settings set --page-url URL (la dirección de su página en el navegador)." } };
static const struct phrase LINK_ALERTS = { { "All that is wrong now", "Tout ce qui ne va pas en ce moment", "Todo lo que va mal ahora" } };
/* clang-format on */

const struct notice_words *notice_words(const struct notice *n, const struct notice_item *i)
{
    if (n->on == ALERT_CERTIFICATE && i->value < 0 && n->kind != NOTICE_RECOVERED)
        return &NOTICE_CERTIFICATE_ENDED;
    if (n->on == ALERT_FAILURE && !wall_is_none(i->until) && n->kind != NOTICE_RECOVERED)
        return &NOTICE_FAILED_ONCE;
    if (n->on == ALERT_NO_SUCCESS && wall_is_none(i->since) && n->kind != NOTICE_RECOVERED)
        return &NOTICE_NEVER_SUCCEEDED;
    return &NOTICE_WORDS[(unsigned)n->on < ALERT_ON_COUNT ? n->on : ALERT_FAILURE];
}

static bool several(const struct notice *n)
{
    return n->total > 1 || n->n_items > 1;
}

static int64_t total(const struct notice *n)
{
    return n->total > n->n_items ? n->total : n->n_items;
}

static const struct notice_item *first(const struct notice *n)
{
    return n->n_items > 0 ? &n->items[0] : &NO_ITEM;
}

static struct phrase_facts facts_of(const struct notice *n, const struct notice_item *i)
{
    return (struct phrase_facts){ .n = n, .i = i, .count = i->count > 0 ? i->count : 1 };
}

/* Rows of the appliance have no plural: there is one of it. */
static bool has_several(const struct notice *n)
{
    return several(n) && NOTICE_WORDS[n->on].several[0].in[0];
}

/* An item whose outcome all the others share, or one that has none. */
static const struct notice_item *common(const struct notice *n)
{
    for (int i = 1; i < n->n_items; i++)
        if (n->items[i].outcome != n->items[0].outcome || n->items[i].http_status != n->items[0].http_status)
            return &NO_ITEM;
    return first(n);
}

void notice_title(const struct notice *n, enum notice_language l, struct buf *out)
{
    buf_auto struct buf title = BUF_INIT(4096);
    struct phrase_facts f = facts_of(n, first(n));
    if (n->kind == NOTICE_TEST) {
        phrase_add(&TEST_TITLE, l, &f, &title);
    } else if (has_several(n)) {
        f = (struct phrase_facts){ n, common(n), total(n), true };
        phrase_add(&NOTICE_WORDS[n->on].several[n->kind], l, &f, &title);
    } else {
        phrase_add(&notice_words(n, f.i)->title[n->kind], l, &f, &title);
    }
    phrase_clean(buf_str(&title), TITLE_MAX, out);
}

/* --- the story --------------------------------------------------------------------------------------------------- */

static void add_paragraph(struct buf *out)
{
    if (out->len)
        buf_str_add(out, "\n\n");
}

static void add_error(const struct notice *n, const struct notice_item *i, enum notice_language l, struct buf *out)
{
    struct notice_item bare = *i;
    mem_auto char *error = notice_bare_error(n, i, NULL);
    struct phrase_facts f = facts_of(n, &bare);
    bare.error = error;
    if (!*error)
        return;
    add_paragraph(out);
    phrase_add(&LAST_ERROR, l, &f, out);
}

static void tell_one(const struct notice *n, enum notice_language l, struct buf *out)
{
    struct phrase_facts f = facts_of(n, first(n));
    const struct notice_words *w = notice_words(n, f.i);
    bool over = n->kind == NOTICE_RECOVERED;
    phrase_add(over ? &w->over : &w->story, l, &f, out);
    if (!over && !wall_is_none(f.i->until) && n->on != ALERT_FAILURE) {
        buf_char(out, ' ');
        phrase_add(&WELL_SINCE, l, &f, out);
    }
    add_error(n, f.i, l, out);
}

/* One that all have is said once, below them. */
static bool error_is_shared(const struct notice *n)
{
    mem_auto char *of_first = notice_bare_error(n, first(n), NULL);
    bool shared = *of_first && n->kind != NOTICE_RECOVERED;
    for (int i = 1; shared && i < n->n_items; i++) {
        mem_auto char *error = notice_bare_error(n, &n->items[i], NULL);
        shared = strcmp(error, of_first) == 0;
    }
    return shared;
}

/* error_max: octets of its error; 0: none. */
static void tell_line(const struct notice *n, const struct notice_item *i, enum notice_language l, size_t error_max,
                      struct buf *out)
{
    struct phrase_facts f = facts_of(n, i);
    buf_str_add(out, "\n- ");
    bool done = n->on == ALERT_SECRET_AGE || n->on == ALERT_CERTIFICATE;
    const struct phrase *over = done ? &DONE_LINE : &OVER_LINE;
    phrase_add(n->kind == NOTICE_RECOVERED ? over : &notice_words(n, i)->line, l, &f, out);
    if (n->kind == NOTICE_RECOVERED || !i->error || !*i->error || !error_max)
        return;
    mem_auto char *error = notice_bare_error(n, i, NULL);
    buf_str_add(out, l == NOTICE_FR ? " ; " : "; ");
    phrase_clean(error, error_max, out);
}

/* In order of `since`, whatever order they came in; those of which it is not known are the last. */
static int by_since(const struct notice *n, const struct notice_item *ret[NOTICE_ITEMS_MAX])
{
    int count = 0;
    for (int i = 0; i < n->n_items && i < NOTICE_ITEMS_MAX; i++) {
        const struct notice_item *item = &n->items[i];
        int at = count++;
        for (; at > 0 && !wall_is_none(item->since) &&
               (wall_is_none(ret[at - 1]->since) || ret[at - 1]->since.ms > item->since.ms);
             at--)
            ret[at] = ret[at - 1];
        ret[at] = item;
    }
    return count;
}

static void tell_several(const struct notice *n, enum notice_language l, struct buf *out)
{
    const struct notice_item *items[NOTICE_ITEMS_MAX];
    int count = by_since(n, items);
    bool shared = error_is_shared(n);
    size_t error_max = shared ? 0 : count > MANY ? LINE_ERROR_OF_MANY_MAX : LINE_ERROR_MAX;
    struct phrase_facts f = { n, &NO_ITEM, total(n), true };
    phrase_add(&NOTICE_WORDS[n->on].several[n->kind], l, &f, out);
    buf_str_add(out, l == NOTICE_FR ? " :" : ":");
    for (int i = 0; i < count; i++)
        tell_line(n, items[i], l, error_max, out);
    f.count = total(n) - count;
    if (f.count > 0) {
        buf_str_add(out, "\n- ");
        phrase_add(&MORE, l, &f, out);
    }
    if (shared)
        add_error(n, first(n), l, out);
}

/* What the error itself says is nearer to it than what is said of each that ends so. */
static void add_advice(const struct notice *n, const struct notice_item *i, enum notice_language l, bool several,
                       struct buf *out)
{
    const struct phrase *advice = notice_advice(n, i);
    struct phrase_facts f = facts_of(n, i);
    const char *own = NULL;
    if (!advice)
        return;
    f.several = several;
    mem_auto char *error = notice_bare_error(n, i, &own);
    if (own)
        phrase_clean(own, NOTICE_ERROR_MAX, out);
    else
        phrase_add(advice, l, &f, out);
}

/* Once each, in the order of the items. */
static void advise(const struct notice *n, enum notice_language l, struct buf *out)
{
    struct buf texts[ADVICE_MAX] = { BUF_INIT(4096), BUF_INIT(4096), BUF_INIT(4096) };
    const struct notice_item *items[NOTICE_ITEMS_MAX];
    int count = by_since(n, items), known = 0;
    for (int i = 0; i < count && known < ADVICE_MAX; i++) {
        buf_clear(&texts[known]);
        add_advice(n, items[i], l, count > 1, &texts[known]);
        bool said = texts[known].len == 0;
        for (int k = 0; k < known; k++)
            said = said || strcmp(buf_str(&texts[k]), buf_str(&texts[known])) == 0;
        known += !said;
    }
    for (int k = 0; k < known; k++) {
        if (k == 0)
            add_paragraph(out);
        buf_str_add(out, k == 0 ? TO_TRY.in[l] : "");
        buf_str_add(out, known > 1 ? "\n- " : " ");
        buf_str_add(out, buf_str(&texts[k]));
    }
    for (int k = 0; k < ADVICE_MAX; k++)
        buf_free(&texts[k]);
}

/* The command that shows what a link would; as notice_link_label calls it. */
static void add_command(const struct notice *n, struct buf *out)
{
    const struct notice_item *i = first(n);
    bool one = !several(n) && n->n_items > 0;
    const char *noun = one && i->run && *i->run            ? "run"
                       : one && alert_on_of_job(n->on)     ? "job"
                       : one && n->on == ALERT_SECRET_AGE  ? "secret"
                       : one && n->on == ALERT_CERTIFICATE ? "target"
                                                           : NULL;
    const char *name = noun && strcmp(noun, "run") == 0 ? i->run : i->subject;
    if (!noun || !name || !*name) {
        buf_str_add(out, "edgecron alert firing");
        return;
    }
    buf_printf(out, "edgecron %s show ", noun);
    phrase_clean(name, TITLE_MAX, out);
}

/* Who is not led to the page is told how to look. */
static void lead(const struct notice *n, enum notice_language l, struct buf *out)
{
    if (n->page && *n->page)
        return;
    add_paragraph(out);
    if (n->kind == NOTICE_TEST) {
        buf_str_add(out, TO_LINK.in[l]);
        return;
    }
    buf_printf(out, "%s%s", notice_link_label(n, l), l == NOTICE_FR ? " : " : ": ");
    add_command(n, out);
}

void notice_story(const struct notice *n, enum notice_language l, struct buf *out)
{
    buf_auto struct buf story = BUF_INIT(2 * NOTICE_TEXT_MAX);
    struct phrase_facts f = facts_of(n, first(n));
    if (n->kind == NOTICE_TEST)
        phrase_add(&TEST_STORY, l, &f, &story);
    else if (has_several(n))
        tell_several(n, l, &story);
    else
        tell_one(n, l, &story);
    advise(n, l, &story);
    lead(n, l, &story);
    buf_str_add(out, buf_str(&story));
}

/* --- around it --------------------------------------------------------------------------------------------------- */

void notice_signature(const struct notice *n, enum notice_language l, struct buf *out)
{
    struct phrase_facts f = facts_of(n, &NO_ITEM);
    phrase_add(n->rule && *n->rule ? &SIGNATURE_RULE : &SIGNATURE, l, &f, out);
}

const char *notice_link_label(const struct notice *n, enum notice_language l)
{
    const struct notice_item *i = first(n);
    if (n->kind == NOTICE_TEST || several(n) || n->n_items == 0)
        return LINK_ALERTS.in[l];
    if (i->run && *i->run)
        return LINK_RUN.in[l];
    if (alert_on_of_job(n->on))
        return LINK_JOB.in[l];
    if (n->on == ALERT_SECRET_AGE)
        return LINK_SECRET.in[l];
    return n->on == ALERT_CERTIFICATE && i->subject && *i->subject ? LINK_TARGET.in[l] : LINK_ALERTS.in[l];
}

void notice_text(const struct notice *n, enum notice_language l, struct buf *out)
{
    struct arena *a = arena_new(0);
    const char *link = notice_link(n, a);
    notice_story(n, l, out);
    if (link)
        buf_printf(out, "\n\n%s%s%s", notice_link_label(n, l), l == NOTICE_FR ? " : " : ": ", link);
    buf_str_add(out, "\n\n");
    notice_signature(n, l, out);
    arena_free(a);
}
