/* smtp.c - see smtp.h. Each state waits for one reply; `steps` says what a good one is and what comes then. A refusal, silence excepted, ends with QUIT.
 *
 *   GREETING -> EHLO --(no EHLO)--> HELO
 *                |  ^----------------- TLS <- STARTTLS
 *                v
 *             [AUTH_PLAIN | AUTH_LOGIN -> AUTH_USER -> AUTH_PASSWORD] -> MAIL -> RCPT (each) -> DATA -> MESSAGE -> QUIT -> ENDED */
#include "core/smtp.h"

#include "base/mem.h"
#include "core/smtp_state.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX 4000   /* octets of a reply's text that are kept */
#define ADDRESS_MAX 320 /* octets; mail.h is stricter */

static void say_goodbye(struct smtp *s)
{
    if (s->code == 421)
        s->state = SMTP_ENDED; /* it closes */
    else
        smtp_say(s, SMTP_QUIT);
}

static void decide(struct smtp *s, enum outcome outcome, bool temporary)
{
    s->outcome = outcome;
    s->temporary = temporary;
}

static void end_at_once(struct smtp *s, bool temporary)
{
    decide(s, OUTCOME_PROTOCOL, temporary);
    buf_wipe(&s->out);
    s->out_at = 0;
    s->state = SMTP_ENDED;
}

/* The reply that just came ends it. */
static void refused(struct smtp *s)
{
    smtp_tell_refused(s);
    decide(s, OUTCOME_PROTOCOL, s->code < 500);
    say_goodbye(s);
}

/* We end it. */
static void give_up(struct smtp *s)
{
    decide(s, OUTCOME_PROTOCOL, false);
    say_goodbye(s);
}

static void begin_mail(struct smtp *s)
{
    if (s->offer.size_max > 0 && (int64_t)s->job->message_len > s->offer.size_max) {
        smtp_tell(s, "takes messages of at most %lld bytes; this one has %zu", (long long)s->offer.size_max,
                  s->job->message_len);
        give_up(s);
        return;
    }
    smtp_say(s, SMTP_MAIL);
}

static void begin_auth(struct smtp *s)
{
    const struct smtp_offer *o = &s->offer;
    if (!s->over_tls && !s->job->authenticate_plainly) {
        smtp_tell(s, "was not told the password, as there is no TLS: set 'email.security' to 'starttls' or 'tls'");
        give_up(s);
    } else if (o->auth_plain) {
        smtp_say(s, smtp_plain_state(s));
    } else if (o->auth_login) {
        smtp_say(s, SMTP_AUTH_LOGIN);
    } else if (o->auth) {
        smtp_tell(s, "offers no way to sign in that edgecron knows: PLAIN and LOGIN, not %s",
                  o->mechanisms[0] ? o->mechanisms : "none");
        give_up(s);
    } else {
        smtp_tell(s,
                  "offers no way to sign in here: leave 'email.username' out, or use its port for submission (587 with "
                  "'starttls', 465 with 'tls')");
        give_up(s);
    }
}

static void hello_taken(struct smtp *s)
{
    if (s->job->starttls && !s->over_tls) {
        if (s->offer.starttls) {
            smtp_say(s, SMTP_STARTTLS);
            return;
        }
        smtp_tell(
            s, "does not offer STARTTLS, so nothing was sent: set 'email.security' to 'tls' (port 465), or to 'none' "
               "where the network is trusted");
        give_up(s);
    } else if (s->job->username) {
        begin_auth(s);
    } else {
        begin_mail(s);
    }
}

static void greeted(struct smtp *s)
{
    smtp_say(s, SMTP_EHLO);
}

/* Servers of long ago know HELO alone. */
static void ehlo_refused(struct smtp *s)
{
    if (s->code >= 500 && !s->job->starttls && !s->job->username)
        smtp_say(s, SMTP_HELO);
    else
        refused(s);
}

static void tls_agreed(struct smtp *s)
{
    s->state = SMTP_TLS;
    buf_wipe(&s->out);
    s->out_at = 0;
    smtp_reply_begin(&s->reply);
}

static void plain_asked(struct smtp *s)
{
    smtp_say(s, SMTP_AUTH_PLAIN);
}

static void user_asked(struct smtp *s)
{
    smtp_say(s, SMTP_AUTH_USER);
}

static void password_asked(struct smtp *s)
{
    smtp_say(s, SMTP_AUTH_PASSWORD);
}

static void next_recipient(struct smtp *s)
{
    if (++s->recipient < s->job->n_to) {
        smtp_say(s, SMTP_RCPT);
    } else if (s->taken > 0) {
        smtp_say(s, SMTP_DATA);
    } else {
        decide(s, OUTCOME_PROTOCOL, s->refused_for_now);
        say_goodbye(s);
    }
}

static void sender_taken(struct smtp *s)
{
    s->recipient = -1;
    next_recipient(s);
}

static void recipient_taken(struct smtp *s)
{
    s->taken++;
    next_recipient(s);
}

/* The first that was refused is told of. */
static void recipient_refused(struct smtp *s)
{
    if (s->code == 421) {
        refused(s);
        return;
    }
    if (s->refused++ == 0)
        smtp_tell_refused(s);
    s->refused_for_now = s->refused_for_now || s->code < 500;
    next_recipient(s);
}

static void data_wanted(struct smtp *s)
{
    smtp_say(s, SMTP_MESSAGE);
}

static void message_taken(struct smtp *s)
{
    if (s->refused > 0) {
        smtp_tell_some_refused(s);
        decide(s, OUTCOME_ASSERTION, s->refused_for_now);
    } else {
        decide(s, OUTCOME_NONE, false);
        s->detail[0] = '\0';
    }
    say_goodbye(s);
}

static const struct {
    int good; /* first digit of the reply that goes on */
    void (*then)(struct smtp *s);
    void (*otherwise)(struct smtp *s); /* a refusal (4yz, 5yz); NULL: refused */
} steps[SMTP_STATES] = {
    [SMTP_GREETING] = { 2, greeted, NULL },
    [SMTP_EHLO] = { 2, hello_taken, ehlo_refused },
    [SMTP_HELO] = { 2, begin_mail, NULL },
    [SMTP_STARTTLS] = { 2, tls_agreed, NULL },
    [SMTP_AUTH_PLAIN] = { 2, begin_mail, NULL },
    [SMTP_AUTH_PLAIN_LATER] = { 3, plain_asked, NULL },
    [SMTP_AUTH_LOGIN] = { 3, user_asked, NULL },
    [SMTP_AUTH_USER] = { 3, password_asked, NULL },
    [SMTP_AUTH_PASSWORD] = { 2, begin_mail, NULL },
    [SMTP_MAIL] = { 2, sender_taken, NULL },
    [SMTP_RCPT] = { 2, recipient_taken, recipient_refused },
    [SMTP_DATA] = { 3, data_wanted, NULL },
    [SMTP_MESSAGE] = { 2, message_taken, NULL },
};

static void reply_line(void *ctx, const char *text, size_t len)
{
    struct smtp *s = ctx;
    char who[8];
    snprintf(who, sizeof(who), "S: %d", s->reply.code % 1000);
    struct buf line buf_auto = BUF_SECRET(SMTP_LINE_MAX + 8);
    buf_char(&line, s->reply.whole ? ' ' : '-');
    buf_add(&line, text, len);
    smtp_note(s, who, buf_str(&line), line.len);
    if (s->text.len > 0)
        buf_char(&s->text, ' ');
    buf_add(&s->text, text, len);
    if (s->state == SMTP_EHLO && s->reply.lines > 1 && s->reply.code == 250)
        smtp_note_offer(s, text, len);
}

/* A reply to what was not said (yet) may be a refusal all the same: "421 shutting down". Anything else is one that we did not ask for. */
static void unasked(struct smtp *s)
{
    if (s->code >= 400) {
        smtp_tell_refused(s);
        end_at_once(s, s->code < 500);
    } else {
        smtp_tell(s, "sent a reply that was not asked for: %d", s->code);
        end_at_once(s, false);
    }
}

static void take_reply(struct smtp *s)
{
    if (s->state == SMTP_QUIT) {
        s->state = SMTP_ENDED;
        return;
    }
    s->code = s->reply.code;
    if (s->early) {
        unasked(s);
    } else if (s->code / 100 == steps[s->state].good) {
        steps[s->state].then(s);
    } else if (s->code >= 400) {
        (steps[s->state].otherwise ? steps[s->state].otherwise : refused)(s);
    } else {
        smtp_tell(s, "sent %d where %s was expected", s->code, smtp_awaited(s));
        end_at_once(s, false);
    }
}

/* An octet in the clear that a TLS session could be made to begin with (CVE-2021-38371 and its kin): somebody in between may have put it there. */
static void tampered(struct smtp *s)
{
    smtp_tell(s, "sent something in the clear after it agreed to TLS: somebody in between may have put it there, so "
                 "nothing was sent");
    end_at_once(s, false);
}

/* What came is none. After QUIT it matters no more. */
static void no_reply(struct smtp *s, const struct err *e)
{
    struct buf why buf_auto = BUF_SECRET(600);
    if (s->state == SMTP_QUIT) {
        s->state = SMTP_ENDED;
        return;
    }
    smtp_clean(s, e->text, strlen(e->text), 300, &why);
    smtp_tell(s, "does not speak SMTP as it should: %s", buf_str(&why));
    end_at_once(s, false);
}

void smtp_received(struct smtp *s, const char *data, size_t len)
{
    struct err e;
    while (len > 0 && s->state != SMTP_ENDED) {
        if (s->state == SMTP_TLS) {
            tampered(s);
            return;
        }
        s->early = s->early || s->out_at < s->out.len;
        int64_t used = smtp_reply_feed(&s->reply, data, len, reply_line, s, &e);
        if (used < 0) {
            no_reply(s, &e);
            return;
        }
        data += used;
        len -= (size_t)used;
        if (s->reply.whole)
            take_reply(s);
    }
}

void smtp_closed(struct smtp *s)
{
    char phase[120];
    if (s->state == SMTP_ENDED)
        return;
    if (s->state == SMTP_QUIT) {
        s->state = SMTP_ENDED;
        return;
    }
    smtp_phase(s, phase, sizeof(phase));
    smtp_tell(s, "closed the connection (%s)%s", phase, s->message_sent ? ": it may have taken the message" : "");
    end_at_once(s, true);
}

void smtp_tls_started(struct smtp *s)
{
    if (s->state != SMTP_TLS)
        return;
    s->over_tls = true;
    s->offer = (struct smtp_offer){ 0 }; /* what was said in the clear does not count */
    smtp_say(s, SMTP_EHLO);
}

enum smtp_want smtp_want(const struct smtp *s)
{
    if (s->state == SMTP_ENDED)
        return SMTP_DONE;
    if (s->state == SMTP_TLS)
        return SMTP_START_TLS;
    return s->out_at < s->out.len ? SMTP_SEND : SMTP_RECEIVE;
}

const char *smtp_out(const struct smtp *s, size_t *ret_len)
{
    *ret_len = s->out.len - s->out_at;
    return buf_str(&s->out) + s->out_at;
}

void smtp_sent(struct smtp *s, size_t len)
{
    s->out_at += len < s->out.len - s->out_at ? len : s->out.len - s->out_at;
    if (s->out_at < s->out.len)
        return;
    if (s->state == SMTP_MESSAGE)
        s->message_sent = true;
    buf_wipe(&s->out);
    s->out_at = 0;
}

/* What may stand in a command: nothing that ends it. */
static bool is_sendable(const char *text)
{
    if (!*text || strlen(text) > ADDRESS_MAX)
        return false;
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || (unsigned char)*text >= 0x7f || *text == '<' || *text == '>')
            return false;
    return true;
}

static void check_job(struct smtp *s)
{
    bool fine = is_sendable(s->job->hello) && is_sendable(s->job->from) && s->job->n_to > 0;
    for (int i = 0; fine && i < s->job->n_to; i++)
        fine = is_sendable(s->job->to[i]);
    if (!fine) {
        smtp_tell(s, "was told nothing: an address of the message has a character that cannot be sent");
        end_at_once(s, false);
    }
}

struct smtp *smtp_new(const struct smtp_job *j)
{
    struct smtp *s = mem_alloc(sizeof(*s));
    s->job = j;
    s->text = BUF_SECRET(TEXT_MAX);
    /* the longest of what is sent at once: the message with every octet doubled, or credentials */
    s->out =
        BUF_SECRET(2 * j->message_len + 4096 + (j->username ? 2 * (strlen(j->username) + strlen(j->password)) : 0));
    s->transcript = BUF_SECRET(SMTP_TRANSCRIPT_MAX);
    if (j->password && j->password[0])
        s->masks = redactor_new(&(struct redact_value){ "password", j->password, strlen(j->password) }, 1);
    smtp_reply_begin(&s->reply);
    check_job(s);
    return s;
}

void smtp_free(struct smtp *s)
{
    if (!s)
        return;
    redactor_free(s->masks);
    buf_wipe(&s->text);
    buf_wipe(&s->out);
    buf_wipe(&s->transcript);
    mem_wipe(s, sizeof(*s));
    mem_free(s);
}

bool smtp_decided(const struct smtp *s)
{
    return s->state >= SMTP_QUIT;
}

enum outcome smtp_outcome(const struct smtp *s)
{
    return s->outcome;
}

const char *smtp_detail(const struct smtp *s)
{
    return s->detail;
}

bool smtp_temporary(const struct smtp *s)
{
    return s->temporary;
}

bool smtp_message_sent(const struct smtp *s)
{
    return s->message_sent;
}

int smtp_code(const struct smtp *s)
{
    return s->code;
}

const char *smtp_transcript(const struct smtp *s)
{
    return buf_str(&s->transcript);
}
