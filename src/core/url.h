/* url.h - http(s) URLs: parse, join, percent-encode; which addresses may be called. Pure. RFC 3986, RFC 9110 section 4.2.
 *
 * Strict on purpose: scheme http or https, no userinfo (a credential belongs in a secret), host a DNS name (LDH labels,
 * underscores allowed, at most 253 bytes; no IDNA: give the xn-- form), an IPv4 address in dotted form or a bracketed IPv6 address
 * without zone id, port 1..65535, path and query of URI characters (others are refused, not repaired), no fragment. */
#ifndef EDGECRON_CORE_URL_H
#define EDGECRON_CORE_URL_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define URL_MAX 8192     /* bytes of a whole URL after placeholders are filled in */
#define URL_HOST_MAX 254 /* with NUL */

struct url {
    bool tls;
    char host[URL_HOST_MAX]; /* lower case, no brackets */
    bool host_is_ipv6;       /* a literal: the Host field wants brackets */
    uint16_t port;
    const char *path; /* points into the parsed text: path and query, or "" (means "/") */
};

/* ERR_INVALID; the text names the part at fault. A query needs a path before it ("http://h/?q", not "http://h?q"). */
int url_parse(const char *text, struct url *ret, struct err *e);
/* "host" or "host:port" as the Host field wants it: the default port is left out, IPv6 is bracketed. */
bool url_authority(const struct url *u, struct buf *out);
/* Adds s percent-encoded but for unreserved characters (RFC 3986 section 2.3). */
bool url_encode(struct buf *out, const char *s, size_t len);

/* Addresses: 16 bytes, network order; IPv4 as ::ffff:a.b.c.d. */
struct address {
    uint8_t bytes[16];
};
struct cidr {
    struct address network;
    int prefix; /* 0..128, IPv4 prefixes are stored + 96 */
};
bool address_parse(const char *text, struct address *ret); /* IPv4 dotted or IPv6 (RFC 4291 section 2.2), no brackets */
/* The addresses of a host that nobody need be asked for: a literal, or a name of this machine itself (RFC 6761, section 6.3: "localhost"
 * never leaves it). How many; 0: it is to be looked up. */
#define ADDRESSES_KNOWN_MAX 2
int address_known(const char *host, struct address ret[ADDRESSES_KNOWN_MAX]);
void address_format(const struct address *a, char out[64]); /* RFC 5952; IPv4-mapped as dotted */
bool cidr_parse(const char *text, struct cidr *ret);        /* "127.0.0.0/8", "::1/128", or a bare address */
bool cidr_contains(const struct cidr *c, const struct address *a);

/* The egress rule. Always refused: unspecified, link-local (169.254/16, fe80::/10: cloud metadata is there), multicast, broadcast,
 * and metadata addresses outside it (fd00:ec2::254). Refused unless allowed by a CIDR: loopback, RFC 1918, 100.64/10, fc00::/7, and other
 * non-global ranges (RFC 6890). IPv4 inside IPv6 (mapped, 6to4, NAT64 64:ff9b::/96) is judged as the IPv4 address. */
enum egress { EGRESS_OK, EGRESS_PRIVATE, EGRESS_FORBIDDEN };
enum egress egress_check(const struct address *a, const struct cidr *allowed, int n_allowed);
const char *
egress_reason(const struct address *a); /* what an address is: "a loopback address"; NULL when it is global */
/* Why it may not be called, which `rule` says: "127.0.0.1 is a loopback address that is not allowed". */
#define EGRESS_TEXT_SIZE 160
void egress_explain(const struct address *a, enum egress rule, char out[EGRESS_TEXT_SIZE]);

#endif
