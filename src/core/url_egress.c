/* url_egress.c - which addresses may be called: one table, read top down, the first match decides. */
#include "base/mem.h"
#include "core/url.h"

#include <stdio.h>
#include <string.h>

struct range {
    struct cidr cidr;
    enum egress rule;
    const char *what;
};

#define V4(a, b, c, d)                                       \
    {                                                        \
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d \
    }
#define METADATA "a cloud metadata address"
#define LINK_LOCAL "a link-local address (cloud metadata is there)"
#define RESERVED "a reserved address (RFC 6890)"

static const struct range ranges[] = {
    { { { V4(0, 0, 0, 0) }, 96 + 8 }, EGRESS_FORBIDDEN, "an unspecified address" },
    { { { V4(169, 254, 0, 0) }, 96 + 16 }, EGRESS_FORBIDDEN, LINK_LOCAL },
    { { { V4(224, 0, 0, 0) }, 96 + 4 }, EGRESS_FORBIDDEN, "a multicast address" },
    { { { V4(255, 255, 255, 255) }, 128 }, EGRESS_FORBIDDEN, "the broadcast address" },
    { { { V4(100, 100, 100, 200) }, 128 }, EGRESS_FORBIDDEN, METADATA }, /* Alibaba */
    { { { V4(192, 0, 0, 192) }, 128 }, EGRESS_FORBIDDEN, METADATA },     /* Oracle */
    { { { V4(168, 63, 129, 16) }, 128 }, EGRESS_FORBIDDEN, METADATA },   /* Azure */
    { { { V4(127, 0, 0, 0) }, 96 + 8 }, EGRESS_PRIVATE, "a loopback address" },
    { { { V4(10, 0, 0, 0) }, 96 + 8 }, EGRESS_PRIVATE, "a private address (RFC 1918)" },
    { { { V4(172, 16, 0, 0) }, 96 + 12 }, EGRESS_PRIVATE, "a private address (RFC 1918)" },
    { { { V4(192, 168, 0, 0) }, 96 + 16 }, EGRESS_PRIVATE, "a private address (RFC 1918)" },
    { { { V4(100, 64, 0, 0) }, 96 + 10 }, EGRESS_PRIVATE, "a shared address (RFC 6598)" },
    { { { V4(192, 0, 0, 0) }, 96 + 24 }, EGRESS_PRIVATE, RESERVED },
    { { { V4(192, 0, 2, 0) }, 96 + 24 }, EGRESS_PRIVATE, "an address for documentation (RFC 5737)" },
    { { { V4(198, 51, 100, 0) }, 96 + 24 }, EGRESS_PRIVATE, "an address for documentation (RFC 5737)" },
    { { { V4(203, 0, 113, 0) }, 96 + 24 }, EGRESS_PRIVATE, "an address for documentation (RFC 5737)" },
    { { { V4(192, 88, 99, 0) }, 96 + 24 }, EGRESS_PRIVATE, RESERVED },
    { { { V4(198, 18, 0, 0) }, 96 + 15 }, EGRESS_PRIVATE, "an address for benchmarks (RFC 2544)" },
    { { { V4(240, 0, 0, 0) }, 96 + 4 }, EGRESS_PRIVATE, RESERVED },
    { { { V4(0, 0, 0, 0) }, 96 }, EGRESS_OK, NULL }, /* all other IPv4 */
    { { { { 0 } }, 128 }, EGRESS_FORBIDDEN, "the unspecified address" },
    { { { { [15] = 1 } }, 128 }, EGRESS_PRIVATE, "a loopback address" },
    { { { { 0xfe, 0x80 } }, 10 }, EGRESS_FORBIDDEN, LINK_LOCAL },
    { { { { 0xff } }, 8 }, EGRESS_FORBIDDEN, "a multicast address" },
    { { { { 0xfd, 0, 0x0e, 0xc2, [14] = 2, [15] = 0x54 } }, 128 }, EGRESS_FORBIDDEN, METADATA }, /* Amazon */
    { { { { 0xfd, 0x20, 0, 0xce, [14] = 2, [15] = 0x54 } }, 128 }, EGRESS_FORBIDDEN, METADATA }, /* Google */
    { { { { 0xfd, 0, 0, 0xc1, [12] = 0xa9, [13] = 0xfe, [14] = 0xa9, [15] = 0xfe } }, 128 },
      EGRESS_FORBIDDEN,
      METADATA }, /* Oracle */
    { { { { 0xfc } }, 7 }, EGRESS_PRIVATE, "a private address (RFC 4193)" },
    { { { { 0xfe, 0xc0 } }, 10 }, EGRESS_PRIVATE, "a site-local address (RFC 3879)" },
    { { { { 0, 0x64, 0xff, 0x9b, 0, 1 } }, 48 }, EGRESS_PRIVATE, "a local translation address (RFC 8215)" },
    { { { { 0x01 } }, 64 }, EGRESS_PRIVATE, "a discard address (RFC 6666)" },
    { { { { 0x20, 0x01 } }, 23 }, EGRESS_PRIVATE, RESERVED },
    { { { { 0x20, 0x01, 0x0d, 0xb8 } }, 32 }, EGRESS_PRIVATE, "an address for documentation (RFC 3849)" },
    { { { { 0x3f, 0xff } }, 20 }, EGRESS_PRIVATE, "an address for documentation (RFC 9637)" },
    { { { { 0x5f } }, 16 }, EGRESS_PRIVATE, "a segment-routing address (RFC 9602)" },
    { { { { 0x20 } }, 3 }, EGRESS_OK, NULL },
    { { { { 0 } }, 0 }, EGRESS_PRIVATE, "a reserved address (RFC 4291)" },
};

/* IPv6 forms that carry an IPv4 address, and where. */
static const struct {
    uint8_t network[12];
    int prefix_bytes, offset;
} carriers[] = {
    { { 0x20, 0x02 }, 2, 2 },            /* 6to4, RFC 3056 */
    { { 0, 0x64, 0xff, 0x9b }, 12, 12 }, /* NAT64, RFC 6052 */
    { { 0 }, 12, 12 },                   /* IPv4-compatible, RFC 4291 section 2.5.5.1 */
    { { [8] = 0xff, 0xff }, 12, 12 },    /* IPv4-translated, RFC 7915 */
};

static bool is_small_ipv6(const struct address *a) /* :: and ::1 are themselves, not IPv4 */
{
    static const uint8_t zero[15];
    return memcmp(a->bytes, zero, 15) == 0 && a->bytes[15] <= 1;
}

/* The IPv4 address inside, as a mapped one; otherwise the address itself. */
static struct address unwrap(const struct address *a)
{
    struct address v4 = { V4(0, 0, 0, 0) };
    if (is_small_ipv6(a))
        return *a;
    for (size_t i = 0; i < MEM_COUNT(carriers); i++) {
        if (memcmp(a->bytes, carriers[i].network, (size_t)carriers[i].prefix_bytes) == 0) {
            memcpy(v4.bytes + 12, a->bytes + carriers[i].offset, 4);
            return v4;
        }
    }
    return *a;
}

static const struct range *find_range(const struct address *a)
{
    struct address inner = unwrap(a);
    for (size_t i = 0; i < MEM_COUNT(ranges); i++)
        if (cidr_contains(&ranges[i].cidr, &inner))
            return &ranges[i];
    return NULL;
}

enum egress egress_check(const struct address *a, const struct cidr *allowed, int n_allowed)
{
    const struct range *r = find_range(a);
    struct address inner = unwrap(a);
    if (!r || r->rule != EGRESS_PRIVATE)
        return r ? r->rule : EGRESS_OK;
    for (int i = 0; i < n_allowed; i++)
        if (cidr_contains(&allowed[i], a) || cidr_contains(&allowed[i], &inner))
            return EGRESS_OK;
    return EGRESS_PRIVATE;
}

const char *egress_reason(const struct address *a)
{
    const struct range *r = find_range(a);
    return r ? r->what : NULL;
}

void egress_explain(const struct address *a, enum egress rule, char out[EGRESS_TEXT_SIZE])
{
    char text[64];
    address_format(a, text);
    snprintf(out, EGRESS_TEXT_SIZE,
             rule == EGRESS_FORBIDDEN ? "%s is %s: never called" : "%s is %s that is not allowed", text,
             egress_reason(a));
}
