/* Secrets that are bound to targets: what is refused when jobs, targets and bindings are saved. */
#include "temp_vault.h"

static int try_job(struct store *s, const char *name, const char *fields, struct err *e)
{
    enum put_result put;
    struct job_of j = job_of(name, fields);
    int result = jobs_put(s, &j.job, -1, NOW, &put, e);
    arena_free(j.arena);
    return result;
}

static void test_bound_secrets_stay_where_they_may_go(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct vault *v = open_vault(t->s);
    static const char *const PROD[] = { "prod" }, *const BOTH[] = { "prod", "other" },
                             *const NOWHERE[] = { "prod", "gone" };
    put_target(t->s, "prod", "");
    put_target(t->s, "other", "");
    set(v, t->s, "K", "value");
    assert_int_equal(-ERR_INVALID, secrets_bind(t->s, "K", NOWHERE, 2, &e));
    assert_string_equal("/targets/1", e.pointer);
    assert_int_equal(-ERR_NOT_FOUND, secrets_bind(t->s, "NONE", PROD, 1, &e));
    assert_ok(secrets_bind(t->s, "K", PROD, 1, &e), e);
    assert_int_equal(0,
                     try_job(t->s, "fits",
                             ", \"target\": \"prod\", \"request\": {\"url\": \"/f\", \"body\": \"{{secret.K}}\"}", &e));
    assert_int_equal(
        -ERR_INVALID,
        try_job(t->s, "strays",
                ", \"target\": \"other\", \"request\": {\"url\": \"/f\", \"headers\": {\"X-K\": \"{{secret.K}}\"}}",
                &e));
    assert_string_equal("/request/headers/X-K", e.pointer);
    assert_err(e, ERR_INVALID, "'K' is bound to target 'prod' and may not be sent to target 'other'");
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM jobs WHERE name = 'strays'"));
    /* the targets that it is bound to cannot go, and its users cannot be cut off */
    assert_int_equal(-ERR_CONFLICT, targets_remove(t->s, "prod", -1, &e));
    assert_err(e, ERR_CONFLICT, "used by job 'fits', secret 'K'");
    assert_ok(secrets_bind(t->s, "K", BOTH, 2, &e), e);
    assert_int_equal(
        0, try_job(t->s, "strays",
                   ", \"target\": \"other\", \"request\": {\"url\": \"/f\", \"headers\": {\"X-K\": \"{{secret.K}}\"}}",
                   &e));
    assert_int_equal(-ERR_CONFLICT, secrets_bind(t->s, "K", PROD, 1, &e));
    assert_err(e, ERR_CONFLICT, "sent elsewhere by job 'strays'");
    assert_int_equal(2, count_of(t->s, "SELECT count(*) FROM secret_targets"));
    assert_ok(secrets_bind(t->s, "K", NULL, 0, &e), e);
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM secret_targets"));
    vault_close(v);
}

static void test_bound_secrets_in_targets(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    enum put_result put;
    struct vault *v = open_vault(t->s);
    static const char *const PROD[] = { "prod" };
    put_target(t->s, "prod", "");
    set(v, t->s, "K", "value");
    assert_ok(secrets_bind(t->s, "K", PROD, 1, &e), e);
    put_target(t->s, "prod", ", \"headers\": {\"X-K\": \"{{secret.K}}\"}");
    struct target other = { .name = "other",
                            .base_url = "http://127.0.0.1:10",
                            .headers = &(struct header){ "X-K", "Bearer {{secret.K}}" },
                            .n_headers = 1,
                            .max_concurrent = 64,
                            .tls_min = "1.2" };
    assert_int_equal(-ERR_INVALID, targets_put(t->s, &other, -1, NOW, &put, &e));
    assert_string_equal("/headers/X-K", e.pointer);
    other.n_headers = 0;
    assert_ok(targets_put(t->s, &other, -1, NOW, &put, &e), e);
    vault_close(v);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_vault_open, temp_store_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_bound_secrets_stay_where_they_may_go),
        TEST(test_bound_secrets_in_targets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
