/* verdict_explain.c - the words for an attempt that brought no usable answer. */
#include "core/verdict.h"
#include "core/verdict_words.h"

#include <string.h>

/* What happened (%s: the server, "host" or "host:port"), and what to do next. */
static const struct explanation {
    const char *what, *advice;
} EXPLANATIONS[OUTCOME_COUNT] = {
    [OUTCOME_TIMEOUT] = { "no complete answer from %s in time", "the function may still have done its work: let it do less per call, in smaller "
                                                                "batches, or raise 'timeout_ms'" },
    [OUTCOME_DNS] = { "could not find the address of %s", "check the host's name in 'request.url' (or the target's 'base_url'), and that "
                                                          "this machine's resolver works" },
    [OUTCOME_CONNECT] = { "could not connect to %s", "is the function's server running, and do host and port in 'request.url' (or the "
                                                     "target's 'base_url') and the firewalls on the way let this machine reach it?" },
    [OUTCOME_TLS] = { "no trusted TLS connection to %s", "check the server's certificate and this machine's clock; for a private "
                                                         "authority set 'ca_file' on the target" },
    [OUTCOME_PROTOCOL] = { "%s did not answer in proper HTTP/1.1", "check that 'request.url' leads to an HTTP server (https:// for TLS), "
                                                                   "and look at the function's log" },
    [OUTCOME_TOO_LARGE] = { "the exchange with %s was too large", "let the function answer with less, or send less" },
    [OUTCOME_BLOCKED] = { "the call to %s was not allowed", "a private or local address must be listed in 'allow_private' of the job's target, "
                                                            "such as \"127.0.0.0/8\"; link-local and metadata addresses are never called" },
    [OUTCOME_SECRET] = { "the call to %s was not made for want of a secret", "set it with: edgecron secret set NAME, or check that the "
                                                                             "master key is the right one" },
    [OUTCOME_INTERRUPTED] = { "edgecron stopped while it called %s", "whether the function did its work is not known: look at its log" },
    [OUTCOME_CANCELED] = { "the call to %s was canceled", "the function may have begun its work: look at its log" },
};

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

/* What only this job makes true. */
static void add_circumstances(enum outcome o, const struct job *j, const char *server, struct buf *message)
{
    if (o == OUTCOME_TIMEOUT) {
        buf_printf(message, " (now %lld)", (long long)j->timeout_ms);
        if (j->timeout_ms >= 150000 && strstr(server, "supabase"))
            buf_str_add(message, "; Supabase itself ends a call that has not answered after 150 s");
    }
    if (o == OUTCOME_INTERRUPTED)
        buf_str_add(message, j->delivery == DELIVERY_AT_MOST_ONCE
                                 ? "; it is not called again, as 'delivery' is \"at_most_once\""
                                 : "; it is called again while attempts are left, with the same Idempotency-Key");
}

void verdict_explain(enum outcome o, const struct job *j, const char *url, const char *detail, struct buf *message)
{
    const struct explanation *x = (unsigned)o < OUTCOME_COUNT && EXPLANATIONS[o].what ? &EXPLANATIONS[o] : NULL;
    buf_auto struct buf server = BUF_INIT(512);
    size_t len = detail ? strlen(detail) : 0;
    if (!x) {
        verdict_add_printable(len ? detail : "", len, 1000, message);
        return;
    }
    add_server(url, &server);
    const char *name = strstr(x->what, "%s");
    buf_add(message, x->what, (size_t)(name - x->what));
    buf_str_add(message, buf_str(&server));
    buf_str_add(message, name + 2);
    if (len) {
        buf_str_add(message, ": ");
        verdict_add_printable(detail, len, 1000, message);
    }
    if (o == OUTCOME_SECRET && len && strstr(detail, "edgecron "))
        return; /* the detail already names the command */
    buf_printf(message, ": %s", x->advice);
    add_circumstances(o, j, buf_str(&server), message);
}
