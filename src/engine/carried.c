#include "engine/carried.h"

#include "core/url.h"
#include "engine/usage.h"

#include <inttypes.h>
#include <string.h>

static struct carried_key *find(const struct carried *c, const char *name)
{
    for (int i = 0; i < c->n; i++)
        if (strcmp(c->keys[i].key->name, name) == 0)
            return &c->keys[i];
    return NULL;
}

const char *carried_value(void *ctx, const char *name, const char **why)
{
    struct carried *c = ctx;
    struct key *k = keyring_find(c->engine, name, why);
    if (!k)
        return NULL;
    bool overlaps = k->previous.len && key_overlaps(k, clock_wall());
    const struct secret *used = overlaps && c->previous ? &k->previous : &k->current;
    const struct secret *other = used == &k->current ? &k->previous : &k->current;
    if (!find(c, name)) {
        c->keys = mem_resize(c->keys, (size_t)(c->n + 1) * sizeof *c->keys);
        c->keys[c->n++] =
            (struct carried_key){ key_ref(k), used->version, overlaps ? other->version : 0, k->previous_until };
    }
    return used->value;
}

int carried_check(const struct carried *c, const char *target, const struct url *origin, struct err *e)
{
    int rc = 0;
    for (int i = 0; !rc && i < c->n; i++)
        rc = key_check_place(c->engine, c->keys[i].key, target, origin, e);
    return rc;
}

void carried_sent(const struct carried *c, struct wall now)
{
    for (int i = 0; i < c->n; i++)
        usage_carried(c->engine, c->keys[i].key->name, now);
}

static bool refused(int status)
{
    return status == 401 || status == 403;
}

void carried_answered(const struct carried *c, int status, const char *place, struct wall now)
{
    if (status < 200 || status > 299)
        return; /* an error page may come from something in front that has looked at no key */
    for (int i = 0; i < c->n; i++)
        usage_accepted(c->engine, c->keys[i].key->name, place, c->keys[i].version, now);
}

static bool overlaps(const struct carried *c)
{
    for (int i = 0; i < c->n; i++)
        if (c->keys[i].other)
            return true;
    return false;
}

bool carried_has_previous(const struct carried *c, int status)
{
    return refused(status) && !c->previous && overlaps(c);
}

/* "version 3 of secret 'A' and version 7 of 'B'", of those in an overlap. */
static void add_versions(const struct carried *c, bool other, struct buf *out)
{
    int n = 0;
    for (int i = 0; i < c->n; i++) {
        const struct carried_key *k = &c->keys[i];
        if (k->other)
            buf_printf(out, "%sversion %" PRId64 " of secret '%s'", n++ ? " and " : "", other ? k->other : k->version,
                       k->key->name);
    }
}

static void add_end(const struct carried *c, struct buf *out)
{
    char text[WALL_TEXT_SIZE];
    struct wall first = WALL_NONE;
    for (int i = 0; i < c->n; i++)
        if (c->keys[i].other && (wall_is_none(first) || c->keys[i].until.ms < first.ms))
            first = c->keys[i].until;
    buf_str_add(out, wall_format(first, text));
}

static void explain_accepted(const struct carried *c, struct buf *message)
{
    buf_str_add(message, message->len ? "; accepted with " : "accepted with ");
    add_versions(c, false, message);
    buf_str_add(message, ", which is destroyed at ");
    add_end(c, message);
    buf_str_add(message, ": until then give the function ");
    add_versions(c, true, message);
}

static void explain_refused(const struct carried *c, int status, bool at_most_once, struct buf *message)
{
    buf_printf(message, " (%d with ", status);
    add_versions(c, false, message);
    if (c->previous)
        buf_str_add(message, ", the previous one; the present one was refused before)");
    else if (at_most_once)
        buf_str_add(message, "; the one before, still valid, was not tried: the job is at most once)");
    else {
        buf_str_add(message, "; tried with ");
        add_versions(c, true, message);
        buf_char(message, ')');
    }
}

void carried_explain(const struct carried *c, int status, bool at_most_once, struct buf *message)
{
    if (!overlaps(c))
        return;
    if (refused(status))
        explain_refused(c, status, at_most_once, message);
    else if (c->previous && status >= 200 && status <= 299)
        explain_accepted(c, message);
}

void carried_free(struct carried *c)
{
    for (int i = 0; i < c->n; i++)
        key_unref(c->keys[i].key);
    mem_free(c->keys);
    *c = (struct carried){ 0 };
}
