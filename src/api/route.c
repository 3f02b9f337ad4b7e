#include "api/route.h"

#include <string.h>

static bool path_matches(const char *pattern, const char *path, struct route_match *ret)
{
    int n = 0;
    while (*pattern) {
        if (*pattern != '{') {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        size_t len = strcspn(path, "/");
        if (len == 0 || n == ROUTE_CAPTURES_MAX)
            return false;
        ret->captures[n].text = path;
        ret->captures[n++].len = len;
        path += len;
        pattern = strchr(pattern, '}') + 1;
    }
    return !*path;
}

static bool method_fits(const char *asked, const char *offered)
{
    return !strcmp(asked, offered) || (!strcmp(asked, "HEAD") && !strcmp(offered, "GET"));
}

static void allow_method(struct buf *allow, const char *method)
{
    if (!allow)
        return;
    buf_printf(allow, "%s%s", allow->len ? ", " : "", method);
    if (!strcmp(method, "GET"))
        buf_str_add(allow, ", HEAD");
}

enum route_result route_find(const char *method, const char *path, struct route_match *ret, struct buf *allow)
{
    bool path_known = false;
    for (size_t i = 0; i < route_count; i++) {
        struct route_match m = { .route = &route_table[i] };
        if (!path_matches(m.route->path, path, &m))
            continue;
        if (method_fits(method, m.route->method)) {
            *ret = m;
            return ROUTE_FOUND;
        }
        path_known = true;
        allow_method(allow, m.route->method);
    }
    return path_known ? ROUTE_NO_METHOD : ROUTE_NO_PATH;
}
