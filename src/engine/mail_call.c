#include "engine/mail_call.h"

#include "core/channel_letter.h"
#include "core/channel_verdict.h"
#include "engine/flight.h"
#include "engine/watch.h"

#include <stdio.h>
#include <string.h>

#define MESSAGE_SIZE_MAX (256 * 1024)
#define CREDENTIAL_MAX 4096
#define TAKEN 250 /* of a recipient's copy (RFC 5321) */

struct mail_call {
    struct smtp_call smtp;
    struct buf message, password;
    const char **to;
};

static const struct channel_mail *mail_of(const struct call *c)
{
    return &c->flight->spec->channel->channel.mail;
}

/* --- the message ------------------------------------------------------------------------------------------------- */

/* For history: the fields, and the text as it was before it was encoded. */
static void show(struct call *c, const struct mail_message *m, const struct buf *message)
{
    const char *text = buf_str(message), *end = strstr(text, "\r\n\r\n");
    buf_str_add(&c->out.masked_url, c->flight->spec->record->job.request.url);
    for (const char *p = text; p < (end ? end : text + message->len); p++)
        if (*p != '\r')
            buf_char(&c->out.masked_headers, *p);
    buf_char(&c->out.masked_headers, '\n');
    buf_str_add(&c->out.masked_body, m->text);
}

static void write_message(struct call *c, struct mail_call *m)
{
    struct mail_message letter;
    const struct flight *f = c->flight;
    channel_message(&f->spec->channel->channel, &c->notice, f->id, watch_host(f->engine), c->notice.at, c->arena,
                    &letter);
    mail_write(&letter, &m->message);
    show(c, &letter, &m->message);
    m->to = arena_alloc(c->arena, (size_t)letter.n_to * sizeof *m->to + 1);
    for (int i = 0; i < letter.n_to; i++)
        m->to[i] = letter.to[i].address;
    m->smtp.job.from = letter.from.address;
    m->smtp.job.to = m->to;
    m->smtp.job.n_to = letter.n_to;
    m->smtp.job.message = buf_str(&m->message);
    m->smtp.job.message_len = m->message.len;
}

/* The password is a template; a secret that is bound to a target may not go to a mail server. */
static int render_password(struct call *c, struct mail_call *m, struct err *e)
{
    const struct channel_mail *mail = mail_of(c);
    const struct template_values v = { .now = clock_wall(),
                                       .run_id = c->flight->id,
                                       .scheduled_for = c->flight->scheduled_for,
                                       .trigger = trigger_name(c->flight->trigger),
                                       .attempt = c->flight->attempt,
                                       .job_name = c->flight->spec->record->job.name,
                                       .secret = carried_value,
                                       .ctx = &c->carried };
    struct url to = { .tls = mail->security != MAIL_PLAIN, .port = (uint16_t)mail->port, .path = "" };
    if (!mail->username)
        return 0;
    snprintf(to.host, sizeof to.host, "%s", mail->host);
    int rc = template_render(mail->password ? mail->password : "", TEMPLATE_TEXT, &v, &m->password, NULL, e);
    m->smtp.job.username = mail->username;
    m->smtp.job.password = buf_str(&m->password);
    return rc ? rc : carried_check(&c->carried, NULL, &to, e);
}

/* --- the call ---------------------------------------------------------------------------------------------------- */

/* What is refused for good is not sent again. A recipient that was put off is worth a repetition to those who have it: with the same Message-ID. */
static void conclude(struct call *c, const struct smtp_call *s)
{
    const struct channel *to = &c->flight->spec->channel->channel;
    bool refused = s->outcome == OUTCOME_PROTOCOL || s->outcome == OUTCOME_ASSERTION;
    if (s->outcome == OUTCOME_CANCELED && c->flight->cancel) {
        c->outcome = OUTCOME_CANCELED;
        buf_str_add(&c->message, c->flight->cancel_why);
    } else if (s->outcome != OUTCOME_NONE) {
        c->outcome = s->outcome;
        c->final = refused && !s->temporary;
        channel_explain(s->outcome, to, to->mail.host, s->detail, &c->message);
    } else {
        c->outcome = OUTCOME_OK;
        carried_answered(&c->carried, TAKEN, to->mail.host, clock_wall());
    }
}

static void done(struct smtp_call *s)
{
    struct call *c = s->ctx;
    struct http_call *h = &c->http;
    conclude(c, s);
    mem_wipe(s->detail, sizeof s->detail);
    h->timing = s->timing;
    h->sent = s->sent;
    h->peer = s->peer;
    memcpy(h->remote_address, s->remote_address, sizeof h->remote_address);
    h->response_body = s->transcript; /* freed with the call */
    h->body_size = (int64_t)s->transcript.len;
    s->transcript = BUF_INIT(0);
    flight_called(c->flight->engine, c->flight, c);
}

void mail_call_start(struct engine *g, struct call *c)
{
    const struct job *j = &c->flight->spec->record->job;
    const struct channel_mail *mail = mail_of(c);
    struct err e = { 0 };
    struct mail_call *m = c->mail = mem_alloc(sizeof *m);
    m->message = BUF_INIT(MESSAGE_SIZE_MAX);
    m->password = BUF_SECRET(CREDENTIAL_MAX);
    write_message(c, m);
    int rc = m->message.full ? err_set(&e, ERR_TOO_LARGE, "it is longer than %d bytes", MESSAGE_SIZE_MAX)
                             : render_password(c, m, &e);
    if (rc) {
        c->outcome = call_refusal(rc);
        channel_explain(c->outcome, &c->flight->spec->channel->channel, mail->host, e.text, &c->message);
        return;
    }
    struct smtp_call *s = &m->smtp;
    s->tls = mail->security == MAIL_TLS;
    s->job.starttls = mail->security == MAIL_STARTTLS;
    s->host = mail->host;
    s->port = (uint16_t)mail->port;
    s->tls_options = &c->target->tls;
    s->allowed = c->target->allowed;
    s->n_allowed = c->target->n_allowed;
    s->connect_timeout_ms = j->connect_timeout_ms;
    s->timeout_ms = j->timeout_ms;
    s->done = done;
    s->ctx = c;
    carried_sent(&c->carried, c->sent_at);
    smtp_submit(g->http, s);
}

void mail_call_cancel(struct call *c)
{
    smtp_cancel(&c->mail->smtp);
}

void mail_call_free(struct call *c)
{
    if (!c->mail)
        return;
    smtp_call_clear(&c->mail->smtp);
    buf_free(&c->mail->message);
    buf_free(&c->mail->password);
    mem_free(c->mail);
}
