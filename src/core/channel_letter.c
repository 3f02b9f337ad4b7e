/* channel_letter.c - see channel_letter.h. */
#include "core/channel_letter.h"

#include "base/crypto.h"

#include <string.h>

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
