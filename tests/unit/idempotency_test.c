/* Answers kept for Idempotency-Key: found again, replaced when too old, pruned a few at a time. */
#include "store/idempotency.h"
#include "temp_store.h"

#include <stdio.h>

#define HOUR_MS 3600000LL

static void keep(struct store *s, const char *key, const char *body, struct wall at)
{
    struct err e = { 0 };
    const struct idempotency_key k = { key, "2:deploy", "/api/v1/jobs" };
    struct idempotency_answer x = { .status = 201, .fields = "ETag: \"1\"\r\n", .body = body, .created_at = at };
    memset(x.fingerprint, 7, sizeof x.fingerprint);
    assert_ok(idempotency_keep(s, &k, &x, &e), e);
}

static struct idempotency_answer *find(struct store *s, struct idempotency_key k, struct wall now, struct arena *a)
{
    struct err e = { 0 };
    struct idempotency_answer *x;
    assert_ok(idempotency_find(s, &k, now, a, &x, &e), e);
    return x;
}

static void test_found_again(void **state)
{
    struct temp_store *t = *state;
    struct arena *a = arena_new(0);
    keep(t->s, "k1", "{\"name\":\"x\"}", NOW);
    keep(t->s, "k2", NULL, NOW);
    struct idempotency_answer *x =
        find(t->s, (struct idempotency_key){ "k1", "2:deploy", "/api/v1/jobs" }, AFTER(23 * HOUR_MS), a);
    assert_non_null(x);
    assert_int_equal(201, x->status);
    assert_string_equal("ETag: \"1\"\r\n", x->fields);
    assert_string_equal("{\"name\":\"x\"}", x->body);
    assert_int_equal(7, x->fingerprint[31]);
    assert_true(x->created_at.ms == NOW.ms);
    x = find(t->s, (struct idempotency_key){ "k2", "2:deploy", "/api/v1/jobs" }, NOW, a);
    assert_non_null(x);
    assert_null(x->body);
    assert_null(find(t->s, (struct idempotency_key){ "k1", "2:other", "/api/v1/jobs" }, NOW, a));
    assert_null(find(t->s, (struct idempotency_key){ "k1", "2:deploy", "/api/v1/apply" }, NOW, a));
    assert_null(find(t->s, (struct idempotency_key){ "K1", "2:deploy", "/api/v1/jobs" }, NOW, a));
    arena_free(a);
}

static void test_too_old(void **state)
{
    struct temp_store *t = *state;
    struct arena *a = arena_new(0);
    const struct idempotency_key k = { "k", "2:deploy", "/api/v1/jobs" };
    keep(t->s, "k", "1", NOW);
    assert_null(find(t->s, k, AFTER(24 * HOUR_MS + 1), a));
    keep(t->s, "k", "2", AFTER(24 * HOUR_MS + 1));
    assert_string_equal("2", find(t->s, k, AFTER(24 * HOUR_MS + 1), a)->body);
    assert_int_equal(1, count_of(t->s, "SELECT count(*) FROM idempotency"));
    arena_free(a);
}

static void test_pruned_in_steps(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    int64_t n;
    char key[16];
    for (int i = 0; i < 50; i++) {
        snprintf(key, sizeof key, "old%d", i);
        keep(t->s, key, "{}", AFTER(i));
    }
    for (int i = 0; i < 10; i++) { /* each new one takes two old ones away */
        snprintf(key, sizeof key, "new%d", i);
        keep(t->s, key, "{}", AFTER(30 * HOUR_MS));
    }
    assert_int_equal(50 - 20 + 10, count_of(t->s, "SELECT count(*) FROM idempotency"));
    assert_ok(idempotency_prune(t->s, AFTER(30 * HOUR_MS), 25, &n, &e), e);
    assert_int_equal(25, n);
    assert_ok(idempotency_prune(t->s, AFTER(30 * HOUR_MS), 25, &n, &e), e);
    assert_int_equal(5, n);
    assert_int_equal(10, count_of(t->s, "SELECT count(*) FROM idempotency"));
    /* the clock was years ahead when these were kept */
    assert_ok(idempotency_prune(t->s, NOW, 100, &n, &e), e);
    assert_int_equal(10, n);
}

static void test_most(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    int64_t n;
    keep(t->s, "a", "{}", NOW);
    keep(t->s, "b", "{}", NOW);
    execute_sql(t->s, "UPDATE idempotency SET id = id + 100000 WHERE key = 'b'");
    assert_ok(idempotency_prune(t->s, NOW, 10, &n, &e), e);
    assert_int_equal(1, n);
    assert_int_equal(1, count_of(t->s, "SELECT count(*) FROM idempotency WHERE key = 'b'"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_store_open, temp_store_close)

int main(void)
{
    json_init();
    const struct CMUnitTest tests[] = {
        TEST(test_found_again),
        TEST(test_too_old),
        TEST(test_pruned_in_steps),
        TEST(test_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
