/* url_address.c - the address half of url.h: texts of addresses and CIDRs. */
#include "core/url.h"

#include <stdio.h>
#include <string.h>

#define MAPPED_PREFIX 96 /* bits of ::ffff:0:0/96 */

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

/* Dotted decimal, four parts, no leading zeros (some read them as octal). Returns the end, or NULL. */
static const char *parse_dotted(const char *s, uint8_t out[4])
{
    for (int i = 0; i < 4; i++) {
        int n = 0, digits = 0;
        if (i > 0 && *s++ != '.')
            return NULL;
        for (; *s >= '0' && *s <= '9' && digits < 4; s++, digits++)
            n = n * 10 + (*s - '0');
        if (digits == 0 || digits > 3 || n > 255 || (digits > 1 && s[-digits] == '0'))
            return NULL;
        out[i] = (uint8_t)n;
    }
    return s;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* One group of up to four hexadecimal digits. Returns the end, or NULL. */
static const char *parse_group(const char *s, uint8_t out[2])
{
    int n = 0, digits = 0;
    for (; hex_value(*s) >= 0 && digits < 4; s++, digits++)
        n = n * 16 + hex_value(*s);
    if (digits == 0 || hex_value(*s) >= 0)
        return NULL;
    out[0] = (uint8_t)(n >> 8);
    out[1] = (uint8_t)n;
    return s;
}

/* "::" stands for the zeros that are missing: the bytes after it move to the end. */
static bool spread(uint8_t bytes[16], int used, int gap)
{
    if (gap < 0)
        return used == 16;
    if (used > 14)
        return false;
    memmove(bytes + 16 - (used - gap), bytes + gap, (size_t)(used - gap));
    memset(bytes + gap, 0, (size_t)(16 - used));
    return true;
}

static bool parse_ipv6(const char *s, uint8_t bytes[16])
{
    int used = 0, gap = -1;
    if (s[0] == ':' && s[1] != ':')
        return false;
    while (*s) {
        if (s[0] == ':' && s[1] == ':') {
            if (gap >= 0)
                return false;
            gap = used;
            s += 2;
            if (!*s)
                break;
        } else if (used > 0 && *s++ != ':') {
            return false;
        }
        uint8_t dotted[4];
        const char *end = used <= 12 ? parse_dotted(s, dotted) : NULL;
        if (end && *end == '\0') {
            memcpy(bytes + used, dotted, 4);
            return spread(bytes, used + 4, gap);
        }
        if (used == 16 || !(s = parse_group(s, bytes + used)))
            return false;
        used += 2;
    }
    return spread(bytes, used, gap);
}

bool address_parse(const char *text, struct address *ret)
{
    struct address a = { { 0 } };
    if (strchr(text, ':')) {
        if (!parse_ipv6(text, a.bytes))
            return false;
    } else {
        const char *end = parse_dotted(text, a.bytes + 12);
        if (!end || *end != '\0')
            return false;
        memcpy(a.bytes, mapped, sizeof(mapped));
    }
    *ret = a;
    return true;
}

/* The longest run of at least two zero groups, the first of equals (RFC 5952 section 4.2). */
static int longest_zero_run(const uint8_t bytes[16], int *ret_len)
{
    int best = -1, best_len = 1;
    for (int i = 0; i < 8; i++) {
        int len = 0;
        while (i + len < 8 && bytes[2 * (i + len)] == 0 && bytes[2 * (i + len) + 1] == 0)
            len++;
        if (len > best_len) {
            best = i;
            best_len = len;
        }
    }
    *ret_len = best_len;
    return best;
}

void address_format(const struct address *a, char out[64])
{
    const uint8_t *b = a->bytes;
    int gap_len, gap = longest_zero_run(b, &gap_len), used = 0;
    if (memcmp(b, mapped, sizeof(mapped)) == 0) {
        snprintf(out, 64, "%u.%u.%u.%u", b[12], b[13], b[14], b[15]);
        return;
    }
    out[0] = '\0';
    for (int i = 0; i < 8; i++) {
        if (i == gap) {
            used += snprintf(out + used, 64 - (size_t)used, "::");
            i += gap_len - 1;
            continue;
        }
        bool colon = i > 0 && i != gap + (gap >= 0 ? gap_len : 0);
        if (gap < 0)
            colon = i > 0;
        used +=
            snprintf(out + used, 64 - (size_t)used, "%s%x", colon ? ":" : "", (unsigned)(b[2 * i] << 8 | b[2 * i + 1]));
    }
}

static bool parse_prefix(const char *s, int max, int *ret)
{
    int n = 0, digits = 0;
    for (; *s >= '0' && *s <= '9' && digits < 4; s++, digits++)
        n = n * 10 + (*s - '0');
    if (digits == 0 || *s != '\0' || n > max || (digits > 1 && s[-digits] == '0'))
        return false;
    *ret = n;
    return true;
}

static void clear_host_bits(struct address *a, int prefix)
{
    for (int i = 0; i < 16; i++) {
        int bits = prefix - 8 * i;
        if (bits <= 0)
            a->bytes[i] = 0;
        else if (bits < 8)
            a->bytes[i] &= (uint8_t)(0xff << (8 - bits));
    }
}

bool cidr_parse(const char *text, struct cidr *ret)
{
    char host[64];
    const char *slash = strchr(text, '/');
    size_t len = slash ? (size_t)(slash - text) : strlen(text);
    struct cidr c = { .prefix = 128 };
    if (len >= sizeof(host))
        return false;
    memcpy(host, text, len);
    host[len] = '\0';
    if (!address_parse(host, &c.network))
        return false;
    bool v6 = strchr(host, ':') != NULL;
    if (slash && !parse_prefix(slash + 1, v6 ? 128 : 32, &c.prefix))
        return false;
    if (slash && !v6)
        c.prefix += MAPPED_PREFIX;
    clear_host_bits(&c.network, c.prefix);
    *ret = c;
    return true;
}

bool cidr_contains(const struct cidr *c, const struct address *a)
{
    int whole = c->prefix / 8, rest = c->prefix % 8;
    if (memcmp(c->network.bytes, a->bytes, (size_t)whole) != 0)
        return false;
    return rest == 0 || ((c->network.bytes[whole] ^ a->bytes[whole]) & (0xff << (8 - rest)) & 0xff) == 0;
}

static bool is_localhost(const char *host)
{
    size_t len = strlen(host);
    return strcmp(host, "localhost") == 0 || (len > 10 && strcmp(host + len - 10, ".localhost") == 0);
}

int address_known(const char *host, struct address ret[ADDRESSES_KNOWN_MAX])
{
    if (address_parse(host, &ret[0]))
        return 1;
    return is_localhost(host) && address_parse("127.0.0.1", &ret[0]) && address_parse("::1", &ret[1]) ? 2 : 0;
}
