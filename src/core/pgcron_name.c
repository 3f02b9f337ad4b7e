#include "core/pgcron_name.h"

#include "core/job.h"

#include <stdio.h>
#include <string.h>

/* U+00C0 to U+00DF; those to U+00FF are their small letters. '-' for what is no letter. */
static const char LATIN[] = "aaaaaa*ceeeeiiiidnooooo-ouuuuyt*";

struct spelling {
    char text[JOB_NAME_MAX + 1];
    size_t len;
};

static void add(struct spelling *s, char c)
{
    if (s->len < JOB_NAME_MAX && !(c == '-' && (s->len == 0 || s->text[s->len - 1] == '-')) &&
        !(c == '_' && s->len == 0))
        s->text[s->len++] = c;
}

/* A code point of two bytes, beginning with lead. */
static void add_latin(struct spelling *s, unsigned char lead, unsigned char next)
{
    unsigned code = (lead & 0x1fu) << 6 | (next & 0x3fu);
    if (code == 0x152 || code == 0x153 || code == 0xc6 || code == 0xe6) { /* oe, ae */
        add(s, code > 0x100 ? 'o' : 'a');
        add(s, 'e');
    } else if (code == 0xdf) {
        add(s, 's');
        add(s, 's');
    } else if (code >= 0xc0 && code <= 0xff) {
        add(s, code == 0xff ? 'y' : LATIN[code & 0x1f]);
    } else {
        add(s, '-');
    }
}

static void add_text(struct spelling *s, const char *text)
{
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c >= 'A' && c <= 'Z')
            add(s, (char)(c - 'A' + 'a'));
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')
            add(s, (char)c);
        else if (c >= 0xc2 && c <= 0xdf && ((unsigned char)p[1] & 0xc0) == 0x80)
            add_latin(s, c, (unsigned char)*++p);
        else
            add(s, '-');
    }
}

const char *pgcron_name_near(const char *text, const char *fallback, struct arena *a)
{
    struct spelling s = { .len = 0 };
    if (job_name_valid(text))
        return arena_strdup(a, text);
    add_text(&s, text);
    while (s.len > 0 && s.text[s.len - 1] == '-')
        s.len--;
    return s.len ? arena_strndup(a, s.text, s.len) : arena_strdup(a, fallback);
}

const char *pgcron_name_numbered(const char *name, int number, struct arena *a)
{
    char digits[16];
    int len = snprintf(digits, sizeof digits, "-%d", number);
    return arena_printf(a, "%.*s%s", JOB_NAME_MAX - len, name, digits);
}

const char *pgcron_name_take(struct pgcron_names *n, const char *name)
{
    const char *free_name = name;
    int *next = map_get(&n->next, name);
    if (map_get(&n->taken, name)) {
        if (!next) {
            next = arena_alloc(n->arena, sizeof *next);
            *next = 2;
            map_put(&n->next, arena_strdup(n->arena, name), next);
        }
        do
            free_name = pgcron_name_numbered(name, (*next)++, n->arena);
        while (map_get(&n->taken, free_name));
    }
    free_name = arena_strdup(n->arena, free_name);
    map_put(&n->taken, free_name, n);
    return free_name;
}

void pgcron_names_free(struct pgcron_names *n)
{
    map_free(&n->taken);
    map_free(&n->next);
}
