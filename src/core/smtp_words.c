/* smtp_words.c - how a session's end is told: what the server refused, its reply, and what to do about it. See smtp_state.h. */
#include "core/smtp_state.h"

#include "base/json.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define REPLY_SHOWN 170     /* octets of a reply in detail */
#define RECIPIENT_SHOWN 100 /* of an address */

#define IN(state) (1u << (state))
#define SIGNING_IN                                                                                \
    (IN(SMTP_AUTH_PLAIN) | IN(SMTP_AUTH_PLAIN_LATER) | IN(SMTP_AUTH_LOGIN) | IN(SMTP_AUTH_USER) | \
     IN(SMTP_AUTH_PASSWORD))
#define SENDING (IN(SMTP_MAIL) | IN(SMTP_RCPT) | IN(SMTP_DATA) | IN(SMTP_MESSAGE))
#define ANYWHERE (~0u)

/* What to do about a refusal: the first row that fits. `holds`: in the reply's text, any case; enhanced codes (RFC 3463) with their dots. */
static const struct {
    unsigned states;
    int least, most;
    const char *holds;
    const char *advice;
} advices[] = {
    { ANYWHERE, 421, 421, NULL, "it is not available now: try later" },
    { IN(SMTP_GREETING), 400, 499, NULL, "it takes nothing now: try later" },
    { IN(SMTP_GREETING), 500, 599, NULL, "it does not talk to this machine: its address may be on a block list" },
    { IN(SMTP_STARTTLS), 400, 599, NULL, "its TLS does not work: nothing was sent in the clear" },
    { SIGNING_IN, 535, 535, NULL,
      "user name or password is wrong: check 'email.username' and the secret of 'email.password'" },
    { SIGNING_IN, 534, 534, NULL, "it wants another password, often one made for applications" },
    { SIGNING_IN, 530, 538, NULL, "it wants TLS first: set 'email.security' to 'starttls' or 'tls'" },
    { SIGNING_IN, 400, 499, NULL, "it cannot check passwords now: try later" },
    { SIGNING_IN, 500, 599, NULL, "check 'email.username' and the secret of 'email.password'" },
    { SENDING, 530, 530, "starttls", "it wants TLS first: set 'email.security' to 'starttls'" },
    { SENDING, 530, 530, NULL, "it wants us to sign in: set 'email.username' and 'email.password'" },
    { SENDING, 400, 499, "greylist", "greylisting: it takes the message when it is tried again later" },
    { SENDING, 400, 499, "graylist", "greylisting: it takes the message when it is tried again later" },
    { IN(SMTP_RCPT), 450, 451, NULL, "perhaps greylisting: try later" },
    { IN(SMTP_RCPT), 400, 599, ".2.2", "the mailbox is full" },
    { SENDING, 400, 599, ".3.4", "the message is too large for it" },
    { SENDING, 552, 552, NULL, "the message is too large for it, or the mailbox is full" },
    { SENDING, 400, 499, NULL, "try later" },
    { IN(SMTP_RCPT), 500, 599, "relay",
      "it passes no mail on for us: sign in, or use the server of the recipient's domain" },
    { IN(SMTP_RCPT), 500, 599, "5.1.", "there is no such mailbox: check 'email.to'" },
    { IN(SMTP_RCPT), 500, 599, "5.7.",
      "it passes no mail on for us: sign in, or use the server of the recipient's domain" },
    { IN(SMTP_RCPT), 550, 553, NULL, "check 'email.to': there is no such mailbox, or it passes no mail on for us" },
    { IN(SMTP_MAIL), 500, 599, NULL, "check 'email.from': it takes no mail from this sender" },
    { IN(SMTP_DATA) | IN(SMTP_MESSAGE), 500, 599, NULL,
      "check 'email.from' and what its domain says of who may send for it (SPF, DKIM, DMARC)" },
};

static bool holds_word(const struct smtp *s, const char *word)
{
    return !word || strcasestr(buf_str(&s->text), word) != NULL;
}

static const char *advice(const struct smtp *s)
{
    for (size_t i = 0; i < MEM_COUNT(advices); i++)
        if ((advices[i].states & IN(s->state)) && s->code >= advices[i].least && s->code <= advices[i].most &&
            holds_word(s, advices[i].holds))
            return advices[i].advice;
    return NULL;
}

/* What is waited for in a state, and what a refusal there refuses. */
static const struct {
    const char *awaited, *refused;
} words[SMTP_STATES] = {
    [SMTP_GREETING] = { "the greeting", "the connection" },
    [SMTP_EHLO] = { "an answer to EHLO", "to talk with us (EHLO)" },
    [SMTP_HELO] = { "an answer to HELO", "to talk with us (HELO)" },
    [SMTP_STARTTLS] = { "an answer to STARTTLS", "STARTTLS" },
    [SMTP_TLS] = { "TLS", "TLS" },
    [SMTP_AUTH_PLAIN] = { "an answer to AUTH PLAIN", "the sign-in" },
    [SMTP_AUTH_PLAIN_LATER] = { "an answer to AUTH PLAIN", "the sign-in" },
    [SMTP_AUTH_LOGIN] = { "an answer to AUTH LOGIN", "the sign-in" },
    [SMTP_AUTH_USER] = { "an answer to the user name", "the sign-in" },
    [SMTP_AUTH_PASSWORD] = { "an answer to the password", "the sign-in" },
    [SMTP_MAIL] = { "an answer to MAIL", "the sender" },
    [SMTP_RCPT] = { "an answer to RCPT", "the recipient" },
    [SMTP_DATA] = { "an answer to DATA", "to take the message" },
    [SMTP_MESSAGE] = { "an answer to the message", "the message" },
    [SMTP_QUIT] = { "an answer to QUIT", "QUIT" },
    [SMTP_ENDED] = { "nothing", "nothing" },
};

const char *smtp_awaited(const struct smtp *s)
{
    return words[s->state].awaited;
}

void smtp_phase(const struct smtp *s, char *out, size_t size)
{
    if (s->state == SMTP_MESSAGE && s->out_at < s->out.len)
        snprintf(out, size, "sending the message, %zu of %zu bytes so far", s->out_at, s->out.len);
    else
        snprintf(out, size, "%s %s", smtp_reply_begun(&s->reply) ? "in the middle of" : "waiting for",
                 words[s->state].awaited);
}

const char *smtp_host(const struct smtp *s)
{
    return s->job->host ? s->job->host : "the server";
}

/* How much of a text fits into `most` octets without cutting a character. */
static size_t cut(const char *text, size_t len, size_t most)
{
    if (len <= most)
        return len;
    while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80)
        most--;
    return most;
}

void smtp_clean(const struct smtp *s, const char *text, size_t len, size_t most, struct buf *out)
{
    struct buf masked buf_auto = BUF_SECRET(4 * SMTP_LINE_MAX), valid buf_auto = BUF_SECRET(12 * SMTP_LINE_MAX);
    redact(s->masks, text, len, &masked);
    json_utf8_repair(&valid, buf_str(&masked), masked.len);
    size_t shown = cut(buf_str(&valid), valid.len, most);
    for (size_t i = 0; i < shown; i++) {
        unsigned char c = (unsigned char)valid.data[i];
        buf_char(out, c < 0x20 || c == 0x7f ? ' ' : (char)c);
    }
    if (shown < valid.len)
        buf_str_add(out, "...");
}

void smtp_tell(struct smtp *s, const char *fmt, ...)
{
    va_list args;
    char text[2 * SMTP_DETAIL_MAX];
    int n = snprintf(text, sizeof(text), "%.80s ", smtp_host(s));
    va_start(args, fmt);
    vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, args);
    va_end(args);
    size_t len = cut(text, strlen(text), sizeof(s->detail) - 1);
    memcpy(s->detail, text, len);
    s->detail[len] = '\0';
}

void smtp_tell_refused(struct smtp *s)
{
    struct buf reply buf_auto = BUF_INIT(2 * REPLY_SHOWN);
    const char *address = s->state == SMTP_MAIL ? s->job->from : s->state == SMTP_RCPT ? s->job->to[s->recipient] : "";
    const char *what = advice(s);
    smtp_clean(s, buf_str(&s->text), s->text.len, REPLY_SHOWN, &reply);
    smtp_tell(s, "refused %s%s%.*s%s: %d%s%s%s%s%s", words[s->state].refused, address[0] ? " <" : "", RECIPIENT_SHOWN,
              address, address[0] ? ">" : "", s->code, reply.len > 0 ? " " : "", buf_str(&reply), what ? " (" : "",
              what ? what : "", what ? ")" : "");
}

void smtp_tell_some_refused(struct smtp *s)
{
    char first[SMTP_DETAIL_MAX];
    memcpy(first, s->detail, sizeof(first));
    const char *refusal = strstr(first, "refused the recipient");
    smtp_tell(s, "took the message for %d of %d recipients and %s", s->taken, s->job->n_to, refusal ? refusal : first);
}
