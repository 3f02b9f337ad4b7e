#include "store/audit.h"

#include "store/statement.h"

#include <stdio.h>
#include <string.h>

static const char *const ACTIONS[] = {
#define X(name, text) [name] = text,
    AUDIT_TABLE(X)
#undef X
};
static const char *const KINDS[] = { [AUDIT_SYSTEM] = "system",
                                     [AUDIT_CLI] = "cli",
                                     [AUDIT_TOKEN] = "token",
                                     [AUDIT_ADMIN] = "admin",
                                     [AUDIT_ANYONE] = "anyone" };

const char *audit_action_name(enum audit_action a)
{
    return (unsigned)a < AUDIT_ACTIONS ? ACTIONS[a] : NULL;
}

void store_actor_set(struct store *s, const struct audit_actor *actor)
{
    s->actor = actor ? *actor : (struct audit_actor){ .kind = AUDIT_SYSTEM };
}

/* What is done in one millisecond is told in the order in which it was done (RFC 9562, section 6.2, method 2). */
static void entry_id(struct store *s, struct wall at, uint8_t ret[ID_SIZE])
{
    char text[ID_TEXT_SIZE];
    id_new(at, text);
    id_to_bytes(text, ret);
    if (!memcmp(ret, s->audit_last, 6) && memcmp(ret, s->audit_last, ID_SIZE) <= 0) {
        memcpy(ret, s->audit_last, ID_SIZE);
        for (int i = ID_SIZE - 1; i > 8 && !++ret[i]; i--)
            ;
    }
    memcpy(s->audit_last, ret, ID_SIZE);
}

int audit_add(struct store *s, const struct audit_entry *entry, struct err *e)
{
    uint8_t id[ID_SIZE];
    char actor[80];
    bool named = s->actor.name[0];
    entry_id(s, entry->at, id);
    snprintf(actor, sizeof actor, "%s%s%s", KINDS[s->actor.kind], named ? ":" : "", named ? s->actor.name : "");
    struct statement q = statement_begin(s, Q_AUDIT_INSERT);
    statement_blob(&q, id, sizeof id);
    statement_wall(&q, entry->at);
    statement_text(&q, actor);
    statement_text(&q, s->actor.address);
    statement_text(&q, audit_action_name(entry->action));
    statement_text(&q, entry->resource ? entry->resource : "");
    statement_text(&q, entry->detail ? entry->detail : "{}");
    return statement_run(&q, e);
}

static void least_of(struct wall since, uint8_t out[ID_SIZE])
{
    int64_t ms = wall_is_none(since) || since.ms < 0 ? 0 : since.ms;
    for (int i = 0; i < ID_SIZE; i++)
        out[i] = i < 6 ? (uint8_t)((uint64_t)ms >> (40 - 8 * i)) : 0;
}

static void read_row(struct statement *q, struct arena *a, struct audit_row *ret)
{
    next_id(q, ret->id);
    ret->at = next_wall(q);
    ret->actor = next_text_copy(q, a);
    ret->address = next_text_copy(q, a);
    ret->action = next_text_copy(q, a);
    ret->resource = next_text_copy(q, a);
    ret->detail = next_text_copy(q, a);
}

/* The index that leaves least to look at: a thing has few entries, a person more, an action most. */
static enum query query_of(const struct audit_filter *f)
{
    return f->resource ? Q_AUDIT_LIST_RESOURCE
           : f->actor  ? Q_AUDIT_LIST_ACTOR
           : f->action ? Q_AUDIT_LIST_ACTION
                       : Q_AUDIT_LIST;
}

static int bounds_of(const struct audit_filter *f, uint8_t least[ID_SIZE], uint8_t below[ID_SIZE], struct err *e)
{
    uint8_t until[ID_SIZE];
    memset(below, 0xff, ID_SIZE);
    if (f->limit < 1 || f->limit > 1000)
        return err_at(e, ERR_INVALID, "/limit", "'limit' is 1 to 1000");
    if (f->cursor && !id_to_bytes(f->cursor, below))
        return err_at(e, ERR_INVALID, "/cursor", "'%.64s' is not a cursor: give 'next_cursor' of the page before",
                      f->cursor);
    least_of(f->since, least);
    least_of(f->until, until);
    if (!wall_is_none(f->until) && memcmp(until, below, ID_SIZE) < 0)
        memcpy(below, until, ID_SIZE);
    return 0;
}

int audit_list(struct store *s, const struct audit_filter *f, struct arena *a, struct audit_row **ret, int *ret_n,
               const char **ret_next_cursor, struct err *e)
{
    uint8_t least[ID_SIZE], below[ID_SIZE];
    int n = 0, rc = bounds_of(f, least, below, e);
    if (rc)
        return rc;
    struct audit_row *rows = arena_alloc(a, ((size_t)f->limit + 1) * sizeof *rows);
    struct statement q = statement_begin(s, query_of(f));
    statement_blob(&q, least, sizeof least);
    statement_blob(&q, below, sizeof below);
    statement_text(&q, f->resource);
    statement_text(&q, f->actor);
    statement_text(&q, f->action);
    statement_int(&q, (int64_t)f->limit + 1); /* one more tells whether there is a next page */
    while ((rc = statement_row(&q, e)) > 0)
        read_row(&q, a, &rows[n++]);
    *ret = rows;
    *ret_n = n > f->limit ? f->limit : n;
    *ret_next_cursor = n > f->limit ? rows[f->limit - 1].id : NULL;
    return rc;
}

int audit_prune(struct store *s, struct wall before, int limit, struct err *e)
{
    uint8_t below[ID_SIZE];
    least_of(before, below);
    struct statement q = statement_begin(s, Q_AUDIT_PRUNE);
    statement_blob(&q, below, sizeof below);
    statement_int(&q, limit);
    return statement_run(&q, e);
}
