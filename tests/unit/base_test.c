/* Buffers, arenas, heaps, maps, errors, mailboxes, ids. */
#include "base/block.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/heap.h"
#include "base/id.h"
#include "base/mailbox.h"
#include "base/map.h"
#include "base/mem.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void test_buf(void **state)
{
    struct buf b = BUF_INIT(10);
    (void)state;
    assert_string_equal(buf_str(&b), "");
    assert_true(buf_str_add(&b, "hello"));
    assert_true(buf_printf(&b, "%d", 12345));
    assert_false(buf_char(&b, 'x')); /* the maximum is hard ... */
    assert_true(b.full);
    assert_int_equal(b.len, 10);
    assert_string_equal(buf_str(&b), "hello12345");
    assert_false(buf_char(&b, 'x')); /* ... and a full buffer stays full, so that one check at the end is enough */
    buf_clear(&b);
    assert_false(b.full);
    char *taken = (buf_str_add(&b, "mine"), buf_take(&b));
    assert_string_equal(taken, "mine");
    mem_free(taken);
    assert_false(buf_printf(&b, "%s", "eleven char"));
    assert_int_equal(b.len, 0);
    buf_free(&b);
}

/* Blocks that a secret buffer grew out of, or left, are handed out again without a trace of it. */
static void test_secret_buf(void **state)
{
    static const size_t sizes[] = { 257, 300, 513, 2048, 4097, 8000 };
    struct buf b = BUF_SECRET(100000);
    (void)state;
    for (int i = 0; i < 8000; i++)
        assert_true(buf_char(&b, 's'));
    assert_int_equal(strspn(buf_str(&b), "s"), 8000);
    buf_free(&b);
    assert_true(b.secret);
    assert_int_equal(b.max, 100000);
    for (size_t i = 0; i < MEM_COUNT(sizes); i++) {
        unsigned char *left = block_take(sizes[i]);
        assert_null(memmem(left, sizes[i], "ssss", 4));
        block_give(left);
    }
    assert_true(buf_str_add(&b, "again"));
    char *taken = buf_take(&b);
    assert_string_equal(taken, "again");
    mem_free(taken);
    assert_true(b.secret && !b.data);
}

static void test_arena(void **state)
{
    struct arena *a = arena_new(0);
    char *small[1000];
    (void)state;
    for (int i = 0; i < 1000; i++) {
        small[i] = arena_printf(a, "string %d", i);
        assert_int_equal((uintptr_t)small[i] % 16, 0);
    }
    char *large = arena_alloc(a, 1000000);
    assert_int_equal(large[999999], 0);
    for (int i = 0; i < 1000; i++) {
        char expected[32];
        snprintf(expected, sizeof expected, "string %d", i);
        assert_string_equal(small[i], expected);
    }
    assert_null(arena_strdup(a, NULL));
    assert_true(arena_size(a) > 1000000);
    arena_free(a);
}

static void test_heap(void **state)
{
    enum { N = 2000 };
    static struct heap_node nodes[N];
    struct heap h = { 0 };
    (void)state;
    srandom(7);
    memset(nodes, 0, sizeof nodes);
    for (int i = 0; i < N; i++)
        heap_put(&h, &nodes[i], random() % 500);
    for (int i = 0; i < N; i += 3)
        heap_put(&h, &nodes[i], random() % 500); /* moves */
    for (int i = 0; i < N; i += 5)
        heap_remove(&h, &nodes[i]);
    heap_remove(&h, &nodes[0]); /* twice is fine */
    int64_t last = -1;
    int n = 0;
    for (struct heap_node *first; (first = heap_first(&h)); n++) {
        assert_true(first->key >= last);
        last = first->key;
        heap_remove(&h, first);
        assert_false(heap_has(first));
    }
    assert_int_equal(n, N - N / 5);
    heap_free(&h);
}

static void test_map(void **state)
{
    enum { N = 3000 };
    static char keys[N][16];
    struct map m = { 0 };
    (void)state;
    assert_null(map_get(&m, "x"));
    assert_null(map_remove(&m, "x"));
    for (int i = 0; i < N; i++) {
        snprintf(keys[i], sizeof keys[i], "key-%d", i);
        assert_null(map_put(&m, keys[i], keys[i]));
    }
    assert_ptr_equal(map_put(&m, keys[5], keys[5]), keys[5]);
    for (int i = 0; i < N; i += 2)
        assert_ptr_equal(map_remove(&m, keys[i]), keys[i]);
    assert_int_equal(m.len, N / 2);
    for (int i = 0; i < N; i++)
        assert_ptr_equal(map_get(&m, keys[i]), i % 2 ? keys[i] : NULL);
    size_t pos = 0, n = 0;
    while (map_each(&m, &pos))
        n++;
    assert_int_equal(n, N / 2);
    map_free(&m);
}

static void test_err(void **state)
{
    struct err e = { 0 };
    char large[600];
    (void)state;
    assert_int_equal(err_at(&e, ERR_INVALID, "/name", "'%s' is wrong", "x"), -ERR_INVALID);
    assert_int_equal(err_under(&e, "/jobs/%d", 3), -ERR_INVALID);
    assert_int_equal(err_wrap(&e, "file '%s'", "a.json"), -ERR_INVALID);
    assert_string_equal(e.pointer, "/jobs/3/name");
    assert_string_equal(e.text, "file 'a.json': 'x' is wrong");
    memset(large, 'a', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    err_set(&e, ERR_IO, "%s", large);
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
    assert_string_equal(e.text + sizeof e.text - 4, "...");
    assert_string_equal(e.pointer, "");
    assert_int_equal(err_set(NULL, ERR_BUSY, "nobody cares"), -ERR_BUSY);
    /* 0 done, 1 failed, 2 usage, 3 not found, 4 refused */
    assert_int_equal(err_exit_status(ERR_USAGE), 2);
    assert_int_equal(err_exit_status(ERR_NOT_FOUND), 3);
    assert_int_equal(err_exit_status(ERR_INVALID), 4);
    assert_int_equal(err_exit_status(ERR_CONFLICT), 4);
    assert_int_equal(err_exit_status(ERR_IO), 1);
    assert_string_equal(err_code_name(ERR_NOT_FOUND), "not_found");
    assert_int_equal(err_http_status(ERR_UNAUTHENTICATED), 401);
}

struct note {
    struct mail mail;
    int from, number;
};

static struct mailbox *shared_box;

static void *sender(void *from)
{
    for (int i = 0; i < 2000; i++) {
        struct note *n = mem_alloc(sizeof *n);
        n->from = *(int *)from;
        n->number = i;
        mailbox_put(shared_box, &n->mail);
    }
    return NULL;
}

/* Four threads send; everything arrives once, in each sender's order. */
static void test_mailbox(void **state)
{
    pthread_t threads[4];
    int names[4] = { 0, 1, 2, 3 }, next[4] = { 0 }, got = 0;
    (void)state;
    shared_box = mailbox_new();
    assert_null(mailbox_take(shared_box));
    assert_null(mailbox_wait(shared_box, 1));
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, sender, &names[i]);
    while (got < 8000) {
        struct mail *m = mailbox_wait(shared_box, 5000);
        assert_non_null(m);
        for (struct mail *after; m; m = after, got++) {
            struct note *n = (struct note *)m;
            after = m->next;
            assert_int_equal(n->number, next[n->from]++);
            mem_free(n);
        }
    }
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    struct pollfd p = { .fd = mailbox_fd(shared_box), .events = POLLIN };
    assert_null(mailbox_take(shared_box));
    assert_int_equal(poll(&p, 1, 0), 0); /* an empty box does not wake anybody */
    mailbox_free(shared_box);
}

static void test_id(void **state)
{
    char a[ID_TEXT_SIZE], b[ID_TEXT_SIZE];
    (void)state;
    id_new((struct wall){ 1000 }, a);
    id_new((struct wall){ 1001 }, b);
    assert_true(id_valid(a) && id_valid(b));
    assert_true(strcmp(a, b) < 0); /* ordered by time */
    assert_memory_equal(a, "00000000-03e8-7", 15);
    for (int i = 0; i < 100000; i++, memcpy(a, b, sizeof a)) { /* also within a millisecond */
        id_new((struct wall){ 1001 }, b);
        assert_true(id_valid(b) && strcmp(b, "00000000-03e9-7000") > 0 && strchr("89ab", b[19]));
        assert_true(i == 0 || strcmp(a, b) < 0);
    }
    assert_non_null(strchr("89ab", a[19]));
    assert_false(id_valid("00000000-03e8-7000-8000-00000000000"));
    assert_false(id_valid("00000000-03E8-7000-8000-000000000000"));
    assert_false(id_valid("00000000x03e8-7000-8000-000000000000"));
}

/* A file fits to the byte; one byte more does not; what is no file is not waited for. */
static void test_file(void **state)
{
    char name[] = "/tmp/edgecron-file-XXXXXX";
    struct buf exact = BUF_INIT(70000), small = BUF_INIT(69999), none = BUF_INIT(10);
    mem_auto char *text = mem_alloc(70000);
    (void)state;
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    memset(text, 'x', 70000);
    assert_int_equal(write(fd, text, 70000), 70000);
    close(fd);
    assert_int_equal(file_read(name, &exact), 0);
    assert_int_equal(exact.len, 70000);
    assert_memory_equal(exact.data, text, 70000);
    assert_int_equal(exact.data[70000], '\0');
    assert_int_equal(file_read(name, &small), -1);
    assert_int_equal(errno, EFBIG);
    unlink(name);
    assert_true(file_read(name, &none) == -1 && errno == ENOENT);
    assert_int_equal(mkfifo(name, 0600), 0);
    assert_true(file_read(name, &none) == -1 && errno == EINVAL);
    unlink(name);
    assert_true(file_read("/", &none) == -1 && errno == EISDIR);
    buf_free(&exact);
    buf_free(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buf),     cmocka_unit_test(test_secret_buf), cmocka_unit_test(test_arena),
        cmocka_unit_test(test_heap),    cmocka_unit_test(test_map),        cmocka_unit_test(test_err),
        cmocka_unit_test(test_mailbox), cmocka_unit_test(test_id),         cmocka_unit_test(test_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
