/* Versions of secrets, and what is told of them. */
#include "temp_vault.h"

#include <stdio.h>

static void test_rotation_keeps_the_version_before(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct vault *v = open_vault(t->s);
    set(v, t->s, "K", "first");
    assert_int_equal(2, rotate(v, t->s, "K", "second", HOUR_MS, NOW));
    assert_versions(v, t->s, "K:1:first:3600000 K:2:second:-1 ");
    secret_auto struct secret x = { 0 };
    assert_ok(vault_get(v, t->s, "K", &x, &e), e);
    assert_string_equal("second", x.value);
    assert_int_equal(2, x.version);
    /* another one within the overlap: the one before the previous is gone */
    assert_int_equal(3, rotate(v, t->s, "K", "third", HOUR_MS, AFTER(1000)));
    assert_versions(v, t->s, "K:2:second:3601000 K:3:third:-1 ");
    /* without overlap, and by set: all that was before is gone */
    assert_int_equal(4, rotate(v, t->s, "K", "fourth", 0, NOW));
    assert_versions(v, t->s, "K:4:fourth:-1 ");
    rotate(v, t->s, "K", "fifth", HOUR_MS, NOW);
    assert_int_equal(6, set(v, t->s, "K", "sixth"));
    assert_versions(v, t->s, "K:6:sixth:-1 ");
    vault_close(v);
}

static void test_the_same_value_again(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct vault *v = open_vault(t->s);
    set(v, t->s, "K", "first");
    assert_int_equal(1, set(v, t->s, "K", "first"));
    assert_int_equal(-ERR_CONFLICT, vault_rotate(v, t->s, "K", "first", 5, HOUR_MS, NOW, NULL, &e));
    assert_string_equal("/value", e.pointer);
    assert_err(e, ERR_CONFLICT, "has this value already");
    rotate(v, t->s, "K", "second", HOUR_MS, NOW);
    assert_int_equal(2, set(v, t->s, "K", "second")); /* "from now on this, and no other" */
    assert_versions(v, t->s, "K:2:second:-1 ");
    rotate(v, t->s, "K", "third", HOUR_MS, NOW);
    assert_int_equal(4, rotate(v, t->s, "K", "second", HOUR_MS, NOW)); /* and back */
    assert_versions(v, t->s, "K:3:third:3600000 K:4:second:-1 ");
    assert_int_equal(-ERR_NOT_FOUND, vault_rotate(v, t->s, "NONE", "value", 5, HOUR_MS, NOW, NULL, &e));
    assert_err(e, ERR_NOT_FOUND, "edgecron secret set NONE");
    assert_false(store_in_transaction(t->s));
    vault_close(v);
}

/* One that cannot be read is set again: nothing of it is left to overlap. */
static void test_a_damaged_value_is_replaced(void **state)
{
    struct temp_store *t = *state;
    struct vault *v = open_vault(t->s);
    set(v, t->s, "K", "first");
    execute_sql(t->s, "UPDATE secret_versions SET value = zeroblob(40)");
    assert_versions(v, t->s, "K:1:sealed:-1 ");
    assert_int_equal(2, rotate(v, t->s, "K", "second", HOUR_MS, NOW));
    assert_versions(v, t->s, "K:2:second:-1 ");
    vault_close(v);
}

/* Neither version opens as the other, nor under another name. */
static void test_swapped_versions_do_not_open(void **state)
{
    struct temp_store *t = *state;
    struct vault *v = open_vault(t->s);
    set(v, t->s, "K", "first");
    rotate(v, t->s, "K", "second", HOUR_MS, NOW);
    execute_sql(t->s, "CREATE TEMP TABLE x AS SELECT version, value FROM secret_versions");
    execute_sql(t->s, "UPDATE secret_versions SET value = (SELECT value FROM x WHERE x.version = 3 - "
                      "secret_versions.version)");
    assert_versions(v, t->s, "K:1:sealed:3600000 K:2:sealed:-1 ");
    execute_sql(t->s,
                "UPDATE secret_versions SET value = (SELECT value FROM x WHERE x.version = secret_versions.version)");
    assert_versions(v, t->s, "K:1:first:3600000 K:2:second:-1 ");
    vault_close(v);
}

static void test_what_is_destroyed_leaves_the_file(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    int64_t n;
    uint8_t small[16], large[16], removed[16];
    char *big = mem_alloc(29001);
    memset(big, 'b', 29000);
    struct vault *v = open_vault(t->s);
    set(v, t->s, "K", "a-small-value-that-goes");
    set(v, t->s, "L", big);
    set(v, t->s, "R", "removed-value");
    take_sealed(t->s, "name = 'K'", small);
    take_sealed(t->s, "name = 'L'", large);
    take_sealed(t->s, "name = 'R'", removed);
    rotate(v, t->s, "K", "another", HOUR_MS, NOW);
    rotate(v, t->s, "L", "another", HOUR_MS, NOW);
    execute_sql(t->s, "PRAGMA wal_checkpoint(TRUNCATE)");
    assert_true(files_hold(t->dir, small, 16)); /* the search works */
    assert_true(files_hold(t->dir, large, 16));
    assert_ok(secrets_expire(t->s, AFTER(HOUR_MS - 1), &n, &e), e);
    assert_int_equal(0, n);
    assert_ok(secrets_expire(t->s, AFTER(HOUR_MS), &n, &e), e);
    assert_int_equal(2, n);
    assert_ok(secrets_remove(t->s, "R", &e), e);
    assert_versions(v, t->s, "K:2:another:-1 L:2:another:-1 ");
    execute_sql(t->s, "PRAGMA wal_checkpoint(TRUNCATE)");
    assert_false(files_hold(t->dir, small, 16));
    assert_false(files_hold(t->dir, large, 16));
    assert_false(files_hold(t->dir, removed, 16));
    assert_int_equal(2, count_of(t->s, "PRAGMA secure_delete")); /* FAST again, for all else */
    mem_free(big);
    vault_close(v);
}

/* The schema itself holds at most one current and one previous version. */
static void test_never_more_than_two(void **state)
{
    struct temp_store *t = *state;
    struct vault *v = open_vault(t->s);
    set(v, t->s, "K", "first");
    rotate(v, t->s, "K", "second", HOUR_MS, NOW);
    static const char INSERT[] = "INSERT INTO secret_versions VALUES ('K', 9, x'00', 1, %s)";
    for (int i = 0; i < 2; i++) {
        mem_auto char *sql = mem_printf(INSERT, i ? "NULL" : "5");
        assert_int_equal(SQLITE_CONSTRAINT, sqlite3_exec(t->s->db, sql, NULL, NULL, NULL) & 0xff);
    }
    vault_close(v);
}

static struct secret_info *info_of(struct store *s, const char *name, struct wall now, struct arena *a)
{
    struct err e;
    struct secret_info *found;
    int n;
    assert_ok(secrets_list(s, name, now, a, &found, &n, &e), e);
    assert_int_equal(1, n);
    return found;
}

static void test_list(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct arena *a = arena_new(0);
    struct vault *v = open_vault(t->s);
    put_target(t->s, "prod", ", \"headers\": {\"X-Key\": \"{{secret.K}} {{ secret.K }}\", \"X-B\": \"{{secret.B}}\"}");
    put_job(t->s, "uses", ", \"request\": {\"url\": \"http://x.example/?k={{secret.K}}\", \"body\": \"{{secret.K}}\"}");
    for (int i = 0; i < 5; i++) {
        char name[16];
        snprintf(name, sizeof name, "more-%d", i);
        put_job(t->s, name, ", \"request\": {\"url\": \"http://x.example/\", \"body\": {\"k\": \"{{secret.B}}\"}}");
    }
    set(v, t->s, "K", "first");
    set(v, t->s, "B", "other");
    set(v, t->s, "FREE", "third");
    rotate(v, t->s, "K", "second", HOUR_MS, AFTER(5000));
    struct secret_info *all;
    int n;
    assert_ok(secrets_list(t->s, NULL, NOW, a, &all, &n, &e), e);
    assert_int_equal(3, n);
    assert_string_equal("B", all[0].name);
    assert_int_equal(5, all[0].n_jobs);
    assert_string_equal("more-4", all[0].jobs[4]);
    assert_int_equal(1, all[0].n_users);
    assert_string_equal("FREE", all[1].name);
    assert_int_equal(0, all[1].n_jobs + all[1].n_users + all[1].n_targets + all[1].n_accepted);
    struct secret_info *k = &all[2];
    assert_int_equal(2, k->version);
    assert_int_equal(NOW.ms, k->created_at.ms);
    assert_int_equal(NOW.ms + 5000, k->updated_at.ms);
    assert_int_equal(90 * 86400, k->rotate_every_s);
    assert_int_equal(NOW.ms + 5000 + 90 * 86400000LL, k->due_at.ms);
    assert_true(wall_is_none(k->last_used_at));
    assert_int_equal(1, k->previous_version);
    assert_int_equal(NOW.ms + 5000 + HOUR_MS, k->previous_expires_at.ms);
    assert_int_equal(1, k->n_jobs);
    assert_string_equal("uses", k->jobs[0]);
    assert_int_equal(1, k->n_users);
    assert_string_equal("prod", k->users[0]);
    assert_int_equal(
        0, info_of(t->s, "K", AFTER(5000 + HOUR_MS), a)->previous_version); /* not destroyed yet, not told of */
    assert_ok(secrets_list(t->s, "NONE", NOW, a, &all, &n, &e), e);
    assert_int_equal(0, n);
    arena_free(a);
    vault_close(v);
}

static void test_reminder_use_and_acceptance(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct arena *a = arena_new(0);
    struct vault *v = open_vault(t->s);
    set(v, t->s, "K", "first");
    assert_ok(secrets_set_rotation(t->s, "K", 60, &e), e);
    assert_int_equal(NOW.ms + 60000, info_of(t->s, "K", NOW, a)->due_at.ms);
    assert_ok(secrets_set_rotation(t->s, "K", 0, &e), e);
    assert_true(wall_is_none(info_of(t->s, "K", NOW, a)->due_at));
    assert_int_equal(-ERR_NOT_FOUND, secrets_set_rotation(t->s, "NONE", 60, &e));
    assert_ok(secrets_note_used(t->s, "K", AFTER(7), &e), e);
    assert_ok(secrets_note_used(t->s, "K", AFTER(5), &e), e); /* an earlier one comes late */
    assert_ok(secrets_note_used(t->s, "NONE", NOW, &e), e);
    assert_int_equal(NOW.ms + 7, info_of(t->s, "K", NOW, a)->last_used_at.ms);
    assert_ok(secrets_note_accepted(t->s, "K", &(struct secret_accepted){ "prod", 2, AFTER(9) }, &e), e);
    assert_ok(secrets_note_accepted(t->s, "K", &(struct secret_accepted){ "prod", 1, AFTER(8) }, &e), e);
    assert_ok(secrets_note_accepted(t->s, "K", &(struct secret_accepted){ "https://x.example", 1, NOW }, &e), e);
    assert_ok(secrets_note_accepted(t->s, "NONE", &(struct secret_accepted){ "prod", 1, NOW }, &e), e);
    const struct secret_info *k = info_of(t->s, "K", NOW, a);
    assert_int_equal(2, k->n_accepted);
    assert_string_equal("https://x.example", k->accepted[0].place);
    assert_string_equal("prod", k->accepted[1].place);
    assert_int_equal(2, k->accepted[1].version);
    assert_int_equal(NOW.ms + 9, k->accepted[1].at.ms);
    assert_ok(secrets_set_rotation(t->s, "K", 60, &e), e);
    rotate(v, t->s, "K", "second", 0, NOW); /* all of it outlives a rotation */
    k = info_of(t->s, "K", NOW, a);
    assert_int_equal(60, k->rotate_every_s);
    assert_int_equal(2, k->n_accepted);
    rotate(v, t->s, "K", "third", 0, NOW);
    k = info_of(t->s, "K", NOW, a); /* but for a place that was not heard of for two versions */
    assert_int_equal(1, k->n_accepted);
    assert_string_equal("prod", k->accepted[0].place);
    assert_ok(secrets_remove(t->s, "K", &e), e); /* and goes with the secret */
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM secret_accepted"));
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM secret_versions"));
    arena_free(a);
    vault_close(v);
}

static void assert_marks_change(struct store *s, char **before)
{
    struct err e;
    struct buf marks = BUF_INIT(4096);
    assert_ok(secrets_marks(s, &marks, &e), e);
    assert_string_not_equal(*before, buf_str(&marks));
    mem_free(*before);
    *before = mem_strdup(buf_str(&marks));
    buf_free(&marks);
}

static void test_marks(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct vault *v = open_vault(t->s);
    static const char *const PROD[] = { "prod" };
    char *before = mem_strdup("-");
    put_target(t->s, "prod", "");
    assert_marks_change(t->s, &before);
    set(v, t->s, "K", "first");
    assert_marks_change(t->s, &before);
    rotate(v, t->s, "K", "second", HOUR_MS, NOW);
    assert_marks_change(t->s, &before);
    assert_ok(secrets_expire(t->s, AFTER(HOUR_MS), NULL, &e), e);
    assert_marks_change(t->s, &before);
    assert_ok(secrets_bind(t->s, "K", PROD, 1, &e), e);
    assert_marks_change(t->s, &before);
    assert_ok(secrets_remove(t->s, "K", &e), e);
    assert_int_equal(1, vault_set(v, t->s, "K", "first", 5, AFTER(1), NULL, &e) == 0);
    assert_marks_change(t->s, &before);
    mem_free(before);
    vault_close(v);
}

static void test_remove(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct vault *v = open_vault(t->s);
    set(v, t->s, "A", "value");
    set(v, t->s, "FREE", "value");
    put_target(t->s, "prod", ", \"headers\": {\"X-Key\": \"{{ secret.A }}\"}");
    put_job(t->s, "in-url", ", \"request\": {\"url\": \"http://x.example/?k={{secret.A}}\"}");
    put_job(t->s, "in-body", ", \"request\": {\"url\": \"http://x.example/\", \"body\": {\"k\": [\"{{secret.A}}\"]}}");
    put_job(t->s, "none", ", \"request\": {\"url\": \"http://x.example/\", \"body\": \"{{secret.AB}}\"}");
    assert_int_equal(-ERR_CONFLICT, secrets_remove(t->s, "A", &e));
    assert_err(e, ERR_CONFLICT, "used by target 'prod', job 'in-body', job 'in-url':");
    assert_true(secrets_have(t->s, "A"));
    assert_ok(secrets_remove(t->s, "FREE", &e), e);
    assert_int_equal(-ERR_NOT_FOUND, secrets_remove(t->s, "FREE", &e));
    vault_close(v);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_vault_open, temp_store_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rotation_keeps_the_version_before),
        TEST(test_the_same_value_again),
        TEST(test_a_damaged_value_is_replaced),
        TEST(test_swapped_versions_do_not_open),
        TEST(test_what_is_destroyed_leaves_the_file),
        TEST(test_never_more_than_two),
        TEST(test_list),
        TEST(test_reminder_use_and_acceptance),
        TEST(test_marks),
        TEST(test_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
