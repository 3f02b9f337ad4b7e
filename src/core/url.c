/* url.c - see url.h. The parts in the order of the text: scheme, authority (host, port), path and query. */
#include "core/url.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_alnum(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool starts_with_no_case(const char *text, const char *prefix)
{
    for (; *prefix; text++, prefix++)
        if (lower(*text) != *prefix)
            return false;
    return true;
}

static int parse_scheme(const char **at, struct url *u, struct err *e)
{
    if (starts_with_no_case(*at, "https://")) {
        u->tls = true;
        *at += 8;
    } else if (starts_with_no_case(*at, "http://")) {
        *at += 7;
    } else {
        return err_set(e, ERR_INVALID, "a URL must begin with 'http://' or 'https://'");
    }
    u->port = u->tls ? 443 : 80;
    return 0;
}

static int parse_ipv6(const char *text, size_t len, struct url *u, struct err *e)
{
    struct address a;
    if (len >= URL_HOST_MAX)
        return err_set(e, ERR_INVALID, "the address in '[...]' is too long");
    for (size_t i = 0; i < len; i++)
        u->host[i] = lower(text[i]);
    u->host[len] = '\0';
    if (strchr(u->host, '%'))
        return err_set(e, ERR_INVALID, "an IPv6 address in a URL cannot have a zone ('%%')");
    if (!strchr(u->host, ':') || !address_parse(u->host, &a))
        return err_set(e, ERR_INVALID, "'[%s]' is not an IPv6 address", u->host);
    u->host_is_ipv6 = true;
    return 0;
}

/* A name whose last label is a number would be taken for an address by some resolvers ("127.1", "0x7f000001"). */
static bool looks_numeric(const char *host)
{
    const char *last = strrchr(host, '.');
    last = last ? last + 1 : host;
    if (last[0] == '0' && last[1] == 'x')
        return last[2] == '\0' || strspn(last + 2, "0123456789abcdef") == strlen(last + 2);
    return strspn(last, "0123456789") == strlen(last);
}

static int check_label(const char *label, size_t len, const char *host, struct err *e)
{
    if (len == 0)
        return err_set(e, ERR_INVALID, "the host '%s' has an empty label (two dots in a row, or one at an end)", host);
    if (len > 63)
        return err_set(e, ERR_INVALID, "a label of the host '%s' is longer than 63 characters", host);
    if (label[0] == '-' || label[len - 1] == '-')
        return err_set(e, ERR_INVALID, "a label of the host '%s' begins or ends with '-'", host);
    return 0;
}

static int check_name(const char *host, struct err *e)
{
    struct address a;
    for (const char *c = host; *c; c++) {
        unsigned char byte = (unsigned char)*c;
        if (byte >= 0x80)
            return err_set(e, ERR_INVALID, "the host is not ASCII: give an international name in its 'xn--' form");
        if (byte <= 0x20 || byte == 0x7f)
            return err_set(e, ERR_INVALID, "the host holds the byte 0x%02x that names cannot have", byte);
        if (!is_alnum(*c) && *c != '-' && *c != '_' && *c != '.')
            return err_set(e, ERR_INVALID, "the host holds the character '%c' that names cannot have", *c);
    }
    for (const char *label = host;;) {
        const char *dot = strchr(label, '.');
        int rc = check_label(label, dot ? (size_t)(dot - label) : strlen(label), host, e);
        if (rc < 0)
            return rc;
        if (!dot)
            break;
        label = dot + 1;
    }
    if (looks_numeric(host) && !address_parse(host, &a))
        return err_set(e, ERR_INVALID, "'%s' is neither a name nor an IPv4 address in dotted form", host);
    return 0;
}

static int parse_name(const char *text, size_t len, struct url *u, struct err *e)
{
    if (len == 0)
        return err_set(e, ERR_INVALID, "the URL has no host");
    if (len > URL_HOST_MAX - 1)
        return err_set(e, ERR_INVALID, "the host is longer than %d characters", URL_HOST_MAX - 1);
    for (size_t i = 0; i < len; i++)
        u->host[i] = lower(text[i]);
    u->host[len] = '\0';
    return check_name(u->host, e);
}

static int parse_port(const char *text, size_t len, struct url *u, struct err *e)
{
    long port = 0;
    bool valid = len >= 1 && len <= 5 && text[0] != '0';
    for (size_t i = 0; valid && i < len; i++) {
        valid = is_digit(text[i]);
        port = port * 10 + (text[i] - '0');
    }
    if (!valid || port > 65535)
        return err_set(e, ERR_INVALID, "the port '%.*s' is not a number from 1 to 65535", (int)(len < 20 ? len : 20),
                       text);
    u->port = (uint16_t)port;
    return 0;
}

static int parse_authority(const char **at, struct url *u, struct err *e)
{
    const char *text = *at;
    size_t len = strcspn(text, "/?#");
    size_t host_len = len;
    int rc;
    *at += len;
    if (memchr(text, '@', len)) /* the text is not repeated: it may hold a password */
        return err_set(e, ERR_INVALID,
                       "a URL cannot hold a user or password ('...@'): put them in a header, from a secret");
    if (text[0] == '[') {
        const char *end = memchr(text, ']', len);
        if (!end)
            return err_set(e, ERR_INVALID, "the '[' of the IPv6 address is not closed");
        host_len = (size_t)(end - text) + 1;
        rc = parse_ipv6(text + 1, host_len - 2, u, e);
    } else {
        const char *colon = memchr(text, ':', len);
        host_len = colon ? (size_t)(colon - text) : len;
        rc = parse_name(text, host_len, u, e);
    }
    if (rc < 0 || host_len == len)
        return rc;
    if (text[host_len] != ':')
        return err_set(e, ERR_INVALID, "after the ']' of the IPv6 address only a ':' and a port may come");
    return parse_port(text + host_len + 1, len - host_len - 1, u, e);
}

/* pchar, '/' and '?' of RFC 3986. */
static bool path_char(char c)
{
    return is_alnum(c) || (c != '\0' && strchr("-._~!$&'()*+,;=:@/?", c));
}

static int parse_path(const char *text, struct url *u, struct err *e)
{
    if (text[0] == '?')
        return err_set(e, ERR_INVALID, "a '/' is missing between the host and the '?'");
    for (const char *c = text; *c; c++) {
        unsigned char byte = (unsigned char)*c;
        if (byte == '#')
            return err_set(e, ERR_INVALID, "a URL to call has no fragment ('#...')");
        if (byte == '%' && !(is_hex(c[1]) && is_hex(c[2])))
            return err_set(e, ERR_INVALID, "a '%%' in a URL must be followed by two hexadecimal digits");
        if (byte == '%' || path_char(*c))
            continue;
        if (byte > 0x20 && byte < 0x7f)
            return err_set(e, ERR_INVALID, "the character '%c' must be written as '%%%02X' in a URL", *c, byte);
        return err_set(e, ERR_INVALID, "the byte 0x%02x must be written as '%%%02X' in a URL", byte, byte);
    }
    u->path = text;
    return 0;
}

int url_parse(const char *text, struct url *ret, struct err *e)
{
    const char *at = text;
    int rc;
    memset(ret, 0, sizeof(*ret));
    if (strlen(text) > URL_MAX)
        return err_set(e, ERR_INVALID, "the URL is longer than %d bytes", URL_MAX);
    rc = parse_scheme(&at, ret, e);
    if (rc == 0)
        rc = parse_authority(&at, ret, e);
    if (rc == 0)
        rc = parse_path(at, ret, e);
    return rc;
}

bool url_authority(const struct url *u, struct buf *out)
{
    buf_str_add(out, u->host_is_ipv6 ? "[" : "");
    buf_str_add(out, u->host);
    buf_str_add(out, u->host_is_ipv6 ? "]" : "");
    if (u->port != (u->tls ? 443 : 80))
        buf_printf(out, ":%u", u->port);
    return !out->full;
}

bool url_encode(struct buf *out, const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (is_alnum(s[i]) || (s[i] != '\0' && strchr("-._~", s[i])))
            buf_char(out, s[i]);
        else
            buf_printf(out, "%%%02X", (unsigned char)s[i]);
    }
    return !out->full;
}
