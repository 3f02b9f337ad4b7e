#include "core/conceal.h"

#include "base/mem.h"

#include <string.h>
#include <strings.h>

#define WORD_MIN 20     /* characters of a word that may be a key */
#define URL_WORD_MIN 16 /* the same between the separators of a URL, as keys are cut at their '/' there */
#define DIGITS_MIN 2
#define TURNS_MIN 4 /* changes between small and capital letters */

enum place { PLACE_ROOT, PLACE_PLAIN, PLACE_TEXT, PLACE_URL, PLACE_CREDENTIAL };

static const char *const CREDENTIALS[] = { "auth",     "cookie", "key",        "token",     "secret",
                                           "password", "passwd", "credential", "signature", "session" };

/* Members of a whole document that are words of ours, or names. */
static const char *const PLAIN[] = {
    "name", "schedule", "timezone", "target", "tags", "starts_at", "ends_at", "ca_file"
};
static const char *const URLS[] = { "url", "base_url" };

bool conceal_name(const char *name)
{
    for (size_t i = 0; i < MEM_COUNT(CREDENTIALS); i++)
        if (strcasestr(name, CREDENTIALS[i]))
            return true;
    return false;
}

static bool listed(const char *const *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(list[i], name))
            return true;
    return false;
}

static enum place place_below(enum place above, const char *name)
{
    if (above == PLACE_CREDENTIAL || conceal_name(name))
        return PLACE_CREDENTIAL;
    if (above == PLACE_PLAIN || (above == PLACE_ROOT && listed(PLAIN, MEM_COUNT(PLAIN), name)))
        return PLACE_PLAIN;
    return listed(URLS, MEM_COUNT(URLS), name) ? PLACE_URL : PLACE_TEXT;
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_keylike(const char *s, size_t len, size_t least)
{
    size_t digits = 0, turns = 0;
    for (size_t i = 0; i < len; i++) {
        digits += is_digit(s[i]);
        turns += i && ((is_lower(s[i]) && is_upper(s[i - 1])) || (is_upper(s[i]) && is_lower(s[i - 1])));
    }
    return len >= least && (digits >= DIGITS_MIN || turns >= TURNS_MIN);
}

static size_t word_len(const char *s, const char *end, enum place place)
{
    size_t n = 0;
    while (s + n < end && (is_lower(s[n]) || is_upper(s[n]) || is_digit(s[n]) || (unsigned char)s[n] >= 0x80 ||
                           strchr(place == PLACE_URL ? "_-~%+" : "_-~+/=.%", s[n])))
        n++;
    return n;
}

/* In "?apikey=VALUE&": the name before VALUE says what it is. */
static bool is_named_credential(const char *text, const char *word)
{
    char name[64];
    if (word == text || word[-1] != '=')
        return false;
    const char *end = word - 1, *start = end;
    while (start > text && !strchr("?&;{} ", start[-1]))
        start--;
    if (start == text || (size_t)(end - start) >= sizeof name)
        return false;
    memcpy(name, start, (size_t)(end - start));
    name[end - start] = '\0';
    return conceal_name(name);
}

static bool ends_field(const char *s, const char *end)
{
    return s >= end || strchr("& \t\r\n", *s);
}

/* The length of "password=" at the front of a word of a form that is text, where a value follows; 0: the word is no such thing. */
static size_t credential_name_len(const char *word, size_t len, const char *end)
{
    char name[64];
    const char *equals = memchr(word, '=', len);
    size_t n = equals ? (size_t)(equals - word) : 0;
    if (!n || n >= sizeof name || ends_field(equals + strspn(equals, "="), end))
        return 0;
    memcpy(name, word, n);
    name[n] = '\0';
    return conceal_name(name) ? n + 1 : 0;
}

/* The value ends with its field, whatever is in it. Returns where the text goes on. */
static const char *cover_value(const char *s, const char *end, struct buf *out)
{
    buf_str_add(out, CONCEAL_COVER);
    while (!ends_field(s, end))
        s++;
    return s;
}

static void cover_words(const char *text, const char *s, const char *end, enum place place, struct buf *out)
{
    while (s < end) {
        size_t n = word_len(s, end, place), named = place == PLACE_URL ? 0 : credential_name_len(s, n, end);
        if (named) {
            buf_add(out, s, named);
            s = cover_value(s + named, end, out);
            continue;
        }
        bool covered = n && (is_keylike(s, n, place == PLACE_URL ? URL_WORD_MIN : WORD_MIN) ||
                             (place == PLACE_URL && is_named_credential(text, s)));
        if (covered)
            buf_str_add(out, CONCEAL_COVER);
        else
            buf_add(out, s, n ? n : 1);
        s += n ? n : 1;
    }
}

/* Of a credential, spaces and the word for its kind stay. */
static void cover_all(const char *s, const char *end, struct buf *out)
{
    static const char *const kinds[] = { "Bearer ", "Basic ", "Token ", "ApiKey " };
    for (; s < end && *s == ' '; s++)
        buf_char(out, ' ');
    for (size_t i = 0; i < MEM_COUNT(kinds); i++) {
        size_t len = strlen(kinds[i]);
        if ((size_t)(end - s) >= len && !strncasecmp(s, kinds[i], len)) {
            buf_add(out, s, len);
            s += len;
        }
    }
    if (s < end)
        buf_str_add(out, CONCEAL_COVER);
}

static void cover(const char *text, const char *s, const char *end, enum place place, struct buf *out)
{
    if (place == PLACE_CREDENTIAL)
        cover_all(s, end, out);
    else
        cover_words(text, s, end, place, out);
}

/* Placeholders as they are, all between them covered. */
static void conceal_text(const char *text, enum place place, struct buf *out)
{
    const char *s = text, *open;
    while ((open = strstr(s, "{{"))) {
        const char *close = strstr(open, "}}");
        if (!close || close - open > 200)
            break;
        cover(text, s, open, place, out);
        buf_add(out, open, (size_t)(close + 2 - open));
        s = close + 2;
    }
    cover(text, s, s + strlen(s), place, out);
}

static struct json *cut(const struct buf *b)
{
    struct json *list = json_new_array();
    size_t len = b->len;
    if (len > CONCEAL_TEXT_MAX) {
        len = CONCEAL_TEXT_MAX;
        while (len > 0 && ((unsigned char)b->data[len] & 0xc0) == 0x80)
            len--;
    }
    mem_auto char *text = mem_printf("%.*s%s", (int)len, buf_str(b), len < b->len ? "..." : "");
    json_add_string(list, NULL, text);
    struct json *v = json_clone(json_first(list));
    json_free(list);
    return v;
}

static struct json *conceal_string(const char *text, enum place place)
{
    buf_auto struct buf out = BUF_INIT(SIZE_MAX / 8);
    if (place == PLACE_PLAIN)
        buf_str_add(&out, text);
    else
        conceal_text(text, place, &out);
    return cut(&out);
}

static struct json *conceal_at(enum place place, const struct json *v);

static struct json *conceal_container(enum place place, const struct json *v)
{
    bool object = json_type(v) == JSON_OBJECT;
    struct json *out = object ? json_new_object() : json_new_array();
    for (const struct json *c = json_first(v); c; c = json_next(c))
        json_add(out, json_key(c), conceal_at(object ? place_below(place, json_key(c)) : place, c));
    return out;
}

static struct json *conceal_at(enum place place, const struct json *v)
{
    switch (json_type(v)) {
    case JSON_OBJECT:
    case JSON_ARRAY:
        return conceal_container(place, v);
    case JSON_STRING:
        return conceal_string(json_string(v), place);
    case JSON_NUMBER:
        return place == PLACE_CREDENTIAL ? conceal_string("0", place) : json_clone(v);
    default:
        return json_clone(v);
    }
}

struct json *conceal(const char *pointer, const struct json *v)
{
    enum place place = PLACE_ROOT;
    char name[256];
    while (*pointer == '/') {
        size_t len = strcspn(++pointer, "/"), kept = len < sizeof name ? len : sizeof name - 1;
        memcpy(name, pointer, kept);
        name[kept] = '\0';
        place = place_below(place, name);
        pointer += len;
    }
    return conceal_at(place, v);
}

bool conceal_covers(const char *pointer, const char *text)
{
    json_auto struct json *list = json_new_array();
    json_add_string(list, NULL, text);
    json_auto struct json *covered = conceal(pointer, list);
    const char *after = json_string(json_first(covered));
    return after && strcmp(text, after) != 0;
}
