/* smtp_state.h - what one SMTP session of smtp.h is made of; between smtp.c (which state comes after which), smtp_command.c (what is sent in each) and
 * smtp_words.c (how its end is told). */
#ifndef EDGECRON_CORE_SMTP_STATE_H
#define EDGECRON_CORE_SMTP_STATE_H

#include "core/redact.h"
#include "core/smtp.h"
#include "core/smtp_reply.h"

#define SMTP_DETAIL_MAX 512

enum smtp_state {
    SMTP_GREETING,
    SMTP_EHLO,
    SMTP_HELO,
    SMTP_STARTTLS,
    SMTP_TLS, /* the caller makes TLS */
    SMTP_AUTH_PLAIN,
    SMTP_AUTH_PLAIN_LATER, /* credentials that are too long for the command's line */
    SMTP_AUTH_LOGIN,
    SMTP_AUTH_USER,
    SMTP_AUTH_PASSWORD,
    SMTP_MAIL,
    SMTP_RCPT,
    SMTP_DATA,
    SMTP_MESSAGE,
    SMTP_QUIT,
    SMTP_ENDED,
    SMTP_STATES
};

/* What EHLO was answered. */
struct smtp_offer {
    bool starttls, auth, auth_plain, auth_login, size;
    int64_t size_max; /* 0: no limit is known */
    char mechanisms[120];
};

struct smtp {
    const struct smtp_job *job;
    enum smtp_state state;
    struct smtp_reply reply;
    struct buf text; /* of the reply, its lines joined */
    bool early;      /* the reply began before what it answers was sent */
    struct buf out;  /* being sent, wiped as soon as it was */
    size_t out_at;
    struct smtp_offer offer;
    bool over_tls;
    int recipient;        /* being asked for */
    int taken, refused;   /* recipients */
    bool refused_for_now; /* at least one of them with a 4yz reply */
    bool temporary, message_sent;
    int code;
    enum outcome outcome;
    char detail[SMTP_DETAIL_MAX];
    struct redactor *masks; /* NULL without a password */
    struct buf transcript;
};

/* smtp_offer.c */
void smtp_note_offer(struct smtp *s, const char *text,
                     size_t len); /* a line of EHLO's answer: a keyword and its parameters */

/* smtp_command.c */
void smtp_say(struct smtp *s, enum smtp_state next);    /* puts what belongs to `next` into out and goes there */
enum smtp_state smtp_plain_state(const struct smtp *s); /* the first of AUTH PLAIN, by the length of the credentials */
void smtp_note(struct smtp *s, const char *who, const char *text, size_t len); /* a line of the transcript */

/* smtp_words.c: each fills detail. */
const char *smtp_host(const struct smtp *s);
void smtp_tell_refused(struct smtp *s);      /* the reply that just came refuses what the state asked for */
void smtp_tell_some_refused(struct smtp *s); /* detail: of the first recipient that was refused */
const char *smtp_awaited(const struct smtp *s);
void smtp_tell(struct smtp *s, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* "HOST " and that */
/* At most `most` octets, cut between characters, as UTF-8 without control characters or the password. */
void smtp_clean(const struct smtp *s, const char *text, size_t len, size_t most, struct buf *out);

#endif
