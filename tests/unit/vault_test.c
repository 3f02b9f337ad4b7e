/* Secrets under the master key: round trips, wrong and damaged keys, altered rows, who uses what. */
#include "temp_store.h"

#include "store/secrets.h"
#include "store/vault.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define VALUE "marked-value-4f1d9c0b7a"

static char key_file[128];

static int setup(void **state)
{
    temp_store_open(state);
    snprintf(key_file, sizeof key_file, "%s/master.key", ((struct temp_store *)*state)->dir);
    return 0;
}

static struct vault *open_vault(struct store *s)
{
    struct err e;
    struct vault *v;
    assert_ok(vault_open(&v, s, key_file, true, &e), e);
    return v;
}

static int64_t set(struct vault *v, struct store *s, const char *name, const char *value)
{
    struct err e;
    int64_t version;
    assert_ok(vault_set(v, s, name, value, strlen(value), NOW, &version, &e), e);
    return version;
}

static void write_key(const char *text, size_t len, mode_t mode)
{
    unlink(key_file);
    int fd = open(key_file, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0 && write(fd, text, len) == (ssize_t)len && fchmod(fd, mode) == 0);
    close(fd);
}

static size_t read_key(char out[128])
{
    int fd = open(key_file, O_RDONLY);
    ssize_t n = read(fd, out, 127);
    close(fd);
    assert_true(n > 0);
    out[n] = '\0';
    return (size_t)n;
}

static void refused(struct store *s, bool create, enum err_code code, const char *words)
{
    struct err e;
    struct vault *v;
    assert_int_equal(-(int)code, vault_open(&v, s, key_file, create, &e));
    assert_err(e, code, words);
    assert_false(store_in_transaction(s));
}

static void test_set_and_get(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct vault *v = open_vault(t->s);
    struct stat st;
    assert_int_equal(0, stat(key_file, &st));
    assert_int_equal(0600, st.st_mode & 07777);
    assert_int_equal(65, st.st_size);
    assert_int_equal(1, set(v, t->s, "A", VALUE));
    assert_int_equal(1, set(v, t->s, "B", "other"));
    secret_auto struct secret a = { 0 };
    assert_ok(vault_get(v, t->s, "A", &a, &e), e);
    assert_string_equal(VALUE, a.value);
    assert_int_equal(strlen(VALUE), a.len);
    assert_int_equal(1, a.version);
    vault_close(v);
    v = open_vault(t->s); /* and after a restart */
    assert_int_equal(2, set(v, t->s, "A", "second"));
    secret_auto struct secret again = { 0 };
    assert_ok(vault_get(v, t->s, "A", &again, &e), e);
    assert_string_equal("second", again.value);
    assert_int_equal(2, again.version);
    assert_int_equal(-ERR_NOT_FOUND, vault_get(v, t->s, "C", &again, &e));
    assert_err(e, ERR_NOT_FOUND, "'C' is not set");
    vault_close(v);
}

static void test_values_are_checked(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    int64_t version;
    struct vault *v = open_vault(t->s);
    char *big = malloc(SECRET_VALUE_MAX + 1);
    memset(big, 'b', SECRET_VALUE_MAX + 1);
    assert_int_equal(-ERR_INVALID, vault_set(v, t->s, "A", "", 0, NOW, &version, &e));
    assert_string_equal("/value", e.pointer);
    assert_int_equal(-ERR_INVALID, vault_set(v, t->s, "A", big, SECRET_VALUE_MAX + 1, NOW, &version, &e));
    assert_int_equal(-ERR_INVALID, vault_set(v, t->s, "A", "a\0b", 3, NOW, &version, &e));
    assert_err(e, ERR_INVALID, "NUL");
    assert_int_equal(-ERR_INVALID, vault_set(v, t->s, "A", "cl\xe9-latin1", 10, NOW, &version, &e));
    assert_err(e, ERR_INVALID, "UTF-8");
    assert_int_equal(-ERR_INVALID, vault_set(v, t->s, "1A", "x", 1, NOW, &version, &e));
    assert_string_equal("/name", e.pointer);
    assert_ok(vault_set(v, t->s, "A", big, SECRET_VALUE_MAX, NOW, &version, &e), e);
    secret_auto struct secret x = { 0 };
    assert_ok(vault_get(v, t->s, "A", &x, &e), e);
    assert_int_equal(SECRET_VALUE_MAX, x.len);
    assert_memory_equal(big, x.value, SECRET_VALUE_MAX);
    free(big);
    vault_close(v);
}

static bool file_holds(const char *path, const char *needle)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return false;
    static char data[1 << 20];
    size_t n = fread(data, 1, sizeof data, f);
    fclose(f);
    return memmem(data, n, needle, strlen(needle)) != NULL;
}

static void test_the_files_hold_no_value(void **state)
{
    struct temp_store *t = *state;
    static const char *const FILES[] = { STORE_FILE, STORE_FILE "-wal" };
    struct vault *v = open_vault(t->s);
    set(v, t->s, "SEEN_NAME", VALUE);
    bool name_seen = false;
    for (size_t i = 0; i < MEM_COUNT(FILES); i++) {
        mem_auto char *path = mem_printf("%s/%s", t->dir, FILES[i]);
        assert_false(file_holds(path, VALUE));
        name_seen = name_seen || file_holds(path, "SEEN_NAME");
    }
    assert_true(name_seen); /* the search works */
    vault_close(v);
}

static void test_forms_of_the_key_file(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    char hex[128], text[160];
    uint8_t raw[CRYPTO_KEY_SIZE];
    struct vault *v = open_vault(t->s);
    set(v, t->s, "A", VALUE);
    vault_close(v);
    read_key(hex);
    hex[64] = '\0';
    assert_true(crypto_unhex(hex, raw, sizeof raw));
    const char *const around[][2] = { { "", "" }, { "", "\n" }, { "  \r\n", " \t\n" } };
    for (size_t i = 0; i <= MEM_COUNT(around); i++) {
        if (i < MEM_COUNT(around)) {
            int n = snprintf(text, sizeof text, "%s%s%s", around[i][0], hex, around[i][1]);
            write_key(text, (size_t)n, 0600);
        } else {
            write_key((const char *)raw, sizeof raw, 0400);
        }
        v = open_vault(t->s);
        secret_auto struct secret x = { 0 };
        assert_ok(vault_get(v, t->s, "A", &x, &e), e);
        assert_string_equal(VALUE, x.value);
        vault_close(v);
    }
}

static void test_bad_key_files(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    char good[128], bad[128];
    struct vault *v = open_vault(t->s);
    set(v, t->s, "A", VALUE);
    vault_close(v);
    size_t len = read_key(good);
    for (size_t cut = 0; cut < len - 1;
         cut += 7) { /* truncated at any place (32 would be a raw key, and a wrong one) */
        write_key(good, cut, 0600);
        refused(t->s, true, ERR_SEALED, cut == 32 ? "is not the master key" : "put the right file back");
    }
    memcpy(bad, good, len);
    bad[10] = bad[10] == '0' ? '1' : '0';
    write_key(bad, len, 0600);
    refused(t->s, true, ERR_SEALED, "is not the master key of this store");
    bad[10] = 'x';
    write_key(bad, len, 0600);
    refused(t->s, true, ERR_SEALED, "64 hexadecimal digits");
    const mode_t open_modes[] = { 0640, 0604, 0620, 0601 };
    for (size_t i = 0; i < MEM_COUNT(open_modes); i++) {
        write_key(good, len, open_modes[i]);
        refused(t->s, true, ERR_SEALED, "chmod 600");
    }
    unlink(key_file);
    refused(t->s, true, ERR_SEALED, "cannot be read without it");
    assert_int_not_equal(0, access(key_file, F_OK)); /* and none was made */
    assert_int_equal(0, mkdir(key_file, 0700));
    refused(t->s, true, ERR_SEALED, "not a regular file");
    rmdir(key_file);
    write_key(good, len, 0600); /* nothing was lost by all that */
    v = open_vault(t->s);
    secret_auto struct secret x = { 0 };
    assert_ok(vault_get(v, t->s, "A", &x, &e), e);
    assert_string_equal(VALUE, x.value);
    vault_close(v);
}

static void test_keys_are_made_only_when_asked(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct store *r;
    refused(t->s, false, ERR_NOT_FOUND, "no master key file");
    assert_ok(store_open(&r, t->dir, STORE_READ, &e), e);
    refused(r, true, ERR_NOT_FOUND, "no master key file");
    write_key("0123456789abcdef0123456789abcdef", 32, 0600);
    refused(r, true, ERR_NOT_FOUND, "no data key yet");
    struct vault *v = open_vault(t->s);
    vault_close(v);
    assert_ok(vault_open(&v, r, key_file, false, &e), e);
    vault_close(v);
    unlink(key_file); /* no secret depends on it: a new one is made */
    v = open_vault(t->s);
    set(v, t->s, "A", VALUE);
    vault_close(v);
    store_close(r);
}

static void test_processes_agree_on_the_keys(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    for (int i = 0; i < 4; i++) {
        if (fork() == 0) {
            struct store *s;
            struct vault *v;
            char name[] = { 'S', (char)('0' + i), '\0' };
            _exit(store_open(&s, t->dir, STORE_WRITE, &e) || vault_open(&v, s, key_file, true, &e) ||
                  vault_set(v, s, name, VALUE, strlen(VALUE), AFTER(i), NULL,
                            &e)); /* ids of children are alike at one time */
        }
    }
    for (int i = 0, status; i < 4; i++) {
        wait(&status);
        assert_int_equal(0, status);
    }
    struct vault *v = open_vault(t->s);
    for (int i = 0; i < 4; i++) {
        char name[] = { 'S', (char)('0' + i), '\0' };
        secret_auto struct secret x = { 0 };
        assert_ok(vault_get(v, t->s, name, &x, &e), e);
    }
    vault_close(v);
}

static void test_altered_rows_do_not_open(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    static const char *const ALTER[] = {
        "UPDATE secret_versions SET version = 2 WHERE name = 'A'",
        "UPDATE secret_versions SET value = (SELECT value FROM secret_versions WHERE name = 'B') WHERE name = 'A'",
        "UPDATE secret_versions SET value = substr(value, 1, length(value) - 1) WHERE name = 'A'",
        "UPDATE secret_versions SET value = CAST(value || x'00' AS BLOB) WHERE name = 'A'",
        "UPDATE secret_versions SET value = x'' WHERE name = 'A'",
        "UPDATE secret_versions SET value = zeroblob(length(value)) WHERE name = 'A'",
        "INSERT INTO secrets (name, version, created_at, updated_at) VALUES ('a', 1, 1, 1);"
        "UPDATE secret_versions SET name = 'a' WHERE name = 'A'",
        "UPDATE secret_versions SET value = zeroblob(1000000) WHERE name = 'A'",
    };
    struct vault *v = open_vault(t->s);
    for (size_t i = 0; i < MEM_COUNT(ALTER); i++) {
        execute_sql(t->s, "DELETE FROM secrets");
        set(v, t->s, "A", VALUE);
        set(v, t->s, "B", VALUE);
        execute_sql(t->s, ALTER[i]);
        struct secret x = { 0 };
        const char *name = i == 6 ? "a" : "A";
        assert_int_equal(-ERR_SEALED, vault_get(v, t->s, name, &x, &e));
        assert_err(e, ERR_SEALED, "was altered or damaged");
        assert_null(x.value);
        assert_ok(vault_get(v, t->s, "B", &x, &e), e); /* the others are as they were */
        secret_wipe(&x);
    }
    vault_close(v);
}

/* Every single byte of it. */
static void test_no_flipped_bit_passes(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct vault *v = open_vault(t->s);
    set(v, t->s, "A", "abcd");
    mem_auto char *hex = text_of(t->s, "SELECT hex(value) FROM secret_versions");
    size_t len = strlen(hex);
    assert_int_equal(2 * (4 + CRYPTO_SEAL_OVERHEAD), len);
    for (size_t i = 0; i < len; i++) {
        char kept = hex[i];
        hex[i] = kept == '0' ? '1' : '0';
        mem_auto char *sql = mem_printf("UPDATE secret_versions SET value = x'%s'", hex);
        execute_sql(t->s, sql);
        hex[i] = kept;
        struct secret x = { 0 };
        assert_int_equal(-ERR_SEALED, vault_get(v, t->s, "A", &x, &e));
    }
    vault_close(v);
}

static void test_a_data_key_of_another_store(void **state)
{
    struct temp_store *t = *state;
    struct vault *v = open_vault(t->s);
    set(v, t->s, "A", VALUE);
    vault_close(v);
    execute_sql(t->s, "UPDATE vault SET data_key = zeroblob(length(data_key))");
    refused(t->s, true, ERR_SEALED, "is not the master key of this store");
    execute_sql(t->s, "UPDATE vault SET data_key = x'00'");
    refused(t->s, true, ERR_STORE, "damaged");
}

struct seen {
    int opened, sealed;
    char names[64];
};

static void see(void *ctx, const struct secret_version *x)
{
    struct seen *seen = ctx;
    strncat(seen->names, x->name, sizeof seen->names - strlen(seen->names) - 1);
    assert_int_equal(strcmp(x->name, "B") == 0 ? 2 : 1, x->version);
    assert_true(wall_is_none(x->expires_at));
    if (x->value) {
        assert_string_equal(VALUE, x->value->value);
        seen->opened++;
    } else {
        assert_string_equal("sealed", err_code_name(x->why->code));
        seen->sealed++;
    }
}

static void test_each(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct seen values = { 0 };
    struct vault *v = open_vault(t->s);
    set(v, t->s, "C", VALUE);
    set(v, t->s, "B", "old");
    set(v, t->s, "B", VALUE);
    set(v, t->s, "A", VALUE);
    execute_sql(t->s, "UPDATE secret_versions SET value = zeroblob(40) WHERE name = 'A'");
    assert_ok(vault_each(v, t->s, see, &values, &e), e);
    assert_string_equal("ABC", values.names);
    assert_int_equal(2, values.opened);
    assert_int_equal(1, values.sealed);
    assert_true(secrets_have(t->s, "B"));
    assert_false(secrets_have(t->s, "b"));
    vault_close(v);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, temp_store_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_set_and_get),
        TEST(test_values_are_checked),
        TEST(test_the_files_hold_no_value),
        TEST(test_forms_of_the_key_file),
        TEST(test_bad_key_files),
        TEST(test_keys_are_made_only_when_asked),
        TEST(test_processes_agree_on_the_keys),
        TEST(test_altered_rows_do_not_open),
        TEST(test_no_flipped_bit_passes),
        TEST(test_a_data_key_of_another_store),
        TEST(test_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
