/* mail.c - see mail.h. The fields of a message, one after the other. */
#include "core/mail.h"

#include "core/mail_body.h"
#include "core/mail_field.h"

#include <stdio.h>
#include <string.h>

#define ID_PART_MAX 200 /* octets of either side of a message id */

static void add_date(struct wall at, struct buf *out)
{
    static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct civil c = civil_from_ms(at.ms);
    int weekday = civil_weekday(civil_to_days(c.year, c.month, c.day));
    buf_printf(out, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d +0000\r\n", days + 3 * weekday, c.day,
               months + 3 * (c.month - 1), c.year, c.hour, c.minute, c.second);
}

/* The mailbox, as one or two tokens; `after` is "," or "". */
static void add_mailbox(struct mail_field *f, const struct mail_address *a, const char *after)
{
    char token[MAIL_ADDRESS_MAX + 4];
    bool named = a->name && a->name[0];
    if (named)
        mail_field_phrase(f, a->name);
    snprintf(token, sizeof(token), "%s%.*s%s%s", named ? "<" : "", MAIL_ADDRESS_MAX, a->address, named ? ">" : "",
             after);
    mail_field_token(f, token);
}

static void add_mailboxes(const char *name, const struct mail_address *a, int n, struct buf *out)
{
    struct mail_field f;
    mail_field_begin(&f, out, name);
    for (int i = 0; i < n; i++)
        add_mailbox(&f, &a[i], i + 1 < n ? "," : "");
    if (n == 0)
        mail_field_token(&f, "undisclosed-recipients:;");
    mail_field_end(&f);
}

static void add_subject(const char *text, struct buf *out)
{
    struct mail_field f;
    mail_field_begin(&f, out, "Subject");
    mail_field_text(&f, text);
    mail_field_end(&f);
}

/* Of a message id's side: words with single dots between them, of letters, digits, '-' and '_'. */
static void id_part(const char *text, const char *otherwise, char out[ID_PART_MAX + 1])
{
    size_t n = 0;
    for (; *text && n < ID_PART_MAX; text++) {
        char c = *text;
        bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        if (c == '.' && (n == 0 || out[n - 1] == '.'))
            continue;
        out[n++] = fine || c == '.' ? c : '-';
    }
    while (n > 0 && out[n - 1] == '.')
        n--;
    out[n] = '\0';
    if (n == 0)
        snprintf(out, ID_PART_MAX + 1, "%s", otherwise);
}

static void add_id(const char *name, const char *left, const char *host, struct buf *out)
{
    char l[ID_PART_MAX + 1], r[ID_PART_MAX + 1], token[2 * ID_PART_MAX + 4];
    struct mail_field f;
    id_part(left, "message", l);
    id_part(host, "edgecron.invalid", r);
    snprintf(token, sizeof(token), "<%s@%s>", l, r);
    mail_field_begin(&f, out, name);
    mail_field_token(&f, token);
    mail_field_end(&f);
}

void mail_write(const struct mail_message *m, struct buf *out)
{
    add_date(m->at, out);
    add_mailboxes("From", &m->from, 1, out);
    add_mailboxes("To", m->to, m->n_to, out);
    add_subject(m->subject, out);
    add_id("Message-ID", m->id, m->host, out);
    if (m->thread) {
        add_id("In-Reply-To", m->thread, m->host, out);
        add_id("References", m->thread, m->host, out);
    }
    buf_str_add(out, "Auto-Submitted: auto-generated\r\n");
    if (m->urgent)
        buf_str_add(out, "Importance: high\r\n");
    buf_str_add(out, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n");
    mail_body_write(m->text, out);
}
