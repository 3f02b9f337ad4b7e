/* mail_driver.c - writes messages for the differential test against Python's parser (mail.mjs).
 *
 *     mail_driver < questions
 *
 * A question is a line of JSON: { "from", "to": [], "subject", "text", "id", "host", "thread", "at_ms", "urgent" }, mailboxes as people write them. Its answer
 * is the message in hex, or "failed TEXT". */
#include "base/json.h"
#include "core/mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE (1 << 20)

static const char *text_of(const struct json *v, const char *key)
{
    return json_string(json_get(v, key));
}

static void answer(const struct json *q, struct arena *a, struct buf *out)
{
    struct mail_address to[MAIL_TO_MAX];
    const struct json *list = json_get(q, "to");
    struct mail_message m = { .to = to, .n_to = (int)json_count(list) };
    struct buf message buf_auto = BUF_INIT(LINE_SIZE);
    struct err e;
    if (mail_address_parse(text_of(q, "from"), a, &m.from, &e) < 0) {
        buf_printf(out, "failed %s", e.text);
        return;
    }
    int n = 0;
    for (const struct json *v = json_first(list); v; v = json_next(v))
        if (mail_address_parse(json_string(v), a, &to[n++], &e) < 0) {
            buf_printf(out, "failed %s", e.text);
            return;
        }
    m.subject = text_of(q, "subject");
    m.text = text_of(q, "text");
    m.id = text_of(q, "id");
    m.host = text_of(q, "host");
    m.thread = text_of(q, "thread");
    m.at.ms = (int64_t)json_number(json_get(q, "at_ms"));
    m.urgent = json_bool(json_get(q, "urgent"));
    mail_write(&m, &message);
    for (size_t i = 0; i < message.len; i++)
        buf_printf(out, "%02x", (unsigned char)message.data[i]);
}

int main(void)
{
    static char line[LINE_SIZE];
    json_init();
    while (fgets(line, sizeof(line), stdin)) {
        struct err e;
        struct json *q json_auto = json_parse(line, strlen(line), &e);
        struct arena *a = arena_new(0);
        struct buf out buf_auto = BUF_INIT(4 * LINE_SIZE);
        if (!q) {
            fprintf(stderr, "mail_driver: %s\n", e.text);
            return 2;
        }
        answer(q, a, &out);
        puts(buf_str(&out));
        arena_free(a);
    }
    return 0;
}
