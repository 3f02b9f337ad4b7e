/* mail_fuzz.c - messages of any texts, and anything as a mailbox: never a fault; a message is ASCII in lines that end with CRLF, has the fields that it should have
 * and no other, and its lines are no longer than they may be; a mailbox that is taken, written, is taken again and the same.
 *
 * Input: parts, each ended by a byte 0x00: a mailbox, the subject, the text, the id, the host, the thread. */
#include "base/json.h"
#include "core/mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                    \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "%s:%d: " #condition "\n", __FILE__, __LINE__); \
            abort();                                                        \
        }                                                                   \
    } while (0)

#define PARTS 6

static const char *const fields[] = { "Date",
                                      "From",
                                      "To",
                                      "Subject",
                                      "Message-ID",
                                      "In-Reply-To",
                                      "References",
                                      "Auto-Submitted",
                                      "MIME-Version",
                                      "Content-Type",
                                      "Content-Transfer-Encoding" };

static void check_line(const char *line, size_t len, bool head, bool subject)
{
    for (size_t i = 0; i < len; i++)
        CHECK((line[i] >= ' ' && line[i] < 0x7f) || (!head && line[i] == '\t'));
    if (!head)
        CHECK(len <= 76 && line[0] != '.' && strncmp(line, "From ", 5) != 0);
    else if (subject && memmem(line, len, "=?utf-8?", 8))
        CHECK(len <= 76);
    else if (len > 78) /* one token that cannot be broken */
        CHECK(len <= 998 && !memchr(line + 1, ' ', len - 1));
}

/* A field: what stands before its colon. Lines that go on begin with a space and are not empty. */
static void check_message(const char *text, size_t len)
{
    bool head = true, subject = false;
    size_t n = 0;
    for (const char *line = text, *end; line < text + len; line = end + 2) {
        end = memmem(line, len - (size_t)(line - text), "\r\n", 2);
        CHECK(end);
        subject = strncmp(line, "Subject:", 8) == 0 || (subject && line[0] == ' ');
        check_line(line, (size_t)(end - line), head, subject);
        if (head && end == line) {
            head = false;
            CHECK(n == sizeof(fields) / sizeof(fields[0]));
        } else if (head && line[0] != ' ') {
            size_t name = strlen(fields[n]);
            CHECK(strncmp(line, fields[n], name) == 0 && line[name] == ':');
            n++;
        } else if (head) {
            CHECK(strspn(line, " \t") < (size_t)(end - line));
        }
    }
    CHECK(!head);
}

/* As somebody would write it again. */
static void check_again(const struct mail_address *m, struct arena *a)
{
    struct buf text buf_auto = BUF_INIT(4096);
    struct mail_address again;
    struct err e;
    if (m->name) {
        CHECK(json_utf8_valid(m->name, strlen(m->name)) && strlen(m->name) <= MAIL_NAME_MAX);
        buf_char(&text, '"');
        for (const char *s = m->name; *s; s++) {
            if (*s == '"' || *s == '\\')
                buf_char(&text, '\\');
            buf_char(&text, *s);
        }
        buf_char(&text, '"');
    }
    buf_printf(&text, "<%s>", m->address);
    CHECK(mail_address_parse(buf_str(&text), a, &again, &e) == 0);
    CHECK(strcmp(again.address, m->address) == 0 && !again.name == !m->name);
    CHECK(!m->name || strcmp(again.name, m->name) == 0);
    for (const char *s = m->address; *s; s++)
        CHECK(*s > ' ' && *s < 0x7f && *s != '<' && *s != '>');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size + PARTS), *parts[PARTS];
    struct arena *a = arena_new(0);
    struct mail_address to;
    struct err e;
    memcpy(copy, data, size);
    memset(copy + size, 0, PARTS);
    for (char *at = copy, **p = parts; p < parts + PARTS; p++, at += strlen(at) + (at < copy + size))
        *p = at;
    if (mail_address_parse(parts[0], a, &to, &e) == 0)
        check_again(&to, a);
    else
        to = (struct mail_address){ parts[1], parts[0] };
    struct mail_message m = {
        .from = to,
        .to = &to,
        .n_to = 1,
        .subject = parts[1],
        .text = parts[2],
        .id = parts[3],
        .host = parts[4],
        .thread = parts[5],
    };
    struct buf out buf_auto = BUF_INIT(1 << 26);
    mail_write(&m, &out);
    CHECK(!out.full);
    check_message(buf_str(&out), out.len);
    arena_free(a);
    free(copy);
    return 0;
}
