/* mail_address.c - see mail.h. A mailbox (RFC 5322, 3.4), as people write it; the address as RFC 5321, 4.1.2 has it. */
#include "core/mail.h"

#include "base/json.h"
#include "core/url.h"

#include <string.h>

#define LOCAL_MAX 64
#define LABEL_MAX 63
#define BLANK " \t"

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_atext(char c)
{
    return is_alnum(c) || (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

static bool has(const char *s, size_t len, bool (*is)(char c))
{
    for (size_t i = 0; i < len; i++)
        if (is(s[i]))
            return true;
    return false;
}

static bool is_beyond_ascii(char c)
{
    return (unsigned char)c >= 0x80;
}

static bool is_control(char c)
{
    return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

/* Words with single dots between them. */
static int check_local(const char *s, size_t len, struct err *e)
{
    if (len == 0)
        return err_set(e, ERR_INVALID, "nothing stands before the '@'");
    if (len > LOCAL_MAX)
        return err_set(e, ERR_INVALID, "the part before the '@' has %zu characters; at most %d are allowed", len,
                       LOCAL_MAX);
    for (size_t i = 0; i < len; i++)
        if (s[i] == '.' && (i == 0 || i + 1 == len || s[i + 1] == '.'))
            return err_set(e, ERR_INVALID, "a '.' must stand between other characters in '%.*s'", (int)len, s);
        else if (s[i] != '.' && !is_atext(s[i]))
            return err_set(e, ERR_INVALID, "'%c' cannot be in the part before the '@'", s[i]);
    return 0;
}

static int check_literal(const char *s, size_t len, struct err *e)
{
    char text[64];
    struct address a;
    bool v6 = len > 7 && strncasecmp(s, "[IPv6:", 6) == 0;
    size_t skip = v6 ? 6 : 1;
    if (s[len - 1] == ']' && len > skip + 1 && len - skip - 1 < sizeof(text)) {
        memcpy(text, s + skip, len - skip - 1);
        text[len - skip - 1] = '\0';
        if (address_parse(text, &a) && v6 == (strchr(text, ':') != NULL))
            return 0;
    }
    return err_set(e, ERR_INVALID, "'%.*s' is no address literal; expected '[192.0.2.1]' or '[IPv6:2001:db8::1]'",
                   (int)(len < 80 ? len : 80), s);
}

static int check_label(const char *s, size_t len, struct err *e)
{
    if (len == 0)
        return err_set(e, ERR_INVALID, "the domain has a '.' too many");
    if (len > LABEL_MAX)
        return err_set(e, ERR_INVALID, "a part of the domain has %zu characters; at most %d are allowed", len,
                       LABEL_MAX);
    if (s[0] == '-' || s[len - 1] == '-')
        return err_set(e, ERR_INVALID, "'%.*s', a part of the domain, begins or ends with '-'", (int)len, s);
    for (size_t i = 0; i < len; i++)
        if (!is_alnum(s[i]) && s[i] != '-')
            return err_set(e, ERR_INVALID, "'%c' cannot be in a domain", s[i]);
    return 0;
}

static int check_domain(const char *s, size_t len, struct err *e)
{
    char text[64];
    struct address a;
    if (len == 0)
        return err_set(e, ERR_INVALID, "nothing stands after the '@'; expected a domain, as in 'ops@example.com'");
    if (s[0] == '[')
        return check_literal(s, len, e);
    if (len < sizeof(text)) {
        memcpy(text, s, len);
        text[len] = '\0';
        if (address_parse(text, &a))
            return err_set(e, ERR_INVALID, "an address of the network stands in brackets: '[%s]'", text);
    }
    for (size_t at = 0;;) {
        const char *dot = memchr(s + at, '.', len - at);
        size_t end = dot ? (size_t)(dot - s) : len;
        int rc = check_label(s + at, end - at, e);
        if (rc < 0 || !dot)
            return rc;
        at = end + 1;
    }
}

/* local@domain, `len` octets. */
static int check_address(const char *s, size_t len, struct err *e)
{
    const char *at = memrchr(s, '@', len);
    if (has(s, len, is_beyond_ascii))
        return err_set(e, ERR_INVALID,
                       "an address has ASCII characters alone: give an international domain in its "
                       "'xn--' form");
    if (!at)
        return err_set(e, ERR_INVALID, "'%.*s' has no '@'; expected an address such as 'ops@example.com'",
                       (int)(len < 80 ? len : 80), s);
    if (s[0] == '@' && memchr(s, ':', len))
        return err_set(e, ERR_INVALID, "a route before the address is not supported: leave '@...:' out");
    if (len > MAIL_ADDRESS_MAX)
        return err_set(e, ERR_INVALID, "the address has %zu characters; at most %d are allowed", len, MAIL_ADDRESS_MAX);
    int rc = check_local(s, (size_t)(at - s), e);
    return rc < 0 ? rc : check_domain(at + 1, len - (size_t)(at + 1 - s), e);
}

/* A quoted string that begins at `s`: adds what it means. Returns what follows it, NULL when it does not end. */
static const char *take_quoted(const char *s, const char *end, struct buf *out)
{
    for (s++; s < end && *s != '"'; s++) {
        if (*s == '\\' && ++s == end)
            return NULL;
        buf_char(out, *s == '\t' ? ' ' : *s);
    }
    return s < end ? s + 1 : NULL;
}

static int refuse_in_name(char c, struct err *e)
{
    if (c == '(' || c == ')')
        return err_set(e, ERR_INVALID, "a comment in '()' is not supported: put the name in '\"...\"'");
    if (c == ':' || c == ';')
        return err_set(e, ERR_INVALID,
                       "a group of addresses is not supported: give each address for itself; a name "
                       "with '%c' stands in '\"...\"'",
                       c);
    return err_set(e, ERR_INVALID, "a name with '%c' stands in '\"...\"', as in '\"Ops, night\" <ops@example.com>'", c);
}

/* The display name: words and quoted strings; white space between them is one space. */
static int take_name(const char *s, const char *end, struct buf *out, struct err *e)
{
    while (s < end) {
        size_t blanks = strspn(s, BLANK);
        if ((s += blanks) >= end)
            break;
        if (blanks && out->len > 0)
            buf_char(out, ' ');
        if (*s == '"') {
            s = take_quoted(s, end, out);
            if (!s)
                return err_set(e, ERR_INVALID, "the name's '\"' has no second one");
        } else if (strchr("()<>[]:;@\\,", *s)) {
            return refuse_in_name(*s, e);
        } else {
            buf_char(out, *s++);
        }
    }
    return 0;
}

/* Where the "<" stands that is not quoted; NULL: there is none. */
static const char *find_angle(const char *s)
{
    bool quoted = false;
    for (; *s; s++) {
        if (quoted && *s == '\\' && s[1])
            s++;
        else if (*s == '"')
            quoted = !quoted;
        else if (*s == '<' && !quoted)
            return s;
    }
    return NULL;
}

static int parse_bare(const char *text, size_t len, struct arena *a, struct mail_address *ret, struct err *e)
{
    const char *mark = len > 0 ? strpbrk(text, ",;()") : NULL;
    if (mark && (*mark == '(' || *mark == ')'))
        return err_set(e, ERR_INVALID, "a comment in '()' is not supported: write 'Name <ops@example.com>'");
    if (mark)
        return err_set(e, ERR_INVALID, "'%c': give one address here, and each other for itself", *mark);
    if (text[0] == '"' && memchr(text, '<', len))
        return err_set(e, ERR_INVALID, "the name's '\"' has no second one");
    if (has(text, len, is_beyond_ascii) && !memchr(text, '@', len))
        return err_set(e, ERR_INVALID, "a name without an address; expected 'Name <ops@example.com>'");
    int rc = check_address(text, len, e);
    if (rc == 0)
        *ret = (struct mail_address){ NULL, arena_strndup(a, text, len) };
    return rc;
}

/* `text`: without blanks around it. */
static int parse_named(const char *text, size_t len, const char *angle, struct arena *a, struct mail_address *ret,
                       struct err *e)
{
    struct buf name buf_auto = BUF_INIT(MAIL_NAME_MAX);
    const char *close = memchr(angle, '>', len - (size_t)(angle - text));
    if (!close)
        return err_set(e, ERR_INVALID, "the '<' has no '>'");
    if (close != text + len - 1)
        return err_set(e, ERR_INVALID, "'%.60s' follows the '>'; give one address here, and each other for itself",
                       close + 1);
    int rc = check_address(angle + 1, (size_t)(close - angle - 1), e);
    if (rc == 0)
        rc = take_name(text, angle, &name, e);
    if (rc < 0)
        return rc;
    if (name.full)
        return err_set(e, ERR_INVALID, "the name before the address is longer than %d octets", MAIL_NAME_MAX);
    *ret = (struct mail_address){ name.len > 0 ? arena_strdup(a, buf_str(&name)) : NULL,
                                  arena_strndup(a, angle + 1, (size_t)(close - angle - 1)) };
    return 0;
}

int mail_address_parse(const char *text, struct arena *a, struct mail_address *ret, struct err *e)
{
    size_t len;
    text += strspn(text, BLANK);
    len = strlen(text);
    while (len > 0 && strchr(BLANK, text[len - 1]))
        len--;
    if (len == 0)
        return err_set(e, ERR_INVALID, "empty; expected an address such as 'ops@example.com'");
    if (!json_utf8_valid(text, len))
        return err_set(e, ERR_INVALID, "not valid UTF-8");
    if (has(text, len, is_control))
        return err_set(e, ERR_INVALID, "a line end or another control character cannot be in an address");
    const char *angle = find_angle(text);
    return angle && angle < text + len ? parse_named(text, len, angle, a, ret, e) : parse_bare(text, len, a, ret, e);
}
