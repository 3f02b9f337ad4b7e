/* The ring between the engine and those who listen: numbers, gaps, what is superseded, tags, sleep; and both threads at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/mem.h"
#include "engine/feed.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static struct feed_entry out[FEED_READ_MAX];

static void put(struct feed *f, int run, enum run_state state)
{
    struct feed_entry x = { .kind = FEED_RUN, .name = "job", .run.state = state };
    snprintf(x.run.id, sizeof x.run.id, "run-%d", run);
    feed_put(f, &x);
}

static void test_nobody_listens(void **s)
{
    (void)s;
    struct feed *f = feed_new();
    assert_false(feed_on(f));
    put(f, 1, RUN_QUEUED);
    assert_int_equal(feed_read(f, 0, out), 0);
    assert_false(feed_holds(f, 0));
    feed_begin(f, -1);
    assert_true(feed_on(f));
    uint64_t last = feed_last(f);
    assert_true(feed_holds(f, last));
    assert_int_equal(feed_read(f, last, out), 0);
    feed_free(f);
}

static void test_in_order(void **s)
{
    (void)s;
    struct feed *f = feed_new();
    feed_begin(f, -1);
    uint64_t last = feed_last(f);
    for (int i = 0; i < FEED_READ_MAX + 3; i++)
        put(f, i, RUN_RUNNING);
    assert_int_equal(feed_read(f, last, out), FEED_READ_MAX);
    for (int i = 0; i < FEED_READ_MAX; i++)
        assert_int_equal(out[i].number, last + 1 + (uint64_t)i);
    assert_int_equal(feed_read(f, out[FEED_READ_MAX - 1].number, out), 3);
    assert_string_equal(out[2].run.id, "run-66");
    assert_int_equal(feed_read(f, feed_last(f), out), 0);
    assert_false(feed_holds(f, feed_last(f) + 1)); /* of the future: not of this life */
    feed_free(f);
}

static void test_the_oldest_give_way(void **s)
{
    (void)s;
    struct feed *f = feed_new();
    feed_begin(f, -1);
    uint64_t last = feed_last(f);
    for (int i = 0; i < FEED_ENTRIES; i++)
        put(f, i, RUN_RUNNING);
    assert_true(feed_holds(f, last));
    put(f, FEED_ENTRIES, RUN_RUNNING);
    assert_false(feed_holds(f, last));
    assert_int_equal(feed_read(f, last, out), 0);
    assert_true(feed_holds(f, last + 1));
    assert_int_equal(feed_read(f, last + 1, out), FEED_READ_MAX);
    assert_string_equal(out[0].run.id, "run-1");
    feed_free(f);
}

/* Whoever was up to date when nothing was kept any more may have missed something. */
static void test_a_pause_is_a_gap(void **s)
{
    (void)s;
    struct feed *f = feed_new();
    feed_begin(f, -1);
    put(f, 1, RUN_RUNNING);
    uint64_t last = feed_last(f);
    feed_end(f);
    assert_false(feed_on(f));
    feed_begin(f, -1);
    assert_false(feed_holds(f, last));
    assert_true(feed_last(f) > last);
    feed_free(f);
}

static void test_superseded(void **s)
{
    (void)s;
    struct feed *f = feed_new();
    feed_begin(f, -1);
    uint64_t last = feed_last(f);
    put(f, 1, RUN_QUEUED);
    put(f, 2, RUN_QUEUED);
    put(f, 1, RUN_RUNNING);
    feed_mark(f);
    put(f, 1, RUN_SUCCEEDED);
    feed_put(f, &(struct feed_entry){ .kind = FEED_JOB, .name = "job" });
    feed_mark(f);
    assert_int_equal(feed_read(f, last, out), 5);
    static const bool want[] = { true, false, true, false, false };
    for (int i = 0; i < 5; i++)
        assert_int_equal(out[i].superseded, want[i]);
    for (int i = 0; i < 3 * FEED_ENTRIES; i++) /* all the way round, unmarked */
        put(f, i, RUN_RUNNING);
    feed_mark(f);
    assert_int_equal(feed_read(f, feed_last(f) - 2, out), 2);
    assert_false(out[1].superseded);
    feed_free(f);
}

static void test_tags(void **s)
{
    (void)s;
    static const char *const names[] = { "mail", "nightly" }, *const asked[] = { "other", "nightly" };
    struct feed *f = feed_new();
    feed_begin(f, -1);
    uint64_t last = feed_last(f);
    struct feed_tags *t = feed_tags_new(names, 2);
    assert_null(feed_tags_new(names, 0));
    assert_false(feed_tags_have(NULL, asked, 2));
    assert_false(feed_tags_have(t, asked, 1));
    feed_put(f, &(struct feed_entry){ .kind = FEED_JOB, .name = "job", .tags = feed_tags_ref(t), .tags_before = t });
    assert_int_equal(feed_read(f, last, out), 1);
    for (int i = 0; i < FEED_ENTRIES; i++) /* the ring lets go of it */
        put(f, i, RUN_RUNNING);
    assert_true(feed_tags_have(out[0].tags, asked, 2));
    feed_release(out, 1);
    t = feed_tags_new(names, 1);
    feed_put(f, &(struct feed_entry){ .kind = FEED_JOB, .tags = feed_tags_ref(t) });
    feed_end(f);
    feed_put(f, &(struct feed_entry){ .kind = FEED_JOB, .tags = t }); /* nobody listens: let go of at once */
    feed_free(f);
}

static void test_messages_are_cut(void **s)
{
    (void)s;
    struct feed_run r;
    char text[FEED_MESSAGE_SIZE + 50];
    feed_message(&r, NULL);
    assert_string_equal(r.message, "");
    memset(text, 'x', sizeof text);
    text[FEED_MESSAGE_SIZE - 1] = '\0';
    feed_message(&r, text);
    assert_string_equal(r.message, text);
    for (size_t i = 0; i + 1 < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xa9", 2);
    text[sizeof text - 1] = text[sizeof text - 2] = '\0';
    feed_message(&r, text);
    size_t len = strlen(r.message);
    assert_true(len < FEED_MESSAGE_SIZE);
    assert_string_equal(r.message + len - 3, "...");
    assert_int_equal((len - 3) % 2, 0);
}

static bool readable(int fd)
{
    return poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 0) == 1;
}

static void test_sleep(void **s)
{
    (void)s;
    struct feed *f = feed_new();
    eventfd_t ignored;
    int fd = eventfd(0, EFD_NONBLOCK);
    feed_begin(f, fd);
    uint64_t last = feed_last(f);
    put(f, 1, RUN_QUEUED);
    assert_false(readable(fd)); /* awake */
    assert_false(feed_sleep(f, last));
    assert_true(feed_sleep(f, ++last));
    put(f, 1, RUN_RUNNING);
    assert_true(readable(fd));
    eventfd_read(fd, &ignored);
    put(f, 1, RUN_SUCCEEDED);
    assert_false(readable(fd)); /* once is enough */
    feed_free(f);
    close(fd);
}

/* --- both threads at once: for the thread sanitizer, and for order --- */

#define PUTS 100000
static atomic_bool done;

static void *put_many(void *arg)
{
    static const char *const names[] = { "mail" };
    struct feed_tags *t = feed_tags_new(names, 1);
    for (int i = 0; i < PUTS; i++) {
        struct feed_entry x = { .kind = FEED_RUN, .tags = feed_tags_ref(t), .revision = i };
        snprintf(x.run.id, sizeof x.run.id, "run-%d", i / 3);
        feed_put(arg, &x);
    }
    feed_tags_unref(t);
    atomic_store(&done, true);
    return NULL;
}

static void test_two_threads(void **s)
{
    (void)s;
    struct feed *f = feed_new();
    int fd = eventfd(0, EFD_NONBLOCK), gaps = 0;
    int64_t newest = -1;
    pthread_t writer;
    feed_begin(f, fd);
    uint64_t at = feed_last(f);
    assert_int_equal(pthread_create(&writer, NULL, put_many, f), 0);
    for (bool last_look = false;; last_look = atomic_load(&done)) {
        feed_mark(f);
        for (int n; (n = feed_read(f, at, out)) > 0; at = out[n - 1].number, feed_release(out, n))
            for (int i = 0; i < n; i++) {
                assert_int_equal(out[i].number, at + 1 + (uint64_t)i);
                assert_true(out[i].revision > newest);
                newest = out[i].revision;
            }
        if (!feed_holds(f, at)) {
            gaps++;
            at = feed_last(f);
        } else if (last_look) {
            break;
        } else if (feed_sleep(f, at)) {
            poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 10);
        }
    }
    pthread_join(writer, NULL);
    assert_true(newest == PUTS - 1 || gaps > 0);
    assert_int_equal(at, feed_last(f));
    feed_free(f);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobody_listens),      cmocka_unit_test(test_in_order),
        cmocka_unit_test(test_the_oldest_give_way), cmocka_unit_test(test_a_pause_is_a_gap),
        cmocka_unit_test(test_superseded),          cmocka_unit_test(test_tags),
        cmocka_unit_test(test_messages_are_cut),    cmocka_unit_test(test_sleep),
        cmocka_unit_test(test_two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
