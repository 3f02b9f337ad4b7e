/* loop.h: order, removal in mid-turn, exact timers, no idle wake-ups. */
#include "net/loop.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <sys/epoll.h>
#include <sys/resource.h>

static struct loop *loop;

static int open_loop(void **state)
{
    struct err e;
    (void)state;
    loop = loop_new(&e);
    return loop ? 0 : -1;
}

static int close_loop(void **state)
{
    (void)state;
    loop_free(loop);
    return 0;
}

static struct mono in_us(int64_t us)
{
    return (struct mono){ clock_mono().us + us };
}

static void stop(void *ctx)
{
    (void)ctx;
    loop_stop(loop);
}

static void run_ms(int ms)
{
    struct loop_timer t = { .fn = stop };
    loop_timer_set(loop, &t, in_us(ms * 1000));
    loop_run(loop);
}

static char order[64];

static void note(void *ctx)
{
    strcat(order, ctx);
}

static void test_timer_order(void **state)
{
    struct loop_timer a = { .fn = note, .ctx = "a" }, b = { .fn = note, .ctx = "b" }, c = { .fn = note, .ctx = "c" },
                      d = { .fn = note, .ctx = "d" };
    (void)state;
    order[0] = '\0';
    loop_timer_set(loop, &c, in_us(3000));
    loop_timer_set(loop, &a, in_us(1000));
    loop_timer_set(loop, &b, in_us(9000));
    loop_timer_set(loop, &d, in_us(1500));
    loop_timer_set(loop, &b, in_us(2000)); /* moved */
    loop_timer_clear(loop, &d);
    loop_timer_clear(loop, &d);
    assert_true(loop_timer_is_set(&a) && !loop_timer_is_set(&d));
    run_ms(12);
    assert_string_equal(order, "abc");
    assert_false(loop_timer_is_set(&a));
}

static void clear_other(void *ctx)
{
    loop_timer_clear(loop, ctx);
}

static void test_timer_clears_other(void **state)
{
    struct loop_timer b = { .fn = note, .ctx = "b" }, a = { .fn = clear_other, .ctx = &b };
    struct mono when = in_us(500);
    (void)state;
    order[0] = '\0';
    loop_timer_set(loop, &a, when);
    when.us++;
    loop_timer_set(loop, &b, when);
    run_ms(5);
    assert_string_equal(order, "");
}

static void note_lateness(void *ctx)
{
    *(int64_t *)ctx = clock_mono().us;
}

/* Never early; the best of some is well under a millisecond late (the machine may be busy, so the best, not the worst). */
static void test_timer_exact(void **state)
{
    int64_t best = INT64_MAX;
    (void)state;
    for (int i = 0; i < 20; i++) {
        int64_t fired = 0;
        struct loop_timer t = { .fn = note_lateness, .ctx = &fired };
        struct mono when = in_us(1300);
        loop_timer_set(loop, &t, when);
        run_ms(4);
        assert_true(fired >= when.us);
        if (fired - when.us < best)
            best = fired - when.us;
    }
    assert_in_range(best, 0, 700);
}

static void test_past_timer_fires_now(void **state)
{
    struct loop_timer t = { .fn = stop };
    (void)state;
    loop_timer_set(loop, &t, (struct mono){ 1 });
    loop_run(loop);
    assert_true(loop_now(loop).us > 1);
}

struct pipe_end {
    struct loop_fd watch;
    int write_fd;
    int told;
    struct pipe_end *removes;
};

static void end_ready(void *ctx, uint32_t events)
{
    struct pipe_end *p = ctx;
    char byte;
    assert_true(events & EPOLLIN);
    p->told++;
    if (p->removes) {
        loop_remove(loop, &p->removes->watch);
        memset(&p->removes->watch, 0xff, sizeof(p->removes->watch)); /* as if it had been freed */
        p->removes = NULL;
    }
    assert_int_equal(read(p->watch.fd, &byte, 1), 1);
}

static void open_end(struct pipe_end *p)
{
    int fds[2];
    struct err e;
    memset(p, 0, sizeof(*p));
    assert_int_equal(pipe(fds), 0);
    p->watch = (struct loop_fd){ .fd = fds[0], .events = EPOLLIN, .fn = end_ready, .ctx = p };
    p->write_fd = fds[1];
    assert_int_equal(loop_add(loop, &p->watch, &e), 0);
}

static void test_descriptors(void **state)
{
    struct pipe_end p;
    (void)state;
    open_end(&p);
    assert_int_equal(write(p.write_fd, "xyz", 3), 3);
    run_ms(5);
    assert_int_equal(p.told, 3); /* level-triggered */
    loop_mod(loop, &p.watch, 0);
    assert_int_equal(write(p.write_fd, "x", 1), 1);
    run_ms(5);
    assert_int_equal(p.told, 3);
    loop_mod(loop, &p.watch, EPOLLIN);
    run_ms(5);
    assert_int_equal(p.told, 4);
    loop_remove(loop, &p.watch);
    close(p.watch.fd);
    close(p.write_fd);
}

/* Two are ready in one turn; whichever is told first removes the other, which must not be told. */
static void test_removed_in_the_same_turn(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct pipe_end a, b;
        open_end(&a);
        open_end(&b);
        int fds[4] = { a.watch.fd, a.write_fd, b.watch.fd, b.write_fd };
        a.removes = &b;
        b.removes = &a;
        assert_int_equal(write(a.write_fd, "x", 1), 1);
        assert_int_equal(write(b.write_fd, "x", 1), 1);
        run_ms(3);
        assert_int_equal(a.told + b.told, 1);
        loop_remove(loop, a.told ? &a.watch : &b.watch);
        for (int k = 0; k < 4; k++)
            close(fds[k]);
    }
}

static struct loop_task again;
static int runs;

static void run_again(void *ctx)
{
    (void)ctx;
    if (++runs < 5)
        loop_later(loop, &again);
    else
        loop_stop(loop);
}

static void test_tasks(void **state)
{
    struct loop_task a = { .fn = note, .ctx = "a" }, b = { .fn = note, .ctx = "b" }, c = { .fn = note, .ctx = "c" };
    (void)state;
    order[0] = '\0';
    loop_later(loop, &a);
    loop_later(loop, &b);
    loop_later(loop, &c);
    loop_later(loop, &a); /* waits already */
    loop_later_clear(loop, &b);
    loop_later_clear(loop, &b);
    again = (struct loop_task){ .fn = run_again };
    runs = 0;
    loop_later(loop, &again);
    loop_run(loop);
    assert_string_equal(order, "ac");
    assert_int_equal(runs, 5);
}

/* A task that is put off for ever lets descriptors and timers have their turns. */
static void forever(void *ctx)
{
    loop_later(loop, ctx);
}

static void test_tasks_do_not_starve(void **state)
{
    struct loop_task t = { .fn = forever, .ctx = &t };
    struct pipe_end p;
    (void)state;
    open_end(&p);
    loop_later(loop, &t);
    assert_int_equal(write(p.write_fd, "x", 1), 1);
    run_ms(5);
    assert_int_equal(p.told, 1);
    loop_later_clear(loop, &t);
    loop_remove(loop, &p.watch);
    close(p.watch.fd);
    close(p.write_fd);
}

static void test_sleeps_while_idle(void **state)
{
    struct rusage before, after;
    (void)state;
    getrusage(RUSAGE_SELF, &before);
    run_ms(300);
    getrusage(RUSAGE_SELF, &after);
    assert_in_range(after.ru_nvcsw - before.ru_nvcsw, 1, 3);
}

/* --- how long a turn takes, seen by another thread --------------------------------------------------------------- */

static atomic_bool held, release;

static void hold(void *ctx)
{
    (void)ctx;
    atomic_store(&held, true);
    while (!atomic_load(&release))
        usleep(1000);
    loop_stop(loop);
}

static void *run_loop(void *ctx)
{
    (void)ctx;
    loop_run(loop);
    return NULL;
}

static void test_busy(void **state)
{
    (void)state;
    struct loop_timer t = { .fn = hold };
    pthread_t thread;
    assert_int_equal(loop_busy_us(loop), 0);
    loop_timer_set(loop, &t, in_us(1000));
    assert_int_equal(pthread_create(&thread, NULL, run_loop, NULL), 0);
    while (!atomic_load(&held))
        usleep(1000);
    int64_t first = loop_busy_us(loop);
    usleep(2000);
    assert_true(loop_busy_us(loop) >= first + 2000);
    atomic_store(&release, true);
    pthread_join(thread, NULL);
    assert_int_equal(loop_busy_us(loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_timer_order, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_timer_clears_other, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_timer_exact, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_past_timer_fires_now, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_descriptors, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_removed_in_the_same_turn, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_tasks, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_tasks_do_not_starve, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_sleeps_while_idle, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_busy, open_loop, close_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
