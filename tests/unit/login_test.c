/* Logging in: cookies, rotation, who is let try, and what the audit is told. The password has one round, so that a try is quick. */
#include "asked.h"

#include "base/log.h"
#include "store/admin.h"
#include "store/sessions.h"

#include <stdio.h>
#include <string.h>

#define RIGHT "{\"password\":\"four seagulls over Bergen\"}"
#define WRONG "{\"password\":\"five seagulls over Bergen\"}"

static void set_password(struct store *s)
{
    static const char password[] = "four seagulls over Bergen";
    struct err e = { 0 };
    struct admin_password p = { .rounds = 1 };
    crypto_random(p.device_key, sizeof p.device_key);
    crypto_pbkdf2(password, strlen(password), p.salt, sizeof p.salt, 1, p.hash);
    assert_int_equal(admin_set(s, &p, NULL, "command", clock_wall(), &e), 0);
}

static int set_up(void **state)
{
    (void)state;
    return asked_begin(set_password);
}

static int log_in(struct asked *x)
{
    asked_run(x, "POST", "/api/v1/session");
    return x->p.status;
}

static int try_from(const char *address, const char *body)
{
    struct asked x = { .body = body, .remote = address };
    int status = log_in(&x);
    assert_int_equal(status == 429, strstr(buf_str(&x.p.fields), "Retry-After: ") != NULL);
    asked_done(&x);
    return status;
}

/* The cookies that the answer sets, as a Cookie field; the caller frees. */
static char *cookies_of(const struct asked *x)
{
    struct buf out = BUF_INIT(2000);
    static const char set[] = "Set-Cookie: ";
    for (const char *p = buf_str(&x->p.fields); (p = strstr(p, set));) {
        p += strlen(set);
        buf_printf(&out, "%s%.*s", out.len ? "; " : "", (int)strcspn(p, ";"), p);
    }
    return buf_take(&out);
}

static int whoami(const char *cookie, bool encrypted)
{
    struct asked x = { .cookie = cookie, .encrypted = encrypted };
    asked_run(&x, "GET", "/api/v1/session");
    int status = x.p.status;
    asked_done(&x);
    return status;
}

static void test_cookies(void **state)
{
    (void)state;
    for (int encrypted = 0; encrypted < 2; encrypted++) {
        struct asked x = { .body = RIGHT, .encrypted = encrypted };
        assert_int_equal(201, log_in(&x));
        mem_auto char *cookies = cookies_of(&x);
        const char *fields = buf_str(&x.p.fields);
        assert_non_null(strstr(cookies, encrypted ? "__Host-edgecron_session=ecs_" : "edgecron_session=ecs_"));
        assert_int_equal(encrypted == 0, strstr(fields, "Secure") == NULL);
        assert_int_equal(encrypted == 0, strstr(fields, "__Host-") == NULL);
        assert_non_null(strstr(fields, "; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict"));
        assert_null(strstr(fields, "Domain"));
        assert_int_equal(200, whoami(cookies, encrypted));
        assert_int_equal(401, whoami(cookies, !encrypted)); /* what went over TLS is not taken without it */
        asked_done(&x);
    }
}

static void test_rotation(void **state)
{
    (void)state;
    struct asked x = { .body = RIGHT };
    assert_int_equal(201, log_in(&x));
    mem_auto char *first = cookies_of(&x);
    asked_done(&x);
    x = (struct asked){ .body = RIGHT, .cookie = first };
    assert_int_equal(201, log_in(&x));
    mem_auto char *second = cookies_of(&x);
    asked_done(&x);
    assert_string_not_equal(first, second);
    assert_int_equal(401, whoami(first, false));
    assert_int_equal(200, whoami(second, false));
    assert_string_equal(strstr(first, "edgecron_device"),
                        strstr(second, "edgecron_device")); /* it stays the same browser */
}

static void test_bad_bodies(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        int status;
    } cases[] = {
        { "", 422 },
        { "{}", 422 },
        { "[]", 400 },
        { "{", 400 },
        { "{\"password\":1}", 422 },
        { "{\"password\":\"\"}", 422 },
        { "{\"password\":\"x\",\"user\":\"y\"}", 422 },
        { "{\"password\":\"x\",\"password\":\"y\"}", 400 },
    };
    for (size_t i = 0; i < MEM_COUNT(cases); i++)
        assert_int_equal(cases[i].status, try_from("192.0.2.200", cases[i].body));
    buf_auto struct buf large = BUF_INIT(20000);
    buf_str_add(&large, "{\"password\":\"");
    for (int i = 0; i < 9000; i++)
        buf_char(&large, 'x');
    buf_str_add(&large, "\"}");
    assert_int_equal(413, try_from("192.0.2.200", buf_str(&large)));
    assert_int_equal(201, try_from("192.0.2.200", RIGHT)); /* none of these counted as a try */
}

/* An attack from everywhere: strangers are kept out, who was in before is let in. */
static void test_the_owner_under_attack(void **state)
{
    (void)state;
    struct asked x = { .body = RIGHT, .remote = "198.51.100.7" };
    assert_int_equal(201, log_in(&x));
    mem_auto char *cookies = cookies_of(&x);
    asked_done(&x);
    int looked_at = 0;
    for (int i = 0; i < 200; i++) {
        char address[32];
        snprintf(address, sizeof address, "10.0.%d.%d", i / 50, i % 50);
        int status = try_from(address, WRONG);
        assert_true(status == 401 || status == 429);
        looked_at += status == 401;
    }
    assert_in_range(looked_at, 5, 25);
    assert_int_equal(429, try_from("10.9.9.9", RIGHT));     /* a stranger waits, right or wrong ... */
    assert_int_equal(201, try_from("198.51.100.7", RIGHT)); /* ... the address of before does not */
    x = (struct asked){ .body = RIGHT, .remote = "10.9.9.9", .cookie = cookies };
    assert_int_equal(201, log_in(&x)); /* nor does the browser of before, wherever it is */
    asked_done(&x);
    char forged[400];
    snprintf(forged, sizeof forged, "%s", cookies);
    char *last = forged + strlen(forged) - 2;
    *last = *last == 'A' ? 'B' : 'A';
    x = (struct asked){ .body = RIGHT, .remote = "10.9.9.9", .cookie = forged };
    assert_int_equal(429, log_in(&x));
    asked_done(&x);
}

static int64_t audited(const char *action, int64_t *ret_failures)
{
    struct store *s = asked_store();
    struct arena *a = arena_new(0);
    struct audit_row *rows;
    struct err e = { 0 };
    const char *next;
    int n;
    const struct audit_filter f = { .since = WALL_NONE, .until = WALL_NONE, .action = action, .limit = 1000 };
    assert_int_equal(audit_list(s, &f, a, &rows, &n, &next, &e), 0);
    *ret_failures = 0;
    for (int i = 0; i < n; i++) {
        json_auto struct json *detail = json_parse(rows[i].detail, strlen(rows[i].detail), NULL);
        *ret_failures += (int64_t)json_number(json_get(detail, "failures")) +
                         (int64_t)json_number(json_get(detail, "failures_before"));
    }
    arena_free(a);
    store_close(s);
    return n;
}

/* After the attack: few entries, and yet each failure was counted. */
static void test_the_audit_is_not_filled(void **state)
{
    (void)state;
    int64_t told, before;
    int64_t entries = audited("session.login_failed", &told);
    assert_in_range(entries, 1, 12);
    audited("session.login", &before);
    assert_in_range(told + before, 5, 40);
    assert_true(told + before >= entries);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cookies),
        cmocka_unit_test(test_rotation),
        cmocka_unit_test(test_bad_bodies),
        cmocka_unit_test(test_the_owner_under_attack),
        cmocka_unit_test(test_the_audit_is_not_filled),
    };
    json_init();
    log_setup(LOG_ERROR, LOG_LOGFMT);
    return cmocka_run_group_tests(tests, set_up, asked_end);
}
