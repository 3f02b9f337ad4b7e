#include "core/channel_verdict.h"

#include "core/channel_letter.h"
#include "core/verdict_words.h"

#include <string.h>

/* The first that fits: status, and what to do. */
static const struct advice {
    int from, to;
    const char *text;
} ADVICE[] = {
    { 300, 399, "redirects are not followed: give the address that it leads to as the channel's 'url'" },
    { 401, 403,
      "is the secret in the channel's 'url' or 'headers' still valid? Make a new one there, and set it with: "
      "edgecron secret set NAME" },
    { 404, 404, "is the channel's 'url' still what the service shows? It may have been removed there" },
    { 405, 405, "is the channel's 'url' that of a webhook?" },
    { 410, 410, "the webhook was removed there: make a new one, and set its address" },
    { 413, 413, "the message is too long for it: let 'body' hold less" },
    { 429, 429, "it takes no more messages just now" },
    { 400, 499, "it does not take this message: is 'kind' the right one for this address?" },
    { 500, 599, "the trouble is on its side" },
};

enum outcome channel_verdict(const struct channel *c, const char *place, const struct answer *a, struct buf *message)
{
    buf_auto struct buf said = BUF_SECRET(600);
    (void)c;
    if (a->status / 100 == 2)
        return OUTCOME_OK;
    buf_printf(message, "%s answered ", place);
    verdict_add_status(a->status, message);
    verdict_add_excerpt(a, &said, message);
    for (size_t i = 0; i < MEM_COUNT(ADVICE); i++)
        if (a->status >= ADVICE[i].from && a->status <= ADVICE[i].to) {
            buf_printf(message, ": %s", ADVICE[i].text);
            break;
        }
    return OUTCOME_HTTP_STATUS;
}

/* What happened, around the place, and what to do. */
static const struct words {
    const char *before, *after, *advice;
} WORDS[OUTCOME_COUNT] = {
    [OUTCOME_TIMEOUT] = { "no answer from ", " in time", "is it up, and may this machine reach it?" },
    [OUTCOME_DNS] = { "could not find the address of ", "",
                      "is the host's name right, and does this machine's resolver answer?" },
    [OUTCOME_CONNECT] = { "could not connect to ", "", "is it up, is the port right, and may this machine reach it?" },
    [OUTCOME_TLS] = { "no trusted TLS connection to ", "",
                      "is its certificate valid for that name, and this machine's clock right? For a private authority "
                      "set 'ca_file' on the channel" },
    [OUTCOME_PROTOCOL] = { "no proper answer from ", "", "does something else listen there?" },
    [OUTCOME_TOO_LARGE] = { "the message to ", " was too large", "let 'body' hold less" },
    [OUTCOME_BLOCKED] = { "the call to ", " was not allowed",
                          "list its range in 'allow_private' on the channel, such as \"10.0.0.0/8\"" },
    [OUTCOME_SECRET] = { "nothing was sent to ", "", "set it with: edgecron secret set NAME" },
    [OUTCOME_INTERRUPTED] = { "edgecron stopped while it called ", "", "the message is sent again" },
    [OUTCOME_CANCELED] = { "the call to ", " was canceled", NULL },
};

void channel_explain(enum outcome o, const struct channel *c, const char *place, const char *detail,
                     struct buf *message)
{
    const struct words *w = (unsigned)o < OUTCOME_COUNT && WORDS[o].before ? &WORDS[o] : NULL;
    if (c->kind == CHANNEL_EMAIL && channel_letter_explain(o, c, detail, message))
        return;
    if (!w) {
        verdict_add_printable(detail, strlen(detail), 1000, message);
        return;
    }
    buf_printf(message, "%s%s%s", w->before, place, w->after);
    if (*detail && o != OUTCOME_INTERRUPTED && strcmp(detail, "canceled") != 0) {
        buf_str_add(message, ": ");
        verdict_add_printable(detail, strlen(detail), 1000, message);
    }
    const char *advice = w->advice;
    if (o == OUTCOME_BLOCKED && strstr(detail, "never called"))
        advice = "no setting allows it: give the service's own address as the channel's 'url'";
    if (advice && !(o == OUTCOME_SECRET && strstr(detail, "edgecron ")))
        buf_printf(message, ": %s", advice);
}
