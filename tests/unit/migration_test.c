/* Stores of earlier formats, byte for byte as they were left: all in them is there afterwards. */
#include "temp_vault.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t aad_of(const char *name, int version, char out[128])
{
    return (size_t)snprintf(out, 128, "edgecron:secret:v1%c%s%c%d", '\0', name, '\0', version);
}

static void insert_blob(sqlite3 *db, const char *sql, const void *data, int len)
{
    sqlite3_stmt *stmt;
    assert_int_equal(0, sqlite3_prepare_v2(db, sql, -1, &stmt, NULL));
    sqlite3_bind_blob(stmt, 1, data, len, SQLITE_TRANSIENT);
    assert_int_equal(SQLITE_DONE, sqlite3_step(stmt));
    sqlite3_finalize(stmt);
}

static void seal_into(sqlite3 *db, const uint8_t *key, const char *aad, size_t aad_len, const void *plain, size_t len,
                      const char *sql)
{
    struct err e;
    mem_auto uint8_t *sealed = mem_alloc(len + CRYPTO_SEAL_OVERHEAD);
    assert_ok(crypto_seal(key, aad, aad_len, plain, len, sealed, &e), e);
    insert_blob(db, sql, sealed, (int)(len + CRYPTO_SEAL_OVERHEAD));
}

/* A store as version 0.1 left it, byte formats written out here and not taken from the code. */
static void make_old_store(const char *dir)
{
    uint8_t master[CRYPTO_KEY_SIZE], data_key[CRYPTO_KEY_SIZE];
    char aad[128];
    sqlite3 *db;
    mem_auto char *path = mem_printf("%s/" STORE_FILE, dir);
    mem_auto char *key_path = mem_printf("%s/master.key", dir);
    crypto_random(master, sizeof master);
    crypto_random(data_key, sizeof data_key);
    int fd = open(key_path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_int_equal(sizeof master, write(fd, master, sizeof master));
    close(fd);
    assert_int_equal(0, sqlite3_open(path, &db));
    assert_int_equal(0, sqlite3_exec(db, "PRAGMA application_id = 1162039886", NULL, NULL, NULL));
    assert_int_equal(1, migration_table[0].number);
    assert_int_equal(0, sqlite3_exec(db, migration_table[0].sql, NULL, NULL, NULL));
    assert_int_equal(0, sqlite3_exec(db, "PRAGMA user_version = 1", NULL, NULL, NULL));
    seal_into(db, master, "edgecron:data-key:v1", 20, data_key, sizeof data_key,
              "INSERT INTO vault (id, data_key) VALUES (1, ?)");
    seal_into(db, data_key, aad, aad_of("OLD", 7, aad), "the-old-value", 13,
              "INSERT INTO secrets VALUES ('OLD', 7, ?, 1795000000000, 1795200000000)");
    seal_into(db, data_key, aad, aad_of("NEW", 1, aad), "a-new-value", 11,
              "INSERT INTO secrets VALUES ('NEW', 1, ?, 1795200000000, 1795200000000)");
    mem_auto char *big = mem_alloc(29000);
    memset(big, 'b', 29000);
    seal_into(db, data_key, aad, aad_of("BIG", 1, aad), big, 29000,
              "INSERT INTO secrets VALUES ('BIG', 1, ?, 1795200000000, 1795200000000)");
    sqlite3_close(db);
}

static void test_a_store_of_the_format_before(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct store *s;
    struct arena *a = arena_new(0);
    mem_auto char *dir = mem_printf("%s/old", t->dir);
    assert_int_equal(0, mkdir(dir, 0700));
    make_old_store(dir);
    snprintf(key_file, sizeof key_file, "%s/master.key", dir);
    assert_ok(store_open(&s, dir, STORE_WRITE, &e), e);
    struct vault *v = open_vault(s);
    uint8_t large[16];
    take_sealed(s, "name = 'BIG'", large);
    assert_ok(secrets_remove(s, "BIG", &e), e);
    execute_sql(s, "PRAGMA wal_checkpoint(TRUNCATE)");
    assert_false(files_hold(dir, large, 16)); /* no copy of it was left behind on the way */
    assert_versions(v, s, "NEW:1:a-new-value:-1 OLD:7:the-old-value:-1 ");
    struct secret_info *old;
    int n;
    assert_ok(secrets_list(s, "OLD", NOW, a, &old, &n, &e), e);
    assert_int_equal(1, n);
    assert_int_equal(7, old->version);
    assert_int_equal(1795000000000, old->created_at.ms);
    assert_int_equal(1795200000000, old->updated_at.ms);
    assert_int_equal(90 * 86400, old->rotate_every_s);
    assert_int_equal(8, rotate(v, s, "OLD", "the-next-value", HOUR_MS, NOW));
    assert_versions(v, s, "NEW:1:a-new-value:-1 OLD:7:the-old-value:3600000 OLD:8:the-next-value:-1 ");
    assert_int_equal(0, count_of(s, "SELECT count(*) FROM pragma_foreign_key_check"));
    arena_free(a);
    vault_close(v);
    store_close(s);
}

/* A store as version 0.3 left it: with a run that has ended, and one that waits. */
static void make_store_0_3(const char *dir)
{
    sqlite3 *db;
    char mark[64];
    mem_auto char *path = mem_printf("%s/" STORE_FILE, dir);
    assert_int_equal(0, sqlite3_open(path, &db));
    assert_int_equal(0, sqlite3_exec(db, "PRAGMA application_id = 1162039886", NULL, NULL, NULL));
    for (int i = 0; i < 6; i++) {
        assert_int_equal(i + 1, migration_table[i].number);
        assert_int_equal(0, sqlite3_exec(db, migration_table[i].sql, NULL, NULL, NULL));
    }
    snprintf(mark, sizeof mark, "PRAGMA user_version = %d", 6);
    assert_int_equal(0, sqlite3_exec(db, mark, NULL, NULL, NULL));
    assert_int_equal(
        0, sqlite3_exec(db,
                        "INSERT INTO runs (id, job, trigger, scheduled_for, created_at, state, attempts, started_at, "
                        "finished_at, http_status, outcome) VALUES "
                        "(x'0193a2c47f007abc8def0123456789ab', 'j', 'schedule', 1, 1, 'succeeded', 1, 1, 2, 200, 'ok');"
                        "INSERT INTO runs (id, job, trigger, scheduled_for, created_at, state) VALUES "
                        "(x'0193a2c47f007abc8def0123456789ac', 'j', 'manual', 3, 3, 'queued')",
                        NULL, NULL, NULL));
    sqlite3_close(db);
}

static void test_a_store_of_0_3(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct store *s;
    struct run *r;
    struct attempt *attempts;
    int n;
    char id[ID_TEXT_SIZE];
    struct arena *a = arena_new(0);
    mem_auto char *dir = mem_printf("%s/0.3", t->dir);
    assert_int_equal(0, mkdir(dir, 0700));
    make_store_0_3(dir);
    assert_ok(store_open(&s, dir, STORE_WRITE, &e), e);
    assert_ok(runs_get(s, "0193a2c4-7f00-7abc-8def-0123456789ab", a, &r, &attempts, &n, &e), e);
    assert_int_equal(RUN_SUCCEEDED, r->state);
    assert_false(r->edited);
    assert_null(r->body);
    assert_ok(runs_requested(s, NULL, NULL, a, &r, &n, &e), e);
    assert_int_equal(1, n);
    assert_false(r->edited);
    put_job(s, "j", "");
    assert_ok(runs_request_edited(s, "j", TRIGGER_MANUAL, "{}", NOW, id, &e), e);
    assert_ok(runs_get(s, id, a, &r, &attempts, &n, &e), e);
    assert_string_equal("{}", r->body);
    arena_free(a);
    store_close(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_vault_open, temp_store_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_store_of_the_format_before),
        TEST(test_a_store_of_0_3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
