/* mail_field.c - see mail_field.h. */
#include "core/mail_field.h"

#include "base/crypto.h"
#include "base/json.h"

#include <string.h>

#define LINE_MAX_OCTETS 76 /* of a line with an encoded word; others may have 78 */
#define WORD_MAX_OCTETS 75
#define WORD_AROUND 12      /* =?utf-8?B??= */
#define WORD_ROOM_LEAST 24  /* less room on a line is not worth a word: a character has at most 12 */
#define TEXT_MAX_OCTETS 998 /* of a whole field's text; more is cut */
#define PLAIN_WORD_MAX 60   /* a longer one could not be folded: it is encoded, in pieces */

static const char hex[] = "0123456789ABCDEF";

void mail_field_begin(struct mail_field *f, struct buf *out, const char *name)
{
    f->out = out;
    f->column = strlen(name) + 1;
    buf_str_add(out, name);
    buf_char(out, ':');
}

void mail_field_end(struct mail_field *f)
{
    buf_str_add(f->out, "\r\n");
}

static void fold(struct mail_field *f)
{
    buf_str_add(f->out, "\r\n");
    f->column = 0;
}

/* `token` is printable ASCII, or a quoted string. */
static void add_token(struct mail_field *f, const char *token, size_t len)
{
    if (f->column + 1 + len > LINE_MAX_OCTETS && f->column > 0)
        fold(f);
    buf_char(f->out, ' ');
    buf_add(f->out, token, len);
    f->column += 1 + len;
}

void mail_field_token(struct mail_field *f, const char *token)
{
    struct buf clean buf_auto = BUF_INIT(TEXT_MAX_OCTETS);
    for (; *token && !clean.full; token++)
        buf_char(&clean, *token > ' ' && *token < 0x7f ? *token : '-');
    add_token(f, buf_str(&clean), clean.len);
}

/* Valid UTF-8 without control characters, cut between characters. */
static void clean_text(const char *text, struct buf *out)
{
    struct buf valid buf_auto = BUF_INIT(4 * TEXT_MAX_OCTETS);
    size_t len = strnlen(text, TEXT_MAX_OCTETS + 1);
    if (len > TEXT_MAX_OCTETS)
        for (len = TEXT_MAX_OCTETS; len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80; len--)
            ;
    json_utf8_repair(&valid, text, len);
    for (size_t i = 0; i < valid.len; i++) {
        unsigned char c = (unsigned char)valid.data[i];
        buf_char(out, c < 0x20 || c == 0x7f ? ' ' : (char)c);
    }
}

static bool is_plain_octet(char c)
{
    return c >= ' ' && c < 0x7f;
}

/* May it stand as it is? Printable ASCII in words with single spaces between them, and nothing that looks like an encoded word. */
static bool is_plain(const char *s, size_t len)
{
    size_t word = 0;
    for (size_t i = 0; i < len; i++) {
        if (!is_plain_octet(s[i]))
            return false;
        if (s[i] == ' ' && (i == 0 || i + 1 == len || s[i + 1] == ' '))
            return false;
        word = s[i] == ' ' ? 0 : word + 1;
        if (word > PLAIN_WORD_MAX)
            return false;
    }
    return !strstr(s, "=?");
}

static void add_words(struct mail_field *f, const char *s)
{
    while (*s) {
        size_t len = strcspn(s, " ");
        add_token(f, s, len);
        s += len + (s[len] == ' ');
    }
}

/* In a word of Q: as in a phrase (RFC 2047, 5, rule 3), which is right everywhere. */
static bool is_q_safe(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("!*+-/", c));
}

static size_t q_cost(const char *s, size_t len)
{
    size_t cost = 0;
    for (size_t i = 0; i < len; i++)
        cost += is_q_safe(s[i]) || s[i] == ' ' ? 1 : 3;
    return cost;
}

static size_t b_cost(size_t len)
{
    return (len + 2) / 3 * 4;
}

static size_t character_len(const char *s)
{
    unsigned char c = (unsigned char)s[0];
    return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* How many octets, whole characters, fit into `room` octets of an encoded word. */
static size_t fitting(const char *s, size_t room, bool base64)
{
    size_t len = 0;
    while (s[len]) {
        size_t more = len + character_len(s + len);
        if ((base64 ? b_cost(more) : q_cost(s, more)) > room)
            break;
        len = more;
    }
    return len;
}

static void write_q(const char *s, size_t len, struct buf *out)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        if (is_q_safe(s[i]) || c == ' ')
            buf_char(out, c == ' ' ? '_' : s[i]);
        else
            buf_add(out, (char[]){ '=', hex[c >> 4], hex[c & 15] }, 3);
    }
}

static void write_b(const char *s, size_t len, struct buf *out)
{
    char text[WORD_MAX_OCTETS + 1];
    crypto_base64(s, len, text);
    buf_str_add(out, text);
}

/* Encoded words, Q or B, whichever is shorter. White space between two of them means nothing, so all that is said is within. */
static void add_encoded(struct mail_field *f, const char *s, size_t len)
{
    bool base64 = b_cost(len) < q_cost(s, len);
    while (*s) {
        struct buf word buf_auto = BUF_INIT(WORD_MAX_OCTETS);
        if (f->column + 1 + WORD_AROUND + WORD_ROOM_LEAST > LINE_MAX_OCTETS)
            fold(f);
        size_t room = LINE_MAX_OCTETS - f->column - 1;
        size_t part = fitting(s, (room < WORD_MAX_OCTETS ? room : WORD_MAX_OCTETS) - WORD_AROUND, base64);
        buf_str_add(&word, base64 ? "=?utf-8?B?" : "=?utf-8?Q?");
        (base64 ? write_b : write_q)(s, part, &word);
        buf_str_add(&word, "?=");
        add_token(f, buf_str(&word), word.len);
        s += part;
    }
}

void mail_field_text(struct mail_field *f, const char *text)
{
    struct buf clean buf_auto = BUF_INIT(4 * TEXT_MAX_OCTETS);
    clean_text(text, &clean);
    if (is_plain(buf_str(&clean), clean.len))
        add_words(f, buf_str(&clean));
    else
        add_encoded(f, buf_str(&clean), clean.len);
}

static bool is_atoms(const char *s)
{
    return !s[strspn(s, " abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~")];
}

static bool add_quoted(struct mail_field *f, const char *s)
{
    struct buf quoted buf_auto = BUF_INIT(LINE_MAX_OCTETS - 1);
    buf_char(&quoted, '"');
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            buf_char(&quoted, '\\');
        buf_char(&quoted, *s);
    }
    buf_char(&quoted, '"');
    if (!quoted.full)
        add_token(f, buf_str(&quoted), quoted.len);
    return !quoted.full;
}

void mail_field_phrase(struct mail_field *f, const char *text)
{
    struct buf clean buf_auto = BUF_INIT(4 * TEXT_MAX_OCTETS);
    clean_text(text, &clean);
    bool plain = is_plain(buf_str(&clean), clean.len);
    if (plain && is_atoms(buf_str(&clean)))
        add_words(f, buf_str(&clean));
    else if (!plain || !add_quoted(f, buf_str(&clean)))
        add_encoded(f, buf_str(&clean), clean.len);
}
