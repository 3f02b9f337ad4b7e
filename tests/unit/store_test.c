/* Opening, transactions, several processes, crashes, the server's lock and the watch. */
#include "temp_store.h"

#include "store/migration.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int mode_of(const char *dir, const char *file)
{
    struct stat st;
    mem_auto char *path = mem_printf("%s/%s", dir, file);
    return stat(path, &st) ? -1 : (int)(st.st_mode & 07777);
}

static void write_bytes(const char *dir, long offset, const char *bytes, size_t len)
{
    mem_auto char *path = mem_printf("%s/" STORE_FILE, dir);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0 && pwrite(fd, bytes, len, offset) == (ssize_t)len);
    close(fd);
}

static int open_err(const char *dir, enum store_mode mode, struct err *e)
{
    struct store *s;
    int result = store_open(&s, dir, mode, e);
    if (result == 0)
        store_close(s);
    return result;
}

static void test_new_store_is_private_and_durable(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    mem_auto char *dir = mem_printf("%s/new", t->dir);
    struct store *s;
    mode_t before = umask(0);
    assert_ok(store_open(&s, dir, STORE_WRITE, &e), e);
    umask(before);
    assert_int_equal(0700, mode_of(t->dir, "new"));
    assert_int_equal(0600, mode_of(dir, STORE_FILE));
    assert_int_equal(0600, mode_of(dir, STORE_FILE "-wal"));
    assert_int_equal(0600, mode_of(dir, STORE_FILE "-shm"));
    assert_int_equal(STORE_APPLICATION_ID, count_of(s, "PRAGMA application_id"));
    assert_int_equal(migration_count, count_of(s, "PRAGMA user_version"));
    assert_int_equal(2, count_of(s, "PRAGMA synchronous"));
    assert_int_equal(2, count_of(s, "PRAGMA auto_vacuum"));
    assert_int_equal(1, count_of(s, "PRAGMA foreign_keys"));
    mem_auto char *journal = text_of(s, "PRAGMA journal_mode");
    assert_string_equal("wal", journal);
    store_close(s);
    assert_ok(open_err(dir, STORE_WRITE, &e), e);
}

static void test_reading_makes_nothing(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    mem_auto char *dir = mem_printf("%s/none", t->dir);
    assert_int_equal(-ERR_NOT_FOUND, open_err(dir, STORE_READ, &e));
    assert_err(e, ERR_NOT_FOUND, "--data");
    assert_int_equal(-1, mode_of(t->dir, "none"));
    assert_int_equal(0, mkdir(dir, 0700));
    assert_int_equal(-ERR_NOT_FOUND, open_err(dir, STORE_READ, &e));
    write_bytes(dir, 0, "", 0);
    assert_int_equal(-ERR_NOT_FOUND, open_err(dir, STORE_READ, &e));
}

static void test_a_reader_cannot_write(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct store *r;
    put_job(t->s, "j", "");
    assert_ok(store_open(&r, t->dir, STORE_READ, &e), e);
    int64_t n;
    assert_ok(jobs_count(r, &n, &e), e);
    assert_int_equal(1, n);
    assert_int_not_equal(0, jobs_remove(r, "j", -1, NOW, &e));
    assert_false(store_in_transaction(r));
    assert_int_equal(SQLITE_READONLY, sqlite3_exec(r->db, "DELETE FROM jobs", NULL, NULL, NULL) & 0xff);
    put_job(t->s, "k", ""); /* and it sees what others write */
    assert_ok(jobs_count(r, &n, &e), e);
    assert_int_equal(2, n);
    store_close(r);
}

/* A reader works when no other process has the store open, as after a clean stop, and after a crash that left a WAL. */
static void test_a_reader_alone(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct store *r;
    int64_t n;
    put_job(t->s, "j", "");
    store_close(t->s);
    t->s = NULL;
    assert_ok(store_open(&r, t->dir, STORE_READ, &e), e);
    assert_ok(jobs_count(r, &n, &e), e);
    assert_int_equal(1, n);
    store_close(r);
}

static void test_refuses_what_is_not_its_own(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    mem_auto char *text = mem_printf("%s/text", t->dir);
    assert_int_equal(0, mkdir(text, 0700));
    write_bytes(text, 0,
                "this is a text file, and no database at all, though long enough to be taken for one. 0123456789", 96);
    assert_int_equal(-ERR_STORE, open_err(text, STORE_WRITE, &e));
    assert_err(e, ERR_STORE, "is not a database");

    mem_auto char *other = mem_printf("%s/other", t->dir);
    mem_auto char *path = mem_printf("%s/" STORE_FILE, other);
    sqlite3 *db;
    assert_int_equal(0, mkdir(other, 0700));
    assert_int_equal(0, sqlite3_open(path, &db));
    assert_int_equal(0, sqlite3_exec(db, "CREATE TABLE x (y)", NULL, NULL, NULL));
    sqlite3_close(db);
    assert_int_equal(-ERR_STORE, open_err(other, STORE_WRITE, &e));
    assert_err(e, ERR_STORE, "another program");

    execute_sql(t->s, "PRAGMA user_version = 999");
    assert_int_equal(-ERR_STORE, open_err(t->dir, STORE_WRITE, &e));
    assert_err(e, ERR_STORE, "newer edgecron (format 999");
    assert_int_equal(-ERR_STORE, open_err(t->dir, STORE_READ, &e));
    assert_int_equal(999, count_of(t->s, "PRAGMA user_version"));
    execute_sql(t->s, "PRAGMA user_version = 0");
    assert_int_equal(-ERR_STORE, open_err(t->dir, STORE_READ, &e));
    assert_err(e, ERR_STORE, "start the server once");
}

static void test_refuses_a_damaged_file(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    put_job(t->s, "j", "");
    store_close(t->s);
    t->s = NULL;
    char junk[3000];
    memset(junk, 0xa5, sizeof junk);
    write_bytes(t->dir, 100, junk, sizeof junk); /* the schema's page, behind the header */
    assert_int_equal(-ERR_STORE, open_err(t->dir, STORE_WRITE, &e));
    assert_err(e, ERR_STORE, "is damaged");
}

static void test_directory_trouble(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    mem_auto char *file = mem_printf("%s/" STORE_FILE, t->dir);
    mem_auto char *deep = mem_printf("%s/a/b/c", t->dir);
    assert_int_equal(-ERR_IO, open_err(file, STORE_WRITE, &e));
    assert_err(e, ERR_IO, "is not a directory");
    assert_int_equal(-ERR_IO, open_err(deep, STORE_WRITE, &e));
    assert_err(e, ERR_IO, "cannot be made");
    assert_int_equal(-ERR_NOT_FOUND, open_err(file, STORE_READ, &e));
}

/* As another user (root may write anywhere). */
static void test_directory_of_another_user(void **state)
{
    struct temp_store *t = *state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(0, chmod(t->dir, 0755));
    pid_t pid = fork();
    if (pid == 0) {
        struct err e;
        int result = setuid(65534) ? 9 : open_err(t->dir, STORE_WRITE, &e);
        _exit(result == -ERR_IO && strstr(e.text, "cannot be written by user id 65534") ? 0 : 1);
    }
    int status;
    waitpid(pid, &status, 0);
    assert_int_equal(0, status);
}

static void test_transactions(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    assert_ok(store_begin(t->s, &e), e);
    put_job(t->s, "a", "");
    store_rollback(t->s);
    store_rollback(t->s);
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM jobs"));
    assert_ok(store_begin(t->s, &e), e);
    put_job(t->s, "a", "");
    assert_ok(store_savepoint(t->s, &e), e);
    put_job(t->s, "b", "");
    assert_ok(store_release(t->s, false, &e), e);
    assert_ok(store_savepoint(t->s, &e), e);
    put_job(t->s, "c", "");
    assert_ok(store_release(t->s, true, &e), e);
    assert_true(store_in_transaction(t->s));
    assert_ok(store_commit(t->s, &e), e);
    assert_false(store_in_transaction(t->s));
    mem_auto char *names = text_of(t->s, "SELECT group_concat(name) FROM jobs");
    assert_string_equal("a,c", names);
}

static void test_busy_is_said(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct store *other;
    assert_ok(store_open(&other, t->dir, STORE_WRITE, &e), e);
    assert_ok(store_begin(other, &e), e);
    sqlite3_busy_timeout(t->s->db, 20);
    assert_int_equal(-ERR_BUSY, store_begin(t->s, &e));
    assert_err(e, ERR_BUSY, "another process");
    store_rollback(other);
    assert_ok(store_begin(t->s, &e), e);
    store_rollback(t->s);
    store_close(other);
}

static int insert_many(const char *dir, const char *job, int n, int fd)
{
    struct err e;
    struct store *s;
    if (store_open(&s, dir, STORE_WRITE, &e))
        return 1;
    for (int i = 0; i < n; i++) {
        bool inserted;
        struct run r = run_of(job, TRIGGER_SCHEDULE, RUN_RUNNING, AFTER(i));
        if (runs_insert(s, &r, &inserted, &e) || !inserted)
            return 2;
        if (fd >= 0 && write(fd, r.id, ID_TEXT_SIZE) != ID_TEXT_SIZE)
            return 3;
    }
    store_close(s);
    return 0;
}

static void wait_ok(pid_t pid)
{
    int status;
    assert_int_equal(pid, waitpid(pid, &status, 0));
    assert_int_equal(0, status);
}

static void test_processes_make_and_write_one_store(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    mem_auto char *dir = mem_printf("%s/shared", t->dir);
    pid_t pids[4];
    for (int i = 0; i < 4; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            char job[] = { 'j', (char)('0' + i), '\0' };
            _exit(insert_many(dir, job, 100, -1));
        }
    }
    for (int i = 0; i < 4; i++)
        wait_ok(pids[i]);
    struct store *s;
    assert_ok(store_open(&s, dir, STORE_READ, &e), e);
    assert_int_equal(400, count_of(s, "SELECT count(*) FROM runs WHERE state = 'running' AND attempts = 1"));
    store_close(s);
}

/* Killed between or inside commits: what was acknowledged (its id came through the pipe) is there, whole, and nothing
 * is damaged. */
static int kill_once(const char *dir, const char *job, useconds_t after_us)
{
    struct err e;
    int fds[2], acknowledged = 0;
    char id[ID_TEXT_SIZE];
    assert_int_equal(0, pipe(fds));
    pid_t pid = fork();
    if (pid == 0)
        _exit(insert_many(dir, job, 1000000, fds[1]));
    close(fds[1]);
    ssize_t first = read(fds[0], id, sizeof id);
    usleep(after_us);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    struct store *s;
    assert_ok(store_open(&s, dir, STORE_WRITE, &e), e);
    for (ssize_t n = first; n == (ssize_t)sizeof id; n = read(fds[0], id, sizeof id), acknowledged++) {
        struct arena *a = arena_new(0);
        struct run *r;
        struct attempt *attempts;
        int n_attempts;
        assert_ok(runs_get(s, id, a, &r, &attempts, &n_attempts, &e), e);
        assert_int_equal(1, n_attempts);
        arena_free(a);
    }
    close(fds[0]);
    mem_auto char *integrity = text_of(s, "PRAGMA integrity_check");
    assert_string_equal("ok", integrity);
    assert_int_equal(-1, count_of(s, "PRAGMA foreign_key_check"));
    store_close(s);
    return acknowledged;
}

static void test_killed_in_the_middle_of_commits(void **state)
{
    struct temp_store *t = *state;
    int acknowledged = 0;
    for (int i = 0; i < 12; i++) {
        char job[16];
        snprintf(job, sizeof job, "job-%d", i);
        acknowledged += kill_once(t->dir, job, (useconds_t)(700 * i + 137));
    }
    assert_true(acknowledged >= 12);
    assert_true(count_of(t->s, "SELECT count(*) FROM runs") >= acknowledged);
}

static void test_one_server_per_directory(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    int fd, second, fds[2];
    char byte;
    assert_int_equal(0, store_server_pid(t->dir));
    assert_ok(store_lock_server(t->dir, &fd, &e), e);
    assert_int_equal(getpid(), store_server_pid(t->dir));
    assert_int_equal(-ERR_CONFLICT, store_lock_server(t->dir, &second, &e));
    mem_auto char *pid_text = mem_printf("pid %d", (int)getpid());
    assert_err(e, ERR_CONFLICT, pid_text);
    store_unlock_server(fd);
    assert_int_equal(0, store_server_pid(t->dir));

    assert_int_equal(0, pipe(fds));
    pid_t pid = fork();
    if (pid == 0) {
        int child_fd;
        if (store_lock_server(t->dir, &child_fd, &e) || write(fds[1], "x", 1) != 1)
            _exit(1);
        pause();
    }
    assert_int_equal(1, read(fds[0], &byte, 1));
    assert_int_equal(pid, store_server_pid(t->dir));
    assert_int_equal(-ERR_CONFLICT, store_lock_server(t->dir, &second, &e));
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_int_equal(0, store_server_pid(t->dir)); /* the file is there, the server is not */
    assert_ok(store_lock_server(t->dir, &fd, &e), e);
    store_unlock_server(fd);
    close(fds[0]);
    close(fds[1]);
}

static bool readable(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    return poll(&p, 1, 50) == 1;
}

static void test_announcements_wake_and_own_writes_do_not(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    int fd;
    store_announce(t->dir); /* before anybody watches: harmless */
    assert_ok(store_watch(t->dir, &fd, &e), e);
    put_job(t->s, "j", "");
    assert_false(readable(fd));
    assert_false(store_watch_drain(fd));
    for (int i = 0; i < 500; i++)
        store_announce(t->dir);
    assert_true(readable(fd));
    assert_true(store_watch_drain(fd));
    assert_false(store_watch_drain(fd));
    store_announce(t->dir);
    assert_true(store_watch_drain(fd));
    close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_store_open, temp_store_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_new_store_is_private_and_durable),
        TEST(test_reading_makes_nothing),
        TEST(test_a_reader_cannot_write),
        TEST(test_a_reader_alone),
        TEST(test_refuses_what_is_not_its_own),
        TEST(test_refuses_a_damaged_file),
        TEST(test_directory_trouble),
        TEST(test_directory_of_another_user),
        TEST(test_transactions),
        TEST(test_busy_is_said),
        TEST(test_processes_make_and_write_one_store),
        TEST(test_killed_in_the_middle_of_commits),
        TEST(test_one_server_per_directory),
        TEST(test_announcements_wake_and_own_writes_do_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
