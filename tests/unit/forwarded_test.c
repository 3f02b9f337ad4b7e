#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/mem.h"
#include "core/forwarded.h"

#include <stdio.h>
#include <string.h>

/* Trusted: 10.0.0.0/8 and fd00::/8. What is said in FORWARDED (f), X-Forwarded-For (x) and -Proto (p), and who it was, with "+" when encrypted. */
static const struct {
    const char *peer;
    bool tls;
    const char *f, *x, *p, *who;
} cases[] = {
    { "10.0.0.1", false, NULL, NULL, NULL, "10.0.0.1" },
    { "10.0.0.1", true, NULL, NULL, NULL, "10.0.0.1+" },
    { "10.0.0.1", false, NULL, "192.0.2.7", "https", "192.0.2.7+" },
    { "10.0.0.1", false, NULL, "192.0.2.7", "HTTPS", "192.0.2.7+" },
    { "10.0.0.1", false, NULL, "192.0.2.7", "http", "192.0.2.7" },
    { "10.0.0.1", true, NULL, "192.0.2.7", "http", "192.0.2.7" },
    { "10.0.0.1", false, NULL, "192.0.2.7", NULL, "192.0.2.7" },
    { "10.0.0.1", false, NULL, "192.0.2.7", "http, https", "192.0.2.7+" },
    { "10.0.0.1", false, NULL, "192.0.2.7", "https, http", "192.0.2.7" },
    { "10.0.0.1", false, NULL, "192.0.2.7:4711", "https", "192.0.2.7+" },
    { "10.0.0.1", false, NULL, "2001:db8::1", "https", "2001:db8::1+" },
    { "10.0.0.1", false, NULL, "[2001:db8::1]:80", "https", "2001:db8::1+" },
    /* what the client made up stands to the left */
    { "10.0.0.1", false, NULL, "1.1.1.1, 192.0.2.7", NULL, "192.0.2.7" },
    { "10.0.0.1", false, NULL, "10.9.9.9, 192.0.2.7", NULL, "192.0.2.7" },
    { "10.0.0.1", false, NULL, "192.0.2.7, 10.0.0.2", NULL, "192.0.2.7" },
    { "10.0.0.1", false, NULL, "192.0.2.7,10.0.0.3 ,\t10.0.0.2", NULL, "192.0.2.7" },
    { "10.0.0.1", false, NULL, "10.0.0.3, 10.0.0.2", NULL, "10.0.0.3" },
    { "10.0.0.1", false, NULL, "192.0.2.7, nonsense, 10.0.0.2", NULL, "10.0.0.2" },
    { "10.0.0.1", false, NULL, "", "", "10.0.0.1" },
    { "10.0.0.1", false, NULL, ",,", NULL, "10.0.0.1" },
    { "10.0.0.1", false, NULL, "unknown", NULL, "10.0.0.1" },
    { "fd00::1", false, NULL, "192.0.2.7", "https", "192.0.2.7+" },
    /* nobody else is believed */
    { "192.0.2.9", true, NULL, "1.1.1.1", "http", "192.0.2.9+" },
    { "127.0.0.1", false, NULL, "1.1.1.1", "https", "127.0.0.1" },
    { "127.0.0.1", false, "for=1.1.1.1;proto=https", NULL, NULL, "127.0.0.1" },
    { "192.0.2.9", false, NULL, "10.0.0.1", "https", "refused" },
    { "::1", false, NULL, NULL, NULL, "::1" },
    /* Forwarded */
    { "10.0.0.1", false, "for=192.0.2.7;proto=https;by=10.0.0.1", NULL, NULL, "192.0.2.7+" },
    /* both: the proxy sets one, and the other may be the client's own, passed on as it was */
    { "10.0.0.1", false, "for=1.1.1.1;proto=https", "192.0.2.7", "http", "10.0.0.1+" },
    { "10.0.0.1", false, "for=192.0.2.7;proto=https", "1.1.1.1", "http", "10.0.0.1+" },
    { "10.0.0.1", false, "for=1.1.1.1", "192.0.2.7", "https", "10.0.0.1+" },
    { "10.0.0.1", false, "for=192.0.2.7", "192.0.2.7", NULL, "192.0.2.7" },
    { "10.0.0.1", false, "for=192.0.2.7", "192.0.2.7", "https", "192.0.2.7+" },
    { "10.0.0.1", false, "for=192.0.2.7;proto=https", "1.1.1.1, 192.0.2.7", "https", "192.0.2.7+" },
    { "10.0.0.1", false, "for=192.0.2.7", NULL, "https", "192.0.2.7+" },
    { "10.0.0.1", false, "For=\"[2001:db8::1]:4711\"; Proto=https", NULL, NULL, "2001:db8::1+" },
    { "10.0.0.1", false, "proto=http;for=192.0.2.7", NULL, NULL, "192.0.2.7" },
    { "10.0.0.1", false, "for=1.1.1.1;proto=http, for=192.0.2.7;proto=https", NULL, NULL, "192.0.2.7+" },
    { "10.0.0.1", false, "for=192.0.2.7;proto=https, for=10.0.0.2;proto=http", NULL, NULL, "192.0.2.7+" },
    { "10.0.0.1", false, "for=192.0.2.7;proto=http, for=10.0.0.2;proto=https", NULL, NULL, "192.0.2.7" },
    { "10.0.0.1", false, "for=_hidden;proto=https", NULL, NULL, "10.0.0.1+" },
    { "10.0.0.1", false, "for=unknown", NULL, NULL, "10.0.0.1" },
    { "10.0.0.1", false, "host=\"a,for=1.1.1.1\"", NULL, NULL, "10.0.0.1" },
    { "10.0.0.1", false, ";;;", NULL, NULL, "10.0.0.1" },
};

static struct forwarded_rules rules(void)
{
    struct forwarded_rules r = { .n_trusted = 2, .only_trusted = true };
    assert_true(cidr_parse("10.0.0.0/8", &r.trusted[0]) && cidr_parse("fd00::/8", &r.trusted[1]));
    return r;
}

static void test_cases(void **state)
{
    (void)state;
    struct forwarded_rules r = rules();
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        struct forwarded_fields f = { cases[i].f, cases[i].x, cases[i].p };
        struct address peer;
        struct forwarded who;
        struct err e = { 0 };
        char text[72] = "refused";
        assert_true(address_parse(cases[i].peer, &peer));
        int rc = forwarded_judge(&r, &peer, cases[i].tls, &f, &who, &e);
        if (!rc) {
            address_format(&who.client, text);
            strcat(text, who.encrypted ? "+" : "");
        }
        if (strcmp(text, cases[i].who) != 0)
            fail_msg("case %zu: %s, not %s", i, text, cases[i].who);
        assert_true(!rc || (rc == -ERR_FORBIDDEN && strstr(e.text, "--behind-proxy")));
    }
}

/* Without names, whoever asks is answered, and believed only on this machine. */
static void test_without_names(void **state)
{
    (void)state;
    struct forwarded_rules r = { .n_trusted = 1 };
    struct forwarded_fields f = { NULL, "192.0.2.7", "https" };
    struct forwarded who;
    struct address peer;
    assert_true(cidr_parse("127.0.0.0/8", &r.trusted[0]) && address_parse("172.18.0.3", &peer));
    assert_int_equal(forwarded_judge(&r, &peer, false, &f, &who, NULL), 0);
    assert_memory_equal(&who.client, &peer, sizeof peer);
    assert_false(who.encrypted);
    assert_true(address_parse("127.0.0.1", &peer));
    assert_int_equal(forwarded_judge(&r, &peer, false, &f, &who, NULL), 0);
    assert_memory_not_equal(&who.client, &peer, sizeof peer);
    assert_true(who.encrypted);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_without_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
