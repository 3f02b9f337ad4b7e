/* Sessions with mail servers: tests/cases/smtp, whose first lines say how they are written. */
#include "core/smtp.h"
#include "text_cases.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define STEPS_MAX 60
#define MESSAGE "Subject: x\r\n\r\none\r\n.two\r\n..\r\nthree\r\n"
#define MESSAGE_SENT "Subject: x\r\n\r\none\r\n..two\r\n...\r\nthree\r\n.\r\n"

enum side { SERVER, CLIENT, TLS, END };
struct step {
    enum side side;
    char text[400];
    size_t len;
};
struct session {
    bool starttls, auth, trusted, two, longer;
    struct step steps[STEPS_MAX];
    int n;
};
/* How what comes and goes is cut: at one place (counted over the whole session), or into pieces. */
struct cut {
    size_t at, pieces, sent;
};

static const char *const recipients[] = { "ops@example.com", "night@example.com" };
static char long_password[1000];

static void add_octets(struct step *s, const char *text)
{
    for (; *text && s->len < sizeof(s->text) - 3; text++) {
        char hex[3] = { text[0] && text[1] ? text[2] : '\0', text[0] && text[1] && text[2] ? text[3] : '\0', '\0' };
        char c = *text;
        if (text[0] == '\\' && text[1] == 'x') {
            c = (char)strtol(hex, NULL, 16);
            text += 3;
        } else if (text[0] == '\\' && (text[1] == 'r' || text[1] == 'n')) {
            c = *++text == 'r' ? '\r' : '\n';
        }
        s->text[s->len++] = c;
    }
}

static struct step *step(struct text_cases *t, struct session *x, enum side side)
{
    struct step *last = x->n > 0 ? &x->steps[x->n - 1] : NULL;
    if (last && last->side == side && side != END)
        return last;
    if (x->n == STEPS_MAX) {
        text_case_fail(t, "too many steps");
        abort();
    }
    x->steps[x->n] = (struct step){ .side = side };
    return &x->steps[x->n++];
}

static void lines(struct text_cases *t, struct session *x, enum side side, const char *text)
{
    struct step *s = step(t, x, side);
    add_octets(s, text);
    add_octets(s, "\\r\\n");
}

static void rest(struct text_cases *t, struct session *x, const char *size)
{
    char mail[100];
    snprintf(mail, sizeof(mail), "MAIL FROM:<edgecron@example.com>%s", size);
    lines(t, x, CLIENT, mail);
    lines(t, x, SERVER, "250 2.0.0 ok");
    lines(t, x, CLIENT, "RCPT TO:<ops@example.com>");
    lines(t, x, SERVER, "250 2.0.0 ok");
    lines(t, x, CLIENT, "DATA");
    lines(t, x, SERVER, "354 go on");
    add_octets(step(t, x, CLIENT), MESSAGE_SENT);
    lines(t, x, SERVER, "250 2.0.0 ok");
    lines(t, x, CLIENT, "QUIT");
    lines(t, x, SERVER, "221 bye");
}

static struct smtp_job job_of(const struct session *x)
{
    memset(long_password, 'x', sizeof(long_password) - 1);
    return (struct smtp_job){
        .host = "mail.example.com",
        .hello = "cron.example.com",
        .starttls = x->starttls,
        .authenticate_plainly = x->trusted,
        .username = x->auth ? "edgecron" : NULL,
        .password = !x->auth    ? NULL
                    : x->longer ? long_password
                                : "s3cret-password",
        .from = "edgecron@example.com",
        .to = recipients,
        .n_to = x->two ? 2 : 1,
        .message = MESSAGE,
        .message_len = strlen(MESSAGE),
    };
}

static void feed(struct smtp *s, const struct step *step, const struct cut *c, size_t *fed)
{
    const char *data = step->text;
    for (size_t left = step->len; left > 0;) {
        size_t n = c->pieces && c->pieces < left ? c->pieces : left;
        if (c->at > *fed && c->at - *fed < n)
            n = c->at - *fed;
        smtp_received(s, data, n);
        data += n;
        left -= n;
        *fed += n;
    }
}

static bool says(struct text_cases *t, struct smtp *s, const struct step *step, const struct cut *c)
{
    struct buf said buf_auto = BUF_INIT(65536);
    while (smtp_want(s) == SMTP_SEND) {
        size_t len;
        const char *out = smtp_out(s, &len);
        if (c->sent && c->sent < len)
            len = c->sent;
        buf_add(&said, out, len);
        smtp_sent(s, len);
    }
    if (said.len == step->len && memcmp(buf_str(&said), step->text, said.len) == 0)
        return true;
    text_case_fail(t, "said '%s' instead of '%s'", buf_str(&said), step->text);
    return false;
}

/* One step; false when it does not fit. */
static bool play_step(struct text_cases *t, struct smtp *s, const struct step *step, const struct cut *c, size_t *fed)
{
    switch (step->side) {
    case CLIENT:
        return says(t, s, step, c);
    case TLS:
        smtp_tls_started(s);
        return smtp_want(s) == SMTP_SEND;
    case END:
        smtp_closed(s);
        return true;
    default:
        if (smtp_want(s) != SMTP_RECEIVE) {
            text_case_fail(t, "does not wait for '%s'", step->text);
            return false;
        }
        feed(s, step, c, fed);
        return true;
    }
}

/* Everything that can be asked of it, as one text. Returns how many bytes the server sent, 0 when it does not fit. */
static size_t play(struct text_cases *t, const struct session *x, const struct cut *c, struct buf *result)
{
    struct smtp_job job = job_of(x);
    struct smtp *s = smtp_new(&job);
    size_t fed = 0;
    bool fits = true;
    for (int i = 0; fits && i < x->n; i++)
        fits = play_step(t, s, &x->steps[i], c, &fed);
    if (fits && smtp_want(s) != SMTP_DONE)
        text_case_fail(t, "is not done: %s", smtp_transcript(s));
    fits = fits && smtp_want(s) == SMTP_DONE;
    const char *outcome = outcome_name(smtp_outcome(s));
    buf_printf(result, "%s %d%s%s\n%s\n%s", outcome ? outcome : "none", smtp_code(s),
               smtp_temporary(s) ? " temporary" : "", smtp_message_sent(s) ? " sent" : "", smtp_detail(s),
               smtp_transcript(s));
    smtp_free(s);
    return fits ? fed : 0;
}

static bool tells(struct text_cases *t, const char *text)
{
    static const char *const secret[] = { "s3cret", "czNjcmV0", "MzY3JldC", "xxxxxxxx", "eHh4eHh4" };
    for (size_t i = 0; i < MEM_COUNT(secret); i++)
        if (strstr(text, secret[i])) {
            text_case_fail(t, "tells the password: %s", text);
            return true;
        }
    return false;
}

/* Cut at each place, and into pieces of all small sizes, in both directions: always the same. */
static void judge(struct text_cases *t, const struct session *x, const char *expected)
{
    struct buf whole buf_auto = BUF_INIT(65536);
    size_t fed = play(t, x, &(struct cut){ 0 }, &whole);
    if (fed == 0 && x->steps[0].side == SERVER)
        return;
    if (strncmp(buf_str(&whole), expected, strlen(expected)) != 0 || buf_str(&whole)[strlen(expected)] != '\n') {
        text_case_fail(t, "'%.200s' instead of '%s'", buf_str(&whole), expected);
        return;
    }
    for (size_t at = 1; at < fed + 8; at++) {
        struct buf result buf_auto = BUF_INIT(65536);
        struct cut c = at <= fed ? (struct cut){ .at = at } : (struct cut){ .pieces = at - fed, .sent = at - fed };
        play(t, x, &c, &result);
        if (strcmp(buf_str(&result), buf_str(&whole)) != 0) {
            text_case_fail(t, "cut at %zu it is '%s' instead of '%s'", at, buf_str(&result), buf_str(&whole));
            return;
        }
    }
    if (!tells(t, buf_str(&whole)))
        text_case_pass(t);
}

static void judge_detail(struct text_cases *t, const struct session *x, const char *expected)
{
    struct buf whole buf_auto = BUF_INIT(65536);
    struct step octets = { 0 };
    add_octets(&octets, expected);
    play(t, x, &(struct cut){ 0 }, &whole);
    const char *detail = strchr(buf_str(&whole), '\n') + 1;
    mem_auto char *told = mem_strndup(detail, strcspn(detail, "\n"));
    if (expected[0] ? strstr(told, octets.text) != NULL : told[0] == '\0')
        text_case_pass(t);
    else
        text_case_fail(t, "told '%s' instead of '%s'", told, octets.text);
}

static void begin(struct session *x, const char *flags)
{
    *x = (struct session){
        .starttls = strstr(flags, "starttls"),
        .auth = strstr(flags, "auth"),
        .trusted = strstr(flags, "trusted"),
        .two = strstr(flags, "two"),
        .longer = strstr(flags, "long"),
    };
}

static void each_line(struct text_cases *t, const char *line, void *ctx)
{
    struct session *x = ctx;
    if (strncmp(line, "session", 7) == 0) {
        begin(x, line + 7);
    } else if (strcmp(line, "hello") == 0) {
        lines(t, x, SERVER, "220 mail.example.com ESMTP");
        lines(t, x, CLIENT, "EHLO cron.example.com");
    } else if (strncmp(line, "rest", 4) == 0) {
        rest(t, x, line + 4);
    } else if (strcmp(line, "TLS") == 0 || strcmp(line, "END") == 0) {
        step(t, x, line[0] == 'T' ? TLS : END);
    } else if (strcmp(line, "C message") == 0) {
        add_octets(step(t, x, CLIENT), MESSAGE_SENT);
    } else if (strncmp(line, "S+ ", 3) == 0) {
        add_octets(step(t, x, SERVER), line + 3);
    } else if (strncmp(line, "S ", 2) == 0 || strncmp(line, "C ", 2) == 0) {
        lines(t, x, line[0] == 'S' ? SERVER : CLIENT, line + 2);
    } else if (strncmp(line, "= ", 2) == 0) {
        judge(t, x, line + 2);
    } else if (strncmp(line, ">", 1) == 0) {
        judge_detail(t, x, line[1] ? line + 2 : "");
    } else {
        text_case_fail(t, "what is that?");
    }
}

static void test_sessions(void **state)
{
    struct session *x = mem_alloc(sizeof(*x));
    (void)state;
    text_cases_run("smtp", 90, each_line, x);
    mem_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_sessions) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
