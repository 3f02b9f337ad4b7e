/* Another master key, killed at every system call; the right one put in place. */
#include "temp_store.h"

#include "store/audit.h"
#include "store/rekey.h"
#include "store/vault.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define VALUE "marked-value-4f1d9c0b7a"
#define KEY_SIZE CRYPTO_KEY_SIZE

static char key_file[128], next_file[136];

static void set_value(struct store *s)
{
    struct err e = { 0 };
    struct vault *v;
    assert_ok(vault_open(&v, s, key_file, true, &e), e);
    assert_ok(vault_set(v, s, "A", VALUE, strlen(VALUE), NOW, NULL, &e), e);
    vault_close(v);
}

static int setup(void **state)
{
    temp_store_open(state);
    struct temp_store *t = *state;
    snprintf(key_file, sizeof key_file, "%s/master.key", t->dir);
    snprintf(next_file, sizeof next_file, "%s.next", key_file);
    set_value(t->s);
    return 0;
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* Hexadecimal digits, for comparing. */
static char *key_in(const char *path)
{
    char text[128] = "";
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    text[n == 65 ? 64 : 0] = '\0';
    return mem_strdup(text);
}

static void put_file(const char *path, const char *text, mode_t mode)
{
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && fchmod(fd, mode) == 0);
    close(fd);
}

static int try_value(struct store *s, struct err *e)
{
    struct vault *v;
    secret_auto struct secret x = { 0 };
    int result = vault_open(&v, s, key_file, false, e);
    if (result)
        return result;
    result = vault_get(v, s, "A", &x, e);
    vault_close(v);
    if (result == 0)
        assert_string_equal(VALUE, x.value);
    return result;
}

static void assert_opens(struct store *s)
{
    struct err e = { 0 };
    assert_ok(try_value(s, &e), e);
}

static void rekey(struct store *s, const uint8_t *key)
{
    struct err e = { 0 };
    struct rekey how = { .key = key };
    assert_ok(vault_rekey(s, key_file, &how, NOW, &e), e);
    assert_true(how.replaced);
}

static void test_a_new_key(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    struct vault *running; /* a server's */
    struct stat st;
    mem_auto char *old = key_in(key_file);
    assert_ok(vault_open(&running, t->s, key_file, false, &e), e);
    rekey(t->s, NULL);
    mem_auto char *fresh = key_in(key_file);
    assert_int_equal(64, strlen(fresh));
    assert_string_not_equal(old, fresh);
    assert_false(exists(next_file));
    assert_int_equal(0, stat(key_file, &st));
    assert_int_equal(0600, st.st_mode & 07777);
    assert_opens(t->s);
    secret_auto struct secret x = { 0 };
    assert_ok(vault_get(running, t->s, "A", &x, &e), e);
    assert_string_equal(VALUE, x.value);
    int64_t number;
    assert_ok(vault_number_kept(t->s, &number, &e), e);
    assert_true(number == vault_number(running)); /* the data key is the same: the server needs nothing */
    vault_close(running);
    put_file(key_file, old, 0600);
    assert_int_equal(-ERR_SEALED, try_value(t->s, &e));
    mem_auto char *action = text_of(t->s, "SELECT action FROM audit WHERE action LIKE 'vault.%'");
    assert_string_equal("vault.rekey", action);
}

static void test_a_key_that_is_given(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    uint8_t key[KEY_SIZE];
    struct rekey given = { .key = key }, random = { 0 };
    char hex[65];
    memset(key, 0xa5, sizeof key);
    crypto_hex(key, sizeof key, hex);
    rekey(t->s, key);
    mem_auto char *fresh = key_in(key_file);
    assert_string_equal(hex, fresh);
    assert_opens(t->s);
    assert_int_equal(-ERR_CONFLICT, vault_rekey(t->s, key_file, &given, NOW, &e));
    assert_err(e, ERR_CONFLICT, "is the master key in use");
    assert_false(exists(next_file));
    assert_int_equal(1, count_of(t->s, "SELECT count(*) FROM audit WHERE action LIKE 'vault.%'"));
    put_file(key_file, "00", 0600); /* without the old key there is no new one */
    assert_int_equal(-ERR_SEALED, vault_rekey(t->s, key_file, &random, NOW, &e));
    assert_false(exists(next_file));
}

/* A leaked data key is worth nothing afterwards; a server that still holds it is told by the number. */
static void test_a_new_data_key(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    struct vault *running, *fresh;
    struct rekey how = { .data_key = true };
    int64_t number;
    assert_ok(vault_open(&running, t->s, key_file, false, &e), e);
    assert_ok(vault_rotate(running, t->s, "A", VALUE "-2", strlen(VALUE "-2"), 60000, NOW, NULL, &e), e);
    mem_auto char *before = text_of(t->s, "SELECT group_concat(hex(value)) FROM secret_versions");
    assert_ok(vault_rekey(t->s, key_file, &how, NOW, &e), e);
    assert_int_equal(2, how.resealed);
    mem_auto char *after = text_of(t->s, "SELECT group_concat(hex(value)) FROM secret_versions");
    assert_string_not_equal(before, after);
    secret_auto struct secret x = { 0 }, y = { 0 };
    assert_int_equal(-ERR_SEALED, vault_get(running, t->s, "A", &x, &e));
    assert_ok(vault_number_kept(t->s, &number, &e), e);
    assert_true(number == vault_number(running) + 1);
    assert_int_equal(-ERR_CONFLICT, vault_set(running, t->s, "B", VALUE, strlen(VALUE), NOW, NULL, &e));
    assert_err(e, ERR_CONFLICT, "do it again");
    assert_ok(vault_open(&fresh, t->s, key_file, false, &e), e);
    assert_ok(vault_get(fresh, t->s, "A", &y, &e), e);
    assert_string_equal(VALUE "-2", y.value);
    vault_close(running);
    vault_close(fresh);
    execute_sql(t->s, "UPDATE secret_versions SET value = zeroblob(40) WHERE version = 1"); /* one is damaged */
    mem_auto char *key = key_in(key_file);
    assert_int_equal(-ERR_SEALED, vault_rekey(t->s, key_file, &how, NOW, &e));
    assert_err(e, ERR_SEALED, "secret 'A' was altered or damaged");
    mem_auto char *same = key_in(key_file);
    assert_string_equal(key, same);
    assert_int_equal(1, count_of(t->s, "SELECT count(*) FROM audit WHERE action = 'vault.rekey'"));
}

/* The states that vault_key.c lists. */
static void test_what_a_crash_leaves(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    static const char OTHER[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n";
    mem_auto char *right = key_in(key_file);
    put_file(next_file, OTHER, 0600); /* the store was not told */
    assert_opens(t->s);
    assert_false(exists(next_file));
    put_file(next_file, right, 0600); /* the store was told */
    put_file(key_file, OTHER, 0600);
    struct store *r;
    assert_ok(store_open(&r, t->dir, STORE_READ, &e), e);
    assert_opens(r); /* a reader opens, and moves nothing */
    store_close(r);
    assert_true(exists(next_file));
    assert_opens(t->s);
    assert_false(exists(next_file));
    struct stat st;
    assert_int_equal(0, stat(key_file, &st));
    assert_int_equal(64, st.st_size); /* it is the other file that stands here now */
    put_file(next_file, right, 0600); /* the old one was removed by hand */
    unlink(key_file);
    assert_opens(t->s);
    assert_true(exists(key_file));
    put_file(next_file, OTHER, 0600); /* neither fits */
    put_file(key_file, "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n", 0600);
    assert_int_equal(-ERR_SEALED, try_value(t->s, &e));
    assert_true(exists(next_file) && exists(key_file));
    put_file(next_file, "half a k", 0600); /* torn while it was written: the store was not told */
    put_file(key_file, right, 0600);
    assert_opens(t->s);
    assert_false(exists(next_file));
}

static void test_a_credential_of_systemd(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    uint8_t key[KEY_SIZE];
    struct rekey given = { .key = key }, random = { 0 };
    char hex[65];
    setenv("CREDENTIALS_DIRECTORY", t->dir, 1);
    chmod(key_file, 0440); /* as the ACL makes it look */
    assert_opens(t->s);
    assert_int_equal(-ERR_CONFLICT, vault_rekey(t->s, key_file, &random, NOW, &e));
    assert_err(e, ERR_CONFLICT, "--new-key-file");
    memset(key, 7, sizeof key);
    assert_ok(vault_rekey(t->s, key_file, &given, NOW, &e), e);
    assert_false(given.replaced);
    assert_false(exists(next_file));
    assert_int_equal(-ERR_SEALED, try_value(t->s, &e)); /* until whoever keeps the credential puts the new one there */
    crypto_hex(key, sizeof key, hex);
    put_file(key_file, hex, 0400);
    assert_opens(t->s);
    chmod(key_file, 0444);
    assert_int_equal(-ERR_SEALED, try_value(t->s, &e));
    chmod(key_file, 0440);
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_int_equal(-ERR_SEALED, try_value(t->s, &e)); /* a group may read it, and it is no credential */
}

static void test_a_symbolic_link_stays_one(void **state)
{
    struct temp_store *t = *state;
    struct stat st;
    mem_auto char *folder = mem_printf("%s/elsewhere", t->dir);
    mem_auto char *real = mem_printf("%s/k", folder);
    assert_int_equal(0, mkdir(folder, 0700));
    assert_int_equal(0, rename(key_file, real));
    assert_int_equal(0, symlink(real, key_file));
    mem_auto char *old = key_in(real);
    rekey(t->s, NULL);
    assert_int_equal(0, lstat(key_file, &st));
    assert_true(S_ISLNK(st.st_mode));
    mem_auto char *fresh = key_in(real);
    assert_string_not_equal(old, fresh);
    assert_opens(t->s);
}

/* --- killed -------------------------------------------------------------------------------------------------------- */

/* Lets a child change the key, and kills it when it makes its n-th system call. True when it got to its end before. */
static bool change_until(const char *dir, bool data_key, int n)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        struct store *s;
        struct rekey how = { .data_key = data_key };
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        if (store_open(&s, dir, STORE_WRITE, NULL) || vault_rekey(s, key_file, &how, AFTER(n), NULL))
            _exit(1); /* ids of children are alike at one time */
        store_close(s);
        _exit(0);
    }
    assert_true(waitpid(child, &status, 0) == child && WIFSTOPPED(status));
    for (int stops = 0; stops < n; stops++) {
        if (ptrace(PTRACE_SYSCALL, child, NULL, NULL))
            fail_msg("system calls cannot be followed here");
        assert_true(waitpid(child, &status, 0) == child);
        if (WIFEXITED(status)) {
            assert_int_equal(0, WEXITSTATUS(status));
            return true;
        }
    }
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return false;
}

/* Each system call stops twice, before and after: killed at all of these. The store opens again each time. */
static void test_killed_at_every_system_call(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    int n = 1, changed = 0, unchanged = 0;
    store_close(t->s);
    t->s = NULL;
    for (;; n++) {
        mem_auto char *before = key_in(key_file);
        bool done = change_until(t->dir, n % 2, n);
        assert_ok(store_open(&t->s, t->dir, STORE_WRITE, &e), e);
        if (try_value(t->s, &e))
            fail_msg("killed at stop %d: %s", n, e.text);
        assert_false(exists(next_file));
        mem_auto char *after = key_in(key_file);
        *(strcmp(before, after) ? &changed : &unchanged) += 1;
        if (done)
            break;
        store_close(t->s);
        t->s = NULL;
    }
    assert_true(n > 100 && unchanged > 50 && changed > 5);
    assert_int_equal(
        changed,
        count_of(
            t->s,
            "SELECT count(*) FROM audit WHERE action LIKE 'vault.%'")); /* recorded when it was done, and only then */
}

/* Several at once: each change is whole, and the file is the last one's. */
static void test_several_change_it_at_once(void **state)
{
    struct temp_store *t = *state;
    for (int i = 0; i < 4; i++) {
        if (fork() == 0) {
            struct store *s;
            struct rekey how = { .data_key = i % 2 };
            int failed = store_open(&s, t->dir, STORE_WRITE, NULL);
            for (int k = 0; !failed && k < 5; k++)
                failed = vault_rekey(s, key_file, &how, AFTER(100 * i + k), NULL);
            _exit(failed ? 1 : 0);
        }
    }
    for (int i = 0, status; i < 4; i++) {
        wait(&status);
        assert_int_equal(0, status);
    }
    assert_false(exists(next_file));
    assert_opens(t->s);
    assert_int_equal(20, count_of(t->s, "SELECT count(*) FROM audit WHERE action LIKE 'vault.%'"));
}

/* --- unseal -------------------------------------------------------------------------------------------------------- */

static int unseal(struct store *s, const char *hex, struct unsealed *u, struct err *e)
{
    uint8_t key[KEY_SIZE];
    assert_true(vault_key_decode(hex, strlen(hex), key));
    return vault_unseal(s, key_file, key, NOW, u, e);
}

static void test_unseal(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    struct unsealed u;
    struct stat st;
    static const char WRONG[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    mem_auto char *right = key_in(key_file);
    assert_ok(unseal(t->s, right, &u, &e), e);
    assert_true(u.had);
    put_file(key_file, WRONG, 0640);
    assert_int_equal(-ERR_SEALED, unseal(t->s, WRONG, &u, &e));
    assert_err(e, ERR_SEALED, "is not the master key of this store");
    mem_auto char *action = text_of(t->s, "SELECT action FROM audit WHERE action LIKE 'vault.%'");
    assert_string_equal("vault.unseal_failed", action);
    assert_ok(unseal(t->s, right, &u, &e), e);
    assert_false(u.had);
    assert_opens(t->s);
    assert_non_null(strstr(u.kept, "/master.key.wrong-2026-11-2"));
    assert_int_equal(0, stat(u.kept, &st));
    assert_int_equal(0600, st.st_mode & 07777);
    assert_int_equal(64, st.st_size);
    mem_free(u.kept);
    assert_int_equal(1, count_of(t->s, "SELECT count(*) FROM audit WHERE action = 'vault.unseal'"));
    unlink(key_file); /* missing */
    assert_ok(unseal(t->s, right, &u, &e), e);
    assert_null(u.kept);
    assert_opens(t->s);
    chmod(key_file, 0644); /* the right one, that others could read: not kept like that */
    assert_ok(unseal(t->s, right, &u, &e), e);
    assert_null(u.kept);
    assert_int_equal(0, stat(key_file, &st));
    assert_int_equal(0600, st.st_mode & 07777);
    unlink(key_file);
    assert_int_equal(0, mkdir(key_file, 0700));
    assert_int_equal(-ERR_CONFLICT, unseal(t->s, right, &u, &e));
    assert_err(e, ERR_CONFLICT, "move it away");
    rmdir(key_file);
    execute_sql(t->s, "DELETE FROM vault");
    assert_int_equal(-ERR_CONFLICT, unseal(t->s, right, &u, &e));
    assert_err(e, ERR_CONFLICT, "not sealed");
    char all[4096] = "";
    mem_auto char *audit = text_of(t->s, "SELECT group_concat(actor || address || resource || detail) FROM audit");
    snprintf(all, sizeof all, "%s", audit);
    assert_null(strstr(all, right));
    assert_null(strstr(all, WRONG));
}

static void test_forms_of_a_key(void **state)
{
    (void)state;
    uint8_t key[KEY_SIZE];
    assert_true(vault_key_decode("0123456789abcdef0123456789abcdef", 32, key));
    assert_memory_equal("0123456789abcdef0123456789abcdef", key, 32);
    assert_true(vault_key_decode(" 00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff\r\n", 67, key));
    assert_int_equal(0xff, key[15]);
    assert_false(vault_key_decode("", 0, key));
    assert_false(vault_key_decode("00112233445566778899aabbccddeeff00112233445566778899aabbccddeefg", 64, key));
    assert_false(vault_key_decode("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff00", 66, key));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, temp_store_close)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_new_key),
        TEST(test_a_key_that_is_given),
        TEST(test_a_new_data_key),
        TEST(test_what_a_crash_leaves),
        TEST(test_a_credential_of_systemd),
        TEST(test_a_symbolic_link_stays_one),
        TEST(test_killed_at_every_system_call),
        TEST(test_several_change_it_at_once),
        TEST(test_unseal),
        TEST(test_forms_of_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
