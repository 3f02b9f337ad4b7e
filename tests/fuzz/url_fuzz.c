/* URLs, addresses and CIDRs: never a fault; what is accepted is clean; what is printed reads back the same. */
#include "core/url.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool fine)
{
    if (!fine)
        abort();
}

static void try_url(const char *text)
{
    struct url u;
    struct err e;
    struct buf authority buf_auto = BUF_INIT(1024), again buf_auto = BUF_INIT(URL_MAX * 2),
                         out buf_auto = BUF_INIT(1024);
    struct url v;
    if (url_parse(text, &u, &e) < 0) {
        check(e.text[0] && e.code == ERR_INVALID);
        return;
    }
    check(u.port > 0 && u.host[0] && strlen(u.host) < URL_HOST_MAX);
    check(u.path >= text && u.path <= text + strlen(text) && (*u.path == '/' || !*u.path));
    for (const char *c = text; *c; c++)
        check(*c > 0x20 && *c < 0x7f);
    check(url_authority(&u, &authority));
    buf_printf(&again, "http%s://%s%s", u.tls ? "s" : "", buf_str(&authority), u.path);
    if (again.len > URL_MAX) /* only by the port that was left out */
        return;
    check(url_parse(buf_str(&again), &v, &e) == 0);
    check(url_authority(&v, &out) && strcmp(buf_str(&out), buf_str(&authority)) == 0 && strcmp(u.path, v.path) == 0 &&
          u.port == v.port);
}

static void try_address(const char *text)
{
    struct address a, b;
    struct cidr c;
    char printed[64];
    if (address_parse(text, &a)) {
        address_format(&a, printed);
        check(address_parse(printed, &b) && memcmp(&a, &b, sizeof(a)) == 0);
        check((egress_check(&a, NULL, 0) == EGRESS_OK) == (egress_reason(&a) == NULL));
    }
    if (cidr_parse(text, &c)) {
        check(c.prefix >= 0 && c.prefix <= 128 && cidr_contains(&c, &c.network));
        check(egress_check(&c.network, &c, 1) != EGRESS_PRIVATE);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mem_auto char *text = mem_strndup((const char *)data, size);
    try_url(text);
    try_address(text);
    return 0;
}
