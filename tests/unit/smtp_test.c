#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/smtp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Sessions as a server saw them: what we say after each of its replies, which it gives in any pieces.
 *
 * A line of a session is what the server sends; "C" before it is what we are to have said by then, all of it. "TLS": TLS begins; "END": the server closes. */
#define MAX_STEPS 24
struct session {
    const char *name;
    int flags; /* STARTTLS, AUTH, TRUSTED (authenticate_plainly), TWO (recipients) */
    const char *steps[MAX_STEPS];
    enum outcome outcome;
    const char *detail; /* "": none; else what it holds */
    int code;
    bool temporary, sent;
};
#define STARTTLS 1
#define AUTH 2
#define TRUSTED 4
#define TWO 8
#define LONG_PASSWORD 16

static const char *const recipients[] = { "ops@example.com", "night@example.com" };
static const char message[] = "Subject: x\r\n\r\none\r\n.two\r\n..\r\nthree\r\n";
#define MESSAGE "CSubject: x\r\n\r\none\r\n..two\r\n...\r\nthree\r\n.\r\n"

#define GREETING "220 mail.example.com ESMTP\r\n"
#define EHLO "CEHLO cron.example.com\r\n"
#define OFFER "250-mail.example.com\r\n250-SIZE 1000\r\n250-AUTH PLAIN LOGIN CRAM-MD5\r\n250 HELP\r\n"
#define BARE "250 mail.example.com\r\n"
#define MAIL "CMAIL FROM:<edgecron@example.com>\r\n"
#define MAIL_SIZE "CMAIL FROM:<edgecron@example.com> SIZE=36\r\n"
#define RCPT "CRCPT TO:<ops@example.com>\r\n"
#define RCPT_2 "CRCPT TO:<night@example.com>\r\n"
#define OK "250 2.0.0 ok\r\n"
#define DATA "CDATA\r\n"
#define GO "354 go on\r\n"
#define QUIT "CQUIT\r\n"
#define BYE "221 bye\r\n"
#define PLAIN "CAUTH PLAIN AGVkZ2Vjcm9uAHMzY3JldC1wYXNzd29yZA==\r\n"
#define REST MAIL, OK, RCPT, OK, DATA, GO, MESSAGE, OK, QUIT, BYE
#define REST_SIZE MAIL_SIZE, OK, RCPT, OK, DATA, GO, MESSAGE, OK, QUIT, BYE

static const struct session sessions[] = {
    { "plain", 0, { GREETING, EHLO, BARE, REST }, OUTCOME_NONE, "", 250, false, true },
    { "no answer to QUIT",
      0,
      { GREETING, EHLO, BARE, MAIL, OK, RCPT, OK, DATA, GO, MESSAGE, OK, QUIT, "END" },
      OUTCOME_NONE,
      "",
      250,
      false,
      true },
    { "nonsense after QUIT",
      0,
      { GREETING, EHLO, BARE, MAIL, OK, RCPT, OK, DATA, GO, MESSAGE, OK, QUIT, "%$&\r\n" },
      OUTCOME_NONE,
      "",
      250,
      false,
      true },
    { "long greeting", 0, { "220-a\r\n220-\r\n220\r\n", EHLO, BARE, REST }, OUTCOME_NONE, "", 250, false, true },
    { "old server",
      0,
      { GREETING, EHLO, "502 5.5.1 unknown\r\n", "CHELO cron.example.com\r\n", "250 hi\r\n", REST },
      OUTCOME_NONE,
      "",
      250,
      false,
      true },
    { "signed in by PLAIN",
      AUTH | TRUSTED,
      { GREETING, EHLO, OFFER, PLAIN, "235 2.7.0 in\r\n", REST_SIZE },
      OUTCOME_NONE,
      "",
      250,
      false,
      true },
    { "signed in by LOGIN",
      AUTH | TRUSTED,
      { GREETING, EHLO, "250-x\r\n250 auth=login\r\n", "CAUTH LOGIN\r\n", "334 VXNlcm5hbWU6\r\n", "CZWRnZWNyb24=\r\n",
        "334 UGFzc3dvcmQ6\r\n", "CczNjcmV0LXBhc3N3b3Jk\r\n", "235 in\r\n", REST },
      OUTCOME_NONE,
      "",
      250,
      false,
      true },
    { "STARTTLS",
      STARTTLS | AUTH,
      { GREETING, EHLO, "250-x\r\n250-AUTH LOGIN\r\n250 STARTTLS\r\n", "CSTARTTLS\r\n", "220 go ahead\r\n", "TLS", EHLO,
        OFFER, PLAIN, "235 in\r\n", REST_SIZE },
      OUTCOME_NONE,
      "",
      250,
      false,
      true },
    { "offers in the clear are forgotten",
      STARTTLS | AUTH,
      { GREETING, EHLO, "250-x\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n", "CSTARTTLS\r\n", "220 go ahead\r\n", "TLS", EHLO,
        "250 x\r\n", QUIT, BYE },
      OUTCOME_PROTOCOL,
      "offers no way to sign in here",
      250,
      false,
      false },
    { "two recipients",
      TWO,
      { GREETING, EHLO, BARE, MAIL, OK, RCPT, OK, RCPT_2, "251 forwarded\r\n", DATA, GO, MESSAGE, OK, QUIT, BYE },
      OUTCOME_NONE,
      "",
      250,
      false,
      true },
    { "one of two",
      TWO,
      { GREETING, EHLO, BARE, MAIL, OK, RCPT, "550 5.1.1 User unknown\r\n", RCPT_2, OK, DATA, GO, MESSAGE, OK, QUIT,
        BYE },
      OUTCOME_ASSERTION,
      "mail.example.com took the message for 1 of 2 recipients and refused the recipient <ops@example.com>: 550 5.1.1 "
      "User unknown (there is "
      "no such mailbox: check 'email.to')",
      250,
      false,
      true },
    { "one of two for now",
      TWO,
      { GREETING, EHLO, BARE, MAIL, OK, RCPT, OK, RCPT_2, "450 4.2.0 greylisted\r\n", DATA, GO, MESSAGE, OK, QUIT,
        BYE },
      OUTCOME_ASSERTION,
      "for 1 of 2 recipients and refused the recipient <night@example.com>: 450",
      250,
      true,
      true },
    { "none of two",
      TWO,
      { GREETING, EHLO, BARE, MAIL, OK, RCPT, "550 5.7.1 Relaying denied\r\n", RCPT_2, "450 later\r\n", QUIT, BYE },
      OUTCOME_PROTOCOL,
      "refused the recipient <ops@example.com>: 550 5.7.1 Relaying denied (it passes no mail on for us",
      450,
      true,
      false },
    { "lines joined",
      0,
      { GREETING, EHLO, BARE, MAIL, "550-5.7.26 no\r\n550-\r\n550 really\r\n", QUIT, BYE },
      OUTCOME_PROTOCOL,
      "mail.example.com refused the sender <edgecron@example.com>: 550 5.7.26 no  really (check 'email.from'",
      550,
      false,
      false },
    { "no greeting",
      0,
      { "END" },
      OUTCOME_PROTOCOL,
      "mail.example.com closed the connection (waiting for the greeting)",
      0,
      true,
      false },
    { "half a greeting",
      0,
      { "220-hello\r\n220", "END" },
      OUTCOME_PROTOCOL,
      "closed the connection (in the middle of the greeting)",
      0,
      true,
      false },
    { "greeting 554",
      0,
      { "554 5.7.1 no service for you\r\n", QUIT, BYE },
      OUTCOME_PROTOCOL,
      "refused the connection: 554 5.7.1 no service for you (it does not talk to this machine",
      554,
      false,
      false },
    { "greeting 421",
      0,
      { "421 too busy\r\n" },
      OUTCOME_PROTOCOL,
      "refused the connection: 421 too busy (it is not available now: try later)",
      421,
      true,
      false },
    { "greeting 354",
      0,
      { "354 huh\r\n" },
      OUTCOME_PROTOCOL,
      "sent 354 where the greeting was expected",
      354,
      false,
      false },
    { "not SMTP",
      0,
      { "HTTP/1.1 400 Bad Request\r\n" },
      OUTCOME_PROTOCOL,
      "'HTTP/1.1 400 Bad Request' is no reply of SMTP",
      0,
      false,
      false },
    { "SSH",
      0,
      { "SSH-2.0-OpenSSH_9.2\r\n" },
      OUTCOME_PROTOCOL,
      "'SSH-2.0-OpenSSH_9.2' is no reply of SMTP",
      0,
      false,
      false },
    { "codes that differ",
      0,
      { GREETING, EHLO, "250-a\r\n251 b\r\n" },
      OUTCOME_PROTOCOL,
      "different codes: 250 and 251",
      220,
      false,
      false },
    { "LF alone", 0, { "220 a\n" }, OUTCOME_PROTOCOL, "ends with LF alone", 0, false, false },
    { "CR alone", 0, { "220 a\rb\r\n" }, OUTCOME_PROTOCOL, "a CR that is no end", 0, false, false },
    { "a code too high", 0, { "600 a\r\n" }, OUTCOME_PROTOCOL, "'600 a' is no reply of SMTP", 0, false, false },
    { "a code too low", 0, { "199 a\r\n" }, OUTCOME_PROTOCOL, "'199 a' is no reply of SMTP", 0, false, false },
    { "a code too long", 0, { "2200 a\r\n" }, OUTCOME_PROTOCOL, "'2200 a' is no reply of SMTP", 0, false, false },
    { "an empty line", 0, { "\r\n" }, OUTCOME_PROTOCOL, "'' is no reply of SMTP", 0, false, false },
    { "no STARTTLS",
      STARTTLS | AUTH,
      { GREETING, EHLO, OFFER, QUIT, BYE },
      OUTCOME_PROTOCOL,
      "mail.example.com does not offer STARTTLS, so nothing was sent",
      250,
      false,
      false },
    { "STARTTLS refused",
      STARTTLS,
      { GREETING, EHLO, "250-x\r\n250 STARTTLS\r\n", "CSTARTTLS\r\n", "454 4.7.0 not now\r\n", QUIT, BYE },
      OUTCOME_PROTOCOL,
      "refused STARTTLS: 454 4.7.0 not now (its TLS does not work: nothing was sent in the clear)",
      454,
      true,
      false },
    { "injected before TLS",
      STARTTLS,
      { GREETING, EHLO, "250-x\r\n250 STARTTLS\r\n", "CSTARTTLS\r\n", "220 go ahead\r\n250 injected\r\n" },
      OUTCOME_PROTOCOL,
      "in the clear after it agreed to TLS",
      220,
      false,
      false },
    { "an octet before TLS",
      STARTTLS,
      { GREETING, EHLO, "250-x\r\n250 STARTTLS\r\n", "CSTARTTLS\r\n", "220 go ahead\r\n2" },
      OUTCOME_PROTOCOL,
      "in the clear after it agreed to TLS",
      220,
      false,
      false },
    { "no password without TLS",
      AUTH,
      { GREETING, EHLO, OFFER, QUIT, BYE },
      OUTCOME_PROTOCOL,
      "was not told the password, as there is no TLS",
      250,
      false,
      false },
    { "wrong password",
      AUTH | TRUSTED,
      { GREETING, EHLO, OFFER, PLAIN, "535 5.7.8 bad credentials\r\n", QUIT, BYE },
      OUTCOME_PROTOCOL,
      "refused the sign-in: 535 5.7.8 bad credentials (user name or password is wrong: check 'email.username' and the "
      "secret "
      "of 'email.password')",
      535,
      false,
      false },
    { "a password that is echoed",
      AUTH | TRUSTED,
      { GREETING, EHLO, OFFER, PLAIN,
        "535 not 's3cret-password' (czNjcmV0LXBhc3N3b3Jk, AGVkZ2Vjcm9uAHMzY3JldC1wYXNzd29yZA==)\r\n", QUIT, BYE },
      OUTCOME_PROTOCOL,
      "refused the sign-in: 535 not '[redacted:password]' (",
      535,
      false,
      false },
    { "no mechanism of ours",
      AUTH | TRUSTED,
      { GREETING, EHLO, "250-x\r\n250 AUTH CRAM-MD5 XOAUTH2\r\n", QUIT, BYE },
      OUTCOME_PROTOCOL,
      "no way to sign in that edgecron knows: PLAIN and LOGIN, not CRAM-MD5 XOAUTH2",
      250,
      false,
      false },
    { "passwords cannot be checked",
      AUTH | TRUSTED,
      { GREETING, EHLO, OFFER, PLAIN, "454 4.7.0 later\r\n", QUIT, BYE },
      OUTCOME_PROTOCOL,
      "it cannot check passwords now",
      454,
      true,
      false },
    { "long credentials",
      AUTH | TRUSTED | LONG_PASSWORD,
      { GREETING, EHLO, OFFER, "CAUTH PLAIN\r\n", "535 no\r\n", QUIT, BYE },
      OUTCOME_PROTOCOL,
      "refused the sign-in: 535 no",
      535,
      false,
      false },
    { "must sign in",
      0,
      { GREETING, EHLO, BARE, MAIL, "530 5.7.0 Authentication required\r\n", QUIT, BYE },
      OUTCOME_PROTOCOL,
      "(it wants us to sign in: set 'email.username' and 'email.password')",
      530,
      false,
      false },
    { "must use TLS",
      0,
      { GREETING, EHLO, BARE, MAIL, "530 5.7.0 Must issue a STARTTLS command first\r\n", QUIT, BYE },
      OUTCOME_PROTOCOL,
      "(it wants TLS first: set 'email.security' to 'starttls')",
      530,
      false,
      false },
    { "too large",
      0,
      { GREETING, EHLO, "250-x\r\n250 SIZE 35\r\n", QUIT, BYE },
      OUTCOME_PROTOCOL,
      "takes messages of at most 35 bytes; this one has 36",
      250,
      false,
      false },
    { "just not too large",
      0,
      { GREETING, EHLO, "250-x\r\n250 SIZE 36\r\n", REST_SIZE },
      OUTCOME_NONE,
      "",
      250,
      false,
      true },
    { "size without a limit",
      0,
      { GREETING, EHLO, "250-x\r\n250 size\r\n", REST_SIZE },
      OUTCOME_NONE,
      "",
      250,
      false,
      true },
    { "552 after MAIL",
      0,
      { GREETING, EHLO, BARE, MAIL, "552 5.3.4 too big\r\n", QUIT, BYE },
      OUTCOME_PROTOCOL,
      "the message is too large",
      552,
      false,
      false },
    { "greylisting",
      0,
      { GREETING, EHLO, BARE, MAIL, OK, RCPT, "451 4.7.1 Greylisting in action\r\n", QUIT, BYE },
      OUTCOME_PROTOCOL,
      "(greylisting: it takes the message when it is tried again later)",
      451,
      true,
      false },
    { "full mailbox",
      0,
      { GREETING, EHLO, BARE, MAIL, OK, RCPT, "452 4.2.2 over quota\r\n", QUIT, BYE },
      OUTCOME_PROTOCOL,
      "(the mailbox is full)",
      452,
      true,
      false },
    { "421 at a recipient",
      TWO,
      { GREETING, EHLO, BARE, MAIL, OK, RCPT, "421 going down\r\n" },
      OUTCOME_PROTOCOL,
      "refused the recipient <ops@example.com>: 421 going down (it is not available now",
      421,
      true,
      false },
    { "DATA refused",
      0,
      { GREETING, EHLO, BARE, MAIL, OK, RCPT, OK, DATA, "554 no\r\n", QUIT, BYE },
      OUTCOME_PROTOCOL,
      "refused to take the message: 554 no",
      554,
      false,
      false },
    { "DATA answered with 250",
      0,
      { GREETING, EHLO, BARE, MAIL, OK, RCPT, OK, DATA, "250 ok\r\n" },
      OUTCOME_PROTOCOL,
      "sent 250 where an answer to DATA was expected",
      250,
      false,
      false },
    { "message refused",
      0,
      { GREETING, EHLO, BARE, MAIL, OK, RCPT, OK, DATA, GO, MESSAGE, "554 5.7.1 spam\r\n", QUIT, BYE },
      OUTCOME_PROTOCOL,
      "refused the message: 554 5.7.1 spam (check 'email.from' and what its domain says",
      554,
      false,
      true },
    { "message refused for now",
      0,
      { GREETING, EHLO, BARE, MAIL, OK, RCPT, OK, DATA, GO, MESSAGE, "451 later\r\n", QUIT, BYE },
      OUTCOME_PROTOCOL,
      "refused the message: 451 later (try later)",
      451,
      true,
      true },
    { "gone after the message",
      0,
      { GREETING, EHLO, BARE, MAIL, OK, RCPT, OK, DATA, GO, MESSAGE, "END" },
      OUTCOME_PROTOCOL,
      "closed the connection (waiting for an answer to the message): it may have taken the message",
      354,
      true,
      true },
    { "gone after MAIL",
      0,
      { GREETING, EHLO, BARE, MAIL, "END" },
      OUTCOME_PROTOCOL,
      "closed the connection (waiting for an answer to MAIL)",
      250,
      true,
      false },
    { "no UTF-8 in a reply",
      0,
      { GREETING, EHLO, BARE, MAIL, "550 \xff\x01z\xc3\xa9\r\n", QUIT, BYE },
      OUTCOME_PROTOCOL,
      "550 \xef\xbf\xbd z\xc3\xa9 (",
      550,
      false,
      false },
};

static char long_password[1000];

static struct smtp_job job_of(const struct session *x)
{
    memset(long_password, 'x', sizeof(long_password) - 1);
    return (struct smtp_job){
        .host = "mail.example.com",
        .hello = "cron.example.com",
        .starttls = x->flags & STARTTLS,
        .authenticate_plainly = x->flags & TRUSTED,
        .username = x->flags & AUTH ? "edgecron" : NULL,
        .password = !(x->flags & AUTH)         ? NULL
                    : x->flags & LONG_PASSWORD ? long_password
                                               : "s3cret-password",
        .from = "edgecron@example.com",
        .to = recipients,
        .n_to = x->flags & TWO ? 2 : 1,
        .message = message,
        .message_len = sizeof(message) - 1,
    };
}

/* How what comes and goes is cut: at one place (counted over the whole session), or into pieces. */
struct cut {
    size_t at, pieces, sent;
};

static void feed(struct smtp *s, const char *data, size_t len, const struct cut *c, size_t *fed)
{
    while (len > 0) {
        size_t n = c->pieces && c->pieces < len ? c->pieces : len;
        if (c->at > *fed && c->at - *fed < n)
            n = c->at - *fed;
        smtp_received(s, data, n);
        data += n;
        len -= n;
        *fed += n;
    }
}

static void say(struct smtp *s, const struct cut *c, struct buf *said)
{
    while (smtp_want(s) == SMTP_SEND) {
        size_t len;
        const char *out = smtp_out(s, &len);
        assert_true(len > 0);
        if (c->sent && c->sent < len)
            len = c->sent;
        buf_add(said, out, len);
        smtp_sent(s, len);
    }
}

/* Everything that can be asked of it, as one text. Returns how many bytes the server sent. */
static size_t play(const struct session *x, const struct cut *c, struct buf *result)
{
    struct smtp_job job = job_of(x);
    struct smtp *s = smtp_new(&job);
    struct buf said buf_auto = BUF_INIT(65536);
    size_t fed = 0;
    for (int i = 0; i < MAX_STEPS && x->steps[i]; i++) {
        const char *step = x->steps[i];
        if (step[0] == 'C') {
            say(s, c, &said);
            if (strcmp(buf_str(&said), step + 1) != 0)
                fail_msg("%s: said '%s' instead of '%s'", x->name, buf_str(&said), step + 1);
            buf_clear(&said);
        } else if (strcmp(step, "TLS") == 0) {
            assert_int_equal(smtp_want(s), SMTP_START_TLS);
            smtp_tls_started(s);
        } else if (strcmp(step, "END") == 0) {
            smtp_closed(s);
        } else {
            if (smtp_want(s) != SMTP_RECEIVE)
                fail_msg("%s: wants %d before '%s'", x->name, smtp_want(s), step);
            feed(s, step, strlen(step), c, &fed);
        }
    }
    if (smtp_want(s) != SMTP_DONE)
        fail_msg("%s: not done, %s", x->name, smtp_transcript(s));
    buf_printf(result, "%d\n%s\n%d %d %d\n%s", smtp_outcome(s), smtp_detail(s), smtp_temporary(s), smtp_message_sent(s),
               smtp_code(s), smtp_transcript(s));
    smtp_free(s);
    return fed;
}

static void check(const struct session *x, const char *result)
{
    struct buf expected buf_auto = BUF_INIT(4096);
    const char *detail = strchr(result, '\n') + 1, *rest = strchr(detail, '\n') + 1;
    mem_auto char *told = mem_strndup(detail, (size_t)(rest - 1 - detail));
    if ((int)strtol(result, NULL, 10) != (int)x->outcome || (x->detail[0] ? !strstr(told, x->detail) : told[0] != '\0'))
        fail_msg("%s: outcome %.2s, '%s' instead of '%s'", x->name, result, told, x->detail);
    buf_printf(&expected, "%d %d %d\n", x->temporary, x->sent, x->code);
    if (strncmp(rest, buf_str(&expected), expected.len) != 0)
        fail_msg("%s: %.10s instead of %s", x->name, rest, buf_str(&expected));
    assert_null(strstr(result, "s3cret"));
    assert_null(strstr(result, "czNjcmV0"));
    assert_null(strstr(result, "MzY3JldC"));
}

static void test_sessions(void **state)
{
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(sessions); i++) {
        struct buf result buf_auto = BUF_INIT(65536);
        play(&sessions[i], &(struct cut){ 0 }, &result);
        check(&sessions[i], buf_str(&result));
    }
}

/* Cut at each place, and into pieces of all small sizes, in both directions: always the same. */
static void test_cuts(void **state)
{
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(sessions); i++) {
        struct buf whole buf_auto = BUF_INIT(65536);
        size_t fed = play(&sessions[i], &(struct cut){ 0 }, &whole);
        for (size_t at = 1; at < fed + 8; at++) {
            struct buf result buf_auto = BUF_INIT(65536);
            struct cut c = at <= fed ? (struct cut){ .at = at } : (struct cut){ .pieces = at - fed, .sent = at - fed };
            play(&sessions[i], &c, &result);
            assert_string_equal(buf_str(&result), buf_str(&whole));
        }
    }
}

static void test_transcript(void **state)
{
    struct buf result buf_auto = BUF_INIT(65536);
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(sessions); i++)
        if (strcmp(sessions[i].name, "signed in by LOGIN") == 0)
            play(&sessions[i], &(struct cut){ 0 }, &result);
    assert_non_null(strstr(buf_str(&result), "S: 220 mail.example.com ESMTP\n"
                                             "C: EHLO cron.example.com\n"
                                             "S: 250-x\n"
                                             "S: 250 auth=login\n"
                                             "C: AUTH LOGIN\n"
                                             "S: 334 VXNlcm5hbWU6\n"
                                             "C: ****\n"
                                             "S: 334 UGFzc3dvcmQ6\n"
                                             "C: ****\n"
                                             "S: 235 in\n"
                                             "C: MAIL FROM:<edgecron@example.com>\n"
                                             "S: 250 2.0.0 ok\n"
                                             "C: RCPT TO:<ops@example.com>\n"
                                             "S: 250 2.0.0 ok\n"
                                             "C: DATA\n"
                                             "S: 354 go on\n"
                                             "C: (message of 36 octets)\n"
                                             "S: 250 2.0.0 ok\n"
                                             "C: QUIT\n"
                                             "S: 221 bye\n"));
}

static struct smtp *begun(struct smtp_job *job)
{
    *job = job_of(&sessions[0]);
    return smtp_new(job);
}

static void receive(struct smtp *s, const char *text)
{
    smtp_received(s, text, strlen(text));
}

static void test_limits(void **state)
{
    struct smtp_job job;
    char line[2100];
    (void)state;
    for (int len = 1995; len < 2005; len++) { /* a line, its CRLF included */
        struct smtp *s = begun(&job);
        memset(line, 'x', sizeof(line));
        memcpy(line, "220 ", 4);
        memcpy(line + len - 2, "\r\n", 2);
        smtp_received(s, line, (size_t)len);
        assert_int_equal(smtp_want(s), len <= 2001 ? SMTP_SEND : SMTP_DONE);
        smtp_free(s);
    }
    for (int lines = 98; lines < 104; lines++) {
        struct smtp *s = begun(&job);
        for (int i = 1; i < lines; i++)
            receive(s, "220-x\r\n");
        receive(s, "220 x\r\n");
        assert_int_equal(smtp_want(s), lines <= 100 ? SMTP_SEND : SMTP_DONE);
        smtp_free(s);
    }
    struct smtp *s = begun(&job);
    smtp_received(s, "220 a\0b\r\n", 9);
    assert_non_null(strstr(smtp_detail(s), "NUL"));
    smtp_free(s);
    s = begun(&job); /* without an end */
    for (int i = 0; i < 100000 && smtp_want(s) != SMTP_DONE; i++)
        receive(s, "xxxxxxxxxxxxxxxxx");
    assert_int_equal(smtp_want(s), SMTP_DONE);
    assert_true(strlen(smtp_transcript(s)) <= SMTP_TRANSCRIPT_MAX);
    smtp_free(s);
}

/* Replies that come before what they answer was sent. */
static void test_early(void **state)
{
    struct smtp_job job;
    struct smtp *s = begun(&job);
    size_t len;
    (void)state;
    receive(s, "220 a\r\n250 b\r\n");
    assert_int_equal(smtp_want(s), SMTP_DONE);
    assert_string_equal(smtp_detail(s), "mail.example.com sent a reply that was not asked for: 250");
    smtp_free(s);
    s = begun(&job);
    receive(s, "220 a\r\n421 shutting down\r\n");
    assert_non_null(strstr(smtp_detail(s), "421 shutting down"));
    assert_true(smtp_temporary(s));
    smtp_free(s);
    s = begun(&job); /* its beginning came before, its end after */
    receive(s, "220 a\r\n25");
    smtp_out(s, &len);
    smtp_sent(s, len);
    assert_int_equal(smtp_want(s), SMTP_RECEIVE);
    receive(s, "0 b\r\n");
    assert_int_equal(smtp_want(s), SMTP_DONE);
    smtp_free(s);
    s = begun(&job); /* in the middle of the message */
    const char *replies[] = { "220 a\r\n", "250 b\r\n", "250 c\r\n", "250 d\r\n", "354 e\r\n" };
    for (size_t i = 0; i < MEM_COUNT(replies); i++) {
        receive(s, replies[i]);
        smtp_out(s, &len);
        smtp_sent(s, i == 4 ? 5 : len);
    }
    assert_int_equal(smtp_want(s), SMTP_SEND);
    receive(s, "552 5.3.4 too big\r\n");
    assert_int_equal(smtp_want(s), SMTP_DONE);
    assert_false(smtp_message_sent(s));
    assert_non_null(strstr(smtp_detail(s), "refused the message: 552 5.3.4 too big"));
    smtp_free(s);
}

static void test_phases(void **state)
{
    struct smtp_job job;
    struct smtp *s = begun(&job);
    char phase[100];
    size_t len;
    (void)state;
    smtp_phase(s, phase, sizeof(phase));
    assert_string_equal(phase, "waiting for the greeting");
    receive(s, "220 a\r\n");
    assert_false(smtp_decided(s));
    smtp_out(s, &len);
    smtp_sent(s, len);
    receive(s, "250-");
    smtp_phase(s, phase, sizeof(phase));
    assert_string_equal(phase, "in the middle of an answer to EHLO");
    receive(s, "b\r\n250 c\r\n");
    smtp_out(s, &len);
    smtp_sent(s, len);
    receive(s, "250 d\r\n");
    smtp_out(s, &len);
    smtp_sent(s, len);
    receive(s, "250 d\r\n");
    smtp_out(s, &len);
    smtp_sent(s, len);
    receive(s, "354 d\r\n");
    smtp_out(s, &len);
    smtp_sent(s, 10);
    smtp_phase(s, phase, sizeof(phase));
    assert_string_equal(phase, "sending the message, 10 of 41 bytes so far");
    smtp_sent(s, len - 10);
    receive(s, "250 d\r\n");
    assert_true(smtp_decided(s));
    smtp_free(s);
}

/* Nothing in an address ends a command. */
static void test_addresses(void **state)
{
    static const char *const wrong[] = { "a@b\r\nRCPT TO:<x@y>", "a b@c", "a@b>", "<a@b", "", "a\x7f@b", "\xc3\xa9@b" };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(wrong); i++) {
        struct smtp_job job = job_of(&sessions[0]);
        job.from = wrong[i];
        struct smtp *s = smtp_new(&job);
        assert_int_equal(smtp_want(s), SMTP_DONE);
        assert_int_equal(smtp_outcome(s), OUTCOME_PROTOCOL);
        smtp_free(s);
        job.from = "a@b";
        job.to = &wrong[i];
        s = smtp_new(&job);
        assert_int_equal(smtp_want(s), SMTP_DONE);
        smtp_free(s);
    }
}

/* Whatever line ends a message has, a line of a dot alone is none of it, and what is read back is the message. */
static void test_messages(void **state)
{
    static const struct {
        const char *message, *sent;
    } cases[] = {
        { "", ".\r\n" },
        { ".", "..\r\n.\r\n" },
        { "a", "a\r\n.\r\n" },
        { "a\r\n", "a\r\n.\r\n" },
        { "a\n.\nb", "a\r\n..\r\nb\r\n.\r\n" },
        { "a\r.\rb\r", "a\r\n..\r\nb\r\n.\r\n" },
        { "\r\n.\r\n", "\r\n..\r\n.\r\n" },
        { "\n\n", "\r\n\r\n.\r\n" },
    };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        struct smtp_job job = job_of(&sessions[0]);
        job.message = cases[i].message;
        job.message_len = strlen(cases[i].message);
        struct smtp *s = smtp_new(&job);
        struct buf said buf_auto = BUF_INIT(1000);
        const char *replies[] = { "220 a\r\n", "250 b\r\n", "250 c\r\n", "250 d\r\n", "354 e\r\n" };
        for (size_t j = 0; j < MEM_COUNT(replies); j++) {
            receive(s, replies[j]);
            buf_clear(&said);
            say(s, &(struct cut){ 0 }, &said);
        }
        assert_string_equal(buf_str(&said), cases[i].sent);
        smtp_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sessions),  cmocka_unit_test(test_cuts),     cmocka_unit_test(test_transcript),
        cmocka_unit_test(test_limits),    cmocka_unit_test(test_early),    cmocka_unit_test(test_phases),
        cmocka_unit_test(test_addresses), cmocka_unit_test(test_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
