/* http1_intake_fuzz.c - requests as a server takes them: never a fault; whole, byte by byte, and in the pieces that the input asks for all
 * end alike; limits are kept; what was read, written down again plainly, reads the same; and its head, as it is handed over, is one head to a
 * reader that knows nothing of framing.
 *
 * Input: a byte (how many sizes of pieces follow), the sizes, then the request and whatever comes after it. */
#include "core/http1.h"
#include "core/http1_intake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                    \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "%s:%d: " #condition "\n", __FILE__, __LINE__); \
            abort();                                                        \
        }                                                                   \
    } while (0)

struct pieces {
    const uint8_t *sizes; /* taken in turn, plus 1 */
    size_t n;             /* 0: all at once */
};

struct result {
    struct buf body;
    struct http1_intake in;
    struct err e;
    size_t used;
    int64_t rc;
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
    bool head_was_done = r->in.head_done;
    int64_t rc = http1_intake_feed(&r->in, copy, len, take_body, &r->body, &r->e);
    free(copy);
    CHECK(rc < 0 || (size_t)rc == len || r->in.done || r->in.head_done != head_was_done);
    return rc;
}

static void play(struct result *r, const char *data, size_t size, struct pieces pieces)
{
    *r = (struct result){ .body = BUF_INIT(1 << 24) };
    http1_intake_init(&r->in);
    for (size_t i = 0; r->used < size && !r->in.done; i++) {
        size_t left = size - r->used, len = pieces.n ? (size_t)pieces.sizes[i % pieces.n] + 1 : left;
        r->rc = feed(r, data + r->used, len < left ? len : left);
        if (r->rc < 0)
            return;
        r->used += (size_t)r->rc;
    }
}

static void forget(struct result *r)
{
    http1_intake_free(&r->in);
    buf_free(&r->body);
}

static bool equal(const struct buf *a, const struct buf *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static void same(const struct result *a, const struct result *b)
{
    CHECK((a->rc < 0) == (b->rc < 0) && a->in.done == b->in.done && a->in.head_done == b->in.head_done);
    if (a->rc < 0) {
        CHECK(a->e.code == b->e.code && strcmp(a->e.text, b->e.text) == 0);
        return;
    }
    CHECK(equal(&a->body, &b->body));
    if (a->in.head_done)
        CHECK(strcmp(a->in.method, b->in.method) == 0 && equal(&a->in.target, &b->in.target) &&
              equal(&a->in.fields, &b->in.fields) && a->in.keep_alive == b->in.keep_alive);
}

/* "Name: value" lines, none of which frames the body, one Host at most. */
static void check_fields(const struct http1_intake *in)
{
    const char *line = buf_str(&in->fields), *end;
    int n = 0, hosts = 0;
    CHECK(strlen(line) == in->fields.len && in->fields.len <= HTTP1_INTAKE_HEAD_MAX);
    for (; *line; line = end + 2, n++) {
        size_t name = http1_token_span(line, strlen(line));
        end = strstr(line, "\r\n");
        CHECK(end && name > 0 && strncmp(line + name, ": ", 2) == 0);
        CHECK(http1_value_valid(line + name + 2, (size_t)(end - line) - name - 2));
        CHECK(strncasecmp(line, "content-length:", 15) && strncasecmp(line, "transfer-encoding:", 18));
        hosts += !strncasecmp(line, "host:", 5);
    }
    CHECK(n == in->n_fields && n <= HTTP1_INTAKE_FIELDS_MAX + 1 && hosts <= 1);
    CHECK(hosts == 1 || in->minor_version == 0);
}

static void check_result(const struct result *r, size_t size)
{
    const struct http1_intake *in = &r->in;
    CHECK(r->used <= size && r->body.len <= size && in->line.len <= HTTP1_INTAKE_HEAD_MAX);
    if (r->rc < 0) {
        CHECK(r->e.code == ERR_MALFORMED || r->e.code == ERR_HEAD_TOO_LARGE || r->e.code == ERR_CODING ||
              r->e.code == ERR_VERSION);
        CHECK(r->e.text[0] && http1_value_valid(r->e.text, strlen(r->e.text)));
        return;
    }
    if (!in->head_done)
        return;
    CHECK(http1_token_valid(in->method) && buf_str(&in->target)[0] == '/' && strlen(in->target.data) == in->target.len);
    CHECK(in->body_size == (int64_t)r->body.len);
    CHECK(!in->done || in->content_length < 0 || in->content_length == in->body_size);
    check_fields(in);
}

/* What was read is one request, to whoever reads it next. */
static void check_again(const struct result *r)
{
    struct result again;
    struct buf plain = BUF_INIT(1 << 25);
    buf_printf(&plain, "%s ", r->in.method);
    buf_add(&plain, r->in.target.data, r->in.target.len);
    buf_str_add(&plain, r->in.minor_version ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
    buf_str_add(&plain, buf_str(&r->in.fields));
    buf_printf(&plain, "Content-Length: %zu\r\n\r\n", r->body.len);
    buf_add(&plain, buf_str(&r->body), r->body.len);
    size_t head = plain.len - r->body.len;
    play(&again, plain.data, plain.len, (struct pieces){ 0 });
    if (again.rc < 0) { /* one field more, and white space that was left out before */
        CHECK(again.e.code == ERR_HEAD_TOO_LARGE);
        CHECK(r->in.n_fields >= HTTP1_INTAKE_FIELDS_MAX || head > HTTP1_INTAKE_HEAD_MAX);
    } else {
        CHECK(again.in.done && again.used == plain.len && equal(&again.body, &r->body));
        CHECK(equal(&again.in.fields, &r->in.fields) && equal(&again.in.target, &r->in.target));
    }
    forget(&again);
    buf_free(&plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t one = 0;
    struct result whole, bytes, some;
    size_t n = size > 0 ? data[0] % 16 : 0;
    if (size < 1 + n)
        return 0;
    const char *request = (const char *)data + 1 + n;
    size_t len = size - 1 - n;
    play(&whole, request, len, (struct pieces){ 0 });
    play(&bytes, request, len, (struct pieces){ &one, 1 });
    play(&some, request, len, (struct pieces){ data + 1, n });
    same(&whole, &bytes);
    same(&whole, &some);
    check_result(&whole, len);
    if (whole.rc >= 0 && whole.in.done)
        check_again(&whole);
    forget(&whole);
    forget(&bytes);
    forget(&some);
    return 0;
}
