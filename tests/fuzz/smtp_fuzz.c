/* smtp_fuzz.c - a mail server that says anything: never a fault; whatever pieces it comes in, all ends alike; the password is told over TLS or where it is
 * allowed alone, and never in words; nothing is said that was not to be.
 *
 * Input: a byte (bit 0: STARTTLS, 1: a user name and a password, 2: trusted, 3: two recipients, 4: the server closes at the end), then what the server says, turn by turn, each
 * ended by a byte 0x1e. */
#include "base/json.h"
#include "core/smtp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                    \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "%s:%d: " #condition "\n", __FILE__, __LINE__); \
            abort();                                                        \
        }                                                                   \
    } while (0)

#define MARK 0x1e
#define MESSAGE "Subject: x\r\n\r\none\r\n.two\r\n.\r\nthree"
#define MESSAGE_SENT "Subject: x\r\n\r\none\r\n..two\r\n..\r\nthree\r\n.\r\n"

static const char *const recipients[] = { "ops@example.com", "night@example.com" };

struct play {
    bool starttls, auth, trusted, closes, over_tls;
    struct smtp_job job;
    struct buf clear, secure; /* what was said before TLS, and after */
    struct buf result;
};

static bool holds(const char *text, size_t len, const char *what)
{
    return memmem(text, len, what, strlen(what)) != NULL;
}

static bool tells(const char *text, size_t len)
{
    return holds(text, len, "s3cret-password") || holds(text, len, "czNjcmV0LXBhc3N3b3Jk") ||
           holds(text, len, "MzY3JldC1wYXNzd29yZ") || holds(text, len, "zM2NyZXQtcGFzc3dvcm");
}

static void say(struct play *p, struct smtp *s)
{
    while (smtp_want(s) == SMTP_SEND) {
        size_t len;
        const char *out = smtp_out(s, &len);
        CHECK(len > 0);
        buf_add(p->over_tls ? &p->secure : &p->clear, out, len);
        smtp_sent(s, len);
    }
}

/* Each piece is a block of its own, so that reading beyond it is seen. */
static void hear(struct smtp *s, const uint8_t *data, size_t len, size_t piece)
{
    while (len > 0) {
        size_t n = piece < len ? piece : len;
        char *copy = malloc(n);
        memcpy(copy, data, n);
        smtp_received(s, copy, n);
        free(copy);
        data += n;
        len -= n;
    }
}

static void play(struct play *p, const uint8_t *data, size_t size, size_t piece)
{
    struct smtp *s = smtp_new(&p->job);
    while (size > 0 && smtp_want(s) != SMTP_DONE) {
        const uint8_t *end = memchr(data, MARK, size);
        size_t turn = end ? (size_t)(end - data) : size, used = end ? turn + 1 : size;
        hear(s, data, turn, piece);
        say(p, s);
        if (smtp_want(s) == SMTP_START_TLS && end) {
            smtp_tls_started(s);
            p->over_tls = true;
            say(p, s);
        }
        data += used;
        size -= used;
    }
    if (p->closes)
        smtp_closed(s);
    char phase[120];
    smtp_phase(s, phase, sizeof(phase));
    buf_printf(&p->result, "%d %d %d %d %d %d %s\n%s\n%s", smtp_want(s), smtp_outcome(s), smtp_code(s),
               smtp_temporary(s), smtp_message_sent(s), smtp_decided(s), phase, smtp_detail(s), smtp_transcript(s));
    const char *detail = smtp_detail(s);
    CHECK(strlen(detail) < 512 && !strpbrk(detail, "\r\n\t\x7f") && json_utf8_valid(detail, strlen(detail)));
    CHECK(strlen(smtp_transcript(s)) <= SMTP_TRANSCRIPT_MAX);
    CHECK(!p->closes || smtp_want(s) == SMTP_DONE);
    if (smtp_want(s) == SMTP_DONE) {
        bool taken = smtp_outcome(s) == OUTCOME_NONE || smtp_outcome(s) == OUTCOME_ASSERTION;
        CHECK(taken || (smtp_outcome(s) == OUTCOME_PROTOCOL && detail[0]));
        CHECK(!taken || smtp_message_sent(s));
        CHECK(smtp_outcome(s) != OUTCOME_NONE || (!detail[0] && !smtp_temporary(s)));
    }
    CHECK(smtp_message_sent(s) == (holds(buf_str(&p->clear), p->clear.len, "\r\n.\r\n") ||
                                   holds(buf_str(&p->secure), p->secure.len, "\r\n.\r\n")));
    smtp_free(s);
}

/* Lines of a command each; the message is the message. */
static void check_said(const struct play *p, const struct buf *said, bool secure)
{
    const char *at = buf_str(said), *end;
    for (; at < buf_str(said) + said->len; at = end + 2) {
        end = strstr(at, "\r\n");
        CHECK(end && end - at <= 510);
        if (strncmp(at, "Subject", 7) == 0) {
            CHECK(strncmp(at, MESSAGE_SENT, strlen(MESSAGE_SENT)) == 0);
            end = at + strlen(MESSAGE_SENT) - 2;
        }
    }
    if (!secure && p->starttls) {
        CHECK(!holds(buf_str(said), said->len, "MAIL FROM"));
        CHECK(!holds(buf_str(said), said->len, "AUTH"));
    }
    if (!secure && !p->trusted)
        CHECK(!tells(buf_str(said), said->len));
}

static void begin(struct play *p, uint8_t flags)
{
    *p = (struct play){ .starttls = flags & 1, .auth = flags & 2, .trusted = flags & 4, .closes = flags & 16 };
    p->clear = p->secure = BUF_INIT(1 << 24);
    p->result = BUF_INIT(1 << 20);
    p->job = (struct smtp_job){
        .host = "mail.example.com",
        .hello = "cron.example.com",
        .starttls = p->starttls,
        .authenticate_plainly = p->trusted,
        .username = p->auth ? "edgecron" : NULL,
        .password = p->auth ? "s3cret-password" : NULL,
        .from = "edgecron@example.com",
        .to = recipients,
        .n_to = flags & 8 ? 2 : 1,
        .message = MESSAGE,
        .message_len = strlen(MESSAGE),
    };
}

static void release(struct play *p)
{
    buf_free(&p->clear);
    buf_free(&p->secure);
    buf_free(&p->result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t pieces[] = { SIZE_MAX, 1, 3, 7 };
    struct play whole, parts;
    if (size < 1 || size > 300000)
        return 0;
    begin(&whole, data[0]);
    play(&whole, data + 1, size - 1, pieces[0]);
    check_said(&whole, &whole.clear, false);
    check_said(&whole, &whole.secure, true);
    CHECK(!whole.auth || !tells(buf_str(&whole.result), whole.result.len));
    for (size_t i = 1; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        begin(&parts, data[0]);
        play(&parts, data + 1, size - 1, pieces[i]);
        CHECK(strcmp(buf_str(&whole.result), buf_str(&parts.result)) == 0);
        CHECK(whole.clear.len == parts.clear.len && whole.secure.len == parts.secure.len);
        release(&parts);
    }
    release(&whole);
    return 0;
}
