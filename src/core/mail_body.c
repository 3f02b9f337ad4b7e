/* mail_body.c - see mail_body.h. */
#include "core/mail_body.h"

#include "base/crypto.h"
#include "base/json.h"

#include <string.h>

#define LINE_OCTETS 76
#define BASE64_IN 57 /* that many octets are a line of 76 */

static const char hex[] = "0123456789ABCDEF";

/* CRLF after every line, the last included. */
static void with_line_ends(const char *text, struct buf *out)
{
    const char *end;
    for (; *text; text = end) {
        size_t len = strcspn(text, "\r\n");
        json_utf8_repair(out, text, len);
        buf_str_add(out, "\r\n");
        end = text + len;
        end += end[0] == '\r' && end[1] == '\n' ? 2 : end[0] != '\0';
    }
}

static bool is_literal(unsigned char c)
{
    return c == '\t' || (c >= ' ' && c < 0x7f && c != '=');
}

/* Does the octet at `at` stand as it is? A blank at the end of a line would be lost on the way, "From " may be taken for the beginning of a message
 * and a dot for its end. */
static bool stands(const char *line, size_t len, size_t at, bool line_begins)
{
    unsigned char c = (unsigned char)line[at];
    if (!is_literal(c))
        return false;
    if ((c == ' ' || c == '\t') && at + 1 == len)
        return false;
    return !(line_begins && (c == '.' || (c == 'F' && len - at >= 5 && memcmp(line + at, "From ", 5) == 0)));
}

/* One line of the text, with soft line ends. Octets of a character stay together. */
static void write_quoted_line(const char *line, size_t len, struct buf *out)
{
    size_t column = 0;
    for (size_t at = 0; at < len;) {
        char piece[12];
        size_t n = 0, octets = 0;
        do {
            unsigned char c = (unsigned char)line[at + octets];
            bool as_it_is = octets == 0 && stands(line, len, at, column == 0);
            if (as_it_is) {
                piece[n++] = (char)c;
            } else {
                piece[n++] = '=';
                piece[n++] = hex[c >> 4];
                piece[n++] = hex[c & 15];
            }
            octets++;
        } while (at + octets < len && ((unsigned char)line[at + octets] & 0xc0) == 0x80 && n + 3 <= sizeof(piece));
        bool last = at + octets == len;
        if (column + n > (last ? LINE_OCTETS : LINE_OCTETS - 1)) { /* room for the '=' */
            buf_str_add(out, "=\r\n");
            column = 0;
            continue; /* what begins a line may look different */
        }
        buf_add(out, piece, n);
        column += n;
        at += octets;
    }
    buf_str_add(out, "\r\n");
}

static void write_quoted(const struct buf *text, struct buf *out)
{
    for (size_t at = 0; at < text->len;) {
        const char *line = text->data + at;
        size_t len = (size_t)((const char *)memchr(line, '\r', text->len - at) - line);
        write_quoted_line(line, len, out);
        at += len + 2;
    }
}

static void write_base64(const struct buf *text, struct buf *out)
{
    char line[LINE_OCTETS + 1];
    for (size_t at = 0; at < text->len; at += BASE64_IN) {
        size_t left = text->len - at;
        crypto_base64(text->data + at, left < BASE64_IN ? left : BASE64_IN, line);
        buf_str_add(out, line);
        buf_str_add(out, "\r\n");
    }
}

void mail_body_write(const char *text, struct buf *out)
{
    size_t max =
        4 * strlen(text) +
        16; /* an octet that is no UTF-8 becomes three; in quoted-printable each is three, and some line ends */
    struct buf plain buf_auto = BUF_INIT(max), quoted buf_auto = BUF_INIT(4 * max);
    with_line_ends(text, &plain);
    write_quoted(&plain, &quoted);
    bool base64 = (plain.len + BASE64_IN - 1) / BASE64_IN * 2 + (plain.len + 2) / 3 * 4 < quoted.len;
    buf_printf(out, "Content-Transfer-Encoding: %s\r\n\r\n", base64 ? "base64" : "quoted-printable");
    if (base64)
        write_base64(&plain, out);
    else
        buf_add(out, buf_str(&quoted), quoted.len);
}
