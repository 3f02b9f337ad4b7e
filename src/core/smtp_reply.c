/* smtp_reply.c - see smtp_reply.h. */
#include "core/smtp_reply.h"

#include <string.h>

void smtp_reply_begin(struct smtp_reply *r)
{
    r->len = 0;
    r->lines = r->code = 0;
    r->whole = false;
}

static bool is_digit(char c, char most)
{
    return c >= '0' && c <= most;
}

/* "250-text", "250 text" or "250". */
static bool is_reply_line(const char *s, size_t len)
{
    return len >= 3 && s[0] >= '2' && s[0] <= '5' && is_digit(s[1], '5') && is_digit(s[2], '9') &&
           (len == 3 || s[3] == ' ' || s[3] == '-');
}

/* What came, as far as it can be shown. */
static int refuse_line(const struct smtp_reply *r, struct err *e)
{
    char shown[61];
    size_t n = 0;
    for (; n < r->len && n < sizeof(shown) - 1; n++)
        shown[n] = r->line[n] >= ' ' && r->line[n] < 0x7f ? r->line[n] : '?';
    shown[n] = '\0';
    return err_set(e, ERR_MALFORMED, "'%s%s' is no reply of SMTP", shown, n < r->len ? "..." : "");
}

static int take_line(struct smtp_reply *r, smtp_reply_fn line, void *ctx, struct err *e)
{
    const char *s = r->line;
    int code;
    if (!is_reply_line(s, r->len))
        return refuse_line(r, e);
    code = (s[0] - '0') * 100 + (s[1] - '0') * 10 + (s[2] - '0');
    if (r->lines > 0 && code != r->code)
        return err_set(e, ERR_MALFORMED, "the lines of one reply have different codes: %d and %d", r->code, code);
    if (++r->lines > SMTP_LINES_MAX)
        return err_set(e, ERR_MALFORMED, "a reply has more than %d lines", SMTP_LINES_MAX);
    r->code = code;
    r->whole = r->len == 3 || s[3] == ' ';
    line(ctx, r->len > 4 ? s + 4 : "", r->len > 4 ? r->len - 4 : 0);
    r->len = 0;
    return 0;
}

/* The octet `c` of a line, its end excepted. */
static int add_octet(struct smtp_reply *r, char c, struct err *e)
{
    if (c == '\0')
        return err_set(e, ERR_MALFORMED, "a reply holds a NUL");
    if (r->len > 0 && r->line[r->len - 1] == '\r')
        return err_set(e, ERR_MALFORMED, "a reply holds a CR that is no end of a line");
    if (r->len == SMTP_LINE_MAX)
        return err_set(e, ERR_MALFORMED, "a line of a reply is longer than %d octets", SMTP_LINE_MAX);
    r->line[r->len++] = c;
    return 0;
}

static int end_line(struct smtp_reply *r, smtp_reply_fn line, void *ctx, struct err *e)
{
    if (r->len == 0 || r->line[r->len - 1] != '\r')
        return err_set(e, ERR_MALFORMED, "a line of a reply ends with LF alone");
    r->len--;
    return take_line(r, line, ctx, e);
}

int64_t smtp_reply_feed(struct smtp_reply *r, const char *data, size_t len, smtp_reply_fn line, void *ctx,
                        struct err *e)
{
    size_t at = 0;
    while (at < len && !r->whole) {
        char c = data[at++];
        int rc = c == '\n' ? end_line(r, line, ctx, e) : add_octet(r, c, e);
        if (rc < 0)
            return rc;
    }
    return (int64_t)at;
}
