/* channel_letter.c - see channel_letter.h. */
#include "core/channel_letter.h"

#include "base/crypto.h"
#include "core/template.h"
#include "core/verdict_words.h"

#include <string.h>

#define REACH_IT                                                                                                     \
    "check 'email.host' and 'email.port', and that this machine may reach it: many networks let nobody out on port " \
    "25, "                                                                                                           \
    "but on 587 and 465"

#define THREAD_BYTES 12 /* of the hash: enough that no two troubles meet */

static const char *or_none(const char *text)
{
    return text ? text : "";
}

/* The same for the beginning, the repetitions and the end of one trouble. Of several jobs at once: by what they have in common. */
static const char *thread_of(const struct channel *c, const struct notice *n, struct arena *a)
{
    uint8_t hash[CRYPTO_SHA256_SIZE];
    char hex[2 * THREAD_BYTES + 1];
    const char *subject = n->total == 1 && n->n_items == 1 ? n->items[0].subject : NULL;
    const char *what = arena_printf(a, "%s\n%s\n%s\n%s\n%s", or_none(c->name), alert_on_name(n->on), or_none(n->rule),
                                    subject ? "one" : "several", subject ? subject : or_none(n->target));
    crypto_sha256(what, strlen(what), hash);
    crypto_hex(hash, THREAD_BYTES, hex);
    return arena_printf(a, "alert.%s", hex);
}

/* Was checked when the channel was saved. */
static struct mail_address address_of(const char *text, struct arena *a)
{
    struct mail_address ret = { NULL, text };
    mail_address_parse(text, a, &ret, NULL);
    return ret;
}

static const char *words(void (*write)(const struct notice *n, enum notice_language l, struct buf *out),
                         const struct notice *n, enum notice_language l, struct arena *a)
{
    struct buf text buf_auto = BUF_INIT(NOTICE_TEXT_MAX);
    write(n, l, &text);
    return arena_strndup(a, buf_str(&text), text.len);
}

void channel_message(const struct channel *c, const struct notice *n, const char *run_id, const char *host,
                     struct wall now, struct arena *a, struct mail_message *ret)
{
    struct mail_address *to = arena_alloc(a, (size_t)c->mail.n_to * sizeof(*to));
    for (int i = 0; i < c->mail.n_to; i++)
        to[i] = address_of(c->mail.to[i], a);
    *ret = (struct mail_message){
        .from = address_of(c->mail.from, a),
        .to = to,
        .n_to = c->mail.n_to,
        .subject = words(notice_title, n, c->language, a),
        .text = words(notice_text, n, c->language, a),
        .id = run_id,
        .host = host,
        .thread = n->kind == NOTICE_TEST ? NULL : thread_of(c, n, a),
        .at = now,
        .urgent = n->kind == NOTICE_FIRED,
    };
}

/* What happened, the server, and what to do: the first that fits. */
static const struct {
    enum outcome outcome;
    const char *said; /* part of the detail; NULL: any */
    const char *what, *advice;
} explanations[] = {
    { OUTCOME_DNS, NULL, "could not find the address of",
      "check 'email.host', and that this machine's resolver works" },
    { OUTCOME_CONNECT, NULL, "could not connect to", REACH_IT },
    { OUTCOME_TIMEOUT, "no connection within", "could not connect to", REACH_IT },
    { OUTCOME_TIMEOUT, "wants 'email.security'", "no e-mail left in time over", NULL },
    { OUTCOME_TIMEOUT, NULL, "no e-mail left in time over", "is that server overloaded, or out of order?" },
    { OUTCOME_TLS, "wants 'email.security'", "no TLS connection to", NULL },
    { OUTCOME_TLS, ", not for '", "no trusted TLS connection to",
      "give the name that the certificate is for in 'email.host', or let the server have one for this name" },
    { OUTCOME_TLS, NULL, "no trusted TLS connection to",
      "check the server's certificate and this machine's clock; for a private authority set 'ca_file' on the channel" },
    { OUTCOME_BLOCKED, "never called", "no e-mail may be sent to",
      "no setting allows it: use the server's own address" },
    { OUTCOME_BLOCKED, NULL, "no e-mail may be sent to",
      "list its range in 'allow_private' on the channel, such as \"127.0.0.0/8\"" },
    { OUTCOME_INTERRUPTED, NULL, "edgecron stopped while it sent an e-mail to",
      "whether it was taken is not known; it is sent again, with the same Message-ID" },
};

static void add_secret(void *ctx, const char *name)
{
    buf_printf(ctx, "; set it with: edgecron secret set %s", name);
}

/* Without what is told already. */
static const char *news(enum outcome o, const char *detail)
{
    const char *looked_up = o == OUTCOME_DNS && strncmp(detail, "looking up '", 12) == 0 ? strstr(detail, "': ") : NULL;
    return o == OUTCOME_INTERRUPTED ? "" : looked_up ? looked_up + 3 : detail;
}

bool channel_letter_explain(enum outcome o, const struct channel *c, const char *detail, struct buf *message)
{
    for (size_t i = 0; i < MEM_COUNT(explanations); i++) {
        if (explanations[i].outcome != o || (explanations[i].said && !strstr(detail, explanations[i].said)))
            continue;
        const char *advice = explanations[i].advice, *said = news(o, detail);
        buf_printf(message, "%s %s:%d%s", explanations[i].what, c->mail.host, c->mail.port, said[0] ? ": " : "");
        verdict_add_printable(said, strlen(said), 1000, message);
        buf_printf(message, "%s%s", advice ? ": " : "", or_none(advice));
        return true;
    }
    if (o != OUTCOME_PROTOCOL && o != OUTCOME_ASSERTION)
        return false;
    verdict_add_printable(detail, strlen(detail), 1000, message); /* "mail.example.com refused the recipient ..." */
    if (strstr(detail, "the secret of 'email.password'"))
        template_secrets(or_none(c->mail.password), add_secret, message);
    return true;
}
