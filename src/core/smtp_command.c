/* smtp_command.c - what is said in each state; see smtp_state.h. */
#include "core/smtp_state.h"

#include "base/crypto.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

#define INITIAL_MAX 490 /* octets of credentials that fit into the line of AUTH PLAIN (RFC 5321: 512) */
#define NOTE_MAX 300    /* octets of a line in the transcript */

void smtp_note(struct smtp *s, const char *who, const char *text, size_t len)
{
    struct buf line buf_auto = BUF_INIT(2 * NOTE_MAX);
    buf_str_add(&line, who);
    smtp_clean(s, text, len, NOTE_MAX, &line);
    buf_char(&line, '\n');
    buf_add(&s->transcript, buf_str(&line), line.len);
}

static void add_base64(struct buf *out, const char *data, size_t len)
{
    char *room = buf_reserve(out, (len + 2) / 3 * 4 + 1);
    if (!room)
        return;
    crypto_base64(data, len, room);
    out->len += (len + 2) / 3 * 4;
}

/* NUL, user, NUL, password (RFC 4616). */
static void add_plain(struct smtp *s)
{
    struct buf plain = BUF_SECRET(16384);
    buf_char(&plain, '\0');
    buf_str_add(&plain, s->job->username);
    buf_char(&plain, '\0');
    buf_str_add(&plain, s->job->password);
    add_base64(&s->out, buf_str(&plain), plain.len);
    buf_wipe(&plain);
}

static size_t plain_len(const struct smtp *s)
{
    return (strlen(s->job->username) + strlen(s->job->password) + 2 + 2) / 3 * 4;
}

static void say_ehlo(struct smtp *s)
{
    buf_printf(&s->out, "EHLO %s\r\n", s->job->hello);
}

static void say_helo(struct smtp *s)
{
    buf_printf(&s->out, "HELO %s\r\n", s->job->hello);
}

static void say_starttls(struct smtp *s)
{
    buf_str_add(&s->out, "STARTTLS\r\n");
}

static void say_plain(struct smtp *s)
{
    if (s->state != SMTP_AUTH_PLAIN_LATER)
        buf_str_add(&s->out, "AUTH PLAIN ");
    add_plain(s);
    buf_str_add(&s->out, "\r\n");
}

static void say_plain_later(struct smtp *s)
{
    buf_str_add(&s->out, "AUTH PLAIN\r\n");
}

static void say_login(struct smtp *s)
{
    buf_str_add(&s->out, "AUTH LOGIN\r\n");
}

static void say_user(struct smtp *s)
{
    add_base64(&s->out, s->job->username, strlen(s->job->username));
    buf_str_add(&s->out, "\r\n");
}

static void say_password(struct smtp *s)
{
    add_base64(&s->out, s->job->password, strlen(s->job->password));
    buf_str_add(&s->out, "\r\n");
}

static void say_mail(struct smtp *s)
{
    buf_printf(&s->out, "MAIL FROM:<%s>", s->job->from);
    if (s->offer.size)
        buf_printf(&s->out, " SIZE=%zu", s->job->message_len);
    buf_str_add(&s->out, "\r\n");
}

static void say_rcpt(struct smtp *s)
{
    buf_printf(&s->out, "RCPT TO:<%s>\r\n", s->job->to[s->recipient]);
}

static void say_data(struct smtp *s)
{
    buf_str_add(&s->out, "DATA\r\n");
}

/* Lines that begin with a dot get another (RFC 5321, 4.5.2). Line ends other than CRLF become CRLF: what a server makes of others is its own. */
static void say_message(struct smtp *s)
{
    const char *at = s->job->message, *end = at + s->job->message_len;
    while (at < end) {
        const char *stop = at;
        while (stop < end && *stop != '\r' && *stop != '\n')
            stop++;
        if (*at == '.')
            buf_char(&s->out, '.');
        buf_add(&s->out, at, (size_t)(stop - at));
        buf_str_add(&s->out, "\r\n");
        if (stop < end)
            stop += stop[0] == '\r' && stop + 1 < end && stop[1] == '\n' ? 2 : 1;
        at = stop;
    }
    buf_str_add(&s->out, ".\r\n");
}

static void say_quit(struct smtp *s)
{
    buf_str_add(&s->out, "QUIT\r\n");
}

/* What is sent on entering a state; `shown` stands in the transcript in its place where it is a credential. */
static const struct {
    void (*say)(struct smtp *s);
    const char *shown;
} commands[SMTP_STATES] = {
    [SMTP_EHLO] = { say_ehlo, NULL },
    [SMTP_HELO] = { say_helo, NULL },
    [SMTP_STARTTLS] = { say_starttls, NULL },
    [SMTP_AUTH_PLAIN] = { say_plain, "AUTH PLAIN ****" },
    [SMTP_AUTH_PLAIN_LATER] = { say_plain_later, NULL },
    [SMTP_AUTH_LOGIN] = { say_login, NULL },
    [SMTP_AUTH_USER] = { say_user, "****" },
    [SMTP_AUTH_PASSWORD] = { say_password, "****" },
    [SMTP_MAIL] = { say_mail, NULL },
    [SMTP_RCPT] = { say_rcpt, NULL },
    [SMTP_DATA] = { say_data, NULL },
    [SMTP_MESSAGE] = { say_message, NULL },
    [SMTP_QUIT] = { say_quit, NULL },
};

static void note_command(struct smtp *s, enum smtp_state next)
{
    const char *shown = commands[next].shown;
    char message[48];
    if (next == SMTP_MESSAGE) {
        snprintf(message, sizeof(message), "(message of %zu octets)", s->job->message_len);
        smtp_note(s, "C: ", message, strlen(message));
    } else if (shown)
        smtp_note(s, "C: ", shown, strlen(shown));
    else
        smtp_note(s, "C: ", buf_str(&s->out), s->out.len - 2);
}

void smtp_say(struct smtp *s, enum smtp_state next)
{
    buf_wipe(&s->out);
    s->out_at = 0;
    commands[next].say(s);
    note_command(s, next);
    s->state = next;
    smtp_reply_begin(&s->reply);
    buf_clear(&s->text);
    s->early = false;
}

enum smtp_state smtp_plain_state(const struct smtp *s)
{
    return plain_len(s) <= INITIAL_MAX ? SMTP_AUTH_PLAIN : SMTP_AUTH_PLAIN_LATER;
}
