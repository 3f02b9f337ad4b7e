/* verdict_explain.c - the words for an attempt that brought no usable answer. */
#include "core/verdict.h"
#include "core/verdict_words.h"

#include <string.h>

#define FUNCTION_MAY_HAVE_RUN "the function may have begun its work: look at its log"
#define REACH_IT                                                                                                    \
    "is the function's server running, and do host and port in 'request.url' (or the target's 'base_url') and the " \
    "firewalls on the way let this machine reach it?"

/* What happened (%s: the server, "host" or "host:port"), and what to do next. */
struct explanation {
    const char *what, *advice;
};

static const struct explanation EXPLANATIONS[OUTCOME_COUNT] = {
    [OUTCOME_TIMEOUT] = { "no complete answer from %s in time",
                          "the function may still have done its work: let it do less per call, in smaller batches, or "
                          "raise 'timeout_ms'" },
    [OUTCOME_DNS] = { "could not find the address of %s", "check the host's name in 'request.url' (or the target's "
                                                          "'base_url'), and that this machine's resolver works" },
    [OUTCOME_CONNECT] = { "could not connect to %s", REACH_IT },
    [OUTCOME_TLS] = { "no trusted TLS connection to %s", "check the server's certificate and this machine's clock; for "
                                                         "a private authority set 'ca_file' on the target" },
    [OUTCOME_PROTOCOL] = { "no proper answer from %s", "look at the function's log, and check that 'request.url' leads "
                                                       "to an HTTP/1.1 server (https:// for TLS)" },
    [OUTCOME_TOO_LARGE] = { "the exchange with %s was too large", "let the function answer with less, or send less" },
    [OUTCOME_BLOCKED] = { "the call to %s was not allowed",
                          "a private or local address must be listed in 'allow_private' of the job's target, such as "
                          "\"127.0.0.0/8\"" },
    [OUTCOME_SECRET] = { "the call to %s was not made for want of a secret", NULL }, /* see add_secret_advice */
    [OUTCOME_INTERRUPTED] = { "edgecron stopped while it called %s",
                              "whether the function did its work is not known: look at its log" },
    [OUTCOME_CANCELED] = { "the call to %s was canceled", FUNCTION_MAY_HAVE_RUN },
};

/* Cases within an outcome, told by what the network side says. */
static const struct special {
    enum outcome outcome;
    const char *said; /* part of the detail */
    struct explanation explanation;
} SPECIALS[] = {
    { OUTCOME_TIMEOUT, "no connection within", { "could not connect to %s in time", REACH_IT } },
    { OUTCOME_BLOCKED,
      "never called",
      { "the call to %s was not allowed",
        "no setting allows it (metadata services live there): use the function's own address" } },
};

static const struct explanation *explanation_of(enum outcome o, const char *detail)
{
    for (size_t i = 0; i < MEM_COUNT(SPECIALS); i++)
        if (SPECIALS[i].outcome == o && strstr(detail, SPECIALS[i].said))
            return &SPECIALS[i].explanation;
    return (unsigned)o < OUTCOME_COUNT && EXPLANATIONS[o].what ? &EXPLANATIONS[o] : NULL;
}

/* "host:port" of a URL in which secrets may still be placeholders, so that url_parse would refuse it. */
static void add_server(const char *url, struct buf *out)
{
    const char *host = url ? strstr(url, "://") : NULL;
    if (!host) {
        buf_str_add(out, "the server");
        return;
    }
    host += 3;
    size_t len = strcspn(host, "/?#");
    const char *at = memchr(host, '@', len);
    if (at) {
        len -= (size_t)(at + 1 - host);
        host = at + 1;
    }
    verdict_add_printable(host, len, 260, out);
}

/* The part of the detail that the explanation has not already said: "127.0.0.1:9: refused" of 127.0.0.1:9 is
 * "refused". */
static const char *news(enum outcome o, const char *detail, const char *server)
{
    size_t len = strlen(server);
    if (o == OUTCOME_INTERRUPTED || (o == OUTCOME_CANCELED && strcmp(detail, "canceled") == 0))
        return "";
    if (strncmp(detail, server, len) == 0 && strncmp(detail + len, ": ", 2) == 0)
        return detail + len + 2;
    const char *looked_up = strncmp(detail, "looking up '", 12) == 0 ? strstr(detail, "': ") : NULL;
    return looked_up ? looked_up + 3 : detail;
}

/* Names the command, unless the detail did: "secret 'X' is not set" is about X. */
static void add_secret_advice(const char *detail, struct buf *message)
{
    const char *name = strstr(detail, "secret '");
    size_t len = name ? strcspn(name + 8, "'") : 0;
    if (strstr(detail, "edgecron "))
        return;
    buf_printf(message, ": set it with: edgecron secret set %.*s", len ? (int)len : 4, len ? name + 8 : "NAME");
    if (!strstr(detail, "not set"))
        buf_str_add(message, ", or check that the master key is the right one");
}

/* What only this job makes true. */
static void add_circumstances(enum outcome o, const struct job *j, const char *server, const char *detail,
                              struct buf *message)
{
    if (o == OUTCOME_TIMEOUT && strstr(detail, "no connection within")) {
        buf_printf(message, " or raise 'connect_timeout_ms' (now %lld)", (long long)j->connect_timeout_ms);
    } else if (o == OUTCOME_TIMEOUT) {
        buf_printf(message, " (now %lld)", (long long)j->timeout_ms);
        if (j->timeout_ms >= 150000 && strstr(server, "supabase"))
            buf_str_add(message, "; Supabase itself ends a call that has not answered after 150 s");
    }
    if (o == OUTCOME_SECRET)
        add_secret_advice(detail, message);
    if (o == OUTCOME_BLOCKED && !j->target && !strstr(detail, "never called"))
        buf_str_add(message, " (this job has no target: make one, and name it in 'target')");
    if (o == OUTCOME_INTERRUPTED)
        buf_str_add(message, j->delivery == DELIVERY_AT_MOST_ONCE
                                 ? "; it is not called again, as 'delivery' is \"at_most_once\""
                                 : "; it is called again while attempts are left, with the same Idempotency-Key");
}

void verdict_explain(enum outcome o, const struct job *j, const char *url, const char *detail, struct buf *message)
{
    detail = detail ? detail : "";
    const struct explanation *x = explanation_of(o, detail);
    buf_auto struct buf server = BUF_INIT(512);
    if (!x) {
        verdict_add_printable(detail, strlen(detail), 1000, message);
        return;
    }
    add_server(url, &server);
    const char *name = strstr(x->what, "%s");
    buf_add(message, x->what, (size_t)(name - x->what));
    buf_str_add(message, buf_str(&server));
    buf_str_add(message, name + 2);
    const char *said = news(o, detail, buf_str(&server));
    if (*said) {
        buf_str_add(message, ": ");
        verdict_add_printable(said, strlen(said), 1000, message);
    }
    if (x->advice)
        buf_printf(message, ": %s", x->advice);
    add_circumstances(o, j, buf_str(&server), detail, message);
}
