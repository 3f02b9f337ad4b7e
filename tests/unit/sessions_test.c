/* The administrator's password, the set-up link and sessions, as the store keeps them. */
#include "temp_store.h"

#include "store/admin.h"
#include "store/sessions.h"

#include <stdio.h>

#define MINUTE_MS 60000
#define HOUR_MS 3600000LL

/* A password of one round: what is kept decides how many there are. */
static struct admin_password quick(const char *password)
{
    struct admin_password p = { .rounds = 1 };
    crypto_pbkdf2(password, strlen(password), p.salt, sizeof p.salt, 1, p.hash);
    return p;
}

static void begin(struct store *s, struct wall now, const char *before, char secret[CREDENTIAL_SIZE],
                  char id[ID_TEXT_SIZE])
{
    struct err e;
    const struct session_from from = { "203.0.113.9", "Browser/1", before, "password", 0 };
    assert_ok(sessions_begin(s, &from, now, secret, id, &e), e);
}

static int identify(struct store *s, const char *secret, struct wall now)
{
    struct session_identity found;
    struct err e = { 0 };
    return sessions_identify(s, secret, now, &found, &e);
}

static void test_a_password(void **state)
{
    struct temp_store *t = *state;
    struct admin_password p, kept;
    struct err e = { 0 };
    bool is_set;
    assert_ok(admin_get(t->s, &is_set, &kept, &e), e);
    assert_false(is_set);
    admin_make("correct horse", 13, &p);
    assert_int_equal(ADMIN_ROUNDS, p.rounds);
    assert_ok(admin_set(t->s, &p, NULL, "command", NOW, &e), e);
    assert_ok(admin_get(t->s, &is_set, &kept, &e), e);
    assert_true(is_set && kept.updated_at.ms == NOW.ms && kept.rounds == ADMIN_ROUNDS);
    assert_true(admin_fits(&kept, "correct horse", 13));
    kept.rounds = 1; /* rounds count, and so does every byte */
    assert_false(admin_fits(&kept, "correct horse", 13));
    assert_ok(admin_still(t->s, &p, &e), e);
    struct admin_password before = p;
    p = quick("one two three");
    assert_ok(admin_set(t->s, &p, NULL, "command", AFTER(1), &e), e);
    assert_int_equal(-ERR_UNAUTHENTICATED, admin_still(t->s, &before, &e));
    assert_err(e, ERR_UNAUTHENTICATED, "changed at this moment");
    assert_ok(admin_get(t->s, &is_set, &kept, &e), e);
    assert_true(admin_fits(&kept, "one two three", 13));
    assert_false(admin_fits(&kept, "one two three ", 14));
    assert_false(admin_fits(&kept, "one two thre", 12));
    assert_false(admin_fits(&kept, "", 0));
    assert_int_equal(2, count_of(t->s, "SELECT count(*) FROM audit WHERE action = 'admin.password'"));
}

static void test_the_link_is_good_once_and_for_thirty_minutes(void **state)
{
    struct temp_store *t = *state;
    char link[CREDENTIAL_SIZE], second[CREDENTIAL_SIZE];
    struct err e = { 0 };
    assert_int_equal(-ERR_UNAUTHENTICATED, setup_check(t->s, "ecl_x", NOW, &e));
    assert_ok(setup_make(t->s, NOW, link, &e), e);
    assert_ok(setup_check(t->s, link, AFTER(SETUP_VALID_MS - 1), &e), e);
    assert_int_equal(-ERR_UNAUTHENTICATED, setup_check(t->s, link, AFTER(SETUP_VALID_MS), &e));
    assert_err(e, ERR_UNAUTHENTICATED, "30 minutes");
    assert_ok(setup_make(t->s, AFTER(5), second, &e), e);
    assert_int_equal(-ERR_UNAUTHENTICATED, setup_check(t->s, link, AFTER(6), &e));
    assert_err(e, ERR_UNAUTHENTICATED, "edgecron admin setup-link");
    assert_ok(setup_check(t->s, second, AFTER(6), &e), e);
    struct admin_password p = quick("one two three");
    assert_ok(admin_set(t->s, &p, NULL, "setup", AFTER(7), &e), e);
    assert_int_equal(-ERR_CONFLICT, setup_check(t->s, second, AFTER(8), &e));
    assert_int_equal(-ERR_CONFLICT, setup_make(t->s, AFTER(9), link, &e));
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM setup"));
}

static void test_a_session_ends(void **state)
{
    struct temp_store *t = *state;
    char secret[CREDENTIAL_SIZE], id[ID_TEXT_SIZE];
    struct err e = { 0 };
    begin(t->s, NOW, NULL, secret, id);
    assert_int_equal(0, identify(t->s, secret, NOW));
    assert_int_equal(0, identify(t->s, secret, AFTER(SESSION_IDLE_MS)));
    assert_int_equal(-ERR_UNAUTHENTICATED, identify(t->s, secret, AFTER(SESSION_IDLE_MS + MINUTE_MS)));
    for (int64_t at = 0; at < SESSION_MOST_MS; at += 11 * HOUR_MS)
        assert_ok(sessions_touch(t->s, id, AFTER(at), &e), e);
    assert_int_equal(0, identify(t->s, secret, AFTER(SESSION_MOST_MS - 1)));
    assert_int_equal(-ERR_UNAUTHENTICATED, identify(t->s, secret, AFTER(SESSION_MOST_MS)));
    secret[20] = secret[20] == 'A' ? 'B' : 'A';
    assert_int_equal(-ERR_UNAUTHENTICATED, identify(t->s, secret, NOW));
    assert_int_equal(-ERR_UNAUTHENTICATED, identify(t->s, "", NOW));
    assert_int_equal(-ERR_UNAUTHENTICATED, identify(t->s, NULL, NOW));
}

static void test_one_write_a_minute(void **state)
{
    struct temp_store *t = *state;
    char secret[CREDENTIAL_SIZE], id[ID_TEXT_SIZE];
    struct session_identity found;
    struct err e = { 0 };
    begin(t->s, NOW, NULL, secret, id);
    assert_ok(sessions_identify(t->s, secret, AFTER(MINUTE_MS - 1), &found, &e), e);
    assert_false(found.stale);
    assert_string_equal(id, found.id);
    assert_ok(sessions_identify(t->s, secret, AFTER(MINUTE_MS), &found, &e), e);
    assert_true(found.stale);
    assert_ok(sessions_touch(t->s, id, AFTER(MINUTE_MS + 5), &e), e);
    assert_ok(sessions_identify(t->s, secret, AFTER(MINUTE_MS + 6), &found, &e), e);
    assert_false(found.stale);
}

static void test_a_new_login_ends_the_session_before(void **state)
{
    struct temp_store *t = *state;
    char first[CREDENTIAL_SIZE], second[CREDENTIAL_SIZE], a[ID_TEXT_SIZE], b[ID_TEXT_SIZE];
    begin(t->s, NOW, NULL, first, a);
    begin(t->s, AFTER(1), a, second, b);
    assert_string_not_equal(first, second);
    assert_int_equal(-ERR_UNAUTHENTICATED, identify(t->s, first, AFTER(2)));
    assert_int_equal(0, identify(t->s, second, AFTER(2)));
}

static void count_session(void *ctx, const struct session_info *i)
{
    assert_string_equal("203.0.113.9", i->address);
    assert_string_equal("Browser/1", i->user_agent);
    ++*(int *)ctx;
}

static void test_ending(void **state)
{
    struct temp_store *t = *state;
    char secrets[3][CREDENTIAL_SIZE], ids[3][ID_TEXT_SIZE];
    struct err e = { 0 };
    int n = 0;
    for (int i = 0; i < 3; i++)
        begin(t->s, AFTER(i), NULL, secrets[i], ids[i]);
    assert_ok(sessions_each(t->s, NOW, count_session, &n, &e), e);
    assert_int_equal(3, n);
    assert_ok(sessions_end(t->s, ids[0], AUDIT_SESSION_REVOKE, NOW, &e), e);
    assert_int_equal(-ERR_NOT_FOUND, sessions_end(t->s, ids[0], AUDIT_SESSION_REVOKE, NOW, &e));
    assert_int_equal(-ERR_NOT_FOUND, sessions_end(t->s, "x", AUDIT_SESSION_REVOKE, NOW, &e));
    struct admin_password p = quick("one two three");
    assert_ok(admin_set(t->s, &p, ids[1], "password", AFTER(9), &e), e); /* ends all but one */
    assert_int_equal(0, identify(t->s, secrets[1], AFTER(10)));
    assert_int_equal(-ERR_UNAUTHENTICATED, identify(t->s, secrets[2], AFTER(10)));
    int64_t ended;
    assert_ok(sessions_end_others(t->s, NULL, AFTER(11), &ended, &e), e);
    assert_int_equal(1, ended);
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM sessions"));
    assert_ok(sessions_end_others(t->s, NULL, AFTER(12), &ended, &e), e);
    assert_int_equal(3, count_of(t->s, "SELECT count(*) FROM audit WHERE action = 'session.revoke'"));
}

static void test_sessions_are_bounded(void **state)
{
    struct temp_store *t = *state;
    char secret[CREDENTIAL_SIZE], id[ID_TEXT_SIZE], first[CREDENTIAL_SIZE];
    for (int i = 0; i < SESSIONS_MAX + 5; i++)
        begin(t->s, AFTER(i), NULL, i ? secret : first, id);
    assert_int_equal(SESSIONS_MAX, count_of(t->s, "SELECT count(*) FROM sessions"));
    assert_int_equal(0, identify(t->s, secret, AFTER(200)));
    assert_int_equal(-ERR_UNAUTHENTICATED, identify(t->s, first, AFTER(200)));
    begin(t->s, AFTER(SESSION_MOST_MS + 1000), NULL, secret, id);
    assert_int_equal(1, count_of(t->s, "SELECT count(*) FROM sessions"));
}

static void test_a_long_agent_is_cut_between_characters(void **state)
{
    struct temp_store *t = *state;
    char secret[CREDENTIAL_SIZE], id[ID_TEXT_SIZE], agent[400];
    struct err e;
    for (size_t i = 0; i < sizeof agent; i += 2)
        memcpy(agent + i, "\xc3\xa9", 2);
    agent[0] = 'x';
    agent[1] = '\xff';
    agent[sizeof agent - 1] = '\0';
    const struct session_from from = { NULL, agent, NULL, "password", 7 };
    assert_ok(sessions_begin(t->s, &from, NOW, secret, id, &e), e);
    mem_auto char *kept = text_of(t->s, "SELECT user_agent FROM sessions");
    assert_true(strlen(kept) <= SESSION_AGENT_MAX && strlen(kept) > SESSION_AGENT_MAX - 4);
    assert_true(json_utf8_valid(kept, strlen(kept)));
    mem_auto char *detail = text_of(t->s, "SELECT detail FROM audit WHERE action = 'session.login'");
    assert_non_null(strstr(detail, "\"failures_before\":7"));
}

/* What is in the database opens nothing. */
static void test_nothing_kept_opens_anything(void **state)
{
    struct temp_store *t = *state;
    char secret[CREDENTIAL_SIZE], id[ID_TEXT_SIZE], csrf[SESSION_CSRF_SIZE], again[SESSION_CSRF_SIZE];
    begin(t->s, NOW, NULL, secret, id);
    session_csrf(secret, csrf);
    session_csrf(secret, again);
    assert_string_equal(csrf, again);
    assert_int_equal(43, strlen(csrf));
    assert_null(strstr(csrf, secret + 4));
    mem_auto char *sql =
        mem_printf("SELECT count(*) FROM sessions WHERE hash = CAST('%s' AS BLOB) OR prefix = '%s'", secret, secret);
    assert_int_equal(0, count_of(t->s, sql));
    secret[10] = secret[10] == 'A' ? 'B' : 'A';
    session_csrf(secret, again);
    assert_string_not_equal(csrf, again);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, temp_store_open, temp_store_close)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_password),
        TEST(test_the_link_is_good_once_and_for_thirty_minutes),
        TEST(test_a_session_ends),
        TEST(test_one_write_a_minute),
        TEST(test_a_new_login_ends_the_session_before),
        TEST(test_ending),
        TEST(test_sessions_are_bounded),
        TEST(test_a_long_agent_is_cut_between_characters),
        TEST(test_nothing_kept_opens_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
