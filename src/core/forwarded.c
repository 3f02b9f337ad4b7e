#include "core/forwarded.h"

#include <string.h>
#include <strings.h>

struct text {
    const char *s;
    size_t len;
};

static bool is_trusted(const struct forwarded_rules *r, const struct address *a)
{
    for (int i = 0; i < r->n_trusted; i++)
        if (cidr_contains(&r->trusted[i], a))
            return true;
    return false;
}

static bool is_loopback(const struct address *a)
{
    struct cidr v4, v6;
    return cidr_parse("127.0.0.0/8", &v4) && cidr_parse("::1/128", &v6) &&
           (cidr_contains(&v4, a) || cidr_contains(&v6, a));
}

static struct text trimmed(struct text t)
{
    for (; t.len && strchr(" \t", t.s[0]); t.len--)
        t.s++;
    while (t.len && strchr(" \t", t.s[t.len - 1]))
        t.len--;
    return t;
}

/* The last element of a comma-separated list, and the list becomes what is before it. Commas in quoted strings are no addresses of anybody:
 * such an element cannot be read, which is safe. */
static bool take_last(struct text *list, struct text *ret)
{
    if (!list->s)
        return false;
    const char *comma = memrchr(list->s, ',', list->len);
    const char *begin = comma ? comma + 1 : list->s;
    *ret = trimmed((struct text){ begin, (size_t)(list->s + list->len - begin) });
    list->len = comma ? (size_t)(comma - list->s) : 0;
    if (!comma)
        list->s = NULL;
    return true;
}

/* "1.2.3.4", "1.2.3.4:80", "[::1]:80", "[::1]", "::1", and each in double quotes. */
static bool parse_node(struct text t, struct address *ret)
{
    char host[64];
    t = trimmed(t);
    if (t.len >= 2 && t.s[0] == '"' && t.s[t.len - 1] == '"')
        t = (struct text){ t.s + 1, t.len - 2 };
    const char *end = t.len && t.s[0] == '[' ? memchr(t.s, ']', t.len) : NULL, *colon = memchr(t.s, ':', t.len);
    if (end)
        t = (struct text){ t.s + 1, (size_t)(end - t.s) - 1 };
    else if (colon && colon == memrchr(t.s, ':', t.len))
        t.len = (size_t)(colon - t.s);
    if (!t.len || t.len >= sizeof host)
        return false;
    memcpy(host, t.s, t.len);
    host[t.len] = '\0';
    return address_parse(host, ret);
}

/* The value of "name=" among an element's "a=b;c=d" (RFC 7239, section 4). */
static bool parameter(struct text element, const char *name, struct text *ret)
{
    size_t name_len = strlen(name);
    while (element.len) {
        const char *semicolon = memchr(element.s, ';', element.len);
        size_t len = semicolon ? (size_t)(semicolon - element.s) : element.len;
        struct text pair = trimmed((struct text){ element.s, len });
        if (pair.len > name_len && pair.s[name_len] == '=' && !strncasecmp(pair.s, name, name_len)) {
            *ret = (struct text){ pair.s + name_len + 1, pair.len - name_len - 1 };
            return true;
        }
        len += semicolon != NULL;
        element = (struct text){ element.s + len, element.len - len };
    }
    return false;
}

static bool is_https(struct text t)
{
    if (t.len >= 2 && t.s[0] == '"')
        t = (struct text){ t.s + 1, t.len - 2 };
    return t.len == 5 && !strncasecmp(t.s, "https", 5);
}

static struct text text_of(const char *s)
{
    return (struct text){ s, s ? strlen(s) : 0 };
}

/* From the right: as long as the one who asked is a trusted proxy, the element that it added tells who asked that. What it says of the protocol is of
 * the same step, so that in the end it is the client's own. */
static void walk_forwarded(const struct forwarded_rules *r, const char *field, struct forwarded *now)
{
    struct text list = text_of(field), element, value;
    struct address next;
    while (is_trusted(r, &now->client) && take_last(&list, &element)) {
        if (parameter(element, "proto", &value))
            now->encrypted = is_https(value);
        if (!parameter(element, "for", &value) || !parse_node(value, &next))
            return;
        now->client = next;
    }
}

static void walk_x_forwarded(const struct forwarded_rules *r, const struct forwarded_fields *f, struct forwarded *now)
{
    struct text list = text_of(f->x_for), protocols = text_of(f->x_proto), element;
    struct address next;
    if (take_last(&protocols, &element))
        now->encrypted = is_https(element);
    while (is_trusted(r, &now->client) && take_last(&list, &element) && parse_node(element, &next))
        now->client = next;
}

/* A proxy sets one of the two, and most pass on the other as the client sent it: where they differ, nobody to the left of the peer is sure. Who
 * makes one up to be called encrypted spoils their own cookies alone. */
static void walk(const struct forwarded_rules *r, const struct forwarded_fields *f, struct forwarded *now)
{
    const struct address peer = now->client;
    struct forwarded x = *now;
    walk_x_forwarded(r, f, &x);
    if (!f->forwarded) {
        *now = x;
        return;
    }
    walk_forwarded(r, f->forwarded, now);
    if (f->x_for && memcmp(&now->client, &x.client, sizeof x.client) != 0)
        now->client = peer;
    if (f->x_proto)
        now->encrypted = now->encrypted || x.encrypted;
}

int forwarded_judge(const struct forwarded_rules *r, const struct address *peer, bool tls,
                    const struct forwarded_fields *f, struct forwarded *ret, struct err *e)
{
    *ret = (struct forwarded){ *peer, tls };
    if (is_trusted(r, peer)) {
        walk(r, f, ret);
        return 0;
    }
    if (!r->only_trusted || tls || is_loopback(peer))
        return 0;
    char text[64];
    address_format(peer, text);
    return err_set(
        e, ERR_FORBIDDEN,
        "requests that are not encrypted are taken from the proxies that --behind-proxy names alone, and %s is none of "
        "them: ask the proxy, or add the address to the list",
        text);
}
