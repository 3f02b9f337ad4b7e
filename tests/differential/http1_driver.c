/* http1_driver.c - answers for the differential test against node's parser (http1.mjs).
 *
 *     http1_driver < questions
 *
 * A question is a line "GET HEX" or "HEAD HEX": the bytes that a server sends before it closes. Its answer is a line:
 *
 *     whole STATUS MINOR-VERSION keep|close USED FIELDS BODY      the last two in hex, or "-" when empty
 *     failed TEXT
 *
 * Each is fed whole and byte by byte; that both end alike is checked here. */
#include "core/http1.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE (1 << 20)

static void take_body(void *ctx, const char *data, size_t len)
{
    buf_add(ctx, data, len);
}

static void hex_add(struct buf *out, const struct buf *bytes)
{
    for (size_t i = 0; i < bytes->len; i++)
        buf_printf(out, "%02x", (unsigned char)bytes->data[i]);
    if (bytes->len == 0)
        buf_char(out, '-');
}

static void answer(const char *bytes, size_t len, size_t step, bool head, struct buf *out)
{
    struct http1_parser p;
    struct err e;
    struct buf body buf_auto = BUF_INIT(LINE_SIZE);
    size_t used = 0;
    int64_t n = 0;

    http1_parser_init(&p, head);
    while (n >= 0 && used < len && !p.done) {
        n = http1_feed(&p, bytes + used, step < len - used ? step : len - used, take_body, &body, &e);
        used += n > 0 ? (size_t)n : 0;
    }
    if (n < 0 || http1_closed(&p, &e) < 0) {
        buf_printf(out, "failed %s", e.text);
    } else {
        buf_printf(out, "whole %d %d %s %zu ", p.status, p.minor_version, p.keep_alive ? "keep" : "close", used);
        hex_add(out, &p.head);
        buf_char(out, ' ');
        hex_add(out, &body);
    }
    http1_parser_free(&p);
}

/* In place. Returns the length, or -1. */
static long unhex(char *text)
{
    long n = 0;
    for (char *s = text; *s; s += 2) {
        unsigned byte;
        if (!s[1] || sscanf(s, "%2x", &byte) != 1)
            return -1;
        text[n++] = (char)byte;
    }
    return n;
}

int main(void)
{
    static char line[LINE_SIZE];

    while (fgets(line, sizeof(line), stdin)) {
        struct buf whole buf_auto = BUF_INIT(2 * LINE_SIZE), parts buf_auto = BUF_INIT(2 * LINE_SIZE);
        char *bytes = line;
        char *method = strsep(&bytes, " \n");
        long len;

        if (bytes)
            bytes[strcspn(bytes, "\n")] = '\0';
        len = bytes ? unhex(bytes) : -1;
        if (len < 0) {
            fprintf(stderr, "http1_driver: not a question: '%.40s'\n", line);
            return 1;
        }
        answer(bytes, (size_t)len, (size_t)len, strcmp(method, "HEAD") == 0, &whole);
        answer(bytes, (size_t)len, 1, strcmp(method, "HEAD") == 0, &parts);
        if (strcmp(buf_str(&whole), buf_str(&parts)) != 0) {
            fprintf(stderr, "http1_driver: in parts '%s', whole '%s'\n", buf_str(&parts), buf_str(&whole));
            return 1;
        }
        puts(buf_str(&whole));
    }
    return 0;
}
