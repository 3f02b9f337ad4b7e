/* http1_request_fuzz.c - requests: whatever is put into one, what comes out is one request with these parts, or a refusal; and any URL
 * that is accepted makes one.
 *
 * Input: a byte (bit 0: the target and authority come from a URL; the rest: the body's length), then texts that end with NUL: method, target
 * (or URL), authority, then names and values. */
#include "core/http1.h"
#include "core/url.h"

#include "base/mem.h"

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
#define FIELDS_MAX 20

struct request {
    const char *method, *target, *authority;
    struct {
        const char *name, *value;
    } fields[FIELDS_MAX];
    int n;
    int64_t body_len;
};

/* The next text of the input, "" after the last. */
static const char *next(const char **at, const char *end)
{
    const char *text = *at;
    size_t len = strlen(text); /* the input was copied with a NUL at its end */
    *at = text + len < end ? text + len + 1 : end;
    return text;
}

static bool write_request(const struct request *r, struct buf *out)
{
    bool fine = http1_start(out, r->method, r->target, r->authority);
    for (int i = 0; i < r->n; i++)
        fine = http1_field(out, r->fields[i].name, r->fields[i].value) && fine;
    return http1_end(out, r->body_len) && fine;
}

/* The next line, which must end with CRLF and hold no other control character. */
static const char *line(const char **at, char *out, size_t out_size)
{
    const char *end = strstr(*at, "\r\n");
    CHECK(end && (size_t)(end - *at) < out_size && http1_value_valid(*at, (size_t)(end - *at)));
    memcpy(out, *at, (size_t)(end - *at));
    out[end - *at] = '\0';
    *at = end + 2;
    return out;
}

static void check_field(const char **at, const char *name, const char *value)
{
    char got[1 << 13], wanted[1 << 13];
    snprintf(wanted, sizeof(wanted), "%s: %s", name, value);
    CHECK(strcmp(line(at, got, sizeof(got)), wanted) == 0);
}

/* As a server would read it. */
static void check_written(const struct request *r, const struct buf *out)
{
    const char *at = buf_str(out);
    char start[1 << 13], number[32], *rest = start;
    CHECK(strlen(at) == out->len);
    line(&at, start, sizeof(start));
    CHECK(strcmp(strsep(&rest, " "), r->method) == 0);
    const char *target = strsep(&rest, " ");
    CHECK(target[0] == '/' && strcmp(target, r->target[0] ? r->target : "/") == 0);
    CHECK(rest && strcmp(rest, "HTTP/1.1") == 0);
    CHECK(r->authority[0] && !strpbrk(r->authority, "@/?#\\"));
    check_field(&at, "Host", r->authority);
    for (int i = 0; i < r->n; i++) {
        CHECK(strcasecmp(r->fields[i].name, "Host") != 0 && strcasecmp(r->fields[i].name, "Content-Length") != 0);
        check_field(&at, r->fields[i].name, r->fields[i].value);
    }
    snprintf(number, sizeof(number), "%lld", (long long)r->body_len);
    if (r->body_len >= 0)
        check_field(&at, "Content-Length", number);
    CHECK(strcmp(at, "\r\n") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 4096)
        return 0;
    mem_auto char *text = mem_alloc(size + 1);
    memcpy(text, data, size);
    const char *at = text + 1, *end = text + size;
    struct buf authority buf_auto = BUF_INIT(URL_HOST_MAX + 16), out buf_auto = BUF_INIT(1 << 16);
    struct request r = { .body_len = (int64_t)(data[0] >> 1) - 1 };
    struct url u;
    r.method = next(&at, end);
    r.target = next(&at, end);
    r.authority = next(&at, end);
    for (; at < end && r.n < FIELDS_MAX; r.n++) {
        r.fields[r.n].name = next(&at, end);
        r.fields[r.n].value = next(&at, end);
    }
    if (data[0] & 1) {
        if (url_parse(r.target, &u, NULL) != 0)
            return 0;
        CHECK(url_authority(&u, &authority));
        r.target = u.path;
        r.authority = buf_str(&authority);
        CHECK(http1_start(&out, "GET", r.target, r.authority));
        buf_clear(&out);
    }
    if (write_request(&r, &out))
        check_written(&r, &out);
    else
        CHECK(out.full);
    return 0;
}
