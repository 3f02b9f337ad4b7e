/* smtp_offer.c - what a server says it can do, line by line of its answer to EHLO (RFC 5321, 4.1.1.1); see smtp_state.h. */
#include "core/smtp_state.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void note_mechanisms(struct smtp_offer *o, const char *words)
{
    o->auth = true;
    while (*words) {
        size_t len = strcspn(words, " =");
        o->auth_plain = o->auth_plain || (len == 5 && strncasecmp(words, "PLAIN", 5) == 0);
        o->auth_login = o->auth_login || (len == 5 && strncasecmp(words, "LOGIN", 5) == 0);
        words += len + (words[len] != '\0');
    }
}

/* A line of EHLO's answer: a keyword and its parameters. */
void smtp_note_offer(struct smtp *s, const char *text, size_t len)
{
    char line[SMTP_LINE_MAX + 1];
    memcpy(line, text, len);
    line[len] = '\0';
    size_t word = strcspn(line, " =");
    const char *rest = line + word + (line[word] != '\0');
    struct smtp_offer *o = &s->offer;
    if (word == 8 && strncasecmp(line, "STARTTLS", 8) == 0) {
        o->starttls = true;
    } else if (word == 4 && strncasecmp(line, "SIZE", 4) == 0) {
        o->size = true;
        o->size_max = strtoll(rest, NULL, 10);
    } else if (word == 4 && strncasecmp(line, "AUTH", 4) == 0) {
        struct buf shown buf_auto = BUF_INIT(sizeof(o->mechanisms) - 1);
        smtp_clean(s, rest, strlen(rest), sizeof(o->mechanisms) - 4, &shown);
        memcpy(o->mechanisms, buf_str(&shown), shown.len + 1);
        note_mechanisms(o, rest);
    }
}
