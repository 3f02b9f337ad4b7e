/* tests/cases/url: what url.h accepts, refuses and allows. */
#include "core/url.h"
#include "base/mem.h"
#include "text_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* \xHH is a byte; $TEXT*N repeats TEXT N times. */
static char *unescape(const char *s)
{
    struct buf out = BUF_INIT(1 << 20);
    for (; *s; s++) {
        const char *star = *s == '$' ? strchr(s, '*') : NULL;
        unsigned byte;
        char *end;
        if (*s == '\\' && s[1] == 'x' && sscanf(s + 2, "%2x", &byte) == 1) {
            buf_char(&out, (char)byte);
            s += 3;
        } else if (star && star - s <= 3 && star[1] >= '0' && star[1] <= '9') {
            for (long n = strtol(star + 1, &end, 10); n > 0; n--)
                buf_add(&out, s + 1, (size_t)(star - s - 1));
            s = end - 1;
        } else {
            buf_char(&out, *s);
        }
    }
    buf_add(&out, "", 0);
    return buf_take(&out);
}

static void accepted(struct text_cases *t, const char *text, const char *wanted)
{
    struct url u;
    struct err e;
    struct buf authority buf_auto = BUF_INIT(1024), got buf_auto = BUF_INIT(65536);
    if (url_parse(text, &u, &e) < 0) {
        text_case_fail(t, "refused: %s", e.text);
        return;
    }
    url_authority(&u, &authority);
    buf_printf(&got, "%s %s %u %s %s", u.tls ? "https" : "http", u.host, u.port, *u.path ? u.path : "-",
               buf_str(&authority));
    if (strcmp(buf_str(&got), wanted) != 0)
        text_case_fail(t, "got '%s'", buf_str(&got));
    else if (u.host_is_ipv6 != (strchr(u.host, ':') != NULL))
        text_case_fail(t, "host_is_ipv6 is wrong");
    else
        text_case_pass(t);
}

static void refused(struct text_cases *t, const char *text, const char *message)
{
    struct url u;
    struct err e;
    if (url_parse(text, &u, &e) == 0)
        text_case_fail(t, "accepted, host '%s'", u.host);
    else if (!strstr(e.text, message) || e.code != ERR_INVALID)
        text_case_fail(t, "message '%s'", e.text);
    else if (strstr(e.text, "pass"
                            "@"))
        text_case_fail(t, "repeats a password: '%s'", e.text);
    else
        text_case_pass(t);
}

static void url_case(struct text_cases *t, char *rest)
{
    char *arrow = strstr(rest, " -> "), *bang = strstr(rest, " ! ");
    char *split = arrow ? arrow : bang;
    if (!split) {
        text_case_fail(t, "neither '->' nor '!'");
        return;
    }
    *split = '\0';
    mem_auto char *text = unescape(rest), *wanted = unescape(split + (arrow ? 4 : 3));
    if (arrow)
        accepted(t, text, wanted);
    else
        refused(t, text, wanted);
}

static void expect(struct text_cases *t, bool fine)
{
    if (fine)
        text_case_pass(t);
    else
        text_case_fail(t, "it is not so");
}

static void address_case(struct text_cases *t, char *rest)
{
    char text[64] = "", wanted[64] = "", got[64] = "";
    struct address a;
    if (sscanf(rest, "%63s = %63s", text, wanted) != 2) {
        expect(t, !address_parse(text, &a));
        return;
    }
    if (address_parse(text, &a))
        address_format(&a, got);
    if (strcmp(got, wanted) != 0)
        text_case_fail(t, "got '%s'", got);
    else
        text_case_pass(t);
}

static void cidr_case(struct text_cases *t, char *rest)
{
    char text[64], verb[16], address[64];
    struct cidr c;
    struct address a;
    if (sscanf(rest, "%63s %15s %63s", text, verb, address) != 3)
        expect(t, !cidr_parse(text, &c));
    else
        expect(t, cidr_parse(text, &c) && address_parse(address, &a) &&
                      cidr_contains(&c, &a) == (strcmp(verb, "has") == 0));
}

static void egress_case(struct text_cases *t, char *rest)
{
    static const char *const names[] = {
        [EGRESS_OK] = "ok", [EGRESS_PRIVATE] = "private", [EGRESS_FORBIDDEN] = "forbidden"
    };
    char address[64], allowed[64], wanted[16];
    struct address a;
    struct cidr c;
    int n = sscanf(rest, "%63s allow %63s = %15s", address, allowed, wanted) == 3;
    if (!n && sscanf(rest, "%63s = %15s", address, wanted) != 2)
        text_case_fail(t, "cannot be read");
    else if (!address_parse(address, &a) || (n && !cidr_parse(allowed, &c)))
        text_case_fail(t, "an address cannot be read");
    else if (strcmp(names[egress_check(&a, &c, n)], wanted) != 0)
        text_case_fail(t, "got %s", names[egress_check(&a, &c, n)]);
    else
        expect(t, (egress_check(&a, NULL, 0) == EGRESS_OK) == (egress_reason(&a) == NULL));
}

static void each(struct text_cases *t, const char *line, void *ctx)
{
    static const struct {
        const char *word;
        void (*run)(struct text_cases *t, char *rest);
    } kinds[] = {
        { "url ", url_case }, { "address ", address_case }, { "cidr ", cidr_case }, { "egress ", egress_case }
    };
    mem_auto char *copy = mem_strdup(line);
    (void)ctx;
    for (size_t i = 0; i < MEM_COUNT(kinds); i++) {
        size_t len = strlen(kinds[i].word);
        if (strncmp(copy, kinds[i].word, len) == 0) {
            kinds[i].run(t, copy + len);
            return;
        }
    }
    text_case_fail(t, "begins with no known word");
}

static void test_cases(void **state)
{
    (void)state;
    text_cases_run("url", 250, each, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
