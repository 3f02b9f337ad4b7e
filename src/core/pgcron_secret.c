/* pgcron_secret.c - names for secrets, and which texts are keys. No text made here holds a value. */
#include "core/pgcron_secret.h"

#include "core/job.h"
#include "core/pgcron_quote.h"
#include "core/strength.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define WORD_MIN 20        /* characters of a word that may be a key */
#define UNEXPLAINED_MIN 16 /* letters and digits in it that no word or year explains */
#define LETTERS_MIN 4
#define TOO_MANY "too many" /* the key of the one that stands for all past the cap */
#define WORDS_MAX 4096      /* bytes of a word that are looked at */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool of_word(char c)
{
    return is_letter(c) || is_digit(c) || (c && strchr("_-+/=.", c));
}

/* 8-4-4-4-12: an id, which is no secret by itself. */
static bool is_uuid(const char *s, size_t len)
{
    if (len != 36)
        return false;
    for (size_t i = 0; i < len; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? s[i] != '-' : !(is_digit(s[i]) || (s[i] >= 'a' && s[i] <= 'f') || (s[i] >= 'A' && s[i] <= 'F')))
            return false;
    }
    return true;
}

static bool has_known_prefix(const char *s, size_t len)
{
    static const char *const prefixes[] = { "eyJ",  "sk_",         "sk-",    "sb_secret_", "sb_publishable_",
                                            "sbp_", "whsec_",      "xoxb-",  "xoxp-",      "ghp_",
                                            "gho_", "github_pat_", "glpat-", "re_",        "SG.",
                                            "AKIA", "AIza" };
    for (size_t i = 0; len >= 16 && i < MEM_COUNT(prefixes); i++)
        if (strncmp(s, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

bool pgcron_looks_like_key(const char *s, size_t len)
{
    size_t letters = 0, digits = 0, small = 0;
    if (has_known_prefix(s, len))
        return strcspn(s, ".") > 0 && !memchr(s, ' ', len) && (len > 20 || *s != 'r');
    if (len < WORD_MIN || is_uuid(s, len))
        return false;
    len = len < WORDS_MAX ? len : WORDS_MAX;
    for (size_t i = 0; i < len; i++) {
        letters += is_letter(s[i]);
        digits += is_digit(s[i]);
        small += s[i] >= 'a' && s[i] <= 'z';
    }
    bool mixed = digits >= 2 || (small >= LETTERS_MIN && letters - small >= LETTERS_MIN && strcspn(s, "-_./") >= len);
    return mixed && letters >= LETTERS_MIN && strength_unexplained(s, len) >= UNEXPLAINED_MIN;
}

size_t pgcron_key_find(const char *s, size_t len, size_t *ret_at)
{
    for (size_t i = 0; i < len;) {
        size_t n = 0;
        while (i + n < len && of_word(s[i + n]))
            n++;
        if (n && pgcron_looks_like_key(s + i, n)) {
            *ret_at = i;
            return n;
        }
        i += n ? n : 1;
    }
    return 0;
}

bool pgcron_has_key(const char *s, size_t len)
{
    size_t at;
    return pgcron_key_find(s, len, &at) > 0;
}

/* "<YOUR_ANON_KEY>", "YOUR_SERVICE_ROLE_KEY", "__CRON_SECRET__", "eyJhbGci...": stands where a key is to be put. */
bool pgcron_stands_for_key(const char *s)
{
    size_t len = strlen(s), capitals = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-");
    if (len > 80 || !len)
        return false;
    if (strstr(s, "..."))
        return true;
    if ((*s == '<' && s[len - 1] == '>') || (*s == '[' && s[len - 1] == ']'))
        return true;
    if (strncasecmp(s, "your", 4) == 0 && strchr("_- ", s[4]) && !pgcron_looks_like_key(s, len))
        return true;
    return capitals == len && strchr(s, '_') && (strstr(s, "KEY") || strstr(s, "SECRET") || strstr(s, "TOKEN"));
}

bool pgcron_header_is_secret(const char *name)
{
    static const char *const parts[] = { "apikey",    "api-key",    "token",         "secret",
                                         "password",  "passwd",     "authorization", "credential",
                                         "signature", "x-auth-key", "access-key",    "-key",
                                         "clave",     "contrase",   "mot-de-passe",  "-cle" };
    static const char *const exceptions[] = { "idempotency-key", "x-idempotency-key", "surrogate-key", "content-type" };
    for (size_t i = 0; i < MEM_COUNT(exceptions); i++)
        if (strcasecmp(name, exceptions[i]) == 0)
            return false;
    for (size_t i = 0; i < MEM_COUNT(parts); i++)
        if (strcasestr(name, parts[i]))
            return true;
    return strcasecmp(name, "cookie") == 0;
}

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), k = strlen(end);
    return n >= k && strcasecmp(s + n - k, end) == 0;
}

/* Of a body or a query: narrower than of headers, as "key" and "token" have other meanings there. */
bool pgcron_member_is_secret(const char *name)
{
    static const char *const ends[] = { "apikey",           "api_key",     "api-key",      "secret",     "password",
                                        "passwd",           "_token",      "accesstoken",  "secret_key", "secretkey",
                                        "service_role_key", "anon_key",    "internal_key", "auth_key",   "rolekey",
                                        "anonkey",          "internalkey", "clave",        "contrasena", "contraseña",
                                        "mot_de_passe",     "motdepasse" };
    for (size_t i = 0; i < MEM_COUNT(ends); i++)
        if (ends_with(name, ends[i]))
            return true;
    return strcasecmp(name, "token") == 0;
}

/* ---- names ---- */

/* Whatever cannot stand in a name becomes '_'. */
static char *fit(struct arena *a, const char *s, bool capitals)
{
    char name[SECRET_NAME_MAX + 1], *out = name;
    if (is_digit(*s))
        *out++ = '_';
    for (; *s && out < name + SECRET_NAME_MAX; s++) {
        bool fits = is_letter(*s) || is_digit(*s) || *s == '_';
        char c = capitals && *s >= 'a' && *s <= 'z' ? (char)(*s - 'a' + 'A') : *s;
        if (fits)
            *out++ = c;
        else if (out > name && out[-1] != '_')
            *out++ = '_';
    }
    while (out > name + 1 && out[-1] == '_')
        out--;
    *out = '\0';
    return arena_strdup(a, secret_name_valid(name) ? name : "SECRET");
}

static const char *unused_name(struct pgcron *p, char *name)
{
    char tried[SECRET_NAME_MAX + 1];
    snprintf(tried, sizeof tried, "%s", name);
    for (int i = 2; map_get(&p->secrets_named, tried); i++)
        snprintf(tried, sizeof tried, "%.*s_%d", SECRET_NAME_MAX - 12, name, i);
    return arena_strdup(p->arena, tried);
}

/* The secret of this key, made when there is none: its placeholder. */
static struct pgcron_known_secret *secret_at(struct pgcron *p, const char *key, char *name, const char *origin,
                                             bool pasted, struct pgcron_place at)
{
    struct pgcron_known_secret *s = map_get(&p->secrets, key);
    if (s)
        return s;
    if (p->n_secrets >= PGCRON_SECRETS_MAX && strcmp(key, TOO_MANY)) {
        pgcron_note(p, PGCRON_SKIPPED, NULL, at, "more than %d secrets: this one and what follows are not told apart",
                    PGCRON_SECRETS_MAX);
        return secret_at(p, TOO_MANY, name, "one of too many", false, at);
    }
    s = arena_alloc(p->arena, sizeof *s);
    s->key = arena_strdup(p->arena, key);
    s->name = unused_name(p, name);
    s->origin = pgcron_mended(p->arena, origin);
    s->pasted = pasted;
    s->at = at;
    map_put(&p->secrets, s->key, s);
    map_put(&p->secrets_named, s->name, s);
    *p->secret_end = s;
    p->secret_end = &s->next;
    p->n_secrets++;
    return s;
}

static const char *placeholder(struct pgcron *p, const struct pgcron_known_secret *s)
{
    return arena_printf(p->arena, "secret.%s", s->name);
}

/* A name, unless somebody put the key in its place. */
static const char *told(const char *name, const char *otherwise)
{
    return pgcron_has_key(name, strlen(name)) ? otherwise : name;
}

const char *pgcron_secret_of_setting(struct pgcron *p, const char *setting, struct pgcron_place at)
{
    const struct pgcron_known_value *known = map_get(&p->settings, setting);
    const char *last = strrchr(setting, '.');
    char *key = arena_printf(p->arena, "setting %s", setting);
    char *name = fit(p->arena, told(last ? last + 1 : setting, "SETTING"), true);
    char *origin = arena_printf(p->arena, "setting '%.200s'", told(setting, "(its name looks like a key)"));
    return placeholder(p, secret_at(p, key, name, origin, known && known->pasted, known ? known->at : at));
}

const char *pgcron_secret_of_vault(struct pgcron *p, const char *vault, struct pgcron_place at)
{
    const struct pgcron_known_value *known = map_get(&p->vault, vault);
    char *key = arena_printf(p->arena, "vault %s", vault);
    char *name = fit(p->arena, told(vault, "VAULT_SECRET"), false);
    char *origin = arena_printf(p->arena, "Vault's secret '%.200s'", told(vault, "(its name looks like a key)"));
    return placeholder(p, secret_at(p, key, name, origin, known && known->pasted, known ? known->at : at));
}

static const char *const GETTERS[] = { "get_", "fetch_", "read_", "load_" };

/* The rest of "get_cron_internal_key"; all of what begins otherwise. */
static const char *without_getter(const char *name)
{
    for (size_t i = 0; i < MEM_COUNT(GETTERS); i++)
        if (strncmp(name, GETTERS[i], strlen(GETTERS[i])) == 0)
            return name + strlen(GETTERS[i]);
    return name;
}

bool pgcron_function_names_key(const char *name)
{
    static const char *const words[] = { "key", "secret", "token", "password", "credential", "jwt", "url" };
    for (size_t i = 0; i < MEM_COUNT(words); i++)
        if (ends_with(name, words[i]) || (without_getter(name) > name && strstr(name, words[i])))
            return true;
    return false;
}

const char *pgcron_secret_of_function(struct pgcron *p, const char *function, struct pgcron_place at)
{
    const char *rest = without_getter(function);
    char *key = arena_printf(p->arena, "function %s", function), *name = fit(p->arena, rest, true);
    struct pgcron_known_secret *same = map_get(&p->secrets_named, name);
    if (same && !same->pasted) /* get_cron_internal_key() beside app.cron_internal_key */
        return placeholder(p, same);
    return placeholder(p, secret_at(p, key, name, arena_printf(p->arena, "function '%.200s'", function), false, at));
}

const char *pgcron_secret_of_place(struct pgcron *p, const char *name, const char *what, struct pgcron_place at)
{
    char *key = arena_printf(p->arena, "place %s", name);
    return placeholder(p, secret_at(p, key, fit(p->arena, name, true), arena_strdup(p->arena, what), false, at));
}

static int base64_digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *found = c ? strchr(digits, c) : NULL;
    return found ? (int)(found - digits) : -1;
}

/* The claims of a JWT (RFC 7519): what stands between its first two dots, decoded as far as there is room. */
static void claims_of(const char *token, char *out, size_t size)
{
    const char *s = strchr(token, '.');
    size_t n = 0;
    unsigned bits = 0, count = 0;
    for (s = s ? s + 1 : ""; base64_digit(*s) >= 0 && n + 1 < size; s++) {
        bits = bits << 6 | (unsigned)base64_digit(*s);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out[n++] = (char)(bits >> count & 0xFF);
        }
    }
    out[n] = '\0';
}

/* What Supabase calls a key: its JWT says for which role it is. */
static const char *role_of(const char *token)
{
    static const struct {
        bool claim;
        const char *text, *name;
    } roles[] = { { true, "\"role\":\"anon\"", "SUPABASE_ANON_KEY" },
                  { true, "\"role\":\"service_role\"", "SUPABASE_SERVICE_ROLE_KEY" },
                  { false, "sb_secret_", "SUPABASE_SECRET_KEY" },
                  { false, "sb_publishable_", "SUPABASE_PUBLISHABLE_KEY" } };
    char claims[512];
    claims_of(token, claims, sizeof claims);
    for (size_t i = 0; i < MEM_COUNT(roles); i++)
        if (roles[i].claim ? strncmp(token, "eyJ", 3) == 0 && strstr(claims, roles[i].text) != NULL
                           : strncmp(token, roles[i].text, strlen(roles[i].text)) == 0)
            return roles[i].name;
    return NULL;
}

const char *pgcron_secret_pasted(struct pgcron *p, const char *value, size_t len, const char *name,
                                 struct pgcron_place at)
{
    char *text = arena_strndup(p->arena, value, len), *key = arena_printf(p->arena, "value %s", text);
    bool stands = pgcron_stands_for_key(text);
    const char *role = stands ? NULL : role_of(text), *best = role ? role : name;
    if (stands && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_<>[]-") == len && !strstr(text, "..."))
        best = text + strspn(text, "<[_-");
    if (stands && strncmp(best, "YOUR_", 5) == 0)
        best += 5;
    const char *origin = stands ? "a placeholder in the SQL" : "pasted into the SQL";
    struct pgcron_known_secret *s = secret_at(p, key, fit(p->arena, best, true), origin, !stands, at);
    if (!stands)
        mem_wipe(text, len);
    return placeholder(p, s);
}

void pgcron_secret_used(struct pgcron *p, const char *name, bool address)
{
    struct pgcron_known_secret *s = map_get(&p->secrets_named, name);
    if (s) {
        s->used = true;
        s->address = s->address || address;
    }
}

void pgcron_secrets_wipe(struct pgcron *p)
{
    for (struct pgcron_known_secret *s = p->secret_list; s; s = s->next)
        mem_wipe((char *)s->key, strlen(s->key));
}
