/* Responses: never a fault; whole, byte by byte and in odd parts all end alike; what is kept of a head is clean. The first byte says
 * whether it answers a HEAD, and how to cut. */
#include "core/http1.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool fine)
{
    if (!fine)
        abort();
}

struct result {
    struct buf body;
    struct http1_parser p;
    struct err e;
    size_t used;
    int64_t rc;
};

static void take_body(void *ctx, const char *data, size_t len)
{
    buf_add(ctx, data, len);
}

static void play(struct result *r, const char *data, size_t size, bool head, size_t step)
{
    r->body = BUF_INIT(1 << 22);
    http1_parser_init(&r->p, head);
    while (r->used < size && !r->p.done) {
        size_t len = step < size - r->used ? step : size - r->used;
        r->rc = http1_feed(&r->p, data + r->used, len, take_body, &r->body, &r->e);
        if (r->rc < 0)
            return;
        check((size_t)r->rc == len || r->p.done);
        r->used += (size_t)r->rc;
    }
    r->rc = http1_closed(&r->p, &r->e);
}

static void same(const struct result *a, const struct result *b)
{
    check((a->rc < 0) == (b->rc < 0) && a->p.done == b->p.done && a->p.head_done == b->p.head_done);
    check(a->body.len == b->body.len && (a->body.len == 0 || memcmp(a->body.data, b->body.data, a->body.len) == 0));
    if (a->rc < 0)
        check(strcmp(a->e.text, b->e.text) == 0);
    else
        check(a->used == b->used && a->p.status == b->p.status && a->p.keep_alive == b->p.keep_alive);
    if (a->p.head_done)
        check(strcmp(buf_str(&a->p.head), buf_str(&b->p.head)) == 0);
}

static void check_result(const struct result *r)
{
    int newlines = 0;
    check(r->p.body_size == (int64_t)r->body.len);
    check(r->p.head.len <= HTTP1_HEAD_MAX && r->p.line.len <= HTTP1_HEAD_MAX);
    if (!r->p.head_done)
        return;
    check(r->p.status >= 200 && r->p.status <= 999);
    for (size_t i = 0; i < r->p.head.len; i++) {
        char c = r->p.head.data[i];
        newlines += c == '\n';
        check((unsigned char)c >= 0x20 || c == '\n' || c == '\t');
    }
    check(newlines <= HTTP1_FIELDS_MAX);
    if (r->p.done && r->p.content_length >= 0 && r->p.body_size > 0)
        check(r->p.body_size == r->p.content_length);
}

static void release(struct result *r)
{
    buf_free(&r->body);
    http1_parser_free(&r->p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    bool head = data[0] & 1;
    size_t steps[] = { size, 1, 1 + (data[0] >> 1) % 64 };
    struct result whole = { 0 };
    play(&whole, (const char *)data + 1, size - 1, head, steps[0]);
    check_result(&whole);
    for (int i = 1; i < 3; i++) {
        struct result parts = { 0 };
        play(&parts, (const char *)data + 1, size - 1, head, steps[i]);
        check_result(&parts);
        same(&whole, &parts);
        release(&parts);
    }
    release(&whole);
    return 0;
}
