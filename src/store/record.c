#include "store/record.h"

#include "store/alerts.h"

#include <inttypes.h>
#include <string.h>

int record_expect(const char *kind, const char *name, bool exists, int64_t revision, int64_t if_revision, struct err *e)
{
    if (if_revision < 0 || (if_revision == 0 && !exists) || (if_revision > 0 && exists && revision == if_revision))
        return 0;
    if (if_revision == 0)
        return err_set(e, ERR_CONFLICT, "there is a%s %s '%s' already", strchr("aeiou", *kind) ? "n" : "", kind, name);
    if (!exists)
        return err_set(e, ERR_CONFLICT, "%s '%s' is gone: it was at revision %" PRId64, kind, name, if_revision);
    return err_set(e, ERR_CONFLICT, "%s '%s' was changed meanwhile: it is at revision %" PRId64 ", not %" PRId64, kind,
                   name, revision, if_revision);
}

void record_name_add(struct buf *names, int shown, const char *kind, const char *name)
{
    if (shown < RECORD_NAMES_SHOWN)
        buf_printf(names, "%s%s '%s'", shown ? ", " : "", kind, name);
    else if (shown == RECORD_NAMES_SHOWN)
        buf_str_add(names, ", ...");
}

static int revision_of(struct store *s, enum query query, const char *name, int64_t *ret, struct err *e)
{
    struct statement q = statement_begin(s, query);
    statement_text(&q, name);
    int rc = statement_row(&q, e);
    *ret = rc > 0 ? sqlite3_column_int64(q.stmt, 1) : 0;
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

int jobs_revision(struct store *s, const char *name, int64_t *ret, struct err *e)
{
    return revision_of(s, Q_JOB_GET, name, ret, e);
}

int targets_revision(struct store *s, const char *name, int64_t *ret, struct err *e)
{
    return revision_of(s, Q_TARGET_GET, name, ret, e);
}

int alerts_revision(struct store *s, const char *name, int64_t *ret, struct err *e)
{
    return revision_of(s, Q_ALERT_GET, name, ret, e);
}

int channels_revision(struct store *s, const char *name, int64_t *ret, struct err *e)
{
    return revision_of(s, Q_CHANNEL_GET, name, ret, e);
}

static int revisions(struct store *s, enum query query, revision_each each, void *ctx, struct err *e)
{
    struct statement q = statement_begin(s, query);
    int rc;
    while ((rc = statement_row(&q, e)) > 0) {
        const char *name = next_text(&q);
        int64_t revision = next_int(&q);
        each(ctx, name, revision, next_wall(&q));
    }
    return rc;
}

int jobs_revisions(struct store *s, revision_each each, void *ctx, struct err *e)
{
    return revisions(s, Q_JOB_REVISIONS, each, ctx, e);
}

int targets_revisions(struct store *s, revision_each each, void *ctx, struct err *e)
{
    return revisions(s, Q_TARGET_REVISIONS, each, ctx, e);
}

int alerts_revisions(struct store *s, revision_each each, void *ctx, struct err *e)
{
    return revisions(s, Q_ALERT_REVISIONS, each, ctx, e);
}

int channels_revisions(struct store *s, revision_each each, void *ctx, struct err *e)
{
    return revisions(s, Q_CHANNEL_REVISIONS, each, ctx, e);
}
