/* http1_line.c - see http1_line.h. */
#include "core/http1_line.h"

#include "core/http1.h"

#include <string.h>
#include <strings.h>

#define CHUNK_WASTE_MAX (16 * 1024)

#define LENGTH_LIMIT ((int64_t)1 << 60) /* of a body or chunk: far beyond any cap, and sums cannot overflow */
#define NAME_MAX_LEN 128

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

bool http1_text_is(struct http1_text t, const char *word)
{
    return strlen(word) == t.len && strncasecmp(t.s, word, t.len) == 0;
}

/* Without the spaces and tabs around it. */
static struct http1_text trimmed(struct http1_text t)
{
    while (t.len > 0 && is_space(t.s[0])) {
        t.s++;
        t.len--;
    }
    while (t.len > 0 && is_space(t.s[t.len - 1]))
        t.len--;
    return t;
}

int http1_status_line(struct http1_text line, int *ret_status, int *ret_minor_version, struct err *e)
{
    const char *s = line.s;
    bool fits = line.len >= 12 && memcmp(s, "HTTP/1.", 7) == 0 && s[7] >= '0' && s[7] <= '9' && s[8] == ' ' &&
                (line.len == 12 || s[12] == ' ');
    int status = 0;
    for (int i = 9; fits && i < 12; i++) {
        fits = s[i] >= '0' && s[i] <= '9';
        status = status * 10 + (s[i] - '0');
    }
    if (!fits)
        return err_set(e, ERR_MALFORMED, "the status line is not 'HTTP/1.1', a space and three digits");
    if (status < 100)
        return err_set(e, ERR_MALFORMED, "the status %03d is below 100", status);
    if (!http1_value_valid(s + 12, line.len - 12))
        return err_set(e, ERR_MALFORMED, "the status line holds a control character");
    *ret_status = status;
    *ret_minor_version = s[7] - '0';
    return 0;
}

/* Why there is no name of `len` bytes and a colon at the start of the line. */
static int refuse_name(struct http1_text line, size_t len, struct err *e)
{
    if (line.len > 0 && is_space(line.s[0]))
        return err_set(e, ERR_MALFORMED, "a header line begins with a space (obsolete line folding)");
    if (!memchr(line.s, ':', line.len))
        return err_set(e, ERR_MALFORMED, "a header line has no colon");
    while (len > 0 && len < line.len && is_space(line.s[len]))
        if (line.s[++len] == ':')
            return err_set(e, ERR_MALFORMED, "a header has a space before its colon");
    return err_set(e, ERR_MALFORMED, "a header's name is empty, too long or holds a forbidden character");
}

int http1_field_line(struct http1_text line, struct http1_text *ret_name, struct http1_text *ret_value, struct err *e)
{
    size_t len = http1_token_span(line.s, line.len);
    if (len == 0 || len > NAME_MAX_LEN || len == line.len || line.s[len] != ':')
        return refuse_name(line, len, e);
    *ret_name = (struct http1_text){ line.s, len };
    *ret_value = trimmed((struct http1_text){ line.s + len + 1, line.len - len - 1 });
    if (!http1_value_valid(ret_value->s, ret_value->len))
        return err_set(e, ERR_MALFORMED, "the header '%.*s' holds a control character", (int)len, line.s);
    return 0;
}

/* One more digit; false when the number reaches the limit. */
static bool shift_in(int64_t *n, int base, int digit)
{
    if (*n > (LENGTH_LIMIT - 1 - digit) / base)
        return false;
    *n = *n * base + digit;
    return true;
}

int http1_length_value(struct http1_text value, int64_t *ret, struct err *e)
{
    *ret = 0;
    if (value.len == 0)
        return err_set(e, ERR_MALFORMED, "Content-Length is empty");
    for (size_t i = 0; i < value.len; i++) {
        if (value.s[i] < '0' || value.s[i] > '9')
            return err_set(e, ERR_MALFORMED, "Content-Length is not a number");
        if (!shift_in(ret, 10, value.s[i] - '0'))
            return err_set(e, ERR_MALFORMED, "Content-Length is too large a number");
    }
    return 0;
}

bool http1_list_has(struct http1_text list, const char *option)
{
    const char *end = list.s + list.len;
    for (const char *s = list.s; s < end;) {
        const char *comma = memchr(s, ',', (size_t)(end - s));
        const char *stop = comma ? comma : end;
        if (http1_text_is(trimmed((struct http1_text){ s, (size_t)(stop - s) }), option))
            return true;
        s = stop + 1;
    }
    return false;
}

/* The parts of an extension move `*at` past themselves, if they are there. */
static void skip_spaces(const char **at, const char *end)
{
    while (*at < end && is_space(**at))
        (*at)++;
}

static bool skip_char(const char **at, const char *end, char c)
{
    if (*at == end || **at != c)
        return false;
    (*at)++;
    return true;
}

static bool skip_token(const char **at, const char *end)
{
    size_t len = http1_token_span(*at, (size_t)(end - *at));
    *at += len;
    return len > 0;
}

/* That no control character is in the line was checked before. */
static bool skip_quoted(const char **at, const char *end)
{
    if (!skip_char(at, end, '"'))
        return false;
    while (*at < end && **at != '"')
        *at += **at == '\\' && *at + 1 < end ? 2 : 1;
    return skip_char(at, end, '"');
}

/* *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] ) */
static bool extensions_valid(const char *at, const char *end)
{
    while (at < end) {
        skip_spaces(&at, end);
        if (!skip_char(&at, end, ';'))
            return false;
        skip_spaces(&at, end);
        if (!skip_token(&at, end))
            return false;
        const char *name_end = at;
        skip_spaces(&at, end);
        if (!skip_char(&at, end, '=')) {
            at = name_end;
            continue;
        }
        skip_spaces(&at, end);
        if (!skip_token(&at, end) && !skip_quoted(&at, end))
            return false;
    }
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int http1_chunk_line(struct http1_text line, int64_t *ret_size, struct err *e)
{
    size_t i = 0;
    *ret_size = 0;
    for (; i < line.len && hex_digit(line.s[i]) >= 0; i++)
        if (!shift_in(ret_size, 16, hex_digit(line.s[i])))
            return err_set(e, ERR_MALFORMED, "a chunk's size is too large a number");
    if (i == 0)
        return err_set(e, ERR_MALFORMED, "a chunk's size is not a hexadecimal number");
    if (!http1_value_valid(line.s + i, line.len - i) || !extensions_valid(line.s + i, line.s + line.len))
        return err_set(e, ERR_MALFORMED, "something other than an extension follows a chunk's size");
    return 0;
}

int http1_chunk_next(struct http1_text line, int64_t *ret_size, int64_t *waste, struct err *e)
{
    int rc = http1_chunk_line(line, ret_size, e);
    if (rc < 0)
        return rc;
    *waste += (int64_t)line.len - 16 - 2 * *ret_size;
    if (*waste < 0)
        *waste = 0;
    if (*waste > CHUNK_WASTE_MAX)
        return err_set(e, ERR_MALFORMED, "the extensions of the chunks outweigh the body by %d bytes", CHUNK_WASTE_MAX);
    return 0;
}
