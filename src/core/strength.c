/* strength.c - looks at a value as a guesser would: what in it is a word, a row of keys, a repetition, a year?
 *
 * Only what nothing explains counts as random. A random key may hold a word by chance, or begin with "sk_test_": with
 * enough left unexplained it is none the weaker. */
#include "core/strength.h"

#include "core/redact.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define UNEXPLAINED_ENOUGH 16 /* characters: 64 bits even in hex */
#define RUN_MIN 4             /* "1234", "dcba" */
#define REPEAT_MIN 3          /* "aaa" */
#define DISTINCT_MIN 6        /* different characters, of which a random value of 16 in hex nearly always has more */

/* Words that placeholders and values made up by hand are made of. Short ones count only as a word of their own. */
static const char *const WORDS[] = {
    "123",     "abc",      "admin",    "api",        "apikey",      "app",     "auth",       "backend",
    "bearer",  "bar",      "baz",      "change",     "client",      "cron",    "default",    "demo",
    "dev",     "develop",  "dummy",    "edge",       "edgecron",    "env",     "example",    "fake",
    "fixme",   "foo",      "for",      "function",   "goes",        "hello",   "here",       "hunter",
    "insert",  "internal", "is",       "job",        "key",         "letmein", "local",      "localhost",
    "lorem",   "me",       "my",       "not",        "now",         "only",    "our",        "pass",
    "passwd",  "password", "passw0rd", "paste",      "placeholder", "please",  "prod",       "production",
    "project", "public",   "put",      "qwerty",     "qwertz",      "azerty",  "asdf",       "replace",
    "root",    "sample",   "secret",   "s3cret",     "secure",      "server",  "service",    "shared",
    "some",    "staging",  "string",   "supabase",   "super",       "temp",    "test",       "testing",
    "the",     "this",     "todo",     "token",      "user",        "value",   "very",       "with",
    "world",   "xxx",      "your",     "zxcv",       "clave",       "cle",     "contrasena", "motdepasse",
    "mdp",     "passwort", "geheim",   "schluessel",
};
#define WORD_ANYWHERE 4 /* letters from which on a word counts inside a run of letters too */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The longest word that stands at `at`; 0: none. */
static size_t word_at(const char *v, size_t len, size_t at)
{
    size_t best = 0;
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        size_t n = strlen(WORDS[i]);
        if (n <= best || n > len - at || strncasecmp(v + at, WORDS[i], n) != 0)
            continue;
        bool alone = (at == 0 || !is_letter(v[at - 1])) && (at + n == len || !is_letter(v[at + n]));
        if (alone || n >= WORD_ANYWHERE)
            best = n;
    }
    return best;
}

/* "aaaa", "1234", "fedc": characters that each follow from the one before. 0: fewer than are worth telling. */
static size_t run_at(const char *v, size_t len, size_t at)
{
    for (int step = -1; step <= 1; step++) {
        size_t n = 1;
        while (at + n < len && lower(v[at + n]) == lower(v[at + n - 1]) + step)
            n++;
        if (n >= (step ? RUN_MIN : REPEAT_MIN))
            return n;
    }
    return 0;
}

static size_t year_at(const char *v, size_t len, size_t at)
{
    bool alone = (at == 0 || !is_digit(v[at - 1])) && len - at >= 4 && (len - at == 4 || !is_digit(v[at + 4]));
    return alone && is_digit(v[at + 2]) && is_digit(v[at + 3]) && (!memcmp(v + at, "19", 2) || !memcmp(v + at, "20", 2))
               ? 4
               : 0;
}

static size_t unexplained(const char *v, size_t len, bool *ret_met)
{
    size_t left = 0, n;
    *ret_met = false;
    for (size_t i = 0; i < len; i += n) {
        if ((n = run_at(v, len, i)) || (n = word_at(v, len, i))) {
            *ret_met = true;
        } else if (!(n = year_at(v, len, i))) {
            n = 1;
            left += is_letter(v[i]) || is_digit(v[i]);
        }
    }
    return left;
}

/* Made of words and rows, with too little between them. */
static bool is_made_up(const char *v, size_t len)
{
    bool met;
    size_t left = unexplained(v, len, &met);
    return met && left < UNEXPLAINED_ENOUGH;
}

size_t strength_unexplained(const char *value, size_t len)
{
    bool met;
    return unexplained(value, len, &met);
}

static bool is_repeated(const char *v, size_t len, size_t period)
{
    for (size_t i = period; i < len; i++)
        if (v[i] != v[i - period])
            return false;
    return true;
}

/* Few different characters, or the same piece again and again. */
static bool is_repetitive(const char *v, size_t len)
{
    bool met[256] = { false };
    int distinct = 0;
    for (size_t i = 0; i < len; i++) {
        distinct += !met[(unsigned char)v[i]];
        met[(unsigned char)v[i]] = true;
    }
    if (len >= 8 && distinct < DISTINCT_MIN)
        return true;
    for (size_t period = 1; period <= len / 2 && period < STRENGTH_LENGTH; period++)
        if (is_repeated(v, len, period))
            return true;
    return false;
}

static bool is_short(const char *v, size_t len)
{
    (void)v;
    return len < STRENGTH_LENGTH;
}

static bool has_line_break(const char *v, size_t len)
{
    return memchr(v, '\n', len) || memchr(v, '\r', len);
}

static bool has_space_around(const char *v, size_t len)
{
    return len > 0 && (v[0] == ' ' || v[0] == '\t' || v[len - 1] == ' ' || v[len - 1] == '\t');
}

static const struct {
    bool (*found)(const char *v, size_t len);
    struct strength_finding finding;
} RULES[STRENGTH_FINDINGS] = {
    { is_short, { "short", "has fewer than 32 characters: if it is yours to choose, take a longer random one", true } },
    { is_made_up,
      { "made_up", "looks like a placeholder or made up by hand, which is easily guessed: take a random one", true } },
    { is_repetitive, { "repetitive", "repeats itself, and is easily guessed: take a random one", true } },
    { has_line_break,
      { "line_break",
        "holds a line break, which a body can carry and a header cannot: where it stands in a header, set it again "
        "without one",
        false } },
    { has_space_around,
      { "space_around", "begins or ends with a space: if that came along with a copy, set it again without", false } },
};

int strength_findings(const char *value, size_t len, struct strength_finding found[STRENGTH_FINDINGS])
{
    int n = 0;
    for (size_t i = 0; i < STRENGTH_FINDINGS; i++)
        if (RULES[i].found(value, len))
            found[n++] = RULES[i].finding;
    return n;
}

int strength_refuse(const char *name, size_t len, struct err *e)
{
    if (len >= REDACT_MIN)
        return 0;
    return err_at(e, ERR_INVALID, "/value",
                  "the value of secret '%s' has fewer than %d characters: answers that repeat it could not be cleaned "
                  "of it, so that it would not stay secret; give a longer one",
                  name, REDACT_MIN);
}
