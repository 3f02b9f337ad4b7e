#include "core/password.h"

#include "base/json.h"
#include "core/strength.h"

#include <string.h>
#include <strings.h>

#define UNEXPLAINED_MIN 6 /* letters and digits that no word, row or year explains */
#define DIGITS_MIN 16     /* of a password of digits alone */

/* Common ones of PASSWORD_MIN characters or more, and beginnings that others are made of, which strength.c does not know. */
static const char *const COMMON[] = {
    "iloveyou",   "princess",   "football",      "baseball",   "basketball", "superman",   "batman",   "dragon",
    "monkey",     "sunshine",   "welcome",       "whatever",   "trustno1",   "starwars",   "computer", "internet",
    "michael",    "jennifer",   "charlie",       "liverpool",  "chocolate",  "butterfly",  "forever",  "freedom",
    "mustang",    "corvette",   "administrator", "1q2w3e4r",   "1qaz2wsx",   "q1w2e3r4",   "zaq12wsx", "qazwsx",
    "asdfgh",     "zxcvbn",     "yxcvbn",        "qwertyuiop", "qwertzuiop", "azertyuiop", "bonjour",  "doudou",
    "soleil",     "loulou",     "hallo",         "sommer",     "winter",     "summer",     "schatz",   "passwort",
    "motdepasse", "contraseña", "contrasena",    "supabase",   "postgres",   "edgecron",   "followup", "changeme",
};

static size_t letters_and_digits(const char *s, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += (s[i] >= '0' && s[i] <= '9') || ((s[i] | 0x20) >= 'a' && (s[i] | 0x20) <= 'z') ||
             (unsigned char)s[i] >= 0x80;
    return n;
}

/* "Sommer2026!!": a common one with little around it. */
static bool is_common(const char *s, size_t len)
{
    for (size_t i = 0; i < sizeof COMMON / sizeof COMMON[0]; i++) {
        size_t n = strlen(COMMON[i]);
        for (size_t at = 0; at + n <= len; at++)
            if (!strncasecmp(s + at, COMMON[i], n) && letters_and_digits(s, len) < n + UNEXPLAINED_MIN)
                return true;
    }
    return false;
}

static bool is_digits(const char *s, size_t len)
{
    return strspn(s, "0123456789 .-/") >= len && letters_and_digits(s, len) < DIGITS_MIN;
}

static bool is_repetitive(const char *s, size_t len)
{
    struct strength_finding found[STRENGTH_FINDINGS];
    int n = strength_findings(s, len, found);
    for (int i = 0; i < n; i++)
        if (!strcmp(found[i].code, "repetitive"))
            return true;
    return false;
}

static bool is_text(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
            return false;
    return json_utf8_valid(s, len);
}

static size_t characters(const char *s, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += ((unsigned char)s[i] & 0xc0) != 0x80;
    return n;
}

int password_check(const char *password, size_t len, struct err *e)
{
    if (len > PASSWORD_MAX || strlen(password) != len || !is_text(password, len))
        return err_at(e, ERR_INVALID, "/password",
                      "a password is one line of UTF-8 text without control characters, of at most %d bytes",
                      PASSWORD_MAX);
    if (characters(password, len) < PASSWORD_MIN)
        return err_at(e, ERR_INVALID, "/password", "the password is too short: take %d characters or more",
                      PASSWORD_MIN);
    if (is_common(password, len) || is_digits(password, len) || is_repetitive(password, len) ||
        strength_unexplained(password, len) < UNEXPLAINED_MIN)
        return err_at(e, ERR_INVALID, "/password",
                      "the password is among the first that a guesser tries: take several unrelated words, or a "
                      "random one");
    return 0;
}
