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
                          "the function may still have done its work: let it do less per call, in smaller batches," },
    [OUTCOME_DNS] = { "could not find the address of %s", "check the host's name in 'request.url' (or the target's "
                                                          "'base_url'), and that this machine's resolver works" },
    [OUTCOME_CONNECT] = { "could not connect to %s", REACH_IT },
    [OUTCOME_TLS] = { "no trusted TLS connection to %s", "check the server's certificate and this machine's clock; for "
                                                         "a private authority set 'ca_file' on the target" },
    [OUTCOME_PROTOCOL] = { "no proper answer from %s", "the answer breaks the rules of HTTP/1.1: mend the "
                                                       "function's server, or put a proxy before it that does" },
    [OUTCOME_TOO_LARGE] = { "the exchange with %s was too large", "let the function answer with less, or send less" },
    [OUTCOME_BLOCKED] = { "the call to %s was not allowed",
                          "a private or local address must be listed in 'allow_private' of the job's target, such as "
                          "\"127.0.0.0/8\"" },
    [OUTCOME_SECRET] = { "the call to %s was not made for want of a secret", NULL }, /* see add_secret_advice */
    [OUTCOME_INTERRUPTED] = { "edgecron stopped while it called %s",
                              "whether the function did its work is not known: look at its log" },
    [OUTCOME_CANCELED] = { "the call to %s was canceled", FUNCTION_MAY_HAVE_RUN },
};

#define URL_OR_BASE "'request.url' (or the target's 'base_url')"
#define NO_TLS "no TLS connection to %s"
#define NO_ANSWER "no proper answer from %s"
#define HTTP_1_1 "edgecron speaks HTTP/1.1: let the server, or the proxy before it, offer that too"
#define NO_CLIENT_CERTIFICATE                                                                                     \
    "edgecron has no certificate of its own to show: let the server take calls without one, and check them by a " \
    "header such as Authorization"
#define GAVE_UP \
    "the function, or a proxy before it, crashed or gave up: look at its log; it may have done its work all the same"

/* Cases within an outcome, told by what the network side says; the first that fits. */
static const struct special {
    enum outcome outcome;
    const char *said; /* part of the detail */
    struct explanation explanation;
} SPECIALS[] = {
    { OUTCOME_TIMEOUT,
      "in the TLS handshake",
      { "no TLS connection to %s in time",
        "is that the port for https, and the server not overloaded? Look at its log," } },
    { OUTCOME_TIMEOUT,
      "looking up '",
      { "could not find the address of %s in time",
        "check that this machine's resolver answers (/etc/resolv.conf names it)," } },
    { OUTCOME_TIMEOUT, "no connection within", { "could not connect to %s in time", REACH_IT } },
    { OUTCOME_TLS,
      "plain HTTP",
      { NO_TLS, "write http:// instead of https://, or the port that speaks TLS, in " URL_OR_BASE } },
    { OUTCOME_TLS,
      "is not TLS",
      { NO_TLS, "another kind of server listens there: check host and port in " URL_OR_BASE } },
    { OUTCOME_TLS, "certificate (TLS alert", { NO_TLS, NO_CLIENT_CERTIFICATE } },
    { OUTCOME_TLS, "HTTP/1.1", { NO_TLS, HTTP_1_1 } },
    { OUTCOME_TLS,
      "TLS versions",
      { NO_TLS, "let the server offer TLS 1.2 or 1.3 (and not less than 'tls_min' of the target)" } },
    { OUTCOME_TLS,
      "handshake_failure",
      { NO_TLS,
        "let the server offer TLS 1.2 or 1.3 with ECDHE and AES-GCM or ChaCha20, and want no client certificate: "
        "edgecron has none to show" } },
    { OUTCOME_TLS, "cipher", { NO_TLS, "let the server offer TLS 1.2 or 1.3 with ECDHE and AES-GCM or ChaCha20" } },
    { OUTCOME_TLS,
      "unrecognized_name",
      { NO_TLS, "check the host in " URL_OR_BASE ", or let the server have a certificate for it" } },
    { OUTCOME_TLS,
      "during the TLS handshake",
      { NO_TLS, "is that the port for https? If so, look at the log of the server, or of a proxy on the way" } },
    { OUTCOME_TLS, "TLS alert", { NO_TLS, "look for it in the log of the server, or of the proxy before it" } },
    { OUTCOME_TLS,
      "the server sent",
      { NO_TLS, "is that the port for https? If so, look at the log of the server, or of the proxy before it" } },
    { OUTCOME_TLS,
      "changed on its way",
      { NO_TLS, "look at the log of the server, and for a proxy on the way that alters what passes" } },
    { OUTCOME_TLS,
      "too weak",
      { "no trusted TLS connection to %s", "let the server have a certificate with an ECDSA key, or an RSA key of at "
                                           "least 2048 bits, signed with SHA-256" } },
    { OUTCOME_TLS,
      "may not be used for a server",
      { "no trusted TLS connection to %s",
        "let the server have a certificate with the extended key usage serverAuth" } },
    { OUTCOME_TLS,
      ", not for '",
      { "no trusted TLS connection to %s", "call the server by a name that its certificate is for in " URL_OR_BASE
                                           ", or let it have one for this name" } },
    { OUTCOME_PROTOCOL, "expects https", { NO_ANSWER, "write https:// instead of http:// in " URL_OR_BASE } },
    { OUTCOME_PROTOCOL, "HTTP/2", { NO_ANSWER, HTTP_1_1 } },
    { OUTCOME_PROTOCOL, "another HTTP version", { NO_ANSWER, HTTP_1_1 } },
    { OUTCOME_PROTOCOL,
      "the answer is not HTTP",
      { NO_ANSWER, "another kind of server listens there: check host and port in " URL_OR_BASE } },
    { OUTCOME_PROTOCOL, "certificate (TLS alert", { NO_ANSWER, NO_CLIENT_CERTIFICATE } },
    { OUTCOME_PROTOCOL,
      "before any answer",
      { NO_ANSWER, "the server, or a proxy before it, crashed, gave up or expects another protocol (https:// for TLS): "
                   "look at its log; the function may have done its work all the same" } },
    { OUTCOME_PROTOCOL, "in the middle of the answer", { NO_ANSWER, GAVE_UP } },
    { OUTCOME_PROTOCOL, "the connection closed", { NO_ANSWER, GAVE_UP } },
    { OUTCOME_PROTOCOL, "response head is larger", { NO_ANSWER, "let the function answer with less in its headers" } },
    { OUTCOME_PROTOCOL, " headers", { NO_ANSWER, "let the function answer with fewer headers" } },
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

size_t verdict_explain_advice(enum outcome o, const char *message, bool *ret_exact)
{
    const char *usual = (unsigned)o < OUTCOME_COUNT ? EXPLANATIONS[o].advice : NULL;
    size_t at = usual ? verdict_find_advice(message, usual) : SIZE_MAX;
    *ret_exact = at == SIZE_MAX;
    for (size_t i = 0; i < MEM_COUNT(SPECIALS) && at == SIZE_MAX; i++)
        if (SPECIALS[i].outcome == o)
            at = verdict_find_advice(message, SPECIALS[i].explanation.advice);
    return at;
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
    if (o == OUTCOME_TIMEOUT) {
        bool connecting = strstr(detail, "no connection within");
        buf_printf(message, " or raise '%s' (now %lld)", connecting ? "connect_timeout_ms" : "timeout_ms",
                   (long long)(connecting ? j->connect_timeout_ms : j->timeout_ms));
        if (!connecting && j->timeout_ms >= 150000 && strstr(server, "supabase"))
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
