/* The audit: who, what, when, in the transaction of the change; pages; age. */
#include "temp_store.h"

#include "api/schema.h"
#include "api/view.h"
#include "store/audit.h"

#include <stdio.h>

static void add(struct store *s, enum audit_action action, const char *resource, int64_t after_ms)
{
    struct err e = { 0 };
    assert_ok(audit_add(s, &(struct audit_entry){ .action = action, .resource = resource, .at = AFTER(after_ms) }, &e),
              e);
}

static int list(struct store *s, struct wall since, const char *cursor, int limit, struct arena *a,
                struct audit_row **rows, const char **next)
{
    struct err e = { 0 };
    int n;
    const struct audit_filter f = { .since = since, .until = WALL_NONE, .cursor = cursor, .limit = limit };
    assert_ok(audit_list(s, &f, a, rows, &n, next, &e), e);
    return n;
}

static void test_who_and_what(void **state)
{
    struct temp_store *t = *state;
    struct arena *a = arena_new(0);
    struct audit_row *rows;
    const char *next;
    struct err e = { 0 };
    add(t->s, AUDIT_VAULT_UNSEAL, NULL, 0);
    store_actor_set(t->s, &(struct audit_actor){ .kind = AUDIT_CLI, .name = "alice" });
    add(t->s, AUDIT_SECRET_CREATE, "KEY", 1);
    store_actor_set(t->s, &(struct audit_actor){ AUDIT_TOKEN, "deploy", "203.0.113.9" });
    struct audit_entry with = { AUDIT_SECRET_ROTATE, "KEY", "{\"version\":2}", AFTER(2) };
    assert_ok(audit_add(t->s, &with, &e), e);
    store_actor_set(t->s, NULL);
    add(t->s, AUDIT_VAULT_REKEY, NULL, 3);
    assert_int_equal(4, list(t->s, WALL_NONE, NULL, 10, a, &rows, &next));
    assert_null(next);
    assert_string_equal("system", rows[0].actor);
    assert_string_equal("vault.rekey", rows[0].action);
    assert_string_equal("token:deploy", rows[1].actor);
    assert_string_equal("203.0.113.9", rows[1].address);
    assert_string_equal("secret.rotate", rows[1].action);
    assert_string_equal("KEY", rows[1].resource);
    assert_string_equal("{\"version\":2}", rows[1].detail);
    assert_string_equal("cli:alice", rows[2].actor);
    assert_string_equal("", rows[2].address);
    assert_string_equal("{}", rows[2].detail);
    assert_string_equal("system", rows[3].actor);
    assert_true(rows[3].at.ms == NOW.ms);
    json_auto struct json *v = view_audit(&rows[1]);
    assert_int_equal(2, json_number(json_pointer(v, "/detail/version")));
    size_t members = 0;
    for (const struct schema_field *f = schema_next(NULL); f; f = schema_next(f))
        if (!strcmp(f->schema, "AuditEntry")) {
            assert_non_null(json_get(v, f->name));
            members++;
        }
    assert_int_equal(json_count(v), members);
    arena_free(a);
}

static void test_no_change_without_its_entry(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    assert_ok(store_begin(t->s, &e), e);
    add(t->s, AUDIT_SECRET_CREATE, "KEY", 0);
    store_rollback(t->s);
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM audit"));
}

static void test_entries_are_final(void **state)
{
    struct temp_store *t = *state;
    add(t->s, AUDIT_SECRET_CREATE, "KEY", 0);
    assert_int_equal(SQLITE_CONSTRAINT,
                     0xff & sqlite3_exec(t->s->db, "UPDATE audit SET actor = 'nobody'", NULL, NULL, NULL));
    mem_auto char *actor = text_of(t->s, "SELECT actor FROM audit");
    assert_string_equal("system", actor);
}

static void test_pages(void **state)
{
    struct temp_store *t = *state;
    struct arena *a = arena_new(0);
    struct audit_row *rows;
    struct err e = { 0 };
    char name[16];
    for (int i = 0; i < 25; i++) {
        snprintf(name, sizeof name, "S%02d", i);
        add(t->s, AUDIT_SECRET_CREATE, name, i * 1000);
    }
    const char *cursor = NULL;
    int seen = 0;
    do {
        int n = list(t->s, WALL_NONE, cursor, 10, a, &rows, &cursor);
        assert_int_equal(n, seen < 20 ? 10 : 5);
        for (int i = 0; i < n; i++, seen++) {
            snprintf(name, sizeof name, "S%02d", 24 - seen);
            assert_string_equal(name, rows[i].resource);
        }
    } while (cursor);
    assert_int_equal(25, seen);
    assert_int_equal(5, list(t->s, AFTER(20000), NULL, 10, a, &rows, &cursor));
    int n;
    struct audit_filter f = { .since = WALL_NONE, .until = WALL_NONE, .cursor = "x", .limit = 10 };
    assert_int_equal(-ERR_INVALID, audit_list(t->s, &f, a, &rows, &n, &cursor, &e));
    assert_string_equal("/cursor", e.pointer);
    f = (struct audit_filter){ .since = WALL_NONE, .until = WALL_NONE, .limit = 1001 };
    assert_int_equal(-ERR_INVALID, audit_list(t->s, &f, a, &rows, &n, &cursor, &e));
    arena_free(a);
}

static void test_one_millisecond_keeps_its_order(void **state)
{
    struct temp_store *t = *state;
    struct arena *a = arena_new(0);
    struct audit_row *rows;
    const char *next;
    char name[16];
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "S%03d", i);
        add(t->s, AUDIT_SECRET_CREATE, name, i / 100);
    }
    assert_int_equal(200, list(t->s, WALL_NONE, NULL, 300, a, &rows, &next));
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "S%03d", 199 - i);
        assert_string_equal(name, rows[i].resource);
        assert_true(id_valid(rows[i].id));
    }
    arena_free(a);
}

static int filtered(struct store *s, struct audit_filter f, struct arena *a)
{
    struct audit_row *rows;
    struct err e = { 0 };
    const char *next;
    int n;
    f.limit = 100;
    assert_ok(audit_list(s, &f, a, &rows, &n, &next, &e), e);
    for (int i = 0; i < n; i++) {
        assert_true(!f.actor || !strcmp(f.actor, rows[i].actor));
        assert_true(!f.action || !strcmp(f.action, rows[i].action));
        assert_true(!f.resource || !strcmp(f.resource, rows[i].resource));
        assert_true(i == 0 || strcmp(rows[i].id, rows[i - 1].id) < 0);
    }
    return n;
}

static void test_filters(void **state)
{
    struct temp_store *t = *state;
    struct arena *a = arena_new(0);
    static const struct audit_actor ci = { AUDIT_TOKEN, "ci", "" }, admin = { AUDIT_ADMIN, "", "::1" };
    for (int i = 0; i < 24; i++) { /* every combination of two actors, two actions, three resources, twice */
        static const char *const names[] = { "a", "b", "c" };
        store_actor_set(t->s, i % 2 ? &ci : &admin);
        add(t->s, i / 2 % 2 ? AUDIT_JOB_UPDATE : AUDIT_JOB_CREATE, names[i / 4 % 3], i * 1000);
    }
    const struct audit_filter all = { .since = WALL_NONE, .until = WALL_NONE };
    static const char *const actors[] = { NULL, "admin", "token:ci" }, *const actions[] = { NULL, "job.update" },
                             *const resources[] = { NULL, "b" };
    for (int i = 0; i < 12; i++) {
        struct audit_filter f = all;
        f.actor = actors[i % 3];
        f.action = actions[i / 3 % 2];
        f.resource = resources[i / 6];
        assert_int_equal(24 / (f.actor ? 2 : 1) / (f.action ? 2 : 1) / (f.resource ? 3 : 1), filtered(t->s, f, a));
    }
    struct audit_filter between = all;
    between.since = AFTER(3000);
    between.until = AFTER(9000);
    assert_int_equal(6, filtered(t->s, between, a));
    between.actor = "token:ci";
    assert_int_equal(3, filtered(t->s, between, a));
    between.actor = "token:CI";
    assert_int_equal(0, filtered(t->s, between, a));
    arena_free(a);
}

static void test_age(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    for (int i = 0; i < 10; i++)
        add(t->s, AUDIT_SECRET_CREATE, "KEY", i * 1000);
    assert_ok(audit_prune(t->s, AFTER(6000), 4, &e), e);
    assert_int_equal(6, count_of(t->s, "SELECT count(*) FROM audit"));
    assert_ok(audit_prune(t->s, AFTER(6000), 4, &e), e);
    assert_int_equal(4, count_of(t->s, "SELECT count(*) FROM audit"));
    assert_ok(audit_prune(t->s, AFTER(6000), 4, &e), e);
    assert_int_equal(4, count_of(t->s, "SELECT count(*) FROM audit"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, temp_store_open, temp_store_close)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_who_and_what),
        TEST(test_no_change_without_its_entry),
        TEST(test_entries_are_final),
        TEST(test_pages),
        TEST(test_age),
        TEST(test_filters),
        TEST(test_one_millisecond_keeps_its_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
