/* tests/cases/http1: each response whole, byte by byte, and in two parts. */
#include "core/http1.h"

#include "base/mem.h"
#include "text_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define SPLITS 1500 /* texts up to this size are cut at every place, longer ones at so many */

static void add_escaped(struct buf *out, const char **at)
{
    const char *s = *at;
    unsigned byte;
    if (s[1] == 'x' && sscanf(s + 2, "%2x", &byte) == 1) {
        buf_char(out, (char)byte);
        *at = s + 4;
        return;
    }
    buf_char(out, s[1] == 'r' ? '\r' : s[1] == 'n' ? '\n' : s[1] == 't' ? '\t' : s[1]);
    *at = s + 2;
}

/* Escapes, and $TEXT*N. A '$' without a later "*digit" stands for itself. */
static void unescape(struct buf *out, const char *s, size_t len)
{
    const char *end = s + len;
    while (s < end) {
        const char *star = *s == '$' ? memchr(s, '*', (size_t)(end - s)) : NULL;
        if (*s == '\\') {
            add_escaped(out, &s);
        } else if (star && star + 1 < end && star[1] >= '0' && star[1] <= '9') {
            char *after;
            struct buf unit buf_auto = BUF_INIT(1 << 20);
            unescape(&unit, s + 1, (size_t)(star - s - 1));
            for (long n = strtol(star + 1, &after, 10); n > 0; n--)
                buf_add(out, unit.data, unit.len);
            s = after;
        } else {
            buf_char(out, *s++);
        }
    }
}

static void take_body(void *ctx, const char *data, size_t len)
{
    buf_add(ctx, data, len);
}

/* Feeds in parts: the first of `first` bytes, the others of `step`. Describes the end as the cases do, and what was kept of the
 * head. */
static void play(const struct buf *in, size_t first, size_t step, bool head, struct buf *out, struct buf *fields)
{
    struct http1_parser p;
    struct err e = { 0 };
    struct buf body buf_auto = BUF_INIT(1 << 20);
    size_t used = 0, part = first;
    int64_t n = 0;
    http1_parser_init(&p, head);
    while (used < in->len && !p.done) {
        size_t len = part < in->len - used ? part : in->len - used;
        n = http1_feed(&p, in->data + used, len, take_body, &body, &e);
        if (n < 0)
            break;
        if ((size_t)n != len && !p.done) {
            buf_str_add(out, "took too little");
            goto end;
        }
        used += (size_t)n;
        part = step;
    }
    if (n < 0) {
        buf_printf(out, "error %s", e.text);
    } else if (p.done) {
        buf_printf(out, "%d %s ", p.status, p.keep_alive ? "keep" : "close");
        buf_add(out, body.data, body.len);
        if (used < in->len) {
            buf_str_add(out, " + ");
            buf_add(out, in->data + used, in->len - used);
        }
    } else if (http1_closed(&p, &e) < 0) {
        buf_printf(out, "cut %s", e.text);
    } else {
        buf_printf(out, "%d %s ", p.status, p.keep_alive ? "keeps a closed connection" : "close-ends");
        buf_add(out, body.data, body.len);
    }
    if (p.done && !buf_str(out)[0])
        buf_str_add(out, "nothing said");
    if (p.done && (p.body_size != (int64_t)body.len || p.line.cap > 0))
        buf_str_add(out, " (body_size is wrong, or a line is still held)");
    if (p.head_done)
        buf_add(fields, p.head.data, p.head.len);
end:
    http1_parser_free(&p);
}

static bool same(const struct buf *a, const struct buf *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static bool as_wanted(const struct buf *got, const struct buf *wanted)
{
    size_t word = strcspn(buf_str(wanted), " ") + 1;
    if (strncmp(buf_str(wanted), "error ", 6) != 0 && strncmp(buf_str(wanted), "cut ", 4) != 0)
        return got->len == wanted->len && memcmp(got->data, wanted->data, got->len) == 0;
    return strncmp(buf_str(got), wanted->data, word) == 0 && strstr(buf_str(got), wanted->data + word);
}

static void each(struct text_cases *t, const char *line, void *ctx)
{
    bool head = strncmp(line, "HEAD: ", 6) == 0;
    const char *text = line + (head ? 6 : 0), *arrow = strstr(text, " => ");
    struct buf in buf_auto = BUF_INIT(1 << 20), wanted buf_auto = BUF_INIT(1 << 20), whole buf_auto = BUF_INIT(1 << 20),
                  fields buf_auto = BUF_INIT(HTTP1_HEAD_MAX);
    (void)ctx;
    if (!arrow) {
        text_case_fail(t, "no '=>'");
        return;
    }
    unescape(&in, text, (size_t)(arrow - text));
    unescape(&wanted, arrow + 4, strlen(arrow + 4));
    play(&in, in.len, 1, head, &whole, &fields);
    if (!as_wanted(&whole, &wanted)) {
        text_case_fail(t, "got '%.200s'", buf_str(&whole));
        return;
    }
    size_t stride = in.len / SPLITS + 1;
    for (size_t first = 0; first < in.len; first += stride) { /* 0: byte by byte */
        struct buf got buf_auto = BUF_INIT(1 << 20), kept buf_auto = BUF_INIT(HTTP1_HEAD_MAX);
        play(&in, first ? first : 1, first ? in.len : 1, head, &got, &kept);
        if (!same(&got, &whole) || !same(&kept, &fields)) {
            text_case_fail(t, "in parts (%zu): '%.200s'", first, buf_str(&got));
            return;
        }
    }
    text_case_pass(t);
}

static void test_cases(void **state)
{
    (void)state;
    text_cases_run("http1", 230, each, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
