#include "core/pgcron_address.h"

#include "base/buf.h"
#include "core/pgcron_name.h"
#include "core/url.h"

#include <string.h>
#include <strings.h>

#define PLACEHOLDER "{{secret."

/* Services of Supabase, by the path that their URLs begin with, and what the target's name ends with. */
static const struct service {
    const char *path, *suffix;
} SERVICES[] = {
    { "/functions/v1", "" },       { "/rest/v1", "-rest" },       { "/auth/v1", "-auth" },
    { "/storage/v1", "-storage" }, { "/graphql/v1", "-graphql" }, { "/realtime/v1", "-realtime" },
};

static const char *const PROJECT_HOSTS[] = { ".functions.supabase.co", ".supabase.co", ".supabase.in",
                                             ".supabase.net" };
static const char *const INTERNAL_HOSTS[] = { ".internal", ".local", ".lan", ".localdomain", ".home.arpa" };
/* Parts of names that documentations have in the place of one's own. */
static const char *const SAMPLES[] = { "your-project", "your_project", "yourproject", "project-ref",
                                       "project_ref",  "projectref",   "your-ref",    "your_ref",
                                       "xxxx",         "example.com",  "<",           "my-project" };

static bool ends_with(const char *s, const char *end)
{
    size_t len = strlen(s), end_len = strlen(end);
    return len > end_len && !strcasecmp(s + len - end_len, end);
}

static const char *known_value(const struct pgcron_known *known, size_t n, const char *name, size_t len)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(known[i].name) == len && !memcmp(known[i].name, name, len))
            return known[i].value;
    return NULL;
}

/* Puts what is known in the place of its placeholders. */
static const char *filled(const char *url, const struct pgcron_known *known, size_t n_known, struct arena *a)
{
    buf_auto struct buf out = BUF_INIT(URL_MAX * 2);
    for (const char *p = url; *p;) {
        const char *open = strstr(p, PLACEHOLDER), *close = open ? strstr(open, "}}") : NULL;
        const char *name = open ? open + strlen(PLACEHOLDER) : NULL;
        const char *value = close ? known_value(known, n_known, name, (size_t)(close - name)) : NULL;
        if (!close) {
            buf_str_add(&out, p);
            break;
        }
        buf_add(&out, p, (size_t)(open - p));
        if (value)
            buf_str_add(&out, value);
        else
            buf_add(&out, open, (size_t)(close + 2 - open));
        p = close + 2;
    }
    return arena_strdup(a, out.full ? url : buf_str(&out));
}

/* The end of the authority: the first '/', '?' or '#' outside placeholders. */
static const char *authority_end(const char *p)
{
    while (*p && !strchr("/?#", *p)) {
        const char *close = !strncmp(p, "{{", 2) ? strstr(p, "}}") : NULL;
        p = close ? close + 2 : p + 1;
    }
    return p;
}

/* "NAME.invalid" of an authority that holds a placeholder, and the first secret in it. */
static const char *stand_in(const char *authority, struct arena *a, const char **ret_holder)
{
    buf_auto struct buf out = BUF_INIT(200);
    *ret_holder = "the host";
    for (const char *p = authority; *p && *p != ':'; p++) {
        const char *close = !strncmp(p, PLACEHOLDER, strlen(PLACEHOLDER)) ? strstr(p, "}}") : NULL;
        if (close) {
            p += strlen(PLACEHOLDER);
            const char *name = arena_strndup(a, p, (size_t)(close - p));
            *ret_holder = !strcmp(*ret_holder, "the host") ? name : *ret_holder;
            buf_str_add(&out, name);
            p = close + 1;
        } else {
            buf_char(&out, *p == '.' ? '-' : *p);
        }
    }
    mem_auto char *text = mem_strdup(buf_str(&out));
    for (char *p = text; *p; p++)
        *p = *p == '_' ? '-' : *p;
    return pgcron_name_near(text, "unknown", a);
}

/* What the value may be that stands in an authority, with or without a scheme in front. */
static const char *sample_of(const char *authority, bool has_scheme)
{
    const char *close = strstr(authority, "}}");
    if (!has_scheme)
        return "https://PROJECT-REF.supabase.co";
    return strncmp(authority, PLACEHOLDER, strlen(PLACEHOLDER)) == 0 && close && !close[2] ? "PROJECT-REF.supabase.co"
                                                                                           : "PROJECT-REF";
}

static bool may_stand(char c)
{
    return c != '\0' && (strchr("-._~!$&'()*+,;=:@/?%", c) || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                         (c >= 'A' && c <= 'Z'));
}

/* What follows the authority: from '/', without fragment, encoded where it must be. */
static const char *cut_path(const char *rest, struct arena *a, bool *ret_encoded)
{
    buf_auto struct buf out = BUF_INIT(URL_MAX * 4);
    if (*rest != '/')
        buf_char(&out, '/');
    for (const char *p = rest; *p && *p != '#'; p++) {
        const char *close = !strncmp(p, "{{", 2) ? strstr(p, "}}") : NULL;
        if (close) {
            buf_add(&out, p, (size_t)(close + 2 - p));
            p = close + 1;
        } else if (may_stand(*p)) {
            buf_char(&out, *p);
        } else {
            url_encode(&out, p, 1);
            *ret_encoded = true;
        }
    }
    return arena_strdup(a, buf_str(&out));
}

/* Moves a service's path to the base. */
static const struct service *take_service(struct pgcron_address *ret, struct arena *a)
{
    for (size_t i = 0; i < MEM_COUNT(SERVICES); i++) {
        size_t len = strlen(SERVICES[i].path);
        if (strncmp(ret->path, SERVICES[i].path, len) != 0 || ret->path[len] != '/' || !ret->path[len + 1])
            continue;
        ret->base = arena_printf(a, "%s%s", ret->base, SERVICES[i].path);
        ret->path += len;
        ret->rooted = true;
        return &SERVICES[i];
    }
    return NULL;
}

/* The project's ref, or the host without "www.". "local" for this machine. */
static const char *name_of_host(const char *host, enum pgcron_reach reach, struct arena *a)
{
    for (size_t i = 0; i < MEM_COUNT(PROJECT_HOSTS); i++) {
        if (ends_with(host, PROJECT_HOSTS[i]))
            return pgcron_name_near(arena_strndup(a, host, strlen(host) - strlen(PROJECT_HOSTS[i])), "project", a);
    }
    if (reach == PGCRON_AT_PRIVATE && (!strcmp(host, "localhost") || !strncmp(host, "127.", 4) || !strcmp(host, "::1")))
        return arena_strdup(a, "local");
    return pgcron_name_near(!strncmp(host, "www.", 4) ? host + 4 : host, "target", a);
}

static bool is_internal(const char *host)
{
    for (size_t i = 0; i < MEM_COUNT(INTERNAL_HOSTS); i++)
        if (ends_with(host, INTERNAL_HOSTS[i]))
            return true;
    return !strchr(host, '.');
}

static bool is_sample(const char *host)
{
    for (size_t i = 0; i < MEM_COUNT(SAMPLES); i++)
        if (strcasestr(host, SAMPLES[i]))
            return true;
    return false;
}

static const char *private_range(const struct address *a, struct arena *arena)
{
    static const char *const ranges[] = { "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128" };
    char text[64];
    for (size_t i = 0; i < MEM_COUNT(ranges); i++) {
        struct cidr c;
        if (cidr_parse(ranges[i], &c) && cidr_contains(&c, a))
            return ranges[i];
    }
    address_format(a, text);
    return arena_strdup(arena, text);
}

static void look_at_host(const char *host, bool literal_v6, struct arena *a, struct pgcron_address *ret)
{
    struct address known[ADDRESSES_KNOWN_MAX];
    int n = address_known(host, known);
    ret->reach = PGCRON_AT_LARGE;
    if (n > 0 && egress_check(&known[0], NULL, 0) != EGRESS_OK) {
        ret->reach = PGCRON_AT_PRIVATE;
        ret->range = private_range(&known[0], a);
    } else if (is_sample(host)) {
        ret->reach = PGCRON_AT_SAMPLE;
    } else if (n == 0 && !literal_v6 && is_internal(host)) {
        ret->reach = PGCRON_AT_INTERNAL;
    }
}

static const char *lowered(const char *s, size_t len, struct arena *a)
{
    char *out = arena_strndup(a, s, len);
    for (char *p = out; *p; p++)
        *p = (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
    return out;
}

static int cut_origin(const char *url, const char *end, struct arena *a, struct pgcron_address *ret, struct err *e)
{
    struct url parsed;
    const char *origin = lowered(url, (size_t)(end - url), a);
    const char *host = strstr(origin, "://");
    host = host ? host + 3 : origin;
    if (strchr(host, '@'))
        return err_set(e, ERR_INVALID, "its URL holds a user name or password; expected it in a secret and a header");
    if (is_sample(host) && (strchr(host, '<') || strchr(host, '_') || strchr(host, '['))) {
        ret->name = stand_in(host, a, &ret->holder);
        ret->base = arena_printf(a, "https://%s.invalid", ret->name);
        ret->reach = PGCRON_AT_SAMPLE;
        return 0;
    }
    int r = url_parse(origin, &parsed, e);
    if (r < 0)
        return err_wrap(e, "its URL");
    look_at_host(parsed.host, parsed.host_is_ipv6, a, ret);
    ret->base = origin;
    ret->name = name_of_host(parsed.host, ret->reach, a);
    return 0;
}

static const char *trimmed(const char *s, struct arena *a)
{
    s += strspn(s, " \t\r\n");
    size_t len = strlen(s);
    while (len > 0 && strchr(" \t\r\n", s[len - 1]))
        len--;
    return arena_strndup(a, s, len);
}

int pgcron_address_cut(const char *url, const struct pgcron_known *known, size_t n_known, struct arena *a,
                       struct pgcron_address *ret, struct err *e)
{
    *ret = (struct pgcron_address){ .reach = PGCRON_AT_UNKNOWN };
    url = trimmed(filled(url, known, n_known, a), a);
    const char *scheme = strstr(url, "://"), *host = scheme && scheme < url + 6 ? scheme + 3 : url;
    const char *end = authority_end(host);
    const char *authority = arena_strndup(a, host, (size_t)(end - host));
    if (strstr(authority, PLACEHOLDER)) {
        ret->name = stand_in(authority, a, &ret->holder);
        ret->base = arena_printf(a, "https://%s.invalid", ret->name);
        ret->sample = sample_of(authority, host > url);
    } else {
        int r = cut_origin(url, end, a, ret, e);
        if (r < 0)
            return r;
    }
    ret->path = cut_path(end, a, &ret->encoded);
    const struct service *s = take_service(ret, a);
    if (s && *s->suffix)
        ret->name = pgcron_name_near(arena_printf(a, "%s%s", ret->name, s->suffix), "target", a);
    return 0;
}
