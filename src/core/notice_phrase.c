/* notice_phrase.c - fills a phrase in: a row for each placeholder. */
#include "core/notice_phrase.h"

#include "base/json.h"

#include <math.h>
#include <string.h>

#define NAME_SHOWN 120 /* octets of a name */
#define ERROR_SHOWN NOTICE_ERROR_MAX

void phrase_clean(const char *s, size_t max, struct buf *out)
{
    size_t start = out->len;
    buf_auto struct buf text = BUF_INIT(64 * 1024);
    json_utf8_repair(&text, s, strnlen(s, 2 * max + 4));
    bool space = false;
    for (const char *c = buf_str(&text); *c; c++) {
        unsigned char u = (unsigned char)*c;
        /* Besides those of ASCII: U+0080 to U+009F, and the marks that turn the direction of a line or end it, U+2028 to U+202E, U+2066 to U+2069. */
        unsigned char second = u ? (unsigned char)c[1] : 0, third = second ? (unsigned char)c[2] : 0;
        bool c1 = u == 0xc2 && second < 0xa0;
        bool turns = u == 0xe2 && ((second == 0x80 && third >= 0xa8 && third <= 0xae) ||
                                   (second == 0x81 && third >= 0xa6 && third <= 0xa9));
        if (u <= ' ' || u == 0x7f || c1 || turns) {
            space = out->len > start;
            c += c1 ? 1 : turns ? 2 : 0;
            continue;
        }
        if (space)
            buf_char(out, ' ');
        space = false;
        buf_char(out, *c);
    }
    if (out->len - start <= max)
        return;
    size_t len = max - strlen("…");
    while (len > 0 && ((unsigned char)out->data[start + len] & 0xc0) == 0x80)
        len--;
    out->len = start + len;
    out->data[out->len] = '\0';
    buf_str_add(out, "…");
}

/* --- values ------------------------------------------------------------------------------------------------------ */

struct filling {
    const struct phrase_facts *f;
    enum notice_language l;
    struct buf *out;
};

static void add_name(const struct filling *x, const char *name)
{
    size_t before = x->out->len;
    phrase_clean(name ? name : "", NAME_SHOWN, x->out);
    if (x->out->len == before)
        buf_char(x->out, '?');
}

static void fill_subject(const struct filling *x)
{
    const char *s = x->f->i->subject;
    add_name(x, s && *s ? s : "edgecron");
}

static void fill_name(const struct filling *x)
{
    static const char *const NAME[] = { "NAME", "NOM", "NOMBRE" };
    if (x->f->several)
        buf_str_add(x->out, NAME[x->l]);
    else
        fill_subject(x);
}

static void fill_n(const struct filling *x)
{
    phrase_number((double)x->f->count, x->l, x->out);
}

static void fill_since(const struct filling *x)
{
    phrase_time(wall_is_none(x->f->i->since) ? x->f->n->at : x->f->i->since, x->f->n->at, x->l, x->out);
}

static void fill_until(const struct filling *x)
{
    phrase_time(wall_is_none(x->f->i->until) ? x->f->n->at : x->f->i->until, x->f->n->at, x->l, x->out);
}

static void fill_expires(const struct filling *x)
{
    phrase_time(x->f->i->expires_at, x->f->n->at, x->l, x->out);
}

static void fill_at(const struct filling *x)
{
    phrase_time(x->f->n->at, x->f->n->at, x->l, x->out);
}

/* From since to its end, or to the message; -1 when one is not known. */
static int64_t span_of(const struct filling *x)
{
    const struct notice_item *i = x->f->i;
    struct wall end = wall_is_none(i->until) ? x->f->n->at : i->until;
    if (wall_is_none(i->since) || wall_is_none(end) || end.ms < i->since.ms)
        return -1;
    return end.ms - i->since.ms;
}

static void fill_span(const struct filling *x)
{
    int64_t ms = span_of(x);
    phrase_span(ms < 0 ? 0 : ms, x->l, x->out);
}

static void fill_ago(const struct filling *x)
{
    int64_t ms = span_of(x);
    if (ms < 60000)
        return;
    buf_str_add(x->out, " (");
    phrase_span(ms, x->l, x->out);
    buf_char(x->out, ')');
}

static int64_t to_ms(double n, double unit_ms)
{
    double ms = fabs(n) * unit_ms;
    return ms < 9e18 ? (int64_t)ms : INT64_MAX;
}

static void add_mib(const struct filling *x, double mib)
{
    static const char *const MIB[] = { "MiB", "Mio", "MiB" }, *const GIB[] = { "GiB", "Gio", "GiB" };
    bool gib = fabs(mib) >= 1024;
    phrase_number(gib ? floor(mib / 102.4) / 10 : floor(mib), x->l, x->out);
    buf_printf(x->out, " %s", gib ? GIB[x->l] : MIB[x->l]);
}

static void add_measured(const struct filling *x, double n)
{
    switch (x->f->n->on) {
    case ALERT_LATENESS:
    case ALERT_DURATION:
    case ALERT_CLOCK:
        phrase_span(to_ms(n, 1), x->l, x->out);
        break;
    case ALERT_NO_SUCCESS:
    case ALERT_SECRET_AGE:
    case ALERT_CERTIFICATE:
        phrase_span(to_ms(n, 1000), x->l, x->out);
        break;
    case ALERT_DISK:
        add_mib(x, n);
        break;
    default:
        phrase_number(n, x->l, x->out);
    }
}

static void fill_value(const struct filling *x)
{
    add_measured(x, x->f->i->value);
}

static void fill_limit(const struct filling *x)
{
    add_measured(x, x->f->i->limit);
}

static void fill_metric(const struct filling *x)
{
    add_name(x, x->f->i->metric);
}

/* "followups_failed" of "followups_failed > 0". */
static void fill_metric_name(const struct filling *x)
{
    const char *metric = x->f->i->metric ? x->f->i->metric : "";
    mem_auto char *name = mem_strndup(metric, strcspn(metric, " <>=!"));
    add_name(x, name);
}

static void fill_host(const struct filling *x)
{
    static const char *const UNKNOWN[] = { "this server", "ce serveur", "este servidor" };
    const char *host = x->f->n->host;
    add_name(x, host && *host ? host : UNKNOWN[x->l]);
}

static void fill_channel(const struct filling *x)
{
    add_name(x, x->f->n->channel);
}

static void fill_secret(const struct filling *x)
{
    add_name(x, x->f->i->secret);
}

static void fill_status(const struct filling *x)
{
    buf_printf(x->out, "%d", x->f->i->http_status);
}

static void fill_rule(const struct filling *x)
{
    add_name(x, x->f->n->rule);
}

static void fill_error(const struct filling *x)
{
    phrase_clean(x->f->i->error ? x->f->i->error : "", ERROR_SHOWN, x->out);
}

static void add_target(const struct filling *x, const char *const before[], const char *after)
{
    const char *target = x->f->n->target;
    if (!target || !*target)
        return;
    buf_str_add(x->out, before[x->l]);
    add_name(x, target);
    buf_str_add(x->out, after);
}

static void fill_on(const struct filling *x)
{
    static const char *const ON[] = { " on ", " sur ", " en " };
    add_target(x, ON, "");
}

static void fill_of(const struct filling *x)
{
    static const char *const OF[] = { " (target ", " (cible ", " (destino " };
    add_target(x, OF, ")");
}

static void fill_check(const struct filling *x)
{
    const char *target = x->f->n->target;
    bool known = target && *target;
    buf_str_add(x->out, known ? "edgecron target check " : "edgecron doctor");
    if (known)
        add_name(x, target);
}

/* The words of the page (outcome.*), HTTP errors by their number. */
static const struct phrase CAUSES[OUTCOME_COUNT] = {
    [OUTCOME_HTTP_STATUS] = { { "HTTP {status}", "HTTP {status}", "HTTP {status}" } },
    [OUTCOME_ASSERTION] = { { "answer not as expected", "réponse inattendue", "respuesta inesperada" } },
    [OUTCOME_TIMEOUT] = { { "timeout", "délai dépassé", "tiempo agotado" } },
    [OUTCOME_DNS] = { { "name not found", "nom introuvable", "nombre no encontrado" } },
    [OUTCOME_CONNECT] = { { "no connection", "pas de connexion", "sin conexión" } },
    [OUTCOME_TLS] = { { "TLS failed", "échec de TLS", "fallo de TLS" } },
    [OUTCOME_PROTOCOL] = { { "the answer is not HTTP", "la réponse n’est pas du HTTP", "la respuesta no es HTTP" } },
    [OUTCOME_TOO_LARGE] = { { "answer too large", "réponse trop grande", "respuesta demasiado grande" } },
    [OUTCOME_BLOCKED] = { { "address not allowed", "adresse non autorisée", "dirección no permitida" } },
    [OUTCOME_SECRET] = { { "secret missing", "secret manquant", "falta un secreto" } },
    [OUTCOME_INTERRUPTED] = { { "interrupted", "interrompue", "interrumpida" } },
};

static void fill_cause(const struct filling *x)
{
    static const char *const BEFORE[] = { ": ", " : ", ": " };
    static const char *const FROM[] = { " from ", " de ", " de " }, *const IN[] = { " (", " (", " (" };
    enum outcome o = x->f->i->outcome;
    if ((unsigned)o >= OUTCOME_COUNT || !CAUSES[o].in[x->l])
        return;
    buf_str_add(x->out, BEFORE[x->l]);
    phrase_add(&CAUSES[o], x->l, x->f, x->out);
    if (!x->f->several)
        add_target(x, o == OUTCOME_HTTP_STATUS ? FROM : IN, o == OUTCOME_HTTP_STATUS ? "" : ")");
}

static const struct {
    const char *name;
    void (*fill)(const struct filling *x);
} FILLINGS[] = {
    { "s", fill_subject },       { "n", fill_n },         { "since", fill_since }, { "until", fill_until },
    { "expires", fill_expires }, { "at", fill_at },       { "span", fill_span },   { "ago", fill_ago },
    { "value", fill_value },     { "left", fill_value },  { "limit", fill_limit }, { "metric", fill_metric },
    { "m", fill_metric_name },   { "h", fill_host },      { "c", fill_channel },   { "secret", fill_secret },
    { "status", fill_status },   { "rule", fill_rule },   { "error", fill_error }, { "on", fill_on },
    { "of", fill_of },           { "cause", fill_cause }, { "check", fill_check }, { "name", fill_name },
};

static void fill(const char *name, size_t len, const struct filling *x)
{
    for (size_t i = 0; i < MEM_COUNT(FILLINGS); i++) {
        if (strlen(FILLINGS[i].name) == len && memcmp(FILLINGS[i].name, name, len) == 0) {
            FILLINGS[i].fill(x);
            return;
        }
    }
}

void phrase_add(const struct phrase *p, enum notice_language l, const struct phrase_facts *f, struct buf *out)
{
    const struct filling x = { f, l, out };
    const char *text = p->in[l], *bar = strchr(text, '|');
    bool one = f->count == 1 || (l == NOTICE_FR && f->count == 0); /* CLDR: French counts nothing as one */
    const char *end = bar && one ? bar : text + strlen(text);
    if (bar && !one)
        text = bar + 1;
    while (text < end) {
        const char *close = *text == '{' ? memchr(text, '}', (size_t)(end - text)) : NULL;
        if (close)
            fill(text + 1, (size_t)(close - text - 1), &x);
        else
            buf_char(out, *text);
        text = close ? close + 1 : text + 1;
    }
}
