#include "api/cookie.h"

#include "store/sessions.h"

#include <string.h>

#define DAY_S 86400

static const struct {
    const char *name;
    int age_s; /* 400 days is what browsers keep at most */
} COOKIES[] = {
    [COOKIE_SESSION] = { "edgecron_session", (int)(SESSION_MOST_MS / 1000) },
    [COOKIE_DEVICE] = { "edgecron_device", 400 * DAY_S },
};

static const char *name_of(const struct request *q, enum cookie c)
{
    return q->encrypted ? arena_printf(q->arena, "__Host-%s", COOKIES[c].name) : COOKIES[c].name;
}

const char *cookie_get(const struct request *q, enum cookie c)
{
    const char *name = name_of(q, c), *p = q->header(q->ctx, "Cookie");
    size_t len = strlen(name);
    while (p && *p) {
        p += strspn(p, "; ");
        size_t pair = strcspn(p, ";");
        if (pair > len && !strncmp(p, name, len) && p[len] == '=')
            return arena_strndup(q->arena, p + len + 1, pair - len - 1);
        p += pair;
    }
    return NULL;
}

static void put(const struct request *q, struct reply *p, enum cookie c, const char *value, int age_s)
{
    reply_field(p, "Set-Cookie",
                arena_printf(q->arena, "%s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict%s", name_of(q, c), value,
                             age_s, q->encrypted ? "; Secure" : ""));
}

void cookie_set(const struct request *q, struct reply *p, enum cookie c, const char *value)
{
    put(q, p, c, value, COOKIES[c].age_s);
}

void cookie_clear(const struct request *q, struct reply *p, enum cookie c)
{
    put(q, p, c, "", 0);
}
