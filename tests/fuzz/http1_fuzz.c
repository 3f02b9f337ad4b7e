/* http1_fuzz.c - responses: never a fault; whole, byte by byte, and in the pieces that the input asks for all end alike; limits are kept;
 * and what was read, written down again plainly, reads the same.
 *
 * Input: a byte (bit 0: the answer to a HEAD; bit 1: what stands between the first two bytes 0x1e comes many times, so that limits
 * are within reach of small inputs; the rest: how many sizes of pieces follow), the sizes, then the response. */
#include "core/http1.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                    \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "%s:%d: " #condition "\n", __FILE__, __LINE__); \
            abort();                                                        \
        }                                                                   \
    } while (0)

#define MARK 0x1e
#define TIMES 300
#define LONG_MAX (100 * 1024)

struct pieces {
    const uint8_t *sizes; /* taken in turn, plus 1 */
    size_t n;             /* 0: all at once */
};

struct result {
    struct buf body;
    struct http1_parser p;
    struct err e;
    size_t used;
    int64_t rc;
    bool cut; /* only http1_closed ended it */
};

static void take_body(void *ctx, const char *data, size_t len)
{
    CHECK(len > 0);
    buf_add(ctx, data, len);
}

/* Each piece is a block of its own, so that reading beyond it is seen. */
static int64_t feed(struct result *r, const char *data, size_t len)
{
    char *copy = malloc(len);
    memcpy(copy, data, len);
    int64_t rc = http1_feed(&r->p, copy, len, take_body, &r->body, &r->e);
    free(copy);
    return rc;
}

static void play(struct result *r, const char *data, size_t size, bool head, struct pieces pieces)
{
    *r = (struct result){ .body = BUF_INIT(1 << 24) };
    http1_parser_init(&r->p, head);
    for (size_t i = 0; r->used < size && !r->p.done; i++) {
        size_t left = size - r->used, len = pieces.n ? (size_t)pieces.sizes[i % pieces.n] + 1 : left;
        len = len < left ? len : left;
        r->rc = feed(r, data + r->used, len);
        if (r->rc < 0)
            return;
        CHECK((size_t)r->rc == len || r->p.done);
        r->used += (size_t)r->rc;
    }
    r->cut = !r->p.done;
    r->rc = http1_closed(&r->p, &r->e);
}

static bool equal(const struct buf *a, const struct buf *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static void same(const struct result *a, const struct result *b)
{
    CHECK((a->rc < 0) == (b->rc < 0) && a->cut == b->cut);
    CHECK(a->p.done == b->p.done && a->p.head_done == b->p.head_done && equal(&a->body, &b->body));
    if (a->rc < 0)
        CHECK(strcmp(a->e.text, b->e.text) == 0);
    else
        CHECK(a->used == b->used && a->p.keep_alive == b->p.keep_alive);
    if (a->p.head_done)
        CHECK(a->p.status == b->p.status && a->p.minor_version == b->p.minor_version &&
              a->p.content_length == b->p.content_length && equal(&a->p.head, &b->p.head));
}

/* "Name: value" lines of token and text, no more than there may be. */
static void check_head(const struct http1_parser *p)
{
    const char *line = buf_str(&p->head), *end;
    int n = 0;
    CHECK(strlen(line) == p->head.len && p->head.len <= HTTP1_HEAD_MAX && p->head_bytes <= HTTP1_HEAD_MAX);
    for (; *line; line = end + 1, n++) {
        size_t name = http1_token_span(line, strlen(line));
        end = strchr(line, '\n');
        CHECK(end && name > 0 && name <= 128 && strncmp(line + name, ": ", 2) == 0);
        const char *value = line + name + 2;
        CHECK(http1_value_valid(value, (size_t)(end - value)));
        CHECK(value == end || (*value != ' ' && *value != '\t' && end[-1] != ' ' && end[-1] != '\t'));
    }
    CHECK(n <= HTTP1_FIELDS_MAX && n <= p->n_fields);
}

static void check_result(const struct result *r, const char *data, size_t size)
{
    const struct http1_parser *p = &r->p;
    CHECK(p->body_size == (int64_t)r->body.len && r->body.len <= size && r->used <= size);
    CHECK(p->line.len <= HTTP1_HEAD_MAX && p->done == (r->rc == 0));
    if (r->rc < 0)
        CHECK(r->e.code == ERR_MALFORMED && r->e.text[0] && http1_value_valid(r->e.text, strlen(r->e.text)));
    if (!p->head_done)
        return;
    CHECK(p->status >= 200 && p->status <= 999 && p->minor_version >= 0 && p->minor_version <= 9);
    check_head(p);
    if (p->content_length >= 0) /* as it stands, and nothing else */
        CHECK(p->body_size <= p->content_length &&
              memcmp(data + r->used - r->body.len, buf_str(&r->body), r->body.len) == 0);
    if (!p->done)
        return;
    CHECK(!(r->cut && p->keep_alive) && p->line.cap == 0);
    if (p->head_request || p->status == 204 || p->status == 304)
        CHECK(p->body_size == 0);
    else if (p->content_length >= 0)
        CHECK(p->body_size == p->content_length);
}

/* After the end nothing is used, whatever comes. */
static void check_deaf(struct result *r)
{
    static const char more[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    if (!r->p.done)
        return;
    CHECK(http1_feed(&r->p, more, sizeof(more) - 1, take_body, &r->body, &r->e) == 0);
    CHECK(http1_closed(&r->p, &r->e) == 0 && r->p.body_size == (int64_t)r->body.len);
}

/* The same answer, its body framed by a length, or none where there is none. */
static void write_plainly(const struct result *r, bool bodyless, struct buf *out)
{
    const char *line = buf_str(&r->p.head), *end;
    buf_printf(out, "HTTP/1.%d %d\r\n", r->p.minor_version, r->p.status);
    for (; *line; line = end + 1) {
        end = strchr(line, '\n');
        if (strncasecmp(line, "Content-Length:", 15) == 0 || strncasecmp(line, "Transfer-Encoding:", 18) == 0)
            continue;
        buf_add(out, line, (size_t)(end - line));
        buf_str_add(out, "\r\n");
    }
    if (!bodyless)
        buf_printf(out, "Content-Length: %zu\r\n", r->body.len);
    buf_str_add(out, "\r\n");
    buf_add(out, r->body.data, r->body.len);
}

static void check_again(const struct result *r, bool head)
{
    struct buf plain buf_auto = BUF_INIT(1 << 24);
    struct result again;
    bool bodyless = head || r->p.status == 204 || r->p.status == 304;
    if (!r->p.done || r->p.n_fields == HTTP1_FIELDS_MAX || r->p.head_bytes > HTTP1_HEAD_MAX - 64)
        return;
    write_plainly(r, bodyless, &plain);
    play(&again, buf_str(&plain), plain.len, head, (struct pieces){ 0 });
    CHECK(again.rc == 0 && !again.cut && again.used == plain.len);
    CHECK(again.p.status == r->p.status && equal(&again.body, &r->body));
    CHECK(again.p.keep_alive || !r->p.keep_alive);
    buf_free(&again.body);
    http1_parser_free(&again.p);
}

static void release(struct result *r)
{
    buf_free(&r->body);
    http1_parser_free(&r->p);
}

static void repeat(struct buf *out, const char *text, size_t size)
{
    const char *first = memchr(text, MARK, size), *second = NULL;
    if (first)
        second = memchr(first + 1, MARK, size - (size_t)(first + 1 - text));
    if (!second) {
        buf_add(out, text, size);
        return;
    }
    buf_add(out, text, (size_t)(first - text));
    for (int i = 0; i < TIMES && out->len < LONG_MAX; i++)
        buf_add(out, first + 1, (size_t)(second - first - 1));
    buf_add(out, second + 1, size - (size_t)(second + 1 - text));
}

static void check(const char *text, size_t size, bool head, const struct pieces ways[2])
{
    struct result whole, parts;
    play(&whole, text, size, head, (struct pieces){ 0 });
    check_result(&whole, text, size);
    check_again(&whole, head);
    for (int i = 0; i < 2; i++) {
        play(&parts, text, size, head, ways[i]);
        check_result(&parts, text, size);
        same(&whole, &parts);
        release(&parts);
    }
    check_deaf(&whole);
    release(&whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t one = 0, many = 250;
    struct buf text buf_auto = BUF_INIT(2 * LONG_MAX);
    if (size < 1 || size > LONG_MAX / 2)
        return 0;
    size_t n = data[0] >> 2;
    n = n < size ? n : size - 1;
    if (data[0] & 2)
        repeat(&text, (const char *)data + 1 + n, size - 1 - n);
    else
        buf_add(&text, data + 1 + n, size - 1 - n);
    bool large = text.len > 5000; /* byte by byte takes long, then */
    const struct pieces ways[] = { { large ? &many : &one, 1 }, { large ? &many : data + 1, large ? 1 : n } };
    check(buf_str(&text), text.len, data[0] & 1, ways);
    return 0;
}
