#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/channel_letter.h"
#include "core/channel_verdict.h"

#include <string.h>

static const char *const to[] = { "Ops <ops@example.com>", "night@example.com" };
static const struct channel channel = {
    .name = "ops",
    .enabled = true,
    .kind = CHANNEL_EMAIL,
    .language = NOTICE_FR,
    .mail = { .host = "smtp.example.com",
              .port = 587,
              .username = "edgecron",
              .password = "{{secret.SMTP_PASSWORD}}",
              .from = "edgecron <cron@example.com>",
              .to = to,
              .n_to = 2 },
};

static struct notice notice_of(enum notice_kind kind, const char *rule, const char *job, struct notice_item *item)
{
    *item = (struct notice_item){ .subject = job,
                                  .since = { 1795358442000 },
                                  .until = { 1795359442000 },
                                  .count = 3,
                                  .error = "HTTP 401",
                                  .outcome = OUTCOME_HTTP_STATUS,
                                  .http_status = 401,
                                  .expires_at = WALL_NONE };
    return (struct notice){ .kind = kind,
                            .on = ALERT_FAILURE,
                            .rule = rule,
                            .target = "prod",
                            .at = { 1795358500000 },
                            .host = "cron-1",
                            .channel = "ops",
                            .items = item,
                            .n_items = 1,
                            .total = 1 };
}

static struct mail_message letter(enum notice_kind kind, const char *rule, const char *job, struct arena *a)
{
    struct notice_item item;
    struct notice n = notice_of(kind, rule, job, &item);
    struct mail_message m;
    channel_message(&channel, &n, "0193534f-0000-7000-8000-000000000001", "cron-1.example.com", n.at, a, &m);
    return m;
}

static void test_letter(void **state)
{
    struct arena *a = arena_new(0);
    struct mail_message m = letter(NOTICE_FIRED, "failing", "followup-7h", a);
    struct buf title buf_auto = BUF_INIT(1000), text buf_auto = BUF_INIT(NOTICE_TEXT_MAX);
    struct notice_item item;
    struct notice n = notice_of(NOTICE_FIRED, "failing", "followup-7h", &item);
    (void)state;
    notice_title(&n, NOTICE_FR, &title);
    notice_text(&n, NOTICE_FR, &text);
    assert_string_equal(m.subject, buf_str(&title));
    assert_string_equal(m.text, buf_str(&text));
    assert_string_equal(m.from.name, "edgecron");
    assert_string_equal(m.from.address, "cron@example.com");
    assert_int_equal(m.n_to, 2);
    assert_string_equal(m.to[0].name, "Ops");
    assert_string_equal(m.to[0].address, "ops@example.com");
    assert_null(m.to[1].name);
    assert_string_equal(m.to[1].address, "night@example.com");
    assert_string_equal(m.id, "0193534f-0000-7000-8000-000000000001");
    assert_true(m.urgent);
    assert_int_equal(m.at.ms, 1795358500000);
    arena_free(a);
}

/* One trouble, one thread: its beginning, its repetitions and its end. */
static void test_threads(void **state)
{
    struct arena *a = arena_new(0);
    const char *first = letter(NOTICE_FIRED, "failing", "a", a).thread;
    (void)state;
    assert_string_equal(letter(NOTICE_AGAIN, "failing", "a", a).thread, first);
    assert_string_equal(letter(NOTICE_RECOVERED, "failing", "a", a).thread, first);
    assert_string_not_equal(letter(NOTICE_FIRED, "failing", "b", a).thread, first);
    assert_string_not_equal(letter(NOTICE_FIRED, "other", "a", a).thread, first);
    assert_string_not_equal(letter(NOTICE_FIRED, NULL, "a", a).thread, first);
    assert_null(letter(NOTICE_TEST, NULL, "a", a).thread);
    assert_false(letter(NOTICE_RECOVERED, "failing", "a", a).urgent);
    assert_false(letter(NOTICE_AGAIN, "failing", "a", a).urgent);
    assert_false(letter(NOTICE_TEST, "failing", "a", a).urgent);
    arena_free(a);
}

static const struct {
    enum outcome outcome;
    const char *detail, *message;
} explained[] = {
    { OUTCOME_DNS, "looking up 'smtp.example.com': there is no such name",
      "could not find the address of smtp.example.com:587: there is no such name: check 'email.host', and that this "
      "machine's resolver works" },
    { OUTCOME_CONNECT, "192.0.2.1:587: connection refused",
      "could not connect to smtp.example.com:587: 192.0.2.1:587: connection refused: check 'email.host' and "
      "'email.port', and that this machine may reach it: many networks let nobody out on port 25, but on 587 and 465" },
    { OUTCOME_TIMEOUT, "no connection within 10000 ms (connecting to 192.0.2.1:25)",
      "could not connect to smtp.example.com:587: no connection within 10000 ms (connecting to 192.0.2.1:25): check "
      "'email.host' and 'email.port', and that this machine may reach it: many networks let nobody out on port 25, but "
      "on 587 and 465" },
    { OUTCOME_TIMEOUT, "no answer within 30000 ms (waiting for an answer to MAIL)",
      "no e-mail left in time over smtp.example.com:587: no answer within 30000 ms (waiting for an answer to MAIL): is "
      "that server overloaded, or out of order?" },
    { OUTCOME_TIMEOUT,
      "no answer within 30000 ms (waiting for the greeting): a server that begins with TLS, as on port 465, wants "
      "'email.security' to be 'tls'",
      "no e-mail left in time over smtp.example.com:587: no answer within 30000 ms (waiting for the greeting): a "
      "server "
      "that begins with TLS, as on port 465, wants 'email.security' to be 'tls'" },
    { OUTCOME_TLS, "the certificate expired on 2021-02-03 04:05 UTC",
      "no trusted TLS connection to smtp.example.com:587: the certificate expired on 2021-02-03 04:05 UTC: check the "
      "server's certificate and this machine's clock; for a private authority set 'ca_file' on the channel" },
    { OUTCOME_TLS, "the certificate is for 'a', not for 'smtp.example.com'",
      "no trusted TLS connection to smtp.example.com:587: the certificate is for 'a', not for 'smtp.example.com': give "
      "the name that the certificate is for in 'email.host', or let the server have one for this name" },
    { OUTCOME_BLOCKED, "10.0.0.1 is a private address that is not allowed",
      "no e-mail may be sent to smtp.example.com:587: 10.0.0.1 is a private address that is not allowed: list its "
      "range "
      "in 'allow_private' on the channel, such as \"127.0.0.0/8\"" },
    { OUTCOME_BLOCKED, "169.254.169.254 is a link-local address, never called",
      "no e-mail may be sent to smtp.example.com:587: 169.254.169.254 is a link-local address, never called: no "
      "setting "
      "allows it: use the server's own address" },
    { OUTCOME_INTERRUPTED, "x",
      "edgecron stopped while it sent an e-mail to smtp.example.com:587: whether it was taken is not known; it is sent "
      "again, with the same Message-ID" },
    { OUTCOME_PROTOCOL, "smtp.example.com refused the recipient <x@example.com>: 550 no",
      "smtp.example.com refused the recipient <x@example.com>: 550 no" },
    { OUTCOME_PROTOCOL,
      "smtp.example.com refused the sign-in: 535 no (user name or password is wrong: check 'email.username' and the "
      "secret of 'email.password')",
      "smtp.example.com refused the sign-in: 535 no (user name or password is wrong: check 'email.username' and the "
      "secret of 'email.password'); set it with: edgecron secret set SMTP_PASSWORD" },
};

static void test_explained(void **state)
{
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(explained); i++) {
        struct buf message buf_auto = BUF_INIT(4096);
        channel_explain(explained[i].outcome, &channel, channel.mail.host, explained[i].detail, &message);
        assert_string_equal(buf_str(&message), explained[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_letter),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
