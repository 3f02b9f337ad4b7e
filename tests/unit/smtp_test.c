/* Limits of core/smtp.h; whole sessions are in tests/cases/smtp. */
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

static const char *const recipients[] = { "ops@example.com" };
static const char message[] = "Subject: x\r\n\r\none\r\n.two\r\n..\r\nthree\r\n";

static struct smtp_job plain_job(void)
{
    return (struct smtp_job){
        .host = "mail.example.com",
        .hello = "cron.example.com",
        .from = "edgecron@example.com",
        .to = recipients,
        .n_to = 1,
        .message = message,
        .message_len = sizeof(message) - 1,
    };
}

static void say(struct smtp *s, struct buf *said)
{
    while (smtp_want(s) == SMTP_SEND) {
        size_t len;
        const char *out = smtp_out(s, &len);
        buf_add(said, out, len);
        smtp_sent(s, len);
    }
}

static struct smtp *begun(struct smtp_job *job)
{
    *job = plain_job();
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
        struct smtp_job job = plain_job();
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
        struct smtp_job job = plain_job();
        job.message = cases[i].message;
        job.message_len = strlen(cases[i].message);
        struct smtp *s = smtp_new(&job);
        struct buf said buf_auto = BUF_INIT(1000);
        const char *replies[] = { "220 a\r\n", "250 b\r\n", "250 c\r\n", "250 d\r\n", "354 e\r\n" };
        for (size_t j = 0; j < MEM_COUNT(replies); j++) {
            receive(s, replies[j]);
            buf_clear(&said);
            say(s, &said);
        }
        assert_string_equal(buf_str(&said), cases[i].sent);
        smtp_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {

        cmocka_unit_test(test_limits),    cmocka_unit_test(test_early),    cmocka_unit_test(test_phases),
        cmocka_unit_test(test_addresses), cmocka_unit_test(test_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
