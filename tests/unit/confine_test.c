/* A confined process cannot do what confine.h says; each trial is a child of its own, as nothing of it can be undone. */
#include "base/confine.h"

#include "base/guarded.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char inside[64], outside[64], named[64]; /* folders: the data directory, another, one that may be read */
static uint16_t free_port;

static int setup(void **state)
{
    (void)state;
    snprintf(inside, sizeof inside, "/tmp/confine-in-XXXXXX");
    snprintf(outside, sizeof outside, "/tmp/confine-out-XXXXXX");
    snprintf(named, sizeof named, "/tmp/confine-ro-XXXXXX");
    return mkdtemp(inside) && mkdtemp(outside) && mkdtemp(named) ? 0 : -1;
}

static const char *at(const char *folder, const char *name)
{
    static char path[2][160];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static int teardown(void **state)
{
    static const char *const files[] = { "there", "new", "moved" };
    (void)state;
    for (int i = 0; i < 3; i++) {
        unlink(at(inside, files[i]));
        unlink(at(outside, files[i]));
        unlink(at(named, files[i]));
    }
    return rmdir(inside) | rmdir(outside) | rmdir(named);
}

static int put(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0)
        return errno;
    ssize_t n = write(fd, "x", 1);
    close(fd);
    return n == 1 ? 0 : errno;
}

static int get(const char *path)
{
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

static int result(long rc)
{
    return rc < 0 ? errno : 0;
}

static int bind_port(uint16_t port)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    int rc = result(bind(fd, (struct sockaddr *)&a, sizeof a));
    close(fd);
    return rc == EADDRINUSE ? 0 : rc; /* taken by somebody meanwhile: allowed, or we would not know */
}

/* --- trials: each returns the errno of what it tries, 0 when it worked ---------------------------------------------------- */

static int write_inside(void)
{
    return put(at(inside, "new"));
}
static int write_outside(void)
{
    return put(at(outside, "new"));
}
static int write_named(void)
{
    return put(at(named, "there"));
}
static int change_outside(void)
{
    return put(at(outside, "there"));
}
static int cut_outside(void)
{
    return result(truncate(at(outside, "there"), 0));
}
static int read_inside(void)
{
    return get(at(inside, "there"));
}
static int read_outside(void)
{
    return get(at(outside, "there"));
}
static int read_named(void)
{
    return get(at(named, "there"));
}
static int list_outside(void)
{
    return get(outside);
}
static int list_inside(void)
{
    return get(inside);
}
static int move_inside(void)
{
    return result(rename(at(inside, "there"), at(inside, "moved")));
}
static int move_outside(void)
{
    return result(rename(at(inside, "there"), at(outside, "moved")));
}
static int remove_outside(void)
{
    return result(unlink(at(outside, "there")));
}
static int link_inside(void)
{
    return result(symlink("/etc", at(inside, "new")));
}
static int run_program(void)
{
    return result(execl("/bin/true", "true", (char *)NULL));
}
static int run_by_descriptor(void)
{
    char *const none[] = { NULL };
    return result(syscall(SYS_execveat, open("/usr/bin/true", O_RDONLY), "", none, none, 0x1000 /* AT_EMPTY_PATH */));
}
static int new_process(void)
{
    return result(fork());
}
static int new_name_space(void)
{
    return result(unshare(CLONE_NEWUSER));
}
static int trace(void)
{
    return result(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}
static int packet_socket(void)
{
    return result(socket(AF_PACKET, SOCK_RAW, 0));
}
static int crypto_socket(void)
{
    return result(socket(38 /* AF_ALG */, SOCK_SEQPACKET, 0));
}
static int plain_socket(void)
{
    return result(socket(AF_INET6, SOCK_DGRAM, 0));
}
static int set_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return result(clock_settime(CLOCK_REALTIME, &now));
}
static int allow_dumps(void)
{
    return result(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}
static int forbid_dumps(void)
{
    return result(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
}
static int io_uring(void)
{
    return result(syscall(425, 1, NULL));
}
static int call_of_the_future(void)
{
    return result(syscall(4000));
}
static int signal_parent(void)
{
    return result(kill(getppid(), 0));
}
static int signal_self(void)
{
    return result(kill(getpid(), 0));
}
static int bind_named(void)
{
    return bind_port(free_port);
}
static int bind_other(void)
{
    return bind_port((uint16_t)(free_port + 1));
}

static void *touch(void *arg)
{
    *(int *)arg = put(at(outside, "new"));
    return NULL;
}

/* A thread that starts later is confined too, and may start. */
static int write_from_thread(void)
{
    pthread_t t;
    int rc = 0;
    if (pthread_create(&t, NULL, touch, &rc))
        return -1;
    pthread_join(t, NULL);
    return rc;
}

static int map_memory(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : 0;
}

static int dumps_are_off(void)
{
    struct rlimit core = { 1, 1 };
    getrlimit(RLIMIT_CORE, &core);
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 && core.rlim_max == 0 ? 0 : EPERM;
}

static int no_privileges(void)
{
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : EPERM;
}

static const struct trial {
    const char *name;
    int (*run)(void);
    enum confine_measure by; /* skipped where the kernel has it not */
    int wanted, or_else;     /* errno: of Landlock, or of the filter when that comes first */
} TRIALS[] = {
    { "write in the data directory", write_inside, CONFINE_FILES, 0, 0 },
    { "read there", read_inside, CONFINE_FILES, 0, 0 },
    { "list it", list_inside, CONFINE_FILES, 0, 0 },
    { "rename there", move_inside, CONFINE_FILES, 0, 0 },
    { "make a link there", link_inside, CONFINE_FILES, EACCES, 0 },
    { "write elsewhere", write_outside, CONFINE_FILES, EACCES, 0 },
    { "write elsewhere, from a new thread", write_from_thread, CONFINE_FILES, EACCES, 0 },
    { "change a file elsewhere", change_outside, CONFINE_FILES, EACCES, 0 },
    { "truncate one", cut_outside, CONFINE_FILES, EACCES, 0 },
    { "read one", read_outside, CONFINE_FILES, EACCES, 0 },
    { "list another folder", list_outside, CONFINE_FILES, EACCES, 0 },
    { "remove elsewhere", remove_outside, CONFINE_FILES, EACCES, 0 },
    { "move out of the data directory", move_outside, CONFINE_FILES, EACCES, EXDEV },
    { "read in a named folder", read_named, CONFINE_FILES, 0, 0 },
    { "write in a named folder", write_named, CONFINE_FILES, EACCES, 0 },
    { "listen on the named port", bind_named, CONFINE_FILES, 0, 0 },
    { "listen on another", bind_other, CONFINE_FILES, EACCES, 0 },
    { "signal another process", signal_parent, CONFINE_FILES, EPERM, 0 },
    { "signal itself", signal_self, CONFINE_FILES, 0, 0 },
    { "run a program", run_program, CONFINE_CALLS, EPERM, 0 },
    { "run one by descriptor", run_by_descriptor, CONFINE_CALLS, EPERM, 0 },
    { "start a process", new_process, CONFINE_CALLS, EPERM, 0 },
    { "enter a name space", new_name_space, CONFINE_CALLS, EPERM, 0 },
    { "be traced", trace, CONFINE_CALLS, EPERM, 0 },
    { "open a packet socket", packet_socket, CONFINE_CALLS, EPERM, 0 },
    { "open a socket of the kernel's cryptography", crypto_socket, CONFINE_CALLS, EPERM, 0 },
    { "open an ordinary one", plain_socket, CONFINE_CALLS, 0, 0 },
    { "set the clock", set_clock, CONFINE_CALLS, EPERM, 0 },
    { "use io_uring", io_uring, CONFINE_CALLS, EPERM, 0 },
    { "use a call that is younger than we are", call_of_the_future, CONFINE_CALLS, ENOSYS, 0 },
    { "map memory", map_memory, CONFINE_CALLS, 0, 0 },
    { "allow dumps again", allow_dumps, CONFINE_CALLS, EPERM, 0 },
    { "forbid them again", forbid_dumps, CONFINE_CALLS, 0, 0 },
    { "find dumps off", dumps_are_off, CONFINE_DUMPS, 0, 0 },
    { "find new privileges off", no_privileges, CONFINE_PRIVILEGES, 0, 0 },
};

static uint16_t pick_port(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    close(fd);
    return ntohs(a.sin_port);
}

enum { SKIPPED = 250 };

static int in_child(const struct trial *t, bool confined)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        struct confine_rules r = { 0 };
        confine_allow(&r, CONFINE_WRITE, inside);
        confine_allow(&r, CONFINE_READ, "/usr");
        confine_allow_folder_of(&r, CONFINE_READ, at(named, "there"));
        confine_allow_port(&r, free_port);
        if (confined)
            confine_process(&r);
        if (confined && !confine_state(t->by).on)
            _exit(*confine_state(t->by).why ? SKIPPED : 251);
        _exit(t->run());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void make_files(void)
{
    assert_int_equal(put(at(inside, "there")) | put(at(outside, "there")) | put(at(named, "there")), 0);
    unlink(at(inside, "new"));
    unlink(at(outside, "new"));
}

static void test_what_a_confined_process_may(void **state)
{
    int skipped = 0, wrong = 0;
    (void)state;
    free_port = pick_port();
    for (size_t i = 0; i < MEM_COUNT(TRIALS); i++) {
        const struct trial *t = &TRIALS[i];
        make_files();
        int got = in_child(t, true);
        skipped += got == SKIPPED;
        if (got == SKIPPED || got == t->wanted || (t->or_else && got == t->or_else))
            continue;
        print_error("%s: %s, not %s\n", t->name, strerror(got), strerror(t->wanted));
        wrong++;
    }
    assert_int_equal(wrong, 0);
    if (skipped)
        print_message("%d trials left out: this kernel or build has not all measures\n", skipped);
}

/* The trials would work without: else they would show nothing. */
static void test_what_an_unconfined_process_may(void **state)
{
    static int (*const plain[])(void) = { write_outside, write_named, read_outside, list_outside,
                                          bind_other,    new_process, allow_dumps,  signal_parent };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(plain); i++) {
        const struct trial t = { .run = plain[i] };
        make_files();
        assert_int_equal(in_child(&t, false), 0);
    }
}

static void test_unconfined_by_wish(void **state)
{
    int status;
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        confine_process(NULL);
        bool told = strstr(confine_state(CONFINE_FILES).why, "--unconfined") != NULL;
        _exit(told && !put(at(outside, "new")) && !dumps_are_off() && confine_state(CONFINE_DUMPS).on ? 0 : 1);
    }
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_guarded_memory(void **state)
{
    (void)state;
    char *all[300];
    for (size_t i = 0; i < MEM_COUNT(all); i++) {
        size_t len = i * i % 3000;
        all[i] = guarded_alloc(len);
        for (size_t k = 0; k < len; k++)
            assert_int_equal(all[i][k], 0);
        memset(all[i], (int)i, len);
    }
    for (size_t i = 0; i < MEM_COUNT(all); i++) { /* nobody else's */
        size_t len = i * i % 3000;
        for (size_t k = 0; k < len; k++)
            assert_int_equal((unsigned char)all[i][k], (unsigned char)i);
    }
    char *s = guarded_strndup("value", 3), *large = guarded_alloc(200000);
    assert_string_equal(s, "val");
    memset(large, 1, 200000);
    char *kept = guarded_alloc(64); /* in the region of `large` or another: that stays mapped */
    guarded_free(large);
    guarded_free(s);
    for (size_t i = 0; i < MEM_COUNT(all); i++)
        guarded_free(all[(i * 7) % MEM_COUNT(all)]);
    for (int i = 0; i < 64; i++)
        assert_int_equal(kept[i], 0);
    guarded_free(kept);
    guarded_free(NULL);
}

/* In place of a block that was given back stands nothing of it. */
static void test_guarded_memory_is_wiped(void **state)
{
    (void)state;
    char *first = guarded_alloc(32), *second = guarded_alloc(32);
    memcpy(second, "a value that must not stay here", 32);
    guarded_free(second);
    for (int i = 0; i < 32; i++)
        assert_int_equal(((volatile char *)second)[i], 0); /* its region is that of `first` */
    guarded_free(first);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LOCKS false /* sanitizers make mlock do nothing, and say that it worked */
#else
#define LOCKS true
#endif

static void test_without_leave_to_lock(void **state)
{
    int status;
    (void)state;
    if (!LOCKS)
        skip();
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit none = { 0, 0 };
        setrlimit(RLIMIT_MEMLOCK, &none);
        if (geteuid() == 0 && setresuid(65534, 65534, 65534))
            _exit(2);
        void *p = guarded_alloc(100000);
        bool counted = guarded_swappable() >= 100000 && !confine_state(CONFINE_SWAP).on;
        guarded_free(p);
        _exit(counted && guarded_swappable() == 0 && confine_state(CONFINE_SWAP).on ? 0 : 1);
    }
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_a_confined_process_may, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_an_unconfined_process_may, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unconfined_by_wish, setup, teardown),
        cmocka_unit_test(test_guarded_memory),
        cmocka_unit_test(test_guarded_memory_is_wiped),
        cmocka_unit_test(test_without_leave_to_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
