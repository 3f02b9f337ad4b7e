#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/mail.h"

#include <stdio.h>
#include <string.h>

/* What is given, and the name and address in it; or, when `address` is NULL, what its refusal says. */
static const struct {
    const char *text, *name, *address;
} addresses[] = {
    { "ops@example.com", NULL, "ops@example.com" },
    { "  ops@example.com\t", NULL, "ops@example.com" },
    { "<ops@example.com>", NULL, "ops@example.com" },
    { "Ops <ops@example.com>", "Ops", "ops@example.com" },
    { "Ops<ops@example.com>", "Ops", "ops@example.com" },
    { "Ops   by \t night <ops@example.com>", "Ops by night", "ops@example.com" },
    { "\"Ops, night\" <ops@example.com>", "Ops, night", "ops@example.com" },
    { "\"a \\\"b\\\" \\\\c\" <o@x>", "a \"b\" \\c", "o@x" },
    { "\"<x@y>\" <o@x>", "<x@y>", "o@x" },
    { "John Q. \"P.\" Public <j@example.com>", "John Q. P. Public", "j@example.com" },
    { "\xc3\x89quipe d'astreinte <a@example.fr>", "\xc3\x89quipe d'astreinte", "a@example.fr" },
    { "\"\" <o@x>", NULL, "o@x" },
    { "o'neil+x.y_z%7@sub-1.example.co.uk", NULL, "o'neil+x.y_z%7@sub-1.example.co.uk" },
    { "root@localhost", NULL, "root@localhost" },
    { "a@[192.0.2.1]", NULL, "a@[192.0.2.1]" },
    { "a@[IPv6:2001:db8::1]", NULL, "a@[IPv6:2001:db8::1]" },
    { "a@xn--bcher-kva.example", NULL, "a@xn--bcher-kva.example" },
    { "", "empty", NULL },
    { " \t ", "empty", NULL },
    { "ops", "'ops' has no '@'", NULL },
    { "@example.com", "nothing stands before the '@'", NULL },
    { "ops@", "nothing stands after the '@'", NULL },
    { ".ops@example.com", "'.' must stand between", NULL },
    { "ops.@example.com", "'.' must stand between", NULL },
    { "o..ps@example.com", "'.' must stand between", NULL },
    { "o ps@example.com", "' ' cannot be in the part before", NULL },
    { "a@b@example.com", "'@' cannot be in the part before", NULL },
    { "\"a b\"@example.com", "'\"' cannot be in the part before", NULL },
    { "ops@example..com", "a '.' too many", NULL },
    { "ops@example.com.", "a '.' too many", NULL },
    { "ops@-x.com", "begins or ends with '-'", NULL },
    { "ops@ex_ample.com", "'_' cannot be in a domain", NULL },
    { "ops@192.0.2.1", "in brackets: '[192.0.2.1]'", NULL },
    { "ops@[192.0.2.256]", "no address literal", NULL },
    { "ops@[2001:db8::1]", "no address literal", NULL },
    { "ops@[IPv6:192.0.2.1]", "no address literal", NULL },
    { "ops@[", "no address literal", NULL },
    { "ops@[]", "no address literal", NULL },
    { "ops@[IPv6:]", "no address literal", NULL },
    { "ops@b\xc3\xbc"
      "cher.example",
      "'xn--' form", NULL },
    { "\xc3\xa9@example.com", "ASCII characters alone", NULL },
    { "caf\xc3\xa9", "a name without an address", NULL },
    { "a@b.example, c@d.example", "',': give one address", NULL },
    { "a@b.example; c@d.example", "';': give one address", NULL },
    { "A <a@b.example>, c@d.example", "follows the '>'", NULL },
    { "A <a@b.example> B", "follows the '>'", NULL },
    { "A <a@b.example", "has no '>'", NULL },
    { "A <>", "has no '@'", NULL },
    { "ops: a@b.example;", "give one address", NULL },
    { "ops: A <a@b.example>;", "follows the '>'", NULL },
    { "ops: A <a@b.example>", "a group of addresses", NULL },
    { "Ops (night) <ops@example.com>", "a comment", NULL },
    { "ops@example.com (Ops)", "a comment", NULL },
    { "Ops, night <ops@example.com>", "stands in '\"...\"'", NULL },
    { "a@b <ops@example.com>", "stands in '\"...\"'", NULL },
    { "\"Ops <ops@example.com>", "has no second one", NULL },
    { "<@a.example,@b.example:ops@example.com>", "a route before", NULL },
    { "ops@example.com\r\nBcc: x@y", "a line end", NULL },
    { "Ops\n <ops@example.com>", "a line end", NULL },
    { "Ops\x7f <ops@example.com>", "control character", NULL },
    { "\xff <ops@example.com>", "not valid UTF-8", NULL },
};

static void test_addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(addresses); i++) {
        struct arena *a = arena_new(0);
        struct mail_address got = { 0 };
        struct err e = { 0 };
        int rc = mail_address_parse(addresses[i].text, a, &got, &e);
        if (addresses[i].address) {
            if (rc < 0)
                fail_msg("%s: %s", addresses[i].text, e.text);
            assert_string_equal(got.address, addresses[i].address);
            assert_string_equal(got.name ? got.name : "none", addresses[i].name ? addresses[i].name : "none");
        } else {
            if (rc == 0 || !strstr(e.text, addresses[i].name))
                fail_msg("%s: '%s' instead of '%s'", addresses[i].text, e.text, addresses[i].name);
            assert_int_equal(rc, -ERR_INVALID);
        }
        arena_free(a);
    }
}

static void test_lengths(void **state)
{
    struct arena *a = arena_new(0);
    struct mail_address got;
    char text[600];
    (void)state;
    for (int n = 60; n < 70; n++) {
        snprintf(text, sizeof(text), "%.*s@example.com", n,
                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
        assert_int_equal(mail_address_parse(text, a, &got, NULL) == 0, n <= 64);
        snprintf(text, sizeof(text), "a@%.*s.com", n,
                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
        assert_int_equal(mail_address_parse(text, a, &got, NULL) == 0, n <= 63);
    }
    for (size_t n = 240; n < 270; n++) { /* the whole address */
        memset(text, 'a', n);
        memcpy(text, "a@", 2);
        for (size_t i = 30; i < n - 1; i += 30)
            text[i] = '.';
        text[n] = '\0';
        assert_int_equal(mail_address_parse(text, a, &got, NULL) == 0, n <= MAIL_ADDRESS_MAX);
    }
    for (size_t n = 250; n < 260; n++) { /* the name */
        memset(text, 'a', n);
        memcpy(text + n, "<a@b>", 6);
        assert_int_equal(mail_address_parse(text, a, &got, NULL) == 0, n <= MAIL_NAME_MAX);
    }
    arena_free(a);
}

static struct mail_address to_ops = { "Ops", "ops@example.com" };
static const struct mail_message plain = {
    .from = { "edgecron", "edgecron@example.com" },
    .to = &to_ops,
    .n_to = 1,
    .subject = "followup-7h is failing: HTTP 401 from prod",
    .text = "It failed.\n\nFrom here on, see\n.profile",
    .id = "0193534f-0000-7000-8000-000000000001",
    .host = "cron-1.example.com",
    .thread = "alert.1234",
    .at = { 1795358442000 },
    .urgent = true,
};

static char *written(const struct mail_message *m)
{
    struct buf out = BUF_INIT(1 << 20);
    mail_write(m, &out);
    assert_false(out.full);
    return buf_take(&out);
}

static void test_message(void **state)
{
    mem_auto char *text = written(&plain);
    (void)state;
    assert_string_equal(text, "Date: Sun, 22 Nov 2026 14:40:42 +0000\r\n"
                              "From: edgecron <edgecron@example.com>\r\n"
                              "To: Ops <ops@example.com>\r\n"
                              "Subject: followup-7h is failing: HTTP 401 from prod\r\n"
                              "Message-ID: <0193534f-0000-7000-8000-000000000001@cron-1.example.com>\r\n"
                              "In-Reply-To: <alert.1234@cron-1.example.com>\r\n"
                              "References: <alert.1234@cron-1.example.com>\r\n"
                              "Auto-Submitted: auto-generated\r\n"
                              "Importance: high\r\n"
                              "MIME-Version: 1.0\r\n"
                              "Content-Type: text/plain; charset=utf-8\r\n"
                              "Content-Transfer-Encoding: quoted-printable\r\n"
                              "\r\n"
                              "It failed.\r\n"
                              "\r\n"
                              "=46rom here on, see\r\n"
                              "=2Eprofile\r\n");
}

static void test_subjects(void **state)
{
    static const struct {
        const char *subject, *field;
    } cases[] = {
        { "", "Subject:\r\n" },
        { "a", "Subject: a\r\n" },
        { "\xc3\xa9", "Subject: =?utf-8?B?w6k=?=\r\n" },
        { "un \xc3\xa9"
          "chec de t\xc3\xa2"
          "che",
          "Subject: =?utf-8?Q?un_=C3=A9chec_de_t=C3=A2che?=\r\n" },
        { "a\r\nBcc: x@example.com", "Subject: =?utf-8?Q?a__Bcc=3A_x=40example=2Ecom?=\r\n" },
        { "a\nb", "Subject: a b\r\n" },
        { " a", "Subject: =?utf-8?Q?_a?=\r\n" },
        { "a  b", "Subject: =?utf-8?Q?a__b?=\r\n" },
        { "=?utf-8?Q?x?=", "Subject: =?utf-8?B?PT91dGYtOD9RP3g/PQ==?=\r\n" },
        { "\xff", "Subject: =?utf-8?B?77+9?=\r\n" },
        { "one two three four five six seven eight nine ten eleven twelve thirteen fourteen",
          "Subject: one two three four five six seven eight nine ten eleven twelve\r\n thirteen fourteen\r\n" },
    };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        struct mail_message m = plain;
        m.subject = cases[i].subject;
        mem_auto char *text = written(&m);
        if (!strstr(text, cases[i].field))
            fail_msg("not %s in\n%s", cases[i].field, text);
    }
}

static void test_names(void **state)
{
    static const struct {
        const char *name, *field;
    } cases[] = {
        { NULL, "To: ops@example.com\r\n" },
        { "", "To: ops@example.com\r\n" },
        { "Ops by night", "To: Ops by night <ops@example.com>\r\n" },
        { "Ops, night", "To: \"Ops, night\" <ops@example.com>\r\n" },
        { "a \"b\" \\c", "To: \"a \\\"b\\\" \\\\c\" <ops@example.com>\r\n" },
        { "\xc3\x89quipe d'astreinte", "To: =?utf-8?Q?=C3=89quipe_d=27astreinte?= <ops@example.com>\r\n" },
        { "x\r\nBcc: y", "To: =?utf-8?Q?x__Bcc=3A_y?= <ops@example.com>\r\n" },
    };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        struct mail_address to = { cases[i].name, "ops@example.com" };
        struct mail_message m = plain;
        m.to = &to;
        mem_auto char *text = written(&m);
        if (!strstr(text, cases[i].field))
            fail_msg("not %s in\n%s", cases[i].field, text);
    }
}

/* Whatever the rest is made of, it ends no field. */
static void test_injection(void **state)
{
    struct mail_address to = { NULL, "o@x>\r\nBcc: y@z" };
    struct mail_message m = plain;
    (void)state;
    m.to = &to;
    m.id = "..a\r\nBcc: b..c..";
    m.host = "";
    m.thread = "\xc3\xa9 >";
    mem_auto char *text = written(&m);
    assert_null(strstr(text, "\nBcc"));
    assert_non_null(strstr(text, "To: o@x>--Bcc:-y@z\r\n"));
    assert_non_null(strstr(text, "Message-ID: <a--Bcc--b.c@edgecron.invalid>\r\n"));
    assert_non_null(strstr(text, "References: <----@edgecron.invalid>\r\n"));
}

static void test_bodies(void **state)
{
    static const struct {
        const char *text, *body;
    } cases[] = {
        { "", "quoted-printable\r\n\r\n" },
        { "a", "quoted-printable\r\n\r\na\r\n" },
        { "a\n", "quoted-printable\r\n\r\na\r\n" },
        { "a\r\nb\rc\n\nd", "quoted-printable\r\n\r\na\r\nb\r\nc\r\n\r\nd\r\n" },
        { "\n", "quoted-printable\r\n\r\n\r\n" },
        { "a \nb\t\nc = d", "quoted-printable\r\n\r\na=20\r\nb=09\r\nc =3D d\r\n" },
        { "\xe6\x97\xa5\xe6\x9c\xac", "base64\r\n\r\n5pel5pysDQo=\r\n" },
        { "caf\xc3\xa9 and so on", "quoted-printable\r\n\r\ncaf=C3=A9 and so on\r\n" },
        { ".\nFrom x", "quoted-printable\r\n\r\n=2E\r\n=46rom x\r\n" },
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          "quoted-printable\r\n\r\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=\r\n"
          "aaaaaaaaa\r\n" },
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          "quoted-printable\r\n\r\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n" },
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.b",
          "quoted-printable\r\n\r\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=\r\n"
          "=2Eb\r\n" },
    };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        struct mail_message m = plain;
        m.text = cases[i].text;
        mem_auto char *text = written(&m);
        const char *field = "Content-Transfer-Encoding: ", *at = strstr(text, field);
        assert_non_null(at);
        assert_string_equal(at + strlen(field), cases[i].body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses), cmocka_unit_test(test_lengths), cmocka_unit_test(test_message),
        cmocka_unit_test(test_subjects),  cmocka_unit_test(test_names),   cmocka_unit_test(test_injection),
        cmocka_unit_test(test_bodies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
