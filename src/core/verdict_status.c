/* verdict_status.c - what each status means and what to do about it. */
#include "core/http1.h"
#include "core/verdict_words.h"

#include "base/json.h"

#include <string.h>

#define LOG_ADVICE "look at the function's log for this time"
#define COMPARE_REQUEST "compare 'request' with what the function expects, and "

/* One row a status; the advice is a sentence without its end. Rows without advice share that of their class.
 * Platforms' own codes: 52x Cloudflare, 540 and 546 Supabase, 402 and 508 Vercel. */
static const struct status_words {
    int status;
    const char *name, *advice;
} STATUS_WORDS[] = {
    { 200, "ok", NULL },
    { 201, "created", NULL },
    { 202, "accepted", NULL },
    { 204, "no content", NULL },
    { 301, "moved permanently", NULL },
    { 302, "found", NULL },
    { 303, "see other", NULL },
    { 304, "not modified", "take headers such as 'If-None-Match' out of the request" },
    { 307, "temporary redirect", NULL },
    { 308, "permanent redirect", NULL },
    { 400, "bad request", "compare 'request.body' and the headers with what the function expects" },
    { 401, "unauthorized", NULL },
    { 402, "payment required", "the platform wants its plan or quota settled: look at its billing page" },
    { 403, "forbidden", NULL },
    { 404, "not found", "check the function's name in 'request.url' and that it is deployed in this project" },
    { 405, "method not allowed", NULL },
    { 406, "not acceptable", "check the 'Accept' header of the request" },
    { 408, "request timeout", "the server gave up waiting for the request: it is tried again while attempts are left" },
    { 409, "conflict",
      "the function found its work done or under way: if that is a success, add \"409\" to 'success.status'" },
    { 410, "gone", "the function was removed: change 'request.url', or pause the job" },
    { 413, "content too large", "send less in 'request.body'" },
    { 414, "uri too long", "send less in 'request.url'" },
    { 415, "unsupported media type", "set the 'Content-Type' header that the function expects" },
    { 421, "misdirected request", "the server does not answer for this host: check 'request.url'" },
    { 422, "unprocessable content", "compare 'request.body' with what the function expects" },
    { 425, "too early", "it is tried again while attempts are left" },
    { 429, "too many requests",
      "set 'rate' or a smaller 'max_concurrent' on the target, or spread the jobs with 'jitter_s'" },
    { 431, "request header fields too large", "send fewer or shorter headers" },
    { 500, "internal server error", "the function failed or threw an exception: " LOG_ADVICE },
    { 501, "not implemented", "check 'request.method' and 'request.url'" },
    { 502, "bad gateway", "the gateway got no proper answer from the function, which may have crashed: " LOG_ADVICE },
    { 503, "service unavailable", "the function did not start or is overloaded: " LOG_ADVICE ", and try it locally" },
    { 504, "gateway timeout",
      "the gateway gave up waiting (Supabase does after 150 s): let the function answer sooner, "
      "with less work per call or by working on after its answer; raising 'timeout_ms' does not help" },
    { 507, "insufficient storage", "the server has no room left" },
    { 508, "loop detected", "the function calls itself: check what it fetches" },
    { 520, "unknown error at the origin", LOG_ADVICE },
    { 521, "origin is down", "the server behind the gateway is down" },
    { 522, "origin timed out connecting", "the server behind the gateway is not reachable" },
    { 523, "origin is unreachable", "the server behind the gateway is not reachable" },
    { 524, "origin timed out answering",
      "the gateway gave up waiting: let the function answer sooner, with less work per call" },
    { 525, "tls handshake with the origin failed", "check the certificate of the server behind the gateway" },
    { 526, "invalid certificate at the origin", "check the certificate of the server behind the gateway" },
    { 530, "origin error", "the gateway could not find the server behind it" },
    { 540, "project paused", "the project is paused: resume it on the platform's dashboard" },
    { 544, "database timeout", "the platform's database did not answer in time: look at its load" },
    { 546, "resource limit",
      "the platform stopped the function for using more processor time, memory or wall-clock time than its plan "
      "allows: do less work per call, in smaller batches" },
};

static const struct status_words *words_of(int status)
{
    for (size_t i = 0; i < MEM_COUNT(STATUS_WORDS); i++)
        if (STATUS_WORDS[i].status == status)
            return &STATUS_WORDS[i];
    return NULL;
}

void verdict_add_status(int status, struct buf *message)
{
    const struct status_words *w = words_of(status);
    buf_printf(message, w ? "%d (%s)" : "%d", status, w ? w->name : "");
}

/* A success by its class, but not one that the job lists. */
static void advise_unlisted(const struct job *j, const struct answer *a, struct buf *message)
{
    buf_str_add(message, ", but 'success.status' lists only ");
    for (int i = 0; i < j->success.n_status; i++)
        buf_printf(message, "%s%s", i ? ", " : "", j->success.status[i]);
    buf_printf(message, ": add \"%d\" there if it is a success", a->status);
}

static void advise_redirect(const struct answer *a, struct buf *message)
{
    buf_auto struct buf location = BUF_SECRET(8192);
    if (!a->head || !http1_find(a->head, "Location", &location)) {
        buf_str_add(message, " without a Location: redirects are not followed: check 'request.url'");
        return;
    }
    buf_str_add(message, " to ");
    verdict_add_printable(buf_str(&location), location.len, 300, message);
    buf_str_add(message, ": redirects are not followed: if that is the function's address, set 'request.url' to it (or "
                         "the target's 'base_url')");
}

static void advise_method(const struct job *j, const struct answer *a, struct buf *message)
{
    buf_auto struct buf allow = BUF_SECRET(1024);
    buf_printf(message, ": it does not take %s", method_name(j->request.method));
    if (a->head && http1_find(a->head, "Allow", &allow) && allow.len) {
        buf_str_add(message, ", only ");
        verdict_add_printable(buf_str(&allow), allow.len, 100, message);
    }
    buf_str_add(message, ": change 'request.method'");
}

static void add_retry_after(const struct answer *a, struct buf *message)
{
    buf_auto struct buf after = BUF_SECRET(256);
    if ((a->status != 429 && a->status != 503) || !a->head || !http1_find(a->head, "Retry-After", &after) || !after.len)
        return;
    buf_str_add(message, " (it asks for a pause: Retry-After ");
    verdict_add_printable(buf_str(&after), after.len, 60, message);
    buf_char(message, ')');
}

void verdict_add_advice(const struct job *j, const struct target *t, const struct answer *a, const char *said,
                        struct buf *message)
{
    const struct status_words *w = words_of(a->status);
    if (a->status >= 200 && a->status <= 299)
        advise_unlisted(j, a, message);
    else if (w && w->advice && a->status != 429 && a->status != 503)
        buf_printf(message, ": %s", w->advice);
    else if (a->status >= 300 && a->status <= 399)
        advise_redirect(a, message);
    else if (a->status == 401 || a->status == 403)
        verdict_add_credentials(j, t, a, said, message);
    else if (a->status == 405)
        advise_method(j, a, message);
    else if (w && w->advice) {
        add_retry_after(a, message);
        buf_printf(message, ": %s", w->advice);
    } else
        buf_str_add(message, a->status >= 500 ? ": " LOG_ADVICE : ": " COMPARE_REQUEST LOG_ADVICE);
}

/* Those that are said of a status among many of its class are more exact than what can be said of the class. */
size_t verdict_status_advice(int status, const char *message, bool *ret_exact)
{
    static const int PLAIN[] = { 400, 404, 408, 413, 414, 429, 500, 502, 503, 504 };
    const struct status_words *w = words_of(status);
    bool row = w && w->advice;
    *ret_exact = row;
    for (size_t i = 0; i < MEM_COUNT(PLAIN); i++)
        *ret_exact = *ret_exact && status != PLAIN[i];
    return verdict_find_advice(message, row ? w->advice : status >= 500 ? LOG_ADVICE : COMPARE_REQUEST);
}

void verdict_add_printable(const char *s, size_t len, size_t max, struct buf *out)
{
    size_t cut = len;
    if (len > max)
        for (cut = max; cut > 0 && ((unsigned char)s[cut] & 0xc0) == 0x80;)
            cut--;
    for (size_t i = 0; i < cut; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '\n' || c == '\t' || c == '\r')
            buf_printf(out, "\\%c", c == '\n' ? 'n' : c == '\t' ? 't' : 'r');
        else if (c < ' ' || c == 127)
            buf_printf(out, "\\u%04x", c);
        else
            buf_char(out, s[i]);
    }
    if (cut < len)
        buf_str_add(out, "...");
}

/* The member of an error body that says what went wrong, as functions and platforms name it; also one level down, as in
 * {"error": {"message": "..."}}. */
static const char *error_text(const struct json *body)
{
    static const char *const NAMES[] = { "error",  "message", "msg",         "error_description",
                                         "detail", "title",   "errorMessage" };
    for (size_t i = 0; i < MEM_COUNT(NAMES); i++) {
        const struct json *v = json_get(body, NAMES[i]);
        if (json_type(v) == JSON_OBJECT)
            v = json_get(v, "message");
        if (json_string(v) && *json_string(v))
            return json_string(v);
    }
    return NULL;
}

void verdict_add_excerpt(const struct answer *a, struct buf *said, struct buf *message)
{
    json_auto struct json *body = a->body_len && !a->truncated ? json_parse(a->body, a->body_len, NULL) : NULL;
    const char *text = json_type(body) == JSON_OBJECT ? error_text(body) : json_string(body);
    if (text)
        verdict_add_printable(text, strlen(text), 200, said);
    else
        verdict_add_printable(a->body, a->body_len, 200, said);
    if (!json_utf8_valid(buf_str(said), said->len))
        buf_clear(said); /* an image, say: nothing to read */
    if (strspn(buf_str(said), " \\nrt") == said->len)
        return;
    buf_printf(message, " and said \"%s\"", buf_str(said));
}
