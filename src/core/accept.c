#include "core/accept.h"

#include <string.h>
#include <strings.h>

#define SPACE " \t"

/* "0", "0.", "0.0", "0.00", "0.000": not acceptable. */
static bool is_zero(const char *weight, size_t len)
{
    size_t zeros = len > 2 ? strspn(weight + 2, "0") : 0;
    return len > 0 && weight[0] == '0' && (len == 1 || (weight[1] == '.' && zeros >= len - 2));
}

/* Does what follows the name in an element, up to its end, say that it is not wanted? */
static bool refused(const char *at, const char *end)
{
    at += strspn(at, SPACE);
    if (at >= end || *at != ';')
        return false;
    at++;
    at += strspn(at, SPACE);
    if (strncasecmp(at, "q=", 2))
        return false;
    at += 2;
    return at < end && is_zero(at, strcspn(at, SPACE ",;"));
}

static bool is_name(const char *name, size_t len, const char *coding)
{
    if (len > 2 && !strncasecmp(name, "x-", 2)) {
        name += 2;
        len -= 2;
    }
    return len == strlen(coding) && !strncasecmp(name, coding, len);
}

bool accept_coding(const char *field, const char *coding)
{
    bool rest = !field; /* what is not named */
    for (const char *at = field; at && *at;) {
        at += strspn(at, SPACE ",");
        const char *end = at + strcspn(at, ",");
        size_t len = strcspn(at, SPACE ",;");
        if (is_name(at, len, coding))
            return !refused(at + len, end);
        if (len == 1 && *at == '*')
            rest = !refused(at + len, end);
        at = end;
    }
    return rest;
}
