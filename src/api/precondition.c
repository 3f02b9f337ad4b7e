#include "api/precondition.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *skip_space(const char *p)
{
    return p + strspn(p, " \t");
}

/* The entity tag at p: its opaque part with the quotes, and what follows it. NULL: there is none. */
static const char *read_tag(const char *p, bool *weak, const char **ret, size_t *ret_len)
{
    *weak = p[0] == 'W' && p[1] == '/';
    p += *weak ? 2 : 0;
    const char *end = *p == '"' ? strchr(p + 1, '"') : NULL;
    if (!end)
        return NULL;
    *ret = p;
    *ret_len = (size_t)(end + 1 - p);
    return end + 1;
}

/* Walks the list: false when it is none. *found: one of its tags is `tag` (weak ones only with `weak_too`). `tag` NULL: only reads. */
static bool look_through(const char *list, const char *tag, bool weak_too, bool *found)
{
    *found = false;
    for (const char *p = skip_space(list);;) {
        bool weak;
        const char *text;
        size_t len;
        p = read_tag(p, &weak, &text, &len);
        if (!p)
            return false;
        if (tag && strlen(tag) == len && !memcmp(tag, text, len) && (weak_too || !weak))
            *found = true;
        p = skip_space(p);
        if (!*p)
            return true;
        if (*p != ',')
            return false;
        p = skip_space(p + 1);
    }
}

static bool is_star(const char *field)
{
    return !strcmp(skip_space(field), "*");
}

static int read_field(const struct request *q, const char *name, const char **ret, struct err *e)
{
    bool found;
    const char *value = q->header(q->ctx, name);
    *ret = value ? arena_strdup(q->arena, value) : NULL;
    if (!value || is_star(value) || look_through(value, NULL, false, &found))
        return 0;
    return err_set(e, ERR_MALFORMED, "'%s' takes ETags of earlier answers, with their quotes, such as \"3\", or *",
                   name);
}

int precondition_read(const struct request *q, struct precondition *ret, struct err *e)
{
    int rc = read_field(q, "If-Match", &ret->if_match, e);
    return rc ? rc : read_field(q, "If-None-Match", &ret->if_none_match, e);
}

static void tag_of(int64_t revision, char out[32])
{
    snprintf(out, 32, "\"%" PRId64 "\"", revision);
}

/* Does the list, or "*", name what is there? */
static bool matches(const char *field, int64_t revision, bool weak_too)
{
    char tag[32];
    bool found;
    tag_of(revision, tag);
    if (revision == 0 || is_star(field))
        return revision != 0;
    return look_through(field, tag, weak_too, &found) && found;
}

int precondition_check(const struct precondition *c, const char *what, const char *name, int64_t revision,
                       struct reply *p, struct err *e)
{
    bool wanted = !c->if_match || matches(c->if_match, revision, false);
    bool unwanted = c->if_none_match && matches(c->if_none_match, revision, true);
    if (wanted && !unwanted)
        return 0;
    if (revision)
        reply_revision(p, revision);
    if (wanted && is_star(c->if_none_match))
        return err_set(e, ERR_PRECONDITION, "there is a %s '%s' already, at revision %" PRId64, what, name, revision);
    if (revision)
        return err_set(e, ERR_PRECONDITION,
                       "%s '%s' is at revision %" PRId64 ", which is not what the request expects: read it again, and "
                       "make the change to that",
                       what, name, revision);
    return err_set(e, ERR_PRECONDITION, "there is no %s '%s' (any more), and the request expects one", what, name);
}

bool precondition_unmodified(const struct request *q, int64_t revision, struct reply *p)
{
    const char *field = q->header(q->ctx, "If-None-Match");
    if (!field || !matches(field, revision, true))
        return false;
    p->status = 304;
    p->content_type = NULL;
    reply_revision(p, revision);
    return true;
}
